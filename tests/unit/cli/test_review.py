"""`review`: what is in doubt is listed, answered, and teaches `tune`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.edge.clock import SystemClock
from bot.model import Review, ReviewId, Ruling
from bot.ports import Record
from storage import open_archive
from tests.fakes.feedserver import FeedServer
from tests.unit.cli.typing_it import CONFIG, Typed, ago, configuration, row_counts, rss, typed

TITLE = "Dam breaks near Ostrava after two days of rain"
LINK = "https://wire.example/1"
OTHER = "https://post.example/9"
LIKE = "Broken dam near Brno: minister blames county"
HOURS_2 = timedelta(hours=2)


def say(*arguments: object) -> Typed:
    return typed(*arguments, "-c", CONFIG)


@pytest.fixture
def polled(server: FeedServer) -> FeedServer:
    """Poll two reports (articles 1 and 2)."""
    server.publish("/wire.xml", rss((TITLE, LINK, ago(hours=3))))
    server.publish("/post.xml", rss((LIKE, OTHER, ago(hours=2))))
    feeds = ((name, server.url(f"/{name.lower()}.xml")) for name in ("Wire", "Post"))
    configuration(*feeds, more="concurrency = 1")
    assert say("poll").code == 0
    return server


def ask(until: timedelta = HOURS_2) -> Review:
    """Ask whether article 2 is 1, as if that had been in doubt."""

    async def work() -> Review:
        archive = await open_archive("sqlite:///archive.db")

        def kept(record: Record) -> Review:
            now = SystemClock().now()
            numbers = [record.event(number, "dams").members[0].id for number in _numbers]
            review = Review(
                story="dams",
                article=numbers[1],
                nearest=numbers[0],
                chance=0.3,
                asked_at=now,
                until=now + until,
                otherwise=Ruling.POST,
            )
            return replace(review, id=record.review(review))

        _numbers = [
            decision.article_id for link in (LINK, OTHER) for decision in await archive.decisions(link)
        ]
        try:
            return await archive.record(kept)
        finally:
            await archive.close()

    return asyncio.run(work())


def test_what_is_in_doubt_is_listed_with_both_reports(polled: FeedServer) -> None:
    nothing = say("review")
    ask()
    shown, one = say("review"), say("review", 1)

    assert polled.requests("/wire.xml")
    assert nothing.out == "Nothing is in doubt.\n"
    assert shown.out == one.out
    assert shown.out.startswith(f"Review 1 of dams: news, or told before?\n{LIKE}\n  {OTHER}\n  Post, ")
    assert f"nearest: {TITLE}\n  {LINK}\n  Wire, " in shown.out
    assert "without an answer it is posted at " in shown.out


@pytest.mark.parametrize(("said", "together"), [("fold", 1), ("post", 0)])
def test_an_answer_is_carried_out_and_tune_learns_it(polled: FeedServer, said: str, together: int) -> None:
    ask()

    answered, tuned = say("review", 1, said), say("tune", "--json")

    assert polled.requests("/wire.xml")
    assert (answered.code, answered.err) == (0, "")
    assert answered.out.startswith(f"review 1: {said}\n")
    assert ("edit to console" in answered.out) == (said == "fold")
    (told,) = tuned.objects
    assert (told["labels"], told["together"] + told["repeated"]) == (1, together)


def test_what_is_dropped_teaches_tune_nothing(polled: FeedServer) -> None:
    ask()

    say("review", 1, "drop")

    assert polled.requests("/wire.xml")
    assert [told["labels"] for told in say("tune", "--json").objects] == [0]


def test_the_next_poll_decides_what_nobody_answered(polled: FeedServer) -> None:
    ask(until=timedelta())

    late, polled_again, closed = say("review", 1, "fold"), say("poll"), say("review", 1)

    assert polled.requests("/wire.xml")
    assert (late.code, polled_again.code) == (2, 0)
    assert late.line.startswith("storywire: the time of review 1 is over: without an answer it is posted at ")
    assert closed.out.splitlines()[-1].startswith("post: nobody answered until ")


def test_a_review_that_is_closed_or_unknown_is_refused_in_one_line(polled: FeedServer) -> None:
    ask()
    say("review", 1, "fold")
    before = row_counts()

    again, unknown = say("review", 1, "post"), say("review", ReviewId(7))

    assert polled.requests("/wire.xml")
    assert (again.code, unknown.code) == (2, 2)
    assert again.line.startswith("storywire: review 1 is closed (fold: answered at the terminal at ")
    assert unknown.line == "storywire: there is no review 7: storywire review lists those that are open"
    assert row_counts() == before
