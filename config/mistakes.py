"""Where a setting stands, and what is wrong with it, in one line for people.

config/storywire.toml:12: poll.evry: unknown setting (did you mean "every"?)
STORYWIRE_POLL__EVERY: poll.every: must be from 1m to 7d
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, ValidationError

#: The way to a value: names of tables and settings, and places in lists.
Way: TypeAlias = tuple[str | int, ...]

#: What other feed readers and bots call these settings.
_ELSEWHERE = {
    "interval": "every",
    "poll_interval": "every",
    "update_interval": "every",
    "keywords": "query",
    "chat_id": "channel",
    "chatid": "channel",
    "useragent": "user_agent",
    "expiretime": "max_age",
    "timezone": "time_zone",
}
#: pydantic's kinds of error → what a person needs to hear; the others are said in pydantic's words.
_SAYS = {
    "missing": "is missing",
    "tuple_type": "must be a list in [ ]",
    "list_type": "must be a list in [ ]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "string_type": 'must be text in quotes ("…")',
    "ip_any_network": 'must be networks such as "10.0.0.0/8"',
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong."""

    way: Way
    says: str

    def __str__(self) -> str:
        """Return the setting's name and what is wrong with it."""
        name = ".".join(part for part in self.way if isinstance(part, str))
        return f"{name}: {self.says}" if name else self.says


class Sources:
    """Where each setting was written: a line of the file, or a variable of the environment."""

    def __init__(self, path: Path, text: str, variables: Mapping[Way, str]) -> None:
        """Keep the text of a valid TOML file and the variables that override it."""
        self._path = path
        self._text = text
        self._variables = variables

    def told(self, mistakes: Iterable[Mistake]) -> list[str]:
        """Return a line for each mistake, in the order of the file; those of the environment last."""
        placed = [(self._line(mistake.way), mistake) for mistake in mistakes]
        placed.sort(key=lambda pair: pair[0] or sys.maxsize)
        return list(dict.fromkeys(f"{self._where(line, it.way)}: {it}" for line, it in placed))

    def place(self, way: Way) -> str:
        """Return where a setting stands: the file with the line, or the variable."""
        return self._where(self._line(way), way)

    @cached_property
    def _lines(self) -> Mapping[Way, int]:
        return lines_of(self._text)

    def _line(self, way: Way) -> int | None:
        if _variable(way, self._variables):
            return None
        return next((self._lines[start] for start in _starts(way) if start in self._lines), None)

    def _where(self, line: int | None, way: Way) -> str:
        variable = _variable(way, self._variables)
        if variable:
            return variable
        return f"{self._path}:{line}" if line else str(self._path)


def lines_of(text: str) -> dict[Way, int]:
    """Map the way to each value of a valid TOML text to the line, from 1, on which its statement begins."""
    lines: dict[Way, int] = {}
    table: Way = ()
    for number, statement in _statements(text):
        written = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _opened(written, lines)
            lines.setdefault(table, number)
        else:
            for way in _ways(written):
                lines.setdefault((*table, *way), number)
    return lines


def unfinished_line(text: str) -> int:
    """Return the line on which the statement begins that a broken TOML text never ends."""
    finished = "".join(statement for _, statement in _statements(text))
    return finished.count("\n") + 1


def mistakes_in(error: ValidationError, model: type[BaseModel]) -> Iterator[Mistake]:
    """Say in words what pydantic found, without the values."""
    for found in error.errors(include_url=False, include_input=False):
        way: Way = tuple(part for part in found["loc"] if part != "[key]")  # a mistake in a key of our own
        if found["type"] == "extra_forbidden":
            yield Mistake(way, unknown_setting(way, model))
        elif found["type"] == "value_error":
            yield Mistake(way, str(found["ctx"]["error"]))
        elif len(way) == 1 and found["type"] == "tuple_type":
            yield Mistake(way, f"must be written with double brackets: [[{way[0]}]]")
        else:
            said = found["msg"].replace("Input should be", "must be")
            yield Mistake(way, _SAYS.get(found["type"], said))


def unknown_setting(way: Way, model: type[BaseModel]) -> str:
    """Say that no setting is there, and which one may have been meant."""
    name = str(way[-1])
    known = list(_holder(way, model).model_fields)
    other = _ELSEWHERE.get(name.lower().replace("-", "_"))
    near = [other] if other in known else get_close_matches(name, known, n=1)
    return "unknown setting " + (f'(did you mean "{near[0]}"?)' if near else f"(known: {', '.join(known)})")


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Split a TOML text into its statements, each with the line on which it begins.

    tomllib itself says where a statement ends: where the lines so far can be read on their own.
    """
    begun, held = 1, ""
    for number, line in enumerate(StringIO(text), start=1):
        begun = begun if held else number
        held += line
        if _reads(held):
            yield begun, held
            held = ""


def _reads(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _opened(header: Mapping[str, Any], lines: Mapping[Way, int]) -> Way:
    """Return the way to the table that a header opens: [a.b] or [[a.b]], within the last [[a]]."""
    way: Way = ()
    inner: Any = header
    while inner:
        ((name, inner),) = inner.items()
        way = (*way, name)
        length = next(place for place in count() if (*way, place) not in lines)
        if isinstance(inner, list):
            return (*way, length)
        if length:
            way = (*way, length - 1)
    return way


def _ways(written: Any) -> Iterator[Way]:
    """Return the way to everything in a statement's value, the value itself included."""
    inside = written.items() if isinstance(written, dict) else ()
    for name, value in inside:
        yield (name,)
        yield from ((name, *way) for way in _ways(value))


def _starts(way: Way) -> Iterator[Way]:
    """Return the way and those to what holds it, nearest first."""
    return (way[:length] for length in range(len(way), 0, -1))


def _variable(way: Way, variables: Mapping[Way, str]) -> str | None:
    """Return the variable that gave a setting: its section and its name, whatever lies deeper."""
    return variables.get(way) or variables.get(way[:2])


def _holder(way: Way, model: type[BaseModel]) -> type[BaseModel]:
    """Return the model whose field the last part of the way would be."""
    for part in way[:-1]:
        if isinstance(part, str):
            kind = model.model_fields[part].annotation
            model = (get_args(kind) or (kind,))[0]
    return model
