"""Events as they are read back: an event with its articles."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, select

from bot.model import Event, EventId, Member
from storage.articles import article_of
from storage.tables import articles, events, verdicts


def event_numbered(connection: Connection, number: EventId) -> Event:
    """Return an event with its members, in the order they were recorded."""
    judged = ("role", "of_article", "quiet", "corrected_role", "corrected_of")
    query = (
        select(articles, *(verdicts.c[name] for name in judged))
        .join(verdicts, verdicts.c.article_id == articles.c.id)
        .where(verdicts.c.event_id == number)
        .order_by(verdicts.c.id)
    )
    members = tuple(_member(row) for row in connection.execute(query).mappings())
    row = connection.execute(select(events).where(events.c.id == number)).one()
    return Event(id=number, story=row.story, happening=row.happening, members=members)


def _member(row: RowMapping) -> Member:
    kept = row["corrected_role"] is None
    return Member(
        id=row["id"],
        article=article_of(row),
        role=row["role"] if kept else row["corrected_role"],
        quiet=row["quiet"] is not None,
        of=row["of_article"] if kept else row["corrected_of"],
    )
