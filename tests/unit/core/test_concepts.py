from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.concepts import Concepts
from bot.core.words import tokens
from bot.errors import ConfigError

GENERAL = Concepts.of({}, where="here")
STORY = Concepts.of(
    {
        "visitor": ("@li", "@office"),
        "li": ("Li Shangfu", "Ли Шанфу", "李尚福"),
        "office": ("Chinese defence minister*", "министр* обороны Китая", "中国防长"),
        "putin": ("Vladimir Putin", "Putin*", "Russian president", "Путин*"),
        "russia": ("Russia*", "Москв*", "РФ"),
        "arms": ("weapons", "lethal aid", "…"),
        "summit": ("Beijing meets Moscow",),
    },
    where="here",
)

TEXTS = {
    "function words carry nothing": (GENERAL, "It is the end of this", {"end"}),
    "a word stands for its stem": (GENERAL, "sanctions approved", {"sanction", "approv"}),
    "a verb stands for its meaning": (GENERAL, "arrives visits приехал 访问", {"visit"}),
    "a capital stands for its country": (GENERAL, "Moscow Москвы 莫斯科 Kremlin", {"russia"}),
    "the longest spelling wins": (GENERAL, "South Korea", {"southkorea"}),
    "an unfinished spelling is words": (GENERAL, "South wind", {"south", "wind"}),
    "Chinese characters count in pairs": (GENERAL, "包裹单", {"包裹", "裹单"}),
    "a single Chinese character counts nothing": (GENERAL, "包", set()),
    "an alias in any script is one concept": (STORY, "Li Shangfu", {"@visitor"}),
    "an alias that is included is the one that includes it": (STORY, "李尚福、中国防长", {"@visitor"}),
    "an alias with inflected words": (STORY, "министра обороны Китая", {"@visitor"}),
    "a prefix as first word": (STORY, "Putins", {"@putin"}),
    "the story's spelling is longer than the country's": (STORY, "Russian president", {"@putin"}),
    "an alias of one country is that country": (STORY, "РФ", {"russia"}),
    "an alias of two words": (STORY, "lethal aid", {"@arms"}),
    "nothing": (STORY, "", set()),
}


@pytest.mark.parametrize(("concepts", "text", "expected"), TEXTS.values(), ids=TEXTS)
def test_a_text_speaks_of(concepts: Concepts, text: str, expected: set[str]) -> None:
    assert concepts(text) == expected


PLACES = {
    "a country by its capital": ("Talks in Minsk", {"belarus"}),
    "two": ("From Paris to Berlin", {"france", "germany"}),
    "a person brings along the country of his office": ("Putin speaks", {"russia"}),
    "by any of his spellings": ("Li Shangfu speaks", {"china"}),
    "an alliance": ("NATO meets", {"nato"}),
    "none": ("Dam breaks", set()),
}


@pytest.mark.parametrize(("text", "expected"), PLACES.values(), ids=PLACES)
def test_a_text_names_places(text: str, expected: set[str]) -> None:
    assert STORY.places(text) == expected


def test_persons_are_the_aliases_written_like_names() -> None:
    assert STORY.persons == {"@visitor", "@putin"}


def test_the_order_of_words_is_the_order_of_concepts() -> None:
    assert list(STORY.in_order(tokens("Putin meets Li Shangfu in Minsk"))) == [
        "@putin",
        "meet",
        "@visitor",
        "belarus",
    ]


def test_an_alias_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="here: there is no alias @nobody"):
        Concepts.of({"a": ("@nobody",)}, where="here")


def test_spellings_of_one_letter_may_go_on() -> None:
    assert Concepts.of({"li": ("李*",)}, where="here")("李") == {"@li"}


@given(st.text())
def test_places_are_concepts_of_the_text(text: str) -> None:
    assert GENERAL.places(text) <= GENERAL(text)


def test_only_an_alias_that_begins_with_a_name_is_a_person() -> None:
    aliases = {"li": ("Li Shangfu", "李尚福"), "ties": ("military ties", "Askeri İşbirliği")}

    assert Concepts.of(aliases, where="test").persons == {"@li"}
