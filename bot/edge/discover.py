"""From a site to its feeds: what its page names, what well-known sites are known to have, the usual places.

A page is a stranger's text: links are found by the shape of their tags, in one pass that is linear in the
page; libxml2 would take 17 s for a tag with 100,000 attributes. No address is asked here, and none is
trusted: each candidate passes the gate when it is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from operator import itemgetter
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit

from bot.core.address import canonical_address
from bot.edge.attributes import MAX_ADDRESS, askable, unescaped, without_user
from bot.edge.markup import plain_text

#: More than any page has reason to name.
MAX_CANDIDATES = 20
#: What lies behind is not read; pages name their feeds at the top.
_MAX_PAGE = 2**20
#: A longer tag is read as far as this.
_MAX_TAG = 4_000
_MAX_TITLE = 200

#: Where sites keep a feed that no page names, the most usual first.
COMMON_PATHS = (
    "feed",
    "rss",
    "rss.xml",
    "feed.xml",
    "atom.xml",
    "index.xml",
    "feed/",
    "feeds/posts/default",
    "rss/",
    "index.rdf",
    "feed/rss",
    "?feed=rss2",
)
#: So many of them are looked for in the page's section; the rest would be one site's too many requests.
_IN_SECTION = 6
#: "news" and "world-cup" are sections, "2023" and "the-dam-broke-on-tuesday" lead to an article.
_SECTION = re.compile(r"[a-z~_]+(?:-[a-z]+){0,2}", re.IGNORECASE)
_DEEPEST_SECTION = 3

_TAG = re.compile(r"<(?:(link|base|a)(?=[\s/])|(!--)|(script|style|template)(?=[\s/>]))", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"[\s/]*+([^\s\"'<>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>]++)))?+", re.IGNORECASE
)

#: What a link's type says; XML of no kind may be a feed.
_KINDS = {
    "application/rss+xml": "rss",
    "application/x-rss+xml": "rss",
    "text/rss+xml": "rss",
    "application/rss": "rss",
    "application/atom+xml": "atom",
    "application/x.atom+xml": "atom",
    "application/rdf+xml": "rdf",
    "application/feed+json": "json",
    "application/json": "json",
    "application/xml": "",
    "text/xml": "",
}
#: WordPress names the article itself as data, with the type of a feed; "dialog/feed" shares it on Facebook.
_NO_FEED = re.compile(
    r"/wp-json/|oembed|/dialog/|/sharer?\b|/xmlrpc\.php|opensearch|sitemap|/osd\.xml|manifest", re.IGNORECASE
)
_LIKE_A_FEED = re.compile(
    r"//(?:feeds?\d?|rss)\.|/(?:feeds?|rss2?|atom|rdf)(?:[./?]|$)|\.(?:rss|rdf|atom)(?:\?|$)|[/_-](?:rss|feed|atom)\w*\.xml"
    r"|/index\.(?:xml|rdf)(?:\?|$)|[?&](?:feed|format|type|output)=(?:rss|atom|rdf)",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    r"\b(?:comments?|kommentare?|commentaires?|comentarios|coment[aá]rios|комментари)", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Named:
    """A feed that a page names, or seems to."""

    url: str
    #: "" if the page gives none.
    title: str
    #: "rss", "atom", "rdf" or "json"; "" if the page does not say.
    kind: str


def feeds_named(html: str, url: str) -> list[Named]:
    """Return the feeds that a page names, the likeliest first; never raises.

    First those in `link` elements, then links to what looks like a feed; of both, those of comments last.

    Args:
        html: the page; only its first 1,048,576 characters are read.
        url: the address it came from, to complete relative links.
    """
    base = ""
    found: list[tuple[tuple[bool, bool, bool], Named]] = []
    for name, attributes, after in _tags(html[:_MAX_PAGE]):
        if name == "base":
            base = base or _joined(url, attributes.get("href", ""))
            continue
        named = _named_by_link(attributes) if name == "link" else _named_by_anchor(attributes, after)
        if named is not None:
            found.append(((_is_of_comments(named), name == "a", named.kind == "json"), named))
    candidates: dict[str, Named] = {}
    for _rank, named in sorted(found, key=itemgetter(0)):
        address = _joined(base or url, named.url)
        key = canonical_address(address)
        if key and key not in candidates:
            candidates[key] = Named(url=address, title=_title(named.title), kind=named.kind)
        if len(candidates) == MAX_CANDIDATES:
            break
    return list(candidates.values())


def usual_places(url: str) -> list[str]:
    """Return where the feed of a page may lie that names none, the likeliest first.

    For a well-known site that is where its feeds are known to be, or nowhere; for others the usual paths, in
    the page's section and then at the top.
    """
    parts = _split(without_user(askable(url)))
    if parts is None or parts.scheme not in {"http", "https"} or not canonical_address(parts.geturl()):
        return []
    known = _known_places(parts)
    if known is not None:
        return known
    root = f"{parts.scheme}://{parts.netloc}/"
    section = _section(parts.path)
    places = [f"{root}{section}{path}" for path in COMMON_PATHS[:_IN_SECTION]] if section else []
    return [*places, *(root + path for path in COMMON_PATHS)][:MAX_CANDIDATES]


# ------------------------------------------------------------------------------------------- the page


def _tags(html: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield the name and attributes of each tag of interest, and what follows it."""
    lowered = html.lower()
    last = {end: lowered.rfind(end) for end in ("-->", "</script", "</style", "</template")}
    at = 0
    while tag := _TAG.search(html, at):
        name, comment, hiding = tag.groups()
        at = tag.end()
        if name:
            attributes, at = _attributes(html, at)
            yield name.lower(), attributes, html[at : at + _MAX_TITLE]
        else:
            end = "-->" if comment else f"</{hiding.lower()}"
            if at <= last[end]:
                at = lowered.index(end, at)


def _attributes(html: str, at: int) -> tuple[dict[str, str], int]:
    """Read a tag's attributes, names in small letters, and return where they end."""
    attributes: dict[str, str] = {}
    end = min(at + _MAX_TAG, len(html))
    while found := _ATTRIBUTE.match(html, at, end):
        name, *values = found.groups()
        attributes.setdefault(name.lower(), unescaped(next(filter(None, values), "")))
        at = found.end()
    return attributes, at


def _named_by_link(attributes: Mapping[str, str]) -> Named | None:
    relations = set(attributes.get("rel", "").lower().split())
    kind = _KINDS.get(attributes.get("type", "").partition(";")[0].strip().lower())
    href = attributes.get("href", "")
    if "feed" not in relations and ("alternate" not in relations or "stylesheet" in relations):
        return None
    if _NO_FEED.search(href) or (kind is None and ("type" in attributes or not _LIKE_A_FEED.search(href))):
        return None
    return Named(url=href, title=attributes.get("title", ""), kind=kind or "")


def _named_by_anchor(attributes: Mapping[str, str], after: str) -> Named | None:
    href = attributes.get("href", "")
    if not _LIKE_A_FEED.search(href) or _NO_FEED.search(href):
        return None
    text = after.partition(">")[2].partition("<")[0]
    kind = _KINDS.get(attributes.get("type", "").partition(";")[0].strip().lower())
    return Named(url=href, title=attributes.get("title") or text, kind=kind or "")


def _is_of_comments(named: Named) -> bool:
    return bool(_COMMENTS.search(named.title) or _COMMENTS.search(named.url))


def _title(markup: str) -> str:
    return plain_text(markup, limit=_MAX_TITLE).replace("\n", " ")


def _joined(base: str, href: str) -> str:
    """Return a link as an address that can be asked; "" where there is none."""
    with suppress(ValueError):
        address = urldefrag(urljoin(base, askable(href))).url if href.strip() else ""
        parts = urlsplit(address)
        if parts.scheme in {"http", "https"} and "@" not in parts.netloc and len(address) <= MAX_ADDRESS:
            return address
    return ""


# ------------------------------------------------------------------------------------ places


def _section(path: str) -> str:
    """Return the part of a path that names a section, closed by a slash; "" at the top of a site."""
    names = takewhile(_SECTION.fullmatch, path.strip("/").split("/"))
    section = "/".join(list(names)[:_DEEPEST_SECTION])
    return f"{section}/" if section else ""


_YOUTUBE = "https://www.youtube.com/feeds/videos.xml?"
_REDDIT = r"(?:old\.|new\.)?reddit\.com"
#: Host, path and query of a page, and where its feeds are; the first row that fits decides.
_SITES = (
    (r"youtube\.com/channel/(UC[\w-]+)", (_YOUTUBE + "channel_id={}",)),
    (r"youtube\.com/user/([\w.-]+)", (_YOUTUBE + "user={}",)),
    (r"youtube\.com/(?:playlist|watch)\?(?:.*&)?list=([\w-]+)", (_YOUTUBE + "playlist_id={}",)),
    (rf"{_REDDIT}/(?:u|user)/([\w-]+)", ("https://www.reddit.com/user/{}/.rss",)),
    (rf"{_REDDIT}/r/(\w+)", ("https://www.reddit.com/r/{}/.rss",)),
    (rf"{_REDDIT}/?$", ("https://www.reddit.com/.rss",)),
    (r"github\.com/([\w.-]+/[\w.-]+)/tags", ("https://github.com/{}/tags.atom",)),
    (r"github\.com/([\w.-]+/[\w.-]+)/commits/([\w./-]+)", ("https://github.com/{}/commits/{}.atom",)),
    (
        r"github\.com/([\w.-]+/[\w.-]+)",
        tuple(f"https://github.com/{{0}}/{what}.atom" for what in ("releases", "tags", "commits")),
    ),
    (r"github\.com/([\w-]+)/?$", ("https://github.com/{}.atom",)),
    (r"medium\.com/((?:tag/)?@?[\w.-]+)", ("https://medium.com/feed/{}",)),
    (r"([\w-]+\.medium\.com)(?:/|$)", ("https://{}/feed",)),
    (r"([\w-]+\.substack\.com)(?:/|$)", ("https://{}/feed",)),
    (r"([\w-]+\.blogspot\.[a-z]{2,3})(?:/|$)", ("https://{}/feeds/posts/default",)),
    (r"([\w-]+\.wordpress\.com)(?:/|$)", ("https://{}/feed/",)),
    (r"([\w-]+\.tumblr\.com)(?:/|$)", ("https://{}/rss",)),
    (r"bsky\.app/profile/([\w.:-]+)", ("https://bsky.app/profile/{}/rss",)),
    # Of their other pages no rule finds the feed, or there is none: nobody there answers guesses.
    (rf"(?:youtube\.com|youtu\.be|{_REDDIT}|github\.com|bsky\.app)(?:/|$)", ()),
    (r"(?:t\.me|telegram\.(?:me|org)|x\.com|twitter\.com|threads\.(?:net|com))(?:/|$)", ()),
    (r"(?:facebook\.com|instagram\.com|tiktok\.com|linkedin\.com)(?:/|$)", ()),
    # Mastodon, on any host; a profile shown by another one lives on its own.
    (r"[\w.:-]+/@(\w+)@([\w.-]+)", ("https://{1}/@{0}.rss",)),
    (r"([\w.:-]+)/(?:@|users/)(\w+)(?:/\d+)?/?$", ("https://{0}/@{1}.rss",)),
)
_RULES = tuple((re.compile(page), places) for page, places in _SITES)
#: Hosts of one site's pages for this or that screen.
_SCREEN = re.compile(r"(?:www|m|mobile)\.(?=(?:youtube|reddit|medium|twitter|facebook|github)\.com)")


def _known_places(parts: SplitResult) -> list[str] | None:
    """Return the feeds of a page of a well-known site; None if the site is not."""
    query = f"?{parts.query}" if parts.query else ""
    host = _SCREEN.sub("", (parts.hostname or "").rstrip("."), count=1)
    page = f"{host}{parts.path}{query}"[:MAX_ADDRESS]
    for rule, places in _RULES:
        if found := rule.match(page):
            return [place.format(*found.groups()) for place in places]
    return None


def _split(url: str) -> SplitResult | None:
    with suppress(ValueError):
        return urlsplit(url)
    return None
