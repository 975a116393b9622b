from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.similarity import LONGEST_TEXT, SHINGLE, containment, shingles, title_ratio, word_ratio

TEXTS = {"titles": title_ratio, "words": word_ratio}


@pytest.mark.parametrize("measure", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize(("one", "two"), [("", ""), ("", "dam"), ("dam", "")])
def test_nothing_is_like_nothing(measure: Callable[[str, str], float], one: str, two: str) -> None:
    assert measure(one, two) == 0


def test_titles_without_words_are_not_alike() -> None:
    assert title_ratio("...", "...") == 0


@pytest.mark.parametrize("measure", TEXTS.values(), ids=TEXTS)
@given(one=st.text(), two=st.text())
def test_likeness_does_not_depend_on_order_and_has_its_scale(
    measure: Callable[[str, str], float], one: str, two: str
) -> None:
    assert measure(one, two) == measure(two, one)
    assert 0 <= measure(one, two) <= 100


@given(st.text(alphabet="dam flood李ж", min_size=1))
def test_a_title_with_words_is_wholly_like_itself(title: str) -> None:
    assert title_ratio(title, title) in ({100} if title.strip() else {0})


def test_the_order_of_words_does_not_count() -> None:
    assert title_ratio("Dam breaks near Ostrava", "Near Ostrava, dam BREAKS") == 100


_SETS = st.frozensets(st.integers(0, 9))


@given(one=_SETS, two=_SETS)
def test_containment_does_not_depend_on_order_and_has_its_scale(
    one: frozenset[int], two: frozenset[int]
) -> None:
    assert containment(one, two) == containment(two, one)
    assert 0 <= containment(one, two) <= 100


SETS = {
    "nothing in nothing": (set(), set(), 0),
    "nothing in something": (set(), {1}, 0),
    "a part": ({1, 2}, {1, 2, 3, 4}, 100),
    "half": ({1, 9}, {1, 2, 3, 4}, 50),
    "strangers": ({8, 9}, {1, 2}, 0),
}


@pytest.mark.parametrize(("one", "two", "expected"), SETS.values(), ids=SETS)
def test_containment_is_the_share_of_the_smaller_set(one: set[int], two: set[int], expected: float) -> None:
    assert containment(one, two) == expected


COUNTS = {"none": (0, 0), "too few": (SHINGLE - 1, 0), "one run": (SHINGLE, 1), "many": (10, 7)}


@pytest.mark.parametrize(("n", "expected"), COUNTS.values(), ids=COUNTS)
def test_shingles_are_runs_of_four_words(n: int, expected: int) -> None:
    assert len(shingles([f"w{i}" for i in range(n)])) == expected


def test_of_a_long_text_only_the_beginning_is_compared() -> None:
    assert len(shingles([f"w{i}" for i in range(9_999)])) == LONGEST_TEXT - SHINGLE + 1
