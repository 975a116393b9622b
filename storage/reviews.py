"""Reviews: verdicts that people are asked about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, select, update

from bot.model import EventId, Review, ReviewId, Ruling
from storage.statements import run
from storage.tables import reviews

_is_open = reviews.c.answer.is_(None)
_HOLDS = """
SELECT EXISTS (
    SELECT 1 FROM verdicts JOIN reviews
    ON reviews.story = verdicts.story AND reviews.article_id = verdicts.article_id
    WHERE verdicts.event_id = :event AND reviews.answer IS NULL
)
"""


def add(connection: Connection, review: Review) -> ReviewId:
    """Keep what people are to be asked, and return its number."""
    row = {
        "story": review.story,
        "article_id": review.article,
        "nearest": review.nearest,
        "chance": review.chance,
        "asked_at": review.asked_at,
        "until": review.until,
        "otherwise": review.otherwise.value,
    }
    number: int = connection.execute(insert(reviews).values(row).returning(reviews.c.id)).scalar_one()
    return ReviewId(number)


def holds(connection: Connection, event: EventId) -> bool:
    """Tell whether people were asked about an article of the event and did not answer yet."""
    return bool(run(connection, _HOLDS, event=event).scalar())


def told(connection: Connection, number: ReviewId, at: datetime) -> None:
    """Note that the administrators were told of a review."""
    connection.execute(update(reviews).where(reviews.c.id == number).values(told_at=at))


def answer(
    connection: Connection, number: ReviewId, said: Ruling, *, at: datetime, person: int | None
) -> Review | None:
    """Close a review with a person's answer; None if it was closed already or its time is over."""
    open_ = and_(_is_open, reviews.c.until > at)
    values = {"answer": said.value, "answered_at": at, "person": person}
    return _closed(connection, number, open_, values)


def lapse(connection: Connection, number: ReviewId, at: datetime) -> Review | None:
    """Close a review that nobody answered in time; None if it was closed already or its time is not over."""
    over = and_(_is_open, reviews.c.until <= at)
    return _closed(connection, number, over, {"answer": reviews.c.otherwise, "answered_at": at})


def every(connection: Connection, *, closed: bool) -> list[Review]:
    """Return what people were asked, oldest first."""
    query = select(reviews).order_by(reviews.c.id)
    rows = connection.execute(query if closed else query.where(_is_open))
    return [_review(row) for row in rows]


def _closed(connection: Connection, number: ReviewId, if_: Any, values: dict[str, Any]) -> Review | None:
    """Change a row if a condition holds: of two who try at once one finds that it does not any more."""
    change = update(reviews).where(reviews.c.id == number, if_).values(values).returning(reviews)
    row = connection.execute(change).one_or_none()
    return None if row is None else _review(row)


def _review(row: Row[Any]) -> Review:
    return Review(
        id=row.id,
        story=row.story,
        article=row.article_id,
        nearest=row.nearest,
        chance=row.chance,
        asked_at=row.asked_at,
        until=row.until,
        otherwise=Ruling(row.otherwise),
        told_at=row.told_at,
        answer=None if row.answer is None else Ruling(row.answer),
        answered_at=row.answered_at,
        person=row.person,
    )
