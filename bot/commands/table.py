"""Every way in, with the role that it takes: there is no other."""

from __future__ import annotations

from collections.abc import Callable

from bot.commands import about, decisions, exchange, feeds, keywords, looking, own, settings
from bot.commands.desk import Command, Desk, Press
from bot.commands.help import Help
from bot.commands.menu import DOES
from bot.commands.office import Handle, Office
from bot.commands.words import words_for
from bot.core.authority import Circle, Role

_GUEST, _READER, _ADMIN = Role.GUEST, Role.SUBSCRIBER, Role.ADMIN


def _command(name: str, role: Role, handle: Handle, *aliases: str) -> Command:
    return Command(name=name, role=role, help=DOES[name], handle=handle, aliases=aliases)


#: In the order of the menu. Aliases are what other bots call the same.
COMMANDS = (
    _command("start", _GUEST, about.start),
    _command("status", _ADMIN, about.status, "stats", "info"),
    _command("list", _READER, own.listed, "list_subscriptions", "subs"),
    _command("sub", _READER, own.subscribe, "subscribe", "add", "add_rss"),
    _command("unsub", _READER, own.unsubscribe, "unsubscribe", "delete", "rm_rss", "rm"),
    _command("follow", _READER, own.follow),
    _command("feeds", _ADMIN, feeds.feeds),
    _command("keywords", _ADMIN, keywords.keywords, "set_filter", "get_filter", "filter", "edit"),
    _command("set", _ADMIN, settings.set_, "config", "set_option"),
    _command("pause", _ADMIN, feeds.pause, "pauseall", "deactivate_subs"),
    _command("resume", _ADMIN, feeds.resume, "activeall", "activate_subs"),
    _command("test", _ADMIN, feeds.try_out, "check"),
    _command("why", _READER, decisions.why),
    _command("timeline", _READER, looking.timeline),
    _command("catchup", _READER, looking.catchup),
    _command("backtest", _ADMIN, keywords.backtest),
    _command("mute", _READER, decisions.mute),
    _command("unmute", _READER, decisions.unmute),
    _command("merge", _ADMIN, decisions.merge),
    _command("split", _ADMIN, decisions.split),
    _command("review", _ADMIN, decisions.review),
    _command("digest", _READER, own.digest),
    _command("import", _ADMIN, exchange.import_),
    _command("export", _ADMIN, exchange.export),
    _command("health", _ADMIN, about.health, "ping"),
    _command("version", _ADMIN, about.version),
    _command("undo", _ADMIN, looking.undo),
    _command("audit", _ADMIN, looking.audit),
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


def desk(office: Office, circle: Callable[[], Circle], *, name: str = "") -> Desk:
    """Return the desk with every way in.

    Args:
        office: what commands have at hand.
        circle: whom the bot listens to now.
        name: what the bot is called in groups, without "@".
    """
    commands = [*COMMANDS[:1], _command("help", _GUEST, Help(COMMANDS)), *COMMANDS[1:]]
    return Desk(office, circle, commands=commands, presses=PRESSES, words=words_for, name=name)
