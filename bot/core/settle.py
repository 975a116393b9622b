"""What becomes of a post after an attempt.

Telegram gives no way to send a message exactly once: there is no idempotency key, and an answer can be lost
after the message was shown. So the promise is: at least once, with at most one extra copy for each answer
that was lost; or, if the operator prefers, at most once, with the unsent post listed. Everything that was
certainly refused or certainly never left is simply sent later.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.errors import (
    AnswerLostError,
    ChannelBusyError,
    ChannelClosedError,
    ChannelMovedError,
    DeliveryError,
    PostRefusedError,
)
from bot.model import Delivery, Post, PostKind, PostState, Receipt, Settlement

#: A request that timed out may still land: PTB's read timeout (5 s) and some more must pass first.
SETTLE = timedelta(seconds=30)
_FIRST_RETRY = timedelta(seconds=2)
_LONGEST_RETRY = timedelta(minutes=15)
#: A channel that takes nothing is asked again after this, doubling.
_FIRST_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(minutes=5)


def settle(post: Post, outcome: Receipt | DeliveryError, *, delivery: Delivery, now: datetime) -> Settlement:
    """Decide after one attempt.

    Args:
        post: with this attempt counted.
        outcome: the channel's receipt, or why there is none.
        delivery: what the operator prefers when an answer is lost.
        now: the end of the attempt.
    """
    reason = str(outcome)
    match outcome:
        case Receipt():
            return Settlement(state=PostState.SENT, message_id=outcome.message_id)
        case ChannelBusyError():
            rest = now + outcome.retry_after
            return Settlement(state=PostState.PENDING, reason=reason, channel_rests_until=rest)
        case ChannelClosedError() | ChannelMovedError():
            return _closed(post, outcome, now)
        case PostRefusedError():
            return _refused(post, reason)
        case AnswerLostError() if post.kind is not PostKind.EDIT:
            return _uncertain(post, reason, delivery, now)
        case _:  # it never left, or it is an edit, which may be repeated: it ends in the same text
            due = now + _doubled(_FIRST_RETRY, post.attempts, _LONGEST_RETRY)
            return Settlement(state=PostState.PENDING, reason=reason, due_at=due)


def _closed(post: Post, outcome: ChannelClosedError | ChannelMovedError, now: datetime) -> Settlement:
    reason, alarm = str(outcome), f"channel {post.channel}: {outcome}"
    if isinstance(outcome, ChannelMovedError):
        moved = outcome.before, outcome.after
        return Settlement(state=PostState.PENDING, reason=reason, moved=moved, alarm=alarm)
    rest = now + _doubled(_FIRST_REST, post.attempts, _LONGEST_REST)
    return Settlement(state=PostState.PENDING, reason=reason, channel_rests_until=rest, alarm=alarm)


def _refused(post: Post, reason: str) -> Settlement:
    if post.kind is PostKind.EDIT and not post.lists:  # its card was deleted: no news is lost
        return Settlement(state=PostState.DROPPED, reason=reason)
    alarm = f"channel {post.channel} refused post {post.id}: {reason}"
    return Settlement(state=PostState.REFUSED, reason=reason, alarm=alarm)


def _uncertain(post: Post, reason: str, delivery: Delivery, now: datetime) -> Settlement:
    if delivery is Delivery.AT_MOST_ONCE:
        alarm = f"channel {post.channel}: post {post.id} may not have been shown ({reason})"
        return Settlement(state=PostState.UNCERTAIN, reason=reason, alarm=alarm)
    due = now + _doubled(SETTLE, post.attempts, _LONGEST_RETRY)
    return Settlement(state=PostState.UNCERTAIN, reason=reason, due_at=due)


def _doubled(first: timedelta, attempts: int, longest: timedelta) -> timedelta:
    return min(first * (1 << min(max(attempts, 1) - 1, 20)), longest)
