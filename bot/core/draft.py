"""A message under construction.

Text and styles travel apart, so nothing in a feed's words can act as mark-up. What Telegram would still find
by itself in plain text (mentions, hashtags, commands, bare addresses) is broken by an invisible word joiner.
"""

from __future__ import annotations

import re
import unicodedata

from bot.model import Message, Preview, Span, Style

#: Telegram counts the text of a message in UTF-16 units here (the stricter reading of its limit).
LONGEST_MESSAGE = 4096
#: Telegram shows no more styles than this in a message (PTB's MessageLimit.MESSAGE_ENTITIES).
MOST_SPANS = 100
#: Longer addresses are tracking, and Telegram refuses some of them.
_LONGEST_LINK = 2_000
_WORD_JOINER = "\u2060"
#: Begins and ends a stretch whose direction of writing concerns nothing around it (UAX #9).
_ISOLATED = "\u2068{}\u2069"
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
#: A line's direction is that of its first letter, and what is isolated does not count (UAX #9, P2).
_RIGHT_TO_LEFT_MARK = "\u200f"
_ACTIVE = re.compile(
    r"(?<=[@#$/])(?=\S)|(?<=\S\.)(?=[^\s\d.]{2})"
    r"|(?<=\d\.)(?=\d+\.\d)"  # 1.2.3.4
    r"|(?<=\d{4})(?=[ -]?\d{4}[ -]?\d)"  # the number of a bank card
)
_NOT_WORD = re.compile(r"\W+")


class Draft:
    """Counts in UTF-16 units as Telegram does."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.text = ""
        self.spans: list[Span] = []

    def add(self, text: str, *styles: Style, url: str | None = None) -> None:
        """Go on with a text of one's own."""
        offset, length = units(self.text), units(text)
        self.text += text
        if url and length and is_web(url):
            self.spans.append(Span(style=Style.LINK, offset=offset, length=length, url=url))
        self.spans += (Span(style=style, offset=offset, length=length) for style in styles if length)

    def quote(self, text: str, *styles: Style, url: str | None = None, alone: bool = False) -> None:
        """Go on with the words of a feed, which act as nothing.

        Args:
            text: what it says.
            styles: how it is shown.
            url: where it leads.
            alone: it has a line to itself, which is then written in its own direction.
        """
        self.add(inert(text) if alone else isolated(text), *styles, url=url)

    def begin(self, text: str) -> None:
        """Begin a line that is written in the direction of a text."""
        if _begins_right(text):
            self.add(_RIGHT_TO_LEFT_MARK)

    def aside(self, text: str) -> None:
        """Go on with a text of one's own that is read from left to right in any line."""
        turned = self.text.rpartition("\n")[2].startswith(_RIGHT_TO_LEFT_MARK)
        self.add(_ISOLATED.format(text) if turned else text)

    def tags(self, names: list[str]) -> None:
        """End with a line of tags."""
        self.add("\n" + " ".join(map(tag, names)))

    @property
    def fits(self) -> bool:
        """It can be sent in one message."""
        return units(self.text) <= LONGEST_MESSAGE and len(self.spans) <= MOST_SPANS

    def message(
        self, *, silent: bool = False, preview: Preview = Preview.OFF, picture: str | None = None
    ) -> Message:
        """Return what was written."""
        return Message(
            text=self.text, spans=tuple(self.spans), silent=silent, preview=preview, picture=picture
        )


def tag(name: str) -> str:
    """Return the tag of a story."""
    return f"#{_NOT_WORD.sub('_', name)}"


def is_web(url: str) -> bool:
    """Tell whether an address is one that a link may lead to."""
    return len(url) <= _LONGEST_LINK and url.lower().startswith(("http://", "https://"))


def inert(text: str) -> str:
    """Return a text that Telegram finds nothing in."""
    return _ACTIVE.sub(_WORD_JOINER, text)


def isolated(text: str) -> str:
    """Return an inert text that, if it is written from right to left, turns nothing around it."""
    text = inert(text)
    turns = not text.isascii() and any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text)
    return _ISOLATED.format(text) if turns else text


def _begins_right(text: str) -> bool:
    """Tell whether a text is read from right to left, as its first letter says."""
    if text.isascii():
        return False
    kinds = (unicodedata.bidirectional(char) for char in text)
    return next((kind for kind in kinds if kind == "L" or kind in _RIGHT_TO_LEFT), "L") != "L"


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2
