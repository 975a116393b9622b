"""Whatever is planned and answered in whatever order, the outbox on SQLite and the fake's say the same."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import StorywireError
from bot.model import EventId, New, Post, PostKind, PostState, Settlement
from bot.ports import Archive, Record
from storage import open_archive
from tests.builders import NOW, a_match, a_post, an_article
from tests.fakes.archive import FakeArchive

EVENTS = [EventId(number) for number in (1, 2, 3)]


@dataclass(frozen=True)
class Plan:
    """Put a post into the outbox, or count the event as shown."""

    kind: PostKind | None
    event: EventId
    text: str


@dataclass(frozen=True)
class Hand:
    """Hand over the post that is next, and settle it at once or after something else happened."""

    minutes: int
    settlement: Settlement
    meanwhile: tuple[Plan, ...]


times = st.none() | st.integers(0, 5).map(lambda minutes: NOW + timedelta(minutes=minutes))
settlements = st.one_of(
    st.builds(Settlement, state=st.just(PostState.SENT), message_id=st.integers(1, 2**53)),
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
)
hands = st.builds(
    Hand,
    minutes=st.integers(0, 6),
    settlement=settlements,
    meanwhile=st.lists(plans, max_size=2).map(tuple),
)


def begin_events(record: Record) -> None:
    for event in EVENTS:
        article = an_article(str(event))
        record.verdict(record.article(article), a_match(article), New(), keys=[], quiet=None)


async def do(archive: Archive, step: Plan | Hand) -> list[object]:
    """Take a step and return all that can be seen of it."""
    seen: list[object] = []
    if isinstance(step, Plan):
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
    return [*seen, shown, await archive.outbox(*PostState), await archive.next_due("main")]


def plan(record: Record, step: Plan) -> None:
    if step.kind is None:
        record.hush("main", step.event)
    else:
        record.posts([a_post(step.text, event=step.event, kind=step.kind)])


@settings(max_examples=int(__import__("os").environ.get("N","60")))
@given(steps=st.lists(st.one_of(plans, hands), max_size=25))
def test_sqlite_and_the_fake_agree_on_every_step(steps: list[Plan | Hand]) -> None:
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


@given(steps=st.lists(st.one_of(plans, hands), max_size=40))
def test_in_the_end_every_card_shows_the_text_last_planned(steps: list[Plan | Hand]) -> None:
    wall: dict[EventId, str] = {}

    def write(post: Post) -> None:
        if post.kind is not PostKind.REPLY:
            wall[post.event] = post.message.text

    async def scenario() -> None:
        archive = FakeArchive()
        await archive.record(begin_events)
        for step in steps:
            await do(archive, step)
        end = NOW + timedelta(days=1)
        while post := await archive.next_post("main", now=end):
            await archive.sending(post, at=end)
            await archive.settle(post, Settlement(state=PostState.SENT, message_id=1), at=end)
        for post in await archive.outbox(PostState.SENT):
            write(post)
        given_up = await archive.outbox(PostState.REFUSED, PostState.DROPPED, PostState.UNCERTAIN)
        spared = {post.event for post in given_up}
        for event in EVENTS:
            shown = await archive.record(lambda record, event=event: record.shown("main", event))
            if shown and shown.message and event not in spared:
                assert wall[event] == shown.message.text

    asyncio.run(scenario())
