"""Article × story → match: does the story's query accept the article, and by which words?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.concepts import Concepts
from bot.core.query import Query, compile_query
from bot.model import Article, Hit, Match, Story


@dataclass(frozen=True, slots=True)
class Watch:
    """A story made ready: its query compiled, its aliases as concepts for the judge."""

    story: Story
    query: Query
    concepts: Concepts

    @classmethod
    def on(cls, story: Story) -> Watch:
        """Compile a story.

        Raises:
            ConfigError: its query or an alias is wrong; the text says where.
        """
        where = f"story {story.name}"
        query = compile_query(story.query, story.aliases, where=where)
        return cls(story, query, Concepts.of(story.aliases, where=where))


def matches(article: Article, watches: Iterable[Watch], names: Mapping[str, str]) -> list[Match]:
    """Return the stories that accept the article.

    Args:
        article: what was found.
        watches: every story followed.
        names: feed address → feed name, for stories that listen to some feeds only.
    """
    return [
        match
        for watch in watches
        if (not watch.story.feeds or names.get(article.feed_url) in watch.story.feeds)
        and (match := find(article, watch)) is not None
    ]


def find(article: Article, watch: Watch) -> Match | None:
    """Return the match of one article with one story; None if its query does not accept it."""
    found = watch.query.find(article.title, article.summary, article.body)
    if found is None:
        return None
    hits = tuple(Hit(term=hit.term, field=hit.field, excerpt=excerpt) for hit, excerpt in found)
    return Match(story=watch.story, article=article, hits=hits)
