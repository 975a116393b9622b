"""`keywords`: queries looked over, written in one way, tried out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.typing_it import CONFIG, configuration, typed

FEED = ("Wire", "http://127.0.0.1:1/feed")


def test_what_is_surely_not_meant_is_said_with_its_place() -> None:
    configuration(FEED, query="dam dams dam ai", more='[keywords]\nexclude = "dams"')

    shown = typed("keywords", "lint", "-c", CONFIG)

    assert shown.code == 1
    assert "- story dams: line 1, column 5: dams: keywords.exclude takes it out (never matches)" in shown.said
    assert "- story dams: line 1, column 10: dam adds nothing: dam finds all that it finds" in shown.said
    assert "- story dams: line 1, column 14: ai: so short a word has many meanings" in shown.said


def test_stories_that_find_the_same_news_are_named_once() -> None:
    path = configuration(FEED, query="dam flood")
    more = '\n[[story]]\nname = "{}"\ntitle = "T"\nquery = \'{}\'\n{}'
    text = path.read_text(encoding="utf-8")
    text += more.format("floods", "flood* war", "") + more.format("same", "flood dam", "")
    text += more.format(
        "elsewhere", "dam", 'feeds = ["Other"]\n[[feed]]\nname = "Other"\nurl = "http://127.0.0.1:2"'
    )
    path.write_text(text, encoding="utf-8")

    shown = typed("keywords", "lint", "-c", CONFIG)

    assert "story dams: flood: story floods finds that as well (overlap)" in shown.said
    assert "story dams: everything: story same finds that as well (overlap)" in shown.said
    assert "story same: everything: story dams" not in shown.said
    assert "story dams: dam: story elsewhere" not in shown.said


def test_of_a_query_without_faults_that_is_said() -> None:
    configuration(FEED, query="dam")

    shown = typed("keywords", "lint", "-c", CONFIG)

    assert (shown.code, shown.out) == (0, "1 story: nothing to say\n")


@pytest.mark.parametrize("named", [(), ("dams",)])
def test_a_query_is_written_in_one_way(named: tuple[str, ...]) -> None:
    configuration(FEED, query="((dam)) OR “dam breaks” !film")

    shown = typed("keywords", "print", *named, "-c", CONFIG)

    assert (shown.code, shown.out) == (0, 'dams: dam OR "dam breaks" -film\n')


def test_a_query_is_tried_out() -> None:
    shown = typed("keywords", "try", "drill* flood -film", "Joint drills begin", "--summary", "A drill.")

    assert shown.code == 0
    assert shown.out.splitlines() == [
        "understood as: drill* flood -film",
        "accepted",
        "  - drill* in the title: Joint drills begin",
        "  - drill* in the summary: A drill",
    ]


def test_a_text_that_is_not_accepted_ends_with_1() -> None:
    shown = typed("keywords", "try", "dam dam", "Flood")

    assert shown.code == 1
    assert shown.out.splitlines()[1:] == [
        "but: line 1, column 5: dam adds nothing: dam finds all that it finds (shadowed)",
        "not accepted",
    ]


def test_a_language_an_outlet_and_a_storys_aliases_count() -> None:
    configuration(FEED)
    path = Path(CONFIG)
    text = path.read_text(encoding="utf-8").replace(
        "query = 'dam'", "query = 'dam'\naliases.wall = [\"Mauer\"]"
    )
    path.write_text(text, encoding="utf-8")

    shown = typed(
        *("keywords", "try", "@wall AND lang:de AND outlet:TASS", "Die Mauer", "--lang", "de"),
        *("--outlet", "TASS", "--story", "dams", "-c", CONFIG),
    )

    assert shown.code == 0
    assert "  - Mauer in the title: Die Mauer" in shown.out


def test_a_mistake_in_the_query_is_told() -> None:
    shown = typed("keywords", "try", "dam AND", "Dam")

    assert shown.code == 2
    assert "the query is not understood at its end" in shown.line


def test_a_wrong_exclude_is_refused_by_name() -> None:
    configuration(FEED, more='[keywords]\nexclude = "film AND"')

    shown = typed("keywords", "lint", "-c", CONFIG)

    assert shown.code == 2
    assert shown.line.startswith("storywire: keywords.exclude: the query is not understood")


TITLES = (
    "Titan sub is missing",
    "Titans win again",
    "Titan semi-submersible sub sold",
    "Submarine deal signed",
    "Rain",
)


def _items() -> str:
    lines = (f'{{"title": "{title}", "url": "https://wire.example/{n}"}}\n' for n, title in enumerate(TITLES))
    Path("items.jsonl").write_text("".join(lines), encoding="utf-8")
    return "items.jsonl"


def test_over_a_file_each_term_shows_what_it_brings_leaves_out_and_keeps_out() -> None:
    query = 'titan* AND (sub submarine) zebra -"semi submersible"'
    shown = typed("keywords", "try", query, "--items", _items(), "--examples", "1")

    assert shown.code == 0
    assert shown.out.splitlines()[1:] == [
        "of 5 articles it accepts 1",
        "  - titan*: accepted 1 with it, 1 by it alone",
        "    “Titan sub is missing”",
        "    left out with it, 2:",
        "      “Titans win again”",
        "  - sub: accepted 1 with it, 1 by it alone",
        "    “Titan sub is missing”",
        "    left out with it, 1:",
        "      “Titan semi-submersible sub sold”",
        "  - submarine: accepted 0 with it",
        "    left out with it, 1:",
        "      “Submarine deal signed”",
        "  - zebra: stands in none",
        '  - -"semi submersible": keeps out 1 of 1 with it',
        "    “Titan semi-submersible sub sold”",
    ]


@pytest.mark.parametrize("given", [(), ("Titan", "--items", "items.jsonl")])
def test_a_query_is_tried_on_a_text_or_on_a_file(given: tuple[str, ...]) -> None:
    shown = typed("keywords", "try", "titan", *given)

    assert (shown.code, shown.line) == (
        2,
        "storywire: give either a TEXT or --items FILE to try the query on",
    )


def test_the_help_names_the_story_that_brackets_would_hide() -> None:
    assert "As in a story, in quotation marks." in typed("keywords", "try", "--help").said
