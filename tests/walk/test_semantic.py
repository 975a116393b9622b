"""What headlines mean: events across languages, with the encoder that the extra brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.edge.semantic import Encoder
from bot.model import EventId, Fold, Meaning, New, Policy, Related
from bot.pipeline import Polled
from bot.ports import Archive, Semantics
from tests.builders import a_story, an_entry
from tests.walk.world import LEDGER, POST, WIRE, Walk

#: No alias joins the spellings: only the meaning does.
STORY = a_story(query="Shangfu OR Шанфу OR 李尚福")
MEETING = {
    "en": "Putin meets Chinese defence minister Li Shangfu in Moscow",
    "ru": "Путин встретился в Москве с министром обороны Китая Ли Шанфу",
    "zh": "普京在莫斯科会见中国国防部长李尚福",
}
OTHER = {
    "en": "Li Shangfu tours military academy in Saint Petersburg",
    "ru": "Ли Шанфу осмотрел военную академию в Санкт-Петербурге",
    "zh": "李尚福参观圣彼得堡军事学院",
}


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


def happening(polled: Polled) -> EventId:
    (taken,) = polled.taken
    return taken.event.happening


def told(walk: Walk, titles: dict[str, str]) -> list[EventId]:
    heard = zip((WIRE, POST, LEDGER), titles.values(), strict=True)
    return [happening(says(walk, url, title)) for url, title in heard]


def says(walk: Walk, url: str, title: str) -> Polled:
    """Let a feed list a headline of an hour later: in one minute anything may be one event."""
    walk.wait(timedelta(hours=1))
    return walk.hears(url, an_entry(title, published=walk.clock.now()))


def test_one_event_in_three_languages_is_one_and_another_is_another(
    archive: Archive, encoder: Encoder
) -> None:
    walk = Walk(archive=archive, stories=(STORY,), semantics=encoder)
    walk.opened()

    meeting, other = told(walk, MEETING), told(walk, OTHER)

    assert len(set(meeting)) == 1
    assert len(set(other)) == 1
    assert meeting[0] != other[0]


def test_without_the_encoder_languages_stay_apart(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=(STORY,))
    walk.opened()

    assert len(set(told(walk, OTHER))) > 1


def test_folded_events_have_one_card_for_all_languages(archive: Archive, encoder: Encoder) -> None:
    story = replace(STORY, policy=Policy(fold=Fold.EVENT))
    walk = Walk(archive=archive, stories=(story,), semantics=encoder)
    walk.opened()

    told(walk, MEETING)
    walk.deliver()

    (card,) = (message.text for message in walk.channel.messages.values())
    assert MEETING["en"] in card
    assert "More: Evening Post, Ledger" in card


def test_what_was_recorded_before_the_encoder_was_in_use_is_understood_when_needed(
    archive: Archive, encoder: Encoder
) -> None:
    walk = Walk(archive=archive, stories=(STORY,))
    walk.opened()
    says(walk, WIRE, MEETING["en"])
    walk = replace(walk, semantics=encoder)

    (taken,) = says(walk, POST, "Li Shangfu and Putin met in Moscow, China's minister says").taken

    assert isinstance(taken.verdict, Related)
    assert taken.event.happening == 1
    # Both are known now, so a third language finds them.
    assert happening(says(walk, LEDGER, MEETING["zh"])) == 1


class _Mute:
    """An encoder to which all headlines mean the same, or nothing."""

    def __init__(self, inner: Semantics) -> None:
        self._inner = inner
        self.space = inner.space

    def encode(self, titles: Sequence[str]) -> list[bytes]:
        return [bytes(512) for _title in titles]


def test_headlines_that_mean_nothing_are_told_apart_by_their_words(
    archive: Archive, encoder: Encoder
) -> None:
    walk = Walk(archive=archive, stories=(STORY,), semantics=_Mute(encoder))
    walk.opened()

    (first,) = says(walk, WIRE, MEETING["en"]).taken
    (second,) = says(walk, POST, OTHER["en"]).taken

    assert isinstance(first.verdict, New)
    assert isinstance(second.verdict, New)


def test_a_meaning_is_512_bytes_and_the_same_each_time(encoder: Encoder) -> None:
    one, other = encoder.encode([MEETING["en"], ""])

    assert (len(one), len(other)) == (512, 512)
    assert encoder.encode([MEETING["en"]]) == [one]
    assert encoder.encode([]) == []


def test_the_nearest_come_first_also_after_the_middles_were_taken_anew(encoder: Encoder) -> None:
    titles = [f"Weather report number {number} for the coast" for number in range(130)]
    meanings = [
        Meaning(event=EventId(number), language="en", vector=vector)
        for number, vector in enumerate(encoder.encode([*MEETING.values(), *titles]), 1)
    ]
    space = encoder.space(meanings[3:5])
    assert space.near(meanings[0].vector, "en", limit=3) != [1]
    for meaning in [*meanings[:3], *meanings[5:]]:
        space.add(meaning)

    assert space.near(meanings[0].vector, "en", limit=3)[0] == 1
    assert set(space.near(meanings[2].vector, "en", limit=3)) == {1, 2, 3}
    assert encoder.space([]).near(meanings[0].vector, None, limit=3) == []
