"""Do the parts of a configuration fit together: names that are used exist, and none is used twice?

This reads the values as they were written, before they are checked one by one, so that both kinds of
mistake are told at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

from config.mistakes import Mistake
from config.sections import is_own

Tables: TypeAlias = list[Mapping[str, Any]]


def disagreements(values: Mapping[str, Any]) -> Iterator[Mistake]:
    """Say where the entries of a configuration contradict each other."""
    feeds, stories, channels = (_tables(values, kind) for kind in ("feed", "story", "channel"))
    if not values.get("feed"):
        yield Mistake((), "there is no feed: add [[feed]] with a name and a url")
    if not values.get("story"):
        yield Mistake((), "there is no story: add [[story]] with a name, a title and a query")
    yield from _repeated("feed", "name", feeds)
    yield from _repeated("feed", "url", feeds)
    yield from _repeated("story", "name", stories)
    yield from _repeated("channel", "name", channels)
    yield from _missing("feed", stories, _texts(feeds, "name"))
    yield from _missing("channel", stories, [*_always(values), *_texts(channels, "name")])
    # A person's own channel outlives a story that was in it.
    declared = [channel for channel in channels if not is_own(str(channel.get("name", "")))]
    yield from _missing("story", declared, _texts(stories, "name"), of="channel")


def _tables(values: Mapping[str, Any], kind: str) -> Tables:
    entries = values.get(kind)
    if not isinstance(entries, list):
        return []
    return [entry if isinstance(entry, dict) else {} for entry in entries]


def _texts(tables: Tables, key: str) -> list[str]:
    return [table[key] for table in tables if isinstance(table.get(key), str)]


def _always(values: Mapping[str, Any]) -> list[str]:
    """Return the channels that need no entry."""
    telegram = values.get("telegram")
    return ["console", "telegram"] if isinstance(telegram, dict) and "channel" in telegram else ["console"]


def _repeated(kind: str, key: str, tables: Tables) -> Iterator[Mistake]:
    counts = Counter(_texts(tables, key))
    for place, table in enumerate(tables):
        if isinstance(table.get(key), str) and counts[table[key]] > 1:
            yield Mistake((kind, place, key), f"another {kind} has the same {key}")


def _missing(kind: str, tables: Tables, known: Sequence[str], *, of: str = "story") -> Iterator[Mistake]:
    key = "stories" if kind == "story" else f"{kind}s"
    for place, table in enumerate(tables):
        names = table.get(key, ())
        for name in names if isinstance(names, list) else ():
            if isinstance(name, str) and name not in known:
                yield Mistake((of, place, key), _no_such(kind, name, known))


def _no_such(kind: str, name: str, known: Sequence[str]) -> str:
    if kind == "channel" and name == "telegram":
        return '"telegram" has no chat yet; set telegram.channel or TELEGRAM_CHANNEL_ID'
    near = get_close_matches(name, known, n=1)
    return f'there is no {kind} "{name}"' + (f' (did you mean "{near[0]}"?)' if near else "")
