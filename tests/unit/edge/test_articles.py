"""Articles' pages are fetched as their sites' robots.txt allow, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.edge.articles import Pages
from bot.edge.clock import SystemClock
from bot.edge.fetch import Fetcher
from bot.edge.gate import Gate
from bot.errors import BadAnswerError, DisallowedError, FetchError
from bot.model import Page
from tests.fakes.feedserver import FeedServer

HTML = {"Content-Type": "text/html; charset=utf-8"}


async def upper(html: bytes, url: str, content_type: str | None) -> Page:
    """Read a page in a way that a test sees through."""
    return Page(url=url, text=f"{html.decode().upper()} ({content_type})")


def read(prepare: Callable[[FeedServer], None], *paths: str) -> tuple[list[Page | str], list[str]]:
    """Read pages one after the other; return what came of each, and what the server was asked."""

    async def work() -> tuple[list[Page | str], list[str]]:
        async with FeedServer() as server:
            prepare(server)
            async with Fetcher(Gate(["127.0.0.0/8"]), SystemClock(), user_agent="Storywire/1") as fetch:
                pages = Pages(fetch, upper, agent="Storywire")
                came = [await _one(pages, server.url(path)) for path in paths]
            return came, [request.path for request in server.log]

    return asyncio.run(work())


async def _one(pages: Pages, url: str) -> Page | str:
    try:
        return await pages(url)
    except FetchError as failure:
        return type(failure).__name__


def a_site(robots: str | None) -> Callable[[FeedServer], None]:
    def prepare(server: FeedServer) -> None:
        if robots is not None:
            server.publish("/robots.txt", robots.encode(), headers={"Content-Type": "text/plain"})
        server.publish("/news/1", b"dam", headers=HTML)
        server.redirect("/old", "/news/1")

    return prepare


def test_a_page_is_read_after_its_redirects() -> None:
    (page,), asked = read(a_site(None), "/old")

    assert isinstance(page, Page)
    assert page.text == "DAM (text/html; charset=utf-8)"
    assert page.url.endswith("/news/1")
    assert asked == ["/robots.txt", "/old", "/news/1"]


ROBOTS = {
    "no robots.txt": (None, True),
    "another page": ("User-agent: *\nDisallow: /private", True),
    "this page": ("User-agent: *\nDisallow: /news", False),
    "all of it, for us": ("User-agent: storywire\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
    "all of it, for others": ("User-agent: otherbot\nDisallow: /", True),
}


@pytest.mark.parametrize(("robots", "allowed"), ROBOTS.values(), ids=ROBOTS)
def test_what_a_site_forbids_is_not_asked(robots: str | None, *, allowed: bool) -> None:
    (page,), asked = read(a_site(robots), "/news/1")

    assert isinstance(page, Page) == allowed
    assert ("/news/1" in asked) == allowed
    assert allowed or page == DisallowedError.__name__


def test_a_robots_txt_that_cannot_be_had_forbids_everything() -> None:
    def prepare(server: FeedServer) -> None:
        a_site(None)(server)
        server.fail("/robots.txt", 503)

    assert read(prepare, "/news/1", "/news/1") == ([DisallowedError.__name__] * 2, ["/robots.txt"])


def test_robots_txt_is_asked_for_once() -> None:
    came, asked = read(a_site("User-agent: *\nAllow: /"), "/news/1", "/nothing")

    assert came[1] == BadAnswerError.__name__
    assert asked == ["/robots.txt", "/news/1", "/nothing"]


def test_a_site_that_asks_for_long_pauses_gives_one_page() -> None:
    came, asked = read(a_site("User-agent: *\nCrawl-delay: 600"), "/news/1", "/news/1")

    assert [isinstance(page, Page) for page in came] == [True, False]
    assert asked == ["/robots.txt", "/news/1"]
