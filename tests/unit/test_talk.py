"""What is said to the bot and what it answers, as far as it can be wrong."""

from __future__ import annotations

from typing import Any

import pytest

from bot.model import Message
from bot.talk import Answer, Attachment, Button

BUTTONS: dict[str, tuple[dict[str, Any], bool]] = {
    "one that sends something back": ({"data": "why:1"}, True),
    "one that opens an address": ({"url": "https://a.test/"}, True),
    "one that does both": ({"data": "why:1", "url": "https://a.test/"}, False),
    "one that does neither": ({}, False),
    "one that sends nothing back": ({"data": ""}, False),
    "one without a label": ({"data": "why:1", "label": " "}, False),
    "the most that one sends back": ({"data": "x" * 64}, True),
    "more than that": ({"data": "x" * 65}, False),
    "more bytes, though not more letters": ({"data": "ж" * 33}, False),
}


@pytest.mark.parametrize(("fields", "fits"), BUTTONS.values(), ids=BUTTONS)
def test_a_button_does_one_thing_and_sends_little_back(fields: dict[str, Any], *, fits: bool) -> None:
    whole = {"label": "Why", **fields}
    if fits:
        assert Button(**whole).label == "Why"
    else:
        with pytest.raises(ValueError, match="a button"):
            Button(**whole)


def test_an_answer_says_little_over_the_chat_and_replaces_no_message_by_a_file() -> None:
    message = Message(text="hi")

    assert Answer(message=message, toast="x" * 200).alert is False
    with pytest.raises(ValueError, match="at most 200 characters"):
        Answer(message=message, toast="x" * 201)
    with pytest.raises(ValueError, match="not replaced by a file"):
        Answer(message=message, file=Attachment(name="a", content=b"a"), replaces=1)
