"""Verdicts in doubt: people are asked, and what they say or what was to happen without them is done.

An event that begins in doubt is recorded as it was decided, and told nowhere while its review is open: its
copies and updates join it as usual and wait with it. Whoever closes the review first decides, and in the same
transaction that is carried out. A person's "post" and "fold" become labelled pairs; a time-out is none, and
"drop" says nothing of whether two reports are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import assert_never

from bot import corrections, muting
from bot.core.plan import Places
from bot.core.questions import Limits
from bot.core.sheet import Line
from bot.model import (
    Article,
    ArticleId,
    Decision,
    Duplicate,
    Event,
    Kind,
    New,
    Post,
    Review,
    ReviewId,
    Ruling,
    Story,
    Update,
    Verdict,
)
from bot.pipeline import World, tell
from bot.ports import Archive, Record

_OTHERWISE = {
    Ruling.POST: "it is posted",
    Ruling.FOLD: "it is folded into the other",
    Ruling.DROP: "nothing is posted of it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A review that was closed, and what that makes the channels show."""

    review: Review
    posts: tuple[Post, ...] = ()


async def answer(
    number: ReviewId, said: Ruling, archive: Archive, places: Places, *, at: datetime, person: int | None
) -> Answered | None:
    """Close a review with a person's answer, and carry it out.

    Args:
        number: the review's.
        said: what becomes of its article.
        archive: where it is kept.
        places: the channels as the posts of stories find them.
        at: the time, aware.
        person: who answers; None for whoever sits at the terminal.

    Returns:
        None if another answered first, its time is over or there is none of that number.
    """

    def work(record: Record) -> Answered | None:
        review = record.answer(number, said, at=at, person=person)
        return None if review is None else _carried_out(review, record, places, at)

    return await archive.record(work)


async def sweep(world: World) -> list[Answered]:
    """Close what nobody answered in time, and ask about what nobody was asked yet; return what was closed."""
    now, closed = world.clock.now(), list[Answered]()
    for review in await world.archive.reviews():
        if review.until <= now:
            ended = await world.archive.record(partial(_lapsed, review.id, world.knowledge.places, at=now))
            closed += [] if ended is None else [ended]
        elif review.told_at is None:
            await _ask(review, world)
            # Afterwards: who is asked twice after a crash can answer, who is never asked cannot.
            await world.archive.record(partial(_note, review.id, at=now))
    return closed


async def asked(review: Review, archive: Archive, limits: Limits) -> list[Line]:
    """Say what a review is about, as administrators are shown it.

    Args:
        review: one of the archive.
        archive: where it is kept.
        limits: between which people are asked.
    """
    new, old = [await _decision(number, review.story, archive) for number in (review.article, review.nearest)]
    chance = f"{100 * review.chance:.0f} % likely one report"
    if limits.review_from is not None:
        chance += (
            f"; you are asked from {100 * limits.review_from:.0f} % on, and"
            f" from {100 * limits.same:.0f} % on it is folded"
        )
    return [
        Line(text=f"Review {review.id} of {review.story}: news, or told before?", bold=True),
        *_report("", new),
        *_report("nearest: ", old),
        Line(text=chance),
        *(Line(text=reason.says, depth=1, bullet=True) for reason in new.verdict.evidence),
        Line(text=ending(review)),
    ]


def ending(review: Review) -> str:
    """Say how a review ended, or what happens if nobody answers it."""
    if review.answer is None or review.answered_at is None:
        return f"without an answer {_OTHERWISE[review.otherwise]} at {_when(review.until)}"
    if review.lapsed:
        return f"{review.answer.value}: nobody answered until {_when(review.until)}"
    who = "at the terminal" if review.person is None else f"by {review.person}"
    return f"{review.answer.value}: answered {who} at {_when(review.answered_at)}"


# -------------------------------------------------------------------------------------- carrying out


def _note(number: ReviewId, record: Record, *, at: datetime) -> None:
    record.told(number, at=at)


def _lapsed(number: ReviewId, places: Places, record: Record, *, at: datetime) -> Answered | None:
    review = record.lapse(number, at=at)
    return None if review is None else _carried_out(review, record, places, at)


def _carried_out(review: Review, record: Record, places: Places, at: datetime) -> Answered:
    story = places.stories.get(review.story)
    if story is None or review.answer is None:  # nobody follows it any more
        return Answered(review=review)
    if not review.lapsed and review.answer is not Ruling.DROP:
        same = review.answer is Ruling.FOLD
        corrections.label(story, review.article, review.nearest, record, same=same, at=at)
    match review.answer:
        case Ruling.POST:
            posts = _posted(review, story, record, places, at)
        case Ruling.FOLD:
            posts = _folded(review, story, record, places, at)
        case Ruling.DROP:
            posts = _dropped(review, story, record, at)
        case _:
            assert_never(review.answer)
    return Answered(review=review, posts=tuple(posts))


def _posted(review: Review, story: Story, record: Record, places: Places, at: datetime) -> list[Post]:
    """Tell the event where nothing is shown of it, and what it had in the meantime."""
    event = record.event(review.article, story.name)
    posts: list[Post] = []
    for channel in _unheard(event, story, record):
        place = places.of(channel, story, record, now=at)
        for article, verdict in [(_article(review, event), New()), *_updates(event)]:
            posts += tell(event, article, verdict, place, record)
    return posts


def _folded(review: Review, story: Story, record: Record, places: Places, at: datetime) -> list[Post]:
    """Let the event join that of the nearest report, as if it had been taken for a copy of that at once."""
    event = record.event(review.article, story.name)
    if event.id == record.event(review.nearest, story.name).id:  # somebody merged them meanwhile
        return []
    both = corrections.unite(story, review.nearest, review.article, record, places, at=at)
    posts = list(both.posts)
    copy = Duplicate(of=review.nearest, kind=Kind.COPY)
    for channel in story.channels:
        place = places.of(channel, story, record, now=at)
        for article, verdict in [(_article(review, event), copy), *_updates(event)]:
            posts += tell(both.event, article, verdict, place, record)
    return posts


def _dropped(review: Review, story: Story, record: Record, at: datetime) -> list[Post]:
    """Count the event as shown where nothing is, and be silent about it."""
    event = record.event(review.article, story.name)
    channels = _unheard(event, story, record)
    for channel in channels:
        record.hush(channel, event.id)
    muting.mute(event.id, channels, record, at=at, person=review.person)
    return []


def _unheard(event: Event, story: Story, record: Record) -> list[str]:
    """Return the channels that never heard of an event; who merged it by hand has told it already."""
    return [channel for channel in story.channels if record.shown(channel, event.id) is None]


def _article(review: Review, event: Event) -> Article:
    return next(member.article for member in event.members if member.id == review.article)


def _updates(event: Event) -> list[tuple[Article, Verdict]]:
    """Return the news that came while the event waited: a card does not tell it."""
    return [
        (member.article, Update(of=member.of))
        for member in event.members
        if member.role == "update" and member.of is not None and not member.quiet
    ]


# ------------------------------------------------------------------------------------------- in words


async def _ask(review: Review, world: World) -> None:
    if world.ask is not None and await world.ask(review):
        return
    lines = await asked(review, world.archive, world.knowledge.limits)
    command = f"storywire review {review.id} post|fold|drop"
    await world.notify("\n".join([*(line.text for line in lines), command]))


def _report(lead: str, decision: Decision) -> list[Line]:
    article = decision.article
    return [
        Line(text=f"{lead}{article.title or '(no title)'}", link=article.link or None),
        Line(text=f"{article.outlet}, {_when(article.published)}", depth=1),
    ]


async def _decision(number: ArticleId, story: str, archive: Archive) -> Decision:
    decisions = await archive.decisions(str(number))
    return next(one for one in decisions if (one.article_id, one.story) == (number, story))


def _when(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
