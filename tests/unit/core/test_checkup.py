"""What the counts of a story's terms say, and when they are enough to say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.checkup import FEWEST_LOOKED_AT, Kind, findings, overlaps
from bot.core.match import Watch
from bot.core.spellings import Suggestion
from bot.core.tally import Tallies, Tally
from bot.model import ArticleId
from tests.builders import a_story, an_article

WIRE, POST = "https://wire.example/feed.xml", "https://post.example/feed.xml"
NAMES = {WIRE: "Wire", POST: "Post"}
ALIASES = {"dam": ("dam", "weir", "barrage")}
ENOUGH = ["Chess: a draw"] * FEWEST_LOOKED_AT


def looked_at(
    query: str, titles: Sequence[str], *, unwanted: Sequence[bool] = (), exclude: str = ""
) -> tuple[Tallies, Tally]:
    """Look at titles; of the first ones it is known whether people wanted them."""
    watch = Watch.on(a_story(query=query, aliases=ALIASES, exclude=exclude))
    judged = {ArticleId(number): each for number, each in enumerate(unwanted)}
    tallies = Tallies([watch], NAMES, {watch.story.name: judged})
    for number, title in enumerate(titles):
        tallies.look(ArticleId(number), an_article(title, feed_url=WIRE, language="en"))
    return tallies, tallies.each[0]


def told(
    query: str, titles: Sequence[str], *, unwanted: Sequence[bool] = (), exclude: str = ""
) -> list[tuple[Kind, str]]:
    tallies, tally = looked_at(query, titles, unwanted=unwanted, exclude=exclude)
    found = findings(tally, [*tallies.heard(tally)], [], NAMES)
    return [(each.kind, each.says) for each in found]


#: Each query finds something in these, and no term of it is idle.
DAMS = [*ENOUGH, "Dam opens", "Flood in Brno"]
FOUND: dict[str, tuple[str, Sequence[str], tuple[Kind, str]]] = {
    "a term that stands nowhere": ("dam zebra", DAMS, (Kind.NEVER, "never hit: zebra")),
    "an exclusion that stands nowhere": ("dam -zebra", DAMS, (Kind.NEVER, "never hit: -zebra")),
    "many of them": (
        "dam a1 a2 a3 a4 a5 a6 a7", DAMS, (Kind.NEVER, "never hit: a1, a2, a3, a4, a5 and 2 more"),
    ),
    "an alias none of whose spellings stands anywhere": (
        "flood @dam", [*ENOUGH, "Flood in Brno"], (Kind.NEVER, "never hit: @dam"),
    ),
    "spellings of an alias that stand nowhere": (
        "@dam", DAMS, (Kind.SPELLINGS, "of @dam 2 of 3 spellings never hit: weir, barrage"),
    ),
    "a term in what is excluded only": (
        "dam flood -brno", DAMS, (Kind.EXCLUDED, "flood hits only what is excluded (1 article)"),
    ),
    "a term in twenty articles that others find": (
        'dam "dam bursts"', [*ENOUGH, "Dam opens", *["Dam bursts"] * 20],
        (Kind.ADDS_NOTHING, 'adds nothing, each article is found without it: "dam bursts"'),
    ),
    "nothing at all": (
        "zebra", ENOUGH, (Kind.NOTHING, "the query accepts nothing of what its feeds brought"),
    ),
    "a language in which only what is excluded stands": (
        "дамба -chess", ENOUGH, (Kind.LANGUAGES, f"no term stands in any article in en ({FEWEST_LOOKED_AT})"),
    ),
    "a language": (
        "дамба", ENOUGH, (Kind.LANGUAGES, f"no term stands in any article in en ({FEWEST_LOOKED_AT})"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("query", "titles", "finding"), FOUND.values(), ids=FOUND)
def test_what_is_found(query: str, titles: Sequence[str], finding: tuple[Kind, str]) -> None:
    assert finding in told(query, titles)


HEALTHY: dict[str, tuple[str, Sequence[str]]] = {
    "every term brings something": ("dam flood", DAMS),
    "a term in nineteen articles that others find": (
        'dam "dam bursts"', [*ENOUGH, "Dam opens", *["Dam bursts"] * 19],
    ),
    "terms of which one is enough, but which always stand together": (
        'dam "dam bursts"', [*ENOUGH, *["Dam bursts"] * 20],
    ),
    "terms that are needed together": ("dam AND bursts", [*ENOUGH, *["Dam bursts"] * 20]),
    "a term that is excluded in one place and counts in another": (
        "dam flood -brno", [*ENOUGH, "Dam in Brno", "Dam opens", "Flood in Prague"],
    ),
    "too few articles": ("zebra", ENOUGH[1:]),
}  # fmt: skip


@pytest.mark.parametrize(("query", "titles"), HEALTHY.values(), ids=HEALTHY)
def test_what_is_not_found(query: str, titles: Sequence[str]) -> None:
    assert told(query, titles) == []


NOISE = {
    "most of its articles, and few of the others": ("weir", [True] * 5 + [False] * 20, True),
    "as many as of the others": ("weir", [True] * 5 + [True] * 20, False),
    "too few articles to say": ("weir", [True] * 4 + [False] * 21, False),
    "nothing unwanted": ("weir", [False] * 25, False),
}


@pytest.mark.parametrize(("term", "unwanted", "is_noisy"), NOISE.values(), ids=NOISE)
def test_a_term_hits_noise_where_its_share_is_surely_above_the_storys(
    term: str, unwanted: list[bool], is_noisy: object
) -> None:
    with_term = unwanted.count(True) if unwanted.count(True) < 20 else 5
    titles = [*[f"A {term}"] * with_term, *["A dam"] * 25][:25]

    noisy = [
        says for kind, says in told("dam weir", [*titles, *ENOUGH], unwanted=unwanted) if kind is Kind.NOISE
    ]

    share = "weir hits noise: people did not want 5 of its 5 articles (of the story 5 of 25)"
    assert noisy == ([share] if is_noisy else [])


@pytest.mark.parametrize(("brought", "is_told"), [(60, True), (59, False)])
def test_a_feed_without_a_match_is_told_where_three_were_to_be_expected(
    brought: int, is_told: object
) -> None:
    tallies, tally = looked_at("dam", ["Dam opens"])
    # One of twenty matches; of the other feed three of sixty are to be expected.
    tally.accepted = {ArticleId(n) for n in range((140 + brought) // 20 + (brought == 60))}
    heard = [(WIRE, "en", 140), (POST, "en", brought)]

    says = [each.says for each in findings(tally, heard, [], NAMES) if each.kind is Kind.FEEDS]

    assert tallies.looked_at == 1
    assert says == (
        [f"1 feed without a match, with the articles brought: Post ({brought})"] if is_told else []
    )


def test_a_suggestion_says_where_it_was_seen() -> None:
    _, tally = looked_at("dam", ["Dam opens"])
    suggested = [
        Suggestion(spelling="weyr", like="weir", inside=3, outside=1, headlines=("A weyr",)),
        Suggestion(spelling="Petr Novák", like=None, inside=9, outside=0, headlines=()),
    ]

    found = [
        each for each in findings(tally, [(WIRE, "en", 100)], suggested, NAMES) if each.kind is Kind.SUGGESTED
    ]

    assert [each.says for each in found] == [
        'perhaps an alias: "weyr", like "weir" (in 3 articles of the story and 1 other)',
        'perhaps an alias: "Petr Novák" (in 9 articles of the story and 0 others)',
    ]
    assert found[0].examples == ("A weyr",)


def taken(**stories: str) -> dict[str, set[ArticleId]]:
    """Return what stories took in: a letter is an article."""
    return {story: {ArticleId(ord(letter)) for letter in letters} for story, letters in stories.items()}


OVERLAPS = {
    "half of the smaller one": (taken(a="abcdefghij", b="abcdefuvwxyz"), ["a"]),
    "one within the other": (taken(a="abcdefghij", b="abcde"), ["b"]),
    "less than half": (taken(a="abcdefghijkl", b="abcdeuvwxyz"), []),
    "too few": (taken(a="abcd", b="abcd"), []),
    "nothing": (taken(a="abcdef", b="uvwxyz"), []),
    "a story without any": (taken(a="abcdef", b=""), []),
}


@pytest.mark.parametrize(("stories", "told_of"), OVERLAPS.values(), ids=OVERLAPS)
def test_stories_overlap_where_they_share_half_of_one(
    stories: Mapping[str, set[ArticleId]], told_of: list[str]
) -> None:
    assert [story for story, _finding in overlaps(stories)] == told_of


def test_an_overlap_is_told_with_both_shares() -> None:
    ((_, finding),) = overlaps(taken(a="abcdefghij", b="abcde"))

    assert finding.says == "story a took in 5 of its 5 articles as well (100 %; 50 % of what both took in)"


@given(st.dictionaries(st.sampled_from("abcd"), st.sets(st.integers(1, 9), min_size=4), max_size=4))
def test_overlaps_are_those_of_every_two_stories(stories: dict[str, set[int]]) -> None:
    def two_by_two() -> Iterator[str]:
        for (one, first), (other, second) in permutations(stories.items(), 2):
            shared = len(first & second)
            smaller = (len(first), one) < (len(second), other)
            if smaller and shared >= 5 and 2 * shared >= len(first):
                yield one

    numbered = {story: {ArticleId(number) for number in found} for story, found in stories.items()}

    assert sorted(story for story, _finding in overlaps(numbered)) == sorted(two_by_two())
