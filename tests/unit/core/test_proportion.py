"""How sure a share is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.proportion import interval

#: Worked out by Wilson's formula, and known from tables.
KNOWN = {
    "none of none says nothing": (0, 0, 0.0, 1.0),
    "none of ten": (0, 10, 0.0, 0.278),
    "five of ten": (5, 10, 0.237, 0.763),
    "ten of ten": (10, 10, 0.722, 1.0),
    "31 of 32": (31, 32, 0.843, 0.994),
}


@pytest.mark.parametrize(("hits", "of", "low", "high"), KNOWN.values(), ids=KNOWN)
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert interval(hits, of) == pytest.approx((low, high), abs=0.0006)


@given(of=st.integers(1, 10_000), data=st.data())
def test_it_holds_the_share_and_is_the_same_seen_from_the_other_side(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    low, high = interval(hits, of)

    assert 0 <= low <= hits / of + 1e-9
    assert hits / of - 1e-9 <= high <= 1
    assert interval(of - hits, of) == pytest.approx((1 - high, 1 - low))
