"""`bench why`: explaining decisions in a growing archive, and whether every explanation is whole."""

from __future__ import annotations

import multiprocessing
import re
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bot.cli.bench_candidates import START, STORY, WINDOW, fill
from bot.cli.common import console, in_loop, plain, table
from bot.cli.planted import HEADLINES, headlines
from bot.core.match import Watch
from bot.core.normalise import normalise
from bot.core.sheet import Line
from bot.errors import OperatorError
from bot.explaining import Scene, explain
from bot.model import Entry, Feed, PostState, Settlement, Story
from bot.pipeline import Knowledge, take_all
from bot.ports import Archive, Record
from storage import open_archive

SIZES = (10_000, 1_000_000)
#: Articles that went the whole way of an item, and posts of them that were shown.
_TAKEN, _SHOWN = 300, 200
#: Articles explained that only stand in the archive, as of an old version: without reasons.
_OLD = 300
#: One in so many taken articles is old news and recorded quietly.
_QUIET = 10
_FEEDS = tuple(Feed(url=f"https://{site}.example/feed.xml", name=f"Bench {site}") for site in "ab")
_CHANNEL = "main"
_LATER = START + WINDOW
_STRANGERS = 16
#: Beside the story that judged everything: those that want more, less, or another feed, and many strangers.
_STORIES = (
    Story(
        name=STORY,
        title="Bench",
        query="the a of to in for on and is with as by",
        channels=(_CHANNEL, "second"),
    ),
    Story(name="must", title="Must", query="china russia +moscow", channels=(_CHANNEL,)),
    Story(name="never", title="Never", query="(the a of) -(china us russia)", channels=(_CHANNEL,)),
    Story(name="feeds", title="Feeds", query="the a of", feeds=("Bench b",), channels=(_CHANNEL,)),
    *(
        Story(name=f"s{n}", title=f"S{n}", query=f'zork{n} +"grue {n}" -xyzzy', channels=(_CHANNEL,))
        for n in range(16)
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What explaining cost where so many articles were stored."""

    stored: int
    #: Milliseconds that passed for each explanation, and of CPU that it took.
    taken: Sequence[tuple[float, float]]
    #: The same for articles without reasons, which are compared again.
    old: Sequence[tuple[float, float]]
    #: What explanations lacked → how many did.
    lacking: Counter[str]


def explaining(folder: Path, sizes: Sequence[int]) -> None:
    """Measure explaining in a growing archive.

    Raises:
        OperatorError: the test material holds no headlines, or an explanation lacks something.
    """
    if not (folder / HEADLINES).is_file():
        raise OperatorError(f"the test material holds no {HEADLINES}")
    titles = headlines(folder, max(sizes) + _TAKEN)
    measured: list[Explained] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="storywire-") as place:
            url = f"sqlite:///{place}/bench.db"
            in_loop(fill(url, titles, range(size), size))
            in_loop(_take(url, titles[-_TAKEN:]))
            # In a process of its own: this one holds a million headlines.
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                measured.append(pool.submit(_measured, url, size).result())
    _show(measured)
    lacking = sum((each.lacking for each in measured), Counter())
    if lacking:
        raise OperatorError(f"explanations are not whole: {dict(lacking)}")


def _knowledge() -> Knowledge:
    return Knowledge(watches=[Watch.on(story) for story in _STORIES])


async def _take(url: str, titles: Sequence[str]) -> None:
    """Let articles go the whole way of an item, and show some of their posts."""
    archive = await open_archive(url)
    try:
        await archive.declare(_FEEDS)
        knowledge = _knowledge()

        def work(record: Record) -> None:
            for number, title in enumerate(titles):
                _take_one(number, title, record, knowledge)

        await archive.record(work)
        for number in range(_SHOWN):
            await _send_one(archive, number)
    finally:
        await archive.close()


def _take_one(number: int, title: str, record: Record, knowledge: Knowledge) -> None:
    at = _LATER + number * timedelta(minutes=7)
    # Every other one is a copy of the one before, by another outlet.
    feed = replace(_FEEDS[number % 2], recorded_at=START)
    old = timedelta(days=9) if number % _QUIET == 0 else timedelta()
    link = f"https://{'ab'[number % 2]}.example/taken/{number}"
    entry = Entry(id=f"tag:{number}", link=f"{link}?utm_source=feed", title=title, published=at - old)
    again = replace(entry, id=f"tag:{number}:b", link=f"{link}/again", published=at + timedelta(minutes=1))
    for each in (entry, again):
        article = normalise(each, feed, seen_at=at + timedelta(minutes=1), language="en")
        take_all([article], feed, record, knowledge, listed=0)


async def _send_one(archive: Archive, number: int) -> None:
    now = _LATER + timedelta(days=9)
    post = await archive.next_post(_CHANNEL, now=now)
    sending = None if post is None else await archive.sending(post, at=now)
    if sending is not None:
        shown = Settlement(state=PostState.SENT, message_id=number + 1)
        await archive.settle(sending, shown, at=now)


def _measured(url: str, size: int) -> Explained:
    return in_loop(_measure(url, size))


async def _measure(url: str, size: int) -> Explained:
    archive = await open_archive(url)
    try:
        scene = Scene(
            archive=archive, knowledge=_knowledge(), now=_LATER + timedelta(days=9), chats={_CHANNEL: "x"}
        )
        lacking: Counter[str] = Counter()
        taken = [
            await _timed(reference, scene, lacking)
            for number in range(0, 2 * _TAKEN, 2)
            for reference in _names(size + 1 + number, number // 2)
        ]
        every = max(1, size // _OLD)
        old = [await _timed(f"https://a.example/news/{n}", scene, lacking) for n in range(0, size, every)]
    finally:
        await archive.close()
    return Explained(stored=size, taken=taken, old=old, lacking=lacking)


def _names(article: int, number: int) -> tuple[str, ...]:
    """Return how people may call a taken article: its number, its feed id, its link, and its copy's link."""
    link = f"https://{'ab'[number % 2]}.example/taken/{number}"
    return str(article), f"tag:{number}", f"{link}?fbclid=x", f"{link}/again"


async def _timed(reference: str, scene: Scene, lacking: Counter[str]) -> tuple[float, float]:
    begun, cpu = time.perf_counter(), time.process_time()
    lines = await explain(reference, scene)
    passed, cpu = time.perf_counter() - begun, time.process_time() - cpu
    lacking.update(_lacking(lines))
    return 1000 * passed, 1000 * cpu


def _lacking(lines: Sequence[Line]) -> list[str]:
    """Return what an explanation must have and has not."""
    texts = [line.text for line in lines]
    whole = "\n".join(texts)
    told = sum(text.startswith("story ") and ", article " in text for text in texts)
    fates = (" of its event in ", "not posted", "not in ")
    needs = {
        "a feed by its name": "from Bench" in whole,
        "a time": "first seen" in whole,
        "terms": whole.count("matched ") >= told,
        "reasons": not told or any(line.bullet for line in lines),
        "a post, or why there is none": any(fate in whole for fate in fates),
        "a decision of each story": _decides(texts),
    }
    return [what for what, has in needs.items() if not has]


def _decides(texts: Sequence[str]) -> bool:
    """Tell whether each story says something; of many that say the same only some are named."""
    said = [text for text in texts if text.startswith(("story ", "stories "))]
    more = sum(int(n) for text in said for n in re.findall(r" and (\d+) more: ", text))
    names = {name for text in said for name in re.findall(r"[\w-]+", text.partition(":")[0])}
    missing = [story.name for story in _STORIES if story.name not in names]
    return len(missing) <= more


def _show(measured: Sequence[Explained]) -> None:
    shown = table("", *(f"{each.stored:,} stored" for each in measured), title="why, sqlite")
    for name, pick in (("explained", "taken"), ("without reasons, compared again", "old")):
        rows: list[Sequence[tuple[float, float]]] = [getattr(each, pick) for each in measured]
        shown.add_row(*plain(name, *(len(row) for row in rows)))
        for clock, which in (("by the clock", 0), ("CPU", 1)):
            for percent in (50, 99, 100):
                figures = (_below([each[which] for each in row], percent) for row in rows)
                shown.add_row(*plain(f"  {clock}: below it {percent} %", *figures))
    shown.add_row(*plain("not whole", *(sum(each.lacking.values()) for each in measured)))
    console.print(shown)


def _below(figures: Sequence[float], percent: int) -> str:
    return f"{sorted(figures)[min(len(figures) - 1, len(figures) * percent // 100)]:.1f} ms"
