"""Telegram's menus of commands: by whom they are for, and in which language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from bot.commands.desk import Command
from bot.commands.office import Speak
from bot.commands.words import LANGUAGES, Words, words_for
from bot.core.authority import Circle, Role
from bot.errors import DeliveryError
from bot.talk import Scope

log = structlog.get_logger(__name__)


def menu(words: Words, commands: Iterable[Command], role: Role) -> dict[str, str]:
    """Return what commands do, in a language, as Telegram's menu takes it.

    Args:
        words: of the language.
        commands: all there are, in the order in which they are shown.
        role: of whom it is for; what they may not do is left out.
    """
    return {it.name: words(it.help) for it in commands if it.help and it.role <= role}


async def show(
    commands: Sequence[Command], circle: Circle, speak: Speak, *, before: Circle | None = None
) -> None:
    """Set the menus: what everybody may say, and in the administrators' chats what they may.

    Args:
        commands: all there are, in the order in which they are shown.
        circle: whom the bot listens to.
        speak: where menus are set.
        before: whom it listened to when they were set last; None: they never were.
    """
    everybody = Role.SUBSCRIBER if circle.open else Role.GUEST
    theirs = circle.admins | circle.groups
    gone = frozenset[int]() if before is None else (before.admins | before.groups) - theirs
    await show_in(Scope.PRIVATE, commands, everybody, speak)
    for chat in sorted(gone):
        await show_in(chat, commands, everybody, speak)
    for chat in sorted(theirs):
        await show_in(chat, commands, Role.ADMIN, speak)


async def show_in(scope: Scope | int, commands: Sequence[Command], role: Role, speak: Speak) -> None:
    """Set the menu of a scope, or of one chat, in every language; "" is for all that have none.

    Telegram knows no chat in which nobody has spoken to the bot yet: the menu of one that it refuses is left
    as it is.
    """
    for language in ("", *LANGUAGES[1:]):
        try:
            await speak.menu(scope, language, menu(words_for(language), commands, role))
        except DeliveryError as error:
            log.info("a menu is not shown", scope=scope, language=language, reason=str(error))
