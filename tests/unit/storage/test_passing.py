"""Whatever comes in whatever order, decisions in memory are those that a database would have made."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.match import Watch
from bot.edge.semantic import Encoder
from bot.errors import StorywireError
from bot.model import Article, ArticleId, Feed, Fold, Policy, Posting
from bot.pipeline import Knowledge, Taken, take_all
from bot.ports import Record
from storage import PassingRecord, open_archive
from tests.builders import NOW, a_feed, a_story
from tests.unit.core.samples import report

#: Invented, so that repeats, updates, reports of one event and strangers meet often.
TITLES = (
    "Dam breaks near Ostrava after two days of rain",
    "Dam near Ostrava breaks after two days of rain",
    "Dam breaks near Ostrava, three villages evacuated",
    "Dam breaks near Ostrava, five villages evacuated",
    "Firemen tell of the night when the dam near Ostrava broke",
    "Ostrava dam visit cancelled after the dam breaks",
    "Minister sells an old dam in Brno to a brewery",
    "Brewery in Brno buys an old dam from the minister",
    "Dam in Tromso is painted by schoolchildren",
)
OUTLETS = ("Wire", "Post", "Ledger", "Herald")

#: Title, outlet, hours since the one before, whether it begins its feed, and its age in hours.
items = st.tuples(
    st.sampled_from(TITLES),
    st.sampled_from(OUTLETS),
    st.integers(0, 30),
    st.booleans(),
    st.sampled_from([0, 0, 0, 72]),
)


def stream(drawn: Sequence[tuple[str, str, int, bool, int]]) -> list[tuple[Feed, Article]]:
    found, at = [], NOW
    for place, (title, outlet, hours, begins, age) in enumerate(drawn):
        at += timedelta(hours=hours)
        article = report(title, outlet, seen_at=at, published=at - timedelta(hours=age))
        article = replace(article, key=f"{article.key}/{place % 7}", fingerprint=f"{title} {place % 7}")
        feed = a_feed(article.feed_url, name=outlet, recorded_at=None if begins else NOW)
        found.append((feed, article))
    return found


def told(taken: Sequence[Taken]) -> list[object]:
    """Give what was decided, without the numbers that only a database gives posts."""
    return [
        (
            one.article_id,
            one.match,
            one.verdict,
            one.event,
            one.quiet,
            [(p.kind, p.message) for p in one.posts],
        )
        for one in taken
    ]


def decided(feed: Feed, article: Article, knowledge: Knowledge, record: Record) -> list[object]:
    return told(take_all([article], feed, record, knowledge, listed=0).taken)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


@settings(max_examples=30, deadline=None)
@given(
    drawn=st.lists(items, max_size=25),
    fold=st.sampled_from(Fold),
    sources=st.integers(1, 2),
    window=st.sampled_from([2, 14]),
    meanings=st.sampled_from([True, False]),
)
def test_like_a_database(
    encoder: Encoder,
    drawn: list[tuple[str, str, int, bool, int]],
    fold: Fold,
    sources: int,
    window: int,
    meanings: bool,  # noqa: FBT001  Hypothesis deals by name
) -> None:
    policy = Policy(fold=fold, window=timedelta(days=window), backfill=0)
    posting = Posting(min_sources=sources, burst=1_000)
    watch = Watch.on(a_story(policy=policy, postings={"main": posting}))
    knowledge = Knowledge(watches=[watch], semantics=encoder if meanings else None)
    passing = cast("Record", PassingRecord())

    async def scenario() -> None:
        with tempfile.TemporaryDirectory() as folder:
            archive = await open_archive(f"sqlite:///{folder}/archive.db")
            try:
                for feed, article in stream(drawn):
                    kept = await archive.record(partial(decided, feed, article, knowledge))
                    assert decided(feed, article, knowledge, passing) == kept
            finally:
                await archive.close()

    asyncio.run(scenario())


def test_an_article_that_was_never_judged_has_no_event() -> None:
    with pytest.raises(StorywireError, match="article 1 has no verdict in story dams"):
        PassingRecord().event(ArticleId(1), "dams")
