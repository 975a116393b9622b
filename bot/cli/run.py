"""`run` and `healthcheck`: the service, and whether it gets on with its work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import typer

from bot.app import assembled, configured_archive, serve
from bot.cli.common import SHIPPED, Config, console, file_settings, in_loop, settings_of
from bot.core.health import standstills
from bot.edge.clock import SystemClock
from config.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(run)
    app.command()(healthcheck)


def run(config: Config = SHIPPED) -> None:
    """Poll, judge and post until stopped (Ctrl-C, or SIGTERM).

    Posts go to the console until a channel and a token are set (TELEGRAM_CHANNEL_ID, TELEGRAM_BOT_TOKEN). A
    changed configuration takes effect within seconds, or at once on SIGHUP; one that is wrong is refused and
    told, and what runs goes on.
    """
    settings = settings_of(config, quiet=False)
    in_loop(_run(settings, partial(file_settings, config, quiet=False)))


async def _run(settings: Settings, read: Callable[[], Settings]) -> None:
    async with assembled(settings) as program:
        await serve(program, concurrency=settings.poll.concurrency, read=read)


def healthcheck(config: Config = SHIPPED) -> None:
    """Tell whether the running service makes progress: exit code 0 if it does, 1 if not."""
    troubles = in_loop(_troubles(settings_of(config)))
    for trouble in troubles:
        console.print(trouble, markup=False)
    if troubles:
        raise typer.Exit(1)
    console.print("everything moves")


async def _troubles(settings: Settings) -> list[str]:
    async with configured_archive(settings, exclusive=False) as archive:
        return standstills(await archive.beats(), now=SystemClock().now())
