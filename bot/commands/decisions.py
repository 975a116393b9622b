"""Against what was decided: two posts that are one report, a post that is one of its own."""

from __future__ import annotations

from bot import corrections
from bot.commands.office import Ask, Office, Reply, told
from bot.core.plan import Places
from bot.corrections import Corrected
from bot.errors import OperatorError
from bot.model import ArticleId, Story
from bot.references import meant


async def merge(ask: Ask, office: Office) -> Reply:
    """Say that two articles are one report."""
    references, story = await _named(ask, office, 2)
    if len(references) != 2:  # noqa: PLR2004  one and the other
        return told(ask.words("Which two? /merge LINK LINK, or answer a post with /merge LINK."))
    name, (one, other) = await meant(references, story, office.archive)
    chosen, places = _story(name, office)
    corrected = await office.archive.record(
        lambda record: corrections.merge(chosen, one, other, record, places, at=ask.now)
    )
    later = max(one, other)
    return await office.done(ask, _outcome(ask, corrected), back=f"/split {later} {name}")


async def split(ask: Ask, office: Office) -> Reply:
    """Say that an article is a report of its own."""
    references, story = await _named(ask, office, 1)
    if len(references) != 1:
        return told(ask.words("Which one? /split LINK, with the link of the copy."))
    name, (article,) = await meant(references, story, office.archive)
    chosen, places = _story(name, office)
    before = await office.archive.record(lambda record: record.event(article, name))
    corrected = await office.archive.record(
        lambda record: corrections.split(chosen, article, record, places, at=ask.now)
    )
    rest = _other_of(before.members[0].id, article, [member.id for member in before.members])
    return await office.done(ask, _outcome(ask, corrected), back=f"/merge {rest} {article} {name}")


def _other_of(first: ArticleId, article: ArticleId, members: list[ArticleId]) -> ArticleId:
    return first if first != article else next(number for number in members if number != article)


def _outcome(ask: Ask, corrected: Corrected) -> str:
    outlets = ", ".join(member.article.outlet for member in corrected.event.members)
    title = corrected.event.members[0].article.title
    return ask.words("“%(title)s” is now told by: %(outlets)s", title=title, outlets=outlets)


def _story(name: str, office: Office) -> tuple[Story, Places]:
    places = office.world().knowledge.places
    return places.stories[name], places


async def _named(ask: Ask, office: Office, wanted: int) -> tuple[list[str], str | None]:
    """Return the articles that a person names, that of the post that is answered first, and the story."""
    parts = ask.parts
    stories = office.world().knowledge.places.stories
    story = parts.pop() if len(parts) > 1 and parts[-1] in stories else None
    if len(parts) < wanted:
        answered = await office.answered(ask)
        parts = [*([str(answered)] if answered else []), *parts]
    if len(parts) > wanted:
        raise OperatorError(ask.words("That is more than I can take at once: links have no spaces in them."))
    return parts, story
