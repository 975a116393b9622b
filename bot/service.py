"""The program while it runs: the clock's tick, the polls under way, one delivery task per channel."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.beginning import begin_stories
from bot.checkup import weekly_note
from bot.core.health import coverage_gap
from bot.model import Feed, Post
from bot.pipeline import Polled, World, deliver, poll, recover, reindex
from bot.ports import PER_HOST, Channel
from bot.reviewing import sweep

#: A fetch, its pages and a parse have deadlines of seconds. A poll that takes longer may be repeated, which
#: is harmless; one whose record failed is repeated after this.
_LEASE = timedelta(minutes=2)
#: Progress is noted this often; each note is a write to the disk.
_BEAT_EVERY = timedelta(seconds=20)
#: With each note of the tick one of so many parts of the index of candidates is looked through for what is
#: too old: all of it in a day, and where a million articles are stored, a few thousand rows at a time. A part
#: that is passed over has its turn the next day.
_PARTS = 4_096
#: A tick starts so many polls of all feeds at most: after a stop or a sleep everything is due, and is asked
#: for over two minutes instead of at once. The fewest keep small sets from noticing.
_OF_ALL_AT_ONCE = 1 / 120
_FEWEST_AT_ONCE = 10
#: Whether stories still hear of the world is looked at this often.
_COVERAGE_EVERY = timedelta(minutes=5)
#: How long a channel's task sleeps at most before it looks again by itself.
_LONGEST_NAP_S = 15.0
_SHORTEST_NAP_S = 0.05
#: Polls of the first moments would find repeats of what a new story has yet to find in the archive. To go
#: through ten thousand articles takes a third of a second (`storywire bench timeline`).
_BEGINNING_HOLDS_UP_S = 5.0
#: Of the ten seconds in which the program stops; the rest is for closing.
_POLLS_MAY_TAKE_S = 3.0
_SENDS_MAY_TAKE_S = 3.0

log = structlog.get_logger("storywire")
_plain_log = logging.getLogger("storywire")


class Service:
    """Polls and delivers until it is told to stop."""

    def __init__(self, world: World, channels: Sequence[Channel], *, concurrency: int) -> None:
        """Prepare, without starting anything.

        Args:
            world: what the pipeline needs.
            channels: where posts go; one task each, so that a slow one delays nobody.
            concurrency: feeds polled at the same time.
        """
        self._world = world
        self._channels = {channel.name: channel for channel in channels}
        self._concurrency = concurrency
        self._polls: set[asyncio.Task[Polled]] = set()
        #: Host → polls of its feeds under way.
        self._busy: Counter[str] = Counter()
        self._at_once = _FEWEST_AT_ONCE
        self._wake = {channel.name: asyncio.Event() for channel in channels}
        #: One post of a channel is in flight at a time, whoever delivers.
        self._turns = {channel.name: asyncio.Lock() for channel in channels}
        self._senders: set[asyncio.Task[None]] = set()
        #: Searches of the archive for new stories under way; one works at a time.
        self._beginnings: set[asyncio.Task[None]] = set()
        self._one_beginning = asyncio.Lock()
        self._stopping = False
        #: No poll is started for the moment.
        self._holding = False
        self._beaten: dict[str, datetime] = {}

    @property
    def world(self) -> World:
        """Return what it works with now; another configuration makes another."""
        return self._world

    async def start(self) -> None:
        """Settle what a dead process left behind and begin to deliver."""
        await self._end_alarms()
        again = await reindex(self._world)
        if again:
            log.info("the index of candidates was made again", articles=again)
        left = await recover(self._world)
        if left:
            log.warning("posts were in flight when the program last stopped", posts=left)
        for channel in self._channels.values():
            self._begin(channel)

        await self.begin_stories()

    async def begin_stories(self) -> None:
        """Begin to follow stories that are new; what takes long goes on beside the polls."""
        task = asyncio.create_task(self._begin_stories(set(self._polls)), name="begin stories")
        self._beginnings.add(task)
        task.add_done_callback(self._beginnings.discard)
        await asyncio.wait([task], timeout=_BEGINNING_HOLDS_UP_S)

    async def _begin_stories(self, polls: Collection[asyncio.Task[Polled]]) -> None:
        """Begin new stories once polls have ended that do not know of them."""
        if polls:
            await asyncio.wait(polls)
        try:
            async with self._one_beginning:
                begun = await begin_stories(self._world)
        except Exception:  # the job's boundary: the next start finds the stories as new as before
            log.exception("new stories could not be begun")
            return
        for each in begun:
            log.info("story is followed", story=each.story.name, found=each.found, posts=len(each.posts))
            self._wake_up(each.posts)

    async def adopt(self, world: World, channels: Sequence[Channel]) -> None:
        """Go on with another configuration.

        Polls under way end as they began. A channel that is the same object goes on; one that is gone, or
        has another in its place, ends when what it was handed is settled.

        Args:
            world: what the pipeline needs from now on, of the same archive.
            channels: where posts go from now on.
        """
        before = _aliases(self._world)
        # Of a story that is new nothing is in the index yet.
        if any(before.get(story, aliases) != aliases for story, aliases in _aliases(world).items()):
            await self._reindex(world)
        self._world = world
        gone = [channel for channel in self._channels.values() if channel not in channels]
        new = [channel for channel in channels if channel not in self._channels.values()]
        self._channels = {channel.name: channel for channel in channels}
        for channel in gone:
            self._wake[channel.name].set()
            if channel.name not in self._channels:
                del self._wake[channel.name]
        for channel in new:
            self._wake.setdefault(channel.name, asyncio.Event())
            self._turns.setdefault(channel.name, asyncio.Lock())
            self._begin(channel)
        await self._end_alarms()
        await self.begin_stories()

    async def tick(self) -> None:
        """Start polling what is due, as far as there is room."""
        if await self._beat("tick"):
            await self._prune()
            await self._watch_network()
        if self._is_time("coverage", _COVERAGE_EVERY):
            await self._watch_coverage()
        for feed in await self._due(self._at_once):
            self._start(feed).add_done_callback(self._done)

    async def review(self) -> None:
        """Ask about verdicts in doubt, and decide what nobody answered in time."""
        for closed in await sweep(self._world):
            log.info("review closed", review=closed.review.id, answer=str(closed.review.answer))
            self._wake_up(closed.posts)

    async def round(self) -> list[Polled]:
        """Poll everything that is due, and wait for it."""
        ended: list[asyncio.Task[Polled]] = []
        again = asyncio.Event()

        def end(host: str, task: asyncio.Task[Polled]) -> None:
            ended.append(task)
            self._polls.discard(task)
            # To claim costs, so not for each poll that ends: for one whose host was full, or for many.
            half = len(self._polls) <= self._concurrency // 2
            if not self._polls or host in full or (half and len(due) == room):
                again.set()

        while True:
            again.clear()
            room = self._concurrency - len(self._polls)
            due = await self._due(room)
            for feed in due:
                self._start(feed).add_done_callback(partial(end, feed.host))
            full = {host for host, polls in self._busy.items() if polls >= PER_HOST}
            if not self._polls and not again.is_set():
                return [task.result() for task in ended]
            await again.wait()

    async def delivered(self) -> None:
        """Wait until no channel has anything it may be given now."""
        for channel in self._channels.values():
            async with self._turns[channel.name]:
                await deliver(channel, self._world)
            await self._beat(f"deliver:{channel.name}")

    async def membership(self, channel: str, may_post: bool) -> None:  # noqa: FBT001  what Telegram says
        """Hear that a chat lets the bot post, or does not any more.

        Args:
            channel: which one.
            may_post: it does.
        """
        now = self._world.clock.now()
        if may_post:
            log.info("the chat lets the bot post", channel=channel)
            await self._world.archive.rest(channel, now)
            await self._world.archive.alarm(f"channel:{channel}", None, at=now)
            if channel in self._wake:
                self._wake[channel].set()
            return
        text = f"channel {channel}: the bot may not post there any more; what is to be posted waits"
        if await self._world.archive.alarm(f"channel:{channel}", text, at=now):
            await self._world.notify(text)

    async def weekly(self) -> None:
        """Tell the administrators once a week what to mend in the keywords."""
        await weekly_note(self._world)

    async def stop(self) -> None:
        """Let polls and sends under way come to their end, within a few seconds."""
        self._stopping = True
        await _ended(self._beginnings, 0)
        await _ended(self._polls, _POLLS_MAY_TAKE_S)
        for event in self._wake.values():
            event.set()
        await _ended(self._senders, _SENDS_MAY_TAKE_S)

    def _begin(self, channel: Channel) -> None:
        """Begin to deliver to a channel."""
        task = asyncio.create_task(self._send(channel), name=f"deliver {channel.name}")
        self._senders.add(task)
        task.add_done_callback(self._senders.discard)

    async def _reindex(self, world: World) -> None:
        """Make the index anew that aliases are a part of, while no poll goes by the old ones."""
        self._holding = True
        try:
            if self._polls:
                await asyncio.wait(set(self._polls))
            again = await reindex(world)
        finally:
            self._holding = False
        if again:
            log.info("the index of candidates was made again", articles=again)

    async def _end_alarms(self) -> None:
        """End the alarms of what is not configured any more: nothing else would."""
        archive = self._world.archive
        known = {f"channel:{name}" for name in self._wake}
        known |= {f"coverage:{watch.story.name}" for watch in self._world.knowledge.watches}
        known |= {f"feed:{health.feed.url}" for health in await archive.feeds(counted=False)}
        for key, _text, _since in await archive.alarms():
            if ":" in key and key not in known:
                await archive.alarm(key, None, at=self._world.clock.now())

    async def _due(self, most: int) -> list[Feed]:
        room = min(self._concurrency - len(self._polls), most)
        if room <= 0 or self._stopping or self._holding:
            return []
        now = self._world.clock.now()
        return await self._world.archive.claim(now=now, lease=_LEASE, limit=room, busy=self._busy)

    def _start(self, feed: Feed) -> asyncio.Task[Polled]:
        self._busy[feed.host] += 1
        task = asyncio.create_task(self._poll(feed), name=f"poll {feed.name}")
        self._polls.add(task)
        return task

    async def _poll(self, feed: Feed) -> Polled:
        try:
            polled = await poll(feed, self._world)
        finally:
            self._busy -= Counter({feed.host: 1})  # keeps no host that is done
        report(polled)
        for taken in polled.taken:
            self._wake_up(taken.posts)
        return polled

    def _wake_up(self, posts: Sequence[Post]) -> None:
        """Let the tasks of channels that have something to send look at once."""
        for post in posts:
            if post.channel in self._wake:
                self._wake[post.channel].set()

    def _done(self, task: asyncio.Task[Polled]) -> None:
        self._polls.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The feed's lease runs out and it is polled again; the fault is ours and must be seen.
            log.error("poll failed unexpectedly", task=task.get_name(), exc_info=error)

    async def _send(self, channel: Channel) -> None:
        """Deliver to one channel until it or the program ends; a fault is logged and costs one nap."""
        wake = self._wake[channel.name]

        def ends() -> bool:
            return self._stopping or self._channels.get(channel.name) is not channel

        while not ends():
            wake.clear()
            again: datetime | None = None
            try:
                async with self._turns[channel.name]:
                    await recover(self._world, channel.name)  # what a fault in the last round left in flight
                    again = await deliver(channel, self._world, stopping=ends)
                await self._beat(f"deliver:{channel.name}")
            except Exception:  # the job's boundary: posts stay where they are, and the next round goes on
                log.exception("delivery failed unexpectedly", channel=channel.name)
            await _signalled(wake, self._nap(again))

    def _nap(self, again: datetime | None) -> float:
        """Return for how many seconds a channel's task may sleep."""
        if again is None:
            return _LONGEST_NAP_S
        wait = (again - self._world.clock.now()).total_seconds()
        return min(max(wait, _SHORTEST_NAP_S), _LONGEST_NAP_S)

    async def _prune(self) -> None:
        """Look through one part of the index of candidates for what no window holds any more."""
        now = self._world.clock.now()
        windows = [watch.story.policy.window for watch in self._world.knowledge.watches]
        if windows:
            part = int(now.timestamp() // _BEAT_EVERY.total_seconds()) % _PARTS
            await self._world.archive.prune(before=now - max(windows), part=part, parts=_PARTS)

    async def _watch_network(self) -> None:
        """Tell when we reach nobody, and when we do again."""
        network = self._world.network
        since = network.offline_since(self._world.clock.now())
        if since is None and not network.is_known_to_work:
            return  # nothing was heard yet: an alarm of the life before stands
        text = f"no feed can be reached since {since:%H:%M} UTC: is this machine offline?" if since else None
        await self._ring("network", text, over="feeds can be reached again")

    async def _watch_coverage(self) -> None:
        """Tell which stories hear little, and when they hear more again."""
        feeds = await self._world.archive.feeds(counted=False)
        self._at_once = max(_FEWEST_AT_ONCE, math.ceil(len(feeds) * _OF_ALL_AT_ONCE))
        now = self._world.clock.now()
        for story in (watch.story for watch in self._world.knowledge.watches):
            text = coverage_gap(story, feeds, now)
            await self._ring(f"coverage:{story.name}", text, over=f"story {story.name} is covered again")

    async def _ring(self, key: str, text: str | None, *, over: str) -> None:
        """Raise or clear an alarm; tell it where it begins and where it ends."""
        archive = self._world.archive
        stood = any(key == standing for standing, _text, _since in await archive.alarms())
        await archive.alarm(key, text, at=self._world.clock.now())
        if stood != (text is not None):
            await self._world.notify(text or over)

    def _is_time(self, name: str, every: timedelta) -> bool:
        """Tell whether something was not done for so long; if so, it counts as done now."""
        now = self._world.clock.now()
        last = self._beaten.get(name)
        if last is not None and timedelta() <= now - last < every:
            return False
        self._beaten[name] = now
        return True

    async def _beat(self, name: str) -> bool:
        """Note progress of a job, if it is time to; return whether it was."""
        if not self._is_time(name, _BEAT_EVERY):
            return False
        await self._world.archive.beat(name, at=self._world.clock.now())
        return True


def _aliases(world: World) -> dict[str, Mapping[str, tuple[str, ...]]]:
    return {watch.story.name: watch.story.aliases for watch in world.knowledge.watches}


def report(polled: Polled) -> None:
    """Log one poll and each of its decisions."""
    feed = polled.feed
    if polled.failure is not None:
        log.warning("poll failed", feed=feed.name, reason=polled.failure, failures=feed.failures)
        return
    if polled.unseen:
        log.info("polled", feed=feed.name, listed=polled.listed, unseen=polled.unseen)
    elif _plain_log.isEnabledFor(logging.DEBUG):  # structlog finds out twenty times as slowly
        log.debug("polled", feed=feed.name, listed=polled.listed, unseen=polled.unseen)
    for taken in polled.taken:
        log.info(
            "decided",
            story=taken.match.story.name,
            title=taken.match.article.title,
            verdict=type(taken.verdict).__name__.lower(),
            evidence="; ".join(evidence.says for evidence in taken.verdict.evidence),
            quiet=taken.quiet,
            posts=len(taken.posts),
        )


async def _ended(
    tasks: Collection[asyncio.Task[None]] | Collection[asyncio.Task[Polled]], within_s: float
) -> None:
    """Wait for tasks; cancel those that take too long."""
    if not tasks:
        return
    _done, late = await asyncio.wait(tasks, timeout=within_s)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)


async def _signalled(event: asyncio.Event, within_s: float) -> None:
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return
