"""Labelled pairs → how right a limit is on them, and which one would be better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Fewer labels say nothing about a limit.
FEWEST_LABELS = 20
#: Hidden news costs more than a repeated post, so this many of those called one report must be one.
LEAST_PRECISION = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What the judge gives for a pair, and what a person says of it."""

    #: 0 to 1: how likely the judge finds it that both are one report.
    chance: float
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How labels fall on both sides of a limit."""

    #: One report, and called so.
    together: int
    #: Two reports, called one: news would be hidden.
    hidden: int
    #: One report, called two: it would be posted again.
    repeated: int
    #: Two reports, and called so.
    apart: int

    @property
    def precision(self) -> float | None:
        """Of those called one report, the share that is; None if none is called so."""
        return _share(self.together, self.hidden)

    @property
    def recall(self) -> float | None:
        """Of those that are one report, the share called so; None if there is none."""
        return _share(self.together, self.repeated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How right the present limit is on the labels, and what follows from that."""

    limit: float
    counts: Counts
    #: The lowest limit that is precise enough; None if there is none, or too few labels to tell.
    recommended: float | None
    #: The same in words.
    says: str


def tune(labels: Sequence[Label], limit: float) -> Tuning:
    """Measure a limit on labelled pairs and recommend one.

    Args:
        labels: what people said of pairs, each with the judge's chance.
        limit: the present one; pairs with at least this chance are called one report.
    """
    counts = count(labels, limit)
    if len(labels) < FEWEST_LABELS:
        says = f"too few labels ({len(labels)} < {FEWEST_LABELS}): no recommendation"
        return Tuning(limit=limit, counts=counts, recommended=None, says=says)
    recommended = _recommended(labels, limit)
    if recommended is None:
        says = f"no limit has a precision of {LEAST_PRECISION} on these labels: no recommendation"
    elif recommended == limit:
        says = f"keep {limit:g}: no lower limit has a precision of {LEAST_PRECISION} on these labels"
    else:
        says = f"{recommended:g} is the lowest limit with a precision of {LEAST_PRECISION} on these labels"
    return Tuning(limit=limit, counts=counts, recommended=recommended, says=says)


def count(labels: Sequence[Label], limit: float) -> Counts:
    """Count how labels fall on both sides of a limit."""
    sides = [(label.same, label.chance >= limit) for label in labels]
    return Counts(
        together=sides.count((True, True)),
        hidden=sides.count((False, True)),
        repeated=sides.count((True, False)),
        apart=sides.count((False, False)),
    )


def _recommended(labels: Sequence[Label], limit: float) -> float | None:
    """Return the lowest limit that is precise enough; of several that part the labels alike, the present."""
    for lowest in sorted({label.chance for label in labels}):
        counts = count(labels, lowest)
        if counts.precision is not None and counts.precision >= LEAST_PRECISION:
            return limit if count(labels, limit) == counts else lowest
    return None


def _share(right: int, wrong: int) -> float | None:
    return right / (right + wrong) if right + wrong else None
