from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.admit import BACKLOG, admit
from bot.model import Feed, Match, Policy
from tests.builders import NOW, a_feed, a_match, a_story, an_article

KNOWN = a_feed(recorded_at=NOW - timedelta(hours=1))
NEW = a_feed()


def _match(hours_old: float, *, dated: bool = True, backfill: int = 1, max_age_hours: float = 48) -> Match:
    policy = Policy(backfill=backfill, max_age=timedelta(hours=max_age_hours))
    published = NOW - timedelta(hours=hours_old)
    return a_match(an_article(f"{hours_old} h old", published=published, dated=dated), a_story(policy=policy))


def test_what_a_known_feed_brings_is_news() -> None:
    assert admit([_match(0), _match(47), _match(48)], KNOWN) == [None, None, None]


def test_of_a_new_feed_only_the_newest_is_news() -> None:
    assert admit([_match(9), _match(1), _match(5)], NEW) == [BACKLOG, None, BACKLOG]


BACKFILL = {"none": (0, 0), "two": (2, 2), "more than there is": (9, 3)}


@pytest.mark.parametrize(("backfill", "expected"), BACKFILL.values(), ids=BACKFILL)
def test_the_operator_says_how_much_of_a_backlog_is_news(backfill: int, expected: int) -> None:
    assert admit([_match(h, backfill=backfill) for h in (9, 1, 5)], NEW).count(None) == expected


AGES = {
    "two days and some": (50, "old news: published 50 h before it was first seen (max_age is 48 h)"),
    "three days": (72, "old news: published 3 days before it was first seen (max_age is 48 h)"),
}


@pytest.mark.parametrize(("hours", "reason"), AGES.values(), ids=AGES)
@pytest.mark.parametrize("feed", [KNOWN, NEW], ids=["known feed", "new feed"])
def test_old_news_stays_quiet_and_says_how_old_it_is(hours: float, reason: str, feed: Feed) -> None:
    assert admit([_match(hours)], feed) == [reason]


def test_a_time_that_was_guessed_makes_nothing_old() -> None:
    assert admit([_match(500, dated=False)], KNOWN) == [None]


def test_a_new_feed_whose_newest_is_old_brings_no_news() -> None:
    first, second = admit([_match(60), _match(70)], NEW)

    assert first is not None
    assert second is not None


def test_nothing_matched() -> None:
    assert admit([], NEW) == []
