"""The feeds of the farm as they stand, and what they answer to a request.

Answers are kept compressed: what a farm costs must not hide what its clients cost.
"""

from __future__ import annotations

import gzip
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from random import Random

from bot.bench.documents import ENTRIES, START, Writer, content_type, document

#: Entries that come in at once.
NEW_ENTRIES = 2

_REQUEST = re.compile(rb"GET /(feed|moved)/(\d+)\.xml HTTP/1\.[01]\r\n")
_TAG = re.compile(rb"\r\nif-none-match: *([^\r]+)", re.IGNORECASE)
_SINCE = re.compile(rb"\r\nif-modified-since: *([^\r]+)", re.IGNORECASE)
_GZIP = re.compile(rb"\r\naccept-encoding:[^\r]*\bgzip\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What a steady round has beside feeds that are just unchanged: how many of each kind."""

    #: Unchanged, but the answer comes late.
    slow: int
    #: Unchanged, behind a redirect.
    moved: int
    #: 500.
    failing: int
    #: New entries.
    fresh: int
    #: Without validators; the bytes stay the same. Always the same feeds.
    bare: int

    @classmethod
    def of(cls, feeds: int) -> Shares:
        """Return the shares of so many feeds: one in a hundred of each, or two, and one at least."""
        one, two = max(1, feeds // 100), max(1, feeds // 50)
        return cls(slow=one, moved=one, failing=one, fresh=two, bare=two)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """How a farm is laid out."""

    feeds: int
    entries: int = ENTRIES
    #: Seconds until a slow feed answers.
    slow: float = 2.0
    #: Certificate and key of each `farm.PER_CERTIFICATE` addresses in a row; none where http is spoken.
    certificates: tuple[tuple[Path, Path], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that asks to stay away."""

    status: int
    seconds: int
    as_date: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was asked, feed by feed, since this was last told; a redirected request counts once."""

    conditional: Mapping[int, int]
    unconditional: Mapping[int, int]
    #: Requests made before the end of a wait that was asked for.
    too_early: int

    @property
    def all(self) -> int:
        """How many requests that were."""
        return sum(self.conditional.values()) + sum(self.unconditional.values())


@dataclass(slots=True, kw_only=True)
class _Feed:
    """A feed as it stands."""

    number: int
    entries: list[bytes]
    #: How many entries it ever had.
    written: int
    bare: bool
    modified: datetime = START
    #: The document compressed; b"" until somebody asks for it after a change.
    packed: bytes = b""
    #: The end of a wait that was asked for.
    away_until: datetime | None = None

    @property
    def etag(self) -> str:
        return f'"{self.number}-{self.written}"'

    @property
    def last_modified(self) -> str:
        return format_datetime(self.modified, usegmt=True)

    @property
    def validators(self) -> str:
        return "" if self.bare else f"ETag: {self.etag}\r\nLast-Modified: {self.last_modified}\r\n"


@dataclass(slots=True)
class _State:
    """Which feeds are not themselves."""

    slow: frozenset[int] = frozenset()
    moved: frozenset[int] = frozenset()
    failing: frozenset[int] = frozenset()
    dripping: frozenset[int] = frozenset()
    refusals: Mapping[int, Refusal] = field(default_factory=dict)
    delay: float = 0.0


class Ground:
    """The feeds, and what they answer."""

    def __init__(self, plot: Plot) -> None:
        """Grow the feeds."""
        self._plot = plot
        self._shares = Shares.of(plot.feeds)
        self._writer = Writer()
        order = list(range(plot.feeds))
        Random(2).shuffle(order)  # noqa: S311  reproducible, not secret
        self._changing, bare = order[self._shares.bare :], set(order[: self._shares.bare])
        self._feeds = [self._grown(number, bare=number in bare) for number in range(plot.feeds)]
        self._state = _State()
        self._round = 0
        self._now = START
        self._conditional: Counter[int] = Counter()
        self._unconditional: Counter[int] = Counter()
        self._too_early = 0
        self._arrivals: list[tuple[int, float]] = []
        self.advance(START)

    def _grown(self, number: int, *, bare: bool) -> _Feed:
        count = self._plot.entries
        entries = [self._writer.entry(number, serial) for serial in reversed(range(count))]
        return _Feed(number=number, entries=entries, written=count, bare=bare)

    # ---------------------------------------------------------------------------- what it is told

    def advance(self, at: datetime) -> None:
        """Begin a round. In the first, nothing has failed or changed yet."""
        self._now = at
        state, first = self._state, self._round == 0
        slow, moved, failing, fresh = self._dealt()
        state.slow, state.moved = slow, moved
        state.failing = frozenset() if first else failing
        for number in () if first else fresh:
            self._renew(self._feeds[number])
        self._round += 1

    def rest(self, at: datetime) -> None:
        """Go on to a time; nothing changes, and nobody is slow."""
        self._now = at
        self._state.slow = self._state.moved = self._state.failing = frozenset()

    def delay(self, seconds: float) -> None:
        """Let every answer come so much later."""
        self._state.delay = seconds

    def refuse(self, feeds: Mapping[int, Refusal]) -> None:
        """Let these feeds ask to stay away."""
        self._state.refusals = feeds

    def drip(self, feeds: Sequence[int]) -> None:
        """Let these feeds never come to an end."""
        self._state.dripping = frozenset(feeds)

    def counts(self, _: None) -> Counts:
        """Return what was asked since this was last told."""
        told = Counts(
            conditional=dict(self._conditional),
            unconditional=dict(self._unconditional),
            too_early=self._too_early,
        )
        self._conditional.clear()
        self._unconditional.clear()
        self._too_early = 0
        return told

    def arrivals(self, _: None) -> list[tuple[int, float]]:
        """Return which feed was asked when since this was last told."""
        told, self._arrivals = self._arrivals, []
        return told

    def validators(self, _: None) -> list[tuple[str, str]]:
        """Return the validators of each feed; "" where it has none."""
        return [("", "") if feed.bare else (feed.etag, feed.last_modified) for feed in self._feeds]

    def _dealt(self) -> list[frozenset[int]]:
        """Deal the round's feeds out: who has had a turn waits until all the others have had theirs."""
        shares = self._shares
        counts = (shares.slow, shares.moved, shares.failing, shares.fresh)
        place = self._round * sum(counts)
        dealt: list[frozenset[int]] = []
        for count in counts:
            turns = range(place, place + count)
            dealt.append(frozenset(self._changing[turn % len(self._changing)] for turn in turns))
            place += count
        return dealt

    def _renew(self, feed: _Feed) -> None:
        serials = range(feed.written, feed.written + NEW_ENTRIES)
        new = [self._writer.entry(feed.number, serial, published=self._now) for serial in reversed(serials)]
        feed.entries = (new + feed.entries)[: self._plot.entries]
        feed.written += NEW_ENTRIES
        feed.modified, feed.packed = self._now, b""

    # ----------------------------------------------------------------------------- what it answers

    def answer(self, request: bytes) -> tuple[bytes, float] | None:
        """Return the answer to a request and in how many seconds it is due; None if it is to drip."""
        asked = _REQUEST.match(request)
        if asked is None or int(asked[2]) >= len(self._feeds):
            return empty(404), 0.0
        feed, state, first = self._feeds[int(asked[2])], self._state, asked[1] == b"feed"
        if first:
            self._note(feed, request)
        if feed.number in state.dripping:
            return None
        wait = state.delay + (self._plot.slow if feed.number in state.slow else 0.0)
        if feed.number in state.refusals:
            return self._refused(feed, state.refusals[feed.number]), wait
        if feed.number in state.failing:
            return empty(500), wait
        if first and feed.number in state.moved:
            return empty(301, f"Location: /moved/{feed.number}.xml\r\n"), wait
        return self._document(feed, request), wait

    def _note(self, feed: _Feed, request: bytes) -> None:
        self._arrivals.append((feed.number, time.time()))
        conditional = _TAG.search(request) or _SINCE.search(request)
        (self._conditional if conditional else self._unconditional)[feed.number] += 1
        self._too_early += feed.away_until is not None and self._now < feed.away_until

    def _refused(self, feed: _Feed, refusal: Refusal) -> bytes:
        feed.away_until = until = self._now + timedelta(seconds=refusal.seconds)
        value = format_datetime(until, usegmt=True) if refusal.as_date else refusal.seconds
        return empty(refusal.status, f"Retry-After: {value}\r\n")

    def _document(self, feed: _Feed, request: bytes) -> bytes:
        if not feed.bare and _has_it(feed, request):
            return head(304, feed.validators)
        said = f"{feed.validators}Content-Type: {content_type(feed.number)}; charset=utf-8\r\n"
        if not _GZIP.search(request):
            return _with_body(said, document(feed.number, feed.entries))
        if not feed.packed:
            feed.packed = gzip.compress(document(feed.number, feed.entries), 6, mtime=0)
        return _with_body(f"{said}Content-Encoding: gzip\r\n", feed.packed)


def _has_it(feed: _Feed, request: bytes) -> bool:
    """Tell whether the reader's copy is current; the ETag decides where both are sent (RFC 9110, 13.2.2)."""
    if tag := _TAG.search(request):
        return feed.etag.encode() in tag[1]
    since = _SINCE.search(request)
    return since is not None and parsedate_to_datetime(since[1].decode("latin-1")) >= feed.modified


def head(status: int, headers: str) -> bytes:
    """Write the head of an answer; each of the headers ends in CRLF."""
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{headers}\r\n".encode()


def empty(status: int, headers: str = "") -> bytes:
    """Write an answer without a body."""
    return _with_body(headers, b"", status=status)


def _with_body(headers: str, body: bytes, *, status: int = 200) -> bytes:
    return head(status, f"{headers}Content-Length: {len(body)}\r\n") + body
