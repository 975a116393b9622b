"""`eval`: how right the judge is, beside a baseline, and how right the shipped keywords are."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot.app import watches
from bot.cli import floors, keyword_scores, scores, streams
from bot.cli.common import SHIPPED, AsJson, bullets, console, plain, settings_of, table
from bot.cli.scores import Score
from bot.core.match import Watch
from bot.errors import OperatorError
from bot.making import encoder

Sets = Mapping[str, Callable[[], list[Score]]]
#: Sets that take seconds, half a minute together: their figures are pinned.
QUICK = (
    "hard_titles", "wire_rss", "wire_stream", "basil_allsides", "updates", "same_events", "real_headlines",
    "streams", "keywords",
)  # fmt: skip
#: Sets that are only smoke tests, or whose labels nobody read: measured, not pinned.
MORE = ("other_languages", "semeval2022", "coverage")


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


def known_sets(folder: Path, half: str, shipped: Watch) -> Sets:
    """Return what can be measured: each set's name and how."""
    return {
        "hard_titles": lambda: scores.hard_titles(folder, shipped.concepts),
        "wire_rss": lambda: scores.wire(folder, half),
        "wire_stream": lambda: scores.stream(folder, half),
        "basil_allsides": lambda: scores.other_reports(folder, half),
        "updates": lambda: scores.updates(folder, half),
        "same_events": lambda: scores.same_events(folder, half),
        "other_languages": lambda: scores.other_languages(folder, half),
        "semeval2022": lambda: scores.graded(folder, half),
        "real_headlines": lambda: scores.real_headlines(folder, half),
        "coverage": lambda: scores.coverage(folder, half),
        "streams": lambda: streams.by_headlines(folder, half),
        "keywords": lambda: keyword_scores.keywords(folder, half, shipped),
        "streams_semantic": lambda: streams.by_encoder(folder, half, encoder()),
    }


def evaluate(
    sets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SET…]",
            help=f"{', '.join((*QUICK, *MORE))}, streams_semantic; without it all but that.",
        ),
    ] = None,
    *,
    data: Annotated[Path | None, typer.Option(help="The folder of the labelled data.")] = None,
    half: Annotated[str, typer.Option(help="dev or held")] = "dev",
    pin: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the figures of the quick sets as floors.")
    ] = None,
    lower: Annotated[bool, typer.Option("--lower", help="With --pin: let floors fall.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure the judge on labelled pairs and streams, beside rapidfuzz, and the shipped keywords."""
    folder = data_folder(data)
    known = known_sets(folder, half, watches(settings_of(SHIPPED))[0])
    unknown = set(sets or ()) - known.keys()
    if unknown:
        raise OperatorError(f"unknown set {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    chosen = QUICK if pin else sets or [*QUICK, *MORE]
    found = [score for name in chosen for score in known[name]()]
    if pin:
        floors.write(pin, found, folder, lower=lower)
    if as_json:
        for score in found:
            typer.echo(json.dumps(as_object(score)))
    else:
        _show(found)


def as_object(score: Score) -> dict[str, object]:
    """Return a score as an object of numbers."""
    if score.value is not None:
        return {"name": score.name, "n": score.n, "value": score.value, "notes": score.notes}
    ratios = {"f1": score.f1, "precision": score.precision, "recall": score.recall}
    return {"name": score.name, "n": score.n, **ratios, "ms_a_pair": score.ms_a_pair, "notes": score.notes}


def _show(found: Sequence[Score]) -> None:
    shown = table("set and rule", "n", "F1 or figure", "precision", "recall", "ms each")
    for score in found:
        if score.value is not None:
            shown.add_row(*plain(score.name, score.n, f"{score.value:.3f}", "", "", ""))
            continue
        ratios = (score.f1, score.precision, score.recall, score.ms_a_pair)
        shown.add_row(*plain(score.name, score.n, *(f"{ratio:.3f}" for ratio in ratios)))
    console.print(shown)
    for score in found:
        if score.notes:
            console.print(plain(f"\n{score.name}")[0])
            console.print(bullets(score.notes))
