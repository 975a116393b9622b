"""How fast channels may be written to.

Telegram names no exact limits, and they vary (tdlib/telegram-bot-api#736). So the pace starts from what is
known and goes by what a channel refuses.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

#: Sends and edits of one Telegram channel share about 20 a minute (tdlib/td#2592, #3034; PTB's own limiter).
MOST_PER_WINDOW = 20
WINDOW = timedelta(seconds=60)
#: Of these an edit leaves so many to posts, which go out at once then whatever waits to be edited.
KEPT_FOR_POSTS = 5
#: A channel that asked to wait is believed to take one more a minute after so long without asking again.
_FORGIVEN_AFTER = timedelta(minutes=10)
_FEWEST = 2
#: Of one bot to all chats (core.telegram.org/bots/faq).
_MOST_PER_SECOND = 30
_SECOND = timedelta(seconds=1)


def budget(learned: tuple[int, datetime] | None, *, now: datetime) -> int:
    """Return how many sends a minute a channel is believed to take.

    Args:
        learned: how many it took when it last asked to wait, and when that was; None if it never did.
        now: the current time.
    """
    if learned is None:
        return MOST_PER_WINDOW
    took, at = learned
    forgiven = max(now - at, timedelta()) // _FORGIVEN_AFTER
    return min(MOST_PER_WINDOW, took + forgiven)


def refused(sent: Sequence[datetime], most: int, *, now: datetime) -> int:
    """Return how many sends a minute a channel takes that asked to wait.

    Args:
        sent: when messages were taken or handed over within the last window, the refused one included.
        most: how many it was believed to take.
        now: the current time.
    """
    took = sum(now - WINDOW < time <= now for time in sent) - 1
    return max(_FEWEST, min(took, most - 1))


def next_turn(
    sent: Sequence[datetime], *, now: datetime, most: int = MOST_PER_WINDOW, edit: bool = False
) -> datetime:
    """Return when the next message may be sent; `now` if at once.

    Args:
        sent: when messages were taken, or handed over in vain, within the last window, oldest first.
        now: the current time.
        most: sends a minute.
        edit: an edit is to be sent, which leaves some of them to posts.
    """
    if edit:
        most = max(1, most - KEPT_FOR_POSTS)
    recent = [time for time in sent if now - WINDOW < time <= now]
    if len(recent) < most:
        return now
    return recent[-most] + WINDOW


class Overall:
    """The pace of all channels together."""

    def __init__(self, most: int = _MOST_PER_SECOND) -> None:
        """Begin with nothing sent.

        Args:
            most: sends a second.
        """
        self._sent: deque[datetime] = deque(maxlen=most)

    def next_turn(self, now: datetime) -> datetime:
        """Return when the next message may be sent; `now` if at once."""
        if len(self._sent) < (self._sent.maxlen or 0) or not now - _SECOND < self._sent[0] <= now:
            return now
        return self._sent[0] + _SECOND

    def sent(self, at: datetime) -> None:
        """Count a message."""
        self._sent.append(at)
