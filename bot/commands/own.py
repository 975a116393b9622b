"""What people follow for themselves, in a private chat: off unless the operator turns it on.

A person's subscriptions are a channel of their own, chosen by command like everything else, and the words
that they follow are a story that is posted there. So all that holds for the channel holds for them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.commands.feeds import add, is_address, remove
from bot.commands.office import Ask, Office, Reply, told
from bot.commands.settings import digest as digest_of_channel
from bot.core.authority import Role
from bot.core.sheet import Line
from bot.core.syntax import leaves, parsed
from bot.errors import OperatorError
from bot.model import Change, PostState
from bot.ports import Record
from config.choosing import fit, new_story
from config.sections import OWN, is_own
from config.settings import Settings

#: Why a post was given up.
_STOPPED = "nobody followed anything there any more"


def own_channel(person: int) -> str:
    """Return the name of the channel of a person's own."""
    return f"{OWN}{person}"


# --------------------------------------------------------------------------------------- subscribing


async def subscribe(ask: Ask, office: Office) -> Reply:
    """Poll one more feed, or let a person have a story's posts for themselves."""
    if not ask.argument:
        return _offer(ask, office)
    if ask.role is Role.ADMIN and is_address(ask.parts[0]):
        return await add(ask, office)
    story = _public(ask, office, ask.argument)
    channel = _opened(ask, office)
    stories = [*channel.get("stories", ()), story]
    if story in channel.get("stories", ()):
        return told(ask.words("You follow that already; see /list."))
    _check_count(ask, office, 1)
    await _begin_anew(ask, office)
    change = fit(office.settings(), "channel", own_channel(ask.person), {**channel, "stories": stories})
    outcome = ask.words("You get the posts of %(story)s from now on.", story=_title(office.settings(), story))
    return await office.change(ask, [change], outcome)


async def follow(ask: Ask, office: Office) -> Reply:
    """Let a person follow words of their own."""
    if not ask.argument:
        return told(ask.words('Which words? For example /follow drill* "joint patrol" -football'))
    settings = office.settings()
    most = settings.subscriptions.keywords
    if leaves(parsed(ask.argument, where=own_channel(ask.person))) > most:
        raise OperatorError(
            ask.words.many("At most %(n)s word at once.", "At most %(n)s words at once.", most)
        )
    channel = _opened(ask, office)
    _check_count(ask, office, 1)
    opened = fit(settings, "channel", own_channel(ask.person), channel)
    name = _free_name(ask.person, await office.archive.followed())
    await _begin_anew(ask, office)
    title, options = ask.argument[:60], {"channels": [own_channel(ask.person)]}
    made = new_story(office.settings_with([opened]), name, title, ask.argument, options)
    outcome = ask.words("You follow from now on: %(words)s", words=ask.argument)
    return await office.change(ask, [opened, made], outcome)


async def unsubscribe(ask: Ask, office: Office) -> Reply:
    """Stop polling a feed, or let a person have a story's posts no longer."""
    following = _following(office.settings(), ask.person)
    name = ask.argument.strip()
    if name.isdecimal() and 0 < int(name) <= len(following):
        name = following[int(name) - 1]
    if name not in following:
        if ask.role is Role.ADMIN and name:
            return await remove(ask, office)
        return told(ask.words("Which one? /list numbers what you follow."))
    outcome = ask.words("You no longer follow: %(story)s", story=_title(office.settings(), name))
    return await office.change(ask, _without(office.settings(), ask.person, [name]), outcome)


async def listed(ask: Ask, office: Office) -> Reply:
    """List what a person follows, and what there is to follow."""
    settings = office.settings()
    following = _following(settings, ask.person)
    lines: list[Line] = []
    if following:
        lines.append(Line(text=ask.words("You follow:"), bold=True))
        lines += [Line(text=f"{n}. {_title(settings, name)}") for n, name in enumerate(following, 1)]
    others = [entry for entry in settings.story if entry.name not in following and not is_own(entry.name)]
    if others:
        lines.append(Line(text=ask.words("Stories:"), bold=True))
        lines += [Line(text=f"{entry.name}: {entry.title}", bullet=True) for entry in others]
    return Reply(lines=lines or [Line(text=ask.words("There are no stories yet."))])


def _offer(ask: Ask, office: Office) -> Reply:
    lines = [Line(text=ask.words("Subscribe to what? Send one of these:"), own=True)]
    entries = [entry for entry in office.settings().story if not is_own(entry.name)]
    lines += [Line(text=f"/sub {entry.name} – {entry.title}", own=True) for entry in entries]
    return Reply(lines=lines)


# ---------------------------------------------------------------------------------------- own hours


async def digest(ask: Ask, office: Office) -> Reply:
    """Say when a person, or the channel, gets digests."""
    if own_channel(ask.person) not in _channels(office.settings()):
        if ask.role is Role.ADMIN:
            return await digest_of_channel(ask, office)
        return told(ask.words("You follow nothing yet: /sub or /follow first."))
    channel = _channels(office.settings())[own_channel(ask.person)]
    if not ask.argument:
        return told(_hours(ask, channel.get("digest_at", ())))
    off = ask.argument.lower() in {"off", "instant"}
    kept = {key: value for key, value in channel.items() if key not in {"mode", "digest_at"}}
    hours = {} if off else {"mode": "digest", "digest_at": ask.argument.replace(",", " ").split()}
    change = fit(office.settings(), "channel", own_channel(ask.person), {**kept, **hours})
    return await office.change(ask, [change], _hours(ask, hours.get("digest_at", ())))


def _hours(ask: Ask, digests: Sequence[str]) -> str:
    """Say when a person gets what they follow; at once, if there are no hours of digests."""
    if not digests:
        return ask.words("You get each post at once.")
    return ask.words("You get a digest at %(times)s.", times=", ".join(digests))


def left(channel: str, settings: Settings) -> Sequence[Change]:
    """Return what ends all subscriptions of a person whose own channel it is."""
    person = int(channel.removeprefix(OWN))
    return _without(settings, person, _following(settings, person))


# -------------------------------------------------------------------------------------------- limits


def _public(ask: Ask, office: Office, name: str) -> str:
    names = [entry.name for entry in office.settings().story if not is_own(entry.name)]
    if name not in names:
        raise OperatorError(ask.no_story(name, names))
    return name


def _opened(ask: Ask, office: Office) -> dict[str, Any]:
    """Return the person's channel as it is, or as it begins.

    Raises:
        OperatorError: nobody else may have one.
    """
    settings = office.settings()
    if not settings.subscriptions.enabled:
        raise OperatorError(
            ask.words("Subscriptions are off; the operator can turn them on: enabled under [subscriptions].")
        )
    if ask.heard.chat.kind != "private":
        raise OperatorError(ask.words("Tell me that in a private chat; the posts go there."))
    channels = _channels(settings)
    name = own_channel(ask.person)
    if name not in channels and sum(map(is_own, channels)) >= settings.subscriptions.people:
        raise OperatorError(ask.words("There are as many subscribers as this bot takes."))
    return dict(channels.get(name, {"kind": "telegram", "chat": ask.person}))


async def _begin_anew(ask: Ask, office: Office) -> None:
    """Give up what still waits for a person who had stopped to follow anything: it is of another day."""
    name = own_channel(ask.person)
    if name in _channels(office.settings()):
        return
    waiting = await office.archive.outbox(PostState.PENDING, PostState.UNCERTAIN)
    mine = [post.id for post in waiting if post.channel == name]

    def work(record: Record) -> None:
        for number in mine:
            record.decide(number, PostState.DROPPED, _STOPPED)

    await office.archive.record(work)


def _check_count(ask: Ask, office: Office, more: int) -> None:
    settings = office.settings()
    most = settings.subscriptions.per_person
    if len(_following(settings, ask.person)) + more > most:
        raise OperatorError(
            ask.words.many("You may follow %(n)s story.", "You may follow %(n)s stories.", most)
        )


# ------------------------------------------------------------------------------------------- reading


def _channels(settings: Settings) -> dict[str, Mapping[str, Any]]:
    """Return the channels that were chosen by command."""
    return {it.name: it.value for it in settings.written.choices if it.kind == "channel"}


def _following(settings: Settings, person: int) -> list[str]:
    """Return what a person follows: stories, then words of their own."""
    name = own_channel(person)
    stories = _channels(settings).get(name, {}).get("stories", ())
    own = [entry.name for entry in settings.story if name in entry.channels]
    return [*stories, *own]


def _without(settings: Settings, person: int, names: Sequence[str]) -> list[Change]:
    """Return what ends some subscriptions of a person, and the channel with the last one."""
    name = own_channel(person)
    changes = [Change(kind="story", name=each, value=None) for each in names if is_own(each)]
    channel = dict(_channels(settings).get(name, {}))
    if not channel:
        return changes
    channel["stories"] = [story for story in channel.get("stories", ()) if story not in names]
    rest = [story for story in _following(settings, person) if story not in names]
    value = {key: it for key, it in channel.items() if it != []} if rest else None
    return [*changes, Change(kind="channel", name=name, value=value)]


def _title(settings: Settings, name: str) -> str:
    return next((entry.title for entry in settings.story if entry.name == name), name)


def _free_name(person: int, taken: Collection[str]) -> str:
    """Return a name that no story had yet: what was told of other words would count as told of these."""
    number = 1
    while f"{own_channel(person)}-{number}" in taken:
        number += 1
    return f"{own_channel(person)}-{number}"
