from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.health import STANDSTILL, WEEKLY, coverage_gap, standstills, state_of
from bot.model import Server
from bot.ports import FeedHealth
from tests.builders import NOW, a_feed, a_story

LATE = NOW - STANDSTILL - timedelta(seconds=1)

BEATS = {
    "everything moves": ({"tick": NOW, "poll": NOW}, []),
    "a pause is no standstill": ({"tick": NOW - STANDSTILL}, []),
    "one stands": (
        {"tick": NOW, "poll": LATE},
        ["poll: no progress since 2026-01-15 11:57:59 UTC"],
    ),
    "all stand, in order": (
        {"tick": LATE, "deliver": LATE},
        [
            "deliver: no progress since 2026-01-15 11:57:59 UTC",
            "tick: no progress since 2026-01-15 11:57:59 UTC",
        ],
    ),
    "it never ran": ({}, ["the scheduler has never run on this database"]),
    "only another job ran": ({"poll": NOW}, ["the scheduler has never run on this database"]),
    "what is done once a week": ({"tick": NOW, WEEKLY: NOW - timedelta(days=6)}, []),
    "a clock that was set back": ({"tick": NOW + timedelta(hours=1)}, []),
}


@pytest.mark.parametrize(("beats", "expected"), BEATS.values(), ids=BEATS)
def test_what_stands_still_is_told(beats: dict[str, datetime], expected: list[str]) -> None:
    assert standstills(beats, now=NOW) == expected


# --------------------------------------------------------------------------------------------- feeds

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def health(failure: str | None = None, **feed: Any) -> FeedHealth:
    """Return a feed that had news an hour ago, otherwise as the test says."""
    known = {"recorded_at": NOW - 30 * DAY, "news_at": NOW - HOUR, "pace": HOUR, **feed}
    return FeedHealth(
        feed=a_feed(**known), next_at=NOW + HOUR, polled_at=NOW - MINUTE, failure=failure, articles=3
    )


FAILING = {"failures": 3, "failing_since": NOW - 3 * HOUR}
STATES = {
    "ok": (health(), "ok", ""),
    "not polled yet": (replace(health(), polled_at=None), "not polled yet", ""),
    "failing": (
        health("wire.example answered 404 Not Found", **FAILING),
        "failing since 09:00",
        "wire.example answered 404 Not Found, 3 times",
    ),
    "failing since another day": (
        health("no connection", failures=1, failing_since=NOW - 3 * DAY),
        "failing since 12 January 12:00",
        "no connection, once",
    ),
    "no feed": (
        health("not a feed: a consent page", **FAILING),
        "not a feed: a consent page",
        "since 09:00, 3 times",
    ),
    "our own outage": (health("no connection"), "out of reach", "no connection; so are the others"),
    "it asks to wait": (
        health("wire.example answered 429 Too Many Requests", asked_until=NOW + 2 * HOUR, **FAILING),
        "asks to wait until 14:00",
        "wire.example answered 429 Too Many Requests",
    ),
    "it asked to wait, and that is over": (
        health("answered 429", asked_until=NOW - HOUR, **FAILING),
        "failing since 09:00",
        "answered 429, 3 times",
    ),
    "paused": (health("answered 410", paused="gone", **FAILING), "paused", "gone"),
    "its host rests": (
        health(server=Server(failures=4, rests_until=NOW + HOUR)),
        "host rests",
        "wire.example does not answer; it is tried again at 13:00",
    ),
    "its host rested": (health(server=Server(failures=4, rests_until=NOW - HOUR)), "ok", ""),
    "slow": (health(took=timedelta(seconds=12)), "slow", "its last answer took 12 s"),
    "empty": (health(news_at=None), "empty", "it never listed an entry"),
    "quiet": (health(news_at=NOW - 8 * DAY), "quiet", "nothing new since 7 January 12:00"),
    "a weekly is not quiet after eight days": (health(news_at=NOW - 8 * DAY, pace=7 * DAY), "ok", ""),
    "moved": (health(moved_to="https://new.example/"), "moved", "to https://new.example/"),
}


@pytest.mark.parametrize(("one", "word", "says"), STATES.values(), ids=STATES)
def test_how_a_feed_does(one: FeedHealth, word: str, says: str) -> None:
    state = state_of(one, NOW)

    assert (state.word, state.says) == (word, says)


def test_the_worst_comes_first() -> None:
    names = ["ok", "moved", "quiet", "slow", "it asks to wait", "paused", "failing"]

    ranks = [state_of(STATES[name][0], NOW).rank for name in names]

    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == len(ranks)


def named(name: str, one: FeedHealth) -> FeedHealth:
    return replace(one, feed=replace(one.feed, name=name))


OK, DEAF = health(), health("no answer", failures=9, failing_since=NOW - 2 * HOUR)
SILENT, PAUSED = health(news_at=NOW - 2 * DAY), health(paused="gone")
BRIEFLY = health("no answer", failures=1, failing_since=NOW - MINUTE)
GAPS = {
    "all well": ([OK, OK], None),
    "no feed at all": ([], None),
    "half of them": ([OK, DEAF], None),
    "most fail": ([OK, DEAF, PAUSED], "of its 3 feeds 2 cannot be read and 0 are silent (Wire, Wire)"),
    "most fail or are silent": ([OK, DEAF, SILENT], "of its 3 feeds 1 cannot be read and 1 are silent"),
    "a short trouble is none": ([BRIEFLY, BRIEFLY], None),
    "feeds that never had news are not missed": ([health(news_at=None)] * 2, None),
}


@pytest.mark.parametrize(("feeds", "says"), GAPS.values(), ids=GAPS)
def test_a_gap_in_the_coverage_of_a_story(feeds: list[FeedHealth], says: str | None) -> None:
    text = coverage_gap(a_story(), feeds, NOW)

    assert (text is None) == (says is None)
    assert says is None or says in (text or "")


def test_only_the_feeds_that_a_story_listens_to_count() -> None:
    feeds = [named("Wire", DEAF), named("Post", OK), named("Ledger", OK)]

    assert coverage_gap(a_story(feeds=("Wire",)), feeds, NOW)
    assert coverage_gap(a_story(feeds=("Post", "Ledger")), feeds, NOW) is None
