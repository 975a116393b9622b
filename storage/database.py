"""One thread that owns the database: whole transactions go in, their results come out.

A synchronous engine behind a thread: an asynchronous one costs SQLite fifty times a plain look-up, and a
transaction that runs as plain code cannot wait for the network by mistake.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TextIO, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.errors import StorywireError
from storage.engine import for_writing

T = TypeVar("T")

#: Waits between attempts when PostgreSQL went away, in seconds. A restart takes one to three; together
#: they stay below the ten in which the program must be able to stop.
_PAUSES_S = (0.1, 0.5, 2.0, 5.0)
#: SQLSTATEs that ask for the same transaction again: serialisation failure and deadlock, connection
#: exceptions (class 08), server shutting down or starting (57P01 to 57P03).
_AGAIN = ("40001", "40P01", "08", "57P0")


class Database:
    """Runs transactions one after another on a thread of its own."""

    def __init__(self, engine: Engine, lock: TextIO | None) -> None:
        """Take over an engine and the lock that is let go of at the end, if there is one."""
        self._engine = engine
        self._writer = for_writing(engine)
        self._lock = lock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._closed = False

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction that only reads.

        Raises:
            StorywireError: the database cannot be used for now (locked, full, gone).
        """
        return await self._on_thread(lambda: _patiently(lambda: _transact(self._engine, work)))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction; on PostgreSQL again if the connection is lost before the commit.

        Raises:
            StorywireError: the database cannot be used for now; nothing of the transaction is kept.
        """
        return await self._on_thread(lambda: _patiently(lambda: _commit_once(self._writer, work)))

    async def at_once(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction that is not tried again: at the start an operator waits."""
        return await self._on_thread(lambda: _transact(self._writer, work))

    async def close(self) -> None:
        """Finish what was handed in before, then let go of connection and lock. Twice is once."""
        if self._closed:
            return
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()
        if self._lock is not None:
            self._lock.close()

    async def _on_thread(self, step: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, step)
        except (OperationalError, InterfaceError) as error:
            reason = " ".join(str(error.orig).split())
            raise StorywireError(f"the database cannot be used for now: {reason}") from error


def _transact(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)


def _commit_once(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run `work` and commit; if the answer to the commit is lost, ask whether it happened."""
    done: list[tuple[T, str]] = []

    def numbered(connection: Connection) -> T:
        result = work(connection)
        if connection.dialect.name == "postgresql":
            number = connection.scalar(text("select pg_current_xact_id_if_assigned()::text"))
            done.extend([(result, number)] if number else [])
        return result

    try:
        return _transact(engine, numbered)
    except OperationalError as error:
        if not done or not _again(error) or not _committed(engine, done[0][1]):
            raise
        return done[0][0]


def _committed(engine: Engine, number: str) -> bool:
    """Ask PostgreSQL what became of a transaction."""
    asked = text("select pg_xact_status(cast(:number as xid8))").bindparams(number=number)
    try:
        status = _patiently(lambda: _transact(engine, lambda connection: connection.scalar(asked)))
    except OperationalError as error:
        raise StorywireError("the database went away during a commit and did not come back") from error
    return bool(status == "committed")


def _patiently(step: Callable[[], T]) -> T:
    for pause in _PAUSES_S:
        try:
            return step()
        except OperationalError as error:
            if not _again(error):
                raise
        time.sleep(pause)
    return step()


def _again(error: OperationalError) -> bool:
    """Tell whether PostgreSQL was lost or asks for the transaction again; SQLite never does."""
    if type(error.orig).__module__ == "sqlite3":
        return False
    state: str | None = getattr(error.orig, "sqlstate", None)
    # Without a state the error was made on this side: no server answered.
    return state is None or state.startswith(_AGAIN)
