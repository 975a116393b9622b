"""The composition root: settings in, running program out. Nothing else knows which part is which."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.core.match import Watch, Watches
from bot.core.plan import Places
from bot.edge.articles import Pages
from bot.edge.clock import SystemClock
from bot.edge.fetch import Fetcher
from bot.edge.gate import Gate
from bot.edge.heads import Heads
from bot.edge.timetable import Timetable
from bot.errors import ConfigError
from bot.explaining import Scene
from bot.making import Made, Making, asking
from bot.model import Feed, PostState
from bot.pipeline import World
from bot.ports import Archive, Channel, Clock, Notify, ReadPage
from bot.reloading import LOOK_EVERY, Reloading
from bot.service import Service
from config import stories as chosen_by
from config.overlay import overlaid
from config.sections import DatabaseSection
from config.settings import Settings
from storage import archive_exists, open_archive

if TYPE_CHECKING:  # Telegram is a seventh of what a program without it would hold
    from bot.edge.telegram import Client
    from bot.hearing import Hearing

#: How often the clock looks for feeds that are due; their own intervals are minutes.
TICK = timedelta(seconds=1)
#: How often it looks whether the weekly note is due.
WEEKLY_EVERY = timedelta(minutes=5)
#: How often verdicts in doubt are looked after; people have hours to answer.
REVIEW = timedelta(seconds=5)

#: Names looked up at the same time, each by a thread that mostly waits.
_LOOK_UPS = 64

log = structlog.get_logger("storywire")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A program put together, not yet running."""

    #: In effect, with what was chosen by command.
    settings: Settings
    world: World
    feeds: tuple[Feed, ...]
    channels: tuple[Channel, ...]
    #: Makes these parts again when the settings change.
    making: Making
    #: Makes what hears people in Telegram; None if nobody wants to hear.
    hearing: Hearing | None = None
    #: The administrators have a chat.
    administered: bool = False


class Bell:
    """Tells the administrators: in the log, and in their chat where one is set."""

    def __init__(self, chat: Notify | None) -> None:
        """Ring in the log, and in `chat` as well."""
        self._chat = chat

    async def __call__(self, text: str) -> None:
        """Say one thing."""
        log.warning("alarm", text=text)
        if self._chat is not None:
            await self._chat(text)


def watches(settings: Settings) -> Watches:
    """Compile the stories of the configuration.

    Raises:
        ConfigError: a query or an alias is wrong.
    """
    return Watches(Watch.on(story) for story in chosen_by.stories(settings))


def places(settings: Settings) -> Places:
    """Return the channels of the configuration as posts find them.

    Raises:
        ConfigError: a query or an alias is wrong.
    """
    followed = (watch.story for watch in watches(settings))
    return Places(stories={story.name: story for story in followed}, hours=chosen_by.hours(settings))


async def effective(settings: Settings, archive: Archive) -> Settings:
    """Return the configuration in effect: the settings with what was chosen by command.

    What of that does not fit is left out, logged, and stands in `written.left_out`.
    """
    choices = tuple(await archive.choices())
    if choices == settings.written.choices:
        return settings
    chosen, left_out = overlaid(settings, choices)
    for it in left_out:
        log.warning("a choice made by command is left out", what=str(it))
    return chosen


async def as_chosen(settings: Settings) -> Settings:
    """Return the configuration in effect, for who has no archive at hand; one that is not there is not made.

    Raises:
        OperatorError: the database cannot be opened.
    """
    if not archive_exists(settings.database.url.get_secret_value()):
        return settings
    async with configured_archive(settings, exclusive=False) as archive:
        return await effective(settings, archive)


@asynccontextmanager
async def configured_archive(settings: Settings, *, exclusive: bool) -> AsyncIterator[Archive]:
    """Open the archive the settings name, and close it again.

    The directory of the default database is made. One that the operator chose must exist: a slip of the pen
    must not begin an empty archive.

    Args:
        settings: the operator's choices.
        exclusive: refuse to open beside another Storywire on the same database.

    Raises:
        OperatorError: the database cannot be opened.
    """
    usual, chosen = DatabaseSection().url, settings.database.url
    if chosen == usual:
        with suppress(OSError):  # opening the archive says what is wrong
            Path(usual.get_secret_value().removeprefix("sqlite:///")).parent.mkdir(exist_ok=True)
    archive = await open_archive(chosen.get_secret_value(), exclusive=exclusive)
    try:
        yield archive
    finally:
        await archive.close()


@asynccontextmanager
async def assembled(
    settings: Settings,
    *,
    clock: Clock | None = None,
    exclusive: bool = True,
    channels: bool = True,
) -> AsyncIterator[Assembled]:
    """Build the parts the settings ask for, and take them down again.

    Args:
        settings: the operator's choices.
        clock: another clock than the wall's (demo).
        exclusive: refuse to start beside another Storywire on the same database.
        channels: build the channels, for which Telegram needs a token.

    Raises:
        OperatorError: the configuration is wrong or the database cannot be opened.
    """
    watches(settings)  # what is wrong with a query is told before a database is made
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        archive = await stack.enter_async_context(configured_archive(settings, exclusive=exclusive))
        settings = await effective(settings, archive)
        gate = Gate([str(network) for network in settings.poll.allow_networks])
        _widen_look_ups()
        fetch = await stack.enter_async_context(Fetcher(gate, clock, **asking(settings)))
        bot = await stack.enter_async_context(_bot(settings)) if channels else None
        chat = _notify(settings, bot)
        notify = Bell(chat)
        making = Making(clock=clock, fetch=fetch, archive=archive, notify=notify, bot=bot, shows=channels)
        hearing = _hearing(settings, bot, notify, making)
        settings, made = await _first_made(making, settings)
        yield Assembled(
            settings=settings,
            world=made.world,
            feeds=made.feeds,
            channels=made.channels,
            making=making,
            hearing=hearing,
            administered=chat is not None,
        )


async def _first_made(making: Making, settings: Settings) -> tuple[Settings, Made]:
    """Make what the settings ask for; if that cannot be, what they ask for without what commands chose.

    Raises:
        ConfigError: the file asks for what cannot be made.
    """
    try:
        return settings, await making.made(settings)
    except ConfigError as error:
        if not settings.written.choices:
            raise
        log.warning("what was chosen by command is left out, as it cannot be made", reason=str(error))
        settings, _ = overlaid(settings, [])
        return settings, await making.made(settings)


@asynccontextmanager
async def explaining(settings: Settings) -> AsyncIterator[tuple[Scene, ReadPage]]:
    """Open what explanations rest on, beside a running service or not, and close it again.

    Raises:
        OperatorError: the configuration is wrong or the database cannot be opened.
    """
    async with assembled(settings, exclusive=False, channels=False) as program:
        world = program.world
        scene = Scene(
            archive=world.archive,
            knowledge=world.knowledge,
            now=world.clock.now(),
            chats=chosen_by.public_chats(settings),
            feeds=program.feeds,
        )
        yield scene, Pages(world.fetch, Heads(), agent="Storywire")


def _widen_look_ups() -> None:
    """Let names be looked up beside each other: the usual handful of threads waits for one dead server."""
    pool = ThreadPoolExecutor(max_workers=_LOOK_UPS, thread_name_prefix="names")
    asyncio.get_running_loop().set_default_executor(pool)


def keep_loaded() -> None:
    """Take what is loaded out of the search for garbage, which took a tenth of a round: it stays anyway."""
    gc.collect()
    gc.freeze()


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A program that delivers and hears; when it polls says whoever runs it."""

    service: Service
    #: Takes a changed configuration up; None: it stays as it is.
    reloading: Reloading | None


@asynccontextmanager
async def running(
    program: Assembled, *, concurrency: int, read: Callable[[], Settings] | None = None
) -> AsyncIterator[Running]:
    """Start a program, and let what is under way come to its end.

    Args:
        program: put together.
        concurrency: feeds polled at the same time.
        read: reads the configuration again; None: it stays as it is.
    """
    service = Service(program.world, program.channels, concurrency=concurrency)
    await program.world.archive.declare(program.feeds)
    await service.start()
    await _warn_of_stranded(program)
    reloading = None if read is None else _reloading(program, service, read)
    hearing = program.hearing
    ears = None if hearing is None else asyncio.create_task(hearing.run(service, program.settings, reloading))
    try:
        yield Running(service=service, reloading=reloading)
    finally:
        if ears is not None:
            ears.cancel()
            await asyncio.wait([ears])
        await service.stop()


async def serve(program: Assembled, *, concurrency: int, read: Callable[[], Settings] | None = None) -> None:
    """Run until SIGTERM or SIGINT; then finish what is under way and return within ten seconds.

    Args:
        program: put together.
        concurrency: feeds polled at the same time.
        read: reads the configuration again, whenever its file or what was chosen by command is changed, or
            SIGHUP asks for it; None: it stays as it is.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(program, concurrency=concurrency, read=read) as parts:
        keep_loaded()
        timetable = _timetable(program, parts)
        if parts.reloading is not None:
            loop.add_signal_handler(signal.SIGHUP, parts.reloading.ask)
        timetable.start()
        log.info("started", feeds=len(program.feeds), channels=[channel.name for channel in program.channels])
        await stop.wait()
        log.info("stopping")
        await timetable.stop(timedelta(seconds=1))
    log.info("stopped")


def _timetable(program: Assembled, parts: Running) -> Timetable:
    timetable = Timetable(program.world.clock)
    timetable.every("tick", TICK, parts.service.tick)
    if program.administered:
        timetable.every("weekly", WEEKLY_EVERY, parts.service.weekly)
    timetable.every("review", REVIEW, parts.service.review)
    if parts.reloading is not None:
        timetable.every("reload", LOOK_EVERY, parts.reloading.look)
    return timetable


def _reloading(program: Assembled, service: Service, read: Callable[[], Settings]) -> Reloading:
    """Return what takes a changed configuration up."""

    async def adopt(settings: Settings) -> None:
        made = await program.making.made(settings)
        await service.adopt(made.world, made.channels)
        await program.world.archive.declare(made.feeds)

    world = program.world
    return Reloading(program.settings, read=read, adopt=adopt, archive=world.archive, notify=world.notify)


async def _warn_of_stranded(program: Assembled) -> None:
    """Tell of posts whose channel is no longer configured: they wait until it is."""
    names = {channel.name for channel in program.channels}
    waiting = await program.world.archive.outbox(PostState.PENDING, PostState.UNCERTAIN)
    stranded = sorted({post.channel for post in waiting} - names)
    if stranded:
        log.warning("posts wait for channels that are not configured", channels=stranded)


@asynccontextmanager
async def _bot(settings: Settings) -> AsyncIterator[Client | None]:
    """Open the bot, if anything needs it.

    Raises:
        ConfigError: it has no token.
    """
    telegram = settings.telegram
    wanted = any(choice.kind == "telegram" for choice in chosen_by.channels(settings))
    if telegram.admin_chat is None and not telegram.admins and not wanted:
        yield None
        return
    if telegram.token is None:
        raise ConfigError(
            "a Telegram channel, chat or administrator is set but no token: set TELEGRAM_BOT_TOKEN"
            " (or TELEGRAM_BOT_TOKEN_FILE); @BotFather gives one"
        )
    # A seventh of what a program without Telegram would hold.
    from bot.edge.telegram import close_bot, make_bot  # noqa: PLC0415

    base_url = None if telegram.api_url is None else f"{telegram.api_url.rstrip('/')}/bot"
    bot = make_bot(telegram.token.get_secret_value(), base_url=base_url)
    try:
        yield bot
    finally:
        await close_bot(bot)


def _notify(settings: Settings, bot: Client | None) -> Notify | None:
    """Return what tells the administrators' chat, if there is one."""
    chat = settings.telegram.admin_chat
    if bot is None or chat is None:
        return None
    from bot.edge.telegram import TelegramNotify  # noqa: PLC0415

    return TelegramNotify(bot, chat)


def _hearing(settings: Settings, bot: Client | None, notify: Notify, making: Making) -> Hearing | None:
    """Return what hears people, if there is a bot and somebody wants that; cards then have their buttons."""
    if bot is None or settings.telegram.heard_by == "off":
        return None
    from bot.hearing import Hearing  # noqa: PLC0415

    return Hearing(settings, bot, notify, making)
