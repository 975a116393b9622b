"""The way from a feed to a chat in real time: one entry in an idle program, and many at once."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import httpx
from telegram.error import RetryAfter

from bot.bench.botapi import TOKEN, BotApi, Ledger, Rules
from bot.bench.deliver_cost import send
from bot.bench.delivering import Figure, most, none, opened, percentile, stored_article
from bot.bench.documents import Writer
from bot.core.keys import match_keys
from bot.core.match import Watch
from bot.edge.clock import SystemClock
from bot.edge.fetch import Fetcher
from bot.edge.gate import Gate
from bot.edge.parse import Parser
from bot.edge.telegram import Client, TelegramChannel, close_bot, make_bot
from bot.model import Feed, Fetched, Policy, Post, Posting, PostState, Story
from bot.pipeline import Knowledge, World
from bot.ports import Archive, Fetch
from bot.service import Service
from storage import open_archive

#: Each followed by a story of its own, so that no channel has more than its share.
_SUBJECTS = tuple(
    "quabindo vestralom hurkiston jambrelic fodgarin mizutrope welskanor drofenita igsumbal ottrevax".split()
)
_EVERY = timedelta(seconds=0.3)
_TICK_S = 0.02
_BATCH = 20_000
#: Stands for "any number of cards".
_MANY = 1_000
_PER_MINUTE, _MINUTE_S = 20, 60.0
_PATIENCE_S = 200.0
_TITLE = re.compile(r"<item><title>([^<]+)")


@dataclass(slots=True, kw_only=True)
class Life:
    """A program that runs."""

    archive: Archive
    service: Service
    bot: Client
    #: Polls that were answered.
    fetch: _Counted


@dataclass(slots=True)
class _Counted:
    """Implements `Fetch`, and counts."""

    fetch: Fetch
    answered: int = 0

    async def __call__(self, feed: Feed, *, conditional: bool = True) -> Fetched:
        fetched = await self.fetch(feed, conditional=conditional)
        self.answered += 1
        return fetched


@asynccontextmanager
async def living(
    database: Path, api: BotApi, stories: Sequence[Story], chats: Mapping[str, int]
) -> AsyncIterator[Life]:
    """Run the program as `app` puts it together, without its tick, until the block ends."""
    clock = SystemClock()
    bot = make_bot(TOKEN, base_url=api.base_url)
    fetcher = Fetcher(Gate(["127.0.0.0/8"]), clock, user_agent="Storywire bench")
    async with opened(database) as archive, fetcher as fetch:
        await archive.declare([Feed(url=api.feed, name="Bench", every=_EVERY)])
        counted = _Counted(fetch)
        world = World(
            clock=clock,
            fetch=counted,
            parse=Parser(),
            archive=archive,
            notify=_hear,
            knowledge=Knowledge(watches=[Watch.on(story) for story in stories]),
        )
        channels = [TelegramChannel(name, chat, bot) for name, chat in chats.items()]
        service = Service(world, channels, concurrency=10)
        await service.start()
        try:
            yield Life(archive=archive, service=service, bot=bot, fetch=counted)
        finally:
            await service.stop()
            await close_bot(bot)


async def _hear(text: str) -> None:
    del text


def _story(name: str, query: str, posting: Posting) -> Story:
    return Story(
        name=name,
        title="Bench",
        query=query,
        channels=(name,),
        postings={name: posting},
        policy=Policy(backfill=0),
    )


# ------------------------------------------------------------------------------------------- one entry


def latency(items: int, stored: int) -> list[Figure]:
    """Measure how long an entry takes from the answer that has it to the chat.

    Args:
        items: how many, one after another.
        stored: articles in the archive; beside an empty one.
    """
    with BotApi(Rules(subjects=_SUBJECTS)) as api:
        empty, full = (_measured(api, items, size) for size in (0, stored))
        bare = asyncio.run(_bare(api, items))
    rows: list[Figure] = []
    for percent in (50, 99):
        before, after = (1000 * percentile(values, percent) for values in (empty.waits, full.waits))
        rows += [
            Figure(
                name=f"from the answer to the chat: {percent} % of {len(empty.waits)} below",
                measured=f"{before:.0f} ms",
                baseline=f"{1000 * percentile(bare, percent):.0f} ms fetched and sent",
            ),
            Figure(name=f"  with {stored:,} articles stored", measured=f"{after:.0f} ms"),
            most("  ratio", after / before, 1.25),
        ]
    lost = empty.lost + full.lost
    return [*rows, none("never shown", lost)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Seconds each entry took, and how many never came."""

    waits: Sequence[float]
    lost: int


def _measured(api: BotApi, items: int, stored: int) -> Way:
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        return asyncio.run(_way(Path(folder) / "bench.db", api, items, stored))


async def _way(database: Path, api: BotApi, items: int, stored: int) -> Way:
    stories = [_story(word, word, Posting(burst=_MANY)) for word in _SUBJECTS]
    if stored:
        await _fill(database, stories, stored)
    chats = {story.name: -1001000000000 - number for number, story in enumerate(stories)}
    async with living(database, api, stories, chats) as life:
        await _until(life, polls=5)  # everything has been used once: worker, connections, statements
        await _until(life, posted=True)
        await asyncio.to_thread(api.ledger)
        await _until(life, polls=life.fetch.answered + items)
        await _until(life, posted=True)
    ledger = await asyncio.to_thread(api.ledger)
    waits = _waits(ledger)
    return Way(waits=waits, lost=len(ledger.published) - len(waits))


async def _until(life: Life, *, polls: int | None = None, posted: bool = False) -> None:
    """Let the program work until it polled so often, or until nothing waits to be posted."""
    begun = time.monotonic()
    while time.monotonic() - begun < _PATIENCE_S:
        if polls is not None:
            if life.fetch.answered >= polls:
                return
            await life.service.tick()
        await asyncio.sleep(_TICK_S)
        if posted:
            # What was answered last is still read and recorded.
            await asyncio.sleep(1)
            if not await life.archive.outbox(PostState.PENDING, PostState.SENDING):
                return


def _waits(ledger: Ledger) -> list[float]:
    shown: dict[str, float] = {}
    for one in ledger.accepted:
        shown.setdefault(one.text.partition("\n")[0], one.at)
    return [shown[title] - at for title, at in ledger.published.items() if title in shown]


async def _fill(database: Path, stories: Sequence[Story], stored: int) -> None:
    """Store articles of all stories, within their window."""
    writer, dice, now = Writer(), Random(3), SystemClock().now()  # noqa: S311  reproducible, not secret
    watches = [Watch.on(story) for story in stories]
    window = stories[0].policy.window - timedelta(hours=1)
    archive = await open_archive(f"sqlite:///{database}")
    try:
        for batch, first in enumerate(range(0, stored, _BATCH)):
            watch = watches[batch % len(watches)]
            articles = [
                stored_article(writer.headline(dice), number, at=now - window * (1 - number / stored))
                for number in range(first, min(first + _BATCH, stored))
            ]
            keyed = [(one, match_keys(one, watch.concepts, watch.story.name).kept) for one in articles]
            await archive.load(watch.story.name, keyed)
    finally:
        await archive.close()


async def _bare(api: BotApi, items: int) -> list[float]:
    """Return the seconds it takes to send what stands in a document, without looking at it."""
    await asyncio.to_thread(api.ledger)
    bot = make_bot(TOKEN, base_url=api.base_url)
    try:
        async with httpx.AsyncClient() as client:
            for _ in range(items):
                document = (await client.get(api.feed)).text
                title = _TITLE.findall(document)[0]
                await bot.send_message(-1001000000000, title)
    finally:
        await close_bot(bot)
    return _waits(await asyncio.to_thread(api.ledger))


# ------------------------------------------------------------------------------------------- many at once

_USUAL, _CARDS, _NAIVE = "usual", "cards", "naive"
_CHATS = {_USUAL: -1001000000001, _CARDS: -1001000000002, _NAIVE: -1001000000003}


@dataclass(slots=True, kw_only=True)
class Burst:
    """What each of three chats was given of many entries that came at once, in seconds after them."""

    entries: int
    first: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    #: When the last of the entries could be read.
    readable: dict[str, float] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)


def burst(entries: int) -> list[Figure]:
    """Measure how many entries of one poll reach a channel that takes twenty messages a minute."""
    with (
        tempfile.TemporaryDirectory(prefix="storywire-") as folder,
        BotApi(Rules(per_minute=_PER_MINUTE, subjects=_SUBJECTS[:1])) as api,
    ):
        return list(_burst_figures(asyncio.run(_burst(Path(folder), api, entries))))


def _burst_figures(found: Burst) -> Iterator[Figure]:
    naive_first, naive_all = f"{found.first[_NAIVE]:.2f} s", f"{found.readable[_NAIVE]:.2f} s"
    refused = f"{found.refused[_NAIVE]}"
    yield Figure(
        name=f"{found.entries} at once, as configured: messages",
        measured=f"{found.messages[_USUAL]}",
        baseline=f"{found.messages[_NAIVE]}",
    )
    yield most("  first message after", found.first[_USUAL], 1, baseline=naive_first, unit=" s")
    yield most("  all can be read after", found.readable[_USUAL], 5, baseline=naive_all, unit=" s")
    yield none("  429", found.refused[_USUAL], baseline=refused)
    yield Figure(
        name=f"{found.entries} at once, cards only: messages",
        measured=f"{found.messages[_CARDS]}",
        baseline=f"{found.messages[_NAIVE]}",
    )
    yield Figure(
        name="  last message after",
        measured=f"{found.last[_CARDS]:.2f} s",
        baseline=f"{found.last[_NAIVE]:.2f} s",
    )
    least = (found.entries - 1) // _PER_MINUTE * _MINUTE_S
    if least:
        name, naive = f"  to the least of {least:.0f} s", f"{found.last[_NAIVE] / least:.3f}"
        yield most(name, found.last[_CARDS] / least, 1.05, baseline=naive)
    yield none("  429", found.refused[_CARDS], baseline=refused)


async def _burst(folder: Path, api: BotApi, entries: int) -> Burst:
    """Let two programs have the entries, one after the other, and the loop along with the second."""
    found = Burst(entries=entries)
    usual = await _given(folder / f"{_USUAL}.db", api, entries, story=_story(_USUAL, _SUBJECTS[0], Posting()))
    _note(found, usual, _USUAL)
    cards = _story(_CARDS, _SUBJECTS[0], Posting(burst=_MANY))
    both = await _given(folder / f"{_CARDS}.db", api, entries, story=cards)
    _note(found, both, _CARDS)
    _note(found, both, _NAIVE)
    return found


async def _given(database: Path, api: BotApi, entries: int, *, story: Story) -> Ledger:
    """Let a program have the entries with its second poll, and wait until it has sent everything."""
    await asyncio.to_thread(api.publish, 1)
    async with living(database, api, [story], {story.name: _CHATS[story.name]}) as life:
        await life.service.round()  # what a new feed lists is backlog
        await asyncio.to_thread(api.publish, entries)
        await asyncio.to_thread(api.ledger)
        while life.fetch.answered < 2:  # noqa: PLR2004  the second has them
            await asyncio.sleep(_TICK_S)
            await life.service.round()
        await asyncio.gather(_naive(life), _until(life, posted=True))
    return await asyncio.to_thread(api.ledger)


async def _naive(life: Life) -> None:
    """Send each message, and wait as long as asked to where that is said."""
    posts = [post for post in await life.archive.outbox(*PostState) if post.channel == _CARDS]
    for post in posts:
        while (pause := await _tried(life.bot, post)) is not None:  # noqa: ASYNC110  a time is waited for
            await asyncio.sleep(pause)


async def _tried(bot: Client, post: Post) -> float | None:
    try:
        await send(bot, _CHATS[_NAIVE], post)
    except RetryAfter as error:
        wait = error.retry_after
        return wait.total_seconds() if isinstance(wait, timedelta) else wait
    return None


def _note(found: Burst, ledger: Ledger, name: str) -> None:
    chat, since = _CHATS[name], max(ledger.published.values())
    accepted = [one for one in ledger.accepted if one.chat == chat]
    times = [one.at - since for one in accepted]
    found.first[name], found.last[name] = min(times), max(times)
    found.readable[name] = max(
        min((one.at - since for one in accepted if title in one.text), default=float("inf"))
        for title in ledger.published
    )
    found.refused[name] = ledger.refused[chat]
    found.messages[name] = sum(not one.edit for one in accepted)
