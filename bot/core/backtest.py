"""What came of a backtest, and how it is told: the same lines in a terminal and in a chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.difference import Card, Difference
from bot.core.sheet import Line

#: Cards named that stand against one, and headlines named for each sign of a short answer.
_OTHERS, _FEW = 3, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The time that is looked at, both ends included."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What came of a comparison."""

    story: str
    #: What was compared: where it was cut, less than was asked for.
    period: Period
    difference: Difference
    #: Articles of the period that were looked at, and how many of them either query accepts.
    looked_at: int
    accepted: int
    #: Not all of the period was looked at.
    cut: bool = False


def told(found: Backtest, *, examples: int = 5) -> list[Line]:
    """Return what came of a comparison, for a terminal and a chat alike.

    Args:
        found: what came of it.
        examples: how many cards of each kind are named.
    """
    compared, period = found.difference, found.period
    heading = (
        f"{found.story}, {_when(period.since)} to {_when(period.until)}: {_counted(compared.after, 'card')}"
    )
    lines = [Line(text=f"{heading} instead of {compared.before}", bold=True)]
    if compared.is_nothing:
        lines.append(Line(text="nothing would have been different"))
    gained, lost = ([[card] for card in cards] for cards in (compared.gained, compared.lost))
    merged, split = (
        [[each.one, *each.several] for each in each_way] for each_way in (compared.merged, compared.split)
    )
    lines += _section("gained: no card told them", gained, examples)
    lines += _section("lost: no card would tell them", lost, examples)
    lines += _section("merged: one card instead of several", merged, examples)
    lines += _section("split: several cards instead of one", split, examples)
    if compared.named or compared.unnamed:
        text = f"on other cards {_counted(compared.named, 'report')} more and {compared.unnamed} fewer"
        lines.append(Line(text=text))
    return [*lines, Line(text=_looked_at(found))]


def _section(heading: str, cards: Sequence[Sequence[Card]], examples: int) -> list[Line]:
    """Name cards, each with those that stand against it."""
    if not cards:
        return []
    lines = [Line(text=f"{len(cards)} {heading}", bold=True)]
    for card, *others in cards[:examples]:
        lines.append(_headline(card))
        lines += [replace(_headline(other), depth=2) for other in others[:_OTHERS]]
    if len(cards) > examples:
        lines.append(Line(text=f"and {len(cards) - examples} more", depth=1))
    return lines


def _headline(card: Card) -> Line:
    article, more = card.lead, len(card.articles) - 1
    others = f" (and {_counted(more, 'report')} more)" if more else ""
    text = f"{_when(card.at)}, {article.outlet}: {article.title or '(no title)'}{others}"
    return Line(text=text, depth=1, bullet=True, link=article.link or None)


def _looked_at(found: Backtest) -> str:
    told = f"{_counted(found.looked_at, 'article')}, of which {found.accepted} match before or after"
    if found.cut:
        return f"looked at the latest {told}: that took long enough, and what came before was left out"
    return f"looked at {told}"


def told_briefly(found: Backtest, *, days: int) -> list[Line]:
    """Return the same in a few lines: how many cards more and less, with some headlines.

    Args:
        found: what came of it.
        days: the length of the period.
    """
    compared = found.difference
    lately = "in the last day" if days == 1 else f"in the last {days} days"
    regrouped = [(len(compared.merged), "merged"), (len(compared.split), "split")]
    counts = [f"+{len(compared.gained)}", f"\N{MINUS SIGN}{len(compared.lost)}"]
    counts += [f"{count} {word}" for count, word in regrouped if count]
    cards = f"{_counted(compared.after, 'card')} instead of {compared.before}"
    lines = [Line(text=f"{', '.join(counts)} {lately} ({cards})", bold=True)]
    for sign, changed in (("+", compared.gained), ("\N{MINUS SIGN}", compared.lost)):
        for card in changed[:_FEW]:
            article = card.lead
            text = f"{sign} {article.outlet}: {article.title or '(no title)'}"
            lines.append(Line(text=text, depth=1, link=article.link or None))
    return [*lines, Line(text=_looked_at(found))] if found.cut else lines


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _when(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"
