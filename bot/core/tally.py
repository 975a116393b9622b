"""Which terms of a query stand in many articles, and what each of them does for the query.

A query is a formula over its terms. Which of them stand in an article is found once; whether the query
accepts it, would accept it but for what is excluded, or would refuse it without one of its terms, is then
worked out of the formula alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.core.match import Watch
from bot.core.query import Reading, compile_query, compiled
from bot.core.screen import Screen
from bot.core.syntax import Alias, Both, Either, Listed, Never, Pattern, Scope, Term, Tree, printed
from bot.core.terms import AnyOf, Found, Language, Node
from bot.model import Article, ArticleId


@dataclass(frozen=True, slots=True)
class Part:
    """A term as the author of a query sees it: a word, a phrase, a pattern, an alias with its spellings."""

    #: As it is written, with its field and, where it excludes, its minus.
    name: str
    #: The places of its leaves: one, or the spellings of an alias.
    leaves: frozenset[int]
    excludes: bool


@dataclass(frozen=True, slots=True)
class _Leaves:
    """Holds where one of these leaves stands."""

    places: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Some:
    parts: tuple[_Formula, ...]


@dataclass(frozen=True, slots=True)
class _Every:
    parts: tuple[_Formula, ...]


@dataclass(frozen=True, slots=True)
class _Without:
    part: _Formula


_Formula: TypeAlias = _Leaves | _Some | _Every | _Without


def _holds(formula: _Formula, there: AbstractSet[int], *, excluding: bool = True) -> bool:
    """Tell whether a formula holds where these leaves stand.

    Args:
        formula: of a query.
        there: the places of the leaves that stand in the article.
        excluding: heed what is excluded.
    """
    match formula:
        case _Leaves(places):
            return not places.isdisjoint(there)
        case _Some(parts):
            return any(_holds(part, there, excluding=excluding) for part in parts)
        case _Every(parts):
            return all(_holds(part, there, excluding=excluding) for part in parts)
        case _Without(part):
            return not excluding or not _holds(part, there)


class Anatomy:
    """A story's query taken apart."""

    def __init__(self, watch: Watch) -> None:
        """Take it apart; what no story wants counts as one part more, which has no name."""
        self.watch = watch
        self.leaves: list[Node] = []
        self.parts: list[Part] = []
        self._formula = self._taken(watch.query.tree, "", excludes=False)
        if watch.story.exclude:
            exclude = compile_query(watch.story.exclude, {}, where="keywords.exclude").root
            self._formula = _Every((self._formula, _Without(self._found([exclude]))))
        #: The places of the leaves whose standing somewhere speaks for the story.
        self.wanted = frozenset(at for part in self.parts if not part.excludes for at in part.leaves)

    def accepts(self, there: AbstractSet[int]) -> bool:
        """Tell whether the query accepts an article in which these leaves stand."""
        return _holds(self._formula, there)

    def would_accept(self, there: AbstractSet[int]) -> bool:
        """Tell the same as if nothing were excluded."""
        return _holds(self._formula, there, excluding=False)

    def _found(self, nodes: Sequence[Node]) -> _Leaves:
        self.leaves += nodes
        return _Leaves(frozenset(range(len(self.leaves) - len(nodes), len(self.leaves))))

    def _taken(self, tree: Tree, scope: str, *, excludes: bool) -> _Formula:
        match tree:
            case Term() | Alias() | Pattern():
                return self._term(tree, scope, excludes=excludes)
            case Scope():
                return self._taken(tree.part, tree.name, excludes=excludes)
            case Never():
                return _Without(self._taken(tree.part, scope, excludes=not excludes))
            case Both():
                return _Every(tuple(self._taken(part, scope, excludes=excludes) for part in tree.parts))
            case Either():
                return _Some(tuple(self._taken(part, scope, excludes=excludes) for part in tree.parts))
            case Listed():
                return self._listed(tree, scope, excludes=excludes)

    def _listed(self, tree: Listed, scope: str, *, excludes: bool) -> _Formula:
        plain: list[_Formula] = []
        marked: list[_Formula] = []
        for item in tree.items:
            never = item.sign == "-"
            part = self._taken(item.part, scope, excludes=excludes != never)
            (marked if item.sign else plain).append(_Without(part) if never else part)
        return _Every((_Some(tuple(plain)), *marked) if plain else tuple(marked))

    def _term(self, tree: Term | Alias | Pattern, scope: str, *, excludes: bool) -> _Formula:
        part = Scope(scope, tree) if scope else tree
        node = compiled(part, self.watch.query.text, self.watch.story.aliases, where="checkup")
        leaves = self._found(node.nodes if isinstance(node, AnyOf) else (node,))
        if not isinstance(node, Language):  # a condition, and no term that is found somewhere
            self.parts.append(Part(f"{'-' if excludes else ''}{printed(part)}", leaves.places, excludes))
        return leaves


@dataclass(slots=True)
class Count:
    """What a term did."""

    #: Articles in which it stands.
    hits: int = 0
    #: Of these, what the query accepts.
    accepted: int = 0
    #: What it would accept but for what is excluded.
    excluded: int = 0
    #: What it accepts, and would refuse without this term.
    alone: int = 0
    #: What the story took in at the time, and of that what people did not want there.
    judged: int = 0
    unwanted: int = 0


@dataclass(slots=True)
class Tally:
    """What the terms of one story did."""

    anatomy: Anatomy
    #: What the story took in at the time → whether people did not want it there.
    judged: Mapping[ArticleId, bool]
    counts: list[Count] = field(init=False)
    #: In how many articles each leaf stands.
    spellings: Counter[int] = field(default_factory=Counter)
    accepted: set[ArticleId] = field(default_factory=set)
    #: Feed → accepted articles of it.
    feeds: Counter[str] = field(default_factory=Counter)
    #: Language → articles in which a term stands.
    languages: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Begin at nothing."""
        self.counts = [Count() for _part in self.anatomy.parts]

    def note(self, number: ArticleId, article: Article, there: AbstractSet[int]) -> bool:
        """Count an article in which these leaves stand; return whether the query accepts it."""
        anatomy = self.anatomy
        accepts = anatomy.accepts(there)
        excluded = not accepts and anatomy.would_accept(there)
        self.spellings.update(there)
        if there & anatomy.wanted:
            self.languages[article.language or ""] += 1
        if accepts:
            self.accepted.add(number)
            self.feeds[article.feed_url] += 1
        for part, count in zip(anatomy.parts, self.counts, strict=True):
            if not there.isdisjoint(part.leaves):
                count.hits += 1
                count.accepted += accepts
                count.excluded += excluded
                count.alone += accepts and not anatomy.accepts(there - part.leaves)
                count.judged += number in self.judged
                count.unwanted += self.judged.get(number, False)
        return accepts


@dataclass(frozen=True, slots=True)
class Sight:
    """What of a story stands in an article."""

    tally: Tally
    #: Leaf → where it stands.
    found: Mapping[int, Sequence[Found]]
    reading: Reading


class Tallies:
    """The tallies of all stories, for which each article is read once."""

    def __init__(
        self,
        watches: Sequence[Watch],
        names: Mapping[str, str],
        judged: Mapping[str, Mapping[ArticleId, bool]],
    ) -> None:
        """Take all queries apart.

        Args:
            watches: the stories.
            names: feed address → feed name, for stories that listen to some feeds only.
            judged: story → what it took in at the time → whether people did not want it there.
        """
        self.each = [Tally(Anatomy(watch), judged.get(watch.story.name, {})) for watch in watches]
        self._names = names
        owned = [
            (tally, place, node) for tally in self.each for place, node in enumerate(tally.anatomy.leaves)
        ]
        self._owners = [(tally, place) for tally, place, _node in owned]
        self._screen = Screen([node for _tally, _place, node in owned])
        self.looked_at = 0
        #: (feed, language) → articles.
        self.brought: Counter[tuple[str, str]] = Counter()

    def look(self, number: ArticleId, article: Article, *, refused: bool = False) -> list[Sight]:
        """Count an article; return what stands in it of the stories that accept it.

        Args:
            number: of the article.
            article: what to look at.
            refused: return as well what stands in it of stories that do not.
        """
        self.looked_at += 1
        self.brought[article.feed_url, article.language or ""] += 1
        reading = Reading(article.title, article.summary, article.body, article.outlet, article.language)
        found: dict[int, tuple[Tally, dict[int, Sequence[Found]]]] = {}
        for at, node in self._screen.candidates(reading):
            tally, place = self._owners[at]
            if self.listens(tally, article.feed_url) and (hits := node.find(reading)) is not None:
                found.setdefault(id(tally), (tally, {}))[1][place] = hits
        return [
            Sight(tally, hits, reading)
            for tally, hits in found.values()
            if tally.note(number, article, hits.keys()) or refused
        ]

    def listens(self, tally: Tally, feed_url: str) -> bool:
        """Tell whether a story listens to a feed."""
        feeds = tally.anatomy.watch.story.feeds
        return not feeds or self._names.get(feed_url) in feeds

    def heard(self, tally: Tally) -> Iterator[tuple[str, str, int]]:
        """Yield what a story's feeds brought: feed, language, articles."""
        for (feed, language), articles in self.brought.items():
            if self.listens(tally, feed):
                yield feed, language, articles
