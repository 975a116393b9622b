from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core import compose
from bot.core.plan import Place, gate, merged, parted, plan
from bot.model import (
    ArticleId,
    Duplicate,
    Event,
    EventId,
    Hours,
    Kind,
    Member,
    Message,
    Mode,
    New,
    PostId,
    Posting,
    PostKind,
    Related,
    Shown,
    Standing,
    Update,
    Verdict,
)
from tests.builders import NOW, a_message, a_story, an_event
from tests.unit.core.samples import member, report

STORY = a_story()
FIRST, SECOND = report("Dam breaks", "One"), report("Dam is broken", "Two")
EVENT = an_event(members=(member(FIRST), member(SECOND, "rewrite", number=2)))
PLACE = Place(channel="main", story=STORY, stories={STORY.name: STORY}, hours=Hours(), now=NOW)


def card(event: Event) -> Message:
    return compose.card([event], PLACE.stories, Posting())


CARD = card(EVENT)
OLDER = card(an_event(members=(member(FIRST),)))

NEW = New()
COPY = Duplicate(of=ArticleId(1), kind=Kind.COPY)
UPDATE = Update(of=ArticleId(1))
RELATED = Related(of=ArticleId(1))
NEVER = None
QUIET = Shown(quiet=True)
EARLIER = Shown(quiet=False, message=OLDER)
ALREADY = Shown(quiet=False, message=CARD)

REPLY = compose.update(SECOND, FIRST, STORY, Posting())
ANSWER = compose.update(SECOND, None, STORY, Posting())
TABLE: dict[str, tuple[Shown | None, Verdict, list[tuple[PostKind, Message]]]] = {
    "news the channel never heard of: a card": (NEVER, NEW, [(PostKind.CARD, CARD)]),
    "a repeat of what it never heard of: a card": (NEVER, COPY, [(PostKind.CARD, CARD)]),
    "an update of what it never heard of: a card": (NEVER, UPDATE, [(PostKind.CARD, CARD)]),
    "a related article in an event of its own: a card": (NEVER, RELATED, [(PostKind.CARD, CARD)]),
    "a related article that joined an event on show: an edit": (
        EARLIER,
        RELATED,
        [(PostKind.EDIT, CARD)],
    ),
    "a related article that the card tells already: nothing": (ALREADY, RELATED, []),
    "a related article of an event recorded quietly: a card": (QUIET, RELATED, [(PostKind.CARD, CARD)]),
    "a repeat of what was recorded quietly: nothing": (QUIET, COPY, []),
    "news of an event recorded quietly: nothing": (QUIET, NEW, []),
    "an update of what was recorded quietly: a card": (QUIET, UPDATE, [(PostKind.CARD, CARD)]),
    "a repeat that the card does not tell: an edit": (EARLIER, COPY, [(PostKind.EDIT, CARD)]),
    "a repeat that changes nothing on the card: nothing": (ALREADY, COPY, []),
    "an update: a reply": (EARLIER, UPDATE, [(PostKind.REPLY, REPLY)]),
    "news in an event that is shown: a reply": (ALREADY, NEW, [(PostKind.REPLY, ANSWER)]),
}


@pytest.mark.parametrize(("shown", "verdict", "expected"), TABLE.values(), ids=TABLE)
def test_what_a_channel_gets(
    shown: Shown | None, verdict: Verdict, expected: list[tuple[PostKind, Message]]
) -> None:
    posts = plan(EVENT, SECOND, verdict, shown, PLACE)

    assert [(post.kind, post.message) for post in posts] == expected
    assert all((post.channel, post.event) == ("main", EVENT.id) for post in posts)


MUTED: dict[str, tuple[Shown | None, Verdict, list[PostKind]]] = {
    "news the channel never heard of: nothing": (NEVER, NEW, []),
    "a repeat that the card does not tell: nothing": (EARLIER, COPY, []),
    "a related article of an event recorded quietly: nothing": (QUIET, RELATED, []),
    "an update of an event on show: a reply": (EARLIER, UPDATE, [PostKind.REPLY]),
    "an update of what the channel never heard of: a card": (NEVER, UPDATE, [PostKind.CARD]),
}


@pytest.mark.parametrize(("shown", "verdict", "expected"), MUTED.values(), ids=MUTED)
def test_what_a_channel_gets_of_an_event_that_it_is_muted_to(
    shown: Shown | None, verdict: Verdict, expected: list[PostKind]
) -> None:
    muted = replace(PLACE, muted={EVENT.id: NOW}.get)

    assert [post.kind for post in plan(EVENT, SECOND, verdict, shown, muted)] == expected


def test_on_a_list_a_muted_event_stays_as_it_was_when_the_other_grows() -> None:
    before = replace(SECOND, seen_at=NOW - timedelta(minutes=1))
    quiet = an_event(id=EventId(2), members=(member(before), member(SECOND, "rewrite", number=2)))
    known = replace(quiet, members=quiet.members[:1])
    on_it = Shown(quiet=False, message=a_message("list"), kind=PostKind.ROUNDUP, events=(EVENT, quiet))

    (edit,) = plan(
        EVENT, SECOND, COPY, on_it, replace(PLACE, muted={quiet.id: NOW - timedelta(seconds=1)}.get)
    )

    assert edit.message == compose.listing(PostKind.ROUNDUP, [EVENT, known], PLACE.stories)


GONE = EventId(2)
POINTER = compose.pointer(EVENT, STORY)
THEIRS = Shown(quiet=False, message=a_message("the other card"))
MERGED: dict[str, tuple[Shown | None, Shown | None, list[tuple[EventId, Message]]]] = {
    "two cards: one names all, the other points to it": (
        EARLIER,
        THEIRS,
        [(EVENT.id, CARD), (GONE, POINTER)],
    ),
    "one card: it names all": (EARLIER, NEVER, [(EVENT.id, CARD)]),
    "a card and an event recorded quietly: it names all": (EARLIER, QUIET, [(EVENT.id, CARD)]),
    "a card that names all already: only the other changes": (ALREADY, THEIRS, [(GONE, POINTER)]),
    "nothing on show: nothing": (QUIET, QUIET, []),
    "nothing the channel heard of: nothing": (NEVER, NEVER, []),
    "a card that points there already: nothing": (ALREADY, Shown(quiet=False, message=POINTER), []),
}


@pytest.mark.parametrize(("shown", "theirs", "expected"), MERGED.values(), ids=MERGED)
def test_what_a_channel_gets_when_two_events_are_one(
    shown: Shown | None, theirs: Shown | None, expected: list[tuple[EventId, Message]]
) -> None:
    posts = merged(EVENT, shown, (an_event(id=GONE), theirs), PLACE)

    assert [(post.event, post.message) for post in posts] == expected
    assert all((post.channel, post.kind) == ("main", PostKind.EDIT) for post in posts)


LEFT = an_event(members=(member(FIRST),))
OWN = an_event(id=GONE, members=(member(SECOND, "new", number=2),))
HUSHED = an_event(id=GONE, members=(member(SECOND, "new", number=2, quiet=True),))
OWN_CARD = (PostKind.CARD, GONE, card(OWN))
FEWER = (PostKind.EDIT, LEFT.id, OLDER)
PARTED: dict[str, tuple[Event, Shown | None, list[tuple[PostKind, EventId, Message]]]] = {
    "a card that named it: one without it, and one of its own": (OWN, ALREADY, [FEWER, OWN_CARD]),
    "a card that never named it: one of its own": (OWN, EARLIER, [OWN_CARD]),
    "an event the channel never heard of: a card of its own": (OWN, NEVER, [OWN_CARD]),
    "an event recorded quietly: nothing": (OWN, QUIET, []),
    "an article recorded quietly: the card without it": (HUSHED, ALREADY, [FEWER]),
}


@pytest.mark.parametrize(("own", "shown", "expected"), PARTED.values(), ids=PARTED)
def test_what_a_channel_gets_when_an_article_leaves(
    own: Event, shown: Shown | None, expected: list[tuple[PostKind, EventId, Message]]
) -> None:
    posts = parted(LEFT, own, shown, PLACE)

    assert [(post.kind, post.event, post.message) for post in posts] == expected
    assert all(post.channel == "main" for post in posts)


# --------------------------------------------------------------- one channel, many ways of posting

MINUTE = timedelta(minutes=1)
THIRD = report("Dam gone", "Three")
LATER = an_event(id=EventId(7), members=(member(THIRD, number=7),))
NUMBER = PostId(40)
DIGEST = Posting(mode=Mode.DIGEST)


def at_place(posting: Posting, standing: Standing | None = None, **changes: Any) -> Place:
    """Give a channel to which the story is posted like this, and in which so much stands."""
    story = replace(STORY, postings={"main": posting})
    stories = {story.name: story, "rivers": a_story("rivers", postings={"main": posting})}
    there = standing or Standing()
    return replace(PLACE, story=story, stories=stories, standing=lambda: there, **changes)


def on_list(kind: PostKind, *events: Event, waits: bool = True) -> Shown:
    message = compose.listing(kind, events, PLACE.stories)
    return Shown(quiet=False, message=message, post=NUMBER, kind=kind, waits=waits, events=events)


def numbered(number: int, title: str = "") -> Event:
    return an_event(
        id=EventId(number), members=(member(report(title or f"Dam {number}", "One"), number=number),)
    )


def cards(*minutes_ago: float, waiting: int = 0) -> Standing:
    return Standing(
        planned=tuple(NOW - ago * MINUTE for ago in sorted(minutes_ago, reverse=True)), waiting=waiting
    )


ROUNDUP = on_list(PostKind.ROUNDUP, numbered(3), waits=False)
WAITING = on_list(PostKind.DIGEST, numbered(3))
FULL = on_list(PostKind.ROUNDUP, *map(numbered, range(10, 50)))
FULL_DIGEST = on_list(PostKind.DIGEST, *map(numbered, range(10, 50)))
#: posting, what stands in the channel: (what is planned, the list it joins)
FIRST_TOLD: dict[str, tuple[Posting, Standing, list[tuple[PostKind, PostId | None]]]] = {
    "nothing was sent lately: a card": (Posting(), Standing(), [(PostKind.CARD, None)]),
    "fewer sources than it waits for: nothing": (Posting(min_sources=2), Standing(), []),
    "as many cards this hour as there may be: a roundup": (
        Posting(per_hour=2),
        cards(50, 10),
        [(PostKind.ROUNDUP, None)],
    ),
    "one less: a card": (Posting(per_hour=3), cards(50, 10), [(PostKind.CARD, None)]),
    "there is a roundup of this hour: on that": (
        Posting(per_hour=1),
        replace(cards(10), roundup=ROUNDUP),
        [(PostKind.EDIT, NUMBER)],
    ),
    "there is one, but the hour has room again: a card": (
        Posting(per_hour=2),
        replace(cards(10), roundup=ROUNDUP),
        [(PostKind.CARD, None)],
    ),
    "there is one without room: another": (
        Posting(per_hour=1),
        replace(cards(10), roundup=FULL),
        [(PostKind.ROUNDUP, None)],
    ),
    "there is one that the channel cannot change: another": (
        Posting(per_hour=1, edits=False),
        replace(cards(10), roundup=ROUNDUP),
        [(PostKind.ROUNDUP, None)],
    ),
    "there is one that still waits, in such a channel: on that": (
        Posting(per_hour=1, edits=False),
        replace(cards(10), roundup=replace(ROUNDUP, waits=True)),
        [(PostKind.EDIT, NUMBER)],
    ),
    "ten cards in this minute: a roundup": (Posting(), cards(*[0.5] * 10), [(PostKind.ROUNDUP, None)]),
    "ten cards in the minute before: a card": (Posting(), cards(*[1] * 10), [(PostKind.CARD, None)]),
    "ten cards that wait: a roundup": (Posting(), cards(waiting=10), [(PostKind.ROUNDUP, None)]),
    "a digest, and none waits: one for its hour": (DIGEST, Standing(), [(PostKind.DIGEST, None)]),
    "a digest that waits: on that": (DIGEST, Standing(digest=WAITING), [(PostKind.EDIT, NUMBER)]),
    "a digest without room: another": (DIGEST, Standing(digest=FULL_DIGEST), [(PostKind.DIGEST, None)]),
    "a digest is no flood": (DIGEST, cards(*[0] * 90), [(PostKind.DIGEST, None)]),
}


@pytest.mark.parametrize(("posting", "standing", "expected"), FIRST_TOLD.values(), ids=FIRST_TOLD)
def test_what_a_channel_never_heard_of_is_told(
    posting: Posting, standing: Standing, expected: list[tuple[PostKind, PostId | None]]
) -> None:
    posts = plan(LATER, THIRD, NEW, NEVER, at_place(posting, standing))

    assert [(post.kind, post.joins) for post in posts] == expected
    assert all(post.event == LATER.id and "Dam gone" in post.message.text for post in posts)
    due = (
        [datetime(2026, 1, 16, 8, tzinfo=UTC)]
        if expected == [(PostKind.DIGEST, None)]
        else [None] * len(posts)
    )
    assert [post.due_at for post in posts] == due


def test_what_joins_a_list_stands_there_in_the_order_of_events() -> None:
    standing = Standing(digest=on_list(PostKind.DIGEST, numbered(3), numbered(9)))
    (post,) = plan(LATER, THIRD, NEW, NEVER, at_place(DIGEST, standing))

    lines = [line.split(" · ")[0] for line in post.message.text.splitlines() if line.startswith("•")]
    assert lines == ["• Dam 3", "• Dam gone", "• Dam 9"]


@pytest.mark.parametrize(
    ("posting", "members", "says"),
    [
        (Posting(), EVENT.members[:1], None),
        (Posting(min_sources=2), EVENT.members[:1], "waits for 2 independent sources, has 1"),
        (Posting(min_sources=2), EVENT.members, None),
    ],
)
def test_the_gate_says_why_it_is_shut(
    posting: Posting, members: tuple[Member, ...], says: str | None
) -> None:
    assert gate(an_event(members=members), posting) == says


# -------------------------------------------------------------------------------------- without a sound

RINGS = Posting(ring_at=2)
ALONE = an_event(members=(member(FIRST),))
SILENT = replace(EARLIER, message=replace(OLDER, silent=True), post=NUMBER)
RUNG: dict[str, tuple[Shown | None, Event, list[tuple[PostKind, bool]]]] = {
    "the first report: without a sound": (NEVER, ALONE, [(PostKind.CARD, True)]),
    "told late, by as many as it takes: with one": (NEVER, EVENT, [(PostKind.CARD, False)]),
    "the second source: an edit, and it rings": (
        SILENT,
        EVENT,
        [(PostKind.EDIT, True), (PostKind.RING, False)],
    ),
    "it rang already: an edit": (replace(SILENT, rung=True), EVENT, [(PostKind.EDIT, True)]),
    "the card came with a sound: an edit": (EARLIER, EVENT, [(PostKind.EDIT, False)]),
    "the card still waits: it rings by itself": (
        replace(SILENT, waits=True),
        EVENT,
        [(PostKind.EDIT, False)],
    ),
    "too few yet: nothing": (SILENT, ALONE, []),
    "on a list nothing rings": (
        replace(on_list(PostKind.ROUNDUP, ALONE, waits=False), post=NUMBER),
        EVENT,
        [(PostKind.EDIT, False)],
    ),
}


@pytest.mark.parametrize(("shown", "event", "expected"), RUNG.values(), ids=RUNG)
def test_a_channel_that_rings_at_two_sources_gets(
    shown: Shown | None, event: Event, expected: list[tuple[PostKind, bool]]
) -> None:
    verdict = COPY if shown else NEW
    posts = plan(event, event.members[-1].article, verdict, shown, at_place(RINGS))

    assert [(post.kind, post.message.silent) for post in posts] == expected


def test_an_update_counts_for_the_ring_and_the_ring_says_how_many_there_are() -> None:
    event = an_event(
        members=(
            member(FIRST),
            member(SECOND, "update", number=2, of=1),
            member(FIRST, "copy", number=3, of=1),
        )
    )
    posts = plan(event, FIRST, COPY, SILENT, at_place(RINGS))

    assert [post.message.text for post in posts if post.kind is PostKind.RING] == [
        "Now reported by 2 independent sources: Dam breaks"
    ]


# ------------------------------------------------------------------------------------- several stories

RIVER = an_event(id=EventId(5), story="rivers", members=(member(FIRST), member(SECOND, "rewrite", number=2)))
TAGS = "#dams #rivers"


def beside(kind: PostKind = PostKind.CARD, *, waits: bool = False) -> Shown:
    """Give the message that tells the first story's event."""
    if kind is not PostKind.CARD:
        return on_list(kind, EVENT, waits=waits)
    return Shown(quiet=False, message=CARD, post=NUMBER, waits=waits, events=(EVENT,))


SHARED = {
    "a card of another story: on that": (Posting(), beside(), (PostKind.EDIT, NUMBER, TAGS)),
    "a roundup": (Posting(), beside(PostKind.ROUNDUP), (PostKind.EDIT, NUMBER, TAGS)),
    "a digest that waits, where it is posted at once: a card of its own": (
        Posting(),
        beside(PostKind.DIGEST, waits=True),
        (PostKind.CARD, None, "#rivers"),
    ),
    "a digest that waits, where it has a digest as well": (
        DIGEST,
        beside(PostKind.DIGEST, waits=True),
        (PostKind.EDIT, NUMBER, TAGS),
    ),
    "a digest that was sent": (Posting(), beside(PostKind.DIGEST), (PostKind.EDIT, NUMBER, TAGS)),
    "where its own would come with a digest": (DIGEST, beside(), (PostKind.EDIT, NUMBER, TAGS)),
    "a card in a channel that cannot change it: as it is": (
        Posting(edits=False),
        beside(),
        (PostKind.EDIT, NUMBER, "#dams"),
    ),
    "a card that waits in such a channel": (
        Posting(edits=False),
        beside(waits=True),
        (PostKind.EDIT, NUMBER, TAGS),
    ),
    "what waits for more sources: nothing": (Posting(min_sources=3), beside(), None),
}


@pytest.mark.parametrize(("posting", "sibling", "expected"), SHARED.values(), ids=SHARED)
@pytest.mark.parametrize("shown", [NEVER, QUIET], ids=["never heard of", "quiet before"])
def test_what_another_story_tells_already_shares_its_message(
    shown: Shown | None,
    posting: Posting,
    sibling: Shown,
    expected: tuple[PostKind, PostId | None, str] | None,
) -> None:
    place = at_place(posting)
    place = replace(place, story=place.stories["rivers"])
    posts = plan(RIVER, SECOND, UPDATE, shown, place, sibling=sibling)

    told = [(post.kind, post.joins, post.message.text.splitlines()[-1]) for post in posts]
    assert told == ([] if expected is None else [expected])


BOTH = replace(beside(), events=(EVENT, RIVER))
UPDATED = member(THIRD, "update", number=3, of=1)


def test_an_update_of_what_two_stories_share_carries_both_tags() -> None:
    event = replace(EVENT, members=(*EVENT.members, UPDATED))
    (post,) = plan(event, THIRD, UPDATE, BOTH, at_place(Posting()))

    assert post.kind is PostKind.REPLY
    assert post.message.text.endswith(f"\n{TAGS}")


@pytest.mark.parametrize("posting", [Posting(), DIGEST], ids=["at once", "in digests"])
def test_an_update_that_another_story_told_on_the_same_card_is_not_told_again(posting: Posting) -> None:
    told = replace(RIVER, members=(*RIVER.members, UPDATED))
    event = replace(EVENT, members=(*EVENT.members, UPDATED))

    assert plan(event, THIRD, UPDATE, replace(BOTH, events=(EVENT, told)), at_place(posting)) == []


def test_an_update_on_a_list_has_no_tags_of_others_on_it() -> None:
    event = replace(EVENT, members=(*EVENT.members, UPDATED))
    other = replace(numbered(9), story="rivers")
    (post,) = plan(
        event, THIRD, UPDATE, on_list(PostKind.ROUNDUP, EVENT, other, waits=False), at_place(Posting())
    )

    assert post.message.text.endswith("\n#dams")


# ------------------------------------------------------------------------------------ lists that change

WITH_UPDATE = replace(EVENT, members=(*EVENT.members, UPDATED))
HEADLINE = " of the water" * 40
LISTED: dict[str, tuple[Shown, Verdict, Posting, list[PostKind]]] = {
    "an update on a list that waits: there": (
        on_list(PostKind.DIGEST, EVENT),
        UPDATE,
        DIGEST,
        [PostKind.EDIT],
    ),
    "on a digest that was sent: in the next": (
        on_list(PostKind.DIGEST, EVENT, waits=False),
        UPDATE,
        DIGEST,
        [PostKind.DIGEST],
    ),
    "on a roundup that was sent: an answer": (
        on_list(PostKind.ROUNDUP, EVENT, waits=False),
        UPDATE,
        Posting(),
        [PostKind.REPLY],
    ),
    "of a card, where digests are sent by now: in the next": (ALREADY, UPDATE, DIGEST, [PostKind.DIGEST]),
    "a copy on a list: there": (
        on_list(PostKind.ROUNDUP, ALONE, waits=False),
        COPY,
        Posting(),
        [PostKind.EDIT],
    ),
    "one on a list that cannot be changed any more: nothing": (
        on_list(PostKind.ROUNDUP, ALONE, waits=False),
        COPY,
        Posting(edits=False),
        [],
    ),
    "a copy of what the list tells: nothing": (on_list(PostKind.ROUNDUP, WITH_UPDATE), COPY, Posting(), []),
}


@pytest.mark.parametrize(("shown", "verdict", "posting", "expected"), LISTED.values(), ids=LISTED)
def test_of_an_event_on_a_list_a_channel_gets(
    shown: Shown, verdict: Verdict, posting: Posting, expected: list[PostKind]
) -> None:
    posts = plan(WITH_UPDATE, THIRD, verdict, shown, at_place(posting))

    assert [post.kind for post in posts] == expected


def test_an_update_that_a_list_has_no_room_for_is_told_by_itself() -> None:
    others = [numbered(n, f"Dam {n}{HEADLINE}") for n in range(10, 43)]
    full = replace(on_list(PostKind.ROUNDUP, EVENT), events=(EVENT, *others))
    wide = replace(
        WITH_UPDATE, members=(*EVENT.members, replace(UPDATED, article=report(f"X{HEADLINE}", "Three")))
    )
    many = replace(
        full,
        events=(
            EVENT,
            *(
                replace(o, members=(*o.members, replace(wide.members[-1], id=ArticleId(o.id + 100))))
                for o in others
            ),
        ),
    )

    assert [post.kind for post in plan(wide, THIRD, UPDATE, many, at_place(Posting()))] == [PostKind.REPLY]


def test_a_story_that_is_not_followed_any_more_keeps_its_line_and_its_tag() -> None:
    other = replace(numbered(3), story="gone")
    for there in (
        on_list(PostKind.ROUNDUP, other, waits=False),
        replace(beside(), events=(replace(other, id=EventId(0)),)),
    ):
        shown = replace(there, events=(*there.events, ALONE))
        (post,) = plan(EVENT, SECOND, COPY, shown, at_place(Posting()))
        assert "Dam 3" in post.message.text
        assert post.message.text.endswith("\n#gone #dams")


# ------------------------------------------------------------------------- merged and parted, on lists


def test_where_two_events_of_one_list_are_one_the_list_tells_it_once() -> None:
    gone = an_event(id=GONE)
    shown = on_list(PostKind.ROUNDUP, LEFT, gone, numbered(9), waits=False)
    (post,) = merged(EVENT, shown, (gone, shown), at_place(Posting()))

    assert post.message.text.splitlines()[0] == "Roundup: 2 reports"
    assert "also Two" in post.message.text


def test_a_list_that_told_the_other_event_tells_it_no_more() -> None:
    gone = an_event(id=GONE)
    theirs = on_list(
        PostKind.ROUNDUP, an_event(id=GONE, members=(member(SECOND, number=2),)), numbered(9), waits=False
    )
    theirs = replace(theirs, events=(gone, numbered(9)))
    card_edit, list_edit = merged(EVENT, EARLIER, (gone, theirs), at_place(Posting()))

    assert (card_edit.event, card_edit.message) == (EVENT.id, CARD)
    assert list_edit.event == GONE
    assert list_edit.message.text.startswith("Roundup: 1 report\n\n• Dam 9\n")


def test_a_list_that_told_nothing_else_points_to_the_card_that_stays() -> None:
    gone = an_event(id=GONE)
    theirs = on_list(PostKind.ROUNDUP, an_event(id=GONE, members=(member(SECOND, number=2),)), waits=False)
    posts = merged(EVENT, ALREADY, (gone, replace(theirs, events=(gone,))), at_place(Posting()))

    assert [(post.event, post.message) for post in posts] == [(GONE, POINTER)]


def test_an_article_that_leaves_an_event_on_a_list_is_told_by_itself() -> None:
    shown = on_list(PostKind.ROUNDUP, EVENT, numbered(9), waits=False)
    on_it, own = parted(LEFT, OWN, shown, at_place(Posting()))

    assert (on_it.kind, own.kind, own.event) == (PostKind.EDIT, PostKind.CARD, GONE)
    assert "Two" not in on_it.message.text


def test_an_article_that_leaves_waits_for_sources_of_its_own() -> None:
    assert [post.kind for post in parted(LEFT, OWN, ALREADY, at_place(Posting(min_sources=2)))] == [
        PostKind.EDIT
    ]
