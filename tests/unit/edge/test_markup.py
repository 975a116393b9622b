from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edge.markup import declares_entities, decode, legal_xml, plain_text

TEXTS = {
    "plain text": ("Dam breaks near Ostrava", "Dam breaks near Ostrava"),
    "nothing": ("", ""),
    "only blanks": (" \n\t ", ""),
    "less-than in a sentence": ("3 < 5 and 6 > 2", "3 < 5 and 6 > 2"),
    "a heart": ("I <3 you", "I <3 you"),
    "an ampersand in a name": ("AT&T and R&D", "AT&T and R&D"),
    "entities": ("Caf&eacute; &#8211; &#x201C;open&#x201D;", "Café – “open”"),
    "entities with Windows numbers": ("it&#146;s", "it’s"),
    "a non-breaking blank": ("5&nbsp;000", "5 000"),
    "inline elements": ("I <i>am</i>n <b>bold</b>", "I amn bold"),
    "blocks on lines of their own": ("<h1>Title</h1>Hello<p>one<p>two", "Title\nHello\none\ntwo"),
    "line breaks": ("one<br>two<br/>three", "one\ntwo\nthree"),
    "lists": ("<ul><li>a<li>b</ul>", "a\nb"),
    "tables": ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
    "line ends in the source": ("one\n  two\n\nthree", "one two three"),
    "scripts and styles": ("<style>p{}</style>a<script>if(a<b){alert(1)}</script>b", "ab"),
    "comments": ("one <!-- not <p> this -->two", "one two"),
    "pictures": ('<img src="x" alt="y">text', "text"),
    "an address in a tag": ('<a href="http://x/?a=1&b=2">link</a>', "link"),
    "a greater-than in an attribute": ("<a title='a>b'>link</a>", "link"),
    "a tag cut in two": ("text <a href='http", "text"),
    "a stray end tag": ("</script></svg>text", "text"),
    "CDATA left over": ("<![CDATA[<b>Dam</b> breaks]]>", "Dam breaks"),
    "escaped twice": ("&lt;p&gt;Dam&lt;/p&gt; &amp;amp; river", "Dam\n& river"),
    "escaped twice, only an entity": ("Tom &amp;amp; Jerry", "Tom & Jerry"),
    "escaped three times is left": ("Tom &amp;amp;amp; Jerry", "Tom &amp; Jerry"),
    "a script escaped twice": ("&lt;script&gt;alert(1)&lt;/script&gt;ok", "ok"),
    "text that turns its direction": ("abc\u202egnp.exe\u202c \u2066x\u2069", "abcgnp.exe x"),
    "a direction mark as an entity": ("&#8238;abc", "abc"),
    "invisible blanks and marks": ("\ufeffLi\u200b Shang\u00adfu\u2060", "Li Shangfu"),
    "joiners between Latin letters": ("Li Shang\u200cf\u200du", "Li Shangfu"),
    "a joiner in Persian": ("می\u200cخواهم", "می\u200cخواهم"),
    "a family of emoji": ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
    "control characters": ("a\x00b\x08c\x1bd\x7f", "abcd"),
    "lone surrogates": ("a\ud83db", "ab"),
    "an ideographic blank": ("李尚福\u3000访俄", "李尚福 访俄"),
}


@pytest.mark.parametrize(("markup", "text"), TEXTS.values(), ids=TEXTS)
def test_plain_text_is_what_a_reader_sees(markup: str, text: str) -> None:
    assert plain_text(markup) == text


def test_long_text_is_cut_at_the_limit() -> None:
    assert plain_text("word " * 100, limit=14) == "word word word"
    assert len(plain_text("x" * 1_000_000)) == 20_000


FLOODS = {
    "open elements": "<div>" * 80_000,
    "attributes": "<a " + " ".join(f"a{n}=1" for n in range(50_000)) + ">",
    "the same attribute": "<a " + "a=1 " * 100_000 + ">",
    "less-thans": "<" * 400_000,
    "comments": "<!--" * 100_000,
    "ampersands": "&" * 400_000,
    "links": "<a>" * 130_000,
    "formatting": "<b><i>" * 60_000,
    "tables": "<table><tr><td>" * 25_000,
    "quotes": "<a '" * 100_000,
    "mis-nested": "<b><p></b></p>" * 28_000,
    "CDATA": "<![CDATA[" * 45_000,
    "instructions": "<?" * 200_000,
    "escaped twice": "&lt;p&gt;" * 44_000 + "&lt;/p&gt;",
}


@pytest.mark.parametrize("markup", FLOODS.values(), ids=FLOODS)
def test_no_flood_takes_long(markup: str) -> None:
    started = time.perf_counter()
    text = plain_text(markup)

    assert time.perf_counter() - started < 2
    assert len(text) <= 20_000


def test_no_text_leaves_anything_behind_for_the_next() -> None:
    for markup in (
        *(markup for markup, _ in TEXTS.values()),
        *FLOODS.values(),
        "<script>",
        "<p>one",
        "<!-- ",
    ):
        plain_text(markup)

        assert plain_text("<b>next</b> <script>one</script>two") == "next two"


@given(st.text())
def test_plain_text_holds_nothing_that_acts_or_breaks(markup: str) -> None:
    text = plain_text(markup)

    assert not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text.replace("\n", ""))
    assert text == "\n".join(" ".join(line.split()) for line in text.splitlines())


@given(st.text(st.sampled_from("abc <>&;/!-pb\"'=#x1\u202e\ud800\n")))
def test_no_markup_makes_it_raise(markup: str) -> None:
    assert len(plain_text(markup, limit=50)) <= 50


# ------------------------------------------------------------------------------------------ decode

RUSSIAN = "<rss><title>Министр обороны КНР прибыл в Москву с официальным визитом</title></rss>"
CHINESE = "<rss><title>国防部长李尚福访问俄罗斯，会见总统，讨论军事合作</title></rss>"
FRENCH = "<rss><title>Le ministre a été reçu à l’Élysée où il a déclaré « oui »</title></rss>"
XML = '<?xml version="1.0" encoding="{}"?>'

BODIES: dict[str, tuple[bytes, str | None, str, str | None]] = {
    "UTF-8, not declared": (RUSSIAN.encode(), None, RUSSIAN, None),
    "UTF-8 with its mark": (b"\xef\xbb\xbf" + RUSSIAN.encode(), None, RUSSIAN, None),
    "UTF-16 with its mark": (RUSSIAN.encode("utf-16"), None, RUSSIAN, None),
    "UTF-16, told by its first bytes": (RUSSIAN.encode("utf-16-be"), "text/xml", RUSSIAN, None),
    "UTF-32": (RUSSIAN.encode("utf-32"), None, RUSSIAN, None),
    "a wide encoding against the header": (
        RUSSIAN.encode("utf-16"),
        "text/xml; charset=utf-8",
        RUSSIAN,
        None,
    ),
    "windows-1251, declared": (
        (XML.format("windows-1251") + RUSSIAN).encode("cp1251"),
        None,
        XML.format("windows-1251") + RUSSIAN,
        None,
    ),
    "windows-1251, said by the header": (
        RUSSIAN.encode("cp1251"),
        "text/xml; charset=windows-1251",
        RUSSIAN,
        None,
    ),
    "the document counts more than the header": (
        (XML.format("koi8-r") + RUSSIAN).encode("koi8-r"),
        "text/xml; charset=windows-1251",
        XML.format("koi8-r") + RUSSIAN,
        None,
    ),
    "windows-1251 called UTF-8": (
        RUSSIAN.encode("cp1251"),
        "text/xml; charset=utf-8",
        RUSSIAN,
        "declared as utf-8, read as cp1251",
    ),
    "KOI8-R called ISO-8859-1": (
        RUSSIAN.encode("koi8-r"),
        "text/xml; charset=iso-8859-1",
        RUSSIAN,
        "declared as iso-8859-1, read as koi8-r",
    ),
    "UTF-8 called ISO-8859-1": (
        FRENCH.encode(),
        "text/xml; charset=ISO-8859-1",
        FRENCH,
        "declared as ISO-8859-1, read as utf-8",
    ),
    "windows-1252 called ISO-8859-1": (FRENCH.encode("cp1252"), "x; charset=iso-8859-1", FRENCH, None),
    "windows-1252 called UTF-8": (
        FRENCH.encode("cp1252"),
        "x; charset=utf-8",
        FRENCH,
        "declared as utf-8, read as cp1252",
    ),
    "GB 18030 called GB 2312": (CHINESE.encode("gb18030"), "x; charset=gb2312", CHINESE, None),
    "GB 18030 called ISO-8859-1": (
        CHINESE.encode("gb18030"),
        "x; charset=latin1",
        CHINESE,
        "declared as latin1, read as gb18030",
    ),
    "ISO-2022-JP, which looks like ASCII": (
        "<rss>中国</rss>".encode("iso2022_jp"),
        "x; charset=iso-2022-jp",
        "<rss>中国</rss>",
        None,
    ),
    "an encoding that runs code": (
        (XML.format("unicode_escape") + r"<rss>\x41</rss>").encode(),
        None,
        XML.format("unicode_escape") + r"<rss>\x41</rss>",
        None,
    ),
    "an encoding that hides mark-up": (b"+ADw-rss+AD4-", "x; charset=utf-7", "+ADw-rss+AD4-", None),
    "an encoding nobody knows": (
        RUSSIAN.encode(),
        "x; charset=bogus",
        RUSSIAN,
        "declared as bogus, read as utf-8",
    ),
    "one damaged character": (
        RUSSIAN.encode() + b"\xff",
        None,
        RUSSIAN + "\ufffd",
        "some characters are not valid utf-8",
    ),
    "nothing": (b"", None, "", None),
}


@pytest.mark.parametrize(("body", "content_type", "text", "problem"), BODIES.values(), ids=BODIES)
def test_bytes_are_read_as_what_they_are(
    body: bytes, content_type: str | None, text: str, problem: str | None
) -> None:
    assert decode(body, content_type) == (text, problem)


@given(st.binary(), st.none() | st.text(max_size=20).map("text/xml; charset={}".format))
def test_any_bytes_can_be_read(body: bytes, content_type: str | None) -> None:
    text, _ = decode(body, content_type)

    assert isinstance(legal_xml(text).encode(), bytes)


# --------------------------------------------------------------------------------------- legal XML

REFERENCES = {
    "an emoji in two halves": ("&#xD83D;&#xDE00;", "😀"),
    "an emoji in two decimal halves": ("&#55357;&#56832;", "😀"),
    "half an emoji": ("a&#xD83D;b", "ab"),
    "the halves in the wrong order": ("a&#xDE00;&#xD83D;b", "ab"),
    "controls": ("a&#0;b&#x1F;c&#11;d\x0be\x00", "abcde"),
    "white space": ("a&#9;&#10;&#xD;b", "a&#9;&#10;&#xD;b"),
    "mark-up stays a reference": ("&#60;b&#x3E;", "&#60;b&#x3E;"),
    "leading zeros": ("&#0000000008217;", "&#0000000008217;"),
    "beyond Unicode": ("a&#x110000;b&#99999999999999999999;c", "abc"),
    "no number": ("a&#;b&#x;c", "abc"),
    "an emoji in one": ("&#x1F600;😀", "&#x1F600;😀"),
    "not a character": ("a&#xFFFF;b\uffff", "ab"),
}


@pytest.mark.parametrize(("text", "legal"), REFERENCES.values(), ids=REFERENCES)
def test_what_xml_forbids_is_removed_and_the_rest_stays(text: str, legal: str) -> None:
    assert legal_xml(text) == legal


DECLARATIONS = {
    "an internal entity": ('<!DOCTYPE r [<!ENTITY a "b">]><r/>', True),
    "an external entity": ('<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r/>', True),
    "a parameter entity": ('<!DOCTYPE r [<!ENTITY % a SYSTEM "http://x/">]><r/>', True),
    "an entity after a comment with a tag": ('<!DOCTYPE r [<!-- <r> --><!ENTITY a "b">]><r/>', True),
    "an unused subset": ("<!DOCTYPE r [<!ELEMENT r ANY>]><r/>", False),
    "a public type": (
        '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://x/rss.dtd"><rss/>',
        False,
    ),
    "an article about entities": ('<rss><![CDATA[<!ENTITY a "b">]]></rss>', False),
    "no XML": ("hello", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("text", "declares"), DECLARATIONS.values(), ids=DECLARATIONS)
def test_entity_declarations_are_noticed(text: str, *, declares: bool) -> None:
    assert declares_entities(text) is declares
