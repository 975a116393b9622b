"""What a person corrects: two events become one, or an article leaves its event.

Each runs as plain code inside one transaction of the archive, beside a running service or not: events, posts
and the person's word are kept together, and whoever delivers sends what that changes in the channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.plan import Places, merged, parted, stays_quiet
from bot.errors import OperatorError
from bot.model import ArticleId, Correction, Event, Kind, Post, Story
from bot.muting import carry_over
from bot.ports import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What a correction did."""

    #: The event that both articles belong to now, or the one that the article has of its own.
    event: Event
    posts: tuple[Post, ...]


def merge(
    story: Story, one: ArticleId, other: ArticleId, record: Record, places: Places, *, at: datetime
) -> Corrected:
    """Make one event of those of two articles: the later event joins the earlier one.

    Raises:
        OperatorError: they are in one event already.
    """
    corrected = unite(story, one, other, record, places, at=at)
    label(story, one, other, record, same=True, at=at)
    return corrected


def unite(
    story: Story, one: ArticleId, other: ArticleId, record: Record, places: Places, *, at: datetime
) -> Corrected:
    """Do what `merge` does where no person said so.

    Raises:
        OperatorError: they are in one event already.
    """
    first, second = record.event(one, story.name), record.event(other, story.name)
    if first.id == second.id:
        raise OperatorError(f"articles {one} and {other} are in one event already: nothing to merge")
    stays, goes = (first, second) if first.id < second.id else (second, first)
    carry_over(stays, goes, story.channels, record)
    event = record.merge(stays.id, goes.id, of=one if stays is first else other)
    posts: list[Post] = []
    for channel in story.channels:
        place = places.of(channel, story, record, now=at)
        absorbed = replace(goes, members=()), record.shown(channel, goes.id)
        planned = merged(event, record.shown(channel, event.id), absorbed, place)
        record.posts(planned, at=at)
        posts += planned
    return Corrected(event=event, posts=tuple(posts))


def split(
    story: Story,
    article: ArticleId,
    record: Record,
    places: Places,
    *,
    at: datetime,
    others: Sequence[ArticleId] = (),
) -> Corrected:
    """Give an article an event of its own; what else was in its event stays there, its copies included.

    Args:
        story: that has the event.
        article: its number.
        record: the transaction.
        places: the channels as the posts of stories find them.
        at: the time, aware.
        others: what leaves with it, as far as it is in the same event.

    Raises:
        OperatorError: nothing else is in its event.
    """
    event = record.event(article, story.name)
    page = _page(event, article)
    page += [m.id for m in event.members if m.id in others and m.id not in page]
    if len(page) == len(event.members):
        raise OperatorError(f"article {article} is alone in its event: nothing to split it from")
    left, own = record.split(event.id, page)
    named = next(member.of for member in event.members if member.id == article)
    staying = [member.id for member in left.members]
    label(story, article, named if named in staying else staying[0], record, same=False, at=at)
    posts: list[Post] = []
    for channel in story.channels:
        place = places.of(channel, story, record, now=at)
        shown = record.shown(channel, left.id)
        planned = parted(left, own, shown, place)
        record.posts(planned, at=at)
        posts += planned
        if stays_quiet(own, shown):
            record.hush(channel, own.id)
    return Corrected(event=own, posts=tuple(posts))


def _page(event: Event, article: ArticleId) -> list[ArticleId]:
    """Return an article and what is the same page as it: its later versions, other feeds' pointers to it."""
    page = [article]
    page += [m.id for m in event.members if m.role == Kind.SAME and m.of in page and m.id not in page]
    return page


def label(
    story: Story, one: ArticleId, other: ArticleId, record: Record, *, same: bool, at: datetime
) -> None:
    """Keep what a person said of two articles, for `why` and for `tune`."""
    earlier, later = sorted((one, other))
    record.correct(Correction(story=story.name, earlier=earlier, later=later, same=same, at=at))
