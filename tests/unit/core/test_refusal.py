"""Why a query does not accept an article, in the words in which it is written."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings

from bot.core.match import Watch, find
from bot.core.query import compile_query
from bot.core.refusal import Refusal, in_words, reading_of, refusal
from bot.errors import ConfigError
from bot.model import Article
from tests.builders import a_story, an_article
from tests.unit.core.test_screen import ARTICLES, QUERIES

HAS = "; it has dam in the title: … {} …"
ALIASES = {"li": ("Li Shangfu", "李尚福")}


def refused(query: str, title: str, exclude: str = "") -> str | None:
    """Say why a query does not accept a headline; None if it does."""
    compiled = compile_query(query, ALIASES, where="here", exclude=exclude)
    found = refusal(compiled, reading_of(an_article(title, language="en")))
    return None if found is None else in_words(found)


REFUSED = {
    "a word is not there": ("dam", "A flood", "no term of its query stands in it"),
    "none of a list is there": ("dam river", "A flood", "no term of its query stands in it"),
    "what must stand there does not": (
        "dam +ostrava",
        "A dam breaks",
        "+ostrava is missing; it has dam in the title: … A dam breaks …",
    ),
    "a group that must": (
        "dam +(ostrava OR brno)",
        "A dam",
        "+(ostrava OR brno) is missing" + HAS.format("A dam"),
    ),
    "only musts": (
        "+dam +ostrava",
        "In Ostrava",
        "+dam is missing; it has ostrava in the title: … In Ostrava …",
    ),
    "what must not stand there does": (
        "dam -football",
        "Dam football",
        "-football keeps it out: football in the title: … Dam football …" + HAS.format("Dam football"),
    ),
    "a never without a term": (
        "dam -football",
        "Football",
        "-football keeps it out: football in the title: … Football …; dam is missing",
    ),
    "NOT": (
        "dam AND NOT chess",
        "Dam chess",
        "NOT chess keeps it out: chess in the title: … Dam chess …" + HAS.format("Dam chess"),
    ),
    "NOT twice": (
        "dam AND NOT NOT chess",
        "Dam",
        "NOT NOT chess keeps it out: its condition holds; it has dam in the title: … Dam …",
    ),
    "one side of AND": ("dam AND breaks", "A dam", "breaks is missing; it has dam in the title: … A dam …"),
    "neither side of OR beside what is there": (
        "dam AND (breaks OR bursts)",
        "A dam",
        "none of breaks, bursts stands in it" + HAS.format("A dam"),
    ),
    "many alternatives are counted": (
        "dam AND (a1 OR a2 OR a3 OR a4 OR a5 OR a6 OR a7 OR a8)",
        "A dam",
        "none of a1, a2, a3, a4, a5, a6 and 2 more stands in it" + HAS.format("A dam"),
    ),
    "an alternative that is kept out": (
        "(dam -chess) OR brno",
        "Dam chess",
        "-chess keeps it out: chess in the title: … Dam chess …; brno is missing" + HAS.format("Dam chess"),
    ),
    "a field": ("dam AND title:brno", "A dam", "title:brno is missing; it has dam in the title: … A dam …"),
    "a group in a field": (
        "dam AND outlet:(tass OR xinhua)",
        "A dam",
        "none of outlet:tass, outlet:xinhua stands in it" + HAS.format("A dam"),
    ),
    "a language": ("dam AND lang:ru", "A dam", "lang:ru is missing; it has dam in the title: … A dam …"),
    "a phrase, an alias, an expression": (
        '+dam +"near brno" +@li~fuzzy +/a+b/',
        "A dam",
        '+"near brno" is missing; +@li~fuzzy is missing; +/a+b/ is missing' + HAS.format("A dam"),
    ),
}


@pytest.mark.parametrize(("query", "title", "says"), REFUSED.values(), ids=REFUSED)
def test_it_is_said(query: str, title: str, says: str) -> None:
    assert refused(query, title) == says


def test_what_no_story_wants_is_said_first() -> None:
    assert refused("dam", "Dam at the box office", exclude='chess "box office"') == (
        "keywords.exclude keeps it out of every story: box office in the title: … Dam at the box office …;"
        " it has dam in the title: … Dam at the box office …"
    )
    assert refused("dam", "Dam", exclude="chess") is None
    assert refused("dam", "Flood", exclude="chess") == "no term of its query stands in it"


def test_what_is_accepted_is_not_refused() -> None:
    assert refused("dam -football", "A dam") is None


def test_hits_of_what_is_forbidden_are_counted() -> None:
    says = refused("-chess -go dam", "chess chess Chess go")

    assert says is not None
    assert says.startswith(
        "-chess keeps it out: chess in the title: … chess chess Chess go … and 2 more; -go"
    )


def test_a_long_part_is_cut() -> None:
    says = refused(f'dam +"{" ".join(f"word{n}" for n in range(60))}"', "A dam")

    assert says is not None
    assert len(says) < 250


@settings(max_examples=400)
@given(query=QUERIES, exclude=QUERIES, article=ARTICLES)
@example(query="dam", exclude="lang:ru", article=an_article("", language="ru"))
@example(query="dam -(a -b)", exclude="chess", article=an_article("a dam"))
def test_a_query_refuses_exactly_what_it_does_not_accept(query: str, exclude: str, article: Article) -> None:
    try:
        watch = Watch.on(
            a_story(query=query, exclude=exclude, aliases={"li": ("Li Shangfu", "Ли Шанфу", "李尚福")})
        )
    except ConfigError:  # an exclude may name no alias, and a query must not only exclude
        return
    why: Refusal | None = refusal(watch.query, reading_of(article))

    assert (why is None) == (find(article, watch) is not None)
    if why is not None:
        assert in_words(why)
        assert (
            why.is_plain or why.found or why.excluded is not None or any(o.forbidden for o in why.objections)
        )
