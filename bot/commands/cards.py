"""The buttons under cards, and the message that asks administrators about a verdict in doubt."""

from __future__ import annotations

from collections.abc import Iterable

from bot.commands.decisions import buttons_of
from bot.commands.office import Speak
from bot.commands.words import words_for
from bot.core.paging import pages
from bot.core.questions import Limits
from bot.model import Post, Review
from bot.ports import Archive
from bot.reviewing import asked
from bot.talk import Answer, Button, Keyboard
from config.sections import is_own


def buttons_under(post: Post) -> Keyboard:
    """Return what stands under a card: why it was posted, and what else can be done about it.

    Signs, not words: readers of one channel speak many languages.
    """
    card = post.card or post.id
    why = Button(label="❓", data=f"why:{card}")
    mute, more = Button(label="🔇", data=f"mute:{card}"), Button(label="⋯", data=f"more:{card}")
    return ((why, mute if is_own(post.channel) else more),)


async def ask_about(
    review: Review, chats: Iterable[int], speak: Speak, archive: Archive, *, limits: Limits
) -> bool:
    """Ask administrators about a verdict in doubt, with buttons that decide.

    Args:
        review: what is asked.
        chats: whom to ask, by the numbers of their chats.
        speak: where it is said.
        archive: what was decided.
        limits: between which people are asked.

    Returns:
        False if none of them was reached.
    """
    lines = await asked(review, archive, limits)
    # Several are asked together, and none of them has just spoken: which language is theirs is not known.
    row = buttons_of(review, words_for(None))
    answer = Answer(message=pages(lines)[0], buttons=(row,))
    said = [await speak.say(chat, answer) for chat in chats]
    return any(number is not None for number in said)
