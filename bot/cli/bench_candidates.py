"""`bench candidates`: looking up what a headline may repeat, and deciding, in a growing archive."""

from __future__ import annotations

import math
import multiprocessing
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import fmean

from rich.table import Table

from bot.cli.common import console, in_loop, plain, table
from bot.cli.planted import HEADLINES, headlines, planted
from bot.core.concepts import Concepts
from bot.core.grouping import MOST_REPORTS, Grouping, Usage, events_near
from bot.core.judge import judge
from bot.core.keys import match_keys
from bot.core.questions import DEFAULT
from bot.core.similarity import closest
from bot.core.words import tokens
from bot.edge.markup import plain_text
from bot.errors import ConfigError, OperatorError
from bot.making import encoder
from bot.model import Article, ArticleId, New, Related
from bot.pipeline import MOST_CANDIDATES, MOST_MEANINGS
from bot.ports import Record
from storage import open_archive

SIZES = (10_000, 1_000_000)
#: Near-duplicates of each kind, and headlines that are not stored: most new items repeat nothing.
_EACH = 100
_UNKNOWN = 700
#: Headlines that the baseline is asked about: a second each where a million are stored.
_SCANNED = 12
_BATCH = 20_000
STORY = "bench"
WINDOW = timedelta(days=14)
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A headline to look up."""

    #: How it was made of a stored one; "" if it is not.
    edit: str
    #: The key of the article it was made of.
    source: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What looking up cost where so many articles were stored."""

    stored: int
    recall: Mapping[str, float]
    #: CPU time of each look-up in microseconds, in ascending order.
    cpu: Sequence[float]
    #: CPU time of PostgreSQL's processes on this machine per look-up, in microseconds.
    server: float
    #: CPU time of each whole decision (look-up, judge and happening) in microseconds, in ascending order.
    decisions: Sequence[float]
    #: Seconds from nothing to the answer of the first look-up, imports included.
    start: float
    #: Megabytes of memory that are its own: what the system keeps of the database's file it can take back.
    memory: float
    #: CPU time of the baseline per headline, in microseconds.
    baseline: float
    #: The same two with the extra `semantic` in use; None where it is not installed.
    with_meanings: tuple[float, float] | None = None
    #: Bytes of the disk for titles and index.
    titles: int
    index: int

    @property
    def mean(self) -> float:
        """The mean CPU time of a look-up, in microseconds."""
        return fmean(self.cpu)

    def percentile(self, percent: int) -> float:
        """Return the CPU time that so many percent of the look-ups stay below."""
        return self.cpu[min(len(self.cpu) - 1, len(self.cpu) * percent // 100)]

    def decided(self, percent: int) -> float:
        """Return the milliseconds that so many percent of the whole decisions stay below."""
        return self.decisions[min(len(self.decisions) - 1, len(self.decisions) * percent // 100)] / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of one headline."""

    probe: Probe
    #: Its source was among the candidates.
    found: bool
    #: CPU time of the look-up, and of look-up and judge, in microseconds.
    cpu: float
    decision: float


def candidates(folder: Path, sizes: Sequence[int], databases: Sequence[str]) -> None:
    """Measure looking up in a growing archive, for each database in turn.

    Raises:
        OperatorError: the test material holds no headlines.
    """
    if not (folder / HEADLINES).is_file():
        raise OperatorError(f"the test material holds no {HEADLINES}")
    titles = headlines(folder, max(sizes) + _UNKNOWN)
    for url in databases:
        with tempfile.TemporaryDirectory(prefix="storywire-") as place:
            where = url or f"sqlite:///{place}/bench.db"
            console.print(_shown(where.partition(":")[0], list(_growing(where, titles, sizes))))


def _growing(url: str, titles: Sequence[str], sizes: Sequence[int]) -> Iterator[Measured]:
    filled = 0
    for size in sizes:
        in_loop(fill(url, titles, range(filled, size), max(sizes)))
        filled = size
        stored, unknown = titles[:size], titles[-_UNKNOWN:]
        probes = [
            Probe(edit=edit, source=f"a.example/news/{number}", title=plain_text(title))
            for edit, number, title in planted(stored, _EACH)
        ]
        probes += [Probe(edit="", source="", title=title) for title in unknown]
        scan = _baseline(stored, [probe.title for probe in probes[:: len(probes) // _SCANNED]][:_SCANNED])
        # In a process of its own: this one holds a million headlines and has just written.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            figures = pool.submit(_measured, url, probes, size, scan, time.time()).result()
        yield replace(figures, with_meanings=_with_meanings(url, titles[:size]))


def _with_meanings(url: str, titles: Sequence[str]) -> tuple[float, float] | None:
    """Return seconds to the first answer, and megabytes, where the latest headlines' meanings are known."""
    try:
        semantics = encoder()
    except ConfigError:
        return None
    latest = range(max(0, len(titles) - MOST_MEANINGS), len(titles))
    in_loop(_mean(url, latest, semantics.encode([titles[number] for number in latest])))
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_first_answer, url, titles[-1], time.time()).result()


async def _mean(url: str, numbers: Sequence[int], meanings: Sequence[bytes]) -> None:
    def keep(record: Record) -> None:
        for number, meaning in zip(numbers, meanings, strict=True):
            record.meaning(ArticleId(number + 1), meaning)  # articles are numbered from 1 as they are stored

    archive = await open_archive(url)
    try:
        await archive.record(keep)
    finally:
        await archive.close()


def _first_answer(url: str, title: str, begun: float) -> tuple[float, float]:
    return in_loop(_answer(url, title, begun))


async def _answer(url: str, title: str, begun: float) -> tuple[float, float]:
    semantics = encoder()
    archive = await open_archive(url)
    try:
        meanings = await archive.record(
            lambda record: record.meanings(STORY, since=START, limit=MOST_MEANINGS)
        )
        space = semantics.space(meanings)
        near = space.near(semantics.encode([title])[0], None, limit=MOST_CANDIDATES)
        await archive.record(lambda record: record.happenings(STORY, near, limit=MOST_REPORTS))
        return time.time() - begun, _private_memory()
    finally:
        await archive.close()


async def fill(url: str, titles: Sequence[str], numbers: range, most: int) -> None:
    """Store headlines as New articles, in the way the archive has for that."""
    archive = await open_archive(url)
    try:
        for start in range(numbers.start, numbers.stop, _BATCH):
            batch = [
                _article(titles[number], number, at=START + WINDOW * number / most)
                for number in range(start, min(start + _BATCH, numbers.stop))
            ]
            keys = [match_keys(article, _general(), STORY).kept for article in batch]
            await archive.load(STORY, list(zip(batch, keys, strict=True)))
    finally:
        await archive.close()


def _baseline(titles: Sequence[str], asked: Sequence[str]) -> float:
    stored = [" ".join(tokens(title)) for title in titles]
    wanted = [" ".join(tokens(title)) for title in asked]
    begun = time.process_time()
    for title in wanted:
        closest(title, stored)
    return 1e6 * (time.process_time() - begun) / len(wanted)


def _measured(url: str, probes: Sequence[Probe], size: int, baseline: float, begun: float) -> Measured:
    return in_loop(_measure(url, probes, size, baseline, begun))


async def _measure(url: str, probes: Sequence[Probe], size: int, baseline: float, begun: float) -> Measured:
    archive = await open_archive(url)
    try:
        await archive.record(lambda record: _look_up(record, probes[:1]))
        start = time.time() - begun
        await archive.record(lambda record: _look_up(record, probes))  # what is asked often is in memory
        server = _cpu_of_postgres()
        looked = await archive.record(lambda record: _look_up(record, probes))
        server = _cpu_of_postgres() - server
        memory = _private_memory()
        sizes = await archive.sizes()
    finally:
        await archive.close()
    edits = list(dict.fromkeys(probe.edit for probe in probes if probe.edit))
    found = {edit: [one.found for one in looked if one.probe.edit == edit] for edit in edits}
    return Measured(
        stored=size,
        recall={edit: fmean(hits) for edit, hits in found.items()},
        cpu=sorted(one.cpu for one in looked),
        decisions=sorted(one.decision for one in looked),
        server=1e6 * server / len(looked),
        start=start,
        memory=memory,
        baseline=baseline,
        titles=sizes["titles"],
        index=sizes["index"],
    )


def _look_up(record: Record, probes: Sequence[Probe]) -> list[Looked]:
    """Look every headline up, judge it and place it among happenings as `take` does."""
    looked: list[Looked] = []
    grouping = Grouping(_general(), Usage(), DEFAULT)
    for number, probe in enumerate(probes):
        # Another outlet carries it after the window's last article: no address, id or minute helps.
        article = _article(probe.title, number, at=START + WINDOW + number * timedelta(minutes=1), site="b")
        begun = time.process_time_ns()
        keys = match_keys(article, _general(), STORY)
        near = record.candidates(STORY, keys.asked, since=START, limit=MOST_CANDIDATES)
        cpu = (time.process_time_ns() - begun) / 1000
        verdict = judge(article, near, _general())
        if isinstance(verdict, New | Related):
            told = record.happenings(STORY, events_near(near, verdict), limit=MOST_REPORTS)
            grouping(verdict, article, told, None)
        decision = (time.process_time_ns() - begun) / 1000
        found = any(stored.article.key == probe.source for stored in near)
        looked.append(Looked(probe=probe, found=found, cpu=cpu, decision=decision))
    return looked


def _article(title: str, number: int, *, at: datetime, site: str = "a") -> Article:
    """Make an article as an agency's feed may give it: the address as its id, a time, a headline."""
    address = f"{site}.example/news/{number}"
    return Article(
        feed_url=f"https://{site}.example/feed.xml",
        key=address,
        fingerprint=address,
        link=f"https://{address}",
        address=address,
        title=title,
        summary="",
        body="",
        outlet=site,
        language=None,
        published=at,
        dated=True,
        seen_at=at,
    )


@cache
def _general() -> Concepts:
    return Concepts.of({}, where="bench")


def _private_memory() -> float:
    """Return the megabytes of this process that are no file's; NaN where the system does not say."""
    try:
        rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return math.nan
    return int(re.findall(r"^Anonymous:\s+(\d+) kB", rollup, re.MULTILINE)[0]) / 1000


def _cpu_of_postgres() -> float:
    """Return the CPU seconds that processes of PostgreSQL on this machine have used."""
    ticks = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cmdline").read_bytes().startswith(b"postgres:"):
                ticks += sum(map(int, (process / "stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _shown(database: str, measured: Sequence[Measured]) -> Table:
    shown = table("", *(f"{each.stored:,} stored" for each in measured), title=f"candidates, {database}")

    def row(name: str, figure: Callable[[Measured], str]) -> None:
        shown.add_row(*plain(name, *map(figure, measured)))

    row("recall: all near-duplicates", lambda each: f"{fmean(each.recall.values()):.4f}")
    for edit in measured[0].recall:
        row(f"  {edit}", lambda each, edit=edit: f"{each.recall[edit]:.2f}")  # type: ignore[misc]
    row("CPU a look-up: mean", lambda each: f"{each.mean:.0f} us")
    for percent in (50, 95, 99):
        row(f"  below it {percent} %", lambda each, percent=percent: f"{each.percentile(percent):.0f} us")  # type: ignore[misc]
    row("  growth of the mean", lambda each: f"{each.mean / measured[0].mean:.2f}")
    row("  99 % to mean", lambda each: f"{each.percentile(99) / each.mean:.2f}")
    row("whole decision: below it 50 %", lambda each: f"{each.decided(50):.2f} ms")
    for percent in (95, 99, 100):
        row(f"  {percent} %", lambda each, percent=percent: f"{each.decided(percent):.2f} ms")  # type: ignore[misc]
    row("  PostgreSQL's own", lambda each: f"{each.server:.0f} us")
    row("CPU of extractOne", lambda each: f"{each.baseline:,.0f} us")
    row("  ratio", lambda each: f"1/{each.baseline / each.mean:,.0f}")
    row("disk: titles", lambda each: f"{each.titles / 1e6:.1f} MB")
    row("  index", lambda each: f"{each.index / 1e6:.1f} MB")
    row("start of a process to its first answer", lambda each: f"{each.start:.2f} s")
    row("memory of its own", lambda each: f"{each.memory:.0f} MB")
    if all(each.with_meanings for each in measured):
        for name, at, unit in (("semantic: start", 0, "s"), ("  memory", 1, "MB")):
            row(name, lambda each, at=at, unit=unit: f"{(each.with_meanings or ())[at]:.4g} {unit}")  # type: ignore[misc]
    return shown
