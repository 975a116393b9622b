"""Work on hostile input, in a process that can be killed.

Python cannot stop a function, and no limit inside a process binds what C does there. So what may hang or eat
memory runs in a child: it has a time, after which it is killed, and an address space that it cannot leave.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar, TypeVarTuple

import anyio
import anyio.to_process

from bot.errors import ParseError

_Result = TypeVar("_Result")
_Args = TypeVarTuple("_Args")

#: Starting a process takes 0.3 s, and longer on a machine that has other things to do.
_START_S = 20.0


class Workers:
    """At most two processes, kept for the next work."""

    def __init__(self, what: str, *, limit: timedelta, memory: int, works: int = 500) -> None:
        """Prepare; no process is started before the first work.

        Args:
            what: is worked on, to say what was given up: "the page".
            limit: for one piece of work; neither starting a process nor waiting for a free one counts.
            memory: the most bytes of address space a process may have.
            works: after so many a process ends, and what its libraries lost goes with it.
        """
        self._what = what
        self._limit = limit
        self._memory = memory
        self._works = works
        self._slots = anyio.CapacityLimiter(2)
        self._started = 0
        # A worker would run the main program's file again, and bring all of the program with it.
        sys.modules["__main__"].__dict__.pop("__file__", None)

    async def run(self, function: Callable[[*_Args], _Result], *arguments: *_Args) -> _Result:
        """Call a function in a worker.

        Args:
            function: can be pickled, as can its arguments and its result.
            arguments: for it.

        Raises:
            ParseError: it took too long or needed too much memory, and its process was killed; or its own.
        """
        seconds = self._limit.total_seconds()
        try:
            async with self._slots:
                await self._start()
                with anyio.fail_after(seconds):
                    result, number = await _in_process(_limited, self._memory, function, arguments)
                if number >= self._works:
                    await self._end()
        except TimeoutError as error:
            self._started -= 1
            raise ParseError(f"{self._what} took longer than {seconds:g} s to read") from error
        except asyncio.CancelledError:
            self._started = max(0, self._started - 1)  # its process was killed, if it had one
            raise
        except anyio.BrokenWorkerProcess as error:
            self._started -= 1
            raise ParseError(f"{self._what} needed too much memory or broke its reader") from error
        return result

    async def _start(self) -> None:
        """See that there is a process for each who works now."""
        if self._started < self._slots.borrowed_tokens:
            self._started += 1
            with anyio.fail_after(_START_S):
                await _in_process(_nothing)

    async def _end(self) -> None:
        self._started -= 1
        with suppress(anyio.BrokenWorkerProcess):
            await _in_process(_leave)


async def _in_process(function: Callable[[*_Args], _Result], *arguments: *_Args) -> _Result:
    # Our own limit has let us through; anyio's default may be smaller and make us wait again.
    limiter = anyio.CapacityLimiter(1)
    return await anyio.to_process.run_sync(function, *arguments, cancellable=True, limiter=limiter)


#: Which work this process does, from 1.
_numbers = itertools.count(1)


def _limited(
    memory: int, function: Callable[[*_Args], _Result], arguments: tuple[*_Args]
) -> tuple[_Result, int]:
    """Return what a function returns, and how much this process has worked with it."""
    # The lower limit only: workers are shared, and the next work may be allowed more.
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(
        resource.RLIMIT_AS, (memory if most == resource.RLIM_INFINITY else min(memory, most), most)
    )
    number = next(_numbers)
    try:
        return function(*arguments), number
    except MemoryError:
        # What is left of this process is not to be trusted with another document.
        os._exit(1)


def _nothing() -> None:
    return


def _leave() -> None:
    os._exit(0)
