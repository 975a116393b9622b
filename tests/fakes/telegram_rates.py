"""How often a bot may speak, and whether it kept quiet when it was told to.

The real limits are unpublished and vary (telegram-bot-api#648, #736; td#3034): about 30 messages a second
over all chats, 20 a minute in each group, and edits count like sends. The clock is a test's own if it wants,
which is how time runs faster than it does.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.fakes.telegram_entities import RefusedError

WINDOW_SECONDS = 60.0

#: A chat; a method, for calls that concern no chat; None is the whole bot.
Scope: TypeAlias = int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HastyCall:
    """A call made although Telegram had asked to wait."""

    method: str
    chat: int | None
    #: Seconds the bot should still have waited.
    early: float


def too_many(wait: float) -> RefusedError:
    """At least a second, as Query.cpp:105; `Retry-After` follows from the parameter."""
    seconds = max(1, math.ceil(wait))
    return RefusedError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@dataclass(slots=True, kw_only=True)
class Rates:
    """Limits of one bot."""

    #: Sends and edits a minute in each chat; None for no limit.
    per_minute: int | None = None
    #: The same a second, over all chats.
    per_second: int | None = None
    hasty: list[HastyCall] = field(default_factory=list)
    _times: dict[int | None, deque[float]] = field(default_factory=dict)
    _quiet_until: dict[Scope, float] = field(default_factory=dict)

    def take(self, chat: int, now: float) -> None:
        """Count a message, or refuse it; what is refused does not count."""
        bounds = ((chat, self.per_minute, WINDOW_SECONDS), (None, self.per_second, 1.0))
        for scope, most, window in bounds:
            wait = self._wait(scope, most, window, now)
            if wait > 0:
                refusal = too_many(wait)
                self.ask_to_wait(scope, now + refusal.parameters["retry_after"])
                raise refusal
        for scope, most, _ in bounds:
            if most is not None:
                self._times.setdefault(scope, deque()).append(now)

    def _wait(self, scope: int | None, most: int | None, window: float, now: float) -> float:
        if most is None:
            return 0.0
        times = self._times.setdefault(scope, deque())
        while times and times[0] <= now - window:
            times.popleft()
        return times[0] + window - now if len(times) >= most else 0.0

    def ask_to_wait(self, scope: Scope, until: float) -> None:
        self._quiet_until[scope] = max(until, self._quiet_until.get(scope, until))

    def note(self, method: str, chat: int | None, now: float) -> None:
        """Write a call down that comes before its time."""
        scopes: tuple[Scope, ...] = (method,) if chat is None else (chat, None)
        early = max(self._quiet_until.get(scope, now) for scope in scopes) - now
        if early > 0:
            self.hasty.append(HastyCall(method=method, chat=chat, early=early))
