"""Who may do what. Whatever a person does to the bot is refused unless a rule here lets it in.

People are told apart by number only: names change hands. What was edited, forwarded, sent through another
bot, or said in the name of a chat is not that person's word; what is old may have been meant for another day.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from bot.talk import Heard, Saying

#: Numbers that stand for many: any anonymous administrator of any group, Telegram itself, and whoever writes
#: as a channel (core.telegram.org/bots/api#message, "sender_chat").
NOBODY = frozenset({1087968824, 777000, 136817688})
#: What was said longer ago, or in a future that two clocks do not explain, is not done any more.
FRESH = timedelta(minutes=5)


class Role(IntEnum):
    """What a person may do; each may do what those before may."""

    #: Learn what the bot is.
    GUEST = 0
    #: Have subscriptions of their own.
    SUBSCRIBER = 1
    #: Everything.
    ADMIN = 2


class Refusal(StrEnum):
    """Why something said is not even looked at."""

    ODD = "it is not a person's own fresh message"
    NOBODY = "no person says it"
    ELSEWHERE = "it was said in a chat of no concern"
    STALE = "it is too old"
    STRANGER = "a stranger says it among the administrators"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """Whom the bot listens to."""

    #: Numbers of persons.
    admins: frozenset[int] = frozenset()
    #: Numbers of groups in which it listens to them.
    groups: frozenset[int] = frozenset()
    #: Numbers of chats that it posts to, for the buttons there.
    channels: frozenset[int] = frozenset()
    #: Anyone may have subscriptions.
    open: bool = False


def admitted(heard: Heard, circle: Circle, *, now: datetime) -> Role | Refusal:
    """Return as what a person is listened to, or why not.

    Args:
        heard: what was said.
        circle: whom the bot listens to.
        now: the current time, aware.
    """
    person, refusal = heard.person, _refusal(heard, circle, now)
    if refusal is not None or person is None:
        return refusal or Refusal.NOBODY
    if person.id in circle.admins:
        return Role.ADMIN
    return Role.SUBSCRIBER if _is_alone(heard) and circle.open else Role.GUEST


def _refusal(heard: Heard, circle: Circle, now: datetime) -> Refusal | None:
    """Say why nobody is listened to here, whatever they may do elsewhere."""
    person = heard.person
    if heard.oddities:
        return Refusal.ODD
    if person is None or person.id <= 0 or person.id in NOBODY:
        return Refusal.NOBODY
    if not (_is_alone(heard) or heard.chat.id in circle.groups or _is_on_a_post(heard, circle)):
        return Refusal.ELSEWHERE
    if heard.kind is not Saying.PRESS and (heard.at is None or abs(now - heard.at) > FRESH):
        return Refusal.STALE
    stranger = heard.chat.id in circle.groups and person.id not in circle.admins
    return Refusal.STRANGER if stranger and not _is_on_a_post(heard, circle) else None


def _is_alone(heard: Heard) -> bool:
    """Tell whether a person says it to the bot alone."""
    return heard.person is not None and heard.chat.kind == "private" and heard.chat.id == heard.person.id


def _is_on_a_post(heard: Heard, circle: Circle) -> bool:
    return heard.kind is Saying.PRESS and heard.chat.id in circle.channels


#: Of one person in a minute, by role, and of all guests together.
_MOST = {Role.GUEST: 6, Role.SUBSCRIBER: 12, Role.ADMIN: 60}
_MOST_OF_GUESTS = 60
_MINUTE = timedelta(minutes=1)
#: Persons that are remembered.
_REMEMBERED = 10_000


class Pace:
    """How often people speak."""

    def __init__(self) -> None:
        self._said: OrderedDict[int, deque[datetime]] = OrderedDict()

    def allows(self, person: int, role: Role, *, now: datetime) -> bool:
        """Tell whether a person may go on, and count it if so.

        Args:
            person: its number.
            role: as what it is listened to.
            now: the current time, aware.
        """
        shared = role is Role.GUEST
        if not self._has_room(person, _MOST[role], now):
            return False
        if shared and not self._has_room(0, _MOST_OF_GUESTS, now):
            return False
        for number in (person, 0) if shared else (person,):
            self._said[number].append(now)
        return True

    def _has_room(self, person: int, most: int, now: datetime) -> bool:
        said = self._said.setdefault(person, deque())
        self._said.move_to_end(person)
        if len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)
        while said and not timedelta() <= now - said[0] < _MINUTE:
            said.popleft()
        return len(said) < most
