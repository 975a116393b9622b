"""What may be tried out on a story before it is changed: its query, its limits, what one card tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.questions import Limits
from bot.core.syntax import Item, Listed, Tree, parsed, printed
from bot.errors import OperatorError
from bot.model import Fold, Story

#: As many as the configuration allows for `min_sources`.
_MOST_SOURCES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be different; None and empty leave a thing as it is."""

    #: The whole query.
    query: str | None = None
    #: Terms of which any is enough, beside those of the query, and terms that exclude.
    also: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    #: What no story wants; "" excludes nothing.
    exclude: str | None = None
    #: The judge's limits, above 0 up to 1.
    same: float | None = None
    event: float | None = None
    happening: float | None = None
    fold: Fold | None = None
    min_sources: int | None = None


def changed(story: Story, change: Change) -> Story:
    """Return a story as it would be; its query is still to be compiled.

    Raises:
        ConfigError: the query or a term is not understood.
        OperatorError: a number is out of its range.
    """
    found = replace(
        story,
        query=_query(story, change),
        exclude=story.exclude if change.exclude is None else change.exclude,
        policy=replace(story.policy, fold=change.fold or story.policy.fold),
    )
    if change.min_sources is None:
        return found
    if not 1 <= change.min_sources <= _MOST_SOURCES:
        raise OperatorError(f"min_sources is from 1 to {_MOST_SOURCES}, not {change.min_sources}")
    postings = {name: replace(story.posting(name), min_sources=change.min_sources) for name in story.channels}
    return replace(found, postings=postings)


def changed_limits(limits: Limits, change: Change) -> Limits:
    """Return the judge's limits as they would be.

    Raises:
        OperatorError: one is out of its range.
    """
    found = replace(
        limits,
        same=limits.same if change.same is None else change.same,
        event=limits.event if change.event is None else change.event,
        happening=limits.happening if change.happening is None else change.happening,
    )
    for name in ("same", "event", "happening"):
        value: float = getattr(found, name)
        if not 0 < value <= 1:
            raise OperatorError(f"the limit {name} is above 0 and at most 1, not {value:g}")
    return found


def _query(story: Story, change: Change) -> str:
    query = story.query if change.query is None else change.query
    if not change.also and not change.without:
        return query
    tree = parsed(query, where=f"story {story.name}")
    if change.also:
        tree = _widened(tree, change.also)
    for term in change.without:
        never = Item(parsed(term, where="the term to exclude"), "-")
        tree = Listed((*_items(tree), never))
    return printed(tree)


def _widened(tree: Tree, also: Sequence[str]) -> Tree:
    """Add terms to those of which any is enough; what must or must not stand there still holds."""
    added = tuple(Item(parsed(term, where="the term to add")) for term in also)
    items = _items(tree)
    if any(not item.sign for item in items):
        return Listed((*items, *added))
    # Of a list of musts alone, a plain term would be one more that must.
    return Listed((Item(tree), *added))


def _items(tree: Tree) -> tuple[Item, ...]:
    return tree.items if isinstance(tree, Listed) else (Item(tree),)
