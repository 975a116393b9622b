"""The one message that tells what was before a story was followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.core.plan import MOST_SO_FAR, Place, most_reported, so_far
from bot.model import Event, EventId, Hours, Member
from tests.builders import NOW, a_story, an_event
from tests.unit.core.samples import member, report

STORY = a_story()
PLACE = Place(channel="main", story=STORY, stories={STORY.name: STORY}, hours=Hours(), now=NOW)
#: Each counts twice in a message.
EMOJI = "🌊"


def told_by(number: int, *outlets: str, happening: int | None = None, title: str = "") -> Event:
    """Give an event that these outlets report by themselves; the later ones in other words."""
    members: Sequence[Member] = [
        member(
            report(title or f"Dam {number}", outlet),
            "rewrite" if place else "new",
            number=10 * number + place,
            quiet=True,
        )
        for place, outlet in enumerate(outlets or ("One",))
    ]
    return an_event(id=EventId(number), happening=EventId(happening or number), members=tuple(members))


def numbers(events: Sequence[Event]) -> list[int]:
    return [event.id for event in events]


def test_the_most_reported_come_first_and_of_others_the_latest() -> None:
    events = [told_by(1), told_by(2, "One", "Two"), told_by(3), told_by(4, "One", "Two", "Three")]

    assert numbers(most_reported(events)) == [4, 2, 3, 1]


def test_of_one_happening_only_its_most_reported_event_counts() -> None:
    events = [told_by(1), told_by(2, "One", "Two", happening=1), told_by(3, happening=1), told_by(4)]

    assert numbers(most_reported(events)) == [2, 4]


def test_it_tells_events_in_order_with_what_came_first_in_the_lead() -> None:
    written = so_far([told_by(2), told_by(1, "Post", "Wire")], PLACE)

    assert written is not None
    message, told = written
    assert numbers(told) == [1, 2]
    assert message.silent
    assert message.text.startswith(
        "So far: Dams\n\n• Dam 1\nPost, 12:00 · also Wire\n\n• Dam 2\nOne, 12:00\n"
    )


def test_a_repeat_that_is_no_backlog_does_not_take_the_lead() -> None:
    event = told_by(1)
    later = member(report("Dam 1 gone", "Two"), "copy", number=19, of=10)
    written = so_far([an_event(id=event.id, members=(*event.members, later))], PLACE)

    assert written is not None
    assert "• Dam 1\nOne, 12:00 · also Two" in written[0].text


def test_what_does_not_fit_is_left_out() -> None:
    long = EMOJI * 300
    events = [told_by(n, long, title=f"{n} {long}") for n in range(1, 20)]
    updates = [member(report(f"{e.id} once more {long}", long), "update", number=e.id) for e in events]
    pairs = zip(events, updates, strict=True)
    written = so_far([replace(event, members=(*event.members, update)) for event, update in pairs], PLACE)

    assert written is not None
    message, told = written
    assert 1 < len(told) < MOST_SO_FAR
    assert numbers(told) == list(range(20 - len(told), 20))
    assert message.text.count("•") == len(told)


def test_of_nothing_there_is_nothing_to_tell() -> None:
    assert so_far([], PLACE) is None


@given(st.lists(st.integers(1, 4), max_size=15))
def test_it_tells_as_many_happenings_as_there_are_up_to_its_limit(sources: list[int]) -> None:
    outlets = ("One", "Two", "Three", "Four")
    events = [told_by(n, *outlets[:count]) for n, count in enumerate(sources, start=1)]
    written = so_far(events, PLACE)

    told = [] if written is None else written[1]
    left = [event for event in events if event not in told]
    assert len(told) == min(len(events), MOST_SO_FAR)
    assert all(len(one.members) >= len(other.members) for one in told for other in left)
