"""The vocabulary: plain values that travel between the stages, and nothing else.

Every value is frozen. Times are aware and in UTC. Texts that came from a feed are plain text: mark-up is
removed where the document is parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NewType, TypeAlias
from urllib.parse import urlsplit

ArticleId = NewType("ArticleId", int)
EventId = NewType("EventId", int)
PostId = NewType("PostId", int)
ReviewId = NewType("ReviewId", int)

# ---------------------------------------------------------------------------------------------- feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What the server gave so that it can answer "unchanged" next time, byte for byte."""

    etag: str | None = None
    last_modified: str | None = None
    #: The address whose document they describe; None where that is the feed's own.
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What a document says of when it changes (rss:ttl, skipHours, skipDays, sy:updatePeriod)."""

    #: It pays to look again after this time; None where it does not say.
    every: timedelta | None = None
    #: Hours of the day in UTC, 0 to 23, in which nothing changes.
    quiet_hours: frozenset[int] = frozenset()
    #: Days of the week in UTC, 0 (Monday) to 6, on which nothing changes.
    quiet_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A new address that the feed's server names as permanent, while it is not yet believed."""

    to: str
    #: When it was named first.
    since: datetime
    #: How often in a row it was named; 0 where it led to nothing but strangers.
    answers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How the host of a feed has been doing, all of its feeds together."""

    #: Polls in a row that it could not answer, whichever feed they asked for.
    failures: int = 0
    #: None of its feeds is polled before this time.
    rests_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A source document polled by URL, with what the archive knows about it."""

    url: str
    #: What the operator calls it; also the outlet shown when the feed names none.
    name: str
    language: str | None = None
    #: The shortest time between two polls.
    every: timedelta = timedelta(minutes=10)
    #: The longest while it is healthy, but for hours in which it says that nothing changes: one that seldom
    #: has news is asked less often. None: always `every`, whatever the feed says of itself.
    slowest: timedelta | None = None
    #: Where it is asked for since it moved for good; None: at its own address.
    moved_to: str | None = None
    move: Move | None = None
    validators: Validators = Validators()
    #: Digest of the last body whose entries are all recorded; None before the first.
    digest: str | None = None
    #: By what the entries of that body are known, as the parser told; b"" if they must all be read again.
    parts: bytes = b""
    rhythm: Rhythm = Rhythm()
    #: The mean time between its entries, as learned; None before two were seen.
    pace: timedelta | None = None
    #: When it last had something new; None before the first entry.
    news_at: datetime | None = None
    #: Failed polls in a row that are its own fault or its server's; 0 after a success.
    failures: int = 0
    #: When the first of them ended; None after a success.
    failing_since: datetime | None = None
    #: Its server asked to be left alone until then; None if it never did.
    asked_until: datetime | None = None
    #: Why it is not polled at all; None if it is.
    paused: str | None = None
    #: How long its last answer took; None before the first.
    took: timedelta | None = None
    server: Server = Server()
    #: Until when this process alone polls it, as `claim` gave it; None if it was not claimed.
    lease: datetime | None = None
    #: End of the last poll that recorded entries; None while the feed is new.
    recorded_at: datetime | None = None
    #: The last poll without validators; None before the first. A stuck ETag is worked round once a day.
    unconditional_at: datetime | None = None

    @property
    def is_new(self) -> bool:
        """Nothing of this feed was ever recorded: what it lists now is backlog."""
        return self.recorded_at is None

    @property
    def address(self) -> str:
        """Where it is asked for."""
        return self.moved_to or self.url

    @property
    def host(self) -> str:
        """Whom it is asked of."""
        return _host(self.address)


@lru_cache(maxsize=16_384)
def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").rstrip(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One answer of a feed's server."""

    #: The address that answered, after redirects.
    url: str
    #: The decompressed body, unchanged; None when the server said "unchanged" (304).
    body: bytes | None
    content_type: str | None = None
    validators: Validators = Validators()
    #: How long the server calls this answer fresh (Cache-Control max-age, Expires), if it does.
    fresh: timedelta | None = None
    #: The address named as the document's new one, for good; None if there is none.
    moved: str | None = None
    #: From the request to the last byte, redirects included.
    took: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article's page."""

    #: The address that answered, after redirects.
    url: str
    #: What it says, without menus and the like; "" where that was not found or not asked for.
    text: str
    #: The address of the picture that it names; "" where it names none or was not read.
    image: str = ""
    #: What it is called and what it is about, as its head says for those who link to it; "" likewise.
    title: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed document as parsed: untrusted, but plain text and of bounded length."""

    #: The feed's own identifier (guid, atom:id), verbatim; None where there is none.
    id: str | None
    #: The link as given, made absolute; None where there is none.
    link: str | None
    title: str
    summary: str = ""
    #: The full text where the feed carries it (content:encoded, atom:content).
    body: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    #: The outlet an aggregator names for the item (rss:source), if any.
    source: str | None = None
    #: The address of its picture; "" where it has none.
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed document as parsed."""

    title: str
    #: In the order of the document, without those that stand in it unchanged since the poll before.
    entries: tuple[Entry, ...]
    language: str | None = None
    #: How many entries were left out because they stand in it unchanged since the poll before.
    left_out: int = 0
    #: By what the entries of this document are known at the next poll; b"" if they must all be read again.
    parts: bytes = b""
    rhythm: Rhythm = Rhythm()
    #: What was wrong with the document, in words; it was used as far as it went.
    problems: tuple[str, ...] = ()
    #: False if the document ends in the middle: the rest is still to come, so it must be asked for again.
    complete: bool = True
    #: The feed dialect feedparser recognised, such as "rss20" or "atom10".
    dialect: str = ""


# ------------------------------------------------------------------------------------------- articles


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A normalised entry: what is matched, judged and stored."""

    #: Address of the feed that carried it.
    feed_url: str
    #: What tells this item from the feed's others: its id, else its address, else its text.
    key: str
    #: Digest of what a reader would read (title and text). The same key with another one is a new version;
    #: another picture makes none.
    fingerprint: str
    #: The link as the feed gave it, for readers; "" where there is none.
    link: str
    #: The canonical address, for comparing only; "" where there is no link.
    address: str
    title: str
    summary: str
    body: str
    outlet: str
    language: str | None
    #: The feed's time where it is sane, else the time of first sight. Orders, never decides novelty.
    published: datetime
    #: False where `published` had to be taken from first sight.
    dated: bool
    seen_at: datetime
    #: The address of its picture; "" where there is none.
    image: str = ""

    @property
    def text(self) -> str:
        """The longest text the feed gave: its body, else its summary."""
        return self.body or self.summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a feed listed at an earlier poll, as far as it tells whether something is listed again."""

    key: str
    fingerprint: str
    address: str
    title: str
    seen_at: datetime


# -------------------------------------------------------------------------------------------- stories


class Ruling(StrEnum):
    """What becomes of an article that may or may not repeat another one."""

    #: It is news.
    POST = "post"
    #: It is the same report as the other.
    FOLD = "fold"
    #: Nobody wants to hear of it, whatever it repeats.
    DROP = "drop"


class Fold(StrEnum):
    """What one card tells."""

    #: One report and its copies: a related article gets a card of its own.
    COPIES = "copies"
    #: One happening: a related article is folded into the card of the earlier report.
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a story treats what it finds."""

    #: Of a new feed's backlog, post at most this many matching entries: the newest. 0: a new story does not
    #: tell what it finds in the archive, either.
    backfill: int = 1
    #: Entries older than this are recorded, not posted.
    max_age: timedelta = timedelta(hours=48)
    #: Articles further apart than this are never compared.
    window: timedelta = timedelta(days=14)
    #: IANA name of the zone in which cards show times.
    time_zone: str = "UTC"
    fold: Fold = Fold.COPIES
    #: Read the page of an article that matches where its feed carries only a summary.
    full_text: bool = False
    #: Outlets whose report leads a card if they carry it, the dearest first; after them the source itself.
    prefer: tuple[str, ...] = ()
    #: How long people may answer whether a doubtful article is news; then it is decided without them.
    review_for: timedelta = timedelta(hours=2)
    review_default: Ruling = Ruling.POST


class Mode(StrEnum):
    """When what is found is posted."""

    #: Each event on a card of its own, at once.
    INSTANT = "instant"
    #: All events together at certain hours.
    DIGEST = "digest"


class Preview(StrEnum):
    """How large a channel shows what a card's link leads to."""

    OFF = "off"
    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """How a story is posted to a channel."""

    mode: Mode = Mode.INSTANT
    #: Nothing is posted of an event before so many independent sources report it.
    min_sources: int = 1
    #: The first report is posted without a sound; the channel rings once so many independent sources report
    #: it. None: every card rings.
    ring_at: int | None = None
    #: Cards in any hour; what is more goes on one card together. None: no limit.
    per_hour: int | None = None
    #: Cards in any minute, and cards that wait at the same time; what is more goes on one card together.
    burst: int = 10
    #: The channel can change what it shows.
    edits: bool = True
    preview: Preview = Preview.OFF
    #: Show the picture of the report, where one is known; none is looked for.
    pictures: bool = False
    #: The text of a card as a Jinja2 template; None: the usual one.
    template: str | None = None


#: The end of a pause that has none.
FOR_GOOD = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The hours of a channel's readers."""

    #: IANA name of the zone that the others are local times of.
    zone: str = "UTC"
    #: When quiet hours begin and end; None if there are none.
    quiet: tuple[time, time] | None = None
    #: In quiet hours nothing is sent; False: it is, without a sound.
    hold: bool = True
    #: When digests are sent each day; empty: each hour.
    digests: tuple[time, ...] = (time(8),)
    #: Until then nothing is sent at all; None: posting is not paused.
    paused: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a user follows."""

    name: str
    title: str
    #: The keyword query as written.
    query: str
    #: Further queries of which one is enough as well.
    also: tuple[str, ...] = ()
    #: Queries of what this story does not want.
    without: tuple[str, ...] = ()
    #: A keyword query of what no story wants; "" excludes nothing.
    exclude: str = ""
    #: One term with many spellings and scripts: name → spellings.
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Names of the feeds it listens to; empty means all.
    feeds: tuple[str, ...] = ()
    #: Names of the channels it is posted to.
    channels: tuple[str, ...] = ()
    policy: Policy = Policy()
    #: Channel → how it is posted there; the usual way where none is named.
    postings: Mapping[str, Posting] = field(default_factory=dict)

    def posting(self, channel: str) -> Posting:
        """Return how it is posted to a channel."""
        return self.postings.get(channel) or Posting()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One term of a query that was found."""

    term: str
    #: "title", "summary", "body" or "outlet".
    field: str
    #: The words around it.
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An article that a story's query accepts, and what made it so."""

    story: Story
    article: Article
    hits: tuple[Hit, ...]


# ------------------------------------------------------------------------------------------- verdicts


class Kind(StrEnum):
    """How a duplicate repeats the earlier article."""

    #: The same address or feed id: another version or another feed's pointer to the same page.
    SAME = "same"
    #: Syndicated, retitled, abridged or lightly edited text.
    COPY = "copy"
    #: The same report in other words.
    REWRITE = "rewrite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One reason of a verdict, in words and where it has one with its number."""

    #: The signal's name: "address", "title", "text", "concepts", "veto" …
    signal: str
    says: str
    #: The signal's value on its own scale (0 to 100 for similarities in percent); None where it has none.
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What is called news may be a report that was told before, though that is too unlikely to fold it."""

    of: ArticleId
    #: That both are one report, from 0 to 1.
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """News: nothing stored for this story tells it."""

    evidence: tuple[Evidence, ...] = ()
    #: Told only where people are asked about doubtful verdicts; None if there is no doubt.
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """The story has told this already."""

    of: ArticleId
    kind: Kind
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """The same article or event, with materially new facts."""

    of: ArticleId
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """News, but of an event that another stored report told before: the same event, another article."""

    of: ArticleId
    evidence: tuple[Evidence, ...] = ()
    #: Happenings that, as this article shows, are the one it tells.
    joins: tuple[EventId, ...] = ()
    #: As that of a New one.
    doubt: Doubt | None = None


Verdict: TypeAlias = New | Duplicate | Update | Related


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An article of the archive, as a candidate for comparison."""

    id: ArticleId
    event: EventId
    article: Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An article as one of the reports on a happening."""

    id: ArticleId
    title: str
    outlet: str
    language: str | None
    published: datetime
    #: What an encoder makes of its headline; None if none did.
    meaning: bytes | None = None

    @classmethod
    def of(cls, number: ArticleId, article: Article, meaning: bytes | None = None) -> Report:
        """Return an article as a report."""
        return cls(
            id=number,
            title=article.title,
            outlet=article.outlet,
            language=article.language,
            published=article.published,
            meaning=meaning,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a report's headline means, as an encoder has it."""

    event: EventId
    language: str | None
    #: 512 signed bytes: a direction, whose length says nothing.
    vector: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened in the world, as a story's reports tell it; repeats of a report are none."""

    #: The first of its events.
    id: EventId
    #: Some of them, the newest last.
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One article of an event, and what it was to it."""

    id: ArticleId
    article: Article
    #: "new", "same", "copy", "rewrite", "update" or "related".
    role: str
    quiet: bool = False
    #: The article that it repeats, updates or is related to; None if it is new.
    of: ArticleId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The articles of one story that one card tells, in the order they were recorded."""

    id: EventId
    story: str
    #: The first event of the same happening: its own number where no other report told that before.
    happening: EventId
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person said of two articles of a story, against what had been decided."""

    story: str
    #: The one that was recorded first.
    earlier: ArticleId
    later: ArticleId
    #: True if both are one report; False if they are two.
    same: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """An article that a story took in."""

    article: ArticleId
    story: str
    #: People did not want it there: they split it off, muted its event, or dropped it in a review.
    unwanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A verdict that people are asked about; until it is closed its event is told nowhere."""

    story: str
    article: ArticleId
    #: The one that it may repeat, and how likely that is, from 0 to 1.
    nearest: ArticleId
    chance: float
    asked_at: datetime
    #: When it is decided without an answer, and how.
    until: datetime
    otherwise: Ruling
    #: 0 before the archive has numbered it.
    id: ReviewId = ReviewId(0)
    #: When the administrators were told of it; None if they were not yet.
    told_at: datetime | None = None
    #: None while it is open, as the next.
    answer: Ruling | None = None
    answered_at: datetime | None = None
    #: Who answered; None for whoever sits at the terminal, and if nobody did in time.
    person: int | None = None

    @property
    def lapsed(self) -> bool:
        """Nobody answered in time."""
        return self.answered_at is not None and self.answered_at >= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about one article for one story, as stored and as `why` tells it."""

    article_id: ArticleId
    article: Article
    story: str
    verdict: Verdict
    hits: tuple[Hit, ...]
    #: Why nothing was posted for it although it matched; None if it was treated as news.
    quiet: str | None
    event: EventId
    #: The earlier article the verdict names, if any.
    earlier: Article | None = None
    posts: tuple[Post, ...] = ()


# ---------------------------------------------------------------------------------------------- posts


class PostKind(StrEnum):
    """What a post does in its channel."""

    #: One event.
    CARD = "card"
    #: Events that would have been too many cards.
    ROUNDUP = "roundup"
    #: What there is to tell at a certain hour.
    DIGEST = "digest"
    #: What a new story's reports told before it was followed.
    SO_FAR = "so_far"
    #: Changes one of those above.
    EDIT = "edit"
    #: Answers one of those above with an update.
    REPLY = "reply"
    #: Answers a card that came without a sound: many report it by now.
    RING = "ring"


#: Posts that tell several events.
LISTS = frozenset({PostKind.ROUNDUP, PostKind.DIGEST, PostKind.SO_FAR})
#: Posts that tell events. The others belong to one of them.
CARDS = LISTS | {PostKind.CARD}


class PostState(StrEnum):
    """Where a post stands."""

    PENDING = "pending"
    #: Handed to the channel; the answer is still out. Committed before the call is made.
    SENDING = "sending"
    SENT = "sent"
    #: The answer never came: it may have been shown.
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    #: An edit overtaken by a later one, or whose card was never shown.
    DROPPED = "dropped"


class Style(StrEnum):
    """How a stretch of text is shown."""

    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strikethrough"
    LINK = "text_link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A styled stretch of a message; offsets and lengths count UTF-16 code units, as Telegram's do."""

    style: Style
    offset: int
    length: int
    #: The target of a link, http or https only.
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Text with styles apart from it, so that nothing in the text can act as mark-up."""

    text: str
    spans: tuple[Span, ...] = ()
    #: Shown without a sound.
    silent: bool = False
    preview: Preview = Preview.OFF
    #: The address of a picture to show with it.
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One row of the outbox: a message (or an edit of one) for one channel."""

    channel: str
    event: EventId
    kind: PostKind
    message: Message
    #: 0 before the archive has numbered it.
    id: PostId = PostId(0)
    state: PostState = PostState.PENDING
    #: Calls made so far.
    attempts: int = 0
    #: The channel's number of the message to edit or to answer; known once the card is shown.
    target: int | None = None
    #: Why it is uncertain, refused or waiting.
    reason: str | None = None
    #: Not before this time; None means at once.
    due_at: datetime | None = None
    #: The channel's number of this message once it is shown.
    message_id: int | None = None
    #: The post that tells the event from now on, of an edit that adds the event to it.
    joins: PostId | None = None
    #: The card that it changes or answers; None if it is one itself, or answers none.
    card: PostId | None = None
    #: That one tells several events: what is added to it stands nowhere else.
    lists: bool = False
    #: When it was planned; None before the archive has numbered it.
    planned_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a channel should get next, or when to look again."""

    #: None if nothing may be sent now.
    post: Post | None = None
    #: The earliest time at which something may; None if nothing waits, or a post is in flight.
    due: datetime | None = None
    #: When posts were handed over lately, oldest first; told only beside a post.
    sent: tuple[datetime, ...] = ()
    #: How many sends a minute the channel took when it last asked to wait, and when; None if it never did.
    budget: tuple[int, datetime] | None = None
    #: A digest waits that was never handed over.
    digest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the channel answered."""

    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one channel already shows of an event: a card, or a message that tells other events as well."""

    #: True if the event was recorded quietly: it counts as shown, though there is no message.
    quiet: bool
    #: The message last planned for the card; None if there is no card.
    message: Message | None = None
    #: The post that tells it; None if there is no card.
    post: PostId | None = None
    kind: PostKind = PostKind.CARD
    #: It was not handed over yet: its text can still be changed without an edit.
    waits: bool = False
    #: The channel was rung for it.
    rung: bool = False
    #: Every event that the message tells, the earliest first; empty where it tells only one.
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a channel has had lately, and what more can be added to."""

    #: When the cards of the last hour were planned, oldest first.
    planned: tuple[datetime, ...] = ()
    #: Cards that wait to be sent.
    waiting: int = 0
    #: The roundup of the last hour, if there is one.
    roundup: Shown | None = None
    #: The digest that waits, if one does.
    digest: Shown | None = None


class Delivery(StrEnum):
    """What to do with a post whose answer was lost."""

    #: Send it again: at most one extra copy, nothing lost.
    AT_LEAST_ONCE = "at_least_once"
    #: Leave it and list it: nothing doubled, at most one post unsent.
    AT_MOST_ONCE = "at_most_once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What becomes of a post after an attempt, and how long its channel must rest."""

    state: PostState
    reason: str | None = None
    message_id: int | None = None
    #: Try this post again not before this time.
    due_at: datetime | None = None
    #: Send nothing at all to the channel before this time.
    channel_rests_until: datetime | None = None
    #: Sends a minute that the channel turned out to take; None: nothing was learned.
    budget: int | None = None
    #: Its chat before and after it became another one; None: it did not.
    moved: tuple[str, str] | None = None
    #: What the operator must be told, if anything.
    alarm: str | None = None


# -------------------------------------------------------------------------------------------- choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one choice is to be, or was."""

    #: "story", "channel" or "section".
    kind: str
    name: str
    #: A table as the file would have it, of what JSON knows; None: nothing is chosen.
    value: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One table of the configuration that administrators chose by command, beside the file."""

    #: "story" or "channel": a whole one, or what is added to the file's; "section": some of its settings.
    kind: str
    name: str
    #: As the file would have it, of what JSON knows.
    value: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a person changed by a command."""

    at: datetime
    #: The number Telegram knows them by; None: whoever sits at the terminal.
    person: int | None
    #: Where they said it; None: at the terminal.
    chat: int | None
    #: The command as it was typed, shortened to `LONGEST_SAID` characters.
    said: str
    #: What came of it, in one line.
    outcome: str
    #: The choices that it changed, as they were before; None: it cannot be undone.
    undo: tuple[Change, ...] | None = None
    #: When it was undone; None: it stands.
    undone_at: datetime | None = None
    #: 0 before the archive has numbered it.
    number: int = 0


#: Characters of a command that are kept.
LONGEST_SAID = 500
