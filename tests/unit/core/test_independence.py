"""How many sources of an event know it by themselves: the wire's hundred outlets are one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.core.sources
from bot.core.independence import independent, is_source, passes_on
from bot.model import Article, Member
from tests.unit.core.samples import member, report

WIRED = "OSTRAVA, Jan 15 (Reuters) - The dam near Ostrava broke at night."
CITED = "The dam near Ostrava broke at night, Reuters reported."
OWN = "We stood at the dam as it broke."


def at(outlet: str, site: str, body: str = OWN) -> Article:
    return report(f"Dam breaks, {outlet} {site}", outlet, address=f"{site}/dam", body=body)


def events(*articles: Article, role: str = "rewrite") -> list[Member]:
    return [
        member(article, role if number > 1 else "new", number=number, of=1 if number > 1 else None)
        for number, article in enumerate(articles, start=1)
    ]


def test_texts_that_were_read_are_not_read_again_for_each_that_joins(monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> list[Member]:
        return events(*(at(f"Outlet {number}", f"o{number}.example", CITED) for number in range(40)))

    sources = independent(found())
    for patterns in ("_CITED", "_SIGNED"):
        monkeypatch.setattr(bot.core.sources, patterns, None)

    assert independent(found()) == sources == 1


SOURCES: dict[str, tuple[list[Member], int]] = {
    "one report": (events(at("One", "one.example")), 1),
    "two reporters": (events(at("One", "one.example"), at("Two", "two.example")), 2),
    "two outlets whose links lead through one redirector": (
        events(
            report(
                "Dam breaks",
                "One",
                link="http://feedproxy.google.com/~r/one/~3/abc/",
                address="feedproxy.google.com/~r/one/~3/abc",
                body=OWN,
            ),
            report("A dam broke", "Two", link="https://t.co/xyz", address="t.co/xyz", body=OWN),
            report("Dam is broken", "Three", link="https://t.co/abc", address="t.co/abc", body=OWN),
        ),
        3,
    ),
    "two papers of one host": (
        events(at("One", "one.substack.com"), at("Two", "two.substack.com")),
        2,
    ),
    "copies of one report": (
        events(at("One", "one.example"), at("Two", "two.example"), at("Three", "three.example"), role="copy"),
        1,
    ),
    "the same page in two feeds": (
        events(at("One", "one.example"), at("Search", "two.example"), role="same"),
        1,
    ),
    "a rewrite in other words": (events(at("One", "one.example"), at("Two", "two.example")), 2),
    "one wire item in two outlets": (
        events(at("One", "one.example", WIRED), at("Two", "two.example", WIRED)),
        1,
    ),
    "the agency and who carries it": (
        events(at("Reuters", "www.reuters.com"), at("Two", "two.example", WIRED)),
        1,
    ),
    "the agency and who retells it": (
        events(at("Reuters", "www.reuters.com"), at("Two", "two.example", CITED)),
        1,
    ),
    "a wire item and a reporter of its own": (
        events(at("One", "one.example", WIRED), at("Two", "two.example")),
        2,
    ),
    "two agencies": (
        events(
            at("One", "one.example", WIRED),
            at("Two", "two.example", WIRED.replace("Reuters", "AFP")),
        ),
        2,
    ),
    "who retells two agencies makes them one": (
        events(
            at("One", "one.example", WIRED),
            at("Two", "two.example", WIRED.replace("Reuters", "AFP")),
            at("Three", "three.example", "The dam broke, Reuters reported. It held till ten, AFP reported."),
        ),
        1,
    ),
    "editions of one publisher": (
        events(at("Marketscreener", "de.marketscreener.com"), at("Screener", "m.marketscreener.com")),
        1,
    ),
    "sections of one site under a national suffix": (
        events(at("News", "news.bbc.co.uk"), at("BBC", "www.bbc.co.uk")),
        1,
    ),
    "a copy of a copy": (
        [
            member(at("One", "one.example")),
            member(at("Two", "two.example"), "copy", number=2, of=1),
            member(at("Three", "three.example"), "copy", number=3, of=2),
        ],
        1,
    ),
    "copies of something the event lost": (
        [
            member(at("Two", "two.example"), "copy", number=2, of=99),
            member(at("Three", "three.example"), "copy", number=3, of=99),
        ],
        1,
    ),
    "a report without an address, by its outlet": (
        events(
            report("A", "One", address=""), report("B", "One", address=""), report("C", "Two", address="")
        ),
        2,
    ),
    "nobody": ([], 0),
}


@pytest.mark.parametrize(("members", "expected"), SOURCES.values(), ids=SOURCES)
def test_of_these_so_many_know_it_by_themselves(members: list[Member], expected: int) -> None:
    assert independent(members) == expected
    assert independent(members[::-1]) == expected


def test_a_hundred_outlets_with_one_dispatch_are_one_source_and_a_second_publisher_makes_two() -> None:
    outlets = [at(f"Outlet {n}", f"outlet{n}.example", WIRED) for n in range(100)]

    assert independent(events(*outlets)) == 1
    assert independent(events(*outlets, at("Own", "own.example"))) == 2


bodies = st.sampled_from([OWN, WIRED, CITED, WIRED.replace("Reuters", "AFP")])
articles = st.builds(
    at, st.sampled_from(["One", "Two", "Three"]), st.sampled_from(["a.example", "b.example"]), bodies
)
roles = st.sampled_from(["copy", "same", "rewrite", "related", "update"])


@given(st.lists(st.tuples(articles, roles, st.integers(1, 8)), min_size=1, max_size=8))
def test_who_joins_adds_one_source_at_the_most_and_the_order_never_matters(
    rows: list[tuple[Article, str, int]],
) -> None:
    members = [
        member(article, role, number=number, of=of if of < number else None)
        for number, (article, role, of) in enumerate(rows, start=1)
    ]

    assert 1 <= independent(members) <= len(members)
    assert independent(members) - independent(members[:-1]) <= 1
    assert independent(sorted(members, key=lambda m: -m.id)) == independent(members)


ORIGIN = {
    "an agency's own page": (at("Reuters", "www.reuters.com"), True, False),
    "an outlet that prints its dispatch": (at("One", "one.example", WIRED), False, True),
    "an outlet that retells its report": (at("One", "one.example", CITED), False, True),
    "a reporter": (at("One", "one.example"), False, False),
    "an agency that retells another": (
        at("Reuters", "www.reuters.com", "The dam broke, according to TASS."),
        True,
        True,
    ),
}


@pytest.mark.parametrize(("article", "source", "borrowed"), ORIGIN.values(), ids=ORIGIN)
def test_whose_report_it_is(article: Article, source: bool, borrowed: bool) -> None:  # noqa: FBT001  columns
    assert is_source(article) is source
    assert passes_on(article) is borrowed
