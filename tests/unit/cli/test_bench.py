"""The bench measures what it says it does, on few articles as on many."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.cli import bench_keywords
from bot.cli.bench_hostile import MOST_MB, MOST_S, bodies, measured
from bot.cli.bench_judge import audited, decision_on, hostile
from bot.cli.bench_keywords import costs as costs_of_keywords
from bot.cli.bench_keywords import hostile as hostile_keywords
from bot.cli.bench_keywords import invented, written
from bot.cli.bench_lateness import Stay, lateness
from bot.cli.bench_parse import costs
from bot.cli.bench_politeness import Restarts, politeness
from bot.cli.bench_poll import Plan, polling
from bot.cli.planted import FEWEST_WORDS, edits, headlines, planted
from bot.core.match import Watch, Watches
from tests.unit.cli.typing_it import CONFIG, configuration, typed

TITLE = "Dam near Ostrava breaks after three days of “heavy” rain"

EDITED = {
    "exact": TITLE,
    "' - Reuters' added": f"{TITLE} - Reuters",
    "'UPDATE 1-' added": f"UPDATE 1-{TITLE}",
    "'BREAKING:' added": f"BREAKING: {TITLE}",
}


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311  reproducible, not secret


@pytest.mark.parametrize("edit", edits([TITLE]))
def test_an_edit_changes_the_headline_the_same_way_on_every_run(edit: str) -> None:
    edited, again = (edits([TITLE])[edit](TITLE, dice(7)) for _ in range(2))

    assert edited == again
    assert edited == EDITED.get(edit, edited)
    assert (edited == TITLE) == (edit == "exact")


def test_a_headline_that_is_cut_keeps_two_thirds_of_its_letters() -> None:
    lengths = [len(edits([])["truncated to 65-80 %"](TITLE, dice(seed))) / len(TITLE) for seed in range(50)]

    assert min(lengths) > 0.5
    assert max(lengths) < 0.82


@pytest.mark.data
def test_headlines_are_as_many_as_asked_for_and_all_different(data_dir: Path) -> None:
    titles = headlines(data_dir, 2_000)

    assert len({title.casefold() for title in titles}) == 2_000
    assert titles == headlines(data_dir, 2_000)
    for _edit, number, _title in planted(titles, 2):
        assert len(titles[number].split()) >= FEWEST_WORDS


@pytest.mark.data
def test_the_bench_of_candidates_finds_nearly_all_and_shows_every_figure(data_dir: Path) -> None:
    shown = typed("bench", "candidates", "--stored", "300", "--stored", "900", "--data", str(data_dir))

    assert shown.code == 0, shown.err
    assert "300 stored" in shown.out
    assert re.search(r"semantic: start +[\d.]+ s", shown.out)
    recall = [
        float(found) for found in re.findall(r"^recall.*?([\d.]+) +([\d.]+)", shown.out, re.MULTILINE)[0]
    ]
    assert min(recall) >= 0.99
    for figure in ("99 %", "growth", "ratio", "index", "memory", "answer"):
        assert re.search(rf"{figure}.*\d", shown.out), figure


@pytest.mark.data
def test_the_bench_of_explanations_finds_every_one_whole(data_dir: Path) -> None:
    shown = typed("bench", "why", "--stored", "300", "--stored", "900", "--data", str(data_dir))

    assert shown.code == 0, shown.err
    assert "300 stored" in shown.out
    assert re.search(r"not whole +0 +0", shown.out)
    assert len(re.findall(r"below it \d+ % +[\d.]+ ms +[\d.]+ ms", shown.out)) == 12


def test_an_unknown_bench_is_named_with_those_there_are(tmp_path: Path) -> None:
    shown = typed("bench", "candidate", "--data", str(tmp_path))

    known = (
        "judge, keywords, checkup, replay, backtest, candidates, why, parse, hostile, poll, politeness,"
        " lateness, soak, timeline, deliver"
    )
    assert (shown.code, shown.err.strip()) == (2, f"storywire: unknown candidate; known: {known}")


def shown_by(measure: Callable[[], None]) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        measure()
    return out.getvalue()


def test_the_bench_of_polling_finds_what_the_farm_has_and_shows_every_figure() -> None:
    plan = Plan(feeds=12, rounds=1, stored=(10, 100), repeats=1, steady=1, slow=0.05, delay=0.02)

    shown = shown_by(lambda: polling(plan))  # it would end the program if a round went wrong

    assert "uv run --group bench" in shown or "ours to reader" in shown
    for figure in (
        "first round: CPU",
        "steady round: CPU",
        "ours to the floor",
        "wall",
        "over https",
        "with workers",
        "100 stored to 10 stored",
    ):
        assert re.search(rf"{figure}.*\d", shown), figure


def test_the_bench_of_lateness_counts_the_requests_and_how_late_they_were() -> None:
    stay = Stay(feeds=12, seconds=3.0, interval=timedelta(seconds=2))

    shown = shown_by(lambda: lateness(stay))

    assert re.search(r"^requests +12 in", shown, re.MULTILINE)
    assert re.search(r"^due and not asked before the end +0\b", shown, re.MULTILINE)
    (latest,) = re.findall(r"at most +([\d.]+) s", shown)
    assert 0 <= float(latest) < 3


def test_the_bench_of_politeness_counts_what_was_asked_too_early() -> None:
    shown = shown_by(lambda: politeness(Restarts(restarts=2, rounds=2)))

    assert re.search(r"^requests +\d\d", shown, re.MULTILINE)
    assert re.search(r"^before the end of a Retry-After +0\b", shown, re.MULTILINE)


@pytest.mark.parametrize("kind", hostile())
def test_no_feed_can_make_a_decision_slow(kind: str) -> None:
    # Ten times what is measured: the time of one that grows with the square of the text would be minutes.
    assert decision_on(hostile()[kind]) < 500


@pytest.mark.parametrize(("read", "wrong"), [(True, "0.00%"), (False, "33.33%")])
def test_the_audit_counts_repeats_among_what_is_asked_and_what_is_planted(read: bool, wrong: str) -> None:  # noqa: FBT001
    stored = [
        f"Dam number {number} near the town of Ostrava is inspected by {number} engineers"
        for number in range(30)
    ]
    news = ["Chess: Duda wins once more in Berlin", stored[-1], "Rain is expected in the hills on Sunday"]

    shown = audited(stored, news, each=1, repeats={(31, 29)} if read else set())
    planted_row, asked_row, wrong_row = zip(
        *(map(str, column.cells) for column in shown.columns), strict=True
    )

    assert planted_row[0] == "planted near-duplicates called repeats (13)"
    assert asked_row[:2] == ("of the next 3, called repeats", "33.33%")
    assert wrong_row[:2] == ("of them no repeat of that one", wrong)


def test_two_new_entries_of_three_hundred_cost_a_quarter_of_reading_all_at_most() -> None:
    measured = list(costs(repeats=3))

    assert [cost.name.split(",")[0] for cost in measured] == ["RSS", "Atom", "RSS", "Atom"]
    # Measured: 9 and 10 %. CPU times of one run, so that a busy machine slows both sides alike.
    assert max(cost.share for cost in measured[:2]) <= 0.25


def test_the_bench_of_parsing_needs_no_material(tmp_path: Path) -> None:
    shown = typed("bench", "parse", "--data", str(tmp_path))

    assert shown.code == 0, shown.err
    assert re.search(r"Atom, 300 entries.*\d+%", shown.out)


def test_of_a_hostile_document_time_and_memory_are_bounded_and_the_next_is_read() -> None:
    made = bodies()
    chosen = {name: made[name] for name in ("an author that feedparser takes minutes for", "an entity bomb")}

    slow, bomb = asyncio.run(measured(chosen))

    assert slow.became == "the document took longer than 5 s to read"
    assert slow.seconds < MOST_S + 2
    assert "declares entities" in bomb.became
    assert 0 < slow.megabytes <= MOST_MB


def test_the_bench_of_keywords_asks_few_stories_and_answers_as_each_by_itself() -> None:
    articles = list(invented(600))
    watches = Watches(Watch.on(story) for story in written(articles[200:], 40))

    found = costs_of_keywords(articles[:200], watches, one_by_one=50)

    assert found.items == 100
    assert found.wrong == 0
    assert found.matched <= found.looked_at < len(watches) / 2
    assert 0 < found.screened < found.one_by_one


def test_a_query_or_an_item_that_means_harm_takes_milliseconds_or_is_refused() -> None:
    measured_ = list(hostile_keywords())

    assert [name for name, _compiling, _asking in measured_ if _asking is None] == [
        "200 patterns: a letter, and what stands far behind it",
        "200 patterns: every state there can be",
    ]
    assert max(asking for _name, _compiling, asking in measured_ if asking is not None) < 150


@pytest.mark.data
def test_the_bench_of_keywords_shows_every_figure(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_keywords, "_ITEMS", 50)
    monkeypatch.setattr(bench_keywords, "_ONE_BY_ONE", 2)

    shown = typed("bench", "keywords", "--data", str(data_dir))

    assert "an item: all stories (goal: 50 µs)" in shown.out
    assert "items answered otherwise" in shown.out
    assert "200 patterns: nested quantifiers" in shown.out


def test_the_bench_of_timelines_looks_back_and_follows_a_story_that_is_new() -> None:
    shown = typed("bench", "timeline", "--stored", "3000")

    assert shown.code == 0, shown.err
    assert "3,000 stored" in shown.out
    assert re.search(r"catching up on a day +[\d.]+, [\d.]+ ms", shown.out)
    assert re.search(r"articles it found +6 *$", shown.out, re.MULTILINE)


def test_the_bench_of_backtests_finds_what_the_third_name_brings_and_shows_every_figure() -> None:
    shown = typed("bench", "backtest", "--stored", "1500")

    assert shown.code == 0, shown.err
    assert "a week of 1,500 articles" in shown.out
    gained = re.search(r"gained, lost +(\d+), (\d+)", shown.out)
    assert gained is not None
    assert int(gained[1]) > 0 == int(gained[2])
    for figure in (
        "match before or after",
        "wall, CPU",
        "waits at most",
        "looked at",
        "plain replay",
        "ratio",
    ):
        assert re.search(rf"{figure}.*\d", shown.out), figure


def test_the_bench_of_checkups_looks_over_all_that_is_stored() -> None:
    configuration(("Wire", "https://wire.example/feed.xml"))
    found = typed("bench", "checkup", "--stored", 700, "--data", ".", "-c", CONFIG)

    assert (found.code, found.err) == (0, "")
    assert found.said.startswith("keywords looked over: 20 stories and your own, 700 articles")
