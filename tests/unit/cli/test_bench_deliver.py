"""The bench of the delivery shows every figure of every part, and notices what is wrong."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import typer

from bot.bench.botapi import KINDS, Ledger, Rules, _Telegram
from bot.bench.deliver_digests import NIGHTS, Night, Watcher
from bot.bench.deliver_faults import Trouble
from bot.bench.deliver_order import inversions
from bot.bench.delivering import Figure, none
from bot.cli import bench_deliver
from bot.cli.bench_deliver import Load, delivery
from bot.cli.common import console
from bot.errors import OperatorError

TINY = Load(
    messages=6,
    rounds=2,
    burst=12,
    items=4,
    stored=40,
    trouble=Trouble(posts=20, kills=2, share=0.3),
    ordered=40,
    new=4,
    nights=NIGHTS[:2],
)
SHOWN = {
    "cpu": ["CPU a message", "ratio"],
    "burst": ["first message after", "all can be read after", "last message after", "429"],
    "latency": ["from the answer to the chat: 50 %", "with 40 articles stored", "never shown +0"],
    "faults": ["lost +0", "extra copies", "calls inside a flood wait +0", "inversions +0", "not shown"],
    "order": ["inversions among 40 posts.* 0 ", "a new post's wait.* 0 s"],
    "digests": ["spring: .* 0 +0", "missed +0 +1", "autumn: .* 0 +1"],
}


@pytest.mark.parametrize("part", SHOWN)
def test_a_part_shows_its_figures_and_finds_every_promise_kept(
    part: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "width", 140)

    delivery([part], TINY)  # it would end the program if one were broken

    shown = capsys.readouterr().out
    assert f"deliver: {part}" in shown
    for figure in SHOWN[part]:
        assert re.search(rf"{figure}.*\d", shown), figure


def test_a_promise_that_is_broken_fails_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_trouble: Trouble) -> list[Figure]:
        return [none("lost", 1)]

    monkeypatch.setattr(bench_deliver, "faults", broken)

    with pytest.raises(typer.Exit) as end:
        delivery(["faults"], TINY)

    assert end.value.exit_code == 1
    assert re.search(r"^lost +1 +0 +MISSED", capsys.readouterr().out, re.MULTILINE)


def test_an_unknown_part_is_named_with_those_there_are() -> None:
    with pytest.raises(OperatorError, match="unknown fault; known: cpu, burst, latency, faults, order"):
        delivery(["fault"], TINY)


ORDERS = {
    "as planned": ([0, 1, 2], 0),
    "one copy later": ([0, 1, 0, 2], 0),
    "one overtaken": ([1, 0, 2], 1),
    "two overtaken": ([2, 0, 1, 3], 2),
    "nothing": ([], 0),
}


@pytest.mark.parametrize(("appeared", "count"), ORDERS.values(), ids=ORDERS)
def test_what_appears_after_a_later_one_is_counted_once(appeared: list[int], count: int) -> None:
    assert inversions(appeared) == count


# ------------------------------------------------------------------------------------------ the Bot API


def called(rules: Rules, *texts: str) -> Ledger:
    telegram = _Telegram(rules)
    for text in texts:
        telegram.answer("sendMessage", {"chat_id": "-1", "text": text})
    return telegram.ledger


def test_more_than_the_limit_is_refused_and_a_call_within_the_wait_is_noted() -> None:
    ledger = called(Rules(per_minute=2), "one", "two", "three", "four")

    assert [one.text for one in ledger.accepted] == ["one", "two"]
    assert ledger.refused[-1] == 2
    assert ledger.hasty == ["three"]


def test_minutes_pass_as_much_faster_as_is_asked_for() -> None:
    ledger = called(Rules(per_minute=1, scale=1e9), "one", "two", "three")

    assert len(ledger.accepted) == 3


def test_every_kind_of_fault_is_met_and_what_was_taken_without_an_answer_is_noted() -> None:
    texts = [f"text {number}" for number in range(400)]

    ledger = called(Rules(share=0.5, seed=3), *texts)

    assert set(ledger.faults) == set(KINDS)
    taken = sum(times for kind, times in ledger.faults.items() if KINDS[kind])
    assert ledger.unanswered.total() == taken - ledger.faults["hangs, then right"]
    assert len(ledger.accepted) == len(texts) - sum(ledger.faults.values()) + taken
    assert called(Rules(share=0.5, seed=3), *texts).faults == ledger.faults


# --------------------------------------------------------------------------------------------- digests


def told(night: Night, *minutes: int) -> Watcher:
    """Let news come an hour before the first digest, and digests so long after that one's hour."""
    watcher, slot = Watcher(night), night.slots(night.start)[1]
    watcher.planned("News", slot - timedelta(hours=1))
    for minute in range(-10, 60):
        at = slot + timedelta(minutes=minute)
        watcher.looks(at)
        if minute in minutes:
            watcher.told("News", at)
        watcher.looked()
    watcher.ended()
    return watcher


@pytest.mark.parametrize(
    ("minutes", "doubled", "missed"),
    [((0,), 0, 0), ((5,), 0, 1), ((), 0, 1), ((0, 7), 2, 0)],
    ids=["at its hour", "later", "never", "twice: an hour, and a report"],
)
def test_a_digest_belongs_to_its_hour_once(minutes: tuple[int, ...], doubled: int, missed: int) -> None:
    watcher = told(NIGHTS[0], *minutes)

    assert (watcher.doubled, watcher.missed) == (doubled, missed)
