"""Placing articles among a story's happenings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.concepts import Concepts
from bot.core.grouping import Grouping, Usage
from bot.core.questions import DEFAULT
from bot.model import ArticleId, EventId, Evidence, Happening, New, Related, Report
from tests.builders import NOW, an_article

GENERAL = Concepts.of({}, where="test")
NAMES = Concepts.of(
    {
        "li-shangfu": ("Li Shangfu", "Ли Шанфу", "李尚福"),
        "moscow": ("Moscow", "Москв*", "莫斯科"),
        "shoigu": ("Shoigu", "Шойгу", "绍伊古"),
    },
    where="test",
)
DAM = "Dam breaks near Ostrava, thousands flee"
NEWS = New(evidence=(Evidence(signal="candidates", says="nothing near"),))


def told(number: int, *titles: str, hours: float = 0) -> Happening:
    """Give a happening with a report of each title; their numbers follow the happening's."""
    at = NOW - timedelta(hours=hours)
    return Happening(
        id=EventId(number),
        reports=tuple(
            Report(id=ArticleId(number + place), title=title, outlet="Wire", language="en", published=at)
            for place, title in enumerate(titles)
        ),
    )


def placed(
    title: str,
    *happenings: Happening,
    verdict: New | Related = NEWS,
    concepts: Concepts = GENERAL,
    usage: Usage | None = None,
    of: EventId | None = None,
    limit: float = DEFAULT.happening,
) -> New | Related:
    near = {happening.id: happening for happening in happenings}
    grouping = Grouping(concepts, usage or Usage(), replace(DEFAULT, happening=limit))
    return grouping(verdict, an_article(title), near, of)


def test_news_joins_the_happening_that_its_headline_tells() -> None:
    verdict = placed(
        "Thousands flee after a dam near Ostrava broke", told(10, DAM, "Ostrava dam: army helps")
    )

    assert isinstance(verdict, Related)
    assert (verdict.of, verdict.joins) == (10, ())
    evidence, *others = verdict.evidence
    assert others == list(NEWS.evidence)
    assert evidence.signal == "happening"
    assert "like 2 reports of one happening, on average (limit 30 %)" in evidence.says
    assert evidence.says.endswith(f'nearest: Wire, "{DAM}"')


PATTERNS = {
    "another number": ("EU agrees on 12th package of sanctions", "EU agrees on 13th package of sanctions"),
    "another place": ("Li Shangfu arrives in Moscow for talks", "Li Shangfu arrives in Minsk for talks"),
}


@pytest.mark.parametrize(("one", "other"), PATTERNS.values(), ids=PATTERNS)
def test_another_happening_that_the_same_pattern_tells_stays_apart(one: str, other: str) -> None:
    assert placed(other, told(10, one)) is NEWS


def test_another_place_in_other_words_is_a_detail() -> None:
    old = "Ukraine briefing: documents show China secretly agreed to arm Russia; leaker arrested"

    verdict = placed("China agreed to arm Russia, leaked Pentagon documents show", told(10, old))

    assert isinstance(verdict, Related)


def test_news_of_something_else_stays_as_it_was() -> None:
    assert placed("Chess: Duda wins in Berlin", told(10, DAM)) is NEWS
    assert placed("Chess: Duda wins in Berlin") is NEWS
    assert placed("", told(10, "")) is NEWS


def test_one_report_like_it_is_not_enough_where_the_others_are_not() -> None:
    title, near = "Ostrava mayor resigns over broken dam", "Ostrava mayor under fire over broken dam"
    others = ("Rain sets records in Brno", "Trains stand still", "Storm over Vienna", "Schools closed")

    assert isinstance(placed(title, told(10, near), limit=0.6), Related)
    assert placed(title, told(10, near, *others), limit=0.6) is NEWS


def test_the_later_the_less_likely_one_happening() -> None:
    title = "Dam near Ostrava: helpers search for people"

    assert isinstance(placed(title, told(10, DAM, hours=1)), Related)
    assert placed(title, told(10, DAM, hours=60)) is NEWS


def test_words_that_a_story_always_uses_say_nothing() -> None:
    title, old = "Moscow talks: tank deal signed", "Moscow talks: fleet chief dismissed"
    usual = Usage([GENERAL("Moscow talks")] * 500)

    assert isinstance(placed(title, told(10, old), limit=0.2), Related)
    assert placed(title, told(10, old), usage=usual, limit=0.2) is NEWS


def test_a_report_between_two_happenings_joins_them() -> None:
    avalanche = told(10, "Avalanche buries skiers in Tyrol")
    search = told(20, "Helicopters search Innsbruck valley for missing tourists")
    between = "Avalanche in Tyrol: helicopters search Innsbruck valley for skiers buried"

    verdict = placed(between, avalanche, search, told(30, "Chess: Duda wins in Berlin"), limit=0.25)

    assert isinstance(verdict, Related)
    assert {verdict.of, *verdict.joins} == {10, 20}


def test_what_single_reports_prove_stands_and_says_why() -> None:
    evidence = (Evidence(signal="chance", says="97 % likely one event"),)
    proved = Related(of=ArticleId(11), evidence=evidence)

    verdict = placed(
        "Helpers arrive", told(10, DAM, "People flee"), told(20, DAM), verdict=proved, of=EventId(10)
    )

    assert isinstance(verdict, Related)
    assert (verdict.of, verdict.evidence) == (11, evidence)


LANGUAGES = {
    "English and Russian": ("Li Shangfu meets Shoigu in Moscow", "Шойгу встретился с Ли Шанфу в Москве"),
    "Russian and Chinese": ("Шойгу встретился с Ли Шанфу в Москве", "李尚福在莫斯科会见绍伊古"),
    "English and Chinese": ("Li Shangfu meets Shoigu in Moscow", "李尚福在莫斯科会见绍伊古"),
}


@pytest.mark.parametrize(("one", "other"), LANGUAGES.values(), ids=LANGUAGES)
def test_a_storys_aliases_join_languages(one: str, other: str) -> None:
    assert isinstance(placed(other, told(10, one), concepts=NAMES, limit=0.5), Related)
    assert placed(other, told(10, one), limit=0.5) is NEWS


@given(st.lists(st.lists(st.text(max_size=40), min_size=1, max_size=4), max_size=4), st.text(max_size=40))
def test_whatever_headlines_say_what_is_named_is_there(groups: Sequence[Sequence[str]], title: str) -> None:
    happenings = [told(10 * number, *titles) for number, titles in enumerate(groups, 1)]

    verdict = placed(title, *happenings)

    reports = {report.id: happening.id for happening in happenings for report in happening.reports}
    if isinstance(verdict, Related):
        assert verdict.of in reports
        assert set(verdict.joins) <= set(reports.values()) - {reports[verdict.of]}


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_a_headline_told_before_is_no_less_alike_than_any_other(titles: list[str]) -> None:
    known = [title for title in titles if GENERAL(title)]
    happenings = [told(10 * number, title) for number, title in enumerate(known, 1)]
    if known:
        verdict = placed(known[0], *happenings)
        assert isinstance(verdict, Related)
        told_by = {report.id: report.title for happening in happenings for report in happening.reports}
        assert GENERAL(told_by[verdict.of]) == GENERAL(known[0])
