"""What becomes of the bot in the chats it posts to: let in, let post, thrown out.

Telegram tells it at once, so that a channel that takes posts again need not wait for the next try.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from telegram import Chat, ChatMember, ChatMemberAdministrator, ChatMemberRestricted, Update

#: The kinds of updates that tell of it.
KINDS = ("my_chat_member",)

_IN_GROUPS = frozenset({ChatMember.OWNER, ChatMember.ADMINISTRATOR, ChatMember.MEMBER})


class Membership:
    """Takes updates and says which channels may be posted to by now."""

    def __init__(
        self, chats: Mapping[str, int | str], changed: Callable[[str, bool], Awaitable[None]]
    ) -> None:
        """Watch some chats.

        Args:
            chats: channel → its chat, by number or "@name".
            changed: is told the channel, and whether the bot may post there.
        """
        self._chats = chats
        self._changed = changed

    async def __call__(self, update: Update) -> None:
        """Take an update; what is no news of a chat of ours is let go."""
        change = update.my_chat_member
        if change is None:
            return
        for channel, chat in list(self._chats.items()):  # the configuration may change meanwhile
            if _is(chat, change.chat):
                await self._changed(channel, _may_post(change.new_chat_member, change.chat))


def _is(known: int | str, chat: Chat) -> bool:
    if isinstance(known, int):
        return known == chat.id
    return chat.username is not None and known.lower() == f"@{chat.username}".lower()


def _may_post(member: ChatMember, chat: Chat) -> bool:
    if chat.type == Chat.CHANNEL:
        posts = isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)
        return posts or member.status == ChatMember.OWNER
    if isinstance(member, ChatMemberRestricted):
        return member.is_member and member.can_send_messages
    return member.status in _IN_GROUPS
