"""READ FIRST: the way of a command. Who says it is checked, it is done once, and it is answered.

Everything said goes through here, and every way in is in one of two tables: commands by name, buttons by the
first word of their data. Each entry names the role that it takes, and there is no entry without one.

A command is noted as taken before it is done: after a crash in between it is not done, and whoever said it
sees that, as no answer came. The other way round it could be done twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.commands.office import Ask, Handle, Memory, Office, Reply
from bot.commands.words import Words
from bot.core.authority import Circle, Pace, Refusal, Role, admitted
from bot.core.paging import pages
from bot.core.sheet import Line
from bot.errors import StorywireError
from bot.model import Message
from bot.talk import Answer, Button, Heard, Keyboard, Saying

log = structlog.get_logger(__name__)
#: For what strangers can make happen: as cheap as can be while nobody looks.
_quiet_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A way in."""

    name: str
    role: Role
    #: In a few words, for the menu; "" keeps it out of there.
    help: str
    handle: Handle
    #: How it is written with what it takes, for `/help`; the same in any language.
    usages: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button."""

    #: With what its data begin, up to the first ":".
    name: str
    role: Role
    handle: Handle
    #: It only shows something over the chat, and changes nothing.
    peeks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """A long answer."""

    pages: Sequence[Message]
    buttons: Keyboard


class Desk:
    """Takes what is said to the bot, one thing after the other."""

    def __init__(
        self,
        office: Office,
        circle: Callable[[], Circle],
        *,
        commands: Sequence[Command],
        presses: Sequence[Press],
        words: Callable[[str | None], Words],
        name: Callable[[], str] = str,
    ) -> None:
        """Open.

        Args:
            office: what commands have at hand.
            circle: whom the bot listens to now.
            commands: what can be said.
            presses: what can be pressed.
            words: the texts in a language, by its tag.
            name: what the bot is called in groups, without "@"; "" while that is not known.
        """
        self._office = office
        self._circle = circle
        own = Command(name=Saying.TEXT.value, role=Role.SUBSCRIBER, help="", handle=self._listen)
        turn = Press(name="page", role=Role.SUBSCRIBER, handle=self._turn)
        back = Press(name="back", role=Role.SUBSCRIBER, handle=self._back)
        every = [*commands, own]
        self.commands: Mapping[str, Command] = {n: it for it in every for n in (it.name, *it.aliases)}
        self.presses: Mapping[str, Press] = {it.name: it for it in (*presses, turn, back)}
        self._words = words
        self._name = name
        self._pace = Pace()
        self._books: Memory[_Book] = Memory()
        #: Chat and person → what the next words are for, and as what the person was asked.
        self._questions: Memory[tuple[Handle, Role]] = Memory()

    async def __call__(self, heard: Heard) -> None:
        """Take one thing that was said."""
        now = self._office.world().clock.now()
        role = admitted(heard, self._circle(), now=now)
        if isinstance(role, Refusal) or heard.person is None:
            _quiet_log.debug("update %d is not listened to: %s", heard.update, role)
            return
        way = self._way(heard)
        if way is None:
            return
        if not self._pace.allows(heard.person.id, role, now=now):
            _quiet_log.debug("person %d says too much at once", heard.person.id)
            return
        if role < way.role:
            await self._refuse(heard)
            return
        if role > Role.GUEST and not await self._first_time(heard):
            return
        ask = Ask(
            heard=heard,
            role=role,
            person=heard.person.id,
            now=now,
            words=self._words(heard.person.language),
            name=way.name,
            argument=_argument(heard),
        )
        await self._served(ask, way)

    async def _refuse(self, heard: Heard) -> None:
        """Let a button come to rest whose press has no effect; to what is written nothing is answered."""
        if heard.press and heard.person:
            words = self._words(heard.person.language)
            await self._office.speak.acknowledge(heard.press, words("That is for administrators."))

    async def _first_time(self, heard: Heard) -> bool:
        now = self._office.world().clock.now()
        return await self._office.archive.record(lambda record: record.hear(heard.update, at=now))

    # ----------------------------------------------------------------------------------------- the way

    def _way(self, heard: Heard) -> Command | Press | None:
        """Return the entry that answers something said; None if none does."""
        if heard.kind is Saying.PRESS:
            return self.presses.get(heard.data.partition(":")[0])
        if heard.kind is Saying.COMMAND:
            typed, _at, bot = _split(heard.text)[0].removeprefix("/").partition("@")
            addressed = not bot or bot.lower() == self._name().lower()
            return self.commands.get(typed.lower()) if addressed else None
        if heard.kind is Saying.TEXT and not self._is_waited_for(heard):
            return None
        return self.commands.get(heard.kind.value)

    def _is_waited_for(self, heard: Heard) -> bool:
        return heard.person is not None and self._questions.get(_key(heard)) is not None

    async def _served(self, ask: Ask, way: Command | Press) -> None:
        peeks = isinstance(way, Press) and way.peeks
        # A press that Telegram has given up on is not done any more: it may be of yesterday.
        if ask.heard.press and not peeks and not await self._office.speak.acknowledge(ask.heard.press):
            return
        reply = await self._answered(ask, way.handle)
        if ask.heard.press and peeks:
            shown = (reply.toast or "")[:200]
            await self._office.speak.acknowledge(ask.heard.press, shown or None, alert=True)
        await self._say(ask, reply)

    async def _answered(self, ask: Ask, handle: Handle) -> Reply:
        try:
            return await handle(ask, self._office)
        except StorywireError as error:
            return Reply(lines=[Line(text=line) for line in str(error).splitlines()])
        except Exception:  # the boundary of one command: the next one is taken
            log.exception("a command failed unexpectedly", command=ask.name)
            return Reply(
                lines=[Line(text=ask.words("That went wrong, and nobody expected it; see the log."))]
            )

    # ------------------------------------------------------------------------------------- the answer

    async def _say(self, ask: Ask, reply: Reply) -> None:
        if reply.then is None:
            self._questions.take(_key(ask.heard))
        else:
            self._questions.put(_key(ask.heard), (reply.then, ask.role))
        if not reply.lines and reply.file is None:
            return
        if reply.lines and reply.file is not None:  # what stands beside a file is short
            await self._say(ask, replace(reply, file=None))
            reply = Reply(file=reply.file)
        # On a post in a channel, or in a group that is one, nothing is said: readers would see it.
        place = ask.heard.chat
        in_channel = place.kind != "private" and place.id not in self._circle().groups
        chat = ask.person if in_channel else place.id
        book = _Book(pages=pages(reply.lines), buttons=reply.buttons)
        name = self._books.keep(book) if len(book.pages) > 1 else ""
        answer = Answer(
            message=book.pages[0],
            buttons=_keyboard(book, name, 0),
            file=reply.file,
            replaces=ask.heard.message if reply.replaces and ask.pressed and not in_channel else None,
            answers=None if ask.pressed else ask.heard.message,
        )
        said = await self._office.speak.say(chat, answer)
        if said is not None and reply.afterwards is not None:
            await reply.afterwards()

    async def _turn(self, ask: Ask, office: Office) -> Reply:
        """Show another page of a long answer."""
        name, _colon, number = ask.argument.partition(":")
        book = self._books.get(name)
        page = int(number) if number.isdecimal() else 0
        if book is None or page >= len(book.pages):
            return Reply(lines=[Line(text=ask.words("That answer was put away; please ask again."))])
        message, buttons = book.pages[page], _keyboard(book, name, page)
        await office.speak.say(
            ask.heard.chat.id, Answer(message=message, buttons=buttons, replaces=ask.heard.message)
        )
        return Reply()

    async def _back(self, ask: Ask, office: Office) -> Reply:
        """Take back what was just done, by the command that does."""
        typed = office.undoings.take(ask.argument)
        name, argument = _split((typed or "").removeprefix("/"))
        command = self.commands.get(name)
        if command is None or ask.role < command.role:
            return Reply(lines=[Line(text=ask.words("That was too long ago to be undone by its button."))])
        return await command.handle(replace(ask, name=name, argument=argument, typed=typed or ""), office)

    async def _listen(self, ask: Ask, office: Office) -> Reply:
        """Take what a person writes without a command: an answer to what the bot asked last."""
        waiting, role = self._questions.take(_key(ask.heard)) or (None, ask.role)
        # Who was an administrator when asked may be none any more.
        return Reply() if waiting is None or ask.role < role else await waiting(ask, office)


def _key(heard: Heard) -> str:
    return f"{heard.chat.id} {heard.person.id if heard.person else 0}"


def _keyboard(book: _Book, name: str, page: int) -> Keyboard:
    """Return the buttons of a page, with those that lead to the pages before and after."""
    if len(book.pages) == 1:
        return book.buttons
    before = [Button(label="◀", data=f"page:{name}:{page - 1}")] if page else []
    after = [Button(label="▶", data=f"page:{name}:{page + 1}")] if page + 1 < len(book.pages) else []
    here = Button(label=f"{page + 1}/{len(book.pages)}", data=f"page:{name}:{page}")
    return (*book.buttons, (*before, here, *after))


def _argument(heard: Heard) -> str:
    if heard.kind is Saying.COMMAND:
        return _split(heard.text)[1]
    if heard.kind is Saying.PRESS:
        return heard.data.partition(":")[2]
    return heard.text.strip()


def _split(text: str) -> tuple[str, str]:
    """Return the first word of a text and what follows it."""
    first, _space, rest = text.strip().replace("\n", " ", 1).partition(" ")
    return first, rest.strip()
