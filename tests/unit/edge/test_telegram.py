"""What each answer of Telegram means, against a Bot API server on loopback."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.edge.telegram import USUAL_WAIT, TelegramChannel, TelegramNotify, close_bot, make_bot, takes_link
from bot.edge.telegram_check import examine, send_test
from bot.errors import (
    AnswerLostError,
    ChannelBusyError,
    ChannelClosedError,
    ChannelMovedError,
    DeliveryError,
    NotSentError,
    PostRefusedError,
)
from bot.model import CARDS, EventId, Message, Post, PostId, PostKind, Receipt, Span, Style
from bot.ports import Notify
from bot.talk import Button, Keyboard
from tests.fakes import telegram_faults as faults
from tests.fakes.telegram import ADMIN, CHANNEL, CHANNEL_NAME, TOKEN, FakeTelegram
from tests.fakes.telegram_chats import Chat, ShownMessage
from tests.fakes.telegram_entities import formatted
from tests.fakes.telegram_faults import Fault

CARD = Post(channel="news", event=EventId(1), kind=PostKind.CARD, message=Message(text="hi"))
EDIT = Post(channel="news", event=EventId(1), kind=PostKind.EDIT, message=Message(text="ho"), target=1)


@asynccontextmanager
async def a_bot(telegram: FakeTelegram, token: str = TOKEN, patience: float = 10.0) -> AsyncIterator[Bot]:
    bot = make_bot(token, base_url=telegram.base_url, timeout=timedelta(seconds=patience))
    try:
        yield bot
    finally:
        await close_bot(bot)


def with_bot(
    test: Callable[[Bot], Awaitable[None]],
    telegram: FakeTelegram | None = None,
    *,
    token: str = TOKEN,
    patience: float = 10.0,
) -> FakeTelegram:
    server = telegram or FakeTelegram()

    async def run() -> None:
        async with server, a_bot(server, token, patience) as bot:
            await test(bot)

    asyncio.run(run())
    return server


def failure(
    post: Post,
    telegram: FakeTelegram,
    *,
    chat: str | int = CHANNEL,
    token: str = TOKEN,
    patience: float = 10.0,
) -> DeliveryError:
    """Send a post that must fail and return the error, which must not show the token."""
    failures: list[DeliveryError] = []

    async def test(bot: Bot) -> None:
        with pytest.raises(DeliveryError) as caught:
            await TelegramChannel("news", chat, bot).send(post)
        failures.append(caught.value)

    with_bot(test, telegram, token=token, patience=patience)
    assert_silent_about(token, failures[0])
    return failures[0]


def assert_silent_about(token: str, error: DeliveryError) -> None:
    written = "".join(traceback.format_exception(error))
    assert token not in f"{error} {error!r} {written}"
    assert "\n" not in str(error)


# ------------------------------------------------------------------------- what each answer means

#: fault → (what it means, how often the post is shown)
OUTCOMES: dict[str, tuple[Fault, type[DeliveryError], int]] = {
    "flood limit": (faults.flood(7), ChannelBusyError, 0),
    "flood limit of no seconds": (faults.flood(0), ChannelBusyError, 0),
    "flood limit without a time": (faults.refused(429, "Too Many Requests: slow down"), ChannelBusyError, 0),
    "flood limit as a page": (faults.page(429), ChannelBusyError, 0),
    "flood limit without a body": (faults.no_body(429), ChannelBusyError, 0),
    "text Telegram cannot take": (
        faults.refused(400, "Bad Request: message is too long"),
        PostRefusedError,
        0,
    ),
    "unknown chat": (faults.refused(400, "Bad Request: chat not found"), ChannelClosedError, 0),
    "no right to post": (
        faults.refused(400, "Bad Request: need administrator rights in the channel chat"),
        ChannelClosedError,
        0,
    ),
    "no right to write text": (
        faults.refused(400, "Bad Request: not enough rights to send text messages to the chat"),
        ChannelClosedError,
        0,
    ),
    "writing forbidden": (faults.refused(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), ChannelClosedError, 0),
    "kicked": (
        faults.refused(403, "Forbidden: bot was kicked from the channel chat"),
        ChannelClosedError,
        0,
    ),
    "token revoked": (faults.refused(401, "Unauthorized"), ChannelClosedError, 0),
    "no such address": (faults.refused(404, "Not Found"), ChannelClosedError, 0),
    "group migrated": (faults.migrated(-100777), ChannelMovedError, 0),
    "internal error": (faults.refused(500, "Internal Server Error"), AnswerLostError, 0),
    "bad gateway, not delivered": (faults.page(502), AnswerLostError, 0),
    "bad gateway, delivered": (faults.page(502).after_delivery(), AnswerLostError, 1),
    "gateway answers JSON that is no object": (
        Fault(ending=faults.Answer(status=502, body=b"null")),
        AnswerLostError,
        0,
    ),
    "reset, not delivered": (faults.RESET, AnswerLostError, 0),
    "reset, delivered": (faults.RESET.after_delivery(), AnswerLostError, 1),
    "half an answer": (faults.HALF, AnswerLostError, 1),
    "success that is no JSON": (faults.NOT_JSON, AnswerLostError, 1),
    "success without a result": (faults.NO_RESULT, AnswerLostError, 1),
    "an error that quotes the token": (faults.refused(400, f"Bad Request: /bot{TOKEN}"), PostRefusedError, 0),
}


@pytest.mark.parametrize(("fault", "meaning", "shown"), OUTCOMES.values(), ids=OUTCOMES)
def test_an_outcome_says_what_may_be_done(fault: Fault, meaning: type[DeliveryError], shown: int) -> None:
    telegram = FakeTelegram()
    telegram.faults.add(fault)

    error = failure(CARD, telegram)

    assert type(error) is meaning
    assert len(telegram.messages()) == shown
    assert len(telegram.requests) == 1


@pytest.mark.parametrize("delivered", [False, True])
def test_no_answer_in_time_leaves_it_open_whether_the_post_was_shown(*, delivered: bool) -> None:
    telegram = FakeTelegram()
    telegram.faults.add(faults.HANG.after_delivery() if delivered else faults.HANG)

    error = failure(CARD, telegram, patience=0.2)

    assert type(error) is AnswerLostError
    assert len(telegram.messages()) == delivered


def test_an_answer_that_never_ends_is_given_up_whatever_the_client_waits_for() -> None:
    telegram = FakeTelegram()
    telegram.faults.add(faults.HANG)
    failures: list[DeliveryError] = []

    async def test(bot: Bot) -> None:
        channel = TelegramChannel("news", CHANNEL, bot, longest=timedelta(seconds=0.2))
        with pytest.raises(AnswerLostError) as caught:
            await channel.send(CARD)
        failures.append(caught.value)

    with_bot(test, telegram, patience=30.0)
    assert "longer than" in str(failures[0])


def test_a_refused_connection_was_never_sent() -> None:
    async def run() -> None:
        telegram = FakeTelegram()
        async with telegram, a_bot(telegram) as bot:
            channel = TelegramChannel("news", CHANNEL, bot)
            async with telegram.refusing():
                with pytest.raises(NotSentError) as caught:
                    await channel.send(CARD)
            assert_silent_about(TOKEN, caught.value)
            assert await channel.send(CARD) == Receipt(message_id=1)

    asyncio.run(run())


TRANSPORT = {
    "no connection": (httpx.ConnectError, NotSentError),
    "no connection in time": (httpx.ConnectTimeout, NotSentError),
    "no free connection": (httpx.PoolTimeout, NotSentError),
    "proxy refuses": (httpx.ProxyError, NotSentError),
    "not written in time": (httpx.WriteTimeout, AnswerLostError),
    "broken while writing": (httpx.WriteError, AnswerLostError),
    "not read in time": (httpx.ReadTimeout, AnswerLostError),
    "broken while reading": (httpx.ReadError, AnswerLostError),
    "broken HTTP": (httpx.RemoteProtocolError, AnswerLostError),
}


@pytest.mark.parametrize(("cause", "meaning"), TRANSPORT.values(), ids=TRANSPORT)
def test_it_counts_how_far_the_request_came(
    cause: Callable[[str], httpx.TransportError], meaning: type[DeliveryError]
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise cause(str(request.url))  # as if the message quoted the address

    async def run() -> None:
        request = HTTPXRequest(httpx_kwargs={"transport": httpx.MockTransport(fail)})
        with pytest.raises(DeliveryError) as caught:
            await TelegramChannel("news", CHANNEL, Bot(TOKEN, request=request)).send(CARD)
        assert type(caught.value) is meaning
        assert_silent_about(TOKEN, caught.value)

    asyncio.run(run())


WAITS = {
    "the time it names": (faults.flood(7), timedelta(seconds=7)),
    "a usual time if it names zero": (faults.flood(0), USUAL_WAIT),
    "a usual time if it names none": (faults.no_body(429), USUAL_WAIT),
}


@pytest.mark.parametrize(("fault", "wait"), WAITS.values(), ids=WAITS)
def test_a_busy_channel_is_left_alone_for(fault: Fault, wait: timedelta) -> None:
    telegram = FakeTelegram()
    telegram.faults.add(fault)

    error = failure(CARD, telegram)

    assert isinstance(error, ChannelBusyError)
    assert error.retry_after == wait


def test_a_real_flood_limit_names_its_time() -> None:
    telegram = FakeTelegram(per_minute=1)
    telegram.chats.clock = lambda: 0.0

    async def test(bot: Bot) -> None:
        channel = TelegramChannel("news", CHANNEL, bot)
        await channel.send(CARD)
        with pytest.raises(ChannelBusyError) as caught:
            await channel.send(EDIT)
        assert caught.value.retry_after == timedelta(seconds=60)

    with_bot(test, telegram)


def test_a_wrong_token_closes_the_channel_and_says_where_to_get_one() -> None:
    error = failure(CARD, FakeTelegram(), token="123456:another-token-that-opens-nothing")

    assert isinstance(error, ChannelClosedError)
    assert "@BotFather" in str(error)


def test_of_a_group_that_moved_both_numbers_are_told() -> None:
    telegram = FakeTelegram(chats=[Chat(id=-5, type="group", status="member", migrated_to=-100777)])

    error = failure(CARD, telegram, chat=-5)

    assert isinstance(error, ChannelMovedError)
    assert (error.before, error.after) == ("-5", "-100777")
    assert "-100777" in str(error)


def test_text_that_cannot_be_encoded_is_refused_for_good() -> None:
    post = Post(channel="news", event=EventId(1), kind=PostKind.CARD, message=Message(text="a\ud83d"))

    assert type(failure(post, FakeTelegram())) is PostRefusedError


def test_an_edit_whose_answer_is_lost_may_be_repeated() -> None:
    telegram = FakeTelegram()
    telegram.faults.add(faults.page(502).after_delivery(), method="editMessageText")

    async def test(bot: Bot) -> None:
        channel = TelegramChannel("news", CHANNEL, bot)
        await channel.send(CARD)
        with pytest.raises(AnswerLostError):
            await channel.send(EDIT)
        assert await channel.send(EDIT) == Receipt(message_id=1)

    with_bot(test, telegram)
    assert [(message.text, message.edits) for message in telegram.messages()] == [("ho", 1)]


# ---------------------------------------------------------------------------------- what is sent


def test_a_post_arrives_with_its_styles_and_without_a_preview() -> None:
    spans = (
        Span(style=Style.BOLD, offset=3, length=4),
        Span(style=Style.ITALIC, offset=8, length=1),
        Span(style=Style.STRIKE, offset=10, length=1),
        Span(style=Style.LINK, offset=12, length=1, url="https://a.test/x"),
    )
    message = Message(text="😀 bold i s l <b>", spans=spans, silent=True)

    async def test(bot: Bot) -> None:
        channel = TelegramChannel("news", CHANNEL, bot)
        await channel.send(Post(channel="news", event=EventId(1), kind=PostKind.CARD, message=message))
        await channel.send(
            Post(channel="news", event=EventId(1), kind=PostKind.REPLY, message=CARD.message, target=1)
        )

    telegram = with_bot(test)
    card, reply = telegram.messages()

    assert (card.text, card.silent, card.preview) == (message.text, True, False)
    assert list(card.entities) == [
        {"type": "bold", "offset": 3, "length": 4},
        {"type": "italic", "offset": 8, "length": 1},
        {"type": "strikethrough", "offset": 10, "length": 1},
        {"type": "text_link", "offset": 12, "length": 1, "url": "https://a.test/x"},
    ]
    assert (reply.reply_to, reply.silent) == (1, False)
    assert all("parse_mode" not in request.query for request in telegram.requests)


def why(post: Post) -> Keyboard:
    return ((Button(label="Why", data=f"why:{post.card or post.id}"),),)


def callbacks(message: ShownMessage) -> list[str]:
    return [button["callback_data"] for row in message.keyboard for button in row]


@pytest.mark.parametrize("kind", sorted(CARDS))
def test_a_card_carries_buttons_and_keeps_them_when_it_is_edited(kind: PostKind) -> None:
    card = replace(CARD, kind=kind, id=PostId(7))
    edit = replace(EDIT, id=PostId(8), card=PostId(7))

    async def test(bot: Bot) -> None:
        channel = TelegramChannel("news", CHANNEL, bot, buttons=why)
        await channel.send(card)
        await channel.send(edit)

    telegram = with_bot(test)

    assert [(change.what, callbacks(change.message)) for change in telegram.log] == [
        ("send", ["why:7"]),
        ("edit", ["why:7"]),
    ]


def test_an_edit_without_buttons_takes_them_away_and_one_with_them_brings_them() -> None:
    async def test(bot: Bot) -> None:
        bare, dressed = (TelegramChannel("news", CHANNEL, bot, buttons=buttons) for buttons in (None, why))
        await dressed.send(replace(CARD, id=PostId(7)))
        await bare.send(EDIT)
        await dressed.send(replace(EDIT, card=PostId(7)))

    telegram = with_bot(test)

    assert [callbacks(change.message) for change in telegram.log] == [["why:7"], [], ["why:7"]]


@pytest.mark.parametrize("kind", [PostKind.REPLY, PostKind.RING])
def test_what_answers_a_card_carries_no_buttons(kind: PostKind) -> None:
    async def test(bot: Bot) -> None:
        channel = TelegramChannel("news", CHANNEL, bot, buttons=why)
        await channel.send(replace(CARD, kind=kind, id=PostId(9), card=PostId(7)))

    (shown,) = with_bot(test).messages()
    assert shown.keyboard == ()


LINKS = {
    "https": ("https://a.test/x?y#z", True),
    "a port": ("http://127.0.0.1:8000/x", True),
    "letters of other scripts": ("https://пример.рф/новость", True),
    "a space in the path": ("https://a.test/x y", True),
    "a host without a dot": ("http://localhost/x", False),
    "a port that cannot be": ("http://a.test:99999/", False),
    "a space in the host": ("http://a b.test/", False),
    "a user name": ("http://u@a.test/", False),
    "half of a character": ("https://a.test/\ud83d", False),
    "a script": ("javascript:x", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("url", "taken"), LINKS.values(), ids=LINKS)
def test_a_link_telegram_would_refuse_does_not_cost_the_post(url: str, *, taken: bool) -> None:
    message = Message(text="hi", spans=(Span(style=Style.LINK, offset=0, length=2, url=url),))

    async def test(bot: Bot) -> None:
        post = Post(channel="news", event=EventId(1), kind=PostKind.CARD, message=message)
        await TelegramChannel("news", CHANNEL, bot).send(post)

    (shown,) = with_bot(test).messages()
    assert shown.text == "hi"
    assert bool(shown.entities) == taken


@given(
    host=st.text("abcdefABC.-_%2f:@[]é😀 \n/?#'\\", max_size=12) | st.text(max_size=8),
    rest=st.text("/?#:%é\ud800 a", max_size=6) | st.text(max_size=6),
)
def test_telegram_takes_every_link_that_is_sent(host: str, rest: str) -> None:
    url = f"https://{host}{rest}"

    sent = [{"type": "text_link", "offset": 0, "length": 2, "url": url}] if takes_link(url) else []

    _, entities = formatted("hi", entities=sent)

    assert len(entities) == len(sent)


# ------------------------------------------------------------------------------------- the check

FINDINGS: dict[str, tuple[Chat, bool, str]] = {
    "a channel it may post to": (Chat(id=CHANNEL), True, "may post"),
    "a channel where it may only edit": (Chat(id=CHANNEL, can_post=False), False, '"post messages"'),
    "a channel it only reads": (Chat(id=CHANNEL, status="member"), False, "add it as one"),
    "a channel it was kicked from": (
        Chat(id=CHANNEL, status="kicked"),
        False,
        "add the bot to the chat again",
    ),
    "a public channel it never joined": (
        Chat(id=CHANNEL, username="newswatch", status="left"),
        False,
        "add it as one",
    ),
    "a group": (Chat(id=CHANNEL, type="supergroup", status="member"), True, "may post"),
    "a public group it left": (
        Chat(id=CHANNEL, type="supergroup", username="newswatch", status="left"),
        False,
        "not in the group",
    ),
    "a person": (Chat(id=CHANNEL, type="private", title="Ada"), True, "may post"),
    "another chat": (Chat(id=CHANNEL + 1), False, "check the id"),
}


@pytest.mark.parametrize(("chat", "ok", "advice"), FINDINGS.values(), ids=FINDINGS)
def test_the_check_says_whether_posts_can_be_sent_and_what_to_do(
    chat: Chat, advice: str, *, ok: bool
) -> None:
    async def test(bot: Bot) -> None:
        report = await examine(bot, CHANNEL)
        assert report.ok is ok
        assert report.lines[0] == "the bot is @wire_test_bot"
        assert advice in report.lines[-1]

    telegram = with_bot(test, FakeTelegram(chats=[chat]))
    assert telegram.log == []


def test_the_check_names_the_chat_and_its_id() -> None:
    async def test(bot: Bot) -> None:
        report = await examine(bot, CHANNEL_NAME)
        assert report.lines[1] == f'@newswatch is the channel "News watch", id {CHANNEL}'

    assert len(with_bot(test).requests) == 3


def test_the_check_of_a_wrong_token_says_where_to_get_one() -> None:
    async def test(bot: Bot) -> None:
        report = await examine(bot, CHANNEL)
        assert not report.ok
        (line,) = report.lines
        assert "@BotFather" in line
        assert "another-token" not in line

    with_bot(test, token="123456:another-token-that-opens-nothing")


def test_the_test_message_is_silent() -> None:
    async def test(bot: Bot) -> None:
        assert await send_test(bot, CHANNEL) == Receipt(message_id=1)

    assert [message.silent for message in with_bot(test).messages()] == [True]


# ------------------------------------------------------------------------------------- notices


def test_a_notice_reaches_the_administrators_in_one_message() -> None:
    async def test(bot: Bot) -> None:
        notify: Notify = TelegramNotify(bot, ADMIN)
        await notify("x" * 5000)

    assert [message.text for message in with_bot(test).messages(ADMIN)] == ["x" * 4096]


def test_a_notice_that_is_not_taken_is_logged_and_nothing_more(caplog: pytest.LogCaptureFixture) -> None:
    telegram = FakeTelegram()
    telegram.faults.add(faults.refused(403, "Forbidden: bot was blocked by the user"))

    async def test(bot: Bot) -> None:
        await TelegramNotify(bot, ADMIN)("disk is full")

    with caplog.at_level(logging.WARNING, "storywire.notify"):
        with_bot(test, telegram)

    (record,) = caplog.records
    assert record.getMessage() == "notice not delivered"
    assert "blocked by the user" in json.dumps(record.__dict__, default=str)
