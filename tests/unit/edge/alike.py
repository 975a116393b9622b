"""What reading a document by its parts has to be like: reading all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from bot.edge.document import read_document
from bot.edge.items import MAX_ENTRIES
from bot.edge.layout import DoubtError, laid_out
from bot.edge.markup import decode, legal_xml
from bot.edge.parts import Digests, Parts
from bot.model import Document


def digests_of(body: bytes, url: str, content_type: str | None = None) -> list[bytes]:
    """Return the digests of all entries of a document that is laid out beyond doubt."""
    text, _ = decode(body, content_type)
    try:
        layout = laid_out(legal_xml(text).lstrip().encode())
    except DoubtError:
        return []
    digests = Digests(url)
    return [digests.of_entry(layout.entry(number)) for number in range(min(len(layout.spans), MAX_ENTRIES))]


def some_of(parts: bytes, dice: Random) -> bytes:
    """Return parts by which a random selection of the entries is known."""
    known = Parts.load(parts)
    chosen = [digest for digest in known.ids if dice.random() < 0.6]
    return known.dump(chosen)


def check_alike(
    body: bytes, url: str, known: bytes, content_type: str | None = None, full: Document | None = None
) -> Document:
    """Read a document with what is known, and compare with reading all of it; return what was read."""
    full = full or read_document(body, url, content_type)
    brief = read_document(body, url, content_type, known=known)

    assert full.left_out == 0
    assert brief.left_out + len(brief.entries) == len(full.entries)
    assert _known_by(brief) == _known_by(full)
    assert replace(brief, entries=(), parts=b"", left_out=0) == replace(full, entries=(), parts=b"")
    if brief.left_out:
        digests = digests_of(body, url, content_type)
        _check_entries(full, brief, digests, Parts.load(known))
    else:
        assert brief.entries == full.entries
    return brief


def _check_entries(full: Document, brief: Document, digests: Sequence[bytes], known: Parts) -> None:
    if len(digests) == len(full.entries):  # else an entry could not be read
        fresh = [
            entry for entry, digest in zip(full.entries, digests, strict=True) if digest not in known.ids
        ]
        assert list(brief.entries) == fresh
    else:
        rest = iter(full.entries)
        assert all(entry in rest for entry in brief.entries)


def _known_by(document: Document) -> Parts:
    # Of dates that were tried in vain at most so many are known to be.
    return replace(Parts.load(document.parts), failures=0)
