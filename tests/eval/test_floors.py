"""The judge's figures on labelled pairs may rise; a change that lowers one has to say so.

`floors.json` holds the figures a hair below those measured, with the digests of the files they were measured
on: on other data other figures hold. `storywire eval --pin tests/eval/floors.json` writes it, and refuses to
lower one unless told `--lower`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import config
from bot.app import watches
from bot.cli import floors
from bot.cli.evaluate import QUICK, known_sets
from bot.cli.scores import Score
from bot.errors import OperatorError
from config.settings import load_settings

PINNED: Mapping[str, Any] = json.loads(Path(__file__).with_name("floors.json").read_text(encoding="utf-8"))
DECISIONS = (": judge", ": model of one event")
FLOORS: Mapping[str, Mapping[str, float]] = PINNED["floors"]


@cache
def _scores(folder: Path) -> dict[str, Score]:
    settings = load_settings(Path(config.__file__).with_name("storywire.toml"), {})
    known = known_sets(folder, "dev", watches(settings)[0])
    return {score.name: score for name in QUICK for score in known[name]()}


@pytest.mark.data
def test_the_floors_were_measured_on_these_files(data_dir: Path) -> None:
    assert floors.digests(data_dir) == PINNED["sha256"], (
        "not the data the floors were measured on: run `storywire eval`, see what changed and pin the new"
        " figures with `storywire eval --pin tests/eval/floors.json`"
    )


@pytest.mark.data
@pytest.mark.parametrize("name", FLOORS)
def test_the_judge_is_as_right_as_it_was(name: str, data_dir: Path) -> None:
    assert floors.fallen([_scores(data_dir)[name]], FLOORS) == []


@pytest.mark.data
def test_every_figure_of_the_judge_has_a_floor(data_dir: Path) -> None:
    assert floors.pinned(list(_scores(data_dir).values())).keys() == FLOORS.keys()


@pytest.mark.data
@pytest.mark.parametrize("name", [name for name in FLOORS if name.endswith(DECISIONS)])
def test_the_judge_is_more_often_right_than_a_fuzzy_ratio(name: str, data_dir: Path) -> None:
    scores = _scores(data_dir)

    named = [f"{name.rpartition(': ')[0]}{baseline}" for baseline in floors.BASELINES]
    (theirs,) = (scores[baseline].f1 for baseline in named if baseline in scores)
    assert scores[name].f1 > theirs


def a_score(name: str, *, precision: float = 0.0, recall: float = 0.0, value: float | None = None) -> Score:
    return Score(name=name, n=9, precision=precision, recall=recall, ms_a_pair=0.0, value=value)


MOVES = {
    "a figure that rose": (a_score("set: judge", precision=0.9, recall=0.9), True),
    "a figure that fell": (a_score("set: judge", precision=0.7, recall=0.9), False),
    "a count that rose": (a_score("set: called duplicate", value=2.0), False),
    "a count that fell": (a_score("set: called duplicate", value=0.0), True),
}


@pytest.mark.parametrize(("score", "welcome"), MOVES.values(), ids=MOVES)
def test_floors_are_only_lowered_by_who_says_so(
    score: Score, welcome: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floors, "FILES", ())
    path = tmp_path / "floors.json"
    before = [a_score("set: judge", precision=0.8, recall=0.8), a_score("set: called duplicate", value=1.0)]
    floors.write(path, before, tmp_path, lower=False)

    if not welcome:
        with pytest.raises(OperatorError, match=r"figures fell \(--lower pins them all the same\): set: "):
            floors.write(path, [score], tmp_path, lower=False)
    floors.write(path, [score], tmp_path, lower=not welcome)

    assert json.loads(path.read_text(encoding="utf-8"))["floors"] == floors.pinned([score])
