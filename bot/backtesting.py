"""What would have been posted, had a story's query, a limit or its `fold` been different.

Both configurations are replayed over the stored articles of a period, in the order in which they were seen,
through the pipeline's own functions, into archives in memory that are thrown away. So the answer is about
decisions, made by the same code; what channels did with it (flood limits, digests, quiet hours, deliveries)
and what people corrected is left out on both sides.

Both begin from nothing and are warmed with what was seen before the period, as far back as articles are
compared, and as far as `Reach` allows: no card of that time counts as a difference, but repeats of it are
repeats.

What would have been news: every stored article is taken as its feed's poll brought it, whether a story
matched it then or not. The first poll of a feed is backlog, of which the newest `backfill` are posted, and
what was older than `max_age` when it was first seen is old news; both stay quiet, as they do in the service.
What a story of that time made of an article does not matter: the question is whether it would have been
posted, and by this story.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import cast

from bot.core.backtest import Backtest, Period, told, told_briefly
from bot.core.difference import Card, difference
from bot.core.match import Watches, matches
from bot.core.sheet import Line
from bot.errors import OperatorError
from bot.model import Article, ArticleId, Event, EventId, Feed, Posting, PostKind
from bot.pipeline import Knowledge, Taken, grouping_of, take_all
from bot.ports import Archive, Record
from storage import PassingRecord

__all__ = ["Backtest", "Period", "Reach", "backtest", "last", "preview", "told"]

#: CPU of replaying an accepted article with one configuration, as `storywire bench backtest` showed.
_REPLAY_S = 0.0015
_EVER = datetime.min.replace(tzinfo=UTC)
#: Where both configurations post to.
_CHANNEL = "backtest"
#: Cards a minute above which they would be rolled into one; none are, or they could not be compared.
NO_FLOOD = 1_000_000
#: Articles read in one step: some milliseconds of the archive, which a service uses as well.
_PAGE = 500
#: Accepted articles replayed in one step, and for how long a story's usual words stay as they are: they are
#: those of yesterday and before.
_STEP, _USUAL_FOR = 25, timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How much is looked at, the latest first, so that whoever asks has an answer soon."""

    #: Articles of the period.
    most: int = 200_000
    #: Articles before it.
    warm: int = 20_000
    #: Seconds for everything, about: what a chat waits for.
    seconds: float = 10.0


USUAL_REACH = Reach()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poll:
    """What one poll of a feed brought, as far as either query accepts it."""

    feed: Feed
    articles: list[Article] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads the archive backwards, a page at a time."""

    archive: Archive
    both: Watches
    #: Feed address → feed name.
    names: Mapping[str, str]
    #: When all must be done, on the monotonic clock.
    deadline: float
    #: Where the next page begins.
    until: datetime
    before: ArticleId | None = None
    #: What either query accepts, the latest first.
    accepted: list[tuple[ArticleId, Article]] = field(default_factory=list)
    #: Feed → when the earliest of its articles that were looked at was seen.
    first: dict[str, datetime] = field(default_factory=dict)
    looked_at: int = 0
    #: Seconds that passed while articles were looked at, and of CPU.
    wall: float = 0.0
    cpu: float = 0.0

    async def back_to(self, since: datetime, *, most: int) -> bool:
        """Read back to a time; return False where that was too much.

        Args:
            since: the time, aware.
            most: articles to look at in all.
        """
        while page := await self.archive.seen(since=since, until=self.until, before=self.before, limit=_PAGE):
            await asyncio.to_thread(self._look, page)
            self.before, self.until = page[-1][0], page[-1][1].seen_at
            if self.looked_at >= most or self._ends() >= self.deadline:
                return False
        return True

    def _ends(self) -> float:
        """Return when a replay of what was accepted would end, if it began now."""
        # As much slower than it could be as looking at articles was: others use this machine as well.
        slower = self.wall / self.cpu if self.cpu else 1.0
        return time.monotonic() + len(self.accepted) * len(self.both) * _REPLAY_S * slower

    def _look(self, page: Sequence[tuple[ArticleId, Article]]) -> None:
        wall, cpu = time.monotonic(), time.thread_time()
        self.accepted += [each for each in page if matches(each[1], self.both, self.names)]
        self.first |= {article.feed_url: article.seen_at for _number, article in page}
        self.looked_at += len(page)
        self.wall += time.monotonic() - wall
        self.cpu += time.thread_time() - cpu

    async def polls(self) -> list[_Poll]:
        """Return what was accepted as the polls that brought it, the earliest first."""
        urls = {article.feed_url for _number, article in self.accepted}
        new = urls - await self.archive.heard(sorted(urls), before=self.until)
        polls: dict[tuple[str, datetime], _Poll] = {}
        for _number, article in reversed(self.accepted):
            url, at = article.feed_url, article.seen_at
            if (url, at) not in polls:
                begins = url in new and at == self.first[url]
                feed = Feed(url=url, name=self.names.get(url, ""), recorded_at=None if begins else at)
                polls[url, at] = _Poll(feed=feed)
            polls[url, at].articles.append(article)
        return list(polls.values())


async def backtest(
    before: Knowledge,
    after: Knowledge,
    archive: Archive,
    *,
    story: str,
    period: Period,
    reach: Reach = USUAL_REACH,
) -> Backtest:
    """Compare what two configurations of a story would have posted over the stored articles of a period.

    Reads in small steps and works on other threads: a service that uses the archive goes on meanwhile.

    Args:
        before: the one configuration; where it lacks the story, nothing would have been posted.
        after: the other, the same.
        archive: whose articles are looked at; nothing is written to it.
        story: its name.
        period: what is compared.
        reach: how much is looked at; the answer says whether that was less than the period.

    Raises:
        OperatorError: neither configuration has the story.
    """
    sides = [_trial(before, story), _trial(after, story)]
    watches = [watch for side in sides if side is not None for watch in side.watches]
    if not watches:
        raise OperatorError(f"there is no story {story} to try out")
    reader = _Reader(
        archive=archive,
        both=Watches(watches),
        names={each.feed.url: each.feed.name for each in await archive.feeds(counted=False)},
        deadline=time.monotonic() + reach.seconds,
        until=period.until,
    )
    whole = await reader.back_to(period.since, most=reach.most)
    looked_at, accepted = reader.looked_at, len(reader.accepted)
    since = period.since if whole else reader.until
    if whole:
        window = max(watch.story.policy.window for watch in watches)
        await reader.back_to(_earlier(since, window), most=looked_at + reach.warm)
    known_as = {_identity(article): number for number, article in reader.accepted}
    polls = await reader.polls()
    was, would_be = [await asyncio.to_thread(_cards, side, polls, known_as) if side else [] for side in sides]
    return Backtest(
        story=story,
        period=replace(period, since=since),
        difference=difference(was, would_be, since=since),
        looked_at=looked_at,
        accepted=accepted,
        cut=not whole,
    )


async def preview(
    before: Knowledge, after: Knowledge, archive: Archive, *, story: str, days: int = 1
) -> list[Line]:
    """Say in a few lines what a changed story would have posted lately; see `backtest`.

    Args:
        before: the configuration that runs.
        after: the other.
        archive: whose articles are looked at.
        story: its name.
        days: how far back from the article that was seen last.

    Raises:
        OperatorError: nothing is stored yet, or neither configuration has the story.
    """
    period = await last(archive, timedelta(days=days))
    found = await backtest(before, after, archive, story=story, period=period)
    return told_briefly(found, days=days)


async def last(archive: Archive, length: timedelta) -> Period:
    """Return the time up to the article that was seen last.

    Raises:
        OperatorError: nothing is stored yet.
    """
    page = await archive.seen(since=_EVER, until=datetime.max.replace(tzinfo=UTC), before=None, limit=1)
    if not page:
        raise OperatorError("nothing is stored yet, so there is nothing to try it out on")
    until = page[0][1].seen_at
    return Period(since=_earlier(until, length), until=until)


def _earlier(time: datetime, length: timedelta) -> datetime:
    return max(_EVER + length, time) - length


def _trial(knowledge: Knowledge, story: str) -> Knowledge | None:
    """Return what decides about the story alone, in one channel that every event has a card of its own in.

    Several channels differ in when they post an event: it counts as posted with the first that does.
    """
    watch = next((watch for watch in knowledge.watches if watch.story.name == story), None)
    if watch is None:
        return None
    sources = min((watch.story.posting(name).min_sources for name in watch.story.channels), default=1)
    posting = Posting(min_sources=sources, burst=NO_FLOOD)
    alone = replace(watch.story, channels=(_CHANNEL,), postings={_CHANNEL: posting})
    return replace(knowledge, watches=Watches([replace(watch, story=alone)]), hours={})


def _identity(article: Article) -> tuple[str, str, str]:
    return article.feed_url, article.key, article.fingerprint


# ------------------------------------------------------------------------------------------- replay


def _cards(
    knowledge: Knowledge, polls: Sequence[_Poll], known_as: Mapping[tuple[str, str, str], ArticleId]
) -> list[Card]:
    """Return the cards that a configuration would have posted, in that order: plain code."""
    events: dict[EventId, Event] = {}
    posted: dict[EventId, datetime] = {}
    # All that `take_all` asks of a record: a test compares it with that of a database.
    record = cast("Record", PassingRecord())
    for one in chain.from_iterable(_taken(step, knowledge, record) for step in _steps(polls)):
        events[one.event.id] = one.event
        if any(post.kind is PostKind.CARD for post in one.posts):
            posted[one.event.id] = one.match.article.seen_at
    return [
        Card(at=at, articles={known_as[_identity(m.article)]: m.article for m in events[number].members})
        for number, at in posted.items()
    ]


def _steps(polls: Sequence[_Poll]) -> Iterator[list[_Poll]]:
    """Yield polls that follow each other closely."""
    step: list[_Poll] = []
    for poll in polls:
        at = poll.articles[0].seen_at
        if len(step) >= _STEP or (step and at - step[0].articles[0].seen_at > _USUAL_FOR):
            yield step
            step = []
        step.append(poll)
    if step:
        yield step


def _taken(polls: Sequence[_Poll], knowledge: Knowledge, record: Record) -> list[Taken]:
    """Decide about what some polls brought."""
    (story,) = (watch.story.name for watch in knowledge.watches)
    now = polls[0].articles[0].seen_at
    # Read once for all of them: with each poll, that would be most of the work.
    knowledge = replace(knowledge, groupings={story: grouping_of(story, record, knowledge, now=now)})
    return [
        one for poll in polls for one in take_all(poll.articles, poll.feed, record, knowledge, listed=0).taken
    ]
