"""From an address that a person knows to the feeds that can be polled there.

What is given may be a feed, or a page that names its feeds, or a page whose site keeps one in a usual place.
Each candidate is fetched through the same gate as every feed and read by the same reader before it counts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from bot.core.address import canonical_address, site
from bot.core.match import matches
from bot.edge.attributes import askable
from bot.edge.discover import feeds_named, usual_places
from bot.edge.markup import decode
from bot.errors import FetchError, ParseError
from bot.model import Article, Document, Feed, Fetched, Match
from bot.pipeline import World, normalised

#: So many feeds of one page are looked at; sites name their comments and every section.
MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed that could be polled, and what it lists now."""

    feed: Feed
    document: Document
    articles: Sequence[Article]
    #: What stories accept of it.
    matched: Sequence[Match]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Why there is no feed at an address."""

    reason: str


def as_address(written: str) -> str:
    """Return what a person typed as an address that can be asked."""
    url = askable(written)
    return url if "://" in url else f"https://{url}"


async def discover(written: str, world: World) -> list[Found] | Nothing:
    """Return the feeds at an address, the likeliest first.

    Args:
        written: the address of a feed or of a page, as a person typed it.
        world: what the pipeline needs; nothing is recorded.
    """
    url = as_address(written)
    try:
        fetched = await world.fetch(Feed(url=url, name=url), conditional=False)
    except FetchError as failure:
        return Nothing(reason=str(failure))
    try:
        return [await _found(fetched, url, world)]
    except ParseError as failure:
        html, _problem = decode(fetched.body or b"", fetched.content_type)
        named = [one.url for one in feeds_named(html, fetched.url)]
        found = [one async for one in _readable(named, MOST, world)]
        if not found:
            found = [one async for one in _readable(usual_places(fetched.url), 1, world)]
        return found or Nothing(
            reason=f"{failure}; it names no feed that can be read, and there is none in the usual places"
        )


async def _readable(urls: Iterable[str], most: int, world: World) -> AsyncIterator[Found]:
    """Read candidates one after the other, for they are of one host; at most so many that are feeds."""
    seen: set[str] = set()
    for url in urls:
        try:
            fetched = await world.fetch(Feed(url=url, name=url), conditional=False)
            found = await _found(fetched, url, world)
        except (FetchError, ParseError):
            continue
        if canonical_address(fetched.url) not in seen:
            seen.add(canonical_address(fetched.url))
            yield found
        if len(seen) >= most:
            return


async def _found(fetched: Fetched, url: str, world: World) -> Found:
    document = await world.parse(fetched)
    address = fetched.moved or url
    name = document.title or site(canonical_address(address))
    feed = Feed(url=address, name=name, language=None)
    articles = normalised(document, feed, world.clock.now())
    watches, names = world.knowledge.watches, {feed.url: feed.name}
    matched = [match for article in articles for match in matches(article, watches, names)]
    return Found(feed=feed, document=document, articles=articles, matched=matched)


def polled_already(feed: Feed, polled: Iterable[Feed]) -> Feed | None:
    """Return the feed among those polled that is the same, by its address; None if it is new."""
    address = canonical_address(feed.url)
    return next(
        (one for one in polled if address in {canonical_address(one.url), canonical_address(one.address)}),
        None,
    )


def with_own_name(feed: Feed, polled: Iterable[Feed], name: str | None = None) -> str:
    """Return a name that no other feed has: stories choose feeds by it."""
    taken = {one.name for one in polled}
    wanted = " ".join((name or feed.name).split())[:80] or site(canonical_address(feed.url))
    number, own = 2, wanted
    while own in taken:
        own = f"{wanted} ({number})"
        number += 1
    return own
