"""`demo`: what a newcomer sees first. Its numbers are those of the recorded coverage."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from rich.cells import cell_len

from bot.cli.common import verdict_kind, verdict_name
from bot.cli.demo import Played
from bot.demo.coverage import Expect, load
from bot.model import New, PostKind, Related

ROOT = Path(__file__).parents[3]
COVERAGE = load()
WIDTH = 80


def labelled(*kinds: Expect) -> int:
    return sum(item.expect in kinds for item in COVERAGE)


@pytest.fixture(scope="module")
def played(demo_played: Played) -> Played:
    return demo_played


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Run the command in an empty directory, as if everything were configured, and wrongly."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from bot.cli import main; main()"
    environ = {
        **os.environ,
        "COLUMNS": str(WIDTH),
        "TELEGRAM_CHANNEL_ID": "@my_channel",
        "TELEGRAM_ADMIN_CHAT": "1",
        "TELEGRAM_BOT_TOKEN": "canary",
        "DATABASE_URL": "nonsense",
    }
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, "-c", program, "demo"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert list(folder.iterdir()) == []
    return done.stdout


def test_every_item_gets_the_verdict_a_careful_reader_would_give(played: Played) -> None:
    labels, verdicts = defaultdict(list), defaultdict(list)
    for item in COVERAGE:
        if item.expect is not Expect.OFF:
            labels[item.id].append(item.expect.value)
    for taken in played.taken:
        name = verdict_kind(taken.verdict) or verdict_name(taken.verdict)
        verdicts[taken.match.article.key].append(name)

    assert verdicts == labels


def test_a_duplicate_or_update_joins_the_event_of_what_it_belongs_to(played: Played) -> None:
    events = {taken.match.article.key: taken.event.id for taken in reversed(played.taken)}

    for item in COVERAGE:
        if item.of is not None and item.expect is not Expect.RELATED:
            assert events[item.id] == events[item.of]


def test_nothing_is_lost_and_nothing_doubled_in_the_channel(played: Played) -> None:
    cards = sum(isinstance(taken.verdict, New | Related) and not taken.quiet for taken in played.taken)
    replies = sum(post.kind is PostKind.REPLY for taken in played.taken for post in taken.posts)
    texts = [shown.message.text for shown in played.channel.messages.values()]

    assert replies == labelled(Expect.UPDATE)
    assert len(texts) == len(set(texts)) == cards + replies + _brought_back(played)
    assert all(polled.failure is None for polled in played.polled)


def _brought_back(played: Played) -> int:
    """Count events that began quietly and got their card by a later report that was news."""
    quiet = {
        taken.event.id for taken in played.taken if isinstance(taken.verdict, New | Related) and taken.quiet
    }
    return sum(
        post.kind is PostKind.CARD
        for taken in played.taken
        if taken.event.id in quiet
        for post in taken.posts
    )


NUMBERS = {
    "entries seen": len(COVERAGE),
    "matched the story": len(COVERAGE) - labelled(Expect.OFF),
    "new": labelled(Expect.NEW),
    "duplicate (same)": labelled(Expect.SAME),
    "duplicate (copy)": labelled(Expect.COPY),
    "duplicate (rewrite)": labelled(Expect.REWRITE),
    "update": labelled(Expect.UPDATE),
    "related (another report of an event)": labelled(Expect.RELATED),
    "of these answers that bring an update": labelled(Expect.UPDATE),
}


@pytest.mark.parametrize(("row", "number"), NUMBERS.items(), ids=NUMBERS)
def test_the_summary_counts(row: str, number: int, shown: str) -> None:
    assert re.search(rf"^ *{re.escape(row)} +{number} *$", shown, re.MULTILINE)


def test_each_message_of_the_channel_is_shown_in_its_box(shown: str) -> None:
    numbers = [int(number) for number in re.findall(r"^╭─ #(\d+)", shown, re.MULTILINE)]
    (total,) = re.findall(r"^messages posted +(\d+)", shown, re.MULTILINE)

    assert numbers == list(range(1, int(total) + 1))
    assert "Also: Harbour Post, The Northern Ledger" in shown
    assert "│ was: " in shown
    assert "│ Update: " in shown


def test_how_a_card_grew_is_told_edit_by_edit(shown: str) -> None:
    _before, told = shown.split("How #13 grew. ")
    steps = told.partition("what happened")[0].split("\n\n")[1]

    assert [line.rstrip() for line in steps.splitlines()] == [
        "16 Apr, 16:20  Putin receives Chinese defence minister in the Kremlin on Easter",
        "               Sunday",
        "               Also: Harbour Post",
        "               2 reports, 1 independent",
        "16 Apr, 18:10  + Also: Harbour Post, Defence Almanac",
        "               + 3 reports, 1 independent",
        "17 Apr, 12:45  + another link",
    ]


def test_the_console_knows_when_and_how_messages_read_before(played: Played) -> None:
    card = played.channel.messages[26]
    first, last = card.versions

    assert (first.edits, last.edits, last.before) == (0, 1, first)
    assert [f"{one.at:%H:%M}" for one in (first, last) if one.at] == ["13:00", "13:55"]
    assert "was: " not in first.message.text


def test_progress_is_visible(shown: str) -> None:
    assert re.search(r"^19 Apr \d\d:\d\d ━+ 64 entries, \d+ posts and edits", shown, re.MULTILINE)


def test_three_decisions_are_explained_in_short_lines(shown: str) -> None:
    _before, _title, explained = shown.partition("Why? ")
    heads = re.findall(r"^(\S.*?)  \S+", explained, re.MULTILINE)

    assert heads == ["duplicate (copy)", "duplicate (rewrite)", "update"]
    assert len(re.findall(r"^  - ", explained, re.MULTILINE)) >= 6


def test_it_fits_a_narrow_terminal(shown: str) -> None:
    assert [line for line in shown.splitlines() if cell_len(line) > WIDTH] == []


def test_it_says_what_is_shown_and_what_to_do_next(shown: str) -> None:
    assert shown.startswith("The story followed: Li Shangfu in Moscow")
    assert "invented" in shown
    assert "storywire init" in shown.splitlines()[-2] + shown.splitlines()[-1]
    assert "canary" not in shown


def test_the_message_in_the_readme_is_one_of_the_demo_word_for_word(played: Played) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    quoted = "\n".join(line.removeprefix("> ") for line in readme.splitlines() if line.startswith("> "))
    unlinked = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", quoted)
    words = re.sub(r"<br>|\*|~~", "", unlinked).split()
    number = re.search(r"This is message (\d+) of `make demo`", readme)

    assert number
    shown = played.channel.messages[int(number[1])]
    assert shown.message.text.replace("\u2060", "").split() == words
