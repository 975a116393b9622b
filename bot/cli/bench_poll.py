"""`bench poll`: rounds of a farm of feeds, the whole product beside others, each in a process of its own.

Who is compared polls the same farm in the same state, one after the other, so that what else the machine does
is shared fairly. Nothing leaves this machine.

The product's workers read again what this command was started with, as they do in the program itself: their
memory depends on whether that is `storywire` or `python -m bot`.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import typer
from rich.table import Table

from bot.bench import baselines, certificates
from bot.bench.documents import ENTRIES, START, STEP
from bot.bench.farm import Farm
from bot.bench.ground import NEW_ENTRIES, Counts, Plot, Shares
from bot.bench.process import Job, Opens, Part, Process, Round, Tally, has_uvloop, started
from bot.bench.product import filled, product
from bot.cli.common import console, counted, plain, table
from bot.cli.usage import complain
from config.sections import PollSection

OURS = "ours"
READER = "reader"
FLOOR = "floor"
AIOHTTP = "aiohttp"
#: How to get what is compared with.
HOW = "uv run --group bench storywire bench poll"
#: A round may take so much longer than the slowest answer, in seconds.
_GRACE = 0.5
#: Rounds after which memory has come to rest: caches are full, and each worker has read its documents.
_WARM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured."""

    feeds: int = 1_000
    #: Steady rounds over https, through which memory must stay flat.
    rounds: int = 20
    #: How many articles are stored before the first round; none to leave that out.
    stored: Sequence[int] = (10_000, 1_000_000)
    concurrency: int = PollSection().concurrency
    #: How often all begin anew, and steady rounds after each first one.
    repeats: int = 3
    steady: int = 3
    #: Seconds until the slowest feeds answer, and what each answer takes longer in the last rounds.
    slow: float = 2.0
    delay: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Somebody who is measured."""

    name: str
    opens: Opens
    uvloop: bool = False
    #: Tells entries apart; else it only knows that a document is another one.
    reads: bool = True
    #: Articles stored before the first round.
    stored: int = 0


@dataclass(slots=True, kw_only=True)
class Trial:
    """Some who poll one farm, round by round."""

    plan: Plan
    farm: Farm
    running: Mapping[Who, Process[Part]]
    #: Of each round what it cost each of them.
    rounds: list[dict[str, Round]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def round(self) -> None:
        """Let the farm go on, and everybody poll it."""
        number = len(self.rounds)
        at = START + STEP * number
        if number:
            self.farm.advance(at)
        costs: dict[str, Round] = {}
        for who, process in self.running.items():
            costs[who.name] = process.tell(at)
            self._check(who, costs[who.name].tally, self.farm.counts())
        self.rounds.append(costs)

    def _check(self, who: Who, found: Tally, asked: Counts) -> None:
        plan, shares, first = self.plan, Shares.of(self.plan.feeds), not self.rounds
        documents = plan.feeds if first else shares.fresh
        each = (ENTRIES if first else NEW_ENTRIES) if who.reads else 1
        expected = Tally(new=documents * each, failed=0 if first else shares.failing)
        if found != expected or asked.all != plan.feeds:
            self.wrong.append(
                f"{who.name}, round {len(self.rounds)}: {found.new} new ({expected.new} there were),"
                f" {found.failed} failed ({expected.failed}), {asked.all} of {plan.feeds} asked"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A ratio or an amount that is to stay below a limit."""

    name: str
    measured: float
    limit: float
    unit: str = ""

    def row(self) -> tuple[str, str, str, str]:
        """Return it as a row of the table."""
        reached = "reached" if self.measured <= self.limit else "MISSED"
        return self.name, f"{self.measured:.3g}{self.unit}", f"<= {self.limit:.3g}{self.unit}", reached


def polling(plan: Plan) -> None:
    """Measure and show everything.

    Raises:
        Exit: a round did not find what there was; the figures are then worth little.
    """
    over_http = _present()
    first, steady, late, wrong = _over_http(plan, over_http)
    goals = [*_ratios(first, steady), *_walls(plan, steady, late)]
    names = [who.name for who in over_http]
    console.print(_shown(f"{counted(plan.feeds, 'feed')} over http", names, first, steady, late))
    secure = _over_https(plan)
    console.print(_shown(f"{counted(plan.feeds, 'feed')} over https", [OURS, AIOHTTP], *_parts(secure)))
    goals += _https_goals(secure)
    wrong += secure.wrong
    if plan.stored:
        grown = _stored(plan)
        names = [_size(size) for size in sorted(plan.stored)]
        console.print(_shown("by articles stored", names, *_parts(grown)))
        few, many = (_cpu(_of(_parts(grown)[1], name)) for name in (names[0], names[-1]))
        goals.append(Goal(name=f"steady: {names[-1]} to {names[0]}", measured=many / few, limit=1.3))
        wrong += grown.wrong
    shown = table("goal", "measured", "limit", "")
    for goal in goals:
        shown.add_row(*plain(*goal.row()))
    console.print(shown)
    if wrong:
        complain("\n".join(["some rounds did not find what there was:", *wrong]))
        raise typer.Exit(1)


# ---------------------------------------------------------------------------------------- measuring


def _present() -> list[Who]:
    """Return who polls over http, as far as they are installed."""
    everybody = [Who(name=OURS, opens=product)]
    if baselines.has_reader():
        everybody.append(Who(name=READER, opens=baselines.lemon_reader))
    else:
        console.print(f"The library reader is not installed, so it is not compared with: {HOW}")
    if not has_uvloop():
        console.print(f"uvloop is not installed, so the floor is higher than it could be: {HOW}")
    everybody.append(Who(name=FLOOR, opens=baselines.floor, uvloop=True, reads=False))
    everybody.append(Who(name=AIOHTTP, opens=baselines.bare_aiohttp, reads=False))
    return everybody


def _over_http(plan: Plan, everybody: Sequence[Who]) -> tuple[_Costs, _Costs, _Costs, list[str]]:
    """Return the first rounds, the steady ones, those where all answers come late, and what was wrong."""
    first: list[dict[str, Round]] = []
    steady: list[dict[str, Round]] = []
    late: list[dict[str, Round]] = []
    wrong: list[str] = []
    for repeat in range(plan.repeats):
        with _trial(plan, everybody) as trial:
            for _ in range(1 + plan.steady):
                trial.round()
            if repeat == plan.repeats - 1:
                trial.farm.delay(plan.delay)
                for _ in range(plan.steady):
                    trial.round()
        first += trial.rounds[:1]
        steady += trial.rounds[1 : 1 + plan.steady]
        late += trial.rounds[1 + plan.steady :]
        wrong += trial.wrong
    return first, steady, late, wrong


def _over_https(plan: Plan) -> Trial:
    everybody = [
        Who(name=OURS, opens=product),
        Who(name=AIOHTTP, opens=baselines.bare_aiohttp, reads=False),
    ]
    with _trial(plan, everybody, secure=True) as trial:
        for _ in range(1 + plan.rounds):
            trial.round()
    return trial


def _stored(plan: Plan) -> Trial:
    everybody = [Who(name=_size(size), opens=product, stored=size) for size in sorted(plan.stored)]
    with _trial(plan, everybody) as trial:
        for _ in range(1 + plan.repeats * plan.steady):
            trial.round()
    return trial


@contextmanager
def _trial(plan: Plan, everybody: Sequence[Who], *, secure: bool = False) -> Iterator[Trial]:
    """Start a farm and everybody; each has a new folder."""
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storywire-")))
        trusted, files = certificates.made(plan.feeds, place) if secure else (None, ())
        farm = stack.enter_context(Farm(Plot(feeds=plan.feeds, slow=plan.slow, certificates=files)))
        running: dict[Who, Process[Part]] = {}
        for who in everybody:
            folder = place / who.name.replace(" ", "-")
            folder.mkdir()
            job = Job(urls=farm.urls, folder=folder, concurrency=plan.concurrency, trusted=trusted)
            if who.stored:
                _fill(job, who.stored)
            part = Part(opens=who.opens, job=job, uvloop=who.uvloop)
            running[who] = stack.enter_context(started(part))
        yield Trial(plan=plan, farm=farm, running=running)


def _fill(job: Job, count: int) -> None:
    # In a process of its own: the memory of this one is kept small.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(filled, job, count).result()


# ------------------------------------------------------------------------------------------ figures

_Costs = Sequence[Mapping[str, Round]]


def _size(stored: int) -> str:
    return f"{stored:,} stored"


def _parts(trial: Trial) -> tuple[_Costs, _Costs, _Costs]:
    return trial.rounds[:1], trial.rounds[1:], []


def _of(costs: _Costs, name: str) -> list[Round]:
    return [each[name] for each in costs if name in each]


def _cpu(rounds: Sequence[Round]) -> float:
    return median(each.cpu for each in rounds)


def _wall(rounds: Sequence[Round]) -> float:
    return median(each.wall for each in rounds)


def _main_peak(rounds: Sequence[Round]) -> float:
    return max(each.memory.main_peak for each in rounds)


def _workers_peak(rounds: Sequence[Round]) -> float:
    return max(each.memory.workers_peak for each in rounds)


def _ratios(first: _Costs, steady: _Costs) -> Iterator[Goal]:
    if _of(steady, READER):
        ratio = _cpu(_of(steady, OURS)) / _cpu(_of(steady, READER))
        yield Goal(name="steady CPU: ours to reader", measured=ratio, limit=1 / 5)
        ratio = _cpu(_of(first, OURS)) / _cpu(_of(first, READER))
        yield Goal(name="first round's CPU: ours to reader", measured=ratio, limit=1 / 2)
    ratio = _cpu(_of(steady, OURS)) / _cpu(_of(steady, FLOOR))
    yield Goal(name="steady CPU: ours to the floor", measured=ratio, limit=4)


def _walls(plan: Plan, steady: _Costs, late: _Costs) -> Iterator[Goal]:
    for name, costs, slowest in (
        ("steady round", steady, plan.slow),
        (f"steady round, all answers {plan.delay:g} s later", late, plan.slow + plan.delay),
    ):
        yield Goal(name=f"{name}: wall", measured=_wall(_of(costs, OURS)), limit=slowest + _GRACE, unit=" s")


def _https_goals(trial: Trial) -> Iterator[Goal]:
    _, steady, _ = _parts(trial)
    ours = _of(trial.rounds, OURS)
    ratio = _cpu(_of(steady, OURS)) / _cpu(_of(steady, AIOHTTP))
    yield Goal(name="steady CPU over https: ours to aiohttp", measured=ratio, limit=1.5)
    main, everything = _main_peak(ours), _main_peak(ours) + _workers_peak(ours)
    yield Goal(name="memory over https: main process at most", measured=main, limit=150, unit=" MB")
    yield Goal(name="memory over https: with workers", measured=everything, limit=250, unit=" MB")
    warm = ours[min(_WARM, len(ours) - 1)].memory.main
    name = f"memory after {len(ours) - 1} steady rounds to that after {min(_WARM, len(ours) - 1)}"
    yield Goal(name=name, measured=ours[-1].memory.main / warm, limit=1.05)


def _shown(title: str, names: Sequence[str], first: _Costs, steady: _Costs, late: _Costs) -> Table:
    shown = table("", *names, title=title)

    def row(name: str, costs: _Costs, figure: Callable[[Sequence[Round]], float], unit: str) -> None:
        if costs:
            shown.add_row(*plain(name, *(f"{figure(_of(costs, who)):.3g} {unit}" for who in names)))

    row("first round: CPU", first, _cpu, "s")
    row("  wall", first, _wall, "s")
    row("steady round: CPU", steady, _cpu, "s")
    row("  wall", steady, _wall, "s")
    row("all answers late: CPU", late, _cpu, "s")
    row("  wall", late, _wall, "s")
    row("memory: main process at most", steady, _main_peak, "MB")
    row("  its workers", steady, _workers_peak, "MB")
    return shown
