"""Fuzz the reading of documents with atheris (https://github.com/google/atheris).

    uv run --group fuzz python scripts/fuzz_parse.py [FOLDER] [-max_total_time=600]

The first line of an input chooses two documents: of the lines that follow, each digit names those that the
first and the second one have. What is known after the first is handed over with the second. Checked are that
nothing but ParseError is raised, and that what is known makes no difference but that it is left out.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import atheris

with atheris.instrument_imports(include=["bot.edge", "feedparser"]):
    from bot.edge.document import read_document
    from bot.edge.parts import Parts

from bot.errors import ParseError
from bot.model import Document

_URL = "https://news.example/feeds/world.xml"
_DIGITS = b"0123456789"


def one_input(data: bytes) -> None:
    """Read both documents of an input, the second with and without what is known after the first."""
    first, second = documents(data)
    before, full = read(first), read(second)
    brief = read(second, known=before.parts if before else b"")
    if (brief is None) != (full is None):
        raise AssertionError("what is known decides whether it is a document")
    if brief and full:
        compare(brief, full)


def documents(data: bytes) -> tuple[bytes, bytes]:
    """Return the two documents of an input; without a choice in its first line both are all of it."""
    choice, _, rest = data.partition(b"\n")
    lines = rest.split(b"\n")
    ones, _, twos = choice.partition(b",")
    if not ones or ones.strip(_DIGITS) or twos.strip(_DIGITS):
        return data, data
    return _chosen(lines, ones), _chosen(lines, twos)


def _chosen(lines: list[bytes], digits: bytes) -> bytes:
    return b"\n".join(lines[int(chr(digit))] for digit in digits if int(chr(digit)) < len(lines))


def read(body: bytes, *, known: bytes = b"") -> Document | None:
    """Return the document; None if it is refused."""
    try:
        return read_document(body, _URL, None, known=known)
    except ParseError:
        return None


def compare(brief: Document, full: Document) -> None:
    """Check that a document is another one without some of its entries.

    Raises:
        AssertionError: it is not.
    """
    rest = iter(full.entries)
    same = (
        brief.left_out + len(brief.entries) == len(full.entries)
        and all(entry in rest for entry in brief.entries)
        and Parts.load(brief.parts).ids == Parts.load(full.parts).ids
        and replace(brief, entries=(), parts=b"", left_out=0) == replace(full, entries=(), parts=b"")
    )
    if not same:
        raise AssertionError("what is known makes a difference")


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
