"""The tables, the same on SQLite and PostgreSQL.

Times and durations are whole microseconds in a BIGINT, times counted from 1970 in UTC: SQLite has no type
for either, PostgreSQL keeps the same precision, and integers compare, sort and index alike on both.

Each nullable column says what null means.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Enum,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator

from bot.model import PostKind, PostState, Preview

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class NaiveTimeError(ValueError, DontWrapMixin):
    """A time without a zone was given: it could mean 24 different moments."""


def microseconds(time: datetime) -> int:
    """Return microseconds since 1970; a time without a zone raises NaiveTimeError."""
    if time.tzinfo is None:
        raise NaiveTimeError(f"{time.isoformat()} has no time zone")
    return (time - _EPOCH) // _MICROSECOND


def moment(number: int) -> datetime:
    """Return the moment in UTC."""
    return _EPOCH + timedelta(0, 0, number)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in, the same moment in UTC out."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return microseconds since 1970; a time without a zone raises NaiveTimeError."""
        del dialect  # one representation for all
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        del dialect
        return None if value is None else moment(value)

    # For each value of each row: what a decorator does by itself costs more than the conversion.
    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:
        """Return the first of the two."""
        del dialect
        return _number_of_moment

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Return the second."""
        del dialect, coltype
        return _moment_of_number


def _number_of_moment(value: datetime | None) -> int | None:
    return None if value is None else microseconds(value)


def _moment_of_number(value: Any) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(0, 0, value)


class Duration(TypeDecorator[timedelta]):
    """A length of time, exact to the microsecond."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        """Return whole microseconds."""
        del dialect
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> timedelta | None:
        """Return the length of time."""
        del dialect
        return None if value is None else value * _MICROSECOND

    def bind_processor(self, dialect: Dialect) -> Callable[[timedelta | None], int | None]:
        """Return the first of the two."""
        del dialect
        return _number_of_length

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], timedelta | None]:
        """Return the second."""
        del dialect, coltype
        return _length_of_number


def _number_of_length(value: timedelta | None) -> int | None:
    return None if value is None else value // _MICROSECOND


def _length_of_number(value: Any) -> timedelta | None:
    return None if value is None else value * _MICROSECOND


def _words(kind: type[StrEnum]) -> Enum:
    # As text: a native PostgreSQL enum could not lose a member again.
    return Enum(
        kind, native_enum=False, length=16, values_callable=lambda members: [m.value for m in members]
    )


# SQLite counts by itself only in a column whose type is exactly INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

feeds = Table(
    "feeds",
    metadata,
    Column("url", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("position", Integer, nullable=False),
    # False: no longer in the configuration; kept because the feed may come back, and must not be new then.
    Column("declared", Boolean, nullable=False),
    Column("language", Text),  # null: the operator did not say
    Column("every", Duration, nullable=False),
    Column("slowest", Duration),  # null: always `every`
    Column("added", Boolean, nullable=False, server_default=false()),
    Column("host", Text, nullable=False, server_default=""),
    Column("moved_to", Text),  # null: it is at its own address
    Column("move_to", Text),  # null: its server names no other address, as the next two
    Column("move_since", UtcDateTime),
    Column("move_answers", Integer),
    Column("etag", Text),  # null: the server gave none
    Column("last_modified", Text),  # null: the server gave none
    Column("validators_url", Text),  # null: they belong to the feed's own address
    Column("digest", Text),  # null: no body was ever recorded
    Column("parts", LargeBinary),  # null: its entries must all be read again
    Column("rhythm_every", Duration),  # null: the document does not say
    # Bit n stands for hour n, or for day n of the week.
    Column("quiet_hours", Integer, nullable=False, server_default="0"),
    Column("quiet_days", Integer, nullable=False, server_default="0"),
    Column("pace", Duration),  # null: not learned yet
    Column("news_at", UtcDateTime),  # null: it never listed an entry
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcDateTime),  # null: the last poll was good
    Column("asked_until", UtcDateTime),  # null: its server never asked to be left alone
    Column("paused", Text),  # null: it is polled
    Column("took", Duration),  # null: it never answered
    Column("recorded_at", UtcDateTime),  # null: nothing was ever recorded, the feed is new
    Column("unconditional_at", UtcDateTime),  # null: never polled without validators
    Column("polled_at", UtcDateTime),  # null: never polled
    Column("next_at", UtcDateTime),  # null: due since ever
    Column("lease_until", UtcDateTime),  # null: nobody polls it now
    Column("failure", Text),  # null: the last poll was good
)

#: Hosts that could not answer the last poll of one of their feeds; the others have no row.
hosts = Table(
    "hosts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("rests_until", UtcDateTime),  # null: its feeds are polled
)

articles = Table(
    "articles",
    metadata,
    # The long texts stand last, so that SQLite finds the rest without reading through them.
    Column("id", _Number, primary_key=True),
    # No foreign key: a replay stores articles of feeds that nobody declared.
    Column("feed_url", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("published", UtcDateTime, nullable=False),
    Column("dated", Boolean, nullable=False),
    Column("language", Text),  # null: neither the feed nor the operator said
    Column("outlet", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("image", Text, nullable=False, server_default=""),
    Column("summary", Text, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("feed_url", "key", "fingerprint"),
    Index(None, "key"),
    Index(None, "fingerprint"),
    Index(None, "address"),
    Index(None, "link"),
    Index(None, "seen_at"),
)

events = Table(
    "events",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("story", Text, nullable=False),
    # The first event of the same happening; 0 only until the row beside it knows its own number.
    Column("happening", BigInteger, nullable=False, server_default="0", index=True),
)

verdicts = Table(
    "verdicts",
    metadata,
    # Only to keep the order in which verdicts were recorded.
    Column("id", _Number, primary_key=True),
    Column("article_id", ForeignKey("articles.id"), nullable=False),
    Column("story", Text, nullable=False),
    Column("event_id", ForeignKey("events.id"), nullable=False, index=True),
    # "new", "update", "related", or the kind of a duplicate: "same", "copy", "rewrite".
    Column("role", Text, nullable=False),
    Column("of_article", ForeignKey("articles.id")),  # null: it is new, it names nothing
    Column("evidence", JSON, nullable=False),
    Column("hits", JSON, nullable=False),
    Column("quiet", Text),  # null: it was treated as news
    # What a person made of it; the judge's own decision stays beside it.
    Column("corrected_role", Text),  # null: nobody corrected it
    Column("corrected_of", ForeignKey("articles.id")),  # null: nobody corrected it, or it is new after all
    UniqueConstraint("article_id", "story"),
    Index(None, "story", "article_id"),
)

#: What an encoder made of the headlines of reports, where one is in use.
meanings = Table(
    "meanings",
    metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

corrections = Table(
    "corrections",
    metadata,
    # Only to keep the order in which they were made.
    Column("id", _Number, primary_key=True),
    Column("story", Text, nullable=False),
    Column("earlier", ForeignKey("articles.id"), nullable=False, index=True),
    Column("later", ForeignKey("articles.id"), nullable=False, index=True),
    # True: one report; False: two.
    Column("same", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

#: Ordered so that the newest articles of one key lie side by side: articles are numbered in the order in
#: which they are seen. Each article has about fourteen rows, hence no story (it is in the key) and no time.
match_keys = Table(
    "match_keys",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("article_id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

posts = Table(
    "posts",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("event_id", ForeignKey("events.id"), nullable=False, index=True),
    Column("kind", _words(PostKind), nullable=False),
    Column("state", _words(PostState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime),  # null: at once; if uncertain: not again
    Column("message_id", BigInteger, index=True),  # null: not known to be shown
    Column("settled_at", UtcDateTime),  # null: no attempt has ended
    Column("reason", Text),  # null: nothing went wrong
    Column("silent", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("spans", JSON, nullable=False),
    Column("preview", _words(Preview), nullable=False, server_default=Preview.OFF.value),
    Column("picture", Text),  # null: none is shown
    # The post that an edit changes or a reply answers. No foreign key: SQLite could not add it later.
    Column("card_id", BigInteger, index=True),  # null: it is a card itself, or answers none
    Column("planned_at", UtcDateTime),  # null: planned before this was noted
    Index(None, "channel", "state", "kind", "id"),
    Index(None, "channel", "planned_at"),
)

cards = Table(
    "cards",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("event_id", ForeignKey("events.id"), primary_key=True, index=True),
    Column("post_id", ForeignKey("posts.id"), index=True),  # null: the event counts as shown, quietly
)

sends = Table(
    "sends",
    metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("channel", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "channel", "at"),
)

channels = Table(
    "channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("rests_until", UtcDateTime),  # null: it never had to rest
    # Sends a minute that it took when it last asked to wait, and when that was.
    Column("budget", Integer),  # null: it never asked
    Column("budget_at", UtcDateTime),
    # Its chat became another one.
    Column("moved_from", Text),  # null: it did not
    Column("moved_to", Text),
    # Where its posts stand: the number or the name of a chat.
    Column("chat", Text),  # null: it is none of Telegram's, or began before this was noted
)

alarms = Table(
    "alarms",
    metadata,
    Column("key", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

beats = Table(
    "beats",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

#: What administrators chose by command, beside the file: each a table as the file would have it.
choices = Table(
    "choices",
    metadata,
    # "story", "channel", "section" …
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("person", BigInteger),  # null: whoever sits at the terminal
    Column("chat", BigInteger),  # null: the same
    Column("said", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("undo", JSON(none_as_null=True)),  # null: it cannot be undone
    Column("undone_at", UtcDateTime),  # null: it was not
)

#: Numbers of Telegram's updates that were taken, for as long as they may come again.
heard = Table(
    "heard",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)

#: Events that a channel is not told more of, until an update.
mutes = Table(
    "mutes",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("event_id", ForeignKey("events.id"), primary_key=True, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("person", BigInteger),  # null: whoever sits at the terminal
)

#: Verdicts too near to call, for people to decide.
reviews = Table(
    "reviews",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("story", Text, nullable=False),
    Column("article_id", ForeignKey("articles.id"), nullable=False),
    # The article that it may repeat, and how likely that is.
    Column("nearest", ForeignKey("articles.id"), nullable=False),
    Column("chance", Float, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    # When it is decided without an answer.
    Column("until", UtcDateTime, nullable=False),
    # "post", "fold", "drop", as the next.
    Column("otherwise", Text, nullable=False),
    Column("told_at", UtcDateTime),  # null: the administrators were not told of it yet
    Column("answer", Text),  # null: it is open
    Column("answered_at", UtcDateTime),  # null: it is open
    Column("person", BigInteger),  # null: it is open, or nobody answered in time
    UniqueConstraint("story", "article_id"),
    Index(None, "answer", "until"),
)

#: When people last looked at what a story told.
looks = Table(
    "looks",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("story", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

#: Since when stories are followed: one that has no row is new.
followed = Table(
    "followed",
    metadata,
    Column("story", Text, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
)
