"""Of a changed configuration only what changed is made anew."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import structlog

from bot.app import assembled, effective
from bot.errors import ConfigError
from bot.model import Delivery
from bot.service import Service
from config.settings import Settings, load_settings
from tests.builders import NOW
from tests.fakes.telegram import TOKEN

TEXT = """
[database]
url = "sqlite:///{directory}/archive.db"
{more}
[[feed]]
name = "Wire"
url = "https://wire.example/feed.xml"

[[story]]
name = "dams"
title = "Dams"
query = "dam"
channels = {channels}

[[channel]]
name = "desk"
kind = "telegram"
chat = {chat}

[[channel]]
name = "lines"
kind = "json"
"""
WITH_TOKEN = {"TELEGRAM_BOT_TOKEN": TOKEN}


def settings(
    directory: Path, more: str = "", channels: str = '["desk", "lines", "console"]', chat: int = -1007
) -> Settings:
    path = directory / "storywire.toml"
    text = TEXT.format(directory=directory, more=more, channels=channels, chat=chat)
    path.write_text(text, encoding="utf-8")
    return load_settings(path, WITH_TOKEN)


def test_channels_that_did_not_change_stay_the_same_objects(tmp_path: Path) -> None:
    async def test() -> None:
        async with assembled(settings(tmp_path)) as program:
            before = {channel.name: channel for channel in program.channels}
            made = await program.making.made(settings(tmp_path, chat=-1008, channels='["desk", "lines"]'))
            after = {channel.name: channel for channel in made.channels}

            assert after.keys() == {"desk", "lines"}
            assert after["lines"] is before["lines"]
            assert after["desk"] is not before["desk"]
            assert program.making.chats == {"desk": -1008}

    asyncio.run(test())


def test_what_is_known_of_the_network_and_of_the_pace_stays(tmp_path: Path) -> None:
    async def test() -> None:
        async with assembled(settings(tmp_path)) as program:
            changed = settings(
                tmp_path, '[telegram]\ndelivery = "at_most_once"\n[poll]\nresolve_links = true'
            )
            made = await program.making.made(changed)

            assert made.world.network is program.world.network
            assert made.world.overall is program.world.overall
            assert made.world.fetch is program.world.fetch
            assert made.world.delivery is Delivery.AT_MOST_ONCE
            assert made.world.knowledge.resolves
            assert made.world.read_page is not None

    asyncio.run(test())


def test_what_cannot_be_made_changes_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        async with assembled(settings(tmp_path)) as program:
            changed = settings(tmp_path, chat=-1008)
            story = changed.story[0].model_copy(update={"query": "dam ("})
            with pytest.raises(ConfigError):
                await program.making.made(changed.model_copy(update={"story": (story,)}))

            assert program.making.chats == {"desk": -1007}

    asyncio.run(test())


def test_a_channel_of_telegrams_waits_for_a_restart_where_there_is_no_bot(tmp_path: Path) -> None:
    async def test() -> None:
        async with assembled(settings(tmp_path, channels='["lines"]')) as program:
            with structlog.testing.capture_logs() as lines:
                made = await program.making.made(settings(tmp_path))

            assert [channel.name for channel in made.channels] == ["console", "lines"]
            assert [line["channels"] for line in lines] == [["desk"]]

    asyncio.run(test())


def test_what_was_chosen_is_in_effect_from_the_start(tmp_path: Path) -> None:
    chosen = settings(tmp_path, channels='["lines"]')

    async def test() -> None:
        async with assembled(chosen) as program:
            archive = program.world.archive
            await archive.record(lambda record: record.choose("story", "dams", {"also": ["weir"]}, at=NOW))
        async with assembled(chosen) as program:
            assert [watch.query.text for watch in program.world.knowledge.watches] == ["dam OR weir"]
            assert await effective(program.settings, program.world.archive) is program.settings

    asyncio.run(test())


def test_a_running_service_takes_other_parts_up(tmp_path: Path) -> None:
    async def test() -> None:
        async with assembled(settings(tmp_path, channels='["lines"]')) as program:
            service = Service(program.world, program.channels, concurrency=1)
            await service.start()
            made = await program.making.made(settings(tmp_path, channels='["console", "lines"]'))
            await service.adopt(made.world, made.channels)
            names = {task.get_name() for task in asyncio.all_tasks()}
            await service.stop()

            assert {"deliver console", "deliver lines"} <= names

    asyncio.run(test())
