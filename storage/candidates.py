"""Candidates: which stored articles a new one may repeat, looked up by the keys of `bot.core.keys`.

A look-up is two statements. The first brings, of each key, the newest few articles: one short backwards walk
along the primary key of `match_keys`, because articles are numbered in the order in which they are seen. The
second brings the articles that share most. Neither reads more rows when more are stored.

Both go to the driver as they stand here, and their rows become articles by hand: the rest costs so little
that compiling statements and converting columns one by one would double it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, delete, select

from bot.core.keys import PER_KEY, nearest, span_of
from bot.model import Article, ArticleId, EventId, Stored
from storage.tables import articles, match_keys, microseconds, moment

# The window begins with its first article or with the one after the last before it, whichever number is
# smaller: the two differ where a clock was set, and then rather too much is looked at than too little. What
# was seen before the window all the same is left out in the end.
#
# SQLite has neither arrays nor LATERAL: lists go in as JSON and come out as text.
_NEWEST_SQLITE = """
SELECT wanted.value, (SELECT group_concat(article_id) FROM (
    SELECT article_id FROM match_keys WHERE key = wanted.value AND article_id >= (SELECT min(
        (SELECT id FROM articles WHERE seen_at >= ?2 ORDER BY seen_at, id LIMIT 1),
        coalesce((SELECT id + 1 FROM articles WHERE seen_at < ?2 ORDER BY seen_at DESC, id DESC LIMIT 1), 0)))
    ORDER BY article_id DESC LIMIT ?3))
FROM json_each(?1) AS wanted
"""
_NEWEST_POSTGRES = """
SELECT wanted.value, ARRAY(
    SELECT article_id FROM match_keys WHERE key = wanted.value AND article_id >= (SELECT least(
        coalesce((SELECT id FROM articles WHERE seen_at >= %(since)s ORDER BY seen_at, id LIMIT 1), 2 ^ 62),
        coalesce((SELECT id + 1 FROM articles WHERE seen_at < %(since)s ORDER BY seen_at DESC LIMIT 1), 0)))
    ORDER BY article_id DESC LIMIT %(most)s)
FROM unnest(%(wanted)s::int[]) AS wanted (value)
"""
_BY_NUMBER_SQLITE = """
SELECT articles.id, event_id, feed_url, articles.key, fingerprint, link, address, title, summary, body,
    outlet, language, dated, published, seen_at
FROM json_each(?1) AS wanted CROSS JOIN articles ON articles.id = wanted.value
CROSS JOIN verdicts ON article_id = articles.id AND story = ?2 WHERE seen_at >= ?3
"""
_BY_NUMBER_POSTGRES = """
SELECT articles.id, event_id, feed_url, key, fingerprint, link, address, title, summary, body,
    outlet, language, dated, published, seen_at
FROM articles JOIN verdicts ON article_id = articles.id AND story = %(story)s
WHERE articles.id = ANY(%(near)s::bigint[]) AND seen_at >= %(since)s
"""
_ONE_JUDGE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_KEEP_SQLITE = "INSERT INTO match_keys (key, article_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
_KEEP_POSTGRES = """
INSERT INTO match_keys (key, article_id) SELECT * FROM unnest(%s::int[], %s::bigint[]) ON CONFLICT DO NOTHING
"""


def candidates(
    connection: Connection, story: str, keys: Sequence[int], *, since: datetime, limit: int
) -> list[Stored]:
    """Return articles of the story that share keys, the nearest first.

    On PostgreSQL this takes the story's advisory lock until the end of the transaction: who judges after
    another sees what the other recorded, so no two workers call one event new. SQLite has one writer.
    """
    find = _in_postgres if connection.dialect.name == "postgresql" else _in_sqlite
    return find(connection, story, keys, microseconds(since), limit)


def keep_others_waiting(connection: Connection, story: str) -> None:
    """Take the story's lock until the end of the transaction, on PostgreSQL; SQLite has one writer anyhow."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_ONE_JUDGE, (story,))


def keep_channel(connection: Connection, channel: str) -> None:
    """Keep others from planning for a channel and from handing over its posts, on PostgreSQL, as above."""
    keep_others_waiting(connection, f"channel {channel}")


def keep(connection: Connection, article: ArticleId, keys: Sequence[int]) -> None:
    """Keep the keys under which an article is to be found; those of another story may be the same number."""
    keep_many(connection, [(key, article) for key in sorted(set(keys))])


def keep_many(connection: Connection, rows: Sequence[tuple[int, int]]) -> None:
    """Keep keys, each with the number of its article."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        columns = tuple(map(list, zip(*rows, strict=True)))
        connection.exec_driver_sql(_KEEP_POSTGRES, columns)
    else:
        connection.exec_driver_sql(_KEEP_SQLITE, list(rows))


def prune(connection: Connection, before: datetime, *, part: int, parts: int) -> None:
    """Drop keys of articles that were seen before a time, from one of many equal parts of the index.

    The index is in the order of its keys, so what is old in it lies everywhere; a part is read in full.
    """
    low, high = span_of(part, parts)
    old = select(articles.c.id).where(articles.c.id == match_keys.c.article_id, articles.c.seen_at < before)
    # The last article from before that time has the greatest number of them, unless a clock was set.
    last = (
        select(articles.c.id).where(articles.c.seen_at < before).order_by(articles.c.seen_at.desc()).limit(1)
    )
    connection.execute(
        delete(match_keys).where(
            match_keys.c.key.between(low, high),
            match_keys.c.article_id <= last.scalar_subquery(),
            old.exists(),
        )
    )


def _in_sqlite(
    connection: Connection, story: str, keys: Sequence[int], since: int, limit: int
) -> list[Stored]:
    wanted = (json.dumps(list(keys)), since, PER_KEY)
    rows = connection.exec_driver_sql(_NEWEST_SQLITE, wanted).fetchall()
    newest = {key: [int(number) for number in found.split(",")] for key, found in rows if found}
    near = nearest(newest, limit)
    return _in_order(near, connection.exec_driver_sql(_BY_NUMBER_SQLITE, (json.dumps(near), story, since)))


def _in_postgres(
    connection: Connection, story: str, keys: Sequence[int], since: int, limit: int
) -> list[Stored]:
    keep_others_waiting(connection, story)
    wanted = {"wanted": list(keys), "since": since, "most": PER_KEY}
    rows = connection.exec_driver_sql(_NEWEST_POSTGRES, wanted).fetchall()
    near = nearest({key: found for key, found in rows if found}, limit)
    asked = {"near": near, "story": story, "since": since}
    return _in_order(near, connection.exec_driver_sql(_BY_NUMBER_POSTGRES, asked))


def _in_order(near: Sequence[int], rows: CursorResult[Any]) -> list[Stored]:
    found = {row[0]: _stored(row) for row in rows.fetchall()}
    return [found[number] for number in near if number in found]


def _stored(row: Sequence[Any]) -> Stored:
    number, event, feed_url, key, fingerprint, link, address, title, summary, body, *rest = row
    outlet, language, dated, published, seen_at = rest
    article = Article(
        feed_url=feed_url,
        key=key,
        fingerprint=fingerprint,
        link=link,
        address=address,
        title=title,
        summary=summary,
        body=body,
        outlet=outlet,
        language=language,
        published=moment(published),
        dated=bool(dated),
        seen_at=moment(seen_at),
    )
    return Stored(id=ArticleId(number), event=EventId(event), article=article)
