"""Several writers on one database: nothing is lost, no event is called new twice, no feed is polled twice."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from functools import partial

from bot.model import Duplicate, Kind, New
from bot.ports import Record
from storage import SqlArchive, open_archive
from tests.builders import NOW, a_feed, a_match, an_article

WRITERS = 4
EACH = 15


def judge(record: Record, title: str) -> None:
    """Take the way of one item: the first of all is new, the others repeat what is found."""
    (article,) = record.unseen([an_article(title)])
    number = record.article(article)
    found = record.candidates("dams", [1], since=NOW, limit=1)
    verdict = Duplicate(of=found[0].id, kind=Kind.COPY) if found else New()
    record.verdict(number, a_match(article), verdict, keys=[1], quiet=None)


async def write(archive: SqlArchive, writer: int) -> None:
    for number in range(EACH):
        await archive.record(partial(judge, title=f"{writer} {number}"))


def write_in_a_process(url: str, writer: int) -> None:
    async def scenario() -> None:
        archive = await open_archive(url, exclusive=False)
        await write(archive, writer)
        await archive.close()

    asyncio.run(scenario())


async def roles_of(archive: SqlArchive) -> Counter[str]:
    titles = [f"{writer} {number}" for writer in range(WRITERS) for number in range(EACH)]
    decisions = [decision for title in titles for decision in await archive.decisions(an_article(title).key)]
    assert len({decision.event for decision in decisions}) == 1
    return Counter(type(decision.verdict).__name__ for decision in decisions)


EXPECTED = Counter({"New": 1, "Duplicate": WRITERS * EACH - 1})


def test_archives_in_threads_judge_one_after_another(database_url: str) -> None:
    async def scenario() -> Counter[str]:
        archives = [await open_archive(database_url, exclusive=False) for _ in range(WRITERS)]
        await asyncio.gather(*(write(archive, writer) for writer, archive in enumerate(archives)))
        roles = await roles_of(archives[0])
        await asyncio.gather(*(archive.close() for archive in archives))
        return roles

    assert asyncio.run(scenario()) == EXPECTED


def test_archives_in_processes_judge_one_after_another(database_url: str) -> None:
    async def look() -> Counter[str]:
        archive = await open_archive(database_url)
        roles = await roles_of(archive)
        await archive.close()
        return roles

    with ProcessPoolExecutor(WRITERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        for _ in pool.map(write_in_a_process, [database_url] * WRITERS, range(WRITERS)):
            pass  # raises what a writer raised

    assert asyncio.run(look()) == EXPECTED


def test_each_feed_is_claimed_by_one(database_url: str) -> None:
    feeds = [a_feed(f"https://{number}.example/") for number in range(40)]

    async def claim_all(archive: SqlArchive) -> list[str]:
        claimed: list[str] = []
        while batch := await archive.claim(now=NOW, lease=timedelta(minutes=5), limit=3):
            claimed += [feed.url for feed in batch]
        return claimed

    async def scenario() -> list[str]:
        archives = [await open_archive(database_url, exclusive=False) for _ in range(WRITERS)]
        await archives[0].declare(feeds)
        claimed = await asyncio.gather(*(claim_all(archive) for archive in archives))
        await asyncio.gather(*(archive.close() for archive in archives))
        return sorted(url for urls in claimed for url in urls)

    assert asyncio.run(scenario()) == sorted(feed.url for feed in feeds)
