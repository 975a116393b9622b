"""The configuration in the core's own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from pydantic import SecretStr

from bot.core.questions import Limits
from bot.model import Feed, Hours, Policy, Posting, Story
from config.sections import OWN, ChannelEntry, PostingOptions, StoryEntry
from config.settings import Settings

T = TypeVar("T")


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
    #: Of a forum; None: the chat itself.
    topic: int | None = None


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
            also=entry.also,
            without=entry.without,
            exclude=settings.keywords.exclude or "",
            aliases=entry.aliases,
            feeds=entry.feeds,
            channels=_channels(entry, settings),
            policy=_policy(entry, settings),
            postings={name: _posting(entry, name, settings) for name in _channels(entry, settings)},
        )
        for entry in settings.story
    )


def limits(settings: Settings) -> Limits:
    """Return how sure the judge has to be."""
    judge = settings.judge
    return Limits(
        same=judge.same, event=judge.event, happening=judge.happening, review_from=judge.review_from
    )


def channels(settings: Settings) -> tuple[ChannelChoice, ...]:
    """Return the channels that at least one story is posted to."""
    used = {name for entry in settings.story for name in _channels(entry, settings)}
    known = (
        ChannelChoice(
            name="telegram",
            kind="telegram",
            chat=settings.telegram.channel,
            topic=settings.telegram.topic,
        ),
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
        topic=entry.topic,
    )


def public_chats(settings: Settings) -> dict[str, str]:
    """Return the names of chats that everybody may read, without "@", by the names of their channels."""
    chats = {channel.name: channel.chat for channel in channels(settings)}
    return {name: chat.removeprefix("@") for name, chat in chats.items() if isinstance(chat, str)}


def hours(settings: Settings) -> dict[str, Hours]:
    """Return the hours of the readers of each channel that is posted to."""
    return {channel.name: _hours(channel.name, settings) for channel in channels(settings)}


def _hours(channel: str, settings: Settings) -> Hours:
    said = [*(entry for entry in settings.channel if entry.name == channel), settings.posting]
    zones = (entry.time_zone for entry in settings.story if channel in _channels(entry, settings))
    times = _first(options.digest_at for options in said)
    return Hours(
        zone=_first(options.time_zone for options in said) or next(zones, "UTC"),
        quiet=_first(options.quiet_hours for options in said),
        hold=_first(options.quiet for options in said) != "silent",
        digests=Hours().digests if times is None else times,
        paused=settings.posting.paused_until,
    )


def _posting(story: StoryEntry, channel: str, settings: Settings) -> Posting:
    entries = [entry for entry in settings.channel if entry.name == channel]
    said: list[PostingOptions] = [story, *entries, settings.posting]
    usual = Posting()
    found = {name: _first(getattr(options, name) for options in said) for name in PostingOptions.model_fields}
    edits = not any(entry.kind == "apprise" for entry in entries)
    return replace(usual, edits=edits, **{n: value for n, value in found.items() if value is not None})


def _first(values: Iterable[T | None]) -> T | None:
    """Return the first value that somebody gave."""
    return next((value for value in values if value is not None), None)


def _channels(entry: StoryEntry, settings: Settings) -> tuple[str, ...]:
    usual = "console" if settings.telegram.channel is None else "telegram"
    others = (channel.name for channel in settings.channel if entry.name in channel.stories)
    named = dict.fromkeys((*(entry.channels or (usual,)), *others))
    # What people follow for themselves rests while the operator does not want that.
    return tuple(name for name in named if settings.subscriptions.enabled or not name.startswith(OWN))


def _policy(entry: StoryEntry, settings: Settings) -> Policy:
    return Policy(
        backfill=settings.poll.backfill if entry.backfill is None else entry.backfill,
        max_age=entry.max_age or settings.poll.max_age,
        window=settings.judge.window,
        time_zone=entry.time_zone,
        fold=entry.fold,
        full_text=entry.full_text,
        prefer=entry.prefer,
        review_for=settings.judge.review_for,
        review_default=settings.judge.review_default,
    )
