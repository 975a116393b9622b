"""Where a feed carries too little, an article's page tells its text, and where a news search's link leads."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from bot.errors import BadAnswerError, FetchError
from bot.model import Article, Page, Policy, Posting
from bot.pipeline import Polled, poll
from tests.builders import a_story
from tests.fakes.archive import FakeArchive
from tests.walk.world import FEEDS, WIRE, Walk, an_item

TEXT = "The dam above Ostrava gave way on Sunday, the province says. " * 30
PICTURE = "https://wire.example/named-by-the-page.jpg"
OPAQUE = "https://news.google.com/rss/articles/CBMiXkFVX3lxTFBReTJhSkRl"


@dataclass(slots=True)
class FakePages:
    """Serves one text everywhere, from one address if it is given one."""

    url: str | None = None
    failure: FetchError | None = None
    asked: list[str] = field(default_factory=list)

    async def __call__(self, url: str) -> Page:
        self.asked.append(url)
        if self.failure is not None:
            raise self.failure
        return Page(url=self.url or url, text=TEXT, image=PICTURE)


def heard(walk: Walk, pages: FakePages, *, feed: bool = False, resolves: bool = False) -> Polled:
    """Poll the wire again, with pages at hand."""
    knowledge = replace(
        walk.world.knowledge, full_text_feeds=frozenset([WIRE] if feed else []), resolves=resolves
    )
    world = replace(walk.world, read_page=pages, knowledge=knowledge)
    return asyncio.run(poll(walk.stored(), world))


def a_walk(*, full_text: bool) -> Walk:
    walk = Walk(archive=FakeArchive(), stories=[a_story(policy=Policy(full_text=full_text))])
    walk.opened(WIRE)
    walk.wait()
    return walk


def stored(walk: Walk, link: str) -> Article:
    (article,) = asyncio.run(walk.archive.articles(link))
    return article


def test_a_story_reads_the_pages_of_what_matches_once() -> None:
    walk, pages = a_walk(full_text=True), FakePages()
    match, other = an_item("Dam breaks"), an_item("Football")
    walk.feeds.publish(WIRE, match, other)

    heard(walk, pages)
    heard(walk, pages)
    walk.feeds.publish(WIRE, an_item("Weather stays dry"), match, other)
    heard(walk, pages)

    assert pages.asked == [match.link]
    assert stored(walk, match.link or "").body == TEXT
    assert stored(walk, other.link or "").body == ""


def test_a_feed_has_the_pages_of_all_its_articles_read_so_that_a_query_sees_them() -> None:
    walk, pages = a_walk(full_text=False), FakePages()
    walk.feeds.publish(WIRE, an_item("Water rises"))

    polled = heard(walk, pages, feed=True)

    assert [hit.field for taken in polled.taken for hit in taken.match.hits][:1] == ["body"]


NOT_READ = {
    "nobody wants it": (False, an_item("Dam breaks")),
    "the feed carries the text": (True, an_item("Dam breaks", body=TEXT)),
    "no link": (True, an_item("Dam breaks", link=None)),
    "it does not match": (True, an_item("Football")),
}


@pytest.mark.parametrize("case", NOT_READ)
def test_a_page_is_left_alone_if(case: str) -> None:
    full_text, item = NOT_READ[case]
    walk, pages = a_walk(full_text=full_text), FakePages()
    walk.feeds.publish(WIRE, item)

    heard(walk, pages)

    assert pages.asked == []


def test_the_backlog_of_a_new_feed_is_not_worth_a_site_s_trouble() -> None:
    walk, pages = Walk(archive=FakeArchive(), stories=[a_story(policy=Policy(full_text=True))]), FakePages()
    walk.feeds.publish(WIRE, an_item("Dam breaks"))
    asyncio.run(walk.archive.declare(FEEDS))

    heard(walk, pages)

    assert pages.asked == []


def test_a_page_that_cannot_be_had_costs_nothing() -> None:
    walk, pages = a_walk(full_text=True), FakePages(failure=BadAnswerError("answered 403", status=403))
    walk.feeds.publish(WIRE, an_item("Dam breaks"))

    assert heard(walk, pages).unseen == 1
    assert walk.shown() == ["Dam breaks"]


def test_a_link_of_a_news_search_is_followed_where_the_operator_allows_it() -> None:
    walk, pages = a_walk(full_text=False), FakePages(url="https://post.example/dam-breaks")
    walk.feeds.publish(WIRE, an_item("Dam breaks", link=OPAQUE, id="1"))

    heard(walk, pages, resolves=True)

    article = stored(walk, "https://post.example/dam-breaks")
    assert (article.address, article.key) == ("post.example/dam-breaks", "1")


def test_a_news_search_that_tells_nothing_leaves_its_link() -> None:
    walk, pages = a_walk(full_text=False), FakePages()
    walk.feeds.publish(WIRE, an_item("Dam breaks", link=OPAQUE))

    heard(walk, pages, resolves=True)

    assert pages.asked == [OPAQUE]
    assert stored(walk, OPAQUE).link == OPAQUE
    assert stored(walk, OPAQUE).image == ""


PICTURES = {
    "the page's where the feed has none": ("", PICTURE),
    "the feed's where it has one": ("https://cdn.example/dam.jpg", "https://cdn.example/dam.jpg"),
}


@pytest.mark.parametrize(("image", "picture"), PICTURES.values(), ids=PICTURES)
def test_a_report_s_picture_is(image: str, picture: str) -> None:
    walk, item = a_walk(full_text=True), an_item("Dam breaks", image=image)
    walk.feeds.publish(WIRE, item)

    heard(walk, FakePages())

    assert stored(walk, item.link or "").image == picture


def test_no_page_is_read_for_a_picture_alone() -> None:
    walk, pages, item = a_walk(full_text=False), FakePages(), an_item("Dam breaks")
    walk.stories = [a_story(postings={"main": Posting(pictures=True)})]
    walk.feeds.publish(WIRE, item)

    heard(walk, pages)

    assert pages.asked == []
    assert stored(walk, item.link or "").image == ""
