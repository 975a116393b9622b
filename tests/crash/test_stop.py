"""How the running program ends, and whom it does not let start."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from tests.crash.program import Item, Outlet, Place, a_place
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Change

#: Items that become posts of their own: more than there is time for after the program was asked to stop.
TOWNS = "Ostrava Brno Pilsen Olomouc Liberec Zlin Jihlava Opava Kladno Tabor".split()
MANY = Outlet(
    name="Wire",
    items=tuple(
        Item(title=f"Dam near {town} opens", text="", age=timedelta(hours=age))
        for age, town in enumerate(TOWNS)
    ),
)
ONE = Outlet(name="Wire", items=MANY.items[:1])
HANGING = Outlet(name="Ledger", items=(), after="a headline that never comes")


class SlowTelegram(FakeTelegram):
    """Takes its time for each answer, as the real one does under load."""

    delay_s = 1.0

    async def _answer(self, token: str, method: str, query: Mapping[str, str]) -> web.Response:
        answer = await super()._answer(token, method, query)
        await asyncio.sleep(self.delay_s)
        return answer


def wait_for_messages(place: Place, messages: int) -> None:
    """Wait until Telegram shows so many."""
    enough = threading.Event()

    def note(change: Change) -> None:
        place.note(change)
        if change.message.id >= messages:
            enough.set()

    place.telegram.chats.on_change = note
    assert enough.wait(60), place.output


def test_asked_to_stop_under_load_the_program_ends_in_time_and_knows_of_every_post_what_became_of_it(
    tmp_path: Path,
) -> None:
    with a_place(tmp_path, (MANY, HANGING), SlowTelegram) as place, place.running() as process:
        wait_for_messages(place, 2)

        asked = time.monotonic()
        code = place.stop(process)
        took = time.monotonic() - asked

        assert code == 0, place.output
        assert took < 10
        assert place.count("posts where state = 'sending'") == 0
        assert place.count("posts where state = 'sent'") == len(place.telegram.messages())
        assert place.count("posts where state in ('sent', 'pending')") == len(TOWNS)


def test_what_a_stop_left_unsent_is_posted_after_the_next_start_and_nothing_twice(tmp_path: Path) -> None:
    with a_place(tmp_path, (MANY,), SlowTelegram) as place:
        with place.running() as process:
            wait_for_messages(place, 2)
            assert place.stop(process) == 0, place.output
        assert isinstance(place.telegram, SlowTelegram)
        place.telegram.delay_s = 0
        with place.running() as process:
            place.until(process, place.is_idle)
            assert place.stop(process) == 0, place.output

        shown = [message.text.splitlines()[0] for message in place.telegram.messages()]
        assert shown == [item.title for item in reversed(MANY.items)]


def test_a_second_program_on_the_same_database_ends_at_once_and_says_why(tmp_path: Path) -> None:
    with a_place(tmp_path, (ONE,)) as place, place.running() as first:
        place.until(first, place.is_idle)

        with place.running() as second:
            assert second.wait(60) == 2
        said = place.output.splitlines()[-1]
        assert said.startswith("storywire: another Storywire works on this database")

        assert place.stop(first) == 0, place.output
        assert len(place.telegram.messages()) == 1
