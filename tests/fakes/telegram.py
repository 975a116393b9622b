"""A Bot API server on loopback, so that the real client library runs unmodified against it.

In a test: `async with FakeTelegram() as telegram`, or `with running_in_thread() as telegram` where the test
is not asynchronous or the bot is another process. On its own, appending one line for each accepted send or
edit: `python -m tests.fakes.telegram --port 8081 --log posts.jsonl`.

What it says is what Telegram says: the modules beside this one name their source for each rule.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from anyio.from_thread import start_blocking_portal

from tests.fakes.telegram_chats import Change, Chat, ShownMessage
from tests.fakes.telegram_entities import Json
from tests.fakes.telegram_files import File
from tests.fakes.telegram_rates import HastyCall, Rates
from tests.fakes.telegram_server import BotApiServer

TOKEN = "123456:TEST-a-token-that-opens-nothing"
CHANNEL = -1001000000001
CHANNEL_NAME = "@newswatch"
ADMIN = 4242

T = TypeVar("T")


def usual_chats() -> tuple[Chat, ...]:
    return (
        Chat(id=CHANNEL, username=CHANNEL_NAME.removeprefix("@")),
        Chat(id=ADMIN, type="private", title="Ada", status="member"),
    )


class FakeTelegram(BotApiServer):
    """One bot's Telegram."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        chats: Iterable[Chat] | None = None,
        per_minute: int | None = None,
        per_second: int | None = None,
        local: bool = False,
        port: int = 0,
        on_change: Callable[[Change], None] = lambda _: None,
    ) -> None:
        """Make a Telegram.

        Args:
            token: the bot's.
            chats: those the bot knows; the usual ones are a channel it leads and an administrator's.
            per_minute: the most sends and edits in each chat.
            per_second: the most over all chats.
            local: let webhooks be plain HTTP on loopback.
            port: zero for a free one.
            on_change: told of each send, edit and deletion.
        """
        known = usual_chats() if chats is None else chats
        rates = Rates(per_minute=per_minute, per_second=per_second)
        super().__init__(token, known, rates, local=local, port=port, on_change=on_change)

    # ------------------------------------------------------------------------------ what tests look at

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/file/bot"

    @property
    def log(self) -> list[Change]:
        """Everything Telegram accepted, in order."""
        return self.chats.log

    @property
    def calls_inside_flood_wait(self) -> list[HastyCall]:
        """Calls that came although Telegram had asked to wait, counted by `chats.clock`."""
        return self.chats.rates.hasty

    def messages(self, chat: int | str = CHANNEL) -> list[ShownMessage]:
        """What a reader sees now, oldest first."""
        return self.chats.messages(chat)

    # --------------------------------------------------------------------------------- what tests do

    async def inject(self, **update: Json) -> int:
        """Let something happen in a chat, such as `inject(message={…})`; return its update_id.

        Zero if the bot does not want such updates.
        """
        update_id = self.updates.push(update)
        await self._tell()
        return update_id

    def from_outside(self, work: Coroutine[Any, Any, T]) -> T:
        """Do one of these from another thread: `from_outside(telegram.say("/start"))`."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    async def say(
        self, text: str, *, chat: int = ADMIN, user: int = ADMIN, reply_to: int | None = None
    ) -> int:
        """Let a user write something, such as a command."""
        place = self.chats.chats[chat]
        return await self.inject(message=self.people.write(place, user, text, reply_to=reply_to))

    async def attach(self, file: File, text: str = "", *, chat: int = ADMIN, user: int = ADMIN) -> int:
        """Let a user send a document, perhaps with a text."""
        place = self.chats.chats[chat]
        return await self.inject(message=self.people.write(place, user, text, file=self.files.keep(file)))

    async def press(self, message: int, data: str, *, chat: int = ADMIN, user: int = ADMIN) -> str:
        """Let a user press a button; return the number to look for in `commands.answers`."""
        place = self.chats.chats[chat]
        query = self.commands.press(self.chats.message(place, str(message), "message"), data, user)
        await self.inject(callback_query=query)
        return str(query["id"])

    async def standing(
        self, chat: int = CHANNEL, *, status: str | None = None, by: int = ADMIN, **rights: bool
    ) -> int:
        """Kick the bot, add it again, or change its rights, such as `standing(can_post=False)`."""
        place = self.chats.chats[chat]
        return await self.inject(my_chat_member=self.people.change_standing(place, by, status, rights))

    async def migrate(self, chat: int, new_id: int) -> None:
        """Make a group a supergroup."""
        for notice in self.people.migrate(self.chats.chats[chat], new_id):
            await self.inject(message=notice)

    async def polling(self) -> None:
        """Wait until a long poll is open."""
        async with self.updates.moved:
            await self.updates.moved.wait_for(self.updates.is_polled)

    async def taken(self) -> None:
        """Wait until no update waits any more."""
        async with self.updates.moved:
            await self.updates.moved.wait_for(lambda: not self.updates.pending())

    @asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        """Refuse connections, as a host does on which nothing listens."""
        await self._stop()
        try:
            yield
        finally:
            await self._start()


@contextmanager
def running_in_thread(telegram: FakeTelegram | None = None) -> Iterator[FakeTelegram]:
    """Serve from a thread of its own, for tests that are not asynchronous."""
    server = FakeTelegram() if telegram is None else telegram
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server) as running:
        yield running


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--token", default=TOKEN)
    options = parser.parse_args()

    def note(change: Change) -> None:
        with options.log.open("a") as log:
            log.write(json.dumps({"what": change.what, **asdict(change.message)}) + "\n")

    async def serve() -> None:
        async with FakeTelegram(token=options.token, port=options.port, on_change=note) as telegram:
            print(telegram.base_url, flush=True)  # noqa: T201  whoever started it waits for this line
            await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
