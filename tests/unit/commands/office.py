"""What commands have at hand, on fakes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.commands.office import Office
from bot.commands.table import desk
from bot.core.authority import Circle
from bot.making import knowledge_of
from bot.talk import Chat, Heard, Person, Saying
from config import stories as chosen_by
from config.overlay import overlaid
from config.settings import Settings, load_settings
from tests.fakes.archive import FakeArchive
from tests.fakes.channel import FakeChannel
from tests.fakes.speak import FakeSpeak
from tests.walk.world import Walk

CHANNEL = -1001000000001
ADMIN, READER = 4242, 4343

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


class Bot:
    """Every way in, on fakes; what is changed by command takes effect."""

    def __init__(self, settings: Settings, archive: FakeArchive | None = None, *, updates: int = 0) -> None:
        """Start.

        Args:
            settings: as the file has them; also whether anyone may subscribe.
            archive: what survived.
            updates: the number of the last one that was heard.
        """
        self.file = self.settings = settings
        self.archive = archive or FakeArchive()
        self.speak = FakeSpeak()
        channels = {name: FakeChannel(name) for name in ("telegram", f"user-{READER}")}
        self.walk = Walk(archive=self.archive, channels=channels)
        self.office = Office(
            archive=self.archive,
            world=lambda: self.walk.world,
            settings=lambda: self.settings,
            reload=self.reload,
            speak=self.speak,
            knowledge_of=lambda settings: knowledge_of(settings, None),
            chats=lambda: {"telegram": CHANNEL},
        )
        self._updates = updates
        self.desk = desk(self.office, self._circle, name=lambda: "wire_test_bot")
        asyncio.run(self.reload())

    def _circle(self) -> Circle:
        is_open = self.file.subscriptions.enabled
        return Circle(admins=frozenset({ADMIN}), channels=frozenset({CHANNEL}), open=is_open)

    async def reload(self) -> Sequence[str]:
        self.settings, left_out = overlaid(self.file, await self.archive.choices())
        self.walk.stories = chosen_by.stories(self.settings)
        return [str(it) for it in left_out]

    def says(self, text: str, by: int = ADMIN, language: str | None = None) -> None:
        """Let a person write something in private."""
        kind = Saying.COMMAND if text.startswith("/") else Saying.TEXT
        self.hears(by, kind=kind, text=text, person=Person(id=by, language=language))

    def presses(self, data: str, by: int = ADMIN) -> None:
        """Let a person press a button in private."""
        self.hears(by, kind=Saying.PRESS, data=data, at=None, press=f"press {data}")

    def hears(self, by: int, **changes: object) -> None:
        """Let a person do anything in private."""
        self._updates += 1
        said = Heard(
            update=self._updates,
            at=self.walk.clock.now(),
            chat=Chat(id=by, kind="private"),
            person=Person(id=by),
            kind=Saying.COMMAND,
            message=self._updates,
        )
        asyncio.run(self.desk(replace(said, **changes)))  # type: ignore[arg-type]
