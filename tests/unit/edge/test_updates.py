"""Updates by long polling from a Bot API server on loopback, and by deliveries to ours."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import aiohttp
import pytest
import structlog
from telegram import Update

from bot.edge.telegram import close_bot, make_bot
from bot.edge.updates import MAX_BODY, Door, Updates
from bot.errors import ConfigError, OperatorError
from tests.fakes import telegram_faults as faults
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_faults import Answer, Fault
from tests.fakes.telegram_server import Request

SECRET = "canary-of-the-webhook"
DOOR = Door(url="https://news.example/telegram", secret=SECRET, port=0)
DONE = Fault(ending=Answer(status=200, body=b'{"ok":true,"result":true}'))
NOTHING = Fault(ending=Answer(status=200, body=b'{"ok":true,"result":[]}'))
CONFLICT = faults.refused(409, "Conflict: terminated by other getUpdates request")


def a_message(text: str = "hello", number: int = 1) -> dict[str, Any]:
    return {
        "message_id": number,
        "date": 1,
        "chat": {"id": 4242, "type": "private", "first_name": "Ada"},
        "text": text,
    }


@dataclass
class Desk:
    """Takes updates, is told of alarms, and waits no time."""

    fails: bool = False
    #: Set to keep the consumer busy.
    busy: asyncio.Event | None = None
    texts: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, update: Update) -> None:
        self.begun.set()
        if self.busy is not None:
            await self.busy.wait()
        message = update.message
        assert message is not None
        async with self.changed:
            self.texts.append(message.text or "")
            self.changed.notify_all()
        if self.fails:
            raise RuntimeError("the consumer is broken")

    async def notify(self, text: str) -> None:
        self.alarms.append(text)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    async def taken(self, count: int) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.texts) >= count)


@asynccontextmanager
async def receiving(telegram: FakeTelegram, desk: Desk, door: Door | None = None) -> AsyncIterator[Updates]:
    """Receive within the block."""
    bot = make_bot(telegram.token, base_url=telegram.base_url)
    updates = Updates(bot, desk.handle, kinds=["message"], notify=desk.notify, door=door, pause=desk.pause)
    running = asyncio.create_task(updates.run())
    try:
        yield updates
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await close_bot(bot)


def on_telegram(
    test: Callable[[FakeTelegram, Desk], Awaitable[None]], *planned: Fault, method: str = "getUpdates"
) -> tuple[FakeTelegram, Desk]:
    telegram, desks = FakeTelegram(), list[Desk]()
    telegram.faults.add(DONE, method="deleteWebhook", times=None)
    telegram.faults.add(*planned, method=method)

    async def run() -> None:
        desks.append(Desk())
        async with telegram:
            await asyncio.wait_for(test(telegram, desks[0]), 20)

    asyncio.run(run())
    return telegram, desks[0]


def polls(telegram: FakeTelegram) -> list[Request]:
    return [request for request in telegram.requests if request.method == "getUpdates"]


# ------------------------------------------------------------------------------------- long polling


def test_updates_are_taken_in_order_and_confirmed_only_then() -> None:
    offsets: list[str] = []

    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        for text in ("one", "two"):
            await telegram.inject(message=a_message(text))
        desk.busy = asyncio.Event()
        async with receiving(telegram, desk):
            await desk.begun.wait()
            offsets.extend(request.query.get("offset", "") for request in polls(telegram))
            desk.busy.set()
            await desk.taken(2)
            await telegram.polling()

    telegram, desk = on_telegram(test)

    assert desk.texts == ["one", "two"]
    assert offsets == [""]
    assert polls(telegram)[1].query["offset"] == "3"


def test_only_wanted_kinds_are_asked_for_and_no_webhook_stands_in_the_way() -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        async with receiving(telegram, desk):
            await telegram.polling()

    telegram, _ = on_telegram(test)

    assert [request.method for request in telegram.requests] == ["deleteWebhook", "getUpdates"]
    assert json.loads(polls(telegram)[0].query["allowed_updates"]) == ["message"]
    assert polls(telegram)[0].query["timeout"] == "50"


def test_a_consumer_that_fails_is_logged_and_the_next_update_comes() -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        desk.fails = True
        async with receiving(telegram, desk):
            for text in ("one", "two"):
                await telegram.inject(message=a_message(text))
            await desk.taken(2)

    with structlog.testing.capture_logs() as lines:
        _, desk = on_telegram(test)

    assert desk.texts == ["one", "two"]
    failures = [line for line in lines if line["event"] == "an update could not be handled"]
    assert [line["update_id"] for line in failures] == [1, 2]


TROUBLES = {
    "a reset": faults.RESET,
    "half an answer": faults.HALF,
    "a bad gateway": faults.page(502),
    "an internal error": faults.refused(500, "Internal Server Error"),
    "an answer that is no JSON": faults.NOT_JSON,
    "an answer without a result": faults.NO_RESULT,
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_trouble_on_the_way_is_waited_out_longer_each_time_and_nobody_is_told(trouble: Fault) -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        telegram.faults.add(*[trouble] * 4, method="getupdates")  # asked after what cannot be read
        await telegram.inject(message=a_message("after all"))
        async with receiving(telegram, desk):
            await desk.taken(1)

    _, desk = on_telegram(test, *[trouble] * 4)

    assert desk.texts == ["after all"]
    assert desk.alarms == []
    assert len(desk.pauses) == 4
    assert all(2**n / 2 <= pause <= 2**n for n, pause in enumerate(desk.pauses))


def test_a_pause_has_an_end() -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        async with receiving(telegram, desk):
            await telegram.polling()

    _, desk = on_telegram(test, *[faults.page(502)] * 20)

    assert 30 <= desk.pauses[-1] <= 60


def test_telegram_is_left_alone_as_long_as_it_asks() -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        async with receiving(telegram, desk):
            await telegram.polling()

    _, desk = on_telegram(test, faults.flood(7))

    assert desk.pauses == [7]


ALARMS = {
    "another program polls": (CONFLICT, "another program takes this bot's updates"),
    "the token is not known": (faults.refused(401, "Unauthorized"), "get one from @BotFather"),
}


@pytest.mark.parametrize(("fault", "says"), ALARMS.values(), ids=ALARMS)
def test_what_only_people_can_mend_is_told_once_until_it_works_again(fault: Fault, says: str) -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        async with receiving(telegram, desk):
            await telegram.polling()
            assert len(desk.alarms) == 1
            telegram.faults.add(fault, method="getUpdates")
            await telegram.inject(message=a_message())
            await desk.taken(1)
            await telegram.polling()
            assert len(desk.alarms) == 2

    _, desk = on_telegram(test, *[fault] * 3)

    assert all(says in alarm and TOKEN not in alarm for alarm in desk.alarms)


def test_a_second_receiver_ends_the_first_ones_poll_and_that_is_told() -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        async with receiving(telegram, desk):
            await telegram.polling()
            bot = make_bot(TOKEN, base_url=telegram.base_url)
            await bot.get_updates(timeout=0)
            await close_bot(bot)
            await telegram.polling()

    _, desk = on_telegram(test)

    assert [alarm.partition(":")[0] for alarm in desk.alarms] == ["another program takes this bot's updates"]


def test_two_programs_that_end_each_others_polls_are_told_of_once() -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        async with receiving(telegram, desk):
            await telegram.polling()
            assert len(polls(telegram)) > 12

    _, desk = on_telegram(test, *[CONFLICT, NOTHING, NOTHING] * 4)

    assert len(desk.alarms) == 1


def test_an_update_that_cannot_be_read_costs_only_itself() -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        for message in (a_message("one"), {"text": "no message at all"}, a_message("two")):
            await telegram.inject(message=message)
        async with receiving(telegram, desk):
            await desk.taken(2)
            await telegram.polling()

    telegram, desk = on_telegram(test)

    assert desk.texts == ["one", "two"]
    assert polls(telegram)[-1].query["offset"] == "4"


def test_what_was_taken_is_confirmed_when_the_program_stops() -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        await telegram.inject(message=a_message("one"))
        desk.busy = asyncio.Event()
        async with receiving(telegram, desk):
            await desk.begun.wait()
            telegram.faults.add(faults.HANG, method="getUpdates")  # the poll that would have confirmed it
            desk.busy.set()
            await telegram.hanging()
        async with receiving(telegram, desk):
            await telegram.inject(message=a_message("two"))
            await desk.taken(2)

    _, desk = on_telegram(test)

    assert desk.texts == ["one", "two"]


def test_what_was_not_taken_when_the_program_stops_comes_again() -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        await telegram.inject(message=a_message("one"))
        desk.busy = asyncio.Event()
        async with receiving(telegram, desk):
            await desk.begun.wait()
        desk.busy = None
        async with receiving(telegram, desk):
            await desk.taken(1)

    _, desk = on_telegram(test)

    assert desk.texts == ["one"]


# ------------------------------------------------------------------------------------------ webhook


async def deliver(
    updates: Updates,
    body: bytes,
    *,
    secret: str | None = SECRET,
    path: str = "/telegram",
    method: str = "POST",
) -> int:
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            method, f"http://127.0.0.1:{updates.port}{path}", data=io.BytesIO(body), headers=headers
        ) as response,
    ):
        return response.status


def an_update(number: int = 1, text: str = "hello") -> bytes:
    return json.dumps({"update_id": number, "message": a_message(text)}).encode()


def at_the_door(
    test: Callable[[Updates, Desk], Awaitable[None]], *planned: Fault
) -> tuple[FakeTelegram, Desk]:
    async def run(telegram: FakeTelegram, desk: Desk) -> None:
        telegram.faults.add(DONE, method="setWebhook", times=None)
        async with receiving(telegram, desk, DOOR) as updates:
            await updates.listening.wait()
            await test(updates, desk)

    return on_telegram(run, *planned, method="setWebhook")


def test_a_delivery_is_handed_over_and_answered_once_it_was_taken() -> None:
    async def test(updates: Updates, desk: Desk) -> None:
        assert await deliver(updates, an_update()) == 200
        assert desk.texts == ["hello"]

    at_the_door(test)


STRANGERS: dict[str, str | None] = {
    "without a secret": None,
    "with an empty secret": "",
    "with another secret": "canary-of-the-webhooc",
    "with the beginning of the secret": SECRET[:-1],
    "with a secret that is not ASCII": "cañary-of-the-webhook",
}


@pytest.mark.parametrize("secret", STRANGERS.values(), ids=STRANGERS)
def test_a_stranger_is_turned_away_and_the_log_does_not_tell_what_it_tried(secret: str | None) -> None:
    async def test(updates: Updates, desk: Desk) -> None:
        assert await deliver(updates, an_update(), secret=secret) == 403
        assert desk.texts == []

    with structlog.testing.capture_logs() as lines:
        at_the_door(test)
    assert not [line for line in lines if "canary" in repr(line)]


MISSHAPEN = {
    "no JSON": b"hello",
    "half a JSON": an_update()[:-5],
    "no bytes": b"",
    "bytes of no text": b"\xff\xfe\xfd",
    "a list": b"[1]",
    "no number": b'{"message": {}}',
    "a number that is none": b'{"update_id": "1"}',
    "a number that is a truth": b'{"update_id": true}',
    "a tower of brackets": b"[" * 200_000,
}


@pytest.mark.parametrize("body", MISSHAPEN.values(), ids=MISSHAPEN)
def test_what_is_no_update_is_refused(body: bytes) -> None:
    async def test(updates: Updates, desk: Desk) -> None:
        assert await deliver(updates, body) == 400
        assert await deliver(updates, an_update()) == 200
        assert desk.texts == ["hello"]

    at_the_door(test)


ELSEWHERE = {
    "another path": ("/", "POST", b"{}", 404),
    "another method": ("/telegram", "GET", b"", 405),
    "too much": ("/telegram", "POST", b" " * (MAX_BODY + 1), 413),
}


@pytest.mark.parametrize(("path", "method", "body", "status"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_anything_else_is_refused(path: str, method: str, body: bytes, status: int) -> None:
    async def test(updates: Updates, _: Desk) -> None:
        assert await deliver(updates, body, path=path, method=method) == status

    at_the_door(test)


def test_a_delivery_that_comes_again_is_taken_once_also_while_the_first_is_under_way() -> None:
    async def test(updates: Updates, desk: Desk) -> None:
        desk.busy = asyncio.Event()
        both = asyncio.gather(*(deliver(updates, an_update()) for _ in range(2)))
        await desk.begun.wait()
        desk.busy.set()
        assert await both == [200, 200]
        assert await deliver(updates, an_update()) == 200
        assert await deliver(updates, an_update(2, "next")) == 200
        assert desk.texts == ["hello", "next"]

    at_the_door(test)


def test_a_consumer_that_fails_does_not_make_telegram_try_for_ever() -> None:
    async def test(updates: Updates, desk: Desk) -> None:
        desk.fails = True
        assert await deliver(updates, an_update()) == 200
        assert await deliver(updates, b'{"update_id": 2, "message": {"text": "no message"}}') == 200
        assert desk.texts == ["hello"]

    at_the_door(test)


UNREADABLE: dict[str, Callable[[], dict[str, object]]] = {
    "a date out of this world": lambda: a_message() | {"date": 10**18},
    "answers to answers to answers": lambda: reduce(
        lambda inner, _: a_message() | {"reply_to_message": inner}, range(700), a_message()
    ),
}


@pytest.mark.parametrize("message", UNREADABLE.values(), ids=UNREADABLE)
def test_what_no_reader_can_make_sense_of_is_let_go(message: Callable[[], dict[str, object]]) -> None:
    async def test(updates: Updates, desk: Desk) -> None:
        body = json.dumps({"update_id": 1, "message": message()}).encode()
        assert await deliver(updates, body) == 200
        assert await deliver(updates, an_update(2)) == 200
        assert desk.texts == ["hello"]

    at_the_door(test)


def set_webhooks(telegram: FakeTelegram) -> Sequence[Request]:
    return [request for request in telegram.requests if request.method == "setWebhook"]


def test_telegram_is_told_where_to_deliver_what_and_with_which_secret() -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        telegram.faults.add(faults.HANG, method="setWebhook")
        async with receiving(telegram, desk, DOOR):
            await telegram.hanging()

    telegram, _ = on_telegram(test)

    (request,) = set_webhooks(telegram)
    assert request.query["url"] == "https://news.example/telegram"
    assert request.query["secret_token"] == SECRET
    assert json.loads(request.query["allowed_updates"]) == ["message"]
    assert request.query["max_connections"] == "1"


def test_an_address_that_telegram_refuses_is_told_once_and_asked_for_again() -> None:
    bad = faults.refused(400, "Bad Request: bad webhook: failed to resolve host")

    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        telegram.faults.add(bad, bad, faults.HANG, method="setWebhook")
        async with receiving(telegram, desk, DOOR):
            await telegram.hanging()

    telegram, desk = on_telegram(test)

    assert len(set_webhooks(telegram)) == 3
    (alarm,) = desk.alarms
    assert "check the address of the webhook" in alarm
    assert "failed to resolve host" in alarm


def test_a_port_that_is_taken_is_told_at_the_start() -> None:
    async def test(telegram: FakeTelegram, desk: Desk) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            bot = make_bot(TOKEN, base_url=telegram.base_url)
            door = Door(url=DOOR.url, secret=SECRET, port=port)
            updates = Updates(bot, desk.handle, kinds=["message"], notify=desk.notify, door=door)
            with pytest.raises(OperatorError, match=f"at 127.0.0.1:{port}"):
                await updates.run()
            await close_bot(bot)

    on_telegram(test)


DOORS = {
    "in the clear": ("http://news.example/", SECRET, "an https address"),
    "at another port": ("https://news.example:8080/", SECRET, "an https address"),
    "without a host": ("https:///telegram", SECRET, "an https address"),
    "with a short secret": ("https://news.example/", "canary", "secret of a webhook"),
    "with a secret of other signs": ("https://news.example/", "canary of the webhook", "secret of a webhook"),
}


@pytest.mark.parametrize(("url", "secret", "complaint"), DOORS.values(), ids=DOORS)
def test_a_door_that_telegram_would_not_use_is_refused(url: str, secret: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        Door(url=url, secret=secret)
    assert "canary" not in str(caught.value)


def test_a_door_does_not_show_its_secret() -> None:
    assert SECRET not in repr(DOOR)
