"""`bench timeline`: looking back in a growing archive, and what a new story makes of it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median

from bot.beginning import begin_stories
from bot.cli.bench_keywords import invented
from bot.cli.common import console, in_loop, plain, table
from bot.core.match import Watch, Watches
from bot.model import Article, Document, Feed, Fetched, Policy, Story
from bot.pipeline import Knowledge, World
from bot.ports import Archive
from bot.timeline import catchup, timeline, told
from storage import open_archive
from storage.archive import SqlArchive

#: What is asked of a look back.
MOST_MS = 100.0
_BATCH, _TIMES, _PAGES, _LIMIT = 20_000, 20, 20, 50
_WINDOW = timedelta(days=14)
_END = datetime(2026, 1, 15, tzinfo=UTC)
#: One of so many articles is told by the rare story, and accepted by the new one.
_ONE_OF = 500
_BUSY, _RARE = (Story(name=name, title=name.title(), query="x") for name in ("busy", "rare"))
_NEW = Story(name="new", title="New", query='"case seven"', channels=("main",), policy=Policy(window=_WINDOW))


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What looking back took, in milliseconds."""

    stored: int
    #: The latest fifty events of a story that tells nearly all there is, and of one that tells little.
    busy: Sequence[float]
    rare: Sequence[float]
    #: Page after page backwards.
    pages: Sequence[float]
    caught_up: Sequence[float]
    #: Beginning to follow a story: seconds, and articles that it accepted.
    began: float
    found: int


@dataclass(frozen=True, slots=True)
class _Still:
    """A clock that stands, and a world that is not asked for anything else."""

    def now(self) -> datetime:
        return _END

    async def fetch(self, feed: Feed, *, conditional: bool = True) -> Fetched:
        raise AssertionError(feed, conditional)

    async def parse(self, fetched: Fetched, *, known: bytes = b"") -> Document:
        raise AssertionError(fetched, known)

    async def notify(self, text: str) -> None:
        raise AssertionError(text)


def looking_back(sizes: Sequence[int]) -> None:
    """Measure with each number of stored articles, and show it."""
    found = [in_loop(looks(size)) for size in sizes]
    shown = table(
        "", *(f"{each.stored:,} stored" for each in found), title=f"timeline (goal: {MOST_MS:g} ms)"
    )
    rows: dict[str, Callable[[Looks], str]] = {
        "7 days of a busy story: median, worst": lambda each: _figures(each.busy),
        "7 days of a rare story": lambda each: _figures(each.rare),
        f"{_PAGES} pages backwards, each": lambda each: _figures(each.pages),
        "catching up on a day": lambda each: _figures(each.caught_up),
        "a new story: to be followed": lambda each: f"{each.began:.2f} s",
        "  articles it found": lambda each: f"{each.found:,}",
    }
    for name, figure in rows.items():
        shown.add_row(*plain(name, *map(figure, found)))
    console.print(shown)


async def looks(size: int) -> Looks:
    """Look back in an archive of so many articles, all of one window."""
    with tempfile.TemporaryDirectory(prefix="storywire-") as place:
        archive = await open_archive(f"sqlite:///{place}/bench.db")
        try:
            await _fill(archive, size)
            week = _END - timedelta(days=7)
            busy = await _timed(lambda: _timeline(_BUSY, archive, week), _TIMES)
            rare = await _timed(lambda: _timeline(_RARE, archive, week), _TIMES)
            pages = await _paged(archive)
            caught = await _timed(lambda: catchup(None, [_BUSY, _RARE], archive, now=_END), _TIMES)
            begun = time.perf_counter()
            new = await begin_stories(_world(archive))
            began = time.perf_counter() - begun
        finally:
            await archive.close()
    return Looks(
        stored=size,
        busy=busy,
        rare=rare,
        pages=pages,
        caught_up=caught,
        began=began,
        found=new[0].found,
    )


def _world(archive: Archive) -> World:
    still = _Still()
    return World(
        clock=still,
        fetch=still.fetch,
        parse=still.parse,
        archive=archive,
        notify=still.notify,
        knowledge=Knowledge(watches=Watches([Watch.on(_NEW)])),
    )


async def _timeline(story: Story, archive: Archive, since: datetime) -> None:
    told(await timeline(story, archive, since=since, limit=_LIMIT), zone="UTC")


async def _paged(archive: Archive) -> list[float]:
    before, times = None, list[float]()
    for _page in range(_PAGES):
        begun = time.perf_counter()
        page = await timeline(_BUSY, archive, since=_END - _WINDOW, before=before, limit=_LIMIT)
        times.append(1e3 * (time.perf_counter() - begun))
        before = page.before
        if before is None:
            break
    return times


async def _timed(work: Callable[[], Awaitable[object]], times: int) -> list[float]:
    found = []
    for _time in range(times):
        begun = time.perf_counter()
        await work()
        found.append(1e3 * (time.perf_counter() - begun))
    return found


async def _fill(archive: SqlArchive, size: int) -> None:
    """Store headlines of invented words, each a New article of one of two stories."""
    dice, words = Random(1), [word for each in invented(2_000) for word in each.title.split()]  # noqa: S311
    for start in range(0, size, _BATCH):
        stories: dict[str, list[tuple[Article, Sequence[int]]]] = {_BUSY.name: [], _RARE.name: []}
        for number in range(start, min(start + _BATCH, size)):
            rare = number % _ONE_OF == 0
            title = " ".join(dice.choices(words, k=9)) + (" case seven" if rare else "")
            article = _article(title, number, _END - _WINDOW * (size - number) / size)
            stories[_RARE.name if rare else _BUSY.name].append((article, []))
        for story, judged in stories.items():
            await archive.load(story, judged)


def _article(title: str, number: int, at: datetime) -> Article:
    address = f"outlet{number % 300}.example/{number}"
    return Article(
        feed_url=f"https://outlet{number % 300}.example/feed.xml",
        key=address,
        fingerprint=address,
        link=f"https://{address}",
        address=address,
        title=title,
        summary=f"{title}. " * 4,
        body="",
        outlet=f"Outlet {number % 300}",
        language=None,
        published=at,
        dated=True,
        seen_at=at,
    )


def _figures(times: Sequence[float]) -> str:
    return f"{median(times):.1f}, {max(times):.1f} ms"
