"""What else the articles of a story call what it is about: spellings and names that its query does not know.

Two kinds are looked for in a sample of what the query accepts. Spellings near a known one ("Li Shanghfu") are
found as `~fuzzy` finds them. Names that belong to the story are rows of words, in scripts with capitals such
as begin with one, that stand in its articles far more often than in all others: by the log-odds ratio with an
informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin' Words"), which does not take what is
rare for what is telling. Where a name begins and ends tells the variety of its neighbours (Feng and others
2004, "Accessor Variety Criteria for Chinese Word Extraction"), in scripts with spaces and without.

What is suggested has to be right, not complete: a wrong alias brings noise to the channel.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.lexicon import STOP_WORDS
from bot.core.proportion import interval
from bot.core.query import Reading, alias_spellings, compiled
from bot.core.screen import Screen
from bot.core.syntax import Alias, Both, Either, Listed, Never, Pattern, Scope, Term, Tree
from bot.core.tally import Anatomy, Sight
from bot.core.terms import Fuzzy, Phrase, Text
from bot.core.words import Word, is_unspaced, tokens, words
from bot.model import Article, ArticleId

#: Accepted articles of a story in which names are looked for, the newest; and of all stories together, which
#: are some tens of megabytes.
_MOST_SAMPLED = 1_000
_MOST_OF_ALL = 50_000
#: Names of a story that are looked for in all articles.
_MOST_ASKED = 100
#: Suggestions for a story.
MOST_SUGGESTED = 5
#: A name stands in so many articles with different headlines at least, and in those of so many outlets; a
#: misspelling, which is near a known name as well, in fewer.
_FEWEST_ARTICLES = 5
_FEWEST_OUTLETS = 2
_FEWEST_MISSPELLED = 2
#: Different words that stand before it, and after it.
_FEWEST_NEIGHBOURS = 2
#: Of the articles that name it more than this share is surely the story's (lower end of the interval).
_MOSTLY = 0.5
#: How sure it is that the story's articles name it more often: of a normal distribution one in two thousand.
_SURE = 3.29
#: The prior counts like so many articles.
_PRIOR = 10.0
#: Words of a name; characters of one in a script without spaces.
_LONGEST_NAME = 4
_SHORTEST_UNSPACED = 2
#: Letters of a name of one word: a shorter one is hardly one thing.
_SHORTEST_NAME = 4
#: Of a summary so many characters are looked at.
_BEGINNING = 400
#: From this share on capitals are the headline's, and name nothing.
_TITLE_CASE = 0.7
_FEWEST_CASED = 4
#: Headlines shown for a suggestion.
_SHOWN = 2
_GAP = re.compile(r"[ \u00a0'’ʼ-]{0,2}")
_SENTENCE_ENDS = re.compile(r"[.!?:;\"“”„«»()|—–\n]")
#: In these languages every noun has a capital.
_NOUNS_HAVE_CAPITALS = ("de", "lb")

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A spelling that the story might know."""

    spelling: str
    #: The known spelling that it is near; None for a name that is none's spelling.
    like: str | None
    #: In how many of the articles that the query accepts it stands, and in how many others.
    inside: int
    outside: int
    headlines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sampled:
    """A text of an accepted article; the words that the query knows are covered."""

    number: ArticleId
    headline: str
    outlet: str
    language: str
    text: str
    covered: frozenset[int]


@dataclass(slots=True)
class _Candidate:
    row: Row
    like: str | None = None
    headlines: dict[str, None] = field(default_factory=dict)
    outlets: set[str] = field(default_factory=set)
    before: set[str] = field(default_factory=set)
    after: set[str] = field(default_factory=set)
    written: Counter[str] = field(default_factory=Counter)
    inside: int = 0
    outside: int = 0

    def seen(self, sampled: _Sampled, row: Sequence[Word], first: int, last: int) -> None:
        """Note where it stands; the edge of a text is a neighbour of its own."""
        edge = f"\n{sampled.number}"
        self.headlines.setdefault(sampled.headline)
        self.outlets.add(sampled.outlet)
        self.before.add(row[first - 1].text if first else edge)
        self.after.add(row[last + 1].text if last + 1 < len(row) else edge)
        self.written[sampled.text[row[first].start : row[last].end]] += 1


class Sample:
    """Articles that a query accepts, and what their names are."""

    def __init__(self, anatomy: Anatomy, *, stories: int = 1) -> None:
        """Begin with none.

        Args:
            anatomy: of the query.
            stories: how many share the memory.
        """
        self.anatomy = anatomy
        self._most = min(_MOST_SAMPLED, _MOST_OF_ALL // max(1, stories))
        self._texts: list[_Sampled] = []
        self._titles: set[Row] = set()
        self.candidates: list[_Candidate] = []

    def add(self, number: ArticleId, article: Article, sight: Sight) -> None:
        """Look at an article, unless its headline was there before: copies say nothing more."""
        title = tokens(article.title)
        if len(self._titles) >= self._most or title in self._titles:
            return
        self._titles.add(title)
        wanted = [hit for leaf in sight.found.keys() & self.anatomy.wanted for hit in sight.found[leaf]]
        for name, text in (("title", article.title), ("summary", article.summary[:_BEGINNING])):
            covered = {at for hit in wanted if hit.field == name for at in range(hit.first, hit.last + 1)}
            self._texts.append(
                _Sampled(
                    number, article.title, article.outlet, article.language or "", text, frozenset(covered)
                )
            )

    def choose(self) -> None:
        """Choose what is to be looked for in all articles, and let the texts go."""
        self.candidates = [*self._misspelled(), *self._names()][:_MOST_ASKED]
        self._texts.clear()

    # ------------------------------------------------------------------------------------ misspelled

    def _misspelled(self) -> list[_Candidate]:
        names = list(_known_names(self.anatomy))
        found: dict[Row, _Candidate] = {}
        for sampled in self._texts:
            text = Text(sampled.text, sampled.language)
            for name, node in names:
                for first, last in node.at(text):
                    if sampled.covered.isdisjoint(range(first, last + 1)):
                        row = text.row[first : last + 1]
                        found.setdefault(row, _Candidate(row, name)).seen(sampled, text.words, first, last)
        often = [each for each in found.values() if len(each.headlines) >= _FEWEST_MISSPELLED]
        return sorted(often, key=lambda each: -len(each.headlines))

    # ----------------------------------------------------------------------------------------- names

    def _names(self) -> list[_Candidate]:
        often: Counter[Row] = Counter()
        for sampled in self._texts:
            often.update({tuple(word.text for word in row[a:b]) for row, a, b in _rows(sampled)})
        found = {row: _Candidate(row) for row, times in often.items() if times >= _FEWEST_ARTICLES}
        for sampled in self._texts:
            for row, first, end in _rows(sampled):
                if candidate := found.get(tuple(word.text for word in row[first:end])):
                    candidate.seen(sampled, row, first, end - 1)
        outlets = frozenset(word for sampled in self._texts for word in tokens(sampled.outlet))
        told = [each for each in found.values() if self._is_name(each, outlets)]
        return sorted(told, key=lambda each: (-len(each.headlines), -len(each.row)))

    def _is_name(self, candidate: _Candidate, outlets: frozenset[str]) -> bool:
        return (
            len(candidate.headlines) >= _FEWEST_ARTICLES
            and len(candidate.outlets) >= _FEWEST_OUTLETS
            and min(len(candidate.before), len(candidate.after)) >= _FEWEST_NEIGHBOURS
            and not outlets.issuperset(candidate.row)
            and not self._knows(candidate)
        )

    def _knows(self, candidate: _Candidate) -> bool:
        (text, _times), *_ = candidate.written.most_common(1)
        reading = Reading(text, text, text)
        return any(self.anatomy.leaves[at].find(reading) is not None for at in self.anatomy.wanted)


class Census:
    """How often the names of all stories stand in all articles: the second time that each is read."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        """Look for what the samples chose."""
        self._owned = [(sample, each) for sample in samples for each in sample.candidates]
        self._screen = Screen([_phrase(each.row) for _sample, each in self._owned])

    @property
    def is_empty(self) -> bool:
        """There is nothing to look for."""
        return not self._owned

    def look(self, article: Article, hears: Mapping[int, bool]) -> None:
        """Count an article.

        Args:
            article: any.
            hears: the `id` of each sample whose story listens to the article's feed → its query accepts it.
        """
        reading = Reading(article.title, article.summary[:_BEGINNING], "")
        for at, node in self._screen.candidates(reading):
            sample, candidate = self._owned[at]
            accepted = hears.get(id(sample))
            if accepted is not None and node.find(reading) is not None:
                candidate.inside += accepted
                candidate.outside += not accepted


def suggestions(sample: Sample, accepted: int, others: int) -> list[Suggestion]:
    """Return what the story might know, what is surest first; of names within each other only one.

    Args:
        sample: of its articles, counted.
        accepted: how many articles its query accepts.
        others: how many other articles its feeds brought.
    """
    sure = [each for each in sample.candidates if _belongs(each, accepted, others)]
    sure.sort(key=lambda each: (each.like is None, -_z(each, accepted, others), -len(each.row)))
    chosen: list[_Candidate] = []
    for each in sure:
        if len(chosen) < MOST_SUGGESTED and not any(_overlap(each.row, other.row) for other in chosen):
            chosen.append(each)
    return [
        Suggestion(
            spelling=each.written.most_common(1)[0][0],
            like=each.like,
            inside=each.inside,
            outside=each.outside,
            headlines=tuple(each.headlines)[:_SHOWN],
        )
        for each in chosen
    ]


def _belongs(each: _Candidate, accepted: int, others: int) -> bool:
    mostly = interval(each.inside, each.inside + each.outside)[0] >= _MOSTLY
    if each.like is None:
        return mostly and _z(each, accepted, others) >= _SURE
    # A whole name in another spelling is hardly another person; one word may be.
    return each.inside > 0 and (len(each.row) > 1 or each.inside >= each.outside)


def _z(each: _Candidate, accepted: int, others: int) -> float:
    """Return by how many standard deviations the log-odds of a name differ inside and outside."""
    prior = _PRIOR * (each.inside + each.outside) / max(1, accepted + others)
    if not prior:
        return 0.0
    here, there = each.inside + prior, each.outside + prior
    odds = math.log(here / max(prior, accepted + _PRIOR - here)) - math.log(
        there / max(prior, others + _PRIOR - there)
    )
    return odds / math.sqrt(1 / here + 1 / there)


def _overlap(one: Row, two: Row) -> bool:
    """Tell whether one name stands within another, or they share a word."""
    return not set(one).isdisjoint(two)


def _phrase(row: Row) -> Phrase:
    return Phrase(" ".join(row), tuple((word, False) for word in row))


def _known_names(anatomy: Anatomy) -> Iterator[tuple[str, Fuzzy]]:
    """Yield the names that a query looks for, with what finds them in other spellings."""
    watch = anatomy.watch
    aliases = watch.story.aliases
    written = dict.fromkeys(_written(watch.query.tree, aliases))
    for name in written:
        if "*" not in name and all(part[:1].isupper() for part in name.split()):
            term = Term(name, quoted=True, how="fuzzy")
            node = compiled(term, name, aliases, where="checkup")
            if isinstance(node, Fuzzy):
                yield name, node


def _written(tree: Tree, aliases: Mapping[str, Sequence[str]]) -> Iterator[str]:
    match tree:
        case Alias():
            yield from alias_spellings(tree.name, aliases, where="checkup")
        case Term():
            if not tree.exact and tree.near is None and not tree.how:
                yield tree.text
        case Pattern() | Never():
            return
        case _:
            for part in _asked_for(tree):
                yield from _written(part, aliases)


def _asked_for(tree: Scope | Both | Either | Listed) -> Iterator[Tree]:
    if isinstance(tree, Listed):
        yield from (item.part for item in tree.items if item.sign != "-")
    else:
        yield from tree.parts


def _rows(sampled: _Sampled) -> Iterator[tuple[list[Word], int, int]]:
    """Yield what may be names: a text's words, and where one begins and ends."""
    row = words(sampled.text)
    shouts = _is_title_case(sampled.text, row)
    for first, end, unspaced in _runs(sampled, row, capitals=not shouts):
        for start in range(first, end):
            shortest = _SHORTEST_UNSPACED if unspaced else 1
            for stop in range(start + shortest, min(end, start + _LONGEST_NAME) + 1):
                if unspaced or _may_be_name(sampled, row, start, stop):
                    yield row, start, stop


def _runs(sampled: _Sampled, row: Sequence[Word], *, capitals: bool) -> Iterator[tuple[int, int, bool]]:
    """Yield where words that belong together begin and end, and whether their script has no spaces."""
    start: int | None = None
    kind = False
    for at, word in enumerate(row):
        unspaced = is_unspaced(word.text)
        counts = at not in sampled.covered and (unspaced or (capitals and sampled.text[word.start].isupper()))
        joined = start is not None and unspaced == kind and _joined(sampled.text, row[at - 1], word)
        if start is not None and not (counts and joined):
            yield start, at, kind
            start = None
        if counts and start is None:
            start, kind = at, unspaced
    if start is not None:
        yield start, len(row), kind


def _joined(text: str, one: Word, two: Word) -> bool:
    return _GAP.fullmatch(text, one.end, two.start) is not None


def _is_title_case(text: str, row: Sequence[Word]) -> bool:
    cased = [text[word.start] for word in row if text[word.start].lower() != text[word.start].upper()]
    return len(cased) >= _FEWEST_CASED and sum(map(str.isupper, cased)) >= _TITLE_CASE * len(cased)


def _may_be_name(sampled: _Sampled, row: Sequence[Word], start: int, stop: int) -> bool:
    """Tell whether words with capitals may be a name; one alone may have its capital for other reasons."""
    if row[start].text in STOP_WORDS or row[stop - 1].text in STOP_WORDS:
        return False
    if stop - start > 1:
        return True
    before = sampled.text[row[start - 1].end : row[start].start] if start else "."
    return (
        len(row[start].text) >= _SHORTEST_NAME
        and not _SENTENCE_ENDS.search(before)
        and not sampled.language.startswith(_NOUNS_HAVE_CAPITALS)
    )
