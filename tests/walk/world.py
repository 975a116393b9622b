"""The whole way of an item on fakes, one step at a time, under a clock that the test sets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.match import Watch
from bot.core.outage import Network
from bot.model import Delivery, Entry, Feed, Hours, Post, PostState, Story
from bot.pipeline import Knowledge, Polled, World, deliver, poll, recover, reindex
from bot.ports import Archive, FeedHealth, Semantics
from tests.builders import NOW, a_feed, a_story, an_entry
from tests.fakes.channel import FakeChannel
from tests.fakes.feeds import FakeFeeds

WIRE = "https://wire.example/feed.xml"
POST = "https://post.example/feed.xml"
LEDGER = "https://ledger.example/feed.xml"
FEEDS = (
    a_feed(WIRE, name="Wire", slowest=timedelta(hours=1)),
    a_feed(POST, name="Evening Post", slowest=timedelta(hours=1)),
    a_feed(LEDGER, name="Ledger", slowest=timedelta(hours=1)),
)
#: Longer than the interval of a feed with its spread; the channel's minute is over as well.
LATER = timedelta(minutes=12)


class FakeClock:
    """Stands still until it is told to go on."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


@dataclass(slots=True)
class Notices:
    """What the administrators were told."""

    told: list[str] = field(default_factory=list)

    async def __call__(self, text: str) -> None:
        self.told.append(text)


@dataclass(slots=True, kw_only=True)
class Walk:
    """A program on fakes. `replace(walk, …)` on the same archive is what a restart with a new file is."""

    archive: Archive
    stories: Sequence[Story] = (a_story(),)
    delivery: Delivery = Delivery.AT_LEAST_ONCE
    clock: FakeClock = field(default_factory=FakeClock)
    feeds: FakeFeeds = field(default_factory=FakeFeeds)
    channels: Mapping[str, FakeChannel] = field(default_factory=lambda: {"main": FakeChannel("main")})
    notices: Notices = field(default_factory=Notices)
    semantics: Semantics | None = None
    network: Network = field(default_factory=Network)
    hours: Mapping[str, Hours] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return World(
            clock=self.clock,
            fetch=self.feeds.fetch,
            parse=self.feeds.parse,
            archive=self.archive,
            notify=self.notices,
            knowledge=Knowledge(
                watches=[Watch.on(story) for story in self.stories],
                semantics=self.semantics,
                hours=self.hours,
            ),
            delivery=self.delivery,
            network=self.network,
        )

    @property
    def channel(self) -> FakeChannel:
        return self.channels["main"]

    # ------------------------------------------------------------------------------------ what happens

    def wait(self, time: timedelta = LATER) -> None:
        """Let time pass."""
        self.clock.time += time

    def poll(self, url: str = WIRE) -> Polled:
        """Look at a feed once, whether it is due or not."""
        return asyncio.run(self._poll(url))

    async def _poll(self, url: str) -> Polled:
        await self.archive.declare(FEEDS)
        feed = next(health.feed for health in await self.archive.feeds() if health.feed.url == url)
        return await poll(feed, self.world)

    def hears(self, url: str, *entries: Entry) -> Polled:
        """Let some time pass, then let a feed list these entries, newest first, and poll it."""
        self.wait()
        self.feeds.publish(url, *entries)
        return self.poll(url)

    def opened(self, *urls: str) -> None:
        """Poll feeds for the first time, while they list nothing, so that they are not new any more."""
        for url in urls or (WIRE, POST, LEDGER):
            self.feeds.publish(url, an_item("Weather stays dry"))
            self.poll(url)

    def deliver(self, name: str = "main") -> datetime | None:
        """Send what waits for a channel."""
        return asyncio.run(deliver(self.channels[name], self.world))

    def recover(self) -> int:
        """Settle what a dead process left behind."""
        return asyncio.run(recover(self.world))

    def reindex(self) -> int:
        """Let what was judged be found by the keys of today, as every start does."""
        return asyncio.run(reindex(self.world))

    # -------------------------------------------------------------------------------- what can be seen

    def health(self, url: str = WIRE) -> FeedHealth:
        """What the archive knows of a feed."""
        return next(one for one in asyncio.run(self.archive.feeds()) if one.feed.url == url)

    def stored(self, url: str = WIRE) -> Feed:
        """Return the feed as the next poll finds it."""
        return self.health(url).feed

    def outbox(self, *states: PostState) -> list[Post]:
        """Return the posts in some states, by default those that wait."""
        return asyncio.run(self.archive.outbox(*(states or (PostState.PENDING,))))

    def shown(self, name: str = "main") -> list[str]:
        """Deliver, then return the first lines of what a reader of the channel sees."""
        self.deliver(name)
        return [message.text.splitlines()[0] for message in self.channels[name].messages.values()]

    def alarms(self) -> list[str]:
        return [text for _, text, _ in asyncio.run(self.archive.alarms())]


def an_item(title: str, site: str = "wire", **changes: Any) -> Entry:
    """Give an entry of one of the outlets, published at noon unless said otherwise."""
    link = f"https://{site}.example/{title.replace(' ', '-').lower()}"
    return replace(an_entry(title), **{"id": link, "link": link, **changes})
