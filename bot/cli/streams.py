"""Streams of headlines, grouped into happenings as they come: the judge beside a plain ratio of titles."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from bot.cli import labelled
from bot.cli.fitting import Index
from bot.cli.labelled import Headline
from bot.cli.scores import Score
from bot.core.concepts import Concepts
from bot.core.grouping import MOST_REPORTS, USUAL, USUAL_AFTER, Grouping, Usage, events_near
from bot.core.judge import judge
from bot.core.questions import DEFAULT
from bot.core.similarity import set_ratio
from bot.core.words import tokens
from bot.model import (
    Article,
    ArticleId,
    Duplicate,
    EventId,
    Happening,
    Meaning,
    New,
    Related,
    Report,
    Stored,
    Verdict,
)
from bot.pipeline import MOST_CANDIDATES, MOST_MEANINGS
from bot.ports import Semantics, Space

#: Stream → its set, the languages kept, hours within which items are compared, and the token_set_ratio from
#: which two headlines tell one event: the best of 55 to 80 on the development half.
_STREAMS: Mapping[str, tuple[str, tuple[str, ...], int, float]] = {
    "og2021, English": ("og2021", ("eng",), 72, 70.0),
    "og2021, Russian": ("og2021", ("rus",), 72, 60.0),
    "og2021, nine languages": ("og2021", (), 72, 65.0),
    "uci_news": ("uci_news", (), 240, 55.0),
}


#: Gives each article of a stream the number of its group, comparing what is at most so far apart.
Group = Callable[[Sequence[Article], timedelta], Sequence[int]]
#: Of an article and stored ones that are near: the place of the one it belongs to, or None.
Decide = Callable[[Article, Sequence[Stored]], int | None]
#: What is usual in a stream, and what its reports mean, is read anew after so many headlines: a poll's.
_POLL = 25
_CONCEPTS = Concepts.of({}, where="eval")


def by_headlines(folder: Path, half: str) -> list[Score]:
    """Group the streams through the service's own index and judge, and by a ratio."""
    scores: list[Score] = []
    for name, (set_, languages, hours, ratio) in _STREAMS.items():
        headlines = labelled.headlines(folder, set_, half, languages)
        by_titles = partial(by_decision, partial(by_ratio, ratio))
        rules: dict[str, Group] = {"judge": by_happening, "token_set_ratio": by_titles}
        for rule, group in rules.items():
            scores.append(_scored(f"{name}, BCubed: {rule}", headlines, hours, group))
    return scores


def by_encoder(folder: Path, half: str, semantics: Semantics) -> list[Score]:
    """Group the same streams with an encoder in use."""
    group = partial(by_happening, semantics=semantics)
    return [
        _scored(
            f"{name}, BCubed: judge, semantic",
            labelled.headlines(folder, set_, half, languages),
            hours,
            group,
        )
        for name, (set_, languages, hours, _ratio) in _STREAMS.items()
    ]


def by_ratio(limit: float, article: Article, near: Sequence[Stored]) -> int | None:
    """Return the place of the stored article whose headline is most alike, if it is alike enough."""
    words = tokens(article.title)
    ratios = {old.id: set_ratio(words, tokens(old.article.title)) for old in near}
    best = max(ratios, key=lambda place: ratios[place], default=None)
    return best if best is not None and ratios[best] >= limit else None


def by_decision(decide: Decide, articles: Sequence[Article], window: timedelta) -> list[int]:
    """Let each article join the group of one stored article, or none, by a rule."""
    index = Index(_CONCEPTS, window)
    groups: list[int] = []
    for article in articles:
        place = decide(article, _stored(index, article, groups))
        number = index.add(article)
        groups.append(number if place is None else groups[place])
    return groups


def by_happening(
    articles: Sequence[Article], window: timedelta, semantics: Semantics | None = None
) -> list[int]:
    """Group articles as the service does: by their verdicts, and what is news by the happening it tells."""
    stream = _Stream(articles, window, semantics)
    for number in range(len(articles)):
        stream.take(number)
    return stream.happenings


class _Stream:
    """What the service would know, in memory; an article's place is its number and its event's."""

    def __init__(self, articles: Sequence[Article], window: timedelta, semantics: Semantics | None) -> None:
        self._articles = articles
        self._window = window
        self._semantics = semantics
        self._index = Index(_CONCEPTS, window)
        self._reports: dict[int, list[int]] = {}
        self._meanings = semantics.encode([article.title for article in articles]) if semantics else None
        self._grouping = Grouping(_CONCEPTS, Usage(), DEFAULT)
        #: Of each article so far the first of its happening.
        self.happenings: list[int] = []

    def take(self, number: int) -> None:
        """Decide about the next article."""
        if number % _POLL == 0:
            self._poll(number)
        article = self._articles[number]
        near = _stored(self._index, article, self.happenings)
        verdict: Verdict = judge(article, near, _CONCEPTS)
        if isinstance(verdict, New | Related):
            verdict = self._grouped(verdict, number, near)
        self._index.add(article)
        self._record(verdict, number)

    def _poll(self, number: int) -> None:
        before = self._articles[:number]
        now = self._articles[number].published
        old = [article.title for article in before if now - article.published > USUAL_AFTER]
        usage = Usage(map(_CONCEPTS, old[-USUAL:]))
        self._grouping = Grouping(_CONCEPTS, usage, DEFAULT, space=self._space(number))

    def _space(self, number: int) -> Space | None:
        if self._semantics is None:
            return None
        now = self._articles[number].published
        recent = [at for at in range(number) if now - self._articles[at].published <= self._window]
        return self._semantics.space([self._meaning(at) for at in recent[-MOST_MEANINGS:]])

    def _meaning(self, number: int) -> Meaning:
        vector = self._meanings[number] if self._meanings else b""
        return Meaning(event=EventId(number), language=self._articles[number].language, vector=vector)

    def _grouped(self, verdict: New | Related, number: int, near: Sequence[Stored]) -> New | Related:
        article, meaning = self._articles[number], self._meanings[number] if self._meanings else None
        events = events_near(near, verdict)
        if meaning is not None:
            close = self._grouping.near(meaning, article.language, limit=MOST_CANDIDATES)
            events += [EventId(self.happenings[place]) for place in close]
        most = max(1, MOST_REPORTS // max(1, len(set(events))))
        told = {event: self._told(event, most) for event in events}
        of = EventId(self.happenings[verdict.of]) if isinstance(verdict, Related) else None
        return self._grouping(verdict, article, told, of, meaning)

    def _told(self, event: EventId, most: int) -> Happening:
        return Happening(id=event, reports=tuple(map(self._report, self._reports[event][-most:])))

    def _report(self, number: int) -> Report:
        meaning = self._meanings[number] if self._meanings else None
        return Report.of(ArticleId(number), self._articles[number], meaning)

    def _record(self, verdict: Verdict, number: int) -> None:
        if isinstance(verdict, New):
            self.happenings.append(number)
            self._reports[number] = []
        else:
            self.happenings.append(self.happenings[verdict.of])
        joined = self.happenings[-1]
        for other in verdict.joins if isinstance(verdict, Related) else ():
            self.happenings = [joined if each == other else each for each in self.happenings]
            self._reports[joined] += self._reports.pop(other)
        if isinstance(verdict, Duplicate):
            return
        self._reports[joined] = sorted([*self._reports[joined], number])[-MOST_REPORTS:]
        if self._meanings is not None:
            self._grouping.add(self._meaning(number))


def _stored(index: Index, article: Article, groups: Sequence[int]) -> list[Stored]:
    return [
        Stored(id=ArticleId(place), event=EventId(groups[place]), article=index.articles[place])
        for place in index.near(article)
    ]


def _scored(name: str, headlines: Sequence[Headline], hours: int, group: Group) -> Score:
    begun = time.perf_counter()
    ours = group([headline.article for headline in headlines], timedelta(hours=hours))
    took = 1000 * (time.perf_counter() - begun) / max(1, len(headlines))
    precision, recall = bcubed(ours, [headline.event for headline in headlines])
    return Score(name=name, n=len(headlines), precision=precision, recall=recall, ms_a_pair=took)


def bcubed(ours: Sequence[object], labels: Sequence[object]) -> tuple[float, float]:
    """Return BCubed precision and recall (Bagga and Baldwin 1998; Amigó et al. 2009)."""
    both = Counter(zip(ours, labels, strict=True))
    our_sizes, label_sizes = Counter(ours), Counter(labels)
    precision = sum(n * n / our_sizes[group] for (group, _label), n in both.items())
    recall = sum(n * n / label_sizes[label] for (_group, label), n in both.items())
    return precision / max(1, len(ours)), recall / max(1, len(ours))
