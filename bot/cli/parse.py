"""`parse`: what the program sees in feed documents."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import AsJson, console, counted, in_loop, plain, table, when
from bot.cli.usage import complain
from bot.edge.clock import SystemClock
from bot.edge.fetch import Fetcher
from bot.edge.gate import Gate
from bot.edge.parse import Parser
from bot.errors import FetchError, OperatorError, ParseError, RefusedAddressError
from bot.model import Document, Entry, Feed, Fetched

_SHOWN_ENTRIES = 20
_OPEN_GATE = Gate(["0.0.0.0/0", "::/0"])


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(parse)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One source and what came of it."""

    source: str
    document: Document | None
    failure: str | None = None


def parse(
    sources: Annotated[list[str], typer.Argument(metavar="FILE-or-URL…", help="Feed documents.")],
    *,
    as_json: AsJson = False,
    items: Annotated[
        bool, typer.Option("--items", help="Print the entries as items that replay and keywords try take.")
    ] = False,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="NETWORK", help="A private network to fetch from, such as 192.168.1.0/24."),
    ] = None,
) -> None:
    """Show what is seen in feed documents: entries, times, problems.

    A document that cannot be read does not stop the others; the exit code is 1 then. With --json one object
    a line is printed for each document, with --items one for each entry.

    Examples:
      storywire parse https://feeds.bbci.co.uk/news/world/rss.xml
      storywire parse saved/*.xml --json
      storywire parse https://feeds.bbci.co.uk/news/world/rss.xml --items >> items.jsonl
    """
    if as_json and items:
        raise OperatorError("--json and --items are two ways to print the same; choose one")
    show = _show_json if as_json else _show_items if items else _show
    failed = in_loop(_parse_all(sources, _gate(allow or []), show))
    if failed:
        raise typer.Exit(1)


def _gate(networks: Sequence[str]) -> Gate:
    try:
        return Gate(networks)
    except ValueError as mistake:
        raise OperatorError(f"--allow: {mistake}; write it as 192.168.1.0/24") from None


async def _parse_all(sources: Sequence[str], gate: Gate, show: Callable[[_Seen], None]) -> int:
    """Show each document as soon as it is read; return how many could not be."""
    failed = 0
    async for seen in _all_seen(sources, gate):
        failed += seen.document is None
        show(seen)
    return failed


async def _all_seen(sources: Sequence[str], gate: Gate) -> AsyncIterator[_Seen]:
    parser = Parser()
    async with Fetcher(gate, SystemClock(), user_agent="Storywire (parse)") as fetch:
        for source in sources:
            yield await _seen(source, fetch, parser)


async def _seen(source: str, fetch: Fetcher, parser: Parser) -> _Seen:
    try:
        if "://" in source:
            fetched = await fetch(Feed(url=source, name=source), conditional=False)
        else:
            fetched = Fetched(url=source, body=await asyncio.to_thread(_body, source))
        return _Seen(source=source, document=await parser(fetched))
    except RefusedAddressError as refusal:
        failure = f"{refusal}{_how_to_allow(source)}"
    except (FetchError, ParseError, OperatorError) as trouble:
        failure = str(trouble)
    return _Seen(source=source, document=None, failure=failure)


def _how_to_allow(url: str) -> str:
    """Say how to fetch from an address that is refused for where it leads, not for how it is written."""
    try:
        _OPEN_GATE.check_url(url)
    except RefusedAddressError:
        return ""
    return " (--allow NETWORK opens a private network)"


def _body(source: str) -> bytes:
    path = Path(source)
    if path.is_dir():
        raise OperatorError(f"is a directory; name the files in it: storywire parse {path}/*")
    try:
        return path.read_bytes()
    except OSError as error:
        raise OperatorError(f"cannot be read: {error.strerror}") from None


def _document(seen: _Seen) -> Document | None:
    """Return what was read; say what was wrong if nothing was."""
    if seen.document is None:
        complain(f"{seen.source}: {seen.failure}")
    return seen.document


def _show_json(seen: _Seen) -> None:
    typer.echo(json.dumps(_as_json(seen), ensure_ascii=False))


def _as_json(seen: _Seen) -> dict[str, object]:
    if seen.document is None:
        return {"source": seen.source, "error": seen.failure}
    document = seen.document
    return {
        "source": seen.source,
        "title": document.title,
        "dialect": document.dialect,
        "language": document.language,
        "problems": list(document.problems),
        "entries": [_entry_json(entry) for entry in document.entries],
    }


def _show_items(seen: _Seen) -> None:
    document = _document(seen)
    if document is None:
        return
    for entry in document.entries:
        item = {
            "title": entry.title,
            "summary": entry.summary,
            "body": entry.body,
            "url": entry.link,
            "id": entry.id,
            "published": _iso(entry.published or entry.updated),
            "outlet": entry.source or document.title,
            "lang": document.language,
        }
        typer.echo(json.dumps({name: value for name, value in item.items() if value}, ensure_ascii=False))


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _entry_json(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "link": entry.link,
        "title": entry.title,
        "published": _iso(entry.published),
        "updated": _iso(entry.updated),
        "source": entry.source,
        "summary": entry.summary,
        "body": entry.body,
    }


def _show(seen: _Seen) -> None:
    document, source = _document(seen), seen.source
    if document is None:
        return
    title = document.title or "(no title)"
    count = len(document.entries)
    console.print(
        *plain(f"{source}: {title} [{document.dialect or 'unknown dialect'}], {counted(count, 'entry')}")
    )
    for problem in document.problems:
        console.print(*plain(f"  problem: {problem}"))
    shown = table("published", "title", "link")
    for entry in document.entries[:_SHOWN_ENTRIES]:
        time = entry.published or entry.updated
        shown.add_row(*plain(when(time) if time else "no time", entry.title, entry.link))
    if count:
        console.print(shown)
    if count > _SHOWN_ENTRIES:
        console.print(f"  … and {count - _SHOWN_ENTRIES} more (--json shows all)")
