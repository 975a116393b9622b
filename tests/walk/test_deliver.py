"""From the outbox to the channel: whatever it answers, nothing is lost and next to nothing doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    AnswerLostError,
    ChannelBusyError,
    ChannelClosedError,
    DeliveryError,
    NotSentError,
    PostRefusedError,
)
from bot.model import Delivery, Message, Post, Posting, PostKind, PostState, Receipt
from bot.pipeline import deliver, recover
from bot.ports import Archive
from tests.builders import NOW, a_story
from tests.conftest import ArchiveFactory
from tests.fakes.archive import FakeArchive
from tests.fakes.channel import AfterShowing, FakeChannel
from tests.walk.world import LEDGER, POST, WIRE, FakeClock, Walk, an_item

TOWNS = (
    "Ostrava Brno Pilsen Olomouc Liberec Zlin Jihlava Opava Kladno Tabor Sumperk Decin Chrudim Havirov Prerov"
    " Trebic Znojmo Kolin Pisek Cheb Krnov Vsetin Hodonin Litomysl Susice".split()
)
BUSY = ChannelBusyError("Telegram asks to wait 0:02:00", retry_after=timedelta(minutes=2))
NOT_SENT = NotSentError("no connection to Telegram (ConnectError)")
LOST = AnswerLostError("Telegram's answer did not arrive (ReadTimeout)")
REFUSED = PostRefusedError("Telegram refused the post: message is too long")
CLOSED = ChannelClosedError("bot was kicked from the channel chat: add the bot to the chat again")
SETTLE = timedelta(seconds=30)


def about(town: str) -> str:
    return f"Dam near {town} opens"


def posted(
    archive: Archive,
    *faults: DeliveryError | AfterShowing | None,
    cards: int = 1,
    delivery: Delivery = Delivery.AT_LEAST_ONCE,
) -> Walk:
    """Give a walk with so many cards in its outbox, and a channel that meets these faults."""
    story = a_story(postings={"main": Posting(burst=100)})
    walk = Walk(archive=archive, delivery=delivery, stories=[story])
    walk.opened()
    walk.channel.faults = iter(faults)
    items = [
        an_item(about(town), published=NOW + timedelta(minutes=place))
        for place, town in enumerate(TOWNS[:cards])
    ]
    walk.hears(WIRE, *reversed(items))
    return walk


def states(walk: Walk) -> list[PostState]:
    return [post.state for post in walk.outbox(*PostState)]


def firsts(messages: Sequence[Message]) -> list[str]:
    return [message.text.splitlines()[0] for message in messages]


def called(walk: Walk) -> list[str]:
    return firsts([post.message for post in walk.channel.calls])


# --------------------------------------------------------------------------------- order and pace


def test_posts_go_out_in_the_order_in_which_they_were_recorded(archive: Archive) -> None:
    walk = posted(archive, cards=7)

    assert walk.deliver() is None
    assert called(walk) == [about(town) for town in TOWNS[:7]]
    assert states(walk) == [PostState.SENT] * 7


KEEPERS_OF_ORDER = {"a flood limit": BUSY, "no connection": NOT_SENT, "a lost answer": LOST, "closed": CLOSED}


@pytest.mark.parametrize("fault", KEEPERS_OF_ORDER.values(), ids=KEEPERS_OF_ORDER)
def test_a_post_that_must_wait_is_not_overtaken(fault: DeliveryError, archive: Archive) -> None:
    walk = posted(archive, None, fault, cards=3)

    again = walk.deliver()
    assert again is not None
    walk.clock.time = again
    assert walk.deliver() is None

    assert called(walk) == [about(TOWNS[place]) for place in (0, 1, 1, 2)]
    assert firsts(list(walk.channel.messages.values())) == [about(town) for town in TOWNS[:3]]


def test_a_channel_gets_at_most_twenty_posts_a_minute(archive: Archive) -> None:
    walk = posted(archive, cards=25)

    again = walk.deliver()

    assert len(walk.channel.calls) == 20
    assert again == walk.clock.now() + timedelta(minutes=1)
    walk.clock.time = again
    assert walk.deliver() is None
    assert len(walk.channel.calls) == 25


class LateChannel(FakeChannel):
    """A channel whose first message is on its way for two seconds."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__("main")
        self.clock = clock

    async def send(self, post: Post) -> Receipt:
        if not self.calls:
            self.clock.time += timedelta(seconds=2)
        return await super().send(post)


def test_a_minute_begins_when_a_message_has_arrived_not_when_it_was_sent(archive: Archive) -> None:
    walk = posted(archive, cards=25)
    walk = replace(walk, channels={"main": LateChannel(walk.clock)})
    walk.deliver()
    arrived = walk.clock.now()

    assert walk.deliver() == arrived + timedelta(minutes=1)
    walk.clock.time = arrived + timedelta(seconds=59)
    assert walk.deliver() == arrived + timedelta(minutes=1)
    assert len(walk.channel.calls) == 20


def test_the_pace_is_kept_across_a_restart(archive: Archive) -> None:
    before = posted(archive, cards=25)
    before.deliver()

    after = Walk(archive=archive, clock=before.clock)
    after.wait(timedelta(seconds=59))

    assert after.deliver() == after.clock.now() + timedelta(seconds=1)
    assert after.channel.calls == []


def test_calls_that_failed_count_for_the_pace(archive: Archive) -> None:
    walk = posted(archive, *[REFUSED] * 20, cards=25)

    walk.deliver()

    assert len(walk.channel.calls) == 20
    assert walk.channel.posts == []


def test_a_clock_set_back_does_not_stop_a_channel(archive: Archive) -> None:
    walk = posted(archive, cards=25)
    walk.deliver()

    walk.wait(timedelta(hours=-1))
    walk.deliver()

    assert len(walk.channel.calls) == 25


# ------------------------------------------------------------------------------------ flood limits


async def opened(factory: ArchiveFactory) -> Archive:
    return await factory()


def test_a_flood_limit_keeps_the_channel_at_rest_across_a_restart(archive_factory: ArchiveFactory) -> None:
    archive = asyncio.run(opened(archive_factory))
    before = posted(archive, BUSY, cards=2)
    until = before.clock.now() + timedelta(minutes=2)
    assert before.deliver() == until
    asyncio.run(archive.close())

    after = Walk(archive=asyncio.run(opened(archive_factory)), clock=before.clock)
    after.wait(timedelta(seconds=119))
    assert after.deliver() == until
    assert after.channel.calls == []

    after.wait(timedelta(seconds=1))
    assert after.deliver() is None
    assert called(after) == [about(town) for town in TOWNS[:2]]


def test_a_channel_at_rest_keeps_no_other_waiting(archive: Archive) -> None:
    channels = {"main": FakeChannel("main", [BUSY]), "second": FakeChannel("second")}
    walk = Walk(archive=archive, stories=[a_story(channels=("main", "second"))], channels=channels)
    walk.opened()
    walk.hears(WIRE, an_item(about("Brno")))

    assert walk.shown("main") == []
    assert walk.shown("second") == [about("Brno")]


# ------------------------------------------------------------------------------------ lost answers

ANSWERS_LOST = {"shown, the answer lost": AfterShowing(LOST), "not shown, the answer lost": LOST}
lost_answers = pytest.mark.parametrize("fault", ANSWERS_LOST.values(), ids=ANSWERS_LOST)


@lost_answers
def test_a_post_whose_answer_was_lost_goes_once_more_after_the_settle_time(
    fault: DeliveryError | AfterShowing, archive: Archive
) -> None:
    walk = posted(archive, fault)

    assert walk.deliver() == walk.clock.now() + SETTLE
    assert states(walk) == [PostState.UNCERTAIN]
    walk.wait(SETTLE - timedelta(seconds=1))
    walk.deliver()
    assert len(walk.channel.calls) == 1

    walk.wait(timedelta(seconds=1))
    assert walk.deliver() is None
    walk.wait(timedelta(days=1))
    assert walk.deliver() is None
    assert len(walk.channel.calls) == 2
    assert states(walk) == [PostState.SENT]
    assert walk.notices.told == []


@lost_answers
def test_at_most_once_a_post_whose_answer_was_lost_is_listed_and_told_and_not_sent_again(
    fault: DeliveryError | AfterShowing, archive: Archive
) -> None:
    walk = posted(archive, fault, delivery=Delivery.AT_MOST_ONCE)

    for _ in range(3):
        assert walk.deliver() is None
        walk.wait(timedelta(days=1))

    (listed,) = walk.outbox(PostState.UNCERTAIN)
    assert len(walk.channel.calls) == 1
    assert listed.message.text.startswith(about(TOWNS[0]))
    assert len(walk.notices.told) == 1
    assert walk.notices.told == walk.alarms()
    assert f"post {listed.id} may not have been shown" in walk.notices.told[0]


@lost_answers
def test_at_most_once_the_posts_behind_go_out(fault: DeliveryError | AfterShowing, archive: Archive) -> None:
    walk = posted(archive, fault, cards=3, delivery=Delivery.AT_MOST_ONCE)

    assert walk.deliver() is None

    assert called(walk) == [about(town) for town in TOWNS[:3]]
    assert states(walk) == [PostState.UNCERTAIN, PostState.SENT, PostState.SENT]


def test_at_most_once_every_post_that_may_be_unsent_is_told(archive: Archive) -> None:
    walk = posted(archive, LOST, None, LOST, LOST, cards=4, delivery=Delivery.AT_MOST_ONCE)

    walk.deliver()

    listed = walk.outbox(PostState.UNCERTAIN)
    assert [f"post {post.id} " in told for post, told in zip(listed, walk.notices.told, strict=True)] == [
        True
    ] * 3


def test_an_edit_whose_answer_was_lost_goes_again_even_at_most_once(archive: Archive) -> None:
    walk = posted(archive, None, AfterShowing(LOST), delivery=Delivery.AT_MOST_ONCE)
    walk.deliver()
    walk.hears(POST, an_item(about(TOWNS[0]), "post"))

    again = walk.deliver()
    assert again is not None
    walk.clock.time = again
    assert walk.deliver() is None

    assert [post.kind for post in walk.channel.posts] == [PostKind.CARD, PostKind.EDIT, PostKind.EDIT]
    assert "Also: Evening Post" in walk.channel.messages[1].text
    assert walk.notices.told == []


# -------------------------------------------------------------------------- refusals, closed channels


def test_a_refused_post_is_told_and_does_not_block_the_next(archive: Archive) -> None:
    walk = posted(archive, REFUSED, cards=2)

    assert walk.deliver() is None

    assert states(walk) == [PostState.REFUSED, PostState.SENT]
    assert walk.notices.told == [f"channel main refused post 1: {REFUSED}"]


def test_a_refused_card_is_not_tried_again_for_a_copy(archive: Archive) -> None:
    walk = posted(archive, REFUSED)
    walk.deliver()

    walk.hears(POST, an_item(about(TOWNS[0]), "post"))
    walk.deliver()

    assert len(walk.channel.calls) == 1
    assert walk.outbox() == []


def test_an_update_of_a_refused_card_stands_for_itself(archive: Archive) -> None:
    walk = posted(archive, REFUSED)
    walk.deliver()

    walk.hears(POST, an_item(f"Mayor denies {about(TOWNS[0]).lower()}", "post"))

    assert walk.shown() == [f"Update: Mayor denies {about(TOWNS[0]).lower()}"]
    assert walk.channel.posts[0].target is None


def test_a_closed_channel_keeps_its_posts_is_told_once_and_goes_on_when_it_opens(archive: Archive) -> None:
    walk = posted(archive, *[CLOSED] * 4, cards=2)
    for _ in range(4):
        again = walk.deliver()
        assert again is not None
        assert states(walk) == [PostState.PENDING] * 2
        walk.clock.time = again

    assert walk.notices.told == walk.alarms() == [f"channel main: {CLOSED}"]
    assert walk.deliver() is None
    assert walk.alarms() == []
    assert called(walk)[3:] == [about(TOWNS[0]), about(TOWNS[0]), about(TOWNS[1])]


def test_a_closed_channel_is_asked_less_often_but_every_five_minutes(archive: Archive) -> None:
    walk = posted(archive, *[CLOSED] * 9)
    waits = []
    for _ in range(9):
        again = walk.deliver()
        assert again is not None
        waits.append(again - walk.clock.now())
        walk.clock.time = again

    minutes = [wait / timedelta(minutes=1) for wait in waits]
    assert minutes == [1, 2, 4, 5, 5, 5, 5, 5, 5]


def test_a_channel_that_closes_again_is_told_again(archive: Archive) -> None:
    walk = posted(archive, CLOSED, None, CLOSED, cards=2)
    while (again := walk.deliver()) is not None:
        walk.clock.time = again

    assert walk.notices.told == [f"channel main: {CLOSED}"] * 2


def test_without_a_connection_it_is_tried_again_after_seconds_and_then_more_seldom(archive: Archive) -> None:
    walk = posted(archive, *[NOT_SENT] * 12)
    waits = []
    for _ in range(12):
        again = walk.deliver()
        assert again is not None
        waits.append((again - walk.clock.now()).total_seconds())
        walk.clock.time = again

    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == 15 * 60
    assert walk.deliver() is None
    assert walk.notices.told == []


# --------------------------------------------------------------------------------------------- edits


def test_waiting_edits_of_one_card_become_one(archive: Archive) -> None:
    walk = posted(archive, None, BUSY)
    walk.deliver()
    walk.hears(POST, an_item(about(TOWNS[0]), "post"))
    walk.deliver()

    walk.hears(LEDGER, an_item(about(TOWNS[0]), "ledger"))
    assert len(walk.outbox()) == 1
    walk.wait(timedelta(minutes=2))
    walk.deliver()

    assert [post.kind for post in walk.channel.posts] == [PostKind.CARD, PostKind.EDIT]
    assert "Also: Evening Post, Ledger" in walk.channel.messages[1].text


def test_edits_give_way_to_new_posts(archive: Archive) -> None:
    walk = posted(archive, None)
    walk.deliver()

    walk.hears(POST, an_item(about(TOWNS[0]), "post"))
    walk.hears(WIRE, an_item(about(TOWNS[1])))
    walk.deliver()

    assert [post.kind for post in walk.channel.posts] == [PostKind.CARD, PostKind.CARD, PostKind.EDIT]


# -------------------------------------------------------------------------------------- interrupted


def begin(walk: Walk) -> None:
    """Hand the next post over, as far as the archive knows, and die."""

    async def hand_over() -> None:
        now = walk.clock.now()
        post = await walk.archive.next_post("main", now=now)
        assert post is not None
        await walk.archive.sending(post, at=now)

    asyncio.run(hand_over())


def test_what_was_in_flight_when_the_program_died_blocks_nothing_after_it_is_recovered(
    archive: Archive,
) -> None:
    walk = posted(archive, cards=2)
    begin(walk)
    assert walk.deliver() is None

    assert walk.recover() == 1

    assert walk.deliver() == walk.clock.now() + SETTLE
    walk.wait(SETTLE)
    assert walk.deliver() is None
    assert called(walk) == [about(town) for town in TOWNS[:2]]


def test_at_most_once_what_was_in_flight_is_listed_and_told(archive: Archive) -> None:
    walk = posted(archive, cards=2, delivery=Delivery.AT_MOST_ONCE)
    begin(walk)

    assert walk.recover() == 1
    assert walk.deliver() is None

    assert states(walk) == [PostState.UNCERTAIN, PostState.SENT]
    assert len(walk.notices.told) == 1


def test_an_edit_in_flight_goes_again_after_it_is_recovered(archive: Archive) -> None:
    walk = posted(archive)
    walk.deliver()
    walk.hears(POST, an_item(about(TOWNS[0]), "post"))
    begin(walk)

    assert walk.recover() == 1
    again = walk.deliver()
    assert again is not None
    walk.clock.time = again
    assert walk.deliver() is None

    assert "Also: Evening Post" in walk.channel.messages[1].text


def test_where_nothing_was_in_flight_nothing_is_recovered(archive: Archive) -> None:
    walk = posted(archive, cards=2)

    assert walk.recover() == 0
    assert states(walk) == [PostState.PENDING] * 2


# -------------------------------------------------------------------- any sequence of faults at all


class DiedError(Exception):
    """The process ended during a call; only the archive is left."""


class MortalChannel(FakeChannel):
    """Also ends the process, before or after the post is shown."""

    def __init__(self, ends: Sequence[str | DeliveryError | AfterShowing | None]) -> None:
        super().__init__("main")
        self._ends: Iterator[str | DeliveryError | AfterShowing | None] = iter(ends)
        #: Calls after which nobody could know whether the post was shown.
        self.ambiguous = 0

    async def send(self, post: Post) -> Receipt:
        end = next(self._ends, None)
        self.faults = iter([None if isinstance(end, str) else end])
        self.ambiguous += isinstance(end, str | AfterShowing | AnswerLostError)
        if end == "dies before":
            raise DiedError
        receipt = await super().send(post)
        if end == "dies after":
            raise DiedError
        return receipt


ENDS = st.sampled_from([None, BUSY, NOT_SENT, LOST, CLOSED, AfterShowing(LOST), "dies before", "dies after"])
#: What the feeds bring: a new report, a copy of one, or an update of one.
STEPS = st.lists(st.tuples(st.sampled_from(["new", "copy", "update"]), st.integers(0, 4)), max_size=8)


async def to_the_end(walk: Walk, channel: MortalChannel) -> None:
    """Deliver until nothing waits, starting again whenever the process dies."""
    again: datetime | None = walk.clock.now()
    while again is not None:
        walk.clock.time = max(again, walk.clock.time)
        try:
            again = await deliver(channel, walk.world)
        except DiedError:
            await recover(walk.world)
            again = walk.clock.now()


def hear(walk: Walk, step: str, place: int) -> None:
    title = about(TOWNS[place])
    match step:
        case "new":
            walk.hears(WIRE, an_item(title, published=walk.clock.now()))
        case "copy":
            walk.hears(POST, an_item(title, "post", published=walk.clock.now()))
        case _:
            walk.hears(LEDGER, an_item(f"Mayor denies {title.lower()}", "ledger", published=walk.clock.now()))


@given(steps=STEPS, ends=st.lists(ENDS, max_size=12), deliveries=st.sets(st.integers(0, 7)))
def test_whatever_happens_every_report_is_shown_and_only_lost_answers_make_copies(
    steps: list[tuple[str, int]],
    ends: list[str | DeliveryError | AfterShowing | None],
    deliveries: set[int],
) -> None:
    channel = MortalChannel(ends)
    walk = Walk(archive=FakeArchive(), channels={"main": channel})
    walk.opened()
    for number, (step, place) in enumerate(steps):
        hear(walk, step, place)
        if number in deliveries:
            asyncio.run(to_the_end(walk, channel))
    asyncio.run(to_the_end(walk, channel))

    recorded = walk.outbox(*PostState)
    messages = [post for post in recorded if post.kind is not PostKind.EDIT]
    shown = [post.id for post in channel.posts if post.kind is not PostKind.EDIT]
    assert {post.state for post in messages} <= {PostState.SENT}
    assert {post.id for post in messages} == set(shown)
    assert len(shown) - len(messages) <= channel.ambiguous
    assert list(dict.fromkeys(shown)) == [post.id for post in messages]
    for card in messages:
        assert channel.messages[card.message_id or 0] == last_text(card, recorded)


def last_text(post: Post, recorded: list[Post]) -> Message:
    """Return the text recorded last for a message."""
    if post.kind is PostKind.CARD:
        post = [one for one in recorded if one.event == post.event and one.kind is not PostKind.REPLY][-1]
    return post.message


@given(ends=st.lists(ENDS, max_size=12), cards=st.integers(1, 5))
def test_at_most_once_no_report_is_shown_twice_and_what_may_be_unsent_is_listed(
    ends: list[str | DeliveryError | AfterShowing | None], cards: int
) -> None:
    channel = MortalChannel(ends)
    walk = replace(
        posted(FakeArchive(), cards=cards, delivery=Delivery.AT_MOST_ONCE), channels={"main": channel}
    )
    asyncio.run(to_the_end(walk, channel))

    shown = [post.id for post in channel.posts]
    listed = {post.id for post in walk.outbox(PostState.UNCERTAIN)}
    assert len(shown) == len(set(shown))
    assert {post.id for post in walk.outbox(*PostState)} == set(shown) | listed
    assert len(walk.notices.told) >= len(listed)
