"""An article's page: where it is in the end, and what it says, as far as its site lets robots read it.

Pages pass the same gate as feeds and are read by the same kind of worker. Nobody asked a news site to serve
robots, so its robots.txt is kept, one page of a host is fetched at a time, and with a pause between two.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from bot.core.robots import MAX_SIZE, allows, crawl_delay, for_agent
from bot.edge.markup import decode
from bot.errors import BadAnswerError, DisallowedError, FetchError
from bot.model import Feed, Fetched, Page
from bot.ports import Fetch

#: How long a robots.txt is believed (RFC 9309, 2.4).
_BELIEVED_S = 24 * 3600.0
#: How long a site is left alone whose robots.txt cannot be had; RFC 9309, 2.3.1.4 takes that for a refusal.
_UNREACHABLE_S = 3600.0
#: Between two pages of one host.
_PAUSE_S = 1.0
#: Who asks for longer pauses gets no page fetched that would have to wait so long: news does not wait.
_LONGEST_PAUSE_S = 30.0
_MOST_HOSTS = 200
_NOTHING_ALLOWED = "User-agent: *\nDisallow: /"

Read = Callable[[bytes, str, str | None], Awaitable[Page]]


@dataclass(slots=True)
class _Site:
    """What is known of a host."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    robots: str = ""
    #: By monotonic time, in seconds: until when that is believed, and the earliest time for another page.
    believed_until: float = 0.0
    free_at: float = 0.0


class Pages:
    """Implements `ReadPage`."""

    def __init__(self, fetch: Fetch, read: Read | None, *, agent: str) -> None:
        """Prepare.

        Args:
            fetch: gets a document through the gate.
            read: finds the text and the picture of a page; None where only its address is wanted.
            agent: the name that robots.txt knows us by.
        """
        self._fetch = fetch
        self._read = read
        self._agent = agent
        self._sites: OrderedDict[str, _Site] = OrderedDict()

    async def __call__(self, url: str) -> Page:
        """Fetch a page and read it; see `bot.ports.ReadPage`."""
        site = self._site(url)
        async with site.turn:
            await self._know_robots(url, site)
            if not allows(site.robots, self._agent, _path(url)):
                raise DisallowedError(f"{urlsplit(url).hostname} asks robots not to read this page")
            await self._wait_for_turn(site)
            fetched = await self._fetched(url)
        if self._read is None:
            return Page(url=fetched.url, text="")
        return await self._read(fetched.body or b"", fetched.url, fetched.content_type)

    def _site(self, url: str) -> _Site:
        parts = urlsplit(url)
        site = self._sites.setdefault(f"{parts.scheme}://{parts.netloc}", _Site())
        self._sites.move_to_end(f"{parts.scheme}://{parts.netloc}")
        if len(self._sites) > _MOST_HOSTS:
            self._sites.popitem(last=False)
        return site

    async def _know_robots(self, url: str, site: _Site) -> None:
        now = time.monotonic()
        if now < site.believed_until:
            return
        parts = urlsplit(url)
        try:
            fetched = await self._fetched(f"{parts.scheme}://{parts.netloc}/robots.txt")
        except BadAnswerError as failure:
            # A site without one lets everything be read (RFC 9309, 2.3.1.3).
            gone = failure.status is not None and 400 <= failure.status < 500  # noqa: PLR2004  HTTP
            site.robots = "" if gone else _NOTHING_ALLOWED
            site.believed_until = now + (_BELIEVED_S if gone else _UNREACHABLE_S)
        except FetchError:
            site.robots, site.believed_until = _NOTHING_ALLOWED, now + _UNREACHABLE_S
        else:
            text, _problem = decode((fetched.body or b"")[:MAX_SIZE], fetched.content_type)
            site.robots = for_agent(text, self._agent)  # others' rules would be most of what is kept
            site.believed_until = now + _BELIEVED_S

    async def _wait_for_turn(self, site: _Site) -> None:
        now = time.monotonic()
        wait = max(site.free_at - now, 0.0)
        if wait > _LONGEST_PAUSE_S:
            raise DisallowedError("its site asks robots for longer pauses than news can wait")
        pause = crawl_delay(site.robots, self._agent) or timedelta()
        site.free_at = now + wait + max(pause.total_seconds(), _PAUSE_S)
        await asyncio.sleep(wait)

    async def _fetched(self, url: str) -> Fetched:
        return await self._fetch(Feed(url=url, name=url), conditional=False)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
