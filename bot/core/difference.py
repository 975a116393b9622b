"""What another configuration would have posted: two sets of cards over the same articles, compared.

Cards are compared by the articles they tell, not by their words or their time, for those change with whatever
came first. Everything here is symmetric: what is gained one way is lost the other way, and what is merged one
way is split the other way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.model import Article, ArticleId


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card as one configuration would have posted it."""

    #: When it would have been posted.
    at: datetime
    #: What it tells in the end, quiet or not, the first report first; one at the least.
    articles: Mapping[ArticleId, Article]

    @property
    def lead(self) -> Article:
        """The report it would have been posted for."""
        return next(iter(self.articles.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrouped:
    """One card with articles that several cards tell in the other configuration."""

    one: Card
    #: At least two, the earliest first.
    several: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What would have been different."""

    #: Cards of the period on either side.
    before: int
    after: int
    #: Cards that tell nothing that any card told before.
    gained: tuple[Card, ...] = ()
    #: Cards of before that tell nothing that any card tells now.
    lost: tuple[Card, ...] = ()
    #: Of several cards before it is one.
    merged: tuple[Regrouped, ...] = ()
    #: Of one card before it is several.
    split: tuple[Regrouped, ...] = ()
    #: Articles of the period that a card tells now which told others before, and the other way round.
    named: int = 0
    unnamed: int = 0

    @property
    def is_nothing(self) -> bool:
        """Nothing at all would have been different."""
        return not (self.gained or self.lost or self.merged or self.split or self.named or self.unnamed)


def difference(before: Sequence[Card], after: Sequence[Card], *, since: datetime) -> Difference:
    """Compare what two configurations would have posted.

    Args:
        before: every card of the one, those from before the period included; no article is on two.
        after: every card of the other, the same.
        since: when the period begins: cards posted earlier are known, and are no difference by themselves.
    """
    was, would_be = _tellers(before), _tellers(after)
    gained, lost = _untold(after, was, since), _untold(before, would_be, since)
    return Difference(
        before=sum(card.at >= since for card in before),
        after=sum(card.at >= since for card in after),
        gained=gained,
        lost=lost,
        merged=tuple(_regrouped(after, was, since)),
        split=tuple(_regrouped(before, would_be, since)),
        named=_joined(after, was, gained, since),
        unnamed=_joined(before, would_be, lost, since),
    )


def _tellers(cards: Sequence[Card]) -> dict[ArticleId, Card]:
    return {number: card for card in cards for number in card.articles}


def _untold(cards: Sequence[Card], others: Mapping[ArticleId, Card], since: datetime) -> tuple[Card, ...]:
    """Return the cards of the period none of whose articles is told on the other side."""
    return tuple(card for card in cards if card.at >= since and card.articles.keys().isdisjoint(others))


def _regrouped(
    cards: Sequence[Card], others: Mapping[ArticleId, Card], since: datetime
) -> Iterator[Regrouped]:
    """Yield the cards whose articles several cards tell on the other side, one of the period among these."""
    for card in cards:
        told = {id(others[number]): others[number] for number in card.articles if number in others}
        if len(told) > 1 and any(other.at >= since for other in told.values()):
            yield Regrouped(one=card, several=tuple(sorted(told.values(), key=lambda other: other.at)))


def _joined(
    cards: Sequence[Card], others: Mapping[ArticleId, Card], untold: Sequence[Card], since: datetime
) -> int:
    """Count the articles of the period that only this side tells, on cards that both sides have."""
    apart = {id(card) for card in untold}
    return sum(
        article.seen_at >= since and number not in others
        for card in cards
        if id(card) not in apart
        for number, article in card.articles.items()
    )
