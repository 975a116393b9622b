"""What the models are fitted on: labelled pairs as measures, each set with its weight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.cli import labelled
from bot.cli.labelled import Headline, Labelled
from bot.core.compare import Pair, furniture_of
from bot.core.concepts import Concepts
from bot.core.keys import PER_KEY, match_keys, nearest
from bot.core.reading import Reading
from bot.core.similarity import Shingles
from bot.model import Article
from bot.pipeline import MOST_CANDIDATES

#: Our own labels on the unlabelled stream of the development half: ids and relations.
STREAM_LABELS = Path(__file__).parents[2] / "tests/eval/wire_stream_dev.tsv"
#: Our own labels on headlines of real feeds.
HEADLINE_LABELS = STREAM_LABELS.with_name("coverage_dev.tsv")
#: Of a headline's nearest earlier ones, so many are examples.
_NEIGHBOURS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled pair, measured."""

    set: str
    features: Mapping[str, float]
    positive: bool
    weight: float
    #: Its label was made by reading, not by a rule.
    read: bool
    #: What must not be torn apart in cross-validation.
    group: str


def measured(pairs: Sequence[Labelled], concepts: Concepts | None = None) -> list[Pair]:
    """Compare the two sides of each pair, what the pages of one site share left out."""
    concepts = concepts or Concepts.of({}, where="eval")
    readings: dict[int, Reading] = {}
    for pair in pairs:
        for article in (pair.old, pair.new):
            readings.setdefault(id(article), Reading(article, concepts))
    furniture = _furniture(list(readings.values()))
    nothing: Shingles = frozenset()
    return [
        Pair(new, old, furniture.get(new.site, nothing) | furniture.get(old.site, nothing))
        for new, old in ((readings[id(pair.new)], readings[id(pair.old)]) for pair in pairs)
    ]


def _furniture(readings: Sequence[Reading]) -> dict[str, Shingles]:
    by_site: dict[str, list[Reading]] = {}
    for reading in readings:
        if reading.site:
            by_site.setdefault(reading.site, []).append(reading)
    return {site: furniture_of(texts) for site, texts in by_site.items()}


class Index:
    """The archive's index of candidates, in memory: what the service would compare an article with."""

    def __init__(self, concepts: Concepts, window: timedelta) -> None:
        """Begin with nothing stored."""
        self.articles: list[Article] = []
        self._concepts = concepts
        self._window = window
        self._by_key: dict[int, list[int]] = defaultdict(list)

    def near(self, article: Article) -> list[int]:
        """Return the places of stored articles that are near, the nearest first."""
        keys = match_keys(article, self._concepts, "eval")
        newest = {key: self._newest(key, article) for key in keys.asked if key in self._by_key}
        return nearest({key: places for key, places in newest.items() if places}, MOST_CANDIDATES)

    def add(self, article: Article) -> int:
        """Store an article and return its place."""
        place = len(self.articles)
        self.articles.append(article)
        for key in match_keys(article, self._concepts, "eval").kept:
            self._by_key[key].append(place)
        return place

    def _newest(self, key: int, article: Article) -> list[int]:
        since = article.published - self._window
        return [at for at in self._by_key[key][-PER_KEY:] if self.articles[at].published >= since]


def neighbours(headlines: Sequence[Headline], hours: int) -> list[Labelled]:
    """Pair each headline of a stream with its nearest earlier ones: one event ("1") or not ("0")."""
    index = Index(Concepts.of({}, where="eval"), timedelta(hours=hours))
    found: list[Labelled] = []
    for headline in headlines:
        for place in index.near(headline.article)[:_NEIGHBOURS]:
            label = str(int(headlines[place].event == headline.event))
            old = headlines[place].article
            found.append(Labelled(old=old, new=headline.article, label=label, group=headline.event))
        index.add(headline.article)
    return found


def examples_of_same(folder: Path) -> list[Example]:
    """Return what the model of "one article" is fitted on.

    Versions of one page weigh little: they are no copies, but show how headlines drift. Outlets' own reports
    on one event are the negatives that matter most.
    """
    wire = labelled.wire
    sets = [
        ("wire", wire(folder, "dev"), 1.0),
        ("wire, feed fields", wire(folder, "dev", without=("body",)), 1.0),
        ("stream", wire(folder, "dev", labels=STREAM_LABELS), 1.0),
        ("stream, feed fields", wire(folder, "dev", without=("body",), labels=STREAM_LABELS), 1.0),
        ("versions", labelled.updates(folder, "dev", bodies=True), 0.02),
        ("other reports", labelled.other_reports(folder, "dev"), 0.3),
    ]
    return [example for name, pairs, weight in sets for example in _examples(name, pairs, weight, "S")]


def examples_of_event(folder: Path) -> list[Example]:
    """Return what the model of "one event" is fitted on."""
    wire = labelled.wire
    sets = [
        ("wire", wire(folder, "dev"), 0.5),
        ("wire, feed fields", wire(folder, "dev", without=("body",)), 0.5),
        ("stream", wire(folder, "dev", labels=STREAM_LABELS), 1.0),
        ("stream, feed fields", wire(folder, "dev", without=("body",), labels=STREAM_LABELS), 1.0),
        ("versions", labelled.updates(folder, "dev", bodies=False), 0.5),
        ("versions, with bodies", labelled.updates(folder, "dev", bodies=True), 0.2),
        ("other reports", labelled.other_reports(folder, "dev"), 0.2),
        ("threads ru", labelled.threads(folder, "dev"), 3.0),
        ("threads en", labelled.threads(folder, "dev", "en"), 1.0),
        ("kinds of event", labelled.kinds_of_event(folder, "dev"), 0.05),
        ("headlines", neighbours(labelled.headlines(folder, "og2021", "dev"), 72), 0.05),
        ("headlines of stories", neighbours(labelled.headlines(folder, "uci_news", "dev"), 240), 0.05),
    ]
    return [example for name, pairs, weight in sets for example in _examples(name, pairs, weight, "SE1")]


def _examples(name: str, pairs: Sequence[Labelled], weight: float, positive: str) -> list[Example]:
    return [
        Example(
            set=name,
            features=pair.features,
            positive=labels.label in positive,
            weight=weight,
            read=labels.how.startswith("read:"),
            group=f"{name.partition(',')[0]} {labels.group or place}",
        )
        for place, (labels, pair) in enumerate(zip(pairs, measured(pairs), strict=True))
    ]
