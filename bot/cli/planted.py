"""A million headlines and near-duplicates of known origin, the same on every run.

The headlines are real ones, and ones spliced from them where two words in a row are the same in both, so
that every three words in a row were written by somebody; names and figures are exchanged for invented ones.
No headline stands there twice. A near-duplicate is a headline after one of the edits that feeds and editors
make.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

from bot.core.words import tokens

#: Where the real ones lie in the test material.
HEADLINES = Path("headlines/rss_2023-02_to_06.tsv.gz")
#: Shorter headlines are no source of near-duplicates: with two words dropped or exchanged nothing is left.
FEWEST_WORDS = 6
#: Longer ones are teasers.
_LONGEST = 40
_SYLLABLES = "ba be chi do fa gor hu ja ka lem mi no pra qui ro sha ti ul vo wen xa ye zor".split()
_NUMBER = re.compile(r"\d+")
#: How many of the words with a capital become invented names.
_NAMED = 0.15
#: A letter more or less makes another word of a shorter one.
_SHORT = 4


def real_headlines(folder: Path) -> list[str]:
    """Return the real headlines, oldest first."""
    with gzip.open(folder / HEADLINES, "rt", encoding="utf-8") as file:
        head, *rows = file.read().split("\n")
    column = head.split("\t").index("title")
    return [row.split("\t")[column] for row in rows if row]


def headlines(folder: Path, count: int, seed: int = 1) -> list[str]:
    """Return so many headlines that differ in their words, in an order without meaning."""
    dice = Random(seed)  # noqa: S311  reproducible, not secret
    real = real_headlines(folder)
    dice.shuffle(real)
    chosen: dict[int, str] = {}
    for title in real:
        chosen.setdefault(hash(tokens(title)), title)
        if len(chosen) == count:
            break
    spliced = _spliced([title.split() for title in chosen.values()], dice)
    while len(chosen) < count:
        title = next(spliced)
        chosen.setdefault(hash(tokens(title)), title)
    found = list(chosen.values())
    dice.shuffle(found)
    return found


def _spliced(rows: Sequence[Sequence[str]], dice: Random) -> Iterator[str]:
    """Yield the beginning of one headline with the end of another that has two words in a row with it."""
    joints: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for number, row in enumerate(rows):
        for place, pair in enumerate(pairwise(row)):
            joints.setdefault(pair, []).append((number, place))
    while True:
        row = dice.choice(rows)
        if len(row) < FEWEST_WORDS:
            continue
        place = dice.randrange(1, len(row) - 2)
        number, there = dice.choice(joints[row[place], row[place + 1]])
        words = [*row[:place], *rows[number][there:]]
        if FEWEST_WORDS <= len(words) <= _LONGEST:
            yield " ".join(_invented(word, dice) if i else word for i, word in enumerate(words))


def _invented(word: str, dice: Random) -> str:
    if word[:1].isupper() and dice.random() < _NAMED:
        return "".join(dice.choices(_SYLLABLES, k=dice.randint(2, 3))).capitalize()
    return _NUMBER.sub(lambda found: str(dice.randrange(1, 10 ** len(found.group()))), word)


# --------------------------------------------------------------------------------------------- edits


def _dropped(title: str, dice: Random, count: int = 1) -> str:
    words = title.split()
    for _ in range(count):
        del words[dice.randrange(len(words))]
    return " ".join(words)


def _misspelt(title: str, dice: Random) -> str:
    words = title.split()
    place = max(range(len(words)), key=lambda i: (len(words[i]) > _SHORT, dice.random()))
    word = words[place]
    letter = dice.randrange(len(word))
    words[place] = word[:letter] + dice.choice("abcdefghijklmnopqrstuvwxyz") + word[letter + 1 :]
    return " ".join(words)


def _reordered(title: str, dice: Random) -> str:
    words = title.split()
    place = dice.randrange(2, len(words) - 1)
    return " ".join((*words[place:], *words[:place]))


def _truncated(title: str, dice: Random) -> str:
    return title[: int(len(title) * dice.uniform(0.65, 0.80))].rpartition(" ")[0] + "…"


def _recased(title: str, dice: Random) -> str:
    plain = re.sub(r"[,:;.!?\"“”‘()]", " ", title)
    return dice.choice([str.upper, str.lower, str.title])(plain).replace("-", " – ") + "!"


def _substituted(title: str, dice: Random, others: Sequence[str]) -> str:
    words = title.split()
    for place in dice.sample(range(len(words)), 2):
        words[place] = dice.choice(dice.choice(others).split())
    return " ".join(words)


def _escaped(title: str, dice: Random) -> str:
    escaped = "".join(c if c.isascii() and (c.isalnum() or c == " ") else f"&#{ord(c)};" for c in title)
    place = dice.choice([i for i, c in enumerate(escaped) if c == " "])
    return f"{escaped[:place]}&nbsp;&amp; {escaped[place + 1 :]}"


def _combined(title: str, dice: Random) -> str:
    edited = _recased(_reordered(_misspelt(_dropped(title, dice), dice), dice), dice)
    return _escaped(f"UPDATE 2-{edited} | Reuters", dice)


def edits(others: Sequence[str]) -> Mapping[str, Callable[[str, Random], str]]:
    """Return the edits by name; words that are put in come from other headlines."""
    return {
        "exact": lambda title, _dice: title,
        "1 word dropped": _dropped,
        "2 words dropped": lambda title, dice: _dropped(title, dice, 2),
        "' - Reuters' added": lambda title, _dice: f"{title} - Reuters",
        "punctuation and case": _recased,
        "one letter": _misspelt,
        "reordered": _reordered,
        "truncated to 65-80 %": _truncated,
        "'UPDATE 1-' added": lambda title, _dice: f"UPDATE 1-{title}",
        "'BREAKING:' added": lambda title, _dice: f"BREAKING: {title}",
        "2 words substituted": lambda title, dice: _substituted(title, dice, others),
        "HTML entities": _escaped,
        "all combined": _combined,
    }


def planted(titles: Sequence[str], each: int, seed: int = 2) -> Iterator[tuple[str, int, str]]:
    """Yield near-duplicates as (edit, number of the headline it was made of, edited headline)."""
    dice = Random(seed)  # noqa: S311  reproducible, not secret
    sources = (n for n in iter(lambda: dice.randrange(len(titles)), -1) if _is_source(titles[n]))
    for name, edit in edits(titles).items():
        for number, _ in zip(sources, range(each), strict=False):
            yield name, number, edit(titles[number], dice)


def _is_source(title: str) -> bool:
    return len(title.split()) >= FEWEST_WORDS and len(tokens(title)) >= FEWEST_WORDS
