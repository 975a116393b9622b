"""`check`: what of the set-up works, what does not, and what to expect of the channel."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from bot.app import Assembled, assembled
from bot.cli.common import SHIPPED, Config, console, in_loop, plain, settings_of, table, when
from bot.core.health import standstills
from bot.core.match import find
from bot.edge.telegram import close_bot, delivery_errors, make_bot
from bot.edge.telegram_check import examine, send_test
from bot.errors import DeliveryError, FetchError, ParseError
from bot.model import Article, Feed, PostState
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
    #: Of them, those that a story accepts.
    matching: Sequence[Article] = ()
    failure: str | None = None


def check(
    config: Config = SHIPPED,
    *,
    send_test_post: Annotated[
        bool, typer.Option("--send-test", help="Send one silent test message to each Telegram channel.")
    ] = False,
    feeds: Annotated[bool, typer.Option(help="Fetch every feed.")] = True,
) -> None:
    """Check the configuration, the database, the token, the channels and every feed."""
    settings = settings_of(config)
    _good(f"configuration {config}: {len(settings.story)} stories, {len(settings.feed)} feeds")
    works = in_loop(_check(settings, test_post=send_test_post, fetch=feeds))
    if not works:
        raise typer.Exit(1)


async def _check(settings: Settings, *, test_post: bool, fetch: bool) -> bool:
    works = await _check_telegram(settings, test_post=test_post)
    async with assembled(settings, exclusive=False) as program:
        _good("database opened and up to date")
        works &= await _check_service(program)
        if fetch:
            works &= await _check_feeds(program)
    return works


async def _check_telegram(settings: Settings, *, test_post: bool) -> bool:
    chats = [choice.chat for choice in channels(settings) if choice.chat is not None]
    if settings.telegram.admin_chat is not None:
        chats.append(settings.telegram.admin_chat)
    if not chats:
        _good("no Telegram channel is set: posts go to the console (set TELEGRAM_CHANNEL_ID to post)")
        return True
    if settings.telegram.token is None:
        return _bad("a Telegram channel is set but no token: set TELEGRAM_BOT_TOKEN (@BotFather gives one)")
    token = settings.telegram.token.get_secret_value()
    base = settings.telegram.api_url
    bot = make_bot(token, base_url=None if base is None else f"{base.rstrip('/')}/bot")
    try:
        works = True
        for chat in chats:
            report = await examine(bot, chat)
            for line in report.lines:
                works &= _good(line) if report.ok else _bad(line)
            if test_post and report.ok:
                with delivery_errors(token):
                    receipt = await send_test(bot, chat)
                _good(f"test message {receipt.message_id} sent silently to {chat}; delete it as you like")
    except DeliveryError as failure:
        return _bad(str(failure))
    finally:
        await close_bot(bot)
    return works


async def _check_service(program: Assembled) -> bool:
    archive, now = program.world.archive, program.world.clock.now()
    for _key, text, since in await archive.alarms():
        _bad(f"alarm since {when(since)}: {text}")
    for post in await archive.outbox(PostState.UNCERTAIN, PostState.REFUSED):
        _bad(f"post {post.id} in {post.channel} is {post.state.value}: {post.reason}")
    beats = await archive.beats()
    for trouble in standstills(beats, now=now) if beats else []:
        _bad(trouble)
    waiting = await archive.outbox(PostState.PENDING, PostState.SENDING)
    _good(f"{len(waiting)} posts wait for their channels")
    return not await archive.alarms()


async def _check_feeds(program: Assembled) -> bool:
    with console.status(f"fetching {len(program.feeds)} feeds …"):
        checks = await asyncio.gather(*(_check_feed(feed, program) for feed in program.feeds))
    shown = table("feed", "entries", "matching", "newest", "trouble")
    for one in checks:
        newest = max((article.published for article in one.articles if article.dated), default=None)
        cells = (len(one.articles), len(one.matching), when(newest) if newest else "", one.failure)
        shown.add_row(*plain(one.feed.name, *cells))
    console.print(shown)
    _expect(program, checks)
    failing = [one for one in checks if one.failure]
    if failing:
        return _bad(f"{len(failing)} of {len(checks)} feeds do not work now; the others do")
    return _good("all feeds work")


async def _check_feed(feed: Feed, program: Assembled) -> _FeedCheck:
    try:
        seen = await look(feed, program.world, conditional=False)
    except (FetchError, ParseError) as failure:
        return _FeedCheck(feed=feed, failure=str(failure))
    articles = seen.articles or ()
    watches = program.world.knowledge.watches
    matching = [article for article in articles if any(find(article, watch) for watch in watches)]
    return _FeedCheck(feed=feed, articles=articles, matching=matching)


def _expect(program: Assembled, checks: Sequence[_FeedCheck]) -> None:
    """Say what a first start will post, because an old story rightly stays quiet."""
    matching = [article for one in checks for article in one.matching]
    newest = max((article.published for article in matching), default=None)
    now: datetime = program.world.clock.now()
    for watch in program.world.knowledge.watches:
        policy = watch.story.policy
        hours = round(policy.max_age.total_seconds() / 3600)
        if newest is None or now - newest > policy.max_age:
            console.print(
                f"What to expect: nothing the feeds list now matches {watch.story.name} and is younger than"
                f" {hours} h, so the channel stays quiet until new coverage appears."
            )
        else:
            console.print(
                f"What to expect: of each feed's backlog at most the newest {policy.backfill} that match and are"
                f" younger than {hours} h are posted at the first start; after that, whatever is new."
            )


def _good(text: str) -> bool:
    console.print(Text.assemble(("✓ ", "green"), text))
    return True


def _bad(text: str) -> bool:
    console.print(Text.assemble(("✗ ", "red"), text))
    return False
