"""What a channel gets when a story has decided: a card, an edit of one, a reply, or nothing.

A verdict is the story's; what is posted depends on what *this* channel already shows. A duplicate of an event
the channel never heard of (it came later) is news there, and so is what brings news of an event that was
recorded quietly. A related article that joined the event of the earlier report is named on that event's card.
"""

from __future__ import annotations

from bot.core import compose
from bot.model import Article, Event, New, Post, PostKind, Related, Shown, Story, Update, Verdict


def plan(
    event: Event, article: Article, verdict: Verdict, shown: Shown | None, *, story: Story, channel: str
) -> list[Post]:
    """Return the posts for one channel, at most one.

    Args:
        event: with the article already in it.
        article: what was judged, not quiet.
        verdict: what the story decided.
        shown: what the channel shows of the event; None if it never heard of it.
        story: whose event it is.
        channel: the channel's name.
    """
    if shown is None or (shown.quiet and isinstance(verdict, Update | Related)):
        return [Post(channel=channel, event=event.id, kind=PostKind.CARD, message=compose.card(event, story))]
    if shown.quiet:
        return []
    if isinstance(verdict, New | Update):
        message = compose.update(article, story)
        return [Post(channel=channel, event=event.id, kind=PostKind.REPLY, message=message)]
    message = compose.card(event, story)
    if message == shown.message:
        return []
    return [Post(channel=channel, event=event.id, kind=PostKind.EDIT, message=message)]
