from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.cadence import (
    HOST_FAILURES,
    LONGEST_WAIT,
    after_answer,
    after_no_answer,
    learned,
    next_poll,
    next_try,
)
from bot.model import Article, Feed, Rhythm, Server
from tests.builders import NOW, a_feed, an_article

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
#: From ten minutes to an hour, as most feeds are polled.
FEED = a_feed(every=10 * MINUTE, slowest=HOUR)


def wait(feed: Feed = FEED, fresh: timedelta | None = None) -> timedelta:
    return next_poll(feed, fresh=fresh, now=NOW) - NOW


def retry(**known: Any) -> timedelta:
    feed = (
        replace(FEED, failing_since=NOW, **known) if "failing_since" not in known else replace(FEED, **known)
    )
    return next_try(feed, now=NOW) - NOW


# --------------------------------------------------------------------------------- after a good poll


def paced(pace: timedelta, news: timedelta = timedelta(), **changes: Any) -> Feed:
    return replace(FEED, pace=pace, news_at=NOW - news, **changes)


HOURLY = Rhythm(every=HOUR)
WAITS: dict[str, tuple[Feed, timedelta | None, timedelta]] = {
    "of an unknown pace: the shortest": (FEED, None, 10 * MINUTE),
    "busy: the shortest": (paced(MINUTE), None, 10 * MINUTE),
    "an entry an hour: half of that": (paced(HOUR), None, 30 * MINUTE),
    "an entry a week: the longest": (paced(7 * DAY), None, HOUR),
    "busy, but asleep for the night: a little longer": (paced(5 * MINUTE, 8 * HOUR), None, 24 * MINUTE),
    "busy once, dead for a month: the longest": (paced(5 * MINUTE, 30 * DAY), None, HOUR),
    "an interval of its own, whatever its pace": (paced(7 * DAY, slowest=None), None, 10 * MINUTE),
    "an interval of its own, whatever it says": (
        replace(FEED, slowest=None, rhythm=HOURLY),
        2 * HOUR,
        10 * MINUTE,
    ),
    "fresh for less": (FEED, MINUTE, 10 * MINUTE),
    "fresh for longer": (FEED, 25 * MINUTE, 25 * MINUTE),
    "fresh for a week: the longest": (FEED, 7 * DAY, HOUR),
    "it says hourly and its pace is unknown": (replace(FEED, rhythm=HOURLY), None, HOUR),
    "it says hourly and has an entry every half hour": (paced(30 * MINUTE, rhythm=HOURLY), None, HOUR),
    "it says hourly, which its entries belie": (paced(5 * MINUTE, rhythm=HOURLY), None, 10 * MINUTE),
    "it says weekly: the longest": (replace(FEED, rhythm=Rhythm(every=7 * DAY)), None, HOUR),
}


@pytest.mark.parametrize(("feed", "fresh", "usual"), WAITS.values(), ids=WAITS)
def test_the_wait_is_the_usual_and_at_most_a_tenth(
    feed: Feed, fresh: timedelta | None, usual: timedelta
) -> None:
    assert usual <= wait(feed, fresh) <= usual * 1.1


def quiet(*hours: int, days: tuple[int, ...] = ()) -> Rhythm:
    return Rhythm(quiet_hours=frozenset(hours), quiet_days=frozenset(days))


# NOW is a Thursday, 12:00; the next poll would be at 12:10.
QUIET = {
    "not in its quiet hours": (quiet(13, 14), timedelta(minutes=10)),
    "until its quiet hours end": (quiet(12, 13), 2 * HOUR),
    "across midnight": (quiet(*range(12, 24), 0, 1), 14 * HOUR),
    "until its quiet day ends": (quiet(days=(3,)), 12 * HOUR),
    "never longer than a day": (quiet(days=(3, 4)), LONGEST_WAIT),
    "always quiet says nothing": (quiet(*range(24)), timedelta(minutes=10)),
}


def test_an_exact_interval_knows_no_quiet_hours() -> None:
    assert wait(replace(FEED, slowest=None, rhythm=quiet(12, days=(3,)))) < 12 * MINUTE


@pytest.mark.parametrize(("rhythm", "expected"), QUIET.values(), ids=QUIET)
def test_quiet_hours_are_waited_for(rhythm: Rhythm, expected: timedelta) -> None:
    assert expected <= wait(replace(FEED, rhythm=rhythm)) <= expected + MINUTE


# ------------------------------------------------------------------------------- after a failed poll

RETRIES = {
    "one failure: the interval": ({"failures": 1}, 10 * MINUTE),
    "two: twice that": ({"failures": 2}, 20 * MINUTE),
    "four": ({"failures": 4}, 80 * MINUTE),
    "on the first day within two hours": ({"failures": 9}, 2 * HOUR),
    "in the first week within six": ({"failures": 30, "failing_since": NOW - 2 * DAY}, 6 * HOUR),
    "after a week of failures": ({"failures": 60, "failing_since": NOW - 8 * DAY}, LONGEST_WAIT),
    "nobody's fault but ours": ({"failures": 0, "failing_since": None}, 9 * MINUTE),
    "a long interval does not get shorter": ({"failures": 1, "every": 12 * HOUR}, 12 * HOUR),
    "its server asks for more": ({"failures": 1, "asked_until": NOW + 3 * HOUR}, 3 * HOUR),
    "its server asks for a week": ({"failures": 1, "asked_until": NOW + 7 * DAY}, LONGEST_WAIT),
}


@pytest.mark.parametrize(("known", "usual"), RETRIES.values(), ids=RETRIES)
def test_the_wait_for_another_try(known: dict[str, Any], usual: timedelta) -> None:
    assert usual <= retry(**known) <= min(usual * 1.1, LONGEST_WAIT)


_TIMES = st.timedeltas(timedelta(), timedelta(days=400))
_INTERVALS = st.timedeltas(timedelta(seconds=1), DAY)
_RHYTHMS = st.builds(
    Rhythm,
    every=st.none() | _TIMES,
    quiet_hours=st.frozensets(st.integers(0, 23)),
    quiet_days=st.frozensets(st.integers(0, 6)),
)
_FEEDS = st.builds(
    Feed,
    url=st.text(alphabet="ab/é"),
    name=st.just("Wire"),
    every=_INTERVALS,
    slowest=st.none() | _INTERVALS,
    pace=st.none() | _TIMES,
    news_at=st.none() | _TIMES.map(lambda ago: NOW - ago),
    failures=st.integers(0, 10**6),
    failing_since=st.none() | _TIMES.map(lambda ago: NOW - ago),
    asked_until=st.none() | _TIMES.map(lambda ahead: NOW + ahead),
    rhythm=_RHYTHMS,
)


@given(feed=_FEEDS, fresh=st.none() | _TIMES, good=st.booleans())
def test_a_feed_is_polled_within_a_day_and_never_sooner_than_its_interval_and_its_server_ask(
    feed: Feed, fresh: timedelta | None, *, good: bool
) -> None:
    wait_ = (next_poll(feed, fresh=fresh, now=NOW) if good else next_try(feed, now=NOW)) - NOW

    shortest = feed.every if good or feed.failures else feed.every * 0.9
    assert min(shortest, LONGEST_WAIT) <= wait_ <= LONGEST_WAIT
    assert feed.asked_until is None or wait_ >= min(feed.asked_until - NOW, LONGEST_WAIT)


@given(failures=st.integers(1, 30), every=_INTERVALS)
def test_another_failure_hardly_brings_the_next_try_nearer(failures: int, every: timedelta) -> None:
    # Hardly: past the longest wait only the spread differs.
    assert retry(failures=failures + 1, every=every) * 1.1 >= retry(failures=failures, every=every)


def test_feeds_of_one_interval_spread_over_it_always_alike() -> None:
    urls = [f"https://{i}.example/feed" for i in range(200)]
    waits = [wait(replace(FEED, url=url)) for url in urls]

    assert waits == [wait(replace(FEED, url=url)) for url in urls]
    assert len(set(waits)) > 150
    assert max(waits) - min(waits) > MINUTE * 0.9


# ------------------------------------------------------------------------------------------ learning


def published(*ago: timedelta) -> list[Article]:
    return [an_article(str(time), published=NOW - time) for time in ago]


def undated(number: int) -> list[Article]:
    return [an_article(str(place), dated=False) for place in range(number)]


KNOWN = replace(FEED, recorded_at=NOW - 5 * DAY)
LEARNING: dict[str, tuple[Feed, list[Article], timedelta | None, datetime | None]] = {
    "of a first document, from its times": (FEED, published(HOUR, 3 * HOUR, 5 * HOUR), 2 * HOUR, NOW - HOUR),
    "of one entry nothing": (FEED, published(HOUR), None, NOW - HOUR),
    "of entries without times nothing": (FEED, undated(3), None, NOW),
    "of an empty one nothing": (FEED, [], None, None),
    "two new ones since two hours: a quarter of the way": (
        replace(KNOWN, pace=5 * HOUR, news_at=NOW - 2 * HOUR),
        undated(2),
        4 * HOUR,
        NOW,
    ),
    "the first measure is believed": (replace(KNOWN, news_at=NOW - 2 * HOUR), undated(1), 2 * HOUR, NOW),
    "nothing new changes nothing": (replace(KNOWN, pace=HOUR, news_at=NOW - DAY), [], HOUR, NOW - DAY),
}


@pytest.mark.parametrize(("feed", "unseen", "pace", "news_at"), LEARNING.values(), ids=LEARNING)
def test_the_pace_is_learned(
    feed: Feed, unseen: list[Article], pace: timedelta | None, news_at: datetime | None
) -> None:
    known = learned(feed, unseen, now=NOW)

    assert (known.pace, known.news_at) == (pace, news_at)


# --------------------------------------------------------------------------------------------- hosts


def failed(times: int, asked: timedelta | None = None) -> Server:
    server = Server()
    for _ in range(times):
        server = after_no_answer(server, "https://wire.example/", asked=asked, now=NOW)
    return server


RESTS = {
    "once is an accident": (failed(1), None),
    "almost": (failed(HOST_FAILURES - 1), None),
    "several times in a row": (failed(HOST_FAILURES), MINUTE),
    "twice more": (failed(HOST_FAILURES + 2), 4 * MINUTE),
    "never longer than an hour": (failed(50), HOUR),
    "it asks for it the first time": (failed(1, asked=20 * MINUTE), 20 * MINUTE),
    "it asks for a week": (failed(1, asked=7 * DAY), LONGEST_WAIT),
}


@pytest.mark.parametrize(("server", "rest"), RESTS.values(), ids=RESTS)
def test_a_host_that_does_not_answer_rests(server: Server, rest: timedelta | None) -> None:
    if rest is None:
        assert server.rests_until is None
    else:
        assert server.rests_until is not None
        assert rest <= server.rests_until - NOW <= rest * 1.1


def test_an_answer_ends_the_rest_of_a_host() -> None:
    assert after_answer(failed(5)) == Server()
