"""What is written reads back as the same; what cannot be read is told."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.query import compile_query
from bot.core.syntax import (
    DEEPEST,
    FIELDS,
    Alias,
    Both,
    Either,
    How,
    Item,
    Listed,
    Never,
    Pattern,
    Scope,
    Term,
    Tree,
    line_and_column,
    parsed,
    printed,
)
from bot.errors import ConfigError

_HOW = st.sampled_from(["", "stem", "fuzzy"])
_WORDS = st.one_of(
    st.sampled_from(
        ["dam", "drill*", "7.5", "Li", "李尚福", "co-op", "ORDER", "OR*", "and", "it's", "a/b", "C#"]
    ),
    st.from_regex(r"[a-zа-я][\w*/-]{0,6}", fullmatch=True),
)
_NEARS = st.none() | st.integers(0, 999)


def _word(text: str, how: How, exact: bool) -> Tree:  # noqa: FBT001  drawn
    return Term(text, exact=True) if exact else Term(text, how=how)


def _phrase(text: str, how: How, near: int | None, exact: bool) -> Tree:  # noqa: FBT001  drawn
    return Term(text, quoted=True, exact=exact, how="" if exact else how, near=near)


_TREES: st.SearchStrategy[Tree] = st.recursive(
    st.one_of(
        st.builds(_word, _WORDS, _HOW, st.booleans()),
        st.builds(_phrase, st.text("ab “”«é国(+-!~:/@\\'", max_size=8), _HOW, _NEARS, st.booleans()),
        st.builds(Alias, st.from_regex(r"[a-z][\w-]{0,5}", fullmatch=True), _HOW),
        st.builds(Pattern, st.sampled_from(["a+", "a b", r"\d\/\d", '"', "(a|b){2}", "[^)]x"])),
    ),
    lambda part: st.one_of(
        st.builds(Scope, st.sampled_from(FIELDS), part),
        st.builds(Never, part),
        st.builds(Both, st.lists(part, min_size=2, max_size=3).map(tuple)),
        st.builds(Either, st.lists(part, min_size=2, max_size=3).map(tuple)),
        st.builds(
            Listed,
            st.lists(st.builds(Item, part, st.sampled_from(["", "+", "-"])), min_size=2, max_size=3).map(
                tuple
            ),
        ),
        part.map(lambda one: Listed((Item(one, "+"),))),
    ),
    max_leaves=8,
)


@settings(max_examples=400)
@given(_TREES)
def test_a_printed_tree_reads_back_as_the_same(tree: Tree) -> None:
    assert parsed(printed(tree), where="here") == tree


_PIECES = st.sampled_from(
    'dam "a b" ( ) + - ! @x title: lang: ~3 ~stem ~fuzzy * AND OR NOT = ="U.S." /a+/ /a b/i “a” « » é'.split(
        " "
    )
)


@settings(max_examples=400)
@given(st.lists(_PIECES, max_size=9).map(" ".join))
@example("a OR (b OR c) (d e) -(+f g)")
@example("NOT NOT a AND (b OR NOT c)")
def test_a_printed_query_reads_back_as_the_same(query: str) -> None:
    try:
        tree = parsed(query, where="here")
    except ConfigError:
        return
    assert parsed(printed(tree), where="here") == tree


PRINTED = {
    "blanks and lines": ("  dam\n  flood ", "dam flood"),
    "parentheses that do not count": ("((dam)) OR (flood AND war)", "dam OR flood AND war"),
    "parentheses that count": ("(dam OR flood) AND war", "(dam OR flood) AND war"),
    "a bang": ("dam !film", "dam -film"),
    "curly quotation marks": ("“dam breaks” «a b»~3", '"dam breaks" "a b"~3'),
    "German quotation marks": ("„dam breaks“", '"dam breaks"'),
    "the order of marks": ('"a b"~3~stem', '"a b"~stem~3'),
    "a pattern's i": ("/ab+/i", "/ab+/"),
}


@pytest.mark.parametrize(("query", "expected"), PRINTED.values(), ids=PRINTED)
def test_a_query_is_printed_in_one_way(query: str, expected: str) -> None:
    assert printed(parsed(query, where="here")) == expected


MISTAKES = {
    "a mark that does not exist": ("dam~often", 'line 1, column 4: dam>>>~often; after "~" stands stem or'),
    "a distance of a word": ("dam~3", 'after "~" stands'),
    "a field that does not exist": (
        "author:x",
        "before a colon stands one of title, summary, body, outlet, lang",
    ),
    "a pattern without an end": ("dam /abc", "line 1, column 5: dam >>>/abc; a regular expression ends in"),
    "a quotation mark": ('dam "abc', "a quotation mark is open"),
    "two marks": ('"a b"~stem~fuzzy', "~stem~fuzzy: one of the two is enough"),
    "two distances": ('"a b"~3~4', "~3~4: one of the two is enough"),
    "parts too deep": ("NOT " * (DEEPEST + 1) + "a", "more than 50 parts inside each other"),
    "parentheses and negations too deep": ("(NOT " * 60 + "a" + ")" * 60, "more than 50 parts"),
}


@pytest.mark.parametrize(("query", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_a_hint(query: str, says: str) -> None:
    with pytest.raises(ConfigError) as mistake:
        parsed(query, where="here")

    assert says in str(mistake.value)


def test_the_deepest_query_works() -> None:
    query = "NOT " * (DEEPEST - 2) + "dam"

    assert compile_query(query, {}, where="here").find("A dam", "", "") == []


@pytest.mark.parametrize(("place", "expected"), [(0, "line 1, column 1"), (5, "line 2, column 2")])
def test_places_are_told_as_people_count(place: int, expected: str) -> None:
    assert line_and_column("dam\nflood", place) == expected
