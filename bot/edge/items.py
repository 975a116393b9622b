"""What feedparser says of an entry → an entry: taken as data, not as truth."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin, urlsplit

from bot.edge.dates import Dates
from bot.edge.markup import plain_text
from bot.edge.pictures import first_picture, is_mark, names_a_picture, number, picture_in
from bot.model import Entry

#: Of a longer document only these are taken; feeds list their newest first.
MAX_ENTRIES = 1_000
#: Longer ids and links are dropped: nothing real has them, and a cut one would be another one.
_MAX_REFERENCE = 2_000
_MAX_TITLE = 500
MAX_SUMMARY = 5_000
MAX_BODY = 20_000

_TEXT = re.compile(r"text/|application/(?:xhtml\+)?xml")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PAGE = re.compile(r"text/html|application/xhtml")
_LINE_ENDS = re.compile(r"[\t\r\n]+")
_PICTURE = re.compile(r"image/(?!svg)", re.IGNORECASE)
#: Pixels, of a picture that does not say it; previews do.
_USUAL_WIDTH = 400
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")


def entry_of(item: dict[str, Any], url: str, dates: Dates) -> Entry:
    """Return an entry of feedparser's.

    Args:
        item: as feedparser has it.
        url: the document's address, to complete a relative link.
        dates: of the document.
    """
    summary, body = text_of(item, "summary"), _longest_content(item)
    if summary == body:
        summary = ""  # feedparser copies the content of an entry that has no summary
    link = _link(item, url)
    return Entry(
        id=reference(text_of(item, "id")),
        link=link,
        title=line(text_of(item, "title")),
        summary=plain_text(summary, limit=MAX_SUMMARY),
        body=plain_text(body, limit=MAX_BODY),
        published=dates.read(text_of(item, "published"), dict.get(item, "published_parsed")),
        updated=dates.read(text_of(item, "updated"), dict.get(item, "updated_parsed")),
        source=_source(item),
        image=first_picture(_pictures(item), url) or picture_in((body, summary), link or url),
    )


def text_of(item: dict[str, Any], key: str) -> str:
    """Return a text of feedparser's; "" where there is none or an attribute stands in its place."""
    # dict.get, because feedparser's own `get` answers "published" when asked for "updated".
    value = dict.get(item, key)
    return value if isinstance(value, str) else ""


def line(markup: str) -> str:
    """Return a title in plain text."""
    return plain_text(markup, limit=_MAX_TITLE).replace("\n", " ")


def reference(text: str) -> str | None:
    """Return an id or a link, if it is one; JSON lets through what no database takes."""
    text = _CONTROLS.sub("", text)
    return text if 0 < len(text) <= _MAX_REFERENCE else None


def language_of(written: str) -> str | None:
    """Return a language's tag, if it is one."""
    language = written.strip()
    return language if _LANGUAGE.fullmatch(language) else None


def first_link(links: Iterable[tuple[str, str]]) -> str | None:
    """Return the first link that leads to a page; only http and https do.

    Args:
        links: each with the address that completes it.
    """
    for base, link in links:
        with suppress(ValueError):
            address = urljoin(base, _LINE_ENDS.sub("", link.strip()).replace(" ", "%20")) if link else ""
            parts = urlsplit(address)
            if parts.scheme in {"http", "https"} and parts.netloc:
                return reference(address)
    return None


def too_many(count: int) -> tuple[str, ...]:
    """Say that not all entries of a document were taken, if so."""
    if count <= MAX_ENTRIES:
        return ()
    return (f"{count} entries; only the first {MAX_ENTRIES} were taken",)


def unreadable(count: int) -> tuple[str, ...]:
    """Say that some entries cannot be read, if there are any."""
    if not count:
        return ()
    return (f"{count} {'entry' if count == 1 else 'entries'} cannot be read and had to be left out",)


def _link(item: dict[str, Any], url: str) -> str | None:
    # Of several feedparser's own `link` is the last; in RSS those behind the item's are of related articles.
    alternates = [part for part in _dicts(item, "links") if part.get("rel") == "alternate"]
    pages = [part for part in alternates if _PAGE.match(text_of(part, "type"))]
    main = text_of(pages[0], "href") if pages else text_of(item, "link")
    # A guid that stands in for the link is an address, or some number that must not be made one.
    base = url if main != text_of(item, "id") else ""
    return first_link([(base, main), *((url, text_of(part, "href")) for part in alternates)])


def _dicts(item: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = dict.get(item, key)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _longest_content(item: dict[str, Any]) -> str:
    parts = _dicts(item, "content")
    return max(
        (text_of(part, "value") for part in parts if _TEXT.match(text_of(part, "type"))), key=len, default=""
    )


def _pictures(item: dict[str, Any]) -> Iterator[str]:
    """Yield the addresses, as written, under which elements of an entry offer its picture, the best first."""
    contents, previews = _dicts(item, "media_content"), _dicts(item, "media_thumbnail")
    if contents or previews:
        yield from _media(contents, previews)
    for part in _dicts(item, "links"):
        if text_of(part, "rel") == "enclosure" and _shows_picture(part, "href"):
            yield text_of(part, "href")
    image = dict.get(item, "image")  # itunes:image
    if isinstance(image, dict):
        yield text_of(image, "href")
    # The address in an RSS item's image. An Atom author's stands here as well.
    address = text_of(item, "href")
    if address and names_a_picture(address):
        yield address


def _media(contents: Iterable[dict[str, Any]], previews: Iterable[dict[str, Any]]) -> Sequence[str]:
    """Return the addresses in an entry's media:content and media:thumbnail, the widest picture first."""
    pictures = [part for part in contents if _shows_picture(part, "url")]
    offered = [
        (number(text_of(part, "width")) or usual, text_of(part, "url"))
        for parts, usual in ((pictures, _USUAL_WIDTH), (previews, 0))
        for part in parts
        if not is_mark(text_of(part, "width"), text_of(part, "height"))
    ]
    return [address for _, address in sorted(offered, key=lambda one: one[0], reverse=True)]


def _shows_picture(part: dict[str, Any], key: str) -> bool:
    """Tell whether something that is attached to an entry is a picture."""
    medium, kind = text_of(part, "medium"), text_of(part, "type")
    if medium:
        return medium.strip().lower() == "image"
    return bool(_PICTURE.match(kind)) if kind else names_a_picture(text_of(part, key))


def _source(item: dict[str, Any]) -> str | None:
    source = dict.get(item, "source")
    return line(text_of(source, "title")) or None if isinstance(source, dict) else None
