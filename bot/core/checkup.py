"""What a story's keywords did in a time, as findings: what to add, what to drop, and what tells nothing.

Each finding has a rule with a least number, so that chance alone says nothing.

- A term never hit: it stands in none of the articles looked at, which were a hundred at the least.
- It hits only what is excluded: it stands in something, and all of that would be accepted but for a `-not` or
  what no story wants.
- It hits noise: of five articles or more that it brought people did not want a share that is surely, by the
  lower end of Wilson's interval, above the story's own.
- It adds nothing: it stands in twenty accepted articles or more, and the query would accept each without it;
  that it is needed in more than one of seven is then unlikely.
- A feed brought none that the query accepts, though at the rate of all feeds three were to be expected.
- A language brought fifty articles or more, and in none of them stands a term.
- Of five articles or more that two stories share they are half of one story's or more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from bot.core.proportion import interval
from bot.core.similarity import jaccard
from bot.core.spellings import Suggestion
from bot.core.tally import Count, Part, Tally
from bot.model import ArticleId

#: Of fewer articles nothing is said.
FEWEST_LOOKED_AT = 100
#: Hits of a term, or articles that two stories share, without which nothing is said of them.
_FEWEST_HITS = 5
#: Accepted articles with a term that adds nothing: of none in twenty less than 15 % are to be expected.
_FEWEST_IDLE = 20
#: Articles in a language.
_FEWEST_BROUGHT = 50
#: Where three were to be expected, none comes of chance five times in a hundred.
_EXPECTED = 3.0
#: Two stories overlap from this share of one of them on.
_OVERLAPS = 0.5
#: So many of several are named.
_NAMED = 5


class Kind(StrEnum):
    """What is found, what matters most first."""

    NOTHING = "no match"
    NOISE = "noise"
    SUGGESTED = "suggested"
    EXCLUDED = "only what is excluded"
    NEVER = "never hit"
    ADDS_NOTHING = "adds nothing"
    OVERLAP = "overlap"
    FEEDS = "feeds without a match"
    LANGUAGES = "languages without a term"
    #: A remark: aliases hold more spellings than are used at any time.
    SPELLINGS = "spellings never hit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at."""

    kind: Kind
    says: str
    #: Headlines, from feeds.
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """How the keywords of one story do."""

    story: str
    title: str
    #: Articles of its feeds that were looked at, and those of them that its query accepts today.
    looked_at: int
    accepted: int
    findings: tuple[Finding, ...]

    @property
    def is_healthy(self) -> bool:
        """There is nothing to mend."""
        return all(finding.kind is Kind.SPELLINGS for finding in self.findings)


def findings(
    tally: Tally,
    heard: Sequence[tuple[str, str, int]],
    suggested: Sequence[Suggestion],
    names: Mapping[str, str],
) -> Iterator[Finding]:
    """Yield what is found of one story.

    Args:
        tally: what its terms did.
        heard: what its feeds brought: feed address, language, articles.
        suggested: what it might know.
        names: feed address → feed name.
    """
    looked_at = sum(articles for _feed, _language, articles in heard)
    if looked_at < FEWEST_LOOKED_AT:
        return
    if not tally.accepted:
        yield Finding(kind=Kind.NOTHING, says="the query accepts nothing of what its feeds brought")
    yield from _noise(tally)
    yield from map(_suggested, suggested)
    yield from _of_terms(tally)
    if tally.accepted:
        yield from _feeds(tally, heard, names)
    yield from _languages(tally, heard)
    yield from _spellings(tally)


def overlaps(taken: Mapping[str, AbstractSet[ArticleId]]) -> Iterator[tuple[str, Finding]]:
    """Yield which stories overlap: the story more of which the other took in as well, and what is found.

    Args:
        taken: story → the articles that it took in.
    """
    for (one, other), shared in sorted(_shared(taken).items()):
        small, large = sorted((one, other), key=lambda story: (len(taken[story]), story))
        share = shared / len(taken[small])
        if shared >= _FEWEST_HITS and share >= _OVERLAPS:
            alike = jaccard(taken[small], taken[large])
            says = (
                f"story {large} took in {shared} of its {len(taken[small])} articles as well"
                f" ({_percent(share)}; {_percent(alike)} of what both took in)"
            )
            yield small, Finding(kind=Kind.OVERLAP, says=says)


def _shared(taken: Mapping[str, AbstractSet[ArticleId]]) -> Counter[tuple[str, str]]:
    """Count the articles that two stories share; most share none, so not every two are compared."""
    takers: dict[ArticleId, list[str]] = {}
    for story in sorted(taken):
        for article in taken[story]:
            takers.setdefault(article, []).append(story)
    return Counter(
        (one, other)
        for stories in takers.values()
        for place, one in enumerate(stories)
        for other in stories[place + 1 :]
    )


def _noise(tally: Tally) -> Iterator[Finding]:
    unwanted = sum(tally.judged.values())
    share = unwanted / max(1, len(tally.judged))
    for part, count in _wanted(tally):
        low, _high = interval(count.unwanted, count.judged)
        if count.judged >= _FEWEST_HITS and count.unwanted and low > share:
            says = (
                f"{part.name} hits noise: people did not want {count.unwanted} of its {count.judged} articles"
                f" (of the story {unwanted} of {len(tally.judged)})"
            )
            yield Finding(kind=Kind.NOISE, says=says)


def _suggested(suggestion: Suggestion) -> Finding:
    where = f"in {_many(suggestion.inside, 'article')} of the story and {_many(suggestion.outside, 'other')}"
    like = "" if suggestion.like is None else f', like "{suggestion.like}"'
    says = f'perhaps an alias: "{suggestion.spelling}"{like} ({where})'
    return Finding(kind=Kind.SUGGESTED, says=says, examples=suggestion.headlines)


def _of_terms(tally: Tally) -> Iterator[Finding]:
    for part, count in _wanted(tally):
        if count.hits and count.hits == count.excluded:
            says = f"{part.name} hits only what is excluded ({_many(count.hits, 'article')})"
            yield Finding(kind=Kind.EXCLUDED, says=says)
    never = [part.name for part, count in _each(tally) if not count.hits]
    if never:
        yield Finding(kind=Kind.NEVER, says=f"never hit: {_listed(never)}")
    idle = [part.name for part, count in _wanted(tally) if count.accepted >= _FEWEST_IDLE and not count.alone]
    if idle and _has_choice(tally):
        says = f"adds nothing, each article is found without it: {_listed(idle)}"
        yield Finding(kind=Kind.ADDS_NOTHING, says=says)


def _has_choice(tally: Tally) -> bool:
    """Tell whether any term finds something that no other does: else reports simply use several."""
    return any(count.alone for _part, count in _wanted(tally))


def _spellings(tally: Tally) -> Iterator[Finding]:
    """Yield the aliases of which some spellings never hit, while others did."""
    anatomy = tally.anatomy
    for part, count in _each(tally):
        silent = [at for at in sorted(part.leaves) if not tally.spellings[at]]
        if count.hits and silent:
            labels = [str(getattr(anatomy.leaves[at], "label", "")) for at in silent]
            says = (
                f"of {part.name} {len(silent)} of {len(part.leaves)} spellings never hit: {_listed(labels)}"
            )
            yield Finding(kind=Kind.SPELLINGS, says=says)


def _feeds(
    tally: Tally, heard: Sequence[tuple[str, str, int]], names: Mapping[str, str]
) -> Iterator[Finding]:
    brought: Counter[str] = Counter()
    for feed, _language, articles in heard:
        brought[feed] += articles
    rate = len(tally.accepted) / brought.total()
    idle = [
        f"{names.get(feed, feed)} ({articles})"
        for feed, articles in brought.most_common()
        if articles * rate >= _EXPECTED and not tally.feeds[feed]
    ]
    if idle:
        says = f"{_many(len(idle), 'feed')} without a match, with the articles brought: {_listed(idle)}"
        yield Finding(kind=Kind.FEEDS, says=says)


def _languages(tally: Tally, heard: Sequence[tuple[str, str, int]]) -> Iterator[Finding]:
    brought: Counter[str] = Counter()
    for _feed, language, articles in heard:
        brought[language] += articles
    deaf = [
        f"{language} ({articles})"
        for language, articles in brought.most_common()
        if language and articles >= _FEWEST_BROUGHT and not tally.languages[language]
    ]
    if deaf:
        says = f"no term stands in any article in {_listed(deaf)}"
        yield Finding(kind=Kind.LANGUAGES, says=says)


def _each(tally: Tally) -> Iterator[tuple[Part, Count]]:
    return zip(tally.anatomy.parts, tally.counts, strict=True)


def _wanted(tally: Tally) -> Iterator[tuple[Part, Count]]:
    return ((part, count) for part, count in _each(tally) if not part.excludes)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _many(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
