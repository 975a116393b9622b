"""`judge`: what the program would decide about two articles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from bot.app import watches
from bot.cli.common import (
    SHIPPED,
    AsJson,
    bullets,
    console,
    evidence_json,
    reasons,
    settings_of,
    story_named,
    verdict_kind,
    verdict_name,
    verdict_words,
)
from bot.cli.items import article_from_argument
from bot.cli.usage import complain
from bot.core.concepts import Concepts
from bot.core.grouping import Grouping, Usage
from bot.core.judge import Relation, relation
from bot.core.judge import judge as decide
from bot.core.match import Watch, find
from bot.core.questions import DEFAULT, Limits
from bot.making import encoder
from bot.model import Article, ArticleId, EventId, Happening, New, Related, Report, Stored, Verdict
from bot.ports import Semantics
from config import stories
from config.settings import Settings

_Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="STORYWIRE_CONFIG",
        metavar="FILE",
        help="The configuration whose stories to use.",
        show_default=f"{SHIPPED}, if there is one",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(judge)


def judge(
    a: Annotated[str, typer.Argument(metavar="A", help="An article: a file, a JSON object or a text.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    *,
    story: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Compare as this story would; without it, one that accepts both."),
    ] = None,
    config: _Config = None,
    as_json: AsJson = False,
) -> None:
    """Compare two articles: is the later one new, a duplicate or an update?

    A is taken for the earlier one, unless both have times and B's is earlier. Of a text the first line is the
    headline. A JSON object has any of title, summary (description), body (text), url, id, published, outlet,
    lang.

    Examples:
      storywire judge one.txt two.txt
      storywire judge '{"title": "Dam breaks", "published": "2023-04-16T14:02:00Z"}' two.json --json
    """
    settings = _configured(config)
    followed = watches(settings) if settings else ()
    limits = stories.limits(settings) if settings else DEFAULT
    one, other = article_from_argument(a, "A"), article_from_argument(b, "B")
    earlier, later = _in_order(one, other)
    asked = (story_named(story, followed),) if story else followed
    common = [watch for watch in asked if find(earlier, watch) and find(later, watch)]
    chosen = next(iter([*common, *(asked if story else ())]), None)
    concepts = chosen.concepts if chosen else Concepts.of({}, where="judge")
    semantics = encoder() if settings and settings.judge.semantic else None
    verdict = _decided(later, earlier, concepts, limits, semantics)
    related = Relation.RELATED if isinstance(verdict, Related) else relation(later, earlier, concepts, limits)
    judged = "A" if earlier is other else "B"
    same_story = _same_story(repeated=not isinstance(verdict, New), common=common, followed=followed)
    if as_json:
        found = {
            "verdict": verdict_name(verdict),
            "kind": verdict_kind(verdict),
            "relation": related.value,
            "same_story": same_story,
            "story": common[0].story.name if common else None,
            "judged": judged,
            "evidence": evidence_json(verdict.evidence),
        }
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    head = verdict_words(verdict)
    console.print(Text.assemble((head, "bold"), f": {judged}, seen beside {'AB'.replace(judged, '')}"))
    console.print(bullets(reasons(verdict)))
    console.print(Text(f"  - relation: {related}"))
    names = ", ".join(watch.story.name for watch in common)
    console.print(Text(f"same story: {names or {True: 'yes', False: 'no', None: 'not known'}[same_story]}"))


def _decided(
    later: Article, earlier: Article, concepts: Concepts, limits: Limits, semantics: Semantics | None
) -> Verdict:
    """Decide as the service does where it knows nothing but the earlier article."""
    old = Stored(id=ArticleId(1), event=EventId(1), article=earlier)
    verdict = decide(later, [old], concepts, limits)
    if not isinstance(verdict, New | Related):
        return verdict
    one, other = semantics.encode([earlier.title, later.title]) if semantics else (None, None)
    told = Happening(id=old.event, reports=(Report.of(old.id, earlier, one),))
    grouping = Grouping(concepts, Usage(), limits, space=semantics.space(()) if semantics else None)
    of = old.event if isinstance(verdict, Related) else None
    return grouping(verdict, later, {old.event: told}, of, other)


def _configured(config: Path | None) -> Settings | None:
    """Return the settings; none, said on standard error, where nobody wrote a configuration."""
    if config is None and not SHIPPED.exists():
        complain(f"there is no {SHIPPED}, so no story's names are known; going by general knowledge only")
        return None
    return settings_of(config or SHIPPED)


def _in_order(one: Article, other: Article) -> tuple[Article, Article]:
    """Return the earlier and the later one; a time that is not known is taken to be the other's."""
    if one.dated and other.dated:
        return (other, one) if other.published < one.published else (one, other)
    time = other.published if other.dated else one.published
    return (
        replace(one, published=time, seen_at=time),
        replace(other, published=time, seen_at=time),
    )


def _same_story(*, repeated: bool, common: Sequence[Watch], followed: Sequence[Watch]) -> bool | None:
    """Tell whether both belong to one story; None where no story is known that could say no."""
    return True if repeated or common else (False if followed else None)
