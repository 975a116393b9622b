"""`config`: everything in effect as one file, and the schema."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Feed
from storage import open_archive
from tests.builders import NOW
from tests.unit.cli.typing_it import CONFIG, configuration, typed


def test_what_commands_added_is_a_part_of_what_is_exported() -> None:
    async def add() -> None:
        archive = await open_archive("sqlite:///archive.db")
        await archive.record(lambda record: record.choose("story", "dams", {"also": ["weir"]}, at=NOW))
        feed = Feed(url="https://post.example/rss", name="Post", every=timedelta(minutes=10))
        await archive.add(feed)
        await archive.close()

    configuration(("Wire", "https://wire.example/feed"))
    asyncio.run(add())

    shown = typed("config", "export", "-c", CONFIG)
    written = typed("config", "export", "all.toml", "-c", CONFIG)
    printed = typed("keywords", "print", "-c", "all.toml")

    assert 'name = "Post"' in shown.out
    assert Path("all.toml").read_text(encoding="utf-8") == shown.out
    assert written.said.startswith("written to all.toml")
    assert (printed.code, printed.out) == (0, "dams: dam OR weir\n")


def test_without_a_database_the_file_is_exported_and_none_is_made() -> None:
    configuration(("Wire", "https://wire.example/feed"))

    assert typed("config", "export", "-c", CONFIG).code == 0
    assert not Path("archive.db").exists()


def test_a_place_that_cannot_be_written_to_is_told() -> None:
    configuration(("Wire", "https://wire.example/feed"))

    shown = typed("config", "export", "nowhere/all.toml", "-c", CONFIG)

    assert (shown.code, shown.line) == (
        2,
        "storywire: nowhere/all.toml: cannot be written (No such file or directory)",
    )


def test_the_schema_is_printed_without_a_configuration() -> None:
    assert json.loads(typed("config", "schema").out)["title"] == "Storywire"


def test_keywords_of_trendradar_are_printed_or_written() -> None:
    Path("words.txt").write_text("chip\n+China\n\n大疆\n@3\n", encoding="utf-8")

    printed = typed("import", "trendradar", "words.txt")
    written = typed("import", "trendradar", "words.txt", "-o", "stories.toml")
    again = typed("import", "trendradar", "words.txt", "-o", "stories.toml")

    assert 'query = "chip +China"' in printed.out
    assert Path("stories.toml").read_text(encoding="utf-8") == printed.out
    assert "line 5: @3 is left out" in written.said
    assert written.said.strip().endswith("2 stories written to stories.toml")
    assert (again.code, again.line.startswith("storywire: stories.toml exists;")) == (2, True)


UNREAD = {
    "there is none": (None, "words.txt: cannot be read (No such file or directory)"),
    "no words": (b"# nothing", "words.txt: there is no word in it"),
    "no text": (b"\xff\xff", "words.txt: is not UTF-8 text"),
}


@pytest.mark.parametrize(("content", "says"), UNREAD.values(), ids=UNREAD)
def test_a_file_of_keywords_that_cannot_be_used_is_told(content: bytes | None, says: str) -> None:
    if content is not None:
        Path("words.txt").write_bytes(content)

    shown = typed("import", "trendradar", "words.txt")

    assert (shown.code, shown.line) == (2, f"storywire: {says}")


def test_lists_of_feeds_are_imported_under_either_name() -> None:
    configuration(("Wire", "https://wire.example/feed"))
    Path("feeds.txt").write_text("https://post.example/rss\n", encoding="utf-8")

    names = (("import", "opml"), ("feeds", "import"))
    either = [typed(*name, "feeds.txt", "--dry-run", "-c", CONFIG) for name in names]

    assert either[0] == either[1]
    assert "1 would be added" in either[0].said
