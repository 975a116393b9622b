from __future__ import annotations

import pytest

from bot.core import compose
from bot.core.plan import Place, merged, parted, plan
from bot.model import (
    ArticleId,
    Duplicate,
    Event,
    EventId,
    Hours,
    Kind,
    Message,
    New,
    Posting,
    PostKind,
    Related,
    Shown,
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
