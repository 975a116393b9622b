"""What the parts of the delivery's bench share: clocks, a world that only delivers, posts to deliver."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NoReturn

from bot.bench.documents import START, Writer
from bot.core.compose import card
from bot.core.match import Watch
from bot.model import (
    Article,
    Delivery,
    Document,
    Feed,
    Fetched,
    Hit,
    Match,
    Message,
    New,
    Post,
    Posting,
    PostKind,
    Story,
)
from bot.pipeline import Knowledge, World
from bot.ports import Archive, Clock, Record
from storage import open_archive

STORY = Story(name="bench", title="Bench", query="bench")
_WATCH = Watch.on(STORY)
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of a table."""

    name: str
    measured: str
    baseline: str = ""
    goal: str = ""
    #: None where there is no goal.
    reached: bool | None = None
    #: It is a promise, whose breach fails the command; else a cost.
    promised: bool = False


def most(name: str, measured: float, limit: float, *, baseline: str = "", unit: str = "") -> Figure:
    """Return a cost that is to stay below a limit."""
    return Figure(
        name=name,
        measured=f"{measured:.3g}{unit}",
        baseline=baseline,
        goal=f"<= {limit:.3g}{unit}",
        reached=measured <= limit,
    )


def none(name: str, measured: int, *, baseline: str = "", goal: int = 0) -> Figure:
    """Return a count of what must not be."""
    return Figure(
        name=name,
        measured=f"{measured:,}",
        baseline=baseline,
        goal=f"{goal:,}",
        reached=measured <= goal,
        promised=True,
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """Return what so many percent stay below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


# ------------------------------------------------------------------------------------------- clocks


class SteppedClock:
    """Goes on by a step each time it is read, or when it is told to."""

    def __init__(self, step: timedelta = timedelta(), start: datetime = START) -> None:
        self.time = start
        self._step = step

    def now(self) -> datetime:
        """Return the time it shows."""
        self.time += self._step
        return self.time


class FastClock:
    """Goes faster than the wall's; so does that of another process which is given the same numbers.

    Args:
        begun: when it showed `START`, by the wall's clock in seconds.
        scale: how much faster.
    """

    def __init__(self, begun: float, scale: float) -> None:
        self._begun = begun
        self._scale = scale

    def now(self) -> datetime:
        """Return the time it shows."""
        return START + timedelta(seconds=(time.time() - self._begun) * self._scale)

    def until(self, at: datetime) -> float:
        """Return the real seconds that are left until a time."""
        return max(0.0, (at - self.now()).total_seconds() / self._scale)


# -------------------------------------------------------------------------------------------- world


@asynccontextmanager
async def opened(database: Path) -> AsyncIterator[Archive]:
    """Open an archive on the disk, and close it again."""
    archive = await open_archive(f"sqlite:///{database}")
    try:
        yield archive
    finally:
        await archive.close()


def world_of(
    archive: Archive,
    clock: Clock,
    *,
    delivery: Delivery = Delivery.AT_LEAST_ONCE,
    knowledge: Knowledge | None = None,
) -> World:
    """Return a world that can deliver and nothing else."""
    return World(
        clock=clock,
        fetch=_no_fetch,
        parse=_no_parse,
        archive=archive,
        notify=_hear,
        knowledge=knowledge or Knowledge(watches=[_WATCH]),
        delivery=delivery,
    )


async def _no_fetch(feed: Feed, *, conditional: bool = True) -> NoReturn:
    raise AssertionError(f"{feed.url} is not to be asked, conditional: {conditional}")


async def _no_parse(fetched: Fetched, known: bytes = b"") -> Document:
    raise AssertionError(f"{fetched.url} is not to be read, known: {known!r}")


async def _hear(text: str) -> None:
    del text


# -------------------------------------------------------------------------------------------- posts


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A card of the outbox."""

    post: Post
    #: Stands in the text of the card, and in no other.
    headline: str


class Stock:
    """Plans cards and edits, the same on every run."""

    def __init__(self, archive: Archive, channels: Sequence[str]) -> None:
        self.archive = archive
        self._channels = channels
        self._writer = Writer()
        self._dice = Random(5)  # noqa: S311  reproducible, not secret
        self._count = 0

    async def cards(self, count: int, *, at: datetime, kind: PostKind = PostKind.CARD) -> list[Planned]:
        """Plan so many cards, for one channel after another."""
        made: list[Planned] = []
        while len(made) < count:
            numbers = range(self._count, self._count + min(_BATCH, count - len(made)))
            self._count = numbers.stop
            articles = {number: self._article(number, at) for number in numbers}

            def work(record: Record, articles: dict[int, Article] = articles) -> list[Planned]:
                return [self._card(record, article, number, kind) for number, article in articles.items()]

            made += await self.archive.record(work)
        return made

    def _article(self, number: int, at: datetime) -> Article:
        summary = ". ".join(self._writer.headline(self._dice) for _ in range(3))
        return stored_article(f"{self._writer.headline(self._dice)} {number}", number, at=at, summary=summary)

    def _card(self, record: Record, article: Article, number: int, kind: PostKind) -> Planned:
        (numbered,) = record.articles([article])
        match = Match(
            story=STORY, article=article, hits=(Hit(term="bench", field="title", excerpt=article.title),)
        )
        event = record.verdict(numbered, match, New(evidence=()), keys=(), quiet=None)
        message = card([event], {STORY.name: STORY}, Posting())
        channel = self._channels[number % len(self._channels)]
        post = Post(channel=channel, event=event.id, kind=kind, message=message)
        record.posts([post], at=article.seen_at)
        return Planned(post=post, headline=article.title)

    async def edit(self, planned: Sequence[Planned], *, at: datetime, mark: str) -> dict[str, str]:
        """Plan an edit of each of these cards; return headline → the text it is to have."""
        edits = [
            Post(
                channel=one.post.channel,
                event=one.post.event,
                kind=PostKind.EDIT,
                message=Message(text=f"{one.post.message.text}\n{mark}", spans=one.post.message.spans),
            )
            for one in planned
        ]
        await self.archive.record(lambda record: record.posts(edits, at=at))
        return {one.headline: edit.message.text for one, edit in zip(planned, edits, strict=True)}


def utc(text: str) -> datetime:
    """Read "2026-03-29 01:30" as a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stored_article(title: str, number: int, *, at: datetime, summary: str = "") -> Article:
    """Make an article as an agency's feed may give it."""
    address = f"bench.example/stored/{number}"
    return Article(
        feed_url="https://bench.example/feed.xml",
        key=address,
        fingerprint=address,
        link=f"https://{address}",
        address=address,
        title=title,
        summary=summary,
        body="",
        outlet="Bench",
        language=None,
        published=at,
        dated=True,
        seen_at=at,
    )
