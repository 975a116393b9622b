"""When to poll a feed again.

After a good poll the wait follows the feed's own pace, between the operator's `every` and `slowest`; what its
publisher says of it (HTTP freshness, ttl …) may lengthen it as far as `slowest`, and hours in which it says
nothing changes (skipHours, skipDays) as far as a day; an exact interval is left as it is. After a failed one
it grows from poll to poll. What a server asks for by Retry-After is always kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.model import Article, Feed, Rhythm, Server

#: However much a server asks or a feed fails, look once a day: some recover without telling anybody.
LONGEST_WAIT = timedelta(hours=24)
#: Waits of one length spread over a tenth of it, so that feeds do not all knock at once.
_SPREAD = 0.1

#: Half the pace: then an entry waits for a quarter of the time between two on average.
_PER_ENTRY = 2
#: Silence lengthens the pace only where it is ten times as long: newsrooms sleep at night.
_SILENCE = 10
#: Of a new measure of the pace a quarter is believed: one busy hour is not a habit.
_BELIEVED = 1 / 4
#: Of a first document the pace is taken from so many entries; older ones tell of older habits.
_FOR_PACE = 20
#: "Hourly" is what WordPress says by default: a document that changes four times as often is wrong.
_OFTENER = 4

#: The longest wait after a failure, by how long the feed has been failing. Feeds of one large platform answer
#: "404" for some hours each day and are whole between them; what failed for a week seldom comes back.
_LONGEST_RETRY = (
    (timedelta(days=1), timedelta(hours=2)),
    (timedelta(days=7), timedelta(hours=6)),
)
_MOST_DOUBLINGS = 10

_OUTAGE = 0.9

#: From this many unanswered polls in a row on, whichever of its feeds they asked for, a host gets a rest.
HOST_FAILURES = 3
_HOST_REST = timedelta(minutes=1)
_LONGEST_HOST_REST = timedelta(hours=1)


def next_poll(feed: Feed, *, fresh: timedelta | None, now: datetime) -> datetime:
    """Say when to poll a feed again after a good poll.

    Args:
        feed: as this poll leaves it.
        fresh: how long the answer calls itself fresh, if it does.
        now: the end of this poll, aware.

    Returns:
        An aware time at most `LONGEST_WAIT` after `now`, never before the time its server asked for.
    """
    slowest = max(feed.every, feed.slowest or feed.every)
    wishes = [wish for wish in (fresh, _rhythm(feed)) if wish is not None]
    wait = max(_usual(feed, slowest, now), min(max(wishes, default=timedelta()), slowest))
    at = now + wait + wait * _SPREAD * _share(feed.url)
    return _as_asked(at if feed.slowest is None else _after_quiet(at, feed.rhythm), feed, now)


def next_try(feed: Feed, *, now: datetime) -> datetime:
    """Say when to poll a feed again after a poll that failed; bounds as of `next_poll`.

    Args:
        feed: as this poll leaves it; without failures where they are nobody's fault but ours.
        now: the end of this poll, aware.
    """
    doublings = min(max(feed.failures - 1, 0), _MOST_DOUBLINGS)
    failing = now - (feed.failing_since or now)
    longest = next((wait for age, wait in _LONGEST_RETRY if failing < age), LONGEST_WAIT)
    wait = max(min(feed.every * (1 << doublings), longest), feed.every)
    if not feed.failures:
        wait *= _OUTAGE  # with the spread, who waits for our own network is heard within its interval after
    return _as_asked(now + wait + wait * _SPREAD * _share(f"{feed.url} {feed.failures}"), feed, now)


def learned(feed: Feed, unseen: Sequence[Article], *, now: datetime) -> Feed:
    """Return the feed with its pace as the entries of one poll show it.

    Args:
        feed: as it was before this poll.
        unseen: what was listed for the first time.
        now: the end of this poll, aware.
    """
    if not unseen:
        return feed
    if feed.is_new:
        times = sorted(article.published for article in unseen if article.dated)[-_FOR_PACE:]
        pace = (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else None
        return replace(feed, pace=pace, news_at=min(times[-1], now) if times else now)
    measured = max(now - (feed.news_at or now), timedelta()) / len(unseen)
    pace = measured if feed.pace is None else feed.pace + (measured - feed.pace) * _BELIEVED
    return replace(feed, pace=pace, news_at=now)


def after_answer(server: Server) -> Server:
    """Return a host that answered one of its feeds' polls, if only with "not found"."""
    return Server() if server.failures or server.rests_until else server


def after_no_answer(server: Server, url: str, *, asked: timedelta | None, now: datetime) -> Server:
    """Return a host that could not answer a poll; after several in a row all its feeds wait (a breaker).

    Args:
        server: as it was before.
        url: whose poll it was; decides the place within the spread.
        asked: how long it asks this client to stay away, if it does.
        now: the end of the poll, aware.
    """
    failures = server.failures + 1
    rest = asked or timedelta()
    if failures >= HOST_FAILURES:
        doublings = min(failures - HOST_FAILURES, _MOST_DOUBLINGS)
        usual = min(_HOST_REST * (1 << doublings), _LONGEST_HOST_REST)
        rest = max(rest, usual + usual * _SPREAD * _share(url))
    until = now + min(rest, LONGEST_WAIT) if rest else None
    return Server(failures=failures, rests_until=until)


def _usual(feed: Feed, slowest: timedelta, now: datetime) -> timedelta:
    if feed.pace is None or feed.news_at is None:
        return feed.every
    pace = max(feed.pace, (now - feed.news_at) / _SILENCE)
    return min(max(pace / _PER_ENTRY, feed.every), slowest)


def _rhythm(feed: Feed) -> timedelta | None:
    """Return what the document says of its interval, unless its entries show that it changes far oftener."""
    said = feed.rhythm.every
    return None if said is not None and feed.pace is not None and feed.pace * _OFTENER < said else said


def _after_quiet(at: datetime, rhythm: Rhythm) -> datetime:
    """Return the time itself, or the end of the quiet hours and days it falls into."""
    later = at
    for _ in range(7 * 24):
        if later.hour not in rhythm.quiet_hours and later.weekday() not in rhythm.quiet_days:
            return later
        later = later.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at  # always quiet says nothing


def _as_asked(at: datetime, feed: Feed, now: datetime) -> datetime:
    """Bound a time: not before what the server asked for, and within a day."""
    return min(max(at, feed.asked_until or at), now + LONGEST_WAIT)


def _share(text: str) -> float:
    """Return a number from 0 to 1, the same for the same text on every run."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=2).digest(), "big") / 0xFFFF
