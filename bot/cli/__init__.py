"""The commands a person types; each is thin and leaves the work to the parts."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from bot.cli import (
    audit,
    backtest,
    bench,
    check,
    configuration,
    correct,
    demo,
    evaluate,
    feeds,
    gallery,
    importing,
    judge,
    keywords,
    parse,
    poll,
    posts,
    replay,
    review,
    run,
    start,
    stories,
    timeline,
    tune,
    usage,
    why,
)

app = typer.Typer(
    cls=usage.Group,
    name=usage.PROGRAM,
    help="Follow news stories in feeds, tell new reports from repeats, and post them to a channel.",
    epilog="storywire COMMAND --help tells more about each.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (
    demo,
    gallery,
    start,
    importing,
    check,
    run,
    poll,
    why,
    timeline,
    correct,
    review,
    feeds,
    posts,
    audit,
    configuration,
    judge,
    backtest,
    replay,
    parse,
    keywords,
    stories,
    evaluate,
    tune,
    bench,
):
    module.register(app)
usage.arrange(
    app,
    {
        "To begin": "demo gallery init check run",
        "To see what it does": "poll why timeline catchup healthcheck",
        "To put it right": "merge split mute unmute review undo audit",
        "To try things out": "judge backtest replay parse",
        "To measure it": "eval bench tune",
    },
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and end it with its exit code.

    Args:
        arguments: what was typed after the program's name; None takes it from the process.
    """
    sys.exit(usage.run(app, sys.argv[1:] if arguments is None else arguments))
