"""Feeds: what is polled, when next, and how it has been doing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, or_, select, update

from bot.model import Feed, Validators
from bot.ports import FeedHealth
from storage.tables import articles, feeds
from storage.upsert import upsert

#: A time further ahead than this was written under a wrong clock: a feed waits at most a day, so one hour
#: of grace. It counts as past.
_CLOCK_JUMPED = timedelta(hours=25)


def declare(connection: Connection, declared: Sequence[Feed]) -> None:
    """Make these the feeds that are polled, in this order; what is known about them stays."""
    connection.execute(update(feeds).values(declared=False))
    for position, feed in enumerate(declared):
        said = {
            "name": feed.name,
            "position": position,
            "declared": True,
            "language": feed.language,
            "every": feed.every,
        }
        upsert(connection, feeds, {"url": feed.url}, set_=said, once={"failures": 0})


def claim(connection: Connection, *, now: datetime, lease: timedelta, limit: int) -> list[Feed]:
    """Take feeds that are due, longest overdue first."""
    due = (
        select(feeds)
        .where(feeds.c.declared, _is_free(feeds.c.next_at, now), _is_free(feeds.c.lease_until, now))
        .order_by(feeds.c.next_at.asc().nulls_first(), feeds.c.position)
        .limit(limit)
        # PostgreSQL only: a second worker takes other feeds instead of waiting for these.
        .with_for_update(skip_locked=True)
    )
    taken = [_feed(row) for row in connection.execute(due).mappings()]
    mine = feeds.c.url.in_([feed.url for feed in taken])
    connection.execute(update(feeds).where(mine).values(lease_until=now + lease))
    return taken


def _is_free(until: ColumnElement[Any], now: datetime) -> ColumnElement[bool]:
    return or_(until.is_(None), until <= now, until > now + _CLOCK_JUMPED)


def polled(
    connection: Connection, feed: Feed, *, at: datetime, next_at: datetime, failure: str | None
) -> None:
    """Store what a poll found out; ends the lease. No effect on a feed nobody ever declared."""
    found = {
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "digest": feed.digest,
        "failures": feed.failures,
        "recorded_at": feed.recorded_at,
        "unconditional_at": feed.unconditional_at,
        "polled_at": at,
        "next_at": next_at,
        "lease_until": None,
        "failure": failure,
    }
    connection.execute(update(feeds).where(feeds.c.url == feed.url).values(**found))


def recorded(connection: Connection, feed: Feed, *, at: datetime, next_at: datetime) -> None:
    """Store what a poll found out whose entries are all recorded."""
    polled(connection, feed, at=at, next_at=next_at, failure=None)


def health(connection: Connection) -> list[FeedHealth]:
    """Return every declared feed with its health, in the order of declaration."""
    stored = select(func.count()).where(articles.c.feed_url == feeds.c.url).scalar_subquery()
    query = select(feeds, stored.label("articles")).where(feeds.c.declared).order_by(feeds.c.position)
    return [
        FeedHealth(
            feed=_feed(row),
            next_at=row["next_at"],
            polled_at=row["polled_at"],
            failure=row["failure"],
            articles=row["articles"],
        )
        for row in connection.execute(query).mappings()
    ]


def _feed(row: RowMapping) -> Feed:
    return Feed(
        url=row["url"],
        name=row["name"],
        language=row["language"],
        every=row["every"],
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"]),
        digest=row["digest"],
        failures=row["failures"],
        recorded_at=row["recorded_at"],
        unconditional_at=row["unconditional_at"],
    )
