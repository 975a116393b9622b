"""`/help`: what can be said, and how."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.desk import Command
from bot.commands.menus import menu
from bot.commands.office import Ask, Reply
from bot.core.authority import Role
from bot.core.sheet import Line


def help_with(commands: Sequence[Command], ask: Ask) -> Reply:
    """List the commands that a person may say, or tell more about the one that is named.

    Args:
        commands: all there are, in the order in which they are shown.
        ask: what was said.
    """
    wanted = ask.argument.removeprefix("/").lower()
    for command in commands:
        if command.help and wanted in {command.name, *command.aliases} and command.role <= ask.role:
            return _one(ask, command)
    shown = menu(ask.words, commands, ask.role)
    lines = [Line(text=f"/{name} – {does}", own=True) for name, does in shown.items()]
    if ask.role > Role.GUEST:
        lines.append(Line(text=ask.words("Instead of a LINK you can reply to the post.")))
        lines.append(Line(text=ask.words("More about one of them: /help why"), own=True))
    return Reply(lines=lines)


def _one(ask: Ask, command: Command) -> Reply:
    lines = [Line(text=ask.words(command.help), bold=True)]
    lines += [Line(text=usage, bullet=True, own=True) for usage in command.usages or (f"/{command.name}",)]
    if command.aliases:
        others = ", ".join(f"/{alias}" for alias in command.aliases)
        lines.append(Line(text=ask.words("Also: %(names)s", names=others), own=True))
    return Reply(lines=lines)
