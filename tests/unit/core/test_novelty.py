from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from bot.core.novelty import MOST_VERSIONS, RESAVED, novelties
from bot.model import Article, Listed
from tests.builders import NOW, an_article

DAY = timedelta(days=1)
BREAK = an_article("Dam breaks near Ostrava", summary="Forty people were brought to a school.")


def before(*articles: Article, ago: timedelta = DAY) -> list[Listed]:
    """Return what was listed of articles, some time ago."""
    return [
        Listed(**{each.name: getattr(replace(one, seen_at=NOW - ago), each.name) for each in fields(Listed)})
        for one in articles
    ]


def one(article: Article, *old: Listed, listed: int = 30) -> tuple[str, str | None] | None:
    """Return the key and the reason of one unseen article; None if it is not to be recorded."""
    found = novelties([article], old, listed=listed)
    return (found[0].article.key, found[0].quiet) if found else None


REBUILT = replace(BREAK, key="https://wire.example/?p=1")
ELSEWHERE = replace(REBUILT, address="wire.example/2026/dam-breaks")
REWRITTEN = an_article("Dam breaks near Ostrava", summary="Fifty people.", key=BREAK.key)
ANOTHER = an_article("Minister opens rebuilt dam", key=BREAK.key)
SINGLES: dict[str, tuple[Article, list[Listed], str | None]] = {
    "never listed": (BREAK, [], None),
    "its text was edited": (REWRITTEN, before(BREAK), None),
    "another id, the same page and text": (REBUILT, before(BREAK), RESAVED),
    "another id and page, the same text: for the judge": (ELSEWHERE, before(BREAK), None),
    "another id, the same page, another text: for the judge": (
        replace(REWRITTEN, key="2", address=BREAK.address),
        before(BREAK),
        None,
    ),
    "no page of its own then or now, the same text": (
        replace(REBUILT, address="wire.example"),
        before(replace(BREAK, address="")),
        RESAVED,
    ),
}


@pytest.mark.parametrize(("article", "old", "quiet"), SINGLES.values(), ids=SINGLES)
def test_one_unseen_article(article: Article, old: list[Listed], quiet: str | None) -> None:
    assert one(article, *old) == (article.key, quiet)


def test_an_id_that_serves_another_report_is_not_its_id() -> None:
    assert one(ANOTHER, *before(BREAK)) == (f"reused:{ANOTHER.address}", None)


RENAMED = {
    "the page's number before the headline": (
        "wire.example/national/418044/walker-swept-down-river",
        "wire.example/national/418044/body-of-walker-found",
    ),
    "a code behind the headline and the day": (
        "wire.example/walker-swept-down-river-20200601-p54yg6.html",
        "wire.example/sport/body-of-walker-found-20200601-p54yg6.html",
    ),
}


@pytest.mark.parametrize(("old", "new"), RENAMED.values(), ids=RENAMED)
def test_a_page_that_keeps_its_number_keeps_its_id_whatever_its_headline(old: str, new: str) -> None:
    earlier, renamed = replace(BREAK, address=old), replace(ANOTHER, address=new)

    assert one(renamed, *before(earlier)) == (BREAK.key, None)


UNLIKE = {
    "other numbers": ("wire.example/418044/a-walker", "wire.example/418045/a-walker"),
    "one day": ("wire.example/20200601/a-walker", "wire.example/20200601/a-museum"),
    "one day behind the headline": ("wire.example/a-walker-20200601.html", "wire.example/a-museum-20200601"),
    "one word with a figure": ("wire.example/covid19-cases-rise", "wire.example/covid19-museum-opens"),
    "one section": ("wire.example/world/a-walker", "wire.example/world/a-museum"),
}


@pytest.mark.parametrize(("old", "new"), UNLIKE.values(), ids=UNLIKE)
def test_an_id_is_used_again_where_the_addresses_share_no_number(old: str, new: str) -> None:
    earlier, another = replace(BREAK, address=old), replace(ANOTHER, address=new)

    assert one(another, *before(earlier)) == (f"reused:{new}", None)


def test_a_report_under_a_reused_id_is_recorded_once() -> None:
    recorded = replace(ANOTHER, key=f"reused:{ANOTHER.address}")

    assert one(ANOTHER, *before(BREAK, recorded)) is None


def test_two_ids_that_serve_one_report_by_now_are_recorded_once() -> None:
    gamma = an_article("Gamma", key="1")
    old = before(an_article("Alpha", key="1"), an_article("Beta", key="2"))

    assert len(novelties([gamma, replace(gamma, key="2")], old, listed=2)) == 1


KEPT = {
    "a new headline at the same page": replace(ANOTHER, address=BREAK.address),
    "a new page under the same headline": replace(REWRITTEN, address="wire.example/new"),
    "no page of its own": replace(ANOTHER, address="wire.example"),
}


@pytest.mark.parametrize("article", KEPT.values(), ids=KEPT)
def test_an_id_stays_that_of_its_report(article: Article) -> None:
    assert one(article, *before(BREAK)) == (BREAK.key, None)


def versions(number: int, ago: timedelta) -> list[Listed]:
    return before(
        *(an_article(BREAK.title, summary=f"{n} readers", key=BREAK.key) for n in range(number)), ago=ago
    )


def test_a_text_that_changes_at_each_poll_is_kept_a_few_times_a_day() -> None:
    hour = timedelta(hours=1)

    assert one(BREAK, *versions(MOST_VERSIONS - 1, hour)) is not None
    assert one(BREAK, *versions(MOST_VERSIONS, hour)) is None
    assert one(BREAK, *versions(MOST_VERSIONS, DAY)) is not None, "the next day it is kept again"


def a_document(number: int, prefix: str = "") -> list[Article]:
    """Return reports whose pages move with their ids."""
    return [
        an_article(f"Report {n}", key=f"{prefix}{n}", address=f"wire.example/{prefix}{n}")
        for n in range(number)
    ]


def quiets(unseen: list[Article], old: list[Listed], listed: int) -> list[bool]:
    return [novelty.quiet == RESAVED for novelty in novelties(unseen, old, listed=listed)]


def test_a_document_saved_anew_under_other_ids_and_addresses_is_old() -> None:
    anew = a_document(10, "new-")
    news = an_article("Report of today", key="today")

    assert quiets([*anew, news], before(*a_document(10)), 11) == [True] * 10 + [False]


def test_a_few_repeated_headlines_are_left_to_the_judge() -> None:
    assert quiets(a_document(3, "new-"), before(*a_document(10)), 30) == [False] * 3


def test_a_window_full_of_news_is_news() -> None:
    news = [an_article(f"News {n}", key=f"news-{n}") for n in range(10)]

    assert quiets(news, before(*a_document(10)), 10) == [False] * 10
