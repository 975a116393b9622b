"""What commands may change of the configuration: worked out and checked here, made elsewhere.

Every function returns what one choice is to be, for `bot.choosing` to keep, or says in one line why not. What
the file or a variable says is read-only: whoever wants it otherwise is told where it stands.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, get_args, get_origin

from bot.core.syntax import Either, Listed, Tree, parsed, printed
from bot.errors import ConfigError
from bot.model import Change, Choice
from config.overlay import LONGER, SECTIONS, TRIED, overlaid
from config.sections import ChannelEntry, HourOptions, Section, StoryEntry
from config.settings import Settings
from config.written import chosen

#: Of a story: all but what makes it this story, and what has functions of its own.
_OF_STORY = StoryEntry.model_fields.keys() - {"name", "aliases", "also", "without"}
#: Of a channel of the file; where it leads is not for commands to change.
_OF_CHANNEL = HourOptions.model_fields.keys()


# ----------------------------------------------------------------------------------- words of a story


def with_terms(settings: Settings, story: str, added: Iterable[str]) -> Change:
    """Let a story take what one of these queries accepts, beside what it takes already.

    Raises:
        ConfigError: a query is wrong, or the story looks for it already.
    """
    return _listed(settings, story, added, to="also", off="without")


def excluding(settings: Settings, story: str, terms: Iterable[str]) -> Change:
    """Let a story refuse what one of these queries accepts.

    Raises:
        ConfigError: a query is wrong, or the story refuses that already.
    """
    return _listed(settings, story, terms, to="without", off="also")


def _listed(settings: Settings, story: str, terms: Iterable[str], *, to: str, off: str) -> Change:
    _known(settings, story)
    value = _value(settings, "story", story)
    has = dict(_has(settings, story, to))
    for term in terms:
        text = _printed(term, story)
        if text in has:
            word = "looks for" if to == "also" else "is without"
            raise ConfigError(f"story {story} {word} {text} already ({has[text]})")
        has[text] = "twice in this"
        value[to] = [*value.get(to, ()), term.strip()]
        value[off] = [other for other in value.get(off, ()) if _printed(other, story) != text]
    return fit(settings, "story", story, value)


def without_terms(settings: Settings, story: str, removed: Iterable[str]) -> Change:
    """Let a story look for these no longer.

    Raises:
        ConfigError: it does not look for one, or the file says that it does.
    """
    return _removed(settings, story, removed, "also")


def no_longer_excluding(settings: Settings, story: str, terms: Iterable[str]) -> Change:
    """Let a story refuse these no longer.

    Raises:
        ConfigError: it does not refuse one, or the file says that it does.
    """
    return _removed(settings, story, terms, "without")


def _removed(settings: Settings, story: str, terms: Iterable[str], key: str) -> Change:
    _known(settings, story)
    value = _value(settings, "story", story)
    for term in terms:
        text = _printed(term, story)
        kept = [other for other in value.get(key, ()) if _printed(other, story) != text]
        if len(kept) < len(value.get(key, ())):
            value[key] = kept
        elif key == "also" and text in _alternatives(value.get("query", "")):
            value["query"] = _query_without(value["query"], text, story)
        else:
            raise _not_removable(settings, story, text, key)
    return fit(settings, "story", story, value)


def _query_without(query: str, text: str, story: str) -> str:
    """Return a query that was made by command without one of its alternatives."""
    left = [other for other in _alternatives(query) if other != text]
    if not left:
        raise ConfigError(f"story {story} looks for nothing but {text}; to end it, drop the story")
    return " OR ".join(left)


def _not_removable(settings: Settings, story: str, text: str, key: str) -> ConfigError:
    has = _has(settings, story, key)
    for other, place in has:
        if other == text:
            return ConfigError(f"{text} of story {story} is declared in {place}; edit it there")
    known = ", ".join(other for other, _ in has) or "none"
    word = "does not look for" if key == "also" else "is not without"
    return ConfigError(f"story {story} {word} {text} (known: {known})")


def terms(settings: Settings, story: str) -> list[tuple[str, str, str]]:
    """Return what a story looks for and what it refuses, as (text, "also" or "without", where it comes from).

    Raises:
        ConfigError: there is no such story.
    """
    _known(settings, story)
    return [(text, key, place) for key in ("also", "without") for text, place in _has(settings, story, key)]


def _has(settings: Settings, story: str, key: str) -> list[tuple[str, str]]:
    """Return the queries of a list as they are printed, each with where it comes from."""
    written, choice = settings.written, settings.written.choice("story", story)
    declared = written.table("story", story)
    found: list[tuple[str, str]] = []
    for table, by_file in ((declared, True), (choice.value if choice else {}, False)):
        for name in ("query", key) if key == "also" else (key,):
            at = written.place("story", story, name) if by_file else chosen(choice) if choice else None
            texts = _alternatives(table.get(name, "")) if name == "query" else table.get(name, ())
            found += [(_printed(text, story), at or "") for text in texts]
    return found


def _alternatives(query: str) -> list[str]:
    """Return the parts of a query of which one is enough, as they are printed."""
    return [printed(part) for part in _parts(parsed(query, where="query"))] if query.strip() else []


def _parts(tree: Tree) -> tuple[Tree, ...]:
    match tree:
        case Either():
            return tree.parts
        case Listed() if not any(item.sign for item in tree.items):
            return tuple(part for item in tree.items for part in _parts(item.part))
        case _:
            return (tree,)


def _printed(term: str, story: str) -> str:
    if not term.strip():
        raise ConfigError(f"story {story}: there is no word in an empty text")
    return printed(parsed(term, where=f"story {story}, {' '.join(term.split())}"))


# ------------------------------------------------------------------------------------------- stories


def new_story(
    settings: Settings, name: str, title: str, query: str, options: Mapping[str, Any] | None = None
) -> Change:
    """Follow another story.

    Args:
        settings: in effect.
        name: small letters, digits and hyphens; no other story has it.
        title: what it is called on posts.
        query: the keyword query.
        options: further settings of a [[story]], as the file would have them.

    Raises:
        ConfigError: something of it is wrong, or there is a story of that name.
    """
    if any(entry.name == name for entry in settings.story):
        place = settings.written.place("story", name)
        choice = settings.written.choice("story", name)
        raise ConfigError(f"there is a story {name} already ({place or (choice and chosen(choice))})")
    value = {"name": name, "title": title, "query": query, **(options or {})}
    return fit(settings, "story", name, value)


def dropped(settings: Settings, story: str) -> Change:
    """Follow a story no longer, one that was made by command.

    Raises:
        ConfigError: the file declares it, or there is none such.
    """
    choice = settings.written.choice("story", story)
    if choice is None or "query" not in choice.value:
        _known(settings, story)
        place = settings.written.place("story", story)
        raise ConfigError(f"story {story} is declared in {place}; take it out there")
    return fit(settings, "story", story, {})


def _known(settings: Settings, story: str) -> None:
    names = [entry.name for entry in settings.story]
    if story not in names:
        raise ConfigError(f"there is no story {story} (known: {', '.join(names) or 'none'})")


# ------------------------------------------------------------------------------------------- options


def set_option(settings: Settings, kind: str, name: str, key: str, text: str) -> Change:
    """Set an option of a story, a channel or a section.

    Args:
        settings: in effect.
        kind: "story", "channel" or "section".
        name: its name.
        key: the setting, as the file calls it.
        text: its value, as in the file; quotation marks and brackets may be left out.

    Raises:
        ConfigError: the value is wrong, the file or a variable sets it, or it is not for commands to set.
    """
    key = key.strip().lower().replace("-", "_")
    _settable(settings, kind, name, key)
    value = _value(settings, kind, name)
    value[key] = _read(text, model_of(kind, name, settings), key)
    return fit(settings, kind, name, value)


def option_to_try(settings: Settings, kind: str, name: str, key: str, text: str) -> Change:
    """Return what setting an option would say, wherever it is said now; for `config.overlay.imagined`.

    Raises:
        ConfigError: it is not for commands to set.
    """
    key = key.strip().lower().replace("-", "_")
    if key not in settable(settings, kind, name):
        _settable(settings, kind, name, key)
    return Change(kind=kind, name=name, value={key: _read(text, model_of(kind, name, settings), key)})


def unset_option(settings: Settings, kind: str, name: str, key: str) -> Change:
    """Leave an option to what it is without the command that set it.

    Raises:
        ConfigError: no command set it.
    """
    key = key.strip().lower().replace("-", "_")
    _settable(settings, kind, name, key)
    value = _value(settings, kind, name)
    if key not in value:
        raise ConfigError(f"{_scope(kind, name)}: {key} was set by no command")
    del value[key]
    return fit(settings, kind, name, value)


def settable(settings: Settings, kind: str, name: str) -> list[str]:
    """Return which settings of a story, a channel or a section commands may set, where the file does not.

    Raises:
        ConfigError: there is no such story, channel or section.
    """
    model = model_of(kind, name, settings)
    if kind == "section":
        return [key for key in model.model_fields if key not in SECTIONS[name]]
    allowed = _OF_STORY if kind == "story" else _OF_CHANNEL
    return [key for key in model.model_fields if key in allowed]


def _settable(settings: Settings, kind: str, name: str, key: str) -> None:
    allowed = settable(settings, kind, name)
    if key not in allowed:
        raise ConfigError(
            f"{_scope(kind, name)}: commands cannot set {key} (what they can: {', '.join(allowed)})"
        )
    place = settings.written.place(kind, name, key)
    if place is not None:
        raise ConfigError(f"{_scope(kind, name)}: {key} is declared in {place}; edit it there")


def model_of(kind: str, name: str, settings: Settings) -> type[Section]:
    """Return what describes the settings of a story, a channel or a section.

    Raises:
        ConfigError: there is none such, or it is not for commands.
    """
    if kind == "story":
        _known(settings, name)
        return StoryEntry
    if kind == "channel":
        names = [entry.name for entry in settings.channel]
        if name not in names:
            raise ConfigError(f"there is no [[channel]] {name} (known: {', '.join(names) or 'none'})")
        return ChannelEntry
    if kind != "section" or name not in SECTIONS:
        raise ConfigError(f"there is no section {name} for commands (those: {', '.join(SECTIONS)})")
    return type(getattr(settings, name))


def _read(text: str, model: type[Section], key: str) -> Any:
    """Read a value as the file would have it: TOML, or text without its quotation marks and brackets."""
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError, KeyError):  # no TOML, or numbers and brackets beyond all measure
        value = text.strip()
    if isinstance(value, datetime | date | time):
        value = text.strip()  # JSON knows none of them; the settings read them from text
    kind = model.model_fields[key].annotation
    if isinstance(value, str) and _is_list(kind):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind)[-1:] == (...,)


# ------------------------------------------------------------------------------------------ checking


def fit(settings: Settings, kind: str, name: str, value: Mapping[str, Any]) -> Change:
    """Return a change as it is to be made, if it fits the rest.

    Raises:
        ConfigError: it does not.
    """
    kept = {key: it for key, it in value.items() if it not in ([], None)}
    change = Change(kind=kind, name=name, value=kept or None)
    others = [it for it in settings.written.choices if (it.kind, it.name) != (kind, name)]
    mine = [Choice(kind=kind, name=name, value=kept, at=TRIED)] if kept else []
    _, left_out = overlaid(settings, [*others, *mine])
    before = {(it.choice.kind, it.choice.name) for it in settings.written.left_out}
    for it in left_out:
        if (it.choice.kind, it.choice.name) == (kind, name):
            raise ConfigError(it.says)
        if (it.choice.kind, it.choice.name) not in before:
            raise ConfigError(f"{it.choice.kind} {it.choice.name} needs it: {it.says}")
    return change


def _value(settings: Settings, kind: str, name: str) -> dict[str, Any]:
    choice = settings.written.choice(kind, name)
    value = dict(choice.value) if choice else {}
    if kind == "story" and "query" in value and settings.written.way(kind, name):
        # The file declares a story of that name by now: what can still count are the lists.
        return {key: it for key, it in value.items() if key in LONGER}
    return value


def _scope(kind: str, name: str) -> str:
    return f"[{name}]" if kind == "section" else f"{kind} {name}"
