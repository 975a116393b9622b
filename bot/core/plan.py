"""What a channel gets when a story has decided: a card, an edit of one, a reply, or nothing.

A verdict is the story's; what is posted depends on what *this* channel already shows. A duplicate of an event
the channel never heard of (it came later) is news there, and so is what brings news of an event that was
recorded quietly. A related article that joined the event of the earlier report is named on that event's card.
"""

from __future__ import annotations

from bot.core import compose
from bot.model import (
    Article,
    Event,
    EventId,
    Message,
    New,
    Post,
    PostKind,
    Related,
    Shown,
    Story,
    Update,
    Verdict,
)


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
        return [_card(event, story, channel)]
    if shown.quiet:
        return []
    if isinstance(verdict, New | Update):
        message = compose.update(article, story)
        return [Post(channel=channel, event=event.id, kind=PostKind.REPLY, message=message)]
    return _edit(event.id, shown, compose.card(event, story), channel)


def merged(
    event: Event,
    shown: Shown | None,
    absorbed: tuple[EventId, Shown | None],
    *,
    story: Story,
    channel: str,
) -> list[Post]:
    """Return the posts for one channel when two events became one.

    The card that stays names who joined it, and one that stays beside it points to it. Where nothing was
    shown nothing is.

    Args:
        event: with the articles of both.
        shown: what the channel shows of it.
        absorbed: the event that is left without articles, and what the channel still shows of that.
        story: whose events they were.
        channel: the channel's name.
    """
    left, left_shown = absorbed
    posts = _edit(event.id, shown, compose.card(event, story), channel)
    return posts + _edit(left, left_shown, compose.pointer(event), channel)


def parted(left: Event, own: Event, shown: Shown | None, *, story: Story, channel: str) -> list[Post]:
    """Return the posts for one channel when articles left an event: its card without them, and their own.

    Args:
        left: the event that keeps its card.
        own: the event of the articles that left.
        shown: what the channel shows of the event that was both.
        story: whose events they are.
        channel: the channel's name.
    """
    posts = _edit(left.id, shown, compose.card(left, story), channel)
    quiet = (shown is not None and shown.quiet) or all(member.quiet for member in own.members)
    return posts if quiet else [*posts, _card(own, story, channel)]


def _card(event: Event, story: Story, channel: str) -> Post:
    return Post(channel=channel, event=event.id, kind=PostKind.CARD, message=compose.card(event, story))


def _edit(event: EventId, shown: Shown | None, message: Message, channel: str) -> list[Post]:
    """Edit a card, if there is one that says something else."""
    if shown is None or shown.message is None or shown.message == message:
        return []
    return [Post(channel=channel, event=event, kind=PostKind.EDIT, message=message)]
