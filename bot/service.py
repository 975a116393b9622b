"""The program while it runs: the clock's tick, the polls under way, one delivery task per channel."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.model import Feed
from bot.pipeline import Polled, World, deliver, poll, recover, reindex
from bot.ports import Channel

#: A fetch and a parse have deadlines of seconds. A poll that takes longer may be repeated, which is harmless;
#: one whose record failed is repeated after this.
_LEASE = timedelta(minutes=1)
#: Progress is noted this often; each note is a write to the disk.
_BEAT_EVERY = timedelta(seconds=20)
#: With each note of the tick one of so many parts of the index of candidates is looked through for what is
#: too old: all of it in a day, and where a million articles are stored, a few thousand rows at a time. A part
#: that is passed over has its turn the next day.
_PARTS = 4_096
#: How long a channel's task sleeps at most before it looks again by itself.
_LONGEST_NAP_S = 15.0
_SHORTEST_NAP_S = 0.05
#: Of the ten seconds in which the program stops; the rest is for closing.
_POLLS_MAY_TAKE_S = 3.0
_SENDS_MAY_TAKE_S = 3.0

log = structlog.get_logger("storywire")


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
        self._channels = channels
        self._concurrency = concurrency
        self._polls: set[asyncio.Task[Polled]] = set()
        self._wake = {channel.name: asyncio.Event() for channel in channels}
        #: One post of a channel is in flight at a time, whoever delivers.
        self._turns = {channel.name: asyncio.Lock() for channel in channels}
        self._senders: list[asyncio.Task[None]] = []
        self._stopping = False
        self._beaten: dict[str, datetime] = {}

    async def start(self) -> None:
        """Settle what a dead process left behind and begin to deliver."""
        again = await reindex(self._world)
        if again:
            log.info("the index of candidates was made again", articles=again)
        left = await recover(self._world)
        if left:
            log.warning("posts were in flight when the program last stopped", posts=left)
        self._senders = [asyncio.create_task(self._send(channel)) for channel in self._channels]

    async def tick(self) -> None:
        """Start polling what is due, as far as there is room."""
        if await self._beat("tick"):
            await self._prune()
        for feed in await self._due():
            task = asyncio.create_task(self._poll(feed), name=f"poll {feed.name}")
            self._polls.add(task)
            task.add_done_callback(self._done)

    async def round(self) -> list[Polled]:
        """Poll everything that is due, and wait for it."""
        polled: list[Polled] = []
        while due := await self._due():
            polled += await asyncio.gather(*(self._poll(feed) for feed in due))
        return polled

    async def delivered(self) -> None:
        """Wait until no channel has anything it may be given now."""
        for channel in self._channels:
            async with self._turns[channel.name]:
                await deliver(channel, self._world)

    async def stop(self) -> None:
        """Let polls and sends under way come to their end, within a few seconds."""
        self._stopping = True
        await _ended(self._polls, _POLLS_MAY_TAKE_S)
        for event in self._wake.values():
            event.set()
        await _ended(self._senders, _SENDS_MAY_TAKE_S)

    async def _due(self) -> list[Feed]:
        room = self._concurrency - len(self._polls)
        if room <= 0 or self._stopping:
            return []
        return await self._world.archive.claim(now=self._world.clock.now(), lease=_LEASE, limit=room)

    async def _poll(self, feed: Feed) -> Polled:
        polled = await poll(feed, self._world)
        report(polled)
        for taken in polled.taken:
            for post in taken.posts:
                if post.channel in self._wake:
                    self._wake[post.channel].set()
        return polled

    def _done(self, task: asyncio.Task[Polled]) -> None:
        self._polls.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The feed's lease runs out and it is polled again; the fault is ours and must be seen.
            log.error("poll failed unexpectedly", task=task.get_name(), exc_info=error)

    async def _send(self, channel: Channel) -> None:
        """Deliver to one channel until the program stops; a fault is logged and costs one nap."""
        wake = self._wake[channel.name]
        while not self._stopping:
            wake.clear()
            again: datetime | None = None
            try:
                async with self._turns[channel.name]:
                    await recover(self._world, channel.name)  # what a fault in the last round left in flight
                    again = await deliver(channel, self._world, stopping=lambda: self._stopping)
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

    async def _beat(self, name: str) -> bool:
        """Note progress of a job, if it is time to; return whether it was."""
        now = self._world.clock.now()
        last = self._beaten.get(name)
        if last is not None and timedelta() <= now - last < _BEAT_EVERY:
            return False
        self._beaten[name] = now
        await self._world.archive.beat(name, at=now)
        return True


def report(polled: Polled) -> None:
    """Log one poll and each of its decisions."""
    feed = polled.feed
    if polled.failure is not None:
        log.warning("poll failed", feed=feed.name, reason=polled.failure, failures=feed.failures)
        return
    log.info("polled", feed=feed.name, listed=polled.listed, unseen=polled.unseen)
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


async def _ended(tasks: Sequence[asyncio.Task[None]] | set[asyncio.Task[Polled]], within_s: float) -> None:
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
