"""What every command has at hand, and what it answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_urlsafe
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from bot.choosing import choose, undo
from bot.commands.words import Words
from bot.core.authority import Role
from bot.core.sheet import Line
from bot.errors import OperatorError
from bot.explaining import Scene, article_of_post
from bot.model import LONGEST_SAID, ArticleId, Change, Deed, Story
from bot.pipeline import Knowledge, World
from bot.ports import Archive, ReadPage, Record
from bot.talk import Answer, Attached, Attachment, Button, Heard, Keyboard, Saying, Scope
from config.overlay import with_changes
from config.sections import OWN, is_own
from config.settings import Settings
from config.stories import feeds as feeds_of
from config.stories import public_chats

T = TypeVar("T")

#: Things that wait for a person's next word or press; more are forgotten, the oldest first.
_REMEMBERED = 500
#: Digits of a number of the archive: what any of its databases takes.
_LONGEST_NUMBER = 9


class Speak(Protocol):
    """Telegram, as far as the bot answers there."""

    async def say(self, chat: int, answer: Answer) -> int | None:
        """Say something; return the number of the message, None if it was not taken."""
        ...

    async def acknowledge(self, press: str, text: str | None = None, *, alert: bool = False) -> bool:
        """End the waiting of a pressed button; False if that came too late or was done before."""
        ...

    async def download(self, document: Attached, *, most: int) -> bytes:
        """Return a file.

        Raises:
            StorywireError: it is larger than so many bytes, or cannot be had.
        """
        ...

    async def menu(self, scope: Scope | int, language: str, commands: Mapping[str, str]) -> None:
        """Show commands to a scope, or in one chat, in a language; "" is for all that have none.

        Raises:
            DeliveryError: it was not taken, such as for a chat that Telegram does not know.
        """
        ...


class Memory(Generic[T]):
    """What the bot remembers until it is stopped, each under a name of its own."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, T] = OrderedDict()

    def keep(self, value: T) -> str:
        """Remember something and return its name: eleven letters that nobody can guess."""
        name = token_urlsafe(8)
        self.put(name, value)
        return name

    def put(self, name: str, value: T) -> None:
        """Remember something under a name."""
        self._kept[name] = value
        self._kept.move_to_end(name)
        if len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)

    def get(self, name: str) -> T | None:
        """Return it; None if it was forgotten."""
        return self._kept.get(name)

    def take(self, name: str) -> T | None:
        """Return it and forget it."""
        return self._kept.pop(name, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Something that a person may say, and says."""

    heard: Heard
    role: Role
    person: int
    now: datetime
    words: Words
    #: The command as it was typed, without "/"; of a press what its button is called.
    name: str
    #: What follows it.
    argument: str = ""
    #: The command that a press comes to; "": it was said as it was.
    typed: str = ""

    @property
    def parts(self) -> list[str]:
        """What follows, word by word."""
        return self.argument.split()

    @property
    def said(self) -> str:
        """What was said, for the log."""
        typed = self.typed or self.heard.text or f"[{self.heard.data}]"
        return " ".join(typed.split())[:LONGEST_SAID]

    def no_story(self, name: str, known: Sequence[str]) -> str:
        """Say that there is no story of a name, and which there are."""
        names = ", ".join(known) or "–"
        return self.words("There is no story %(name)s (there are: %(known)s).", name=name, known=names)

    @property
    def may_change(self) -> bool:
        """Everything is theirs to change, not only what is their own."""
        return self.role is Role.ADMIN

    @property
    def pressed(self) -> bool:
        """A button was pressed."""
        return self.heard.kind is Saying.PRESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a command answers."""

    lines: Sequence[Line] = ()
    buttons: Keyboard = ()
    file: Attachment | None = None
    #: Change the message whose button was pressed.
    replaces: bool = False
    #: Shown over the chat to who pressed the button, instead of a message.
    toast: str | None = None
    #: What is done once it was said.
    afterwards: Callable[[], Awaitable[None]] | None = None
    #: What is done with the next thing the person writes in this chat.
    then: Callable[[Ask, Office], Awaitable[Reply]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A change of the configuration that was made."""

    #: Its number in the log.
    deed: int
    #: What could not take effect, a line each.
    refused: Sequence[str]


#: Does what was asked, or raises a StorywireError whose text is the answer.
Handle: TypeAlias = Callable[[Ask, "Office"], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What every command has at hand."""

    archive: Archive
    #: The program as it runs now: a changed configuration makes another.
    world: Callable[[], World]
    #: The configuration in force.
    settings: Callable[[], Settings]
    #: Lets changed choices take effect; returns what could not, a line each.
    reload: Callable[[], Awaitable[Sequence[str]]]
    speak: Speak
    #: What decisions would rest on with another configuration.
    knowledge_of: Callable[[Settings], Knowledge]
    #: Reads the titles and summaries of pages.
    read_page: Callable[[], ReadPage | None] = lambda: None
    #: Tells whether an address may be asked at all.
    may_ask: Callable[[str], bool] = lambda _url: True
    #: Channel → the number of its chat, of those that are Telegram's.
    chats: Callable[[], Mapping[str, int]] = dict
    #: Commands that undo what was just done, by the data of the button.
    undoings: Memory[str] = field(default_factory=Memory)
    #: What is about to be changed, until it is confirmed.
    drafts: Memory[Any] = field(default_factory=Memory)

    def scene(self, ask: Ask) -> Scene:
        """Return what explanations to a person rest on; nobody is told of what others follow."""
        world, settings = self.world(), self.settings()
        names = frozenset(story.name for story in self.stories_of(ask))
        return Scene(
            archive=self.archive,
            knowledge=world.knowledge,
            now=ask.now,
            chats=public_chats(settings),
            feeds=feeds_of(settings),
            only=None if ask.may_change else names,
            shows=lambda channel: self.shows(ask, channel),
            by_title="/test HEADLINE" if ask.may_change else "",
        )

    def stories_of(self, ask: Ask) -> list[Story]:
        """Return the stories that a person may look at: what they follow, and what the channel tells."""
        mine = f"{OWN}{ask.person}"
        stories = [watch.story for watch in self.world().knowledge.watches]
        return [story for story in stories if not is_own(story.name) or mine in story.channels]

    @staticmethod
    def shows(ask: Ask, channel: str) -> bool:
        """Tell whether a person may hear of a channel: not of what others follow for themselves."""
        return ask.may_change or not is_own(channel) or channel == f"{OWN}{ask.person}"

    def channels_of(self, ask: Ask, story: Story) -> list[str]:
        """Return the channels of a story of which a person may say what is told there."""
        mine = f"{OWN}{ask.person}"
        shared = [name for name in story.channels if not is_own(name)]
        own = [name for name in story.channels if name == mine]
        in_own_chat = ask.heard.chat.kind == "private" and own
        return own if not ask.may_change or (in_own_chat and not shared) else shared

    def settings_with(self, changes: Sequence[Change]) -> Settings:
        """Return the configuration as it would be with some changes."""
        return with_changes(self.settings(), changes)

    def knowledge_with(self, changes: Sequence[Change]) -> Knowledge:
        """Return what decisions would rest on with some changes."""
        return self.knowledge_of(self.settings_with(changes))

    async def change(self, ask: Ask, changes: Sequence[Change], outcome: str) -> Reply:
        """Make changes of the configuration, note them, let them take effect, and offer to take them back."""
        done = await self.changed(ask, changes, outcome)
        return self.confirmed(done, outcome, Button(label=ask.words("Undo"), data=f"undo:{done.deed}"))

    async def changed(self, ask: Ask, changes: Sequence[Change], outcome: str) -> Changed:
        """Make changes of the configuration, note them and let them take effect.

        Raises:
            OperatorError: they cannot take effect; then they are taken back.
        """
        deed = Deed(at=ask.now, person=ask.person, chat=ask.heard.chat.id, said=ask.said, outcome=outcome)
        done = await self.archive.record(lambda record: choose(changes, deed, record))
        try:
            return Changed(deed=done.number, refused=await self.reload())
        except OperatorError:
            await self.archive.record(lambda record: undo(done.number, record, at=ask.now))
            raise

    @staticmethod
    def confirmed(done: Changed, outcome: str, undo: Button) -> Reply:
        """Say what came of changes, with the button that takes them back."""
        lines = [Line(text=outcome), *(Line(text=line, bullet=True) for line in done.refused)]
        return Reply(lines=lines, buttons=((undo,),))

    async def done(
        self, ask: Ask, outcome: str, *, back: str | None = None, lines: Sequence[Line] = ()
    ) -> Reply:
        """Note something that was done and offer to take it back.

        Args:
            ask: what was said.
            outcome: what came of it, in one line.
            back: the command that takes it back; None if nothing does.
            lines: what else is answered.
        """
        await self.archive.record(lambda record: self.noted(ask, outcome, record))
        buttons: Keyboard = ()
        if back:
            data = f"back:{self.undoings.keep(back)}"
            buttons = ((Button(label=ask.words("Undo"), data=data),),)
        return Reply(lines=[Line(text=outcome), *lines], buttons=buttons)

    @staticmethod
    def noted(ask: Ask, outcome: str, record: Record) -> int:
        """Note in the log what was done, within the transaction that does it."""
        deed = Deed(at=ask.now, person=ask.person, chat=ask.heard.chat.id, said=ask.said, outcome=outcome)
        return record.note(deed)

    async def answered(self, ask: Ask) -> ArticleId | None:
        """Return the first article of the post that a person replies to; None if it is no post."""
        place = ask.heard.answers_channel
        if place is None and ask.heard.answers is not None:
            place = (ask.heard.chat.id, ask.heard.answers)
        return None if place is None else await self.first_of(*place)

    async def first_of(self, chat: int, message: int) -> ArticleId | None:
        """Return the first article that a message of a channel tells; None if it is no post."""
        for channel, number in self.chats().items():
            found = await article_of_post(channel, message, self.archive) if number == chat else None
            if found is not None:
                return found
        return None


def number_in(text: str) -> int | None:
    """Return the number of something in the archive as a person writes it; None if it can be none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None


def told(*texts: str) -> Reply:
    """Answer in plain lines of the bot's own: nothing in them comes from feeds or from other people."""
    return Reply(lines=[Line(text=text, own=True) for text in texts])
