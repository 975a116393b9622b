"""Conversations in Telegram: people's updates as plain values, and what the bot says to them.

An answer is worth less than a post. Nothing of it is kept: one that cannot be delivered is let go with a line
in the log, and the person asks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final, TypeVar

import httpx  # PTB's own HTTP client; PTB itself reads a file as a whole, however large it is
import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    File,
    InputFile,
    Update,
)

from bot.core.draft import units
from bot.edge import hearing
from bot.edge.telegram import (
    LONGEST_TEXT,
    delivery_errors,
    edit_message,
    entities,
    keyboard,
    reply_to,
    send_message,
)
from bot.errors import (
    AnswerLostError,
    ChannelBusyError,
    DeliveryError,
    NotSentError,
    PostRefusedError,
    TooLargeError,
)
from bot.talk import LONGEST_TOAST, Answer, Attached, Attachment, Heard, Scope

T = TypeVar("T")

#: The kinds of updates to ask for: what people say and press, and what becomes of the bot in its chats.
KINDS: Final = ("message", "callback_query", "my_chat_member")
#: All the time that an answer waits because Telegram asks for it; nobody waits longer for an answer.
MOST_WAIT: Final = timedelta(seconds=30)
#: Characters beside a file, sendDocument in core.telegram.org/bots/api.
LONGEST_CAPTION: Final = 1024

_SCOPES: Final[Mapping[Scope, BotCommandScope]] = {
    Scope.EVERYBODY: BotCommandScopeDefault(),
    Scope.PRIVATE: BotCommandScopeAllPrivateChats(),
    Scope.GROUPS: BotCommandScopeAllGroupChats(),
    Scope.LEADERS: BotCommandScopeAllChatAdministrators(),
}
_OK: Final = 200
_TOO_BIG: Final = "file is too big"

log = structlog.get_logger(__name__)


class Conversation:
    """The bot's ears and mouth in Telegram's chats."""

    def __init__(
        self,
        bot: Bot,
        *,
        longest: timedelta = timedelta(seconds=60),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Prepare; nothing is asked.

        Args:
            bot: from `make_bot`.
            longest: for one call, whatever the answer does; then it counts as lost.
            pause: waits so many seconds.
        """
        self._bot = bot
        self._longest = longest
        self._pause = pause
        self._name = ""

    def heard(self, update: Update) -> Heard | None:
        """Return what an update says; None if nobody says anything in it."""
        return hearing.heard(update)

    async def name(self) -> str:
        """Return the bot's user name without "@": in groups, "/status@name" is for the bot of that name only.

        Raises:
            DeliveryError: Telegram does not tell.
        """
        if not self._name:
            self._name = (await self._ask(self._bot.get_me)).username or ""
        return self._name

    async def number_of(self, chat: str) -> int:
        """Return the number of a public chat, by its name with "@".

        Raises:
            DeliveryError: Telegram does not tell.
        """
        return (await self._ask(lambda: self._bot.get_chat(chat))).id

    # ------------------------------------------------------------------------------------------ answers

    async def say(self, chat: int, answer: Answer) -> int | None:
        """Say something in a chat; the toast is for `acknowledge`.

        Returns:
            The number of the message; None if it was not delivered, or may not have been.

        Raises:
            ValueError: the text is empty or too long for one message: whoever made it has to page it.
        """
        _check(answer)
        try:
            return await self._ask(lambda: self._show(chat, answer))
        except DeliveryError as error:
            log.warning("an answer was not delivered", chat=chat, reason=str(error))
            return None

    async def acknowledge(self, press: str, text: str | None = None, *, alert: bool = False) -> bool:
        """Let a pressed button come to rest; return False if that failed, as for one pressed long ago.

        Args:
            press: from `Heard.press`; Telegram takes each for about a quarter of a minute, and once.
            text: shown over the chat, at most 200 characters; None: nothing is.
            alert: it must be closed by hand.

        Raises:
            ValueError: the text is too long.
        """
        if len(text or "") > LONGEST_TOAST:
            raise ValueError(f"a toast has at most {LONGEST_TOAST} characters: {text!r}")
        try:
            await self._ask(lambda: self._bot.answer_callback_query(press, text, show_alert=alert))
        except DeliveryError as error:
            log.info("a press was not acknowledged", reason=str(error))
            return False
        return True

    async def _show(self, chat: int, answer: Answer) -> int:
        message, buttons = answer.message, answer.buttons
        if answer.file is not None:
            return await self._send_file(chat, answer, answer.file)
        if answer.replaces is not None:
            receipt = await edit_message(self._bot, chat, answer.replaces, message, buttons=buttons)
        else:
            receipt = await send_message(self._bot, chat, message, answers=answer.answers, buttons=buttons)
        return receipt.message_id

    async def _send_file(self, chat: int, answer: Answer, file: Attachment) -> int:
        document = InputFile(file.content, filename=file.name)
        document.mimetype = file.mime
        sent = await self._bot.send_document(
            chat,
            document,
            answer.message.text or None,
            caption_entities=entities(answer.message.spans),
            disable_notification=answer.message.silent,
            reply_markup=keyboard(answer.buttons),
            reply_parameters=reply_to(answer.answers),
        )
        return sent.message_id

    # ------------------------------------------------------------------------------------------- files

    async def download(self, document: Attached, *, most: int) -> bytes:
        """Return a file that came along.

        Args:
            document: from `Heard.document`.
            most: bytes; Telegram itself hands out no more than 20 MB.

        Raises:
            TooLargeError: it is larger; no more than that is read.
            DeliveryError: it could not be read; asking again does no harm.
        """
        _allow(document.size, most)
        try:
            file = await self._ask(lambda: self._bot.get_file(document.file_id))
        except PostRefusedError as error:
            if _TOO_BIG in str(error).lower():
                raise _too_large(most) from None
            raise
        _allow(file.file_size, most)
        return await self._read(_address(file), most)

    async def _read(self, address: str, most: int) -> bytes:
        # The causes are cut off: httpx's errors quote the address, which holds the token.
        body = bytearray()
        try:
            async with (
                asyncio.timeout(self._longest.total_seconds()),
                httpx.AsyncClient(timeout=self._longest.total_seconds()) as client,
                client.stream("GET", address, headers={"Accept-Encoding": "identity"}) as answer,
            ):
                if answer.status_code != _OK:
                    raise NotSentError(f"the file could not be read: status {answer.status_code}")
                async for part in answer.aiter_raw():
                    body += part
                    _allow(len(body), most)
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotSentError(f"the file could not be read ({type(error).__name__})") from None
        return bytes(body)

    # -------------------------------------------------------------------------------------------- menus

    async def menu(self, scope: Scope | int, language: str, commands: Mapping[str, str]) -> None:
        """Set the menu of commands that Telegram shows.

        Args:
            scope: whom it is for; a number is a chat's.
            language: two letters of ISO 639-1; "" for all that have no menu of their own.
            commands: name, of small letters, digits and "_" → what it does, both as shown and in this order.

        Raises:
            DeliveryError: Telegram did not take it, such as for a chat that the bot does not know.
        """
        shown = [BotCommand(name, does) for name, does in commands.items()]
        where = _scope(scope)
        await self._ask(lambda: self._bot.set_my_commands(shown, scope=where, language_code=language or None))

    # ---------------------------------------------------------------------------------------------- calls

    async def _ask(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call, again after the waits that Telegram asks for, while they are short.

        Raises:
            DeliveryError: see `delivery_errors`.
        """
        left = MOST_WAIT
        while True:
            try:
                return await self._once(call)
            except ChannelBusyError as busy:
                left -= busy.retry_after
                if left < timedelta():
                    raise
                wait = busy.retry_after
            await self._pause(wait.total_seconds())

    async def _once(self, call: Callable[[], Awaitable[T]]) -> T:
        with delivery_errors(self._bot.token):
            try:
                async with asyncio.timeout(self._longest.total_seconds()):
                    return await call()
            except TimeoutError:
                raise AnswerLostError(f"Telegram's answer took longer than {self._longest}") from None


def _check(answer: Answer) -> None:
    """Refuse a text that does not go into one message.

    Raises:
        ValueError: it does not.
    """
    length, most = units(answer.message.text), LONGEST_TEXT if answer.file is None else LONGEST_CAPTION
    if length > most:
        raise ValueError(f"a message has at most {most} UTF-16 units, this one {length}")
    if answer.file is None and not answer.message.text.strip():
        raise ValueError("a message has a text")


def _scope(scope: Scope | int) -> BotCommandScope:
    return _SCOPES[scope] if isinstance(scope, Scope) else BotCommandScopeChat(scope)


def _allow(size: int | None, most: int) -> None:
    if size is not None and size > most:
        raise _too_large(most)


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"the file is larger than {most:,} bytes")


def _address(file: File) -> str:
    """Return where a file is to be read.

    Raises:
        PostRefusedError: nowhere, since the Bot API server keeps its files on its own disk.
    """
    if file.file_path is None or not file.file_path.startswith(("http://", "https://")):
        raise PostRefusedError("the Bot API server gives no address for the file: run it without --local")
    return file.file_path
