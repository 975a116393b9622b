"""`bench judge`: what a comparison and a decision cost, at worst too, and how often real news is hidden.

The audit stores real headlines in the order in which they came and asks what the next ones repeat. Most
repeat nothing, some are true repeats; which of those that either rule joins are was read one by one.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import fmean, median

from rich.table import Table

from bot.cli import labelled
from bot.cli.common import console, plain, table
from bot.cli.fitting import Index, measured
from bot.cli.planted import planted, real_headlines
from bot.core.concepts import Concepts
from bot.core.grouping import MOST_REPORTS, Grouping, Usage
from bot.core.judge import judge
from bot.core.normalise import normalise
from bot.core.questions import DEFAULT
from bot.core.similarity import closest, set_ratio
from bot.core.words import tokens
from bot.edge.markup import plain_text
from bot.model import (
    Article,
    ArticleId,
    Duplicate,
    Entry,
    EventId,
    Feed,
    Happening,
    New,
    Report,
    Stored,
    Update,
)
from bot.pipeline import MOST_CANDIDATES

#: Headlines stored in the audit, those asked about, and near-duplicates of each kind.
_STORED, _ASKED, _EACH = 20_000, 1_500, 100
#: Pairs of the audit that were read.
_LABELS = Path(__file__).parents[2] / "tests/eval/headlines_dev.tsv"
#: token_set_ratio from which hobby bots call two titles one.
_BASELINE = 85.0
#: One headline every so often: about a thousand feeds together.
_EVERY = timedelta(seconds=4)
#: The same in headlines.
_AN_HOUR = 900
_START = datetime(2026, 1, 1, tzinfo=UTC)


def judging(folder: Path) -> None:
    """Measure the judge beside rapidfuzz's token_set_ratio."""
    _costs(folder)
    _worst()
    _audit(folder)


# --------------------------------------------------------------------------------------------- costs


def _costs(folder: Path) -> None:
    shown = table("a pair of the wire set", "judge: median", "95 %", "token_set_ratio of the same texts")
    kinds: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("titles", ("summary", "body")),
        ("titles and summaries", ("body",)),
        ("titles, summaries and bodies", ()),
    )
    for name, without in kinds:
        pairs = labelled.wire(folder, "dev", without=without)
        ours = sorted(_timed(lambda pair=pair: measured([pair])[0].features) for pair in pairs)  # type: ignore[misc]
        theirs = [_timed(lambda pair=pair: _set_ratio(pair.old, pair.new)) for pair in pairs]  # type: ignore[misc]
        high = ours[len(ours) * 95 // 100]
        shown.add_row(*plain(name, f"{median(ours):.2f} ms", f"{high:.2f} ms", f"{median(theirs):.2f} ms"))
    console.print(shown)


def _set_ratio(one: Article, two: Article) -> float:
    return set_ratio(tokens(f"{one.title} {one.text}"), tokens(f"{two.title} {two.text}"))


def _timed(work: Callable[[], object]) -> float:
    """Return the CPU milliseconds of one call."""
    begun = time.process_time_ns()
    work()
    return (time.process_time_ns() - begun) / 1e6


# --------------------------------------------------------------------------------------------- worst


@dataclass(frozen=True, slots=True)
class Hostile:
    """A title of 10,000 characters and a text of a megabyte."""

    title: str
    body: str


def hostile() -> dict[str, Hostile]:
    """Return what a feed may send to make comparing slow."""
    dice = Random(1)  # noqa: S311  reproducible, not secret

    def words(count: int, change: Callable[[str], str] = str) -> str:
        return " ".join(change("".join(dice.choices("abcdefghij", k=6))) for _ in range(count))

    return {
        "one word, again and again": Hostile("a " * 5_000, "word " * 200_000),
        "no word twice": Hostile(words(1_500), words(150_000)),
        "names only": Hostile(words(1_500, str.capitalize), words(150_000, str.capitalize)),
        "capitals and brackets": Hostile(words(1_500, str.upper), "(((( " * 200_000),
        "without spaces, Chinese": Hostile(
            "李尚福访问俄罗斯" * 1_250, "中国国防部长李尚福抵达莫斯科访问" * 60_000
        ),
        "figures": Hostile("12 " * 3_300, "3.5% 10bn " * 100_000),
        "one endless word": Hostile("x" * 10_000, "y" * 1_000_000),
        "dashes": Hostile("- " * 5_000, "— " * 300_000),
    }


def decision_on(sent: Hostile) -> float:
    """Return the CPU milliseconds of a decision whose candidates are all of this kind."""
    general = Concepts.of({}, where="bench")
    stored = [
        Stored(
            id=ArticleId(number),
            event=EventId(number),
            article=_sent(number, f"{sent.title[number:]} v{number}", sent.body[7 * number :]),
        )
        for number in range(MOST_CANDIDATES)
    ]
    new = _sent(99, sent.title, sent.body)
    near = {old.event: _told(old, MOST_REPORTS // MOST_CANDIDATES) for old in stored}

    def decide() -> None:
        judge(new, stored, general)
        # Called news it would be grouped as well, so both are counted.
        Grouping(general, Usage(), DEFAULT)(New(), new, near, None)

    return _timed(decide)


def _told(old: Stored, reports: int) -> Happening:
    return Happening(id=old.event, reports=(Report.of(old.id, old.article),) * reports)


def _sent(number: int, title: str, body: str) -> Article:
    link = f"https://a{number}.example/{number}"
    entry = Entry(id=link, link=link, title=title, summary=body[:5_000], body=body, published=_START)
    return normalise(entry, Feed(url="https://a.example/feed", name="A"), seen_at=_START)


def _worst() -> None:
    shown = table(f"a decision among {MOST_CANDIDATES} candidates, hostile input", "CPU")
    for name, sent in hostile().items():
        shown.add_row(*plain(name, f"{decision_on(sent):.0f} ms"))
    console.print(shown)


# --------------------------------------------------------------------------------------------- audit


def _audit(folder: Path) -> None:
    real = list(dict.fromkeys(plain_text(title) for title in real_headlines(folder)[: 2 * _STORED]))
    asked = real[_STORED : _STORED + _ASKED]
    console.print(audited(real[:_STORED], asked, each=_EACH, repeats=_repeats()))


def _repeats() -> set[tuple[int, int]]:
    """Return the pairs that were read and found to be one report."""
    with _LABELS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return {(int(row["asked"]), int(row["stored"])) for row in rows if row["label"] == "S"}


def audited(
    stored: Sequence[str],
    asked: Sequence[str],
    *,
    each: int,
    repeats: AbstractSet[tuple[int, int]] = frozenset(),
) -> Table:
    """Show how many of the asked headlines, and of near-duplicates of the last stored, are called repeats.

    Args:
        stored: headlines, oldest first.
        asked: the ones that came next.
        each: near-duplicates of each kind.
        repeats: pairs, by their places in both lists together, that are no mistake.
    """
    index = Index(Concepts.of({}, where="bench"), timedelta(days=14))
    for number, title in enumerate(stored):
        index.add(_headline(number, title))
    newest = stored[-len(asked) :]
    plants = [plain_text(title) for _edit, _number, title in planted(newest, each)]
    shown = table("real headlines", "judge", f"token_set_ratio ≥ {_BASELINE:.0f}")
    known = [" ".join(tokens(title)) for title in stored]
    rules: tuple[Callable[[Sequence[str]], Iterator[int | None]], ...] = (
        partial(_joined, index),
        partial(_alike, known),
    )
    found = [fmean(place is not None for place in rule(plants)) for rule in rules]
    news = [list(rule(asked)) for rule in rules]
    called = [fmean(place is not None for place in places) for places in news]
    wrong = [
        fmean(
            place is not None and (number, place) not in repeats
            for number, place in enumerate(places, len(stored))
        )
        for places in news
    ]
    for name, shares in (
        (f"planted near-duplicates called repeats ({len(plants)})", found),
        (f"of the next {len(asked)}, called repeats", called),
        ("of them no repeat of that one", wrong),
    ):
        shown.add_row(*plain(name, *(f"{share:.2%}" for share in shares)))
    return shown


def _joined(index: Index, titles: Sequence[str]) -> Iterator[int | None]:
    """Say of each headline, published an hour after the last stored, which the judge calls it a repeat of."""
    general = Concepts.of({}, where="bench")
    stored = len(index.articles)
    for number, title in enumerate(titles):
        new = _headline(stored + _AN_HOUR + number, title, site=f"b{number}")
        near = [
            Stored(id=ArticleId(at), event=EventId(at), article=index.articles[at]) for at in index.near(new)
        ]
        verdict = judge(new, near, general)
        yield verdict.of if isinstance(verdict, Duplicate | Update) else None


def _alike(known: Sequence[str], titles: Sequence[str]) -> Iterator[int | None]:
    for title in titles:
        ratio, place = closest(" ".join(tokens(title)), known)
        yield place if ratio >= _BASELINE else None


def _headline(number: int, title: str, site: str = "a") -> Article:
    link = f"https://{site}{number % 97}.example/news/{number}"
    entry = Entry(id=link, link=link, title=title, published=_START + number * _EVERY)
    feed = Feed(url=f"https://{site}.example/feed", name=site)
    return normalise(entry, feed, seen_at=_START + number * _EVERY)
