"""Logs on standard error, without secrets.

Libraries log what they please: httpx prints each request's URL, which holds the bot token, at INFO, and
python-telegram-bot does the same at DEBUG. Quieter loggers are therefore only a courtesy; what keeps
secrets in is the one handler on the root logger. It masks the finished line, so messages, arguments,
extra fields and tracebacks of every logger pass through it, and uncaught exceptions are sent there too.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import structlog

_MASK = "***"

#: A "secret" shorter than this is part of half the words in a log; masking it would hide the log itself.
_SHORTEST_SECRET = 4

#: https://core.telegram.org/bots/api#authorizing-your-bot; in a URL the colon may be escaped. The look-behind
#: keeps the search linear on long runs of digits.
_BOT_TOKEN = re.compile(r"(?<![0-9])[0-9]{6,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}")

#: The userinfo of a URL (RFC 3986, 3.2.1), up to the last "@" before the path: people forget to escape "@".
_USERINFO = re.compile(r"(?<=://)[^\s/?#]*@")

#: The values of a line of JSON. The last two are what Python writes although JSON does not know them.
_JSON_VALUE = re.compile(r'"(?:[^"\\]++|\\.)*+"|-?[0-9][0-9.eE+-]*|NaN|-?Infinity')

#: They report each request or each run at INFO; the last also warns whenever a run takes longer than its
#: interval, which is nothing to act on.
_TALKATIVE = {
    "aiohttp.access": logging.WARNING,
    "alembic": logging.WARNING,
    "apscheduler": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,
    "telegram": logging.WARNING,
    "apscheduler.scheduler": logging.ERROR,
}

log = structlog.get_logger(__name__)


def mask(text: str, secrets: Sequence[str]) -> str:
    """Replace each secret by three asterisks, and whatever looks like a bot token or a URL's userinfo.

    Args:
        text: what is about to be shown.
        secrets: known secrets; each is found as it is, URL-escaped and escaped as in JSON or a Python
            literal. Those shorter than four characters are ignored.
    """
    known = _known(tuple(secrets))
    # Known ones first: a pattern might match only a part of one and leave the rest.
    text = known.sub(_MASK, text) if known else text
    return _BOT_TOKEN.sub(_MASK, _USERINFO.sub(f"{_MASK}@", text))


def configure(level: str, format: str, secrets: Sequence[str]) -> None:  # noqa: A002  the setting's name
    """Send everything that is logged to standard error, masked. May be called again.

    Args:
        level: the least important level that is shown, such as "INFO".
        format: "console" for people, "json" for one JSON object a line; anything else chooses by whether
            standard error is a terminal.
        secrets: what must never be shown, besides bot tokens and URL userinfo.
    """
    for_people = format == "console" or (format != "json" and sys.stderr.isatty())
    hide = partial(mask, secrets=tuple(secrets))
    handler = _Stderr(hide if for_people else partial(_mask_json, hide=hide))
    handler.setFormatter(_formatter(for_people=for_people))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _TALKATIVE.items():
        logging.getLogger(name).setLevel(max(root.level, least))
    _configure_structlog()
    sys.excepthook = _log_uncaught


class _Stderr(logging.Handler):
    """Writes masked lines to whatever standard error is at the time."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        super().__init__()
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        return self._hide(super().format(record))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001  a faulty log call must not end the program, as in every handler
            line = self.format(_about_faulty(record))
        with contextlib.suppress(OSError, ValueError):  # nobody reads standard error any more
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()


def _about_faulty(record: logging.LogRecord) -> logging.LogRecord:
    """Describe a record that could not be formatted; the standard handler would print it unmasked."""
    return logging.makeLogRecord(
        {
            "name": record.name,
            "levelno": logging.ERROR,
            "levelname": "ERROR",
            "msg": "faulty log call at %s:%d",
            "args": (record.pathname, record.lineno),
            "exc_info": sys.exc_info(),
        }
    )


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("crashed", exc_info=(kind, error, trace))


@lru_cache(maxsize=8)
def _known(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    spellings = {
        spelling for secret in secrets if len(secret) >= _SHORTEST_SECRET for spelling in _spell(secret)
    }
    # Longest first: one secret may begin another.
    longest_first = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _spell(secret: str) -> set[str]:
    as_literal = {
        repr(secret)[1:-1],
        *(json.dumps(secret, ensure_ascii=choice)[1:-1] for choice in (True, False)),
    }
    # As part of a path, as a part of its own, as part of a form, and what it was before it was escaped.
    encoded = secret.encode("utf-8", "surrogatepass")  # a variable that is no UTF-8 arrives with surrogates
    in_url = {quote(encoded), quote(encoded, safe=""), quote_plus(encoded), unquote(secret)}
    return {secret} | as_literal | in_url


def _mask_json(line: str, *, hide: Callable[[str], str]) -> str:
    """Mask the values of a line of JSON one by one, so that it stays JSON."""

    def hidden(found: re.Match[str]) -> str:
        value = found[0]
        text = json.loads(value) if value.startswith('"') else value
        safe = hide(text)
        is_json = value.lstrip("-") not in {"NaN", "Infinity"}
        return value if safe == text and is_json else json.dumps(safe)

    return _JSON_VALUE.sub(hidden, line)


def _formatter(*, for_people: bool) -> structlog.stdlib.ProcessorFormatter:
    # Without plain_traceback rich would print local variables and break secrets across lines.
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    render: list[Any] = (
        [console]
        if for_people
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_FACTS, structlog.stdlib.ExtraAdder()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
    )


_FACTS: tuple[Callable[[Any, str, Any], Mapping[str, Any]], ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def _configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_FACTS,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
