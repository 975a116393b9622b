"""Telegram's menus: whom they are shown to, in which language, and what one that is refused costs."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from bot.commands.menus import menu, show
from bot.commands.table import COMMANDS
from bot.commands.words import LANGUAGES, words_for
from bot.core.authority import Circle, Role
from bot.talk import Scope
from tests.fakes.speak import FakeSpeak
from tests.unit.commands.office import ADMIN, Bot, settings_in

OTHER_ADMIN, GROUP = 4244, -1001000000003
CIRCLE = Circle(admins=frozenset({ADMIN, OTHER_ADMIN}), groups=frozenset({GROUP}))
OPEN = Circle(admins=CIRCLE.admins, groups=CIRCLE.groups, open=True)
EVERYTHING = [command.name for command in COMMANDS if command.help]
SHOWN = ("", "ru", "zh")


def shown(circle: Circle, *unknown: int) -> FakeSpeak:
    speak = FakeSpeak(unknown=set(unknown))
    asyncio.run(show(COMMANDS, circle, speak))
    return speak


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_menu_keeps_to_telegrams_bounds(language: str) -> None:
    found = menu(words_for(language), COMMANDS, Role.ADMIN)

    # core.telegram.org/bots/api#botcommand; more than that many letters is cut off on a telephone
    assert all(re.fullmatch(r"[a-z0-9_]{1,32}", name) for name in found)
    assert {name: does for name, does in found.items() if not 1 <= len(does) <= 50} == {}
    assert len(set(found.values())) == len(found) <= 100


WHO = {
    "everybody who writes to a bot of administrators only": (CIRCLE, Scope.PRIVATE, ["start", "help"]),
    "everybody where anyone may subscribe": (
        OPEN,
        Scope.PRIVATE,
        "start help list sub unsub follow why timeline catchup mute unmute digest".split(),
    ),
    "an administrator": (CIRCLE, ADMIN, EVERYTHING),
    "another administrator": (OPEN, OTHER_ADMIN, EVERYTHING),
    "the administrators' group": (CIRCLE, GROUP, EVERYTHING),
}


@pytest.mark.parametrize(("circle", "scope", "expected"), WHO.values(), ids=WHO)
def test_each_is_shown_what_they_may_say_in_every_language(
    circle: Circle, scope: Scope | int, expected: list[str]
) -> None:
    menus = shown(circle).menus

    assert [list(menus[scope, language]) for language in SHOWN] == [expected] * len(SHOWN)
    assert [menus[scope, language]["help"] for language in SHOWN] == [
        "How to use it",
        "Как им пользоваться",
        "使用方法",
    ]


def test_nobody_else_has_a_menu() -> None:
    assert {scope for scope, _language in shown(OPEN).menus} == {Scope.PRIVATE, ADMIN, OTHER_ADMIN, GROUP}


def test_a_menu_that_telegram_refuses_keeps_no_other_from_being_shown() -> None:
    expected = {key for key in shown(OPEN).menus if key[0] != ADMIN}

    assert shown(OPEN, ADMIN).menus.keys() == expected


def test_an_administrators_menu_is_shown_when_they_first_say_hello(tmp_path: Path) -> None:
    bot = Bot(settings_in(tmp_path))
    bot.says("/start")

    assert {scope for scope, _language in bot.speak.menus} == {ADMIN}
    assert [list(commands) for commands in bot.speak.menus.values()] == [EVERYTHING] * len(SHOWN)


def test_a_stranger_who_says_hello_gets_no_menu_of_their_own(tmp_path: Path) -> None:
    bot = Bot(settings_in(tmp_path))
    bot.says("/start", 4345)

    assert bot.speak.menus == {}
    assert len(bot.speak.said) == 1


def test_an_administrator_is_greeted_even_if_the_menu_is_refused(tmp_path: Path) -> None:
    bot = Bot(settings_in(tmp_path))
    bot.speak.unknown = {ADMIN}
    bot.says("/start")

    assert "/help" in bot.speak.last.message.text


def test_who_is_no_administrator_any_more_sees_what_everybody_sees() -> None:
    speak = shown(CIRCLE)
    after = Circle(admins=frozenset({ADMIN}), groups=CIRCLE.groups)

    asyncio.run(show(COMMANDS, after, speak, before=CIRCLE))

    assert list(speak.menus[OTHER_ADMIN, "ru"]) == list(speak.menus[Scope.PRIVATE, "ru"]) == ["start", "help"]
    assert list(speak.menus[ADMIN, ""]) == EVERYTHING
