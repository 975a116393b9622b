"""What a configuration was made of: the file, the environment, and what was chosen by command.

Kept beside the settings, so that they can be made again with other choices, and so that of each of them it
can be said where it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.model import Choice
from config.mistakes import Sources, Way


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A choice that does not fit the file any more, and why."""

    choice: Choice
    says: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.choice.kind} {self.choice.name}, as {chosen(self.choice)}, is left out: {self.says}"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What settings were made of. Any two count as equal: it is the settings that matter."""

    path: Path = field(default=Path(), compare=False)
    text: str = field(default="", compare=False, repr=False)
    #: What the file and the environment say, as it is written, secrets included.
    values: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    #: The way to each setting that the environment gives → the variable.
    variables: Mapping[Way, str] = field(default_factory=dict, compare=False, repr=False)
    #: The way to each secret that the file names instead of holding it → "$NAME".
    named: Mapping[Way, str] = field(default_factory=dict, compare=False, repr=False)
    #: What was chosen by command, whether it fits or not.
    choices: tuple[Choice, ...] = field(default=(), compare=False, repr=False)
    left_out: tuple[LeftOut, ...] = field(default=(), compare=False, repr=False)
    #: The values with the choices that fit laid over them; None where nothing was chosen.
    laid: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def in_effect(self) -> Mapping[str, Any]:
        """Return what the file, the environment and the choices say together, secrets included."""
        return self.values if self.laid is None else self.laid

    def choice(self, kind: str, name: str) -> Choice | None:
        """Return what was chosen of a table, whether it fits or not; None if nothing was."""
        return next((it for it in self.choices if (it.kind, it.name) == (kind, name)), None)

    def way(self, kind: str, name: str) -> Way | None:
        """Return the way to a table of the file; None if it has none such. A section is always there."""
        if kind == "section":
            return (name,)
        tables = self.values.get(kind, ())
        return next(((kind, place) for place, table in enumerate(tables) if table.get("name") == name), None)

    def table(self, kind: str, name: str) -> Mapping[str, Any]:
        """Return what the file and the environment say of a table, as it is written; empty if nothing."""
        way = self.way(kind, name)
        found: Any = self.values
        for part in way or ():
            found = found[part] if part in found or isinstance(part, int) else {}
        return found if way else {}

    def place(self, kind: str, name: str, key: str | None = None) -> str | None:
        """Return where the file or a variable says something of a table; None if neither does.

        Args:
            kind: "story", "channel" or "section".
            name: its name.
            key: a setting of it; None for the table itself.

        Returns:
            Such as "config/storywire.toml:12" or "STORYWIRE_POLL__EVERY".
        """
        way = self.way(kind, name)
        if way is None or (key is not None and key not in self.table(kind, name)):
            return None
        return self._sources.place((*way, key) if key else way)

    @cached_property
    def _sources(self) -> Sources:
        return Sources(self.path, self.text, self.variables)


def chosen(choice: Choice) -> str:
    """Say when something was chosen."""
    return f"chosen by command on {choice.at:%Y-%m-%d}"
