from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.moving import ANSWERS, WITHIN, moving, not_read, not_there
from bot.model import Feed, Move, Validators
from tests.builders import NOW, a_feed

NEW = "https://new.example/feed.xml"
PARKED = "https://parked.example/"
HOUR = timedelta(hours=1)
KNOWN = a_feed(recorded_at=NOW - timedelta(days=9))

#: What an answer names as the new address, whether it held known entries, how much later the next one comes.
Answer = tuple[str | None, bool, timedelta]
STEP = WITHIN / 2

ANSWERED: dict[str, tuple[list[Answer], str | None]] = {
    "named once": ([(NEW, True, STEP)], None),
    "named three times within an hour": ([(NEW, True, HOUR / 3)] * 3, None),
    "named twice over a day": ([(NEW, True, WITHIN)] * 2, None),
    "named three times over a day": ([(NEW, True, STEP)] * 3, NEW),
    "another one in between": ([(NEW, True, STEP), (PARKED, True, STEP), (NEW, True, STEP)], None),
    "its own in between": ([(NEW, True, STEP), (None, True, STEP), (NEW, True, STEP)], None),
    "entries that nobody knows": ([(NEW, False, STEP)] * 9, None),
    "strange entries, which are known at the second look": (
        [(PARKED, False, STEP), *[(PARKED, True, STEP)] * 9],
        None,
    ),
    "strange entries under one address, then under another": (
        [(PARKED, False, STEP), *[(NEW, True, STEP)] * 9],
        None,
    ),
    "strange entries, then its own, then a home": (
        [(PARKED, False, STEP), (None, True, STEP), *[(NEW, True, STEP)] * 3],
        NEW,
    ),
    "strange entries in between": (
        [(NEW, True, STEP), (NEW, True, STEP), (NEW, False, STEP), (NEW, True, STEP)],
        None,
    ),
}


@pytest.mark.parametrize(("answers", "address"), ANSWERED.values(), ids=ANSWERED)
def test_a_move_is_believed_after_several_answers_over_a_day(
    answers: list[Answer], address: str | None
) -> None:
    feed, now = KNOWN, NOW
    for moved, known, pause in answers:
        feed = moving(feed, moved, known=known, now=now)
        now += pause

    assert feed.moved_to == address


def test_a_new_feed_is_not_moved_before_its_entries_are_known() -> None:
    feed, now = a_feed(), NOW
    for _ in range(ANSWERS + 2):
        feed = moving(feed, NEW, known=False, now=now)
        now += WITHIN

    assert feed.moved_to is None


def test_a_feed_that_moved_can_move_again() -> None:
    feed = replace(KNOWN, moved_to=NEW)
    for number in range(ANSWERS):
        feed = moving(feed, "https://newer.example/", known=True, now=NOW + number * WITHIN)

    assert feed.address == "https://newer.example/"


def test_what_names_the_address_that_was_asked_is_no_move() -> None:
    assert moving(KNOWN, KNOWN.url, known=True, now=NOW) == KNOWN


def test_after_an_answer_that_was_no_feed_the_answers_are_counted_anew() -> None:
    moves = replace(KNOWN, move=Move(to=NEW, since=NOW, answers=2))
    doubted = moving(moves, PARKED, known=False, now=NOW)

    assert not_read(moves).move is None
    assert not_read(doubted) == doubted, "that it was led to strangers is not forgotten"


def failing(hours: float, **changes: Any) -> Feed:
    return replace(
        KNOWN,
        moved_to=NEW,
        validators=Validators(etag='"1"', url=NEW),
        digest="1",
        parts=b"1",
        failing_since=NOW - timedelta(hours=hours),
        **changes,
    )


def test_a_feed_that_fails_at_its_new_address_for_a_day_is_asked_for_at_its_own_again() -> None:
    back = not_there(failing(25, move=Move(to=PARKED, since=NOW)), now=NOW)

    assert (back.address, back.move) == (KNOWN.url, None)
    assert (back.validators, back.digest, back.parts) == (Validators(), None, b"")


def test_a_feed_that_is_gone_from_its_new_address_is_asked_for_at_its_own_at_once() -> None:
    assert not_there(failing(0), gone=True, now=NOW).address == KNOWN.url


def test_a_short_trouble_at_the_new_address_moves_nothing() -> None:
    assert not_there(failing(23), now=NOW) == failing(23)
    assert not_there(replace(failing(99), moved_to=None), now=NOW).validators.etag == '"1"'
