"""What a channel gets when a story has decided: a card, an edit of one, a reply, or nothing.

A verdict is the story's; what is posted depends on what *this* channel already shows. A duplicate of an event
the channel never heard of (it came later) is news there, and so is what brings news of an event that was
recorded quietly. A related article that joined the event of the earlier report is named on that event's card.

One message may tell several events: two stories that found the same article share a card, a digest tells what
there is at its hour, and what would be too many cards at once goes on one roundup. All of them are changed in
place as more is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial

from bot.core import compose
from bot.core.hours import next_digest
from bot.core.independence import independent
from bot.model import (
    LISTS,
    Article,
    Event,
    EventId,
    Hours,
    Message,
    Mode,
    New,
    Post,
    Posting,
    PostKind,
    Related,
    Shown,
    Standing,
    Story,
    Update,
    Verdict,
)
from bot.ports import Record

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
#: Roles of articles that tell more than was known.
_NEWS = frozenset({"update", "related"})
#: Events on the one message that tells what was before a story was followed: it is read before the news are.
MOST_SO_FAR = 10
#: A roundup is added to for so long; what comes later begins another.
ROUNDUP_FOR = _HOUR


def _never(_event: EventId) -> None:
    return None


def _no(_event: EventId) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel as one story's posts find it."""

    channel: str
    story: Story
    #: By name: others share cards and lists.
    stories: Mapping[str, Story]
    hours: Hours
    now: datetime
    #: Asked only where something is told for the first time.
    standing: Callable[[], Standing] = Standing
    #: Since when the channel is told no more of an event; None if it is.
    muted: Callable[[EventId], datetime | None] = _never
    #: Whether people were asked about an event and did not answer yet.
    asked: Callable[[EventId], bool] = _no

    @property
    def posting(self) -> Posting:
        """How the story is posted there."""
        return self.story.posting(self.channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The channels as the posts of stories find them."""

    stories: Mapping[str, Story]
    #: Channel → the hours of its readers; the usual ones where none is named.
    hours: Mapping[str, Hours]

    def of(self, channel: str, story: Story, record: Record, *, now: datetime) -> Place:
        """Return a channel as a story's posts find it now, inside a transaction."""
        return Place(
            channel=channel,
            story=story,
            stories={story.name: story, **self.stories},
            hours=self.hours.get(channel, Hours()),
            now=now,
            standing=cache(partial(record.standing, channel, now=now)),
            muted=partial(record.muted, channel),
            asked=record.in_review,
        )


def plan(
    event: Event,
    article: Article,
    verdict: Verdict,
    shown: Shown | None,
    place: Place,
    *,
    sibling: Shown | None = None,
) -> list[Post]:
    """Return the posts for one channel.

    Args:
        event: with the article already in it.
        article: what was judged, not quiet.
        verdict: what the story decided.
        shown: what the channel shows of the event; None if it never heard of it.
        place: the channel.
        sibling: what the channel shows of another story's event that has an article in common with this one.
    """
    if not isinstance(verdict, Update) and is_muted(event, shown, place):
        return []
    if shown is None or (shown.quiet and (isinstance(verdict, Update | Related) or has_news(event))):
        return told(event, place, sibling)
    if shown.quiet:
        return []
    if isinstance(verdict, New | Update):
        return _told_anew(event, article, verdict, shown, place)
    return [*_changed(event, shown, place), *_rung(event, shown, place)]


def refreshed(event: Event, shown: Shown, place: Place) -> list[Post]:
    """Return what brings a message up to date that was not changed while it was given up or muted."""
    return _changed(event, shown, place)


def together(event: Event, shown: Shown | None) -> list[EventId]:
    """Return the events that are muted with one: stories that share its card, which is one to readers."""
    shared = shown.events if shown is not None and shown.kind is PostKind.CARD else ()
    return list(dict.fromkeys([event.id, *(other.id for other in shared)]))


def is_muted(event: Event, shown: Shown | None, place: Place) -> bool:
    """Tell whether a channel is told no more of an event until an update."""
    return any(place.muted(number) is not None for number in together(event, shown))


def gate(event: Event, posting: Posting) -> str | None:
    """Say why an event is not posted to a channel yet; None if it is."""
    sources = independent(event.members)
    if sources >= posting.min_sources:
        return None
    return f"waits for {posting.min_sources} independent sources, has {sources}"


def has_news(event: Event) -> bool:
    """Tell whether an event that began quietly has news; untold, they wait for more sources."""
    return any(not member.quiet and member.role in _NEWS for member in event.members)


def merged(
    event: Event, shown: Shown | None, absorbed: tuple[Event, Shown | None], place: Place
) -> list[Post]:
    """Return the posts for one channel when two events became one.

    The card that stays names who joined it, and one that stays beside it points to it. Where nothing was
    shown nothing is.

    Args:
        event: with the articles of both.
        shown: what the channel shows of it.
        absorbed: the event that is left without articles, and what the channel still shows of that.
        place: the channel.
    """
    left, left_shown = absorbed
    posts = [] if shown is None or is_muted(event, shown, place) else _changed(event, shown, place)
    if left_shown is None or left_shown.message is None:
        return posts
    if shown is not None and shown.post is not None and shown.post == left_shown.post:
        return posts
    if any(other.members for other in left_shown.events if other.id != left.id):
        return posts + _changed(left, left_shown, place)
    return posts + _edit(left, left_shown, compose.pointer(event, place.story), place)


def parted(left: Event, own: Event, shown: Shown | None, place: Place) -> list[Post]:
    """Return the posts for one channel when articles left an event: its card without them, and their own.

    Args:
        left: the event that keeps its card.
        own: the event of the articles that left.
        shown: what the channel shows of the event that was both.
        place: the channel.
    """
    posts = [] if shown is None else _changed(left, shown, place)
    return posts if stays_quiet(own, shown) else [*posts, *told(own, place)]


def stays_quiet(own: Event, shown: Shown | None) -> bool:
    """Tell whether articles that left an event are told no more than that was.

    Args:
        own: the event of the articles that left.
        shown: what the channel shows of the event that was both.
    """
    return (shown is not None and shown.quiet) or all(member.quiet for member in own.members)


# ------------------------------------------------------------------------------------ a new story


def so_far(events: Sequence[Event], place: Place) -> tuple[Message, list[Event]] | None:
    """Write the one message that tells what a story's reports told before it was followed.

    It comes without a sound: nothing of it is new. Of each happening only its most reported event is told.

    Args:
        events: those of the story that the channel was spared.
        place: the channel.

    Returns:
        The message and the events that it tells, the earliest first; None if there is nothing to tell.
    """
    ranked = most_reported(events)
    for most in range(min(MOST_SO_FAR, len(ranked)), 0, -1):
        told = sorted(ranked[:most], key=lambda event: event.id)
        message = compose.listing(PostKind.SO_FAR, told, place.stories, silent=True)
        if message is not None:
            return message, told
    return None


def most_reported(events: Sequence[Event]) -> list[Event]:
    """Return of each happening the event that most independent sources report, those with most first.

    Of those with as many comes first what more outlets carry, and then what began last.
    """
    ranked = sorted(events, key=_rank, reverse=True)
    happenings: dict[EventId, Event] = {}
    for event in ranked:
        happenings.setdefault(event.happening, event)
    return list(happenings.values())


def _rank(event: Event) -> tuple[int, int, EventId]:
    outlets = len({member.article.outlet for member in event.members})
    return independent(event.members) if outlets > 1 else 1, outlets, event.id


# ------------------------------------------------------------------------------------------- first


def told(event: Event, place: Place, sibling: Shown | None = None) -> list[Post]:
    """Return what tells an event to a channel that never heard of it.

    Args:
        event: which may have to wait for more sources, or for an answer.
        place: the channel.
        sibling: what it shows of another story's event that has an article in common.
    """
    posting = place.posting
    if gate(event, posting) is not None or place.asked(event.id):
        return []
    if sibling is not None and not _comes_too_late(sibling, place):
        return _shared(event, sibling, place)
    if posting.mode is Mode.DIGEST:
        return [_listed(PostKind.DIGEST, event, place.standing().digest, place)]
    if _is_too_much(place):
        return [_listed(PostKind.ROUNDUP, event, place.standing().roundup, place)]
    silent = posting.ring_at is not None and independent(event.members) < posting.ring_at
    message = compose.card([event], place.stories, posting, silent=silent)
    return [Post(channel=place.channel, event=event.id, kind=PostKind.CARD, message=message)]


def _is_too_much(place: Place) -> bool:
    """Tell whether another card would flood the channel's readers."""
    posting, standing = place.posting, place.standing()
    lately = [at for at in standing.planned if at > place.now - _MINUTE]
    limit = posting.per_hour
    return max(len(lately), standing.waiting) >= posting.burst or (
        limit is not None and len(standing.planned) >= limit
    )


def _listed(kind: PostKind, event: Event, listed: Shown | None, place: Place) -> Post:
    """Add an event to a list; where there is none, or no room in it, begin one."""
    if listed is not None and (listed.waits or place.posting.edits) and listed.post is not None:
        events = sorted([*(e for e in listed.events if e.id != event.id), event], key=lambda e: e.id)
        silent = listed.message is not None and listed.message.silent
        message = compose.listing(kind, _as_printed(events, kind, place), place.stories, silent=silent)
        if message is not None:
            return Post(
                channel=place.channel, event=event.id, kind=PostKind.EDIT, message=message, joins=listed.post
            )
    message = compose.listing(kind, [event], place.stories)
    if message is None:
        raise AssertionError("one event always fits")
    due = next_digest(place.hours, place.now) if kind is PostKind.DIGEST else None
    return Post(channel=place.channel, event=event.id, kind=kind, message=message, due_at=due)


# ------------------------------------------------------------------------------------------- later


def _still_open(shown: Shown) -> bool:
    """Tell whether a list waits in which an update of its event can still be told."""
    return shown.waits and shown.kind in LISTS


def _told_anew(
    event: Event, article: Article, verdict: New | Update, shown: Shown, place: Place
) -> list[Post]:
    """Tell an update: on the list that waits, in the next digest, or as an answer to the card."""
    message = _message(event, shown, place) if _still_open(shown) else None
    if message is not None:
        return _edit(event, shown, message, place)
    if _told_by_another(event, shown):
        return []
    if place.posting.mode is Mode.DIGEST:
        return [_listed(PostKind.DIGEST, event, place.standing().digest, place)]
    named = verdict.of if isinstance(verdict, Update) else None
    before = next((member.article for member in event.members if member.id == named), None)
    names = [other.story for other in shown.events if other.id == event.id or _have_one_article(other, event)]
    message = compose.update(article, before, place.story, place.posting, names=names)
    return [Post(channel=place.channel, event=event.id, kind=PostKind.REPLY, message=message)]


def _told_by_another(event: Event, shown: Shown) -> bool:
    """Tell whether another story that shares the card has told this update already."""
    last = event.members[-1].id
    others = (member for other in shown.events if other.id != event.id for member in other.members)
    return any(member.id == last and member.role == "update" and not member.quiet for member in others)


def _have_one_article(one: Event, other: Event) -> bool:
    numbers = {member.id for member in one.members}
    return any(member.id in numbers for member in other.members)


def _changed(event: Event, shown: Shown, place: Place) -> list[Post]:
    """Bring the message that tells an event up to date."""
    if shown.message is None:
        return []
    message = _message(event, shown, place)
    return [] if message is None else _edit(event, shown, message, place)


def _message(event: Event, shown: Shown, place: Place) -> Message | None:
    limit = place.posting.ring_at
    rings = shown.waits and limit is not None and independent(event.members) >= limit
    silent = shown.message is not None and shown.message.silent and not rings
    events = [event if other.id == event.id else other for other in shown.events] or [event]
    events = [other for other in _as_printed(events, shown.kind, place) if other.members]
    if shown.kind is not PostKind.CARD:
        return compose.listing(shown.kind, events, place.stories, silent=silent) if events else None
    lead = place.stories.get(events[0].story, place.story) if events else place.story
    posting = lead.posting(place.channel)
    return compose.card(events, place.stories, posting, silent=silent) if events else None


def _as_printed(events: Sequence[Event], kind: PostKind, place: Place) -> list[Event]:
    """Return events without what came to those that are muted since they are; a card is muted as a whole."""
    times = [place.muted(event.id) for event in events]
    if kind is PostKind.CARD:
        times = [min((at for at in times if at is not None), default=None)] * len(events)
    return [_until(event, at) for event, at in zip(events, times, strict=True)]


def _until(event: Event, at: datetime | None) -> Event:
    if at is None:
        return event
    return replace(event, members=tuple(m for m in event.members if m.article.seen_at <= at))


def _edit(event: Event, shown: Shown, message: Message, place: Place) -> list[Post]:
    """Change a message, if it says something else and can be changed."""
    if shown.message in {None, message} or not (shown.waits or place.posting.edits):
        return []
    return [Post(channel=place.channel, event=event.id, kind=PostKind.EDIT, message=message)]


def _rung(event: Event, shown: Shown, place: Place) -> list[Post]:
    """Ring once for a card that came without a sound, when many report it."""
    limit = place.posting.ring_at
    silent = shown.kind is PostKind.CARD and shown.message is not None and shown.message.silent
    if limit is None or not silent or shown.rung or independent(event.members) < limit:
        return []
    if shown.waits:  # it rings by itself once it is sent
        return []
    message = compose.ring(event, place.story)
    return [Post(channel=place.channel, event=event.id, kind=PostKind.RING, message=message)]


def _comes_too_late(sibling: Shown, place: Place) -> bool:
    """Tell whether another story's message waits for an hour that this one need not wait for."""
    return sibling.waits and sibling.kind is PostKind.DIGEST and place.posting.mode is Mode.INSTANT


def _shared(event: Event, sibling: Shown, place: Place) -> list[Post]:
    """Let the message that another story has of the same article tell this story's event as well."""
    both = replace(sibling, events=(*sibling.events, event))
    message = _message(event, both, place) if sibling.waits or place.posting.edits else None
    text = message or sibling.message or compose.card([event], place.stories, place.posting)
    return [Post(channel=place.channel, event=event.id, kind=PostKind.EDIT, message=text, joins=sibling.post)]
