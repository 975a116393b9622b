"""What a word is without its endings, by the rules of its language: the only door to Snowball's stemmers.

"Путина", "Путиным" and "Путин" have one stem, and so have "sanctions" and "sanctioned". The rules are those
of the article's language where its script is the word's, else those of the language that most texts in the
script are written in. For comparing titles there is a cruder stem in `words`, which needs no language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

import Stemmer

from bot.core.words import fold

#: Script → the languages written in it that have rules, the usual one first.
_LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "LATIN": {
        "en": "english", "de": "german", "fr": "french", "es": "spanish", "pt": "portuguese", "it": "italian",
        "pl": "polish", "tr": "turkish", "nl": "dutch", "cs": "czech", "sv": "swedish", "da": "danish",
        "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "fi": "finnish", "hu": "hungarian",
        "ro": "romanian", "et": "estonian", "lt": "lithuanian", "ca": "catalan", "id": "indonesian",
    },
    "CYRILLIC": {"ru": "russian"},
    "GREEK": {"el": "greek"},
    "ARABIC": {"ar": "arabic", "fa": "persian"},
    "ARMENIAN": {"hy": "armenian"},
    "DEVANAGARI": {"hi": "hindi", "ne": "nepali"},
    "TAMIL": {"ta": "tamil"},
}  # fmt: skip
_SCRIPT = re.compile("|".join(_LANGUAGES))


def has_stem(word: str) -> bool:
    """Tell whether there are rules for the script of a word."""
    return _script(word) is not None


@lru_cache(maxsize=65_536)
def stemmed(word: str, language: str | None) -> str:
    """Return the folded stem of a word as it is written, such as "Путина"; without rules the folded word.

    Args:
        word: one word.
        language: of the text it stands in, such as "ru" or "zh-Hans"; None: not known.
    """
    script = _script(word)
    if script is None:
        return fold(word)
    known = _LANGUAGES[script]
    rules = known.get((language or "").split("-")[0].lower()) or next(iter(known.values()))
    return fold(_stemmer(rules).stemWord(unicodedata.normalize("NFC", word).lower())) or fold(word)


def every_stem(word: str) -> frozenset[str]:
    """Return what may be the stem of a word, in whatever language its text is."""
    script = _script(word)
    return frozenset(stemmed(word, language) for language in (_LANGUAGES[script] if script else (None,)))


def _script(word: str) -> str | None:
    found = _SCRIPT.match(unicodedata.name(word[0], "")) if word else None
    return found.group() if found else None


@cache
def _stemmer(rules: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(rules)
