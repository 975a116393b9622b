"""What Storywire and its libraries log, and that no secret is in it."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from urllib.parse import quote

import pytest
import structlog
from hypothesis import example, given
from hypothesis import strategies as st

from bot.edge.logs import configure, mask

TOKEN = "123456789:AAcanaryCANARYcanaryCANARYcanary_-0"
OTHER_TOKEN = "987654321:BBcanaryCANARYcanaryCANARYcanary_-1"
PASSWORD = "p@ss \"word'\\ü/канарейка"
SECRETS = (TOKEN, PASSWORD)
TALKATIVE = ("aiohttp.access", "apscheduler", "apscheduler.scheduler", "httpcore", "httpx", "telegram")

log = structlog.get_logger("bot.test")


class FakeTerminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, hook = root.handlers[:], root.level, sys.excepthook
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook = hook
    structlog.reset_defaults()
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.NOTSET)


@contextmanager
def standard_error(stream: io.StringIO) -> Iterator[io.StringIO]:
    before, sys.stderr = sys.stderr, stream
    try:
        yield stream
    finally:
        sys.stderr = before


def logged(
    write: Callable[[], object],
    *,
    level: str = "DEBUG",
    style: str = "json",
    secrets: Sequence[str] = SECRETS,
    terminal: bool = False,
) -> str:
    """Return what arrives on standard error when `write` logs."""
    with standard_error(FakeTerminal() if terminal else io.StringIO()) as stream:
        configure(level, style, secrets)
        write()
        return stream.getvalue()


def let_every_logger_talk() -> None:
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.DEBUG)


def a_failed_call(secret: str) -> None:
    raise ValueError(f"refused: {secret}")


def log_a_traceback(logger: logging.Logger | structlog.stdlib.BoundLogger, secret: str) -> None:
    try:
        try:
            a_failed_call(secret)
        except ValueError as error:
            raise RuntimeError(secret) from error
    except RuntimeError:
        logger.exception("failed %s", secret)


class Revealing:
    """Says its secret when it is printed, as telegram.Bot does."""

    def __repr__(self) -> str:
        return f"Revealing[{TOKEN}]"


def httpx_line() -> None:
    let_every_logger_talk()
    logging.getLogger("httpx").info(
        'HTTP Request: %s %s "HTTP/1.1 200 OK"', "POST", f"https://api.telegram.org/bot{OTHER_TOKEN}/getMe"
    )


WAYS: dict[str, Callable[[], object]] = {
    "a message of ours": lambda: log.info("posting with " + TOKEN),  # noqa: G003  on purpose
    "an argument of ours": lambda: log.info("posting with %s", TOKEN),
    "a field of ours": lambda: log.info("posting", token=TOKEN, password=PASSWORD),
    "a field within a field": lambda: log.info("posting", settings={"bot": [{TOKEN: PASSWORD}]}),
    "an object that shows it": lambda: log.info("posting", bot=Revealing()),
    "bytes": lambda: log.info("answer", body=TOKEN.encode()),
    "a traceback of ours": lambda: log_a_traceback(log, TOKEN),
    "a traceback with a password in quotes": lambda: log_a_traceback(log, repr(PASSWORD)),
    "a library's message": lambda: logging.getLogger("asyncio").debug("socket to " + TOKEN),  # noqa: G003  as libraries do
    "a library's argument": lambda: logging.getLogger("lib").info("%s and %r", TOKEN, PASSWORD),
    "a library's extra field": lambda: logging.getLogger("lib").info("x", extra={"headers": PASSWORD}),
    "a library's traceback": lambda: log_a_traceback(logging.getLogger("lib"), PASSWORD),
    "a library's stack": lambda: logging.getLogger("lib").info("token %s", TOKEN, stack_info=True),
    "a library's faulty call": lambda: logging.getLogger("lib").error("no place for it", TOKEN),  # noqa: PLE1205  on purpose
    "the request line httpx logs": httpx_line,
    "a database address": lambda: log.info("open", url=f"postgresql://me:{quote(PASSWORD)}@db/storywire"),
    "a database address with an unescaped password": lambda: log.info(
        "open", url=f"postgresql://me:{PASSWORD}@db/x"
    ),
    "an escaped token in a query": lambda: log.info(
        "get", url=f"https://example.org/?to={quote(OTHER_TOKEN)}"
    ),
    "a token nobody told us about": lambda: log.info("x", text=f"/bot{OTHER_TOKEN}/sendMessage"),
}


def traces(text: str) -> list[str]:
    return [
        part
        for part in ("canary", "CANARY", "канарейка", "\\u043a\\u0430", "word'", "%D0%BA")
        if part in text
    ]


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize("write", WAYS.values(), ids=WAYS)
def test_no_secret_reaches_standard_error_at_debug_level(write: Callable[[], object], style: str) -> None:
    text = logged(write, style=style)

    assert "***" in text or "faulty log call" in text
    assert traces(text) == []


@pytest.mark.parametrize("write", WAYS.values(), ids=WAYS)
def test_a_masked_line_is_still_json(write: Callable[[], object]) -> None:
    for line in logged(write).splitlines():
        fields = json.loads(line)
        assert {"event", "level", "logger", "timestamp"} <= fields.keys()


def test_no_secret_reaches_a_terminal_where_lines_are_coloured() -> None:
    text = logged(lambda: log_a_traceback(log, TOKEN), style="auto", terminal=True)

    assert "\x1b[" in text
    assert traces(text) == []


def test_the_traceback_of_an_uncaught_exception_is_masked() -> None:
    program = (
        f"from bot.edge.logs import configure\nconfigure('INFO', 'json', [])\nraise ValueError({TOKEN!r})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    fields = json.loads(done.stderr)
    assert done.returncode == 1
    assert (fields["event"], fields["level"]) == ("crashed", "critical")
    assert "ValueError: ***" in fields["exception"]


def test_an_interruption_by_the_keyboard_is_no_crash() -> None:
    text = logged(lambda: sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None))

    assert text == "KeyboardInterrupt\n"


FORMATS = {
    "json as asked": ("json", True, True),
    "for people as asked": ("console", False, False),
    "for people on a terminal": ("auto", True, False),
    "json where nobody looks": ("auto", False, True),
}


@pytest.mark.parametrize(("style", "terminal", "is_json"), FORMATS.values(), ids=FORMATS)
def test_the_format_is_the_one_asked_for_or_fits_the_reader(
    style: str, *, terminal: bool, is_json: bool
) -> None:
    text = logged(lambda: log.info("hello", n=1), style=style, terminal=terminal)

    assert text.startswith("{") is is_json
    assert "hello" in text


LEVELS = {
    "httpx says nothing of each request": ("DEBUG", "httpx", logging.INFO, False),
    "httpcore says nothing of each connection": ("DEBUG", "httpcore.http11", logging.DEBUG, False),
    "telegram says nothing of each call": ("DEBUG", "telegram.ext.ExtBot", logging.DEBUG, False),
    "the timetable says nothing of each run": ("DEBUG", "apscheduler.executors.default", logging.INFO, False),
    "the page's visitors are not logged": ("DEBUG", "aiohttp.access", logging.INFO, False),
    "what they warn of is shown": ("INFO", "apscheduler.executors", logging.WARNING, True),
    "but not that a run took longer than its interval": (
        "INFO",
        "apscheduler.scheduler",
        logging.WARNING,
        False,
    ),
    "unless even that is too much": ("ERROR", "telegram.ext.Updater", logging.WARNING, False),
    "others speak at the level asked for": ("INFO", "asyncio", logging.INFO, True),
    "and not below it": ("INFO", "asyncio", logging.DEBUG, False),
}


@pytest.mark.parametrize(("level", "name", "at", "is_shown"), LEVELS.values(), ids=LEVELS)
def test_libraries_speak_only_when_somebody_should_act(
    level: str, name: str, at: int, *, is_shown: bool
) -> None:
    text = logged(lambda: logging.getLogger(name).log(at, "something"), level=level)

    assert ("something" in text) is is_shown


def test_our_own_lines_below_the_level_are_dropped() -> None:
    assert logged(lambda: log.debug("detail"), level="info") == ""


def test_values_json_does_not_know_stay_readable() -> None:
    (line,) = logged(lambda: log.info("x", ratio=float("nan"), limit=float("-inf"), n=-1.5e3)).splitlines()

    fields = json.loads(line, parse_constant=pytest.fail)
    assert (fields["ratio"], fields["limit"], fields["n"]) == ("NaN", "-Infinity", -1500.0)


def test_a_secret_that_is_a_number_leaves_json_behind() -> None:
    (line,) = logged(lambda: log.info("x", pin=20240229), secrets=["20240229"]).splitlines()

    assert json.loads(line)["pin"] == "***"


def test_configuring_twice_writes_each_line_once() -> None:
    def again() -> None:
        configure("INFO", "json", [])
        log.info("once")

    assert len(logged(again).splitlines()) == 1


MASKED = {
    "nothing to hide": ("Dam breaks near Ostrava at 12:30", "Dam breaks near Ostrava at 12:30"),
    "a known secret, each time": ("hunter22 and hunter22", "*** and ***"),
    "the longer of two that begin alike": ("hunter22-and-more", "***"),
    "a secret escaped for a URL": ("q=caf%C3%A9%20secret", "q=***"),
    "a secret escaped in JSON": (r'{"k": "caf\u00e9 secret"}', '{"k": "***"}'),
    "a secret too short to be one": ("the cat sat", "the cat sat"),
    "user and password": ("see https://me:pw@example.org/a", "see https://***@example.org/a"),
    "an @ within a password": ("postgresql://me:p@w@db/x", "postgresql://***@db/x"),
    "a token for a user name": ("https://ghp_abc@example.org", "https://***@example.org"),
    "an @ behind the host is no password": ("https://example.org/@me?a=b@c", "https://example.org/@me?a=b@c"),
    "a port is no password": ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
    "a bot token in a path": (f"/bot{OTHER_TOKEN}/getMe", "/bot***/getMe"),
    "a bot token with its colon escaped": (quote(OTHER_TOKEN), "***"),
    "a time and a long word are no token": ("20240229:short", "20240229:short"),
}


@pytest.mark.parametrize(("text", "expected"), MASKED.values(), ids=MASKED)
def test_mask_hides_secrets_and_nothing_else(text: str, expected: str) -> None:
    assert mask(text, ["cat", "", "hunter22", "hunter22-and-more", "café secret"]) == expected


@given(
    secret=st.text(min_size=4).filter(lambda text: "*" not in text),
    around=st.lists(st.text(), min_size=2, max_size=5),
)
@example(secret='a"b\\c', around=["", ""])
@example(secret="not utf-8 \udcff", around=["", ""])
def test_no_text_keeps_a_secret(secret: str, around: list[str]) -> None:
    text = "".join(f"{one}{secret}" for one, _ in pairwise(around)) + around[-1]

    assert secret not in mask(text, [secret])
    assert repr(secret)[1:-1] not in mask(repr(text), [secret])


@pytest.mark.parametrize("text", ["1" * 200_000, "://" * 70_000, "://a:" * 40_000, "1234567:" * 25_000])
def test_masking_takes_time_in_proportion_to_the_text(text: str) -> None:
    # In proportion these take milliseconds; by the square they would run into the time limit of the tests.
    assert mask(text, SECRETS) == text
