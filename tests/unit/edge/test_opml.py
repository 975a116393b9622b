from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lxml import etree

from bot.core.address import canonical_address
from bot.edge.markup import plain_text
from bot.edge.opml import MAX_FEEDS, Outline, Subscription, read_opml, write_opml

A, B = "https://a.example/feed", "https://b.example/feed"


def opml(body: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0"><body>{body}</body></opml>'.encode()


def addresses(data: bytes) -> list[str]:
    return [feed.url for feed in read_opml(data).feeds]


# ------------------------------------------------------------------------------------------- reading


def test_a_list_is_read_in_order_with_its_folders() -> None:
    data = opml(
        f"""<outline text="News"><outline text="World"><outline type="rss" text="t" title="A &amp; co"
        xmlUrl="{A}" htmlUrl="https://a.example/"/></outline><outline text="B" xmlUrl="{B}"/></outline>
        <outline text="C" type="rss" xmlUrl="http://c.example/" category="/Places/Prague,/Beer"/>"""
    )

    assert read_opml(data) == Outline(
        feeds=(
            Subscription(url=A, title="A & co", category=("News", "World"), html_url="https://a.example/"),
            Subscription(url=B, title="B", category=("News",)),
            Subscription(url="http://c.example/", title="C", category=("Places", "Prague")),
        )
    )


ONE = {
    "attribute in small letters": f'<outline xmlurl="{A}"/>',
    "attribute in capitals": f'<OUTLINE XMLURL="{A}"/>',
    "single quotes": f"<outline text='say \"hi\"' xmlUrl='{A}'/>",
    "no quotes": f"<outline text=x xmlUrl={A} />",
    "blanks round the equals sign": f'<outline xmlUrl = "{A}" / >',
    "only url": f'<outline text="x" url="{A}"/>',
    "only url, said to be a feed": f'<outline type="RSS" url="{A}"/>',
    "a prefix of a namespace": f'<o:outline xmlUrl="{A}"/>',
    "feed: before the address": f'<outline xmlUrl="feed:{A}"/>',
    "feeds: for https": f'<outline xmlUrl="feeds://{A[8:]}"/>',
    "blanks round the address": f'<outline xmlUrl="\n  {A} "/>',
    "an address wrapped over lines": f'<outline xmlUrl="{A[:15]}\n\t\t{A[15:]}"/>',
    "never closed": f'<outline xmlUrl="{A}">',
    "cut off in the middle": f'<outline xmlUrl="{A}" text="Every',
    "an address without its closing quote": f'<outline xmlUrl="{A} />',
    "the same attribute again": f'<outline xmlUrl="{A}" xmlUrl="{B}"/>',
    "mark-up in a description": f'<outline description="<b>x</b> <i>" xmlUrl="{A}"/>',
    "mark-up with quotes": f'<outline text="by <a href="/x" rel="y">X</a>." xmlUrl="{A}"/>',
    "bare quotes": f'<outline text="The "real" news" title="5" xmlUrl="{A}"/>',
    "a sign that ends tags": f'<outline text="a > b" title="/>" xmlUrl="{A}"/>',
    "an outline in a comment": f'<!-- <outline xmlUrl="{B}"/> --><outline xmlUrl="{A}"/>',
    "a comment that never ends": f'<outline xmlUrl="{A}"/><!-- <outline text="x"/>',
    "an outline in CDATA": f'<![CDATA[<outline xmlUrl="{B}"/>]]><outline xmlUrl="{A}"/>',
    "a page and another list": f'<outline type="link" url="{B}"/><outline xmlUrl="{A}"/>',
}


@pytest.mark.parametrize("body", ONE.values(), ids=ONE)
def test_an_address_is_found(body: str) -> None:
    assert addresses(opml(body)) == [A]


WRITTEN = {
    "escaped": ("https://a.example/?x=1&amp;y=2", "https://a.example/?x=1&y=2"),
    "not escaped": ("https://a.example/?x=1&copy=2&lt=3", "https://a.example/?x=1&copy=2&lt=3"),
    "escaped twice": ("https://a.example/?x=1&amp;amp;y=2", "https://a.example/?x=1&y=2"),
    "a number for a letter": ("https&#58;//a.example&#x2f;", "https://a.example/"),
    "a blank inside": ("https://a.example/a b", "https://a.example/a%20b"),
    "feed:// before a name": ("feed://a.example/x", "http://a.example/x"),
    "feed:// before an address": ("feed:https://a.example/x", "https://a.example/x"),
}


@pytest.mark.parametrize(("written", "address"), WRITTEN.values(), ids=WRITTEN)
def test_an_address_is_read_as_it_was_meant(written: str, address: str) -> None:
    assert addresses(opml(f'<outline xmlUrl="{written}"/>')) == [address]


ENCODED = {
    "a byte order mark": ("utf-8-sig", ""),
    "UTF-16 with its mark": ("utf-16", ""),
    "UTF-16 without": ("utf-16-be", ""),
    "as declared": ("cp1251", "windows-1251"),
    "declared UTF-8, but is not": ("cp1251", "utf-8"),
}


@pytest.mark.parametrize(("codec", "declared"), ENCODED.values(), ids=ENCODED)
def test_an_encoding_is_read(codec: str, declared: str) -> None:
    title = "Новости дня из всех городов страны"
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    data = f'{head}<opml><outline title="{title}" xmlUrl="{A}"/></opml>'.encode(codec)

    assert [feed.title for feed in read_opml(data).feeds] == [title]


FOLDERS = {
    "a feed that nobody closed is no folder": (
        f'<outline text="F"><outline text="a" xmlUrl="{A}"><outline text="b" xmlUrl="{B}">',
        ("F",),
    ),
    "a folder ends": (f'<outline text="F"><outline xmlUrl="{A}"/></outline><outline xmlUrl="{B}"/>', ()),
    "one end too many": (f'<outline xmlUrl="{A}"/></outline></outline><outline xmlUrl="{B}"/>', ()),
    "a feed with an end of its own": (
        f'<outline text="F"><outline xmlUrl="{A}"></outline><outline xmlUrl="{B}"></outline></outline>',
        ("F",),
    ),
    "broken mark-up does not end the folder": (
        f'<outline title="F"><outline text="<a href="/" rel="x">" xmlUrl="{A}"/><outline xmlUrl="{B}"/>',
        ("F",),
    ),
}


@pytest.mark.parametrize(("body", "folder"), FOLDERS.values(), ids=FOLDERS)
def test_a_feed_lies_in_its_folder(body: str, folder: tuple[str, ...]) -> None:
    assert read_opml(opml(body)).feeds[-1] == Subscription(
        url=B, title="b" if ' text="b"' in body else "", category=folder
    )


PROBLEMS = {
    "nothing": (opml(f'<outline xmlUrl="{A}"/>'), ()),
    "not well-formed": (
        f'<opml>\n<outline xmlUrl="{A}?a&b"/>\n</opml>'.encode(),
        ("not well-formed (line 2); read as far as it holds feeds",),
    ),
    "feeds without addresses": (
        opml(f'<outline type="rss" text="x"/><outline xmlUrl=""/><outline xmlUrl="{A}"/>'),
        ("2 without an address",),
    ),
    "a feed twice": (
        opml(f'<outline xmlUrl="{A}"/><outline xmlUrl="{A.replace("https", "http")}/"/>'),
        ("1 doubled",),
    ),
    "other schemes": (
        opml(f'<outline xmlUrl="file:///etc/passwd"/><outline xmlUrl="exec:ls"/><outline xmlUrl="{A}"/>'),
        ("2 not http or https",),
    ),
    "no host": (
        opml(f'<outline xmlUrl="http:///x"/><outline xmlUrl="http://a:b/"/><outline xmlUrl="{A}"/>'),
        ("2 with an address that cannot be one",),
    ),
    "a password": (
        opml(f'<outline xmlUrl="https://me:secret@x.example/"/><outline xmlUrl="{A}"/>'),
        ("1 with a user name or password in the address",),
    ),
    "entities": (
        b'<!DOCTYPE o [<!ENTITY e "x">]>' + opml(f'<outline text="&e;" xmlUrl="{A}"/>')[21:],
        ("its document type declares entities, which were left as they are written",),
    ),
    "another encoding": (
        f'<?xml version="1.0" encoding="utf-8"?><opml><outline text="\xe9" xmlUrl="{A}"/></opml>'.encode(
            "latin-1"
        ),
        ("declared as utf-8, read as cp1252",),
    ),
}


@pytest.mark.parametrize(("data", "problems"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_was_wrong_is_said(data: bytes, problems: tuple[str, ...]) -> None:
    assert read_opml(data).problems == problems
    assert addresses(data)[0].startswith(A)


NONE = {
    "no bytes": (b"", "it is empty"),
    "a page": (b"<html><title>Feeds</title></html>", "it is an HTML page titled “Feeds”"),
    "a feed": (b"<rss><channel><title>x</title></channel></rss>", "it is XML of another kind"),
    "words": (b"no feeds here", "it is neither XML nor HTML; it begins with “no feeds here”"),
}


@pytest.mark.parametrize(("data", "kind"), NONE.values(), ids=NONE)
def test_what_is_no_list_is_named(data: bytes, kind: str) -> None:
    assert read_opml(data) == Outline(feeds=(), problems=(kind, "it names no feeds"))


def test_plain_lines_are_a_list() -> None:
    data = f'# mine\n{A}\n\n{B} "~Title" tag\nexec:ls\n'.encode()

    assert read_opml(data) == Outline(
        feeds=(Subscription(url=A), Subscription(url=B)),
        problems=("no OPML; its lines were read as addresses", "1 not http or https"),
    )


def test_only_so_many_feeds_are_taken() -> None:
    data = opml("".join(f'<outline xmlUrl="https://a.example/{n}"/>' for n in range(MAX_FEEDS + 7)))
    outline = read_opml(data)

    assert len(outline.feeds) == MAX_FEEDS
    assert outline.problems == ("7 more than the 5000 that were taken",)


# ------------------------------------------------------------------------------------------- hostile


def test_an_entity_opens_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    data = (
        f'<!DOCTYPE o [<!ENTITY e SYSTEM "{secret.as_uri()}">]><opml xmlns:xi="http://www.w3.org/2001/XInclude">'
        f'<xi:include href="{secret.as_uri()}" parse="text"/><outline text="&e;" xmlUrl="{A}"/></opml>'
    )

    assert read_opml(data.encode()).feeds == (Subscription(url=A, title="&e;"),)


def flood(piece: str, start: str = "", end: str = "") -> bytes:
    return (start + piece * (2**20 // len(piece)) + end).encode()


FLOODS = {
    "comments": flood("<!--"),
    "CDATA": flood("<![CDATA["),
    "tags that never end": flood("<outline "),
    "open folders": flood('<outline text="x">'),
    "ends": flood("</outline>"),
    "attributes": flood('a="b" ', "<outline "),
    "attributes without ends": flood('a="', "<outline "),
    "a name": flood("a", "<outline "),
    "names": flood("a ", "<outline "),
    "quotes": flood('"  ', "<outline "),
    "addresses without ends": flood(' xmlUrl="', "<outline <"),
    "an address over lines": flood(" \n", f'<outline xmlUrl="{A}', '"/>'),
    "an address with blanks inside": flood(" ", f'<outline xmlUrl="{A}', 'x"/>'),
    "one long attribute": flood("x", '<outline text="', f'" xmlUrl="{A}"/>'),
    "one feed again and again": flood(f'<outline xmlUrl="{A}"/>'),
    "feeds in deep folders": flood(f'<outline text="x"><outline xmlUrl="{A}"/>'),
    "a long category": flood("/a", f'<outline xmlUrl="{A}" category="', '"/>'),
    "addresses": flood(f"{A}\n"),
    "zeros": bytes(2**20),
    "a bomb": b'<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa">%s]><opml><outline text="&z;"/></opml>'
    % b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 10) for c in range(ord("b"), ord("z") + 1)),
}


@pytest.mark.parametrize("data", FLOODS.values(), ids=FLOODS)
def test_a_flood_is_read_in_time(data: bytes) -> None:
    started = time.process_time()
    read_opml(data)

    assert time.process_time() - started < 5


def test_of_a_huge_list_the_beginning_is_read() -> None:
    outline = read_opml(opml(f'<outline xmlUrl="{A}"/>') + b"<!-- " + bytes(50 * 2**20))

    assert outline.feeds == (Subscription(url=A),)
    assert outline.problems[0] == "only the first 5 MiB were read"


# ------------------------------------------------------------------------------------------- writing


def test_a_list_is_written_in_folders() -> None:
    feeds = [
        Subscription(
            url=A, title="A & <co>", category=("News", "World"), html_url="https://me:pw@a.example/"
        ),
        Subscription(url="https://me:secret@b.example/feed", title="B", category=("News",)),
        Subscription(url="https://c.example/?a&b", title='"C"'),
    ]

    assert write_opml("Mine & yours", feeds) == (
        """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head><title>Mine &amp; yours</title></head>
  <body>
    <outline text="News">
      <outline text="World">
        <outline type="rss" text="A &amp; &lt;co&gt;" title="A &amp; &lt;co&gt;" """
        """xmlUrl="https://a.example/feed" htmlUrl="https://a.example/"/>
      </outline>
      <outline type="rss" text="B" title="B" xmlUrl="https://b.example/feed"/>
    </outline>
    <outline type="rss" text='"C"' title='"C"' xmlUrl="https://c.example/?a&amp;b"/>
  </body>
</opml>
"""
    )


def _clean(text: str) -> str:
    return plain_text(text, limit=500).replace("\n", " ")


titles = st.text(max_size=40).map(_clean).filter(lambda title: _clean(title) == title)
names = titles.filter(bool)
urls = st.text(st.characters(blacklist_characters="@ \t\r\n;"), max_size=30).map(
    lambda rest: f"https://feed.example/{rest}"
)
listed = st.builds(
    Subscription,
    url=urls,
    title=titles,
    category=st.lists(names, max_size=3).map(tuple),
    html_url=st.none() | st.just("https://page.example/?a=1&b=<2>"),
)


@given(
    title=st.text(), feeds=st.lists(listed, max_size=6, unique_by=lambda feed: canonical_address(feed.url))
)
def test_what_was_written_is_read_again(title: str, feeds: list[Subscription]) -> None:
    written = write_opml(title, feeds)
    # What XML forbids is not written.
    assume(all(_is_legal(feed.url) for feed in feeds))

    assert read_opml(written.encode()).feeds == tuple(feeds)


def _is_legal(url: str) -> bool:
    return url.isprintable() and "&#" not in url


@given(title=st.text(), url=st.text(), name=st.text())
def test_what_is_written_is_well_formed(title: str, url: str, name: str) -> None:
    feed = Subscription(url=url, title=name, category=(name, title), html_url=url)

    etree.fromstring(write_opml(title, [feed]).encode())


@given(user=st.text("abc:", min_size=1))
def test_no_password_is_written(user: str) -> None:
    written = write_opml(
        "", [Subscription(url=f"https://{user}@a.example/@x", html_url=f"http://{user}@h.example")]
    )

    assert "@a.example" not in written
    assert "@h.example" not in written


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_read(data: bytes) -> None:
    for start in (b"", b"<opml><outline ", b'<outline xmlUrl="http://a.example/'):
        outline = read_opml(start + data)

        assert all(canonical_address(feed.url) for feed in outline.feeds)
        assert all("@" not in feed.url.split("/")[2] for feed in outline.feeds)
