"""A comparison in words: what a reader of `why` is told, one reason a line."""

from __future__ import annotations

from bot.core import address
from bot.core.compare import Pair
from bot.model import Article, Evidence

_TWO_HOURS_IN_MINUTES = 120


def percent(value: float) -> float:
    """Return a share as the percentage that is stored with a reason."""
    return round(100 * value, 1)


def chance(probability: float, of: str, limit: float, *, at_most: bool = False) -> Evidence:
    """Say what the model makes of it, or would at the most, and where the limit is."""
    bound = "at most " if at_most else ""
    says = f"{bound}{100 * probability:.0f} % likely {of} (limit {100 * limit:.0f} %)"
    return Evidence(signal="chance", value=percent(probability), says=says)


def doubt(probability: float, old: Article, least: float, limit: float) -> Evidence:
    """Say that it may be the same report as another one, and between which limits that is asked."""
    likely = f'in doubt: {100 * probability:.0f} % likely one article with "{old.title}" ({old.outlet})'
    says = f"{likely}, between {100 * least:.0f} % and {100 * limit:.0f} %"
    return Evidence(signal="doubt", value=percent(probability), says=says)


def text(pair: Pair) -> Evidence:
    """Say how much of the text is contained."""
    if not pair.both_have_text:
        return Evidence(signal="text", says="one of the two carries no text to compare")
    signed = pair.new.credits & pair.old.credits
    whose = f"{_agency(min(signed))} text" if signed else "shorter text"
    says = f"{100 * pair.containment:.0f} % of the {whose} contained"
    return Evidence(signal="text", value=percent(pair.containment), says=says)


def title(pair: Pair) -> Evidence:
    """Say how alike the titles are written."""
    old = pair.old.article
    if pair.one_title:
        return Evidence(signal="title", value=100.0, says=f'the same title: "{old.title}" ({old.outlet})')
    says = f'title {100 * pair.title_ratio:.0f}/100 like "{old.title}" ({old.outlet})'
    return Evidence(signal="title", value=percent(pair.title_ratio), says=says)


def concepts(pair: Pair) -> Evidence:
    """Say what both titles speak of."""
    shared = ", ".join(sorted(concept.lstrip("@") for concept in pair.shared_concepts)) or "nothing"
    share = f"{100 * pair.concepts:.0f} % of the shorter"
    says = f'titles share {shared} ({share}; the other: "{pair.old.article.title}")'
    return Evidence(signal="concepts", value=percent(pair.concepts), says=says)


def words(pair: Pair) -> Evidence:
    """Say how many words of the texts are shared."""
    if not pair.both_have_text:
        return text(pair)
    says = f"{100 * pair.text_stems:.0f} % of the shorter text's words in the other"
    return Evidence(signal="words", value=percent(pair.text_stems), says=says)


def time(pair: Pair) -> Evidence:
    """Say how far apart they are."""
    if not pair.new.article.dated and not pair.old.article.dated:
        return Evidence(signal="time", says="neither says when it was published")
    if pair.same_minute:
        return Evidence(signal="time", says="published in the same minute")
    minutes = round(pair.apart.total_seconds() / 60)
    hours = round(minutes / 60)
    later = f"{minutes} min" if minutes < _TWO_HOURS_IN_MINUTES else f"{hours} h"
    zone = ", to the minute: the wire's time in another zone" if pair.zone_minute else ""
    return Evidence(signal="time", says=f"{later} apart{zone}")


def source(pair: Pair) -> list[Evidence]:
    """Say what is known of who wrote them; nothing if nothing is."""
    a, b = pair.new, pair.old
    if pair.one_credit:
        return [Evidence(signal="source", says=f"the same wire: {_listed(a.credits & b.credits)}")]
    if pair.other_credit:
        return [Evidence(signal="source", says=f"{_listed(a.credits)} here, {_listed(b.credits)} there")]
    if pair.passes_on:
        whose = _listed((a.cited - a.credits) | (b.cited - b.credits))
        return [Evidence(signal="source", says=f"one passes on what {whose} reported")]
    if pair.one_site:
        return [Evidence(signal="source", says=f"both from one publisher, {a.family}")]
    return []


def page(pair: Pair) -> str:
    """Say why both are one page."""
    new, old = pair.new.article.address, pair.old.article.address
    return f"the same address, {new}" if new == old else f"the same page by its number, {new} and {old}"


def slug(pair: Pair) -> list[Evidence]:
    """Say that an address has the other's headline; nothing where none has."""
    if not pair.one_slug:
        return []
    named = max((pair.new, pair.old), key=lambda reading: len(set(reading.slug) & _in_titles(pair)))
    says = f'the address of one has the headline of both: "{address.slug(named.article.address)}"'
    return [Evidence(signal="slug", says=says)]


def ticker(pair: Pair) -> Evidence:
    """Say that both are states of one page of running news."""
    label = pair.new.title.partition(":")[0]
    return Evidence(signal="ticker", says=f'running news under one label, "{label}", and one teaser')


def _in_titles(pair: Pair) -> frozenset[str]:
    return frozenset((*pair.new.plain_title, *pair.old.plain_title))


def copy(pair: Pair) -> tuple[Evidence, ...]:
    """Say what speaks for a copy."""
    return (text(pair), title(pair), *slug(pair), time(pair), *source(pair))


def near(article: Article) -> Evidence:
    """Name the article that came nearest."""
    return Evidence(signal="nearest", says=f'nearest: {article.outlet}, "{article.title}"')


def _listed(agencies: frozenset[str]) -> str:
    return ", ".join(map(_agency, sorted(agencies)))


def _agency(name: str) -> str:
    return name.upper() if len(name) <= 4 else name.capitalize()  # noqa: PLR2004  "AP", "TASS", "Reuters"
