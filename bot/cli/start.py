"""`init`: a configuration for somebody's own story."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import SHIPPED, console
from bot.core.query import compile_query
from bot.edge.gate import Gate
from bot.errors import OperatorError, RefusedAddressError
from config.starter import starter


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(init)


def init(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = SHIPPED,
    *,
    title: Annotated[str | None, typer.Option(help="What the story is called.")] = None,
    query: Annotated[str | None, typer.Option(help='Words to look for: flood* "dam break" -film')] = None,
    feed: Annotated[list[str] | None, typer.Option(help="NAME=URL, once for each feed.")] = None,
    channel: Annotated[str | None, typer.Option(help="A Telegram channel: @name or -100… number.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Write a configuration, asking for what the options do not say."""
    if output.exists() and not force:
        raise OperatorError(f"{output} exists; choose another with --output, or --force to write over it")
    asked = title is None or query is None
    title = title or typer.prompt("What is the story called?")
    query = query or typer.prompt('Which words must an article have? (example: flood* "dam break" -film)')
    compile_query(query, {}, where="the query")
    feeds = [_feed(text) for text in feed] if feed else _ask_feeds()
    if channel is None and asked:
        answer = typer.prompt(
            "Telegram channel (@name; empty for the console)", default="", show_default=False
        )
        channel = answer or None
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(starter(title, query, feeds, channel=channel), encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"{output}: cannot be written: {error.strerror}") from None
    console.print(f"Written: {output}. Next: storywire check -c {output}", markup=False)


def _ask_feeds() -> list[tuple[str, str]]:
    feeds: list[tuple[str, str]] = []
    while True:
        hint = "Feed address" if not feeds else "Another feed address (empty to end)"
        answer = typer.prompt(hint, default="" if feeds else None, show_default=False).strip()
        if not answer:
            return feeds
        feeds.append(_feed(answer, taken={name for name, _url in feeds}))


def _feed(text: str, taken: set[str] | None = None) -> tuple[str, str]:
    """Read NAME=URL, or an address alone, which is then named after its host."""
    name, separator, url = text.partition("=")
    if not separator or name.startswith(("http://", "https://")):
        name, url = "", text
    try:
        Gate().check_url(url.strip())
    except RefusedAddressError as refusal:
        raise OperatorError(f"{text}: {refusal}") from None
    host = url.split("/")[2]
    number = len(taken or ())
    return name.strip() or (f"{host} {number + 1}" if host in (taken or ()) else host), url.strip()
