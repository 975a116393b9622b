"""What people do in Telegram's chats, handed to one consumer: by long polling, or by a webhook.

Telegram keeps an update for a day, until it is confirmed: by the next poll, or by a 200 to its delivery.
Here it is confirmed only after the consumer took it, so a crash in between brings it once more, and nothing
is lost. What comes again while this process runs is handed over once; across restarts the consumer must tell.
A consumer that raises has taken the update all the same: another try would fail the same way.

Updates are taken one after the other, in Telegram's order where one connection delivers them.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import random
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from telegram import Bot, Update
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.errors import ConfigError, OperatorError
from bot.ports import Notify

T = TypeVar("T")
Handle: TypeAlias = Callable[[Update], Awaitable[None]]

#: Seconds that Telegram holds an empty poll open; it allows no more (Client.h, LONG_POLL_MAX_TIMEOUT).
LONGEST_POLL = 50
#: Bytes of one delivery. Telegram's longest messages come to some 50 kB.
MAX_BODY = 2**20
#: Seconds to wait after a first failure, doubling, and after many.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
#: Seconds for the last confirmation when the program stops.
_GOODBYE = 3.0
#: Seconds for the body of one delivery.
_BODY_WAIT = 30.0
#: Numbers of updates that are remembered; Telegram repeats what it has just sent.
_REMEMBERED = 1_000

#: Polls in a row that bring nothing, an hour of them, after which a trouble is over. Of two programs that end
#: each other's polls each has a few good ones in between.
_OVER_AFTER = 72

_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_PORTS = frozenset({443, 80, 88, 8443})
#: What PTB raises for an answer that is not what the Bot API promises: a date out of this world is an
#: OverflowError or an OSError, answers to answers to answers are a RecursionError.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError, OverflowError, OSError, RecursionError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where Telegram delivers updates, and where this machine listens for them."""

    #: What Telegram calls: https, at one of its four ports. A proxy in front of us ends TLS.
    url: str
    #: Sent along with each delivery: 16 to 256 letters, digits, "_" and "-".
    secret: str = field(repr=False)
    #: Where to listen, without TLS; port 0 chooses one.
    host: str = "127.0.0.1"
    port: int = 8443
    #: Deliveries at the same time, 1 to 100; only one keeps Telegram's order.
    connections: int = 1

    def __post_init__(self) -> None:
        """Refuse what Telegram would not take.

        Raises:
            ConfigError: the address or the secret; the text does not repeat them.
        """
        parts = urlsplit(self.url)
        if parts.scheme != "https" or not parts.hostname or (parts.port or 443) not in _PORTS:
            raise ConfigError("Telegram delivers to an https address at port 443, 80, 88 or 8443 only")
        if not _SECRET.fullmatch(self.secret):
            raise ConfigError('the secret of a webhook must be 16 to 256 letters, digits, "_" and "-"')

    @property
    def path(self) -> str:
        """What requests ask for, which a proxy must pass on as it is."""
        return urlsplit(self.url).path or "/"


class Updates:
    """Receives a bot's updates until it is cancelled."""

    def __init__(
        self,
        bot: Bot,
        handle: Handle,
        *,
        kinds: Sequence[str],
        notify: Notify,
        door: Door | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Prepare; nothing is asked before `run`.

        Args:
            bot: from `make_bot`.
            handle: takes one update; what it raises is logged.
            kinds: of updates that are wanted, such as "message"; Telegram sends no others.
            notify: is told once of what only people can mend.
            door: where updates are delivered; None polls for them.
            pause: waits so many seconds.
        """
        self._bot = bot
        self._handle = handle
        self._kinds = list(kinds)
        self._notify = notify
        self._door = door
        self._pause = pause
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._turn = asyncio.Lock()
        self._failures = 0
        self._told = False
        #: Answers since the last failure.
        self._answers = 0
        #: The number after that of the last update taken; 0 before the first.
        self._next = 0
        #: Set once deliveries are answered, and `port` is known.
        self.listening = asyncio.Event()
        self.port = 0

    async def run(self) -> None:
        """Receive until cancelled, whatever the network and the consumer do.

        Raises:
            OperatorError: the port of the door is not free.
        """
        if self._door is None:
            await self._poll()
        else:
            await self._listen(self._door)

    # -------------------------------------------------------------------------------- long polling

    async def _poll(self) -> None:
        # While a webhook is set, Telegram refuses to be polled.
        await self._persist(self._bot.delete_webhook)
        confirmed = 0
        try:
            while True:
                found = await self._persist(self._fetch)
                confirmed = self._next
                for number, update in found:
                    await self._take(number, update)
                    self._next = max(self._next, number + 1)
        finally:
            if self._next != confirmed:
                await self._confirm()

    async def _fetch(self) -> Iterable[tuple[int, Update | None]]:
        try:
            found = await self._bot.get_updates(
                offset=self._next or None, timeout=LONGEST_POLL, allowed_updates=self._kinds
            )
        except UNREADABLE:
            return await self._fetch_raw()
        return [(update.update_id, update) for update in found]

    async def _fetch_raw(self) -> Iterable[tuple[int, Update | None]]:
        """Ask again for what PTB could not read as a whole, so that one bad update costs only itself."""
        # By the name in small letters: PTB would read the result of the one it knows.
        found: Any = await self._bot.do_api_request(
            "getupdates", {"offset": self._next, "allowed_updates": self._kinds}
        )
        return [(int(raw["update_id"]), self._read(raw)) for raw in found]

    async def _confirm(self) -> None:
        """Confirm what was taken since the last poll, for there will not be another."""
        with suppress(TelegramError, TimeoutError, *UNREADABLE):
            async with asyncio.timeout(_GOODBYE):
                await self._bot.get_updates(
                    offset=self._next, limit=1, timeout=0, allowed_updates=self._kinds
                )

    # ------------------------------------------------------------------------------------- webhook

    async def _listen(self, door: Door) -> None:
        application = web.Application(client_max_size=MAX_BODY)
        application.router.add_post(door.path, self._receive)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GOODBYE)
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, door.host, door.port).start()
            except OSError as error:
                place = f"{door.host}:{door.port}"
                raise OperatorError(f"updates cannot be listened for at {place} ({error.strerror})") from None
            self.port = runner.addresses[0][1]
            self.listening.set()
            await self._persist(lambda: self._open(door))
            await asyncio.Event().wait()
        finally:
            # The webhook stays set: Telegram tries again until we are back.
            await runner.cleanup()

    async def _open(self, door: Door) -> None:
        await self._bot.set_webhook(
            door.url,
            secret_token=door.secret,
            allowed_updates=self._kinds,
            max_connections=door.connections,
        )

    async def _receive(self, request: web.Request) -> web.Response:
        given = request.headers.get(_HEADER, "").encode("utf-8", "surrogateescape")
        if self._door is None or not hmac.compare_digest(given, self._door.secret.encode()):
            return web.Response(status=HTTPStatus.FORBIDDEN)
        try:
            async with asyncio.timeout(_BODY_WAIT):
                raw = json.loads(await request.read())
        except TimeoutError:
            return web.Response(status=HTTPStatus.REQUEST_TIMEOUT)
        except (ValueError, RecursionError):
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        number = raw.get("update_id") if isinstance(raw, dict) else None
        if type(number) is not int:
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        await self._take(number, self._read(raw))
        return web.Response()

    # ---------------------------------------------------------------------------------------- both

    async def _take(self, number: int, update: Update | None) -> None:
        """Hand an update over unless that was done; one that comes again meanwhile waits for the first."""
        async with self._turn:
            if number in self._seen:
                return
            if update is not None:
                try:
                    await self._handle(update)
                except Exception:  # the receiver's boundary: to ask again would fail the same way
                    log.exception("an update could not be handled", update_id=number)
            self._seen[number] = None
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)

    def _read(self, raw: dict[str, Any]) -> Update | None:
        try:
            return Update.de_json(raw, self._bot)
        except UNREADABLE as error:
            log.warning("an update was left out: it cannot be read", error=type(error).__name__)
            return None

    async def _persist(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask Telegram until it answers."""
        while True:
            try:
                answer = await ask()
            except TelegramError as error:
                await self._pause(await self._trouble(error))
            except UNREADABLE as error:
                log.warning("Telegram's answer could not be read", error=type(error).__name__)
                await self._pause(self._backoff())
            else:
                if self._failures:
                    log.info("updates arrive again", failures=self._failures)
                self._failures, self._answers = 0, self._answers + 1
                if answer or self._answers >= _OVER_AFTER:
                    self._told = False
                return answer

    async def _trouble(self, error: TelegramError) -> float:
        """Tell of a failure, people only where they must do something; return the seconds to wait."""
        says = str(error).replace(self._bot.token, "…")
        log.warning("updates cannot be received", reason=says)
        advice = _advice(error)
        if advice and not self._told:
            self._told = True
            await self._notify(f"{advice} (Telegram says: {says})")
        backoff = self._backoff()
        if isinstance(error, RetryAfter):
            wait = error.retry_after
            return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
        return backoff

    def _backoff(self) -> float:
        """Count a failure; return the seconds to wait, of which up to half are left to chance."""
        self._failures, self._answers = self._failures + 1, 0
        longest = min(_FIRST_PAUSE * (1 << min(self._failures - 1, 10)), _LONGEST_PAUSE)
        return longest * (1 - random.random() / 2)  # noqa: S311  no secret


def _advice(error: TelegramError) -> str | None:
    """Say what people must do so that updates arrive; None if waiting is enough."""
    match error:
        case Conflict():
            return "another program takes this bot's updates: stop it, or give one of them a bot of its own"
        case InvalidToken() | Forbidden():
            return "the bot's token is not taken: get one from @BotFather"
        case BadRequest():  # a NetworkError as well, in PTB
            return "Telegram refuses how updates are asked for: check the address of the webhook"
        case _:
            return None
