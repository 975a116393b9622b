"""A story that is new: what the archive has on it is judged quietly and told in one post, not in a flood.

Whatever stops this half-way is made good by the next start: a story is followed from the transaction on that
plans its post, and what was judged before is not judged again. Polls that take articles for the story
meanwhile do no harm: an article is in the archive before, and judged here, or judged as it is recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.core.admit import admit_before
from bot.core.match import Watches, matches
from bot.core.plan import MOST_SO_FAR, Place, most_reported, so_far
from bot.crashpoints import crashpoint
from bot.model import ArticleId, Event, EventId, Match, Post, PostKind, Story
from bot.pipeline import Knowledge, World, grouping_of, take
from bot.ports import Archive, Record

#: Articles read at once; only memory depends on it.
_PAGE = 500
#: Matches judged in one transaction, for which polls have to wait: a quarter of a second at the most.
_AT_ONCE = 100
#: Events read at once, with all their articles.
_EVENTS = 200
#: The most reported ones of which those are chosen that a channel does not show yet.
_CHOSEN_FROM = 4 * MOST_SO_FAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A story that is followed from now on."""

    story: Story
    #: Articles of the archive that it accepted and had not judged.
    found: int
    posts: tuple[Post, ...]


async def begin_stories(world: World) -> list[Begun]:
    """Begin to follow the stories that are new, and return them.

    Called once the world knows them and no poll is under way that does not: what such a poll records nobody
    would look at for these stories.
    """
    followed = await world.archive.followed()
    new = Watches(watch for watch in world.knowledge.watches if watch.story.name not in followed)
    if not new:
        return []
    now = world.clock.now()
    found = await _look_back(new, world, now)
    told = {watch.story.name: await _told(watch.story, world.archive, now) for watch in new}
    stories = [watch.story for watch in new]
    quiet = [story for story in stories if not told[story.name]]
    posts = await world.archive.record(partial(_followed, quiet, told, knowledge=world.knowledge, now=now))
    for story in stories:
        if told[story.name]:
            posts |= await world.archive.record(
                partial(_followed, [story], told, knowledge=world.knowledge, now=now)
            )
    return [Begun(story=s, found=found[s.name], posts=posts[s.name]) for s in stories if s.name in posts]


# ------------------------------------------------------------------------------------------- judging


async def _look_back(new: Watches, world: World, now: datetime) -> Counter[str]:
    """Judge what the archive has in the stories' windows, in the order in which it was recorded.

    Returns:
        How many articles that were for each story.
    """
    names = {health.feed.url: health.feed.name for health in await world.archive.feeds(counted=False)}
    since = now - max(watch.story.policy.window for watch in new)
    found, after = Counter[str](), None
    while page := await world.archive.stored(since=since, after=after, limit=_PAGE):
        matched = [
            (number, match)
            for number, article in page
            for match in matches(article, new, names)
            if article.seen_at >= now - match.story.policy.window
        ]
        for start in range(0, len(matched), _AT_ONCE):
            part = matched[start : start + _AT_ONCE]
            found.update(await world.archive.record(partial(_judged, part, knowledge=world.knowledge)))
            crashpoint("begin:judged")
        after = page[-1][0]
    return found


def _judged(
    found: Sequence[tuple[ArticleId, Match]], record: Record, *, knowledge: Knowledge
) -> Counter[str]:
    """Judge what the stories have not judged yet: plain code inside one transaction."""
    stories = sorted({match.story.name for _number, match in found})
    numbers = list(dict.fromkeys(number for number, _match in found))
    left = {(number, story) for story in stories for number in record.unjudged(story, numbers)}
    todo = [(number, match) for number, match in found if (number, match.story.name) in left]
    if todo:
        now = todo[0][1].article.seen_at
        groupings = {story: grouping_of(story, record, knowledge, now=now) for story in stories}
        knowledge = replace(knowledge, groupings=groupings)
    for number, match in todo:
        take(match, number, admit_before(match), record, knowledge)
    return Counter(match.story.name for _number, match in todo)


# ------------------------------------------------------------------------------------------- telling


async def _told(story: Story, archive: Archive, now: datetime) -> list[Event]:
    """Return the most reported events of a story's window; none where nobody wants to hear of them."""
    best: list[Event] = []
    before: EventId | None = None
    while story.policy.backfill and story.channels:
        page = await archive.told(
            story.name, since=now - story.policy.window, until=None, before=before, limit=_EVENTS
        )
        if not page:
            break
        best = most_reported([*best, *page])[:_CHOSEN_FROM]
        before = page[0].id
    return best


def _followed(
    stories: Sequence[Story],
    told: dict[str, list[Event]],
    record: Record,
    *,
    knowledge: Knowledge,
    now: datetime,
) -> dict[str, tuple[Post, ...]]:
    """Follow stories from now on, with the post that each channel gets; leave out those followed already."""
    posts: dict[str, tuple[Post, ...]] = {}
    for story in stories:
        if record.follow(story.name, at=now):
            places = [knowledge.places.of(channel, story, record, now=now) for channel in story.channels]
            planned = [_planned(told[story.name], place, record) for place in places]
            posts[story.name] = tuple(post for post in planned if post is not None)
    crashpoint("begin:followed")
    return posts


def _planned(events: Sequence[Event], place: Place, record: Record) -> Post | None:
    """Plan the one post that a channel gets, and let it be the message of all events that it tells."""
    now_known = [record.numbered(event.id) for event in events]
    written = so_far([event for event in now_known if _is_to_be_told(event, place.channel, record)], place)
    if written is None:
        return None
    message, (first, *others) = written
    post = Post(channel=place.channel, event=first.id, kind=PostKind.SO_FAR, message=message)
    record.posts([post], at=place.now)
    shown = record.shown(place.channel, first.id)
    edit = replace(post, kind=PostKind.EDIT, joins=None if shown is None else shown.post)
    # The message tells them already: this only notes where they stand.
    record.posts([replace(edit, event=event.id) for event in others], at=place.now)
    return post


def _is_to_be_told(event: Event, channel: str, record: Record) -> bool:
    """Tell whether a channel was spared an event, and no other story shows the article there."""
    shown = record.shown(channel, event.id)
    spared = shown is not None and shown.quiet
    return spared and bool(event.members) and record.sibling(channel, event.id) is None
