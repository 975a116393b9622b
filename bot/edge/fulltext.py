"""An article's page → what the article says, without menus, teasers and comments.

trafilatura finds it; it is an extra. Some pages of a megabyte keep it busy for half a minute and more
(100,000 attributes, 40,000 short paragraphs), so it runs in a worker that can be killed. It is given text
from memory only and asked for nothing but the text: what else it can do, such as dates and downloads, is
never called. The picture that a page names stands in its head and is found without it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from html import escape
from importlib.util import find_spec
from typing import Any

from bot.edge.heads import characters, head_of_page
from bot.edge.markup import plain_text
from bot.edge.worker import Workers
from bot.errors import ConfigError, ParseError
from bot.model import Page

#: Longer articles are cut; the longest of 37 collected ones has 23,000 characters.
_MAX_TEXT = 100_000
#: Address space of a worker: a page of 200 kB maps 95 MiB in all, one of a megabyte up to 200.
_MAX_MEMORY = 320 * 2**20

#: What trafilatura and its helpers raise on pages they cannot digest.
_TRAFILATURA_RAISES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class Reader:
    """Reads articles with at most two workers, kept for the next pages."""

    def __init__(self, *, limit: timedelta = timedelta(seconds=5)) -> None:
        """Prepare the reader; no process is started before the first page.

        Args:
            limit: for one page. Starting a worker (about 0.6 s) counts, waiting for a free one does not.

        Raises:
            ConfigError: trafilatura is not installed.
        """
        if find_spec("trafilatura") is None:
            raise ConfigError(
                "full texts are found by an extra that is not installed: uv sync --extra fulltext"
            )
        self._workers = Workers("the page", limit=limit, memory=_MAX_MEMORY)

    async def __call__(self, html: bytes, url: str, content_type: str | None) -> Page:
        """Return what an article's page says, killing the worker that takes too long; see `article_page`."""
        return await self._workers.run(article_page, html, url, content_type)


def article_page(html: bytes, url: str, content_type: str | None) -> Page:
    """Return what an article's page says in this process, without limits of time or memory.

    Text, picture, title and summary are "" where there is none.

    Args:
        html: the page, decompressed.
        url: the address it came from.
        content_type: the HTTP header, if there was one.

    Raises:
        ParseError: the page cannot be read.
    """
    page = characters(html, content_type)
    return replace(head_of_page(page, url), text=_text_of(page, url))


def _text_of(page: str, url: str) -> str:
    # An extra, and 0.2 s that only the worker is to spend.
    from trafilatura import extract  # noqa: PLC0415
    from trafilatura.utils import line_processing, trim  # noqa: PLC0415

    # It complains to the log of pages that are none; we say so ourselves.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        text: Any = extract(page, url=url, include_comments=False)
    except _TRAFILATURA_RAISES as error:
        raise ParseError(f"the page cannot be read: {type(error).__name__}") from error
    finally:
        # They keep the last 1,024 pieces of pages, however long, and a worker lives long.
        line_processing.cache_clear()
        trim.cache_clear()
    lines = (plain_text(escape(line, quote=False)) for line in (text or "")[:_MAX_TEXT].splitlines())
    return "\n".join(line for line in lines if line)
