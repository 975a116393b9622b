"""`replay`: what the program would have made of a recorded stream of items."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot.app import watches
from bot.cli.common import (
    SHIPPED,
    AsJson,
    Config,
    console,
    evidence_json,
    in_loop,
    plain,
    settings_of,
    table,
    verdict_kind,
    verdict_name,
    when,
)
from bot.cli.items import article_of, items_in
from bot.core.match import Watch, find
from bot.errors import OperatorError
from bot.model import Article, Feed, New, PostKind
from bot.pipeline import Knowledge, Taken, take_all
from bot.ports import Record
from storage import open_archive

#: Items recorded in one transaction; only speed depends on it.
_BATCH = 250
_CHANNEL = "replay"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the file."""

    article: Article
    #: The item's own id, as the file gives it.
    id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an item."""

    item: Item
    matched: bool
    #: None if it did not match, or is word for word one that was seen before.
    taken: Taken | None = None
    #: The earlier article that the verdict names.
    of: Article | None = None


def replay(
    file: Annotated[Path, typer.Argument(help="Items as JSON lines, or TSV with a header; .gz as well.")],
    *,
    story: Annotated[str, typer.Option(help="The story's name in the configuration.")],
    config: Config = SHIPPED,
    as_json: AsJson = False,
) -> None:
    """Send recorded items, in time order, through the real matching, judging and recording."""
    followed = [watch for watch in watches(settings_of(config)) if watch.story.name == story]
    if not followed:
        raise OperatorError(f"there is no story {story} in {config}")
    items = in_loop(replayed(file, followed[0]))
    if as_json:
        for item in items:
            typer.echo(json.dumps(_as_json(item), ensure_ascii=False))
    else:
        _show(items)


async def replayed(file: Path, watch: Watch) -> list[Outcome]:
    """Replay a file for one story in a temporary archive.

    Raises:
        OperatorError: the file cannot be read.
    """
    watch = replace(watch, story=replace(watch.story, channels=(_CHANNEL,)))
    knowledge = Knowledge(watches=(watch,))
    items, seen, outcomes = _in_time_order(file), dict[int, Article](), list[Outcome]()
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        archive = await open_archive(f"sqlite:///{folder}/replay.db")
        try:
            for start in range(0, len(items), _BATCH):
                batch = items[start : start + _BATCH]
                outcomes += await archive.record(partial(_batch, batch, knowledge, seen))
        finally:
            await archive.close()
    return outcomes


def _in_time_order(file: Path) -> list[Item]:
    items = [
        Item(article=article_of(values, where=f"{file}:{line}"), id=str(values.get("id") or "") or None)
        for line, values in items_in(file)
    ]
    return sorted(items, key=lambda item: item.article.published)


def _batch(
    items: Sequence[Item], knowledge: Knowledge, seen: dict[int, Article], record: Record
) -> list[Outcome]:
    return [_one(item, knowledge, seen, record) for item in items]


def _one(item: Item, knowledge: Knowledge, seen: dict[int, Article], record: Record) -> Outcome:
    article = item.article
    # The feed was read before, so nothing of it is backlog; the item's own time is the time of the poll.
    feed = Feed(url=article.feed_url, name=article.outlet, recorded_at=article.seen_at)
    _unseen, takens = take_all([article], feed, record, knowledge)
    if not takens:
        return Outcome(item=item, matched=find(article, knowledge.watches[0]) is not None)
    taken = takens[0]
    seen[taken.article_id] = article
    of = None if isinstance(taken.verdict, New) else seen.get(taken.verdict.of)
    return Outcome(item=item, matched=True, taken=taken, of=of)


def _as_json(outcome: Outcome) -> dict[str, object]:
    article, taken = outcome.item.article, outcome.taken
    found: dict[str, object] = {
        "url": article.link or None,
        "id": outcome.item.id,
        "matched": outcome.matched,
    }
    if taken is None:
        return found | {
            "verdict": "seen" if outcome.matched else None,
            "kind": None,
            "of": None,
            "evidence": [],
        }
    return found | {
        "verdict": verdict_name(taken.verdict),
        "kind": verdict_kind(taken.verdict),
        "of": (outcome.of.link or outcome.of.key) if outcome.of else None,
        "evidence": evidence_json(taken.verdict.evidence),
        "posts": [post.kind.value for post in taken.posts],
    }


def _show(outcomes: Sequence[Outcome]) -> None:
    shown = table("published", "outlet", "title", "verdict", "of")
    told = [(outcome, outcome.taken) for outcome in outcomes if outcome.taken is not None]
    for outcome, taken in told:
        article, kind = outcome.item.article, verdict_kind(taken.verdict)
        name = verdict_name(taken.verdict) + (f" ({kind})" if kind else "")
        of = f"{outcome.of.outlet}: {outcome.of.title}" if outcome.of else ""
        shown.add_row(*plain(when(article.published), article.outlet, article.title, name, of))
    console.print(shown)
    posts = Counter(post.kind for _outcome, taken in told for post in taken.posts)
    cards, replies = posts[PostKind.CARD], posts[PostKind.REPLY]
    console.print(
        f"{len(outcomes)} items, {len(told)} matched, {cards} cards, {replies} replies,"
        f" {len(told) - cards - replies} folded into a card"
    )
