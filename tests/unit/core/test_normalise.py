from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.normalise import LONGEST_BODY, LONGEST_SUMMARY, LONGEST_TITLE, normalise, without_doubled_ids
from tests.builders import NOW, a_feed, an_entry

HOUR = timedelta(hours=1)
DATES = {
    "a sane time is kept": ({"published": NOW - HOUR}, NOW - HOUR, True),
    "a time in another zone is kept": (
        {"published": datetime(2026, 1, 15, 13, tzinfo=timezone(2 * HOUR))},
        NOW - HOUR,
        True,
    ),
    "without a time of publication the time of change serves": (
        {"published": None, "updated": NOW - HOUR},
        NOW - HOUR,
        True,
    ),
    "no time at all: first sight": ({"published": None}, NOW, False),
    "the epoch: first sight": ({"published": datetime(1970, 1, 1, tzinfo=UTC)}, NOW, False),
    "a wrong zone may be a day ahead": ({"published": NOW + 24 * HOUR}, NOW + 24 * HOUR, True),
    "further in the future: first sight": ({"published": NOW + 24.1 * HOUR}, NOW, False),
    "the year 9999: first sight": ({"published": datetime(9999, 12, 31, tzinfo=UTC)}, NOW, False),
    "1990 is the first year believed": (
        {"published": datetime(1990, 1, 1, tzinfo=UTC)},
        datetime(1990, 1, 1, tzinfo=UTC),
        True,
    ),
}


@pytest.mark.parametrize(("fields", "published", "dated"), DATES.values(), ids=DATES)
def test_a_time_that_cannot_be_is_replaced_by_first_sight(
    fields: dict[str, Any],
    published: datetime,
    dated: bool,  # noqa: FBT001  a table's column
) -> None:
    article = normalise(an_entry(**fields), a_feed(), seen_at=NOW)

    assert (article.published, article.dated, article.seen_at) == (published, dated, NOW)


TITLES = {
    "the outlet's name at the end goes": ("Dam breaks - Wire", "Wire", "Dam breaks"),
    "with any usual dash": ("Dam breaks — Wire", "Wire", "Dam breaks"),
    "or a bar": ("Dam breaks | Wire", "Wire", "Dam breaks"),
    "a part of the outlet's name is its name": ("Dam breaks - BBC", "BBC World", "Dam breaks"),
    "another outlet's name stays": ("Dam breaks - Reuters", "Wire", "Dam breaks - Reuters"),
    "a clause stays": ("Dam breaks - many missing", "Wire", "Dam breaks - many missing"),
    "a hyphen inside a word is no end": ("Dam-Wire", "Wire", "Dam-Wire"),
    "a dash and punctuation stay": ("Dam breaks - ???", "Wire", "Dam breaks - ???"),
    "white space becomes plain": ("  Dam\n\tbreaks\u3000now ", "Wire", "Dam breaks now"),
    "accents are composed": ("De\u0301fense", "Wire", "Défense"),
}


@pytest.mark.parametrize(("title", "source", "expected"), TITLES.values(), ids=TITLES)
def test_a_title_is_the_headline_alone(title: str, source: str, expected: str) -> None:
    assert normalise(an_entry(title, source=source), a_feed(), seen_at=NOW).title == expected


def test_a_blank_title_is_replaced_by_the_beginning_of_the_summary() -> None:
    article = normalise(an_entry("  ", summary="Dam breaks near Ostrava. " * 9), a_feed(), seen_at=NOW)

    assert article.title.startswith("Dam breaks near Ostrava.")
    assert len(article.title) <= 80


def test_without_title_and_summary_the_title_stays_blank() -> None:
    article = normalise(an_entry("", body="Dam breaks"), a_feed(), seen_at=NOW)

    assert (article.title, article.text) == ("", "Dam breaks")


OUTLETS = {
    "what an aggregator names": ({"source": "Reuters"}, "Wire", "Reuters"),
    "else what the operator calls the feed": ({}, "Wire", "Wire"),
    "else the site": ({}, "", "wire.example"),
}


@pytest.mark.parametrize(("fields", "name", "expected"), OUTLETS.values(), ids=OUTLETS)
def test_the_outlet_is(fields: dict[str, str], name: str, expected: str) -> None:
    assert normalise(an_entry(**fields), a_feed(name=name), seen_at=NOW).outlet == expected


LANGUAGES = {
    "the operator's word": ("RU", "en", "ru"),
    "else the document's": (None, "pt-BR", "pt-br"),
    "else unknown": (None, None, None),
    "a blank one is unknown": (None, "", None),
}


@pytest.mark.parametrize(("ours", "theirs", "expected"), LANGUAGES.values(), ids=LANGUAGES)
def test_the_language_is(ours: str | None, theirs: str | None, expected: str | None) -> None:
    article = normalise(an_entry(), a_feed(language=ours), seen_at=NOW, language=theirs)

    assert article.language == expected


KEYS = {
    "its id, verbatim": ({"id": " urn:7 ", "link": "https://a.example/x"}, " urn:7 "),
    "else its address": ({"id": None, "link": "https://www.a.example/x?utm_source=f"}, "a.example/x"),
}


@pytest.mark.parametrize(("fields", "expected"), KEYS.values(), ids=KEYS)
def test_an_item_is_told_from_others_by(fields: dict[str, Any], expected: str) -> None:
    assert normalise(an_entry(**fields), a_feed(), seen_at=NOW).key == expected


def test_an_item_without_id_and_page_is_told_from_others_by_its_text() -> None:
    front = {"id": None, "link": "https://a.example/"}
    one, two = (normalise(an_entry(t, **front), a_feed(), seen_at=NOW) for t in ("Dam breaks", "Dam holds"))

    assert one.key.startswith("text:")
    assert one.key != two.key


def test_two_items_with_nothing_but_a_body_are_told_apart() -> None:
    blank = {"id": None, "link": None}
    one, two = (
        normalise(an_entry("", body=body, **blank), a_feed(), seen_at=NOW)
        for body in ("Dam breaks", "Dam holds")
    )

    assert (one.key, one.fingerprint) != (two.key, two.fingerprint)


VERSIONS = {
    "another headline": ({"title": "Dam holds"}, False),
    "another summary": ({"summary": "Twelve are missing."}, False),
    "other case, accents and punctuation": ({"title": "DAM breaks, near Östrava!"}, True),
    "another time, for feeds save everything again": ({"updated": NOW}, True),
}


@pytest.mark.parametrize(("fields", "same"), VERSIONS.values(), ids=VERSIONS)
def test_a_version_is_what_a_reader_sees(fields: dict[str, str], same: bool) -> None:  # noqa: FBT001  a table's column
    given_first = {"title": "Dam breaks near Ostrava", "summary": "Eleven are missing."}
    first = normalise(an_entry(**given_first), a_feed(), seen_at=NOW)
    second = normalise(an_entry(**(given_first | fields)), a_feed(), seen_at=NOW)

    assert (first.fingerprint == second.fingerprint) is same


def test_a_news_search_names_the_outlet_also_where_its_link_carries_the_outlets_page() -> None:
    link = "https://news.google.com/rss/articles/CBMiE2h0dHBzOi8vYS5leGFtcGxlL3g?oc=5"  # a.example/x
    article = normalise(an_entry("Dam breaks - Wire", source=None, link=link), a_feed(), seen_at=NOW)

    assert (article.title, article.outlet) == ("Dam breaks", "Wire")
    assert (article.address, article.link) == ("a.example/x", link)


def test_the_readers_link_stays_as_the_feed_gave_it() -> None:
    link = "https://www.a.example/x?utm_source=f#top"
    article = normalise(an_entry(link=link), a_feed(), seen_at=NOW)

    assert (article.link, article.address) == (link, "a.example/x")


@given(title=st.text(), summary=st.text(), body=st.text(), link=st.text(), ident=st.none() | st.text())
def test_no_entry_makes_it_fail_and_every_text_is_bounded(
    title: str, summary: str, body: str, link: str, ident: str | None
) -> None:
    entry = an_entry(title * 40, summary=summary * 300, body=body * 900, link=link, id=ident)
    article = normalise(entry, a_feed(), seen_at=NOW)

    assert len(article.title) <= LONGEST_TITLE
    assert len(article.summary) <= LONGEST_SUMMARY
    assert len(article.body) <= LONGEST_BODY
    assert article.key


@given(title=st.text(), summary=st.text())
def test_an_article_made_into_an_entry_again_is_the_same_version(title: str, summary: str) -> None:
    once = normalise(an_entry(title, id="7", summary=summary), a_feed(), seen_at=NOW)
    twice = normalise(an_entry(once.title, id="7", summary=once.summary), a_feed(), seen_at=NOW)

    assert twice.title == once.title or once.title.startswith(twice.title)  # a second "- Wire" may go
    assert twice.summary == once.summary


def test_an_id_that_a_document_gives_to_several_titles_identifies_nothing() -> None:
    entries = [an_entry("Dam breaks", id="1"), an_entry("Beavers return", id="1"), an_entry("Rain", id="2")]

    assert [entry.id for entry in without_doubled_ids(entries)] == [None, None, "2"]


def test_an_item_listed_twice_keeps_its_id() -> None:
    entries = [an_entry("Dam breaks", id="1"), an_entry("Dam breaks", id="1")]

    assert without_doubled_ids(entries) == entries


def test_a_picture_is_carried_on_and_makes_no_new_version() -> None:
    bare, shown = (
        normalise(an_entry(image=image), a_feed(), seen_at=NOW)
        for image in ("", "https://cdn.example/dam.jpg")
    )

    assert (bare.image, shown.image) == ("", "https://cdn.example/dam.jpg")
    assert bare.fingerprint == shown.fingerprint
