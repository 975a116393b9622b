"""How a query is measured on labelled items: figures that can be worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.keyword_scores import keywords
from bot.core.match import Watch
from tests.builders import a_story

ROWS = (
    ("1", "same-event", "visit", "Dam visit in Ostrava"),
    ("2", "same-event", "visit", "Minister travels"),
    ("3", "unrelated", "anything", "Dam drama wins a prize"),
    ("4", "unrelated", "anything", "Chess: a draw"),
    ("5", "same-wider-story", "shangri-la-2023", "The dam one year on"),
    ("6", "same-wider-story", "qin-gang-2023", "Another dam"),
    ("7", "same-event", "visit", None),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "coverage").mkdir()
    rows = [
        {"id": i, "relation": r, "facet": f, "title": t, "half": half}
        for half in ("dev", "held")
        for i, r, f, t in (ROWS if half == "dev" else ROWS[:1])
    ]
    lines = "\n".join(map(json.dumps, rows))
    (tmp_path / "coverage/items.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def test_recall_precision_and_facets_are_counted_and_every_wrong_item_is_named(folder: Path) -> None:
    against_unrelated, facets, april = keywords(folder, "dev", Watch.on(a_story(query="dam")))

    assert (against_unrelated.n, against_unrelated.recall, against_unrelated.precision) == (4, 0.5, 0.5)
    assert against_unrelated.notes[2:] == (
        "missed: 2 (visit) Minister travels",
        "accepted, not wanted: 3 (anything) Dam drama wins a prize",
    )
    assert (facets.n, facets.value) == (2, 0.5)
    assert "qin-gang-2023 (out): 0 of 1 right" in facets.notes
    assert (april.n, april.recall) == (4, 0.0)


def test_each_half_is_measured_by_itself(folder: Path) -> None:
    assert keywords(folder, "held", Watch.on(a_story(query="dam")))[0].n == 1
