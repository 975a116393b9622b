from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edge.document import read_document
from bot.edge.rhythm import LONGEST, SHORTEST, rhythm_of
from bot.model import Rhythm


def rhythm(head: str, *, start: str = "<rss version='2.0'>", end: str = "</rss>") -> Rhythm:
    module = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
    item = "<item><title>one</title><ttl>1</ttl><skipHours><hour>9</hour></skipHours></item>"
    body = f"{start}<channel {module}>{head}{item}</channel>{end}"
    return read_document(body.encode(), "https://news.example/feed", None).rhythm


def hours(*numbers: int) -> str:
    return f"<skipHours>{''.join(f'<hour>{number}</hour>' for number in numbers)}</skipHours>"


def days(*names: str) -> str:
    return f"<skipDays>{''.join(f'<day>{name}</day>' for name in names)}</skipDays>"


def sy(period: str, frequency: str = "") -> str:
    often = f"<sy:updateFrequency>{frequency}</sy:updateFrequency>" if frequency else ""
    return f"<sy:updatePeriod>{period}</sy:updatePeriod>{often}"


WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

RHYTHMS: dict[str, tuple[str, Rhythm]] = {
    "nothing": ("", Rhythm()),
    "an hour": ("<ttl>60</ttl>", Rhythm(every=timedelta(hours=1))),
    "an hour, with blanks": ("<ttl>\n 60 </ttl>", Rhythm(every=timedelta(hours=1))),
    "no time at all is a minute": ("<ttl>0</ttl>", Rhythm(every=timedelta(minutes=1))),
    "a month is a week": ("<ttl>43200</ttl>", Rhythm(every=timedelta(days=7))),
    "endless": (f"<ttl>{'9' * 5_000}</ttl>", Rhythm()),
    "negative": ("<ttl>-60</ttl>", Rhythm()),
    "half a minute": ("<ttl>0.5</ttl>", Rhythm()),
    "words": ("<ttl>often</ttl>", Rhythm()),
    "blank": ("<ttl/>", Rhythm()),
    "hourly": (sy("hourly"), Rhythm(every=timedelta(hours=1))),
    "hourly, with blanks and capitals": (sy("\n Hourly\n", " 2 "), Rhythm(every=timedelta(minutes=30))),
    "twice a day": (sy("daily", "2"), Rhythm(every=timedelta(hours=12))),
    "a thousand times an hour": (sy("hourly", "1000"), Rhythm(every=timedelta(minutes=1))),
    "yearly": (sy("yearly"), Rhythm(every=timedelta(days=7))),
    "never in a day": (sy("daily", "0"), Rhythm()),
    "daily, but how often?": (sy("daily", "often"), Rhythm()),
    "now and then": (sy("sometimes"), Rhythm()),
    "the shorter of two": (f"<ttl>30</ttl>{sy('daily')}", Rhythm(every=timedelta(minutes=30))),
    "hours": (hours(0, 1, 23), Rhythm(quiet_hours=frozenset({0, 1, 23}))),
    "midnight has two names": (hours(24, 0), Rhythm(quiet_hours=frozenset({0}))),
    "hours there are not": (hours(25, -1, 99999999), Rhythm()),
    "all hours": (hours(*range(24)), Rhythm()),
    "all hours, 24 among them": (hours(*range(1, 25)), Rhythm()),
    "an hour in words": (
        "<skipHours><hour>noon</hour><hour>3</hour></skipHours>",
        Rhythm(quiet_hours=frozenset({3})),
    ),
    "days": (days("Saturday", " sunday\n"), Rhythm(quiet_days=frozenset({5, 6}))),
    "days of another language": (days("Samstag", "Monday"), Rhythm(quiet_days=frozenset({0}))),
    "all days": (days(*WEEK), Rhythm()),
    "a list without an end": ("<!-- <skipHours><hour>3</hour> -->", Rhythm()),
    "all at once": (
        f"<ttl>30</ttl>{hours(2)}{days('Friday')}",
        Rhythm(every=timedelta(minutes=30), quiet_hours=frozenset({2}), quiet_days=frozenset({4})),
    ),
}


@pytest.mark.parametrize(("head", "expected"), RHYTHMS.values(), ids=RHYTHMS)
def test_a_document_says_when_it_changes(head: str, expected: Rhythm) -> None:
    assert rhythm(head) == expected


@pytest.mark.parametrize(("head", "expected"), [RHYTHMS["all at once"], RHYTHMS["twice a day"]])
def test_so_does_an_ill_formed_one_and_one_with_a_type(head: str, expected: Rhythm) -> None:
    assert rhythm(f"{head}<title>&nbsp;</title>") == expected
    assert rhythm(head, start="<!DOCTYPE rss><rss version='2.0'>") == expected


@given(st.text(), st.text(), st.text(), st.text())
def test_whatever_it_says_is_within_limits(text: str, ttl: str, period: str, frequency: str) -> None:
    said = rhythm_of(f"<skipHours><hour>{text}", ttl=ttl, period=period, frequency=frequency)

    assert said.every is None or SHORTEST <= said.every <= LONGEST


@pytest.mark.parametrize("flood", ["<skipHours>", "<skipHours><hour>", "<skipDays " + " " * 40, "</skip"])
def test_no_flood_takes_long(flood: str) -> None:
    started = time.process_time()
    rhythm_of(flood * 100_000, ttl="", period="", frequency="")

    assert time.process_time() - started < 2
