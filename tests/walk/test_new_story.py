"""What a new story makes of the archive: one message, and quiet about the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from bot import beginning
from bot.beginning import Begun, begin_stories
from bot.core.admit import REPEAT, UNFOLLOWED
from bot.core.plan import MOST_SO_FAR
from bot.model import (
    Article,
    ArticleId,
    Decision,
    Fold,
    Mode,
    Policy,
    Post,
    Posting,
    PostKind,
    PostState,
    Story,
)
from bot.ports import Archive, Record
from tests.builders import NOW, a_story
from tests.fakes.channel import FakeChannel
from tests.walk.world import LEDGER, POST, WIRE, Walk, an_item

T = TypeVar("T")

DAY = timedelta(days=1)
TRAINS = a_story("trains", title="Trains", query="train")
FLOODS = a_story("floods", title="Floods", query="flood*")
TEXT = (
    "Water reached the first houses of the valley within twenty minutes, and forty people were brought to a"
    " school, the regional crisis staff said on Thursday; the river is expected to fall by the weekend."
)
FLOOD = "Flood closes bridge at Ostrava"
DRILL = "Firemen drill for flood season in Brno"
#: Each of a happening of its own.
OTHERS = (
    "Zlin mayor blames beavers for flood in cellar",
    "Insurers count cost of summer floods",
    "Opera house cancels premiere after flood",
    "Scientists map flood plains from orbit",
    "Flood of complaints reaches ombudsman",
    "Farmers ask for seed after floods drown wheat",
    "Museum dries manuscripts wetted by flood",
    "Ferry service ends as flood recedes",
    "New flood sirens tested in Tabor",
    "Parliament debates flood tax",
    "Tourists stranded by flood in Dolomites fly home",
    "Goalkeeper pledges prize money to flood victims",
)


@dataclass(slots=True)
class Broken:
    """An archive whose n-th write is not kept."""

    archive: Archive
    fails_at: int
    writes: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.archive, name)

    async def record(self, work: Callable[[Record], T]) -> T:
        self.writes += 1
        if self.writes == self.fails_at:
            raise OSError("the power is cut")
        return await self.archive.record(work)


@dataclass(slots=True)
class Interrupted:
    """An archive beside which a poll goes on, when the first page of it has been read."""

    archive: Archive
    meanwhile: list[Callable[[], Any]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.archive, name)

    async def stored(self, **asked: Any) -> list[tuple[ArticleId, Article]]:
        page = await self.archive.stored(**asked)
        while self.meanwhile:
            await asyncio.to_thread(self.meanwhile.pop())
        return page


@pytest.fixture
def walk(archive: Archive) -> Walk:
    """Give a program that follows trains, and feeds that are not new."""
    walk = Walk(archive=archive, stories=[TRAINS])
    begin(walk)
    walk.opened()
    return walk


def begin(walk: Walk) -> list[Begun]:
    return asyncio.run(begin_stories(walk.world))


def following(walk: Walk, story: Story = FLOODS) -> Walk:
    """Give the program as it is once a story was added, and look back."""
    more = replace(walk, stories=[TRAINS, story])
    begin(more)
    return more


def floods(walk: Walk, *titles: str) -> None:
    """Let these be reported one after another."""
    for title in titles:
        walk.hears(WIRE, an_item(title, published=walk.clock.time))


def texts(walk: Walk, name: str = "main") -> list[str]:
    walk.deliver(name)
    return [message.text for message in walk.channels[name].messages.values()]


def posts(walk: Walk) -> list[Post]:
    return walk.outbox(*PostState)


def decided(walk: Walk, link: str | None, story: str = "floods") -> Decision:
    decisions = asyncio.run(walk.archive.decisions(str(link)))
    return next(decision for decision in decisions if decision.story == story)


def test_what_the_archive_has_on_a_new_story_comes_in_one_message_without_a_sound(walk: Walk) -> None:
    walk.hears(WIRE, an_item(FLOOD, summary=TEXT))
    walk.hears(POST, an_item("Forty brought to a school by flood", "post", summary=TEXT))
    walk.hears(LEDGER, an_item(DRILL, "ledger"), an_item("Train derails", "ledger"))
    assert [text.partition("\n")[0] for text in texts(walk)] == ["Train derails"]

    walk = following(walk)

    assert texts(walk)[1:] == [
        (
            "So far: Floods\n"
            "\n"
            "• Flood closes bridge at Ostrava\n"
            "Wire, 12:00 · also Evening Post\n"
            "\n"
            "• Firemen drill for flood season in Brno\n"
            "Ledger, 12:00\n"
            "\n"
            "#floods"
        )
    ]
    assert [(post.kind, post.message.silent) for post in posts(walk)[1:]] == [(PostKind.SO_FAR, True)]
    assert decided(walk, an_item(FLOOD).link).quiet == UNFOLLOWED


def test_a_story_is_looked_back_for_once(walk: Walk) -> None:
    floods(walk, OTHERS[0])
    walk = following(walk)
    known = posts(walk)

    assert begin(walk) == []
    assert posts(walk) == known
    assert set(asyncio.run(walk.archive.followed())) == {"trains", "floods"}


def test_a_story_of_another_name_is_new(walk: Walk) -> None:
    floods(walk, OTHERS[0])
    following(walk)

    (begun,) = begin(replace(walk, stories=[TRAINS, replace(FLOODS, name="water")]))

    assert (begun.story.name, begun.found) == ("water", 1)


def test_an_empty_archive_makes_nothing_of_new_stories(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[TRAINS, FLOODS])

    begun = begin(walk)

    assert [(each.story.name, each.found, each.posts) for each in begun] == [
        ("trains", 0, ()),
        ("floods", 0, ()),
    ]
    assert set(asyncio.run(archive.followed())) == {"trains", "floods"}
    walk.opened()
    floods(walk, OTHERS[0])
    assert walk.shown() == [OTHERS[0]]


def test_of_many_events_the_most_reported_and_then_the_latest_are_told(walk: Walk) -> None:
    walk.hears(WIRE, an_item(FLOOD, summary=TEXT))
    walk.hears(POST, an_item("Forty brought to a school by flood", "post", summary=TEXT))
    floods(walk, *OTHERS)

    (text,) = texts(following(walk))

    rows = [line.removeprefix("• ") for line in text.splitlines() if line.startswith("• ")]
    assert len(rows) == MOST_SO_FAR
    assert rows == [FLOOD, *OTHERS[-MOST_SO_FAR + 1 :]]


NOTHING_TOLD: dict[str, tuple[Story, dict[str, Any]]] = {
    "who wants no backlog": (replace(FLOODS, policy=Policy(backfill=0)), {}),
    "old news": (FLOODS, {"published": NOW - 9 * DAY}),
    "another feed's than those it listens to": (replace(FLOODS, feeds=("Ledger",)), {}),
    "who has no channel": (replace(FLOODS, channels=()), {}),
}


@pytest.mark.parametrize(("story", "changes"), NOTHING_TOLD.values(), ids=NOTHING_TOLD)
def test_nothing_is_told_to_or_of(walk: Walk, story: Story, changes: dict[str, Any]) -> None:
    walk.hears(WIRE, an_item(FLOOD, **changes))

    walk = following(walk, story)

    assert posts(walk) == []
    assert "floods" in asyncio.run(walk.archive.followed())


def test_what_is_older_than_the_window_is_not_looked_at(walk: Walk) -> None:
    floods(walk, OTHERS[0])
    walk.wait(20 * DAY)
    floods(walk, OTHERS[1])

    (text,) = texts(following(walk))

    assert (OTHERS[1] in text, OTHERS[0] in text) == (True, False)
    assert asyncio.run(walk.archive.decisions(str(an_item(OTHERS[0]).link))) == []


def test_a_repeat_of_what_was_told_so_far_is_named_there(walk: Walk) -> None:
    walk.hears(WIRE, an_item(FLOOD, summary=TEXT))
    walk = following(walk)
    assert len(texts(walk)) == 1

    walk.hears(POST, an_item("Forty brought to a school by flood", "post", summary=TEXT))

    (text,) = texts(walk)
    assert text.startswith(
        "So far: Floods\n\n• Flood closes bridge at Ostrava\nWire, 12:00 · also Evening Post"
    )
    assert [post.kind for post in posts(walk)] == [PostKind.SO_FAR, PostKind.EDIT]


def test_an_update_of_what_was_told_so_far_answers_it(walk: Walk) -> None:
    walk.hears(WIRE, an_item("Minister opens rebuilt flood wall at Brno on Friday", summary=TEXT))
    walk = following(walk)
    walk.deliver()

    walk.hears(POST, an_item("Minister cancels opening of rebuilt flood wall at Brno on Friday", "post"))

    assert texts(walk)[1].startswith("Update: Minister cancels opening")
    assert [post.kind for post in posts(walk)] == [PostKind.SO_FAR, PostKind.REPLY]


def test_a_repeat_of_what_did_not_fit_stays_quiet(walk: Walk) -> None:
    walk.hears(WIRE, an_item(FLOOD, summary=TEXT))
    floods(walk, *OTHERS)
    walk = following(walk)
    known = texts(walk)

    repeat = an_item("Forty brought to a school by flood", "post", summary=TEXT)
    walk.hears(POST, repeat)

    assert texts(walk) == known
    assert decided(walk, repeat.link).quiet == REPEAT


def test_what_waits_for_more_sources_goes_on_waiting(walk: Walk) -> None:
    walk.hears(WIRE, an_item(FLOOD, summary=TEXT))
    story = replace(FLOODS, postings={"main": Posting(min_sources=2)}, policy=Policy(fold=Fold.EVENT))
    walk = following(walk, story)
    assert texts(walk) == []

    walk.hears(POST, an_item("Flood shuts bridge in Ostrava", "post"))

    (text,) = texts(walk)
    assert "Flood shuts bridge in Ostrava" in text
    assert "2 independent reports" in text


def test_what_another_story_shows_in_the_channel_is_not_told_again(walk: Walk) -> None:
    walk.hears(WIRE, an_item("Train stopped by flood at Opava"))
    floods(walk, OTHERS[0])
    assert len(texts(walk)) == 1

    walk = following(walk)

    assert texts(walk)[1].count("• ") == 1
    assert "Opava" not in texts(walk)[1]


def test_each_channel_gets_a_message_of_its_own_at_once(walk: Walk) -> None:
    floods(walk, OTHERS[0])
    story = replace(FLOODS, channels=("main", "desk"), postings={"desk": Posting(mode=Mode.DIGEST)})
    walk = replace(walk, channels={**walk.channels, "desk": FakeChannel("desk")})

    walk = following(walk, story)

    assert texts(walk) == texts(walk, "desk")
    assert len(texts(walk, "desk")) == 1


def test_two_new_stories_of_one_channel_do_not_tell_one_article_twice(walk: Walk) -> None:
    floods(walk, OTHERS[0])

    begin(replace(walk, stories=[TRAINS, FLOODS, a_story("bridges", query="bridge")]))

    assert len(texts(walk)) == 1


@pytest.mark.parametrize("fold", Fold)
def test_of_a_happening_one_report_is_told(walk: Walk, fold: Fold) -> None:
    walk.hears(WIRE, an_item("Flood at Ostrava closes bridge and two schools on Thursday"))
    walk.hears(POST, an_item("Ostrava flood: bridge and two schools closed on Thursday, mayor says", "post"))
    walk = following(walk, replace(FLOODS, policy=Policy(fold=fold)))

    (text,) = texts(walk)

    assert text.count("• ") == 1


@pytest.mark.parametrize("fails_at", range(1, 8))
def test_whatever_is_not_kept_the_next_start_makes_good(
    walk: Walk, fails_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beginning, "_PAGE", 2)
    monkeypatch.setattr(beginning, "_AT_ONCE", 1)
    walk.hears(WIRE, an_item(FLOOD, summary=TEXT))
    walk.hears(POST, an_item("Forty brought to a school by flood", "post", summary=TEXT))
    floods(walk, *OTHERS[:2])
    stories = [TRAINS, FLOODS]
    broken = Broken(walk.archive, fails_at)

    try:
        begin(replace(walk, archive=broken, stories=stories))
    except OSError:
        assert "floods" not in asyncio.run(walk.archive.followed())
    begin(replace(walk, stories=stories))

    (text,) = texts(walk)
    assert text.count("• ") == 3
    assert "also Evening Post" in text
    assert broken.writes == min(fails_at, 6)
    assert "floods" in asyncio.run(walk.archive.followed())


def test_a_poll_that_goes_on_meanwhile_is_judged_once(walk: Walk) -> None:
    floods(walk, OTHERS[0])
    more = replace(walk, stories=[TRAINS, FLOODS])
    more.feeds.publish(WIRE, an_item(OTHERS[1]))
    between = Interrupted(walk.archive, [lambda: more.poll(WIRE)])

    begin(replace(more, archive=between))

    told = texts(more)
    assert [text.partition("\n")[0] for text in told] == [OTHERS[1], "So far: Floods"]
    assert OTHERS[1] not in told[1]
    assert decided(more, an_item(OTHERS[1]).link).quiet is None
