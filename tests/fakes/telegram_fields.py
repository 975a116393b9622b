"""Parameters of a method taken apart as the Bot API server does: what it forgives and what it refuses.

Sources are named by file and line of github.com/tdlib/td (022d602) and
github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from tests.fakes.telegram_entities import Json, RefusedError, bad_request

Query: TypeAlias = Mapping[str, str]

_NUMBER = re.compile(r"\s*[+-]?\d+")


def truth(query: Query, name: str) -> bool:
    """Client.cpp:9357, to_bool"""
    return query.get(name, "").strip().lower() in {"true", "yes", "1"}


def number(text: str) -> int:
    """Return the number a text begins with, zero if with none. tdutils, misc.h, to_integer"""
    found = _NUMBER.match(text)
    return int(found[0]) if found else 0


def between(query: Query, name: str, default: int, lowest: int, highest: int) -> int:
    """Client.cpp:12360, get_integer_arg"""
    text = query.get(name, "")
    return min(highest, max(lowest, number(text) if text else default))


def required(query: Query, name: str) -> str:
    """Client.cpp:12367"""
    if not query.get(name):
        raise bad_request(f'Parameter "{name}" is required')
    return query[name]


def parsed(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise bad_request(f"Can't parse {what} JSON object") from None


def fields(query: Query, name: str, what: str, *, named: str = "") -> Json | None:
    """Return an object given as JSON, None if there is none; the server may name it differently once read."""
    if not query.get(name):
        return None
    value = parsed(query[name], what)
    if not isinstance(value, dict):
        raise bad_request(f"Object expected as {named or what}")
    return value


def field_truth(value: Json, name: str) -> bool:
    """JsonBuilder.cpp:602; a text or a number is no Boolean."""
    found = value.get(name, False)
    if not isinstance(found, bool):
        raise bad_request(f'Field "{name}" must be of type Boolean')
    return found


def field_text(value: Json, name: str, *, needed: bool = False) -> str:
    """JsonBuilder.cpp:711 and 725; a number is taken for its digits."""
    if name not in value:
        if needed:
            raise bad_request(f'Can\'t find field "{name}"')
        return ""
    found = value[name]
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise bad_request(f'Field "{name}" must be of type String')
    return str(found)


def field_number(value: Json, name: str, *, needed: bool = False) -> int:
    """JsonBuilder.cpp:633 and 647; a text of digits is taken for a number."""
    if name not in value:
        if needed:
            raise bad_request(f'Can\'t find field "{name}"')
        return 0
    found = value[name]
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise bad_request(f'Field "{name}" must be a Number')
    try:
        return int(str(found))
    except ValueError:
        raise bad_request(f'Field "{name}" must be a valid Number') from None


def inside(refusal: RefusedError, what: str) -> RefusedError:
    """Say where a refused part stood; what was said of it stays as it is."""
    return bad_request(f"{what}: {refusal.text}")
