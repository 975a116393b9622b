"""Meanings: what an encoder made of the headlines of reports."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from bot.model import ArticleId, EventId, Meaning
from storage.tables import articles, meanings, verdicts
from storage.upsert import upsert


def latest(connection: Connection, story: str, *, since: datetime, limit: int) -> list[Meaning]:
    """Return what the reports of a story mean of which that is known, those recorded last first."""
    role = func.coalesce(verdicts.c.corrected_role, verdicts.c.role)
    query = (
        select(verdicts.c.event_id, articles.c.language, meanings.c.vector)
        .join(articles, articles.c.id == verdicts.c.article_id)
        .join(meanings, meanings.c.article_id == verdicts.c.article_id)
        .where(verdicts.c.story == story, articles.c.seen_at >= since)
        .where(role.in_(("new", "related", "update")))
        .order_by(verdicts.c.article_id.desc())
        .limit(limit)
    )
    return [
        Meaning(event=EventId(event), language=language, vector=vector)
        for event, language, vector in connection.execute(query)
    ]


def keep(connection: Connection, article: ArticleId, vector: bytes) -> None:
    """Keep what an article's headline means, unless that is known: another story may have asked as well."""
    upsert(connection, meanings, {"article_id": article}, set_={}, once={"vector": vector})


def prune(connection: Connection, before: datetime) -> None:
    """Forget what headlines seen before a time mean: they are in no window any more."""
    old = select(articles.c.id).where(articles.c.id == meanings.c.article_id, articles.c.seen_at < before)
    connection.execute(delete(meanings).where(old.exists()))
