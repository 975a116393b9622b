"""What happens in the fake Telegram's chats reaches the bot: fetched by it, or sent to its webhook."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler

from tests.contract.telegram_calls import Call, Reply, as_task, talking
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_webhook import SECRET_HEADER

HOOK = "https://bot.example/hook"


def numbers(reply: Reply) -> list[int]:
    return [update["update_id"] for update in reply.body["result"]]


# ---------------------------------------------------------------------------------------------- fetched

FETCHED: dict[str, tuple[dict[str, object], list[int], list[int]]] = {
    "all, none confirmed": ({}, [1, 2, 3], [1, 2, 3]),
    "what is older is confirmed": ({"offset": 3}, [3], [3]),
    "all are confirmed": ({"offset": 9}, [], []),
    "the newest one": ({"offset": -1}, [3], [3]),
    "the two newest": ({"offset": -2}, [2, 3], [2, 3]),
    "more than there are": ({"offset": -9}, [1, 2, 3], [1, 2, 3]),
    "one at a time": ({"limit": 1}, [1], [1, 2, 3]),
    "none at a time is one": ({"limit": 0}, [1], [1, 2, 3]),
    "an offset that is no number": ({"offset": "x"}, [1, 2, 3], [1, 2, 3]),
    "a timeout there is no need of": ({"timeout": 50}, [1, 2, 3], [1, 2, 3]),
}


@pytest.mark.parametrize(("query", "given", "left"), FETCHED.values(), ids=FETCHED)
def test_updates_are_fetched(query: dict[str, object], given: list[int], left: list[int]) -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        for text in ("one", "two", "three"):
            await telegram.say(text)
        assert numbers(await call("getUpdates", **query)) == given
        assert numbers(await call("getUpdates")) == left

    talking(test)


ALLOWED: dict[str, tuple[object, list[str]]] = {
    "as usual": ("", ["message", "my_chat_member"]),
    "some": (["message"], ["message"]),
    "some, in capitals": (["MESSAGE"], ["message"]),
    "those usually left out": (["message_reaction", "message"], ["message", "message_reaction"]),
    "those that do not exist": (["tea"], ["message", "my_chat_member"]),
    "none of them": ([], ["message", "my_chat_member"]),
    "no list": ("{}", ["message", "my_chat_member"]),
    "no JSON": ("[", ["message", "my_chat_member"]),
    "a list of other things": ([1], ["message", "my_chat_member"]),
}


@pytest.mark.parametrize(("allowed", "given"), ALLOWED.values(), ids=ALLOWED)
def test_updates_come_of_the_kinds_that_are_wanted(allowed: object, given: list[str]) -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        await call("getUpdates", allowed_updates=allowed)
        await telegram.say("hi")
        await telegram.inject(message_reaction={})
        await telegram.standing(can_edit=False)
        reply = await call("getUpdates")  # says nothing of kinds: the choice stays

        assert [kind for update in reply.body["result"] for kind in update if kind != "update_id"] == given

    talking(test)


def test_updates_wait_for_a_day() -> None:
    telegram = FakeTelegram()
    now = [1000.0]
    telegram.updates.clock = lambda: now[0]

    async def test(_: FakeTelegram, call: Call) -> None:
        await telegram.say("hi")
        now[0] += 86_399
        assert numbers(await call("getUpdates")) == [1]
        now[0] += 1
        assert numbers(await call("getUpdates")) == []

    talking(test, telegram)


# ---------------------------------------------------------------------------------------------- webhook

HOOKS: dict[str, tuple[dict[str, object], str | None]] = {
    "an address": ({"url": HOOK}, None),
    "no protocol": ({"url": "bot.example/hook"}, None),
    "each port": ({"url": "https://bot.example:8443/"}, None),
    "a secret of all letters allowed": ({"url": HOOK, "secret_token": "Aa0_-" * 51}, None),
    "no host": ({"url": "https://"}, "invalid webhook URL specified"),
    "another protocol": ({"url": "ftp://bot.example/"}, "invalid webhook URL specified"),
    "a port that is none": ({"url": "https://bot.example:99999/"}, "invalid webhook URL specified"),
    "plain HTTP": ({"url": "http://bot.example/"}, "bad webhook: An HTTPS URL must be provided for webhook"),
    "another port": (
        {"url": "https://bot.example:8080/"},
        "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
    ),
    "this machine": ({"url": "https://127.0.0.1/"}, "bad webhook: IP address 127.0.0.1 is reserved"),
    "a secret of 257 letters": ({"url": HOOK, "secret_token": "x" * 257}, "secret token is too long"),
    "a secret with a blank": (
        {"url": HOOK, "secret_token": "a b"},
        "secret token contains unallowed characters",
    ),
}


@pytest.mark.parametrize(("query", "error"), HOOKS.values(), ids=HOOKS)
def test_a_webhook_is_set(query: dict[str, object], error: str | None) -> None:
    async def test(_: FakeTelegram, call: Call) -> None:
        reply = await call("setWebhook", **query)
        info = (await call("getWebhookInfo")).body["result"]

        if error is None:
            assert reply.body == {"ok": True, "result": True, "description": "Webhook was set"}
            assert info == {
                "url": query["url"],
                "has_custom_certificate": False,
                "pending_update_count": 0,
                "max_connections": 40,
                "ip_address": "<unknown>",
            }
        else:
            assert (reply.status, reply.description) == (400, f"Bad Request: {error}")
            assert info == {"url": "", "has_custom_certificate": False, "pending_update_count": 0}

    talking(test)


def test_a_webhook_and_fetching_exclude_each_other() -> None:
    telegram = FakeTelegram()
    now = [1000.0]
    telegram.webhook.clock = lambda: now[0]

    async def test(_: FakeTelegram, call: Call) -> None:
        poll = asyncio.create_task(as_task(call("getUpdates", timeout=50)))
        await telegram.polling()
        said = [(await call("setWebhook", url=HOOK)).body]
        ended, refused = await poll, await call("getUpdates")
        said.append((await call("setWebhook", url=HOOK)).body)  # at once
        now[0] += 1
        said.append((await call("setWebhook", url=HOOK)).body)
        await telegram.say("hi")
        said += [(await call("deleteWebhook", drop_pending_updates=drop)).body for drop in (False, False)]
        kept = numbers(await call("getUpdates"))
        said.append((await call("deleteWebhook", drop_pending_updates=True)).body)

        assert (ended.status, ended.description) == (409, "Conflict: terminated by setWebhook request")
        assert refused.description == (
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
        assert [answer["description"] for answer in said] == [
            "Webhook was set",
            "Too Many Requests: retry after 1",
            "Webhook is already set",
            "Webhook was deleted",
            "Webhook is already deleted",
            "Webhook is already deleted",
        ]
        assert (kept, numbers(await call("getUpdates"))) == ([1], [])

    talking(test, telegram)


def test_a_webhook_that_is_refused_takes_the_old_one_with_it() -> None:
    telegram = FakeTelegram()
    now = [1000.0]
    telegram.webhook.clock = lambda: now[0]

    async def test(_: FakeTelegram, call: Call) -> None:
        await call("setWebhook", url=HOOK)
        now[0] += 1
        await call("setWebhook", url="http://bot.example/")
        assert (await call("getWebhookInfo")).body["result"]["url"] == ""

    talking(test, telegram)


@dataclass(slots=True)
class Receiver:
    """A bot's webhook, which answers what it is told to and 200 afterwards."""

    answers: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    got: list[int] = field(default_factory=list)
    secrets: set[str | None] = field(default_factory=set)
    url: str = ""
    hand_on: Callable[[Any], Awaitable[None]] | None = None

    async def handle(self, request: web.BaseRequest) -> web.Response:
        update = await request.json()
        if self.hand_on is not None:
            await self.hand_on(update)
        self.got.append(update["update_id"])
        self.secrets.add(request.headers.get(SECRET_HEADER))
        status, headers = self.answers.popleft() if self.answers else (200, {})
        return web.Response(status=status, headers=headers)


@asynccontextmanager
async def receiving(answers: Sequence[tuple[int, dict[str, str]]] = ()) -> AsyncIterator[Receiver]:
    receiver = Receiver(answers=deque(answers))
    server = web.Server(receiver.handle)
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        listener.close()
        await server.shutdown(timeout=0.01)


async def at_once(_: float) -> None:
    """Wait no time before an update is sent again."""


DELIVERIES: dict[str, tuple[list[tuple[int, dict[str, str]]], list[float]]] = {
    "taken at once": ([(200, {})], []),
    "taken with other words": ([(204, {})], []),
    "refused once: sent again at once": ([(500, {})], [0.0]),
    "a redirect is a refusal": ([(302, {"Location": "/"})], [0.0]),
    "refused often: doubling": ([(500, {})] * 4, [0.0, 2.0, 4.0, 8.0]),
    "refused very often: a minute": ([(403, {})] * 8, [0.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]),
    "asked to wait": ([(503, {"Retry-After": "7"})], [7.0]),
    "asked to wait for a day": ([(503, {"Retry-After": "86400"})], [3600.0]),
    "asked to wait till a date": ([(503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"})], [0.0]),
    "asked to wait, then refused": ([(429, {"Retry-After": "7"}), (500, {})], [7.0, 2.0]),
}


@pytest.mark.parametrize(("answers", "delays"), DELIVERIES.values(), ids=DELIVERIES)
def test_updates_are_sent_until_they_are_taken(
    answers: list[tuple[int, dict[str, str]]], delays: list[float]
) -> None:
    telegram = FakeTelegram(local=True)
    telegram.webhook.pause = at_once

    async def test(_: FakeTelegram, call: Call) -> None:
        async with receiving(answers) as receiver:
            await telegram.say("before")
            await call("setWebhook", url=receiver.url, secret_token="s3cret_-")
            await telegram.taken()
            await telegram.say("after")
            await telegram.taken()
            info = (await call("getWebhookInfo")).body["result"]
            assert receiver.got == [1] * (1 + len(delays)) + [2]
            assert receiver.secrets == {"s3cret_-"}
        assert info.keys() >= {"url", "pending_update_count", "max_connections", "ip_address"}
        assert ("last_error_message" in info) == bool(delays)

    talking(test, telegram)
    assert telegram.webhook.delays == delays


def test_updates_wait_while_the_bot_is_away_and_none_comes_without_a_secret() -> None:
    telegram = FakeTelegram(local=True)
    away = asyncio.Event()

    async def wait(_: float) -> None:
        away.set()
        await back.wait()

    back = asyncio.Event()
    telegram.webhook.pause = wait

    async def test(_: FakeTelegram, call: Call) -> None:
        async with receiving([(502, {})]) as receiver:
            await call("setWebhook", url=receiver.url)
            await telegram.say("hi")
            await away.wait()
            info = (await call("getWebhookInfo")).body["result"]
            back.set()
            await telegram.taken()
            assert receiver.secrets == {None}
        assert (info["pending_update_count"], info["last_error_message"]) == (
            1,
            "Wrong response from the webhook: 502 Bad Gateway",
        )

    talking(test, telegram)


def test_a_webhook_nobody_listens_at_is_told() -> None:
    telegram = FakeTelegram(local=True)
    tried = asyncio.Event()

    async def wait(_: float) -> None:
        tried.set()
        await asyncio.Event().wait()

    telegram.webhook.pause = wait

    async def test(_: FakeTelegram, call: Call) -> None:
        async with receiving() as receiver:
            nobody = receiver.url
        await call("setWebhook", url=nobody)
        await telegram.say("hi")
        await tried.wait()
        info = (await call("getWebhookInfo")).body["result"]
        elsewhere = await call("setWebhook", url="http://bot.example/")

        assert info["last_error_message"] == "Webhook connection closed"
        assert elsewhere.status == 429  # a second has not passed

    talking(test, telegram)


# -------------------------------------------------------------------------------------------------- PTB


@dataclass(slots=True)
class Heard:
    """What an application of the client library got to know."""

    telegram: FakeTelegram
    texts: list[str | None] = field(default_factory=list)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def note(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.effective_message is not None
        self.texts.append(update.effective_message.text)
        await update.effective_message.reply_text("heard")
        self.moved.set()

    def application(self) -> Application[Any, Any, Any, Any, Any, Any]:
        builder = Application.builder().token(TOKEN).base_url(self.telegram.base_url).job_queue(None)
        application = builder.build()
        application.add_handler(MessageHandler(None, self.note))
        return application


def test_the_client_library_polls_it() -> None:
    async def test(telegram: FakeTelegram, _: Call) -> None:
        heard = Heard(telegram)
        application = heard.application()
        async with application:
            assert application.updater is not None
            await application.start()
            await application.updater.start_polling(timeout=10)
            await telegram.polling()
            await telegram.say("hello")
            await heard.moved.wait()
            await application.updater.stop()
            await application.stop()
        assert heard.texts == ["hello"]
        assert [shown.text for shown in telegram.messages(4242)] == ["hello", "heard"]

    talking(test)


def test_the_client_library_takes_updates_from_a_webhook() -> None:
    """Handed on as a web application of one's own does."""
    telegram = FakeTelegram(local=True)

    async def test(_: FakeTelegram, __: Call) -> None:
        heard = Heard(telegram)
        application = heard.application()

        async def hand_on(update: Any) -> None:
            await application.update_queue.put(Update.de_json(update, application.bot))

        async with application, receiving() as receiver:
            receiver.hand_on = hand_on
            await application.start()
            await application.bot.set_webhook(receiver.url)
            await telegram.say("hello")
            await heard.moved.wait()
            await telegram.taken()
            assert (await application.bot.get_webhook_info()).pending_update_count == 0
            await application.stop()
        assert heard.texts == ["hello"]

    talking(test, telegram)


def test_a_poll_that_is_given_up_leaves_no_trace() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        async with aiohttp.ClientSession() as session:
            poll = asyncio.create_task(_poll(session, telegram))
            await telegram.polling()
            poll.cancel()
            await asyncio.wait([poll])
        await telegram.say("hi")
        assert numbers(await call("getUpdates")) == [1]

    talking(test)


async def _poll(session: aiohttp.ClientSession, telegram: FakeTelegram) -> None:
    async with session.post(f"{telegram.base_url}{TOKEN}/getUpdates", json={"timeout": 50}):
        pass
