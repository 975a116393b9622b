"""Calls of the fake Telegram's methods, as any client of the Bot API makes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import aiohttp

from tests.fakes.telegram import TOKEN, FakeTelegram


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def description(self) -> str:
        return str(self.body["description"])


Call: TypeAlias = Callable[..., Awaitable[Reply]]


def talking(
    test: Callable[[FakeTelegram, Call], Awaitable[None]], telegram: FakeTelegram | None = None
) -> None:
    """Run a conversation with a fake; the test gets it and a function that calls its methods."""

    async def run() -> None:
        server = telegram or FakeTelegram()
        async with server, aiohttp.ClientSession() as session:

            async def call(method: str, *, token: str = TOKEN, **query: object) -> Reply:
                async with session.post(f"{server.base_url}{token}/{method}", json=query) as answer:
                    return Reply(answer.status, await answer.json(), answer.headers)

            await test(server, call)

    asyncio.run(run())


def asked(method: str, query: Mapping[str, object], telegram: FakeTelegram | None = None) -> Reply:
    """Return the answer to a single call."""
    replies = []

    async def test(_: FakeTelegram, call: Call) -> None:
        replies.append(await call(method, **query))

    talking(test, telegram)
    return replies[0]


async def as_task(call: Awaitable[Reply]) -> Reply:
    return await call
