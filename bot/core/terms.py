"""The parts of a keyword query, and how each finds its words in a text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Protocol, TypeAlias

from bot.core.patterns import Expression
from bot.core.similarity import within_edits
from bot.core.stems import stemmed
from bot.core.words import Word, tokens, words

#: Where a term is looked for unless it says another field.
FIELDS = ("title", "summary", "body")
OUTLET = "outlet"
#: Letters that are others with another mark, unlike é: kana with and without strokes, Thai and Lao tones.
_STRICT = re.compile(r"[\u0e01-\u0ece\u3041-\u3096\u309d-\u30fa\u30fc-\u30ff]")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc-\u30ff]")
#: What may follow a kana in a text that writes its strokes apart.
_STROKES = "\u3099\u309a"
#: A misspelled name of fewer letters has to be one word.
LONG_SPELLING = 9
#: Of a prefix so many letters are looked for first.
_HEAD = 3


class Text:
    """One field of an article, ready for look-ups."""

    def __init__(self, text: str, language: str | None = None) -> None:
        """Split the text once; every term then looks words up."""
        self.text = text
        self.language = language
        #: Its words, folded.
        self.row = tokens(text)

    @cached_property
    def words(self) -> Sequence[Word]:
        """Return the same words with where they stand, which only what was found needs."""
        return words(self.text)

    @cached_property
    def places(self) -> Mapping[str, Sequence[int]]:
        """Return the places of each word."""
        return _places(self.row)

    @cached_property
    def stems(self) -> Mapping[str, Sequence[int]]:
        """Return the places of words by their stems."""
        return _places([stemmed(self.text[word.start : word.end], self.language) for word in self.words])

    @cached_property
    def initials(self) -> Mapping[str, Sequence[int]]:
        """Return the places of words by their first letters."""
        return _places([word[0] for word in self.row])

    @cached_property
    def _vocabulary(self) -> Sequence[str]:
        return sorted(self.places)

    def starting_with(self, prefix: str) -> list[int]:
        """Return the places of words that begin so, in order."""
        found: list[int] = []
        for word in self._vocabulary[bisect_left(self._vocabulary, prefix) :]:
            if not word.startswith(prefix):
                break
            found += self.places[word]
        return sorted(found)

    def within(self, start: int, end: int) -> tuple[int, int]:
        """Return the first and the last word that characters belong to, or the nearest ones."""
        first = bisect_right(self.words, start, key=lambda word: word.end)
        last = bisect_left(self.words, end, key=lambda word: word.start) - 1
        first = min(first, max(0, len(self.words) - 1))
        return first, max(first, last)

    def excerpt(self, first: int, last: int, around: int = 5) -> str:
        """Return the words from `first` to `last` with some of their neighbours."""
        if not self.words:
            return self.text
        start = self.words[max(0, first - around)].start
        end = self.words[min(len(self.words) - 1, last + around)].end
        return self.text[start:end]


def _places(row: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, word in enumerate(row):
        if word in places:
            places[word].append(place)
        else:
            places[word] = [place]
    return places


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


class _Row:
    """A leaf that is found at places of a text."""

    __slots__ = ()
    fields: tuple[str, ...]
    label: str

    def at(self, text: Text) -> list[tuple[int, int]]:
        """Return where it stands: the places of its first and last word."""
        raise NotImplementedError

    def may_hold(self, vocabulary: Vocabulary) -> bool:  # noqa: ARG002  not all know whole words
        """Leave it open."""
        return True

    def find(self, texts: Mapping[str, Text]) -> list[Found] | None:
        """Find every place of every field."""
        found: list[Found] = []
        for name in self.fields:
            if spans := self.at(texts[name]):
                found += [Found(self.label, name, first, last) for first, last in spans]
        return found or None


@dataclass(frozen=True, slots=True)
class Phrase(_Row):
    """Words in a row; each may be a prefix."""

    label: str
    parts: tuple[tuple[str, bool], ...]
    fields: tuple[str, ...] = FIELDS
    #: Its kana and Thai letters with their marks, which folded words have lost; "" where there are none.
    strict: str = ""

    def may_hold(self, vocabulary: Vocabulary) -> bool:
        """Look for each word."""
        return all(vocabulary.has(part, is_prefix=prefix) for part, prefix in self.parts)

    def at(self, text: Text) -> list[tuple[int, int]]:
        """Find every place where the words stand in a row."""
        (first, goes_on), last = self.parts[0], len(self.parts) - 1
        starts = text.starting_with(first) if goes_on else text.places.get(first)
        if not starts:
            return []
        return [(start, start + last) for start in starts if self._follows(text, start)]

    def _follows(self, text: Text, start: int) -> bool:
        end = start + len(self.parts)
        row = text.row[start:end]
        return (
            len(row) == len(self.parts)
            and all(
                word.startswith(part) if goes_on else word == part
                for word, (part, goes_on) in zip(row, self.parts, strict=True)
            )
            and (not self.strict or self._stands(text.text, text.words[start].start, text.words[end - 1].end))
        )

    def _stands(self, text: str, start: int, end: int) -> bool:
        """Tell whether it is written so, and not a part of a longer word in katakana."""
        while text[end : end + 1] in _STROKES and end < len(text):
            end += 1
        goes_on = self.parts[-1][1]
        written = strict_letters(text[start:end])
        if not (written.startswith(self.strict) if goes_on else written == self.strict):
            return False
        return not (_one_word(text, start) or (not goes_on and _one_word(text, end)))


def strict_letters(text: str) -> str:
    """Return only the letters of a text whose marks make them others."""
    return "".join(_STRICT.findall(unicodedata.normalize("NFKC", text)))


def _one_word(text: str, place: int) -> bool:
    """Tell whether katakana goes on from one side of a place to the other."""
    return place > 0 and bool(_KATAKANA.match(text[place - 1]) and _KATAKANA.match(text[place : place + 1]))


@dataclass(frozen=True, slots=True)
class Exact(_Row):
    """Words as they are written: letters, case, accents and what stands between and around them."""

    label: str
    phrase: Phrase
    #: Its words, and what stands before, between and after them, with one space for any.
    written: tuple[str, ...]
    gaps: tuple[str, ...]
    fields: tuple[str, ...] = FIELDS

    def may_hold(self, vocabulary: Vocabulary) -> bool:
        """Look for the words, however they are written."""
        return self.phrase.may_hold(vocabulary)

    def at(self, text: Text) -> list[tuple[int, int]]:
        """Find the words, and look at how they are written."""
        return [span for span in self.phrase.at(text) if self._stands(text, span[0])]

    def _stands(self, text: Text, first: int) -> bool:
        row = text.words[first : first + len(self.written)]
        spelled = [unicodedata.normalize("NFC", text.text[word.start : word.end]) for word in row]
        goes_on = self.phrase.parts[-1][1]
        if spelled[:-1] != list(self.written[:-1]):
            return False
        if not (spelled[-1] == self.written[-1] or (goes_on and spelled[-1].startswith(self.written[-1]))):
            return False
        before, *between, after = self.gaps
        return (
            text.text[: row[0].start].endswith(before)
            and text.text.startswith(after, row[-1].end)
            and between == [one_spaced(text.text[one.end : two.start]) for one, two in pairwise(row)]
        )


def one_spaced(text: str) -> str:
    """Return a text with one plain space for any run of blanks."""
    return re.sub(r"\s+", " ", text)


@dataclass(frozen=True, slots=True)
class Stemmed(_Row):
    """Words in a row, in whatever form the language of the text gives them."""

    label: str
    #: As they are written.
    parts: tuple[str, ...]
    fields: tuple[str, ...] = FIELDS

    def at(self, text: Text) -> list[tuple[int, int]]:
        """Find every place where the stems stand in a row."""
        first, *rest = [text.stems.get(stemmed(part, text.language), ()) for part in self.parts]
        sets = [frozenset(places) for places in rest]
        return [
            (start, start + len(sets))
            for start in first
            if all(start + after in places for after, places in enumerate(sets, 1))
        ]


@dataclass(frozen=True, slots=True)
class Fuzzy(_Row):
    """A name in a spelling like this one, in one word or several; of a full name also the last one alone.

    The first letter is always right. What is short and misspelled has to be one word.
    """

    label: str
    #: The spellings, without spaces and hyphens, and how many letters may be wrong in each.
    spellings: tuple[tuple[str, int], ...]
    #: So many words make it up at most.
    longest: int
    fields: tuple[str, ...] = FIELDS

    def at(self, text: Text) -> list[tuple[int, int]]:
        """Find every place that a spelling begins at; of several at one place the longest counts."""
        found: list[tuple[int, int]] = []
        starts = sorted(
            {at for spelling, _wrong in self.spellings for at in text.initials.get(spelling[0], ())}
        )
        for start in starts:
            if (not found or start > found[-1][1]) and (last := self._end(text.row, start)) is not None:
                found.append((start, last))
        return found

    def _end(self, row: Sequence[str], start: int) -> int | None:
        joined, best = "", None
        for last in range(start, min(len(row), start + self.longest)):
            joined += row[last]
            if self._is_one(joined, divided=last > start):
                best = last
        return best

    def _is_one(self, word: str, *, divided: bool) -> bool:
        for spelling, wrong in self.spellings:
            allowed = 0 if divided and len(spelling) < LONG_SPELLING else wrong
            if (
                word[0] == spelling[0]
                and abs(len(word) - len(spelling)) <= allowed
                and within_edits(word, spelling, allowed)
            ):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Regular(_Row):
    """A regular expression, in the text as it is written."""

    label: str
    expression: Expression
    fields: tuple[str, ...] = FIELDS

    def at(self, text: Text) -> list[tuple[int, int]]:
        """Find the first places."""
        return [text.within(start, end) for start, end in self.expression.spans(text.text)]


@dataclass(frozen=True, slots=True)
class Language:
    """The text is in a language, by what its feed says."""

    tag: str

    def may_hold(self, vocabulary: Vocabulary) -> bool:  # noqa: ARG002  words alone do not tell
        """Leave it open."""
        return True

    def find(self, texts: Mapping[str, Text]) -> list[Found] | None:
        """Hold, with nothing to show, where the language is this one or a kind of it."""
        language = (texts["title"].language or "").lower()
        return [] if language == self.tag or language.startswith(f"{self.tag}-") else None


Row: TypeAlias = Phrase | Exact | Stemmed | Fuzzy


@dataclass(frozen=True, slots=True)
class Near:
    """All of its terms within so many words of each other, in any order."""

    label: str
    terms: tuple[Row, ...]
    distance: int
    fields: tuple[str, ...] = FIELDS

    def may_hold(self, vocabulary: Vocabulary) -> bool:
        """Look for each term."""
        return all(term.may_hold(vocabulary) for term in self.terms)

    def find(self, texts: Mapping[str, Text]) -> list[Found] | None:
        """Find the first window that holds every term."""
        for name in self.fields:
            places = [[first for first, _last in term.at(texts[name])] for term in self.terms]
            if all(places) and (window := _tightest(places)) and window[1] - window[0] <= self.distance:
                return [Found(self.label, name, *window)]
        return None


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
        case Phrase() | Exact() | Stemmed() | Fuzzy() | Regular() | Near():
            return replace(node, fields=fields)
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
    missing = len(places)
    best: tuple[int, int] | None = None
    start = 0
    for place, which in marks:
        missing -= not counts[which]
        counts[which] += 1
        while not missing:
            first, leaving = marks[start]
            if best is None or place - first < best[1] - best[0]:
                best = (first, place)
            counts[leaving] -= 1
            missing += not counts[leaving]
            start += 1
    return best
