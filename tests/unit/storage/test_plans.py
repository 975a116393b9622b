"""What is asked often is answered from an index, whatever the size of the archive."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.model import ArticleId, EventId, New
from bot.ports import Archive, Record
from storage import open_archive
from storage.tables import metadata
from tests.builders import NOW, a_match, a_post, a_story, an_article
from tests.unit.storage.faults import watching_calls

TABLES = {*metadata.tables, "card", "later"}

OFTEN: dict[str, Callable[[Archive], Awaitable[object]]] = {
    "which entries of a poll are new": lambda archive: archive.record(
        lambda record: record.unseen([an_article(str(number)) for number in range(30)])
    ),
    "which articles share keys with this one": lambda archive: archive.record(
        lambda record: record.candidates("dams", range(40), since=NOW, limit=24)
    ),
    "what a channel shows": lambda archive: archive.record(lambda record: record.shown("main", EventId(1))),
    "how a channel stands": lambda archive: archive.record(lambda record: record.standing("main", now=NOW)),
    "whether an event is muted": lambda archive: archive.record(
        lambda record: record.muted("main", EventId(1))
    ),
    "whether an event is in review": lambda archive: archive.record(
        lambda record: record.in_review(EventId(1))
    ),
    "what people are asked": lambda archive: archive.reviews(),
    "what waits of an event": lambda archive: archive.record(
        lambda record: record.waiting("main", EventId(1))
    ),
    "what another story shows": lambda archive: archive.record(
        lambda record: record.sibling("main", EventId(1))
    ),
    "what to send next": lambda archive: archive.next_post("main", now=NOW),
    "when to send next": lambda archive: archive.next_due("main"),
    "what a channel was handed without an answer": lambda archive: archive.interrupted("main"),
    "how much was sent": lambda archive: archive.sent_since("main", NOW),
    "what stories took in lately": lambda archive: archive.matched(since=NOW),
    "what a story told": lambda archive: archive.told(
        "dams", since=NOW, until=NOW, before=EventId(1), limit=9
    ),
    "which events of a story grew": lambda archive: archive.grown("dams", since=NOW, limit=9),
    "what is stored since a time": lambda archive: archive.stored(since=NOW, after=None, limit=9),
    "what is stored after that": lambda archive: archive.stored(since=NOW, after=ArticleId(1), limit=9),
    "what a story never judged": lambda archive: archive.record(
        lambda record: record.unjudged("dams", [ArticleId(1)])
    ),
    "what was seen lately": lambda archive: archive.seen(since=NOW, until=NOW, before=None, limit=9),
    "what was seen before that": lambda archive: archive.seen(
        since=NOW, until=NOW, before=ArticleId(1), limit=9
    ),
    "which feeds are old": lambda archive: archive.heard([an_article().feed_url], before=NOW),
    "what was decided about an address": lambda archive: archive.decisions(an_article().address),
    "all of an article": lambda archive: archive.accounts(an_article().address, limit=5),
    "what a message tells": lambda archive: archive.message("main", 1),
}


def fill(record: Record) -> None:
    (article,) = record.articles([an_article()])
    for story in (a_story("dams"), a_story("floods")):
        event = record.verdict(article, a_match(story=story), New(), keys=[1], quiet=None)
        record.posts([a_post(event=event.id)], at=NOW)


@pytest.mark.parametrize("ask", OFTEN.values(), ids=OFTEN)
def test_no_table_is_read_from_end_to_end_to_tell(
    tmp_path: Path, ask: Callable[[Archive], Awaitable[object]]
) -> None:
    queries: list[str] = []

    def watcher(_connection: Connection, statement: str) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            queries.append(statement)

    async def scenario() -> None:
        archive = await open_archive(f"sqlite:///{tmp_path}/archive.db")
        await archive.record(fill)
        with watching_calls(watcher):
            await ask(archive)
        await archive.close()

    asyncio.run(scenario())
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        steps = [step for query in queries for step in explained(connection, query)]

    # Lists that came with the query and results of a step before are read in full, and are short.
    scans = [step for step in steps if step.startswith("SCAN") and step.split()[1] in TABLES]
    assert scans == []
    # All that a channel ever had is as good as the whole table.
    assert [step for step in steps if step.endswith("(channel=?)")] == []
    assert any(step.startswith("SEARCH") for step in steps)


def explained(connection: sqlite3.Connection, query: str) -> list[str]:
    numbered = [int(number) for number in re.findall(r"\?(\d+)", query)]
    named: dict[str, None] = dict.fromkeys(re.findall(r":([a-z_]+)", query))
    parameters = named or (None,) * (max(numbered) if numbered else query.count("?"))
    return [row[3] for row in connection.execute(f"explain query plan {query}", parameters)]
