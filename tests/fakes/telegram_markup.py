"""What stands around a message's text: buttons, previews, the message it answers.

Sources are named by file and line of github.com/tdlib/td (022d602) and
github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.fakes.telegram_entities import Json, RefusedError, bad_request, checked_link
from tests.fakes.telegram_fields import (
    Query,
    field_number,
    field_text,
    field_truth,
    fields,
    inside,
    number,
    truth,
)

Keyboard: TypeAlias = tuple[tuple[Json, ...], ...]

#: Bytes. core.telegram.org/bots/api#inlinekeyboardbutton; the text is the server's own
LONGEST_CALLBACK_DATA = 64
#: ReplyMarkup.cpp:799-808, what is beyond is not shown
MOST_BUTTONS_IN_A_ROW, MOST_BUTTONS = 12, 300
#: Markup of other kinds than buttons under the message. Client.cpp:9764-9786
_OTHER_MARKUP = ("keyboard", "remove_keyboard", "hide_keyboard", "force_reply", "force_reply_keyboard")


# --------------------------------------------------------------------------------------------- buttons


def keyboard(query: Query, *, inline_only: bool) -> Keyboard:
    """Return the buttons a message gets; none means that an edit removes those there were.

    Channels and edits take inline keyboards only (ReplyMarkup.cpp:733).
    """
    markup = fields(query, "reply_markup", "reply keyboard markup", named="reply markup")
    if markup is None:
        return ()
    rows = markup.get("inline_keyboard", [])
    if not isinstance(rows, list):
        raise bad_request('Field "inline_keyboard" must be of type Array')
    read = [_row(row) for row in rows]
    if not read:
        if inline_only and any(markup.get(other) for other in _OTHER_MARKUP):
            raise bad_request("Inline keyboard expected")
        return ()
    return _within_bounds(row for row in read)


def _row(row: Any) -> tuple[Json, ...]:
    if not isinstance(row, list):
        text = 'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
        raise bad_request(text)
    try:
        return tuple(_button(button) for button in row)
    except RefusedError as refusal:
        raise inside(refusal, "Can't parse inline keyboard button") from None


def _button(button: Any) -> Json:
    """Client.cpp:9575-9694; the first of these fields that is not empty makes the button."""
    if not isinstance(button, dict):
        raise bad_request("InlineKeyboardButton must be an Object")
    text = field_text(button, "text", needed=True)
    for kind in ("url", "callback_data"):
        if value := field_text(button, kind):
            return {"text": text, kind: value}
    for kind in (
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "web_app",
        "copy_text",
        "login_url",
    ):
        if kind in button:
            return {"text": text, kind: button[kind]}
    raise bad_request("Text buttons are unallowed in the inline keyboard")


def _within_bounds(rows: Iterable[tuple[Json, ...]]) -> Keyboard:
    """ReplyMarkup.cpp:784-818: buttons without text are passed over, those that are too many left out."""
    left = MOST_BUTTONS
    shown: list[tuple[Json, ...]] = []
    for row in rows:
        kept = [_checked(button) for button in row if button["text"]][: min(left, MOST_BUTTONS_IN_A_ROW)]
        left -= len(kept)
        if kept:
            shown.append(tuple(kept))
    return tuple(shown)


def _checked(button: Json) -> Json:
    if "url" in button:
        return {**button, "url": checked_link(button["url"], "Inline keyboard button")}  # ReplyMarkup.cpp:591
    if len(button.get("callback_data", "").encode(errors="surrogatepass")) > LONGEST_CALLBACK_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    return button


# --------------------------------------------------------------------------------------------- preview


@dataclass(frozen=True, slots=True)
class Preview:
    """What is shown of a page the message links."""

    wanted: bool = True
    options: tuple[tuple[str, str | bool], ...] = ()


def preview(query: Query) -> Preview:
    """Client.cpp:11356-11391, with the older `disable_web_page_preview`."""
    options = fields(query, "link_preview_options", "link preview options")
    if options is None:
        return Preview(wanted=not truth(query, "disable_web_page_preview"))
    wanted = not field_truth(options, "is_disabled")
    url = field_text(options, "url")
    switches = [
        (name, field_truth(options, name))
        for name in ("prefer_small_media", "prefer_large_media", "show_above_text")
    ]
    kept: list[tuple[str, str | bool]] = [("url", url)] if url else []
    return Preview(wanted=wanted, options=(*kept, *((name, on) for name, on in switches if on)))


# ---------------------------------------------------------------------------------------------- answer


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that is answered, as the request names it; zero is none."""

    message: int = 0
    chat: str = ""
    may_be_gone: bool = False


def answered(query: Query) -> Answered:
    """Client.cpp:9386-9432, with the older `reply_to_message_id`."""
    if query.get("reply_to_message_id"):
        return Answered(
            message=number(query["reply_to_message_id"]),
            may_be_gone=truth(query, "allow_sending_without_reply"),
        )
    wanted = fields(query, "reply_parameters", "reply parameters")
    if not wanted:
        return Answered()
    return Answered(
        chat=field_text(wanted, "chat_id"),
        message=max(0, field_number(wanted, "message_id", needed=True)),
        may_be_gone=field_truth(wanted, "allow_sending_without_reply"),
    )
