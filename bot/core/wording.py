"""How decisions, numbers and times are put into words, wherever a person reads them."""

from __future__ import annotations

from datetime import datetime

from bot.model import Duplicate, New, Related, Update, Verdict


def verdict_name(verdict: Verdict) -> str:
    """Return "new", "duplicate", "update" or "related"."""
    match verdict:
        case New():
            return "new"
        case Duplicate():
            return "duplicate"
        case Update():
            return "update"
        case Related():
            return "related"


def verdict_kind(verdict: Verdict) -> str | None:
    """Return a duplicate's kind; None for other verdicts."""
    return verdict.kind.value if isinstance(verdict, Duplicate) else None


def verdict_words(verdict: Verdict) -> str:
    """Return a verdict as people read it, such as "new", "duplicate (copy)" or "news, same event"."""
    if isinstance(verdict, Related):
        return "news, same event"
    kind = verdict_kind(verdict)
    return f"{verdict_name(verdict)} ({kind})" if kind else verdict_name(verdict)


def reasons(verdict: Verdict) -> list[str]:
    """Return a verdict's evidence in words."""
    return [evidence.says for evidence in verdict.evidence]


def counted(number: int, name: str) -> str:
    """Return "1 feed", "2 feeds", "2 stories" …, as the number asks for."""
    plural = f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
    return f"{number} {name if number == 1 else plural}"


def when(time: datetime | None) -> str:
    """Return a time as tables show it."""
    return "never" if time is None else f"{time:%Y-%m-%d %H:%M} UTC"
