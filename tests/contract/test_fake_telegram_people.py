"""Conversations on the fake Telegram: commands, pressed buttons, who is in a chat, what the bot is there."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeChatMember,
    ChatMember,
    ChatMemberAdministrator,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    Update,
)
from telegram.error import BadRequest

from bot.edge.telegram import make_bot
from tests.contract.telegram_calls import Call, asked, talking
from tests.fakes.telegram import ADMIN, CHANNEL, TOKEN, FakeTelegram, running_in_thread
from tests.fakes.telegram_chats import Chat
from tests.fakes.telegram_commands import Answer

GROUP = -1001000000003
OTHER = 4343


def a_group(**changes: Any) -> Chat:
    people = {ADMIN: "creator", OTHER: "administrator", 4444: "member"}
    fields: dict[str, Any] = {"id": GROUP, "type": "supergroup", "people": people, **changes}
    return Chat(**fields)


# --------------------------------------------------------------------------------------------- commands


def a_command(command: object = "status", description: object = "How things are") -> dict[str, object]:
    return {"command": command, "description": description}


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "commands that are no JSON": ({"commands": "["}, "can't parse commands JSON object"),
    "commands that are no list": ({"commands": "{}"}, "expected an Array of BotCommand"),
    "a command that is a word": ({"commands": ["x"]}, "can't parse BotCommand: expected an Object"),
    "a command without description": (
        {"commands": [{"command": "x"}]},
        "can't parse BotCommand: Can't find field \"description\"",
    ),
    "a command without letters": ({"commands": [a_command("/")]}, "command must be non-empty"),
    "a command of 33 letters": ({"commands": [a_command("x" * 33)]}, "command length must not exceed 32"),
    "a command in capitals": ({"commands": [a_command("Status")]}, "BOT_COMMAND_INVALID"),
    "a command in Cyrillic": ({"commands": [a_command("статус")]}, "BOT_COMMAND_INVALID"),
    "an empty description": (
        {"commands": [a_command(description=" ")]},
        "command description must be non-empty",
    ),
    "a description of 257 letters": (
        {"commands": [a_command(description="x" * 257)]},
        "command description length must not exceed 256",
    ),
    "a command too many": ({"commands": [a_command()] * 101}, "BOT_COMMANDS_TOO_MUCH"),
    "a scope that is no JSON": ({"scope": "{"}, "can't parse BotCommandScope JSON object"),
    "a scope that is a list": (
        {"scope": "[]"},
        "can't parse BotCommandScope: BotCommandScope must be an Object",
    ),
    "a scope that does not exist": (
        {"scope": {"type": "tea"}},
        "can't parse BotCommandScope: Unsupported type specified",
    ),
    "a scope of no chat": (
        {"scope": {"type": "chat", "chat_id": ""}},
        "can't parse BotCommandScope: Empty chat_id specified",
    ),
    "a scope of nobody": (
        {"scope": {"type": "chat_member", "chat_id": GROUP, "user_id": 0}},
        "can't parse BotCommandScope: Invalid user_id specified",
    ),
    "a scope of a chat nobody knows": ({"scope": {"type": "chat", "chat_id": "@nobody"}}, "chat not found"),
    "a scope of administrators in a private chat": (
        {"scope": {"type": "chat_administrators", "chat_id": ADMIN}},
        "can't use specified scope in private chats",
    ),
    "a scope of a channel": (
        {"scope": {"type": "chat", "chat_id": CHANNEL}},
        "can't change commands in channel chats",
    ),
    "a language that is none": ({"language_code": "E"}, "invalid language code specified"),
}


@pytest.mark.parametrize(("query", "error"), REFUSED.values(), ids=REFUSED)
def test_a_menu_is_refused_in_telegrams_words(query: dict[str, object], error: str) -> None:
    reply = asked("setMyCommands", {"commands": [a_command()], **query})

    assert (reply.status, reply.description) == (400, f"Bad Request: {error}")


def test_each_scope_and_language_has_its_own_menu() -> None:
    telegram = FakeTelegram(chats=[a_group(), Chat(id=ADMIN, type="private", status="member")])
    places: list[dict[str, Any]] = [
        {},
        {"language_code": "ru"},
        {"scope": BotCommandScopeAllPrivateChats()},
        {"scope": BotCommandScopeChat(ADMIN)},
        {"scope": BotCommandScopeChatMember(GROUP, ADMIN), "language_code": "ru"},
    ]

    async def test(_: FakeTelegram, __: Call) -> None:
        async with make_bot(TOKEN, base_url=telegram.base_url) as bot:
            for number, place in enumerate(places):
                assert await bot.get_my_commands(**place) == ()
                assert await bot.set_my_commands([BotCommand(f"c{number}", "x")], **place)
            menus = [await bot.get_my_commands(**place) for place in places]
            await bot.delete_my_commands(language_code="ru")
            left = [len(await bot.get_my_commands(**place)) for place in places]
        assert [command.command for (command,) in menus] == ["c0", "c1", "c2", "c3", "c4"]
        assert left == [1, 0, 1, 1, 1]

    talking(test, telegram)


# ------------------------------------------------------------------------------------- what people do


def test_a_command_and_a_pressed_button_arrive_and_are_answered() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        async with make_bot(TOKEN, base_url=telegram.base_url) as bot:
            await telegram.say("/status@wire_test_bot and @durov")
            rows = InlineKeyboardMarkup([[InlineKeyboardButton("Why?", callback_data="why")]])
            sent = await bot.send_message(ADMIN, "fine", reply_markup=rows)
            pressed = await telegram.press(sent.message_id, "why")
            heard, press = await bot.get_updates()
            assert press.callback_query is not None
            assert await press.callback_query.answer("Because.", show_alert=True)
            with pytest.raises(BadRequest, match=r"(?i)query is too old and response timeout expired"):
                await press.callback_query.answer("Again.")

        assert_command(heard)
        assert press.callback_query.data == "why"
        assert press.callback_query.message is not None
        assert press.callback_query.message.message_id == sent.message_id == 2
        answer = Answer(text="Because.", alert=True, url="", cache_time=0)
        assert telegram.commands.answers == {pressed: answer}
        too_long = await telegram.press(sent.message_id, "why")
        reply = await call("answerCallbackQuery", callback_query_id=too_long, text="x" * 201)
        assert reply.description == "Bad Request: MESSAGE_TOO_LONG"

    talking(test)


def assert_command(heard: Update) -> None:
    message = heard.message
    assert message is not None
    assert message.from_user is not None
    assert (message.from_user.id, message.chat.id, message.chat.type) == (ADMIN, ADMIN, "private")
    found = message.parse_entities()
    assert {entity.type: words for entity, words in found.items()} == {
        MessageEntity.BOT_COMMAND: "/status@wire_test_bot",
        MessageEntity.MENTION: "@durov",
    }


def test_a_button_that_is_not_there_cannot_be_pressed() -> None:
    async def test(telegram: FakeTelegram, call: Call) -> None:
        await call("sendMessage", chat_id=ADMIN, text="hi")
        with pytest.raises(AssertionError, match="no button 'why'"):
            await telegram.press(1, "why")

    talking(test)


def test_what_becomes_of_the_bot_is_told_and_counts_at_once() -> None:
    changes: list[dict[str, Any]] = [
        {"status": "kicked"},
        {"status": "administrator", "can_post": False},
        {"can_post": True, "can_edit": False},
        {"status": "left"},
    ]

    async def test(telegram: FakeTelegram, call: Call) -> None:
        statuses = []
        for change in changes:
            await telegram.standing(**change)
            statuses.append((await call("sendMessage", chat_id=CHANNEL, text="hi")).status)
        async with make_bot(TOKEN, base_url=telegram.base_url) as bot:
            told = [update.my_chat_member for update in await bot.get_updates()]

        assert statuses == [403, 400, 200, 403]
        assert [(one.old_chat_member.status, one.new_chat_member.status) for one in told if one] == [
            (ChatMember.ADMINISTRATOR, ChatMember.BANNED),
            (ChatMember.BANNED, ChatMember.ADMINISTRATOR),
            (ChatMember.ADMINISTRATOR, ChatMember.ADMINISTRATOR),
            (ChatMember.ADMINISTRATOR, ChatMember.LEFT),
        ]
        assert told[2] is not None
        assert isinstance(told[2].new_chat_member, ChatMemberAdministrator)
        assert told[2].new_chat_member.can_post_messages
        assert not told[2].new_chat_member.can_edit_messages
        assert told[2].from_user.id == ADMIN

    talking(test)


def test_a_group_that_grows_keeps_its_people_and_tells_both_numbers() -> None:
    telegram = FakeTelegram(chats=[Chat(id=-77, type="group", people={ADMIN: "creator"})])

    async def test(_: FakeTelegram, call: Call) -> None:
        await telegram.migrate(-77, GROUP)
        old = await call("sendMessage", chat_id=-77, text="hi")
        new = await call("sendMessage", chat_id=GROUP, text="hi")
        told = (await call("getUpdates")).body["result"]

        assert old.body["parameters"] == {"migrate_to_chat_id": GROUP}
        assert new.body["result"]["chat"]["type"] == "supergroup"
        assert told[0]["message"]["migrate_to_chat_id"] == GROUP
        assert told[1]["message"]["migrate_from_chat_id"] == -77
        ada = await call("getChatMember", chat_id=GROUP, user_id=ADMIN)
        assert ada.body["result"]["status"] == "creator"

    talking(test, telegram)


# ---------------------------------------------------------------------------------------------- members


def test_getme_tells_what_the_bot_can() -> None:
    me = asked("getMe", {}).body["result"]
    sender = asked("sendMessage", {"chat_id": ADMIN, "text": "hi"}).body["result"]["from"]

    assert me.keys() - sender.keys() == {
        "can_join_groups",
        "can_read_all_group_messages",
        "supports_inline_queries",
        "supports_guest_queries",
        "can_connect_to_business",
        "has_main_web_app",
        "has_topics_enabled",
        "allows_users_to_create_topics",
        "can_manage_bots",
    }
    assert (me["is_bot"], me["can_join_groups"], me["username"]) == (True, True, "wire_test_bot")


def test_administrators_are_listed_with_the_bot_among_them() -> None:
    telegram = FakeTelegram(chats=[a_group(), Chat(id=ADMIN, type="private", status="member")])

    async def test(_: FakeTelegram, call: Call) -> None:
        async with make_bot(TOKEN, base_url=telegram.base_url) as bot:
            leading = await bot.get_chat_administrators(GROUP)
            member = await bot.get_chat_member(GROUP, 4444)
        alone = await call("getChatAdministrators", chat_id=ADMIN)
        stranger = await call("getChatMember", chat_id=GROUP, user_id=1)
        nobody = await call("getChatMember", chat_id=GROUP, user_id="x")

        assert [(one.user.id, one.status) for one in leading] == [
            (ADMIN, ChatMember.OWNER),
            (OTHER, ChatMember.ADMINISTRATOR),
            (int(TOKEN.partition(":")[0]), ChatMember.ADMINISTRATOR),
        ]
        assert member.status == ChatMember.MEMBER
        assert alone.description == "Bad Request: there are no administrators in the private chat"
        assert stranger.description == "Bad Request: user not found"
        assert nobody.description == "Bad Request: invalid user_id specified"

    talking(test, telegram)


def test_people_can_be_made_to_act_where_the_server_has_a_thread_of_its_own() -> None:
    with running_in_thread() as telegram:
        assert telegram.from_outside(telegram.say("/start")) == 1
        assert [shown.text for shown in telegram.messages(ADMIN)] == ["/start"]
        assert telegram.log == []
