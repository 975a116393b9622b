"""`mute` and `unmute`: what a person wants to hear no more of, and what is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes.feedserver import FeedServer
from tests.unit.cli.typing_it import CONFIG, Typed, ago, configuration, row_counts, rss, typed

TITLE = "Dam breaks near Ostrava after two days of rain"
LINK = "https://wire.example/1"
TEXT = (
    "A dam above Ostrava gave way on Sunday. Firemen brought forty people from three villages to a school,"
    " and the river is expected to fall on Monday, the province says."
)
COPY = "https://post.example/9"
RIVERS = """
[[story]]
name = "rivers"
title = "Rivers"
query = "Ostrava"
"""


def say(*arguments: object) -> Typed:
    return typed(*arguments, "-c", CONFIG)


def poll_again() -> Typed:
    """Poll as if the feeds' intervals had passed."""
    with closing(sqlite3.connect("archive.db")) as connection, connection:
        connection.execute("update feeds set next_at = null")
    return say("poll")


@pytest.fixture
def polled(server: FeedServer) -> FeedServer:
    """Poll a report that has no copy yet, of two stories."""
    server.publish("/wire.xml", rss((TITLE, LINK, ago(hours=3)), texts=[TEXT]))
    server.publish("/post.xml", rss(("Football results", "https://post.example/1", ago(hours=4))))
    path = configuration(
        *((name, server.url(f"/{name.lower()}.xml")) for name in ("Wire", "Post")), more="concurrency = 1"
    )
    path.write_text(path.read_text(encoding="utf-8") + RIVERS, encoding="utf-8")
    assert say("poll").code == 0
    return server


def test_a_muted_event_is_told_no_more_of_and_unmuted_it_is_brought_up_to_date(polled: FeedServer) -> None:
    muted = say("mute", f"{LINK}?utm_source=x")
    polled.publish(
        "/post.xml", rss(("Villages moved to a school as dam breaks", COPY, ago(hours=2)), texts=[TEXT])
    )
    silent = poll_again()
    lifted, told = say("unmute", COPY), poll_again()

    assert (muted.code, muted.err) == (0, "")
    assert muted.out.splitlines() == [
        f"event 1 of dams: {TITLE}, muted in console",
        f"event 2 of rivers: {TITLE}, muted in console",
    ]
    assert "2 matched, 0 posts" in silent.out
    assert lifted.out.splitlines() == [
        f"event 1 of dams: {TITLE}, no longer muted in console",
        "  - edit to console to be sent",
        f"event 2 of rivers: {TITLE}, not muted there any more",  # they share their card
    ]
    assert "Also: Post" in told.out


def test_only_the_story_that_is_named_is_muted(polled: FeedServer) -> None:
    shown = say("mute", LINK, "--story", "rivers")

    assert polled.requests("/wire.xml")
    assert shown.out == f"event 2 of rivers: {TITLE}, muted in console\n"


def test_what_is_muted_already_is_said(polled: FeedServer) -> None:
    say("mute", LINK, "--story", "dams")

    again, lifted, twice = (say(word, LINK, "--story", "dams") for word in ("mute", "unmute", "unmute"))

    assert polled.requests("/wire.xml")
    assert [shown.code for shown in (again, lifted, twice)] == [0, 0, 0]
    assert again.out.endswith("muted there already\n")
    assert twice.out.endswith("not muted there any more\n")


MISTAKES = {
    "an unknown article": (("mute", "https://wire.example/77"), "https://wire.example/77 was never seen"),
    "an article no story accepts": (("mute", "https://post.example/1"), "is in no story that is followed"),
    "a story it is not in": (("mute", LINK, "--story", "lakes"), f"{LINK} is not in story lakes"),
    "a channel it is not posted to": (
        ("unmute", LINK, "--channel", "second"),
        f"no story of {LINK} is posted to second",
    ),
}


@pytest.mark.parametrize(("arguments", "says"), MISTAKES.values(), ids=MISTAKES)
def test_it_is_refused_in_one_line(arguments: tuple[str, ...], says: str, polled: FeedServer) -> None:
    before = row_counts()

    shown = say(*arguments)

    assert polled.requests("/wire.xml")
    assert (shown.code, shown.out) == (2, "")
    assert says in shown.line
    assert row_counts() == before


def test_nothing_is_muted_of_a_story_that_is_no_longer_configured(polled: FeedServer) -> None:
    path = Path(CONFIG)
    text = path.read_text(encoding="utf-8").replace('"dams"', '"floods"').replace('"rivers"', '"lakes"')
    path.write_text(text, encoding="utf-8")

    shown = say("mute", LINK)

    assert polled.requests("/wire.xml")
    assert (shown.code, shown.line) == (
        2,
        f"storywire: {LINK} is in no story that is followed: there is nothing to correct",
    )
