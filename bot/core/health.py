"""Is the program getting on with its work?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

#: Progress is noted several times a minute; twice this long without is a standstill, not a pause.
STANDSTILL = timedelta(minutes=2)


def standstills(beats: Mapping[str, datetime], *, now: datetime) -> list[str]:
    """Return what has stopped, in words; empty if everything moves.

    Args:
        beats: job → its last sign of progress.
        now: the current time.
    """
    if "tick" not in beats:
        return ["the scheduler has never run on this database"]
    return [
        f"{name}: no progress since {last:%Y-%m-%d %H:%M:%S} UTC"
        for name, last in sorted(beats.items())
        if now - last > STANDSTILL
    ]
