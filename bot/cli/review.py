"""`review`: verdicts in doubt, and what a person says of them."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.app import configured_archive, places
from bot.cli.common import SHIPPED, Config, bullets, console, in_loop, settings_of, shown
from bot.core.sheet import Line
from bot.edge.clock import SystemClock
from bot.errors import OperatorError
from bot.model import Review, ReviewId, Ruling
from bot.ports import Archive
from bot.reviewing import Answered, answer, asked, ending
from config.settings import Settings
from config.stories import limits


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(review)


def review(
    number: Annotated[
        int | None, typer.Argument(metavar="NUMBER", help="A review's number; without it all open ones.")
    ] = None,
    said: Annotated[
        Ruling | None,
        typer.Argument(
            metavar="post|fold|drop",
            help="It is news; it is the same report as the other; nobody wants to hear of it.",
        ),
    ] = None,
    *,
    config: Config = SHIPPED,
) -> None:
    """See which verdicts are in doubt, and say what becomes of them.

    Nothing is posted of an article in doubt until somebody answers or its time is over. What is posted or
    folded by hand teaches storywire tune. Works beside a running storywire, which sends what follows.

    Example:
      storywire review 5 fold
    """
    settings = settings_of(config)
    if number is None:
        shown(in_loop(_listed(settings)))
    elif said is None:
        shown(in_loop(_told(ReviewId(number), settings)))
    else:
        _show(in_loop(_answered(ReviewId(number), said, settings)))


async def _listed(settings: Settings) -> list[Line]:
    async with configured_archive(settings, exclusive=False) as archive:
        lines: list[Line] = []
        for each in await archive.reviews():
            lines += [*([Line(text="")] if lines else []), *await asked(each, archive, limits(settings))]
        return lines or [Line(text="Nothing is in doubt.")]


async def _told(number: ReviewId, settings: Settings) -> list[Line]:
    async with configured_archive(settings, exclusive=False) as archive:
        return await asked(await _numbered(number, archive), archive, limits(settings))


async def _answered(number: ReviewId, said: Ruling, settings: Settings) -> Answered:
    now = SystemClock().now()
    async with configured_archive(settings, exclusive=False) as archive:
        answered = await answer(number, said, archive, places(settings), at=now, person=None)
        if answered is not None:
            return answered
        known = await _numbered(number, archive)
        if known.answer is None:
            raise OperatorError(f"the time of review {number} is over: {ending(known)}")
        raise OperatorError(f"review {number} is closed ({ending(known)})")


async def _numbered(number: ReviewId, archive: Archive) -> Review:
    for known in await archive.reviews(closed=True):
        if known.id == number:
            return known
    raise OperatorError(f"there is no review {number}: storywire review lists those that are open")


def _show(answered: Answered) -> None:
    console.print(f"review {answered.review.id}: {answered.review.answer}")
    for post in answered.posts:
        console.print(bullets([f"{post.kind.value} to {post.channel}"]))
