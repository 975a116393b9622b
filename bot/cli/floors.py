"""Floors: figures that may rise and must not fall, with the data they were measured on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.cli.scores import Score
from bot.errors import OperatorError

#: Files of the test material on which pinned figures rest.
FILES = (
    "dedup/hard_titles/pairs.tsv",
    "dedup/wire_rss/pairs_dev.jsonl",
    "dedup/wire_rss/pair_docs_dev.jsonl",
    "dedup/wire_rss/stream_dev.jsonl",
    "dedup/wire_rss/updates_dev.jsonl",
    "dedup/basil/dev.jsonl",
    "dedup/allsides/dev.jsonl",
    "dedup/tg_pairs/dev.jsonl",
    "dedup/ecbplus/dev.jsonl",
    "dedup/og2021/dev.jsonl",
    "dedup/uci_news/dev.jsonl",
    "coverage/title_pairs.jsonl",
    "coverage/items.jsonl",
)
#: How the names of those end that are not ours.
BASELINES = (": token_sort_ratio", ": token_set_ratio")
#: Names of figures that are good when they are low.
_LOW = ("called duplicate", "calibration error")
_DIGITS = 1000


def pinned(scores: Sequence[Score]) -> dict[str, dict[str, float]]:
    """Return the floors of scores, a thousandth at most below what was measured; baselines have none."""
    ours = (score for score in scores if not score.name.endswith(BASELINES))
    return {score.name: _floor(score) for score in ours}


def fallen(scores: Sequence[Score], floors: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Say which figures lie below their floors."""
    return [
        f"{score.name}: {key} {value:.4f}, floor {floors[score.name][key]}"
        for score in scores
        if score.name in floors
        for key, value in _figures(score).items()
        if key in floors[score.name] and _is_worse(score, value, floors[score.name][key])
    ]


def write(path: Path, scores: Sequence[Score], folder: Path, *, lower: bool) -> None:
    """Write the floors of scores to a file.

    Args:
        path: the file; what it holds already may only rise.
        scores: as measured.
        folder: the test material they were measured on.
        lower: let figures fall all the same.

    Raises:
        OperatorError: a figure fell, and nobody said that it may.
    """
    old = json.loads(path.read_text(encoding="utf-8"))["floors"] if path.exists() else {}
    lost = [] if lower else fallen(scores, old)
    if lost:
        raise OperatorError(
            f"not pinned, since figures fell (--lower pins them all the same): {'; '.join(lost)}"
        )
    found: dict[str, Any] = {"sha256": digests(folder), "floors": pinned(scores)}
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of each file that floors rest on."""
    return {name: sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def _figures(score: Score) -> dict[str, float]:
    if score.value is not None:
        return {"value": score.value}
    return {"f1": score.f1, "precision": score.precision, "recall": score.recall}


def _floor(score: Score) -> dict[str, float]:
    cut = math.ceil if _is_low(score) else math.floor
    return {key: cut(value * _DIGITS) / _DIGITS for key, value in _figures(score).items()}


def _is_worse(score: Score, value: float, floor: float) -> bool:
    return value > floor if _is_low(score) else value < floor


def _is_low(score: Score) -> bool:
    return score.name.endswith(_LOW)
