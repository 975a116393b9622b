"""How the judge is measured: figures that can be worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from bot.cli.labelled import Labelled
from bot.cli.scores import score
from bot.cli.streams import bcubed, by_decision, by_happening, by_ratio
from tests.builders import NOW
from tests.unit.core.samples import report

GROUPS = {
    "as labelled": ("aabbb", "11222", 1.0, 1.0),
    "all apart": ("abcde", "11222", 1.0, 0.4),
    "all together": ("aaaaa", "11222", 0.52, 1.0),
    # Of the two in x one is right with itself only: (1/2 + 1/2 + 1) / 3 and (1/2 + 1 + 1/2) / 3.
    "one in the wrong group": ("xxy", "121", 2 / 3, 2 / 3),
}


@pytest.mark.parametrize(("ours", "labels", "precision", "recall"), GROUPS.values(), ids=GROUPS)
def test_bcubed_counts_for_each_item_who_stands_beside_it(
    ours: str, labels: str, precision: float, recall: float
) -> None:
    assert bcubed(ours, labels) == pytest.approx((precision, recall))


def test_a_rule_is_scored_by_what_it_says_and_misses() -> None:
    pairs = [
        Labelled(old=report(t), new=report(t, "Two"), label=label)
        for t, label in zip("abcd", "SSUE", strict=True)
    ]

    found = score("rule", pairs, lambda at: at in {0, 2}, "S")

    assert (found.n, found.precision, found.recall, found.f1) == (4, 0.5, 0.5, 0.5)


def test_a_stream_is_grouped_by_the_index_and_the_judge() -> None:
    dam, chess = "Dam breaks near Ostrava in the night", "Chess: Duda wins once more in Berlin"
    stream = [
        report(dam, "One"),
        report(chess, "Two"),
        report(dam, "Three", published=NOW + timedelta(hours=2)),
        report(dam, "Four", published=NOW + timedelta(hours=80)),
    ]

    assert by_happening(stream, timedelta(hours=72)) == [0, 1, 0, 3]
    assert by_decision(partial(by_ratio, 90), stream, timedelta(hours=72)) == [0, 1, 0, 3]
