"""What can go wrong between a bot and Telegram, to be ordered by a test."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final


class Ending(Enum):
    """How a connection ends without an answer."""

    #: Nothing comes until the test releases it (then a reset) or the client gives up.
    HANG = auto()
    #: The connection is reset.
    RESET = auto()
    #: Half of a good answer arrives, then the connection is reset.
    HALF = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Bytes to answer instead of Telegram's own."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What one request meets instead of its answer."""

    ending: Ending | Answer
    #: The request takes effect first: the post is shown, only its answer is lost.
    delivered: bool = False

    def after_delivery(self) -> Fault:
        return replace(self, delivered=True)


def _refusal(status: int, description: str, **parameters: int) -> Fault:
    body: dict[str, object] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    headers = tuple(("Retry-After", str(wait)) for name, wait in parameters.items() if name == "retry_after")
    return Fault(ending=Answer(status=status, body=json.dumps(body).encode(), headers=headers))


def flood(seconds: int) -> Fault:
    """Query.cpp:105 and HttpConnection.cpp:71. Zero is what PTB does not take for a flood limit."""
    return _refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def refused(status: int, description: str) -> Fault:
    """Any error of the Bot API, such as (403, "Forbidden: bot was kicked from the channel chat")."""
    return _refusal(status, description)


def migrated(new_chat: int) -> Fault:
    """Client.cpp:8154"""
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    return _refusal(400, text, migrate_to_chat_id=new_chat)


def page(status: int) -> Fault:
    """An HTML page, as proxies in front of Telegram answer."""
    body = f"<html><body><h1>{status}</h1></body></html>".encode()
    return Fault(ending=Answer(status=status, body=body, content_type="text/html"))


def no_body(status: int) -> Fault:
    return Fault(ending=Answer(status=status, body=b""))


HANG: Final = Fault(ending=Ending.HANG)
RESET: Final = Fault(ending=Ending.RESET)
HALF: Final = Fault(ending=Ending.HALF, delivered=True)
NOT_JSON: Final = Fault(ending=Answer(status=200, body=b"it works!"), delivered=True)
NO_RESULT: Final = Fault(ending=Answer(status=200, body=b'{"ok":true}'), delivered=True)


@dataclass(slots=True)
class _Rule:
    fault: Fault
    method: str | None
    chat: int | None
    times: int | None


@dataclass(slots=True)
class Faults:
    """The faults a test ordered, met in the order they were ordered."""

    _rules: deque[_Rule] = field(default_factory=deque)

    def add(
        self, *faults: Fault, method: str | None = None, chat: int | None = None, times: int | None = 1
    ) -> None:
        """Order faults; None stands for any method, any chat, or without end."""
        self._rules.extend(_Rule(fault, method, chat, times) for fault in faults)

    def clear(self) -> None:
        self._rules.clear()

    def take(self, method: str, chat: int | None) -> Fault | None:
        for rule in self._rules:
            if rule.method in {None, method} and rule.chat in {None, chat}:
                self._spend(rule)
                return rule.fault
        return None

    def _spend(self, rule: _Rule) -> None:
        if rule.times is None:
            return
        rule.times -= 1
        if rule.times == 0:
            self._rules.remove(rule)
