from __future__ import annotations

import pytest

from bot.core.match import Watch, find, matches
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
