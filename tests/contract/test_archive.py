"""What every archive keeps: the fake, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.admit import UNFOLLOWED
from bot.core.keys import PER_KEY
from bot.errors import StorywireError
from bot.model import (
    LONGEST_SAID,
    Article,
    ArticleId,
    Change,
    Choice,
    Correction,
    Deed,
    Duplicate,
    Event,
    EventId,
    Evidence,
    Feed,
    Fold,
    Kind,
    Message,
    Move,
    New,
    Policy,
    Post,
    PostId,
    PostKind,
    PostState,
    Related,
    Review,
    ReviewId,
    Rhythm,
    Ruling,
    Server,
    Settlement,
    Shown,
    Span,
    Standing,
    Stored,
    Style,
    Update,
    Validators,
    Verdict,
)
from bot.ports import Account, Archive, Poll, Record
from tests.builders import NOW, a_feed, a_hit, a_match, a_message, a_post, a_story, an_article
from tests.conftest import ArchiveFactory

T = TypeVar("T")

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SENT = Settlement(state=PostState.SENT, message_id=700)
REFUSED = Settlement(state=PostState.REFUSED, reason="too long")
LOST = Settlement(state=PostState.UNCERTAIN, reason="no answer")
GIVEN_UP = {
    "a refused card": REFUSED,
    "a dropped card": Settlement(state=PostState.DROPPED),
    "a card whose answer was lost": LOST,
}


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


def recorded(archive: Archive, work: Callable[[Record], T]) -> T:
    return run(archive.record(work))


def judged(
    archive: Archive,
    article: Article | None = None,
    verdict: Verdict | None = None,
    *,
    story: str = "dams",
    keys: Sequence[int] = (),
    quiet: str | None = None,
    fold: Fold = Fold.COPIES,
) -> tuple[ArticleId, Event]:
    """Store an article with its verdict."""
    match = a_match(article, a_story(story, policy=Policy(fold=fold)))

    def work(record: Record) -> tuple[ArticleId, Event]:
        number = record.articles([match.article])[0]
        return number, record.verdict(number, match, verdict or New(), keys=keys, quiet=quiet)

    return recorded(archive, work)


def planned(archive: Archive, *posts: Post) -> None:
    recorded(archive, lambda record: record.posts(posts, at=NOW))


def an_event_with_card(archive: Archive, text: str = "card", channel: str = "main") -> EventId:
    _, event = judged(archive, an_article(text))
    planned(archive, a_post(text, event=event.id, channel=channel))
    return event.id


def an_edit(event: EventId, text: str = "edited", channel: str = "main") -> Post:
    return a_post(text, event=event, kind=PostKind.EDIT, channel=channel)


def a_reply(event: EventId, text: str = "reply") -> Post:
    return a_post(text, event=event, kind=PostKind.REPLY)


def next_text(archive: Archive, now: datetime = NOW, channel: str = "main") -> str | None:
    post = run(archive.next_post(channel, now=now))
    return None if post is None else post.message.text


def attempted(
    archive: Archive, settlement: Settlement = SENT, now: datetime = NOW, channel: str = "main"
) -> Post:
    """Hand over the post that is next and settle it."""
    post = run(archive.next_post(channel, now=now))
    assert post is not None, "a post should be next"
    run(archive.sending(post, at=now))
    run(archive.settle(post, settlement, at=now))
    return post


def sent_texts(archive: Archive, now: datetime = NOW) -> list[str]:
    """Deliver everything that may go now."""
    texts = []
    while next_text(archive, now) is not None:
        texts.append(attempted(archive, now=now).message.text)
    return texts


def outbox_states(archive: Archive) -> list[tuple[str, PostState]]:
    return [(post.message.text, post.state) for post in run(archive.outbox(*PostState))]


# -------------------------------------------------------------------------------------- transactions


def test_what_work_returns_is_returned_once_it_is_kept(archive: Archive) -> None:
    number = recorded(archive, lambda record: record.articles([an_article()])[0])

    assert run(archive.articles(str(number))) == [an_article()]


def test_nothing_of_work_that_raises_is_kept(archive: Archive) -> None:
    def work(record: Record) -> None:
        number = record.articles([an_article()])[0]
        event = record.verdict(number, a_match(), New(), keys=[1], quiet=None)
        record.posts([a_post(event=event.id)], at=NOW)
        raise LookupError("half way")

    with pytest.raises(LookupError, match="half way"):
        recorded(archive, work)

    assert recorded(archive, lambda record: record.unseen([an_article()])) == [an_article()]
    assert run(archive.outbox(*PostState)) == []


def test_everything_survives_a_restart(archive_factory: ArchiveFactory) -> None:
    async def fill() -> None:
        archive = await archive_factory()
        await archive.declare([a_feed()])
        await archive.beat("tick", at=NOW)
        await archive.alarm("feed", "does not answer", at=NOW)
        await archive.close()

    async def look() -> tuple[list[str], dict[str, datetime], list[tuple[str, str, datetime]]]:
        archive = await archive_factory()
        urls = [health.feed.url for health in await archive.feeds()]
        return urls, await archive.beats(), await archive.alarms()

    run(fill())

    assert run(look()) == ([a_feed().url], {"tick": NOW}, [("feed", "does not answer", NOW)])


def test_closing_twice_is_closing_once(archive_factory: ArchiveFactory) -> None:
    async def scenario() -> int:
        archive = await archive_factory()
        await archive.close()
        await archive.close()
        return len(await (await archive_factory()).feeds())

    assert run(scenario()) == 0


# ------------------------------------------------------------------------------------------ articles


def test_an_article_comes_back_as_it_was_stored(archive: Archive) -> None:
    article = an_article(
        "李尚福 – “Müller” 🚒",
        summary="s" * 5_000,
        body="b\n" * 50_000,
        language=None,
        dated=False,
        link="",
        address="",
        published=NOW.replace(microsecond=123_456),
    )

    number = recorded(archive, lambda record: record.articles([article])[0])

    assert run(archive.articles(str(number))) == [article]


def test_times_of_any_zone_come_back_as_the_same_moment_in_utc(archive: Archive) -> None:
    in_tokyo = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=9)))

    number = recorded(archive, lambda record: record.articles([an_article(published=in_tokyo)])[0])
    (stored,) = run(archive.articles(str(number)))

    assert stored.published == in_tokyo
    assert stored.published.tzinfo is UTC


def a_page(archive: Archive, since: datetime, until: datetime, limit: int = 100) -> list[str]:
    page = run(archive.seen(since=since, until=until, before=None, limit=limit))
    return [article.title for _number, article in page]


def test_what_was_seen_comes_last_first_with_both_ends(archive: Archive) -> None:
    times = [NOW, NOW + 2 * HOUR, NOW + HOUR, NOW + HOUR, NOW + 3 * HOUR]
    found = [an_article(str(place), seen_at=at) for place, at in enumerate(times)]
    numbers = recorded(archive, lambda record: record.articles(found))

    page = run(archive.seen(since=NOW + HOUR, until=NOW + 2 * HOUR, before=None, limit=9))

    assert page == [(numbers[place], found[place]) for place in (1, 3, 2)]
    assert a_page(archive, NOW, NOW + 9 * HOUR, limit=2) == ["4", "1"]
    assert a_page(archive, NOW + 4 * HOUR, NOW + 9 * HOUR) == []


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minutes=st.lists(st.integers(0, 4), max_size=12), limit=st.integers(1, 5))
def test_page_by_page_everything_seen_comes_once_and_in_order(
    archive: Archive, minutes: list[int], limit: int
) -> None:
    feed = f"https://{len(run(archive.seen(since=NOW, until=NOW + DAY, before=None, limit=999)))}.example/"
    articles = [
        an_article(str(place), feed_url=feed, seen_at=NOW + minute * MINUTE)
        for place, minute in enumerate(minutes)
    ]
    numbers = recorded(archive, lambda record: record.articles(articles))

    until, before, pages = NOW + DAY, None, list[tuple[ArticleId, Article]]()
    while page := run(archive.seen(since=NOW, until=until, before=before, limit=limit)):
        assert not pages or (page[0][1].seen_at, page[0][0]) < (until, before or 0)
        pages += page
        before, until = page[-1][0], page[-1][1].seen_at

    ours = [(number, article) for number, article in pages if article.feed_url == feed]
    stored = zip(numbers, articles, strict=True)
    assert ours == sorted(stored, key=lambda each: (each[1].seen_at, each[0]), reverse=True)


def test_what_a_story_took_in_is_known_and_what_was_split_off_is_unwanted(archive: Archive) -> None:
    first, event = judged(archive, an_article("first"))
    second, _ = judged(archive, an_article("second", seen_at=NOW + HOUR), Duplicate(of=first, kind=Kind.COPY))
    judged(archive, an_article("third", seen_at=NOW + HOUR), story="floods")
    recorded(archive, lambda record: record.articles([an_article("nobody's")]))
    recorded(archive, lambda record: record.split(event.id, [second]))

    def took_in(since: datetime) -> set[tuple[str, ArticleId, bool]]:
        return {(each.story, each.article, each.unwanted) for each in run(archive.matched(since=since))}

    lately = {("dams", second, True), ("floods", ArticleId(3), False)}
    assert took_in(NOW) == {("dams", first, False), *lately}
    assert took_in(NOW + HOUR) == lately


def test_a_feed_was_heard_if_something_of_it_was_seen_before(archive: Archive) -> None:
    old, new = "https://old.example/", "https://new.example/"
    found = [
        an_article("one", feed_url=old, seen_at=NOW),
        an_article("two", feed_url=old, seen_at=NOW + HOUR),
        an_article("three", feed_url=new, seen_at=NOW + HOUR),
    ]
    recorded(archive, lambda record: record.articles(found))

    assert run(archive.heard([old, new], before=NOW + HOUR)) == {old}
    assert run(archive.heard([old, new], before=NOW + 2 * HOUR)) == {old, new}
    assert run(archive.heard([new], before=NOW + 2 * HOUR)) == {new}
    assert run(archive.heard([], before=NOW + 2 * HOUR)) == set()


def a_correction(record: Record, *, same: bool = True, at: datetime = NOW) -> Correction:
    """Store two articles and give what a person said of them."""
    earlier, later = (record.articles([an_article(title)])[0] for title in ("earlier", "later"))
    return Correction(story="dams", earlier=earlier, later=later, same=same, at=at)


def begun_article(record: Record) -> ArticleId:
    (number,) = record.articles([a_match().article])
    return number


def begun(record: Record) -> EventId:
    """Begin an event."""
    return record.verdict(begun_article(record), a_match(), New(), keys=[], quiet=None).id


NAIVE = NOW.replace(tzinfo=None)
NAIVE_TIMES: dict[str, Callable[[Archive], Coroutine[Any, Any, object]]] = {
    "of an article": lambda archive: archive.record(lambda r: r.articles([an_article(seen_at=NAIVE)])[0]),
    "of what to forget": lambda archive: archive.prune(before=NAIVE, part=0, parts=1),
    "of a window": lambda archive: archive.record(lambda r: r.candidates("dams", [1], since=NAIVE, limit=1)),
    "of a poll": lambda archive: archive.polled(Poll(feed=a_feed(), at=NAIVE, next_at=NOW, failure=None)),
    "of a recorded poll": lambda archive: archive.record(
        lambda r: r.polled(Poll(feed=a_feed(), at=NOW, next_at=NAIVE))
    ),
    "of a claim": lambda archive: archive.claim(now=NAIVE, lease=HOUR, limit=1),
    "of a look into the past": lambda archive: archive.sent_since("main", NAIVE),
    "of a page": lambda archive: archive.seen(since=NOW, until=NAIVE, before=None, limit=1),
    "of what stories took in": lambda archive: archive.matched(since=NAIVE),
    "of an old feed": lambda archive: archive.heard([a_feed().url], before=NAIVE),
    "of a beat": lambda archive: archive.beat("tick", at=NAIVE),
    "of a choice": lambda archive: archive.record(lambda r: r.choose("story", "dams", {}, at=NAIVE)),
    "of a deed": lambda archive: archive.record(lambda r: r.note(a_deed(at=NAIVE))),
    "of a correction": lambda archive: archive.record(lambda r: r.correct(a_correction(r, at=NAIVE))),
    "of an alarm": lambda archive: archive.alarm("key", "text", at=NAIVE),
    "of a review": lambda archive: archive.record(
        lambda r: r.review(replace(a_review(r), article=begun_article(r), until=NAIVE))
    ),
    "of an answer": lambda archive: archive.record(lambda r: r.answer(ReviewId(1), Ruling.POST, at=NAIVE)),
    "of the end of a review": lambda archive: archive.record(lambda r: r.lapse(ReviewId(1), at=NAIVE)),
    "of a mute": lambda archive: archive.record(lambda r: r.mute("main", begun(r), at=NAIVE, person=1)),
}


@pytest.mark.parametrize("call", NAIVE_TIMES.values(), ids=NAIVE_TIMES)
def test_a_time_without_a_zone_is_refused(
    archive: Archive, call: Callable[[Archive], Coroutine[Any, Any, object]]
) -> None:
    run(archive.declare([a_feed()]))

    with pytest.raises(ValueError, match="zone"):
        run(call(archive))


def test_unseen_keeps_the_order_and_drops_what_is_stored_or_repeated(archive: Archive) -> None:
    stored, first, second = an_article("stored"), an_article("first"), an_article("second")
    recorded(archive, lambda record: record.articles([stored])[0])

    listed = [second, stored, first, replace(second, seen_at=NOW + HOUR), stored]

    assert recorded(archive, lambda record: record.unseen(listed)) == [second, first]


UNSEEN = {
    "the same key with another text is a new version": (an_article(fingerprint="changed"), True),
    "the same key in another feed is that feed's own": (an_article(feed_url="https://other.example/"), True),
    "another key with the same text is another article": (an_article(key="other"), True),
    "another time or link changes nothing": (
        an_article(published=NOW - DAY, link="https://b.example"),
        False,
    ),
}


@pytest.mark.parametrize(("article", "is_new"), UNSEEN.values(), ids=UNSEEN)
def test_a_version_is_told_by_feed_key_and_fingerprint(
    archive: Archive, article: Article, *, is_new: bool
) -> None:
    recorded(archive, lambda record: record.articles([an_article()])[0])

    assert recorded(archive, lambda record: record.unseen([article])) == ([article] if is_new else [])


def test_one_articles_key_with_anothers_fingerprint_is_unseen(archive: Archive) -> None:
    one, two = an_article("one"), an_article("two")
    crossed = replace(one, fingerprint=two.fingerprint)
    judged(archive, one)
    judged(archive, two)

    assert recorded(archive, lambda record: record.unseen([one, crossed, two])) == [crossed]


def test_a_feed_of_thousands_of_entries_is_asked_about_in_full(archive: Archive) -> None:
    listed = [an_article(f"article {number}") for number in range(1_234)]

    def store_odd(record: Record) -> None:
        for article in listed[1::2]:
            record.articles([article])[0]

    recorded(archive, store_odd)

    assert recorded(archive, lambda record: record.unseen(listed)) == listed[::2]
    assert recorded(archive, lambda record: record.unseen([])) == []


REFERENCES = {
    "its link": an_article().link,
    "its canonical address": an_article().address,
    "its feed's own id": "tag:wire.example,2026:1",
    "its number": "1",
}


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES)
def test_an_article_is_found_by(archive: Archive, reference: str) -> None:
    article = an_article(key="tag:wire.example,2026:1")
    judged(archive, article)
    judged(archive, an_article("another"))

    assert run(archive.articles(reference)) == [article]
    assert [decision.article for decision in run(archive.decisions(reference))] == [article]


NO_REFERENCES = {
    "nothing": "",
    "an unknown address": "https://wire.example/unknown",
    "an unknown number": "999",
    "a number that no database can hold": "9" * 40,
    "digits of another script": "١",
}


@pytest.mark.parametrize("reference", NO_REFERENCES.values(), ids=NO_REFERENCES)
def test_no_article_is_found_by(archive: Archive, reference: str) -> None:
    judged(archive, an_article(link="", address=""))

    assert run(archive.articles(reference)) == []
    assert run(archive.decisions(reference)) == []


def test_versions_of_an_article_come_newest_first(archive: Archive) -> None:
    versions = [an_article(fingerprint=str(number)) for number in range(3)]
    for version in versions:
        judged(archive, version)

    assert run(archive.articles(an_article().address)) == versions[::-1]
    assert [each.article for each in run(archive.decisions(an_article().address))] == versions[::-1]


# ---------------------------------------------------------------------------------------- candidates


def candidates(
    archive: Archive,
    keys: Sequence[int],
    *,
    story: str = "dams",
    since: datetime = NOW - DAY,
    limit: int = 10,
) -> list[str]:
    found = recorded(archive, lambda record: record.candidates(story, keys, since=since, limit=limit))
    return [stored.article.title for stored in found]


def test_a_candidate_carries_its_number_its_event_and_the_whole_article(archive: Archive) -> None:
    number, event = judged(archive, keys=[7])

    (stored,) = recorded(archive, lambda record: record.candidates("dams", [7], since=NOW, limit=1))

    assert (stored.id, stored.event, stored.article) == (number, event.id, an_article())


@dataclass(frozen=True)
class Stock:
    """Titles with their keys, in the order of recording; what is asked for; what comes, the nearest first."""

    stored: Mapping[str, Sequence[int]]
    keys: Sequence[int]
    found: Sequence[str]
    limit: int = 100


#: As many articles as one key brings, and their number in the stock.
CROWD = {f"crowd {number}": (1,) for number in range(PER_KEY)}
NEAREST = {
    "more keys before fewer": Stock({"two": (1, 2), "one": (1,), "none": (3,)}, (1, 2, 2), ("two", "one")),
    "what was recorded last before its equals": Stock(
        {"a": (1,), "b": (1,), "c": (1,)}, (1,), ("c", "b", "a")
    ),
    "an exact key before any number of weak ones": Stock(
        {"exact": (-1,), "weak": range(1, 40)}, range(-1, 40), ("exact", "weak")
    ),
    "of exact ones the one that shares more": Stock(
        {"both": (-1, 7), "exact": (-1,)}, (-1, 7), ("both", "exact")
    ),
    "a key that few share before a key of many": Stock(
        {"rare": (2,), **CROWD}, (1, 2), ("rare", *reversed(CROWD))
    ),
    "of one key only what was recorded last": Stock({"early": (1,), **CROWD}, (1,), tuple(reversed(CROWD))),
    "what another key brings though the first is full": Stock(
        {"early": (1, 2), **CROWD}, (1, 2), ("early", *reversed(CROWD))
    ),
    "no more than asked for": Stock({"a": (1,), "b": (1,), "c": (1, 2)}, (1, 2), ("c", "b"), limit=2),
    "the smallest and the largest key": Stock(
        {"low": (-(2**31),), "high": (2**31 - 1,)}, (-(2**31), 2**31 - 1), ("low", "high")
    ),
}


@pytest.mark.parametrize("stock", NEAREST.values(), ids=NEAREST)
def test_candidates_are(archive: Archive, stock: Stock) -> None:
    for title, keys in stock.stored.items():
        judged(archive, an_article(title), keys=keys)

    assert candidates(archive, stock.keys, limit=stock.limit) == list(stock.found)


@pytest.mark.parametrize("hours_off", [-1, -30, -300_000, 30, 300_000])
def test_a_clock_that_was_wrong_for_a_while_hides_nothing_of_the_window(
    archive: Archive, hours_off: int
) -> None:
    wrong = NOW + hours_off * HOUR
    for title, seen_at in (("before", NOW - MINUTE), ("wrong", wrong), ("after", NOW)):
        judged(archive, an_article(title, seen_at=seen_at), keys=[1])

    in_window = ["after", "wrong", "before"] if wrong >= NOW - DAY else ["after", "before"]
    assert candidates(archive, [1]) == in_window


def test_two_stories_may_keep_one_article_under_the_same_numbers(archive: Archive) -> None:
    def work(record: Record) -> None:
        number = record.articles([an_article()])[0]
        for story in ("dams", "floods"):
            record.verdict(number, a_match(story=a_story(story)), New(), keys=[1, 2], quiet=None)

    recorded(archive, work)

    assert [candidates(archive, [2], story=story) for story in ("dams", "floods", "fires")] == [
        [an_article().title],
        [an_article().title],
        [],
    ]


def test_what_was_seen_before_a_time_can_be_forgotten_part_by_part(archive: Archive) -> None:
    keys = [-(2**31), -1, 0, 2**31 - 1]
    judged(archive, an_article("old", seen_at=NOW - DAY), keys=keys)
    judged(archive, an_article("young"), keys=keys)
    left = []
    for part in range(3):
        run(archive.prune(before=NOW, part=part, parts=3))
        left.append([len(candidates(archive, [key], since=NOW - DAY)) for key in keys])

    assert left == [[1, 2, 2, 2], [1, 1, 1, 2], [1, 1, 1, 1]]
    assert candidates(archive, keys, since=NOW - DAY) == ["young"]


def test_what_was_judged_is_listed_from_the_last_on_and_can_be_given_more_keys(archive: Archive) -> None:
    for title in ("a", "b", "c"):
        judged(archive, an_article(title), keys=[1])
    judged(archive, an_article("old", seen_at=NOW - DAY), keys=[1])

    def listed(record: Record, before: ArticleId | None = None, limit: int = 9) -> list[Stored]:
        return record.judged("dams", since=NOW, before=before, limit=limit)

    found = recorded(archive, listed)
    after_the_first = recorded(archive, lambda record: listed(record, found[0].id, 1))
    recorded(archive, lambda record: record.index(found[1].id, [1, 5]))

    assert [stored.article.title for stored in found] == ["c", "b", "a"]
    assert after_the_first == found[1:2]
    assert recorded(archive, lambda record: record.judged("floods", since=NOW, before=None, limit=9)) == []
    assert candidates(archive, [5]) == ["b"]
    assert candidates(archive, [1], since=NOW) == ["c", "b", "a"]


NO_CANDIDATES: dict[str, Callable[[Archive], list[str]]] = {
    "without keys": lambda archive: candidates(archive, []),
    "for another story": lambda archive: candidates(archive, [1], story="floods"),
    "from before the window": lambda archive: candidates(archive, [1], since=NOW + timedelta(microseconds=1)),
}


@pytest.mark.parametrize("asked", NO_CANDIDATES.values(), ids=NO_CANDIDATES)
def test_there_are_no_candidates(archive: Archive, asked: Callable[[Archive], list[str]]) -> None:
    judged(archive, keys=[1])

    assert candidates(archive, [1], since=NOW) == [an_article().title]
    assert asked(archive) == []


def test_the_article_being_judged_is_no_candidate_before_its_verdict(archive: Archive) -> None:
    def work(record: Record) -> tuple[int, int]:
        number = record.articles([an_article()])[0]
        before = record.candidates("dams", [1], since=NOW, limit=9)
        record.verdict(number, a_match(), New(), keys=[1], quiet=None)
        return len(before), len(record.candidates("dams", [1], since=NOW, limit=9))

    assert recorded(archive, work) == (0, 1)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.sets(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=40))
def test_every_32_bit_key_finds_its_article(archive: Archive, keys: set[int]) -> None:
    # The archive stays from one example to the next, hence a story for each.
    story = f"story {sorted(keys)}"
    already = len(run(archive.articles(an_article().key)))
    judged(archive, an_article(fingerprint=f"version {already}"), story=story, keys=[*keys, *keys])

    assert [len(candidates(archive, [key], story=story)) for key in keys] == [1] * len(keys)


# ------------------------------------------------------------------------------------------ verdicts


def test_a_new_article_begins_an_event_and_others_join_it_in_the_order_of_recording(archive: Archive) -> None:
    first, event = judged(archive, an_article("first"))
    copy = Duplicate(of=first, kind=Kind.COPY)
    second, _ = judged(archive, an_article("second", seen_at=NOW - DAY), copy, quiet="old news")
    _, joined = judged(archive, an_article("third"), Update(of=second))
    _, other = judged(archive, an_article("fourth"))

    members = [(member.article.title, member.role, member.quiet) for member in joined.members]
    assert members == [("first", "new", False), ("second", "copy", True), ("third", "update", False)]
    assert (joined.id, joined.story) == (event.id, "dams")
    assert other.id != event.id
    assert [member.id for member in event.members] == [first]


@pytest.mark.parametrize("kind", Kind)
def test_the_role_of_a_duplicate_is_its_kind(archive: Archive, kind: Kind) -> None:
    first, _ = judged(archive, an_article("first"))

    _, event = judged(archive, an_article("second"), Duplicate(of=first, kind=kind))

    assert event.members[-1].role == kind.value


def test_a_related_article_begins_an_event_of_the_same_happening(archive: Archive) -> None:
    first, event = judged(archive, an_article("first"))
    second, other = judged(archive, an_article("second"), Related(of=first))
    _, third = judged(archive, an_article("third"), Related(of=second))

    assert event.happening == event.id
    assert other.id != event.id
    assert (other.happening, third.happening) == (event.id, event.id)
    assert [(member.id, member.role, member.of) for member in other.members] == [(second, "related", first)]


def test_where_events_are_folded_a_related_article_joins_the_event_of_the_earlier_report(
    archive: Archive,
) -> None:
    first, event = judged(archive, an_article("first"), fold=Fold.EVENT)

    second, joined = judged(archive, an_article("second"), Related(of=first), fold=Fold.EVENT)

    assert (joined.id, joined.happening) == (event.id, event.id)
    assert [(member.id, member.role, member.of) for member in joined.members] == [
        (first, "new", None),
        (second, "related", first),
    ]


@pytest.mark.parametrize("fold", Fold)
def test_a_copy_of_a_related_article_joins_its_event(archive: Archive, fold: Fold) -> None:
    first, _ = judged(archive, an_article("first"), fold=fold)
    second, event = judged(archive, an_article("second"), Related(of=first), fold=fold)

    _, joined = judged(archive, an_article("third"), Duplicate(of=second, kind=Kind.COPY), fold=fold)

    assert joined.id == event.id
    assert (joined.members[-1].role, joined.members[-1].of) == ("copy", second)


def test_a_happening_is_what_several_reports_tell_without_their_repeats(archive: Archive) -> None:
    first, event = judged(archive, an_article("first"))
    second, other = judged(archive, an_article("second"), Related(of=first))
    judged(archive, an_article("copy"), Duplicate(of=second, kind=Kind.COPY))
    update, _ = judged(archive, an_article("third"), Update(of=first))
    alone, third = judged(archive, an_article("alone"))
    judged(archive, an_article("elsewhere"), story="floods")

    told = recorded(
        archive, lambda record: record.happenings("dams", [event.id, other.id, third.id], limit=9)
    )

    assert set(told) == {event.id, other.id, third.id}
    assert told[other.id] == told[event.id]
    assert [(report.id, report.title) for report in told[event.id].reports] == [
        (first, "first"),
        (second, "second"),
        (update, "third"),
    ]
    assert (told[event.id].id, told[third.id].id) == (event.id, third.id)
    [report] = told[third.id].reports
    assert (report.id, report.outlet, report.published) == (alone, "Wire", NOW)


@pytest.mark.parametrize("fold", Fold)
def test_of_a_happening_the_reports_recorded_last_are_returned(archive: Archive, fold: Fold) -> None:
    first, event = judged(archive, an_article("first"), fold=fold)
    others = [judged(archive, an_article(t), Related(of=first), fold=fold)[0] for t in ("second", "third")]

    told = recorded(archive, lambda record: record.happenings("dams", [event.id], limit=2))

    assert [report.id for report in told[event.id].reports] == others


def test_reports_are_shared_evenly_among_happenings_one_at_the_least(archive: Archive) -> None:
    first, event = judged(archive, an_article("first"))
    second, _ = judged(archive, an_article("second"), Related(of=first))
    third, _ = judged(archive, an_article("third"), Related(of=first))
    fourth, other = judged(archive, an_article("fourth"))

    def told(limit: int) -> list[list[ArticleId]]:
        found = recorded(archive, lambda record: record.happenings("dams", [event.id, other.id], limit=limit))
        return [[report.id for report in found[number].reports] for number in (event.id, other.id)]

    assert told(4) == [[second, third], [fourth]]
    assert told(1) == [[third], [fourth]]


def test_happenings_of_other_stories_or_of_no_events_are_none(archive: Archive) -> None:
    _, event = judged(archive, an_article("first"), story="floods")

    assert recorded(archive, lambda record: record.happenings("dams", [event.id], limit=9)) == {}
    assert recorded(archive, lambda record: record.happenings("dams", [], limit=9)) == {}


def test_a_report_that_joins_happenings_makes_them_one_with_its_own(archive: Archive) -> None:
    _, event = judged(archive, an_article("first"))
    second, _ = judged(archive, an_article("second"))
    _, other = judged(archive, an_article("third"))
    apart, _ = judged(archive, an_article("apart"))

    _, bridge = judged(archive, an_article("bridge"), Related(of=second, joins=(other.id, event.id)))

    assert bridge.happening == event.id
    assert event_of(archive, second).happening == event.id
    assert event_of(archive, other.members[0].id).happening == event.id
    assert event_of(archive, apart).happening != event.id


def test_what_reports_mean_is_kept_and_their_repeats_do_not_count(archive: Archive) -> None:
    first, event = judged(archive, an_article("first"))
    second, other = judged(archive, an_article("second", language="ru-RU"), Related(of=first))
    copy, _ = judged(archive, an_article("copy"), Duplicate(of=first, kind=Kind.COPY))
    old, _ = judged(archive, an_article("old", seen_at=NOW - DAY))
    elsewhere, _ = judged(archive, an_article("elsewhere"), story="floods")
    judged(archive, an_article("unknown"))

    def keep(record: Record) -> None:
        for number in (first, second, copy, old, elsewhere):
            record.meaning(number, bytes([number, 255]))
        record.meaning(first, b"again")  # another story asked: nothing changes

    recorded(archive, keep)

    def known(limit: int = 9) -> list[tuple[EventId, str | None, bytes]]:
        found = recorded(archive, lambda record: record.meanings("dams", since=NOW - HOUR, limit=limit))
        return [(meaning.event, meaning.language, meaning.vector) for meaning in found]

    newest = (other.id, "ru-RU", bytes([second, 255]))
    assert known() == [newest, (event.id, "en", bytes([first, 255]))]
    assert known(1) == [newest]
    told = recorded(archive, lambda record: record.happenings("dams", [event.id], limit=9))
    assert [(report.language, report.meaning) for report in told[event.id].reports] == [
        ("en", bytes([first, 255])),
        ("ru-RU", bytes([second, 255])),
    ]


def test_what_headlines_mean_is_forgotten_after_the_window(archive: Archive) -> None:
    old, event = judged(archive, an_article("old", seen_at=NOW - DAY))
    new, _ = judged(archive, an_article("new"), Related(of=old))

    def keep(record: Record) -> None:
        record.meaning(old, b"m")
        record.meaning(new, b"m")

    recorded(archive, keep)
    for part in range(2):
        run(archive.prune(before=NOW - HOUR, part=part, parts=2))

    told = recorded(archive, lambda record: record.happenings("dams", [event.id], limit=9))
    assert [report.meaning for report in told[event.id].reports] == [None, b"m"]


def test_headlines_are_those_a_story_judged_before_a_time_the_last_first(archive: Archive) -> None:
    for number, title in enumerate(("first", "second", "third", "fourth")):
        judged(archive, an_article(title, seen_at=NOW + number * HOUR))
    judged(archive, an_article("elsewhere", seen_at=NOW), story="floods")

    def titles(before: datetime, limit: int = 9) -> list[str]:
        return recorded(archive, lambda record: record.headlines("dams", before=before, limit=limit))

    assert titles(NOW + 2 * HOUR) == ["second", "first"]
    assert titles(NOW + 9 * HOUR, limit=2) == ["fourth", "third"]
    assert titles(NOW) == []


def test_new_events_of_one_story_are_happenings_of_their_own(archive: Archive) -> None:
    events = [judged(archive, an_article(str(number)))[1] for number in range(3)]

    assert [event.happening for event in events] == [event.id for event in events]


@pytest.mark.parametrize("fold", Fold)
def test_what_is_related_to_nothing_judged_is_refused_in_words(archive: Archive, fold: Fold) -> None:
    first, _ = judged(archive, an_article("first"), story="floods")

    with pytest.raises(StorywireError, match=f"article {first} has no verdict in story dams"):
        judged(archive, an_article("second"), Related(of=first), fold=fold)


def test_stories_judge_the_same_article_apart(archive: Archive) -> None:
    first, dams = judged(archive, an_article("first"), story="dams")

    def judge_for_floods(record: Record) -> Event:
        return record.verdict(first, a_match(story=a_story("floods")), New(), keys=[], quiet=None)

    floods = recorded(archive, judge_for_floods)

    assert floods.id != dams.id
    assert [decision.story for decision in run(archive.decisions(str(first)))] == ["dams", "floods"]


def test_an_article_judged_late_stands_last_in_its_event(archive: Archive) -> None:
    early = recorded(archive, lambda record: record.articles([an_article("early")])[0])
    late, _ = judged(archive, an_article("late"))
    match = a_match(an_article("early"))
    verdict = Duplicate(of=late, kind=Kind.COPY)

    event = recorded(archive, lambda record: record.verdict(early, match, verdict, keys=[], quiet=None))

    assert [member.id for member in event.members] == [late, early]


def test_a_repeat_of_what_the_story_never_judged_is_refused_in_words(archive: Archive) -> None:
    first, _ = judged(archive, an_article("first"), story="floods")

    with pytest.raises(StorywireError, match=f"article {first} has no verdict in story dams"):
        judged(archive, an_article("second"), Duplicate(of=first, kind=Kind.SAME), story="dams")

    assert recorded(archive, lambda record: record.unseen([an_article("second")])) == [an_article("second")]


VERDICTS = {
    "new": New(evidence=(Evidence(signal="title", says="nothing alike", value=41.5),)),
    "a duplicate": Duplicate(
        of=ArticleId(1), kind=Kind.REWRITE, evidence=(Evidence(signal="text", says="“ü” 李"),)
    ),
    "an update": Update(of=ArticleId(1)),
    "related": Related(of=ArticleId(1), evidence=(Evidence(signal="event", says="the same event"),)),
}


@pytest.mark.parametrize("verdict", VERDICTS.values(), ids=VERDICTS)
def test_a_decision_tells_all_that_was_decided(archive: Archive, verdict: Verdict) -> None:
    earlier = an_article("earlier")
    judged(archive, earlier)
    number, event = judged(archive, an_article("later"), verdict, quiet="backlog")
    planned(archive, a_post("card", event=event.id), a_post("elsewhere", event=event.id, channel="other"))

    (decision,) = run(archive.decisions(str(number)))

    assert (decision.article_id, decision.article, decision.story) == (number, an_article("later"), "dams")
    assert (decision.verdict, decision.hits, decision.quiet) == (verdict, (a_hit(),), "backlog")
    assert decision.event == event.id
    assert decision.earlier == (None if isinstance(verdict, New) else earlier)
    assert [post.message.text for post in decision.posts] == ["card", "elsewhere"]


def test_an_article_without_a_verdict_is_stored_without_a_decision(archive: Archive) -> None:
    number = recorded(archive, lambda record: record.articles([an_article()])[0])

    assert run(archive.articles(str(number))) == [an_article()]
    assert run(archive.decisions(str(number))) == []


# ---------------------------------------------------------------------------------------- corrections


def titles_of(event: Event) -> list[str]:
    return [member.article.title for member in event.members]


def merged(archive: Archive, event: EventId, other: EventId, of: int = 1) -> Event:
    return recorded(archive, lambda record: record.merge(event, other, of=ArticleId(of)))


def event_of(archive: Archive, number: ArticleId) -> Event:
    return recorded(archive, lambda record: record.event(number, "dams"))


def test_an_article_is_found_with_its_event(archive: Archive) -> None:
    first, _ = judged(archive, an_article("first"))
    second, joined = judged(archive, an_article("second"), Duplicate(of=first, kind=Kind.COPY))

    assert event_of(archive, first) == event_of(archive, second) == joined


def test_the_event_of_what_the_story_never_judged_is_refused_in_words(archive: Archive) -> None:
    first, _ = judged(archive, an_article("first"), story="floods")

    with pytest.raises(StorywireError, match=f"article {first} has no verdict in story dams"):
        event_of(archive, first)


def test_of_merged_events_all_articles_are_in_the_one_that_stays_in_the_order_of_recording(
    archive: Archive,
) -> None:
    first, event = judged(archive, an_article("first"))
    second, other = judged(archive, an_article("second"))
    third, _ = judged(archive, an_article("third"), Duplicate(of=first, kind=Kind.REWRITE))
    fourth, _ = judged(archive, an_article("fourth"), Update(of=second))

    together = merged(archive, event.id, other.id, of=third)

    assert [(member.id, member.role, member.of) for member in together.members] == [
        (first, "new", None),
        (second, "copy", third),
        (third, "rewrite", first),
        (fourth, "update", second),
    ]
    assert (together.id, together.happening, together.story) == (event.id, event.id, "dams")
    assert event_of(archive, fourth) == together


def test_what_was_merged_is_judged_against_as_one_event_and_joins_it(archive: Archive) -> None:
    _, event = judged(archive, an_article("first"), keys=[1])
    second, other = judged(archive, an_article("second"), keys=[1])
    merged(archive, event.id, other.id)

    found = recorded(archive, lambda record: record.candidates("dams", [1], since=NOW, limit=9))
    _, joined = judged(archive, an_article("third"), Duplicate(of=second, kind=Kind.COPY))

    assert {stored.event for stored in found} == {event.id}
    assert joined.id == event.id


def test_of_merged_events_both_happenings_are_one(archive: Archive) -> None:
    _, one = judged(archive, an_article("one"))
    second, two = judged(archive, an_article("two"))
    _, third = judged(archive, an_article("three"), Related(of=second))
    merged(archive, one.id, two.id)

    assert event_of(archive, third.members[0].id).happening == one.id


def test_the_verdict_of_a_merged_article_stays_what_it_was(archive: Archive) -> None:
    judged(archive, an_article("first"))
    verdict = New(evidence=(Evidence(signal="title", says="nothing alike", value=41.5),))
    second, other = judged(archive, an_article("second"), verdict, quiet="backlog")
    merged(archive, EventId(1), other.id)

    (decision,) = run(archive.decisions(str(second)))

    assert (decision.verdict, decision.earlier, decision.quiet) == (verdict, None, "backlog")
    assert decision.event == EventId(1)


def test_an_article_that_leaves_its_event_is_new_in_one_of_its_own(archive: Archive) -> None:
    first, event = judged(archive, an_article("first"))
    second, _ = judged(archive, an_article("second"), Duplicate(of=first, kind=Kind.COPY), quiet="old news")
    third, _ = judged(archive, an_article("third"), Duplicate(of=second, kind=Kind.SAME))
    fourth, _ = judged(archive, an_article("fourth"), Duplicate(of=second, kind=Kind.COPY))

    left, own = recorded(archive, lambda record: record.split(event.id, [second, third]))

    assert left.id == event.id
    assert [(member.id, member.role, member.of) for member in left.members] == [
        (first, "new", None),
        (fourth, "copy", second),
    ]
    assert own.id != event.id
    assert (own.story, own.happening) == ("dams", own.id)
    assert [(member.id, member.role, member.of, member.quiet) for member in own.members] == [
        (second, "new", None, True),
        (third, "same", second, False),
    ]
    assert (event_of(archive, first), event_of(archive, third)) == (left, own)
    assert run(archive.decisions(str(second)))[0].verdict == Duplicate(of=first, kind=Kind.COPY)


def test_the_first_article_of_an_event_can_leave_it_and_come_back(archive: Archive) -> None:
    first, event = judged(archive, an_article("first"))
    second, _ = judged(archive, an_article("second"), Duplicate(of=first, kind=Kind.COPY))

    left, own = recorded(archive, lambda record: record.split(event.id, [first]))
    again = merged(archive, left.id, own.id, of=second)

    assert (titles_of(left), titles_of(own)) == (["second"], ["first"])
    assert left.id == again.id == event.id
    assert [(member.id, member.role, member.of) for member in again.members] == [
        (first, "copy", second),
        (second, "copy", first),
    ]


def test_corrections_of_one_story_leave_others_alone(archive: Archive) -> None:
    first, event = judged(archive, an_article("first"))
    second, other = judged(archive, an_article("second"))

    def judge_for_floods(record: Record) -> Event:
        match = a_match(story=a_story("floods"))
        begun = record.verdict(first, match, New(), keys=[], quiet=None)
        copy = Duplicate(of=first, kind=Kind.COPY)
        assert record.verdict(second, match, copy, keys=[], quiet=None).id == begun.id
        return begun

    floods = recorded(archive, judge_for_floods)
    merged(archive, event.id, other.id)
    recorded(archive, lambda record: record.split(event.id, [second]))

    in_floods = recorded(archive, lambda record: record.event(second, "floods"))
    assert (in_floods.id, [member.role for member in in_floods.members]) == (floods.id, ["new", "copy"])


def test_what_people_said_is_kept_in_order(archive: Archive) -> None:
    def work(record: Record) -> list[Correction]:
        said = a_correction(record)
        corrections = [said, replace(said, same=False, at=NOW + HOUR)]
        for correction in corrections:
            record.correct(correction)
        return corrections

    said = recorded(archive, work)

    assert run(archive.corrections()) == said


def test_nothing_of_a_correction_that_fails_half_way_is_kept(archive: Archive) -> None:
    first, event = judged(archive, an_article("first"))
    second, other = judged(archive, an_article("second"))
    planned(archive, *(a_post(each.story, event=each.id) for each in (event, other)))
    before = outbox_states(archive)

    def work(record: Record) -> None:
        record.merge(event.id, other.id, of=first)
        record.correct(Correction(story="dams", earlier=first, later=second, same=True, at=NOW))
        record.split(event.id, [second])
        raise LookupError("half way")

    with pytest.raises(LookupError, match="half way"):
        recorded(archive, work)

    assert (event_of(archive, first), event_of(archive, second)) == (event, other)
    assert outbox_states(archive) == before
    assert run(archive.corrections()) == []


# --------------------------------------------------------------------------------------------- mutes


def muted(archive: Archive, event: EventId, channel: str = "main") -> datetime | None:
    return recorded(archive, lambda record: record.muted(channel, event))


def test_an_event_is_muted_in_one_channel_since_it_was_muted_first(archive: Archive) -> None:
    event, other = (judged(archive, an_article(title))[1].id for title in ("one", "two"))

    for at in (NOW, NOW + HOUR):
        recorded(archive, lambda record, at=at: record.mute("main", event, at=at, person=7))  # type: ignore[misc]

    assert muted(archive, event) == NOW
    assert (muted(archive, event, "second"), muted(archive, other)) == (None, None)


def test_a_mute_that_is_lifted_is_over_and_can_be_lifted_once(archive: Archive) -> None:
    _, event = judged(archive)
    recorded(archive, lambda record: record.mute("main", event.id, at=NOW, person=None))

    lifted = [recorded(archive, lambda record: record.unmute("main", event.id)) for _ in range(2)]
    recorded(archive, lambda record: record.mute("main", event.id, at=NOW + HOUR, person=None))

    assert lifted == [True, False]
    assert muted(archive, event.id) == NOW + HOUR


def test_what_waits_of_an_event_is_what_its_channel_is_still_to_be_given(archive: Archive) -> None:
    event = an_event_with_card(archive, "shown")
    attempted(archive)
    planned(archive, an_edit(event), a_reply(event), an_edit(an_event_with_card(archive, "another")))
    planned(archive, a_post("elsewhere", event=event, channel="second"))

    waiting = recorded(archive, lambda record: record.waiting("main", event))

    assert [(post.message.text, post.target, post.lists) for post in waiting] == [
        ("edited", 700, False),
        ("reply", 700, False),
    ]


def test_of_what_waits_that_is_told_which_changes_a_list(archive: Archive) -> None:
    _, event = judged(archive)
    planned(archive, a_post("list", event=event.id, kind=PostKind.ROUNDUP))
    attempted(archive)
    planned(archive, an_edit(event.id))
    attempted(archive, Settlement(state=PostState.UNCERTAIN, due_at=NOW + HOUR))

    (edit,) = recorded(archive, lambda record: record.waiting("main", event.id))

    assert (edit.kind, edit.lists) == (PostKind.EDIT, True)


# ------------------------------------------------------------------------------------------- reviews


def in_review(archive: Archive, title: str = "doubtful", until: datetime = NOW + HOUR) -> Review:
    """Store two articles of events of their own, and ask whether they are one."""
    nearest, _ = judged(archive, an_article(f"near {title}"))
    article, _ = judged(archive, an_article(title))
    review = Review(
        story="dams",
        article=article,
        nearest=nearest,
        chance=0.25,
        asked_at=NOW,
        until=until,
        otherwise=Ruling.FOLD,
    )
    number = recorded(archive, lambda record: record.review(review))
    return replace(review, id=number)


def answered(archive: Archive, number: int, said: Ruling = Ruling.POST, at: datetime = NOW) -> Review | None:
    return recorded(archive, lambda record: record.answer(ReviewId(number), said, at=at, person=7))


def test_what_people_are_asked_comes_back_as_it_was_kept_oldest_first(archive: Archive) -> None:
    asked = [in_review(archive, title) for title in ("one", "two")]

    assert run(archive.reviews()) == run(archive.reviews(closed=True)) == asked


def test_an_event_is_in_review_until_its_review_is_closed(archive: Archive) -> None:
    review = in_review(archive)
    doubtful, near = (event_of(archive, number) for number in (review.article, review.nearest))
    judged(archive, an_article("copy"), Duplicate(of=review.article, kind=Kind.COPY))

    def held() -> list[bool]:
        return recorded(archive, lambda r: [r.in_review(event.id) for event in (doubtful, near)])

    before = held()
    answered(archive, review.id)

    assert (before, held()) == ([True, False], [False, False])


def test_of_several_answers_the_first_counts(archive: Archive) -> None:
    review = in_review(archive)

    first, second = (answered(archive, review.id, said) for said in (Ruling.DROP, Ruling.POST))

    assert first == replace(review, answer=Ruling.DROP, answered_at=NOW, person=7)
    assert second is None
    assert run(archive.reviews()) == []
    assert run(archive.reviews(closed=True)) == [first]


def test_an_answer_that_comes_when_the_time_is_over_is_none(archive: Archive) -> None:
    review = in_review(archive)

    assert answered(archive, review.id, at=NOW + HOUR) is None
    assert answered(archive, 77) is None
    assert run(archive.reviews()) == [review]


def test_a_review_lapses_once_its_time_is_over_and_ends_as_it_says(archive: Archive) -> None:
    review = in_review(archive)

    def lapse(at: datetime) -> Review | None:
        return recorded(archive, lambda record: record.lapse(review.id, at=at))

    early, in_time, again = (lapse(at) for at in (NOW + MINUTE, NOW + HOUR, NOW + DAY))

    assert in_time == replace(review, answer=Ruling.FOLD, answered_at=NOW + HOUR)
    assert in_time.lapsed
    assert (early, again) == (None, None)


def test_that_the_administrators_were_told_is_kept(archive: Archive) -> None:
    review = in_review(archive)

    recorded(archive, lambda record: record.told(review.id, at=NOW + MINUTE))

    assert run(archive.reviews()) == [replace(review, told_at=NOW + MINUTE)]


def test_people_are_asked_about_a_verdict_once(archive: Archive) -> None:
    review = in_review(archive)

    with pytest.raises(Exception, match=r"(?i)unique|already"):
        recorded(archive, lambda record: record.review(review))


def test_a_review_survives_a_restart(archive_factory: ArchiveFactory) -> None:
    async def kept() -> Review:
        archive = await archive_factory()
        review = await archive.record(a_review)
        await archive.close()
        return review

    async def found() -> list[Review]:
        return await (await archive_factory()).reviews()

    assert run(kept()) in run(found())


def a_review(record: Record) -> Review:
    said = a_correction(record)
    review = Review(
        story="dams",
        article=said.later,
        nearest=said.earlier,
        chance=0.25,
        asked_at=NOW,
        until=NOW + HOUR,
        otherwise=Ruling.POST,
    )
    return replace(review, id=record.review(review))


def stand(archive: Archive, event: EventId, how: str, text: str) -> None:
    """Let an event stand in the main channel in one of the ways that there are."""
    if how == "quiet":
        recorded(archive, lambda record: record.hush("main", event))
    elif how != "never heard of":
        planned(archive, a_post(text, event=event))
        if how != "waits":
            attempted(archive, {"shown": SENT, "refused": REFUSED, "lost": LOST}[how])


def text_shown(archive: Archive, event: EventId) -> str | None:
    there = shown(archive, event)
    if there is None:
        return None
    return "quiet" if there.message is None else there.message.text


CARDS = {
    # how each stands before: (what the one that stays shows, what the other does, the later card's state)
    ("shown", "shown"): ("first", "second", PostState.SENT),
    ("shown", "waits"): ("first", "second", PostState.DROPPED),
    ("waits", "waits"): ("first", "second", PostState.DROPPED),
    ("shown", "quiet"): ("first", "quiet", None),
    ("waits", "never heard of"): ("first", None, None),
    ("shown", "refused"): ("first", "second", PostState.REFUSED),
    ("quiet", "shown"): ("second", None, PostState.SENT),
    ("never heard of", "shown"): ("second", None, PostState.SENT),
    ("never heard of", "waits"): ("second", None, PostState.PENDING),
    ("quiet", "waits"): ("second", None, PostState.PENDING),
    ("refused", "shown"): ("second", None, PostState.SENT),
    ("lost", "shown"): ("second", None, PostState.SENT),
    ("quiet", "quiet"): ("quiet", "quiet", None),
    ("quiet", "refused"): ("quiet", "second", PostState.REFUSED),
    ("never heard of", "quiet"): ("quiet", None, None),
    ("never heard of", "never heard of"): (None, None, None),
}


@pytest.mark.parametrize(("before", "after"), CARDS.items(), ids=map(" and ".join, CARDS))
def test_of_merged_events_one_card_of_each_channel_stays(
    archive: Archive, before: tuple[str, str], after: tuple[str | None, str | None, PostState | None]
) -> None:
    events = [judged(archive, an_article(title))[1].id for title in ("first", "second")]
    for event, how, text in zip(events, before, ("first", "second"), strict=True):
        stand(archive, event, how, text)

    merged(archive, *events)

    assert tuple(text_shown(archive, event) for event in events) == after[:2]
    assert dict(outbox_states(archive)).get("second") == after[2]


def test_of_a_card_that_waits_and_a_later_one_on_show_the_one_on_show_stays(archive: Archive) -> None:
    events = [judged(archive, an_article(title))[1].id for title in ("first", "second")]
    planned(archive, a_post("second", event=events[1]))
    attempted(archive)
    planned(archive, a_post("first", event=events[0]))

    merged(archive, *events)
    planned(archive, an_edit(events[0], "both"))

    assert outbox_states(archive) == [
        ("second", PostState.SENT),
        ("first", PostState.DROPPED),
        ("both", PostState.PENDING),
    ]
    assert attempted(archive).target == 700
    assert told(archive, events[0]) == a_message("both")


def test_a_card_that_waited_is_dropped_with_a_reason_and_its_reply_answers_the_one_that_stays(
    archive: Archive,
) -> None:
    first = an_event_with_card(archive, "first")
    attempted(archive)
    second = an_event_with_card(archive, "second")
    planned(archive, a_reply(second))

    merged(archive, first, second)

    (dropped,) = run(archive.outbox(PostState.DROPPED))
    assert (dropped.message.text, dropped.reason) == ("second", "another card tells the same report")
    reply = attempted(archive)
    assert (reply.message.text, reply.target, reply.event) == ("reply", 700, first)
    assert next_text(archive) is None


def test_a_card_in_flight_is_edited_once_it_is_shown(archive: Archive) -> None:
    first = an_event_with_card(archive, "first")
    attempted(archive)
    second = an_event_with_card(archive, "second")
    post = run(archive.next_post("main", now=NOW))
    assert post is not None
    run(archive.sending(post, at=NOW))

    merged(archive, first, second)
    planned(archive, an_edit(second, "pointer"))
    run(archive.settle(post, SENT, at=NOW))

    assert sent_texts(archive) == ["pointer"]


@pytest.mark.parametrize("settlement", GIVEN_UP.values(), ids=GIVEN_UP)
def test_edits_of_a_card_that_was_taken_over_in_flight_are_dropped_with_it(
    archive: Archive, settlement: Settlement
) -> None:
    first = judged(archive, an_article("first"))[1].id
    second = an_event_with_card(archive, "second")
    post = run(archive.next_post("main", now=NOW))
    assert post is not None
    run(archive.sending(post, at=NOW))

    merged(archive, first, second)
    planned(archive, an_edit(first, "both"))
    run(archive.settle(post, settlement, at=NOW))

    assert dict(outbox_states(archive))["both"] is PostState.DROPPED


def test_what_was_dropped_between_being_next_and_being_sent_is_not_sent(archive: Archive) -> None:
    first = an_event_with_card(archive, "first")
    attempted(archive)
    second = an_event_with_card(archive, "second")
    post = run(archive.next_post("main", now=NOW))
    assert post is not None

    merged(archive, first, second)

    assert run(archive.sending(post, at=NOW)) is None
    assert run(archive.interrupted()) == []


def test_each_channel_keeps_a_card_of_its_own(archive: Archive) -> None:
    first = an_event_with_card(archive, "first in main")
    second = an_event_with_card(archive, "second in other", channel="other")

    merged(archive, first, second)

    assert told(archive, first) == a_message("first in main")
    assert told(archive, first, "other") == a_message("second in other")
    assert shown(archive, second, "other") is None


# --------------------------------------------------------------------------------------- what is shown


def shown(archive: Archive, event: EventId, channel: str = "main") -> Shown | None:
    return recorded(archive, lambda record: record.shown(channel, event))


def told(archive: Archive, event: EventId, channel: str = "main") -> Message | None:
    """Return the text of the card of an event."""
    there = shown(archive, event, channel)
    return None if there is None else there.message


def test_a_channel_shows_what_was_last_planned_for_it(archive: Archive) -> None:
    _, event = judged(archive)
    spans = (
        Span(style=Style.LINK, offset=0, length=4, url="https://wire.example"),
        Span(style=Style.BOLD, offset=1, length=2),
    )
    card, edited = a_message("card", spans=spans, silent=True), a_message("edited", spans=spans[1:])

    assert shown(archive, event.id) is None
    planned(archive, a_post(event=event.id, message=card))
    assert told(archive, event.id) == card
    attempted(archive)
    planned(archive, replace(an_edit(event.id), message=edited), a_reply(event.id))
    assert told(archive, event.id) == edited
    assert shown(archive, event.id, "other") is None


def test_a_hushed_event_counts_as_shown_until_it_gets_a_card(archive: Archive) -> None:
    _, event = judged(archive)

    recorded(archive, lambda record: record.hush("main", event.id))
    assert shown(archive, event.id) == Shown(quiet=True)
    planned(archive, a_post("card", event=event.id))
    recorded(archive, lambda record: record.hush("main", event.id))
    recorded(archive, lambda record: record.hush("main", event.id))

    assert told(archive, event.id) == a_message("card")


# ------------------------------------------------------------------- messages that tell several events


def a_joining(event: EventId, post: PostId, text: str = "both", channel: str = "main") -> Post:
    """Give an edit that lets another event's message tell this one as well."""
    return replace(an_edit(event, text, channel), joins=post)


def of_another_story(archive: Archive, number: ArticleId, story: str = "rivers") -> EventId:
    """Let another story judge a stored article as new."""

    def work(record: Record) -> EventId:
        match = a_match(story=a_story(story))
        return record.verdict(number, match, New(), keys=[], quiet=None).id

    return recorded(archive, work)


def post_of(archive: Archive, event: EventId) -> PostId:
    """Return the post that tells an event."""
    there = shown(archive, event)
    assert there is not None
    assert there.post is not None
    return there.post


def a_list(archive: Archive, kind: PostKind, *titles: str, **changes: Any) -> list[EventId]:
    """Put a list into the outbox that tells events with these titles."""
    events = [judged(archive, an_article(title))[1].id for title in titles]
    planned(archive, a_post("list", event=events[0], kind=kind, **changes))
    number = post_of(archive, events[0])
    for event in events[1:]:
        planned(archive, a_joining(event, number, "list"))
    return events


@pytest.mark.parametrize("sent", [False, True], ids=["waits", "on show"])
def test_an_event_that_joins_a_message_is_told_by_it(archive: Archive, sent: bool) -> None:  # noqa: FBT001
    first, second = (judged(archive, an_article(title))[1] for title in ("first", "second"))
    planned(archive, a_post("card", event=first.id))
    if sent:
        attempted(archive)

    planned(archive, a_joining(second.id, post_of(archive, first.id)))

    there = shown(archive, first.id)
    assert there == shown(archive, second.id)
    assert there is not None
    assert (there.message, there.events, there.waits) == (a_message("both"), (first, second), not sent)
    assert sent_texts(archive) == ["both"]
    assert len(outbox_states(archive)) == 1 + sent


def test_an_event_that_joins_a_message_which_stays_as_it_is_makes_no_edit(archive: Archive) -> None:
    first, second = (judged(archive, an_article(title))[1].id for title in ("first", "second"))
    planned(archive, a_post("card", event=first))
    attempted(archive)

    planned(archive, a_joining(second, post_of(archive, first), "card"))

    assert post_of(archive, second) == post_of(archive, first)
    assert outbox_states(archive) == [("card", PostState.SENT)]


def test_an_event_that_was_hushed_can_join_a_message(archive: Archive) -> None:
    first, second = (judged(archive, an_article(title))[1].id for title in ("first", "second"))
    planned(archive, a_post("card", event=first))
    recorded(archive, lambda record: record.hush("main", second))

    planned(archive, a_joining(second, post_of(archive, first)))

    assert told(archive, second) == a_message("both")


def test_a_list_tells_its_event_as_a_list_though_it_is_the_only_one(archive: Archive) -> None:
    _, event = judged(archive)
    planned(archive, a_post("list", event=event.id, kind=PostKind.ROUNDUP))

    there = shown(archive, event.id)

    assert there is not None
    assert (there.kind, there.events) == (PostKind.ROUNDUP, (event,))


def test_the_answer_to_an_event_on_a_list_answers_the_list(archive: Archive) -> None:
    _, second = a_list(archive, PostKind.ROUNDUP, "first", "second")
    attempted(archive)

    planned(archive, a_reply(second))

    assert attempted(archive).target == 700


def test_a_card_that_came_without_a_sound_has_rung_once_a_ring_is_planned(archive: Archive) -> None:
    _, event = judged(archive)
    planned(archive, a_post(event=event.id, message=a_message(silent=True)))
    before = shown(archive, event.id)
    planned(archive, a_post("ring", event=event.id, kind=PostKind.RING))
    after = shown(archive, event.id)

    assert before is not None
    assert after is not None
    assert (before.rung, after.rung) == (False, True)
    assert sent_texts(archive) == ["Dam breaks near Ostrava", "ring"]


def test_a_card_that_comes_back_goes_again_with_the_text_planned_last(archive: Archive) -> None:
    event = an_event_with_card(archive)
    card = run(archive.next_post("main", now=NOW))
    assert card is not None
    run(archive.sending(card, at=NOW))
    planned(archive, an_edit(event, "second"))
    run(archive.settle(card, Settlement(state=PostState.PENDING), at=NOW))

    planned(archive, an_edit(event, "third"))

    assert set(sent_texts(archive)) == {"third"}


SIBLINGS: dict[str, tuple[PostKind, Settlement | None, bool]] = {
    "a card that waits": (PostKind.CARD, None, True),
    "a card on show": (PostKind.CARD, SENT, True),
    "a card that goes again": (PostKind.CARD, replace(LOST, due_at=NOW + MINUTE), True),
    "a roundup": (PostKind.ROUNDUP, SENT, True),
    "a digest that waits": (PostKind.DIGEST, None, True),
    "a refused card": (PostKind.CARD, REFUSED, False),
    "a card whose answer was lost": (PostKind.CARD, LOST, False),
}


@pytest.mark.parametrize(("kind", "settlement", "found"), SIBLINGS.values(), ids=SIBLINGS)
def test_what_another_story_tells_of_the_same_article_is_found(
    archive: Archive,
    kind: PostKind,
    settlement: Settlement | None,
    found: bool,  # noqa: FBT001  a table's column
) -> None:
    number, event = judged(archive)
    planned(archive, a_post("theirs", event=event.id, kind=kind))
    if settlement is not None:
        attempted(archive, settlement)
    own = of_another_story(archive, number)

    there = recorded(archive, lambda record: record.sibling("main", own))

    assert (there is not None) is found
    if there is not None:
        assert (there.message, there.kind, there.events) == (a_message("theirs"), kind, (event,))
    assert recorded(archive, lambda record: record.sibling("other", own)) is None
    assert recorded(archive, lambda record: record.sibling("main", event.id)) is None


def test_where_articles_are_not_the_same_or_nothing_is_told_no_story_has_a_sibling(archive: Archive) -> None:
    number, quiet = judged(archive)
    recorded(archive, lambda record: record.hush("main", quiet.id))
    an_event_with_card(archive, "another")
    own = of_another_story(archive, number)

    assert recorded(archive, lambda record: record.sibling("main", own)) is None


def test_of_several_siblings_the_earliest_event_is_found_with_all_that_its_message_tells(
    archive: Archive,
) -> None:
    number, first = judged(archive, an_article("first"))
    planned(archive, a_post("first", event=first.id))
    second = of_another_story(archive, number, "seas")
    planned(archive, a_joining(second, post_of(archive, first.id)))
    own = of_another_story(archive, number)

    there = recorded(archive, lambda record: record.sibling("main", own))

    assert there is not None
    assert [event.id for event in there.events] == [first.id, second]


# ---------------------------------------------------------------------------- what a channel had lately


def standing(archive: Archive, now: datetime = NOW, channel: str = "main") -> Standing:
    return recorded(archive, lambda record: record.standing(channel, now=now))


def planned_at(archive: Archive, at: datetime, *posts: Post) -> None:
    recorded(archive, lambda record: record.posts(posts, at=at))


def test_cards_of_the_last_hour_are_counted_and_those_that_wait(archive: Archive) -> None:
    for number, minutes in enumerate((60, 59, 1, 0, -1)):
        _, event = judged(archive, an_article(f"Dam {number}"))
        planned_at(archive, NOW - minutes * MINUTE, a_post(f"card {number}", event=event.id))
    attempted(archive)
    planned(archive, a_reply(EventId(1)))
    attempted(archive, REFUSED)
    an_event_with_card(archive, "elsewhere", channel="other")

    there = standing(archive)

    assert there.planned == tuple(NOW - minutes * MINUTE for minutes in (59, 1, 0))
    assert (there.waiting, there.roundup, there.digest) == (3, None, None)


def test_lists_are_no_cards_and_what_never_was_had_nothing(archive: Archive) -> None:
    assert standing(archive) == Standing()
    a_list(archive, PostKind.DIGEST, "first")
    a_list(archive, PostKind.ROUNDUP, "second")

    there = standing(archive)

    assert (there.planned, there.waiting) == ((), 0)
    assert there.digest is not None
    assert there.roundup is not None


ROUNDUPS = {
    "just planned": (timedelta(), None, True),
    "59 minutes old": (-59 * MINUTE, None, True),
    "an hour old": (-HOUR, None, False),
    "on show": (timedelta(), SENT, True),
    "refused": (timedelta(), REFUSED, False),
    "of a clock that was set back since": (MINUTE, None, False),
}


@pytest.mark.parametrize(("at", "settlement", "found"), ROUNDUPS.values(), ids=ROUNDUPS)
def test_the_roundup_of_the_last_hour_is_one(
    archive: Archive,
    at: timedelta,
    settlement: Settlement | None,
    found: bool,  # noqa: FBT001  a table's column
) -> None:
    _, event = judged(archive)
    planned_at(archive, NOW + at, a_post("roundup", event=event.id, kind=PostKind.ROUNDUP))
    if settlement is not None:
        attempted(archive, settlement)

    assert standing(archive).roundup == (shown(archive, event.id) if found else None)


def test_the_last_of_several_roundups_is_added_to(archive: Archive) -> None:
    a_list(archive, PostKind.ROUNDUP, "first")
    (second,) = a_list(archive, PostKind.ROUNDUP, "second")

    assert standing(archive).roundup == shown(archive, second)


def test_a_digest_is_added_to_until_it_was_handed_over(archive: Archive) -> None:
    (event,) = a_list(archive, PostKind.DIGEST, "first")
    assert standing(archive).digest == shown(archive, event)

    attempted(archive, Settlement(state=PostState.PENDING, due_at=NOW + MINUTE))
    assert standing(archive).digest is None
    assert recorded(archive, lambda record: record.digests("main")) == []


# --------------------------------------------------------------------------------------------- digests


def test_a_digest_waits_for_its_hour_and_holds_up_nothing(archive: Archive) -> None:
    a_list(archive, PostKind.DIGEST, "first", due_at=NOW + HOUR)
    an_event_with_card(archive, "card")

    assert sent_texts(archive) == ["card"]
    assert run(archive.next_due("main")) == NOW + HOUR
    an_event_with_card(archive, "later card")
    assert sent_texts(archive, NOW + HOUR) == ["list", "later card"]


def test_digests_that_wait_are_listed_oldest_first_and_can_be_put_off(archive: Archive) -> None:
    for title in ("first", "second"):
        a_list(archive, PostKind.DIGEST, title, due_at=NOW + HOUR)
    elsewhere = judged(archive, an_article("elsewhere"))[1].id
    planned(archive, a_post("list", event=elsewhere, kind=PostKind.DIGEST, channel="other"))
    first, second = recorded(archive, lambda record: record.digests("main"))
    assert (first.due_at, first.planned_at) == (NOW + HOUR, NOW)

    recorded(archive, lambda record: record.postpone(first.id, NOW + DAY))
    recorded(archive, lambda record: record.postpone(second.id, None))

    assert [post.due_at for post in recorded(archive, lambda record: record.digests("main"))] == [
        NOW + DAY,
        None,
    ]
    assert attempted(archive).id == second.id
    assert run(archive.next_due("main")) == NOW + DAY


def test_what_waits_no_more_is_not_put_off(archive: Archive) -> None:
    a_list(archive, PostKind.DIGEST, "first")
    post = attempted(archive)

    recorded(archive, lambda record: record.postpone(post.id, NOW + DAY))

    assert run(archive.outbox(PostState.SENT))[0].due_at is None
    assert run(archive.next_due("main")) is None


def test_it_is_known_when_digests_were_handed_over_first(archive: Archive) -> None:
    a_list(archive, PostKind.DIGEST, "first")
    attempted(archive, Settlement(state=PostState.PENDING, due_at=NOW + MINUTE))
    attempted(archive, now=NOW + MINUTE)
    a_list(archive, PostKind.DIGEST, "second")
    attempted(archive, now=NOW + HOUR)
    an_event_with_card(archive, "a card is none")
    attempted(archive, now=NOW + HOUR)

    assert recorded(archive, lambda record: record.digests_sent("main", since=NOW)) == [NOW, NOW + HOUR]
    assert recorded(archive, lambda record: record.digests_sent("main", since=NOW + MINUTE)) == [NOW + HOUR]
    assert recorded(archive, lambda record: record.digests_sent("other", since=NOW)) == []


# -------------------------------------------------------------------------- what a channel taught, lists


def budget(archive: Archive, channel: str) -> tuple[int, datetime] | None:
    return recorded(archive, lambda record: record.turn(channel, now=NOW + HOUR, since=NOW)).budget


def test_what_a_channel_takes_and_where_it_went_is_kept_over_a_restart(
    archive_factory: ArchiveFactory,
) -> None:
    async def opened() -> Archive:
        return await archive_factory()

    archive = run(opened())
    assert (budget(archive, "main"), run(archive.moves())) == (None, {})
    an_event_with_card(archive)
    moved = Settlement(state=PostState.PENDING, moved=("-1", "-1001"))
    for minute, settlement in enumerate((Settlement(state=PostState.PENDING, budget=7), moved)):
        attempted(archive, settlement, now=NOW + minute * MINUTE)
    run(archive.close())

    again = run(opened())

    assert budget(again, "main") == (7, NOW)
    assert run(again.moves()) == {"main": ("-1", "-1001")}


def test_in_another_chat_nothing_is_changed_or_answered_that_stood_in_the_one_before(
    archive: Archive,
) -> None:
    assert not run(archive.reside("main", "-100"))
    told_there = an_event_with_card(archive, "told there")
    attempted(archive)
    waiting = an_event_with_card(archive, "waits")
    elsewhere = an_event_with_card(archive, "elsewhere", channel="other")
    attempted(archive, channel="other")
    planned(archive, an_edit(told_there), a_reply(told_there), an_edit(elsewhere, channel="other"))
    assert not run(archive.reside("main", "-100"))
    assert len(run(archive.outbox(PostState.PENDING))) == 4

    assert run(archive.reside("main", "-200"))

    assert [post.message.text for post in run(archive.outbox(PostState.PENDING))] == ["waits", "edited"]
    there = shown(archive, told_there)
    assert there is not None
    assert (there.quiet, there.message) == (True, None)
    assert told(archive, waiting) == a_message("waits")
    assert told(archive, elsewhere, "other") == a_message("edited")
    assert run(archive.message("main", 700)) is None
    assert run(archive.message("other", 700)) is not None
    assert not run(archive.reside("main", "-200"))


def test_a_group_that_became_another_one_is_another_chat(archive: Archive) -> None:
    run(archive.reside("main", "-1"))
    event = an_event_with_card(archive)
    attempted(archive)
    an_event_with_card(archive, "next")
    attempted(archive, Settlement(state=PostState.PENDING, moved=("-1", "-1001")))

    there = shown(archive, event)

    assert there is not None
    assert there.quiet
    assert not run(archive.reside("main", "-1001"))
    assert next_text(archive) == "next"


def test_the_rest_of_a_channel_can_be_cut_short(archive: Archive) -> None:
    an_event_with_card(archive)
    attempted(archive, Settlement(state=PostState.PENDING, channel_rests_until=NOW + HOUR))

    run(archive.rest("main", NOW + MINUTE))

    assert next_text(archive, NOW) is None
    assert run(archive.next_due("main")) == NOW + MINUTE
    assert next_text(archive, NOW + MINUTE) == "card"


def test_a_list_that_waits_and_tells_others_stays_when_an_event_leaves_it(archive: Archive) -> None:
    first = an_event_with_card(archive, "first")
    attempted(archive)
    second, third = a_list(archive, PostKind.ROUNDUP, "second", "third")

    merged(archive, first, second)

    assert dict(outbox_states(archive))["list"] is PostState.PENDING
    assert post_of(archive, first) != post_of(archive, third)
    there = shown(archive, third)
    assert there is not None
    assert [event.id for event in there.events if event.members] == [third]


@pytest.mark.parametrize("kind", [PostKind.ROUNDUP, PostKind.DIGEST])
def test_a_list_that_waits_and_tells_nothing_else_is_not_sent_when_its_event_is_told_elsewhere(
    archive: Archive, kind: PostKind
) -> None:
    first = an_event_with_card(archive, "first")
    attempted(archive)
    (second,) = a_list(archive, kind, "second")

    merged(archive, first, second)

    assert dict(outbox_states(archive))["list"] is PostState.DROPPED
    assert sent_texts(archive, NOW + DAY) == []


def test_an_event_whose_place_on_a_list_waits_takes_over_a_card_on_show_and_leaves_the_list(
    archive: Archive,
) -> None:
    first, other = a_list(archive, PostKind.DIGEST, "first", "other", due_at=NOW + HOUR)
    second = an_event_with_card(archive, "second")
    attempted(archive)

    merged(archive, first, second)

    assert text_shown(archive, first) == "second"
    assert post_of(archive, second) == post_of(archive, other)  # so that it can be taken off that
    there = shown(archive, other)
    assert there is not None
    assert [event.id for event in there.events if event.members] == [other]


def test_of_two_events_on_one_list_it_tells_the_one_that_stays(archive: Archive) -> None:
    first, second = a_list(archive, PostKind.ROUNDUP, "first", "second")

    merged(archive, first, second)

    there = shown(archive, first)
    assert there is not None
    assert [event.id for event in there.events if event.members] == [first]
    assert dict(outbox_states(archive)) == {"list": PostState.PENDING}


# ------------------------------------------------------------------------------------------- planning


def test_a_post_comes_back_as_it_was_planned(archive: Archive) -> None:
    _, event = judged(archive)
    post = a_post(
        event=event.id, message=a_message("card", spans=(Span(style=Style.ITALIC, offset=0, length=1),))
    )

    planned(archive, post)

    (stored,) = run(archive.outbox(PostState.PENDING))
    assert replace(stored, id=post.id) == replace(post, planned_at=NOW)
    assert stored.id > 0
    assert run(archive.next_post("main", now=NOW)) == stored


def test_an_edit_of_a_card_that_still_waits_changes_the_card(archive: Archive) -> None:
    event = an_event_with_card(archive)

    planned(archive, an_edit(event, "better"))

    assert outbox_states(archive) == [("better", PostState.PENDING)]
    assert told(archive, event) == a_message("better")
    assert sent_texts(archive) == ["better"]


def test_an_edit_of_a_card_the_channel_was_too_busy_for_changes_the_card(archive: Archive) -> None:
    event = an_event_with_card(archive)
    attempted(archive, Settlement(state=PostState.PENDING, due_at=NOW + MINUTE))

    planned(archive, an_edit(event, "better"))

    assert sent_texts(archive, NOW + MINUTE) == ["better"]


def test_of_several_waiting_edits_only_the_last_goes_out_and_keeps_the_place_of_the_first(
    archive: Archive,
) -> None:
    one, two = an_event_with_card(archive, "card one"), an_event_with_card(archive, "card two")
    sent_texts(archive)

    planned(archive, an_edit(one, "old"), an_edit(two, "of the other"), an_edit(one, "last"))

    assert sent_texts(archive) == ["last", "of the other"]


def test_an_edit_of_a_card_in_flight_waits_for_it(archive: Archive) -> None:
    event = an_event_with_card(archive)
    card = run(archive.next_post("main", now=NOW))
    assert card is not None
    run(archive.sending(card, at=NOW))

    planned(archive, an_edit(event))

    assert next_text(archive) is None
    run(archive.settle(card, SENT, at=NOW))
    assert sent_texts(archive) == ["edited"]


def test_the_last_text_wins_when_a_card_in_flight_comes_back(archive: Archive) -> None:
    event = an_event_with_card(archive)
    card = run(archive.next_post("main", now=NOW))
    assert card is not None
    run(archive.sending(card, at=NOW))
    planned(archive, an_edit(event, "second text"))
    run(archive.settle(card, Settlement(state=PostState.PENDING), at=NOW))

    planned(archive, an_edit(event, "third text"))

    assert sent_texts(archive)[-1] == "third text"


@pytest.mark.parametrize("state", [PostState.PENDING, PostState.UNCERTAIN])
def test_an_edit_that_comes_back_is_dropped_if_a_later_one_waits(archive: Archive, state: PostState) -> None:
    event = an_event_with_card(archive)
    sent_texts(archive)
    planned(archive, an_edit(event, "early"))
    early = run(archive.next_post("main", now=NOW))
    assert early is not None
    run(archive.sending(early, at=NOW))
    planned(archive, an_edit(event, "late"))

    run(archive.settle(early, Settlement(state=state, due_at=NOW + MINUTE), at=NOW))

    (dropped,) = run(archive.outbox(PostState.DROPPED))
    assert (dropped.message.text, dropped.reason) == ("early", "overtaken by a later edit")
    assert sent_texts(archive, NOW + HOUR) == ["late"]


def test_an_edit_whose_answer_was_lost_gives_way_to_the_next(archive: Archive) -> None:
    event = an_event_with_card(archive)
    sent_texts(archive)
    planned(archive, an_edit(event, "lost"))
    attempted(archive, LOST)

    planned(archive, an_edit(event, "next"))

    assert outbox_states(archive) == [("card", PostState.SENT), ("next", PostState.PENDING)]
    assert sent_texts(archive) == ["next"]


@pytest.mark.parametrize("state", [PostState.REFUSED, PostState.DROPPED])
def test_edits_of_a_card_that_was_never_shown_are_not_kept(archive: Archive, state: PostState) -> None:
    event = an_event_with_card(archive)
    attempted(archive, Settlement(state=state, reason="too long"))

    planned(archive, an_edit(event))

    assert outbox_states(archive) == [("card", state)]


def test_an_edit_of_what_has_no_card_is_refused_in_words(archive: Archive) -> None:
    _, event = judged(archive)
    recorded(archive, lambda record: record.hush("main", event.id))

    with pytest.raises(StorywireError, match=f"event {event.id} has no card in channel main"):
        planned(archive, an_edit(event.id))

    assert run(archive.outbox(*PostState)) == []


# ----------------------------------------------------------------------------------------- delivering


def test_cards_and_replies_go_in_order_and_edits_after_them(archive: Archive) -> None:
    shown_already = an_event_with_card(archive, "shown")
    attempted(archive)
    planned(archive, an_edit(shown_already, "edit"))
    first = an_event_with_card(archive, "first card")
    planned(archive, a_reply(first, "reply"))
    an_event_with_card(archive, "second card")

    assert sent_texts(archive) == ["first card", "reply", "second card", "edit"]


def test_a_channel_gets_only_its_own_posts(archive: Archive) -> None:
    an_event_with_card(archive, "main card")
    an_event_with_card(archive, "other card", channel="other")

    assert next_text(archive, channel="other") == "other card"
    assert next_text(archive, channel="third") is None


def test_one_post_of_a_channel_is_in_flight_at_a_time(archive: Archive) -> None:
    an_event_with_card(archive, "first")
    an_event_with_card(archive, "second")
    post = run(archive.next_post("main", now=NOW))
    assert post is not None

    run(archive.sending(post, at=NOW))

    assert next_text(archive) is None
    assert run(archive.next_due("main")) is None
    assert [each.message.text for each in run(archive.interrupted())] == ["first"]


def test_an_attempt_is_counted_and_its_answer_kept(archive: Archive) -> None:
    an_event_with_card(archive)
    waits = Settlement(state=PostState.PENDING, reason="busy", due_at=NOW + MINUTE)
    post = attempted(archive, waits)

    (waiting,) = run(archive.outbox(PostState.PENDING))
    assert (post.attempts, waiting.attempts, waiting.reason, waiting.due_at) == (0, 1, "busy", NOW + MINUTE)

    attempted(archive, now=NOW + MINUTE)
    (sent,) = run(archive.outbox(PostState.SENT))
    assert (sent.attempts, sent.reason, sent.due_at, sent.message_id) == (2, None, None, 700)
    assert run(archive.interrupted()) == []


def test_edits_and_replies_carry_the_number_of_their_card(archive: Archive) -> None:
    event = an_event_with_card(archive)
    attempted(archive, Settlement(state=PostState.SENT, message_id=-100_123_456_789))
    planned(archive, a_reply(event), an_edit(event))

    assert [post.target for post in run(archive.outbox(PostState.PENDING))] == [-100_123_456_789] * 2
    assert [attempted(archive).target for _ in range(2)] == [-100_123_456_789] * 2


def test_a_card_that_must_wait_holds_up_cards_and_replies_but_not_edits(archive: Archive) -> None:
    shown_already = an_event_with_card(archive, "shown")
    attempted(archive)
    event = an_event_with_card(archive, "first")
    planned(archive, a_reply(event), an_edit(shown_already, "edit"))
    an_event_with_card(archive, "second")
    attempted(archive, Settlement(state=PostState.PENDING, due_at=NOW + MINUTE))

    assert sent_texts(archive) == ["edit"]
    assert run(archive.next_due("main")) == NOW + MINUTE
    assert sent_texts(archive, NOW + MINUTE) == ["first", "reply", "second"]


@pytest.mark.parametrize("settlement", GIVEN_UP.values(), ids=GIVEN_UP)
def test_what_was_given_up_holds_up_nothing(archive: Archive, settlement: Settlement) -> None:
    event = an_event_with_card(archive, "first")
    planned(archive, a_reply(event))
    an_event_with_card(archive, "second")
    attempted(archive, settlement)

    reply = attempted(archive)

    assert (reply.message.text, reply.target) == ("reply", None)
    assert sent_texts(archive) == ["second"]


@pytest.mark.parametrize("settlement", GIVEN_UP.values(), ids=GIVEN_UP)
def test_edits_that_waited_for_a_card_are_dropped_with_it(archive: Archive, settlement: Settlement) -> None:
    event = an_event_with_card(archive)
    card = run(archive.next_post("main", now=NOW))
    assert card is not None
    run(archive.sending(card, at=NOW))
    planned(archive, an_edit(event))

    run(archive.settle(card, settlement, at=NOW))

    (edit,) = [post for post in run(archive.outbox(*PostState)) if post.kind is PostKind.EDIT]
    assert (edit.state, edit.reason) == (PostState.DROPPED, "its card was never shown")
    assert next_text(archive) is None


def test_an_edit_of_a_card_whose_answer_was_lost_is_kept_as_dropped(archive: Archive) -> None:
    event = an_event_with_card(archive)
    attempted(archive, LOST)

    planned(archive, an_edit(event))

    assert outbox_states(archive) == [("card", PostState.UNCERTAIN), ("edited", PostState.DROPPED)]
    assert told(archive, event) == a_message("edited")


def test_a_post_whose_answer_was_lost_goes_again_only_when_it_was_given_a_time(archive: Archive) -> None:
    an_event_with_card(archive, "first")
    an_event_with_card(archive, "second")
    attempted(archive, replace(LOST, due_at=NOW + MINUTE))

    assert next_text(archive) is None, "the resend keeps its place"
    assert run(archive.next_due("main")) == NOW + MINUTE
    assert sent_texts(archive, NOW + MINUTE) == ["first", "second"]


def test_an_edit_whose_answer_was_lost_goes_again_at_its_time(archive: Archive) -> None:
    event = an_event_with_card(archive)
    attempted(archive)
    planned(archive, an_edit(event))
    attempted(archive, replace(LOST, due_at=NOW + MINUTE))

    assert next_text(archive) is None
    assert run(archive.next_due("main")) == NOW + MINUTE
    assert sent_texts(archive, NOW + MINUTE) == ["edited"]


def test_an_edit_waits_for_the_resend_of_its_card(archive: Archive) -> None:
    event = an_event_with_card(archive)
    attempted(archive, replace(LOST, due_at=NOW + MINUTE))
    planned(archive, an_edit(event))

    assert next_text(archive) is None
    assert sent_texts(archive, NOW + MINUTE) == ["card", "edited"]


def test_a_resting_channel_gets_nothing_even_after_a_restart(archive_factory: ArchiveFactory) -> None:
    rest = Settlement(state=PostState.PENDING, channel_rests_until=NOW + HOUR)

    async def fill() -> None:
        archive = await archive_factory()
        match = a_match()

        def work(record: Record) -> None:
            event = record.verdict(record.articles([match.article])[0], match, New(), keys=[], quiet=None)
            record.posts([a_post("card", event=event.id)], at=NOW)

        await archive.record(work)
        post = await archive.next_post("main", now=NOW)
        assert post is not None
        await archive.sending(post, at=NOW)
        await archive.settle(post, rest, at=NOW)
        await archive.close()

    async def look() -> tuple[bool, datetime | None, bool]:
        archive = await archive_factory()
        early = await archive.next_post("main", now=NOW + HOUR - MINUTE)
        late = await archive.next_post("main", now=NOW + HOUR)
        return early is None, await archive.next_due("main"), late is not None

    run(fill())

    assert run(look()) == (True, NOW + HOUR, True)


def test_a_shorter_rest_does_not_cut_a_longer_one_short(archive: Archive) -> None:
    event = an_event_with_card(archive)
    planned(archive, a_reply(event))
    card = run(archive.next_post("main", now=NOW))
    assert card is not None
    for rest in (HOUR, MINUTE):
        run(archive.settle(card, replace(SENT, channel_rests_until=NOW + rest), at=NOW))

    assert run(archive.next_due("main")) == NOW + HOUR
    assert next_text(archive, NOW + MINUTE) is None


def test_a_post_that_may_go_at_once_is_due_in_the_past(archive: Archive) -> None:
    assert run(archive.next_due("main")) is None

    an_event_with_card(archive)

    due = run(archive.next_due("main"))
    assert due is not None
    assert due < NOW


def test_edits_that_wait_for_their_card_are_not_due(archive: Archive) -> None:
    event = an_event_with_card(archive)
    attempted(archive, replace(LOST, due_at=NOW + HOUR))
    planned(archive, an_edit(event))

    assert run(archive.next_due("main")) == NOW + HOUR


def test_every_attempt_is_remembered_with_its_time_across_a_restart(archive: Archive) -> None:
    an_event_with_card(archive)
    an_event_with_card(archive, "elsewhere", channel="other")
    attempted(archive, channel="other")
    busy = Settlement(state=PostState.PENDING)
    for minutes in range(3):
        attempted(archive, busy, NOW + minutes * MINUTE)

    assert run(archive.sent_since("main", NOW + MINUTE)) == [NOW + MINUTE, NOW + 2 * MINUTE]
    assert run(archive.sent_since("other", NOW)) == [NOW]


def test_digests_are_listed_in_the_order_in_which_they_were_sent_whatever_the_clock_showed(
    archive: Archive,
) -> None:
    for place, days in enumerate((30, 0, 1)):
        event = an_event_with_card(archive, f"card {place}")
        planned(archive, a_post(f"digest {place}", kind=PostKind.DIGEST, event=event))
        attempted(archive, now=NOW + timedelta(days=days))

    sent = recorded(archive, lambda record: record.digests_sent("main", since=NOW))

    assert sent == [NOW + timedelta(days=days) for days in (30, 0, 1)]


def test_what_is_shown_counts_from_its_answer_on_but_a_digest_from_its_hour_on(archive: Archive) -> None:
    an_event_with_card(archive)
    planned(archive, a_post("the day", kind=PostKind.DIGEST, event=an_event_with_card(archive, "other")))
    for minutes in (0, 10):
        post = run(archive.next_post("main", now=NOW))
        assert post is not None
        handed = run(archive.sending(post, at=NOW + minutes * MINUTE))
        assert handed is not None
        run(archive.settle(handed, SENT, at=NOW + (minutes + 1) * MINUTE))

    assert recorded(archive, lambda record: record.digests_sent("main", since=NOW)) == [NOW]
    assert run(archive.sent_since("main", NOW)) == [NOW, NOW + 11 * MINUTE]


def test_an_attempt_that_is_noted_twice_counts_once(archive: Archive) -> None:
    an_event_with_card(archive)
    post = run(archive.next_post("main", now=NOW))
    assert post is not None

    run(archive.sending(post, at=NOW))
    run(archive.sending(post, at=NOW))

    assert run(archive.sent_since("main", NOW)) == [NOW]
    assert [each.attempts for each in run(archive.interrupted())] == [1]


def test_a_post_is_handed_over_as_it_stands_by_then(archive: Archive) -> None:
    event = an_event_with_card(archive)
    post = run(archive.next_post("main", now=NOW))
    assert post is not None
    planned(archive, an_edit(event, "better"))

    handed = run(archive.sending(post, at=NOW))

    assert handed == replace(post, message=a_message("better"), state=PostState.SENDING, attempts=1)
    assert run(archive.interrupted()) == [handed]


NOT_WAITING = {"sent": SENT, "refused": REFUSED, "lost for good": LOST}


@pytest.mark.parametrize("settlement", NOT_WAITING.values(), ids=NOT_WAITING)
def test_a_post_that_waits_no_more_is_not_handed_over(archive: Archive, settlement: Settlement) -> None:
    an_event_with_card(archive)
    attempted(archive, settlement)
    before = run(archive.outbox(*PostState))

    assert run(archive.sending(before[0], at=NOW + MINUTE)) is None
    assert run(archive.outbox(*PostState)) == before
    assert run(archive.sent_since("main", NOW)) == [NOW]


def test_the_outbox_lists_the_states_asked_for_oldest_first(archive: Archive) -> None:
    for text in ("first", "second", "third"):
        an_event_with_card(archive, text)
    attempted(archive)
    attempted(archive, REFUSED)

    listed = run(archive.outbox(PostState.PENDING, PostState.SENT))

    assert [post.message.text for post in listed] == ["first", "third"]
    assert run(archive.outbox()) == []


# ---------------------------------------------------------------------------------------------- feeds

TWO_FEEDS = [a_feed("https://one.example/"), a_feed("https://two.example/")]


def claimed(archive: Archive, now: datetime = NOW, lease: timedelta = MINUTE, limit: int = 10) -> list[Feed]:
    """Claim what is due, and return it as it was stored."""
    return [replace(feed, lease=None) for feed in run(archive.claim(now=now, lease=lease, limit=limit))]


def test_a_declared_feed_is_due_at_once_and_only_once(archive: Archive) -> None:
    feed = a_feed(language="en", every=timedelta(seconds=90))
    run(archive.declare([feed]))

    assert claimed(archive) == [feed]
    assert claimed(archive) == []


def test_feeds_are_claimed_longest_overdue_first_within_the_limit(archive: Archive) -> None:
    feeds = [a_feed(f"https://{number}.example/") for number in range(4)]
    run(archive.declare(feeds))
    for feed, hours in zip(feeds[:3], (1, 3, 2), strict=True):
        run(archive.polled(Poll(feed=feed, at=NOW, next_at=NOW + hours * HOUR, failure=None)))

    later = NOW + 4 * HOUR
    assert claimed(archive, later, limit=2) == [feeds[3], feeds[0]]
    assert claimed(archive, later, limit=2) == [feeds[2], feeds[1]]


CLAIMS = {
    "not before its time": (NOW + HOUR, NOW + HOUR - MINUTE, False),
    "at its time": (NOW + HOUR, NOW + HOUR, True),
    "a day ahead is a time to wait for": (NOW + 24 * HOUR, NOW, False),
    "a time far ahead was written by a clock that jumped": (NOW + 26 * HOUR, NOW, True),
}


@pytest.mark.parametrize(("next_at", "now", "due"), CLAIMS.values(), ids=CLAIMS)
def test_a_feed_is_due(archive: Archive, next_at: datetime, now: datetime, *, due: bool) -> None:
    run(archive.declare([a_feed()]))
    run(archive.polled(Poll(feed=a_feed(), at=NOW, next_at=next_at, failure=None)))

    assert bool(claimed(archive, now)) is due


SET_BACK = {
    "by minutes, as clocks of two machines may differ": (timedelta(minutes=4), None, False),
    "by an hour": (HOUR, None, True),
    "by a day": (24 * HOUR, None, True),
    "by an hour, while the server wants to be left alone": (HOUR, NOW + HOUR, False),
}


@pytest.mark.parametrize(("step", "asked", "due"), SET_BACK.values(), ids=SET_BACK)
def test_a_feed_is_due_after_the_clock_was_set_back(
    archive: Archive, step: timedelta, asked: datetime | None, *, due: bool
) -> None:
    run(archive.declare([a_feed()]))
    polled = a_feed(asked_until=asked)
    run(archive.polled(Poll(feed=polled, at=NOW, next_at=NOW + 10 * MINUTE, failure=None)))

    assert bool(claimed(archive, NOW - step)) is due


LEASES = {
    "a lease keeps others away": (MINUTE, NOW, False),
    "a lease ends": (MINUTE, NOW + MINUTE, True),
    "a lease far ahead was written by a clock that jumped": (26 * HOUR, NOW, True),
}


@pytest.mark.parametrize(("lease", "now", "free"), LEASES.values(), ids=LEASES)
def test_a_lease(archive: Archive, lease: timedelta, now: datetime, *, free: bool) -> None:
    run(archive.declare([a_feed()]))
    assert claimed(archive, lease=lease) == [a_feed()]

    assert bool(claimed(archive, now)) is free


AFTER_A_POLL = replace(
    a_feed(),
    moved_to="https://new.example/feed",
    move=Move(to="https://newer.example/feed", since=NOW - DAY, answers=2),
    validators=Validators(
        etag='W/"ü"', last_modified="Thu, 15 Jan 2026 12:00:00 GMT", url="https://new.example/feed.xml"
    ),
    digest="d41d8c",
    parts=b"\x00\xff parts",
    rhythm=Rhythm(every=HOUR, quiet_hours=frozenset({0, 23}), quiet_days=frozenset({6})),
    pace=timedelta(minutes=7, microseconds=1),
    news_at=NOW - MINUTE,
    failures=3,
    failing_since=NOW - 2 * HOUR,
    asked_until=NOW + MINUTE,
    took=timedelta(seconds=2.5),
    server=Server(failures=2),
    recorded_at=NOW - DAY,
    unconditional_at=NOW - HOUR,
)


def test_a_poll_that_recorded_nothing_leaves_its_state_and_ends_the_lease(archive: Archive) -> None:
    run(archive.declare([a_feed()]))
    (leased,) = run(archive.claim(now=NOW, lease=DAY, limit=1))

    run(
        archive.polled(
            Poll(
                feed=replace(AFTER_A_POLL, lease=leased.lease), at=NOW, next_at=NOW + HOUR, failure="HTTP 500"
            )
        )
    )

    (health,) = run(archive.feeds())
    assert health.feed == AFTER_A_POLL
    assert (health.polled_at, health.next_at, health.failure) == (NOW, NOW + HOUR, "HTTP 500")
    assert claimed(archive, NOW + HOUR) == [AFTER_A_POLL]


def test_a_poll_that_recorded_makes_the_feed_known_together_with_its_articles(archive: Archive) -> None:
    run(archive.declare([a_feed()]))
    run(archive.polled(Poll(feed=replace(a_feed(), failures=1), at=NOW, next_at=NOW, failure="HTTP 500")))

    def work(record: Record) -> None:
        record.articles([an_article()])[0]
        record.polled(
            Poll(feed=replace(a_feed(), digest="d41d8c", recorded_at=NOW), at=NOW, next_at=NOW + HOUR)
        )

    recorded(archive, work)

    (health,) = run(archive.feeds())
    assert health.feed == replace(a_feed(), digest="d41d8c", recorded_at=NOW)
    assert not health.feed.is_new
    assert (health.failure, health.articles) == (None, 1)


def test_a_feed_nobody_declared_can_be_recorded_without_becoming_one(archive: Archive) -> None:
    def work(record: Record) -> None:
        record.articles([an_article()])[0]
        record.polled(Poll(feed=a_feed(), at=NOW, next_at=NOW))

    recorded(archive, work)

    assert run(archive.feeds()) == []
    assert run(archive.articles(an_article().link)) == [an_article()]


def test_declaring_again_changes_what_the_operator_says_and_keeps_what_is_known(archive: Archive) -> None:
    run(archive.declare([a_feed()]))
    run(archive.polled(Poll(feed=AFTER_A_POLL, at=NOW, next_at=NOW + HOUR, failure="HTTP 500")))

    run(archive.declare([a_feed(name="Renamed", every=HOUR, language="cs")]))

    (health,) = run(archive.feeds())
    assert health.feed == replace(AFTER_A_POLL, name="Renamed", every=HOUR, language="cs")
    assert (health.next_at, health.failure) == (NOW + HOUR, "HTTP 500")


def test_a_poll_under_way_does_not_undo_what_was_declared_meanwhile(archive: Archive) -> None:
    run(archive.declare([a_feed()]))
    (feed,) = run(archive.claim(now=NOW, lease=MINUTE, limit=1))
    run(archive.declare([a_feed(name="Renamed")]))

    run(archive.polled(Poll(feed=feed, at=NOW, next_at=NOW + HOUR, failure=None)))

    assert [health.feed.name for health in run(archive.feeds())] == ["Renamed"]


def test_a_feed_no_longer_declared_rests_and_is_not_new_when_it_comes_back(archive: Archive) -> None:
    run(archive.declare(TWO_FEEDS))
    run(archive.polled(Poll(feed=replace(TWO_FEEDS[0], recorded_at=NOW), at=NOW, next_at=NOW, failure=None)))

    run(archive.declare(TWO_FEEDS[1:]))
    assert [health.feed for health in run(archive.feeds())] == TWO_FEEDS[1:]
    assert claimed(archive) == TWO_FEEDS[1:]

    run(archive.declare(TWO_FEEDS))
    assert [health.feed.is_new for health in run(archive.feeds())] == [False, True]


def polled(
    archive: Archive,
    feed: Feed,
    next_at: datetime = NOW,
    failure: str | None = None,
    at: datetime = NOW,
) -> None:
    run(archive.polled(Poll(feed=feed, at=at, next_at=next_at, failure=failure)))


@pytest.mark.parametrize("later", [Server(), Server(failures=1)], ids=["answers", "fails too"])
def test_the_rest_of_a_host_stands_whatever_comes_of_its_polls_under_way(
    archive: Archive, later: Server
) -> None:
    feeds = [a_feed(f"https://a.example/{number}") for number in range(3)]
    run(archive.declare(feeds))
    first, second = run(archive.claim(now=NOW, lease=HOUR, limit=2))
    polled(archive, replace(first, server=Server(failures=1, rests_until=NOW + HOUR)))
    polled(archive, replace(second, server=later), at=NOW + MINUTE)

    assert claimed(archive, NOW + 2 * MINUTE) == []
    assert claimed(archive, NOW + HOUR), "and then it is over"


def test_a_feed_that_was_paused_and_removed_is_polled_again_when_it_is_added(archive: Archive) -> None:
    run(archive.add(a_feed()))
    polled(archive, replace(a_feed(), paused="gone", failures=2, failing_since=NOW), failure="410 Gone")
    run(archive.remove(a_feed().url))

    assert run(archive.add(a_feed()))
    assert claimed(archive) == [a_feed()]


def test_a_poll_whose_lease_ran_out_changes_nothing_that_another_process_found(archive: Archive) -> None:
    run(archive.declare([a_feed()]))
    (slow,) = run(archive.claim(now=NOW, lease=MINUTE, limit=1))
    (quick,) = run(archive.claim(now=NOW + HOUR, lease=MINUTE, limit=1))

    polled(archive, replace(slow, digest="slow"))
    assert claimed(archive, NOW + HOUR) == [], "the other's lease stands"
    polled(archive, replace(quick, digest="quick"))
    polled(archive, replace(slow, digest="slow", lease=None))

    assert run(archive.feeds())[0].feed.digest == "slow", "without a lease it is the only one"


def test_no_host_is_asked_for_more_than_two_feeds_at_a_time(archive: Archive) -> None:
    feeds = [a_feed(f"https://{host}.example/{number}") for number in range(4) for host in ("a", "b", "c")]
    run(archive.declare(feeds))

    first = run(archive.claim(now=NOW, lease=HOUR, limit=20, busy={"a.example": 2, "b.example": 1}))
    second = run(archive.claim(now=NOW, lease=HOUR, limit=20))

    assert Counter(feed.host for feed in first) == {"b.example": 1, "c.example": 2}
    assert Counter(feed.host for feed in second) == {"a.example": 2, "b.example": 2, "c.example": 2}


def test_the_limit_is_filled_from_other_hosts(archive: Archive) -> None:
    crowd = [a_feed(f"https://crowd.example/{number}") for number in range(50)]
    others = [a_feed(f"https://{number}.example/") for number in range(5)]
    run(archive.declare([*crowd, *others]))

    assert {feed.host for feed in claimed(archive, limit=6)} == {
        "crowd.example",
        *(f"{number}.example" for number in range(4)),
    }


def test_a_host_that_rests_is_left_alone_with_all_its_feeds(archive: Archive) -> None:
    feeds = [a_feed("https://a.example/1"), a_feed("https://a.example/2"), a_feed("https://b.example/1")]
    run(archive.declare(feeds))
    polled(archive, replace(feeds[0], server=Server(failures=3, rests_until=NOW + HOUR)))

    assert [feed.url for feed in claimed(archive)] == ["https://b.example/1"]
    after = run(archive.claim(now=NOW + HOUR, lease=HOUR, limit=9))
    assert {feed.url: feed.server.failures for feed in after if feed.host == "a.example"} == {
        "https://a.example/1": 3,
        "https://a.example/2": 3,
    }

    polled(archive, replace(after[0], server=Server()), at=NOW + HOUR)
    assert [health.feed.server for health in run(archive.feeds())] == [Server()] * 3


def test_what_was_our_own_fault_is_charged_to_nobody(archive: Archive) -> None:
    before, ours, asked = (a_feed(f"https://{name}.example/") for name in ("before", "ours", "asked"))
    run(archive.declare([before, ours, asked]))
    for feed, since in ((before, NOW - HOUR), (ours, NOW), (asked, NOW)):
        until = NOW + 3 * HOUR if feed is asked else None
        failed = replace(feed, failures=2, failing_since=since, asked_until=until, server=Server(failures=1))
        polled(archive, failed, next_at=NOW + 2 * HOUR, failure="no answer")

    run(archive.forgive(since=NOW, next_at=NOW + MINUTE))

    state = {
        health.feed.url: (health.feed.failures, health.feed.server.failures, health.next_at)
        for health in run(archive.feeds())
    }
    assert state == {
        before.url: (2, 1, NOW + 2 * HOUR),
        ours.url: (0, 0, NOW + MINUTE),
        asked.url: (0, 0, NOW + 2 * HOUR),
    }


def test_a_feed_can_be_added_and_removed_beside_the_declared_ones(archive: Archive) -> None:
    declared, added = a_feed("https://declared.example/"), a_feed("https://added.example/", name="Added")
    run(archive.declare([declared]))

    assert run(archive.add(added))
    assert not run(archive.add(added)), "it is polled already"
    assert not run(archive.add(declared)), "so is this"
    run(archive.declare([declared]))
    assert [(health.feed.name, health.added) for health in run(archive.feeds())] == [
        ("Wire", False),
        ("Added", True),
    ]
    assert len(claimed(archive)) == 2

    assert not run(archive.remove(declared.url)), "the configuration declares it"
    assert run(archive.remove(added.url))
    assert not run(archive.remove(added.url))
    assert [health.feed for health in run(archive.feeds())] == [declared]


def test_an_added_feed_that_is_declared_later_is_the_configurations(archive: Archive) -> None:
    run(archive.add(a_feed()))
    run(archive.declare([a_feed()]))

    assert [health.added for health in run(archive.feeds())] == [False]


def test_a_paused_feed_waits_until_it_is_resumed(archive: Archive) -> None:
    run(archive.declare([a_feed()]))
    polled(archive, replace(a_feed(), failures=2, failing_since=NOW), next_at=NOW + HOUR)

    assert run(archive.pause(a_feed().url, "on holiday"))
    assert not run(archive.pause("https://unknown.example/", "on holiday"))
    assert claimed(archive, NOW + DAY) == []
    assert run(archive.feeds())[0].feed.paused == "on holiday"
    polled(archive, a_feed(), next_at=NOW + HOUR)
    assert claimed(archive, NOW + DAY) == [], "a poll that was under way does not resume it"

    assert run(archive.pause(a_feed().url, None))
    assert claimed(archive) == [a_feed()], "it is due at once, and begins anew"


def test_a_resumed_feed_still_waits_as_its_server_asked(archive: Archive) -> None:
    run(archive.declare([a_feed()]))
    polled(archive, replace(a_feed(), asked_until=NOW + HOUR), next_at=NOW + HOUR)
    run(archive.pause(a_feed().url, "on holiday"))
    run(archive.pause(a_feed().url, None))

    assert claimed(archive) == []
    assert len(claimed(archive, NOW + HOUR)) == 1


def test_a_poll_can_pause_its_feed(archive: Archive) -> None:
    run(archive.declare([a_feed()]))
    polled(archive, replace(a_feed(), paused="gone"), failure="410 Gone")

    assert run(archive.feeds())[0].feed.paused == "gone"
    assert claimed(archive) == []


def test_what_a_feed_listed_before_is_found_by_key_address_and_text(archive: Archive) -> None:
    mine = [an_article("Dam breaks"), an_article("Dam holds"), an_article("", summary="no title")]
    another = an_article("Dam breaks", feed_url="https://other.example/", key="other")

    def work(record: Record) -> None:
        for article in (*mine, another):
            record.articles([article])[0]

    recorded(archive, work)
    breaks, holds, untitled = mine
    asked = {
        "its key": replace(breaks, address="", title="x", fingerprint="x"),
        "its address": replace(holds, key="x", title="x", fingerprint="x"),
        "its text": replace(breaks, key="x", address="x"),
        "no text to go by": replace(untitled, key="x", address=""),
        "nothing": an_article("Something else"),
    }

    def listed(record: Record) -> dict[str, list[str]]:
        return {name: [old.title for old in record.listed([article])] for name, article in asked.items()}

    assert recorded(archive, listed) == {
        "its key": ["Dam breaks"],
        "its address": ["Dam holds"],
        "its text": ["Dam breaks"],
        "no text to go by": [],
        "nothing": [],
    }
    assert recorded(archive, lambda record: record.listed([])) == []


def test_feeds_are_listed_as_they_are_declared(archive: Archive) -> None:
    run(archive.declare(TWO_FEEDS))
    run(archive.declare(TWO_FEEDS[::-1]))

    assert [health.feed for health in run(archive.feeds())] == TWO_FEEDS[::-1]


# --------------------------------------------------------------------------------- alarms and progress


def test_an_alarm_stands_until_it_is_cleared_and_says_whether_that_changed_anything(archive: Archive) -> None:
    later = NOW + HOUR

    assert run(archive.alarm("feed", "no answer", at=NOW))
    assert not run(archive.alarm("feed", "no answer", at=later)), "it stands already"
    assert run(archive.alarm("feed", "answers nonsense", at=later)), "it says something else"
    assert run(archive.alarm("channel", "closed", at=later))
    assert run(archive.alarms()) == [("feed", "answers nonsense", NOW), ("channel", "closed", later)]
    assert run(archive.alarm("feed", None, at=later))
    assert not run(archive.alarm("feed", None, at=later)), "it was cleared already"
    assert run(archive.alarms()) == [("channel", "closed", later)]


def test_the_last_beat_of_each_job_is_kept(archive: Archive) -> None:
    run(archive.beat("tick", at=NOW))
    run(archive.beat("poll", at=NOW))
    run(archive.beat("tick", at=NOW + MINUTE))

    assert run(archive.beats()) == {"tick": NOW + MINUTE, "poll": NOW}


def test_a_refused_edit_of_a_list_can_be_sent_as_a_list_of_its_own(archive: Archive) -> None:
    first, second = (judged(archive, an_article(title))[1].id for title in ("first", "second"))
    planned(archive, a_post("roundup", event=first, kind=PostKind.ROUNDUP))
    attempted(archive)
    (listed,) = run(archive.outbox(PostState.SENT))
    planned(archive, a_post("both", event=second, kind=PostKind.EDIT, joins=listed.id))
    edit = attempted(archive, REFUSED)
    assert edit.lists

    recorded(archive, lambda record: record.decide(edit.id, PostState.PENDING, "sent again"))

    assert (told(archive, first), told(archive, second)) == (a_message("both"), a_message("both"))
    assert attempted(archive).kind is PostKind.ROUNDUP
    planned(archive, an_edit(first, "more"))
    assert attempted(archive).card == edit.id


# --------------------------------------------------------------------------- choices and who made them


def chosen(archive: Archive, name: str, value: Mapping[str, Any] | None, at: datetime = NOW) -> Any:
    return recorded(archive, lambda record: record.choose("story", name, value, at=at))


def a_deed(said: str = "/sub dams", **changes: Any) -> Deed:
    deed = Deed(at=NOW, person=700, chat=-100, said=said, outcome="done")
    return replace(deed, **changes)


def test_a_choice_is_kept_as_it_was_made_and_what_stood_before_is_told(archive: Archive) -> None:
    table = {"also": ["drill*", '"joint patrol"'], "per_hour": 6, "pictures": True, "max_age": "2h"}

    first = chosen(archive, "dams", table)
    second = chosen(archive, "dams", {"also": ["洪水"]}, NOW + HOUR)

    assert (first, second) == (None, table)
    assert run(archive.choices()) == [
        Choice(kind="story", name="dams", value={"also": ["洪水"]}, at=NOW + HOUR)
    ]
    assert recorded(archive, lambda record: record.choices()) == run(archive.choices())


def test_a_choice_that_is_taken_back_is_gone(archive: Archive) -> None:
    chosen(archive, "dams", {"fold": "event"})

    assert chosen(archive, "dams", None) == {"fold": "event"}
    assert chosen(archive, "dams", None) is None
    assert run(archive.choices()) == []


def test_choices_come_in_the_order_in_which_they_were_made_last(archive: Archive) -> None:
    for place, name in enumerate(("dams", "rivers", "dams")):
        chosen(archive, name, {"fold": "event"}, NOW + place * MINUTE)
    recorded(archive, lambda record: record.choose("section", "dams", {}, at=NOW + MINUTE))

    assert [(choice.kind, choice.name) for choice in run(archive.choices())] == [
        ("section", "dams"),
        ("story", "rivers"),
        ("story", "dams"),
    ]


def test_a_choice_of_a_transaction_that_fails_is_not_kept(archive: Archive) -> None:
    def work(record: Record) -> None:
        record.choose("story", "dams", {"fold": "event"}, at=NOW)
        record.note(a_deed())
        raise StorywireError("no")

    with pytest.raises(StorywireError):
        recorded(archive, work)
    assert run(archive.choices()) == []
    assert run(archive.deeds(9)) == []


def test_deeds_are_kept_whole_and_listed_from_the_latest_on(archive: Archive) -> None:
    before = (
        Change(kind="story", name="dams", value={"also": ["дамба"]}),
        Change(kind="section", name="poll", value=None),
    )
    deeds = [
        a_deed("/sub dams", undo=before),
        a_deed("storywire undo", person=None, chat=None),
        a_deed("/unsub dams", person=701),
    ]

    numbers = [recorded(archive, lambda record, deed=deed: record.note(deed)) for deed in deeds]  # type: ignore[misc]

    kept = [replace(deed, number=number) for deed, number in zip(deeds, numbers, strict=True)]
    assert numbers == sorted(numbers)
    assert run(archive.deeds(9)) == kept[::-1]
    assert run(archive.deeds(2)) == kept[:0:-1]
    assert run(archive.deeds(9, person=701)) == kept[2:]
    assert recorded(archive, lambda record: record.deeds(since=numbers[1])) == kept[1:]


def test_of_a_command_only_its_beginning_is_kept(archive: Archive) -> None:
    recorded(archive, lambda record: record.note(a_deed("x" * 2_000)))

    assert [len(deed.said) for deed in run(archive.deeds(1))] == [LONGEST_SAID]


def test_a_command_may_hold_whatever_people_send(archive: Archive) -> None:
    said = "/sub\0dams \ud800 洪水 \u202e"
    recorded(archive, lambda record: record.note(a_deed(said, outcome=said)))

    (deed,) = run(archive.deeds(1))
    assert deed.said == deed.outcome == "/sub dams ? 洪水 \u202e"


def test_that_a_deed_was_undone_is_noted(archive: Archive) -> None:
    first, second = [recorded(archive, lambda record: record.note(a_deed())) for _ in range(2)]

    recorded(archive, lambda record: record.undone(first, NOW + HOUR))

    assert {deed.number: deed.undone_at for deed in run(archive.deeds(9))} == {
        first: NOW + HOUR,
        second: None,
    }


def test_an_update_is_taken_once(archive: Archive) -> None:
    first, again, other = (
        recorded(archive, lambda record, number=number: record.hear(number, at=NOW))  # type: ignore[misc]
        for number in (7_000_000_001, 7_000_000_001, 7_000_000_002)
    )

    assert (first, again, other) == (True, False, True)


def test_an_update_that_a_failed_transaction_took_may_come_again(archive: Archive) -> None:
    def work(record: Record) -> None:
        record.hear(7, at=NOW)
        raise StorywireError("no")

    with pytest.raises(StorywireError):
        recorded(archive, work)
    assert recorded(archive, lambda record: record.hear(7, at=NOW))


def test_updates_are_remembered_for_as_long_as_telegram_keeps_them(archive: Archive) -> None:
    recorded(archive, lambda record: record.hear(7, at=NOW))
    recorded(archive, lambda record: record.hear(8, at=NOW + DAY + HOUR))

    assert not recorded(archive, lambda record: record.hear(7, at=NOW + DAY + HOUR))


# ------------------------------------------------------------------------------------------- looking back


def at(minutes: float) -> datetime:
    return NOW + minutes * MINUTE


def reported(archive: Archive, title: str, minutes: float = 0, **kept: Any) -> tuple[ArticleId, EventId]:
    """Store a judged article that was seen so many minutes after noon."""
    number, event = judged(archive, an_article(title, seen_at=at(minutes)), **kept)
    return number, event.id


def story_told(archive: Archive, since: float = 0, **asked: Any) -> list[EventId]:
    usual: dict[str, Any] = {"until": None, "before": None, "limit": 10}
    return [event.id for event in run(archive.told("dams", since=at(since), **{**usual, **asked}))]


def test_a_story_told_its_events_in_the_order_in_which_they_began(archive: Archive) -> None:
    first, dam = reported(archive, "Dam breaks")
    _, flood = reported(archive, "Flood in Brno", 1)
    reported(archive, "Dam near Ostrava breaks", 2, verdict=Duplicate(of=first, kind=Kind.COPY))
    reported(archive, "Rivers rise", 3, story="rivers")

    assert story_told(archive) == [dam, flood]
    (event,) = run(archive.told("dams", since=NOW, until=at(1), before=None, limit=10))
    assert [(member.role, member.article.title) for member in event.members] == [
        ("new", "Dam breaks"),
        ("copy", "Dam near Ostrava breaks"),
    ]


def test_a_story_told_within_a_period_what_began_in_it(archive: Archive) -> None:
    events = [reported(archive, f"Dam {n}", n)[1] for n in range(6)]
    first = run(archive.articles("1"))[0]
    assert first.seen_at == NOW
    reported(archive, "Dam 0 once more", 6, verdict=Duplicate(of=ArticleId(1), kind=Kind.COPY))

    assert story_told(archive, since=1) == events[1:]
    assert story_told(archive, since=1, until=at(3)) == events[1:3]
    assert story_told(archive, since=7) == []
    assert story_told(archive, limit=2) == events[4:]
    assert story_told(archive, limit=2, before=events[4]) == events[2:4]
    assert story_told(archive, limit=2, before=events[0]) == []


def test_an_event_that_was_split_off_stands_where_its_first_article_was_seen(archive: Archive) -> None:
    first, dam = reported(archive, "Dam breaks")
    copy, _ = reported(archive, "Dam near Ostrava breaks", 1, verdict=Duplicate(of=first, kind=Kind.COPY))
    _, flood = reported(archive, "Flood in Brno", 2)
    _, own = recorded(archive, lambda record: record.split(dam, [copy]))

    assert story_told(archive) == [dam, own.id, flood]


def test_an_event_that_another_took_in_is_told_no_more(archive: Archive) -> None:
    first, dam = reported(archive, "Dam breaks")
    _, other = reported(archive, "Dam near Ostrava breaks", 1)
    recorded(archive, lambda record: record.merge(dam, other, of=first))

    assert story_told(archive) == [dam]


QUIET = {
    "backlog": ("backlog", False),
    "what came before the story was followed": (UNFOLLOWED, True),
    "news": (None, True),
}


@pytest.mark.parametrize(("quiet", "is_told"), QUIET.values(), ids=QUIET)
def test_of_what_was_recorded_quietly_a_story_told(
    archive: Archive, *, quiet: str | None, is_told: bool
) -> None:
    _, event = reported(archive, "Dam breaks", quiet=quiet)

    assert story_told(archive) == ([event] if is_told else [])
    assert [e.id for e in run(archive.grown("dams", since=NOW, limit=5))] == ([event] if is_told else [])


def test_an_event_that_began_quietly_is_told_once_it_has_news(archive: Archive) -> None:
    first, event = reported(archive, "Dam breaks", quiet="backlog")
    reported(archive, "Dam holds after all", 1, verdict=Update(of=first))

    assert story_told(archive) == [event]


def test_events_grow_with_what_is_added_to_them_the_last_changed_first(archive: Archive) -> None:
    first, dam = reported(archive, "Dam breaks")
    second, flood = reported(archive, "Flood in Brno", 1)
    reported(archive, "Football", 2)
    reported(archive, "Flood grows", 3, verdict=Update(of=second))
    reported(archive, "Dam near Ostrava breaks", 4, verdict=Duplicate(of=first, kind=Kind.COPY))
    reported(archive, "A repeat", 5, verdict=Duplicate(of=first, kind=Kind.COPY), quiet="a repeat")
    reported(archive, "Rivers rise", 6, story="rivers")

    def grown(since: float, limit: int = 10) -> list[EventId]:
        return [event.id for event in run(archive.grown("dams", since=at(since), limit=limit))]

    assert grown(3) == [dam, flood]
    assert grown(4) == [dam]
    assert grown(4.5) == []
    assert grown(3, limit=1) == [dam]
    assert grown(9) == []


def test_what_is_stored_can_be_gone_through_page_by_page(archive: Archive) -> None:
    articles = [an_article(f"Dam {n}", seen_at=at(n // 2)) for n in range(7)]
    recorded(archive, lambda record: record.articles(articles))

    first = run(archive.stored(since=at(1), after=None, limit=3))
    second = run(archive.stored(since=at(1), after=first[-1][0], limit=3))

    assert [article for _, article in [*first, *second]] == articles[2:]
    assert [number for number, _ in [*first, *second]] == [3, 4, 5, 6, 7]
    assert run(archive.stored(since=at(1), after=second[-1][0], limit=3)) == []
    assert run(archive.stored(since=at(9), after=None, limit=3)) == []


def test_what_a_story_judged_it_need_not_judge_again(archive: Archive) -> None:
    one, _ = reported(archive, "Dam breaks")
    two, _ = reported(archive, "Rivers rise", story="rivers")

    assert recorded(archive, lambda record: record.unjudged("dams", [two, one])) == [two]
    assert recorded(archive, lambda record: record.unjudged("dams", [])) == []


def test_a_story_is_followed_from_the_first_time_on(archive: Archive) -> None:
    assert recorded(archive, lambda record: record.follow("dams", at=NOW))
    assert not recorded(archive, lambda record: record.follow("dams", at=at(5)))
    assert recorded(archive, lambda record: record.follow("rivers", at=at(5)))

    assert run(archive.followed()) == {"dams": NOW, "rivers": at(5)}


def test_when_a_person_looked_is_known_by_story(archive: Archive) -> None:
    ann, ben = 7, 5_000_000_000

    assert recorded(archive, lambda record: record.looked(ann, "dams", at=NOW)) is None
    assert recorded(archive, lambda record: record.looked(ann, "dams", at=at(3))) == NOW
    assert recorded(archive, lambda record: record.looked(ben, "dams", at=at(4))) is None
    recorded(archive, lambda record: record.looked(ann, "rivers", at=at(5)))

    assert run(archive.looks(ann)) == {"dams": at(3), "rivers": at(5)}
    assert run(archive.looks(ben)) == {"dams": at(4)}
    assert run(archive.looks(8)) == {}


# --------------------------------------------------------------------------------------- being asked why


def accounts(archive: Archive, reference: object, limit: int = 5) -> list[Account]:
    return run(archive.accounts(str(reference), limit=limit))


def correct(correction: Correction, record: Record) -> None:
    record.correct(correction)


def test_an_account_tells_all_that_stands_around_a_decision(archive: Archive) -> None:
    run(archive.declare([a_feed()]))
    run(archive.polled(Poll(feed=a_feed(), at=NOW, next_at=NOW + HOUR)))
    number, event = judged(archive)
    judged(archive, an_article("copy"), Duplicate(of=number, kind=Kind.COPY))
    planned(archive, a_post("card", event=event.id), an_edit(event.id), a_reply(event.id))
    attempted(archive, now=NOW + MINUTE)
    run(archive.rest("main", NOW + HOUR))

    (account,) = accounts(archive, number)

    assert (account.id, account.article) == (number, an_article())
    assert account.feed is not None
    assert (account.feed.feed.name, account.feed.polled_at, account.feed.articles) == ("Wire", NOW, 0)
    (told,) = account.told
    assert told.decision == run(archive.decisions(str(number)))[0]
    assert told.event == recorded(archive, lambda record: record.numbered(event.id))
    assert [told.settled.get(post.id) for post in told.decision.posts] == [NOW + MINUTE, None]
    assert (told.rests, told.hushed, told.muted, told.asked) == ({"main": NOW + HOUR}, frozenset(), {}, None)
    assert (told.corrections, told.others) == ((), {})


def test_an_account_tells_of_each_story_and_what_people_said_there(archive: Archive) -> None:
    first, _ = judged(archive)
    second, event = judged(archive, an_article("second"))
    recorded(
        archive, lambda r: r.verdict(second, a_match(story=a_story("rivers")), New(), keys=[], quiet="old")
    )
    said = [
        Correction(story="dams", earlier=first, later=second, same=same, at=NOW) for same in (True, False)
    ]
    for each in said:
        recorded(archive, partial(correct, each))
    recorded(archive, lambda record: record.hush("main", event.id))

    (account,) = accounts(archive, second)
    dams, rivers = account.told

    assert (dams.decision.story, rivers.decision.story) == ("dams", "rivers")
    assert (dams.corrections, rivers.corrections) == (tuple(said), ())
    assert (dams.others, rivers.others) == ({first: an_article()}, {})
    assert (dams.hushed, rivers.hushed) == (frozenset({"main"}), frozenset())


def test_accounts_are_of_the_newest_versions_and_of_articles_nobody_matched(archive: Archive) -> None:
    versions = [an_article(fingerprint=str(number)) for number in range(4)]
    numbers = recorded(archive, lambda record: record.articles(versions))

    told = accounts(archive, versions[0].link, limit=2)

    assert [account.id for account in told] == [numbers[3], numbers[2]]
    assert [account.article for account in told] == [versions[3], versions[2]]
    assert {(account.feed, account.told) for account in told} == {(None, ())}
    assert [len(accounts(archive, ref)) for ref in (versions[0].address, versions[0].key, "", "nothing")] == [
        4,
        4,
        0,
        0,
    ]


def test_a_message_tells_its_events(archive: Archive) -> None:
    events = [judged(archive, an_article(text))[1] for text in ("one", "two", "three")]
    planned(
        archive,
        a_post("list", event=events[1].id, kind=PostKind.ROUNDUP),
        a_post("card", event=events[2].id),
        a_reply(events[2].id),
    )
    joins = run(archive.outbox(PostState.PENDING))[0].id
    planned(archive, replace(an_edit(events[0].id), joins=joins))
    for message in (11, 12, 13):
        attempted(archive, replace(SENT, message_id=message))
    planned(archive, an_edit(events[2].id, "changed"))
    attempted(archive, replace(SENT, message_id=12))

    def seen(message: int, channel: str = "main") -> tuple[PostKind, list[EventId]] | None:
        found = run(archive.message(channel, message))
        return None if found is None else (found.post.kind, [event.id for event in found.events])

    assert seen(11) == (PostKind.ROUNDUP, [events[0].id, events[1].id])
    assert seen(12) == (PostKind.CARD, [events[2].id])
    assert seen(13) == (PostKind.REPLY, [events[2].id])
    assert (seen(14), seen(11, "other")) == (None, None)


def test_a_message_whose_event_joined_another_tells_nothing_any_more(archive: Archive) -> None:
    (number, stays), (_, goes) = (judged(archive, an_article(text)) for text in ("one", "two"))
    planned(archive, a_post("one", event=stays.id), a_post("two", event=goes.id))
    for message in (11, 12):
        attempted(archive, replace(SENT, message_id=message))
    recorded(archive, lambda record: record.merge(stays.id, goes.id, of=number))

    found = run(archive.message("main", 11))

    assert found is not None
    assert [event.id for event in found.events] == [stays.id]
    assert run(archive.message("main", 12)) is None
