"""The tables of the file: what each setting means, its range and its default."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from bot.core.questions import DEFAULT
from bot.model import Delivery, Fold, Mode, Preview, Ruling
from config.values import (
    Address,
    Age,
    Chat,
    Database,
    DigestTimes,
    Filled,
    Header,
    HeaderName,
    Interval,
    Language,
    Listen,
    Networks,
    People,
    Secret,
    Size,
    Slug,
    Span,
    Template,
    TimeZone,
    Token,
    Wait,
    duration,
)

#: With what the names of people's own channels and stories begin.
OWN = "user-"
_OWN = re.compile(rf"{OWN}\d+(-\d+)?")

_Lower = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


def is_own(name: str) -> bool:
    """Tell whether a channel or a story is somebody's own: "user-experience" may be anybody's."""
    return _OWN.fullmatch(name) is not None


class Section(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class TelegramSection(Section):
    """How posts reach Telegram."""

    #: From the environment only.
    token: Token | None = None
    #: The chat that posts go to; None means the console.
    channel: Chat | None = None
    #: The topic of a forum, by the number in its link.
    topic: Annotated[int, Field(ge=1)] | None = None
    #: The chat that is told of troubles.
    admin_chat: Chat | None = None
    #: What to do with a post whose answer was lost.
    delivery: Delivery = Delivery.AT_LEAST_ONCE
    #: A Bot API server of one's own; None means Telegram's.
    api_url: Address | None = None
    #: Whose commands change something, by the numbers Telegram knows them by.
    admins: People = ()
    #: Ruling commands at all.
    commands: bool = True
    #: Show buttons under cards; None means wherever somebody hears of a press.
    buttons: bool | None = None
    #: How the bot hears of what happens in its chats; None means "poll" where there are `admins`, else "off".
    updates: Literal["off", "poll", "webhook"] | None = None
    #: Where Telegram delivers to if `updates` is "webhook", through a proxy that ends TLS.
    webhook_url: Address | None = None
    #: From the environment only: what deliveries carry.
    webhook_secret: Secret | None = None
    #: Where this machine listens for them.
    webhook_listen: Listen = "127.0.0.1:8443"

    @property
    def heard_by(self) -> Literal["off", "poll", "webhook"]:
        """Return how the bot hears of what happens in its chats."""
        return self.updates or ("poll" if self.admins else "off")

    @property
    def shows_buttons(self) -> bool:
        """Cards have buttons."""
        return self.commands and self.heard_by != "off" and self.buttons is not False

    @model_validator(mode="after")
    def _webhook_complete(self) -> TelegramSection:
        if self.updates == "webhook" and (self.webhook_url is None or self.webhook_secret is None):
            raise ValueError("needs webhook_url and TELEGRAM_WEBHOOK_SECRET for webhooks")
        return self


class DatabaseSection(Section):
    """Where the archive is kept."""

    #: A secret because it may hold a password.
    url: Database = SecretStr("sqlite:///data/storywire.db")


class PollSection(Section):
    """How feeds are fetched."""

    #: The shortest time between two polls of a feed.
    every: Interval = duration("10m")
    #: The longest, for feeds that seldom have news or ask for it.
    slowest: Interval = duration("1h")
    #: Feeds fetched at the same time.
    concurrency: int = Field(default=100, ge=1, le=500)
    #: The longest a fetch may take, from name resolution to the last byte.
    timeout: Wait = duration("20s")
    #: Of a feed's document, after decompression.
    max_bytes: Size = 5 * 1024**2
    user_agent: Header = f"Storywire/{version('storywire')}"
    #: Ask news searches where their links lead, for what matches.
    resolve_links: bool = False
    #: Private networks that feeds may be fetched from.
    allow_networks: Networks = ()
    #: Of a new feed's backlog, post so many of the newest; 0: nothing of what a new story finds, either.
    backfill: int = Field(default=1, ge=0, le=10)
    #: Older entries are recorded, not posted.
    max_age: Age = duration("48h")


class KeywordsSection(Section):
    """What holds for the queries of all stories."""

    #: A query of what no story wants, such as 'football "box office"'.
    exclude: Filled | None = None


class JudgeSection(Section):
    """How news is told from repeats."""

    #: Articles further apart are never compared.
    window: Age = duration("14d")
    #: From this chance on two articles are one; `storywire tune` recommends a value.
    same: Annotated[float, Field(gt=0, le=1)] = DEFAULT.same
    #: From this chance on two articles tell one event.
    event: Annotated[float, Field(gt=0, le=1)] = DEFAULT.event
    #: From this mean likeness to its reports on, an article tells a happening of which several told.
    happening: Annotated[float, Field(gt=0, le=1)] = DEFAULT.happening
    #: Compare what headlines mean as well; needs the extra of that name.
    semantic: bool = False
    #: From this chance on, up to `same`, administrators are asked; None means that nobody is.
    review_from: Annotated[float, Field(gt=0, le=1)] | None = None
    #: How long they may take.
    review_for: Age = duration("2h")
    #: What becomes of a report when nobody answered.
    review_default: Ruling = Ruling.POST

    @model_validator(mode="after")
    def _review_below_same(self) -> JudgeSection:
        if self.review_from is not None and self.review_from >= self.same:
            raise ValueError("needs a review_from below same: from that on it is a repeat unasked")
        return self


class SubscriptionsSection(Section):
    """Stories and keywords that people follow for themselves, in a private chat with the bot."""

    enabled: bool = False
    #: Stories that one person may follow.
    per_person: int = Field(default=5, ge=1, le=100)
    #: Terms that one person may follow at once.
    keywords: int = Field(default=10, ge=1, le=100)
    #: People who may follow something.
    people: int = Field(default=200, ge=1, le=100_000)


class LogSection(Section):
    """What the program says of itself."""

    level: Annotated[Literal["debug", "info", "warning", "error"], _Lower] = "info"
    #: "auto" is "console" on a terminal and "json" elsewhere.
    format: Annotated[Literal["auto", "console", "json"], _Lower] = "auto"


class PostingOptions(Section):
    """How posts are made; None leaves it to the next place: story, channel, [posting], the usual."""

    #: Each event at once on a card of its own, or all together at certain hours.
    mode: Mode | None = None
    #: Nothing is posted of an event before so many independent sources report it.
    min_sources: Annotated[int, Field(ge=1, le=20)] | None = None
    #: The first report comes without a sound; the channel rings once so many independent sources report it.
    ring_at: Annotated[int, Field(ge=2, le=20)] | None = None
    #: Cards in any hour; what is more goes on one roundup.
    per_hour: Annotated[int, Field(ge=1, le=1_000)] | None = None
    #: Cards in any minute, and cards that wait at the same time; what is more goes on one roundup.
    burst: Annotated[int, Field(ge=1, le=1_000)] | None = None
    #: How large the page behind the link is shown.
    preview: Preview | None = None
    #: Show the picture of the report.
    pictures: bool | None = None
    #: The text of a card as a Jinja2 template.
    template: Template | None = None


class HourOptions(PostingOptions):
    """When readers are left alone, beside how posts are made."""

    #: The zone of these hours; None means that of the first story that is posted there.
    time_zone: TimeZone | None = None
    #: When readers are left alone.
    quiet_hours: Span | None = None
    #: In quiet hours: keep posts until they end, or send them without a sound.
    quiet: Literal["hold", "silent"] | None = None
    #: When digests are sent; an empty list stands for "hourly".
    digest_at: DigestTimes | None = None


class PostingSection(HourOptions):
    """How posts are made wherever nothing else is said."""

    #: Nothing is sent before then, to nobody; what there is to post waits. /pause and /resume set it.
    paused_until: AwareDatetime | None = None


class FeedEntry(Section):
    """A feed to poll."""

    name: Filled
    url: Address
    language: Language | None = None
    #: Exactly this time between two polls; None means from `poll.every` to `poll.slowest`, as the feed needs.
    every: Interval | None = None
    #: None means `poll.user_agent`.
    user_agent: Header | None = None
    #: Sent with each request for this feed, to its own host only.
    headers: dict[HeaderName, Secret] = Field(default_factory=dict)
    #: For HTTP's basic authentication.
    username: Filled | None = None
    password: Secret | None = None
    #: An HTTP proxy that fetches this feed instead of us.
    proxy: Address | None = None
    #: Read the pages of its articles; needs the extra "fulltext".
    full_text: bool = False

    @model_validator(mode="after")
    def _login_complete(self) -> FeedEntry:
        if (self.username is None) != (self.password is None):
            raise ValueError("needs a username and a password, or neither")
        if self.username is not None and ":" in self.username:
            raise ValueError("needs a username without a colon, which ends it in HTTP")
        return self


class StoryEntry(PostingOptions):
    """A story to follow."""

    name: Slug
    title: Filled
    query: Filled
    #: Further queries, of which one is enough as well.
    also: tuple[Filled, ...] = ()
    #: Queries of what this story does not want.
    without: tuple[Filled, ...] = ()
    aliases: dict[str, tuple[Filled, ...]] = Field(default_factory=dict)
    #: Names of feeds; none means all.
    feeds: tuple[str, ...] = ()
    #: Names of channels; none means "telegram" where `telegram.channel` is set, else "console".
    channels: tuple[str, ...] = ()
    #: The zone in which cards show times.
    time_zone: TimeZone = "UTC"
    #: Read the pages of articles that match where their feed carries only a summary; needs "fulltext".
    full_text: bool = False
    #: Outlets whose report leads a card, the dearest first.
    prefer: tuple[Filled, ...] = ()
    #: What one card tells: a report with its copies, or all of one event.
    fold: Fold = Fold.COPIES
    #: None means `poll.backfill`.
    backfill: int | None = Field(default=None, ge=0, le=10)
    #: None means `poll.max_age`.
    max_age: Age | None = None


class ChannelEntry(HourOptions):
    """A channel beside the two that are always there, "telegram" and "console"."""

    name: Slug
    kind: Literal["telegram", "console", "apprise", "webhook", "json"]
    #: Stories that are posted here as well, besides those that name the channel.
    stories: tuple[str, ...] = ()
    chat: Chat | None = None
    #: The topic of a forum, by the number in its link.
    topic: Annotated[int, Field(ge=1)] | None = None
    #: Of "apprise": where to, one for each service.
    urls: tuple[Secret, ...] = ()
    #: Of "webhook": where to post to, and what requests are signed with.
    url: Secret | None = None
    secret: Secret | None = None

    @model_validator(mode="after")
    def _address_where_needed(self) -> ChannelEntry:
        if (self.kind == "apprise") != bool(self.urls):
            raise ValueError('needs urls if its kind is "apprise", and none otherwise')
        given = (self.url is not None, self.secret is not None)
        if given != (self.kind == "webhook",) * 2:
            raise ValueError('needs a url and a secret if its kind is "webhook", and neither otherwise')
        return self

    @model_validator(mode="after")
    def _chat_where_needed(self) -> ChannelEntry:
        if self.name in {"telegram", "console"}:
            raise ValueError('needs another name: "telegram" and "console" are always there')
        if (self.kind == "telegram") != (self.chat is not None):
            raise ValueError('needs a chat if its kind is "telegram", and none otherwise')
        return self
