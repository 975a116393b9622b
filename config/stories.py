"""The configuration in the core's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr

from bot.core.questions import Limits
from bot.model import Feed, Policy, Story
from config.sections import ChannelEntry, StoryEntry
from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChoice:
    """A channel that a story is posted to."""

    name: str
    kind: Literal["telegram", "console", "apprise", "webhook", "json"]
    #: A chat's number, or its public name with "@"; None for the other kinds.
    chat: int | str | None = None
    #: Of "apprise".
    urls: tuple[SecretStr, ...] = ()
    #: Of "webhook".
    url: SecretStr | None = None
    secret: SecretStr | None = None


def feeds(settings: Settings) -> tuple[Feed, ...]:
    """Return the feeds of the file, in its order, as never polled."""
    return tuple(
        Feed(
            url=entry.url,
            name=entry.name,
            language=entry.language,
            every=entry.every or settings.poll.every,
            slowest=None if entry.every else settings.poll.slowest,
        )
        for entry in settings.feed
    )


def stories(settings: Settings) -> tuple[Story, ...]:
    """Return the stories of the file, in its order; their queries are still to be compiled."""
    return tuple(
        Story(
            name=entry.name,
            title=entry.title,
            query=entry.query,
            aliases=entry.aliases,
            feeds=entry.feeds,
            channels=_channels(entry, settings),
            policy=_policy(entry, settings),
        )
        for entry in settings.story
    )


def limits(settings: Settings) -> Limits:
    """Return how sure the judge has to be."""
    judge = settings.judge
    return Limits(same=judge.same, event=judge.event, happening=judge.happening)


def channels(settings: Settings) -> tuple[ChannelChoice, ...]:
    """Return the channels that at least one story is posted to."""
    used = {name for entry in settings.story for name in _channels(entry, settings)}
    known = (
        ChannelChoice(name="telegram", kind="telegram", chat=settings.telegram.channel),
        ChannelChoice(name="console", kind="console"),
        *(_chosen(entry) for entry in settings.channel),
    )
    return tuple(channel for channel in known if channel.name in used)


def _chosen(entry: ChannelEntry) -> ChannelChoice:
    return ChannelChoice(
        name=entry.name,
        kind=entry.kind,
        chat=entry.chat,
        urls=entry.urls,
        url=entry.url,
        secret=entry.secret,
    )


def _channels(entry: StoryEntry, settings: Settings) -> tuple[str, ...]:
    usual = "console" if settings.telegram.channel is None else "telegram"
    return entry.channels or (usual,)


def _policy(entry: StoryEntry, settings: Settings) -> Policy:
    return Policy(
        backfill=settings.poll.backfill if entry.backfill is None else entry.backfill,
        max_age=entry.max_age or settings.poll.max_age,
        window=settings.judge.window,
        time_zone=entry.time_zone,
        fold=entry.fold,
        full_text=entry.full_text,
    )
