"""A feed document → entries, in a worker process that can be killed.

feedparser reads nearly anything, but some bodies of a few kilobytes keep it busy for minutes, a body that is
a file's name makes it open that file, and one bad character reference makes it raise. So it runs in a child
with a time and a memory limit, is given bytes from memory only, and sees a document that was decoded and
cleaned before: always UTF-8, no illegal characters, no entity declarations.

What it says is then taken as data, not as truth: links are joined and judged here, dates read again, texts
made plain. Its own cleaning of HTML is switched off: it costs half the time and lets scripts through.

feedparser is not told the document's address. It would complete relative ids with it, and all ids would
change when the feed moves from http to https; links are completed here instead.
"""

from __future__ import annotations

import io
import os
import re
import resource
import time
from calendar import timegm
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import anyio
import anyio.to_process
import dateparser
import feedparser

from bot.edge.markup import declares_entities, decode, legal_xml, looks_like, plain_text
from bot.errors import ParseError
from bot.model import Document, Entry, Fetched

#: Of a longer document only these are taken; feeds list their newest first.
MAX_ENTRIES = 1_000
#: Longer ids and links are dropped: nothing real has them, and a cut one would be another one.
_MAX_REFERENCE = 2_000
_MAX_TITLE = 500
_MAX_SUMMARY = 5_000
_MAX_BODY = 20_000
_MAX_DATE = 100

#: Address space of a worker: 43 MiB are mapped at first, reading 24,000 entries in 5 MiB maps 100 more.
_MAX_MEMORY = 288 * 2**20

#: What feedparser and its helpers raise on documents they cannot digest.
_FEEDPARSER_RAISES = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)

_ITEM_STARTS = re.compile(r"<(?:[\w-]+:)?(?:item|entry)(?:\s[^<>]*)?>", re.IGNORECASE)
_ITEM_OR_ROOT_ENDS = re.compile(r"</(?:[\w-]+:)?(?:item|entry|rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_DAY = timedelta(days=1)
_TEXT = re.compile(r"text/|application/(?:xhtml\+)?xml")
_LINE_ENDS = re.compile(r"[\t\r\n]+")
#: Ten or thirteen digits from 2001 to 2033; "2023041612" is a date without its punctuation.
_SECONDS = re.compile(r"1[0-9]{9}(?:[0-9]{3})?")
_YEARS = range(1970, 2201)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")

# Left alone it completes ids with the document's xml:base (Reddit's become "/t3_42"). An id is no link.
for _reader in (feedparser.api.StrictFeedParser, feedparser.api.LooseFeedParser):
    _reader.can_be_relative_uri = _reader.can_be_relative_uri - {"id"}


class Parser:
    """Implements `Parse` with at most two workers, kept for the next documents."""

    def __init__(self, *, limit: timedelta = timedelta(seconds=5)) -> None:
        """Prepare the parser; no process is started before the first document.

        Args:
            limit: for one document. Starting a worker (about 0.3 s) counts, waiting for a free one does not.
        """
        self._limit = limit
        self._slots = anyio.CapacityLimiter(2)

    async def __call__(self, fetched: Fetched, *, known: bytes = b"") -> Document:  # noqa: ARG002
        """Read the body; see `bot.ports.Parse`."""
        if fetched.body is None:
            raise ValueError("an unchanged document has nothing to parse")
        seconds = self._limit.total_seconds()
        try:
            async with self._slots:
                with anyio.fail_after(seconds):
                    return await anyio.to_process.run_sync(
                        _in_worker,
                        fetched.body,
                        fetched.url,
                        fetched.content_type,
                        cancellable=True,
                        # Ours has let us through; anyio's default may be smaller and make us wait again.
                        limiter=anyio.CapacityLimiter(1),
                    )
        except TimeoutError as error:
            raise ParseError(f"the document took longer than {seconds:g} s to read") from error
        except anyio.BrokenWorkerProcess as error:
            raise ParseError("the document needed too much memory or broke its reader") from error


def _in_worker(body: bytes, url: str, content_type: str | None) -> Document:
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    try:
        return read_document(body, url, content_type)
    except MemoryError:
        # What is left of this process is not to be trusted with another document.
        os._exit(1)


def read_document(body: bytes, url: str, content_type: str | None) -> Document:
    """Read a feed document in this process, without limits of time or memory.

    Args:
        body: the document, decompressed.
        url: the address it came from, to complete relative links.
        content_type: the HTTP header, if there was one.

    Raises:
        ParseError: it is no feed, or declares entities.
    """
    text, encoding_problem = decode(body, content_type)
    text = legal_xml(text).lstrip()
    if declares_entities(text):
        raise ParseError("the document type declares entities, which no feed needs")
    parsed = _feedparser(text)
    entries = parsed["entries"]
    if not entries and not parsed.get("version"):
        raise ParseError(f"not a feed: {looks_like(text)}")
    problems = [encoding_problem] if encoding_problem else []
    cut_off = bool(parsed.get("bozo")) and _is_cut_off(text)
    if parsed.get("bozo"):
        problems.append(f"not well-formed: {parsed['bozo_exception'].getMessage()}")
        if cut_off:
            entries = entries[:-1]
            problems.append("cut off in the middle; the incomplete last entry was left out")
    if len(entries) > MAX_ENTRIES:
        problems.append(f"{len(entries)} entries; only the first {MAX_ENTRIES} were taken")
    dates = _Dates()
    head = parsed["feed"]
    return Document(
        title=_line(_text(head, "title")),
        entries=tuple(_entry(item, url, dates) for item in entries[:MAX_ENTRIES]),
        language=_language(head),
        problems=tuple(problems),
        complete=not cut_off,
        dialect=parsed.get("version") or "",
    )


def _feedparser(text: str) -> Any:
    try:
        return feedparser.parse(
            # From a bare bytes object it would open the file or address the bytes name.
            io.BytesIO(text.encode()),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except _FEEDPARSER_RAISES as error:
        raise ParseError(f"the document cannot be read: {type(error).__name__}") from error


def _is_cut_off(text: str) -> bool:
    """Whether an ill-formed document ends inside an entry."""
    started = [found.end() for found in _ITEM_STARTS.finditer(text)]
    return bool(started) and not _ITEM_OR_ROOT_ENDS.search(text, started[-1])


# ------------------------------------------------------------------------------------------- entries


def _entry(item: dict[str, Any], url: str, dates: _Dates) -> Entry:
    summary, body = _text(item, "summary"), _longest_content(item)
    if summary == body:
        summary = ""  # feedparser copies the content of an entry that has no summary
    return Entry(
        id=_reference(_text(item, "id")),
        link=_link(item, url),
        title=_line(_text(item, "title")),
        summary=plain_text(summary, limit=_MAX_SUMMARY),
        body=plain_text(body, limit=_MAX_BODY),
        published=dates.read(item, "published"),
        updated=dates.read(item, "updated"),
        source=_source(item),
    )


def _text(item: dict[str, Any], key: str) -> str:
    """Return a text of feedparser's; "" where there is none or an attribute stands in its place."""
    # dict.get, because feedparser's own `get` answers "published" when asked for "updated".
    value = dict.get(item, key)
    return value if isinstance(value, str) else ""


def _line(markup: str) -> str:
    return plain_text(markup, limit=_MAX_TITLE).replace("\n", " ")


def _reference(text: str) -> str | None:
    return text if 0 < len(text) <= _MAX_REFERENCE else None


def _parts(item: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = dict.get(item, key)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _longest_content(item: dict[str, Any]) -> str:
    texts = (_text(part, "value") for part in _parts(item, "content") if _TEXT.match(_text(part, "type")))
    return max(texts, key=len, default="")


def _link(item: dict[str, Any], url: str) -> str | None:
    """Return the first link that leads to a page, completed; only http and https do."""
    main = _text(item, "link")
    # A guid that stands in for the link is an address, or some number that must not be made one.
    base = url if main != _text(item, "id") else ""
    others = [(url, _text(part, "href")) for part in _parts(item, "links") if part.get("rel") == "alternate"]
    for start, link in [(base, main), *others]:
        with suppress(ValueError):
            address = urljoin(start, _LINE_ENDS.sub("", link.strip()).replace(" ", "%20")) if link else ""
            parts = urlsplit(address)
            if parts.scheme in {"http", "https"} and parts.netloc:
                return _reference(address)
    return None


def _source(item: dict[str, Any]) -> str | None:
    source = dict.get(item, "source")
    return _line(_text(source, "title")) or None if isinstance(source, dict) else None


def _language(head: dict[str, Any]) -> str | None:
    language = _text(head, "language").strip()
    return language if _LANGUAGE.fullmatch(language) else None


class _Dates:
    """Reads dates, the certain ways first."""

    #: A date nobody can read costs up to 0.1 s; a feed full of them gets no more attempts than these.
    _patience = 20

    def read(self, item: dict[str, Any], key: str) -> datetime | None:
        """Return a time of an entry, aware and in UTC; None where there is none between 1970 and 2200."""
        written = _text(item, key).strip()[:_MAX_DATE]
        if not written:
            return None
        date = _iso_or_epoch(written) or _as_feedparser_read(dict.get(item, f"{key}_parsed"), written)
        date = date or self._in_another_language(written)
        return date if date and date.year in _YEARS else None

    def _in_another_language(self, written: str) -> datetime | None:
        if self._patience <= 0:
            return None
        date = None
        with suppress(ValueError, OverflowError, TypeError):
            date = dateparser.parse(written, settings=_DATEPARSER)
        self._patience -= date is None
        return date.astimezone(UTC) if date else None


#: Absolute dates only: "yesterday" and missing parts would be filled in from this machine's clock.
_DATEPARSER = {
    "PARSERS": ["absolute-time"],
    "REQUIRE_PARTS": ["day", "month", "year"],
    "RETURN_AS_TIMEZONE_AWARE": True,
    "TIMEZONE": "UTC",
}


def _iso_or_epoch(written: str) -> datetime | None:
    """Read ISO 8601 and counts of seconds or milliseconds since 1970, which feedparser takes for years."""
    try:
        if _SECONDS.fullmatch(written):
            return datetime.fromtimestamp(int(written[:10]), UTC)
        date = datetime.fromisoformat(written)
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _as_feedparser_read(parsed: object, written: str) -> datetime | None:
    """Take feedparser's reading if its day and year can be seen: missing parts it takes from the clock."""
    if not isinstance(parsed, time.struct_time):
        return None
    numbers = {int(digits) for digits in re.findall(r"[0-9]{1,4}", written)}
    with suppress(ValueError, OverflowError, OSError):
        date = datetime.fromtimestamp(timegm(parsed), UTC)
        # In the zone it was written in it may have been the day before or after.
        for day in (date, date - _DAY, date + _DAY):
            if day.day in numbers and numbers & {day.year, day.year % 100}:
                return date
    return None
