"""A conversation with the bot, which the documentation shows as it went."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import making
from bot.edge.parse import Parser
from tests.fakes.misbehaving import rss
from tests.walk.conversation import (
    ADMIN,
    FILE,
    GROUP,
    READER,
    SECOND,
    STRANGER,
    Conversation,
    an_item,
    link_of,
)
from tests.walk.transcript import Transcript

PAGE = Path(__file__).parents[2] / "docs" / "conversation.md"
_STORY = FILE.index("[[story]]")
_TRAMS = '[[story]]\nname = "trams"\ntitle = "Trams"\nquery = "tram*"\n'
_TOP = """\
# A conversation with the bot

This page is written by a test (`make transcript`) from what a Bot API server on loopback was given while the
whole program ran: nothing in it is made up but the news. Ada and Ben are administrators, Desk is their group,
Rada follows something for herself, Sten is a stranger. Words in brackets are buttons. Of a message that was
changed the first line is shown, and what is new in it. The file that the bot was started with follows trams.

"""

BREAKS = "Dam above Opava gives way after two days of rain"
BREAKS_TEXT = (
    "A dam above Opava gave way on Thursday morning. Firemen brought forty people from three villages to a"
    " school, and the river is expected to fall on Friday, the province says."
)
MOVED = "Forty people taken to a school as flood runs through villages"
LIKE = "Dam at Opava gives way as rain goes on"
LEVEES = "Levees hold along the lower Odra"
FOOTBALL = "Flooded football ground near Zlin is to move"


@pytest.fixture
def transcript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Transcript]:
    parser = Parser()
    monkeypatch.setattr(making, "Parser", lambda: parser)
    with (
        asyncio.Runner() as runner,
        Conversation(directory=tmp_path, runner=runner, file=FILE[:_STORY] + _TRAMS) as talk,
    ):
        yield Transcript(talk=talk)


def test_the_conversation_in_the_documentation_is_what_the_bot_says(transcript: Transcript) -> None:
    _a_new_story(transcript)
    _words(transcript)
    _decisions(transcript)
    _looking_back(transcript)
    _reviews(transcript)
    _a_reader(transcript)
    _strangers(transcript)
    written = _TOP + transcript.text()

    if "STORYWIRE_TRANSCRIPT" in os.environ:
        PAGE.write_text(written, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == written, "make transcript writes it anew"


def _a_new_story(it: Transcript) -> None:
    talk = it.talk
    it.scene("A new story", "Ada asks who the bot is, makes a story, tries a headline on it and adds a feed.")
    it.says("/start")
    it.says('/keywords new floods flood* OR dam OR "burst bank"')
    it.says(f"/test floods {BREAKS}")
    talk.feeds.publish("/herald.xml", rss(an_item("Flood gates tested at Brno", talk, "Herald")))
    it.says(f"/sub {talk.feeds.url('/herald.xml')} The Herald")
    it.says("/audit")


def _words(it: Transcript) -> None:
    it.scene(
        "Its words, with a look at what they change",
        "What is posted comes from the feeds, by itself. Words are added step by step, and shown with what"
        " they would have posted since yesterday before they count.",
    )
    it.goes_on()
    it.publishes("Wire", LEVEES)
    stories = it.says("/keywords")
    story = it.presses("floods", stories.last)
    it.presses("Add", story.last)
    it.presses("Apply", it.says("levee*").last)
    it.says("/keywords floods not football")
    it.publishes("Ledger", FOOTBALL)


def _decisions(it: Transcript) -> None:
    it.scene(
        "Why, one report or two, no more of it",
        "Whoever presses ❓ under a post learns why it is there; administrators get all of it in private. ⋯"
        " is theirs.",
    )
    card = it.publishes("Wire", BREAKS, BREAKS_TEXT)[0]
    it.presses("❓", card, by=STRANGER)
    it.says(f"/why {link_of(FOOTBALL, 'Ledger')}")
    it.publishes("Post", MOVED)
    more = it.presses("⋯", card)
    it.presses("Merge", more.last)
    merged = it.says(link_of(MOVED, "Post"))
    it.goes_on()
    it.presses("Undo", merged.last)
    it.goes_on()
    muted = it.presses("Mute event", more.last)
    it.publishes("Ledger", BREAKS, BREAKS_TEXT)
    it.presses("Undo", muted.last)
    it.goes_on()


def _looking_back(it: Transcript) -> None:
    it.scene(
        "Looking back, and trying a change out",
        "A backtest replays the last week with the change and names what would have been different.",
    )
    it.says("/timeline floods")
    it.says("/catchup floods")
    it.says("/backtest floods - dam")


def _reviews(it: Transcript) -> None:
    it.scene(
        "What is too near to call",
        "Where the configuration says between which chances people are asked, the first of them decides.",
    )
    it.says("/set judge same 0.9")
    it.says("/set judge review_from 0.2")
    question = it.publishes("Post", LIKE)[-1]
    it.presses("Fold", question, by=SECOND)
    it.goes_on()


def _a_reader(it: Transcript) -> None:
    it.scene(
        "A reader of one's own",
        "Where the operator allows it, anybody may follow a story or words of their own in a private chat.",
    )
    it.says("/follow bridge* -football", by=READER)
    it.publishes("Wire", "Bridge over the Opava to be closed")
    own = it.talk.posts(READER)[-1]
    it.presses("🔇", own, by=READER)
    it.says("/digest 08:00 18:00", by=READER)
    it.says("/unsub 1", by=READER)


def _strangers(it: Transcript) -> None:
    it.scene("What others may not", "Who may not do something is not answered; a button comes to rest.")
    it.says("/start", by=STRANGER)
    it.says("/keywords floods + tulips", by=STRANGER)
    it.says("/pause", by=STRANGER, chat=GROUP)
    card = it.talk.posts()[0]
    it.presses("⋯", card, by=STRANGER)
    assert ADMIN not in {message.author for message in it.talk.telegram.messages(STRANGER)}
