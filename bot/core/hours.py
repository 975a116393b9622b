"""The hours of a channel's readers: when they are left alone, and when digests go out.

Local times are read as clocks on the wall show them. A time that a night skips (02:30 in spring) comes as
much later as the clock was put forward; of one that comes twice (02:30 in autumn) the first counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model import Hours

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)


def quiet_until(hours: Hours, now: datetime) -> datetime | None:
    """Return when the quiet hours end in which a moment lies; None if it lies in none.

    Args:
        hours: of the channel.
        now: the moment, aware.
    """
    if hours.quiet is None:
        return None
    start, end = hours.quiet
    zone = ZoneInfo(hours.zone)
    today = now.astimezone(zone).date()
    # Those that began yesterday may last until today.
    for day in (today - _DAY, today):
        begins = _moment(day, start, zone)
        ends = _moment(day if start < end else day + _DAY, end, zone)
        if begins <= now < ends:
            return ends
    return None


def next_digest(hours: Hours, now: datetime) -> datetime:
    """Return the first hour for a digest after a moment, aware."""
    return next(slot for slot in _slots(hours, now) if slot > now)


def last_digest(hours: Hours, now: datetime) -> datetime:
    """Return the last hour for a digest up to a moment, aware."""
    last = None
    for slot in _slots(hours, now):
        if slot > now and last is not None:
            return last
        last = slot
    raise AssertionError("there is always a next hour")


def digest_due(
    hours: Hours, due: datetime, sent: Sequence[datetime], *, begun: datetime | None, now: datetime
) -> datetime:
    """Return when a digest is to be sent, whatever the clock did since it was planned.

    No hour gets two digests, and none waits longer than to the next hour. `now` or before means at once.

    Args:
        hours: of the channel.
        due: when it was to be sent as planned.
        sent: when the digests before it were handed over, in that order.
        begun: when its first event was found; None if that is unknown.
        now: the current time.
    """
    following = next_digest(hours, now)
    if due > now:
        return min(due, following)  # the clock was set back since
    if begun is not None and begun <= now < next_digest(hours, begun):
        return following  # the clock was set back, and is right again
    had = last_digest(hours, now)
    return following if any(last_digest(hours, at) == had for at in _by_a_right_clock(sent)) else due


def _by_a_right_clock(sent: Sequence[datetime]) -> list[datetime]:
    """Return times without those that a clock showed which was put back by more than a day since."""
    return [at for place, at in enumerate(sent) if at - min(sent[place:]) <= _DAY]


def _slots(hours: Hours, now: datetime) -> Iterator[datetime]:
    """Return the hours for digests in order, from one before a moment on."""
    zone = ZoneInfo(hours.zone)
    if not hours.digests:
        # Counted in real hours, so that a night in which one comes twice has a digest in each.
        slot = now.astimezone(UTC) - 2 * _HOUR
        while True:
            slot = _full_hour(slot, zone)
            yield slot
            slot += _SECOND
    day = now.astimezone(zone).date() - 2 * _DAY
    while True:
        yield from sorted({_moment(day, at, zone) for at in hours.digests})
        day += _DAY


def _full_hour(since: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment from one on at which a clock on the wall shows a full hour."""
    # Where clocks are put by half an hour, one step may lead to half an hour past one: then on from there.
    while passed := _past_the_hour(since.astimezone(zone)):
        since += _HOUR - passed
    return since


def _past_the_hour(local: datetime) -> timedelta:
    return timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    # A skipped time is read with the offset from before (PEP 495), which puts it behind the gap.
    return datetime.combine(day, at, zone).astimezone(UTC)
