"""`merge`, `split` and `tune`: what a person says of two articles, what follows from it, what is refused."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage import open_archive
from tests.fakes.feedserver import FeedServer
from tests.unit.cli.typing_it import CONFIG, Typed, ago, configuration, row_counts, rss, typed

TITLE = "Dam breaks near Ostrava after two days of rain"
LINK = "https://wire.example/1"
TEXT = (
    "A dam above Ostrava gave way on Sunday. Firemen brought forty people from three villages to a school,"
    " and the river is expected to fall on Monday, the province says."
)
COPY = "https://post.example/9"
OTHER = "https://ledger.example/3"
FOOTBALL = "https://wire.example/2"
RIVERS = """
[[story]]
name = "rivers"
title = "Rivers"
query = "river"
"""


def correct(*arguments: object) -> Typed:
    return typed(*arguments, "-c", CONFIG)


@pytest.fixture
def polled(server: FeedServer) -> FeedServer:
    """Poll a report (article 2 after football), its copy, and another report."""
    server.publish(
        "/wire.xml",
        rss(
            (TITLE, f"{LINK}?utm_source=rss", ago(hours=3)),
            ("Football results", FOOTBALL, ago(hours=4)),
            texts=[TEXT, ""],
        ),
    )
    server.publish(
        "/post.xml", rss(("Villages moved to a school as dam breaks", COPY, ago(hours=2)), texts=[TEXT])
    )
    server.publish("/ledger.xml", rss(("Minister sells an old dam in Brno", OTHER, ago(hours=1))))
    configuration(
        *((name, server.url(f"/{name.lower()}.xml")) for name in ("Wire", "Post", "Ledger")),
        more="concurrency = 1",
    )
    assert typed("poll", "-c", CONFIG).code == 0
    return server


def test_merging_shows_what_changes_in_the_channels(polled: FeedServer) -> None:
    shown = correct("merge", OTHER, LINK)

    assert (shown.code, shown.err) == (0, "")
    assert polled.requests("/ledger.xml")
    assert f"merged into event 1: {TITLE} by Wire (2), Post (3), Ledger (4)" in shown.said
    assert shown.out.count("edit to console") == 2


def test_the_next_poll_sends_what_a_correction_changed(polled: FeedServer) -> None:
    correct("merge", LINK, OTHER)

    shown = typed("poll", "-c", CONFIG)

    assert polled.requests("/post.xml")
    assert "Also: Post, Ledger" in shown.out
    assert f"Same report as: {TITLE}" in shown.said


def test_merging_twice_changes_nothing_the_second_time(polled: FeedServer) -> None:
    correct("merge", LINK, OTHER)
    before = row_counts()

    shown = correct("merge", OTHER, COPY)

    assert polled.requests("/wire.xml")
    assert shown.code == 2
    assert shown.line == "storywire: articles 4 and 3 are in one event already: nothing to merge"
    assert row_counts() == before


def test_splitting_gives_an_article_a_card_of_its_own(polled: FeedServer) -> None:
    shown = correct("split", COPY)

    assert (shown.code, shown.err) == (0, "")
    assert polled.requests("/post.xml")
    assert "split off as event 3: Villages moved to a school as dam breaks by Post (3)" in shown.said
    assert shown.out.split()[-8:] == "- edit to console - card to console".split()


def test_why_tells_what_was_corrected_beside_the_verdict(polled: FeedServer) -> None:
    correct("merge", LINK, OTHER)
    correct("split", "3")

    first, second, third = (typed("why", link, "-c", CONFIG) for link in (LINK, COPY, OTHER))

    assert polled.requests("/wire.xml")
    assert 'with article 4 of Ledger: "Minister sells an old dam in Brno"' in first.said
    assert "split by hand on" in first.said
    assert "story dams, article 3: duplicate (copy)" in second.out
    assert f'from article 2 of Wire: "{TITLE}"' in second.said
    assert "story dams, article 4: new" in third.out
    assert "merged by hand on 20" in third.said
    assert f'UTC with article 2 of Wire: "{TITLE}"' in third.said
    assert "split by hand" not in third.said


REFERENCES = {
    "a link with other tracking parameters": "http://www.wire.example/1/?utm_medium=x",
    "a number": "2",
    "a feed's own id": f"{LINK}?utm_source=rss",
    "a link with blanks around it": f" {LINK} ",
}


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES)
def test_an_article_is_named_by(reference: str, polled: FeedServer) -> None:
    shown = correct("merge", reference, OTHER)

    assert polled.requests("/wire.xml")
    assert "merged into event 1" in shown.out


MISTAKES = {
    "an unknown article": (
        ("merge", LINK, "https://wire.example/77"),
        "https://wire.example/77 was never seen in a feed",
    ),
    "an unknown number": (("split", "77"), "77 was never seen in a feed"),
    "an article no story accepts": (
        ("split", FOOTBALL),
        f"{FOOTBALL} is in no story that is followed: there is nothing to correct",
    ),
    "an article alone in its event": (
        ("split", OTHER),
        "article 4 is alone in its event: nothing to split it from",
    ),
    "an article and its copy": (
        ("merge", LINK, COPY),
        "articles 2 and 3 are in one event already: nothing to merge",
    ),
    "an article with itself": (
        ("merge", LINK, LINK),
        "articles 2 and 2 are in one event already: nothing to merge",
    ),
    "a story it is not in": (("split", COPY, "--story", "rivers"), f"{COPY} is not in story rivers"),
}


@pytest.mark.parametrize(("arguments", "says"), MISTAKES.values(), ids=MISTAKES)
def test_it_is_refused_in_one_line(arguments: tuple[str, ...], says: str, polled: FeedServer) -> None:
    before = row_counts()

    shown = correct(*arguments)

    assert polled.requests("/wire.xml")
    assert (shown.code, shown.out) == (2, "")
    assert shown.line == f"storywire: {says}"
    assert row_counts() == before


def test_of_several_stories_one_must_be_named(server: FeedServer) -> None:
    server.publish("/wire.xml", rss((TITLE, LINK, ago(hours=2)), texts=[TEXT]))
    server.publish("/post.xml", rss(("Villages moved as dam breaks", COPY, ago(hours=1)), texts=[TEXT]))
    path = configuration(
        ("Wire", server.url("/wire.xml")), ("Post", server.url("/post.xml")), more="concurrency = 1"
    )
    path.write_text(path.read_text(encoding="utf-8") + RIVERS, encoding="utf-8")
    typed("poll", "-c", CONFIG)

    asked, named = correct("split", COPY), correct("split", COPY, "--story", "rivers")

    assert asked.code == 2
    assert asked.line == f"storywire: {COPY}: say in which story with --story (dams, rivers)"
    assert named.code == 0
    assert "story" not in named.err
    assert "split by hand" not in typed("why", COPY, "-c", CONFIG).said.split("story rivers")[0]


def test_articles_of_different_stories_cannot_be_merged(server: FeedServer) -> None:
    server.publish("/wire.xml", rss((TITLE, LINK, ago(hours=2))))
    server.publish("/post.xml", rss(("The river at Plzen rises", COPY, ago(hours=1))))
    path = configuration(("Wire", server.url("/wire.xml")), ("Post", server.url("/post.xml")))
    path.write_text(path.read_text(encoding="utf-8") + RIVERS, encoding="utf-8")
    typed("poll", "-c", CONFIG)

    shown = correct("merge", LINK, COPY)

    assert (shown.code, shown.line) == (2, f"storywire: {LINK} and {COPY} are in no story together")


def test_a_story_that_is_no_longer_configured_cannot_be_corrected(polled: FeedServer) -> None:
    path = Path(CONFIG)
    path.write_text(path.read_text(encoding="utf-8").replace('"dams"', '"floods"'), encoding="utf-8")

    shown = correct("split", COPY)

    assert polled.requests("/wire.xml")
    assert shown.code == 2
    assert "there is no story dams in the configuration (known: floods)" in shown.line


def test_a_feed_id_used_for_two_reports_must_be_told_apart(server: FeedServer) -> None:
    first = rss((TITLE, LINK, ago(hours=3)), texts=[TEXT])
    server.publish("/wire.xml", first.replace(f"<guid>{LINK}".encode(), b"<guid>urn:7"))
    second = rss(("Minister sells an old dam in Brno", OTHER, ago(hours=1)))
    server.publish("/post.xml", second.replace(f"<guid>{OTHER}".encode(), b"<guid>urn:7"))
    configuration(
        ("Wire", server.url("/wire.xml")), ("Post", server.url("/post.xml")), more="concurrency = 1"
    )
    typed("poll", "-c", CONFIG)

    shown = correct("split", "urn:7")

    assert shown.code == 2
    assert shown.line == "storywire: urn:7 means several articles (1, 2): give the number of one"


def test_it_works_beside_a_running_service(polled: FeedServer) -> None:
    service = asyncio.run(open_archive("sqlite:///archive.db"))

    shown = correct("merge", LINK, OTHER)

    asyncio.run(service.close())
    assert polled.requests("/wire.xml")
    assert shown.code == 0
    with closing(sqlite3.connect("archive.db")) as connection:
        kept = connection.execute("select story, earlier, later, same from corrections").fetchall()
    assert kept == [("dams", 2, 4, 1)]


# --------------------------------------------------------------------------------------------- tune


def test_tune_measures_the_judge_on_what_was_corrected_and_changes_nothing(polled: FeedServer) -> None:
    correct("split", COPY)
    correct("merge", LINK, OTHER)
    before = row_counts()

    shown, read = correct("tune"), correct("tune", "--json")

    assert polled.requests("/wire.xml")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.splitlines() == [
        "2 corrected pairs: 1 are one report, 1 are two",
        "at the limit 0.36",
        "  precision 0.000: of 1 called one report 0 are one",
        "  recall 0.000: of 1 that are one report 0 are called so",
        "too few labels (2 < 20): no recommendation",
        "Nothing was changed.",
    ]
    (told,) = read.objects
    assert told == {
        "labels": 2,
        "left_out": 0,
        "limit": 0.36,
        "precision": 0.0,
        "recall": 0.0,
        "together": 0,
        "hidden": 1,
        "repeated": 1,
        "apart": 0,
        "recommended": None,
        "says": "too few labels (2 < 20): no recommendation",
        "changed": False,
    }
    assert row_counts() == before


def test_of_a_pair_corrected_twice_tune_takes_the_last_word(polled: FeedServer) -> None:
    correct("split", COPY)
    correct("merge", LINK, COPY)

    (told,) = correct("tune", "--json").objects

    assert polled.requests("/wire.xml")
    assert (told["labels"], told["together"], told["precision"]) == (1, 1, 1.0)


def test_tune_leaves_out_stories_that_nobody_follows_any_more(polled: FeedServer) -> None:
    correct("split", COPY)
    path = Path(CONFIG)
    path.write_text(path.read_text(encoding="utf-8").replace('"dams"', '"floods"'), encoding="utf-8")

    shown, asked = correct("tune"), correct("tune", "--story", "floods", "--json")

    assert polled.requests("/wire.xml")
    assert "left out, of stories that are not in the configuration: 1" in shown.out
    assert "precision unknown" in shown.out
    assert [(told["labels"], told["left_out"]) for told in asked.objects] == [(0, 0)]


def test_tune_of_an_unknown_story_is_refused_in_one_line(polled: FeedServer) -> None:
    shown = correct("tune", "--story", "rivers")

    assert polled.requests("/wire.xml")
    assert (shown.code, shown.line) == (
        2,
        "storywire: there is no story rivers in the configuration (known: dams)",
    )


def test_tune_measures_the_limit_of_the_configuration(polled: FeedServer) -> None:
    correct("split", COPY)
    path = Path(CONFIG)
    path.write_text(
        path.read_text(encoding="utf-8").replace("[poll]", "[judge]\nsame = 1.0\n[poll]"), encoding="utf-8"
    )

    (told,) = correct("tune", "--json").objects

    assert polled.requests("/wire.xml")
    assert (told["limit"], told["hidden"]) == (1.0, 0)
