"""A tiny HTTP proxy on loopback: whatever it is asked for, it asks this machine for it.

async with Proxy() as proxy:
    ... fetch by way of proxy.url ...
    assert proxy.log[0].path == "http://wire.example:8000/feed"
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from multidict import CIMultiDict

from tests.fakes.feedserver import Request

_HOP_BY_HOP = "proxy-"


class Proxy:
    """Passes requests on and keeps what it was asked; `refuses` is a status line it answers instead."""

    def __init__(self, *, refuses: str | None = None) -> None:
        #: The path is what stands in the request line: a whole address, or a host and a port for CONNECT.
        self.log: list[Request] = []
        self._refuses = refuses
        self._server: asyncio.Server
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._handle, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._pass_on(reader, writer)
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
        method, target, _version = first.split(" ")
        headers: CIMultiDict[str] = CIMultiDict()
        for line in lines:
            name, _colon, value = line.partition(": ")
            headers.add(name, value)
        self.log.append(Request(method=method, path=target, headers=headers))
        if self._refuses:
            writer.write(f"HTTP/1.1 {self._refuses}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        parts = urlsplit(target if "://" in target else f"//{target}")
        upstream, downstream = await asyncio.open_connection("127.0.0.1", parts.port or 80)
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                kept = [f"{n}: {v}" for n, v in headers.items() if not n.lower().startswith(_HOP_BY_HOP)]
                path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
                head = "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "", ""])
                downstream.write(head.encode())
            await asyncio.gather(_pipe(upstream, writer), _pipe(reader, downstream))
        finally:
            downstream.close()


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await source.read(65_536):
            target.write(piece)
            await target.drain()
        target.close()
