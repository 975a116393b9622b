"""What the screen leaves out does certainly not hold: it is compared with asking every query."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.match import Watch, Watches, find, matches
from bot.core.query import Reading, compile_query
from bot.core.screen import Screen
from bot.errors import ConfigError
from bot.model import Article
from tests.builders import a_story, an_article
from tests.unit.core.samples import shipped

_TERMS = st.sampled_from(
    """
    dam, dams, da*, drill*, путин, Путина~stem, Путина, страны~stem, sanctions~stem, China~stem, 李尚福,
    尚福*, プーチン, 푸틴*, шойгу, /shoi?gu/, /dam|flood/, /[0-9]+/, /ш[оё]йг/, ="Dam", =US, ="U.S.",
    "dam breaks",
    "li shangfu"~fuzzy, shoigu~fuzzy, "minister defence"~4, "обороны министра"~stem~3, @li, @li~fuzzy,
    @li~stem, title:dam, body:flood, outlet:TASS, outlet:"da* dam", lang:ru, lang:zh, 7.5, co-operation,
    "China's dam",
    "министр* обороны", ="dam breaks", "shoigu shangfu"~fuzzy~5, มา, "co op", /dam breaks/, =dam*
    """.replace("\n", " ")
    .strip()
    .split(", ")
).map(str.strip)
QUERIES = st.recursive(
    _TERMS,
    lambda part: st.one_of(
        st.lists(part, min_size=2, max_size=3).map(lambda parts: f"({' '.join(parts)})"),
        st.lists(part, min_size=2, max_size=3).map(lambda parts: f"({' AND '.join(parts)})"),
        st.tuples(part, part).map(lambda two: f"({two[0]} AND NOT {two[1]})"),
        st.tuples(part, part, part).map(lambda all_: f"({all_[0]} +{all_[1]} -{all_[2]})"),
    ),
    max_leaves=5,
)
_PIECES = st.lists(
    st.sampled_from(
        "A dam Dams breaks drills damage Путин Путину Страной sanctioned China's Chinas 中国 李尚福 尚 福"
        " プーチン プーチンスキー ブーチン 푸틴이"
        " Shoigu Shoygu Shojgu shoigu's Li Shang fu Shang-fu Shangfa lishangfu"
        " minister of defence министр обороны министру обороне US U.S. us 7.5 7 co operation шойгу ШЁЙГА TASS"
        " й ſ ﬁ \u212a flood".split()
    ),
    max_size=9,
).map(" ".join)
ARTICLES = st.builds(
    an_article,
    title=st.one_of(_PIECES, st.text(max_size=20)),
    summary=_PIECES,
    body=_PIECES,
    outlet=st.sampled_from(["TASS", "BBC News", "Da dam"]),
    language=st.sampled_from([None, "en", "ru", "de", "zh-Hans", "uk"]),
)
_ALIASES = {"li": ("Li Shangfu", "Ли Шанфу", "李尚福")}


@settings(max_examples=400)
@given(queries=st.lists(QUERIES, min_size=1, max_size=8), article=ARTICLES)
@example(queries=["lang:ru"], article=an_article("", language="ru"))
@example(queries=["shoigu~fuzzy"], article=an_article("Sho-igu"))
@example(queries=['"li shangfu"~fuzzy'], article=an_article("Lii Shang fu"))
@example(queries=["medvedev~fuzzy"], article=an_article("Medveddev"))
@example(queries=["medvedev~fuzzy"], article=an_article("Medvedjev's"))
@example(queries=["zaporizhzhia~fuzzy"], article=an_article("Zapo ro zhzhya"))
@example(queries=['"a b c d e f"~fuzzy'], article=an_article("a b c d e f"))
@example(queries=["/dam|flood/"], article=an_article("Ynetdamage"))
def test_the_screen_chooses_whatever_holds(queries: list[str], article: Article) -> None:
    watches = []
    for number, query in enumerate(queries):
        try:
            watches.append(Watch.on(a_story(f"s{number}", query=query, aliases=_ALIASES)))
        except ConfigError as mistake:
            assert "only excludes" in str(mistake)  # noqa: PT017
    one_by_one = [match for watch in watches if (match := find(article, watch)) is not None]

    assert matches(article, Watches(watches), {}) == one_by_one


def test_the_shipped_story_is_chosen_only_where_its_words_stand() -> None:
    screen = Screen([shipped().query.root])

    assert screen.candidates(Reading("Chess in Shanghai", "Rain in Spain.", "")) == []
    assert len(screen.candidates(Reading("Li Shangfu in Moscow", "", ""))) == 1


CHOSEN = {
    "a query without its word": ("dam", "Flood in Ostrava", []),
    "a query with its word": ("dam", "A dam", [0]),
    "a beginning": ("dam*", "A damage", [0]),
    "a phrase with its words apart": ('"dam breaks"', "A dam of breaks", []),
    "of several musts the rarest": ("+the +ostravice", "The dam", []),
    "a pattern without its letters": ("/shoi?gu|moscow/", "A dam", []),
    "a pattern that names no letters": ("/[0-9]+/", "A dam", [0]),
    "a language alone": ("lang:ru", "A dam", [0]),
    "a stem": ("страны~stem", "В стране", [0]),
    "another stem": ("страны~stem", "В городе", []),
}


@pytest.mark.parametrize(("query", "title", "chosen"), CHOSEN.values(), ids=CHOSEN)
def test_the_screen_looks_at(query: str, title: str, chosen: list[int]) -> None:
    screen = Screen([compile_query(query, {}, where="here").root])

    assert [n for n, _left in screen.candidates(Reading(title, "", "", language="ru"))] == chosen


def test_without_queries_nothing_is_chosen() -> None:
    assert Screen([]).candidates(Reading("A dam", "", "")) == []
