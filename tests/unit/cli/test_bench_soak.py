"""The soak finds what an archive lacks or has too much of, and a short one finds nothing."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import typer

from bot.cli.bench_soak import Difference, Row, Soaked, difference, show, soaking
from bot.cli.soak_server import Ledger, Published, Size
from tests.builders import an_article

FEED = "http://127.0.0.1:80/f0.xml"
TITLES = {f"http://127.0.0.1:80/f0/e{number}.html": f"Dam {number} is inspected" for number in range(3)}
FIRST, SECOND, THIRD = TITLES


def published(**changes: object) -> Published:
    feed = Published(url=FEED, titles=TITLES, listed=frozenset({SECOND, THIRD}))
    for name, value in changes.items():
        setattr(feed, name, value)
    return feed


def row(link: str, title: str = "", *, again: bool = False) -> Row:
    return Row(article=replace(an_article(title or TITLES[link]), link=link), again=again)


WHOLE = [row(SECOND), row(THIRD)]
COMPARED: dict[str, tuple[Published, Sequence[Row], Difference]] = {
    "all that is listed, and nothing else": (published(), WHOLE, Difference()),
    "what left the feed as well": (published(), [row(FIRST), *WHOLE], Difference()),
    "one that is listed is not there": (published(), [row(THIRD)], Difference(missing=[SECOND])),
    "one that left is not there, of a document claimed": (
        published(claimed={FIRST}),
        WHOLE,
        Difference(missing=[FIRST]),
    ),
    "one is there twice": (published(), [*WHOLE, row(THIRD)], Difference(doubled=[THIRD])),
    "one is there again, under a new id": (published(), [*WHOLE, row(THIRD, again=True)], Difference()),
    "a headline that was never published": (
        published(),
        [*WHOLE, row(FIRST, "Dam 0 is ins")],
        Difference(invented=[f"{FIRST} Dam 0 is ins"]),
    ),
    "an address that was never published": (
        published(),
        [*WHOLE, row("http://127.0.0.1:80/f1/e1.html", "Dam")],
        Difference(invented=["http://127.0.0.1:80/f1/e1.html Dam"]),
    ),
    "a garbled headline beside the right one": (
        published(garbled={THIRD}),
        [*WHOLE, row(THIRD, "Dam � is inspected")],
        Difference(),
    ),
    "a garbled headline alone": (
        published(garbled={THIRD}),
        [row(SECOND), row(THIRD, "Dam � is inspected")],
        Difference(missing=[THIRD]),
    ),
    "a validator of no document": (published(strange=1), WHOLE, Difference(strange=1)),
}


@pytest.mark.parametrize(("feed", "rows", "expected"), COMPARED.values(), ids=COMPARED)
def test_what_the_archive_has_otherwise_than_published(
    feed: Published, rows: Sequence[Row], expected: Difference
) -> None:
    assert difference(Ledger(feeds=(feed,), answers=Counter()), rows) == expected
    assert bool(expected) == (expected != Difference())


TINY = Size(
    feeds=6,
    hosts=3,
    entry_every=timedelta(seconds=0.5),
    listed=20,
    wave=timedelta(seconds=2),
    most_unanswered=2,
    new_ids_after=timedelta(seconds=1.5),
)


@pytest.fixture(scope="module")
def soaked() -> Soaked:
    return asyncio.run(soaking(TINY, timedelta(seconds=3), every=timedelta(seconds=0.2)))


def test_a_few_seconds_of_faults_leave_the_archive_as_published(soaked: Soaked) -> None:
    answers = soaked.ledger.answers

    assert soaked.difference == Difference()
    assert soaked.unread == 0
    assert answers.total() > answers["200"] + answers["304"] > 0
    assert any(row.again for row in soaked.rows)
    assert {feed.url for feed in soaked.ledger.feeds} == {row.article.feed_url for row in soaked.rows}


def test_what_was_found_is_shown(soaked: Soaked, capsys: pytest.CaptureFixture[str]) -> None:
    show(soaked)
    shown = capsys.readouterr().out

    for figure in ("polls", "missing", "doubled", "invented", "memory", "open files", "tasks", "threads"):
        assert re.search(rf"^{figure}\b.* \d", shown, re.MULTILINE), figure


def test_a_difference_fails_the_command(soaked: Soaked, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as end:
        show(replace(soaked, difference=Difference(missing=[FIRST])))

    assert end.value.exit_code == 1
    assert re.search(rf"^MISSING +1 {FIRST}", capsys.readouterr().out, re.MULTILINE)
