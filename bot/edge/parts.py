"""By what the entries of a document are known again at the next poll.

Of each entry is kept a digest of its bytes and one of its id. The digest of its bytes is keyed by this
program's way of reading and by the document's address; beside them all stands a digest of whatever else
decides how they are read. So where digests are equal, so is the entry that would be read. The id is kept
because an id that two entries share identifies neither: if that of an entry that stands in the document
unchanged turns up once more, all of them have to be looked at.
"""

from __future__ import annotations

import hashlib
import struct
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

import feedparser

from bot.edge.dates import PATIENCE
from bot.edge.layout import DoubtError
from bot.model import Entry

#: To be raised whenever the same bytes come to be read as another entry than before, if that is worth that
#: every entry be read again. Pictures, found since then, are not: what was recorded stays as it is.
_READING = 1

#: The digest of what surrounds the entries, and how many dates were tried in vain.
_HEAD = struct.Struct("7sB")
#: The digests of an entry's bytes and of its id.
_PART = struct.Struct("8s4s")
_NO_ID = bytes(4)

Digest: TypeAlias = bytes


class Digests:
    """Makes the digests for documents of one address."""

    def __init__(self, url: str) -> None:
        way = f"{_READING} {feedparser.__version__} {url}"
        self._key = hashlib.blake2b(way.encode(errors="replace"), digest_size=32).digest()

    def of_entry(self, written: bytes) -> Digest:
        """Return the digest of an entry's bytes."""
        return self._digest(written, b"entry", 8)

    def of_context(self, context: str) -> Digest:
        """Return the digest of what decides how entries are read but themselves."""
        return self._digest(context.encode(errors="surrogatepass"), b"context", 7)

    def of_id(self, entry: Entry) -> Digest:
        """Return the digest of an entry's id; that of "none" where there is none."""
        return self._digest(entry.id.encode(errors="replace"), b"id", 4) if entry.id else _NO_ID

    def _digest(self, data: bytes, kind: bytes, size: int) -> Digest:
        return hashlib.blake2b(data, digest_size=size, key=self._key, person=kind).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is known of the entries of a document."""

    context: Digest = b""
    #: At most so many dates were tried in vain, which all entries have a part in: there is a limit to it.
    failures: int = 0
    #: The digests of the entries, and of their ids.
    ids: Mapping[Digest, Digest] = field(default_factory=dict)

    @classmethod
    def load(cls, known: bytes) -> Parts:
        """Return what `dump` made; nothing known from anything else."""
        if len(known) <= _HEAD.size or (len(known) - _HEAD.size) % _PART.size:
            return cls()
        context, failures = _HEAD.unpack_from(known)
        return cls(context=context, failures=failures, ids=dict(_PART.iter_unpack(known[_HEAD.size :])))

    def dump(self, order: Sequence[Digest]) -> bytes:
        """Return the bytes to be kept until the next poll: eight, and twelve for each entry.

        Args:
            order: the digests of the entries to be known, as they stand in the document.
        """
        parts = b"".join(_PART.pack(digest, self.ids[digest]) for digest in order)
        return _HEAD.pack(self.context, self.failures) + parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Some entries of a document, as read."""

    #: In turn; None in the place of each that cannot be read.
    entries: Sequence[Entry | None]
    #: All that decides how entries are read but themselves; "" if they depend on each other.
    context: str
    #: How many of their dates were tried in vain.
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """The entries of a document that were not known."""

    entries: tuple[Entry, ...]
    left_out: int
    #: By what all its entries are known the next time; b"" if that cannot be said.
    parts: bytes


Read: TypeAlias = Callable[[Sequence[int]], Taken]


def recall(order: Sequence[Digest], digests: Digests, known: bytes, read: Read) -> Recalled:
    """Read those entries of a document that are not known; all of them where that might not be the same.

    Args:
        order: the digests of its entries.
        digests: who made them.
        known: `Recalled.parts` of the document as it was before.
        read: reads some of its entries, given by their places in rising order.

    Raises:
        DoubtError: even all of them cannot be read one by one.
    """
    parts = Parts.load(known)
    if any(digest in parts.ids for digest in order):
        with suppress(DoubtError):
            return _recall(order, digests, parts, read)
    return _recall(order, digests, Parts(), read)


def _recall(order: Sequence[Digest], digests: Digests, known: Parts, read: Read) -> Recalled:
    fresh = [number for number, digest in enumerate(order) if digest not in known.ids]
    left_out = len(order) - len(fresh)
    taken = read(fresh)
    if left_out and digests.of_context(taken.context) != known.context:
        raise DoubtError
    parts = _remembered(order, fresh, taken, known, digests) if taken.context else b""
    if left_out and not parts:
        raise DoubtError
    return Recalled(entries=tuple(filter(None, taken.entries)), left_out=left_out, parts=parts)


def _remembered(
    order: Sequence[Digest], fresh: Sequence[int], taken: Taken, known: Parts, digests: Digests
) -> bytes:
    """Return by what the entries are known; b"" if the reading or worth of one depends on another.

    Entries that share their id are not remembered, so that they are all looked at as long as they do.
    """
    ids = dict(known.ids)
    for number, entry in zip(fresh, taken.entries, strict=True):
        if entry:
            ids[order[number]] = digests.of_id(entry)
    counts = Counter(ids[digest] for digest in order if digest in ids)
    counts[_NO_ID] = 1
    lasting = [digest for digest in order if digest in ids and counts[ids[digest]] == 1]
    left_out = [digest for digest in order if digest in known.ids]
    failures = taken.failures + (known.failures if left_out else 0)
    if any(counts[ids[digest]] > 1 for digest in left_out) or not lasting or failures >= PATIENCE:
        return b""
    return Parts(context=digests.of_context(taken.context), failures=failures, ids=ids).dump(lasting)
