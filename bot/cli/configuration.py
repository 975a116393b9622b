"""`config`: the configuration as editors and other machines want it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from bot.app import as_chosen, configured_archive
from bot.cli.common import SHIPPED, Config, console, file_settings, in_loop, save
from bot.cli.usage import Command, arrange
from bot.model import Feed
from config.export import exported
from config.schema import schema as schema_of_the_file
from config.settings import Settings
from storage import archive_exists

_group = typer.Typer(help="Write the configuration in effect as one file, or the schema that editors read.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    for command in (export, schema):
        _group.command(command.__name__, cls=Command)(command)
    arrange(_group, {})
    app.add_typer(_group, name="config", rich_help_panel="To put it right")


def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; without it, to the standard output.")
    ] = None,
    *,
    config: Config = SHIPPED,
) -> None:
    """Write everything in effect as one file: the file's, the environment's, and what commands added.

    Secrets come out as "$NAME" where they were so, and are left out otherwise, which comments say.

    Example:
      storywire config export everything.toml
    """
    settings = file_settings(config)
    settings, added = in_loop(_in_effect(settings))
    text = exported(settings, added)
    if file is None:
        typer.echo(text, nl=False)
        return
    save(file, text)
    console.print(Text(f"written to {file}; look at it with: storywire check --no-feeds -c {file}"))


async def _in_effect(settings: Settings) -> tuple[Settings, list[Feed]]:
    """Return the settings in effect and the feeds that were added by command."""
    if not archive_exists(settings.database.url.get_secret_value()):
        return settings, []
    settings = await as_chosen(settings)
    async with configured_archive(settings, exclusive=False) as archive:
        health = await archive.feeds(counted=False)
    return settings, [one.feed for one in health if one.added]


def schema() -> None:
    """Print the JSON Schema of the file, with which editors complete names and mark mistakes.

    Keep it beside the file, and begin that with the line: #:schema ./storywire.schema.json

    Example:
      storywire config schema > config/storywire.schema.json
    """
    typer.echo(json.dumps(schema_of_the_file(), ensure_ascii=False, indent=2))
