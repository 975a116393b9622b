"""Reading a document by its parts gives what reading all of it gives, less what is known."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.edge.document import read_document
from bot.edge.items import MAX_ENTRIES
from bot.model import Document
from tests.unit.edge.alike import check_alike, some_of

URL = "https://news.example/feeds/world.xml"

SPACES = """
    xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:media="http://search.yahoo.com/mrss/" xmlns:gml="http://www.opengis.net/gml"
    xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:own="http://news.example/own"
"""
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
#: How a document begins, what its entries are called, and how it ends.
KINDS = {
    "RSS": (f'<rss version="2.0" {SPACES}><channel>{{head}}', "item", "{tail}</channel></rss>"),
    "Atom": (f'<feed xmlns="http://www.w3.org/2005/Atom" {SPACES}>{{head}}', "entry", "{tail}</feed>"),
    "RDF": (f"<rdf:RDF {RDF} {SPACES}><channel>{{head}}</channel>", "item", "{tail}</rdf:RDF>"),
}


def document(*entries: str, kind: str = "RSS", head: str = "", tail: str = "", between: str = "\n") -> bytes:
    start, name, end = KINDS[kind]
    inner = between.join(f"<{name}>{entry}</{name}>" for entry in entries)
    return f"{start.format(head=head)}{inner}{end.format(tail=tail)}".encode()


def titles(read: Document) -> list[str]:
    return [entry.title for entry in read.entries]


def entry(title: str, identifier: str = "") -> str:
    return f"<title>{title}</title><guid isPermaLink='false'>{identifier or title}</guid>"


ONE, TWO, THREE = entry("one"), entry("two"), entry("three")

# ------------------------------------------------------------------------------- what is left out

POLLS: dict[str, tuple[bytes, bytes, list[str]]] = {
    "nothing changed": (document(ONE, TWO), document(ONE, TWO), []),
    "only the head changed": (document(ONE, TWO), document(ONE, TWO, head="<ttl>5</ttl>"), []),
    "only the feed's title changed": (
        document(ONE, head="<title>World</title>"),
        document(ONE, head="<title>The World</title>"),
        [],
    ),
    "only the blanks between changed": (document(ONE, TWO), document(ONE, TWO, between="\r\n\t"), []),
    "one came on top": (document(ONE, TWO), document(THREE, ONE, TWO), ["three"]),
    "one came on top and one went": (document(ONE, TWO), document(THREE, ONE), ["three"]),
    "one came between": (document(ONE, TWO), document(ONE, THREE, TWO), ["three"]),
    "all are new": (document(ONE), document(TWO, THREE), ["two", "three"]),
    "they changed places": (document(ONE, TWO), document(TWO, ONE), []),
    "one changed": (document(ONE, TWO), document(ONE, entry("two!", "two")), ["two!"]),
    "one has its own blanks": (document(ONE, TWO), document(ONE, f"{TWO}\n"), ["two"]),
    "in another encoding": (
        document(ONE, entry("café")),
        '<?xml version="1.0" encoding="iso-8859-1"?>'.encode("latin-1")
        + document(ONE, entry("café"), TWO).decode().encode("latin-1"),
        ["two"],
    ),
    "an Atom feed": (document(ONE, kind="Atom"), document(TWO, ONE, kind="Atom"), ["two"]),
    "an RDF feed": (document(ONE, kind="RDF"), document(TWO, ONE, kind="RDF"), ["two"]),
    "elements follow the entries": (
        document(ONE),
        document(ONE, TWO, tail="<language>cs</language>"),
        ["two"],
    ),
    "an empty element is an entry": (
        document(ONE).replace(b"</channel>", b"<item/></channel>"),
        document(ONE, TWO).replace(b"</channel>", b"<item />\n</channel>"),
        ["two", ""],
    ),
    "an empty element in one of a similar name": (
        b"<rss><items><item/></items></rss>",
        b"<rss><items><item><title>one</title></item><item/></items></rss>",
        ["one"],
    ),
    "an entry with a prefix": (
        b"<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry/></a:feed>",
        b"<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>x</a:title></a:entry><a:entry/></a:feed>",
        ["x"],
    ),
    "an end tag with blanks": (
        document(ONE),
        document(TWO, ONE).replace(b"</item>\n", b"</item \n >"),
        ["two"],
    ),
}


@pytest.mark.parametrize(("before", "after", "fresh"), POLLS.values(), ids=POLLS)
def test_only_what_is_new_is_read(before: bytes, after: bytes, fresh: list[str]) -> None:
    known = read_document(before, URL, None).parts
    brief = check_alike(after, URL, known)

    assert known
    assert brief.parts
    assert titles(brief) == fresh


WHOLE: dict[str, tuple[bytes, bytes]] = {
    "another base address around the entries": (
        document(ONE, kind="Atom"),
        document(ONE, kind="Atom").replace(b"<feed ", b"<feed xml:base='http://other.example/' "),
    ),
    "another language around the entries": (
        document(ONE),
        document(ONE).replace(b"<rss ", b"<rss xml:lang='cs' "),
    ),
    "a prefix that means something else": (
        document(ONE),
        document(ONE).replace(b"http://purl.org/dc/elements/1.1/", b"http://news.example/dc"),
    ),
    "a default namespace": (
        document(ONE),
        document(ONE).replace(b"<rss ", b"<rss xmlns='http://x.example/' "),
    ),
    "an image in the head, where one of an entry would go": (
        document(ONE),
        document(ONE, head="<image><url>http://a.example/1.png</url></image>"),
    ),
    "another version of the feed": (document(ONE), document(ONE).replace(b'"2.0"', b'"0.91"')),
    "a document type": (document(ONE), b"<!DOCTYPE rss>" + document(ONE)),
    "a comment between the entries": (document(ONE, TWO), document(ONE, TWO, between="<!-- x -->")),
    "text between the entries": (document(ONE, TWO), document(ONE, TWO, between="x")),
    "an element between the entries": (
        document(ONE, TWO),
        document(ONE, TWO, between="<language>cs</language>"),
    ),
    "an entry in an entry": (document(ONE), document(ONE, f"{TWO}<item><title>three</title></item>")),
    "entries in two places": (document(ONE), document(ONE, head="<image><item/></image>")),
    "an ill-formed document": (document(ONE), document(ONE, "<title>two</title>&nbsp;")),
    "an id that is known turns up again": (document(ONE), document(ONE, entry("other", "one"))),
    "no entries any more": (document(ONE), document()),
}


@pytest.mark.parametrize(("before", "after"), WHOLE.values(), ids=WHOLE)
def test_in_doubt_everything_is_read(before: bytes, after: bytes) -> None:
    brief = check_alike(after, URL, read_document(before, URL, None).parts)

    assert brief.left_out == 0


def test_at_another_address_everything_is_read() -> None:
    known = read_document(document(ONE), "https://other.example/", None).parts

    assert check_alike(document(ONE), URL, known).left_out == 0


def test_entries_that_share_their_id_are_read_every_time_and_the_others_are_left_out() -> None:
    body = document(ONE, entry("two", "same"), entry("three", "same"))
    known = read_document(body, URL, None).parts

    assert titles(check_alike(body, URL, known)) == ["two", "three"]


def test_an_entry_without_an_id_is_known_all_the_same() -> None:
    body = document("<title>one</title>", "<title>two</title>")

    assert check_alike(body, URL, read_document(body, URL, None).parts).left_out == 2


def test_what_is_kept_of_an_entry_is_short() -> None:
    parts = read_document(document(*(entry(f"{n}") for n in range(500))), URL, None).parts

    assert len(parts) <= 16 * 500


@pytest.mark.parametrize("known", [b"x", b"x" * 8, b"x" * 20, bytes(8 + 12 * 3), b"x" * 10_001])
def test_nonsense_is_not_known(known: bytes) -> None:
    assert titles(check_alike(document(ONE, TWO), URL, known)) == ["one", "two"]


def test_dates_that_nobody_can_read_are_counted_over_the_polls() -> None:
    """Of the dates of a whole document only so many are tried in vain: the last one may not be read then."""
    vague = [f"<title>{n}</title><pubDate>the {n}th day of gibberish</pubDate>" for n in range(25)]
    french = "<title>date</title><pubDate>dim., 16 avr. 2023 14:12:00 +0200</pubDate>"
    some = read_document(document(*vague[:15]), URL, None)

    assert check_alike(document(*vague[:18], french), URL, some.parts).left_out == 15
    assert check_alike(document(*vague, french), URL, some.parts).left_out == 0


def test_of_a_huge_document_only_the_first_entries_are_looked_for() -> None:
    entries = [entry(f"{n}") for n in range(MAX_ENTRIES + 500)]
    full = read_document(document(*entries), URL, None)

    assert len(full.entries) == MAX_ENTRIES
    assert full.problems == ("1500 entries; only the first 1000 were taken",)
    brief = check_alike(document(entry("new"), *entries), URL, full.parts)
    assert (titles(brief), brief.left_out) == (["new"], MAX_ENTRIES - 1)


# ------------------------------------------------------------------------- entries leave nothing behind

#: What feedparser would let an entry do to those behind it, or to the feed.
LEAKS = {
    "a base address": "<own:x xml:base='http://l.ex/'/><content xml:base='http://m.ex/'/>",
    "a language": "<language>xx</language><own:x xml:lang='yy'/>",
    "an image": "<image><title>image</title><url>http://a.example/1.png</url></image>",
    "an input field": "<description>d</description><textInput><title>x</title></textInput>",
    "a namespace": "<q:x xmlns:q='http://purl.org/dc/elements/1.1/'/><q:x xmlns:q='http://q.example/'/>",
    "elements that stay open": "<content>one</content><own:content>two</own:content>",
    "a nested title": "<media:group><media:title>x</media:title></media:group><own:a><title/></own:a>",
    "a division": "<content type='html'><div>x</div></content>",
    "a drawing": "<svg xmlns='http://www.w3.org/2000/svg'><title>x</title></svg>",
    "a source": "<source url='http://a.example/'>",
    "a feed in it": "<own:x><feed xml:lang='zz' version='0.3'/></own:x>",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_no_entry_changes_what_stands_behind_it(leak: str, kind: str) -> None:
    if leak.startswith("<source"):
        leak += "</source>"
    plain = "<title>plain</title><link href='/x'/><link>/x</link><description>text</description>"
    head, tail = "<title>World</title>", "<title>World</title><language>en</language>"
    without = read_document(document(plain, kind=kind, head=head, tail=tail), URL, None)
    behind = read_document(document(leak, plain, kind=kind, head=head, tail=tail), URL, None)

    assert behind.entries[1:] == without.entries
    assert (behind.title, behind.language, behind.dialect) == (
        without.title,
        without.language,
        without.dialect,
    )


# ---------------------------------------------------------------------------------------- at random

FRAGMENTS = [
    *LEAKS.values(),
    "<title>{}</title>",
    "<title>{0} &amp;amp; {0}</title><title>again</title>",
    "<guid>{}</guid>",
    "<guid isPermaLink='false'>id-{}</guid>",
    "<id>urn:{}</id>",
    "<link>http://a.example/{}</link>",
    "<link href='{}.html' rel='alternate'/>",
    "<description>text {}</description>",
    "<description><![CDATA[<p>{} ]]&gt; <item> &amp; </item></p>]]></description>",
    "<content:encoded>&lt;item&gt;{}&lt;/item&gt;</content:encoded>",
    "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>{}</p></div></content>",
    "<content type='xhtml'><item>{}</item></content>",
    "<pubDate>Sun, {} Apr 2023 12:12:00 GMT</pubDate>",
    "<pubDate>the {}th day of gibberish</pubDate>",
    "<dc:date>2023-04-16T12:00:{}Z</dc:date><dc:language>l{}</dc:language>".replace("l{}", "ll"),
    "<item><title>nested {}</title></item>",
    "<entry/>",
    "<own:entry>{}</own:entry>",
    "<!-- <item> {} -->",
    "<gml:pos>{}</gml:pos>",
    "<textInput><name>{}</name></textInput>",
    "<itunes:owner><itunes:name>{}</itunes:name></itunes:owner><itunes:image href='x'/>",
    "<media:thumbnail url='/{}.png'/><enclosure url='/{}.png'/><image><url>/{}.png</url></image>",
    "<itunes:image href='/{}.png'/><description>&lt;img src='/{}.png'></description>",
    "<media:content url='{}'/><media:description>{}</media:description>".replace("{}</m", "x</m"),
    "<z xmlns='http://z.example/{}'><item/></z>",
    "<rss version='0.91'/><channel lastmod='{}'/>",
    "&nbsp;{}",
    "<b>",
]
numbers = st.integers(0, 3)
entries = st.lists(st.tuples(st.sampled_from(FRAGMENTS), numbers), max_size=4).map(
    lambda pairs: "".join(text.replace("{}", str(n)).replace("{0}", str(n)) for text, n in pairs)
)
heads = st.sampled_from(
    [
        *[""] * 3,
        "<title>World</title><ttl>5</ttl>",
        "<image><title>x</title></image>",
        "<itunes:owner><itunes:email>a@b.example</itunes:email></itunes:owner>",
        "<content>open</content>",
        "<language>cs</language>",
        "<item/>",
        "<textInput><title>x</title></textInput>",
    ]
)
gaps = st.sampled_from([*[""] * 6, " \n", "\t", "<!-- x -->", "<image/>", "x"])
kinds = st.sampled_from(sorted(KINDS))


@given(st.data(), kinds, st.lists(entries, min_size=1, max_size=6), heads, heads)
@settings(max_examples=300, deadline=None)
def test_any_two_documents_are_read_alike(
    data: st.DataObject, kind: str, pool: list[str], head: str, tail: str
) -> None:
    chosen = st.lists(st.sampled_from(pool), max_size=6)
    before, after = data.draw(chosen, "before"), data.draw(chosen, "after")
    one = document(*before, kind=kind, head=head, tail=tail)
    two = document(*after, kind=kind, head=data.draw(heads), tail=data.draw(heads), between=data.draw(gaps))

    check_alike(two, URL, read_document(one, URL, None).parts)


@given(kinds, st.lists(entries, min_size=1, max_size=6), heads, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_whatever_is_known_the_rest_is_read_alike(
    kind: str, inner: Sequence[str], head: str, dice: Random
) -> None:
    body = document(*inner, kind=kind, head=head)
    full = read_document(body, URL, None)

    check_alike(body, URL, some_of(full.parts, dice), full=full)
