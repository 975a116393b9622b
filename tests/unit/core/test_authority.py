"""Who is listened to, and as what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.authority import FRESH, NOBODY, Circle, Pace, Refusal, Role, admitted
from bot.talk import NOWHERE, Chat, Heard, Oddity, Person, Saying
from tests.builders import NOW

ADMIN, OTHER, GROUP, CHANNEL = 4242, 4343, -1001000000003, -1001000000001
CIRCLE = Circle(admins=frozenset({ADMIN}), groups=frozenset({GROUP}), channels=frozenset({CHANNEL}))
OPEN = replace(CIRCLE, open=True)


def heard(person: int | None = ADMIN, **changes: object) -> Heard:
    """Give a command that an administrator sends to the bot alone."""
    said = Heard(
        update=1,
        at=NOW,
        chat=Chat(id=person or ADMIN, kind="private"),
        person=None if person is None else Person(id=person),
        kind=Saying.COMMAND,
        text="/pause",
        message=7,
    )
    return replace(said, **changes)  # type: ignore[arg-type]


def in_group(person: int = ADMIN, **changes: object) -> Heard:
    return heard(person, chat=Chat(id=GROUP, kind="supergroup"), **changes)


def press(person: int = ADMIN, chat: int = CHANNEL, **changes: object) -> Heard:
    place = Chat(id=chat, kind="channel" if chat == CHANNEL else "supergroup")
    return heard(person, chat=place, kind=Saying.PRESS, at=None, press="1", data="why:1", **changes)


SAID: dict[str, tuple[Heard, Circle, Role | Refusal]] = {
    "an administrator, alone with the bot": (heard(), CIRCLE, Role.ADMIN),
    "an administrator in the administrators' group": (in_group(), CIRCLE, Role.ADMIN),
    "an administrator four minutes ago": (heard(at=NOW - timedelta(minutes=4)), CIRCLE, Role.ADMIN),
    "an administrator whose clock is a little ahead": (
        heard(at=NOW + timedelta(minutes=1)),
        CIRCLE,
        Role.ADMIN,
    ),
    "an administrator pressing a button in the channel": (press(), CIRCLE, Role.ADMIN),
    "an administrator pressing a button in the group": (press(chat=GROUP), CIRCLE, Role.ADMIN),
    "a stranger, alone with the bot": (heard(OTHER), CIRCLE, Role.GUEST),
    "a stranger, alone with a bot that is open": (heard(OTHER), OPEN, Role.SUBSCRIBER),
    "a reader pressing a button in the channel": (press(OTHER), CIRCLE, Role.GUEST),
    "a reader pressing a button in the channel of a bot that is open": (press(OTHER), OPEN, Role.GUEST),
    "a stranger in the administrators' group": (in_group(OTHER), CIRCLE, Refusal.STRANGER),
    "a stranger pressing an administrator's button there": (press(OTHER, GROUP), CIRCLE, Refusal.STRANGER),
    "an administrator in another group": (
        heard(chat=Chat(id=-1001000000009, kind="supergroup")),
        CIRCLE,
        Refusal.ELSEWHERE,
    ),
    "an administrator writing in the channel": (
        heard(chat=Chat(id=CHANNEL, kind="channel")),
        CIRCLE,
        Refusal.ELSEWHERE,
    ),
    "an administrator in another's private chat": (
        heard(chat=Chat(id=OTHER, kind="private")),
        CIRCLE,
        Refusal.ELSEWHERE,
    ),
    "a group that has an administrator's number": (
        heard(chat=Chat(id=ADMIN, kind="group")),
        CIRCLE,
        Refusal.ELSEWHERE,
    ),
    "a press on no message": (press(chat=0), CIRCLE, Refusal.ELSEWHERE),
    "a button that hangs nowhere": (
        heard(chat=NOWHERE, kind=Saying.PRESS, at=None),
        CIRCLE,
        Refusal.ELSEWHERE,
    ),
    "an administrator six minutes ago": (heard(at=NOW - timedelta(minutes=6)), CIRCLE, Refusal.STALE),
    "an administrator twenty hours ago": (heard(at=NOW - timedelta(hours=20)), CIRCLE, Refusal.STALE),
    "an administrator in six minutes": (heard(at=NOW + timedelta(minutes=6)), CIRCLE, Refusal.STALE),
    "a message without a time": (heard(at=None), CIRCLE, Refusal.STALE),
    "nobody": (heard(None), CIRCLE, Refusal.NOBODY),
    "the number of every anonymous administrator": (
        heard(1087968824),
        replace(CIRCLE, admins=NOBODY),
        Refusal.NOBODY,
    ),
    "Telegram itself": (heard(777000), replace(CIRCLE, admins=NOBODY), Refusal.NOBODY),
    "whoever writes as a channel": (heard(136817688), replace(CIRCLE, admins=NOBODY), Refusal.NOBODY),
    "the number zero": (heard(0, chat=Chat(id=0, kind="private")), CIRCLE, Refusal.NOBODY),
    **{
        f"an administrator's message that is odd: {oddity}": (
            heard(oddities=frozenset({oddity})),
            CIRCLE,
            Refusal.ODD,
        )
        for oddity in Oddity
    },
}


@pytest.mark.parametrize(("said", "circle", "expected"), SAID.values(), ids=SAID)
def test_who_is_listened_to_as_what(said: Heard, circle: Circle, expected: Role | Refusal) -> None:
    assert admitted(said, circle, now=NOW) == expected


@given(
    person=st.integers(-10, 10_000).filter(lambda number: number != ADMIN) | st.none(),
    chat=st.builds(
        Chat,
        id=st.sampled_from([ADMIN, OTHER, GROUP, CHANNEL, 0]) | st.integers(),
        kind=st.sampled_from(["private", "group", "supergroup", "channel"]),
    ),
    kind=st.sampled_from(Saying),
    oddities=st.frozensets(st.sampled_from(Oddity), max_size=2),
    age=st.timedeltas(timedelta(days=-2), timedelta(days=2)) | st.none(),
)
def test_nobody_else_is_an_administrator(
    person: int | None, chat: Chat, kind: Saying, oddities: frozenset[Oddity], age: timedelta | None
) -> None:
    at = None if age is None else NOW - age
    said = heard(person, chat=chat, kind=kind, oddities=oddities, at=at)

    assert admitted(said, OPEN, now=NOW) is not Role.ADMIN


@given(age=st.timedeltas(timedelta(days=-2), timedelta(days=2)))
def test_only_what_is_fresh_counts(age: timedelta) -> None:
    fresh = admitted(heard(at=NOW - age), CIRCLE, now=NOW) is Role.ADMIN

    assert fresh == (abs(age) <= FRESH)


def test_each_may_speak_so_often_in_a_minute_and_then_again() -> None:
    pace = Pace()
    at_once = [pace.allows(OTHER, Role.SUBSCRIBER, now=NOW) for _ in range(20)]
    later = pace.allows(OTHER, Role.SUBSCRIBER, now=NOW + timedelta(minutes=1))

    assert at_once == [True] * 12 + [False] * 8
    assert later
    assert pace.allows(ADMIN, Role.ADMIN, now=NOW)


def test_guests_together_may_speak_so_often() -> None:
    pace = Pace()
    allowed = sum(pace.allows(number, Role.GUEST, now=NOW) for number in range(1, 200))

    assert allowed == 60
    assert pace.allows(ADMIN, Role.ADMIN, now=NOW)


def test_a_clock_that_is_set_back_silences_nobody() -> None:
    pace = Pace()
    for _ in range(20):
        pace.allows(OTHER, Role.SUBSCRIBER, now=NOW)

    assert pace.allows(OTHER, Role.SUBSCRIBER, now=NOW - timedelta(hours=1))
