"""READ FIRST: the way of one item.

A scheduler polls feeds for new coverage of a story, matches each item against the stored articles to mark it
new or duplicate, and posts to a channel. Two jobs do it, and they meet only at the archive: `poll` fills it,
`deliver` empties its outbox. A crash between or within them loses nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import chain
from typing import TypeVar

from bot.core.address import canonical_address, needs_its_server
from bot.core.admit import REPEAT, UNFOLLOWED, admit
from bot.core.cadence import after_answer, after_no_answer, learned, next_poll, next_try
from bot.core.compare import furniture_of
from bot.core.concepts import Concepts
from bot.core.grouping import MOST_REPORTS, USUAL, USUAL_AFTER, Grouping, Usage, events_near
from bot.core.hours import digest_due, quiet_until
from bot.core.judge import judge
from bot.core.keys import match_keys
from bot.core.match import Watch, matches
from bot.core.moving import moving, not_read, not_there
from bot.core.normalise import LONGEST_BODY, normalise, without_doubled_ids
from bot.core.novelty import Novelty, novelties
from bot.core.outage import Network
from bot.core.pace import MOST_PER_WINDOW, WINDOW, Overall, budget, next_turn, refused
from bot.core.plan import Place, Places, gate, has_news, plan, refreshed
from bot.core.questions import DEFAULT, Limits
from bot.core.reading import Reading
from bot.core.settle import settle
from bot.core.similarity import Shingles
from bot.crashpoints import crashpoint
from bot.errors import (
    AnswerLostError,
    BadAnswerError,
    ChannelBusyError,
    DeliveryError,
    FetchError,
    NoAnswerError,
    ParseError,
    StorywireError,
)
from bot.model import (
    Article,
    ArticleId,
    Delivery,
    Document,
    Duplicate,
    Event,
    EventId,
    Feed,
    Fetched,
    Happening,
    Hours,
    Match,
    Meaning,
    Mode,
    New,
    Page,
    Post,
    Posting,
    PostKind,
    PostState,
    Receipt,
    Related,
    Review,
    Settlement,
    Stored,
    Story,
    Update,
    Validators,
    Verdict,
)
from bot.muting import lift
from bot.ports import Archive, Ask, Channel, Clock, Fetch, Notify, Parse, Poll, ReadPage, Record, Semantics

T = TypeVar("T")

#: One poll a day asks for the document whatever the server says: some serve a stale ETag for ever.
_UNCONDITIONAL_EVERY = timedelta(hours=24)
#: Candidates compared with one article, the nearest by their keys. Eight missed one repeat of a week of real
#: items that 200 found, and three in a thousand near-duplicates among a million headlines that twelve find;
#: they cost a third less, and streams of headlines are grouped as well.
MOST_CANDIDATES = 8
#: Reports whose meanings are compared with an article's, the latest; five thousand take a few milliseconds.
MOST_MEANINGS = 5_000


GONE = "its publisher took it down for good (410 Gone); `storywire feeds resume` tries it again"
_GONE, _TOO_MANY, _SERVER_FAULT = 410, 429, 500

#: Digests sent since so long ago tell which hours had theirs.
DIGESTS_LOOKED_AT = timedelta(days=2)

#: Pages read for one poll, those of the newest articles.
MOST_PAGES = 5
#: The news of a poll wait no longer for what their pages say.
_PAGES_MAY_TAKE_S = 25.0
#: Feeds that carry so much of a text carry enough: the pairs with full feed fields need no page.
_LONG_ENOUGH = 1_000

#: Articles read at once when an index is made again; only memory depends on it.
_BATCH = 500
#: Of one document's texts, this share has what belongs to the page and not to the report.
_FURNITURE = 1 / 3
_FEWEST_TEXTS = 6
_NO_CONCEPTS = Concepts.of({}, where="furniture")


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What decisions rest on: a frozen snapshot, without a door to the world."""

    watches: Sequence[Watch]
    limits: Limits = DEFAULT
    #: Shingles that the pages of the feed now read share: captions, share bars, notices.
    furniture: Callable[[], Shingles] = frozenset
    #: Story → how its articles are grouped, as of this poll; read from the archive where it is not given.
    groupings: Mapping[str, Grouping] = field(default_factory=dict)
    #: Tells what headlines mean, if the operator asked for that.
    semantics: Semantics | None = None
    #: Addresses of feeds whose articles are all read on their pages.
    full_text_feeds: frozenset[str] = frozenset()
    #: Ask a news search's server where a link of its leads, for what matches a story.
    resolves: bool = False
    #: Channel → the hours of its readers; the usual ones where none is named.
    hours: Mapping[str, Hours] = field(default_factory=dict)

    @property
    def places(self) -> Places:
        """Return the channels as the posts of stories find them."""
        return Places(stories={watch.story.name: watch.story for watch in self.watches}, hours=self.hours)

    def concepts(self, story: Story) -> Concepts:
        """Return the story's spellings of one thing."""
        return next(watch.concepts for watch in self.watches if watch.story.name == story.name)

    def grouping(self, story: Story) -> Grouping:
        """Return how the story's articles are grouped; outside a poll without regard to its usual words."""
        found = self.groupings.get(story.name)
        return found or Grouping(self.concepts(story), Usage(), self.limits)

    def meaning(self, article: Article) -> bytes | None:
        """Return what an article's headline means, if an encoder is in use."""
        return self.semantics.encode([article.title])[0] if self.semantics else None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything the two jobs need, put together by `app`."""

    clock: Clock
    fetch: Fetch
    parse: Parse
    archive: Archive
    notify: Notify
    knowledge: Knowledge
    delivery: Delivery = Delivery.AT_LEAST_ONCE
    network: Network = field(default_factory=Network)
    overall: Overall = field(default_factory=Overall)
    #: Reads pages where feeds carry too little; None if nobody wants that.
    read_page: ReadPage | None = None
    #: Asks the administrators about verdicts in doubt; None: they are told in words, by `notify`.
    ask: Ask | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one story decided about one article."""

    article_id: ArticleId
    match: Match
    verdict: Verdict
    event: Event
    quiet: str | None
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one poll brought."""

    feed: Feed
    #: Why it failed; None if it did not.
    failure: str | None = None
    #: Entries the document listed; 0 if it was unchanged.
    listed: int = 0
    #: Articles recorded for the first time.
    unseen: int = 0
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a feed's server has now."""

    #: The feed with what this answer changes in its state, whatever becomes of the entries.
    heard: Feed
    fetched: Fetched
    digest: str | None = None
    #: What was read of its document, without its entries; None if nothing changed.
    document: Document | None = None
    articles: Sequence[Article] = ()

    @property
    def listed(self) -> int:
        """How many entries the document has."""
        return len(self.articles) + (self.document.left_out if self.document else 0)


# --------------------------------------------------------------------------------------------- poll


async def poll(feed: Feed, world: World) -> Polled:
    """Look at a feed once: what is new in it is recorded with its verdicts and its posts."""
    conditional = not _wants_everything(feed, world.clock.now())
    try:
        seen = await look(feed, world, conditional=conditional)
    except (FetchError, ParseError) as failure:
        if isinstance(failure, BadAnswerError) and not conditional and feed.unconditional_at:
            # It was asked for everything and said no; to ask again at each try would be no better.
            feed = replace(feed, unconditional_at=world.clock.now())
        return await _failed(feed, failure, world)
    articles = await with_pages(seen.articles, feed, world)
    crashpoint("poll:pages")
    if seen.document is None:
        known = moving(seen.heard, seen.fetched.moved, known=True, now=world.clock.now())
        await world.archive.polled(_good(known, seen, world))
        return Polled(feed=feed)

    def work(record: Record) -> Polled:
        takings = take_all(articles, feed, record, world.knowledge, listed=seen.listed)
        # Last: only now may the server say "unchanged".
        record.polled(_good(_after_recording(feed, seen, takings, world), seen, world))
        taken = takings.taken
        return Polled(feed=feed, listed=seen.listed, unseen=len(takings.novelties), taken=taken)

    return await world.archive.record(work)


def _good(known: Feed, seen: Look, world: World) -> Poll:
    now = world.clock.now()
    return Poll(feed=known, at=now, next_at=next_poll(known, fresh=seen.fetched.fresh, now=now))


def _after_recording(feed: Feed, seen: Look, takings: Takings, world: World) -> Feed:
    """Return the feed as a poll leaves it whose entries are all recorded."""
    document, now = seen.document, world.clock.now()
    if document is None:
        return seen.heard
    news = [novelty.article for novelty in takings.novelties if novelty.quiet is None]
    known = learned(seen.heard, news, now=now)
    known = moving(known, seen.fetched.moved, known=takings.unseen < seen.listed, now=now)
    # What was passed over (a text that changes too often) is looked at again, within a day at the latest.
    whole = len(takings.novelties) == takings.unseen
    # Until a whole document with entries was seen, or a part of one twice, what the next lists is backlog.
    read = seen.listed and (seen.digest is not None or feed.news_at is not None)
    return replace(
        known,
        digest=seen.digest if whole else None,
        parts=document.parts if seen.digest and whole else b"",
        rhythm=document.rhythm,
        recorded_at=now if read else feed.recorded_at,
    )


async def look(feed: Feed, world: World, *, conditional: bool) -> Look:
    """Fetch and read a feed, changing nothing.

    Args:
        feed: as it is known.
        world: what the pipeline needs.
        conditional: let the server say "unchanged", and leave out what stands unchanged in the document.

    Raises:
        FetchError: no usable answer.
        ParseError: the answer is not a feed.
    """
    fetched = await world.fetch(feed, conditional=conditional)
    crashpoint("poll:fetched")
    now = world.clock.now()
    heard = replace(
        feed,
        failures=0,
        failing_since=None,
        asked_until=None,
        server=after_answer(feed.server),
        took=fetched.took,
        validators=fetched.validators,
        unconditional_at=feed.unconditional_at if conditional else now,
    )
    world.network.reached(feed.host, at=now)
    if fetched.body is None:
        return Look(heard=heard, fetched=fetched)
    digest: str | None = hashlib.blake2b(fetched.body, digest_size=16).hexdigest()
    if digest == feed.digest:
        return Look(heard=heard, fetched=fetched)
    document = await world.parse(fetched, known=feed.parts if conditional else b"")
    articles = normalised(document, feed, now)
    if document.left_out and any(_tells_of_furniture(article, feed, world.knowledge) for article in articles):
        document = await world.parse(fetched)
        articles = normalised(document, feed, now)
    crashpoint("poll:parsed")
    if not document.complete:  # nothing of this answer may make the server say "unchanged"
        heard, digest = replace(heard, validators=Validators()), None
    # Hundreds of polls may wait for their turn to record: what became of bodies and entries is in articles.
    read, empty = replace(fetched, body=None), replace(document, entries=())
    return Look(heard=heard, fetched=read, digest=digest, document=empty, articles=articles)


def _tells_of_furniture(article: Article, feed: Feed, knowledge: Knowledge) -> bool:
    """Tell whether an article will be judged by a text whose furniture only the whole document shows."""
    return bool(article.body) and bool(matches(article, knowledge.watches, {feed.url: feed.name}))


def normalised(document: Document, feed: Feed, now: datetime) -> list[Article]:
    """Make articles of a document's entries, oldest first, so that the original precedes its copies."""
    entries = reversed(without_doubled_ids(document.entries))
    articles = (normalise(entry, feed, seen_at=now, language=document.language) for entry in entries)
    return sorted(articles, key=lambda article: article.published)


@dataclass(frozen=True, slots=True, kw_only=True)
class Takings:
    """What one poll brought into the archive."""

    #: Articles whose id and text were not listed together before.
    unseen: int
    #: Those of them that were recorded.
    novelties: Sequence[Novelty] = ()
    taken: tuple[Taken, ...] = ()


async def with_pages(articles: Sequence[Article], feed: Feed, world: World) -> Sequence[Article]:
    """Return a poll's articles, with what their pages say of those that are new and asked for.

    A page tells the text where a feed or a story wants more than the summary, with it the picture where the
    feed has none, and the address where a news search names only its own. A page that cannot be had changes
    nothing. The backlog of a new feed is not worth a site's trouble.
    """
    if world.read_page is None or feed.is_new:
        return articles
    wanted = [article for article in articles if _wants_page(article, feed, world.knowledge)]
    new = (await world.archive.unseen(wanted))[-MOST_PAGES:] if wanted else []
    pages = await _pages(new, world.read_page)
    return [_with_page(article, pages.get(id(article))) for article in articles]


async def _pages(articles: Sequence[Article], read_page: ReadPage) -> dict[int, Page]:
    """Return the pages of articles, by their identity in memory, that could be had in time."""
    tasks = {asyncio.ensure_future(read_page(article.link)): article for article in articles}
    if not tasks:
        return {}
    try:
        done, _late = await asyncio.wait(tasks, timeout=_PAGES_MAY_TAKE_S)
    finally:  # those that are late, and all of them if the program stops
        for task in tasks:
            task.cancel()
    failed = {task for task in done if isinstance(task.exception(), (FetchError, ParseError))}
    return {id(tasks[task]): task.result() for task in done - failed}


def _wants_page(article: Article, feed: Feed, knowledge: Knowledge) -> bool:
    if not article.link or len(article.text) >= _LONG_ENOUGH:
        return False
    if feed.url in knowledge.full_text_feeds:
        return True
    stories = [match.story for match in matches(article, knowledge.watches, {feed.url: feed.name})]
    resolves = knowledge.resolves and needs_its_server(article.link)
    return any(story.policy.full_text or resolves for story in stories)


def _with_page(article: Article, page: Page | None) -> Article:
    if page is None:
        return article
    body = page.text if len(page.text) > len(article.text) else article.body
    found = needs_its_server(article.link) and not needs_its_server(page.url)
    link = page.url if found else article.link
    address = canonical_address(page.url) if found else article.address
    # A page of the news search itself shows its own sign.
    image = article.image or ("" if needs_its_server(page.url) else page.image)
    return replace(article, body=body[:LONGEST_BODY], link=link, address=address, image=image)


class _UndoneError(StorywireError):
    """Ends a transaction of which nothing is to be kept."""


async def as_if(archive: Archive, work: Callable[[Record], T]) -> T:
    """Run `work` in one write transaction, undo it, and return what it returned."""
    outcome: list[T] = []

    def undone(record: Record) -> None:
        outcome.append(work(record))
        raise _UndoneError("what is only tried is not kept")

    with suppress(_UndoneError):
        await archive.record(undone)
    return outcome[-1]


def take_all(
    articles: Sequence[Article], feed: Feed, record: Record, knowledge: Knowledge, *, listed: int
) -> Takings:
    """Record what is new of one poll, with what the stories decide about it.

    Args:
        articles: what the feed lists, oldest first.
        feed: as it was before.
        record: the transaction.
        knowledge: what decisions rest on.
        listed: how many entries the document has, with those that were left out; 0: they come from several.
    """
    unseen = record.unseen(articles)
    before = record.listed(unseen) if unseen and listed and not feed.is_new else []
    found = novelties(unseen, before, listed=listed)
    admitted_by_article = _admitted(found, feed, knowledge)
    if any(admitted_by_article):
        matched = {match.story.name for admitted in admitted_by_article for match, _quiet in admitted}
        now, known = unseen[0].seen_at, knowledge.groupings
        groupings = {
            name: known.get(name) or grouping_of(name, record, knowledge, now=now) for name in matched
        }
        knowledge = replace(knowledge, furniture=cache(partial(_furniture, articles)), groupings=groupings)
    # Matched or not: why, backtest and backfill need every one.
    numbers = record.articles([novelty.article for novelty in found])
    crashpoint("record:articles")
    taken: list[Taken] = []
    for article_id, admitted in zip(numbers, admitted_by_article, strict=True):
        in_turn = sorted(admitted, key=_by_digest)
        taken += [take(match, article_id, quiet, record, knowledge) for match, quiet in in_turn]
    return Takings(unseen=len(unseen), novelties=found, taken=tuple(taken))


def _by_digest(admitted: tuple[Match, str | None]) -> bool:
    """Let stories that post at once go first, so that those with a digest share their card."""
    story = admitted[0].story
    return any(story.posting(channel).mode is Mode.DIGEST for channel in story.channels)


def _furniture(articles: Sequence[Article]) -> Shingles:
    """Return what a third of a document's full texts share; of few texts nothing can be told.

    Taken from the whole document, read before or not: what is new in it is too little to tell.
    """
    readings = [Reading(article, _NO_CONCEPTS) for article in articles if article.body]
    return furniture_of(readings, _FURNITURE) if len(readings) >= _FEWEST_TEXTS else frozenset()


def grouping_of(story: str, record: Record, knowledge: Knowledge, *, now: datetime) -> Grouping:
    """Return how a story's articles are grouped: by its usual words, and by what its reports mean."""
    watch = next(watch for watch in knowledge.watches if watch.story.name == story)
    titles = record.headlines(story, before=now - USUAL_AFTER, limit=USUAL)
    space = None
    if knowledge.semantics is not None:
        since = now - watch.story.policy.window
        space = knowledge.semantics.space(record.meanings(story, since=since, limit=MOST_MEANINGS))
    usage = Usage(map(watch.concepts, titles))
    return Grouping(watch.concepts, usage, knowledge.limits, space=space)


def take(
    match: Match, article_id: ArticleId, quiet: str | None, record: Record, knowledge: Knowledge
) -> Taken:
    """Judge one match, record the verdict and plan its posts: plain code inside one transaction."""
    article, story = match.article, match.story
    concepts = knowledge.concepts(story)
    keys = match_keys(article, concepts, story.name)
    since = article.seen_at - story.policy.window
    candidates = record.candidates(story.name, keys.asked, since=since, limit=MOST_CANDIDATES)
    furniture = knowledge.furniture() if candidates else frozenset()
    verdict = judge(article, candidates, concepts, knowledge.limits, furniture)
    meaning = None
    if isinstance(verdict, New | Related):
        meaning = knowledge.meaning(article)
        verdict = _with_happening(verdict, match, meaning, candidates, record=record, knowledge=knowledge)
    quiet = quiet or _hushed_with(verdict, candidates, story, record)
    event = record.verdict(article_id, match, verdict, keys=keys.kept, quiet=quiet)
    if meaning is not None:
        _keep(meaning, article_id, article, event, record=record, grouping=knowledge.grouping(story))
    if not quiet:
        _ask_about(verdict, article_id, event, match, record)
    crashpoint("take:verdict")
    posts: list[Post] = []
    places = knowledge.places
    for channel in story.channels:
        if quiet:
            if _counts_as_shown(event, quiet, story.posting(channel)):
                record.hush(channel, event.id)
            continue
        place = places.of(channel, story, record, now=article.seen_at)
        posts += tell(event, article, verdict, place, record)
    crashpoint("take:posts")
    return Taken(
        article_id=article_id, match=match, verdict=verdict, event=event, quiet=quiet, posts=tuple(posts)
    )


def _ask_about(verdict: Verdict, number: ArticleId, event: Event, match: Match, record: Record) -> None:
    """Keep what people are to be asked of an event that begins in doubt; it is told nowhere until then.

    What was folded into an event that others told makes no message of its own to be asked about.
    """
    doubt = verdict.doubt if isinstance(verdict, New | Related) else None
    if doubt is None or len(event.members) > 1 or not match.story.channels:
        return
    now, policy = match.article.seen_at, match.story.policy
    review = Review(
        story=match.story.name,
        article=number,
        nearest=doubt.of,
        chance=doubt.chance,
        asked_at=now,
        until=now + policy.review_for,
        otherwise=policy.review_default,
    )
    record.review(review)


def tell(event: Event, article: Article, verdict: Verdict, place: Place, record: Record) -> list[Post]:
    """Put into the outbox what a verdict makes one channel show, and return it; an update ends a mute.

    Args:
        event: with the article already in it.
        article: what was judged, not quiet.
        verdict: what the story decided.
        place: the channel.
        record: the transaction.
    """
    channel = place.channel
    lifted = isinstance(verdict, Update) and lift(event, channel, record)
    shown = record.shown(channel, event.id)
    sibling = record.sibling(channel, event.id) if shown is None or shown.quiet else None
    posts = refreshed(event, shown, place) if lifted and shown is not None else []
    posts += plan(event, article, verdict, shown, place, sibling=sibling)
    record.posts(posts, at=place.now)
    return posts


def _counts_as_shown(event: Event, quiet: str, posting: Posting) -> bool:
    """What was recorded quietly counts as shown.

    Not so what a new story finds in the archive while that waits for more sources: it goes on waiting.
    """
    waits = quiet == UNFOLLOWED and gate(event, posting) is not None
    return not waits and all(member.quiet for member in event.members)


def _with_happening(
    verdict: New | Related,
    match: Match,
    meaning: bytes | None,
    candidates: Sequence[Stored],
    *,
    record: Record,
    knowledge: Knowledge,
) -> New | Related:
    """Say of what is news which happening it tells of."""
    article, story, grouping = match.article, match.story, knowledge.grouping(match.story)
    events = events_near(candidates, verdict)
    if meaning is not None:
        events += grouping.near(meaning, article.language, limit=MOST_CANDIDATES)
    happenings = record.happenings(story.name, list(dict.fromkeys(events)), limit=MOST_REPORTS)
    if knowledge.semantics is not None:
        happenings = _understood(happenings, record, knowledge.semantics)
    return grouping(verdict, article, happenings, _event_of(verdict, candidates), meaning)


def _keep(
    meaning: bytes, number: ArticleId, article: Article, event: Event, *, record: Record, grouping: Grouping
) -> None:
    record.meaning(number, meaning)
    grouping.add(Meaning(event=event.id, language=article.language, vector=meaning))


def _understood(
    happenings: Mapping[EventId, Happening], record: Record, semantics: Semantics
) -> Mapping[EventId, Happening]:
    """Add what reports mean that were recorded while no encoder was in use, or as updates."""
    reports = {r.id: r for each in happenings.values() for r in each.reports if r.meaning is None}
    meanings = dict(zip(reports, semantics.encode([r.title for r in reports.values()]), strict=True))
    for number, meaning in meanings.items():
        record.meaning(number, meaning)
    return {
        event: replace(
            happening,
            reports=tuple(replace(r, meaning=r.meaning or meanings[r.id]) for r in happening.reports),
        )
        for event, happening in happenings.items()
    }


def _event_of(verdict: New | Related, candidates: Sequence[Stored]) -> EventId | None:
    named = verdict.of if isinstance(verdict, Related) else None
    return next((old.event for old in candidates if old.id == named), None)


def _hushed_with(verdict: Verdict, candidates: Sequence[Stored], story: Story, record: Record) -> str | None:
    """A repeat of what every channel was spared is spared as well; what brings news is not."""
    if not isinstance(verdict, Duplicate) or not story.channels:
        return None
    event = next(old.event for old in candidates if old.id == verdict.of)
    shown = [record.shown(channel, event) for channel in story.channels]
    spared = all(there and there.quiet for there in shown)
    # Its news may only wait for more sources.
    return REPEAT if spared and not has_news(record.event(verdict.of, story.name)) else None


def _admitted(
    found: Sequence[Novelty], feed: Feed, knowledge: Knowledge
) -> list[list[tuple[Match, str | None]]]:
    """Match every article of a poll and say which matches must stay quiet; backlog is counted per story."""
    names = {feed.url: feed.name}
    matched = [matches(novelty.article, knowledge.watches, names) for novelty in found]
    by_story: dict[str, list[Match]] = {}
    for match in chain.from_iterable(matched):
        by_story.setdefault(match.story.name, []).append(match)
    reasons = {name: iter(admit(of_story, feed)) for name, of_story in by_story.items()}
    return [
        [(match, next(reasons[match.story.name]) or novelty.quiet) for match in of_one]
        for novelty, of_one in zip(found, matched, strict=True)
    ]


def _wants_everything(feed: Feed, now: datetime) -> bool:
    last = feed.unconditional_at
    return last is None or not timedelta() <= now - last < _UNCONDITIONAL_EVERY


async def _failed(feed: Feed, failure: FetchError | ParseError, world: World) -> Polled:
    now = world.clock.now()
    offline = _offline_since(feed, failure, now, world.network)
    state = feed if offline else _charged(feed, failure, now)
    if state.paused:  # told first: of a feed that is paused already nobody would hear after a crash
        text = f"feed {feed.name} is not polled any more: {state.paused}"
        if await world.archive.alarm(f"feed:{feed.url}", text, at=now):
            await world.notify(text)
    ended = Poll(feed=state, at=now, next_at=next_try(state, now=now), failure=str(failure))
    await world.archive.polled(ended)
    if offline:
        await world.archive.forgive(since=offline, next_at=ended.next_at)
    return Polled(feed=state, failure=str(failure))


def _offline_since(
    feed: Feed, failure: FetchError | ParseError, now: datetime, network: Network
) -> datetime | None:
    """Note whether the host was reached; return since when we reach nobody, if that is so."""
    if isinstance(failure, NoAnswerError) and not failure.reached:
        network.missed(feed.host, at=now)
        return network.offline_since(now)
    network.reached(feed.host, at=now)
    return None


def _charged(feed: Feed, failure: FetchError | ParseError, now: datetime) -> Feed:
    """Return a feed with a failure that is its own or its server's."""
    status = failure.status if isinstance(failure, BadAnswerError) else None
    asked = failure.retry_after if isinstance(failure, FetchError) else None
    unanswered = isinstance(failure, NoAnswerError) or status == _TOO_MANY or (status or 0) >= _SERVER_FAULT
    # 429 is about us and all we ask of the host; another status that names a time is about this feed.
    rests = asked if status == _TOO_MANY else None
    charged = replace(
        feed,
        failures=feed.failures + 1,
        failing_since=feed.failing_since or now,
        asked_until=now + asked if asked else None,
        move=(not_read(feed) if isinstance(failure, ParseError) else feed).move,
        server=after_no_answer(feed.server, feed.url, asked=rests, now=now)
        if unanswered
        else after_answer(feed.server),
    )
    gone = status == _GONE
    # What is gone at a new address may still be at its own.
    return (
        replace(charged, paused=GONE)
        if gone and feed.moved_to is None
        else not_there(charged, gone=gone, now=now)
    )


# ------------------------------------------------------------------------------------------ upgrade


async def reindex(world: World) -> int:
    """Let what the stories judged be found by the keys of today; return how many articles that took.

    An upgrade may change the keys, and an alias changes those of its story. Without this every repeat of
    something older would then be posted once more. All of a story in one transaction, so that the article
    recorded last can tell whether it was done.
    """
    now = world.clock.now()
    watches = world.knowledge.watches
    return sum([await world.archive.record(partial(_reindexed, watch, now)) for watch in watches])


def _reindexed(watch: Watch, now: datetime, record: Record) -> int:
    story, since = watch.story.name, now - watch.story.policy.window
    before: ArticleId | None = None
    done = 0
    while batch := record.judged(story, since=since, before=before, limit=_BATCH if done else 1):
        for stored in batch:
            keys = match_keys(stored.article, watch.concepts, story)
            if not done and _is_found(stored, story, keys.kept, since, record):
                return 0
            record.index(stored.id, keys.kept)
            done += 1
        before = batch[-1].id
    return done


def _is_found(stored: Stored, story: str, keys: Sequence[int], since: datetime, record: Record) -> bool:
    """Tell whether an article is found by every one of its keys, as the newest by each of them is."""
    return all(
        any(
            near.id == stored.id
            for near in record.candidates(story, [key], since=since, limit=MOST_CANDIDATES)
        )
        for key in keys
    )


# ------------------------------------------------------------------------------------------ deliver


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call of a channel, ended."""

    post: Post
    settlement: Settlement
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a channel is to be handed, or when to look again."""

    #: Handed over, durably: a lost answer is then known.
    post: Post | None = None
    again: datetime | None = None
    #: When posts were handed over lately, this one included, and how many a minute the channel takes.
    sent: tuple[datetime, ...] = ()
    most: int = MOST_PER_WINDOW
    #: The alarm of the attempt before was raised or cleared by it.
    alarmed: bool = False


async def deliver(
    channel: Channel, world: World, *, stopping: Callable[[], bool] = lambda: False
) -> datetime | None:
    """Send what waits for a channel, one at a time; return when to look again, None if nothing waits.

    Args:
        channel: where to.
        world: what the pipeline needs.
        stopping: asked before each post; once true, what still waits is left for the next start.
    """
    ended: Attempt | None = None
    while True:
        now, over = world.clock.now(), stopping()
        hours = world.knowledge.hours.get(channel.name, Hours())
        if ended is None and over:
            return None
        turn = None if over else world.overall.next_turn(now)
        due = await world.archive.record(
            partial(_handed, channel.name, hours, now=now, turn=turn, ended=ended)
        )
        if ended is not None:
            await _tell(ended.settlement, world, changed=due.alarmed)
        if due.post is None:
            return due.again
        world.overall.sent(now)
        ended = await _attempt(due, channel, world)


def _handed(
    channel: str,
    hours: Hours,
    record: Record,
    *,
    now: datetime,
    turn: datetime | None,
    ended: Attempt | None,
) -> Due:
    """Settle the attempt before and take what is next: plain code inside one transaction.

    Args:
        channel: its name.
        hours: of its readers.
        record: the transaction.
        now: the current time.
        turn: when the bot may send again at all; None: nothing more is to be sent.
        ended: the attempt before, if there is one to settle.
    """
    alarmed = False
    if ended is not None:
        alarmed = _settled(ended, record)
        crashpoint("deliver:settled")
    if turn is None:
        return Due(alarmed=alarmed)
    next_ = record.turn(channel, now=now, since=now - WINDOW)
    if next_.digest and _mind_the_clock(channel, hours, now, record):
        next_ = record.turn(channel, now=now, since=now - WINDOW)
    post, quiet = next_.post, quiet_until(hours, now)
    if post is None:
        return Due(again=next_.due, alarmed=alarmed)
    most = budget(next_.budget, now=now)
    turns = [turn, next_turn(next_.sent, now=now, most=most, edit=post.kind is PostKind.EDIT)]
    turns += [quiet] if quiet is not None and hours.hold else []
    turns += [hours.paused] if hours.paused is not None else []
    if max(turns) > now or not record.hand_over(post, at=now):
        return Due(again=max(turns), alarmed=alarmed)
    if post.kind is PostKind.DIGEST:
        _take_along(post, now, record)
    crashpoint("deliver:handed")
    silent = post.message.silent or quiet is not None
    handed = replace(
        post,
        state=PostState.SENDING,
        attempts=post.attempts + 1,
        message=replace(post.message, silent=silent),
    )
    return Due(post=handed, sent=(*next_.sent, now), most=most, alarmed=alarmed)


def _mind_the_clock(channel: str, hours: Hours, now: datetime, record: Record) -> bool:
    """Give digests that wait the right hour, whatever the clock did; return whether that changed any."""
    waiting = [(digest, digest.due_at) for digest in record.digests(channel) if digest.due_at is not None]
    sent = record.digests_sent(channel, since=now - DIGESTS_LOOKED_AT) if waiting else []
    dues = [digest_due(hours, due, sent, begun=digest.planned_at, now=now) for digest, due in waiting]
    wrong = [(digest, due) for (digest, old), due in zip(waiting, dues, strict=True) if due != old]
    for digest, due in wrong:
        record.postpone(digest.id, due)
    return bool(wrong)


def _take_along(post: Post, now: datetime, record: Record) -> None:
    """Let what did not fit on a digest go with it: now that it is sent, its hour has had one."""
    for digest in record.digests(post.channel):
        if digest.due_at is not None and digest.due_at <= now:
            record.postpone(digest.id, None)


async def recover(world: World, channel: str | None = None) -> int:
    """Settle what was handed over without an answer being noted; return how many posts that were.

    Args:
        world: what the pipeline needs.
        channel: only this channel's, after a fault in its delivery; None after a start: all.
    """
    interrupted = await world.archive.interrupted(channel)
    for post in interrupted:
        lost = AnswerLostError("the program stopped before the answer came")
        ended = _ended(post, lost, world)
        changed = await world.archive.record(partial(_settled, ended))
        await _tell(ended.settlement, world, changed=changed)
    return len(interrupted)


async def _attempt(due: Due, channel: Channel, world: World) -> Attempt:
    if due.post is None:
        raise AssertionError("nothing was handed over")
    outcome: Receipt | DeliveryError
    try:
        outcome = await channel.send(due.post)
    except DeliveryError as failure:
        outcome = failure
    crashpoint("deliver:answered")
    ended = _ended(due.post, outcome, world)
    if not isinstance(outcome, ChannelBusyError):
        return ended
    learned = refused(due.sent, due.most, now=ended.at)
    return replace(ended, settlement=replace(ended.settlement, budget=learned))


def _ended(post: Post, outcome: Receipt | DeliveryError, world: World) -> Attempt:
    now = world.clock.now()
    return Attempt(post=post, settlement=settle(post, outcome, delivery=world.delivery, now=now), at=now)


def _settled(ended: Attempt, record: Record) -> bool:
    """Store what became of an attempt; return whether it raised or cleared the channel's alarm."""
    settlement = ended.settlement
    record.settle(ended.post, settlement, at=ended.at)
    if settlement.moved is not None:
        return True  # told once, and over: nothing stands that could be cleared
    if settlement.alarm is None and settlement.state is not PostState.SENT:
        return False
    return record.alarm(f"channel:{ended.post.channel}", settlement.alarm, at=ended.at)


async def _tell(settlement: Settlement, world: World, *, changed: bool) -> None:
    if changed and settlement.alarm:
        await world.notify(settlement.alarm)
