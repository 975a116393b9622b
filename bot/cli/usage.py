"""How the program speaks about its own commands: help without noise, mistakes in one line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
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
        complain(f"{mistake.format_message().rstrip('.')} (see {command} --help)")
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
