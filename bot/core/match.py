"""Article × story → match: does the story's query accept the article, and by which words?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.core.concepts import Concepts
from bot.core.query import Query, Reading, compile_query, found_in, whole_query
from bot.core.screen import Screen
from bot.core.terms import Found
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
            ConfigError: its query, what is added to that or an alias is wrong; the text says where.
        """
        where = f"story {story.name}"
        whole = whole_query(story.query, story.aliases, where=where, also=story.also, without=story.without)
        query = compile_query(whole, story.aliases, where=where, exclude=story.exclude)
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
    if not isinstance(watches, Watches):
        return [m for w in watches if _listens(w, article, names) and (m := find(article, w)) is not None]
    reading = Reading(article.title, article.summary, article.body, article.outlet, article.language)
    return [
        _match(article, watch, found)
        for number, root in watches.screen.candidates(reading)
        if _listens(watch := watches[number], article, names)
        and (found := found_in(root, reading)) is not None
    ]


def find(article: Article, watch: Watch) -> Match | None:
    """Return the match of one article with one story; None if its query does not accept it."""
    found = watch.query.find(article.title, article.summary, article.body, article.outlet, article.language)
    return None if found is None else _match(article, watch, found)


def _listens(watch: Watch, article: Article, names: Mapping[str, str]) -> bool:
    return not watch.story.feeds or names.get(article.feed_url) in watch.story.feeds


def _match(article: Article, watch: Watch, found: Sequence[tuple[Found, str]]) -> Match:
    hits = tuple(Hit(term=hit.term, field=hit.field, excerpt=excerpt) for hit, excerpt in found)
    return Match(story=watch.story, article=article, hits=hits)
