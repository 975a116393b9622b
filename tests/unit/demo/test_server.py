from __future__ import annotations

import asyncio
import calendar
import io
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import feedparser
import pytest

from bot.demo.coverage import OUTLETS, Dialect, Outlet, load
from bot.demo.documents import LISTED, listing
from bot.demo.server import CoverageServer

T = TypeVar("T")
START = datetime(2023, 4, 14, 6, tzinfo=UTC)
END = datetime(2023, 4, 20, tzinfo=UTC)
NOON = datetime(2023, 4, 16, 12, tzinfo=UTC)
WIRE = OUTLETS[0]


class Answer:
    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def parsed(self) -> Any:
        headers = {"content-type": self.headers["Content-Type"]}
        return feedparser.parse(io.BytesIO(self.body), response_headers=headers)


class Reader:
    """A virtual clock, the server that reads it, and a client."""

    def __init__(self, server: CoverageServer, client: aiohttp.ClientSession) -> None:
        self.now = START
        self.server = server
        self._client = client

    async def get(self, outlet: Outlet, **headers: str) -> Answer:
        address = next(feed.url for feed in self.server.feeds if feed.name == outlet.name)
        return await self.get_address(address, **headers)

    async def get_address(self, address: str, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._client.get(address, headers=named) as response:
            return Answer(response.status, response.headers, await response.read())


def reading(steps: Callable[[Reader], Awaitable[T]]) -> T:
    async def run() -> T:
        reader: Reader | None = None

        def now() -> datetime:
            return reader.now if reader else START

        async with CoverageServer(now) as server, aiohttp.ClientSession() as client:
            reader = Reader(server, client)
            return await steps(reader)

    return asyncio.run(run())


def get_at(time: datetime, outlet: Outlet, **headers: str) -> Answer:
    async def steps(reader: Reader) -> Answer:
        reader.now = time
        return await reader.get(outlet, **headers)

    return reading(steps)


def test_there_is_one_hourly_feed_an_outlet_on_the_loopback_address() -> None:
    async def steps(reader: Reader) -> list[tuple[str, str | None, timedelta, bool]]:
        return [
            (feed.name, feed.language, feed.every, feed.url.startswith("http://127.0.0.1:"))
            for feed in reader.server.feeds
        ]

    hour = timedelta(hours=1)
    assert reading(steps) == [(outlet.name, outlet.language, hour, True) for outlet in OUTLETS]


def test_the_outlets_cover_every_dialect() -> None:
    assert {outlet.dialect for outlet in OUTLETS} == set(Dialect)


@pytest.mark.parametrize("time", [START, NOON, END], ids=str)
@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda outlet: outlet.name)
def test_feedparser_reads_back_what_was_recorded(outlet: Outlet, time: datetime) -> None:
    feed = get_at(time, outlet).parsed()

    expected = listing(outlet, load(), time)
    assert not feed.bozo
    assert feed.version == outlet.dialect
    assert (feed.feed.title, feed.feed.language) == (outlet.name, outlet.language)
    assert [
        (
            entry.id,
            entry.link,
            entry.title,
            datetime.fromtimestamp(
                calendar.timegm(entry.get("published_parsed") or entry.updated_parsed), UTC
            ),
        )
        for entry in feed.entries
    ] == [(item.id, item.url, item.title, item.published) for item in expected]


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda outlet: outlet.name)
def test_summaries_and_bodies_survive_the_mark_up(outlet: Outlet) -> None:
    body = get_at(END, outlet).body
    feed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)

    expected = listing(outlet, load(), END)
    assert [entry.summary for entry in feed.entries] == [item.summary for item in expected]
    assert [entry.content[0].value if "content" in entry else "" for entry in feed.entries] == [
        item.body.strip() for item in expected
    ]


def test_a_feed_lists_only_what_is_out_newest_first() -> None:
    entries = get_at(NOON, WIRE).parsed().entries

    assert entries[0].id == "mw:0416-arrival"
    times = [entry.published_parsed for entry in entries]
    assert times == sorted(times, reverse=True)


def test_a_feed_lists_the_newest_fifteen() -> None:
    ids = [entry.id for entry in get_at(END, WIRE).parsed().entries]

    recorded = {item.id for item in load() if item.outlet == WIRE}
    assert len(recorded) > LISTED
    assert len(ids) == LISTED
    assert "mw:0413-announced" not in ids


def test_a_replaced_report_is_listed_once_with_its_current_title() -> None:
    corrected = datetime(2023, 4, 16, 5, 10, tzinfo=UTC)

    async def steps(reader: Reader) -> list[list[str]]:
        titles = []
        for time in (corrected - timedelta(minutes=1), corrected):
            reader.now = time
            entries = (await reader.get(WIRE)).parsed().entries
            titles.append([entry.title for entry in entries if entry.id == "mw:0415-delegation"])
        return titles

    assert reading(steps) == [
        ["Delegation of 12 officers to accompany China's defence minister to Moscow"],
        ["CORRECTED: Delegation of 20 officers to accompany China's defence minister to Moscow"],
    ]


def test_before_anything_is_out_a_feed_is_empty_but_valid() -> None:
    answer = get_at(datetime(2023, 4, 1, tzinfo=UTC), WIRE)

    assert answer.parsed().entries == []
    assert "Last-Modified" not in answer.headers


# What the reader sends back of the first answer, how long it waits, and the status it gets.
CONDITIONS: dict[str, tuple[Callable[[Answer], dict[str, str]], timedelta, int]] = {
    "the same ETag, nothing new": (
        lambda first: {"If_None_Match": first.headers["ETag"]},
        timedelta(minutes=5),
        304,
    ),
    "the same ETag made weak by a proxy": (
        lambda first: {"If_None_Match": f"W/{first.headers['ETag']}"},
        timedelta(0),
        304,
    ),
    "any ETag will do": (lambda _: {"If_None_Match": "*"}, timedelta(0), 304),
    "the same ETag after a new report": (
        lambda first: {"If_None_Match": first.headers["ETag"]},
        timedelta(hours=5),
        200,
    ),
    "the same date, nothing new": (
        lambda first: {"If_Modified_Since": first.headers["Last-Modified"]},
        timedelta(minutes=5),
        304,
    ),
    "the same date after a new report": (
        lambda first: {"If_Modified_Since": first.headers["Last-Modified"]},
        timedelta(hours=5),
        200,
    ),
    "another ETag beside the same date: the ETag decides": (
        lambda first: {"If_None_Match": '"other"', "If_Modified_Since": first.headers["Last-Modified"]},
        timedelta(0),
        200,
    ),
    "no condition": (lambda _: {}, timedelta(0), 200),
}


@pytest.mark.parametrize(("condition", "later", "status"), CONDITIONS.values(), ids=CONDITIONS)
@pytest.mark.parametrize("outlet", [WIRE, OUTLETS[3]], ids=lambda outlet: outlet.dialect)
def test_a_reader_who_has_the_document_is_told_so(
    outlet: Outlet, condition: Callable[[Answer], dict[str, str]], later: timedelta, status: int
) -> None:
    async def steps(reader: Reader) -> tuple[Answer, Answer]:
        reader.now = datetime(2023, 4, 14, 10, 30, tzinfo=UTC)
        first = await reader.get(outlet)
        reader.now += later
        return first, await reader.get(outlet, **condition(first))

    first, second = reading(steps)

    assert (first.status, second.status) == (200, status)
    if status == 304:
        assert second.body == b""
        assert [second.headers[name] for name in ("ETag", "Last-Modified")] == [
            first.headers[name] for name in ("ETag", "Last-Modified")
        ]


def test_last_modified_is_the_time_of_the_newest_report() -> None:
    assert get_at(NOON, WIRE).headers["Last-Modified"] == "Sun, 16 Apr 2023 08:40:00 GMT"


def test_an_outlet_nobody_knows_is_not_found() -> None:
    async def steps(reader: Reader) -> int:
        address = reader.server.feeds[0].url.replace(WIRE.slug, "no-such-outlet")
        return (await reader.get_address(address)).status

    assert reading(steps) == 404
