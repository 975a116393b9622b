"""Figures of keywords: what a query finds of labelled items, and what it finds that it should not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.app import watches
from bot.cli.labelled import coverage_article, coverage_lines
from bot.cli.scores import Score
from bot.core.match import Watch, find
from bot.core.proportion import interval
from bot.model import Article
from config.settings import load_settings

#: A story for one visit only.
APRIL_VISIT = Path(__file__).parents[2] / "tests/eval/april_visit.toml"
#: Facets of the wider story that the shipped story leaves out, as the comment at its query says. All others
#: tell of Li Shangfu, or of a Chinese defence minister together with Russia.
LEFT_OUT = frozenset({"xi-visit-march-2023", "qin-gang-2023"})
_EVENT, _WIDER, _UNRELATED = "same-event", "same-wider-story", "unrelated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A labelled item, and whether a query should accept it."""

    id: str
    relation: str
    facet: str
    article: Article
    wanted: bool = False


def keywords(folder: Path, half: str, shipped: Watch) -> list[Score]:
    """Score the shipped story's query, and that of a story for one visit only.

    Args:
        folder: the test material.
        half: "dev" or "held".
        shipped: the shipped story.

    Raises:
        OperatorError: the material is not there.
    """
    events = list(_items(folder, half, lambda item: item.relation != _WIDER, _is_event))
    facets = list(_items(folder, half, lambda item: item.relation == _WIDER, _is_told_of))
    found = [
        scored("keywords, shipped story, the event against unrelated: query", events, shipped),
        by_facet("keywords, shipped story, the wider story", facets, shipped),
    ]
    if APRIL_VISIT.exists():
        visit = watches(load_settings(APRIL_VISIT, {}))[0]
        items = list(_items(folder, half, lambda item: item.relation != _UNRELATED, _is_event))
        found.append(scored("keywords, April visit, the event against the wider story: query", items, visit))
    return found


def scored(name: str, items: Sequence[Item], watch: Watch) -> Score:
    """Score what a query accepts, with how sure that is and every item that it got wrong."""
    begun = time.perf_counter()
    accepted = [find(item.article, watch) is not None for item in items]
    took = 1000 * (time.perf_counter() - begun)
    right = sum(yes and item.wanted for yes, item in zip(accepted, items, strict=True))
    wanted = sum(item.wanted for item in items)
    return Score(
        name=name,
        n=len(items),
        precision=right / max(1, sum(accepted)),
        recall=right / max(1, wanted),
        ms_a_pair=took / max(1, len(items)),
        notes=(
            f"recall {_sure(right, wanted)}",
            f"precision {_sure(right, sum(accepted))}",
            *_wrong(items, accepted),
        ),
    )


def by_facet(name: str, items: Sequence[Item], watch: Watch) -> Score:
    """Score of how many items a query says in or out as it should, with each facet in the notes."""
    accepted = [find(item.article, watch) is not None for item in items]
    right = [yes == item.wanted for yes, item in zip(accepted, items, strict=True)]
    notes = [f"right {_sure(sum(right), len(items))}", *_wrong(items, accepted)]
    for facet in sorted({item.facet for item in items}):
        here = [ok for ok, item in zip(right, items, strict=True) if item.facet == facet]
        notes.append(f"{facet} ({'out' if facet in LEFT_OUT else 'in'}): {sum(here)} of {len(here)} right")
    share = sum(right) / max(1, len(items))
    return Score(
        name=f"{name}: share right", n=len(items), precision=0.0, recall=0.0, ms_a_pair=0.0, value=share,
        notes=tuple(notes),
    )  # fmt: skip


def _sure(hits: int, of: int) -> str:
    low, high = interval(hits, of)
    return f"{hits} of {of}: {hits / max(1, of):.3f} (95 %: {low:.3f} to {high:.3f})"


def _wrong(items: Sequence[Item], accepted: Sequence[bool]) -> Iterator[str]:
    for item, yes in zip(items, accepted, strict=True):
        if yes != item.wanted:
            what = "accepted, not wanted" if yes else "missed"
            yield f"{what}: {item.id} ({item.facet}) {item.article.title}"


def _is_event(item: Item) -> bool:
    return item.relation == _EVENT


def _is_told_of(item: Item) -> bool:
    return item.facet not in LEFT_OUT


def _items(
    folder: Path, half: str, chosen: Callable[[Item], bool], wanted: Callable[[Item], bool]
) -> Iterator[Item]:
    for line in coverage_lines(folder, "items.jsonl", half):
        if line["title"]:
            article = coverage_article(line)
            item = Item(id=line["id"], relation=line["relation"], facet=line["facet"], article=article)
            if chosen(item):
                yield replace(item, wanted=wanted(item))
