"""What commands have at hand, on fakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.commands.office import Office
from config.settings import Settings, load_settings
from tests.fakes.archive import FakeArchive
from tests.fakes.speak import FakeSpeak
from tests.walk.world import Walk

CHANNEL = -1001000000001

FILE = """
[telegram]
channel = -1001000000001
admins = [4242]

[[feed]]
name = "Wire"
url = "https://wire.example/feed.xml"

[[story]]
name = "dams"
title = "Dams"
query = "dam"
"""


@dataclass(slots=True, kw_only=True)
class OfficeOnFakes:
    """An office whose parts a test can look at."""

    archive: FakeArchive = field(default_factory=FakeArchive)
    speak: FakeSpeak = field(default_factory=FakeSpeak)

    @property
    def office(self) -> Office:
        walk = Walk(archive=self.archive)
        return Office(
            archive=self.archive,
            world=lambda: walk.world,
            settings=_no_settings,
            reload=_nothing_refused,
            speak=self.speak,
            knowledge_of=lambda _settings: walk.world.knowledge,
            chats=lambda: {"main": CHANNEL},
        )


def _no_settings() -> Settings:
    raise AssertionError("no test asks for it")


async def _nothing_refused() -> Sequence[str]:
    return []


def settings_in(directory: Path, text: str = FILE) -> Settings:
    path = directory / "storywire.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, {})
