"""Feeds that misbehave: each row of the list of bad feeds, over several rounds, with real parts.

The numbers in the comments are the rows'. Only the servers, the channel and the clock are fakes.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.edge.parse import Parser
from bot.model import Policy, Server, Validators
from bot.pipeline import Polled
from bot.service import Service
from storage import open_archive
from tests.builders import NOW, a_story
from tests.fakes.feedserver import FeedServer
from tests.fakes.misbehaving import (
    BADLY_PACKED,
    PAGES,
    TOO_MUCH,
    Item,
    an_item,
    behind_cookies,
    bombs,
    harmless_lures,
    rss,
    shorter_than_announced,
    stuck,
    with_another_body_each_time,
    with_another_etag_each_time,
)
from tests.walk.loopback import PATH, Loopback

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: Reports that nobody would take for one another.
DAMS = (
    "Dam breaks near Ostrava",
    "Minister opens rebuilt dam at Brno",
    "Beavers spare a village the cost of a dam",
    "Parliament rejects the dam tax by three votes",
    "Divers find a bell tower behind the Orlik dam",
    "Painter shows forty sketches of a dam in Vienna",
)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="module")
def parse() -> Parser:
    """Give one parser to all, whose worker stays warm; starting one may take long on a busy machine."""
    return Parser(limit=timedelta(seconds=30))


@pytest.fixture(scope="module")
def blank(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an empty archive to copy: making its tables takes longer than most tests."""
    path = tmp_path_factory.mktemp("blank") / "archive.db"

    async def make() -> None:
        await (await open_archive(f"sqlite:///{path}")).close()

    runner.run(make())
    return path


@pytest.fixture
def walk(
    runner: asyncio.Runner, parse: Parser, blank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Loopback]:
    # Nothing here is at https; reading a system's certificates takes as long as ten polls.
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.setenv(name, os.devnull)
    shutil.copy(blank, tmp_path / "archive.db")
    with Loopback(runner, parse, f"sqlite:///{tmp_path}/archive.db") as walk:
        yield walk


def reports(*titles: str, at: datetime = NOW) -> list[Item]:
    """Give items in a feed's order: the newest first."""
    return [an_item(title, at=at - place * HOUR) for place, title in enumerate(titles)]


def outcome(polled: Polled) -> tuple[int, int]:
    assert polled.failure is None
    return polled.listed, polled.unseen


# ------------------------------------------------------------------------------- 1, 2, 3: ids

ALL_IDS_CHANGE: dict[str, Callable[[Item], Item]] = {
    "from https to http, links too": lambda item: replace(
        item, id=(item.id or "").replace("https:", "http:"), link=(item.link or "").replace("https:", "http:")
    ),
    "to numbers": lambda item: replace(item, id=f"urn:post:{len(item.title)}"),
    "to none at all": lambda item: replace(item, id=None),
    "with all addresses": lambda item: replace(item, id=f"{item.id}?p=1", link=f"{item.link}/index.php/a"),
    "with the site's name": lambda item: replace(
        item,
        id=(item.id or "").replace("wire", "new-wire"),
        link=(item.link or "").replace("wire", "new-wire"),
    ),
}


@pytest.mark.parametrize("rebuilt", ALL_IDS_CHANGE.values(), ids=ALL_IDS_CHANGE)
def test_row_1_every_id_changes_and_nothing_is_posted_again(
    rebuilt: Callable[[Item], Item], walk: Loopback
) -> None:
    listed = reports(*DAMS[:5])
    walk.opened()
    walk.hears(*listed)
    posted = walk.posted()
    assert sorted(posted) == sorted(DAMS[:5])

    for _ in range(3):
        walk.hears(*map(rebuilt, listed))
        walk.hears(*listed)
    assert walk.posted() == posted

    walk.hears(an_item(DAMS[5], at=walk.clock.now()), *map(rebuilt, listed))
    assert walk.posted() == [*posted, DAMS[5]]


@pytest.mark.parametrize("rebuilt", ALL_IDS_CHANGE.values(), ids=ALL_IDS_CHANGE)
def test_row_1_every_id_and_date_changes_when_the_reports_are_no_longer_compared(
    rebuilt: Callable[[Item], Item], walk: Loopback
) -> None:
    walk.opened()
    walk.hears(*reports(*DAMS))
    posted = walk.posted()

    walk.wait(30 * DAY)
    for _ in range(2):
        walk.hears(*(rebuilt(item) for item in reports(*DAMS, at=walk.clock.now())))

    assert walk.posted() == posted


def test_row_2_an_id_that_is_used_again_hides_no_story(walk: Loopback) -> None:
    walk.opened()
    for _ in range(2):
        for title in DAMS:
            walk.hears(replace(an_item(title), id="latest"))

    assert walk.posted() == list(DAMS)


NO_ID: dict[str, Callable[[Item], Item]] = {
    "missing": lambda item: replace(item, id=None),
    "empty": lambda item: replace(item, id=""),
    "blank": lambda item: replace(item, id=" \n "),
    "the same for all": lambda item: replace(item, id="https://wire.example/"),
    "missing with the link": lambda item: replace(item, id=None, link=None),
    "the front page, as the link": lambda item: replace(
        item, id="https://wire.example/", link="https://wire.example/"
    ),
}


@pytest.mark.parametrize("spoilt", NO_ID.values(), ids=NO_ID)
def test_row_3_without_usable_ids_each_item_is_posted_once(
    spoilt: Callable[[Item], Item], walk: Loopback
) -> None:
    listed = [spoilt(item) for item in reports(*DAMS)]
    walk.opened()

    for first in (3, 2, 1, 0, 0):
        walk.hears(*listed[first:])
        walk.hears(*listed[:first:-1], listed[first])

    assert sorted(walk.posted()) == sorted(DAMS)


# ---------------------------------------------------------------- 4, 5, 6, 7: what was there before


def test_row_4_older_entries_that_slide_in_are_history(walk: Loopback) -> None:
    walk.opened()
    fresh = reports(*DAMS[:3])
    walk.hears(*fresh)
    posted = walk.posted()

    old = [an_item(title, at=NOW - (3 + place) * DAY) for place, title in enumerate(DAMS[3:])]
    for place in range(1, 4):
        polled = walk.hears(*fresh[place:], *old[:place])
        assert polled.unseen == 1

    assert walk.posted() == posted
    assert walk.health().articles == 1 + len(DAMS)


SHRINKS: dict[str, Sequence[Sequence[str]]] = {
    "to one entry": [DAMS[:1]],
    "to nothing": [[]],
    "to other entries": [["Weather turns"], ["Weather turns wet"]],
}


@pytest.mark.parametrize("away", [HOUR, 100 * DAY], ids=["an hour", "a hundred days"])
@pytest.mark.parametrize("shrunk", SHRINKS.values(), ids=SHRINKS)
def test_row_5_what_a_feed_lost_and_lists_again_is_not_posted_again(
    shrunk: Sequence[Sequence[str]], away: timedelta, walk: Loopback
) -> None:
    # Undated, so that nothing but the memory of them can tell that they are old.
    listed = [replace(item, date=None) for item in reports(*DAMS)]
    walk.opened()
    walk.hears(*listed)
    posted = walk.posted()

    for titles in shrunk:
        walk.hears(*(replace(an_item(title), date=None) for title in titles))
    walk.wait(away)
    walk.hears(*listed)
    walk.hears(*listed)

    assert walk.posted() == posted


SAVED_AGAIN: dict[str, Callable[[Item, str], Item]] = {
    "under new dates": lambda item, now: replace(item, date=now),
    "under new dates and ids": lambda item, now: replace(item, date=now, id=f"{item.id}#{now}"),
    "under new dates, the mark-up changed": lambda item, now: replace(
        item, date=now, text=f"<p class='b'>{item.text}</p>"
    ),
}


@pytest.mark.parametrize("saved", SAVED_AGAIN.values(), ids=SAVED_AGAIN)
def test_row_6_posts_that_are_saved_again_by_the_hundred_are_no_news(
    saved: Callable[[Item, str], Item], walk: Loopback
) -> None:
    # So many were seen; a story wants some of them.
    names = ["Dam", *["Bridge"] * 29]
    listed = [
        replace(an_item(f"{names[n % 30]} number {n} is inspected"), text=f"Report {n}.") for n in range(606)
    ]
    walk.follow()
    walk.hears(*listed)
    posted = walk.posted()
    assert len(posted) == 1

    for _ in range(2):
        walk.wait(6 * HOUR)
        walk.hears(*(saved(item, format_datetime(walk.clock.now())) for item in listed))

    assert walk.posted() == posted


@pytest.mark.parametrize("backfill", [0, 1, 3, 10])
def test_row_7_of_a_backlog_the_newest_are_posted_and_the_rest_is_seen(backfill: int, walk: Loopback) -> None:
    walk.stories = [a_story(policy=Policy(backfill=backfill))]
    walk.restart()
    walk.follow()
    towns = "Ostrava Brno Pilsen Olomouc Liberec Zlin Jihlava Opava Kladno Tabor Decin Chrudim".split()
    backlog = reports(*(f"Dam near {town} opens" for town in towns))

    walk.hears(*backlog)
    for _ in range(2):
        walk.hears(*backlog[1:])
        walk.hears(*backlog)

    assert walk.posted() == [item.title for item in backlog[:backfill]][::-1]
    assert walk.health().articles == len(towns)


# ----------------------------------------------------------------------------------- 8: churning text

CHURNS: dict[str, Callable[[int], Item]] = {
    "a counter in the text": lambda n: replace(an_item(DAMS[0]), text=f"Read by {n} people so far."),
    "a counter in the headline": lambda n: replace(
        an_item(DAMS[0]), title=f"{DAMS[0]} ({n} comments)", link="https://wire.example/dam-breaks"
    ),
    "another advertisement each time": lambda n: replace(
        an_item(DAMS[0]), text=f"A dam broke. {' '.join(f'ad{n}x{m}' for m in range(30))}"
    ),
    "a new id each time, too": lambda n: replace(
        an_item(DAMS[0]), text=f"Read by {n} people so far.", id=f"{n}"
    ),
}


@pytest.mark.parametrize("item", CHURNS.values(), ids=CHURNS)
def test_row_8_a_text_that_changes_at_every_poll_edits_its_post_a_few_times_a_day(
    item: Callable[[int], Item], walk: Loopback
) -> None:
    walk.opened()
    with_another_body_each_time(walk.server, PATH, lambda number: rss(item(number)))

    for _ in range(2):
        before = len(walk.posted())
        for _ in range(24):
            walk.poll(after=HOUR)
        assert len(walk.posted()) - before <= 6  # the card itself, and five changes
    assert len(walk.channel.messages) == 1


# ---------------------------------------------------------------------------------------- 9, 10: dates

DATES: dict[str, str | None] = {
    "none": None,
    "nothing in it": "",
    "1970": "Thu, 01 Jan 1970 00:00:00 GMT",
    "next week": "Thu, 22 Jan 2026 12:00:00 GMT",
    "the year 2041": "Sun, 16 Apr 2041 10:00:00 GMT",
    "the year 9999": "Fri, 31 Dec 9999 23:59:59 GMT",
    "all zeros": "0000-00-00 00:00:00",
    "the thirtieth of February": "Mon, 30 Feb 2026 12:00:00 GMT",
    "words": "the day before yesterday",
    "seconds": str(int(NOW.timestamp())),
    "milliseconds": str(int(NOW.timestamp()) * 1000),
    "a week date": "2026-W03-4",
    "summer time in winter": "Thu, 15 Jan 2026 08:00:00 EDT",
    "a zone that does not exist": "Thu, 15 Jan 2026 12:00:00 XYZT",
}


@pytest.mark.parametrize("date", DATES.values(), ids=DATES)
def test_rows_9_and_10_a_date_that_is_wrong_neither_hides_an_item_nor_repeats_it(
    date: str | None, walk: Loopback
) -> None:
    walk.opened()
    wrong = replace(an_item(DAMS[0]), date=date)
    walk.hears(wrong, *reports(DAMS[1]))
    posted = walk.posted()

    walk.hears(wrong, *reports(DAMS[1]))
    walk.hears(an_item(DAMS[0]), *reports(DAMS[1]))
    walk.wait(9 * DAY)
    walk.hears(replace(wrong, date="2026-01-24T12:00:00Z"), *reports(DAMS[1]))

    assert sorted(posted) == sorted(DAMS[:2])
    assert walk.posted() == posted


def test_row_10_dates_that_jump_do_not_make_known_items_new(walk: Loopback) -> None:
    walk.opened()
    walk.hears(*reports(*DAMS))
    posted = walk.posted()

    for date in DATES.values():
        walk.hears(*(replace(item, date=date) for item in reports(*DAMS)))

    assert walk.posted() == posted


# ------------------------------------------------------------------------------------- 11, 12: redirects

OTHER = "/other"


def stranger_feed(*, round_number: int = 0) -> bytes:
    return rss(*(an_item(f"Domain offer {n} of {round_number}", site="parked.example") for n in range(3)))


def moved(walk: Loopback, *, path: str = OTHER, host: str = "new.example") -> str:
    return walk.server.url(path, host=host)


def known_feed_moves(walk: Loopback) -> None:
    walk.opened(*reports(*DAMS))
    walk.server.redirect(PATH, moved(walk), status=301)


#: Hours between answers.
ANSWERS = {"four within 25 hours": (0, 10, 13, 2), "the third is late": (0, 30, 1), "the day is": (0, 12, 12)}


@pytest.mark.parametrize("waits", ANSWERS.values(), ids=ANSWERS)
def test_row_11_a_feed_that_moved_is_followed_for_good_after_three_answers_over_a_day(
    waits: tuple[int, ...], walk: Loopback
) -> None:
    known_feed_moves(walk)
    walk.server.publish(OTHER, rss(*reports(*DAMS)))

    for hours in waits:
        assert walk.stored().moved_to is None
        walk.poll(after=HOUR * hours)
    assert walk.stored().moved_to == moved(walk)

    asked = walk.asked()
    walk.restart()
    walk.poll()
    assert (walk.asked(), walk.asked(OTHER)) == (asked, len(waits) + 1)
    assert len(walk.posted()) == 1


PARKED: dict[str, Callable[[FeedServer, str, int], None]] = {
    "a page": lambda server, path, _n: PAGES["a parked domain"](server, path),
    "a page that calls itself a feed": lambda server, path, _n: PAGES["a page that calls itself a feed"](
        server, path
    ),
    "nothing": lambda server, path, _n: server.publish(path, b""),
    "an error": lambda server, path, _n: server.fail(path, 404),
    "a feed of nothing": lambda server, path, _n: server.publish(path, rss()),
    "a feed of strangers": lambda server, path, _n: server.publish(path, stranger_feed()),
    "a feed of strangers with an ETag": lambda server, path, _n: server.publish(
        path, stranger_feed(), etag='"1"'
    ),
    "a feed of other strangers each time": lambda server, path, n: server.publish(
        path, stranger_feed(round_number=n)
    ),
    "a page, then a feed of strangers": lambda server, path, n: (
        PAGES["a parked domain"](server, path) if n % 2 else server.publish(path, stranger_feed())
    ),
    "a feed of strangers whose foot changes": lambda server, path, n: server.publish(
        path, stranger_feed() + b"<!-- %d -->" % n
    ),
}


@pytest.mark.parametrize("parked", PARKED.values(), ids=PARKED)
def test_row_11_a_feed_never_moves_to_a_parked_page(
    parked: Callable[[FeedServer, str, int], None], walk: Loopback
) -> None:
    known_feed_moves(walk)
    for number in range(16):
        parked(walk.server, OTHER, number)
        walk.poll(after=6 * HOUR)

    assert walk.stored().moved_to is None
    walk.server.publish(PATH, rss(an_item(DAMS[0] + " again", at=walk.clock.now()), *reports(*DAMS)))
    walk.poll(after=6 * HOUR)
    assert walk.stored().failures == 0


def test_row_11_a_feed_that_is_sent_from_one_stranger_to_the_next_stays(walk: Loopback) -> None:
    known_feed_moves(walk)
    walk.server.publish(OTHER, stranger_feed())
    for number in range(24):
        walk.server.redirect(PATH, moved(walk, host=f"parked{number // 6}.example"), status=301)
        walk.poll(after=6 * HOUR)

    assert walk.stored().moved_to is None


def test_row_11_a_feed_whose_new_home_dies_is_asked_for_at_its_own_address_again(walk: Loopback) -> None:
    known_feed_moves(walk)
    walk.server.publish(OTHER, rss(*reports(*DAMS)))
    for _ in range(4):
        walk.poll(after=12 * HOUR)
    assert walk.stored().moved_to == moved(walk)

    walk.server.fail(OTHER, 404)
    walk.server.publish(PATH, rss(an_item("Dam returns home", at=walk.clock.now()), *reports(*DAMS)))
    walk.live(36 * HOUR, step=HOUR)

    assert walk.stored().moved_to is None
    assert walk.posted()[-1] == "Dam returns home"


def lead(server: FeedServer, *paths: str) -> None:
    """Redirect from each of these paths to the next."""
    for path, to in pairwise(paths):
        server.redirect(path, to)


ASTRAY: dict[str, Callable[[FeedServer], None]] = {
    "a loop": lambda server: lead(server, PATH, PATH),
    "a loop of two": lambda server: lead(server, PATH, "/1", PATH),
    "a chain of six": lambda server: lead(server, PATH, "/1", "/2", "/3", "/4", "/5", "/6"),
    "into a private network": lambda server: server.redirect(PATH, "http://192.168.1.1/feed"),
    "to the metadata service": lambda server: server.redirect(PATH, "http://169.254.169.254/latest/"),
    "to a file": lambda server: server.redirect(PATH, "file:///etc/passwd"),
    "to another protocol": lambda server: server.redirect(PATH, "gopher://127.0.0.1:70/1"),
    "to inline data": lambda server: server.redirect(PATH, "data:application/rss+xml,<rss/>"),
    "to nowhere": lambda server: server.fail(PATH, 301),
    "to rubbish": lambda server: server.redirect(PATH, "http://[broken"),
}


@pytest.mark.parametrize("astray", ASTRAY.values(), ids=ASTRAY)
def test_row_12_a_redirect_that_leads_astray_is_a_failure_like_others(
    astray: Callable[[FeedServer], None], walk: Loopback
) -> None:
    walk.opened()
    walk.server.publish("/6", rss(*reports(*DAMS)))
    astray(walk.server)
    before = len(walk.server.log)
    for failures in (1, 2):
        polled = walk.poll()
        assert "redirects" in (polled.failure or "")
        assert polled.feed.failures == failures
    assert len(walk.server.log) - before <= 2 * 6

    walk.hears(*reports(*DAMS[:1]))
    assert walk.posted() == [DAMS[0]]
    assert walk.stored().paused is None


# --------------------------------------------------------------------- 13, 14, 15, 16: documents


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_row_13_a_page_in_place_of_a_feed_is_an_error(
    page: Callable[[FeedServer, str], None], walk: Loopback
) -> None:
    walk.opened()
    walk.server.publish(PATH, rss(*reports(*DAMS[:2])), etag='"feed"')
    walk.poll()
    posted = walk.posted()

    page(walk.server, PATH)
    for failures in (1, 2):
        polled = walk.poll()
        assert (polled.feed.failures, "not a feed" in (polled.failure or "")) == (failures, True)
        assert walk.stored().validators == Validators(etag='"feed"')
    assert walk.posted() == posted

    walk.hears(*reports(*DAMS[:3]))
    assert walk.stored().failures == 0
    assert walk.posted() == [*posted, DAMS[2]]


def test_row_13_a_challenge_that_says_so_is_named(walk: Loopback) -> None:
    walk.opened()
    walk.server.fail(PATH, 403, headers={"cf-mitigated": "challenge"})

    assert "wants to see a browser" in (walk.poll().failure or "")


def test_row_14_of_a_body_that_is_cut_off_the_last_item_waits(walk: Loopback) -> None:
    walk.opened()
    items = [replace(item, text=f"{item.title} in full.") for item in reports(*DAMS[:4])]
    whole = rss(*items)
    cut = whole[: whole.index(b"<description>" + DAMS[3].encode()) + 30]
    walk.server.publish(PATH, cut, etag='"1"')

    for _ in range(2):
        walk.poll()
        assert sorted(walk.posted()) == sorted(DAMS[:3])
        assert walk.stored().validators == Validators()

    walk.server.publish(PATH, whole, etag='"1"')
    walk.poll()
    assert sorted(walk.posted()) == sorted(DAMS[:4])
    assert walk.stored().validators == Validators(etag='"1"')


def test_row_14_a_connection_that_breaks_off_is_a_failure(walk: Loopback) -> None:
    walk.opened()
    shorter_than_announced(walk.server, PATH, rss(*reports(*DAMS)))

    for failures in (1, 2):
        polled = walk.poll()
        assert ("broke off" in (polled.failure or ""), polled.feed.failures) == (True, failures)
    assert walk.posted() == []

    walk.hears(*reports(*DAMS))
    assert sorted(walk.posted()) == sorted(DAMS)


CYRILLIC = "Плотина dam прорвана у Остравы, новости к вечеру"


def in_charset(codec: str, declared: str, header: str) -> Callable[[FeedServer], None]:
    prolog = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    body = rss(an_item(CYRILLIC), prolog=prolog).decode().encode(codec)
    return lambda server: server.publish(PATH, body, headers={"Content-Type": header})


CHARSETS = {
    "cp1251 declared as UTF-8": in_charset("cp1251", "utf-8", "application/rss+xml"),
    "cp1251 that the header calls UTF-8": in_charset("cp1251", "", "text/xml; charset=utf-8"),
    "cp1251 that nobody declares": in_charset("cp1251", "", "application/rss+xml"),
    "UTF-8 declared as Latin": in_charset("utf-8", "iso-8859-1", "text/xml; charset=iso-8859-1"),
    "UTF-8 declared as an encoding that runs": in_charset("utf-8", "unicode_escape", "application/rss+xml"),
    "UTF-8 declared as UTF-7": in_charset("utf-8", "utf-7", "application/rss+xml"),
    "UTF-8 declared as idna": in_charset("utf-8", "idna", "application/rss+xml"),
    "UTF-8 declared as rubbish": in_charset("utf-8", "x-no-such", "application/rss+xml"),
    "UTF-16 declared as UTF-8": in_charset("utf-16", "utf-8", "application/rss+xml"),
    "KOI8-R declared as such": in_charset("koi8-r", "koi8-r", "application/rss+xml"),
}


@pytest.mark.parametrize("publish", CHARSETS.values(), ids=CHARSETS)
def test_row_15_a_wrong_charset_garbles_nothing(
    publish: Callable[[FeedServer], None], walk: Loopback
) -> None:
    walk.opened()
    publish(walk.server)
    walk.poll()
    walk.poll()

    assert walk.posted() == [CYRILLIC]


POISON = {
    "half a surrogate pair": "&#xD83D;&#xDE00;",
    "half a surrogate pair in decimal": "&#55357;",
    "a NUL": "&#0;",
    "a character beyond all": "&#x110000;",
    "a number without end": f"&#{'9' * 5_000};",
    "an empty reference": "&#;",
    "an entity nobody declared": "&unknown;",
    "a bare ampersand": " & ",
    "a control character": "\x0b",
    "a non-character": "\ufffe",
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_row_16_one_poisoned_item_holds_up_no_other(poison: str, walk: Loopback) -> None:
    walk.opened()
    body = rss(*reports(*DAMS[:3])).replace(b"<title>Beavers", f"<title>{poison}Beavers".encode())
    walk.server.publish(PATH, body)
    walk.poll()
    walk.poll()

    assert set(DAMS[:2]) <= set(walk.posted())
    assert len(walk.posted()) <= 3
    assert walk.stored().failures == 0


# ------------------------------------------------------------------- 17, 18, 19, 20: bodies and time


@pytest.mark.parametrize("packed", BADLY_PACKED.values(), ids=BADLY_PACKED)
def test_row_17_compression_that_lies_is_a_failure_and_costs_nothing(
    packed: Callable[[FeedServer, str, bytes], None], walk: Loopback
) -> None:
    walk.opened()
    packed(walk.server, PATH, rss(*reports(*DAMS)) * 3)
    for failures in (1, 2):
        assert walk.poll().feed.failures == failures
    assert walk.posted() == []

    walk.server.compressed(PATH, rss(*reports(*DAMS)))
    walk.poll()
    assert sorted(walk.posted()) == sorted(DAMS)


def hang_behind_a_redirect(server: FeedServer) -> None:
    server.redirect(PATH, "/1")
    server.hang("/1")


SLOW: dict[str, Callable[[FeedServer], None]] = {
    "the first byte": lambda server: server.hang(PATH),
    "the headers": lambda server: server.slow_headers(PATH),
    "the body": lambda server: server.drip(PATH),
    "what a redirect leads to": hang_behind_a_redirect,
}


@pytest.mark.parametrize("slow", SLOW.values(), ids=SLOW)
def test_row_18_one_deadline_ends_whatever_is_slow(
    slow: Callable[[FeedServer], None], walk: Loopback
) -> None:
    walk.opened()
    slow(walk.server)
    walk.restart(deadline=timedelta(seconds=0.3))
    for failures in (1, 2):
        begun = time.perf_counter()
        polled = walk.poll()
        assert "did not answer in full within 0.3 s" in (polled.failure or "")
        assert polled.feed.failures == failures
        assert time.perf_counter() - begun < 0.3 + 2

    walk.restart()
    walk.hears(*reports(*DAMS[:1]))
    assert walk.posted() == [DAMS[0]]


@pytest.mark.parametrize("too_much", TOO_MUCH.values(), ids=TOO_MUCH)
def test_row_19_an_answer_without_bounds_is_a_failure(
    too_much: Callable[[FeedServer, str], None], walk: Loopback
) -> None:
    walk.opened()
    too_much(walk.server, PATH)
    for failures in (1, 2):
        begun = time.perf_counter()
        assert walk.poll().feed.failures == failures
        assert time.perf_counter() - begun < 5
    assert walk.posted() == []

    walk.hears(*reports(*DAMS[:1]))
    assert walk.posted() == [DAMS[0]]


def test_row_18_a_body_that_takes_long_to_read_is_given_up_and_holds_up_no_other(walk: Loopback) -> None:
    eater = b"<author>" + b"a-" * 40_000 + b"</author>"
    walk.parse = Parser(limit=timedelta(seconds=2))
    walk.restart()
    walk.follow(walk.server.url(PATH), walk.server.url(OTHER))
    walk.server.publish(PATH, rss(*reports(*DAMS[1:])).replace(b"<item>", b"<item>" + eater, 1))
    walk.server.publish(OTHER, rss(*reports(DAMS[0])))

    begun = time.perf_counter()
    walk.round()

    assert "longer than 2 s" in (walk.health().failure or "")
    assert walk.health(OTHER).failure is None
    assert time.perf_counter() - begun < 2 + 2
    assert walk.posted() == [DAMS[0]]


LONG: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "well-formed": (5_100, lambda body: body),
    "cut off": (2_000, lambda body: body[:-60]),
}


@pytest.mark.parametrize(("entries", "end"), LONG.values(), ids=LONG)
def test_row_20_of_thousands_of_entries_the_first_thousand_are_read(
    entries: int, end: Callable[[bytes], bytes], walk: Loopback
) -> None:
    listed = [an_item(f"Weather report {n} stays dry") for n in range(entries)]
    walk.follow()
    walk.server.publish(PATH, end(rss(*listed)))
    walk.poll()
    assert walk.health().articles == 1_000

    walk.server.publish(PATH, end(rss(an_item(DAMS[0]), *listed)))
    polled = walk.poll()
    assert (polled.failure, polled.unseen) == (None, 1)
    assert walk.posted() == [DAMS[0]]


# --------------------------------------------------------------------------- 21, 22, 23: conditions

STUCK = {
    "an ETag": {"ETag": '"1"'},
    "a date in 2041": {"Last-Modified": "Sun, 16 Apr 2041 10:00:00 GMT"},
    "both": {"ETag": '"1"', "Last-Modified": "Sun, 16 Apr 2041 10:00:00 GMT"},
}


@pytest.mark.parametrize("validators", STUCK.values(), ids=STUCK)
def test_row_21_news_behind_a_stuck_validator_is_found_within_a_day(
    validators: dict[str, str], walk: Loopback
) -> None:
    walk.follow()
    stuck(walk.server, PATH, rss(*reports("Weather stays dry")), validators)
    walk.poll()
    walk.poll()
    for title in DAMS[:2]:
        stuck(walk.server, PATH, rss(an_item(title, at=walk.clock.now())), validators)
        walk.live(DAY, step=HOUR)

    conditions = {"If-None-Match", "If-Modified-Since"}
    whole = [one for one in walk.server.requests(PATH) if not conditions & one.headers.keys()]
    assert walk.posted() == list(DAMS[:2])
    assert len(whole) == 3, "the first, and one a day"


def test_row_22_validators_that_change_at_every_answer_are_replaced_and_decide_nothing(
    walk: Loopback,
) -> None:
    walk.opened()
    date = "Thu, 15 Jan 2026 11:00:00 GMT"
    with_another_etag_each_time(walk.server, PATH, rss(*reports(*DAMS)), last_modified=date)
    for _ in range(3):
        walk.poll()
    posted = walk.posted()
    assert sorted(posted) == sorted(DAMS)

    with_another_etag_each_time(walk.server, PATH, rss(an_item("Dam is news"), *reports(*DAMS)))
    for _ in range(2):
        walk.poll()
    assert walk.posted() == [*posted, "Dam is news"]
    shown = [
        (one.headers.get("If-None-Match"), one.headers.get("If-Modified-Since"))
        for one in walk.server.requests(PATH)[1:]
    ]
    assert shown == [
        (None, None),
        ('W/"1, \'1"', date),
        ('W/"2, \'2"', date),
        ('W/"3, \'3"', date),
        ('W/"1, \'1"', None),
    ]


def test_row_22_news_under_an_old_date_is_found_at_once(walk: Loopback) -> None:
    """The date stays; the server compares bytes and sends the new document."""
    walk.follow()
    headers = {"Last-Modified": "Thu, 15 Jan 2026 11:00:00 GMT"}
    for title in ("Weather stays dry", *DAMS[:3]):
        walk.server.publish(PATH, rss(an_item(title)), headers=headers)
        walk.poll()

    assert walk.posted() == list(DAMS[:3])


def test_row_23_twenty_restarts_ask_for_nothing_before_its_time_and_then_with_validators(
    walk: Loopback,
) -> None:
    walk.follow()
    walk.server.publish(PATH, rss(*reports(*DAMS[:1])), etag='"1"')
    walk.round()
    for _ in range(20):
        walk.restart()
        walk.follow()
        walk.round(timedelta(seconds=20))
    assert walk.asked() == 1

    walk.round(timedelta(minutes=5))
    assert [one.headers.get("If-None-Match") for one in walk.server.requests(PATH)] == [None, '"1"']


# ------------------------------------------------------------------------- 24, 25, 26, 27: refusals

_IN_TWO_HOURS = format_datetime(NOW + 2 * HOUR, usegmt=True)
RETRY_AFTER = {
    "seconds": ("7200", 2 * HOUR),
    "a date": (_IN_TWO_HOURS, 2 * HOUR),
    "a date of another make": ((NOW + 2 * HOUR).strftime("%A, %d-%b-%y %H:%M:%S GMT"), 2 * HOUR),
    "no time at all": ("0", timedelta(minutes=10)),
    "a date in the past": ("Thu, 15 Jan 2026 10:00:00 GMT", timedelta(minutes=10)),
    "a year": ("31536000", DAY),
    "a date in a year": ("Fri, 15 Jan 2027 12:00:00 GMT", DAY),
    "more digits than any clock": ("9" * 400, DAY),
    "words": ("soon", timedelta(minutes=10)),
}


@pytest.mark.parametrize(("header", "wait"), RETRY_AFTER.values(), ids=RETRY_AFTER)
@pytest.mark.parametrize("status", [429, 503])
def test_row_24_a_server_is_left_alone_as_long_as_it_asks_across_restarts(
    status: int, header: str, wait: timedelta, walk: Loopback
) -> None:
    walk.follow()
    walk.server.fail(PATH, status, headers={"Retry-After": header})
    walk.round()
    walk.restart()
    walk.follow()
    walk.round()

    walk.live(wait - timedelta(minutes=1), step=min(HOUR, wait) / 4 - timedelta(seconds=1))
    assert walk.asked() == 1
    walk.restart()
    walk.live(timedelta(minutes=25))
    assert walk.asked() == 2
    assert walk.stored().paused is None


def test_row_24_a_feed_that_is_resumed_is_still_left_alone_as_long_as_its_server_asked(
    walk: Loopback,
) -> None:
    walk.follow()
    walk.server.fail(PATH, 503, headers={"Retry-After": "7200"})
    walk.round()
    walk.restart()
    for reason in ("by hand", None):
        assert walk.run(walk.archive.pause(walk.server.url(PATH), reason))
    walk.follow()

    walk.live(2 * HOUR - timedelta(minutes=1))
    assert walk.asked() == 1
    walk.round(timedelta(minutes=1))
    assert walk.asked() == 2


WHO_RESTS = {"the host after a 429": (429, False), "the feed alone after a 503": (503, True)}


@pytest.mark.parametrize(("status", "others"), WHO_RESTS.values(), ids=WHO_RESTS)
def test_row_24_who_rests_when_one_feed_of_a_host_is_refused(
    status: int, *, others: bool, walk: Loopback
) -> None:
    walk.follow(walk.server.url(PATH), walk.server.url(OTHER))
    walk.server.publish(OTHER, rss(*reports(*DAMS)))
    walk.round()
    walk.server.fail(PATH, status, headers={"Retry-After": "7200"})
    walk.poll()
    before = walk.asked(OTHER)

    walk.live(timedelta(minutes=80))

    assert (walk.asked(), walk.asked(OTHER) > before) == (2, others)


WEEKS: dict[str, Callable[[Loopback], None]] = {
    "not found": lambda walk: walk.server.fail(PATH, 404),
    "broken": lambda walk: walk.server.fail(PATH, 500),
    "busy": lambda walk: walk.server.fail(PATH, 429),
    "a page": lambda walk: PAGES["maintenance"](walk.server, PATH),
    "reset": lambda walk: walk.server.reset(PATH),
    "no such name": lambda walk: walk.names.unknown.add("wire.example"),
}


@pytest.mark.parametrize("fails", WEEKS.values(), ids=WEEKS)
def test_row_25_no_feed_is_paused_by_a_week_of_failures(
    fails: Callable[[Loopback], None], walk: Loopback
) -> None:
    feed, works = walk.server.url(PATH, host="wire.example"), walk.server.url(OTHER)
    walk.follow(feed, works)
    for path in (PATH, OTHER):
        walk.server.publish(path, rss(*reports("Weather stays dry")))
    walk.round()
    fails(walk)
    walk.look_names_up_again()

    walk.live(7 * DAY, step=2 * HOUR)
    walk.restart()
    walk.live(HOUR)
    assert walk.stored().paused is None
    assert walk.stored().failures >= 7
    assert walk.notices.told == []

    walk.names.unknown.clear()
    walk.look_names_up_again()
    walk.server.publish(PATH, rss(an_item(DAMS[0], at=walk.clock.now())))
    walk.live(DAY + 4 * HOUR, step=2 * HOUR)
    assert walk.posted() == [DAMS[0]]


def test_row_25_a_feed_that_is_not_found_for_hours_each_day_is_read_in_between(walk: Loopback) -> None:
    walk.opened()
    for title in DAMS:
        walk.server.fail(PATH, 404)
        walk.live(8 * HOUR, step=timedelta(minutes=30))
        walk.server.publish(PATH, rss(an_item(title, at=walk.clock.now())))
        walk.live(3 * HOUR, step=timedelta(minutes=30))
        assert walk.posted()[-1:] == [title]
        walk.live(13 * HOUR, step=HOUR)

    assert walk.posted() == list(DAMS)


def test_row_26_a_feed_that_is_gone_is_paused_and_told_once(walk: Loopback) -> None:
    walk.opened()
    walk.server.fail(PATH, 410)
    walk.poll()
    asked = walk.asked()

    walk.live(2 * DAY, step=HOUR)
    walk.restart()
    walk.follow()
    walk.live(2 * DAY, step=HOUR)

    assert walk.asked() == asked
    assert "410 Gone" in (walk.stored().paused or "")
    assert len(walk.notices.told) == 1
    assert "feed is not polled any more" in walk.notices.told[0]


def test_row_27_no_cookie_is_kept_and_a_wall_of_cookies_is_a_failure(walk: Loopback) -> None:
    walk.opened()
    behind_cookies(walk.server, PATH, rss(*reports(*DAMS)))
    for failures in (1, 2, 3):
        polled = walk.poll()
        assert (polled.feed.failures, "redirects more than 5" in (polled.failure or "")) == (failures, True)

    assert not any("Cookie" in request.headers for request in walk.server.log)


# ------------------------------------------------------------------------- 28, 29, 30, 31: all of them


def polls_under_way() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("poll ")]


def outlets(walk: Loopback, count: int) -> list[str]:
    """Follow feeds of so many hosts, each with something to read."""
    paths = [f"/feed{number}" for number in range(count)]
    walk.follow(*(walk.server.url(path, host=f"outlet{number}.example") for number, path in enumerate(paths)))
    for path in paths:
        walk.server.publish(path, rss(*reports(f"Weather of {path} stays dry")), etag='"1"')
    walk.round()
    return paths


def cut_off(walk: Loopback, *, is_down: bool) -> None:
    walk.names.is_down = is_down
    walk.look_names_up_again()


def test_row_28_an_outage_of_our_own_counts_against_no_feed(walk: Loopback) -> None:
    paths = outlets(walk, 6)
    cut_off(walk, is_down=True)
    walk.live(12 * HOUR, step=timedelta(minutes=30))
    for path in paths:
        assert (walk.stored(path).failures, walk.stored(path).paused) == (0, None)
        assert walk.stored(path).server == Server()

    assert all("no connection" in (walk.health(path).failure or "") for path in paths)
    cut_off(walk, is_down=False)
    for number, path in enumerate(paths):
        walk.server.publish(path, rss(an_item(DAMS[number], at=walk.clock.now())))
    walk.live(timedelta(minutes=15), step=timedelta(minutes=1))
    assert sorted(walk.posted()) == sorted(DAMS)


def test_row_28_an_outage_is_told_once_and_its_end_too(walk: Loopback) -> None:
    outlets(walk, 6)
    cut_off(walk, is_down=True)
    for _ in range(6):
        walk.round(timedelta(minutes=11))
        walk.run(walk.service.tick())
    cut_off(walk, is_down=False)
    for _ in range(3):
        walk.round(timedelta(minutes=11))
        walk.run(walk.service.tick())

    told = [text for text in walk.notices.told if "can be reached" in text]
    assert [text.partition(" can be reached")[0] for text in told] == ["no feed", "feeds"]


def test_row_29_a_host_that_hangs_gets_two_polls_at_a_time_and_delays_nobody(walk: Loopback) -> None:
    bad = [f"/bad{number}" for number in range(12)]
    good = [f"/good{number}" for number in range(30)]
    walk.follow(
        *(walk.server.url(path, host="bad.example") for path in bad),
        *(walk.server.url(path, host=f"{path[1:]}.example") for path in good),
    )
    for path in bad:
        walk.server.hang(path)
    for path in good:
        walk.server.publish(path, rss(*reports("Weather stays dry")))

    walk.service = Service(walk.world, [], concurrency=8)

    async def hung() -> None:
        polls = asyncio.create_task(walk.service.round())
        async with asyncio.timeout(20):
            for path in good:
                await walk.server.wait_for(path)
        under_way = [polls, *polls_under_way()]
        for task in under_way:
            task.cancel()
        await asyncio.wait(under_way)

    walk.run(hung())
    assert sum(walk.asked(path) for path in bad) == 2
    assert [walk.asked(path) for path in good] == [1] * len(good)


def test_row_29_a_host_that_hangs_rests_and_the_others_are_asked_on_time(walk: Loopback) -> None:
    bad, good = [f"/bad{number}" for number in range(20)], [f"/good{number}" for number in range(4)]
    walk.restart(deadline=timedelta(seconds=0.3))
    walk.follow(
        *(walk.server.url(path, host="bad.example") for path in bad),
        *(walk.server.url(path, host=f"{path[1:]}.example") for path in good),
    )
    for path in bad:
        walk.server.hang(path)
    times: dict[str, list[datetime]] = {path: [] for path in good}
    for minute in range(70):
        for number, path in enumerate(good):
            walk.server.publish(path, rss(an_item(f"Weather {number} at {minute} stays dry")))
        for polled in walk.round(timedelta(minutes=1)):
            path = f"/{polled.feed.url.rpartition('/')[2]}"
            if path in times:
                times[path].append(walk.clock.now())

    waits = [later - earlier for polls in times.values() for earlier, later in pairwise(polls)]
    assert max(waits) <= 2 * timedelta(minutes=10)
    assert min(map(len, times.values())) >= 6
    assert sum(walk.asked(path) for path in bad) <= 20, "without a rest it would be sixty"


STEPS = {
    "an hour forward": HOUR,
    "a day forward": DAY,
    "a month forward": 30 * DAY,
    "a year forward": 365 * DAY,
    "an hour back": -HOUR,
    "a day back": -DAY,
    "a month back": -30 * DAY,
    "back to 1970": datetime(1970, 1, 2, tzinfo=UTC) - NOW,
    "a minute back": -timedelta(minutes=1),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_row_30_after_a_step_of_the_clock_every_feed_is_polled_once_within_its_interval(
    step: timedelta, walk: Loopback
) -> None:
    paths = outlets(walk, 8)
    walk.live(timedelta(minutes=30))
    walk.wait(step)
    before = [walk.asked(path) for path in paths]

    walk.live(timedelta(minutes=15), step=timedelta(minutes=5))
    assert all(walk.asked(path) > earlier for path, earlier in zip(paths, before, strict=True))

    walk.live(HOUR, step=timedelta(minutes=5))
    asked = [walk.asked(path) - earlier for path, earlier in zip(paths, before, strict=True)]
    assert max(asked) <= 1 + 75 / 10


def test_row_30_after_a_sleep_what_is_due_is_spread_over_time(walk: Loopback) -> None:
    paths = outlets(walk, 24)
    walk.wait(9 * HOUR)
    before = len(walk.server.log)
    bursts: list[int] = []

    async def tick() -> None:
        await walk.service.tick()
        await asyncio.wait(polls_under_way())

    while len(walk.server.log) - before < len(paths):
        begun = len(walk.server.log)
        walk.run(tick())
        bursts.append(len(walk.server.log) - begun)
        walk.wait(timedelta(seconds=1))

    assert max(bursts) <= 10
    assert sum(bursts) == len(paths)


NIGHTS = {
    "the hour that comes twice": datetime(2026, 10, 24, 20, tzinfo=UTC),
    "the hour that is left out": datetime(2026, 3, 28, 20, tzinfo=UTC),
}


@pytest.mark.parametrize("evening", NIGHTS.values(), ids=NIGHTS)
def test_row_31_no_poll_is_missed_or_doubled_when_the_clocks_are_changed(
    evening: datetime, walk: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Warsaw")
    time.tzset()
    walk.stories = [a_story(policy=Policy(time_zone="Europe/Warsaw"))]
    walk.clock.time = evening
    walk.restart()
    walk.follow()
    walk.server.publish(PATH, rss(an_item("Weather stays dry", at=evening)))
    walk.round()
    polls: list[datetime] = [walk.clock.now()]
    for hour, title in enumerate(DAMS, 2):
        local = f"Sun, {evening + hour * HOUR:%d %b %Y %H:%M:%S} GMT"
        walk.server.publish(PATH, rss(replace(an_item(title), date=local)))
        polls += walk.live(HOUR, step=timedelta(minutes=1))
    monkeypatch.undo()
    time.tzset()

    waits = [later - earlier for earlier, later in pairwise(polls)]
    assert timedelta(minutes=10) <= min(waits) <= max(waits) <= 70 * timedelta(minutes=1)
    assert walk.posted() == list(DAMS)


# ------------------------------------------------------------------------------------------ 32: XML


@pytest.mark.parametrize("name", bombs("", ""))
def test_row_32_a_document_that_declares_entities_is_refused(
    name: str, walk: Loopback, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("Dam secret", encoding="utf-8")
    walk.opened()
    walk.server.publish(PATH, bombs(walk.server.url("/canary"), str(secret))[name])
    for failures in (1, 2):
        begun = time.perf_counter()
        polled = walk.poll()
        assert (polled.feed.failures, "entities" in (polled.failure or "")) == (failures, True)
        assert time.perf_counter() - begun < 5
    assert (walk.asked("/canary"), walk.posted()) == (0, [])

    walk.hears(*reports(*DAMS[:1]))
    assert walk.posted() == [DAMS[0]]


@pytest.mark.parametrize("name", harmless_lures("", ""))
def test_row_32_nothing_a_document_points_to_is_read(name: str, walk: Loopback, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(rss(an_item("Dam secret")))
    walk.server.publish("/canary", rss(an_item("Dam secret")))
    walk.opened()
    walk.server.publish(PATH, harmless_lures(walk.server.url("/canary"), str(secret))[name])
    walk.poll()
    walk.poll()

    assert walk.asked("/canary") == 0
    assert "Dam secret" not in " ".join(walk.posted())
