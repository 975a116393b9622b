"""What would have been posted: real matching and judging over invented coverage, compared two ways."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.backtesting import Backtest, Period, Reach, backtest, last, preview, told
from bot.core.difference import Card
from bot.core.match import Watch, Watches
from bot.errors import OperatorError
from bot.model import Article, Fold, Policy, Posting, PostState, Story
from bot.pipeline import Knowledge
from bot.ports import Archive
from tests.builders import NOW, a_feed, a_story
from tests.fakes.archive import FakeArchive
from tests.unit.core.samples import report
from tests.unit.storage.test_passing import items, stream

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = Period(since=NOW - 7 * DAY, until=NOW)
BREAK = "Dam breaks near Ostrava after two days of rain"
AGAIN = "Dam near Ostrava bursts after two days of heavy rain"
NIGHT = "Firemen tell of the night when the dam near Ostrava broke"
BRNO = "Minister sells an old dam in Brno to a brewery"
WEIR = "Weir in Tromso is painted by schoolchildren"
BEAVER = "Beaver builds a dam in Bodo"
OTHER = "Parliament debates the law on fish farms"


def at(hours: float, title: str, outlet: str = "Wire", **changes: Any) -> Article:
    """Give an article seen so many hours before the end of the week."""
    time = NOW - hours * HOUR
    return report(title, outlet, **({"seen_at": time, "published": time} | changes))


#: Feeds begin with something long before, so that nothing else is their backlog.
OLD = [at(30 * 24, f"Weather stays dry in {outlet}", outlet) for outlet in ("Wire", "Post", "Ledger", "New")]


def an_archive(*articles: Article, old: Sequence[Article] = OLD[:3]) -> FakeArchive:
    archive = FakeArchive()
    outlets = ("Wire", "Post", "Ledger", "New")
    feeds = [a_feed(f"https://{outlet.lower()}.example/feed.xml", name=outlet) for outlet in outlets]
    asyncio.run(archive.declare(feeds))
    stored = sorted([*old, *articles], key=lambda article: article.seen_at)
    asyncio.run(archive.record(lambda record: record.articles(stored)))
    return archive


def knowing(*stories: Story) -> Knowledge:
    return Knowledge(watches=Watches(map(Watch.on, stories)))


def with_story(known: Knowledge, story: Story) -> Knowledge:
    others = [watch for watch in known.watches if watch.story.name != story.name]
    return replace(known, watches=Watches([*others, Watch.on(story)]))


def changed(known: Knowledge, change: Mapping[str, Any]) -> Knowledge:
    """Return what is known with another story of dams, and other limits."""
    stories = [watch.story for watch in known.watches if watch.story.name == "dams"]
    story = stories[0] if stories else a_story(query="")
    policy = replace(story.policy, fold=change.get("fold", story.policy.fold))
    sources = change.get("min_sources")
    postings = {name: replace(story.posting(name), min_sources=sources or 1) for name in story.channels}
    said = {key: value for key, value in change.items() if key in {"query", "also", "without", "exclude"}}
    limits = replace(known.limits, same=change.get("same", known.limits.same))
    return replace(with_story(known, replace(story, policy=policy, postings=postings, **said)), limits=limits)


def compared(
    archive: Archive,
    change: Mapping[str, Any],
    before: Knowledge | None = None,
    *,
    period: Period = WEEK,
    reach: Reach | None = None,
) -> Backtest:
    known = before or knowing(a_story())
    after = changed(known, change)
    return asyncio.run(
        backtest(known, after, archive, story="dams", period=period, reach=reach or Reach(seconds=60))
    )


def titles(cards: Sequence[Card]) -> list[list[str]]:
    return [[article.title for article in card.articles.values()] for card in cards]


def kinds(found: Backtest) -> dict[str, Any]:
    """Give what of a difference is not nothing."""
    difference = found.difference
    shown: dict[str, Any] = {
        "gained": titles(difference.gained),
        "lost": titles(difference.lost),
        "merged": [(titles([each.one])[0], titles(each.several)) for each in difference.merged],
        "split": [(titles([each.one])[0], titles(each.several)) for each in difference.split],
        "named": difference.named,
        "unnamed": difference.unnamed,
    }
    return {name: value for name, value in shown.items() if value}


# -------------------------------------------------------------------------------------- what it finds

COVERAGE = (
    at(30, BREAK),
    at(29, AGAIN, "Post"),
    at(20, NIGHT, "Ledger"),
    at(10, BRNO),
    at(9, WEIR, "Post"),
    at(8, BEAVER, "Ledger"),
    at(7, OTHER),
)
#: The change, and what of the difference is not nothing.
FINDS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "a term more gains a card": ({"also": ("weir",)}, {"gained": [[WEIR]]}),
    "a term that excludes loses one": ({"without": ("beaver",)}, {"lost": [[BEAVER]]}),
    "another query does both": (
        {"query": "weir Ostrava"},
        {"gained": [[WEIR]], "lost": [[BRNO], [BEAVER]]},
    ),
    "what no story wants loses one": ({"exclude": "brewery"}, {"lost": [[BRNO]]}),
    "one card for an event merges two": (
        {"fold": Fold.EVENT},
        {"merged": [([BREAK, AGAIN, NIGHT], [[BREAK, AGAIN], [NIGHT]])]},
    ),
    "a judge that must be surer splits one": (
        {"same": 0.9},
        {"split": [([BREAK, AGAIN], [[BREAK], [AGAIN]])]},
    ),
    "more sources lose what has but one": (
        {"fold": Fold.EVENT, "min_sources": 2},
        {
            "lost": [[BRNO], [BEAVER]],
            "merged": [([BREAK, AGAIN, NIGHT], [[BREAK, AGAIN], [NIGHT]])],
        },
    ),
    "terms that find nothing more change nothing": ({"also": ("lighthouse",)}, {}),
    "a repeat without its report is its own card": (
        {"query": "Ostrava -breaks"},
        {"unnamed": 1, "lost": [[BRNO], [BEAVER]]},
    ),
}


@pytest.mark.parametrize(("change", "finds"), FINDS.values(), ids=FINDS)
def test_what_a_change_does(change: Mapping[str, Any], finds: Mapping[str, Any]) -> None:
    found = compared(an_archive(*COVERAGE), change)

    assert kinds(found) == dict(finds)
    assert (found.looked_at, found.cut, found.period) == (len(COVERAGE), False, WEEK)


def test_of_a_story_that_does_not_exist_yet_everything_is_gained() -> None:
    found = compared(an_archive(*COVERAGE), {"query": "dam"}, knowing(a_story("other")))

    assert titles(found.difference.gained) == [[BREAK, AGAIN], [NIGHT], [BRNO], [BEAVER]]
    assert (found.difference.before, found.difference.after) == (0, 4)


def test_a_story_that_is_dropped_loses_everything() -> None:
    found = asyncio.run(
        backtest(knowing(a_story()), knowing(), an_archive(*COVERAGE), story="dams", period=WEEK)
    )

    assert len(found.difference.lost) == found.difference.before == 4


def test_nothing_is_written_to_the_archive_that_is_asked() -> None:
    archive = an_archive(*COVERAGE)

    compared(archive, {"also": ("weir",)})

    assert asyncio.run(archive.outbox(*PostState)) == []
    assert asyncio.run(archive.decisions(COVERAGE[0].address)) == []


@settings(max_examples=20, deadline=None)
@given(st.lists(items, max_size=20), st.sampled_from(Fold))
def test_a_configuration_does_not_differ_from_itself(
    drawn: list[tuple[str, str, int, bool, int]], fold: Fold
) -> None:
    articles = {(a.feed_url, a.key, a.fingerprint): a for _feed, a in stream(drawn)}
    archive = an_archive(*articles.values())
    known = knowing(a_story(policy=Policy(fold=fold)))
    period = Period(since=NOW + 5 * HOUR, until=NOW + 90 * DAY)

    found = compared(archive, {}, known, period=period)

    assert kinds(found) == {}
    assert found.difference.before == found.difference.after


@settings(max_examples=20, deadline=None)
@given(st.lists(items, max_size=20))
def test_there_and_back_is_the_same_the_other_way_round(
    drawn: list[tuple[str, str, int, bool, int]],
) -> None:
    articles = {(a.feed_url, a.key, a.fingerprint): a for _feed, a in stream(drawn)}
    archive = an_archive(*articles.values())
    one, two = knowing(a_story()), knowing(a_story(query="Ostrava", policy=Policy(fold=Fold.EVENT)))
    period = Period(since=NOW + 5 * HOUR, until=NOW + 90 * DAY)

    there = asyncio.run(backtest(one, two, archive, story="dams", period=period)).difference
    back = asyncio.run(backtest(two, one, archive, story="dams", period=period)).difference

    assert (there.gained, there.lost) == (back.lost, back.gained)
    assert (there.merged, there.split) == (back.split, back.merged)


# ------------------------------------------------------------------------------------ what was news

#: Articles beside a feed that is old, what would be posted of them with the query "weir", and why.
NEWS: Mapping[str, tuple[Sequence[Article], Mapping[str, Any]]] = {
    "what nobody matched is posted": ([at(5, WEIR)], {"gained": [[WEIR]]}),
    "of a new feed's backlog the newest is": (
        [at(5, WEIR, "New", published=NOW - 9 * HOUR), at(5, "Weir in Oslo sold", "New")],
        {"gained": [["Weir in Oslo sold"]]},
    ),
    "what a new feed lists later is": (
        [at(5, "Weather stays dry", "New"), at(4, WEIR, "New")],
        {"gained": [[WEIR]]},
    ),
    "old news are not": ([at(5, WEIR, published=NOW - 60 * HOUR)], {}),
    "what repeats old news is not": (
        [
            at(5, WEIR, published=NOW - 60 * HOUR),
            at(4, WEIR, "Post", published=NOW - 50 * HOUR),
        ],
        {},
    ),
    "what repeats a report of the week before is not": (
        [at(7 * 24 + 3, WEIR), at(7 * 24 - 3, WEIR, "Post")],
        {"named": 1},
    ),
}


@pytest.mark.parametrize(("articles", "finds"), NEWS.values(), ids=NEWS)
def test_what_would_have_been_news(articles: Sequence[Article], finds: Mapping[str, Any]) -> None:
    assert kinds(compared(an_archive(*articles), {"query": "weir"})) == dict(finds)


def test_a_feed_that_was_old_before_what_is_looked_at_brings_no_backlog() -> None:
    two = [at(5, WEIR, "New", published=NOW - 9 * HOUR), at(5, "Weir in Oslo sold", "New")]

    found = compared(an_archive(*two, old=OLD), {"query": "weir"})

    assert titles(found.difference.gained) == [[WEIR], ["Weir in Oslo sold"]]


def test_a_story_hears_its_own_feeds_only() -> None:
    archive = an_archive(at(5, WEIR), at(4, "Weir in Oslo sold", "Post"))

    found = compared(archive, {"query": "weir"}, knowing(a_story(feeds=("Post",))))

    assert titles(found.difference.gained) == [["Weir in Oslo sold"]]


def test_of_several_channels_the_first_that_posts_counts() -> None:
    postings = {"main": Posting(min_sources=2), "other": Posting(per_hour=1)}
    story = a_story(channels=("main", "other"), postings=postings)

    found = compared(an_archive(at(5, WEIR), at(5, BRNO)), {"query": "weir"}, knowing(story))

    assert kinds(found) == {"gained": [[WEIR]], "lost": [[BRNO]]}


NAMES = ("Mayor of Hamar", "Brewery", "Poet", "Otter")
DEEDS = ("paints", "inherits", "measures")
THINGS = ("gate", "museum", "choir")


def test_what_would_be_a_flood_is_compared_card_by_card() -> None:
    many = [at(5, f"{a} {b} dam {c}") for a in NAMES for b in DEEDS for c in THINGS]

    found = compared(an_archive(*many), {"exclude": "dam"})

    assert found.difference.before == len(found.difference.lost) > 20


# ---------------------------------------------------------------------------------- how far it looks


def test_where_there_is_too_much_the_latest_is_looked_at_and_that_is_said() -> None:
    many = [at(100 - n / 10, f"Weir {n} is sold to brewery {n * n}", key=str(n)) for n in range(1, 1001)]
    archive = an_archive(*many)

    found = compared(archive, {"query": "weir"}, reach=Reach(most=500, seconds=600))

    assert (found.looked_at, found.cut) == (500, True)
    assert found.period == Period(since=many[500].seen_at, until=NOW)
    assert told(found)[-1].text.startswith("looked at the latest 500 articles, of which 500 match")


def test_when_there_is_no_time_left_one_step_is_looked_at() -> None:
    many = [at(100 - n / 10, OTHER, key=str(n), fingerprint=str(n)) for n in range(1, 1001)]

    found = compared(an_archive(*many), {"query": "weir"}, reach=Reach(seconds=0))

    assert (found.looked_at, found.cut) == (500, True)


def test_the_last_days_end_with_what_was_seen_last() -> None:
    assert asyncio.run(last(an_archive(at(3, BREAK)), 2 * DAY)) == Period(
        since=NOW - 3 * HOUR - 2 * DAY, until=NOW - 3 * HOUR
    )


def test_without_articles_there_is_nothing_to_try_it_out_on() -> None:
    with pytest.raises(OperatorError, match="nothing is stored yet"):
        asyncio.run(last(FakeArchive(), DAY))


def test_a_length_before_all_time_is_all_there_is() -> None:
    archive = an_archive(at(3, WEIR))
    period = asyncio.run(last(archive, timedelta(days=999_999)))

    assert kinds(compared(archive, {"query": "weir"}, period=period)) == {"gained": [[WEIR]]}


def test_a_story_that_neither_configuration_has_is_refused() -> None:
    with pytest.raises(OperatorError, match="no story rivers to try out"):
        asyncio.run(backtest(knowing(), knowing(), an_archive(), story="rivers", period=WEEK))


# ------------------------------------------------------------------------------------- what is told


def test_the_answer_names_cards_of_each_kind_with_their_links() -> None:
    found = compared(an_archive(*COVERAGE), {"query": "weir Ostrava", "fold": Fold.EVENT})

    lines = told(found, examples=1)

    assert [line.text for line in lines] == [
        "dams, 2026-01-08 12:00 to 2026-01-15 12:00: 2 cards instead of 4",
        "1 gained: no card told them",
        f"2026-01-15 03:00, Post: {WEIR}",
        "2 lost: no card would tell them",
        f"2026-01-15 02:00, Wire: {BRNO}",
        "and 1 more",
        "1 merged: one card instead of several",
        f"2026-01-14 06:00, Wire: {BREAK} (and 2 reports more)",
        f"2026-01-14 06:00, Wire: {BREAK} (and 1 report more)",
        f"2026-01-14 16:00, Ledger: {NIGHT}",
        "looked at 7 articles, of which 6 match before or after",
    ]
    assert lines[2].link == COVERAGE[4].link
    assert [line.depth for line in lines[6:10]] == [0, 1, 2, 2]


def test_no_difference_is_said_in_words() -> None:
    lines = told(compared(an_archive(*COVERAGE), {"also": ("lighthouse",)}))

    assert [line.text for line in lines[1:]] == [
        "nothing would have been different",
        "looked at 7 articles, of which 5 match before or after",
    ]


def test_a_preview_is_a_few_lines() -> None:
    many = [
        at(n, f"Weir of {town} sold", key=town) for n, town in enumerate(("Oslo", "Bergen", "Bodo", "Alta"))
    ]
    archive = an_archive(*many, at(2, BEAVER), at(25, "Weir of Hamar sold"))
    before = knowing(a_story())
    after = with_story(before, a_story(query="weir"))

    lines = asyncio.run(preview(before, after, archive, story="dams"))

    assert [line.text for line in lines] == [
        "+4, −1 in the last day (4 cards instead of 1)",
        "+ Wire: Weir of Alta sold",
        "+ Wire: Weir of Bodo sold",
        "+ Wire: Weir of Bergen sold",
        f"\N{MINUS SIGN} Wire: {BEAVER}",
    ]
    assert lines[1].link == many[3].link


def test_a_preview_counts_what_is_regrouped() -> None:
    before = knowing(a_story())
    after = with_story(before, a_story(policy=Policy(fold=Fold.EVENT)))

    (line,) = asyncio.run(preview(before, after, an_archive(*COVERAGE), story="dams", days=3))

    assert line.text == "+0, −0, 1 merged in the last 3 days (3 cards instead of 4)"
