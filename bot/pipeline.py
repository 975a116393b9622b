"""READ FIRST: the way of one item.

A scheduler polls feeds for new coverage of a story, matches each item against the stored articles to mark it
new or duplicate, and posts to a channel. Two jobs do it, and they meet only at the archive: `poll` fills it,
`deliver` empties its outbox. A crash between or within them loses nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from bot.core.admit import REPEAT, admit
from bot.core.cadence import next_poll
from bot.core.concepts import Concepts
from bot.core.judge import DEFAULT, Limits, judge
from bot.core.keys import match_keys
from bot.core.match import Watch, matches
from bot.core.normalise import normalise
from bot.core.pace import WINDOW, next_turn
from bot.core.plan import plan
from bot.core.settle import settle
from bot.crashpoints import crashpoint
from bot.errors import AnswerLostError, DeliveryError, FetchError, ParseError
from bot.model import (
    Article,
    ArticleId,
    Delivery,
    Document,
    Duplicate,
    Event,
    Feed,
    Fetched,
    Match,
    Post,
    PostState,
    Receipt,
    Stored,
    Story,
    Verdict,
)
from bot.ports import Archive, Channel, Clock, Fetch, Notify, Parse, Record

#: One poll a day asks for the document whatever the server says: some serve a stale ETag for ever.
_UNCONDITIONAL_EVERY = timedelta(hours=24)
#: Candidates compared with one article; the archive ranks them by shared keys.
_MOST_CANDIDATES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything the two jobs need, put together by `app`."""

    clock: Clock
    fetch: Fetch
    parse: Parse
    archive: Archive
    watches: Sequence[Watch]
    #: Feed address → the name stories use for it.
    feed_names: Mapping[str, str]
    notify: Notify
    limits: Limits = DEFAULT
    delivery: Delivery = Delivery.AT_LEAST_ONCE

    def concepts(self, story: Story) -> Concepts:
        """Return the story's spellings of one thing."""
        return next(watch.concepts for watch in self.watches if watch.story.name == story.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one story decided about one article."""

    match: Match
    verdict: Verdict
    event: Event
    quiet: str | None
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one poll brought."""

    feed: Feed
    #: Why it failed; None if it did not.
    failure: str | None = None
    #: Entries the document listed; 0 if it was unchanged.
    listed: int = 0
    #: Articles recorded for the first time.
    unseen: int = 0
    taken: tuple[Taken, ...] = ()


# --------------------------------------------------------------------------------------------- poll


async def poll(feed: Feed, world: World) -> Polled:
    """Look at a feed once: what is new in it is recorded with its verdicts and its posts."""
    conditional = not _wants_everything(feed, world.clock.now())
    try:
        fetched = await world.fetch(feed, conditional=conditional)
        crashpoint("poll:fetched")
        heard = _heard(feed, fetched, conditional=conditional, now=world.clock.now())
        digest = _digest(fetched)
        if digest is None or digest == feed.digest:
            return await _unchanged(heard, fetched.asked, world)
        document = await world.parse(fetched)
        crashpoint("poll:parsed")
    except (FetchError, ParseError) as failure:
        return await _failed(feed, failure, world)
    now = world.clock.now()
    articles = normalised(document, feed, now)
    known = replace(heard, digest=digest, recorded_at=now)
    next_at = next_poll(feed.url, failures=0, asked=fetched.asked, every=feed.every, now=now)

    def work(record: Record) -> Polled:
        unseen, taken = take_all(articles, feed, record, world, now)
        record.polled(known, at=now, next_at=next_at)  # last: only now may the server say "unchanged"
        return Polled(feed=feed, listed=len(articles), unseen=unseen, taken=tuple(taken))

    return await world.archive.record(work)


def normalised(document: Document, feed: Feed, now: datetime) -> list[Article]:
    """Make articles of a document's entries, oldest first, so that the original precedes its copies."""
    entries = reversed(document.entries)
    articles = (normalise(entry, feed, seen_at=now, language=document.language) for entry in entries)
    return sorted(articles, key=lambda article: article.published)


def take_all(
    articles: Sequence[Article], feed: Feed, record: Record, world: World, now: datetime
) -> tuple[int, list[Taken]]:
    """Record what is unseen of one poll; return how many articles that were, and what was decided."""
    unseen = record.unseen(articles)
    taken: list[Taken] = []
    for article, admitted in zip(unseen, _admitted(unseen, feed, world, now), strict=True):
        article_id = record.article(article)  # matched or not: why, backtest and backfill need every one
        crashpoint("take:article")
        taken += [take(match, article_id, quiet, record, world) for match, quiet in admitted]
    return len(unseen), taken


def take(match: Match, article_id: ArticleId, quiet: str | None, record: Record, world: World) -> Taken:
    """Judge one match, record the verdict and plan its posts: plain code inside one transaction."""
    article, story = match.article, match.story
    concepts = world.concepts(story)
    keys = match_keys(article, concepts)
    since = article.seen_at - story.policy.window
    candidates = record.candidates(story.name, keys, since=since, limit=_MOST_CANDIDATES)
    verdict = judge(article, candidates, concepts, world.limits)
    quiet = quiet or _hushed_with(verdict, candidates, story, record)
    event = record.verdict(article_id, match, verdict, keys=keys, quiet=quiet)
    crashpoint("take:verdict")
    posts: list[Post] = []
    for channel in story.channels:
        if quiet:
            record.hush(channel, event.id)  # what was recorded quietly counts as shown
        else:
            shown = record.shown(channel, event.id)
            posts += plan(event, article, verdict, shown, story=story, channel=channel)
    record.posts(posts)
    crashpoint("take:posts")
    return Taken(match=match, verdict=verdict, event=event, quiet=quiet, posts=tuple(posts))


def _hushed_with(verdict: Verdict, candidates: Sequence[Stored], story: Story, record: Record) -> str | None:
    """A repeat of what every channel was spared is spared as well; an Update is not."""
    if not isinstance(verdict, Duplicate) or not story.channels:
        return None
    event = next(old.event for old in candidates if old.id == verdict.of)
    shown = [record.shown(channel, event) for channel in story.channels]
    return REPEAT if all(there and there.quiet for there in shown) else None


def _admitted(
    articles: Sequence[Article], feed: Feed, world: World, now: datetime
) -> list[list[tuple[Match, str | None]]]:
    """Match every article of a poll and say which matches must stay quiet; backlog is counted per story."""
    matched = [matches(article, world.watches, world.feed_names) for article in articles]
    by_story: dict[str, list[Match]] = {}
    for match in chain.from_iterable(matched):
        by_story.setdefault(match.story.name, []).append(match)
    reasons = {name: iter(admit(found, feed, now=now)) for name, found in by_story.items()}
    return [[(match, next(reasons[match.story.name])) for match in found] for found in matched]


def _wants_everything(feed: Feed, now: datetime) -> bool:
    last = feed.unconditional_at
    return last is None or not timedelta() <= now - last < _UNCONDITIONAL_EVERY


def _digest(fetched: Fetched) -> str | None:
    return None if fetched.body is None else hashlib.blake2b(fetched.body, digest_size=16).hexdigest()


def _heard(feed: Feed, fetched: Fetched, *, conditional: bool, now: datetime) -> Feed:
    """Return the feed's state after an answer whose entries are (or already were) recorded."""
    at = feed.unconditional_at if conditional else now
    return replace(feed, failures=0, validators=fetched.validators, unconditional_at=at)


async def _unchanged(feed: Feed, asked: timedelta | None, world: World) -> Polled:
    now = world.clock.now()
    next_at = next_poll(feed.url, failures=0, asked=asked, every=feed.every, now=now)
    await world.archive.polled(feed, at=now, next_at=next_at, failure=None)
    return Polled(feed=feed)


async def _failed(feed: Feed, failure: FetchError | ParseError, world: World) -> Polled:
    now = world.clock.now()
    state = replace(feed, failures=feed.failures + 1)
    asked = failure.retry_after if isinstance(failure, FetchError) else None
    next_at = next_poll(feed.url, failures=state.failures, asked=asked, every=feed.every, now=now)
    await world.archive.polled(state, at=now, next_at=next_at, failure=str(failure))
    return Polled(feed=state, failure=str(failure))


# ------------------------------------------------------------------------------------------ deliver


async def deliver(channel: Channel, world: World) -> datetime | None:
    """Send what waits for a channel, one at a time; return when to look again, None if nothing waits."""
    while True:
        now = world.clock.now()
        post = await world.archive.next_post(channel.name, now=now)
        if post is None:
            return await world.archive.next_due(channel.name)
        turn = next_turn(await world.archive.sent_since(channel.name, now - WINDOW), now=now)
        if turn > now:
            return turn
        await world.archive.sending(post, at=now)  # durable before the call: a lost answer is then known
        await _attempt(replace(post, attempts=post.attempts + 1), channel, world)


async def recover(world: World) -> int:
    """Settle what a process that died had handed over; return how many posts that were."""
    interrupted = await world.archive.interrupted()
    for post in interrupted:
        await _settle(post, AnswerLostError("the program stopped before the answer came"), world)
    return len(interrupted)


async def _attempt(post: Post, channel: Channel, world: World) -> None:
    outcome: Receipt | DeliveryError
    try:
        outcome = await channel.send(post)
    except DeliveryError as failure:
        outcome = failure
    crashpoint("deliver:answered")
    await _settle(post, outcome, world)


async def _settle(post: Post, outcome: Receipt | DeliveryError, world: World) -> None:
    now = world.clock.now()
    settlement = settle(post, outcome, delivery=world.delivery, now=now)
    await world.archive.settle(post, settlement, at=now)
    key = f"channel:{post.channel}"
    if settlement.alarm is None and settlement.state is not PostState.SENT:
        return
    if await world.archive.alarm(key, settlement.alarm, at=now) and settlement.alarm:
        await world.notify(settlement.alarm)
