"""What a document is that is no feed, in words that tell people what to do about it.

Servers answer with a page and the status 200 when they mistrust who asks, want consent to cookies or have
given the domain up. A page is never read as a feed, even if feedparser finds entries in it.

The marks are those that such pages bear and articles do not: whole titles, and names in their source. A page
that bears none is called a page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from bot.edge.markup import plain_text

#: What is known of a page is known from its beginning.
_LONGEST = 100_000
#: Of an address or a text that is quoted.
_MOST_SHOWN = 200

# Possessive and atomic throughout: hostile prologs must not make it try again.
_PROLOG = r"\A(?>\s++|<\?.*?\?>|<!--.*?-->)*+"
_PAGE = re.compile(
    _PROLOG + r"(?:<!doctype\s++html\b[^>]*+>(?>\s++|<!--.*?-->)*+(?!<(?:rss|feed|rdf:rdf)\b)"
    r"|<(?:html|head|body|meta|script|noscript|style|div|center|title)[\s/>])",
    re.IGNORECASE | re.DOTALL,
)
_HTML = re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_LINK = re.compile(r"<link\s[^<>]{0,1000}>", re.IGNORECASE)
_FEED_TYPE = re.compile(r"\btype\s*=\s*[\"']?application/(?:rss\+xml|atom\+xml|feed\+json)", re.IGNORECASE)
_ALTERNATE = re.compile(r"\brel\s*=\s*[\"']?alternate\b", re.IGNORECASE)
_HREF = re.compile(r"\bhref\s*=\s*(?:\"([^\"<>]+)\"|'([^'<>]+)'|([^\s\"'<>]+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A kind of page that servers put in a feed's place."""

    says: str
    #: Whole titles that only such pages have, in small letters; "…" is "..." and "’" is "'" in them.
    titles: re.Pattern[str]
    #: What only their source holds.
    marks: re.Pattern[str]


def _kind(says: str, titles: str, marks: str) -> _Kind:
    """Make a kind of its patterns, one a line."""
    return _Kind(
        says=says,
        titles=re.compile("(?:" + "|".join(filter(None, map(str.strip, titles.splitlines()))) + r")\Z"),
        marks=re.compile("|".join(filter(None, map(str.strip, marks.splitlines()))), re.IGNORECASE),
    )


_KINDS = (
    _kind(
        "it is a page that asks whether a person is reading (a challenge)",
        r"""just a moment\b.*
            attention required! \| cloudflare
            access denied
            ddos-guard
            ddos protection by .*
            checking your browser.*
            (?:please )?verify (?:that )?you are (?:a )?human.*
            human verification
            robot check
            are you a (?:ro)?bot\?
            .*\bare you human\b.*
            pardon our interruption.*
            making sure you're not a bot!?
            bot verification
            client challenge
            security check.*
            captcha.*
            one moment, please.*""",
        r"""_cf_chl_opt
            cf-browser-verification
            cf-error-details
            captcha-delivery\.com
            px-captcha
            errors\.edgesuite\.net
            _incapsula_resource
            /\.within\.website/x/cmd/anubis
            anubis_challenge
            awswafcookiedomainlist
            sucuri website firewall""",
    ),
    _kind(
        "it is a page that asks for consent to cookies",
        r"""before you continue.*
            bevor (?:du|sie) .*
            avant d'accéder à .*
            (?:dpg media )?privacy ?gate.*
            cookie (?:wall|consent).*
            (?:yahoo|aol) (?:is part of|est une marque|ist teil).*""",
        r"""//consent\.(?:google|youtube|yahoo)\.
            //guce\.(?:yahoo|advertising|oath)\.
            myprivacy\.dpgmedia
            didomi-(?:consent-wall|notice-only)
            cmp-consent-wall""",
    ),
    _kind(
        "it is a page of a domain that is parked or for sale",
        r"""(?:.*\s)?domain (?:name )?(?:is|may be) for sale\b.*
            [\w.-]+\.[a-z]{2,} (?:is|may be) for sale\b.*
            (?:.*\s)?parked (?:domain|page).*
            .*\bdomain (?:name )?(?:has |is )?(?:parked|expired)\b.*
            hugedomains.*""",
        r"""sedoparking
            parkingcrew\.
            //[\w.]*bodis\.com
            parklogic\.
            afternic\.com/forsale
            hugedomains\.com
            this domain (?:name )?(?:is|may be) for sale
            buy this domain
            window\.park\s*=""",
    ),
    _kind(
        "it is a page that says the site is being maintained",
        r"""(?:.*\b)?(?:under|down for|scheduled|site) maintenance\b.*
            maintenance(?: mode| page)?
            (?:site )?en maintenance.*
            wartung(?:sarbeiten|smodus)?.*
            (?:we'll |we will )?be (?:right )?back.*
            (?:error )?503\b.*
            service (?:temporarily )?unavailable.*
            технические работы.*""",
        r"""<h1>(?:briefly unavailable for scheduled maintenance|service (?:temporarily )?unavailable)""",
    ),
    _kind(
        "it is a log-in page",
        r"""(?:.*\s)?(?:log ?-?in|sign ?-?in|anmelden|connexion|вход)(?: [|·–—-] .*| to .*)?
            authentication required""",
        # Many a page has a field for a password in its heading, so that is no mark.
        r"(?!)",
    ),
)

#: The first bytes of files that are no text.
_FILES = (
    (b"%PDF-", "a PDF file"),
    (b"\x89PNG\r\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"RIFF", "a picture or a recording (RIFF)"),
    (b"PK\x03\x04", "an archive (ZIP)"),
    (b"\x1f\x8b", "compressed data (gzip)"),
    (b"\x28\xb5\x2f\xfd", "compressed data (zstd)"),
    (b"ID3", "a recording (MP3)"),
)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff", b"<\0", b"\0<")
_CONTROLS = bytes({*range(9), 11, 12, *range(14, 27), *range(28, 32)})

#: The names of other documents' roots.
_ROOTS = {
    "opml": "a list of feeds (OPML), not one of them",
    "urlset": "a site map",
    "sitemapindex": "a site map",
    "svg": "a picture (SVG)",
    "error": "an error message in XML",
}
_ROOT = re.compile(_PROLOG + r"(?>(?:<![^>]*+>)\s*+)*+<(?:[\w-]++:)?([\w-]++)", re.DOTALL)


def is_page(text: str) -> bool:
    """Whether a document is an HTML page from its beginning, whatever else it holds."""
    return bool(_PAGE.match(text))


def looks_like(text: str, body: bytes = b"", url: str = "") -> str:
    """Say what a document is that is no feed, as the end of a sentence.

    Args:
        text: the document's characters.
        body: the bytes they were read from.
        url: where it came from, to complete what it links to.
    """
    start = text[:_LONGEST].strip()
    if file := _binary(body):
        return f"it is {file}"
    if not start:
        return "it is empty"
    if is_page(start) or _HTML.search(start[:10_000]):
        return _page(start, url)
    if start[0] == "<":
        root = _ROOT.match(start)
        return f"it is {_ROOTS.get(root[1].lower() if root else '', 'XML of another kind')}"
    words = plain_text(start[:1_000], limit=80).replace("\n", " ")
    return f"it is neither XML nor HTML; it begins with “{words}”"


def _binary(body: bytes) -> str | None:
    for start, file in _FILES:
        if body.startswith(start):
            return file
    start = body[:1_000]
    controls = len(start) - len(start.translate(None, _CONTROLS))
    # UTF-16 is full of zeros.
    return "binary data" if controls * 10 > len(start) and not body.startswith(_WIDE_MARKS) else None


def _page(page: str, url: str) -> str:
    written = _TITLE.search(page)
    title = plain_text(written[1], limit=100).replace("\n", " ") if written else ""
    named = f" titled “{title}”" if title else ""
    heading = title.lower().replace("’", "'").replace("…", "...")
    for kind in _KINDS:
        if kind.titles.match(heading) or kind.marks.search(page):
            return f"{kind.says}{',' if named else ''}{named}"
    feeds = _feeds(page, url)
    return f"it is an HTML page{named}{f'; it names a feed: {feeds[0]}' if feeds else ''}"


def _feeds(page: str, url: str) -> Sequence[str]:
    """Return the addresses of the feeds a page names."""
    addresses: list[str] = []
    for tag in _LINK.findall(page):
        href = _HREF.search(tag) if _FEED_TYPE.search(tag) and _ALTERNATE.search(tag) else None
        if href:
            written = plain_text(href[1] or href[2] or href[3], limit=_MOST_SHOWN).replace("\n", "")
            addresses.append(_completed(url, written))
    return addresses


def _completed(url: str, link: str) -> str:
    try:
        return urljoin(url, link)
    except ValueError:
        return link
