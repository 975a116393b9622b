from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.pace import MOST_PER_WINDOW, WINDOW, next_turn
from tests.builders import NOW

SECOND = timedelta(seconds=1)


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
