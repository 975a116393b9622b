"""`audit` and `undo`: who changed what by commands, and how to put it back."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from typing import Annotated

import typer
from rich.text import Text

from bot.app import configured_archive
from bot.choosing import undo as put_back
from bot.cli.common import SHIPPED, AsJson, Config, console, in_loop, settings_of, shown
from bot.core.deeds import deed_lines
from bot.edge.clock import SystemClock
from bot.model import Deed
from bot.ports import Record
from config.origin import is_shared
from config.settings import Settings

_LIMIT = 20


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(audit)
    app.command()(undo)


def audit(
    *,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="How many at the most.")] = _LIMIT,
    as_json: AsJson = False,
    config: Config = SHIPPED,
) -> None:
    """List what people changed by commands of the bot and here, the latest first: when, who, what came of it.

    Example:
      storywire audit --limit 100 --json
    """
    deeds = in_loop(_deeds(settings_of(config), limit))
    if as_json:
        for deed in deeds:
            typer.echo(json.dumps(_as_json(deed), ensure_ascii=False))
        return
    shown(deed_lines(deeds))


async def _deeds(settings: Settings, limit: int) -> list[Deed]:
    async with configured_archive(settings, exclusive=False) as archive:
        return await archive.deeds(limit)


def _as_json(deed: Deed) -> dict[str, object]:
    return {
        "number": deed.number,
        "at": deed.at.isoformat(),
        "person": deed.person,
        "chat": deed.chat,
        "said": deed.said,
        "outcome": deed.outcome,
        "can_be_undone": bool(deed.undo) and deed.undone_at is None,
        "undone_at": deed.undone_at.isoformat() if deed.undone_at else None,
    }


def undo(
    number: Annotated[
        int | None,
        typer.Argument(metavar="[NUMBER]", help="As storywire audit shows it; without it, the last one."),
    ] = None,
    config: Config = SHIPPED,
) -> None:
    """Put back what a command changed of the configuration. A running storywire takes it up within seconds.

    Example:
      storywire undo 17
    """
    settings, now = settings_of(config), SystemClock().now()
    undone = in_loop(_undone(number, settings, now))
    console.print(Text(f"undone: number {undone.number}, {' '.join(undone.said.split())}"))


async def _undone(number: int | None, settings: Settings, now: datetime) -> Deed:
    def work(record: Record) -> Deed:
        deed = put_back(number, record, at=now, among=partial(is_shared, person=None))
        said = f"storywire undo {deed.number}"
        note = Deed(at=now, person=None, chat=None, said=said, outcome=f"undone: {deed.said}")
        record.note(note)
        return deed

    async with configured_archive(settings, exclusive=False) as archive:
        return await archive.record(work)
