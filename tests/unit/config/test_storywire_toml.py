"""The shipped configuration: it works as it is, and it shows everything that can be set."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import get_args
from urllib.parse import parse_qs, urlsplit

import pytest

import config
from bot.model import Feed, Story
from config.sections import HourOptions
from config.settings import VARIABLES, Settings, load_settings
from config.stories import feeds, stories

PATH = Path(config.__file__).with_name("storywire.toml")
TEXT = PATH.read_text(encoding="utf-8")
LANGUAGES = ["en", "ru", "uk", "zh-Hans", "zh-Hant", "de", "pl", "tr", "vi"]


@cache
def shipped() -> tuple[tuple[Feed, ...], Story]:
    settings = load_settings(PATH, {})
    (story,) = stories(settings)
    return feeds(settings), story


def test_it_follows_one_story_in_every_feed() -> None:
    _, story = shipped()

    assert story.name == "li-shangfu-moscow"
    assert story.feeds == ()
    assert story.channels == ("console",)


def test_every_address_is_encrypted_and_written_in_plain_characters() -> None:
    addresses = [feed.url for feed in shipped()[0]]

    assert len(addresses) >= 20
    assert all(re.fullmatch(r"https://[a-z0-9.-]+/[\w~./?&=%:-]*", url, re.ASCII) for url in addresses)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_feeds_and_one_news_search(language: str) -> None:
    addresses = [feed.url for feed in shipped()[0] if feed.language == language]
    searches = [url for url in addresses if urlsplit(url).hostname == "news.google.com"]

    assert len(searches) == 1
    assert len(addresses) > len(searches)


def test_the_searches_ask_for_the_story_in_the_edition_of_their_language() -> None:
    searches = {
        feed.language: parse_qs(urlsplit(feed.url).query)
        for feed in shipped()[0]
        if "news.google" in feed.url
    }

    assert all(any(name in query["q"][0] for name in SPELLINGS) for query in searches.values())
    assert all(query["ceid"][0].split(":")[0] == query["gl"][0] for query in searches.values())
    assert searches.keys() == set(LANGUAGES)


SPELLINGS = ("Li Shangfu", "Ли Шанфу", "Лі Шанфу", "李尚福", "Lý Thượng Phúc")


def test_the_query_or_another_alias_uses_every_alias_or_it_joins_others() -> None:
    _, story = shipped()
    used = set(re.findall(r"@([\w-]+)", story.query))
    joining = {name: {s[1:] for s in row if s.startswith("@")} for name, row in story.aliases.items()}
    joined = {name for names in joining.values() for name in names}

    assert used | joined | {name for name, names in joining.items() if names} == story.aliases.keys()
    assert used | joined <= story.aliases.keys()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_name_is_known_in_every_script(spelling: str) -> None:
    assert spelling in shipped()[1].aliases["li-shangfu"]


def test_no_spelling_is_listed_twice() -> None:
    aliases = shipped()[1].aliases

    assert {name: len(set(row)) for name, row in aliases.items()} == {
        name: len(row) for name, row in aliases.items()
    }


def settable() -> list[str]:
    """Return every setting with the table it belongs to."""
    tables = {
        table: (get_args(field.annotation) or (field.annotation,))[0]
        for table, field in Settings.model_fields.items()
    }
    return [f"{table}.{name}" for table, model in tables.items() for name in model.model_fields]


def written(table: str) -> str:
    """Return the lines of the tables of one name, those that are commented out as well."""
    parts = re.split(r"^(?:# )?\[+([a-z.]+)\]+$", TEXT, flags=re.MULTILINE)
    return "\n".join(
        body for name, body in zip(parts[1::2], parts[2::2], strict=True) if name.startswith(table)
    )


@pytest.mark.parametrize("setting", settable())
def test_every_setting_is_shown(setting: str) -> None:
    table, name = setting.split(".")
    if table in {"story", "channel"} and name in HourOptions.model_fields and setting != "story.time_zone":
        table = "posting"  # said once for all three
    if name == "aliases":
        assert "[story.aliases]" in TEXT
    else:
        assert re.search(rf"^(?:# )?{name}(?: = \S|: )", written(table), re.MULTILINE)


@pytest.mark.parametrize("name", VARIABLES)
def test_every_variable_is_named(name: str) -> None:
    assert name in TEXT


def test_what_is_commented_out_could_be_used(tmp_path: Path) -> None:
    uncommented = re.sub(r"^# (?=\[\[|\w+ = )", "", TEXT, flags=re.MULTILINE)
    path = tmp_path / "storywire.toml"
    path.write_text(uncommented, encoding="utf-8")

    settings = load_settings(path, {})

    assert settings.channel
    assert settings.telegram.channel == "@my_channel"
