"""What one story's decisions need of an archive, in memory and gone afterwards: for trying things out.

A transaction of a database costs more than the decision it keeps, and what is tried out is not to be kept.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from operator import attrgetter

from bot.core.keys import PER_KEY, nearest
from bot.errors import StorywireError
from bot.model import (
    Article,
    ArticleId,
    Event,
    EventId,
    Fold,
    Happening,
    Match,
    Meaning,
    Member,
    New,
    Post,
    PostId,
    PostKind,
    Related,
    Report,
    Review,
    ReviewId,
    Shown,
    Standing,
    Stored,
    Verdict,
)
from storage.verdicts import LOOKED_THROUGH, role_of

_REPORTS = frozenset({"new", "related", "update"})


class PassingRecord:
    """The part of the `Record` port that `take_all` uses, for one story whose posts are never sent.

    It answers as an archive would whose channels take cards one by one and to which nobody says anything:
    lists, events that share a card, mutes and questions to people are unknown to it. Articles come in the
    order in which they were seen.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._articles: list[Article] = []
        self._known: set[tuple[str, str, str]] = set()
        self._having: dict[int, list[ArticleId]] = defaultdict(list)
        self._judged: list[ArticleId] = []
        self._members: dict[EventId, list[Member]] = {}
        self._event_of: dict[ArticleId, EventId] = {}
        self._story: dict[EventId, str] = {}
        self._happening: dict[EventId, EventId] = {}
        self._told: dict[EventId, list[EventId]] = {}
        self._meanings: dict[ArticleId, bytes] = {}
        self._shown: dict[tuple[str, EventId], Shown] = {}
        self._posts = 0

    # ---------------------------------------------------------------------------------------- articles

    def unseen(self, articles: Sequence[Article]) -> list[Article]:
        """Return, in order, those that are neither stored nor listed before."""
        fresh = {_identity(article): article for article in reversed(articles)}
        return [a for a in articles if fresh.get(_identity(a)) is a and _identity(a) not in self._known]

    def articles(self, articles: Sequence[Article]) -> list[ArticleId]:
        """Store articles and return their numbers."""
        first = len(self._articles) + 1
        self._articles += articles
        self._known.update(map(_identity, articles))
        return [ArticleId(first + place) for place in range(len(articles))]

    def candidates(self, story: str, keys: Sequence[int], *, since: datetime, limit: int) -> list[Stored]:
        """Return articles that share keys, the nearest first."""
        del story  # there is one
        found: dict[int, list[ArticleId]] = {}
        for key in keys:
            newest = islice(reversed(self._having.get(key, ())), PER_KEY)
            if recent := [number for number in newest if self._article(number).seen_at >= since]:
                found[key] = recent
        near = nearest(found, limit)
        return [Stored(id=n, event=self._event_of[n], article=self._article(n)) for n in near]

    def _article(self, number: ArticleId) -> Article:
        return self._articles[number - 1]

    # ---------------------------------------------------------------------------------------- verdicts

    def verdict(
        self, article: ArticleId, match: Match, verdict: Verdict, *, keys: Sequence[int], quiet: str | None
    ) -> Event:
        """Store what was decided and return the event the article now belongs to."""
        event = self._event_for(verdict, match)
        of = None if isinstance(verdict, New) else verdict.of
        stored, role = self._article(article), role_of(verdict)
        member = Member(id=article, article=stored, role=role, quiet=quiet is not None, of=of)
        self._members[event].append(member)
        self._event_of[article] = event
        self._judged.append(article)
        for key in set(keys):
            self._having[key].append(article)
        if isinstance(verdict, Related):
            self._join([self._happening[event], *verdict.joins])
        return self._event(event)

    def _event_for(self, verdict: Verdict, match: Match) -> EventId:
        if isinstance(verdict, New):
            return self._begin(match.story.name)
        earlier = self._event_of[verdict.of]
        if isinstance(verdict, Related) and match.story.policy.fold is Fold.COPIES:
            return self._begin(match.story.name, self._happening[earlier])
        return earlier

    def _begin(self, story: str, happening: EventId | None = None) -> EventId:
        number = EventId(len(self._members) + 1)
        self._members[number], self._story[number] = [], story
        self._happening[number] = happening or number
        self._told.setdefault(happening or number, []).append(number)
        return number

    def _join(self, happenings: Sequence[EventId]) -> None:
        first = min(happenings)
        for other in set(happenings) - {first}:
            for event in self._told.pop(other, ()):
                self._happening[event] = first
                insort(self._told[first], event)

    def _event(self, number: EventId) -> Event:
        return Event(
            id=number,
            story=self._story[number],
            happening=self._happening[number],
            members=tuple(self._members[number]),
        )

    def event(self, article: ArticleId, story: str) -> Event:
        """Return the event an article belongs to.

        Raises:
            StorywireError: it was never judged.
        """
        if article not in self._event_of:
            raise StorywireError(f"article {article} has no verdict in story {story}")
        return self._event(self._event_of[article])

    # -------------------------------------------------------------------------------------- happenings

    def happenings(self, story: str, events: Sequence[EventId], *, limit: int) -> Mapping[EventId, Happening]:
        """Return what some events tell of, with the reports recorded last."""
        del story  # there is one
        told = {number: self._happening[number] for number in events}
        most = max(1, limit // max(1, len(set(told.values()))))
        found = {number: self._reports(number, most) for number in set(told.values())}
        return {number: found[happening] for number, happening in told.items()}

    def _reports(self, number: EventId, most: int) -> Happening:
        """Return the last reports of the last events, as an archive does."""
        events = reversed(self._told[number])
        members = (m for event in events for m in reversed(self._members[event]) if m.role in _REPORTS)
        reports = sorted(islice(members, most), key=attrgetter("id"))
        return Happening(
            id=number, reports=tuple(Report.of(m.id, m.article, self._meanings.get(m.id)) for m in reports)
        )

    def headlines(self, story: str, *, before: datetime, limit: int) -> list[str]:
        """Return titles of articles that were judged, those recorded last first."""
        del story  # there is one
        latest = map(self._article, reversed(self._judged[-LOOKED_THROUGH * limit :]))
        return list(islice((article.title for article in latest if article.seen_at < before), limit))

    def meanings(self, story: str, *, since: datetime, limit: int) -> list[Meaning]:
        """Return what the reports mean of which that is known, those recorded last first."""
        del story  # there is one
        known = (number for number in reversed(self._judged) if number in self._meanings)
        recent = (number for number in known if self._article(number).seen_at >= since)
        return [
            Meaning(
                event=self._event_of[number],
                language=self._article(number).language,
                vector=self._meanings[number],
            )
            for number in islice(recent, limit)
        ]

    def meaning(self, article: ArticleId, vector: bytes) -> None:
        """Keep what an article's headline means."""
        self._meanings.setdefault(article, vector)

    # -------------------------------------------------------------------------------- what people say

    def muted(self, channel: str, event: EventId) -> None:
        """Say that nobody muted the event."""
        del channel, event

    def unmute(self, channel: str, event: EventId) -> bool:
        """Say that the event was not muted."""
        del channel, event
        return False

    def review(self, review: Review) -> ReviewId:
        """Ask nobody: what is too near to call is told."""
        del review
        return ReviewId(0)

    def in_review(self, event: EventId) -> bool:
        """Say that nobody was asked."""
        del event
        return False

    # ------------------------------------------------------------------------------------------- posts

    def shown(self, channel: str, event: EventId) -> Shown | None:
        """Return what a channel shows of an event; None if it never heard of it."""
        return self._shown.get((channel, event))

    def sibling(self, channel: str, event: EventId) -> Shown | None:
        """Say that no other story shares an article: there is none."""
        del channel, event
        return None

    def standing(self, channel: str, *, now: datetime) -> Standing:
        """Say that the channel has had nothing lately."""
        del channel, now
        return Standing()

    def hush(self, channel: str, event: EventId) -> None:
        """Count an event as shown in a channel without a message. No effect where it has a card."""
        self._shown.setdefault((channel, event), Shown(quiet=True))

    def posts(self, posts: Sequence[Post], *, at: datetime) -> None:
        """Let cards be shown as they are planned; they wait, so that edits change them."""
        del at  # nothing is sent
        for post in posts:
            self._posts += 1
            place, shown = (post.channel, post.event), self._shown.get((post.channel, post.event))
            if post.kind is PostKind.CARD:
                number = PostId(self._posts)
                self._shown[place] = Shown(quiet=False, message=post.message, post=number, waits=True)
            elif post.kind is PostKind.EDIT and shown is not None:
                self._shown[place] = Shown(quiet=False, message=post.message, post=shown.post, waits=True)


def _identity(article: Article) -> tuple[str, str, str]:
    return article.feed_url, article.key, article.fingerprint
