"""Whatever is planned and answered in whatever order, the outbox on SQLite and the fake's say the same."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import StorywireError
from bot.model import CARDS, ArticleId, EventId, New, Post, PostId, PostKind, PostState, Settlement
from bot.ports import Archive, Record
from storage import open_archive
from tests.builders import NOW, a_match, a_post, an_article
from tests.fakes.archive import FakeArchive

#: Few, so that posts of one event meet often.
EVENTS = [EventId(1), EventId(2)]


@dataclass(frozen=True)
class Plan:
    """Put a post into the outbox, or count the event as shown."""

    kind: PostKind | None
    event: EventId
    text: str
    #: An edit lets the other event's message tell this one as well.
    joins: bool = False


@dataclass(frozen=True)
class Hand:
    """Hand over the post that is next, and settle it at once or after something else happened."""

    minutes: int
    settlement: Settlement
    meanwhile: tuple[Plan | Merge, ...]


@dataclass(frozen=True)
class Merge:
    """Make one event of both."""

    into: EventId
    gone: EventId


times = st.none() | st.integers(0, 5).map(lambda minutes: NOW + timedelta(minutes=minutes))
sent = st.builds(Settlement, state=st.just(PostState.SENT), message_id=st.integers(1, 2**53))
settlements = st.one_of(
    sent,
    st.builds(
        Settlement,
        state=st.sampled_from([PostState.PENDING, PostState.UNCERTAIN]),
        reason=st.just("no answer"),
        due_at=times,
        channel_rests_until=times,
    ),
    st.builds(Settlement, state=st.sampled_from([PostState.REFUSED, PostState.DROPPED])),
)
plans = st.builds(
    Plan,
    kind=st.none() | st.sampled_from(PostKind),
    event=st.sampled_from(EVENTS),
    text=st.text("abc", max_size=3),
    joins=st.booleans(),
)
merges = st.builds(Merge, into=st.just(EVENTS[0]), gone=st.just(EVENTS[1]))
meanwhile = st.lists(st.one_of(plans, merges), max_size=3).map(tuple)
hands = st.builds(Hand, minutes=st.integers(0, 6), settlement=settlements, meanwhile=meanwhile)
#: Of posts that are taken in the end, however often they are tried.
faithful = sent | st.builds(
    Settlement,
    state=st.sampled_from([PostState.PENDING, PostState.UNCERTAIN]),
    reason=st.just("busy"),
    due_at=st.integers(0, 5).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)
only_plans = st.lists(plans, max_size=3).map(tuple)
faithful_hands = st.builds(Hand, minutes=st.integers(0, 6), settlement=faithful, meanwhile=only_plans)


def begin_events(record: Record) -> None:
    for event in EVENTS:
        article = an_article(str(event))
        record.verdict(record.articles([article])[0], a_match(article), New(), keys=[], quiet=None)
    record.posts([a_post("first", event=EVENTS[0])], at=NOW)


async def do(archive: Archive, step: Plan | Hand | Merge) -> list[object]:
    """Take a step and return all that can be seen of it."""
    seen: list[object] = []
    if isinstance(step, Merge):
        merged = await archive.record(lambda record: record.merge(step.into, step.gone, of=ArticleId(1)))
        seen.append(merged)
    elif isinstance(step, Plan):
        try:
            await archive.record(lambda record: plan(record, step))
        except StorywireError as refusal:
            seen.append(str(refusal))
    else:
        now = NOW + timedelta(minutes=step.minutes)
        if post := await archive.next_post("main", now=now):
            await archive.sending(post, at=now)
            for each in step.meanwhile:
                seen += await do(archive, each)
            await archive.settle(post, step.settlement, at=now)
    shown = await archive.record(lambda record: [record.shown("main", event) for event in EVENTS])
    shown += await archive.record(lambda record: [record.sibling("main", event) for event in EVENTS])
    seen.append(await archive.record(lambda record: record.standing("main", now=NOW)))
    seen.append(await archive.record(lambda record: record.digests("main")))
    seen.append(await archive.record(lambda record: record.digests_sent("main", since=NOW)))
    for minutes in (0, 3):
        seen.append(await archive.record(partial(_turn, NOW + timedelta(minutes=minutes))))
    return [*seen, shown, await archive.outbox(*PostState), await archive.next_due("main")]


def _turn(at: datetime, record: Record) -> object:
    return record.turn("main", now=at, since=NOW)


def plan(record: Record, step: Plan) -> None:
    shown = record.shown("main", step.event)
    if step.kind is None:
        record.hush("main", step.event)
    elif step.kind not in CARDS or shown is None or shown.quiet:  # an event gets one card
        other = record.shown("main", next(event for event in EVENTS if event != step.event))
        lists = step.joins and step.kind is PostKind.EDIT and other is not None
        joins = other.post if other is not None and lists and (shown is None or shown.quiet) else None
        post = a_post(step.text, event=step.event, kind=step.kind, joins=joins)
        record.posts([post], at=NOW)


@settings(max_examples=40)
@given(steps=st.lists(st.one_of(plans, hands, merges), max_size=25))
def test_sqlite_and_the_fake_agree_on_every_step(steps: list[Plan | Hand | Merge]) -> None:
    async def scenario(place: Path) -> None:
        real, fake = await open_archive(f"sqlite:///{place}/archive.db"), FakeArchive()
        try:
            for archive in (real, fake):
                await archive.record(begin_events)
            for step in steps:
                assert await do(real, step) == await do(fake, step)
        finally:
            await real.close()

    with tempfile.TemporaryDirectory() as place:
        asyncio.run(scenario(Path(place)))


class Wall(FakeArchive):
    """An archive that notes what its channel may show by now."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: dict[PostId, str] = {}

    async def settle(self, post: Post, settlement: Settlement, *, at: datetime) -> None:
        await super().settle(post, settlement, at=at)
        tells = post.kind in CARDS or post.kind is PostKind.EDIT
        if tells and settlement.state in {PostState.SENT, PostState.UNCERTAIN}:
            self.cards[post.card or post.id] = post.message.text


@settings(max_examples=400)
@given(steps=st.lists(st.one_of(plans, faithful_hands), max_size=30))
def test_in_the_end_every_card_shows_the_text_last_planned(steps: list[Plan | Hand]) -> None:
    async def scenario() -> tuple[dict[PostId, str], dict[PostId | None, str]]:
        archive, end = Wall(), NOW + timedelta(days=1)
        await archive.record(begin_events)
        for step in steps:
            await do(archive, step)
        while post := await archive.next_post("main", now=end):
            await archive.sending(post, at=end)
            await archive.settle(post, Settlement(state=PostState.SENT, message_id=1), at=end)
        assert await archive.outbox(PostState.PENDING, PostState.SENDING, PostState.UNCERTAIN) == []
        shown = await archive.record(lambda record: {event: record.shown("main", event) for event in EVENTS})
        planned = {there.post: there.message.text for there in shown.values() if there and there.message}
        return archive.cards, planned

    cards, planned = asyncio.run(scenario())

    assert cards == planned
