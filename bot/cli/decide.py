"""`judge` and `why`: what the program would decide about two texts, and what it did decide."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.text import Text

from bot.app import watches
from bot.cli.common import (
    SHIPPED,
    AsJson,
    Config,
    console,
    evidence_json,
    in_loop,
    reasons,
    settings_of,
    verdict_kind,
    verdict_name,
    when,
)
from bot.cli.items import article_from_argument
from bot.core.address import canonical_address, site
from bot.core.concepts import Concepts
from bot.core.judge import judge as decide
from bot.core.match import Watch, find
from bot.errors import OperatorError
from bot.model import Article, ArticleId, Decision, EventId, New, Stored
from bot.ports import FeedHealth
from config.settings import Settings
from storage import open_archive


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(judge)
    app.command()(why)


def judge(
    a: Annotated[str, typer.Argument(help="The earlier one: a file, a JSON object or a text.")],
    b: Annotated[str, typer.Argument(help="The later one.")],
    *,
    story: Annotated[str | None, typer.Option(help="Whose aliases to use; else a story both match.")] = None,
    config: Config = SHIPPED,
    as_json: AsJson = False,
) -> None:
    """Compare two articles and say why they are, or are not, the same."""
    earlier, later = article_from_argument(a), article_from_argument(b)
    followed = watches(settings_of(config))
    common = [w for w in followed if find(earlier, w) and find(later, w)]
    chosen = _named(story, followed) if story else next(iter(common), None)
    concepts = chosen.concepts if chosen else Concepts.of({}, where="judge")
    stored = Stored(id=ArticleId(1), event=EventId(1), article=earlier)
    verdict = decide(later, [stored], concepts)
    same_story = bool(common) or not isinstance(verdict, New)
    if as_json:
        found = {
            "verdict": verdict_name(verdict),
            "kind": verdict_kind(verdict),
            "same_story": same_story,
            "story": chosen.story.name if chosen else None,
            "evidence": evidence_json(verdict.evidence),
        }
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    kind = verdict_kind(verdict)
    console.print(Text(verdict_name(verdict) + (f" ({kind})" if kind else ""), style="bold"))
    for evidence in verdict.evidence:
        console.print(Text(f"  {evidence.says}"))
    shared = ", ".join(watch.story.name for watch in common) or ("yes" if same_story else "none in common")
    console.print(Text(f"  story: {shared}"))


def _named(name: str, followed: tuple[Watch, ...]) -> Watch:
    for watch in followed:
        if watch.story.name == name:
            return watch
    known = ", ".join(watch.story.name for watch in followed)
    raise OperatorError(f"there is no story {name} in the configuration (known: {known})")


def why(
    reference: Annotated[str, typer.Argument(help="An article's link, its feed id or its number.")],
    config: Config = SHIPPED,
) -> None:
    """Tell why an article was or was not posted."""
    settings = settings_of(config)
    in_loop(_why(reference, settings))


async def _why(reference: str, settings: Settings) -> None:
    archive = await open_archive(settings.database.url.get_secret_value(), exclusive=False)
    try:
        articles = await archive.articles(reference) or await archive.articles(canonical_address(reference))
        decisions = [d for article in articles[:1] for d in await archive.decisions(article.key)]
        feeds = await archive.feeds()
    finally:
        await archive.close()
    if not articles:
        _never_seen(reference, feeds)
        raise typer.Exit(1)
    for article in articles:
        _tell_article(article, feeds)
        told = [d for d in decisions if d.article.fingerprint == article.fingerprint]
        for decision in told:
            _tell_decision(decision)
        if not told:
            console.print("  no story's query accepts it, so nothing was judged or posted")


def _tell_article(article: Article, feeds: list[FeedHealth]) -> None:
    feed = next((h.feed.name for h in feeds if h.feed.url == article.feed_url), article.feed_url)
    console.print(Text(article.title, style="bold"))
    console.print(Text(f"  {article.link}"))
    console.print(Text(f"  from {feed}, published {when(article.published)}, seen {when(article.seen_at)}"))


def _tell_decision(decision: Decision) -> None:
    verdict, kind = decision.verdict, verdict_kind(decision.verdict)
    console.print(Text(f"  story {decision.story}: {verdict_name(verdict)}" + (f" ({kind})" if kind else "")))
    for hit in decision.hits[:3]:
        console.print(Text(f"    matched {hit.term} in the {hit.field}: … {hit.excerpt} …"))
    if decision.earlier is not None:
        console.print(Text(f'    of {decision.earlier.outlet}, "{decision.earlier.title}"'))
    console.print(Text(f"    because {reasons(verdict)}"))
    if decision.quiet:
        console.print(Text(f"    recorded quietly: {decision.quiet}"))
    for post in decision.posts:
        reason = f" ({post.reason})" if post.reason else ""
        console.print(Text(f"    {post.kind.value} {post.id} in {post.channel}: {post.state.value}{reason}"))


def _never_seen(reference: str, feeds: list[FeedHealth]) -> None:
    console.print(Text(f"{reference} was never seen in a feed."))
    host = site(canonical_address(reference))
    near = [h for h in feeds if host and site(canonical_address(h.feed.url)).endswith(host.split(".", 1)[-1])]
    for health in near:
        state = health.failure or "working"
        console.print(Text(f"  feed {health.feed.name}: last polled {when(health.polled_at)}, {state}"))
    if not near:
        console.print("  no feed of that site is configured")
