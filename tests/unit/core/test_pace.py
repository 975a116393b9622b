from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.pace import KEPT_FOR_POSTS, MOST_PER_WINDOW, WINDOW, Overall, budget, next_turn, refused
from tests.builders import NOW

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def _sent(*seconds_ago: float) -> list[datetime]:
    return [NOW - s * SECOND for s in seconds_ago]


TURNS = {
    "nothing was sent": ([], 0),
    "one less than the limit": (_sent(*[5] * 19), 0),
    "the limit was sent at once": (_sent(*[5] * 20), 55),
    "the oldest that counts says when": (_sent(59, *[5] * 19), 1),
    "what left the window does not count": (_sent(60, *[5] * 19), 0),
    "of more than the limit the last twenty count": (_sent(50, 40, 30, *[5] * 18), 20),
    "times of a clock that was set back do not count": (_sent(*[-5] * 20), 0),
}


@pytest.mark.parametrize(("sent", "seconds"), TURNS.values(), ids=TURNS)
def test_the_next_message_may_go(sent: list[datetime], seconds: float) -> None:
    assert next_turn(sent, now=NOW) == NOW + seconds * SECOND


@given(st.lists(st.floats(0, 30, allow_nan=False), min_size=25, max_size=120))
def test_no_window_ever_holds_more_than_the_limit(waits: list[float]) -> None:
    sent: list[datetime] = []
    now = NOW
    for wait in waits:
        now += wait * SECOND / 10
        turn = next_turn([time for time in sent if time >= now - WINDOW], now=now)
        assert now <= turn <= now + WINDOW
        now = turn
        assert next_turn([time for time in sent if time >= now - WINDOW], now=now) == now
        sent.append(now)

    for first, beyond in zip(sent, sent[MOST_PER_WINDOW:], strict=False):
        assert beyond - first >= WINDOW


# --------------------------------------------------------------------------- edits give way to posts

EDITS = {
    "as long as there is room": (_sent(*[5] * 14), MOST_PER_WINDOW, 0),
    "five of twenty are left to posts": (_sent(*[5] * 15), MOST_PER_WINDOW, 55),
    "the oldest that counts says when": (_sent(40, *[5] * 14), MOST_PER_WINDOW, 20),
    "of a channel that takes six a minute: one": (_sent(10), 6, 50),
    "of a channel that takes two a minute: one still": (_sent(10), 2, 50),
    "of such a channel, once the minute is over": (_sent(60), 2, 0),
}


@pytest.mark.parametrize(("sent", "most", "seconds"), EDITS.values(), ids=EDITS)
def test_an_edit_may_go(sent: list[datetime], most: int, seconds: float) -> None:
    assert next_turn(sent, now=NOW, most=most, edit=True) == NOW + seconds * SECOND


@given(waits=st.lists(st.floats(0, 20, allow_nan=False), max_size=60), most=st.integers(6, 20))
def test_whatever_edits_went_out_as_many_posts_as_are_kept_for_them_go_at_once(
    waits: list[float], most: int
) -> None:
    sent: list[datetime] = []
    now = NOW
    for wait in waits:
        now = next_turn(sent, now=now + wait * SECOND, most=most, edit=True)
        sent.append(now)

    for _ in range(KEPT_FOR_POSTS):
        assert next_turn(sent, now=now, most=most) == now
        sent.append(now)


# ------------------------------------------------------------------------------- what a channel takes

BUDGETS = {
    "one that never asked to wait": (None, 20),
    "one that just asked": ((8, NOW), 8),
    "nine minutes later": ((8, NOW - 9 * MINUTE), 8),
    "ten minutes later one more": ((8, NOW - 10 * MINUTE), 9),
    "an hour later six more": ((8, NOW - 60 * MINUTE), 14),
    "never more than is known to be taken": ((8, NOW - timedelta(days=30)), 20),
    "asked by a clock that was set back since": ((8, NOW + 60 * MINUTE), 8),
}


@pytest.mark.parametrize(("learned", "most"), BUDGETS.values(), ids=BUDGETS)
def test_a_channel_is_believed_to_take(learned: tuple[int, datetime] | None, most: int) -> None:
    assert budget(learned, now=NOW) == most


REFUSALS = {
    "what it took before it refused": (_sent(30, 20, 10, 0), 20, 3),
    "less than it was believed to take": (_sent(*[10] * 20, 0), 10, 9),
    "two at the least": (_sent(0), 20, 2),
    "without what left the minute": (_sent(61, 60, 59, 30, 20, 0), 20, 3),
    "without what a clock set back has in the future": (_sent(-5, -4, 30, 20, 10, 0), 20, 3),
}


@pytest.mark.parametrize(("sent", "most", "took"), REFUSALS.values(), ids=REFUSALS)
def test_from_a_refusal_it_is_learned_how_many_a_minute_it_takes(
    sent: list[datetime], most: int, took: int
) -> None:
    assert refused(sorted(sent), most, now=NOW) == took


# ------------------------------------------------------------------------------ of all channels together


def test_all_channels_together_get_at_most_so_many_a_second() -> None:
    pace = Overall(most=3)
    for place in range(3):
        assert pace.next_turn(NOW) == NOW
        pace.sent(NOW + place * SECOND / 10)

    assert pace.next_turn(NOW + SECOND / 2) == NOW + SECOND
    assert pace.next_turn(NOW + SECOND) == NOW + SECOND


def test_a_clock_that_was_set_back_holds_up_no_channel() -> None:
    pace = Overall(most=1)
    pace.sent(NOW)

    assert pace.next_turn(NOW - 60 * MINUTE) == NOW - 60 * MINUTE


@given(waits=st.lists(st.floats(0, 1, allow_nan=False), min_size=10, max_size=60), most=st.integers(1, 30))
def test_no_second_ever_holds_more(waits: list[float], most: int) -> None:
    pace, sent, now = Overall(most), [], NOW
    for wait in waits:
        now = pace.next_turn(now + wait * SECOND / 10)
        pace.sent(now)
        sent.append(now)

    assert all(beyond - first >= SECOND for first, beyond in zip(sent, sent[most:], strict=False))
