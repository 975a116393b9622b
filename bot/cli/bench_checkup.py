"""`bench checkup`: looking over the keywords of stories in a large archive, beside reading it alone."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path

from bot.app import watches
from bot.checkup import checkup
from bot.cli.bench_keywords import invented, written
from bot.cli.common import console, file_settings, in_loop, plain, table
from bot.cli.items import article_of, items_in
from bot.core.match import Watch
from bot.model import Article
from bot.ports import Archive, Record
from storage import open_archive

#: What is asked of it: seconds, for so many articles of a month.
MOST_S, STORED = 60.0, 100_000
#: Stories beside the shipped one.
_STORIES = 20
_START = datetime(2026, 1, 1, tzinfo=UTC)
_PERIOD = timedelta(days=30)
_BATCH, _PAGE = 10_000, 500
#: How often it is looked how late a waiting task is woken, as a running service's would be.
_BLINK_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What looking over took, in seconds."""

    wall: float
    cpu: float
    #: The longest that something else on the event loop had to wait.
    late: float


def looking_over(folder: Path | None, config: Path, stored: int = STORED) -> None:
    """Measure it and show it.

    Args:
        folder: the test material; without it articles are invented.
        config: whose stories to look over, beside twenty that are made up.
        stored: how many articles.
    """
    reading, over = in_loop(_measured(folder, watches(file_settings(config)), stored))
    said = f"keywords looked over: {_STORIES} stories and your own, {stored:,} articles"
    shown = table(said, "seconds", "CPU", "longest wait of a service")
    for name, cost in ((f"all of it (goal: {MOST_S:g} s)", over), ("reading the articles alone", reading)):
        figures = (f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{1000 * cost.late:.0f} ms")
        shown.add_row(*plain(name, *figures))
    console.print(shown)


async def _measured(folder: Path | None, own: Sequence[Watch], stored: int) -> tuple[Cost, Cost]:
    articles = _articles(folder)
    with tempfile.TemporaryDirectory(prefix="storywire-") as place:
        archive = await open_archive(f"sqlite:///{place}/bench.db")
        try:
            await _fill(archive, articles, stored)
            followed = [*own, *map(Watch.on, written(articles, _STORIES))]
            reading = await _cost(lambda: _read(archive))
            return reading, await _cost(lambda: _look(archive, followed))
        finally:
            await archive.close()


async def _fill(archive: Archive, articles: Sequence[Article], stored: int) -> None:
    """Store articles, again and again the same ones under other keys."""
    for start in range(0, stored, _BATCH):
        batch = [
            replace(
                articles[number % len(articles)], key=str(number), seen_at=_START + _PERIOD * number / stored
            )
            for number in range(start, min(stored, start + _BATCH))
        ]
        await archive.record(partial(_store, batch))


def _store(batch: Sequence[Article], record: Record) -> None:
    record.articles(batch)


async def _look(archive: Archive, followed: Sequence[Watch]) -> None:
    await checkup(archive, followed, since=_START, now=_START + _PERIOD)


async def _read(archive: Archive) -> None:
    until, before = _START + _PERIOD, None
    while page := await archive.seen(since=_START, until=until, before=before, limit=_PAGE):
        before, until = page[-1][0], page[-1][1].seen_at


async def _cost(work: Callable[[], Awaitable[None]]) -> Cost:
    late = [0.0]
    watching = asyncio.create_task(_watch(late))
    begun, cpu = time.perf_counter(), time.process_time()
    await work()
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    return Cost(wall=wall, cpu=cpu, late=max(late))


async def _watch(late: list[float]) -> None:
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(_BLINK_S)
        late.append(time.perf_counter() - begun - _BLINK_S)


def _articles(folder: Path | None) -> list[Article]:
    files = sorted((folder / "headlines").glob("event_week_*.tsv")) if folder else []
    found = chain.from_iterable(map(items_in, files))
    return [article_of(item, where=f"line {line}") for line, item in found] or list(invented(9_000))
