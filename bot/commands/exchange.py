"""Files that come and go: lists of feeds, stories, the whole configuration."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.commands.looking import undo
from bot.commands.office import Ask, Office, Reply, told
from bot.core.address import canonical_address
from bot.core.sheet import Line
from bot.discovery import with_own_name
from bot.edge.opml import Subscription, read_opml, write_opml
from bot.errors import ConfigError, OperatorError
from bot.model import Change, Feed
from bot.talk import Attachment, Button
from config.choosing import new_story
from config.export import exported
from config.sections import is_own

#: Bytes of a file that is taken.
_LARGEST = 2**20
#: Feeds of one list: thousands from a stranger would be polled for ever.
_MOST_FEEDS = 500
#: What is shown of a list before it is taken.
_EXAMPLES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a file would add."""

    feeds: Sequence[Feed] = ()
    changes: Sequence[Change] = ()
    #: The file's name.
    name: str = ""
    #: Under which number it was done; 0: it is not.
    deed: int = 0


async def document(ask: Ask, office: Office) -> Reply:
    """Take a file: show what it would add, and wait for a word."""
    attached = ask.heard.document
    if attached is None:
        return Reply()
    content = await office.speak.download(attached, most=_LARGEST)
    load = await _read(attached.name, content, ask, office)
    count = len(load.feeds) + len(load.changes)
    if not count:
        return told(ask.words("There is nothing in it that is not here already."))
    lines = [Line(text=ask.words("That would add:"), bold=True)]
    names = [*(change.name for change in load.changes), *(f"{feed.name}  {feed.url}" for feed in load.feeds)]
    lines += [Line(text=name, bullet=True) for name in names[:_EXAMPLES]]
    if count > _EXAMPLES:
        lines.append(Line(text=ask.words.many("and %(n)s more", "and %(n)s more", count - _EXAMPLES)))
    token = office.drafts.keep(replace(load, name=attached.name))
    buttons = (
        Button(label=ask.words("Add them"), data=f"load:{token}"),
        Button(label=ask.words("Cancel"), data=f"cancel:{token}"),
    )
    return Reply(lines=lines, buttons=(buttons,))


async def load(ask: Ask, office: Office) -> Reply:
    """Add what a file was shown to add."""
    kept = office.drafts.take(ask.argument)
    if not isinstance(kept, Load):
        return told(ask.words("That is too long ago; please send the file again."))
    known = {entry.name for entry in office.settings().story}
    if any(change.name in known for change in kept.changes):  # somebody made one meanwhile
        return told(ask.words("That is too long ago; please send the file again."))
    for feed in kept.feeds:
        await office.archive.add(feed)
        await office.archive.alarm(f"feed:{feed.url}", None, at=ask.now)
    ask = replace(ask, typed=f"/import {kept.name}")
    feeds = ask.words.many("%(n)s feed added", "%(n)s feeds added", len(kept.feeds))
    stories = ask.words.many("%(n)s story added", "%(n)s stories added", len(kept.changes))
    outcome = "; ".join(text for text, added in ((stories, kept.changes), (feeds, kept.feeds)) if added)
    done = await office.changed(ask, kept.changes, outcome)
    token = office.drafts.keep(replace(kept, deed=done.deed))
    return office.confirmed(done, outcome, Button(label=ask.words("Undo"), data=f"unload:{token}"))


async def unload(ask: Ask, office: Office) -> Reply:
    """Take out again what a file added."""
    kept = office.drafts.take(ask.argument)
    if not isinstance(kept, Load):
        return told(ask.words("That was too long ago to be undone by its button."))
    for feed in kept.feeds:
        await office.archive.remove(feed.url)
    if kept.changes:
        return await undo(replace(ask, argument=str(kept.deed)), office)
    said = f"/import {kept.name}"
    return await office.done(ask, ask.words("Taken back: %(said)s", said=said))


async def _read(name: str, content: bytes, ask: Ask, office: Office) -> Load:
    if name.lower().endswith(".toml"):
        return _toml(content, ask, office, await _polled(office))
    outline = read_opml(content)
    if not outline.feeds:
        raise OperatorError(ask.words("There are no feeds in it. I take OPML, lists of addresses, and TOML."))
    listed = [(one.url, one.title) for one in outline.feeds]
    return Load(feeds=_new_feeds(listed, await _polled(office), ask, office))


async def _polled(office: Office) -> list[Feed]:
    return [health.feed for health in await office.archive.feeds(counted=False)]


def _new_feeds(
    listed: Sequence[tuple[str, str]], polled: Sequence[Feed], ask: Ask, office: Office
) -> list[Feed]:
    """Return those of a list that are not polled and may be asked, each with a name of its own."""
    poll = office.settings().poll
    known = {canonical_address(url) for feed in polled for url in (feed.url, feed.address)}
    names, new = list(polled), list[Feed]()
    for url, title in listed:
        if canonical_address(url) in known or not office.may_ask(url):
            continue
        known.add(canonical_address(url))
        feed = Feed(url=url, name=title or url, every=poll.every, slowest=poll.slowest)
        feed = replace(feed, name=with_own_name(feed, names))
        names.append(feed)
        new.append(feed)
    if len(new) > _MOST_FEEDS:
        most = ask.words(
            "There are %(number)s new feeds in it; I take %(most)s at once.",
            number=len(new),
            most=_MOST_FEEDS,
        )
        raise OperatorError(most)
    return new


def _toml(content: bytes, ask: Ask, office: Office, polled: Sequence[Feed]) -> Load:
    """Read stories and feeds as the configuration's file has them.

    Raises:
        ConfigError: it cannot be read, or a story of it cannot be made.
    """
    try:
        tables: Mapping[str, Any] = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(ask.words("That is not TOML: %(mistake)s", mistake=error)) from None
    known = {entry.name for entry in office.settings().story}
    changes: list[Change] = []
    for table in _tables(tables, "story"):
        name = str(table.get("name", ""))
        if name in known or is_own(name):  # what people follow for themselves is not handed on
            continue
        options = {key: value for key, value in table.items() if key not in {"name", "title", "query"}}
        settings = office.settings_with(changes)
        changes.append(
            new_story(settings, name, str(table.get("title", name)), str(table.get("query", "")), options)
        )
    listed = [(str(table.get("url", "")), str(table.get("name", ""))) for table in _tables(tables, "feed")]
    return Load(feeds=_new_feeds(listed, polled, ask, office), changes=changes)


def _tables(values: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    entries = values.get(kind, [])
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


async def import_(ask: Ask, office: Office) -> Reply:
    """Say which files are taken."""
    del office
    return told(
        ask.words("Send me a file: OPML or a list of addresses for feeds, TOML for stories and feeds.")
    )


async def export(ask: Ask, office: Office) -> Reply:
    """Give everything as a file; as OPML the feeds alone."""
    health = await office.archive.feeds(counted=False)
    if ask.argument.lower() == "opml":
        outlines = [Subscription(url=one.feed.address, title=one.feed.name) for one in health]
        text, name, mime = write_opml("Storywire", outlines), "storywire.opml", "text/x-opml"
    else:
        added = [one.feed for one in health if one.added]
        text, name, mime = exported(office.settings(), added), "storywire.toml", "application/toml"
    file = Attachment(name=name, content=text.encode(), mime=mime)
    lines = [
        Line(
            text=ask.words("The whole configuration, without secrets. The feeds alone: /export opml"),
            own=True,
        )
    ]
    return Reply(lines=lines, file=file)
