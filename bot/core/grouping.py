"""Which happening does an article tell of? Asked of all that is known of it, not of one report.

Theory of operation. Reports on one happening form chains: the first and the last may share nothing, and
joining whatever resembles *one* report ends with half the news in one group. An article therefore joins a
happening by its likeness to *all* reports on it: half of the measure is their mean likeness (average link;
Sokal and Michener 1958), half the cosine to their centroid, and each hour to their mean time counts against
it (Allan 2002 on topic detection). An article between two happenings may show that they are one.

Likeness is of headlines, since every feed has those: what they speak of (`core.concepts`, so a story's
aliases join languages) weighted by rarity, and the same spread over runs of letters, so that inflected and
transliterated words meet. Rarity is that of the language and of the story's own headlines before the last
day: in a story about Moscow "Moscow" says nothing, while the words of today's news stay rare (`Usage`).

With an encoder half of the likeness is that of meanings, which finds what no word shares, in any language.

docs/judging.md has what this brings on streams of headlines.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from bot.core.concepts import Concepts
from bot.core.facts import Clash, differences
from bot.core.questions import Limits
from bot.core.rarity import expected
from bot.core.reading import headline
from bot.core.similarity import title_ratio
from bot.model import Article, EventId, Evidence, Happening, Meaning, New, Related, Report, Stored
from bot.ports import Space, Vector

#: The general frequencies count like so many headlines of the story.
_GENERAL = 4_000
#: What the story said within this time is news, not its usual words.
USUAL_AFTER = timedelta(hours=24)
#: Headlines that tell what is usual; only cost depends on it.
USUAL = 1_000
#: Reports that stand for all happenings near an article, the newest of each: what a decision costs at most.
MOST_REPORTS = 64
#: Words whose weights are remembered.
_MOST_WORDS = 16_384
#: Of the candidates the events of the nearest are looked into: all of them did no better on streams.
_NEAREST = 4
#: Even the commonest word counts a little.
_LEAST = 0.05
#: Of the likeness, this share comes from runs of letters, the rest from whole words.
_LETTERS = 0.55
#: Of the likeness of two headlines whose meaning is known, this share comes from it.
_MEANING = 0.47
#: Two languages share fewer words, and an encoder sees them further apart: there both count more, and all are
#: a little alike.
_OTHER_WORDS, _OTHER_MEANING, _OTHER = 0.66, 0.66, 0.05
#: Letters of a run; those of three to five together did no better on streams of headlines.
_RUN = 4
#: What differs between two happenings of which one pattern tells.
_OF_A_PATTERN = (Clash.FIGURE, Clash.DATE, Clash.CODE, Clash.PLACE)
#: What an hour between an article and a happening's mean time takes from their likeness.
_HOUR = 0.005
#: Hours after which time says nothing more.
_MOST_HOURS = 100.0
_LATIN = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e zh z i i k l m n o p r s t u f h ts ch sh sch  y  e yu ya".split(" "),
        strict=True,
    )
)


class Usage:
    """How usual words are, in general and in a story."""

    def __init__(self, headlines: Iterable[frozenset[str]] = ()) -> None:
        """Count the concepts of a story's headlines, those older than `USUAL_AFTER`."""
        self._counts: Counter[str] = Counter()
        self._weights: dict[str, float] = {}
        self._all = _GENERAL
        for concepts in headlines:
            self._counts.update(concepts)
            self._all += 1

    def weight(self, word: str) -> float:
        """Return the inverse document frequency of a concept or stem, smoothed by that of the language."""
        weight = self._weights.get(word)
        if weight is None:
            if len(self._weights) >= _MOST_WORDS:
                self._weights.clear()
            often = _GENERAL * expected(word) + self._counts[word] + 0.5
            weight = self._weights[word] = max(math.log(self._all / often), _LEAST)
        return weight


@dataclass(frozen=True, slots=True)
class _Part:
    """Headlines of one language added up."""

    words: Mapping[str, float]
    #: None unless the meaning of each is known.
    meaning: Vector | None
    n: int

    def __add__(self, other: _Part) -> _Part:
        words = dict(self.words)
        for key, value in other.words.items():
            words[key] = words.get(key, 0.0) + value
        one, two = self.meaning, other.meaning
        meaning = None if one is None or two is None else one + two
        return _Part(words, meaning, self.n + other.n)

    def product(self, other: _Part, *, one_language: bool) -> float:
        """Return the likeness of each headline of the one with each of the other, added up."""
        words = _dot(self.words, other.words)
        if self.meaning is None or other.meaning is None:
            return words
        meaning = float(self.meaning @ other.meaning)
        if one_language:
            return (1 - _MEANING) * words + _MEANING * meaning
        return _OTHER_WORDS * words + _OTHER_MEANING * meaning + _OTHER * self.n * other.n


@dataclass(frozen=True, slots=True)
class _Sum:
    """Headlines added up: the likeness of two sums is that of each of the one with each of the other."""

    #: By language where meanings are known, else all as one.
    parts: Mapping[str, _Part]
    square: float
    n: int
    hours: float

    def product(self, other: _Sum) -> float:
        """Return the likeness of each headline of the one with each of the other, added up."""
        return sum(
            part.product(theirs, one_language=language == their)
            for language, part in self.parts.items()
            for their, theirs in other.parts.items()
        )

    def __add__(self, other: _Sum) -> _Sum:
        parts = dict(self.parts)
        for language, part in other.parts.items():
            parts[language] = parts[language] + part if language in parts else part
        square = self.square + other.square + 2 * self.product(other)
        return _Sum(parts, square, self.n + other.n, self.hours + other.hours)

    def link(self, other: _Sum) -> float:
        """Return how alike the two groups are, from below 0 to 1."""
        product = self.product(other)
        if product <= 0:
            return 0.0
        mean, cosine = product / (self.n * other.n), product / math.sqrt(self.square * other.square)
        apart = abs(self.hours / self.n - other.hours / other.n)
        return (mean + cosine) / 2 - _HOUR * min(apart, _MOST_HOURS)


def events_near(candidates: Sequence[Stored], verdict: New | Related) -> list[EventId]:
    """Return the events that an article's happening is sought among, each once.

    Args:
        candidates: near reports, the nearest first.
        verdict: what comparing the article with them gave; the event of the report it names is among them.
    """
    named = verdict.of if isinstance(verdict, Related) else None
    nearest = [old.event for place, old in enumerate(candidates) if place < _NEAREST or old.id == named]
    return list(dict.fromkeys(nearest))


class Grouping:
    """Places articles of one story among its happenings."""

    def __init__(
        self, concepts: Concepts, usage: Usage, limits: Limits, *, space: Space | None = None
    ) -> None:
        """Group one story's articles.

        Args:
            concepts: its spellings of one thing.
            usage: its usual words.
            limits: how alike is alike enough.
            space: what its latest reports mean, if an encoder is in use.
        """
        self._space = space
        self._concepts = concepts
        self._usage = usage
        self._limits = limits
        self._limit = limits.happening

    def add(self, meaning: Meaning) -> None:
        """Let one more report be near others by its meaning."""
        if self._space is not None:
            self._space.add(meaning)

    def near(self, meaning: bytes, language: str | None, *, limit: int) -> list[EventId]:
        """Return the events of the reports whose meaning is nearest."""
        if self._space is None:
            return []
        return self._space.near(meaning, language, limit=limit)

    def __call__(
        self,
        verdict: New | Related,
        article: Article,
        near: Mapping[EventId, Happening],
        of: EventId | None,
        meaning: bytes | None = None,
    ) -> New | Related:
        """Say which happening an article tells of, and which others are the same.

        Args:
            verdict: what comparing the article with single reports gave.
            article: the new one.
            near: happenings with a report near it, by that report's event.
            of: the event of the report that a `Related` verdict names; None for a New one.
            meaning: what an encoder makes of its headline, if one is in use.
        """
        happenings = {happening.id: happening for happening in near.values() if happening.reports}
        sums = {number: self._sum(happening.reports) for number, happening in happenings.items()}
        own = self._of(article.title, article.language, article.published, meaning)
        links = {number: own.link(other) for number, other in sums.items()}
        best = max(links, key=lambda number: (links[number], -number), default=None)
        if isinstance(verdict, Related):
            if of is None or of not in near:
                return verdict
            joined = near[of].id
        elif best is not None and links[best] >= self._limit:
            joined = best
            nearest = max(happenings[best].reports, key=lambda report: self._likeness(own, report))
            if self._of_one_pattern(article, nearest):
                return verdict
            says = self._says(links[best], happenings[best], nearest)
            verdict = Related(of=nearest.id, evidence=(says, *verdict.evidence), doubt=verdict.doubt)
        else:
            return verdict
        if joined not in sums:
            return verdict
        both = own + sums.pop(joined)
        bridged = [number for number, other in sums.items() if both.link(other) >= self._limit]
        return replace(verdict, joins=tuple(bridged))

    def _of_one_pattern(self, article: Article, report: Report) -> bool:
        """Tell whether two headlines are alike because they follow one pattern: "12th package", "13th"."""
        alike = title_ratio(article.title, report.title) >= 100 * self._limits.template_title
        return alike and any(
            difference.clash in _OF_A_PATTERN
            for difference in differences(article.title, report.title, self._concepts)
        )

    def _says(self, link: float, happening: Happening, nearest: Report) -> Evidence:
        n = len(happening.reports)
        what = "one report" if n == 1 else f"{n} reports"
        says = (
            f"{100 * link:.0f} % like {what} of one happening, on average (limit {100 * self._limit:.0f} %); "
            f'nearest: {nearest.outlet}, "{nearest.title}"'
        )
        return Evidence(signal="happening", value=round(100 * link, 1), says=says)

    def _likeness(self, own: _Sum, report: Report) -> float:
        return own.product(self._report(report))

    def _sum(self, reports: Sequence[Report]) -> _Sum:
        first, *rest = map(self._report, reports)
        return sum(rest, start=first)

    def _report(self, report: Report) -> _Sum:
        return self._of(report.title, report.language, report.published, report.meaning)

    def _of(self, title: str, language: str | None, at: datetime, meaning: bytes | None) -> _Sum:
        """Return a headline as a vector of length 1, or 0 if it says nothing."""
        vector: dict[str, float] = {}
        whole = 0.0
        weights = [(word, self._usage.weight(word)) for word in self._concepts(headline(title))]
        for word, weight in weights:
            square = weight * weight
            whole += square
            runs = _runs(word)
            part = square / len(runs)
            for run in runs:
                vector[run] = vector.get(run, 0.0) + part
        if whole:
            # Runs hold squares, which add up to the same.
            scale = math.sqrt(_LETTERS / whole)
            for run, part in vector.items():
                vector[run] = scale * math.sqrt(part)
            scale = math.sqrt((1 - _LETTERS) / whole)
            for word, weight in weights:
                vector[f" {word}"] = scale * weight
        square, direction, part_of = (1.0 if whole else 0.0), None, ""
        if self._space is not None and meaning is not None:
            direction = self._space.vector(meaning, language)
            square = (1 - _MEANING) * square + _MEANING
            part_of = (language or "").partition("-")[0]
        return _Sum({part_of: _Part(vector, direction, 1)}, square, 1, at.timestamp() / 3600)


@lru_cache(maxsize=4_096)
def _runs(word: str) -> frozenset[str]:
    """Return the runs of four letters of a word, its ends marked, in Latin letters."""
    word = f"#{''.join(_LATIN.get(letter, letter) for letter in word)}#"
    return frozenset(word[at : at + _RUN] for at in range(max(1, len(word) - _RUN + 1)))


def _dot(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    if len(a) > len(b):
        a, b = b, a
    return sum(value * b[key] for key, value in a.items() if key in b)
