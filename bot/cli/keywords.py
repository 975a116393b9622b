"""`keywords`: what queries look for, what in them is surely not meant, and what one finds in a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from bot.app import watches
from bot.cli.common import SHIPPED, Config, bullets, console, counted, settings_of, shown, story_named
from bot.cli.items import articles_in
from bot.cli.usage import Command, arrange
from bot.core.hits import hits
from bot.core.lint import lint as look_over
from bot.core.lint import overlaps
from bot.core.match import Watch
from bot.core.query import compile_query
from bot.core.syntax import printed
from bot.errors import OperatorError
from bot.model import Story
from config.settings import Settings

#: Of more stories not every two are compared: that would take minutes.
_MOST_COMPARED = 200
_NAMES = {"lint_": "lint", "print_": "print", "try_": "try"}
_group = typer.Typer(help="Look stories' queries over, write them in one way, and try a query out.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    for command in (lint_, print_, try_):
        _group.command(_NAMES[command.__name__], cls=Command)(command)
    arrange(_group, {})
    app.add_typer(_group, name="keywords", rich_help_panel="To try things out")


def lint_(config: Config = SHIPPED) -> None:
    """Say which terms never match, always match, add nothing, are too short, or find another story's news.

    What is said is no mistake: the stories work, but perhaps not as they are meant. Ends with 1 if anything
    is said.

    Example:
      storywire keywords lint --config my.toml
    """
    settings = settings_of(config)
    followed = watches(settings)
    found = list(warnings(followed, settings))
    if found:
        console.print(bullets(found, indent=0))
        raise typer.Exit(1)
    console.print(f"{counted(len(followed), 'story')}: nothing to say")


def print_(
    story: Annotated[str | None, typer.Argument(metavar="STORY", help="Its name; without it, all.")] = None,
    config: Config = SHIPPED,
) -> None:
    """Write queries as they are understood: on one line, with no parentheses but those that count.

    Example:
      storywire keywords print li-shangfu-moscow
    """
    followed = watches(settings_of(config))
    for watch in (story_named(story, followed),) if story else followed:
        typer.echo(f"{watch.story.name}: {printed(watch.query.tree)}")


def try_(  # noqa: PLR0913  one for each option
    query: Annotated[str, typer.Argument(metavar="QUERY", help="As in a story, in quotation marks.")],
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="A headline.")] = None,
    *,
    items: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Recorded items instead of a text, as for replay.")
    ] = None,
    examples: Annotated[int, typer.Option(min=0, help="Headlines shown for each term over a file.")] = 3,
    summary: Annotated[str, typer.Option(metavar="TEXT", help="What stands below it.")] = "",
    outlet: Annotated[str, typer.Option(metavar="NAME", help="Whose it is, for outlet:")] = "",
    lang: Annotated[
        str | None, typer.Option(metavar="CODE", help="Its language, for lang: and ~stem.")
    ] = None,
    story: Annotated[str | None, typer.Option(metavar="NAME", help="The story whose @aliases count.")] = None,
    config: Config = SHIPPED,
) -> None:
    """Say which terms of a query stand where in a text. Ends with 1 if the query does not accept it.

    With --items it says how many of a file's items the query accepts, and what each term brings or keeps out.

    Examples:
      storywire keywords try 'drill* -football' 'Joint drills begin'
      storywire keywords try 'Путин~stem' 'Встреча с Путиным' --lang ru
      storywire keywords try 'drill* -football' --items items.jsonl
    """
    if (text is None) == (items is None):
        raise OperatorError("give either a TEXT or --items FILE to try the query on")
    aliases: Mapping[str, tuple[str, ...]] = {}
    if story:
        aliases = story_named(story, watches(settings_of(config))).story.aliases
    compiled = compile_query(query, aliases, where="the query")
    console.print(Text(f"understood as: {printed(compiled.tree)}"))
    for finding in look_over(compiled, aliases):
        console.print(Text(f"but: {finding.told(query)}"))
    if items is not None:
        tried = Story(name="query", title="", query=query, aliases=aliases, channels=())
        shown(hits(articles_in(items), Watch.on(tried), examples=examples))
        return
    found = compiled.find(text or "", summary, "", outlet, lang)
    if found is None:
        console.print("not accepted")
        raise typer.Exit(1)
    console.print(Text("accepted" if found else "accepted, with no term to show"))
    console.print(bullets([f"{hit.term} in the {hit.field}: {excerpt}" for hit, excerpt in found]))


def warnings(followed: Sequence[Watch], settings: Settings) -> Iterator[str]:
    """Yield what in the queries of stories is surely not meant, a line each."""
    text = settings.keywords.exclude
    exclude = compile_query(text, {}, where="keywords.exclude") if text else None
    for watch in followed:
        # As it is written: what is excluded everywhere is not a part of it.
        text, story = watch.query.text, watch.story
        own = compile_query(text, story.aliases, where=f"story {story.name}")
        for finding in look_over(own, story.aliases, exclude):
            # Of what is put together of several parts nobody knows the columns.
            told = finding if text == story.query else replace(finding, place=None)
            yield f"story {story.name}: {told.told(text)}"
    if len(followed) <= _MOST_COMPARED:
        yield from _overlaps(followed)


def _overlaps(followed: Sequence[Watch]) -> Iterator[str]:
    told: set[tuple[str, str]] = set()
    for one, two in permutations(followed, 2):
        names = one.story.name, two.story.name
        if names[::-1] in told or (two.story.feeds and not set(one.story.feeds) & set(two.story.feeds)):
            continue
        shared = overlaps(one.query, two.query)
        if shared:
            told.add(names)
            yield f"story {names[0]}: {shared}: story {names[1]} finds that as well (overlap)"
