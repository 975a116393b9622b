"""The outbox: posts that wait, what became of them, and what each channel shows.

Per channel one post is in flight, cards and replies go in the order they were recorded, and edits give
way to them. A post whose answer was lost goes again only if somebody gave it a time (`due_at`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    LABEL_STYLE_DISAMBIGUATE_ONLY,
    Connection,
    RowMapping,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)

from bot.errors import StorywireError
from bot.model import EventId, Message, Post, PostKind, PostState, Settlement, Shown, Span, Style
from storage.tables import cards, channels, posts, sends
from storage.upsert import upsert

#: Stands for "at once" where a time is asked for.
_LONG_PAST = datetime(1970, 1, 1, tzinfo=UTC)
_OVERTAKEN = "overtaken by a later edit"
_NEVER_SHOWN = "its card was never shown"
_MERGED = "another card tells the same report"
_UNSHOWN = frozenset({PostState.REFUSED, PostState.DROPPED})
#: How an event stands in a channel, least first.
_UNHEARD_OF, _NOT_SHOWN, _WAITS, _ON_SHOW = range(4)

_is_edit = posts.c.kind == PostKind.EDIT
_is_pending = posts.c.state == PostState.PENDING
_goes_again = and_(posts.c.state == PostState.UNCERTAIN, posts.c.due_at.is_not(None))
_is_waiting = or_(_is_pending, _goes_again)

#: The card that an edit or a reply belongs to, beside the post itself.
_card = posts.alias("card")
_later = posts.alias("later")
_posts = (
    select(posts, _card.c.message_id.label("target"))
    .outerjoin(cards, and_(cards.c.channel == posts.c.channel, cards.c.event_id == posts.c.event_id))
    .outerjoin(_card, and_(_card.c.id == cards.c.post_id, posts.c.kind != PostKind.CARD))
    .set_label_style(LABEL_STYLE_DISAMBIGUATE_ONLY)
)

# ------------------------------------------------------------------------------------------- planning


def shown(connection: Connection, channel: str, event: EventId) -> Shown | None:
    """Return what a channel shows of an event; None if it never heard of it."""
    card = select(cards.c.post_id).where(cards.c.channel == channel, cards.c.event_id == event)
    row = connection.execute(card).one_or_none()
    if row is None or row.post_id is None:
        return None if row is None else Shown(quiet=True)
    planned = (
        _of_event(channel, event).where(or_(posts.c.id == row.post_id, _is_edit)).order_by(posts.c.id.desc())
    )
    return Shown(quiet=False, message=_message(connection.execute(planned.limit(1)).mappings().one()))


def hush(connection: Connection, channel: str, event: EventId) -> None:
    """Count an event as shown in a channel without a message. No effect where it has a card."""
    upsert(connection, cards, {"channel": channel, "event_id": event}, set_={})


def plan(connection: Connection, post: Post) -> None:
    """Put a post into the outbox."""
    match post.kind:
        case PostKind.CARD:
            number = _append(connection, post)
            key = {"channel": post.channel, "event_id": post.event}
            upsert(connection, cards, key, set_={"post_id": number})
        case PostKind.REPLY:
            _append(connection, post)
        case PostKind.EDIT:
            _plan_edit(connection, post)


def _append(
    connection: Connection, post: Post, state: PostState = PostState.PENDING, reason: str | None = None
) -> int:
    row = {
        "channel": post.channel,
        "event_id": post.event,
        "kind": post.kind,
        "state": state,
        "reason": reason,
        "attempts": 0,
        "silent": post.message.silent,
        **_shape(post.message),
    }
    number: int = connection.execute(insert(posts).values(row).returning(posts.c.id)).scalar_one()
    return number


def _plan_edit(connection: Connection, edit: Post) -> None:
    """Change what still waits, so that only the last text goes out; else append."""
    card = (
        connection.execute(_of_event(edit.channel, edit.event).join(cards, cards.c.post_id == posts.c.id))
        .mappings()
        .one_or_none()
    )
    if card is None:
        raise StorywireError(
            f"event {edit.event} has no card in channel {edit.channel} that an edit could change"
        )
    if card["state"] in _UNSHOWN:
        return
    # An uncertain edit may go again: showing a text twice in one place changes nothing.
    open_ = posts.c.state.in_((PostState.PENDING, PostState.UNCERTAIN))
    edits = select(func.max(posts.c.id)).where(
        posts.c.channel == edit.channel, posts.c.event_id == edit.event
    )
    waiting = connection.scalar(edits.where(_is_edit, open_))
    if waiting is not None:
        renewed = {"silent": edit.message.silent, "state": PostState.PENDING, "reason": None}
        _change(connection, waiting, {**_shape(edit.message), **renewed})
    elif card["state"] == PostState.PENDING:
        _change(connection, card["id"], _shape(edit.message))
    elif card["state"] == PostState.UNCERTAIN and card["due_at"] is None:
        _append(connection, edit, PostState.DROPPED, _NEVER_SHOWN)
    else:
        _append(connection, edit)


def merge(connection: Connection, into: EventId, gone: EventId) -> None:
    """Let one card of each channel stand for two events: the one that is on show, else the first event's."""
    query = (
        select(cards.c.channel, cards.c.event_id, cards.c.post_id, posts.c.state, posts.c.due_at)
        .outerjoin(posts, posts.c.id == cards.c.post_id)
        .where(cards.c.event_id.in_((into, gone)))
    )
    rows = connection.execute(query).mappings()
    standings = {(row["channel"], row["event_id"]): _standing(row) for row in rows}
    for channel in {channel for channel, _ in standings}:
        kept, other = (standings.get((channel, event), _UNHEARD_OF) for event in (into, gone))
        if other > kept:
            _take_over(connection, channel, into, gone)
        else:
            _give_way(connection, channel, into, gone, waits=other == _WAITS)


def _standing(card: RowMapping) -> int:
    """Rank a card: one on show can be edited, one that waits can still be dropped."""
    if card["state"] in {PostState.SENT, PostState.SENDING}:
        return _ON_SHOW
    given_up = card["post_id"] is None or _is_given_up(card["state"], card["due_at"])
    return _NOT_SHOWN if given_up else _WAITS


def _take_over(connection: Connection, channel: str, into: EventId, gone: EventId) -> None:
    _drop_waiting(connection, channel, into)
    connection.execute(delete(cards).where(cards.c.channel == channel, cards.c.event_id == into))
    for table in (cards, posts):
        theirs = update(table).where(table.c.channel == channel, table.c.event_id == gone)
        connection.execute(theirs.values(event_id=into))


def _give_way(connection: Connection, channel: str, into: EventId, gone: EventId, *, waits: bool) -> None:
    if waits:
        _drop_waiting(connection, channel, gone)
    theirs = update(posts).where(posts.c.channel == channel, posts.c.event_id == gone)
    connection.execute(theirs.where(posts.c.kind == PostKind.REPLY, _is_waiting).values(event_id=into))


def _drop_waiting(connection: Connection, channel: str, event: EventId) -> None:
    """Take back a card that waits, with its edits; replies still bring their news."""
    vain = and_(posts.c.channel == channel, posts.c.event_id == event, posts.c.kind != PostKind.REPLY)
    dropped = {"state": PostState.DROPPED, "reason": _MERGED, "due_at": None}
    connection.execute(update(posts).where(vain, _is_waiting).values(**dropped))


def _of_event(channel: str, event: EventId) -> Select[Any]:
    return select(posts).where(posts.c.channel == channel, posts.c.event_id == event)


def _change(connection: Connection, number: int, values: dict[str, Any]) -> None:
    connection.execute(update(posts).where(posts.c.id == number).values(**values))


# ----------------------------------------------------------------------------------------- delivering


def next_post(connection: Connection, channel: str, now: datetime) -> Post | None:
    """Return the post this channel should get next, or None if none may be sent now."""
    rests = _rests_until(connection, channel)
    if (rests is not None and rests > now) or _in_flight(connection, channel):
        return None
    head = _head(connection, channel)
    if head is not None and (head.due_at is None or head.due_at <= now):
        return head
    due = or_(posts.c.due_at.is_(None), posts.c.due_at <= now)
    return _first(connection, _sendable_edits(channel).where(due))


def next_due(connection: Connection, channel: str) -> datetime | None:
    """Return the earliest time at which a waiting post may be sent; long past if it may be sent at once.

    None while a post is in flight: who settles it asks again.
    """
    if _in_flight(connection, channel):
        return None
    head = _head(connection, channel)
    edits = _sendable_edits(channel).order_by(posts.c.due_at.asc().nulls_first())
    waiting = [post for post in (head, _first(connection, edits)) if post is not None]
    if not waiting:
        return None
    rests = _rests_until(connection, channel) or _LONG_PAST
    return max(rests, min(post.due_at or _LONG_PAST for post in waiting))


def sending(connection: Connection, post: Post, at: datetime) -> Post | None:
    """Count an attempt before it is made; noting the same attempt twice counts it once.

    Returns the post as it stands by now, or None if it was taken back.
    """
    attempt = post.attempts + 1
    noted_already = and_(posts.c.state == PostState.SENDING, posts.c.attempts == attempt)
    waits = update(posts).where(posts.c.id == post.id, or_(_is_waiting, noted_already))
    noted = connection.execute(waits.values(state=PostState.SENDING, attempts=attempt))
    if noted.rowcount == 0:
        return None
    upsert(
        connection, sends, {"post_id": post.id, "attempt": attempt}, set_={"channel": post.channel, "at": at}
    )
    return _first(connection, _posts.where(posts.c.id == post.id))


def settle(connection: Connection, post: Post, settlement: Settlement, at: datetime) -> None:
    """Store what became of an attempt, and how long the channel must rest."""
    became = {"state": settlement.state, "reason": settlement.reason, "due_at": settlement.due_at}
    shown_as = {} if settlement.message_id is None else {"message_id": settlement.message_id}
    _change(connection, post.id, {**became, **shown_as, "settled_at": at})
    if settlement.channel_rests_until is not None:
        known = _rests_until(connection, post.channel) or _LONG_PAST
        until = {"rests_until": max(known, settlement.channel_rests_until)}
        upsert(connection, channels, {"name": post.channel}, set_=until)
    _drop_vain_edits(connection, post, settlement)


def _drop_vain_edits(connection: Connection, post: Post, settlement: Settlement) -> None:
    """Drop edits of a card that will not be shown, and an edit that would show an older text last."""
    # As it is by now: while the post was out, its event may have become part of another.
    event = connection.scalar(select(posts.c.event_id).where(posts.c.id == post.id))
    edits = and_(posts.c.channel == post.channel, posts.c.event_id == event, _is_edit)
    if post.kind is PostKind.CARD and _is_given_up(settlement.state, settlement.due_at):
        vain, reason = and_(edits, _is_waiting), _NEVER_SHOWN
    elif post.kind is PostKind.EDIT and settlement.state in {PostState.PENDING, PostState.UNCERTAIN}:
        later = exists().where(_later.c.channel == post.channel, _later.c.event_id == event)
        overtaken = later.where(_later.c.kind == PostKind.EDIT, _later.c.id > post.id)
        vain, reason = and_(posts.c.id == post.id, overtaken), _OVERTAKEN
    else:
        return
    dropped = {"state": PostState.DROPPED, "reason": reason, "due_at": None}
    connection.execute(update(posts).where(vain).values(**dropped))


def _is_given_up(state: PostState, due_at: datetime | None) -> bool:
    lost = state is PostState.UNCERTAIN and due_at is None
    return lost or state in _UNSHOWN


def _rests_until(connection: Connection, channel: str) -> datetime | None:
    return connection.scalar(select(channels.c.rests_until).where(channels.c.name == channel))


def _in_flight(connection: Connection, channel: str) -> bool:
    sending_now = exists().where(posts.c.channel == channel, posts.c.state == PostState.SENDING)
    return bool(connection.scalar(select(sending_now)))


def _head(connection: Connection, channel: str) -> Post | None:
    """Return the channel's first waiting card or reply; it holds up those after it."""
    # One short walk along the index for each state; both at once would sort the whole backlog.
    firsts = union_all(
        *(
            select(func.min(posts.c.id).label("id")).where(posts.c.channel == channel, state, ~_is_edit)
            for state in (_is_pending, _goes_again)
        )
    ).subquery()
    return _first(connection, _posts.where(posts.c.id == select(func.min(firsts.c.id)).scalar_subquery()))


def _sendable_edits(channel: str) -> Select[Any]:
    shown_already = _card.c.state == PostState.SENT
    return _posts.where(posts.c.channel == channel, _is_edit, _is_waiting, shown_already)


def _first(connection: Connection, query: Select[Any]) -> Post | None:
    row = connection.execute(query.order_by(posts.c.id).limit(1)).mappings().one_or_none()
    return None if row is None else _post(row)


# ------------------------------------------------------------------------------------------ looking up


def sent_since(connection: Connection, channel: str, since: datetime) -> list[datetime]:
    """Return when posts were handed to the channel since then, oldest first."""
    query = select(sends.c.at).where(sends.c.channel == channel, sends.c.at >= since).order_by(sends.c.at)
    return list(connection.scalars(query))


def in_states(connection: Connection, states: Sequence[PostState]) -> list[Post]:
    """Return the posts in these states, oldest first."""
    query = _posts.where(posts.c.state.in_(states)).order_by(posts.c.id)
    return [_post(row) for row in connection.execute(query).mappings()]


def posts_of(connection: Connection, events: Sequence[EventId]) -> list[Post]:
    """Return the posts of these events, oldest first."""
    query = _posts.where(posts.c.event_id.in_(events)).order_by(posts.c.id)
    return [_post(row) for row in connection.execute(query).mappings()]


def _shape(message: Message) -> dict[str, Any]:
    return {"text": message.text, "spans": [asdict(span) for span in message.spans]}


def _message(row: RowMapping) -> Message:
    spans = tuple(Span(**{**span, "style": Style(span["style"])}) for span in row["spans"])
    return Message(text=row["text"], spans=spans, silent=row["silent"])


def _post(row: RowMapping) -> Post:
    return Post(
        channel=row["channel"],
        event=row["event_id"],
        kind=row["kind"],
        message=_message(row),
        id=row["id"],
        state=row["state"],
        attempts=row["attempts"],
        target=row["target"],
        reason=row["reason"],
        due_at=row["due_at"],
        message_id=row["message_id"],
    )
