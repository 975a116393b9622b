"""`stories`: the list, and how the keywords do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.fakes.feedserver import FeedServer
from tests.unit.cli.typing_it import CONFIG, ago, configuration, row_counts, rss, typed

DULL = [(f"Chess: draw {n}", f"https://wire.example/chess/{n}", ago(hours=9)) for n in range(100)]
DAM = ("Dam opens near Brno", "https://wire.example/dam", ago(hours=2))


@pytest.fixture
def _polled(server: FeedServer) -> None:
    server.publish("/wire.xml", rss(DAM, *DULL))
    configuration(("Wire", server.url("/wire.xml")), query="dam zebra")
    assert typed("poll", "-c", CONFIG).code == 0


@pytest.mark.usefixtures("_polled")
def test_the_doctor_says_what_to_mend_and_changes_nothing() -> None:
    before = row_counts()
    found = typed("stories", "doctor", "-c", CONFIG)

    assert (found.code, found.err) == (0, "")
    assert found.out.splitlines() == [
        "dams: of 101 articles in 30 days the query accepts 1",
        "  - never hit: zebra",
    ]
    assert row_counts() == before


@pytest.mark.usefixtures("_polled")
def test_the_doctor_tells_of_one_story_and_of_fewer_days() -> None:
    found = typed("stories", "doctor", "dams", "--days", 7, "-c", CONFIG)

    assert found.out.startswith("dams: of 101 articles in 7 days")


@pytest.mark.usefixtures("_polled")
@pytest.mark.parametrize("arguments", [("rivers",), ("--days", "0")])
def test_what_there_is_none_of_is_refused(arguments: tuple[str, ...]) -> None:
    refused = typed("stories", "doctor", *arguments, "-c", CONFIG)

    assert refused.code == 2
    assert refused.out == ""


def test_a_new_story_is_looked_over_in_recorded_items() -> None:
    configuration(("Wire", "https://wire.example/feed.xml"), query="dam zebra")
    titles = [title for title, _link, _time in [DAM, *DULL]]
    Path("items.jsonl").write_text(
        "".join(json.dumps({"title": title, "outlet": "Post"}) + "\n" for title in titles), encoding="utf-8"
    )

    found = typed("stories", "doctor", "--items", "items.jsonl", "-c", CONFIG)

    assert (found.code, found.err) == (0, "")
    assert found.out.splitlines() == ["dams: of 101 articles the query accepts 1", "  - never hit: zebra"]
    assert not Path("archive.db").exists()


@pytest.mark.usefixtures("_polled")
def test_the_list_says_what_matched_lately_and_where_it_goes() -> None:
    found = typed("stories", "list", "-c", CONFIG)

    assert found.code == 0
    (row,) = found.out.splitlines()[1:]
    assert re.fullmatch(r"dams +Dams +1 +\d{4}-\d\d-\d\d \d\d:\d\d UTC +console *", row)


def test_a_story_that_never_matched_is_listed_as_well() -> None:
    configuration(("Wire", "https://wire.example/feed.xml"))

    assert typed("stories", "list", "-c", CONFIG).said.strip().endswith("dams Dams 0 never console")
