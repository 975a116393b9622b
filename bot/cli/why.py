"""`why`: what was decided about an article, and on what evidence."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.app import explaining
from bot.cli.common import SHIPPED, Config, in_loop, settings_of, shown
from bot.core.sheet import Line
from bot.explaining import explain, explain_unseen
from config.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(why)


def why(
    reference: Annotated[
        str, typer.Argument(metavar="ARTICLE", help="An article's link, its feed id or its number.")
    ],
    *,
    title: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Of a link never seen: its headline; its page is then not read."),
    ] = "",
    offline: Annotated[bool, typer.Option("--offline", help="Read no page.")] = False,
    config: Config = SHIPPED,
) -> None:
    """Tell why an article was or was not posted.

    Tracking parameters in the link do not matter. Of a link that no feed brought its page is read, and what
    each story would make of it is told; nothing is recorded. Ends with 1 if the article was never seen.

    Example:
      storywire why https://news.example/2023/04/16/li-shangfu-in-moscow
    """
    settings = settings_of(config)
    lines, known = in_loop(_why(reference, title, settings, offline=offline))
    shown(lines)
    if not known:
        raise typer.Exit(1)


async def _why(reference: str, title: str, settings: Settings, *, offline: bool) -> tuple[list[Line], bool]:
    async with explaining(settings) as (scene, read_page):
        lines = await explain(reference, scene)
        if lines:
            return lines, True
        read = None if offline else read_page
        return await explain_unseen(reference, scene, read_page=read, title=title), False
