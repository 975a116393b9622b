"""Article × story → match: does the story's query accept the article, and by which words?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.core.concepts import Concepts
from bot.core.query import Query, Reading, compile_query
from bot.core.screen import Screen
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
        query = compile_query(story.query, story.aliases, where=where, exclude=story.exclude)
        return cls(story, query, Concepts.of(story.aliases, where=where))


class Watches(tuple[Watch, ...]):  # noqa: SLOT001  it keeps what is made of them
    """All stories, of which one pass over an article says which to look at."""

    @cached_property
    def screen(self) -> Screen:
        """Return what chooses; made when it is first needed."""
        return Screen([watch.query.root for watch in self])


def matches(article: Article, watches: Iterable[Watch], names: Mapping[str, str]) -> list[Match]:
    """Return the stories that accept the article.

    Args:
        article: what was found.
        watches: every story followed; as `Watches` they need not be looked at one by one.
        names: feed address → feed name, for stories that listen to some feeds only.
    """
    reading = _reading(article)
    chosen = (
        [watches[number] for number in watches.screen.candidates(reading)]
        if isinstance(watches, Watches)
        else watches
    )
    return [
        match
        for watch in chosen
        if (not watch.story.feeds or names.get(article.feed_url) in watch.story.feeds)
        and (match := _match(article, reading, watch)) is not None
    ]


def find(article: Article, watch: Watch) -> Match | None:
    """Return the match of one article with one story; None if its query does not accept it."""
    return _match(article, _reading(article), watch)


def _reading(article: Article) -> Reading:
    return Reading(article.title, article.summary, article.body, article.outlet, article.language)


def _match(article: Article, reading: Reading, watch: Watch) -> Match | None:
    found = watch.query.found_in(reading)
    if found is None:
        return None
    hits = tuple(Hit(term=hit.term, field=hit.field, excerpt=excerpt) for hit, excerpt in found)
    return Match(story=watch.story, article=article, hits=hits)
