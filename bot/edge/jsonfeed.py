"""JSON Feed 1.0 and 1.1 (jsonfeed.org) → a document.

Numbers are taken as they are written: an id of 1 is "1", and none is too long to be a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from bot.edge.dates import Dates
from bot.edge.items import (
    MAX_BODY,
    MAX_ENTRIES,
    MAX_SUMMARY,
    first_link,
    language_of,
    line,
    reference,
    too_many,
    unreadable,
)
from bot.edge.markup import plain_text
from bot.edge.parts import Digests, Taken, recall
from bot.edge.pictures import first_picture, picture_in
from bot.errors import ParseError
from bot.model import Document, Entry

_Object: TypeAlias = dict[str, Any]

_VERSION = re.compile(r"jsonfeed\.org/version/([0-9.]{1,9})", re.IGNORECASE)
#: Half a character, as JSON may write it; no database accepts one.
_SURROGATES = re.compile("[\ud800-\udfff]")


def read_json(text: str, url: str, *, known: bytes = b"") -> Document:
    """Read a JSON Feed.

    Args:
        text: begins with "{" or "[".
        url: the address it came from, to complete relative links.
        known: `parts` of the feed's last document.

    Raises:
        ParseError: it is no JSON, or JSON of another kind.
    """
    try:
        return _document(_loaded(text), url, known)
    except RecursionError:
        raise ParseError("not a feed: it is JSON nested deeper than any feed") from None


def _loaded(text: str) -> object:
    try:
        return json.loads(text, strict=False, parse_int=str, parse_float=str, parse_constant=str)
    except ValueError:
        raise ParseError("not a feed: it looks like JSON, but is broken") from None


def _document(feed: object, url: str, known: bytes) -> Document:
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(feed, dict) or not isinstance(items, list):
        raise ParseError("not a feed: it is JSON without a list of items")
    listed = [item for item in items if isinstance(item, dict)]
    taken = listed[:MAX_ENTRIES]

    def read(numbers: Sequence[int]) -> Taken:
        dates = Dates()
        entries = [_entry(taken[number], url, dates) for number in numbers]
        return Taken(entries=entries, context="JSON", failures=dates.failures)

    digests = Digests(url)
    order = [digests.of_entry(json.dumps(item, sort_keys=True).encode()) for item in taken]
    recalled = recall(order, digests, known, read)
    version = _VERSION.search(_text(feed, "version"))
    return Document(
        title=line(_text(feed, "title")),
        entries=recalled.entries,
        language=language_of(_text(feed, "language")),
        left_out=recalled.left_out,
        parts=recalled.parts,
        problems=(*unreadable(len(items) - len(listed)), *too_many(len(listed))),
        dialect="json11" if version and version[1].startswith("1.1") else "json1",
    )


def _entry(item: _Object, url: str, dates: Dates) -> Entry:
    body = plain_text(_text(item, "content_html") or _text(item, "content_text"), limit=MAX_BODY)
    summary = plain_text(_text(item, "summary"), limit=MAX_SUMMARY)
    link = first_link((url, _text(item, name)) for name in ("url", "external_url"))
    image = first_picture((_text(item, name) for name in ("image", "banner_image")), url)
    return Entry(
        id=reference(_text(item, "id").strip()),
        link=link,
        title=line(_text(item, "title")),
        summary="" if summary == body else summary,
        body=body,
        published=dates.read(_text(item, "date_published")),
        updated=dates.read(_text(item, "date_modified")),
        image=image or picture_in((_text(item, "content_html"),), link or url),
    )


def _text(item: _Object, key: str) -> str:
    """Return a text or a number as it is written; "" in the place of anything else."""
    value = item.get(key)
    return _SURROGATES.sub("", value) if isinstance(value, str) else ""
