"""What is loaded for measuring stands there as if it had been recorded."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from bot.model import ArticleId, Event, New
from bot.ports import Archive, Record
from storage import open_archive
from tests.builders import NOW, a_match, a_story, an_article
from tests.fakes.archive import FakeArchive

ARTICLES = [(an_article(f"article {number}"), [number, 7]) for number in range(3)]


def recorded(record: Record) -> None:
    for article, keys in ARTICLES:
        match = replace(a_match(article), hits=())
        record.verdict(record.articles([article])[0], match, New(), keys=keys, quiet=None)


async def seen(archive: Archive) -> list[object]:
    decisions = [await archive.decisions(article.key) for article, _keys in ARTICLES]
    near = await archive.record(lambda r: r.candidates(a_story().name, [1, 7], since=NOW, limit=9))
    events = [await archive.record(partial(event_of, one.id)) for one in near]
    return [decisions, near, events]


def event_of(article: ArticleId, record: Record) -> Event:
    return record.event(article, a_story().name)


def test_articles_at_once_are_what_articles_one_by_one_are(database_url: str) -> None:
    async def scenario() -> None:
        archive, one_by_one = await open_archive(database_url), FakeArchive()
        await archive.load(a_story().name, ARTICLES[:2])
        await archive.load(a_story().name, ARTICLES[2:])
        await one_by_one.record(recorded)
        loaded, expected = await seen(archive), await seen(one_by_one)
        sizes = await archive.sizes()
        await archive.close()

        assert loaded == expected
        assert min(sizes.values()) > 0

    asyncio.run(scenario())
