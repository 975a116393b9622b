"""`parse` and `poll`: what the program sees in feeds, and what it would make of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot.app import Assembled, assembled
from bot.cli.common import (
    SHIPPED,
    AsJson,
    Config,
    console,
    in_loop,
    plain,
    reasons,
    settings_of,
    table,
    verdict_kind,
    verdict_name,
    when,
)
from bot.edge.clock import SystemClock
from bot.edge.fetch import Fetcher
from bot.edge.gate import Gate
from bot.edge.parse import Parser
from bot.errors import FetchError, OperatorError, ParseError, StorywireError
from bot.model import Document, Entry, Feed, Fetched
from bot.pipeline import Look, Polled, Taken, look, take_all
from bot.ports import Record
from bot.service import Service
from config.settings import Settings

_SHOWN_ENTRIES = 20


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(parse)
    app.command()(poll)


# -------------------------------------------------------------------------------------------- parse


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
    allow: Annotated[
        list[str] | None, typer.Option(help="A private network that may be fetched from.")
    ] = None,
) -> None:
    """Show what the bot sees in feed documents: entries, dates, problems."""
    seen = in_loop(_parse_all(sources, allow or []))
    for one in seen:
        if as_json:
            typer.echo(json.dumps(_as_json(one), ensure_ascii=False))
        else:
            _show(one)
    if any(one.failure for one in seen):
        raise typer.Exit(1)


async def _parse_all(sources: Sequence[str], allow: Sequence[str]) -> list[_Seen]:
    clock = SystemClock()
    parser = Parser()
    async with Fetcher(Gate(allow), clock, user_agent="Storywire (parse)") as fetch:
        return [await _parse_one(source, fetch, parser) for source in sources]


async def _parse_one(source: str, fetch: Fetcher, parser: Parser) -> _Seen:
    try:
        if source.startswith(("http://", "https://")):
            fetched = await fetch(Feed(url=source, name=source), conditional=False)
        else:
            fetched = Fetched(url=source, body=await asyncio.to_thread(_body, source))
        return _Seen(source=source, document=await parser(fetched))
    except (FetchError, ParseError, OperatorError) as failure:
        return _Seen(source=source, document=None, failure=str(failure))


def _body(source: str) -> bytes:
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise OperatorError(f"cannot be read: {error.strerror}") from None


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


def _entry_json(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "link": entry.link,
        "title": entry.title,
        "published": entry.published.isoformat() if entry.published else None,
        "updated": entry.updated.isoformat() if entry.updated else None,
        "source": entry.source,
        "summary": entry.summary,
        "body": entry.body,
    }


def _show(seen: _Seen) -> None:
    if seen.document is None:
        console.print(*plain(f"{seen.source}: {seen.failure}"))
        return
    document = seen.document
    title = document.title or "(no title)"
    console.print(*plain(f"{seen.source}: {title} [{document.dialect}], {len(document.entries)} entries"))
    for problem in document.problems:
        console.print(*plain(f"  problem: {problem}"))
    shown = table("published", "title", "link")
    for entry in document.entries[:_SHOWN_ENTRIES]:
        shown.add_row(*plain(when(entry.published or entry.updated), entry.title, entry.link))
    console.print(shown)
    if len(document.entries) > _SHOWN_ENTRIES:
        console.print(f"  … and {len(document.entries) - _SHOWN_ENTRIES} more (--json shows all)")


# --------------------------------------------------------------------------------------------- poll


def poll(
    config: Config = SHIPPED,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Record and post nothing.")] = False,
) -> None:
    """Look at every feed once and show what would be (or was) posted, and why."""
    settings = settings_of(config)
    in_loop(_dry(settings) if dry_run else _round(settings))


async def _round(settings: Settings) -> None:
    async with assembled(settings) as program:
        service = Service(program.world, program.channels, concurrency=settings.poll.concurrency)
        await program.world.archive.declare(program.feeds)
        await service.start()
        polled = await service.round()
        await service.delivered()
        await service.stop()
    _show_round(polled, posted=True)
    if not polled:
        console.print("No feed is due yet; `storywire check` shows when each is.")


async def _dry(settings: Settings) -> None:
    async with assembled(settings, exclusive=False) as program:
        await program.world.archive.declare(program.feeds)
        known = [health.feed for health in await program.world.archive.feeds()]
        looked = await asyncio.gather(*(_look(feed, program) for feed in known))
        polled = await _as_if([pair for pair in looked if isinstance(pair[1], Look)], program)
    failed = [Polled(feed=feed, failure=seen) for feed, seen in looked if isinstance(seen, str)]
    _show_round([*polled, *failed], posted=False)


async def _look(feed: Feed, program: Assembled) -> tuple[Feed, Look | str]:
    try:
        return feed, await look(feed, program.world, conditional=False)
    except (FetchError, ParseError) as failure:
        return feed, str(failure)


class _UndoneError(StorywireError):
    """Carries the outcome of a dry run out of the transaction it undoes."""

    def __init__(self, polled: list[Polled]) -> None:
        super().__init__("a dry run keeps nothing")
        self.polled = polled


async def _as_if(looked: Sequence[tuple[Feed, Look | str]], program: Assembled) -> list[Polled]:
    """Judge everything in one transaction, so that feeds see each other's articles, and undo it."""

    def work(record: Record) -> None:
        polled: list[Polled] = []
        for feed, seen in looked:
            if isinstance(seen, Look):
                articles = seen.articles or ()
                unseen, taken = take_all(articles, feed, record, program.world.knowledge)
                polled.append(Polled(feed=feed, listed=len(articles), unseen=unseen, taken=tuple(taken)))
        raise _UndoneError(polled)

    try:
        await program.world.archive.record(work)
    except _UndoneError as undone:
        return undone.polled
    raise AssertionError("a dry run always undoes itself")


def _show_round(polled: Sequence[Polled], *, posted: bool) -> None:
    for one in polled:
        if one.failure is not None:
            console.print(*plain(f"{one.feed.name}: {one.failure}"))
    shown = table("story", "outlet", "title", "verdict", "posted" if posted else "would post", "why")
    for taken in (taken for one in polled for taken in one.taken):
        shown.add_row(*plain(*_row(taken)))
    console.print(shown)
    entries, unseen = sum(one.listed for one in polled), sum(one.unseen for one in polled)
    matched = sum(len(one.taken) for one in polled)
    console.print(f"{len(polled)} feeds, {entries} entries, {unseen} unseen, {matched} matched")


def _row(taken: Taken) -> tuple[str, ...]:
    article, kind = taken.match.article, verdict_kind(taken.verdict)
    posts = ", ".join(f"{post.kind.value} → {post.channel}" for post in taken.posts)
    return (
        taken.match.story.name,
        article.outlet,
        article.title,
        verdict_name(taken.verdict) + (f" ({kind})" if kind else ""),
        posts or f"nothing{': ' + taken.quiet if taken.quiet else ''}",
        reasons(taken.verdict),
    )
