"""The real program in conversation: Telegram, the feeds' servers and the clock are the test's, the rest runs.

What people do is a plain call that returns once the program is done with it: Telegram then has nothing left
to hand out. One event loop serves all steps, so that no test waits for time to pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from bot.app import Assembled, Running, assembled, running
from bot.ports import Archive
from config.settings import Settings, load_settings
from tests.fakes.feedserver import FeedServer
from tests.fakes.misbehaving import Item, rss
from tests.fakes.misbehaving import an_item as dated_item
from tests.fakes.telegram import ADMIN, CHANNEL, TOKEN, FakeTelegram, usual_chats
from tests.fakes.telegram_chats import Change, Chat, ShownMessage
from tests.fakes.telegram_entities import Json
from tests.fakes.telegram_files import File
from tests.walk.world import LATER, FakeClock

T = TypeVar("T")

__all__ = ["ADMIN", "CHANNEL"]

#: Another administrator, a reader, and somebody who was never there.
SECOND, READER, STRANGER = 4245, 4343, 4444
GROUP = -1001000000003
#: People type more slowly than programs, and are held to that.
A_BREATH = timedelta(seconds=6)
OUTLETS = ("Wire", "Post", "Ledger")

FILE = """
[telegram]
channel = "@newswatch"
admin_chat = -1001000000003
admins = [4242, 4245]
api_url = "{telegram}"

[database]
url = "sqlite:///{database}"

[poll]
allow_networks = ["127.0.0.0/8"]
slowest = "10m"

[subscriptions]
enabled = true
per_person = 2
keywords = 3
people = 2

[[story]]
name = "dams"
title = "Dams"
query = "dam*"
"""
_FEED = """
[[feed]]
name = "{name}"
url = "{url}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What came of one thing that somebody did."""

    #: Sends and edits, in all chats.
    changes: Sequence[Change]
    #: What was shown over the chat after a press; None: the button still turns.
    toast: str | None = None

    @property
    def messages(self) -> list[ShownMessage]:
        return [change.message for change in self.changes]

    @property
    def text(self) -> str:
        """All that was said to the person, message after message."""
        return "\n\n".join(message.text for message in self.messages)

    @property
    def last(self) -> ShownMessage:
        return self.messages[-1]

    @property
    def labels(self) -> list[str]:
        """The buttons of the last message."""
        return labels(self.last)


def labels(message: ShownMessage) -> list[str]:
    return [str(button["text"]) for row in message.keyboard for button in row]


def an_item(title: str, talk: Conversation, outlet: str = "Wire", text: str | None = None) -> Item:
    """Give an item that an outlet publishes now."""
    item = dated_item(title, at=talk.clock.now(), site=f"{outlet.lower()}.example")
    return replace(item, text=text)


def link_of(title: str, outlet: str = "Wire") -> str:
    return f"https://{outlet.lower()}.example/{title.replace(' ', '-').lower()}"


@dataclass(slots=True, kw_only=True)
class Conversation:
    """A program and all that it speaks to; `restart` ends it and starts another on the same archive."""

    directory: Path
    runner: asyncio.Runner
    file: str = FILE
    clock: FakeClock = field(default_factory=FakeClock)
    telegram: FakeTelegram = field(init=False)
    feeds: FeedServer = field(init=False)
    program: Assembled = field(init=False)
    parts: Running = field(init=False)
    #: What each outlet lists, the newest first.
    listed: dict[str, list[Item]] = field(default_factory=dict)
    _servers: AsyncExitStack = field(default_factory=AsyncExitStack)
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    # ------------------------------------------------------------------------------- start and end

    def __enter__(self) -> Self:
        self.run(self._serve())
        self.start()
        self.polls()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self.run(self._servers.aclose())

    async def _serve(self) -> None:
        people = [
            Chat(id=who, type="private", title=name, status="member")
            for who, name in ((SECOND, "Ben"), (READER, "Rada"), (STRANGER, "Sten"))
        ]
        group = Chat(id=GROUP, type="supergroup", title="Desk", status="member")
        telegram = FakeTelegram(chats=[*usual_chats(), *people, group])
        telegram.chats.now = lambda: self.clock.now().timestamp()
        self.telegram = await self._servers.enter_async_context(telegram)
        self.feeds = await self._servers.enter_async_context(FeedServer())
        for outlet in OUTLETS:
            self.listed[outlet] = [an_item("Weather stays dry", self, outlet)]
            self.feeds.publish(path(outlet), rss(*self.listed[outlet]))
        self.write(self.file)

    def write(self, text: str) -> None:
        """Write the configuration."""
        whole = text.format(
            telegram=f"http://127.0.0.1:{self.telegram.port}", database=self.directory / "archive.db"
        )
        for outlet in OUTLETS:
            whole += _FEED.format(name=outlet, url=self.feeds.url(path(outlet)))
        (self.directory / "storywire.toml").write_text(whole, encoding="utf-8")

    def read(self) -> Settings:
        """Read the configuration, as the program does."""
        return load_settings(self.directory / "storywire.toml", {"TELEGRAM_BOT_TOKEN": TOKEN})

    def start(self) -> None:
        self.run(self._start())

    async def _start(self) -> None:
        enter = self._running.enter_async_context
        self.program = await enter(assembled(self.read(), clock=self.clock))
        self.parts = await enter(running(self.program, concurrency=10, read=self.read))
        await self.telegram.polling()

    def stop(self) -> None:
        self.run(self._running.aclose())

    def restart(self) -> None:
        """End the program and begin as a new process would."""
        self.stop()
        self.start()

    # ------------------------------------------------------------------------------- what people do

    def says(
        self, text: str, *, by: int = ADMIN, chat: int | None = None, reply_to: int | None = None
    ) -> Answers:
        """Let a person write something, usually to the bot alone."""
        return self._after(self.telegram.say(text, chat=chat or by, user=by, reply_to=reply_to))

    def attaches(self, name: str, content: bytes | str, *, by: int = ADMIN) -> Answers:
        """Let a person send a file."""
        data = content.encode() if isinstance(content, str) else content
        return self._after(self.telegram.attach(File(data=data, name=name), chat=by, user=by))

    def presses(self, label: str, on: ShownMessage, *, by: int = ADMIN) -> Answers:
        """Let a person press the button of a message that is called so."""
        shown = self.shown(on)
        data = [
            str(button["callback_data"])
            for row in shown.keyboard
            for button in row
            if button["text"] == label
        ]
        assert len(data) == 1, f"no single button {label!r}, but {labels(shown)}"
        self.wait(A_BREATH)
        since = len(self.telegram.log)
        number = self.run(self._pressed(on, data[0], by))
        answer = self.telegram.commands.answers.get(number)
        return Answers(changes=self.telegram.log[since:], toast=None if answer is None else answer.text)

    async def _pressed(self, on: ShownMessage, data: str, by: int) -> str:
        number = await self.telegram.press(on.id, data, chat=on.chat, user=by)
        await self.telegram.taken()
        return number

    def happens(self, **update: Json) -> Answers:
        """Let anything happen."""
        return self._after(self.telegram.inject(**update))

    def written(self, text: str, *, by: int = ADMIN, chat: int | None = None) -> Json:
        """Return a message as an update would tell of it, so that a test can make it odd."""
        return self.telegram.people.write(self.telegram.chats.chats[chat or by], by, text)

    def again(self, number: int, **update: Json) -> Answers:
        """Let Telegram hand out an update that it handed out before."""
        self.telegram.updates.begin_after(number - 1)
        return self.happens(**update)

    def forwards(self, post: ShownMessage, *, to: int = ADMIN) -> int:
        """Let a person forward a post into another chat; return its number there."""
        copy = replace(post, id=0, chat=to, author=to, forwarded=(post.chat, post.id), keyboard=())
        copy = replace(copy, id=self.telegram.chats.next_number(self.telegram.chats.chats[to]))
        self.telegram.chats.show(copy)
        return copy.id

    def _after(self, deed: Coroutine[Any, Any, int]) -> Answers:
        self.wait(A_BREATH)
        since = len(self.telegram.log)
        self.run(self._taken(deed))
        return Answers(changes=self.telegram.log[since:])

    async def _taken(self, deed: Coroutine[Any, Any, int]) -> None:
        await deed
        await self.telegram.taken()

    # ------------------------------------------------------------------------------- what happens

    def wait(self, time: timedelta = LATER) -> None:
        """Let time pass, and nothing else."""
        self.clock.time += time

    def configures(self, text: str) -> None:
        """Change the file, and let the program look at it."""
        self.write(text)
        self.run(self._reread())

    async def _reread(self) -> None:
        assert self.parts.reloading is not None
        self.parts.reloading.ask()
        await self.parts.reloading.look()

    def blocks(self, by: int) -> None:
        """Let a person block the bot."""
        self._after(self.telegram.standing(by, status="kicked", by=by))

    def hears(self, title: str, outlet: str = "Wire", text: str | None = None) -> list[ShownMessage]:
        """Let an outlet publish something, poll all feeds that are due, and return what the channel gets."""
        self.listed[outlet].insert(0, an_item(title, self, outlet, text))
        self.feeds.publish(path(outlet), rss(*self.listed[outlet]))
        return [it.message for it in self.polls() if it.message.chat == CHANNEL]

    def polls(self, *, after: timedelta = LATER) -> Sequence[Change]:
        """Let time pass, poll what is due, deliver what may go out; return what Telegram got."""
        since = len(self.telegram.log)
        self.wait(after)
        self.run(self._polls())
        return self.telegram.log[since:]

    async def _polls(self) -> None:
        await self.parts.service.round()
        await self.parts.service.tick()
        await self.parts.service.review()
        await self.parts.service.delivered()

    # ------------------------------------------------------------------------------- what can be seen

    @property
    def archive(self) -> Archive:
        return self.program.world.archive

    @property
    def settings(self) -> Settings:
        """Return the configuration in effect."""
        assert self.parts.reloading is not None
        return self.parts.reloading.settings

    def shown(self, message: ShownMessage) -> ShownMessage:
        """Return a message as it stands now."""
        return next(it for it in self.telegram.messages(message.chat) if it.id == message.id)

    def posts(self, chat: int = CHANNEL) -> list[ShownMessage]:
        """Return what readers of a chat see of the bot."""
        return [message for message in self.telegram.messages(chat) if message.author is None]

    def choices(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """Return what was chosen by command."""
        return {(it.kind, it.name): it.value for it in self.run(self.archive.choices())}

    def deeds(self) -> list[str]:
        """Return who did what, the latest first."""
        deeds = self.run(self.archive.deeds(1_000))
        return [f"{deed.person}: {deed.said} → {deed.outcome}" for deed in deeds]


def path(outlet: str) -> str:
    return f"/{outlet.lower()}.xml"
