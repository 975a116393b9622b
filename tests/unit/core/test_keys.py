from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.concepts import Concepts
from bot.core.keys import match_keys
from bot.model import Article
from tests.builders import an_article
from tests.unit.core.samples import report, shipped

GENERAL = Concepts.of({}, where="here")
LONG = " ".join(f"w{i}" for i in range(80))
#: Of a title, an id and an address, as first released.
GOLDEN = [-4376552540265831190, -2174670105845069167, -2124230805835967926, 3314654018157582735]

NEAR = {
    "one address": (report("A", "One", address="x.example/1"), report("B", "Two", address="x.example/1")),
    "one id in one feed": (
        report("A", "One", key="7"),
        report("B", "One", key="7"),
    ),
    "one title": (report("Dam breaks", "One"), report("DAM: breaks!", "Two")),
    "one text under two titles": (report("A", "One", body=LONG), report("B", "Two", summary=LONG)),
}
FAR = {
    "one front page": (report("A", "One", address="x.example"), report("B", "Two", address="x.example")),
    "one id in two feeds": (report("A", "One", key="7"), report("B", "Two", key="7")),
    "one concept of the titles": (report("Moscow wins", "One"), report("Dam near Moscow", "Two")),
    "a caption": (report("A", "One", body="Photo of a"), report("B", "Two", body="Photo of a")),
}


def _shared(pair: tuple[Article, Article]) -> set[int]:
    one, two = (set(match_keys(article, GENERAL)) for article in pair)
    return one & two


@pytest.mark.parametrize("pair", NEAR.values(), ids=NEAR)
def test_near_articles_are_found_by(pair: tuple[Article, Article]) -> None:
    assert _shared(pair)


@pytest.mark.parametrize("pair", FAR.values(), ids=FAR)
def test_articles_are_not_found_by(pair: tuple[Article, Article]) -> None:
    assert not _shared(pair)


def test_rewrites_in_other_words_and_scripts_are_found_by_pairs_of_concepts() -> None:
    concepts = shipped().concepts
    titles = (
        "Putin hosts Chinese defence minister",
        "Russian president meets Li Shangfu",
        "Путин принял Ли Шанфу",
        "普京会见李尚福",
    )
    first, *others = (set(match_keys(report(title, title[:2]), concepts)) for title in titles)

    assert all(len(first & other) >= 3 for other in others)


@given(
    st.sampled_from("abcdef"),
    st.lists(st.integers(0, 119), max_size=2),
    st.integers(0, 20),
)
def test_a_text_with_a_few_edits_is_still_found(word: str, edits: list[int], cut: int) -> None:
    row = [f"{word}{i}" for i in range(120)]
    edited = [f"edited{i}" if i in edits else old for i, old in enumerate(row)][cut:]
    copy = report("Another headline", "Two", summary="Photo: agency. " + " ".join(edited) + " Read more")

    assert set(match_keys(report("Headline", "One", body=" ".join(row)), GENERAL)) & set(
        match_keys(copy, GENERAL)
    )


@given(title=st.text(), text=st.text(), key=st.text())
def test_keys_are_64_bit_numbers_each_once_and_always_the_same(title: str, text: str, key: str) -> None:
    article = an_article(title, key=key, body=text * 3, summary=text)
    keys = match_keys(article, GENERAL)

    assert keys == match_keys(article, Concepts.of({}, where="here"))
    assert len(keys) == len(set(keys))
    assert all(-(2**63) <= number < 2**63 for number in keys)


def test_keys_do_not_change_with_the_next_release() -> None:
    """They are stored: other numbers would cut every archive off from its past."""
    article = an_article("Dam breaks", feed_url="https://a.example/", key="7", address="a.example/7")

    assert match_keys(article, GENERAL) == GOLDEN
