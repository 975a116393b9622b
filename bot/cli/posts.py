"""`posts`: what was not sent and why, and what to do about it, also beside a running bot."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.text import Text

from bot.app import configured_archive, places
from bot.cli.common import SHIPPED, AsJson, Config, console, counted, in_loop, plain, settings_of, table, when
from bot.cli.usage import Command, arrange
from bot.core.plan import Places, refreshed
from bot.edge.clock import SystemClock
from bot.errors import OperatorError
from bot.model import CARDS, Post, PostId, PostState
from bot.ports import Record
from config.settings import Settings

#: What a post that is not on show may be.
_UNSENT = (PostState.PENDING, PostState.SENDING, PostState.UNCERTAIN, PostState.REFUSED)
#: Of these a person may say what becomes of them.
_OPEN = frozenset({PostState.PENDING, PostState.UNCERTAIN, PostState.REFUSED})

_Numbers = Annotated[list[int], typer.Argument(metavar="POST…", help="Its number, as posts list shows it.")]
_NAMES = {"list_": "list"}
_group = typer.Typer(help="See what was not sent and why; send it again or give it up.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    for command in (list_, retry, drop):
        _group.command(_NAMES.get(command.__name__, command.__name__), cls=Command)(command)
    arrange(_group, {})
    app.add_typer(_group, name="posts", rich_help_panel="To put it right")


def list_(
    *,
    state: Annotated[
        list[PostState] | None, typer.Option(help="Only these; without it all that are not on show.")
    ] = None,
    config: Config = SHIPPED,
    as_json: AsJson = False,
) -> None:
    """List the posts that wait, that may or may not have been shown, and that were refused.

    States: pending (waits), sending (its answer is still out), uncertain (its answer was lost: with a time it
    goes again by itself, without one it is yours to decide), refused (its channel will never take it), and of
    those in the past: sent, dropped.
    """
    posts = in_loop(_listed(settings_of(config), tuple(state or _UNSENT)))
    if as_json:
        for post in posts:
            typer.echo(json.dumps(_as_json(post), ensure_ascii=False))
        return
    if not posts:
        console.print("Nothing waits, and nothing was refused.")
        return
    shown = table("post", "channel", "what", "state", "tried", "again", "begins with", "why")
    for post in posts:
        shown.add_row(
            *plain(
                post.id,
                post.channel,
                post.kind.value,
                post.state.value,
                post.attempts,
                _again(post),
                post.message.text.partition("\n")[0],
                post.reason or "",
            )
        )
    console.print(shown)


def retry(numbers: _Numbers, *, config: Config = SHIPPED) -> None:
    """Send posts again that were refused or may not have been shown, as their event stands by now.

    One that was shown after all is then there twice. A change of a roundup that is gone is sent
    as a roundup. A running storywire sends them within seconds; without one the next poll does.
    """
    settings = settings_of(config)
    in_loop(_decided(settings, numbers, PostState.PENDING, "sent again by the operator", places(settings)))
    console.print(Text(f"{counted(len(numbers), 'post')} to be sent again"))


def drop(numbers: _Numbers, *, config: Config = SHIPPED) -> None:
    """Give posts up: they are not sent any more, and no edit of them is."""
    settings = settings_of(config)
    in_loop(_decided(settings, numbers, PostState.DROPPED, "given up by the operator", places(settings)))
    console.print(Text(f"{counted(len(numbers), 'post')} given up"))


async def _listed(settings: Settings, states: tuple[PostState, ...]) -> list[Post]:
    async with configured_archive(settings, exclusive=False) as archive:
        return await archive.outbox(*states)


async def _decided(
    settings: Settings, numbers: list[int], state: PostState, reason: str, where: Places
) -> None:
    """Decide about all of them or, if one cannot be, about none."""
    now = SystemClock().now()

    def work(record: Record) -> None:
        for number in dict.fromkeys(numbers):
            post = _open(number, record)
            record.decide(post.id, state, reason)
            story = where.stories.get(record.numbered(post.event).story)
            tells = post.kind in CARDS or post.lists
            if state is PostState.PENDING and tells and story is not None:
                shown = record.shown(post.channel, post.event)
                place = where.of(post.channel, story, record, now=now)
                if shown is not None and shown.post == post.id:
                    record.posts(refreshed(record.numbered(post.event), shown, place), at=now)

    async with configured_archive(settings, exclusive=False) as archive:
        await archive.record(work)


def _open(number: int, record: Record) -> Post:
    post = record.post(PostId(number))
    if post is None:
        raise OperatorError(f"there is no post {number}: storywire posts list shows those that wait")
    if post.state not in _OPEN:
        word = "is under way" if post.state is PostState.SENDING else f"was {post.state.value} already"
        raise OperatorError(f"post {number} {word}: there is nothing to decide")
    return post


def _again(post: Post) -> str:
    if post.due_at is not None:
        return when(post.due_at)
    return {PostState.PENDING: "in its turn", PostState.SENDING: "", PostState.REFUSED: "no"}.get(
        post.state, "no: decide"
    )


def _as_json(post: Post) -> dict[str, object]:
    return {
        "post": post.id,
        "channel": post.channel,
        "kind": post.kind.value,
        "state": post.state.value,
        "attempts": post.attempts,
        "due_at": post.due_at.isoformat() if post.due_at else None,
        "planned_at": post.planned_at.isoformat() if post.planned_at else None,
        "event": post.event,
        "reason": post.reason,
        "text": post.message.text,
    }
