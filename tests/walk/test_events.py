"""What a channel shows of one event that several reports tell: a card for each, or one card for all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot import pipeline
from bot.model import Article, Duplicate, Fold, Kind, New, Policy, PostKind, Related, Stored, Story, Verdict
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
