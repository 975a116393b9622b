"""Documents that mean harm: what reading each of them costs, and that the next one is read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from bot.bench.process import memory
from bot.cli.common import console, in_loop, plain, table
from bot.edge.parse import Parser
from bot.errors import ParseError
from bot.model import Fetched

#: What is asked of every one of them.
MOST_S, MOST_MB = 5.0, 256
_LOOK_EVERY_S = 0.02


def _rss(inside: bytes, *, items: bytes = b"", end: bytes = b"</channel></rss>") -> bytes:
    item = b"<item><title>x</title>" + inside + b"</item>" if inside else b""
    return b'<rss version="2.0"><channel>' + item + items + end


def _text(inside: bytes) -> bytes:
    return _rss(b"<description>" + inside + b"</description>")


_ENTITIES = b"".join(b'<!ENTITY b%d "%s">' % (number, b"&a;" * 100) for number in range(20))
_JSON = b'{"version":"https://jsonfeed.org/version/1.1","items":['


def bodies() -> Mapping[str, bytes]:
    """Make the documents: 40 MB, which nobody else is to carry about."""
    return {
        "comments that never end": _text(b"<!--" * 100_000),
        "an author that feedparser takes minutes for": _rss(b"<author>" + b"a-" * 80_000 + b"</author>"),
        "20,000 categories": _rss(b"<category>x</category>" * 20_000),
        "80,000 entries": _rss(
            b"", items=b"<item><title>x</title><link>http://a.example/1</link></item>" * 80_000
        ),
        "200,000 empty entries": _rss(b"", items=b"<item/>" * 200_000),
        "400,000 open tags": _text(b"&lt;div&gt;" * 400_000),
        "elements 100,000 deep": _rss(b"<a>" * 100_000 + b"</a>" * 100_000),
        "100,000 attributes": _text(b"&lt;a " + b"x=1 " * 100_000 + b"&gt;"),
        "an entity bomb": b'<!DOCTYPE r [<!ENTITY a "'
        + b"x" * 1_000
        + b'">'
        + _ENTITIES
        + b"]>"
        + _text(b"&b1;"),
        "5 MB without an end": _rss(b"", items=b"<item><title>x & y</title></item>" * 150_000, end=b""),
        "JSON 500,000 deep": _JSON + b"[" * 500_000,
        "JSON of 200,000 items": _JSON + b",".join([b'{"id":"1","title":"x"}'] * 200_000) + b"]}",
        "1,000 dates nobody can read": _rss(
            b"", items=b"<item><pubDate>after lunch on the day</pubDate></item>" * 1_000
        ),
        "5 MB of HTML": b"<html>" + b"<p>a" * 1_200_000,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a body cost."""

    body: str
    seconds: float
    #: The most that its worker had in memory so far.
    megabytes: float
    became: str


def hostile() -> None:
    """Read every body, and show what each cost."""
    made = bodies()
    costs = in_loop(measured(made))
    shown = table("body", "MB", "wall", "worker's memory so far", "what became of it")
    for cost in costs:
        size = f"{len(made[cost.body]) / 1e6:.1f}"
        shown.add_row(
            *plain(cost.body, size, f"{cost.seconds:.2f} s", f"{cost.megabytes:.0f} MB", cost.became)
        )
    console.print(shown)
    slowest, largest = max(cost.seconds for cost in costs), max(cost.megabytes for cost in costs)
    console.print(f"worst: {slowest:.2f} s (at most {MOST_S:g} s), {largest:.0f} MB (at most {MOST_MB} MB)")


async def measured(made: Mapping[str, bytes]) -> list[Cost]:
    """Read bodies one after the other, each followed by one that means no harm."""
    parse = Parser()
    good = Fetched(url="https://wire.example/", body=_text(b"all is well"))
    await parse(good)
    costs = []
    for name, body in made.items():
        watch = asyncio.create_task(_peak())
        begun = time.perf_counter()
        try:
            became = f"{len((await parse(Fetched(url='https://wire.example/', body=body))).entries)} entries"
        except ParseError as failure:
            became = str(failure)
        seconds = time.perf_counter() - begun
        watch.cancel()
        costs.append(Cost(body=name, seconds=seconds, megabytes=await watch, became=became))
        await parse(good)
    return costs


async def _peak() -> float:
    """Watch this process's workers until cancelled; return the most that they had together, in megabytes."""
    most = 0.0
    try:
        while True:
            most = max(most, memory().workers_peak)
            await asyncio.sleep(_LOOK_EVERY_S)
    except asyncio.CancelledError:
        return max(most, memory().workers_peak)
