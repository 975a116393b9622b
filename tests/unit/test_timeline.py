"""`timeline` and `catchup`: what a story told, as lines for people."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.admit import UNFOLLOWED
from bot.core.sheet import Line
from bot.model import (
    ArticleId,
    Duplicate,
    EventId,
    Fold,
    Kind,
    New,
    Policy,
    Related,
    Story,
    Update,
    Verdict,
)
from bot.ports import Record
from bot.timeline import MOST_CAUGHT_UP, Timeline, catchup, looked, timeline, told
from tests.builders import NOW, a_match, a_story, an_article
from tests.fakes.archive import FakeArchive

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STORY = a_story(policy=Policy(time_zone="Europe/Prague"))
ANN = 7


def at(minutes: float) -> datetime:
    return NOW + minutes * MINUTE


@dataclass(slots=True)
class Past:
    """An archive, and what is reported into it."""

    archive: FakeArchive = field(default_factory=FakeArchive)
    story: Story = STORY

    def report(
        self,
        title: str,
        minutes: float = 0,
        verdict: Verdict | None = None,
        *,
        outlet: str = "Wire",
        quiet: str | None = None,
    ) -> ArticleId:
        """Record what an outlet reported, seen so many minutes after noon (13:00 in Prague)."""
        site = f"https://{outlet.lower().replace(' ', '')}.example"
        article = an_article(
            title, outlet=outlet, seen_at=at(minutes), link=f"{site}/1", address=f"{site}/1", feed_url=site
        )

        def work(record: Record) -> ArticleId:
            (number,) = record.articles([article])
            match = a_match(article, self.story)
            record.verdict(number, match, verdict or New(), keys=[], quiet=quiet)
            return number

        return asyncio.run(self.archive.record(work))

    def told(self, **asked: Any) -> list[Line]:
        return told(self.timeline(**asked), zone=self.story.policy.time_zone)

    def timeline(self, **asked: Any) -> Timeline:
        usual: dict[str, Any] = {"since": NOW - DAY, "limit": 20}
        return asyncio.run(timeline(self.story, self.archive, **{**usual, **asked}))

    def caught_up(
        self, minutes: float, *, person: int | None = ANN, marks: bool = True, **asked: Any
    ) -> list[Line]:
        """Ask what is new so many minutes after noon, and note that it was seen."""
        now = at(minutes)
        lines = asyncio.run(catchup(person, [self.story], self.archive, now=now, **asked))
        if marks and person is not None:
            asyncio.run(looked(person, [self.story], self.archive, at=now))
        return lines


@pytest.fixture
def past() -> Past:
    return Past()


def shape(lines: Sequence[Line]) -> list[str]:
    """Draw lines as a terminal would."""
    return [f"{'  ' * line.depth}{'- ' if line.bullet else ''}{line.text}" for line in lines]


def copy(of: ArticleId) -> Duplicate:
    return Duplicate(of=of, kind=Kind.REWRITE)


# ------------------------------------------------------------------------------------------ timeline


def test_events_stand_in_order_under_their_days_with_who_reports_them_and_their_updates(past: Past) -> None:
    dam = past.report("Dam breaks near Ostrava")
    past.report("Water reaches first houses", 20, copy(dam), outlet="Post")
    past.report("Floods in Brno", 30, outlet="Ledger")
    past.report("Dam holds after all", 40, Update(of=dam), outlet="Post")
    past.report("Bridge closed at Zlin", 12 * 60)

    lines = past.told()

    assert shape(lines) == [
        "Dams, since 14 Jan 2026, 13:00",
        "15 Jan 2026",
        "- 13:00 Dam breaks near Ostrava",
        "  Wire · 2 independent reports",
        "  - 13:40 Update: Dam holds after all (Post)",
        "- 13:30 Floods in Brno",
        "  Ledger",
        "16 Jan 2026",
        "- 01:00 Bridge closed at Zlin",
        "  Wire",
    ]
    assert [line.text for line in lines if line.bold] == [
        "Dams, since 14 Jan 2026, 13:00",
        "15 Jan 2026",
        "16 Jan 2026",
    ]
    assert [line.link for line in lines if line.bullet] == [
        "https://wire.example/1",
        "https://post.example/1",
        "https://ledger.example/1",
        "https://wire.example/1",
    ]


def test_an_update_of_another_day_names_it(past: Past) -> None:
    dam = past.report("Dam breaks near Ostrava")
    past.report("Dam holds after all", 24 * 60, Update(of=dam))

    assert shape(past.told())[-1] == "  - 16 Jan, 13:00 Update: Dam holds after all (Wire)"


@pytest.mark.parametrize("fold", Fold)
def test_a_happening_stands_there_once_with_its_other_reports(fold: Fold) -> None:
    past = Past(story=a_story(policy=Policy(fold=fold)))
    dam = past.report("Dam breaks near Ostrava")
    past.report("Floods in Brno", 5)
    past.report("Ostrava evacuates three villages", 10, Related(of=dam), outlet="Post")

    lines = shape(past.told())

    assert [line for line in lines if line.startswith("- ")] == [
        "- 12:00 Dam breaks near Ostrava",
        "- 12:05 Floods in Brno",
    ]
    assert "  Wire · 2 independent reports" in lines
    assert ("  - 12:10 Also: Ostrava evacuates three villages (Post)" in lines) == (fold is Fold.COPIES)


LEFT_OUT = {
    "backlog is left out": ("backlog: it was already listed", []),
    "what was there before the story was followed is marked": (
        UNFOLLOWED,
        ["- 13:00 Dam breaks near Ostrava", "  Wire · before it was followed"],
    ),
}


@pytest.mark.parametrize(("quiet", "lines"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_of_what_was_recorded_quietly(past: Past, quiet: str, lines: list[str]) -> None:
    past.report("Dam breaks near Ostrava", quiet=quiet)

    assert shape(past.told())[2:] == lines


def test_a_story_that_told_nothing_says_so(past: Past) -> None:
    past.report("Dam breaks near Ostrava")

    assert shape(past.told(since=at(1))) == ["Dams, since 15 Jan 2026, 13:01: nothing was told"]


def test_of_many_events_the_latest_are_told_and_pages_lead_back(past: Past) -> None:
    for number in range(5):
        past.report(f"Dam {number}", number)

    last = past.timeline(limit=2)
    middle = past.timeline(limit=2, before=last.before)
    first = past.timeline(limit=2, before=middle.before)

    titles = [[entry.view.article.title for entry in page.entries] for page in (last, middle, first)]
    assert titles == [["Dam 3", "Dam 4"], ["Dam 1", "Dam 2"], ["Dam 0"]]
    assert [page.before for page in (last, middle, first)] == [EventId(4), EventId(2), None]
    assert "what came before is left out" in shape(told(last, zone="UTC"))
    assert "what came before is left out" not in shape(told(first, zone="UTC"))


def test_an_article_without_title_or_link_is_told_as_well(past: Past) -> None:
    article = an_article("", link="")

    def work(record: Record) -> None:
        (number,) = record.articles([article])
        record.verdict(number, a_match(article, STORY), New(), keys=[], quiet=None)

    asyncio.run(past.archive.record(work))

    assert past.told()[2] == Line(text="13:00 (no title)", bullet=True)


# -------------------------------------------------------------------------------------------- catchup


def test_who_never_looked_is_told_of_the_last_day(past: Past) -> None:
    past.report("Dam breaks near Ostrava")
    past.report("Floods in Brno", 10)

    assert shape(past.caught_up(24 * 60 + 5)) == [
        "Dams, since 15 Jan 2026, 13:05",
        "- Floods in Brno",
        "  Wire",
    ]


def test_who_looked_is_told_what_came_since(past: Past) -> None:
    dam = past.report("Dam breaks near Ostrava")
    past.report("Floods in Brno", 1)
    past.report("Bridge closed at Zlin", 2)
    assert len(past.caught_up(10)) == 7
    past.report("Dam holds after all", 20, Update(of=dam), outlet="Post")
    past.report("Floods in Brno, minister says", 21, copy(ArticleId(2)), outlet="Post")
    past.report("Floods reach Brno", 22, copy(ArticleId(2)), outlet="Ledger")
    past.report("Bridge at Zlin closed", 23, Duplicate(of=ArticleId(3), kind=Kind.COPY))
    past.report("Tunnel opens", 24)

    assert shape(past.caught_up(30)) == [
        "Dams, since 15 Jan 2026, 13:08",
        "- Floods in Brno",
        "  Wire · 1 → 3 independent sources",
        "- Tunnel opens",
        "  Wire",
        "- Dam breaks near Ostrava",
        "  Wire",
        "  - 13:20 Update: Dam holds after all (Post)",
    ]


def test_another_person_looks_for_himself(past: Past) -> None:
    past.report("Dam breaks near Ostrava")
    past.caught_up(10)

    assert shape(past.caught_up(20))[0].endswith(": nothing new")
    assert len(past.caught_up(20, person=8)) == 3


def test_what_was_not_seen_is_told_again(past: Past) -> None:
    past.report("Dam breaks near Ostrava")

    first = past.caught_up(10, marks=False)
    assert past.caught_up(10) == first
    assert len(past.caught_up(11, since=NOW)) == 3
    assert shape(past.caught_up(12))[0].endswith(": nothing new")


def test_what_a_poll_recorded_late_is_not_passed_over(past: Past) -> None:
    past.caught_up(10)
    past.report("Seen before the look, recorded after it", 9)

    assert len(past.caught_up(11)) == 3


def test_of_much_the_most_reported_is_told_and_the_rest_counted(past: Past) -> None:
    for number in range(MOST_CAUGHT_UP + 3):
        past.report(f"Dam {number}", number)
    past.report("The first once more", 30, copy(ArticleId(1)), outlet="Post")

    lines = shape(past.caught_up(40))
    other = shape(past.caught_up(40, person=None, since=NOW, rest="storywire timeline {story}"))

    assert lines[1:3] == ["- Dam 0", "  Wire · 2 independent reports"]
    assert lines[3] == f"- Dam {MOST_CAUGHT_UP + 2}"
    assert lines[-1] == "and 3 more: /timeline dams"
    assert other[-1] == "and 3 more: storywire timeline dams"


def test_without_stories_there_is_nothing_to_catch_up_on() -> None:
    lines = asyncio.run(catchup(ANN, [], FakeArchive(), now=NOW))

    assert shape(lines) == ["There is no story to catch up on."]
