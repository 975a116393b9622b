"""Articles: every version of every entry, matched or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    RowMapping,
    bindparam,
    false,
    insert,
    literal,
    or_,
    select,
    tuple_,
)

from bot.model import Article, ArticleId, Listed
from storage.tables import articles

#: Articles asked for in one query; three values each, far below what either database takes (32,766).
_CHUNK = 500
#: Longer numbers than this do not fit the 64 bits of an article's.
_LONGEST_NUMBER = 18

_FIELDS = tuple(field.name for field in fields(Article))
_LISTED = tuple(field.name for field in fields(Listed))
_ADD = insert(articles).returning(articles.c.id, sort_by_parameter_order=True)
_TRACES = (articles.c.id, articles.c.feed_url, *(articles.c[name] for name in _LISTED))
# Three lists instead of a list of triples: both databases answer it from the unique index. What fits by
# chance, a key with another's fingerprint, the caller has not listed.
_STORED = select(articles.c.feed_url, articles.c.key, articles.c.fingerprint).where(
    articles.c.feed_url.in_(bindparam("feed_urls", expanding=True)),
    articles.c.key.in_(bindparam("keys", expanding=True)),
    articles.c.fingerprint.in_(bindparam("fingerprints", expanding=True)),
)
_WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)
#: By key, by address, by text. One query each: with OR and the feed's address beside it a database may read
#: all of the feed.
_LISTED_BY = (
    select(*_TRACES).where(articles.c.feed_url == bindparam("feed_url"), articles.c.key.in_(_WANTED)),
    select(*_TRACES).where(articles.c.address.in_(_WANTED)),
    select(*_TRACES).where(articles.c.fingerprint.in_(_WANTED)),
)


def unseen(connection: Connection, listed: Sequence[Article]) -> list[Article]:
    """Return, in order, those whose (feed, key, fingerprint) is neither stored nor listed before."""
    fresh: dict[tuple[str, str, str], Article] = {}
    for article in listed:
        fresh.setdefault((article.feed_url, article.key, article.fingerprint), article)
    identities = list(fresh)
    for start in range(0, len(identities), _CHUNK):
        for stored in _stored_among(connection, identities[start : start + _CHUNK]):
            fresh.pop(stored, None)
    return list(fresh.values())


def _stored_among(
    connection: Connection, identities: Sequence[tuple[str, str, str]]
) -> list[tuple[str, str, str]]:
    feed_urls, keys, fingerprints = (list(set(values)) for values in zip(*identities, strict=True))
    asked = {"feed_urls": feed_urls, "keys": keys, "fingerprints": fingerprints}
    return [(row[0], row[1], row[2]) for row in connection.execute(_STORED, asked)]


def listed(connection: Connection, asked: Sequence[Article]) -> list[Listed]:
    """Return what one feed listed before under the key, the address or with the text of one of these."""
    found: dict[int, Listed] = {}
    for start in range(0, len(asked), _CHUNK):
        chunk = asked[start : start + _CHUNK]
        feed_url = chunk[0].feed_url
        values = (
            {a.key for a in chunk},
            {a.address for a in chunk if a.address},
            {a.fingerprint for a in chunk if a.title},
        )
        for query, wanted in zip(_LISTED_BY, values, strict=True):
            found |= {
                row.id: Listed(**{name: getattr(row, name) for name in _LISTED})
                for row in connection.execute(query, {"feed_url": feed_url, "wanted": list(wanted)})
                if row.feed_url == feed_url
            }
    return [found[number] for number in sorted(found)]


def add(connection: Connection, new: Sequence[Article]) -> list[ArticleId]:
    """Store articles in order; a version that is stored already raises IntegrityError."""
    if not new:
        return []
    values = [{name: getattr(article, name) for name in _FIELDS} for article in new]
    return [ArticleId(number) for number in connection.scalars(_ADD, values)]


def find(connection: Connection, reference: str) -> list[Article]:
    """Return stored versions of an article, newest first."""
    query = select(articles).where(refers(reference)).order_by(articles.c.id.desc())
    return [article_of(row) for row in connection.execute(query).mappings()]


def seen(
    connection: Connection, *, since: datetime, until: datetime, before: ArticleId | None, limit: int
) -> list[tuple[ArticleId, Article]]:
    """Return articles, those seen last first, of the same moment those recorded last."""
    at, number = articles.c.seen_at, articles.c.id
    query = select(articles).where(at >= since, at <= until).order_by(at.desc(), number.desc()).limit(limit)
    if before is not None:
        last = tuple_(literal(until, at.type), literal(before, number.type))
        query = query.where(tuple_(at, number) < last)
    rows = connection.execute(query).mappings()
    return [(ArticleId(row["id"]), article_of(row)) for row in rows]


def stored(
    connection: Connection, *, since: datetime, after: ArticleId | None, limit: int
) -> list[tuple[ArticleId, Article]]:
    """Return a page of the articles seen from a time on, in the order they were recorded.

    Where the first page begins, the index of times tells: articles are numbered as they are seen.
    """
    number = articles.c.id
    if after is None:
        begins = select(number).where(articles.c.seen_at >= since).order_by(articles.c.seen_at, number)
        query = select(articles).where(number >= begins.limit(1).scalar_subquery())
    else:
        query = select(articles).where(number > after)
    page = query.where(articles.c.seen_at >= since).order_by(number).limit(limit)
    return [(ArticleId(row["id"]), article_of(row)) for row in connection.execute(page).mappings()]


def heard(connection: Connection, feed_urls: Sequence[str], before: datetime) -> set[str]:
    """Return which of these feeds listed something before a time."""
    # One query each: it ends at the first row that it finds.
    older = select(articles.c.id).where(
        articles.c.feed_url == bindparam("feed_url"), articles.c.seen_at < before
    )
    asked = older.limit(1)
    return {url for url in feed_urls if connection.scalar(asked, {"feed_url": url}) is not None}


def by_number(connection: Connection, numbers: Sequence[int]) -> dict[int, Article]:
    """Return the articles with these numbers."""
    query = select(articles).where(articles.c.id.in_(numbers))
    return {row["id"]: article_of(row) for row in connection.execute(query).mappings()}


def refers(reference: str) -> ColumnElement[bool]:
    """Say which articles a link, a canonical address, a feed's own id or a number means."""
    if not reference:
        return false()  # articles without a link have an empty one
    named: list[ColumnElement[bool]] = [
        column == reference for column in (articles.c.link, articles.c.address, articles.c.key)
    ]
    if reference.isascii() and reference.isdigit() and len(reference) <= _LONGEST_NUMBER:
        named.append(articles.c.id == int(reference))
    return or_(*named)


def article_of(row: RowMapping) -> Article:
    """Read an article from a row that holds its columns, and perhaps others."""
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    return Article(**values)
