"""Figures in one spelling: "$10 billion", "10bln" and "10bn" are one amount, "7.5%" is "7.5 percent"."""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNITS = {
    "billion": r"bn|bln|billions?|mrd|milliarden?|млрд|миллиард\w*|mld|miliard\w*",
    "million": r"mn|mln|millions?|mio|millionen|млн|миллион\w*|milion\w*|millones",
    "trillion": r"tn|trn|trillions?|трлн|триллион\w*",
    "percent": r"%|pct|percent|per cent|процент\w*|prozent|процентов|por ciento|pour cent|proc\.?",
}
#: Bounded, as a row of digits without end would be looked through from each of them again.
_NUMBER = r"(?<![\d.,:])(?P<number>\d{1,15}(?:[.,:]\d{1,15}){0,6})"
_AMOUNT = re.compile(
    rf"{_NUMBER}\s?(?:"
    + "|".join(f"(?P<{unit}>{spelling})" for unit, spelling in _UNITS.items())
    + r")(?!\w)",
    re.IGNORECASE,
)
#: A single letter is a unit only behind a currency: "$10B", but not "5 m".
_SHORT = re.compile(rf"(?P<currency>[$€£¥])\s?{_NUMBER}\s?(?P<letter>[BMTbmt])(?!\w)")
_LETTERS = {"b": "billion", "m": "million", "t": "trillion"}
_DIGIT = re.compile(r"\d")
#: "6,542", "6 542", "6.542.000": groups of three, set apart by a comma, any space, or more than one dot.
_GROUPED = re.compile(
    r"(?<![\d.,])\d{1,3}(?:(?:,\d{3})+|(?:[ \u00a0\u2009\u202f]\d{3})+|(?:\.\d{3}){2,})(?![\d]|[.,]\d)"
)
_NO_DIGIT = re.compile(r"\D")


def spelled_out(text: str) -> str:
    """Return the text with its amounts in one spelling; everything else is left alone."""
    if not _DIGIT.search(text):
        return text
    text = _GROUPED.sub(lambda found: _NO_DIGIT.sub("", found.group()), text)
    text = _SHORT.sub(lambda found: f"{found['number']} {_LETTERS[found['letter'].lower()]}", text)
    return _AMOUNT.sub(lambda found: f"{found['number']} {found.lastgroup}", text)


def figures(row: Sequence[str]) -> frozenset[str]:
    """Return the words of a text that hold a digit, without separators of thousands."""
    return frozenset(word.replace(",", "") for word in row if _DIGIT.search(word))
