"""What each answer of Telegram means: one row of the table of promises a case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.settle import SETTLE, settle
from bot.errors import (
    AnswerLostError,
    ChannelBusyError,
    ChannelClosedError,
    DeliveryError,
    NotSentError,
    PostRefusedError,
)
from bot.model import Delivery, Post, PostId, PostKind, PostState, Receipt, Settlement
from tests.builders import NOW, a_post

CARD = a_post(id=PostId(7), attempts=1)
EDIT = a_post(id=PostId(7), attempts=1, kind=PostKind.EDIT, target=41)
REPLY = a_post(id=PostId(7), attempts=1, kind=PostKind.REPLY, target=41)
AGAIN = Delivery.AT_LEAST_ONCE
ONCE = Delivery.AT_MOST_ONCE
SECOND = timedelta(seconds=1)

BUSY = Settlement(state=PostState.PENDING, reason="flood", channel_rests_until=NOW + 17 * SECOND)
CLOSED = Settlement(
    state=PostState.PENDING,
    reason="chat not found",
    channel_rests_until=NOW + 60 * SECOND,
    alarm="channel main: chat not found",
)
REFUSED = Settlement(
    state=PostState.REFUSED, reason="too long", alarm="channel main refused post 7: too long"
)
LATER = Settlement(state=PostState.PENDING, reason="no route", due_at=NOW + 2 * SECOND)
MAYBE = Settlement(state=PostState.UNCERTAIN, reason="no route", due_at=NOW + SETTLE)
LISTED = Settlement(
    state=PostState.UNCERTAIN,
    reason="no route",
    alarm="channel main: post 7 may not have been shown (no route)",
)

ANSWERS = {
    "shown": (CARD, Receipt(message_id=41), AGAIN, Settlement(state=PostState.SENT, message_id=41)),
    "it never left: again after a pause": (CARD, NotSentError("no route"), AGAIN, LATER),
    "it never left, at most once: again, it cannot double": (CARD, NotSentError("no route"), ONCE, LATER),
    "flood limit: wait as long as it says, and keep that": (
        CARD,
        ChannelBusyError("flood", retry_after=17 * SECOND),
        AGAIN,
        BUSY,
    ),
    "flood limit, at most once: the same": (
        CARD,
        ChannelBusyError("flood", retry_after=17 * SECOND),
        ONCE,
        BUSY,
    ),
    "flood limit of an edit: the same": (
        EDIT,
        ChannelBusyError("flood", retry_after=17 * SECOND),
        AGAIN,
        BUSY,
    ),
    "flood limit of no time": (
        CARD,
        ChannelBusyError("flood", retry_after=0 * SECOND),
        AGAIN,
        Settlement(state=PostState.PENDING, reason="flood", channel_rests_until=NOW),
    ),
    "this post is refused: never again, and tell": (CARD, PostRefusedError("too long"), AGAIN, REFUSED),
    "an edit is refused: its card is gone, which nobody need be told": (
        EDIT,
        PostRefusedError("message to edit not found"),
        ONCE,
        Settlement(state=PostState.DROPPED, reason="message to edit not found"),
    ),
    "the channel is closed: all rest, and tell": (CARD, ChannelClosedError("chat not found"), AGAIN, CLOSED),
    "the channel is closed, at most once: the same": (
        CARD,
        ChannelClosedError("chat not found"),
        ONCE,
        CLOSED,
    ),
    "the answer is lost: again when the first can no longer land": (
        CARD,
        AnswerLostError("no route"),
        AGAIN,
        MAYBE,
    ),
    "the answer is lost, at most once: never again, and tell": (
        CARD,
        AnswerLostError("no route"),
        ONCE,
        LISTED,
    ),
    "the answer to a reply is lost: as of a card": (REPLY, AnswerLostError("no route"), AGAIN, MAYBE),
    "the answer to a reply is lost, at most once: as of a card": (
        REPLY,
        AnswerLostError("no route"),
        ONCE,
        LISTED,
    ),
    "the answer to an edit is lost: again, it ends in the same text": (
        EDIT,
        AnswerLostError("no route"),
        ONCE,
        LATER,
    ),
    "anything else a channel may say: again after a pause": (CARD, DeliveryError("no route"), AGAIN, LATER),
}


@pytest.mark.parametrize(("post", "outcome", "delivery", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_what_becomes_of_a_post(
    post: Post, outcome: Receipt | DeliveryError, delivery: Delivery, expected: Settlement
) -> None:
    assert settle(post, outcome, delivery=delivery, now=NOW) == expected


PAUSES = {
    "sending again": (NotSentError("x"), [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]),
    "an uncertain post": (AnswerLostError("x"), [30, 60, 120, 240, 480, 900, 900]),
    "a closed channel": (ChannelClosedError("x"), [60, 120, 240, 300, 300, 300]),
}


@pytest.mark.parametrize(("outcome", "seconds"), PAUSES.values(), ids=PAUSES)
def test_pauses_double_up_to_a_limit(outcome: DeliveryError, seconds: list[int]) -> None:
    pauses = []
    for attempts in range(1, len(seconds) + 1):
        post = a_post(id=PostId(7), attempts=attempts)
        settled = settle(post, outcome, delivery=AGAIN, now=NOW)
        until = settled.due_at or settled.channel_rests_until
        assert until is not None
        pauses.append((until - NOW).total_seconds())

    assert pauses == seconds


@given(attempts=st.integers(0, 10**9), delivery=st.sampled_from(Delivery), kind=st.sampled_from(PostKind))
def test_however_often_it_failed_a_post_is_tried_within_the_hour(
    attempts: int, delivery: Delivery, kind: PostKind
) -> None:
    for outcome in (NotSentError("x"), ChannelClosedError("x"), AnswerLostError("x")):
        settled = settle(a_post(kind=kind, attempts=attempts), outcome, delivery=delivery, now=NOW)
        until = settled.due_at or settled.channel_rests_until
        assert settled.alarm if until is None else NOW < until <= NOW + timedelta(hours=1)
