"""A thousand feeds on a thousand loopback addresses, served by one process that counts what it is asked.

Linux answers on all of 127.0.0.0/8 by itself; elsewhere the addresses would have to be set up first.
"""

from __future__ import annotations

import asyncio
import re
import resource
import socket
import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

from bot.bench.documents import address
from bot.bench.ground import Counts, Ground, Plot, Refusal, head
from bot.bench.process import Served, in_loop
from bot.errors import OperatorError

#: One certificate names the addresses of so many feeds: real ones name dozens, not a thousand.
PER_CERTIFICATE = 50

_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_END = b"\r\n\r\n"
_DRIP_EVERY_S = 1.0


class Farm(Served[Plot]):
    """The farm seen from outside: started on entering, stopped on leaving."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        super().__init__(_serves, plot)

    @property
    def urls(self) -> tuple[str, ...]:
        """The feeds' addresses, by number."""
        scheme = "https" if self._plot.certificates else "http"
        return tuple(
            f"{scheme}://{address(number)}:{self._port}/feed/{number}.xml"
            for number in range(self._plot.feeds)
        )

    def advance(self, at: datetime) -> None:
        """Begin the next round, at a time: other feeds are slow, moved, failing, or have something new."""
        self._process.tell(("advance", at))

    def rest(self, at: datetime) -> None:
        """Go on to a time without any change: all feeds answer at once, and as before."""
        self._process.tell(("rest", at))

    def delay(self, seconds: float) -> None:
        """Let every answer come so much later."""
        self._process.tell(("delay", seconds))

    def refuse(self, feeds: Mapping[int, Refusal]) -> None:
        """Let these feeds ask their readers to stay away."""
        self._process.tell(("refuse", feeds))

    def drip(self, feeds: Sequence[int]) -> None:
        """Let these feeds answer a byte a second, without an end."""
        self._process.tell(("drip", feeds))

    def counts(self) -> Counts:
        """Return what was asked, and begin to count anew."""
        told: Counts = self._process.tell(("counts", None))
        return told

    def arrivals(self) -> list[tuple[int, float]]:
        """Return which feed was asked when, by the wall's clock, and begin to note anew."""
        told: list[tuple[int, float]] = self._process.tell(("arrivals", None))
        return told

    def validators(self) -> list[tuple[str, str]]:
        """Return the ETag and Last-Modified of each feed; "" where it has none."""
        told: list[tuple[str, str]] = self._process.tell(("validators", None))
        return told


# -------------------------------------------------------------------------------------- the service


class _Reader(asyncio.Protocol):
    """One connection of a reader, who asks one thing at a time."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._asked = b""
        self._transport: asyncio.Transport | None = None
        self._later: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not derived from it

    def data_received(self, data: bytes) -> None:
        """Answer a request once it is whole."""
        self._asked += data
        if not self._asked.endswith(_END):
            return
        request, self._asked = self._asked, b""
        close = _CLOSE.search(request) is not None
        answer = self._ground.answer(request)
        if answer is None:
            self._send(head(200, "Content-Type: application/rss+xml\r\n"), close=False)
            self._drip()
        elif answer[1]:
            loop = asyncio.get_running_loop()
            self._later = loop.call_later(answer[1], lambda: self._send(answer[0], close=close))
        else:
            self._send(answer[0], close=close)

    def connection_lost(self, error: Exception | None) -> None:
        """Answer no more."""
        del error  # whether the reader hung up or broke off is all the same here
        self._transport = None
        if self._later is not None:
            self._later.cancel()

    def _send(self, answer: bytes, *, close: bool) -> None:
        if self._transport is not None:
            self._transport.write(answer)
            if close:
                self._transport.close()

    def _drip(self) -> None:
        self._send(b" ", close=False)
        self._later = asyncio.get_running_loop().call_later(_DRIP_EVERY_S, self._drip)


def _serves(connection: Connection, plot: Plot) -> None:
    in_loop(_serve(connection, plot), uvloop=True)


async def _serve(connection: Connection, plot: Plot) -> None:
    loop = asyncio.get_running_loop()
    ground = Ground(plot)
    # A socket for each address, and one for each connection.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    port = await _listen(ground, plot)
    over = asyncio.Event()

    def obey() -> None:
        try:
            told = connection.recv()
        except EOFError:  # whoever started the farm is gone
            told = None
        if told is None:
            loop.remove_reader(connection.fileno())
            over.set()
            return
        name, argument = told
        connection.send(getattr(ground, name)(argument))

    loop.add_reader(connection.fileno(), obey)
    connection.send(port)
    await over.wait()


async def _listen(ground: Ground, plot: Plot) -> int:
    loop = asyncio.get_running_loop()
    contexts = [_context(*files) for files in plot.certificates]
    port = 0
    for number in range(plot.feeds):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address(number), port))
        except OSError as error:
            raise OperatorError(f"cannot serve a feed on {address(number)}: {error.strerror}") from error
        port = listener.getsockname()[1]
        secure = contexts[number // PER_CERTIFICATE] if contexts else None
        await loop.create_server(lambda: _Reader(ground), sock=listener, ssl=secure)
    return port


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
