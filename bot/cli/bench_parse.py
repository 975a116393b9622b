"""What reading a feed's changed document costs, beside feedparser reading all of it."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bot.cli.common import console, plain, table
from bot.edge.document import read_document
from bot.edge.markup import decode, legal_xml
from bot.edge.parts import Parts
from bot.edge.whole import read_whole
from bot.errors import ParseError

_URL = "https://news.example/feed"
#: A document that is polled often, and one that is polled for the first time.
_LONG, _SHORT = 300, 30
_NEW = 2
_REPEATS = 5
#: Shorter real documents say little.
_FEWEST = 10
_WORDS = (
    "a after against agree border bridge capital chief city coast court crisis dam day defence east energy "
    "fall flood forces government harbour head hold in inquiry island law leaders meet minister month new "
    "north of on over parliament people plan police power president price rain report rescue river road rule "
    "say school shore south state storm strike talks tax the to town trade train under union visit vote warn"
).split()


def parsing(folder: Path) -> None:
    """Measure reading by parts and as a whole, on made documents and on the real ones of the material."""
    shown = table("CPU, ms", "feedparser alone", "all read", f"{_NEW} new", f"{_NEW} new / feedparser alone")
    for cost in costs():
        shown.add_row(*plain(*cost.row))
    if (folder / "feeds" / "MANIFEST.jsonl").is_file():
        real = [_cost("", body, known=known, repeats=2) for body, known in _real(folder)]
        shown.add_row(*plain(*_sum(f"{len(real)} real documents of {_FEWEST} entries or more", real).row))
    console.print(shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one document costs, in seconds of CPU."""

    name: str
    feedparser: float
    whole: float
    by_parts: float

    @property
    def share(self) -> float:
        """What reading what is new costs, where feedparser reading all costs 1."""
        return self.by_parts / self.feedparser

    @property
    def row(self) -> tuple[str, ...]:
        """The figures in words."""
        figures = (self.feedparser, self.whole, self.by_parts)
        return self.name, *(f"{1_000 * figure:.2f}" for figure in figures), f"{self.share:.0%}"


def costs(repeats: int = _REPEATS) -> Iterator[Cost]:
    """Measure made documents, RSS and Atom, long and short."""
    for entries in (_LONG, _SHORT):
        for kind, make in (("RSS", rss), ("Atom", atom)):
            before, after = make(entries, new=0), make(entries, new=_NEW)
            name = f"{kind}, {entries} entries, {len(after) // 1_000} kB"
            yield _cost(name, after, known=read_document(before, _URL, None).parts, repeats=repeats)


def _cost(name: str, body: bytes, *, known: bytes, repeats: int) -> Cost:
    text = legal_xml(decode(body, None)[0]).lstrip()
    return Cost(
        name=name,
        feedparser=_cpu(lambda: read_whole(text), repeats),
        whole=_cpu(lambda: read_document(body, _URL, None), repeats),
        by_parts=_cpu(lambda: read_document(body, _URL, None, known=known), repeats),
    )


def _sum(name: str, costs: Sequence[Cost]) -> Cost:
    return Cost(
        name=name,
        feedparser=sum(cost.feedparser for cost in costs),
        whole=sum(cost.whole for cost in costs),
        by_parts=sum(cost.by_parts for cost in costs),
    )


def _cpu(work: Callable[[], object], repeats: int) -> float:
    """Return the least CPU time of some runs: what others do on the machine only ever adds to it."""
    times = []
    for _ in range(repeats):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


# ------------------------------------------------------------------------------------------ documents


def _real(folder: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield real documents, and what is known of all but two entries of each."""
    for row in map(
        json.loads, (folder / "feeds" / "MANIFEST.jsonl").read_text(encoding="utf-8").splitlines()
    ):
        body = (folder / row["path"]).read_bytes()
        with suppress(ParseError):
            known = Parts.load(read_document(body, _URL, None).parts)
            if len(known.ids) >= _FEWEST and not body.lstrip().startswith(b"{"):
                yield body, known.dump(list(known.ids)[_NEW:])


def rss(entries: int, *, new: int) -> bytes:
    """Return a document of so many entries, of which the first few differ from those of every other `new`."""
    items = "\n".join(
        f"""<item><title>{title}</title><link>{link}</link><guid isPermaLink="false">{link}</guid>
        <pubDate>Sun, 16 Apr 2023 {number % 24:02}:12:00 +0300</pubDate>
        <dc:creator><![CDATA[{author}]]></dc:creator><category>{topic}</category>
        <description>{html.escape(lead)}</description><content:encoded><![CDATA[{text}]]></content:encoded>
        <media:thumbnail url="{link}.jpg" width="240"/></item>"""
        for number, title, link, author, topic, lead, text in _entries(entries, new)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
    xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:media="http://search.yahoo.com/mrss/"><channel><title>World</title><link>https://news.example/</link>
    <language>en</language><lastBuildDate>Sun, 16 Apr 2023 12:12:{new:02} GMT</lastBuildDate>
    {items}</channel></rss>""".encode()


def atom(entries: int, *, new: int) -> bytes:
    """Return the same entries as an Atom document."""
    items = "\n".join(
        f"""<entry><id>{link}</id><title type="html">{title}</title>
        <link rel="alternate" type="text/html" href="{link}"/>
        <published>2023-04-16T{number % 24:02}:12:00Z</published>
        <updated>2023-04-16T{number % 24:02}:12:00+03:00</updated><author><name>{author}</name></author>
        <category term="{topic}"/><summary type="html">{html.escape(lead)}</summary>
        <content type="html">{html.escape(text)}</content></entry>"""
        for number, title, link, author, topic, lead, text in _entries(entries, new)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
    <title>World</title><id>x</id><updated>2023-04-16T12:12:{new:02}Z</updated>{items}</feed>""".encode()


def _entries(count: int, new: int) -> Iterator[tuple[int, str, str, str, str, str, str]]:
    for number in range(count):
        dice = Random(f"{number} {new if number < new else ''}")  # noqa: S311  reproducible, not secret
        link = f"https://news.example/2023/{number}/{dice.randrange(10**9)}"
        paragraphs = [
            f"<p>{_words(dice, 40)} <a href='{link}?a=1&amp;b=2'>caf&eacute;</a></p>" for _ in "123"
        ]
        title, author, topic = _words(dice, 9), _words(dice, 2), _words(dice, 1)
        yield number, title.capitalize(), link, author, topic, paragraphs[0], "".join(paragraphs)


def _words(dice: Random, count: int) -> str:
    return " ".join(dice.choices(_WORDS, k=count))
