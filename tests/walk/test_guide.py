"""What the README says to the bot about keywords, said to it."""

from __future__ import annotations

from tests.unit.cli.test_guide import section
from tests.walk.conversation import Conversation


def test_what_the_page_says_to_the_bot_is_done(talk: Conversation) -> None:
    new, more, never, imagined = (line for line in section().splitlines() if line.startswith("/"))
    talk.hears("Snow warning for three counties")

    made, added, excluded, tried = (talk.says(line) for line in (new, more, never, imagined))

    story = talk.choices()["story", "matilda"]
    assert made.text == "Story matilda is followed from now on."
    assert "Undo" in added.labels
    assert (story["without"], "Undo" in excluded.labels) == (["musical"], True)
    assert "1 gained" in tried.text
