"""`feeds`: which feeds are polled, how they do, and what to change about it, also beside a running bot."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from bot.app import Assembled, assembled, configured_archive
from bot.cli.common import (
    SHIPPED,
    AsJson,
    Config,
    bullets,
    console,
    counted,
    in_loop,
    plain,
    save,
    settings_of,
    table,
    when,
)
from bot.cli.usage import Command, arrange
from bot.core.address import canonical_address
from bot.core.health import State, state_of
from bot.discovery import Found, Nothing, as_address, discover, polled_already, with_own_name
from bot.edge.clock import SystemClock
from bot.edge.gate import Gate
from bot.edge.opml import Subscription, read_opml, write_opml
from bot.errors import OperatorError, RefusedAddressError
from bot.model import Feed
from bot.ports import Archive, FeedHealth
from config import stories as chosen_by
from config.settings import Settings

#: More feeds than this are rarely meant: a list from a stranger could name thousands.
_MOST = 500
_EXAMPLES = 3
_BY_OPERATOR = "paused by the operator"

_Name = Annotated[str, typer.Argument(metavar="FEED", help="Its name or its address.")]
#: Commands whose names mean something else in Python or in tests.
_NAMES = {"preview": "test", "list_": "list", "import_": "import"}
_group = typer.Typer(help="Add, list, pause and remove feeds; import and export lists of them.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    for command in (add, preview, list_, pause, resume, remove, import_, export):
        _group.command(_NAMES.get(command.__name__, command.__name__), cls=Command)(command)
    arrange(_group, {})
    app.add_typer(_group, name="feeds", rich_help_panel="To put it right")


# --------------------------------------------------------------------------------------- getting in


def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed's address, or that of a site's page.")],
    *,
    name: Annotated[str | None, typer.Option(help="What to call it; else its own title.")] = None,
    language: Annotated[
        str | None, typer.Option(help='Its language, such as "en"; else what it says.')
    ] = None,
    pick: Annotated[int, typer.Option(metavar="N", help="Where a page names several: which one.")] = 1,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: Config = SHIPPED,
) -> None:
    """Poll one more feed, beside those of the configuration.

    A page of the site is enough: its feeds are looked for. What is found is shown first. A running storywire
    polls it within seconds; of what it lists already only the newest matching entry is posted.

    Examples:
      storywire feeds add https://www.theguardian.com/world/russia
      storywire feeds add https://wire.example/feed.xml --name Wire --yes
    """
    in_loop(_add(settings_of(config), url, name=name, language=language, pick=pick, yes=yes))


async def _add(
    settings: Settings, url: str, *, name: str | None, language: str | None, pick: int, yes: bool
) -> None:
    async with assembled(settings, exclusive=False, channels=False) as program:
        if not await program.world.archive.feeds(counted=False):
            await program.world.archive.declare(program.feeds)
        polled = [health.feed for health in await program.world.archive.feeds(counted=False)]
        polled += program.feeds
        _refuse_known(Feed(url=as_address(url), name=""), polled)
        found = await _shown(url, program, pick)
        _refuse_known(found.feed, polled)
        if not (yes or await asyncio.to_thread(typer.confirm, "Poll it from now on?", default=True)):
            raise typer.Abort
        feed = replace(
            found.feed,
            name=with_own_name(found.feed, polled, name),
            language=language,
            every=settings.poll.every,
            slowest=settings.poll.slowest,
        )
        await program.world.archive.add(feed)
        await program.world.archive.alarm(f"feed:{feed.url}", None, at=program.world.clock.now())
        console.print(Text.assemble(("✓ ", "green"), f'"{feed.name}" is polled from now on: {feed.url}'))


def _refuse_known(feed: Feed, polled: Sequence[Feed]) -> None:
    known = polled_already(feed, polled)
    if known is not None:
        raise OperatorError(f'{feed.url} is polled already, as "{known.name}"')


def preview(
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed's address, or that of a site's page.")],
    *,
    config: Config = SHIPPED,
) -> None:
    """Show which feeds are at an address, what they list and what the stories accept of it. Changes nothing.

    Example:
      storywire feeds test https://www.theguardian.com/world/russia
    """
    settings = settings_of(config)

    async def work() -> None:
        async with assembled(settings, exclusive=False, channels=False) as program:
            await _shown(url, program, 1)

    in_loop(work())


async def _shown(url: str, program: Assembled, pick: int) -> Found:
    """Show what is at an address and return the feed that is meant."""
    with console.status(f"looking at {url} …"):
        found = await discover(url, program.world)
    if isinstance(found, Nothing):
        raise OperatorError(f"{url}: {found.reason}")
    if not 1 <= pick <= len(found):
        raise OperatorError(f"--pick {pick}: there are {counted(len(found), 'feed')} at {url}")
    for number, one in enumerate(found, 1):
        mark = f"{number}. " if len(found) > 1 else ""
        console.print(Text.assemble((f"{mark}{one.feed.name}", "bold"), f"  {one.feed.url}"))
        if number == pick:
            console.print(bullets(_preview(one)))
    return found[pick - 1]


def _preview(found: Found) -> list[str]:
    document, articles = found.document, found.articles
    newest = max((article.published for article in articles if article.dated), default=None)
    language = f", language {document.language}" if document.language else ""
    time = when(newest) if newest else "an unknown time"
    lines = [f"{document.dialect}{language}: {counted(len(articles), 'entry')}, the newest of {time}"]
    lines += document.problems
    by_story: dict[str, list[str]] = {}
    for match in found.matched:
        by_story.setdefault(match.story.name, []).append(match.article.title)
    lines += [
        f"story {story} accepts {len(titles)}: " + " · ".join(titles[-_EXAMPLES:])
        for story, titles in by_story.items()
    ]
    return lines if by_story else [*lines, "no story accepts any of it now"]


# ------------------------------------------------------------------------------------------ looking


def list_(config: Config = SHIPPED, *, as_json: AsJson = False) -> None:
    """List the feeds that are polled and how they do, those in trouble first.

    States: ok, quiet (nothing new for long), slow, empty, moved, host rests, asks to wait until …, paused,
    not a feed: … (with what came instead), failing since …, out of reach (as all others are), not polled yet.
    """
    settings = settings_of(config)
    health = in_loop(_health(settings))
    now = SystemClock().now()
    states = sorted(((state_of(one, now), one) for one in health), key=lambda pair: pair[0].rank)
    if as_json:
        for state, one in states:
            typer.echo(json.dumps(_as_json(state, one), ensure_ascii=False))
        return
    shown = table("state", "feed", "address", "polled", "next", "articles", "more")
    for state, one in states:
        shown.add_row(
            *plain(
                state.word,
                f"{one.feed.name}{' (added)' if one.added else ''}",
                one.feed.address,
                _clock(one.polled_at, now),
                "-" if one.feed.paused else _clock(one.next_at, now),
                one.articles,
                state.says,
            )
        )
    console.print(shown)


async def _health(settings: Settings) -> list[FeedHealth]:
    async with _opened(settings) as archive:
        return await archive.feeds()


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Archive]:
    """Open the archive; one that no bot ever used knows the feeds of the configuration.

    A running bot polls what the archive says, and to look must not change that.
    """
    async with configured_archive(settings, exclusive=False) as archive:
        if not await archive.feeds(counted=False):
            await archive.declare(chosen_by.feeds(settings))
        yield archive


def _clock(time: datetime | None, now: datetime) -> str:
    if time is None:
        return "never"
    return f"{time:%H:%M}" if time.date() == now.date() else f"{time:%-d %b %H:%M}"


def _as_json(state: State, health: FeedHealth) -> dict[str, object]:
    feed = health.feed
    times = {"polled_at": health.polled_at, "next_at": health.next_at, "news_at": feed.news_at}
    return {
        "name": feed.name,
        "url": feed.url,
        "address": feed.address,
        "added": health.added,
        "state": state.word,
        "says": state.says,
        "failures": feed.failures,
        "pace_seconds": feed.pace.total_seconds() if feed.pace else None,
        "articles": health.articles,
        **{name: time.isoformat() if time else None for name, time in times.items()},
    }


# ----------------------------------------------------------------------------------------- changing


def pause(
    feed: _Name,
    *,
    reason: Annotated[str, typer.Option(help="Shown by feeds list.")] = _BY_OPERATOR,
    config: Config = SHIPPED,
) -> None:
    """Stop polling a feed, until it is resumed."""
    named = in_loop(_changed(settings_of(config), feed, reason))
    console.print(Text(f'"{named.name}" is paused'))


def resume(feed: _Name, *, config: Config = SHIPPED) -> None:
    """Poll a paused feed again, also one that its publisher took down (410 Gone)."""
    named = in_loop(_changed(settings_of(config), feed, None))
    console.print(Text(f'"{named.name}" is polled again'))


async def _changed(settings: Settings, written: str, reason: str | None) -> Feed:
    async with _opened(settings) as archive:
        feed = await _named(written, archive)
        await archive.pause(feed.url, reason)
        await archive.alarm(f"feed:{feed.url}", None, at=SystemClock().now())
        return feed


def remove(feed: _Name, *, config: Config = SHIPPED) -> None:
    """Stop polling a feed that was added by command. Its articles stay, and so does what was posted."""
    settings = settings_of(config)

    async def work() -> Feed:
        async with _opened(settings) as archive:
            named = await _named(feed, archive)
            if not await archive.remove(named.url):
                raise OperatorError(
                    f'"{named.name}" stands in {config}: take it out there, or use storywire feeds pause'
                )
            return named

    named = in_loop(work())
    console.print(Text(f'"{named.name}" is not polled any more'))


async def _named(written: str, archive: Archive) -> Feed:
    """Return the feed that is meant by a name or an address.

    Raises:
        OperatorError: there is none, or there are several.
    """
    polled = [health.feed for health in await archive.feeds(counted=False)]
    address = canonical_address(as_address(written))
    meant = [
        feed
        for feed in polled
        if feed.name.casefold() == written.strip().casefold()
        or address in {canonical_address(feed.url), canonical_address(feed.address)}
    ]
    if len(meant) == 1:
        return meant[0]
    if meant:
        addresses = ", ".join(feed.url for feed in meant)
        raise OperatorError(f'there are several feeds "{written}": say which by its address ({addresses})')
    near = get_close_matches(written, [feed.name for feed in polled], n=1)
    hint = f' (did you mean "{near[0]}"?)' if near else "; storywire feeds list shows them"
    raise OperatorError(f'there is no feed "{written}"{hint}')


# -------------------------------------------------------------------------------------------- lists


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OPML, or one address a line.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be added.")] = False,
    most: Annotated[int, typer.Option(metavar="N", min=1, help="Refuse a list of more new feeds.")] = _MOST,
    config: Config = SHIPPED,
) -> None:
    """Poll the feeds of a list that another reader wrote, well-formed or not, as far as it holds any.

    Feeds that are polled already are left as they are. What is wrong with the list is told; nothing is
    fetched before the feeds are polled, spread over some minutes.

    Example:
      storywire feeds import subscriptions.opml --dry-run
    """
    try:
        outline = read_opml(file.read_bytes())
    except OSError as error:
        raise OperatorError(f"{file}: cannot be read ({error.strerror})") from None
    for problem in outline.problems:
        console.print(Text.assemble(("· ", "yellow"), f"{file}: {problem}"))
    if not outline.feeds:
        raise OperatorError(f"{file}: there is no feed in it")
    in_loop(_import(settings_of(config), outline.feeds, most=most, dry_run=dry_run))


async def _import(settings: Settings, listed: Sequence[Subscription], *, most: int, dry_run: bool) -> None:
    gate = Gate([str(network) for network in settings.poll.allow_networks])
    async with _opened(settings) as archive:
        polled = [health.feed for health in await archive.feeds(counted=False)]
        known = {canonical_address(url) for feed in polled for url in (feed.url, feed.address)}
        new = [one for one in listed if canonical_address(one.url) not in known and _may_be_asked(one, gate)]
        if len(new) > most:
            raise OperatorError(
                f"{counted(len(new), 'new feed')} are more than {most}; --most {len(new)} adds them"
            )
        names = list(polled)
        for one in new:
            feed = Feed(url=one.url, name=one.title, every=settings.poll.every, slowest=settings.poll.slowest)
            feed = replace(feed, name=with_own_name(feed, names))
            names.append(feed)
            if not dry_run:
                await archive.add(feed)
            console.print(Text(f"  {feed.name}  {feed.url}"))
    would = "would be added" if dry_run else "added"
    console.print(f"{counted(len(listed), 'feed')} in the list, {len(new)} {would}")


def _may_be_asked(listed: Subscription, gate: Gate) -> bool:
    try:
        gate.check_url(listed.url)
    except RefusedAddressError as refusal:
        console.print(Text.assemble(("· ", "yellow"), f"{listed.url}: left out, {refusal}"))
        return False
    return True


def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; without it, to the standard output.")
    ] = None,
    *,
    config: Config = SHIPPED,
) -> None:
    """Write the feeds that are polled as OPML, which other readers take."""
    health = in_loop(_health(settings_of(config)))
    outlines = [Subscription(url=one.feed.address, title=one.feed.name) for one in health]
    text = write_opml("Storywire", outlines)
    if file is None:
        typer.echo(text)
        return
    save(file, text)
    console.print(Text(f"{counted(len(outlines), 'feed')} written to {file}"))
