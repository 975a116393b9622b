"""What a message costs to deliver, beside python-telegram-bot alone."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from telegram import LinkPreviewOptions, MessageEntity

from bot.app import keep_loaded
from bot.bench.botapi import TOKEN, BotApi, Rules
from bot.bench.delivering import Figure, Planned, SteppedClock, Stock, most, opened, world_of
from bot.edge.telegram import Client, TelegramChannel, close_bot, make_bot
from bot.model import Post
from bot.pipeline import World, deliver

#: Read two or three times for each message, so that fewer than twenty go out in a minute of it.
_STEP = timedelta(seconds=2)
_CHAT = -1001000000001
_CHANNEL = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds of one round of messages."""

    ours: float
    bare: float


def cost(messages: int, rounds: int) -> list[Figure]:
    """Measure so many messages in all, in rounds in which both take turns."""
    each = max(1, messages // rounds)
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder, BotApi(Rules()) as api:
        spent = asyncio.run(_spend(Path(folder) / "bench.db", api, each, rounds))
    return list(_figures(spent, each))


def _figures(spent: Sequence[Cost], each: int) -> Iterator[Figure]:
    ours = 1000 * median(one.ours for one in spent) / each
    bare = 1000 * median(one.bare for one in spent) / each
    yield Figure(
        name=f"CPU a message, median of {len(spent)} rounds of {each}",
        measured=f"{ours:.2f} ms",
        baseline=f"{bare:.2f} ms",
    )
    yield most("  ratio", median(s.ours / s.bare for s in spent), 1.3, baseline="1")


async def _spend(database: Path, api: BotApi, each: int, rounds: int) -> list[Cost]:
    bot, alone = (make_bot(TOKEN, base_url=api.base_url) for _ in range(2))
    clock = SteppedClock(_STEP)
    spent: list[Cost] = []
    try:
        async with opened(database) as archive:
            stock, world = Stock(archive, [_CHANNEL]), world_of(archive, clock)
            channel = TelegramChannel(_CHANNEL, _CHAT, bot)
            keep_loaded()
            await _ours(channel, world)
            await _bare(alone, await stock.cards(2, at=clock.now()))  # both have their connection now
            await _ours(channel, world)
            for _ in range(rounds):
                cards = await stock.cards(each, at=clock.now())
                begun = time.process_time()
                await _ours(channel, world)
                between = time.process_time()
                await _bare(alone, cards)
                spent.append(Cost(ours=between - begun, bare=time.process_time() - between))
    finally:
        await close_bot(bot)
        await close_bot(alone)
    return spent


async def _ours(channel: TelegramChannel, world: World) -> None:
    while await deliver(channel, world) is not None:
        pass


async def _bare(bot: Client, cards: Sequence[Planned]) -> None:
    for card in cards:
        await send(bot, _CHAT, card.post)


async def send(bot: Client, chat: int, post: Post) -> None:
    """Send the message of a post as somebody would who has no more to do."""
    await bot.send_message(
        chat,
        post.message.text,
        entities=[MessageEntity(s.style.value, s.offset, s.length, url=s.url) for s in post.message.spans],
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
