"""Which picture is a report's, and which addresses none can have."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edge.document import read_document
from bot.edge.pictures import first_picture, picture_in, picture_of_page

URL = "https://news.example/feeds/world.xml"
GOOD = "https://cdn.example/dam.jpg"
OTHER = "https://cdn.example/other.jpg"

RSS = """<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"
    xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
    xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>{head}
    <item><title>Dam</title><link>https://news.example/2023/dam</link>{item}</item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
    <entry><title>Dam</title>{item}</entry></feed>"""
OF_FEED = "<image><url>https://cdn.example/logo.png</url></image>"


def pictures(document: str) -> set[str]:
    """Return the picture of an only entry, read by its parts and as a whole."""
    # With a comment between two entries it is not certain where they stand.
    doubtful = document.replace("<item>", "<item/><!-- --><item>").replace(
        "<entry>", "<entry/><!-- --><entry>"
    )
    read = [read_document(text.encode(), URL, None) for text in (document, doubtful)]
    assert [bool(one.parts) for one in read] == [True, False]
    return {one.entries[-1].image for one in read}


def tag(src: str, more: str = "") -> str:
    return f"<![CDATA[<p>Text</p><img src='{src}' {more}>]]>"


ITEMS = {
    "a thumbnail": (f"<media:thumbnail url='{GOOD}'/>", GOOD),
    "a thumbnail's text": (f"<media:thumbnail>{GOOD}</media:thumbnail>", GOOD),
    "content that is an image": (f"<media:content url='{GOOD}' medium='image'/>", GOOD),
    "content of an image's type": ("<media:content url='//cdn.example/1' type='image/webp'/>", "//1"),
    "content with an image's name": ("<media:content url='/dam.PNG?w=1'/>", "/dam.PNG?w=1"),
    "no content of another medium": (f"<media:content url='{GOOD}' medium='video'/>", ""),
    "no content of another type": (f"<media:content url='{GOOD}' type='video/mp4'/>", ""),
    "no content with another name": ("<media:content url='/dam.mp4'/>", ""),
    "the widest": (
        "".join(
            f"<media:content url='{url}' type='image/png' width='{width}'/>"
            for url, width in ((OTHER, 140), (GOOD, 1200), (OTHER, 300))
        ),
        GOOD,
    ),
    "a wide thumbnail": (
        f"<media:content url='{OTHER}' medium='image'/><media:thumbnail url='{GOOD}' width='800'/>",
        GOOD,
    ),
    "content that tells no width before a small thumbnail": (
        f"<media:thumbnail url='{OTHER}' width='90'/><media:content url='{GOOD}' medium='image'/>",
        GOOD,
    ),
    "one in a group": (f"<media:group><media:content url='{GOOD}' medium='image'/></media:group>", GOOD),
    "one in content of another kind": (
        f"<media:content url='/a.mp4' type='video/mp4'><media:thumbnail url='{GOOD}'/></media:content>",
        GOOD,
    ),
    "not the author's face": (
        f"<media:content url='//1.gravatar.com/1.jpg'/><media:content url='{GOOD}' medium='image'/>",
        GOOD,
    ),
    "an enclosure": (f"<enclosure url='{GOOD}' type='image/jpeg' length='1'/>", GOOD),
    "no enclosure to be heard": (f"<enclosure url='{GOOD}' type='audio/mpeg' length='1'/>", ""),
    "a podcast's cover": (f"<itunes:image href='{GOOD}'/>", GOOD),
    "an image's element": (f"<image><url>{GOOD}</url><title>Dam</title></image>", GOOD),
    "the first in the text": (f"<description>{tag(GOOD)}{tag(OTHER)}</description>", GOOD),
    "one in the full text": (
        f"<description>Dam</description><content:encoded>{tag(GOOD)}</content:encoded>",
        GOOD,
    ),
    "one of the text, from the article's folder": (
        f"<description>{tag('1.jpg')}</description>",
        "/2023/1.jpg",
    ),
    "the named one before one in the text": (
        f"<description>{tag(OTHER)}</description><enclosure url='{GOOD}' type='image/png' length='1'/>",
        GOOD,
    ),
    "one of the text where the named one cannot be": (
        f"<description>{tag(GOOD)}</description><media:thumbnail url='http://10.0.0.1/1.jpg'/>",
        GOOD,
    ),
    "not a mark that counts readers": (
        f"<description>{tag(OTHER, 'width=1')}{tag(GOOD)}</description>",
        GOOD,
    ),
    "none": ("<description>https://cdn.example/dam.jpg &lt;img&gt; &lt;img src&gt;</description>", ""),
}


@pytest.mark.parametrize("head", ["", OF_FEED], ids=["", "in a feed with a sign of its own"])
@pytest.mark.parametrize(("item", "picture"), ITEMS.values(), ids=ITEMS)
def test_an_item_s_picture_is(item: str, picture: str, head: str) -> None:
    found = pictures(RSS.format(head=head, item=item))

    host = "https://cdn.example" if picture.startswith("//") else "https://news.example"
    assert found == {host + picture.replace("//", "/") if picture.startswith("/") else picture}


ENTRIES = {
    "an enclosure": (f"<link rel='enclosure' type='image/png' href='{GOOD}'/>", GOOD),
    "no enclosure to be heard": ("<link rel='enclosure' type='audio/mpeg' href='/1.mp3'/>", ""),
    "no link of another kind": (f"<link rel='related' type='image/png' href='{GOOD}'/>", ""),
    "a thumbnail": (f"<media:group><media:thumbnail url='{GOOD}'/></media:group>", GOOD),
    "one of the text": (f"<content type='html'>&lt;img src='{GOOD}'></content>", GOOD),
    "one of XHTML": (
        f"<content type='xhtml'><p xmlns='http://www.w3.org/1999/xhtml'><img src='{GOOD}'/></p></content>",
        GOOD,
    ),
    "not where its author lives": ("<author><uri>https://author.example/</uri></author>", ""),
}


@pytest.mark.parametrize(("item", "picture"), ENTRIES.values(), ids=ENTRIES)
def test_an_entry_s_picture_is(item: str, picture: str) -> None:
    assert pictures(ATOM.format(item=item)) == {picture}


JSON = {
    "the image": ({"image": GOOD, "banner_image": OTHER}, GOOD),
    "the banner": ({"banner_image": GOOD, "content_html": f"<img src={OTHER}>"}, GOOD),
    "the first in the text": ({"content_html": f"<p><IMG alt='a' SRC={GOOD}></p>"}, GOOD),
    "none in plain text": ({"content_text": f"<img src={GOOD}>"}, ""),
    "no object": ({"image": {"url": GOOD}}, ""),
}


@pytest.mark.parametrize(("item", "picture"), JSON.values(), ids=JSON)
def test_a_json_item_s_picture_is(item: dict[str, object], picture: str) -> None:
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]}).encode()

    assert read_document(body, URL, None).entries[0].image == picture


ADDRESSES = {
    "an absolute one stays": (GOOD, GOOD),
    "a relative one is completed": ("../dam.jpg", "https://news.example/dam.jpg"),
    "one without a scheme is completed": ("//cdn.example/dam.jpg", GOOD),
    "blanks and line ends are mended": (
        " https://cdn.example/\ndam 1.jpg\n",
        "https://cdn.example/dam%201.jpg",
    ),
    "letters of all scripts may be in it": (
        "https://кино.example/плотина.jpg",
        "https://кино.example/плотина.jpg",
    ),
    "a port may be": ("http://cdn.example:8080/1", "http://cdn.example:8080/1"),
    "only http leads there": ("ftp://cdn.example/dam.jpg", ""),
    "not the picture itself": ("data:image/png;base64,iVBORw0KGgo=", ""),
    "no user name": ("https://me:secret@cdn.example/dam.jpg", ""),
    "not this machine": ("http://localhost/dam.jpg", ""),
    "not this machine by number": ("http://127.0.0.1/dam.jpg", ""),
    "no private network": ("http://192.168.1.1:80/dam.jpg", ""),
    "no number written otherwise": ("http://0x7f.1/dam.jpg", ""),
    "no number in one piece": ("http://2130706433/dam.jpg", ""),
    "no IPv6": ("http://[::1]/dam.jpg", ""),
    "no escaped host": ("http://127%2e0.0.1/dam.jpg", ""),
    "broken brackets": ("http://[/dam.jpg", ""),
    "no controls": ("https://cdn.example/\x00.jpg", ""),
    "half a character": ("https://cdn.example/\ud800.jpg", ""),
    "2,000 characters": (GOOD + "?" + "a" * 1972, GOOD + "?" + "a" * 1972),
    "not one more": (GOOD + "?" + "a" * 1973, ""),
    "not one more once completed": ("/" + "a" * 1999, ""),
    "nothing": ("", ""),
    "blanks": (" \n", ""),
    "a counter of FeedBurner": ("http://feeds.feedburner.com/~r/wire/~4/3sXtoT3en_k", ""),
    "a counter of WordPress": ("http://stats.wordpress.com/b.gif?host=a", ""),
    "a counter of Medium": ("https://medium.com/_/stat?event=post", ""),
    "a counter by its name": ("https://media.example/tracking/rss-pixel.png?story=1", ""),
    "a counter by its size": ("https://media.example/1x1.gif", ""),
    "a spacer": ("https://media.example/i/spacer.gif", ""),
    "a smiley": ("https://s.w.org/images/core/emoji/14/72x72/1f600.png", ""),
    "a drawing that no channel shows": ("https://media.example/logo.svg?v=2", ""),
    "a telephone of that name": (
        "https://media.example/google-pixel-9.jpg",
        "https://media.example/google-pixel-9.jpg",
    ),
}


@pytest.mark.parametrize(("written", "address"), ADDRESSES.values(), ids=ADDRESSES)
def test_of_addresses(written: str, address: str) -> None:
    assert first_picture([written], URL) == address


TAGS = {
    "quoted doubly": f'<img src="{GOOD}">',
    "quoted simply": f"<IMG alt='a' src='{GOOD}'/>",
    "not quoted": f"<img src={GOOD} alt=a>",
    "over lines": f"<img\n  src = '{GOOD}'\n>",
    "behind one that is loaded later": f"<img src='data:a'><noscript><img src={GOOD}></noscript>",
    "behind one of one pixel": f"<img src='{OTHER}' height='1px'><img src='{GOOD}' width='100%' height=auto>",
    "the first src counts": f"<img src='{GOOD}' src='{OTHER}'>",
    "data-src is another attribute": f"<img data-src='{OTHER}' src='{GOOD}'>",
    "broken mark-up before it": f"<img <p <img src='{OTHER}' <img src='{GOOD}'>",
}


@pytest.mark.parametrize("html", TAGS.values(), ids=TAGS)
def test_a_picture_is_found_in_a_text(html: str) -> None:
    assert picture_in([html], URL) == GOOD


def test_an_address_s_entities_are_read() -> None:
    html = "<img src='https://cdn.example/i?a=1&amp;b=2&copy=3&#038;d=4'>"

    assert picture_in([html], URL) == "https://cdn.example/i?a=1&b=2&copy=3&d=4"


def test_of_many_marks_only_some_are_looked_at() -> None:
    assert picture_in(["<img src=ftp://a/ >" * 20 + f"<img src={GOOD}>"], URL) == ""


PAGES = {
    "by Open Graph": (f'<meta property="og:image" content="{GOOD}">', GOOD),
    "with its attributes turned round": (f"<META content='{GOOD}' property='og:image' />", GOOD),
    "by name": (f"<meta name='og:image' content='{GOOD}'>", GOOD),
    "relative to the page": ("<meta property=og:image content=/dam.jpg>", "https://news.example/dam.jpg"),
    "the first": (f"<meta property=og:image content={GOOD}><meta property=og:image content={OTHER}>", GOOD),
    "the secure one after one that cannot be": (
        f"<meta property=og:image content=''><meta property=og:image:secure_url content={GOOD}>",
        GOOD,
    ),
    "Open Graph before Twitter": (
        f"<meta name=twitter:image content={OTHER}><meta property=og:image content={GOOD}>",
        GOOD,
    ),
    "Twitter alone": (f"<meta name=twitter:image content={GOOD}>", GOOD),
    "not its height": (f"<meta property=og:image:height content={GOOD}>", ""),
    "none in the text": (f"<img src={GOOD}>", ""),
}


@pytest.mark.parametrize(("html", "picture"), PAGES.values(), ids=PAGES)
def test_a_page_names_its_picture(html: str, picture: str) -> None:
    assert picture_of_page(f"<html><head>{html}</head></html>", "https://news.example/2023/dam") == picture


FLOODS = {
    "open tags": "<img " * 80_000,
    "open quotes": "<img src='" * 40_000,
    "one long tag": "<img " + "a " * 200_000,
    "spaces": "<img " + " " * 400_000 + ">",
    "spaces in tags": ("<meta a" + " " * 3_000 + "b>") * 60,
    "letters in tags": ("<meta " + "a" * 3_900 + ">") * 60,
    "attributes": ("<meta " + "a='" * 1_000 + ">") * 60,
    "metas": "<meta a=b>" * 20_000,
    "dots": "<img src=http://" + "a." * 900 + "1>",
}


@pytest.mark.timeout(10)
@pytest.mark.parametrize("html", FLOODS.values(), ids=FLOODS)
def test_a_flood_is_read_at_once(html: str) -> None:
    assert picture_in([html], URL) == ""
    assert picture_of_page(html, URL) == ""


@given(st.text(max_size=200), st.sampled_from(["", "http://", "<img src=", "<meta name=og:image content="]))
def test_whatever_is_written_is_an_address_or_none(written: str, start: str) -> None:
    for found in (first_picture([start + written], URL), picture_in([start + written + ">"], URL)):
        assert found == "" or found.lower().startswith(("http://", "https://"))
