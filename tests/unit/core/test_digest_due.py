"""When a digest is sent after a clock was wrong."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from bot.core.hours import digest_due
from bot.model import Hours

HOURS = Hours(digests=(time(8), time(20)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


SENT = {
    "nothing": ([], "07-11 08:00"),
    "this hour's": (["07-11 08:00"], "07-11 20:00"),
    "this hour's, before the clock was put back by an hour": (
        ["07-11 08:05", "07-11 07:59"],
        "07-11 20:00",
    ),
    "one by a clock that was a month ahead": (["07-11 09:00", "06-11 20:00", "07-10 20:00"], "07-11 08:00"),
    "and this hour's": (["07-11 09:00", "07-10 20:00", "07-11 08:00"], "07-11 20:00"),
}


@pytest.mark.parametrize(("sent", "due"), SENT.values(), ids=SENT)
def test_an_hour_has_had_its_digest_unless_a_wrong_clock_showed_it(sent: list[str], due: str) -> None:
    told = [at(one) for one in sent]

    assert digest_due(HOURS, at("07-11 08:00"), told, begun=None, now=at("07-11 08:10")) == at(due)
