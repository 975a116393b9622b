"""An event as a card tells it: which report leads, how its headline changed, who else carries it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bot.core.independence import independent, is_source, passes_on
from bot.model import Article, ArticleId, Event, Kind, Member, Story

#: Roles of articles that bring no report of their own.
_REPEATS = frozenset(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A headline that was changed."""

    was: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One event as a card tells it."""

    #: With the newest headline of the report that leads.
    article: Article
    #: Where it is read; "" if nowhere.
    link: str
    published: datetime
    #: The report's picture; "" if it has none.
    picture: str
    #: Headlines it had before, the first first.
    changes: tuple[Change, ...]
    #: Who repeats the report, by outlet.
    also: tuple[Article, ...]
    #: Who tells of the same event in an article of his own, by outlet.
    more: tuple[Article, ...]
    #: Updates, the first first.
    updates: tuple[Article, ...]
    #: How many articles tell it, and how many of these do not come from each other.
    reports: int
    independent: int


def view(events: Sequence[Event], story: Story) -> View:
    """Return an event as a card tells it.

    Args:
        events: the event as each story that shares the card has it, the first first; it has articles.
        story: the first one's, which says whose report is preferred.
    """
    members = _members(events)
    first = next((member for member in members if not member.quiet), members[0])
    copies, related = _beside(members, first)
    lead = _leading(first, copies, story)
    versions = [lead, *_later_versions(members, lead)]
    newest = _newest(versions)
    headlines = [(a, b) for a, b in pairwise(versions) if a.article.title != b.article.title]
    also = {member.article.outlet: member.article for member in copies if member not in versions}
    also.pop(lead.article.outlet, None)
    more = {member.article.outlet: member.article for member in related}
    reports = 1 + len(also) + len(more)
    return View(
        article=newest,
        link=newest.link or lead.article.link,
        published=lead.article.published,
        picture=newest.image or lead.article.image,
        changes=tuple(Change(was=a.article.title, at=b.article.seen_at) for a, b in headlines),
        also=tuple(also.values()),
        more=tuple(more.values()),
        updates=tuple(member.article for member in members if member.role == "update" and member is not lead),
        reports=reports,
        independent=min(reports, independent([m for m in members if m.role != "update" or m is lead])),
    )


def _members(events: Sequence[Event]) -> list[Member]:
    known: dict[ArticleId, Member] = {}
    for event in events:
        for member in event.members:
            known.setdefault(member.id, member)
    return list(known.values())


def _beside(members: Sequence[Member], first: Member) -> tuple[list[Member], list[Member]]:
    """Return who repeats the report that was told first, and who tells the event in an article of his own.

    Who repeats a related article is counted with it; updates were told by themselves.
    """
    origins: dict[ArticleId | None, Member] = {}
    for member in members:
        repeated = origins.get(member.of) if member.role in _REPEATS else None
        origins[member.id] = repeated or member
    told = origins[first.id]
    versions = [first, *_later_versions(members, first)]
    others = [member for member in members if member not in versions and member.role != "update"]
    related = [member for member in others if _tells_itself(origins[member.id], told)]
    return [
        member for member in members if member in versions or (member in others and member not in related)
    ], related


def _tells_itself(origin: Member, told: Member) -> bool:
    """Tell whether a report is related to the one told; that may be the later one, the first being quiet."""
    return origin is not told and (
        origin.role == "related" or (origin.role == "new" and told.role == "related")
    )


def _leading(first: Member, copies: Iterable[Member], story: Story) -> Member:
    """Return the report that leads: of a preferred outlet, else of the source, else the first."""
    dearest = [outlet.casefold() for outlet in story.policy.prefer]
    borrowed = passes_on(first.article)

    def rank(member: Member) -> tuple[int, bool]:
        outlet = member.article.outlet.casefold()
        place = dearest.index(outlet) if outlet in dearest else len(dearest)
        return place, not (borrowed and is_source(member.article))

    return min([first, *(member for member in copies if not member.quiet)], key=rank)


def _later_versions(members: Sequence[Member], lead: Member) -> list[Member]:
    """Return the later versions of a report: the same item of the same feed, in order."""
    item = lead.article.feed_url, lead.article.key
    later = members[members.index(lead) + 1 :]
    return [m for m in later if m.role == "same" and (m.article.feed_url, m.article.key) == item]


def _newest(versions: Sequence[Member]) -> Article:
    """Return the first version with the newest headline.

    Some feeds change a summary at every poll ("3 comments"): only another headline changes the card.
    """
    headline = versions[-1].article.title
    return next(version.article for version in versions if version.article.title == headline)
