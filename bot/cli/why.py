"""`why`: what was decided about an article, and on what evidence."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from bot.app import configured_archive, places
from bot.cli.common import (
    SHIPPED,
    Config,
    article_numbered,
    bullets,
    console,
    counted,
    hanging,
    in_loop,
    reasons,
    settings_of,
    verdict_words,
    when,
)
from bot.core.address import canonical_address, site
from bot.core.plan import Places, gate
from bot.model import Article, Decision, Post, Related
from bot.ports import Archive, FeedHealth
from bot.references import known_as
from config.settings import Settings
from config.stories import feeds as feeds_of

_SHOWN_HITS = 3
#: Second labels under which a country's names are sold: "com.tr", "co.uk".
_SOLD_BELOW = frozenset("ac co com edu gov ne net or org".split())


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(why)


def why(
    reference: Annotated[
        str, typer.Argument(metavar="ARTICLE", help="An article's link, its feed id or its number.")
    ],
    config: Config = SHIPPED,
) -> None:
    """Tell why an article was or was not posted.

    Tracking parameters in the link do not matter. Ends with 1 if the article was never seen.

    Example:
      storywire why https://news.example/2023/04/16/li-shangfu-in-moscow
    """
    settings = settings_of(config)
    if not in_loop(_why(reference.strip(), settings)):
        raise typer.Exit(1)


async def _why(reference: str, settings: Settings) -> bool:
    async with configured_archive(settings, exclusive=False) as archive:
        name = await known_as(reference, archive)
        articles, decisions = await archive.articles(name), await archive.decisions(name)
        corrected = [await _corrections(decision, archive) for decision in decisions]
        held = [await _held(decision, archive, places(settings)) for decision in decisions]
        health = await archive.feeds()
    if not articles:
        _never_seen(reference, canonical_address(reference), settings, health)
    for article in articles:
        _tell_article(article, health)
        rows = zip(decisions, corrected, held, strict=True)
        told = [row for row in rows if row[0].article == article]
        for decision, corrections, holding in told:
            _tell_decision(decision, corrections, holding)
        if not told:
            console.print("  not posted: no story's query accepts it")
    return bool(articles)


async def _corrections(decision: Decision, archive: Archive) -> list[str]:
    """Return in words what people corrected about an article."""
    told: list[str] = []
    for correction in await archive.corrections():
        both = {correction.earlier, correction.later}
        if correction.story == decision.story and decision.article_id in both:
            (number,) = both - {decision.article_id}
            other = await article_numbered(number, archive)
            done, word = ("merged", "with") if correction.same else ("split", "from")
            what = f'{word} article {number} of {other.outlet}: "{other.title}"'
            told.append(f"{done} by hand on {when(correction.at)} {what}")
    return told


async def _held(decision: Decision, archive: Archive, where: Places) -> list[str]:
    """Return in words why channels of its story have no post of an event that is news."""
    story = where.stories.get(decision.story)
    if story is None or decision.quiet:
        return []
    event = await archive.record(lambda record: record.numbered(decision.event))
    told = {post.channel for post in decision.posts}
    reasons = [(channel, gate(event, story.posting(channel))) for channel in story.channels]
    return [f"not in {channel} yet: {why}" for channel, why in reasons if why and channel not in told]


def _tell_article(article: Article, health: list[FeedHealth]) -> None:
    feed = next((h.feed.name for h in health if h.feed.url == article.feed_url), article.feed_url)
    dated = f"published {when(article.published)}" if article.dated else "without a time of its own"
    console.print(Text(article.title or "(no title)", style="bold"))
    if article.link:
        console.print(Text(f"  {article.link}"))
    console.print(Text(f"  from {feed}, {dated}, first seen {when(article.seen_at)}"))


def _tell_decision(decision: Decision, corrections: list[str], held: list[str]) -> None:
    heading = f"  story {decision.story}, article {decision.article_id}: "
    console.print(Text.assemble(heading, (verdict_words(decision.verdict), "bold")))
    if decision.earlier is not None:
        word = "as" if isinstance(decision.verdict, Related) else "of"
        console.print(hanging(f'{word} {decision.earlier.outlet}: "{decision.earlier.title}"', " " * 4))
    console.print(bullets(reasons(decision.verdict), indent=4))
    for correction in corrections:
        console.print(hanging(correction, " " * 4))
    console.print("    matched by")
    hits = (f"{hit.term} in the {hit.field}: … {hit.excerpt} …" for hit in decision.hits[:_SHOWN_HITS])
    console.print(bullets(hits, indent=4))
    if decision.quiet:
        console.print(hanging(f"not posted: {decision.quiet}", " " * 4))
    elif not decision.posts and not held:
        console.print("    not posted: its story has no channel")
    for holding in held:
        console.print(hanging(holding, " " * 4))
    for post in decision.posts:
        console.print(hanging(_told(post), " " * 4))


def _told(post: Post) -> str:
    again = f"not before {when(post.due_at)}" if post.due_at else ""
    said = "; ".join(part for part in (post.reason, again) if part)
    more = f" ({said})" if said else ""
    return f"{post.kind.value} {post.id} of its event in {post.channel}: {post.state.value}{more}"


def _never_seen(reference: str, address: str, settings: Settings, health: list[FeedHealth]) -> None:
    """Say that nobody saw it, and which feeds might have brought it."""
    console.print(Text(f"{reference} was never seen in a feed."))
    polled = {h.feed.url: h for h in health}
    home = _home(site(address))
    near = [feed for feed in feeds_of(settings) if home and home == _home(site(canonical_address(feed.url)))]
    console.print(bullets(f"feed {feed.name} of that site: {_state(polled.get(feed.url))}" for feed in near))
    if address and not near:
        console.print(
            "  No feed of that site is configured; another outlet's feed may still carry its reports."
        )


def _state(health: FeedHealth | None) -> str:
    if health is None or health.polled_at is None:
        return "not polled yet"
    found = health.failure or f"works, {counted(health.articles, 'article')} stored"
    return f"last polled {when(health.polled_at)}, {found}"


def _home(host: str) -> str:
    """Return the part of a host's name that was registered, as far as its shape tells."""
    labels = host.split(".")
    length = 3 if len(labels) > 2 and labels[-2] in _SOLD_BELOW else 2  # noqa: PLR2004  name, co, uk
    return ".".join(labels[-length:])
