"""What was changed takes effect; what is wrong is refused and told once, and what ran goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from bot.core.match import Watch
from bot.errors import ConfigError, StorywireError
from bot.reloading import Reloading
from config.settings import Settings, load_settings
from config.stories import stories
from tests.builders import NOW
from tests.fakes.archive import FakeArchive

TEXT = """
[[story]]
name = "dams"
title = "Dams"
query = "dam"
[[feed]]
name = "Wire"
url = "https://wire.example/rss"
"""
RIVERS = """
[[story]]
name = "rivers"
title = "Rivers"
query = "river"
"""


class Stage:
    """A file, an archive, and a program that goes by them."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "my.toml"
        self.archive = FakeArchive()
        self.told: list[str] = []
        self.adopted: list[list[str]] = []
        self.failures: list[Exception] = []
        self.write(TEXT)
        self.reloading = Reloading(
            self.read(), read=self.read, adopt=self.adopt, archive=self.archive, notify=self.tell
        )

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")

    def read(self) -> Settings:
        return load_settings(self.path, {})

    async def adopt(self, settings: Settings) -> None:
        if self.failures:
            raise self.failures.pop()
        for story in stories(settings):
            Watch.on(story)
        self.adopted.append([story.name for story in settings.story])

    async def tell(self, text: str) -> None:
        self.told.append(text.replace(f"{self.path.parent}/", ""))

    async def choose(self, name: str, value: Mapping[str, Any] | None) -> None:
        await self.archive.record(lambda record: record.choose("story", name, value, at=NOW))

    async def look(self, times: int = 3) -> None:
        for _ in range(times):
            await self.reloading.look()


def on(directory: Path, test: Callable[[Stage], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test(Stage(directory)))


def test_nothing_is_taken_up_where_nothing_changed(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await stage.look()

        assert (stage.adopted, stage.told) == ([], [])

    on(tmp_path, test)


def test_a_changed_file_is_taken_up_once(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await stage.look()
        stage.write(TEXT + RIVERS)
        await stage.look()

        assert stage.adopted == [["dams", "rivers"]]
        assert [story.name for story in stage.reloading.settings.story] == ["dams", "rivers"]
        assert stage.told == []

    on(tmp_path, test)


WRONG = {
    "that is no TOML": (TEXT + "[[story", "my.toml:9: "),
    "with a wrong setting": ("[poll]\nevry = 1\n" + TEXT, "my.toml:2: poll.evry: unknown setting"),
    "with a wrong query": (TEXT.replace('"dam"', '"dam ("'), "story dams: the query is not understood"),
}


def test_a_wrong_file_is_refused_and_told_once_and_what_ran_goes_on(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        for number, (text, says) in enumerate(WRONG.values(), start=1):
            stage.write(text)
            await stage.look(5)

            assert len(stage.told) == number
            assert stage.told[-1].startswith("the changed configuration is refused, and what ran goes on:\n")
            assert says in stage.told[-1]
        await stage.choose("dams", {"also": ["weir"]})
        await stage.look()
        assert stage.reloading.settings.story[0].also == ("weir",)
        assert len(stage.told) == len(WRONG) + 1

        stage.write(TEXT)
        await stage.look()
        assert stage.told[-1] == "the configuration can be used again, and is in effect"
        assert stage.reloading.settings.story[0].also == ("weir",)

    on(tmp_path, test)


def test_a_file_that_is_gone_is_told_once(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        stage.path.unlink()
        await stage.look(6)

        assert len(stage.told) == 1
        assert "there is no such file" in stage.told[0]

    on(tmp_path, test)


def test_what_another_process_chose_is_taken_up_and_taken_back(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await stage.choose("fires", {"title": "Fires", "query": "fire"})
        await stage.look()
        await stage.choose("fires", None)
        await stage.look()

        assert stage.adopted == [["dams", "fires"], ["dams"]]

    on(tmp_path, test)


def test_what_was_chosen_here_is_taken_up_at_once(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await stage.choose("dams", {"also": ["weir"]})

        settings = await stage.reloading.reload()

        assert settings.story[0].also == ("weir",)
        await stage.look()
        assert stage.adopted == [["dams"]]

    on(tmp_path, test)


def test_a_choice_that_does_not_fit_is_told_once(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await stage.choose("gone", {"also": ["weir"]})
        await stage.look()
        stage.write(TEXT + RIVERS)
        await stage.look()

        assert len(stage.told) == 1
        assert stage.told[0].startswith("story gone, as chosen by command on 2026-01-15, is left out: ")

    on(tmp_path, test)


def test_what_takes_a_restart_is_told_once(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        stage.write("[poll]\nconcurrency = 7\n[telegram]\nadmins = [700]\n" + TEXT)
        await stage.look()
        stage.write("[poll]\nconcurrency = 8\n[telegram]\nadmins = [700]\n" + TEXT)
        await stage.look()

        assert stage.told == [
            "a restart is needed before this takes effect: telegram.heard_by, poll.concurrency"
        ]

    on(tmp_path, test)


def test_on_a_signal_everything_is_read_again(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        stage.write(TEXT + RIVERS)
        stage.reloading.ask()
        await stage.look(1)

        assert stage.adopted == [["dams", "rivers"]]

    on(tmp_path, test)


def test_a_fault_while_it_is_taken_up_is_made_up_for_by_the_next_look(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        stage.write(TEXT + RIVERS)
        stage.failures = [StorywireError("the database cannot be used for now")]
        for _ in range(3):
            try:
                await stage.look(1)
            except StorywireError:
                continue

        assert stage.adopted == [["dams", "rivers"]]

    on(tmp_path, test)


def test_what_cannot_be_made_is_refused(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        stage.write(TEXT + RIVERS)
        stage.failures = [ConfigError("channel desk needs an extra that is not installed")]
        await stage.look(5)

        assert stage.adopted == []
        assert len(stage.told) == 1
        assert [story.name for story in stage.reloading.settings.story] == ["dams"]

    on(tmp_path, test)
