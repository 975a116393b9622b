"""Conversations with people, against a Bot API server on loopback."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog
from telegram import Bot

from bot.edge.conversation import KINDS, LONGEST_CAPTION, Conversation
from bot.edge.telegram import LONGEST_TEXT, close_bot, make_bot
from bot.edge.updates import Updates
from bot.errors import (
    AnswerLostError,
    ChannelBusyError,
    DeliveryError,
    NotSentError,
    PostRefusedError,
    TooLargeError,
)
from bot.model import Message, Span, Style
from bot.talk import Answer, Attached, Attachment, Button, Heard, Oddity, Person, Saying, Scope
from tests.fakes import telegram_commands as shown
from tests.fakes import telegram_faults as faults
from tests.fakes.telegram import ADMIN, CHANNEL, TOKEN, FakeTelegram
from tests.fakes.telegram_chats import Chat
from tests.fakes.telegram_faults import Answer as Raw
from tests.fakes.telegram_faults import Fault
from tests.fakes.telegram_files import File

GROUP = -1001000000003
OPML = File(data=b"<opml/>" * 10, name="feeds.opml", content_type="text/x-opml")
HI = Answer(message=Message(text="hi"))
CHOICE = ((Button(label="Why", data="why:1"), Button(label="Read", url="https://a.test/x")),)


def an_answer(text: str, **changes: Any) -> Answer:
    return Answer(message=Message(text=text), **changes)


class Patience:
    """Waits no time, and notes how long it should have."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


def talking(
    test: Callable[[FakeTelegram, Conversation], Awaitable[None]],
    *planned: Fault,
    longest: float = 10.0,
    pause: Patience | None = None,
) -> FakeTelegram:
    """Run a test with a conversation on a Telegram where the next requests go wrong as planned."""
    people = {ADMIN: "creator", 4343: "member"}
    telegram = FakeTelegram(
        chats=[
            Chat(id=CHANNEL, username="newswatch"),
            Chat(id=ADMIN, type="private", title="Ada", status="member"),
            Chat(id=GROUP, type="supergroup", title="Desk", people=people),
        ]
    )
    telegram.faults.add(*planned)

    async def run() -> None:
        async with telegram:
            bot = make_bot(TOKEN, base_url=telegram.base_url, timeout=timedelta(seconds=10))
            try:
                limit = timedelta(seconds=longest)
                await test(telegram, Conversation(bot, longest=limit, pause=pause or Patience()))
            finally:
                await close_bot(bot)

    asyncio.run(run())
    return telegram


async def overhear(telegram: FakeTelegram, conversation: Conversation, count: int) -> list[Heard]:
    """Return what was said, through the receiver, asking for no other updates than the program does."""
    said: list[Heard] = []
    enough = asyncio.Event()
    bot = make_bot(TOKEN, base_url=telegram.base_url)

    async def notify(text: str) -> None:
        raise AssertionError(text)

    async def handle(update: Any) -> None:
        found = conversation.heard(update)
        said.extend([found] if found else [])
        if len(said) == count:
            enough.set()

    receiver = asyncio.create_task(Updates(bot, handle, kinds=KINDS, notify=notify).run())
    await enough.wait()
    receiver.cancel()
    await asyncio.wait([receiver])
    await close_bot(bot)
    return said


# ------------------------------------------------------------------------------------------------ heard


def test_what_people_say_press_and_send_is_heard() -> None:
    async def test(telegram: FakeTelegram, conversation: Conversation) -> None:
        telegram.chats.languages[ADMIN] = "ru"
        card = await conversation.say(CHANNEL, replace(HI, buttons=CHOICE))
        asked = await conversation.say(GROUP, HI)
        assert card is not None
        await telegram.say("/why", chat=GROUP, user=4343, reply_to=asked)
        await telegram.standing(can_edit=False)
        await telegram.attach(OPML, "/import")
        press = await telegram.press(card, "why:1", chat=CHANNEL)
        command, document, pressed = await overhear(telegram, conversation, 3)

        assert (command.kind, command.text, command.answers) == (Saying.COMMAND, "/why", asked)
        assert (command.chat.id, command.chat.kind) == (GROUP, "supergroup")
        assert command.person == Person(id=4343, language=None, name="Ada")
        assert (document.kind, document.text) == (Saying.DOCUMENT, "/import")
        assert document.document == Attached(file_id=OPML.id, name="feeds.opml", size=70, mime="text/x-opml")
        assert document.person == Person(id=ADMIN, language="ru", name="Ada")
        assert (pressed.kind, pressed.data, pressed.press) == (Saying.PRESS, "why:1", press)
        assert (pressed.chat.id, pressed.chat.kind, pressed.message) == (CHANNEL, "channel", card)
        assert [one.oddities for one in (command, document, pressed)] == [frozenset()] * 3
        assert document.at is not None

    talking(test)


def test_what_is_forwarded_or_edited_and_who_is_anonymous_shows() -> None:
    async def test(telegram: FakeTelegram, conversation: Conversation) -> None:
        message = telegram.people.write(telegram.chats.chats[GROUP], ADMIN, "/pause")
        group = telegram.chats.chats[GROUP].public()
        bot = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
        origin = {"type": "user", "date": 1, "sender_user": {"id": ADMIN, "is_bot": False, "first_name": "A"}}
        await telegram.inject(message={**message, "forward_origin": origin})
        await telegram.inject(message={**message, "from": bot, "sender_chat": group})
        await telegram.inject(edited_message={**message, "edit_date": 2})
        await telegram.say("/status")
        forwarded, anonymous, edited, plain = await overhear(telegram, conversation, 4)

        assert forwarded.oddities == {Oddity.FORWARDED}
        assert anonymous.oddities == {Oddity.ANONYMOUS, Oddity.BOT}
        assert edited.oddities == {Oddity.EDITED}
        assert (plain.text, plain.oddities) == ("/status", frozenset())

    talking(test)


# ------------------------------------------------------------------------------------------------- said


def test_an_answer_is_shown_with_its_styles_and_buttons_and_without_a_preview() -> None:
    span = Span(style=Style.LINK, offset=0, length=2, url="https://a.test/x")
    message = Message(text="hi <b>", spans=(span,), silent=True)

    async def test(telegram: FakeTelegram, conversation: Conversation) -> None:
        await telegram.say("/status")
        assert await conversation.say(ADMIN, Answer(message=message, buttons=CHOICE, answers=1)) == 2
        assert await conversation.say(ADMIN, an_answer("ho", answers=99)) == 3

    telegram = talking(test)
    _, answer, other = telegram.messages(ADMIN)

    assert (answer.text, answer.silent, answer.preview, answer.reply_to) == ("hi <b>", True, False, 1)
    assert [entity["type"] for entity in answer.entities] == ["text_link"]
    assert answer.keyboard == (
        (
            {"text": "Why", "callback_data": "why:1"},
            {"text": "Read", "url": "https://a.test/x"},
        ),
    )
    assert (other.text, other.reply_to, other.keyboard) == ("ho", None, ())
    assert all("parse_mode" not in request.query for request in telegram.requests)


def test_a_message_is_replaced_with_the_buttons_it_is_to_have_from_then_on() -> None:
    async def test(_: FakeTelegram, conversation: Conversation) -> None:
        number = await conversation.say(ADMIN, replace(HI, buttons=CHOICE))
        assert await conversation.say(ADMIN, an_answer("ho", replaces=number, buttons=CHOICE)) == number
        assert await conversation.say(ADMIN, an_answer("ho", replaces=number, buttons=CHOICE)) == number
        assert await conversation.say(ADMIN, an_answer("done", replaces=number)) == number

    telegram = talking(test)

    assert [(change.what, change.message.text, len(change.message.keyboard)) for change in telegram.log] == [
        ("send", "hi", 1),
        ("edit", "ho", 1),
        ("edit", "done", 0),
    ]


def test_a_button_that_telegram_would_refuse_does_not_cost_the_answer() -> None:
    buttons = ((Button(label="Here", url="http://localhost/x"),), CHOICE[0])

    async def test(_: FakeTelegram, conversation: Conversation) -> None:
        assert await conversation.say(ADMIN, replace(HI, buttons=buttons)) == 1
        assert await conversation.say(ADMIN, replace(HI, buttons=buttons[:1])) == 2

    both, none = talking(test).messages(ADMIN)

    assert [[button["text"] for button in row] for row in both.keyboard] == [["Why", "Read"]]
    assert none.keyboard == ()


def test_a_file_arrives_with_its_text_and_buttons() -> None:
    file = Attachment(name="подписки.opml", content=b"<opml/>", mime="text/x-opml")
    spans = (Span(style=Style.BOLD, offset=0, length=2),)
    answer = Answer(message=Message(text="hi", spans=spans), file=file, buttons=CHOICE)

    async def test(_: FakeTelegram, conversation: Conversation) -> None:
        assert await conversation.say(ADMIN, answer) == 1
        assert await conversation.say(ADMIN, Answer(message=Message(text=""), file=file)) == 2

    telegram = talking(test)
    first, second = telegram.messages(ADMIN)

    assert first.file is not None
    kept = telegram.files.get(first.file)
    assert (kept.name, kept.data, kept.content_type) == ("подписки.opml", b"<opml/>", "text/x-opml")
    assert (first.text, len(first.entities), len(first.keyboard)) == ("hi", 1, 1)
    assert (second.text, second.file) == ("", first.file)


LENGTHS: dict[str, tuple[Answer, bool]] = {
    "the longest text": (an_answer("x" * LONGEST_TEXT), True),
    "a longer one": (an_answer("x" * (LONGEST_TEXT + 1)), False),
    "as many characters in twice the units": (an_answer("💥" * (LONGEST_TEXT // 2)), True),
    "one of them more": (an_answer("💥" * (LONGEST_TEXT // 2 + 1)), False),
    "the longest text with a file": (
        an_answer("x" * LONGEST_CAPTION, file=Attachment(name="a", content=b"a")),
        True,
    ),
    "a longer one with a file": (
        an_answer("x" * (LONGEST_CAPTION + 1), file=Attachment(name="a", content=b"a")),
        False,
    ),
    "nothing": (an_answer(" \n"), False),
}


@pytest.mark.parametrize(("answer", "fits"), LENGTHS.values(), ids=LENGTHS)
def test_whoever_says_too_much_or_nothing_is_told_so_before_anything_is_sent(
    answer: Answer, *, fits: bool
) -> None:
    async def test(_: FakeTelegram, conversation: Conversation) -> None:
        if fits:
            assert await conversation.say(ADMIN, answer) == 1
        else:
            with pytest.raises(ValueError, match=r"a message has"):
                await conversation.say(ADMIN, answer)

    assert len(talking(test).requests) == int(fits)


#: fault → how often the answer is shown
TROUBLES: dict[str, tuple[Fault, int]] = {
    "a reset": (faults.RESET, 0),
    "a reset after it was shown": (faults.RESET.after_delivery(), 1),
    "a bad gateway": (faults.page(502), 0),
    "an answer without a result": (faults.NO_RESULT, 1),
    "a blocked bot": (faults.refused(403, "Forbidden: bot was blocked by the user"), 0),
    "a refused text": (faults.refused(400, "Bad Request: message is too long"), 0),
    "a long flood limit": (faults.flood(31), 0),
}


@pytest.mark.parametrize(("fault", "times"), TROUBLES.values(), ids=TROUBLES)
def test_an_answer_that_cannot_be_delivered_is_let_go_with_a_line_in_the_log(
    fault: Fault, times: int
) -> None:
    patience = Patience()

    async def test(_: FakeTelegram, conversation: Conversation) -> None:
        with structlog.testing.capture_logs() as lines:
            assert await conversation.say(ADMIN, HI) is None
        (line,) = lines
        assert (line["event"], line["chat"]) == ("an answer was not delivered", ADMIN)
        assert TOKEN not in repr(line)

    telegram = talking(test, fault, pause=patience)

    assert (len(telegram.requests), len(telegram.messages(ADMIN))) == (1, times)
    assert patience.waits == []


def test_short_flood_limits_are_waited_out_until_half_a_minute_is_over() -> None:
    patience = Patience()

    async def test(telegram: FakeTelegram, conversation: Conversation) -> None:
        telegram.faults.add(faults.flood(10), faults.flood(20))
        assert await conversation.say(ADMIN, HI) == 1
        telegram.faults.add(faults.flood(10), faults.flood(20), faults.flood(1))
        assert await conversation.say(ADMIN, HI) is None

    talking(test, pause=patience)

    assert patience.waits == [10, 20, 10, 20]


def test_an_answer_of_telegrams_that_never_ends_is_given_up() -> None:
    async def test(_: FakeTelegram, conversation: Conversation) -> None:
        assert await conversation.say(ADMIN, HI) is None

    talking(test, faults.HANG, longest=0.2)


def test_whoever_is_stopped_while_speaking_stops() -> None:
    async def test(telegram: FakeTelegram, conversation: Conversation) -> None:
        speaking = asyncio.create_task(conversation.say(ADMIN, HI))
        await telegram.hanging()
        speaking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await speaking

    talking(test, faults.HANG)


# ---------------------------------------------------------------------------------------------- presses


def test_a_press_comes_to_rest_with_what_is_to_be_shown() -> None:
    async def test(telegram: FakeTelegram, conversation: Conversation) -> None:
        await conversation.say(ADMIN, replace(HI, buttons=CHOICE))
        first = await telegram.press(1, "why:1")
        second = await telegram.press(1, "why:1")
        await conversation.acknowledge(first)
        await conversation.acknowledge(second, "Muted.", alert=True)
        with structlog.testing.capture_logs() as lines:
            await conversation.acknowledge(first, "once more")

        silent = shown.Answer(text="", alert=False, url="", cache_time=0)
        assert telegram.commands.answers == {
            first: silent,
            second: replace(silent, text="Muted.", alert=True),
        }
        assert [line["event"] for line in lines] == ["a press was not acknowledged"]
        with pytest.raises(ValueError, match="200 characters"):
            await conversation.acknowledge(second, "x" * 201)

    talking(test)


# ------------------------------------------------------------------------------------------------ files

A_FILE = Attached(file_id=OPML.id, name="feeds.opml", size=None, mime="")


def test_a_file_that_came_along_is_read() -> None:
    async def test(telegram: FakeTelegram, conversation: Conversation) -> None:
        telegram.files.keep(OPML)
        assert await conversation.download(A_FILE, most=70) == OPML.data

    talking(test)


#: what the person's app says, what Telegram says, how many requests are made
SIZES: dict[str, tuple[int | None, int | None, int]] = {
    "the app says it": (71, 70, 0),
    "Telegram says it": (None, 70, 1),
    "nobody says it": (None, None, 1),
}


@pytest.mark.parametrize(("said", "told", "requests"), SIZES.values(), ids=SIZES)
def test_a_file_that_is_too_large_is_not_read(said: int | None, told: int | None, requests: int) -> None:
    answer = {"file_id": OPML.id, "file_unique_id": "A", "file_path": OPML.path}
    body = Raw(status=200, body=a_result(answer | ({} if told is None else {"file_size": told})))

    async def test(telegram: FakeTelegram, conversation: Conversation) -> None:
        telegram.files.keep(OPML)
        with pytest.raises(TooLargeError, match="larger than 69 bytes"):
            await conversation.download(replace(A_FILE, size=said), most=69)

    telegram = talking(test, Fault(ending=body))

    assert len(telegram.requests) == requests


def a_result(result: Mapping[str, object]) -> bytes:
    return json.dumps({"ok": True, "result": result}).encode()


NAMED = {"file_id": "A", "file_unique_id": "A"}
NO_FILE: dict[str, tuple[Fault, type[Exception], str]] = {
    "a file that Telegram does not know": (
        faults.refused(400, "Bad Request: invalid file_id"),
        PostRefusedError,
        "Invalid file_id",
    ),
    "a file that Telegram does not hand out": (
        faults.refused(400, "Bad Request: file is too big"),
        TooLargeError,
        "larger than 99 bytes",
    ),
    "a server that keeps its files": (
        Fault(ending=Raw(status=200, body=a_result({**NAMED, "file_path": __file__}))),
        PostRefusedError,
        "--local",
    ),
    "a file without a place": (
        Fault(ending=Raw(status=200, body=a_result(NAMED))),
        PostRefusedError,
        "--local",
    ),
    "a file that is gone": (
        Fault(ending=Raw(status=200, body=a_result({**NAMED, "file_path": "b"}))),
        NotSentError,
        "status 404",
    ),
    "no answer": (faults.RESET, AnswerLostError, "did not arrive"),
    "a long flood limit": (faults.flood(60), ChannelBusyError, "asks to wait"),
}


@pytest.mark.parametrize(("fault", "error", "says"), NO_FILE.values(), ids=NO_FILE)
def test_a_file_that_cannot_be_read_is_told_in_a_line_without_the_token(
    fault: Fault, error: type[Exception], says: str
) -> None:
    async def test(_: FakeTelegram, conversation: Conversation) -> None:
        with pytest.raises(error, match=says) as caught:
            await conversation.download(A_FILE, most=99)
        written = "".join(traceback.format_exception(caught.value))
        assert TOKEN not in written
        assert "\n" not in str(caught.value)

    talking(test, fault)


def test_a_file_whose_server_is_gone_meanwhile_is_not_read() -> None:
    async def test(telegram: FakeTelegram, _: Conversation) -> None:
        telegram.faults.add(Fault(ending=Raw(status=200, body=a_result({**NAMED, "file_path": "b"}))))
        bot = Bot(TOKEN, telegram.base_url, "http://127.0.0.1:1/file/bot")
        with pytest.raises(NotSentError, match=r"could not be read \(ConnectError\)"):
            await Conversation(bot).download(A_FILE, most=99)
        await close_bot(bot)

    talking(test)


# ------------------------------------------------------------------------------------------------ menus


def test_menus_are_set_for_whom_they_are_for() -> None:
    menu = {"status": "How things are", "help": "How to use it"}

    async def test(telegram: FakeTelegram, conversation: Conversation) -> None:
        await conversation.menu(Scope.EVERYBODY, "", {})
        await conversation.menu(Scope.PRIVATE, "ru", {"help": "Как пользоваться"})
        await conversation.menu(Scope.LEADERS, "zh", menu)
        await conversation.menu(GROUP, "", menu)
        assert telegram.commands.menus() == {
            ("default", ""): {},
            ("all_private_chats", "ru"): {"help": "Как пользоваться"},
            ("all_chat_administrators", "zh"): menu,
            (f"chat {GROUP}", ""): menu,
        }
        with pytest.raises(DeliveryError, match="Chat not found"):
            await conversation.menu(999, "", menu)
        with pytest.raises(DeliveryError, match="Invalid language"):
            await conversation.menu(Scope.GROUPS, "RU", menu)

    talking(test)


def test_every_scope_is_one_of_telegrams() -> None:
    async def test(telegram: FakeTelegram, conversation: Conversation) -> None:
        for scope in Scope:
            await conversation.menu(scope, "", {"help": "How to use it"})
        assert [scope for scope, _ in telegram.commands.menus()] == [scope.value for scope in Scope]

    talking(test)


def test_the_bots_name_is_asked_once() -> None:
    async def test(_: FakeTelegram, conversation: Conversation) -> None:
        assert [await conversation.name() for _ in range(2)] == ["wire_test_bot"] * 2

    assert [request.method for request in talking(test).requests] == ["getMe"]
