"""What people say to the bot and what it answers, as plain values: nothing here knows Telegram's library.

Nothing is judged here: `bot.commands` decides who may say what, and every field that it needs is there.
Texts are as people wrote them, without what no database takes (NUL and lone surrogates).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from bot.model import Message

#: Bytes of what a button sends back, core.telegram.org/bots/api#inlinekeyboardbutton.
LONGEST_DATA = 64
#: Characters shown over the chat after a press, core.telegram.org/bots/api#answercallbackquery.
LONGEST_TOAST = 200

ChatKind: TypeAlias = Literal["private", "group", "supergroup", "channel"]

# ---------------------------------------------------------------------------------------- what is heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user, by number: names change hands, numbers do not."""

    id: int
    #: IETF tag of the language that the person's app speaks, such as "zh-hans"; None if it does not say.
    language: str | None = None
    #: On one line and at most 64 characters, for people to read; anybody can call himself anything.
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Where something was said."""

    id: int
    kind: ChatKind


#: Where a button was pressed that hangs on no message of a chat (see `Oddity.INLINE`).
NOWHERE = Chat(id=0, kind="channel")


class Saying(StrEnum):
    """How something was said."""

    #: A text that begins with "/" and a name.
    COMMAND = "command"
    TEXT = "text"
    #: A file, perhaps with a text.
    DOCUMENT = "document"
    #: A button under one of the bot's messages.
    PRESS = "press"


class Oddity(StrEnum):
    """What makes something said other than a person's own fresh message or press."""

    EDITED = "edited"
    FORWARDED = "forwarded"
    VIA_BOT = "via_bot"
    #: It was said as a chat, not as a person; the number of the person stands for many, or is missing.
    ANONYMOUS = "anonymous"
    #: Telegram sent it without a person doing so just then: a channel's post in its group, a planned message.
    AUTOMATIC = "automatic"
    #: A program said it.
    BOT = "bot"
    CHANNEL_POST = "channel_post"
    #: The button hangs on no message of a chat that the bot is in: `chat` is `NOWHERE`.
    INLINE = "inline"
    #: Part of it is missing, or of a kind that this program has no use for.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that came along, still on Telegram's servers."""

    file_id: str
    #: As the sender's machine called it; may be anything, and empty.
    name: str
    #: Bytes, as the sender's app says; None if it does not.
    size: int | None
    #: As the sender's app says; may be anything, and empty.
    mime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One thing that was said to the bot."""

    #: Telegram's number of the update; the same one may come again.
    update: int
    #: When the person sent it, also if it was edited since. None of a press, which does not tell.
    at: datetime | None
    chat: Chat
    #: None where nobody is named, as in channels.
    person: Person | None
    kind: Saying
    #: What was written: of a file what stands with it, of a press nothing.
    text: str = ""
    document: Attached | None = None
    #: The number of the message, or of the one whose button was pressed; 0 if there is none.
    message: int
    #: The number of the message that it replies to, in the same chat.
    answers: int | None = None
    #: Channel and number of the post that it replies to: in the channel itself, in the group where it is
    #: discussed, where somebody forwarded it, or from another chat.
    answers_channel: tuple[int, int] | None = None
    #: What a press is acknowledged by.
    press: str | None = None
    #: What the pressed button sends back; anybody can have made it up.
    data: str = ""
    oddities: frozenset[Oddity] = frozenset()


# -------------------------------------------------------------------------------------- what is answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under a message: one that sends something back, or one that opens an address."""

    label: str
    #: What comes back when it is pressed, 1 to 64 bytes.
    data: str | None = None
    #: http or https.
    url: str | None = None

    def __post_init__(self) -> None:
        """Refuse what Telegram would refuse.

        Raises:
            ValueError: it has no label, not just one of data and address, or too long data.
        """
        if not self.label.strip() or bool(self.data) == bool(self.url):
            raise ValueError(f"a button has a label, and either data or an address: {self!r}")
        if len((self.data or "").encode()) > LONGEST_DATA:
            raise ValueError(f"a button sends back at most {LONGEST_DATA} bytes: {self.data!r}")


#: Rows of buttons, from the top.
Keyboard: TypeAlias = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file for a person."""

    name: str
    content: bytes
    mime: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the bot says."""

    message: Message
    buttons: Keyboard = ()
    #: Shown with the message, which then has at most 1,024 UTF-16 units and may be empty.
    file: Attachment | None = None
    #: The number of a message of the bot's to change instead of sending one.
    replaces: int | None = None
    #: The number of a message to reply to, if it still exists.
    answers: int | None = None
    #: Shown over the chat to whoever pressed the button; None: nothing is.
    toast: str | None = None
    #: The toast must be closed by hand.
    alert: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be said.

        Raises:
            ValueError: the toast is longer than 200 characters, or a file is to replace a message.
        """
        if len(self.toast or "") > LONGEST_TOAST:
            raise ValueError(f"a toast has at most {LONGEST_TOAST} characters: {self.toast!r}")
        if self.file is not None and self.replaces is not None:
            raise ValueError("a message is not replaced by a file")


class Scope(StrEnum):
    """Whom a menu of commands is shown to; the values are those of the Bot API's scopes."""

    EVERYBODY = "default"
    PRIVATE = "all_private_chats"
    GROUPS = "all_group_chats"
    #: In groups, to whoever leads them.
    LEADERS = "all_chat_administrators"
