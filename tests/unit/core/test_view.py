"""Which report leads a card, what its headline was before, and how many tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.view import View, view
from bot.model import Article, Event, EventId, Member, Policy
from tests.builders import NOW, a_story, an_event
from tests.unit.core.samples import member, report

HOUR = timedelta(hours=1)
WIRED = "OSTRAVA, Jan 15 (Reuters) - The dam near Ostrava broke at night."

ONE = report("Dam breaks", "One")
CARRIED = report("Dam breaks, says agency", "Two", body=WIRED)
SOURCE = report("Dam breaks near Ostrava", "Reuters", address="www.reuters.com/dam")
DEAR, DEARER = report("The dam broke", "Ledger"), report("Dam gone", "Evening Post")


def event(*members: Member, number: int = 1) -> Event:
    return an_event(id=EventId(number), members=members)


def seen(*members: Member, prefer: tuple[str, ...] = ()) -> View:
    return view([event(*members)], a_story(policy=Policy(prefer=prefer)))


# ------------------------------------------------------------------------------------------- who leads

PREFERRED = ("Evening Post", "Ledger")
LEADS: dict[str, tuple[list[Member], tuple[str, ...], Article]] = {
    "the first, where nobody is preferred": ([member(ONE), member(DEAR, "copy", number=2, of=1)], (), ONE),
    "a preferred outlet that carries it": (
        [member(ONE), member(DEAR, "copy", number=2, of=1)],
        PREFERRED,
        DEAR,
    ),
    "however its name is written": (
        [member(ONE), member(DEAR, "copy", number=2, of=1)],
        ("LEDGER",),
        DEAR,
    ),
    "of two preferred ones the dearer, though it came later": (
        [member(ONE), member(DEAR, "copy", number=2, of=1), member(DEARER, "rewrite", number=3, of=1)],
        PREFERRED,
        DEARER,
    ),
    "the preferred one, if it was first": (
        [member(DEARER), member(DEAR, "copy", number=2, of=1)],
        PREFERRED,
        DEARER,
    ),
    "a preferred outlet's article about something related does not": (
        [member(ONE), member(DEAR, "related", number=2, of=1)],
        PREFERRED,
        ONE,
    ),
    "nor its update": ([member(ONE), member(DEAR, "update", number=2, of=1)], PREFERRED, ONE),
    "nor what was recorded quietly": (
        [member(ONE), member(DEAR, "copy", number=2, of=1, quiet=True)],
        PREFERRED,
        ONE,
    ),
    "the agency whose report the first one carried": (
        [member(CARRIED), member(SOURCE, "copy", number=2, of=1)],
        (),
        SOURCE,
    ),
    "not another outlet that carries it as well": (
        [member(CARRIED), member(replace(CARRIED, outlet="Three", key="3"), "copy", number=2, of=1)],
        (),
        CARRIED,
    ),
    "not an agency that came after a reporter of its own": (
        [member(ONE), member(SOURCE, "rewrite", number=2, of=1)],
        (),
        ONE,
    ),
    "a preferred outlet before the agency": (
        [member(CARRIED), member(SOURCE, "copy", number=2, of=1), member(DEAR, "copy", number=3, of=1)],
        PREFERRED,
        DEAR,
    ),
}


@pytest.mark.parametrize(("members", "prefer", "lead"), LEADS.values(), ids=LEADS)
def test_a_card_is_led_by(members: list[Member], prefer: tuple[str, ...], lead: Article) -> None:
    there = seen(*members, prefer=prefer)

    assert (there.article, there.link) == (lead, lead.link)
    assert lead.outlet not in {other.outlet for other in there.also}


def test_who_led_before_is_named_among_those_who_also_carry_it() -> None:
    there = seen(member(CARRIED), member(SOURCE, "copy", number=2, of=1))

    assert [other.outlet for other in there.also] == ["Two"]
    assert (there.reports, there.independent) == (2, 1)


# ------------------------------------------------------------------------------------ how it was changed


def version(title: str, hour: int, article: Article = ONE) -> Article:
    return replace(article, title=title, seen_at=NOW + hour * HOUR)


CHANGES: dict[str, tuple[list[Member], list[tuple[str, int]], str]] = {
    "none": ([member(ONE)], [], "Dam breaks"),
    "another headline": (
        [member(ONE), member(version("Dam broke", 1), "same", number=2, of=1)],
        [("Dam breaks", 1)],
        "Dam broke",
    ),
    "another summary is none": (
        [member(ONE), member(replace(ONE, summary="17 comments"), "same", number=2, of=1)],
        [],
        "Dam breaks",
    ),
    "there and back again": (
        [
            member(ONE),
            member(version("Dam broke", 1), "same", number=2, of=1),
            member(version("Dam breaks", 2), "same", number=3, of=2),
        ],
        [("Dam breaks", 1), ("Dam broke", 2)],
        "Dam breaks",
    ),
    "the headline of another outlet is none": (
        [member(ONE), member(DEAR, "same", number=2, of=1)],
        [],
        "Dam breaks",
    ),
    "of one that took the lead its own count": (
        [
            member(CARRIED),
            member(version("Dam gave way", 1, CARRIED), "same", number=2, of=1),
            member(SOURCE, "copy", number=3, of=1),
            member(version("Dam down", 2, SOURCE), "same", number=4, of=3),
        ],
        [("Dam breaks near Ostrava", 2)],
        "Dam down",
    ),
}


@pytest.mark.parametrize(("members", "changes", "headline"), CHANGES.values(), ids=CHANGES)
def test_headlines_it_had_before_are(
    members: list[Member], changes: list[tuple[str, int]], headline: str
) -> None:
    there = seen(*members)

    assert [(change.was, change.at) for change in there.changes] == [
        (was, NOW + hour * HOUR) for was, hour in changes
    ]
    assert there.article.title == headline
    assert there.published == NOW


def test_a_later_version_without_a_picture_or_a_link_keeps_those_it_had() -> None:
    first = replace(ONE, image="https://one.example/dam.jpg")
    later = replace(version("Dam broke", 1), link="", image="")

    there = seen(member(first), member(later, "same", number=2, of=1))

    assert (there.link, there.picture) == (first.link, first.image)


# ------------------------------------------------------------------------------------- how many tell it

REPORTS: dict[str, tuple[list[Member], tuple[int, int]]] = {
    "one": ([member(ONE)], (1, 1)),
    "its later version is no other": ([member(ONE), member(version("X", 1), "same", number=2, of=1)], (1, 1)),
    "two outlets in words of their own": ([member(ONE), member(DEAR, "rewrite", number=2, of=1)], (2, 2)),
    "a copy": ([member(ONE), member(DEAR, "copy", number=2, of=1)], (2, 1)),
    "five that carry one dispatch, and one of its own": (
        [
            member(CARRIED),
            *(
                member(report(f"Dam {n}", f"Outlet {n}", body=WIRED), "rewrite", number=n, of=1)
                for n in range(2, 6)
            ),
            member(ONE, "rewrite", number=6, of=1),
        ],
        (6, 2),
    ),
    "an update is told by itself": ([member(ONE), member(DEAR, "update", number=2, of=1)], (1, 1)),
    "two articles of one outlet": (
        [
            member(ONE),
            member(DEAR, "copy", number=2, of=1),
            member(replace(DEAR, key="x"), "copy", number=3, of=1),
        ],
        (2, 1),
    ),
    "a related article": ([member(ONE), member(DEAR, "related", number=2, of=1)], (2, 2)),
}


@pytest.mark.parametrize(("members", "counted"), REPORTS.values(), ids=REPORTS)
def test_reports_and_sources_are_counted(members: list[Member], counted: tuple[int, int]) -> None:
    there = seen(*members)

    assert (there.reports, there.independent) == counted


def test_an_article_that_two_stories_found_is_told_and_counted_once() -> None:
    mine = event(member(ONE), member(DEAR, "copy", number=2, of=1))
    theirs = event(member(DEAR, number=2), member(DEARER, "copy", number=3, of=2), number=2)

    there = view([mine, theirs], a_story())

    assert there.article == ONE
    assert [other.outlet for other in there.also] == ["Ledger", "Evening Post"]
    assert there.reports == 3


outlets = st.sampled_from(["One", "Two", "Reuters", "Ledger"])
roles = st.sampled_from(["same", "copy", "rewrite", "related", "update"])
rows = st.lists(st.tuples(outlets, roles, st.booleans(), st.sampled_from([WIRED, ""])), max_size=8)


@given(rows=rows, prefer=st.lists(outlets, max_size=2, unique=True).map(tuple))
def test_no_outlet_is_named_twice_on_a_line_nobody_is_forgotten_and_the_counts_agree(
    rows: list[tuple[str, str, bool, str]], prefer: tuple[str, ...]
) -> None:
    members = [member(ONE)] + [
        member(report(f"Dam {number}", outlet, body=body), role, number=number, quiet=quiet, of=1)
        for number, (outlet, role, quiet, body) in enumerate(rows, start=2)
    ]
    there = seen(*members, prefer=prefer)

    also, more = ([other.outlet for other in line] for line in (there.also, there.more))
    assert len(set(also)) == len(also)
    assert len(set(more)) == len(more)
    assert there.article.outlet not in also
    told = {there.article.outlet, *also, *more, *(update.outlet for update in there.updates)}
    assert told == {m.article.outlet for m in members}
    assert 1 <= there.independent <= there.reports == 1 + len(also) + len(more)
