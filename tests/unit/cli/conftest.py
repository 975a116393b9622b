"""Every test types its commands in an empty directory, with no settings in the environment."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from anyio.from_thread import start_blocking_portal

from bot.cli.demo import Played, demo_settings, play
from tests.fakes.feedserver import FeedServer
from tests.fakes.telegram import FakeTelegram, running_in_thread

_SETTINGS = ("STORYWIRE_", "TELEGRAM_", "DATABASE_URL", "LOG_LEVEL", "LOG_FORMAT")


@pytest.fixture(autouse=True)
def _an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(_SETTINGS)]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, hook = root.handlers[:], root.level, sys.excepthook
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook = hook
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def demo_played() -> Played:
    """Play the demo."""
    return asyncio.run(play(demo_settings()))


@pytest.fixture
def server() -> Iterator[FeedServer]:
    """Serve feeds from a thread, because commands bring an event loop of their own."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(portal.call(FeedServer)) as running,
    ):
        yield running


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with running_in_thread() as running:
        yield running
