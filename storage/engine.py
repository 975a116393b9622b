"""A database's URL → an engine set up for durable writes, and the lock that keeps a second Storywire out."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import ArchiveBusyError, OperatorError

#: How long a writer waits for another program's lock, in milliseconds: three times the longest lock that
#: must not lose work (10 s).
_BUSY_TIMEOUT_MS = 30_000
#: How long connecting to PostgreSQL may take, in seconds.
_CONNECT_TIMEOUT_S = 10
#: The advisory lock of a running Storywire in its PostgreSQL database: "SW" and 1.
_INSTANCE_LOCK = (0x5357, 1)

_BUSY = "another Storywire works on this database: stop it, or give this one a database of its own"
_HOW = "write sqlite:///path/to/file.db or postgresql://user:password@host/database"


def database_url(text: str) -> URL:
    """Read a database URL; psycopg stands in for every spelling of PostgreSQL.

    Raises:
        OperatorError: it is no URL of a database that Storywire knows. The text never shows a password.
    """
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise OperatorError(f"the database URL cannot be read: {_HOW}") from None
    if url.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername != "sqlite":
        raise OperatorError(f"Storywire does not work on {url.drivername}: {_HOW}")
    if url.database in {None, "", ":memory:"}:
        raise OperatorError(f"the database URL names no file: {_HOW}")
    return url


def engine_for(url: URL, *, exclusive: bool) -> Engine:
    """Make an engine with one connection, as one thread needs it; connects when it is first used."""
    # Parameters are hidden in errors: they hold whole articles.
    common: dict[str, Any] = {"pool_size": 1, "max_overflow": 0, "hide_parameters": True}
    if url.drivername == "sqlite":
        engine = create_engine(url, **common)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = {"connect_timeout": _CONNECT_TIMEOUT_S, "application_name": "storywire"}
    engine = create_engine(url, connect_args=options, **common)
    if exclusive:
        event.listen(engine, "connect", _hold_postgres)
    return engine


def for_writing(engine: Engine) -> Engine:
    """Return the same engine, whose transactions take SQLite's write lock when they begin.

    A transaction that reads first and takes the lock later fails at once when another wrote in between,
    whatever its time-out, or, without BEGIN, overwrites what the other wrote.
    """
    return engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")


def lock_file(url: URL) -> TextIO:
    """Take the lock beside an SQLite file; it is held until the returned file is closed.

    Raises:
        ArchiveBusyError: another process holds it.
        OSError: the lock file cannot be written.
    """
    # Left in place when it is closed: removing it would let two processes lock two files of one name.
    lock = Path(f"{url.database}.lock").open("w", encoding="utf-8")  # noqa: SIM115  held as long as the archive
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise ArchiveBusyError(_BUSY) from None
    return lock


def _prepare_sqlite(connection: Any, record: ConnectionPoolEntry) -> None:
    del record  # SQLAlchemy's signature
    connection.isolation_level = None  # transactions are begun by _begin_sqlite alone
    pragmas = (
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
        "journal_mode=wal",
        "synchronous=full",
        "foreign_keys=on",
    )
    for pragma in pragmas:
        connection.execute(f"pragma {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


def _hold_postgres(connection: Any, record: ConnectionPoolEntry) -> None:
    """Take the instance lock on the connection that writes.

    So nothing is ever written without it: a process that was cut off must take it again first, and fails
    if another has it by now.
    """
    del record  # SQLAlchemy's signature
    (taken,) = connection.execute("select pg_try_advisory_lock(%s, %s)", _INSTANCE_LOCK).fetchone()
    connection.commit()
    if not taken:
        connection.close()
        raise ArchiveBusyError(_BUSY)
