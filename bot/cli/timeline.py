"""`timeline` and `catchup`: what a story told, in order, and what is new in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated

import typer

from bot.app import configured_archive, watches
from bot.cli.common import SHIPPED, AsJson, Config, in_loop, settings_of, shown, story_named
from bot.edge.clock import SystemClock
from bot.errors import OperatorError
from bot.model import Story
from bot.timeline import Entry, Timeline, beside, told
from bot.timeline import catchup as caught_up
from bot.timeline import timeline as timeline_of
from config.settings import Settings
from config.values import duration

_REST = "storywire timeline {story}"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(timeline)
    app.command()(catchup)


def timeline(
    story: Annotated[str, typer.Argument(metavar="STORY", help="Its name in the configuration.")],
    *,
    days: Annotated[int, typer.Option(min=1, max=3_650, metavar="N", help="How far back.")] = 7,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help='Or: "90m", "24h", "3d", or a date such as 2026-01-15.')
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=1_000, metavar="N", help="The latest so many events.")
    ] = 50,
    config: Config = SHIPPED,
    as_json: AsJson = False,
) -> None:
    """Tell a story's events in order: when each was first seen, who reports it, what came after.

    Times are those of the story's time zone. What was only backlog or old news is left out.

    Examples:
      storywire timeline li-shangfu-moscow --days 3
      storywire timeline li-shangfu-moscow --since 12h --json
    """
    settings = settings_of(config)
    followed = story_named(story, watches(settings)).story
    now = SystemClock().now()
    start = now - timedelta(days=days) if since is None else _time(since, now)
    found = in_loop(_timeline(settings, followed, start, limit))
    if as_json:
        for entry in found.entries:
            typer.echo(json.dumps(_as_json(entry), ensure_ascii=False))
        return
    shown(told(found, zone=followed.policy.time_zone))


def catchup(
    story: Annotated[
        str | None, typer.Argument(metavar="[STORY]", help="Only this one; without it all of them.")
    ] = None,
    *,
    since: Annotated[
        str, typer.Option(metavar="TIME", help='"90m", "24h", "3d", or a date such as 2026-01-15.')
    ] = "24h",
    config: Config = SHIPPED,
) -> None:
    """Tell what is new: events, updates, and events that more sources report; the most reported first.

    Example:
      storywire catchup --since 12h
    """
    settings = settings_of(config)
    stories = [watch.story for watch in watches(settings)]
    if story is not None:
        stories = [story_named(story, watches(settings)).story]
    now = SystemClock().now()
    in_loop(_caught_up(settings, stories, now=now, since=_time(since, now)))


async def _timeline(settings: Settings, story: Story, since: datetime, limit: int) -> Timeline:
    async with configured_archive(settings, exclusive=False) as archive:
        return await timeline_of(story, archive, since=since, limit=limit)


async def _caught_up(settings: Settings, stories: Sequence[Story], *, now: datetime, since: datetime) -> None:
    async with configured_archive(settings, exclusive=False) as archive:
        shown(await caught_up(None, stories, archive, now=now, since=since, rest=_REST))


def _time(text: str, now: datetime) -> datetime:
    """Return what a person means by a time: so long ago, or a date in UTC.

    Raises:
        OperatorError: it is neither.
    """
    with suppress(ValueError, OverflowError):  # the latter before the year 1
        return now - duration(text)
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise OperatorError(
            f'--since {text}: must be a time such as "90m", "24h" or "3d", or a date such as 2026-01-15'
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=now.tzinfo)


def _as_json(entry: Entry) -> dict[str, object]:
    seen = entry.view
    return {
        "events": [event.id for event in entry.events],
        "seen_at": entry.seen_at.isoformat(),
        "title": seen.article.title,
        "outlet": seen.article.outlet,
        "link": seen.link,
        "published": seen.published.isoformat(),
        "reports": seen.reports,
        "independent": seen.independent,
        "before_followed": entry.quiet,
        "then": [
            {
                "what": word.lower(),
                "seen_at": article.seen_at.isoformat(),
                "title": article.title,
                "outlet": article.outlet,
                "link": article.link,
            }
            for word, article in beside(entry)
        ],
    }
