"""Where each setting in effect comes from, for people to see before they change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.model import Deed
from config.choosing import model_of, settable
from config.sections import is_own
from config.settings import Settings
from config.values import said
from config.written import chosen


def origin(settings: Settings, kind: str, name: str, key: str) -> str:
    """Say where a setting comes from: a line of the file, a variable, a command, or that it is the usual one.

    Args:
        settings: in effect.
        kind: "story", "channel" or "section".
        name: its name.
        key: the setting.
    """
    written = settings.written
    place = written.place(kind, name, key)
    choice = written.choice(kind, name)
    applies = choice is not None and not any(it.choice == choice for it in written.left_out)
    if place is None and choice is not None and applies and key in choice.value:
        return chosen(choice)
    return place or "the usual"


def options(settings: Settings, kind: str, name: str) -> Sequence[tuple[str, str, str]]:
    """Return the settings of a story, a channel or a section, as (name, value, where it comes from).

    The value is written as in the file; "" where it is left to the next place: channel, [posting], the usual.

    Raises:
        ConfigError: there is no such story, channel or section.
    """
    keys = settable(settings, kind, name)
    written, choice = settings.written, settings.written.choice(kind, name)
    values: Mapping[str, Any] = {**(choice.value if choice else {}), **written.table(kind, name)}
    usual = model_of(kind, name, settings).model_fields
    return [
        (key, said(values[key] if key in values else usual[key].default), origin(settings, kind, name, key))
        for key in keys
    ]


def is_shared(deed: Deed, *, person: int | None) -> bool:
    """Tell whether a deed changed what all share, or what a person has of their own: not what others have."""
    private = bool(deed.undo) and all(is_own(change.name) for change in deed.undo or ())
    return not private or deed.person == person
