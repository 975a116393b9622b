"""`backtest`: another query, limit or fold over what is stored, as a person types it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from storage import open_archive
from tests.builders import NOW
from tests.unit.cli.typing_it import CONFIG, Typed, configuration, row_counts, typed
from tests.unit.core.samples import report

BREAK = "Dam breaks near Ostrava after two days of rain"
NIGHT = "Firemen tell of the night when the dam near Ostrava broke"
WEIR = "Weir in Tromso is painted by schoolchildren"
OLD = "Weather stays dry"
HOUR = timedelta(hours=1)


def store() -> None:
    """Store a week of which the weir's painting was not asked for."""

    async def fill() -> None:
        archive = await open_archive("sqlite:///archive.db")
        hours = {OLD: 700, BREAK: 30, NIGHT: 20, WEIR: 0}
        articles = [
            report(title, "Wire", seen_at=NOW - hour * HOUR, published=NOW - hour * HOUR)
            for title, hour in hours.items()
        ]
        await archive.record(lambda record: record.articles(articles))
        await archive.close()

    asyncio.run(fill())


@pytest.fixture(autouse=True)
def _a_week() -> None:
    configuration(("Wire", "https://wire.example/feed.xml"))
    store()


def backtest(*arguments: object) -> Typed:
    return typed("backtest", *arguments, "-c", CONFIG)


#: What is typed, and what the answer says beside its first and last line.
ANSWERS: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "a term more": (
        ["--also", "weir"],
        ["3 cards instead of 2", "1 gained", f"2026-01-15 12:00, Wire: {WEIR}"],
    ),
    "a term that excludes": (["--without", "firemen"], ["1 card instead of 2", "1 lost", NIGHT]),
    "another query": (["--query", "weir"], ["1 gained", "2 lost", WEIR]),
    "what no story wants": (["--exclude", "rain"], ["1 lost", BREAK]),
    "one card for an event": (["--fold", "event"], ["1 merged", BREAK, NIGHT]),
    "more sources": (["--min-sources", "2"], ["0 cards instead of 2", "2 lost"]),
    "limits": (
        ["--same", "0.4", "--event", "0.95", "--happening", "0.5"],
        ["nothing would have been different"],
    ),
    "a shorter time": (
        ["--also", "weir", "--since", "25h"],
        ["2 cards instead of 1", "looked at 2 articles"],
    ),
    "fewer examples": (["--query", "weir", "--examples", "1"], ["and 1 more"]),
}


@pytest.mark.parametrize(("options", "says"), ANSWERS.values(), ids=ANSWERS)
def test_answers(options: Sequence[str], says: Sequence[str]) -> None:
    shown = backtest("dams", *options)

    assert (shown.code, shown.err) == (0, "")
    for text in says:
        assert text in shown.said


def test_a_story_that_does_not_exist_yet_gains_everything() -> None:
    assert "1 card instead of 0" in backtest("weirs", "--query", "weir").said


def test_another_file_counts_by_the_story_of_its_name() -> None:
    text = Path(CONFIG).read_text(encoding="utf-8")
    Path("other.toml").write_text(text.replace("query = 'dam'", "query = 'weir'"), encoding="utf-8")

    shown = backtest("dams", "--other", "other.toml")

    assert "1 card instead of 2" in shown.said
    assert "2 cards instead of 2" in backtest("dams", "--other", "other.toml", "--also", "rain").said


def test_as_json_every_card_is_told_with_its_articles() -> None:
    (found,) = backtest("dams", "--also", "weir", "--json").objects

    assert found["gained"] == [
        {
            "at": "2026-01-15T12:00:00Z",
            "articles": [{"id": 4, "outlet": "Wire", "title": WEIR, "url": report(WEIR, "Wire").link}],
        }
    ]
    assert (found["story"], found["before"], found["after"]) == ("dams", 2, 3)
    assert (found["looked_at"], found["accepted"], found["cut"]) == (3, 3, False)
    (folded,) = backtest("dams", "--fold", "event", "--json").objects
    assert [len(each["several"]) for each in folded["merged"]] == [2]


def test_nothing_is_changed() -> None:
    before = row_counts()

    backtest("dams", "--query", "weir")

    assert row_counts() == before


REFUSED: Mapping[str, tuple[Sequence[str], str]] = {
    "nothing to try": (["dams"], "nothing would be different: say what is to be tried, such as --also TERM"),
    "no such story": (
        ["rivers", "--also", "weir"],
        "there is no story rivers (known: dams); a new one needs a query",
    ),
    "a length that is none": (
        ["dams", "--also", "weir", "--since", "week"],
        '--since must be a number with a unit, such as "90s", "10m", "2h" or "1d"',
    ),
    "a limit out of its range": (["dams", "--same", "2"], "judge.same: must be less than or equal to 1"),
}


@pytest.mark.parametrize(("typed_", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(typed_: Sequence[str], says: str) -> None:
    shown = backtest(*typed_)

    assert (shown.code, shown.line) == (2, f"storywire: {says}")


def test_an_empty_archive_is_told() -> None:
    Path("archive.db").unlink()

    shown = backtest("dams", "--also", "weir")

    assert (shown.code, shown.line) == (
        2,
        "storywire: nothing is stored yet, so there is nothing to try it out on",
    )
