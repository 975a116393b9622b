"""What happens in chats, waiting for the bot to ask for it.

Two things the real server does are left out, since tests would wait for them: it makes a bot that asks again
at once wait three seconds (Client.cpp:15716), and holds back a second 409 as long (Client.cpp:16244).

Sources are named by file and line of github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.telegram_entities import Json, RefusedError
from tests.fakes.telegram_fields import Query, between, parsed

#: Seconds. Client.h:1610, LONG_POLL_MAX_TIMEOUT
LONGEST_POLL = 50
#: Seconds an update waits to be fetched. Client.cpp:17270
LONGEST_WAIT = 86_400

#: Client.cpp:16827
KINDS = (
    "message edited_message channel_post edited_channel_post inline_query chosen_inline_result "
    "callback_query custom_event custom_query shipping_query pre_checkout_query poll poll_answer "
    "my_chat_member chat_member "
    "chat_join_request chat_boost removed_chat_boost message_reaction message_reaction_count "
    "business_connection business_message edited_business_message deleted_business_messages "
    "purchased_paid_media managed_bot guest_message"
).split()
#: Client.h:1456
USUALLY_LEFT_OUT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
USUAL = frozenset(KINDS) - USUALLY_LEFT_OUT


def conflict(text: str) -> RefusedError:
    return RefusedError(409, f"Conflict: {text}")


@dataclass(slots=True)
class Updates:
    """The updates of one bot."""

    #: Seconds since 1970; a test may hand in its own.
    clock: Callable[[], float] = time.time
    allowed: frozenset[str] = USUAL
    #: The address updates are sent to instead.
    webhook: str = ""
    moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    _waiting: list[tuple[float, Json]] = field(default_factory=list)
    _last: int = 0
    _poll: asyncio.Future[None] | None = None

    def pending(self) -> list[Json]:
        """Return what was neither confirmed nor outlived its time, oldest first."""
        now = self.clock()
        self._waiting = [(born, update) for born, update in self._waiting if born + LONGEST_WAIT > now]
        return [update for _, update in self._waiting]

    def push(self, update: Json) -> int:
        """Add an update and return its number; zero if the bot does not want its kind. Client.cpp:16966"""
        (kind,) = update
        assert kind in KINDS, f"there are no updates of the kind {kind!r}"
        if kind not in self.allowed:
            return 0
        self._last += 1
        self._waiting.append((self.clock(), {"update_id": self._last, **update}))
        if self.is_polled():
            self._end_poll(None)
        return self._last

    def begin_after(self, update_id: int) -> None:
        """Give the next update the number after this one; Telegram begins anew after a quiet week."""
        self._last = update_id

    def forget(self, update_id: int) -> None:
        self._waiting = [(born, update) for born, update in self._waiting if update["update_id"] != update_id]

    def clear(self) -> None:
        self._waiting.clear()

    def is_polled(self) -> bool:
        return self._poll is not None and not self._poll.done()

    def allow(self, query: Query) -> None:
        """The choice is kept until another is made; what cannot be read changes nothing. Client.cpp:16889"""
        if not query.get("allowed_updates"):
            return
        try:
            names = parsed(query["allowed_updates"], "allowed_updates")
        except RefusedError:
            return
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            self.allowed = frozenset(name.lower() for name in names) & frozenset(KINDS) or USUAL

    async def get(self, query: Query) -> list[Json]:
        """Client.cpp:15700 and 16325: an offset confirms what is older, a second poller ends the first."""
        if self.webhook:
            text = (
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook"
            )
            raise conflict(f"{text} first")
        self._confirm(between(query, "offset", 0, -(2**31), 2**31 - 1))
        limit = between(query, "limit", 100, 1, 100)
        timeout = between(query, "timeout", 0, 0, LONGEST_POLL)
        self.allow(query)
        self.interrupt("other getUpdates request; make sure that only one bot instance is running")
        if timeout and not self.pending():
            await self._wait(timeout)
        return self.pending()[:limit]

    def _confirm(self, offset: int) -> None:
        """A negative offset leaves only so many of the newest. Client.cpp:16330"""
        waiting = self.pending()
        for update in waiting[:offset] if offset < 0 else waiting:
            if offset < 0 or update["update_id"] < offset:
                self.forget(update["update_id"])

    def interrupt(self, by: str) -> None:
        """End a long poll that is open. Client.cpp:16225"""
        if self.is_polled():
            self._end_poll(conflict(f"terminated by {by}"))

    def _end_poll(self, refusal: RefusedError | None) -> None:
        assert self._poll is not None
        if refusal is None:
            self._poll.set_result(None)
        else:
            self._poll.set_exception(refusal)

    async def _wait(self, seconds: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        async with self.moved:
            self.moved.notify_all()
        try:
            await asyncio.wait([poll], timeout=seconds)
            if poll.done():
                poll.result()
        finally:
            poll.cancel()  # of no effect if it is done; else nobody waits any more
