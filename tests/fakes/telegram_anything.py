"""Updates of every kind as Telegram might send them, and as nobody should: fields missing, or not themselves.

The shapes are those of core.telegram.org/bots/api#update. Nothing here needs a server.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from hypothesis import strategies as st

Json: TypeAlias = dict[str, Any]

#: What no field is meant to be; the first takes a field away.
GONE = object()
JUNK: Sequence[Any] = (
    GONE,
    *(None, True, False, 0, -1, 4242, 2**53, 2**70, 1e300, float("nan")),
    *("", "4242", "\ud800", "\x00", "/stop"),
    *([], [[]], [None], [4242], {}, {"id": 4242}, {"type": "private"}),
)
TEXTS = (
    *("/status", "/sub@wire_test_bot story", "/pause all", "/undo", "/", "/статус", "hello", "a\nb"),
    *("\ud83d", "nul\x00", "\u202eevil", "💥" * 4096),
)
DATA = ("why:1", "mute:1", "undo:1", "💥" * 16, "", "\udfff", "a" * 64)
NAMES = ("Ada", "\u202eadA", "a\nb", "\ud800", "", "Z" * 300, "Анна", "安")
#: People and chats that a test may know, strangers, and those that stand for others.
PEOPLE = (4242, 4343, 1087968824, 777000, 136817688, 1, 2**51)
CHATS = {
    4242: "private",
    4343: "private",
    -1001000000001: "channel",
    -1001000000003: "supergroup",
    -77: "group",
    1: "private",
}
DATES = (1_790_000_000, 1_790_000_060, 0, 1, 2**31, 2**40)


def _user(draw: st.DrawFn) -> Json:
    number, name = draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(NAMES))
    return {"id": number, "is_bot": False, "first_name": name, "language_code": "zh-hans"}


def _place(draw: st.DrawFn) -> Json:
    number = draw(st.sampled_from(sorted(CHATS)))
    return {"id": number, "type": CHATS[number], "title": "Desk"}


_CHANNEL: Json = {"id": -1001000000001, "type": "channel", "title": "News"}
_ADA: Json = {"id": 4242, "is_bot": False, "first_name": "Ada"}
_BOT: Json = {"id": 9, "is_bot": True, "first_name": "Bot"}
_ORIGIN: Json = {"type": "channel", "date": DATES[0], "chat": _CHANNEL, "message_id": 3}
_REPLY: Json = {"message_id": 3, "date": DATES[0], "chat": _CHANNEL, "sender_chat": _CHANNEL, "text": "card"}
_DOCUMENT: Json = {
    "file_id": "BQAC",
    "file_unique_id": "AgAD",
    "file_name": "../../feeds.opml",
    "file_size": 2**31,
    "mime_type": "text/xml",
}
#: What makes a message odd, or another than a text.
ODD: Sequence[Json] = (
    *({}, {}, {}, {}),
    {"document": _DOCUMENT, "caption": "/import"},
    {"document": {"file_id": "../..", "file_unique_id": ""}},
    {"text": None, "photo": [{"file_id": "A", "file_unique_id": "B", "width": 1, "height": 1}]},
    {"text": None, "new_chat_members": [_ADA]},
    {"text": None, "migrate_to_chat_id": -1001000000003},
    {"edit_date": DATES[1]},
    {"forward_origin": _ORIGIN},
    {"forward_origin": {"type": "user", "date": DATES[0], "sender_user": _ADA}},
    {"forward_origin": {"type": "hidden_user", "date": DATES[0], "sender_user_name": "Ada"}},
    {"forward_origin": {"type": "telepathy"}},
    {"via_bot": _BOT},
    {"from": _BOT},
    {"from": None, "sender_chat": _CHANNEL},
    {"sender_chat": {"id": -1001000000003, "type": "supergroup", "title": "Desk"}},
    {"is_automatic_forward": True, "forward_origin": _ORIGIN, "sender_chat": _CHANNEL},
    {"is_from_offline": True},
    {"sender_business_bot": _BOT},
    {"business_connection_id": "1"},
    {"guest_query_id": "1"},
    {"reply_to_message": _REPLY},
    {"reply_to_message": {**_REPLY, "forward_origin": _ORIGIN, "is_automatic_forward": True}},
    {"external_reply": {"origin": _ORIGIN, "chat": _CHANNEL, "message_id": 3}},
    {"message_thread_id": 3, "is_topic_message": True},
    {"entities": [{"type": "bot_command", "offset": 0, "length": 7}]},
)


def _message(draw: st.DrawFn) -> Json:
    usual = {
        "message_id": draw(st.integers(1, 9)),
        "date": draw(st.sampled_from(DATES)),
        "chat": _place(draw),
        "from": _user(draw),
        "text": draw(st.sampled_from(TEXTS)),
    }
    whole = usual | draw(st.sampled_from(ODD)) | draw(st.sampled_from(ODD))
    return {name: value for name, value in whole.items() if value is not None}


def _press(draw: st.DrawFn) -> Json:
    data = draw(st.sampled_from(DATA))
    usual: Json = {"id": "9" * 19, "from": _user(draw), "chat_instance": "1", "data": data}
    match draw(st.integers(0, 4)):
        case 0:
            return {**usual, "inline_message_id": "1"}
        case 1:
            return {**usual, "message": {"message_id": 3, "date": 0, "chat": _place(draw)}}
        case _:
            return {**usual, "message": _message(draw)}


def _other(draw: st.DrawFn) -> Json:
    """Whatever else happens to somebody somewhere: each kind of update takes the fields that it knows."""
    member = {"status": "member", "user": _ADA}
    gone = {"status": "kicked", "user": _ADA, "until_date": 0}
    user, text = _user(draw), draw(st.sampled_from(TEXTS))
    happens: Json = {"chat": _place(draw), "from": user, "user": user, "date": draw(st.sampled_from(DATES))}
    happens |= {"id": "1", "query": text, "offset": "", "result_id": "1", "question": text, "options": []}
    happens |= {"old_chat_member": member, "new_chat_member": gone, "poll_id": "1", "option_ids": [0]}
    happens |= {"message_id": 3, "old_reaction": [], "new_reaction": [], "reactions": [], "boost_id": "1"}
    happens |= {"currency": "XTR", "total_amount": 1, "invoice_payload": text, "message_ids": [3]}
    happens |= {"business_connection_id": "1", "user_chat_id": 4242, "type": "quiz"}
    return happens


_MESSAGES = (
    "message edited_message channel_post edited_channel_post business_message edited_business_message "
    "guest_message"
).split()
#: Each kind of update, and one that nobody knows.
KINDS: dict[str, Any] = {
    **dict.fromkeys(_MESSAGES, _message),
    "callback_query": _press,
    **dict.fromkeys(
        (
            "my_chat_member chat_member inline_query chosen_inline_result shipping_query pre_checkout_query "
            "poll poll_answer chat_join_request message_reaction message_reaction_count chat_boost "
            "removed_chat_boost business_connection deleted_business_messages purchased_paid_media "
            "managed_bot telepathy"
        ).split(),
        _other,
    ),
}
#: What people say and press is more than half of all there is.
_CHOICE = st.sampled_from([*KINDS, *("message", "callback_query") * len(KINDS)])


@st.composite
def updates(draw: st.DrawFn) -> Json:
    """One update, mostly of one kind; in about half of them something is missing or is not itself."""
    kinds = draw(st.one_of(_CHOICE.map(lambda kind: [kind]), st.lists(_CHOICE, max_size=2, unique=True)))
    number = draw(st.integers(1, 2**31 - 1))
    update: Json = copy.deepcopy({"update_id": number, **{kind: KINDS[kind](draw) for kind in kinds}})
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2]))):
        _spoil(draw, update)
    return update


def _spoil(draw: st.DrawFn, update: Json) -> None:
    places = list(_places(update))
    if not places:
        return
    holder, name = places[draw(st.integers(0, 10_000)) % len(places)]
    junk = draw(st.sampled_from(JUNK))
    if junk is GONE:
        del holder[name]
    else:
        holder[name] = copy.deepcopy(junk)


def _places(value: Json) -> Iterator[tuple[Json, str]]:
    """Yield each field of an object and of those within."""
    for name, inner in value.items():
        yield value, name
        if isinstance(inner, dict):
            yield from _places(inner)
