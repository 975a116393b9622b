from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edge.pages import is_page, looks_like

URL = "https://news.example/feeds/world.xml"


def page(title: str, inner: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{inner}</body></html>"


CHALLENGE = "it is a page that asks whether a person is reading (a challenge)"
CONSENT = "it is a page that asks for consent to cookies"
PARKED = "it is a page of a domain that is parked or for sale"
MAINTAINED = "it is a page that says the site is being maintained"
LOGIN = "it is a log-in page"

KINDS: dict[str, tuple[str, str]] = {
    "Cloudflare waits": (page("Just a moment..."), f"{CHALLENGE}, titled “Just a moment...”"),
    "Cloudflare waits, with one letter for three dots": (
        page("Just a&nbsp;moment…"),
        f"{CHALLENGE}, titled “Just a moment…”",
    ),
    "Cloudflare waits in another language": (
        page("Einen Moment, bitte…", "<script>window._cf_chl_opt={}</script>"),
        f"{CHALLENGE}, titled “Einen Moment, bitte…”",
    ),
    "Cloudflare refuses": (page("Attention Required! | Cloudflare"), f"{CHALLENGE}, titled"),
    "DataDome": (
        page("news.example", "<script src='https://geo.captcha-delivery.com/x.js'></script>"),
        f"{CHALLENGE}, titled “news.example”",
    ),
    "Akamai": (page("Access Denied", "Reference #18.x https://errors.edgesuite.net/18.x"), CHALLENGE),
    "Incapsula": ("<html><head></head><iframe src='/_Incapsula_Resource?x'></iframe></html>", CHALLENGE),
    "Anubis": (page("Making sure you&#39;re not a bot!"), CHALLENGE),
    "Anubis in another language": (
        page("x", "<script src='/.within.website/x/cmd/anubis/static'>"),
        CHALLENGE,
    ),
    "a captcha": (page("Captcha required"), CHALLENGE),
    "PerimeterX": (page("x", "<div id='px-captcha'>"), CHALLENGE),
    "Google asks": (page("Before you continue to Google Search"), CONSENT),
    "YouTube asks": (page("x", "<form action='https://consent.youtube.com/save'>"), CONSENT),
    "Yahoo asks": (page("Yahoo is part of the Yahoo family of brands"), CONSENT),
    "a publisher's cookie wall": (page("DPG Media Privacy Gate"), CONSENT),
    "Didomi's wall": (page("x", "<div id='didomi-consent-wall'>"), CONSENT),
    "Sedo": (page("news.example", "<script src='//img.sedoparking.com/x.js'>"), PARKED),
    "a domain to be sold": (page("news.example is for sale | HugeDomains"), PARKED),
    "a domain that may be for sale": (page("x", "This domain may be for sale."), PARKED),
    "a parked domain": (page("Parked Domain name on Hostinger DNS system"), PARKED),
    "a domain that ran out": (page("The domain has expired"), PARKED),
    "maintenance": (page("Site under maintenance"), MAINTAINED),
    "WordPress at work": (page("Maintenance"), MAINTAINED),
    "unavailable": (page("503 Service Temporarily Unavailable"), MAINTAINED),
    "Russian maintenance": (page("Технические работы на сайте"), MAINTAINED),
    "a log-in": (page("Log in | News"), LOGIN),
    "a sign-in": (page("Sign in to your account"), LOGIN),
    "a page that names its feed": (
        page("News", "<link type='application/atom+xml' rel='alternate' href='/feed?a=1&amp;b=2'>"),
        "it is an HTML page titled “News”; it names a feed: https://news.example/feed?a=1&b=2",
    ),
    "a page that names a feed in JSON": (
        page("News", '<link rel="alternate" type="application/feed+json" href="feed.json">'),
        "it is an HTML page titled “News”; it names a feed: https://news.example/feeds/feed.json",
    ),
    "a page that names its feed badly": (
        page("News", "<link type='application/rss+xml' rel='alternate' href='http://[x'>"),
        "it is an HTML page titled “News”; it names a feed: http://[x",
    ),
    "a page that names other things": (
        page("News", "<link rel=stylesheet href=x><link rel=alternate hreflang=cs href=/cs>"),
        "it is an HTML page titled “News”",
    ),
    "an article on challenges": (
        page("How Cloudflare's “Just a moment” page works", "<p>captcha, cookies, log in"),
        "it is an HTML page titled “How Cloudflare's “Just a moment” page works”",
    ),
    "an article on domains": (page("News: who parked the domain of the party?"), "it is an HTML page titled"),
    "a page": ("<!DOCTYPE html><title>News</title>", "it is an HTML page titled “News”"),
    "a page without a title": ("<HTML><body>x", "it is an HTML page"),
    "a page below a warning": (
        "Warning: x in y\n<html><title>News</title>",
        "it is an HTML page titled “News”",
    ),
    "nothing": ("", "it is empty"),
    "blanks": (" \n", "it is empty"),
    "a list of feeds": (
        "<?xml version='1.0'?><!-- x --><opml version='2.0'/>",
        "it is a list of feeds (OPML)",
    ),
    "a site map": ("<urlset xmlns='x'/>", "it is a site map"),
    "other XML": ("<!DOCTYPE x><x:kml/>", "it is XML of another kind"),
    "words": (
        "Service\n unavailable",
        "it is neither XML nor HTML; it begins with “Service unavailable”",
    ),
}


@pytest.mark.parametrize(("text", "words"), KINDS.values(), ids=KINDS)
def test_what_is_no_feed_is_named(text: str, words: str) -> None:
    assert looks_like(text, text.encode(), URL).startswith(words)
    assert not looks_like(text, text.encode(), URL).removeprefix(words).startswith(";")


FILES = {
    "a PDF": (b"%PDF-1.7\n\xe2\xe3", "it is a PDF file"),
    "a PNG": (b"\x89PNG\r\n\x1a\n", "it is a picture (PNG)"),
    "a JPEG": (b"\xff\xd8\xff\xe0", "it is a picture (JPEG)"),
    "a GIF": (b"GIF89a", "it is a picture (GIF)"),
    "a WebP": (b"RIFF\x00\x00\x00\x00WEBP", "it is a picture or a recording (RIFF)"),
    "a ZIP": (b"PK\x03\x04", "it is an archive (ZIP)"),
    "gzip": (b"\x1f\x8b\x08", "it is compressed data (gzip)"),
    "other bytes": (bytes(range(32)) * 10, "it is binary data"),
    "words in UTF-16": ("words".encode("utf-16"), "it is neither XML nor HTML; it begins with “words”"),
}


@pytest.mark.parametrize(("body", "words"), FILES.values(), ids=FILES)
def test_a_file_is_named_by_its_first_bytes(body: bytes, words: str) -> None:
    assert looks_like("words", body) == words


PAGES = {
    "a type": ("<!doctype HTML>x", True),
    "XHTML": ("<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x'><html xmlns='x'>", True),
    "a root": ("<!-- one --> <!-- two -->\n<html>", True),
    "a script": ("<script>location='/'</script>", True),
    "a feed": ("<?xml version='1.0'?><!-- <html> --><rss>", False),
    "a feed with a page's type": ("<!DOCTYPE html><rss>", False),
    "a feed that speaks of pages": ("<rss><title>&lt;html></title>", False),
    "an element of a similar name": ("<htmlx>", False),
    "a comment without an end": ("<!-- <html>", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("text", "page"), PAGES.values(), ids=PAGES)
def test_a_page_is_told_by_its_beginning(text: str, *, page: bool) -> None:
    assert is_page(text) is page


FLOODS = {
    "comments": "<!-- -->" * 100_000,
    "open comments": "<!--" * 100_000,
    "instructions": "<?x ?>" * 100_000,
    "blanks": " " * 1_000_000,
    "links": "<html>" + "<link " * 100_000,
    "types": "<!x>" * 100_000,
    "hosts": "<html>" + "//a" * 100_000,
    "one long word": "<html>//" + "a" * 400_000,
    "a long title": f"<html><title>{'is for sale ' * 10_000}</title>",
}


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
def test_no_flood_takes_long(text: str) -> None:
    started = time.process_time()
    is_page(text)
    looks_like(text, text.encode(), URL)

    assert time.process_time() - started < 2


@given(st.text(), st.binary())
def test_everything_is_named(text: str, body: bytes) -> None:
    for words in (looks_like(text, body, URL), looks_like(f"<html>{text}", body, text)):
        assert words.startswith("it is ")
        assert len(words) < 500
