"""The service polls as much as it may at a time, survives its own faults, and stops when it is told to."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog
from structlog.typing import EventDict

from bot import service as service_module
from bot.core.match import Watch
from bot.errors import BadAnswerError, NoAnswerError, StorywireError
from bot.model import (
    Article,
    ArticleId,
    Feed,
    Fetched,
    New,
    Policy,
    Post,
    PostKind,
    PostState,
    Receipt,
    Review,
    Ruling,
    Settlement,
    Story,
)
from bot.pipeline import Knowledge, World
from bot.ports import Archive, Fetch, Record
from bot.service import Service
from storage import open_archive
from tests.builders import NOW, a_feed, a_match, a_story, an_article, an_entry
from tests.fakes.archive import FakeArchive, FakeRecord
from tests.fakes.channel import FakeChannel
from tests.fakes.feeds import FakeFeeds

FEEDS = [a_feed(f"https://wire{number}.example/feed.xml", name=f"Wire {number}") for number in range(5)]
STORY = a_story(policy=Policy(backfill=10))
TOWNS = "Ostrava Brno Pilsen Olomouc".split()


class FakeClock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


class Counted:
    """Counts something and lets a test wait for it."""

    def __init__(self) -> None:
        self.times = 0
        self._changed = asyncio.Condition()

    async def count(self) -> None:
        async with self._changed:
            self.times += 1
            self._changed.notify_all()

    async def reaches(self, times: int) -> None:
        # Shorter than the nap of a channel's task (15 s), which nothing here may wait for.
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(lambda: self.times >= times)


class HeldFetch:
    """A fetch that answers when it is let go."""

    def __init__(self, feeds: FakeFeeds) -> None:
        self.started = Counted()
        self.let_go = asyncio.Event()
        self._feeds = feeds

    async def __call__(self, feed: Feed, *, conditional: bool = True) -> Fetched:
        await self.started.count()
        await self.let_go.wait()
        return await self._feeds.fetch(feed, conditional=conditional)


class PrunedArchive(FakeArchive):
    """Notes what it is asked to forget."""

    def __init__(self) -> None:
        super().__init__()
        self.pruned: list[tuple[datetime, int]] = []

    async def prune(self, *, before: datetime, part: int, parts: int) -> None:
        await super().prune(before=before, part=part, parts=parts)
        self.pruned.append((before, part))


class HeldChannel(FakeChannel):
    """Shows a post for each permit."""

    def __init__(self, permits: int = 1_000, name: str = "main") -> None:
        super().__init__(name)
        self.started = Counted()
        self.showed = Counted()
        self.permits = asyncio.Semaphore(permits)

    async def send(self, post: Post) -> Receipt:
        await self.started.count()
        await self.permits.acquire()
        receipt = await super().send(post)
        await self.showed.count()
        return receipt


class HeldArchive(FakeArchive):
    """Is gone through once it is let go; may fail then."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__()
        self.started = Counted()
        self.let_go = asyncio.Event()
        self._fails = fails

    async def stored(
        self, *, since: datetime, after: ArticleId | None, limit: int
    ) -> list[tuple[ArticleId, Article]]:
        await self.started.count()
        await self.let_go.wait()
        if self._fails:
            raise StorywireError("the database cannot be used for now: disk is full")
        return await super().stored(since=since, after=after, limit=limit)


T = TypeVar("T")


class SettlingRecord(FakeRecord):
    """A transaction that tells whether an outcome was noted in it, and may fail there."""

    def __init__(self, record: FakeRecord, *, fails: bool) -> None:
        super().__init__(record._state)  # noqa: SLF001  the same transaction
        self.settles = False
        self._fails = fails

    def settle(self, post: Post, settlement: Settlement, *, at: datetime) -> None:
        self.settles = True
        if self._fails:
            raise StorywireError("the database cannot be used for now: disk is full")
        super().settle(post, settlement, at=at)


class FailingArchive(FakeArchive):
    """Cannot note as many outcomes as it is told."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.settled = Counted()
        self._failures = failures

    async def record(self, work: Callable[[Record], T]) -> T:
        seen: list[SettlingRecord] = []

        def watched(record: Record) -> T:
            assert isinstance(record, FakeRecord)
            seen.append(SettlingRecord(record, fails=self._failures > 0))
            return work(seen[0])

        try:
            return await super().record(watched)
        finally:
            if seen[0].settles:
                self._failures -= 1
                await self.settled.count()


@dataclass(kw_only=True)
class Stage:
    """A service on fakes."""

    archive: Archive = field(default_factory=FakeArchive)
    channel: HeldChannel = field(default_factory=HeldChannel)
    feeds: FakeFeeds = field(default_factory=FakeFeeds)
    clock: FakeClock = field(default_factory=FakeClock)
    told: list[str] = field(default_factory=list)

    async def service(self, *, feeds: int = 1, concurrency: int = 20, fetch: Fetch | None = None) -> Service:
        await self.archive.declare(FEEDS[:feeds])
        world = World(
            clock=self.clock,
            fetch=fetch or self.feeds.fetch,
            parse=self.feeds.parse,
            archive=self.archive,
            notify=self.tell,
            knowledge=Knowledge(watches=[Watch.on(STORY)]),
        )
        return Service(world, [self.channel], concurrency=concurrency)

    async def tell(self, text: str) -> None:
        self.told.append(text)

    def publish(self, *towns: str, feed: Feed = FEEDS[0]) -> None:
        self.feeds.publish(feed.url, *(an_entry(f"Dam near {town} opens") for town in towns))

    async def states(self) -> list[PostState]:
        return [post.state for post in await self.archive.outbox(*PostState)]


def on(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test())


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


# ------------------------------------------------------------------------------------- new stories


def test_what_the_archive_has_on_a_new_story_is_posted_as_the_program_starts(logged: list[EventDict]) -> None:
    async def test() -> None:
        stage = Stage()
        article = an_article(f"Dam near {TOWNS[0]} opens")
        await stage.archive.record(lambda record: record.articles([article]))

        service = await stage.service()
        await service.start()
        await stage.channel.showed.reaches(1)
        await service.stop()

        assert [post.kind for post in await stage.archive.outbox(PostState.SENT)] == [PostKind.SO_FAR]

    on(test)
    (told,) = (line for line in logged if line["event"] == "story is followed")
    assert (told["story"], told["found"], told["posts"]) == ("dams", 1, 1)


def test_a_long_search_for_a_new_story_holds_up_no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "_BEGINNING_HOLDS_UP_S", 0.01)

    async def test() -> None:
        archive = HeldArchive()
        stage = Stage(archive=archive)
        stage.publish("Ostrava")
        service = await stage.service()
        await service.start()
        monkeypatch.setattr(service_module, "_BEGINNING_HOLDS_UP_S", 5)
        again = asyncio.create_task(service.begin_stories())

        assert len(await service.round()) == 1
        assert await archive.followed() == {}
        archive.let_go.set()
        await again
        await service.stop()

        assert await archive.followed() == {"dams": NOW}
        assert archive.started.times == 2, "a page and its end: the second search had nothing left to do"

    on(test)


def test_a_stop_ends_a_search_for_a_new_story(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "_BEGINNING_HOLDS_UP_S", 0.01)

    async def test() -> None:
        archive = HeldArchive()
        service = await Stage(archive=archive).service()
        await service.start()
        await service.stop()

        assert await archive.followed() == {}

    on(test)


def test_a_search_that_fails_is_logged_and_the_next_start_makes_it_good(logged: list[EventDict]) -> None:
    async def test() -> None:
        archive = HeldArchive(fails=True)
        archive.let_go.set()
        service = await Stage(archive=archive).service()
        await service.start()
        await service.stop()

        assert await archive.followed() == {}

    on(test)
    assert [line["event"] for line in logged if line["log_level"] == "error"] == [
        "new stories could not be begun"
    ]


# ------------------------------------------------------------------------------------------ pruning


def test_with_each_note_of_the_tick_another_part_of_the_index_forgets_what_no_window_holds() -> None:
    async def test() -> None:
        archive = PrunedArchive()
        stage = Stage(archive=archive)
        service = await stage.service()

        for _ in range(3):
            await service.tick()
            await service.tick()
            stage.clock.time += timedelta(seconds=20)
        await service.stop()

        times = [NOW + number * timedelta(seconds=20) for number in range(3)]
        assert [before for before, _part in archive.pruned] == [time - STORY.policy.window for time in times]
        assert [part - archive.pruned[0][1] for _before, part in archive.pruned] == [0, 1, 2]

    on(test)


# ------------------------------------------------------------------------------------------- polls


def test_a_tick_starts_no_more_polls_than_there_is_room_for() -> None:
    async def test() -> None:
        stage = Stage()
        fetch = HeldFetch(stage.feeds)
        service = await stage.service(feeds=5, concurrency=2, fetch=fetch)

        await service.tick()
        await fetch.started.reaches(2)
        await service.tick()
        await asyncio.sleep(0)
        under_way = fetch.started.times
        fetch.let_go.set()
        await service.stop()

        assert under_way == 2
        assert len(stage.feeds.asked) == 2

    on(test)


def test_the_next_tick_takes_what_was_left_over() -> None:
    async def test() -> None:
        stage = Stage()
        fetch = HeldFetch(stage.feeds)
        fetch.let_go.set()
        service = await stage.service(feeds=5, concurrency=2, fetch=fetch)

        for polled in (2, 4, 5):
            await service.tick()
            await fetch.started.reaches(polled)
            await asyncio.sleep(0)
        await service.stop()

        assert {asked.url for asked in stage.feeds.asked} == {feed.url for feed in FEEDS}

    on(test)


def test_a_poll_that_raises_unexpectedly_is_logged_and_the_others_go_on(logged: list[EventDict]) -> None:
    async def test() -> None:
        stage = Stage()
        for feed in FEEDS[:3]:
            stage.publish(feed=feed)

        async def fetch(feed: Feed, *, conditional: bool = True) -> Fetched:
            if feed.url == FEEDS[1].url:
                raise LookupError("a fault of ours")
            return await stage.feeds.fetch(feed, conditional=conditional)

        service = await stage.service(feeds=3, fetch=fetch)
        await service.tick()
        await service.stop()

        polled = [health.feed.name for health in await stage.archive.feeds() if health.polled_at]
        assert polled == ["Wire 0", "Wire 2"]

    on(test)
    (fault,) = (line for line in logged if line["log_level"] == "error")
    assert (fault["event"], fault["task"]) == ("poll failed unexpectedly", "poll Wire 1")
    assert isinstance(fault["exc_info"], LookupError)


def test_of_one_host_two_feeds_are_polled_at_a_time_and_the_others_wait_for_their_turn() -> None:
    async def test() -> None:
        stage = Stage()
        crowd = [a_feed(f"https://crowd.example/{number}", name=f"{number}") for number in range(7)]
        await stage.archive.declare(crowd)
        at_once: list[int] = []
        under_way = 0

        async def fetch(feed: Feed, *, conditional: bool = True) -> Fetched:
            nonlocal under_way
            under_way += 1
            at_once.append(under_way)
            await asyncio.sleep(0)
            under_way -= 1
            return await stage.feeds.fetch(feed, conditional=conditional)

        service = await stage.service(feeds=0, fetch=fetch)
        await stage.archive.declare(crowd)

        assert len(await service.round()) == len(crowd)
        assert max(at_once) == 2

    on(test)


def test_after_a_long_stop_feeds_are_asked_bit_by_bit() -> None:
    async def test() -> None:
        stage = Stage()
        service = await stage.service(concurrency=200)
        await stage.archive.declare([a_feed(f"https://{number}.example/") for number in range(40)])

        await service.tick()
        first = len(await stage.archive.claim(now=NOW, lease=timedelta(minutes=1), limit=40))
        await service.stop()

        assert first == 30, "one tick took ten of forty"

    on(test)


def test_an_alarm_of_an_outage_outlives_a_restart_until_something_is_heard() -> None:
    async def test() -> None:
        stage = Stage()
        await stage.archive.alarm("network", "no feed can be reached since 11:00 UTC", at=NOW)
        service = await stage.service()

        await service.tick()
        assert [key for key, _text, _since in await stage.archive.alarms()] == ["network"]

        stage.publish(feed=FEEDS[0])
        await _pass(stage, service, 12)
        assert stage.told == ["feeds can be reached again"]

    on(test)


async def _pass(stage: Stage, service: Service, minutes: int) -> None:
    """Let time pass in steps of six minutes, polling all that is due."""
    for _ in range(0, minutes, 6):
        stage.clock.time += timedelta(minutes=6)
        await service.round()
        await service.tick()


def test_a_story_that_hears_little_is_told_once_and_so_is_its_end() -> None:
    async def test() -> None:
        stage = Stage()
        service = await stage.service(feeds=2)
        for feed in FEEDS[:2]:
            stage.feeds.refuse(feed.url, BadAnswerError("answered 404", status=404))

        await _pass(stage, service, 30)
        assert stage.told == [], "half an hour is nothing yet"
        await _pass(stage, service, 120)
        assert [text.partition(":")[0] for text in stage.told] == ["story dams hears little"]
        assert [key for key, _text, _since in await stage.archive.alarms()] == ["coverage:dams"]

        for feed in FEEDS[:2]:
            stage.publish(feed=feed)
        await _pass(stage, service, 180)
        assert stage.told[1:] == ["story dams is covered again"]
        assert await stage.archive.alarms() == []

    on(test)


def test_what_nobody_answered_in_time_is_decided_and_its_channel_woken() -> None:
    async def test() -> None:
        stage = Stage()
        service = await stage.service()
        await service.start()
        stage.publish("Ostrava")
        await service.round()
        await stage.channel.showed.reaches(1)

        def in_doubt(record: Record) -> None:
            articles = [an_article("Dam breaks"), an_article("Dam is broken")]
            numbers = record.articles(articles)
            for number, article in zip(numbers, articles, strict=True):
                record.verdict(number, a_match(article, STORY), New(), keys=[], quiet=None)
            now = stage.clock.now()
            record.review(
                Review(
                    story=STORY.name,
                    article=numbers[1],
                    nearest=numbers[0],
                    chance=0.3,
                    asked_at=now - timedelta(hours=2),
                    until=now,
                    otherwise=Ruling.POST,
                )
            )

        await stage.archive.record(in_doubt)
        await service.review()
        await stage.channel.showed.reaches(2)
        await service.stop()

        assert stage.channel.posts[1].message.text.startswith("Dam is broken\n")

    on(test)


def test_our_own_outage_is_told_as_such_once_and_so_is_its_end() -> None:
    async def test() -> None:
        stage = Stage()
        service = await stage.service(feeds=3)
        for feed in FEEDS[:3]:
            stage.feeds.refuse(feed.url, NoAnswerError("no connection"))

        await _pass(stage, service, 120)
        assert len(stage.told) == 1
        assert "is this machine offline?" in stage.told[0]
        assert {health.feed.failures for health in await stage.archive.feeds()} == {0}

        for feed in FEEDS[:3]:
            stage.publish(feed=feed)
        await _pass(stage, service, 12)
        assert stage.told[1:] == ["feeds can be reached again"]

    on(test)


def test_a_feed_whose_poll_raised_is_polled_again_when_its_lease_has_run_out() -> None:
    async def test() -> None:
        stage = Stage()
        started = Counted()

        async def fetch(feed: Feed, *, conditional: bool = True) -> Fetched:
            await started.count()
            raise LookupError(f"a fault of ours: {feed.url}, {conditional}")

        service = await stage.service(fetch=fetch)
        await service.tick()
        await started.reaches(1)
        await asyncio.sleep(0)
        await service.tick()
        stage.clock.time += timedelta(minutes=5)
        await service.tick()
        await started.reaches(2)
        await service.stop()

        assert started.times == 2

    on(test)


# ---------------------------------------------------------------------------------------- delivery


def test_a_recorded_post_wakes_its_channel() -> None:
    async def test() -> None:
        stage = Stage()
        service = await stage.service()
        await service.start()
        await asyncio.sleep(0)  # the channel has nothing and naps

        stage.publish("Ostrava")
        await service.tick()
        await stage.channel.showed.reaches(1)
        await service.stop()

        assert await stage.states() == [PostState.SENT]

    on(test)


def test_what_a_dead_process_had_in_flight_is_settled_at_the_start(logged: list[EventDict]) -> None:
    async def test() -> None:
        stage = Stage()
        stage.publish("Ostrava")
        await (await stage.service()).round()
        post = await stage.archive.next_post("main", now=stage.clock.now())
        assert post is not None
        await stage.archive.sending(post, at=stage.clock.now())

        service = await stage.service()
        await service.start()
        await service.stop()

        assert await stage.states() == [PostState.UNCERTAIN]

    on(test)
    assert [line["posts"] for line in logged if line["log_level"] == "warning"] == [1]


def test_posts_reach_the_channel_once_although_two_tasks_deliver(tmp_path: Path) -> None:
    async def test() -> None:
        stage = Stage(archive=await open_archive(f"sqlite:///{tmp_path}/archive.db"))
        stage.publish(*TOWNS)
        service = await stage.service()

        await service.start()
        await service.round()
        await service.delivered()
        await service.stop()
        await stage.archive.close()

        assert [post.id for post in stage.channel.calls] == [1, 2, 3, 4]

    on(test)


def test_a_channel_goes_on_after_an_outcome_that_could_not_be_noted(logged: list[EventDict]) -> None:
    async def test() -> None:
        archive = FailingArchive(1)
        stage = Stage(archive=archive)
        service = await stage.service()
        await service.start()
        stage.publish("Ostrava")
        await service.tick()
        await archive.settled.reaches(1)

        for town in ("Brno", "Pilsen"):  # each new post wakes the channel
            stage.clock.time += timedelta(minutes=12)
            stage.publish(town)
            await service.tick()
            await archive.settled.reaches(archive.settled.times + 1)
        await service.stop()

        assert PostState.SENDING not in await stage.states()
        assert {post.id for post in stage.channel.posts} == {1, 2, 3}

    on(test)
    assert [line["channel"] for line in logged if line["log_level"] == "error"] == ["main"]


# ------------------------------------------------------------------------------------------ alarms


def test_an_alarm_of_a_chat_that_shut_the_bot_out_ends_as_it_lets_it_in() -> None:
    async def test() -> None:
        stage = Stage()
        service = await stage.service()

        await service.membership("main", may_post=False)
        assert [key for key, _text, _since in await stage.archive.alarms()] == ["channel:main"]
        await service.membership("main", may_post=True)

        assert await stage.archive.alarms() == []
        assert len(stage.told) == 1

    on(test)


def test_alarms_of_what_is_not_configured_any_more_end_with_the_next_start() -> None:
    async def test() -> None:
        stage = Stage()
        service = await stage.service()
        stand = ["channel:main", "coverage:dams", f"feed:{FEEDS[0].url}", "network"]
        for key in (*stand, "channel:gone", "coverage:gone", "feed:https://gone.example/feed.xml"):
            await stage.archive.alarm(key, "it is broken", at=NOW)

        await service.start()
        await service.stop()

        assert sorted(key for key, _text, _since in await stage.archive.alarms()) == stand

    on(test)


# -------------------------------------------------------------------------------------------- stop


def test_a_stop_waits_for_a_poll_under_way() -> None:
    async def test() -> None:
        stage = Stage()
        stage.publish("Ostrava")
        fetch = HeldFetch(stage.feeds)
        service = await stage.service(fetch=fetch)
        await service.tick()
        await fetch.started.reaches(1)

        stopping = asyncio.create_task(service.stop())
        await asyncio.sleep(0)
        fetch.let_go.set()
        await stopping

        assert [health.articles for health in await stage.archive.feeds()] == [1]

    on(test)


def test_a_stop_does_not_wait_for_a_server_that_never_answers() -> None:
    async def test() -> float:
        stage = Stage()
        fetch = HeldFetch(stage.feeds)
        service = await stage.service(fetch=fetch)
        await service.start()
        await service.tick()
        await fetch.started.reaches(1)

        loop = asyncio.get_running_loop()
        asked = loop.time()
        await service.stop()
        return loop.time() - asked

    assert asyncio.run(test()) < 8


def test_after_a_stop_nothing_is_polled() -> None:
    async def test() -> None:
        stage = Stage()
        service = await stage.service()
        await service.stop()

        await service.tick()
        assert await service.round() == []
        assert stage.feeds.asked == []

    on(test)


def test_a_stop_lets_the_post_in_flight_come_to_its_end_and_begins_no_other() -> None:
    async def test() -> None:
        stage = Stage(channel=HeldChannel(permits=0))
        stage.publish(*TOWNS)
        service = await stage.service()
        await service.start()
        await service.tick()
        await stage.channel.started.reaches(1)

        stopping = asyncio.create_task(service.stop())
        await asyncio.sleep(0)
        stage.channel.permits.release()
        await stopping

        assert await stage.states() == [PostState.SENT, *[PostState.PENDING] * 3]
        assert stage.channel.started.times == 1

    on(test)


# ----------------------------------------------------------------------------- another configuration


def other_world(service: Service, *stories: Story) -> World:
    world = service._world  # noqa: SLF001  all else stays
    return replace(world, knowledge=Knowledge(watches=[Watch.on(story) for story in stories]))


def test_another_configuration_is_gone_by_from_the_next_poll_on() -> None:
    async def test() -> None:
        stage = Stage()
        service = await stage.service()
        await service.start()
        desk = HeldChannel(name="desk")
        floods = a_story("floods", query="opens", channels=("desk",), policy=Policy(backfill=10))
        stage.publish("Ostrava")

        await service.adopt(other_world(service, floods), [desk])
        await service.tick()
        await desk.showed.reaches(1)
        await service.stop()

        assert (desk.showed.times, stage.channel.showed.times) == (1, 0)

    on(test)


def test_a_channel_that_is_gone_ends_in_peace_and_one_that_stays_goes_on() -> None:
    async def test() -> None:
        held, stays = HeldChannel(permits=0), HeldChannel(name="desk")
        stage = Stage(channel=held)
        story = replace(STORY, channels=("main", "desk"))
        service = await stage.service()
        await service.start()
        await service.adopt(other_world(service, story), [held, stays])
        stage.publish("Ostrava", "Brno")
        await service.tick()
        await held.started.reaches(1)
        await stays.showed.reaches(2)

        await service.adopt(other_world(service, replace(story, channels=("desk",))), [stays])
        held.permits.release()
        await held.showed.reaches(1)
        stage.publish("Pilsen", "Ostrava", "Brno")
        stage.clock.time += timedelta(hours=1)
        await service.tick()
        await stays.showed.reaches(3)
        await service.stop()

        assert held.started.times == 1
        states = Counter((post.channel, post.state) for post in await stage.archive.outbox(*PostState))
        assert states == {
            ("main", PostState.SENT): 1,
            ("main", PostState.PENDING): 1,
            ("desk", PostState.SENT): 3,
        }

    on(test)


def test_another_channel_in_the_place_of_one_takes_what_waits() -> None:
    async def test() -> None:
        held, other = HeldChannel(permits=0), HeldChannel()
        stage = Stage(channel=held)
        service = await stage.service()
        await service.start()
        stage.publish("Ostrava", "Brno")
        await service.tick()
        await held.started.reaches(1)

        await service.adopt(other_world(service, STORY), [other])
        held.permits.release()
        await other.showed.reaches(1)
        await service.stop()

        assert (held.showed.times, other.showed.times) == (1, 1)

    on(test)


def test_where_aliases_changed_the_index_is_made_again_between_polls() -> None:
    async def test() -> None:
        stage = Stage()
        fetch = HeldFetch(stage.feeds)
        service = await stage.service(fetch=fetch)
        stage.publish("Ostrava")
        await service.tick()
        await fetch.started.reaches(1)

        aliased = replace(STORY, aliases={"town": ("Ostrava", "Brno")})
        adopting = asyncio.create_task(service.adopt(other_world(service, aliased), [stage.channel]))
        await asyncio.sleep(0)
        stage.clock.time += timedelta(hours=1)
        await service.tick()
        waits = not adopting.done()
        fetch.let_go.set()
        await adopting
        under_way = fetch.started.times
        stage.clock.time += timedelta(hours=1)
        await service.tick()
        await fetch.started.reaches(2)
        await service.stop()

        assert waits
        assert under_way == 1

    on(test)


def test_alarms_of_what_is_gone_end() -> None:
    async def test() -> None:
        stage = Stage()
        service = await stage.service()
        await service.start()
        await stage.archive.alarm("channel:main", "closed", at=NOW)
        await stage.archive.alarm("coverage:dams", "silent", at=NOW)

        await service.adopt(other_world(service, a_story("floods")), [HeldChannel(name="desk")])
        await service.stop()

        assert await stage.archive.alarms() == []

    on(test)
