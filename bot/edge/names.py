"""Names and their addresses: asked of the system, and remembered for some seconds."""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

#: Name → its addresses. Raises OSError if there are none, ValueError if it is no name.
Resolver: TypeAlias = Callable[[str], Awaitable[Sequence[str]]]

#: A feed's redirect often leads to its own host; a name that was moved is noticed soon.
_BELIEVED_S = 10.0
_MOST = 4_096


async def look_up(name: str) -> Sequence[str]:
    """Ask the system, in one of the loop's threads."""
    found = await asyncio.get_running_loop().getaddrinfo(
        name, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    return list(dict.fromkeys(str(info[4][0]) for info in found))


class Names:
    """Remembers look-ups for a while; who asks for what is looked up already waits for that."""

    def __init__(self, resolver: Resolver) -> None:
        """Remember nothing yet."""
        self._resolver = resolver
        self._loop = asyncio.get_running_loop()
        self._known: OrderedDict[str, tuple[float, asyncio.Task[Sequence[str]]]] = OrderedDict()

    async def __call__(self, name: str) -> Sequence[str]:
        """Return a name's addresses; see `Resolver`."""
        now = self._loop.time()
        until, task = self._known.get(name, (0.0, None))
        if task is None or (task.done() and (until <= now or task.cancelled() or task.exception())):
            task = self._loop.create_task(_asked(self._resolver, name))
            task.add_done_callback(_heard)
            self._known[name] = now + _BELIEVED_S, task
            self._known.move_to_end(name)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        # Shielded: who gives up must not take it from the others.
        return await asyncio.shield(task)

    def close(self) -> None:
        """Give up what is under way."""
        for _until, task in self._known.values():
            task.cancel()
        self._known.clear()


def _heard(task: asyncio.Task[Sequence[str]]) -> None:
    """Take note of a failure, although all who waited for it may have given up."""
    if not task.cancelled():
        task.exception()


async def _asked(resolver: Resolver, name: str) -> Sequence[str]:
    return await resolver(name)
