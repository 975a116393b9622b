from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.cadence import LONGEST_WAIT, next_poll
from tests.builders import NOW

URL = "https://wire.example/feed.xml"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def _wait(
    failures: int = 0, asked: timedelta | None = None, every: timedelta = 10 * MINUTE, url: str = URL
) -> timedelta:
    return next_poll(url, failures=failures, asked=asked, every=every, now=NOW) - NOW


WAITS = {
    "healthy: the operator's interval": ({}, 10 * MINUTE),
    "one failure doubles it": ({"failures": 1}, 20 * MINUTE),
    "six failures": ({"failures": 6}, 640 * MINUTE),
    "more failures double no more": ({"failures": 99}, 640 * MINUTE),
    "a server asks for less: the interval": ({"asked": MINUTE}, 10 * MINUTE),
    "a server that asks for nothing": ({"asked": timedelta()}, 10 * MINUTE),
}


@pytest.mark.parametrize(("given_", "usual"), WAITS.values(), ids=WAITS)
def test_the_wait_is_the_interval_and_at_most_a_tenth(given_: dict[str, Any], usual: timedelta) -> None:
    assert usual <= _wait(**given_) <= usual * 1.1


ASKED = {
    "a server asks for more": ({"asked": 3 * HOUR}, 3 * HOUR),
    "a server asks for a week": ({"asked": 168 * HOUR}, LONGEST_WAIT),
    "a broken feed with a long interval": ({"failures": 6, "every": 12 * HOUR}, LONGEST_WAIT),
}


@pytest.mark.parametrize(("given_", "expected"), ASKED.values(), ids=ASKED)
def test_the_wait_is_exactly(given_: dict[str, Any], expected: timedelta) -> None:
    assert _wait(**given_) == expected


_FAILURES = st.integers(0, 10**6)
_TIMES = st.timedeltas(timedelta(), timedelta(days=400))
_INTERVALS = st.timedeltas(timedelta(seconds=1), timedelta(days=1))


@given(failures=_FAILURES, asked=st.none() | _TIMES, every=_INTERVALS, url=st.text(alphabet="ab/é"))
def test_a_feed_is_polled_within_a_day_and_never_sooner_than_asked(
    failures: int, asked: timedelta | None, every: timedelta, url: str
) -> None:
    wait = _wait(failures, asked, every, url)

    assert wait <= LONGEST_WAIT
    assert wait >= min(every, LONGEST_WAIT)
    assert asked is None or wait >= min(asked, LONGEST_WAIT)


@given(failures=st.integers(0, 20), every=_INTERVALS)
def test_another_failure_never_brings_the_next_poll_nearer(failures: int, every: timedelta) -> None:
    assert _wait(failures + 1, every=every) >= _wait(failures, every=every)


def test_feeds_of_one_interval_spread_over_it_always_alike() -> None:
    urls = [f"https://{i}.example/feed" for i in range(200)]
    waits = [_wait(url=url) for url in urls]

    assert waits == [_wait(url=url) for url in urls]
    assert len(set(waits)) > 150
    assert max(waits) - min(waits) > MINUTE * 0.9
