"""`feeds`: a person adds, looks at, pauses, removes, imports and exports feeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.feedserver import FeedServer
from tests.unit.cli.typing_it import CONFIG, Typed, ago, configuration, rss, typed

PAGE = """<!doctype html><html><head><title>Wire</title>
<link rel=alternate type="application/rss+xml" href="/world.xml" title="World">
<link rel=alternate type="application/rss+xml" href="/broken.xml" title="Broken">
<link rel=alternate type="application/atom+xml" href="/sports.xml" title="Sports"></head></html>"""


def feeds(*arguments: object, answers: str = "") -> Typed:
    return typed("feeds", *arguments, "-c", CONFIG, answers=answers)


def states() -> dict[str, str]:
    return {one["name"]: one["state"] for one in feeds("list", "--json").objects}


@pytest.fixture
def wire(server: FeedServer) -> FeedServer:
    """Declare one feed, and serve another one, and a page that names three."""
    server.publish("/declared.xml", rss(("Dam holds", "https://wire.example/1", ago(hours=1))))
    server.publish("/world.xml", rss(("Dam breaks", "https://wire.example/2", ago(hours=1))))
    server.publish("/sports.xml", rss(("Football", "https://wire.example/3", ago(hours=1))))
    server.publish("/", PAGE.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
    server.publish("/lonely", b"<html><title>No links</title></html>", headers={"Content-Type": "text/html"})
    configuration(("Declared", server.url("/declared.xml")))
    return server


def test_a_feed_is_shown_before_it_is_added_and_polled_afterwards(wire: FeedServer) -> None:
    added = feeds("add", wire.url("/world.xml"), answers="y\n")

    assert (added.code, added.err) == (0, "")
    assert "rss20: 1 entry, the newest of" in added.said
    assert "story dams accepts 1: Dam breaks" in added.said
    assert "is polled from now on" in added.said
    typed("poll", "-c", CONFIG)
    assert states() == {"Declared": "ok", "Wire": "ok"}


def test_who_says_no_adds_nothing(wire: FeedServer) -> None:
    assert feeds("add", wire.url("/world.xml"), answers="n\n").code == 1
    assert list(states()) == ["Declared"]


def test_an_added_feed_is_checked_and_shown_in_a_dry_run_as_well(wire: FeedServer) -> None:
    feeds("add", wire.url("/world.xml"), "--name", "The World", "--yes")

    assert "The World" in typed("check", "-c", CONFIG).said
    assert "Dam breaks" in typed("poll", "--dry-run", "-c", CONFIG).said


def test_a_page_is_enough(wire: FeedServer) -> None:
    added = feeds("add", wire.url("/"), "--name", "The World", "--yes")

    assert added.code == 0, added.err
    assert "1. Wire" in added.said
    assert wire.url("/sports.xml") in added.said, "the others are named, the broken one is not"
    assert wire.url("/broken.xml") not in added.said
    assert list(states()) == ["Declared", "The World"]


def test_of_several_feeds_one_is_picked(wire: FeedServer) -> None:
    feeds("add", wire.url("/"), "--pick", 2, "--yes")

    assert [one["url"] for one in feeds("list", "--json").objects][1:] == [wire.url("/sports.xml")]
    assert feeds("add", wire.url("/"), "--pick", 9).line.endswith(
        f"--pick 9: there are 2 feeds at {wire.url('/')}"
    )


def test_a_feed_in_a_usual_place_is_found(wire: FeedServer) -> None:
    wire.publish("/feed", rss(("Dam breaks", "https://wire.example/2", ago(hours=1))))

    assert wire.url("/feed") in feeds("test", wire.url("/lonely")).said
    assert list(states()) == ["Declared"], "a test adds nothing"


MISTAKES = {
    "polled already": ("/declared.xml", 'is polled already, as "Declared"'),
    "no feed there": ("/lonely", "it names no feed that can be read"),
    "nothing there": ("/nothing", "answered 404 Not Found"),
}


@pytest.mark.parametrize(("path", "says"), MISTAKES.values(), ids=MISTAKES)
def test_what_cannot_be_added_is_told_in_one_line(wire: FeedServer, path: str, says: str) -> None:
    answer = feeds("add", wire.url(path), "--yes")

    assert answer.code == 2
    assert says in answer.line


def test_a_file_is_never_read(wire: FeedServer) -> None:
    Path("feed.xml").write_bytes(rss(("Dam breaks", "https://wire.example/2", ago(hours=1))))

    answer = feeds("add", Path("feed.xml").absolute().as_uri(), "--yes")

    assert answer.code == 2
    assert "only http and https are fetched" in answer.line
    assert wire.log == []


def test_two_feeds_of_one_title_get_two_names(wire: FeedServer) -> None:
    feeds("add", wire.url("/world.xml"), "--yes")
    feeds("add", wire.url("/sports.xml"), "--yes")

    assert list(states()) == ["Declared", "Wire", "Wire (2)"]


def test_a_paused_feed_is_not_polled_until_it_is_resumed(wire: FeedServer) -> None:
    assert feeds("pause", "declared", "--reason", "too loud").code == 0
    typed("poll", "-c", CONFIG)
    assert states() == {"Declared": "paused"}
    assert "too loud" in feeds("list").said
    assert wire.requests("/declared.xml") == []

    assert feeds("resume", wire.url("/declared.xml")).code == 0
    typed("poll", "-c", CONFIG)
    assert states() == {"Declared": "ok"}


def test_what_was_added_can_be_removed(wire: FeedServer) -> None:
    feeds("add", wire.url("/world.xml"), "--yes")

    assert feeds("remove", "Wire").code == 0
    assert list(states()) == ["Declared"]


@pytest.mark.usefixtures("wire")
def test_what_the_file_declares_is_taken_out_there() -> None:
    answer = feeds("remove", "Declared")

    assert answer.code == 2
    assert answer.line == (
        f'storywire: "Declared" stands in {CONFIG}: take it out there, or use storywire feeds pause'
    )


@pytest.mark.usefixtures("wire")
@pytest.mark.parametrize("command", ["pause", "resume", "remove"])
def test_a_feed_nobody_knows_is_told_with_the_nearest_name(command: str) -> None:
    assert (
        feeds(command, "Declare").line == 'storywire: there is no feed "Declare" (did you mean "Declared"?)'
    )


def test_those_in_trouble_come_first_and_say_why(wire: FeedServer) -> None:
    wire.fail("/down.xml", 404)
    wire.fail("/gone.xml", 410)
    names = ["declared", "down", "gone"]
    configuration(*((name, wire.url(f"/{name}.xml")) for name in names))
    typed("poll", "-c", CONFIG)

    listed = feeds("list", "--json").objects

    assert [one["name"] for one in listed] == ["down", "gone", "declared"]
    assert [one["state"].split(" ")[0] for one in listed] == ["failing", "paused", "ok"]
    said = feeds("list").said
    assert "answered 404 Not Found" in said
    assert "its publisher took it down for good" in said


LIST = """<opml version="2.0"><body><outline text="News">
<outline text="World & more" xmlUrl="{world}"/>
<outline text="Declared" xmlUrl="{declared}"/>
<outline text="Inside" xmlUrl="http://10.0.0.1/feed"/>
</outline></body></opml>"""


def test_a_list_is_imported_as_far_as_it_holds_feeds(wire: FeedServer) -> None:
    text = LIST.format(world=wire.url("/world.xml"), declared=wire.url("/declared.xml"))
    Path("list.opml").write_text(text, encoding="utf-8")

    shown = feeds("import", "list.opml", "--dry-run")
    assert (shown.code, list(states())) == (0, ["Declared"])
    assert "1 would be added" in shown.said

    done = feeds("import", "list.opml")
    assert list(states()) == ["Declared", "World & more"]
    assert "list.opml: " in done.said, "what is wrong with it is told"
    assert "http://10.0.0.1/feed: left out" in done.said
    assert "3 feeds in the list, 1 added" in done.said
    assert "0 added" in feeds("import", "list.opml").said


def test_a_list_of_too_many_feeds_is_refused_whole(wire: FeedServer) -> None:
    Path("list.txt").write_text("\n".join(wire.url(f"/{n}.xml") for n in range(4)), encoding="utf-8")

    answer = feeds("import", "list.txt", "--most", 3)

    assert answer.code == 2
    assert answer.line == "storywire: 4 new feeds are more than 3; --most 4 adds them"
    assert list(states()) == ["Declared"]


NO_LISTS = {
    "no file": (None, "cannot be read"),
    "no feeds": ("<opml><body/></opml>", "there is no feed in it"),
}


@pytest.mark.parametrize(("text", "says"), NO_LISTS.values(), ids=NO_LISTS)
def test_a_list_without_feeds(wire: FeedServer, text: str | None, says: str) -> None:
    if text is not None:
        Path("list.opml").write_text(text, encoding="utf-8")

    answer = feeds("import", "list.opml")

    assert (answer.code, wire.log) == (2, [])
    assert says in answer.line


def test_what_is_exported_can_be_imported(wire: FeedServer) -> None:
    feeds("add", wire.url("/world.xml"), "--name", "World <&> more", "--yes")
    assert feeds("export", "out.opml").code == 0
    Path("archive.db").unlink()

    feeds("import", "out.opml")

    assert list(states()) == ["Declared", "World <&> more"]
    assert "<opml" in feeds("export").out
