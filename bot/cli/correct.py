"""`merge` and `split`: what a person says against what was decided, and what the channels then show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from rich.text import Text

from bot import corrections
from bot.app import configured_archive, places, watches
from bot.cli.common import SHIPPED, Config, bullets, console, in_loop, settings_of, story_named
from bot.corrections import Corrected
from bot.edge.clock import SystemClock
from bot.model import ArticleId, Story
from bot.ports import Record
from bot.references import meant
from config.settings import Settings

_HELP = "its link, its feed id or its number, as storywire why takes them."
_Story = Annotated[
    str | None,
    typer.Option("--story", metavar="NAME", help="The story, where what is named is in several."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(merge)
    app.command()(split)


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
