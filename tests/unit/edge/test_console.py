"""The terminal as a channel: what is seen, and that hostile text stays text."""

from __future__ import annotations

import asyncio
import io
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.edge.console import ConsoleChannel, styled
from bot.model import EventId, Message, Post, PostKind, Span, Style


def a_post(message: Message, kind: PostKind = PostKind.CARD, target: int | None = None) -> Post:
    return Post(channel="news", event=EventId(1), kind=kind, message=message, target=target)


def filled(console: Console, *posts: Post, quiet: bool = False) -> ConsoleChannel:
    channel = ConsoleChannel("news", console, quiet=quiet)

    async def run() -> None:
        for post in posts:
            await channel.send(post)

    asyncio.run(run())
    return channel


def printed(*posts: Post, terminal: bool = False) -> str:
    out = io.StringIO()
    colours: Literal["standard"] | None = "standard" if terminal else None
    filled(Console(file=out, width=60, force_terminal=terminal, color_system=colours), *posts)
    return out.getvalue()


def text(words: str) -> Message:
    return Message(text=words)


def test_messages_are_printed_in_boxes_under_their_numbers() -> None:
    out = printed(
        a_post(text("dam breaks")),
        a_post(text("five rescued"), PostKind.REPLY, 1),
        a_post(text("dam breaks, two outlets"), PostKind.EDIT, 1),
    )

    heads = [line.strip("╭─╮ ") for line in out.splitlines() if line.startswith("╭")]
    assert heads == ["#1", "#2 answers #1", "#1, edited 1x"]
    assert "│ dam breaks, two outlets" in out


def test_the_end_state_can_be_shown_after_a_quiet_run() -> None:
    posts = (a_post(text("before")), a_post(text("after"), PostKind.EDIT, 1))
    out = io.StringIO()
    channel = filled(Console(file=out), *posts, quiet=True)

    assert out.getvalue() == ""
    channel.show()
    shown = out.getvalue()
    assert "before" not in shown
    assert "│ after" in shown


def test_a_quiet_channel_remembers_how_messages_read_before_and_a_printing_one_does_not() -> None:
    texts = ["one", "two", "two", "three"]
    posts = [
        a_post(text(words), PostKind.EDIT if place else PostKind.CARD, 1) for place, words in enumerate(texts)
    ]

    for quiet, known in ((True, ["one", "two", "three"]), (False, ["three"])):
        shown = filled(Console(file=io.StringIO()), *posts, quiet=quiet).messages[1]
        assert [version.message.text for version in shown.versions] == known
        assert (shown.edits, shown.at) == (2, None)


def test_an_edit_that_changes_nothing_is_not_printed() -> None:
    out = printed(a_post(text("same")), a_post(text("same"), PostKind.EDIT, 1))

    assert out.count("same") == 1


def test_a_card_printed_before_a_restart_is_printed_again_when_it_changes() -> None:
    out = io.StringIO()
    channel = filled(Console(file=out), a_post(text("after"), PostKind.EDIT, 7), a_post(text("next")))

    assert "│ after" in out.getvalue()
    assert list(channel.messages) == [7, 8]


LINKED = Message(text="read", spans=(Span(style=Style.LINK, offset=0, length=4, url="https://a.test/x"),))


def test_a_terminal_gets_links_to_click() -> None:
    out = printed(a_post(LINKED), terminal=True)

    assert ";https://a.test/x\x1b\\" in out


def test_a_file_gets_the_targets_of_links_below_the_text() -> None:
    out = printed(a_post(LINKED))

    assert "│ https://a.test/x" in out
    assert "\x1b" not in out


HOSTILE = {
    "colours and titles": "\x1b[31mred\x1b]0;title\x07",
    "eight-bit controls": "\x9b31mred",
    "overwriting": "one\rtwo\x08",
    "right to left": "abc\u202edef",
    "half a character": "a\ud83d",
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_text_cannot_steer_the_terminal(hostile: str) -> None:
    link = Span(style=Style.LINK, offset=0, length=1, url=f"https://a.test/{hostile}")
    out = printed(a_post(Message(text=hostile, spans=(link,))))

    assert {unicodedata.category(char) for char in out} & {"Cf", "Cs"} == set()
    assert {char for char in out if unicodedata.category(char) == "Cc"} == {"\n"}


def test_rich_mark_up_is_plain_text() -> None:
    out = printed(a_post(text("[bold]x[/bold] [link=http://a.test]y[/link] :smile:")))

    assert "[bold]x[/bold] [link=http://a.test]y[/link] :smile:" in out


def test_styles_fall_on_the_same_letters_as_in_telegram() -> None:
    spans = (Span(style=Style.BOLD, offset=3, length=2), Span(style=Style.STRIKE, offset=9, length=5))
    shown = styled(Message(text="😀 hi 😀 x", spans=spans))

    assert [(shown.plain[span.start : span.end], str(span.style)) for span in shown.spans] == [
        ("hi", "bold"),
        ("x", "strike"),
    ]


@given(words=st.text(), offset=st.integers(0, 50), length=st.integers(0, 50))
def test_any_text_and_style_can_be_drawn(words: str, offset: int, length: int) -> None:
    shown = styled(Message(text=words, spans=(Span(style=Style.BOLD, offset=offset, length=length),)))

    assert len(shown.plain) == len(words)
