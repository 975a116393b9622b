"""`replay`: what the program would have made of a recorded stream of items."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot.app import watches
from bot.backtesting import NO_FLOOD
from bot.cli.common import (
    SHIPPED,
    AsJson,
    Config,
    console,
    counted,
    evidence_json,
    in_loop,
    plain,
    settings_of,
    story_named,
    table,
    verdict_kind,
    verdict_name,
    verdict_words,
    when,
)
from bot.cli.items import EPOCH, article_of, items_in, own_id
from bot.core.match import Watch, find
from bot.core.questions import DEFAULT, Limits
from bot.model import Article, ArticleId, Duplicate, Evidence, Feed, Kind, New, Posting, PostKind, Verdict
from bot.pipeline import Knowledge, Taken, take_all
from bot.ports import Record
from config import stories
from storage import open_archive

#: Items recorded in one transaction; only speed depends on it.
_BATCH = 250
_CHANNEL = "replay"
#: Every item as if polled from one feed that was read before, so that nothing counts as backlog.
_FEED = Feed(url="replay:", name="", recorded_at=EPOCH)
_SEEN = Evidence(signal="seen", says="word for word an item of the same outlet that came before")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the file."""

    article: Article
    #: The item's own id, as the file gives it; None if it has none.
    id: object
    #: The line it stands on.
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an item."""

    item: Item
    matched: bool
    #: None if the story does not accept it.
    verdict: Verdict | None = None
    #: The earlier item that the verdict names.
    of: Item | None = None
    #: None if it was not judged: the story does not accept it, or it is one that was seen before.
    taken: Taken | None = None


@dataclass(frozen=True, slots=True)
class _Memory:
    """What of the stream went by."""

    by_number: dict[ArticleId, Item] = field(default_factory=dict)
    by_text: dict[tuple[str, str, str], Item] = field(default_factory=dict)


def replay(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Items as JSON lines, or as TSV with a header; .gz as well."),
    ],
    *,
    story: Annotated[str, typer.Option(metavar="NAME", help="The story, by its name in the configuration.")],
    config: Config = SHIPPED,
    as_json: AsJson = False,
) -> None:
    """Send recorded items through matching, judging and recording, in the order of their times.

    The clock shows each item's own time, and the archive is a temporary one: nothing is fetched, posted or
    kept. Items have any of title, summary (description), body (text), url, id, published (published_utc),
    outlet, lang; one without a time comes right after the one before it in the file.

    With --json a line is printed for each item: url, id, line, matched, verdict, kind, of (the earlier item's
    url, else its id), evidence, posts.

    Example:
      storywire replay items.jsonl --story li-shangfu-moscow --json
    """
    settings = settings_of(config)
    watch = story_named(story, watches(settings))
    outcomes = in_loop(replayed(file, watch, stories.limits(settings)))
    if as_json:
        for outcome in outcomes:
            typer.echo(json.dumps(_as_json(outcome), ensure_ascii=False))
    else:
        _show(outcomes)


async def replayed(file: Path, watch: Watch, limits: Limits = DEFAULT) -> list[Outcome]:
    """Replay a file for one story in a temporary archive.

    Raises:
        OperatorError: the file cannot be read.
    """
    # Nothing is sent from there: what piled up would look like a flood.
    postings = {_CHANNEL: Posting(burst=NO_FLOOD)}
    story = replace(watch.story, channels=(_CHANNEL,), feeds=(), postings=postings)
    watch = replace(watch, story=story)
    knowledge = Knowledge(watches=(watch,), limits=limits)
    items, memory, outcomes = _in_time_order(file), _Memory(), list[Outcome]()
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        archive = await open_archive(f"sqlite:///{folder}/replay.db")
        try:
            for start in range(0, len(items), _BATCH):
                batch = items[start : start + _BATCH]
                outcomes += await archive.record(partial(_batch, batch, knowledge, memory))
        finally:
            await archive.close()
    return outcomes


def _in_time_order(file: Path) -> list[Item]:
    items = [
        Item(article=article_of(values, where=f"{file}:{line}"), id=own_id(values), line=line)
        for line, values in items_in(file)
    ]
    time = next((item.article.published for item in items if item.article.dated), EPOCH)
    for place, item in enumerate(items):
        if item.article.dated:
            time = item.article.published
        else:
            items[place] = replace(item, article=_at(time, item.article))
    return sorted(items, key=lambda item: item.article.published)


def _at(time: datetime, article: Article) -> Article:
    return replace(article, published=time, seen_at=time)


def _batch(items: Sequence[Item], knowledge: Knowledge, memory: _Memory, record: Record) -> list[Outcome]:
    takings = take_all([item.article for item in items], _FEED, record, knowledge, listed=0)
    taken = {id(one.match.article): one for one in takings.taken}
    return [_outcome(item, taken.get(id(item.article)), knowledge.watches[0], memory) for item in items]


def _outcome(item: Item, taken: Taken | None, watch: Watch, memory: _Memory) -> Outcome:
    article = item.article
    text = (article.feed_url, article.key, article.fingerprint)
    first = memory.by_text.setdefault(text, item)
    if taken is not None:
        memory.by_number[taken.article_id] = item
        of = None if isinstance(taken.verdict, New) else memory.by_number.get(taken.verdict.of)
        return Outcome(item=item, matched=True, verdict=taken.verdict, of=of, taken=taken)
    if first is item or find(article, watch) is None:
        return Outcome(item=item, matched=False)
    seen = Duplicate(of=ArticleId(0), kind=Kind.SAME, evidence=(_SEEN,))
    return Outcome(item=item, matched=True, verdict=seen, of=first)


def _as_json(outcome: Outcome) -> dict[str, object]:
    item, verdict, of = outcome.item, outcome.verdict, outcome.of
    return {
        "url": item.article.link or None,
        "id": item.id,
        "line": item.line,
        "matched": outcome.matched,
        "verdict": verdict_name(verdict) if verdict else None,
        "kind": verdict_kind(verdict) if verdict else None,
        "of": None if of is None else (of.article.link or of.id or f"line {of.line}"),
        "evidence": evidence_json(verdict.evidence) if verdict else [],
        "posts": [post.kind.value for post in outcome.taken.posts] if outcome.taken else [],
    }


def _show(outcomes: Sequence[Outcome]) -> None:
    shown = table("published", "outlet", "title", "verdict", "of")
    matched = [(outcome, outcome.verdict) for outcome in outcomes if outcome.verdict is not None]
    for outcome, verdict in matched:
        article, of = outcome.item.article, outcome.of and outcome.of.article
        earlier = f"{of.outlet}: {of.title}" if of else ""
        shown.add_row(
            *plain(when(article.published), article.outlet, article.title, verdict_words(verdict), earlier)
        )
    if matched:
        console.print(shown)
    posts = Counter(post.kind for one in outcomes if one.taken for post in one.taken.posts)
    cards, replies = posts[PostKind.CARD], posts[PostKind.REPLY]
    console.print(
        f"{counted(len(outcomes), 'item')}, {len(matched)} matched: {counted(cards, 'card')},"
        f" {counted(replies, 'reply')}, {len(matched) - cards - replies} folded into a card"
    )
