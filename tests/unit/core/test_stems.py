"""Forms of one word have one stem, by the rules of the text's language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.stems import every_stem, has_stem, stemmed

JOINED = {
    "Russian cases of a name": ("Путина", "Путиным", "ru"),
    "Russian adjectives": ("китайский", "китайского", "ru"),
    "Ukrainian, by the rules of Russian": ("Путіна", "Путін", "uk"),
    "English": ("sanctions", "sanctioned", "en"),
    "German": ("Verhandlungen", "Verhandlung", "de"),
    "Polish": ("ministra", "ministrem", "pl"),
    "an unknown language of the Latin script": ("sanctions", "sanctioned", None),
    "a language without rules": ("sanctions", "sanctioned", "sw"),
    "a Russian word in an English text": ("Путина", "Путин", "en"),
    "a language with a region": ("Verhandlungen", "Verhandlung", "de-AT"),
}


@pytest.mark.parametrize(("one", "two", "language"), JOINED.values(), ids=JOINED)
def test_forms_have_one_stem(one: str, two: str, language: str | None) -> None:
    assert stemmed(one, language) == stemmed(two, language)


@given(
    st.text("aeiosnt Путинаём国", min_size=1, max_size=8),
    st.sampled_from([None, "ru", "de", "pl", "zh", "xx"]),
)
def test_a_stem_is_one_of_all_there_may_be(word: str, language: str | None) -> None:
    assert stemmed(word, language) in every_stem(word)


@pytest.mark.parametrize(
    ("word", "expected"), {"Li": True, "Ли": True, "李": False, "12": False, "": False}.items()
)
def test_some_scripts_have_endings(word: str, expected: bool) -> None:  # noqa: FBT001  a column
    assert has_stem(word) is expected
