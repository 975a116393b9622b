"""What `test_query` cannot reach by writing queries."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.terms import AnyOf, Found, Near, Phrase, Text, Vocabulary, scoped


class _Always:
    """A part of a query that looks into no field."""

    def may_hold(self, vocabulary: Vocabulary) -> bool:  # noqa: ARG002  the protocol's
        return True

    def find(self, texts: Mapping[str, Text]) -> list[Found] | None:
        return [Found("always", name, 0, 0) for name in texts]


def test_a_part_that_looks_into_no_field_is_left_alone_by_a_scope() -> None:
    part = _Always()

    assert scoped(part, ("title",)) is part


def test_nothing_is_any_of_nothing() -> None:
    assert AnyOf(()).find({"title": Text("dam")}) is None


_WORDS = st.lists(st.sampled_from(["dam", "dams", "damage", "da", "flood", "水"]), max_size=12).map(" ".join)


@given(text=_WORDS, prefix=st.sampled_from(["d", "da", "dam", "dams", "f", "x", "水"]))
def test_words_are_looked_up_by_their_beginning(text: str, prefix: str) -> None:
    ready = Text(text)

    assert ready.starting_with(prefix) == [
        place for place, word in enumerate(ready.words) if word.text.startswith(prefix)
    ]


@given(text=_WORDS, distance=st.integers(0, 6))
def test_near_agrees_with_trying_every_pair_of_places(text: str, distance: int) -> None:
    terms = (Phrase("dam", (("dam", False),)), Phrase("flood", (("flood", False),)))
    row = text.split()
    near = any(
        abs(i - j) <= distance
        for i, one in enumerate(row)
        for j, two in enumerate(row)
        if (one, two) == ("dam", "flood")
    )

    hits = Near("near", terms, distance, ("title",)).find({"title": Text(text.replace("水", "x"))})

    assert (hits is not None) is near
    for hit in hits or ():
        assert 0 <= hit.last - hit.first <= distance


@pytest.mark.parametrize("around", [0, 1, 9])
def test_an_excerpt_stays_inside_the_text(around: int) -> None:
    text = "One, two; three."

    assert Text(text).excerpt(1, 1, around) in {"two", "One, two; three"}
