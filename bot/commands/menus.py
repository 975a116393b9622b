"""Telegram's menus of commands: by whom they are for and in which language, and `/help`, which tells more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from bot.commands.desk import Command
from bot.commands.words import Words
from bot.core.authority import Circle, Role
from bot.talk import Scope

#: Languages that there are texts in; "" is whatever else a person's app speaks.
LANGUAGES = ("", "ru", "zh")
#: What a description may have, core.telegram.org/bots/api#botcommand.
_LONGEST = 256


class SetMenu(Protocol):
    """Telegram, as far as menus go."""

    async def menu(self, scope: Scope | int, language: str, commands: Mapping[str, str]) -> None:
        """Show commands to a scope, or in one chat, in a language; "" is for all that have none."""
        ...


async def show(
    commands: Sequence[Command], circle: Circle, words: Callable[[str | None], Words], telegram: SetMenu
) -> None:
    """Set the menus: what everybody may say, and in the administrators' chats what they may.

    Args:
        commands: all there are.
        circle: whom the bot listens to.
        words: texts by language.
        telegram: where menus are set.
    """
    everybody = Role.SUBSCRIBER if circle.open else Role.GUEST
    for language in LANGUAGES:
        say = words(language or None)
        await telegram.menu(Scope.PRIVATE, language, _listed(commands, everybody, say))
        for chat in sorted(circle.admins | circle.groups):
            await telegram.menu(chat, language, _listed(commands, Role.ADMIN, say))


def _listed(commands: Sequence[Command], role: Role, words: Words) -> dict[str, str]:
    return {
        command.name: words(command.help)[:_LONGEST]
        for command in commands
        if command.help and command.role <= role
    }
