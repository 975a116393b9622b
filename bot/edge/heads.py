"""A page's head → what the article is called and what it is about, as its site tells those who link to it."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.edge.attributes import HEAD, head_of
from bot.edge.markup import decode, plain_text
from bot.edge.pictures import picture_of_page
from bot.edge.worker import Workers
from bot.model import Page

#: As long as an article's may be (`core.normalise`).
_LONGEST_TITLE, _LONGEST_SUMMARY = 300, 2_000
#: Address space of a worker; it holds a page of some megabytes and its characters.
_MAX_MEMORY = 320 * 2**20
_TITLES = ("og:title", "twitter:title")
_SUMMARIES = ("og:description", "twitter:description", "description")
_TITLE = re.compile(r"<title(?:\s[^<>]{0,200})?>([^<]{0,1000})", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*+=\s*+[\"']?([\w.:-]{1,40})", re.IGNORECASE)
#: Where HTML says its encoding, if it says it (HTML 4.2.5.4 asks for the first 1,024 bytes).
_SAYS_CHARSET = 4_096


class Heads:
    """Reads the heads of pages with workers that can be killed; no text is looked for."""

    def __init__(self, *, limit: timedelta = timedelta(seconds=5)) -> None:
        """Prepare the reader; no process is started before the first page.

        Args:
            limit: for one page.
        """
        self._workers = Workers("the page", limit=limit, memory=_MAX_MEMORY)

    async def __call__(self, html: bytes, url: str, content_type: str | None) -> Page:
        """Return what a page's head says.

        Raises:
            ParseError: it cannot be read within its limits.
        """
        return await self._workers.run(_head, html, url, content_type)


def _head(html: bytes, url: str, content_type: str | None) -> Page:
    return head_of_page(characters(html, content_type), url)


def head_of_page(page: str, url: str) -> Page:
    """Return what a page's head says: title, summary and picture, each "" where there is none.

    Args:
        page: its characters.
        url: the address it came from.
    """
    said: dict[str, str] = {}
    for name, text in head_of(page):
        if text.strip():
            said.setdefault(name, text)
    written = _TITLE.search(page, 0, HEAD)
    title = _first(said, _TITLES) or (written[1] if written else "")
    return Page(
        url=url,
        text="",
        image=picture_of_page(page, url),
        title=_line(title, _LONGEST_TITLE),
        summary=_line(_first(said, _SUMMARIES), _LONGEST_SUMMARY),
    )


def characters(html: bytes, content_type: str | None) -> str:
    """Return a page's characters, by the charset of its header or by the one that it names itself."""
    found = None if "charset" in (content_type or "").lower() else _CHARSET.search(html[:_SAYS_CHARSET])
    named = (
        f"{content_type or 'text/html'}; charset={found[1].decode('ascii', 'replace')}"
        if found
        else content_type
    )
    return decode(html, named)[0]


def _first(said: dict[str, str], names: tuple[str, ...]) -> str:
    return next((said[name] for name in names if name in said), "")


def _line(text: str, limit: int) -> str:
    return " ".join(plain_text(text, limit=limit).split())
