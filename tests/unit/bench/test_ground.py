"""What the farm answers: as a good server would, and in each round what a round is said to have."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import timedelta
from email.utils import format_datetime

import pytest

from bot.bench.documents import ENTRIES, START, STEP, Writer, address, document
from bot.bench.ground import NEW_ENTRIES, Ground, Plot, Refusal, Shares
from bot.edge.document import read_document

PLOT = Plot(feeds=12, entries=4, slow=2.0)


def asked(ground: Ground, number: int, *headers: str, path: str = "feed") -> tuple[int, str, bytes, float]:
    """Ask for a feed: status, head, body, seconds until the answer."""
    request = "".join(f"{line}\r\n" for line in (f"GET /{path}/{number}.xml HTTP/1.1", *headers, ""))
    answer = ground.answer(request.encode())
    assert answer is not None
    head, _, body = answer[0].partition(b"\r\n\r\n")
    return int(head.split()[1]), f"{head.decode()}\r\n", body, answer[1]


def validators(head: str) -> dict[str, str]:
    lines = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    given = {"If-None-Match": lines.get("ETag"), "If-Modified-Since": lines.get("Last-Modified")}
    return {name: value for name, value in given.items() if value is not None}


def conditions(head: str) -> list[str]:
    return [f"{name}: {value}" for name, value in validators(head).items()]


def resting() -> Ground:
    ground = Ground(PLOT)
    ground.rest(START)
    return ground


def one_with_validators(ground: Ground) -> int:
    return next(number for number, known in enumerate(ground.validators(None)) if known != ("", ""))


@pytest.mark.parametrize("feed", range(6))
def test_a_document_is_a_feed_of_a_usual_size_in_which_every_entry_can_be_told_apart(feed: int) -> None:
    writer = Writer()
    body = document(feed, [writer.entry(feed, serial) for serial in reversed(range(ENTRIES))])

    read = read_document(body, "https://feed.example/feed.xml", None)

    assert 15_000 < len(body) < 65_000
    assert not read.problems
    assert (
        len({entry.id for entry in read.entries}) == len({entry.title for entry in read.entries}) == ENTRIES
    )
    assert all(entry.published and entry.published < START for entry in read.entries)
    assert all(entry.summary or entry.body for entry in read.entries)


def test_every_feed_has_an_address_of_its_own() -> None:
    addresses = {address(number) for number in range(70_000)}

    assert len(addresses) == 70_000
    assert all(one.startswith("127.") for one in addresses)


def test_what_was_not_changed_is_not_sent_again_by_tag_or_by_time() -> None:
    ground = resting()
    number = one_with_validators(ground)
    status, head, body, _ = asked(ground, number)

    assert status == 200
    assert len(body) == int(head.partition("Content-Length: ")[2].split()[0])
    for condition in conditions(head):
        assert asked(ground, number, condition)[0] == 304
    assert asked(ground, number, 'If-None-Match: "other"')[0] == 200
    before = format_datetime(START - timedelta(seconds=1), usegmt=True)
    assert asked(ground, number, f"If-Modified-Since: {before}")[0] == 200
    assert ground.counts(None).conditional == {number: 4}
    assert ground.counts(None).all == 0


def test_a_body_is_compressed_for_those_who_ask_for_that() -> None:
    ground = resting()

    _, head, packed, _ = asked(ground, 3, "Accept-Encoding: deflate, gzip")

    assert "Content-Encoding: gzip" in head
    assert gzip.decompress(packed) == asked(ground, 3)[2]


def test_each_steady_round_has_its_shares_and_never_the_same_feed_twice_in_a_row() -> None:
    ground, shares = Ground(PLOT), Shares.of(PLOT.feeds)
    heads = [asked(ground, number, path="moved")[1] for number in range(PLOT.feeds)]
    failed_before: set[int] = set()
    for number in range(1, 4):
        ground.advance(START + STEP * number)
        answers = [asked(ground, feed, *conditions(head)) for feed, head in enumerate(heads)]

        kinds = Counter(status for status, *_ in answers)
        assert kinds[500] == shares.failing
        assert kinds[301] == shares.moved
        assert kinds[200] == shares.bare + shares.fresh
        assert sum(wait == PLOT.slow for *_, wait in answers) == shares.slow
        failed = {feed for feed, (status, *_) in enumerate(answers) if status == 500}
        assert not failed & failed_before
        failed_before = failed
        heads = [head if "200 OK" in head else heads[feed] for feed, (_, head, _, _) in enumerate(answers)]


def test_what_is_new_comes_first_and_as_much_of_the_oldest_falls_out() -> None:
    ground = resting()
    before = {number: asked(ground, number)[2] for number in range(PLOT.feeds)}
    ground.advance(START + STEP)
    ground.rest(START + STEP)

    after = {number: asked(ground, number)[2] for number in range(PLOT.feeds)}
    (changed,) = [number for number in after if after[number] != before[number]]
    old, new = (
        [entry.id for entry in read_document(body, "https://feed.example/", None).entries]
        for body in (before[changed], after[changed])
    )

    assert new[NEW_ENTRIES:] == old[:-NEW_ENTRIES]
    assert not set(new[:NEW_ENTRIES]) & set(old)


@pytest.mark.parametrize("as_date", [False, True])
def test_a_request_before_the_end_of_a_wait_is_counted(as_date: bool) -> None:  # noqa: FBT001
    ground = resting()
    ground.refuse({5: Refusal(status=429, seconds=3_600, as_date=as_date)})

    status, head, _, _ = asked(ground, 5)
    assert status == 429
    assert (format_datetime(START + timedelta(hours=1), usegmt=True) if as_date else "3600") in head
    assert ground.counts(None).too_early == 0
    asked(ground, 5)
    assert ground.counts(None).too_early == 1
    ground.rest(START + timedelta(hours=2))
    asked(ground, 5)
    assert ground.counts(None).too_early == 0


def test_an_answer_can_be_late_or_never_come_to_an_end_and_elsewhere_is_nothing() -> None:
    ground = resting()
    ground.delay(0.25)
    ground.drip([2])

    assert asked(ground, 1)[3] == 0.25
    assert ground.answer(b"GET /feed/2.xml HTTP/1.1\r\n\r\n") is None
    assert asked(ground, 99)[0] == 404
    assert [number for number, _at in ground.arrivals(None)] == [1, 2]
