from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.tune import FEWEST_LABELS, LEAST_PRECISION, Counts, Label, count, tune


def labels(*rows: tuple[float, bool, int]) -> list[Label]:
    """Give labels of (chance, same, how many)."""
    return [Label(chance=chance, same=same) for chance, same, number in rows for _ in range(number)]


LABELS = labels((0.9, True, 6), (0.9, False, 2), (0.4, True, 3), (0.1, False, 9))

COUNTS = {
    "between the two": (0.5, Counts(together=6, hidden=2, repeated=3, apart=9), 6 / 8, 6 / 9),
    "at a label's chance: that pair is one report": (
        0.9,
        Counts(together=6, hidden=2, repeated=3, apart=9),
        6 / 8,
        6 / 9,
    ),
    "above all: nothing is called one report": (
        0.95,
        Counts(together=0, hidden=0, repeated=9, apart=11),
        None,
        0,
    ),
    "below all: everything is": (0.0, Counts(together=9, hidden=11, repeated=0, apart=0), 9 / 20, 1),
}


@pytest.mark.parametrize(("limit", "counts", "precision", "recall"), COUNTS.values(), ids=COUNTS)
def test_at_a_limit(limit: float, counts: Counts, precision: float | None, recall: float) -> None:
    tuning = tune(LABELS, limit)

    assert (tuning.limit, tuning.counts) == (limit, counts)
    assert tuning.counts.precision == precision
    assert tuning.counts.recall == pytest.approx(recall)


def test_without_one_report_among_the_labels_nothing_can_be_recalled() -> None:
    assert count(labels((0.5, False, 1)), 0.5).recall is None


RECOMMENDED = {
    "the lowest that is precise": (
        labels((0.2, False, 8), (0.4, True, 8), (0.8, True, 8)),
        0.7,
        0.4,
        "0.4 is the lowest limit with a precision of 0.99 on these labels",
    ),
    "the present one where it parts the labels alike": (
        labels((0.2, False, 8), (0.4, True, 16)),
        0.3,
        0.3,
        "keep 0.3: no lower limit has a precision of 0.99 on these labels",
    ),
    "a higher one where the present hides news": (
        labels((0.6, False, 8), (0.9, True, 16)),
        0.5,
        0.9,
        "0.9 is the lowest limit with a precision of 0.99 on these labels",
    ),
    "one in a hundred may be wrong": (
        labels((0.1, False, 1), (0.5, False, 1), (0.5, True, 99)),
        0.9,
        0.5,
        "0.5 is the lowest limit with a precision of 0.99 on these labels",
    ),
    "the lowest, though one between is not precise": (
        labels((0.3, True, 120), (0.6, False, 1), (0.6, True, 1), (0.9, True, 1)),
        0.9,
        0.3,
        "0.3 is the lowest limit with a precision of 0.99 on these labels",
    ),
    "none where the surest pair is two reports": (
        labels((0.4, True, 16), (0.9, False, 8)),
        0.5,
        None,
        "no limit has a precision of 0.99 on these labels: no recommendation",
    ),
    "none of too few": (
        labels((0.2, False, 9), (0.8, True, 10)),
        0.5,
        None,
        "too few labels (19 < 20): no recommendation",
    ),
    "none of no labels": ([], 0.5, None, "too few labels (0 < 20): no recommendation"),
    "twenty are enough": (
        labels((0.2, False, 10), (0.8, True, 10)),
        0.9,
        0.8,
        "0.8 is the lowest limit with a precision of 0.99 on these labels",
    ),
}


@pytest.mark.parametrize(("given_", "limit", "limit_", "says"), RECOMMENDED.values(), ids=RECOMMENDED)
def test_recommended_is(given_: list[Label], limit: float, limit_: float | None, says: str) -> None:
    tuning = tune(given_, limit)

    assert (tuning.recommended, tuning.says) == (limit_, says)


chances = st.floats(0, 1)


@given(
    pairs=st.lists(st.builds(Label, chance=chances, same=st.booleans()), min_size=FEWEST_LABELS),
    limit=chances,
)
def test_no_lower_limit_is_as_precise_unless_it_parts_the_labels_alike(
    pairs: list[Label], limit: float
) -> None:
    tuning = tune(pairs, limit)

    precise = [
        counts
        for label in pairs
        if (counts := count(pairs, label.chance)).precision is not None
        and (counts.precision or 0) >= LEAST_PRECISION
    ]
    if tuning.recommended is None:
        assert precise == []
    else:
        found = count(pairs, tuning.recommended)
        assert found in precise
        assert found.recall == max(counts.recall or 0 for counts in precise)
