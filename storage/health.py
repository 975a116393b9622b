"""What the operator looks at: alarms that stand and the last progress of each job."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from storage import tables
from storage.upsert import upsert


def alarm(connection: Connection, key: str, text: str | None, at: datetime) -> bool:
    """Raise (text) or clear (None) an alarm; a new text keeps the time it stands since."""
    if text is None:
        # After each message, and mostly none stands.
        return connection.exec_driver_sql(_clear(connection), {"key": key}).rowcount > 0
    known: str | None = connection.scalar(select(tables.alarms.c.text).where(tables.alarms.c.key == key))
    if text != known:
        upsert(connection, tables.alarms, {"key": key}, set_={"text": text}, once={"since": at})
    return text != known


def _clear(connection: Connection) -> str:
    mark = "%(key)s" if connection.dialect.name == "postgresql" else ":key"
    return f"DELETE FROM alarms WHERE key = {mark}"  # noqa: S608  one of two marks


def alarms(connection: Connection) -> list[tuple[str, str, datetime]]:
    """Return the alarms that stand, as (key, text, since), oldest first."""
    columns = (tables.alarms.c.key, tables.alarms.c.text, tables.alarms.c.since)
    query = select(*columns).order_by(tables.alarms.c.since, tables.alarms.c.key)
    return [(row.key, row.text, row.since) for row in connection.execute(query)]


def beat(connection: Connection, name: str, at: datetime) -> None:
    """Note progress of a job."""
    upsert(connection, tables.beats, {"name": name}, set_={"at": at})


def beats(connection: Connection) -> dict[str, datetime]:
    """Return the last progress of each job."""
    return {row.name: row.at for row in connection.execute(select(tables.beats))}
