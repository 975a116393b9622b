"""The configuration in effect as one file: the file, the environment and commands together, no secrets."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import tomli_w

from bot.model import Feed
from config.mistakes import Way
from config.settings import MISPLACED, Settings
from config.values import said
from config.written import Written

#: The order of the shipped file.
_ORDER = ("telegram", "database", "poll", "posting", "keywords", "judge", "subscriptions", "log")
_ENTRIES = ("story", "channel", "feed")
_HEAD = """\
# Storywire's configuration, as storywire config export found it in effect.
"""
_LEFT_OUT = "# Left out, because it is a secret: {}\n"


def exported(settings: Settings, added: Iterable[Feed] = ()) -> str:
    """Write the settings in effect as TOML that reads back as the same settings.

    A secret comes out as "$NAME" where the file names a variable; others are left out, which a comment says.

    Args:
        settings: in effect.
        added: feeds that are polled by command, beside those of the file.
    """
    values: dict[str, Any] = copy.deepcopy(dict(settings.written.in_effect))
    left_out = sorted(set(_hidden(values, settings.written)))
    values["feed"] = [*values.get("feed", []), *map(_feed, added)]
    known = [*_ORDER, *_ENTRIES]
    ordered = {name: values[name] for name in known if values.get(name)}
    return _HEAD + "".join(map(_LEFT_OUT.format, left_out)) + "\n" + _toml(ordered)


def _toml(values: Mapping[str, Any]) -> str:
    # Text of several lines would lose a carriage return.
    return tomli_w.dumps(values, multiline_strings="\\r" not in tomli_w.dumps(values))


def _feed(feed: Feed) -> dict[str, Any]:
    table = {"name": feed.name, "url": feed.url, "language": feed.language}
    if feed.slowest is None:
        table["every"] = said(feed.every)
    return {key: value for key, value in table.items() if value is not None}


def _hidden(values: dict[str, Any], written: Written) -> Iterator[str]:
    """Take secrets out of the values, or put "$NAME" in their place; say which were taken out."""
    telegram = values.get("telegram", {})
    for name in MISPLACED.keys() & telegram.keys():
        del telegram[name]
        yield f"telegram.{name}; set {MISPLACED[name]}"
    url = values.get("database", {}).get("url")
    if url is not None and (("database", "url") in written.variables or urlsplit(url).password):
        del values["database"]["url"]
        yield "database.url; set DATABASE_URL"
    for kind, keys in (("feed", ("password", "headers")), ("channel", ("url", "secret", "urls"))):
        for place, table in enumerate(values.get(kind, ())):
            for key in keys:
                yield from _of_entry(table, key, (kind, place, key), written)


def _of_entry(table: dict[str, Any], key: str, way: Way, written: Written) -> Iterator[str]:
    held = table.get(key)
    match held:
        case dict():
            table[key] = {name: written.named[*way, name] for name in held if (*way, name) in written.named}
            gone = [f"{key}.{name}" for name in held if name not in table[key]]
        case list():
            table[key] = [written.named[*way, n] for n in range(len(held)) if (*way, n) in written.named]
            gone = [key] * (len(held) > len(table[key]))
        case _:
            named = written.named.get(way)
            gone = [key] if held is not None and named is None else []
            table.update({key: named} if named else {})
    for name in gone:
        yield f'{way[0]} "{table.get("name")}" {name}; write "$NAME", and set that variable'
    if table.get(key) in ({}, []) or key in gone:
        table.pop(key, None)
