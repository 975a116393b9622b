"""`replay`: recorded items through the real matching, judging and recording."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.typing_it import CONFIG, Typed, configuration, typed

TITLE = "Dam breaks near Ostrava after two days of rain"
OTHER = "Parliament debates the law on fish farms"
SHIPPED = Path(__file__).parents[3] / "config/storywire.toml"
KEYS = {"url", "id", "line", "matched", "verdict", "kind", "of", "evidence", "posts"}


def an_item(title: str = TITLE, hour: int | None = 9, **more: object) -> dict[str, object]:
    time = {} if hour is None else {"published": f"2023-04-16T{hour:02}:00:00Z"}
    return {"title": title, "outlet": "Wire", **time, **more}


def written(*items: dict[str, object], name: str = "items.jsonl") -> Path:
    path = Path(name)
    path.write_text("".join(f"{json.dumps(item)}\n" for item in items), encoding="utf-8")
    return path


def replay(file: object, *options: object) -> Typed:
    configuration(("Wire", "https://wire.example/feed"))
    return typed("replay", file, "--story", "dams", "-c", CONFIG, *options)


def replayed(*items: dict[str, object]) -> list[dict[str, Any]]:
    shown = replay(written(*items), "--json")
    assert (shown.code, shown.err) == (0, "")
    return shown.objects


def test_every_item_gets_a_line_with_every_key() -> None:
    lines = replayed(
        an_item(url="https://wire.example/1"),
        an_item(OTHER, 10),
        an_item(hour=11, outlet="Post", url="https://post.example/1"),
    )

    assert all(set(line) == KEYS for line in lines)
    assert [(line["matched"], line["verdict"], line["kind"]) for line in lines] == [
        (True, "new", None),
        (False, None, None),
        (True, "duplicate", "copy"),
    ]
    assert [line["posts"] for line in lines] == [["card"], [], ["edit"]]
    assert lines[2]["of"] == "https://wire.example/1"
    assert {"signal", "says", "value"} == set(lines[2]["evidence"][0])


def test_items_go_through_in_the_order_of_their_times() -> None:
    lines = replayed(an_item(hour=12, outlet="Post", id="late"), an_item(id="early"))

    assert [line["id"] for line in lines] == ["early", "late"]
    assert (lines[1]["verdict"], lines[1]["of"]) == ("duplicate", "early")


def test_an_item_without_a_time_comes_right_after_the_one_before_it() -> None:
    lines = replayed(
        an_item("Dam one is rebuilt in Oslo", None, id=0),
        an_item("Dam two is painted in Bergen", 9, id=1),
        an_item("Dam three is sold in Trondheim", 15, id=2),
        an_item("Dam four is full in Tromso", None, id=3),
        an_item("Dam five leaks in Bodo", 12, id=4),
    )

    assert [line["id"] for line in lines] == [0, 1, 4, 2, 3]


def test_items_without_any_time_keep_their_order() -> None:
    lines = replayed(an_item(hour=None, id="one"), an_item(hour=None, id="two", outlet="Post"))

    assert [(line["id"], line["verdict"]) for line in lines] == [("one", "new"), ("two", "duplicate")]


def test_ids_come_back_as_the_file_gives_them() -> None:
    ids: list[object] = [7, "7a", "  x ", None, 0]
    lines = replayed(*(an_item(f"Dam {n}", n, id=own) for n, own in enumerate(ids)))

    assert [line["id"] for line in lines] == ids


def test_an_earlier_item_is_named_by_url_else_by_id_else_by_line() -> None:
    pairs: dict[str, dict[str, Any]] = {
        "https://wire.example/1": {"url": "https://wire.example/1", "id": "one"},
        "one": {"id": "one"},
        "line 1": {},
    }
    for of, names in pairs.items():
        assert replayed(an_item(**names), an_item(hour=10, outlet="Post"))[1]["of"] == of


def test_an_item_seen_word_for_word_before_is_the_same_and_posts_nothing() -> None:
    lines = replayed(an_item(id="one"), an_item(hour=10, id="one"), an_item(OTHER), an_item(OTHER, 10))

    repeat = lines[2]
    assert (repeat["verdict"], repeat["kind"], repeat["of"]) == ("duplicate", "same", "one")
    assert [reason["signal"] for reason in repeat["evidence"]] == ["seen"]
    assert repeat["posts"] == []
    assert [line["matched"] for line in lines] == [True, False, True, False]


def test_a_story_with_feeds_of_its_own_is_replayed_with_every_item() -> None:
    path = configuration(("Wire", "https://wire.example/feed"))
    text = path.read_text(encoding="utf-8").replace("query = 'dam'", "query = 'dam'\nfeeds = [\"Wire\"]")
    path.write_text(text, encoding="utf-8")

    shown = typed("replay", written(an_item()), "--story", "dams", "-c", path, "--json")

    assert [line["verdict"] for line in shown.objects] == ["new"]


TABLE = (
    "published_utc\toutlet\tlang\ttitle\turl\tdescription\n"
    f"2023-04-16T10:00:00Z\tPost\ten\t{TITLE}\thttps://post.example/1\t<b>Rain</b> & wind\n"
    f"2023-04-16T09:00:00Z\tWire\ten\t{TITLE}\thttps://wire.example/1\r\n"
    "\n"
    f'2023-04-16T11:00:00Z\tNews\ten\tSay "dam\thttps://news.example/1\t\n'
)
FORMS = {
    "tab-separated values": TABLE.encode(),
    "tab-separated values, packed": gzip.compress(TABLE.encode()),
    "tab-separated values with a byte order mark": TABLE.encode("utf-8-sig"),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_tables_are_read_packed_or_not(content: bytes) -> None:
    Path("week.tsv").write_bytes(content)

    shown = replay("week.tsv", "--json")

    assert [(line["url"], line["line"], line["verdict"]) for line in shown.objects] == [
        ("https://wire.example/1", 3, "new"),
        ("https://post.example/1", 2, "duplicate"),
        ("https://news.example/1", 5, "new"),
    ]


def test_json_lines_are_split_at_line_ends_only() -> None:
    Path("items.jsonl").write_text(
        '{"title": "Dam\u2028breaks"}\r\n\n  {"title": "Dam\x85leaks"}', encoding="utf-8"
    )

    assert [line["line"] for line in replay("items.jsonl", "--json").objects] == [1, 3]


@pytest.mark.parametrize(
    "content", ["", "\n \n", "title\turl\n"], ids=["no bytes", "blank lines", "a header"]
)
def test_an_empty_file_is_no_fault(content: str) -> None:
    Path("items.tsv").write_text(content, encoding="utf-8")

    for_people, as_json = replay("items.tsv"), replay("items.tsv", "--json")

    assert (as_json.code, as_json.out) == (0, "")
    assert for_people.out == "0 items, 0 matched: 0 cards, 0 replies, 0 folded into a card\n"


ODD = {
    "without title and text": {"title": None, "summary": None, "published": "2018-04"},
    "with half an emoji everywhere": {"title": "\ud83d", "id": "\ud83d", "url": "\ud83d", "outlet": "\ud83d"},
    "with a clock that was never set": an_item(published="0001-01-01T00:00:00Z"),
    "from the end of time": an_item(published="9999-12-31T23:59:59-12:00"),
    "with numbers for texts": {"title": 17, "summary": 4.5, "id": 3, "outlet": True},
    "with lists for texts": {"title": ["Dam"], "url": {"a": 1}},
}


@pytest.mark.parametrize("item", ODD.values(), ids=ODD)
def test_an_odd_item_is_no_fault(item: dict[str, object]) -> None:
    assert len(replayed(item, an_item(hour=10))) == 2


MISTAKES = {
    "JSON that breaks off": ('{"title": "a"}\n{"title":', "items:2: this is no JSON object: Expecting value"),
    "JSON that is no object": ('{"title": "a"}\n\n[1]', "items:3: this is JSON, but no object in { }"),
    "JSON without end": ('{"a":' * 100_000, "items:1: this is no JSON object that can be read"),
    "no JSON and no table": ("Dear diary,\n", "items:1: neither JSON lines nor tab-separated values"),
    "a table without titles": ("url\toutlet\na\tb\n", "items:1: neither JSON lines nor tab-separated values"),
    "a row that is too long": ("title\turl\na\tb\tc\n", "items:2: this line has 3 columns, the header has 2"),
    "a time that is none": ('{"title": "a", "published": "soon"}', 'items:1: "soon" is no time'),
}


@pytest.mark.parametrize(("content", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_file_and_line(content: str, says: str) -> None:
    Path("items").write_text(content, encoding="utf-8")

    shown = replay("items", "--json")

    assert (shown.code, shown.out) == (2, "")
    assert shown.line.startswith(f"storywire: {says}")


UNREADABLE = {
    "no file": ("nowhere.tsv", "nowhere.tsv: cannot be read: No such file or directory"),
    "a directory": (".", ".: cannot be read: Is a directory"),
    "gzip that breaks off": ("half.gz", "half.gz: cannot be unpacked: the gzip in it is broken"),
}


@pytest.mark.parametrize(("file", "says"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_named(file: str, says: str) -> None:
    Path("half.gz").write_bytes(gzip.compress(TABLE.encode())[:40])

    shown = replay(file)

    assert (shown.code, shown.line) == (2, f"storywire: {says}")


def test_an_unknown_story_is_told_with_those_known() -> None:
    configuration(("Wire", "https://wire.example/feed"))

    shown = typed("replay", written(an_item()), "--story", "floods", "-c", CONFIG)

    assert shown.code == 2
    assert shown.line == "storywire: there is no story floods in the configuration (known: dams)"


def test_people_get_a_table_of_what_matched_and_the_sum() -> None:
    shown = replay(written(an_item(), an_item(OTHER), an_item(hour=10, outlet="Post")))

    assert shown.said.count(TITLE) == 3  # two rows, and what the second repeats
    assert OTHER not in shown.out
    assert shown.out.splitlines()[-1] == "3 items, 2 matched: 1 card, 0 replies, 1 folded into a card"


def test_nothing_is_kept() -> None:
    replayed(an_item())

    assert sorted(path.name for path in Path().iterdir()) == ["items.jsonl", CONFIG]


@pytest.mark.data
def test_the_event_week_takes_less_than_twenty_seconds(data_dir: Path) -> None:
    (week,) = (data_dir / "headlines").glob("event_week_*.tsv")

    begun = time.monotonic()
    shown = typed("replay", week, "--story", "li-shangfu-moscow", "--config", SHIPPED, "--json")
    took = time.monotonic() - begun

    assert (shown.code, len(shown.objects)) == (0, 8_471)
    assert sum(line["matched"] for line in shown.objects) >= 14
    assert took < 20


def test_reports_are_no_flood_however_fast_a_file_is_read() -> None:
    towns = "Oslo Bergen Tromso Brno Zlin Opava Ostrava Plzen Tabor Cheb Jihlava Kolin Znojmo Most".split()

    lines = replayed(*(an_item(f"Dam in {town} is sold", n) for n, town in enumerate(towns)))

    assert sum(line["posts"] == ["card"] for line in lines) > 10
