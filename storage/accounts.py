"""All that can be told of an article: read for a person who asks why, by numbers and indices only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, or_, select

from bot.model import CARDS, ArticleId, Correction, Decision, EventId
from bot.ports import Account, Asked, Seen, Told
from storage import feeds, outbox
from storage.articles import by_number, refers
from storage.events import event_numbered
from storage.tables import articles, cards, channels, corrections, mutes, posts, reviews
from storage.verdicts import decisions_where


def of(connection: Connection, reference: str, limit: int) -> list[Account]:
    """Return all that is known of an article, of its newest versions only, the newest first."""
    # Sorted here: told to bring the last ones in order, a database may read the table from its end.
    found = connection.scalars(select(articles.c.id).where(refers(reference))).all()
    numbers = sorted(found, reverse=True)[:limit]
    versions = by_number(connection, numbers)
    health = feeds.health_of(connection, list({article.feed_url for article in versions.values()}))
    told = [_told(connection, each) for each in decisions_where(connection, articles.c.id.in_(numbers))]
    return [
        Account(
            id=ArticleId(number),
            article=versions[number],
            feed=health.get(versions[number].feed_url),
            told=tuple(each for each in told if each.decision.article_id == number),
        )
        for number in numbers
    ]


def message(connection: Connection, channel: str, message_id: int) -> Seen | None:
    """Return what a message of a channel tells."""
    post = outbox.shown_as(connection, channel, message_id)
    if post is None:
        return None
    told = select(cards.c.event_id).where(cards.c.post_id == post.id).order_by(cards.c.event_id)
    numbers = connection.scalars(told).all() if post.kind in CARDS else [post.event]
    events = [event_numbered(connection, EventId(number)) for number in numbers]
    events = [event for event in events if event.members]
    return Seen(post=post, events=tuple(events)) if events else None


def _told(connection: Connection, decision: Decision) -> Told:
    said = _corrections(connection, decision)
    asked = _asked(connection, decision)
    both = {number for each in said for number in (each.earlier, each.later)}
    others = {*both, *([asked.nearest] if asked else [])} - {decision.article_id}
    at = select(posts.c.id, posts.c.settled_at).where(posts.c.id.in_([post.id for post in decision.posts]))
    shown = select(cards.c.channel).where(cards.c.event_id == decision.event, cards.c.post_id.is_(None))
    muted = select(mutes.c.channel, mutes.c.at).where(mutes.c.event_id == decision.event)
    names = sorted({post.channel for post in decision.posts})
    rests = select(channels.c.name, channels.c.rests_until).where(channels.c.name.in_(names))
    return Told(
        decision=decision,
        event=event_numbered(connection, decision.event),
        settled={row.id: row.settled_at for row in connection.execute(at) if row.settled_at is not None},
        rests={row.name: row.rests_until for row in connection.execute(rests) if row.rests_until is not None},
        hushed=frozenset(connection.scalars(shown)),
        muted={row.channel: row.at for row in connection.execute(muted)},
        asked=asked,
        corrections=tuple(said),
        others={ArticleId(n): one for n, one in by_number(connection, sorted(others)).items()},
    )


def _corrections(connection: Connection, decision: Decision) -> Sequence[Correction]:
    number = decision.article_id
    query = (
        select(corrections)
        .where(or_(corrections.c.earlier == number, corrections.c.later == number))
        .order_by(corrections.c.id)
    )
    return [
        Correction(story=row.story, earlier=row.earlier, later=row.later, same=row.same, at=row.at)
        for row in connection.execute(query)
        if row.story == decision.story
    ]


def _asked(connection: Connection, decision: Decision) -> Asked | None:
    query = select(reviews).where(
        reviews.c.story == decision.story, reviews.c.article_id == decision.article_id
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Asked(
        nearest=ArticleId(row.nearest),
        chance=row.chance,
        asked_at=row.asked_at,
        until=row.until,
        answer=row.answer,
        answered_at=row.answered_at,
        person=row.person,
    )
