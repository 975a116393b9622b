"""Updates sent to the bot instead of being fetched.

One update is on its way at a time; the real server has as many as chats and connections. Sources are named by
file and line of github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import aiohttp

from tests.fakes.telegram_entities import Json, bad_request
from tests.fakes.telegram_fields import Query, between, truth
from tests.fakes.telegram_messages import Method
from tests.fakes.telegram_rates import too_many
from tests.fakes.telegram_updates import USUAL, Updates

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
#: WebhookActor.cpp:701
PORTS = frozenset({80, 88, 443, 8443})
#: Seconds. WebhookActor.cpp:502 and WebhookActor.h:75
LONGEST_ASKED_WAIT, LONGEST_DELAY = 3600, 60
_SECRET = re.compile(r"[A-Za-z0-9_-]*")
LONGEST_SECRET = 256


@dataclass(frozen=True, slots=True)
class Said:
    """A result with words beside it."""

    result: bool
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where updates go."""

    url: str = ""
    secret: str = ""
    max_connections: int = 0
    ip_address: str = ""


@dataclass(slots=True)
class Webhook:
    """The webhook of one bot."""

    updates: Updates
    #: Take plain HTTP, any port and loopback, as a server started with --local does.
    local: bool = False
    #: How to wait before an update is sent again; a test may hand in its own.
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    #: Seconds; a test may hand in its own.
    clock: Callable[[], float] = time.monotonic
    #: How long was waited after each answer that was not 2xx.
    delays: list[float] = field(default_factory=list)
    _target: Target = field(default_factory=Target)
    _error: tuple[int, str] | None = None
    _next_set: float = 0.0
    _sending: asyncio.Task[None] | None = None

    def methods(self) -> Mapping[str, Method]:
        return {
            "setwebhook": self._set,
            "deletewebhook": lambda query: self._change(query, Target()),
            "getwebhookinfo": self._info,
        }

    # ------------------------------------------------------------------------------------------- set

    def _set(self, query: Query) -> Said:
        """Client.cpp:15724-15791; one that is refused leaves none behind."""
        if not query.get("url"):
            return self._change(query, Target())
        if self.clock() < self._next_set:
            raise too_many(1)
        self._next_set = self.clock() + 1
        wanted = Target(
            url=query["url"],
            secret=query.get("secret_token", ""),
            max_connections=between(query, "max_connections", 40, 1, 100_000 if self.local else 100),
            ip_address=query.get("ip_address", ""),
        )
        return self._change(query, wanted)

    def _change(self, query: Query, wanted: Target) -> Said:
        if wanted == self._target and not truth(query, "drop_pending_updates"):
            self.updates.allow(query)
            return Said(True, f"Webhook is already {'set' if wanted.url else 'deleted'}")
        if wanted.url:
            self.updates.interrupt("setWebhook request")
        had_one = bool(self._target.url)
        self._close()
        if truth(query, "drop_pending_updates"):
            self.updates.clear()
        if not wanted.url:
            return Said(True, f"Webhook {'was' if had_one else 'is already'} deleted")
        self._check(wanted)
        self.updates.allow(query)
        self._open(wanted)
        return Said(True, "Webhook was set")

    def _check(self, wanted: Target) -> None:
        parts = _url(wanted.url)
        if len(wanted.secret) > LONGEST_SECRET:
            raise bad_request("secret token is too long")  # Client.cpp:16020
        if not _SECRET.fullmatch(wanted.secret):
            raise bad_request("secret token contains unallowed characters")  # Client.cpp:16023
        problem = self._problem(parts)
        if problem is not None:
            raise bad_request(f"bad webhook: {problem}")  # Client.cpp:15961

    def _problem(self, parts: SplitResult) -> str | None:
        """WebhookActor.cpp:698-713 and 770; loopback is all that can be found from here."""
        loopback = _is_loopback(parts.hostname or "")
        if self.local:
            return None if loopback else "Failed to resolve host: Name or service not known"
        if parts.scheme == "http":
            return "An HTTPS URL must be provided for webhook"
        if (parts.port or 443) not in PORTS:
            return "Webhook can be set up only on ports 80, 88, 443 or 8443"
        return "IP address 127.0.0.1 is reserved" if loopback else None

    def _open(self, target: Target) -> None:
        self._target = target
        self.updates.webhook = target.url
        if self.local:
            self._sending = asyncio.get_running_loop().create_task(self._deliver())

    def _close(self) -> None:
        self._target, self._error, self.updates.webhook = Target(), None, ""
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    async def stop(self) -> None:
        """End the sending, not the webhook."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])

    def _info(self, _: Query) -> Json:
        """Client.cpp:5945"""
        target = self._target
        info: Json = {
            "url": target.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates.pending()),
        }
        if self._error is not None:
            info |= {"last_error_date": self._error[0], "last_error_message": self._error[1]}
        if target.url:
            address = target.ip_address or ("127.0.0.1" if self.local else "<unknown>")
            info |= {"max_connections": target.max_connections, "ip_address": address}
        if self.updates.allowed != USUAL:
            info["allowed_updates"] = sorted(self.updates.allowed)
        return info

    # ---------------------------------------------------------------------------------------- deliver

    async def _deliver(self) -> None:
        fails, delay = 0, 1.0
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            while True:
                update = await self._first()
                asked = await self._post(session, update)
                if asked is None:
                    self.updates.forget(update["update_id"])
                    fails, delay = 0, 1.0
                    await self._tell()
                    continue
                # WebhookActor.cpp:502-511: at once after the first failure, then doubling.
                if not asked and fails:
                    delay = min(LONGEST_DELAY, delay * 2)
                wait = asked or (delay if fails else 0.0)
                fails += 1
                self.delays.append(wait)
                await self._tell()
                await self.pause(wait)

    async def _first(self) -> Json:
        async with self.updates.moved:
            await self.updates.moved.wait_for(lambda: bool(self.updates.pending()))
        return self.updates.pending()[0]

    async def _post(self, session: aiohttp.ClientSession, update: Json) -> float | None:
        """Send an update; None if it was taken, else the seconds to wait that the bot asks for."""
        headers = {SECRET_HEADER: self._target.secret} if self._target.secret else {}
        try:
            async with session.post(self._target.url, json=update, headers=headers) as answer:
                if answer.ok and answer.status < 300:
                    return None
                self._note(f"Wrong response from the webhook: {answer.status} {answer.reason}")
                return _asked_wait(answer.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, TimeoutError):
            self._note("Webhook connection closed")  # WebhookActor.cpp:660
            return 0.0

    def _note(self, error: str) -> None:
        self._error = (int(time.time()), error)

    async def _tell(self) -> None:
        async with self.updates.moved:
            self.updates.moved.notify_all()


def _url(text: str) -> SplitResult:
    """Client.cpp:16014; HTTPS is understood where no protocol is named."""
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise bad_request("invalid webhook URL specified")
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _asked_wait(header: str) -> float:
    """HttpQuery.cpp:36 and WebhookActor.cpp:502: a whole number of seconds, an hour at the most."""
    return float(min(LONGEST_ASKED_WAIT, int(header))) if header.isascii() and header.isdigit() else 0.0
