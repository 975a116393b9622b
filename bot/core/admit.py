"""Which entries are news, and which only history the feed still lists.

A new feed brings its whole backlog and a long stop brings days of old news; posting either floods readers.
Such articles are recorded *quietly*: kept, judged and counted as shown, but not posted.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.model import Feed, Match

BACKLOG = "backlog: it was already listed when the feed was first read"
UNFOLLOWED = "the story was not followed yet"
REPEAT = "a repeat of something recorded quietly"
OLD = "old news: published {age} before it was first seen (max_age is {limit})"


def admit(matched: Sequence[Match], feed: Feed) -> list[str | None]:
    """Say for each match of one poll and one story why it must stay quiet; None if it is news.

    Args:
        matched: one story's matches of this poll; those without a date in the order of their publication.
        feed: as it was before this poll.

    Returns:
        Reasons in the order of `matched`.
    """
    backfilled: set[int] = set()
    if feed.is_new and matched:
        # Of entries without dates the last counts as the newest: a poll hands them over oldest first.
        oldest_first = sorted(range(len(matched)), key=lambda place: matched[place].article.published)
        backfilled.update(oldest_first[max(0, len(matched) - matched[0].story.policy.backfill) :])
    return [
        _too_old(match) or (BACKLOG if feed.is_new and place not in backfilled else None)
        for place, match in enumerate(matched)
    ]


def admit_before(match: Match) -> str:
    """Say why an article must stay quiet that was stored before its story was followed."""
    return _too_old(match) or UNFOLLOWED


def _too_old(match: Match) -> str | None:
    age = match.article.seen_at - match.article.published
    limit = match.story.policy.max_age
    if not match.article.dated or age <= limit:
        return None
    return OLD.format(age=_words(age.total_seconds()), limit=_words(limit.total_seconds()))


def _words(seconds: float) -> str:
    hours, days = round(seconds / 3600), round(seconds / 86_400)
    return f"{days} days" if days > 2 else f"{hours} h"  # noqa: PLR2004  "50 h" says more than "2 days"
