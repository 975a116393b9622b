"""Is the program getting on with its work, and do the feeds do theirs?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model import Story
from bot.ports import FeedHealth

#: Progress is noted several times a minute; twice this long without is a standstill, not a pause.
STANDSTILL = timedelta(minutes=2)
#: What is noted once a week; it never stands still.
WEEKLY = "weekly"


def standstills(beats: Mapping[str, datetime], *, now: datetime) -> list[str]:
    """Return what has stopped, in words; empty if everything moves.

    Args:
        beats: job → its last sign of progress.
        now: the current time.
    """
    if "tick" not in beats:
        return ["the scheduler has never run on this database"]
    return [
        f"{name}: no progress since {last:%Y-%m-%d %H:%M:%S} UTC"
        for name, last in sorted(beats.items())
        if name != WEEKLY and now - last > STANDSTILL
    ]


# -------------------------------------------------------------------------------------------- feeds

#: Slower answers are told; the whole answer may take twenty seconds.
_SLOW = timedelta(seconds=5)
#: A feed without news is quiet after this time, or after so many times its own pace.
_QUIET = timedelta(days=7)
_QUIET_PACES = 10
#: A feed that has failed for so long no longer tells a story anything.
_FAILING = timedelta(hours=1)
#: For a story's coverage a feed is silent after this time, or after so many times its own pace.
_SILENT = timedelta(days=1)
_SILENT_PACES = 20
#: So many feeds that tell nothing are named.
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a feed does, for people."""

    #: One or two words: "ok", "quiet", "slow", "moved", "failing" …
    word: str
    #: More of it, in a clause; "" where the word says all.
    says: str = ""
    #: Its place among others: the worst first, from 0.
    rank: int


def state_of(health: FeedHealth, now: datetime) -> State:
    """Say how a feed does, the worst of what can be said of it."""
    return _trouble(health, now) or _wait(health, now) or _mood(health, now)


def _trouble(health: FeedHealth, now: datetime) -> State | None:
    feed, failure = health.feed, health.failure or ""
    if feed.paused is not None:
        return State(word="paused", says=feed.paused, rank=1)
    if feed.asked_until is not None and feed.asked_until > now:
        return State(word=f"asks to wait until {_moment(feed.asked_until, now)}", says=failure, rank=2)
    if not failure:
        return None
    if feed.failing_since is None:
        return State(word="out of reach", says=f"{failure}; so are the others", rank=0)
    since = f"since {_moment(feed.failing_since, now)}, {_times(feed.failures)}"
    if failure.startswith(_NOT_A_FEED):
        return State(word=failure, says=since, rank=0)
    return State(
        word=f"failing since {_moment(feed.failing_since, now)}",
        says=f"{failure}, {_times(feed.failures)}",
        rank=0,
    )


_NOT_A_FEED = "not a feed"


def _wait(health: FeedHealth, now: datetime) -> State | None:
    rests = health.feed.server.rests_until
    if rests is None or rests <= now:
        return None
    says = f"{health.feed.host} does not answer; it is tried again at {_moment(rests, now)}"
    return State(word="host rests", says=says, rank=3)


def _mood(health: FeedHealth, now: datetime) -> State:
    feed = health.feed
    if health.polled_at is None:
        return State(word="not polled yet", rank=8)
    if feed.took is not None and feed.took > _SLOW:
        return State(word="slow", says=f"its last answer took {feed.took.total_seconds():.0f} s", rank=4)
    if feed.news_at is None:
        return State(word="empty", says="it never listed an entry", rank=5)
    if _without_news(health, now, _QUIET, _QUIET_PACES):
        return State(word="quiet", says=f"nothing new since {_moment(feed.news_at, now)}", rank=6)
    if feed.moved_to is not None:
        return State(word="moved", says=f"to {feed.moved_to}", rank=7)
    return State(word="ok", rank=9)


def coverage_gap(story: Story, feeds: Sequence[FeedHealth], now: datetime) -> str | None:
    """Say that a story's feeds mostly fail or are silent, so that no news may be no coverage; None if not.

    Args:
        story: what is followed.
        feeds: every feed that is polled.
        now: the current time, aware.
    """
    heard = [one for one in feeds if not story.feeds or one.feed.name in story.feeds]
    failing = [one for one in heard if _fails(one, now)]
    silent = [
        one for one in heard if not _fails(one, now) and _without_news(one, now, _SILENT, _SILENT_PACES)
    ]
    missing = failing + silent
    if 2 * len(missing) <= len(heard):
        return None
    names = ", ".join(one.feed.name for one in missing[:_NAMED]) + (" …" if len(missing) > _NAMED else "")
    return (
        f"story {story.name} hears little: of its {len(heard)} feeds {len(failing)} cannot be read and"
        f" {len(silent)} are silent ({names}). No news may mean no coverage; see: storywire feeds list"
    )


def _fails(health: FeedHealth, now: datetime) -> bool:
    feed = health.feed
    failing = feed.failing_since is not None and now - feed.failing_since >= _FAILING
    return failing or feed.paused is not None


def _without_news(health: FeedHealth, now: datetime, shortest: timedelta, paces: int) -> bool:
    feed = health.feed
    return feed.news_at is not None and now - feed.news_at > max(shortest, paces * (feed.pace or timedelta()))


def _moment(time: datetime, now: datetime) -> str:
    """Return a time of today by its hour, another by its day as well, both in UTC."""
    return f"{time:%H:%M}" if time.date() == now.date() else f"{time:%-d %B %H:%M}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
