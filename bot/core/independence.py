"""How many sources of an event know it by themselves.

A hundred outlets with one agency's dispatch are one source, and so are editions of one publisher, whoever
copies a report, and whoever only passes on what another one reported.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.concepts import Concepts
from bot.core.reading import Reading
from bot.model import Article, Kind, Member

#: Roles whose article says nothing of its own.
_ECHOES = frozenset({Kind.SAME.value, Kind.COPY.value})
_NO_CONCEPTS = Concepts.of({}, where="independence")


def independent(members: Sequence[Member]) -> int:
    """Return how many of an event's reports do not come from each other.

    Args:
        members: of the event, in any order.
    """
    groups = _Groups()
    for member in members:
        own, reading = f"article {member.id}", Reading(member.article, _NO_CONCEPTS)
        groups.join(own, f"family {reading.family}")
        for agency in reading.credits | reading.cited:
            groups.join(own, f"agency {agency}")
        if member.role in _ECHOES and member.of is not None:
            groups.join(own, f"article {member.of}")
    return len({groups.root(f"article {member.id}") for member in members})


def is_source(article: Article) -> bool:
    """Tell whether an article is published by the agency that signs it: others carry it from there."""
    reading = Reading(article, _NO_CONCEPTS)
    return reading.family in reading.credits


def passes_on(article: Article) -> bool:
    """Tell whether an article is somebody else's report, signed or retold."""
    reading = Reading(article, _NO_CONCEPTS)
    return bool((reading.credits | reading.cited) - {reading.family})


class _Groups:
    """Names that belong together (union-find)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def root(self, name: str) -> str:
        """Return the name that stands for the group."""
        while (above := self._above.get(name, name)) != name:
            name = above
        return name

    def join(self, one: str, other: str) -> None:
        """Make one group of two."""
        self._above[self.root(one)] = self.root(other)
