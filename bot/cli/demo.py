"""`demo`: the main job on recorded coverage, with no token and no internet."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import typer
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from bot.app import Assembled, assembled
from bot.cli.common import SHIPPED, console, plain, reasons, settings_of, table, verdict_kind, verdict_name
from bot.demo.server import CoverageServer
from bot.edge.console import ConsoleChannel
from bot.edge.timetable import Timetable
from bot.model import Duplicate, Kind, PostKind, Update
from bot.pipeline import Polled, Taken
from bot.service import Service
from config.settings import Settings
from storage import open_archive

START = datetime(2023, 4, 14, 12, tzinfo=UTC)
END = datetime(2023, 4, 20, tzinfo=UTC)
_STEP = timedelta(hours=1)
#: Shorter than a step, so that every feed is due again at each one, spread included.
_EVERY = timedelta(minutes=50)
_TICK = timedelta(milliseconds=10)
#: Titles less alike than this, of 100, are two headlines for one text.
_UNLIKE = 70.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo() -> None:
    """Show the whole program at work on recorded coverage of the shipped story (fiction, six days)."""
    settings = settings_of(SHIPPED)
    stories = tuple(
        entry.model_copy(update={"channels": ("console",), "feeds": ()}) for entry in settings.story
    )
    poll = settings.poll.model_copy(update={"allow_networks": (ip_network("127.0.0.0/8"),), "concurrency": 1})
    asyncio.run(_demo(settings.model_copy(update={"story": stories[:1], "poll": poll})))


class SteppingClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: datetime) -> None:
        """Begin at `start`, aware."""
        self._now = start

    def now(self) -> datetime:
        """Return the time it shows."""
        return self._now

    def step(self, by: timedelta) -> None:
        """Go on."""
        self._now += by


async def _demo(settings: Settings) -> None:
    clock = SteppingClock(START)
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        archive = await open_archive(f"sqlite:///{Path(folder) / 'demo.db'}")
        async with (
            CoverageServer(clock.now) as server,
            assembled(settings, clock=clock, archive=archive) as program,
        ):
            feeds = tuple(replace(feed, every=_EVERY) for feed in server.feeds)
            console.print(f"The story: {settings.story[0].title}.")
            console.print(f"Polling {len(feeds)} recorded feeds, {START:%d} to {END:%d %B %Y}, hour by hour.")
            channel = ConsoleChannel("console", console, quiet=True)
            polled = await _run(replace(program, feeds=feeds, channels=(channel,)), clock)
    _report(polled, channel)


async def _run(program: Assembled, clock: SteppingClock) -> list[Polled]:
    """Let the scheduler poll and deliver, and move the clock on after each round."""
    service = Service(program.world, program.channels, concurrency=1)
    await program.world.archive.declare(program.feeds)
    polled: list[Polled] = []
    over = asyncio.Event()
    hours = (END - START) / _STEP
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"), console=console
    )
    task = bar.add_task(f"{START:%d %b %H:%M}", total=hours, said="")

    async def tick() -> None:
        if over.is_set():
            return
        polled.extend(await service.round())
        await service.delivered()
        clock.step(_STEP)
        posted = sum(len(taken.posts) for one in polled for taken in one.taken)
        said = f"{sum(one.unseen for one in polled)} entries, {posted} posts and edits"
        bar.update(task, advance=1, description=f"{clock.now():%d %b %H:%M}", said=said)
        if clock.now() > END:
            over.set()

    timetable = Timetable(program.world.clock)
    timetable.every("tick", _TICK, tick)
    with bar:
        timetable.start()
        await over.wait()
        await timetable.stop()
    return polled


def _report(polled: Sequence[Polled], channel: ConsoleChannel) -> None:
    taken = [one for poll in polled for one in poll.taken]
    console.print("\nThe channel, with every repeat folded into its card:\n")
    channel.show()
    console.print()
    console.print(_summary(polled, taken, channel))
    console.print("\nThree of the decisions (in your own archive: storywire why URL):")
    for one in _examples(taken):
        kind = verdict_kind(one.verdict)
        heading = f"{verdict_name(one.verdict)}{f' ({kind})' if kind else ''}"
        console.print(
            Text.assemble("• ", (heading, "bold"), f" {one.match.article.outlet}: {one.match.article.title}")
        )
        console.print(*plain(f"  {reasons(one.verdict)}"))


def _summary(polled: Sequence[Polled], taken: Sequence[Taken], channel: ConsoleChannel) -> object:
    verdicts = Counter(verdict_kind(one.verdict) or verdict_name(one.verdict) for one in taken)
    posts = Counter(post.kind for one in taken for post in one.posts)
    rows = [
        ("entries seen", sum(poll.unseen for poll in polled)),
        ("matched the story", len(taken)),
        ("new", verdicts["new"]),
        *((f"duplicate, {kind.value}", verdicts[kind.value]) for kind in Kind),
        ("update", verdicts["update"]),
        ("recorded quietly (backlog)", sum(one.quiet is not None for one in taken)),
        ("messages in the channel", len(channel.messages)),
        ("of these replies with an update", posts[PostKind.REPLY]),
        ("changes to cards as repeats came in", sum(shown.edits for shown in channel.messages.values())),
    ]
    shown = table("what happened", "")
    for name, number in rows:
        shown.add_row(*plain(name, number))
    return shown


def _examples(taken: Sequence[Taken]) -> list[Taken]:
    """Return a copy under another headline, a rewrite and an update: the verdicts people ask about."""
    wanted = (_is_retitled_copy, _is_rewrite, _is_update)
    found = (next((one for one in taken if fits(one)), None) for fits in wanted)
    return [one for one in found if one is not None]


def _is_retitled_copy(one: Taken) -> bool:
    titles = [evidence.value or 0.0 for evidence in one.verdict.evidence if evidence.signal == "title"]
    copy = isinstance(one.verdict, Duplicate) and one.verdict.kind is Kind.COPY
    return copy and all(value < _UNLIKE for value in titles)


def _is_rewrite(one: Taken) -> bool:
    return isinstance(one.verdict, Duplicate) and one.verdict.kind is Kind.REWRITE


def _is_update(one: Taken) -> bool:
    return isinstance(one.verdict, Update)
