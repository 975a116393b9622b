"""The index keys under which an article is found again as a candidate.

Exact keys (address, feed id, title), a few rare shingles of the text, and pairs of the title's concepts. The
archive returns of each key only the newest few articles, so looking up costs the same whatever its size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import combinations

from bot.core.address import names_a_page
from bot.core.concepts import Concepts
from bot.core.similarity import shingles
from bot.core.words import tokens
from bot.model import Article

#: Shingles kept of a text: the smallest by hash, the same on every side (bottom-k sketch, Broder 1997).
#: With half of a text shared, all eight miss with probability 2**-8.
_SHINGLES = 8
#: Concepts of a title that are paired: 8 make 28 pairs.
_CONCEPTS = 8


def match_keys(article: Article, concepts: Concepts) -> list[int]:
    """Return the keys of an article, as signed 64-bit numbers, each once."""
    return sorted({_number(kind, value) for kind, value in _keys(article, concepts)})


def _keys(article: Article, concepts: Concepts) -> Iterator[tuple[str, str]]:
    if names_a_page(article.address):
        yield "address", article.address
    yield "id", f"{article.feed_url} {article.key}"
    title = tokens(article.title)
    yield "title", " ".join(title)
    sketch = sorted(_number("shingle", " ".join(shingle)) for shingle in shingles(article.text))
    yield from (("shingle", str(number)) for number in sketch[:_SHINGLES])
    in_order = list(dict.fromkeys(concepts.in_order(title)))[:_CONCEPTS]
    yield from (("pair", " ".join(sorted(pair))) for pair in combinations(in_order, 2))


def _number(kind: str, value: str) -> int:
    digest = hashlib.blake2b(f"{kind} {value}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
