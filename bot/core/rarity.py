"""How rare a word is in general: what two headlines share says more the rarer it is.

Two headlines that share "said" and "new" may tell anything; two that share "Partygate" and "Sunak" tell of
one thing. The figures come from a table of the frequencies of words in ten languages, so they are the same
for every archive and need neither counting nor a warm start. The table holds no words, only a level in the
bucket that a word's hash names: words that share a bucket count as the more frequent one.

`scripts/rarity.py` makes the table and says of what; `rarity.LICENSE` says whose work it is.
"""

from __future__ import annotations

import hashlib
import zlib
from functools import cache, lru_cache
from importlib.resources import files

#: Zipf frequencies (the logarithm of occurrences per thousand million words, 0 to 8) are kept in half
#: steps from here: a rarer word occurs less than once in three million, which is rare enough for any purpose.
LOWEST = 2.5
STEP = 0.5
#: For 400,000 words: one that the table does not hold finds another's level in its bucket two times in five.
BUCKETS = 1 << 20
#: Numbers are no words. One or two digits stand in many headlines, longer numbers in few.
_NUMBERS = {1: 5.5, 2: 5.0}
_LONG_NUMBER = 4.0
#: The Zipf frequency of a word that stands in every text.
_EVERYWHERE = 8.0
#: Content words of a headline.
_HEADLINE = 9
#: The rarity of a word that the table does not hold.
RAREST = _EVERYWHERE - (LOWEST - STEP)


@lru_cache(maxsize=65_536)
def rarity(word: str) -> float:
    """Return how rare a folded stem or a concept's name is: from 0, everywhere, to 6, hardly ever used."""
    if word[:1].isdigit():
        return _EVERYWHERE - _NUMBERS.get(len(word), _LONG_NUMBER)
    level = _levels()[bucket_of(word)]
    return _EVERYWHERE - (LOWEST - STEP + STEP * level)


def expected(word: str) -> float:
    """Return the share of headlines, from 0 to 1, that would have a word if all were about anything."""
    return min(1.0, _HEADLINE * 10 ** (_EVERYWHERE - rarity(word) - 9))


def bucket_of(word: str) -> int:
    """Return the bucket in which a word's level stands."""
    digest = hashlib.blake2b(word.encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % BUCKETS


def level_of(zipf: float) -> int:
    """Return the level under which the table keeps a Zipf frequency; 0 for what it does not keep."""
    return max(0, 1 + int((zipf - LOWEST) / STEP)) if zipf >= LOWEST else 0


@cache
def _levels() -> bytes:
    return zlib.decompress(files("bot.core").joinpath("rarity.bin").read_bytes())
