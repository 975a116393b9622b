"""`parse`: what is seen in feed documents, saved or fetched."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.feedserver import FeedServer
from tests.unit.cli.typing_it import rss, typed

TIME = datetime(2023, 4, 16, 9, tzinfo=UTC)
DOCUMENT = rss(("Dam breaks", "https://wire.example/1", TIME), texts=["<b>Rain</b> & wind"])


def saved(name: str, content: bytes = DOCUMENT) -> str:
    Path(name).write_bytes(content)
    return name


def test_json_tells_everything_that_is_seen() -> None:
    shown = typed("parse", saved("wire.xml"), "--json")

    assert (shown.code, shown.err) == (0, "")
    assert shown.objects == [
        {
            "source": "wire.xml",
            "title": "Wire",
            "dialect": "rss20",
            "language": None,
            "problems": [],
            "entries": [
                {
                    "id": "https://wire.example/1",
                    "link": "https://wire.example/1",
                    "title": "Dam breaks",
                    "published": "2023-04-16T09:00:00+00:00",
                    "updated": None,
                    "source": None,
                    "summary": "Rain & wind",
                    "body": "",
                }
            ],
        }
    ]


def test_people_get_a_heading_the_problems_and_a_table() -> None:
    broken = DOCUMENT.replace(b"</item>", b"</item><item><title>No time</title></item>") + b"<rubbish"

    shown = typed("parse", saved("wire.xml", broken))

    heading, problem, head, first, second = shown.out.splitlines()
    assert heading == "wire.xml: Wire [rss20], 2 entries"
    assert problem.startswith("  problem: not well-formed")
    assert head.split() == ["published", "title", "link"]
    assert first.split() == ["2023-04-16", "09:00", "UTC", "Dam", "breaks", "https://wire.example/1"]
    assert second.split() == ["no", "time", "No", "time"]


def test_of_a_long_document_people_see_the_first_entries() -> None:
    items = [(f"Dam {n}", f"https://wire.example/{n}", TIME) for n in range(23)]

    shown = typed("parse", saved("wire.xml", rss(*items)))

    assert shown.out.count("https://wire.example/") == 20
    assert shown.out.splitlines()[-1] == "  … and 3 more (--json shows all)"


def test_a_bad_document_does_not_stop_the_others() -> None:
    sources = [saved("one.xml"), "nowhere.xml", saved("page.html", b"<html><title>Hello"), saved("two.xml")]

    for_people, as_json = typed("parse", *sources), typed("parse", *sources, "--json")

    assert for_people.code == as_json.code == 1
    assert [line.partition(":")[0] for line in for_people.out.splitlines() if "rss20" in line] == [
        "one.xml",
        "two.xml",
    ]
    assert for_people.err.splitlines() == [
        "storywire: nowhere.xml: cannot be read: No such file or directory",
        "storywire: page.html: not a feed: it is an HTML page titled “Hello”",
    ]
    assert [(one["source"], "error" in one) for one in as_json.objects] == [
        ("one.xml", False),
        ("nowhere.xml", True),
        ("page.html", True),
        ("two.xml", False),
    ]
    assert as_json.err == ""


def test_a_directory_is_refused_with_what_to_type() -> None:
    Path("feeds").mkdir()

    shown = typed("parse", "feeds")

    assert (shown.code, shown.line) == (
        1,
        "storywire: feeds: is a directory; name the files in it: storywire parse feeds/*",
    )


def test_an_address_is_fetched_where_that_is_allowed(server: FeedServer) -> None:
    server.publish("/feed.xml", DOCUMENT)

    shown = typed("parse", server.url("/feed.xml"), "--allow", "127.0.0.0/8", "--json")

    assert shown.code == 0
    assert shown.objects[0]["title"] == "Wire"


def test_a_private_address_is_refused_with_a_hint(server: FeedServer) -> None:
    server.publish("/feed.xml", DOCUMENT)

    shown = typed("parse", server.url("/feed.xml"))

    assert shown.code == 1
    assert "127.0.0.1 is not a public address (--allow NETWORK opens a private network)" in shown.line
    assert server.log == []


UNFETCHABLE = {
    "another scheme": ("ftp://wire.example/feed", "only http and https are fetched, not 'ftp'"),
    "no host": ("http://", "the address names no host"),
    "a password": ("http://ada:canary@wire.example/", "the address holds a user name or password"),
}


@pytest.mark.parametrize(("url", "says"), UNFETCHABLE.values(), ids=UNFETCHABLE)
def test_an_address_that_nothing_would_open_gets_no_hint(url: str, says: str) -> None:
    shown = typed("parse", url)

    assert shown.code == 1
    assert shown.line.endswith(f": {says}")
    assert "canary" not in shown.err


def test_a_server_that_fails_is_told_with_its_answer(server: FeedServer) -> None:
    server.fail("/feed.xml", 404)

    shown = typed("parse", server.url("/feed.xml"), "--allow", "127.0.0.0/8")

    assert (shown.code, shown.line.endswith("127.0.0.1 answered 404 Not Found")) == (1, True)


def test_a_network_that_is_none_is_refused() -> None:
    shown = typed("parse", saved("wire.xml"), "--allow", "10.0.0.0/99")

    assert (shown.code, shown.out) == (2, "")
    assert shown.line.startswith("storywire: --allow: '10.0.0.0/99'")


@pytest.mark.data
def test_many_real_documents_are_read_at_once(data_dir: Path) -> None:
    files = sorted(
        path for path in (data_dir / "feeds").rglob("*") if path.is_file() and path.suffix == ".xml"
    )[::10]

    shown = typed("parse", *files, "--json")

    assert len(files) > 50
    assert [one["source"] for one in shown.objects] == [str(path) for path in files]
    assert shown.err == ""


def test_entries_become_items_that_other_commands_take() -> None:
    printed = typed("parse", saved("wire.xml"), "--items")
    Path("items.jsonl").write_text(printed.out, encoding="utf-8")

    tried = typed("keywords", "try", "dam outlet:wire", "--items", "items.jsonl")

    assert (printed.code, printed.err) == (0, "")
    assert printed.objects == [
        {
            "title": "Dam breaks",
            "summary": "Rain & wind",
            "url": "https://wire.example/1",
            "id": "https://wire.example/1",
            "published": "2023-04-16T09:00:00+00:00",
            "outlet": "Wire",
        }
    ]
    assert "of 1 articles it accepts 1" in tried.said


def test_what_cannot_be_read_makes_no_items() -> None:
    shown = typed("parse", "nowhere.xml", saved("wire.xml"), "--items")

    assert (shown.code, len(shown.objects)) == (1, 1)
    assert shown.line.startswith("storywire: nowhere.xml: cannot be read")


def test_one_way_to_print_is_chosen() -> None:
    shown = typed("parse", saved("wire.xml"), "--items", "--json")

    assert (shown.code, shown.out) == (2, "")
