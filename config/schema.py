"""The JSON Schema of the file, for editors: they complete names, show what each means and mark mistakes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel, SecretStr

from config.sections import Section
from config.settings import MISPLACED, Settings
from config.values import said

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FIELD = re.compile(r"    (\w+): ")
_COMMENT = "    #:"


def schema() -> dict[str, Any]:
    """Return the schema of the file, of what JSON knows."""
    made = Settings.model_json_schema()
    models = {model.__name__: model for model in _models(Section)}
    for name, definition in made["$defs"].items():
        if name in models:
            _explain(definition, models[name])
    _explain(made, Settings)
    for secret in MISPLACED.keys() & made["$defs"]["TelegramSection"]["properties"].keys():
        del made["$defs"]["TelegramSection"]["properties"][secret]  # it does not belong in the file
    return {
        "$schema": _DIALECT,
        **made,
        "title": "Storywire",
        "description": "Which stories to follow, in which feeds, and where to post them.",
        "required": ["story", "feed"],
    }


def _models(model: type[BaseModel]) -> list[type[BaseModel]]:
    return [model, *(one for each in model.__subclasses__() for one in _models(each))]


def _explain(definition: dict[str, Any], model: type[BaseModel]) -> None:
    """Say of each setting what the source says of it, and write its usual value as the file would."""
    definition.pop("title", None)
    comments = _comments(model)
    for name, field in definition.get("properties", {}).items():
        plain = _without_null(field)
        plain.pop("title", None)
        plain.pop("default", None)
        usual = _usual(model.model_fields[name].default)
        field.clear()
        field.update(plain)
        if name in comments:
            field["description"] = comments[name]
        if usual is not None:
            field["default"] = usual


def _without_null(field: Mapping[str, Any]) -> dict[str, Any]:
    """TOML has no null: what may be left out is left out."""
    kinds = [kind for kind in field.get("anyOf", ()) if kind != {"type": "null"}]
    rest = {key: value for key, value in field.items() if key != "anyOf"}
    if not kinds:
        return rest
    return {**kinds[0], **rest} if len(kinds) == 1 else {"anyOf": kinds, **rest}


def _usual(default: object) -> object:
    if default in (None, ()) or isinstance(default, BaseModel | SecretStr):
        return None
    if isinstance(default, Enum):
        return default.value
    if isinstance(default, str | bool | int | float):
        return default
    return said(default) if type(default).__module__ == "datetime" else None


def _comments(model: type[BaseModel]) -> dict[str, str]:
    """Return the comments "#: …" that stand above the settings of a model, and of those it rests on."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if issubclass(one, BaseModel) and one.__module__.startswith("config."):
            found |= _own_comments(inspect.getsource(one))
    return found


def _own_comments(source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    held: list[str] = []
    for line in source.splitlines():
        if line.startswith(_COMMENT):
            held.append(line.removeprefix(_COMMENT).strip())
            continue
        field = _FIELD.match(line)
        if field and held:
            found[field[1]] = (
                " ".join(held).replace("; None means", "; without it").replace("None means", "Without it")
            )
        held = []
    return found
