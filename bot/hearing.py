"""What hears people in Telegram and answers them, put together: a part of the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from telegram import Update

from bot.choosing import choose
from bot.commands import menus, own
from bot.commands.cards import ask_about, buttons_under
from bot.commands.desk import Desk
from bot.commands.office import Office
from bot.commands.table import COMMANDS, desk
from bot.core.authority import Circle
from bot.edge.articles import Pages
from bot.edge.conversation import KINDS, Conversation
from bot.edge.gate import Gate
from bot.edge.heads import Heads
from bot.edge.membership import Membership
from bot.edge.telegram import Client
from bot.edge.updates import Door, Updates
from bot.errors import DeliveryError, OperatorError, RefusedAddressError
from bot.making import Making
from bot.model import Change, Deed, Review
from bot.pipeline import World
from bot.ports import Notify
from bot.reloading import Reloading
from bot.service import Service
from config.sections import OWN, is_own
from config.settings import Settings

#: A chat whose number Telegram did not tell is asked for again after this.
_ASK_AGAIN = timedelta(minutes=5)

log = structlog.get_logger("storywire")


@dataclass(slots=True, kw_only=True)
class Numbers:
    """What Telegram knows by number: chats that the configuration calls by a name, and the bot itself."""

    conversation: Conversation
    chats: Mapping[str, int | str]
    #: What the bot is called, without "@"; "" while Telegram did not tell.
    name: str = ""
    known: dict[str, int] = field(default_factory=dict)
    again: datetime | None = None

    def by_channel(self) -> dict[str, int]:
        """Return the chats whose number is known, by channel."""
        numbers = {name: self.known.get(str(chat), chat) for name, chat in self.chats.items()}
        return {name: number for name, number in numbers.items() if isinstance(number, int)}

    async def look_up(self, now: datetime) -> None:
        """Ask Telegram for what is not known; not often, if it does not say."""
        if self.again is not None and now < self.again:
            return
        if not self.name:
            try:
                self.name = await self.conversation.name()
            except DeliveryError as error:
                log.info("the bot's name is not known", reason=str(error))
                self.again = now + _ASK_AGAIN
        for chat in set(self.chats.values()):
            if isinstance(chat, str) and chat not in self.known:
                try:
                    self.known[chat] = await self.conversation.number_of(chat)
                except DeliveryError as error:
                    log.info("the number of a chat is not known", chat=chat, reason=str(error))
                    self.again = now + _ASK_AGAIN


@dataclass(slots=True, kw_only=True)
class Ears:
    """Everything that comes from Telegram goes through here."""

    conversation: Conversation
    numbers: Numbers
    membership: Membership
    desk: Desk | None
    now: Callable[[], datetime]
    #: Whom the bot listens to by now, and for whom menus were shown.
    circle: Callable[[], Circle]
    shown: Circle | None = None

    async def __call__(self, update: Update) -> None:
        """Take one update."""
        await self.membership(update)
        heard = None if self.desk is None else self.conversation.heard(update)
        if heard is not None and self.desk is not None:
            await self.numbers.look_up(self.now())
            await self.show_menus()
            await self.desk(heard)

    async def show_menus(self) -> None:
        """Set the menus of commands, if they are for others than before."""
        circle = replace(self.circle(), channels=frozenset())
        if circle != self.shown:
            before, self.shown = self.shown, circle
            await menus.show(COMMANDS, circle, self.conversation, before=before)


class Hearing:
    """Makes what hears people, once the service runs."""

    def __init__(self, settings: Settings, bot: Client, notify: Notify, making: Making) -> None:
        """Prepare.

        Args:
            settings: as the program begins with them.
            bot: speaks to Telegram.
            notify: tells the administrators.
            making: knows the chats of channels, and makes what a configuration asks for.
        """
        self._settings = settings
        #: Return the settings in force.
        self._in_force: Callable[[], Settings] = lambda: settings
        self._bot = bot
        self._notify = notify
        self._making = making
        self._conversation = Conversation(bot)
        self._numbers = Numbers(conversation=self._conversation, chats=making.chats)
        making.ask, making.buttons = self.ask, buttons_under

    async def ask(self, review: Review) -> bool:
        """Ask the administrators about a verdict in doubt; return False if none was reached."""
        world = self._making.world
        return await ask_about(
            review, self._chats(), self._conversation, world.archive, limits=world.knowledge.limits
        )

    def _chats(self) -> Sequence[int]:
        """Return where administrators are asked: in their group, or each alone; nowhere if nobody listens."""
        telegram = self._in_force().telegram
        if not self._settings.telegram.commands:
            return []
        return [telegram.admin_chat] if isinstance(telegram.admin_chat, int) else telegram.admins

    async def run(self, service: Service, settings: Settings, reloading: Reloading | None) -> None:
        """Hear people until cancelled; a port that is taken costs only that.

        Args:
            service: what runs.
            settings: that it runs by, where they stay as they are.
            reloading: knows those in force; None: they stay as they are.
        """

        async def reload() -> Sequence[str]:
            if reloading is None:
                return []
            return [str(it) for it in (await reloading.reload()).written.left_out]

        updates = await self.updates(
            service, settings=lambda: reloading.settings if reloading else settings, reload=reload
        )
        try:
            await updates.run()
        except OperatorError as error:
            log.warning("updates are not received", reason=str(error))

    async def updates(
        self,
        service: Service,
        *,
        settings: Callable[[], Settings],
        reload: Callable[[], Awaitable[Sequence[str]]],
    ) -> Updates:
        """Return the receiver of updates, and set the menus.

        Args:
            service: what runs.
            settings: in force.
            reload: lets changed choices take effect.
        """
        self._in_force = settings
        answers = self._settings.telegram.commands
        now = service.world.clock.now
        ears = Ears(
            conversation=self._conversation,
            numbers=self._numbers,
            membership=Membership(self._making.chats, self._changed(service, settings, reload)),
            desk=self._desk(service, settings, reload) if answers else None,
            now=now,
            circle=lambda: self._circle(settings()),
        )
        if answers:
            await self._numbers.look_up(now())
            await ears.show_menus()
        return Updates(self._bot, ears, kinds=KINDS, notify=self._notify, door=_door(self._settings))

    def _desk(
        self,
        service: Service,
        settings: Callable[[], Settings],
        reload: Callable[[], Awaitable[Sequence[str]]],
    ) -> Desk:
        gate = Gate([str(network) for network in self._settings.poll.allow_networks])
        office = Office(
            archive=service.world.archive,
            world=lambda: service.world,
            settings=settings,
            reload=reload,
            speak=self._conversation,
            knowledge_of=self._making.knowledge_of,
            read_page=lambda: Pages(service.world.fetch, Heads(), agent="Storywire"),
            may_ask=lambda url: _may_ask(url, gate),
            chats=self._numbers.by_channel,
        )
        return desk(office, lambda: self._circle(settings()), name=lambda: self._numbers.name)

    def _circle(self, settings: Settings) -> Circle:
        telegram = settings.telegram
        group = telegram.admin_chat
        return Circle(
            admins=frozenset(telegram.admins),
            groups=frozenset({group} if isinstance(group, int) and group < 0 else ()),
            channels=frozenset(self._numbers.by_channel().values()),
            open=settings.subscriptions.enabled,
        )

    def _changed(
        self,
        service: Service,
        settings: Callable[[], Settings],
        reload: Callable[[], Awaitable[Sequence[str]]],
    ) -> Callable[[str, bool], Awaitable[None]]:
        async def changed(channel: str, may_post: bool) -> None:  # noqa: FBT001  what Telegram says
            if not is_own(channel):
                await service.membership(channel, may_post)
            elif not may_post:  # who shuts the bot out follows nothing any more
                await _ended(own.left(channel, settings()), channel, service.world)
                await reload()

        return changed


async def _ended(changes: Sequence[Change], channel: str, world: World) -> None:
    person = int(channel.removeprefix(OWN))
    outcome = "follows nothing any more"
    deed = Deed(at=world.clock.now(), person=person, chat=person, said="[blocked the bot]", outcome=outcome)
    await world.archive.record(lambda record: choose(changes, deed, record))


def _may_ask(url: str, gate: Gate) -> bool:
    try:
        gate.check_url(url)
    except RefusedAddressError:
        return False
    return True


def _door(settings: Settings) -> Door | None:
    """Return where updates are delivered; None polls for them."""
    telegram = settings.telegram
    if telegram.heard_by != "webhook" or not telegram.webhook_url or not telegram.webhook_secret:
        return None
    host, _colon, port = telegram.webhook_listen.rpartition(":")
    secret = telegram.webhook_secret.get_secret_value()
    return Door(url=telegram.webhook_url, secret=secret, host=host.strip("[]"), port=int(port))
