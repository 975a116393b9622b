"""Telegram's side: chats, the bot's rights in them, and the messages shown.

Sources are named by file and line of github.com/tdlib/td (022d602) and
github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tests.fakes.telegram_entities import Json, RefusedError, bad_request
from tests.fakes.telegram_fields import number
from tests.fakes.telegram_rates import Rates

#: What a call wants of a chat. Client.h, AccessRights
Access: TypeAlias = Literal["read", "edit", "write"]


@dataclass(slots=True, kw_only=True)
class Chat:
    """A chat and what the bot may do in it."""

    id: int
    type: str = "channel"
    title: str = "News watch"
    username: str | None = None
    #: The bot's: "administrator", "member", "restricted", "left" or "kicked". A group may be "deleted".
    #: In a private chat "kicked" is a bot that the user blocked, "left" one that he never wrote to, and
    #: "deactivated" is what became of the user.
    status: str = "administrator"
    can_post: bool = True
    can_edit: bool = True
    can_delete: bool = True
    can_pin: bool = True
    #: The supergroup this group became.
    migrated_to: int | None = None
    #: A supergroup with topics; a topic's number is that of the message that opened it, never 1.
    is_forum: bool = False
    topics: set[int] = field(default_factory=set)
    #: What others are here, by number: "creator", "administrator", "member" …
    people: dict[int, str] = field(default_factory=dict)

    def public(self) -> Json:
        name = {"first_name": self.title} if self.type == "private" else {"title": self.title}
        username = {"username": self.username} if self.username else {}
        forum = {"is_forum": True} if self.is_forum else {}
        return {"id": self.id, "type": self.type, **name, **username, **forum}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """A message as a reader of the chat sees it now."""

    id: int
    chat: int
    #: Of a message with a medium, its caption.
    text: str
    entities: tuple[Json, ...]
    silent: bool = False
    reply_to: int | None = None
    preview: bool = True
    edits: int = 0
    #: The rest of `link_preview_options`: url, prefer_small_media, prefer_large_media, show_above_text.
    preview_options: tuple[tuple[str, str | bool], ...] = ()
    #: Rows of an inline keyboard.
    keyboard: tuple[tuple[Json, ...], ...] = ()
    #: The topic of a forum.
    thread: int | None = None
    #: "photo" or "document", and the file's id.
    medium: str | None = None
    file: str | None = None
    #: May not be forwarded.
    protected: bool = False
    pinned: bool = False
    #: The chat and number it was forwarded from.
    forwarded: tuple[int, int] | None = None
    #: The user who wrote it; None is the bot.
    author: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing Telegram accepted: "send", "edit", "delete" or "pin", with the message as it then stood."""

    what: str
    message: ShownMessage


@dataclass(slots=True)
class Chats:
    """The chats of one bot."""

    chats: dict[int, Chat]
    me: Json
    rates: Rates = field(default_factory=Rates)
    #: Seconds; a test may hand in its own.
    clock: Callable[[], float] = time.monotonic
    #: Seconds since 1970, as messages are dated.
    now: Callable[[], float] = time.time
    log: list[Change] = field(default_factory=list)
    #: What people's apps speak, by number; told of nobody else.
    languages: dict[int, str] = field(default_factory=dict)
    on_change: Callable[[Change], None] = lambda _: None
    _shown: dict[int, dict[int, ShownMessage]] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)

    # ------------------------------------------------------------------------------------------ chats

    def find(self, reference: str) -> Chat:
        """Client.cpp:8196, check_chat."""
        if not reference:
            raise bad_request("chat_id is empty")
        for chat in self.chats.values():
            public = chat.username and chat.type != "private"
            if reference == str(chat.id) or (public and reference.lower() == f"@{chat.username}".lower()):
                return chat
        raise bad_request("chat not found")

    def reached(self, query: Mapping[str, str], access: Access, name: str = "chat_id") -> Chat:
        chat = self.find(query.get(name, ""))
        self.check_reach(chat, access)
        return chat

    def check_reach(self, chat: Chat, access: Access) -> None:
        """Client.cpp:8118-8190, check_chat_access."""
        if access != "read":
            self._check_group_is_there(chat)
        if chat.type == "private":
            self._check_user(chat, access)
            return
        kind = f"{chat.type} chat"
        # The list of a public chat's members is closed to strangers, its name and posts are not.
        open_to_all = access == "read" and (chat.type == "group" or chat.username is not None)
        if chat.status == "kicked" and (chat.type != "group" or access != "read"):
            raise RefusedError(403, f"Forbidden: bot was kicked from the {kind}")
        if chat.status == "left" and not open_to_all:
            raise RefusedError(403, f"Forbidden: bot is not a member of the {kind}")

    def _check_group_is_there(self, chat: Chat) -> None:
        if chat.migrated_to is not None:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise RefusedError(400, text, migrate_to_chat_id=chat.migrated_to)
        if chat.status == "deleted":
            raise RefusedError(403, "Forbidden: the group chat was deleted")  # Client.cpp:8158

    def _check_user(self, chat: Chat, access: Access) -> None:
        if access == "read":
            return
        refusals = {
            "deactivated": "user is deactivated",  # Client.cpp:8136
            "kicked": "bot was blocked by the user",  # Client.cpp:131
            "left": "bot can't initiate conversation with a user",  # MessagesManager.cpp:27957
        }
        if chat.status in refusals:
            raise RefusedError(403, f"Forbidden: {refusals[chat.status]}")

    def check_may_send(self, chat: Chat, what: str) -> None:
        """What is "text messages", "photos" or "documents", as in MessageContent.cpp:6157-6340."""
        leads = chat.status == "administrator"
        if chat.type == "channel" and not (leads and chat.can_post):
            raise bad_request("Need administrator rights in the channel chat")  # DialogManager.cpp:1525
        if chat.type in {"group", "supergroup"} and not (leads or chat.can_post):
            raise bad_request(f"Not enough rights to send {what} to the chat")

    def thread(self, chat: Chat, query: Mapping[str, str]) -> int | None:
        """Client.cpp:8255, check_message_topic; chats without topics take any number for none."""
        wanted = number(query.get("message_thread_id", ""))
        if wanted <= 0 or not (chat.is_forum or chat.type == "private"):
            return None
        if wanted not in chat.topics:
            raise bad_request("message thread not found")  # Client.cpp:8277 and 6818
        return wanted

    # --------------------------------------------------------------------------------------- messages

    def messages(self, chat: int | str) -> list[ShownMessage]:
        return list(self._shown.get(self.find(str(chat)).id, {}).values())

    def everywhere(self) -> Iterator[ShownMessage]:
        for shown in self._shown.values():
            yield from shown.values()

    def message(self, chat: Chat, text: str, role: str) -> ShownMessage:
        shown = self._shown.get(chat.id, {}).get(number(text))
        if shown is None:
            raise bad_request(f"{role} not found")  # Client.cpp:6729
        return shown

    def next_number(self, chat: Chat) -> int:
        """Consecutive in a channel, which is all this bot posts to."""
        self._numbers[chat.id] = self._numbers.get(chat.id, 0) + 1
        return self._numbers[chat.id]

    def accept(self, what: str, message: ShownMessage) -> None:
        self.show(message)
        if what == "delete":
            del self._shown[message.chat][message.id]
        change = Change(what=what, message=message)
        self.log.append(change)
        self.on_change(change)

    def show(self, message: ShownMessage) -> None:
        """Put a message where it is seen, without a line in the log: it is not the bot's."""
        self._shown.setdefault(message.chat, {})[message.id] = message

    def vanish(self, chat: int, message: int) -> None:
        """Take a message away, as an administrator does by hand."""
        self._shown.get(chat, {}).pop(message, None)

    def take_turn(self, chat: Chat) -> None:
        """Count a message against the limits."""
        self.rates.take(chat.id, self.clock())
