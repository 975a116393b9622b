"""Dates as feeds write them → times, the certain ways first."""

from __future__ import annotations

import re
import time
from calendar import timegm
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import dateparser

_LONGEST = 100
_DAY = timedelta(days=1)
#: Ten or thirteen digits from 2001 to 2033; "2023041612" is a date without its punctuation.
_SECONDS = re.compile(r"1[0-9]{9}(?:[0-9]{3})?")
_NUMBERS = re.compile(r"[0-9]{1,4}")
_OFFSET = re.compile(r":[0-9]{2} ?[+-]([0-9]{2}):?[0-9]{2}$")
#: Hours; no zone is further from Greenwich.
_FURTHEST = 14
_YEARS = range(1970, 2201)

#: A date nobody can read costs up to 0.1 s; a document full of them gets no more attempts than these.
PATIENCE = 20

#: Absolute dates only: "yesterday" and missing parts would be filled in from this machine's clock.
_DATEPARSER = {
    "PARSERS": ["absolute-time"],
    "REQUIRE_PARTS": ["day", "month", "year"],
    "RETURN_AS_TIMEZONE_AWARE": True,
    "TIMEZONE": "UTC",
}


class Dates:
    """Reads the dates of one document."""

    def __init__(self) -> None:
        #: How many attempts were in vain.
        self.failures = 0

    def read(self, written: str, parsed: object = None) -> datetime | None:
        """Return a time, aware and in UTC; None where there is none between 1970 and 2200.

        Args:
            written: the date in any notation.
            parsed: what feedparser made of it, if it was asked.
        """
        written = written.strip()[:_LONGEST]
        offset = _OFFSET.search(written)
        if not written or (offset and int(offset[1]) > _FURTHEST):
            return None
        date = _iso_or_epoch(written) or _as_feedparser_read(parsed, written)
        date = date or self._in_another_language(written)
        return date if date and date.year in _YEARS else None

    def _in_another_language(self, written: str) -> datetime | None:
        if self.failures >= PATIENCE:
            return None
        date = None
        with suppress(ValueError, OverflowError, TypeError):
            date = dateparser.parse(written, settings=_DATEPARSER)
        self.failures += date is None
        return date.astimezone(UTC) if date else None


def _iso_or_epoch(written: str) -> datetime | None:
    """Read ISO 8601 and counts of seconds or milliseconds since 1970, which feedparser takes for years."""
    try:
        if _SECONDS.fullmatch(written):
            return datetime.fromtimestamp(int(written[:10]), UTC)
        date = datetime.fromisoformat(written)
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _as_feedparser_read(parsed: object, written: str) -> datetime | None:
    """Take feedparser's reading if its day and year can be seen: missing parts it takes from the clock."""
    if not isinstance(parsed, time.struct_time):
        return None
    numbers = {int(digits) for digits in _NUMBERS.findall(written)}
    with suppress(ValueError, OverflowError, OSError):
        date = datetime.fromtimestamp(timegm(parsed), UTC)
        # In the zone it was written in it may have been the day before or after.
        for day in (date, date - _DAY, date + _DAY):
            if day.day in numbers and numbers & {day.year, day.year % 100}:
                return date
    return None
