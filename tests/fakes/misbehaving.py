"""Feed servers that misbehave as real ones do, on top of `FeedServer`.

    with_another_body_each_time(server, "/feed", lambda number: rss(an_item(f"Viewed {number} times")))

What `FeedServer` itself can do (drip, hang, bomb, redirect …) is not repeated here.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

from aiohttp import web

from tests.builders import NOW
from tests.fakes.feedserver import FakeNames, FeedServer

_RSS = {"Content-Type": "application/rss+xml"}
_HTML = {"Content-Type": "text/html; charset=utf-8"}


# ------------------------------------------------------------------------------------------- documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item as it is written; what is None is left out, what is "" stands there and is empty."""

    title: str
    id: str | None = None
    link: str | None = None
    #: As it stands in `pubDate`, whatever that is.
    date: str | None = None
    text: str | None = None


def an_item(title: str, *, at: datetime = NOW, site: str = "wire.example") -> Item:
    """Give an item as a decent feed lists it."""
    link = f"https://{site}/{title.replace(' ', '-').lower()}"
    return Item(title=title, id=link, link=link, date=format_datetime(at, usegmt=True))


def rss(*items: Item, prolog: str = '<?xml version="1.0" encoding="utf-8"?>', foot: str = "") -> bytes:
    """Write a document that lists these items in this order."""
    written = "\n".join(map(_written, items))
    head = f'{prolog}<rss version="2.0"><channel><title>Wire</title><language>en</language>'
    return f"{head}\n{written}\n{foot}</channel></rss>".encode()


def _written(item: Item) -> str:
    fields = {
        "title": item.title,
        "guid": item.id,
        "link": item.link,
        "pubDate": item.date,
        "description": item.text,
    }
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items() if text is not None)
    return f"<item>{inner}</item>"


# ----------------------------------------------------------------------------------- rows 8, 21, 22, 27


def with_another_body_each_time(server: FeedServer, path: str, body: Callable[[int], bytes]) -> None:
    """Serve the first, the second … body; each has an ETag of its own."""
    answers = 0

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        nonlocal answers
        answers += 1
        return web.Response(body=body(answers), headers={**_RSS, "ETag": f'"{answers}"'})

    server.answer(path, handle)


def with_another_etag_each_time(
    server: FeedServer, path: str, body: bytes, *, last_modified: str | None = None
) -> None:
    """Serve one body under an ETag that is never the same, so that no condition is ever met."""
    answers = 0

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        nonlocal answers
        answers += 1
        headers = {**_RSS, "ETag": f'W/"{answers}, \'{answers}"'}
        headers |= {"Last-Modified": last_modified} if last_modified else {}
        return web.Response(body=body, headers=headers)

    server.answer(path, handle)


def stuck(server: FeedServer, path: str, body: bytes, validators: Mapping[str, str]) -> None:
    """Answer "unchanged" to every condition, whatever has changed since."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if {"If-None-Match", "If-Modified-Since"} & request.headers.keys():
            return web.Response(status=304, headers=validators)
        return web.Response(body=body, headers={**_RSS, **validators})

    server.answer(path, handle)


def behind_cookies(server: FeedServer, path: str, body: bytes) -> None:
    """Send everybody in a circle who does not bring the cookie of the last answer."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if "consent=1" in request.headers.get("Cookie", ""):
            return web.Response(body=body, headers=_RSS)
        return web.Response(status=302, headers={"Location": path, "Set-Cookie": "consent=1; Path=/"})

    server.answer(path, handle)


# ---------------------------------------------------------------------------------------------- row 13


def _page(title: str, text: str, **headers: str) -> Callable[[FeedServer, str], None]:
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><p>{text}</p></body></html>"
    return lambda server, path: server.publish(path, body.encode(), headers={**_HTML, **headers}, etag='"p"')


#: Pages that stand where a feed should be, with status 200.
PAGES: Mapping[str, Callable[[FeedServer, str], None]] = {
    "a challenge": _page("Just a moment...", "Checking that you are human", **{"cf-mitigated": "challenge"}),
    "a wall of consent": _page("Before you continue", "We value your dam privacy"),
    "a parked domain": _page("wire.example is for sale", "Buy this dam domain now"),
    "maintenance": _page("Back soon", "The dam site is being repaired"),
    "a page that calls itself a feed": _page("Dam", "No feed", **{"Content-Type": "application/rss+xml"}),
    "a well-formed page": lambda server, path: server.publish(
        path,
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>Dam</title></head>'
        b"<body><p>Well-formed</p></body></html>",
        headers=_RSS,
        etag='"p"',
    ),
    "an answer in JSON": lambda server, path: server.publish(
        path, b'{"error": "dam"}', headers={"Content-Type": "application/json"}, etag='"p"'
    ),
    "nothing at all": lambda server, path: server.publish(path, b"", etag='"p"'),
}


# ------------------------------------------------------------------------------------------- rows 14, 17


def shorter_than_announced(server: FeedServer, path: str, body: bytes) -> None:
    """Announce the whole body and close the connection in the middle of it."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n\r\n"
    server.raw(path, head.encode() + body[: len(body) * 2 // 3])


def _encoded(
    body: Callable[[bytes], bytes], encoding: str | None
) -> Callable[[FeedServer, str, bytes], None]:
    headers = {"Content-Encoding": encoding} if encoding else {}
    return lambda server, path, plain: server.publish(path, body(plain), headers={**_RSS, **headers})


#: Compression that lies, or that nobody asked for.
BADLY_PACKED: Mapping[str, Callable[[FeedServer, str, bytes], None]] = {
    "plain text called gzip": _encoded(bytes, "gzip"),
    "gzip that nobody mentions": _encoded(gzip.compress, None),
    "gzip with a broken middle": _encoded(lambda plain: _damaged(gzip.compress(plain)), "gzip"),
    "gzip that ends too early": _encoded(lambda plain: gzip.compress(plain)[:-12], "gzip"),
    "two layers, both told": _encoded(lambda plain: gzip.compress(gzip.compress(plain)), "gzip, gzip"),
    "two layers, one told": _encoded(lambda plain: gzip.compress(gzip.compress(plain)), "gzip"),
    "a chain of a hundred": _encoded(gzip.compress, ", ".join(["gzip"] * 100)),
    "zlib": _encoded(zlib.compress, "deflate"),
    "Brotli, which was not asked for": _encoded(bytes, "br"),
    "Zstandard, which was not asked for": _encoded(bytes, "zstd"),
    "an encoding that does not exist": _encoded(bytes, "rot13"),
    "a bomb": lambda server, path, _plain: server.bomb(path, 64),
    "a bomb in a bomb": lambda server, path, _plain: server.compressed(
        path, gzip.compress(bytes(64 << 20)), encoding="gzip"
    ),
}


def _damaged(packed: bytes) -> bytes:
    middle = len(packed) // 2
    return packed[:middle] + bytes(8) + packed[middle + 8 :]


# ---------------------------------------------------------------------------------------------- row 19

_HEAD = b"HTTP/1.1 200 OK\r\n"
_REST = b"\r\n" + rss(an_item("Dam behind a flood opens"))

#: Answers that are larger than any feed.
TOO_MUCH: Mapping[str, Callable[[FeedServer, str], None]] = {
    "a body that never ends": lambda server, path: server.endless(path),
    "a body of 6 MiB": lambda server, path: server.publish(
        path, rss(an_item("Dam before a flood opens")) + b" " * (6 << 20)
    ),
    "a length of a terabyte": lambda server, path: server.raw(
        path, _HEAD + b"Content-Length: 1099511627776\r\n\r\n", then="hang"
    ),
    "ten thousand headers": lambda server, path: server.raw(path, _HEAD + b"X-A: b\r\n" * 10_000 + _REST),
    "a header of a megabyte": lambda server, path: server.raw(
        path, _HEAD + b"X-A: " + b"b" * (1 << 20) + b"\r\n" + _REST
    ),
    "eighty headers of 1 kB": lambda server, path: server.raw(
        path, _HEAD + (b"X-A: " + b"b" * 1_000 + b"\r\n") * 80 + _REST
    ),
    "a status line of a megabyte": lambda server, path: server.raw(
        path, b"HTTP/1.1 200 " + b"O" * (1 << 20) + b"\r\n" + _REST
    ),
}


# ---------------------------------------------------------------------------------------------- row 28


class UnsteadyNames(FakeNames):
    """Resolves every name to this machine, or none at all while the network is down."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1")
        self.is_down = False
        #: Names that do not exist, network or not.
        self.unknown: set[str] = set()
        #: What was looked up, in order.
        self.asked: list[str] = []

    async def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if self.is_down or name in self.unknown:
            raise OSError(None, "no such name")
        return await super().__call__(name)


# ---------------------------------------------------------------------------------------------- row 32


def bombs(canary: str, file: str) -> dict[str, bytes]:
    """Return documents that unfold without end, or would have us read what they name.

    Args:
        canary: an address that must not be asked.
        file: the name of a file that must not be read.
    """
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    parameter = f'<!DOCTYPE rss [<!ENTITY % x SYSTEM "{canary}"> %x;]>'
    wide = rss(an_item("Dam &l9; burst"), prolog=f'<!DOCTYPE rss [<!ENTITY l0 "lol">{lol}]>')
    return {
        "a billion laughs": _unescaped(wide),
        "one long entity many times": _unescaped(
            rss(
                *(an_item(f"Dam {n} &a;&a;&a;&a;") for n in range(900)),
                prolog=f'<!DOCTYPE rss [<!ENTITY a "{"a" * 100_000}">]>',
            )
        ),
        "an entity that is a file": _unescaped(
            rss(an_item("Dam &x;"), prolog=f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{file}">]>')
        ),
        "an entity that is an address": _unescaped(
            rss(an_item("Dam &x;"), prolog=f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{canary}">]>')
        ),
        "a parameter entity": rss(an_item("Dam parameter opens"), prolog=parameter),
        "a bomb in UTF-16": _unescaped(wide).decode().encode("utf-16"),
        "a bomb behind a comment": b"<!-- " + b"x" * 5_000 + b" -->" + _unescaped(wide),
    }


def harmless_lures(canary: str, file: str) -> dict[str, bytes]:
    """Return documents that may be read, but not with what they point to."""
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{}" parse="text"/>'
    return {
        "a document type elsewhere": rss(
            an_item("Dam one opens"), prolog=f'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "{canary}">'
        ),
        "an included file": rss(an_item("Dam one opens"), foot=include.format(file)),
        "an included address": rss(an_item("Dam one opens"), foot=include.format(canary)),
        "a stylesheet": rss(
            an_item("Dam one opens"), prolog=f'<?xml version="1.0"?><?xml-stylesheet href="{canary}"?>'
        ),
        "a body that is an address": canary.encode(),
        "a body that is the name of a file": file.encode(),
    }


def _unescaped(document: bytes) -> bytes:
    return document.replace(b"&amp;", b"&")
