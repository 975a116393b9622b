"""A process that delivers, and may be killed at any moment: `python -m bot.bench.deliverer`, and an `Errand`.

It begins as the program does, by settling what was in flight; says so with a line; delivers to all channels
beside each other, by a clock that goes faster; and ends when nothing waits any more.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from bot.bench.botapi import TOKEN
from bot.bench.delivering import FastClock, opened, world_of
from bot.edge.telegram import TelegramChannel, close_bot, make_bot
from bot.model import Delivery
from bot.pipeline import World, deliver, recover

#: Seconds for each of connecting, writing and reading: long enough for a busy machine.
_PATIENCE = timedelta(seconds=10)
_SHORTEST_NAP_S = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What it needs to know."""

    database: str
    base_url: str
    #: When its clock showed the start, by the wall's clock, and how much faster it goes.
    begun: float
    scale: float
    delivery: str
    #: Channel → chat.
    channels: dict[str, int]

    def written(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it again."""
        return cls(**json.loads(text))


async def run(errand: Errand) -> None:
    """Deliver until nothing waits."""
    clock = FastClock(errand.begun, errand.scale)
    bot = make_bot(TOKEN, base_url=errand.base_url, timeout=_PATIENCE)
    try:
        async with opened(Path(errand.database)) as archive:
            world = world_of(archive, clock, delivery=Delivery(errand.delivery))
            await recover(world)
            sys.stdout.write("delivers\n")
            sys.stdout.flush()
            channels = [TelegramChannel(name, chat, bot) for name, chat in errand.channels.items()]
            await asyncio.gather(*(_deliver(channel, world, clock) for channel in channels))
    finally:
        await close_bot(bot)


async def _deliver(channel: TelegramChannel, world: World, clock: FastClock) -> None:
    while (again := await deliver(channel, world)) is not None:  # noqa: ASYNC110  a time is waited for
        await asyncio.sleep(max(clock.until(again), _SHORTEST_NAP_S))


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)  # what fails here fails on purpose
    asyncio.run(run(Errand.read(sys.argv[1])))
