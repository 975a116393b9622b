"""Several writers on one database: nothing is lost, no event is called new twice, no feed is polled twice."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from functools import partial

from bot.model import ArticleId, Duplicate, EventId, Kind, New, PostKind, PostState
from bot.ports import Record
from storage import SqlArchive, open_archive
from tests.builders import NOW, a_feed, a_match, a_post, an_article

WRITERS = 4
EACH = 15


def judge(record: Record, title: str) -> None:
    """Take the way of one item: the first of all is new, the others repeat what is found."""
    (article,) = record.unseen([an_article(title)])
    number = record.articles([article])[0]
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


def begin_another(record: Record) -> EventId:
    article = an_article("of an event that is merged away")
    return record.verdict(record.articles([article])[0], a_match(article), New(), keys=[1], quiet=None).id


def merge(record: Record, into: EventId, gone: EventId) -> None:
    record.event(ArticleId(1), "dams")  # from here on nobody else judges
    record.merge(into, gone, of=ArticleId(1))


def test_who_joins_an_event_while_it_is_merged_is_found_in_what_it_became(database_url: str) -> None:
    async def scenario() -> list[EventId]:
        archives = [await open_archive(database_url, exclusive=False) for _ in range(WRITERS + 1)]
        await archives[0].record(partial(judge, title="first"))
        gone = await archives[0].record(begin_another)  # the newest, so every writer finds it first
        await asyncio.gather(
            *(write(archive, writer) for writer, archive in enumerate(archives[1:])),
            archives[0].record(partial(merge, into=EventId(1), gone=gone)),
        )
        titles = [f"{writer} {number}" for writer in range(WRITERS) for number in range(EACH)]
        found = [
            decision.event
            for title in titles
            for decision in await archives[0].decisions(an_article(title).key)
        ]
        await asyncio.gather(*(archive.close() for archive in archives))
        return found

    assert asyncio.run(scenario()) == [EventId(1)] * WRITERS * EACH


def test_what_a_command_changes_in_a_post_while_it_is_handed_over_is_shown(database_url: str) -> None:
    async def scenario() -> tuple[str, list[str]]:
        service, command = [await open_archive(database_url, exclusive=False) for _ in range(2)]
        taken = threading.Event()
        changed = threading.Event()

        def plan(record: Record) -> None:
            event = begin_another(record)
            record.posts([a_post("before", event=event)], at=NOW)

        def hand_over(record: Record) -> str:
            post = record.turn("main", now=NOW, since=NOW).post
            assert post is not None
            taken.set()
            changed.wait(1)
            assert record.hand_over(post, at=NOW)
            return post.message.text

        async def change() -> None:
            await asyncio.to_thread(taken.wait)
            edit = a_post("after", kind=PostKind.EDIT)
            await command.record(lambda record: record.posts([edit], at=NOW))
            changed.set()

        await service.record(plan)
        handed, _done = await asyncio.gather(service.record(hand_over), change())
        edits = [post.message.text for post in await service.outbox(PostState.PENDING)]
        await asyncio.gather(service.close(), command.close())
        return handed, edits

    assert asyncio.run(scenario()) == ("before", ["after"])


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
