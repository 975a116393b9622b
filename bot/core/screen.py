"""Which of many queries may hold in an article: the only door to Aho-Corasick.

Of each query it is known which words, parts of words or phrases must stand in whatever it holds in. One pass
over an article's words finds all of them, whatever their number; only queries of which one was found, and
those of which nothing can be said, are looked at further. A query left out does certainly not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Literal, TypeAlias

import ahocorasick

from bot.core.lexicon import STOP_WORDS
from bot.core.query import Reading
from bot.core.rarity import rarity
from bot.core.similarity import within_edits
from bot.core.stems import every_stem
from bot.core.terms import (
    LONG_SPELLING,
    AllOf,
    AnyOf,
    Exact,
    Fuzzy,
    Near,
    Node,
    Not,
    Phrase,
    Regular,
    Stemmed,
)
from bot.core.words import fold, stem, tokens

#: Between words; twice between fields. No word holds it.
_GAP = "\x1f"
#: Before a stem, and before a name that a word may be a misspelling of, so that they are no words.
_STEM, _LIKE = "~", "≈"
#: A letter more halves the texts in which the beginning of a word stands; a word of three in a hundred.
_LIKELY_LETTER = 0.3
#: More letters of a misspelled name's piece are not looked at.
_LONGEST_PIECE = 6
#: Words of which it is known what they may be misspellings of; a few megabytes.
_MOST_WORDS = 65_536
#: No word with one letter wrong is longer than this.
_LONGEST_LIKE = LONG_SPELLING


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A part of which nothing is left out, and keys of which one stands wherever it holds."""

    node: Node
    #: None: nothing can be said.
    keys: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class _Any:
    """Alternatives; those of many that may hold are looked up, not tried."""

    parts: tuple[_Plan, ...]
    #: Key → the places of the parts that may hold if it is found.
    places: Mapping[str, tuple[int, ...]]
    #: The places of all others.
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _All:
    """What has to hold together; of words near each other the node that finds them."""

    parts: tuple[_Plan, ...]
    near: Near | None = None


@dataclass(frozen=True, slots=True)
class _Never:
    """What must not hold: where it cannot, there is nothing to look at."""

    part: _Plan

    @property
    def parts(self) -> tuple[_Plan, ...]:
        """Return what it is made of."""
        return (self.part,)


_Plan: TypeAlias = _Leaf | _Any | _All | _Never
#: What holds everywhere, with nothing to show.
_HOLDS = AllOf(())


class Screen:
    """Queries, ready to be chosen from."""

    def __init__(self, roots: Sequence[Node]) -> None:
        """Collect what must stand in whatever the queries hold in."""
        self._plans = [_plan(root) for root in roots]
        wanting: dict[str, list[int]] = {key: [] for plan in self._plans for key in _keys(plan)}
        self._always: list[int] = []
        for number, plan in enumerate(self._plans):
            rarest = _rarest(plan)
            if rarest is None:
                self._always.append(number)
            for key in rarest or ():
                wanting[key].append(number)
        self._stems = any(key.startswith(_GAP + _STEM) for key in wanting)
        self._wanting = {key: tuple(numbers) for key, numbers in wanting.items()}
        spellings = dict(spelling for plan in self._plans for spelling in _spellings(plan))
        self._like = _Like(name for name, wrong in spellings.items() if wrong and len(name) < LONG_SPELLING)
        self._automaton = _automaton(self._wanting, spellings)

    def candidates(self, reading: Reading) -> list[tuple[int, Node]]:
        """Return the places of the queries that may hold, in order, each with what of it may."""
        found: set[str] = set()
        numbers = set(self._always)
        if self._automaton is not None:
            haystack = self._haystack(reading)
            for end, (key, pieces) in self._automaton.iter(haystack):
                if pieces:
                    found.update(piece.key for piece in pieces if piece.is_right(haystack, end + 1))
                if key:
                    found.add(key)
        for key in found:
            numbers.update(self._wanting[key])
        left = ((number, _left(self._plans[number], found)) for number in sorted(numbers))
        return [(number, node) for number, node in left if node is not None]

    def _haystack(self, reading: Reading) -> str:
        """Write an article as what the keys are looked for in."""
        rows = [tokens(text) for text in reading.texts.values() if text]
        text = (_GAP + _GAP).join(map(_GAP.join, rows))
        if self._like.names:
            text += "".join([self._like[word] for row in rows for word in row])
        if self._stems:
            stems = [_STEM + stem for name in reading.texts for stem in reading[name].stems]
            text += _GAP + _GAP.join(stems)
        return _GAP + text + _GAP


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a name's spelling; where it stands the rest has to be looked at."""

    key: str
    spelling: str
    wrong: int
    #: So many signs, gaps included, stand in it.
    length: int
    side: Literal["first", "middle", "last"]

    def is_right(self, text: str, end: int) -> bool:
        """Tell whether the name stands around the piece that ends there; of a middle one, that it may."""
        most = 3 * len(self.spelling)  # every letter may be a word, and one more be there
        if self.side == "first":
            start = end - self.length
            return self._is_one(text[start : start + most].split(_GAP), last=False)
        if self.side == "last":
            row = text[max(0, end - 1 - most) : end - 1].split(_GAP)
            return self._is_one(row[::-1], last=True)
        return True

    def _is_one(self, row: Sequence[str], *, last: bool) -> bool:
        joined = ""
        for word in row:
            joined = word + joined if last else joined + word
            if not word or len(joined) > len(self.spelling) + self.wrong:
                return False
            if len(joined) >= len(self.spelling) - self.wrong and within_edits(
                joined, self.spelling, self.wrong
            ):
                return True
        return False


class _Like(dict[str, str]):
    """Word → the keys of the names that it may be a misspelling of, by one letter."""

    def __init__(self, names: Iterable[str]) -> None:
        """Collect what the names are without any one letter: a wrong one is missing on both sides."""
        super().__init__()
        self.names: dict[str, set[str]] = {}
        for name in names:
            for row in _one_missing(name):
                self.names.setdefault(row, set()).add(name)

    def __missing__(self, word: str) -> str:
        """Find the names of a word that was not asked about before."""
        if len(self) >= _MOST_WORDS:
            self.clear()
        like = {name for row in _one_missing(word) for name in self.names.get(row, ())}
        keys = self[word] = "".join(map(_like_key, like))
        return keys


def _one_missing(word: str) -> Iterator[str]:
    """Yield a word, and it without each of its letters."""
    yield word
    if len(word) <= _LONGEST_LIKE:
        for place in range(len(word)):
            yield word[:place] + word[place + 1 :]


def _plan(node: Node) -> _Plan:
    match node:
        case Near():
            return _All(tuple(map(_plan, node.terms)), near=node)
        case AllOf():
            return _All(tuple(map(_plan, node.nodes)))
        case AnyOf():
            return _any(tuple(map(_plan, node.nodes)))
        case Not():
            return _Never(_plan(node.node))
        case _:
            return _Leaf(node, _needs(node))


def _any(parts: tuple[_Plan, ...]) -> _Any:
    places: dict[str, tuple[int, ...]] = {}
    others: list[int] = []
    for place, part in enumerate(parts):
        rarest = _rarest(part)
        if rarest is None:
            others.append(place)
        for key in rarest or ():
            places[key] = (*places.get(key, ()), place)
    return _Any(parts, places, tuple(others))


def _left(plan: _Plan, found: AbstractSet[str]) -> Node | None:
    """Return what of a query may hold where these keys were found; None: it cannot."""
    match plan:
        case _Leaf():
            return None if plan.keys is not None and plan.keys.isdisjoint(found) else plan.node
        case _Any():
            return _alternatives(plan, found)
        case _All():
            return _together(plan, found)
        case _Never():
            inside = _left(plan.part, found)
            return _HOLDS if inside is None else Not(inside)


def _together(plan: _All, found: AbstractSet[str]) -> Node | None:
    nodes: list[Node] = []
    for part in plan.parts:
        node = _left(part, found)
        if node is None:
            return None
        if node is not _HOLDS:
            nodes.append(node)
    if plan.near is not None:
        return plan.near
    return nodes[0] if len(nodes) == 1 else AllOf(tuple(nodes))


def _alternatives(plan: _Any, found: AbstractSet[str]) -> Node | None:
    here = {place for key in plan.places.keys() & found for place in plan.places[key]}
    here.update(plan.others)
    nodes = [node for place in sorted(here) if (node := _left(plan.parts[place], found)) is not None]
    if len(nodes) == 1:
        return nodes[0]
    return AnyOf(tuple(nodes)) if nodes else None


def _keys(plan: _Plan) -> Iterator[str]:
    if isinstance(plan, _Leaf):
        yield from plan.keys or ()
    else:
        yield from chain.from_iterable(map(_keys, plan.parts))


def _rarest(plan: _Plan) -> frozenset[str] | None:
    """Return keys of which one stands in whatever a query holds in, if there is a choice the rarest."""
    match plan:
        case _Leaf():
            return plan.keys
        case _Any():
            rows = [_rarest(part) for part in plan.parts]
            return None if None in rows else frozenset().union(*(keys for keys in rows if keys))
        case _All():
            known = [keys for part in plan.parts if (keys := _rarest(part)) is not None]
            return min(known, key=lambda keys: sum(map(_likely, keys)), default=None)
        case _Never():
            return None


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
            return frozenset(_like_key(spelling) for spelling, _wrong in leaf.spellings)
        case Regular():
            runs = leaf.expression.runs
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


def _like_key(spelling: str) -> str:
    return f"{_GAP}{_LIKE}{spelling}{_GAP}"


def _spellings(plan: _Plan) -> Iterator[tuple[str, int]]:
    """Yield how names are spelled, and how many letters of them may be wrong."""
    if not isinstance(plan, _Leaf):
        yield from chain.from_iterable(map(_spellings, plan.parts))
    elif isinstance(plan.node, Fuzzy):
        yield from plan.node.spellings


def _pieces(spelling: str, wrong: int) -> Iterator[tuple[str, _Piece]]:
    """Cut a spelling into one piece more than letters may be wrong: one of them is right, at its place.

    The first begins a word, the last ends one, and wherever letters follow each other a word may end. Of a
    short one with several words no letter is wrong; `_Like` knows the others.
    """
    allowed = wrong if len(spelling) >= LONG_SPELLING else 0
    size, more = divmod(len(spelling), allowed + 1)
    edges = [size * n + min(n, more) for n in range(allowed + 2)]
    for place, (one, two) in enumerate(pairwise(edges)):
        side: Literal["first", "middle", "last"] = "middle" if 0 < place < allowed else "last"
        side = side if place else "first"
        letters = spelling[max(one, two - _LONGEST_PIECE) : two] if side == "last" else spelling[one:two]
        for row in _divided(letters[:_LONGEST_PIECE]):
            found = f"{_GAP if side == 'first' else ''}{row}{_GAP if side == 'last' else ''}"
            yield found, _Piece(_like_key(spelling), spelling, allowed, len(row), side)


def _divided(letters: str) -> list[str]:
    """Return some letters with and without a gap wherever one may be."""
    rows = [letters[:1]]
    for letter in letters[1:]:
        rows = [row + gap + letter for row in rows for gap in ("", _GAP)]
    return rows


def _likely(key: str) -> float:
    """Guess in which share of texts a key stands."""
    words = [word for word in key.split(_GAP) if word]
    if key.startswith(_GAP) and key.endswith(_GAP):
        return float(min(map(_share, words)))
    return float(_LIKELY_LETTER ** len(max(words, key=len)))


def _share(word: str) -> float:
    word = word.lstrip(_STEM + _LIKE)
    return 1.0 if word in STOP_WORDS else 10 ** -rarity(stem(word))


def _automaton(keys: Iterable[str], spellings: Mapping[str, int]) -> ahocorasick.Automaton | None:
    values: dict[str, tuple[str, list[_Piece]]] = {key: (key, []) for key in keys}
    for spelling, wrong in spellings.items():
        for row, piece in _pieces(spelling, wrong):
            values.setdefault(row, ("", []))[1].append(piece)
    automaton = ahocorasick.Automaton()
    for key, value in values.items():
        automaton.add_word(key, value)
    if not values:
        return None
    automaton.make_automaton()
    return automaton
