"""Which of Telegram's updates were taken."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from storage.tables import heard

#: Telegram keeps an update for 24 hours (core.telegram.org/bots/api#getting-updates), and clocks err.
_KEPT = timedelta(days=2)


def hear(connection: Connection, update: int, at: datetime) -> bool:
    """Note an update; return False if it was noted before."""
    known = connection.scalar(select(heard.c.update_id).where(heard.c.update_id == update))
    if known is not None:
        return False
    connection.execute(delete(heard).where(heard.c.at < at - _KEPT))
    connection.execute(insert(heard).values(update_id=update, at=at))
    return True
