"""What becomes of the bot in its chats is heard at once, by long polling and by a webhook."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.edge.membership import KINDS, Membership
from bot.edge.telegram import close_bot, make_bot
from bot.edge.updates import Door, Updates
from tests.fakes import telegram_faults as faults
from tests.fakes.telegram import CHANNEL, CHANNEL_NAME, TOKEN, FakeTelegram
from tests.fakes.telegram_chats import Chat

GROUP = -1001000000002
SECRET = "a-secret-that-opens-nothing"


class Heard:
    """What was told of channels, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []
        self._changed = asyncio.Event()

    async def __call__(self, channel: str, may_post: bool) -> None:  # noqa: FBT001  as Membership calls it
        self.told.append((channel, may_post))
        self._changed.set()

    async def times(self, number: int) -> None:
        while len(self.told) < number:
            self._changed.clear()
            await self._changed.wait()


async def silent(text: str) -> None:
    raise AssertionError(text)


def hear(
    happens: Callable[[FakeTelegram, Heard], Awaitable[None]], *, webhook: bool
) -> list[tuple[str, bool]]:
    """Let something happen while the bot listens; return what it heard."""

    async def run() -> list[tuple[str, bool]]:
        chats = [
            Chat(id=CHANNEL, username=CHANNEL_NAME.removeprefix("@")),
            Chat(id=GROUP, type="supergroup", status="member"),
            Chat(id=-1001000000003),
        ]
        async with FakeTelegram(chats=chats, local=True) as telegram:
            bot, heard = make_bot(TOKEN, base_url=telegram.base_url), Heard()
            membership = Membership({"news": CHANNEL_NAME, "team": GROUP}, heard)
            door = Door(url="https://news.example/telegram", secret=SECRET, port=0) if webhook else None
            updates = Updates(bot, membership, kinds=KINDS, notify=silent, door=door)
            telegram.faults.add(*[faults.HANG] * webhook, method="setWebhook")
            receiving = asyncio.create_task(updates.run())
            try:
                if webhook:
                    await telegram.hanging()
                    await telegram_calls(telegram, updates)
                else:
                    await telegram.polling()
                async with asyncio.timeout(10):
                    await happens(telegram, heard)
            finally:
                receiving.cancel()
                await asyncio.wait([receiving])
                await close_bot(bot)
            return heard.told

    return asyncio.run(run())


async def telegram_calls(telegram: FakeTelegram, updates: Updates) -> None:
    """Let the fake deliver to the port that is listened at: a proxy stands there in the real world."""
    bot = make_bot(TOKEN, base_url=telegram.base_url)
    url = f"http://127.0.0.1:{updates.port}/telegram"
    await bot.set_webhook(url, secret_token=SECRET, allowed_updates=list(KINDS))
    await close_bot(bot)


WAYS = pytest.mark.parametrize("webhook", [False, True], ids=["polled", "delivered"])


@WAYS
def test_a_bot_that_is_thrown_out_and_let_in_again_hears_of_both(webhook: bool) -> None:  # noqa: FBT001
    async def happens(telegram: FakeTelegram, heard: Heard) -> None:
        await telegram.standing(CHANNEL, status="kicked")
        await telegram.standing(CHANNEL, status="administrator")
        await heard.times(2)

    assert hear(happens, webhook=webhook) == [("news", False), ("news", True)]


@WAYS
def test_an_administrator_of_a_channel_who_may_not_post_is_as_good_as_none(webhook: bool) -> None:  # noqa: FBT001
    async def happens(telegram: FakeTelegram, heard: Heard) -> None:
        await telegram.standing(CHANNEL, status="administrator", can_post=False)
        await heard.times(1)

    assert hear(happens, webhook=webhook) == [("news", False)]


def test_a_member_of_a_group_may_post_and_other_chats_are_none_of_ours() -> None:
    async def happens(telegram: FakeTelegram, heard: Heard) -> None:
        await telegram.standing(-1001000000003, status="kicked")
        await telegram.standing(GROUP, status="left")
        await telegram.standing(GROUP, status="member")
        await heard.times(2)

    assert hear(happens, webhook=False) == [("team", False), ("team", True)]
