"""What the archive makes of a database that fails, fills up, is locked or goes away."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, OperationalError

from bot import corrections
from bot.core.plan import Places
from bot.errors import StorywireError
from bot.model import Article, ArticleId, Duplicate, Kind, New, PostState, Settlement, Verdict
from bot.ports import Archive, Poll, Record
from storage import open_archive
from tests.builders import NOW, a_feed, a_match, a_post, a_story, an_article
from tests.postgres import Postgres
from tests.unit.storage.faults import cut_off, failing_call, watching_calls

SENT = Settlement(state=PostState.SENT, message_id=1)


def taking(article: Article) -> Callable[[Record], int]:
    """Give the work of a poll that lists one article; it returns how many were new."""

    def work(record: Record) -> int:
        unseen = record.unseen([article])
        for each in unseen:
            number = record.articles([each])[0]
            record.candidates("dams", [1, 2], since=NOW, limit=9)
            event = record.verdict(number, a_match(each), New(), keys=[1, 2], quiet=None)
            record.hush("quiet", event.id)
            assert record.shown("main", event.id) is None
            record.posts([a_post(each.title, event=event.id)], at=NOW)
        record.polled(Poll(feed=a_feed(), at=NOW, next_at=NOW))
        return len(unseen)

    return work


async def deliver(archive: Archive) -> None:
    """Deliver what waits, first what a death left in flight."""
    for post in await archive.interrupted():
        await archive.settle(post, Settlement(state=PostState.UNCERTAIN, due_at=NOW), at=NOW)
    while waiting := await archive.next_post("main", now=NOW):
        await archive.sending(waiting, at=NOW)
        await archive.settle(waiting, SENT, at=NOW)


async def whole_way(archive: Archive, article: Article) -> None:
    await archive.declare([a_feed()])
    await archive.claim(now=NOW, lease=NOW - NOW, limit=1)
    await archive.record(taking(article))
    await deliver(archive)
    await archive.beat("tick", at=NOW)


async def kept_of(archive: Archive, article: Article) -> tuple[int, list[PostState]]:
    """Return how many versions are stored, and where the posts of their decisions stand."""
    decisions = await archive.decisions(article.key)
    assert len(decisions) == len(await archive.articles(article.key)), "each article with its verdict"
    return len(decisions), [post.state for decision in decisions for post in decision.posts]


WHOLE_STATES = [(0, []), (1, [PostState.PENDING]), (1, [PostState.SENDING]), (1, [PostState.SENT])]


def test_whichever_database_call_fails_the_archive_stays_whole_and_goes_on(database_url: str) -> None:
    async def scenario() -> int:
        archive = await open_archive(database_url)
        for number in itertools.count(1):
            article = an_article(f"article {number}")
            try:
                with failing_call(number):
                    await whole_way(archive, article)
            except StorywireError:
                assert await kept_of(archive, article) in WHOLE_STATES
            else:
                await archive.close()
                return number
            await whole_way(archive, article)
            assert await kept_of(archive, article) == (1, [PostState.SENT])
        return 0

    assert asyncio.run(scenario()) > 30


NOWHERE = Places(stories={}, hours={})
CORRECTIONS: dict[str, Callable[[Record], object]] = {
    "merge": lambda record: corrections.merge(a_story(), ArticleId(1), ArticleId(2), record, NOWHERE, at=NOW),
    "split": lambda record: corrections.split(a_story(), ArticleId(3), record, NOWHERE, at=NOW),
}


def two_cards_and_a_copy(record: Record) -> None:
    """Record two reports, each with a card that waits, and a copy of the first."""
    copy = Duplicate(of=ArticleId(1), kind=Kind.COPY)
    verdicts: dict[str, Verdict] = {"one": New(), "two": New(), "copy of one": copy}
    for title, verdict in verdicts.items():
        match = a_match(an_article(title))
        event = record.verdict(record.articles([match.article])[0], match, verdict, keys=[1], quiet=None)
        if verdict is not copy:
            record.posts([a_post(title, event=event.id)], at=NOW)


async def all_of_it(archive: Archive) -> list[object]:
    decisions = [await archive.decisions(str(number)) for number in (1, 2, 3)]
    return [decisions, await archive.outbox(*PostState), await archive.corrections()]


@pytest.mark.parametrize("correct", CORRECTIONS.values(), ids=CORRECTIONS)
def test_whichever_database_call_of_a_correction_fails_nothing_of_it_is_kept(
    correct: Callable[[Record], object], database_url: str
) -> None:
    async def scenario() -> int:
        archive = await open_archive(database_url)
        await archive.record(two_cards_and_a_copy)
        before = await all_of_it(archive)
        for number in itertools.count(1):
            try:
                with failing_call(number):
                    await archive.record(correct)
            except StorywireError:
                assert await all_of_it(archive) == before
            else:
                assert await all_of_it(archive) != before
                break
        await archive.close()
        return number

    assert asyncio.run(scenario()) > 10


def test_every_way_to_store_twice_is_loud(database_url: str) -> None:
    def article_twice(record: Record) -> None:
        record.articles([an_article()])[0]
        record.articles([an_article()])[0]

    def verdict_twice(record: Record) -> None:
        number = record.articles([an_article()])[0]
        record.verdict(number, a_match(), New(), keys=[], quiet=None)
        record.verdict(number, a_match(), New(), keys=[], quiet=None)

    async def scenario() -> tuple[int, list[PostState]]:
        archive = await open_archive(database_url)
        for work in (article_twice, verdict_twice):
            with pytest.raises(IntegrityError):
                await archive.record(work)
        kept = await kept_of(archive, an_article())
        await archive.close()
        return kept

    assert asyncio.run(scenario()) == (0, [])


def test_what_was_handed_in_is_kept_though_the_one_who_waits_for_it_is_cancelled(database_url: str) -> None:
    busy, go_on = threading.Event(), threading.Event()

    def slow(_record: Record) -> None:
        busy.set()
        go_on.wait()

    async def scenario() -> list[PostState]:
        archive = await open_archive(database_url)
        await archive.record(taking(an_article()))
        post = await archive.next_post("main", now=NOW)
        assert post is not None
        await archive.sending(post, at=NOW)
        working = asyncio.create_task(archive.record(slow))
        await asyncio.to_thread(busy.wait)
        settling = asyncio.create_task(archive.settle(post, SENT, at=NOW))
        await asyncio.sleep(0)
        settling.cancel()
        go_on.set()
        await working
        _, states = await kept_of(archive, an_article())
        await archive.close()
        return states

    assert asyncio.run(scenario()) == [PostState.SENT]


# --------------------------------------------------------------------------------------------- SQLite


def test_a_write_lock_of_another_program_delays_work_but_loses_none(tmp_path: Path) -> None:
    begun = threading.Event()

    def watcher(_connection: Connection, statement: str) -> None:
        if statement == "BEGIN IMMEDIATE":
            begun.set()

    async def scenario() -> int:
        archive = await open_archive(f"sqlite:///{tmp_path}/archive.db")
        with closing(sqlite3.connect(tmp_path / "archive.db", isolation_level=None)) as other:
            other.execute("begin immediate")
            with watching_calls(watcher):
                writing = asyncio.ensure_future(archive.record(taking(an_article())))
                await asyncio.to_thread(begun.wait)
            assert not writing.done()
            other.execute("rollback")
        unseen = await writing
        await archive.close()
        return unseen

    assert asyncio.run(scenario()) == 1


def test_a_full_disk_refuses_work_whole_and_takes_it_once_there_is_room(tmp_path: Path) -> None:
    article = an_article(body="x" * 1_000_000)

    async def scenario() -> tuple[tuple[int, list[PostState]], int]:
        archive = await open_archive(f"sqlite:///{tmp_path}/archive.db")
        with limited_pages(60), pytest.raises(StorywireError, match="database or disk is full"):
            await archive.record(taking(article))
        kept = await kept_of(archive, article)
        with limited_pages(1_000_000):
            unseen = await archive.record(taking(article))
        await archive.close()
        return kept, unseen

    assert asyncio.run(scenario()) == ((0, []), 1)


@contextmanager
def limited_pages(pages: int) -> Iterator[None]:
    """Let SQLite believe that the disk has room for so many pages."""

    def watcher(connection: Connection, statement: str) -> None:
        driver = connection.connection.driver_connection
        if statement == "BEGIN IMMEDIATE" and driver is not None:
            driver.execute(f"pragma max_page_count={pages}")

    with watching_calls(watcher):
        yield


# ----------------------------------------------------------------------------------------- PostgreSQL


class Runs:
    """Work that counts how often it is run."""

    def __init__(self, work: Callable[[Record], int]) -> None:
        self.count = 0
        self._work = work

    def __call__(self, record: Record) -> int:
        self.count += 1
        return self._work(record)


AGAIN = {
    "the connection is lost": cut_off(),
    "the server shuts down": OperationalError(
        "", None, psycopg.errors.AdminShutdown("terminating connection")
    ),
    "the server is starting": OperationalError("", None, psycopg.errors.CannotConnectNow("starting up")),
    "two transactions wait for each other": OperationalError(
        "", None, psycopg.errors.DeadlockDetected("deadlock")
    ),
}


@pytest.mark.postgres
@pytest.mark.parametrize("error", AGAIN.values(), ids=AGAIN)
def test_work_runs_again_when(postgres_database: str, error: OperationalError) -> None:
    work = Runs(taking(an_article()))
    errors = iter([error])

    def watcher(_connection: Connection, statement: str) -> None:
        if statement.startswith("INSERT INTO posts"):
            for each in errors:
                raise each

    async def scenario() -> tuple[int, tuple[int, list[PostState]]]:
        archive = await open_archive(postgres_database)
        with watching_calls(watcher):
            unseen = await archive.record(work)
        kept = await kept_of(archive, an_article())
        await archive.close()
        return unseen, kept

    assert asyncio.run(scenario()) == (1, (1, [PostState.PENDING]))
    assert work.count == 2


@pytest.mark.postgres
def test_nothing_doubles_when_only_the_answer_to_a_commit_is_lost(postgres_database: str) -> None:
    commits = itertools.count()

    def watcher(connection: Connection, statement: str) -> None:
        if statement == "COMMIT" and next(commits) % 2 == 0:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.commit()
            raise cut_off()

    async def scenario() -> tuple[tuple[int, list[PostState]], list[datetime]]:
        archive = await open_archive(postgres_database)
        with watching_calls(watcher):
            await whole_way(archive, an_article())
        kept, sent = await kept_of(archive, an_article()), await archive.sent_since("main", NOW)
        await archive.close()
        return kept, sent

    assert asyncio.run(scenario()) == ((1, [PostState.SENT]), [NOW])
    assert next(commits) > 10


@pytest.mark.postgres
def test_a_server_that_crashes_under_work_loses_and_doubles_nothing(
    postgres_server: Postgres, postgres_database: str
) -> None:
    crashes = iter(["INSERT INTO posts", "COMMIT"])
    crash_at = [next(crashes)]

    def watcher(_connection: Connection, statement: str) -> None:
        if crash_at and statement.startswith(crash_at[0]):
            crash_at[:] = itertools.islice(crashes, 1)
            postgres_server.crash_and_start()

    async def scenario() -> list[tuple[int, list[PostState]]]:
        archive = await open_archive(postgres_database)
        articles = [an_article(title) for title in ("first", "second", "third")]
        with watching_calls(watcher):
            for article in articles:
                await archive.record(taking(article))
        await deliver(archive)
        kept = [await kept_of(archive, article) for article in articles]
        await archive.close()
        return kept

    assert asyncio.run(scenario()) == [(1, [PostState.SENT])] * 3
    assert crash_at == []


@pytest.mark.postgres
@pytest.mark.slow
def test_a_server_that_stays_away_is_reported_in_words(postgres_database: str) -> None:
    def watcher(_connection: Connection, _statement: str) -> None:
        raise cut_off()

    async def scenario() -> None:
        archive = await open_archive(postgres_database)
        try:
            with watching_calls(watcher):
                await archive.beat("tick", at=NOW)
        finally:
            await archive.close()

    with pytest.raises(StorywireError, match="cannot be used for now: server closed the connection"):
        asyncio.run(scenario())
