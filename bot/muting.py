"""Muting an event: a channel is told no more of it until an update, or until a person lifts that.

While it lasts repeats are folded silently: they are recorded, and what the channel shows stays as it is. What
still waited to be sent of the event is taken back, except what stands on a list, which tells others as well.
Stories that share a card are muted and lifted together, since a reader sees one card. Each function is plain
code inside one transaction of the archive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.plan import Places, refreshed, together, told
from bot.errors import OperatorError
from bot.model import LISTS, Event, EventId, Post, PostKind, PostState
from bot.ports import Record

#: Why a post was taken back; by it a card is known that comes back with its event.
MUTED = "its event is muted"
_LIFTED = "its event is muted no more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """What muting or its end did."""

    event: Event
    #: Where that changed anything.
    channels: tuple[str, ...]
    #: What was taken back, or what brings the channels up to date.
    posts: tuple[Post, ...]


def mute(
    event: EventId, channels: Sequence[str], record: Record, *, at: datetime, person: int | None
) -> Muted:
    """Tell channels no more of an event, and take back what waits of it.

    Args:
        event: one of the archive.
        channels: their names.
        record: the transaction.
        at: the time, aware.
        person: who said so; None for whoever sits at the terminal.

    Raises:
        OperatorError: the event has no articles any more.
    """
    whole = _kept(event, record)
    changed = [channel for channel in channels if record.muted(channel, event) is None]
    taken_back: list[Post] = []
    for channel in changed:
        record.mute(channel, event, at=at, person=person)
        events = together(whole, record.shown(channel, event))
        waiting = [post for number in events for post in record.waiting(channel, number)]
        taken_back += [post for post in waiting if not _on_a_list(post)]
    for post in taken_back:
        record.decide(post.id, PostState.DROPPED, MUTED)
    return Muted(event=whole, channels=tuple(changed), posts=tuple(taken_back))


def unmute(event: EventId, channels: Sequence[str], record: Record, places: Places, *, at: datetime) -> Muted:
    """Tell channels of an event again, and bring what they show of it up to date.

    Args:
        event: one of the archive.
        channels: their names.
        record: the transaction.
        places: the channels as the posts of stories find them; of a story that is not followed any more
            nothing is brought up to date.
        at: the time, aware.

    Raises:
        OperatorError: the event has no articles any more.
    """
    whole = _kept(event, record)
    changed = [channel for channel in channels if lift(whole, channel, record)]
    story = places.stories.get(whole.story)
    posts: list[Post] = []
    if story is None:
        return Muted(event=whole, channels=tuple(changed), posts=())
    for channel in changed:
        place = places.of(channel, story, record, now=at)
        shown = record.shown(channel, event)
        if shown is None:
            planned = told(whole, place, record.sibling(channel, event))
        else:
            planned = refreshed(whole, shown, place)
        record.posts(planned, at=at)
        posts += planned
    return Muted(event=whole, channels=tuple(changed), posts=tuple(posts))


def lift(event: Event, channel: str, record: Record) -> bool:
    """Let a channel be told of an event again, and let its card wait that was taken back.

    Returns:
        False, and nothing changed, if the channel was not muted to it. Else whoever calls brings up to date
        what it shows.
    """
    shown = record.shown(channel, event.id)
    lifted = [record.unmute(channel, number) for number in together(event, shown)]
    if not any(lifted):
        return False
    card = None if shown is None or shown.post is None else record.post(shown.post)
    if card is not None and (card.state, card.reason) == (PostState.DROPPED, MUTED):
        record.decide(card.id, PostState.PENDING, _LIFTED)
    return True


def carry_over(kept: Event, gone: Event, channels: Sequence[str], record: Record) -> None:
    """Before two events become one, say where that is muted: where nothing else is shown of either.

    Only if both were, that is, but one of which a channel shows nothing has no say.

    Args:
        kept: which the articles of both will belong to.
        gone: which will have none.
        channels: their names.
        record: the transaction.
    """
    for channel in channels:
        times = [record.muted(channel, event.id) for event in (kept, gone)]
        told_of = [
            at is None and _is_on_show(event, channel, record)
            for event, at in zip((kept, gone), times, strict=True)
        ]
        record.unmute(channel, gone.id)
        if any(told_of):
            record.unmute(channel, kept.id)
        elif times[0] is None and times[1] is not None:
            record.mute(channel, kept.id, at=times[1], person=None)


def _kept(event: EventId, record: Record) -> Event:
    """Return an event while nobody else judges for its story."""
    whole = record.numbered(event)
    if not whole.members:
        raise OperatorError(f"event {event} has no articles any more: it was merged into another one")
    return record.event(whole.members[0].id, whole.story)


def _is_on_show(event: Event, channel: str, record: Record) -> bool:
    shown = record.shown(channel, event.id)
    return shown is not None and not shown.quiet


def _on_a_list(post: Post) -> bool:
    return post.kind in LISTS or (post.kind is PostKind.EDIT and post.lists)
