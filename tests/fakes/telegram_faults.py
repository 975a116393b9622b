"""What can go wrong between a bot and Telegram, to be ordered by a test."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from random import Random
from typing import Final


class Ending(Enum):
    """How a connection ends without an answer."""

    #: Nothing comes until the test releases it (then a reset) or the client gives up.
    HANG = auto()
    #: The connection is reset.
    RESET = auto()
    #: Half of a good answer arrives, then the connection is reset.
    HALF = auto()
    #: Half of a good answer arrives, then nothing until the test releases it (then a reset).
    STALL = auto()
    #: The message the request is about was deleted by hand; then the request takes its course.
    VANISH = auto()


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
    #: Seconds it asks the bot to be quiet, if it does so in words the bot can read.
    wait: float = 0.0

    def after_delivery(self) -> Fault:
        return replace(self, delivered=True)


def _refusal(status: int, description: str, **parameters: object) -> Fault:
    body: dict[str, object] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    headers = tuple(("Retry-After", str(wait)) for name, wait in parameters.items() if name == "retry_after")
    return Fault(ending=Answer(status=status, body=json.dumps(body).encode(), headers=headers))


def flood(seconds: float | str) -> Fault:
    """Query.cpp:105 and HttpConnection.cpp:71. Zero is what PTB does not take for a flood limit.

    The real one sends whole seconds from one on (Client.cpp:60); what else may stand there is for tests.
    """
    fault = _refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
    return replace(fault, wait=seconds) if isinstance(seconds, int) and seconds > 0 else fault


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


STALL: Final = Fault(ending=Ending.STALL, delivered=True)
VANISH: Final = Fault(ending=Ending.VANISH)
NOTHING: Final = Fault(ending=Answer(status=200, body=b""), delivered=True)
WRONG_RESULT: Final = Fault(ending=Answer(status=200, body=b'{"ok":true,"result":"yes"}'), delivered=True)

#: Faults after which the same request may well succeed.
PASSING: Final[Mapping[str, Fault]] = {
    "a flood limit": flood(3),
    "a flood limit without parameters": refused(429, "Too Many Requests: slow down"),
    "a flood limit without a body": no_body(429),
    "a flood limit as a page": page(429),
    "a flood limit of no seconds": flood(0),
    "a flood limit of less than no time": flood(-5),
    "a flood limit in parts of a second": flood(1.5),
    "a flood limit in words": flood("soon"),
    "a flood limit of thirty years": flood(10**9),
    "a flood limit longer than time": flood(10**18),
    "an internal error": refused(500, "Internal Server Error: restart"),  # Client.cpp:16301
    "an internal error after delivery": refused(500, "Internal Server Error: restart").after_delivery(),
    "a bad gateway": page(502),
    "a bad gateway after delivery": page(502).after_delivery(),
    "a gateway's timeout without a body": no_body(504),
    "a reset": RESET,
    "a reset after delivery": RESET.after_delivery(),
    "silence": HANG,
    "silence after delivery": HANG.after_delivery(),
    "half an answer": HALF,
    "half an answer, then silence": STALL,
    "success that is no JSON": NOT_JSON,
    "success without a body": NOTHING,
    "success without a result": NO_RESULT,
    "success with another result": WRONG_RESULT,
}
#: Refusals that say something of the request, of the chat, or of the bot. Texts as in telegram_chats.py.
REFUSING: Final[Mapping[str, Fault]] = {
    "a text that cannot be parsed": refused(
        400, "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""
    ),
    "a message that is too long": refused(400, "Bad Request: message is too long"),
    "a message without text": refused(400, "Bad Request: message text is empty"),
    "a message that is the same": refused(400, "Bad Request: message is not modified"),
    "a message to edit that is not there": refused(400, "Bad Request: message to edit not found"),
    "a message that can't be edited": refused(400, "Bad Request: message can't be edited"),
    "a topic that is not there": refused(400, "Bad Request: message thread not found"),
    "button data that are too long": refused(400, "Bad Request: BUTTON_DATA_INVALID"),
    "a chat that is not there": refused(400, "Bad Request: chat not found"),
    "a channel without rights": refused(400, "Bad Request: need administrator rights in the channel chat"),
    "a group without rights": refused(
        400, "Bad Request: not enough rights to send text messages to the chat"
    ),
    "a chat without write access": refused(400, "Bad Request: have no write access to the chat"),
    "a bot kicked from the channel": refused(403, "Forbidden: bot was kicked from the channel chat"),
    "a bot outside the channel": refused(403, "Forbidden: bot is not a member of the channel chat"),
    "a bot kicked from the supergroup": refused(403, "Forbidden: bot was kicked from the supergroup chat"),
    "a deleted group": refused(403, "Forbidden: the group chat was deleted"),
    "a user who blocked the bot": refused(403, "Forbidden: bot was blocked by the user"),
    "a user who is gone": refused(403, "Forbidden: user is deactivated"),
    "a user who never wrote": refused(403, "Forbidden: bot can't initiate conversation with a user"),
    "a token that was revoked": refused(401, "Unauthorized"),
    "a group that moved": migrated(-1000000000777),
    "a message deleted meanwhile": VANISH,
}
KINDS: Final[Mapping[str, Fault]] = {**PASSING, **REFUSING}


@dataclass(slots=True)
class _Rule:
    fault: Fault
    method: str | None
    chat: int | None
    times: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mix:
    share: float
    seed: int
    kinds: tuple[Fault, ...]
    methods: frozenset[str] | None


@dataclass(slots=True)
class Faults:
    """The faults a test ordered, met in the order they were ordered; then those that chance brings."""

    #: What was met, with the method.
    met: list[tuple[str, Fault]] = field(default_factory=list)
    _rules: deque[_Rule] = field(default_factory=deque)
    _mix: _Mix | None = None
    _asked: Counter[tuple[str, int | None]] = field(default_factory=Counter)

    def add(
        self, *faults: Fault, method: str | None = None, chat: int | None = None, times: int | None = 1
    ) -> None:
        """Order faults; None stands for any method, any chat, or without end."""
        self._rules.extend(_Rule(fault, method, chat, times) for fault in faults)

    def mix(
        self,
        share: float,
        *,
        seed: int,
        kinds: Mapping[str, Fault] = KINDS,
        methods: Collection[str] | None = None,
    ) -> None:
        """Let this share of requests meet one of these faults, each as likely as the others.

        The same seed brings the same faults to the first, second, … request of a method in a chat, whatever
        happens in other chats meanwhile. Beware of silence: it ends when the bot or the test ends it.
        """
        wanted = None if methods is None else frozenset(methods)
        self._mix = _Mix(share=share, seed=seed, kinds=tuple(kinds.values()), methods=wanted)
        self._asked.clear()

    def clear(self) -> None:
        self._rules.clear()
        self._mix = None

    def take(self, method: str, chat: int | None) -> Fault | None:
        fault = self._ordered(method, chat) or self._by_chance(method, chat)
        if fault is not None:
            self.met.append((method, fault))
        return fault

    def _ordered(self, method: str, chat: int | None) -> Fault | None:
        for rule in self._rules:
            if rule.method in {None, method} and rule.chat in {None, chat}:
                self._spend(rule)
                return rule.fault
        return None

    def _by_chance(self, method: str, chat: int | None) -> Fault | None:
        mix = self._mix
        if mix is None or (mix.methods is not None and method not in mix.methods):
            return None
        self._asked[method, chat] += 1
        turn = self._asked[method, chat]
        dice = Random(f"{mix.seed} {method} {chat} {turn}")  # noqa: S311  reproducible, not secret
        return dice.choice(mix.kinds) if dice.random() < mix.share else None

    def _spend(self, rule: _Rule) -> None:
        if rule.times is None:
            return
        rule.times -= 1
        if rule.times == 0:
            self._rules.remove(rule)
