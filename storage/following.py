"""Since when stories are followed, and when people last looked at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from bot.model import ArticleId
from storage.candidates import keep_others_waiting
from storage.tables import followed, looks, verdicts
from storage.upsert import upsert


def since(connection: Connection) -> dict[str, datetime]:
    """Return the stories that are followed, and since when."""
    return {row.story: row.since for row in connection.execute(select(followed))}


def follow(connection: Connection, story: str, at: datetime) -> bool:
    """Begin to follow a story; return False if it is followed already."""
    keep_others_waiting(connection, story)
    if connection.scalar(select(followed.c.since).where(followed.c.story == story)) is not None:
        return False
    connection.execute(insert(followed).values(story=story, since=at))
    return True


def unjudged(connection: Connection, story: str, numbers: Sequence[ArticleId]) -> list[ArticleId]:
    """Return the articles that a story never judged; on PostgreSQL, keep other judges of it waiting."""
    keep_others_waiting(connection, story)
    query = select(verdicts.c.article_id).where(verdicts.c.story == story, verdicts.c.article_id.in_(numbers))
    judged = set(connection.scalars(query))
    return [number for number in numbers if number not in judged]


def looked(connection: Connection, person: int, story: str, at: datetime) -> datetime | None:
    """Note that a person looked; return when that was before, None if never."""
    key = {"person": person, "story": story}
    before: datetime | None = connection.scalar(
        select(looks.c.at).where(looks.c.person == person, looks.c.story == story)
    )
    upsert(connection, looks, key, set_={"at": at})
    return before


def looks_of(connection: Connection, person: int) -> dict[str, datetime]:
    """Return when a person last looked at each story."""
    return {row.story: row.at for row in connection.execute(select(looks).where(looks.c.person == person))}
