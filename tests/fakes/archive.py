"""An archive in memory, for tests of everything above it; passes the same contract suite as the real one."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.core.admit import UNFOLLOWED
from bot.core.keys import PER_KEY, nearest, span_of
from bot.errors import StorywireError
from bot.model import (
    CARDS,
    LISTS,
    LONGEST_SAID,
    Article,
    ArticleId,
    Choice,
    Correction,
    Decision,
    Deed,
    Duplicate,
    Event,
    EventId,
    Feed,
    Fold,
    Happening,
    Hit,
    Listed,
    Match,
    Matched,
    Meaning,
    Member,
    Message,
    New,
    Post,
    PostId,
    PostKind,
    PostState,
    Related,
    Report,
    Review,
    ReviewId,
    Ruling,
    Server,
    Settlement,
    Shown,
    Standing,
    Stored,
    Story,
    Turn,
    Update,
    Verdict,
)
from bot.ports import NOBODY, PER_HOST, Account, FeedHealth, Poll, Record, Seen, Told

T = TypeVar("T")

_CLOCK_JUMPED = timedelta(hours=25)
_CLOCK_SET_BACK = timedelta(minutes=5)
_LATELY = timedelta(hours=1)
#: What is put off for longer was put off by a clock that was set back since.
_LONGEST_WAIT = timedelta(days=1)
_LONG_PAST = datetime(1970, 1, 1, tzinfo=UTC)
_UNSHOWN = (PostState.REFUSED, PostState.DROPPED)
#: How a card stands that can still be taken back; above it are those on show.
_WAITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Polled:
    feed: Feed
    declared: bool = True
    added: bool = False
    position: int = 0
    next_at: datetime | None = None
    polled_at: datetime | None = None
    lease_until: datetime | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    article: ArticleId
    story: str
    event: EventId
    verdict: Verdict
    hits: tuple[Hit, ...]
    keys: frozenset[int]
    quiet: str | None
    #: The role a person gave it, and the article it then names.
    corrected: tuple[str, ArticleId | None] | None = None


@dataclass(slots=True)
class _State:
    feeds: dict[str, _Polled] = field(default_factory=dict)
    hosts: dict[str, Server] = field(default_factory=dict)
    articles: dict[ArticleId, Article] = field(default_factory=dict)
    #: The story of each event and the first event of its happening.
    events: list[tuple[str, EventId]] = field(default_factory=list)
    judged: list[_Judged] = field(default_factory=list)
    meanings: dict[ArticleId, bytes] = field(default_factory=dict)
    corrections: list[Correction] = field(default_factory=list)
    cards: dict[tuple[str, EventId], PostId | None] = field(default_factory=dict)
    posts: dict[PostId, Post] = field(default_factory=dict)
    sends: dict[tuple[PostId, int], tuple[str, datetime]] = field(default_factory=dict)
    settled: dict[PostId, datetime] = field(default_factory=dict)
    rests: dict[str, datetime] = field(default_factory=dict)
    budgets: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    moves: dict[str, tuple[str, str]] = field(default_factory=dict)
    chats: dict[str, str] = field(default_factory=dict)
    alarms: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    beats: dict[str, datetime] = field(default_factory=dict)
    heard: dict[int, datetime] = field(default_factory=dict)
    choices: dict[tuple[str, str], Choice] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    followed: dict[str, datetime] = field(default_factory=dict)
    looks: dict[tuple[int, str], datetime] = field(default_factory=dict)
    #: (channel, event) → since when.
    mutes: dict[tuple[str, EventId], datetime] = field(default_factory=dict)
    reviews: dict[ReviewId, Review] = field(default_factory=dict)

    def copied(self) -> _State:
        """Copy the containers; what they hold is frozen."""
        return _State(*(copy.copy(getattr(self, each.name)) for each in fields(self)))


def _entries(state: _State, kind: str) -> list[object]:
    kept = getattr(state, kind)
    return list(kept.items()) if isinstance(kept, dict) else list(kept)


class FakeRecord:
    """One transaction on a copy of the state."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def unseen(self, articles: Sequence[Article]) -> list[Article]:
        seen = {_identity(article) for article in self._state.articles.values()}
        fresh: dict[tuple[str, str, str], Article] = {}
        for article in articles:
            fresh.setdefault(_identity(article), article)
        return [article for identity, article in fresh.items() if identity not in seen]

    def listed(self, articles: Sequence[Article]) -> list[Listed]:
        keys = {article.key for article in articles}
        addresses = {article.address for article in articles} - {""}
        texts = {article.fingerprint for article in articles if article.title}
        return [
            Listed(**{each.name: getattr(old, each.name) for each in fields(Listed)})
            for old in self._state.articles.values()
            if articles
            and old.feed_url == articles[0].feed_url
            and (old.key in keys or old.address in addresses or old.fingerprint in texts)
        ]

    def articles(self, articles: Sequence[Article]) -> list[ArticleId]:
        return [self._add(article) for article in articles]

    def _add(self, article: Article) -> ArticleId:
        _aware(article.published, article.seen_at)
        if _identity(article) in {_identity(stored) for stored in self._state.articles.values()}:
            raise ValueError("this version of the article is stored already")
        number = ArticleId(len(self._state.articles) + 1)
        published, seen_at = article.published.astimezone(UTC), article.seen_at.astimezone(UTC)
        self._state.articles[number] = replace(article, published=published, seen_at=seen_at)
        return number

    def candidates(self, story: str, keys: Sequence[int], *, since: datetime, limit: int) -> list[Stored]:
        _aware(since)
        recent = [
            judged
            for judged in self._state.judged
            if judged.story == story and self._state.articles[judged.article].seen_at >= since
        ]
        found = {
            key: sorted((judged.article for judged in recent if key in judged.keys), reverse=True)[:PER_KEY]
            for key in keys
        }
        events = {judged.article: judged.event for judged in recent}
        near = nearest({key: having for key, having in found.items() if having}, limit)
        return [Stored(id=n, event=events[n], article=self._state.articles[n]) for n in near]

    def judged(self, story: str, *, since: datetime, before: ArticleId | None, limit: int) -> list[Stored]:
        _aware(since)
        found = {
            judged.article: judged.event
            for judged in self._state.judged
            if judged.story == story and (before is None or judged.article < before)
        }
        recent = [n for n in sorted(found, reverse=True) if self._state.articles[n].seen_at >= since]
        return [Stored(id=n, event=found[n], article=self._state.articles[n]) for n in recent[:limit]]

    def index(self, article: ArticleId, keys: Sequence[int]) -> None:
        for place, judged in enumerate(self._state.judged):
            if judged.article == article:
                self._state.judged[place] = replace(judged, keys=judged.keys | frozenset(keys))

    def hear(self, update: int, *, at: datetime) -> bool:
        _aware(at)
        new = update not in self._state.heard
        self._state.heard.setdefault(update, at)
        return new

    def happenings(self, story: str, events: Sequence[EventId], *, limit: int) -> Mapping[EventId, Happening]:
        told = {n: self._state.events[n - 1][1] for n in events if self._state.events[n - 1][0] == story}
        most = max(1, limit // max(1, len(set(told.values()))))
        return {number: self._happening(happening, most) for number, happening in told.items()}

    def _happening(self, number: EventId, limit: int) -> Happening:
        events = [n for n in range(1, len(self._state.events) + 1) if self._state.events[n - 1][1] == number]
        members = [member for n in events for member in self._event(EventId(n)).members]
        reports = [member for member in members if member.role in ("new", "related", "update")][-limit:]
        return Happening(
            id=number,
            reports=tuple(
                Report.of(member.id, member.article, self._state.meanings.get(member.id))
                for member in sorted(reports, key=lambda member: member.id)
            ),
        )

    def headlines(self, story: str, *, before: datetime, limit: int) -> list[str]:
        _aware(before)
        numbers = sorted((j.article for j in self._state.judged if j.story == story), reverse=True)
        old = [self._state.articles[n] for n in numbers if self._state.articles[n].seen_at < before]
        return [article.title for article in old[:limit]]

    def meanings(self, story: str, *, since: datetime, limit: int) -> list[Meaning]:
        _aware(since)
        known = self._state.meanings
        reports = sorted(
            (
                judged
                for judged in self._state.judged
                if judged.story == story
                and judged.article in known
                and self._member(judged).role in ("new", "related", "update")
                and self._state.articles[judged.article].seen_at >= since
            ),
            key=lambda judged: -judged.article,
        )
        return [
            Meaning(
                event=judged.event,
                language=self._state.articles[judged.article].language,
                vector=known[judged.article],
            )
            for judged in reports[:limit]
        ]

    def meaning(self, article: ArticleId, vector: bytes) -> None:
        self._state.meanings.setdefault(article, vector)

    def verdict(
        self, article: ArticleId, match: Match, verdict: Verdict, *, keys: Sequence[int], quiet: str | None
    ) -> Event:
        story = match.story.name
        if any((judged.article, judged.story) == (article, story) for judged in self._state.judged):
            raise ValueError("the article has a verdict in this story already")
        event = self._event_for(verdict, match.story)
        if isinstance(verdict, Related):
            self._join([self._state.events[event - 1][1], *verdict.joins])
        judged = _Judged(
            article=article,
            story=story,
            event=event,
            verdict=verdict,
            hits=match.hits,
            keys=frozenset(keys),
            quiet=quiet,
        )
        self._state.judged.append(judged)
        return self._event(event)

    def _event(self, number: EventId) -> Event:
        story, happening = self._state.events[number - 1]
        members = tuple(self._member(each) for each in self._state.judged if each.event == number)
        return Event(id=number, story=story, happening=happening, members=members)

    def _event_for(self, verdict: Verdict, story: Story) -> EventId:
        if isinstance(verdict, New):
            return self._begin(story.name)
        earlier = self._event_of(verdict.of, story.name)
        if isinstance(verdict, Related) and story.policy.fold is Fold.COPIES:
            return self._begin(story.name, self._state.events[earlier - 1][1])
        return earlier

    def _begin(self, story: str, happening: EventId | None = None) -> EventId:
        number = EventId(len(self._state.events) + 1)
        self._state.events.append((story, happening or number))
        return number

    def _event_of(self, article: ArticleId, story: str) -> EventId:
        for judged in self._state.judged:
            if (judged.article, judged.story) == (article, story):
                return judged.event
        raise StorywireError(
            f"article {article} has no verdict in story {story}, so nothing can repeat it there"
        )

    def _member(self, judged: _Judged) -> Member:
        role, of = judged.corrected or (_role(judged.verdict), _named(judged.verdict))
        article = self._state.articles[judged.article]
        return Member(id=judged.article, article=article, role=role, quiet=judged.quiet is not None, of=of)

    def event(self, article: ArticleId, story: str) -> Event:
        return self._event(self._event_of(article, story))

    def merge(self, event: EventId, other: EventId, *, of: ArticleId) -> Event:
        first = next((each.article for each in self._state.judged if each.event == other), None)
        self._move(other, event, {each.article for each in self._state.judged}, {first: ("copy", of)})
        self._join([self._state.events[event - 1][1], self._state.events[other - 1][1]])
        for channel in {channel for channel, each in self._state.cards if each in (event, other)}:
            self._merge_cards(channel, event, other)
        return self._event(event)

    def _join(self, happenings: Sequence[EventId]) -> None:
        self._state.events = [
            (name, min(happenings) if happening in happenings else happening)
            for name, happening in self._state.events
        ]

    def split(self, event: EventId, articles: Sequence[ArticleId]) -> tuple[Event, Event]:
        own = self._begin(self._state.events[event - 1][0])
        self._move(event, own, set(articles), {articles[0]: ("new", None)})
        return self._event(event), self._event(own)

    def _move(
        self,
        event: EventId,
        to: EventId,
        articles: set[ArticleId],
        corrected: Mapping[ArticleId | None, tuple[str, ArticleId | None]],
    ) -> None:
        for place, each in enumerate(self._state.judged):
            if each.event == event and each.article in articles:
                role = corrected.get(each.article, each.corrected)
                self._state.judged[place] = replace(each, event=to, corrected=role)

    def _merge_cards(self, channel: str, event: EventId, other: EventId) -> None:
        cards = self._state.cards
        mine, theirs = cards.get((channel, event)), cards.get((channel, other))
        standing = self._standing(channel, other)
        if standing > self._standing(channel, event):
            shared = mine is not None and not self._take_back(mine)
            cards[channel, event] = cards.pop((channel, other))
            for post in self._posts(channel, other):
                self._state.posts[post.id] = replace(post, event=event)
            if shared:
                cards[channel, other] = mine
        elif theirs is not None:
            if standing == _WAITS:
                self._take_back(theirs)
            for post in list(self._state.posts.values()):
                if post.card == theirs and post.kind is PostKind.REPLY and _is_waiting(post):
                    self._state.posts[post.id] = replace(post, card=mine, event=event)

    def _standing(self, channel: str, event: EventId) -> int:
        if (channel, event) not in self._state.cards:
            return 0
        number = self._state.cards[channel, event]
        card = None if number is None else self._state.posts[number]
        if card is not None and card.state in (PostState.SENT, PostState.SENDING):
            return _WAITS + 1
        return _WAITS if card is not None and _is_waiting(card) else 1

    def _take_back(self, number: PostId) -> bool:
        if len(self._told(number)) > 1:
            return False
        for post in list(self._state.posts.values()):
            own = post.id == number or (post.card == number and post.kind is PostKind.EDIT)
            if own and _is_waiting(post):
                reason = "another card tells the same report"
                dropped = replace(post, state=PostState.DROPPED, reason=reason, due_at=None)
                self._state.posts[post.id] = dropped
        return True

    def _told(self, number: PostId) -> list[EventId]:
        return sorted(event for (_, event), card in self._state.cards.items() if card == number)

    def turn(self, channel: str, *, now: datetime, since: datetime) -> Turn:
        _aware(now, since)
        archive = FakeArchive(self._state)
        post = archive.sendable(channel, now)
        waits = bool(self.digests(channel))
        if post is None:
            return Turn(due=archive.due(channel), digest=waits)
        sent = sorted(at for name, at in self._state.sends.values() if name == channel and at >= since)
        return Turn(post=post, sent=tuple(sent), budget=self._state.budgets.get(channel), digest=waits)

    def hand_over(self, post: Post, *, at: datetime) -> bool:
        _aware(at)
        stored, attempt = self._state.posts[post.id], post.attempts + 1
        if not _is_waiting(stored) and (stored.state, stored.attempts) != (PostState.SENDING, attempt):
            return False
        self._state.posts[post.id] = replace(stored, state=PostState.SENDING, attempts=attempt)
        self._state.sends[post.id, attempt] = (post.channel, at)
        return True

    def settle(self, post: Post, settlement: Settlement, *, at: datetime) -> None:
        FakeArchive(self._state).store_settlement(post, settlement, at)

    def alarm(self, key: str, text: str | None, *, at: datetime) -> bool:
        return FakeArchive(self._state).alarmed(key, text, at)

    def digests(self, channel: str) -> list[Post]:
        own = [post for post in self._state.posts.values() if post.channel == channel]
        return [post for post in own if _is_fresh_digest(post)]

    def digests_sent(self, channel: str, *, since: datetime) -> list[datetime]:
        _aware(since)
        return [
            at
            for (number, attempt), (name, at) in sorted(self._state.sends.items())
            if name == channel
            and at >= since
            and attempt == 1
            and self._state.posts[number].kind is PostKind.DIGEST
        ]

    def postpone(self, post: PostId, until: datetime | None) -> None:
        _aware(until)
        stored = self._state.posts[post]
        if stored.state is PostState.PENDING:
            self._state.posts[post] = replace(stored, due_at=until)

    def numbered(self, event: EventId) -> Event:
        return self._event(event)

    def post(self, number: PostId) -> Post | None:
        post = self._state.posts.get(number)
        return None if post is None else _targeted(self._state, post)

    def decide(self, post: PostId, state: PostState, reason: str) -> None:
        for each in list(self._state.posts.values()):
            if each.id == post:
                edits = [e for e in self._state.posts.values() if e.card == post and e.kind is PostKind.EDIT]
                message = edits[-1].message if edits and state is PostState.PENDING else each.message
                decided = replace(each, state=state, reason=reason, due_at=None, message=message)
                card = _card(self._state, each)
                if card and card.kind in LISTS and each.kind is PostKind.EDIT and state is PostState.PENDING:
                    decided = replace(decided, kind=PostKind.ROUNDUP, card=None)
                    for told, number in self._state.cards.items():
                        self._state.cards[told] = post if number == card.id else number
                self._state.posts[post] = decided
            elif each.card == post and state is PostState.DROPPED and _is_waiting_edit(each):
                vain = replace(each, state=state, reason="its card was never shown", due_at=None)
                self._state.posts[each.id] = vain

    def correct(self, correction: Correction) -> None:
        _aware(correction.at)
        known = self._state.articles
        if correction.earlier not in known or correction.later not in known:
            raise ValueError("a correction of what is not stored")
        self._state.corrections.append(correction)

    def choices(self) -> list[Choice]:
        return sorted(self._state.choices.values(), key=lambda each: (each.at, each.kind, each.name))

    def choose(
        self, kind: str, name: str, value: Mapping[str, Any] | None, *, at: datetime
    ) -> Mapping[str, Any] | None:
        _aware(at)
        before = self._state.choices.pop((kind, name), None)
        if value is not None:
            # As the database has it: of what JSON knows.
            kept = json.loads(json.dumps(dict(value)))
            self._state.choices[kind, name] = Choice(kind=kind, name=name, value=kept, at=at)
        return before.value if before else None

    def note(self, deed: Deed) -> int:
        _aware(deed.at)
        number = len(self._state.deeds) + 1
        said, outcome = (_storable(text) for text in (deed.said, deed.outcome))
        self._state.deeds.append(replace(deed, said=said[:LONGEST_SAID], outcome=outcome, number=number))
        return number

    def deeds(self, *, since: int) -> list[Deed]:
        return self._state.deeds[max(0, since - 1) :]

    def undone(self, number: int, at: datetime) -> None:
        _aware(at)
        self._state.deeds[number - 1] = replace(self._state.deeds[number - 1], undone_at=at)

    def shown(self, channel: str, event: EventId) -> Shown | None:
        if (channel, event) not in self._state.cards:
            return None
        card = self._state.cards[channel, event]
        return Shown(quiet=True) if card is None else self._shown(card)

    def _shown(self, number: PostId) -> Shown:
        card, told = self._state.posts[number], self._told(number)
        belonging = [post for post in self._state.posts.values() if post.card == number]
        several = len(told) > 1 or card.kind is not PostKind.CARD
        return Shown(
            quiet=False,
            message=self._last_text(number),
            post=number,
            kind=card.kind,
            waits=card.state is PostState.PENDING,
            rung=card.message.silent and any(post.kind is PostKind.RING for post in belonging),
            events=tuple(map(self._event, told)) if several else (),
        )

    def sibling(self, channel: str, event: EventId) -> Shown | None:
        own = {each.article for each in self._state.judged if each.event == event}
        others = {each.event for each in self._state.judged if each.article in own} - {event}
        for other in sorted(others):
            number = self._state.cards.get((channel, other))
            if number is not None and self._stands(number):
                found = self._shown(number)
                return found if found.events else replace(found, events=(self._event(other),))
        return None

    def _stands(self, number: PostId) -> bool:
        post = self._state.posts[number]
        return post.state in (PostState.SENT, PostState.SENDING) or _is_waiting(post)

    def unjudged(self, story: str, articles: Sequence[ArticleId]) -> list[ArticleId]:
        judged = {each.article for each in self._state.judged if each.story == story}
        return [number for number in articles if number not in judged]

    def follow(self, story: str, *, at: datetime) -> bool:
        _aware(at)
        if story in self._state.followed:
            return False
        self._state.followed[story] = at
        return True

    def looked(self, person: int, story: str, *, at: datetime) -> datetime | None:
        _aware(at)
        before = self._state.looks.get((person, story))
        self._state.looks[person, story] = at
        return before

    def standing(self, channel: str, *, now: datetime) -> Standing:
        _aware(now)
        own = [post for post in self._state.posts.values() if post.channel == channel]
        lately = [post for post in own if post.planned_at and now - _LATELY < post.planned_at <= now]
        cards = [post.planned_at for post in lately if post.kind is PostKind.CARD and post.planned_at]
        refused = [
            post.card for post in own if post.kind is PostKind.EDIT and post.state is PostState.REFUSED
        ]
        roundups = [
            post.id
            for post in lately
            if post.kind is PostKind.ROUNDUP and self._stands(post.id) and post.id not in refused
        ]
        digests = [post.id for post in own if _is_fresh_digest(post)]
        return Standing(
            planned=tuple(sorted(cards)),
            waiting=sum(post.kind is PostKind.CARD and _is_waiting(post) for post in own),
            roundup=self._shown(roundups[-1]) if roundups else None,
            digest=self._shown(digests[-1]) if digests else None,
        )

    def _posts(self, channel: str, event: EventId) -> list[Post]:
        return [post for post in self._state.posts.values() if (post.channel, post.event) == (channel, event)]

    def hush(self, channel: str, event: EventId) -> None:
        self._state.cards.setdefault((channel, event), None)

    def muted(self, channel: str, event: EventId) -> datetime | None:
        return self._state.mutes.get((channel, event))

    def mute(self, channel: str, event: EventId, *, at: datetime, person: int | None) -> None:
        del person  # only for whoever reads the table
        _aware(at)
        self._state.mutes.setdefault((channel, event), at)

    def unmute(self, channel: str, event: EventId) -> bool:
        return self._state.mutes.pop((channel, event), None) is not None

    def review(self, review: Review) -> ReviewId:
        _aware(review.asked_at, review.until)
        known = self._state.reviews
        if any((old.story, old.article) == (review.story, review.article) for old in known.values()):
            raise ValueError("people were asked about that already")
        number = ReviewId(len(known) + 1)
        known[number] = replace(review, id=number)
        return number

    def in_review(self, event: EventId) -> bool:
        members = {(each.story, each.article) for each in self._state.judged if each.event == event}
        reviews = self._state.reviews.values()
        return any(each.answer is None and (each.story, each.article) in members for each in reviews)

    def told(self, review: ReviewId, *, at: datetime) -> None:
        _aware(at)
        self._state.reviews[review] = replace(self._state.reviews[review], told_at=at)

    def answer(
        self, review: ReviewId, answer: Ruling, *, at: datetime, person: int | None = None
    ) -> Review | None:
        _aware(at)
        known = self._state.reviews.get(review)
        if known is None or known.answer is not None or known.until <= at:
            return None
        self._state.reviews[review] = replace(known, answer=answer, answered_at=at, person=person)
        return self._state.reviews[review]

    def lapse(self, review: ReviewId, *, at: datetime) -> Review | None:
        _aware(at)
        known = self._state.reviews.get(review)
        if known is None or known.answer is not None or known.until > at:
            return None
        self._state.reviews[review] = replace(known, answer=known.otherwise, answered_at=at)
        return self._state.reviews[review]

    def waiting(self, channel: str, event: EventId) -> list[Post]:
        own = [post for post in self._posts(channel, event) if _is_waiting(post)]
        return [_targeted(self._state, post) for post in own]

    def posts(self, posts: Sequence[Post], *, at: datetime) -> None:
        _aware(at)
        for post in posts:
            told = post.channel, post.event
            if post.joins is not None:
                self._state.cards[told] = post.joins
            planned = replace(post, planned_at=at, joins=None)
            if post.kind in CARDS:
                self._state.cards[told] = self._append(planned)
            elif post.kind is PostKind.EDIT:
                self._edit(planned, joins=post.joins is not None)
            else:
                self._append(replace(planned, card=self._state.cards.get(told)))

    def _append(self, post: Post) -> PostId:
        number = PostId(len(self._state.posts) + 1)
        self._state.posts[number] = replace(post, id=number, attempts=0, target=None, message_id=None)
        return number

    def _last_text(self, number: PostId) -> Message:
        edits = [post for post in self._state.posts.values() if _is_edit_of(post, number)]
        return [self._state.posts[number], *edits][-1].message

    def _edit(self, edit: Post, *, joins: bool) -> None:
        number = self._state.cards.get((edit.channel, edit.event))
        if number is None:
            raise StorywireError(
                f"event {edit.event} has no card in channel {edit.channel} that an edit could change"
            )
        card = self._state.posts[number]
        if card.state in _UNSHOWN or (joins and edit.message == self._last_text(number)):
            return
        waiting = [
            post
            for post in self._state.posts.values()
            if _is_edit_of(post, number) and post.state in (PostState.PENDING, PostState.UNCERTAIN)
        ]
        if waiting:
            last = replace(waiting[-1], message=edit.message, state=PostState.PENDING, reason=None)
            self._state.posts[last.id] = last
        if card.state is PostState.PENDING:
            self._state.posts[number] = replace(card, message=edit.message)
        elif waiting:
            return
        elif _is_lost(card):
            reason = "its card was never shown"
            self._append(replace(edit, card=number, state=PostState.DROPPED, reason=reason))
        else:
            self._append(replace(edit, card=number))

    def polled(self, poll: Poll) -> None:
        _store_poll(self._state, poll)


class FakeArchive:
    """Everything that must survive a restart, as long as the object lives."""

    def __init__(self, state: _State | None = None) -> None:
        self._state = _State() if state is None else state

    @property
    def is_untouched(self) -> bool:
        """Nothing was ever kept."""
        return self._state == _State()

    def copied(self) -> FakeArchive:
        """Return another archive that knows the same."""
        return FakeArchive(self._state.copied())

    def changed_since(self, before: FakeArchive) -> dict[str, list[object]]:
        """Return what is kept otherwise than in an earlier copy, by its kind: "posts", "choices" …"""
        kinds = [each.name for each in fields(_State)]
        both = {kind: (_entries(before._state, kind), _entries(self._state, kind)) for kind in kinds}
        found = {
            kind: [it for it in [*new, *old] if it not in old or it not in new]
            for kind, (old, new) in both.items()
        }
        return {kind: entries for kind, entries in found.items() if entries}

    async def record(self, work: Callable[[Record], T]) -> T:
        state = self._state.copied()
        result = work(FakeRecord(state))
        self._state = state
        return result

    async def declare(self, feeds: Sequence[Feed]) -> None:
        known = self._state.feeds
        for url, row in known.items():
            known[url] = replace(row, declared=False)
        for position, feed in enumerate(feeds):
            row = known.get(feed.url, _Polled(feed=feed))
            known[feed.url] = replace(
                row, feed=_said_of(row.feed, feed), declared=True, added=False, position=position
            )

    async def add(self, feed: Feed) -> bool:
        row = self._state.feeds.get(feed.url, _Polled(feed=feed, declared=False))
        if row.declared or row.added:
            return False
        last = max((other.position for other in self._polled()), default=-1)
        row = _afresh(row)
        known = replace(_said_of(row.feed, feed), paused=None)
        self._state.feeds[feed.url] = replace(row, feed=known, declared=False, added=True, position=last + 1)
        return True

    async def remove(self, url: str) -> bool:
        row = self._state.feeds.get(url)
        if row is None or not row.added:
            return False
        self._state.feeds[url] = replace(row, added=False)
        return True

    async def pause(self, url: str, reason: str | None) -> bool:
        row = next((row for row in self._polled() if row.feed.url == url), None)
        if row is None:
            return False
        feed = replace(row.feed, paused=reason)
        if reason is None:
            row = _afresh(row)
            feed = replace(row.feed, paused=None)
        self._state.feeds[url] = replace(row, feed=feed)
        return True

    async def claim(
        self, *, now: datetime, lease: timedelta, limit: int, busy: Mapping[str, int] = NOBODY
    ) -> list[Feed]:
        _aware(now)
        due = [
            row
            for row in self._polled()
            if row.feed.paused is None
            and (_is_free(row.next_at, now) or _was_set_back(row, now))
            and _is_free(row.lease_until, now)
            and _is_free(self._state.hosts.get(row.feed.host, Server()).rests_until, now)
        ]
        due.sort(key=lambda row: row.next_at or _LONG_PAST)
        at_work, taken = Counter(busy), list[Feed]()
        for row in due:
            if len(taken) < limit and at_work[row.feed.host] < PER_HOST:
                at_work[row.feed.host] += 1
                self._state.feeds[row.feed.url] = replace(row, lease_until=now + lease)
                taken.append(replace(self._known(row), lease=now + lease))
        return taken

    async def forgive(self, *, since: datetime, next_at: datetime) -> None:
        for url, row in self._state.feeds.items():
            if row.feed.failing_since is None or row.feed.failing_since < since:
                continue
            feed = replace(row.feed, failures=0, failing_since=None)
            asked = feed.asked_until is not None and feed.asked_until > next_at
            again = row.next_at if asked or row.next_at is None else min(row.next_at, next_at)
            self._state.feeds[url] = replace(row, feed=feed, next_at=again)
            self._state.hosts.pop(feed.host, None)

    def _polled(self) -> list[_Polled]:
        polled = [row for row in self._state.feeds.values() if row.declared or row.added]
        return sorted(polled, key=lambda row: (row.added, row.position))

    def _known(self, row: _Polled) -> Feed:
        return replace(row.feed, server=self._state.hosts.get(row.feed.host, Server()))

    async def polled(self, poll: Poll) -> None:
        _store_poll(self._state, poll)

    async def feeds(self, *, counted: bool = True) -> list[FeedHealth]:
        articles = [article.feed_url for article in self._state.articles.values() if counted]
        return [replace(self._health(row), articles=articles.count(row.feed.url)) for row in self._polled()]

    def _health(self, row: _Polled) -> FeedHealth:
        return FeedHealth(
            feed=self._known(row),
            next_at=row.next_at,
            polled_at=row.polled_at,
            failure=row.failure,
            articles=0,
            added=row.added,
        )

    async def next_post(self, channel: str, *, now: datetime) -> Post | None:
        return self.sendable(channel, now)

    def sendable(self, channel: str, now: datetime) -> Post | None:
        _aware(now)
        if now < self._state.rests.get(channel, now) <= now + _LONGEST_WAIT or self._in_flight(channel):
            return None
        sendable = [*self._digests(channel), *self._sendable(channel)]
        due = [post for post in sendable if _is_due(post, now)]
        return next(iter(due), None)

    def _in_flight(self, channel: str) -> bool:
        return any(
            post.channel == channel and post.state is PostState.SENDING for post in self._state.posts.values()
        )

    def _sendable(self, channel: str) -> list[Post]:
        """Return the head of the channel's cards and replies, then the edits of cards that are shown."""
        waiting = [
            _targeted(self._state, post)
            for post in self._state.posts.values()
            if post.channel == channel and _is_waiting(post)
        ]
        edits = [post for post in waiting if post.kind is PostKind.EDIT and _is_shown(self._state, post)]
        apart = (PostKind.EDIT, PostKind.DIGEST)
        return [post for post in waiting if post.kind not in apart][:1] + edits

    def _digests(self, channel: str) -> list[Post]:
        own = [post for post in self._state.posts.values() if post.channel == channel]
        return [post for post in own if post.kind is PostKind.DIGEST and _is_waiting(post)]

    async def reside(self, channel: str, chat: str) -> bool:
        before = self._state.chats.get(channel)
        self._state.chats[channel] = chat
        if before in {None, chat}:
            return False
        self._put_out_of_reach(channel)
        return True

    async def moves(self) -> dict[str, tuple[str, str]]:
        return dict(self._state.moves)

    async def rest(self, channel: str, until: datetime) -> None:
        _aware(until)
        self._state.rests[channel] = until

    async def next_due(self, channel: str) -> datetime | None:
        return self.due(channel)

    def due(self, channel: str) -> datetime | None:
        waiting = [] if self._in_flight(channel) else [*self._digests(channel), *self._sendable(channel)]
        if not waiting:
            return None
        rests = self._state.rests.get(channel, _LONG_PAST)
        return max(rests, min(post.due_at or _LONG_PAST for post in waiting))

    async def sending(self, post: Post, *, at: datetime) -> Post | None:
        handed = FakeRecord(self._state).hand_over(post, at=at)
        return _targeted(self._state, self._state.posts[post.id]) if handed else None

    async def settle(self, post: Post, settlement: Settlement, *, at: datetime) -> None:
        self.store_settlement(post, settlement, at)

    def store_settlement(self, post: Post, settlement: Settlement, at: datetime) -> None:
        _aware(at)
        stored = self._state.posts[post.id]
        settled = replace(
            stored,
            state=settlement.state,
            reason=settlement.reason,
            due_at=settlement.due_at,
            message_id=stored.message_id if settlement.message_id is None else settlement.message_id,
        )
        self._state.posts[post.id] = settled
        self._state.settled[post.id] = at
        attempt = (post.id, post.attempts)
        if (
            settled.state is PostState.SENT
            and post.kind is not PostKind.DIGEST
            and attempt in self._state.sends
        ):
            self._state.sends[attempt] = (post.channel, at)
        if settlement.channel_rests_until is not None:
            known = self._state.rests.get(post.channel, _LONG_PAST)
            known = known if known <= at + _LONGEST_WAIT else _LONG_PAST
            self._state.rests[post.channel] = max(known, settlement.channel_rests_until)
        if settlement.budget is not None:
            self._state.budgets[post.channel] = (settlement.budget, at)
        if settlement.moved is not None:
            self._state.moves[post.channel] = settlement.moved
            self._state.chats[post.channel] = settlement.moved[1]
            self._put_out_of_reach(post.channel)
        self._drop_vain_edits(settled)

    def _put_out_of_reach(self, channel: str) -> None:
        there = {n for n, post in self._state.posts.items() if post.channel == channel and post.message_id}
        for number, post in self._state.posts.items():
            if post.channel == channel and post.card in there and _is_waiting(post):
                self._state.posts[number] = replace(post, state=PostState.DROPPED, due_at=None)
        for place, card in self._state.cards.items():
            if card in there:
                self._state.cards[place] = None
        for number in there:
            self._state.posts[number] = replace(self._state.posts[number], message_id=None)

    def _drop_vain_edits(self, settled: Post) -> None:
        edits = [
            post
            for post in self._state.posts.values()
            if post.kind is PostKind.EDIT and post.card in (settled.id, settled.card or settled.id)
        ]
        if settled.kind in CARDS and (settled.state in _UNSHOWN or _is_lost(settled)):
            vain, reason = [post for post in edits if _is_waiting(post)], "its card was never shown"
        elif settled.kind is PostKind.EDIT and settled.state in (PostState.PENDING, PostState.UNCERTAIN):
            overtaken = any(post.id > settled.id for post in edits)
            vain, reason = [settled] if overtaken else [], "overtaken by a later edit"
        else:
            return
        for post in vain:
            self._state.posts[post.id] = replace(post, state=PostState.DROPPED, reason=reason, due_at=None)

    async def interrupted(self, channel: str | None = None) -> list[Post]:
        return [post for post in await self.outbox(PostState.SENDING) if channel in {None, post.channel}]

    async def sent_since(self, channel: str, since: datetime) -> list[datetime]:
        _aware(since)
        return sorted(at for name, at in self._state.sends.values() if name == channel and at >= since)

    async def outbox(self, *states: PostState) -> list[Post]:
        return [_targeted(self._state, post) for post in self._state.posts.values() if post.state in states]

    async def unseen(self, articles: Sequence[Article]) -> list[Article]:
        return FakeRecord(self._state).unseen(articles)

    async def decisions(self, reference: str) -> list[Decision]:
        numbers = self._referred(reference)
        judged = [each for number in numbers for each in self._state.judged if each.article == number]
        return [self._decision(each) for each in judged]

    def _referred(self, reference: str) -> list[ArticleId]:
        numbers = [
            number
            for number, article in self._state.articles.items()
            if reference and reference in (article.link, article.address, article.key, str(number))
        ]
        return sorted(numbers, reverse=True)

    def _decision(self, judged: _Judged) -> Decision:
        of = _named(judged.verdict)
        return Decision(
            article_id=judged.article,
            article=self._state.articles[judged.article],
            story=judged.story,
            verdict=judged.verdict,
            hits=judged.hits,
            quiet=judged.quiet,
            event=judged.event,
            earlier=None if of is None else self._state.articles[of],
            posts=tuple(
                _targeted(self._state, post)
                for post in self._state.posts.values()
                if post.event == judged.event
                or post.id == self._state.cards.get((post.channel, judged.event))
            ),
        )

    async def corrections(self) -> list[Correction]:
        return list(self._state.corrections)

    async def choices(self) -> list[Choice]:
        return FakeRecord(self._state).choices()

    async def deeds(self, limit: int, *, person: int | None = None) -> list[Deed]:
        theirs = [deed for deed in reversed(self._state.deeds) if person in {None, deed.person}]
        return theirs[:limit]

    async def reviews(self, *, closed: bool = False) -> list[Review]:
        return [review for review in self._state.reviews.values() if closed or review.answer is None]

    async def articles(self, reference: str) -> list[Article]:
        return [self._state.articles[number] for number in self._referred(reference)]

    async def seen(
        self, *, since: datetime, until: datetime, before: ArticleId | None, limit: int
    ) -> list[tuple[ArticleId, Article]]:
        _aware(since, until)
        found = [
            (article.seen_at, number)
            for number, article in self._state.articles.items()
            if since <= article.seen_at <= until
            and (before is None or (article.seen_at, number) < (until, before))
        ]
        return [(number, self._state.articles[number]) for _, number in sorted(found, reverse=True)[:limit]]

    async def matched(self, *, since: datetime) -> list[Matched]:
        _aware(since)
        return [
            Matched(
                article=judged.article,
                story=judged.story,
                unwanted=judged.corrected is not None and judged.corrected[0] == "new",
            )
            for judged in self._state.judged
            if self._state.articles[judged.article].seen_at >= since
        ]

    async def stored(
        self, *, since: datetime, after: ArticleId | None, limit: int
    ) -> list[tuple[ArticleId, Article]]:
        _aware(since)
        found = [
            (number, article)
            for number, article in sorted(self._state.articles.items())
            if article.seen_at >= since and (after is None or number > after)
        ]
        return found[:limit]

    async def told(
        self, story: str, *, since: datetime, until: datetime | None, before: EventId | None, limit: int
    ) -> list[Event]:
        _aware(since, until)
        begun = {
            event: min(each.article for each in self._state.judged if each.event == event)
            for event in {each.event for each in self._newsworthy(story)}
        }
        end = None if before is None else min(m.id for m in FakeRecord(self._state).numbered(before).members)
        found = sorted(
            (first, event)
            for event, first in begun.items()
            if since <= self._state.articles[first].seen_at
            and (until is None or self._state.articles[first].seen_at < until)
            and (end is None or first < end)
        )
        return [FakeRecord(self._state).numbered(event) for _first, event in found[-limit:]]

    async def grown(self, story: str, *, since: datetime, limit: int) -> list[Event]:
        _aware(since)
        added = {
            each.event: each.article
            for each in sorted(self._newsworthy(story), key=lambda each: each.article)
            if self._state.articles[each.article].seen_at >= since
        }
        latest = sorted(added, key=lambda event: -added[event])
        return [FakeRecord(self._state).numbered(event) for event in latest[:limit]]

    def _newsworthy(self, story: str) -> list[_Judged]:
        return [
            each for each in self._state.judged if each.story == story and each.quiet in {None, UNFOLLOWED}
        ]

    async def followed(self) -> dict[str, datetime]:
        return dict(self._state.followed)

    async def looks(self, person: int) -> dict[str, datetime]:
        return {story: at for (who, story), at in self._state.looks.items() if who == person}

    async def accounts(self, reference: str, *, limit: int) -> list[Account]:
        health = {row.feed.url: self._health(row) for row in self._polled()}
        return [
            Account(
                id=number,
                article=self._state.articles[number],
                feed=health.get(self._state.articles[number].feed_url),
                told=tuple(self._told(each) for each in self._state.judged if each.article == number),
            )
            for number in self._referred(reference)[:limit]
        ]

    def _told(self, judged: _Judged) -> Told:
        """Tell of a decision; nobody mutes or is asked anything here."""
        decision, state = self._decision(judged), self._state
        said = tuple(
            each
            for each in state.corrections
            if each.story == judged.story and judged.article in (each.earlier, each.later)
        )
        others = {number for each in said for number in (each.earlier, each.later)} - {judged.article}
        return Told(
            decision=decision,
            event=FakeRecord(state).numbered(judged.event),
            settled={post.id: state.settled[post.id] for post in decision.posts if post.id in state.settled},
            rests={
                post.channel: state.rests[post.channel]
                for post in decision.posts
                if post.channel in state.rests
            },
            hushed=frozenset(
                channel
                for (channel, event), card in state.cards.items()
                if event == judged.event and card is None
            ),
            corrections=said,
            others={number: state.articles[number] for number in others},
        )

    async def message(self, channel: str, message_id: int) -> Seen | None:
        for post in self._state.posts.values():
            its = post.channel == channel and post.message_id == message_id
            if its and post.kind is not PostKind.EDIT:
                record = FakeRecord(self._state)
                told = sorted(event for (_, event), card in self._state.cards.items() if card == post.id)
                events = map(record.numbered, told if post.kind in CARDS else [post.event])
                left = tuple(event for event in events if event.members)
                return Seen(post=_targeted(self._state, post), events=left) if left else None
        return None

    async def heard(self, feeds: Sequence[str], *, before: datetime) -> set[str]:
        _aware(before)
        stored = self._state.articles.values()
        return {article.feed_url for article in stored if article.seen_at < before} & set(feeds)

    async def prune(self, *, before: datetime, part: int, parts: int) -> None:
        _aware(before)
        low, high = span_of(part, parts)
        for place, judged in enumerate(self._state.judged):
            if self._state.articles[judged.article].seen_at < before:
                kept = frozenset(key for key in judged.keys if not low <= key <= high)
                self._state.judged[place] = replace(judged, keys=kept)
                if part == 0:
                    self._state.meanings.pop(judged.article, None)

    async def alarm(self, key: str, text: str | None, *, at: datetime) -> bool:
        return self.alarmed(key, text, at)

    def alarmed(self, key: str, text: str | None, at: datetime) -> bool:
        _aware(at)
        known, since = self._state.alarms.get(key, (None, at))
        if text is None:
            self._state.alarms.pop(key, None)
        else:
            self._state.alarms[key] = (text, since)
        return text != known

    async def alarms(self) -> list[tuple[str, str, datetime]]:
        standing = [(key, text, since) for key, (text, since) in self._state.alarms.items()]
        return sorted(standing, key=lambda alarm: (alarm[2], alarm[0]))

    async def beat(self, name: str, *, at: datetime) -> None:
        _aware(at)
        self._state.beats[name] = at

    async def beats(self) -> dict[str, datetime]:
        return dict(self._state.beats)

    async def close(self) -> None:
        """Nothing to let go of: the object itself is what survives."""


def _storable(text: str) -> str:
    return text.replace("\0", " ").encode(errors="replace").decode()


def _role(verdict: Verdict) -> str:
    match verdict:
        case New():
            return "new"
        case Duplicate(kind=kind):
            return kind.value
        case Update():
            return "update"
        case Related():
            return "related"


def _named(verdict: Verdict) -> ArticleId | None:
    return None if isinstance(verdict, New) else verdict.of


def _identity(article: Article) -> tuple[str, str, str]:
    return article.feed_url, article.key, article.fingerprint


def _aware(*times: datetime | None) -> None:
    if any(time is not None and time.tzinfo is None for time in times):
        raise ValueError("a time without a zone")


def _is_free(until: datetime | None, now: datetime) -> bool:
    return until is None or until <= now or until > now + _CLOCK_JUMPED


def _was_set_back(row: _Polled, now: datetime) -> bool:
    late = row.polled_at is not None and row.polled_at > now + _CLOCK_SET_BACK
    return late and _is_free(row.feed.asked_until, now)


def _is_due(post: Post, now: datetime) -> bool:
    late = post.attempts > 0 and post.due_at is not None and post.due_at > now + _LONGEST_WAIT
    return post.due_at is None or post.due_at <= now or late


def _is_waiting(post: Post) -> bool:
    resend = post.state is PostState.UNCERTAIN and post.due_at is not None
    return post.state is PostState.PENDING or resend


def _is_lost(post: Post) -> bool:
    return post.state is PostState.UNCERTAIN and post.due_at is None


def _is_waiting_edit(post: Post) -> bool:
    return post.kind is PostKind.EDIT and _is_waiting(post)


def _is_fresh_digest(post: Post) -> bool:
    return post.kind is PostKind.DIGEST and post.state is PostState.PENDING and post.attempts == 0


def _is_edit_of(post: Post, card: PostId) -> bool:
    return post.card == card and post.kind is PostKind.EDIT


def _card(state: _State, post: Post) -> Post | None:
    return None if post.card is None else state.posts[post.card]


def _is_shown(state: _State, post: Post) -> bool:
    card = _card(state, post)
    return card is not None and card.state is PostState.SENT


def _targeted(state: _State, post: Post) -> Post:
    card = _card(state, post)
    return post if card is None else replace(post, target=card.message_id, lists=card.kind in LISTS)


def _afresh(row: _Polled) -> _Polled:
    feed = replace(row.feed, failures=0, failing_since=None)
    return replace(row, feed=feed, next_at=feed.asked_until, failure=None)


def _said_of(known: Feed, said: Feed) -> Feed:
    """Return a feed with what the operator says of it."""
    return replace(known, name=said.name, language=said.language, every=said.every, slowest=said.slowest)


def _store_poll(state: _State, poll: Poll) -> None:
    feed = poll.feed
    _aware(poll.at, poll.next_at, feed.recorded_at, feed.unconditional_at)
    row = state.feeds.get(feed.url)
    if row is None or (row.lease_until is not None and row.lease_until != feed.lease):
        return
    kept = replace(
        _said_of(feed, row.feed), paused=feed.paused or row.feed.paused, lease=None, server=Server()
    )
    state.feeds[feed.url] = replace(
        row, feed=kept, polled_at=poll.at, next_at=poll.next_at, lease_until=None, failure=poll.failure
    )
    stands = state.hosts.get(feed.host, Server()).rests_until
    if feed.server != Server():
        rests = max((until for until in (stands, feed.server.rests_until) if until), default=None)
        state.hosts[feed.host] = replace(feed.server, rests_until=rests)
    elif _is_free(stands, poll.at):
        state.hosts.pop(feed.host, None)
