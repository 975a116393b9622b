"""An answer to a person, line by line: a terminal and a chat show the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an answer; its text may come from feeds, so that nothing in it is read as mark-up."""

    text: str
    #: Steps to the right.
    depth: int = 0
    bold: bool = False
    #: One of a list.
    bullet: bool = False
    #: Where the text leads to; None: nowhere.
    link: str | None = None
    #: The program's own words, in which commands may be tapped.
    own: bool = False
