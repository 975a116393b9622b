"""Where a page is, in one writing: host, path, parameters and route, without what chooses no page.

Two writings are one only where servers cannot tell them apart (RFC 3986, section 6.2) or where publishers are
known to serve one article under both: AMP pages, pages for telephones, `www.`, an explicit `index.html`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from bot.core.tracking import without_tracking
from bot.core.wrappers import caches_amp, news_id

#: Servers refuse longer ones, and so do we: no work grows with what a feed sends.
LONGEST_ADDRESS = 4_000

_BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")
_SHAPE = re.compile(r"https?://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
#: "https://https://a.example/x": a template put the site before an address that was whole already.
_DOUBLED = re.compile(r"(?:https?://[^/?#]*?(?=https?://))+", re.IGNORECASE)
_IPV6 = re.compile(r"(\[[0-9a-f:.]+\])(?::(.*))?", re.DOTALL)
_PORT = re.compile(r"0*([1-9]\d{0,4})?", re.ASCII)
_LAST_PORT = 65_535
#: Both for both schemes: the scheme does not count either.
_DEFAULT_PORTS = frozenset({None, "80", "443"})
_HOST_PREFIX = re.compile(
    r"(?:(?:www\d?|m|mobile|touch|amp\d?)\.(?=[^.]+\.)|amp-(?=[^.]+\.[^.]+\.))+", re.ASCII
)
_WIKI = re.compile(r"(?:\.m)+(?=\.wiki)")
_HOST = re.compile(r"[\w.-]+")
#: Hosts that serve one site's pages under the same paths.
_ONE_SITE: Mapping[str, str] = {
    "bbc.co.uk": "bbc.com",
    "edition.cnn.com": "cnn.com",
    "us.cnn.com": "cnn.com",
    "lite.cnn.com": "cnn.com",
    "dw.de": "dw.com",
    "guardian.co.uk": "theguardian.com",
    "huffingtonpost.com": "huffpost.com",
    "theregister.co.uk": "theregister.com",
    "old.reddit.com": "reddit.com",
    "new.reddit.com": "reddit.com",
    "np.reddit.com": "reddit.com",
}
#: Not part of another escape: "%%41" and "%4%31" would become new ones.
_ESCAPED = re.compile(r"(?<!%)(?<!%[0-9a-fA-F])(?:%([0-7][0-9a-fA-F])|(?:%[89a-fA-F][0-9a-fA-F])+)")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SLASHES = re.compile(r"/{2,}")
_SESSION = re.compile(r";(?:jsessionid|_yl[tu])=[^/;]*", re.IGNORECASE)
#: How a path's end is written → how it is for short. A number before "-amp" tells it from a headline's word.
_ENDINGS: Mapping[str, str] = {
    "/": "",
    "/amp": "",
    ".amp": "",
    "!amp": "",
    ".amp.html": ".html",
    "_amp.html": ".html",
    "~amp.html": ".html",
    **{f"{digit}-amp.html": f"{digit}.html" for digit in range(10)},
    "/index.html": "",
    "/index.htm": "",
    # What a file named "..amp" leaves; other dots have been followed by then.
    "/.": "",
    "/..": "",
}
_ANY_ENDING = tuple(_ENDINGS)
#: The same within a path, in whole parts.
_WITHIN: Mapping[str, str] = {"/amp/": "/", "/amphtml/": "/", "/amp_articleshow/": "/articleshow/"}
_CNN_AMP = re.compile(r"(?:/cnn)+(?=/\d{4}/)", re.ASCII)


class Location(NamedTuple):
    """An address in parts; together, `str` of it, they are the canonical form."""

    host: str
    path: str
    query: str
    #: "!/story/7" or "/story/7": scripts draw the page that it names. Other fragments are a place in a page.
    route: str

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        route = f"#{self.route}" if self.route else ""
        return f"{self.host}{self.path}{query}{route}"


def location(url: str) -> Location | None:
    """Return where an address leads; None for what is no http address, or longer than any. Never raises."""
    if len(url) > 2 * LONGEST_ADDRESS:
        return None
    url = _BLANK.sub("", url)
    if url.find("://", 8) > 0 and (doubled := _DOUBLED.match(url)):
        url = url[doubled.end() :]
    found = _SHAPE.fullmatch(url) if len(url) <= LONGEST_ADDRESS else None
    if not found:
        return None
    server, path, query, fragment = found.groups()
    host = _host(server)
    if not host:
        return None
    path = _path(path, host)
    query = without_tracking(_plain_escapes(query), host) if query else ""
    if listed := news_id(host, path):
        path, query = f"/articles/{listed}", ""  # what else it has tells language and country of the search
    route = fragment if fragment and fragment[0] in "!/" and len(fragment) > 1 else ""
    return Location(host, path, query, route)


def _host(server: str) -> str:
    """Return host and port without user, default port and prefix; "" if they cannot be."""
    server = server.rpartition("@")[2].lower()
    if server.startswith("["):
        found = _IPV6.fullmatch(server)
        host, port = found.groups() if found else ("", None)
    else:
        host, _colon, port = server.partition(":")
        host = "" if "[" in host else _name(host)
    if not host:
        return ""
    if not port:
        return host
    number = _PORT.fullmatch(port)
    if not number or int(number.group(1) or 0) > _LAST_PORT:
        return ""
    return host if number.group(1) in _DEFAULT_PORTS else f"{host}:{number.group(1)}"


def _name(host: str) -> str:
    if not host.isascii():
        host = _if_host(unicodedata.normalize("NFKC", host).lower(), host)
    host = host.rstrip(".")
    if prefix := _HOST_PREFIX.match(host):
        host = host[prefix.end() :]
    if "xn--" in host:
        host = ".".join(map(_decoded_label, host.split(".")))
    if ".m.wiki" in host:
        host = _WIKI.sub("", host)
    return _ONE_SITE.get(host, host)


def _if_host(written: str, host: str) -> str:
    return written if _HOST.fullmatch(written) else host


def _decoded_label(label: str) -> str:
    """Write "xn--e1afmkfd" as "пример", if that is the one way to write it."""
    if not label.startswith("xn--"):
        return label
    try:
        text = label[4:].encode("ascii").decode("punycode")
        plain = text.encode("punycode").decode("ascii") == label[4:]
    except UnicodeError:
        return label
    normal = unicodedata.normalize("NFKC", text).lower() == text
    return text if plain and normal and not text.isascii() and _HOST.fullmatch(text) else label


def _path(path: str, host: str) -> str:
    path = _plain_escapes(path)
    if ";" in path:
        path = _SESSION.sub("", path)
    if "//" in path:
        path = _SLASHES.sub("/", path)
    if "/." in path:
        path = _without_dots(path)
    return _usual_page(path, host)


def _usual_page(path: str, host: str) -> str:
    """Take off what makes a page for telephones, or a folder's page, of a path."""
    while path.endswith(_ANY_ENDING):
        ending = next(ending for ending in _ENDINGS if path.endswith(ending))
        path = path.removesuffix(ending) + _ENDINGS[ending]
    if "amp" in path and not caches_amp(host):
        for part, short in _WITHIN.items():
            while part in path:
                path = path.replace(part, short)
    return _CNN_AMP.sub("", path) if host == "cnn.com" else path


def _without_dots(path: str) -> str:
    """Follow "." and ".." as every client does before it asks."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[max(1, len(parts) - 1) :]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _plain_escapes(text: str) -> str:
    """Write `%7E` as `~` and `%c3` as `%C3`: the same octets by RFC 3986, section 6.2.2.

    Letters beyond ASCII are written as such where their octets are UTF-8, as browsers escape them.
    """
    return _ESCAPED.sub(_plain_escape, text) if "%" in text else text


def _plain_escape(found: re.Match[str]) -> str:
    if found.group(1):
        char = chr(int(found.group(1), 16))
        return char if char in _UNRESERVED else found.group().upper()
    return _letters(found.group()) or found.group().upper()


def _letters(escapes: str) -> str:
    """Return what escapes of octets beyond ASCII spell; "" if they are not UTF-8 or cannot be seen."""
    try:
        text = bytes.fromhex(escapes.replace("%", "")).decode()
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""
