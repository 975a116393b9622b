from __future__ import annotations

import asyncio
import io
import json
import os
from pathlib import Path

import pytest

from bot.edge.jsonlines import JsonLinesChannel
from bot.errors import ChannelClosedError
from bot.model import EventId, Message, Post, PostId, PostKind, Receipt


def a_card(number: int, text: str = "Dam breaks") -> Post:
    return Post(
        channel="lines",
        event=EventId(1),
        kind=PostKind.CARD,
        id=PostId(number),
        message=Message(text=text),
    )


class Flushing(io.StringIO):
    """Counts how often it was flushed."""

    flushes = 0

    def flush(self) -> None:
        self.flushes += 1


def test_each_post_is_a_line_and_flushed_at_once() -> None:
    stream = Flushing()
    channel = JsonLinesChannel("lines", stream)

    async def test() -> None:
        assert await channel.send(a_card(1, "two\nlines\u2028three\x85\x00 \ud800")) == Receipt(message_id=1)
        assert stream.flushes == 1
        assert await channel.send(a_card(2)) == Receipt(message_id=2)

    asyncio.run(test())

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["text"] for line in lines] == ["two\nlines\u2028three\x85\x00 \ufffd", "Dam breaks"]
    assert stream.flushes == 2


def test_a_reader_that_went_away_closes_the_channel() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    channel = JsonLinesChannel("lines", stream)

    with pytest.raises(ChannelClosedError, match="nobody reads"):
        asyncio.run(channel.send(a_card(1)))
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_a_full_disk_closes_the_channel() -> None:
    full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115  closing it fails as well

    with pytest.raises(ChannelClosedError, match="No space left on device"):
        asyncio.run(JsonLinesChannel("lines", full).send(a_card(1)))
    with pytest.raises(OSError, match="No space"):
        full.close()


def test_a_closed_stream_closes_the_channel() -> None:
    stream = io.StringIO()
    stream.close()

    with pytest.raises(ChannelClosedError, match="closed"):
        asyncio.run(JsonLinesChannel("lines", stream).send(a_card(1)))


def test_channels_that_share_a_stream_do_not_mix_their_lines() -> None:
    stream = io.StringIO()
    channels = [JsonLinesChannel(name, stream) for name in ("one", "two")]

    async def test() -> None:
        await asyncio.gather(*(channels[n % 2].send(a_card(n, "x" * 5000)) for n in range(40)))

    asyncio.run(test())

    assert sorted(json.loads(line)["post"] for line in stream.getvalue().splitlines()) == list(range(40))
