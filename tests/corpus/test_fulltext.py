"""37 articles' pages, and what others say is their text: all of it, or phrases that are or are not in it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bot.edge.fulltext import article_page

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        find_spec("trafilatura") is None, reason="full texts need an extra: uv sync --extra fulltext"
    ),
]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What came of one page."""

    row: dict[str, Any]
    gold: str
    text: str

    @property
    def has_phrases(self) -> bool:
        return str(self.row["gold"]).endswith(".json")

    @property
    def f1(self) -> float:
        ours, theirs = (Counter(re.findall(r"\w+", text.lower())) for text in (self.text, self.gold))
        return 2 * (ours & theirs).total() / max(ours.total() + theirs.total(), 1)


@pytest.fixture(scope="module")
def readings(data_dir: Path) -> list[Reading]:
    manifest = data_dir / "articles" / "MANIFEST.jsonl"
    if not manifest.is_file():
        pytest.skip(f"no articles' pages in {data_dir}")
    return [_read(data_dir, json.loads(line)) for line in manifest.read_text().splitlines()]


def _read(data_dir: Path, row: dict[str, Any]) -> Reading:
    html = (data_dir / row["html"]).read_bytes()
    text = article_page(html, row["url"], None).text
    return Reading(row=row, gold=(data_dir / row["gold"]).read_text(), text=text)


def test_the_text_is_the_one_that_others_found(
    readings: list[Reading], capsys: pytest.CaptureFixture[str]
) -> None:
    scores = [reading.f1 for reading in readings if not reading.has_phrases]
    mean = sum(scores) / len(scores)
    with capsys.disabled():
        print(f"\ntoken F1 of {len(scores)} pages: mean {mean:.3f}, lowest {min(scores):.3f}")  # noqa: T201

    assert len(scores) == 26
    assert mean > 0.96
    assert min(scores) > 0.8


def test_the_phrases_that_belong_to_the_text_are_in_it(
    readings: list[Reading], capsys: pytest.CaptureFixture[str]
) -> None:
    counts: Counter[str] = Counter()
    for reading in readings:
        if reading.has_phrases:
            text, gold = _flat(reading.text), json.loads(reading.gold)
            for kind in ("must_contain", "must_not_contain"):
                counts[kind] += len(gold[kind])
                counts[f"{kind}, does"] += sum(_flat(phrase) in text for phrase in gold[kind])
    with capsys.disabled():
        print(f"\nphrases: {dict(counts)}")  # noqa: T201

    assert counts["must_contain, does"] >= 0.95 * counts["must_contain"]
    assert counts["must_not_contain, does"] <= 0.05 * counts["must_not_contain"]


def _flat(text: str) -> str:
    return " ".join(text.split())
