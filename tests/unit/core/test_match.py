from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.match import Watch, Watches, find, matches
from bot.core.query import compile_query
from bot.core.syntax import printed
from bot.errors import ConfigError
from bot.model import Article, Story
from tests.builders import a_story, an_article
from tests.unit.core.samples import shipped

DAMS = Watch.on(a_story("dams", query="dam"))
FLOODS = Watch.on(a_story("floods", query="flood"))
AT_HOME = Watch.on(a_story("at-home", query="dam", feeds=("Wire",)))
NAMES = {"https://wire.example/feed.xml": "Wire", "https://b.example/feed.xml": "Other"}

ARTICLES = {
    "one story": (an_article("Dam holds"), ["dams", "at-home"]),
    "two stories": (an_article("Dam bursts, flood comes"), ["dams", "floods", "at-home"]),
    "from a feed that one story does not listen to": (
        an_article("Dam holds", feed_url="https://b.example/feed.xml"),
        ["dams"],
    ),
    "from a feed without a name": (an_article("Dam holds", feed_url="https://c.example/"), ["dams"]),
    "no story": (an_article("Chess"), []),
}


@pytest.mark.parametrize(("article", "expected"), ARTICLES.values(), ids=ARTICLES)
def test_an_article_is_matched_with_every_story_that_accepts_it(
    article: Article, expected: list[str]
) -> None:
    found = matches(article, [DAMS, FLOODS, AT_HOME], NAMES)

    assert [match.story.name for match in found] == expected


def test_a_match_says_by_which_words_and_where() -> None:
    match = find(an_article("The big dam holds", summary="A dam."), DAMS)
    assert match is not None

    assert [(h.term, h.field, h.excerpt) for h in match.hits] == [
        ("dam", "title", "The big dam holds"),
        ("dam", "summary", "A dam"),
    ]


MISTAKES = {
    "in its query": a_story(query="dam AND AND"),
    "in an alias that is not used": a_story(aliases={"a": ("@nobody",)}),
}


@pytest.mark.parametrize("story", MISTAKES.values(), ids=MISTAKES)
def test_a_story_with_a_mistake_is_refused_by_name(story: Story) -> None:
    with pytest.raises(ConfigError, match="story dams: "):
        Watch.on(story)


PARTS = {
    "a further query": (a_story(also=("drill (",)), "story dams, also drill (: the query is not understood"),
    "what is not wanted": (a_story(without=("@nobody",)), "story dams, without @nobody: there is no alias"),
    "what would accept all but something": (a_story(also=("-football",)), "story dams, also -football: "),
    "a part of several lines": (a_story(also=("drill\nOR",)), "story dams, also drill OR: "),
}


@pytest.mark.parametrize(("story", "says"), PARTS.values(), ids=PARTS)
def test_a_mistake_in_a_part_names_the_story_and_the_part(story: Story, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Watch.on(story)

    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)


_QUERIES = "dam|dam OR flood|dam -flood|+dam fire|dam fire|dam AND NOT fire|@water".split("|")
_ALIASES = {"water": ("sea", "river")}
_TITLES = st.lists(st.sampled_from("dam flood fire sea river".split()), max_size=6).map(" ".join)


def on(query: str, also: Sequence[str] = (), without: Sequence[str] = ()) -> Watch:
    return Watch.on(a_story(query=query, also=tuple(also), without=tuple(without), aliases=_ALIASES))


@given(
    st.lists(st.sampled_from(_QUERIES), min_size=1, max_size=4),
    st.sets(st.sampled_from(_QUERIES), max_size=2),
    _TITLES,
)
def test_a_story_takes_what_one_of_its_queries_takes_and_none_of_those_it_is_without(
    queries: list[str], without: set[str], title: str
) -> None:
    article = an_article(title)
    whole = on(queries[0], queries[1:], sorted(without))

    one, none = ([find(article, on(query)) is not None for query in each] for each in (queries, without))
    expected = any(one) and not any(none)
    assert (find(article, whole) is not None) is expected
    assert bool(matches(article, Watches([whole]), NAMES)) is expected
    assert compile_query(printed(whole.query.tree), _ALIASES, where="it").tree == whole.query.tree


def test_words_of_a_further_query_are_told_as_hits() -> None:
    match = find(an_article("Joint patrol at sea"), Watch.on(a_story(also=('"joint patrol"', "sea"))))

    assert match is not None
    assert [hit.term for hit in match.hits] == ["joint patrol", "sea"]


SHIPPED = {
    "English": ("China's defence chief Li Shangfu lands in Moscow", True),
    "Russian": ("Шойгу провёл переговоры с министром обороны Китая", True),
    "Ukrainian": ("Міністр оборони Китаю прибув до Москви", True),
    "Chinese": ("国防部长李尚福访问俄罗斯", True),
    "traditional Chinese": ("中國國防部長會晤普京", True),
    "German": ("Chinas Verteidigungsminister besucht Moskau", True),
    "Polish": ("Minister obrony Chin w Moskwie", True),
    "Turkish": ("Çin Savunma Bakanı Moskova'da", True),
    "Vietnamese": ("Bộ trưởng Quốc phòng Trung Quốc thăm Nga", True),
    "a minister of another country": ("Russian defence minister visits Minsk", False),
    "another visit": ("Xi Jinping visits Moscow", False),
    "football": ("Shanghai beat Moscow 2-1", False),
}


@pytest.mark.parametrize(("title", "expected"), SHIPPED.values(), ids=SHIPPED)
def test_the_shipped_story_is_found_in(title: str, expected: bool) -> None:  # noqa: FBT001  a table's column
    assert (find(an_article(title), shipped()) is not None) is expected
