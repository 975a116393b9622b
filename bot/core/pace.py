"""How fast one channel may be written to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

#: Sends and edits of one Telegram channel share about 20 a minute (tdlib/td#2592, #3034; PTB's own limiter).
MOST_PER_WINDOW = 20
WINDOW = timedelta(seconds=60)


def next_turn(sent: Sequence[datetime], *, now: datetime) -> datetime:
    """Return when the next message may be sent; `now` if at once.

    Args:
        sent: when messages were handed over within the last window, oldest first.
        now: the current time.
    """
    recent = [time for time in sent if now - WINDOW < time <= now]
    if len(recent) < MOST_PER_WINDOW:
        return now
    return recent[-MOST_PER_WINDOW] + WINDOW
