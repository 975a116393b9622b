"""`stories`: which are followed, what they found lately, and how their keywords do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot.app import configured_archive, watches
from bot.checkup import PERIOD, checkup, checkup_of, told
from bot.cli.common import (
    SHIPPED,
    Config,
    console,
    in_loop,
    plain,
    settings_of,
    shown,
    story_named,
    table,
    when,
)
from bot.cli.items import articles_in
from bot.cli.usage import Command, arrange
from bot.core.match import Watch
from bot.core.sheet import Line
from bot.edge.clock import SystemClock
from bot.ports import Record
from config.settings import Settings

_WEEK = timedelta(days=7)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_group = typer.Typer(help="List the stories, and see how their keywords do.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    for name, command in (("list", list_), ("doctor", doctor)):
        _group.command(name, cls=Command)(command)
    arrange(_group, {})
    app.add_typer(_group, name="stories", rich_help_panel="To see what it does")


def list_(config: Config = SHIPPED) -> None:
    """List the stories with what matched in the last seven days.

    Example:
      storywire stories list --config my.toml
    """
    settings = settings_of(config)
    followed = watches(settings)
    found = in_loop(_lately(followed, settings))
    rows = table("name", "title", "matches in 7 days", "last match", "channels")
    for watch in followed:
        story = watch.story
        lately, last = found[story.name]
        rows.add_row(*plain(story.name, story.title, lately, when(last), ", ".join(story.channels)))
    console.print(rows)


def doctor(
    story: Annotated[str | None, typer.Argument(metavar="STORY", help="Its name; without it, all.")] = None,
    *,
    days: Annotated[int, typer.Option(min=1, help="How far back to look.")] = PERIOD.days,
    items: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Look at recorded items instead, as for replay.")
    ] = None,
    config: Config = SHIPPED,
) -> None:
    """Say which terms never hit, hit only noise or add nothing, and which names may be missing.

    Looks at what the archive holds of the last thirty days, and changes nothing. One story is told of with
    the spellings that never hit. A new story has no archive yet: --items looks at a file as replay takes it.

    Examples:
      storywire stories doctor
      storywire stories doctor li-shangfu-moscow --days 7
      storywire stories doctor li-shangfu-moscow --items items.jsonl
    """
    settings = settings_of(config)
    if items is None:
        shown(in_loop(_looked_over(story, timedelta(days=days), settings)))
    else:
        found = checkup_of(articles_in(items), _followed(story, settings))
        shown(told(found, days=None, remarks=story is not None))


async def _lately(followed: tuple[Watch, ...], settings: Settings) -> dict[str, tuple[int, datetime | None]]:
    async with configured_archive(settings, exclusive=False) as archive:
        lately = Counter(each.story for each in await archive.matched(since=SystemClock().now() - _WEEK))
        last = {w.story.name: await archive.record(partial(_last, w.story.name)) for w in followed}
    return {name: (lately[name], seen_at) for name, seen_at in last.items()}


def _last(story: str, record: Record) -> datetime | None:
    newest = record.judged(story, since=_EVER, before=None, limit=1)
    return newest[0].article.seen_at if newest else None


def _followed(name: str | None, settings: Settings) -> Sequence[Watch]:
    followed = watches(settings)
    return followed if name is None else [story_named(name, followed)]


async def _looked_over(name: str | None, period: timedelta, settings: Settings) -> list[Line]:
    _followed(name, settings)
    followed, now = watches(settings), SystemClock().now()
    async with configured_archive(settings, exclusive=False) as archive:
        found = await checkup(archive, followed, since=now - period, now=now)
    chosen = [each for each in found if name in {None, each.story}]
    return told(chosen, days=period.days, remarks=name is not None)
