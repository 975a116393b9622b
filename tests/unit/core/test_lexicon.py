"""The tables are looked up in folded words: an entry written otherwise is dead, and nobody would notice."""

from __future__ import annotations

from collections import defaultdict

import pytest

from bot.core import facts, lexicon
from bot.core.concepts import Concepts
from bot.core.facts import Clash, differences
from bot.core.words import stem, tokens

GENERAL = Concepts.of({}, where="here")


def clashes(ours: str, theirs: str) -> set[Clash]:
    return {difference.clash for difference in differences(ours, theirs, GENERAL)}


def test_every_stop_word_is_heard() -> None:
    assert sorted(word for word in lexicon.STOP_WORDS if GENERAL(word)) == []


def test_every_word_that_turns_a_report_is_heard() -> None:
    turning = (*lexicon.REVERSALS, *lexicon.REVERSAL_PHRASES)

    assert sorted(word for word in turning if clashes(f"dam {word}", "dam") != {Clash.REVERSAL}) == []


def test_every_word_that_counts_people_is_heard() -> None:
    deaf = [word for word in lexicon.TALLIES if clashes(f"35 {word}", f"37 {word}") != {Clash.TALLY}]

    assert sorted(deaf) == []


def test_every_number_word_is_heard() -> None:
    numbers = facts._NUMBER_WORDS  # noqa: SLF001  a table like the lexicon's

    assert sorted(word for word in numbers if clashes(f"dam {word}", "dam 99") != {Clash.FIGURE}) == []


@pytest.mark.parametrize(("one", "two"), lexicon.OPPOSITES, ids=lambda word: word)
def test_every_pair_of_opposites_is_heard(one: str, two: str) -> None:
    assert Clash.OPPOSITE in clashes(f"dam {one}", f"dam {two}")


@pytest.mark.parametrize(("one", "two"), lexicon.OPPOSITES, ids=lambda word: word)
def test_opposites_differ_after_stemming(one: str, two: str) -> None:
    assert stem(one) != stem(two)


SPELLINGS = {"synonyms": lexicon.SYNONYMS, "places": lexicon.PLACES}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_stands_for_its_concept(name: str) -> None:
    wrong = [
        (spelling, concept)
        for concept, spellings in SPELLINGS[name].items()
        for spelling in spellings
        if list(GENERAL.in_order(tokens(spelling))) != [concept]
    ]

    assert wrong == []


def test_no_spelling_stands_for_two_concepts() -> None:
    concepts: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for table in SPELLINGS.values():
        for concept, spellings in table.items():
            for spelling in spellings:
                concepts[tokens(spelling)].add(concept)

    assert [key for key, found in concepts.items() if len(found) > 1] == []


def test_no_stop_word_means_something() -> None:
    spellings = {s for table in SPELLINGS.values() for row in table.values() for s in row}

    assert not spellings & lexicon.STOP_WORDS


def test_no_word_that_turns_a_report_is_a_stop_word() -> None:
    assert not lexicon.REVERSALS & lexicon.STOP_WORDS


# Plain words of other languages, or of the same, that merely look like an entry.
INNOCENT = {
    "German sagt is says": ("sagt", lexicon.REVERSALS),
    "Vietnamese hoan (nghênh) is welcome": ("hoan", lexicon.REVERSALS),
}


@pytest.mark.parametrize(("word", "table"), INNOCENT.values(), ids=INNOCENT)
def test_common_words_do_not_turn_a_report_round(word: str, table: frozenset[str]) -> None:
    assert word not in table


STRANGERS = {
    "a personality is no Indian": "Индивидуальный подход",
    "an English gap is no meeting": "The wage gap",
    "an English chin is no country": "Double chin",
    "a German article kills nobody": "Die neue Regel",
}


@pytest.mark.parametrize("text", STRANGERS.values(), ids=STRANGERS)
def test_common_words_name_nothing_else(text: str) -> None:
    found = GENERAL(text)

    assert not found & {"india", "china", "meet", "kill"}
