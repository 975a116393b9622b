"""How likely two articles are one article, or tell one event: two logistic models over the pair's measures.

A logistic regression is the simplest model whose output is a probability and whose every weight can be read.
The weights stand in `core/weights.py`; `make fit` writes that file from the development halves of the
labelled sets, the same each time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from bot.core.compare import CLASH, Pair
from bot.core.weights import EVENT, SAME


def chance_same(pair: Pair) -> float:
    """Return the probability that the two are one article: copied, retitled, abridged, edited or updated."""
    return _logistic(pair.features, SAME)


def chance_event(pair: Pair) -> float:
    """Return the probability that the two tell the same event."""
    return _logistic(pair.features, EVENT)


def most_same(pair: Pair) -> float:
    """Return what `chance_same` cannot exceed, whatever the titles' facts: found in half the time."""
    return _logistic(pair.measures, SAME, spare=_SPARE_SAME)


def most_event(pair: Pair) -> float:
    """Return what `chance_event` cannot exceed, whatever the titles' facts."""
    return _logistic(pair.measures, EVENT, spare=_SPARE_EVENT)


def _spare(weights: Mapping[str, float]) -> float:
    """Return how much differing facts could add at the most."""
    return sum(max(0.0, weight) for name, weight in weights.items() if name.startswith(CLASH))


_SPARE_SAME, _SPARE_EVENT = _spare(SAME), _spare(EVENT)


def _logistic(features: Mapping[str, float], weights: Mapping[str, float], spare: float = 0.0) -> float:
    score = weights["constant"] + spare + sum(weights[name] * value for name, value in features.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
