"""Telegram's side: chats, the bot's rights in them, the messages shown, and the methods that act on them.

Sources are named by file and line of github.com/tdlib/td (022d602) and
github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

import json
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from tests.fakes.telegram_entities import Json, RefusedError, bad_request, formatted

WINDOW_SECONDS = 60.0
GIFTS = "unlimited_gifts limited_gifts unique_gifts premium_subscription gifts_from_channels".split()
#: Rights every administrator's description names, whatever the chat. Client.cpp:5169
OTHER_RIGHTS = (
    "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats "
    "can_restrict_members can_promote_members can_change_info can_invite_users can_post_stories "
    "can_edit_stories can_delete_stories"
).split()


@dataclass(slots=True, kw_only=True)
class Chat:
    """A chat and what the bot may do in it."""

    id: int
    type: str = "channel"
    title: str = "News watch"
    username: str | None = None
    #: The bot's standing: "administrator", "member", "left" or "kicked".
    status: str = "administrator"
    can_post: bool = True
    can_edit: bool = True
    #: The supergroup this group became.
    migrated_to: int | None = None

    def public(self) -> Json:
        name = {"first_name": self.title} if self.type == "private" else {"title": self.title}
        username = {"username": self.username} if self.username else {}
        return {"id": self.id, "type": self.type, **name, **username}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """A message as a reader of the chat sees it now."""

    id: int
    chat: int
    text: str
    entities: tuple[Json, ...]
    silent: bool = False
    reply_to: int | None = None
    preview: bool = True
    edits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing Telegram accepted: "send", "edit" or "delete", with the message as it then stood."""

    what: str
    message: ShownMessage


@dataclass(slots=True)
class Chats:
    """The chats of one bot."""

    chats: dict[int, Chat]
    me: Json
    #: Sends and edits a minute in each chat; None for no limit. The real one is about 20, edits count, and
    #: exact values are unpublished: telegram-bot-api#648, td#3034.
    per_minute: int | None = None
    #: Seconds; a test may hand in its own.
    clock: Callable[[], float] = time.monotonic
    log: list[Change] = field(default_factory=list)
    on_change: Callable[[Change], None] = lambda _: None
    _shown: dict[int, dict[int, ShownMessage]] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)
    _times: dict[int, deque[float]] = field(default_factory=dict)

    def messages(self, chat: int | str) -> list[ShownMessage]:
        return list(self._shown.get(self.find(str(chat)).id, {}).values())

    def find(self, reference: str) -> Chat:
        """Client.cpp:8196, check_chat."""
        if not reference:
            raise bad_request("chat_id is empty")
        for chat in self.chats.values():
            public = chat.username and chat.type != "private"
            if reference == str(chat.id) or (public and reference.lower() == f"@{chat.username}".lower()):
                return chat
        raise bad_request("chat not found")

    def methods(self) -> Mapping[str, Callable[[Mapping[str, str]], Json | bool]]:
        """Names are compared without case. Client.cpp:12660"""
        return {
            "getme": lambda _: self.me,
            "getchat": self._get_chat,
            "getchatmember": self._get_chat_member,
            "sendmessage": self._send_message,
            "editmessagetext": self._edit_message_text,
            "deletemessage": self._delete_message,
        }

    def _get_chat(self, query: Mapping[str, str]) -> Json:
        chat = self.find(query.get("chat_id", ""))
        self._check_reach(chat, reading=True)
        return {
            **chat.public(),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(GIFTS, False),
        }

    def _get_chat_member(self, query: Mapping[str, str]) -> Json:
        """Client.cpp:5155-5206; only the bot itself is known here."""
        chat = self.find(query.get("chat_id", ""))
        self._check_reach(chat, reading=True)
        if query.get("user_id") != str(self.me["id"]):
            raise bad_request("user not found")
        if chat.status != "administrator":
            return {"status": chat.status, "user": self.me, "until_date": 0}
        posting = (
            {"can_post_messages": chat.can_post, "can_edit_messages": chat.can_edit}
            if chat.type == "channel"
            else {}
        )
        return {
            "status": "administrator",
            "user": self.me,
            **dict.fromkeys(OTHER_RIGHTS, False),
            **posting,
        }

    def _send_message(self, query: Mapping[str, str]) -> Json:
        text, entities = _content(query)
        chat = self.find(query.get("chat_id", ""))
        self._check_reach(chat)
        if chat.type == "channel" and not chat.can_post:
            raise bad_request("Need administrator rights in the channel chat")  # DialogManager.cpp:1525
        reply_to = self._reply_target(chat, query)
        self._check_rate(chat)
        # Consecutive in a channel, which is all this bot posts to.
        number = self._numbers[chat.id] = self._numbers.get(chat.id, 0) + 1
        message = ShownMessage(
            id=number,
            chat=chat.id,
            text=text,
            entities=entities,
            silent=query.get("disable_notification", "").lower() == "true",
            reply_to=reply_to,
            preview=_wants_preview(query),
        )
        self._accept("send", message)
        return self._public(message)

    def _edit_message_text(self, query: Mapping[str, str]) -> Json:
        text, entities = _content(query)
        chat = self.find(query.get("chat_id", ""))
        self._check_reach(chat)
        old = self._message(chat, query.get("message_id", ""), "message to edit")
        if chat.type == "channel" and not (chat.can_post or chat.can_edit):
            raise bad_request("Message can't be edited")  # MessagesManager.cpp:23108
        new = replace(old, text=text, entities=entities, preview=_wants_preview(query))
        if new == old:
            raise bad_request(  # Client.cpp:108
                "message is not modified: specified new message content and reply markup are exactly the "
                "same as a current content and reply markup of the message"
            )
        self._check_rate(chat)
        new = replace(new, edits=old.edits + 1)
        self._accept("edit", new)
        return {**self._public(new), "edit_date": int(time.time())}

    def _delete_message(self, query: Mapping[str, str]) -> bool:
        chat = self.find(query.get("chat_id", ""))
        self._check_reach(chat)
        message = self._message(chat, query.get("message_id", ""), "message to delete")
        self._accept("delete", message)
        return True

    def _accept(self, what: str, message: ShownMessage) -> None:
        shown = self._shown.setdefault(message.chat, {})
        if what == "delete":
            del shown[message.id]
        else:
            shown[message.id] = message
        change = Change(what=what, message=message)
        self.log.append(change)
        self.on_change(change)

    def _message(self, chat: Chat, number: str, role: str) -> ShownMessage:
        shown = self._shown.get(chat.id, {}).get(int(number or 0))
        if shown is None:
            raise bad_request(f"{role} not found")  # Client.cpp:6729
        return shown

    def _reply_target(self, chat: Chat, query: Mapping[str, str]) -> int | None:
        """Client.cpp:8470, check_reply_parameters."""
        wanted = json.loads(query.get("reply_parameters", "{}"))
        if "message_id" not in wanted:
            return None
        try:
            return self._message(chat, str(wanted["message_id"]), "message to be replied").id
        except RefusedError:
            if wanted.get("allow_sending_without_reply"):
                return None
            raise

    def _check_reach(self, chat: Chat, *, reading: bool = False) -> None:
        """Client.cpp:8118-8190, check_chat_access."""
        kind = f"{chat.type} chat"
        if chat.migrated_to is not None and not reading:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise RefusedError(400, text, migrate_to_chat_id=chat.migrated_to)
        if chat.type == "private":
            if chat.status == "kicked" and not reading:
                raise RefusedError(403, "Forbidden: bot was blocked by the user")  # Client.cpp:131
            return
        if chat.status == "kicked":
            raise RefusedError(403, f"Forbidden: bot was kicked from the {kind}")
        if chat.status == "left" and not (reading and chat.username):
            raise RefusedError(403, f"Forbidden: bot is not a member of the {kind}")

    def _check_rate(self, chat: Chat) -> None:
        if self.per_minute is None:
            return
        now = self.clock()
        times = self._times.setdefault(chat.id, deque())
        while times and times[0] <= now - WINDOW_SECONDS:
            times.popleft()
        if len(times) >= self.per_minute:
            wait = max(1, math.ceil(times[0] + WINDOW_SECONDS - now))
            text = f"Too Many Requests: retry after {wait}"  # Query.cpp:105
            raise RefusedError(429, text, retry_after=wait)
        times.append(now)

    def _public(self, message: ShownMessage) -> Json:
        """A channel post names the channel as its sender and nobody as its author."""
        chat = self.chats[message.chat].public()
        sender = {"sender_chat": chat} if chat["type"] == "channel" else {"from": self.me}
        answer: Json = {
            "message_id": message.id,
            "date": int(time.time()),
            "chat": chat,
            "text": message.text,
            **sender,
        }
        if message.entities:
            answer["entities"] = list(message.entities)
        if message.reply_to is not None:
            answer["reply_to_message"] = self._public(self._shown[message.chat][message.reply_to])
        return answer


def _content(query: Mapping[str, str]) -> tuple[str, tuple[Json, ...]]:
    entities: Iterable[Json] = json.loads(query.get("entities", "[]"))
    return formatted(query.get("text", ""), parse_mode=query.get("parse_mode", ""), entities=tuple(entities))


def _wants_preview(query: Mapping[str, str]) -> bool:
    return not json.loads(query.get("link_preview_options", "{}")).get("is_disabled", False)
