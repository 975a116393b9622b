"""Faults injected between SQLAlchemy and the database, as any library's user could."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError


def broken(connection: Connection) -> OperationalError:
    """Give an error that no repetition helps against, as the connection's database would."""
    if connection.dialect.name == "postgresql":
        return OperationalError("a statement", None, psycopg.errors.DiskFull("No space left on device"))
    return OperationalError("a statement", None, sqlite3.OperationalError("disk I/O error"))


def cut_off() -> OperationalError:
    """Give the error of a PostgreSQL server that is gone in mid-sentence."""
    lost = psycopg.OperationalError("server closed the connection unexpectedly")
    return OperationalError("a statement", None, lost, connection_invalidated=True)


@contextmanager
def watching_calls(watcher: Callable[[Connection, str], None]) -> Iterator[None]:
    """Show the watcher every statement before it runs, and every commit."""

    def statement(connection: Connection, _cursor: Any, sql: str, *_rest: Any) -> None:
        watcher(connection, sql)

    def commit(connection: Connection) -> None:
        watcher(connection, "COMMIT")

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", commit)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", statement)
        event.remove(Engine, "commit", commit)


@contextmanager
def failing_call(number: int) -> Iterator[None]:
    """Let the call with this number fail, counted from 1."""
    left = number

    def watcher(connection: Connection, _sql: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise broken(connection)

    with watching_calls(watcher):
        yield
