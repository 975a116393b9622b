"""Others that poll the same farm: the least that could be done, aiohttp alone, and a feed reader."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Any, cast

from yarl import URL

from bot.bench.process import Job, Tally

_HOST = re.compile(r"http://([\d.]+):(\d+)(/.*)")
_STATUS = re.compile(rb"HTTP/1\.1 (\d+)")
_TAG = re.compile(rb"\r\nETag: ([^\r]+)")
_MODIFIED = re.compile(rb"\r\nLast-Modified: ([^\r]+)")
_LOCATION = re.compile(rb"\r\nLocation: ([^\r]+)")
_OK, _MOVED, _FAILED = 200, 301, 500
#: Threads of the feed reader, as in its own documentation of many feeds.
_THREADS = 20


@dataclass(slots=True)
class _Known:
    """What a client keeps of a feed."""

    url: str
    etag: str = ""
    modified: str = ""
    digest: bytes = b""

    @property
    def conditions(self) -> dict[str, str]:
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in headers.items() if value}


class _Hashing:
    """Asks for every feed, and compares nothing but digests."""

    def __init__(self, job: Job, ask: Callable[[_Known], Awaitable[tuple[int, bytes]]]) -> None:
        self._ask = ask
        self._feeds = [_Known(url) for url in job.urls]
        self._concurrency = job.concurrency
        self._new = self._failed = 0

    async def poll(self, at: datetime) -> None:
        """Ask for every feed, as many at a time as may be."""
        del at  # these have no notion of time
        self._new = self._failed = 0
        waiting = iter(self._feeds)

        async def work() -> None:
            for feed in waiting:
                await self._one(feed)

        await asyncio.gather(*(work() for _ in range(self._concurrency)))

    async def _one(self, feed: _Known) -> None:
        status, body = await self._ask(feed)
        if status == _OK:
            digest = hashlib.blake2b(body, digest_size=16).digest()
            self._new += digest != feed.digest
            feed.digest = digest
        self._failed += status >= _FAILED

    def tally(self) -> Tally:
        """Say how many documents changed, and how many feeds failed."""
        return Tally(new=self._new, failed=self._failed)


# -------------------------------------------------------------------------------------------- floor


@asynccontextmanager
async def floor(job: Job) -> AsyncIterator[_Hashing]:
    """Give the least that HTTP can cost in Python: requests written by hand, heads searched for four things.

    It speaks http only.
    """
    yield _Hashing(job, _raw)


class _Answer(asyncio.Protocol):
    def __init__(self, request: bytes) -> None:
        self._request = request
        self._received: list[bytes] = []
        self.whole: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self._request)  # uvloop's is not derived from it

    def data_received(self, data: bytes) -> None:
        self._received.append(data)

    def connection_lost(self, error: Exception | None) -> None:
        del error  # an answer that was cut off has another digest
        self.whole.set_result(b"".join(self._received))


async def _raw(feed: _Known) -> tuple[int, bytes]:
    found = _HOST.fullmatch(feed.url)
    if found is None:
        raise ValueError(f"the floor does not speak the language of {feed.url}")
    host, port, path = found.groups()
    head, body = await _asked(host, int(port), path, feed)
    if moved := _LOCATION.search(head):
        head, body = await _asked(host, int(port), moved[1].decode(), feed)
    status = _STATUS.match(head)
    if tag := _TAG.search(head):
        feed.etag = tag[1].decode()
    if modified := _MODIFIED.search(head):
        feed.modified = modified[1].decode()
    return int(status[1]) if status else _FAILED, body


async def _asked(host: str, port: int, path: str, feed: _Known) -> tuple[bytes, bytes]:
    conditions = "".join(f"{name}: {value}\r\n" for name, value in feed.conditions.items())
    said = f"Host: {host}:{port}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n{conditions}"
    request = f"GET {path} HTTP/1.1\r\n{said}\r\n".encode()
    loop = asyncio.get_running_loop()
    _transport, answer = await loop.create_connection(lambda: _Answer(request), host, port)
    head, _, body = (await answer.whole).partition(b"\r\n\r\n")
    return head, body


# ------------------------------------------------------------------------------------------ aiohttp


@asynccontextmanager
async def bare_aiohttp(job: Job) -> AsyncIterator[_Hashing]:
    """Give aiohttp alone: one session, a connection for each request, as the product has it."""
    import aiohttp  # noqa: PLC0415  what is measured beside it must not carry it

    connector = aiohttp.TCPConnector(
        limit=job.concurrency, force_close=True, ssl=ssl.create_default_context()
    )
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(feed: _Known) -> tuple[int, bytes]:
            url = URL(feed.url)
            while True:
                async with session.get(url, headers=feed.conditions, allow_redirects=False) as response:
                    if response.status == _MOVED:
                        url = url.join(URL(response.headers["Location"]))
                        continue
                    feed.etag = response.headers.get("ETag", feed.etag)
                    feed.modified = response.headers.get("Last-Modified", feed.modified)
                    return response.status, await response.read()

        yield _Hashing(job, ask)


# ------------------------------------------------------------------------------------------- reader


def has_reader() -> bool:
    """Tell whether the feed reader is installed."""
    return find_spec("reader") is not None


@asynccontextmanager
async def lemon_reader(job: Job) -> AsyncIterator[_Reader]:
    """Give the library `reader`, which parses with feedparser and stores in SQLite, as the product does."""
    from reader import make_reader  # noqa: PLC0415  only this bench uses it

    logging.getLogger("reader").setLevel(logging.CRITICAL)  # it would tell of every feed that fails
    reader = make_reader(str(job.folder / "reader.sqlite"))
    for url in job.urls:
        reader.add_feed(url)
    yield _Reader(reader)
    reader.close()


class _Reader:
    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._stored = 0

    async def poll(self, at: datetime) -> None:
        """Update all feeds, due or not."""
        del at  # it looks at the wall clock
        self._reader.update_feeds(workers=_THREADS, scheduled=False)

    def tally(self) -> Tally:
        """Say how many entries are stored that were not, and how many feeds failed."""
        before, self._stored = self._stored, self._reader.get_entry_counts().total
        return Tally(new=self._stored - before, failed=self._reader.get_feed_counts(broken=True).total)
