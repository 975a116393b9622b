"""The outbox being emptied: what goes out next, that it goes, and what became of it.

Per channel one post is in flight, cards and replies go in the order they were recorded, and edits give way to
them. A post whose answer was lost goes again only if somebody gave it a time (`due_at`).

All of this happens once for each message, and mostly in one transaction: the statements go to the driver as
they stand here, which costs a tenth of building them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.model import (
    CARDS,
    LISTS,
    EventId,
    Message,
    Post,
    PostId,
    PostKind,
    PostState,
    Preview,
    Settlement,
    Span,
    Style,
    Turn,
)
from storage.candidates import keep_channel
from storage.outbox import NEVER_SHOWN, is_given_up, out_of_reach
from storage.statements import run
from storage.tables import channels, microseconds, moment
from storage.upsert import upsert

#: Stands for "at once" where a time is asked for.
_LONG_PAST = datetime(1970, 1, 1, tzinfo=UTC)
#: No channel is left alone for longer, and no try is put off for longer: what is, was put off while the clock
#: was ahead, and would wait until it is there again.
_LONGEST_WAIT = timedelta(days=1)
_NEVER_AFTER = 2**62
_OVERTAKEN = "overtaken by a later edit"
#: Of one channel these keep the order in which they were planned; edits and digests have rules of their own.
_IN_ORDER = (PostKind.CARD, PostKind.ROUNDUP, PostKind.SO_FAR, PostKind.REPLY, PostKind.RING)

_WAITS = "(state = 'pending' OR (state = 'uncertain' AND due_at IS NOT NULL))"
# One short walk along the index for each kind: all at once would sort the whole backlog.
_FIRST = "SELECT min(id) AS id FROM posts WHERE channel = :channel AND"
_HEAD = "SELECT min(id) FROM ({}) AS firsts".format(
    " UNION ALL ".join(
        f"{_FIRST} state = '{state}' AND kind = '{kind}'{more}"
        for kind in _IN_ORDER
        for state, more in (("pending", ""), ("uncertain", " AND due_at IS NOT NULL"))
    )
)
_DUE = "(posts.due_at IS NULL OR posts.due_at <= :now OR (posts.due_at > :far AND posts.attempts > 0))"
_DIGEST = " UNION ALL ".join(
    f"{_FIRST} state = '{state}' AND kind = 'digest' AND {_DUE}{more}"
    for state, more in (("pending", ""), ("uncertain", " AND due_at IS NOT NULL"))
)
_COLUMNS = (
    "posts.id, posts.channel, posts.event_id, posts.kind, posts.state, posts.attempts, posts.due_at,"
    " posts.message_id, posts.reason, posts.silent, posts.text, posts.spans, posts.preview, posts.picture,"
    " posts.card_id, posts.planned_at, card.message_id, card.kind"
)
_TURN = f"""
SELECT turn.*, {_COLUMNS} FROM (
    SELECT
    (SELECT rests_until FROM channels WHERE name = :channel) AS rests,
    (SELECT budget FROM channels WHERE name = :channel) AS budget,
    (SELECT budget_at FROM channels WHERE name = :channel) AS budget_at,
    EXISTS (SELECT 1 FROM posts WHERE channel = :channel AND state = 'sending') AS busy,
    EXISTS (
        SELECT 1 FROM posts
        WHERE channel = :channel AND state = 'pending' AND kind = 'digest' AND attempts = 0
    ) AS digest_waits,
    coalesce((SELECT min(id) FROM ({_DIGEST}) AS digests), ({_HEAD})) AS first
) AS turn
LEFT JOIN posts ON posts.id = turn.first LEFT JOIN posts AS card ON card.id = posts.card_id
"""
_POST = f"""
SELECT {_COLUMNS} FROM posts LEFT JOIN posts AS card ON card.id = posts.card_id WHERE posts.id = :id
"""
_EDIT = f"""
SELECT {_COLUMNS} FROM posts JOIN posts AS card ON card.id = posts.card_id
WHERE posts.channel = :channel AND posts.state = :state AND posts.kind = 'edit' AND card.state = 'sent'
"""
_DUE_EDIT = f"{_EDIT} AND {_DUE} ORDER BY posts.id LIMIT 1"
_DUE_AGAIN = f"{_EDIT} AND posts.due_at IS NOT NULL AND {_DUE} ORDER BY posts.id LIMIT 1"
# Of what is uncertain only that with a time goes again.
_TIMES = tuple(
    f"SELECT min(coalesce(posts.due_at, 0)) FROM {{}} AND posts.state = {state}".format
    for state in ("'pending'", "'uncertain' AND posts.due_at IS NOT NULL")
)
_OTHERS = (
    "posts WHERE posts.kind = 'digest' AND posts.channel = :channel",
    """posts JOIN posts AS card ON card.id = posts.card_id
    WHERE posts.kind = 'edit' AND posts.channel = :channel AND card.state = 'sent'""",
)
_NEXT = tuple(times(others) for times in _TIMES for others in _OTHERS)
_SENT = "SELECT at FROM sends WHERE channel = :channel AND at >= :since ORDER BY at"
_SENDING = f"""
UPDATE posts SET state = 'sending', attempts = :attempt
WHERE id = :id AND ({_WAITS} OR (state = 'sending' AND attempts = :attempt))
"""
_COUNTED = """
INSERT INTO sends (post_id, attempt, channel, at) VALUES (:id, :attempt, :channel, :at)
ON CONFLICT (post_id, attempt) DO UPDATE SET channel = excluded.channel, at = excluded.at
"""
_SETTLED = """
UPDATE posts SET state = :state, reason = :reason, due_at = :due_at,
message_id = coalesce(:message_id, message_id), settled_at = :at WHERE id = :id
"""
_TAKEN = "UPDATE sends SET at = :at WHERE post_id = :id AND attempt = :attempt"
_NEVER = f"""
UPDATE posts SET state = 'dropped', reason = :reason, due_at = NULL
WHERE card_id = :id AND kind = 'edit' AND {_WAITS}
"""
_OVERTAKE = """
UPDATE posts SET state = 'dropped', reason = :reason, due_at = NULL
WHERE id = :id AND EXISTS (
    SELECT 1 FROM posts AS later
    WHERE later.card_id = posts.card_id AND later.kind = 'edit' AND later.id > posts.id
)
"""


def turn(connection: Connection, channel: str, now: datetime, since: datetime) -> Turn:
    """Return what a channel should get next, or when to look again.

    On PostgreSQL, who changes its posts waits until the end of the transaction: what is handed over is what
    was read.

    Args:
        connection: an open transaction.
        channel: its name.
        now: the current time, aware.
        since: how far back to tell of what was sent.
    """
    keep_channel(connection, channel)
    far = now + _LONGEST_WAIT
    rests, took, took_at, busy, digest_waits, first = _looked(connection, channel, now, microseconds(far))
    if busy:  # who settles it asks again
        return Turn(digest=digest_waits)
    if rests is not None and rests > far:
        rests = None
    post = None
    if rests is None or rests <= now:
        post = first if _is_due(first, now) else _due_edit(connection, channel, now)
    if post is None:
        return Turn(due=_due(connection, channel, rests, first), digest=digest_waits)
    budget = None if took is None else (took, moment(took_at))
    return Turn(
        post=post, budget=budget, sent=tuple(sent_since(connection, channel, since)), digest=digest_waits
    )


def _looked(
    connection: Connection, channel: str, now: datetime, far: int = _NEVER_AFTER
) -> tuple[datetime | None, int | None, int, bool, bool, Post | None]:
    """Return what is known of a channel, and the first digest that is due or else the first in its order."""
    rests, took, took_at, busy, waits, first, *row = _one(
        connection, _TURN, channel=channel, now=microseconds(now), far=far
    )
    post = None if first is None else _post(row)
    return None if rests is None else moment(rests), took, took_at, bool(busy), bool(waits), post


def _is_due(post: Post | None, now: datetime) -> bool:
    if post is None or post.due_at is None or post.due_at <= now:
        return post is not None
    return post.attempts > 0 and post.due_at > now + _LONGEST_WAIT


def _due_edit(connection: Connection, channel: str, now: datetime) -> Post | None:
    times = {"now": microseconds(now), "far": microseconds(now + _LONGEST_WAIT)}
    found = [
        row
        for sql, state in ((_DUE_EDIT, "pending"), (_DUE_AGAIN, "uncertain"))
        for row in run(connection, sql, channel=channel, state=state, **times).fetchall()
    ]
    return min(map(_post, found), key=lambda post: post.id, default=None)


def _due(connection: Connection, channel: str, rests: datetime | None, first: Post | None) -> datetime | None:
    times = [] if first is None else [first.due_at or _LONG_PAST]
    for sql in _NEXT:
        (time,) = _one(connection, sql, channel=channel)
        times += [] if time is None else [moment(time)]
    return max(rests or _LONG_PAST, min(times)) if times else None


def next_post(connection: Connection, channel: str, now: datetime) -> Post | None:
    """Return the post this channel should get next, or None if none may be sent now."""
    return turn(connection, channel, now, now).post


def next_due(connection: Connection, channel: str) -> datetime | None:
    """Return the earliest time at which a waiting post may be sent; long past if it may be sent at once.

    None while a post is in flight: who settles it asks again.
    """
    rests, _took, _at, busy, _waits, first = _looked(connection, channel, _LONG_PAST)
    return None if busy else _due(connection, channel, rests, first)


def sending(connection: Connection, post: Post, at: datetime) -> Post | None:
    """Count an attempt before it is made; noting the same attempt twice counts it once.

    Returns the post as it stands by now, or None if it was taken back.
    """
    return _numbered(connection, post.id) if hand_over(connection, post, at) else None


def hand_over(connection: Connection, post: Post, at: datetime) -> bool:
    """Count an attempt before it is made; return False if the post was taken back."""
    attempt = {"id": post.id, "attempt": post.attempts + 1}
    if run(connection, _SENDING, **attempt).rowcount == 0:
        return False
    run(connection, _COUNTED, **attempt, channel=post.channel, at=microseconds(at))
    return True


def settle(connection: Connection, post: Post, settlement: Settlement, at: datetime) -> None:
    """Store what became of an attempt, and what it taught about the channel."""
    due = settlement.due_at
    run(
        connection,
        _SETTLED,
        id=post.id,
        state=settlement.state.value,
        reason=settlement.reason,
        due_at=None if due is None else microseconds(due),
        message_id=settlement.message_id,
        at=microseconds(at),
    )
    if settlement.state is PostState.SENT and post.kind is not PostKind.DIGEST:
        # A channel counts from when it took a message; the hour of a digest is that in which it was sent.
        run(connection, _TAKEN, id=post.id, attempt=post.attempts, at=microseconds(at))
    _learn(connection, post.channel, settlement, at)
    if post.kind in CARDS and is_given_up(settlement.state, due):
        run(connection, _NEVER, id=post.id, reason=NEVER_SHOWN)
    elif post.kind is PostKind.EDIT and settlement.state in {PostState.PENDING, PostState.UNCERTAIN}:
        run(connection, _OVERTAKE, id=post.id, reason=_OVERTAKEN)


def _learn(connection: Connection, channel: str, settlement: Settlement, at: datetime) -> None:
    learned: dict[str, Any] = {}
    if settlement.channel_rests_until is not None:
        (known,) = _one(connection, "SELECT max(rests_until) FROM channels WHERE name = :name", name=channel)
        rests = settlement.channel_rests_until
        stands = known is not None and moment(known) <= at + _LONGEST_WAIT
        learned["rests_until"] = max(moment(known), rests) if stands else rests
    if settlement.budget is not None:
        learned |= {"budget": settlement.budget, "budget_at": at}
    if settlement.moved is not None:
        before, after = settlement.moved
        learned |= {"moved_from": before, "moved_to": after, "chat": after}
        out_of_reach(connection, channel)
    if learned:
        upsert(connection, channels, {"name": channel}, set_=learned)


def sent_since(connection: Connection, channel: str, since: datetime) -> list[datetime]:
    """Return when the channel took posts since then, or was given those that it did not, oldest first."""
    rows = run(connection, _SENT, channel=channel, since=microseconds(since)).fetchall()
    return [moment(at) for (at,) in rows]


# ----------------------------------------------------------------------------------------- statements


def _one(connection: Connection, sql: str, **values: Any) -> Sequence[Any]:
    row: Sequence[Any] = run(connection, sql, **values).one()
    return row


def _numbered(connection: Connection, number: int) -> Post | None:
    row = run(connection, _POST, id=number).fetchone()
    return None if row is None else _post(row)


def _post(row: Sequence[Any]) -> Post:
    number, channel, event, kind, state, attempts, due_at, message_id, reason, *message = row
    silent, text, spans, preview, picture, card, planned_at, target, card_kind = message
    return Post(
        channel=channel,
        event=EventId(event),
        kind=PostKind(kind),
        message=Message(
            text=text,
            spans=_spans(json.loads(spans) if isinstance(spans, str) else spans),
            silent=bool(silent),
            preview=Preview(preview),
            picture=picture,
        ),
        id=PostId(number),
        state=PostState(state),
        attempts=attempts,
        target=target,
        reason=reason,
        due_at=None if due_at is None else moment(due_at),
        message_id=message_id,
        card=card,
        lists=card_kind in LISTS,
        planned_at=None if planned_at is None else moment(planned_at),
    )


def _spans(spans: Sequence[Mapping[str, Any]]) -> tuple[Span, ...]:
    return tuple(Span(**{**span, "style": Style(span["style"])}) for span in spans)
