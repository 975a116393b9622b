"""The index keys under which an article is found again as a candidate.

Theory of operation. The archive keeps a few numbers for each article and returns, of each number asked for,
only the newest few articles that have it: every step has a bound, so looking up costs the same whatever is
stored.

- *Exact* keys (address, id, the words of the title and of the headline in the address) each identify an
  article. They are negative, and an article that shares one comes before all that do not.
- *Weak* keys only make likely. Pairs of a title's rarest words, because the lists of single words grow with
  the archive while those of pairs stay short; the first words, because feeds cut the end of titles; a sketch
  of the text, because editors rewrite titles; the minute of publication, because it is the same in every
  language.

A key that many share says little, so each counts the less the more articles it brings: without that, one in
two hundred near-duplicates among a million headlines was cut off by the limit. A number that two keys share
by chance (one in 2**31) brings a candidate that the judge turns down.

More pairs are asked for than are kept: of the seven rarest words all are asked for, but kept are only those
within the two groups of every other word. Any three words that an edit leaves in place hold a kept pair, as
do three in seven of any two, for nine rows instead of 21.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TypeVar

from bot.core.address import as_in_addresses, canonical_address, names_a_page, page, slug
from bot.core.concepts import Concepts
from bot.core.rarity import rarity
from bot.core.similarity import LONGEST_TEXT, SHINGLE
from bot.core.sources import plain_title
from bot.core.words import tokens
from bot.model import Article

#: Articles that one key brings at most, the newest. Eight lost three in a thousand near-duplicates among a
#: million headlines with many siblings; sixteen found no more than twelve.
PER_KEY = 12
#: Words of a title that are paired, the rarest. Six lost four in a thousand more.
_PAIRED = 7
#: Of so few words every pair is kept: one word dropped from them shifts the ranks of the others.
_ALL_PAIRS = 5
#: The first three and the first four words of a title, in any order: a title cut short still has them.
_FIRST = (3, 4)
#: Shingles kept of a text: the smallest by hash, the same on every side (bottom-k sketch, Broder 1997).
#: With half of a text shared, all eight miss with probability 2**-8.
_SHINGLES = 8
#: Characters of a text that are read: about 1,500 words, as many as are compared.
_LONGEST_TEXT = 9_000
#: Fibonacci hashing: 2**64 divided by the golden ratio (Knuth, TAOCP 3, 6.4). Its high bits are well mixed.
_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
#: What sharing a key counts, by how many articles have it: 1 where it brings as many as it may, and more the
#: fewer they are (the idea of tf-idf).
_WEIGHTS = (0.0, *(1.0 + math.log2(PER_KEY / articles) for articles in range(1, PER_KEY + 1)))
#: What an exact key counts beside: more than all weak keys of an article together can.
_EXACT = 1_000.0

_Id = TypeVar("_Id", bound=int)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one article in one story, each once, as signed 32-bit numbers; exact ones are negative."""

    #: To look for with.
    asked: list[int]
    #: To be found by: some of those asked for.
    kept: list[int]


def match_keys(article: Article, concepts: Concepts, story: str) -> Keys:
    """Return the keys of an article in a story."""
    salt = _salt(story)
    in_title = _terms(plain_title(article.title), concepts)
    in_address = _terms(slug(article.address), concepts)
    both = {-1 - key for key in _mixed(_exact(article, in_title, in_address), salt)}
    both.update(_mixed(_weak(article, in_title), salt))
    ranked = [number for _rarity, number in sorted(map(_weighed, in_title))][:_PAIRED]
    groups = (ranked,) if len(in_title) <= _ALL_PAIRS else (ranked[::2], ranked[1::2])
    kept = _mixed((one + two for group in groups for one, two in combinations(group, 2)), salt)
    asked = _mixed((one + two for one, two in combinations(ranked, 2)), salt)
    return Keys(asked=sorted(both.union(asked)), kept=sorted(both.union(kept)))


def nearest(found: Mapping[int, Sequence[_Id]], limit: int) -> list[_Id]:
    """Return the articles that are nearest by the keys they share, those recorded last first among equals.

    Args:
        found: each key with the newest articles that have it, one to `PER_KEY`.
        limit: how many to return at the most.
    """
    scores: dict[_Id, float] = {}
    for key, articles in found.items():
        weight = _WEIGHTS[len(articles)] + (_EXACT if key < 0 else 0.0)
        for article in articles:
            scores[article] = scores.get(article, 0.0) + weight
    ranked = sorted(((score, article) for article, score in scores.items()), reverse=True)
    return [article for _score, article in ranked[:limit]]


def span_of(part: int, parts: int) -> tuple[int, int]:
    """Return the smallest and the largest key of one of so many equal parts, counted from 0."""
    low, high = (-(2**31) + (2**32) * number // parts for number in (part, part + 1))
    return low, high - 1


def _terms(text: str, concepts: Concepts) -> list[str]:
    """Return the words of a headline, each once, in the story's spelling."""
    return list(dict.fromkeys(concepts.in_order(tokens(text))))


def _exact(article: Article, in_title: Sequence[str], in_address: Sequence[str]) -> Iterator[int]:
    address = article.address
    if names_a_page(address):
        yield _number(f"address {page(address)}")
    # Most feeds use the link as the id: one key is enough for both.
    if article.key != address and canonical_address(article.key) != (address or None):
        yield _number(f"id {article.feed_url} {article.key}")
    # As addresses have them: an article may stand under another headline than its address.
    titles = {" ".join(sorted(as_in_addresses(terms))) for terms in (in_title, in_address)} - {""}
    yield from (_number(f"title {title}") for title in titles)
    if not titles:
        yield _number(f"words {article.title}")


def _weak(article: Article, in_title: Sequence[str]) -> Iterator[int]:
    for count in _FIRST:
        if len(in_title) >= count:
            yield sum(_weighed(word)[1] for word in in_title[:count]) * count
    published = article.published
    if article.dated and (published.hour, published.minute, published.second) != (0, 0, 0):  # a day only
        yield _number(f"minute {int(published.timestamp()) // 60}")
    yield from heapq.nsmallest(_SHINGLES, set(_shingles(article.text[:_LONGEST_TEXT])))


def _shingles(text: str) -> Iterator[int]:
    """Yield a number for every run of four words."""
    numbers = [_weighed(word)[1] for word in tokens(text)[:LONGEST_TEXT]]
    for place in range(len(numbers) - SHINGLE + 1):
        one, two, three, four = numbers[place : place + SHINGLE]
        yield (one + 3 * two + 5 * three + 7 * four) * _GOLDEN & _MASK


@lru_cache(maxsize=65_536)
def _weighed(word: str) -> tuple[float, int]:
    """Return a word's rank, the rarest first, and its number, which breaks ties."""
    # What the story is about, its aliases, stands in most of its titles.
    return (0.0 if word.startswith("@") else -rarity(word), _number(word))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big")


@lru_cache(maxsize=64)
def _salt(story: str) -> int:
    return _number(f"story {story}")


def _mixed(numbers: Iterable[int], salt: int) -> list[int]:
    """Make 31 bits of each number and a story."""
    return [((number + salt) * _GOLDEN & _MASK) >> 33 for number in numbers]
