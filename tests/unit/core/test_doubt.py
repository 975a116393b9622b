"""Which verdicts say that they are in doubt, and that to ask changes none of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.concepts import Concepts
from bot.core.grouping import Grouping, Usage
from bot.core.judge import chance, judge
from bot.core.questions import DEFAULT, Limits
from bot.model import Article, Doubt, Duplicate, EventId, Happening, New, Related, Report, Update, Verdict
from tests.builders import NOW
from tests.unit.core.samples import report, stored

GENERAL = Concepts.of({}, where="here")
LATER = NOW + timedelta(minutes=95)
MIDNIGHT = "The wall of the upper reservoir gave way at midnight, and firemen brought people to a school."
BREAKS = report("Dam breaks near Ostrava", summary=MIDNIGHT)
#: 26 % likely one article.
EVACUATED = report("Ostrava dam breaks after rain, valley evacuated", "Two", published=LATER)
#: 7 %.
BLAMED = report("Mayor of Ostrava blames county for broken dam", "Two", published=LATER)
COPIED = report("Dam near Ostrava breaks", "Two", published=LATER, summary=MIDNIGHT)
#: 47 %, and figures differ.
THIRTEENTH = report("EU approves 13th sanctions package against Russia", "Two", published=LATER)
TWELFTH = report("EU approves 12th sanctions package against Russia")


def judged(new: Article, old: Article, least: float | None, same: float = DEFAULT.same) -> Verdict:
    return judge(new, [stored(old)], GENERAL, Limits(review_from=least, same=same))


def doubt(verdict: Verdict) -> Doubt | None:
    return verdict.doubt if isinstance(verdict, New | Related) else None


CASES = {
    "likelier than the lower limit": (EVACUATED, BREAKS, 0.2, True),
    "as likely as the lower limit": (EVACUATED, BREAKS, chance(EVACUATED, BREAKS, GENERAL), True),
    "less likely": (BLAMED, BREAKS, 0.2, False),
    "nobody is to be asked": (EVACUATED, BREAKS, None, False),
    "a repeat": (COPIED, BREAKS, 0.01, False),
    "facts differ": (THIRTEENTH, TWELFTH, 0.01, False),
}


@pytest.mark.parametrize(("new", "old", "least", "expected"), CASES.values(), ids=CASES)
def test_a_verdict_is_in_doubt(new: Article, old: Article, least: float | None, *, expected: bool) -> None:
    assert (doubt(judged(new, old, least)) is not None) == expected


def test_what_is_in_doubt_says_of_which_report_how_likely_and_between_which_limits() -> None:
    verdict = judge(
        EVACUATED, [stored(BLAMED, 7), stored(BREAKS, 8)], GENERAL, Limits(review_from=0.2, same=0.4)
    )

    found = doubt(verdict)
    assert found is not None
    assert (found.of, found.chance) == (8, chance(EVACUATED, BREAKS, GENERAL))
    assert verdict.evidence[-1].says == (
        'in doubt: 26 % likely one article with "Dam breaks near Ostrava" (Other), between 20 % and 40 %'
    )


def test_where_facts_differ_the_chance_alone_is_no_doubt() -> None:
    assert chance(THIRTEENTH, TWELFTH, GENERAL) > DEFAULT.same

    assert doubt(judged(THIRTEENTH, TWELFTH, 0.01, same=0.99)) is None


@given(least=st.floats(0, 0.36))
@pytest.mark.parametrize("new", [EVACUATED, BLAMED, COPIED, THIRTEENTH])
@pytest.mark.parametrize("old", [BREAKS, TWELFTH])
def test_to_ask_changes_no_verdict(new: Article, old: Article, least: float) -> None:
    with_, without = judged(new, old, least), judged(new, old, None)

    assert type(with_) is type(without)
    assert _without_doubt(with_) == without


def _without_doubt(verdict: Verdict) -> Verdict:
    match verdict:
        case New() | Related():
            evidence = tuple(reason for reason in verdict.evidence if reason.signal != "doubt")
            return replace(verdict, evidence=evidence, doubt=None)
        case Duplicate() | Update():
            return verdict


@pytest.mark.parametrize("verdict", ["new", "related"])
def test_what_turns_out_to_tell_of_a_known_happening_stays_in_doubt(verdict: str) -> None:
    asked = Doubt(of=stored(BREAKS).id, chance=0.3)
    given_ = New(doubt=asked) if verdict == "new" else Related(of=stored(BREAKS).id, doubt=asked)
    near = {EventId(1): Happening(id=EventId(1), reports=(Report.of(stored(BREAKS).id, BREAKS),))}
    grouping = Grouping(GENERAL, Usage(), Limits(happening=0.01))

    found = grouping(given_, EVACUATED, near, EventId(1))

    assert isinstance(found, Related)
    assert found.doubt == asked
