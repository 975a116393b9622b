"""From a feed's answer to the outbox: what is announced, what is folded, what stays quiet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

import pytest

from bot.errors import BadAnswerError, FetchError, NoAnswerError, ParseError, StorywireError
from bot.model import Duplicate, Entry, Kind, New, Policy, PostKind, PostState, Server, Update, Validators
from bot.ports import Archive, Poll, Record
from tests.builders import NOW, a_match, a_story, an_article
from tests.fakes.archive import FakeArchive
from tests.fakes.channel import FakeChannel
from tests.fakes.feeds import Asked
from tests.walk.world import LATER, LEDGER, POST, WIRE, FakeClock, Walk, an_item

T = TypeVar("T")

BREAK = "Dam breaks near Ostrava"
DENIED = "Mayor denies dam breaks near Ostrava"
OPENING = "Minister opens rebuilt dam at Brno"
BEAVERS = "Beavers spare a village the cost of a dam"

RIVERS = a_story("rivers", title="Rivers", query="Ostrava", channels=("second",))


def entries(*titles: str, every: timedelta = timedelta(hours=1)) -> list[Entry]:
    """Give entries in the order of a feed: the newest, published at noon, first."""
    return [an_item(title, published=NOW - place * every) for place, title in enumerate(titles)]


# ------------------------------------------------------------------------ new, repeated, updated


def test_a_new_report_is_posted_as_a_card(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()

    polled = walk.hears(WIRE, an_item(BREAK))

    assert (polled.listed, polled.unseen) == (1, 1)
    assert [type(taken.verdict) for taken in polled.taken] == [New]
    assert walk.shown() == [BREAK]


def test_a_repeated_poll_announces_nothing(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()
    walk.hears(WIRE, *entries(BREAK, OPENING))
    walk.deliver()

    again = walk.hears(WIRE, *entries(OPENING, BREAK))

    assert (again.listed, again.unseen, again.taken) == (2, 0, ())
    assert walk.outbox() == []


def test_what_leaves_the_feed_and_returns_announces_nothing(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()
    walk.hears(WIRE, an_item(BREAK))
    walk.hears(WIRE)
    walk.deliver()

    again = walk.hears(WIRE, an_item(BREAK))

    assert again.unseen == 0
    assert walk.outbox() == []


def test_an_entry_listed_twice_is_announced_once(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()

    walk.hears(WIRE, an_item(BREAK), an_item(BREAK))

    assert walk.shown() == [BREAK]


ORDERS = {"the newest first": entries(BREAK, OPENING), "the oldest first": entries(BREAK, OPENING)[::-1]}


@pytest.mark.parametrize("listed", ORDERS.values(), ids=ORDERS)
def test_the_older_of_two_new_reports_is_posted_first(listed: list[Entry], archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()

    walk.hears(WIRE, *listed)

    assert walk.shown() == [OPENING, BREAK]


def test_reports_without_dates_are_posted_from_the_foot_of_the_feed_upwards(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()

    walk.hears(WIRE, an_item(BREAK, published=None), an_item(OPENING, published=None))

    assert walk.shown() == [OPENING, BREAK]


def test_what_no_story_follows_is_kept_and_not_posted(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()

    polled = walk.hears(WIRE, an_item("Baník win the derby"))

    assert (polled.unseen, polled.taken) == (1, ())
    assert walk.health().articles == 2  # with the one that made the feed known
    assert walk.outbox() == []


def test_a_second_outlets_copy_edits_the_card_and_posts_nothing(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()
    walk.hears(WIRE, an_item(BREAK))
    walk.deliver()

    polled = walk.hears(POST, an_item(BREAK, "post"))
    (edit,) = walk.outbox()
    walk.deliver()

    (taken,) = polled.taken
    assert isinstance(taken.verdict, Duplicate)
    assert taken.verdict.kind is Kind.COPY
    assert edit.kind is PostKind.EDIT
    assert len(walk.channel.messages) == 1
    assert "Also: Evening Post" in walk.channel.messages[1].text


def test_a_copy_that_comes_before_the_card_is_sent_stands_on_the_card(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()
    walk.hears(WIRE, an_item(BREAK))
    walk.hears(POST, an_item(BREAK, "post"))
    walk.deliver()

    assert len(walk.channel.calls) == 1
    assert "Also: Evening Post" in walk.channel.messages[1].text


def test_a_copy_in_the_same_document_is_no_second_card(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()

    walk.hears(WIRE, an_item(BREAK, "mirror"), an_item(BREAK))

    assert walk.shown() == [BREAK]


OLD = [f"Dam {number} near Ostrava is inspected by engineers" for number in range(3)]


def _judged_without_keys(record: Record) -> None:
    for title in OLD:
        article = an_article(title, seen_at=NOW)
        record.verdict(record.articles([article])[0], a_match(article), New(), keys=[], quiet=None)


def test_after_an_upgrade_that_changed_the_keys_what_was_posted_is_not_posted_again(archive: Archive) -> None:
    asyncio.run(archive.record(_judged_without_keys))
    walk = Walk(archive=archive)
    walk.opened()

    made_again, later = walk.reindex(), walk.reindex()
    polled = walk.hears(POST, *(an_item(title, "post") for title in OLD))

    assert (made_again, later) == (len(OLD), 0)
    assert all(isinstance(taken.verdict, Duplicate) for taken in polled.taken)


def test_an_alias_that_was_added_finds_what_was_judged_before(archive: Archive) -> None:
    story = a_story(aliases={"weir": ("Old Weir", "Ostrava dam")})
    walk = Walk(archive=archive)
    walk.opened()
    walk.hears(WIRE, an_item("Ostrava dam is closed for repairs"))

    assert walk.reindex() == 0
    assert replace(walk, stories=[story]).reindex() == 1
    assert replace(walk, stories=[story]).reindex() == 0


#: What stands on every page of a feed: enough to look like a copied report.
FRAME = " ".join(f"share bar {place} and notice {place}" for place in range(40))
REPORTS = {
    "Dam breaks near Ostrava": "The wall gave way at night and firemen woke the valley",
    "Dam in Brno is inspected": "Engineers found no crack and went home by noon today",
    "Mayor opens dam museum": "Children painted turbines while a brass band played outside",
    "Fish return to old dam": "Anglers counted eleven trout in the pool below the weir",
    "Dam tax voted down": "Parliament rejected the levy by three votes after midnight",
    "Painter draws the dam": "Her exhibition of forty sketches travels to Vienna in May",
}


def test_what_all_pages_of_a_feed_share_makes_no_copies(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()

    # An aggregator: each page is another site's, so that nothing but their frame joins them.
    items = (
        an_item(title, f"site{place}", body=f"{text} {FRAME}", published=NOW + place * LATER)
        for place, (title, text) in enumerate(REPORTS.items())
    )
    polled = walk.hears(WIRE, *items)

    assert not any(isinstance(taken.verdict, Duplicate) for taken in polled.taken)


def test_an_update_answers_the_card(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()
    walk.hears(WIRE, an_item(BREAK))
    walk.deliver()

    polled = walk.hears(POST, an_item(DENIED, "post"))
    (reply,) = walk.outbox()

    assert [type(taken.verdict) for taken in polled.taken] == [Update]
    assert (reply.kind, reply.target) == (PostKind.REPLY, 1)
    assert walk.shown() == [BREAK, f"Update: {DENIED}"]


def test_a_changed_headline_is_told_on_the_card(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()
    first = an_item(BREAK)
    walk.hears(WIRE, first)
    walk.deliver()

    walk.hears(WIRE, replace(first, title=f"{BREAK} in the night"))

    assert walk.shown() == [f"{BREAK} in the night"]
    assert f"was: {BREAK}" in walk.channel.messages[1].text


RENAMED = {
    "new ids": lambda entry: replace(entry, id=f"urn:{entry.id}"),
    "https instead of http in ids and links": lambda entry: replace(
        entry, id=entry.id.replace("https", "http"), link=entry.link.replace("https", "http")
    ),
    "new ids and links, the same dates and texts": lambda entry: replace(
        entry, id=f"{entry.id}?p=1", link=f"{entry.link}/amp-{entry.title[:3]}"
    ),
}


@pytest.mark.parametrize("rename", RENAMED.values(), ids=RENAMED)
def test_a_rebuilt_feed_announces_nothing(rename: Callable[[Entry], Entry], archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()
    listed = entries(BREAK, OPENING)
    walk.hears(WIRE, *listed)
    walk.deliver()

    walk.hears(WIRE, *(rename(entry) for entry in listed))

    assert walk.outbox() == []


def test_an_id_that_is_used_again_for_another_report_hides_nothing(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()
    walk.hears(WIRE, an_item(BREAK, id="7"))
    walk.hears(WIRE, an_item(BEAVERS, id="7"))

    assert walk.shown() == [BREAK, BEAVERS]


# ----------------------------------------------------------------------------- backlog and old news


@pytest.mark.parametrize("backfill", [0, 1, 3])
def test_the_first_start_posts_the_newest_of_the_backlog_and_records_the_rest(
    backfill: int, archive: Archive
) -> None:
    walk = Walk(archive=archive, stories=[a_story(policy=Policy(backfill=backfill))])
    titles = [BREAK, OPENING, BEAVERS, "Old dam in Plzen sold", "Dam tolls rise in Moravia"]

    polled = walk.hears(WIRE, *entries(*titles))

    assert polled.unseen == len(titles)
    assert [taken.quiet is None for taken in polled.taken].count(True) == backfill
    assert walk.shown() == titles[:backfill][::-1]


def test_the_newest_of_a_backlog_without_dates_stands_at_the_head_of_the_feed(archive: Archive) -> None:
    walk = Walk(archive=archive)

    walk.hears(WIRE, *(an_item(title, published=None) for title in (BREAK, OPENING, BEAVERS)))

    assert walk.shown() == [BREAK]


def test_each_story_has_a_backlog_of_its_own(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[a_story(), a_story("towns", query="village")])

    polled = walk.hears(WIRE, *entries(BREAK, BEAVERS))

    posted = {(taken.match.story.name, taken.match.article.title) for taken in polled.taken if taken.posts}
    assert posted == {("dams", BREAK), ("towns", BEAVERS)}


def test_entries_that_do_not_match_do_not_use_the_backlog_up(archive: Archive) -> None:
    walk = Walk(archive=archive)

    walk.hears(WIRE, *entries("Baník win the derby", BREAK))

    assert walk.shown() == [BREAK]


def test_what_the_backlog_held_is_not_announced_by_the_second_poll(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.hears(WIRE, *entries(BREAK, OPENING))
    walk.deliver()

    walk.hears(WIRE, *entries(BEAVERS, BREAK, OPENING))

    assert walk.shown() == [BREAK, BEAVERS]


def test_after_a_long_stop_what_is_older_than_max_age_is_recorded_and_not_posted(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()
    walk.wait(timedelta(days=5))
    now = walk.clock.now()

    old, fresh = timedelta(hours=49), timedelta(hours=46)
    polled = walk.hears(WIRE, an_item(BREAK, published=now - fresh), an_item(OPENING, published=now - old))

    assert polled.unseen == 2
    assert [(taken.quiet or "news").partition(":")[0] for taken in polled.taken] == ["old news", "news"]
    assert walk.shown() == [BREAK]


def test_a_copy_of_what_was_quiet_stays_quiet(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[a_story(policy=Policy(backfill=0))])
    walk.opened(POST, LEDGER)
    walk.hears(WIRE, an_item(BREAK))

    first, second = walk.hears(POST, an_item(BREAK, "post")), walk.hears(LEDGER, an_item(BREAK, "ledger"))

    assert [taken.quiet for taken in (*first.taken, *second.taken)] == [
        "a repeat of something recorded quietly"
    ] * 2
    assert walk.outbox() == []


def test_an_update_of_what_was_quiet_is_posted_as_a_card(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[a_story(policy=Policy(backfill=0))])
    walk.opened(POST, LEDGER)
    walk.hears(WIRE, an_item(BREAK))

    walk.hears(POST, an_item(DENIED, "post"))
    (card,) = walk.outbox()

    assert card.kind is PostKind.CARD
    assert walk.shown() == [DENIED]


def test_a_copy_of_what_was_quiet_stays_quiet_when_the_archive_is_opened_again(archive: Archive) -> None:
    before = Walk(archive=archive, stories=[a_story(policy=Policy(backfill=0))])
    before.opened(POST)
    before.hears(WIRE, an_item(BREAK))

    after = Walk(archive=archive, clock=before.clock)
    after.hears(POST, an_item(BREAK, "post"))

    assert after.outbox() == []


# --------------------------------------------------------------------------- stories and channels


def test_an_article_that_did_not_match_earlier_does_not_silence_a_later_one_that_does(
    archive: Archive,
) -> None:
    before = Walk(archive=archive, stories=[a_story("towns", query="Tabor")])
    before.opened()
    before.hears(WIRE, an_item(BREAK))

    after = replace(before, stories=[*before.stories, a_story()])
    after.hears(POST, an_item(BREAK, "post"))

    assert after.shown() == [BREAK]


def test_a_channel_added_later_gets_a_card_for_a_new_copy_and_the_first_an_edit(archive: Archive) -> None:
    before = Walk(archive=archive)
    before.opened()
    before.hears(WIRE, an_item(BREAK))
    before.deliver()

    channels = {**before.channels, "second": FakeChannel("second")}
    after = replace(before, stories=[a_story(channels=("main", "second"))], channels=channels)
    after.hears(POST, an_item(BREAK, "post"))

    assert {(post.channel, post.kind) for post in after.outbox()} == {
        ("main", PostKind.EDIT),
        ("second", PostKind.CARD),
    }
    assert after.shown("main") == after.shown("second") == [BREAK]


def test_a_channel_added_later_gets_what_was_only_quiet_in_the_first(archive: Archive) -> None:
    before = Walk(archive=archive, stories=[a_story(policy=Policy(backfill=0))])
    before.opened(POST)
    before.hears(WIRE, an_item(BREAK))

    channels = {**before.channels, "second": FakeChannel("second")}
    after = replace(before, stories=[a_story(channels=("main", "second"))], channels=channels)
    after.hears(POST, an_item(BREAK, "post"))

    assert after.shown("main") == []
    assert after.shown("second") == [BREAK]


def test_two_stories_judge_and_post_apart(archive: Archive) -> None:
    channels = {name: FakeChannel(name) for name in ("main", "second")}
    walk = Walk(archive=archive, stories=[a_story(), RIVERS], channels=channels)
    walk.opened()

    walk.hears(WIRE, *entries(BREAK, OPENING))
    walk.hears(POST, an_item("Flood in Ostrava recedes", "post"))

    assert walk.shown("main") == [OPENING, BREAK]
    assert walk.shown("second") == [BREAK, "Flood in Ostrava recedes"]


def test_a_story_that_listens_to_some_feeds_does_not_hear_the_others(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[a_story(feeds=("Evening Post",))])
    walk.opened()

    walk.hears(WIRE, an_item(BREAK))
    walk.hears(POST, an_item(OPENING, "post"))

    assert walk.shown() == [OPENING]


def test_a_story_with_two_channels_posts_to_both(archive: Archive) -> None:
    channels = {name: FakeChannel(name) for name in ("main", "second")}
    walk = Walk(archive=archive, stories=[a_story(channels=("main", "second"))], channels=channels)
    walk.opened()

    walk.hears(WIRE, an_item(BREAK))

    assert walk.shown("main") == walk.shown("second") == [BREAK]


# ------------------------------------------------------------------- what the server is told we have


class FailingArchive(FakeArchive):
    """Rolls back as many polls as it is told to, at the very end of their work."""

    failures = 0

    async def record(self, work: Callable[[Record], T]) -> T:
        def and_fail(record: Record) -> T:
            result = work(record)
            if self.failures:
                self.failures -= 1
                raise StorywireError("the disk is full")
            return result

        return await super().record(and_fail)


def test_validators_are_stored_only_after_everything_is_recorded() -> None:
    archive = FailingArchive()
    walk = Walk(archive=archive)
    walk.feeds.publish(WIRE, etag='"1"')
    walk.poll()
    walk.wait()
    walk.feeds.publish(WIRE, an_item(BREAK), etag='"2"')

    archive.failures = 1
    with pytest.raises(StorywireError, match="the disk is full"):
        walk.poll()
    kept = walk.stored().validators
    walk.poll()

    assert kept == Validators(etag='"1"')
    assert walk.feeds.asked[-1] == Asked(url=WIRE, validators=Validators(etag='"1"'))
    assert walk.stored().validators == Validators(etag='"2"')
    assert walk.shown() == [BREAK]


def test_a_first_poll_that_could_not_be_recorded_leaves_the_feed_new() -> None:
    archive = FailingArchive()
    walk = Walk(archive=archive, stories=[a_story(policy=Policy(backfill=0))])
    walk.feeds.publish(WIRE, an_item(BREAK), etag='"1"')

    archive.failures = 1
    with pytest.raises(StorywireError, match="the disk is full"):
        walk.poll()
    walk.poll()

    assert walk.feeds.asked[-1].validators == Validators()
    assert walk.outbox() == []


UNCHANGED = {
    "the server answers 304": '"1"',
    "the server has no validators and sends the same body": None,
}


@pytest.mark.parametrize("etag", UNCHANGED.values(), ids=UNCHANGED)
def test_an_unchanged_document_records_nothing(etag: str | None, archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.feeds.publish(WIRE, an_item(BREAK), etag=etag)
    first = walk.poll()
    recorded_at = walk.stored().recorded_at
    walk.wait()

    again = walk.poll()

    assert (first.listed, again.listed, again.taken) == (1, 0, ())
    assert walk.stored().recorded_at == recorded_at
    assert walk.health().articles == 1
    assert walk.health().polled_at == walk.clock.now()
    assert (walk.health().next_at or NOW) > walk.clock.now()


def test_the_server_is_shown_what_it_gave_last(archive: Archive) -> None:
    walk = Walk(archive=archive)
    for version in ('"1"', 'W/"2"', '"3"'):
        walk.feeds.publish(WIRE, an_item(f"{BREAK} {version}"), etag=version)
        walk.poll()
        walk.wait()

    assert [asked.validators.etag for asked in walk.feeds.asked] == [None, '"1"', 'W/"2"']


def test_once_a_day_the_document_is_asked_for_whatever_the_server_says(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.feeds.publish(WIRE, etag='"stuck"')
    for _ in range(60):
        walk.poll()
        walk.wait(timedelta(hours=1))

    unconditional = [hour for hour, asked in enumerate(walk.feeds.asked) if asked.validators == Validators()]
    assert unconditional == [0, 24, 48]


def test_news_behind_a_stuck_validator_is_found_within_a_day(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.feeds.publish(WIRE, etag='"stuck"')
    walk.poll()
    walk.wait(timedelta(hours=24))
    walk.feeds.publish(WIRE, an_item(BREAK, published=walk.clock.now()), etag='"stuck"')

    walk.poll()

    assert walk.shown() == [BREAK]


# -------------------------------------------------------------------------------------- failures


def test_if_no_host_at_all_can_be_reached_the_fault_is_ours_and_costs_no_feed_anything(
    archive: Archive,
) -> None:
    walk = Walk(archive=archive)
    walk.opened()
    for url in (WIRE, POST, LEDGER):
        walk.feeds.refuse(url, NoAnswerError(f"no connection to {url}"))
    for _ in range(5):
        walk.wait()
        for url in (WIRE, POST, LEDGER):
            walk.poll(url)

    for url in (WIRE, POST, LEDGER):
        health = walk.health(url)
        assert (health.feed.failures, health.feed.failing_since, health.feed.server) == (0, None, Server())
        assert (health.next_at or NOW) - walk.clock.now() <= timedelta(minutes=11)
        assert health.failure, "why it has no news is still told"


class ArchiveThatDies(FakeArchive):
    """Dies when it has stored how the first poll ended."""

    died = False

    async def polled(self, poll: Poll) -> None:
        await super().polled(poll)
        if not self.died:
            self.died = True
            raise StorywireError("the program stops here")


def test_that_a_feed_is_gone_is_told_once_wherever_the_program_dies() -> None:
    walk = Walk(archive=ArchiveThatDies())
    walk.feeds.refuse(WIRE, BadAnswerError("wire.example answered 410 Gone", status=410))

    with pytest.raises(StorywireError, match="stops here"):
        walk.poll()

    assert walk.stored().paused, "it is not polled again"
    assert len(walk.notices.told) == 1


class RunningClock(FakeClock):
    """Goes on by itself whenever somebody looks at it, as real ones do."""

    def now(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time


def test_the_first_feed_that_met_our_own_outage_is_forgiven_too() -> None:
    walk = Walk(archive=FakeArchive(), clock=RunningClock())
    walk.opened()
    for url in (WIRE, POST, LEDGER):
        walk.feeds.refuse(url, NoAnswerError(f"no connection to {url}"))
        walk.poll(url)

    assert [walk.stored(url).failures for url in (WIRE, POST, LEDGER)] == [0, 0, 0]


def test_one_host_out_of_reach_among_others_is_its_own_fault(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()
    walk.feeds.refuse(WIRE, NoAnswerError("no connection to wire.example"))
    for _ in range(4):
        walk.wait()
        walk.poll(WIRE)
        walk.poll(POST)

    assert walk.stored(WIRE).failures == 4
    assert walk.stored(WIRE).server.rests_until is not None


def test_a_first_document_that_lists_nothing_leaves_the_next_one_backlog() -> None:
    walk = Walk(archive=FakeArchive())
    walk.hears(WIRE)

    polled = walk.hears(WIRE, *(an_item(f"Dam near {town} breaks") for town in ("Ostrava", "Brno", "Plzen")))

    assert [taken.quiet is None for taken in polled.taken].count(True) == 1


def test_failures_count_up_and_the_feed_is_asked_less_and_less_often(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.feeds.refuse(WIRE, BadAnswerError("500 Internal Server Error"))
    waits = []
    for failures in range(1, 8):
        polled = walk.poll()
        assert polled.failure == walk.health().failure == "500 Internal Server Error"
        assert polled.feed.failures == walk.stored().failures == failures
        waits.append((walk.health().next_at or NOW) - walk.clock.now())
        walk.wait(waits[-1])

    doublings = [later / earlier for earlier, later in pairwise(waits)]
    assert doublings[:3] == pytest.approx([2.0] * 3, rel=0.1)
    assert timedelta(minutes=10) <= waits[0] <= timedelta(minutes=11)
    assert max(waits) <= timedelta(hours=2.2)


def test_a_success_clears_the_failures(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.feeds.refuse(WIRE, BadAnswerError("wire.example answered 503", status=503))
    walk.poll()
    walk.poll()

    walk.hears(WIRE, an_item(BREAK))

    assert walk.stored().failures == 0
    assert walk.health().failure is None
    assert (walk.health().next_at or NOW) - walk.clock.now() <= timedelta(minutes=11)


def test_an_unchanged_document_clears_the_failures_too(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.feeds.publish(WIRE, etag='"1"')
    walk.poll()
    walk.feeds.refuse(WIRE, BadAnswerError("wire.example answered 503", status=503))
    walk.poll()

    walk.feeds.publish(WIRE, etag='"1"')
    walk.poll()

    assert walk.stored().failures == 0
    assert walk.health().failure is None


def test_a_failed_poll_keeps_what_is_known_of_the_feed(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.feeds.publish(WIRE, an_item(BREAK), etag='"1"')
    walk.poll()
    known = walk.stored()

    walk.feeds.garble(WIRE, ParseError("the document is a web page, not a feed"), etag='"2"')
    polled = walk.poll()

    assert polled.failure == "the document is a web page, not a feed"
    assert walk.stored() == replace(known, failures=1, failing_since=walk.clock.now())


FRESH = {
    "for less than the usual wait": (timedelta(minutes=2), timedelta(minutes=10)),
    "for longer": (timedelta(minutes=40), timedelta(minutes=40)),
    "for longer than the operator waits for any feed": (timedelta(days=30), timedelta(hours=1)),
}


@pytest.mark.parametrize(("fresh", "usual"), FRESH.values(), ids=FRESH)
def test_a_document_that_is_fresh_is_asked_for_later(
    fresh: timedelta, usual: timedelta, archive: Archive
) -> None:
    walk = Walk(archive=archive)
    walk.feeds.publish(WIRE, fresh=fresh)

    walk.poll()

    assert usual <= (walk.health().next_at or NOW) - walk.clock.now() <= usual * 1.1


RETRY_AFTER: dict[str, tuple[FetchError, timedelta]] = {
    "a busy server that names a time": (
        BadAnswerError("answered 429", status=429, retry_after=timedelta(hours=5)),
        timedelta(hours=5),
    ),
    "a busy server that names a shorter time than the back-off": (
        BadAnswerError("answered 503", status=503, retry_after=timedelta(seconds=10)),
        timedelta(minutes=10),
    ),
}


@pytest.mark.parametrize(("failure", "shortest"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_a_server_that_refuses_is_left_alone_as_long_as_it_asks(
    failure: FetchError, shortest: timedelta, archive: Archive
) -> None:
    walk = Walk(archive=archive)
    walk.feeds.refuse(WIRE, failure)

    walk.poll()
    due = walk.health().next_at or NOW
    sooner = asyncio.run(archive.claim(now=due - timedelta(seconds=1), lease=LATER, limit=9))
    then = asyncio.run(archive.claim(now=due, lease=LATER, limit=9))

    assert due - walk.clock.now() >= shortest
    assert WIRE not in {feed.url for feed in sooner}
    assert WIRE in {feed.url for feed in then}


def test_a_feed_that_fails_leaves_the_posts_alone(archive: Archive) -> None:
    walk = Walk(archive=archive)
    walk.opened()
    walk.hears(WIRE, an_item(BREAK))
    walk.feeds.refuse(WIRE, BadAnswerError("answered 404", status=404))
    walk.poll()

    assert [post.state for post in walk.outbox()] == [PostState.PENDING]
    assert walk.shown() == [BREAK]
