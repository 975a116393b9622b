"""The way of a command: who may, once, in time, answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands.desk import Command, Desk, Press
from bot.commands.office import Ask, Office, Reply, told
from bot.commands.words import words_for
from bot.core.authority import Circle, Role
from bot.core.sheet import Line
from bot.errors import OperatorError
from bot.talk import Attached, Button, Chat, Heard, Oddity, Person, Saying
from tests.builders import NOW
from tests.fakes.archive import FakeArchive
from tests.fakes.speak import FakeSpeak
from tests.unit.commands.office import OfficeOnFakes

ADMIN, OTHER, GROUP, CHANNEL = 4242, 4343, -1001000000003, -1001000000001
CIRCLE = Circle(admins=frozenset({ADMIN}), groups=frozenset({GROUP}), channels=frozenset({CHANNEL}))


@dataclass(slots=True)
class Scene:
    """A desk on fakes, with a few commands that note what they did."""

    circle: Circle = CIRCLE
    speak: FakeSpeak = field(default_factory=FakeSpeak)
    archive: FakeArchive = field(default_factory=FakeArchive)
    done: list[str] = field(default_factory=list)
    fault: Exception | None = None
    numbers: int = 0
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        office = OfficeOnFakes(archive=self.archive, speak=self.speak).office
        desk = Desk(
            office,
            lambda: self.circle,
            commands=[
                Command(name="start", role=Role.GUEST, help="Say hello", handle=self.note("start")),
                Command(name="list", role=Role.SUBSCRIBER, help="Yours", handle=self.note("list")),
                Command(
                    name="stop", role=Role.ADMIN, help="Stop", handle=self.note("stop"), aliases=("halt",)
                ),
                Command(name="ask", role=Role.ADMIN, help="Ask", handle=self.asks),
                Command(name="long", role=Role.ADMIN, help="Much", handle=self.long),
                Command(name="document", role=Role.ADMIN, help="", handle=self.note("document")),
            ],
            presses=[
                Press(name="peek", role=Role.GUEST, handle=self.peek, peeks=True),
                Press(name="act", role=Role.ADMIN, handle=self.note("act")),
            ],
            words=words_for,
            name=lambda: "wire_test_bot",
        )
        self.desk = desk

    def note(self, name: str) -> Callable[[Ask, Office], Awaitable[Reply]]:
        async def handle(ask: Ask, _office: Office) -> Reply:
            self.done.append(f"{name} {ask.argument}".strip())
            if self.fault is not None:
                raise self.fault
            return told(f"did {name}")

        return handle

    async def peek(self, ask: Ask, _office: Office) -> Reply:
        self.done.append(f"peek {ask.argument}")
        return Reply(toast="because")

    async def asks(self, _ask: Ask, _office: Office) -> Reply:
        return Reply(lines=[Line(text="Which words?")], then=self.note("words"))

    async def long(self, _ask: Ask, _office: Office) -> Reply:
        lines = [Line(text=f"line {number} " + "x" * 80) for number in range(100)]
        return Reply(lines=lines, buttons=((Button(label="Undo", data="act:1"),),))

    # ----------------------------------------------------------------------------- what people do

    def says(self, text: str, person: int = ADMIN, **changes: object) -> None:
        kind = Saying.COMMAND if text.startswith("/") else Saying.TEXT
        self.hears(self.heard(person, kind=kind, text=text, **changes))

    def presses(self, data: str, person: int = ADMIN, **changes: object) -> None:
        said = self.heard(person, kind=Saying.PRESS, data=data, at=None, **changes)
        self.hears(replace(said, press=f"press {said.update}"))

    def heard(self, person: int, **changes: object) -> Heard:
        self.numbers += 1
        said = Heard(
            update=self.numbers,
            at=NOW,
            chat=Chat(id=person, kind="private"),
            person=Person(id=person),
            kind=Saying.COMMAND,
            message=self.numbers,
        )
        return replace(said, **changes)  # type: ignore[arg-type]

    def hears(self, heard: Heard) -> None:
        asyncio.run(self.desk(heard))


@pytest.fixture
def scene() -> Scene:
    return Scene()


IN_GROUP = Chat(id=GROUP, kind="supergroup")
IN_CHANNEL = Chat(id=CHANNEL, kind="channel")

DONE: dict[str, tuple[Callable[[Scene], None], list[str]]] = {
    "an administrator's command": (lambda s: s.says("/stop now  and then"), ["stop now  and then"]),
    "one that is known by another name": (lambda s: s.says("/halt"), ["stop"]),
    "one in capitals": (lambda s: s.says("/STOP"), ["stop"]),
    "one with a line after it": (lambda s: s.says("/stop\nnow"), ["stop now"]),
    "one in the administrators' group": (lambda s: s.says("/stop", chat=IN_GROUP), ["stop"]),
    "one that is addressed to this bot": (lambda s: s.says("/stop@Wire_Test_Bot x"), ["stop x"]),
    "one that is addressed to another bot": (lambda s: s.says("/stop@other_bot x"), []),
    "one that nobody knows": (lambda s: s.says("/dance"), []),
    "words that nobody asked for": (lambda s: s.says("hello"), []),
    "a file": (lambda s: s.hears(s.heard(ADMIN, kind=Saying.DOCUMENT)), ["document"]),
    "a stranger's file": (lambda s: s.hears(s.heard(OTHER, kind=Saying.DOCUMENT)), []),
    "a stranger's hello": (lambda s: s.says("/start", OTHER), ["start"]),
    "a stranger's list": (lambda s: s.says("/list", OTHER), []),
    "a stranger's command": (lambda s: s.says("/stop", OTHER), []),
    "a stranger's press": (lambda s: s.presses("act:1", OTHER), []),
    "a reader's peek in the channel": (lambda s: s.presses("peek:7", OTHER, chat=IN_CHANNEL), ["peek 7"]),
    "a reader's press in the channel": (lambda s: s.presses("act:7", OTHER, chat=IN_CHANNEL), []),
    "an administrator's press in the channel": (lambda s: s.presses("act:7", chat=IN_CHANNEL), ["act 7"]),
    "a press that nobody knows": (lambda s: s.presses("dance"), []),
    "a command that is no button": (lambda s: s.presses("stop"), []),
    "an old command": (lambda s: s.says("/stop", at=NOW - timedelta(hours=20)), []),
    "an edited command": (lambda s: s.says("/stop", oddities=frozenset({Oddity.EDITED})), []),
}


@pytest.mark.parametrize(("happens", "expected"), DONE.values(), ids=DONE)
def test_what_is_done(happens: Callable[[Scene], None], expected: list[str], scene: Scene) -> None:
    happens(scene)

    assert scene.done == expected


def test_where_anyone_may_subscribe_a_stranger_has_a_list_but_stops_nothing(scene: Scene) -> None:
    scene.circle = replace(CIRCLE, open=True)
    for text in ("/list", "/stop"):
        scene.says(text, OTHER)

    assert scene.done == ["list"]


def test_what_comes_again_is_done_once_also_after_a_restart(scene: Scene) -> None:
    said = scene.heard(ADMIN, text="/stop")
    for _ in range(2):
        scene.hears(said)
    scene.restart()
    scene.hears(said)

    assert scene.done == ["stop"]
    assert scene.speak.texts == ["did stop"]


def test_a_press_that_telegram_gave_up_on_is_not_done(scene: Scene) -> None:
    scene.speak.stale = True
    scene.presses("act:1")

    assert scene.done == []
    assert scene.speak.said == []


def test_a_press_is_acknowledged_before_it_is_done_and_a_peek_with_what_it_shows(scene: Scene) -> None:
    scene.presses("act:1")
    scene.presses("peek:1", OTHER, chat=IN_CHANNEL)

    assert scene.speak.toasts == [("press 1", None, False), ("press 2", "because", True)]


def test_what_is_done_from_a_post_in_the_channel_is_answered_in_private(scene: Scene) -> None:
    scene.presses("act:1", chat=IN_CHANNEL)

    assert [chat for chat, _answer in scene.speak.said] == [ADMIN]


FAULTS: dict[str, tuple[Exception, str]] = {
    "what cannot be done is said": (OperatorError("there is no story dams"), "there is no story dams"),
    "what was not expected is said without its text": (
        RuntimeError("a secret"),
        "That went wrong, and nobody expected it; see the log.",
    ),
}


@pytest.mark.parametrize(("fault", "says"), FAULTS.values(), ids=FAULTS)
def test_a_command_that_fails_is_answered_and_the_next_one_is_taken(
    fault: Exception, says: str, scene: Scene
) -> None:
    scene.fault = fault
    scene.says("/stop")
    scene.fault = None
    scene.says("/stop")

    assert scene.speak.texts == [says, "did stop"]


def test_the_next_words_answer_what_the_bot_asked_and_those_after_them_nothing(scene: Scene) -> None:
    scene.says("/ask")
    scene.says("drill*")
    scene.says("and more")

    assert scene.done == ["words drill*"]


def test_words_of_another_person_or_in_another_chat_answer_nothing(scene: Scene) -> None:
    scene.says("/ask", chat=IN_GROUP)
    scene.says("drill*")
    scene.says("drill*", OTHER, chat=IN_GROUP)
    scene.says("patrol*", chat=IN_GROUP)

    assert scene.done == ["words patrol*"]


def test_another_command_takes_a_question_back(scene: Scene) -> None:
    for text in ("/ask", "/start", "drill*"):
        scene.says(text)

    assert scene.done == ["start"]


def test_a_long_answer_is_read_page_by_page_and_keeps_its_buttons(scene: Scene) -> None:
    scene.says("/long")
    first = scene.speak.last
    scene.presses(scene.speak.button("▶"))
    second = scene.speak.last
    scene.presses(scene.speak.button("◀"))

    assert first.message.text.startswith("line 0 ")
    assert not second.message.text.startswith("line 0 ")
    assert second.replaces is not None
    assert scene.speak.last.message == first.message
    assert [row[0].label for row in second.buttons] == ["Undo", "◀"]


@pytest.mark.parametrize("data", ["page:", "page:unknown:1", "page::", "page:x:-1", "page:x:²"])
def test_a_page_that_was_put_away_is_said_to_be(data: str, scene: Scene) -> None:
    scene.presses(data)

    assert scene.speak.texts == ["That answer was put away; please ask again."]


def test_whoever_says_too_much_is_not_answered_for_a_while(scene: Scene) -> None:
    for _ in range(100):
        scene.says("/stop")

    assert len(scene.done) == 60


said_by_anybody = st.builds(
    Heard,
    update=st.integers(0, 2**63 - 1),
    at=st.none() | st.timedeltas(timedelta(-2), timedelta(2)).map(lambda age: NOW + age),
    chat=st.builds(
        Chat,
        id=st.sampled_from([ADMIN, OTHER, GROUP, CHANNEL]) | st.integers(-(2**53), 2**53),
        kind=st.sampled_from(["private", "group", "supergroup", "channel"]),
    ),
    person=st.none()
    | st.builds(
        Person,
        id=st.integers(-(2**53), 2**53).filter(lambda number: number != ADMIN),
        language=st.none() | st.text(max_size=8),
        name=st.text(max_size=8),
    ),
    kind=st.sampled_from(Saying),
    text=st.sampled_from(["/stop", "/ask", "/long", "/start", "/list", "/stop@wire_test_bot"]) | st.text(),
    document=st.none()
    | st.builds(Attached, file_id=st.text(), name=st.text(), size=st.none(), mime=st.text()),
    message=st.integers(0, 2**31),
    press=st.none() | st.text(min_size=1),
    data=st.sampled_from(["act:1", "page:x:1", "peek:1", ":"]) | st.text(max_size=64),
    oddities=st.frozensets(st.sampled_from(Oddity), max_size=1),
)


@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(heard=said_by_anybody)
def test_of_a_thousand_things_that_others_say_none_has_an_effect(heard: Heard) -> None:
    scene = Scene()
    scene.hears(heard)

    assert {done.partition(" ")[0] for done in scene.done} <= {"start", "peek"}
    assert scene.archive.is_untouched
