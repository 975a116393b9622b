"""Why something was or was not posted: every situation, on the whole way of an item, in the words shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import Any

import pytest

from bot import corrections
from bot.core import telling
from bot.core.sheet import Line
from bot.errors import (
    AnswerLostError,
    BadAnswerError,
    ChannelBusyError,
    DeliveryError,
    DisallowedError,
    NoAnswerError,
    ParseError,
    PostRefusedError,
)
from bot.explaining import Scene, article_of_post, explain, explain_unseen
from bot.model import ArticleId, Delivery, Hours, Mode, New, Page, Posting, PostKind
from bot.ports import Asked, Record, Told
from tests.builders import NOW, a_feed, a_match, a_story, an_article
from tests.fakes.archive import FakeArchive
from tests.fakes.channel import AfterShowing
from tests.walk.world import POST, WIRE, Walk, an_item

TITLE = "Dam breaks near Ostrava"
LINK = "https://wire.example/dam-breaks-near-ostrava"
TEXT = (
    "A dam above Ostrava gave way on Sunday. Firemen brought forty people from three villages to a school,"
    " and the river is expected to fall on Monday, the province says."
)


def a_walk(*stories: Any, **changes: Any) -> Walk:
    walk = Walk(archive=FakeArchive(), stories=stories or (a_story(),), **changes)
    walk.opened()
    return walk


def scene(walk: Walk, **changes: Any) -> Scene:
    usual = Scene(
        archive=walk.archive, knowledge=walk.world.knowledge, now=walk.clock.now(), chats={"main": "dams_now"}
    )
    return replace(usual, **changes)


def why(walk: Walk, reference: object = LINK) -> str:
    return written(asyncio.run(explain(str(reference), scene(walk))))


def written(lines: list[Line]) -> str:
    return "\n".join("  " * line.depth + ("- " if line.bullet else "") + line.text for line in lines)


def heard(walk: Walk, title: str = TITLE, *, url: str = WIRE, site: str = "wire", **changes: Any) -> None:
    walk.hears(url, an_item(title, site, **changes))


# ------------------------------------------------------------------------------------------ as a whole


def test_a_posted_article_is_told_from_its_feed_to_its_message() -> None:
    walk = a_walk(a_story(), a_story("chess", query="chess"))
    heard(walk)
    walk.deliver()

    assert (
        why(walk)
        == f"""\
{TITLE}
  {LINK}
  from Wire, published 2026-01-15 12:00 UTC, first seen 2026-01-15 12:12 UTC
  story dams, article 4: new
    - nothing stored for this story is near it
    matched by
    - dam in the title: … Dam breaks near Ostrava …
    card 1 of its event in main: sent 2026-01-15 12:12 UTC, https://t.me/dams_now/1
  story chess: no term of its query stands in it"""
    )


def test_what_is_told_leads_on() -> None:
    walk = a_walk()
    heard(walk, summary=TEXT)
    walk.deliver()
    heard(walk, "Villages moved as dam breaks", url=POST, site="post", summary=TEXT)

    lines = asyncio.run(explain("5", scene(walk)))

    links = {line.link: line.text for line in lines if line.link}
    assert links[LINK] == f'of Wire: "{TITLE}"'
    assert links["https://post.example/villages-moved-as-dam-breaks"]
    assert links["https://t.me/dams_now/1"].startswith("card 1 of its event in main: sent")


def test_what_was_never_seen_is_not_told() -> None:
    assert why(a_walk()) == ""


@pytest.mark.parametrize(
    "reference", ["4", f" {LINK} ", "http://www.wire.example/dam-breaks-near-ostrava/?utm_source=x#top"]
)
def test_an_article_is_found_by(reference: str) -> None:
    walk = a_walk()
    heard(walk)

    assert why(walk, reference).startswith(TITLE)


def test_of_many_versions_the_newest_are_told() -> None:
    walk = a_walk()
    versions = [an_article(fingerprint=str(number)) for number in range(8)]

    def store(record: Record) -> None:
        for number in record.articles(versions):
            record.verdict(number, a_match(versions[0], walk.stories[0]), New(), keys=[], quiet=None)

    asyncio.run(walk.archive.record(store))
    told = why(walk, versions[0].link)

    assert [f"article {number}: " in told for number in range(4, 12)] == [False] * 3 + [True] * 5
    assert told.endswith("There are older versions, each with a number of its own.")


# ------------------------------------------------------------------------------------------ by situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What happened, and what is said of the last article."""

    happens: Callable[[Walk], object]
    says: str
    story: Mapping[str, Any] = field(default_factory=dict)
    posting: Posting = field(default_factory=Posting)
    walk: Mapping[str, Any] = field(default_factory=dict)
    reference: str = LINK


def delivered(*faults: DeliveryError | AfterShowing) -> Callable[[Walk], None]:
    def happens(walk: Walk) -> None:
        walk.channels["main"].faults = iter(faults)
        heard(walk)
        walk.deliver()

    return happens


def many(walk: Walk) -> None:
    walk.hears(WIRE, *(an_item(f"Dam {name} breaks") for name in ("Alpha", "Bravo")))
    heard(walk)


def copied(walk: Walk) -> None:
    heard(walk, summary=TEXT)
    walk.deliver()
    heard(walk, "Villages moved as dam breaks", url=POST, site="post", summary=TEXT)
    walk.deliver()


def of_a_new_feed(walk: Walk) -> None:
    fresh = replace(walk, archive=FakeArchive())
    fresh.feeds.publish(
        WIRE, an_item("Dam opens in Brno"), an_item(TITLE, published=NOW - timedelta(hours=1))
    )
    fresh.poll()
    walk.archive = fresh.archive


def corrected(walk: Walk) -> None:
    heard(walk, "Dam sold in Brno", url=POST, site="post")
    heard(walk)
    places = walk.world.knowledge.places

    def merge(record: Record) -> None:
        corrections.merge(walk.stories[0], ArticleId(4), ArticleId(5), record, places, at=walk.clock.now())

    asyncio.run(walk.archive.record(merge))


def with_story(**changes: Any) -> Callable[[Walk], None]:
    """Find the article, then change the story."""

    def happens(walk: Walk) -> None:
        heard(walk)
        walk.stories = (a_story(**changes),)

    return happens


def before_the_query_was_changed(walk: Walk) -> None:
    story, walk.stories = walk.stories, (a_story(query="chess"),)
    heard(walk)
    walk.stories = story


NIGHT = Hours(quiet=(time(11), time(14)))
CASES = {
    "a card that waits": Case(
        happens=heard, says="card 1 of its event in main: pending (goes out in its turn)"
    ),
    "a flood wait": Case(
        happens=delivered(ChannelBusyError("too many requests", retry_after=timedelta(minutes=5))),
        says="pending (too many requests",
    ),
    "a channel that rests": Case(
        happens=delivered(ChannelBusyError("too many requests", retry_after=timedelta(minutes=5))),
        says="the channel asked for a pause until 2026-01-15 12:17 UTC",
    ),
    "quiet hours": Case(
        happens=delivered(),
        walk={"hours": {"main": NIGHT}},
        says="card 1 of its event in main: pending (quiet hours until 2026-01-15 14:00 UTC)",
    ),
    "quiet hours without a sound": Case(
        happens=heard,
        walk={"hours": {"main": replace(NIGHT, hold=False)}},
        says="pending (without a sound: quiet hours until 2026-01-15 14:00 UTC)",
    ),
    "the hour of a digest": Case(
        happens=heard,
        posting=Posting(mode=Mode.DIGEST),
        says="digest 1 of its event in main: pending (for the digest of 2026-01-16 08:00 UTC)",
    ),
    "a roundup": Case(
        happens=many,
        posting=Posting(burst=1),
        says="roundup 2 of its event in main: pending (one card more would have been too many;",
    ),
    "a lost answer": Case(
        happens=delivered(AfterShowing(AnswerLostError("no answer"))),
        walk={"delivery": Delivery.AT_MOST_ONCE},
        says="card 1 of its event in main: uncertain: its answer was lost, so it may have been shown",
    ),
    "a lost answer that is tried again": Case(
        happens=delivered(AfterShowing(AnswerLostError("no answer"))),
        says="; not before 2026-01-15 12:12 UTC",
    ),
    "a refusal": Case(
        happens=delivered(PostRefusedError("message is too long")),
        says="card 1 of its event in main: refused (message is too long",
    ),
    "a repeat": Case(
        happens=copied,
        reference="5",
        says=f'article 5: duplicate (copy)\n    of Wire: "{TITLE}"\n    - 100 % of the shorter text',
    ),
    "the limit that decided": Case(happens=copied, reference="5", says="% likely one article (limit 36 %)"),
    "the card of a repeat": Case(
        happens=copied,
        reference="5",
        says="card 1 of its event in main: sent 2026-01-15 12:12 UTC, https://t.me/dams_now/1\n"
        "    changed in main once, last 2026-01-15 12:24 UTC",
    ),
    "backlog": Case(
        happens=of_a_new_feed, says="not posted: backlog: it was already listed when the feed was first read"
    ),
    "old news": Case(
        happens=lambda walk: heard(walk, published=NOW - timedelta(days=9)),
        says="not posted: old news: published 9 days before it was first seen (max_age is 48 h)",
    ),
    "too few sources": Case(
        happens=heard,
        posting=Posting(min_sources=2),
        says="not in main yet: waits for 2 independent sources, has 1",
    ),
    "no channel": Case(happens=heard, story={"channels": ()}, says="not posted: its story has no channel"),
    "a channel added later": Case(
        happens=with_story(channels=("main", "other")),
        says="not in other: nothing was planned there; perhaps the story had not that channel yet",
    ),
    "a story given up": Case(
        happens=with_story(name="rivers", query="river"), says="its story is not followed any more"
    ),
    "a correction": Case(
        happens=corrected,
        says='merged by hand on 2026-01-15 12:24 UTC with article 4 of Evening Post: "Dam sold in Brno"',
    ),
    "a must that is missing": Case(
        happens=heard,
        story={"query": "dam +brno"},
        says="story dams: +brno is missing; it has dam in the title: … Dam breaks near Ostrava …",
    ),
    "a never that is there": Case(
        happens=heard,
        story={"query": "dam -ostrava"},
        says="story dams: -ostrava keeps it out: ostrava in the title: … Dam breaks near Ostrava …",
    ),
    "what no story wants": Case(
        happens=heard,
        story={"exclude": "breaks"},
        says="story dams: keywords.exclude keeps it out of every story: breaks in the title:",
    ),
    "no term": Case(
        happens=heard, story={"query": "chess"}, says="story dams: no term of its query stands in it"
    ),
    "a feed it does not listen to": Case(
        happens=heard,
        story={"feeds": ("Ledger", "Evening Post")},
        says="story dams: does not listen to Wire, only to Ledger, Evening Post",
    ),
    "nothing of it": Case(
        happens=heard, story={"query": "chess"}, says="not posted: no story's query accepts it"
    ),
    "a query that was changed": Case(
        happens=before_the_query_was_changed,
        says="story dams: accepts it now: its query was another one when this was found",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_said(case: Case) -> None:
    story = a_story(**{"postings": {"main": case.posting}, **case.story})
    walk = a_walk(story, **case.walk)

    case.happens(walk)

    assert case.says in why(walk, case.reference)


def test_stories_that_say_the_same_are_told_together() -> None:
    walk = a_walk(*(a_story(f"s{number}", query=f"chess{number}") for number in range(11)))
    heard(walk)

    assert why(walk).endswith(
        "  stories s0, s1, s2, s3, s4, s5, s6, s7 and 3 more: no term of their queries stands in it"
    )


def test_a_feed_that_is_not_polled_any_more_is_told_by_its_address() -> None:
    walk = a_walk()
    heard(walk)
    asyncio.run(walk.archive.declare([]))

    assert f"from {WIRE}, published" in why(walk)


def test_hits_beyond_some_are_counted() -> None:
    walk = a_walk()
    heard(walk, "Dam dam dam dam dam dam dam")

    assert "- and 2 more" in why(walk, "https://wire.example/dam-dam-dam-dam-dam-dam-dam")


# ------------------------------------------------------------------------------ what people ask and mute


def a_told(**changes: Any) -> Told:
    """Give what stands around a decision without a post."""
    walk = a_walk(a_story(postings={"main": Posting(min_sources=9)}))
    heard(walk)
    (account,) = asyncio.run(walk.archive.accounts(LINK, limit=1))
    return replace(account.told[0], **changes)


ASKED = Asked(nearest=ArticleId(3), chance=0.31, asked_at=NOW, until=NOW + timedelta(hours=2))
OTHERS = {ArticleId(3): an_article("Dam holds")}
PEOPLE = {
    "an open question": (
        {"asked": ASKED},
        "for people to decide since 2026-01-15 12:00 UTC, by itself at 2026-01-15 14:00 UTC (31 % likely one",
    ),
    "what the question is about": (
        {"asked": ASKED},
        '(31 % likely one article with article 3 of Wire: "Dam holds")',
    ),
    "nothing before the answer": ({"asked": ASKED}, "not in main yet: people are asked first"),
    "an answer": (
        {"asked": replace(ASKED, answer="fold", answered_at=NOW + timedelta(hours=1), person=7)},
        "people answered on 2026-01-15 13:00 UTC: fold it into the event of the other",
    ),
    "nothing after the answer": (
        {"asked": replace(ASKED, answer="drop", answered_at=NOW, person=7)},
        "not in main: people dropped it",
    ),
    "no answer in time": (
        {"asked": replace(ASKED, answer="post", answered_at=NOW + timedelta(hours=2))},
        "nobody answered in time on 2026-01-15 14:00 UTC: post it as news",
    ),
    "a muted event": (
        {"muted": {"main": NOW}},
        "muted in main since 2026-01-15 12:00 UTC: only an update of its event is told there again",
    ),
    "an event recorded quietly": (
        {"hushed": frozenset({"main"})},
        "not in main: its event was recorded quietly and counts as shown there",
    ),
}


@pytest.mark.parametrize(("changes", "says"), PEOPLE.values(), ids=PEOPLE)
def test_it_is_said_of_what_people_do(changes: dict[str, Any], says: str) -> None:
    told = a_told(others=OTHERS, **changes)
    stage = telling.Stage(now=NOW, stories={"dams": a_story()})

    assert says in written([*telling.review(told), *telling.fate(told, stage)])


# ---------------------------------------------------------------------------------------- old archives


TODAY = {
    "as it was": (
        "Rain in Ostrava, a dam",
        9,
        'compared again now\n    - nearest: Wire, "Dam breaks near Ostrava"',
    ),
    "otherwise": (
        "Dam holds near Ostrava",
        0,
        "compared again now; today it would be news, same event\n    - nearest:",
    ),
}


@pytest.mark.parametrize(("title", "hours", "says"), TODAY.values(), ids=TODAY)
def test_reasons_that_were_not_kept_are_found_again(title: str, hours: int, says: str) -> None:
    walk = a_walk()
    heard(walk)

    def store(record: Record) -> None:
        for late in (title, f"{title} again"):
            article = an_article(late, seen_at=walk.clock.now(), published=NOW + timedelta(hours=hours))
            (number,) = record.articles([article])
            record.verdict(number, a_match(article, walk.stories[0]), New(), keys=[], quiet=None)

    asyncio.run(walk.archive.record(store))

    told = why(walk, "5")

    assert f"- its reasons were not kept; {says}" in told
    assert "% likely one event (limit 90 %)" in told


def test_reasons_that_are_lost_are_said_to_be() -> None:
    walk = a_walk()

    def store(record: Record) -> None:
        record.verdict(record.articles([an_article()])[0], a_match(), New(), keys=[], quiet=None)

    asyncio.run(walk.archive.record(store))

    assert "its reasons were not kept, and what was near it then is not to be found any more" in why(
        walk, "4"
    )
    walk.stories = ()
    assert "- its reasons were not kept\n" in why(walk, "4")


# ------------------------------------------------------------------------------------------- messages


def test_a_message_leads_to_its_article() -> None:
    walk = a_walk()
    copied(walk)
    heard(walk, "Dam opens in Brno")
    walk.deliver()

    def article(message: int, channel: str = "main") -> int | None:
        return asyncio.run(article_of_post(channel, message, walk.archive))

    assert (article(1), article(2), article(3), article(1, "other")) == (4, 6, None, None)


def test_an_answer_leads_to_the_update_that_it_tells() -> None:
    walk = a_walk()
    heard(walk, "Dam project in Ostrava approved by ministers", summary=TEXT)
    walk.deliver()
    heard(
        walk,
        "Dam project in Ostrava cancelled by ministers",
        link="https://wire.example/dam-project-in-ostrava-approved-by-ministers",
        id="https://wire.example/dam-project-in-ostrava-approved-by-ministers",
        summary=TEXT,
    )
    walk.deliver()

    assert [post.kind for post in walk.channel.posts] == [PostKind.CARD, PostKind.REPLY]
    assert asyncio.run(article_of_post("main", 2, walk.archive)) == 5
    assert "story dams, article 5: update" in why(walk, 5)


# ------------------------------------------------------------------------------------------ never seen

UNSEEN = "https://wire.example/a-dam-at-night"


def unseen(
    walk: Walk, reference: str = UNSEEN, page: Page | Exception | None = None, title: str = "", **changes: Any
) -> str:
    async def read_page(url: str) -> Page:
        assert url == reference
        if isinstance(page, Page):
            return page
        assert page is not None
        raise page

    reader = None if page is None else read_page
    lines = explain_unseen(reference, scene(walk, **changes), read_page=reader, title=title)
    return written(asyncio.run(lines))


def a_page(title: str = "A dam at night", **changes: Any) -> Page:
    return replace(Page(url=UNSEEN, text="", title=title), **changes)


def test_a_link_never_seen_is_told_with_its_feed_and_what_each_story_would_make_of_it() -> None:
    walk = a_walk(
        a_story(), a_story("chess", query="chess"), a_story("rivers", query="dam", feeds=("Ledger",))
    )
    heard(walk, summary=TEXT)
    before = asyncio.run(walk.archive.accounts("4", limit=1)), walk.outbox()

    told = unseen(walk, page=a_page(summary=TEXT))

    assert (
        told
        == f"""\
{UNSEEN} was never seen in a feed.
  - feed Wire of that site: last polled 2026-01-15 12:12 UTC, works; next {next_poll(walk)}
  If it were found now, as “A dam at night”:
  story dams: news, same event; would be posted: card to main
    - matched by dam in the title
    - nearest: Wire, "Dam breaks near Ostrava"
    - titles share dam (50 % of the shorter; the other: "Dam breaks near Ostrava")
    - 100 % of the shorter text contained
    - 12 min apart
    - both from one publisher, wire
    - 97 % likely one event (limit 90 %)
  story rivers: does not listen to Wire, only to Ledger
  story chess: no term of its query stands in it"""
    )
    assert (asyncio.run(walk.archive.accounts("4", limit=1)), walk.outbox()) == before
    assert asyncio.run(walk.archive.articles(UNSEEN)) == []


def next_poll(walk: Walk) -> str:
    at = walk.health().next_at
    assert at is not None
    return f"{at:%Y-%m-%d %H:%M} UTC"


NEVER: dict[str, tuple[dict[str, Any], str]] = {
    "news": (
        {"page": a_page()},
        "story dams: new; would be posted: card to main\n    - matched by dam in the title\n    - nothing",
    ),
    "a headline that a person gives": ({"title": "A dam opens"}, "If it were found now, as “A dam opens”:"),
    "a headline without a link": (
        {"reference": "77", "title": "A dam opens"},
        "If it were found now, as “A dam opens”:",
    ),
    "what no query accepts": ({"page": a_page("Chess")}, "story dams: no term of its query stands in it"),
    "neither page nor headline": ({}, "Its page was not read: given its headline as well (--title TEXT)"),
    "a page that is gone": (
        {"page": BadAnswerError("wire.example answered 404", status=404)},
        "Its page could not be read (wire.example answered 404): given its headline",
    ),
    "a page that robots must not read": (
        {"page": DisallowedError("wire.example asks robots not to read this page")},
        "Its page could not be read (wire.example asks robots",
    ),
    "no network": ({"page": NoAnswerError("no network")}, "Its page could not be read (no network)"),
    "a page that cannot be read": ({"page": ParseError("too long")}, "Its page could not be read (too long)"),
    "a page without a title": ({"page": a_page("")}, "Its page names no title: given its headline"),
    "no link": ({"reference": "77"}, "It is no link, so nothing else can be told of it."),
    "a site of which no feed is known": (
        {"reference": "https://elsewhere.example/1"},
        "No feed of that site is configured; another outlet's feed may still carry its reports.",
    ),
    "a feed that was never polled": (
        {
            "reference": "https://news.brook.example/1",
            "feeds": [a_feed("https://brook.example/rss", name="Brook")],
        },
        "feed Brook of that site: not polled yet",
    ),
}


@pytest.mark.parametrize(("asked", "says"), NEVER.values(), ids=NEVER)
def test_it_is_said_of_what_was_never_seen(asked: dict[str, Any], says: str) -> None:
    assert says in unseen(a_walk(), **asked)


def test_a_feed_that_fails_or_is_paused_is_said_to() -> None:
    walk = a_walk()
    walk.feeds.refuse(WIRE, BadAnswerError("wire.example answered 503", status=503))
    walk.wait()
    walk.poll()
    assert (
        "feed Wire of that site: last polled 2026-01-15 12:12 UTC, failed: wire.example answered 503"
        in unseen(walk)
    )

    asyncio.run(walk.archive.pause(WIRE, "by hand"))
    assert "feed Wire of that site: paused: by hand" in unseen(walk)


def test_a_link_that_leads_to_what_was_seen_is_told_as_that() -> None:
    walk = a_walk()
    heard(walk)

    told = unseen(walk, "https://short.example/x", a_page(url=LINK))

    assert f"It leads to {LINK}, which was seen:" in told
    assert "story dams, article 4: new" in told


LONG = "Dam breaks near Ostrava after two days of rain"
REPEATED: dict[str, tuple[dict[str, Any], Posting, str]] = {
    "a repeat": ({}, Posting(), "story dams: duplicate (copy); nothing would be posted or changed"),
    "a repeat of old news": (
        {"published": NOW - timedelta(hours=50)},
        Posting(),
        "story dams: duplicate (copy); not posted: a repeat of something recorded quietly",
    ),
    "a repeat of what waits for others": (
        {},
        Posting(min_sources=2),
        "story dams: duplicate (copy); not posted yet: waits for 2 independent sources, has 1",
    ),
}


@pytest.mark.parametrize(("changes", "posting", "says"), REPEATED.values(), ids=REPEATED)
def test_of_a_repeat_it_is_said(changes: dict[str, Any], posting: Posting, says: str) -> None:
    walk = a_walk(a_story(postings={"main": posting}))
    heard(walk, LONG, **changes)

    assert says in unseen(walk, title=LONG)
