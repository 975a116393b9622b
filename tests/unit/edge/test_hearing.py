"""What each kind of update says."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from telegram import Update

from bot.edge.hearing import heard
from bot.edge.updates import UNREADABLE
from bot.talk import NOWHERE, Attached, Chat, Heard, Oddity, Person, Saying
from tests.fakes.telegram_anything import KINDS, Json, updates

ADA: Json = {"id": 4242, "is_bot": False, "first_name": "Ada", "last_name": "Byron", "language_code": "ru"}
HOME: Json = {"id": 4242, "type": "private", "first_name": "Ada"}
GROUP: Json = {"id": -1001000000003, "type": "supergroup", "title": "Desk"}
CHANNEL: Json = {"id": -1001000000001, "type": "channel", "title": "News"}
DATE = 1_790_000_000
AT = datetime.fromtimestamp(DATE, UTC)


def a_message(**changes: Any) -> Json:
    usual = {"message_id": 7, "date": DATE, "chat": HOME, "from": ADA, "text": "hello"}
    return {name: value for name, value in (usual | changes).items() if value is not None}


def written_by(number: int) -> Json:
    return a_message(**{"from": {**ADA, "id": number}})


def a_press(**changes: Any) -> Json:
    usual = {"id": "9", "from": ADA, "chat_instance": "1", "data": "why:3", "message": a_message()}
    return {name: value for name, value in (usual | changes).items() if value is not None}


def told(**update: Any) -> Heard | None:
    """As it comes: through JSON and PTB."""
    raw = json.loads(json.dumps({"update_id": 5, **update}))
    return heard(Update.de_json(raw, None))


HELLO = Heard(
    update=5,
    at=AT,
    chat=Chat(id=4242, kind="private"),
    person=Person(id=4242, language="ru", name="Ada Byron"),
    kind=Saying.TEXT,
    text="hello",
    message=7,
)
PRESS = Heard(
    update=5,
    at=None,
    chat=HELLO.chat,
    person=HELLO.person,
    kind=Saying.PRESS,
    message=7,
    press="9",
    data="why:3",
)


def test_what_a_person_writes() -> None:
    assert told(message=a_message()) == HELLO


def test_what_a_person_presses_whoever_wrote_the_message_and_whenever() -> None:
    card = a_message(chat=CHANNEL, sender_chat=CHANNEL, edit_date=DATE, **{"from": None})

    assert told(callback_query=a_press()) == PRESS
    assert told(callback_query=a_press(message=card)) == replace(
        PRESS, chat=Chat(id=CHANNEL["id"], kind="channel")
    )


def test_a_press_under_a_message_that_is_gone_still_names_it() -> None:
    gone = {"chat": HOME, "message_id": 7, "date": 0}

    assert told(callback_query=a_press(message=gone)) == PRESS


COMMANDS: dict[str, tuple[str, Saying]] = {
    "a command": ("/status", Saying.COMMAND),
    "a command for this bot": ("/sub@wire_test_bot visit", Saying.COMMAND),
    "a command on a line of its own": ("/sub\nvisit", Saying.COMMAND),
    "a path": ("/usr/bin", Saying.TEXT),
    "a slash": ("/", Saying.TEXT),
    "a name that no command has": ("/статус", Saying.TEXT),
    "a command later on": ("say /status", Saying.TEXT),
    "a name of 33 letters": ("/" + "x" * 33, Saying.TEXT),
}


@pytest.mark.parametrize(("text", "kind"), COMMANDS.values(), ids=COMMANDS)
def test_a_command_is_a_slash_and_a_name(text: str, kind: Saying) -> None:
    assert told(message=a_message(text=text)) == replace(HELLO, text=text, kind=kind)


def test_a_file_comes_with_its_text() -> None:
    file = {"file_id": "BQAC", "file_unique_id": "AgAD", "file_name": "a.opml", "file_size": 9}
    found = told(message=a_message(text=None, caption="/import", document={**file, "mime_type": "text/xml"}))

    attached = Attached(file_id="BQAC", name="a.opml", size=9, mime="text/xml")
    assert found == replace(HELLO, kind=Saying.DOCUMENT, text="/import", document=attached)
    bare = {"file_id": "BQAC", "file_unique_id": "AgAD"}
    assert told(message=a_message(text=None, document=bare)) == replace(
        HELLO, kind=Saying.DOCUMENT, text="", document=Attached(file_id="BQAC", name="", size=None, mime="")
    )


A_USER_ORIGIN = {"type": "user", "date": DATE, "sender_user": ADA}
A_CHANNEL_ORIGIN = {"type": "channel", "date": DATE, "chat": CHANNEL, "message_id": 31}
SOME_BOT = {**ADA, "is_bot": True}

#: update → what is odd about it
ODD: dict[str, tuple[dict[str, Any], set[Oddity]]] = {
    "an edited message": ({"edited_message": a_message(edit_date=DATE + 9)}, {Oddity.EDITED}),
    "a message that says it was edited": ({"message": a_message(edit_date=DATE + 9)}, {Oddity.EDITED}),
    "a forwarded message": ({"message": a_message(forward_origin=A_USER_ORIGIN)}, {Oddity.FORWARDED}),
    "a message through another bot": ({"message": a_message(via_bot=SOME_BOT)}, {Oddity.VIA_BOT}),
    "a message in a chat's name": ({"message": a_message(sender_chat=GROUP)}, {Oddity.ANONYMOUS}),
    "an anonymous administrator": ({"message": written_by(1087968824)}, {Oddity.ANONYMOUS}),
    "the channel's bot": ({"message": written_by(136817688)}, {Oddity.ANONYMOUS}),
    "Telegram itself": ({"message": written_by(777000)}, {Oddity.ANONYMOUS}),
    "a post as it comes to its group": (
        {
            "message": a_message(
                is_automatic_forward=True, forward_origin=A_CHANNEL_ORIGIN, sender_chat=CHANNEL
            )
        },
        {Oddity.AUTOMATIC, Oddity.FORWARDED, Oddity.ANONYMOUS},
    ),
    "a planned message": ({"message": a_message(is_from_offline=True)}, {Oddity.AUTOMATIC}),
    "a bot": ({"message": a_message(**{"from": SOME_BOT})}, {Oddity.BOT}),
    "a bot in somebody's name": ({"message": a_message(sender_business_bot=SOME_BOT)}, {Oddity.BOT}),
    "a message that does not say when": ({"message": a_message() | {"date": None}}, {Oddity.UNKNOWN}),
    "a message to a person whom the bot serves": ({"business_message": a_message()}, {Oddity.UNKNOWN}),
    "the same, edited": ({"edited_business_message": a_message()}, {Oddity.UNKNOWN, Oddity.EDITED}),
    "a message of a business": ({"message": a_message(business_connection_id="1")}, {Oddity.UNKNOWN}),
    "a message from where the bot is not": ({"guest_message": a_message()}, {Oddity.UNKNOWN}),
    "a channel's post": ({"channel_post": a_message(chat=CHANNEL)}, {Oddity.CHANNEL_POST}),
    "the same, edited ": (
        {"edited_channel_post": a_message(chat=CHANNEL)},
        {Oddity.CHANNEL_POST, Oddity.EDITED},
    ),
    "a button of an inline message": (
        {"callback_query": a_press(message=None, inline_message_id="1")},
        {Oddity.INLINE},
    ),
    "a bot that presses": ({"callback_query": a_press(**{"from": SOME_BOT})}, {Oddity.BOT}),
    "a game's button": ({"callback_query": a_press(data=None, game_short_name="chess")}, {Oddity.UNKNOWN}),
}


@pytest.mark.parametrize(("update", "oddities"), ODD.values(), ids=ODD)
def test_what_is_odd_is_told_and_nothing_is_left_out(update: dict[str, Any], oddities: set[Oddity]) -> None:
    found = told(**update)

    assert found is not None
    assert found.oddities == oddities
    assert found.text == ("" if found.press else "hello")


def test_an_inline_press_is_nowhere() -> None:
    found = told(callback_query=a_press(message=None, inline_message_id="1"))

    assert found == replace(PRESS, chat=NOWHERE, message=0, oddities=frozenset({Oddity.INLINE}))


#: what is replied to → its number here, and the channel's post that it is
ANSWERED: dict[str, tuple[Json, int | None, tuple[int, int] | None]] = {
    "a message": ({"reply_to_message": a_message(message_id=6)}, 6, None),
    "a channel's post in its group": (
        {
            "chat": GROUP,
            "reply_to_message": a_message(
                chat=GROUP,
                message_id=6,
                is_automatic_forward=True,
                sender_chat=CHANNEL,
                forward_origin=A_CHANNEL_ORIGIN,
            ),
        },
        6,
        (CHANNEL["id"], 31),
    ),
    "a post that was forwarded to the bot": (
        {"reply_to_message": a_message(message_id=6, forward_origin=A_CHANNEL_ORIGIN)},
        6,
        (CHANNEL["id"], 31),
    ),
    "a person's message that was forwarded": (
        {"reply_to_message": a_message(message_id=6, forward_origin=A_USER_ORIGIN)},
        6,
        None,
    ),
    "a post in the channel itself": (
        {"chat": CHANNEL, "reply_to_message": a_message(chat=CHANNEL, message_id=31)},
        31,
        (CHANNEL["id"], 31),
    ),
    "a post from another chat": (
        {"external_reply": {"origin": A_CHANNEL_ORIGIN, "chat": CHANNEL, "message_id": 31}},
        None,
        (CHANNEL["id"], 31),
    ),
    "a message from another chat": ({"external_reply": {"origin": A_USER_ORIGIN}}, None, None),
}


@pytest.mark.parametrize(("reply", "answers", "post"), ANSWERED.values(), ids=ANSWERED)
def test_a_reply_names_what_it_replies_to(
    reply: Json, answers: int | None, post: tuple[int, int] | None
) -> None:
    found = told(message=a_message(**reply))

    assert found is not None
    assert (found.answers, found.answers_channel) == (answers, post)


SILENT: dict[str, dict[str, Any]] = {
    "a picture": {"message": a_message(text=None, photo=[])},
    "somebody who joined": {"message": a_message(text=None, new_chat_members=[ADA])},
    "a place that is none of Telegram's": {"message": a_message(chat={**HOME, "type": "sender"})},
    "a place without a number": {"message": a_message(chat={**HOME, "id": "4242"})},
    "a number of no message": {"message": a_message(message_id="7")},
    "a number of no update": {"update_id": "5", "message": a_message()},
    "a number that is a truth": {"update_id": True, "message": a_message()},
    "a number that no database takes": {"update_id": 2**70, "message": a_message()},
    "a press without a number": {"callback_query": a_press(id="")},
    "an inline query": {"inline_query": {"id": "1", "from": ADA, "query": "/status", "offset": ""}},
    "a kind that nobody knows": {"telepathy": a_message()},
    "nothing": {},
}


@pytest.mark.parametrize("update", SILENT.values(), ids=SILENT)
def test_what_nobody_says_is_not_heard(update: dict[str, Any]) -> None:
    assert told(**update) is None


NOBODY: dict[str, Any] = {
    "nobody is named": None,
    "the number is a text": {**ADA, "id": "4242"},
    "the number is a fraction": {**ADA, "id": 4242.0},
    "the number is a truth": {**ADA, "id": True},
    "the number is a list": {**ADA, "id": [4242]},
    "the number is larger than any": {**ADA, "id": 2**60},
}


@pytest.mark.parametrize("user", NOBODY.values(), ids=NOBODY)
def test_who_has_no_number_is_nobody(user: Any) -> None:
    for update in ({"message": a_message(**{"from": user})}, {"callback_query": a_press(**{"from": user})}):
        found = told(**update)
        assert found is not None
        assert found.person is None


def test_texts_can_be_stored_and_names_shown() -> None:
    user = {**ADA, "first_name": "A\u202eda\n\x00", "last_name": "Ж" * 99, "language_code": "\x00"}
    found = told(message=a_message(text="nu\x00l \ud800💥", **{"from": user}))

    assert found is not None
    assert found.text == "nul 💥"
    assert found.person == Person(id=4242, name=f"Ada {'Ж' * 60}")


@pytest.mark.slow
def test_ten_thousand_updates_of_any_shape_are_heard_or_let_go() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(updates())
    def test(raw: Json) -> None:
        try:
            update = Update.de_json(raw, None)
        except UNREADABLE:  # as the receiver does
            seen["unreadable"] += 1
            return
        found = heard(update)
        seen["silent" if found is None else found.kind.value] += 1
        if found is not None:
            assert_sound(found)
            seen.update(f"odd: {oddity.value}" for oddity in found.oddities)

    test()

    assert min(seen[kind.value] for kind in Saying) > 100, seen
    assert min(seen[f"odd: {oddity.value}"] for oddity in Oddity) > 20, seen


def assert_sound(found: Heard) -> None:
    """What a guard and a database can rely on."""
    numbers = [found.update, found.chat.id, found.message, found.answers or 0, *(found.answers_channel or ())]
    numbers += [] if found.person is None else [found.person.id]
    assert all(type(number) is int and abs(number) < 2**63 for number in numbers)
    f"{found.text}{found.data}{found.person}{found.document}".encode()
    assert "\x00" not in found.text + found.data
    assert (found.kind is Saying.PRESS) == (found.press is not None)
    assert (found.kind is Saying.DOCUMENT) == (found.document is not None)
    assert found.at is None or found.at.tzinfo is not None
    assert found.at is not None or found.kind is Saying.PRESS or Oddity.UNKNOWN in found.oddities


def test_every_kind_of_update_that_ptb_knows_is_among_them() -> None:
    assert set(Update.ALL_TYPES) <= set(KINDS)
