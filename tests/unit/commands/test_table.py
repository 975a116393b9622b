"""Every way in: who may, and that whoever may not changes nothing. A way that is added is asked for here."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.exchange import Load
from bot.commands.keywords import Draft
from bot.commands.table import COMMANDS, PRESSES
from bot.commands.words import LANGUAGES, words_for
from bot.core.authority import Role
from bot.model import ArticleId, Change, Review, Ruling
from bot.talk import Attached, Saying
from tests.builders import a_feed
from tests.fakes.archive import FakeArchive
from tests.unit.commands.office import ADMIN, FILE, READER, Bot, settings_in
from tests.walk.world import LEDGER, POST, WIRE, an_item

OPEN = f"""{FILE}
[[story]]
name = "floods"
title = "Floods"
query = "flood"

[subscriptions]
enabled = true
"""
NEW = "https://news.example/feed.xml"
ADDED = "https://added.example/feed.xml"
DAM = an_item("Dam breaks near Ostrava")
COPY = an_item("Dam breaks near Ostrava", "post")
MUTED = an_item("Reservoir dam closed for repairs in Brno", "ledger")
DOUBTED = an_item("Mayor of Opava opens a dam museum", "post")


def prepared(directory: Path) -> FakeArchive:
    """Return what is kept after a little news and a few changes, most of which can be taken back.

    The changes are numbered: 1 is an administrator's, the others the reader's.
    """
    bot = Bot(settings_in(directory, OPEN))
    bot.walk.opened(WIRE, POST, LEDGER)
    asyncio.run(bot.archive.add(a_feed(ADDED, name="Added")))
    bot.says("/keywords dams + weir")
    bot.says("/sub dams", READER)
    for url, entry in ((WIRE, DAM), (POST, COPY), (LEDGER, MUTED), (POST, DOUBTED)):
        bot.walk.hears(url, entry)
    for channel in bot.walk.channels:
        bot.walk.deliver(channel)
    for person in (ADMIN, READER):
        bot.says(f"/mute {MUTED.link}", person)
    now, (doubted,) = bot.walk.clock.now(), asyncio.run(bot.archive.decisions(str(DOUBTED.link)))
    review = Review(
        story="dams",
        article=doubted.article_id,
        nearest=ArticleId(doubted.article_id - 1),
        chance=0.4,
        asked_at=now,
        until=now + timedelta(days=1),
        otherwise=Ruling.POST,
    )
    asyncio.run(bot.archive.record(lambda record: record.review(review)))
    return bot.archive


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> FakeArchive:
    return prepared(tmp_path_factory.mktemp("prepared"))


# ------------------------------------------------------------------------------------------ the table


def test_every_way_has_a_name_of_its_own_and_so_has_every_alias() -> None:
    names = Counter(name for command in COMMANDS for name in (command.name, *command.aliases))
    names.update({Saying.TEXT.value: 1})
    presses = Counter(press.name for press in PRESSES) + Counter(["page", "back"])

    assert {name for name, count in (names + Counter()).items() if count > 1} == set()
    assert {name for name, count in presses.items() if count > 1} == set()
    assert not any(":" in name for name in presses)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_command_of_the_menu_is_explained_in_every_language(language: str) -> None:
    words = words_for(language)

    assert [it.name for it in COMMANDS if it.help and words(it.help) == it.help] == []


def test_what_is_in_no_menu_is_no_command() -> None:
    assert [it.name for it in COMMANDS if not it.help] == [Saying.DOCUMENT.value]


def test_a_guest_may_say_hello_ask_for_help_and_ask_why() -> None:
    assert [it.name for it in (*COMMANDS, *PRESSES) if it.role is Role.GUEST] == ["start", "help", "why"]


def test_only_what_shows_something_over_the_chat_is_for_guests_to_press() -> None:
    assert {it.name for it in PRESSES if it.peeks} == {it.name for it in PRESSES if it.role is Role.GUEST}


# ----------------------------------------------------------------------------------- every way is tried


def says(text: str) -> Callable[[Bot, int], None]:
    return lambda bot, person: bot.says(text, person)


def presses(data: str) -> Callable[[Bot, int], None]:
    return lambda bot, person: bot.presses(data, person)


def sends_a_file(bot: Bot, person: int) -> None:
    bot.speak.files["file"] = NEW.encode()
    attached = Attached(file_id="file", name="feeds.txt", size=len(NEW), mime="text/plain")
    bot.hears(person, kind=Saying.DOCUMENT, document=attached)


def presses_for(name: str, draft: object) -> Callable[[Bot, int], None]:
    """Press a button that goes back to something that waits for it."""
    return lambda bot, person: bot.presses(f"{name}:{bot.office.drafts.keep(draft)}", person)


def takes_back(bot: Bot, person: int) -> None:
    bot.presses(f"back:{bot.office.undoings.keep('/pause Added')}", person)


DRAFT = Draft(
    change=lambda _settings: (Change(kind="story", name="dams", value=None), "as before"), said="- weir"
)
#: Command → what may be said with it, so that it would do something.
SAID: dict[str, Callable[[Bot, int], None]] = {
    "start": says("/start"),
    "help": says("/help keywords"),
    "status": says("/status"),
    "list": says("/list"),
    "sub": says("/sub floods"),
    "unsub": says("/unsub dams"),
    "follow": says('/follow drill* "joint patrol"'),
    "feeds": says("/feeds"),
    "keywords": says("/keywords dams + reservoir"),
    "set": says("/set dams min_sources 2"),
    "pause": says("/pause Added"),
    "resume": says("/resume Added"),
    "test": says(f"/test {NEW}"),
    "why": says(f"/why {DAM.link}"),
    "timeline": says("/timeline dams"),
    "catchup": says("/catchup"),
    "backtest": says("/backtest dams + reservoir"),
    "mute": says(f"/mute {DAM.link}"),
    "unmute": says(f"/unmute {MUTED.link}"),
    "merge": says(f"/merge {DAM.link} {MUTED.link}"),
    "split": says(f"/split {COPY.link}"),
    "review": says("/review"),
    "digest": says("/digest 08:00 18:00"),
    "import": says("/import"),
    "export": says("/export"),
    "health": says("/health"),
    "version": says("/version"),
    "undo": says("/undo 1"),
    "audit": says("/audit"),
    "document": sends_a_file,
    "text": says("drill*"),
}
#: Button → what pressing it may send back.
PRESSED: dict[str, Callable[[Bot, int], None]] = {
    "why": presses("why:1"),
    "mute": presses("mute:1"),
    "split": presses("split:1"),
    "merge": presses("merge:1"),
    "more": presses("more:1"),
    "rv": presses("rv:1:fold"),
    "kw": presses("kw:dams"),
    "kwadd": presses("kwadd:dams"),
    "kwnot": presses("kwnot:dams"),
    "kwx": presses_for("kwx", ("dams", "- weir")),
    "apply": presses_for("apply", DRAFT),
    "cancel": presses_for("cancel", DRAFT),
    "load": presses_for("load", Load(feeds=[a_feed(NEW, name="News")])),
    "unload": presses_for("unload", Load(feeds=[a_feed(NEW, name="News")])),
    "undo": presses("undo:2"),
    "page": presses("page:none:1"),
    "back": takes_back,
}
#: The same commands, said of what is not a reader's own.
ALSO: dict[str, Callable[[Bot, int], None]] = {
    "/sub to a feed": says(f"/sub {NEW}"),
    "/unsub from a feed": says("/unsub Added"),
    "/why of an address that nobody knows": says(f"/why {NEW}"),
    "/pause for all": says("/pause 2h"),
    "/resume for all": says("/resume"),
    "/keywords of a new story": says("/keywords new fires fire*"),
    "/undo of the last change": says("/undo"),
    "[undo] of another's change": presses("undo:1"),
    "[rv] that posts": presses("rv:1:post"),
    "[rv] that drops": presses("rv:1:drop"),
}
EVERY = {
    **{f"/{name}": way for name, way in SAID.items()},
    **{f"[{name}]": way for name, way in PRESSED.items()},
    **ALSO,
}
#: What is answered by a command that fails otherwise than on purpose.
UNEXPECTED = "That went wrong, and nobody expected it; see the log."
#: What an administrator changes by saying so.
BY_AN_ADMINISTRATOR = {
    *("/sub", "/follow", "/keywords", "/set", "/pause", "/resume", "/catchup", "/mute", "/unmute"),
    *("/merge", "/split", "/digest", "/undo"),
    *("[mute]", "[split]", "[rv]", "[apply]", "[load]", "[unload]", "[undo]", "[back]"),
    *(way for way in ALSO if way not in {"/why of an address that nobody knows", "/resume for all"}),
}
#: What a reader changes, and of which kind that is.
BY_A_READER = {
    "/sub": {"choices", "deeds"},
    "/unsub": {"choices", "deeds"},
    "/follow": {"choices", "deeds"},
    "/digest": {"choices", "deeds"},
    "/catchup": {"looks"},
    "/mute": {"mutes", "deeds"},
    "/unmute": {"mutes", "deeds"},
    "[mute]": {"mutes", "deeds"},
    "[undo]": {"choices", "deeds"},
}


def test_every_way_is_tried(tmp_path: Path) -> None:
    desk = Bot(settings_in(tmp_path)).desk

    assert set(SAID) == {command.name for command in desk.commands.values()}
    assert set(PRESSED) == set(desk.presses)


@dataclass(slots=True)
class Tried:
    """What came of something that a person said."""

    bot: Bot
    #: What is kept otherwise than before, but that it was heard, by its kind.
    changed: dict[str, list[object]]


def tried(way: str, person: int, known: FakeArchive, directory: Path, text: str = OPEN) -> Tried:
    bot = Bot(settings_in(directory, text), known.copied(), updates=100)
    bot.walk.clock.time += timedelta(hours=1)
    bot.walk.feeds.publish(NEW, an_item("Dam opens"))
    EVERY[way](bot, person)
    assert UNEXPECTED not in bot.speak.texts
    changed = bot.archive.changed_since(known)
    changed.pop("heard", None)
    return Tried(bot, changed)


@pytest.mark.parametrize("way", EVERY)
def test_nothing_that_a_guest_says_changes_or_fetches_anything(
    way: str, known: FakeArchive, tmp_path: Path
) -> None:
    found = tried(way, READER, known, tmp_path, FILE)

    assert found.bot.archive.changed_since(known) == {}
    assert found.bot.speak.menus == {}
    assert found.bot.walk.feeds.asked == []
    assert bool(found.bot.speak.said) == (way in {"/start", "/help"})


@pytest.mark.parametrize("way", EVERY)
def test_a_reader_changes_what_is_listed_and_only_of_their_own(
    way: str, known: FakeArchive, tmp_path: Path
) -> None:
    found = tried(way, READER, known, tmp_path)

    assert found.changed.keys() == BY_A_READER.get(way, set())
    assert [it for entries in found.changed.values() for it in entries if str(READER) not in repr(it)] == []
    assert found.bot.walk.feeds.asked == []
    assert found.bot.speak.menus == {}


@pytest.mark.parametrize("way", EVERY)
def test_each_would_have_an_effect_if_an_administrator_said_it(
    way: str, known: FakeArchive, tmp_path: Path
) -> None:
    found = tried(way, ADMIN, known, tmp_path)

    assert bool(found.changed) == (way in BY_AN_ADMINISTRATOR)
