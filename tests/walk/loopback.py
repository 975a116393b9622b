"""The whole way of an item with everything real but the servers, the channel and the clock.

The real fetcher asks a loopback server, the real parser reads the answer in its worker, and an SQLite archive
keeps what comes of it. One event loop serves all steps of a test, so that they can be plain calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from bot.core.match import Watch
from bot.core.outage import Network
from bot.edge.fetch import Fetcher
from bot.edge.gate import Gate
from bot.edge.parse import Parser
from bot.model import Feed, Fetched, Story
from bot.pipeline import Knowledge, Polled, World, deliver, poll
from bot.ports import Archive, FeedHealth
from bot.service import Service
from storage import open_archive
from tests.builders import a_feed, a_story
from tests.fakes.channel import FakeChannel
from tests.fakes.feedserver import FeedServer
from tests.fakes.misbehaving import Item, UnsteadyNames, an_item, rss
from tests.walk.world import LATER, FakeClock, Notices

T = TypeVar("T")

PATH = "/feed"


class Loopback:
    """A program that polls loopback servers; `restart` ends it and starts another on the same archive."""

    def __init__(self, runner: asyncio.Runner, parse: Parser, database: str) -> None:
        self.clock = FakeClock()
        self.channel = FakeChannel("main")
        self.notices = Notices()
        self.names = UnsteadyNames()
        self.server: FeedServer
        self.stories: Sequence[Story] = (a_story(),)
        self._runner = runner
        self.parse = parse
        self._database = database
        self.archive: Archive
        self.service: Service
        self.world: World
        self._fetcher: Fetcher

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    # ------------------------------------------------------------------------------- start and end

    def __enter__(self) -> Self:
        self.run(self._serve())
        self.start()
        return self

    async def _serve(self) -> None:
        self.server = await FeedServer().__aenter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.run(self.server.__aexit__(kind, error, trace))

    def start(self, *, deadline: timedelta = timedelta(seconds=10)) -> None:
        """Begin as a new process would: with nothing but what the archive knows."""
        self.run(self._start(deadline))

    async def _start(self, deadline: timedelta) -> None:
        self.archive = await open_archive(self._database)
        self._fetcher = await self._opened(deadline)
        self.world = World(
            clock=self.clock,
            fetch=self._fetch,
            parse=self.parse,
            archive=self.archive,
            notify=self.notices,
            knowledge=Knowledge(watches=[Watch.on(story) for story in self.stories]),
            network=Network(),
        )
        self.service = Service(self.world, [], concurrency=20)

    async def _opened(self, deadline: timedelta) -> Fetcher:
        gate = Gate(["127.0.0.0/8"], resolver=self.names)
        return await Fetcher(gate, self.clock, user_agent="Storywire/test", deadline=deadline).__aenter__()

    async def _fetch(self, feed: Feed, *, conditional: bool = True) -> Fetched:
        return await self._fetcher(feed, conditional=conditional)

    def look_names_up_again(self) -> None:
        """Forget every name's address, as a fetcher does by itself after seconds of real time."""
        self.run(self._look_names_up_again())

    async def _look_names_up_again(self) -> None:
        await self._fetcher.__aexit__(None, None, None)
        self._fetcher = await self._opened(timedelta(seconds=10))

    def stop(self) -> None:
        """End; what is in the archive stays."""
        self.run(self._stop())

    async def _stop(self) -> None:
        await self._fetcher.__aexit__(None, None, None)
        await self.archive.close()

    def restart(self, *, deadline: timedelta = timedelta(seconds=10)) -> None:
        self.stop()
        self.start(deadline=deadline)

    # ------------------------------------------------------------------------------- what happens

    def follow(self, *urls: str) -> None:
        """Poll these feeds, which are named after the ends of their addresses."""
        feeds = [
            a_feed(url, name=url.rpartition("/")[2], slowest=timedelta(hours=1))
            for url in urls or (self.server.url(PATH),)
        ]
        self.run(self.archive.declare(feeds))

    def wait(self, time: timedelta = LATER) -> None:
        self.clock.time += time

    def round(self, after: timedelta = timedelta()) -> list[Polled]:
        """Let time pass, then poll what is due by then."""
        self.wait(after)
        return self.run(self.service.round())

    def live(self, during: timedelta, *, step: timedelta = timedelta(minutes=10)) -> list[datetime]:
        """Poll what is due, again and again; return when anything was."""
        times: list[datetime] = []
        end = self.clock.now() + during
        while self.clock.now() < end:
            ended = self.round(min(step, end - self.clock.now()))
            times += [self.clock.now()] * len(ended)
        return times

    def poll(self, path: str = PATH, *, after: timedelta = LATER) -> Polled:
        """Let time pass and look at a feed, whether it is due or not."""
        self.wait(after)
        polled = self.run(self._poll(path))
        self.deliver()
        return polled

    async def _poll(self, path: str) -> Polled:
        feed = (await self._health(path)).feed
        return await poll(feed, self.world)

    def hears(self, *items: Item, path: str = PATH) -> Polled:
        """Let a feed list these items from now on, newest first, and poll it after a while."""
        self.server.publish(path, rss(*items))
        return self.poll(path)

    def opened(self, *items: Item, path: str = PATH) -> None:
        """Make a feed known that lists these items, which are backlog."""
        self.follow()
        self.hears(*items, an_item("Weather stays dry"), path=path)

    def deliver(self) -> None:
        self.run(self._deliver())

    async def _deliver(self) -> None:
        await deliver(self.channel, self.world)

    # ------------------------------------------------------------------------------- what can be seen

    def health(self, path: str = PATH) -> FeedHealth:
        return self.run(self._health(path))

    async def _health(self, path: str) -> FeedHealth:
        return next(one for one in await self.archive.feeds() if one.feed.url.endswith(path))

    def stored(self, path: str = PATH) -> Feed:
        return self.health(path).feed

    def posted(self) -> list[str]:
        """Deliver, then return the first line of every message handed over since the start, edits too."""
        self.deliver()
        return [post.message.text.splitlines()[0] for post in self.channel.calls]

    def asked(self, path: str = PATH) -> int:
        """Return how often a path was asked for."""
        return len(self.server.requests(path))
