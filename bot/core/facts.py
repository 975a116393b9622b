"""What two titles say differently, and whether it matters.

Titles that share a pattern look alike to any measure of letters: "EU approves 12th package" and "13th",
"exports fall" and "imports fall", "visits Moscow" and "visits Minsk". So the words that stand on one side
only are looked at: figures, codes, places, opposites and names keep two titles apart; a reversal or a grown
tally makes the second an update of the first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from bot.core.concepts import Concepts
from bot.core.framing import in_other_roles, reactions, stage
from bot.core.lexicon import OPPOSITES, REVERSAL_PHRASES, REVERSALS, STOP_WORDS, TALLIES
from bot.core.similarity import respelled
from bot.core.words import Word, fold, is_unspaced, stem, tokens, words

#: Titles of which is remembered what is asked again for every candidate.
_TITLES = 4_096
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
#: Tickers and currency codes; longer words in capitals are shouted, not coded.
_LONGEST_CODE = 5
#: Behind it a capital tells nothing.
_SENTENCE_END = re.compile(r"[?!…]\s+|(?<=[^\W\d_]{3})\.\s+")
#: In a title with this share of capitalised words, capitals say nothing about names.
_HEADLINE_CASE = 0.75
_NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve hundred thousand million billion"
    " second third fourth fifth sixth seventh eighth ninth tenth"
    " первыи второи третии четвертыи пятыи шестои седьмои первого второго третьего два три четыре пять шесть"
    " january february march april june july august september october november december"
    " monday tuesday wednesday thursday friday saturday sunday".split()
)
_DIGITS = {
    word: str(n)
    for n, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)
}
_CHINESE_ORDINAL = re.compile(r"第[一二三四五六七八九十百\d]+|[一二三四五六七八九十]+(?=[轮輪次届屆名人])")


#: The months' names, folded, in English, German, French, Spanish, Portuguese, Polish and Russian.
_MONTHS = {
    name: number
    for number, row in enumerate(
        (
            "january jan januar janvier enero janeiro stycznia января",
            "february feb februar fevrier febrero fevereiro lutego февраля",
            "march mar marz mars marzo marco marca марта",
            "april apr avril abril kwietnia апреля",
            "may mai mayo maio maja мая",
            "june jun juni juin junio junho czerwca июня",
            "july jul juli juillet julio julho lipca июля",
            "august aug aout agosto sierpnia августа",
            "september sept sep septembre septiembre setembro wrzesnia сентября",
            "october oct oktober octobre octubre outubro pazdziernika октября",
            "november nov novembre noviembre novembro listopada ноября",
            "december dec dezember decembre diciembre dezembro grudnia декабря",
        ),
        1,
    )
    for name in row.split()
}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
#: "16 April", "16. April", "16 de abril"; "April 16th"; "16.04.2023", "16/04/2023"; "4月16日".
_DAYS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s(?:de\s)?{_MONTH}\b",
        rf"\b{_MONTH}\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?![.,:]\d)",
        r"\b(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?:\d\d){1,2}\b",
        r"(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
    )
)
#: "5 may die" names no day.
_MAY = re.compile(r"\bmay\b")


class Clash(StrEnum):
    """What kind of fact differs."""

    FIGURE = "figure"
    CODE = "code"
    DATE = "date"
    TALLY = "tally"
    PLACE = "place"
    OPPOSITE = "opposite"
    NAME = "name"
    REVERSAL = "reversal"
    REACTION = "reaction"
    STAGE = "stage"
    ROLES = "roles"


#: A clash of these kinds makes the later article an update, not another story.
DEVELOPMENTS = frozenset({Clash.REVERSAL, Clash.TALLY})


@dataclass(frozen=True, slots=True)
class Difference:
    """One clash and the words that make it, on either side."""

    clash: Clash
    ours: str
    theirs: str

    def __str__(self) -> str:
        """Say it in words."""
        match self.clash:
            case Clash.REVERSAL:
                return f'a word that turns the report round on one side only: "{self.ours or self.theirs}"'
            case Clash.REACTION:
                return f'one tells what is said of it: "{self.ours or self.theirs}"'
            case Clash.ROLES:
                return f"{self.ours} and {self.theirs} have changed places"
            case _:
                return f'{self.clash.value} differs: "{self.ours}" here, "{self.theirs}" there'


@dataclass(frozen=True, slots=True)
class _Side:
    """One title, and what of it the other lacks."""

    words: list[Word]
    all: frozenset[str]
    own: list[Word]


def differences(ours: str, theirs: str, concepts: Concepts) -> list[Difference]:
    """Return what keeps two titles apart; empty if nothing does.

    Args:
        ours: the later title.
        theirs: the earlier one.
        concepts: which words mean the same.
    """
    here, there = _sides(ours, theirs)
    found = [
        *(_dates(ours, theirs) or _figures(here, there, ours, theirs)),
        *_codes(here, there, ours, theirs, concepts),
        *_reversals(ours, theirs),
        *_places(ours, theirs, concepts),
        *_opposites(here, there),
        *_framing(ours, theirs, concepts),
    ]
    return found or list(_names(here, there, ours, theirs, concepts))


def may_develop(ours: str, theirs: str) -> bool:
    """Tell, sooner than `differences`, whether one title may turn the other's report round or count on it."""
    return bool(_turning_words(ours)) != bool(_turning_words(theirs)) or (_counts(ours) and _counts(theirs))


def _sides(ours: str, theirs: str) -> tuple[_Side, _Side]:
    a, b = words(ours), words(theirs)
    in_a, in_b = frozenset(w.text for w in a), frozenset(w.text for w in b)
    return (
        _Side(a, in_a, [w for w in a if w.text not in in_b]),
        _Side(b, in_b, [w for w in b if w.text not in in_a]),
    )


def _is_figure(word: str) -> bool:
    return bool(_DIGIT.search(word)) or word in _NUMBER_WORDS


def _figures(here: _Side, there: _Side, ours: str, theirs: str) -> Iterator[Difference]:
    """Figures that both titles have, and differently; one that only one of them mentions is a detail."""
    a, b = _figures_beyond(here, there), _figures_beyond(there, here)
    a, b = a or _ordinals(ours, theirs), b or _ordinals(theirs, ours)
    if a and b:
        counted = _counts(ours) and _counts(theirs)
        yield Difference(Clash.TALLY if counted else Clash.FIGURE, " ".join(a), " ".join(b))


def _dates(ours: str, theirs: str) -> list[Difference]:
    """Both titles name a day, and not the same."""
    a, b = days(ours), days(theirs)
    return [Difference(Clash.DATE, _asdays(a), _asdays(b))] if a and b and not a & b else []


@lru_cache(maxsize=_TITLES)
def days(title: str) -> frozenset[tuple[int, int]]:
    """Return the days a title names, as (month, day)."""
    if not _DIGIT.search(title):
        return frozenset()
    folded = fold(_MAY.sub(" ", title))
    hits = (hit for pattern in _DAYS for hit in pattern.finditer(folded))
    return frozenset((_MONTHS.get(hit["month"]) or int(hit["month"]), int(hit["day"])) for hit in hits)


def _asdays(days: Iterable[tuple[int, int]]) -> str:
    return ", ".join(f"{day}.{month}." for month, day in sorted(days))


@lru_cache(maxsize=_TITLES)
def _counts(title: str) -> bool:
    """Tell whether a title counts the dead or the like."""
    row = _row(tokens(title))
    return any(_phrase(word) in row for word in TALLIES)


def _figures_beyond(side: _Side, other: _Side) -> list[str]:
    """Return a title's figures that the other does not have as often: "part 3 of 4" is not "part 4 of 4"."""
    known = Counter(_value(word.text) for word in other.words)
    found: list[str] = []
    for word in side.words:
        if _is_figure(word.text):
            known[_value(word.text)] -= 1
            if known[_value(word.text)] < 0:
                found.append(word.text)
    return found


def _value(word: str) -> str:
    """Return a figure without its unit or ending: "10bln" and "10", "12th" and "12" are one figure."""
    found = _NUMBER.match(word)
    return found.group() if found else _DIGITS.get(word, word)


def _codes(here: _Side, there: _Side, ours: str, theirs: str, concepts: Concepts) -> Iterator[Difference]:
    """Each title has a short word in capitals in the place of the other's: tickers, currencies, models."""
    a, b = (
        [code for code in _codes_of(side, title) if not concepts.knows(code.lower())]
        for side, title in ((here, ours), (there, theirs))
    )
    if a and b:
        yield Difference(Clash.CODE, " ".join(a), " ".join(b))


def _codes_of(side: _Side, title: str) -> list[str]:
    if not any(c.islower() for c in title):
        return []
    own = (title[w.start : w.end] for w in side.own)
    # A single letter is an article or a part of "U.S."
    return [word for word in own if 1 < len(word) <= _LONGEST_CODE and word.isupper() and word.isascii()]


def _ordinals(ours: str, theirs: str) -> list[str]:
    """Return ordinals and counts in Chinese numerals that only the first text has."""
    known = set(_CHINESE_ORDINAL.findall(theirs))
    return [ordinal for ordinal in _CHINESE_ORDINAL.findall(ours) if ordinal not in known]


def _reversals(ours: str, theirs: str) -> Iterator[Difference]:
    a, b = _turning_words(ours), _turning_words(theirs)
    if bool(a) != bool(b):
        yield Difference(Clash.REVERSAL, " ".join(a), " ".join(b))


@lru_cache(maxsize=_TITLES)
def _turning_words(title: str) -> Sequence[str]:
    row = tokens(title)
    spaced = _row(row)
    return (*(w for w in row if w in REVERSALS), *(p for p in REVERSAL_PHRASES if _phrase(p) in spaced))


@cache
def _phrase(phrase: str) -> str:
    return _row(tokens(phrase))


@cache
def _stems(phrase: str) -> str:
    return _row(map(stem, tokens(phrase)))


def _row(parts: Iterable[str]) -> str:
    """Write words so that words in a row are found as a substring, and parts of words are not."""
    return f" {' '.join(parts)} "


def _places(ours: str, theirs: str, concepts: Concepts) -> Iterator[Difference]:
    """Each title names a country the other does not."""
    a, b = concepts.places(ours), concepts.places(theirs)
    if a - b and b - a:
        yield Difference(Clash.PLACE, " ".join(sorted(a - b)), " ".join(sorted(b - a)))


def _opposites(here: _Side, there: _Side) -> Iterator[Difference]:
    ours, theirs = (_row(stem(w.text) for w in side.words) for side in (here, there))
    for one, two in OPPOSITES:
        a, b = ((row in ours) - (row in theirs) for row in (_stems(one), _stems(two)))
        if a * b < 0:  # each stands on one side only, and on the other's
            yield Difference(Clash.OPPOSITE, *((one, two) if a > 0 else (two, one)))


def _framing(ours: str, theirs: str, concepts: Concepts) -> Iterator[Difference]:
    said_here, said_there = reactions(ours), reactions(theirs)
    if bool(said_here) != bool(said_there):
        yield Difference(Clash.REACTION, " ".join(said_here), " ".join(said_there))
    here, there = stage(ours), stage(theirs)
    if here and there and here != there:
        yield Difference(Clash.STAGE, here, there)
    swapped = in_other_roles(ours, theirs, concepts)
    if swapped:
        yield Difference(Clash.ROLES, *swapped)


def _names(here: _Side, there: _Side, ours: str, theirs: str, concepts: Concepts) -> Iterator[Difference]:
    """Each title has a name in the place of the other's, and they are not two spellings of one."""
    persons_here, persons_there = concepts(ours) & concepts.persons, concepts(theirs) & concepts.persons
    only_here, only_there = persons_here - persons_there, persons_there - persons_here
    if only_here and only_there:
        yield Difference(Clash.NAME, _listed(only_here), _listed(only_there))
        return
    a = [n for n in _capitalised(here, ours) if not respelled(n, there.all) and not _mapped(n, concepts)]
    b = [n for n in _capitalised(there, theirs) if not respelled(n, here.all) and not _mapped(n, concepts)]
    if a and b:
        yield Difference(Clash.NAME, " ".join(a), " ".join(b))


def _capitalised(side: _Side, title: str) -> list[str]:
    """Return own words written like names, where the title's case can tell."""
    content = [w for w in side.words if w.text not in STOP_WORDS and not is_unspaced(w.text)]
    capitals = [w for w in content if title[w.start].isupper()]
    if not content or len(capitals) / len(content) >= _HEADLINE_CASE:
        return []
    first = {side.words[0].start, *(found.end() for found in _SENTENCE_END.finditer(title))}
    return [w.text for w in side.own if w in capitals and w.start not in first and not _is_figure(w.text)]


def _mapped(name: str, concepts: Concepts) -> bool:
    """Tell whether the general tables know the word: it is then a place or a common verb, not a name."""
    return concepts.knows(name)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(name.lstrip("@") for name in names))
