from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edge.document import read_document
from bot.edge.items import MAX_ENTRIES
from bot.errors import ParseError
from bot.model import Document, Entry
from tests.unit.edge.alike import check_alike, some_of

URL = "https://news.example/feeds/feed.json"
ONE = "https://jsonfeed.org/version/1"
TWO = "https://jsonfeed.org/version/1.1"


def feed(*items: object, version: str | None = TWO, **head: object) -> bytes:
    start = {"version": version} if version else {}
    return json.dumps({**start, **head, "items": items}).encode()


def read(body: bytes) -> Document:
    return read_document(body, URL, "application/feed+json")


def only(**item: object) -> Entry:
    (entry,) = read(feed(item)).entries
    return entry


def test_an_item_becomes_an_entry() -> None:
    body = feed(
        {
            "id": "dam-1",
            "url": "/2023/dam",
            "external_url": "https://other.example/",
            "title": "Dam breaks &amp; floods",
            "content_html": "<p>Near <b>Ostrava</b></p><p>today</p>",
            "content_text": "Near Ostrava, today",
            "summary": "A dam",
            "date_published": "2023-04-16T15:12:00+03:00",
            "date_modified": "2023-04-16T14:00:00Z",
            "authors": [{"name": "x"}],
            "tags": ["x"],
        },
        title="World\nnews",
        language="en-GB",
    )

    assert replace(read(body), parts=b"") == Document(
        title="World news",
        language="en-GB",
        dialect="json11",
        entries=(
            Entry(
                id="dam-1",
                link="https://news.example/2023/dam",
                title="Dam breaks & floods",
                summary="A dam",
                body="Near Ostrava\ntoday",
                published=datetime(2023, 4, 16, 12, 12, tzinfo=UTC),
                updated=datetime(2023, 4, 16, 14, 0, tzinfo=UTC),
            ),
        ),
    )


DIALECTS = {
    "1": (feed(version=ONE), "json1"),
    "1.1": (feed(version=TWO), "json11"),
    "1.0 in capitals": (feed(version="HTTP://JSONFEED.ORG/VERSION/1"), "json1"),
    "none, but items": (feed(version=None), "json1"),
    "a number, but items": (b'{"version": 2, "items": []}', "json1"),
    "behind blanks and a mark": (b"\xef\xbb\xbf \n" + feed(version=TWO), "json11"),
    "in UTF-16": (feed(version=TWO).decode().encode("utf-16"), "json11"),
}


@pytest.mark.parametrize(("body", "dialect"), DIALECTS.values(), ids=DIALECTS)
def test_a_feed_in_json_is_known_by_its_content(body: bytes, dialect: str) -> None:
    assert read_document(body, URL, "text/html").dialect == dialect


FIELDS: dict[str, tuple[dict[str, object], str, object]] = {
    "an id that is a number": ({"id": 42}, "id", "42"),
    "an id with a fraction": ({"id": 1.50}, "id", "1.5"),
    "an id with blanks": ({"id": " x "}, "id", "x"),
    "an id that is true": ({"id": True}, "id", None),
    "an id that is an object": ({"id": {"x": 1}}, "id", None),
    "no id": ({}, "id", None),
    "an endless id": ({"id": "x" * 3_000}, "id", None),
    "an id with half a character": ({"id": "x\ud83dy"}, "id", "xy"),
    "an external address in place of an own": (
        {"external_url": "http://a.example/"},
        "link",
        "http://a.example/",
    ),
    "an external address behind a script": (
        {"url": "javascript:x", "external_url": "http://a.example/"},
        "link",
        "http://a.example/",
    ),
    "no address": ({"url": True}, "link", None),
    "a post without a title": ({"content_text": "x"}, "title", ""),
    "a title that is null": ({"title": None}, "title", ""),
    "text in place of HTML": ({"content_text": "3 < 5\nyes"}, "body", "3 < 5 yes"),
    "a summary that is the text": ({"summary": "x", "content_text": "x"}, "summary", ""),
    "a date in words": (
        {"date_published": "Sun, 16 Apr 2023 12:12:00 GMT"},
        "published",
        datetime(2023, 4, 16, 12, 12, tzinfo=UTC),
    ),
    "a date in seconds": (
        {"date_published": 1700000000},
        "published",
        datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
    ),
    "no date": ({"date_published": "soon"}, "published", None),
}


@pytest.mark.parametrize(("item", "field", "value"), FIELDS.values(), ids=FIELDS)
def test_fields_are_read_or_left_out(item: Mapping[str, object], field: str, value: object) -> None:
    assert getattr(only(**item), field) == value


REFUSED: dict[str, tuple[bytes, str]] = {
    "no list of items": (b'{"version": "https://jsonfeed.org/version/1"}', "JSON without a list of items"),
    "an error message": (b'{"error": "not found"}', "JSON without a list of items"),
    "a list": (b"[1, 2]", "JSON without a list of items"),
    "items that are no list": (b'{"items": {"a": 1}}', "JSON without a list of items"),
    "cut off": (feed({"id": 1})[:-3], "broken"),
    "a brace": (b"{", "broken"),
    "deep lists": (b"[" * 100_000, "deeper"),
    "deep objects": (b'{"items":[' + b'{"a":' * 100_000, "deeper"),
    "a deep item": (b'{"items":[' + b"[" * 5_000 + b"]" * 5_000 + b"]}", "deeper"),
}


@pytest.mark.parametrize(("body", "words"), REFUSED.values(), ids=REFUSED)
def test_other_json_is_refused_with_a_reason(body: bytes, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        read(body)


def test_one_poisoned_item_leaves_the_others_whole() -> None:
    body = feed({"id": 1}, 5, None, ["x"], {"id": int("9" * 100)}, {"title": {"a": []}}, {"id": 2})
    document = read(body.replace(b"9" * 100, b"9" * 10_000))

    assert [entry.id for entry in document.entries] == ["1", None, None, "2"]
    assert document.problems == ("3 entries cannot be read and had to be left out",)


def test_numbers_that_are_none_are_read() -> None:
    assert read(b'{"items": [{"id": NaN}, {"id": -Infinity}, {"id": 1e999}]}').entries[2].id == "1e999"


def test_raw_line_ends_in_a_text_are_read() -> None:
    assert read(b'{"items": [{"title": "one\ntwo"}]}').entries[0].title == "one two"


def test_of_a_huge_document_the_first_thousand_items_are_taken() -> None:
    document = read(feed(*({"id": number} for number in range(5_000))))

    assert len(document.entries) == MAX_ENTRIES
    assert document.problems == ("5000 entries; only the first 1000 were taken",)


def test_only_what_is_new_is_read() -> None:
    known = read(feed({"id": 1, "title": "one"}, {"id": 2})).parts
    brief = check_alike(feed({"id": 3}, {"title": "one", "id": 1}, title="x"), URL, known)

    assert [entry.id for entry in brief.entries] == ["3"]
    assert brief.left_out == 1
    assert check_alike(feed({"id": 1, "title": "x"}, {"id": 1, "title": "one"}), URL, known).left_out == 0


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(
    "id url external_url title content_html content_text summary date_published date_modified".split()
)
items = st.dictionaries(names, values, max_size=5)


@given(
    st.lists(values | items, max_size=8),
    st.dictionaries(st.sampled_from(["title", "language"]), values),
    st.randoms(),
)
def test_any_items_are_read_and_alike(listed: list[Any], head: dict[str, Any], dice: Random) -> None:
    body = feed(*listed, **head)
    full = read(body)

    assert len(full.entries) == sum(isinstance(item, dict) for item in listed)
    check_alike(body, URL, some_of(full.parts, dice), full=full)


@given(st.text(max_size=100))
def test_any_text_behind_a_brace_is_a_document_or_refused(text: str) -> None:
    try:
        read(b"{" + text.encode(errors="surrogatepass"))
    except ParseError as error:
        assert "JSON" in str(error)  # noqa: PT017  a document is fine as well


def test_what_no_database_takes_is_no_part_of_an_id_or_a_link() -> None:
    entry = only(id="a\x00b", url="https://a.example/x\x00y", title="Dam\x00")

    assert (entry.id, entry.link, entry.title) == ("ab", "https://a.example/xy", "Dam")
