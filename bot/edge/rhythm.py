"""When a document says that it changes: rss:ttl, skipHours, skipDays and the syndication module.

Nonsense says nothing. What remains is a wish, for the timetable to weigh: never less than a minute, never
more than a week, and a document that wants to be left alone at all hours or on all days is not heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from bot.model import Rhythm

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=7)

#: Seven digits of minutes are nineteen years.
_NUMBER = re.compile(r"\+?[0-9]{1,7}")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_SKIPPED = re.compile(r"<skip(hours|days)\s*>", re.IGNORECASE)
_END = re.compile(r"</skip", re.IGNORECASE)
_ENTRY = re.compile(r"<(?:hour|day)\s*>\s*(\w{1,9})\s*<", re.IGNORECASE)
#: Longer than any real list.
_LONGEST_LIST = 4_000


def rhythm_of(text: str, *, ttl: str, period: str, frequency: str) -> Rhythm:
    """Return what a document says of when it changes.

    Args:
        text: the document without its entries, which may speak of such lists.
        ttl: for how many minutes it may be kept.
        period: of its changes, "hourly" to "yearly".
        frequency: how often in a period it changes; once where it does not say.
    """
    wishes = [wish for wish in (_minutes(ttl), _share(period, frequency or "1")) if wish is not None]
    hours, days = frozenset(_hours(text)), frozenset(_days(text))
    return Rhythm(
        every=min(max(min(wishes), SHORTEST), LONGEST) if wishes else None,
        quiet_hours=hours if len(hours) < 24 else frozenset(),  # noqa: PLR2004  the hours of a day
        quiet_days=days if len(days) < len(_DAYS) else frozenset(),
    )


def _minutes(ttl: str) -> timedelta | None:
    return timedelta(minutes=int(ttl)) if _NUMBER.fullmatch(ttl.strip()) else None


def _share(period: str, frequency: str) -> timedelta | None:
    length = _PERIODS.get(period.strip().lower())
    times = int(frequency) if _NUMBER.fullmatch(frequency.strip()) else 0
    return length / times if length and times else None


def _hours(text: str) -> Iterator[int]:
    for written in _skipped(text, "hours"):
        if written.isdecimal() and int(written) <= 24:  # noqa: PLR2004  midnight has two numbers
            yield int(written) % 24


def _days(text: str) -> Iterator[int]:
    for written in _skipped(text, "days"):
        if written.lower() in _DAYS:
            yield _DAYS.index(written.lower())


def _skipped(text: str, what: str) -> Iterator[str]:
    """Yield what the first list of its kind holds; feedparser keeps only the last of them."""
    for found in _SKIPPED.finditer(text):
        if found[1].lower() == what:
            rest = text[found.end() : found.end() + _LONGEST_LIST]
            end = _END.search(rest)
            yield from _ENTRY.findall(rest[: end.start() if end else 0])
            return
