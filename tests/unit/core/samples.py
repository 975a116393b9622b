"""What several tests of the core start from: reports of outlets, the shipped story, what Telegram finds."""

from __future__ import annotations

import json
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import tdjson

import config
from bot.core.match import Watch
from bot.model import Article, ArticleId, EventId, Member, Stored
from config.settings import load_settings
from config.stories import stories
from tests.builders import an_article


def report(title: str, outlet: str = "Other", **changes: Any) -> Article:
    """Give an article of an outlet with a feed, a site and an id of its own."""
    page = f"{outlet.lower()}.example/{blake2b(title.encode(), digest_size=6).hexdigest()}"
    own: dict[str, Any] = {
        "feed_url": f"https://{outlet.lower()}.example/feed.xml",
        "key": page,
        "address": page,
        "link": f"https://{page}",
        "outlet": outlet,
    }
    return an_article(title, **(own | changes))


def stored(article: Article, number: int = 1) -> Stored:
    return Stored(id=ArticleId(number), event=EventId(number), article=article)


def member(
    article: Article, role: str = "new", *, number: int = 1, quiet: bool = False, of: int | None = None
) -> Member:
    named = None if of is None else ArticleId(of)
    return Member(id=ArticleId(number), article=article, role=role, quiet=quiet, of=named)


@cache
def shipped() -> Watch:
    """Give the story of the shipped configuration, compiled."""
    settings = load_settings(Path(config.__file__).with_name("storywire.toml"), {})
    (story,) = stories(settings)
    return Watch.on(story)


def telegram_finds(text: str) -> list[tuple[str, str]]:
    """Return what Telegram makes of a plain text by itself, as (kind, words).

    Asked of Telegram's own library. Times of day count as marks of a media file's time line, which a text
    message has none of; they are left out.
    """
    answer = _td("getTextEntities", text=text)
    units = text.encode("utf-16-le")
    found = (
        (entity["type"]["@type"].removeprefix("textEntityType"), entity["offset"], entity["length"])
        for entity in answer["entities"]
    )
    return [
        (kind, units[2 * start : 2 * (start + length)].decode("utf-16-le"))
        for kind, start, length in found
        if kind != "MediaTimestamp"
    ]


def _td(function: str, **arguments: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(
        tdjson.td_execute(json.dumps({"@type": function, **arguments}).encode()) or b"{}"
    )
    return answer


# Otherwise TDLib writes every call to stderr.
_td("setLogVerbosityLevel", new_verbosity_level=0)
