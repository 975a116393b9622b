"""The terminal as a channel: what a channel would show, without a token.

Text from feeds is hostile here too. It is printed as text, never as rich mark-up, and characters that steer a
terminal or turn the direction of writing are shown as spaces.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.panel import Panel
from rich.style import Style as Look
from rich.text import Text

from bot.errors import PostRefusedError
from bot.model import Message, Post, PostKind, Receipt, Span, Style
from bot.ports import Clock

_LOOKS = {
    Style.BOLD: Look(bold=True),
    Style.ITALIC: Look(italic=True),
    Style.STRIKE: Look(strike=True),
}
#: Of Unicode's "other" characters: controls, directions and joiners, lone surrogates.
_STEERING = {"Cc", "Cf", "Cs"}
#: Joins emoji and the letters of some scripts; steers nothing.
_JOINERS = "\u200c\u200d"
#: The last character that is one UTF-16 unit.
_LAST_SINGLE = 0xFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """A message as it stands."""

    id: int
    message: Message
    #: Times it was changed.
    edits: int = 0
    #: The message it answers.
    reply_to: int | None = None
    #: Since when it reads so; None where no clock tells.
    at: datetime | None = None
    #: How it read before the last change; None if it was never changed.
    before: ShownMessage | None = None

    @property
    def versions(self) -> list[ShownMessage]:
        """How it read, the first first, and last as it stands."""
        return [*(self.before.versions if self.before else ()), self]


class ConsoleChannel:
    """A channel that prints, and remembers what it shows."""

    def __init__(
        self, name: str, console: Console | None = None, *, quiet: bool = False, clock: Clock | None = None
    ) -> None:
        """Make a channel of a terminal.

        Args:
            name: what stories call it.
            console: where to print; None means standard output.
            quiet: print nothing, and remember how messages read before they were changed.
            clock: tells when they are.
        """
        self._name = name
        self._console = Console() if console is None else console
        self._quiet = quiet
        self._clock = clock
        #: What it shows, by number.
        self.messages: dict[int, ShownMessage] = {}

    @property
    def name(self) -> str:
        """The name stories use for it."""
        return self._name

    async def send(self, post: Post) -> Receipt:
        """Print a card, a reply or a changed card; see the `Channel` port."""
        shown = self._changed(post) if post.kind is PostKind.EDIT else self._added(post)
        if shown != self.messages.get(shown.id):
            self.messages[shown.id] = shown
            if not self._quiet:
                self._draw(shown)
        return Receipt(message_id=shown.id)

    def show(self) -> None:
        """Print every message as it stands now, even if quiet."""
        for shown in self.messages.values():
            self._draw(shown)

    def _added(self, post: Post) -> ShownMessage:
        reply_to = post.target if post.target in self.messages else None
        number = max(self.messages, default=0) + 1
        return ShownMessage(id=number, message=post.message, reply_to=reply_to, at=self._now())

    def _changed(self, post: Post) -> ShownMessage:
        if post.target is None:
            raise PostRefusedError("an edit names no message")
        old = self.messages.get(post.target)
        if old is None:  # shown before the last restart, which the archive remembers and the console does not
            return ShownMessage(id=post.target, message=post.message, edits=1, at=self._now())
        if old.message == post.message:
            return old
        return ShownMessage(
            id=old.id,
            message=post.message,
            edits=old.edits + 1,
            reply_to=old.reply_to,
            at=self._now(),
            before=old if self._quiet else None,
        )

    def _now(self) -> datetime | None:
        return None if self._clock is None else self._clock.now()

    def _draw(self, shown: ShownMessage) -> None:
        self._console.print(panel(shown, links=not self._console.is_terminal))


def panel(shown: ShownMessage, *, links: bool) -> Panel:
    """Draw a message in a box headed by its number.

    Args:
        shown: the message.
        links: list the targets of links below the text, for terminals that cannot click.
    """
    head = f"#{shown.id}"
    if shown.reply_to is not None:
        head += f" answers #{shown.reply_to}"
    if shown.edits:
        head += f", edited {shown.edits}x"
    text = styled(shown.message)
    if links:
        targets = dict.fromkeys(span.url for span in shown.message.spans if span.url)
        text.append("".join(f"\n{_harmless(target)}" for target in targets), style=Look(dim=True))
    return Panel(text, title=Text(head), title_align="left")


def styled(message: Message) -> Text:
    """Return the message's text with its styles, harmless to a terminal."""
    text = Text(_harmless(message.text))
    # Spans count UTF-16 units, rich counts characters.
    places = [place for place, char in enumerate(message.text) for _ in range(1 + (ord(char) > _LAST_SINGLE))]
    places.append(len(message.text))
    for span in message.spans:
        start = min(span.offset, len(places) - 1)
        end = min(span.offset + span.length, len(places) - 1)
        text.stylize(_look(span), places[start], places[end])
    return text


def _look(span: Span) -> Look:
    if span.style is Style.LINK:
        return Look(underline=True, link=_harmless(span.url or ""))
    return _LOOKS[span.style]


def _harmless(text: str) -> str:
    # One for one, so that places in the text stay valid.
    return "".join(char if char in "\n" + _JOINERS or not _steers(char) else " " for char in text)


def _steers(char: str) -> bool:
    return unicodedata.category(char) in _STEERING
