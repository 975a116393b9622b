"""What each command does, in a line: the menu that Telegram shows, and the list of `/help`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bot.commands.words import Words, later

#: Command → what it does, in the order in which they are shown.
DOES: Final[Mapping[str, str]] = {
    "start": later("Say what this bot does"),
    "help": later("How to use it"),
    "status": later("How polling and posting are doing"),
    "list": later("Your subscriptions"),
    "sub": later("Subscribe to a story, or add a feed: /sub URL"),
    "unsub": later("Unsubscribe, or stop a feed"),
    "feeds": later("Feeds and how they are doing"),
    "keywords": later("Show or change a story's keywords"),
    "set": later("Show or change settings"),
    "pause": later("Stop posting or polling for a while"),
    "resume": later("Go on"),
    "test": later("Try a feed or a headline: /test URL"),
    "why": later("Why something was or was not posted"),
    "timeline": later("A story's events in order"),
    "catchup": later("What happened since you last looked"),
    "backtest": later("What a change would have posted"),
    "mute": later("No more of an event until something new"),
    "unmute": later("Hear of an event again"),
    "merge": later("Two posts are one report"),
    "split": later("A post is a report of its own"),
    "review": later("Decide what is too near to call"),
    "digest": later("When you get digests"),
    "import": later("Add feeds (OPML) or stories (TOML)"),
    "export": later("Everything as a file"),
    "health": later("What is wrong, if anything"),
    "version": later("Which version runs"),
    "follow": later("Follow keywords of your own"),
    "undo": later("Take the last change back"),
    "audit": later("Who changed what"),
}


def menu(words: Words, commands: Iterable[str]) -> dict[str, str]:
    """Return what some commands do, in a language, as Telegram's menu takes it.

    Args:
        words: of the language.
        commands: whichever somebody may use; they are shown in the usual order.
    """
    wanted = frozenset(commands)
    return {command: words(does) for command, does in DOES.items() if command in wanted}
