"""Fit the judge's two models and write bot/core/weights.py: `make fit`.

Only development halves are read. The same data give the same weights: the solver starts from zero and is
exact, and nothing is drawn by chance.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bot.cli import labelled
from bot.cli.fitting import STREAM_LABELS, Example, examples_of_event, examples_of_same, measured
from bot.core import chance
from bot.core.questions import DEFAULT, compare
from bot.model import ArticleId, Duplicate, EventId, Stored, Update

#: Strength of the fit against the pull towards zero, chosen by cross-validation among 0.03 to 3.
STRENGTH = {"SAME": 0.3, "EVENT": 0.3}
TABLE = Path(__file__).parents[1] / "bot/core/weights.py"
HEAD = '''"""The weights of the two models in `core/chance.py`. Written by `make fit`; do not edit.

Each measure of a pair (`core/compare.py`) is multiplied by its weight; the sum and the constant are the
logarithm of the odds.
"""

from __future__ import annotations

from collections.abc import Mapping
'''


def pipeline(strength: float):  # noqa: ANN201  scikit-learn has no types
    """Return the model: measures scaled to one spread, then a logistic regression."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=5000, tol=1e-8))


def arrays(examples: list[Example]):  # noqa: ANN201  numpy arrays
    """Return names, measures, labels, weights."""
    names = list(examples[0].features)
    x = np.array([[e.features[name] for name in names] for e in examples])
    y = np.array([e.positive for e in examples])
    return names, x, y, np.array([e.weight for e in examples])


def fitted(examples: list[Example], strength: float) -> dict[str, float]:
    """Return the weight of each measure and the constant."""
    names, x, y, w = arrays(examples)
    model = pipeline(strength)
    model.fit(x, y, logisticregression__sample_weight=w)
    scaler, logistic = model[0], model[-1]
    weights = logistic.coef_[0] / scaler.scale_
    constant = float(logistic.intercept_[0] - (weights * scaler.mean_).sum())
    return {"constant": constant} | dict(zip(names, map(float, weights), strict=True))


def cross_validated(name: str, examples: list[Example], strength: float) -> None:
    """Print how right the model is on examples it was not fitted on, per set."""
    _names, x, y, w = arrays(examples)
    groups = np.unique([e.group for e in examples], return_inverse=True)[1]
    sets = np.array([e.set for e in examples])
    read = np.array([e.read for e in examples])
    found = np.zeros(len(y))
    for train, test in StratifiedGroupKFold(8, shuffle=True, random_state=0).split(x, y, groups):
        model = pipeline(strength)
        model.fit(x[train], y[train], logisticregression__sample_weight=w[train])
        found[test] = model.predict_proba(x[test])[:, 1]
    for one in dict.fromkeys(sets):
        here = sets == one
        best = max((f1(found[here], y[here], t), t) for t in np.linspace(0.02, 0.98, 49))
        row = f"{name:6}{one:22}n {here.sum():6} F1 at 0.5 {f1(found[here], y[here], 0.5):.3f}"
        hard = here & read
        told = f"  read one by one {hard.sum()}: F1 {f1(found[hard], y[hard], 0.5):.3f},"
        told += f" recall at precision 0.99 {recall_at(found[hard], y[hard]):.3f}"
        print(f"{row}  best {best[0]:.3f} at {best[1]:.2f}{told}")  # noqa: T201  a script's answer


def decided(folder: Path, examples: list[Example], strength: float) -> None:
    """Print how right the whole decision is with weights that did not see the pair.

    Its limits and rules were chosen on these pairs all the same.
    """
    _names, x, y, _w = arrays(examples)
    groups = np.unique([e.group for e in examples], return_inverse=True)[1]
    wire = partial(labelled.wire, folder, "dev")
    sets = {
        "wire": wire(),
        "wire, feed fields": wire(without=("body",)),
        "stream": wire(labels=STREAM_LABELS),
        "stream, feed fields": wire(without=("body",), labels=STREAM_LABELS),
    }
    pairs = {name: list(zip(rows, measured(rows), strict=True)) for name, rows in sets.items()}
    first = {name: next(at for at, e in enumerate(examples) if e.set == name) for name in sets}
    said: dict[str, list[tuple[bool, bool, bool]]] = {name: [] for name in sets}
    for train, test in StratifiedGroupKFold(8, shuffle=True, random_state=0).split(x, y, groups):
        chance.SAME = fitted([examples[at] for at in train], strength)
        for at in test:
            name = examples[at].set
            if name in sets:
                label, pair = pairs[name][at - first[name]]
                old = Stored(id=ArticleId(0), event=EventId(0), article=label.old)
                repeat = isinstance(compare(old, pair, DEFAULT), Duplicate | Update)
                said[name].append((repeat, bool(y[at]), examples[at].read))
    for name, rows in said.items():
        yes, right, read = (np.array(column) for column in zip(*rows, strict=True))
        told = f"F1 {f1(yes, right, 1):.3f}  read one by one: F1 {f1(yes[read], right[read], 1):.3f}"
        print(f"decision, weights held out: {name:22}{told}")  # noqa: T201  a script's answer


def f1(chance, y, limit: float) -> float:  # noqa: ANN001  numpy arrays
    """Return the F1 of saying "yes" from a limit on."""
    said = chance >= limit
    return float(2 * (said & y).sum() / max(1, said.sum() + y.sum()))


def recall_at(chance, y, precision: float = 0.99) -> float:  # noqa: ANN001  numpy arrays
    """Return the greatest recall of a limit at which so many of those above it are right."""
    right = np.cumsum(y[np.argsort(-chance)])
    kept = right / np.arange(1, len(right) + 1) >= precision
    return float(right[kept].max() / max(1, y.sum())) if kept.any() else 0.0


def main() -> None:
    """Fit, report, write."""
    folder = Path(os.environ.get("STORYWIRE_DATA", "../shared/data"))
    text = HEAD
    for name, examples in (("SAME", examples_of_same(folder)), ("EVENT", examples_of_event(folder))):
        if "--check" not in sys.argv:
            cross_validated(name, examples, STRENGTH[name])
        rows = "".join(
            f'    "{key}": {value:.4f},\n' for key, value in fitted(examples, STRENGTH[name]).items()
        )
        if name == "SAME" and "--check" not in sys.argv:
            decided(folder, examples, STRENGTH[name])
        text += f"\n{name}: Mapping[str, float] = {{\n{rows}}}\n"
    TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
