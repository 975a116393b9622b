"""Keyword health over an archive, its words, and the weekly note."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.checkup import begins_anew, checkup, note, note_due, told, weekly_note
from bot.core.checkup import Checkup, Finding, Kind
from bot.core.health import WEEKLY
from bot.core.match import Watch
from bot.model import Article, Match, New, Policy, Story
from bot.ports import Record
from tests.builders import NOW, a_match, a_story, an_article
from tests.fakes.archive import FakeArchive
from tests.walk.world import FakeClock, Notices, Walk

DAY = timedelta(days=1)
#: A Monday at eight in the morning in Prague, in winter.
MONDAY = datetime(2026, 1, 19, 7, tzinfo=UTC)
DAMS = a_story(query="dam weir", policy=Policy(time_zone="Europe/Prague"))


def archive_of(*articles: Article, stories: Sequence[Story] = (DAMS,), quiet: int = 100) -> FakeArchive:
    """Store articles that all stories took in, and others that nobody asks for."""

    def work(record: Record) -> None:
        for number in record.articles(articles):
            for story in stories:
                match: Match = a_match(articles[number - 1], story)
                record.verdict(number, match, New(), keys=[], quiet=None)
        record.articles([an_article(f"Chess: draw {n}", seen_at=NOW - n * DAY / 10) for n in range(quiet)])

    archive = FakeArchive()
    asyncio.run(archive.record(work))
    return archive


def looked_over(archive: FakeArchive, *stories: Story, since: datetime = NOW - 30 * DAY) -> list[str]:
    watches = [Watch.on(story) for story in stories or (DAMS,)]
    found = asyncio.run(checkup(archive, watches, since=since, now=NOW))
    return [line.text for line in told(found, days=30)]


DAM, WEIR = an_article("Dam opens"), an_article("Weir in Brno")


def test_a_healthy_story_says_so_in_one_line() -> None:
    assert looked_over(archive_of(DAM, WEIR)) == [
        "dams: healthy; of 102 articles in 30 days the query accepts 2"
    ]


def test_what_is_to_be_mended_is_listed() -> None:
    assert looked_over(archive_of(DAM)) == [
        "dams: of 101 articles in 30 days the query accepts 1",
        "never hit: weir",
    ]


def test_too_few_articles_say_nothing() -> None:
    assert looked_over(archive_of(DAM, quiet=9)) == [
        "dams: of 10 articles in 30 days the query accepts 1; too few to say more"
    ]


def test_only_the_time_asked_for_is_looked_at() -> None:
    archive = archive_of(replace(DAM, seen_at=NOW - 40 * DAY), WEIR)

    assert looked_over(archive)[1:] == ["never hit: dam"]
    assert looked_over(archive, since=NOW - 50 * DAY) == [
        "dams: healthy; of 102 articles in 30 days the query accepts 2"
    ]


def test_names_that_may_be_missing_come_with_headlines() -> None:
    stands = [f"Dam: who {one} Petr Novák {two}" for one, two in zip("abcdefg", "hijklmn", strict=True)]
    articles = [an_article(title, outlet=f"Outlet {n % 3}") for n, title in enumerate(stands)]
    story = replace(DAMS, query="dam")

    assert looked_over(archive_of(*articles, stories=[story]), story)[1:] == [
        'perhaps an alias: "Petr Novák" (in 7 articles of the story and 0 others)',
        *[f"“{title}”" for title in reversed(stands[-2:])],
    ]


def test_stories_that_took_in_the_same_articles_overlap() -> None:
    stories = [replace(DAMS, query="dam"), a_story("rivers", query="dam")]
    articles = [an_article(f"Dam {n}") for n in range(6)]

    assert looked_over(archive_of(*articles, stories=stories), *stories) == [
        "dams: of 106 articles in 30 days the query accepts 6",
        "story rivers took in 6 of its 6 articles as well (100 %; 100 % of what both took in)",
        "rivers: healthy; of 106 articles in 30 days the query accepts 6",
    ]


# ------------------------------------------------------------------------------------------ the note


def a_checkup(story: str = "dams", *says: str) -> Checkup:
    found = tuple(Finding(kind=Kind.NEVER, says=each) for each in says)
    return Checkup(story=story, title="Dams", looked_at=200, accepted=3, findings=found)


def test_the_note_leaves_healthy_stories_out() -> None:
    text = note([a_checkup(), a_checkup("rivers", "never hit: weir")], days=30)

    assert text == (
        "keywords, this week\nrivers: of 200 articles in 30 days the query accepts 3\n  - never hit: weir"
    )


def test_where_there_is_nothing_to_mend_there_is_no_note() -> None:
    remark = replace(a_checkup(), findings=(Finding(kind=Kind.SPELLINGS, says="of @dam 2 of 3"),))

    assert note([a_checkup(), remark], days=30) is None


def test_a_long_note_ends_between_lines_and_says_where_more_is() -> None:
    text = note([a_checkup(f"story-{n}", "never hit: " + "x" * 90) for n in range(50)], days=30)

    assert text is not None
    assert 3_200 < len(text) <= 3_500
    assert text.endswith("x\n… more: storywire stories doctor")


class Weeks:
    """A program that looks whether the note is due."""

    def __init__(self, start: datetime) -> None:
        archive = archive_of(DAM)
        self.clock, self.notices = FakeClock(start), Notices()
        self.world = Walk(archive=archive, stories=[DAMS], clock=self.clock, notices=self.notices).world

    def at(self, time: datetime) -> int:
        """Look at a time; return how many notes were sent until then."""
        self.clock.time = time
        asyncio.run(weekly_note(self.world))
        return len(self.notices.told)


def test_the_note_comes_on_mondays_at_nine_in_the_storys_zone_and_once() -> None:
    weeks = Weeks(NOW)

    assert weeks.at(NOW) == 0  # a program that was just set up
    assert weeks.at(MONDAY + timedelta(minutes=59)) == 0
    assert weeks.at(MONDAY + timedelta(hours=1)) == 1
    assert weeks.at(MONDAY + timedelta(hours=2)) == 1
    assert weeks.at(MONDAY + 6 * DAY) == 1
    assert weeks.at(MONDAY + 7 * DAY + timedelta(hours=1)) == 2
    assert weeks.notices.told[0].startswith("keywords, this week\ndams: of 101 articles")


def test_a_note_that_was_missed_comes_later() -> None:
    weeks = Weeks(NOW)
    weeks.at(NOW)

    assert weeks.at(MONDAY + 2 * DAY) == 1
    assert weeks.at(MONDAY + 3 * DAY) == 1


def test_a_week_without_anything_to_say_is_over_as_well() -> None:
    weeks = Weeks(NOW)
    healthy = archive_of(DAM, WEIR)
    world = replace(weeks.world, archive=healthy)
    asyncio.run(healthy.beat(WEEKLY, at=NOW))
    weeks.clock.time = MONDAY + DAY
    asyncio.run(weekly_note(world))

    assert weeks.notices.told == []
    assert asyncio.run(healthy.beats())[WEEKLY] == MONDAY + DAY


@given(st.lists(st.integers(-40, 100), max_size=30))
def test_no_week_has_two_notes_unless_the_clock_goes_back_by_more_than_one(steps: list[int]) -> None:
    last, now = MONDAY, MONDAY
    sent: list[datetime] = []
    for hours in steps:
        now += timedelta(hours=hours)
        assume(not begins_anew(last, now))
        if note_due(last, "Europe/Prague", now):
            sent.append(now)
            last = now

    nine = MONDAY + timedelta(hours=1)
    weeks = [(at - nine) // (7 * DAY) for at in sent]
    assert weeks == sorted(set(weeks))
    assert all(week >= 0 for week in weeks)


SUMMER = {
    "nine is nine in winter": (datetime(2026, 3, 23, 8, tzinfo=UTC), True),
    "before nine in winter": (datetime(2026, 3, 23, 7, 59, tzinfo=UTC), False),
    "nine is nine in summer": (datetime(2026, 3, 30, 7, tzinfo=UTC), True),
    "before nine in summer": (datetime(2026, 3, 30, 6, 59, tzinfo=UTC), False),
}


@pytest.mark.parametrize(("now", "due"), SUMMER.values(), ids=SUMMER)
def test_the_hour_is_local(now: datetime, due: object) -> None:
    assert note_due(now - 3 * DAY, "Europe/Prague", now) is due


def test_a_clock_that_went_far_wrong_begins_anew() -> None:
    assert begins_anew(None, NOW)
    assert begins_anew(NOW + 8 * DAY, NOW)
    assert not begins_anew(NOW + 6 * DAY, NOW)
    assert not note_due(NOW + 6 * DAY, "UTC", NOW)
