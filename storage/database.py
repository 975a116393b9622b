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

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

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
        return await self._explained(lambda: _patiently(lambda: _transact(self._engine, work)))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction, on PostgreSQL again if the connection is lost.

        If it is lost during the commit nobody can say for certain whether that happened, so `work` must
        find nothing left to do where it did.

        Raises:
            StorywireError: the database cannot be used for now; nothing of the transaction is kept.
        """
        return await self._explained(lambda: _patiently(lambda: _transact(self._writer, work)))

    async def at_once(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction that is not tried again: at the start an operator waits."""
        return await self._on_thread(lambda: _transact(self._writer, work))

    async def close(self) -> None:
        """Finish what was handed in before, then let go of connection and lock. Twice is once."""
        if self._closed:
            return
        self._closed = True
        await self._on_thread(self._engine.dispose)
        self._thread.shutdown()
        if self._lock is not None:
            self._lock.close()

    async def _explained(self, step: Callable[[], T]) -> T:
        try:
            return await self._on_thread(step)
        except (OperationalError, InterfaceError) as error:
            raise StorywireError(f"the database cannot be used for now: {reason(error)}") from error

    async def _on_thread(self, step: Callable[[], T]) -> T:
        # Shielded: who is cancelled while his turn has not come may hold an answer that must not be lost.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, step))


def reason(error: DBAPIError) -> str:
    """Return what the database said, in one line."""
    return " ".join(str(error.orig).split())


def _transact(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)


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
