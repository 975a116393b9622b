"""A feed server on loopback that behaves, or misbehaves, as a test asks.

    async with FeedServer() as server:
        server.publish("/feed.xml", body, etag='"1"')
        ... fetch server.url("/feed.xml") ...
        assert server.log[0].headers["User-Agent"] == "…"

It listens on 127.0.0.1 only, on a port the system picks; a gate must allow "127.0.0.0/8".
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias

from aiohttp import web

Handler: TypeAlias = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_RSS = "application/rss+xml; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it arrived."""

    method: str
    #: Path and query.
    path: str
    headers: Mapping[str, str]


class FeedServer:
    """Routes set by the test; everything that was asked is in `log`."""

    def __init__(self, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None) -> None:
        self.log: list[Request] = []
        self._host = host
        self._tls = tls
        self._routes: dict[str, Handler] = {}
        self._arrived = asyncio.Condition()
        self._closing = asyncio.Event()
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=1)
        self._port = 0

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, 0, ssl_context=self._tls).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        await self._runner.cleanup()

    def url(self, path: str, *, host: str | None = None) -> str:
        """Return the address of a path; `host` may be another name of this machine."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{host or self._host}:{self._port}{path}"

    def requests(self, path: str) -> list[Request]:
        """Return what was asked of one path, in order."""
        return [request for request in self.log if request.path.partition("?")[0] == path]

    async def wait_for(self, path: str, times: int = 1) -> None:
        """Wait until a path was asked so often since the start."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests(path)) >= times)

    # ------------------------------------------------------------------------------ servers that behave

    def publish(
        self,
        path: str,
        body: bytes,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Serve a document, with a correct 304 for the validators given; replaces what was there."""
        fixed = {"Content-Type": _RSS, **(headers or {})}
        fixed |= {"ETag": etag} if etag else {}
        fixed |= {"Last-Modified": last_modified} if last_modified else {}

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            known = request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")
            if (etag and known[0] == etag) or (last_modified and known == (None, last_modified)):
                return web.Response(status=304, headers=fixed)
            return web.Response(body=body, headers=fixed)

        self.answer(path, handle)

    def answer(self, path: str, handler: Handler) -> None:
        """Let a test's own handler answer."""
        self._routes[path] = handler

    def redirect(self, path: str, to: str, *, status: int = 302) -> None:
        """Send whoever asks elsewhere; `to` goes out as it is, whatever it is."""
        self.fail(path, status, headers={"Location": to})

    def fail(self, path: str, status: int, *, headers: Mapping[str, str] | None = None) -> None:
        """Answer with a status, such as 429 with {"Retry-After": "120"}."""

        async def handle(_: web.BaseRequest) -> web.StreamResponse:
            return web.Response(status=status, headers=headers, text="no feed here")

        self.answer(path, handle)

    def compressed(self, path: str, body: bytes, *, layers: int = 1, encoding: str = "gzip") -> None:
        """Serve gzip, several layers of it on request, under the given Content-Encoding."""
        for _ in range(layers):
            body = gzip.compress(body)
        self.publish(path, body, headers={"Content-Encoding": encoding})

    # -------------------------------------------------------------------------- servers that do not

    def bomb(self, path: str, mebibytes: int) -> None:
        """Serve some kilobytes of gzip that unpack to so many MiB."""
        self.compressed(path, bytes(mebibytes << 20))

    def hang(self, path: str) -> None:
        """Take the request and say nothing, ever."""
        self.raw(path, b"", then="hang")

    def reset(self, path: str) -> None:
        """Take the request and drop the connection."""
        self.raw(path, b"", then="reset")

    def slow_headers(self, path: str, *, pause: float = 0.02) -> None:
        """Send endless headers, one each `pause` seconds."""
        self._forever(path, b"HTTP/1.1 200 OK\r\n", b"X-Wait: a\r\n", pause)

    def drip(self, path: str, *, pause: float = 0.02) -> None:
        """Send the head at once and then one byte each `pause` seconds."""
        self._forever(path, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b" ", pause)

    def endless(self, path: str) -> None:
        """Send a body that never ends, as fast as the client takes it."""
        self._forever(path, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b" " * 65536, 0)

    def raw(self, path: str, answer: bytes, *, then: str = "close") -> None:
        """Send exactly these bytes, then "close" the connection, "reset" it or "hang"."""

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            transport = _transport(request)
            transport.write(answer)
            if then == "hang":
                await self._closing.wait()
            if then == "reset":
                transport.abort()
            transport.close()
            return web.Response()

        self.answer(path, handle)

    def _forever(self, path: str, head: bytes, piece: bytes, pause: float) -> None:
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            transport = _transport(request)
            transport.write(head)
            while not transport.is_closing() and not self._closing.is_set():
                if transport.get_write_buffer_size() < len(piece) * 4:
                    transport.write(piece)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), max(pause, 0.0005))
            transport.abort()
            return web.Response()

        self.answer(path, handle)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        async with self._arrived:
            self.log.append(
                Request(method=request.method, path=request.path_qs, headers=request.headers.copy())
            )
            self._arrived.notify_all()
        route = self._routes.get(request.path)
        return await route(request) if route else web.Response(status=404, text="no such feed")


class FakeNames:
    """Resolves every name to the same addresses, or to nothing."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def __call__(self, name: str) -> Sequence[str]:
        if not self._addresses:
            raise OSError(None, f"{name}: no such name")
        return self._addresses


def _transport(request: web.BaseRequest) -> asyncio.Transport:
    transport = request.transport
    assert isinstance(transport, asyncio.Transport)
    return transport
