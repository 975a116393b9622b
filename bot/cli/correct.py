"""`merge`, `split`, `mute` and `unmute`: what a person says of an event, and what the channels then show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from rich.text import Text

from bot import corrections, muting
from bot.app import configured_archive, places, watches
from bot.cli.common import SHIPPED, Config, bullets, console, in_loop, known_as, settings_of, story_named
from bot.corrections import Corrected
from bot.edge.clock import SystemClock
from bot.errors import OperatorError
from bot.model import ArticleId, Decision, EventId, Story
from bot.muting import Muted
from bot.ports import Archive, Record
from config.settings import Settings

_HELP = "its link, its feed id or its number, as storywire why takes them."
_Story = Annotated[
    str | None,
    typer.Option("--story", metavar="NAME", help="The story, where what is named is in several."),
]
_Channel = Annotated[
    str | None,
    typer.Option("--channel", metavar="NAME", help="Only this channel; without it all of the story's."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(merge)
    app.command()(split)
    app.command()(mute)
    app.command()(unmute)


def merge(
    a: Annotated[str, typer.Argument(metavar="A", help=f"An article: {_HELP}")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one of the same report.")],
    *,
    story: _Story = None,
    config: Config = SHIPPED,
) -> None:
    """Say that two articles are one report, though they were told as two.

    Everything that belongs to the later card joins the earlier one, which names its outlets. The later card
    becomes a line that points to the other, or is never sent if it still waits. Works beside a running
    storywire, which sends the changes; without one the next poll does.

    Example:
      storywire merge https://wire.example/dam https://post.example/flood
    """

    def work(chosen: Story, articles: Sequence[ArticleId], record: Record) -> Corrected:
        return corrections.merge(chosen, articles[0], articles[1], record, where, at=now)

    now, settings = SystemClock().now(), settings_of(config)
    where = places(settings)
    corrected = in_loop(_corrected((a, b), story, settings, work))
    _show(corrected, "merged into")


def split(
    a: Annotated[str, typer.Argument(metavar="A", help=f"An article: {_HELP}")],
    *,
    story: _Story = None,
    config: Config = SHIPPED,
) -> None:
    """Say that an article is a report of its own, though it was taken for a repeat.

    It leaves the card that names it and gets a card of its own; articles that copied it stay where they are.
    What was recorded quietly stays quiet. Works beside a running storywire, which sends the changes; without
    one the next poll does.

    Example:
      storywire split https://post.example/flood
    """

    def work(chosen: Story, articles: Sequence[ArticleId], record: Record) -> Corrected:
        return corrections.split(chosen, articles[0], record, where, at=now)

    now, settings = SystemClock().now(), settings_of(config)
    where = places(settings)
    corrected = in_loop(_corrected((a,), story, settings, work))
    _show(corrected, "split off as")


def mute(
    a: Annotated[str, typer.Argument(metavar="A", help=f"An article of the event: {_HELP}")],
    *,
    story: _Story = None,
    channel: _Channel = None,
    config: Config = SHIPPED,
) -> None:
    """Tell channels no more of an event until there is an update of it.

    Its card stays as it is and repeats are folded silently; what still waits to be sent of it is not sent.
    On a list that tells other events as well it stays as it was printed. An update ends it and is told as
    usual. Of an article of several stories all its events are muted. Works beside a running storywire.

    Example:
      storywire mute https://wire.example/dam
    """

    def work(event: EventId, channels: Sequence[str], record: Record) -> Muted:
        return muting.mute(event, channels, record, at=now, person=None)

    now, settings = SystemClock().now(), settings_of(config)
    for done in in_loop(_muted(a, story, channel, settings, work)):
        _show_muted(done, "muted", "muted there already", "taken back")


def unmute(
    a: Annotated[str, typer.Argument(metavar="A", help=f"An article of the event: {_HELP}")],
    *,
    story: _Story = None,
    channel: _Channel = None,
    config: Config = SHIPPED,
) -> None:
    """Tell channels of an event again that was muted, and bring its card up to date.

    Works beside a running storywire, which sends the changes; without one the next poll does.

    Example:
      storywire unmute https://wire.example/dam
    """

    def work(event: EventId, channels: Sequence[str], record: Record) -> Muted:
        return muting.unmute(event, channels, record, where, at=now)

    now, settings = SystemClock().now(), settings_of(config)
    where = places(settings)
    for done in in_loop(_muted(a, story, channel, settings, work)):
        _show_muted(done, "no longer muted", "not muted there any more", "to be sent")


async def _muted(
    reference: str,
    story: str | None,
    channel: str | None,
    settings: Settings,
    work: Callable[[EventId, Sequence[str], Record], Muted],
) -> list[Muted]:
    """Do to the events of an article, in one transaction, what is to be done in some of their channels."""
    followed = {watch.story.name: watch.story for watch in watches(settings)}
    async with configured_archive(settings, exclusive=False) as archive:
        decisions = await _decisions(reference.strip(), archive)
        names = sorted({decision.story for decision in decisions if decision.story in followed})
        if story is not None:
            names = [_story_of({reference: decisions}, story)]
        told = [followed[name] for name in names if name in followed]
        articles = [(each, _article(reference, decisions, each.name)) for each in told]
        channels = {each.name: [name for name in each.channels if channel in {None, name}] for each in told}
        if not any(channels.values()):
            raise OperatorError(f"no story of {reference} is posted to {channel or 'any channel'}")

        def together(record: Record) -> list[Muted]:
            return [
                work(record.event(article, each.name).id, channels[each.name], record)
                for each, article in articles
            ]

        return await archive.record(together)


async def _corrected(
    references: Sequence[str],
    story: str | None,
    settings: Settings,
    work: Callable[[Story, Sequence[ArticleId], Record], Corrected],
) -> Corrected:
    followed = watches(settings)
    async with configured_archive(settings, exclusive=False) as archive:
        named = {reference: await _decisions(reference.strip(), archive) for reference in references}
        name = _story_of(named, story)
        chosen = story_named(name, followed).story
        articles = [_article(reference, named[reference], name) for reference in references]
        return await archive.record(lambda record: work(chosen, articles, record))


async def _decisions(reference: str, archive: Archive) -> list[Decision]:
    name = await known_as(reference, archive)
    decisions = await archive.decisions(name)
    if not decisions and await archive.articles(name):
        raise OperatorError(f"no story's query accepts {reference}: there is nothing to correct")
    if not decisions:
        raise OperatorError(f"{reference} was never seen in a feed")
    return decisions


def _story_of(named: dict[str, list[Decision]], asked: str | None) -> str:
    """Return the one story in which all the articles are.

    Raises:
        OperatorError: there is none, or there are several and none was asked for.
    """
    sets = [{decision.story for decision in decisions} for decisions in named.values()]
    common = sorted(set.intersection(*sets))
    if asked is not None:
        if asked not in common:
            missing = next(ref for ref, stories in zip(named, sets, strict=True) if asked not in stories)
            raise OperatorError(f"{missing} is not in story {asked}")
        return asked
    if not common:
        raise OperatorError(f"{' and '.join(named)} are in no story together")
    if len(common) > 1:
        raise OperatorError(f"{' and '.join(named)}: say in which story with --story ({', '.join(common)})")
    return common[0]


def _article(reference: str, decisions: Sequence[Decision], story: str) -> ArticleId:
    """Return the article that a person means: of a page's versions the first, as the others repeat it.

    Raises:
        OperatorError: it may be one of several that are no repeats of each other.
    """
    meant = [decision for decision in decisions if decision.story == story]
    numbered = [decision for decision in meant if str(decision.article_id) == reference.strip()]
    if not numbered and len({decision.event for decision in meant}) > 1:
        numbers = ", ".join(str(decision.article_id) for decision in reversed(meant))
        raise OperatorError(f"{reference} means several articles ({numbers}): give the number of one")
    return (numbered or meant)[-1].article_id


def _show(corrected: Corrected, done: str) -> None:
    members = corrected.event.members
    names = ", ".join(f"{member.article.outlet} ({member.id})" for member in members)
    title = members[0].article.title or "(no title)"
    console.print(Text.assemble(f"{done} event {corrected.event.id}: ", (title, "bold"), f" by {names}"))
    console.print(bullets(f"{post.kind.value} to {post.channel}" for post in corrected.posts))
    if not corrected.posts:
        console.print("  no channel shows that otherwise now")


def _show_muted(muted: Muted, done: str, nothing: str, posts: str) -> None:
    title = muted.event.members[0].article.title or "(no title)"
    where = f"{done} in {', '.join(muted.channels)}" if muted.channels else nothing
    console.print(
        Text.assemble(f"event {muted.event.id} of {muted.event.story}: ", (title, "bold"), f", {where}")
    )
    for post in muted.posts:
        console.print(bullets([f"{post.kind.value} to {post.channel} {posts}"]))
