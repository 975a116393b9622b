from __future__ import annotations

import time
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.concepts import Concepts
from bot.core.keys import PER_KEY, Keys, match_keys, nearest, span_of
from bot.core.sources import plain_title
from bot.model import Article
from tests.builders import NOW, an_article
from tests.unit.core.samples import report, shipped

GENERAL = Concepts.of({}, where="here")
LONG = " ".join(f"w{i}" for i in range(80))
MINUTE = timedelta(minutes=1)
MIDNIGHT = NOW.replace(hour=0)
#: Of a title, an id, an address and a minute, as first released.
GOLDEN = [-2127386902, -1954911824, -788646796, 560382741, 1666198725]


def keys_of(article: Article, concepts: Concepts = GENERAL, story: str = "dams") -> Keys:
    return match_keys(article, concepts, story)


def undated(title: str, outlet: str, **changes: object) -> Article:
    return report(title, outlet, **{"dated": False, **changes})


NEAR = {
    "one address": (undated("A", "One", address="x.example/1"), undated("B", "Two", address="x.example/1")),
    "one id in one feed": (undated("A", "One", key="7"), undated("B", "One", key="7")),
    "one title": (undated("Dam breaks", "One"), undated("DAM: breaks!", "Two")),
    "one headline, in the other's address": (
        undated("Dam of Ostrava breaks", "One"),
        undated("A", "Two", address="two.example/world/dam-of-ostrava-breaks-77"),
    ),
    "one numbered page": (
        undated("A", "One", address="x.example/asia/dam-breaks-6334361"),
        undated("B", "Two", address="x.example/asia/valley-flooded-6334361"),
    ),
    "one text under two titles": (undated("A", "One", body=LONG), undated("B", "Two", summary=LONG)),
    "one minute in two languages": (
        report("Dam breaks", "One", published=NOW),
        report("Damm bricht", "Two", published=NOW.replace(second=59)),
    ),
    "two words of three": (undated("Ostrava dam breaks", "One"), undated("Zlin dam breaks", "Two")),
}
FAR = {
    "one front page": (undated("A", "One", address="x.example"), undated("B", "Two", address="x.example")),
    "one number on two sites": (
        undated("A", "One", address="x.example/asia/dam-breaks-6334361"),
        undated("B", "Two", address="y.example/asia/valley-flooded-6334361"),
    ),
    "one id in two feeds": (undated("A", "One", key="7"), undated("B", "Two", key="7")),
    "one concept of the titles": (undated("Moscow wins", "One"), undated("Dam near Moscow", "Two")),
    "a caption": (undated("A", "One", body="Photo of a"), undated("B", "Two", body="Photo of a")),
    "times of first sight": (undated("A", "One", published=NOW), undated("B", "Two", published=NOW)),
    "another minute": (report("A", "One", published=NOW), report("B", "Two", published=NOW + MINUTE)),
    "dates without a time": (
        report("A", "One", published=MIDNIGHT),
        report("B", "Two", published=MIDNIGHT),
    ),
}


def _shared(pair: tuple[Article, Article]) -> set[int]:
    old, new = (keys_of(article) for article in pair)
    return set(old.kept) & set(new.asked)


@pytest.mark.parametrize("pair", NEAR.values(), ids=NEAR)
def test_near_articles_are_found_by(pair: tuple[Article, Article]) -> None:
    assert _shared(pair)
    assert _shared(pair[::-1])


@pytest.mark.parametrize("pair", FAR.values(), ids=FAR)
def test_articles_are_not_found_by(pair: tuple[Article, Article]) -> None:
    assert not _shared(pair)


EXACT = [
    "one address",
    "one id in one feed",
    "one title",
    "one numbered page",
    "one headline, in the other's address",
]


@pytest.mark.parametrize("name", EXACT)
def test_exact_keys_are_negative_and_no_others(name: str) -> None:
    assert min(_shared(NEAR[name])) < 0
    assert all(min(_shared(pair)) >= 0 for other, pair in NEAR.items() if other not in EXACT)


def test_an_article_of_another_story_has_other_keys() -> None:
    article = report("Dam breaks near Ostrava after days of rain", body=LONG)

    assert not set(keys_of(article).asked) & set(keys_of(article, story="floods").asked)


PLAIN = {
    "UPDATE 1-Dam breaks": "Dam breaks",
    "UPDATE 12 - BREAKING: Dam breaks": "Dam breaks",
    "WRAPUP 3-Dam breaks": "Dam breaks",
    "СРОЧНО: плотина": "плотина",
    "Dam breaks near Ostrava - Reuters": "Dam breaks near Ostrava",
    "Dam breaks near Ostrava | The Daily Wire": "Dam breaks near Ostrava",
    "Dam breaks near Ostrava – tvn24.pl": "Dam breaks near Ostrava",
    "Dam breaks near Ostrava - and nobody saw it": "Dam breaks near Ostrava - and nobody saw it",
    "Dam breaks - Live": "Dam breaks - Live",
    "Update on the dam": "Update on the dam",
    "BREAKING:": "BREAKING:",
    "": "",
}


@pytest.mark.parametrize(("title", "plain"), PLAIN.items())
def test_what_agencies_and_aggregators_add_to_a_title_does_not_count(title: str, plain: str) -> None:
    assert plain_title(title) == plain


def test_rewrites_in_other_words_and_scripts_are_found_by_pairs_of_concepts() -> None:
    concepts = shipped().concepts
    titles = (
        "Putin hosts Chinese defence minister",
        "Russian president meets Li Shangfu",
        "Путин принял Ли Шанфу",
        "普京会见李尚福",
    )
    first, *others = (keys_of(undated(title, title[:2]), concepts) for title in titles)

    assert all(len(set(first.kept) & set(other.asked)) >= 3 for other in others)


WORDS = [f"{c}{v}x{v}{d}" for c in "bdfgklmnprst" for v in "aeiou" for d in "nrpk"]


@given(
    title=st.lists(st.sampled_from(WORDS), min_size=6, max_size=14, unique=True),
    kept=st.floats(0.65, 0.8),
    shouted=st.booleans(),
)
def test_a_title_that_was_cut_short_is_still_found(title: list[str], kept: float, shouted: bool) -> None:  # noqa: FBT001
    whole = " ".join(title)
    cut = " ".join(title[: max(3, round(len(title) * kept))])
    old, new = keys_of(undated(whole, "One")), keys_of(undated(cut.upper() if shouted else cut, "Two"))

    assert set(old.kept) & set(new.asked)
    assert set(new.kept) & set(old.asked)


@given(
    title=st.lists(st.sampled_from(WORDS), min_size=3, max_size=14, unique=True),
    dropped=st.integers(0, 13),
    order=st.randoms(use_true_random=False),
)
def test_a_title_without_one_word_and_in_another_order_is_still_found(
    title: list[str], dropped: int, order: Random
) -> None:
    rest = [word for place, word in enumerate(title) if place != dropped % len(title)]
    order.shuffle(rest)
    old, new = keys_of(undated(" ".join(title), "One")), keys_of(undated(" ".join(rest), "Two"))

    assert set(old.kept) & set(new.asked)


@given(
    st.sampled_from("abcdef"),
    st.lists(st.integers(0, 119), max_size=2),
    st.integers(0, 20),
)
def test_a_text_with_a_few_edits_is_still_found(word: str, edits: list[int], cut: int) -> None:
    row = [f"{word}{i}" for i in range(120)]
    edited = [f"edited{i}" if i in edits else old for i, old in enumerate(row)][cut:]
    copy = undated("Another headline", "Two", summary="Photo: agency. " + " ".join(edited) + " Read more")

    assert _shared((undated("Headline", "One", body=" ".join(row)), copy))


@given(title=st.text(), text=st.text(), key=st.text(), dated=st.booleans())
def test_keys_are_32_bit_numbers_each_once_and_always_the_same(
    title: str,
    text: str,
    key: str,
    dated: bool,  # noqa: FBT001
) -> None:
    article = an_article(title, key=key, body=text * 3, summary=text, dated=dated)
    keys = keys_of(article)

    assert keys == keys_of(article, Concepts.of({}, where="here"))
    assert set(keys.kept) <= set(keys.asked)
    for numbers in (keys.asked, keys.kept):
        assert numbers == sorted(set(numbers))
        assert all(-(2**31) <= number < 2**31 for number in numbers)


HUGE = {
    "words": "dam " * 250_000,
    "other words": " ".join(f"w{number:x}" for number in range(150_000)),
    "one word": "x" * 1_000_000,
    "characters of a script without spaces": "坝" * 1_000_000,
    "marks": "- " * 500_000,
    "prefixes": "update 1-" * 100_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_a_huge_article_costs_no_more_than_a_long_one(text: str) -> None:
    article = an_article(text[:10_000], body=text)
    keys_of(article)
    begun = time.process_time()
    keys = keys_of(article)

    assert time.process_time() - begun < 0.05  # ten times what it takes
    assert len(keys.asked) < 50


def test_keys_do_not_change_with_the_next_release() -> None:
    """They are stored: other numbers would cut every archive off from its past."""
    article = an_article("Dam breaks", feed_url="https://a.example/", key="7", address="a.example/7")

    assert keys_of(article).asked == GOLDEN


# ------------------------------------------------------------------------------------------- nearness


@given(
    found=st.dictionaries(
        st.integers(-3, 9), st.lists(st.integers(1, 30), min_size=1, max_size=PER_KEY, unique=True)
    ),
    limit=st.integers(0, 9),
)
def test_the_nearest_are_some_of_those_found_each_once_and_first_those_that_share_an_exact_key(
    found: dict[int, list[int]], limit: int
) -> None:
    near = nearest(found, limit)
    exact = {article for key, articles in found.items() if key < 0 for article in articles}

    assert len(near) == len(set(near)) == min(limit, len({a for row in found.values() for a in row}))
    assert [article in exact for article in near] == sorted((a in exact for a in near), reverse=True)


@given(parts=st.integers(1, 5_000))
def test_the_parts_of_the_index_make_the_whole(parts: int) -> None:
    spans = [span_of(part, parts) for part in range(parts)]

    assert (spans[0][0], spans[-1][1]) == (-(2**31), 2**31 - 1)
    assert all(high + 1 == low for (_, high), (low, _) in pairwise(spans))
