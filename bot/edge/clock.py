"""The wall clock. Nothing else in the program reads it."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """What time this machine thinks it is."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  this is the one place
