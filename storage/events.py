"""Events as they are read back: an event with its articles."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, select

from bot.model import Event, EventId, Member
from storage.articles import article_of
from storage.tables import articles, events, verdicts


def event_numbered(connection: Connection, number: EventId) -> Event:
    """Return an event with its members, in the order they were recorded."""
    (event,) = events_numbered(connection, [number])
    return event


def events_numbered(connection: Connection, numbers: Sequence[EventId]) -> list[Event]:
    """Return events, in the order of the numbers, each with its members in the order they were recorded."""
    judged = ("event_id", "role", "of_article", "quiet", "corrected_role", "corrected_of")
    query = (
        select(articles, *(verdicts.c[name] for name in judged))
        .join(verdicts, verdicts.c.article_id == articles.c.id)
        .where(verdicts.c.event_id.in_(numbers))
        .order_by(verdicts.c.id)
    )
    members: dict[int, list[Member]] = {number: [] for number in numbers}
    for row in connection.execute(query).mappings():
        members[row["event_id"]].append(_member(row))
    rows = connection.execute(select(events).where(events.c.id.in_(numbers)))
    known = {row.id: row for row in rows}
    return [
        Event(
            id=number,
            story=known[number].story,
            happening=known[number].happening,
            members=tuple(members[number]),
        )
        for number in numbers
    ]


def _member(row: RowMapping) -> Member:
    kept = row["corrected_role"] is None
    return Member(
        id=row["id"],
        article=article_of(row),
        role=row["role"] if kept else row["corrected_role"],
        quiet=row["quiet"] is not None,
        of=row["of_article"] if kept else row["corrected_of"],
    )
