"""Where the entries of a well-formed document stand in its bytes.

An entry is cut out only where that cannot change how the rest is read: the entries are neighbours, of one
level, with nothing but blanks between them, and nowhere else is an element of their name. In every other
case, and if the document has a type, which may define what its text means, there is no layout and the
document is read as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias
from xml.parsers import expat

#: The names of the elements that are entries, in RSS, RDF and Atom.
ENTRY_NAMES = frozenset({"item", "entry"})

_NAME = re.compile(rb"[^\s/>]+")

Span: TypeAlias = tuple[int, int]


class DoubtError(Exception):
    """To read a part of this document may not be the same as to read it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A document in UTF-8 and the places of its entries, of which there is at least one."""

    data: bytes
    #: Of each entry in turn, its first byte and the one after its last.
    spans: tuple[Span, ...]
    #: How many elements are open inside an entry's start tag, itself among them.
    level: int
    #: The start tags that are open around the entries: names, attributes, namespaces.
    around: str

    def entry(self, number: int) -> bytes:
        """Return an entry's bytes."""
        start, end = self.spans[number]
        return self.data[start:end]

    def with_only(self, numbers: Sequence[int]) -> bytes:
        """Return the document with these entries only, given by their places in rising order."""
        head, tail = self.data[: self.spans[0][0]], self.data[self.spans[-1][1] :]
        return b"".join((head, *map(self.entry, numbers), tail))


def laid_out(data: bytes) -> Layout:
    """Find the entries of a document.

    Args:
        data: the document in UTF-8, whatever it declares; its type declares no entities.

    Raises:
        DoubtError: it has none, or it is not certain where they are.
    """
    search = _Search(data)
    try:
        search.run()
    except expat.ExpatError as error:
        raise DoubtError from error
    gaps = (data[end:start] for (_, end), (start, _) in pairwise(search.spans))
    if not search.spans or any(gap.strip() for gap in gaps):
        raise DoubtError
    return Layout(data=data, spans=tuple(search.spans), level=search.level, around=search.around)


class _Search:
    """One walk through a document by expat."""

    def __init__(self, data: bytes) -> None:
        self.spans: list[Span] = []
        self.level = 0
        self.around = ""
        self._data = data
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doubt
        self._parser.StartNamespaceDeclHandler = self._namespace
        self._open: list[str] = []
        self._namespaces: list[str] = []
        #: How many elements are open inside the entry that is read; None outside of entries.
        self._depth: int | None = None
        self._start_of_entry = 0
        self._end_tag = _NAME

    def run(self) -> None:
        self._parser.Parse(self._data, True)

    def _doubt(self, *_: object) -> None:
        raise DoubtError

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        if self._depth is None:
            self._namespaces.append(f"{prefix}={uri}")

    def _start(self, name: str, attributes: list[str]) -> None:
        if self._depth is not None:
            self._depth += 1
            return
        if name.rpartition(" ")[2].lower() in ENTRY_NAMES:
            self._start_entry()
        else:
            self._open.append(repr((name, attributes, self._namespaces)))
        self._namespaces = []

    def _start_entry(self) -> None:
        level = len(self._open) + 1
        if not self.spans:
            self.level, self.around = level, "".join(self._open)
        elif level != self.level:
            raise DoubtError
        self._depth = 0
        self._start_of_entry = self._parser.CurrentByteIndex
        name = _NAME.match(self._data, self._start_of_entry + 1)
        self._end_tag = re.compile(rb"</%s[\s>]" % re.escape(name[0] if name else b""))

    def _end(self, _name: str) -> None:
        if self._depth is None:
            self._open.pop()
        elif self._depth:
            self._depth -= 1
        else:
            self._depth = None
            self.spans.append((self._start_of_entry, self._end_of_entry()))

    def _end_of_entry(self) -> int:
        """Return where the entry ends whose end is reported.

        Of an empty element ("<item/>") expat names the byte behind it, else the first of the end tag. No
        element around an entry has its name.
        """
        place = self._parser.CurrentByteIndex
        if self._end_tag.match(self._data, place):
            return self._data.index(b">", place) + 1
        return place
