"""Work on hostile input, in a process that can be killed.

Python cannot stop a function, and no limit inside a process binds what C does there. So what may hang or eat
memory runs in a child: it has a time, after which it is killed, and an address space that it cannot leave.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import anyio
import anyio.to_process

from bot.errors import ParseError

_Result = TypeVar("_Result")


class Workers:
    """At most two processes, kept for the next work."""

    def __init__(self, what: str, *, limit: timedelta, memory: int) -> None:
        """Prepare; no process is started before the first work.

        Args:
            what: is worked on, to say what was given up: "the page".
            limit: for one piece of work. Starting a process counts, waiting for a free one does not.
            memory: the most bytes of address space a process may have.
        """
        self._what = what
        self._limit = limit
        self._memory = memory
        self._slots = anyio.CapacityLimiter(2)

    async def run(self, function: Callable[..., _Result], *arguments: object) -> _Result:
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
                with anyio.fail_after(seconds):
                    return await anyio.to_process.run_sync(
                        _in_worker,
                        function,
                        self._memory,
                        *arguments,
                        cancellable=True,
                        # Ours has let us through; anyio's default may be smaller and make us wait again.
                        limiter=anyio.CapacityLimiter(1),
                    )
        except TimeoutError as error:
            raise ParseError(f"{self._what} took longer than {seconds:g} s to read") from error
        except anyio.BrokenWorkerProcess as error:
            raise ParseError(f"{self._what} needed too much memory or broke its reader") from error


def _in_worker(function: Callable[..., _Result], memory: int, *arguments: object) -> _Result:
    # The lower limit only: workers are shared, and the next work may be allowed more.
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(
        resource.RLIMIT_AS, (memory if most == resource.RLIM_INFINITY else min(memory, most), most)
    )
    try:
        return function(*arguments)
    except MemoryError:
        # What is left of this process is not to be trusted with another document.
        os._exit(1)
