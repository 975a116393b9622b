"""`bench soak`: the service in real time against servers that publish and fail, and what it kept of it all.

The promise that is measured: whatever the servers do, an entry that stays listed is recorded, once, under its
own headline, and nothing is recorded that nobody published. An entry that left its feed while nobody could
read it is lost to everyone; one that stood in a document whose validator the program showed is not.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import typer
from rich.table import Table

from bot.cli.common import console, counted, in_loop, plain, table
from bot.cli.soak_server import WORD, Ledger, Servers, Size, servers
from bot.core.match import Watch
from bot.core.novelty import RESAVED
from bot.edge import logs
from bot.edge.clock import SystemClock
from bot.edge.fetch import Fetcher
from bot.edge.gate import Gate
from bot.edge.parse import Parser
from bot.edge.timetable import Timetable
from bot.model import Article, ArticleId, Feed, Story
from bot.pipeline import Knowledge, World
from bot.ports import Archive, FeedHealth, Record
from bot.service import Service
from storage import open_archive

#: A tick starts ten polls; at one a second, as in life, 240 feeds would each be asked every half minute.
_TICK = timedelta(seconds=0.1)
_DEADLINE = timedelta(seconds=3)
_CONCURRENCY = 50
#: A host that answered nothing for long rests for minutes; whoever still does then is told of.
_LONGEST_QUIET = timedelta(minutes=6)
_BATCH = 1_000
_STORY = Story(name="soak", title="Soak", query=WORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One stored version of an article."""

    article: Article
    #: It was recorded as one that was listed before under another id.
    again: bool = False


@dataclass(slots=True, kw_only=True)
class Difference:
    """What the archive has otherwise than the servers published it: links, or counts."""

    #: Still listed in the end, or in a document that the program claimed to have, and not stored.
    missing: list[str] = field(default_factory=list)
    #: Stored as news more than once.
    doubled: list[str] = field(default_factory=list)
    #: Stored, and nobody published that.
    invented: list[str] = field(default_factory=list)
    #: Validators shown that no whole document had.
    strange: int = 0

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.missing or self.doubled or self.invented or self.strange)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What the program holds at a moment."""

    memory: float
    files: int
    tasks: int
    threads: int
    #: Memory of its worker processes.
    workers: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What came of a run."""

    ledger: Ledger
    rows: Sequence[Row]
    difference: Difference
    vitals: Sequence[Vitals]
    #: Seconds of this process, and of its workers.
    cpu: tuple[float, float]
    #: How long it ran, and how long it then took until every feed was read without a fault.
    wall: float
    quiet: float
    #: Feeds that were not read by then.
    unread: int
    alarms: int


def soak(minutes: float) -> None:
    """Run the soak and show what came of it; exit with 1 if the archive differs from what was published."""
    logs.configure("error", "", ())
    time_ = timedelta(minutes=minutes)
    show(in_loop(soaking(Size(new_ids_after=time_ / 2), time_)))


async def soaking(size: Size, time_: timedelta, *, every: timedelta = timedelta(seconds=2)) -> Soaked:
    """Let the service run.

    Args:
        size: of what is published.
        time_: how long the servers publish and fail.
        every: the shortest time between two polls of a feed.
    """
    with TemporaryDirectory() as folder, servers(size) as them:
        archive = await open_archive(f"sqlite:///{folder}/archive.db")
        try:
            feeds = [
                Feed(url=url, name=f"Room {number}", every=every) for number, url in enumerate(them.urls)
            ]
            await archive.declare(feeds)
            return await _soaked(archive, them, time_)
        finally:
            await archive.close()


async def _soaked(archive: Archive, them: Servers, time_: timedelta) -> Soaked:
    begun, spent = time.monotonic(), time.process_time()
    alarms: list[str] = []
    vitals: list[Vitals] = []
    async with _running(archive, alarms):
        while time.monotonic() - begun < time_.total_seconds():
            await asyncio.sleep(min(1.0, time_.total_seconds() / 10))
            vitals.append(_vitals(them.process))
        calm = time.monotonic()
        unread = await _calmed(archive, them)
        quiet = time.monotonic() - calm
        vitals.append(_vitals(them.process))
        cpu = (time.process_time() - spent, sum(map(_cpu, _workers(them.process))))
    ledger = await asyncio.to_thread(them.ledger)
    rows = await _rows(archive)
    return Soaked(
        ledger=ledger,
        rows=rows,
        difference=difference(ledger, rows),
        vitals=vitals,
        cpu=cpu,
        wall=calm - begun,
        quiet=quiet,
        unread=unread,
        alarms=len(alarms),
    )


@asynccontextmanager
async def _running(archive: Archive, alarms: list[str]) -> AsyncIterator[None]:
    """Run the program as `app` puts it together, without channels, until the block ends."""
    clock = SystemClock()

    async def notify(text: str) -> None:
        alarms.append(text)

    fetcher = Fetcher(Gate(["127.0.0.0/8"]), clock, user_agent="Storywire soak", deadline=_DEADLINE)
    async with fetcher as fetch:
        world = World(
            clock=clock,
            fetch=fetch,
            parse=Parser(),
            archive=archive,
            notify=notify,
            knowledge=Knowledge(watches=[Watch.on(_STORY)]),
        )
        service = Service(world, (), concurrency=_CONCURRENCY)
        await service.start()
        timetable = Timetable(clock)
        timetable.every("tick", _TICK, service.tick)
        timetable.start()
        try:
            yield
        finally:
            await timetable.stop(timedelta(seconds=1))
            await service.stop()


async def _calmed(archive: Archive, them: Servers) -> int:
    """Let the faults end and wait until every feed was read after that; return how many were not."""
    await asyncio.to_thread(them.calm)
    calm = SystemClock().now()
    unread = 1
    while unread and SystemClock().now() - calm < _LONGEST_QUIET:
        await asyncio.sleep(0.2)
        unread = sum(not _was_read(health, calm) for health in await archive.feeds(counted=False))
    return unread


def _was_read(health: FeedHealth, calm: datetime) -> bool:
    """Tell whether a feed was read by a poll that began when the faults had ended."""
    at, took = health.polled_at, health.feed.took or timedelta()
    # Reading and recording take time as well; what is not known is taken at its longest.
    return health.failure is None and at is not None and at - took - timedelta(seconds=1) > calm


# ------------------------------------------------------------------------------------ what was kept


async def _rows(archive: Archive) -> list[Row]:
    """Return everything stored, the oldest first; the story takes all."""
    stored: dict[ArticleId, Article] = {}
    while batch := await archive.record(partial(_judged, before=min(stored, default=None))):
        stored |= batch
    links = Counter(article.link for article in stored.values())
    again: set[ArticleId] = set()
    for link in (link for link, times in links.items() if times > 1):
        again |= {one.article_id for one in await archive.decisions(link) if one.quiet == RESAVED}
    return [Row(article=stored[number], again=number in again) for number in sorted(stored)]


def _judged(record: Record, *, before: ArticleId | None) -> dict[ArticleId, Article]:
    since = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    found = record.judged(_STORY.name, since=since, before=before, limit=_BATCH)
    return {stored.id: stored.article for stored in found}


def difference(ledger: Ledger, rows: Sequence[Row]) -> Difference:
    """Compare what is stored with what was published.

    A version under a garbled headline is none of its own where the document was sent in other bytes than it
    said: nobody can tell them apart. But the right one must be there as well.
    """
    found = Difference(strange=sum(feed.strange for feed in ledger.feeds))
    titles = dict(chain.from_iterable(feed.titles.items() for feed in ledger.feeds))
    garbled = set().union(*(feed.garbled for feed in ledger.feeds))
    news: Counter[str] = Counter()
    for row in rows:
        link = row.article.link
        if titles.get(link) == row.article.title:
            news[link] += not row.again
        elif link not in garbled:
            found.invented.append(f"{link} {row.article.title}")
    found.doubled = sorted(link for link, times in news.items() if times > 1)
    for feed in ledger.feeds:
        found.missing += sorted((feed.listed | feed.claimed) - news.keys())
    return found


# -------------------------------------------------------------------------------- what the program holds


def _vitals(servers_: int) -> Vitals:
    workers = _workers(servers_)
    return Vitals(
        memory=_memory(os.getpid()),
        files=len(os.listdir("/proc/self/fd")),  # noqa: PTH208  no path is wanted
        tasks=len(asyncio.all_tasks()),
        threads=len(os.listdir("/proc/self/task")),  # noqa: PTH208
        workers=sum(map(_memory, workers)),
    )


def _workers(servers_: int) -> list[int]:
    """Return the processes that read documents."""
    found: set[int] = set()
    for children in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found |= set(map(int, children.read_text().split()))
    return sorted(found - {servers_})


def _memory(process: int) -> float:
    """Return a process' resident memory in MiB; 0 if it is gone."""
    with suppress(OSError):
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return 0.0


def _cpu(process: int) -> float:
    """Return the CPU time of a process in seconds; 0 if it is gone."""
    with suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


# ------------------------------------------------------------------------------------------- showing


def show(soaked: Soaked) -> None:
    """Print what came of a run; exit with 1 if the archive differs from what was published."""
    for shown in _tables(soaked):
        console.print(shown)
    if soaked.difference:
        raise typer.Exit(1)


def _tables(soaked: Soaked) -> Iterator[Table]:
    yield _kept(soaked)
    shown = table("what was held", "at first", "at most", "in the end")
    first, last = soaked.vitals[min(len(soaked.vitals) // 10, 30)], soaked.vitals[-1]
    for name, label, form in (
        ("memory", "memory, MiB", ".0f"),
        ("workers", "memory of its workers, MiB", ".0f"),
        ("files", "open files", "d"),
        ("tasks", "tasks", "d"),
        ("threads", "threads", "d"),
    ):
        values = (getattr(first, name), max(getattr(one, name) for one in soaked.vitals), getattr(last, name))
        shown.add_row(*plain(label, *(format(value, form) for value in values)))
    yield shown
    shown = table("answers", "times")
    for answer, times in soaked.ledger.answers.most_common():
        shown.add_row(*plain(answer, times))
    yield shown


def _kept(soaked: Soaked) -> Table:
    ledger, rows, differs = soaked.ledger, soaked.rows, soaked.difference
    titles = [title for feed in ledger.feeds for title in feed.titles]
    kept = {row.article.link for row in rows}
    owed = sum(len(feed.listed | feed.claimed) for feed in ledger.feeds)
    polls, faults = ledger.answers.total(), _faults(ledger.answers)
    delays = sorted(_delays(rows))
    shown = table(f"soak: {counted(len(ledger.feeds), 'feed')}", "")
    shown.add_row(*plain("ran, then quiet until all was read", f"{soaked.wall:.0f} s, {soaked.quiet:.0f} s"))
    shown.add_row(*plain("polls, of them met by a fault", f"{polls}, {faults} ({faults / polls:.0%})"))
    shown.add_row(*plain("entries published, stored", f"{len(titles)}, {len(kept)}"))
    shown.add_row(*plain("of them owed: listed in the end, or claimed", owed))
    left = set(titles) - kept - set(differs.missing)
    sent = left.intersection(chain.from_iterable(feed.sent for feed in ledger.feeds))
    shown.add_row(*plain("left unread, of them once sent whole", f"{len(left)}, {len(sent)}"))
    shown.add_row(*plain("kept once more under new ids, quietly", sum(row.again for row in rows)))
    shown.add_row(*plain("garbled versions", len(rows) - sum(_is_right(ledger, rows))))
    if delays:
        at = [delays[len(delays) * share // 100] for share in (50, 99)]
        shown.add_row(*plain("from publication to archive: median, 99 %", f"{at[0]:.1f} s, {at[1]:.1f} s"))
    own, workers = soaked.cpu
    per_poll = 1000 * (own + workers) / polls
    shown.add_row(*plain("CPU: program, workers", f"{own:.0f} s, {workers:.0f} s; {per_poll:.1f} ms a poll"))
    shown.add_row(*plain("alarms", soaked.alarms))
    shown.add_row(*plain("feeds not read after the quiet", soaked.unread))
    for name, found in _named(differs).items():
        shown.add_row(*plain(name.upper() if found else name, f"{len(found)} {'; '.join(found[:3])}"))
    shown.add_row(*plain("validators shown of no whole document", differs.strange))
    return shown


def _named(differs: Difference) -> Mapping[str, list[str]]:
    return {"missing": differs.missing, "doubled": differs.doubled, "invented": differs.invented}


def _faults(answers: Counter[str]) -> int:
    return answers.total() - answers["200"] - answers["304"]


def _is_right(ledger: Ledger, rows: Sequence[Row]) -> Iterator[bool]:
    titles = dict(chain.from_iterable(feed.titles.items() for feed in ledger.feeds))
    return (titles.get(row.article.link) == row.article.title for row in rows)


def _delays(rows: Sequence[Row]) -> Iterator[float]:
    """Yield for how many seconds each entry was published before it was stored, the first polls' left out."""
    if not rows:
        return
    begun = rows[0].article.seen_at
    for row in rows:
        if not row.again and row.article.published > begun:
            yield (row.article.seen_at - row.article.published).total_seconds()
