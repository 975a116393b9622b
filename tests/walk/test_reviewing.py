"""Verdicts in doubt: what is told when somebody answers, when nobody does, and what comes meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bot import corrections, pipeline, reviewing
from bot.core.questions import Limits
from bot.model import (
    Article,
    Correction,
    Doubt,
    Entry,
    Evidence,
    Fold,
    Mode,
    New,
    Policy,
    Posting,
    PostKind,
    Related,
    Review,
    ReviewId,
    Ruling,
    Stored,
    Verdict,
)
from bot.pipeline import World
from bot.ports import Archive
from bot.reviewing import Answered, answer, asked, sweep
from tests.builders import a_story
from tests.walk.test_channel import (
    DAY,
    TOWNS,
    a_walk,
    about,
    by_town,
    go_on,
    hears,
    item,
    kinds,
    restarted,
    texts,
    two_stories,
)
from tests.walk.test_muting import MINUTE, event_of, mute, number_of, recorded
from tests.walk.world import LEDGER, POST, WIRE, Walk

HOUR = timedelta(hours=1)
PERSON = 7
#: Of the second town in a headline people are asked whether it is the same report.
LIKE = f"Dam near {TOWNS[1]} opens like {TOWNS[0]}"


def in_doubt(article: Article, candidates: Sequence[Stored], *others: object) -> Verdict:
    verdict = by_town(article, candidates, *others)
    named = [word for word in article.title.split() if word in TOWNS]
    near = [old for old in candidates if named[1:] and named[1] in old.article.title]
    if not isinstance(verdict, New) or not near:
        return verdict
    of, evidence = min(old.id for old in near), (Evidence(signal="doubt", says="rather alike"),)
    doubt = Doubt(of=of, chance=0.3)
    if "related" in article.summary:
        return Related(of=of, evidence=evidence, doubt=doubt)
    return New(evidence=evidence, doubt=doubt)


@pytest.fixture(autouse=True)
def _judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "judge", in_doubt)


@dataclass(slots=True)
class Asked:
    """The administrators' chat, which may be the last thing the program does."""

    reviews: list[Review] = field(default_factory=list)
    fails: bool = False

    reached: bool = True

    async def __call__(self, review: Review) -> bool:
        if self.fails:
            raise ConnectionAbortedError("killed before it was asked")
        self.reviews.append(review)
        return self.reached


def like(url: str = POST, **changes: Any) -> Entry:
    return item(1, url, LIKE, **changes)


def a_doubt(archive: Archive, default: Ruling = Ruling.POST, **posting: Any) -> Walk:
    """Give a walk on which one report is on show and another one may be the same."""
    policy = Policy(max_age=4_000 * DAY, review_default=default)
    walk = a_walk(archive, policy=policy, **posting)
    hears(walk, WIRE, item(0))
    walk.deliver()
    hears(walk, POST, like())
    return walk


def reviews(walk: Walk, *, closed: bool = False) -> list[Review]:
    return asyncio.run(walk.archive.reviews(closed=closed))


def says(walk: Walk, said: Ruling, number: int = 1, person: int | None = PERSON) -> Answered | None:
    places, now = walk.world.knowledge.places, walk.clock.now()
    return asyncio.run(answer(ReviewId(number), said, walk.archive, places, at=now, person=person))


def swept(walk: Walk, ask: Asked | None = None) -> list[Answered]:
    world: World = replace(walk.world, ask=ask)
    return asyncio.run(sweep(world))


def lapsed(walk: Walk) -> list[Answered]:
    """Let the time be over."""
    walk.wait(2 * HOUR)
    return swept(walk)


def labels(walk: Walk) -> list[tuple[int, int, bool]]:
    said: list[Correction] = asyncio.run(walk.archive.corrections())
    return [(one.earlier, one.later, one.same) for one in said]


def pair(walk: Walk) -> tuple[int, int]:
    return number_of(walk, item(0)), number_of(walk, like())


# ---------------------------------------------------------------------------------------- answered


def test_what_is_in_doubt_is_told_nowhere_until_somebody_answers(archive: Archive) -> None:
    walk = a_doubt(archive)
    assert walk.shown() == [about(0)]
    (review,) = reviews(walk)
    assert (review.article, review.nearest, review.chance) == (*reversed(pair(walk)), 0.3)
    assert (review.until - review.asked_at, review.otherwise) == (2 * HOUR, Ruling.POST)

    answered = says(walk, Ruling.POST)

    assert answered is not None
    assert [post.kind for post in answered.posts] == [PostKind.CARD]
    assert walk.shown() == [about(0), LIKE]
    assert labels(walk) == [(*pair(walk), False)]


def test_what_is_folded_stands_on_the_card_of_the_other(archive: Archive) -> None:
    walk = a_doubt(archive)

    says(walk, Ruling.FOLD)

    assert walk.shown() == [about(0)]
    assert "Also: Evening Post" in texts(walk)[0]
    assert labels(walk) == [(*pair(walk), True)]
    assert event_of(walk, like()) == event_of(walk, item(0))


def test_what_is_dropped_is_never_told_nor_are_its_copies_and_it_is_no_label(archive: Archive) -> None:
    walk = a_doubt(archive)
    walk.wait(MINUTE)

    says(walk, Ruling.DROP)
    walk.wait(MINUTE)
    hears(walk, LEDGER, item(1, LEDGER))

    assert walk.shown() == [about(0)]
    assert labels(walk) == []
    (review,) = reviews(walk, closed=True)
    assert (review.answer, review.person) == (Ruling.DROP, PERSON)


def test_an_update_of_what_was_dropped_is_told(archive: Archive) -> None:
    walk = a_doubt(archive)
    says(walk, Ruling.DROP)

    hears(walk, LEDGER, item(1, LEDGER, f"Mayor closes the dam near {TOWNS[1]}"))

    assert len(walk.shown()) == 2


def test_of_two_who_answer_at_once_the_first_decides(archive: Archive) -> None:
    walk = a_doubt(archive)

    async def both() -> list[Answered | None]:
        places, now = walk.world.knowledge.places, walk.clock.now()
        answers = (Ruling.POST, Ruling.FOLD)
        return await asyncio.gather(
            *(answer(ReviewId(1), said, archive, places, at=now, person=PERSON) for said in answers)
        )

    first, second = asyncio.run(both())

    assert [first is None, second is None] in ([True, False], [False, True])
    (review,) = reviews(walk, closed=True)
    assert labels(walk) == [(*pair(walk), review.answer is Ruling.FOLD)]
    assert len(walk.shown()) == (2 if review.answer is Ruling.POST else 1)


def test_who_answers_twice_is_told_so_and_nothing_more_is_posted(archive: Archive) -> None:
    walk = a_doubt(archive)
    says(walk, Ruling.POST)
    walk.deliver()

    assert says(walk, Ruling.DROP) is None
    assert says(walk, Ruling.POST, number=99) is None
    assert walk.outbox() == []


# ---------------------------------------------------------------------------------------- time-outs

DEFAULTS: dict[str, tuple[Ruling, list[str]]] = {
    "it is posted": (Ruling.POST, [about(0), LIKE]),
    "it is folded": (Ruling.FOLD, [about(0)]),
    "it is dropped": (Ruling.DROP, [about(0)]),
}


@pytest.mark.parametrize(("default", "expected"), DEFAULTS.values(), ids=DEFAULTS)
def test_if_nobody_answers_in_time(archive: Archive, default: Ruling, expected: list[str]) -> None:
    walk = a_doubt(archive, default)
    walk.wait(2 * HOUR - MINUTE)
    assert swept(walk) == []
    assert walk.shown() == [about(0)]
    walk.wait(MINUTE)

    (closed,) = swept(walk)

    assert closed.review.lapsed
    assert walk.shown() == expected
    assert ("Also: Evening Post" in texts(walk)[0]) == (default is Ruling.FOLD)
    assert labels(walk) == []  # nobody said so
    assert says(walk, Ruling.POST) is None
    assert swept(walk) == []


def test_an_answer_that_comes_too_late_is_none_though_nothing_was_decided_yet(archive: Archive) -> None:
    walk = a_doubt(archive)
    walk.wait(2 * HOUR)

    assert says(walk, Ruling.DROP) is None
    assert labels(walk) == []


def test_what_an_administrator_was_told_holds_though_the_file_says_otherwise_by_now(archive: Archive) -> None:
    walk = a_doubt(archive, Ruling.FOLD)
    policy = replace(walk.stories[0].policy, review_default=Ruling.POST, review_for=DAY)
    walk = restarted(walk, stories=[replace(walk.stories[0], policy=policy)])
    walk.wait(2 * HOUR)

    swept(walk)

    assert walk.shown() == [about(0)]
    assert "Also: Evening Post" in texts(walk)[0]


def test_a_review_of_a_story_that_nobody_follows_any_more_is_closed_without_a_post(archive: Archive) -> None:
    walk = a_doubt(archive)
    walk.wait(2 * HOUR)
    walk = restarted(walk, stories=[])

    (closed,) = swept(walk)

    assert closed.posts == ()
    assert reviews(walk) == []


# ------------------------------------------------------------------------------------- while it waits


@pytest.mark.parametrize(
    ("said", "expected"),
    [(Ruling.POST, [about(0), LIKE]), (Ruling.FOLD, [about(0)])],
    ids=["posted", "folded"],
)
def test_copies_that_come_meanwhile_leak_no_post_and_are_named_in_the_end(
    archive: Archive, said: Ruling, expected: list[str]
) -> None:
    walk = a_doubt(archive)
    hears(walk, LEDGER, item(1, LEDGER, summary="copied"))
    hears(walk, WIRE, item(1, WIRE))
    assert walk.shown() == [about(0)]

    says(walk, said)

    assert walk.shown() == expected
    assert "Ledger" in texts(walk)[-1]


@pytest.mark.parametrize("said", [Ruling.POST, Ruling.FOLD])
def test_an_update_that_comes_meanwhile_is_told_after_the_answer(archive: Archive, said: Ruling) -> None:
    walk = a_doubt(archive)
    update = f"Mayor closes the dam near {TOWNS[1]}"
    hears(walk, LEDGER, item(1, LEDGER, update))
    assert walk.shown() == [about(0)]

    says(walk, said)
    walk.deliver()

    cards = [about(0)] if said is Ruling.FOLD else [about(0), LIKE]
    assert walk.shown() == [*cards, f"Update: {update}"]
    assert walk.channel.posts[-1].kind is not PostKind.CARD


def test_a_gate_that_opens_meanwhile_leaks_nothing_and_one_that_stands_is_kept(archive: Archive) -> None:
    walk = a_walk(archive, min_sources=2)
    hears(walk, WIRE, item(0))
    hears(walk, POST, like())
    hears(walk, LEDGER, item(1, LEDGER))
    assert walk.shown() == []
    says(walk, Ruling.POST)
    assert walk.shown() == [LIKE]

    hears(walk, LEDGER, item(2, LEDGER, f"Dam near {TOWNS[2]} opens like {TOWNS[0]}"))
    says(walk, Ruling.POST, number=2)
    assert walk.shown() == [LIKE]
    hears(walk, WIRE, item(2))
    assert len(walk.shown()) == 2


def test_what_is_folded_may_bring_the_source_that_the_other_waited_for(archive: Archive) -> None:
    walk = a_walk(archive, min_sources=2)
    hears(walk, WIRE, item(0))
    hears(walk, POST, like())
    hears(walk, LEDGER, item(1, LEDGER))
    assert walk.shown() == []

    says(walk, Ruling.FOLD)

    assert walk.shown() == [about(0)]


def test_a_channel_rings_when_what_is_folded_brings_the_source_that_it_takes(archive: Archive) -> None:
    walk = a_doubt(archive, ring_at=2)
    hears(walk, LEDGER, item(1, LEDGER))

    says(walk, Ruling.FOLD)
    walk.deliver()

    assert kinds(walk) == [PostKind.CARD, PostKind.RING, PostKind.EDIT]


def test_a_digest_is_sent_without_what_is_in_doubt_and_the_next_tells_it(archive: Archive) -> None:
    walk = a_doubt(archive, mode=Mode.DIGEST)
    hears(walk, LEDGER, item(1, LEDGER))
    (digest,) = walk.outbox()
    assert LIKE not in digest.message.text

    says(walk, Ruling.POST)
    go_on(walk, walk.clock.now() + 2 * DAY)

    assert sum(LIKE in text for text in texts(walk)) == 1


def test_a_roundup_does_not_tell_what_is_in_doubt(archive: Archive) -> None:
    walk = a_walk(archive, per_hour=1)
    hears(walk, WIRE, item(0), item(2))
    hears(walk, POST, like())
    hears(walk, LEDGER, item(3, LEDGER))
    walk.deliver()
    assert not any(LIKE in text for text in texts(walk))

    says(walk, Ruling.POST)
    walk.deliver()

    assert LIKE in texts(walk)[1]


def test_another_story_that_is_not_in_doubt_tells_it_and_the_answer_adds_the_tag(archive: Archive) -> None:
    walk = two_stories(archive, Posting(), Posting())
    hears(walk, WIRE, item(0))
    walk.deliver()
    hears(walk, POST, like())
    first, second = reviews(walk)
    assert {first.story, second.story} == {"dams", "rivers"}

    says(walk, Ruling.POST, number=int(first.id))
    assert walk.shown() == [about(0), LIKE]
    says(walk, Ruling.POST, number=int(second.id))
    walk.deliver()

    assert [text.splitlines()[-1] for text in texts(walk)] == ["#dams #rivers"] * 2


# ------------------------------------------------------------------------------- what is not asked about


def test_nobody_is_asked_about_what_would_not_be_posted_anyway(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[a_story(policy=Policy(backfill=0, max_age=4_000 * DAY))])
    walk.opened(WIRE)
    hears(walk, WIRE, item(0))
    hears(walk, POST, like())  # quiet: all that a new feed lists

    assert reviews(walk) == []


def test_nobody_is_asked_about_what_joins_the_event_of_the_other_anyway(archive: Archive) -> None:
    walk = a_walk(archive, policy=Policy(max_age=4_000 * DAY, fold=Fold.EVENT))
    hears(walk, WIRE, item(0))
    hears(walk, POST, like(summary="related"))

    assert reviews(walk) == []
    assert walk.shown() == [about(0)]
    assert "More: Evening Post" in texts(walk)[0]


def test_what_is_related_and_in_doubt_is_asked_about_and_can_be_folded(archive: Archive) -> None:
    walk = a_walk(archive)
    hears(walk, WIRE, item(0))
    hears(walk, POST, like(summary="related"))
    assert walk.shown() == [about(0)]

    says(walk, Ruling.FOLD)

    walk.deliver()

    assert "Also: Evening Post" in texts(walk)[0]


# ----------------------------------------------------------------------------- beside other corrections


def test_what_was_merged_by_hand_meanwhile_is_not_told_once_more(archive: Archive) -> None:
    walk = a_doubt(archive)
    first, second = (number_of(walk, each) for each in (item(0), like()))
    places, now = walk.world.knowledge.places, walk.clock.now()
    recorded(walk, lambda r: corrections.merge(walk.stories[0], first, second, r, places, at=now))
    assert walk.shown() == [about(0)]
    before = texts(walk)

    says(walk, Ruling.FOLD)
    assert walk.outbox() == []
    walk.deliver()

    assert texts(walk) == before


@pytest.mark.parametrize("said", [Ruling.POST, Ruling.DROP])
def test_what_was_merged_by_hand_meanwhile_stays_so_whatever_is_answered(
    archive: Archive, said: Ruling
) -> None:
    walk = a_doubt(archive)
    first, second = (number_of(walk, each) for each in (item(0), like()))
    places, now = walk.world.knowledge.places, walk.clock.now()
    recorded(walk, lambda r: corrections.merge(walk.stories[0], first, second, r, places, at=now))
    walk.deliver()

    says(walk, said)
    hears(walk, LEDGER, item(0, LEDGER))

    assert walk.shown() == [about(0)]
    assert "Also: Evening Post, Ledger" in texts(walk)[0]


def test_what_is_folded_into_a_muted_event_is_not_told(archive: Archive) -> None:
    walk = a_doubt(archive)
    before = texts(walk)
    mute(walk, item(0))
    hears(walk, LEDGER, item(2, LEDGER, f"Dam near {TOWNS[2]} opens like {TOWNS[0]}"))

    for number in (1, 2):
        says(walk, Ruling.FOLD, number)
    walk.deliver()

    assert texts(walk) == before


def test_what_is_in_doubt_and_muted_is_not_told_when_it_is_posted(archive: Archive) -> None:
    walk = a_doubt(archive)
    mute(walk, like())

    says(walk, Ruling.POST)

    assert walk.shown() == [about(0)]


def test_of_two_in_doubt_the_second_may_be_the_same_as_the_first(archive: Archive) -> None:
    walk = a_doubt(archive)
    hears(walk, LEDGER, item(2, LEDGER, f"Dam near {TOWNS[2]} opens like {TOWNS[1]}"))
    says(walk, Ruling.FOLD, number=2)
    assert walk.shown() == [about(0)]

    says(walk, Ruling.POST, number=1)

    assert walk.shown() == [about(0), LIKE]
    assert "Also: Ledger" in texts(walk)[1]


# ---------------------------------------------------------------------------------- asking and crashes


def test_the_administrators_are_asked_once(archive: Archive) -> None:
    walk, chat = a_doubt(archive), Asked()

    for _ in range(3):
        swept(walk, chat)
    swept(restarted(walk), chat)

    assert [review.id for review in chat.reviews] == [1]


def test_where_nobody_is_reached_by_buttons_it_is_told_as_everything_else(archive: Archive) -> None:
    walk = a_doubt(archive)

    swept(walk, Asked(reached=False))

    assert ["storywire review 1 post|fold|drop" in text for text in walk.notices.told] == [True]


def test_a_crash_before_they_are_asked_lets_them_be_asked_after_the_restart(archive: Archive) -> None:
    walk, chat = a_doubt(archive), Asked(fails=True)
    with pytest.raises(ConnectionAbortedError):
        swept(walk, chat)

    chat.fails = False
    swept(restarted(walk), chat)

    assert [review.id for review in chat.reviews] == [1]


def test_a_crash_while_an_answer_is_carried_out_leaves_the_review_open(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = a_doubt(archive)

    def dies(*_arguments: object, **_named: object) -> None:
        raise ConnectionAbortedError("killed")

    monkeypatch.setattr(reviewing, "tell", dies)
    with pytest.raises(ConnectionAbortedError):
        says(walk, Ruling.POST)
    monkeypatch.setattr(reviewing, "tell", pipeline.tell)

    walk = restarted(walk)
    assert [review.id for review in reviews(walk)] == [1]
    assert labels(walk) == []
    says(walk, Ruling.POST)
    assert walk.shown() == [about(0), LIKE]


def test_what_is_in_doubt_waits_over_a_restart_and_is_decided_after_it(archive: Archive) -> None:
    walk = restarted(a_doubt(archive))
    assert walk.shown() == [about(0)]
    walk.wait(3 * HOUR)

    walk = restarted(walk)
    swept(walk)

    assert walk.shown() == [about(0), LIKE]


def test_without_a_chat_for_questions_they_are_told_in_words(archive: Archive) -> None:
    walk = a_doubt(archive)

    swept(walk)

    (text,) = walk.notices.told
    lines = text.splitlines()
    assert lines[:6] + lines[7:] == [
        "Review 1 of dams: news, or told before?",
        LIKE,
        "Evening Post, 2026-01-15 12:00 UTC",
        f"nearest: {about(0)}",
        "Wire, 2026-01-15 12:00 UTC",
        "30 % likely one report",
        "rather alike",
        "without an answer it is posted at 2026-01-15 14:00 UTC",
        "storywire review 1 post|fold|drop",
    ]


def test_a_question_names_both_limits_and_both_reports_with_their_links(archive: Archive) -> None:
    walk = a_doubt(archive, Ruling.DROP)
    (review,) = reviews(walk)

    lines = asyncio.run(asked(review, archive, Limits(same=0.36, review_from=0.2)))

    assert [line.link for line in lines if line.link] == [like().link, item(0).link]
    texts_ = [line.text for line in lines]
    assert "30 % likely one report; you are asked from 20 % on, and from 36 % on it is folded" in texts_
    assert texts_[-1].startswith("without an answer nothing is posted of it at ")


ENDINGS: dict[str, tuple[Callable[[Walk], object], str]] = {
    "by a person": (lambda walk: says(walk, Ruling.FOLD), "fold: answered by 7 at 2026-01-15 12:00 UTC"),
    "at the terminal": (
        lambda walk: says(walk, Ruling.POST, person=None),
        "post: answered at the terminal at 2026-01-15 12:00 UTC",
    ),
    "by nobody": (
        lapsed,
        "post: nobody answered until 2026-01-15 14:00 UTC",
    ),
}


@pytest.mark.parametrize(("end", "expected"), ENDINGS.values(), ids=ENDINGS)
def test_a_closed_review_says_how_it_was_answered(
    archive: Archive, end: Callable[[Walk], object], expected: str
) -> None:
    walk = a_doubt(archive)
    end(walk)
    (review,) = reviews(walk, closed=True)

    lines = asyncio.run(asked(review, archive, Limits()))

    assert lines[-1].text == expected
