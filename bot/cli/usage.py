"""How the program speaks about its own commands: help without noise, mistakes in one line."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from bot.edge.logs import mask
from bot.errors import OperatorError, StorywireError

PROGRAM = "storywire"


class Command(TyperCommand):
    """A command whose help does not call a switch "<bool>": nobody is to type "--json true"."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return its options, switches without a kind of value."""
        return _plain_switches(super().get_params(ctx))


class Group(TyperGroup):
    """The program itself; the same for its own options."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return its options, switches without a kind of value."""
        return _plain_switches(super().get_params(ctx))


def _plain_switches(params: Sequence[Any]) -> list[Any]:
    for param in params:
        if isinstance(param, TyperOption) and param.is_flag:
            param.metavar = ""
    return list(params)


def arrange(app: typer.Typer, panels: Mapping[str, str]) -> None:
    """Put the commands of the help in order.

    Args:
        app: the program, with every command.
        panels: heading → names of the commands under it, all of which exist; others come last.
    """
    places = {name: heading for heading, names in panels.items() for name in names.split()}
    commands = {info.name or getattr(info.callback, "__name__", ""): info for info in app.registered_commands}
    for name, info in commands.items():
        info.cls = Command
        info.rich_help_panel = places.get(name, "More")
        info.help = _flowing(info.callback.__doc__ or "")
    app.registered_commands = [commands[name] for name in dict.fromkeys([*places, *commands])]


def _flowing(doc: str) -> str:
    """Let paragraphs flow, which typer would fold as the source is; indented lines stay as they are."""
    paragraphs = inspect.cleandoc(doc).split("\n\n")
    return "\n\n".join(part if "\n " in part else part.replace("\n", " ") for part in paragraphs)


def run(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run a command and return the exit code: 2 for what the caller can mend, 1 for what failed.

    Args:
        app: the program.
        arguments: what was typed after its name; without any it shows what there is.
    """
    try:
        return app(list(arguments) or ["--help"], prog_name=PROGRAM, standalone_mode=False) or 0
    except typer.TyperException as mistake:
        context = getattr(mistake, "ctx", None)
        command = PROGRAM if context is None else context.command_path
        said = mistake.format_message().rstrip(".")
        complain(f"{said[:1].lower()}{said[1:]} (see {command} --help)")
        return mistake.exit_code
    except typer.Abort:
        complain("given up; nothing was changed")
        return 1
    except StorywireError as failure:
        complain(str(failure))
        return 2 if isinstance(failure, OperatorError) else 1


def complain(text: str) -> None:
    """Say on standard error what is wrong, a line each, without secrets."""
    for line in mask(text, ()).splitlines():
        sys.stderr.write(f"{PROGRAM}: {line}\n")
