"""The commands a person types; each is thin and leaves the work to the parts."""

from __future__ import annotations

import os
import sys

import typer

from bot.cli import check, decide, demo, evaluate, look, replay, run, start
from bot.errors import OperatorError, StorywireError

app = typer.Typer(
    name="storywire",
    help="Follow news stories in feeds, tell new reports from repeats, and post them to a channel.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (run, demo, start, check, look, decide, replay, evaluate):
    module.register(app)


def main() -> None:
    """Run the program; the operator's mistakes are one clear line each and exit code 2."""
    try:
        app()
    except OperatorError as mistake:
        _say(mistake)
        sys.exit(2)
    except StorywireError as failure:
        _say(failure)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output went away (`storywire replay … | head`): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(error: StorywireError) -> None:
    for line in str(error).splitlines():
        sys.stderr.write(f"storywire: {line}\n")
