"""`run` and `healthcheck`: the service, from outside."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from storage import open_archive
from tests.unit.cli.typing_it import CONFIG, ago, configuration, typed


def beat(**jobs: datetime) -> None:
    async def note() -> None:
        archive = await open_archive("sqlite:///archive.db")
        for name, at in jobs.items():
            await archive.beat(name, at=at)
        await archive.close()

    asyncio.run(note())


STATES = {
    "that never ran": ({}, 1, "the scheduler has never run on this database"),
    "that moves": ({"tick": {"seconds": 5}, "deliver": {"seconds": 30}}, 0, "everything moves"),
    "whose clock stands still": ({"tick": {"minutes": 9}}, 1, "tick: no progress since 20"),
    "whose delivery stands still": (
        {"tick": {"seconds": 5}, "deliver": {"hours": 2}},
        1,
        "deliver: no progress since 20",
    ),
}


@pytest.mark.parametrize(("jobs", "code", "says"), STATES.values(), ids=STATES)
def test_the_health_check_of_a_service(jobs: dict[str, dict[str, int]], code: int, says: str) -> None:
    configuration(("Wire", "https://wire.example/feed"))
    if jobs:
        beat(**{name: ago(**time) for name, time in jobs.items()})

    shown = typed("healthcheck", "-c", CONFIG)

    assert (shown.code, shown.err) == (code, "")
    assert shown.out.startswith(says)
    assert len(shown.out.splitlines()) == 1


def test_a_second_service_on_one_database_is_refused() -> None:
    configuration(("Wire", "https://wire.example/feed"))

    async def beside_another() -> None:
        archive = await open_archive("sqlite:///archive.db")
        try:
            for command in ("run", "poll"):
                shown = await asyncio.to_thread(typed, command, "-c", CONFIG)
                assert shown.code == 2
                assert shown.line.startswith("storywire: another Storywire works on this database")
        finally:
            await archive.close()

    asyncio.run(beside_another())
    assert typed("healthcheck", "-c", CONFIG).code == 1
