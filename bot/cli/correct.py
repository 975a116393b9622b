"""`merge`, `split`, `mute` and `unmute`: what a person says of an event, and what the channels then show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from rich.text import Text

from bot import corrections, muting
from bot.app import configured_archive, places, watches
from bot.cli.common import SHIPPED, Config, bullets, console, in_loop, settings_of, story_named
from bot.corrections import Corrected
from bot.edge.clock import SystemClock
from bot.errors import OperatorError
from bot.model import ArticleId, EventId, Story
from bot.muting import Muted
from bot.ports import Record
from bot.references import meant, meant_by_each
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
        articles = await meant_by_each(reference, story, archive, followed)
        channels = {
            each.name: [name for name in each.channels if channel in {None, name}] for each, _ in articles
        }
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
        name, articles = await meant(references, story, archive)
        chosen = story_named(name, followed).story
        return await archive.record(lambda record: work(chosen, articles, record))


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
