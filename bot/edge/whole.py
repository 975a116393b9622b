"""feedparser on a document as a whole, whatever is wrong with it."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import feedparser

from bot.edge.reader import FEEDPARSER_RAISES
from bot.errors import ParseError

#: So often at most a document or a part of it is read in search of what makes feedparser raise.
_MAX_ATTEMPTS = 40

_STARTS = re.compile(r"<(?:[\w-]+:)?(?:item|entry)(?:\s[^<>]*)?>", re.IGNORECASE)
_ENDS = re.compile(r"</(?:[\w-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
#: RSS 1.0 has its entries behind the channel; elsewhere the channel's end is as good as the root's.
_ROOT_ENDS = re.compile(r"</(?:[\w-]+:)?(?:rss|feed|rdf)\s*>|</channel\s*>\s*\Z", re.IGNORECASE)
_ENDS_OR_ROOT_ENDS = re.compile(r"</(?:[\w-]+:)?(?:item|entry|rss|feed|rdf|channel)\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What feedparser says of a document."""

    head: dict[str, Any]
    entries: list[dict[str, Any]]
    version: str
    #: The document up to its first entry.
    beginning: str
    #: What is wrong with it, in words; None if nothing is.
    problem: str | None
    #: It ends inside its last entry, which was taken off.
    cut_off: bool
    #: False if the document never comes to its end: entries may be missing, if only behind the last.
    complete: bool
    #: How many entries feedparser could not digest.
    lost: int


def read_whole(text: str) -> Whole:
    """Read any document.

    Raises:
        ParseError: feedparser cannot digest it, and not because of some of its entries.
    """
    try:
        parsed, lost = _feedparser(text), 0
    except FEEDPARSER_RAISES as error:
        parsed, lost = _without_culprits(text, type(error).__name__)
    first = _STARTS.search(text)
    problem = parsed["bozo_exception"].getMessage() if parsed.get("bozo") else None
    cut_off = problem is not None and _is_cut_off(text)
    return Whole(
        head=parsed["feed"],
        entries=parsed["entries"][:-1] if cut_off else parsed["entries"],
        version=parsed.get("version") or "",
        beginning=text[: first.start()] if first else text,
        problem=problem,
        cut_off=cut_off,
        complete=problem is None or bool(_ROOT_ENDS.search(text)),
        lost=lost,
    )


def _feedparser(text: str) -> Any:
    return feedparser.parse(
        # From a bare bytes object it would open the file or address the bytes name.
        io.BytesIO(text.encode()),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _is_cut_off(text: str) -> bool:
    """Whether an ill-formed document ends inside an entry."""
    started = [found.end() for found in _STARTS.finditer(text)]
    return bool(started) and not _ENDS_OR_ROOT_ENDS.search(text, started[-1])


# ------------------------------------------------------------------------------------- the culprits


def _without_culprits(text: str, trouble: str) -> tuple[Any, int]:
    """Return what feedparser says without the entries on which it raises, and how many they are.

    Raises:
        ParseError: it raises on something else, or on too many.
    """
    starts = [found.start() for found in _STARTS.finditer(text)]
    end = max((found.end() for found in _ENDS.finditer(text)), default=0)
    if not starts or end < starts[-1]:
        end = len(text)
    search = _Search(head=text[: starts[0]] if starts else text, tail=text[end:])
    found = search.halves([text[one:two] for one, two in pairwise([*starts, end])]) or search.read([])
    if not found:
        raise ParseError(f"the document cannot be read: {trouble}")
    first = found[0]
    first["entries"] = [entry for parsed in found for entry in parsed["entries"]]
    return first, search.lost


class _Search:
    """Reads the entries of a document by halves, down to the single ones that cannot be read."""

    def __init__(self, *, head: str, tail: str) -> None:
        self.lost = 0
        self._head = head
        self._tail = tail
        self._attempts = 0

    def halves(self, entries: list[str]) -> list[Any]:
        """Return what feedparser says of one half of the entries and of the other."""
        half = len(entries) // 2
        return [parsed for part in (entries[:half], entries[half:]) if part for parsed in self.read(part)]

    def read(self, entries: list[str]) -> list[Any]:
        """Return what feedparser says of those entries that it can read."""
        self._attempts += 1
        if self._attempts > _MAX_ATTEMPTS:
            raise ParseError("the document has too many entries that cannot be read")
        try:
            return [_feedparser("".join((self._head, *entries, self._tail)))]
        except FEEDPARSER_RAISES:
            if len(entries) > 1:
                return self.halves(entries)
            self.lost += len(entries)
            return []
