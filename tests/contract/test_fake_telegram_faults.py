"""What can go wrong on the way to the fake Telegram, by order and by chance, and what a bot makes of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import aiohttp
import pytest

from bot.edge.telegram import TelegramChannel, close_bot, make_bot
from bot.errors import DeliveryError
from bot.model import EventId, Message, Post, PostKind
from tests.contract.telegram_calls import Call, as_task, talking
from tests.fakes import telegram_faults as faults
from tests.fakes.telegram import ADMIN, CHANNEL, TOKEN, FakeTelegram
from tests.fakes.telegram_faults import KINDS, PASSING, REFUSING, VANISH, Answer, Ending, Fault
from tests.fakes.telegram_rates import HastyCall

CARD = Post(channel="news", event=EventId(1), kind=PostKind.CARD, message=Message(text="hi"))
SILENT = frozenset({Ending.HANG, Ending.STALL})
#: Those that end by themselves.
LOUD = {name: fault for name, fault in KINDS.items() if fault.ending not in SILENT}


# --------------------------------------------------------------------------------------------- by order


def flooded(words: str, wait: str) -> bytes:
    said = f'"description": "Too Many Requests: retry after {words}", "parameters": {{"retry_after": {wait}}}'
    return f'{{"ok": false, "error_code": 429, {said}}}'.encode()


RAW: dict[str, tuple[Fault, int, bytes, str | None]] = {
    "a flood limit": (faults.flood(7), 429, flooded("7", "7"), "7"),
    "a flood limit of less than no time": (faults.flood(-5), 429, flooded("-5", "-5"), "-5"),
    "a flood limit in words": (faults.flood("soon"), 429, flooded("soon", '"soon"'), "soon"),
    "a flood limit without parameters": (
        faults.refused(429, "Too Many Requests"),
        429,
        b'{"ok": false, "error_code": 429, "description": "Too Many Requests"}',
        None,
    ),
    "a flood limit without a body": (faults.no_body(429), 429, b"", None),
    "a bad gateway": (faults.page(502), 502, b"<html><body><h1>502</h1></body></html>", None),
    "success that is no JSON": (faults.NOT_JSON, 200, b"it works!", None),
    "success without a body": (faults.NOTHING, 200, b"", None),
    "success without a result": (faults.NO_RESULT, 200, b'{"ok":true}', None),
    "success with another result": (faults.WRONG_RESULT, 200, b'{"ok":true,"result":"yes"}', None),
}


@pytest.mark.parametrize(("fault", "status", "body", "wait"), RAW.values(), ids=RAW)
def test_an_answer_comes_as_it_was_ordered(fault: Fault, status: int, body: bytes, wait: str | None) -> None:
    async def test(telegram: FakeTelegram, _: Call) -> None:
        telegram.faults.add(fault)
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{telegram.base_url}{TOKEN}/getMe") as answer,
        ):
            assert (answer.status, await answer.read()) == (status, body)
            assert answer.headers.get("Retry-After") == wait

    talking(test)


def test_half_an_answer_may_be_followed_by_silence() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        telegram.faults.add(faults.STALL)
        hanging = asyncio.create_task(as_task(call("sendMessage", chat_id=CHANNEL, text="hi")))
        await telegram.hanging()
        assert len(telegram.messages()) == 1
        telegram.release()
        with pytest.raises(aiohttp.ClientError):
            await hanging

    talking(test)


def test_a_message_may_be_deleted_just_before_its_edit() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        await call("sendMessage", chat_id=CHANNEL, text="one")
        telegram.faults.add(VANISH, method="editMessageText")
        edit = await call("editMessageText", chat_id=CHANNEL, message_id=1, text="two")
        telegram.faults.add(VANISH)
        sent = await call("sendMessage", chat_id=CHANNEL, text="three")

        assert edit.description == "Bad Request: message to edit not found"
        assert sent.status == 200
        assert [shown.text for shown in telegram.messages()] == ["three"]

    talking(test)


def test_who_does_not_wait_as_a_fault_asked_is_written_down() -> None:
    telegram = FakeTelegram()
    now = [1000.0]
    telegram.chats.clock = lambda: now[0]

    async def test(_: FakeTelegram, call: Call) -> None:
        telegram.faults.add(faults.flood(7), faults.flood(-1), faults.flood("soon"), method="sendMessage")
        telegram.faults.add(faults.flood(7), method="getUpdates")
        await call("sendMessage", chat_id=CHANNEL, text="x")
        await call("getUpdates")
        now[0] += 6
        await call("sendMessage", chat_id=ADMIN, text="x")
        await call("editMessageText", chat_id=CHANNEL, message_id=1, text="x")
        await call("getUpdates")
        await call("getMe")
        now[0] += 1
        await call("sendMessage", chat_id=CHANNEL, text="x")

    talking(test, telegram)
    assert telegram.calls_inside_flood_wait == [
        HastyCall(method="editMessageText", chat=CHANNEL, early=1.0),
        HastyCall(method="getUpdates", chat=None, early=1.0),
    ]


# -------------------------------------------------------------------------------------------- by chance


def chosen(seed: int, share: float = 0.2, *, methods: tuple[str, ...] | None = None) -> list[Fault | None]:
    order = faults.Faults()
    order.mix(share, seed=seed, methods=methods)
    return [order.take("sendMessage", CHANNEL) for _ in range(5_000)]


def test_chance_brings_the_share_that_was_ordered_of_every_kind() -> None:
    met = [fault for fault in chosen(1) if fault is not None]

    assert 900 < len(met) < 1_100
    assert {id(fault) for fault in met} == {id(fault) for fault in KINDS.values()}
    most, *_, least = [count for _, count in Counter(map(id, met)).most_common()]
    assert most < 4 * least


def test_chance_repeats_itself_for_the_same_seed_only() -> None:
    assert chosen(1) == chosen(1)
    assert chosen(1) != chosen(2)


def test_chance_in_one_chat_does_not_depend_on_what_happens_in_another() -> None:
    order = faults.Faults()
    order.mix(0.2, seed=1)
    here = []
    for turn in range(500):
        order.take("sendMessage", ADMIN)
        if turn % 3:
            order.take("editMessageText", CHANNEL)
        here.append(order.take("sendMessage", CHANNEL))

    assert here == chosen(1)[:500]


SHARES: dict[str, tuple[float, tuple[str, ...] | None, int]] = {
    "none": (0.0, None, 0),
    "all": (1.0, None, 5_000),
    "all of another method": (1.0, ("editMessageText",), 0),
    "all of this method": (1.0, ("sendMessage",), 5_000),
}


@pytest.mark.parametrize(("share", "methods", "met"), SHARES.values(), ids=SHARES)
def test_chance_is_bounded(share: float, methods: tuple[str, ...] | None, met: int) -> None:
    assert sum(fault is not None for fault in chosen(1, share, methods=methods)) == met


def test_what_was_ordered_comes_before_what_chance_brings_and_both_are_remembered() -> None:
    order = faults.Faults()
    order.mix(1.0, seed=1, kinds={"a reset": faults.RESET})
    order.add(faults.HALF, method="getMe")

    taken = [order.take("getMe", None) for _ in range(2)]
    order.clear()

    assert taken == [faults.HALF, faults.RESET]
    assert order.take("getMe", None) is None
    assert order.met == [("getMe", faults.HALF), ("getMe", faults.RESET)]


# ------------------------------------------------------------------------------- what a bot makes of it

#: What the client library's error cannot tell as a time; reading it raises past the channel's adapter.
every_kind = pytest.mark.parametrize("name", KINDS)


def outcome(fault: Fault) -> tuple[str, int]:
    """Send a card that meets a fault; return what the channel says, and how often the card is shown."""
    said: list[str] = []
    patience = timedelta(seconds=0.2 if fault.ending in SILENT else 10)

    async def test(telegram: FakeTelegram, _: Call) -> None:
        telegram.faults.add(fault)
        bot = make_bot(TOKEN, base_url=telegram.base_url, timeout=patience)
        try:
            await TelegramChannel("news", CHANNEL, bot).send(CARD)
            said.append("sent")
        except DeliveryError as error:
            said.append(type(error).__name__)
        finally:
            await close_bot(bot)
        shown.append(len(telegram.messages()))

    shown: list[int] = []
    talking(test)
    return said[0], shown[0]


#: what is meant → what may have become of the post
MEANINGS: Mapping[str, set[int]] = {
    "sent": {1},
    "ChannelBusyError": {0},
    "ChannelClosedError": {0},
    "ChannelMovedError": {0},
    "PostRefusedError": {0},
    "NotSentError": {0},
    "AnswerLostError": {0, 1},
}


@every_kind
def test_a_bot_never_thinks_a_post_unsent_that_is_shown(name: str) -> None:
    said, shown = outcome(KINDS[name])

    assert shown in MEANINGS[said]


@pytest.mark.parametrize("name", REFUSING)
def test_a_bot_knows_a_refusal_for_one(name: str) -> None:
    said, _ = outcome(REFUSING[name])

    expected = (
        {"sent"}
        if name.endswith("meanwhile")
        else {"ChannelClosedError", "ChannelMovedError", "PostRefusedError"}
    )
    assert said in expected


def test_the_kinds_are_all_different() -> None:
    assert len({repr(fault) for fault in KINDS.values()}) == len(KINDS) == len(PASSING) + len(REFUSING)
    assert len(LOUD) == len(KINDS) - 3
    answers = [fault.ending for fault in KINDS.values() if isinstance(fault.ending, Answer)]
    assert {answer.status for answer in answers} >= {200, 400, 401, 403, 429, 500, 502, 504}
