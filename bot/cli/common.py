"""What several commands share: the configuration, the way into asyncio, tables."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.edge import logs
from bot.model import Duplicate, Evidence, New, Update, Verdict
from config.settings import Settings, load_settings

T = TypeVar("T")

Config = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="STORYWIRE_CONFIG", help="The configuration file."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text for people.")]
SHIPPED = Path("config/storywire.toml")

console = Console(highlight=False)
if not console.is_terminal:
    console.width = 160  # a pipe has no width of its own; 80 columns would fold every table


def settings_of(config: Path, *, quiet: bool = True) -> Settings:
    """Load the configuration and set the log up.

    Args:
        config: the file.
        quiet: log warnings only: the command speaks for itself.

    Raises:
        ConfigError: something in it is wrong.
    """
    settings = load_settings(config, os.environ)
    secrets = [settings.database.url.get_secret_value()]
    if settings.telegram.token is not None:
        secrets.append(settings.telegram.token.get_secret_value())
    logs.configure("error" if quiet else settings.log.level, settings.log.format, secrets)
    return settings


def in_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    return asyncio.run(work)


def table(*columns: str, title: str | None = None) -> Table:
    """Begin a table in the program's one style."""
    made = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def plain(*cells: object) -> list[Text]:
    """Make cells whose text is never read as mark-up: it comes from feeds."""
    return [Text("" if cell is None else str(cell)) for cell in cells]


def verdict_name(verdict: Verdict) -> str:
    """Return "new", "duplicate" or "update"."""
    match verdict:
        case New():
            return "new"
        case Duplicate():
            return "duplicate"
        case Update():
            return "update"


def verdict_kind(verdict: Verdict) -> str | None:
    """Return a duplicate's kind; None for other verdicts."""
    return verdict.kind.value if isinstance(verdict, Duplicate) else None


def evidence_json(evidence: Iterable[Evidence]) -> list[dict[str, object]]:
    """Return evidence as JSON carries it."""
    return [{"signal": e.signal, "says": e.says, "value": e.value} for e in evidence]


def reasons(verdict: Verdict) -> str:
    """Return a verdict's evidence in one line."""
    return "; ".join(evidence.says for evidence in verdict.evidence)


def when(time: datetime | None) -> str:
    """Return a time as tables show it."""
    return "never" if time is None else f"{time:%Y-%m-%d %H:%M} UTC"
