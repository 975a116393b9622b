from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edge.document import read_document
from bot.edge.items import MAX_ENTRIES
from bot.edge.parse import Parser
from bot.errors import ParseError
from bot.model import Document, Entry, Fetched

URL = "https://news.example/feeds/world.xml"


def rss(*items: str, head: str = "") -> bytes:
    return f"<rss version='2.0'><channel>{head}{''.join(items)}</channel></rss>".encode()


def item(**elements: str) -> str:
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in elements.items())
    return f"<item>{inner}</item>"


def atom(*entries: str, attributes: str = "") -> bytes:
    return f"<feed xmlns='http://www.w3.org/2005/Atom' {attributes}>{''.join(entries)}</feed>".encode()


def read(body: bytes, content_type: str | None = None) -> Document:
    return read_document(body, URL, content_type)


def only(body: bytes) -> Entry:
    (entry,) = read(body).entries
    return entry


# ------------------------------------------------------------------------------------------ fields


def test_an_rss_item_becomes_an_entry() -> None:
    body = rss(
        """<item><title>Dam breaks &amp;amp; floods</title><link>/2023/dam?a=1&amp;b=2</link>
        <guid isPermaLink="false"> dam-1 </guid><pubDate>Sun, 16 Apr 2023 15:12:00 +0300</pubDate>
        <description>&lt;p&gt;Near &lt;b&gt;Ostrava&lt;/b&gt;&lt;/p&gt;&lt;p&gt;today&lt;/p&gt;</description>
        <content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/"
        ><![CDATA[<p>The whole story.</p>]]></content:encoded>
        <source url="http://agency.example/">The <![CDATA[Agency & Co]]></source></item>""",
        head="<title>World\nnews</title><language>en-GB</language>",
    )

    assert replace(read(body), parts=b"") == Document(
        title="World news",
        language="en-GB",
        dialect="rss20",
        entries=(
            Entry(
                id="dam-1",
                link="https://news.example/2023/dam?a=1&b=2",
                title="Dam breaks & floods",
                summary="Near Ostrava\ntoday",
                body="The whole story.",
                published=datetime(2023, 4, 16, 12, 12, tzinfo=UTC),
                source="The Agency & Co",
            ),
        ),
    )


def test_an_atom_entry_becomes_an_entry() -> None:
    body = atom(
        """<title>World</title><entry><id>tag:news.example,2023:1</id>
        <title type="html">&lt;i&gt;Dam&lt;/i&gt;</title>
        <link rel="enclosure" href="http://cdn.example/a.mp3"/><link rel="alternate" href="dam.html"/>
        <published>2023-04-16T15:12:00+03:00</published><updated>2023-04-16T14:00:00Z</updated>
        <summary>Near Ostrava</summary>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>Two</p></div></content>
        <source><title>The Agency</title></source></entry>""",
        attributes="xml:lang='cs' xml:base='https://other.example/world/'",
    )
    document = read(body)

    assert (document.title, document.language, document.dialect) == ("World", "cs", "atom10")
    assert document.entries == (
        Entry(
            id="tag:news.example,2023:1",
            link="https://other.example/world/dam.html",
            title="Dam",
            summary="Near Ostrava",
            body="One\nTwo",
            published=datetime(2023, 4, 16, 12, 12, tzinfo=UTC),
            updated=datetime(2023, 4, 16, 14, 0, tzinfo=UTC),
            source="The Agency",
        ),
    )


def test_an_empty_item_is_an_entry_without_anything() -> None:
    assert only(rss("<item/>")) == Entry(id=None, link=None, title="")


def test_content_alone_is_the_body_and_not_repeated_as_summary() -> None:
    entry = only(atom("<entry><content type='html'>&lt;p&gt;Text&lt;/p&gt;</content></entry>"))

    assert (entry.summary, entry.body) == ("", "Text")


def test_content_that_is_no_text_is_not_a_body() -> None:
    assert only(atom("<entry><content type='image/png'>iVBORw0KGgo=</content></entry>")).body == ""


def test_texts_are_cut() -> None:
    word = "&lt;b&gt;word&lt;/b&gt; " * 10_000
    entry = only(
        rss(
            f"<item><title>{word}</title><description>{word}</description>"
            f"<x:encoded xmlns:x='http://purl.org/rss/1.0/modules/content/'>{word}!</x:encoded></item>"
        )
    )

    assert (len(entry.title), len(entry.summary), len(entry.body)) == (499, 4_999, 19_999)


LINKS = {
    "absolute": (item(link="http://a.example/x"), "http://a.example/x"),
    "relative": (item(link="dam.html"), "https://news.example/feeds/dam.html"),
    "of the same scheme": (item(link="//a.example/x"), "https://a.example/x"),
    "with blanks around": (item(link="\n http://a.example/x \n"), "http://a.example/x"),
    "with blanks and line ends inside": (
        item(link="http://a.example/one two\n/x"),
        "http://a.example/one%20two/x",
    ),
    "relative and repeated as id": (item(link="/x", guid="/x"), "https://news.example/x"),
    "a permanent id stands in": (item(guid="http://a.example/x"), "http://a.example/x"),
    "an id that is no address does not": (item(guid="12345"), None),
    "an id that says so does not": (
        "<item><guid isPermaLink='false'>http://a.example/x</guid></item>",
        None,
    ),
    "a script": (item(link="javascript:alert(1)"), None),
    "a script behind a tab": (item(link="java&#x09;script:alert(1)"), None),
    "a script in capitals": (item(link=" JavaScript:alert(1)"), None),
    "a file": (item(link="file:///etc/passwd"), None),
    "data": (item(link="data:text/html,x"), None),
    "mail": (item(link="mailto:a@b.example"), None),
    "a broken host": (item(link="http://[broken"), None),
    "no host": (item(link="http:///x"), "http://x"),
    "endless": (item(link="http://a.example/" + "x" * 3_000), None),
    "none": (item(title="x"), None),
}


@pytest.mark.parametrize(("xml", "link"), LINKS.values(), ids=LINKS)
def test_only_links_to_pages_are_kept(xml: str, link: str | None) -> None:
    assert only(rss(xml)).link == link


def test_an_atom_id_has_nothing_to_do_with_xml_base() -> None:
    entry = only(atom("<entry><id>t3_42</id><link href='x'/></entry>", attributes="xml:base='/r/'"))

    assert (entry.id, entry.link) == ("t3_42", "https://news.example/r/x")


def test_an_alternate_link_that_is_no_page_is_better_than_none() -> None:
    entry = only(atom("<entry><link rel='alternate' type='application/pdf' href='/a.pdf'/></entry>"))

    assert entry.link == "https://news.example/a.pdf"


IDS = {
    "as given": ("<guid>http://a.example/1?x=%41</guid>", "http://a.example/1?x=%41"),
    "relative ones are not completed": ("<guid>/t3_42</guid>", "/t3_42"),
    "blank": ("<guid> </guid>", None),
    "missing": ("", None),
    "endless": (f"<guid>{'x' * 3_000}</guid>", None),
}


@pytest.mark.parametrize(("xml", "identifier"), IDS.values(), ids=IDS)
def test_ids_are_kept_verbatim(xml: str, identifier: str | None) -> None:
    entry = only(rss(f"<item><link>http://a.example/x</link>{xml}</item>"))

    assert entry.id == identifier


DATES: dict[str, tuple[str, datetime | None]] = {
    "RFC 822": ("Sun, 16 Apr 2023 12:12:00 GMT", datetime(2023, 4, 16, 12, 12, tzinfo=UTC)),
    "with an American zone": ("Sun, 16 Apr 2023 08:12:00 EDT", datetime(2023, 4, 16, 12, 12, tzinfo=UTC)),
    "with an offset": ("Sun, 16 Apr 2023 15:12:00 +0300", datetime(2023, 4, 16, 12, 12, tzinfo=UTC)),
    "ISO": ("2023-04-16T12:12:00Z", datetime(2023, 4, 16, 12, 12, tzinfo=UTC)),
    "ISO without a zone is UTC": ("2023-04-16 12:12", datetime(2023, 4, 16, 12, 12, tzinfo=UTC)),
    "ISO, the day only": ("2023-04-16", datetime(2023, 4, 16, tzinfo=UTC)),
    "ISO weeks": ("2025-W10-1", datetime(2025, 3, 3, tzinfo=UTC)),
    "seconds since 1970": ("1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
    "milliseconds since 1970": ("1700000000123", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
    "Russian": ("Вс, 16 апр 2023 15:12:00 +0300", datetime(2023, 4, 16, 12, 12, tzinfo=UTC)),
    "French": ("dim., 16 avr. 2023 14:12:00 +0200", datetime(2023, 4, 16, 12, 12, tzinfo=UTC)),
    "Chinese": ("2023年4月16日 12:12", datetime(2023, 4, 16, 12, 12, tzinfo=UTC)),
    "Polish": ("nie, 16 kwi 2023 12:12", datetime(2023, 4, 16, 12, 12, tzinfo=UTC)),
    "a date without punctuation is no count": ("2023041612", None),
    "nothing": ("", None),
    "zeros": ("0000-00-00 00:00:00", None),
    "the thirty-first of February": ("Fri, 31 Feb 2023 10:00:00 GMT", None),
    "yesterday": ("yesterday", None),
    "a month": ("November 2023", None),
    "a time of day": ("12:30", None),
    "before computers": ("Thu, 04 Jul 1776 18:30:02 GMT", None),
    "New Year's Eve in New York": (
        "Sat, 31 Dec 2022 23:30:00 EST",
        datetime(2023, 1, 1, 4, 30, tzinfo=UTC),
    ),
    "the end of time": ("9999-12-31T23:59:59Z", None),
    "an offset of days": ("Thu, 15 Jan 2026 12:00:00 +9900", None),
    "the furthest offset there is": (
        "Thu, 15 Jan 2026 12:00:00 +1400",
        datetime(2026, 1, 14, 22, tzinfo=UTC),
    ),
    "beyond the end of time": ("9999-12-31T23:59:59-14:00", None),
    "nonsense": ("after lunch", None),
    "much nonsense": ("1 " * 5_000, None),
}


@pytest.mark.parametrize(("written", "date"), DATES.values(), ids=DATES)
def test_dates_are_read_or_left_out(written: str, date: datetime | None) -> None:
    entry = only(rss(item(pubDate=written)))

    assert (entry.published, entry.updated) == (date, None)


def test_a_feed_full_of_unreadable_dates_takes_no_longer_than_a_few() -> None:
    body = rss(*(item(title=str(n), pubDate=f"the {n}th day of gibberish") for n in range(MAX_ENTRIES)))
    started = time.perf_counter()

    assert [entry.published for entry in read(body).entries] == [None] * MAX_ENTRIES
    assert time.perf_counter() - started < 10


# ------------------------------------------------------------------------------------- bad documents


def test_one_poisoned_item_leaves_the_others_whole() -> None:
    body = rss(
        item(title="one"), item(title="&#xD83D;&#xDE00; &#xD83D; &#0; two"), item(title="thr\x00\x0bee")
    )
    document = read(body)

    assert [entry.title for entry in document.entries] == ["one", "😀 two", "three"]
    assert document.problems == ()


#: feedparser raises on each of these.
POISON = {
    "a field where there is none": "<textInput><name>x</name></textInput>",
    "a place that is nowhere": "<g:pos xmlns:g='http://www.opengis.net/gml'>1 2</g:pos>",
    "a chapter without a beginning": (
        "<p:chapters xmlns:p='http://podlove.org/simple-chapters'><p:chapter/></p:chapters>"
    ),
}
#: What keeps a document from being read by its parts.
FORMS = {
    "well-formed": "",
    "ill-formed": "<link>http://a.example/?a&b</link>",
    "with a type": "<!DOCTYPE rss>",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_an_entry_on_which_feedparser_raises_is_left_out(poison: str, form: str) -> None:
    inner = [item(title=str(number)) for number in range(20)]
    inner[7] = f"<item><title>bad</title>{poison}</item>"
    type_, head = (FORMS[form], "") if form == "with a type" else ("", FORMS[form])
    document = read(type_.encode() + rss(*inner, head=head))

    assert [entry.title for entry in document.entries] == [str(n) for n in range(20) if n != 7]
    assert document.problems[-1] == "1 entry cannot be read and had to be left out"
    assert document.complete


def test_what_stands_behind_an_entry_on_which_feedparser_raises_is_read_as_ever() -> None:
    field = "<textInput><name>x</name></textInput>"
    bad = f"<item><image><title>bad</title>{field}</image><language>xx</language>"
    body = rss(f"{bad}</item>", item(title="good"), head="<language>en</language>")

    assert read(body).entries == read(rss(item(title="good"), head="<language>en</language>")).entries
    assert read(body).language == "en"


def test_too_many_entries_on_which_feedparser_raises_are_no_document() -> None:
    bad = "<item><textInput><name>x</name></textInput></item>"
    started = time.process_time()

    with pytest.raises(ParseError, match="too many entries"):
        read(b"<!DOCTYPE rss>" + rss(*[bad] * 400))
    assert time.process_time() - started < 5
    assert read(rss(*[bad] * 400, item(title="good"))).problems == (
        "400 entries cannot be read and had to be left out",
    )


def test_where_feedparser_raises_outside_of_entries_there_is_no_document() -> None:
    with pytest.raises(ParseError, match="cannot be read"):
        read(rss(item(title="one"), head="<g:pos xmlns:g='http://www.opengis.net/gml'>1 2</g:pos>"))


def test_a_page_is_no_feed_whatever_is_in_it() -> None:
    for page in (
        f"<html><body>{FULL}</body></html>",
        f"<!DOCTYPE html>\n<!-- x --><html>{FULL}",
        f"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>{FULL}</html>",
        f"<script>x</script>{FULL}",
    ):
        with pytest.raises(ParseError, match="not a feed: it is an HTML page"):
            read(page.encode())


def test_an_ill_formed_document_is_used_as_far_as_it_goes_and_says_so() -> None:
    document = read(rss(item(title="one&nbsp;<b>"), item(title="two & three")))

    assert [entry.title for entry in document.entries] == ["one", "two & three"]
    assert document.problems == ("not well-formed: undefined entity",)


FULL = rss(item(title="one", link="http://a/1"), item(title="two", link="http://a/2")).decode()

CUTS: dict[str, tuple[str, list[str], bool]] = {
    "inside the last title": (FULL[: FULL.index("wo<")], ["one"], True),
    "inside the last link": (FULL[: FULL.rindex("/link")], ["one"], True),
    "before the last item ends": (FULL[: FULL.rindex("</item")], ["one"], True),
    "after the last item": (FULL[: FULL.rindex("</channel")], ["one", "two"], False),
    "in the name of a further item": (FULL[: FULL.rindex("</channel")] + "<item", ["one", "two"], False),
    "not at all": (FULL, ["one", "two"], False),
    "not at all, but an item lacks its end": (
        FULL.replace("2</link></item>", "2</link>"),
        ["one", "two"],
        False,
    ),
    "inside an Atom entry": (
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>one</title></entry><entry><title>two</title>",
        ["one"],
        True,
    ),
}


@pytest.mark.parametrize(("text", "titles", "cut"), CUTS.values(), ids=CUTS)
def test_half_an_entry_is_left_out(text: str, titles: Sequence[str], *, cut: bool) -> None:
    document = read(text.encode())

    assert [entry.title for entry in document.entries] == titles
    assert any("cut off" in problem for problem in document.problems) is cut
    assert document.complete is ("</channel>" in text)


def test_of_a_huge_document_the_first_thousand_entries_are_taken() -> None:
    document = read(rss(*(item(title=str(n)) for n in range(5_000))))

    assert [entry.title for entry in document.entries] == [str(n) for n in range(MAX_ENTRIES)]
    assert document.problems == ("5000 entries; only the first 1000 were taken",)


def test_the_wrong_charset_is_noticed() -> None:
    text = FULL.replace("one", "Министр обороны прибыл в Москву")
    document = read(text.encode("cp1251"), "application/rss+xml; charset=utf-8")

    assert document.entries[0].title == "Министр обороны прибыл в Москву"
    assert document.problems == ("declared as utf-8, read as cp1251",)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

REFUSED: dict[str, tuple[bytes, str]] = {
    "billion laughs": (
        f'<!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]><rss><item><title>&l9;</title></item></rss>'.encode(),
        "declares entities",
    ),
    "a file as an entity": (
        b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel/></rss>',
        "declares entities",
    ),
    "the same in UTF-16": (
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel/></rss>'.encode("utf-16"),
        "declares entities",
    ),
    "the name of a file": (b"/etc/passwd", "neither XML nor HTML"),
    "an address": (b"http://127.0.0.1/feed", "neither XML nor HTML"),
    "nothing": (b"", "it is empty"),
    "blanks": (b" \n ", "it is empty"),
    "a page": (b"<html><head><title>Just a moment...</title>", "challenge.*titled “Just a moment...”"),
    "JSON": (b'{"version": "https://jsonfeed.org/version/1"}', "JSON"),
    "another kind of XML": (b"<kml version='2.0'><body/></kml>", "XML of another kind"),
    "gzip in gzip": (b"\x1f\x8b\x08\x00" + bytes(range(256)), "compressed data"),
}


@pytest.mark.parametrize(("body", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_feed_is_refused_with_a_reason(body: bytes, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        read(body)


def test_a_body_that_names_a_feed_on_this_machine_does_not_open_it(tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_bytes(FULL.encode())

    with pytest.raises(ParseError, match="not a feed"):
        read(str(feed).encode())


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read(rss()).entries == ()


@given(st.text(max_size=200), st.text(max_size=200))
def test_texts_come_out_as_plain_lines(title: str, summary: str) -> None:
    document = read(
        rss(f"<item><title><![CDATA[{title}]]></title><description>{summary}</description></item>")
    )

    assert all("\n" not in entry.title for entry in document.entries)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_document_or_no_feed(body: bytes) -> None:
    assert _outcome(body) in {"document", "refused"}
    assert _outcome(b"<rss version='2.0'><channel><item>" + body) == "document"


def _outcome(body: bytes) -> str:
    try:
        read(body)
    except ParseError:
        return "refused"
    return "document"


# ---------------------------------------------------------------------------------------- the worker


def parsed(*bodies: bytes, limit: float = 10) -> list[Document | str]:
    """Parse one after the other with one parser; a refusal counts as its words."""

    async def run() -> list[Document | str]:
        parse = Parser(limit=timedelta(seconds=limit))
        return [await _one(parse, body) for body in bodies]

    return asyncio.run(run())


async def _one(parse: Parser, body: bytes) -> Document | str:
    try:
        return await parse(Fetched(url=URL, body=body))
    except ParseError as error:
        return str(error)


def test_the_worker_gives_the_same_document_and_the_same_refusals() -> None:
    documents = parsed(FULL.encode(), b"", FULL.encode())

    assert documents == [read(FULL.encode()), "not a feed: it is empty", read(FULL.encode())]


def test_a_document_that_takes_too_long_is_killed_and_the_next_one_is_read() -> None:
    slow = rss(f"<item><author>{'a-' * 40_000}</author></item>")

    assert parsed(FULL.encode(), slow, FULL.encode(), limit=2) == [
        read(FULL.encode()),
        "the document took longer than 2 s to read",
        read(FULL.encode()),
    ]


HOSTILE = {
    "comments that do not end": b"<rss version='2.0'><channel>" + b"<!--" * 100_000,
    "categories": rss(f"<item>{''.join(f'<category>{n}</category>' for n in range(20_000))}</item>"),
    "deep elements": b"<rss version='2.0'><channel><item>" + b"<a>" * 300_000,
    "deep elements that end": rss("<item>" + "<a>" * 100_000 + "</a>" * 100_000 + "</item>"),
    "names for namespaces": rss("<item/>" * 900, head="<title/>").replace(
        b"<rss ", "<rss {} ".format(" ".join(f"xmlns:a{n}='u{n}'" for n in range(20_000))).encode(), 1
    ),
    "deep JSON": b'{"items":' + b"[" * 1_000_000,
    "many items in JSON": b'{"items":[' + b"{}," * 500_000 + b"{}]}",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_no_document_holds_up_the_next(body: bytes) -> None:
    started = time.perf_counter()
    outcomes = parsed(body, FULL.encode(), limit=3)

    assert time.perf_counter() - started < 10
    assert outcomes[1] == read(FULL.encode())


def test_a_document_that_takes_too_much_memory_is_killed_and_the_next_one_is_read() -> None:
    names = " ".join(f"xmlns:a{n}='u{n}'" for n in range(200_000))
    large = f"<rss version='2.0' {names}>".encode()

    assert parsed(large, FULL.encode()) == [
        "the document needed too much memory or broke its reader",
        read(FULL.encode()),
    ]


def test_two_documents_are_read_at_a_time_and_the_others_wait_their_turn() -> None:
    slow = rss(f"<item><author>{'a-' * 40_000}</author></item>")

    async def run() -> list[Document | str]:
        parse = Parser(limit=timedelta(seconds=2))
        return await asyncio.gather(*(_one(parse, body) for body in (slow, slow, FULL.encode())))

    assert asyncio.run(run())[2] == read(FULL.encode())


def test_a_worker_ends_after_so_many_documents() -> None:
    async def run() -> list[set[str]]:
        parse = Parser(limit=timedelta(seconds=10), documents=2)
        seen, others = [], _children()
        for _ in range(4):
            await _one(parse, FULL.encode())
            seen.append(_children() - others)
        return seen

    first, after_two, third, after_four = asyncio.run(run())

    assert (len(first), len(third)) == (1, 1)
    assert first != third
    assert (after_two, after_four) == (set(), set())


def _children() -> set[str]:
    """Return the numbers of the processes that this one has started and that have not ended."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {number for task in tasks for number in task.read_text().split()}


def test_the_worker_leaves_out_what_is_known() -> None:
    async def run() -> Document:
        parse = Parser(limit=timedelta(seconds=10))
        document = await parse(Fetched(url=URL, body=FULL.encode()))
        return await parse(Fetched(url=URL, body=FULL.encode()), known=document.parts)

    document = asyncio.run(run())

    assert (document.entries, document.left_out) == ((), 2)


def test_an_unchanged_answer_has_nothing_to_parse() -> None:
    with pytest.raises(ValueError, match="unchanged"):
        asyncio.run(_one(Parser(), None))  # type: ignore[arg-type]
