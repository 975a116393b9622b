"""The methods that show messages, change them and take them away.

Sources are named by file and line of github.com/tdlib/td (022d602) and
github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from tests.fakes.telegram_chats import Chat, Chats, ShownMessage
from tests.fakes.telegram_entities import Json, RefusedError, bad_request, captioned, formatted
from tests.fakes.telegram_fields import Query, number, parsed, required, truth
from tests.fakes.telegram_files import Files
from tests.fakes.telegram_markup import Answered, answered, keyboard, preview

Method: TypeAlias = Callable[[Query], Any]

_RIGHT = {None: "text messages", "photo": "photos", "document": "documents"}


@dataclass(frozen=True, slots=True)
class Messages:
    """What a bot says."""

    chats: Chats
    files: Files

    def methods(self) -> Mapping[str, Method]:
        """Names are compared without case. Client.cpp:12660"""
        return {
            "sendmessage": self._send_message,
            "sendphoto": lambda query: self._send_file(query, "photo"),
            "senddocument": lambda query: self._send_file(query, "document"),
            "sendchataction": self._send_chat_action,
            "editmessagetext": self._edit_text,
            "editmessagecaption": self._edit_caption,
            "editmessagereplymarkup": self._edit_keyboard,
            "deletemessage": self._delete,
            "forwardmessage": self._forward,
            "copymessage": self._copy,
            "pinchatmessage": lambda query: self._pin(query, pinned=True),
            "unpinchatmessage": lambda query: self._pin(query, pinned=False),
        }

    # ------------------------------------------------------------------------------------------- send

    def _send_message(self, query: Query) -> Json:
        look = preview(query)
        text, entities = _text(query)
        message = self._draft(query, text=text, entities=entities)
        return self._sent(replace(message, preview=look.wanted, preview_options=look.options))

    def _send_file(self, query: Query, medium: str) -> Json:
        if not query.get(medium):
            raise bad_request(f"There is no {medium} in the request")
        text, entities = _caption(query)
        message = self._draft(query, text=text, entities=entities, medium=medium)
        return self._sent(replace(message, file=self.files.named(query, medium).id))

    def _draft(self, query: Query, **content: Any) -> ShownMessage:
        """First what the request says of itself, then chat, topic, answer. Client.cpp:16116-16187"""
        wanted = answered(query)
        inline_only = self._is_channel(query)
        buttons = keyboard(query, inline_only=inline_only)
        chat = self.chats.reached(query, "write")
        thread = self.chats.thread(chat, query)
        reply_to = self._reply_target(chat, wanted)
        self.chats.check_may_send(chat, _RIGHT[content.get("medium")])
        return ShownMessage(
            id=0,
            chat=chat.id,
            silent=truth(query, "disable_notification"),
            protected=truth(query, "protect_content"),
            reply_to=reply_to,
            thread=thread,
            keyboard=buttons,
            **content,
        )

    def _is_channel(self, query: Query) -> bool:
        try:
            return self.chats.find(query.get("chat_id", "")).type == "channel"
        except RefusedError:
            return False

    def _reply_target(self, chat: Chat, wanted: Answered) -> int | None:
        """Client.cpp:8470, check_reply_parameters; a message of another chat shows no number here."""
        if not wanted.message:
            return None
        elsewhere = chat if wanted.chat in {"", str(chat.id)} else self.chats.find(wanted.chat)
        self.chats.check_reach(elsewhere, "read")
        try:
            target = self.chats.message(elsewhere, str(wanted.message), "message to be replied")
        except RefusedError:
            if wanted.may_be_gone:
                return None
            raise
        return target.id if elsewhere is chat else None

    def _sent(self, draft: ShownMessage) -> Json:
        chat = self.chats.chats[draft.chat]
        self.chats.take_turn(chat)
        message = replace(draft, id=self.chats.next_number(chat))
        self.chats.accept("send", message)
        return self.described(message)

    def _send_chat_action(self, query: Query) -> bool:
        required(query, "action")
        self.chats.reached(query, "write")
        return True

    # ------------------------------------------------------------------------------------------- edit

    def _edit_text(self, query: Query) -> Json:
        look = preview(query)
        text, entities = _text(query)
        old, buttons = self._to_edit(query)
        if old.medium is not None:
            raise bad_request("There is no text in the message to edit")  # MessagesManager.cpp:23393
        new = replace(old, text=text, entities=entities, keyboard=buttons)
        return self._edited(old, replace(new, preview=look.wanted, preview_options=look.options))

    def _edit_caption(self, query: Query) -> Json:
        text, entities = _caption(query)
        old, buttons = self._to_edit(query)
        if old.medium is None:
            raise bad_request("There is no caption in the message to edit")  # MessagesManager.cpp:23687
        return self._edited(old, replace(old, text=text, entities=entities, keyboard=buttons))

    def _edit_keyboard(self, query: Query) -> Json:
        old, buttons = self._to_edit(query)
        return self._edited(old, replace(old, keyboard=buttons))

    def _to_edit(self, query: Query) -> tuple[ShownMessage, tuple[tuple[Json, ...], ...]]:
        buttons = keyboard(query, inline_only=True)  # MessagesManager.cpp:23397
        chat = self.chats.reached(query, "edit")
        old = self.chats.message(chat, query.get("message_id", ""), "message to edit")
        if old.author is not None or old.forwarded is not None:
            raise bad_request("Message can't be edited")
        if chat.type == "channel" and not (chat.can_post or chat.can_edit):
            raise bad_request("Message can't be edited")  # MessagesManager.cpp:23108
        return old, buttons

    def _edited(self, old: ShownMessage, new: ShownMessage) -> Json:
        if new == old:
            raise bad_request(  # Client.cpp:105
                "message is not modified: specified new message content and reply markup are exactly the "
                "same as a current content and reply markup of the message"
            )
        self.chats.take_turn(self.chats.chats[old.chat])
        new = replace(new, edits=old.edits + 1)
        self.chats.accept("edit", new)
        return {**self.described(new), "edit_date": int(self.chats.now())}

    # ------------------------------------------------------------------------ delete, forward, copy, pin

    def _delete(self, query: Query) -> bool:
        if not query.get("chat_id"):
            raise bad_request("Chat identifier is not specified")  # Client.cpp:13797
        if number(query.get("message_id", "")) <= 0:
            raise bad_request("Message identifier is not specified")  # Client.cpp:13801
        chat = self.chats.reached(query, "write")
        message = self.chats.message(chat, query["message_id"], "message to delete")
        if not chat.can_delete:
            raise bad_request("Message can't be deleted")  # MessagesManager.cpp:8504
        self.chats.accept("delete", message)
        return True

    def _forward(self, query: Query) -> Json:
        original = self._original(query, "message to forward")
        if original.protected:  # MessagesManager.cpp:24524
            raise bad_request("Message has protected content and can't be forwarded")
        return self._sent(self._again(query, original, forwarded=(original.chat, original.id)))

    def _copy(self, query: Query) -> Json:
        original = self._original(query, "message to copy")
        if original.protected:
            raise bad_request("Can't copy message")  # MessagesManager.cpp:21717
        copy = self._again(query, original)
        if "caption" in query and original.medium is not None:  # Client.cpp:13238
            text, entities = _caption(query)
            copy = replace(copy, text=text, entities=entities)
        return {"message_id": self._sent(copy)["message_id"]}

    def _original(self, query: Query, role: str) -> ShownMessage:
        required(query, "from_chat_id")
        source = self.chats.reached(query, "read", "from_chat_id")
        return self.chats.message(source, query.get("message_id", ""), role)

    def _again(
        self, query: Query, original: ShownMessage, *, forwarded: tuple[int, int] | None = None
    ) -> ShownMessage:
        content = {"text": original.text, "entities": original.entities, "medium": original.medium}
        draft = self._draft(query, **content, file=original.file, forwarded=forwarded)
        return replace(draft, preview=original.preview, preview_options=original.preview_options)

    def _pin(self, query: Query, *, pinned: bool) -> bool:
        chat = self.chats.reached(query, "write")
        role = "message to pin" if pinned else "Message to unpin"  # Client.cpp:14834, 7054
        message = self.chats.message(chat, query.get("message_id", ""), role)
        may = {"channel": chat.can_edit, "private": True}.get(chat.type, chat.can_pin)
        if chat.type != "private" and not (chat.status == "administrator" and may):  # DialogManager.cpp:2921
            raise bad_request("Not enough rights to manage pinned messages in the chat")
        if pinned:
            self.chats.next_number(chat)  # the notice "… pinned a message" is a message
        self.chats.accept("pin", replace(message, pinned=pinned))
        return True

    # -------------------------------------------------------------------------------------- described

    def described(self, message: ShownMessage) -> Json:
        """A channel post names the channel as its sender and nobody as its author."""
        chat = self.chats.chats[message.chat].public()
        answer: Json = {"message_id": message.id, "date": int(self.chats.now()), "chat": chat}
        answer |= self._sender(message, chat) | self._content(message)
        if message.reply_to is not None:
            replied = self.chats.message(self.chats.chats[message.chat], str(message.reply_to), "message")
            answer["reply_to_message"] = self.described(replied)
        if message.keyboard:
            answer["reply_markup"] = {"inline_keyboard": [list(row) for row in message.keyboard]}
        if message.thread is not None:  # Client.cpp:4128, 4727
            answer |= {"message_thread_id": message.thread, "is_topic_message": True}
        if message.forwarded is not None:
            answer["forward_origin"] = self._origin(*message.forwarded)
        if message.protected:
            answer["has_protected_content"] = True
        return answer

    def _sender(self, message: ShownMessage, chat: Json) -> Json:
        if message.author is not None:
            return {"from": self.user(message.author)}
        return {"sender_chat": chat} if chat["type"] == "channel" else {"from": self.chats.me}

    def user(self, number_: int) -> Json:
        """Updates tell the language of a user's app. core.telegram.org/bots/api#user"""
        language = self.chats.languages.get(number_)
        return {**a_user(number_), **({"language_code": language} if language else {})}

    def _content(self, message: ShownMessage) -> Json:
        marks = list(message.entities)
        if message.medium is None or message.file is None:
            options = {**dict(message.preview_options), **({} if message.preview else {"is_disabled": True})}
            return {
                "text": message.text,
                **({"entities": marks} if marks else {}),
                **({"link_preview_options": options} if options else {}),
            }
        file = self.files.get(message.file)
        described = file.described()
        caption = {"caption": message.text} if message.text else {}
        marked = {"caption_entities": marks} if marks else {}
        if message.medium == "photo":  # Client.cpp:1918; sizes are invented
            return {"photo": [{**described, "width": 1, "height": 1}], **caption, **marked}
        named = {"file_name": file.name, "mime_type": file.content_type}  # Client.cpp:1893
        return {"document": {**named, **described}, **caption, **marked}

    def _origin(self, chat: int, message: int) -> Json:
        source = self.chats.chats[chat].public()
        date = int(self.chats.now())
        if source["type"] == "channel":
            return {"type": "channel", "date": date, "chat": source, "message_id": message}
        return {"type": "user", "date": date, "sender_user": self.chats.me}


def a_user(number_: int, name: str = "Ada") -> Json:
    return {"id": number_, "is_bot": False, "first_name": name}


def _text(query: Query) -> tuple[str, tuple[Json, ...]]:
    marks = _marks(query, "entities")
    return formatted(query.get("text", ""), parse_mode=query.get("parse_mode", ""), entities=marks)


def _caption(query: Query) -> tuple[str, tuple[Json, ...]]:
    marks = _marks(query, "caption_entities")
    return captioned(query.get("caption", ""), parse_mode=query.get("parse_mode", ""), entities=marks)


def _marks(query: Query, name: str) -> tuple[Json, ...]:
    """What is no list of entities is taken for none. Client.cpp:11170-11181"""
    if not query.get(name):
        return ()
    try:
        marks = parsed(query[name], name)
    except RefusedError:
        return ()
    return tuple(marks) if isinstance(marks, list) else ()
