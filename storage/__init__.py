"""The archive: one implementation for SQLite and PostgreSQL, chosen by the database's URL."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from bot.errors import OperatorError
from storage.archive import SqlArchive
from storage.database import Database, reason
from storage.engine import database_url, engine_for, lock_file
from storage.migrate import migrate
from storage.passing import PassingRecord

__all__ = ["PassingRecord", "SqlArchive", "archive_exists", "open_archive"]


async def open_archive(url: str, *, exclusive: bool = True) -> SqlArchive:
    """Open the archive at a database URL, making or upgrading its tables.

    Args:
        url: `sqlite:///path` or `postgresql://user:password@host/database`.
        exclusive: keep a second Storywire out, as what polls and posts must; False for commands that
            look something up beside a running one.

    Raises:
        ArchiveBusyError: another Storywire works on this database.
        OperatorError: the URL, the directory or the server is wrong, in one line without the password.
    """
    where = database_url(url)
    try:
        database = _database(where, exclusive=exclusive)
    except OSError as error:
        raise OperatorError(f"cannot open {_shown(where)}: {error.strerror}") from error
    try:
        await database.at_once(migrate)
    except DBAPIError as error:
        await database.close()
        raise OperatorError(f"cannot open {_shown(where)}: {reason(error)}") from error
    except OperatorError:
        await database.close()
        raise
    return SqlArchive(database)


def archive_exists(url: str) -> bool:
    """Tell whether there is a database at a URL; of a server's only opening it tells, so that counts as yes.

    Raises:
        OperatorError: the URL is wrong.
    """
    where = database_url(url)
    return where.drivername != "sqlite" or Path(where.database or "").is_file()


def _database(url: URL, *, exclusive: bool) -> Database:
    if url.database is not None and url.drivername == "sqlite":
        directory = Path(url.database).parent
        if not directory.is_dir():
            raise OperatorError(f"cannot open {_shown(url)}: make the directory {directory.absolute()} first")
    lock = lock_file(url) if exclusive and url.drivername == "sqlite" else None
    return Database(engine_for(url, exclusive=exclusive), lock)


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)
