"""What a channel shows of one event that several reports tell: a card for each, or one card for all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot import corrections, pipeline
from bot.corrections import Corrected
from bot.errors import OperatorError
from bot.model import (
    Article,
    ArticleId,
    Duplicate,
    Fold,
    Kind,
    New,
    Policy,
    PostKind,
    Related,
    Stored,
    Story,
    Verdict,
)
from bot.ports import Archive
from tests.builders import a_story
from tests.walk.world import LEDGER, POST, WIRE, Walk, an_item

BREAK = "Dam breaks near Ostrava"
FIREMEN = "Firemen at the broken dam near Ostrava tell of the night"
COPIES, EVENT = (a_story(policy=Policy(fold=fold, backfill=0)) for fold in Fold)


def told_apart(article: Article, candidates: Sequence[Stored], *_: object) -> Verdict:
    """Judge as simply as the tests need it: the same headline is a copy, any other is a related article."""
    for old in candidates:
        if old.article.title == article.title:
            return Duplicate(of=old.id, kind=Kind.COPY)
    return Related(of=candidates[-1].id) if candidates else New()


@pytest.fixture(autouse=True)
def _judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "judge", told_apart)


def second_lines(walk: Walk) -> list[str]:
    """Deliver, then return the lines of each card that name other outlets."""
    walk.deliver()
    texts = [message.text for message in walk.channel.messages.values()]
    return [line for text in texts for line in text.splitlines() if line.startswith(("Also: ", "More: "))]


def test_a_related_article_is_a_card_of_its_own(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[COPIES])
    walk.opened()
    walk.hears(WIRE, an_item(BREAK))

    (taken,) = walk.hears(POST, an_item(FIREMEN, "post")).taken

    assert isinstance(taken.verdict, Related)
    assert [post.kind for post in taken.posts] == [PostKind.CARD]
    assert walk.shown() == [BREAK, FIREMEN]
    assert second_lines(walk) == []


def test_where_events_are_folded_it_is_named_on_the_card_of_the_earlier_report(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[EVENT])
    walk.opened()
    walk.hears(WIRE, an_item(BREAK))
    walk.deliver()

    (taken,) = walk.hears(POST, an_item(FIREMEN, "post")).taken

    assert [post.kind for post in taken.posts] == [PostKind.EDIT]
    assert walk.shown() == [BREAK]
    assert second_lines(walk) == ["More: Evening Post"]


def test_a_copy_of_a_related_article_is_named_with_it(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[EVENT])
    walk.opened()
    walk.hears(WIRE, an_item(BREAK))
    walk.hears(POST, an_item(FIREMEN, "post"))
    walk.hears(LEDGER, an_item(FIREMEN, "ledger"))

    assert walk.shown() == [BREAK]
    assert second_lines(walk) == ["More: Evening Post, Ledger"]


@pytest.mark.parametrize("story", [COPIES, EVENT], ids=list(Fold))
def test_a_related_article_of_what_was_recorded_quietly_is_news(archive: Archive, story: Story) -> None:
    walk = Walk(archive=archive, stories=[story])
    walk.opened(POST)
    walk.hears(WIRE, an_item(BREAK))  # backlog

    (taken,) = walk.hears(POST, an_item(FIREMEN, "post")).taken

    assert [post.kind for post in taken.posts] == [PostKind.CARD]
    assert taken.quiet is None
    assert walk.shown() == [FIREMEN]
    assert second_lines(walk) == ([] if story is COPIES else ["More: Wire"])


@pytest.mark.parametrize("story", [COPIES, EVENT], ids=list(Fold))
def test_a_related_article_of_the_backlog_stays_quiet_with_its_copies(archive: Archive, story: Story) -> None:
    walk = Walk(archive=archive, stories=[story])
    walk.opened(LEDGER)
    walk.hears(WIRE, an_item(BREAK))
    walk.hears(POST, an_item(FIREMEN, "post"))  # backlog as well

    walk.hears(LEDGER, an_item(FIREMEN, "ledger"))

    assert walk.shown() == []


# -------------------------------------------------------------------------------- corrected by hand


def merge(walk: Walk, one: ArticleId, other: ArticleId) -> Corrected:
    now, story, places = walk.clock.now(), walk.stories[0], walk.world.knowledge.places
    return asyncio.run(
        walk.archive.record(lambda record: corrections.merge(story, one, other, record, places, at=now))
    )


def split(walk: Walk, article: ArticleId) -> Corrected:
    now, story, places = walk.clock.now(), walk.stories[0], walk.world.knowledge.places
    return asyncio.run(
        walk.archive.record(lambda record: corrections.split(story, article, record, places, at=now))
    )


def number(walk: Walk, title: str, site: str = "wire") -> ArticleId:
    (decision,) = asyncio.run(walk.archive.decisions(str(an_item(title, site).link)))
    return decision.article_id


def said(walk: Walk) -> list[tuple[int, int, bool]]:
    return [(each.earlier, each.later, each.same) for each in asyncio.run(walk.archive.corrections())]


def texts(walk: Walk) -> list[str]:
    walk.deliver()
    return [message.text for message in walk.channel.messages.values()]


def two_cards(archive: Archive, *, deliver: bool = True) -> Walk:
    """Let a channel show two reports, of which the second has a copy."""
    walk = Walk(archive=archive, stories=[COPIES])
    walk.opened()
    walk.hears(WIRE, an_item(BREAK))
    walk.deliver()
    walk.hears(POST, an_item(FIREMEN, "post"))
    walk.hears(LEDGER, an_item(FIREMEN, "ledger"))
    if deliver:
        walk.deliver()
    return walk


def test_merged_cards_become_one_that_names_all_and_one_that_points_to_it(archive: Archive) -> None:
    walk = two_cards(archive)
    one, other = number(walk, BREAK), number(walk, FIREMEN, "post")

    corrected = merge(walk, other, one)

    assert [post.kind for post in corrected.posts] == [PostKind.EDIT, PostKind.EDIT]
    first, second = texts(walk)
    assert first.splitlines()[0] == BREAK
    assert "\nAlso: Evening Post, Ledger\n" in first
    assert second == f"Same report as: {BREAK}"
    assert said(walk) == [(one, other, True)]


def test_a_merged_card_that_still_waits_is_never_sent(archive: Archive) -> None:
    walk = two_cards(archive, deliver=False)

    merge(walk, number(walk, BREAK), number(walk, FIREMEN, "ledger"))

    (text,) = texts(walk)
    assert "\nAlso: Evening Post, Ledger\n" in text


def test_a_later_copy_of_what_was_merged_is_named_on_the_card_that_stayed(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[COPIES])
    walk.opened()
    walk.hears(WIRE, an_item(BREAK))
    walk.hears(POST, an_item(FIREMEN, "post"))
    merge(walk, number(walk, BREAK), number(walk, FIREMEN, "post"))

    walk.hears(LEDGER, an_item(FIREMEN, "ledger"))

    assert walk.shown() == [BREAK]
    assert second_lines(walk) == ["Also: Evening Post, Ledger"]


def test_merged_into_what_was_recorded_quietly_the_card_on_show_stays(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[COPIES])
    walk.opened(POST)
    walk.hears(WIRE, an_item(BREAK))  # backlog
    walk.hears(POST, an_item(FIREMEN, "post"))
    walk.deliver()

    merge(walk, number(walk, BREAK), number(walk, FIREMEN, "post"))

    assert walk.shown() == [FIREMEN]
    assert second_lines(walk) == ["Also: Wire"]


def test_what_is_one_event_already_cannot_be_merged_again(archive: Archive) -> None:
    walk = two_cards(archive)
    one, other = number(walk, BREAK), number(walk, FIREMEN, "post")
    merge(walk, one, other)
    before = texts(walk)

    with pytest.raises(OperatorError, match=f"articles {one} and {other} are in one event already"):
        merge(walk, one, other)

    assert texts(walk) == before
    assert len(said(walk)) == 1


def test_an_article_that_was_split_off_gets_a_card_of_its_own(archive: Archive) -> None:
    walk = two_cards(archive)
    copied, copy = number(walk, FIREMEN, "post"), number(walk, FIREMEN, "ledger")

    split(walk, copy)

    assert walk.shown() == [BREAK, FIREMEN, FIREMEN]
    first, second, third = texts(walk)
    assert (first.splitlines()[0], "Also" in second) == (BREAK, False)
    assert third.splitlines()[1].startswith("Ledger · ")
    assert said(walk) == [(copied, copy, False)]


def test_if_the_report_itself_is_split_off_the_rest_keeps_the_card(archive: Archive) -> None:
    walk = two_cards(archive)
    copied, copy = number(walk, FIREMEN, "post"), number(walk, FIREMEN, "ledger")

    split(walk, copied)

    _, second, third = texts(walk)
    assert second.splitlines()[1].startswith("Ledger · ")
    assert third.splitlines()[1].startswith("Evening Post · ")
    assert "Also" not in second + third
    assert said(walk) == [(copied, copy, False)]


def test_a_related_article_can_be_split_off_a_folded_card(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[EVENT])
    walk.opened()
    walk.hears(WIRE, an_item(BREAK))
    walk.hears(POST, an_item(FIREMEN, "post"))
    walk.hears(LEDGER, an_item(FIREMEN, "ledger"))

    split(walk, number(walk, FIREMEN, "post"))

    assert walk.shown() == [BREAK, FIREMEN]
    assert second_lines(walk) == ["Also: Ledger"]  # its copy stays where it was


def test_versions_of_a_page_leave_with_it(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = two_cards(archive)
    copy = number(walk, FIREMEN, "ledger")
    monkeypatch.setattr(pipeline, "judge", lambda *_: Duplicate(of=copy, kind=Kind.SAME))
    retitled = f"{FIREMEN} and the day"
    walk.hears(LEDGER, replace(an_item(FIREMEN, "ledger"), title=retitled))

    corrected = split(walk, copy)

    assert [member.article.title for member in corrected.event.members] == [FIREMEN, retitled]
    assert walk.shown() == [BREAK, FIREMEN, retitled]


def test_what_is_alone_in_its_event_cannot_be_split(archive: Archive) -> None:
    walk = two_cards(archive)
    alone = number(walk, BREAK)

    with pytest.raises(OperatorError, match=f"article {alone} is alone in its event"):
        split(walk, alone)

    assert said(walk) == []


def test_what_was_split_off_a_quiet_event_stays_quiet_and_so_do_its_copies(archive: Archive) -> None:
    walk = Walk(archive=archive, stories=[COPIES])
    walk.opened(POST, LEDGER)
    walk.hears(WIRE, an_item(BREAK))  # backlog
    walk.hears(POST, an_item(BREAK, "post"))

    split(walk, number(walk, BREAK, "post"))
    walk.hears(LEDGER, an_item(BREAK, "ledger"))

    assert walk.shown() == []


def test_merged_by_mistake_and_split_again_both_are_on_show(archive: Archive) -> None:
    walk = two_cards(archive)
    one, other = number(walk, BREAK), number(walk, FIREMEN, "post")
    merge(walk, one, other)
    walk.deliver()

    split(walk, other)

    assert said(walk) == [(one, other, True), (one, other, False)]
    assert walk.shown() == [BREAK, f"Same report as: {BREAK}", FIREMEN]


def test_a_story_without_a_card_in_a_channel_gets_none_there(archive: Archive) -> None:
    walk = two_cards(archive)
    before = len(walk.channel.calls)
    elsewhere = replace(walk, stories=[replace(COPIES, channels=())])

    corrected = merge(elsewhere, number(walk, BREAK), number(walk, FIREMEN, "post"))

    assert corrected.posts == ()
    walk.deliver()
    assert len(walk.channel.calls) == before
