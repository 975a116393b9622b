"""The parts of a keyword query, and how each finds its words in a text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.words import Word, tokens, words

FIELDS = ("title", "summary", "body")
#: Of a prefix so many letters are looked for first.
_HEAD = 3


class Text:
    """One field of an article, ready for look-ups."""

    def __init__(self, text: str) -> None:
        """Split the text once; every term then looks words up."""
        self.text = text
        self.words: Sequence[Word] = words(text)
        self.places: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            self.places.setdefault(word.text, []).append(place)
        self._vocabulary = sorted(self.places)

    def starting_with(self, prefix: str) -> list[int]:
        """Return the places of words that begin so, in order."""
        found: list[int] = []
        for word in self._vocabulary[bisect_left(self._vocabulary, prefix) :]:
            if not word.startswith(prefix):
                break
            found += self.places[word]
        return sorted(found)

    def excerpt(self, first: int, last: int, around: int = 5) -> str:
        """Return the words from `first` to `last` with some of their neighbours."""
        start = self.words[max(0, first - around)].start
        end = self.words[min(len(self.words) - 1, last + around)].end
        return self.text[start:end]


@dataclass(frozen=True, slots=True)
class Found:
    """A term in a field: the places of its first and last word."""

    term: str
    field: str
    first: int
    last: int


class Vocabulary:
    """The words of all fields of an article, without their places: most queries fail for want of a word."""

    def __init__(self, *texts: str) -> None:
        """Split the texts."""
        self.words = frozenset().union(*map(tokens, texts))
        self._heads = {word[:_HEAD] for word in self.words}

    def has(self, part: str, *, is_prefix: bool) -> bool:
        """Tell whether a word stands in it; of a prefix, whether that may be."""
        if not is_prefix:
            return part in self.words
        return len(part) < _HEAD or part[:_HEAD] in self._heads


class Node(Protocol):
    """A part of a query."""

    def may_hold(self, vocabulary: Vocabulary) -> bool:
        """Tell whether it could hold in a text of these words; False is certain."""
        ...

    def find(self, texts: Mapping[str, Text]) -> list[Found] | None:
        """Return what it found (perhaps nothing, for a negation that holds), or None if it does not hold."""
        ...


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row; each may be a prefix."""

    label: str
    parts: tuple[tuple[str, bool], ...]
    fields: tuple[str, ...] = FIELDS

    def may_hold(self, vocabulary: Vocabulary) -> bool:
        """Look for each word."""
        return all(vocabulary.has(part, is_prefix=prefix) for part, prefix in self.parts)

    def find(self, texts: Mapping[str, Text]) -> list[Found] | None:
        """Find every place where the words stand in a row."""
        found = [
            Found(self.label, name, place, place + len(self.parts) - 1)
            for name in self.fields
            for place in self._places(texts[name])
        ]
        return found or None

    def _places(self, text: Text) -> Iterator[int]:
        first, is_prefix = self.parts[0]
        starts = text.starting_with(first) if is_prefix else text.places.get(first, ())
        for start in starts:
            row = text.words[start : start + len(self.parts)]
            if len(row) == len(self.parts) and all(
                word.text.startswith(part) if prefix else word.text == part
                for word, (part, prefix) in zip(row, self.parts, strict=True)
            ):
                yield start


@dataclass(frozen=True, slots=True)
class Near:
    """All of its terms within so many words of each other, in any order."""

    label: str
    terms: tuple[Phrase, ...]
    distance: int
    fields: tuple[str, ...] = FIELDS

    def may_hold(self, vocabulary: Vocabulary) -> bool:
        """Look for each term."""
        return all(term.may_hold(vocabulary) for term in self.terms)

    def find(self, texts: Mapping[str, Text]) -> list[Found] | None:
        """Find the first window that holds every term."""
        for name in self.fields:
            places = [[hit.first for hit in term.find({name: texts[name]}) or ()] for term in self._in(name)]
            if all(places) and (window := _tightest(places)) and window[1] - window[0] <= self.distance:
                return [Found(self.label, name, *window)]
        return None

    def _in(self, name: str) -> list[Phrase]:
        return [Phrase(term.label, term.parts, (name,)) for term in self.terms]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one holds."""

    nodes: tuple[Node, ...]

    def may_hold(self, vocabulary: Vocabulary) -> bool:
        """Look for one that may."""
        return any(node.may_hold(vocabulary) for node in self.nodes)

    def find(self, texts: Mapping[str, Text]) -> list[Found] | None:
        """Collect what every part that holds has found."""
        found = [hits for node in self.nodes if (hits := node.find(texts)) is not None]
        return [hit for hits in found for hit in hits] if found else None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one holds."""

    nodes: tuple[Node, ...]

    def may_hold(self, vocabulary: Vocabulary) -> bool:
        """Look for one that cannot."""
        return all(node.may_hold(vocabulary) for node in self.nodes)

    def find(self, texts: Mapping[str, Text]) -> list[Found] | None:
        """Collect what all parts have found."""
        found: list[Found] = []
        for node in self.nodes:
            hits = node.find(texts)
            if hits is None:
                return None
            found += hits
        return found


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    node: Node

    def may_hold(self, vocabulary: Vocabulary) -> bool:  # noqa: ARG002  words alone prove no absence
        """Leave it open."""
        return True

    def find(self, texts: Mapping[str, Text]) -> list[Found] | None:
        """Hold, with nothing to show, where the part does not."""
        return [] if self.node.find(texts) is None else None


def scoped(node: Node, fields: tuple[str, ...]) -> Node:
    """Return the node looking only into these fields."""
    match node:
        case Phrase():
            return Phrase(node.label, node.parts, fields)
        case Near():
            return Near(node.label, node.terms, node.distance, fields)
        case AnyOf():
            return AnyOf(tuple(scoped(part, fields) for part in node.nodes))
        case AllOf():
            return AllOf(tuple(scoped(part, fields) for part in node.nodes))
        case Not():
            return Not(scoped(node.node, fields))
        case _:
            return node


def _tightest(places: Sequence[Sequence[int]]) -> tuple[int, int] | None:
    """Return the smallest window that holds one place of every list."""
    marks = sorted((place, which) for which, row in enumerate(places) for place in row)
    counts = [0] * len(places)
    best: tuple[int, int] | None = None
    start = 0
    for place, which in marks:
        counts[which] += 1
        while all(counts):
            first, leaving = marks[start]
            if best is None or place - first < best[1] - best[0]:
                best = (first, place)
            counts[leaving] -= 1
            start += 1
    return best
