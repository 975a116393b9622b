"""What one person follows is nobody else's to see or to change, whatever they make up."""

from __future__ import annotations

import pytest

from bot.model import PostState
from tests.fakes.telegram import CHANNEL
from tests.fakes.telegram_chats import ShownMessage
from tests.walk.conversation import A_BREATH, ADMIN, READER, STRANGER, Conversation, link_of
from tests.walk.test_conversation import BREAKS, plain

BRIDGE = "Bridge over the Odra closed"
OWN = f"user-{READER}"


def press(talk: Conversation, data: str, by: int) -> str:
    """Let a person press a button whose data they made up; return all that they are shown."""
    talk.wait(A_BREATH * 2)
    card = talk.posts(CHANNEL)[-1]
    query = talk.telegram.commands.press(card, next(iter(data_of(card))), by)
    place = {"id": by, "type": "private", "first_name": "Anybody"}
    made_up = {**query, "data": data, "message": {**query["message"], "chat": place}}
    said = talk.happens(callback_query=made_up)
    answer = talk.telegram.commands.answers.get(query["id"])
    return plain("\n".join([said.text, answer.text if answer else ""]))


def data_of(message: ShownMessage) -> list[str]:
    return [str(button["callback_data"]) for row in message.keyboard for button in row]


@pytest.fixture
def followed(talk: Conversation) -> Conversation:
    talk.says("/sub dams", by=READER)
    talk.says("/follow bridge*", by=READER)
    talk.hears(BREAKS)
    talk.hears(BRIDGE)
    talk.polls()
    return talk


def test_no_answer_names_the_channel_of_another_reader(followed: Conversation) -> None:
    followed.says(f"/mute {link_of(BREAKS)}", by=READER)
    asked = followed.says(f"/why {link_of(BREAKS)}", by=STRANGER).text
    pressed = followed.presses("❓", followed.posts()[-1], by=STRANGER).toast
    unseen = followed.says("/why https://wire.example/dam", by=STRANGER).text
    assert asked
    assert pressed
    for text in (asked, pressed, unseen):
        assert str(READER) not in text, text


def test_a_made_up_button_tells_nothing_of_what_another_reader_gets(followed: Conversation) -> None:
    posts = followed.run(followed.archive.outbox(*PostState))
    private = [post.id for post in posts if post.channel == OWN]
    assert private
    for name in ("why", "mute"):
        unknown = press(followed, f"{name}:999", STRANGER)
        assert "no longer know" in unknown
        assert {press(followed, f"{name}:{number}", STRANGER) for number in private} == {unknown}


def test_a_story_of_another_reader_is_as_unknown_as_none(followed: Conversation) -> None:
    mine, none = f"{OWN}-1", "nonsense"
    for verb in ("mute", "unmute"):
        for link in (BRIDGE, BREAKS):
            said = [
                followed.says(f"/{verb} {link_of(link)} {name}", by=STRANGER).text for name in (mine, none)
            ]
            assert said[0].replace(mine, none) == said[1], said
            plain_ = followed.says(f"/{verb} {link_of(link)}", by=STRANGER).text
            assert str(READER) not in plain_


@pytest.mark.parametrize("data", ["why:{}", "mute:{}", "page:x:{}", "undo:{}", "rv:{}:post"])
def test_a_number_beyond_all_measure_is_an_unknown_one(talk: Conversation, data: str) -> None:
    talk.hears(BREAKS)
    for by in (STRANGER, ADMIN):
        assert "nobody expected" not in press(talk, data.format("9" * 40), by)


@pytest.mark.parametrize(
    "text",
    [
        *(f"/{name} {'9' * 40}" for name in ("why", "mute", "undo", "split", "unsub", "digest", "catchup")),
        f"/merge {'9' * 40} 1",
        f"/timeline dams {'9' * 40}d",
        f"/set judge window {'9' * 40}d",
        f"/keywords new {'a' * 3000} words",
        f"/keywords dams + {'(' * 2000}",
        f"/follow {'(' * 2000}",
        "/keywords dams + /((a{1000}){1000}){1000}/",
        "/keywords dams +",
        "/backtest dams +",
        "/sub http://[::1",
        "/test https://wire.example:99999999/",
        "/mute . .",
    ],
)
def test_nothing_written_is_unexpected(talk: Conversation, text: str) -> None:
    for by in (STRANGER, ADMIN):
        assert "nobody expected" not in talk.says(text, by=by).text
