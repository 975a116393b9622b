"""Which of many queries may hold in an article: the only door to Aho-Corasick.

Of each query it is known which words, parts of words or phrases must stand in whatever it holds in. One pass
over an article's words finds all of them, whatever their number; only queries of which one was found, and
those of which nothing can be said, are looked at further. A query left out does certainly not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import ahocorasick

from bot.core.patterns import required
from bot.core.query import Reading
from bot.core.rarity import rarity
from bot.core.stems import every_stem
from bot.core.terms import AllOf, AnyOf, Exact, Fuzzy, Near, Node, Phrase, Regular, Stemmed
from bot.core.words import fold, tokens

#: Between words; twice between fields. No word holds it.
_GAP = "\x1f"
#: Before a stem, so that it is no word.
_STEM = "~"
#: A letter more halves the texts in which the beginning of a word stands; a word of three in a hundred.
_LIKELY_LETTER = 0.3


class Screen:
    """Queries, ready to be chosen from."""

    def __init__(self, roots: Sequence[Node]) -> None:
        """Collect what must stand in whatever the queries hold in."""
        wanting: dict[str, list[int]] = {}
        self._always: list[int] = []
        for number, root in enumerate(roots):
            keys = needs(root)
            if keys is None:
                self._always.append(number)
            for key in keys or ():
                wanting.setdefault(key, []).append(number)
        self._automaton = _automaton(wanting)
        self._stems = any(key.startswith(_GAP + _STEM) for key in wanting)
        self._joined = any(_GAP not in key for key in wanting)

    def candidates(self, reading: Reading) -> list[int]:
        """Return the places of the queries that may hold, in order."""
        found = set(self._always)
        if self._automaton is not None:
            for _end, numbers in self._automaton.iter(self._haystack(reading)):
                found.update(numbers)
        return sorted(found)

    def _haystack(self, reading: Reading) -> str:
        """Write an article as what the keys are looked for in."""
        rows = [tokens(text) for text in reading.texts.values() if text]
        text = _GAP + (_GAP + _GAP).join([_GAP.join(row) for row in rows]) + _GAP
        if self._stems:
            text += _GAP + _GAP.join(_STEM + stem for name in reading for stem in reading[name].stems) + _GAP
        if self._joined:
            text += _GAP.join(["".join(row) for row in rows])
        return text


def needs(node: Node) -> frozenset[str] | None:
    """Return keys of which one stands in whatever a node holds in; None: nothing can be said."""
    match node:
        case Near() | AllOf():
            return _rarest([needs(part) for part in (node.terms if isinstance(node, Near) else node.nodes)])
        case AnyOf():
            every = [needs(part) for part in node.nodes]
            return None if None in every else frozenset().union(*(keys for keys in every if keys))
        case _:
            return _needs(node)


def _needs(leaf: Node) -> frozenset[str] | None:
    match leaf:
        case Phrase():
            return frozenset([_key(leaf)])
        case Exact():
            return frozenset([_key(leaf.phrase)])
        case Stemmed():
            longest = max(leaf.parts, key=len)
            return frozenset(f"{_GAP}{_STEM}{stem}{_GAP}" for stem in every_stem(longest))
        case Fuzzy():
            return frozenset(
                piece for spelling, wrong in leaf.spellings for piece in _pieces(spelling, wrong)
            )
        case Regular():
            runs = required(leaf.expression.text)
            return None if runs is None else frozenset(map(fold, runs))
        case _:
            return None


def _key(phrase: Phrase) -> str:
    """Return the words as they stand in the haystack, up to the first that may go on."""
    key = _GAP
    for word, goes_on in phrase.parts:
        key += word
        if goes_on:
            return key
        key += _GAP
    return key


def _pieces(spelling: str, wrong: int) -> list[str]:
    """Cut a spelling into one piece more than letters may be wrong: one of them is right."""
    size, more = divmod(len(spelling), wrong + 1)
    edges = [size * n + min(n, more) for n in range(wrong + 2)]
    return [spelling[one:two] for one, two in pairwise(edges)]


def _rarest(choices: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    """Return the keys that stand in the fewest texts: every choice is as certain as the others."""
    known = [keys for keys in choices if keys is not None]
    return min(known, key=lambda keys: sum(map(_likely, keys)), default=None)


def _likely(key: str) -> float:
    """Guess in which share of texts a key stands."""
    words = [word for word in key.split(_GAP) if word]
    if key.endswith(_GAP):
        return float(min(10 ** -rarity(word.removeprefix(_STEM)) for word in words))
    return float(_LIKELY_LETTER ** len(max(words, key=len)))


def _automaton(wanting: Mapping[str, Sequence[int]]) -> ahocorasick.Automaton | None:
    automaton = ahocorasick.Automaton()
    for key, numbers in wanting.items():
        automaton.add_word(key, tuple(numbers))
    if not wanting:
        return None
    automaton.make_automaton()
    return automaton
