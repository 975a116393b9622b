"""The product running by the wall's clock, as `storywire run` runs it, and what was due when."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from random import Random
from typing import Any, TypeVar, cast

from bot.app import Assembled, serve
from bot.bench.process import Job, Memory, Meter, Process, memory
from bot.bench.product import configured, logged, opened
from bot.edge.clock import SystemClock
from bot.model import Feed, Validators
from bot.ports import Archive, Poll, Record

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """How long the product is to run, on what."""

    job: Job
    #: ETag and Last-Modified of each feed, as it would know them from its last poll; "" where there are none.
    validators: Sequence[tuple[str, str]]
    #: The feeds become due one after another within this time.
    spread: timedelta
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasted:
    """What came of it."""

    #: Address of the feed and when it was due, in the order of claiming; by the wall's clock, in seconds.
    claimed: Sequence[tuple[str, float]]
    #: What was due before the end and not claimed by then.
    waiting: Sequence[tuple[str, float]]
    #: When it ended.
    end: float
    #: CPU seconds a second.
    share: float
    memory: Memory


def lasting(stretch: Stretch) -> Process[Stretch]:
    """Return a process that runs the product; once entered, it can be heard twice.

    First it says when it starts, as a time of the wall's clock; at the end what came of it, a `Lasted`.
    """
    return Process(_lasts, stretch)


def _lasts(connection: Connection, stretch: Stretch) -> None:
    asyncio.run(_last(connection, stretch))


async def _last(connection: Connection, stretch: Stretch) -> None:
    settings, clock = configured(stretch.job), SystemClock()
    async with logged(stretch.job, settings), opened(settings) as program:
        noted = _Noted(program.world.archive)
        watched = replace(program, world=replace(program.world, archive=cast("Archive", noted)))
        await _known(watched, stretch, clock.now())
        connection.send(clock.now().timestamp())
        meter = Meter()
        service = asyncio.create_task(serve(watched, concurrency=settings.poll.concurrency))
        await asyncio.sleep(stretch.seconds)
        end, (wall, cpu) = clock.now().timestamp(), meter.read()
        claimed, waiting = list(noted.claimed), noted.due_before(end)
        held = memory()
        os.kill(os.getpid(), signal.SIGTERM)  # it is stopped as an operator stops it
        await service
    connection.send(Lasted(claimed=claimed, waiting=waiting, end=end, share=cpu / wall, memory=held))


async def _known(program: Assembled, stretch: Stretch, now: datetime) -> None:
    """Let the archive know the feeds as if each had been polled within the last interval."""
    archive = program.world.archive
    await archive.declare(program.feeds)
    turns = list(range(len(program.feeds)))
    Random(4).shuffle(turns)  # noqa: S311  neighbours in the list are no neighbours in time

    def work(record: Record) -> None:
        for feed, turn, (etag, modified) in zip(program.feeds, turns, stretch.validators, strict=True):
            validators = Validators(etag=etag or None, last_modified=modified or None)
            known = replace(feed, validators=validators, recorded_at=now, unconditional_at=now)
            record.polled(Poll(feed=known, at=now, next_at=now + stretch.spread * turn / len(turns)))

    await archive.record(work)


class _Noted:
    """An archive that remembers which feed was claimed, and when it was due."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._next: dict[str, float] = {}
        self.claimed: list[tuple[str, float]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive, name)

    async def record(self, work: Callable[[Record], T]) -> T:
        return await self._archive.record(
            lambda record: work(cast("Record", _NotedRecord(record, self._next)))
        )

    async def polled(self, poll: Poll) -> None:
        await self._archive.polled(poll)
        self._next[poll.feed.url] = poll.next_at.timestamp()

    async def claim(self, **asked: Any) -> list[Feed]:
        taken = await self._archive.claim(**asked)
        self.claimed += [(feed.url, self._next.pop(feed.url)) for feed in taken if feed.url in self._next]
        return taken

    def due_before(self, end: float) -> list[tuple[str, float]]:
        return [(url, due) for url, due in self._next.items() if due < end]


class _NotedRecord:
    def __init__(self, record: Record, due: dict[str, float]) -> None:
        self._record = record
        self._next = due

    def __getattr__(self, name: str) -> Any:
        return getattr(self._record, name)

    def polled(self, poll: Poll) -> None:
        self._record.polled(poll)
        self._next[poll.feed.url] = poll.next_at.timestamp()
