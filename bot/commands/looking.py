"""Looking back: a story's events in order, what is new since somebody looked, who changed what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot import timeline as history
from bot.choosing import undo as put_back
from bot.commands.office import Ask, Office, Reply, number_in, told
from bot.core.deeds import deed_lines
from bot.core.sheet import Line
from bot.errors import OperatorError
from bot.model import Story
from config.origin import is_shared
from config.values import duration

#: What `/timeline STORY` shows without a period.
_USUAL = timedelta(days=7)
#: Events of one answer.
_MOST_EVENTS = 40
#: Changes of one answer.
_MOST_DEEDS = 20


async def timeline(ask: Ask, office: Office) -> Reply:
    """Tell a story's events in order."""
    name, _space, length = ask.argument.partition(" ")
    (story,) = _stories(ask, office, name) if name else _only(ask, office)
    since = ask.now - (_length(length, ask) if length.strip() else _USUAL)
    found = await history.timeline(story, office.archive, since=since, limit=_MOST_EVENTS)
    return Reply(lines=history.told(found, zone=story.policy.time_zone))


async def catchup(ask: Ask, office: Office) -> Reply:
    """Tell what happened since the person last looked."""
    stories = _stories(ask, office, ask.argument)
    lines = await history.catchup(ask.person, stories, office.archive, now=ask.now)
    seen = partial(history.looked, ask.person, stories, office.archive, at=ask.now)
    return Reply(lines=lines, afterwards=seen)


async def audit(ask: Ask, office: Office) -> Reply:
    """Tell who changed what."""
    deeds = await office.archive.deeds(_MOST_DEEDS)
    return Reply(lines=deed_lines(deeds)) if deeds else told(ask.words("Nobody has changed anything."))


async def undo(ask: Ask, office: Office) -> Reply:
    """Take a change back, the last one or the one that is named."""
    written = ask.argument.strip()
    ask, number = replace(ask, typed=f"/undo {written}".strip()), number_in(written)
    if written and number is None:
        raise OperatorError(ask.words("Which one? /audit lists the changes with their numbers."))
    deed = await office.archive.record(
        lambda record: put_back(number, record, at=ask.now, among=partial(is_shared, person=ask.person))
    )
    await office.reload()
    outcome = ask.words("Taken back: %(said)s", said=deed.said)
    await office.archive.record(lambda record: office.noted(ask, outcome, record))
    return Reply(lines=[Line(text=outcome)])


async def undo_own(ask: Ask, office: Office) -> Reply:
    """Take back the change whose button was pressed: administrators anybody's, others their own."""
    if not ask.may_change:
        mine = {deed.number for deed in await office.archive.deeds(_MOST_DEEDS, person=ask.person)}
        if ask.argument not in map(str, mine):
            raise OperatorError(ask.words("That is not yours to take back."))
    return await undo(ask, office)


def _stories(ask: Ask, office: Office, name: str) -> Sequence[Story]:
    """Return the story of a name, or all that the person may look at."""
    stories = office.stories_of(ask)
    if not name.strip():
        return stories
    found = [story for story in stories if story.name == name.strip()]
    if not found:
        raise OperatorError(ask.no_story(name, [story.name for story in stories]))
    return found


def _only(ask: Ask, office: Office) -> Sequence[Story]:
    stories = office.stories_of(ask)
    if len(stories) != 1:
        known = ", ".join(story.name for story in stories) or "–"
        raise OperatorError(
            ask.words("Which one? Write /timeline STORY (there are: %(known)s).", known=known)
        )
    return stories


def _length(text: str, ask: Ask) -> timedelta:
    try:
        return duration(text)
    except ValueError:
        raise OperatorError(ask.words("How far back? Such as 12h or 30d.")) from None
