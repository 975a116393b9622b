"""feedparser's strict reader, changed so that no entry has an effect on another.

feedparser keeps some thirty values while it reads, and entries leave them changed: a base address or a
language that outlives its element, a title that is taken for a nested one, an image of an entry that becomes
the feed's. Here all of them are put back when an entry ends, and what an entry writes into the feed itself is
thrown away. So an entry means the same whatever stands before it, which is what lets those be left out that
were read before, and an entry that makes feedparser raise costs only itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, TypeAlias
from xml.sax import SAXException, expatreader, handler, xmlreader

import feedparser

from bot.edge.layout import ENTRY_NAMES, DoubtError

#: What feedparser and its helpers raise on documents they cannot digest.
FEEDPARSER_RAISES = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)

#: What is collected, not how the next element is read.
_COLLECTED = frozenset(
    {"bozo", "elementstack", "entries", "exc", "feeddata", "property_depth_map", "walk", "_locator"}
)
#: Whether the feed has one decides where an entry's one goes.
_OF_THE_FEED = ("image", "textinput")

State: TypeAlias = dict[str, Any]

# Left alone it completes ids with the document's xml:base (Reddit's become "/t3_42"). An id is no link.
for _reader in (feedparser.api.StrictFeedParser, feedparser.api.LooseFeedParser):
    _reader.can_be_relative_uri = _reader.can_be_relative_uri - {"id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What feedparser says of a well-formed document."""

    head: dict[str, Any]
    #: In turn; None in the place of each that made feedparser raise.
    entries: list[dict[str, Any] | None]
    #: How deep each entry stood, in turn; more than there are entries if one stood in another.
    levels: list[int]
    #: All that decides how an entry is read but the entry itself; "" if there are none.
    context: str
    version: str


def read_strictly(data: bytes) -> Reading:
    """Read a document in UTF-8 whose type declares nothing.

    Raises:
        DoubtError: it is not well-formed, or outside of its entries is what feedparser cannot digest.
    """
    reader = _Reader()
    parser = _Expat(namespaceHandling=True)
    parser.setFeature(handler.feature_external_ges, False)
    parser.setContentHandler(reader)
    source = xmlreader.InputSource()
    source.setByteStream(BytesIO(data))
    source.setEncoding("utf-8")
    try:
        parser.parse(source)
    except (SAXException, *FEEDPARSER_RAISES) as error:
        raise DoubtError from error
    return Reading(
        head=reader.feeddata,
        entries=reader.walk.entries,
        levels=reader.walk.levels,
        context=reader.walk.context or "",
        version=reader.version,
    )


class _Expat(expatreader.ExpatParser):
    """Hands over text in one piece, not one for each line and reference."""

    def reset(self) -> None:
        super().reset()
        vars(self)["_parser"].buffer_text = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outside:
    """What was before an entry."""

    level: int
    state: State
    feed: Any
    stack: list[Any]
    #: How many entries there were.
    count: int


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Where in the document the reader is, and what it has found there."""

    level: int = 0
    levels: list[int] = field(default_factory=list)
    entries: list[dict[str, Any] | None] = field(default_factory=list)
    context: str | None = None
    #: The state before the start tag that is coming, whose namespaces are announced before it.
    before: State | None = None
    outside: _Outside | None = None
    #: The entry that is read made feedparser raise; the rest of it is passed over.
    spoilt: bool = False


class _Reader(feedparser.api.StrictFeedParser):  # type: ignore[misc]  # feedparser has no types
    """Reads a document whose entries are strangers to each other."""

    resolve_relative_uris = False
    sanitize_html = False

    def __init__(self) -> None:
        super().__init__("", None, "utf-8")
        self.feeddata: Any
        self.elementstack: list[Any]
        self.walk = _Walk()

    def startPrefixMapping(self, prefix: str | None, uri: str) -> None:  # noqa: N802  SAX's name
        walk = self.walk
        if not walk.outside and not walk.before:
            walk.before = self._state()
        super().startPrefixMapping(prefix, uri)

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: Any) -> None:  # noqa: N802
        walk = self.walk
        walk.level += 1
        if walk.spoilt:
            return
        if not walk.outside:
            if name[1].lower() not in ENTRY_NAMES:
                walk.before = None
            elif not walk.before:
                walk.before = self._state()
        try:
            super().startElementNS(name, qname, attrs)
        except FEEDPARSER_RAISES:
            if not walk.outside:
                raise
            walk.spoilt = True

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: N802
        walk = self.walk
        if not walk.spoilt:
            try:
                super().endElementNS(name, qname)
            except FEEDPARSER_RAISES:
                if not walk.outside:
                    raise
                walk.spoilt = True
        if walk.outside and walk.outside.level == walk.level:
            self._leave(walk.outside)
        walk.level -= 1

    def characters(self, text: str) -> None:
        walk = self.walk
        if walk.spoilt or (walk.levels and not walk.outside and not text.strip()):
            # Blanks between entries are no part of an element that feedparser takes for open.
            return
        super().characters(text)

    def _start_item(self, attributes: dict[str, str]) -> None:
        walk = self.walk
        walk.levels.append(walk.level)
        if not walk.outside:
            self._enter()
        super()._start_item(attributes)

    _start_entry = _start_item

    def _enter(self) -> None:
        """Hide the feed from an entry."""
        walk = self.walk
        state = walk.before or self._state()
        walk.before = None
        walk.outside = _Outside(
            level=walk.level,
            state=state,
            feed=self.feeddata,
            stack=self.elementstack,
            count=len(self.entries),
        )
        if walk.context is None:
            walk.context = self._context(state)
        kept = {name: feedparser.FeedParserDict() for name in _OF_THE_FEED if name in self.feeddata}
        self.feeddata = feedparser.FeedParserDict(kept)
        self.elementstack = []

    def _leave(self, outside: _Outside) -> None:
        """Put everything back as it was before the entry."""
        walk = self.walk
        if walk.spoilt:
            del self.entries[outside.count :]
            walk.entries.append(None)
        else:
            walk.entries += self.entries[outside.count :]
        self.__dict__.update(outside.state)
        self.feeddata, self.elementstack = outside.feed, outside.stack
        walk.outside, walk.spoilt = None, False

    def _state(self) -> State:
        return {name: _copied(value) for name, value in vars(self).items() if name not in _COLLECTED}

    def _context(self, state: State) -> str:
        of_the_feed = [name for name in _OF_THE_FEED if name in self.feeddata]
        return repr((of_the_feed, sorted(state.items())))


def _copied(value: Any) -> Any:
    # Not `copy`, which makes a plain dictionary of feedparser's kind.
    return type(value)(value) if isinstance(value, list | dict) else value
