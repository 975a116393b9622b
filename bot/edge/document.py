"""A feed document → entries, in this process; `parse` does it in one that can be killed.

feedparser reads nearly anything, but some bodies of a few kilobytes keep it busy for minutes, a body that is
a file's name makes it open that file, and one bad character reference makes it raise. So it is given bytes
from memory only, and sees a document that was decoded and cleaned before: always UTF-8, no illegal
characters, no entity declarations.

A document is read by its parts where that is certain to be the same as reading all of it: entries that stand
in it as they did at the poll before cost no more than finding them (see `layout`, `reader` and `parts`).
Every other document is read as a whole.

What feedparser says is then taken as data, not as truth: links are joined and judged here, dates read again,
texts made plain. Its own cleaning of HTML is switched off: it costs half the time and lets scripts through.

feedparser is not told the document's address. It would complete relative ids with it, and all ids would
change when the feed moves from http to https; links are completed here instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.edge.dates import Dates
from bot.edge.items import MAX_ENTRIES, entry_of, language_of, line, text_of, too_many, unreadable
from bot.edge.jsonfeed import read_json
from bot.edge.layout import DoubtError, Layout, laid_out
from bot.edge.markup import declares_entities, decode, legal_xml
from bot.edge.pages import is_page, looks_like
from bot.edge.parts import Digests, Taken, recall
from bot.edge.reader import Reading, read_strictly
from bot.edge.rhythm import rhythm_of
from bot.edge.whole import read_whole
from bot.errors import ParseError
from bot.model import Document


def read_document(body: bytes, url: str, content_type: str | None, *, known: bytes = b"") -> Document:
    """Read a feed document in this process, without limits of time or memory.

    Args:
        body: the document, decompressed.
        url: the address it came from, to complete relative links.
        content_type: the HTTP header, if there was one.
        known: `parts` of the feed's last document; entries that stand unchanged in this one are left out.

    Raises:
        ParseError: it is no feed, or declares entities.
    """
    text, encoding_problem = decode(body, content_type)
    document = _read(text, url, known, body)
    problems = [encoding_problem] if encoding_problem else []
    return replace(document, problems=(*problems, *document.problems))


def _read(text: str, url: str, known: bytes, body: bytes) -> Document:
    if text.lstrip().startswith(("{", "[")):
        return read_json(text, url, known=known)
    text = legal_xml(text).lstrip()
    if declares_entities(text):
        raise ParseError("the document type declares entities, which no feed needs")
    if is_page(text):
        raise ParseError(f"not a feed: {looks_like(text, body, url)}")
    document = _xml(text, url, known)
    if not (document.entries or document.left_out or document.dialect):
        raise ParseError(f"not a feed: {looks_like(text, body, url)}")
    return document


def _xml(text: str, url: str, known: bytes) -> Document:
    try:
        return _by_parts(laid_out(text.encode()), url, known)
    except DoubtError:
        return _as_a_whole(text, url)


# ------------------------------------------------------------------------------------- part by part


def _by_parts(layout: Layout, url: str, known: bytes) -> Document:
    """Read the entries of a well-formed document that are not known.

    Raises:
        DoubtError: it has to be read as a whole.
    """
    taken = range(min(len(layout.spans), MAX_ENTRIES))
    digests = Digests(url)
    parts = _XmlParts(layout, url)
    recalled = recall([digests.of_entry(layout.entry(n)) for n in taken], digests, known, parts.read)
    return replace(
        _head(parts.reading.head, parts.reading.version, layout.with_only(()).decode()),
        entries=recalled.entries,
        left_out=recalled.left_out,
        parts=recalled.parts,
        problems=(*unreadable(parts.reading.entries.count(None)), *too_many(len(layout.spans))),
    )


class _XmlParts:
    """Reads some of the entries of a well-formed document."""

    reading: Reading

    def __init__(self, layout: Layout, url: str) -> None:
        self._layout = layout
        self._url = url

    def read(self, numbers: Sequence[int]) -> Taken:
        layout = self._layout
        # Where nothing is new, the first entry is read again to see in what surroundings they are read.
        fed = numbers or [0]
        reading = read_strictly(layout.with_only(fed))
        if reading.levels == [layout.level] * len(fed):
            context = layout.around + reading.context
        elif len(fed) == len(layout.spans):
            context = ""
        else:
            raise DoubtError
        self.reading = reading
        dates = Dates()
        entries = [None if item is None else entry_of(item, self._url, dates) for item in reading.entries]
        return Taken(entries=entries if numbers else [], context=context, failures=dates.failures)


def _head(feed: dict[str, Any], dialect: str, text: str) -> Document:
    """Return a document without entries.

    Args:
        feed: what feedparser says of the feed.
        dialect: which it took it for.
        text: the document without its entries.
    """
    return Document(
        title=line(text_of(feed, "title")),
        entries=(),
        language=language_of(text_of(feed, "language")),
        rhythm=rhythm_of(
            text,
            ttl=text_of(feed, "ttl"),
            period=text_of(feed, "sy_updateperiod"),
            frequency=text_of(feed, "sy_updatefrequency"),
        ),
        dialect=dialect,
    )


# --------------------------------------------------------------------------------------- as a whole


def _as_a_whole(text: str, url: str) -> Document:
    whole = read_whole(text)
    problems = [f"not well-formed: {whole.problem}"] if whole.problem else []
    if whole.cut_off:
        problems.append("cut off in the middle; the incomplete last entry was left out")
    dates = Dates()
    return replace(
        _head(whole.head, whole.version, whole.beginning),
        entries=tuple(entry_of(item, url, dates) for item in whole.entries[:MAX_ENTRIES]),
        problems=(*problems, *unreadable(whole.lost), *too_many(len(whole.entries))),
        complete=whole.complete,
    )
