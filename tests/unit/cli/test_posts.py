"""`posts`: what was not sent is listed with its reason, and a person decides about it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from bot.model import PostId, PostState, Settlement
from storage import open_archive
from tests.builders import NOW
from tests.fakes.feedserver import FeedServer
from tests.unit.cli.typing_it import CONFIG, Typed, ago, configuration, rss, typed

REFUSED = Settlement(state=PostState.REFUSED, reason="Telegram refused the post: message is too long")
UNCERTAIN = Settlement(state=PostState.UNCERTAIN, reason="Telegram's answer did not arrive (ReadTimeout)")


def posts(*arguments: object) -> Typed:
    return typed("posts", *arguments, "-c", CONFIG)


@pytest.fixture
def polled(server: FeedServer) -> FeedServer:
    """Record two cards, the first of which is refused; nothing was delivered yet."""
    server.publish("/wire.xml", rss(("Dam one is full in Oslo", "https://wire.example/1", ago(hours=2))))
    server.publish("/post.xml", rss(("Dam two leaks in Bergen", "https://post.example/2", ago(hours=1))))
    configuration(
        *((name, server.url(f"/{name.lower()}.xml")) for name in ("Wire", "Post")), more="concurrency = 1"
    )
    assert typed("poll", "-c", CONFIG).code == 0
    settled(1, REFUSED)
    return server


def settled(number: int, settlement: Settlement) -> None:
    """Let an attempt of a post have ended in some way."""

    async def work() -> None:
        archive = await open_archive("sqlite:///archive.db", exclusive=False)
        try:
            post = await archive.record(lambda record: record.post(PostId(number)))
            assert post is not None
            await archive.settle(post, settlement, at=NOW)
        finally:
            await archive.close()

    asyncio.run(work())


def listed(*states: str) -> list[dict[str, object]]:
    chosen = [part for state in states for part in ("--state", state)]
    return [json.loads(line) for line in posts("list", "--json", *chosen).out.splitlines()]


def test_what_is_not_on_show_is_listed_with_its_reason(polled: FeedServer) -> None:
    del polled
    settled(2, UNCERTAIN)

    shown = " ".join(posts("list").out.split())

    assert "refused" in shown
    assert "too long" in shown
    assert "uncertain" in shown
    assert "no: decide" in shown
    assert [one["state"] for one in listed()] == ["refused", "uncertain"]


def test_nothing_to_list_is_said(polled: FeedServer) -> None:
    del polled
    assert posts("drop", 1).code == 0

    assert posts("list").out == "Nothing waits, and nothing was refused.\n"
    assert [one["state"] for one in listed("dropped", "sent")] == ["dropped", "sent"]


@pytest.mark.parametrize("settlement", [REFUSED, UNCERTAIN], ids=["refused", "uncertain"])
def test_a_post_is_sent_again_as_its_event_stands_by_now(polled: FeedServer, settlement: Settlement) -> None:
    settled(1, settlement)
    copy = rss(("Dam one is full in Oslo", "https://ledger.example/9", ago(minutes=5)))
    polled.publish("/ledger.xml", copy)
    feeds = [(name, polled.url(f"/{name.lower()}.xml")) for name in ("Wire", "Post", "Ledger")]
    configuration(*feeds, more="concurrency = 1")
    assert typed("poll", "-c", CONFIG).code == 0

    assert posts("retry", 1).code == 0
    assert posts("list").out.count("in its turn") == 1
    assert "Also: Ledger" in str(listed()[0]["text"])

    assert "Dam one is full in Oslo" in typed("poll", "-c", CONFIG).out
    assert listed() == []


def test_of_several_all_are_decided_or_none(polled: FeedServer) -> None:
    del polled

    mistaken = posts("retry", 1, 99)

    assert mistaken.code == 2
    assert mistaken.err == "storywire: there is no post 99: storywire posts list shows those that wait\n"
    assert [one["state"] for one in listed()] == ["refused"]


SETTLED: dict[str, Callable[[], Typed]] = {
    "sent already": lambda: posts("retry", 2),
    "given up already": lambda: (posts("drop", 1), posts("drop", 1))[1],
}


@pytest.mark.parametrize("decide", SETTLED.values(), ids=SETTLED)
def test_what_is_over_is_left_alone(polled: FeedServer, decide: Callable[[], Typed]) -> None:
    del polled

    decided = decide()

    assert decided.code == 2
    assert "there is nothing to decide" in decided.err


def test_why_tells_what_a_channel_still_waits_for(server: FeedServer) -> None:
    server.publish("/wire.xml", rss(("Dam one is full in Oslo", "https://wire.example/1", ago(hours=2))))
    configuration(("Wire", server.url("/wire.xml")), more="[posting]\nmin_sources = 2")
    assert typed("poll", "-c", CONFIG).code == 0

    told = typed("why", "https://wire.example/1", "-c", CONFIG).said

    assert "not in console yet: waits for 2 independent sources, has 1" in told
    assert posts("list").out == "Nothing waits, and nothing was refused.\n"
