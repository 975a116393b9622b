"""docs/commands.md is what the table of commands says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bot.commands.desk import Command
from bot.commands.table import COMMANDS
from bot.core.authority import Role

PAGE = Path(__file__).parents[3] / "docs" / "commands.md"
_TOP = """\
# What the bot can be told

This page is written by a test (`make transcript`) from the bot's own table. *Who*: anybody; whoever may
follow something for themselves (with `enabled = true` under `[subscriptions]`), and administrators;
administrators. What is in capitals is yours to fill in; instead of a LINK you can reply to the post.
`/help NAME` tells the same in the chat, and [a conversation](conversation.md) shows most of it at work.

| say | to | who | also |
| --- | --- | --- | --- |
"""
_WHO = {Role.GUEST: "anybody", Role.SUBSCRIBER: "readers", Role.ADMIN: "administrators"}


def _page() -> str:
    return _TOP + "".join(_row(command) for command in _shown())


def _shown() -> Iterator[Command]:
    return (command for command in COMMANDS if command.help)


def _row(command: Command) -> str:
    said = "<br>".join(f"`{usage}`" for usage in command.usages or (f"/{command.name}",))
    others = " ".join(f"`/{alias}`" for alias in command.aliases)
    return f"| {said} | {command.help} | {_WHO[command.role]} | {others} |\n"


def test_the_page_says_what_the_bot_listens_to() -> None:
    if "STORYWIRE_TRANSCRIPT" in os.environ:
        PAGE.write_text(_page(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == _page(), "make transcript writes it anew"
