"""Corrections: what people said against what had been decided, and the events that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, func, insert, select, update

from bot.model import ArticleId, Correction, Event, EventId, Kind
from storage import happenings, outbox
from storage.candidates import keep_others_waiting
from storage.events import event_numbered
from storage.tables import corrections, verdicts
from storage.verdicts import begin, event_of


def event(connection: Connection, article: ArticleId, story: str) -> Event:
    """Return the event an article belongs to.

    On PostgreSQL this takes the story's advisory lock, as judging does: nobody joins an event meanwhile.
    """
    keep_others_waiting(connection, story)
    return event_numbered(connection, event_of(connection, article, story))


def merge(connection: Connection, into: EventId, gone: EventId, *, of: ArticleId) -> Event:
    """Let all articles of one event join another, and let one card of each channel stand for both."""
    first = select(func.min(verdicts.c.id)).where(verdicts.c.event_id == gone).scalar_subquery()
    copy = {"corrected_role": Kind.COPY.value, "corrected_of": of}
    connection.execute(update(verdicts).where(verdicts.c.id == first).values(**copy))
    connection.execute(update(verdicts).where(verdicts.c.event_id == gone).values(event_id=into))
    happenings.join(connection, into, [happenings.of_event(connection, gone)])
    outbox.merge(connection, into, gone)
    return event_numbered(connection, into)


def split(connection: Connection, left: EventId, articles: Sequence[ArticleId]) -> tuple[Event, Event]:
    """Let articles leave an event and begin one of their own, in which the first counts as new."""
    own = begin(connection, event_numbered(connection, left).story)
    moved = (verdicts.c.event_id == left, verdicts.c.article_id.in_(articles))
    connection.execute(update(verdicts).where(*moved).values(event_id=own))
    first = (verdicts.c.event_id == own, verdicts.c.article_id == articles[0])
    connection.execute(update(verdicts).where(*first).values(corrected_role="new", corrected_of=None))
    return event_numbered(connection, left), event_numbered(connection, own)


def add(connection: Connection, correction: Correction) -> None:
    """Keep what a person said."""
    connection.execute(insert(corrections).values(asdict(correction)))


def every(connection: Connection) -> list[Correction]:
    """Return what people corrected, oldest first."""
    rows = connection.execute(select(corrections).order_by(corrections.c.id))
    return [
        Correction(story=row.story, earlier=row.earlier, later=row.later, same=row.same, at=row.at)
        for row in rows
    ]
