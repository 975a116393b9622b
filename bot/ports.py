"""The seams: what the pipeline needs from the world, as protocols.

Every implementation, fakes included, passes the contract suite of its port (`tests/contract`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from bot.model import (
    Article,
    ArticleId,
    Correction,
    Decision,
    Document,
    Event,
    EventId,
    Feed,
    Fetched,
    Happening,
    Listed,
    Match,
    Meaning,
    Page,
    Post,
    PostId,
    PostState,
    Receipt,
    Settlement,
    Shown,
    Standing,
    Stored,
    Turn,
    Verdict,
)

T = TypeVar("T")

#: Feeds of one host that are polled at the same time.
PER_HOST = 2
NOBODY: Mapping[str, int] = MappingProxyType({})


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...


class Fetch(Protocol):
    """Get a feed's document."""

    async def __call__(self, feed: Feed, *, conditional: bool = True) -> Fetched:
        """Ask the feed's server once, following redirects.

        Args:
            feed: whose address and validators to use.
            conditional: send the validators, so that the server may answer "unchanged".

        Raises:
            FetchError: no usable answer this time; the subclass and the text say why.
        """
        ...


class Parse(Protocol):
    """Read a feed document."""

    async def __call__(self, fetched: Fetched, *, known: bytes = b"") -> Document:
        """Read the body within limits of time, memory and length.

        Args:
            fetched: an answer that has a body.
            known: `parts` of the feed's last document; what stands unchanged in this one may be left out.

        Raises:
            ParseError: the document is not a feed, or a limit was reached.
        """
        ...


class ReadPage(Protocol):
    """Get an article's page."""

    async def __call__(self, url: str) -> Page:
        """Fetch and read a page, as its site's robots.txt allows.

        Raises:
            FetchError: there is none, or it may not be read.
            ParseError: it cannot be read within its limits.
        """
        ...


class Channel(Protocol):
    """A place where posts are shown."""

    @property
    def name(self) -> str:
        """The name stories use for it."""
        ...

    async def send(self, post: Post) -> Receipt:
        """Show a card or a reply, or change a card in place. One call makes at most one request.

        Raises:
            DeliveryError: it was not taken, or the answer was lost; the subclass says which.
        """
        ...


class Vector(Protocol):
    """A direction in the space of an encoder, or a sum of several."""

    def __add__(self, other: Any, /) -> Any:
        """Return the sum of both."""
        ...

    def __matmul__(self, other: Any, /) -> Any:
        """Return the product of both: of two directions the cosine of the angle between them."""
        ...


class Space(Protocol):
    """What the latest reports of a story mean, seen from the middle of those in each language."""

    def add(self, meaning: Meaning) -> None:
        """Let one more report be near others."""
        ...

    def vector(self, meaning: bytes, language: str | None) -> Vector:
        """Return a headline's direction, of length 1."""
        ...

    def near(self, meaning: bytes, language: str | None, *, limit: int) -> list[EventId]:
        """Return the events of the reports that are nearest to a headline, the nearest first."""
        ...


class Semantics(Protocol):
    """Tells what headlines mean, in any language."""

    def encode(self, titles: Sequence[str]) -> list[bytes]:
        """Return the meaning of each headline, as `Meaning.vector` has it."""
        ...

    def space(self, meanings: Sequence[Meaning]) -> Space:
        """Return the space of a story's latest reports."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """How a poll ended."""

    #: With its new state: validators, failures …
    feed: Feed
    #: When it ended.
    at: datetime
    #: When to poll again.
    next_at: datetime
    #: Why it failed; None if it did not.
    failure: str | None = None


class Record(Protocol):
    """One open transaction of the archive. Everything done through it is kept together or not at all."""

    def unseen(self, articles: Sequence[Article]) -> list[Article]:
        """Return, in order, those whose (feed, key, fingerprint) is neither stored nor listed before."""
        ...

    def listed(self, articles: Sequence[Article]) -> list[Listed]:
        """Return what one feed listed before under the key, the address or with the text of one of these.

        Args:
            articles: all of one feed. "" is no address, and an article without a title has no text to go by.
        """
        ...

    def articles(self, articles: Sequence[Article]) -> list[ArticleId]:
        """Store articles, matched or not, and return their numbers, which grow in the same order.

        Args:
            articles: none of which is stored in this version.
        """
        ...

    def candidates(self, story: str, keys: Sequence[int], *, since: datetime, limit: int) -> list[Stored]:
        """Return articles of the story that share keys, the nearest first.

        Only articles seen at or after `since` count, and of each key only those recorded last, as many as
        `core.keys.PER_KEY`, so the cost does not grow with the archive. Which is nearer says
        `core.keys.nearest`.

        Args:
            story: the story's name.
            keys: 32-bit signed integers from `core.keys`, those to ask for.
            since: the start of the window, aware.
            limit: how many to return at the most.
        """
        ...

    def judged(self, story: str, *, since: datetime, before: ArticleId | None, limit: int) -> list[Stored]:
        """Return articles that a story judged, those recorded last first.

        Args:
            story: the story's name.
            since: the start of the window, aware: only what was seen from then on.
            before: only what was recorded before this one; None for all.
            limit: how many to return at the most.
        """
        ...

    def index(self, article: ArticleId, keys: Sequence[int]) -> None:
        """Let a judged article be found by these keys as well, from `core.keys`."""
        ...

    def happenings(self, story: str, events: Sequence[EventId], *, limit: int) -> Mapping[EventId, Happening]:
        """Return what some of a story's events tell of: for each of the events its happening.

        Args:
            story: the story's name.
            events: some of its events.
            limit: how many reports to return at the most, shared evenly among the happenings: those recorded
                last of each, one at the least. Repeats of a report are none.
        """
        ...

    def headlines(self, story: str, *, before: datetime, limit: int) -> list[str]:
        """Return titles of articles that a story judged, those recorded last first.

        Among the latest only: of a story that judges thousands a day they may be fewer than there are.

        Args:
            story: the story's name.
            before: only what was seen before this time, aware.
            limit: how many to return at the most.
        """
        ...

    def meanings(self, story: str, *, since: datetime, limit: int) -> list[Meaning]:
        """Return what the reports of a story mean of which that is known, those recorded last first.

        Args:
            story: the story's name.
            since: only what was seen from then on, aware.
            limit: how many to return at the most.
        """
        ...

    def meaning(self, article: ArticleId, vector: bytes) -> None:
        """Keep what an article's headline means."""
        ...

    def verdict(
        self, article: ArticleId, match: Match, verdict: Verdict, *, keys: Sequence[int], quiet: str | None
    ) -> Event:
        """Store what was decided and return the event the article now belongs to.

        A New article begins an event; a Duplicate or an Update joins the event of the article it names. A
        Related one joins it where the story folds by event; else it begins an event of the same happening,
        and the happenings that it `joins` become one with that.
        `keys` are those it is to be found by, from `core.keys`.
        `quiet` is the reason for posting nothing, or None.
        """
        ...

    def event(self, article: ArticleId, story: str) -> Event:
        """Return the event an article belongs to, and keep other judges of the story waiting.

        Raises:
            StorywireError: the story never judged it.
        """
        ...

    def merge(self, event: EventId, other: EventId, *, of: ArticleId) -> Event:
        """Let all articles of `other` join `event` and return that; both tell one happening from now on.

        In each channel one card stays. Where only `other` has one that is on show, `event` takes it over.
        Else `event` keeps its own; that of `other` is dropped if it still waits, and its waiting replies
        answer the one that stays.

        Args:
            event: what remains.
            other: what is left without articles.
            of: the article of `event` that the first one of `other` counts as a copy of.
        """
        ...

    def split(self, event: EventId, articles: Sequence[ArticleId]) -> tuple[Event, Event]:
        """Let articles leave an event and begin one of a happening of its own; return what is left and that.

        Args:
            event: which keeps its cards.
            articles: some of its members, but not all; the first of them counts as new.
        """
        ...

    def numbered(self, event: EventId) -> Event:
        """Return an event of the archive."""
        ...

    def post(self, number: PostId) -> Post | None:
        """Return a post of the outbox; None if there is none of that number."""
        ...

    def turn(self, channel: str, *, now: datetime, since: datetime) -> Turn:
        """Return what a channel should get next; see `Archive.next_post`.

        Args:
            channel: its name.
            now: the current time, aware.
            since: how far back to tell of what was sent.
        """
        ...

    def hand_over(self, post: Post, *, at: datetime) -> bool:
        """Note that a post is about to be handed to its channel; return False if it was taken back."""
        ...

    def settle(self, post: Post, settlement: Settlement, *, at: datetime) -> None:
        """Note what became of an attempt."""
        ...

    def alarm(self, key: str, text: str | None, *, at: datetime) -> bool:
        """Raise (text) or clear (None) an alarm; return True if that changed anything."""
        ...

    def digests(self, channel: str) -> list[Post]:
        """Return the digests of a channel that wait and were never handed over, oldest first.

        Where there are several, the later ones tell what did not fit on the first.
        """
        ...

    def digests_sent(self, channel: str, *, since: datetime) -> list[datetime]:
        """Return when digests were handed to a channel first, from a time on, in that order."""
        ...

    def postpone(self, post: PostId, until: datetime | None) -> None:
        """Give a post that waits another time; None: at once."""
        ...

    def decide(self, post: PostId, state: PostState, reason: str) -> None:
        """Let a post wait again (pending) or give it up (dropped), as the operator says.

        A card that is given up takes its edits with it.
        """
        ...

    def correct(self, correction: Correction) -> None:
        """Keep what a person said, for whoever asks why and for `tune`."""
        ...

    def shown(self, channel: str, event: EventId) -> Shown | None:
        """Return what a channel shows of an event; None if it never heard of it."""
        ...

    def sibling(self, channel: str, event: EventId) -> Shown | None:
        """Return what a channel shows of another story's event that shares an article; None if nothing.

        Its `events` are those that its message tells, one at the least.
        """
        ...

    def standing(self, channel: str, *, now: datetime) -> Standing:
        """Return what a channel has had lately, and keep others from planning for it until the end."""
        ...

    def hush(self, channel: str, event: EventId) -> None:
        """Count an event as shown in a channel without a message. No effect where it has a card."""
        ...

    def posts(self, posts: Sequence[Post], *, at: datetime) -> None:
        """Put posts into the outbox, planned at a time.

        A card, a roundup or a digest makes the event shown, and so does an edit that joins it to one. An edit
        of a card that still waits in the outbox replaces that card's text instead; of several waiting edits
        of one card only the last remains.
        """
        ...

    def polled(self, poll: Poll) -> None:
        """Store a feed's new state after a poll whose entries are all recorded, as `Archive.polled` does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """A feed and how it has been doing."""

    feed: Feed
    next_at: datetime | None
    #: End of the last poll, good or bad.
    polled_at: datetime | None
    #: Why the last poll failed; None if it did not.
    failure: str | None
    #: Articles stored from it; 0 where they were not counted.
    articles: int
    #: It was added by a command; False: the configuration declares it.
    added: bool = False


class Archive(Protocol):
    """Everything that must survive a restart."""

    async def record(self, work: Callable[[Record], T]) -> T:
        """Run `work` in one write transaction and commit, or roll back if it raises.

        `work` is plain code without network or waiting: it runs on the archive's writer thread and may
        run a second time if the database asks for it, so it must have no effect but through its record.
        """
        ...

    async def declare(self, feeds: Sequence[Feed]) -> None:
        """Make these the feeds that are polled; what is known about them stays."""
        ...

    async def add(self, feed: Feed) -> bool:
        """Poll a feed beside those that were declared, from now on; return False if it is polled already."""
        ...

    async def remove(self, url: str) -> bool:
        """Stop polling a feed that was added, and keep its articles; return False if none such was."""
        ...

    async def pause(self, url: str, reason: str | None) -> bool:
        """Stop polling a feed, or resume it (None), which makes it due; return False if there is none."""
        ...

    async def claim(
        self, *, now: datetime, lease: timedelta, limit: int, busy: Mapping[str, int] = NOBODY
    ) -> list[Feed]:
        """Take feeds that are due, longest overdue first, and keep others from taking them for `lease`.

        Paused feeds and those of a host that rests are not due.

        Args:
            now: the current time, aware.
            lease: how long nobody else may take them.
            limit: how many to take at most.
            busy: host → polls of its feeds that are under way; no host gets more than `PER_HOST`.
        """
        ...

    async def forgive(self, *, since: datetime, next_at: datetime) -> None:
        """Charge no feed and no host with failures that began at or after a time: the fault was ours.

        Args:
            since: when our own outage began, aware.
            next_at: when to poll these feeds again at the latest.
        """
        ...

    async def polled(self, poll: Poll) -> None:
        """Store a feed's new state after a poll that recorded nothing; ends the lease.

        No effect if the feed's lease ran out and another process has taken it.
        """
        ...

    async def feeds(self, *, counted: bool = True) -> list[FeedHealth]:
        """Return every feed that is declared or added with its health, in that order.

        Args:
            counted: count their articles as well, which takes a look at each one stored.
        """
        ...

    async def next_post(self, channel: str, *, now: datetime) -> Post | None:
        """Return the post this channel should get next, or None if none may be sent now.

        A digest whose time has come, then cards and replies in the order they were recorded, then edits. A
        reply or an edit waits until its card is settled and carries the card's message number as `target`.
        Nothing while the channel rests.
        """
        ...

    async def next_due(self, channel: str) -> datetime | None:
        """Return the earliest time at which a waiting post of the channel may be sent; None if none waits."""
        ...

    async def moves(self) -> dict[str, tuple[str, str]]:
        """Return which chats became others: channel → the one before, the one after."""
        ...

    async def rest(self, channel: str, until: datetime) -> None:
        """Set when a channel may be sent to again, whatever it was."""
        ...

    async def sending(self, post: Post, *, at: datetime) -> Post | None:
        """Note, durably, that the post is about to be handed to its channel; counts the attempt.

        Returns:
            The post as it stands by now, for its text may have changed since it was next; None, and nothing
            is noted, if it was taken back.
        """
        ...

    async def settle(self, post: Post, settlement: Settlement, *, at: datetime) -> None:
        """Note, durably, what became of the attempt."""
        ...

    async def interrupted(self, channel: str | None = None) -> list[Post]:
        """Return posts left in `sending` by a process that died; of one channel, or of all (None)."""
        ...

    async def sent_since(self, channel: str, since: datetime) -> list[datetime]:
        """Return when the channel took posts since then, or was given those that it did not, oldest first."""
        ...

    async def outbox(self, *states: PostState) -> list[Post]:
        """Return the posts in these states, oldest first."""
        ...

    async def unseen(self, articles: Sequence[Article]) -> list[Article]:
        """Return, in order, those whose (feed, key, fingerprint) is neither stored nor listed before."""
        ...

    async def decisions(self, reference: str) -> list[Decision]:
        """Return what was decided about an article, newest version first.

        Args:
            reference: its link, its canonical address, its feed id or its number.
        """
        ...

    async def corrections(self) -> list[Correction]:
        """Return what people corrected, oldest first."""
        ...

    async def articles(self, reference: str) -> list[Article]:
        """Return stored versions of an article, matched or not, newest first."""
        ...

    async def seen(
        self, *, since: datetime, until: datetime, before: ArticleId | None, limit: int
    ) -> list[tuple[ArticleId, Article]]:
        """Return stored articles, matched or not, those seen last first; a page at a time.

        Of articles seen at the same moment those recorded last come first.

        Args:
            since: only what was seen from then on, aware.
            until: only what was seen until then, aware; the time of a page's last article begins the next.
            before: of those seen at `until`, only those recorded before this one; None for all.
            limit: how many to return at the most.
        """
        ...

    async def heard(self, feeds: Sequence[str], *, before: datetime) -> set[str]:
        """Return which of these feeds listed something before a time, as far as that is stored.

        Args:
            feeds: their addresses.
            before: aware.
        """
        ...

    async def prune(self, *, before: datetime, part: int, parts: int) -> None:
        """Forget by which keys articles seen before a time could be found: they are in no window any more.

        Args:
            before: the start of the longest window, aware.
            part: which part of the index to look through, counted from 0; one is looked through at once.
            parts: how many parts make the whole.
        """
        ...

    async def alarm(self, key: str, text: str | None, *, at: datetime) -> bool:
        """Raise (text) or clear (None) an alarm; return True if that changed anything."""
        ...

    async def alarms(self) -> list[tuple[str, str, datetime]]:
        """Return the alarms that stand, as (key, text, since)."""
        ...

    async def beat(self, name: str, *, at: datetime) -> None:
        """Note progress of a job ("tick", "poll", "deliver"), for the health check."""
        ...

    async def beats(self) -> dict[str, datetime]:
        """Return the last progress of each job."""
        ...

    async def close(self) -> None:
        """Finish the write under way and let go of the database."""
        ...


class Notify(Protocol):
    """Tell the administrators."""

    async def __call__(self, text: str) -> None:
        """Say one thing, once. Never raises for a channel that does not answer: it is in the log as well."""
        ...
