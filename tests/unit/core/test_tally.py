"""What a query's terms do: the formula says what the query says, and each article is counted once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.match import Watch, find
from bot.core.query import Reading
from bot.core.tally import Anatomy, Count, Tallies, Tally
from bot.errors import ConfigError
from bot.model import Article, ArticleId
from tests.builders import a_story, an_article
from tests.unit.core.test_screen import _ALIASES, ARTICLES, QUERIES


def tallied(query: str, *titles: str, exclude: str = "", **judged: bool) -> Tally:
    """Tally articles with these titles, numbered from 1; `judged` says of some whether they were unwanted."""
    watch = Watch.on(a_story(query=query, exclude=exclude, aliases=_ALIASES))
    known = {ArticleId(int(name[1:])): unwanted for name, unwanted in judged.items()}
    tallies = Tallies([watch], {}, {watch.story.name: known})
    for number, title in enumerate(titles, 1):
        tallies.look(ArticleId(number), an_article(title))
    return tallies.each[0]


def counts(tally: Tally) -> dict[str, Count]:
    return {part.name: count for part, count in zip(tally.anatomy.parts, tally.counts, strict=True)}


@settings(max_examples=300)
@given(query=QUERIES, article=ARTICLES, exclude=st.sampled_from(["", "flood", "title:dam breaks"]))
def test_the_formula_accepts_what_the_query_accepts(query: str, article: Article, exclude: str) -> None:
    try:
        watch = Watch.on(a_story(query=query, exclude=exclude, aliases=_ALIASES))
    except ConfigError as mistake:
        assert "only excludes" in str(mistake)  # noqa: PT017
        return
    anatomy = Anatomy(watch)
    reading = Reading(article.title, article.summary, article.body, article.outlet, article.language)
    there = {place for place, node in enumerate(anatomy.leaves) if node.find(reading) is not None}
    tallies = Tallies([watch], {}, {})
    sights = tallies.look(ArticleId(1), article)

    accepts = find(article, watch) is not None
    assert anatomy.accepts(there) is accepts
    assert bool(sights) is accepts
    assert set(tallies.each[0].spellings) == there
    assert anatomy.would_accept(there) or not accepts


PARTS = {
    "words, phrases and patterns": ('dam "dam break" /floo?d/', ["dam", '"dam break"', "/floo?d/"]),
    "what excludes": (
        "dam AND NOT film AND NOT (opera OR title:ballet)",
        ["dam", "-film", "-opera", "-title:ballet"],
    ),
    "what excludes in a list": ("dam -film +ostrava", ["dam", "-film", "ostrava"]),
    "what excludes an exclusion": ("dam AND NOT (film AND NOT ostrava)", ["dam", "-film", "ostrava"]),
    "an alias is one": ("@li AND title:@li~fuzzy", ["@li", "title:@li~fuzzy"]),
    "fields and languages": ("title:(+dam -film) lang:cs", ["title:dam", "-title:film"]),
    "words near each other": ('"dam break"~3', ['"dam break"~3']),
}


@pytest.mark.parametrize(("query", "names"), PARTS.values(), ids=PARTS)
def test_terms_have_their_names_as_written(query: str, names: list[str]) -> None:
    anatomy = Anatomy(Watch.on(a_story(query=query, aliases=_ALIASES)))

    assert [part.name for part in anatomy.parts] == names


def test_each_term_is_counted_by_what_it_did() -> None:
    found = counts(
        tallied(
            'dam OR "dam break" flood -film',
            "Dam break near Ostrava", "Dam opens", "A film about a dam", "Flood", "Chess",
            a1=False, a2=True, a5=False,
        )
    )  # fmt: skip

    assert found["dam"] == Count(hits=3, accepted=2, excluded=1, alone=1, judged=2, unwanted=1)
    assert found['"dam break"'] == Count(hits=1, accepted=1, judged=1)
    assert found["flood"] == Count(hits=1, accepted=1, alone=1)
    assert found["-film"] == Count(hits=1, excluded=1)


def test_what_no_story_wants_excludes_as_well() -> None:
    tally = tallied("dam", "A film about a dam", exclude="film")

    assert counts(tally) == {"dam": Count(hits=1, excluded=1)}


def test_a_story_counts_only_what_its_feeds_bring() -> None:
    watches = [Watch.on(a_story("all")), Watch.on(a_story("one", feeds=("Wire",)))]
    tallies = Tallies(watches, {"https://wire.example/": "Wire", "https://post.example/": "Post"}, {})
    for number, site in enumerate(["wire", "post", "post"]):
        article = an_article("Dam opens", feed_url=f"https://{site}.example/", language="cs")
        tallies.look(ArticleId(number), article)
    everything, one = tallies.each

    assert sorted(tallies.heard(everything)) == [
        ("https://post.example/", "cs", 2), ("https://wire.example/", "cs", 1)
    ]  # fmt: skip
    assert [*tallies.heard(one)] == [("https://wire.example/", "cs", 1)]
    assert (len(everything.accepted), len(one.accepted)) == (3, 1)
    assert everything.feeds == {"https://wire.example/": 1, "https://post.example/": 2}
