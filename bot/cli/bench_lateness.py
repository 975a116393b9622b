"""`bench lateness`: how long after its time a feed is asked, while some feeds never come to an end."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from math import nan
from pathlib import Path

from bot.bench.farm import Farm
from bot.bench.ground import Plot
from bot.bench.lasting import Lasted, Stretch, lasting
from bot.bench.process import Job
from bot.cli.common import console, counted, plain, table
from bot.edge.clock import SystemClock
from config.sections import PollSection

#: Of a thousand feeds so many drip.
_DRIPPING = 5
#: Documents of ten thousand feeds must fit into memory.
_ENTRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """How much is measured, for how long."""

    feeds: int = 10_000
    seconds: float = 600.0
    interval: timedelta = PollSection().every
    concurrency: int = PollSection().concurrency


def lateness(stay: Stay) -> None:
    """Let the product run for a while, and show how late it was.

    All feeds are due once within each interval. What is late is counted until its request arrives; what was
    due and never asked, until the end.
    """
    dripping = set(range(0, stay.feeds, 1_000 // _DRIPPING))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storywire-")))
        farm = stack.enter_context(Farm(Plot(feeds=stay.feeds, entries=_ENTRIES)))
        farm.drip(sorted(dripping))
        job = Job(urls=farm.urls, folder=folder, concurrency=stay.concurrency)
        known = farm.validators()
        stretch = Stretch(job=job, validators=known, spread=stay.interval, seconds=stay.seconds)
        process = stack.enter_context(lasting(stretch))
        _go_on(farm, since=process.hear(), stay=stay)
        lasted: Lasted = process.hear()
        arrivals = farm.arrivals()
    numbers = {url: number for number, url in enumerate(job.urls)}
    late = sorted(_late(lasted, arrivals, numbers, dripping))
    _show(stay, lasted, late, asked=len(arrivals), dripping=len(dripping))


def _go_on(farm: Farm, *, since: float, stay: Stay) -> None:
    """Let other feeds be slow, fail or have something new with each interval, until the end."""
    clock = SystemClock()
    turn = since
    while turn < since + stay.seconds:
        farm.advance(clock.now())
        turn += min(stay.interval.total_seconds(), since + stay.seconds - turn)
        time.sleep(max(0.0, turn - clock.now().timestamp()))


def _late(
    lasted: Lasted,
    arrivals: Iterable[tuple[int, float]],
    numbers: Mapping[str, int],
    dripping: set[int],
) -> Iterable[float]:
    """Yield by how many seconds each request to a feed that is well came late."""
    asked: defaultdict[int, deque[float]] = defaultdict(deque)
    for number, at in arrivals:
        asked[number].append(at)
    for url, due in (*lasted.claimed, *lasted.waiting):
        number = numbers[url]
        arrived = asked[number].popleft() if asked[number] else lasted.end
        if number not in dripping:
            yield arrived - due


def _show(stay: Stay, lasted: Lasted, late: Sequence[float], *, asked: int, dripping: int) -> None:
    minutes = stay.interval.total_seconds() / 60
    title = f"{counted(stay.feeds, 'feed')} every {minutes:g} minutes, {dripping} of them without an end"
    shown = table("", "", title=title)
    shown.add_row(*plain("requests", f"{asked:,} in {stay.seconds / 60:.3g} minutes"))
    shown.add_row(*plain("due and not asked before the end", f"{len(lasted.waiting):,}"))
    for name, percent in (("late: 50 % below", 50), ("  99 % below", 99), ("  at most", 100)):
        figure = late[min(len(late) - 1, len(late) * percent // 100)] if late else nan
        shown.add_row(*plain(name, f"{figure:.2f} s"))
    shown.add_row(*plain("CPU, of one core", f"{100 * lasted.share:.1f} %"))
    shown.add_row(*plain("memory: main process at most", f"{lasted.memory.main_peak:.0f} MB"))
    shown.add_row(*plain("  its workers", f"{lasted.memory.workers_peak:.0f} MB"))
    console.print(shown)
