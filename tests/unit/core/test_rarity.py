"""The table of rarities tells common words from rare ones, in every language it was made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.concepts import Concepts
from bot.core.rarity import level_of, rarity
from bot.core.words import tokens

GENERAL = Concepts.of({}, where="here")
#: A frequent word and a rare one.
LANGUAGES = {
    "English": ("government", "catamaran"),
    "Russian": ("правительство", "катамаран"),
    "German": ("regierung", "katamaran"),
    "Spanish": ("gobierno", "berenjena"),
    "French": ("gouvernement", "aubergine"),
    "Portuguese": ("governo", "berinjela"),
    "Polish": ("polski", "katamaran"),
    "Chinese": ("政府", "茄子"),
    "Japanese": ("時間", "茄子"),
    "Arabic": ("حكومة", "باذنجان"),
    "numbers": ("5", "1848"),
}


def rarity_of(text: str) -> float:
    (concept,) = GENERAL.in_order(tokens(text))
    return rarity(concept)


@pytest.mark.parametrize(("frequent", "rare"), LANGUAGES.values(), ids=LANGUAGES)
def test_a_rare_word_is_rarer_than_a_frequent_one(frequent: str, rare: str) -> None:
    assert rarity_of(frequent) < rarity_of(rare)


def test_inflections_and_synonyms_are_as_rare_as_each_other() -> None:
    assert len({rarity_of(word) for word in ("visits", "arrives", "визит", "访问")}) == 1


@given(st.text())
def test_every_text_has_a_rarity(word: str) -> None:
    assert 0 <= rarity(word) <= 6


@given(st.floats(0, 8), st.floats(0, 8))
def test_a_more_frequent_word_has_no_lower_level(one: float, two: float) -> None:
    low, high = sorted((one, two))

    assert 0 <= level_of(low) <= level_of(high) < 16
