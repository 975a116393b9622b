"""The kinds of value a setting may have, each with its mistake in words.

No message repeats the value: a secret pasted into the wrong place must not reach a log.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from functools import lru_cache
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, IPvAnyNetwork, PlainValidator, SecretStr, WithJsonSchema

from bot.core import template
from bot.errors import ConfigError

_DURATION = re.compile(r"(\d{1,6}) ?([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SIZE = re.compile(r"(\d{1,9}) ?(B|KiB|MiB)?")
_BYTES = {"": 1, "B": 1, "KiB": 1024, "MiB": 1024**2}
_SMALLEST, _LARGEST = "1KiB", "100MiB"
_CHAT_NUMBER = re.compile(r"-?[1-9]\d{0,18}")
_CHAT_NAME = re.compile(r"@[A-Za-z]\w{3,31}", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PERSON = re.compile(r"[1-9]\d{0,15}")
#: Accounts of Telegram's own, in whose names others speak (https://core.telegram.org/bots/api#message).
_NOBODY = {
    "1087968824": "@GroupAnonymousBot, for anonymous administrators of any group",
    "777000": "Telegram's own account, for posts forwarded from channels",
    "136817688": "@Channel_Bot, for messages sent in the name of a channel",
}
#: Number of the bot, colon, secret: the form BotFather hands out.
_TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)
_DATABASE = re.compile(r"(sqlite|postgres|postgresql)(\+\w+)?://")
_LAST_PORT = 65_535
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
#: What a request's framing, its validators or other settings decide.
_OWN_HEADERS = frozenset(
    "host connection content-length transfer-encoding accept-encoding if-none-match if-modified-since cookie"
    " user-agent authorization".split()
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def duration(text: str) -> timedelta:
    """Read "90s", "10m", "2h" or "1d".

    Raises:
        ValueError: it is written otherwise.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError('must be a number with a unit, such as "90s", "10m", "2h" or "1d"')
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


def said(value: object) -> str:
    """Write a value as people do in the file, without quotation marks; "" for what is not set."""
    match value:
        case None | bool():
            return "" if value is None else str(value).lower()
        case timedelta():
            return _said_duration(value)
        case list() | tuple():
            return ", ".join(map(said, value))
        case SecretStr():
            return "(secret)"
        case _:
            return f"{value:%H:%M}" if isinstance(value, time) else str(value)


def _said_duration(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def _lasting(shortest: str, longest: str) -> BeforeValidator:
    def read(value: object) -> timedelta:
        lasts = value if isinstance(value, timedelta) else duration(str(value))
        if not duration(shortest) <= lasts <= duration(longest):
            raise ValueError(f"must be from {shortest} to {longest}")
        return lasts

    return BeforeValidator(read)


def _bytes(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError('must be a number of bytes, or text such as "5MiB" or "512KiB"')
    return int(found[1]) * _BYTES[found[2] or ""]


def _size(value: object) -> int:
    size = _bytes(str(value))
    if not _bytes(_SMALLEST) <= size <= _bytes(_LARGEST):
        raise ValueError(f"must be from {_SMALLEST} to {_LARGEST}")
    return size


def _chat(value: object) -> int | str:
    text = str(value).strip()
    if _CHAT_NUMBER.fullmatch(text):
        return int(text)
    if _CHAT_NAME.fullmatch(text):
        return text
    raise ValueError('must be the chat\'s number, such as -1001234567890, or its name, such as "@my_channel"')


def _split(value: object) -> object:
    """Read a list from an environment variable: its items stand between commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _people(value: object) -> object:
    items = re.split(r"[,;\s]+", value.strip()) if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise ValueError("must be a list of numbers, such as [123456789]")  # noqa: TRY004  pydantic reads it
    return tuple(_person(item) for item in items if item != "")


def _person(value: object) -> int:
    text = "" if isinstance(value, bool) else str(value).strip()
    if text.startswith("@"):
        raise ValueError(
            "must be people's numbers, not names: a name can be given up and taken by somebody else;"
            " send /start to the bot to learn your number"
        )
    if not _PERSON.fullmatch(text):
        raise ValueError(
            "must be people's numbers, such as 123456789 (chats have negative ones and say nothing of who"
            " speaks); send /start to the bot to learn yours"
        )
    if text in _NOBODY:
        raise ValueError(f"must not hold {text}: that is {_NOBODY[text]}; anybody may speak through it")
    return int(text)


def _filled(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _address(value: str) -> str:
    if not _is_web(value) or not value.isprintable() or " " in value:
        raise ValueError("must be a whole address that begins with https:// or http://")
    if "@" in urlsplit(value).netloc:
        raise ValueError("must not carry a user name or password: addresses are logged and shown")
    return value


def _is_web(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket without its partner, a port that is no number
        return False


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise ValueError('must be small letters a-z, digits and single hyphens, such as "my-story"')
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError('must be a language code, such as "en", "uk" or "zh-Hant"')
    return value


def _time_zone(value: str) -> str:
    if value not in _zones():
        raise ValueError('must be the name of a time zone, such as "UTC" or "Europe/Kyiv"')
    return value


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _token(value: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("is not a bot token (123456789:letters-and-digits); ask @BotFather for it")
    return value


def _database(value: SecretStr) -> SecretStr:
    if not _DATABASE.match(value.get_secret_value()):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return value


def _header_name(value: str) -> str:
    if not _HEADER_NAME.fullmatch(value):
        raise ValueError('must be the name of an HTTP header, such as "X-Api-Key"')
    if value.lower() in _OWN_HEADERS:
        raise ValueError("is a header that Storywire sets itself")
    return value


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text or not text.isprintable():
        raise ValueError("must be one line of text")
    return value


def _header(value: str) -> str:
    if not value.strip() or not value.isascii() or not value.isprintable():
        raise ValueError("must be one line of plain letters, digits and signs")
    return value


def _time_of_day(value: object) -> time:
    found = _TIME.fullmatch(str(value).strip())
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    if found is None:
        raise ValueError('must be a time of day, such as "08:00"')
    return time(int(found[1]), int(found[2]))


def _from_to(value: object) -> tuple[time, time]:
    start, dash, end = str(value).replace("–", "-").partition("-")
    if not dash:
        raise ValueError('must be two times of day, such as "23:00-07:00"')
    span = _time_of_day(start), _time_of_day(end)
    if span[0] == span[1]:
        raise ValueError("must not begin and end at the same time")
    return span


def _digest_times(value: object) -> tuple[time, ...]:
    if value == "hourly":
        return ()
    items = _split(value)
    times = [_time_of_day(item) for item in items] if isinstance(items, list) else []
    if not times:
        raise ValueError('must be times of day, such as ["08:00", "18:00"], or "hourly"')
    return tuple(sorted(set(times)))


def _listen(value: str) -> str:
    host, _colon, port = value.rpartition(":")
    if not host or not port.isdigit() or not int(port) <= _LAST_PORT:
        raise ValueError('must be an address with a port, such as "127.0.0.1:8443"')
    return value


def _template(value: str) -> str:
    try:
        template.check(value)
    except ConfigError as error:
        raise ValueError(f"does not work: {error}") from None
    return value


def _as_text(says: str, pattern: str, *examples: str) -> WithJsonSchema:
    """Tell editors how a value is written that the program reads from text."""
    return WithJsonSchema(
        {"type": "string", "description": says, "pattern": pattern, "examples": list(examples)}
    )


_DURATION_TEXT = _as_text('a number with a unit: "90s", "10m", "2h", "1d"', r"^\s*\d{1,6} ?[smhd]\s*$", "10m")
_TIME_PATTERN = r"([01]?\d|2[0-3]):[0-5]\d"
_TIME_TEXT = {"type": "string", "pattern": rf"^\s*{_TIME_PATTERN}\s*$"}

Interval = Annotated[timedelta, _lasting("1m", "7d"), _DURATION_TEXT]
Wait = Annotated[timedelta, _lasting("1s", "5m"), _DURATION_TEXT]
Age = Annotated[timedelta, _lasting("1m", "3650d"), _DURATION_TEXT]
Size = Annotated[
    int,
    BeforeValidator(_size),
    WithJsonSchema(
        {
            "description": 'a number of bytes, or text such as "5MiB" or "512KiB"',
            "anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\s*\d{1,9} ?(B|KiB|MiB)?\s*$"}],
        }
    ),
]
Chat = Annotated[
    int | str,
    PlainValidator(_chat),
    WithJsonSchema(
        {
            "description": "a chat's number, or its name with @",
            "anyOf": [
                {"type": "integer"},
                {"type": "string", "pattern": r"^\s*(-?[1-9]\d{0,18}|@[A-Za-z]\w{3,31})\s*$"},
            ],
        }
    ),
]
People = Annotated[
    tuple[int, ...],
    BeforeValidator(_people),
    WithJsonSchema({"type": "array", "items": {"type": "integer", "minimum": 1}}),
]
Networks = Annotated[
    tuple[IPvAnyNetwork, ...],
    BeforeValidator(_split),
    WithJsonSchema({"type": "array", "items": {"type": "string", "examples": ["192.168.1.0/24"]}}),
]
Filled = Annotated[str, AfterValidator(_filled)]
Address = Annotated[str, AfterValidator(_address)]
Slug = Annotated[str, AfterValidator(_slug)]
Language = Annotated[str, AfterValidator(_language)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Token = Annotated[SecretStr, AfterValidator(_token)]
Database = Annotated[SecretStr, AfterValidator(_database)]
Header = Annotated[str, AfterValidator(_header)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
Span = Annotated[
    tuple[time, time],
    PlainValidator(_from_to),
    _as_text("two times of day", rf"^\s*{_TIME_PATTERN}\s*[-–]\s*{_TIME_PATTERN}\s*$", "23:00-07:00"),
]
DigestTimes = Annotated[
    tuple[time, ...],
    PlainValidator(_digest_times),
    WithJsonSchema(
        {
            "description": 'times of day, or "hourly"',
            "anyOf": [{"type": "array", "minItems": 1, "items": _TIME_TEXT}, _TIME_TEXT, {"const": "hourly"}],
        }
    ),
]
Template = Annotated[str, AfterValidator(_template)]
Listen = Annotated[str, AfterValidator(_listen)]
