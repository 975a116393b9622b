"""The configuration in effect: the file with the environment, and over it what was chosen by command.

The file wins where both say something. A choice that does not fit, because the file was changed since, is
left out and said, never fatal: the program must come up whatever stands in its database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.core.match import Watch
from bot.core.query import compile_query
from bot.errors import ConfigError
from bot.model import Change, Choice
from config.sections import is_own
from config.settings import Settings, checked
from config.stories import stories
from config.written import LeftOut, Written

#: Sections of which settings can be chosen by command, and those of them that cannot: what the program may
#: reach in private networks, and how many polls it may hold, is for whoever runs the machine to say.
SECTIONS: Mapping[str, frozenset[str]] = {
    "posting": frozenset(),
    "keywords": frozenset(),
    "poll": frozenset({"allow_networks", "concurrency"}),
    "judge": frozenset({"semantic"}),
    "subscriptions": frozenset(),
}
#: Lists of a story that commands make longer.
LONGER = ("also", "without")
#: A choice is tried out as made then: last; when it is made says whoever makes it.
TRIED = datetime(9999, 1, 1, tzinfo=UTC)
#: What makes a table a whole one, not something added to the file's.
_WHOLE = {"story": "query", "channel": "kind"}
#: Stories name channels.
_ORDER = ("section", "channel", "story")


def overlaid(settings: Settings, choices: Iterable[Choice]) -> tuple[Settings, tuple[LeftOut, ...]]:
    """Return the settings as they are with these choices, and the choices that are left out.

    Args:
        settings: of the file, with or without choices: those are replaced.
        choices: everything that was chosen by command.
    """
    given = tuple(choices)
    written = replace(settings.written, choices=given, left_out=(), laid=None)
    if not given:
        return _plain(settings, written), ()
    ordered = sorted(given, key=_rank)
    values, left_out = _those_that_fit(written.values, ordered)
    made, _ = checked(values)
    if made is not None and not made.subscriptions.enabled and any(map(_is_own, ordered)):
        # What people follow for themselves is kept until that is allowed again.
        values, left_out = _those_that_fit(written.values, [it for it in ordered if not _is_own(it)])
        made, _ = checked(values)
    written = replace(written, left_out=tuple(left_out), laid=values)
    return (made or settings).made_of(written), written.left_out


def with_changes(settings: Settings, changes: Iterable[Change]) -> Settings:
    """Return the settings as they will be once some changes are made; one that does not fit is left out."""
    kept = {(it.kind, it.name): it for it in settings.written.choices}
    for it in changes:
        kept.pop((it.kind, it.name), None)
        if it.value is not None:
            kept[it.kind, it.name] = Choice(kind=it.kind, name=it.name, value=it.value, at=TRIED)
    return overlaid(settings, kept.values())[0]


def imagined(settings: Settings, changes: Iterable[Change]) -> Settings:
    """Return the settings as they would be if they said so as well, whatever the file says: to try that out.

    Args:
        settings: in effect.
        changes: a story's `also` and `without` are added to those that it has; a new story needs a query.

    Raises:
        ConfigError: something of it is wrong.
    """
    values = settings.written.in_effect
    for change in changes:
        values = _imagined(values, change)
    made, mistakes = checked(values)
    if made is None or mistakes:
        raise ConfigError("; ".join(map(str, mistakes)))
    return made.made_of(settings.written)


def _imagined(values: Mapping[str, Any], change: Change) -> Mapping[str, Any]:
    said = change.value or {}
    if change.kind == "section":
        return {**values, change.name: {**values.get(change.name, {}), **said}}
    tables = [dict(table) for table in values.get(change.kind, [])]
    known = [table for table in tables if table.get("name") == change.name]
    if not known and _WHOLE[change.kind] not in said:
        names = ", ".join(str(table.get("name")) for table in tables) or "none"
        raise ConfigError(
            f"there is no {change.kind} {change.name} (known: {names}); a new one needs a query"
        )
    for table in known:
        table.update(_longer(said, table))
    if not known:
        title = {"title": change.name} if change.kind == "story" else {}
        tables.append({**title, **said, "name": change.name})
    return {**values, change.kind: tables}


def _those_that_fit(
    values: Mapping[str, Any], choices: Sequence[Choice]
) -> tuple[Mapping[str, Any], list[LeftOut]]:
    """Return the values with the choices laid over them that fit, and those that do not.

    To check a choice is to check the whole configuration. So many are tried together, and halved where one
    of them does not fit: of a thousand of which one does not, twenty checks tell which.
    """
    try:
        return _fitting(values, choices), []
    except ConfigError as unfit:
        if len(choices) == 1:
            return values, [LeftOut(choices[0], str(unfit))]
    half = len(choices) // 2
    values, first = _those_that_fit(values, choices[:half])
    values, second = _those_that_fit(values, choices[half:])
    return values, [*first, *second]


def _is_own(choice: Choice) -> bool:
    return choice.kind in _WHOLE and is_own(choice.name)


def _plain(settings: Settings, written: Written) -> Settings:
    if not settings.written.choices:
        return settings
    made, _ = checked(written.values)
    return (made or settings).made_of(written)


def _rank(choice: Choice) -> tuple[int, Any]:
    return _ORDER.index(choice.kind) if choice.kind in _ORDER else len(_ORDER), choice.at


def _fitting(values: Mapping[str, Any], choices: Sequence[Choice]) -> Mapping[str, Any]:
    """Return the values with choices laid over them.

    Raises:
        ConfigError: one does not fit.
    """
    for choice in choices:
        values = _laid(values, choice)
    made, mistakes = checked(values)
    if made is None or mistakes:
        raise ConfigError("; ".join(map(str, mistakes)))
    names = {choice.name for choice in choices if choice.kind == "story"}
    for story in stories(made):
        if story.name in names:
            Watch.on(story)
    if made.keywords.exclude and any(choice.name == "keywords" for choice in choices):
        compile_query(made.keywords.exclude, {}, where="keywords.exclude")
    return values


def _laid(values: Mapping[str, Any], choice: Choice) -> Mapping[str, Any]:
    if choice.kind == "section":
        return {**values, choice.name: _section(values.get(choice.name, {}), choice)}
    if choice.kind not in _WHOLE:
        raise ConfigError(f"there is no kind of choice {choice.kind}")
    tables: Sequence[Mapping[str, Any]] = values.get(choice.kind, [])
    places = [place for place, table in enumerate(tables) if table.get("name") == choice.name]
    is_whole = _WHOLE[choice.kind] in choice.value
    if is_whole and places:
        raise ConfigError(f"the file declares a {choice.kind} of that name by now")
    if not is_whole and not places:
        raise ConfigError(f"the file declares no {choice.kind} of that name any more")
    laid = [dict(table) for table in tables]
    for place in places:
        laid[place] = _longer(laid[place], choice.value)
    if is_whole:
        laid.append({**choice.value, "name": choice.name})
    return {**values, choice.kind: laid}


def _section(written: Mapping[str, Any], choice: Choice) -> Mapping[str, Any]:
    refused = SECTIONS.get(choice.name)
    if refused is None or not refused.isdisjoint(choice.value):
        raise ConfigError("that is not for commands to choose")
    return {**choice.value, **written}


def _longer(table: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table of the file with what was chosen of it: the file wins, but for lists that grow."""
    lists = {key: list(dict.fromkeys([*table.get(key, ()), *chosen[key]])) for key in LONGER if key in chosen}
    return {**chosen, **table, **lists}
