"""Two sets of cards compared: what is gained, lost, merged and split, and that both ways agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.difference import Card, Difference, Regrouped, difference
from bot.model import ArticleId
from tests.builders import NOW, an_article

HOUR = timedelta(hours=1)
#: A set of cards: each the hour it was posted at, negative before the period, and its articles' numbers.
Cards = Sequence[tuple[int, Sequence[int]]]


def cards(told: Cards) -> list[Card]:
    """Make cards; an article is seen at the hour of its number."""
    return [
        Card(
            at=NOW + hour * HOUR,
            articles={
                ArticleId(number): an_article(str(number), seen_at=NOW + number * HOUR) for number in numbers
            },
        )
        for hour, numbers in told
    ]


def compared(before: Cards, after: Cards) -> Difference:
    return difference(cards(before), cards(after), since=NOW)


def numbers_of(found: Sequence[Card]) -> list[list[int]]:
    return [list(card.articles) for card in found]


def groups_of(found: Sequence[Regrouped]) -> list[tuple[list[int], list[list[int]]]]:
    return [(list(each.one.articles), numbers_of(each.several)) for each in found]


#: Before, after, and what of the difference is not nothing.
KINDS: Mapping[str, tuple[Cards, Cards, Mapping[str, object]]] = {
    "the same cards are no difference": ([(1, [1, 2])], [(1, [1, 2])], {}),
    "the same articles on cards posted at another hour are none": ([(1, [1, 2])], [(2, [2, 1])], {}),
    "a card of articles that no card told is gained": ([], [(1, [1, 2])], {"gained": [[1, 2]]}),
    "a card of articles that no card tells any more is lost": ([(1, [1])], [], {"lost": [[1]]}),
    "a card gained before the period is none": ([], [(-1, [-1])], {}),
    "a report more on a card is named": ([(1, [1])], [(1, [1, 2])], {"named": 1}),
    "a report less on a card is not named any more": ([(1, [1, 2])], [(1, [1])], {"unnamed": 1}),
    "a report more on an old card is named": ([(-1, [-1])], [(-1, [-1, 2])], {"named": 1}),
    "what was seen before the period is not counted": ([(-1, [-1])], [(-1, [-1, -2])], {}),
    "two cards that become one are merged": (
        [(1, [1]), (2, [2])],
        [(1, [1, 2])],
        {"merged": [([1, 2], [[1], [2]])]},
    ),
    "a card that becomes two is split": (
        [(1, [1, 2])],
        [(1, [1]), (2, [2])],
        {"split": [([1, 2], [[1], [2]])]},
    ),
    "a card that becomes part of an old one is merged": (
        [(-1, [-1]), (2, [2])],
        [(-1, [-1, 2])],
        {"merged": [([-1, 2], [[-1], [2]])]},
    ),
    "cards merged before the period are no difference": ([(-2, [-2]), (-1, [-1])], [(-2, [-2, -1])], {}),
    "an article that changes its card merges one and splits the other": (
        [(1, [1, 3]), (2, [2])],
        [(1, [1]), (2, [2, 3])],
        {"merged": [([2, 3], [[1, 3], [2]])], "split": [([1, 3], [[1], [2, 3]])]},
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), KINDS.values(), ids=KINDS)
def test_kinds(before: Cards, after: Cards, expected: Mapping[str, object]) -> None:
    found = compared(before, after)

    nothing: dict[str, object] = {
        "gained": [],
        "lost": [],
        "merged": [],
        "split": [],
        "named": 0,
        "unnamed": 0,
    }
    shown: dict[str, object] = {
        "gained": numbers_of(found.gained),
        "lost": numbers_of(found.lost),
        "merged": groups_of(found.merged),
        "split": groups_of(found.split),
        "named": found.named,
        "unnamed": found.unnamed,
    }
    assert shown == nothing | dict(expected)
    assert found.is_nothing == (not expected)
    assert (found.before, found.after) == tuple(sum(at >= 0 for at, _ in side) for side in (before, after))


@st.composite
def some_cards(draw: st.DrawFn) -> Cards:
    """Deal some of twelve articles out to cards, each of them posted when its first article came."""
    places = draw(st.lists(st.integers(0, 5), min_size=12, max_size=12))
    piles = {place: [n - 4 for n, at in enumerate(places) if at == place] for place in set(places) - {0}}
    return [(min(pile), pile) for pile in piles.values()]


@given(some_cards(), some_cards())
def test_what_is_gained_one_way_is_lost_the_other_and_what_is_merged_is_split(
    before: Cards, after: Cards
) -> None:
    there, back = compared(before, after), compared(after, before)

    assert (there.before, there.after) == (back.after, back.before)
    assert numbers_of(there.gained) == numbers_of(back.lost)
    assert groups_of(there.merged) == groups_of(back.split)
    assert (there.named, there.unnamed) == (back.unnamed, back.named)


@given(some_cards())
def test_nothing_differs_from_itself(told: Cards) -> None:
    assert compared(told, told).is_nothing


@given(some_cards(), some_cards())
def test_every_card_of_the_period_is_gained_or_tells_what_was_told(before: Cards, after: Cards) -> None:
    found = compared(before, after)

    told = {number for _at, numbers in before for number in numbers}
    new = [list(numbers) for at, numbers in after if at >= 0 and not told & set(numbers)]
    assert numbers_of(found.gained) == new
