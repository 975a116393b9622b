"""The parts that a configuration makes, and what it cannot make."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from bot.app import assembled, serve
from bot.core.health import WEEKLY
from bot.edge.apprise import AppriseChannel
from bot.edge.clock import SystemClock
from bot.edge.console import ConsoleChannel
from bot.edge.jsonlines import JsonLinesChannel
from bot.edge.telegram import TelegramChannel
from bot.edge.webhook import WebhookChannel
from bot.errors import ArchiveBusyError, ConfigError
from bot.model import Delivery
from config.settings import Settings, load_settings
from config.stories import public_chats
from tests.builders import an_article
from tests.fakes.receiver import SECRET
from tests.fakes.telegram import ADMIN, CHANNEL, TOKEN, running_in_thread

REST = """
[[feed]]
name = "Wire"
url = "https://wire.example/feed.xml"

[[story]]
name = "dams"
title = "Dams"
query = "dam"
"""
WITH_TOKEN = {"TELEGRAM_BOT_TOKEN": TOKEN}


def settings(directory: Path, text: str = "", environ: dict[str, str] | None = None) -> Settings:
    path = directory / "storywire.toml"
    path.write_text(f'{text}\n[database]\nurl = "sqlite:///{directory}/archive.db"\n{REST}', encoding="utf-8")
    return load_settings(path, environ or {})


def test_without_a_chat_posts_go_to_the_console(tmp_path: Path) -> None:
    async def test() -> None:
        async with assembled(settings(tmp_path)) as program:
            (channel,) = program.channels
            assert isinstance(channel, ConsoleChannel)
            assert channel.name == "console"
            assert [feed.name for feed in program.feeds] == ["Wire"]

    asyncio.run(test())


CHATS = {
    "a public chat": ('[telegram]\nchannel = "@dams"', {"telegram": "dams"}),
    "a private chat": ("[telegram]\nchannel = -1001234567890", {}),
    "no chat": ("", {}),
}


@pytest.mark.parametrize(("text", "names"), CHATS.values(), ids=CHATS)
def test_only_chats_that_everybody_may_read_have_a_name(
    tmp_path: Path, text: str, names: dict[str, str]
) -> None:
    assert public_chats(settings(tmp_path, text, WITH_TOKEN)) == names


def test_with_a_chat_and_a_token_posts_go_to_telegram(tmp_path: Path) -> None:
    chosen = settings(tmp_path, '[telegram]\nchannel = "@dams"\ndelivery = "at_most_once"', WITH_TOKEN)

    async def test() -> None:
        async with assembled(chosen) as program:
            (channel,) = program.channels
            assert isinstance(channel, TelegramChannel)
            assert channel.name == "telegram"
            assert program.world.delivery is Delivery.AT_MOST_ONCE

    asyncio.run(test())


TOKENLESS = {"a channel": f"channel = {CHANNEL}", "a chat for the administrators": f"admin_chat = {ADMIN}"}


@pytest.mark.parametrize("setting", TOKENLESS.values(), ids=TOKENLESS)
def test_telegram_without_a_token_is_refused_with_advice(setting: str, tmp_path: Path) -> None:
    async def test() -> None:
        async with assembled(settings(tmp_path, f"[telegram]\n{setting}")):
            pytest.fail("it was put together all the same")

    with pytest.raises(ConfigError) as refused:
        asyncio.run(test())
    assert "TELEGRAM_BOT_TOKEN" in str(refused.value)
    assert "@BotFather" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_refused_configuration_lets_go_of_the_database(tmp_path: Path) -> None:
    async def test() -> list[str]:
        with pytest.raises(ConfigError):
            async with assembled(settings(tmp_path, f"[telegram]\nchannel = {CHANNEL}")):
                pytest.fail("it was put together all the same")
        async with assembled(settings(tmp_path)) as program:
            return [channel.name for channel in program.channels]

    assert asyncio.run(test()) == ["console"]


def test_a_second_program_on_the_same_database_is_refused_unless_it_only_looks(tmp_path: Path) -> None:
    async def test() -> None:
        chosen = settings(tmp_path)
        async with assembled(chosen):
            with pytest.raises(ArchiveBusyError, match="another Storywire works on this database"):
                async with assembled(chosen):
                    pytest.fail("it was put together all the same")
            async with assembled(chosen, exclusive=False) as onlooker:
                assert await onlooker.world.archive.feeds() == []

    asyncio.run(test())


def test_an_unreadable_query_is_refused_before_the_database_is_opened(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    broken = chosen.model_copy(update={"story": (chosen.story[0].model_copy(update={"query": "dam ("}),)})

    async def test() -> None:
        async with assembled(broken):
            pytest.fail("it was put together all the same")

    with pytest.raises(ConfigError, match="story dams"):
        asyncio.run(test())
    assert not (tmp_path / "archive.db").exists()


def test_without_an_administrators_chat_an_alarm_goes_to_the_log(tmp_path: Path) -> None:
    async def test() -> None:
        async with assembled(settings(tmp_path)) as program:
            assert not program.administered
            await program.world.notify("channel telegram: closed")

    with structlog.testing.capture_logs() as lines:
        asyncio.run(test())
    assert lines == [{"event": "alarm", "text": "channel telegram: closed", "log_level": "warning"}]


def test_with_an_administrators_chat_an_alarm_goes_there_and_to_the_log(tmp_path: Path) -> None:
    with running_in_thread() as telegram:
        api = telegram.base_url.removesuffix("/bot")
        chosen = settings(tmp_path, f'[telegram]\nadmin_chat = {ADMIN}\napi_url = "{api}"', WITH_TOKEN)

        async def test() -> None:
            async with assembled(chosen) as program:
                assert program.administered
                await program.world.notify("channel telegram: closed")

        with structlog.testing.capture_logs() as lines:
            asyncio.run(test())
        assert [line["text"] for line in lines] == ["channel telegram: closed"]
        assert [message.text for message in telegram.messages(ADMIN)] == ["channel telegram: closed"]


def test_the_weekly_note_goes_to_the_administrators_chat(tmp_path: Path) -> None:
    told: list[str] = []
    over = asyncio.Event()

    async def notify(text: str) -> None:
        told.append(text)
        over.set()

    async def test() -> None:
        async with assembled(settings(tmp_path)) as program:
            archive, now = program.world.archive, SystemClock().now()
            dull = [an_article(f"Chess: draw {n}", seen_at=now) for n in range(100)]
            await archive.record(lambda record: record.articles(dull))
            await archive.beat(WEEKLY, at=now - timedelta(days=8))
            world = replace(program.world, notify=notify)
            with_chat = replace(program, world=world, feeds=(), administered=True)
            running = asyncio.create_task(serve(with_chat, concurrency=1))
            async with asyncio.timeout(10):
                await over.wait()
            signal.raise_signal(signal.SIGTERM)
            await running

    asyncio.run(test())
    assert [text.partition("\n")[0] for text in told] == ["keywords, this week"]


def test_an_encoder_that_is_not_installed_is_a_mistake_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bot.edge.semantic", None)

    async def test() -> None:
        with pytest.raises(ConfigError, match="not installed: uv sync --extra semantic"):
            async with assembled(settings(tmp_path, "[judge]\nsemantic = true")):
                pass

    asyncio.run(test())


PLACES: dict[str, tuple[str, type]] = {
    "a service of Apprise's": ('kind = "apprise"\nurls = ["$SERVICE"]', AppriseChannel),
    "a program": ('kind = "webhook"\nurl = "$HOOK"\nsecret = "$SECRET"', WebhookChannel),
    "lines of JSON": ('kind = "json"', JsonLinesChannel),
}
ENVIRON = {
    "SERVICE": "json://me:canary@hooks.example",
    "HOOK": "https://hooks.example/canary",
    "SECRET": SECRET,
}


def with_desk(directory: Path, lines: str, environ: dict[str, str]) -> Settings:
    settings_ = settings(directory, f'[[channel]]\nname = "desk"\n{lines}\n', environ)
    story = settings_.story[0].model_copy(update={"channels": ("desk",)})
    return settings_.model_copy(update={"story": (story,)})


@pytest.mark.parametrize(("lines", "kind"), PLACES.values(), ids=PLACES)
def test_posts_can_go_elsewhere_with_secrets_of_the_environment(
    tmp_path: Path, lines: str, kind: type
) -> None:
    chosen = with_desk(tmp_path, lines, ENVIRON)

    async def test() -> None:
        async with assembled(chosen) as program:
            (channel,) = program.channels
            assert isinstance(channel, kind)
            assert channel.name == "desk"

    asyncio.run(test())
    assert "canary" not in repr(chosen)
    assert SECRET not in repr(chosen)


def test_apprise_that_is_not_installed_is_a_mistake_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bot.edge.apprise", None)
    chosen = with_desk(tmp_path, PLACES["a service of Apprise's"][0], ENVIRON)

    async def test() -> None:
        with pytest.raises(ConfigError, match=r"channel desk .*not installed: uv sync --extra apprise"):
            async with assembled(chosen):
                pass

    asyncio.run(test())
