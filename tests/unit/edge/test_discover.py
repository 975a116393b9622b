from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.address import canonical_address
from bot.edge.discover import COMMON_PATHS, MAX_CANDIDATES, Named, feeds_named, usual_places

PAGE = "https://news.example/world/today.html"
FEED = "https://news.example/feed"
RSS = 'type="application/rss+xml"'


def addresses(html: str) -> list[str]:
    return [named.url for named in feeds_named(html, PAGE)]


def test_a_page_names_its_feeds() -> None:
    html = """<!doctype html><html><head><link rel="stylesheet" href="/x.css">
    <link rel="alternate" type="application/rss+xml" title="News &amp; more &raquo; Feed" href="/feed">
    <link rel="alternate" type="application/feed+json" title="JSON" href="/feed.json">
    <link rel="alternate" type="application/atom+xml" href="world.atom">
    <link rel="alternate" hreflang="de" href="https://de.news.example/"></head><body></body></html>"""

    assert feeds_named(html, PAGE) == [
        Named(url=FEED, title="News & more » Feed", kind="rss"),
        Named(url="https://news.example/world/world.atom", title="", kind="atom"),
        Named(url="https://news.example/feed.json", title="JSON", kind="json"),
    ]


ONE = {
    "in capitals": f'<LINK REL="ALTERNATE" {RSS.upper()} HREF="/feed">',
    "without quotes": "<link rel=alternate type=application/rss+xml href=/feed>",
    "closed as in XHTML": f'<link rel="alternate" {RSS} href="/feed"/>',
    "single quotes over lines": f"<link\n rel='alternate'\n{RSS}\n href='\n/feed\n'>",
    "several relations": f'<link rel="me alternate home" {RSS} href="/feed">',
    "relation feed": '<link rel="feed" href="/feed">',
    "a type with a parameter": '<link rel="alternate" type="text/xml; charset=utf-8" href="/feed">',
    "an old type": '<link rel="alternate" type="application/x-rss+xml" href="/feed">',
    "no type, but it looks like a feed": '<link rel="alternate" href="/feed">',
    "feed: before the address": f'<link rel="alternate" {RSS} href="feed:{FEED}">',
    "a base": f'<base href="https://news.example/a/"><link rel="alternate" {RSS} href="../feed">',
    "the first base": f'<base href="/"><base href="/b/"><link rel="alternate" {RSS} href="feed">',
    "a base of another kind": f'<base href="file:///etc/"><link rel="alternate" {RSS} href="/feed">',
    "with a fragment": f'<link rel="alternate" {RSS} href="/feed#top">',
    "twice": f'<link rel="alternate" {RSS} href="/feed"><a href="{FEED}/">RSS</a>',
    "a sign that ends tags": f'<link title="a > b" rel="alternate" {RSS} href="/feed">',
    "not in a comment": f'<!-- <link rel="alternate" {RSS} href="/x"> --><a href="/feed">x</a>',
    "a comment that never ends": f'<!-- <link rel="alternate" {RSS} href="/feed">',
    "not in a script": '<script>s = "<a href=\'/rss.xml\'>"</script><a href="/feed">x</a>',
    "a link to what looks like a feed": '<a class=icon href="/feed"><img src="/rss.png"></a>',
    "not what WordPress calls an alternate": (
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">'
        '<link rel="alternate" type="application/json+oembed" href="/oembed?url=x"><a href="/feed">x</a>'
    ),
    "not a style": f'<link rel="alternate stylesheet" {RSS} href="/x"><a href="/feed">x</a>',
    "not what is no page": '<a href="javascript:rss()">x</a><a href="mailto:rss@x">x</a><a href="/feed">',
    "not with a password": '<a href="https://me:pw@news.example/rss">x</a><a href="/feed">x</a>',
    "not what shares the page": '<a href="https://social.example/dialog/feed?u=1">x</a><a href="/feed">x</a>',
}


@pytest.mark.parametrize("html", ONE.values(), ids=ONE)
def test_one_feed_is_found(html: str) -> None:
    assert addresses(html) == [FEED]


LINKS = {
    "a feed's name": ("/rss", True),
    "in the middle": ("/rss/news", True),
    "by its ending": ("/news.rss", True),
    "a file": ("/a/news-rss.xml", True),
    "a host": ("https://feeds.news.example/world", True),
    "another host": ("https://rss.news.example/world", True),
    "a query": ("/?feed=rss2", True),
    "the index": ("/index.xml", True),
    "a word that holds the name": ("/feedback", False),
    "another word": ("/address/rssing", False),
    "other XML": ("/sitemap.xml", False),
    "only in the text": ("/about", False),
}


@pytest.mark.parametrize(("href", "found"), LINKS.values(), ids=LINKS)
def test_what_looks_like_a_feed(href: str, found: bool) -> None:  # noqa: FBT001
    assert bool(addresses(f'<a href="{href}">Our RSS feed</a>')) == found


def test_links_come_second_and_comments_last() -> None:
    html = f"""<a href="/c.rss" title="Feed of all comments">x</a><a href="/b.rss">The <b>b</b></a>
    <link rel="alternate" {RSS} title="News » Comments Feed" href="/2.rss">
    <link rel="alternate" {RSS} href="/a/comments/feed"><link rel="alternate" {RSS} href="/1.rss">"""

    assert [named.url.removeprefix("https://news.example") for named in feeds_named(html, PAGE)] == [
        "/1.rss",
        "/b.rss",
        "/2.rss",
        "/a/comments/feed",
        "/c.rss",
    ]
    assert feeds_named(html, PAGE)[1].title == "The"


def test_only_so_many_candidates_are_named() -> None:
    html = "".join(f'<a href="/rss/{n}">x</a>' for n in range(1_000))

    assert addresses(html) == [f"https://news.example/rss/{n}" for n in range(MAX_CANDIDATES)]


def test_only_the_beginning_of_a_page_is_read() -> None:
    assert addresses(" " * 2**20 + '<a href="/feed">x</a>') == []


def flood(piece: str, start: str = "", end: str = "") -> str:
    return start + piece * (2**20 // len(piece)) + end


FLOODS = {
    "tags that never end": flood("<a "),
    "comments that never end": flood("<!--"),
    "scripts that never end": flood("<script "),
    "scripts with one end": flood("<script ", end="</script>"),
    "addresses that never end": flood('<a href="'),
    "quotes of both kinds": flood("<a x=\"<a x='"),
    "attributes": flood('a="b" ', "<a "),
    "a name": flood("a", "<a "),
    "names": flood("<a x "),
    "blanks": flood(" ", "<a href='/feed", "x'>"),
    "links": flood("<link rel=alternate href=/feed "),
    "anchors": flood("<a href=/feed>x</a>"),
    "titles": flood('<a href="/feed" title="&lt;b&gt;&amp;">'),
    "bases": flood("<base href=/x>"),
}


@pytest.mark.parametrize("html", FLOODS.values(), ids=FLOODS)
def test_a_flood_is_read_in_time(html: str) -> None:
    started = time.process_time()
    feeds_named(html, PAGE)

    assert time.process_time() - started < 5


@given(st.text(max_size=200), st.text(max_size=50))
def test_any_page_is_read(text: str, url: str) -> None:
    for html in (text, f'<base href="{text}"><a href="rss{text}', f'<link rel=alternate href="{text}/feed">'):
        for named in [*feeds_named(html, PAGE), *feeds_named(html, url)]:
            assert canonical_address(named.url)
    for place in [*usual_places(url), *usual_places(f"http://{url}"), *usual_places(f"{PAGE}{url}")]:
        assert canonical_address(place)


# --------------------------------------------------------------------------------------------- places

KNOWN = {
    "a YouTube channel": (
        "https://m.youtube.com/channel/UCabcdefghijklmnopqrstuv/videos",
        ["https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv"],
    ),
    "a YouTube user": (
        "https://www.youtube.com/user/Some.One",
        ["https://www.youtube.com/feeds/videos.xml?user=Some.One"],
    ),
    "a YouTube playlist": (
        "https://www.youtube.com/watch?v=x&list=PL-1_a",
        ["https://www.youtube.com/feeds/videos.xml?playlist_id=PL-1_a"],
    ),
    "a YouTube handle, known to its page only": ("https://www.youtube.com/@someone", []),
    "a subreddit": ("https://old.reddit.com/r/news/top/?t=day", ["https://www.reddit.com/r/news/.rss"]),
    "a Reddit user": ("https://reddit.com/u/some-one", ["https://www.reddit.com/user/some-one/.rss"]),
    "all of Reddit": ("https://www.reddit.com/", ["https://www.reddit.com/.rss"]),
    "a Mastodon profile": ("https://social.example/@some_one", ["https://social.example/@some_one.rss"]),
    "a Mastodon post": ("https://social.example/@one/110123", ["https://social.example/@one.rss"]),
    "a Mastodon profile elsewhere": (
        "https://social.example/@one@other.example",
        ["https://other.example/@one.rss"],
    ),
    "releases on GitHub": (
        "https://github.com/some-one/a.b/issues/1",
        [f"https://github.com/some-one/a.b/{what}.atom" for what in ("releases", "tags", "commits")],
    ),
    "commits on GitHub": (
        "https://github.com/one/a/commits/main/docs",
        ["https://github.com/one/a/commits/main/docs.atom"],
    ),
    "somebody on GitHub": ("https://github.com/some-one", ["https://github.com/some-one.atom"]),
    "somebody on Medium": ("https://medium.com/@one/a-story-1a2b", ["https://medium.com/feed/@one"]),
    "a Medium of one's own": ("https://one.medium.com/a-story", ["https://one.medium.com/feed"]),
    "a tag on Medium": ("https://medium.com/tag/news", ["https://medium.com/feed/tag/news"]),
    "a Substack": ("https://one.substack.com/p/a-letter", ["https://one.substack.com/feed"]),
    "a Blogger": ("http://one.blogspot.com/2023/", ["https://one.blogspot.com/feeds/posts/default"]),
    "a Bluesky profile": (
        "https://bsky.app/profile/one.example",
        ["https://bsky.app/profile/one.example/rss"],
    ),
    "Telegram, which has none": ("https://t.me/s/channel", []),
    "a site that has none any more": ("https://x.com/someone/status/1", []),
    "a name that only ends alike": ("https://box.com", [f"https://box.com/{path}" for path in COMMON_PATHS]),
    "no address": ("news", []),
    "no page": ("ftp://news.example/", []),
    "no host": ("https:///x", []),
    "a broken address": ("http://[::1", []),
}


@pytest.mark.parametrize(("url", "places"), KNOWN.values(), ids=KNOWN)
def test_the_feeds_of_well_known_sites(url: str, places: list[str]) -> None:
    assert usual_places(url) == places


SECTIONS = {
    "the top": ("https://news.example", ""),
    "a section": ("https://news.example/world", "world/"),
    "a page of one": ("https://news.example/world/about.html?x=1#y", "world/"),
    "an article of one": ("https://news.example/world/middle-east/2023/04/16/x", "world/middle-east/"),
    "an article by its words": ("https://news.example/the-dam-broke-on-tuesday", ""),
    "somebody's pages": ("https://news.example/~some_one/", "~some_one/"),
    "a deep section": ("https://news.example/a/b/c/d/e", "a/b/c/"),
    "with a password": ("https://me:pw@news.example/world/", "world/"),
}


@pytest.mark.parametrize(("url", "section"), SECTIONS.values(), ids=SECTIONS)
def test_the_section_is_searched_before_the_top(url: str, section: str) -> None:
    places = usual_places(url)

    assert places[0] == f"https://news.example/{section}feed"
    assert places[-len(COMMON_PATHS) :] == [f"https://news.example/{path}" for path in COMMON_PATHS]
    assert len(places) == len(set(places)) <= MAX_CANDIDATES
