"""What the linter says, and that whatever it calls certain is certain."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.lint import Kind, implies, lint, overlaps
from bot.core.query import Query, compile_query
from bot.errors import ConfigError
from tests.unit.core.samples import shipped

ALIASES = {"li": ("Li Shangfu", "Shangfu", "李尚福")}


def query(text: str) -> Query:
    return compile_query(text, ALIASES, where="here")


FINDINGS = {
    "a term twice": ("dam flood dam", "line 1, column 11: dam adds nothing: dam finds all", Kind.SHADOWED),
    "a word and its beginning": ("drill* drills", "drills adds nothing: drill* finds all", Kind.SHADOWED),
    "a phrase and its word": ('"dam breaks" OR dam', '"dam breaks" adds nothing: dam finds', Kind.SHADOWED),
    "a title and any field": ("title:dam dam", "title:dam adds nothing", Kind.SHADOWED),
    "a wider distance": ('"a1 b1"~3 "a1 b1"~9', '"a1 b1"~3 adds nothing', Kind.SHADOWED),
    "an alias and its spelling": ('@li "Li Shangfu"', '"Li Shangfu" adds nothing: @li finds', Kind.SHADOWED),
    "an exact word and the word": ("=Dam dam", "=Dam adds nothing: dam finds", Kind.SHADOWED),
    "both and one of them": ("(dam AND flood) flood", "dam AND flood adds nothing: flood", Kind.SHADOWED),
    "a language and its kind": (
        "dam AND (lang:zh-Hans OR lang:zh)",
        "lang:zh-Hans adds nothing",
        Kind.SHADOWED,
    ),
    "asked for and excluded": ("+dam -dam flood", "dam can never count: dam is excluded", Kind.NEVER),
    "listed and excluded": ("football dam -foot*", "football can never count: foot* is excluded", Kind.NEVER),
    "AND NOT of one": ("(dam OR flood) AND NOT flood", "flood can never count", Kind.NEVER),
    "two languages at once": ("lang:ru AND lang:zh", "lang:ru and lang:zh are never both so", Kind.NEVER),
    "excluded everywhere": ("dam chess", "chess: keywords.exclude takes it out", Kind.NEVER),
    "a word of every report": ("the", "the stands in nearly every report", Kind.ALWAYS),
    "a Russian one in a list": ("плотина на", "на", None),
    "a word of two letters": (
        "ai",
        'ai: so short a word has many meanings; ="AI" finds only capitals',
        Kind.SHORT,
    ),
    "a letter": ("x", "x: one letter is hardly a word", Kind.SHORT),
    "a beginning of two letters": ("ru*", "ru*: too many words begin so", Kind.SHORT),
    "one Chinese character": ("水", "水: one character is a part of many words", Kind.SHORT),
    "a short name, misspelled": ("Wang~fuzzy", "fewer than 6 letters is found only as it is", Kind.SHORT),
    "endings in Chinese": ("李尚福~stem", "no endings to take off in this script", Kind.ODD),
    "an operator in small letters": (
        "dam and flood",
        '"and" is looked for as a word; the operator is AND',
        Kind.ODD,
    ),
    "a pattern's edge of Cyrillic": (r"/\bпутин\b/", "know only the letters a to z", Kind.ODD),
    "within a field": ("title:(dam dams dam)", "dam adds nothing", Kind.SHADOWED),
    "within a negation": ("dam -(flood floods flood*)", "flood adds nothing: flood*", Kind.SHADOWED),
}


@pytest.mark.parametrize(("text", "says", "kind"), FINDINGS.values(), ids=FINDINGS)
def test_the_linter_finds(text: str, says: str, kind: Kind | None) -> None:
    found = [f for f in lint(query(text), ALIASES, query("chess")) if says in f.told(text)]

    assert found
    assert kind is None or found[0].kind is kind


CLEAN = {
    "different words": "dam flood",
    "a capital abbreviation": "US AND troops",
    "a frequent word beside another": "dam AND the",
    "a phrase of frequent words": '"to the"',
    "a must and a never": "dam +flood -football",
    "one exact term and another": '="US" ="us"',
    "a part of a number": "19 2019",
    "an excluded short word": "dam -war",
    "katakana within katakana": "アイス アイ",
    "a longer distance of other words": '"dam flood"~3 "dam war"~9',
    "a pattern": r"/\bdam\b/",
    "a name long enough": '"Li Shangfu"~fuzzy',
    "a beginning of a number": "20*",
}


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN)
def test_the_linter_says_nothing_of(text: str) -> None:
    assert lint(query(text), ALIASES, query("chess")) == []


def test_the_shipped_story_is_clean() -> None:
    watch = shipped()

    assert lint(watch.query, watch.story.aliases) == []


OVERLAPS = {
    "the same query": ("dam flood", "flood dam", "everything"),
    "a narrower one": ("dam AND flood", "dam", "everything"),
    "a narrower list": ("dam -film", "dam", "everything"),
    "one alternative": ("dam war", "dams dam", "dam"),
    "two alternatives of three": ("dam war flood", "flood* dam*", "dam, flood"),
    "one alternative of several, with a never": ("dam war -film", "dam", None),
    "nothing": ("dam", "flood", None),
    "what may be": ("dam", "dam AND flood", None),
}


@pytest.mark.parametrize(("one", "other", "expected"), OVERLAPS.values(), ids=OVERLAPS)
def test_two_stories_overlap_in(one: str, other: str, expected: str | None) -> None:
    assert overlaps(query(one), query(other)) == expected


_TERMS = st.sampled_from(
    """
    dam, dams, da*, dam*, "dam breaks", "da* breaks", title:dam, title:"dam breaks", =Dam, ="Dam breaks",
    breaks, "dam flood"~2, "dam flood"~5, flood, dam~stem, title:dam~stem, "shangfu li"~fuzzy, /dam/,
    title:/dam/, lang:zh, lang:zh-hans, アイ, アイス, アイ*, @li, 尚福, "breaks dam flood"~3, outlet:dam
    """.replace("\n", " ")
    .strip()
    .split(", ")
).map(str.strip)
_QUERIES = st.recursive(
    _TERMS,
    lambda part: st.one_of(
        st.tuples(part, part).map(lambda two: f"({two[0]} OR {two[1]})"),
        st.tuples(part, part).map(lambda two: f"({two[0]} AND {two[1]})"),
        st.tuples(part, part).map(lambda two: f"({two[0]} AND NOT {two[1]})"),
    ),
    max_leaves=4,
)
_TEXTS = st.lists(
    st.sampled_from(
        "Dam dam dams damage breaks flood アイ アイス アイスクリーム 李尚福 Li Shangfu xdamx".split()
    ),
    max_size=6,
).map(" ".join)


@settings(max_examples=600)
@given(
    one=_QUERIES, other=_QUERIES, title=_TEXTS, summary=_TEXTS, language=st.sampled_from([None, "zh-Hans"])
)
@example(one='"アイス"', other="アイ", title="アイス", summary="", language=None)
def test_whatever_is_said_to_be_found_as_well_is(
    one: str, other: str, title: str, summary: str, language: str | None
) -> None:
    try:
        narrow, wide = query(one), query(other)
    except ConfigError:
        return
    if implies(narrow.root, wide.root) and narrow.find(title, summary, "", "dam", language) is not None:
        assert wide.find(title, summary, "", "dam", language) is not None
