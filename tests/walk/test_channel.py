"""What readers of a channel see: cards, roundups, digests, quiet hours, whatever clocks and networks do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import corrections, pipeline
from bot.core.hours import last_digest
from bot.core.settle import settle
from bot.errors import (
    AnswerLostError,
    ChannelBusyError,
    ChannelMovedError,
    DeliveryError,
    NotSentError,
    PostRefusedError,
)
from bot.model import (
    CARDS,
    Article,
    Duplicate,
    Entry,
    Hours,
    Kind,
    Message,
    Mode,
    New,
    Policy,
    Post,
    Posting,
    PostKind,
    PostState,
    Receipt,
    Stored,
    Story,
    Style,
    Update,
    Verdict,
)
from bot.pipeline import deliver, recover
from bot.ports import Archive
from tests.builders import NOW, a_story
from tests.fakes.archive import FakeArchive
from tests.fakes.channel import AfterShowing, FakeChannel
from tests.walk.world import LEDGER, POST, WIRE, FakeClock, Walk, an_item

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
_FIRST = (
    "Ostra Bru Pil Olo Libe Zli Jih Opa Kla Tab Sum Dec Chru Hav Pre Tre Znoj Kol Pis Che Kru Vse Hod Lit Sus"
)
_LAST = "va no sek mov rec lin dor ny burk stat ov in"
#: Each is the mark of one happening.
TOWNS = tuple(f"{first}{last}" for first in _FIRST.split() for last in _LAST.split())
SITES = {WIRE: "wire", POST: "post", LEDGER: "ledger"}
OUTLETS = {WIRE: "Wire", POST: "Evening Post", LEDGER: "Ledger"}


def by_town(article: Article, candidates: Sequence[Stored], *_: object) -> Verdict:
    """Judge as simply as these tests need it: who names the same town tells the same."""
    town = _town(article.title)
    same = [old for old in candidates if _town(old.article.title) == town]
    if not same:
        return New()
    first = min(same, key=lambda old: old.id)
    if article.title.startswith("Mayor"):
        return Update(of=first.id)
    versions = [
        old for old in same if (old.article.feed_url, old.article.key) == (article.feed_url, article.key)
    ]
    if versions:
        return Duplicate(of=versions[-1].id, kind=Kind.SAME)
    return Duplicate(of=first.id, kind=Kind.COPY if "copied" in article.summary else Kind.REWRITE)


def _town(title: str) -> str:
    return next(word for word in title.replace(",", " ").split() if word in TOWNS)


@pytest.fixture(autouse=True)
def _judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "judge", by_town)


def about(town: int) -> str:
    return f"Dam near {TOWNS[town]} opens"


def item(town: int, url: str = WIRE, title: str = "", **changes: Any) -> Entry:
    return an_item(title or about(town), SITES[url], **changes)


def a_walk(
    archive: Archive, *, hours: Hours | None = None, policy: Policy | None = None, **posting: Any
) -> Walk:
    """Give a walk with one story that is posted like this, and feeds that are not new."""
    story = a_story(postings={"main": Posting(**posting)}, policy=policy or Policy(max_age=4_000 * DAY))
    return opened(Walk(archive=archive, stories=[story], hours={"main": hours or Hours()}))


def opened(walk: Walk) -> Walk:
    walk.opened()
    walk.deliver()
    return walk


def restarted(walk: Walk, **changes: Any) -> Walk:
    """Give the program as it is after a restart: the archive, the world outside and nothing else."""
    fresh = replace(walk, **changes)
    fresh.recover()
    return fresh


def hears(walk: Walk, url: str, *entries: Entry) -> None:
    """Let a feed list these entries now, newest first."""
    walk.feeds.publish(url, *entries)
    walk.poll(url)


def go_on(walk: Walk, until: datetime) -> None:
    """Deliver whenever something is due, as the service does, until a time."""
    while (again := walk.deliver()) is not None and again <= until:
        walk.clock.time = max(again, walk.clock.time)
    walk.clock.time = until
    walk.deliver()


def texts(walk: Walk, name: str = "main") -> list[str]:
    return [message.text for message in walk.channels[name].messages.values()]


def kinds(walk: Walk, name: str = "main") -> list[PostKind]:
    return [post.kind for post in walk.channels[name].posts]


def styled(message: Message, style: Style) -> list[tuple[str, str | None]]:
    units = message.text.encode("utf-16-le")
    return [
        (units[2 * s.offset : 2 * (s.offset + s.length)].decode("utf-16-le"), s.url)
        for s in message.spans
        if s.style is style
    ]


# ---------------------------------------------------------------------------------------------- cards


def test_a_card_grows_in_place_from_the_first_report_to_the_last(archive: Archive) -> None:
    walk = a_walk(archive, policy=Policy(time_zone="Europe/Prague", prefer=("Ledger",)))
    hears(walk, WIRE, item(0, summary="Water rose all night. It fell at ten."))
    walk.deliver()
    assert texts(walk) == [
        f"{about(0)}\nWire · 15 Jan 2026, 13:00\nWater rose all night. It fell at ten.\n\n#dams"
    ]
    assert styled(walk.channel.messages[1], Style.LINK) == [(about(0), item(0).link)]

    hears(walk, POST, item(0, POST, summary="copied"))
    walk.wait(62 * MINUTE)
    hears(walk, WIRE, replace(item(0), title=f"Dam near {TOWNS[0]} is open"))
    walk.deliver()
    assert texts(walk) == [
        (
            f"Dam near {TOWNS[0]} is open\nWire · 15 Jan 2026, 13:00\n\n"
            f"was: {about(0)} → now, 14:02\nAlso: Evening Post\n2 reports, 1 independent\n#dams"
        )
    ]

    hears(walk, LEDGER, item(0, LEDGER))
    walk.deliver()
    (text,) = texts(walk)
    assert text.startswith(f"{about(0)}\nLedger · ")
    assert text.endswith("\nAlso: Wire, Evening Post\n3 reports, 2 independent\n#dams")
    assert styled(walk.channel.messages[1], Style.LINK)[0] == (about(0), item(0, LEDGER).link)
    assert kinds(walk) == [PostKind.CARD, PostKind.EDIT, PostKind.EDIT]


def test_an_update_answers_the_card_and_says_what_was_before(archive: Archive) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0))
    walk.deliver()

    hears(walk, POST, item(0, POST, f"Mayor closes the dam near {TOWNS[0]}"))
    walk.deliver()

    assert walk.channel.posts[-1].target == 1
    assert texts(walk)[1] == (
        f"Update: Mayor closes the dam near {TOWNS[0]}\nEvening Post · 15 Jan 2026, 12:00 UTC\n\n"
        f"before: {about(0)} (Wire)\n#dams"
    )


# ------------------------------------------------------------------------------------- gate and ring


def test_nothing_is_posted_before_enough_independent_sources_report_it(archive: Archive) -> None:
    walk = a_walk(archive, min_sources=2)
    hears(walk, WIRE, item(0))
    hears(walk, POST, item(0, POST, summary="copied"))
    assert walk.shown() == []

    hears(walk, LEDGER, item(0, LEDGER))
    assert walk.shown() == [about(0)]
    assert "\nAlso: Evening Post, Ledger\n3 reports, 2 independent\n" in texts(walk)[0]


def test_the_backlog_of_a_feed_that_was_added_leaves_the_gate_open(archive: Archive) -> None:
    story = a_story(postings={"main": Posting(min_sources=3)}, policy=Policy(backfill=0))
    walk = Walk(archive=archive, stories=[story])
    walk.opened(WIRE, LEDGER)
    hears(walk, WIRE, item(0))
    hears(walk, POST, item(0, POST))  # quiet: all that a new feed lists
    assert walk.shown() == []

    hears(walk, LEDGER, item(0, LEDGER))
    assert walk.shown() == [about(0)]


def test_an_update_of_backlog_that_waits_for_sources_is_told_when_they_report_it(archive: Archive) -> None:
    story = a_story(postings={"main": Posting(min_sources=3)}, policy=Policy(backfill=0))
    walk = Walk(archive=archive, stories=[story])
    walk.opened(POST, LEDGER)
    hears(walk, WIRE, item(0))  # quiet
    update = f"Mayor closes the dam near {TOWNS[0]}"
    hears(walk, POST, item(0, POST, update))
    assert walk.shown() == []

    hears(walk, LEDGER, item(0, LEDGER))
    assert walk.shown() == [update]


def test_an_article_that_is_split_off_waits_for_sources_of_its_own(archive: Archive) -> None:
    walk = a_walk(archive, min_sources=2)
    hears(walk, WIRE, item(0))
    hears(walk, POST, item(0, POST))
    assert walk.shown() == [about(0)]
    (decision,) = asyncio.run(archive.decisions(str(item(0, POST).link)))
    places, now = walk.world.knowledge.places, walk.clock.now()
    asyncio.run(
        archive.record(
            lambda record: corrections.split(walk.stories[0], decision.article_id, record, places, at=now)
        )
    )
    assert walk.shown() == [about(0)]

    walk.stories = [replace(walk.stories[0], postings={"main": Posting(min_sources=1)})]
    hears(walk, POST, replace(item(0, POST), title=f"{about(0)} again"))
    assert walk.shown() == [about(0), f"{about(0)} again"]


def test_the_first_report_comes_without_a_sound_and_the_channel_rings_once(archive: Archive) -> None:
    walk = a_walk(archive, ring_at=2)
    hears(walk, WIRE, item(0))
    walk.deliver()
    hears(walk, POST, item(0, POST, summary="copied"))
    walk.deliver()
    assert [post.message.silent for post in walk.channel.posts] == [True, True]

    hears(walk, LEDGER, item(0, LEDGER))
    hears(walk, LEDGER, replace(item(0, LEDGER), title=f"{about(0)} wide"))
    walk.deliver()
    (ring,) = [post for post in walk.channel.posts if post.kind is PostKind.RING]
    assert (ring.message.text, ring.message.silent, ring.target) == (
        f"Now reported by 2 independent sources: {about(0)}",
        False,
        1,
    )


def test_a_card_that_still_waits_when_many_report_it_rings_by_itself(archive: Archive) -> None:
    walk = a_walk(archive, ring_at=2)
    hears(walk, WIRE, item(0))
    hears(walk, LEDGER, item(0, LEDGER))
    hears(walk, POST, item(0, POST))
    walk.deliver()

    assert [(post.kind, post.message.silent) for post in walk.channel.posts] == [(PostKind.CARD, False)]


def test_a_card_that_comes_back_from_the_channel_rings_once_many_report_it(archive: Archive) -> None:
    walk = a_walk(archive, ring_at=2)
    hears(walk, WIRE, item(0))
    now = walk.clock.now()
    post = asyncio.run(archive.next_post("main", now=now))
    assert post is not None
    asyncio.run(archive.sending(post, at=now))
    hears(walk, POST, item(0, POST, summary="copied"))  # an edit, for the card is in flight
    busy = settle(post, NotSentError("no"), delivery=walk.delivery, now=now)
    asyncio.run(archive.settle(post, busy, at=now))

    hears(walk, LEDGER, item(0, LEDGER))
    go_on(walk, now + HOUR)

    assert [p.message.silent for p in walk.channel.posts if p.kind is not PostKind.EDIT] == [False]


# ------------------------------------------------------------------------------------ not too many cards


def test_of_more_cards_than_an_hour_may_have_the_rest_is_one_roundup(archive: Archive) -> None:
    walk = a_walk(archive, per_hour=3)
    for town in range(6):
        hears(walk, WIRE, item(town))
        walk.deliver()
        walk.wait(5 * MINUTE)

    assert [text.splitlines()[0] for text in texts(walk)] == [*map(about, range(3)), "Roundup: 3 reports"]
    assert [f"• {about(town)}\nWire, " in texts(walk)[3] for town in range(3, 6)] == [True] * 3

    hears(walk, POST, item(4, POST, f"Mayor closes the dam near {TOWNS[4]}"))
    walk.deliver()
    assert (walk.channel.posts[-1].kind, walk.channel.posts[-1].target) == (PostKind.REPLY, 4)

    walk.wait(HOUR)
    hears(walk, WIRE, item(7))
    walk.deliver()
    assert texts(walk)[-1].startswith(about(7))


@pytest.mark.parametrize(("items", "roundups"), [(40, [30]), (55, [40, 5])])
def test_of_many_items_at_once_ten_get_cards_and_the_rest_can_be_read_at_once(
    archive: Archive, items: int, roundups: list[int]
) -> None:
    walk = a_walk(archive)
    hears(
        walk,
        WIRE,
        *(item(town, published=NOW + town * timedelta(seconds=1)) for town in reversed(range(items))),
    )

    walk.deliver()

    assert Counter(kinds(walk)) == {PostKind.CARD: 10, PostKind.ROUNDUP: len(roundups)}
    assert [text.splitlines()[0] for text in texts(walk)] == [
        *map(about, range(10)),
        *(f"Roundup: {count} reports" for count in roundups),
    ]
    assert all(any(about(town) in text for text in texts(walk)) for town in range(items))
    links = [link for message in walk.channel.messages.values() for link in styled(message, Style.LINK)]
    assert set(links) == {(about(town), item(town).link) for town in range(items)}


def test_an_update_that_a_full_list_has_no_room_for_is_told_beside_it(archive: Archive) -> None:
    walk = a_walk(archive, mode=Mode.DIGEST)
    long = " ".join(["of the water"] * 20)
    towns = range(40)
    hears(walk, WIRE, *(item(t, title=f"{about(t)} {long}", link=item(t).link) for t in towns))
    updates = [f"Mayor closes the dam near {TOWNS[t]} {long}" for t in towns]
    hears(walk, POST, *(item(0, POST, title) for title in updates))

    go_on(walk, walk.clock.now() + DAY)

    told = "\n".join(texts(walk))
    assert all(f"Update: {title[:40]}" in told for title in updates)
    assert all(len(text.encode("utf-16-le")) // 2 <= 4_096 for text in texts(walk))
    assert all(len(message.spans) <= 100 for message in walk.channel.messages.values())


# -------------------------------------------------------------------- several stories, several channels


def two_stories(archive: Archive, one: Posting, two: Posting, **hours: Hours) -> Walk:
    policy = Policy(max_age=4_000 * DAY)
    stories = [
        a_story(name, policy=policy, postings={"main": posting})
        for name, posting in (("dams", one), ("rivers", two))
    ]
    return opened(Walk(archive=archive, stories=stories, hours=hours))


def test_an_item_of_two_stories_is_posted_once_with_both_tags(archive: Archive) -> None:
    walk = two_stories(archive, Posting(), Posting())
    hears(walk, WIRE, item(0))
    hears(walk, POST, item(0, POST))
    walk.deliver()

    (text,) = texts(walk)
    assert text.endswith("\nAlso: Evening Post\n2 independent reports\n#dams #rivers")


def test_an_update_of_two_stories_is_told_once_with_both_tags(archive: Archive) -> None:
    walk = two_stories(archive, Posting(), Posting())
    hears(walk, WIRE, item(0))
    walk.deliver()
    hears(walk, POST, item(0, POST, f"Mayor closes the dam near {TOWNS[0]}"))
    walk.deliver()

    assert kinds(walk) == [PostKind.CARD, PostKind.REPLY]
    assert texts(walk)[1].endswith("\n#dams #rivers")


@pytest.mark.parametrize("digest", [0, 1], ids=["the first has a digest", "the second has a digest"])
def test_what_one_story_posts_at_once_is_not_in_the_digest_of_another(archive: Archive, digest: int) -> None:
    postings = [Posting(mode=Mode.DIGEST if place == digest else Mode.INSTANT) for place in (0, 1)]
    walk = two_stories(archive, *postings)
    hears(walk, WIRE, item(0))
    go_on(walk, walk.clock.now() + 2 * DAY)

    (text,) = texts(walk)
    assert set(text.splitlines()[-1].split()) == {"#dams", "#rivers"}


def test_two_digests_of_one_channel_are_one_message(archive: Archive) -> None:
    posting = Posting(mode=Mode.DIGEST)
    walk = two_stories(archive, posting, posting)
    hears(walk, WIRE, item(0), item(1))
    hears(walk, POST, item(0, POST, f"Mayor closes the dam near {TOWNS[0]}"))
    go_on(walk, walk.clock.now() + 2 * DAY)

    (text,) = texts(walk)
    assert text.startswith("Digest: 2 reports\n")
    assert text.count("Update: ") == 1
    assert text.endswith("\n#dams #rivers")


def test_a_story_that_waits_for_sources_lends_a_card_its_tag_once_it_has_them(archive: Archive) -> None:
    walk = two_stories(archive, Posting(), Posting(min_sources=2))
    hears(walk, WIRE, item(0))
    walk.deliver()
    assert texts(walk)[0].endswith("\n#dams")

    hears(walk, POST, item(0, POST))
    walk.deliver()
    assert [text.splitlines()[-1] for text in texts(walk)] == ["#dams #rivers"]


def test_what_was_quiet_for_two_stories_comes_once_when_it_has_news(archive: Archive) -> None:
    stories = [a_story(name, policy=Policy(backfill=0)) for name in ("dams", "rivers")]
    walk = Walk(archive=archive, stories=stories)
    walk.opened(POST)
    hears(walk, WIRE, item(0))  # backlog
    update = f"Mayor closes the dam near {TOWNS[0]}"
    hears(walk, POST, item(0, POST, update))

    assert walk.shown() == [update]
    assert texts(walk)[0].endswith("\n#dams #rivers")


def test_each_channel_of_a_story_gets_it_its_own_way(archive: Archive) -> None:
    postings = {"main": Posting(), "evening": Posting(mode=Mode.DIGEST), "sure": Posting(min_sources=2)}
    names = tuple(postings)
    walk = opened(
        Walk(
            archive=archive,
            stories=[a_story(channels=names, postings=postings)],
            channels={name: FakeChannel(name) for name in names},
            hours={"evening": Hours(digests=(time(18),))},
        )
    )
    hears(walk, WIRE, item(0))
    assert [walk.shown(name) for name in names] == [[about(0)], [], []]
    hears(walk, POST, item(0, POST))
    assert [walk.shown(name) for name in names] == [[about(0)], [], [about(0)]]
    walk.clock.time = datetime(2026, 1, 15, 18, tzinfo=UTC)
    assert walk.shown("evening") == ["Digest: 1 report"]


def test_a_channel_that_cannot_change_what_it_shows_gets_no_edits(archive: Archive) -> None:
    posting = Posting(edits=False, per_hour=1)
    walk = two_stories(archive, posting, posting)
    for town in range(3):
        hears(walk, WIRE, item(town))
        walk.deliver()
    hears(walk, POST, item(0, POST))
    walk.deliver()

    assert kinds(walk) == [PostKind.CARD, PostKind.ROUNDUP, PostKind.ROUNDUP]
    assert all(any(about(town) in text for text in texts(walk)) for town in range(3))


def test_once_a_roundup_was_deleted_news_goes_on_another(archive: Archive) -> None:
    walk = a_walk(archive, per_hour=1)
    for town in range(2):
        hears(walk, WIRE, item(town))
        walk.deliver()
    walk.channel.faults = iter([PostRefusedError("message to edit not found")])
    for town in range(2, 5):
        hears(walk, WIRE, item(town))
        walk.deliver()

    assert kinds(walk) == [PostKind.CARD, PostKind.ROUNDUP, PostKind.ROUNDUP, PostKind.EDIT]
    assert all(about(town) in texts(walk)[-1] for town in (3, 4))
    (refused,) = walk.outbox(PostState.REFUSED)
    assert about(2) in refused.message.text


SHAPES = {
    "a card": Posting(),
    "a roundup": Posting(burst=1),
    "a digest": Posting(mode=Mode.DIGEST),
}


@pytest.mark.parametrize("posting", SHAPES.values(), ids=SHAPES)
def test_a_story_that_is_not_followed_any_more_keeps_its_place_on(archive: Archive, posting: Posting) -> None:
    walk = two_stories(archive, posting, posting)
    hears(walk, WIRE, item(0), item(1))

    later = restarted(walk, stories=walk.stories[1:])
    hears(later, POST, item(0, POST), item(1, POST))
    hears(later, LEDGER, item(2, LEDGER))
    go_on(later, later.clock.now() + 2 * DAY)

    told = "\n".join(texts(later))
    assert all(about(town) in told for town in range(3))
    assert "Evening Post" in told
    assert later.stored(POST).failures == 0


# ----------------------------------------------------------------------------------------- quiet hours

NIGHT = (time(23), time(7))


def test_in_quiet_hours_posts_are_kept_until_they_end(archive: Archive) -> None:
    walk = a_walk(archive, hours=Hours(zone="Europe/Berlin", quiet=NIGHT))
    walk.clock.time = datetime(2026, 3, 28, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    hears(walk, WIRE, item(0, published=walk.clock.time))

    assert walk.deliver() == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert texts(walk) == []
    hears(walk, POST, item(0, POST, published=walk.clock.time))
    go_on(walk, datetime(2026, 3, 29, 5, tzinfo=UTC))

    assert kinds(walk) == [PostKind.CARD]
    assert "Also: Evening Post" in texts(walk)[0]


def test_a_digest_whose_hour_is_quiet_comes_when_it_is_over(archive: Archive) -> None:
    walk = a_walk(archive, hours=Hours(quiet=NIGHT, digests=(time(6), time(18))), mode=Mode.DIGEST)
    walk.clock.time = datetime(2026, 1, 16, 1, tzinfo=UTC)
    hears(walk, WIRE, item(0))
    go_on(walk, datetime(2026, 1, 16, 6, 59, tzinfo=UTC))
    assert texts(walk) == []
    go_on(walk, datetime(2026, 1, 16, 7, tzinfo=UTC))
    assert len(texts(walk)) == 1


def test_or_they_come_without_a_sound(archive: Archive) -> None:
    walk = a_walk(archive, hours=Hours(quiet=NIGHT, hold=False))
    walk.clock.time = datetime(2026, 1, 15, 23, tzinfo=UTC)
    hears(walk, WIRE, item(0))
    walk.deliver()
    walk.clock.time = datetime(2026, 1, 16, 7, tzinfo=UTC)
    hears(walk, WIRE, item(1))
    walk.deliver()

    assert [post.message.silent for post in walk.channel.posts] == [True, False]


# --------------------------------------------------------------------------------------------- digests


def test_a_digest_tells_all_there_is_at_its_hour_and_holds_up_no_card(archive: Archive) -> None:
    walk = two_stories(archive, Posting(mode=Mode.DIGEST), Posting())
    walk.stories = [walk.stories[0], replace(walk.stories[1], query="river")]
    hears(walk, WIRE, item(0), item(1))
    hears(walk, POST, item(1, POST))
    hears(walk, LEDGER, item(0, LEDGER, f"Mayor closes the dam near {TOWNS[0]}"))
    hears(walk, WIRE, item(2, title=f"River near {TOWNS[2]} rises"))
    assert walk.shown() == [f"River near {TOWNS[2]} rises"]

    go_on(walk, datetime(2026, 1, 16, 8, tzinfo=UTC))
    assert kinds(walk) == [PostKind.CARD, PostKind.DIGEST]
    title, *told, tags = texts(walk)[1].split("\n\n")
    assert (title, tags) == ("Digest: 2 reports", "#dams")
    assert set(told) == {
        f"• {about(0)}\nWire, 12:00\nUpdate: Mayor closes the dam near {TOWNS[0]}",
        f"• {about(1)}\nWire, 12:00 · also Evening Post",
    }

    hears(walk, POST, item(0, POST))  # changed in place
    walk.deliver()
    assert "also Evening Post" in next(part for part in texts(walk)[1].split("\n\n") if about(0) in part)
    hears(walk, POST, item(1, POST, f"Mayor closes the dam near {TOWNS[1]}"))
    go_on(walk, datetime(2026, 1, 17, 8, tzinfo=UTC))
    assert kinds(walk)[-1] is PostKind.DIGEST
    assert f"Update: Mayor closes the dam near {TOWNS[1]}" in texts(walk)[2]


def test_what_does_not_fit_on_a_digest_goes_with_it_and_none_follows_at_the_same_hour(
    archive: Archive,
) -> None:
    walk = a_walk(archive, mode=Mode.DIGEST)
    hears(walk, WIRE, *(item(town) for town in range(85)))

    go_on(walk, datetime(2026, 1, 16, 8, 1, tzinfo=UTC))
    assert [text.splitlines()[0] for text in texts(walk)] == [
        "Digest: 40 reports",
        "Digest: 40 reports",
        "Digest: 5 reports",
    ]
    hears(walk, WIRE, item(86))
    walk.clock.time = datetime(2026, 1, 16, 7, 59, tzinfo=UTC)
    go_on(walk, datetime(2026, 1, 16, 9, tzinfo=UTC))
    assert len(texts(walk)) == 3
    go_on(walk, datetime(2026, 1, 17, 8, tzinfo=UTC))
    assert len(texts(walk)) == 4


def test_the_rest_of_a_digest_comes_though_the_program_dies_between_its_parts(archive: Archive) -> None:
    channel = MortalChannel([None, "dies before"])
    walk = replace(a_walk(archive, mode=Mode.DIGEST), channels={"main": channel})
    hears(walk, WIRE, *(item(town) for town in range(45)))
    walk.clock.time = datetime(2026, 1, 16, 8, tzinfo=UTC)
    with pytest.raises(DiedError):
        walk.deliver()
    walk = restarted(walk)
    go_on(walk, datetime(2026, 1, 16, 8, 5, tzinfo=UTC))

    assert [text.splitlines()[0] for text in texts(walk)] == ["Digest: 40 reports", "Digest: 5 reports"]


#: Local times of digests, by zone, with the two nights of 2026 on which its clocks are put.
NIGHTS = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "Europe/Moscow": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),
}
TIMES = {
    "hourly": (),
    "at times that a night skips or doubles": (time(1, 45), time(2, 30), time(3), time(18)),
}


@dataclass
class Counting(FakeChannel):
    """Notes by the clock when each digest came."""

    clock: FakeClock
    came: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__("main")

    async def send(self, post: Post) -> Receipt:
        if post.kind is PostKind.DIGEST:
            self.came.append(self.clock.now())
        return await super().send(post)


def minded(archive: Archive, hours: Hours, start: datetime) -> tuple[Walk, Counting]:
    walk = a_walk(archive, hours=hours, mode=Mode.DIGEST)
    walk.clock.time = start
    channel = Counting(walk.clock)
    return replace(walk, channels={"main": channel}), channel


def news(walk: Walk, number: int) -> None:
    """Let something happen that was not heard of before: a hundred towns have two outlets each."""
    url = (WIRE, POST)[number // len(TOWNS)]
    hears(walk, url, item(number % len(TOWNS), url, published=walk.clock.now()))


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
@pytest.mark.parametrize("night", [0, 1], ids=["forward", "back"])
@pytest.mark.parametrize("zone", NIGHTS)
def test_over_a_night_on_which_clocks_are_put_every_hour_has_its_digest_and_none_has_two(
    zone: str, night: int, times: tuple[time, ...]
) -> None:
    hours = Hours(zone=zone, digests=times)
    begins = datetime.combine(NIGHTS[zone][night], time(), ZoneInfo(zone)).astimezone(UTC) - 90 * MINUTE
    walk, channel = minded(FakeArchive(), hours, begins)
    for step in range(54):  # every ten minutes something happens, and the program starts again
        news(walk, step)
        go_on(walk, begins + (step + 1) * 10 * MINUTE)
        walk = restarted(walk)

    expected = {last_digest(hours, begins + n * MINUTE) for n in range(1, 9 * 60 + 1)} - {
        last_digest(hours, begins)
    }
    assert [last_digest(hours, came) for came in channel.came] == sorted(expected)
    assert channel.came == sorted(expected)


Clockwork = Callable[[datetime], list[datetime]]
#: What the clock shows after it stood at a time, each for a while.
STEPS: dict[str, Clockwork] = {
    "an hour back": lambda now: [now - HOUR],
    "an hour forward": lambda now: [now + HOUR],
    "thirty days forward and back": lambda now: [now + 30 * DAY, now + 2 * MINUTE],
    "1970 and back": lambda now: [datetime(1970, 1, 1, 0, 5, tzinfo=UTC), now + 2 * MINUTE],
    "a restart in between": lambda now: [now + MINUTE],
    "a stop over the hour": lambda now: [now + 70 * MINUTE],
}


@pytest.mark.parametrize(
    "failure",
    [ChannelBusyError("Telegram asks to wait", retry_after=HOUR), NotSentError("no connection")],
    ids=["the channel asked to wait", "a try failed"],
)
@pytest.mark.parametrize("mode", Mode)
def test_what_a_clock_a_month_ahead_put_off_goes_out_once_it_is_right(
    archive: Archive, failure: DeliveryError, mode: Mode
) -> None:
    walk = a_walk(archive, mode=mode, hours=Hours(digests=()))
    walk.clock.time += 30 * DAY
    hears(walk, WIRE, item(0))
    walk.clock.time += HOUR
    walk.channel.faults = iter([failure])
    walk.deliver()

    walk.clock.time -= 30 * DAY
    walk.channel.faults = iter([ChannelBusyError("Telegram asks to wait", retry_after=HOUR)])
    asked = walk.clock.now()
    assert walk.deliver() == asked + HOUR
    walk.clock.time += HOUR
    walk.deliver()

    assert [about(0) in text for text in texts(walk)] == [True]


@pytest.mark.parametrize("hours", [Hours(), Hours(digests=())], ids=["daily", "hourly"])
@pytest.mark.parametrize("minutes", [-10, 0, 1, 10], ids="{} minutes from the hour".format)
@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_no_step_of_the_clock_doubles_a_digest_or_loses_one(
    archive: Archive, steps: Clockwork, minutes: int, hours: Hours
) -> None:
    start = datetime(2026, 1, 16, 7, 30, tzinfo=UTC)
    walk, channel = minded(archive, hours, start)
    news(walk, 0)
    go_on(walk, start + (30 + minutes) * MINUTE)
    news(walk, 1)
    walk.deliver()
    for number, shows in enumerate(steps(walk.clock.now()), start=2):
        walk = restarted(walk)
        walk.clock.time = shows
        walk.deliver()
        news(walk, number)
        go_on(walk, shows + 5 * MINUTE)
    go_on(walk, walk.clock.now() + 2 * DAY)

    slots = Counter(last_digest(hours, came) for came in channel.came)
    assert max(slots.values()) == 1
    told = Counter(town for text in texts(walk) for town in TOWNS[:5] if f"near {town} " in text)
    assert set(told.values()) == {1}
    assert len(told) == 2 + len(steps(start))


# ------------------------------------------------------------------------------------------------ pace


def test_with_two_hundred_edits_that_wait_new_posts_wait_seconds_at_the_most() -> None:
    walk = a_walk(FakeArchive(), burst=1_000)
    hears(walk, WIRE, *map(item, range(260)))
    go_on(walk, walk.clock.now() + 14 * MINUTE)
    hears(walk, POST, *(item(town, POST) for town in range(260)))
    waits: list[timedelta] = []
    for minute in range(12):
        # As many are changed again as were told in the minute before.
        told = range(260 - 15 * minute, 275 - 15 * minute) if minute else []
        hears(walk, LEDGER, *(item(town, LEDGER) for town in told))
        walk.wait(timedelta(seconds=7))
        walk.deliver()
        assert sum(post.kind is PostKind.EDIT for post in walk.outbox()) >= 200
        shown = len(posted(walk))
        hears(walk, WIRE, item(270 + minute))
        asked = walk.clock.now()
        while (again := walk.deliver()) and len(posted(walk)) == shown:
            walk.clock.time = again
        waits.append(walk.clock.now() - asked)
        assert len(posted(walk)) == shown + 1
        go_on(walk, asked + timedelta(seconds=53))

    assert max(waits) <= timedelta(seconds=6)
    assert sum(post.kind is PostKind.EDIT for post in walk.channel.posts) >= 12 * 14


def posted(walk: Walk) -> list[Post]:
    return [post for post in walk.channel.posts if post.kind is not PostKind.EDIT]


def test_a_channel_that_asks_to_wait_is_sent_less_and_by_and_by_more_again(archive: Archive) -> None:
    walk = a_walk(archive, burst=1_000)
    walk.channel.faults = iter([None] * 8 + [ChannelBusyError("wait", retry_after=30 * timedelta(seconds=1))])
    hears(walk, WIRE, *(item(town) for town in range(60)))
    start = walk.clock.now()
    assert walk.deliver() == start + timedelta(seconds=30)
    asked = len(walk.channel.posts)

    go_on(walk, start + 5 * MINUTE)
    assert asked == 8
    assert len(walk.channel.posts) <= 8 * 6
    turn = asyncio.run(archive.record(lambda record: record.turn("main", now=walk.clock.now(), since=start)))
    assert turn.budget == (8, start)
    walk = restarted(walk)
    go_on(walk, start + 30 * MINUTE)
    assert len(walk.channel.posts) == 60


def test_a_group_that_became_a_supergroup_is_followed_and_told(archive: Archive) -> None:
    walk = a_walk(archive)
    walk.channel.faults = iter([ChannelMovedError("it is a supergroup now", before="-1", after="-1001")])
    hears(walk, WIRE, item(0))

    walk.deliver()

    assert asyncio.run(archive.moves()) == {"main": ("-1", "-1001")}
    assert walk.notices.told == ["channel main: it is a supergroup now"]
    assert walk.alarms() == []
    assert [text.splitlines()[0] for text in texts(walk)] == [about(0)]


# ----------------------------------------------------------------------------- whatever happens to it


class DiedError(Exception):
    """The process ended during a call; only the archive is left."""


class MortalChannel(FakeChannel):
    """Fails as told, and may end the process before or after a post is shown."""

    def __init__(self, ends: Sequence[str | DeliveryError | AfterShowing | None]) -> None:
        super().__init__("main")
        self._ends = iter(ends)

    async def send(self, post: Post) -> Receipt:
        end = next(self._ends, None)
        self.faults = iter([None if isinstance(end, str) else end])
        if end == "dies before":
            raise DiedError
        receipt = await super().send(post)
        if end == "dies after":
            raise DiedError
        return receipt


BUSY = ChannelBusyError("wait", retry_after=2 * MINUTE)
NOT_SENT = NotSentError("no connection")
LOST = AnswerLostError("no answer")
ENDS = st.sampled_from([None, None, BUSY, NOT_SENT, LOST, AfterShowing(LOST), "dies before", "dies after"])
HEARD = st.tuples(
    st.sampled_from([WIRE, POST, LEDGER]),
    st.integers(0, 6),
    st.sampled_from(["", "Mayor at", "copied", "again"]),
)
THINGS = st.lists(st.one_of(HEARD, st.sampled_from([0, 1, 40, 600, "restart"])), min_size=1, max_size=14)
POSTINGS = st.builds(
    Posting,
    mode=st.sampled_from(Mode),
    min_sources=st.sampled_from([1, 1, 2]),
    ring_at=st.sampled_from([None, 2]),
    per_hour=st.sampled_from([None, 1, 2]),
    burst=st.sampled_from([1, 3]),
)
HOURS = st.builds(
    Hours, quiet=st.sampled_from([None, NIGHT]), digests=st.sampled_from([(), (time(8), time(18))])
)


def deliver_mortally(walk: Walk, until: datetime) -> None:
    """Deliver as the service does, starting again whenever the process dies."""

    async def run() -> None:
        again: datetime | None = walk.clock.now()
        while again is not None and again <= until:
            walk.clock.time = max(again, walk.clock.time)
            try:
                again = await deliver(walk.channel, walk.world)
            except DiedError:
                await recover(walk.world)
                again = walk.clock.now()
        walk.clock.time = until

    asyncio.run(run())


def happens(walk: Walk, number: int, heard: tuple[str, int, str]) -> None:
    url, town, how = heard
    title = {"Mayor at": f"Mayor at {TOWNS[town]}, {number}", "again": f"{about(town)} {number}"}.get(
        how, about(town)
    )
    own = item(town, url, "" if how == "again" else title)  # else another version of what it had
    hears(walk, url, replace(own, title=title, summary=how, published=walk.clock.now()))


@settings(max_examples=60)
@given(
    things=THINGS,
    ends=st.lists(ENDS, max_size=15),
    stories=st.lists(POSTINGS, min_size=1, max_size=2),
    hours=HOURS,
)
def test_whatever_happens_every_event_is_on_show_in_its_last_text(
    things: list[tuple[str, int, str] | int | str],
    ends: list[str | DeliveryError | AfterShowing | None],
    stories: list[Posting],
    hours: Hours,
) -> None:
    archive, channel = FakeArchive(), MortalChannel(ends)
    followed = [
        a_story(name, postings={"main": posting})
        for name, posting in zip(("dams", "rivers"), stories, strict=False)
    ]
    walk = Walk(archive=archive, stories=followed, channels={"main": channel}, hours={"main": hours})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "judge", by_town)
        walk.opened()
        for number, thing in enumerate(things):
            if isinstance(thing, tuple):
                happens(walk, number, thing)
            elif isinstance(thing, int):
                deliver_mortally(walk, walk.clock.now() + thing * MINUTE)
            else:
                walk = restarted(walk)
        deliver_mortally(walk, walk.clock.now() + 3 * DAY)

    assert walk.outbox(PostState.PENDING, PostState.SENDING, PostState.UNCERTAIN, PostState.REFUSED) == []
    on_show = {
        post.id: channel.messages[post.message_id or 0]
        for post in walk.outbox(PostState.SENT)
        if post.kind in CARDS
    }
    for story in followed:
        for event in events_of(walk, story):
            shown = asyncio.run(archive.record(lambda record, e=event: record.shown("main", e.id)))  # type: ignore[misc]
            gated = shown is None or shown.quiet
            if gated:
                assert story.posting("main").min_sources > 1 or all(member.quiet for member in event.members)
                continue
            assert shown.post is not None
            assert without_sound(on_show[shown.post]) == without_sound(shown.message)
            assert f"#{story.name}" in on_show[shown.post].text
            updates = [member.article.title for member in event.members if member.role == "update"]
            told = "\n".join(message.text for message in channel.messages.values())
            assert all(title in told for title in updates[-1:])
    recorded = [
        post.id for post in walk.outbox(PostState.SENT) if post.kind not in {PostKind.EDIT, PostKind.DIGEST}
    ]
    sent = [post.id for post in channel.posts if post.kind not in {PostKind.EDIT, PostKind.DIGEST}]
    assert list(dict.fromkeys(sent)) == recorded  # in the order in which they were planned


def events_of(walk: Walk, story: Story) -> list[Any]:
    """Return all events of a story."""

    async def all_of() -> list[Any]:
        since = datetime(1970, 1, 1, tzinfo=UTC)
        stored = await walk.archive.record(
            lambda record: record.judged(story.name, since=since, before=None, limit=1_000)
        )
        return await walk.archive.record(
            lambda record: [record.event(one.id, story.name) for one in {s.event: s for s in stored}.values()]
        )

    return asyncio.run(all_of())


def without_sound(message: Message | None) -> Message | None:
    return None if message is None else replace(message, silent=False)
