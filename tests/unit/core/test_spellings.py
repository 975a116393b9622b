"""Names that a story may not know: few, right, and none that it finds already."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.core.match import Watch
from bot.core.spellings import MOST_SUGGESTED, Census, Sample, Suggestion, suggestions
from bot.core.tally import Tallies
from bot.model import Article, ArticleId
from tests.builders import a_story, an_article

#: What else is in the news.
NOISE = [f"Council {n} sells the town hall of Brno to nobody" for n in range(200)]
PLACES = "Ostrava Brno Pilsen Olomouc Liberec Zlín Opava".split()


def suggested(query: str, articles: Sequence[Article], **aliases: tuple[str, ...]) -> list[Suggestion]:
    """Look at articles as a checkup does."""
    watch = Watch.on(a_story(query=query, aliases=aliases))
    tallies = Tallies([watch], {}, {})
    (tally,) = tallies.each
    sample = Sample(tally.anatomy)
    numbered = [(ArticleId(number), article) for number, article in enumerate(articles)]
    for number, article in numbered:
        for sight in tallies.look(number, article):
            sample.add(number, article, sight)
    sample.choose()
    census = Census([sample])
    for number, article in numbered:
        census.look(article, {id(sample): number in tally.accepted})
    accepted = len(tally.accepted)
    return suggestions(sample, accepted, len(articles) - accepted)


def reports(*titles: str, outlets: Sequence[str] = ("Wire", "Post")) -> list[Article]:
    return [
        an_article(title, outlet=outlets[number % len(outlets)], language=None)
        for number, title in enumerate([*titles, *NOISE])
    ]


def spellings(found: Sequence[Suggestion]) -> list[str]:
    return [suggestion.spelling for suggestion in found]


def test_a_misspelled_name_is_suggested_with_what_it_is_like_and_headlines() -> None:
    titles = [
        f"Li Shanghfu, minister in Moscow, meets the press {word}" for word in ("today", "again", "now")
    ]

    (found,) = suggested("@li OR (minister AND moscow)", reports(*titles), li=("Li Shangfu", "李尚福"))

    assert found == Suggestion(
        spelling="Li Shanghfu", like="Li Shangfu", inside=3, outside=0, headlines=tuple(titles[:2])
    )


NOT_MISSPELLED = {
    "a spelling that is known as another": (
        "Li Shang-Fu, minister in Moscow {}",
        ("Li Shangfu", "Li Shang-fu"),
    ),
    "a spelling that a star takes": ("Shangfuss, minister in Moscow {}", ("Shangfu*", "Li Shangfu")),
    "seen once only": ("Li Shanghfu, minister in Moscow", ("Li Shangfu",)),
    "the name as it is": ("Li Shangfu, minister in Moscow {}", ("Li Shangfu",)),
}


@pytest.mark.parametrize(("title", "spelled"), NOT_MISSPELLED.values(), ids=NOT_MISSPELLED)
def test_what_is_found_already_or_seen_once_is_no_misspelling(title: str, spelled: tuple[str, ...]) -> None:
    titles = list(dict.fromkeys(title.format(word) for word in ("today", "again", "now")))

    found = suggested("@li OR (minister AND moscow)", reports(*titles), li=spelled)

    assert [each for each in found if each.like] == []


def test_spellings_of_what_is_excluded_are_not_looked_for() -> None:
    titles = [f"Li Shanghfu, minister in Moscow {word}" for word in ("today", "again")]

    assert suggested('+minister -"Li Shangfu"', reports(*titles)) == []


def test_a_word_like_a_name_that_mostly_stands_elsewhere_is_another_name() -> None:
    titles = [f"minister in Moscow sees Shangfa {word}" for word in ("today", "again")]
    elsewhere = [f"The town of Shangfa {word}" for word in ("votes", "sleeps", "rests")]

    assert suggested("@li OR (minister AND moscow)", reports(*titles, *elsewhere), li=("Shangfu",)) == []


#: Words that stand around a name: one that has always the same neighbours goes on there.
BEFORE = "asks sees calls meets fears knows helps".split()
AFTER = "again today there alone first tonight once".split()
NAMES = {
    "in a script with capitals": ("dam: who {} Petr Novák {}", BEFORE, AFTER, "Petr Novák"),
    "in Cyrillic": ("dam: кто {} Пётр Новак {}", BEFORE, AFTER, "Пётр Новак"),
    "in Chinese": ("dam {}王小明{}了", list("东西南北上下左"), list("是不好天地人大"), "王小明"),
}


@pytest.mark.parametrize(("title", "before", "after", "name"), NAMES.values(), ids=NAMES)
def test_a_name_that_belongs_to_the_story_is_suggested(
    title: str, before: Sequence[str], after: Sequence[str], name: str
) -> None:
    titles = [title.format(one, two) for one, two in zip(before, after, strict=True)]

    (found,) = suggested("dam", reports(*titles))

    assert (found.spelling, found.inside, found.outside, found.like) == (name, 7, 0, None)
    assert found.headlines == tuple(titles[:2])


ROW = [f"dam: who {one} Petr Novák {two}" for one, two in zip(BEFORE, AFTER, strict=True)]
NOT_SUGGESTED = {
    "of one outlet only": (reports(*ROW, outlets=("Wire",)), "dam"),
    "in too few articles": (reports(*ROW[:4]), "dam"),
    "in copies of one headline": (reports(*ROW[:1] * 7), "dam"),
    "known to the query": (reports(*ROW), "dam AND (dam OR Novák)"),
    "known by a beginning": (reports(*ROW), "dam AND (dam OR nov*)"),
    "mostly in other articles": (
        reports(*ROW, *(f"Petr Novák plays chess in {place} {n}" for n in range(2) for place in PLACES)),
        "dam",
    ),
    "an outlet": (reports(*ROW, outlets=("Petr Novák", "Petr Novák daily")), "dam"),
    "known in another field": (
        [an_article(f"dam {n}", summary=row, outlet=str(n % 3)) for n, row in enumerate(ROW)],
        "dam AND (dam OR title:Novák)",
    ),
    "a German noun": (
        [an_article(row.replace("Petr Novák", "Damm"), outlet=row, language="de") for row in ROW],
        "dam",
    ),
    "the first word of a sentence": (
        [
            an_article(f"dam: {one}. Whoever {two}", outlet=one)
            for one, two in zip(BEFORE, AFTER, strict=True)
        ],
        "dam",
    ),
    "not surely more frequent than elsewhere": (
        [an_article(f"dam {n} {ROW[n % 7]}", outlet=str(n)) for n in range(60)]
        + [an_article(f"chess {n}{ROW[n % 7][3:]}", outlet=str(n)) for n in range(30)],
        "dam",
    ),
    "of a headline in capitals": (reports(*(row.title() for row in ROW)), "dam"),
}


@pytest.mark.parametrize(("articles", "query"), NOT_SUGGESTED.values(), ids=NOT_SUGGESTED)
def test_what_is_not_surely_the_storys_is_not_suggested(articles: list[Article], query: str) -> None:
    assert suggested(query, articles) == []


def test_at_most_five_are_suggested_that_share_no_word() -> None:
    people = [
        f"{first} {last}" for first in ("Petr", "Jan") for last in ("Novák", "Malý", "Veselý", "Dlouhý")
    ]
    titles = [
        f"dam: who {one} {person} {two}" for person in people for one, two in zip(BEFORE, AFTER, strict=True)
    ]

    found = spellings(suggested("dam", reports(*titles)))

    assert 0 < len(found) <= MOST_SUGGESTED
    words = [word for name in found for word in name.split()]
    assert len(words) == len(set(words))
