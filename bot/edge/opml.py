"""Lists of feeds as other readers write them: OPML, or a text with one address a line.

Most lists people pass around are not well-formed: addresses with bare ampersands, descriptions with bare
quotes or mark-up. Of 1,301 addresses in 105 collected lists lxml's recovering parser loses 7 and listparser
24. So tags are found here by their shape: a value ends at the first quote that an attribute or the tag's
end follows. In a well-formed list that is every first quote, and nothing is read otherwise than in XML.

No parser builds anything: entities that a list declares stay words, no file or address is opened, and every
step is linear. Nothing read here is trusted: each address passes the gate when its feed is fetched.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import SplitResult, urlsplit
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from bot.core.address import canonical_address
from bot.edge.attributes import MAX_ADDRESS, askable, unescaped, without_user
from bot.edge.markup import declares_entities, decode, legal_xml, plain_text
from bot.edge.pages import looks_like

#: No bot follows more; the largest of 105 collected lists has 207.
MAX_FEEDS = 5_000
#: So many feeds at 1,000 bytes each, thrice what is usual. Hostile ones take seconds.
_MAX_BYTES = 5 * 2**20
_MAX_TITLE = 500
#: Deeper folders than these are not told apart.
_MAX_DEPTH = 10

_MARK = re.compile(r"<!--|<!\[CDATA\[|<(/?)(?:[\w.-]{1,40}:)?(outline|body|opml)(?=[\s/>])", re.IGNORECASE)
_HIDDEN_UNTIL = {"<!--": "-->", "<![cdata[": "]]>"}
_NAME = re.compile(r"(?<![\w:.-])([\w:.-]++)\s*+=\s*+([\"']?)")
_CLOSING = {quote: re.compile(rf"{quote}(?=\s*+(?:/?>|[\w:.-]++\s*+=|\Z))") for quote in "\"'"}
#: Where mark-up with quotes of its own stands in a value, the address may be out of step with the rest.
_ADDRESS = re.compile(r"\sxmlurl\s*+=\s*+([\"'])([^\"'<>]*+)\1", re.IGNORECASE)
_UNQUOTED = re.compile(r"[^\s\"'<>]*")

#: What lists call a feed. The `url` of another type leads elsewhere: "link" to a page, "include" to a list.
_FEEDS = frozenset({"rss", "atom", "rdf", "feed"})


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """A feed that a list names."""

    #: As it can be asked: http or https, without the feed: some readers put before it.
    url: str
    #: "" if the list gives none.
    title: str = ""
    #: The folders it lies in, outermost first; in none, the first that its `category` names.
    category: tuple[str, ...] = ()
    #: The page the feed belongs to.
    html_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Outline:
    """A list of feeds."""

    #: In their order, each address once.
    feeds: tuple[Subscription, ...]
    #: What was wrong with the list, each a sentence without its full stop.
    problems: tuple[str, ...] = ()


def read_opml(data: bytes) -> Outline:
    """Read a list of feeds as far as it holds any; never raises.

    Args:
        data: OPML, well-formed or not, or plain text with one address a line.
    """
    text, encoding_problem = decode(data[:_MAX_BYTES], None)
    text = legal_xml(text)
    problems = [f"only the first {_MAX_BYTES // 2**20} MiB were read"] if len(data) > _MAX_BYTES else []
    problems += [encoding_problem] if encoding_problem else []
    reading = _Reading()
    if _MARK.search(text):
        problems += _markup_problems(text)
        _read_outlines(text, reading)
    elif "://" in text and "<" not in text:
        problems.append("no OPML; its lines were read as addresses")
        _read_lines(text, reading)
    else:
        problems.append(looks_like(text.lstrip()))
    problems += reading.problems()
    return Outline(feeds=tuple(reading.feeds), problems=tuple(problems))


def write_opml(title: str, feeds: Iterable[Subscription]) -> str:
    """Write a list of feeds as OPML 2.0, each in its folders; user names and passwords are left out.

    Args:
        title: of the list.
        feeds: in their order. Those of one folder that follow each other share it.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{escape(title)}</title></head>",
        "  <body>",
    ]
    inside: tuple[str, ...] = ()
    for feed in feeds:
        lines += _folder_steps(inside, feed.category)
        inside = feed.category
        lines.append(f"{_indent(len(inside))}<outline {_written(feed)}/>")
    lines += [*_folder_steps(inside, ()), "  </body>", "</opml>", ""]
    return legal_xml("\n".join(lines))


# ------------------------------------------------------------------------------------------- reading


class _Reading:
    """Collects the feeds of a list and counts what is wrong with it."""

    def __init__(self) -> None:
        self.feeds: list[Subscription] = []
        self._seen: set[str] = set()
        self._wrong: Counter[str] = Counter()

    def take(self, written: str, title: str = "", category: tuple[str, ...] = (), page: str = "") -> None:
        """Keep a feed, or count why it is none."""
        url = askable(written)
        parts = _split(url[:MAX_ADDRESS])
        key = canonical_address(url) if len(url) <= MAX_ADDRESS else ""
        if not url:
            self._wrong["without an address"] += 1
        elif parts is None or parts.scheme not in {"http", "https"}:
            self._wrong["not http or https"] += 1
        elif not key:
            self._wrong["with an address that cannot be one"] += 1
        elif "@" in parts.netloc:
            self._wrong["with a user name or password in the address"] += 1
        elif key in self._seen:
            self._wrong["doubled"] += 1
        elif len(self.feeds) == MAX_FEEDS:
            self._wrong[f"more than the {MAX_FEEDS} that were taken"] += 1
        else:
            self._seen.add(key)
            self.feeds.append(
                Subscription(url=url, title=_title(title), category=category, html_url=_page(page))
            )

    def problems(self) -> Iterator[str]:
        """Say what was left out."""
        for what, count in self._wrong.items():
            yield f"{count} {what}"
        if not self.feeds:
            yield "it names no feeds"


def _markup_problems(text: str) -> Iterator[str]:
    if declares_entities(text):
        yield "its document type declares entities, which were left as they are written"
        return
    try:
        expat.ParserCreate().Parse(text, True)
    except expat.ExpatError as error:
        yield f"not well-formed (line {error.lineno}); read as far as it holds feeds"


def _read_outlines(text: str, reading: _Reading) -> None:
    folders: list[str] = []
    for opening, tag in _tags(text):
        if not opening:
            del folders[-1:]
            continue
        attributes, closed = _attributes(tag)
        name = attributes.get("text") or attributes.get("title") or ""
        is_feed = _read_outline(attributes, folders, reading)
        if not closed:
            # A feed is no folder, and one whose tag nobody closed would become that of all that follow.
            folders.append("" if is_feed else _title(name))


def _read_outline(attributes: Mapping[str, str], folders: list[str], reading: _Reading) -> bool:
    """Take a feed from an outline, if it is one."""
    kind = attributes.get("type", "").strip().lower()
    says_feed = kind in _FEEDS
    address = attributes.get("xmlurl") or (attributes.get("url", "") if says_feed or not kind else "")
    if not (address or says_feed or "xmlurl" in attributes):
        return False
    reading.take(
        address,
        attributes.get("title") or attributes.get("text") or "",
        tuple(name for name in folders[:_MAX_DEPTH] if name) or _category(attributes.get("category", "")),
        attributes.get("htmlurl", ""),
    )
    return True


def _read_lines(text: str, reading: _Reading) -> None:
    for line in text.splitlines():
        words = line.split(maxsplit=1)
        if words and not words[0].startswith("#"):
            reading.take(words[0])


def _tags(text: str) -> Iterator[tuple[bool, str]]:
    """Yield whether each tag of an outline opens it, and what stands from there to the next tag."""
    for mark, following in pairwise([*_marks(text), None]):
        if mark is not None and (mark[2] or "").lower() == "outline":
            yield not mark[1], text[mark.end() : following.start() if following else len(text)]


def _marks(text: str) -> Iterator[re.Match[str]]:
    """Yield the tags' beginnings, and those of comments, which hide the tags inside."""
    last = {end: text.rfind(end) for end in _HIDDEN_UNTIL.values()}
    at = 0
    while mark := _MARK.search(text, at):
        yield mark
        at = mark.end()
        end = _HIDDEN_UNTIL.get(mark[0].lower())
        if end and at <= last[end]:
            at = text.index(end, at)


def _attributes(tag: str) -> tuple[dict[str, str], bool]:
    """Read what follows a tag's name: its attributes, names in small letters; whether it closes itself."""
    closing = {quote: [found.start() for found in ends.finditer(tag)] for quote, ends in _CLOSING.items()}
    attributes: dict[str, str] = {}
    at, end = 0, _tag_end(tag, 0)
    while name := _NAME.search(tag, at, end):
        start, quote = name.end(), name[2]
        ends = closing.get(quote, [])
        place = bisect_left(ends, start)
        if place < len(ends):
            at = ends[place]
        elif found := _UNQUOTED.match(tag, start, end):
            at = found.end()
        attributes.setdefault(name[1].lower(), unescaped(tag[start:at]))
        if at > end:
            end = _tag_end(tag, at)
    closed = tag[end - 1 : end] == "/"
    if "xmlurl" not in attributes and "<" in tag and (found := _ADDRESS.search(tag)):
        attributes["xmlurl"] = unescaped(found[2])
        closed = tag.rstrip().endswith("/>")
    return attributes, closed


def _tag_end(tag: str, at: int) -> int:
    end = tag.find(">", at)
    return len(tag) if end < 0 else end


def _category(written: str) -> tuple[str, ...]:
    """Read the first of "/a/b,/c"."""
    names = written.partition(",")[0].split("/", _MAX_DEPTH + 1)
    return tuple(_title(name) for name in names if name.strip())[:_MAX_DEPTH]


def _title(markup: str) -> str:
    return plain_text(markup, limit=_MAX_TITLE).replace("\n", " ")


def _page(written: str) -> str | None:
    url = without_user(askable(written))
    return url if len(url) <= MAX_ADDRESS and canonical_address(url) else None


def _split(url: str) -> SplitResult | None:
    with suppress(ValueError):
        return urlsplit(url)
    return None


# ------------------------------------------------------------------------------------------- writing


def _folder_steps(inside: tuple[str, ...], wanted: tuple[str, ...]) -> Iterator[str]:
    """Yield the tags that lead from one folder to another."""
    shared = 0
    while inside[shared : shared + 1] == wanted[shared : shared + 1] != ():
        shared += 1
    for depth in range(len(inside) - 1, shared - 1, -1):
        yield f"{_indent(depth)}</outline>"
    for depth in range(shared, len(wanted)):
        yield f"{_indent(depth)}<outline text={quoteattr(wanted[depth])}>"


def _written(feed: Subscription) -> str:
    attributes = {"type": "rss", "text": feed.title, "title": feed.title, "xmlUrl": without_user(feed.url)}
    if feed.html_url:
        attributes["htmlUrl"] = without_user(feed.html_url)
    return " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())


def _indent(depth: int) -> str:
    return "  " * (depth + 2)
