"""`poll`: one round of all feeds, in earnest or only to see."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from bot.app import Assembled, assembled
from bot.beginning import Begun, begin_stories
from bot.cli.common import (
    SHIPPED,
    Config,
    bullets,
    console,
    counted,
    hanging,
    in_loop,
    reasons,
    settings_of,
    verdict_words,
    when,
)
from bot.cli.usage import complain
from bot.errors import FetchError, ParseError
from bot.model import Feed, PostState
from bot.pipeline import Look, Polled, Taken, as_if, look, recover, reindex, take_all
from bot.ports import Archive, Record
from bot.service import Service
from config.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(poll)


def poll(
    config: Config = SHIPPED,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be posted; record and post nothing.")
    ] = False,
) -> None:
    """Poll once: every feed that is due, and post what is new; or show with --dry-run what that would be.

    For each article that a story accepts it shows the verdict, the posts and the reasons. A feed that cannot
    be read does not stop the others; the exit code is 1 if none could be.

    Examples:
      storywire poll --dry-run
      storywire poll --config my.toml
    """
    settings = settings_of(config)
    polled = in_loop(_dry(settings) if dry_run else _round(settings))
    if polled and all(one.failure is not None for one in polled):
        raise typer.Exit(1)


# --------------------------------------------------------------------------------------- in earnest


async def _round(settings: Settings) -> list[Polled]:
    async with assembled(settings) as program:
        archive = program.world.archive
        await archive.declare(program.feeds)
        await reindex(program.world)
        await recover(program.world)
        begun = await begin_stories(program.world)
        service = Service(program.world, program.channels, concurrency=settings.poll.concurrency)
        polled = await service.round()
        await service.review()
        await service.delivered()
        _tell_of_new(begun)
        _show(polled, posted=True)
        await _tell_what_waits(archive, polled)
    return polled


def _tell_of_new(begun: Sequence[Begun]) -> None:
    """Tell what was found in the archive for stories that are new."""
    for each in begun:
        if each.found:
            told = "told so far" if each.posts else "not told"
            console.print(f"story {each.story.name} is new: {counted(each.found, 'article')} found, {told}")


async def _tell_what_waits(archive: Archive, polled: Sequence[Polled]) -> None:
    if not polled:
        due = [health.next_at for health in await archive.feeds() if health.next_at is not None]
        console.print(f"No feed is due before {when(min(due, default=None))}.")
    waiting = len(await archive.outbox(PostState.PENDING, PostState.UNCERTAIN))
    if waiting:
        console.print(
            f"{counted(waiting, 'post')} to go out yet: the next poll, or storywire run, sends them."
        )


# ---------------------------------------------------------------------------------------- only to see


async def _dry(settings: Settings) -> list[Polled]:
    turns = asyncio.Semaphore(settings.poll.concurrency)
    async with assembled(settings, exclusive=False) as program:
        health = await program.world.archive.feeds(counted=False)
        known = {one.feed.url: one.feed for one in health}
        feeds = [known.get(feed.url, feed) for feed in program.feeds]
        feeds += [one.feed for one in health if one.added]
        looked = await asyncio.gather(*(_look(feed, program, turns) for feed in feeds))
        polled = await _as_if(looked, program)
    _show(polled, posted=False)
    return polled


async def _look(feed: Feed, program: Assembled, turns: asyncio.Semaphore) -> tuple[Feed, Look | str]:
    try:
        async with turns:
            return feed, await look(feed, program.world, conditional=False)
    except (FetchError, ParseError) as failure:
        return feed, str(failure)


async def _as_if(looked: Sequence[tuple[Feed, Look | str]], program: Assembled) -> list[Polled]:
    """Judge everything in one transaction, so that feeds see each other's articles, and undo it."""

    def work(record: Record) -> list[Polled]:
        return [_judged(feed, seen, record, program) for feed, seen in looked]

    return await as_if(program.world.archive, work)


def _judged(feed: Feed, seen: Look | str, record: Record, program: Assembled) -> Polled:
    if isinstance(seen, str):
        return Polled(feed=feed, failure=seen)
    listed = seen.listed
    takings = take_all(seen.articles, feed, record, program.world.knowledge, listed=listed)
    return Polled(feed=feed, listed=listed, unseen=len(takings.novelties), taken=takings.taken)


# ------------------------------------------------------------------------------------------- showing


def _show(polled: Sequence[Polled], *, posted: bool) -> None:
    for one in polled:
        if one.failure is not None:
            complain(f"{one.feed.name}: {one.failure}")
    for taken in (taken for one in polled for taken in one.taken):
        _show_one(taken, posted=posted)
    entries, unseen = sum(one.listed for one in polled), sum(one.unseen for one in polled)
    matched, posts = (sum(counts) for counts in zip((0, 0), *map(_counts, polled), strict=True))
    failed = sum(one.failure is not None for one in polled)
    console.print(
        f"{counted(len(polled), 'feed')} ({failed} could not be read), {counted(entries, 'entry')},"
        f" {unseen} not seen before, {matched} matched, {posts} posts and edits"
        f"{'' if posted else ' would be made'}"
    )


def _counts(polled: Polled) -> tuple[int, int]:
    return len(polled.taken), sum(len(taken.posts) for taken in polled.taken)


def _show_one(taken: Taken, *, posted: bool) -> None:
    article = taken.match.article
    console.print(Text.assemble((article.title or "(no title)", "bold"), f"  {article.outlet}"))
    posts = ", ".join(f"{post.kind.value} to {post.channel}" for post in taken.posts)
    what = f"{'to be posted' if posted else 'would be posted'}: {posts}" if posts else "not posted"
    quiet = f" ({taken.quiet})" if taken.quiet else ""
    console.print(hanging(f"story {taken.match.story.name}, {verdict_words(taken.verdict)}, {what}{quiet}"))
    console.print(bullets(reasons(taken.verdict)))
