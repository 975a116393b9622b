"""How a title stands to its event: announced or done, told or commented on, and who acts on whom.

"Putin to meet Li" is not "Putin met Li", "US warns over the meeting" is not the meeting, and "Russia asks
China" is not "China asks Russia", though nearly all of their words are the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from bot.core.concepts import Concepts
from bot.core.lexicon import DONE, MUTUAL, PLACES, PLANNED, REACTIONS
from bot.core.words import tokens


def reactions(title: str) -> list[str]:
    """Return the words by which a title comments on an event instead of telling it."""
    return _found(REACTIONS, title)


def stage(title: str) -> str | None:
    """Return "announced" or "done" where the title's verbs tell; None where they do not."""
    if _found(PLANNED, title):
        return "announced"
    return "done" if _found(DONE, title) else None


def in_other_roles(ours: str, theirs: str, concepts: Concepts) -> tuple[str, str] | None:
    """Return the two actors who change places between the titles, in our order; None if none do.

    Actors side by side ("China, Russia", "Russia and China") are a list, whose order says nothing; nor does
    the order of those who do something together ("meet", "joint drills").
    """
    here, there = (list(dict.fromkeys(concepts.in_order(tokens(title)))) for title in (ours, theirs))
    if MUTUAL & set(here) & set(there):
        return None
    actors = [c for c in here if (c in PLACES or c in concepts.persons) and c in there]
    for first, second in pairwise(actors):
        apart = here.index(second) - here.index(first) > 1 and there.index(first) - there.index(second) > 1
        if apart:
            return first.lstrip("@"), second.lstrip("@")
    return None


def _found(phrases: Iterable[str], title: str) -> list[str]:
    row = f" {' '.join(tokens(title))} "
    return [phrase for phrase in phrases if _row(phrase) in row]


@cache
def _row(phrase: str) -> str:
    return f" {' '.join(tokens(phrase))} "
