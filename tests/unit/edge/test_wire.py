from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edge.wire import as_json
from bot.errors import PostRefusedError
from bot.model import EventId, Message, Post, PostId, PostKind, Span, Style

CARD = Post(
    channel="desk",
    event=EventId(7),
    kind=PostKind.CARD,
    id=PostId(12),
    attempts=2,
    message=Message(
        text="Dam breaks",
        spans=(
            Span(style=Style.LINK, offset=0, length=3, url="https://a.test/"),
            Span(style=Style.STRIKE, offset=4, length=6),
        ),
        silent=True,
    ),
)


def a_post(text: str, kind: PostKind = PostKind.CARD, target: int | None = None) -> Post:
    return Post(
        channel="desk", event=EventId(7), kind=kind, id=PostId(12), target=target, message=Message(text=text)
    )


def test_a_card_is_told_with_all_that_a_program_needs() -> None:
    assert json.loads(as_json(CARD)) == {
        "version": 1,
        "kind": "card",
        "channel": "desk",
        "post": 12,
        "attempt": 2,
        "event": 7,
        "message_id": 12,
        "target": None,
        "text": "Dam breaks",
        "spans": [
            {"style": "text_link", "offset": 0, "length": 3, "url": "https://a.test/"},
            {"style": "strikethrough", "offset": 4, "length": 6, "url": None},
        ],
        "silent": True,
    }


def test_a_reply_has_a_number_of_its_own_and_an_edit_that_of_its_card() -> None:
    reply, edit = (json.loads(as_json(a_post("x", kind, 5))) for kind in (PostKind.REPLY, PostKind.EDIT))

    assert (reply["message_id"], reply["target"]) == (12, 5)
    assert (edit["message_id"], edit["target"]) == (5, 5)


def test_an_edit_that_names_no_message_is_refused() -> None:
    with pytest.raises(PostRefusedError, match="names no message"):
        as_json(a_post("x", PostKind.EDIT))


@given(st.text(st.characters(codec=None)))
def test_whatever_a_text_holds_it_is_one_line_of_strict_json_and_spans_keep_their_places(text: str) -> None:
    line = as_json(a_post(text))
    told = json.loads(line)["text"]

    assert line.isascii()
    assert line.isprintable()
    told.encode()  # no lone surrogate is left
    assert len(told.encode("utf-16-le")) == len(text.encode("utf-16-le", "surrogatepass"))


def test_halves_of_a_character_that_belong_together_are_joined() -> None:
    assert json.loads(as_json(a_post("\ud83d\ude00 \ud83d")))["text"] == "😀 \ufffd"
