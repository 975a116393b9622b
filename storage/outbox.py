"""The outbox: what is planned for each channel, what it shows, and what people decide about the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
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
    update,
)

from bot.errors import StorywireError
from bot.model import (
    LISTS,
    EventId,
    Message,
    Post,
    PostId,
    PostKind,
    PostState,
    Shown,
    Span,
    Standing,
    Style,
)
from storage.candidates import keep_channel
from storage.events import event_numbered
from storage.tables import cards, channels, posts, sends, verdicts
from storage.upsert import upsert

#: Stands for "at once" where a time is asked for.
_LONG_PAST = datetime(1970, 1, 1, tzinfo=UTC)
NEVER_SHOWN = "its card was never shown"
OUT_OF_REACH = "its card stands in the chat that the channel had before"
_MERGED = "another card tells the same report"
_UNSHOWN = frozenset({PostState.REFUSED, PostState.DROPPED})
_SHOWN = (PostState.SENT, PostState.SENDING)
#: How an event stands in a channel, least first.
_UNHEARD_OF, _NOT_SHOWN, _WAITS, _ON_SHOW = range(4)
#: Cards of so long count for the pace at which readers get them.
_LATELY = timedelta(hours=1)

_is_edit = posts.c.kind == PostKind.EDIT
_is_pending = posts.c.state == PostState.PENDING
_goes_again = and_(posts.c.state == PostState.UNCERTAIN, posts.c.due_at.is_not(None))
_is_waiting = or_(_is_pending, _goes_again)

#: The card that an edit or a reply belongs to, beside the post itself.
_card = posts.alias("card")
_posts = (
    select(posts, _card.c.message_id.label("target"), _card.c.kind.label("card_kind"))
    .outerjoin(_card, _card.c.id == posts.c.card_id)
    .set_label_style(LABEL_STYLE_DISAMBIGUATE_ONLY)
)

# ------------------------------------------------------------------------------------------- planning


def shown(connection: Connection, channel: str, event: EventId) -> Shown | None:
    """Return what a channel shows of an event; None if it never heard of it."""
    card = select(cards.c.post_id).where(cards.c.channel == channel, cards.c.event_id == event)
    row = connection.execute(card).one_or_none()
    if row is None or row.post_id is None:
        return None if row is None else Shown(quiet=True)
    return _shown(connection, row.post_id)


def sibling(connection: Connection, channel: str, event: EventId) -> Shown | None:
    """Return what a channel shows of another story's event that shares an article; None if nothing."""
    other = verdicts.alias("other")
    shares = and_(other.c.article_id == verdicts.c.article_id, other.c.event_id != event)
    sharing = (
        select(other.c.event_id)
        .distinct()
        .select_from(verdicts)
        .join(other, shares)
        .where(verdicts.c.event_id == event)
    )
    # In two steps: in one SQLite would begin with all that the channel ever had.
    others = connection.scalars(sharing).all()
    if not others:
        return None
    query = (
        select(cards.c.post_id, cards.c.event_id)
        .join(posts, posts.c.id == cards.c.post_id)
        .where(cards.c.channel == channel, cards.c.event_id.in_(others))
        .where(or_(posts.c.state.in_(_SHOWN), _is_waiting))
        .order_by(cards.c.event_id)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    found = _shown(connection, row.post_id)
    return found if found.events else replace(found, events=(event_numbered(connection, row.event_id),))


def standing(connection: Connection, channel: str, now: datetime) -> Standing:
    """Return what a channel has had lately; on PostgreSQL, keep others from planning for it."""
    keep_channel(connection, channel)
    of_channel = select(posts.c.id).where(posts.c.channel == channel)
    one_event = posts.c.kind == PostKind.CARD
    lately = select(posts.c.planned_at).where(
        posts.c.channel == channel, one_event, posts.c.planned_at > now - _LATELY, posts.c.planned_at <= now
    )
    # Its two states by name: by an OR alone SQLite would read all that the channel ever had.
    open_ = posts.c.state.in_((PostState.PENDING, PostState.UNCERTAIN))
    waiting = select(func.count()).where(posts.c.channel == channel, one_event, open_, _is_waiting)
    # One that was deleted in its channel takes in nothing more.
    refused = posts.alias("refused")
    deleted = exists().where(
        refused.c.card_id == posts.c.id,
        refused.c.kind == PostKind.EDIT,
        refused.c.state == PostState.REFUSED,
    )
    roundup = of_channel.where(
        ~deleted,
        posts.c.kind == PostKind.ROUNDUP,
        posts.c.planned_at > now - _LATELY,
        posts.c.planned_at <= now,
        or_(posts.c.state.in_(_SHOWN), _is_waiting),
    )
    digest = of_channel.where(posts.c.kind == PostKind.DIGEST, _is_pending, posts.c.attempts == 0)
    last = [connection.scalar(query.order_by(posts.c.id.desc()).limit(1)) for query in (roundup, digest)]
    return Standing(
        planned=tuple(connection.scalars(lately.order_by(posts.c.planned_at))),
        waiting=connection.scalar(waiting) or 0,
        roundup=None if last[0] is None else _shown(connection, last[0]),
        digest=None if last[1] is None else _shown(connection, last[1]),
    )


def _shown(connection: Connection, number: int) -> Shown:
    card = connection.execute(select(posts).where(posts.c.id == number)).mappings().one()
    told = connection.scalars(
        select(cards.c.event_id).where(cards.c.post_id == number).order_by(cards.c.event_id)
    ).all()
    several = len(told) > 1 or card["kind"] is not PostKind.CARD
    rings = exists().where(posts.c.card_id == number, posts.c.kind == PostKind.RING)
    return Shown(
        quiet=False,
        message=_last_text(connection, number),
        post=PostId(number),
        kind=card["kind"],
        waits=card["state"] is PostState.PENDING,
        rung=bool(card["silent"]) and bool(connection.scalar(select(rings))),
        events=tuple(event_numbered(connection, EventId(event)) for event in told) if several else (),
    )


def _last_text(connection: Connection, number: int) -> Message:
    """Return what was last planned for a card."""
    planned = select(posts).where(or_(posts.c.id == number, and_(posts.c.card_id == number, _is_edit)))
    return _message(connection.execute(planned.order_by(posts.c.id.desc()).limit(1)).mappings().one())


def hush(connection: Connection, channel: str, event: EventId) -> None:
    """Count an event as shown in a channel without a message. No effect where it has a card."""
    upsert(connection, cards, {"channel": channel, "event_id": event}, set_={})


def plan(connection: Connection, post: Post, now: datetime | None = None) -> None:
    """Put a post into the outbox; on PostgreSQL, keep others from handing over what it may change."""
    keep_channel(connection, post.channel)
    if post.joins is not None:
        _tell(connection, post.channel, post.event, post.joins)
    match post.kind:
        case PostKind.CARD | PostKind.ROUNDUP | PostKind.DIGEST | PostKind.SO_FAR:
            _tell(connection, post.channel, post.event, _append(connection, post, now=now))
        case PostKind.REPLY | PostKind.RING:
            _append(connection, post, card=_card_of(connection, post), now=now)
        case PostKind.EDIT:
            _plan_edit(connection, post, now)


def _tell(connection: Connection, channel: str, event: EventId, number: int) -> None:
    upsert(connection, cards, {"channel": channel, "event_id": event}, set_={"post_id": number})


def _card_of(connection: Connection, post: Post) -> int | None:
    told = cards.c.channel == post.channel, cards.c.event_id == post.event
    return connection.scalar(select(cards.c.post_id).where(*told))


def _append(
    connection: Connection,
    post: Post,
    state: PostState = PostState.PENDING,
    reason: str | None = None,
    *,
    card: int | None = None,
    now: datetime | None = None,
) -> int:
    row = {
        "channel": post.channel,
        "event_id": post.event,
        "kind": post.kind,
        "state": state,
        "reason": reason,
        "attempts": 0,
        "due_at": post.due_at,
        "card_id": card,
        "planned_at": now,
        **_shape(post.message),
    }
    number: int = connection.execute(insert(posts).values(row).returning(posts.c.id)).scalar_one()
    return number


def _plan_edit(connection: Connection, edit: Post, now: datetime | None) -> None:
    """Change what still waits, so that only the last text goes out; else append."""
    number = _card_of(connection, edit)
    if number is None:
        raise StorywireError(
            f"event {edit.event} has no card in channel {edit.channel} that an edit could change"
        )
    card = connection.execute(select(posts).where(posts.c.id == number)).mappings().one()
    if card["state"] in _UNSHOWN or (
        edit.joins is not None and edit.message == _last_text(connection, number)
    ):
        return
    # An uncertain edit may go again: showing a text twice in one place changes nothing.
    open_ = posts.c.state.in_((PostState.PENDING, PostState.UNCERTAIN))
    edits = select(func.max(posts.c.id)).where(posts.c.card_id == number, _is_edit, open_)
    waiting = connection.scalar(edits)
    if waiting is not None:
        renewed = {"state": PostState.PENDING, "reason": None}
        _change(connection, waiting, {**_shape(edit.message), **renewed})
    if card["state"] == PostState.PENDING:
        _change(connection, number, _shape(edit.message))
    elif waiting is not None:
        return
    elif card["state"] == PostState.UNCERTAIN and card["due_at"] is None:
        _append(connection, edit, PostState.DROPPED, NEVER_SHOWN, card=number, now=now)
    else:
        _append(connection, edit, card=number, now=now)


def merge(connection: Connection, into: EventId, gone: EventId) -> None:
    """Let one card of each channel stand for two events: the one that is on show, else the first event's.

    A message that tells other events as well is nobody's own: it stays, and is changed by who plans.
    """
    query = (
        select(cards.c.channel, cards.c.event_id, cards.c.post_id, posts.c.state, posts.c.due_at)
        .outerjoin(posts, posts.c.id == cards.c.post_id)
        .where(cards.c.event_id.in_((into, gone)))
    )
    rows = list(connection.execute(query).mappings())
    standings = {(row["channel"], row["event_id"]): _standing(row) for row in rows}
    numbers = {(row["channel"], row["event_id"]): row["post_id"] for row in rows}
    for channel in {channel for channel, _ in standings}:
        kept, other = (standings.get((channel, event), _UNHEARD_OF) for event in (into, gone))
        mine, theirs = (numbers.get((channel, event)) for event in (into, gone))
        if other > kept:
            _take_over(connection, channel, into, gone, mine)
        else:
            _give_way(connection, into, theirs, mine, waits=other == _WAITS)


def _standing(card: RowMapping) -> int:
    """Rank a card: one on show can be edited, one that waits can still be dropped."""
    if card["state"] in {PostState.SENT, PostState.SENDING}:
        return _ON_SHOW
    given_up = card["post_id"] is None or is_given_up(card["state"], card["due_at"])
    return _NOT_SHOWN if given_up else _WAITS


def _take_over(connection: Connection, channel: str, into: EventId, gone: EventId, mine: int | None) -> None:
    shared = mine is not None and _drop_waiting(connection, mine) is False
    of_channel = cards.c.channel == channel
    connection.execute(delete(cards).where(of_channel, cards.c.event_id == into))
    connection.execute(update(cards).where(of_channel, cards.c.event_id == gone).values(event_id=into))
    theirs = update(posts).where(posts.c.channel == channel, posts.c.event_id == gone)
    connection.execute(theirs.values(event_id=into))
    if shared and mine is not None:  # so that who plans can take the empty event out of that list
        _tell(connection, channel, gone, mine)


def _give_way(
    connection: Connection, into: EventId, theirs: int | None, mine: int | None, *, waits: bool
) -> None:
    if theirs is None:
        return
    if waits:
        _drop_waiting(connection, theirs)
    answers = update(posts).where(posts.c.card_id == theirs, posts.c.kind == PostKind.REPLY, _is_waiting)
    connection.execute(answers.values(card_id=mine, event_id=into))


def _drop_waiting(connection: Connection, number: int) -> bool:
    """Take back a card that waits, with its edits; return False if it tells other events as well.

    Replies still bring their news.
    """
    told = connection.scalar(select(func.count()).where(cards.c.post_id == number)) or 0
    if told > 1:
        return False
    vain = or_(posts.c.id == number, and_(posts.c.card_id == number, _is_edit))
    dropped = {"state": PostState.DROPPED, "reason": _MERGED, "due_at": None}
    connection.execute(update(posts).where(vain, _is_waiting).values(**dropped))
    return True


def _change(connection: Connection, number: int, values: dict[str, Any]) -> None:
    connection.execute(update(posts).where(posts.c.id == number).values(**values))


# ------------------------------------------------------------------------------------------- deciding


def numbered(connection: Connection, number: PostId) -> Post | None:
    """Return a post; None if there is none of that number."""
    return _first(connection, _posts.where(posts.c.id == number))


def shown_as(connection: Connection, channel: str, message_id: int) -> Post | None:
    """Return the post that a channel shows as this message, not its edits; None if there is none."""
    return _first(
        connection,
        _posts.where(
            posts.c.message_id == message_id, posts.c.channel == channel, posts.c.kind != PostKind.EDIT
        ),
    )


def decide(connection: Connection, number: PostId, state: PostState, reason: str) -> None:
    """Let a post wait again, or give it up together with its edits."""
    decided: dict[str, Any] = {"state": state, "reason": reason, "due_at": None}
    if state is PostState.PENDING:  # with what was planned for it while it was not on show
        edits = select(posts).where(posts.c.card_id == number, _is_edit).order_by(posts.c.id.desc())
        last = connection.execute(edits.limit(1)).mappings().one_or_none()
        decided |= {} if last is None else _shape(_message(last))
    post = numbered(connection, number)
    if post is not None and post.lists and post.kind is PostKind.EDIT and state is PostState.PENDING:
        # The message that it was to change is gone: it is sent as one of its own.
        decided |= {"kind": PostKind.ROUNDUP, "card_id": None}
        theirs = update(cards).where(cards.c.post_id == post.card)
        connection.execute(theirs.values(post_id=number))
    _change(connection, number, decided)
    if state is PostState.DROPPED:
        vain = and_(posts.c.card_id == number, _is_edit, _is_waiting)
        gone = {"state": state, "reason": NEVER_SHOWN, "due_at": None}
        connection.execute(update(posts).where(vain).values(**gone))


def postpone(connection: Connection, number: PostId, until: datetime | None) -> None:
    """Give a post that waits another time; None: at once."""
    connection.execute(update(posts).where(posts.c.id == number, _is_pending).values(due_at=until))


def waiting(connection: Connection, channel: str, event: EventId) -> list[Post]:
    """Return the posts of an event that a channel is still to be given, oldest first.

    On PostgreSQL, nobody hands them over until the end of the transaction.
    """
    keep_channel(connection, channel)
    query = _posts.where(posts.c.event_id == event, posts.c.channel == channel, _is_waiting)
    return [_post(row) for row in connection.execute(query.order_by(posts.c.id)).mappings()]


def digests(connection: Connection, channel: str) -> list[Post]:
    """Return the digests of a channel that wait and were never handed over, oldest first."""
    query = _digests(channel).where(_is_pending, posts.c.attempts == 0).order_by(posts.c.id)
    return [_post(row) for row in connection.execute(query).mappings()]


def digests_sent(connection: Connection, channel: str, since: datetime) -> list[datetime]:
    """Return when digests were handed to a channel first, from a time on, in that order."""
    query = (
        select(sends.c.at)
        .join(posts, posts.c.id == sends.c.post_id)
        .where(sends.c.channel == channel, sends.c.at >= since, sends.c.attempt == 1)
        .where(posts.c.kind == PostKind.DIGEST)
        .order_by(posts.c.id)
    )
    return list(connection.scalars(query))


def moves(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return which chats became others: channel → the one before, the one after."""
    query = select(channels).where(channels.c.moved_to.is_not(None))
    return {row.name: (row.moved_from, row.moved_to) for row in connection.execute(query)}


def reside(connection: Connection, channel: str, chat: str) -> bool:
    """Note in which chat a channel's posts stand; return whether that is another one than before."""
    before = connection.scalar(select(channels.c.chat).where(channels.c.name == channel))
    if before == chat:
        return False
    upsert(connection, channels, {"name": channel}, set_={"chat": chat})
    if before is None:
        return False
    out_of_reach(connection, channel)
    return True


def out_of_reach(connection: Connection, channel: str) -> None:
    """Leave what a channel shows as it is: its chat became another one, where those numbers are others'."""
    shown = select(posts.c.id).where(posts.c.channel == channel, posts.c.message_id.is_not(None))
    vain = and_(posts.c.channel == channel, _is_waiting, posts.c.card_id.in_(shown))
    dropped = {"state": PostState.DROPPED, "reason": OUT_OF_REACH, "due_at": None}
    connection.execute(update(posts).where(vain).values(**dropped))
    connection.execute(
        update(cards).where(cards.c.channel == channel, cards.c.post_id.in_(shown)).values(post_id=None)
    )
    known = and_(posts.c.channel == channel, posts.c.message_id.is_not(None))
    connection.execute(update(posts).where(known).values(message_id=None))


def rest(connection: Connection, channel: str, until: datetime) -> None:
    """Set when a channel may be sent to again, whatever it was."""
    upsert(connection, channels, {"name": channel}, set_={"rests_until": until})


def is_given_up(state: PostState, due_at: datetime | None) -> bool:
    """Tell whether a post will not be shown any more, unless a person decides otherwise."""
    lost = state is PostState.UNCERTAIN and due_at is None
    return lost or state in _UNSHOWN


def _digests(channel: str) -> Select[Any]:
    return _posts.where(posts.c.channel == channel, posts.c.kind == PostKind.DIGEST, _is_waiting)


def _first(connection: Connection, query: Select[Any]) -> Post | None:
    row = connection.execute(query.order_by(posts.c.id).limit(1)).mappings().one_or_none()
    return None if row is None else _post(row)


# ------------------------------------------------------------------------------------------ looking up


def in_states(connection: Connection, states: Sequence[PostState]) -> list[Post]:
    """Return the posts in these states, oldest first."""
    query = _posts.where(posts.c.state.in_(states)).order_by(posts.c.id)
    return [_post(row) for row in connection.execute(query).mappings()]


def interrupted(connection: Connection, channel: str) -> list[Post]:
    """Return what a channel was handed without an answer being noted, oldest first."""
    query = _posts.where(posts.c.channel == channel, posts.c.state == PostState.SENDING).order_by(posts.c.id)
    return [_post(row) for row in connection.execute(query).mappings()]


def posts_of(connection: Connection, event: EventId) -> tuple[Post, ...]:
    """Return the posts that tell an event, oldest first: its own, and lists that it stands on."""
    told = select(cards.c.post_id).where(cards.c.event_id == event, cards.c.post_id.is_not(None))
    query = _posts.where(or_(posts.c.event_id == event, posts.c.id.in_(told))).order_by(posts.c.id)
    return tuple(_post(row) for row in connection.execute(query).mappings())


def _shape(message: Message) -> dict[str, Any]:
    return {
        "text": message.text,
        "spans": [asdict(span) for span in message.spans],
        "silent": message.silent,
        "preview": message.preview,
        "picture": message.picture,
    }


def _message(row: RowMapping) -> Message:
    spans = tuple(Span(**{**span, "style": Style(span["style"])}) for span in row["spans"])
    return Message(
        text=row["text"],
        spans=spans,
        silent=row["silent"],
        preview=row["preview"],
        picture=row["picture"],
    )


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
        card=row["card_id"],
        lists=row["card_kind"] in LISTS,
        planned_at=row["planned_at"],
    )
