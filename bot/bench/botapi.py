"""A Bot API on loopback, in a process of its own: it keeps limits, fails by chance, and notes what it did.

Small on purpose: it sends and edits messages, and believes what it is told. It also serves one feed, in which
each document lists something new, so that the way from there to a channel is measured by one clock.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import socket
import struct
import time
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from multiprocessing.connection import Connection
from random import Random
from typing import Any, cast
from urllib.parse import parse_qsl

from bot.bench.documents import Writer
from bot.bench.process import Served

TOKEN = "123456:BENCH-a-token-that-opens-nothing"  # noqa: S105  it opens nothing
_WINDOW_S = 60.0
#: Entries that a document of the feed lists at least.
_LISTED = 10
_OK, _BUSY, _FAULT, _GATEWAY = 200, 429, 500, 502
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
#: Seconds after which an answer comes that hangs: well below a client's patience.
_HANG_S = 0.3

#: What a call may meet, each as likely as the others: name → it is carried out before.
KINDS: Mapping[str, bool] = {
    "429": False,
    "429 without a body": False,
    "500": False,
    "502": False,
    "502 after acceptance": True,
    "hangs, then right": True,
    "reset": False,
    "reset after acceptance": True,
    "half a body": True,
    "no JSON": True,
    "no result": True,
}
_RIGHT = "hangs, then right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What it allows, and how it fails."""

    #: Sends and edits of one chat; None for no limit.
    per_minute: int | None = None
    #: The share of calls that meet a fault, by this seed.
    share: float = 0.0
    seed: int = 1
    #: How much faster than in life the minutes of its limits pass.
    scale: float = 1.0
    #: Entries of its feed have these words, one after another.
    subjects: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message that was sent or changed."""

    chat: int
    number: int
    text: str
    edit: bool
    #: By the wall's clock, in seconds.
    at: float


@dataclass(slots=True, kw_only=True)
class Ledger:
    """What it did."""

    accepted: list[Accepted] = field(default_factory=list)
    calls: int = 0
    #: Chat → calls that were too many for its limit.
    refused: Counter[int] = field(default_factory=Counter)
    #: Faults met.
    faults: Counter[str] = field(default_factory=Counter)
    #: Text → how often it was accepted without an answer that says so.
    unanswered: Counter[str] = field(default_factory=Counter)
    #: Texts that were refused with a time to wait, once for each call that came within that.
    hasty: list[str] = field(default_factory=list)
    #: Headline of an entry of the feed → when a document first had it.
    published: dict[str, float] = field(default_factory=dict)


class BotApi(Served[Rules]):
    """The process seen from outside: started on entering, stopped on leaving."""

    def __init__(self, rules: Rules) -> None:
        super().__init__(_serves, rules)

    @property
    def base_url(self) -> str:
        """The address a bot is given."""
        return f"http://127.0.0.1:{self._port}/bot"

    @property
    def feed(self) -> str:
        """The address of the feed."""
        return f"http://127.0.0.1:{self._port}/feed.xml"

    def publish(self, entries: int) -> None:
        """Let each document have so many new entries from now on."""
        self._process.tell(("publish", entries))

    def ledger(self) -> Ledger:
        """Return what it did, and begin to write anew."""
        told: Ledger = self._process.tell(("ledger", None))
        return told


# ---------------------------------------------------------------------------------------- answering


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    body: bytes = b""
    status: int = _OK
    kind: str = "application/json"
    headers: str = ""
    delay: float = 0.0
    #: Bytes after which the connection is reset; None: it stays.
    cut: int | None = None

    def written(self) -> bytes:
        head = f"HTTP/1.1 {self.status} So\r\nContent-Type: {self.kind}\r\n{self.headers}"
        whole = f"{head}Content-Length: {len(self.body)}\r\n\r\n".encode() + self.body
        return whole if self.cut is None else whole[: self.cut]


_RESET = _Answer(cut=0)


class _Telegram:
    """Chats, their limits, and what becomes of a call."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.ledger = Ledger()
        self._turns: Counter[int] = Counter()
        self._times: defaultdict[int, deque[float]] = defaultdict(deque)
        #: Chat → until when it asked to wait, and what was refused.
        self._quiet: dict[int, tuple[float, str]] = {}
        self._last = 0

    def answer(self, method: str, query: Mapping[str, str]) -> _Answer:
        chat, text, now = int(query["chat_id"]), query["text"], time.time() * self._rules.scale
        self.ledger.calls += 1
        until, refused = self._quiet.get(chat, (now, ""))
        if until > now:
            self.ledger.hasty.append(refused)
        dice = self._dice(chat)
        fault = dice.choice(list(KINDS)) if dice.random() < self._rules.share else None
        if fault is not None:
            self.ledger.faults[fault] += 1
        if fault is not None and not KINDS[fault]:
            return self._before(fault, chat, text, now=now, wait=dice.choice((1, 3, 10, 60)))
        wait = self._wait(chat, now)
        if wait > 0:
            self.ledger.refused[chat] += 1
            return self._busy(chat, text, now=now, wait=max(1, math.ceil(wait)))
        right = self._accept(method, chat, query)
        if fault is None:
            return right
        if fault != _RIGHT:
            self.ledger.unanswered[text] += 1
        return _after(fault, right)

    def _dice(self, chat: int) -> Random:
        self._turns[chat] += 1
        return Random(f"{self._rules.seed} {chat} {self._turns[chat]}")  # noqa: S311  reproducible, not secret

    def _wait(self, chat: int, now: float) -> float:
        """Return for how long the chat takes nothing; if it does, count what it takes now."""
        if self._rules.per_minute is None:
            return 0.0
        times = self._times[chat]
        while times and times[0] <= now - _WINDOW_S:
            times.popleft()
        if len(times) >= self._rules.per_minute:
            return times[0] + _WINDOW_S - now
        times.append(now)
        return 0.0

    def _before(self, fault: str, chat: int, text: str, *, now: float, wait: int) -> _Answer:
        match fault:
            case "429":
                return self._busy(chat, text, now=now, wait=wait)
            case "429 without a body":
                return _Answer(status=_BUSY)
            case "500":
                return _refusal(_FAULT, "Internal Server Error: restart")
            case "502":
                return _page()
            case _:
                return _RESET

    def _busy(self, chat: int, text: str, *, now: float, wait: int) -> _Answer:
        self._quiet[chat] = (now + wait, text)
        return _refusal(_BUSY, f"Too Many Requests: retry after {wait}", retry_after=wait)

    def _accept(self, method: str, chat: int, query: Mapping[str, str]) -> _Answer:
        edit = method == "editMessageText"
        if not edit:
            self._last += 1
        number = int(query["message_id"]) if edit else self._last
        self.ledger.accepted.append(
            Accepted(chat=chat, number=number, text=query["text"], edit=edit, at=time.time())
        )
        message = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "channel", "title": "Bench"},
            "text": query["text"],
            "entities": json.loads(query.get("entities", "[]")),
        }
        return _Answer(body=json.dumps({"ok": True, "result": message}).encode())


def _after(fault: str, right: _Answer) -> _Answer:
    match fault:
        case "502 after acceptance":
            return _page()
        case "reset after acceptance":
            return _RESET
        case "half a body":
            return _Answer(body=right.body, cut=len(right.written()) - len(right.body) // 2)
        case "no JSON":
            return _Answer(body=b"it works!")
        case "no result":
            return _Answer(body=b'{"ok":true}')
        case _:
            return _Answer(body=right.body, delay=_HANG_S)


def _refusal(status: int, description: str, **parameters: object) -> _Answer:
    body = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
    return _Answer(status=status, body=json.dumps(body).encode())


def _page() -> _Answer:
    return _Answer(status=_GATEWAY, body=b"<html><h1>502</h1></html>", kind="text/html")


class _Paper:
    """The feed."""

    def __init__(self, rules: Rules, ledger: _Telegram) -> None:
        self._writer = Writer()
        self._dice = Random(rules.seed)  # noqa: S311  reproducible, not secret
        self._subjects = rules.subjects
        self._telegram = ledger
        self._entries: deque[str] = deque(maxlen=_LISTED)
        self._count = 0
        self.each = 1

    def document(self) -> _Answer:
        self._entries = deque(self._entries, maxlen=max(_LISTED, self.each))
        for _ in range(self.each):
            self._publish()
        items = "".join(reversed(self._entries))
        head = '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>Bench</title>'
        return _Answer(body=f"{head}{items}</channel></rss>".encode(), kind="application/rss+xml")

    def _publish(self) -> None:
        subject = self._subjects[self._count % len(self._subjects)]
        self._count += 1
        now = time.time()
        title = f"{self._writer.headline(self._dice)} {subject} {self._count}"
        link = f"https://bench.example/news/{self._count}"
        self._telegram.ledger.published[title] = now
        self._entries.append(
            f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{formatdate(now, usegmt=True)}</pubDate></item>\n"
        )


# -------------------------------------------------------------------------------------- the service


class _Caller(asyncio.Protocol):
    """One connection, on which one call is made at a time."""

    def __init__(self, telegram: _Telegram, paper: _Paper) -> None:
        self._telegram = telegram
        self._paper = paper
        self._asked = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Answer no more."""
        del error
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Answer a call once it is whole."""
        self._asked += data
        head, end, body = self._asked.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or len(body) < int(length.group(1) if length else 0):
            return
        self._asked = b""
        path = head.split(b" ", 2)[1].decode()
        if path.startswith("/bot"):
            query = dict(parse_qsl(body.decode(), keep_blank_values=True))
            self._give(self._telegram.answer(path.rpartition("/")[2], query))
        else:
            self._give(self._paper.document())

    def _give(self, answer: _Answer) -> None:
        if answer.delay:
            asyncio.get_running_loop().call_later(answer.delay, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: _Answer) -> None:
        if self._transport is None:
            return
        self._transport.write(answer.written())
        if answer.cut == 0:
            # Closing with a linger of zero seconds makes the kernel send RST instead of FIN.
            connection: socket.socket = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        elif answer.cut is not None:
            self._transport.close()


def _serves(connection: Connection, rules: Rules) -> None:
    asyncio.run(_serve(connection, rules))


async def _serve(connection: Connection, rules: Rules) -> None:
    loop = asyncio.get_running_loop()
    telegram = _Telegram(rules)
    paper = _Paper(rules, telegram)
    over = asyncio.Event()

    def obey() -> None:
        try:
            told = connection.recv()
        except (EOFError, OSError):  # whoever started it is gone
            told = None
        if told is None:
            loop.remove_reader(connection.fileno())
            over.set()
            return
        connection.send(_obeyed(*told))

    def _obeyed(word: str, argument: Any) -> object:
        if word == "publish":
            paper.each = argument
            return word
        ledger, telegram.ledger = telegram.ledger, Ledger()
        return ledger

    loop.add_reader(connection.fileno(), obey)
    listener = await loop.create_server(lambda: _Caller(telegram, paper), "127.0.0.1", 0)
    connection.send(listener.sockets[0].getsockname()[1])
    await over.wait()
