"""What an update of Telegram's says, as a plain value.

PTB checks next to nothing of what it reads: a number may be a text, a text a list. Here each field is looked
at before it is believed, so that no update can make the reader raise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

import telegram
from telegram import Document, MessageOriginChannel, Update, User
from telegram.constants import ChatID

from bot.talk import NOWHERE, Attached, Chat, ChatKind, Heard, Oddity, Person, Saying

#: Numbers have at most 52 significant bits, core.telegram.org/bots/api#user.
_LARGEST: Final = 2**52
#: Characters of the number of a press; nobody names a bound, Telegram's have 19.
_LONGEST_PRESS: Final = 64
_LONGEST_NAME: Final = 64
#: core.telegram.org/bots/features#commands
_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]+)?(?=\s|\Z)")
#: What no database takes, and the word joiner, by which our own texts are kept from being links and commands:
#: whoever copies one of them means it without.
_LEFT_OUT = re.compile("[\x00\ud800-\udfff\u2060]")

#: Users that stand for others: whoever leads a group anonymously, Telegram itself for posts of a linked
#: channel, and whoever writes in the name of a channel.
_STAND_INS: Final = frozenset({ChatID.ANONYMOUS_ADMIN, ChatID.SERVICE_CHAT, ChatID.FAKE_CHANNEL})
_KINDS: Final[tuple[ChatKind, ...]] = ("private", "group", "supergroup", "channel")

#: The updates that carry a message, and what is odd about each.
_MESSAGES: Final[Mapping[str, frozenset[Oddity]]] = {
    "message": frozenset(),
    "edited_message": frozenset({Oddity.EDITED}),
    "channel_post": frozenset({Oddity.CHANNEL_POST}),
    "edited_channel_post": frozenset({Oddity.CHANNEL_POST, Oddity.EDITED}),
    # To a person whom the bot serves, or to a chat that the bot is not in: there the bot has nothing to say.
    "business_message": frozenset({Oddity.UNKNOWN}),
    "edited_business_message": frozenset({Oddity.UNKNOWN, Oddity.EDITED}),
    "guest_message": frozenset({Oddity.UNKNOWN}),
}


def heard(update: Update) -> Heard | None:
    """Return what an update says; None if nobody says anything in it, or it is not to be made out where."""
    number = _number(update.update_id)
    if number is None:
        return None
    for kind, oddities in _MESSAGES.items():
        message = getattr(update, kind)
        if isinstance(message, telegram.Message):
            return _said(number, message, oddities)
    return None if update.callback_query is None else _pressed(number, update.callback_query)


# --------------------------------------------------------------------------------------------- messages


def _said(update: int, message: telegram.Message, oddities: frozenset[Oddity]) -> Heard | None:
    chat, number, document = _chat(message.chat), _number(message.message_id), _document(message.document)
    text = _text(message.caption if document else message.text)
    if chat is None or number is None or not (text or document):
        return None  # a picture, a voice, somebody who joined …
    return Heard(
        update=update,
        at=_time(message.date),
        chat=chat,
        person=_person(message.from_user),
        kind=_kind(text, document),
        text=text,
        document=document,
        message=number,
        answers=_answers(message),
        answers_channel=_answers_channel(message),
        oddities=oddities | _oddities(message),
    )


def _kind(text: str, document: Attached | None) -> Saying:
    if document is not None:
        return Saying.DOCUMENT
    return Saying.COMMAND if _COMMAND.match(text) else Saying.TEXT


#: What of a message is odd. Anything that is there counts, also what cannot be read.
_SIGNS: Final[tuple[tuple[Oddity, Callable[[telegram.Message], object]], ...]] = (
    (Oddity.EDITED, lambda message: message.edit_date is not None),
    (Oddity.FORWARDED, lambda message: message.forward_origin is not None),
    (Oddity.VIA_BOT, lambda message: message.via_bot is not None),
    (Oddity.ANONYMOUS, lambda message: message.sender_chat is not None),
    (Oddity.ANONYMOUS, lambda message: message.from_user and _number(message.from_user.id) in _STAND_INS),
    (Oddity.AUTOMATIC, lambda message: message.is_automatic_forward or message.is_from_offline),
    (Oddity.BOT, lambda message: message.sender_business_bot is not None),
    (Oddity.UNKNOWN, lambda message: message.business_connection_id or message.guest_query_id),
    (Oddity.UNKNOWN, lambda message: _time(message.date) is None),
)


def _oddities(message: telegram.Message) -> frozenset[Oddity]:
    signs = {oddity for oddity, shows in _SIGNS if shows(message)}
    return frozenset(signs) | _odd_sender(message.from_user)


def _odd_sender(user: User | None) -> frozenset[Oddity]:
    if user is None:
        return frozenset()
    return frozenset() if user.is_bot is False else frozenset({Oddity.BOT})


def _answers(message: telegram.Message) -> int | None:
    answered = message.reply_to_message
    return None if answered is None else _number(answered.message_id)


def _answers_channel(message: telegram.Message) -> tuple[int, int] | None:
    """Return the channel's post that a message replies to, wherever it does so."""
    return next((post for post in map(_post, _answered(message)) if post), None)


def _answered(message: telegram.Message) -> Iterator[tuple[object, object]]:
    """Yield chat and number of what may be a channel's post that a message replies to."""
    answered = message.reply_to_message
    if isinstance(answered, telegram.Message):
        if isinstance(answered.forward_origin, MessageOriginChannel):
            yield answered.forward_origin.chat, answered.forward_origin.message_id
        yield answered.chat, answered.message_id
    elsewhere = message.external_reply
    if elsewhere is not None and isinstance(elsewhere.origin, MessageOriginChannel):
        yield elsewhere.origin.chat, elsewhere.origin.message_id


def _post(place: tuple[object, object]) -> tuple[int, int] | None:
    chat, number = _chat(place[0]), _number(place[1])
    if chat is None or chat.kind != "channel" or number is None:
        return None
    return chat.id, number


# ---------------------------------------------------------------------------------------------- presses


def _pressed(update: int, query: telegram.CallbackQuery) -> Heard | None:
    press, place, data = _text(query.id), query.message, _text(query.data)
    if not 0 < len(press) <= _LONGEST_PRESS:
        return None
    chat = None if place is None else _chat(place.chat)
    number = None if place is None else _number(place.message_id)
    oddities = _odd_sender(query.from_user)
    if chat is None or number is None:
        chat, number = NOWHERE, 0
        oddities |= {Oddity.INLINE}
    if not data:  # the button of a game
        oddities |= {Oddity.UNKNOWN}
    return Heard(
        update=update,
        at=None,
        chat=chat,
        person=_person(query.from_user),
        kind=Saying.PRESS,
        message=number,
        press=press,
        data=data,
        oddities=oddities,
    )


# ----------------------------------------------------------------------------------------------- values


def _number(value: object) -> int | None:
    return value if type(value) is int and abs(value) < _LARGEST else None


def _time(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _text(value: object) -> str:
    return _LEFT_OUT.sub("", value) if isinstance(value, str) else ""


def _chat(value: object) -> Chat | None:
    if not isinstance(value, telegram.Chat):
        return None
    number, kind = _number(value.id), next((kind for kind in _KINDS if kind == value.type), None)
    return None if number is None or kind is None else Chat(id=number, kind=kind)


def _person(user: User | None) -> Person | None:
    number = None if user is None else _number(user.id)
    if user is None or number is None:
        return None
    name = " ".join(f"{_text(user.first_name)} {_text(user.last_name)}".split())
    shown = "".join(character for character in name if character.isprintable())
    return Person(id=number, language=_text(user.language_code) or None, name=shown[:_LONGEST_NAME])


def _document(value: object) -> Attached | None:
    if not isinstance(value, Document) or not _text(value.file_id):
        return None
    size = _number(value.file_size)
    return Attached(
        file_id=_text(value.file_id),
        name=_text(value.file_name),
        size=None if size is None or size < 0 else size,
        mime=_text(value.mime_type),
    )
