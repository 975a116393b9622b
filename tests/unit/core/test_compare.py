from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core import explain
from bot.core.compare import Pair, furniture_of
from bot.core.concepts import Concepts
from bot.core.reading import Reading
from bot.core.similarity import Shingles, shingles
from tests.builders import NOW
from tests.unit.core.samples import report

GENERAL = Concepts.of({}, where="here")
LONG = " ".join(f"w{i}" for i in range(40))
MIDNIGHT = datetime(2023, 4, 16, tzinfo=UTC)


def reading(**changes: Any) -> Reading:
    return Reading(report(**({"title": "Dam breaks"} | changes)), GENERAL)


def pair(new: dict[str, Any], old: dict[str, Any], furniture: Shingles = frozenset()) -> Pair:
    return Pair(reading(**{"outlet": "New"} | new), reading(**{"outlet": "Old"} | old), furniture)


def test_containment_counts_from_the_shorter_text() -> None:
    compared = pair({"body": LONG}, {"summary": " ".join(LONG.split()[:20])})

    assert (compared.containment, compared.both_have_text, compared.shorter_text) == (1, True, 17)


def test_a_caption_is_no_text() -> None:
    compared = pair({"body": LONG}, {"summary": "w1 w2 w3 w4 w5"})

    assert (compared.containment, compared.both_have_text) == (0, False)


def test_a_summary_that_repeats_the_headline_is_no_text() -> None:
    said = "Dam breaks near the town of Ostrava at night"
    compared = pair({"title": said, "summary": f"{said} New"}, {"title": said, "summary": LONG})

    assert not compared.both_have_text


def test_what_the_pages_of_a_site_share_is_no_text() -> None:
    furniture = furniture_of([reading(body=f"{text} {LONG}") for text in ("a b", "c d", "e f")])

    assert pair({"body": LONG}, {"body": LONG}).containment == 1
    assert not pair({"body": LONG}, {"body": LONG}, furniture).both_have_text
    assert furniture == shingles(LONG.split())


def test_titles_are_compared_by_words_and_by_concepts() -> None:
    compared = pair({"title": "Minister visits Moscow"}, {"title": "Minister arrives in Russia today"})

    assert len(compared.shared_concepts) == 3
    assert compared.concepts == 1
    assert compared.title_length == 3
    assert 0 < compared.title_ratio < 1


AMOUNTS = {
    "billions": ("Acme pays $10 billion for mine", "Acme pays $10bln for mine"),
    "billions, as a letter": ("Acme pays $10 billion for mine", "Acme pays $10B for mine"),
    "millions in German": ("Acme zahlt 5 Millionen", "Acme zahlt 5 Mio"),
    "billions in Russian": ("Acme купит за 7 миллиардов", "Acme купит за 7 млрд"),
    "thousands": ("Acme sells 6,542 pumps", "Acme sells 6 542 pumps"),
    "millions in groups": ("Acme verkauft 6.542.000 Pumpen", "Acme verkauft 6 542 000 Pumpen"),
    "thin spaces": ("Acme продала 12\u202f500 насосов", "Acme продала 12500 насосов"),
    "per cent": ("Prices rise 7.5%", "Prices rise 7.5 percent"),
}


@pytest.mark.parametrize(("one", "two"), AMOUNTS.values(), ids=AMOUNTS)
def test_an_amount_has_one_spelling(one: str, two: str) -> None:
    assert pair({"title": one}, {"title": two}).title_ratio == 1


NUMBERS_OF_THEIR_OWN = {
    "a year before a number": ("In 2022 100 pumps", "In 2022100 pumps"),
    "a share": ("Prices rise 6.542", "Prices rise 6542"),
    "a list": ("Goals 1, 200", "Goals 1200"),
}


@pytest.mark.parametrize(("one", "two"), NUMBERS_OF_THEIR_OWN.values(), ids=NUMBERS_OF_THEIR_OWN)
def test_what_is_no_group_of_thousands_stays(one: str, two: str) -> None:
    assert pair({"title": one}, {"title": two}).title_ratio < 1


EDITED = {
    "one word": (
        "Virus cases found at Olympic hotel as committee hails games",
        "Infections found at Olympic hotel as committee hails games",
        True,
    ),
    "two words in one order": (
        "Breastfeeding athletes allowed to bring babies to Ostrava games",
        "Breastfeeding athletes can bring infants to Ostrava games",
        True,
    ),
    "one word in another order": (
        "Trial of Ostrava singer Marek Novak starts in county court",
        "Ostrava singer Marek Novak trial begins in county court",
        True,
    ),
    "two words in another order": (
        "Divers confirm body in Ostrava river is singer Marek Novak",
        "Singer Marek Novak found in Ostrava river, body with police",
        False,
    ),
    "three words": (
        "Mayor of Ostrava opens the new bridge over river",
        "Head of Ostrava closes the old bridge over river",
        False,
    ),
    "a short headline": ("Novak visits naval academy", "Novak visits military academy", False),
}


@pytest.mark.parametrize(("one", "two", "expected"), EDITED.values(), ids=EDITED)
def test_a_headline_is_hardly_changed(one: str, two: str, expected: bool) -> None:  # noqa: FBT001  a table's column
    assert pair({"title": one}, {"title": two}).hardly_exchanged is expected


SOURCES = {
    "one publisher's editions": (
        {"address": "de.market.example/1", "outlet": "Market Deutschland"},
        {"address": "m.market.example/2", "outlet": "Market"},
        {"one_site"},
    ),
    "a news search names an outlet by its host": (
        {"address": "market.example/1", "outlet": "Market"},
        {"address": "news.google.com/rss/articles/1", "outlet": "Market.example.com"},
        set(),
    ),
    "and by its own": (
        {"address": "market.com/1", "outlet": "Market"},
        {"address": "news.google.com/rss/articles/1", "outlet": "Market.com"},
        {"one_site"},
    ),
    "two publishers": ({"address": "a.example/1"}, {"address": "b.example/1"}, set()),
    "no address, one outlet": ({"address": "", "outlet": "A"}, {"address": "", "outlet": "A"}, {"one_site"}),
    "one wire": ({"body": f"(Reuters) - {LONG}"}, {"outlet": "Reuters"}, {"one_credit"}),
    "one wire in Chinese": (
        {"body": "新华社莫斯科4月16日电 国防部长李尚福抵达莫斯科"},
        {"outlet": "Xinhua"},
        {"one_credit"},
    ),
    "two wires": ({"body": f"MOSCOW, April 16. /TASS/. {LONG}"}, {"outlet": "AFP"}, {"other_credit"}),
    "one passes on the other's": (
        {"title": "Acme is for sale, Bloomberg News reports", "outlet": "Reuters"},
        {"title": "Acme Is for Sale", "outlet": "Bloomberg"},
        {"other_credit", "passes_on"},
    ),
    "a news search's mark is a signature, not a citation": (
        {"title": "Acme is for sale - Reuters", "outlet": "News search"},
        {"title": "Acme Is for Sale", "outlet": "Reuters"},
        {"one_credit"},
    ),
    "a signature counts though a text stands before it": (
        {"title": "Acme is for sale (Reuters)", "outlet": "Mirror", "body": LONG},
        {"title": "Acme Is for Sale", "outlet": "Reuters"},
        {"one_credit"},
    ),
    "an agency's way to cite another": (
        {"title": "Acme is for sale - Bloomberg News", "outlet": "Reuters"},
        {"title": "Acme Is for Sale", "outlet": "One"},
        {"passes_on"},
    ),
    "a copy of one that passes on": (
        {"title": "Acme is for sale, Bloomberg News reports", "outlet": "One"},
        {"title": "Acme for sale, Bloomberg News reports", "outlet": "Reuters"},
        set(),
    ),
}


@pytest.mark.parametrize(("new", "old", "expected"), SOURCES.values(), ids=SOURCES)
def test_who_wrote_it(new: dict[str, Any], old: dict[str, Any], expected: set[str]) -> None:
    compared = pair(new, old)
    asked = ("one_site", "one_credit", "other_credit", "passes_on")

    assert {name for name in asked if getattr(compared, name)} == expected


LANGUAGES = {
    "one": ("en", "en", True),
    "two dialects": ("en-gb", "en-us", True),
    "two": ("en", "ru", False),
    "one unknown": ("en", None, True),
}


@pytest.mark.parametrize(("new", "old", "expected"), LANGUAGES.values(), ids=LANGUAGES)
def test_one_language(new: str | None, old: str | None, expected: object) -> None:
    assert pair({"language": new}, {"language": old}).one_language is expected


TIMES = {
    "the same minute": ({}, {}, "published in the same minute"),
    "a minute": ({"published": NOW + timedelta(minutes=1)}, {}, "1 min apart"),
    "a guessed time says less": ({"dated": False}, {"dated": False}, "neither says when it was published"),
    "two hours": ({"published": NOW + timedelta(minutes=119)}, {}, "119 min apart"),
    "midnight stands for a day": ({"published": MIDNIGHT}, {"published": MIDNIGHT}, "0 min apart"),
    "another zone": (
        {"published": NOW + timedelta(hours=7)},
        {},
        "7 h apart, to the minute: the wire's time in another zone",
    ),
    "hours": ({"published": NOW + timedelta(minutes=150)}, {}, "2 h apart"),
}


@pytest.mark.parametrize(("new", "old", "says"), TIMES.values(), ids=TIMES)
def test_the_time_between_is_told_in_words(new: dict[str, Any], old: dict[str, Any], says: str) -> None:
    assert explain.time(pair(new, old)).says == says


def test_each_measure_is_told_in_words_with_its_number() -> None:
    compared = pair(
        {"title": "Minister visits Moscow", "body": f"(Reuters) {LONG}"},
        {"title": "Minister arrives in Russia", "body": f"(Reuters) {LONG}"},
    )

    assert [(e.signal, e.value) for e in explain.copy(compared)][:1] == [("text", 100.0)]
    assert explain.text(compared).says == "100 % of the Reuters text contained"
    assert [e.says for e in explain.source(compared)] == ["the same wire: Reuters"]
    assert "minister, russia, visit" in explain.concepts(compared).says


def test_what_cannot_be_measured_is_told_as_well() -> None:
    compared = pair({"title": ""}, {"title": ""})

    assert explain.text(compared).says == "one of the two carries no text to compare"
    assert explain.words(compared) == explain.text(compared)
    assert "titles share nothing" in explain.concepts(compared).says


def test_every_measure_of_the_model_is_finite_and_bounded() -> None:
    measures = pair(
        {"title": "x " * 300, "body": LONG * 300}, {"published": NOW - timedelta(days=900)}
    ).features

    assert all(0 <= value <= 12 for value in measures.values())
