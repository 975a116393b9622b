"""What the tests of the commands share: typing one, a configuration, a feed's document."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from bot.cli import main
from bot.edge.clock import SystemClock

CONFIG = "my.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line on standard error."""
        (line,) = self.err.splitlines()
        return line

    @property
    def said(self) -> str:
        """Standard output with its lines joined, wherever they were folded."""
        return re.sub(r"\s+", " ", self.out)

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Standard output, read as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def typed(*arguments: object, answers: str = "") -> Typed:
    """Type a command as a person would, answers to its questions included."""
    out, err, code = io.StringIO(), io.StringIO(), -1
    with redirect_stdout(out), redirect_stderr(err), _standard_input(answers):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
    return Typed(code=code, out=out.getvalue(), err=err.getvalue())


@contextmanager
def _standard_input(text: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.StringIO(text)
    try:
        yield
    finally:
        sys.stdin = before


def configuration(*feeds: tuple[str, str], query: str = "dam", more: str = "") -> Path:
    """Write a configuration of one story into the current directory."""
    entries = "".join(f'\n[[feed]]\nname = "{name}"\nurl = "{url}"\n' for name, url in feeds)
    path = Path(CONFIG)
    path.write_text(
        f"""
[database]
url = "sqlite:///archive.db"
[poll]
allow_networks = ["127.0.0.0/8"]
{more}
[[story]]
name = "dams"
title = "Dams"
query = '{query}'
{entries}""",
        encoding="utf-8",
    )
    return path


def ago(**time: int) -> datetime:
    """Return a time in the past, such as `ago(hours=1)`."""
    return SystemClock().now() - timedelta(**time)


def rss(*items: tuple[str, str, datetime], texts: Sequence[str] = ()) -> bytes:
    """Write a feed of (title, link, time), newest first."""
    summaries = [*texts, *[""] * len(items)]
    entries = "".join(
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>{format_datetime(time)}</pubDate><description>{escape(summary)}</description></item>"
        for (title, link, time), summary in zip(items, summaries, strict=False)
    )
    return f'<rss version="2.0"><channel><title>Wire</title>{entries}</channel></rss>'.encode()


def row_counts(database: str = "archive.db") -> dict[str, int]:
    """Count the rows of every table."""
    with closing(sqlite3.connect(database)) as connection:
        names = [
            name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
        ]
        return {
            name: connection.execute(f'select count(*) from "{name}"').fetchone()[0]  # noqa: S608  our tables
            for name in names
        }
