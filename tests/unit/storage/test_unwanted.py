"""What people did not want in a story: what they muted, and what they dropped in a review."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.model import ArticleId, New
from bot.ports import Record
from storage import open_archive
from tests.builders import NOW, a_match, a_story, an_article

MUTE = "INSERT INTO mutes (channel, event_id, at) VALUES ('main', 1, 0)"
REVIEW = (
    "INSERT INTO reviews (story, article_id, nearest, chance, asked_at, until, otherwise, answer)"
    " VALUES ('dams', ?, 1, 0.3, 0, 0, 'post', ?)"
)


def fill(record: Record) -> None:
    for number, article in enumerate(record.articles([an_article(str(n)) for n in range(4)])):
        for story in ("dams", "floods")[: 2 if number == 1 else 1]:
            record.verdict(article, a_match(story=a_story(story)), New(), keys=[1], quiet=None)


def test_what_was_muted_or_dropped_is_unwanted_in_that_story(tmp_path: Path) -> None:
    async def scenario() -> set[tuple[str, ArticleId]]:
        archive = await open_archive(f"sqlite:///{tmp_path}/archive.db")
        await archive.record(fill)
        with closing(sqlite3.connect(tmp_path / "archive.db")) as connection, connection:
            connection.execute(MUTE)
            connection.executemany(REVIEW, [(2, "drop"), (3, "post"), (4, None)])
        found = await archive.matched(since=NOW)
        await archive.close()
        assert len(found) == 5
        return {(each.story, each.article) for each in found if each.unwanted}

    assert asyncio.run(scenario()) == {("dams", ArticleId(1)), ("dams", ArticleId(2))}
