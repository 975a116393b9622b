"""Feeds: which are polled, how they do, one more, one less; lists of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.commands.office import Ask, Office, Reply, told
from bot.commands.words import Words
from bot.core.health import state_of
from bot.core.sheet import Line
from bot.discovery import Found, Nothing, as_address, discover, polled_already, with_own_name
from bot.errors import OperatorError
from bot.explaining import explain_headline
from bot.model import FOR_GOOD, Feed
from bot.ports import FeedHealth
from config.choosing import set_option, unset_option
from config.values import duration

#: Headlines shown of what a feed lists.
_EXAMPLES = 5
#: The setting that pauses posting.
_PAUSE = ("section", "posting", "paused_until")


def is_address(text: str) -> bool:
    """Tell whether a word looks like an address and not like a story's name."""
    return "://" in text or ("." in text and "/" in text) or text.lower().startswith("www.")


async def feeds(ask: Ask, office: Office) -> Reply:
    """List the feeds, those in trouble first."""
    health = await office.archive.feeds(counted=False)
    asked = ask.argument.casefold()
    states = sorted(
        ((state_of(one, ask.now), one) for one in health if asked in one.feed.name.casefold()),
        key=lambda pair: pair[0].rank,
    )
    lines = [
        Line(
            text=f"{one.feed.name}: {state.word}" + (f", {state.says}" if state.says else ""),
            bullet=True,
            link=one.feed.address,
        )
        for state, one in states
    ]
    return Reply(lines=lines or [Line(text=ask.words("There is no such feed."))])


async def add(ask: Ask, office: Office) -> Reply:
    """Poll one more feed."""
    words, (url, *name) = ask.words, ask.parts
    world = office.world()
    polled = [health.feed for health in await office.archive.feeds(counted=False)]
    _refuse_known(Feed(url=as_address(url), name=""), polled, ask)
    found, others = await _found(url, ask, office)
    _refuse_known(found.feed, polled, ask)
    poll = office.settings().poll
    feed = replace(
        found.feed,
        name=with_own_name(found.feed, polled, " ".join(name) or None),
        every=poll.every,
        slowest=poll.slowest,
    )
    await world.archive.add(feed)
    await world.archive.alarm(f"feed:{feed.url}", None, at=ask.now)
    outcome = words("“%(name)s” is polled from now on: %(url)s", name=feed.name, url=feed.url)
    return await office.done(ask, outcome, back=f"/unsub {feed.url}", lines=[*_preview(ask, found), *others])


def _refuse_known(feed: Feed, polled: Sequence[Feed], ask: Ask) -> None:
    known = polled_already(feed, polled)
    if known is not None:
        raise OperatorError(ask.words("That feed is polled already, as “%(name)s”.", name=known.name))


async def _found(url: str, ask: Ask, office: Office) -> tuple[Found, list[Line]]:
    """Return the likeliest feed at an address, and what is said of the others."""
    found = await discover(url, office.world())
    if isinstance(found, Nothing):
        raise OperatorError(f"{url}: {found.reason}")
    others = [Line(text=f"{one.feed.name}: {one.feed.url}", bullet=True) for one in found[1:]]
    if others:
        others.insert(0, Line(text=ask.words("Other feeds at that address:")))
    return found[0], others


def _preview(ask: Ask, found: Found) -> list[Line]:
    count = len(found.articles)
    lines = [Line(text=ask.words.many("%(n)s entry", "%(n)s entries", count))]
    lines += [Line(text=text, bullet=True) for text in found.document.problems]
    for match in found.matched[-_EXAMPLES:]:
        text = f"{match.story.name}: {match.article.title}"
        lines.append(Line(text=text, bullet=True, link=match.article.link or None))
    if not found.matched:
        lines.append(Line(text=ask.words("No story accepts any of it at present.")))
    return lines


async def remove(ask: Ask, office: Office) -> Reply:
    """Stop polling a feed that was added by command."""
    health = _named(ask.argument, await office.archive.feeds(counted=False), ask)
    if not await office.archive.remove(health.feed.url):
        raise OperatorError(
            ask.words(
                "“%(name)s” is declared in the file: take it out there, or /pause %(name)s.",
                name=health.feed.name,
            )
        )
    outcome = ask.words("“%(name)s” is not polled any more.", name=health.feed.name)
    return await office.done(ask, outcome, back=f"/sub {health.feed.url} {health.feed.name}")


async def try_out(ask: Ask, office: Office) -> Reply:
    """Show what is at an address, or what the stories make of a headline; changes nothing."""
    if not ask.argument:
        return told(ask.words("Which one? /test https://news.example/feed.xml"))
    name, headline = ask.parts[0], ask.argument
    if len(ask.parts) > 1 and not is_address(name):
        scene = office.scene(ask)
        if name in office.world().knowledge.places.stories:
            scene, headline = replace(scene, only=frozenset({name})), " ".join(ask.parts[1:])
        return Reply(lines=await explain_headline(headline, scene))
    found, others = await _found(ask.parts[0], ask, office)
    lines = [Line(text=found.feed.name, bold=True, link=found.feed.url), *_preview(ask, found), *others]
    return Reply(lines=lines)


async def pause(ask: Ask, office: Office) -> Reply:
    """Stop posting for a while, or polling a feed."""
    words = ask.words
    length = _length(ask.argument)
    if ask.argument and length is None:
        health = _named(ask.argument, await office.archive.feeds(counted=False), ask)
        await office.archive.pause(health.feed.url, words("paused by an administrator"))
        outcome = words("“%(name)s” is not polled until /resume.", name=health.feed.name)
        return await office.done(ask, outcome, back=f"/resume {health.feed.url}")
    until = FOR_GOOD if length is None else ask.now + length
    change = set_option(office.settings(), *_PAUSE, until.isoformat())
    return await office.change(ask, [change], paused(words, until))


def paused(words: Words, until: datetime) -> str:
    """Say that posting is paused, and until when."""
    if until == FOR_GOOD:
        return words("Nothing is posted until /resume; what there is to post waits.")
    return words("Nothing is posted before %(time)s; what there is to post waits.", time=_clock(until))


async def resume(ask: Ask, office: Office) -> Reply:
    """Go on."""
    if ask.argument:
        health = _named(ask.argument, await office.archive.feeds(counted=False), ask)
        await office.archive.pause(health.feed.url, None)
        outcome = ask.words("“%(name)s” is polled again.", name=health.feed.name)
        return await office.done(ask, outcome, back=f"/pause {health.feed.url}")
    outcome = ask.words("Posting goes on.")
    if office.settings().posting.paused_until is None:
        return told(outcome)
    return await office.change(ask, [unset_option(office.settings(), *_PAUSE)], outcome)


def _length(text: str) -> timedelta | None:
    """Return a length of time as the file has them, such as "2h"; None if it is none."""
    try:
        return duration(text)
    except ValueError:
        return None


def _clock(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _named(text: str, feeds: Sequence[FeedHealth], ask: Ask) -> FeedHealth:
    """Return the feed that a person means, by its name, its address or the beginning of its name.

    Raises:
        OperatorError: there is none, or there are several.
    """
    asked = text.casefold().strip()
    exact = [one for one in feeds if asked in {one.feed.name.casefold(), one.feed.url.casefold()}]
    near = exact or [one for one in feeds if asked and one.feed.name.casefold().startswith(asked)]
    if len(near) == 1:
        return near[0]
    if not near:
        raise OperatorError(ask.words("There is no feed “%(name)s”; /feeds lists them.", name=text))
    names = ", ".join(one.feed.name for one in near)
    raise OperatorError(ask.words("Which one: %(names)s?", names=names))
