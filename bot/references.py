"""What people mean when they name an article: its link, its feed id or its number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.address import canonical_address
from bot.errors import OperatorError
from bot.model import ArticleId, Decision, Story
from bot.ports import Archive


async def known_as(reference: str, archive: Archive) -> str:
    """Return what a person calls an article if the archive knows it so, else its canonical address."""
    return reference if await archive.articles(reference) else canonical_address(reference)


async def meant(
    references: Sequence[str], story: str | None, archive: Archive
) -> tuple[str, list[ArticleId]]:
    """Return the story in which some articles are, and their numbers.

    Args:
        references: what a person calls them.
        story: the story that is meant; None: the only one in which they all are.
        archive: where they are looked for.

    Raises:
        OperatorError: one is not known, they are in no story together, or it may be another one.
    """
    named = {reference: await _decisions(reference.strip(), archive) for reference in references}
    name = _story_of(named, story)
    return name, [_article(reference, named[reference], name) for reference in references]


async def meant_by_each(
    reference: str, story: str | None, archive: Archive, stories: Mapping[str, Story]
) -> list[tuple[Story, ArticleId]]:
    """Return the stories that are followed in which an article is, with its number as each means it.

    Args:
        reference: what a person calls it.
        story: the only one that is meant; None: all.
        archive: where it is looked for.
        stories: those that are followed, by name.

    Raises:
        OperatorError: it is not known, or it may be another one.
    """
    decisions = [each for each in await _decisions(reference.strip(), archive) if each.story in stories]
    if not decisions:
        raise _not_accepted(reference)
    names = {decision.story for decision in decisions}
    if story is not None:
        names = {_story_of({reference: decisions}, story)}
    return [(stories[name], _article(reference, decisions, name)) for name in sorted(names)]


async def _decisions(reference: str, archive: Archive) -> list[Decision]:
    name = await known_as(reference, archive)
    decisions = await archive.decisions(name)
    if not decisions and await archive.articles(name):
        raise _not_accepted(reference)
    if not decisions:
        raise OperatorError(f"{reference} was never seen in a feed")
    return decisions


def _not_accepted(reference: str) -> OperatorError:
    return OperatorError(f"{reference} is in no story that is followed: there is nothing to correct")


def _story_of(named: dict[str, list[Decision]], asked: str | None) -> str:
    """Return the one story in which all the articles are.

    Raises:
        OperatorError: there is none, or there are several and none was asked for.
    """
    sets = [{decision.story for decision in decisions} for decisions in named.values()]
    common = sorted(set.intersection(*sets))
    if asked is not None:
        if asked not in common:
            missing = next(ref for ref, stories in zip(named, sets, strict=True) if asked not in stories)
            raise OperatorError(f"{missing} is not in story {asked}")
        return asked
    if not common:
        raise OperatorError(f"{' and '.join(named)} are in no story together")
    if len(common) > 1:
        raise OperatorError(f"{' and '.join(named)}: say in which story with --story ({', '.join(common)})")
    return common[0]


def _article(reference: str, decisions: Sequence[Decision], story: str) -> ArticleId:
    """Return the article that a person means: of a page's versions the first, as the others repeat it.

    Raises:
        OperatorError: it may be one of several that are no repeats of each other.
    """
    meant = [decision for decision in decisions if decision.story == story]
    numbered = [decision for decision in meant if str(decision.article_id) == reference.strip()]
    if not numbered and len({decision.event for decision in meant}) > 1:
        numbers = ", ".join(str(decision.article_id) for decision in reversed(meant))
        raise OperatorError(f"{reference} means several articles ({numbers}): give the number of one")
    return (numbered or meant)[-1].article_id
