"""Opening an archive: what an operator may write, what he is told, who is kept out, which tables he gets."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import OperationalError

from bot.errors import ArchiveBusyError, OperatorError
from bot.model import New, PostState, Settlement
from bot.ports import Record
from storage import open_archive
from storage.engine import database_url as read_url
from storage.engine import engine_for
from storage.migrate import alembic_config, migrate
from storage.tables import metadata
from tests.builders import NOW, a_match, a_story, an_article
from tests.unit.storage.faults import failing_call

PASSWORD = "canary"


async def opened_and_closed(url: str, *, exclusive: bool = True) -> None:
    archive = await open_archive(url, exclusive=exclusive)
    await archive.close()


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    engine = engine_for(read_url(url), exclusive=False)
    try:
        yield engine
    finally:
        engine.dispose()


# ------------------------------------------------------------------------------------ what is refused

WRONG = {
    "nothing": ("", "cannot be read: write sqlite:///"),
    "no URL": (f"dbname=storywire password={PASSWORD}", "cannot be read: write sqlite:///"),
    "a port that is no number": (f"postgresql://bot:{PASSWORD}@127.0.0.1:port/db", "cannot be read"),
    "another database": (f"mysql://bot:{PASSWORD}@127.0.0.1/db", "does not work on mysql: write sqlite:///"),
    "another driver": (
        f"postgresql+asyncpg://bot:{PASSWORD}@127.0.0.1/db",
        r"does not work on postgresql\+asyncpg",
    ),
    "a file in memory": ("sqlite:///:memory:", "names no file"),
    "no file": ("sqlite://", "names no file"),
    "a missing directory": ("sqlite:///{home}/missing/archive.db", "make the directory .*/missing first"),
    "a directory": ("sqlite:///{home}", "unable to open database file"),
    "a file that is something else": ("sqlite:///{home}/notes.txt", "file is not a database"),
    "a directory where nobody may write": (
        "sqlite:////proc/archive.db",
        "cannot open sqlite:////proc/archive.db",
    ),
    "a server that is not there": (f"postgresql://bot:{PASSWORD}@127.0.0.1:1/db", "Connection refused"),
}


@pytest.mark.parametrize(("url", "told"), WRONG.values(), ids=WRONG)
def test_an_operator_is_told_in_one_line_what_is_wrong(tmp_path: Path, url: str, told: str) -> None:
    (tmp_path / "notes.txt").write_text("These are notes, not tables.\n" * 100, encoding="utf-8")

    with pytest.raises(OperatorError, match=told) as refused:
        asyncio.run(opened_and_closed(url.format(home=tmp_path)))

    assert "\n" not in str(refused.value)
    assert PASSWORD not in str(refused.value)


@pytest.mark.postgres
def test_a_database_the_server_does_not_have_is_named(postgres_url: str) -> None:
    with pytest.raises(OperatorError, match='database "missing" does not exist'):
        asyncio.run(opened_and_closed(postgres_url.removesuffix("postgres") + "missing"))


SPELLINGS = ["postgres", "postgresql", "postgresql+psycopg"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_postgresql_means_psycopg(spelling: str) -> None:
    url = read_url(f" {spelling}://bot:{PASSWORD}@db.example/storywire\n")

    assert (url.drivername, url.host, url.password) == ("postgresql+psycopg", "db.example", PASSWORD)


# --------------------------------------------------------------------------------------- who is kept out


def test_a_second_storywire_is_kept_out_until_the_first_has_closed(database_url: str) -> None:
    async def scenario() -> str:
        first = await open_archive(database_url)
        with pytest.raises(ArchiveBusyError) as refused:
            await open_archive(database_url)
        await first.beat("tick", at=NOW)
        await first.close()
        await opened_and_closed(database_url)
        return str(refused.value)

    assert asyncio.run(scenario()).startswith("another Storywire works on this database")


def test_a_command_may_look_beside_a_running_storywire(database_url: str) -> None:
    async def scenario() -> dict[str, datetime]:
        running = await open_archive(database_url)
        await running.beat("tick", at=NOW)
        beside = await open_archive(database_url, exclusive=False)
        seen = await beside.beats()
        await beside.close()
        await running.close()
        return seen

    assert asyncio.run(scenario()) == {"tick": NOW}


@pytest.mark.postgres
def test_a_storywire_that_was_cut_off_cannot_write_once_another_took_over(postgres_database: str) -> None:
    async def scenario() -> dict[str, datetime]:
        cut_off = await open_archive(postgres_database)
        with engine_of(postgres_database) as engine, engine.begin() as connection:
            connection.execute(
                text("select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory'")
            )
        successor = await open_archive(postgres_database)
        with pytest.raises(ArchiveBusyError):
            await cut_off.beat("tick", at=NOW)
        beats = await successor.beats()
        await cut_off.close()
        await successor.close()
        return beats

    assert asyncio.run(scenario()) == {}


# ------------------------------------------------------------------------------------------- durability

PRAGMAS = {
    "a commit waits for the disk (2 is FULL)": ("synchronous", 2),
    "readers and the writer do not block each other": ("journal_mode", "wal"),
    "a writer waits 30 s for another's lock": ("busy_timeout", 30_000),
    "what is referred to exists": ("foreign_keys", 1),
}


@pytest.mark.parametrize(("pragma", "value"), PRAGMAS.values(), ids=PRAGMAS)
def test_sqlite_is_set_so_that(tmp_path: Path, pragma: str, value: object) -> None:
    with (
        engine_of(f"sqlite:///{tmp_path}/archive.db") as engine,
        closing(engine.raw_connection()) as connection,
    ):
        assert connection.cursor().execute(f"pragma {pragma}").fetchone() == (value,)


# ------------------------------------------------------------------------------------------- migrations


def test_migrations_make_exactly_the_tables_of_the_program(database_url: str) -> None:
    asyncio.run(opened_and_closed(database_url))

    with engine_of(database_url) as engine, engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrations_can_be_taken_back_and_run_again(database_url: str) -> None:
    asyncio.run(opened_and_closed(database_url))

    with engine_of(database_url) as engine:
        with engine.begin() as connection:
            command.downgrade(alembic_config(connection), "base")
        assert set(inspect(engine).get_table_names()) == {"alembic_version"}
        with engine.begin() as connection:
            migrate(connection)
        assert set(metadata.tables) < set(inspect(engine).get_table_names())


def test_in_an_archive_of_before_every_event_is_a_happening_of_its_own(database_url: str) -> None:
    asyncio.run(opened_and_closed(database_url))
    with engine_of(database_url) as engine:
        with engine.begin() as connection:
            command.downgrade(alembic_config(connection), "0002")
            connection.execute(text("insert into events (id, story) values (3, 'dams'), (5, 'dams')"))
            connection.execute(text("insert into cards (channel, event_id) values ('main', 3)"))
        with engine.begin() as connection:
            migrate(connection)
        with engine.begin() as connection:
            rows = connection.execute(text("select id, happening from events order by id")).all()
            command.downgrade(alembic_config(connection), "0002")
            kept = connection.execute(text("select id from events order by id")).all()
            migrate(connection)

    assert rows == [(3, 3), (5, 5)]
    assert kept == [(3,), (5,)]


def test_an_archive_of_the_first_version_keeps_its_articles_and_begins_a_new_index(database_url: str) -> None:
    async def scenario(keys: Sequence[int]) -> list[str]:
        archive = await open_archive(database_url)
        article = an_article(f"Dam breaks {keys}")

        def work(record: Record) -> list[str]:
            record.verdict(record.articles([article])[0], a_match(article), New(), keys=keys, quiet=None)
            return [near.article.title for near in record.candidates("dams", [7], since=NOW, limit=9)]

        found = await archive.record(work)
        kept = [
            decision.article.title for decision in await archive.decisions(an_article("Dam breaks []").key)
        ]
        await archive.close()
        return found + kept

    asyncio.run(scenario([]))
    with engine_of(database_url) as engine, engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0001")
        connection.execute(
            text("insert into match_keys (story, key, seen_at, article_id) values ('dams', 7, 0, 1)")
        )

    assert asyncio.run(scenario([7])) == ["Dam breaks [7]", "Dam breaks []"]


def test_stories_of_an_archive_of_before_are_followed_since_what_they_judged_first(database_url: str) -> None:
    async def fill() -> None:
        archive = await open_archive(database_url)

        def work(record: Record) -> None:
            for number in (2, 1, 3):
                article = an_article(f"Dam {number}", seen_at=NOW + timedelta(hours=number))
                match = a_match(article, a_story("dams" if number < 3 else "floods"))
                record.verdict(record.articles([article])[0], match, New(), keys=[], quiet=None)

        await archive.record(work)
        await archive.close()

    async def followed() -> dict[str, datetime]:
        archive = await open_archive(database_url)
        found = await archive.followed()
        await archive.close()
        return found

    asyncio.run(fill())
    with engine_of(database_url) as engine, engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0007")

    assert asyncio.run(followed()) == {
        "dams": NOW + timedelta(hours=1),
        "floods": NOW + timedelta(hours=3),
    }


def test_what_waits_in_an_archive_of_before_goes_out_in_its_order_and_to_its_card(database_url: str) -> None:
    asyncio.run(opened_and_closed(database_url))
    posts = [
        (1, 3, "card", "sent", 700, "shown"),
        (2, 3, "edit", "sent", 700, "changed"),
        (3, 4, "card", "sending", None, "in flight"),
        (4, 3, "edit", "pending", None, "changed again"),
        (5, 4, "edit", "pending", None, "changed in flight"),
        (6, 3, "reply", "pending", None, "more of it"),
    ]
    row = (
        "insert into posts (id, channel, event_id, kind, state, message_id, text, attempts, silent, spans)"
        " values (:id, 'main', :event, :kind, :state, :message, :text, 1, false, '[]')"
    )
    names = ("id", "event", "kind", "state", "message", "text")
    with engine_of(database_url) as engine, engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0006")
        connection.execute(text("insert into events (id, story) values (3, 'dams'), (4, 'dams')"))
        connection.execute(text(row), [dict(zip(names, post, strict=True)) for post in posts])
        for event, post in ((3, 1), (4, 3)):
            cards = "insert into cards (channel, event_id, post_id) values ('main', :event, :post)"
            connection.execute(text(cards), {"event": event, "post": post})
        connection.execute(text("insert into channels (name, rests_until) values ('main', 0)"))

    async def scenario() -> list[tuple[str, int | None]]:
        archive = await open_archive(database_url)
        told: list[tuple[str, int | None]] = []
        for interrupted in await archive.interrupted():
            await archive.settle(interrupted, Settlement(state=PostState.PENDING), at=NOW)
        while (post := await archive.next_post("main", now=NOW)) is not None:
            told.append((post.message.text, post.target))
            await archive.sending(post, at=NOW)
            sent = Settlement(state=PostState.SENT, message_id=post.target or 700 + post.id)
            await archive.settle(post, sent, at=NOW)
        await archive.close()
        return told

    assert asyncio.run(scenario()) == [
        ("in flight", None),
        ("more of it", 700),
        ("changed again", 700),
        ("changed in flight", 703),
    ]


def test_a_migration_that_fails_at_any_statement_leaves_the_old_tables(database_url: str) -> None:
    asyncio.run(opened_and_closed(database_url))
    with engine_of(database_url) as engine:
        with engine.begin() as connection:
            command.downgrade(alembic_config(connection), "base")

        for number in itertools.count(1):
            try:
                with failing_call(number), engine.begin() as connection:
                    migrate(connection)
            except OperationalError:
                assert set(inspect(engine).get_table_names()) == {"alembic_version"}
            else:
                break

        assert number > len(metadata.tables)
        assert set(metadata.tables) < set(inspect(engine).get_table_names())


def test_a_database_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/archive.db"
    asyncio.run(opened_and_closed(url))
    with engine_of(url) as engine, engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))

    with pytest.raises(OperatorError, match="made by a later version of Storywire"):
        asyncio.run(opened_and_closed(url))
