"""What a title speaks of, whatever words it uses.

"Putin hosts Chinese defence minister in Kremlin" and "Russian president meets China's Li Shangfu" share two
words and nearly all of their meaning. Spellings of a story's aliases, synonyms, countries with their capitals
and crude stems are mapped to concepts; the comparison then counts those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from bot.core.lexicon import PLACES, STOP_WORDS, SYNONYMS
from bot.core.query import alias_spellings
from bot.core.words import is_unspaced, stem, tokens

_Index: TypeAlias = dict[str, list[tuple[tuple[str, ...], str]]]

#: Letters of the longest prefix looked up: long enough for any spelling that ends in *.
_LONGEST_PREFIX = 24
#: Words whose spellings are remembered; a few megabytes.
_MOST_WORDS = 32_768
#: The same of titles.
_MOST_TITLES = 4_096


@dataclass(frozen=True, slots=True)
class Concepts:
    """Spellings, in words, and the concept each stands for."""

    #: First word → (its further words, the concept); a word ending in * is a prefix.
    spellings: Mapping[str, Sequence[tuple[tuple[str, ...], str]]]
    #: First letters → the same, for spellings whose first word is a prefix.
    prefixes: Mapping[str, Sequence[tuple[tuple[str, ...], str]]]
    #: Concepts of the story's aliases that are names of persons: one cannot stand for another.
    persons: frozenset[str] = frozenset()
    #: Concept of a person → countries its spellings name: "Russian president" brings Russia along.
    homes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: Words looked up before → the spellings that begin with them.
    _begun: dict[str, Sequence[tuple[tuple[str, ...], str]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    #: Titles read before → their concepts: one decision asks for the same few many times.
    _read: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, aliases: Mapping[str, Sequence[str]], *, where: str) -> Concepts:
        """Join a story's aliases with the general tables; the aliases come first.

        An alias that includes another ("@defence-minister") makes both one concept. One whose first spelling
        is written like a person's name ("Li Shangfu") is a person, who cannot stand for another.

        Raises:
            ConfigError: an alias includes one that does not exist.
        """
        included = {s[1:] for spellings in aliases.values() for s in spellings if s.startswith("@")}
        general = _general_ones()
        if not aliases:  # as of all that people follow for themselves: hundreds of stories share one table
            return general
        table, homes = _general().copy(), dict[str, frozenset[str]]()
        for name in (name for name in aliases if name not in included):
            spellings = alias_spellings(name, aliases, where=where)
            keys = [key for spelling in spellings if (key := _key(spelling))]
            countries = {place for key in keys if (place := _place(key))}
            concept = countries.pop() if len(countries) == 1 else f"@{name}"
            table |= dict.fromkeys(keys, concept)
            if not countries and concept.startswith("@") and spellings and _is_name(spellings[0]):
                homes[concept] = frozenset(p for spelling in spellings for p in _countries(general(spelling)))
        return cls(*_indexed(table), persons=frozenset(homes), homes=homes)

    def __call__(self, text: str) -> frozenset[str]:
        """Return the concepts of a text: mapped spellings, else stems of its content words."""
        found = self._read.get(text)
        if found is None:
            if len(self._read) >= _MOST_TITLES:
                self._read.clear()
            found = self._read[text] = frozenset(self.in_order(tokens(text)))
        return found

    def knows(self, word: str) -> bool:
        """Tell whether a word alone is a spelling of some concept."""
        return self._longest((word,), 0)[1] is not None

    def places(self, text: str) -> frozenset[str]:
        """Return the countries and alliances a text names, those that its persons bring along included."""
        found = self(text)
        brought = (self.homes[person] for person in found & self.persons)
        return _countries(found).union(*brought)

    def in_order(self, row: Sequence[str]) -> Iterator[str]:
        """Yield the concepts of folded words in their order; of spellings that overlap, the longest."""
        place = 0
        while place < len(row):
            length, concept = self._longest(row, place)
            if concept:
                yield concept
            elif row[place] not in STOP_WORDS:
                yield from _plain(row, place)
            place += length

    def _longest(self, row: Sequence[str], place: int) -> tuple[int, str | None]:
        word = row[place]
        best: tuple[int, str | None] = (1, None)
        for rest, concept in self._beginning(word):
            length = 1 + len(rest)
            if (length > best[0] or best[1] is None) and _continues(row[place + 1 : place + length], rest):
                best = (length, concept)
        return best

    def _beginning(self, word: str) -> Sequence[tuple[tuple[str, ...], str]]:
        """Return the spellings that begin with a word; most words begin none, and the same come again."""
        found = self._begun.get(word)
        if found is None:
            if len(self._begun) >= _MOST_WORDS:
                self._begun.clear()
            found = self._begun[word] = (*self.spellings.get(word, ()), *self._prefixed(word))
        return found

    def _prefixed(self, word: str) -> Iterator[tuple[tuple[str, ...], str]]:
        for length in range(1, min(len(word), _LONGEST_PREFIX) + 1):
            yield from self.prefixes.get(word[:length], ())


def _countries(concepts: frozenset[str]) -> frozenset[str]:
    return concepts & PLACES.keys()


def _plain(row: Sequence[str], place: int) -> Iterator[str]:
    """Yield a word's stem; of unspaced characters the pair with the next, since one alone says little."""
    word = row[place]
    if not is_unspaced(word):
        yield stem(word)
    elif place + 1 < len(row) and is_unspaced(row[place + 1]):
        yield word + row[place + 1]


def _continues(row: Sequence[str], rest: Sequence[str]) -> bool:
    return len(row) == len(rest) and all(
        word.startswith(part[:-1]) if part.endswith("*") else word == part
        for word, part in zip(row, rest, strict=True)
    )


def _key(spelling: str) -> tuple[str, ...]:
    row: list[str] = []
    for piece in spelling.split():
        parts = list(tokens(piece))
        if parts and piece.endswith("*"):
            parts[-1] += "*"
        row += parts
    return tuple(row)


def _place(key: tuple[str, ...]) -> str | None:
    (*head, last) = key
    return _places().get(key) or _places().get((*head, last.removesuffix("*")))


def _is_name(spelling: str) -> bool:
    """Tell whether a spelling is written like a person's name: two or more words, each with a capital."""
    parts = spelling.split()
    return len(parts) > 1 and all(part[0].isupper() for part in parts)


def _indexed(table: Mapping[tuple[str, ...], str]) -> tuple[_Index, _Index]:
    spellings: _Index = {}
    prefixes: _Index = {}
    for (first, *rest), concept in table.items():
        index = prefixes if first.endswith("*") else spellings
        index.setdefault(first.removesuffix("*"), []).append((tuple(rest), concept))
    return spellings, prefixes


@lru_cache(maxsize=1)
def _places() -> dict[tuple[str, ...], str]:
    return {_key(spelling): place for place, spellings in PLACES.items() for spelling in spellings}


@lru_cache(maxsize=1)
def _general() -> dict[tuple[str, ...], str]:
    verbs = {_key(spelling): concept for concept, spellings in SYNONYMS.items() for spelling in spellings}
    return verbs | _places()


@lru_cache(maxsize=1)
def _general_ones() -> Concepts:
    return Concepts(*_indexed(_general()))
