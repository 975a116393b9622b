"""The program in conversation, for the tests that hold one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import making
from bot.edge.parse import Parser
from tests.walk.conversation import Conversation


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def parser() -> Parser:
    """Give a parser that keeps its workers from test to test: to start them takes longer than most tests."""
    return Parser()


@pytest.fixture
def talk(
    runner: asyncio.Runner, parser: Parser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Conversation]:
    monkeypatch.setattr(making, "Parser", lambda: parser)
    with Conversation(directory=tmp_path, runner=runner) as conversation:
        yield conversation
