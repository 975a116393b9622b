"""What people muted and are asked stands in the account of an article."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import create_engine, insert

from bot.model import ArticleId, New
from bot.ports import Asked, Record, Told
from storage import open_archive
from storage.tables import mutes, reviews
from tests.builders import NOW, a_match, an_article

LATER = NOW + timedelta(hours=1)


def two_articles(record: Record) -> None:
    for article in (an_article("one"), an_article("two")):
        record.verdict(record.articles([article])[0], a_match(article), New(), keys=[], quiet=None)


def test_mutes_and_questions_are_told(database_url: str) -> None:
    async def told(number: int) -> Told:
        archive = await open_archive(database_url)
        (account,) = await archive.accounts(str(number), limit=1)
        await archive.close()
        return account.told[0]

    async def fill() -> None:
        archive = await open_archive(database_url)
        await archive.record(two_articles)
        await archive.close()

    asyncio.run(fill())
    question = {"nearest": 1, "chance": 0.3, "asked_at": NOW, "until": LATER, "otherwise": "post"}
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(insert(mutes).values(channel="main", event_id=2, at=NOW, person=7))
        connection.execute(insert(reviews).values(story="dams", article_id=2, **question))
        connection.execute(insert(reviews).values(story="rivers", article_id=1, **question))
    engine.dispose()

    one, two = asyncio.run(told(1)), asyncio.run(told(2))

    assert (one.muted, one.asked) == ({}, None)
    assert two.muted == {"main": NOW}
    assert two.asked == Asked(nearest=ArticleId(1), chance=0.3, asked_at=NOW, until=LATER)
    assert two.others == {1: an_article("one")}
