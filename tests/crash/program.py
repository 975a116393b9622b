"""The real program in a process of its own, between feeds and a Telegram that are served by the test's."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from aiohttp import web
from anyio.from_thread import start_blocking_portal

from bot.edge.clock import SystemClock
from tests.fakes.feedserver import FeedServer
from tests.fakes.telegram import CHANNEL, TOKEN, FakeTelegram
from tests.fakes.telegram_chats import Change

REPOSITORY = Path(__file__).parents[2]
#: More than a start, three polls and five posts take on a busy machine, in seconds.
PATIENCE_S = 100.0
#: Entries must be younger than max_age (48 h); all documents of one test run tell the same time.
TODAY = SystemClock().now().replace(microsecond=0)

_CONFIG = """
[telegram]
channel = {chat}
api_url = "http://127.0.0.1:{port}"

[database]
url = "sqlite:///{database}"

[poll]
allow_networks = ["127.0.0.0/8"]
backfill = 10

[[story]]
name = "dams"
title = "Dams"
query = "dam"
"""
_FEED = """
[[feed]]
name = "{name}"
url = "{url}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a feed document."""

    title: str
    text: str
    age: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A feed, and the headline that Telegram must show before the feed's server answers."""

    name: str
    items: Sequence[Item]
    after: str | None = None

    @property
    def path(self) -> str:
        return f"/{self.name.lower()}.xml"


@dataclass(slots=True, kw_only=True)
class Place:
    """Everything around the program: its directory, the feeds' server, its Telegram."""

    directory: Path
    feeds: FeedServer
    telegram: FakeTelegram
    #: Headline → set once Telegram shows it.
    shown: dict[str, asyncio.Event] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.directory / "storywire.db"

    @property
    def output(self) -> str:
        """What the program wrote, for messages of failed tests."""
        return (self.directory / "output.txt").read_text(encoding="utf-8")

    def configure(self, outlets: Sequence[Outlet]) -> None:
        """Publish the outlets' feeds and write a configuration that follows them."""
        text = _CONFIG.format(chat=CHANNEL, port=self.telegram.port, database=self.database)
        for outlet in outlets:
            text += _FEED.format(name=outlet.name, url=self.feeds.url(outlet.path))
            self._publish(outlet)
        (self.directory / "storywire.toml").write_text(text, encoding="utf-8")

    def follow(self, name: str, query: str) -> None:
        """Add a story to the configuration."""
        with (self.directory / "storywire.toml").open("a", encoding="utf-8") as file:
            file.write(f'\n[[story]]\nname = "{name}"\ntitle = "{name.title()}"\nquery = "{query}"\n')

    def _publish(self, outlet: Outlet) -> None:
        body = _document(outlet)
        if outlet.after is None:
            self.feeds.publish(outlet.path, body, etag='"1"')
            return
        shown = self.shown.setdefault(outlet.after, asyncio.Event())

        async def answer(_: web.BaseRequest) -> web.StreamResponse:
            await shown.wait()
            return web.Response(body=body, headers={"Content-Type": "application/rss+xml"})

        self.feeds.answer(outlet.path, answer)

    def note(self, change: Change) -> None:
        """Let the feeds go on that wait for what Telegram shows now."""
        for headline, event in self.shown.items():
            if headline in change.message.text:
                event.set()

    @contextmanager
    def running(self, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run the program, with more environment variables; it is killed if the test leaves it running."""
        command = [sys.executable, "-m", "bot", "run", "-c", str(self.directory / "storywire.toml")]
        environment = {"PATH": os.defpath, "TELEGRAM_BOT_TOKEN": TOKEN, "LOG_FORMAT": "json", **variables}
        with (
            (self.directory / "output.txt").open("ab") as output,
            subprocess.Popen(
                command, cwd=REPOSITORY, env=environment, stdout=output, stderr=subprocess.STDOUT
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def until(self, process: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
        """Wait until the database of a running program fulfils a condition."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"nothing happens any more:\n{self.output}"
            with suppress(subprocess.TimeoutExpired):
                code = process.wait(0.1)
                raise AssertionError(f"the program ended with {code}:\n{self.output}")

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        """Ask the program to stop; return its exit code."""
        process.send_signal(signal.SIGTERM)
        return process.wait(PATIENCE_S)

    def is_idle(self) -> bool:
        """Every feed was polled and nothing waits to be posted."""
        return (
            self.count("feeds where recorded_at is null or next_at is null") == 0
            and self.count("posts where state in ('pending', 'sending', 'uncertain')") == 0
            and self.count("feeds") > 0
        )

    def count(self, what: str) -> int:
        """Count rows, such as "posts where state = 'sent'"; -1 before there are tables."""
        if not self.database.exists():
            return -1
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            try:
                (rows,) = connection.execute(f"select count(*) from {what}").fetchone()  # noqa: S608  our own
            except sqlite3.OperationalError:
                return -1
        return int(rows)

    def change(self, *statements: str) -> None:
        """Change the database between two runs."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            for statement in statements:
                connection.execute(statement)


@contextmanager
def a_place(
    directory: Path, outlets: Sequence[Outlet], telegram: type[FakeTelegram] = FakeTelegram
) -> Iterator[Place]:
    """Serve feeds and a Telegram from one thread, as long as the block lasts."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[Place]:
        async with FeedServer() as feeds, telegram() as channel:
            place = Place(directory=directory, feeds=feeds, telegram=channel)
            channel.chats.on_change = place.note
            place.configure(outlets)
            yield place

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(open_()) as place:
        yield place


def _document(outlet: Outlet) -> bytes:
    root = ET.Element("rss", {"version": "2.0"})
    channel = ET.SubElement(root, "channel")
    ET.SubElement(channel, "title").text = outlet.name
    for number, item in enumerate(outlet.items):
        link = f"https://{outlet.name.lower()}.example/{number}"
        texts: Mapping[str, str] = {
            "title": item.title,
            "link": link,
            "guid": link,
            "pubDate": format_datetime(TODAY - item.age, usegmt=True),
            "description": item.text,
        }
        element = ET.SubElement(channel, "item")
        for tag, text in texts.items():
            ET.SubElement(element, tag).text = text
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
