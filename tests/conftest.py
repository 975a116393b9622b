"""What all tests share: archives of every kind, a guard on the network, the private test material."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import TypeAlias

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from bot.ports import Archive
from storage import open_archive
from storage.tables import metadata
from tests.fakes.archive import FakeArchive
from tests.postgres import Postgres, postgres, postgres_binaries

#: Opens the test's archive; called again after `close`, it gives the same one as a restart would.
ArchiveFactory: TypeAlias = Callable[[], Awaitable[Archive]]

settings.register_profile("ci", derandomize="CI" in os.environ, deadline=None)
settings.load_profile("ci")

# Workers of pytest-xdist have one, and what commands print goes by it.
os.environ.pop("COLUMNS", None)

_BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]

# --------------------------------------------------------------------------------------------- network

_outside: list[str] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse connections that leave this machine; an audit hook sees every library's."""
    if event not in {"socket.connect", "socket.sendto"}:
        return
    match arguments[-1]:
        case (str(host), *_) if not _is_loopback(host):
            _outside.append(f"{event} {host}")
            raise PermissionError(f"tests use the loopback network only, not {host}")
        case _:
            return


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in {"", "localhost"}


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    _outside.clear()
    yield
    assert not _outside, "the test reached for the network, even if it did not mind being refused"


# -------------------------------------------------------------------------------------------- archives


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    binaries = postgres_binaries()
    if binaries is None:
        complaint = "no PostgreSQL server binaries: install Debian's package postgresql"
        if "CI" in os.environ:
            pytest.fail(complaint)
        pytest.skip(complaint)
    with postgres(binaries) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Postgres) -> str:
    """Give the URL of the server's first database, which stays empty."""
    return postgres_server.url


@pytest.fixture(scope="session")
def _postgres_tables(postgres_url: str) -> str:
    """Make the tables once: emptying them takes a tenth of the time of a new database."""
    url = f"{postgres_url.rpartition('/')[0]}/storywire_test"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create database storywire_test")

    async def make_tables() -> None:
        archive = await open_archive(url)
        await archive.close()

    asyncio.run(make_tables())
    return url


@pytest.fixture
def postgres_database(_postgres_tables: str) -> str:
    """Give the URL of a database with empty tables."""
    with psycopg.connect(_postgres_tables) as connection:
        # A test that failed may have left its archive open.
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        names = sql.SQL(", ").join(sql.Identifier(name) for name in metadata.tables)
        connection.execute(sql.SQL("truncate {} restart identity").format(names))
    return _postgres_tables


@pytest.fixture(params=_BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a fresh database, of each kind in turn."""
    return _database_url(request, tmp_path)


@pytest.fixture(params=["fake", *_BOTH])
def archive_factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ArchiveFactory]:
    """Give the opener of one archive, of each kind in turn, fake included."""
    if request.param == "fake":
        fake = FakeArchive()

        async def the_fake() -> Archive:
            return fake

        yield the_fake
        return
    url = _database_url(request, tmp_path)
    opened: list[Archive] = []

    async def open_it() -> Archive:
        opened.append(await open_archive(url))
        return opened[-1]

    yield open_it
    for archive in opened:
        asyncio.run(archive.close())


def _database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/archive.db"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture
def archive(archive_factory: ArchiveFactory) -> Archive:
    """Give an empty archive, of each kind in turn; each call may come from an event loop of its own."""
    return asyncio.run(_opened(archive_factory))


async def _opened(factory: ArchiveFactory) -> Archive:
    return await factory()


# ------------------------------------------------------------------------------------ private material


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Give the directory of the private test material."""
    place = Path(os.environ.get("STORYWIRE_DATA", "../shared/data"))
    if not place.is_absolute():
        place = Path(__file__).parent.parent / place
    if not place.is_dir():
        pytest.skip(f"no private test material at {place}: set STORYWIRE_DATA")
    return place.resolve()
