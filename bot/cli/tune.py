"""`tune`: what people corrected by hand, as a measure of the judge's limit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Annotated

import typer

from bot.app import configured_archive, watches
from bot.cli.common import (
    SHIPPED,
    AsJson,
    Config,
    article_numbered,
    console,
    counted,
    hanging,
    in_loop,
    settings_of,
    story_named,
)
from bot.core.concepts import Concepts
from bot.core.judge import chance
from bot.core.tune import Label, Tuning
from bot.core.tune import tune as measured
from bot.model import Correction
from bot.ports import Archive
from config.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(tune)


def tune(
    *,
    story: Annotated[str | None, typer.Option(metavar="NAME", help="Only this story's corrections.")] = None,
    config: Config = SHIPPED,
    as_json: AsJson = False,
) -> None:
    """Measure the judge on the pairs that were merged or split by hand, and recommend a limit.

    The lowest limit is recommended at which 99 of 100 pairs that it calls one report are one. Only pairs
    that somebody corrected count, which are the doubtful ones; eval measures the judge on all kinds. Nothing
    is changed.

    Example:
      storywire tune --story li-shangfu-moscow
    """
    settings = settings_of(config)
    labels, left_out = in_loop(_labels(story, settings))
    tuning = measured(labels, settings.judge.same)
    if as_json:
        typer.echo(json.dumps(_as_json(tuning, labels, left_out)))
    else:
        _show(tuning, labels, left_out)


async def _labels(story: str | None, settings: Settings) -> tuple[list[Label], int]:
    """Return the labels, and how many corrections are of stories that nobody follows any more."""
    followed = watches(settings)
    asked = followed if story is None else (story_named(story, followed),)
    concepts = {watch.story.name: watch.concepts for watch in asked}
    async with configured_archive(settings, exclusive=False) as archive:
        standing = _standing(await archive.corrections(), story)
        labels = [await _label(one, concepts, archive) for one in standing if one.story in concepts]
    return labels, len(standing) - len(labels)


def _standing(corrections: list[Correction], story: str | None) -> list[Correction]:
    """Return the last word on each pair of the story, or of all."""
    last = {(each.story, each.earlier, each.later): each for each in corrections}
    return [each for each in last.values() if story is None or each.story == story]


async def _label(correction: Correction, concepts: Mapping[str, Concepts], archive: Archive) -> Label:
    old = await article_numbered(correction.earlier, archive)
    new = await article_numbered(correction.later, archive)
    return Label(chance=chance(new, old, concepts[correction.story]), same=correction.same)


def _as_json(tuning: Tuning, labels: list[Label], left_out: int) -> dict[str, object]:
    counts = tuning.counts
    return {
        "labels": len(labels),
        "left_out": left_out,
        "limit": tuning.limit,
        "precision": counts.precision,
        "recall": counts.recall,
        "together": counts.together,
        "hidden": counts.hidden,
        "repeated": counts.repeated,
        "apart": counts.apart,
        "recommended": tuning.recommended,
        "says": tuning.says,
        "changed": False,
    }


def _show(tuning: Tuning, labels: list[Label], left_out: int) -> None:
    said, counts = Counter(label.same for label in labels), tuning.counts
    pairs = counted(len(labels), "corrected pair")
    console.print(f"{pairs}: {said[True]} are one report, {said[False]} are two")
    if left_out:
        console.print(f"  left out, of stories that are not in the configuration: {left_out}")
    console.print(f"at the limit {tuning.limit:g}")
    of_called, of_same = counts.together + counts.hidden, counts.together + counts.repeated
    called = f"of {of_called} called one report {counts.together} are one"
    found = f"of {of_same} that are one report {counts.together} are called so"
    console.print(hanging(f"precision {_figure(counts.precision)}: {called}"))
    console.print(hanging(f"recall {_figure(counts.recall)}: {found}"))
    console.print(hanging(tuning.says, ""))
    if tuning.recommended not in {None, tuning.limit}:
        console.print(hanging(f"to follow it, write under [judge]: same = {tuning.recommended}", ""))
    console.print("Nothing was changed.")


def _figure(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.3f}"
