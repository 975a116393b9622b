"""`check`: what of the set-up works, what does not, and what to expect of the channel."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from bot.app import Assembled, assembled, watches
from bot.cli.common import (
    SHIPPED,
    Config,
    console,
    counted,
    in_loop,
    plain,
    settings_of,
    table,
    when,
)
from bot.cli.keywords import warnings
from bot.core.health import standstills
from bot.core.match import matches
from bot.edge.clock import SystemClock
from bot.errors import ConfigError, DeliveryError, FetchError, ParseError
from bot.making import elsewhere
from bot.model import Article, Feed, Match, PostState, Story
from bot.pipeline import look
from config.settings import Settings
from config.stories import channels


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


@dataclass(frozen=True, slots=True, kw_only=True)
class _FeedCheck:
    """What a feed answered."""

    feed: Feed
    articles: Sequence[Article] = ()
    #: What stories accept of them.
    matched: Sequence[Match] = ()
    failure: str | None = None


def check(
    config: Config = SHIPPED,
    *,
    send_test_post: Annotated[
        bool, typer.Option("--send-test", help="Send one silent test message to each Telegram chat.")
    ] = False,
    feeds: Annotated[bool, typer.Option(help="Fetch every feed, and look for matching entries.")] = True,
) -> None:
    """Check everything: configuration, token, channels and rights, database, every feed.

    Nothing is recorded, and nothing is posted but the test message that --send-test asks for. Ends with 1 if
    something does not work.

    Examples:
      storywire check --no-feeds --send-test
      storywire check --config my.toml
    """
    settings = settings_of(config)
    stories, sources = counted(len(settings.story), "story"), counted(len(settings.feed), "feed")
    _good(f"configuration {config}: {stories}, {sources}")
    for left_out in settings.written.left_out:
        _note(str(left_out))
    for warning in warnings(watches(settings), settings):
        _note(warning)
    works = in_loop(_check(settings, test_post=send_test_post, fetch=feeds))
    if not works:
        _bad("not everything works: see above")
        raise typer.Exit(1)
    _good("everything checked works")


async def _check(settings: Settings, *, test_post: bool, fetch: bool) -> bool:
    works = await _check_telegram(settings, test_post=test_post)
    works &= _check_elsewhere(settings)
    # Telegram was looked at before: what is wrong with it must not hide the rest.
    async with assembled(settings, exclusive=False, channels=False) as program:
        _good("database: opened, its tables are up to date")
        works &= await _check_service(program)
        if fetch:
            works &= await _check_feeds(program, settings.poll.concurrency)
    return works


# ------------------------------------------------------------------------------------------ Telegram


def _check_elsewhere(settings: Settings) -> bool:
    """Tell whether the addresses of the other channels can be used; nothing is sent to them."""
    works = True
    for choice in channels(settings):
        if choice.kind in {"apprise", "webhook"}:
            try:
                elsewhere(choice, settings, SystemClock())
            except ConfigError as error:
                works = _bad(str(error))
            else:
                _good(f"channel {choice.name}: {choice.kind}, with an address that can be used")
    return works


def _nowhere(settings: Settings, *, asked: bool) -> bool:
    """Say that posts go to the console; a test message that was asked for has then nowhere to go."""
    tell = _bad if asked else _good
    if any(choice.kind != "console" for choice in channels(settings)):
        return tell("no Telegram channel is set")
    return tell("no Telegram channel is set: posts go to the console (TELEGRAM_CHANNEL_ID sets one)")


async def _check_telegram(settings: Settings, *, test_post: bool) -> bool:
    chats = [choice.chat for choice in channels(settings) if choice.chat is not None]
    if settings.telegram.admin_chat is not None:
        chats.append(settings.telegram.admin_chat)
    if not chats:
        return _nowhere(settings, asked=test_post)
    if settings.telegram.token is None:
        return _bad("a Telegram channel is set but no token: set TELEGRAM_BOT_TOKEN (@BotFather gives one)")
    # No other command needs it whose posts go to the console.
    from bot.edge.telegram import close_bot, delivery_errors, make_bot  # noqa: PLC0415
    from bot.edge.telegram_check import examine, send_test  # noqa: PLC0415

    token = settings.telegram.token.get_secret_value()
    base = settings.telegram.api_url
    bot = make_bot(token, base_url=None if base is None else f"{base.rstrip('/')}/bot")
    works = True
    try:
        for chat in dict.fromkeys(chats):
            report = await examine(bot, chat)
            for line in report.lines[:-1]:
                _good(line)
            works &= _good(report.lines[-1]) if report.ok else _bad(report.lines[-1])
            if test_post and report.ok:
                with delivery_errors(token):
                    receipt = await send_test(bot, chat)
                _good(f"test message {receipt.message_id} sent silently to {chat}; delete it as you like")
    except DeliveryError as failure:
        return _bad(str(failure))
    finally:
        await close_bot(bot)
    return works


# ---------------------------------------------------------------------------------------- the service


async def _check_service(program: Assembled) -> bool:
    """Tell what a running service, or the last one, left to be known."""
    archive, now = program.world.archive, program.world.clock.now()
    alarms = await archive.alarms()
    for _key, text, since in alarms:
        _bad(f"alarm since {when(since)}: {text}")
    for post in await archive.outbox(PostState.UNCERTAIN, PostState.REFUSED):
        _note(f"post {post.id} in {post.channel} is {post.state.value}: {post.reason}")
    beats = await archive.beats()
    if beats and (stopped := standstills(beats, now=now)):
        _note(f"the service does not run now ({stopped[0]})")
    waiting = len(await archive.outbox(PostState.PENDING, PostState.SENDING))
    if waiting:
        _note(f"{counted(waiting, 'post')} to go out yet")
    return not alarms


# ------------------------------------------------------------------------------------------------ feeds


async def _check_feeds(program: Assembled, concurrency: int) -> bool:
    turns = asyncio.Semaphore(concurrency)
    added = [health.feed for health in await program.world.archive.feeds(counted=False) if health.added]
    feeds = [*program.feeds, *added]
    with console.status(f"fetching {counted(len(feeds), 'feed')} …"):
        checks = await asyncio.gather(*(_check_feed(feed, program, turns) for feed in feeds))
    failing = [one for one in checks if one.failure is not None]
    _show_working([one for one in checks if one.failure is None])
    for one in failing:
        _bad(f"feed {one.feed.name}: {one.failure}")
    if len(failing) == len(checks):
        return _bad("no feed could be read: is this machine connected to the internet?")
    _expect(program, checks)
    if failing:
        return _bad(f"{len(failing)} of {len(checks)} feeds cannot be read now; the others can")
    return _good(f"{counted(len(checks), 'feed')} can be read")


async def _check_feed(feed: Feed, program: Assembled, turns: asyncio.Semaphore) -> _FeedCheck:
    try:
        async with turns:
            seen = await look(feed, program.world, conditional=False)
    except (FetchError, ParseError) as failure:
        return _FeedCheck(feed=feed, failure=str(failure))
    watches, names = program.world.knowledge.watches, {feed.url: feed.name}
    matched = [match for one in seen.articles for match in matches(one, watches, names)]
    return _FeedCheck(feed=feed, articles=seen.articles, matched=matched)


def _show_working(checks: Sequence[_FeedCheck]) -> None:
    if not checks:
        return
    shown = table("feed", "entries", "matching", "newest entry")
    for one in checks:
        newest = max((article.published for article in one.articles if article.dated), default=None)
        shown.add_row(
            *plain(one.feed.name, len(one.articles), len(one.matched), when(newest) if newest else "no times")
        )
    console.print(shown)


def _expect(program: Assembled, checks: Sequence[_FeedCheck]) -> None:
    """Say what a first start will post, because an old story rightly stays quiet."""
    now = program.world.clock.now()
    for watch in program.world.knowledge.watches:
        times = [
            match.article.published for one in checks for match in one.matched if match.story == watch.story
        ]
        _note(_expectation(watch.story, times, now))


def _expectation(story: Story, times: Sequence[datetime], now: datetime) -> str:
    hours = round(story.policy.max_age.total_seconds() / 3600)
    young = sum(now - time <= story.policy.max_age for time in times)
    matching = counted(len(times), "matching entry")
    found = f"what to expect of {story.name}: {matching} now, {young} not older than {hours} h."
    if not young:
        return f"{found} Its channel stays quiet until new coverage appears; that is as it should be."
    return (
        f"{found} Of what a feed lists when it is first read, the newest {story.policy.backfill} of these"
        f" are posted; after that, whatever is new."
    )


# ---------------------------------------------------------------------------------------------- showing


def _good(text: str) -> bool:
    console.print(Text.assemble(("✓ ", "green"), text))
    return True


def _bad(text: str) -> bool:
    console.print(Text.assemble(("✗ ", "red"), text))
    return False


def _note(text: str) -> None:
    console.print(Text.assemble(("· ", "yellow"), text))
