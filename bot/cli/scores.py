"""Figures of the judge on labelled sets, each beside the best simple rule on the same set in the same run."""

from __future__ import annotations

import csv
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import correlation as pearson

from bot.cli import labelled
from bot.cli.fitting import HEADLINE_LABELS, STREAM_LABELS, measured
from bot.cli.items import article_of
from bot.cli.labelled import Labelled
from bot.core.chance import chance_event, chance_same
from bot.core.compare import Pair
from bot.core.concepts import Concepts
from bot.core.judge import judge
from bot.core.questions import DEFAULT, compare
from bot.core.similarity import set_ratio, title_ratio
from bot.core.words import tokens
from bot.model import (
    Article,
    ArticleId,
    Duplicate,
    EventId,
    New,
    Stored,
    Update,
    Verdict,
)

#: token_sort_ratio at its best on the held wire pairs (threshold tuned on the development half).
_BASELINE = 87.7
#: The same for telling one event, tuned on the development halves of each set.
_EVENT_BASELINES = {
    "known_events": 16.0,
    "hot_searches": 66.0,
    "threads_ru": 45.0,
    "kinds_of_event": 48.0,
    "updates": 55.0,
    "updates_body": 55.0,
}
#: Chances of one event from which a set's pairs count as one, tuned on the development halves: a set of
#: titles alone asks for another limit than the service has, as do the baselines.
_EVENT_LIMITS = {
    "known_events": 0.34,
    "hot_searches": 0.34,
    "threads_ru": 0.44,
    "kinds_of_event": 0.3,
    "updates": 0.36,
    "updates_body": 0.44,
}
_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One figure, or how often a rule that says "yes" was right."""

    name: str
    n: int
    precision: float
    recall: float
    ms_a_pair: float
    #: A figure that is none of these: the calibration error, a count.
    value: float | None = None
    #: What to say below the table: how sure the figures are, and what was missed.
    notes: tuple[str, ...] = ()

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


Rule = Callable[[int], bool]


# ----------------------------------------------------------------------------------------- the sets


def hard_titles(folder: Path, concepts: Concepts) -> list[Score]:
    """Score the eight hard title pairs; "same-event" pairs are rewrites that should be found as one event."""
    pairs: list[Labelled] = []
    with (folder / "dedup/hard_titles/pairs.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            a, b = (
                article_of({"title": row[side], "outlet": side, "id": side}, where=row[side]) for side in "ab"
            )
            pairs.append(Labelled(old=a, new=b, label=str(int(row["relation"] == "same-event"))))
    verdicts = [_judged(pair.new, pair.old, concepts) for pair in pairs]
    ours = score("hard_titles: judge", pairs, lambda at: not isinstance(verdicts[at], New | Update), "1")
    return [ours, _by_title("hard_titles", pairs, "1", _BASELINE)]


def wire(folder: Path, half: str) -> list[Score]:
    """Score copies against everything else: all pairs, those read one by one, and what the model says."""
    scores: list[Score] = []
    for fields, without in (("all fields", ()), ("feed fields only", ("body",))):
        pairs = labelled.wire(folder, half, without=without)
        scores += _copies(f"wire_rss, all pairs, {fields}", pairs, calibrated=True)
        hard = [pair for pair in pairs if pair.how.startswith("read:")]
        scores += _copies(f"wire_rss, hard pairs, {fields}", hard)
        templates = [pair for pair in pairs if pair.label == "U" and pair.how == "read:title-candidate"]
        scores.append(_called_duplicate(f"wire_rss, template negatives, {fields}", templates))
    return scores


def stream(folder: Path, half: str) -> list[Score]:
    """Score our own labels on the unlabelled stream; they exist for the development half only."""
    if half != "dev" or not STREAM_LABELS.exists():
        return []
    scores: list[Score] = []
    for fields, without in (("all fields", ()), ("feed fields only", ("body",))):
        pairs = labelled.wire(folder, half, without=without, labels=STREAM_LABELS)
        scores += _copies(f"wire_stream, read one by one, {fields}", pairs)
    return scores


def other_reports(folder: Path, half: str) -> list[Score]:
    """Count outlets' own reports on one event that are called duplicates."""
    return [_called_duplicate("basil and allsides, own reports", labelled.other_reports(folder, half))]


def updates(folder: Path, half: str) -> list[Score]:
    """Score versions of one page with the address hidden."""
    return [
        *_events("updates", labelled.updates(folder, half, bodies=False), "S", "updates, titles only"),
        *_events("updates_body", labelled.updates(folder, half, bodies=True), "S", "updates, with bodies"),
    ]


def same_events(folder: Path, half: str) -> list[Score]:
    """Score pairs by whether they tell one event."""
    return [
        *_events("threads_ru", labelled.threads(folder, half), "1", "tg_pairs, Russian"),
        *_events("kinds_of_event", labelled.kinds_of_event(folder, half), "1", "ecbplus, within a topic"),
    ]


def other_languages(folder: Path, half: str) -> list[Score]:
    """Score English and Chinese items beside known events, and Chinese hot searches."""
    known, searches = labelled.known_events(folder, half), labelled.hot_searches(folder, half)
    return [
        *_events("known_events", known, "1", "newsroom_en_zh, known event"),
        *_events("hot_searches", searches, "1", "zh_weibo, one event"),
    ]


def graded(folder: Path, half: str) -> list[Score]:
    """Correlate the chance of one event with how alike people found two articles, by language."""
    pairs = labelled.graded(folder, half)
    alike = [-grade for _pair, grade in pairs]
    chances = [chance_event(pair) for pair in measured([pair for pair, _grade in pairs])]
    ratios = [set_ratio(tokens(p.old.summary), tokens(p.new.summary)) for p, _grade in pairs]
    scores: list[Score] = []
    languages = Counter(pair.how for pair, _grade in pairs)
    for language in ("", *(name for name, n in languages.most_common() if n >= _FEWEST_GRADED)):
        here = [at for at, (pair, _grade) in enumerate(pairs) if pair.how == (language or pair.how)]
        name = f"semeval2022, {language or 'all languages'}, Pearson"
        for rule, values in (("model of one event", chances), ("token_set_ratio", ratios)):
            value = correlation([values[at] for at in here], [alike[at] for at in here])
            scores.append(_figure(f"{name}: {rule}", here, value))
    return scores


#: Pairs of a language without which a correlation says nothing.
_FEWEST_GRADED = 40


def real_headlines(folder: Path, half: str) -> list[Score]:
    """Score our own labels on headlines of real feeds; they exist for the development half only."""
    read = labelled.read_headlines(folder, half, HEADLINE_LABELS)
    return _copies("real headlines, read one by one", read) if read else []


def coverage(folder: Path, half: str) -> list[Score]:
    """Score real items of the story's weeks: one headline elsewhere, other numbers, copies on the event."""
    pairs = labelled.same_headlines(folder, half)
    scores: list[Score] = []
    for kind in dict.fromkeys(pair.how for pair in pairs):
        here = [pair for pair in pairs if pair.how == kind]
        verdicts = [_verdict(pair) for pair in measured(here)]
        told = [sum(title_ratio(p.old.title, p.new.title) >= _BASELINE for p in here)]
        for rule, n in (
            ("called duplicate", sum(isinstance(verdict, Duplicate) for verdict in verdicts)),
            ("called update", sum(isinstance(verdict, Update) for verdict in verdicts)),
            ("token_sort_ratio", told[0]),
        ):
            scores.append(_figure(f"coverage, {kind}: {rule}, share", here, n / max(1, len(here))))
    items = labelled.story_items(folder, half)
    return [*scores, *_copies("coverage, items on the event", items)]


def correlation(one: Sequence[float], two: Sequence[float]) -> float:
    """Return Pearson's correlation; 0 where one of them does not vary."""
    return pearson(one, two) if len(set(one)) > 1 and len(set(two)) > 1 else 0.0


# ------------------------------------------------------------------------------------------ scoring


def score(name: str, pairs: Sequence[Labelled], rule: Rule, positive: str) -> Score:
    """Measure a rule that is asked by a pair's place."""
    begun = time.perf_counter()
    said = [rule(at) for at in range(len(pairs))]
    took = time.perf_counter() - begun
    right = sum(yes and pair.label in positive for yes, pair in zip(said, pairs, strict=True))
    return Score(
        name=name,
        n=len(pairs),
        precision=right / max(1, sum(said)),
        recall=right / max(1, sum(pair.label in positive for pair in pairs)),
        ms_a_pair=1000 * took / max(1, len(pairs)),
    )


def _copies(name: str, pairs: Sequence[Labelled], *, calibrated: bool = False) -> list[Score]:
    compared = measured(pairs)
    begun = time.perf_counter()
    verdicts = [_verdict(pair) for pair in compared]
    took = 1000 * (time.perf_counter() - begun) / max(1, len(pairs))
    chances = [chance_same(pair) for pair in compared]
    # The label S includes updates of the same dispatch.
    ours = score(f"{name}: judge", pairs, lambda at: isinstance(verdicts[at], Duplicate | Update), "S")
    found = [
        replace(ours, ms_a_pair=took),
        score(f"{name}: model alone, from 0.5", pairs, lambda at: chances[at] >= 0.5, "S"),  # noqa: PLR2004
        _by_title(name, pairs, "S", _BASELINE),
        _figure(f"{name}: recall at precision 0.99", pairs, _recall_at(chances, pairs)),
    ]
    if calibrated:
        found.append(_figure(f"{name}: calibration error", pairs, _calibration_error(chances, pairs)))
    return found


def _called_duplicate(name: str, pairs: Sequence[Labelled]) -> Score:
    wrong = sum(isinstance(_verdict(pair), Duplicate) for pair in measured(pairs))
    return _figure(f"{name}: called duplicate", pairs, wrong)


def _events(key: str, pairs: Sequence[Labelled], positive: str, name: str) -> list[Score]:
    chances = [chance_event(pair) for pair in measured(pairs)]
    return [
        score(f"{name}: model of one event", pairs, lambda at: chances[at] >= _EVENT_LIMITS[key], positive),
        _by_title(name, pairs, positive, _EVENT_BASELINES[key]),
    ]


def _by_title(name: str, pairs: Sequence[Labelled], positive: str, limit: float) -> Score:
    def rule(at: int) -> bool:
        return title_ratio(pairs[at].old.title, pairs[at].new.title) >= limit

    return score(f"{name}: token_sort_ratio", pairs, rule, positive)


def _figure(name: str, items: Sequence[object], value: float) -> Score:
    return Score(name=name, n=len(items), precision=0.0, recall=0.0, ms_a_pair=0.0, value=value)


def _verdict(pair: Pair) -> Verdict | None:
    old = Stored(id=ArticleId(1), event=EventId(1), article=pair.old.article)
    return compare(old, pair, DEFAULT)


def _judged(new: Article, old: Article, concepts: Concepts) -> Verdict:
    return judge(new, [Stored(id=ArticleId(1), event=EventId(1), article=old)], concepts)


def _recall_at(chances: Sequence[float], pairs: Sequence[Labelled], precision: float = 0.99) -> float:
    """Return the greatest recall of a limit at which so many of those above it are right."""
    right, best = 0, 0
    for place, (_chance, pair) in enumerate(sorted(zip(chances, pairs, strict=True), key=lambda x: -x[0]), 1):
        right += pair.label == "S"
        best = right if right / place >= precision else best
    return best / max(1, sum(pair.label == "S" for pair in pairs))


def _calibration_error(chances: Sequence[float], pairs: Sequence[Labelled]) -> float:
    """Return the expected calibration error over ten bins (Naeini et al. 2015)."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for chance, pair in zip(chances, pairs, strict=True):
        bins[min(int(chance * _BINS), _BINS - 1)].append((chance, pair.label == "S"))
    gaps = (
        abs(sum(chance for chance, _ in found) - sum(is_s for _, is_s in found)) for found in bins.values()
    )
    return sum(gaps) / max(1, len(pairs))
