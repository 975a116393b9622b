"""What people changed by commands, as they read it."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.sheet import Line
from bot.model import Deed


def deed_lines(deeds: Iterable[Deed]) -> list[Line]:
    """Return two lines for each deed: who said what and when, and what came of it."""
    return [line for deed in deeds for line in _told(deed)] or [Line(text="Nothing was changed by command.")]


def who(deed: Deed) -> str:
    """Return who said it: a number of Telegram's, or whoever sat at the terminal."""
    return "the terminal" if deed.person is None else str(deed.person)


def _told(deed: Deed) -> list[Line]:
    undone = "" if deed.undone_at is None else f" (undone {deed.undone_at:%Y-%m-%d %H:%M} UTC)"
    said = " ".join(deed.said.split())
    return [
        Line(text=f"{deed.number}  {deed.at:%Y-%m-%d %H:%M} UTC  {who(deed)}: {said}", bold=True),
        Line(text=f"{deed.outcome}{undone}", depth=1),
    ]
