"""`config`: everything in effect as one file, and the schema."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

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
