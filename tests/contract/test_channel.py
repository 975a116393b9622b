"""What every channel promises, whether it is Telegram, a terminal or a fake."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

import pytest
from rich.console import Console

from bot.edge.apprise import AppriseChannel
from bot.edge.clock import SystemClock
from bot.edge.console import ConsoleChannel
from bot.edge.jsonlines import JsonLinesChannel
from bot.edge.telegram import TelegramChannel, close_bot, make_bot
from bot.edge.webhook import WebhookChannel
from bot.errors import PostRefusedError
from bot.model import EventId, Message, Post, PostId, PostKind, Receipt, Span, Style
from bot.ports import Channel
from tests.fakes.channel import FakeChannel
from tests.fakes.receiver import SECRET, Call, Receiver
from tests.fakes.telegram import CHANNEL, TOKEN, FakeTelegram


@dataclass(frozen=True, slots=True)
class Place:
    """A channel and a look at what its readers see: texts by number."""

    channel: Channel
    shown: Callable[[], dict[int, str]]


@asynccontextmanager
async def on_telegram() -> AsyncIterator[Place]:
    async with FakeTelegram() as telegram:
        bot = make_bot(TOKEN, base_url=telegram.base_url)
        try:
            yield Place(
                TelegramChannel("news", CHANNEL, bot),
                lambda: {message.id: message.text for message in telegram.messages()},
            )
        finally:
            await close_bot(bot)


@asynccontextmanager
async def on_console() -> AsyncIterator[Place]:
    channel = ConsoleChannel("news", Console(file=io.StringIO()))
    yield Place(channel, lambda: {n: shown.message.text for n, shown in channel.messages.items()})


@asynccontextmanager
async def on_a_fake() -> AsyncIterator[Place]:
    channel = FakeChannel("news")
    yield Place(channel, lambda: {number: message.text for number, message in channel.messages.items()})


@asynccontextmanager
async def at_a_receiver() -> AsyncIterator[Place]:
    async with Receiver() as receiver:
        yield Place(WebhookChannel("news", receiver.url, SECRET, clock=SystemClock()), lambda: receiver.shown)


@asynccontextmanager
async def in_lines() -> AsyncIterator[Place]:
    stream = io.StringIO()

    def shown() -> dict[int, str]:
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        return {line["message_id"]: line["text"] for line in lines}

    yield Place(JsonLinesChannel("news", stream), shown)


class Service(Receiver):
    """A service behind Apprise: it tells nobody under which number it shows a message."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def take(self, call: Call) -> None:
        self.texts.append(call.told["message"])


class Noting:
    """A channel that notes its receipts."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.name = channel.name
        self.numbers: list[int] = []

    async def send(self, post: Post) -> Receipt:
        receipt = await self._channel.send(post)
        self.numbers.append(receipt.message_id)
        return receipt


@asynccontextmanager
async def through_apprise() -> AsyncIterator[Place]:
    async with Service() as service:
        channel = Noting(AppriseChannel("news", [f"json://127.0.0.1:{service.port}/"]))
        yield Place(channel, lambda: dict(zip(channel.numbers, service.texts, strict=True)))


Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[Place]]
CHANNELS = {
    "Telegram": on_telegram,
    "the console": on_console,
    "the fake": on_a_fake,
    "a webhook": at_a_receiver,
    "lines of JSON": in_lines,
}
#: Those that cannot change what they were sent.
FINAL_CHANNELS = {"Apprise": through_apprise}
ALL_CHANNELS = {**CHANNELS, **FINAL_CHANNELS}
every_channel = pytest.mark.parametrize("opening", ALL_CHANNELS.values(), ids=ALL_CHANNELS)
every_changing_channel = pytest.mark.parametrize("opening", CHANNELS.values(), ids=CHANNELS)
every_final_channel = pytest.mark.parametrize("opening", FINAL_CHANNELS.values(), ids=FINAL_CHANNELS)

_numbers = count(1)


def a_post(text: str, kind: PostKind = PostKind.CARD, target: int | None = None, *spans: Span) -> Post:
    """Make a post with a number of its own, as the archive does."""
    message, number = Message(text=text, spans=spans), PostId(next(_numbers))
    return Post(channel="news", event=EventId(1), kind=kind, message=message, id=number, target=target)


def on(opening: Opening, test: Callable[[Place], Awaitable[None]]) -> None:
    async def run() -> None:
        async with opening() as place:
            await test(place)

    asyncio.run(run())


@every_channel
def test_a_channel_has_the_name_stories_use(opening: Opening) -> None:
    async def test(place: Place) -> None:
        assert place.channel.name == "news"

    on(opening, test)


@every_channel
def test_cards_are_shown_under_numbers_that_rise(opening: Opening) -> None:
    async def test(place: Place) -> None:
        receipts = [await place.channel.send(a_post(text)) for text in ("one", "two")]
        numbers = [receipt.message_id for receipt in receipts]

        assert numbers == sorted(set(numbers))
        assert place.shown() == dict(zip(numbers, ("one", "two"), strict=True))

    on(opening, test)


@every_channel
def test_a_reply_is_a_message_of_its_own(opening: Opening) -> None:
    async def test(place: Place) -> None:
        card = await place.channel.send(a_post("card"))
        reply = await place.channel.send(a_post("reply", PostKind.REPLY, card.message_id))

        assert place.shown() == {card.message_id: "card", reply.message_id: "reply"}

    on(opening, test)


@every_channel
def test_a_reply_is_shown_even_if_its_card_is_gone(opening: Opening) -> None:
    async def test(place: Place) -> None:
        reply = await place.channel.send(a_post("reply", PostKind.REPLY, 404))

        assert place.shown() == {reply.message_id: "reply"}

    on(opening, test)


@every_changing_channel
def test_an_edit_changes_the_card_in_place(opening: Opening) -> None:
    async def test(place: Place) -> None:
        card = await place.channel.send(a_post("before"))
        edit = await place.channel.send(a_post("after", PostKind.EDIT, card.message_id))

        assert edit == card
        assert place.shown() == {card.message_id: "after"}

    on(opening, test)


@every_changing_channel
def test_an_edit_may_be_repeated(opening: Opening) -> None:
    async def test(place: Place) -> None:
        card = await place.channel.send(a_post("before"))
        edit = a_post("after", PostKind.EDIT, card.message_id)

        assert await place.channel.send(edit) == await place.channel.send(edit) == card
        assert place.shown() == {card.message_id: "after"}

    on(opening, test)


@every_final_channel
def test_where_nothing_can_be_changed_an_edit_is_refused_and_other_posts_pass(opening: Opening) -> None:
    async def test(place: Place) -> None:
        card = await place.channel.send(a_post("before"))
        with pytest.raises(PostRefusedError, match="cannot change"):
            await place.channel.send(a_post("after", PostKind.EDIT, card.message_id))
        await place.channel.send(a_post("next"))

        assert list(place.shown().values()) == ["before", "next"]

    on(opening, test)


@every_channel
def test_an_edit_of_nothing_is_refused_and_other_posts_pass(opening: Opening) -> None:
    async def test(place: Place) -> None:
        with pytest.raises(PostRefusedError):
            await place.channel.send(a_post("after", PostKind.EDIT, None))
        await place.channel.send(a_post("card"))

        assert list(place.shown().values()) == ["card"]

    on(opening, test)


@every_channel
def test_text_that_looks_like_mark_up_arrives_as_it_is(opening: Opening) -> None:
    text = "<b>x</b> &amp; **y** [z](http://a.test) [bold]w[/bold] :smile: 😀 _v_"
    spans = (
        Span(style=Style.BOLD, offset=0, length=3),
        Span(style=Style.LINK, offset=4, length=4, url="javascript:x"),
    )

    async def test(place: Place) -> None:
        await place.channel.send(a_post(text, PostKind.CARD, None, *spans))

        assert list(place.shown().values()) == [text]

    on(opening, test)
