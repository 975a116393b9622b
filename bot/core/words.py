"""Text into comparable words, in any script.

A word is folded: compatibility forms, case and accents are removed, so "Défense" and "DÉFENSE" are one word,
and so is the same word in full-width letters. Chinese characters, Japanese kana and the syllables of Thai,
Lao, Khmer and Burmese are one word each, because those scripts do not mark word boundaries: a name in them is
found as a phrase, wherever it stands.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

#: Scripts written without spaces: Han, its compatibility forms and extensions, hiragana and katakana.
_CHARACTERS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
#: Thai and Lao, Khmer, Burmese, which have none either.
_SYLLABLES = "\u0e01-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u1780-\u17d3"
_UNSPACED = _CHARACTERS + _SYLLABLES
#: The least of these that can be read alone: a vowel written first, a consonant and others below it, what
#: follows of vowels, tones and signs.
_SYLLABLE = (
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?"
    "[\u0e01-\u0e2f\u0e81-\u0eaf\u0edc-\u0edf\u1000-\u102a\u103f\u1780-\u17b3]"
    "(?:[\u1039\u17d2][\u1000-\u102a\u1780-\u17b3]|"
    "[\u0e30-\u0e3a\u0e45-\u0e4e\u0eb0-\u0ebd\u0ec6-\u0ece\u102b-\u103e\u17b4-\u17d3])*"
    f"|[{_SYLLABLES}]"
)
#: Marks that belong to the letter before them: of Latin, Cyrillic, Hebrew, Arabic, and of the scripts of
#: India their vowels and signs.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    + "".join(c for c in map(chr, range(0x900, 0xE00)) if unicodedata.category(c) in {"Mn", "Mc"})
)
#: "U.S." is "US": letters that each end in a dot are one word.
_ABBREVIATION = r"\b(?:[A-Za-z]\.)+[A-Za-z]\b"
_WORD = re.compile(
    rf"{_ABBREVIATION}|[{_CHARACTERS}]|{_SYLLABLE}|\d+(?:[.,:]\d+)+|(?![{_UNSPACED}_])\w(?:(?![{_UNSPACED}_])[\w{_MARKS}])*"
)
#: The same for texts in ASCII, in a third of the time: most of what comes in is English, and is read in full.
_ASCII_WORD = re.compile(rf"{_ABBREVIATION}|\d+(?:[.,:]\d+)+|[A-Za-z0-9]+", re.ASCII)
#: An English possessive adds nothing: "China's" is "China".
_POSSESSIVE = re.compile(r"['’ʼ]s\b", re.IGNORECASE)
#: Letters with a stroke and the dotless i, which Unicode does not take apart: "Łódź", "Đến", "Bakanı".
_STROKES = str.maketrans("łđøħŧı", "ldohti")
#: Signs of a word processor that divide words as a blank does; without them most English is ASCII.
_PUNCTUATION = str.maketrans("’ʼ‘“”„«»–—…•\u00a0", "''" + " " * 11)
_GLOSS = re.compile(rf"(?<=[{_CHARACTERS}])\s?[(（][A-Za-z][A-Za-z .'’-]*[)）]")
_FIRST_UNSPACED = _SYLLABLES[0]
_UNSPACED_WORD = re.compile(rf"[{_UNSPACED}]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
#: Endings that inflect Russian, Ukrainian and Belarusian nouns, adjectives and verbs are mostly vowels.
_CYRILLIC_ENDING = "аеиоуыэюяьъії"
#: Long enough to keep "министр" apart from "миссия", short enough to join "министра" and "министров".
_CYRILLIC_STEM = 6
_LATIN_ENDINGS = ("ing", "ed", "es", "s", "e")
#: A stem shorter than this joins words that have nothing in common.
_SHORTEST_STEM = 4
#: Texts up to this length are remembered: one decision looks at the same few titles many times.
_TITLE = 300


class Word(NamedTuple):
    """One word of a text: folded, and where it stands in the original."""

    text: str
    start: int
    end: int


def fold(word: str) -> str:
    """Remove case, accents and compatibility forms."""
    return word.lower() if word.isascii() else _folded(word)


@lru_cache(maxsize=65_536)
def _folded(word: str) -> str:
    # Taken apart first: casefold leaves "𝐏" and "℡" alone, and taking them apart brings capitals out.
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    plain = "".join(c for c in spread if not unicodedata.combining(c)).translate(_STROKES)
    return unicodedata.normalize("NFC", plain)


def words(text: str) -> list[Word]:
    """Split a text into folded words with their places; possessive endings are left out."""
    text = text.replace("ʼ", "'")  # a letter to Unicode, an apostrophe to everybody; of the same length
    skip = {found.start() + 1 for found in _POSSESSIVE.finditer(text)}
    return [
        Word(folded, *found.span())
        for found in _WORD.finditer(text)
        if found.start() not in skip and (folded := fold(_undotted(found.group())))
    ]


def _undotted(word: str) -> str:
    return word.replace(".", "") if "." in word and word[0].isalpha() else word


def tokens(text: str, most: int | None = None) -> tuple[str, ...]:
    """Return only the folded words, at most so many of them."""
    if len(text) <= _TITLE:
        return _of_a_title(text)[:most]
    return _of_a_text(text) if most is None else _tokens(text, most)


@lru_cache(maxsize=8_192)
def _of_a_title(text: str) -> tuple[str, ...]:
    return _tokens(text, None)


#: A feed's texts are read once for what they say and once for whether a story asks for it.
@lru_cache(maxsize=64)
def _of_a_text(text: str) -> tuple[str, ...]:
    return _tokens(text, None)


def _tokens(text: str, most: int | None) -> tuple[str, ...]:
    if not text.isascii():
        text = text.translate(_PUNCTUATION)
    if "'" in text and _POSSESSIVE.search(text):
        if "s." in text.lower():  # an abbreviation may begin there
            return tuple(word.text for word in words(text)[:most])
        text = _POSSESSIVE.sub("'", text)
    if text.isascii() and most is None:
        # Lower case is all there is to fold: a quarter of the time of what follows.
        plain = _ASCII_WORD.findall(text.lower())
        return tuple(map(_undotted, plain)) if "." in text else tuple(plain)
    found = (
        _WORD.findall(text) if most is None else (hit.group() for hit in islice(_WORD.finditer(text), most))
    )
    return tuple(filter(None, map(fold, map(_undotted, found) if "." in text else found)))


def without_glosses(text: str) -> str:
    """Take Latin spellings out that stand in brackets behind Chinese characters: "李尚福（Li Shangfu）"."""
    return _GLOSS.sub("", text)


def repeats(text: str, *others: str) -> bool:
    """Tell whether a text has no word beyond those of others: news searches give such summaries."""
    return set(tokens(text)) <= {word for other in others for word in tokens(other)}


def is_unspaced(word: str) -> bool:
    """Tell whether a word is one character of a script without spaces."""
    return word >= _FIRST_UNSPACED and bool(
        _UNSPACED_WORD.match(word)
    )  # most words are not, which is cheap to see


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Cut common endings of a folded word: crude, but the same for both sides of a comparison.

    Inflected languages need it ("министра обороны", "министр обороны"); exactness is not the aim, because
    a wrongly joined pair of words only adds one word to an overlap that needs several.
    """
    if _CYRILLIC.match(word):
        return (word.rstrip(_CYRILLIC_ENDING) or word)[:_CYRILLIC_STEM]
    for ending in _LATIN_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word
