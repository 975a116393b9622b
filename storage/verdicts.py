"""Verdicts: what was decided about an article for a story, and the events they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import (
    LABEL_STYLE_DISAMBIGUATE_ONLY,
    ColumnElement,
    Connection,
    RowMapping,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.errors import StorywireError
from bot.model import (
    ArticleId,
    Decision,
    Duplicate,
    Event,
    EventId,
    Evidence,
    Fold,
    Hit,
    Kind,
    Match,
    Matched,
    New,
    Related,
    Stored,
    Story,
    Update,
    Verdict,
)
from storage import happenings
from storage.articles import article_of, by_number, refers
from storage.candidates import keep
from storage.events import event_numbered
from storage.outbox import posts_of
from storage.tables import articles, events, mutes, reviews, verdicts

#: Of so many times as many articles as are asked for those from before a time are looked for.
LOOKED_THROUGH = 5


def record(
    connection: Connection,
    article: ArticleId,
    match: Match,
    verdict: Verdict,
    *,
    keys: Sequence[int],
    quiet: str | None,
) -> Event:
    """Store what was decided and return the event the article now belongs to."""
    story = match.story.name
    event = _event_for(connection, verdict, match.story)
    if isinstance(verdict, Related) and verdict.joins:
        happenings.join(connection, event, verdict.joins)
    row = {
        "article_id": article,
        "story": story,
        "event_id": event,
        "role": role_of(verdict),
        "of_article": None if isinstance(verdict, New) else verdict.of,
        "evidence": [asdict(evidence) for evidence in verdict.evidence],
        "hits": [asdict(hit) for hit in match.hits],
        "quiet": quiet,
    }
    connection.execute(insert(verdicts).values(row))
    keep(connection, article, keys)
    return event_numbered(connection, event)


def judged(
    connection: Connection, story: str, *, since: datetime, before: ArticleId | None, limit: int
) -> list[Stored]:
    """Return articles that a story judged, those recorded last first."""
    query = (
        select(articles, verdicts.c.event_id)
        .join(verdicts, verdicts.c.article_id == articles.c.id)
        .where(verdicts.c.story == story, articles.c.seen_at >= since)
        .order_by(articles.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(articles.c.id < before)
    return [
        Stored(id=row["id"], event=row["event_id"], article=article_of(row))
        for row in connection.execute(query).mappings()
    ]


def headlines(connection: Connection, story: str, *, before: datetime, limit: int) -> list[str]:
    """Return titles of articles that a story judged before a time, those recorded last first."""
    numbers = (
        select(verdicts.c.article_id)
        .where(verdicts.c.story == story)
        .order_by(verdicts.c.article_id.desc())
        .limit(LOOKED_THROUGH * limit)
        .subquery()
    )
    query = (
        select(articles.c.title)
        .join(numbers, numbers.c.article_id == articles.c.id)
        .where(articles.c.seen_at < before)
        .order_by(articles.c.id.desc())
        .limit(limit)
    )
    return list(connection.scalars(query))


def matched(connection: Connection, since: datetime) -> list[Matched]:
    """Return which articles stories took in, of those seen from a time on."""
    dropped = exists().where(
        reviews.c.story == verdicts.c.story,
        reviews.c.article_id == verdicts.c.article_id,
        reviews.c.answer == "drop",
    )
    muted = exists().where(mutes.c.event_id == verdicts.c.event_id)
    split_off = func.coalesce(verdicts.c.corrected_role, "") == "new"
    query = (
        select(verdicts.c.article_id, verdicts.c.story, or_(split_off, muted, dropped).label("unwanted"))
        .join(articles, articles.c.id == verdicts.c.article_id)
        .where(articles.c.seen_at >= since)
    )
    return [
        Matched(article=row.article_id, story=row.story, unwanted=bool(row.unwanted))
        for row in connection.execute(query)
    ]


def _event_for(connection: Connection, verdict: Verdict, story: Story) -> EventId:
    """Return the event that an article joins or begins."""
    match verdict:
        case New():
            return begin(connection, story.name)
        case Related(of=of) if story.policy.fold is Fold.COPIES:
            earlier = event_of(connection, of, story.name)
            return begin(connection, story.name, happening=happenings.of_event(connection, earlier))
        case _:
            return event_of(connection, verdict.of, story.name)


def begin(connection: Connection, story: str, *, happening: EventId | None = None) -> EventId:
    """Begin an event; without a happening of which another told before it is the first of its own."""
    row = {"story": story, "happening": happening or 0}
    number: int = connection.execute(insert(events).values(row).returning(events.c.id)).scalar_one()
    if happening is None:
        connection.execute(update(events).where(events.c.id == number).values(happening=number))
    return EventId(number)


def event_of(connection: Connection, article: ArticleId, story: str) -> EventId:
    """Return the event of an article.

    Raises:
        StorywireError: the story never judged it.
    """
    judged = select(verdicts.c.event_id).where(verdicts.c.article_id == article, verdicts.c.story == story)
    number: int | None = connection.scalar(judged)
    if number is None:
        raise StorywireError(
            f"article {article} has no verdict in story {story}: nothing can repeat it there"
        )
    return EventId(number)


def decisions(connection: Connection, reference: str) -> list[Decision]:
    """Return what was decided about an article: newest version first, then as judged."""
    return decisions_where(connection, refers(reference))


def decisions_where(connection: Connection, which: ColumnElement[bool]) -> list[Decision]:
    """Return what was decided about some articles, in that order."""
    query = (
        select(articles, verdicts)
        .join(verdicts, verdicts.c.article_id == articles.c.id)
        .where(which)
        .order_by(articles.c.id.desc(), verdicts.c.id)
        .set_label_style(LABEL_STYLE_DISAMBIGUATE_ONLY)
    )
    rows = connection.execute(query).mappings().all()
    earlier = by_number(connection, [row["of_article"] for row in rows if row["of_article"] is not None])
    return [
        Decision(
            article_id=row["article_id"],
            article=article_of(row),
            story=row["story"],
            verdict=_verdict(row),
            hits=tuple(Hit(**hit) for hit in row["hits"]),
            quiet=row["quiet"],
            event=row["event_id"],
            earlier=earlier.get(row["of_article"]),
            posts=posts_of(connection, row["event_id"]),
        )
        for row in rows
    ]


def role_of(verdict: Verdict) -> str:
    """Return what an article is to its event by its verdict."""
    match verdict:
        case New():
            return "new"
        case Duplicate(kind=kind):
            return kind.value
        case Update():
            return "update"
        case Related():
            return "related"


def _verdict(row: RowMapping) -> Verdict:
    evidence = tuple(Evidence(**reason) for reason in row["evidence"])
    match row["role"]:
        case "new":
            return New(evidence=evidence)
        case "update":
            return Update(of=row["of_article"], evidence=evidence)
        case "related":
            return Related(of=row["of_article"], evidence=evidence)
        case kind:
            return Duplicate(of=row["of_article"], kind=Kind(kind), evidence=evidence)
