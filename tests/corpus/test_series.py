"""92 snapshots of six real feeds, polled one after the other: what is announced is what is truly new.

What is new is reckoned here a second time, by feedparser alone and by three sets: ids, links and texts that
stood in an earlier snapshot. The program goes the whole way, from bytes to the outbox.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Any, TypeAlias

import feedparser
import pytest

from bot.core.match import Watch
from bot.edge.parse import Parser
from bot.model import Duplicate, Feed, Fetched, Kind, Policy, Posting, PostKind
from bot.pipeline import Knowledge, Polled, World, poll
from bot.ports import Archive
from storage import open_archive
from tests.builders import a_feed, a_story
from tests.walk.world import FakeClock, Notices

pytestmark = [pytest.mark.data, pytest.mark.slow]

Row: TypeAlias = dict[str, Any]

ADDRESS = "https://feed.example/news.xml"
#: Every article has a word that begins with one of these; nothing is backlog and nothing is too old.
EVERYTHING = a_story(
    query=" OR ".join(f"{start}*" for start in ascii_lowercase + digits),
    policy=Policy(backfill=1_000, max_age=timedelta(days=3_650)),
    postings={"main": Posting(burst=1_000)},
)


@dataclass(slots=True)
class Snapshots:
    """The port `Fetch`: serves the bytes of the snapshot whose turn it is."""

    body: bytes = b""

    async def fetch(self, feed: Feed, *, conditional: bool = True) -> Fetched:  # noqa: ARG002
        return Fetched(url=feed.url, body=self.body)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What the program made of one snapshot."""

    row: Row
    polled: Polled
    #: What it made of the same entries in another wrapping, a minute later.
    again: Polled


@dataclass(slots=True)
class Reckoning:
    """What the snapshots so far listed, by feedparser alone."""

    ids: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    versions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def take(self, body: bytes) -> Listing:
        """Sort the entries of the next snapshot, then count them as listed."""
        found = Listing()
        before = replace(self, ids={*self.ids}, links={*self.links}, texts={*self.texts})
        for entry in feedparser.parse(body).entries:
            number, link, text = entry.get("id", ""), entry.get("link", ""), _text(entry)
            found.listed += 1
            if number in before.ids or link in before.links:
                if text not in self.versions[number]:
                    found.reworded.add(number)
            elif text in before.texts:
                found.repeated.add(number)
            else:
                found.new.add(number)
            self.ids.add(number)
            self.links.add(link)
            self.texts.add(text)
            self.versions[number].add(text)
        return found


@dataclass(slots=True)
class Listing:
    """Ids of one snapshot's entries by what they are to a reader who saw all earlier ones."""

    listed: int = 0
    #: Id, link and text stood in no earlier snapshot.
    new: set[str] = field(default_factory=set)
    #: The id or the link did, not the text.
    reworded: set[str] = field(default_factory=set)
    #: The text did, under another id and link.
    repeated: set[str] = field(default_factory=set)


#: Series → its snapshots, each with what was to be expected of it.
Reckoned: TypeAlias = dict[str, list[tuple[Heard, Listing]]]


def _text(entry: Any) -> str:
    """Return the words of an entry's title and summary, without mark-up and punctuation."""
    markup = f"{entry.get('title', '')} | {entry.get('summary', '')}"
    return " ".join(re.findall(r"\w+", unescape(re.sub(r"<[^>]*>", " ", markup)).casefold()))


@pytest.fixture(scope="module")
def series(data_dir: Path) -> dict[str, list[Row]]:
    manifest = data_dir / "feeds" / "MANIFEST.jsonl"
    if not manifest.is_file():
        pytest.skip(f"no feed documents in {data_dir}")
    found: dict[str, list[Row]] = defaultdict(list)
    for row in map(json.loads, manifest.read_text().splitlines()):
        if "series" in row:
            found[row["series"]].append(row)
    return {name: sorted(rows, key=lambda row: int(row["series_order"])) for name, rows in found.items()}


@pytest.fixture(scope="module")
def heard(
    series: dict[str, list[Row]], data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Heard]]:
    return asyncio.run(_all_heard(series, data_dir, tmp_path_factory.mktemp("series")))


@pytest.fixture(scope="module")
def reckoned(heard: dict[str, list[Heard]], data_dir: Path) -> Reckoned:
    found: Reckoned = {}
    for name, snapshots in heard.items():
        reckoning = Reckoning()
        found[name] = [(one, reckoning.take((data_dir / one.row["path"]).read_bytes())) for one in snapshots]
    return found


async def _all_heard(series: dict[str, list[Row]], data_dir: Path, folder: Path) -> dict[str, list[Heard]]:
    parser = Parser(limit=timedelta(seconds=60))  # what is asked here is not how long it takes
    found: dict[str, list[Heard]] = {}
    for number, (name, rows) in enumerate(series.items()):
        archive = await open_archive(f"sqlite:///{folder}/{number}.db")
        try:
            found[name] = [one async for one in _heard(rows, data_dir, archive, parser)]
        finally:
            await archive.close()
    return found


async def _heard(rows: list[Row], data_dir: Path, archive: Archive, parser: Parser) -> AsyncIterator[Heard]:
    clock, snapshots = FakeClock(), Snapshots()
    world = World(
        clock=clock,
        fetch=snapshots.fetch,
        parse=parser,
        archive=archive,
        notify=Notices(),
        knowledge=Knowledge(watches=[Watch.on(EVERYTHING)]),
    )
    await archive.declare([a_feed(ADDRESS)])
    for row in rows:
        clock.time = datetime.fromisoformat(row["snapshot_date"]).astimezone(UTC)
        snapshots.body = (data_dir / row["path"]).read_bytes()
        polled = await _polled(world)
        clock.time += timedelta(minutes=1)
        snapshots.body += b"\n<!-- the same once more -->"
        yield Heard(row=row, polled=polled, again=await _polled(world))


async def _polled(world: World) -> Polled:
    (health,) = await world.archive.feeds(counted=False)
    return await poll(health.feed, world)


# ------------------------------------------------------------------------------------------- the tests


def test_every_snapshot_is_read_and_every_new_entry_matched(heard: dict[str, list[Heard]]) -> None:
    assert sum(map(len, heard.values())) == 92
    for snapshots in heard.values():
        for one in snapshots:
            assert one.polled.failure is None
            assert one.polled.unseen == len(one.polled.taken)


def test_what_is_recorded_as_news_is_what_is_truly_new(reckoned: Reckoned) -> None:
    for name, snapshots in reckoned.items():
        for one, expected in snapshots:
            recorded = {taken.match.article.key for taken in one.polled.taken if taken.quiet is None}
            place = (name, one.row["series_order"])

            assert (place, recorded) == (place, expected.new | expected.reworded | expected.repeated)
            assert all(taken.quiet is None for taken in one.polled.taken)


def test_what_is_announced_was_never_listed_before_and_what_is_not_repeats_something(
    reckoned: Reckoned,
) -> None:
    for snapshots in reckoned.values():
        for one, expected in snapshots:
            cards, replies = _told(one.polled, PostKind.CARD), _told(one.polled, PostKind.REPLY)

            assert cards <= expected.new | expected.repeated
            assert replies <= expected.new | expected.reworded
            assert expected.new - cards - replies == expected.new & _repeats(one.polled)


def test_the_same_entries_in_another_wrapping_announce_nothing(heard: dict[str, list[Heard]]) -> None:
    for snapshots in heard.values():
        for one in snapshots:
            assert (one.again.failure, one.again.unseen, one.again.taken) == (None, 0, ())
            assert one.again.listed == one.polled.listed


def test_no_two_entries_of_one_snapshot_are_said_to_be_one_page(reckoned: Reckoned) -> None:
    for snapshots in reckoned.values():
        for one, expected in snapshots:
            same = {
                taken.match.article.key
                for taken in one.polled.taken
                if isinstance(taken.verdict, Duplicate) and taken.verdict.kind is Kind.SAME
            }

            assert same <= expected.reworded


def test_the_figures_are_shown(reckoned: Reckoned, capsys: pytest.CaptureFixture[str]) -> None:
    columns = "versions listed new announced repeats again reworded".split()
    lines = [" ".join([f"{'series':<40}", *(f"{column:>9}" for column in columns)])]
    for name, snapshots in reckoned.items():
        figures = [len(snapshots), *map(sum, zip(*map(_figures, snapshots), strict=True))]
        lines.append(" ".join([f"{name:<40}", *(f"{figure:>9}" for figure in figures)]))
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201  the figures are the point


def _figures(snapshot: tuple[Heard, Listing]) -> tuple[int, ...]:
    one, expected = snapshot
    told = _told(one.polled, PostKind.CARD) | _told(one.polled, PostKind.REPLY)
    repeats = expected.new & _repeats(one.polled)
    counted = (expected.new, expected.new & told, repeats, expected.repeated, expected.reworded)
    return (expected.listed, *map(len, counted))


def _told(polled: Polled, kind: PostKind) -> set[str]:
    return {
        taken.match.article.key for taken in polled.taken if any(post.kind is kind for post in taken.posts)
    }


def _repeats(polled: Polled) -> set[str]:
    return {taken.match.article.key for taken in polled.taken if isinstance(taken.verdict, Duplicate)}
