"""`bench keywords`: what it costs to ask a thousand stories for an item, and what harm can be done.

The stories are written from the words of headlines other than those they are asked about: rare words,
phrases, beginnings, exact words and names, with musts and nevers. The answers are compared with those of
asking each story by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random
from statistics import fmean, median

from bot.app import keep_loaded
from bot.cli.common import console, plain, table
from bot.cli.items import article_of, items_in
from bot.core.lexicon import STOP_WORDS
from bot.core.match import Watch, Watches, find, matches
from bot.core.patterns import LONGEST_TEXT, MOST_PATTERNS
from bot.core.query import Reading, compile_query
from bot.core.rarity import RAREST, rarity
from bot.core.words import stem, tokens
from bot.errors import ConfigError
from bot.model import Article, Story

#: What is asked of it.
MOST_US, MOST_MS = 50.0, 50.0
STORIES, TERMS = 1_000, 10_000
#: Items asked about, and how many of them every story is asked about one by one.
_ITEMS, _ONE_BY_ONE = 2_500, 100
#: The figure is the median of so many parts of the items: what disturbs one part does not count.
_PARTS = 5
#: How rare a word of a story is at least that counts only beside another one, and how long it is more than.
_RARE, _SHORT = 3.0, 3
#: Stories that have a misspelled name, and words near each other.
_SOME = 0.3
#: Of an invented item: words, the words there are, and how many items.
_WORDS, _VOCABULARY, _INVENTED, _CAPITALS = 35, 300_000, 9_000, 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What asking cost, in microseconds of CPU for an item."""

    items: int
    words: float
    screened: float
    #: Reading the words of an item alone, which judging needs anyway.
    splitting: float
    one_by_one: float
    #: Stories looked at, and stories matched, for an item.
    looked_at: float
    matched: float
    #: Items of which the screen gave another answer.
    wrong: int


def keywords(folder: Path | None) -> None:
    """Measure both, and show it."""
    articles, said = _articles(folder)
    asked, others = articles[: 2 * _ITEMS], articles[2 * _ITEMS :]
    watches = Watches(Watch.on(story) for story in written(others, STORIES))
    heads = [replace(article, summary="", body="") for article in asked]
    alone, whole = (costs(each, watches, one_by_one=_ONE_BY_ONE) for each in (heads, asked))
    shown = table(f"keywords: {STORIES:,} stories, {TERMS:,} terms; {said}", "headlines", "with summaries")
    rows: Mapping[str, Callable[[Costs], str]] = {
        "items, words each": lambda cost: f"{cost.items:,}, {cost.words:.0f}",
        f"an item: all stories (goal: {MOST_US:g} µs)": lambda cost: f"{cost.screened:.1f} µs",
        "  of it splitting the item into words": lambda cost: f"{cost.splitting:.1f} µs",
        "an item: each story by itself": lambda cost: f"{cost.one_by_one:,.0f} µs",
        "ratio": lambda cost: f"1/{cost.one_by_one / cost.screened:.0f}",
        "stories looked at, matched, an item": lambda cost: f"{cost.looked_at:.2f}, {cost.matched:.2f}",
        "items answered otherwise": lambda cost: str(cost.wrong),
    }
    for name, value in rows.items():
        shown.add_row(*plain(name, value(alone), value(whole)))
    console.print(shown)
    harm = table(f"means harm (goal: {MOST_MS:g} ms)", "compiling", "an item")
    for name, compiling, asking in hostile():
        harm.add_row(*plain(name, f"{compiling:.2f} ms", "refused" if asking is None else f"{asking:.2f} ms"))
    console.print(harm)


# --------------------------------------------------------------------------------------------- many


def costs(articles: Sequence[Article], watches: Watches, *, one_by_one: int) -> Costs:
    """Ask stories about the second half of some articles.

    As in a program that has run for a while, which knows words but none of the articles: what is split is
    remembered, so each article is split where that is measured.

    Args:
        articles: none that was asked about before.
        watches: the stories.
        one_by_one: of how many articles each story is asked by itself.
    """
    known, asked = articles[: len(articles) // 2], articles[len(articles) // 2 :]
    splitting = _us(lambda: [(tokens(a.title), tokens(a.summary)) for a in known], len(known))
    _all(known, watches)
    keep_loaded()
    parts = [asked[start::_PARTS] for start in range(_PARTS)]
    screened = median(_us(partial(_all, part, watches), len(part)) for part in parts)
    alone = asked[:one_by_one]
    answers: list[list[str]] = []
    one = _us(lambda: answers.extend(_each(article, watches) for article in alone), len(alone))
    readings = [Reading(a.title, a.summary, a.body, a.outlet, a.language) for a in asked]
    return Costs(
        items=len(asked),
        words=fmean(len(tokens(a.title)) + len(tokens(a.summary)) for a in asked),
        screened=screened,
        splitting=splitting,
        one_by_one=one,
        looked_at=fmean(len(watches.screen.candidates(reading)) for reading in readings),
        matched=fmean(len(matches(article, watches, {})) for article in asked),
        wrong=sum(
            [match.story.name for match in matches(article, watches, {})] != answer
            for article, answer in zip(alone, answers, strict=True)
        ),
    )


def written(articles: Sequence[Article], count: int, seed: int = 1) -> list[Story]:
    """Write so many stories of ten terms each with words and names of articles, each equally likely."""
    dice = Random(seed)  # noqa: S311  reproducible, not secret
    names: dict[str, float] = {}
    known: set[str] = set()
    for article in articles:
        title = article.title.split()
        known.update(
            word
            for word in tokens(article.title)
            if word.isalpha() and len(word) > _SHORT and _rarity(word) >= _RARE
        )
        for pair in pairwise(title):
            row = [" ".join(tokens(part)) for part in pair]
            if all(part[:1].isupper() for part in pair) and min(map(_rarity, row)) >= _RARE:
                names[" ".join(row)] = min(map(_rarity, row))
    people = sorted(name for name, rare in names.items() if rare >= RAREST)
    return [
        Story(name=f"story-{n}", title=f"Story {n}", query=_query(sorted(names), people, sorted(known), dice))
        for n in range(count)
    ]


def _query(names: Sequence[str], people: Sequence[str], known: Sequence[str], dice: Random) -> str:
    """Write a story's query as the shipped one is: names by themselves, common words only together."""
    a, b, c, d, e, f, g, h = dice.choices(known, k=8)
    one, two, three = dice.choices(names, k=3)
    second = f'"{dice.choice(people)}"~fuzzy' if dice.random() < _SOME else f'"{two}"'
    near = f'"{e} {f}"~9' if dice.random() < _SOME else f"({e} AND {f})"
    return f'"{one}" {second} ="{three.title()}" (({a} {b} {c[:6]}*) AND (title:{d} {g})) {near} -{h}'


def _rarity(word: str) -> float:
    return 0.0 if word in STOP_WORDS or not word else rarity(stem(word))


def _all(articles: Sequence[Article], watches: Watches) -> None:
    for article in articles:
        matches(article, watches, {})


def _each(article: Article, watches: Watches) -> list[str]:
    return [match.story.name for watch in watches if (match := find(article, watch)) is not None]


def _us(work: Callable[[], object], count: int) -> float:
    begun = time.process_time()
    work()
    return 1e6 * (time.process_time() - begun) / count


def _articles(folder: Path | None) -> tuple[list[Article], str]:
    """Return items of a real week, in no order; without the test material invented ones."""
    files = sorted((folder / "headlines").glob("event_week_*.tsv")) if folder else []
    if not files:
        return list(invented(_INVENTED)), "invented ones"
    found = [article_of(item, where=f"line {line}") for line, item in items_in(files[0])]
    Random(1).shuffle(found)  # noqa: S311  reproducible, not secret
    return found, "of a week's feeds, headline and summary"


def invented(count: int) -> Iterator[Article]:
    """Yield items of invented words, some of which are far more frequent than others, as in any language."""
    dice = Random(1)  # noqa: S311  reproducible, not secret
    syllables = [one + two for one in "bcdfghjklmnprstvwz" for two in "aeiouy"]
    known = ["".join(dice.choices(syllables, k=dice.randint(3, 5))) for _ in range(_VOCABULARY)]
    weights = list(accumulate(1 / rank for rank in range(10, 10 + len(known))))
    for _ in range(count):
        row = [
            word.capitalize() if dice.random() < _CAPITALS else word
            for word in dice.choices(known, cum_weights=weights, k=_WORDS)
        ]
        yield article_of({"title": " ".join(row[:12]), "summary": " ".join(row[12:])}, where="invented")


# ------------------------------------------------------------------------------------------ hostile


#: Patterns of at most 200 characters, of which a story gets 200 that differ in a number.
PATTERNS: Mapping[str, str] = {
    "nested quantifiers": "((((a+)+)+)+)+{}$",
    "200 characters of nested quantifiers": "(a*)*" * 38 + "b{}",
    "alternatives that overlap": "(a|aa|aaa|ab|b)+c{}",
    "many optional letters": "a?" * 60 + "a" * 60 + "{}",
    "anything, again and again": ".*" * 60 + "z{}",
    "any letter, again and again": r"\w+\s*" * 15 + "!{}",
    "a letter, and what stands far behind it": "a.{{0,30}}b.{{0,30}}c{}",
    "every state there can be": "(a|b)*a(a|b){{12}}c{}",
    "200 characters as they stand": "ab" * 90 + "{}",
    "forty words": "|".join(f"minist{n}" for n in range(18)) + "|{}",
}
TITLES: Mapping[str, str] = {
    "one letter": "a" * LONGEST_TEXT,
    "two letters": "ab" * (LONGEST_TEXT // 2),
    "two letters by chance": "".join(Random(3).choices("ab", k=LONGEST_TEXT)),  # noqa: S311
    "words": ("minister abc abbac " * LONGEST_TEXT)[:LONGEST_TEXT],
    "Cyrillic": ("министр обороны " * LONGEST_TEXT)[:LONGEST_TEXT],
}
#: Queries without patterns that look at the words of a long title most often.
QUERIES: Mapping[str, tuple[str, str]] = {
    "a phrase of one word, 100 times": ('"' + "a " * 100 + '"', "a " * 1_000),
    "100 words near each other": ('"' + "a b " * 50 + '"~999', "a b " * 500),
    "100 names, misspelled": (
        " ".join(f"shangfu{chr(97 + n % 26)}{chr(97 + n // 26)}~fuzzy" for n in range(100)),
        "shan gfu " * 222,
    ),
    "100 stems": (" ".join(f"путин{'а' * (n % 7)}к~stem" for n in range(100)), "путиным " * 250),
    "100 beginnings": (" ".join(f"{chr(97 + n % 26)}{n}*" for n in range(100)), "a1 b2 c3 " * 222),
    "50 parentheses": ("(" * 50 + "a" + " b)" * 50, "c " * 1_000),
}


def hostile() -> Iterator[tuple[str, float, float | None]]:
    """Yield what means harm: its name, ms to compile it, and at worst for one item; None: refused."""
    for name, pattern in PATTERNS.items():
        rows = [pattern.format("x" * (n % 3) + str(n)) for n in range(MOST_PATTERNS)]
        yield (
            f"{MOST_PATTERNS} patterns: {name}",
            *_worst(" ".join(f"/{row}/" for row in rows), TITLES.values()),
        )
    for name, (query, title) in QUERIES.items():
        yield (name, *_worst(query, [title]))


def _worst(query: str, titles: Iterable[str]) -> tuple[float, float | None]:
    begun = time.process_time()
    try:
        compiled = compile_query(query, {}, where="harm")
    except ConfigError:
        return 1e3 * (time.process_time() - begun), None
    compiling = 1e3 * (time.process_time() - begun)
    return compiling, max(_us(partial(compiled.find, title, "", ""), 1_000) for title in titles)
