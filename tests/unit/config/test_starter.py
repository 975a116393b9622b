from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Settings, load_settings
from config.starter import starter

FEEDS = [("Wire", "https://wire.example/rss?a=1&b=%22")]
FILLED = st.text(min_size=1).filter(lambda text: bool(text.strip()))


def read(text: str) -> Settings:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "storywire.toml"
        path.write_text(text, encoding="utf-8", newline="\n")
        return load_settings(path, {})


@given(title=FILLED, query=FILLED, labels=st.lists(FILLED, min_size=1, max_size=3, unique=True))
def test_whatever_is_put_in_comes_back(title: str, query: str, labels: list[str]) -> None:
    wanted = [(label, f"https://wire.example/{number}") for number, label in enumerate(labels)]

    settings = read(starter(title, query, wanted))

    (story,) = settings.story
    assert (story.title, story.query) == (title, query)
    assert [(feed.name, feed.url) for feed in settings.feed] == wanted


NAMES = {
    "words become a slug": ("The Dam at Ostrava!", "the-dam-at-ostrava"),
    "accents are dropped": ("Přehrada", "prehrada"),
    "another script has no letters to give": ("Плотина", "my-story"),
}


@pytest.mark.parametrize(("title", "name"), NAMES.values(), ids=NAMES)
def test_the_name_comes_from_the_title(title: str, name: str) -> None:
    assert read(starter(title, "dam", FEEDS)).story[0].name == name


def test_a_name_and_a_channel_are_taken_over() -> None:
    settings = read(starter("The dam", "dam", FEEDS, name="dam", channel="@dam_news"))

    assert settings.story[0].name == "dam"
    assert settings.telegram.channel == "@dam_news"


def test_without_a_channel_there_is_a_line_to_fill_in() -> None:
    text = starter("The dam", "dam", FEEDS)

    assert '\n# channel = "@my_channel"\n' in text
    assert read(text).telegram.channel is None
