"""Addresses that carry another one: searches, AMP caches, and redirectors that count readers.

All of it is read from the text. What only its server can tell (FeedBurner's numbers, short links, the ids
that Google News gives since 2024) is left as it is, so two of them are never taken for one page.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping

#: Where the carried address stands: host, or host and path → the parameters that hold it, the surest first.
_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "google.com/url": ("url", "q"),
    "google.com/news/url": ("url", "q"),
    "news.google.com/url": ("url", "q"),
    "news.google.com/news/url": ("url", "q"),
    "bing.com/news/apiclick.aspx": ("url",),
    "duckduckgo.com/l": ("uddg",),
    "68k.news/article.php": ("a",),
    "retriever-info.com/go": ("u",),
    "yandex.ru/turbo": ("text",),
    "l.facebook.com/l.php": ("u",),
    "lm.facebook.com/l.php": ("u",),
    "l.messenger.com/l.php": ("u",),
    "l.instagram.com": ("u",),
    "l.threads.net": ("u",),
    "l.threads.com": ("u",),
    "out.reddit.com": ("url",),
    "t.umblr.com/redirect": ("z",),
    "vk.com/away.php": ("to",),
    "youtube.com/redirect": ("q",),
    "youtube.com/attribution_link": ("u",),
    "linkedin.com/redir/redirect": ("url",),
    "linkedin.com/safety/go": ("url",),
    "flipboard.com/redirect": ("url",),
    "getpocket.com/redirect": ("url",),
    "slack-redir.net/link": ("url",),
    "medium.com/r": ("url",),
    "c212.net/c/link": ("u",),
    "search.app": ("link",),
    "go.redirectingat.com": ("url",),
    "go.skimresources.com": ("url",),
}
#: Only addresses on these hosts are looked at more closely.
_STARTS = ("google.", "yandex.", "bing.", "youtu.be")
_ENDS = (
    "news.google.com", "ampproject.org", "bing-amp.com", "turbopages.org", "theregister.com", "yahoo.com",
    "youtube.com", "awstrack.me", "redditmail.com",
)  # fmt: skip
_GOOGLE = re.compile(r"google\.(?:com?\.)?[a-z]{2,3}")
#: AMP caches ("/c/s/host/path"), Yandex's turbo pages ("/host/s/path"), The Register's feed, videos.
_IN_PATH = re.compile(
    r"(?:(?:[^/]+\.)?(?:cdn\.ampproject\.org|bing-amp\.com)/[a-z]{1,3}"
    r"|(?:bing|google(?:\.com?)?)\.[a-z]{2,3}/amp)/(?:s/)?(?P<amp>[^/]+\..+)"
    r"|(?:[^/]+\.turbopages\.org(?:/turbo)?|yandex\.[a-z]{2,3}/turbo)/(?:s/)?(?P<turbo>[^/]+\.[^/]+)(?:/s)?(?P<page>/.*)"
    r"|go\.theregister\.com/feed/(?P<feed>[^/]+\..+)"
    r"|(?:youtu\.be|youtube\.com/(?:shorts|live|embed))/(?P<video>[\w-]{11})",
    re.ASCII | re.DOTALL,
)
#: Yahoo's redirectors, the old one and the new one, and those of mailers.
_WHOLE_IN_PATH = re.compile(
    r"(?:[^/]+\.)?yahoo\.com/(?:[^*]*\*|(?:.*/)?RU=)(?P<yahoo>https?(?::|%3A).*)"
    r"|(?:[^/]+\.)?(?:awstrack\.me/L0|redditmail\.com/CL0)/(?P<mail>[^/]+)(?:/.*)?",
    re.DOTALL,
)
#: One id under any of these, for feed readers and for browsers.
_NEWS_ID = re.compile(r"/(?:(?:__i/)?rss/(?:rd/)?)?(?:articles|read)/([^/]+)")
_ASCII = re.compile(r"%([0-7][0-9A-Fa-f])")
_HTTP = re.compile(r"https?:/+(?=[^/])", re.IGNORECASE)
_HOST_FIRST = re.compile(r"[^/?#:@.]+(?:\.[^/?#:@.]+)+(?=[/?#]|$)")
_FEEDBURNER = re.compile(r"/~r/.+/~\d+/")
_SHORT = frozenset(
    "t.co bit.ly tinyurl.com ow.ly buff.ly dlvr.it trib.al ift.tt goo.gl is.gd lnkd.in fb.me shar.es wp.me"
    " reut.rs bbc.in cnn.it nyti.ms wapo.st on.wsj.com bloom.bg apple.news search.app share.google".split()
)


def carried(host: str, path: str, query: str) -> str | None:
    """Return the address that an address carries, as its server would follow it; None if it carries none.

    Args:
        host: without "www." and the like.
        path: without a closing slash.
        query: without the question mark.
    """
    key = "google.com" if _GOOGLE.fullmatch(host) else host
    names = _PARAMETERS.get(key + path) or _PARAMETERS.get(key)
    if names:
        return _in_query(names, host, query)
    if not (host.startswith(_STARTS) or host.endswith(_ENDS)):
        return None
    if host == "news.google.com":
        return _of_news_id(path)
    return _in_path(host + path, f"?{query}" if query else "")


def news_id(host: str, path: str) -> str | None:
    """Return the id under which Google News lists a page."""
    found = _NEWS_ID.fullmatch(path) if host == "news.google.com" else None
    return found.group(1) if found else None


def caches_amp(host: str) -> bool:
    """Tell whether "/amp/" in a host's addresses announces another site's page."""
    return host.startswith(("google.", "bing."))


def hides_its_page(host: str, path: str) -> bool:
    """Tell whether only its server knows which page an address names; it carries none (`carried`)."""
    return bool(
        news_id(host, path)
        or (host in _SHORT and path)
        or _FEEDBURNER.match(path)
        or host in _PARAMETERS
        or host + path in _PARAMETERS
    )


def _in_query(names: tuple[str, ...], host: str, query: str) -> str | None:
    values = dict(reversed([_named(pair) for pair in query.split("&")]))
    found = next((values[name] for name in names if values.get(name)), "")
    text = _once_decoded(found)
    if _HTTP.match(text):
        return text
    if text.startswith("/"):
        return f"https:{text}" if text.startswith("//") else f"https://{host}{text}"
    return f"https://{text}" if _HOST_FIRST.match(text) else None


def _named(pair: str) -> tuple[str, str]:
    name, _equals, value = pair.partition("=")
    return name.lower(), value


def _in_path(place: str, query: str) -> str | None:
    if found := _IN_PATH.fullmatch(place):
        if found["video"]:
            return f"https://youtube.com/watch?v={found['video']}"
        return f"https://{found['amp'] or found['feed'] or found['turbo'] + found['page']}{query}"
    if found := _WHOLE_IN_PATH.fullmatch(place):
        # Yahoo's newer one escapes the address within the path and goes on behind it.
        whole = found["mail"] or found["yahoo"]
        escaped = found["mail"] or "%3A" in whole[:9]
        text = _once_decoded(whole.partition("/")[0]) if escaped else whole + query
        # Doubled slashes were made one in the path.
        return _HTTP.sub("https://", text, count=1) if _HTTP.match(text) else None
    return None


def _once_decoded(value: str) -> str:
    """Decode an address out of a parameter; octets beyond ASCII stay escaped, in whatever encoding."""
    return _ASCII.sub(lambda found: chr(int(found.group(1), 16)), value)


def _of_news_id(path: str) -> str | None:
    """Return the page that one of Google's older ids holds; it comes before the AMP page."""
    found = _NEWS_ID.fullmatch(path)
    if not found:
        return None
    text = found.group(1)
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return next((field.decode() for field in _fields(data) if field.startswith(b"http")), None)
    except (ValueError, IndexError):  # not ASCII, no base64, cut short
        return None


def _fields(data: bytes) -> Iterator[bytes]:
    """Yield the texts of a message in protocol buffers' encoding.

    Raises:
        IndexError: the message was cut within a number.
    """
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        size, place = _varint(data, place)
        match key & 7:
            case 0:  # a number: no text behind it
                continue
            case 2:
                if place + size > len(data):  # a piece of an address is another address
                    return
                yield data[place : place + size]
                place += size
            case _:
                return


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return a number of any size, seven bits an octet, and the place behind it."""
    number = shift = 0
    while data[place] & 0x80:
        number |= (data[place] & 0x7F) << shift
        place, shift = place + 1, shift + 7
    return number | data[place] << shift, place + 1
