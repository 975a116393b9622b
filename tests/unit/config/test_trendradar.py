"""Keywords of TrendRadar's find here what they are meant to find there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.match import Watch, find
from bot.core.query import compile_query
from bot.errors import ConfigError
from config.settings import load_settings
from config.stories import stories
from config.trendradar import read_trendradar
from tests.builders import an_article

TEXT = """\
# What to follow
[GLOBAL_FILTER]
震惊
/赌博|博彩/
+nothing

[WORD_GROUPS]
[Chips & more]
chip
# a comment parts nothing
lithography machine => ASML
/wafers?\\/dies?/i
+China
!game
@5

大疆
DJI => drones

C++
OR

!only

[An empty group]
"""
FEED = '\n[[feed]]\nname = "Wire"\nurl = "https://wire.example/rss"\n'


def imported() -> dict[str, str]:
    return {story["name"]: story["query"] for story in read_trendradar(TEXT).stories}


def test_each_group_is_a_story() -> None:
    got = read_trendradar(TEXT)

    assert [(story["name"], story["title"]) for story in got.stories] == [
        ("chips-more", "Chips & more"),
        ("drones", "大疆 / drones"),
        ("c-or", "C++ / OR"),
    ]
    assert got.stories[0]["query"] == 'chip "lithography machine" /wafers?\\/dies?/ +China -game'
    assert got.stories[1]["query"] == "大疆 DJI"
    assert got.stories[2]["query"] == '"C++" "OR"'
    assert got.exclude == "震惊 /赌博|博彩/"


def test_what_is_otherwise_here_and_what_could_not_be_carried_over_is_said() -> None:
    first, *others = read_trendradar(TEXT).notes

    assert "whole words" in first
    assert others == [
        "line 5: +nothing means nothing in [GLOBAL_FILTER], there or here",
        "line 15: @5 is left out; per_hour in a [[story]] limits cards in an hour",
        "line 23: a group that only excludes is left out",
    ]


TITLES = {
    "with what must be there": ("China orders a chip", ["chips-more"]),
    "without it": ("A chip is ordered", []),
    "with what must not": ("China: a game on a chip", []),
    "with a phrase": ("China buys a lithography machine", ["chips-more"]),
    "with a word that goes on": ("China eats chipmunks", []),
    "in a script without spaces": ("新大疆无人机", ["drones"]),
    "with what is never shown": ("震惊！大疆", []),
}


@pytest.mark.parametrize(("title", "expected"), TITLES.values(), ids=TITLES)
def test_what_was_imported_is_a_configuration_and_finds(
    tmp_path: Path, title: str, expected: list[str]
) -> None:
    path = tmp_path / "my.toml"
    path.write_text(read_trendradar(TEXT).as_toml() + FEED, encoding="utf-8")

    followed = [Watch.on(story) for story in stories(load_settings(path, {}))]

    assert [watch.story.name for watch in followed if find(an_article(title), watch)] == expected


LEFT_OUT = {
    "a pattern that looks ahead": ("a\n/b(?=c)/", "line 2: the regular expression /b(?=c)/ cannot be used"),
    "what has no letter": ("a\n???", 'line 2: "???" holds no letter or digit'),
}


@pytest.mark.parametrize(("text", "says"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_term_that_cannot_be_looked_for_is_left_out_and_said(text: str, says: str) -> None:
    got = read_trendradar(text)

    assert [story["query"] for story in got.stories] == ["a"]
    assert got.notes[1].startswith(says)
    assert got.notes[1].endswith("; it is left out")


def test_names_are_told_apart() -> None:
    names = [story["name"] for story in read_trendradar("大疆\n\n芯片\n\nDJI\n\ndji").stories]

    assert names == ["group", "group-2", "dji", "dji-2"]


@pytest.mark.parametrize("text", ["", "# nothing\n\n[WORD_GROUPS]\n", "!only"])
def test_a_file_without_words_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="there is no word in it"):
        read_trendradar(text)


_LINES = st.sampled_from(
    [
        *["", " ", "chip", "+a b", "!c", "@3", "@x", "/d|e/ => f", "/(/", '"', "=> h", "# i", "+", "!"],
        *["[g]", "[GLOBAL_FILTER]", "[WORD_GROUPS]", "/\x01/"],
    ]
)


@given(st.lists(st.one_of(_LINES, st.text(max_size=8)), max_size=12).map("\n".join))
def test_whatever_the_file_says_what_comes_out_compiles(text: str) -> None:
    try:
        got = read_trendradar(text)
    except ConfigError as refused:
        assert str(refused) == "there is no word in it"  # noqa: PT017  most texts hold one
        return
    read = tomllib.loads(got.as_toml())
    assert len({story["name"] for story in read.get("story", [])}) == len(got.stories)
    for story in read.get("story", []):
        assert story["title"]
        compile_query(story["query"], {}, where="it")
    if got.exclude:
        compile_query(read["keywords"]["exclude"], {}, where="it")


def test_what_is_written_may_stand_at_the_end_of_a_configuration() -> None:
    written = (
        f'[[story]]\nname = "dams"\ntitle = "Dams"\nquery = "dam"\n{FEED}{read_trendradar(TEXT).as_toml()}'
    )

    assert [story["name"] for story in tomllib.loads(written)["story"]] == [
        "dams",
        "chips-more",
        "drones",
        "c-or",
    ]
