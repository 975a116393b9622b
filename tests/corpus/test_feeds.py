"""1,110 real and suite documents, read in this process; what their suites expect is compared by field.

The suites' expectations are data: `expect` strings are parsed and looked up, never run.
"""

from __future__ import annotations

import ast
import asyncio
import json
import time
from calendar import timegm
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest

from bot.edge.document import _as_a_whole, read_document
from bot.edge.markup import decode, legal_xml, plain_text
from bot.edge.parse import Parser
from bot.errors import ParseError
from bot.model import Document, Entry, Fetched
from tests.unit.edge.alike import check_alike, some_of

pytestmark = [pytest.mark.data, pytest.mark.slow]

Row: TypeAlias = dict[str, Any]
#: Names and indices that lead to a value in feedparser's result.
Steps: TypeAlias = tuple[str | int, ...]

ADDRESS = "http://feed.example/news/feed.xml"

#: Documents feedparser knows the dialect of and we refuse, and why.
REFUSED = {
    "tests/wellformed/rdf/doctype_contains_entity_decl.xml": "declares entities, harmless ones",
    "test/Reader/_files/Reader/xxe-atom10.xml": "declares an entity that reads a file",
}

#: Expectations we do not meet, by document and field, and why.
UNMET = {
    ("tests/wellformed/lang/http_content_language.xml", "language"): "Content-Language is not read",
    ("testdata/parser/rss/rss_channel_item_guid_naked_markup.xml", "id"): "an id made of mark-up is none",
    ("tests/data/itunes_type_serial.rss", "title"): "the suite sorts episodes; we keep the order",
    ("tests/data/itunes_type_serial.rss", "published"): "the suite sorts episodes; we keep the order",
}


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One value a suite expects."""

    #: Of which entry; None for the feed itself.
    entry: int | None
    #: "title", "link", "id", "text", "published", "updated", "source", "language" or "dialect".
    field: str
    value: str | datetime


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What came of one document."""

    row: Row
    document: Document | None
    seconds: float

    @property
    def name(self) -> str:
        return str(self.row["orig_path"])


@pytest.fixture(scope="module")
def feeds(data_dir: Path) -> Path:
    if not (data_dir / "feeds" / "MANIFEST.jsonl").is_file():
        pytest.skip(f"no feed documents in {data_dir}")
    return data_dir


@pytest.fixture(scope="module")
def readings(feeds: Path) -> list[Reading]:
    rows = [json.loads(line) for line in (feeds / "feeds" / "MANIFEST.jsonl").read_text().splitlines()]
    return [_read(feeds, row) for row in rows]


def _read(feeds: Path, row: Row) -> Reading:
    body, url, content_type = _request(feeds, row)
    started = time.process_time()
    document = None
    with suppress(ParseError):
        document = read_document(body, url, content_type)
    return Reading(row=row, document=document, seconds=time.process_time() - started)


def _request(feeds: Path, row: Row) -> tuple[bytes, str, str | None]:
    """Return a document's body, address and content type."""
    headers = _headers(row)
    address = headers.get("content-location", ADDRESS)
    return (feeds / row["path"]).read_bytes(), address, headers.get("content-type")


def _headers(row: Row) -> dict[str, str]:
    pairs = (header.partition(":") for header in row.get("http_headers", []))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


# ------------------------------------------------------------------------------------------- the tests


def test_every_document_is_read_or_refused_in_time(readings: list[Reading]) -> None:
    assert len(readings) == 1_110
    assert max(reading.seconds for reading in readings) < 5


def test_only_what_is_no_feed_is_refused(readings: list[Reading]) -> None:
    refused = {
        reading.name
        for reading in readings
        if reading.document is None
        and (reading.row["feedparser"]["feed_version"] or reading.row["feedparser"]["entries"])
    }

    assert refused == REFUSED.keys()


def test_no_entry_is_lost_that_feedparser_alone_finds(readings: list[Reading]) -> None:
    fewer = [
        reading.name
        for reading in readings
        if reading.document and len(reading.document.entries) < reading.row["feedparser"]["entries"]
    ]

    assert fewer == []


def test_the_suites_expectations_are_met(
    feeds: Path, readings: list[Reading], capsys: pytest.CaptureFixture[str]
) -> None:
    met: Counter[str] = Counter()
    missed: list[tuple[str, str, str]] = []
    for reading in readings:
        for expected in _expectations(feeds, reading):
            actual = _actual(reading.document, expected) if reading.document else None
            if _same(expected, actual):
                met[expected.field] += 1
            else:
                words = f"expected {expected.value!r}, got {actual!r}"
                missed.append((reading.name, expected.field, words))
    with capsys.disabled():
        print(_table(readings, met, missed))  # noqa: T201  the figures are the point

    assert [miss for miss in missed if miss[:2] not in UNMET] == []
    assert {miss[:2] for miss in missed} == UNMET.keys(), "an exception that is none any more"
    assert met.total() >= 0.99 * (met.total() + len(missed))


def test_the_worker_reads_a_sample_alike(feeds: Path, readings: list[Reading]) -> None:
    sample = [reading for reading in readings[::40] if "http_headers" not in reading.row]

    async def run() -> list[Document | None]:
        parse = Parser()
        return [await _parsed(parse, (feeds / reading.row["path"]).read_bytes()) for reading in sample]

    assert asyncio.run(run()) == [reading.document for reading in sample]


async def _parsed(parse: Parser, body: bytes) -> Document | None:
    with suppress(ParseError):
        return await parse(Fetched(url=ADDRESS, body=body))
    return None


# ------------------------------------------------------------------------------- by parts, as a whole


def test_what_is_not_known_is_read_as_if_nothing_were(
    feeds: Path, readings: list[Reading], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every document, with five selections of its entries known, nothing and all of it among them."""
    compared: Counter[str] = Counter()
    for number, reading in enumerate(readings):
        if not reading.document:
            continue
        body, url, content_type = _request(feeds, reading.row)
        parts = reading.document.parts
        some = [some_of(parts, Random(seed)) for seed in (number, -number - 1, number + 0.5)]  # noqa: S311
        for known in (b"", *some, parts):
            brief = check_alike(body, url, known, content_type, full=reading.document)
            compared["entries left out"] += brief.left_out
        compared["documents"] += 1
        compared["documents with known entries"] += bool(parts)
    with capsys.disabled():
        print(f"\n{dict(compared)}")  # noqa: T201  the figures are the point

    assert compared["documents"] == len([reading for reading in readings if reading.document])
    assert compared["documents with known entries"] > 0.9 * _with_entries(readings)


def test_of_successive_snapshots_only_what_changed_is_read(
    feeds: Path, readings: list[Reading], capsys: pytest.CaptureFixture[str]
) -> None:
    """The snapshots are days apart, so that most of what they hold is new."""
    series: dict[str, list[Reading]] = {}
    for reading in sorted(readings, key=lambda reading: reading.row.get("series_order", 0)):
        if "series" in reading.row and reading.document:
            series.setdefault(reading.row["series"], []).append(reading)
    left_out = 0
    for snapshots in series.values():
        known = b""
        for reading in snapshots:
            body, url, content_type = _request(feeds, reading.row)
            brief = check_alike(body, url, known, content_type, full=reading.document)
            known = brief.parts
            left_out += brief.left_out
    with capsys.disabled():
        print(f"\nleft out of {sum(map(len, series.values()))} snapshots: {left_out} entries")  # noqa: T201

    assert left_out > 0


def test_a_document_read_by_its_parts_is_what_feedparser_alone_reads(
    feeds: Path, readings: list[Reading]
) -> None:
    different = set()
    for reading in readings:
        if reading.document and reading.document.parts and not reading.document.dialect.startswith("json"):
            body, url, content_type = _request(feeds, reading.row)
            text, _ = decode(body, content_type)
            whole = _as_a_whole(legal_xml(text).lstrip(), url)
            if (whole.entries, whole.title) != (reading.document.entries, reading.document.title):
                different.add(reading.name)

    assert different == set()


def _with_entries(readings: list[Reading]) -> int:
    return sum(bool(reading.document and reading.document.entries) for reading in readings)


def _table(readings: list[Reading], met: Counter[str], missed: list[tuple[str, str, str]]) -> str:
    documents = [reading.document for reading in readings if reading.document]
    ours = sum(len(document.entries) for document in documents)
    theirs = sum(reading.row["feedparser"]["entries"] for reading in readings)
    seconds = [reading.seconds for reading in readings]
    lines = [
        "",
        f"documents      {len(readings)}, of them read {len(documents)}",
        f"entries        {ours}, feedparser alone {theirs}",
        f"seconds        {sum(seconds):.1f}, longest {max(seconds):.1f}",
        f"expectations   {met.total() + len(missed)}, met {met.total()}",
        *(f"  {field:<12} {count}" for field, count in met.most_common()),
        *(f"  unmet: {name} {field}: {words}" for name, field, words in missed),
    ]
    return "\n".join(lines)


# ------------------------------------------------------------------------------------ what is compared


def _actual(document: Document, expected: Expectation) -> object:
    if expected.entry is None:
        return getattr(document, expected.field)
    if expected.entry >= len(document.entries):
        return None
    return _field(document.entries[expected.entry], expected.field)


def _field(entry: Entry, field: str) -> object:
    match field:
        case "text":
            return entry.summary or entry.body
        # Suites fill one with the other, and dc:date is either, depending on the suite.
        case "published":
            return entry.published or entry.updated
        case "updated":
            return entry.updated or entry.published
        case _:
            return getattr(entry, field)


def _same(expected: Expectation, actual: object) -> bool:
    if isinstance(expected.value, datetime):
        return isinstance(actual, datetime) and actual.replace(microsecond=0) == expected.value
    if expected.field in {"title", "text", "source"}:
        return isinstance(actual, str) and _words(plain_text(expected.value)) == _words(actual)
    return actual == (expected.value.strip() or None)


def _words(text: str) -> list[str]:
    return text[:400].split()


def _expectations(feeds: Path, reading: Reading) -> Iterator[Expectation]:
    if "expect" in reading.row:
        yield from _from_expression(reading.row["expect"])
    if "expected_file" in reading.row:
        suite = json.loads((feeds / reading.row["expected_file"]).read_text())
        text, _ = decode((feeds / reading.row["path"]).read_bytes(), None)
        yield from _from_json(suite, text)


# ------------------------------------------------------------- feedparser's suite: Python expressions

#: feedparser's names → ours, for an entry.
_ENTRY: dict[Steps, str] = {
    ("title",): "title",
    ("title_detail", "value"): "title",
    ("link",): "link",
    ("id",): "id",
    ("guid",): "id",
    ("summary",): "text",
    ("summary_detail", "value"): "text",
    ("description",): "text",
    ("content", 0, "value"): "text",
    ("published_parsed",): "published",
    ("updated_parsed",): "updated",
    ("modified_parsed",): "updated",
    ("date_parsed",): "updated",
    ("source", "title"): "source",
}
_FEED: dict[Steps, str] = {
    ("title",): "title",
    ("title_detail", "value"): "title",
    ("language",): "language",
}


def _from_expression(expression: str) -> Iterator[Expectation]:
    try:
        root = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:
        return  # the feed validator's notation: it names faults, no values
    for part in root.values if isinstance(root, ast.BoolOp) and isinstance(root.op, ast.And) else [root]:
        if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Eq):
            with suppress(ValueError):
                yield from _expectation(_path(part.left), ast.literal_eval(part.comparators[0]))


def _path(node: ast.expr) -> Steps:
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=inner, attr=name):
            return (*_path(inner), name)
        case ast.Subscript(value=inner, slice=ast.Constant(value=(str() | int()) as key)):
            return (*_path(inner), key)
        case _:
            return ()


def _expectation(path: Steps, value: object) -> Iterator[Expectation]:
    match path:
        case ("version",):
            entry, field = None, "dialect"
        case ("feed" | "channel", *rest):
            entry, field = None, _FEED.get(tuple(rest), "")
        case ("entries" | "items", int(number), *rest):
            entry, field = number, _ENTRY.get(tuple(rest), "")
        case _:
            return
    if field and isinstance(value, str):
        yield Expectation(entry=entry, field=field, value=value)
    if field and isinstance(value, tuple):
        yield Expectation(entry=entry, field=field, value=datetime.fromtimestamp(timegm(value), UTC))


# -------------------------------------------------------------------------- the other suites: JSON

_JSON = {
    "title": ("title",),
    "link": ("link",),
    "id": ("guid", "id"),
    "published": ("publishedParsed", "isoDate", "published", "pubDate", "issued"),
    "updated": ("updatedParsed", "updated", "modified"),
}


def _from_json(suite: Row, text: str) -> Iterator[Expectation]:
    root = suite.get("feed", suite)
    items = root.get("items") or root.get("entries") or root.get("episodes") or []
    for number, item in enumerate(items):
        for field, names in _JSON.items():
            value = _simple(next((item[name] for name in names if item.get(name)), None))
            if field in {"published", "updated"}:
                value = _date(value)
            if isinstance(value, datetime) or (isinstance(value, str) and _is_written(field, value, text)):
                yield Expectation(entry=number, field=field, value=value)


def _is_written(field: str, value: str, text: str) -> bool:
    """Whether the feed says so itself.

    Suites fill gaps, each by its own rules: an id made of the link or the enclosure, a title of a file name.
    """
    if field == "link" and not value.strip().startswith("http"):
        return False
    element = {"title": "<title", "link": "", "id": "id"}[field]
    return value.strip() in text and (element in text or "<guid" in text)


def _simple(value: object) -> object:
    return value.get("content", value.get("value")) if isinstance(value, dict) else value


def _date(value: object) -> datetime | None:
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    with suppress(ValueError, TypeError):
        return datetime.fromisoformat(str(value)).astimezone(UTC).replace(microsecond=0)
    with suppress(ValueError, TypeError):
        return parsedate_to_datetime(str(value)).astimezone(UTC)
    return None
