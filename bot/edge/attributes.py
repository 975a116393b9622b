"""What people write into attributes: texts with entities, and addresses of feeds."""

from __future__ import annotations

import html
import re
from contextlib import suppress
from urllib.parse import urlsplit

#: Where a page says what it is; what lies behind is the text.
HEAD = 200_000

#: Longer addresses are nobody's.
MAX_ADDRESS = 2_000

#: Without its semicolon "&copy=2" is a part of an address, and html.unescape would make a sign of it.
_ENTITY = re.compile(r"&(?:#[xX]?[0-9a-fA-F]{1,8}|[a-zA-Z][a-zA-Z0-9]{1,30});")

_FEED_SCHEME = re.compile(r"(?:feeds?|rss|pcast|itpc):(?=https?:)", re.IGNORECASE)
_FEED_FOR_HTTP = re.compile(r"(?:feed|rss|pcast|itpc)://", re.IGNORECASE)
_FEEDS_FOR_HTTPS = re.compile(r"feeds://", re.IGNORECASE)
#: A line end with the indentation around it comes from whoever wrapped the line.
_WRAPPED = re.compile(r"(?<![ \t])[ \t]*+[\r\n]\s*+")

# Possessive throughout and without "<" in it: floods of tags and quotes must not make it try again.
_META = re.compile(r"<meta\s([^<>]{1,4000}+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w:-])([\w:-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE
)


def unescaped(value: str) -> str:
    """Return an attribute's value with its entities read, also where its ampersands are bare."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), value)


def askable(written: str) -> str:
    """Return an address as it can be asked: without line ends, without the feed: that some readers add."""
    # Escaped once too often; no address means "&amp;".
    url = _WRAPPED.sub("", written.strip()).replace("&amp;", "&").replace("\t", "").replace(" ", "%20")
    url = _FEED_SCHEME.sub("", url, count=1)
    return _FEEDS_FOR_HTTPS.sub("https://", _FEED_FOR_HTTP.sub("http://", url, count=1), count=1)


def without_user(url: str) -> str:
    """Return an address without user name and password."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if "@" in parts.netloc:
            return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return url


def attributes_of(tag: str) -> dict[str, str]:
    """Return the attributes of a tag; of two with one name the first counts."""
    found = reversed(_ATTRIBUTE.findall(tag))
    return {name.lower(): unescaped(one or two or three) for name, one, two, three in found}


def head_of(html: str) -> list[tuple[str, str]]:
    """Return what a page says of itself for those who link to it, in order: ("og:title", "…")."""
    tags = [attributes_of(tag[1]) for tag in _META.finditer(html, 0, HEAD)]
    return [
        (tag.get("property", tag.get("name", "")).strip().lower(), tag.get("content", "")) for tag in tags
    ]
