"""A process of its own for each of those that are measured, and what it costs.

The farm must not count, and the memory of one must not be that of the other: so each runs by itself, does one
thing after another as it is told, and stands still between them.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import resource
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeAlias, TypeVar

from bot.errors import OperatorError

T = TypeVar("T")

_TICKS = os.sysconf("SC_CLK_TCK")
_STOPS_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a client is to poll."""

    #: The addresses of the feeds.
    urls: tuple[str, ...]
    #: A place of its own.
    folder: Path
    concurrency: int
    #: Certificates to trust; None where the farm speaks http.
    trusted: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a client found in a round."""

    #: Entries, or documents where a client looks no closer, that were not there before.
    new: int
    failed: int


class Client(Protocol):
    """Somebody who polls all feeds once when told to."""

    async def poll(self, at: datetime) -> None:
        """Poll; this is what is measured."""
        ...

    def tally(self) -> Tally:
        """Say what the last round found; this is not measured."""
        ...


Opens: TypeAlias = Callable[[Job], AbstractAsyncContextManager[Client]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident memory in megabytes."""

    main: float
    #: The most the process had since its start.
    main_peak: float
    #: The sum of what each process that it started, and that still runs, had at most.
    workers_peak: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of one client."""

    tally: Tally
    #: Seconds.
    wall: float
    #: Seconds of user and system time, of the client's process and of those it started.
    cpu: float
    memory: Memory


class Process(Generic[T]):
    """Runs a function in a new interpreter, while entered, and exchanges messages with it.

    Args:
        work: is given the connection, and the job.
        job: what it needs to know; must be picklable, as the function.
    """

    def __init__(self, work: Callable[[Connection, T], None], job: T) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, job), daemon=False)
        self._theirs = theirs

    def __enter__(self) -> Self:
        self._process.start()
        self._theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # it may have gone already
            self._connection.send(None)
        self._process.join(_STOPS_WITHIN_S)
        self.kill()

    def kill(self) -> None:
        """End it at once, if it still runs."""
        self._process.kill()
        self._process.join()

    def hear(self) -> Any:
        """Return what it says next.

        Raises:
            OperatorError: it ended without a word; what went wrong stands on standard error.
        """
        try:
            return self._connection.recv()
        except (EOFError, OSError):
            raise OperatorError("a process of the bench ended before its time") from None

    def tell(self, what: object) -> Any:
        """Say something and return the answer."""
        try:
            self._connection.send(what)
        except OSError:
            raise OperatorError("a process of the bench ended before its time") from None
        return self.hear()


# ------------------------------------------------------------------------------------------ clients


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A client and what it is to poll."""

    opens: Opens
    job: Job
    uvloop: bool = False


def started(part: Part) -> Process[Part]:
    """Return the process of a client; once entered, tell it times: it polls, and answers with a `Round`."""
    return Process(_plays, part)


def _plays(connection: Connection, part: Part) -> None:
    if part.job.trusted is not None:
        # OpenSSL reads it where the default context is made, as the product makes its own.
        os.environ["SSL_CERT_FILE"] = str(part.job.trusted)
    in_loop(_play(connection, part), uvloop=part.uvloop)


async def _play(connection: Connection, part: Part) -> None:
    async with part.opens(part.job) as client:
        while True:
            # Blocks the loop, on purpose: between rounds a client costs nothing.
            at: datetime | None = connection.recv()
            if at is None:
                return
            meter = Meter()
            await client.poll(at)
            wall, cpu = meter.read()
            connection.send(Round(tally=client.tally(), wall=wall, cpu=cpu, memory=memory()))


def in_loop(work: Coroutine[Any, Any, None], *, uvloop: bool) -> None:
    """Run a coroutine, on uvloop where that is asked for and installed."""
    with asyncio.Runner(loop_factory=_uvloop() if uvloop else None) as runner:
        runner.run(work)


def has_uvloop() -> bool:
    """Tell whether uvloop is installed."""
    return _uvloop() is not None


def _uvloop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415  only the benches use it
    except ImportError:
        return None
    made: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return made


# -------------------------------------------------------------------------------------------- costs


class Meter:
    """Measures from when it is made: seconds that pass, and CPU of this process and of all it started."""

    def __init__(self) -> None:
        # Looking through the processes costs milliseconds itself: before what is measured, and after it.
        self._others = _others()
        self._wall, self._own = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Return seconds, and CPU seconds of user and system."""
        wall, own = time.perf_counter() - self._wall, time.process_time() - self._own
        return wall, own + _others() - self._others


def _others() -> float:
    """Return the CPU seconds of the processes that this one started, those that still run included."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime + sum(map(_cpu, _descendants()))


def memory() -> Memory:
    """Return what this process and those it started hold."""
    main, peak = _resident("self")
    return Memory(main=main, main_peak=peak, workers_peak=sum(_resident(each)[1] for each in _descendants()))


def _descendants() -> list[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            children.setdefault(int(_fields(path)[1]), []).append(int(path.parent.name))
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        mine = children.get(waiting.pop(), [])
        found += mine
        waiting += mine
    return found


def _fields(stat: Path) -> list[str]:
    """Return what stands behind the process's name, which may hold anything."""
    return stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def _cpu(process: int) -> float:
    with suppress(OSError):
        return sum(map(int, _fields(Path(f"/proc/{process}/stat"))[11:15])) / _TICKS
    return 0.0


def _resident(process: int | str) -> tuple[float, float]:
    """Return the megabytes a process holds, and has held at most."""
    with suppress(OSError):
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
        now, peak = (re.findall(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE) for name in ("VmRSS", "VmHWM"))
        if now and peak:
            return int(now[0]) / 1000, int(peak[0]) / 1000
    return 0.0, 0.0


class Served(Generic[T]):
    """A server in a process of its own, seen from outside: started on entering, stopped on leaving."""

    def __init__(self, serves: Callable[[Connection, T], None], job: T) -> None:
        """Prepare it.

        Args:
            serves: says its port first, then answers what it is told.
            job: what it needs to know.
        """
        self._process = Process(serves, job)
        self._port = 0

    def __enter__(self) -> Self:
        self._process.__enter__()
        self._port = self._process.hear()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.__exit__()
