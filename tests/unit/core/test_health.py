from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.core.health import STANDSTILL, standstills
from tests.builders import NOW

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
    "a clock that was set back": ({"tick": NOW + timedelta(hours=1)}, []),
}


@pytest.mark.parametrize(("beats", "expected"), BEATS.values(), ids=BEATS)
def test_what_stands_still_is_told(beats: dict[str, datetime], expected: list[str]) -> None:
    assert standstills(beats, now=NOW) == expected
