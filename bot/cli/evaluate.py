"""`eval`: how right the judge is, beside a baseline."""

from __future__ import annotations

import csv
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot.app import watches
from bot.cli.common import SHIPPED, AsJson, Config, console, plain, settings_of, table
from bot.cli.items import article_of
from bot.core.concepts import Concepts
from bot.core.judge import judge
from bot.core.similarity import title_ratio
from bot.errors import OperatorError
from bot.model import Article, ArticleId, Duplicate, EventId, Stored, Update, Verdict

#: token_sort_ratio at its best on the held wire pairs (threshold tuned on the development half).
_BASELINE = 87.7
Pairs = Sequence[tuple[Article, Article, str, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How often a rule that says "duplicate" was right."""

    name: str
    n: int
    precision: float
    recall: float
    ms_a_pair: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="eval")(evaluate)


def data_folder(given: Path | None) -> Path:
    """Return where the test material lies.

    Raises:
        OperatorError: it is not there.
    """
    folder = given or Path(os.environ.get("STORYWIRE_DATA", "../shared/data"))
    if not folder.is_dir():
        raise OperatorError(f"no test material at {folder}: set STORYWIRE_DATA or give --data")
    return folder


def evaluate(
    sets: Annotated[list[str] | None, typer.Argument(metavar="[SET…]", help="hard_titles, wire_rss")] = None,
    *,
    data: Annotated[Path | None, typer.Option(help="The folder of the labelled data.")] = None,
    half: Annotated[str, typer.Option(help="dev or held")] = "dev",
    config: Config = SHIPPED,
    as_json: AsJson = False,
) -> None:
    """Measure the judge on labelled pairs, beside rapidfuzz's token_sort_ratio."""
    folder = data_folder(data)
    known: dict[str, Callable[[], list[Score]]] = {
        "hard_titles": lambda: hard_titles(folder, watches(settings_of(config))[0].concepts),
        "wire_rss": lambda: wire_rss(folder, half),
    }
    unknown = set(sets or ()) - known.keys()
    if unknown:
        raise OperatorError(f"unknown set {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    scores = [score for name in sets or known for score in known[name]()]
    if as_json:
        for score in scores:
            found = {"name": score.name, "n": score.n, "f1": score.f1}
            typer.echo(json.dumps(found | {"precision": score.precision, "recall": score.recall}))
        return
    shown = table("set and rule", "pairs", "F1", "precision", "recall", "ms a pair")
    for score in scores:
        ratios = (
            f"{score.f1:.3f}",
            f"{score.precision:.3f}",
            f"{score.recall:.3f}",
            f"{score.ms_a_pair:.3f}",
        )
        shown.add_row(*plain(score.name, score.n, *ratios))
    console.print(shown)


def hard_titles(folder: Path, concepts: Concepts) -> list[Score]:
    """Score the eight hard title pairs; "same-event" pairs are rewrites that should be found."""
    pairs: list[tuple[Article, Article, str, bool]] = []
    with (folder / "dedup/hard_titles/pairs.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            a, b = (_titled(row[side], side) for side in ("a", "b"))
            pairs.append((a, b, row["relation"], row["relation"] == "same-event"))
    return _scores("hard_titles", pairs, concepts)


def wire_rss(folder: Path, half: str) -> list[Score]:
    """Score syndicated copies against everything else, on all pairs and on those read one by one."""
    with (folder / f"dedup/wire_rss/pair_docs_{half}.jsonl").open(encoding="utf-8") as file:
        docs = {doc["id"]: doc for doc in map(json.loads, file)}
    general = Concepts.of({}, where="eval")
    scores: list[Score] = []
    for fields in ("all fields", "feed fields only"):
        dropped = () if fields == "all fields" else ("body",)
        articles = {key: _wire(doc, dropped) for key, doc in docs.items()}
        pairs = list(_wire_pairs(folder, half, articles))
        hard = [pair for pair in pairs if pair[2].startswith("read:")]
        scores += _scores(f"wire_rss, all pairs, {fields}", pairs, general)
        scores += _scores(f"wire_rss, hard pairs, {fields}", hard, general)
    return scores


def _wire_pairs(
    folder: Path, half: str, articles: dict[str, Article]
) -> Iterator[tuple[Article, Article, str, bool]]:
    with (folder / f"dedup/wire_rss/pairs_{half}.jsonl").open(encoding="utf-8") as file:
        for pair in map(json.loads, file):
            a, b = sorted((articles[pair["a"]], articles[pair["b"]]), key=lambda article: article.published)
            yield a, b, pair["how"], pair["label"] == "S"


def _wire(doc: dict[str, object], dropped: Sequence[str]) -> Article:
    item = {key: value for key, value in doc.items() if key not in {"id", *dropped}}
    return article_of(item | {"outlet": doc["source"]}, where=str(doc["id"]))


def _titled(title: str, outlet: str) -> Article:
    return article_of({"title": title, "outlet": outlet, "id": outlet}, where=title)


def _verdict(a: Article, b: Article, concepts: Concepts) -> Verdict:
    return judge(b, [Stored(id=ArticleId(1), event=EventId(1), article=a)], concepts)


def _scores(name: str, pairs: Pairs, concepts: Concepts) -> list[Score]:
    update_is_same = name.startswith("wire_rss")  # its label S includes updates of the same dispatch

    def ours(a: Article, b: Article) -> bool:
        verdict = _verdict(a, b, concepts)
        return isinstance(verdict, Duplicate) or (update_is_same and isinstance(verdict, Update))

    def theirs(a: Article, b: Article) -> bool:
        return title_ratio(a.title, b.title) >= _BASELINE

    return [_score(f"{name}: judge", pairs, ours), _score(f"{name}: token_sort_ratio", pairs, theirs)]


def _score(name: str, pairs: Pairs, rule: Callable[[Article, Article], bool]) -> Score:
    begun = time.perf_counter()
    said = [rule(a, b) for a, b, _how, _same in pairs]
    took = time.perf_counter() - begun
    right = sum(yes and same for yes, (_a, _b, _how, same) in zip(said, pairs, strict=True))
    return Score(
        name=name,
        n=len(pairs),
        precision=right / max(1, sum(said)),
        recall=right / max(1, sum(same for *_rest, same in pairs)),
        ms_a_pair=1000 * took / max(1, len(pairs)),
    )
