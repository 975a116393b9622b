"""What a story told: its events as they began, and those to which something was added."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select

from bot.core.admit import UNFOLLOWED
from bot.model import ArticleId, Event, EventId
from storage.events import events_numbered
from storage.tables import articles, verdicts

#: Of one story the latest verdicts that are looked through for events that grew: more happened since than
#: anybody would read.
_LOOKED_THROUGH = 5_000

_earlier, _news = verdicts.alias("earlier"), verdicts.alias("news")
_begins = ~(
    select(_earlier.c.id)
    .where(_earlier.c.event_id == verdicts.c.event_id, _earlier.c.article_id < verdicts.c.article_id)
    .exists()
)


def told(
    connection: Connection,
    story: str,
    *,
    since: datetime,
    until: datetime | None,
    before: EventId | None,
    limit: int,
) -> list[Event]:
    """Return the events that a story told of and that began last in a period, the earliest first.

    A walk backwards along the story's index of verdicts, which ends with the last event that is asked for.
    """
    first = _seen_first(connection, since)
    if first is None:
        return []
    is_news = (
        select(_news.c.id).where(_news.c.event_id == verdicts.c.event_id, _is_told(_news.c.quiet)).exists()
    )
    query = (
        select(verdicts.c.event_id)
        .where(verdicts.c.story == story, verdicts.c.article_id >= first, _begins, is_news)
        .order_by(verdicts.c.article_id.desc())
        .limit(limit)
    )
    end = None if until is None else _seen_first(connection, until)
    if end is not None:
        query = query.where(verdicts.c.article_id < end)
    if before is not None:
        begun = select(func.min(verdicts.c.article_id)).where(verdicts.c.event_id == before)
        query = query.where(verdicts.c.article_id < connection.scalar(begun))
    numbers = list(connection.scalars(query))
    return events_numbered(connection, [EventId(number) for number in reversed(numbers)])


def grown(connection: Connection, story: str, *, since: datetime, limit: int) -> list[Event]:
    """Return the events to which news or a repeat of news was added since a time, the last added to first."""
    first = _seen_first(connection, since)
    if first is None:
        return []
    added = (
        select(verdicts.c.event_id, verdicts.c.article_id)
        .where(verdicts.c.story == story, verdicts.c.article_id >= first, _is_told(verdicts.c.quiet))
        .order_by(verdicts.c.article_id.desc())
        .limit(_LOOKED_THROUGH)
        .subquery()
    )
    last = func.max(added.c.article_id)
    query = select(added.c.event_id).group_by(added.c.event_id).order_by(last.desc()).limit(limit)
    numbers = [EventId(number) for number in connection.scalars(query)]
    return events_numbered(connection, numbers)


def _is_told(quiet: ColumnElement[str]) -> ColumnElement[bool]:
    """Tell news, and what would have been if the story had been followed, from what was recorded quietly."""
    return or_(quiet.is_(None), quiet == UNFOLLOWED)


def _seen_first(connection: Connection, since: datetime) -> ArticleId | None:
    """Return the first article that was seen from a time on: articles are numbered as they are seen."""
    query = (
        select(articles.c.id)
        .where(articles.c.seen_at >= since)
        .order_by(articles.c.seen_at, articles.c.id)
        .limit(1)
    )
    number: int | None = connection.scalar(query)
    return None if number is None else ArticleId(number)
