"""Many articles at once, for measuring: a million through the ordinary way would take many minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, func, insert, select

from bot.model import Article
from storage.candidates import keep_many
from storage.tables import articles, events, verdicts

#: As `storage.verdicts` records a New article that matched without words to show.
_NEW: dict[str, object] = {"role": "new", "of_article": None, "evidence": [], "hits": [], "quiet": None}


def load(connection: Connection, story: str, judged: Sequence[tuple[Article, Sequence[int]]]) -> None:
    """Store articles as New ones of a story, each with the keys it is to be found by.

    The tables are left as they would be if each had been recorded by itself, its event included.
    """
    columns = (articles.c.id, events.c.id, verdicts.c.id)
    article, event, verdict = (connection.scalar(select(func.max(column))) or 0 for column in columns)
    numbers = range(1, len(judged) + 1)
    connection.execute(
        insert(articles),
        [{"id": article + n, **asdict(each)} for n, (each, _keys) in zip(numbers, judged, strict=True)],
    )
    connection.execute(
        insert(events), [{"id": event + n, "story": story, "happening": event + n} for n in numbers]
    )
    rows = [{"id": verdict + n, "article_id": article + n, "event_id": event + n} for n in numbers]
    connection.execute(insert(verdicts), [{**row, "story": story, **_NEW} for row in rows])
    keep_many(
        connection,
        [(key, article + n) for n, (_article, keys) in zip(numbers, judged, strict=True) for key in keys],
    )


#: Bytes a row takes beside its text: SQLite's header and number, PostgreSQL's header and line pointer.
_ROW = {"sqlite": 9, "postgresql": 32}
_TITLES = {
    "sqlite": "SELECT count(*), coalesce(sum(length(CAST(title AS BLOB))), 0) FROM articles",
    "postgresql": "SELECT count(*), coalesce(sum(octet_length(title)), 0) FROM articles",
}
_INDEX = {
    "sqlite": "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name = 'match_keys'",
    "postgresql": "SELECT pg_total_relation_size('match_keys')",
}


def sizes(connection: Connection) -> dict[str, int]:
    """Return how many bytes of the disk the articles' titles and the index of candidates take."""
    dialect = connection.dialect.name
    count, titles = connection.exec_driver_sql(_TITLES[dialect]).one()
    index = connection.exec_driver_sql(_INDEX[dialect]).scalar_one()
    return {"titles": int(titles) + count * _ROW[dialect], "index": int(index)}
