"""105 lists of feeds as they are passed around, half of them not well-formed, counted a second way."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bot.core.address import canonical_address
from bot.edge.opml import Outline, read_opml

pytestmark = pytest.mark.data

#: Every address in a list, wherever it stands.
XML_URL = re.compile(r"\bxmlUrl\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What came of one list."""

    row: dict[str, Any]
    text: str
    outline: Outline

    @property
    def name(self) -> str:
        return f"{self.row['source_repo']} {self.row['orig_path']}"

    @property
    def read(self) -> set[str]:
        return {canonical_address(feed.url) for feed in self.outline.feeds}

    @property
    def counted(self) -> set[str]:
        found = (html.unescape(double or single) for double, single in XML_URL.findall(self.text))
        return {canonical_address(url) for url in found} - {""}


@pytest.fixture(scope="module")
def readings(data_dir: Path) -> list[Reading]:
    manifest = data_dir / "opml" / "MANIFEST.jsonl"
    if not manifest.is_file():
        pytest.skip(f"no lists of feeds in {data_dir}")
    return [_read(data_dir, json.loads(line)) for line in manifest.read_text().splitlines()]


def _read(data_dir: Path, row: dict[str, Any]) -> Reading:
    data = (data_dir / row["path"]).read_bytes()
    return Reading(row=row, text=data.decode(errors="replace"), outline=read_opml(data))


def test_every_feed_of_every_list_is_read(
    readings: list[Reading], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(_table(readings))  # noqa: T201  the figures are the point

    assert len(readings) == 105
    assert [reading.name for reading in readings if reading.read != reading.counted] == []


def test_a_list_that_is_not_well_formed_is_said_to_be(readings: list[Reading]) -> None:
    said = {reading.name for reading in readings if "not well-formed" in " ".join(reading.outline.problems)}
    # lxml also complains of bytes that are not in the encoding; decoded, that list is well-formed.
    ill = {r.name for r in readings if not r.row["xml_ok"] and "Invalid bytes" not in r.row["error"]}

    assert said == ill


def test_a_well_formed_list_is_read_as_an_xml_parser_reads_it(readings: list[Reading]) -> None:
    for reading in readings:
        if reading.row["xml_ok"]:
            root = etree.fromstring(reading.text.encode(), etree.XMLParser(encoding="utf-8"))
            expected = {
                (canonical_address(outline.get("xmlUrl")), outline.get("title") or outline.get("text", ""))
                for outline in root.iter("outline")
                if canonical_address(outline.get("xmlUrl", ""))
            }
            feeds = {(canonical_address(feed.url), feed.title) for feed in reading.outline.feeds}

            assert {(url, " ".join(title.split())) for url, title in expected} >= feeds, reading.name


def _table(readings: list[Reading]) -> str:
    rows = [
        f"{len(reading.outline.feeds):>5} {len(reading.counted):>8}  {reading.name}"
        + "".join(f"\n{'':17}{problem}" for problem in reading.outline.problems)
        for reading in readings
    ]
    read = sum(len(reading.outline.feeds) for reading in readings)
    counted = sum(len(reading.counted) for reading in readings)
    return "\n".join(["", " read  counted  list", *rows, f"{read:>5} {counted:>8}  in all"])
