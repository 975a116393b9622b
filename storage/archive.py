"""The `Archive` port on SQLite and PostgreSQL: each method is one transaction of the database's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection

from bot.crashpoints import crashpoint
from bot.model import (
    Article,
    ArticleId,
    Choice,
    Correction,
    Decision,
    Deed,
    Event,
    EventId,
    Feed,
    Happening,
    Listed,
    Match,
    Matched,
    Meaning,
    Post,
    PostId,
    PostState,
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
from bot.ports import NOBODY, Account, FeedHealth, Poll, Record, Seen
from storage import (
    accounts,
    articles,
    bulk,
    candidates,
    choices,
    chronicle,
    corrections,
    delivery,
    feeds,
    following,
    happenings,
    health,
    heard,
    meanings,
    mutes,
    outbox,
    reviews,
    verdicts,
)
from storage.database import Database
from storage.events import event_numbered

T = TypeVar("T")


class SqlRecord:
    """One open write transaction, as the `Record` port has it."""

    def __init__(self, connection: Connection) -> None:
        """Work through a connection whose transaction the caller begins and ends."""
        self._connection = connection

    def unseen(self, articles_: Sequence[Article]) -> list[Article]:
        """Return, in order, those that are neither stored nor listed before."""
        return articles.unseen(self._connection, articles_)

    def articles(self, articles_: Sequence[Article]) -> list[ArticleId]:
        """Store articles, matched or not, and return their numbers in the same order."""
        return articles.add(self._connection, articles_)

    def candidates(self, story: str, keys: Sequence[int], *, since: datetime, limit: int) -> list[Stored]:
        """Return articles of the story that share keys; on PostgreSQL, keep other judges of it waiting."""
        return candidates.candidates(self._connection, story, keys, since=since, limit=limit)

    def judged(self, story: str, *, since: datetime, before: ArticleId | None, limit: int) -> list[Stored]:
        """Return articles that a story judged, those recorded last first."""
        return verdicts.judged(self._connection, story, since=since, before=before, limit=limit)

    def index(self, article: ArticleId, keys: Sequence[int]) -> None:
        """Let a judged article be found by these keys as well."""
        candidates.keep(self._connection, article, keys)

    def happenings(self, story: str, events: Sequence[EventId], *, limit: int) -> Mapping[EventId, Happening]:
        """Return what some of a story's events tell of."""
        return happenings.of_events(self._connection, story, events, limit=limit)

    def headlines(self, story: str, *, before: datetime, limit: int) -> list[str]:
        """Return titles of articles that a story judged, those recorded last first."""
        return verdicts.headlines(self._connection, story, before=before, limit=limit)

    def meanings(self, story: str, *, since: datetime, limit: int) -> list[Meaning]:
        """Return what the reports of a story mean of which that is known, those recorded last first."""
        return meanings.latest(self._connection, story, since=since, limit=limit)

    def meaning(self, article: ArticleId, vector: bytes) -> None:
        """Keep what an article's headline means."""
        meanings.keep(self._connection, article, vector)

    def verdict(
        self, article: ArticleId, match: Match, verdict: Verdict, *, keys: Sequence[int], quiet: str | None
    ) -> Event:
        """Store what was decided and return the event the article now belongs to.

        Raises:
            StorywireError: the article that the verdict names has none in this story.
        """
        return verdicts.record(self._connection, article, match, verdict, keys=keys, quiet=quiet)

    def event(self, article: ArticleId, story: str) -> Event:
        """Return the event an article belongs to; on PostgreSQL, keep other judges of the story waiting."""
        return corrections.event(self._connection, article, story)

    def merge(self, event: EventId, other: EventId, *, of: ArticleId) -> Event:
        """Let all articles of `other` join `event`, and let one card of each channel stand for both."""
        return corrections.merge(self._connection, event, other, of=of)

    def split(self, event: EventId, articles: Sequence[ArticleId]) -> tuple[Event, Event]:
        """Let articles leave an event and begin one of their own."""
        return corrections.split(self._connection, event, articles)

    def numbered(self, event: EventId) -> Event:
        """Return an event of the archive."""
        return event_numbered(self._connection, event)

    def post(self, number: PostId) -> Post | None:
        """Return a post of the outbox; None if there is none of that number."""
        return outbox.numbered(self._connection, number)

    def turn(self, channel: str, *, now: datetime, since: datetime) -> Turn:
        """Return what a channel should get next."""
        return delivery.turn(self._connection, channel, now, since)

    def hand_over(self, post: Post, *, at: datetime) -> bool:
        """Note that a post is about to be handed to its channel; return False if it was taken back."""
        return delivery.hand_over(self._connection, post, at)

    def settle(self, post: Post, settlement: Settlement, *, at: datetime) -> None:
        """Note what became of an attempt."""
        delivery.settle(self._connection, post, settlement, at)

    def alarm(self, key: str, text: str | None, *, at: datetime) -> bool:
        """Raise (text) or clear (None) an alarm; return True if that changed anything."""
        return health.alarm(self._connection, key, text, at)

    def digests(self, channel: str) -> list[Post]:
        """Return the digests of a channel that wait and were never handed over, oldest first."""
        return outbox.digests(self._connection, channel)

    def digests_sent(self, channel: str, *, since: datetime) -> list[datetime]:
        """Return when digests were handed to a channel first, from a time on, in that order."""
        return outbox.digests_sent(self._connection, channel, since)

    def postpone(self, post: PostId, until: datetime | None) -> None:
        """Give a post that waits another time; None: at once."""
        outbox.postpone(self._connection, post, until)

    def decide(self, post: PostId, state: PostState, reason: str) -> None:
        """Let a post wait again (pending) or give it up (dropped), as the operator says."""
        outbox.decide(self._connection, post, state, reason)

    def correct(self, correction: Correction) -> None:
        """Keep what a person said."""
        corrections.add(self._connection, correction)

    def choices(self) -> list[Choice]:
        """Return what was chosen by command."""
        return choices.every(self._connection)

    def choose(
        self, kind: str, name: str, value: Mapping[str, Any] | None, *, at: datetime
    ) -> Mapping[str, Any] | None:
        """Choose a table of the configuration by command, or take it back (None); return what was before."""
        return choices.choose(self._connection, kind, name, value, at)

    def note(self, deed: Deed) -> int:
        """Keep what a person changed and return its number."""
        return choices.note(self._connection, deed)

    def deeds(self, *, since: int) -> list[Deed]:
        """Return what was noted from a number on, in that order."""
        return choices.deeds(self._connection, since=since)

    def undone(self, number: int, at: datetime) -> None:
        """Note that a deed was undone."""
        choices.undone(self._connection, number, at)

    def hear(self, update: int, *, at: datetime) -> bool:
        """Note that an update of Telegram's is taken."""
        return heard.hear(self._connection, update, at)

    def shown(self, channel: str, event: EventId) -> Shown | None:
        """Return what a channel shows of an event."""
        return outbox.shown(self._connection, channel, event)

    def sibling(self, channel: str, event: EventId) -> Shown | None:
        """Return what a channel shows of another story's event that shares an article."""
        return outbox.sibling(self._connection, channel, event)

    def standing(self, channel: str, *, now: datetime) -> Standing:
        """Return what a channel has had lately; on PostgreSQL, keep others from planning for it."""
        return outbox.standing(self._connection, channel, now)

    def hush(self, channel: str, event: EventId) -> None:
        """Count an event as shown in a channel without a message."""
        outbox.hush(self._connection, channel, event)

    def muted(self, channel: str, event: EventId) -> datetime | None:
        """Return since when a channel is told no more of an event; None if it is."""
        return mutes.muted(self._connection, channel, event)

    def mute(self, channel: str, event: EventId, *, at: datetime, person: int | None) -> None:
        """Note that a channel is to be told no more of an event."""
        mutes.mute(self._connection, channel, event, at=at, person=person)

    def unmute(self, channel: str, event: EventId) -> bool:
        """Let a channel be told of an event again; return False if it was not muted."""
        return mutes.unmute(self._connection, channel, event)

    def review(self, review: Review) -> ReviewId:
        """Keep what people are to be asked, and return its number."""
        return reviews.add(self._connection, review)

    def in_review(self, event: EventId) -> bool:
        """Tell whether people were asked about an article of the event and did not answer yet."""
        return reviews.holds(self._connection, event)

    def told(self, review: ReviewId, *, at: datetime) -> None:
        """Note that the administrators were told of a review."""
        reviews.told(self._connection, review, at)

    def answer(
        self, review: ReviewId, answer: Ruling, *, at: datetime, person: int | None = None
    ) -> Review | None:
        """Close a review with a person's answer; None if it was closed already or its time is over."""
        return reviews.answer(self._connection, review, answer, at=at, person=person)

    def lapse(self, review: ReviewId, *, at: datetime) -> Review | None:
        """Close a review that nobody answered in time, as it says; None if it was closed already."""
        return reviews.lapse(self._connection, review, at)

    def waiting(self, channel: str, event: EventId) -> list[Post]:
        """Return the posts of an event that a channel is still to be given, oldest first."""
        return outbox.waiting(self._connection, channel, event)

    def posts(self, posts: Sequence[Post], *, at: datetime) -> None:
        """Put posts into the outbox.

        Raises:
            StorywireError: an edit of a card that was never planned.
        """
        for post in posts:
            outbox.plan(self._connection, post, at)

    def listed(self, articles_: Sequence[Article]) -> list[Listed]:
        """Return what one feed listed before under the key, the address or with the text of one of these."""
        return articles.listed(self._connection, articles_)

    def unjudged(self, story: str, articles_: Sequence[ArticleId]) -> list[ArticleId]:
        """Return, in order, the articles that a story never judged; its judges wait on PostgreSQL."""
        return following.unjudged(self._connection, story, articles_)

    def follow(self, story: str, *, at: datetime) -> bool:
        """Begin to follow a story; return False if it is followed already."""
        return following.follow(self._connection, story, at)

    def looked(self, person: int, story: str, *, at: datetime) -> datetime | None:
        """Note that a person looked at what a story told; return when that was before."""
        return following.looked(self._connection, person, story, at)

    def polled(self, poll: Poll) -> None:
        """Store a feed's new state after a poll whose entries are all recorded."""
        feeds.polled(self._connection, [poll])


@dataclass(slots=True)
class _Batch:
    """Polls whose ends are stored in one transaction."""

    polls: list[Poll] = field(default_factory=list)
    #: That transaction, once it has begun.
    stored: asyncio.Future[None] | None = None


class SqlArchive:
    """Everything that must survive a restart."""

    def __init__(self, database: Database) -> None:
        """Take over a database whose tables are up to date."""
        self._database = database
        self._ended = _Batch()
        self._storing = asyncio.Lock()

    async def record(self, work: Callable[[Record], T]) -> T:
        """Run `work` in one write transaction."""

        def transaction(connection: Connection) -> T:
            result = work(SqlRecord(connection))
            crashpoint("record:before-commit")
            return result

        result = await self._database.write(transaction)
        crashpoint("record:after-commit")
        return result

    async def declare(self, declared: Sequence[Feed]) -> None:
        """Make these the feeds that are polled."""
        await self._database.write(lambda connection: feeds.declare(connection, declared))

    async def add(self, feed: Feed) -> bool:
        """Poll a feed beside those that were declared; return False if it is polled already."""
        return await self._database.write(lambda connection: feeds.add(connection, feed))

    async def remove(self, url: str) -> bool:
        """Stop polling a feed that was added; return False if none such was."""
        return await self._database.write(lambda connection: feeds.remove(connection, url))

    async def pause(self, url: str, reason: str | None) -> bool:
        """Stop polling a feed until it is resumed (None); return False if there is none."""
        return await self._database.write(lambda connection: feeds.pause(connection, url, reason))

    async def claim(
        self, *, now: datetime, lease: timedelta, limit: int, busy: Mapping[str, int] = NOBODY
    ) -> list[Feed]:
        """Take feeds that are due."""
        return await self._database.write(
            lambda connection: feeds.claim(connection, now=now, lease=lease, limit=limit, busy=busy)
        )

    async def forgive(self, *, since: datetime, next_at: datetime) -> None:
        """Charge no feed and no host with failures that began at or after a time."""
        await self._database.write(lambda connection: feeds.forgive(connection, since=since, next_at=next_at))

    async def polled(self, poll: Poll) -> None:
        """Store a feed's new state after a poll that recorded nothing.

        Most polls end so, and a transaction costs ten times what it has to store: those that end while
        another one is being stored are stored together.
        """
        batch = self._ended
        batch.polls.append(poll)
        async with self._storing:
            if batch.stored is None:
                self._ended = _Batch()
                write = self._database.write(lambda connection: feeds.polled(connection, batch.polls))
                batch.stored = asyncio.ensure_future(write)
                await asyncio.wait([batch.stored])
        await asyncio.shield(batch.stored)  # who is cancelled must not take it from the others

    async def feeds(self, *, counted: bool = True) -> list[FeedHealth]:
        """Return every feed that is polled with its health."""
        return await self._database.read(lambda connection: feeds.health(connection, counted=counted))

    async def next_post(self, channel: str, *, now: datetime) -> Post | None:
        """Return the post this channel should get next."""
        return await self._database.read(lambda connection: delivery.next_post(connection, channel, now))

    async def next_due(self, channel: str) -> datetime | None:
        """Return the earliest time at which a waiting post may be sent; long past if at once."""
        return await self._database.read(lambda connection: delivery.next_due(connection, channel))

    async def moves(self) -> dict[str, tuple[str, str]]:
        """Return which chats became others."""
        return await self._database.read(outbox.moves)

    async def reside(self, channel: str, chat: str) -> bool:
        """Note in which chat a channel's posts stand."""
        return await self._database.write(lambda connection: outbox.reside(connection, channel, chat))

    async def rest(self, channel: str, until: datetime) -> None:
        """Set when a channel may be sent to again, whatever it was."""
        await self._database.write(lambda connection: outbox.rest(connection, channel, until))

    async def sending(self, post: Post, *, at: datetime) -> Post | None:
        """Note, durably, that the post is about to be handed over, and return it as it stands by now."""
        return await self._database.write(lambda connection: delivery.sending(connection, post, at))

    async def settle(self, post: Post, settlement: Settlement, *, at: datetime) -> None:
        """Note, durably, what became of the attempt."""
        await self._database.write(lambda connection: delivery.settle(connection, post, settlement, at))

    async def interrupted(self, channel: str | None = None) -> list[Post]:
        """Return posts left in `sending` by a process that died."""
        if channel is None:
            return await self.outbox(PostState.SENDING)
        return await self._database.read(lambda connection: outbox.interrupted(connection, channel))

    async def sent_since(self, channel: str, since: datetime) -> list[datetime]:
        """Return when posts were handed to the channel since then."""
        return await self._database.read(lambda connection: delivery.sent_since(connection, channel, since))

    async def outbox(self, *states: PostState) -> list[Post]:
        """Return the posts in these states."""
        return await self._database.read(lambda connection: outbox.in_states(connection, states))

    async def unseen(self, articles_: Sequence[Article]) -> list[Article]:
        """Return, in order, those that are neither stored nor listed before."""
        return await self._database.read(lambda connection: articles.unseen(connection, articles_))

    async def decisions(self, reference: str) -> list[Decision]:
        """Return what was decided about an article."""
        return await self._database.read(lambda connection: verdicts.decisions(connection, reference))

    async def corrections(self) -> list[Correction]:
        """Return what people corrected, oldest first."""
        return await self._database.read(corrections.every)

    async def choices(self) -> list[Choice]:
        """Return what was chosen by command, in the order in which it was chosen last."""
        return await self._database.read(choices.every)

    async def deeds(self, limit: int, *, person: int | None = None) -> list[Deed]:
        """Return what people changed by commands, the latest first; of one of them, or of all (None)."""
        return await self._database.read(lambda connection: choices.latest(connection, limit, person))

    async def reviews(self, *, closed: bool = False) -> list[Review]:
        """Return what people were asked, oldest first."""
        return await self._database.read(lambda connection: reviews.every(connection, closed=closed))

    async def articles(self, reference: str) -> list[Article]:
        """Return stored versions of an article."""
        return await self._database.read(lambda connection: articles.find(connection, reference))

    async def seen(
        self, *, since: datetime, until: datetime, before: ArticleId | None, limit: int
    ) -> list[tuple[ArticleId, Article]]:
        """Return stored articles, those seen last first; a page at a time."""
        return await self._database.read(
            lambda connection: articles.seen(connection, since=since, until=until, before=before, limit=limit)
        )

    async def matched(self, *, since: datetime) -> list[Matched]:
        """Return which articles stories took in, of those seen from a time on."""
        return await self._database.read(lambda connection: verdicts.matched(connection, since))

    async def stored(
        self, *, since: datetime, after: ArticleId | None, limit: int
    ) -> list[tuple[ArticleId, Article]]:
        """Return a page of the articles that were seen from a time on, in the order they were recorded."""
        return await self._database.read(
            lambda connection: articles.stored(connection, since=since, after=after, limit=limit)
        )

    async def told(
        self, story: str, *, since: datetime, until: datetime | None, before: EventId | None, limit: int
    ) -> list[Event]:
        """Return the events of a story that began last in a period, the earliest first."""
        return await self._database.read(
            lambda connection: chronicle.told(
                connection, story, since=since, until=until, before=before, limit=limit
            )
        )

    async def grown(self, story: str, *, since: datetime, limit: int) -> list[Event]:
        """Return the events of a story to which something was added, the last changed first."""
        return await self._database.read(
            lambda connection: chronicle.grown(connection, story, since=since, limit=limit)
        )

    async def followed(self) -> dict[str, datetime]:
        """Return the stories that are followed, by name, and since when."""
        return await self._database.read(following.since)

    async def looks(self, person: int) -> dict[str, datetime]:
        """Return when a person last looked at what each story told."""
        return await self._database.read(lambda connection: following.looks_of(connection, person))

    async def accounts(self, reference: str, *, limit: int) -> list[Account]:
        """Return all that is known of an article, of its newest versions."""
        return await self._database.read(lambda connection: accounts.of(connection, reference, limit))

    async def message(self, channel: str, message_id: int) -> Seen | None:
        """Return what a message of a channel tells."""
        return await self._database.read(lambda connection: accounts.message(connection, channel, message_id))

    async def heard(self, feeds: Sequence[str], *, before: datetime) -> set[str]:
        """Return which of these feeds listed something before a time."""
        return await self._database.read(lambda connection: articles.heard(connection, feeds, before))

    async def alarm(self, key: str, text: str | None, *, at: datetime) -> bool:
        """Raise (text) or clear (None) an alarm."""
        return await self._database.write(lambda connection: health.alarm(connection, key, text, at))

    async def alarms(self) -> list[tuple[str, str, datetime]]:
        """Return the alarms that stand."""
        return await self._database.read(health.alarms)

    async def beat(self, name: str, *, at: datetime) -> None:
        """Note progress of a job."""
        await self._database.write(lambda connection: health.beat(connection, name, at))

    async def beats(self) -> dict[str, datetime]:
        """Return the last progress of each job."""
        return await self._database.read(health.beats)

    async def prune(self, *, before: datetime, part: int, parts: int) -> None:
        """Forget by which keys articles from before a time could be found."""

        def transaction(connection: Connection) -> None:
            candidates.prune(connection, before, part=part, parts=parts)
            if part == 0:
                meanings.prune(connection, before)

        await self._database.write(transaction)

    async def load(self, story: str, judged: Sequence[tuple[Article, Sequence[int]]]) -> None:
        """Store many articles at once as New ones of a story, each with its keys: for measuring."""
        await self._database.write(lambda connection: bulk.load(connection, story, judged))

    async def sizes(self) -> Mapping[str, int]:
        """Return how many bytes of the disk the articles' titles and the index of candidates take."""
        return await self._database.read(bulk.sizes)

    async def close(self) -> None:
        """Finish the write under way and let go of the database."""
        await self._database.close()
