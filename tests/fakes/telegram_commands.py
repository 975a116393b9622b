"""The bot's menu of commands, and its answers to pressed buttons.

Sources are named by file and line of github.com/tdlib/td (022d602) and
github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram_chats import Chat, Chats, ShownMessage
from tests.fakes.telegram_entities import Json, RefusedError, bad_request
from tests.fakes.telegram_fields import Query, between, field_number, field_text, inside, parsed, truth
from tests.fakes.telegram_messages import Messages, Method

#: Code points. BotCommand.cpp:185 and 197
LONGEST_COMMAND, LONGEST_DESCRIPTION = 32, 256
#: core.telegram.org/bots/api#setmycommands; the texts of both are the server's own
MOST_COMMANDS = 100
_COMMAND = re.compile(r"[a-z0-9_]+")
_LANGUAGE = re.compile(r"[a-z]{2}[a-z-]*")
#: core.telegram.org/bots/api#answercallbackquery
LONGEST_ANSWER = 200

_EVERYWHERE = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_IN_A_CHAT = ("chat", "chat_administrators", "chat_member")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a user saw after pressing a button."""

    text: str
    alert: bool
    url: str
    cache_time: int


@dataclass(slots=True)
class Commands:
    """The menus of one bot, by scope and language, and the buttons that were pressed."""

    chats: Chats
    messages: Messages
    #: Answers by the number of the callback query.
    answers: dict[str, Answer] = field(default_factory=dict)
    _menus: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    _waiting: set[str] = field(default_factory=set)
    _presses: int = 0

    def methods(self) -> Mapping[str, Method]:
        return {
            "setmycommands": self._set,
            "getmycommands": lambda query: self._menus.get(self._place(query), []),
            "deletemycommands": self._delete,
            "answercallbackquery": self._answer,
        }

    def menus(self) -> dict[tuple[str, str], dict[str, str]]:
        """What each scope's menu says in each language: name → description."""
        return {
            place: {command["command"]: command["description"] for command in menu}
            for place, menu in self._menus.items()
        }

    # --------------------------------------------------------------------------------------- commands

    def _set(self, query: Query) -> bool:
        commands = _commands(query.get("commands", ""))
        place = self._place(query)
        menu = [_checked(command) for command in commands]
        if len(menu) > MOST_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        self._menus[place] = menu
        return True

    def _delete(self, query: Query) -> bool:
        self._menus.pop(self._place(query), None)
        return True

    def _place(self, query: Query) -> tuple[str, str]:
        """Return scope and language; a menu is found only where it was put, without falling back."""
        scope = "default"
        if query.get("scope"):
            value = parsed(query["scope"], "BotCommandScope")
            try:
                scope, chat_id = _scope(value)
            except RefusedError as refusal:
                raise inside(refusal, "Can't parse BotCommandScope") from None
            if chat_id:
                chat = self.chats.find(chat_id)
                self.chats.check_reach(chat, "read")
                _check_scope(scope, chat)
                scope = f"{scope} {chat.id}"
        language = query.get("language_code", "")
        if language and not _LANGUAGE.fullmatch(language):
            raise bad_request("Invalid language code specified")  # BotInfoManager.cpp:947
        return scope, language

    # ---------------------------------------------------------------------------------------- buttons

    def press(self, message: ShownMessage, data: str, user: int) -> Json:
        """Press a button with these data; return the update `callback_query`. Client.cpp:4876"""
        shown = {button.get("callback_data") for row in message.keyboard for button in row}
        assert data in shown, f"message {message.id} has no button {data!r}, but {shown}"
        self._presses += 1
        number = str(self._presses)
        self._waiting.add(number)
        described = self.messages.described(message)
        return {
            "id": number,
            "from": self.messages.user(user),
            "message": described,
            "chat_instance": str(message.chat),
            "data": data,
        }

    def _answer(self, query: Query) -> bool:
        """Client.cpp:14319; each press is answered once."""
        number = query.get("callback_query_id", "")
        if number not in self._waiting:  # Client.cpp:149
            text = "query is too old and response timeout expired or query ID is invalid"
            raise bad_request(text)
        if len(query.get("text", "")) > LONGEST_ANSWER:
            raise bad_request("MESSAGE_TOO_LONG")
        self._waiting.remove(number)
        self.answers[number] = Answer(
            text=query.get("text", ""),
            alert=truth(query, "show_alert"),
            url=query.get("url", ""),
            cache_time=between(query, "cache_time", 0, 0, 30 * 24 * 60 * 60),
        )
        return True


def _commands(text: str) -> list[Json]:
    """Client.cpp:10652-10678"""
    if not text:
        return []
    value = parsed(text, "commands")
    if not isinstance(value, list):
        raise bad_request("Expected an Array of BotCommand")
    try:
        return [_command(command) for command in value]
    except RefusedError as refusal:
        raise inside(refusal, "Can't parse BotCommand") from None


def _command(value: Any) -> Json:
    if not isinstance(value, dict):
        raise bad_request("expected an Object")
    return {name: field_text(value, name, needed=True) for name in ("command", "description")}


def _checked(command: Json) -> Json:
    """BotCommand.cpp:185-206; what letters a command has is left to the server."""
    name, description = command["command"].strip().removeprefix("/"), command["description"].strip()
    if not name:
        raise bad_request("Command must be non-empty")
    if len(name) > LONGEST_COMMAND:
        raise bad_request(f"Command length must not exceed {LONGEST_COMMAND}")
    if not description:
        raise bad_request("Command description must be non-empty")
    if len(description) > LONGEST_DESCRIPTION:
        raise bad_request(f"Command description length must not exceed {LONGEST_DESCRIPTION}")
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    return {"command": name, "description": description}


def _scope(value: Any) -> tuple[str, str]:
    """Client.cpp:10576-10617"""
    if not isinstance(value, dict):
        raise bad_request("BotCommandScope must be an Object")
    kind = field_text(value, "type", needed=True)
    if kind in _EVERYWHERE:
        return kind, ""
    if kind not in _IN_A_CHAT:
        raise bad_request("Unsupported type specified")
    chat = field_text(value, "chat_id", needed=True)
    if not chat:
        raise bad_request("Empty chat_id specified")
    if kind != "chat_member":
        return kind, chat
    user = field_number(value, "user_id", needed=True)
    if user <= 0:
        raise bad_request("Invalid user_id specified")
    return f"{kind} {user}", chat


def _check_scope(scope: str, chat: Chat) -> None:
    """BotCommandScope.cpp:68-80"""
    if chat.type == "private" and scope != "chat":
        raise bad_request("Can't use specified scope in private chats")
    if chat.type == "channel":
        raise bad_request("Can't change commands in channel chats")
