"""How alike two texts are: the only door to rapidfuzz.

Every measure runs from 0 to 100 and is 0 for texts that have nothing to compare: rapidfuzz itself scores two
empty strings 100, which would make two untitled items the same news.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias, TypeVar

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from bot.core.words import tokens

#: Shingles of four words: three join texts that only share phrases, five lose lightly edited copies.
SHINGLE = 4
#: Words of a text that are compared; containment gained nothing beyond on the wire pairs (judging notes).
LONGEST_TEXT = 1_500

#: Two words spelled as alike as this are one word misspelled or inflected ("Shoygu", "Shoigu").
_SAME_SPELLING = 80.0

#: A set of fewer shingles is a phrase.
_FEWEST = 3

_T = TypeVar("_T")


def title_ratio(one: str, two: str) -> float:
    """Compare two titles word by word, without regard to their order."""
    return sort_ratio(tokens(one), tokens(two))


def sort_ratio(one: Sequence[str], two: Sequence[str]) -> float:
    """Compare two rows of words without regard to their order (rapidfuzz's token_sort_ratio)."""
    a, b = " ".join(sorted(one)), " ".join(sorted(two))
    return fuzz.ratio(a, b) if a and b else 0.0


def set_ratio(one: Sequence[str], two: Sequence[str]) -> float:
    """Compare two rows of words where one may be a part of the other (rapidfuzz's token_set_ratio)."""
    a, b = " ".join(one), " ".join(two)
    return fuzz.token_set_ratio(a, b) if a and b else 0.0


def closest(title: str, titles: Sequence[str]) -> tuple[float, int]:
    """Return the ratio and the place of the title that is most alike: what an index saves.

    Args:
        title: its folded words, joined by spaces.
        titles: the same of every stored one.
    """
    _best, ratio, place = process.extractOne(title, titles, scorer=fuzz.token_set_ratio)
    return ratio, place


def word_ratio(one: str, two: str) -> float:
    """Compare the spelling of two words."""
    return fuzz.ratio(one, two) if one and two else 0.0


def respelled(word: str, others: AbstractSet[str]) -> bool:
    """Tell whether a word stands among others in some spelling or inflection."""
    return any(word_ratio(word, other) >= _SAME_SPELLING for other in others)


def within_edits(one: str, two: str, most: int) -> bool:
    """Tell whether at most so many letters are added, missing or exchanged between two spellings."""
    return Levenshtein.distance(one, two, score_cutoff=most) <= most


Shingles: TypeAlias = frozenset[tuple[str, ...]]


def shingles(row: Sequence[str]) -> Shingles:
    """Return every run of four of a text's first 1,500 words; of a shorter text nothing."""
    row = tuple(row[:LONGEST_TEXT])
    return frozenset(row[i : i + SHINGLE] for i in range(len(row) - SHINGLE + 1))


def containment(one: AbstractSet[_T], two: AbstractSet[_T]) -> float:
    """Return how much of the smaller set the larger one holds, in percent.

    Re-publishers add captions and share bars or cut the end, so true copies have a median Jaccard similarity
    of only 51 % but a median containment of 93 % (measured on wire copies; Broder 1997 defines both).
    """
    smaller = min(len(one), len(two))
    return 100.0 * len(one & two) / smaller if smaller else 0.0


def share(one: AbstractSet[_T], two: AbstractSet[_T]) -> float:
    """Return how much of the first set stands in the second, from 0 to 1; 0 for next to nothing."""
    return len(one & two) / len(one) if len(one) >= _FEWEST and two else 0.0


def jaccard(one: AbstractSet[_T], two: AbstractSet[_T]) -> float:
    """Return how much of both sets together is in both, from 0 to 1."""
    shared = len(one & two)
    return shared / (len(one) + len(two) - shared) if shared else 0.0
