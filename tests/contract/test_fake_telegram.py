"""The fake Telegram says what Telegram says: TDLib's own texts, or those in the Bot API server's source."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import aiohttp
import httpx
import pytest

from tests.contract.telegram_calls import Call, as_task, asked, talking
from tests.fakes import telegram_faults as faults
from tests.fakes.telegram import ADMIN, CHANNEL, CHANNEL_NAME, TOKEN, FakeTelegram, running_in_thread
from tests.fakes.telegram_chats import Chat
from tests.fakes.telegram_faults import Fault

GROUP = -77
ROOT = Path(__file__).parents[2]


# ----------------------------------------------------------------------------------------------- texts

HTML_ERRORS = {
    "a tag Telegram does not know": ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
    "a tag that is never closed": ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
    "tags closed crosswise": (
        "<b><i>x</b></i>",
        'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
    ),
}


@pytest.mark.parametrize(("html", "error"), HTML_ERRORS.values(), ids=HTML_ERRORS)
def test_html_is_refused_in_telegrams_words(html: str, error: str) -> None:
    reply = asked("sendMessage", {"chat_id": CHANNEL, "text": html, "parse_mode": "HTML"})

    assert reply.status == 400
    assert reply.description == f"Bad Request: can't parse entities: {error}"


def bold(offset: int, length: int) -> dict[str, object]:
    return {"type": "bold", "offset": offset, "length": length}


def link(url: str) -> dict[str, object]:
    return {"type": "text_link", "offset": 0, "length": 2, "url": url}


SHOWN: dict[str, tuple[dict[str, object], str, list[dict[str, object]]]] = {
    "HTML": ({"text": "<b>AT&T</b> &lt;&nbsp;", "parse_mode": "HTML"}, "AT&T <&nbsp;", [bold(0, 4)]),
    "HTML with a script for a link": (
        {"text": "<a href='javascript:x'>hi</a>", "parse_mode": "HTML"},
        "hi",
        [],
    ),
    "mark-up that is plain text": ({"text": "**a** <b> [x](y)"}, "**a** <b> [x](y)", []),
    "entities among mark-up characters": (
        {"text": "*a* _b_ `c`", "entities": [bold(4, 3)]},
        "*a* _b_ `c`",
        [bold(4, 3)],
    ),
    "space around the text": ({"text": " \n hi \n", "entities": [bold(3, 3)]}, "hi", [bold(0, 2)]),
    "control characters": ({"text": "a\x00b\x1b[31m\r"}, "a b [31m", []),
    "characters beyond the first plane count two": (
        {"text": "😀 hi", "entities": [bold(3, 2)]},
        "😀 hi",
        [bold(3, 2)],
    ),
    "an empty entity": ({"text": "hi", "entities": [bold(0, 0)]}, "hi", []),
    "a type Telegram finds by itself": (
        {"text": "#hi", "entities": [{"type": "hashtag", "offset": 0, "length": 3}]},
        "#hi",
        [],
    ),
    "a link, written Telegram's way": (
        {"text": "hi", "entities": [link("HTTP://Example.org")]},
        "hi",
        [link("http://example.org/")],
    ),
    "the longest text": ({"text": "😀" * 4096}, "😀" * 4096, []),
}


@pytest.mark.parametrize(("query", "text", "entities"), SHOWN.values(), ids=SHOWN)
def test_a_message_is_shown_as_telegram_would(
    query: dict[str, object], text: str, entities: list[dict[str, object]]
) -> None:
    message = asked("sendMessage", {"chat_id": CHANNEL, **query}).body["result"]

    assert message["text"] == text
    assert message.get("entities", []) == entities


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "no text": ({"text": ""}, "message text is empty"),
    "spaces only": ({"text": " \n "}, "text must be non-empty"),
    "characters without width only": ({"text": "\u200b"}, "text must be non-empty"),
    "a code point too many": ({"text": "x" * 4097}, "message is too long"),
    "more bytes than are looked at": ({"text": "x" * 32769}, "text is too long"),
    "an entity past the end": (
        {"text": "hi", "entities": [bold(5, 1)]},
        "entity begins after the end of the text at UTF-16 offset 5",
    ),
    "an entity that ends past the end": (
        {"text": "hi", "entities": [bold(0, 5)]},
        "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 5",
    ),
    "an entity that cuts a character": (
        {"text": "😀", "entities": [bold(1, 1)]},
        "entity begins in a middle of a UTF-16 symbol at byte offset 4",
    ),
    "a link to a host without a dot": (
        {"text": "hi", "entities": [link("http://localhost/")]},
        "entity URL 'http://localhost/' is invalid: Wrong HTTP URL",
    ),
    "a link that is a script": (
        {"text": "hi", "entities": [link("javascript:x")]},
        "entity URL 'javascript:x' is invalid: Wrong port number specified in the URL",
    ),
    "no chat": ({"text": "hi", "chat_id": ""}, "chat_id is empty"),
    "a chat nobody knows": ({"text": "hi", "chat_id": "@nobody"}, "chat not found"),
    "a reply to nothing": (
        {"text": "hi", "reply_parameters": {"message_id": 9}},
        "message to be replied not found",
    ),
    "a mark-up language that does not exist": ({"text": "hi", "parse_mode": "x"}, "unsupported parse_mode"),
}


@pytest.mark.parametrize(("query", "error"), REFUSED.values(), ids=REFUSED)
def test_a_message_is_refused_in_telegrams_words(query: dict[str, object], error: str) -> None:
    reply = asked("sendMessage", {"chat_id": CHANNEL, **query})

    assert (reply.status, reply.description) == (400, f"Bad Request: {error}")
    assert reply.body == {"ok": False, "error_code": 400, "description": reply.description}


# ----------------------------------------------------------------------------------------------- chats

RIGHTS = {
    "kicked from the channel": (
        Chat(id=CHANNEL, status="kicked"),
        (403, "Forbidden: bot was kicked from the channel chat"),
    ),
    "not in the channel": (
        Chat(id=CHANNEL, status="left"),
        (403, "Forbidden: bot is not a member of the channel chat"),
    ),
    "kicked from the group": (
        Chat(id=CHANNEL, type="group", status="kicked"),
        (403, "Forbidden: bot was kicked from the group chat"),
    ),
    "blocked by the user": (
        Chat(id=CHANNEL, type="private", status="kicked"),
        (403, "Forbidden: bot was blocked by the user"),
    ),
    "without the right to post": (
        Chat(id=CHANNEL, can_post=False),
        (400, "Bad Request: need administrator rights in the channel chat"),
    ),
}


@pytest.mark.parametrize(("chat", "refusal"), RIGHTS.values(), ids=RIGHTS)
def test_the_bots_rights_count(chat: Chat, refusal: tuple[int, str]) -> None:
    telegram = FakeTelegram(chats=[chat])

    reply = asked("sendMessage", {"chat_id": CHANNEL, "text": "hi"}, telegram)

    assert (reply.status, reply.description) == refusal
    assert telegram.log == []


def test_a_group_that_moved_tells_its_new_number() -> None:
    telegram = FakeTelegram(chats=[Chat(id=GROUP, type="group", migrated_to=CHANNEL)])

    reply = asked("sendMessage", {"chat_id": GROUP, "text": "hi"}, telegram)

    assert reply.description == "Bad Request: group chat was upgraded to a supergroup chat"
    assert reply.body["parameters"] == {"migrate_to_chat_id": CHANNEL}


ADDRESSES = {
    "an unknown token": ("1:x", "getMe", (401, "Unauthorized")),
    "something that is no token": ("x", "getMe", (401, "Unauthorized: invalid token specified")),
    "a token of too many letters": ("1:" + "x" * 79, "getMe", (401, "Unauthorized: invalid token specified")),
    "a token of no number": ("x:x", "getMe", (421, "Misdirected Request: unallowed token specified")),
    "an unknown method": (TOKEN, "getTea", (404, "Not Found: method not found")),
}


@pytest.mark.parametrize(("token", "method", "refusal"), ADDRESSES.values(), ids=ADDRESSES)
def test_a_wrong_address_is_refused(token: str, method: str, refusal: tuple[int, str]) -> None:
    reply = asked(method, {"token": token})

    assert (reply.status, reply.description) == refusal


def test_what_is_no_address_of_a_bot_is_not_found() -> None:
    with running_in_thread() as telegram:
        answer = httpx.get(telegram.base_url.removesuffix("bot") + "index.html")

        assert answer.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


def test_a_channel_post_has_a_channel_for_sender_and_no_author() -> None:
    message = asked("sendMessage", {"chat_id": CHANNEL_NAME, "text": "hi"}).body["result"]

    assert message["chat"] == message["sender_chat"]
    assert message["chat"]["type"] == "channel"
    assert "from" not in message


def test_message_numbers_are_consecutive_in_each_chat() -> None:
    async def test(_: FakeTelegram, call: Call) -> None:
        chats = (CHANNEL, ADMIN, CHANNEL_NAME)
        numbers = [
            (await call("sendMessage", chat_id=c, text="x")).body["result"]["message_id"] for c in chats
        ]
        assert numbers == [1, 1, 2]

    talking(test)


def test_edits_change_the_message_in_place_and_only_if_something_differs() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        await call("sendMessage", chat_id=CHANNEL, text="one")
        edited = await call("editMessageText", chat_id=CHANNEL, message_id=1, text="two")
        again = await call("editMessageText", chat_id=CHANNEL, message_id=1, text=" two ")
        missing = await call("editMessageText", chat_id=CHANNEL, message_id=2, text="two")

        assert edited.body["result"]["text"] == "two"
        assert again.description.startswith("Bad Request: message is not modified: specified new message")
        assert missing.description == "Bad Request: message to edit not found"
        assert [(shown.text, shown.edits) for shown in telegram.messages()] == [("two", 1)]
        assert [change.what for change in telegram.log] == ["send", "edit"]

    talking(test)


def test_a_bot_that_lost_its_rights_cannot_edit() -> None:
    chat = Chat(id=CHANNEL)

    async def test(_: FakeTelegram, call: Call) -> None:
        await call("sendMessage", chat_id=CHANNEL, text="one")
        chat.can_post = chat.can_edit = False
        reply = await call("editMessageText", chat_id=CHANNEL, message_id=1, text="two")
        assert reply.description == "Bad Request: message can't be edited"

    talking(test, FakeTelegram(chats=[chat]))


def test_a_deleted_message_is_gone() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        await call("sendMessage", chat_id=CHANNEL, text="one")
        deleted = await call("deleteMessage", chat_id=CHANNEL, message_id=1)
        again = await call("deleteMessage", chat_id=CHANNEL, message_id=1)

        assert deleted.body == {"ok": True, "result": True}
        assert again.description == "Bad Request: message to delete not found"
        assert telegram.messages() == []

    talking(test)


def test_a_reply_to_a_message_that_is_gone_may_go_without() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        await call("sendMessage", chat_id=CHANNEL, text="one")
        for target in (1, 99):
            parameters = {"message_id": target, "allow_sending_without_reply": True}
            await call("sendMessage", chat_id=CHANNEL, text="re", reply_parameters=parameters)
        assert [shown.reply_to for shown in telegram.messages()] == [None, 1, None]

    talking(test)


def test_sends_and_edits_share_the_limit_of_a_chat() -> None:
    now = [1000.0]
    telegram = FakeTelegram(per_minute=2)
    telegram.chats.clock = lambda: now[0]

    async def test(_: FakeTelegram, call: Call) -> None:
        await call("sendMessage", chat_id=CHANNEL, text="one")
        now[0] += 10
        await call("editMessageText", chat_id=CHANNEL, message_id=1, text="two")
        flooded = await call("sendMessage", chat_id=CHANNEL, text="three")
        elsewhere = await call("sendMessage", chat_id=ADMIN, text="three")
        now[0] += 50
        later = await call("sendMessage", chat_id=CHANNEL, text="three")

        assert (flooded.status, flooded.description) == (429, "Too Many Requests: retry after 50")
        assert flooded.body["parameters"] == {"retry_after": 50}
        assert flooded.headers["Retry-After"] == "50"
        assert (elsewhere.status, later.status) == (200, 200)

    talking(test, telegram)


# --------------------------------------------------------------------------------------------- updates


def test_updates_wait_until_an_offset_confirms_them() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        await telegram.inject(message={"text": "/status"})
        first = await call("getUpdates")
        again = await call("getUpdates", offset=1)
        confirmed = await call("getUpdates", offset=2)

        assert (
            first.body["result"] == again.body["result"] == [{"update_id": 1, "message": {"text": "/status"}}]
        )
        assert confirmed.body["result"] == []

    talking(test)


def test_a_long_poll_ends_when_something_happens() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        poll = asyncio.create_task(as_task(call("getUpdates", timeout=50)))
        await telegram.polling()
        await telegram.inject(message={"text": "hi"})
        assert [update["update_id"] for update in (await poll).body["result"]] == [1]

    talking(test)


def test_a_second_poller_ends_the_first() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        first = asyncio.create_task(as_task(call("getUpdates", timeout=50)))
        await telegram.polling()
        second = await call("getUpdates")
        reply = await first

        assert second.status == 200
        assert reply.status == 409
        assert reply.description.startswith("Conflict: terminated by other getUpdates request; make sure")

    talking(test)


# ---------------------------------------------------------------------------------------------- faults

LOST: dict[str, tuple[Fault, int]] = {
    "reset before anything was done": (faults.RESET, 0),
    "reset after the post was shown": (faults.RESET.after_delivery(), 1),
    "half an answer": (faults.HALF, 1),
}


@pytest.mark.parametrize(("fault", "shown"), LOST.values(), ids=LOST)
def test_a_connection_breaks_before_or_after_delivery(fault: Fault, shown: int) -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        telegram.faults.add(fault)
        with pytest.raises(aiohttp.ClientError):
            await call("sendMessage", chat_id=CHANNEL, text="hi")
        assert len(telegram.messages()) == shown

    talking(test)


def test_faults_meet_the_method_and_chat_they_are_for() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        telegram.faults.add(faults.flood(7), method="editMessageText")
        telegram.faults.add(faults.refused(403, "Forbidden: x"), chat=CHANNEL, times=None)
        statuses = [
            (await call("sendMessage", chat_id=ADMIN, text="hi")).status,
            (await call("editMessageText", chat_id=ADMIN, message_id=1, text="ho")).status,
            (await call("editMessageText", chat_id=ADMIN, message_id=1, text="ho")).status,
            (await call("sendMessage", chat_id=CHANNEL_NAME, text="hi")).status,
            (await call("sendMessage", chat_id=CHANNEL, text="hi")).status,
        ]
        assert statuses == [200, 429, 200, 403, 403]
        telegram.faults.clear()
        assert (await call("sendMessage", chat_id=CHANNEL, text="hi")).status == 200

    talking(test)


def test_a_hanging_request_goes_on_when_it_is_released() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        telegram.faults.add(faults.HANG.after_delivery())
        hanging = asyncio.create_task(as_task(call("sendMessage", chat_id=CHANNEL, text="hi")))
        await telegram.hanging()
        assert len(telegram.messages()) == 1
        telegram.release()
        with pytest.raises(aiohttp.ClientError):
            await hanging

    talking(test)


def test_nothing_listens_while_it_refuses() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        await call("getMe")  # leaves a connection open, which must not keep it from refusing
        async with telegram.refusing():
            with pytest.raises(aiohttp.ClientOSError):
                await call("getMe")
        assert (await call("getMe")).status == 200

    talking(test)


def test_it_serves_tests_that_are_not_asynchronous() -> None:
    with running_in_thread() as telegram:
        answer = httpx.post(f"{telegram.base_url}{TOKEN}/sendMessage", data={"chat_id": ADMIN, "text": "hi"})

        assert answer.json()["result"]["text"] == "hi"
        assert [shown.text for shown in telegram.messages(ADMIN)] == ["hi"]


def test_as_a_process_it_writes_down_what_it_accepts(tmp_path: Path) -> None:
    log = tmp_path / "posts.jsonl"
    command = [sys.executable, "-m", "tests.fakes.telegram", "--log", str(log)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        try:
            answer = httpx.get(f"{address}{TOKEN}/sendMessage?chat_id={CHANNEL}&text=hi")
            assert answer.status_code == 200
        finally:
            process.kill()

    (line,) = log.read_text().splitlines()
    assert json.loads(line).items() >= {"what": "send", "id": 1, "chat": CHANNEL, "text": "hi"}.items()
