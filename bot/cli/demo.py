"""`demo`: the main job on recorded coverage, with no token and no internet."""

from __future__ import annotations

import tempfile
from asyncio import Event as Signal
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from ipaddress import ip_network
from itertools import pairwise
from zoneinfo import ZoneInfo

import typer
from pydantic import SecretStr
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from bot.app import Assembled, assembled
from bot.cli.common import (
    bullets,
    console,
    hanging,
    in_loop,
    plain,
    reasons,
    table,
    verdict_kind,
    verdict_name,
    verdict_words,
)
from bot.demo.coverage import OUTLETS, Outlet, Recorded, load
from bot.edge import logs
from bot.edge.console import ConsoleChannel
from bot.edge.timetable import Timetable
from bot.errors import OperatorError
from bot.model import Article, Duplicate, Kind, New, PostKind, Update
from bot.pipeline import Polled, Taken
from bot.service import Service
from config.sections import DatabaseSection
from config.settings import Settings, load_settings

STORY = "li-shangfu-moscow"
#: When the bot is first started: what was published before is backlog.
START = datetime(2023, 4, 14, 12, tzinfo=UTC)
_TICK = timedelta(milliseconds=10)
#: Lines longer than this are hard to read, however wide the terminal is.
_WIDEST_CARD = 100
#: Titles less alike than this, of 100, are two headlines for one text.
_UNLIKE = 70.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo() -> None:
    """Show the whole program at work: six days of invented coverage in a few seconds.

    It needs neither token nor internet and keeps nothing: the feeds are served on this machine, the channel
    is this terminal, the archive is a temporary one.
    """
    settings = demo_settings()
    console.print(f"The story followed: {settings.story[0].title}.")
    console.print(
        "Its coverage is invented here: eight outlets in English, Russian and Chinese, 12 to 19 April 2023,"
        " polled as if it came in now."
    )
    played = in_loop(play(settings))
    _report(played)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of the recorded coverage."""

    polled: Sequence[Polled]
    #: By name.
    channels: Mapping[str, ConsoleChannel]

    @property
    def channel(self) -> ConsoleChannel:
        """The channel of the shipped story."""
        return self.channels["console"]

    @property
    def taken(self) -> list[Taken]:
        """What was decided, in order."""
        return [taken for polled in self.polled for taken in polled.taken]


def demo_settings() -> Settings:
    """Return the shipped story alone, whatever is configured here for real.

    Raises:
        OperatorError: somebody has taken it out of the shipped file.
    """
    with resources.as_file(resources.files("config").joinpath("storywire.toml")) as path:
        settings = load_settings(path, {})
    logs.configure("error", "console", ())
    stories = [entry for entry in settings.story if entry.name == STORY]
    if not stories:
        raise OperatorError(f"the demo needs the story {STORY}, which {path} no longer has")
    story = stories[0].model_copy(update={"channels": ("console",), "feeds": ()})
    poll = settings.poll.model_copy(update={"allow_networks": (ip_network("127.0.0.0/8"),)})
    return settings.model_copy(update={"story": (story,), "poll": poll})


class SteppingClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: datetime) -> None:
        """Begin at `start`, aware."""
        self._now = start

    def now(self) -> datetime:
        """Return the time it shows."""
        return self._now

    def step_to(self, time: datetime) -> None:
        """Go on to a time, aware."""
        self._now = time


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What is played beside the demo's own coverage."""

    outlets: Sequence[Outlet] = ()
    coverage: Sequence[Recorded] = ()
    #: When the program does its work although nothing was published, for what is sent at certain hours.
    times: Sequence[datetime] = ()


async def play(settings: Settings, extra: Extra | None = None) -> Played:
    """Let the scheduler poll, and deliver, each time something was published."""
    from bot.demo.server import CoverageServer  # noqa: PLC0415  no other command serves anything

    extra = extra or Extra()
    coverage = sorted([*load(), *extra.coverage], key=lambda item: item.published)
    outlets = (*OUTLETS, *extra.outlets)
    times = sorted({*(item.published for item in coverage), *extra.times})
    clock = SteppingClock(START)
    width = min(console.width, _WIDEST_CARD)
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        database = DatabaseSection(url=SecretStr(f"sqlite:///{folder}/demo.db"))
        passing = settings.model_copy(update={"database": database})
        async with (
            CoverageServer(clock.now, coverage, outlets) as server,
            assembled(passing, clock=clock) as program,
        ):
            # Each twice the one before: so feeds come up in this order, whatever their spread, and all of
            # them within the shortest time between two reports, a minute.
            last = len(server.feeds) - 1
            every = [timedelta(seconds=32 / 2 ** (last - place)) for place in range(len(server.feeds))]
            feeds = [replace(feed, every=wait) for feed, wait in zip(server.feeds, every, strict=True)]
            channels = {
                channel.name: ConsoleChannel(channel.name, Console(width=width), quiet=True, clock=clock)
                for channel in program.channels
            }
            quiet = replace(program, feeds=tuple(feeds), channels=tuple(channels.values()))
            polled = await _run(quiet, clock, [START, *(time for time in times if time > START)])
    return Played(polled=polled, channels=channels)


async def _run(program: Assembled, clock: SteppingClock, times: Sequence[datetime]) -> list[Polled]:
    service = Service(program.world, program.channels, concurrency=1)
    await program.world.archive.declare(program.feeds)
    upcoming = iter(times)
    polled: list[Polled] = []
    over = Signal()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"), console=console
    )
    task = bar.add_task("polling", total=len(times), said="")

    async def tick() -> None:
        time = next(upcoming, None)
        if time is None:
            over.set()
            return
        clock.step_to(time)
        polled.extend(await service.round())
        await service.delivered()
        entries, posts = sum(one.unseen for one in polled), sum(len(t.posts) for p in polled for t in p.taken)
        bar.update(
            task,
            advance=1,
            description=f"{time:%d %b %H:%M}",
            said=f"{entries} entries, {posts} posts and edits",
        )

    timetable = Timetable(program.world.clock)
    timetable.every("tick", _TICK, tick)
    with bar:
        timetable.start()
        await over.wait()
        await timetable.stop()
    return polled


# ------------------------------------------------------------------------------------------- showing


def _report(played: Played) -> None:
    console.print(
        '\nThe channel, as a subscriber sees it in the end. Repeats are folded into their card ("Also"), a'
        ' changed headline is shown on it ("was"), an update answers it:\n'
    )
    played.channel.show()
    console.print()
    _show_growth(played.channel)
    console.print()
    console.print(_summary(played))
    console.print("\nWhy? Three of the decisions. (In your own archive: storywire why LINK)")
    for one in _examples(played.taken):
        console.print()
        _explain(one)
    console.print(
        "\nNext: storywire init writes a configuration for your own story, storywire check tries it."
    )


def _show_growth(channel: ConsoleChannel) -> None:
    """Tell what was added when to the card that changed most often."""
    zone = ZoneInfo(demo_settings().story[0].time_zone)
    grown = max(channel.messages.values(), key=lambda shown: shown.edits)
    console.print(f"How #{grown.id} grew. An edit changes the message in place, without a sound:\n")
    texts = [shown.message.text.split("\n") for shown in grown.versions]
    told = [
        [texts[0][0], *_without(texts[0], texts[-1])],
        *(_without(b, a) or ["another link"] for a, b in pairwise(texts)),
    ]
    for shown, lines in zip(grown.versions, told, strict=True):
        lead = "" if shown.at is None else f"{shown.at.astimezone(zone):%d %b, %H:%M}  "
        sign = "+ " if shown.before else ""
        for place, line in enumerate(lines):
            console.print(hanging(f"{sign}{line}", " " * len(lead) if place else lead))


def _without(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    return [line for line in lines if line not in others]


def _summary(played: Played) -> RenderableType:
    taken = played.taken
    verdicts = Counter(verdict_kind(one.verdict) or verdict_name(one.verdict) for one in taken)
    posts = Counter(post.kind for one in taken for post in one.posts)
    shown = table("what happened", "")
    shown.columns[1].justify = "right"
    for name, number in (
        ("entries seen", sum(polled.unseen for polled in played.polled)),
        ("matched the story", len(taken)),
        ("  new", verdicts["new"]),
        *((f"  duplicate ({kind.value})", verdicts[kind.value]) for kind in Kind),
        ("  update", verdicts["update"]),
        ("  related (another report of an event)", verdicts["related"]),
        (
            "recorded without posting (backlog of the first start)",
            sum(one.quiet is not None for one in taken),
        ),
        ("messages posted", len(played.channel.messages)),
        ("  of these answers that bring an update", posts[PostKind.REPLY]),
        ("cards changed as repeats came in", sum(shown.edits for shown in played.channel.messages.values())),
    ):
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


def _explain(one: Taken) -> None:
    head = Text.assemble((verdict_words(one.verdict), "bold"), f"  {_told(one.match.article)}")
    console.print(hanging(head, ""))
    if not isinstance(one.verdict, New):
        earlier = next(member.article for member in one.event.members if member.id == one.verdict.of)
        console.print(hanging(f"of {_told(earlier)}"))
    console.print(bullets(reasons(one.verdict)))


def _told(article: Article) -> str:
    return f"{article.outlet}: {article.title}"
