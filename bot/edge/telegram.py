"""Telegram, to send. PTB (python-telegram-bot) carries the requests; this module says what its answers mean.

The Bot API has no key that makes a send repeatable, so every outcome must be told apart by one question: was
the post shown? PTB's classes do not answer it. Its BadRequest is a NetworkError, a flood limit without a time
is a NetworkError too, and an answer it cannot read escapes as a KeyError. `delivery_errors` sorts them.

One call makes one request. There is no retry here: a second layer of retries is how posts are doubled.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeAlias

import httpx  # PTB's own HTTP client: its exceptions say how far a request came
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.errors import (
    AnswerLostError,
    ChannelBusyError,
    ChannelClosedError,
    ChannelMovedError,
    DeliveryError,
    NotSentError,
    PostRefusedError,
)
from bot.model import CARDS, Message, Post, PostKind, Preview, Receipt, Span, Style
from bot.talk import Keyboard

# PTB's own switch: RetryAfter.retry_after is then a timedelta. Without it, reading it warns.
os.environ.setdefault("PTB_TIMEDELTA", "1")

#: PTB's client, for whoever only passes it on.
Client: TypeAlias = Bot

#: Characters of one message, sendMessage in core.telegram.org/bots/api.
LONGEST_TEXT = 4096
#: For a flood limit that names no time. Limits are counted a minute; 30 s is half of it.
USUAL_WAIT = timedelta(seconds=30)
#: Flood limits last minutes or hours; a longer one is a mistake, and asking once a day offends nobody.
LONGEST_WAIT = timedelta(days=1)

#: The request was never written to a connection, so it cannot have been shown.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
#: What a 400 says if it is the chat that is wrong, not the post (tdlib/telegram-bot-api, Client.cpp).
_CHAT_IS_WRONG = (
    "chat not found",
    "chat_id is empty",
    "not enough rights",
    "need administrator rights",
    "have no rights",
    "have no write access",
    "chat_write_forbidden",
    "chat_admin_required",
    "chat_restricted",
)
_UNCHANGED = "message is not modified"

_LINK = re.compile(
    r"https?://([^/?#@:\[\]]+)(?::0*([1-9][0-9]{0,4}))?(?:[/?#][^\ud800-\udfff]*)?", re.IGNORECASE
)
_HOST = re.compile(
    r"(?:[a-z0-9._!$,~*'();&+=\-\u0080-\ud7ff\ue000-\U0010ffff]|%[0-9a-f]{2})+", re.IGNORECASE | re.ASCII
)
_LAST_PORT = 65535


def make_bot(token: str, *, base_url: str | None = None, timeout: timedelta = timedelta(seconds=20)) -> Bot:
    """Return PTB's client for one bot; close it with `close_bot`.

    Args:
        token: from @BotFather.
        base_url: of another Bot API server, up to and including "/bot"; None means Telegram's. Files lie
            beside it, at "/file/bot".
        timeout: for each of connecting, writing and reading.
    """
    seconds = timeout.total_seconds()
    # One request is in flight in each channel; the rest is for notices and checks.
    request = HTTPXRequest(
        connection_pool_size=8,
        connect_timeout=seconds,
        read_timeout=seconds,
        write_timeout=seconds,
        pool_timeout=seconds,
    )
    # Polls for updates go the same way, so that closing the bot closes everything.
    if base_url is None:
        return Bot(token, request=request, get_updates_request=request)
    files = f"{base_url.removesuffix('/bot')}/file/bot"
    return Bot(token, base_url, files, request=request, get_updates_request=request)


async def close_bot(bot: Bot) -> None:
    """Close the bot's connections. `Bot.shutdown` does nothing for a bot that was not initialised."""
    await bot.request.shutdown()


class TelegramChannel:
    """A chat, group or channel of Telegram."""

    def __init__(
        self,
        name: str,
        chat: str | int,
        bot: Bot,
        *,
        topic: int | None = None,
        buttons: Callable[[Post], Keyboard] | None = None,
        longest: timedelta = timedelta(seconds=60),
    ) -> None:
        """Make a channel of a chat.

        Args:
            name: what stories call it.
            chat: "@name" or the number, which begins with -100 for channels.
            bot: from `make_bot`.
            topic: of a forum; None for the chat itself.
            buttons: what stands under a card, asked when it is sent and whenever it is edited; the card's
                number is then the edit's `card`. None: nothing does.
            longest: for one call, whatever the answer does; then it counts as lost.
        """
        self._longest = longest
        self._topic = topic
        self._buttons = buttons
        self._name = name
        self._chat = chat
        self._bot = bot

    @property
    def name(self) -> str:
        """The name stories use for it."""
        return self._name

    async def send(self, post: Post) -> Receipt:
        """Show a post with one request; see the `Channel` port."""
        with delivery_errors(self._bot.token):
            try:
                async with asyncio.timeout(self._longest.total_seconds()):
                    return await self._show(post)
            except TimeoutError:  # httpx's limits hold for each read: an answer may still drip for ever
                raise AnswerLostError(f"Telegram's answer took longer than {self._longest}") from None
            except ChatMigrated as moved:
                before, self._chat = str(self._chat), moved.new_chat_id
                reason = f"the group became a supergroup: posts go to {self._chat} from now on"
                raise ChannelMovedError(reason, before=before, after=str(self._chat)) from None

    async def _show(self, post: Post) -> Receipt:
        if post.kind is PostKind.EDIT:
            if post.target is None:
                raise PostRefusedError("the edit names no message to change")
            # An edit that brings no buttons takes those away that there were.
            return await edit_message(
                self._bot, self._chat, post.target, post.message, buttons=self._keyboard(post)
            )
        return await send_message(
            self._bot,
            self._chat,
            post.message,
            answers=post.target,
            topic=self._topic,
            buttons=self._keyboard(post),
        )

    def _keyboard(self, post: Post) -> Keyboard:
        carries = post.kind in CARDS or post.kind is PostKind.EDIT
        return self._buttons(post) if carries and self._buttons is not None else ()


class TelegramNotify:
    """The administrators' chat."""

    def __init__(self, bot: Bot, chat: str | int) -> None:
        self._bot = bot
        self._chat = chat
        self._log = logging.getLogger("storywire.notify")

    async def __call__(self, text: str) -> None:
        """Say one thing, once; a chat that does not take it leaves a line in the log."""
        try:
            with delivery_errors(self._bot.token):
                await send_message(self._bot, self._chat, Message(text=text[:LONGEST_TEXT]))
        except DeliveryError as error:
            self._log.warning("notice not delivered", extra={"reason": str(error), "notice": text})


async def send_message(
    bot: Bot,
    chat: str | int,
    message: Message,
    *,
    answers: int | None = None,
    topic: int | None = None,
    buttons: Keyboard = (),
) -> Receipt:
    """Send a message, as an answer to another if that still exists. Call it within `delivery_errors`."""
    sent = await bot.send_message(
        chat,
        message.text,
        entities=entities(message.spans),
        disable_notification=message.silent,
        message_thread_id=topic,
        link_preview_options=_preview(message),
        reply_parameters=reply_to(answers),
        reply_markup=keyboard(buttons),
    )
    return Receipt(message_id=sent.message_id)


async def edit_message(
    bot: Bot, chat: str | int, number: int, message: Message, *, buttons: Keyboard = ()
) -> Receipt:
    """Change a message of the bot's, buttons and all. Call it within `delivery_errors`."""
    try:
        await bot.edit_message_text(
            message.text,
            chat,
            number,
            entities=entities(message.spans),
            link_preview_options=_preview(message),
            reply_markup=keyboard(buttons),
        )
    except BadRequest as error:
        # An edit repeated after a lost answer: the message already says so.
        if _UNCHANGED not in error.message.lower():
            raise
    return Receipt(message_id=number)


def reply_to(number: int | None) -> ReplyParameters | None:
    """Return what makes a message an answer to another, if that still exists."""
    return None if number is None else ReplyParameters(number, allow_sending_without_reply=True)


def keyboard(rows: Keyboard) -> InlineKeyboardMarkup | None:
    """Return buttons as Telegram takes them; an address that it would not take is left out."""
    kept = [
        [
            InlineKeyboardButton(button.label, url=button.url, callback_data=button.data)
            for button in row
            if button.url is None or takes_link(button.url)
        ]
        for row in rows
    ]
    shown = [row for row in kept if row]
    return InlineKeyboardMarkup(shown) if shown else None


def _preview(message: Message) -> LinkPreviewOptions:
    """Say what is shown beside the text: a picture, what the first link leads to, or nothing.

    A picture goes as the preview of its own address, so that Telegram's servers fetch it: the text keeps its
    full length and can be edited, and this machine asks nobody.
    """
    if message.picture and takes_link(message.picture):
        return LinkPreviewOptions(url=message.picture, prefer_large_media=True, show_above_text=True)
    if message.preview is Preview.OFF:
        return LinkPreviewOptions(is_disabled=True)
    large = message.preview is Preview.LARGE
    return LinkPreviewOptions(prefer_large_media=large or None, prefer_small_media=not large or None)


def entities(spans: Sequence[Span]) -> list[MessageEntity]:
    """Return styles as Telegram takes them; a link that it would refuse the whole message for is left out."""
    return [
        MessageEntity(span.style.value, span.offset, span.length, url=span.url)
        for span in spans
        if span.style is not Style.LINK or takes_link(span.url or "")
    ]


def takes_link(url: str) -> bool:
    """Say whether Telegram takes an address as the target of a link.

    It wants a host with a dot, made of certain characters, and a sane port (tdlib/td, HttpUrl.cpp and
    LinkManager.cpp, check_link). Addresses with a user name and IPv6 literals are left out as well.
    """
    link = _LINK.fullmatch(url)
    if link is None:
        return False
    host, port = link.groups()
    return "." in host and host != "." and bool(_HOST.fullmatch(host)) and int(port or 0) <= _LAST_PORT


@contextmanager
def delivery_errors(token: str) -> Iterator[None]:
    """Turn whatever one request to Telegram ends in into the `DeliveryError` that says what may be done.

    The chain of causes is cut, since PTB's and httpx's messages may quote the address, which holds the token.
    """
    try:
        yield
    except TelegramError as error:
        raise _delivery_error(error, str(error).replace(token, "…")) from None
    except OverflowError:  # PTB makes a time of `retry_after`
        raise ChannelBusyError("Telegram asks to wait very long", retry_after=LONGEST_WAIT) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # PTB could not read the answer, such as a 200 without `result`: the post may well be out.
        name = type(error).__name__
        raise AnswerLostError(f"Telegram's answer could not be read ({name})") from None


def _delivery_error(error: TelegramError, says: str) -> DeliveryError:
    match error:
        case RetryAfter():
            pause = _pause(error)
            return ChannelBusyError(f"Telegram asks to wait {pause}", retry_after=pause)
        case BadRequest() | ChatMigrated() | Forbidden() | InvalidToken():  # before NetworkError, see above
            return _refusal(error, says)
        case NetworkError():
            return _network_error(error, says)
        case _:
            return AnswerLostError(f"Telegram's answer could not be read: {says}")


def _pause(error: RetryAfter) -> timedelta:
    """Return how long Telegram asks to wait: what makes no sense counts as the usual or the longest wait."""
    try:
        wait = error.retry_after
        pause = wait if isinstance(wait, timedelta) else timedelta(seconds=wait)
    except (OverflowError, TypeError, ValueError):
        return USUAL_WAIT
    return min(pause, LONGEST_WAIT) if pause > timedelta() else USUAL_WAIT


def _refusal(
    error: BadRequest | ChatMigrated | Forbidden | InvalidToken, says: str
) -> ChannelClosedError | PostRefusedError:
    match error:
        case InvalidToken():
            return ChannelClosedError(f"Telegram does not know the token ({says}): get one from @BotFather")
        case ChatMigrated(new_chat_id=chat):  # a notice: of posts it is followed
            return ChannelClosedError(f"the group became a supergroup: set its id to {chat}")
        case Forbidden():
            return ChannelClosedError(f"{says}: add the bot to the chat again, to a channel as administrator")
        case BadRequest() if any(words in says.lower() for words in _CHAT_IS_WRONG):
            hint = "check the id (@name or -100…) and make the bot an administrator who may post"
            return ChannelClosedError(f"{says}: {hint}")
        case _:
            return PostRefusedError(f"Telegram refused the post: {says}")


def _network_error(error: NetworkError, says: str) -> DeliveryError:
    if isinstance(error.__cause__, _NEVER_LEFT):
        return NotSentError(f"no connection to Telegram ({type(error.__cause__).__name__})")
    if isinstance(error.__cause__, UnicodeError):
        return PostRefusedError("the text is not valid Unicode")  # it will not be the next time either
    if says.lower().startswith("too many requests"):  # 429 without a time, or with zero
        return ChannelBusyError("Telegram asks to wait", retry_after=USUAL_WAIT)
    cause = type(error.__cause__).__name__ if isinstance(error.__cause__, httpx.HTTPError) else says
    return AnswerLostError(f"Telegram's answer did not arrive ({cause})")
