"""What the tests of choices share: a file, and settings with choices laid over it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.model import Change, Choice
from config.overlay import overlaid
from config.settings import Settings, load_settings

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
TEXT = """
[posting]
burst = 5

[[story]]
name = "dams"
title = "Dams"
query = 'dam OR "dam break" OR @water'
also = ["weir"]
without = ["football"]
fold = "event"
channels = ["desk", "console"]

[story.aliases]
water = ["reservoir"]

[[story]]
name = "rivers"
title = "Rivers"
query = "+river -song"

[[channel]]
name = "desk"
kind = "telegram"
chat = -1007
quiet_hours = "23:00-07:00"

[[feed]]
name = "Wire"
url = "https://wire.example/rss"
"""
PLACES = {name: number for number, name in enumerate(TEXT.splitlines(), start=1)}


def a_choice(kind: str, name: str, /, **value: Any) -> Choice:
    return Choice(kind=kind, name=name, value=value, at=AT)


def a_file(directory: Path, text: str = TEXT, environ: Mapping[str, str] | None = None) -> Settings:
    path = directory / "my.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ or {})


def in_effect(settings: Settings, *choices: Choice) -> Settings:
    made, left_out = overlaid(settings, choices)
    assert not left_out
    return made


def after(settings: Settings, change: Change) -> Settings:
    """Make a change and return the settings then in effect."""
    same = (change.kind, change.name)
    others = [it for it in settings.written.choices if (it.kind, it.name) != same]
    mine = [] if change.value is None else [a_choice(*same, **change.value)]
    return in_effect(settings, *others, *mine)
