"""What the terms of a query find in recorded articles, with headlines that show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.core.match import Watch
from bot.core.sheet import Line
from bot.core.tally import Count, Part, Tallies, Tally
from bot.model import Article, ArticleId


@dataclass(slots=True)
class _Headlines:
    """Headlines with a term; dictionaries keep them in order, each once."""

    #: Accepted, or kept out, for this term alone.
    decided: dict[str, None] = field(default_factory=dict)
    #: Accepted with others.
    shared: dict[str, None] = field(default_factory=dict)
    #: Not accepted for all that the term stands there.
    refused: dict[str, None] = field(default_factory=dict)


def hits(articles: Sequence[Article], watch: Watch, *, examples: int) -> list[Line]:
    """Tell how many articles a query accepts, and what each of its terms brings, misses and keeps out.

    Args:
        articles: of which nothing was decided.
        watch: the query, with its aliases.
        examples: how many headlines to show of a kind; what a term alone brings is shown first.
    """
    tallies = Tallies([watch], {}, {})
    (tally,) = tallies.each
    headlines = [_Headlines() for _part in tally.anatomy.parts]
    for number, article in enumerate(articles, start=1):
        for sight in tallies.look(ArticleId(number), article, refused=True):
            _note(article.title, frozenset(sight.found), tally, headlines)
    lines = [Line(text=f"of {len(articles)} articles it accepts {len(tally.accepted)}", bold=True)]
    for part, count, found in zip(tally.anatomy.parts, tally.counts, headlines, strict=True):
        lines += _told(part, count, found, examples)
    return lines


def _note(title: str, there: frozenset[int], tally: Tally, headlines: Sequence[_Headlines]) -> None:
    anatomy = tally.anatomy
    accepts, would = anatomy.accepts(there), anatomy.would_accept(there)
    for part, found in zip(anatomy.parts, headlines, strict=True):
        if there.isdisjoint(part.leaves) or (part.excludes and (accepts or not would)):
            continue
        if accepts != anatomy.accepts(there - part.leaves):
            found.decided[title] = None
        else:
            (found.shared if accepts else found.refused)[title] = None


def _told(part: Part, count: Count, found: _Headlines, examples: int) -> Iterator[Line]:
    refused = count.hits - count.accepted
    if not count.hits:
        yield Line(text=f"{part.name}: stands in none", depth=1, bullet=True)
    elif part.excludes:
        says = f"{part.name}: keeps out {count.excluded} of {count.hits} with it"
        yield Line(text=says, depth=1, bullet=True)
        yield from _shown({**found.decided, **found.refused}, examples, depth=2)
    else:
        alone = f", {count.alone} by it alone" if count.alone else ""
        yield Line(text=f"{part.name}: accepted {count.accepted} with it{alone}", depth=1, bullet=True)
        yield from _shown(found.decided or found.shared, examples, depth=2)
        if refused:
            yield Line(text=f"left out with it, {refused}:", depth=2)
            yield from _shown(found.refused, examples, depth=3)


def _shown(titles: dict[str, None], most: int, *, depth: int) -> Iterator[Line]:
    """Choose headlines evenly, so that they are of the whole time."""
    listed, chosen = list(titles), min(most, len(titles))
    for at in range(chosen):
        yield Line(text=f"“{listed[at * len(listed) // chosen]}”", depth=depth)
