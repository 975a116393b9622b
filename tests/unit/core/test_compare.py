from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.core.compare import Pair
from bot.core.concepts import Concepts
from tests.builders import NOW
from tests.unit.core.samples import report

GENERAL = Concepts.of({}, where="here")
LONG = " ".join(f"w{i}" for i in range(40))


def pair(new: dict[str, Any], old: dict[str, Any]) -> Pair:
    base = {"title": "Dam breaks", "outlet": "Other"}
    return Pair(
        report(**(base | {"outlet": "New"} | new)), report(**(base | {"outlet": "Old"} | old)), GENERAL
    )


def test_containment_counts_from_the_shorter_text() -> None:
    compared = pair({"body": LONG}, {"summary": " ".join(LONG.split()[:20])})

    assert (compared.containment, compared.both_have_text, compared.shorter_text) == (100, True, 17)


def test_a_caption_is_no_text() -> None:
    compared = pair({"body": LONG}, {"summary": "w1 w2 w3 w4 w5"})

    assert (compared.containment, compared.both_have_text) == (0, False)


def test_the_body_goes_before_the_summary() -> None:
    assert pair({"body": LONG, "summary": "x " * 30}, {"body": LONG}).containment == 100


def test_words_of_the_texts_count_with_their_titles_and_without_function_words() -> None:
    compared = pair({"title": "The dam", "summary": "is broken"}, {"title": "A dam", "summary": "was whole"})

    assert compared.text_words == 50


def test_titles_are_compared_by_words_and_by_concepts() -> None:
    compared = pair({"title": "Minister visits Moscow"}, {"title": "Minister arrives in Russia today"})

    assert compared.shared_concepts == 3
    assert compared.title_concepts == 100
    assert compared.shorter_title == 3
    assert 0 < compared.title_ratio < 100


SITES = {
    "one address": ({"address": "a.example/1"}, {"address": "a.example/2"}, True),
    "two addresses": ({"address": "a.example/1"}, {"address": "b.example/1"}, False),
    "no address, one outlet": ({"address": "", "outlet": "A"}, {"outlet": "A"}, True),
    "no address, two outlets": ({"address": ""}, {"address": ""}, False),
}


@pytest.mark.parametrize(("new", "old", "expected"), SITES.values(), ids=SITES)
def test_one_site(new: dict[str, str], old: dict[str, str], expected: bool) -> None:  # noqa: FBT001  a table's column
    assert pair(new, old).one_site is expected


LANGUAGES = {
    "one": ("en", "en", True),
    "two dialects": ("en-us", "en-gb", True),
    "two": ("en", "ru", False),
    "one unknown": ("en", None, True),
}


@pytest.mark.parametrize(("new", "old", "expected"), LANGUAGES.values(), ids=LANGUAGES)
def test_one_language(new: str, old: str | None, expected: bool) -> None:  # noqa: FBT001  a table's column
    assert pair({"language": new}, {"language": old}).one_language is expected


TIMES = {
    "the same minute": ({}, {"published": NOW - timedelta(seconds=59)}, "published in the same minute"),
    "a minute": ({}, {"published": NOW - timedelta(seconds=60)}, "1 min apart"),
    "a guessed time says less": ({"dated": False}, {}, "0 min apart"),
    "two hours": ({}, {"published": NOW + timedelta(hours=2)}, "2 h apart"),
    "just under two hours": ({}, {"published": NOW + timedelta(minutes=119)}, "119 min apart"),
}


@pytest.mark.parametrize(("new", "old", "expected"), TIMES.values(), ids=TIMES)
def test_the_time_between_is_told_in_words(new: dict[str, Any], old: dict[str, Any], expected: str) -> None:
    assert pair(new, old).says_time().says == expected


def test_each_measure_is_told_in_words_with_its_number() -> None:
    compared = pair({"title": "Dam breaks in Minsk", "body": LONG}, {"title": "Dam broken", "body": LONG})

    assert [(e.signal, e.value, e.says) for e in (compared.says_text(), compared.says_words())] == [
        ("text", 100.0, "100 % of the shorter text contained in the other"),
        ("words", 97.6, "98 % of the shorter text's words in the other"),
    ]
    assert compared.says_title().says == f'title {compared.title_ratio:.0f}/100 like "Dam broken" (Old)'
    assert compared.says_concepts().says == (
        'titles share dam (50 % of the shorter; the other: "Dam broken")'
    )
    assert [e.signal for e in compared.says_copy()] == ["text", "title", "time"]


def test_what_cannot_be_measured_is_told_as_well() -> None:
    compared = pair({"title": "Dam"}, {"title": "Chess"})

    assert compared.says_words() == compared.says_text()
    assert compared.says_text().says == "one of the two carries no text to compare"
    assert compared.says_concepts().says.startswith("titles share nothing (0 %")
