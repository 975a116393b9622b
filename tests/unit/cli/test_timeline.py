"""`timeline` and `catchup` as they are typed."""

from __future__ import annotations

import re

import pytest

from tests.fakes.feedserver import FeedServer
from tests.unit.cli.typing_it import CONFIG, Typed, ago, configuration, rss, typed

TITLE = "Dam breaks near Ostrava after two days of rain"
LINK = "https://wire.example/a/rather/long/address/that/no/terminal/may/fold/" + "x" * 160


def asked(*arguments: object) -> Typed:
    return typed(*arguments, "-c", CONFIG)


@pytest.fixture(autouse=True)
def _polled(server: FeedServer) -> None:
    """Poll a report and, from another feed, one that came later."""
    server.publish("/wire.xml", rss((TITLE, LINK, ago(hours=3))))
    server.publish(
        "/post.xml", rss(("Minister sells an old dam in Brno", "https://post.example/3", ago(hours=1)))
    )
    feeds = [(name, server.url(f"/{name.lower()}.xml")) for name in ("Wire", "Post")]
    configuration(*feeds, more="concurrency = 1")
    assert typed("poll", "-c", CONFIG).code == 0
    assert server.requests("/wire.xml")
    assert server.requests("/post.xml")


def test_a_timeline_tells_events_in_order_with_their_links() -> None:
    shown = asked("timeline", "dams")

    assert (shown.code, shown.err) == (0, "")
    assert re.match(r"Dams, since \d+ \w{3} \d{4}, \d\d:\d\d\n\d+ \w{3} \d{4}\n- \d\d:\d\d ", shown.out)
    assert shown.out.index(TITLE) < shown.out.index("Minister sells an old dam in Brno")
    assert f"\n  {LINK}\n" in shown.out
    assert "\n  Wire\n" in shown.out


def test_a_timeline_as_json_is_a_line_for_each_happening() -> None:
    first, second = asked("timeline", "dams", "--json", "--days", 1).objects

    assert (first["title"], first["link"], first["outlet"]) == (TITLE, LINK, "Wire")
    assert (first["reports"], first["independent"], first["then"]) == (1, 1, [])
    assert second["title"] == "Minister sells an old dam in Brno"
    assert first["seen_at"] <= second["seen_at"]


def test_a_timeline_can_be_cut_short() -> None:
    (only,) = asked("timeline", "dams", "--json", "--limit", 1).objects
    shown = asked("timeline", "dams", "--since", "2999-01-01")

    assert only["title"] == "Minister sells an old dam in Brno"
    assert shown.out == "Dams, since 1 Jan 2999, 00:00: nothing was told\n"


def test_catching_up_needs_no_person() -> None:
    shown = asked("catchup", "--since", "2h")
    again = asked("catchup", "dams")

    assert (shown.code, shown.err) == (0, "")
    assert TITLE in shown.out
    assert TITLE in again.out
    assert asked("catchup", "--since", "2999-01-01").out.endswith(": nothing new\n")


MISTAKES = {
    "a story that there is not": (("timeline", "floods"), "there is no story floods in the configuration"),
    "another one": (("catchup", "floods"), "there is no story floods in the configuration"),
    "a time that is none": (("timeline", "dams", "--since", "soon"), "--since soon: must be a time such as"),
    "a time before all time": (("catchup", "--since", "999999d"), "--since 999999d: must be a time such as"),
    "another such": (("catchup", "--since", "2026-99-01"), "--since 2026-99-01: must be a time such as"),
}


@pytest.mark.parametrize(("arguments", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_in_one_line(arguments: tuple[str, ...], says: str) -> None:
    shown = asked(*arguments)

    assert (shown.code, shown.out) == (2, "")
    assert shown.line.startswith(f"storywire: {says}")
