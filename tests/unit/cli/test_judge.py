"""`judge`: two articles as a person would hand them over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.typing_it import CONFIG, Typed, configuration, typed

TITLE = "Dam breaks near Ostrava after two days of rain"
REPORT = (
    f"{TITLE}\nA dam above Ostrava gave way on Sunday. Firemen brought forty people from three villages"
    " to a school. The river is expected to fall on Monday, the province says."
)
OTHER = "Parliament in Oslo debates a new law on fish farms\nThe debate was postponed twice this year."
EARLY, LATE = "2023-04-16T09:00:00Z", "2023-04-16T15:00:00Z"


def an_item(title: str = TITLE, **more: object) -> str:
    return json.dumps({"title": title, **more})


def judged(a: object, b: object, *options: object) -> dict[str, Any]:
    shown = typed("judge", a, b, "--json", *options)
    assert shown.code == 0, shown.err
    (found,) = shown.objects
    return found


def test_json_is_one_object_with_verdict_kind_story_and_evidence() -> None:
    configuration(("Wire", "https://wire.example/feed"))

    found = judged(REPORT, REPORT, "-c", CONFIG)

    assert (found["verdict"], found["kind"], found["same_story"]) == ("duplicate", "copy", True)
    assert (found["story"], found["judged"]) == ("dams", "B")
    assert found["evidence"]
    assert all(set(reason) == {"signal", "says", "value"} for reason in found["evidence"])


HANDED_OVER = {
    "plain texts": (REPORT, REPORT, "duplicate"),
    "JSON objects": (an_item(outlet="A"), an_item(outlet="B"), "duplicate"),
    "a text and an object": (REPORT, an_item(body=REPORT), "duplicate"),
    "titles only": (TITLE, TITLE, "duplicate"),
    "headline and description under their usual names": (
        json.dumps({"headline": TITLE, "description": REPORT}),
        json.dumps({"title": TITLE, "summary": REPORT}),
        "duplicate",
    ),
    "text under its usual name, with HTML": (
        an_item("Rain", text=f"<p>{REPORT}</p>"),
        an_item("Flood in the north-east", body=REPORT),
        "duplicate",
    ),
    "different reports": (REPORT, OTHER, "new"),
    "two texts that begin with a bracket": (
        "[1] Dam breaks near Ostrava",
        "[2] Parliament debates law",
        "new",
    ),
    "one address, however it is written": (
        an_item("Rain", url="https://www.wire.example/1?utm_source=rss"),
        an_item("Flood", link="http://wire.example/1/"),
        "duplicate",
    ),
    "two articles without any id are not one because of that": (an_item("Rain"), an_item("Sun"), "new"),
    "a report that is turned round": (
        an_item("Ada visits Oslo for talks"),
        an_item("Ada cancels Oslo visit for talks"),
        "update",
    ),
}


@pytest.mark.parametrize(("a", "b", "verdict"), HANDED_OVER.values(), ids=HANDED_OVER)
def test_articles_come_as_objects_or_texts(a: str, b: str, verdict: str) -> None:
    assert judged(a, b)["verdict"] == verdict


def test_articles_come_as_files(tmp_path: Path) -> None:
    text, item = tmp_path / "one.txt", tmp_path / "two.json"
    text.write_text(REPORT, encoding="utf-8")
    item.write_text(an_item("Flood", body=REPORT), encoding="utf-8")

    found = judged("one.txt", item)

    assert (found["verdict"], found["kind"]) == ("duplicate", "copy")
    assert "one.txt" in str(found["evidence"])


def test_one_address_is_the_same_article() -> None:
    item = an_item(url="https://wire.example/1")

    assert judged(item, item)["kind"] == "same"


ORDERS = {
    "as given where nobody knows": ({}, {}, "B"),
    "as given where one is not known": ({"published": LATE}, {}, "B"),
    "as given where B is later": ({"published": EARLY}, {"published": LATE}, "B"),
    "turned where B is earlier": ({"published": LATE}, {"published": EARLY}, "A"),
    "in whatever form the times are": (
        {"published": "2023-04-16T11:00:00+02:00"},
        {"pubDate": "Sun, 16 Apr 2023 08:59:00 GMT"},
        "A",
    ),
    "a clock that was never set tells nothing": (
        {"published": LATE},
        {"published": "0001-01-01T00:00:00Z"},
        "B",
    ),
}


@pytest.mark.parametrize(("a", "b", "later"), ORDERS.values(), ids=ORDERS)
def test_the_later_article_is_judged(a: dict[str, str], b: dict[str, str], later: str) -> None:
    found = judged(an_item(outlet="A", **a), an_item(outlet="B", **b))

    assert found["judged"] == later
    assert found["verdict"] == "duplicate"


def test_without_a_configuration_general_knowledge_must_do_and_that_is_said() -> None:
    shown = typed("judge", REPORT, OTHER, "--json")

    assert shown.code == 0
    assert "there is no config/storywire.toml" in shown.line
    assert (shown.objects[0]["same_story"], shown.objects[0]["story"]) == (None, None)


def test_a_configuration_that_was_asked_for_must_be_there() -> None:
    shown = typed("judge", REPORT, OTHER, "--config", "nowhere.toml")

    assert shown.code == 2
    assert "nowhere.toml: there is no such file" in shown.line


def test_two_articles_are_of_one_story_if_it_accepts_both() -> None:
    configuration(("Wire", "https://wire.example/feed"))

    both = judged(TITLE, "A dam in Norway is to be rebuilt", "-c", CONFIG)
    one = judged(TITLE, OTHER, "-c", CONFIG)

    assert (both["verdict"], both["same_story"], both["story"]) == ("new", True, "dams")
    assert (one["verdict"], one["same_story"], one["story"]) == ("new", False, None)


def test_people_get_short_lines() -> None:
    configuration(("Wire", "https://wire.example/feed"))

    shown = typed("judge", REPORT, REPORT, "-c", CONFIG)

    first, *reasons, last = shown.out.splitlines()
    assert first == "duplicate (copy): B, seen beside A"
    assert reasons
    assert all(reason.startswith(("  - ", "    ")) for reason in reasons)
    assert last == "same story: dams"


MISTAKES = {
    "a file that is not there": ("report.txt", "A: there is no file report.txt"),
    "a path that is not there": ("reports/one", "A: there is no file reports/one"),
    "a directory": (".", ".: cannot be read: Is a directory"),
    "an address": ("https://wire.example/1", "A: an address is not fetched here"),
    "broken JSON": ('{"title": "Dam', "A: this is no JSON object: Unterminated string starting at"),
    "an object with nothing to compare": (
        '{"url": "https://wire.example/1"}',
        "A: there is neither a title nor a text",
    ),
    "nothing": ("", "A: there is neither a title nor a text"),
    "blanks": (" \n ", "A: there is neither a title nor a text"),
    "a time that is none": (
        an_item(published="yesterday"),
        'A: "yesterday" is no time; write it as 2023-04-16T14:02:00Z',
    ),
}


@pytest.mark.parametrize(("a", "says"), MISTAKES.values(), ids=MISTAKES)
def test_what_cannot_be_compared_is_refused_in_one_line(a: str, says: str) -> None:
    configuration(("Wire", "https://wire.example/feed"))

    shown = typed("judge", a, TITLE, "-c", CONFIG)

    assert (shown.code, shown.out) == (2, "")
    assert shown.line.startswith(f"storywire: {says}")


def test_a_mistake_in_a_file_names_the_file_and_the_line(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{"title": "Dam",\n "url": }', encoding="utf-8")

    shown = _last(typed("judge", "one.json", TITLE))

    assert shown == "storywire: one.json: this is no JSON object: Expecting value at line 2, column 9"


def test_an_unknown_story_is_told_with_those_known() -> None:
    configuration(("Wire", "https://wire.example/feed"))

    shown = typed("judge", TITLE, TITLE, "--story", "floods", "-c", CONFIG)

    assert (shown.code, shown.line) == (
        2,
        "storywire: there is no story floods in the configuration (known: dams)",
    )


def test_half_an_emoji_in_an_item_is_no_fault() -> None:
    found = judged('{"title": "Dam \\ud83d breaks near Ostrava", "id": "\\ud83d"}', TITLE)

    assert found["verdict"] == "duplicate"


@pytest.mark.data
def test_the_two_seed_articles_are_one_story_and_no_duplicates(data_dir: Path) -> None:
    one, two = sorted((data_dir / "seeds").glob("*.txt"))
    shipped = Path(__file__).parents[3] / "config/storywire.toml"

    for a, b in ((one, two), (two, one)):
        found = judged(a, b, "--config", shipped)
        assert found["same_story"] is True
        assert (found["verdict"], found["relation"]) == ("related", "related")


def test_a_storys_aliases_tell_one_event_in_three_languages() -> None:
    shipped = Path(__file__).parents[3] / "config/storywire.toml"
    reports = (
        an_item("Putin meets Chinese defence minister Li Shangfu in Moscow", published=EARLY),
        an_item("Путин принял в Кремле министра обороны Китая Ли Шанфу", published=LATE),
        an_item("普京在莫斯科会见中国国防部长李尚福", published=LATE),
    )

    for one, other in ((0, 1), (0, 2), (1, 2)):
        found = judged(reports[one], reports[other], "--config", shipped)
        assert found["verdict"] == "related"
        assert "one report of one happening" in found["evidence"][0]["says"]


def _last(shown: Typed) -> str:
    return shown.err.splitlines()[-1]
