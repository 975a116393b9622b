"""Small builders of the vocabulary: each gives a whole value and takes what a test wants different."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from bot.model import (
    Article,
    Entry,
    Event,
    EventId,
    Feed,
    Fetched,
    Hit,
    Match,
    Message,
    Post,
    PostKind,
    Stored,
    Story,
)

#: A quiet Thursday at noon; tests count from here.
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def a_feed(url: str = "https://wire.example/feed.xml", **changes: Any) -> Feed:
    return replace(Feed(url=url, name="Wire"), **changes)


def a_fetched(body: bytes | None = b"<rss/>", **changes: Any) -> Fetched:
    return replace(Fetched(url="https://wire.example/feed.xml", body=body), **changes)


def an_entry(title: str = "Dam breaks near Ostrava", **changes: Any) -> Entry:
    link = f"https://wire.example/{_digest(title)}"
    return replace(Entry(id=link, link=link, title=title, published=NOW), **changes)


def an_article(title: str = "Dam breaks near Ostrava", **changes: Any) -> Article:
    """Give an article whose key and addresses follow from its title and whose fingerprint from its text."""
    address = f"https://wire.example/{_digest(title)}"
    text = (title, changes.get("summary", ""), changes.get("body", ""))
    article = Article(
        feed_url="https://wire.example/feed.xml",
        key=address,
        fingerprint=_digest(*text),
        link=f"{address}?utm_source=feed",
        address=address,
        title=title,
        summary="",
        body="",
        outlet="Wire",
        language="en",
        published=NOW,
        dated=True,
        seen_at=NOW,
    )
    return replace(article, **changes)


def a_story(name: str = "dams", **changes: Any) -> Story:
    return replace(Story(name=name, title="Dams", query="dam", channels=("main",)), **changes)


def a_hit(term: str = "dam", **changes: Any) -> Hit:
    return replace(Hit(term=term, field="title", excerpt="Dam breaks near"), **changes)


def a_match(article: Article | None = None, story: Story | None = None) -> Match:
    return Match(story=story or a_story(), article=article or an_article(), hits=(a_hit(),))


def a_stored(article: Article | None = None, **changes: Any) -> Stored:
    # The numbers have types of their own, which only the archive makes; here any number serves.
    fields: dict[str, Any] = {"id": 1, "event": 1, "article": article or an_article(), **changes}
    return Stored(**fields)


def an_event(**changes: Any) -> Event:
    return replace(Event(id=EventId(1), story="dams", happening=EventId(1), members=()), **changes)


def a_message(text: str = "Dam breaks near Ostrava", **changes: Any) -> Message:
    return replace(Message(text=text), **changes)


def a_post(text: str = "Dam breaks near Ostrava", **changes: Any) -> Post:
    post = Post(channel="main", event=EventId(1), kind=PostKind.CARD, message=a_message(text))
    return replace(post, **changes)


def _digest(*texts: str) -> str:
    return blake2b("\0".join(texts).encode(), digest_size=8).hexdigest()
