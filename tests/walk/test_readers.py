"""What others than administrators say to the bot, and what is no person's own fresh word."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import structlog

from bot.edge import logs
from tests.fakes.telegram import CHANNEL, TOKEN
from tests.fakes.telegram_entities import Json
from tests.fakes.telegram_faults import PASSING, refused
from tests.walk.conversation import (
    ADMIN,
    FILE,
    GROUP,
    READER,
    STRANGER,
    Answers,
    Conversation,
    labels,
    link_of,
)
from tests.walk.test_conversation import BREAKS, first_lines, plain

HOUR = timedelta(hours=1)
BRIDGE = "Bridge over the Odra closed"
SHUT = FILE.replace("enabled = true", "enabled = false")


def of_reader(talk: Conversation, person: int = READER) -> list[str]:
    """Deliver what may go out, then give the first lines of what a person was sent as posts."""
    talk.polls()
    return [line for line, message in zip(*shown(talk, person), strict=True) if "❓" in labels(message)]


def shown(talk: Conversation, person: int) -> tuple[list[str], list[Any]]:
    posts = talk.posts(person)
    return first_lines(posts), posts


def says(talk: Conversation, text: str, person: int = READER, **more: Any) -> str:
    return plain(talk.says(text, by=person, **more).text)


# ------------------------------------------------------------------------------------------- strangers

FOR_ADMINISTRATORS = """status feeds keywords set pause resume test backtest merge split review import export
    health version undo audit stats""".split()
FOR_SUBSCRIBERS = "list sub unsub follow why timeline catchup mute unmute digest".split()


def test_a_stranger_learns_what_the_bot_is_and_nothing_else(talk: Conversation) -> None:
    talk.configures(SHUT)

    assert "I listen to my administrators only.\nYour number is 4444." in says(talk, "/start", STRANGER)
    assert says(talk, "/help", STRANGER).startswith("/start – Say what this bot does\nMore of one")
    for name in (*FOR_ADMINISTRATORS, *FOR_SUBSCRIBERS, "nonsense"):
        talk.wait(timedelta(minutes=1))
        assert says(talk, f"/{name} dams", STRANGER) == "", name
    assert talk.attaches("list.opml", "<opml/>", by=STRANGER).messages == []
    assert (talk.choices(), talk.deeds()) == ({}, [])


def test_who_runs_the_bot_learns_their_number_before_there_is_any_administrator(talk: Conversation) -> None:
    talk.write(SHUT.replace("admins = [4242, 4245]", 'updates = "poll"'))
    talk.restart()

    assert "I listen to my administrators only.\nYour number is 4242." in says(talk, "/start", ADMIN)
    assert says(talk, "/status", ADMIN) == ""


def test_a_reader_cannot_say_what_administrators_can(talk: Conversation) -> None:
    for name in FOR_ADMINISTRATORS:
        assert says(talk, f"/{name} dams") == "", name
    helped = says(talk, "/help")
    assert "/follow – Follow keywords of your own" in helped
    assert "/keywords –" not in helped
    assert says(talk, "/help keywords") == helped


def test_who_asks_too_often_is_not_answered_for_a_while(talk: Conversation) -> None:
    talk.configures(SHUT)

    answered = [bool(talk.says("/start", by=STRANGER).messages) for _ in range(8)]
    assert answered == [True] * 6 + [False] * 2
    assert says(talk, "/version", ADMIN).startswith("Storywire")
    talk.wait(timedelta(minutes=1))
    assert says(talk, "/start", STRANGER)


# ----------------------------------------------------------------------------------------- subscribing


def test_a_story_is_followed_in_private_with_cards_of_ones_own(talk: Conversation) -> None:
    subscribed = talk.says("/sub dams", by=READER)
    assert subscribed.text == "You get the posts of Dams from now on."
    assert says(talk, "/list") == "You follow:\n1. Dams"
    assert "You have that already" in says(talk, "/sub dams")
    assert first_lines(talk.hears(BREAKS)) == [BREAKS]
    assert of_reader(talk) == [BREAKS]
    card = talk.posts(READER)[-1]
    assert labels(card) == ["❓", "🔇"]
    assert (talk.presses("❓", card, by=READER).toast or "").startswith("from Wire, published")

    talk.presses("Undo", subscribed.last, by=READER)
    assert "You follow" not in says(talk, "/list")
    talk.hears("Dam in Opava inspected")
    assert of_reader(talk) == [BREAKS]
    assert first_lines(talk.posts()) == [BREAKS, "Dam in Opava inspected"]


def test_words_of_ones_own_are_followed_and_shown_to_nobody_else(talk: Conversation) -> None:
    followed = talk.says("/follow bridge* -football", by=READER)
    assert followed.text == "You follow from now on: bridge* -football"
    assert talk.hears(BRIDGE) == []
    assert of_reader(talk) == [BRIDGE]
    assert f"story {READER}" not in says(talk, f"/why {link_of(BRIDGE)}", STRANGER)
    assert "matched by\n      • bridge*" in says(talk, f"/why {link_of(BRIDGE)}")
    assert BRIDGE in says(talk, "/catchup")
    assert BRIDGE in says(talk, f"/timeline user-{READER}-1")
    for person in (STRANGER, ADMIN):
        assert "bridge*" not in says(talk, "/start", person)
        assert "There is no story" in says(talk, f"/timeline user-{READER}-1", person)
        assert BRIDGE not in says(talk, "/catchup", person)
        assert "bridge*" not in says(talk, "/list", person) + says(talk, "/sub", person)

    talk.presses("Undo", followed.last, by=READER)
    assert talk.choices() == {}
    talk.hears("Bridge in Opava closed")
    assert of_reader(talk) == [BRIDGE]


def test_following_ends_by_number_and_by_name(talk: Conversation) -> None:
    talk.says("/sub dams", by=READER)
    talk.says("/follow bridge*", by=READER)
    assert says(talk, "/list") == "You follow:\n1. Dams\n2. bridge*"

    ended = talk.says("/unsub 2", by=READER)
    assert ended.text == "You no longer follow: bridge*"
    assert talk.presses("Undo", ended.last, by=READER).messages
    assert says(talk, "/list") == "You follow:\n1. Dams\n2. bridge*"
    assert "You no longer follow: Dams" in says(talk, "/unsub dams")
    assert "Which one?" in says(talk, "/unsub 7")
    says(talk, "/unsub 1")
    assert talk.choices() == {}


LIMITS = {
    "words at once": ("/follow a b c d", "At most 3 words at once."),
    "a feed's address": ("/sub https://herald.example/feed", "There is no story https://herald.example/feed"),
    "a story that is not there": ("/sub damns", "There is no story damns (there are: dams)."),
    "words that are no query": ("/follow (bridge", "the query is not understood"),
    "an hour that is none": ("/digest 25:00", "You follow nothing yet"),
}


def test_a_reader_is_held_to_limits(talk: Conversation) -> None:
    for sentence, (said, answer) in LIMITS.items():
        assert answer in says(talk, said), sentence
    assert talk.choices() == {}

    talk.says("/sub dams", by=READER)
    talk.says("/follow bridge*", by=READER)
    assert says(talk, "/follow tram") == "You may follow 2 stories."
    talk.says("/follow tram", by=STRANGER)
    assert says(talk, "/sub dams", ADMIN) == "There are as many subscribers as this bot takes."
    assert "Tell me that in a private chat" in says(talk, "/sub dams", ADMIN, chat=GROUP)
    talk.configures(SHUT)
    assert says(talk, "/follow x") == ""
    assert "Subscriptions are off" in says(talk, "/sub dams", ADMIN)


def test_a_reader_has_hours_of_their_own(talk: Conversation) -> None:
    talk.says("/sub dams", by=READER)
    assert says(talk, "/digest") == "You get posts: at once"
    ordered = talk.says("/digest 14:00 18:00", by=READER)
    assert ordered.text == "You get a digest at 14:00, 18:00."
    assert "must be a time of day" in says(talk, "/digest 25:00")

    assert first_lines(talk.hears(BREAKS)) == [BREAKS]
    assert BREAKS not in talk.posts(READER)[-1].text
    talk.polls(after=2 * HOUR)
    assert BREAKS in talk.posts(READER)[-1].text
    talk.presses("Undo", ordered.last, by=READER)
    assert says(talk, "/digest") == "You get posts: at once"


def test_a_reader_mutes_for_oneself_only(talk: Conversation) -> None:
    talk.says("/sub dams", by=READER)
    (card,) = talk.hears(BREAKS)
    talk.polls()
    own = talk.posts(READER)[-1]

    muted = talk.presses("🔇", own, by=READER)
    assert muted.text == f"No more of “{BREAKS}” until something new happens."
    talk.hears(f"{BREAKS} in the north", "Post")
    assert "Also: Post" in talk.shown(card).text
    assert "Also: Post" not in talk.shown(own).text
    talk.presses("Undo", muted.last, by=READER)
    talk.polls()
    assert "Also: Post" in talk.shown(own).text

    assert "No more of" in says(talk, f"/mute {link_of(BREAKS)}")
    assert "No channel of yours tells of that." in says(talk, f"/mute {link_of(BREAKS)}", STRANGER)


def test_nobody_takes_back_what_another_did(talk: Conversation) -> None:
    talk.says("/keywords dams + levee*")
    mine = talk.says("/sub dams", by=READER)
    keyboard = ({"text": "Undo", "callback_data": "undo:1"},)
    talk.telegram.chats.show(_with_keyboard(mine, keyboard))

    refused_ = talk.presses("Undo", mine.last, by=READER)

    assert refused_.text == "That is not yours to take back."
    assert ("story", "dams") in talk.choices()


def _with_keyboard(answers: Answers, row: tuple[Json, ...]) -> Any:
    message = answers.last
    return type(message)(
        id=message.id, chat=message.chat, text=message.text, entities=message.entities, keyboard=(row,)
    )


def test_who_blocks_the_bot_follows_nothing_any_more(talk: Conversation) -> None:
    talk.says("/sub dams", by=READER)
    talk.says("/follow bridge*", by=READER)

    talk.blocks(READER)

    assert talk.choices() == {}
    assert f"{READER}: [blocked the bot] → follows nothing any more" in talk.deeds()
    sent = len(talk.telegram.requests)
    assert first_lines(talk.hears(BREAKS)) == [BREAKS]
    assert all(request.query.get("chat_id") != str(READER) for request in talk.telegram.requests[sent:])


# --------------------------------------------------------------------------------- no own, fresh word


def _user(number: int, **more: object) -> Json:
    return {"id": number, "is_bot": False, "first_name": "Ada", **more}


ODD: dict[str, tuple[str, Callable[[Json], Json]]] = {
    "edited": ("edited_message", lambda message: {**message, "edit_date": message["date"]}),
    "edited, told as new": ("message", lambda message: {**message, "edit_date": message["date"]}),
    "old": ("message", lambda message: {**message, "date": message["date"] - 600}),
    "of the future": ("message", lambda message: {**message, "date": message["date"] + 600}),
    "forwarded": (
        "message",
        lambda message: {
            **message,
            "forward_origin": {"type": "user", "date": message["date"], "sender_user": _user(STRANGER)},
        },
    ),
    "sent through another bot": (
        "message",
        lambda message: {**message, "via_bot": {"id": 99, "is_bot": True, "first_name": "Other"}},
    ),
    "said by a program": ("message", lambda message: {**message, "from": _user(ADMIN, is_bot=True)}),
    "said in a chat's name": ("message", lambda message: {**message, "sender_chat": message["chat"]}),
    "said by nobody": ("message", lambda message: {k: v for k, v in message.items() if k != "from"}),
}


@pytest.mark.parametrize("sentence", ODD)
def test_a_command_has_no_effect_that_is(sentence: str, talk: Conversation) -> None:
    kind, change = ODD[sentence]
    for chat in (ADMIN, GROUP):
        message = talk.written("/keywords dams + levee*", chat=chat)

        answers = talk.happens(**{kind: change(message)})

        assert answers.messages == [], chat
    assert (talk.choices(), talk.deeds()) == ({}, [])
    assert talk.happens(message=talk.written("/keywords dams + levee*")).messages


def test_an_anonymous_administrator_of_the_group_is_nobody(talk: Conversation) -> None:
    group = talk.telegram.chats.chats[GROUP].public()
    anonymous = {"from": _user(1087968824, is_bot=True), "sender_chat": group}

    assert talk.happens(message={**talk.written("/pause", chat=GROUP), **anonymous}).messages == []
    assert talk.choices() == {}


def test_a_command_that_comes_again_is_done_once_also_after_a_restart(talk: Conversation) -> None:
    message = talk.written("/keywords dams + levee*")
    assert talk.again(700, message=message).text == "dams also looks for: levee*"
    talk.says("/undo")
    assert talk.again(700, message=message).messages == []
    talk.restart()

    assert talk.again(700, message=message).messages == []
    assert talk.choices() == {}
    assert talk.again(750, message=message).messages


def test_a_press_that_comes_again_or_too_late_has_no_effect(talk: Conversation) -> None:
    added = talk.says("/keywords dams + levee*")
    query = talk.telegram.commands.press(added.last, "undo:1", ADMIN)
    number = 900
    assert "Taken back" in talk.again(number, callback_query=query).text
    talk.says("/keywords dams + levee*")
    assert talk.again(number, callback_query=query).messages == []
    # Telegram has forgotten it: it was pressed long ago, and its update was lost meanwhile.
    late = {**talk.telegram.commands.press(added.last, "undo:1", ADMIN), "id": "forgotten"}
    assert talk.happens(callback_query=late).messages == []
    assert talk.choices()["story", "dams"] == {"also": ["levee*"]}


# -------------------------------------------------------------------------------------------- secrets


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Log everything for a while, as the program does with level "debug"."""
    root = logging.getLogger()
    handlers, level, hook, stream = root.handlers[:], root.level, sys.excepthook, sys.stderr
    names = ("aiohttp.access", "apscheduler", "apscheduler.scheduler", "httpcore", "httpx", "telegram")
    logs.configure("debug", "json", [])
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    sys.stderr = io.StringIO()
    try:
        yield sys.stderr
    finally:
        root.handlers[:], sys.excepthook, sys.stderr = handlers, hook, stream
        root.setLevel(level)
        structlog.reset_defaults()
        for name in names:
            logging.getLogger(name).setLevel(logging.NOTSET)


def test_the_token_is_neither_logged_nor_said(talk: Conversation) -> None:
    secret = TOKEN.partition(":")[2]
    with logged() as log:
        talk.restart()
        talk.hears(BREAKS)
        for method in ("sendMessage", "getFile", "answerCallbackQuery"):
            for fault in (PASSING["a reset"], PASSING["a bad gateway"], refused(401, "Unauthorized")):
                talk.telegram.faults.add(fault, method=method)
                talk.says("/version")
                talk.attaches("a.opml", "<opml/>")
                talk.presses("❓", talk.posts(CHANNEL)[-1])
        file = talk.says("/export").messages[-1].file or ""

    assert "a press was not acknowledged" in log.getvalue()
    assert "getUpdates" in log.getvalue(), "the client library logs what it does"
    assert secret not in log.getvalue()
    assert secret not in talk.telegram.files.get(file).data.decode()
    for change in talk.telegram.log:
        assert secret not in change.message.text
