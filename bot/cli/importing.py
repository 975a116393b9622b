"""`import`: what other programs wrote, for people who come from there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from bot.cli import feeds
from bot.cli.common import console, counted
from bot.cli.usage import Command, arrange
from bot.errors import ConfigError, OperatorError
from config.trendradar import read_trendradar

_group = typer.Typer(help="Take over keywords and lists of feeds that were written for other programs.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    _group.command("opml", cls=Command)(feeds.import_)
    _group.command("trendradar", cls=Command)(trendradar)
    arrange(_group, {})
    app.add_typer(_group, name="import", rich_help_panel="To begin")


def trendradar(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="TrendRadar's frequency_words.txt.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; without it, to the standard output."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Make stories of TrendRadar's groups of words: parts of a configuration, to be put into yours.

    What is otherwise here, and what could not be carried over, stands at the top as comments.

    Example:
      storywire import trendradar config/frequency_words.txt -o stories.toml
    """
    try:
        imported = read_trendradar(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise OperatorError(f"{file}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, ConfigError) as error:
        says = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise OperatorError(f"{file}: {says}") from None
    if output is None:
        typer.echo(imported.as_toml(), nl=False)
        return
    if output.exists() and not force:
        raise OperatorError(f"{output} exists; choose another with --output, or --force to write over it")
    try:
        output.write_text(imported.as_toml(), encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"{output}: cannot be written ({error.strerror})") from None
    for note in imported.notes:
        console.print(Text.assemble(("· ", "yellow"), note))
    console.print(Text(f"{counted(len(imported.stories), 'story')} written to {output}"))
