"""A story as it went on: its events in order, and what is new in it since somebody last looked.

What a channel was spared (backlog, old news) is no part of it; what was found in the archive when the story
was new is. Where several events tell one happening, it stands there once, with its other reports under it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.compose import counted
from bot.core.sheet import Line
from bot.core.view import View, view
from bot.model import Article, Event, EventId, Member, Story
from bot.ports import Archive, Record

#: More of one story is too much to catch up on at once; the rest stands in its timeline.
MOST_CAUGHT_UP = 15
#: Events of one story that are looked at for that; what nobody catches up on need not be counted.
_MOST_LOOKED_AT = 200
#: Who never looked is told of so long.
FIRST_LOOK = timedelta(days=1)
#: A poll may still have been under way when somebody looked and record later what it had seen before: no
#: longer than its lease. What was seen in that time may be told twice, and is never passed over.
_UNDER_WAY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One happening, as a story told it."""

    #: Those of its events that the timeline tells, the earliest first; most have one.
    events: tuple[Event, ...]
    #: When its first article was seen.
    seen_at: datetime
    #: All of its events as one card would tell them.
    view: View

    @property
    def quiet(self) -> bool:
        """It was found in the archive when the story was new."""
        return all(member.quiet for event in self.events for member in event.members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What a story told in a period."""

    story: Story
    since: datetime
    #: None: up to now.
    until: datetime | None
    #: The earliest first.
    entries: tuple[Entry, ...]
    #: What came before this event was left out; None: nothing was.
    before: EventId | None


async def timeline(
    story: Story,
    archive: Archive,
    *,
    since: datetime,
    until: datetime | None = None,
    before: EventId | None = None,
    limit: int,
) -> Timeline:
    """Return the events of a story that began last in a period.

    Args:
        story: which one.
        archive: what was recorded.
        since: the start of the period, aware.
        until: its end, aware; None: now.
        before: only events that began before this one, as `Timeline.before` tells of a later page.
        limit: how many events to tell at the most.
    """
    events = await archive.told(story.name, since=since, until=until, before=before, limit=limit + 1)
    page = events[-limit:]
    return Timeline(
        story=story,
        since=since,
        until=until,
        entries=tuple(entry(group, story) for group in _happenings(page)),
        before=page[0].id if len(events) > limit else None,
    )


def told(found: Timeline, *, zone: str) -> list[Line]:
    """Write a timeline, grouped by day.

    Args:
        found: what there is to tell.
        zone: IANA name of the zone whose days and times are shown.
    """
    local = ZoneInfo(zone)
    start = f"{found.story.title}, since {_moment(found.since, local)}"
    if not found.entries:
        return [Line(text=f"{start}: nothing was told")]
    lines = [Line(text=start, bold=True)]
    if found.before is not None:
        lines.append(Line(text="what came before is left out"))
    day = ""
    for each in found.entries:
        if (today := _day(each.seen_at, local)) != day:
            day = today
            lines.append(Line(text=day, bold=True))
        lines += _told(each, local)
    return lines


def entry(events: Sequence[Event], story: Story) -> Entry:
    """Return events that tell one happening as one."""
    return Entry(
        events=tuple(events),
        seen_at=min(member.article.seen_at for event in events for member in event.members),
        view=view(events, story),
    )


def beside(told_as: Entry) -> list[tuple[str, Article]]:
    """Return what stands under an entry, the earliest first: updates, and other reports with their events.

    Returns:
        Each with the word before it: "Update" or "Also".
    """
    firsts = [event.members[0].article for event in told_as.events[1:]]
    found = [("Also", article) for article in firsts]
    found += [("Update", article) for article in told_as.view.updates if article not in firsts]
    return sorted(found, key=lambda row: row[1].seen_at)


def _happenings(events: Iterable[Event]) -> list[list[Event]]:
    groups: dict[EventId, list[Event]] = {}
    for event in events:
        groups.setdefault(event.happening, []).append(event)
    return list(groups.values())


def _told(each: Entry, zone: ZoneInfo) -> list[Line]:
    seen, told_before = each.view, " · before it was followed" if each.quiet else ""
    lines = [
        Line(
            text=f"{_clock(each.seen_at, zone)} {_title(seen.article)}", bullet=True, link=seen.link or None
        ),
        Line(text=_by(seen) + told_before, depth=1),
    ]
    for word, article in beside(each):
        time = _clock(article.seen_at, zone, since=each.seen_at)
        text = f"{time} {word}: {_title(article)} ({article.outlet})"
        lines.append(Line(text=text, depth=1, bullet=True, link=article.link or None))
    return lines


# -------------------------------------------------------------------------------------------- catch up


async def catchup(
    person: int | None,
    stories: Sequence[Story],
    archive: Archive,
    *,
    now: datetime,
    since: datetime | None = None,
    rest: str = "/timeline {story}",
) -> list[Line]:
    """Tell what happened since a person last looked; who never did is told of the last day.

    It changes nothing: call `looked` with the same `now` once the answer has reached the person. Whatever
    dies before that is answered the same again.

    Args:
        person: their number; None: nobody is known, and `since` says from when on.
        stories: those to tell of.
        archive: what was recorded.
        now: the current time, aware.
        since: from when on instead, aware.
        rest: how to see more of a story, with its name as {story}.
    """
    looks = {} if person is None else await archive.looks(person)
    lines: list[Line] = []
    for story in stories:
        look = looks.get(story.name)
        start = since or (now - FIRST_LOOK if look is None else look - _UNDER_WAY)
        events = await archive.grown(story.name, since=start, limit=_MOST_LOOKED_AT)
        lines += _news(story, _changes(events, story, start), start, rest.format(story=story.name))
    return lines or [Line(text="There is no story to catch up on.")]


async def looked(person: int, stories: Sequence[Story], archive: Archive, *, at: datetime) -> None:
    """Note that a person has seen what `catchup` told.

    Args:
        person: their number.
        stories: those that it told of.
        archive: where to note it.
        at: the time that it was told as `now`.
    """

    def work(record: Record) -> None:
        for story in stories:
            record.looked(person, story.name, at=at)

    await archive.record(work)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What is new in an entry."""

    entry: Entry
    #: Its updates since then, the first first.
    updates: tuple[Article, ...]
    #: How many independent sources had it before; None: it is new.
    before: int | None


def _changes(events: Sequence[Event], story: Story, since: datetime) -> list[_Change]:
    """Return what changed, most reported first; what only has more copies did not."""
    entries = [entry(group, story) for group in _happenings(sorted(events, key=_begins))]
    found = [_change(each, story, since) for each in entries]
    changed = [change for change in found if change is not None]
    return sorted(changed, key=lambda change: (-change.entry.view.independent, -_last(change).timestamp()))


def _begins(event: Event) -> datetime:
    return min(member.article.seen_at for member in event.members)


def _last(change: _Change) -> datetime:
    return max(member.article.seen_at for event in change.entry.events for member in event.members)


def _change(each: Entry, story: Story, since: datetime) -> _Change | None:
    if each.seen_at >= since:
        return _Change(entry=each, updates=each.view.updates, before=None)
    members = [member for event in each.events for member in event.members]
    updates = tuple(member.article for member in members if _is_update(member, since))
    known = [_known(event, since) for event in each.events]
    before = view([event for event in known if event.members], story).independent
    if not updates and each.view.independent <= before:
        return None
    return _Change(entry=each, updates=updates, before=before)


def _known(event: Event, since: datetime) -> Event:
    """Return an event as it was before a time."""
    return replace(event, members=tuple(m for m in event.members if m.article.seen_at < since))


def _is_update(member: Member, since: datetime) -> bool:
    return member.role == "update" and not member.quiet and member.article.seen_at >= since


def _news(story: Story, changes: Sequence[_Change], since: datetime, rest: str) -> list[Line]:
    zone = ZoneInfo(story.policy.time_zone)
    start = f"{story.title}, since {_moment(since, zone)}"
    if not changes:
        return [Line(text=f"{start}: nothing new")]
    lines = [Line(text=start, bold=True)]
    for change in changes[:MOST_CAUGHT_UP]:
        lines += _told_changed(change, zone, since)
    if more := len(changes) - MOST_CAUGHT_UP:
        lines += [Line(text=f"and {more} more: {rest}", own=True)] if more > 0 else []
    return lines


def _told_changed(change: _Change, zone: ZoneInfo, since: datetime) -> list[Line]:
    seen, now = change.entry.view, change.entry.view.independent
    how = _by(seen)
    if change.before is not None and now > change.before:
        how = f"{seen.article.outlet} · {change.before} → {now} independent sources"
    lines = [
        Line(text=_title(seen.article), bullet=True, link=seen.link or None),
        Line(text=how, depth=1),
    ]
    for article in change.updates:
        time = _clock(article.seen_at, zone, since=since)
        text = f"{time} Update: {_title(article)} ({article.outlet})"
        lines.append(Line(text=text, depth=1, bullet=True, link=article.link or None))
    return lines


# --------------------------------------------------------------------------------------------- words


def _by(seen: View) -> str:
    return seen.article.outlet + (f" · {counted(seen)}" if seen.reports > 1 else "")


def _title(article: Article) -> str:
    return article.title or "(no title)"


def _day(time: datetime, zone: ZoneInfo) -> str:
    local = time.astimezone(zone)
    return f"{local.day} {local:%b %Y}"


def _clock(time: datetime, zone: ZoneInfo, *, since: datetime | None = None) -> str:
    """Return a time of day, with its date if that is another one than that of `since`."""
    local = time.astimezone(zone)
    same = since is None or local.date() == since.astimezone(zone).date()
    return f"{local:%H:%M}" if same else f"{local.day} {local:%b, %H:%M}"


def _moment(time: datetime, zone: ZoneInfo) -> str:
    return f"{_day(time, zone)}, {time.astimezone(zone):%H:%M}"
