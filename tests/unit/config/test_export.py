"""What is exported reads back as what was in effect, and holds no secret."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

import config
from bot.model import Choice
from config.export import exported
from config.settings import load_settings
from config.stories import feeds
from tests.builders import a_feed
from tests.unit.config.chosen import TEXT, a_choice, a_file, in_effect

ENVIRON = {
    "TELEGRAM_BOT_TOKEN": "1:canary",
    "KEY": "canary-key",
    "HOOK": "https://canary.example/",
    "LOG_LEVEL": "WARNING",
}
SECRETS = """
headers = { X-Key = "$KEY" }

[[channel]]
name = "team"
kind = "apprise"
urls = ["$HOOK", "$HOOK"]

[[channel]]
name = "program"
kind = "webhook"
url = "$HOOK"
secret = "$KEY"
"""


def reads_back(directory: Path, text: str, choices: list[Choice], environ: dict[str, str]) -> str:
    settings = in_effect(a_file(directory, text, environ), *choices)
    written = exported(settings)
    path = directory / "export.toml"
    path.write_text(written, encoding="utf-8", newline="")
    assert load_settings(path, environ) == settings
    return written


def test_the_shipped_file_reads_back(tmp_path: Path) -> None:
    text = Path(config.__file__).with_name("storywire.toml").read_text(encoding="utf-8")

    written = reads_back(tmp_path, text, [], {})

    assert 'query = """\n@li-shangfu\nOR (' in written


def test_what_was_chosen_reads_back_and_secrets_stay_variables(tmp_path: Path) -> None:
    choices = [
        a_choice("story", "dams", also=["drill*"], max_age="2h"),
        a_choice("story", "fires", title="Fires", query="fire*", channels=["team"]),
        a_choice("section", "posting", quiet_hours="23:00-07:00"),
        a_choice("channel", "desk", digest_at="08:00, 18:00"),
    ]

    written = reads_back(tmp_path, TEXT + SECRETS, choices, ENVIRON)

    assert "canary" not in written
    assert written.count('"$HOOK"') == 3
    assert "# Left out, because it is a secret: telegram.token; set TELEGRAM_BOT_TOKEN" in written


def test_secrets_that_stand_in_the_file_are_left_out_and_said(tmp_path: Path) -> None:
    text = (TEXT + SECRETS).replace("$KEY", "canary").replace("$HOOK", "https://canary.example")
    text += '[database]\nurl = "postgresql://me:canary@host/name"\n'

    written = exported(a_file(tmp_path, text))

    assert "canary" not in written
    assert [line.partition(": ")[2] for line in written.splitlines() if "Left out" in line] == [
        'channel "program" secret; write "$NAME", and set that variable',
        'channel "program" url; write "$NAME", and set that variable',
        'channel "team" urls; write "$NAME", and set that variable',
        "database.url; set DATABASE_URL",
        'feed "Wire" headers.X-Key; write "$NAME", and set that variable',
    ]


def test_a_database_without_a_password_is_no_secret(tmp_path: Path) -> None:
    text = f'[database]\nurl = "sqlite:///other.db"\n{TEXT}'

    assert "sqlite:///other.db" in reads_back(tmp_path, text, [], {})
    assert "sqlite" not in exported(a_file(tmp_path, TEXT, {"DATABASE_URL": "sqlite:///x.db"}))


def test_feeds_that_were_added_by_command_are_there(tmp_path: Path) -> None:
    settings = a_file(tmp_path)
    usual = {"every": settings.poll.every, "slowest": settings.poll.slowest}
    added = [
        a_feed("https://post.example/rss", name="Post", language="en", **usual),
        a_feed("https://late.example/rss", name="Late", every=timedelta(minutes=90)),
    ]

    path = tmp_path / "export.toml"
    path.write_text(exported(settings, added), encoding="utf-8")

    assert feeds(load_settings(path, {})) == (*feeds(settings), *added)


_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip)
_QUERIES = st.sampled_from(
    ["dam", "flood* -film", '+"dam break" river', "title:dam\nOR lang:ru", "水坝 OR дамба~stem"]
)
_STORIES = st.fixed_dictionaries(
    {"title": _TEXTS, "query": _QUERIES},
    optional={
        "also": st.lists(_QUERIES, unique=True),
        "without": st.lists(_QUERIES, unique=True),
        "aliases": st.dictionaries(_TEXTS, st.lists(_TEXTS, max_size=3), max_size=2),
        "fold": st.sampled_from(["copies", "event"]),
        "max_age": st.sampled_from(["90s", "2h", "3d"]),
        "prefer": st.lists(_TEXTS, max_size=2),
        "pictures": st.booleans(),
        "time_zone": st.sampled_from(["UTC", "Europe/Kyiv"]),
    },
)
_SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "poll": st.fixed_dictionaries({}, optional={"every": st.just("5m"), "max_bytes": st.just("1MiB")}),
        "keywords": st.fixed_dictionaries({"exclude": _QUERIES}),
        "telegram": st.fixed_dictionaries({"channel": st.just(-1001), "admins": st.just([700, 701])}),
        "judge": st.fixed_dictionaries({"same": st.floats(0.01, 1)}),
    },
)


@given(st.lists(_STORIES, min_size=1, max_size=3), _SECTIONS)
def test_whatever_was_written_reads_back(stories: list[dict[str, Any]], sections: dict[str, Any]) -> None:
    named = [{"name": f"story-{place}", **story} for place, story in enumerate(stories)]
    feed = {"name": "Wire", "url": "https://wire.example/rss"}
    text = tomli_w.dumps({**sections, "story": named, "feed": [feed]})
    with TemporaryDirectory() as directory:
        reads_back(Path(directory), text, [], {})


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_ends_of_lines_in_texts_stay(tmp_path: Path, end: str) -> None:
    text = TEXT.replace(
        'title = "Dams"', f"title = {tomli_w.dumps({'t': f'a{end}b'}).partition('= ')[2].strip()}"
    )

    reads_back(tmp_path, text, [], {})
