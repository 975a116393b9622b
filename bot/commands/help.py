"""`/help`: what can be said, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.commands.desk import Command
from bot.commands.office import Ask, Office, Reply
from bot.core.sheet import Line

#: How commands are written that take something, in any language.
USAGES: Mapping[str, tuple[str, ...]] = {
    "sub": ("/sub https://news.example/", "/sub STORY"),
    "unsub": ("/unsub FEED", "/unsub STORY"),
    "feeds": ("/feeds", "/feeds Wire"),
    "keywords": (
        "/keywords",
        "/keywords STORY",
        '/keywords STORY + drill* "joint patrol"',
        "/keywords STORY - football",
        "/keywords STORY not football",
    ),
    "set": ("/set", "/set STORY", "/set STORY min_sources 2", "/set channel NAME quiet_hours 23:00-07:00"),
    "pause": ("/pause", "/pause 2h", "/pause FEED"),
    "resume": ("/resume", "/resume FEED"),
    "test": ("/test https://news.example/feed.xml", "/test STORY a headline"),
    "why": ("/why LINK",),
    "timeline": ("/timeline STORY", "/timeline STORY 30d"),
    "catchup": ("/catchup", "/catchup STORY"),
    "backtest": ("/backtest STORY + drill*", "/backtest STORY same 0.5", "/backtest STORY fold event"),
    "mute": ("/mute LINK",),
    "unmute": ("/unmute LINK",),
    "merge": ("/merge LINK LINK", "/merge LINK STORY"),
    "split": ("/split LINK",),
    "digest": ("/digest 08:00 18:00", "/digest off"),
    "follow": ('/follow drill* "joint patrol" -football',),
}


class Help:
    """Tells of the commands that a person may say."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self._commands = commands

    async def __call__(self, ask: Ask, office: Office) -> Reply:
        """List them, or tell more of one."""
        del office
        wanted = ask.argument.removeprefix("/").lower()
        for command in self._commands:
            if command.help and wanted in {command.name, *command.aliases} and command.role <= ask.role:
                return _one(ask, command)
        may = [it for it in self._commands if it.help and it.role <= ask.role]
        lines = [Line(text=f"/{it.name} – {ask.words(it.help)}", own=True) for it in may]
        if "why" in {it.name for it in may}:
            lines.append(Line(text=ask.words("Where a LINK is asked for, an answer to the post will do.")))
        lines.append(Line(text=ask.words("More of one: /help keywords"), own=True))
        return Reply(lines=lines)


def _one(ask: Ask, command: Command) -> Reply:
    lines = [Line(text=ask.words(command.help), bold=True)]
    lines += [Line(text=usage, bullet=True) for usage in USAGES.get(command.name, (f"/{command.name}",))]
    if command.aliases:
        others = ", ".join(f"/{alias}" for alias in command.aliases)
        lines.append(Line(text=ask.words("Also: %(names)s", names=others)))
    return Reply(lines=lines)
