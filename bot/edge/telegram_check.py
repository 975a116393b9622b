"""Is the Telegram side set up? What `storywire check` asks before the first post."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import Bot, ChatFullInfo, ChatMember, ChatMemberAdministrator
from telegram.constants import ChatType

from bot.edge.telegram import delivery_errors, send_message
from bot.errors import DeliveryError
from bot.model import Message, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReport:
    """What was found out about a bot and its chat."""

    #: Posts can be sent.
    ok: bool
    #: One finding each, for people; of a failure the last says what to do.
    lines: tuple[str, ...]


async def examine(bot: Bot, chat: str | int) -> ChannelReport:
    """Ask Telegram who the bot is, what the chat is, and whether the one may post to the other."""
    lines: list[str] = []
    try:
        with delivery_errors(bot.token):
            me = await bot.get_me()
            lines.append(f"the bot is {me.name}")
            place = await bot.get_chat(chat)
            lines.append(f'{chat} is the {place.type} "{place.effective_name}", id {place.id}')
            obstacle = await _obstacle(bot, place, me.id)
    except DeliveryError as error:
        return ChannelReport(ok=False, lines=(*lines, str(error)))
    finding = "the bot may post there and edit its posts" if obstacle is None else obstacle
    return ChannelReport(ok=obstacle is None, lines=(*lines, finding))


async def send_test(bot: Bot, chat: str | int) -> Receipt:
    """Send a silent message, to be seen and deleted by a person.

    Raises:
        DeliveryError: it was not taken.
    """
    with delivery_errors(bot.token):
        return await send_message(bot, chat, Message(text="A test: Storywire can post here.", silent=True))


async def _obstacle(bot: Bot, place: ChatFullInfo, me: int) -> str | None:
    """Return why the bot cannot post to the chat and what to do, or None if it can."""
    if place.type == ChatType.PRIVATE:
        return None  # only the person can open it, by writing first; then it is found
    member = await bot.get_chat_member(place.id, me)
    if place.type == ChatType.CHANNEL:
        return _obstacle_in_channel(member)
    if member.status in {ChatMember.LEFT, ChatMember.BANNED}:
        return "the bot is not in the group: add it"
    return None


def _obstacle_in_channel(member: ChatMember) -> str | None:
    # Editing one's own posts needs the right to post, not the right to edit messages, which is for those of
    # others (tdlib/td, MessagesManager.cpp, can_edit_message).
    if not isinstance(member, ChatMemberAdministrator):
        return 'the bot is no administrator of the channel: add it as one, with the right "post messages"'
    if not member.can_post_messages:
        return 'the bot may not post: give it the right "post messages" in the channel\'s administrators'
    return None
