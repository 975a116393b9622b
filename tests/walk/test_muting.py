"""What a muted event still shows, what ends a mute, and what becomes of mutes when events do not stay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest

from bot import corrections, muting, pipeline
from bot.errors import OperatorError
from bot.model import ArticleId, Entry, EventId, Mode, Posting, PostKind, PostState
from bot.muting import Muted
from bot.ports import Archive, Record
from tests.builders import a_story
from tests.walk.test_channel import (
    TOWNS,
    a_walk,
    about,
    by_town,
    go_on,
    hears,
    item,
    kinds,
    opened,
    restarted,
    texts,
    two_stories,
)
from tests.walk.world import LEDGER, POST, WIRE, Walk

T = TypeVar("T")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "judge", by_town)


def recorded(walk: Walk, work: Callable[[Record], T]) -> T:
    return asyncio.run(walk.archive.record(work))


def number_of(walk: Walk, entry: Entry) -> ArticleId:
    return asyncio.run(walk.archive.decisions(str(entry.link)))[-1].article_id


def event_of(walk: Walk, entry: Entry, story: str = "dams") -> EventId:
    decisions = asyncio.run(walk.archive.decisions(str(entry.link)))
    return next(decision.event for decision in decisions if decision.story == story)


def mute(walk: Walk, entry: Entry, *channels: str, story: str = "dams") -> Muted:
    """Mute the event of an entry a minute later; what comes comes after that."""
    walk.wait(MINUTE)
    event, now = event_of(walk, entry, story), walk.clock.now()
    done = recorded(walk, lambda r: muting.mute(event, channels or ["main"], r, at=now, person=7))
    walk.wait(MINUTE)
    return done


def unmute(walk: Walk, entry: Entry) -> Muted:
    event, now, places = event_of(walk, entry), walk.clock.now(), walk.world.knowledge.places
    return recorded(walk, lambda r: muting.unmute(event, ["main"], r, places, at=now))


def an_update(town: int, url: str = POST) -> Entry:
    return item(town, url, f"Mayor closes the dam near {TOWNS[town]}")


# ---------------------------------------------------------------------------------- while it is muted


def test_repeats_of_a_muted_event_are_folded_silently(archive: Archive) -> None:
    walk = a_walk(archive, ring_at=2)
    hears(walk, WIRE, item(0))
    walk.deliver()
    before = texts(walk)
    mute(walk, item(0))

    hears(walk, POST, item(0, POST))
    hears(walk, LEDGER, item(0, LEDGER, summary="copied"))
    hears(walk, WIRE, replace(item(0), title=f"{about(0)} again"))

    assert walk.outbox() == []
    walk.deliver()
    assert texts(walk) == before
    assert event_of(walk, item(0, LEDGER)) == event_of(walk, item(0))


def test_a_muted_event_stays_muted_after_a_restart_and_others_are_told(archive: Archive) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0))
    walk.deliver()
    mute(walk, item(0))
    walk = restarted(walk)

    hears(walk, POST, item(0, POST), item(1, POST))

    assert walk.shown() == [about(0), about(1)]
    assert kinds(walk) == [PostKind.CARD, PostKind.CARD]


def test_what_waits_of_a_muted_event_is_taken_back(archive: Archive) -> None:
    walk = a_walk(archive, ring_at=2)
    hears(walk, WIRE, item(0))
    walk.deliver()
    hears(walk, POST, item(0, POST))
    hears(walk, LEDGER, an_update(0, LEDGER))
    waiting = [post.kind for post in walk.outbox()]

    done = mute(walk, item(0))

    assert waiting == [PostKind.EDIT, PostKind.RING, PostKind.REPLY]
    assert [post.kind for post in done.posts] == waiting
    assert walk.outbox() == []
    dropped = walk.outbox(PostState.DROPPED)
    assert {post.reason for post in dropped} == {muting.MUTED}


def test_a_card_not_yet_sent_is_taken_back_and_nothing_brings_it_but_an_end_of_the_mute(
    archive: Archive,
) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0))
    mute(walk, item(0))
    hears(walk, POST, item(0, POST))
    assert walk.shown() == []

    unmute(walk, item(0))

    assert walk.shown() == [about(0)]
    assert "Also: Evening Post" in texts(walk)[0]
    assert kinds(walk) == [PostKind.CARD]


def test_what_waits_for_more_sources_is_not_told_while_it_is_muted(archive: Archive) -> None:
    walk = a_walk(archive, min_sources=2)
    hears(walk, WIRE, item(0))
    mute(walk, item(0))
    hears(walk, POST, item(0, POST))
    assert walk.shown() == []

    unmute(walk, item(0))

    assert walk.shown() == [about(0)]


def test_an_event_is_muted_in_the_channels_that_are_named(archive: Archive) -> None:
    walk = opened(Walk(archive=archive, stories=[a_story(channels=("main", "second"))]))
    walk.channels = {name: type(walk.channel)(name) for name in ("main", "second")}
    hears(walk, WIRE, item(0))
    for name in walk.channels:
        walk.deliver(name)
    mute(walk, item(0), "second")

    hears(walk, POST, item(0, POST))

    assert [post.channel for post in walk.outbox()] == ["main"]


def test_muting_twice_changes_nothing_the_second_time(archive: Archive) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0))

    assert [mute(walk, item(0)).channels for _ in range(2)] == [("main",), ()]
    assert [unmute(walk, item(0)).channels for _ in range(2)] == [("main",), ()]


# ---------------------------------------------------------------------------------- what ends a mute


def test_an_update_ends_the_mute_and_is_told_and_the_card_is_brought_up_to_date(archive: Archive) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0))
    walk.deliver()
    mute(walk, item(0))
    hears(walk, POST, item(0, POST))

    hears(walk, LEDGER, an_update(0, LEDGER))
    walk.deliver()
    hears(walk, POST, an_update(0))
    walk.deliver()

    assert kinds(walk) == [PostKind.CARD, PostKind.REPLY, PostKind.EDIT, PostKind.REPLY]
    assert "Also: Evening Post" in texts(walk)[0]
    assert walk.channel.posts[1].target == 1


def test_an_update_brings_a_card_that_was_taken_back_and_answers_it(archive: Archive) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0))
    mute(walk, item(0))

    hears(walk, LEDGER, an_update(0, LEDGER))
    walk.deliver()

    assert kinds(walk) == [PostKind.CARD, PostKind.REPLY]


def test_a_mute_that_a_person_ends_brings_the_card_up_to_date_by_one_edit(archive: Archive) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0))
    walk.deliver()
    mute(walk, item(0))
    hears(walk, POST, item(0, POST))
    hears(walk, LEDGER, item(0, LEDGER))

    done = unmute(walk, item(0))
    walk.deliver()

    assert [post.kind for post in done.posts] == [PostKind.EDIT]
    assert kinds(walk) == [PostKind.CARD, PostKind.EDIT]
    assert "Also: Evening Post, Ledger" in texts(walk)[0]


def test_a_card_that_the_operator_gave_up_before_does_not_come_back_with_its_event(archive: Archive) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0))
    (card,) = walk.outbox()
    recorded(walk, lambda record: record.decide(card.id, PostState.DROPPED, "given up by the operator"))
    mute(walk, item(0))

    unmute(walk, item(0))

    assert walk.shown() == []


# ------------------------------------------------------------------------------------ several on one


def test_on_a_roundup_that_others_change_a_muted_event_stays_as_it_was_printed(archive: Archive) -> None:
    walk = a_walk(archive, per_hour=1)
    for town in range(3):
        hears(walk, WIRE, item(town))
    walk.deliver()
    mute(walk, item(1))

    hears(walk, POST, item(1, POST), item(2, POST))
    hears(walk, POST, item(3, POST))
    walk.deliver()

    roundup = texts(walk)[1]
    assert f"• {about(1)}\nWire, 12:00\n" in roundup
    assert f"• {about(2)}\nWire, 12:00 · also Evening Post\n" in roundup
    assert f"• {about(3)}\nEvening Post" in roundup

    unmute(walk, item(1))
    walk.deliver()
    assert f"• {about(1)}\nWire, 12:00 · also Evening Post\n" in texts(walk)[1]


def test_a_muted_event_on_a_digest_that_waits_is_sent_as_it_was_printed(archive: Archive) -> None:
    walk = a_walk(archive, mode=Mode.DIGEST)
    hears(walk, WIRE, item(0), item(1))
    mute(walk, item(0))
    hears(walk, POST, item(0, POST), item(1, POST))

    go_on(walk, walk.clock.now() + DAY)

    (text,) = texts(walk)
    assert f"• {about(0)}\nWire, 12:00\n" in text
    assert f"• {about(1)}\nWire, 12:00 · also Evening Post\n" in text


def test_an_update_of_a_muted_event_on_a_list_is_told(archive: Archive) -> None:
    walk = a_walk(archive, per_hour=1)
    hears(walk, WIRE, item(0))
    hears(walk, WIRE, item(1))
    walk.deliver()
    mute(walk, item(1))

    hears(walk, POST, an_update(1))
    walk.deliver()

    assert kinds(walk) == [PostKind.CARD, PostKind.ROUNDUP, PostKind.REPLY, PostKind.EDIT]
    assert f"Update: Mayor closes the dam near {TOWNS[1]}" in texts(walk)[1]


@pytest.mark.parametrize("story", ["dams", "rivers"])
def test_two_stories_that_share_a_card_are_muted_and_lifted_together(archive: Archive, story: str) -> None:
    walk = two_stories(archive, Posting(), Posting())
    hears(walk, WIRE, item(0))
    walk.deliver()
    before = texts(walk)
    mute(walk, item(0), story=story)

    hears(walk, POST, item(0, POST))
    walk.deliver()
    assert texts(walk) == before

    hears(walk, LEDGER, an_update(0, LEDGER))
    walk.deliver()
    assert "Also: Evening Post" in texts(walk)[0]
    assert [text.splitlines()[0] for text in texts(walk)[1:]] == [
        f"Update: Mayor closes the dam near {TOWNS[0]}"
    ]


def test_a_story_that_begins_to_follow_what_is_muted_joins_the_muted_card(archive: Archive) -> None:
    both = two_stories(archive, Posting(), Posting())
    walk = replace(both, stories=both.stories[:1])
    hears(walk, WIRE, item(0))
    walk.deliver()
    before = texts(walk)
    mute(walk, item(0))

    walk = replace(walk, stories=both.stories)
    hears(walk, POST, item(0, POST))
    hears(walk, LEDGER, item(0, LEDGER))
    walk.deliver()

    assert texts(walk) == before


# ------------------------------------------------------------------------------------------ corrected


def merge(walk: Walk, one: Entry, other: Entry) -> None:
    first, second = (number_of(walk, each) for each in (one, other))
    places, now = walk.world.knowledge.places, walk.clock.now()
    recorded(walk, lambda r: corrections.merge(walk.stories[0], first, second, r, places, at=now))
    walk.wait(MINUTE)


def test_of_two_events_of_which_one_was_muted_what_becomes_of_both_is_told(archive: Archive) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0))
    hears(walk, LEDGER, item(1, LEDGER))
    walk.deliver()
    mute(walk, item(0))
    hears(walk, POST, item(0, POST))

    merge(walk, item(0), item(1, LEDGER))
    walk.deliver()

    assert "Also: Ledger, Evening Post" in texts(walk)[0]


def test_of_two_muted_events_what_becomes_of_both_is_muted(archive: Archive) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0), item(1))
    walk.deliver()
    for town in (0, 1):
        mute(walk, item(town))
    merge(walk, item(0), item(1))
    walk.deliver()
    before = texts(walk)

    hears(walk, POST, item(0, POST), item(1, POST))
    walk.deliver()

    assert texts(walk) == before


def test_what_a_channel_was_never_shown_does_not_end_a_mute(archive: Archive) -> None:
    walk = a_walk(archive, min_sources=2)
    hears(walk, WIRE, item(0))
    hears(walk, POST, item(0, POST))
    walk.deliver()
    before = texts(walk)
    mute(walk, item(0))
    hears(walk, LEDGER, item(1, LEDGER))

    merge(walk, item(1, LEDGER), item(0))
    walk.deliver()

    assert texts(walk) == before


def test_what_is_split_off_a_muted_event_is_told(archive: Archive) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0))
    hears(walk, POST, item(0, POST))
    walk.deliver()
    mute(walk, item(0))
    number, places, now = number_of(walk, item(0, POST)), walk.world.knowledge.places, walk.clock.now()

    recorded(walk, lambda r: corrections.split(walk.stories[0], number, r, places, at=now))
    walk.wait(MINUTE)
    hears(walk, LEDGER, item(0, LEDGER))

    assert walk.shown() == [about(0), about(0)]
    assert "Also" not in "".join(texts(walk))


def test_an_event_that_was_merged_into_another_cannot_be_muted(archive: Archive) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0), item(1))
    gone = max(event_of(walk, item(town)) for town in (0, 1))
    merge(walk, item(0), item(1))

    with pytest.raises(OperatorError, match=f"event {gone} has no articles any more"):
        recorded(walk, lambda r: muting.mute(gone, ["main"], r, at=walk.clock.now(), person=7))
