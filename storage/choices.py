"""What people chose by commands, and the log of who changed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from bot.model import LONGEST_SAID, Change, Choice, Deed
from storage import tables
from storage.upsert import upsert

_audit = tables.audit


def every(connection: Connection) -> list[Choice]:
    """Return what was chosen, in the order in which it was chosen last."""
    of = tables.choices.c
    rows = connection.execute(select(tables.choices).order_by(of.at, of.kind, of.name))
    return [Choice(kind=row.kind, name=row.name, value=row.value, at=row.at) for row in rows]


def choose(
    connection: Connection, kind: str, name: str, value: Mapping[str, Any] | None, at: datetime
) -> Mapping[str, Any] | None:
    """Choose a table of the configuration, or take it back (None); return what was chosen before."""
    of = tables.choices.c
    is_it = (of.kind == kind, of.name == name)
    before: Mapping[str, Any] | None = connection.scalar(select(of.value).where(*is_it))
    if value is None:
        connection.execute(delete(tables.choices).where(*is_it))
    else:
        key, set_ = {"kind": kind, "name": name}, {"value": dict(value), "at": at}
        upsert(connection, tables.choices, key, set_=set_)
    return before


def note(connection: Connection, deed: Deed) -> int:
    """Keep what a person changed and return its number."""
    row = {
        "at": deed.at,
        "person": deed.person,
        "chat": deed.chat,
        "said": _storable(deed.said)[:LONGEST_SAID],
        "outcome": _storable(deed.outcome),
        "undo": None if deed.undo is None else [asdict(change) for change in deed.undo],
        "undone_at": deed.undone_at,
    }
    (number,) = connection.execute(insert(_audit).values(row).returning(_audit.c.id)).one()
    return int(number)


def _storable(text: str) -> str:
    """Return what PostgreSQL takes as well: it knows no NUL, and UTF-8 no half of a pair."""
    return text.replace("\0", " ").encode(errors="replace").decode()


def deeds(connection: Connection, *, since: int) -> list[Deed]:
    """Return what was noted from a number on, in that order."""
    return _deeds(connection, select(_audit).where(_audit.c.id >= since).order_by(_audit.c.id))


def latest(connection: Connection, limit: int, person: int | None) -> list[Deed]:
    """Return what people changed, the latest first; of one of them, or of all (None)."""
    query = select(_audit).order_by(_audit.c.id.desc()).limit(limit)
    return _deeds(connection, query if person is None else query.where(_audit.c.person == person))


def undone(connection: Connection, number: int, at: datetime) -> None:
    """Note that a deed was undone."""
    connection.execute(update(_audit).where(_audit.c.id == number).values(undone_at=at))


def _deeds(connection: Connection, query: Select[Any]) -> list[Deed]:
    return [_deed(row) for row in connection.execute(query)]


def _deed(row: Row[Any]) -> Deed:
    return Deed(
        at=row.at,
        person=row.person,
        chat=row.chat,
        said=row.said,
        outcome=row.outcome,
        undo=None if row.undo is None else _changes(row.undo),
        undone_at=row.undone_at,
        number=row.id,
    )


def _changes(rows: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    return tuple(Change(kind=row["kind"], name=row["name"], value=row["value"]) for row in rows)
