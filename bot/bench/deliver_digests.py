"""Digests in nights in which the clock is put forward or back, and with clocks that are wrong, simulated.

Each hour for a digest is to get one if there is anything to tell, and only one. What is looked at is the time
that the program's clock shows; an hour that is jumped over counts as passed. One digest stands in no other's
way if in truth they are more than a day apart: a clock that was wrong for a while must leave no trace.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.bench.delivering import STORY, Figure, none, opened, stored_article, utc, world_of
from bot.core.match import Watch
from bot.core.plan import plan
from bot.model import Hit, Hours, Match, Mode, New, Post, Posting, Receipt
from bot.pipeline import Knowledge, World, deliver
from bot.ports import Record

_CHANNEL = "main"
_AT = (time(2, 30), time(8))
_ZONE = ZoneInfo("Europe/Berlin")
_HOURS = Hours(zone=_ZONE.key, digests=_AT)
_STORY = replace(STORY, channels=(_CHANNEL,), postings={_CHANNEL: Posting(mode=Mode.DIGEST)})
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
#: How long the program sleeps at most before it looks at the clock again.
_NAP = timedelta(seconds=15)
#: News comes so often, and never at the very time of a digest: which of the two is first says nothing.
_EVENT_EVERY = timedelta(minutes=50)
_FIRST_EVENT = timedelta(minutes=7)
#: Two digests of one hour, by the clock, that are further apart in truth are none of each other's business.
_ONE_HOUR_S = timedelta(hours=26)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What the clock does, and the program."""

    name: str
    start: datetime
    end: datetime
    #: The hours for digests by the clock, as they are known without the program.
    slots: Callable[[datetime], Sequence[datetime]]
    #: True time → by how much the clock is wrong from then on.
    steps: Sequence[tuple[datetime, timedelta]] = ()
    #: While it does not run, in true time.
    down: Sequence[tuple[datetime, datetime]] = ()

    def shown(self, at: datetime) -> datetime:
        """Return what the clock shows."""
        wrong = [by for since, by in self.steps if since <= at]
        return at + (wrong[-1] if wrong else timedelta())

    def runs(self, at: datetime) -> bool:
        """Tell whether the program runs."""
        return not any(begin <= at < end for begin, end in self.down)


def _daily(*at: str) -> Callable[[datetime], Sequence[datetime]]:
    """Return hours that are the same each day in UTC; those of winter an hour later, as before 1980."""

    def slots(near: datetime) -> Sequence[datetime]:
        winter = timedelta(hours=1) if near.year < 1980 else timedelta()  # noqa: PLR2004  no summer time yet
        days = (near.date() + _DAY * n for n in (-2, -1, 0, 1))
        return sorted(utc(f"{day} {hour}") + winter for day in days for hour in at)

    return slots


def _exactly(*at: str) -> Callable[[datetime], Sequence[datetime]]:
    return lambda _near: [utc(one) for one in at]


_SUMMER = _daily("00:30", "06:00")
_FIRST, _LAST = utc("2026-06-10 20:00"), utc("2026-06-12 20:00")
_MONTH = timedelta(days=30)
NIGHTS = (
    Night(
        name="spring: 02:30 does not come",
        start=utc("2026-03-28 12:00"),
        end=utc("2026-03-30 12:00"),
        slots=_exactly(
            "2026-03-28 07:00", "2026-03-29 01:30", "2026-03-29 06:00", "2026-03-30 00:30", "2026-03-30 06:00"
        ),
    ),
    Night(
        name="autumn: 02:30 comes twice",
        start=utc("2026-10-24 12:00"),
        end=utc("2026-10-26 12:00"),
        slots=_exactly(
            "2026-10-24 06:00", "2026-10-25 00:30", "2026-10-25 07:00", "2026-10-26 01:30", "2026-10-26 07:00"
        ),
    ),
    Night(
        name="the clock is put back by an hour",
        start=_FIRST,
        end=_LAST,
        slots=_SUMMER,
        steps=[(utc("2026-06-11 00:35"), timedelta(hours=-1))],
    ),
    Night(
        name="the clock is put forward by an hour",
        start=_FIRST,
        end=_LAST,
        slots=_SUMMER,
        steps=[(utc("2026-06-11 00:10"), timedelta(hours=1))],
    ),
    Night(
        name="the clock is 30 days ahead, for a while",
        start=_FIRST,
        end=_FIRST + _MONTH + 2 * _DAY,
        slots=_SUMMER,
        steps=[(utc("2026-06-11 04:00"), _MONTH), (utc("2026-06-11 09:00"), timedelta())],
    ),
    Night(
        name="the clock shows 1970, for a while",
        start=_FIRST,
        end=_LAST,
        slots=_SUMMER,
        steps=[
            (utc("2026-06-11 00:20"), utc("1970-01-01 00:01") - utc("2026-06-11 00:20")),
            (utc("2026-06-11 03:00"), timedelta()),
        ],
    ),
    Night(
        name="a restart over the hour",
        start=_FIRST,
        end=_LAST,
        slots=_SUMMER,
        down=[(utc("2026-06-11 00:25"), utc("2026-06-11 00:40"))],
    ),
    Night(
        name="a stop of two days",
        start=_FIRST,
        end=_LAST + 2 * _DAY,
        slots=_SUMMER,
        down=[(utc("2026-06-11 00:10"), utc("2026-06-13 00:10"))],
    ),
)


class Watcher:
    """Sees what is told when, and counts hours that got two digests, or none although there was news."""

    def __init__(self, night: Night) -> None:
        self._night = night
        self._before: datetime | None = None
        #: Hour by the clock → true times of its digests.
        self._had: dict[datetime, list[datetime]] = {}
        self._owed: set[str] = set()
        #: News that was not told yet → when it came, by the clock.
        self._waiting: dict[str, datetime] = {}
        self._times: dict[str, int] = {}
        self.doubled = 0
        self.missed = 0
        self.digests = 0

    def planned(self, headline: str, at: datetime) -> None:
        """Note news, at a true time."""
        self._waiting[headline] = self._night.shown(at)
        self._times[headline] = 0

    def looks(self, at: datetime) -> None:
        """Note that the program is about to look at the clock, at a true time."""
        shown = self._night.shown(at)
        if self._before is not None:
            passed = [slot for slot in self._night.slots(shown) if self._before < slot <= shown]
            if passed and not self._lately(passed[-1], at):
                self._owed = {headline for headline, came in self._waiting.items() if came < passed[-1]}
        self._before = shown

    def told(self, text: str, at: datetime) -> None:
        """Note a digest."""
        self.digests += 1
        shown = self._night.shown(at)
        slot = max((slot for slot in self._night.slots(shown) if slot <= shown), default=shown)
        self.doubled += self._lately(slot, at)
        self._had.setdefault(slot, []).append(at)
        for headline in [one for one in self._times if one in text]:
            self._times[headline] += 1
            self._waiting.pop(headline, None)

    def looked(self) -> None:
        """Note that the program has done what it found to do."""
        self.missed += bool(self._owed) and self._owed <= self._waiting.keys()
        self._owed = set()

    def ended(self) -> None:
        """Count what was told more than once."""
        self.doubled += sum(times > 1 for times in self._times.values())

    def _lately(self, slot: datetime, at: datetime) -> bool:
        return any(abs(at - had) < _ONE_HOUR_S for had in self._had.get(slot, ()))


def digests(nights: Sequence[Night] = NIGHTS) -> list[Figure]:
    """Measure."""
    rows: list[Figure] = []
    for night in nights:
        with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
            ours = asyncio.run(_played(Path(folder) / "bench.db", night))
        plain = naive(night)
        rows += [
            none(f"{night.name}: doubled of {ours.digests}", ours.doubled, baseline=f"{plain.doubled:,}"),
            none("  missed", ours.missed, baseline=f"{plain.missed:,}"),
        ]
    return rows


# ------------------------------------------------------------------------------------------ the program


@dataclass(slots=True, kw_only=True)
class _Simulated:
    """A clock that shows what a night has it show, and a channel that tells a watcher."""

    night: Night
    watcher: Watcher
    at: datetime
    name: str = _CHANNEL
    _number: int = 0

    def now(self) -> datetime:
        return self.night.shown(self.at)

    async def send(self, post: Post) -> Receipt:
        if post.target is None:
            self._number += 1
            self.watcher.told(post.message.text, self.at)
        return Receipt(message_id=post.target or self._number)


async def _played(database: Path, night: Night) -> Watcher:
    watcher = Watcher(night)
    simulated = _Simulated(night=night, watcher=watcher, at=night.start)
    async with opened(database) as archive:
        knowledge = Knowledge(watches=[Watch.on(_STORY)], hours={_CHANNEL: _HOURS})
        world = world_of(archive, simulated, knowledge=knowledge)
        while simulated.at < night.end:
            again: datetime | None = None
            if night.runs(simulated.at):
                watcher.looks(simulated.at)
                again = await deliver(simulated, world)
                watcher.looked()
            await _sleep(simulated, world, again)
    watcher.ended()
    return watcher


async def _sleep(simulated: _Simulated, world: World, again: datetime | None) -> None:
    """Go on to what comes next: the time asked for, news, or a nap after the clock was put somewhere else."""
    night, at = simulated.night, simulated.at
    begun = night.start + _FIRST_EVENT
    news = begun + max(0, (at - begun) // _EVENT_EVERY + 1) * _EVENT_EVERY
    changes = [since + _NAP for since, _by in night.steps] + [end for _begin, end in night.down]
    wanted = [news, night.end, *(change for change in changes if change > at)]
    if again is not None:
        wanted.append(at + max(again - simulated.now(), timedelta(seconds=1)))
    simulated.at = min(wanted)
    if simulated.at == news and night.runs(news):
        await _news(simulated, world)


async def _news(simulated: _Simulated, world: World) -> None:
    number = int(simulated.at.timestamp())
    article = stored_article(f"Report of {simulated.at} on the bench.", number, at=simulated.now())
    places = world.knowledge.places

    def work(record: Record) -> None:
        (numbered,) = record.articles([article])
        match = Match(story=_STORY, article=article, hits=(Hit(term="bench", field="title", excerpt=""),))
        event = record.verdict(numbered, match, New(evidence=()), keys=(), quiet=None)
        place = places.of(_CHANNEL, _STORY, record, now=article.seen_at)
        record.posts(plan(event, article, New(evidence=()), None, place), at=article.seen_at)

    await world.archive.record(work)
    simulated.watcher.planned(article.title, simulated.at)


# ------------------------------------------------------------------------------------------ the baseline


def naive(night: Night) -> Watcher:
    """Look at the wall's clock each minute, as cron does, and tell what there is where the hour is right."""
    watcher = Watcher(night)
    at, news, waiting = night.start, night.start + _FIRST_EVENT, list[str]()
    while at < night.end:
        if news <= at:
            if night.runs(at):
                waiting.append(f"Report of {news} on the bench.")
                watcher.planned(waiting[-1], at)
            news += _EVENT_EVERY
        if night.runs(at):
            watcher.looks(at)
            local = night.shown(at).astimezone(_ZONE)
            if waiting and any((local.hour, local.minute) == (one.hour, one.minute) for one in _AT):
                watcher.told("\n".join(waiting), at)
                waiting = []
            watcher.looked()
        at += _MINUTE
    watcher.ended()
    return watcher
