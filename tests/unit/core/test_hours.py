"""Quiet hours and the hours of digests, over every night on which clocks are put."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.hours import digest_due, last_digest, next_digest, quiet_until
from bot.model import Hours

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

BERLIN, MOSCOW, NEW_YORK, LORD_HOWE = (
    "Europe/Berlin",
    "Europe/Moscow",
    "America/New_York",
    "Australia/Lord_Howe",
)
#: In 2026 clocks go forward or back in these nights; in Moscow never, on Lord Howe by half an hour.
NIGHTS = {
    BERLIN: (date(2026, 3, 29), date(2026, 10, 25)),
    MOSCOW: (date(2026, 3, 29), date(2026, 10, 25)),
    NEW_YORK: (date(2026, 3, 8), date(2026, 11, 1)),
    LORD_HOWE: (date(2026, 4, 5), date(2026, 10, 4)),
}


def at(text: str) -> datetime:
    """Read a moment: "2026-03-29 02:30 Europe/Berlin", in UTC where no zone is named."""
    day, clock, *zone = text.split()
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo((zone or ["UTC"])[0]))


def quiet(span: str, zone: str = "UTC") -> Hours:
    start, end = map(time.fromisoformat, span.split("-"))
    return Hours(zone=zone, quiet=(start, end))


def daily(*times: str, zone: str = "UTC") -> Hours:
    return Hours(zone=zone, digests=tuple(map(time.fromisoformat, times)))


def hourly(zone: str = "UTC") -> Hours:
    return Hours(zone=zone, digests=())


# ---------------------------------------------------------------------------------------- quiet hours

NIGHT = "23:00-07:00"
QUIET = {
    "none are set": (Hours(), "2026-01-15 03:00", None),
    "before they begin": (quiet(NIGHT), "2026-01-15 22:59", None),
    "as they begin": (quiet(NIGHT), "2026-01-15 23:00", "2026-01-16 07:00"),
    "after midnight": (quiet(NIGHT), "2026-01-16 00:00", "2026-01-16 07:00"),
    "the minute before they end": (quiet(NIGHT), "2026-01-16 06:59", "2026-01-16 07:00"),
    "as they end": (quiet(NIGHT), "2026-01-16 07:00", None),
    "within one day": (quiet("12:00-14:00"), "2026-01-16 13:00", "2026-01-16 14:00"),
    "past the end of that": (quiet("12:00-14:00"), "2026-01-16 14:00", None),
    "all but a minute of a day": (quiet("07:01-07:00"), "2026-01-16 06:00", "2026-01-16 07:00"),
    "until midnight": (quiet("22:00-00:00"), "2026-01-16 23:30", "2026-01-17 00:00"),
    "in the readers' zone, not in UTC": (
        quiet(NIGHT, MOSCOW),
        "2026-01-15 20:30",
        "2026-01-16 07:00 Europe/Moscow",
    ),
    "a night with an hour less": (
        quiet(NIGHT, BERLIN),
        "2026-03-28 23:30 Europe/Berlin",
        "2026-03-29 05:00",
    ),
    "a night with an hour more": (
        quiet(NIGHT, BERLIN),
        "2026-10-24 23:30 Europe/Berlin",
        "2026-10-25 06:00",
    ),
    "an end that the night skips: an hour later": (
        quiet("23:00-02:30", BERLIN),
        "2026-03-29 01:30 Europe/Berlin",
        "2026-03-29 03:30 Europe/Berlin",
    ),
    "an end that comes twice: the first": (
        quiet("23:00-02:30", BERLIN),
        "2026-10-25 00:10",
        "2026-10-25 00:30",
    ),
    "after the first of two ends": (quiet("23:00-02:30", BERLIN), "2026-10-25 00:30", None),
    "half an hour less on Lord Howe": (
        quiet(NIGHT, LORD_HOWE),
        "2026-10-03 23:00 Australia/Lord_Howe",
        "2026-10-03 20:00",
    ),
    "New York in summer": (quiet(NIGHT, NEW_YORK), "2026-07-01 03:30", "2026-07-01 11:00"),
}


@pytest.mark.parametrize(("hours", "now", "end"), QUIET.values(), ids=QUIET)
def test_quiet_hours_last_until(hours: Hours, now: str, end: str | None) -> None:
    assert quiet_until(hours, at(now)) == (None if end is None else at(end))


times = st.times().map(lambda one: one.replace(second=0, microsecond=0))
zones = st.sampled_from([*NIGHTS, "UTC", "Asia/Kolkata", "America/St_Johns"])
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  bounds


def _is_plain(now: datetime, zone: str) -> bool:
    """Tell whether no clock is put within two days."""
    offsets = {(now + days * DAY).astimezone(ZoneInfo(zone)).utcoffset() for days in range(-2, 3)}
    return len(offsets) == 1


@given(span=st.tuples(times, times).filter(lambda span: span[0] != span[1]), zone=zones, now=moments)
def test_it_is_quiet_when_the_clock_on_the_wall_stands_between_the_two_times(
    span: tuple[time, time], zone: str, now: datetime
) -> None:
    ends = quiet_until(Hours(zone=zone, quiet=span), now)

    assert ends is None or now < ends <= now + DAY + 2 * HOUR
    if _is_plain(now, zone):
        (start, end), wall = span, now.astimezone(ZoneInfo(zone)).time()
        inside = start <= wall < end if start < end else wall >= start or wall < end
        assert (ends is not None) is inside
        assert ends is None or ends.astimezone(ZoneInfo(zone)).time() == end


# ------------------------------------------------------------------------------------ hours of digests

DIGESTS = {
    "later on the same day": (daily("08:00"), "2026-01-15 07:59", "2026-01-15 08:00"),
    "at the hour itself: the next": (daily("08:00"), "2026-01-15 08:00", "2026-01-16 08:00"),
    "of several the nearest": (daily("18:00", "08:00"), "2026-01-15 09:00", "2026-01-15 18:00"),
    "in the readers' zone": (daily("08:00", zone=MOSCOW), "2026-01-15 04:59", "2026-01-15 05:00"),
    "the readers' day may be another": (
        daily("00:30", zone=LORD_HOWE),
        "2026-01-15 13:00",
        "2026-01-15 13:30",
    ),
    "in summer": (daily("08:00", zone=BERLIN), "2026-07-01 05:00", "2026-07-01 06:00"),
    "the morning after clocks went forward": (
        daily("08:00", zone=BERLIN),
        "2026-03-28 12:00",
        "2026-03-29 06:00",
    ),
    "the morning after clocks went back": (
        daily("08:00", zone=BERLIN),
        "2026-10-24 12:00",
        "2026-10-25 07:00",
    ),
    "a time that the night skips: as much later": (
        daily("02:30", zone=BERLIN),
        "2026-03-28 12:00",
        "2026-03-29 03:30 Europe/Berlin",
    ),
    "a time that comes twice: the first": (
        daily("02:30", zone=BERLIN),
        "2026-10-24 12:00",
        "2026-10-25 00:30",
    ),
    "not the second": (daily("02:30", zone=BERLIN), "2026-10-25 00:30", "2026-10-26 01:30"),
    "New York skips it too": (daily("02:30", zone=NEW_YORK), "2026-03-08 00:00", "2026-03-08 07:30"),
    "New York has it twice too": (daily("01:30", zone=NEW_YORK), "2026-11-01 00:00", "2026-11-01 05:30"),
    "Lord Howe skips half an hour": (daily("02:15", zone=LORD_HOWE), "2026-10-03 12:00", "2026-10-03 15:45"),
    "Lord Howe has half an hour twice": (
        daily("01:45", zone=LORD_HOWE),
        "2026-04-04 12:00",
        "2026-04-04 14:45",
    ),
    "Moscow leaves its clocks alone": (daily("02:30", zone=MOSCOW), "2026-03-28 23:00", "2026-03-28 23:30"),
    "two times that become one": (
        daily("02:30", "03:30", zone=BERLIN),
        "2026-03-29 01:30",
        "2026-03-30 00:30",
    ),
    "each hour": (hourly(), "2026-01-15 08:00", "2026-01-15 09:00"),
    "each full hour of a zone beside the hour": (
        hourly("Asia/Kolkata"),
        "2026-01-15 08:00",
        "2026-01-15 08:30",
    ),
    "each hour of a night with one less": (hourly(BERLIN), "2026-03-29 00:30", "2026-03-29 01:00"),
    "each hour of a night with one more": (hourly(BERLIN), "2026-10-25 00:30", "2026-10-25 01:00"),
    "the full hour that Lord Howe skips: the one after it": (
        hourly(LORD_HOWE),
        "2026-10-03 14:30",
        "2026-10-03 16:00",
    ),
    "the full hour after Lord Howe's clocks went back": (
        hourly(LORD_HOWE),
        "2026-04-04 14:00",
        "2026-04-04 15:30",
    ),
    "in 1970": (daily("08:00"), "1970-01-01 00:00", "1970-01-01 08:00"),
}


@pytest.mark.parametrize(("hours", "now", "following"), DIGESTS.values(), ids=DIGESTS)
def test_the_next_digest_is(hours: Hours, now: str, following: str) -> None:
    assert next_digest(hours, at(now)) == at(following)
    assert last_digest(hours, at(following)) == at(following)
    assert last_digest(hours, at(following) - MINUTE) <= at(now)


anytime = st.lists(times, min_size=1, max_size=4, unique=True).map(tuple)
hours = st.builds(Hours, zone=zones, digests=anytime | st.just(()))


@given(hours=hours, now=moments)
def test_no_moment_lies_between_the_last_digest_and_the_next(hours: Hours, now: datetime) -> None:
    last, following = last_digest(hours, now), next_digest(hours, now)

    assert last <= now < following
    assert next_digest(hours, last) == following
    assert next_digest(hours, last - MINUTE) == last
    assert following - last <= (DAY + 2 * HOUR if hours.digests else 1.5 * HOUR)


@pytest.mark.parametrize("zone", NIGHTS)
@given(at=anytime)
def test_each_local_time_has_one_digest_a_day_also_on_nights_on_which_clocks_are_put(
    zone: str, at: tuple[time, ...]
) -> None:
    hours = Hours(zone=zone, digests=at)
    for night in NIGHTS[zone]:
        slot = datetime.combine(night - 2 * DAY, time(12), UTC)
        slots = []
        while slot < datetime.combine(night + 2 * DAY, time(12), UTC):
            slots.append(slot := next_digest(hours, slot))
        days = Counter(each.astimezone(ZoneInfo(zone)).date() for each in slots)
        # Two times may become one where the night skips one of them.
        assert {len(at) - days[night + n * DAY] for n in (-1, 1)} == {0}
        assert len(at) - days[night] in ({0} if len(at) == 1 else {0, 1, 2, 3})


@pytest.mark.parametrize(("zone", "lengths"), [(BERLIN, (23, 25)), (NEW_YORK, (23, 25)), (MOSCOW, (24, 24))])
def test_hourly_each_hour_of_a_night_has_one_digest_however_many_there_are(
    zone: str, lengths: tuple[int, int]
) -> None:
    for night, length in zip(NIGHTS[zone], lengths, strict=True):
        begins, ends = (datetime.combine(night + n * DAY, time(), ZoneInfo(zone)) for n in (0, 1))
        slots, slot = [], begins.astimezone(UTC) - MINUTE
        while (slot := next_digest(hourly(zone), slot)) < ends:
            slots.append(slot)
        assert len(slots) == length
        assert {b - a for a, b in pairwise(slots)} == {HOUR}


# --------------------------------------------------------------------- whatever the clock does meanwhile

EIGHT = daily("08:00")
DUE = {
    "its hour has not come": ("2026-01-16 08:00", "2026-01-15 09:00", [], "2026-01-16 08:00"),
    "its hour has come": ("2026-01-16 08:00", "2026-01-16 08:00", [], "2026-01-16 08:00"),
    "its hour passed while nothing was sent": (
        "2026-01-16 08:00",
        "2026-01-16 20:00",
        [],
        "2026-01-16 08:00",
    ),
    "days passed while nothing was sent": ("2026-01-16 08:00", "2026-01-20 20:00", [], "2026-01-16 08:00"),
    "its hour had a digest": (
        "2026-01-15 08:00",
        "2026-01-15 08:20",
        ["2026-01-15 08:00"],
        "2026-01-16 08:00",
    ),
    "its hour had a digest that came late": (
        "2026-01-15 08:00",
        "2026-01-15 22:00",
        ["2026-01-15 21:00"],
        "2026-01-16 08:00",
    ),
    "the hour before had one": (
        "2026-01-16 08:00",
        "2026-01-16 08:00",
        ["2026-01-15 08:00"],
        "2026-01-16 08:00",
    ),
    "the clock was set back by an hour over its hour": (
        "2026-01-16 08:00",
        "2026-01-15 07:30",
        ["2026-01-15 08:00"],
        "2026-01-15 08:00",  # where it turns out that it was
    ),
    "the clock was a month ahead": ("2026-02-16 08:00", "2026-01-15 09:00", [], "2026-01-16 08:00"),
    "the clock stands in 1970": ("2026-01-16 08:00", "1970-01-01 00:00", [], "1970-01-01 08:00"),
    "the clock stood in 1970": ("1970-01-01 08:00", "2026-01-15 15:00", [], "2026-01-16 08:00"),
}


@pytest.mark.parametrize(("due", "now", "sent", "expected"), DUE.values(), ids=DUE)
def test_a_digest_is_sent_at(due: str, now: str, sent: list[str], expected: str) -> None:
    begun = at("2026-01-15 08:10")

    assert digest_due(EIGHT, at(due), [at(one) for one in sent], begun=begun, now=at(now)) == at(expected)


def test_of_a_digest_begun_nobody_knows_when_the_hour_that_was_planned_counts() -> None:
    due, now = at("2026-01-16 08:00"), at("2026-01-16 09:00")

    assert digest_due(EIGHT, due, [], begun=None, now=now) == due


@dataclass
class Reader:
    """A channel that gets digests, minded at every step of a clock as `deliver` minds it."""

    hours: Hours
    #: What waits: when its first item came, and when it is due.
    waiting: tuple[datetime, datetime] | None = None
    sent: list[datetime] = field(default_factory=list)

    def step(self, now: datetime, *, news: bool) -> None:
        if news and self.waiting is None:
            self.waiting = now, next_digest(self.hours, now)
        if self.waiting is None:
            return
        begun, due = self.waiting
        lately = [one for one in self.sent if one >= now - 2 * DAY]
        due = digest_due(self.hours, due, lately, begun=begun, now=now)
        self.waiting = begun, due
        if due <= now:
            self.sent.append(now)
            self.waiting = None


steps = st.one_of(
    st.integers(1, 90).map(lambda minutes: minutes * MINUTE),
    st.sampled_from([-HOUR, HOUR, 30 * DAY, -30 * DAY, 20 * HOUR, timedelta(), -MINUTE]),
    st.just(None),  # to 1970, or back from there
)


@given(hours=hours, start=moments, walk=st.lists(st.tuples(steps, st.booleans()), max_size=60))
def test_no_hour_gets_two_digests_however_the_clock_walks(
    hours: Hours, start: datetime, walk: list[tuple[timedelta | None, bool]]
) -> None:
    reader, now, right = Reader(hours), start, start
    for step, news in walk:
        if step is None:
            right, now = (now, at("1970-01-01 00:10")) if now.year >= 2019 else (now, right)
        else:
            now += step
        reader.step(now, news=news)

    slots = Counter(last_digest(hours, one) for one in reader.sent)
    assert not slots or max(slots.values()) == 1
    # What waits comes with the next hour that has none yet; each of those that had one may lie ahead.
    for _ in range(len(slots) + 2):
        now = next_digest(hours, now)
        reader.step(now, news=False)
    assert reader.waiting is None


@pytest.mark.parametrize("times", [(), ("08:00",), ("01:45", "02:30", "04:00", "18:00")], ids=str)
@pytest.mark.parametrize("zone", NIGHTS)
def test_while_the_clock_goes_on_every_digest_comes_with_its_hour_and_none_is_missed(
    zone: str, times: tuple[str, ...]
) -> None:
    hours, step = replace(daily(*times), zone=zone), 7 * MINUTE
    for night in NIGHTS[zone]:
        now = datetime.combine(night - DAY, time(12), UTC)
        ends, reader, expected = now + 2 * DAY, Reader(hours), [next_digest(hours, now)]
        while now < ends:
            reader.step(now, news=True)
            now += step
        while (following := next_digest(hours, expected[-1])) <= ends - step:
            expected.append(following)
        assert [last_digest(hours, one) for one in reader.sent] == expected
        assert all(one - slot < step for one, slot in zip(reader.sent, expected, strict=True))
