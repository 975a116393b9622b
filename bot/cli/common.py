"""What several commands share: the configuration, the way into asyncio, how things are shown."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from dotenv import dotenv_values
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from bot.core.address import canonical_address
from bot.core.match import Watch
from bot.core.sheet import Line
from bot.edge import logs
from bot.errors import OperatorError
from bot.model import Article, ArticleId, Duplicate, Evidence, New, Related, Update, Verdict
from bot.ports import Archive
from config.settings import Settings, load_settings

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
    """Load the configuration and set the log up.

    Args:
        config: the file.
        quiet: log errors only: the command speaks for itself.

    Raises:
        ConfigError: something in it is wrong.
    """
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


async def known_as(reference: str, archive: Archive) -> str:
    """Return what a person calls an article if the archive knows it so, else its canonical address."""
    return reference if await archive.articles(reference) else canonical_address(reference)


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


def shown(lines: Iterable[Line]) -> None:
    """Print an answer that a chat shows as well."""
    for line in lines:
        style = Style(bold=line.bold, link=line.link)
        lead = "  " * line.depth + ("- " if line.bullet else "")
        console.print(hanging(Text(line.text, style=style), lead))


def bullets(lines: Iterable[str], *, indent: int = 2) -> Text:
    """Make a list of short lines."""
    return Text("\n").join(hanging(line, f"{' ' * indent}- ") for line in lines)


def verdict_name(verdict: Verdict) -> str:
    """Return "new", "duplicate", "update" or "related"."""
    match verdict:
        case New():
            return "new"
        case Duplicate():
            return "duplicate"
        case Update():
            return "update"
        case Related():
            return "related"


def verdict_kind(verdict: Verdict) -> str | None:
    """Return a duplicate's kind; None for other verdicts."""
    return verdict.kind.value if isinstance(verdict, Duplicate) else None


def verdict_words(verdict: Verdict) -> str:
    """Return a verdict as people read it, such as "new", "duplicate (copy)" or "news, same event"."""
    if isinstance(verdict, Related):
        return "news, same event"
    kind = verdict_kind(verdict)
    return f"{verdict_name(verdict)} ({kind})" if kind else verdict_name(verdict)


def evidence_json(evidence: Iterable[Evidence]) -> list[dict[str, object]]:
    """Return evidence as JSON carries it."""
    return [{"signal": e.signal, "says": e.says, "value": e.value} for e in evidence]


def reasons(verdict: Verdict) -> list[str]:
    """Return a verdict's evidence in words."""
    return [evidence.says for evidence in verdict.evidence]


def counted(number: int, name: str) -> str:
    """Return "1 feed", "2 feeds", "2 stories" …, as the number asks for."""
    plural = f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
    return f"{number} {name if number == 1 else plural}"


def when(time: datetime | None) -> str:
    """Return a time as tables show it."""
    return "never" if time is None else f"{time:%Y-%m-%d %H:%M} UTC"
