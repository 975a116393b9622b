"""When to believe that a feed has moved for good.

A permanent redirect is also what an expired domain, a mistyped rule or a hotel's network answers with, and a
poller that follows the first one is lost for ever. So the new address must be named several times in a row,
over a day, and lead each time to a document with entries that are known.

Entries of a stranger are known as well from the second answer on, for they were recorded at the first. So an
answer in which nothing was known is remembered, and no redirect counts any more until the feed has answered
at its own address again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.model import Feed, Move, Validators

#: As promises go: NewsBlur counts ten equal answers, but does not ask for known entries.
ANSWERS = 3
WITHIN = timedelta(hours=24)
#: A feed that fails at its new address for so long is asked for at its own again.
_GIVEN_UP = timedelta(hours=24)


def moving(feed: Feed, moved: str | None, *, known: bool, now: datetime) -> Feed:
    """Return the feed after a good answer, moved if that can be believed by now.

    Args:
        feed: as it was before the answer.
        moved: the address the answer named as the new one, if any.
        known: the document held entries that this feed listed before, or is the one that was read last.
        now: when the answer came, aware.
    """
    if moved is None or moved == feed.address:
        return replace(feed, move=None) if feed.move else feed
    move = feed.move
    if _doubted(move) or not (known or feed.is_new):
        return replace(feed, move=Move(to=moved, since=now, answers=0))
    if move is None or move.to != moved:
        return replace(feed, move=Move(to=moved, since=now))
    move = replace(move, answers=move.answers + 1)
    if known and move.answers >= ANSWERS and now - move.since >= WITHIN:
        return replace(feed, moved_to=moved, move=None)
    return replace(feed, move=move)


def not_read(feed: Feed) -> Feed:
    """Return a feed after an answer that was no feed: a move not yet believed begins anew."""
    return feed if _doubted(feed.move) else replace(feed, move=None)


def not_there(feed: Feed, *, gone: bool = False, now: datetime) -> Feed:
    """Return a feed that failed once more, back at its own address if the new one will not do.

    Args:
        feed: with the failure.
        gone: its server says that nothing will ever be there again; else it is given a day.
        now: the end of the poll, aware.
    """
    failing = now - feed.failing_since if feed.failing_since else timedelta()
    if feed.moved_to is None or (failing < _GIVEN_UP and not gone):
        return feed
    return replace(feed, moved_to=None, move=None, validators=Validators(), digest=None, parts=b"")


def _doubted(move: Move | None) -> bool:
    """Tell whether redirects led to a document in which nothing was known."""
    return move is not None and not move.answers
