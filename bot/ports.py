"""The seams: what the pipeline needs from the world, as protocols.

Every implementation, fakes included, passes the contract suite of its port (`tests/contract`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from bot.model import (
    Article,
    ArticleId,
    Choice,
    Correction,
    Decision,
    Deed,
    Document,
    Event,
    EventId,
    Feed,
    Fetched,
    Happening,
    Listed,
    Match,
    Matched,
    Meaning,
    Page,
    Post,
    PostId,
    PostState,
    Receipt,
    Review,
    ReviewId,
    Ruling,
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

    def choices(self) -> list[Choice]:
        """Return what was chosen by command; see `Archive.choices`."""
        ...

    def choose(
        self, kind: str, name: str, value: Mapping[str, Any] | None, *, at: datetime
    ) -> Mapping[str, Any] | None:
        """Choose a table of the configuration by command, or take it back (None).

        Returns:
            What was chosen before; None if nothing was.
        """
        ...

    def note(self, deed: Deed) -> int:
        """Keep what a person changed and return its number; its own number does not count."""
        ...

    def deeds(self, *, since: int) -> list[Deed]:
        """Return what was noted from a number on, in that order."""
        ...

    def undone(self, number: int, at: datetime) -> None:
        """Note that a deed was undone."""
        ...

    def hear(self, update: int, *, at: datetime) -> bool:
        """Note that an update of Telegram's is taken; return False if it was before."""
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

    def muted(self, channel: str, event: EventId) -> datetime | None:
        """Return since when a channel is told no more of an event; None if it is."""
        ...

    def mute(self, channel: str, event: EventId, *, at: datetime, person: int | None) -> None:
        """Note that a channel is to be told no more of an event. No effect where it is muted already.

        Args:
            channel: its name.
            event: one of the archive.
            at: the time, aware; what the event had before stays as it was told.
            person: who said so; None for whoever sits at the terminal.
        """
        ...

    def unmute(self, channel: str, event: EventId) -> bool:
        """Let a channel be told of an event again; return False if it was not muted."""
        ...

    def review(self, review: Review) -> ReviewId:
        """Keep what people are to be asked, and return its number; each verdict is asked about once."""
        ...

    def in_review(self, event: EventId) -> bool:
        """Tell whether people were asked about an article of the event and did not answer yet."""
        ...

    def told(self, review: ReviewId, *, at: datetime) -> None:
        """Note that the administrators were told of a review."""
        ...

    def answer(
        self, review: ReviewId, answer: Ruling, *, at: datetime, person: int | None = None
    ) -> Review | None:
        """Close a review with a person's answer and return it as it is now.

        None, and nothing is noted, if it was closed already, its time is over or there is no such review.
        """
        ...

    def lapse(self, review: ReviewId, *, at: datetime) -> Review | None:
        """Close a review that nobody answered in time, as it says, and return it as it is now.

        None, and nothing is noted, if it was closed already or its time is not over.
        """
        ...

    def waiting(self, channel: str, event: EventId) -> list[Post]:
        """Return the posts of an event that a channel is still to be given, oldest first."""
        ...

    def posts(self, posts: Sequence[Post], *, at: datetime) -> None:
        """Put posts into the outbox, planned at a time.

        A card or a list makes the event shown, and so does an edit that joins it to one. An edit of a card
        that still waits in the outbox replaces that card's text instead; of several waiting edits of one card
        only the last remains.
        """
        ...

    def unjudged(self, story: str, articles: Sequence[ArticleId]) -> list[ArticleId]:
        """Return, in order, the articles that a story never judged, and keep other judges of it waiting."""
        ...

    def follow(self, story: str, *, at: datetime) -> bool:
        """Begin to follow a story; return False, and change nothing, if it is followed already."""
        ...

    def looked(self, person: int, story: str, *, at: datetime) -> datetime | None:
        """Note that a person looked at what a story told; return when that was before, None if never."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A verdict that people are asked about."""

    #: The article that it may repeat, and the chance that it does, from 0 to 1.
    nearest: ArticleId
    chance: float
    asked_at: datetime
    #: When it is decided without an answer.
    until: datetime
    #: "post", "fold" or "drop"; None while it is open.
    answer: str | None = None
    answered_at: datetime | None = None
    #: Who answered; None while it is open, and where nobody did in time.
    person: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What stands around a decision: all that tells why something was or was not shown."""

    decision: Decision
    #: As it is by now.
    event: Event
    #: When the last attempt of each of the decision's posts ended, of those that were tried.
    settled: Mapping[PostId, datetime] = field(default_factory=dict)
    #: Until when the channels of the decision's posts are left alone.
    rests: Mapping[str, datetime] = field(default_factory=dict)
    #: Channels in which the event counts as shown without a message.
    hushed: frozenset[str] = frozenset()
    #: Channels that are told no more of the event until an update, and since when.
    muted: Mapping[str, datetime] = field(default_factory=dict)
    asked: Asked | None = None
    #: What people said of the article in this story, oldest first.
    corrections: tuple[Correction, ...] = ()
    #: The other articles of these corrections, and the nearest one that people are asked about.
    others: Mapping[ArticleId, Article] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that the archive can tell of one stored article."""

    id: ArticleId
    article: Article
    #: The feed that carried it, its articles not counted; None if that is not polled any more.
    feed: FeedHealth | None
    #: What each story decided whose query accepted it.
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message that a channel shows, and what it tells."""

    post: Post
    #: The earliest first, one at the least.
    events: tuple[Event, ...]


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

    async def reside(self, channel: str, chat: str) -> bool:
        """Note in which chat a channel's posts stand; return whether that is another one than before.

        Then what it showed stays as it is: it counts as shown, but nothing is edited or answered there any
        more, for the numbers of its messages are others' in the new chat. What waits for it is given up.
        """
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

    async def choices(self) -> list[Choice]:
        """Return what was chosen by command, in the order in which it was chosen last."""
        ...

    async def deeds(self, limit: int, *, person: int | None = None) -> list[Deed]:
        """Return what people changed by commands, the latest first.

        Args:
            limit: how many at the most.
            person: only theirs, by the number Telegram knows them by; None for everybody's.
        """
        ...

    async def reviews(self, *, closed: bool = False) -> list[Review]:
        """Return what people were asked, oldest first.

        Args:
            closed: what was answered or decided without an answer as well.
        """
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

    async def stored(
        self, *, since: datetime, after: ArticleId | None, limit: int
    ) -> list[tuple[ArticleId, Article]]:
        """Return a page of the articles that were seen from a time on, in the order they were recorded.

        Args:
            since: aware.
            after: the last one of the page before; None for the first page.
            limit: how many to return at the most.
        """
        ...

    async def matched(self, *, since: datetime) -> list[Matched]:
        """Return which articles stories took in, of those seen from a time on, aware; in no order."""
        ...

    async def told(
        self,
        story: str,
        *,
        since: datetime,
        until: datetime | None,
        before: EventId | None,
        limit: int,
    ) -> list[Event]:
        """Return the events of a story that began last in a period, the earliest first.

        An event begins with its article that was seen first. Events of which nothing is news are left out,
        but for those from before the story was followed (`core.admit.UNFOLLOWED`).

        Args:
            story: the story's name.
            since: the start of the period, aware.
            until: its end, aware, not itself in it; None: there is none.
            before: only events that began before this one, which has articles; None for all.
            limit: how many to return at the most.
        """
        ...

    async def grown(self, story: str, *, since: datetime, limit: int) -> list[Event]:
        """Return the events of a story to which something was added from a time on, the last changed first.

        What was recorded quietly adds nothing, as for `told`. Of a story that judges thousands a day only
        the latest are looked through.

        Args:
            story: the story's name.
            since: aware.
            limit: how many to return at the most.
        """
        ...

    async def followed(self) -> dict[str, datetime]:
        """Return the stories that are followed, by name, and since when."""
        ...

    async def looks(self, person: int) -> dict[str, datetime]:
        """Return when a person last looked at what each story told."""
        ...

    async def accounts(self, reference: str, *, limit: int) -> list[Account]:
        """Return all that is known of an article, of its newest versions only, the newest first.

        Args:
            reference: its link, its canonical address, its feed id or its number.
            limit: how many versions to return at the most.
        """
        ...

    async def message(self, channel: str, message_id: int) -> Seen | None:
        """Return what a message of a channel tells; None if it is none of ours, or tells nothing any more."""
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


class Ask(Protocol):
    """Ask the administrators about a verdict."""

    async def __call__(self, review: Review) -> bool:
        """Ask one thing; after a crash perhaps twice. Never raises for a channel that does not answer.

        Returns:
            False if nobody was reached.
        """
        ...


class Notify(Protocol):
    """Tell the administrators."""

    async def __call__(self, text: str) -> None:
        """Say one thing, once. Never raises for a channel that does not answer: it is in the log as well."""
        ...
