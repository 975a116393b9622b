"""What is loaded for measuring stands there as if it had been recorded."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.model import New
from bot.ports import Record
from storage import SqlArchive, open_archive
from tests.builders import NOW, a_match, a_story, an_article

ARTICLES = [(an_article(f"article {number}"), [number, 7]) for number in range(3)]


def recorded(record: Record) -> None:
    for article, keys in ARTICLES:
        match = replace(a_match(article), hits=())
        record.verdict(record.article(article), match, New(), keys=keys, quiet=None)


async def seen(archive: SqlArchive) -> list[object]:
    decisions = [await archive.decisions(article.key) for article, _keys in ARTICLES]
    near = await archive.record(lambda r: r.candidates(a_story().name, [1, 7], since=NOW, limit=9))
    return [decisions, near]


def test_articles_at_once_are_what_articles_one_by_one_are(database_url: str) -> None:
    async def scenario() -> None:
        archive = await open_archive(database_url)
        await archive.load(a_story().name, ARTICLES[:2])
        await archive.load(a_story().name, ARTICLES[2:])
        loaded = await seen(archive)
        sizes = await archive.sizes()
        await archive.close()

        one_by_one = await open_archive(f"{database_url}", exclusive=False)
        assert await seen(one_by_one) == loaded
        await one_by_one.close()
        assert min(sizes.values()) > 0

    asyncio.run(scenario())
