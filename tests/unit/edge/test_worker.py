from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.edge.worker import Workers
from bot.errors import ParseError


def worked(*works: tuple[Callable[..., object], object], limit: float = 10) -> list[object]:
    """Do one work after the other; a refusal counts as its words."""

    async def run() -> list[object]:
        workers = Workers("the page", limit=timedelta(seconds=limit), memory=256 * 2**20)
        return [await _one(workers, *work) for work in works]

    return asyncio.run(run())


async def _one(workers: Workers, function: Callable[..., object], argument: object) -> object:
    try:
        return await workers.run(function, argument)
    except ParseError as error:
        return str(error)


def test_a_worker_gives_the_result() -> None:
    assert worked((len, b"abc"), (len, b"")) == [3, 0]


def test_what_the_work_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        worked((int, "x"))


def test_what_takes_too_long_is_killed_and_the_next_is_done() -> None:
    assert worked((sum, range(10**12)), (len, b"abc"), limit=1) == [
        "the page took longer than 1 s to read",
        3,
    ]


def test_what_takes_too_much_memory_is_killed_and_the_next_is_done() -> None:
    assert worked((bytearray, 2**30), (len, b"abc")) == [
        "the page needed too much memory or broke its reader",
        3,
    ]


def test_a_smaller_limit_of_memory_does_not_bind_the_next() -> None:
    async def run() -> int:
        small = Workers("it", limit=timedelta(seconds=10), memory=128 * 2**20)
        large = Workers("it", limit=timedelta(seconds=10), memory=512 * 2**20)
        await small.run(len, b"")
        return await large.run(eval, "len(bytearray(300 * 2**20))")

    assert asyncio.run(run()) == 300 * 2**20
