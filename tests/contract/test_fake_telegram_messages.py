"""Messages on the fake Telegram: buttons, previews, topics, media, answers, copies, and how many a minute."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.error import BadRequest, Forbidden

from bot.edge.telegram import close_bot, make_bot
from tests.contract.telegram_calls import Call, Reply, asked, talking
from tests.fakes.telegram import ADMIN, CHANNEL, CHANNEL_NAME, TOKEN, FakeTelegram
from tests.fakes.telegram_chats import Chat
from tests.fakes.telegram_files import PICTURE, File
from tests.fakes.telegram_rates import HastyCall

FORUM = -1001000000002
GROUP = -1001000000003
PAGE = "https://pictures.example/dam.png"


def a_button(**changes: Any) -> dict[str, Any]:
    return {"text": "Why?", "callback_data": "why"} | changes


def buttons(*row: Any) -> dict[str, Any]:
    return {"inline_keyboard": [list(row)]}


def refused(reply: Reply) -> str:
    assert reply.status == 400
    return reply.description.removeprefix("Bad Request: ")


# ------------------------------------------------------------------------------------- text and its sides

REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "markup that is no JSON": ({"reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    "markup that is no object": ({"reply_markup": "[]"}, "object expected as reply markup"),
    "rows that are no list": (
        {"reply_markup": {"inline_keyboard": {}}},
        'field "inline_keyboard" must be of type Array',
    ),
    "a row that is no list": (
        {"reply_markup": {"inline_keyboard": [{}]}},
        'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
    ),
    "a button that is no object": (
        {"reply_markup": buttons("x")},
        "can't parse inline keyboard button: InlineKeyboardButton must be an Object",
    ),
    "a button without text": (
        {"reply_markup": buttons({"callback_data": "x"})},
        "can't parse inline keyboard button: Can't find field \"text\"",
    ),
    "a button that does nothing": (
        {"reply_markup": buttons({"text": "x"})},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    "a button with no data": (
        {"reply_markup": buttons(a_button(callback_data=""))},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    "data of 65 letters": (
        {"reply_markup": buttons(a_button(callback_data="x" * 65))},
        "BUTTON_DATA_INVALID",
    ),
    "data of 33 letters that are 66 bytes": (
        {"reply_markup": buttons(a_button(callback_data="ж" * 33))},
        "BUTTON_DATA_INVALID",
    ),
    "a button to a host without a dot": (
        {"reply_markup": buttons({"text": "x", "url": "http://localhost"})},
        "inline keyboard button URL 'http://localhost' is invalid: Wrong HTTP URL",
    ),
    "a keyboard for typing, in a channel": (
        {"reply_markup": {"keyboard": [["x"]]}},
        "inline keyboard expected",
    ),
    "preview options that are no JSON": (
        {"link_preview_options": "{"},
        "can't parse link preview options JSON object",
    ),
    "preview options that are a list": (
        {"link_preview_options": "[]"},
        "object expected as link preview options",
    ),
    "a preview switched off in words": (
        {"link_preview_options": {"is_disabled": "true"}},
        'field "is_disabled" must be of type Boolean',
    ),
    "a preview of a list": ({"link_preview_options": {"url": []}}, 'field "url" must be of type String'),
    "an answer that is no JSON": ({"reply_parameters": "{"}, "can't parse reply parameters JSON object"),
    "an answer that is a list": ({"reply_parameters": "[]"}, "object expected as reply parameters"),
    "an answer to no message": (
        {"reply_parameters": {"allow_sending_without_reply": True}},
        'can\'t find field "message_id"',
    ),
    "an answer to words": (
        {"reply_parameters": {"message_id": "one"}},
        'field "message_id" must be a valid Number',
    ),
    "an answer to a message of a chat nobody knows": (
        {"reply_parameters": {"message_id": 1, "chat_id": "@nobody"}},
        "chat not found",
    ),
    "HTML of more than 32,768 bytes": ({"text": "<b>x</b>" * 4097, "parse_mode": "HTML"}, "text is too long"),
    "Markdown that never ends": (
        {"text": "*x", "parse_mode": "MarkdownV2"},
        "can't parse entities: Can't find end of Bold entity at byte offset 0",
    ),
}


@pytest.mark.parametrize(("query", "error"), REFUSED.values(), ids=REFUSED)
def test_what_stands_around_a_text_is_refused_in_telegrams_words(
    query: dict[str, object], error: str
) -> None:
    assert refused(asked("sendMessage", {"chat_id": CHANNEL, "text": "hi", **query})) == error


KEYBOARDS: dict[str, tuple[dict[str, Any], list[list[str]]]] = {
    "data of 64 letters": (buttons(a_button(callback_data="x" * 64)), [["Why?"]]),
    "a button with a number for its text": (buttons(a_button(text=1)), [["1"]]),
    "a button with an empty text is not shown": (buttons(a_button(text=""), a_button()), [["Why?"]]),
    "no more than 12 in a row": (buttons(*[a_button()] * 13), [["Why?"] * 12]),
    "no more than 300": ({"inline_keyboard": [[a_button()]] * 301}, [["Why?"]] * 300),
    "none": ({"inline_keyboard": []}, []),
    "a row of none": (buttons(), []),
}


@pytest.mark.parametrize(("markup", "shown"), KEYBOARDS.values(), ids=KEYBOARDS)
def test_buttons_are_shown(markup: dict[str, Any], shown: list[list[str]]) -> None:
    message = asked("sendMessage", {"chat_id": CHANNEL, "text": "hi", "reply_markup": markup}).body["result"]
    keyboard = message.get("reply_markup", {"inline_keyboard": []})["inline_keyboard"]

    assert [[button["text"] for button in row] for row in keyboard] == shown


PREVIEWS: dict[str, tuple[dict[str, object], bool, tuple[tuple[str, str | bool], ...]]] = {
    "as usual": ({}, True, ()),
    "none": ({"link_preview_options": {"is_disabled": True}}, False, ()),
    "none, said the older way": ({"disable_web_page_preview": "True"}, False, ()),
    "of another page, small, above": (
        {
            "link_preview_options": {
                "url": "https://a.example",
                "prefer_small_media": True,
                "prefer_large_media": False,
                "show_above_text": True,
            }
        },
        True,
        (("url", "https://a.example"), ("prefer_small_media", True), ("show_above_text", True)),
    ),
}


@pytest.mark.parametrize(("query", "preview", "options"), PREVIEWS.values(), ids=PREVIEWS)
def test_a_previews_options_are_kept(
    query: dict[str, object], *, preview: bool, options: tuple[tuple[str, str | bool], ...]
) -> None:
    telegram = FakeTelegram()
    asked("sendMessage", {"chat_id": CHANNEL, "text": "hi", **query}, telegram)
    (shown,) = telegram.messages()

    assert (shown.preview, shown.preview_options) == (preview, options)


def test_an_entity_too_many_is_not_shown() -> None:
    entities = [{"type": "bold", "offset": 2 * number, "length": 1} for number in range(150)]

    message = asked("sendMessage", {"chat_id": CHANNEL, "text": "x " * 150, "entities": entities}).body[
        "result"
    ]

    assert len(message["entities"]) == 100


def test_an_edit_that_names_no_buttons_takes_them_away() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        await call("sendMessage", chat_id=CHANNEL, text="one", reply_markup=buttons(a_button()))
        same = {"chat_id": CHANNEL, "message_id": 1, "text": "one"}
        kept = await call("editMessageText", **same, reply_markup=buttons(a_button()))
        typed = await call("editMessageText", **same, reply_markup={"force_reply": True})
        gone = await call("editMessageText", **same)
        again = await call("editMessageReplyMarkup", chat_id=CHANNEL, message_id=1)

        assert refused(kept).startswith("message is not modified")
        assert refused(typed) == "inline keyboard expected"
        assert "reply_markup" not in gone.body["result"]
        assert refused(again).startswith("message is not modified")
        assert [len(change.message.keyboard) for change in telegram.log] == [1, 0]

    talking(test)


# ---------------------------------------------------------------------------------------------- topics

TOPICS: dict[str, tuple[Chat, object, str | None]] = {
    "a topic": (Chat(id=FORUM, type="supergroup", is_forum=True, topics={7}), 7, None),
    "no topic": (Chat(id=FORUM, type="supergroup", is_forum=True, topics={7}), "", None),
    "a topic nobody opened": (
        Chat(id=FORUM, type="supergroup", is_forum=True, topics={7}),
        8,
        "message thread not found",
    ),
    "the general topic": (
        Chat(id=FORUM, type="supergroup", is_forum=True, topics={7}),
        1,
        "message thread not found",
    ),
    "a topic where there are none": (Chat(id=FORUM, type="supergroup"), 8, None),
    "a topic in a channel": (Chat(id=FORUM), 8, None),
    "a topic of a person": (Chat(id=ADMIN, type="private", status="member"), 8, "message thread not found"),
}


@pytest.mark.parametrize(("chat", "thread", "error"), TOPICS.values(), ids=TOPICS)
def test_a_topic_must_be_there(chat: Chat, thread: object, error: str | None) -> None:
    telegram = FakeTelegram(chats=[chat])

    reply = asked("sendMessage", {"chat_id": chat.id, "text": "hi", "message_thread_id": thread}, telegram)

    if error is not None:
        assert refused(reply) == error
        return
    wanted = 7 if chat.topics and thread else None
    assert reply.body["result"].get("message_thread_id") == wanted
    assert [shown.thread for shown in telegram.messages(chat.id)] == [wanted]


# ----------------------------------------------------------------------------------------------- media

WEB = {
    PAGE: File(data=PICTURE, content_type="image/png"),
    "https://pictures.example/page.html": File(data=b"<html>", content_type="text/html"),
    "https://pictures.example/empty.png": File(data=b"", content_type="image/png"),
    "https://pictures.example/broken.png": File(data=b"GI", content_type="image/png"),
}
PHOTOS: dict[str, tuple[dict[str, object], str | None]] = {
    "an address of a picture": ({"photo": PAGE}, None),
    "none": ({}, "there is no photo in the request"),
    "a file that was not sent along": ({"photo": "attach://x"}, "there is no photo in the request"),
    "an address that does not load": (
        {"photo": "https://pictures.example/gone.png"},
        "failed to get HTTP URL content",
    ),
    "an address of a page": (
        {"photo": "https://pictures.example/page.html"},
        "wrong type of the web page content",
    ),
    "an address of nothing": (
        {"photo": "https://pictures.example/empty.png"},
        "wrong file identifier/HTTP URL specified",
    ),
    "an address of half a picture": (
        {"photo": "https://pictures.example/broken.png"},
        "IMAGE_PROCESS_FAILED",
    ),
    "an address of another kind": (
        {"photo": "ftp://pictures.example/x.png"},
        "invalid file HTTP URL specified: Unsupported URL protocol",
    ),
    "an id of nothing": (
        {"photo": "AgACAgIAAx0"},
        "wrong remote file identifier specified: can't unserialize it. Wrong last symbol",
    ),
    "an id that is none": (
        {"photo": "no picture"},
        "wrong remote file identifier specified: Wrong character in the string",
    ),
    "a caption of 1,024 characters": ({"photo": PAGE, "caption": "😀" * 1024}, None),
    "a caption of 1,024 characters and tags": (
        {"photo": PAGE, "caption": f"<b>{'x' * 1024}</b>", "parse_mode": "HTML"},
        None,
    ),
    "a caption of one more": ({"photo": PAGE, "caption": "x" * 1025}, "message caption is too long"),
    "a caption of white space": ({"photo": PAGE, "caption": " \n "}, None),
    "a caption whose tag is never closed": (
        {"photo": PAGE, "caption": "<b>x", "parse_mode": "HTML"},
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
}


@pytest.mark.parametrize(("query", "error"), PHOTOS.values(), ids=PHOTOS)
def test_a_photo_by_address_or_id(query: dict[str, object], error: str | None) -> None:
    telegram = FakeTelegram()
    telegram.files.web.update(WEB)

    reply = asked("sendPhoto", {"chat_id": CHANNEL, **query}, telegram)

    if error is not None:
        assert refused(reply) == error
        assert telegram.messages() == []
        return
    assert reply.body["result"]["photo"][0].keys() == {
        "file_id",
        "file_unique_id",
        "file_size",
        "width",
        "height",
    }
    assert [shown.medium for shown in telegram.messages()] == ["photo"]


def test_media_is_edited_by_its_caption_and_text_by_its_text() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        telegram.files.web.update(WEB)
        await call("sendPhoto", chat_id=CHANNEL, photo=PAGE, caption="one")
        await call("sendMessage", chat_id=CHANNEL, text="one")
        here = {"chat_id": CHANNEL}
        texts = [await call("editMessageText", **here, message_id=number, text="two") for number in (1, 2)]
        captions = [
            await call("editMessageCaption", **here, message_id=number, caption="two") for number in (1, 2)
        ]
        bare = await call("editMessageCaption", **here, message_id=1)

        assert refused(texts[0]) == "there is no text in the message to edit"
        assert refused(captions[1]) == "there is no caption in the message to edit"
        assert [texts[1].status, captions[0].status] == [200, 200]
        assert captions[0].body["result"]["caption"] == "two"
        assert "caption" not in bare.body["result"]
        assert [shown.text for shown in telegram.messages()] == ["", "two"]

    talking(test)


def test_a_file_is_uploaded_known_by_its_id_and_downloaded_again() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        bot = Bot(TOKEN, telegram.base_url, telegram.base_file_url)
        async with bot:
            sent = await bot.send_document(
                CHANNEL, b"a,b\n1,2\n", filename="feeds.csv", caption="<b>", parse_mode=None
            )
            assert sent.document is not None
            again = await bot.send_document(ADMIN, sent.document)
            assert again.document is not None
            file = await bot.get_file(sent.document)
            assert bytes(await file.download_as_bytearray()) == b"a,b\n1,2\n"
            photo = await bot.send_photo(CHANNEL, PICTURE)
            with pytest.raises(BadRequest, match=r"(?i)file must be non-empty"):
                await bot.send_photo(CHANNEL, telegram.files.keep(File(data=b"")))

        assert sent.document.file_name == "feeds.csv"
        assert again.document.file_id == sent.document.file_id
        assert photo.photo[0].file_size == len(PICTURE)
        assert refused(await call("getFile")) == "file_id not specified"
        assert refused(await call("getFile", file_id="x")) == "invalid file_id"
        large = telegram.files.keep(File(data=b"x" * ((20 << 20) + 1)))
        assert refused(await call("getFile", file_id=large)) == "file is too big"
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{telegram.base_file_url}{TOKEN}/x") as lost,
        ):
            assert lost.status == 404

    talking(test)


# ------------------------------------------------------------------------ delete, forward, copy, pin, chats


def test_messages_are_forwarded_and_copied_unless_they_are_protected() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        telegram.files.web.update(WEB)
        await call("sendMessage", chat_id=CHANNEL, text="one", disable_notification=True)
        await call("sendMessage", chat_id=CHANNEL, text="two", protect_content=True)
        await call("sendPhoto", chat_id=CHANNEL, photo=PAGE, caption="three")
        there = {"chat_id": ADMIN, "from_chat_id": CHANNEL_NAME}
        forwarded = await call("forwardMessage", **there, message_id=1)
        copied = await call("copyMessage", **there, message_id=1)
        renamed = await call("copyMessage", **there, message_id=3, caption="four")

        assert (
            forwarded.body["result"]["forward_origin"].items() >= {"type": "channel", "message_id": 1}.items()
        )
        assert [copied.body["result"], renamed.body["result"]] == [{"message_id": 2}, {"message_id": 3}]
        assert [shown.text for shown in telegram.messages(ADMIN)] == ["one", "one", "four"]
        assert [shown.silent for shown in telegram.messages(ADMIN)] == [False] * 3
        errors = [
            refused(await call("forwardMessage", **there, message_id=2)),
            refused(await call("copyMessage", **there, message_id=2)),
            refused(await call("forwardMessage", **there, message_id=9)),
            refused(await call("copyMessage", **there, message_id=9)),
            refused(await call("forwardMessage", chat_id=ADMIN, message_id=1)),
            refused(await call("editMessageText", chat_id=ADMIN, message_id=1, text="x")),
        ]
        assert errors == [
            "message has protected content and can't be forwarded",
            "can't copy message",
            "message to forward not found",
            "message to copy not found",
            'parameter "from_chat_id" is required',
            "message can't be edited",
        ]

    talking(test)


DELETIONS: dict[str, tuple[dict[str, object], str]] = {
    "in no chat": ({"message_id": 1}, "chat identifier is not specified"),
    "of no message": ({"chat_id": CHANNEL}, "message identifier is not specified"),
    "of something that is no number": (
        {"chat_id": CHANNEL, "message_id": "x"},
        "message identifier is not specified",
    ),
    "of a message that is not there": ({"chat_id": CHANNEL, "message_id": 9}, "message to delete not found"),
    "without the right": ({"chat_id": CHANNEL, "message_id": 1}, "message can't be deleted"),
}


@pytest.mark.parametrize(("query", "error"), DELETIONS.values(), ids=DELETIONS)
def test_a_deletion_is_refused(query: dict[str, object], error: str) -> None:
    async def test(_: FakeTelegram, call: Call) -> None:
        await call("sendMessage", chat_id=CHANNEL, text="one")
        assert refused(await call("deleteMessage", **query)) == error

    talking(test, FakeTelegram(chats=[Chat(id=CHANNEL, can_delete=False)]))


def test_a_message_is_pinned_by_who_may_and_the_notice_of_it_takes_a_number() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        await call("sendMessage", chat_id=CHANNEL, text="one")
        pinned = await call("pinChatMessage", chat_id=CHANNEL, message_id=1)
        missing = await call("pinChatMessage", chat_id=CHANNEL, message_id=9)
        sent = await call("sendMessage", chat_id=CHANNEL, text="two")
        telegram.chats.chats[CHANNEL].can_edit = False
        barred = await call("unpinChatMessage", chat_id=CHANNEL, message_id=1)

        assert pinned.body["result"] is True
        assert refused(missing) == "message to pin not found"
        assert sent.body["result"]["message_id"] == 3
        assert refused(barred) == "not enough rights to manage pinned messages in the chat"
        assert [shown.pinned for shown in telegram.messages()] == [True, False]

    talking(test)


STANDINGS: dict[str, tuple[Chat, tuple[int, str]]] = {
    "a user who blocked the bot": (
        Chat(id=ADMIN, type="private", status="kicked"),
        (403, "Forbidden: bot was blocked by the user"),
    ),
    "a user who never wrote to it": (
        Chat(id=ADMIN, type="private", status="left"),
        (403, "Forbidden: bot can't initiate conversation with a user"),
    ),
    "a user who is gone": (
        Chat(id=ADMIN, type="private", status="deactivated"),
        (403, "Forbidden: user is deactivated"),
    ),
    "a supergroup it was kicked from": (
        Chat(id=GROUP, type="supergroup", status="kicked"),
        (403, "Forbidden: bot was kicked from the supergroup chat"),
    ),
    "a supergroup it is not in": (
        Chat(id=GROUP, type="supergroup", status="left", username="dams"),
        (403, "Forbidden: bot is not a member of the supergroup chat"),
    ),
    "a group that was deleted": (
        Chat(id=-77, type="group", status="deleted"),
        (403, "Forbidden: the group chat was deleted"),
    ),
    "a supergroup where it may not write": (
        Chat(id=GROUP, type="supergroup", status="restricted", can_post=False),
        (400, "Bad Request: not enough rights to send text messages to the chat"),
    ),
    "a channel it reads": (
        Chat(id=CHANNEL, status="member"),
        (400, "Bad Request: need administrator rights in the channel chat"),
    ),
}


@pytest.mark.parametrize(("chat", "refusal"), STANDINGS.values(), ids=STANDINGS)
def test_a_bot_speaks_only_where_it_may(chat: Chat, refusal: tuple[int, str]) -> None:
    telegram = FakeTelegram(chats=[chat])

    reply = asked("sendMessage", {"chat_id": chat.id, "text": "hi"}, telegram)

    assert (reply.status, reply.description) == refusal
    assert telegram.log == []


READING: dict[str, tuple[Chat, int]] = {
    "a public channel it is not in": (Chat(id=CHANNEL, status="left", username="dams"), 200),
    "a private channel it is not in": (Chat(id=CHANNEL, status="left"), 403),
    "a public channel it was kicked from": (Chat(id=CHANNEL, status="kicked", username="dams"), 403),
    "a group it was kicked from": (Chat(id=-77, type="group", status="kicked"), 200),
    "a group that moved": (Chat(id=-77, type="group", migrated_to=GROUP), 200),
    "a user who blocked it": (Chat(id=ADMIN, type="private", status="kicked"), 200),
}


@pytest.mark.parametrize(("chat", "status"), READING.values(), ids=READING)
def test_a_bot_reads_more_than_it_may_write_to(chat: Chat, status: int) -> None:
    assert asked("getChat", {"chat_id": chat.id}, FakeTelegram(chats=[chat])).status == status


# ----------------------------------------------------------------------------------------------- rates


def test_all_chats_share_the_limit_of_a_second() -> None:
    now = [1000.0]
    telegram = FakeTelegram(per_second=30)
    telegram.chats.clock = lambda: now[0]

    async def test(_: FakeTelegram, call: Call) -> None:
        chats = [CHANNEL, ADMIN] * 15
        statuses = {(await call("sendMessage", chat_id=chat, text="x")).status for chat in chats}
        flooded = await call("sendMessage", chat_id=ADMIN, text="x")
        reading = await call("getChat", chat_id=ADMIN)
        now[0] += 0.5
        await call("editMessageText", chat_id=CHANNEL, message_id=1, text="y")
        now[0] += 1.0
        later = await call("sendMessage", chat_id=ADMIN, text="x")

        assert statuses == {200}
        assert (flooded.status, flooded.body["parameters"]) == (429, {"retry_after": 1})
        assert (reading.status, later.status) == (200, 200)

    talking(test, telegram)
    assert telegram.calls_inside_flood_wait == [HastyCall(method="editMessageText", chat=CHANNEL, early=0.5)]


def test_calls_that_do_not_wait_as_asked_are_written_down() -> None:
    now = [1000.0]
    telegram = FakeTelegram(per_minute=1)
    telegram.chats.clock = lambda: now[0]

    async def test(_: FakeTelegram, call: Call) -> None:
        await call("sendMessage", chat_id=CHANNEL, text="one")
        await call("sendMessage", chat_id=CHANNEL, text="two")  # is told to wait 60 seconds
        await call("sendMessage", chat_id=ADMIN, text="another chat may be written to")
        now[0] += 59.5
        await call("sendMessage", chat_id=CHANNEL_NAME, text="two")
        now[0] += 10
        await call("sendMessage", chat_id=CHANNEL, text="two")

    talking(test, telegram)
    assert telegram.calls_inside_flood_wait == [HastyCall(method="sendMessage", chat=CHANNEL, early=0.5)]
    assert [shown.text for shown in telegram.messages()] == ["one", "two"]


# ------------------------------------------------------------------------------------------------- PTB


def test_the_client_library_finds_everything_it_sent() -> None:
    chats = [Chat(id=FORUM, type="supergroup", is_forum=True, topics={7})]

    async def test(telegram: FakeTelegram, _: Call) -> None:
        telegram.files.web.update(WEB)
        bot = make_bot(TOKEN, base_url=telegram.base_url)
        try:
            card = await a_card(bot)
            answer = await bot.send_photo(FORUM, PAGE, reply_parameters=ReplyParameters(card.message_id))
            await bot.edit_message_caption(FORUM, answer.message_id, caption="wall")
            await card.pin()
            bare = await bot.edit_message_reply_markup(FORUM, card.message_id)
            await refusals(telegram, bot)
        finally:
            await close_bot(bot)

        assert answer.reply_to_message is not None
        assert not isinstance(bare, bool)
        assert bare.reply_markup is None
        shown = telegram.messages(FORUM)
        assert [(message.text, message.reply_to, message.silent) for message in shown] == [
            ("Dam https://a.example", None, True),
            ("wall", card.message_id, False),
        ]

    talking(test, FakeTelegram(chats=chats))


async def a_card(bot: Bot) -> Message:
    rows = InlineKeyboardMarkup([[InlineKeyboardButton("Why?", callback_data="why")]])
    card = await bot.send_message(
        FORUM,
        "<b>Dam</b> https://a.example",
        parse_mode="HTML",
        message_thread_id=7,
        reply_markup=rows,
        disable_notification=True,
        link_preview_options=LinkPreviewOptions(url="https://a.example", show_above_text=True),
    )
    assert (card.is_topic_message, card.message_thread_id, card.reply_markup) == (True, 7, rows)
    assert card.link_preview_options is not None
    assert card.link_preview_options.show_above_text
    return card


async def refusals(telegram: FakeTelegram, bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
        await bot.send_message(FORUM, "hi", message_thread_id=8)
    telegram.chats.chats[FORUM].status = "kicked"
    with pytest.raises(Forbidden, match=r"(?i)kicked from the supergroup"):
        await bot.delete_message(FORUM, 1)
    telegram.chats.chats[FORUM].status = "administrator"
