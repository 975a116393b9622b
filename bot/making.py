"""What a configuration makes: the parts that go by it, made again whenever it changes.

What only a start can make (the database, the bot and its token) is made by `app` and handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

import structlog

from bot.core.match import Watch, Watches
from bot.edge.articles import Pages
from bot.edge.console import ConsoleChannel
from bot.edge.fetch import Fetcher, Manner
from bot.edge.fulltext import Reader
from bot.edge.parse import Parser
from bot.errors import ConfigError, StorywireError
from bot.model import Feed, Post
from bot.pipeline import Knowledge, World
from bot.ports import Archive, Ask, Channel, Clock, Fetch, Notify, ReadPage, Semantics
from bot.talk import Keyboard
from config import stories as chosen_by
from config.settings import Settings
from config.stories import ChannelChoice

if TYPE_CHECKING:  # Telegram is a seventh of what a program without it would hold
    from bot.edge.telegram import Client

log = structlog.get_logger("storywire")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The parts that go by one configuration."""

    world: World
    feeds: tuple[Feed, ...]
    channels: tuple[Channel, ...]


class Making:
    """Makes the parts that go by the configuration, and keeps those of them that need not change."""

    def __init__(
        self,
        *,
        clock: Clock,
        fetch: Fetcher,
        archive: Archive,
        notify: Notify,
        bot: Client | None,
        shows: bool,
    ) -> None:
        """Take what only a start can make.

        Args:
            clock: what time it is.
            fetch: gets documents; is told how.
            archive: what survives.
            notify: tells the administrators.
            bot: speaks to Telegram; None: no channel of it can be made.
            shows: make channels at all.
        """
        self._clock = clock
        self._fetch = fetch
        self._archive = archive
        self._notify = notify
        self._bot = bot
        self._shows = shows
        self._world: World | None = None
        #: Each with what it was made of; its buttons as well.
        self._channels: dict[str, tuple[tuple[ChannelChoice, bool], Channel]] = {}
        #: What stands under a card in Telegram, where somebody hears of a press; None: nothing.
        self.buttons: Callable[[Post], Keyboard] | None = None
        #: Asks the administrators about verdicts in doubt; None: they are told.
        self.ask: Ask | None = None
        #: Channel → its chat, of those that are Telegram's; follows the configuration.
        self.chats: dict[str, int | str] = {}

    async def made(self, settings: Settings) -> Made:
        """Make everything that goes by the settings; what did not change stays the same object.

        Raises:
            ConfigError: something cannot be made; then everything stays as it was.
        """
        world = self._made_world(settings)
        moves = await self._archive.moves()
        chosen = self._possible(settings) if self._shows else ()
        buttons = settings.telegram.shows_buttons
        channels = {
            choice.name: ((choice, buttons), self._channel(choice, settings, moves)) for choice in chosen
        }
        self._world, self._channels = world, channels
        self.chats.clear()
        self.chats.update({c.name: _moved(c, moves) for c in chosen if c.kind == "telegram"})
        for name, chat in self.chats.items():
            if await self._archive.reside(name, str(chat)):
                log.warning(
                    "the channel has another chat; what it showed in the one before stays", channel=name
                )
        self._fetch.adopt(**asking(settings))
        shown = tuple(channel for _choice, channel in channels.values())
        return Made(world=world, feeds=chosen_by.feeds(settings), channels=shown)

    def _made_world(self, settings: Settings) -> World:
        before = self._world
        semantics = before.knowledge.semantics if before else semantics_of(settings)
        knowledge = knowledge_of(settings, semantics)
        delivery, read_page = settings.telegram.delivery, _pages(settings, self._fetch)
        if before is not None:
            return replace(before, knowledge=knowledge, delivery=delivery, read_page=read_page)
        return World(
            clock=self._clock,
            fetch=self._fetch,
            parse=Parser(),
            archive=self._archive,
            notify=self._notify,
            knowledge=knowledge,
            delivery=delivery,
            read_page=read_page,
            ask=self.ask,
        )

    @property
    def world(self) -> World:
        """Return what was made last.

        Raises:
            StorywireError: nothing was made yet.
        """
        if self._world is None:
            raise StorywireError("nothing was made yet")
        return self._world

    def knowledge_of(self, settings: Settings) -> Knowledge:
        """Return what decisions would rest on with other settings.

        Raises:
            ConfigError: a query or an alias is wrong.
        """
        return knowledge_of(settings, self._world.knowledge.semantics if self._world else None)

    def _possible(self, settings: Settings) -> tuple[ChannelChoice, ...]:
        """Return the channels that can be made: without a bot none of Telegram's."""
        chosen = chosen_by.channels(settings)
        left_out = [choice.name for choice in chosen if choice.chat is not None and self._bot is None]
        if left_out:
            log.warning("Telegram is spoken to after a restart", channels=left_out)
        return tuple(choice for choice in chosen if choice.name not in left_out)

    def _channel(
        self, choice: ChannelChoice, settings: Settings, moves: Mapping[str, tuple[str, str]]
    ) -> Channel:
        known, channel = self._channels.get(choice.name, (None, None))
        if channel is not None and known == (choice, settings.telegram.shows_buttons):
            return channel
        if choice.chat is None or self._bot is None:
            return elsewhere(choice, settings, self._clock)
        from bot.edge.telegram import TelegramChannel  # noqa: PLC0415

        return TelegramChannel(
            choice.name,
            _moved(choice, moves),
            self._bot,
            topic=choice.topic,
            buttons=self.buttons if settings.telegram.shows_buttons else None,
        )


def knowledge_of(settings: Settings, semantics: Semantics | None) -> Knowledge:
    """Return what decisions rest on, as the configuration has it.

    Args:
        settings: in effect.
        semantics: tells what headlines mean; None where nobody wants that.

    Raises:
        ConfigError: a query or an alias is wrong.
    """
    return Knowledge(
        watches=Watches(Watch.on(story) for story in chosen_by.stories(settings)),
        limits=chosen_by.limits(settings),
        semantics=semantics,
        full_text_feeds=frozenset(entry.url for entry in settings.feed if entry.full_text),
        resolves=settings.poll.resolve_links,
        hours=chosen_by.hours(settings),
    )


class Asking(TypedDict):
    """How documents are asked for."""

    user_agent: str
    deadline: timedelta
    max_body: int
    manners: Mapping[str, Manner]


def asking(settings: Settings) -> Asking:
    """Return how documents are to be asked for."""
    poll = settings.poll
    return Asking(
        user_agent=poll.user_agent,
        deadline=poll.timeout,
        max_body=poll.max_bytes,
        manners=_manners(settings),
    )


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


def semantics_of(settings: Settings) -> Semantics | None:
    """Load the encoder, if the operator asked for it.

    Raises:
        ConfigError: it is not installed.
    """
    return encoder() if settings.judge.semantic else None


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


def _moved(choice: ChannelChoice, moves: Mapping[str, tuple[str, str]]) -> int | str:
    """Return the chat of a channel: the one that its own became, if that is the one still configured."""
    before, after = moves.get(choice.name, ("", ""))
    chat = choice.chat or 0
    return int(after) if after and str(chat) == before else chat
