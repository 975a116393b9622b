"""Every way in, with the role that it takes: there is no other."""

from __future__ import annotations

from collections.abc import Callable

from bot.commands import about, decisions, exchange, feeds, keywords, looking, own, settings
from bot.commands.desk import Command, Desk, Press
from bot.commands.help import help_with
from bot.commands.menus import show_in
from bot.commands.office import Ask, Office, Reply
from bot.commands.words import later, words_for
from bot.core.authority import Circle, Role

_GUEST, _READER, _ADMIN = Role.GUEST, Role.SUBSCRIBER, Role.ADMIN


async def _start(ask: Ask, office: Office) -> Reply:
    """Greet. Telegram refused an administrator's menu if they had never written to the bot before."""
    if ask.may_change:
        await show_in(ask.heard.chat.id, COMMANDS, ask.role, office.speak)
    return await about.start(ask, office)


async def _help(ask: Ask, office: Office) -> Reply:
    del office
    return help_with(COMMANDS, ask)


#: In the order of the menu. Aliases are what other bots call the same.
COMMANDS = (
    Command(name="start", role=_GUEST, help=later("Say what this bot does"), handle=_start),
    Command(name="help", role=_GUEST, help=later("How to use it"), handle=_help),
    Command(
        name="status",
        role=_ADMIN,
        help=later("How polling and posting are doing"),
        handle=about.status,
        aliases=("stats", "info"),
    ),
    Command(
        name="list",
        role=_READER,
        help=later("Your subscriptions"),
        handle=own.listed,
        aliases=("list_subscriptions", "subs"),
    ),
    Command(
        name="sub",
        role=_READER,
        help=later("Subscribe to a story, or add a feed: /sub URL"),
        handle=own.subscribe,
        usages=("/sub https://news.example/", "/sub STORY"),
        aliases=("subscribe", "add", "add_rss"),
    ),
    Command(
        name="unsub",
        role=_READER,
        help=later("Unsubscribe, or stop a feed"),
        handle=own.unsubscribe,
        usages=("/unsub FEED", "/unsub STORY"),
        aliases=("unsubscribe", "delete", "rm_rss", "rm"),
    ),
    Command(
        name="follow",
        role=_READER,
        help=later("Follow keywords of your own"),
        handle=own.follow,
        usages=('/follow drill* "joint patrol" -football',),
    ),
    Command(
        name="feeds",
        role=_ADMIN,
        help=later("Feeds and how they are doing"),
        handle=feeds.feeds,
        usages=("/feeds", "/feeds Wire"),
    ),
    Command(
        name="keywords",
        role=_ADMIN,
        help=later("Show or change a story's keywords"),
        handle=keywords.keywords,
        usages=(
            "/keywords",
            "/keywords STORY",
            '/keywords STORY + drill* "joint patrol"',
            "/keywords STORY - football",
            "/keywords STORY not football",
            "/keywords new NAME WORDS",
            "/keywords drop STORY",
        ),
        aliases=("set_filter", "get_filter", "filter", "edit"),
    ),
    Command(
        name="set",
        role=_ADMIN,
        help=later("Show or change settings"),
        handle=settings.set_,
        usages=(
            "/set",
            "/set STORY",
            "/set STORY min_sources 2",
            "/set STORY min_sources default",
            "/set channel NAME quiet_hours 23:00-07:00",
        ),
        aliases=("config", "set_option"),
    ),
    Command(
        name="pause",
        role=_ADMIN,
        help=later("Stop posting or polling for a while"),
        handle=feeds.pause,
        usages=("/pause", "/pause 2h", "/pause FEED"),
        aliases=("pauseall", "deactivate_subs"),
    ),
    Command(
        name="resume",
        role=_ADMIN,
        help=later("Go on"),
        handle=feeds.resume,
        usages=("/resume", "/resume FEED"),
        aliases=("activeall", "activate_subs"),
    ),
    Command(
        name="test",
        role=_ADMIN,
        help=later("Try a feed or a headline: /test URL"),
        handle=feeds.try_out,
        usages=("/test https://news.example/feed.xml", "/test STORY a headline"),
        aliases=("check",),
    ),
    Command(
        name="why",
        role=_READER,
        help=later("Why something was or was not posted"),
        handle=decisions.why,
        usages=("/why LINK",),
    ),
    Command(
        name="timeline",
        role=_READER,
        help=later("A story's events in order"),
        handle=looking.timeline,
        usages=("/timeline STORY", "/timeline STORY 30d"),
    ),
    Command(
        name="catchup",
        role=_READER,
        help=later("What happened since you last looked"),
        handle=looking.catchup,
        usages=("/catchup", "/catchup STORY"),
    ),
    Command(
        name="backtest",
        role=_ADMIN,
        help=later("What a change would have posted"),
        handle=keywords.backtest,
        usages=("/backtest STORY + drill*", "/backtest STORY same 0.5", "/backtest STORY fold event"),
    ),
    Command(
        name="mute",
        role=_READER,
        help=later("No more of an event until something new"),
        handle=decisions.mute,
        usages=("/mute LINK",),
    ),
    Command(
        name="unmute",
        role=_READER,
        help=later("Hear of an event again"),
        handle=decisions.unmute,
        usages=("/unmute LINK",),
    ),
    Command(
        name="merge",
        role=_ADMIN,
        help=later("Two posts are one report"),
        handle=decisions.merge,
        usages=("/merge LINK LINK", "/merge LINK STORY"),
    ),
    Command(
        name="split",
        role=_ADMIN,
        help=later("A post is a report of its own"),
        handle=decisions.split,
        usages=("/split LINK",),
    ),
    Command(
        name="review", role=_ADMIN, help=later("Decide what is too near to call"), handle=decisions.review
    ),
    Command(
        name="digest",
        role=_READER,
        help=later("When you get digests"),
        handle=own.digest,
        usages=("/digest", "/digest 08:00 18:00", "/digest off"),
    ),
    Command(
        name="import",
        role=_ADMIN,
        help=later("Add feeds (OPML) or stories (TOML)"),
        handle=exchange.import_,
    ),
    Command(
        name="export",
        role=_ADMIN,
        help=later("Everything as a file"),
        handle=exchange.export,
        usages=("/export", "/export opml"),
    ),
    Command(
        name="health",
        role=_ADMIN,
        help=later("What is wrong, if anything"),
        handle=about.health,
        aliases=("ping",),
    ),
    Command(name="version", role=_ADMIN, help=later("Which version runs"), handle=about.version),
    Command(
        name="undo",
        role=_ADMIN,
        help=later("Take the last change back"),
        handle=looking.undo,
        usages=("/undo", "/undo NUMBER"),
    ),
    Command(name="audit", role=_ADMIN, help=later("Who changed what"), handle=looking.audit),
    Command(name="document", role=_ADMIN, help="", handle=exchange.document),
)

PRESSES = (
    Press(name="why", role=_GUEST, handle=decisions.why_of_card, peeks=True),
    Press(name="mute", role=_READER, handle=decisions.mute_card),
    Press(name="split", role=_ADMIN, handle=decisions.split_last),
    Press(name="merge", role=_ADMIN, handle=decisions.merge_card),
    Press(name="more", role=_ADMIN, handle=decisions.more_of_card),
    Press(name="rv", role=_ADMIN, handle=decisions.decide),
    Press(name="kw", role=_ADMIN, handle=keywords.pick),
    Press(name="kwadd", role=_ADMIN, handle=keywords.ask_for),
    Press(name="kwnot", role=_ADMIN, handle=keywords.ask_for),
    Press(name="kwx", role=_ADMIN, handle=keywords.take_out),
    Press(name="apply", role=_ADMIN, handle=keywords.apply),
    Press(name="cancel", role=_ADMIN, handle=keywords.cancel),
    Press(name="load", role=_ADMIN, handle=exchange.load),
    Press(name="unload", role=_ADMIN, handle=exchange.unload),
    Press(name="undo", role=_READER, handle=looking.undo_own),
)


def desk(office: Office, circle: Callable[[], Circle], *, name: Callable[[], str] = str) -> Desk:
    """Return the desk with every way in.

    Args:
        office: what commands have at hand.
        circle: whom the bot listens to now.
        name: what the bot is called in groups, without "@"; "" while that is not known.
    """
    return Desk(office, circle, commands=COMMANDS, presses=PRESSES, words=words_for, name=name)
