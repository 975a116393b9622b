"""Who is in a chat, what the bot may do there, and what people do to it.

Sources are named by file and line of github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.fakes.telegram_chats import Chat, Chats, ShownMessage
from tests.fakes.telegram_entities import Json, bad_request, found_in
from tests.fakes.telegram_fields import Query, number
from tests.fakes.telegram_messages import Messages, Method, a_user

GIFTS = "unlimited_gifts limited_gifts unique_gifts premium_subscription gifts_from_channels".split()
#: Rights every administrator's description names, whatever the chat. Client.cpp:16726
OTHER_RIGHTS = (
    "can_be_edited is_anonymous can_manage_chat can_manage_video_chats can_restrict_members "
    "can_promote_members can_change_info can_invite_users can_post_stories can_edit_stories "
    "can_delete_stories"
).split()
#: What getMe tells beside what every message tells of its sender. Client.cpp:486-496
ABILITIES: Mapping[str, bool] = {
    "can_join_groups": True,
    **dict.fromkeys(
        (
            "can_read_all_group_messages supports_inline_queries supports_guest_queries "
            "can_connect_to_business has_main_web_app has_topics_enabled allows_users_to_create_topics "
            "can_manage_bots"
        ).split(),
        False,
    ),
}


@dataclass(frozen=True, slots=True)
class People:
    """The members of chats, and what they do."""

    chats: Chats
    messages: Messages

    def methods(self) -> Mapping[str, Method]:
        return {
            "getme": lambda _: {**self.chats.me, **ABILITIES},
            "getchat": self._get_chat,
            "getchatmember": self._get_chat_member,
            "getchatadministrators": self._get_administrators,
        }

    def _get_chat(self, query: Query) -> Json:
        chat = self.chats.reached(query, "read")
        return {
            **chat.public(),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(GIFTS, False),
        }

    def _get_chat_member(self, query: Query) -> Json:
        """Client.cpp:5141-5206 and 15101; of others only those are known whom a test put there."""
        chat = self.chats.reached(query, "read")
        user = number(query.get("user_id", ""))
        if user <= 0:
            raise bad_request("Invalid user_id specified")  # Client.cpp:12454
        if user == self.chats.me["id"]:
            return self.bot_in(chat)
        if user not in chat.people:
            raise bad_request("user not found")
        return _other(user, chat.people[user])

    def _get_administrators(self, query: Query) -> list[Json]:
        """Client.cpp:15114; other bots are left out, this one is not."""
        chat = self.chats.reached(query, "read")
        if chat.type == "private":
            raise bad_request("there are no administrators in the private chat")
        leading = {"creator", "administrator"}
        people = [_other(user, status) for user, status in chat.people.items() if status in leading]
        return people + ([self.bot_in(chat)] if chat.status == "administrator" else [])

    def bot_in(self, chat: Chat) -> Json:
        user = {"user": {**self.chats.me}}
        match chat.status:
            case "administrator":
                rights = dict.fromkeys(OTHER_RIGHTS, False) | {"can_delete_messages": chat.can_delete}
                posting = {"can_post_messages": chat.can_post, "can_edit_messages": chat.can_edit}
                more = posting if chat.type == "channel" else {"can_pin_messages": chat.can_pin}
                return {"status": "administrator", **user, **rights, **more}
            case "member" | "left":
                return {"status": chat.status, **user}
            case _:
                return {"status": chat.status, **user, "until_date": 0}

    # --------------------------------------------------------------------------------- what they do

    def change_standing(self, chat: Chat, by: int, status: str | None, rights: Mapping[str, bool]) -> Json:
        """Make the bot something else in a chat; return the update `my_chat_member`. Client.cpp:5261"""
        old = self.bot_in(chat)
        chat.status = status or chat.status
        for name, value in rights.items():
            setattr(chat, name, value)
        return {
            "chat": chat.public(),
            "from": a_user(by),
            "date": int(self.chats.now()),
            "old_chat_member": old,
            "new_chat_member": self.bot_in(chat),
        }

    def write(
        self, chat: Chat, user: int, text: str, *, reply_to: int | None = None, file: str | None = None
    ) -> Json:
        """Put a user's message into a chat, with what Telegram finds in it; return it as an update does.

        Args:
            chat: where.
            user: who writes.
            text: what, or what stands beside the file.
            reply_to: the message that is replied to.
            file: the id of a document.
        """
        message = ShownMessage(
            id=self.chats.next_number(chat),
            chat=chat.id,
            text=text,
            entities=found_in(text),
            author=user,
            reply_to=reply_to,
            medium=None if file is None else "document",
            file=file,
        )
        self.chats.show(message)
        return self.messages.described(message)

    def migrate(self, chat: Chat, new_id: int) -> tuple[Json, Json]:
        """Make a group a supergroup; return the two notices of it."""
        grown = replace(chat, id=new_id, type="supergroup", migrated_to=None)
        self.chats.chats[new_id] = grown
        chat.migrated_to = new_id
        return (
            {**self._notice(chat), "migrate_to_chat_id": new_id},
            {**self._notice(grown), "migrate_from_chat_id": chat.id},
        )

    def _notice(self, chat: Chat) -> Json:
        number_ = self.chats.next_number(chat)
        return {"message_id": number_, "date": int(self.chats.now()), "chat": chat.public()}


def _other(user: int, status: str) -> Json:
    described: Json = {"status": status, "user": a_user(user)}
    match status:
        case "creator":
            return {**described, "is_anonymous": False}
        case "administrator":
            return {**described, **dict.fromkeys((*OTHER_RIGHTS, "can_delete_messages"), True)}
        case "kicked":
            return {**described, "until_date": 0}
        case _:
            return described
