"""`bench backtest`: how long it takes to say what another query would have posted over a busy week.

The week is invented: as many articles as are asked for, two in a hundred about the story, of which a third
repeats an earlier one word for word or nearly. Every third article has a text, as feeds with full texts do.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random

from rich.table import Table

from bot.backtesting import Backtest, Period, Reach, backtest
from bot.bench.documents import START, SUBJECTS, Writer
from bot.cli.common import console, in_loop, plain, table
from bot.core.match import Watch, Watches
from bot.model import Article, Feed, Story
from bot.pipeline import Knowledge, take_all
from bot.ports import Archive, Record
from storage import open_archive

#: What is stored of the week, and how many feeds bring it.
STORED = 100_000
_FEEDS = 200
_WEEK = timedelta(days=7)
_ABOUT, _REPEATS = 0.02, 1 / 3
_SUMMARY, _BODY, _BODIES = 25, 300, 3
_BATCH = 1_000
_STORY = "bench"
_ALL_DAY = 86_400.0
#: Of the week, one in so many is replayed plainly.
_SHARE = 10
_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What came of it, and how long that took, in seconds."""

    whole: Backtest
    wall: float
    cpu: float
    #: The longest that a look at the archive had to wait meanwhile.
    waited: float
    #: The same with no more time than a chat has.
    soon: Backtest
    soon_wall: float
    #: CPU of a plain replay of the same articles for one configuration, as `storywire replay` does it.
    plain: float


def backtesting(stored: int = STORED) -> None:
    """Measure."""
    console.print(_shown(in_loop(measured(stored))))


async def measured(stored: int) -> Cost:
    """Store a week, and compare two queries over it: two names, and those and a third."""
    week = list(_week(stored))
    before, after = (_knowledge(" ".join(SUBJECTS[:count])) for count in (2, 3))
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        archive = await open_archive(f"sqlite:///{folder}/bench.db")
        try:
            for first in range(0, stored, _BATCH):
                await archive.record(partial(_store, week[first : first + _BATCH]))
            compare = partial(backtest, before, after, archive, story=_STORY)
            period = Period(since=START - _WEEK, until=START)
            waits = [0.0]
            waiting = asyncio.create_task(_look_meanwhile(archive, waits))
            begun, cpu = time.perf_counter(), time.process_time()
            whole = await compare(period=period, reach=Reach(seconds=_ALL_DAY))
            wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
            waiting.cancel()
            begun = time.perf_counter()
            soon = await compare(period=period)
            soon_wall = time.perf_counter() - begun
        finally:
            await archive.close()
        spent = await _plainly(week[::_SHARE], after, folder)
    return Cost(
        whole=whole,
        wall=wall,
        cpu=cpu,
        waited=max(waits),
        soon=soon,
        soon_wall=soon_wall,
        plain=_SHARE * spent,
    )


async def _look_meanwhile(archive: Archive, waits: list[float]) -> None:
    """Look at the archive again and again, as a service does."""
    while True:
        begun = time.perf_counter()
        await archive.beats()
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(_LOOK_EVERY_S)


async def _plainly(week: Sequence[Article], knowledge: Knowledge, folder: str) -> float:
    """Replay articles as if one feed had brought them all, and keep them in a file."""
    feed = Feed(url="replay:", name="", recorded_at=START)
    archive = await open_archive(f"sqlite:///{folder}/plain.db")
    try:
        cpu = time.process_time()
        for first in range(0, len(week), _BATCH):
            batch = week[first : first + _BATCH]
            await archive.record(partial(_take, batch, feed, knowledge))
        return time.process_time() - cpu
    finally:
        await archive.close()


def _take(articles: Sequence[Article], feed: Feed, knowledge: Knowledge, record: Record) -> None:
    take_all(articles, feed, record, knowledge, listed=0)


def _store(articles: Sequence[Article], record: Record) -> None:
    record.articles(articles)


def _knowledge(query: str) -> Knowledge:
    story = Story(name=_STORY, title="Bench", query=query, channels=("console",))
    return Knowledge(watches=Watches([Watch.on(story)]))


def _week(stored: int) -> Iterator[Article]:
    writer, dice = Writer(), Random(5)  # noqa: S311  reproducible, not secret
    told: list[str] = []
    for number in range(stored):
        title = writer.headline(dice)
        if dice.random() < _ABOUT:
            repeats = told and dice.random() < _REPEATS
            title = dice.choice(told[-50:]) if repeats else f"{title} {dice.choice(SUBJECTS)}"
            told.append(title)
        yield _article(title, number, stored, writer, dice)


def _article(title: str, number: int, stored: int, writer: Writer, dice: Random) -> Article:
    at = START - _WEEK + _WEEK * (number + 1) / stored
    feed = number % _FEEDS
    address = f"feed{feed}.example/news/{number}"
    body = writer.words(dice, _BODY) if number % _BODIES == 0 else ""
    return Article(
        feed_url=f"https://feed{feed}.example/feed.xml",
        key=address,
        fingerprint=address,
        link=f"https://{address}",
        address=address,
        title=title,
        summary=writer.words(dice, _SUMMARY),
        body=body,
        outlet=f"Feed {feed}",
        language=None,
        published=at,
        dated=True,
        seen_at=at,
    )


def _shown(cost: Cost) -> Table:
    whole, soon = cost.whole, cost.soon
    compared = whole.difference
    shown = table(f"a week of {whole.looked_at:,} articles", "")
    shown.add_row(*plain("match before or after", f"{whole.accepted:,}"))
    shown.add_row(*plain("cards before, after", f"{compared.before:,}, {compared.after:,}"))
    shown.add_row(*plain("gained, lost", f"{len(compared.gained):,}, {len(compared.lost):,}"))
    shown.add_row(*plain("all of it: wall, CPU", f"{cost.wall:.1f} s, {cost.cpu:.1f} s"))
    shown.add_row(*plain("  another look at the archive waits at most", f"{1000 * cost.waited:.0f} ms"))
    shown.add_row(*plain("what a chat waits for: wall", f"{cost.soon_wall:.1f} s"))
    shown.add_row(*plain("  articles looked at", f"{soon.looked_at:,}"))
    shown.add_row(*plain("one plain replay: CPU (a tenth, times ten)", f"{cost.plain:.1f} s"))
    shown.add_row(*plain("ratio", f"1/{cost.plain / cost.cpu:.1f}"))
    return shown
