"""What several commands share: the configuration, the way into asyncio, how things are shown."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from dotenv import dotenv_values
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.app import as_chosen
from bot.core.match import Watch
from bot.core.sheet import Line
from bot.core.wording import counted, reasons, verdict_kind, verdict_name, verdict_words, when
from bot.edge import logs
from bot.errors import OperatorError
from bot.model import Article, ArticleId, Evidence
from bot.ports import Archive
from config.settings import Settings, load_settings

#: Words that answers use as well which no terminal shows.
__all__ = ["counted", "reasons", "verdict_kind", "verdict_name", "verdict_words", "when"]

T = TypeVar("T")

SHIPPED = Path("config/storywire.toml")
_CONFIG = typer.Option(
    "--config",
    "-c",
    envvar="STORYWIRE_CONFIG",
    metavar="FILE",
    help="The configuration: stories, feeds, channels.",
)
Config = Annotated[Path, _CONFIG]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text for people.")]

#: A pipe has no width of its own; 80 columns would fold every table.
_WIDTH_OF_A_PIPE = 160

console = Console(highlight=False)
if not console.is_terminal and "COLUMNS" not in os.environ:
    console.width = _WIDTH_OF_A_PIPE


def settings_of(config: Path, *, quiet: bool = True) -> Settings:
    """Load the configuration in effect, with what was chosen by command, and set the log up.

    A database that cannot be opened is for who works with it to tell; until then the file alone counts.

    Args:
        config: the file.
        quiet: log errors only: the command speaks for itself.

    Raises:
        ConfigError: something in the file is wrong.
    """
    settings = file_settings(config, quiet=quiet)
    try:
        return in_loop(as_chosen(settings))
    except OperatorError:
        return settings


def file_settings(config: Path, *, quiet: bool = True) -> Settings:
    """Load the configuration as the file and the environment have it; see `settings_of`."""
    # As docker-compose does; what is set in the environment itself wins.
    given = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    settings = load_settings(config, given | dict(os.environ))
    secrets = [settings.database.url.get_secret_value()]
    telegram = (settings.telegram.token, settings.telegram.webhook_secret)
    secrets += [value.get_secret_value() for value in telegram if value]
    for feed in settings.feed:
        secrets += [value.get_secret_value() for value in (*feed.headers.values(), feed.password) if value]
    for channel in settings.channel:
        hidden = (*channel.urls, channel.url, channel.secret)
        secrets += [value.get_secret_value() for value in hidden if value]
    logs.configure("error" if quiet else settings.log.level, settings.log.format, secrets)
    return settings


def in_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    return asyncio.run(work)


def save(file: Path, text: str) -> None:
    """Write a file.

    Raises:
        OperatorError: it cannot be written.
    """
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"{file}: cannot be written ({error.strerror})") from None


def story_named(name: str, followed: Sequence[Watch]) -> Watch:
    """Return the story of that name.

    Raises:
        OperatorError: there is none.
    """
    for watch in followed:
        if watch.story.name == name:
            return watch
    known = ", ".join(watch.story.name for watch in followed) or "none"
    raise OperatorError(f"there is no story {name} in the configuration (known: {known})")


async def article_numbered(number: ArticleId, archive: Archive) -> Article:
    """Return a judged article; as a reference, its number may be another one's feed id as well."""
    decisions = await archive.decisions(str(number))
    return next(decision.article for decision in decisions if decision.article_id == number)


# ------------------------------------------------------------------------------------------ showing


def table(*columns: str, title: str | None = None) -> Table:
    """Begin a table in the program's one style."""
    made = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def plain(*cells: object) -> list[Text]:
    """Make cells whose text is never read as mark-up: it comes from feeds."""
    return [Text("" if cell is None else str(cell)) for cell in cells]


def hanging(text: str | Text, lead: str = "  ") -> Text:
    """Fold a text to the width of the terminal, so that it stands as far in as after its lead."""
    whole = Text(text) if isinstance(text, str) else text
    room = max(20, console.width - len(lead))
    parts = whole.wrap(console, room) or [Text()]
    return Text(lead) + Text("\n" + " " * len(lead)).join(parts)


def bullets(lines: Iterable[str], *, indent: int = 2) -> Text:
    """Make a list of short lines."""
    return Text("\n").join(hanging(line, f"{' ' * indent}- ") for line in lines)


def shown(lines: Iterable[Line]) -> None:
    """Print an answer, with the addresses that its lines lead to under them."""
    for line in lines:
        indent = "  " * line.depth
        text = Text(line.text, style="bold" if line.bold else "")
        console.print(hanging(text, f"{indent}- " if line.bullet else indent))
        if line.link and line.link != line.text:
            # Unfolded, so that it can be clicked and copied.
            console.print(Text(f"{indent}  {line.link}", style="dim"), soft_wrap=True)


def evidence_json(evidence: Iterable[Evidence]) -> list[dict[str, object]]:
    """Return evidence as JSON carries it."""
    return [{"signal": e.signal, "says": e.says, "value": e.value} for e in evidence]
