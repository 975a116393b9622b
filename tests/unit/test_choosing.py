"""What people change by commands is kept with who did it, and is put back unless it was changed since."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from bot.choosing import choose, undo
from bot.errors import OperatorError
from bot.model import Change, Deed
from bot.ports import Record
from tests.builders import NOW
from tests.fakes.archive import FakeArchive

T = TypeVar("T")
LATER = NOW + timedelta(hours=1)


class Stage:
    """An archive, and commands said to it."""

    def __init__(self) -> None:
        self.archive = FakeArchive()

    def recorded(self, work: Callable[[Record], T]) -> T:
        return asyncio.run(self.archive.record(work))

    def say(self, said: str, *changes: tuple[str, Mapping[str, Any] | None]) -> int:
        deed = Deed(at=NOW, person=700, chat=-100, said=said, outcome="done")
        wanted = [Change(kind="story", name=name, value=value) for name, value in changes]
        return self.recorded(lambda record: choose(wanted, deed, record)).number

    def undo(self, number: int | None = None) -> Deed:
        return self.recorded(lambda record: undo(number, record, at=LATER))

    def chosen(self) -> dict[str, Mapping[str, Any]]:
        return {choice.name: choice.value for choice in asyncio.run(self.archive.choices())}


def test_undoing_puts_back_everything_that_a_deed_changed() -> None:
    stage = Stage()
    stage.say("first", ("dams", {"fold": "event"}))
    number = stage.say("second", ("dams", {"fold": "copies"}), ("rivers", {"also": ["river"]}))

    undone = stage.undo(number)

    assert stage.chosen() == {"dams": {"fold": "event"}}
    assert (undone.said, undone.undone_at) == ("second", LATER)


def test_without_a_number_the_last_one_that_stands_is_undone() -> None:
    stage = Stage()
    stage.say("first", ("dams", {"fold": "event"}))
    stage.say("second", ("dams", {"fold": "copies"}))
    stage.say("says nothing")

    assert [stage.undo().said, stage.undo().said] == ["second", "first"]
    assert stage.chosen() == {}
    with pytest.raises(OperatorError, match="nothing to undo"):
        stage.undo()


def test_a_deed_of_which_something_was_changed_since_is_not_undone() -> None:
    stage = Stage()
    first = stage.say("first", ("dams", {"fold": "event"}))
    other = stage.say("other", ("rivers", {"fold": "event"}))
    stage.say("second", ("dams", {"fold": "copies"}))

    with pytest.raises(
        OperatorError, match=r"number 1 \(first\): number 3 \(second\) changed the same since"
    ):
        stage.undo(first)
    assert stage.chosen()["dams"] == {"fold": "copies"}

    assert stage.undo(other).said == "other"
    stage.undo()
    assert stage.undo(first).said == "first"
    assert stage.chosen() == {}


REFUSED = {
    "that was undone": (1, "was undone already"),
    "that changed no choice": (2, "changed nothing that can be put back"),
    "that there is not": (3, "there is no number 3"),
}


@pytest.mark.parametrize(("number", "says"), REFUSED.values(), ids=REFUSED)
def test_a_deed_is_not_undone(number: int, says: str) -> None:
    stage = Stage()
    stage.say("first", ("dams", {"fold": "event"}))
    stage.say("second")
    stage.undo(1)

    with pytest.raises(OperatorError, match=says):
        stage.undo(number)


def test_the_last_one_is_looked_for_among_those_that_count() -> None:
    stage = Stage()
    first = stage.say("shared", ("dams", {"fold": "event"}))
    second = stage.say("a reader's own", ("user-7-1", {"query": "dam", "title": "Dam"}))

    undone = stage.recorded(
        lambda record: undo(None, record, at=LATER, among=lambda deed: deed.said == "shared")
    )
    named = stage.recorded(lambda record: undo(second, record, at=LATER, among=lambda _deed: False))

    assert (undone.number, named.number) == (first, second)
