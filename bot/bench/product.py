"""The whole product as one of those that poll: put together by its own composition root.

All that the benches know of its inside stands here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, redirect_stderr
from dataclasses import replace
from datetime import datetime
from random import Random

from bot.app import Assembled, assembled, keep_loaded, watches
from bot.bench.documents import START, STEP, SUBJECTS, Writer
from bot.bench.process import Job, Tally
from bot.core.keys import match_keys
from bot.core.match import Watch
from bot.edge import logs
from bot.edge.console import ConsoleChannel
from bot.model import Article
from bot.pipeline import Polled, recover, reindex
from bot.ports import Clock
from bot.service import Service
from config.settings import Settings, load_settings
from storage import open_archive

STORY = "bench"
_DATABASE = "storywire.db"
_BATCH = 20_000


class SteppingClock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        """Return the time it shows."""
        return self.time


@asynccontextmanager
async def product(job: Job) -> AsyncIterator[Product]:
    """Give the product, ready to poll; what it keeps is found again by another one in the same folder."""
    settings = configured(job)
    clock = SteppingClock()
    async with logged(job, settings), opened(settings, clock) as program:
        await program.world.archive.declare(program.feeds)
        await reindex(program.world)
        await recover(program.world)
        keep_loaded()
        service = Service(program.world, program.channels, concurrency=settings.poll.concurrency)
        yield Product(service, clock)


class Product:
    """Implements `Client`."""

    def __init__(self, service: Service, clock: SteppingClock) -> None:
        self._service = service
        self._clock = clock
        self._polled: list[Polled] = []

    async def poll(self, at: datetime) -> None:
        """Poll all that is due, and deliver."""
        self._clock.time = at
        self._polled = await self._service.round()
        await self._service.delivered()

    def tally(self) -> Tally:
        """Say how many entries are recorded that were not, and how many feeds failed."""
        return Tally(
            new=sum(one.unseen for one in self._polled),
            failed=sum(one.failure is not None for one in self._polled),
        )


def configured(job: Job) -> Settings:
    """Write a configuration that follows one story in all feeds, and read it as the program does."""
    sections: dict[str, dict[str, object]] = {
        "database": {"url": f"sqlite:///{job.folder / _DATABASE}"},
        "poll": {
            "allow_networks": ["127.0.0.0/8"],
            "concurrency": job.concurrency,
            "backfill": 0,
            "slowest": "10m",
        },
    }
    story: dict[str, object] = {
        "name": STORY,
        "title": "Bench",
        "query": " ".join(SUBJECTS),
        "channels": ["console"],
    }
    blocks = [
        *(f"[{name}]\n{_pairs(values)}" for name, values in sections.items()),
        f"[[story]]\n{_pairs(story)}",
        *(f"[[feed]]\n{_pairs({'name': f'feed{n}', 'url': url})}" for n, url in enumerate(job.urls)),
    ]
    path = job.folder / "storywire.toml"
    path.write_text("\n".join(blocks), encoding="utf-8")
    return load_settings(path, {})


def _pairs(values: dict[str, object]) -> str:
    # JSON's strings, numbers and lists are TOML's as well.
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


@asynccontextmanager
async def logged(job: Job, settings: Settings) -> AsyncIterator[None]:
    """Let the log go where a service's goes, into a file: it is part of the work."""
    with (job.folder / "log.jsonl").open("a", encoding="utf-8") as file, redirect_stderr(file):
        logs.configure(settings.log.level, "json", ())
        yield


@asynccontextmanager
async def opened(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Assembled]:
    """Put the program together, with a channel that prints nothing."""
    async with assembled(settings, clock=clock, channels=False) as program:
        yield replace(program, channels=(ConsoleChannel("console", quiet=True),))


# ------------------------------------------------------------------------------------------- stored


def filled(job: Job, count: int) -> None:
    """Let so many articles be stored before the product starts, all judged, and all within the window."""
    asyncio.run(_fill(job, count))


async def _fill(job: Job, count: int) -> None:
    settings = configured(job)
    (watch,) = watches(settings)
    archive = await open_archive(settings.database.url.get_secret_value())
    writer, dice = Writer(), Random(3)  # noqa: S311  reproducible, not secret
    window = watch.story.policy.window - STEP * 100
    try:
        for first in range(0, count, _BATCH):
            batch = [
                _article(writer.headline(dice), number, job.urls, at=START - window * (1 - number / count))
                for number in range(first, min(first + _BATCH, count))
            ]
            await archive.load(STORY, _keyed(batch, watch))
    finally:
        await archive.close()


def _keyed(batch: Sequence[Article], watch: Watch) -> list[tuple[Article, Sequence[int]]]:
    return [(article, match_keys(article, watch.concepts, STORY).kept) for article in batch]


def _article(title: str, number: int, urls: Sequence[str], *, at: datetime) -> Article:
    feed = number % len(urls)
    address = f"feed{feed}.example/stored/{number}"
    return Article(
        feed_url=urls[feed],
        key=address,
        fingerprint=address,
        link=f"https://{address}",
        address=address,
        title=title,
        summary="",
        body="",
        outlet=f"feed{feed}",
        language=None,
        published=at,
        dated=True,
        seen_at=at,
    )
