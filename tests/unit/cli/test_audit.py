"""`audit` and `undo`, and commands that go by what was chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.choosing import choose
from bot.model import Change, Deed
from storage import open_archive
from tests.unit.cli.typing_it import CONFIG, ago, configuration, typed


def chosen(said: str, name: str, value: Mapping[str, Any] | None, kind: str = "story") -> None:
    """Let an administrator choose something by command."""
    deed = Deed(at=ago(minutes=5), person=700, chat=-100, said=said, outcome=f"{name} changed")

    async def work() -> None:
        archive = await open_archive("sqlite:///archive.db")
        changes = [Change(kind=kind, name=name, value=value)]
        await archive.record(lambda record: choose(changes, deed, record))
        await archive.close()

    asyncio.run(work())


def test_what_was_changed_is_listed_and_undone() -> None:
    configuration(("Wire", "https://wire.example/feed"))
    chosen("/sub dams drill*", "dams", {"also": ["drill*"]})
    chosen("/sub dams weir", "dams", {"also": ["drill*", "weir"]})

    listed = typed("audit", "-c", CONFIG)
    undone = typed("undo", "-c", CONFIG)
    again = typed("undo", "1", "-c", CONFIG)
    after = typed("audit", "-c", CONFIG, "--json")

    assert "UTC 700: /sub dams weir dams changed 1 " in listed.said
    assert undone.out == "undone: number 2, /sub dams weir\n"
    assert again.out == "undone: number 1, /sub dams drill*\n"
    assert [(row["number"], row["person"], row["said"]) for row in after.objects] == [
        (4, None, "storywire undo 1"),
        (3, None, "storywire undo 2"),
        (2, 700, "/sub dams weir"),
        (1, 700, "/sub dams drill*"),
    ]
    assert [row["undone_at"] is None for row in after.objects] == [True, True, False, False]


def test_there_is_nothing_to_undo_where_nothing_was_changed() -> None:
    configuration(("Wire", "https://wire.example/feed"))

    assert typed("audit", "-c", CONFIG).out == "Nothing was changed by command.\n"
    refused = typed("undo", "-c", CONFIG)
    assert (refused.code, refused.line) == (2, "storywire: there is nothing to undo")


def test_commands_go_by_what_was_chosen() -> None:
    configuration(("Wire", "https://wire.example/feed"))
    chosen("/sub dams drill*", "dams", {"also": ["drill*"]})
    chosen("/new fires", "fires", {"title": "Fires", "query": "fire"})
    chosen("/set x", "gone", {"also": ["x"]})

    shown = typed("keywords", "print", "-c", CONFIG)
    checked = typed("check", "--no-feeds", "-c", CONFIG)

    assert shown.out == "dams: dam OR drill*\nfires: fire\n"
    assert "2 stories" in checked.said
    assert "story gone, as chosen by command on" in checked.said


def test_a_command_that_only_looks_makes_no_database() -> None:
    configuration(("Wire", "https://wire.example/feed"))

    assert typed("keywords", "print", "-c", CONFIG).code == 0
    assert not Path("archive.db").exists()


def test_where_the_database_cannot_be_opened_the_file_counts() -> None:
    configuration(("Wire", "https://wire.example/feed"))
    Path("archive.db").write_bytes(b"no database" * 1_000)

    assert typed("keywords", "print", "-c", CONFIG).out == "dams: dam\n"
    assert typed("audit", "-c", CONFIG).code == 2
