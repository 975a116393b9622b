"""Make `bot/core/rarity.bin`: how frequent words are, of ten languages, without the words.

    .venv/bin/python scripts/rarity.py

Takes a minute. The frequencies are those of wordfreq (https://github.com/rspeer/wordfreq), a development
dependency; its version in uv.lock makes the result reproducible. What of it may be used how stands in
bot/core/rarity.LICENSE.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from pathlib import Path

import wordfreq

from bot.core.concepts import Concepts
from bot.core.rarity import BUCKETS, bucket_of, level_of
from bot.core.words import tokens

LANGUAGES = "en ru zh de es fr pt pl ja ar".split()
OUT = Path(__file__).parent.parent / "bot/core/rarity.bin"


def main() -> None:
    """Write the table: in each bucket the level of the most frequent word there."""
    general = Concepts.of({}, where="the general tables")
    levels = bytearray(BUCKETS)
    for language in LANGUAGES:
        frequencies: Counter[str] = Counter()
        for word, frequency in wordfreq.get_frequency_dict(language, wordlist="best").items():
            # As titles are read: stems, concepts, and of unspaced scripts pairs of characters.
            for part in set(general.in_order(tokens(word))):
                frequencies[part] += frequency
        for part, frequency in frequencies.items():
            bucket = bucket_of(part)
            levels[bucket] = max(levels[bucket], level_of(math.log10(frequency) + 9))
    OUT.write_bytes(zlib.compress(bytes(levels), 9))


if __name__ == "__main__":
    main()
