"""Lines → messages that Telegram takes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.draft import Draft, inert, units
from bot.core.sheet import Line
from bot.model import Message, Style

#: UTF-16 units of one page: as much as a screen shows, and far from Telegram's limit of 4,096.
PAGE = 3_000
#: Links and bold lines of one page; Telegram shows no more than 100.
_MOST_STYLES = 90
#: What of one line is shown.
_LONGEST_LINE = 1_000
_STEP = "   "


def pages(lines: Sequence[Line]) -> list[Message]:
    """Return messages that show lines, each at most a page long; one empty line where there is none."""
    made: list[Draft] = [Draft()]
    for line in lines:
        text = _shown(line)
        draft = made[-1]
        full = units(draft.text) + units(text) + 1 > PAGE or len(draft.spans) + 2 > _MOST_STYLES
        if draft.text and full:
            draft = Draft()
            made.append(draft)
        if draft.text:
            draft.add("\n")
        _write(line, text, draft)
    return [draft.message() for draft in made]


def _shown(line: Line) -> str:
    text = " ".join(line.text.split())
    text = text if line.own else inert(text)
    return text if len(text) <= _LONGEST_LINE else f"{text[: _LONGEST_LINE - 1]}…"


def _write(line: Line, text: str, draft: Draft) -> None:
    draft.add(_STEP * line.depth + ("• " if line.bullet else ""))
    styles = (Style.BOLD,) if line.bold else ()
    draft.add(text, *styles, url=line.link)
