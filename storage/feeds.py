"""Feeds: what is polled, when next, and how it and its host have been doing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.model import Feed, Move, Rhythm, Server, Validators
from bot.ports import PER_HOST, FeedHealth, Poll
from storage.tables import UtcDateTime, articles, feeds, hosts
from storage.upsert import upsert

#: A time further ahead than this was written under a wrong clock: a feed waits at most a day, so one hour
#: of grace. It counts as past.
_CLOCK_JUMPED = timedelta(hours=25)
#: What ended further ahead than this was polled before the clock was set back; clocks of two machines differ
#: by less.
_CLOCK_SET_BACK = timedelta(minutes=5)

_IS_POLLED = or_(feeds.c.declared, feeds.c.added)
_WITH_HOST = feeds.outerjoin(hosts, hosts.c.name == feeds.c.host)
_ROW = (*feeds.c, hosts.c.failures.label("host_failures"), hosts.c.rests_until)
#: How a feed begins again that was at rest: due as soon as its server allows.
_AFRESH: dict[str, Any] = {
    "next_at": feeds.c.asked_until,
    "failures": 0,
    "failing_since": None,
    "failure": None,
}


# ------------------------------------------------------------------------------------ what is polled


def declare(connection: Connection, declared: Sequence[Feed]) -> None:
    """Make these the declared feeds, in this order; what is known about them stays, and what was added."""
    connection.execute(update(feeds).values(declared=False))
    for position, feed in enumerate(declared):
        said = {
            "name": feed.name,
            "position": position,
            "declared": True,
            "added": False,
            "language": feed.language,
            "every": feed.every,
            "slowest": feed.slowest,
        }
        upsert(connection, feeds, {"url": feed.url}, set_=said, once={"failures": 0, "host": feed.host})
    # An upgrade leaves the column empty.
    for row in connection.execute(select(feeds.c.url, feeds.c.moved_to).where(feeds.c.host == "")).all():
        feed = Feed(url=row.url, name="", moved_to=row.moved_to)
        connection.execute(update(feeds).where(feeds.c.url == feed.url).values(host=feed.host))


def add(connection: Connection, feed: Feed) -> bool:
    """Poll a feed beside those that are declared; return False if it is polled already."""
    if connection.scalar(select(feeds.c.url).where(_is(feed.url), _IS_POLLED)):
        return False
    last = connection.scalar(select(func.max(feeds.c.position)).where(_IS_POLLED))
    said = {
        "name": feed.name,
        "position": 0 if last is None else last + 1,
        "added": True,
        "language": feed.language,
        "every": feed.every,
        "slowest": feed.slowest,
        "paused": None,
        **_AFRESH,
    }
    once = {"declared": False, "host": feed.host}
    if connection.scalar(select(feeds.c.url).where(_is(feed.url))):
        connection.execute(update(feeds).where(_is(feed.url)).values(**said))
    else:
        connection.execute(insert(feeds).values(url=feed.url, **once, **{**said, "next_at": None}))
    return True


def remove(connection: Connection, url: str) -> bool:
    """Stop polling a feed that was added; return False if none such was."""
    gone = update(feeds).where(_is(url), feeds.c.added).values(added=False)
    return connection.execute(gone).rowcount > 0


def pause(connection: Connection, url: str, reason: str | None) -> bool:
    """Stop polling a feed (reason) or make it due (None); return False if there is none."""
    state: dict[str, Any] = {"paused": reason}
    if reason is None:
        state |= _AFRESH
    return connection.execute(update(feeds).where(_is(url), _IS_POLLED).values(**state)).rowcount > 0


# ---------------------------------------------------------------------------------------- polling


def claim(
    connection: Connection, *, now: datetime, lease: timedelta, limit: int, busy: Mapping[str, int]
) -> list[Feed]:
    """Take feeds that are due, longest overdue first, of no host more than `PER_HOST` at a time."""
    at_work = Counter(busy)
    taken: list[Feed] = []
    times = {"now": now, "jumped": now + _CLOCK_JUMPED, "set_back": now + _CLOCK_SET_BACK}
    until = now + lease
    while len(taken) < limit:
        wanted = limit - len(taken)
        full = [host for host, polls in at_work.items() if polls >= PER_HOST]
        due = connection.execute(_DUE, {**times, "full": full, "most": wanted})
        found = [_feed(row, until) for row in due.mappings()]
        fitting = [feed for feed in found if _fits(feed, at_work)]
        if fitting:
            connection.execute(_LEASE, {"mine": [feed.url for feed in fitting], "until": until})
        taken += fitting
        if len(found) < wanted or len(fitting) == len(found):
            break
    return taken


def _fits(feed: Feed, at_work: Counter[str]) -> bool:
    fits = at_work[feed.host] < PER_HOST
    at_work[feed.host] += fits
    return fits


def _is_free(
    until: ColumnElement[Any], now: ColumnElement[Any] | datetime, jumped: ColumnElement[Any] | datetime
) -> ColumnElement[bool]:
    return or_(until.is_(None), until <= now, until > jumped)


def _due() -> Any:
    now, jumped = (bindparam(name, type_=UtcDateTime()) for name in ("now", "jumped"))
    # Its next poll was planned by a clock that has been set back since; what its server asked for stands.
    set_back = feeds.c.polled_at > bindparam("set_back", type_=UtcDateTime())
    return (
        select(*_ROW)
        .select_from(_WITH_HOST)
        .where(
            _IS_POLLED,
            feeds.c.paused.is_(None),
            or_(
                _is_free(feeds.c.next_at, now, jumped),
                and_(set_back, _is_free(feeds.c.asked_until, now, jumped)),
            ),
            _is_free(feeds.c.lease_until, now, jumped),
            _is_free(hosts.c.rests_until, now, jumped),
            feeds.c.host.not_in(bindparam("full", expanding=True)),
        )
        .order_by(feeds.c.next_at.asc().nulls_first(), feeds.c.position)
        .limit(bindparam("most"))
        # PostgreSQL only: a second worker takes other feeds instead of waiting for these.
        .with_for_update(skip_locked=True, of=feeds)
    )


# Written once: to put a statement together costs more than to run it.
_DUE = _due()
_LEASE = (
    update(feeds)
    .where(feeds.c.url.in_(bindparam("mine", expanding=True)))
    .values(lease_until=bindparam("until"))
)


#: Of a feed that nobody ever declared there is no row, and one that another process took meanwhile bears
#: another lease: then there is nothing to store. Who paused a feed meanwhile has the last word.
_POLLED = (
    update(feeds)
    .where(
        feeds.c.url == bindparam("of_url"),
        or_(feeds.c.lease_until.is_(None), feeds.c.lease_until == bindparam("of_lease")),
    )
    .values(paused=func.coalesce(bindparam("now_paused"), feeds.c.paused))
)


_OVER = delete(hosts).where(
    hosts.c.name.in_(bindparam("well", expanding=True)),
    _is_free(
        hosts.c.rests_until,
        bindparam("now", type_=UtcDateTime()),
        bindparam("jumped", type_=UtcDateTime()),
    ),
)


def polled(connection: Connection, ended: Sequence[Poll]) -> None:
    """Store what polls found out; ends their leases.

    No effect on a feed nobody ever declared, nor on one that another process has taken meanwhile.
    """
    if not ended:
        return
    connection.execute(_POLLED, [_state(poll) for poll in ended])
    well = [poll.feed.host for poll in ended if poll.feed.server == Server()]
    # Another of its feeds may have been asked meanwhile to leave the host alone: that stands.
    last = max(poll.at for poll in ended)
    connection.execute(_OVER, {"well": well, "now": last, "jumped": last + _CLOCK_JUMPED})
    for feed in (poll.feed for poll in ended if poll.feed.server != Server()):
        stands = connection.scalar(select(hosts.c.rests_until).where(hosts.c.name == feed.host))
        rests = max((until for until in (stands, feed.server.rests_until) if until), default=None)
        server = {"failures": feed.server.failures, "rests_until": rests}
        upsert(connection, hosts, {"name": feed.host}, set_=server)


def _state(poll: Poll) -> dict[str, Any]:
    feed, move = poll.feed, poll.feed.move
    return {
        "of_url": feed.url,
        "of_lease": feed.lease,
        "now_paused": feed.paused,
        "host": feed.host,
        "moved_to": feed.moved_to,
        "move_to": move and move.to,
        "move_since": move and move.since,
        "move_answers": move and move.answers,
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "validators_url": feed.validators.url,
        "digest": feed.digest,
        "parts": feed.parts or None,
        "rhythm_every": feed.rhythm.every,
        "quiet_hours": _mask(feed.rhythm.quiet_hours),
        "quiet_days": _mask(feed.rhythm.quiet_days),
        "pace": feed.pace,
        "news_at": feed.news_at,
        "failures": feed.failures,
        "failing_since": feed.failing_since,
        "asked_until": feed.asked_until,
        "took": feed.took,
        "recorded_at": feed.recorded_at,
        "unconditional_at": feed.unconditional_at,
        "polled_at": poll.at,
        "next_at": poll.next_at,
        "lease_until": None,
        "failure": poll.failure,
    }


def forgive(connection: Connection, *, since: datetime, next_at: datetime) -> None:
    """Charge no feed and no host with failures that began at or after a time."""
    ours = feeds.c.failing_since >= since
    may_come = or_(feeds.c.asked_until.is_(None), feeds.c.asked_until <= next_at)
    connection.execute(update(feeds).where(ours, feeds.c.next_at > next_at, may_come).values(next_at=next_at))
    hosts_of_ours = select(feeds.c.host).where(ours)
    connection.execute(delete(hosts).where(hosts.c.name.in_(hosts_of_ours)))
    connection.execute(update(feeds).where(ours).values(failures=0, failing_since=None))


# ------------------------------------------------------------------------------------------- looking


def health(connection: Connection, *, counted: bool) -> list[FeedHealth]:
    """Return every feed that is polled with its health: the declared ones in their order, then the added."""
    counts: dict[str, int] = {}
    if counted:
        by_feed = select(articles.c.feed_url, func.count()).group_by(articles.c.feed_url)
        counts = {row[0]: row[1] for row in connection.execute(by_feed)}
    query = select(*_ROW).select_from(_WITH_HOST).where(_IS_POLLED).order_by(feeds.c.added, feeds.c.position)
    rows = connection.execute(query).mappings()
    return [_health(row, counts.get(row["url"], 0)) for row in rows]


def health_of(connection: Connection, urls: Sequence[str]) -> dict[str, FeedHealth]:
    """Return those of some feeds that are polled, by their addresses; their articles are not counted."""
    query = select(*_ROW).select_from(_WITH_HOST).where(_IS_POLLED, feeds.c.url.in_(urls))
    return {row["url"]: _health(row) for row in connection.execute(query).mappings()}


def _health(row: RowMapping, counted: int = 0) -> FeedHealth:
    return FeedHealth(
        feed=_feed(row),
        next_at=row["next_at"],
        polled_at=row["polled_at"],
        failure=row["failure"],
        articles=counted,
        added=row["added"],
    )


def _feed(row: RowMapping, lease: datetime | None = None) -> Feed:
    to, since = row["move_to"], row["move_since"]
    return Feed(
        url=row["url"],
        name=row["name"],
        language=row["language"],
        every=row["every"],
        slowest=row["slowest"],
        moved_to=row["moved_to"],
        move=None if to is None else Move(to=to, since=since, answers=row["move_answers"]),
        validators=Validators(
            etag=row["etag"], last_modified=row["last_modified"], url=row["validators_url"]
        ),
        digest=row["digest"],
        parts=row["parts"] or b"",
        rhythm=_rhythm(row),
        pace=row["pace"],
        news_at=row["news_at"],
        failures=row["failures"],
        failing_since=row["failing_since"],
        recorded_at=row["recorded_at"],
        unconditional_at=row["unconditional_at"],
        asked_until=row["asked_until"],
        paused=row["paused"],
        took=row["took"],
        lease=lease,
        server=Server(failures=row["host_failures"] or 0, rests_until=row["rests_until"]),
    )


def _rhythm(row: RowMapping) -> Rhythm:
    if row["rhythm_every"] is None and not row["quiet_hours"] and not row["quiet_days"]:
        return Rhythm()
    return Rhythm(
        every=row["rhythm_every"],
        quiet_hours=_of_mask(row["quiet_hours"]),
        quiet_days=_of_mask(row["quiet_days"]),
    )


def _mask(numbers: frozenset[int]) -> int:
    return sum(1 << number for number in numbers)


def _of_mask(mask: int) -> frozenset[int]:
    return frozenset(number for number in range(mask.bit_length()) if mask >> number & 1)


def _is(url: str) -> ColumnElement[bool]:
    return feeds.c.url == url
