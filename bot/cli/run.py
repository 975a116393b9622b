"""`run` and `healthcheck`: the service, and whether it gets on with its work."""

from __future__ import annotations

import typer

from bot.app import assembled, serve
from bot.cli.common import SHIPPED, Config, console, in_loop, settings_of
from bot.core.health import standstills
from bot.edge.clock import SystemClock
from config.settings import Settings
from storage import open_archive


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(run)
    app.command()(healthcheck)


def run(config: Config = SHIPPED) -> None:
    """Poll, judge and post until stopped."""
    settings = settings_of(config, quiet=False)
    in_loop(_run(settings))


async def _run(settings: Settings) -> None:
    async with assembled(settings) as program:
        await serve(program, concurrency=settings.poll.concurrency)


def healthcheck(config: Config = SHIPPED) -> None:
    """Exit with 0 if the running service makes progress, with 1 if it does not."""
    troubles = in_loop(_troubles(settings_of(config)))
    for trouble in troubles:
        console.print(trouble, markup=False)
    if troubles:
        raise typer.Exit(1)
    console.print("everything moves")


async def _troubles(settings: Settings) -> list[str]:
    archive = await open_archive(settings.database.url.get_secret_value(), exclusive=False)
    try:
        return standstills(await archive.beats(), now=SystemClock().now())
    finally:
        await archive.close()
