"""Servers that publish feeds without pause and misbehave in waves, in a process of their own.

Every host is a loopback address of its own (127.0.0.1, 127.0.0.2 …), which Linux has without being asked, so
that what the program does for a host is soaked as well. Entries come when they are due and a document is
asked for; what the server knows of them in the end is the truth that the archive is compared with.
"""

from __future__ import annotations

import asyncio
import gzip
import math
import multiprocessing
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import partial
from multiprocessing.connection import Connection
from random import Random

from bot.edge.clock import SystemClock

#: The word that stands in every entry.
WORD = "soak"
_RSS, _ATOM = "application/rss+xml", "application/atom+xml"
_WORDS = 3_000
_SYLLABLES = (
    "ba be bi bo bré da di do du fa fi gé ka ke ko la le li lo má mi mo na ne ni ó pa pe ra so té".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is published, and how bad it gets."""

    feeds: int = 240
    hosts: int = 48
    #: Mean time between two entries of the busiest feed; the quietest takes eight times as long.
    entry_every: timedelta = timedelta(seconds=6)
    #: Entries a document lists.
    listed: int = 30
    #: From one wave of faults to the next; each host is at another point of it.
    wave: timedelta = timedelta(seconds=100)
    #: The share of answers that are faults where a wave is highest.
    worst: float = 0.7
    #: How often a host may give what counts as no answer; after three in a row it is left alone for minutes.
    most_unanswered: int = 1_000_000
    #: When every fifth feed gives all of its entries new ids.
    new_ids_after: timedelta = timedelta(minutes=5)
    seed: int = 1


@dataclass(slots=True, kw_only=True)
class Published:
    """What one feed published."""

    url: str
    #: Link → headline, of everything, the oldest first.
    titles: dict[str, str] = field(default_factory=dict)
    #: Links that its document lists in the end.
    listed: frozenset[str] = frozenset()
    #: Links of documents whose validator was shown to the server: whoever has it has recorded them all.
    claimed: set[str] = field(default_factory=set)
    #: Links of documents that were sent as they should be, whether or not anybody waited for their end.
    sent: set[str] = field(default_factory=set)
    #: Links of documents sent in bytes that are not what they are declared as.
    garbled: set[str] = field(default_factory=set)
    #: Validators shown that belong to no whole document.
    strange: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What all of them did."""

    feeds: tuple[Published, ...]
    #: What was answered → how often.
    answers: Counter[str]


class Servers:
    """The process of the servers, as who asks them sees it."""

    def __init__(self, pipe: Connection, process: int) -> None:
        """Talk to a process through a pipe; its first word is the list of the feeds."""
        self._pipe = pipe
        self.process = process
        self.urls: list[str] = pipe.recv()

    def calm(self) -> None:
        """Let all faults end, and nothing more be published."""
        self._pipe.send("calm")
        self._pipe.recv()

    def ledger(self) -> Ledger:
        """Return what was published and answered."""
        self._pipe.send("ledger")
        ledger: Ledger = self._pipe.recv()
        return ledger


@contextmanager
def servers(size: Size) -> Iterator[Servers]:
    """Run the servers in a process of their own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(size, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Servers(ours, process.pid or 0)
    finally:
        ours.close()
        process.join(5)
        process.kill()
        process.join()


def _run(size: Size, pipe: Connection) -> None:
    with suppress(KeyboardInterrupt):
        asyncio.run(_Weather(size).serve(pipe))


# ------------------------------------------------------------------------------------------- publishing


class _Newsroom:
    """One feed: its entries, and the document that lists them."""

    def __init__(self, number: int, url: str, size: Size) -> None:
        self.published = Published(url=url)
        self._number = number
        self._size = size
        self._dice = Random(f"{size.seed} {number}")  # noqa: S311  reproducible, not secret
        self._mean = size.entry_every * (1 + 7 * (number % 10) / 9)
        self._entries: list[tuple[str, str, datetime]] = []
        self._next = SystemClock().now() - self._mean * size.listed
        self._new_ids = False
        self._documents: dict[str, tuple[str, ...]] = {}
        self._churned = 0
        self._count = 0
        self.advance()
        # What had left the list before anybody could ask was never published.
        self.published.titles = {link: title for link, title, _at in reversed(self._entries)}

    def advance(self, *, new_ids: bool = False) -> None:
        """Publish what is due."""
        self._new_ids = self._new_ids or (new_ids and self._number % 5 == 0)
        now = SystemClock().now()
        while self._next <= now:
            self._count += 1
            link = f"{self.published.url.removesuffix('.xml')}/e{self._count}.html"
            title = " ".join(_word(self._dice.randrange(_WORDS)) for _ in range(8)).capitalize()
            self.published.titles[link] = title
            self._entries = [(link, title, self._next), *self._entries][: self._size.listed]
            self._next += self._mean * self._dice.expovariate(1)

    def close(self) -> None:
        """Publish nothing from now on."""
        self.advance()
        self._next = datetime.max.replace(tzinfo=self._next.tzinfo)
        self.published.listed = frozenset(self.links)

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(link for link, _title, _at in self._entries)

    @property
    def is_atom(self) -> bool:
        return self._number % 2 == 1

    @property
    def is_packed(self) -> bool:
        return self._number % 3 == 0

    def validator(self, *, churn: bool = False) -> str:
        """Return the validator of the document as it stands; with `churn` another each time."""
        self._churned += churn
        newest, *_ = self.links
        version = newest.rpartition("/")[2].removesuffix(".html")
        etag = f'"{version}{"n" if self._new_ids else ""}{f"-{self._churned}" if churn else ""}"'
        self._documents[etag] = self.links
        return etag

    def shown(self, etag: str) -> None:
        """Note a validator that came back."""
        if etag in self._documents:
            self.published.claimed.update(self._documents[etag])
        else:
            self.published.strange += 1

    def document(self) -> str:
        """Write the feed's document."""
        write = _atom_entry if self.is_atom else _rss_item
        entries = "".join(write(self._id(link), link, title, at) for link, title, at in self._entries)
        if self.is_atom:
            head = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Room {self._number}</title>'
            return f'<?xml version="1.0" encoding="utf-8"?>\n{head}{entries}</feed>\n'
        head = f'<rss version="2.0"><channel><title>Room {self._number}</title>'
        return f'<?xml version="1.0" encoding="utf-8"?>\n{head}{entries}</channel></rss>\n'

    def _id(self, link: str) -> str:
        return f"urn:anew:{link}" if self._new_ids else f"urn:{link}"


def _word(number: int) -> str:
    """Return one of the words headlines are made of."""
    count = len(_SYLLABLES)
    return _SYLLABLES[number % count] + _SYLLABLES[number // count % count] + _SYLLABLES[number // count**2]


def _rss_item(number: str, link: str, title: str, at: datetime) -> str:
    return (
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{number}</guid>"
        f"<pubDate>{format_datetime(at)}</pubDate><description>{WORD} of {title}</description></item>\n"
    )


def _atom_entry(number: str, link: str, title: str, at: datetime) -> str:
    return (
        f"<entry><title>{title}</title><link href='{link}'/><id>{number}</id>"
        f"<published>{at.isoformat()}</published><updated>{at.isoformat()}</updated>"
        f"<summary>{WORD} of {title}</summary></entry>\n"
    )


# -------------------------------------------------------------------------------------------- answering


@dataclass(frozen=True, slots=True)
class _Fault:
    name: str
    #: Our side counts it as no answer of the host.
    unanswered: bool = False


_NOT_FOUND = _Fault("404")
_FAULTS = (
    _NOT_FOUND,
    _Fault("500", unanswered=True),
    _Fault("503, Retry-After as a date", unanswered=True),
    _Fault("429, Retry-After in seconds", unanswered=True),
    _Fault("connection reset", unanswered=True),
    _Fault("half a body"),
    _Fault("half a body, no length"),
    _Fault("gzip cut off"),
    _Fault("drip", unanswered=True),
    _Fault("wrong charset declared"),
    _Fault("other bytes than declared"),
    _Fault("HTML page"),
    _Fault("slow, then right"),
    _Fault("another ETag each time"),
)


class _Weather:
    """All hosts, and how each of them feels at the moment."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._dice = Random(size.seed)  # noqa: S311  reproducible, not secret
        self._rooms: dict[str, _Newsroom] = {}
        self._answers: Counter[str] = Counter()
        self._unanswered: Counter[int] = Counter()
        self._begun = time.monotonic()
        self._is_calm = False

    async def serve(self, pipe: Connection) -> None:
        """Publish and answer until the other side of the pipe is gone."""
        hosts = [
            await asyncio.start_server(partial(self._connected, host), f"127.0.0.{host + 1}", 0)
            for host in range(self._size.hosts)
        ]
        for number in range(self._size.feeds):
            address, port = hosts[number % len(hosts)].sockets[0].getsockname()
            path = f"/f{number}.xml"
            self._rooms[path] = _Newsroom(number, f"http://{address}:{port}{path}", self._size)
        pipe.send([room.published.url for room in self._rooms.values()])
        with suppress(EOFError, OSError):
            while True:
                pipe.send(self._said(await asyncio.to_thread(pipe.recv)))

    def _said(self, word: str) -> object:
        if word == "ledger":
            rooms = tuple(room.published for room in self._rooms.values())
            return Ledger(feeds=rooms, answers=self._answers)
        self._is_calm = True
        for room in self._rooms.values():
            room.close()
        return word

    async def _connected(self, host: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(host, (await reader.readuntil(b"\r\n\r\n")).decode(), writer)
        finally:
            writer.close()

    async def _answer(self, host: int, request: str, writer: asyncio.StreamWriter) -> None:
        first, *lines = request.split("\r\n")
        headers = dict(line.lower().partition(": ")[::2] for line in lines if line)
        room = self._rooms[first.split(" ")[1]]
        etag = headers.get("if-none-match")
        if etag:
            room.shown(etag)
        room.advance(new_ids=time.monotonic() - self._begun > self._size.new_ids_after.total_seconds())
        fault = self._fault(host)
        if fault is None and etag == room.validator():
            self._answers["304"] += 1
            await _send(writer, 304, b"", {"ETag": etag})
            return
        self._answers[fault.name if fault else "200"] += 1
        await _Answer(room, writer, self._dice).give(fault)

    def _fault(self, host: int) -> _Fault | None:
        if self._is_calm:
            return None
        turns = (time.monotonic() - self._begun) / self._size.wave.total_seconds() + host / self._size.hosts
        high = max(0.0, math.sin(2 * math.pi * turns)) * self._size.worst
        fault = self._dice.choice(_FAULTS) if self._dice.random() < high else None
        if fault and fault.unanswered:
            if self._unanswered[host] >= self._size.most_unanswered:
                return _NOT_FOUND
            self._unanswered[host] += 1
        return fault


class _Answer:
    """One answer, as it should be or as a fault makes it."""

    def __init__(self, room: _Newsroom, writer: asyncio.StreamWriter, dice: Random) -> None:
        self._room = room
        self._writer = writer
        self._dice = dice
        self._body = room.document().encode()
        # Before anything is waited for: the document may change meanwhile.
        self._etag, self._links = room.validator(), room.links
        self._type = _ATOM if room.is_atom else _RSS

    async def give(self, fault: _Fault | None) -> None:
        match fault.name if fault else "":
            case "500" | "404" as status:
                await _send(self._writer, int(status), b"no feed here")
            case "503, Retry-After as a date":
                again = SystemClock().now() + timedelta(seconds=self._dice.randint(1, 4))
                await _send(self._writer, 503, b"", {"Retry-After": format_datetime(again, usegmt=True)})
            case "429, Retry-After in seconds":
                await _send(self._writer, 429, b"", {"Retry-After": str(self._dice.randint(1, 4))})
            case "HTML page":
                page = b"<!doctype html><html><head><title>Down</title></head><body>Back soon</body></html>"
                await _send(self._writer, 200, page, {"Content-Type": "text/html", "ETag": '"page"'})
            case "slow, then right":
                await asyncio.sleep(self._dice.uniform(0.2, 1.5))
                await self._right()
            case "another ETag each time":
                await self._right(etag=self._room.validator(churn=True))
            case "":
                await self._right()
            case name:
                await self._broken(name)

    async def _right(self, *, etag: str | None = None, charset: str = "utf-8") -> None:
        headers = {
            "Content-Type": f"{self._type}; charset={charset}",
            "ETag": etag or self._etag,
        }
        if self._room.is_packed:
            await _send(self._writer, 200, gzip.compress(self._body), {**headers, "Content-Encoding": "gzip"})
        else:
            await _send(self._writer, 200, self._body, headers)
        self._room.published.sent.update(self._links)

    async def _broken(self, name: str) -> None:
        headers = {"Content-Type": self._type, "ETag": self._etag}
        half = self._dice.randrange(len(self._body))
        match name:
            case "connection reset":
                _reset(self._writer)
            case "half a body":
                await _send(self._writer, 200, self._body[:half], headers, length=len(self._body))
            case "half a body, no length":
                await _send(self._writer, 200, self._body[:half], headers, length=None)
            case "gzip cut off":
                packed = gzip.compress(self._body)
                cut = packed[: self._dice.randrange(1, len(packed))]
                await _send(self._writer, 200, cut, {**headers, "Content-Encoding": "gzip"})
            case "drip":
                await _drip(self._writer, self._body, headers)
            case "wrong charset declared":
                await self._right(charset="iso-8859-1")
            case _:  # other bytes than declared
                self._room.published.garbled.update(self._links)
                del headers["ETag"]  # what is read of it nobody can be held to
                await _send(self._writer, 200, self._body.decode().encode("cp1252"), headers)


async def _send(
    writer: asyncio.StreamWriter,
    status: int,
    body: bytes,
    headers: dict[str, str] | None = None,
    *,
    length: int | None = -1,
) -> None:
    """Send an answer that ends with the connection; `length` is what it says of its body, -1 the truth."""
    lines = [f"HTTP/1.1 {status} So", "Connection: close"]
    if length is not None and status != 304:  # noqa: PLR2004  a 304 has no body
        lines.append(f"Content-Length: {len(body) if length < 0 else length}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await writer.drain()


async def _drip(writer: asyncio.StreamWriter, body: bytes, headers: dict[str, str]) -> None:
    await _send(writer, 200, b"", headers, length=len(body))
    for byte in body[:300]:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.1)


def _reset(writer: asyncio.StreamWriter) -> None:
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
