"""Jobs at intervals, whatever happens to the wall clock.

APScheduler is the timetable and follows the wall clock: after a step back of an hour it would run nothing
for an hour, and after a step forward of a month it would first list every run it missed. So missed runs are
not listed here, and a watch that goes by monotonic time runs a job whose turn has moved away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.ports import Clock

Job: TypeAlias = Callable[[], Awaitable[None]]
OnError: TypeAlias = Callable[[str, Exception], Awaitable[None]]

#: How often the watch looks at the jobs. A step of the clock delays a job by no more.
_WATCH_EVERY = timedelta(seconds=5)

#: A job is overdue when its last start is older than this many intervals and the slack.
_OVERDUE_INTERVALS = 3
_OVERDUE_SLACK = timedelta(seconds=5)

#: What a cancelled job gets to tidy up, in seconds.
_TIDY_UP_S = 2.0

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class _Routine:
    name: str
    interval: timedelta
    job: Job
    #: Monotonic time of the last start, in seconds; before the first, of the entry in the timetable.
    started: float
    #: The run under way.
    task: asyncio.Task[None] | None = None


class Timetable:
    """Runs each job at once and then at its interval, never twice at the same time."""

    def __init__(
        self,
        clock: Clock,
        on_error: OnError | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        watch_every: timedelta = _WATCH_EVERY,
    ) -> None:
        """Start empty and at rest.

        Args:
            clock: the wall clock, which APScheduler reads as well.
            on_error: told the job's name and the exception when a job fails, after it was logged.
            monotonic: seconds that only grow.
            watch_every: how often to look for jobs that a step of the wall clock keeps waiting.
        """
        self._clock = clock
        self._on_error = on_error
        self._monotonic = monotonic
        self._watch_every = watch_every
        self._routines: dict[str, _Routine] = {}
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._watch: asyncio.Task[None] | None = None

    def every(self, name: str, interval: timedelta, job: Job) -> None:
        """Enter a job. A run that is still going when the next is due takes that one's place.

        Args:
            name: unique in this timetable; stands in the log.
            interval: from start to start, more than zero.
            job: called without arguments; what it raises is logged and does not end the job.
        """
        routine = _Routine(name=name, interval=interval, job=job, started=self._monotonic())
        self._routines[name] = routine
        self._scheduler.add_job(
            self._run,
            _Regularly(seconds=interval.total_seconds(), timezone=UTC),
            args=(routine,),
            id=name,
            next_run_time=self._clock.now(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,  # however late, it runs
        )

    def start(self) -> None:
        """Begin, on the running event loop."""
        self._scheduler.start()
        self._watch = asyncio.create_task(self._keep_watch())

    def nudge(self) -> None:
        """Run now whatever a step of the wall clock keeps waiting."""
        now = self._clock.now()
        for entry in self._scheduler.get_jobs():
            routine = self._routines[entry.id]
            if routine.task is None and self._is_kept_waiting(routine, entry.next_run_time - now):
                log.warning("job brought forward", job=routine.name, reason="the clock was changed")
                entry.modify(next_run_time=now)

    async def stop(self, grace: timedelta = timedelta(seconds=10)) -> None:
        """Start nothing more and wait for the jobs under way. Not to be called by a job.

        Args:
            grace: how long they have to end; then they are cancelled.
        """
        if self._watch is None:
            return
        self._scheduler.pause()
        self._watch.cancel()
        await asyncio.wait([self._watch])  # a job handed out just before also gets to begin here
        self._watch = None
        await self._finish({routine.task for routine in self._routines.values() if routine.task}, grace)
        # With wait=True it would not wait but cancel (apscheduler/executors/asyncio.py).
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # shutdown only asks the loop to do it

    async def _finish(self, tasks: set[asyncio.Task[None]], grace: timedelta) -> None:
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace.total_seconds())
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_TIDY_UP_S)

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(self._watch_every.total_seconds())
            self.nudge()

    def _is_kept_waiting(self, routine: _Routine, due_in: timedelta) -> bool:
        idle = timedelta(seconds=self._monotonic() - routine.started)
        return due_in > routine.interval or idle > _OVERDUE_INTERVALS * routine.interval + _OVERDUE_SLACK

    async def _run(self, routine: _Routine) -> None:
        routine.started, routine.task = self._monotonic(), asyncio.current_task()
        try:
            await routine.job()
        except asyncio.CancelledError:
            # Not raised again: APScheduler would stop it too, with a traceback at ERROR.
            log.warning("job cut short", job=routine.name)
        except Exception as error:
            # The boundary of a job: a fault in one run ends neither the job nor the program.
            log.exception("job failed", job=routine.name)
            if self._on_error is not None:
                await self._on_error(routine.name, error)
        finally:
            routine.task = None


class _Regularly(IntervalTrigger):  # type: ignore[misc]  # apscheduler 3 has no types
    """The next run is one interval from now; the base class makes up a list of all that were missed."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:  # noqa: ARG002  APScheduler calls it
        following: datetime | None = super().get_next_fire_time(now, now)
        return following
