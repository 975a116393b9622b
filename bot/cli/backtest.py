"""`backtest`: what another query, limit or fold would have posted over what is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.app import configured_archive
from bot.backtesting import Backtest, Reach, last, told
from bot.backtesting import backtest as compare
from bot.cli.common import SHIPPED, AsJson, Config, in_loop, settings_of, shown
from bot.core.difference import Card, Regrouped
from bot.errors import OperatorError
from bot.making import knowledge_of, semantics_of
from bot.model import Change, Fold
from bot.pipeline import Knowledge
from config.overlay import imagined
from config.settings import Settings
from config.values import duration

#: Whoever sits at a terminal waits longer than whoever asks in a chat.
_REACH = Reach(most=1_000_000, seconds=300)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backtest)


def backtest(  # noqa: PLR0913  one for each option
    story: Annotated[
        str, typer.Argument(metavar="STORY", help="Its name; with --query also one that does not exist yet.")
    ],
    *,
    query: Annotated[str | None, typer.Option(metavar="TEXT", help="Another query.")] = None,
    also: Annotated[
        list[str] | None, typer.Option(metavar="TERM", help="A term more, of which any is enough.")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(metavar="TERM", help="A term that excludes.")] = None,
    exclude: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Another keywords.exclude; '' for none.")
    ] = None,
    same: Annotated[float | None, typer.Option(help="Another judge.same.")] = None,
    event: Annotated[float | None, typer.Option(help="Another judge.event.")] = None,
    happening: Annotated[float | None, typer.Option(help="Another judge.happening.")] = None,
    fold: Annotated[Fold | None, typer.Option(help="What one card tells.")] = None,
    min_sources: Annotated[
        int | None, typer.Option(metavar="N", help="Independent sources before anything is posted.")
    ] = None,
    other: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Another configuration; its story of that name counts."),
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="How far back from what was seen last, such as 36h or 7d.")
    ] = "7d",
    examples: Annotated[int, typer.Option(min=0, help="Cards named of each kind.")] = 5,
    config: Config = SHIPPED,
    as_json: AsJson = False,
) -> None:
    """Say what would have been posted, had a story been configured otherwise.

    Both configurations are replayed over the stored articles, matched or not: which cards are gained and
    lost, which several become one, which one becomes several. Nothing is changed; works beside a running bot.

    Examples:
      storywire backtest li-shangfu-moscow --also drills --without football
      storywire backtest li-shangfu-moscow --fold event --since 3d
      storywire backtest floods --query 'flood* AND (Ostrava OR Brno)'
    """
    changes = _changes(
        story,
        {"query": query, "also": also, "without": without, "fold": fold, "min_sources": min_sources},
        {"same": same, "event": event, "happening": happening},
        exclude,
    )
    settings = settings_of(config)
    if other is None and not changes:
        raise OperatorError("nothing would be different: say what is to be tried, such as --also TERM")
    semantics = semantics_of(settings)
    before = knowledge_of(settings, semantics)
    after = knowledge_of(imagined(settings if other is None else settings_of(other), changes), semantics)
    found = in_loop(_compared(story, before, after, settings, since))
    if as_json:
        typer.echo(json.dumps(_as_json(found), ensure_ascii=False))
    else:
        shown(told(found, examples=examples))


def _changes(
    story: str, of_story: Mapping[str, object], of_judge: Mapping[str, object], exclude: str | None
) -> list[Change]:
    """Return what is to be different, of what was typed."""
    typed: dict[tuple[str, str], dict[str, object]] = {
        ("story", story): {name: value for name, value in of_story.items() if value not in (None, [])},
        ("section", "judge"): {name: value for name, value in of_judge.items() if value is not None},
        # Nothing at all is the same as no setting.
        ("section", "keywords"): {} if exclude is None else {"exclude": exclude or None},
    }
    return [Change(kind=kind, name=name, value=value) for (kind, name), value in typed.items() if value]


async def _compared(
    story: str, before: Knowledge, after: Knowledge, settings: Settings, since: str
) -> Backtest:
    try:
        length = duration(since)
    except ValueError as mistake:
        raise OperatorError(f"--since {mistake}") from None
    async with configured_archive(settings, exclusive=False) as archive:
        period = await last(archive, length)
        return await compare(before, after, archive, story=story, period=period, reach=_REACH)


def _as_json(found: Backtest) -> dict[str, object]:
    compared = found.difference
    return {
        "story": found.story,
        "since": _iso(found.period.since),
        "until": _iso(found.period.until),
        "looked_at": found.looked_at,
        "accepted": found.accepted,
        "cut": found.cut,
        "before": compared.before,
        "after": compared.after,
        "gained": _cards(compared.gained),
        "lost": _cards(compared.lost),
        "merged": _regrouped(compared.merged),
        "split": _regrouped(compared.split),
        "named": compared.named,
        "unnamed": compared.unnamed,
    }


def _cards(cards: Sequence[Card]) -> list[dict[str, object]]:
    return [
        {
            "at": _iso(card.at),
            "articles": [
                {"id": number, "outlet": article.outlet, "title": article.title, "url": article.link or None}
                for number, article in card.articles.items()
            ],
        }
        for card in cards
    ]


def _regrouped(cards: Sequence[Regrouped]) -> list[dict[str, object]]:
    return [{"one": _cards([each.one])[0], "several": _cards(each.several)} for each in cards]


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
