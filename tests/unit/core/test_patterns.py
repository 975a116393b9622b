"""Patterns of users: what must stand in what they find, and that none of them takes long."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.patterns import Expression, required
from bot.errors import ConfigError

REQUIRED = {
    "alternatives": ("moscow|beijing", {"moscow", "beijing"}),
    "an alternative without letters": ("moscow|[0-9]", None),
    "what may be there is left out": ("mosc(ow)?x", {"mosc"}),
    "a letter that may be missing": ("abcd*", {"abc"}),
    "a class": ("a[bc]d", None),
    "a class with a bracket": (r"x[\]a]bcd", {"bcd"}),
    "a class that begins with a bracket": ("[]abc]d", None),
    "the longest of several": ("foo.{0,5}barr", {"barr"}),
    "only in parentheses": ("(abc|def)", None),
    "behind an edge": (r"\bLiShang", {"lishang"}),
    "flags": ("(?-i)abc", None),
    "an escaped parenthesis": (r"a\(bcd", {"bcd"}),
    "Cyrillic": (r"^шойгу\b", {"шойгу"}),
    "a count": ("abc{2}", None),
}


@pytest.mark.parametrize(("pattern", "expected"), REQUIRED.values(), ids=REQUIRED)
def test_of_these_runs_one_has_to_stand_there(pattern: str, expected: set[str] | None) -> None:
    assert required(pattern) == expected


_PATTERNS = st.lists(
    st.sampled_from(
        ["abc", "d", "x?", "(de|f)", "[ab]", "|", r"\w", "c*", "b+", "a{2}", r"\.", ".", "(", ")", "[^", "]"]
    ),
    min_size=1,
    max_size=6,
).map("".join)


@settings(max_examples=400)
@given(pattern=_PATTERNS, text=st.text("abcdef.x ", max_size=14))
def test_in_whatever_a_pattern_finds_one_of_its_runs_stands(pattern: str, text: str) -> None:
    runs = required(pattern)
    try:
        found = re.search(pattern, text, re.IGNORECASE)
    except (re.error, FutureWarning):  # of what two engines may read differently nothing is asked
        return
    if found and runs is not None:
        assert any(run in found.group().lower() for run in runs)


def test_every_place_is_told_up_to_ten() -> None:
    found = Expression.of("a")

    assert list(found.spans("Ба a A")) == [(3, 4), (5, 6)]
    assert len(list(found.spans("a" * 50))) == 10


def test_a_text_is_read_up_to_2000_characters() -> None:
    assert list(Expression.of("end").spans("x" * 1_997 + "end")) == [(1_997, 2_000)]
    assert list(Expression.of("end").spans("x" * 1_998 + "end")) == []


def test_half_a_character_disturbs_nothing() -> None:
    assert list(Expression.of("b").spans("a\ud800b")) == [(2, 3)]


BOMBS = ["(a+)+$", "(a|aa)+$", "(.*a){9}x", "(a*)*b", "(x+x+)+y", "((a?){9}){9}a", r"(\w+\s?)+$|zzz"]


@pytest.mark.parametrize("pattern", BOMBS)
def test_a_pattern_that_takes_others_for_ever_takes_milliseconds(pattern: str) -> None:
    try:
        bomb = Expression.of(pattern)
    except ConfigError:
        return
    begun = time.process_time()
    for text in ("a" * 2_000, "ab" * 1_000, "xa " * 700):
        list(bomb.spans(text + "!"))

    assert time.process_time() - begun < 0.15


def test_counts_of_counts_are_many_steps() -> None:
    assert Expression.of("moscow.*beijing").steps == 0
    assert 0 < Expression.of("(a|b){20}").steps < 100
    assert Expression.of("(.{0,50}a){8}z").steps > 3_000
