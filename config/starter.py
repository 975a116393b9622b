"""The text of a new configuration file, for `storywire init`."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence

_STARTER = """\
# Storywire's configuration. To change what is followed, change three things: title, query, feeds.
# Check it with:  storywire check
#
# The bot's token does not belong here: set TELEGRAM_BOT_TOKEN.

[telegram]
# Where posts go: a channel's public name or its number. The bot must be an administrator there.
# Without it posts are written to the console.
{channel}

[[story]]
name = {name}
title = {title}
# Words in any order: any of them is enough. "a phrase", prefix*, +must, -not, AND OR NOT ( ) are understood.
query = {query}
# One term with many spellings, used in the query as @some-name:
# aliases.some-name = ["one spelling", "another spelling"]
{feeds}"""

_FEED = """
[[feed]]
name = {name}
url = {url}
"""


def starter(
    title: str,
    query: str,
    feeds: Sequence[tuple[str, str]],
    *,
    name: str | None = None,
    channel: str | None = None,
) -> str:
    """Write a configuration for one story.

    Args:
        title: what the story is called; not blank.
        query: the keyword query; not blank.
        feeds: name and address of each; no two alike.
        name: the story's name in commands; None makes one from the title.
        channel: a Telegram chat, "@name" or number; None leaves a line to fill in.

    Returns:
        TOML that reads back as the same values, whatever characters they hold.
    """
    return _STARTER.format(
        channel=f"channel = {_quoted(channel)}" if channel else '# channel = "@my_channel"',
        name=_quoted(name or slug(title)),
        title=_quoted(title),
        query=_quoted(query),
        feeds="".join(_FEED.format(name=_quoted(label), url=_quoted(url)) for label, url in feeds),
    )


def slug(title: str, usual: str = "my-story") -> str:
    """Make a story's name of its title; what has no letter of a to z, and no digit, gets the usual one."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or usual


def _quoted(text: str) -> str:
    """Write a TOML basic string. It is JSON's, but for one control character JSON lets stand."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
