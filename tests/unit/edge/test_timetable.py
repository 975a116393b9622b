"""Jobs run at their intervals, one at a time, whatever they raise and whatever the wall clock does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import structlog

from bot.edge.clock import SystemClock
from bot.edge.timetable import Timetable

SOON = timedelta(milliseconds=2)
NEVER = timedelta(days=1)
TRIFLE = timedelta(microseconds=1)


class Counter:
    """A job that counts its runs and lets a test wait for them."""

    def __init__(self, then: Callable[[], Awaitable[None]] | None = None) -> None:
        self.runs = 0
        self._then = then
        self._ran = asyncio.Condition()

    async def __call__(self) -> None:
        async with self._ran:
            self.runs += 1
            self._ran.notify_all()
        if self._then is not None:
            await self._then()

    async def reaches(self, runs: int) -> None:
        async with asyncio.timeout(10), self._ran:
            await self._ran.wait_for(lambda: self.runs >= runs)


class Complaints:
    """What a timetable told about failed jobs."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    async def __call__(self, name: str, error: Exception) -> None:
        self.heard.append((name, str(error)))


class Stopwatch:
    """Monotonic time that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@asynccontextmanager
async def started(timetable: Timetable) -> AsyncIterator[Timetable]:
    timetable.start()
    try:
        yield timetable
    finally:
        await timetable.stop(TRIFLE)


def move_next_run(timetable: Timetable, name: str, by: timedelta) -> None:
    """Leave the job as a step of the wall clock by `-by` would."""
    timetable._scheduler.modify_job(name, next_run_time=SystemClock().now() + by)  # noqa: SLF001  stands for the clock


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


async def fail() -> None:
    raise LookupError("no such feed")


def test_a_job_runs_at_once_and_again_at_its_interval() -> None:
    async def walk() -> int:
        often, seldom = Counter(), Counter()
        timetable = Timetable(SystemClock())
        timetable.every("often", SOON, often)
        timetable.every("seldom", NEVER, seldom)
        async with started(timetable):
            await seldom.reaches(1)
            await often.reaches(3)
        return seldom.runs

    assert asyncio.run(walk()) == 1


def test_a_job_never_runs_twice_at_the_same_time() -> None:
    async def walk() -> tuple[int, int]:
        release = asyncio.Event()

        async def hold() -> None:
            await release.wait()

        slow, other = Counter(then=hold), Counter()
        timetable = Timetable(SystemClock())
        timetable.every("slow", SOON, slow)
        timetable.every("other", SOON, other)
        async with started(timetable):
            await other.reaches(5)
            timetable.nudge()
            await other.reaches(10)
            while_held = slow.runs
            release.set()
            await slow.reaches(2)
            return while_held, slow.runs

    assert asyncio.run(walk()) == (1, 2)


def test_a_job_that_raises_is_reported_and_runs_again() -> None:
    async def walk() -> list[tuple[str, str]]:
        complaints, job = Complaints(), Counter(then=fail)
        timetable = Timetable(SystemClock(), complaints)
        timetable.every("poll", SOON, job)
        async with started(timetable):
            await job.reaches(3)
        return complaints.heard[:2]

    with structlog.testing.capture_logs() as lines:
        heard = asyncio.run(walk())

    assert heard == [("poll", "no such feed")] * 2
    failures = [line for line in lines if line["event"] == "job failed"]
    assert all(line["exc_info"] and line["job"] == "poll" for line in failures)
    assert len(failures) >= len(heard)


def test_one_job_that_raises_does_not_disturb_another() -> None:
    async def walk() -> int:
        job = Counter()
        timetable = Timetable(SystemClock())
        timetable.every("broken", SOON, fail)
        timetable.every("whole", SOON, job)
        async with started(timetable):
            await job.reaches(5)
        return job.runs

    assert asyncio.run(walk()) >= 5


def test_after_the_clock_was_set_back_a_nudge_runs_the_job() -> None:
    async def walk() -> int:
        job = Counter()
        timetable = Timetable(SystemClock())
        timetable.every("poll", timedelta(minutes=10), job)
        async with started(timetable):
            await job.reaches(1)
            move_next_run(timetable, "poll", by=timedelta(hours=1))
            timetable.nudge()
            await job.reaches(2)
            return job.runs

    assert asyncio.run(walk()) == 2


def test_a_running_timetable_notices_by_itself_that_the_clock_was_set_back() -> None:
    async def walk() -> int:
        job = Counter()
        timetable = Timetable(SystemClock(), watch_every=SOON)
        timetable.every("poll", timedelta(minutes=10), job)
        async with started(timetable):
            await job.reaches(1)
            move_next_run(timetable, "poll", by=timedelta(hours=1))
            await job.reaches(2)
            return job.runs

    assert asyncio.run(walk()) == 2


def test_after_the_clock_was_set_forward_by_a_month_the_job_runs_once() -> None:
    async def walk() -> int:
        job, after = Counter(), Counter()
        timetable = Timetable(SystemClock())
        timetable.every("poll", timedelta(hours=1), job)
        timetable.every("after", SOON, after)
        async with started(timetable):
            await job.reaches(1)
            move_next_run(timetable, "poll", by=timedelta(days=-30))
            await job.reaches(2)
            await after.reaches(after.runs + 5)
            return job.runs

    assert asyncio.run(walk()) == 2


def test_runs_missed_in_a_step_of_the_clock_are_not_listed_one_by_one() -> None:
    async def walk() -> int:
        timetable = Timetable(SystemClock())
        timetable.every("poll", timedelta(seconds=1), Counter())
        (job,) = timetable._scheduler.get_jobs()  # noqa: SLF001  what it lists is memory and time
        now = SystemClock().now()
        job.next_run_time = now - timedelta(days=365)
        return len(job._get_run_times(now))  # noqa: SLF001  the same

    assert asyncio.run(walk()) == 1


def test_a_nudge_leaves_a_job_alone_whose_turn_comes_in_time() -> None:
    async def walk() -> int:
        job, other = Counter(), Counter()
        timetable = Timetable(SystemClock())
        timetable.every("poll", timedelta(minutes=10), job)
        timetable.every("other", SOON, other)
        async with started(timetable):
            await job.reaches(1)
            timetable.nudge()
            await other.reaches(other.runs + 5)
            return job.runs

    assert asyncio.run(walk()) == 1


IDLE = {
    "three intervals and five seconds are still in time": (35.0, 1),
    "anything longer is not": (35.1, 2),
}


@pytest.mark.parametrize(("seconds", "runs"), IDLE.values(), ids=IDLE)
def test_a_nudge_runs_a_job_that_did_not_start_for_three_intervals(seconds: float, runs: int) -> None:
    async def walk() -> int:
        job, other, monotonic = Counter(), Counter(), Stopwatch()
        timetable = Timetable(SystemClock(), monotonic=monotonic)
        timetable.every("poll", timedelta(seconds=10), job)
        timetable.every("other", SOON, other)
        async with started(timetable):
            await job.reaches(1)
            monotonic.seconds += seconds
            timetable.nudge()
            await other.reaches(other.runs + 5)
            return job.runs

    assert asyncio.run(walk()) == runs


def test_stopping_waits_for_the_job_under_way() -> None:
    async def walk() -> tuple[bool, list[str]]:
        steps: list[str] = []
        release = asyncio.Event()

        async def write() -> None:
            await release.wait()
            steps.append("written")

        job = Counter(then=write)
        timetable = Timetable(SystemClock())
        timetable.every("poll", NEVER, job)
        timetable.start()
        await job.reaches(1)
        stopping = asyncio.create_task(timetable.stop(timedelta(seconds=10)))
        await asyncio.sleep(0)
        was_done = stopping.done()
        release.set()
        await stopping
        return was_done, steps

    assert asyncio.run(walk()) == (False, ["written"])


def test_stopping_cancels_a_job_that_outlives_the_grace_and_lets_it_tidy_up() -> None:
    async def walk() -> list[str]:
        steps: list[str] = []

        async def hang() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                steps.append("tidied up")

        job = Counter(then=hang)
        timetable = Timetable(SystemClock())
        timetable.every("poll", NEVER, job)
        timetable.start()
        await job.reaches(1)
        await timetable.stop(TRIFLE)
        return steps

    with structlog.testing.capture_logs() as lines:
        steps = asyncio.run(walk())

    assert steps == ["tidied up"]
    assert [(line["event"], line["log_level"]) for line in lines] == [("job cut short", "warning")]


def test_nothing_runs_or_is_left_over_after_the_stop() -> None:
    async def walk() -> tuple[int, int]:
        job = Counter()
        timetable = Timetable(SystemClock())
        timetable.every("poll", SOON, job)
        timetable.start()
        await job.reaches(2)
        await timetable.stop()
        runs_at_stop = job.runs
        timetable.nudge()
        await timetable.stop()
        return job.runs - runs_at_stop, len(asyncio.all_tasks())

    assert asyncio.run(walk()) == (0, 1)


def test_a_timetable_that_never_started_stops_at_once() -> None:
    async def walk() -> int:
        job = Counter()
        timetable = Timetable(SystemClock())
        timetable.every("poll", SOON, job)
        await timetable.stop()
        return job.runs

    assert asyncio.run(walk()) == 0
