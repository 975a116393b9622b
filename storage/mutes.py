"""Mutes: events that a channel is told no more of, until an update."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete

from bot.model import EventId
from storage.statements import run
from storage.tables import moment, mutes
from storage.upsert import upsert

_MUTED = "SELECT at FROM mutes WHERE channel = :channel AND event_id = :event"


def muted(connection: Connection, channel: str, event: EventId) -> datetime | None:
    """Return since when a channel is told no more of an event; None if it is."""
    at: int | None = run(connection, _MUTED, channel=channel, event=event).scalar()
    return None if at is None else moment(at)


def mute(connection: Connection, channel: str, event: EventId, *, at: datetime, person: int | None) -> None:
    """Note that a channel is to be told no more of an event. No effect where it is muted already."""
    key = {"channel": channel, "event_id": event}
    upsert(connection, mutes, key, set_={}, once={"at": at, "person": person})


def unmute(connection: Connection, channel: str, event: EventId) -> bool:
    """Let a channel be told of an event again; return False if it was not muted."""
    row = delete(mutes).where(mutes.c.channel == channel, mutes.c.event_id == event)
    return connection.execute(row).rowcount > 0
