from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.address import (
    canonical_address,
    from_news_search,
    names_a_page,
    needs_its_server,
    page,
    site,
    slug,
)
from bot.core.location import LONGEST_ADDRESS

CASES = {
    "the scheme does not count": ("http://a.example/x", "a.example/x"),
    "nor does the case of scheme and host": ("HTTPS://News.A.Example/X", "news.a.example/X"),
    "www and its numbered kin": ("https://www2.a.example/x", "a.example/x"),
    "a mobile host": ("https://m.a.example/x", "a.example/x"),
    "mobile and www together": ("https://www.mobile.a.example/x", "a.example/x"),
    "a host for fingers": ("https://touch.a.example/x", "a.example/x"),
    "an AMP host with the desk's name": ("https://amp-desk.a.example/x", "desk.a.example/x"),
    "an encyclopedia's mobile host": ("https://en.m.wikipedia.org/wiki/Amp", "en.wikipedia.org/wiki/Amp"),
    "a domain that begins with amp stays": ("https://amp-news.example/x", "amp-news.example/x"),
    "a domain that is called mobile stays": ("https://mobile.de/x", "mobile.de/x"),
    "an AMP host": ("https://amp.a.example/x", "a.example/x"),
    "an AMP path at the end": ("https://a.example/x/amp/", "a.example/x"),
    "an AMP path at the front": ("https://a.example/amp/x", "a.example/x"),
    "an AMP path in the middle": ("https://a.example/news/amp/x-7", "a.example/news/x-7"),
    "an AMP path twice": ("https://a.example/amp/amp/x/amp/amp/", "a.example/x"),
    "an AMP file": ("https://a.example/x-7.amp", "a.example/x-7"),
    "an AMP file of another type": ("https://a.example/x-7.amp.html", "a.example/x-7.html"),
    "an AMP file with an underline": ("https://a.example/x_amp.html", "a.example/x.html"),
    "an AMP file behind its number": ("https://a.example/x-7-amp.html", "a.example/x-7.html"),
    "a headline that ends with amp stays": (
        "https://a.example/a-guitar-amp.html",
        "a.example/a-guitar-amp.html",
    ),
    "an AMP page of an article's kind": (
        "https://a.example/x/amp_articleshow/7.cms",
        "a.example/x/articleshow/7.cms",
    ),
    "a word that begins with amp stays": ("https://a.example/ampere", "a.example/ampere"),
    "the default port of http": ("http://a.example:80/x", "a.example/x"),
    "the default port of https": ("https://a.example:443/x", "a.example/x"),
    "another port chooses another server": ("https://a.example:8443/x", "a.example:8443/x"),
    "user and password do not count": ("https://me:pw@a.example/x", "a.example/x"),
    "a closing slash": ("https://a.example/x/", "a.example/x"),
    "doubled slashes": ("https://a.example//x///y", "a.example/x/y"),
    "the root": ("https://a.example/", "a.example"),
    "the dot after the host": ("https://a.example./x", "a.example/x"),
    "tracking parameters": ("https://a.example/x?utm_source=rss&fbclid=1&id=7", "a.example/x?id=7"),
    "tracking in capitals": ("https://a.example/x?UTM_Source=RSS", "a.example/x"),
    "a value that tracks": ("https://a.example/x?source=rss&ref=rss", "a.example/x"),
    "the same name with another value chooses": ("https://a.example/x?source=b", "a.example/x?source=b"),
    "AMP as a parameter": ("https://a.example/x?amp=1&outputType=a", "a.example/x?outputType=a"),
    "AMP as a parameter without value": ("https://a.example/x?amp", "a.example/x"),
    "AMP as a kind of output": ("https://a.example/x?outputType=amp-type&id=7", "a.example/x?id=7"),
    "another value of amp chooses": ("https://a.example/x?amp=tube", "a.example/x?amp=tube"),
    "a feed that names itself": ("https://a.example/x?cid=rss_world&src=Rss&id=7", "a.example/x?id=7"),
    "a word that begins with rss chooses": (
        "https://a.example/x?source=rsssales",
        "a.example/x?source=rsssales",
    ),
    "what tracks on one site": ("https://www.wsj.com/articles/x?mod=djemalertNEWS", "wsj.com/articles/x"),
    "and on its sections": ("https://deals.nytimes.com/x?partner=b&_r=0", "deals.nytimes.com/x"),
    "chooses on others": ("https://a.example/x?mod=front_page&_r=0", "a.example/x?mod=front_page&_r=0"),
    "a list of videos": ("https://youtube.com/playlist?list=b&si=c", "youtube.com/playlist?list=b"),
    "a blog's count of visits": ("https://a.example/x?gi=0123456789ab", "a.example/x"),
    "another gi chooses": ("https://a.example/x?gi=12", "a.example/x?gi=12"),
    "an ampersand escaped twice": ("https://a.example/x?amp;utm_source=b&amp;id=7", "a.example/x?id=7"),
    "a session in the path": ("https://a.example/x;jsessionid=0A1B?id=7", "a.example/x?id=7"),
    "other parameters in the path stay": ("https://a.example/x;art102,4", "a.example/x;art102,4"),
    "the order of parameters stays": ("https://a.example/?b=1&a=2", "a.example?b=1&a=2"),
    "a parameter without value stays": ("https://a.example/x?print", "a.example/x?print"),
    "empty parameters go": ("https://a.example/x?&&", "a.example/x"),
    "a plain fragment": ("https://a.example/x#comments", "a.example/x"),
    "a route drawn by script": ("https://a.example/#!/story/7", "a.example#!/story/7"),
    "a route without bang": ("https://a.example/app#/story/7", "a.example/app#/story/7"),
    "escapes of plain letters": ("https://a.example/%7Eme/%41", "a.example/~me/A"),
    "letters are written as letters": ("https://a.example/caf%c3%a9", "a.example/café"),
    "a legacy escape is not decoded": ("https://a.example/caf%e9", "a.example/caf%E9"),
    "an escaped percent sign is not decoded twice": ("https://a.example/%2541", "a.example/%2541"),
    "escapes in a query": ("https://a.example/x?q=%7e%c3%a9", "a.example/x?q=~é"),
    "an escaped ampersand stays one": ("https://a.example/x?q=b%26c", "a.example/x?q=b%26c"),
    "no escape is made of two": ("https://a.example/%4%31%%34%31", "a.example/%4%31%%341"),
    "an escaped blank stays": ("https://a.example/a%20b%E2%80%A8", "a.example/a%20b%E2%80%A8"),
    "dots are followed": ("https://a.example/x/./y/../z", "a.example/x/z"),
    "not above the root": ("https://a.example/../../x", "a.example/x"),
    "a folder's page": ("https://a.example/x/index.html", "a.example/x"),
    "a page that is called index stays": ("https://a.example/x-index.html", "a.example/x-index.html"),
    "a route to nowhere": ("https://a.example/x#!", "a.example/x"),
    "white space is taken out": (" https://a.example/a\n b\t", "a.example/ab"),
    "an IPv6 host": ("https://[2001:db8::1]:8080/x", "[2001:db8::1]:8080/x"),
    "a host in Cyrillic": ("https://Пример.рф/Новости", "пример.рф/Новости"),
    "the same host as registries write it": ("https://xn--e1afmkfd.xn--p1ai/Новости", "пример.рф/Новости"),
    "a host that only looks so": ("https://xn--a.example/x", "xn--a.example/x"),
    "nor is it a label with other letters": ("https://xn--é.example/x", "xn--é.example/x"),
    "a host that would be plain letters": ("https://xn--abc-.example/x", "xn--abc-.example/x"),
    "a host that no registry would write so": ("https://xn--caf-dma.example", "café.example"),
    "a host in wide letters": ("https://ａ.example/x", "a.example/x"),
    "a host in letters that are no host": ("https://⒈a\N{DIAERESIS}.example/x", "⒈a\N{DIAERESIS}.example/x"),
    "two hosts of one site": ("https://edition.cnn.com/2030/01/01/x/index.html", "cnn.com/2030/01/01/x"),
    "a site's own AMP paths": ("https://amp.cnn.com/cnn/2030/01/01/x", "cnn.com/2030/01/01/x"),
    "a site before a whole address": ("https://a.examplehttps://b.example/x?y", "b.example/x?y"),
    "a scheme twice": ("https://http://a.example/x", "a.example/x"),
    "an empty port": ("https://a.example:/x", "a.example/x"),
    "a port with zeros": ("https://a.example:0443/x", "a.example/x"),
    "https' port under http": ("http://a.example:443/x", "a.example/x"),
    "no address": ("", ""),
    "longer than any": ("https://a.example/" + LONGEST_ADDRESS * "x", ""),
    "far longer than any": ("https://a.example/" + 3 * LONGEST_ADDRESS * " ", ""),
    "words": ("not a link", ""),
    "another scheme": ("ftp://a.example/x", ""),
    "a script": ("javascript:alert(1)", ""),
    "a mail address": ("mailto:a@b.example", ""),
    "no host": ("https:///x", ""),
    "a host of nothing but dots": ("https://./x", ""),
    "a broken bracket": ("https://[", ""),
    "a bracket in a host": ("https://www.[a.example/", ""),
    "a bracket behind an address": ("https://[::1]]/", ""),
    "a broken port": ("https://a.example:b/", ""),
    "a port that does not exist": ("https://a.example:99999/", ""),
}


@pytest.mark.parametrize(("url", "expected"), CASES.values(), ids=CASES)
def test_equal_pages_have_one_address(url: str, expected: str) -> None:
    assert canonical_address(url) == expected


def _listed(*texts: str) -> str:
    """Return an id as Google News made them: the page, then the AMP page."""
    data = b"\x08\x13"
    for key, text in zip((b"\x22", b"\xd2\x01"), texts, strict=False):
        size = len(text.encode())
        data += key + (bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])) + text.encode()
    return urlsafe_b64encode(data).decode().rstrip("=")


PLAIN, LONG = "https://a.example/x?id=7", f"https://a.example/{'long-' * 40}x"
TO_A = "https%3A%2F%2Fwww.a.example%2Fx%3Fid%3D7%26utm_source%3Db"
NEWS = "https://news.google.com"

CARRIED = {
    "a search": (f"https://www.google.com/url?sa=t&q=words&url={TO_A}&usg=b", "a.example/x?id=7"),
    "a search in another country": (f"https://www.google.co.uk/url?q={TO_A}", "a.example/x?id=7"),
    "an alert": ("https://www.google.com/url?rct=j&url=https://a.example/x&ct=ga", "a.example/x"),
    "a news search": (f"{NEWS}/news/url?sa=t&fd=R&url={TO_A}", "a.example/x?id=7"),
    "another search's news": (
        f"http://www.bing.com/news/apiclick.aspx?ref=b&url={TO_A}&c=1",
        "a.example/x?id=7",
    ),
    "a search that names it in the path": (
        f"https://r.search.yahoo.com/_ylt=b/RV=2/RU={TO_A}/RK=2/RS=c-",
        "a.example/x?id=7",
    ),
    "and as it did long ago": (
        "http://us.rd.yahoo.com/rss/evt=1/*http://a.example/x?id=7",
        "a.example/x?id=7",
    ),
    "a network's way out": (f"https://l.facebook.com/l.php?u={TO_A}&h=b", "a.example/x?id=7"),
    "another's": (f"https://out.reddit.com/t3_b?url={TO_A}&token=c", "a.example/x?id=7"),
    "a third's": (f"https://t.umblr.com/redirect?z={TO_A}&t=b", "a.example/x?id=7"),
    "a video's notes": ("https://www.youtube.com/redirect?q=a.example%2Fx", "a.example/x"),
    "a path of the same host": (
        "https://www.youtube.com/attribution_link?a=b&u=%2Fwatch%3Fv%3DAAAAAAAAAAA%26feature%3Dshare",
        "youtube.com/watch?v=AAAAAAAAAAA",
    ),
    "without a scheme": (
        f"https://l.facebook.com/l.php?u={TO_A.removeprefix('https%3A')}",
        "a.example/x?id=7",
    ),
    "a video's short address": ("https://youtu.be/AAAAAAAAAAA?si=b", "youtube.com/watch?v=AAAAAAAAAAA"),
    "a mailer's": ("https://b.r.awstrack.me/L0/https:%2F%2Fa.example%2Fx/1/c/d=1", "a.example/x"),
    "a feed's": ("https://go.theregister.com/feed/www.a.example/2030/01/x/", "a.example/2030/01/x"),
    "an AMP cache": (
        "https://a-example.cdn.ampproject.org/c/s/www.a.example/x/amp/?usqp=b&id=7",
        "a.example/x?id=7",
    ),
    "an AMP cache for viewers": ("https://a-example.cdn.ampproject.org/v/s/a.example/x.amp", "a.example/x"),
    "an AMP cache without a host of its own": ("https://cdn.ampproject.org/c/a.example/x", "a.example/x"),
    "a search's AMP viewer": ("https://www.google.com/amp/s/amp.a.example/amp/x", "a.example/x"),
    "another search's": ("https://www.bing.com/amp/s/a.example/x", "a.example/x"),
    "a cache of Yandex": ("https://a-example.turbopages.org/a.example/s/news/x", "a.example/news/x"),
    "and as it was": ("https://yandex.ru/turbo/s/a.example/news/x", "a.example/news/x"),
    "in a parameter": (f"https://yandex.ru/turbo?text={TO_A}", "a.example/x?id=7"),
    "an escape within it stays": (
        "https://google.com/url?url=https%3A%2F%2Fa.example%2F%25E9%2526",
        "a.example/%E9%26",
    ),
    "letters in it are the same, escaped once or twice": (
        "https://google.com/url?url=https%3A%2F%2Fa.example%2F%25C3%25A9%C3%A9",
        "a.example/éé",
    ),
    "one in another": (
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.google.com%2Famp%2Fs%2Fa.example%2Fx",
        "a.example/x",
    ),
    "a listed page": (f"{NEWS}/rss/articles/{_listed(PLAIN, '')}?oc=5", "a.example/x?id=7"),
    "a listed page in a browser": (f"{NEWS}/articles/{_listed(PLAIN, '')}?hl=en-US", "a.example/x?id=7"),
    "a long one": (f"{NEWS}/__i/rss/rd/articles/{_listed(LONG, '')}?oc=5", LONG[8:]),
    "the page, not its AMP page": (
        f"{NEWS}/rss/articles/{_listed(PLAIN, 'https://a.example/other.amp')}",
        "a.example/x?id=7",
    ),
    "the AMP page where it is all": (
        f"{NEWS}/rss/articles/{_listed('', 'https://a.example/x/amp')}",
        "a.example/x",
    ),
}


@pytest.mark.parametrize(("url", "expected"), CARRIED.values(), ids=CARRIED)
def test_a_carried_address_counts(url: str, expected: str) -> None:
    assert canonical_address(url) == expected
    assert not needs_its_server(url)


NO_MARK = urlsafe_b64encode(b"\x08\x13\x25\x04").decode().rstrip("=")

KEPT = {
    "an id that only its server can read": (f"{NEWS}/rss/articles/{_listed('AU_yqLb')}?oc=5", "listed"),
    "an id of another kind": (f"{NEWS}/read/CAIiEJb?hl=en-US&gl=US", "news.google.com/articles/CAIiEJb"),
    "an id cut short": (f"{NEWS}/articles/{_listed(PLAIN)[:-8]}", "listed"),
    "an id cut within a number": (f"{NEWS}/articles/CBMi", "news.google.com/articles/CBMi"),
    "an id of unknown fields": (f"{NEWS}/articles/{NO_MARK}", f"news.google.com/articles/{NO_MARK}"),
    "an id in letters of any script": (f"{NEWS}/articles/é", "news.google.com/articles/é"),
    "a feed proxy's number": (
        "http://feedproxy.google.com/~r/B/~3/c/x.html",
        "feedproxy.google.com/~r/B/~3/c/x.html",
    ),
    "also on a publisher's host": ("http://feeds.a.example/~r/b/~3/c/x", "feeds.a.example/~r/b/~3/c/x"),
    "a short link": ("https://t.co/AbC", "t.co/AbC"),
    "a redirector that carries nothing": ("https://www.google.com/url?q=&sa=t", "google.com/url?q=&sa=t"),
    "nor a word": ("https://out.reddit.com/t3_b?url=word", "out.reddit.com/t3_b?url=word"),
}


@pytest.mark.parametrize(("url", "expected"), KEPT.values(), ids=KEPT)
def test_what_only_a_server_knows_is_kept(url: str, expected: str) -> None:
    listed = url.removeprefix("https://").replace("/rss", "").removesuffix("?oc=5")

    assert canonical_address(url) == (listed if expected == "listed" else expected)
    assert needs_its_server(url)


PLACES = {
    "a link to share a page is no page": "facebook.com/sharer.php?u=https%3A%2F%2Fa.example%2Fx",
    "an archived page is another one": "web.archive.org/web/20300101/https:/a.example/x",
    "a page after another": "a.example/login?next=https%3A%2F%2Fa.example%2Fx",
    "a search": "google.com/search?q=a.example",
    "a news search": "news.google.com/search?q=a",
    "a search's pages": "news.google.com/topics/CAAqB",
    "an AMP cache without a page": "www-a-example.cdn.ampproject.org/v/s",
    "a portal's page": "yahoo.com/news/x-120000123.html",
    "a portal's page with a star": "yahoo.com/news/*x",
    "a carried address that is none": "google.com/url?q=https%3A%2F%2F%5B",
    "a shop of the same name": "google.com.a.example/url?q=https%3A%2F%2Fb.example",
    "a short link's front page": "bit.ly",
}


@pytest.mark.parametrize("address", PLACES.values(), ids=PLACES)
def test_other_addresses_in_addresses_stay(address: str) -> None:
    assert canonical_address(f"https://{address}") == address


def test_too_many_addresses_in_one_another_are_left_as_they_came() -> None:
    address = f"{4 * 'google.com/url?q=https://'}a.example/x"

    assert canonical_address(f"https://{address}") == address
    assert canonical_address(f"https://{address.partition('//')[2]}") == "a.example/x"


SEARCHED = {
    "its own address": (f"{NEWS}/rss/articles/CAIiEJb?oc=5", True),
    "also where it carries a page": (f"{NEWS}/rss/articles/{_listed(PLAIN)}", True),
    "a publisher's": (PLAIN, False),
    "none": ("", False),
}


@pytest.mark.parametrize(("link", "expected"), SEARCHED.values(), ids=SEARCHED)
def test_a_news_search_is_known_by_its_link(link: str, expected: bool) -> None:  # noqa: FBT001  a table's column
    assert from_news_search(link) is expected


_PIECES = st.sampled_from(
    "http:// https:// a.example www. m. amp. amp- xn--e1afmkfd. / /amp /amp/ // ? & # #! #/ utm_source=x id=7"
    " %41 %7e %e9 % %25 %4 4 1 %31 %c3 %a9 %3A%2F%2F : 80 443 [ ] [::1] @ . .. /. /.. é 李 ① ａ \u3000 \x00"
    " \ud800 ؟ ； .amp .amp.html _amp.html /index.html index.html ;jsessionid= &amp; amp; ?q= &url="
    " google.com/url /amp/s/ cdn.ampproject.org/c/s/ /cnn /2030/ cnn.com l.facebook.com/l.php?u= .m .wiki"
    " youtube.com/attribution_link r.search.yahoo.com /RU= * news.google.com/articles/ CBMi bbc.co.uk".split(
        " "
    )
)
_URLS = st.one_of(st.text(), st.lists(_PIECES, max_size=12).map("".join))


@given(_URLS.map("https://".__add__) | _URLS.map("http://".__add__))
@example("https://a.example/x/amp/amp")
@example("https://a.example/%%34%31")
@example("https://a.example/%4%31")
@example("http://a.example:443/")
@example("http://./x")
@example("https://a.example/x.amp/amp/index.html")
@example("https://google.com/amp/url?q=https://b.example")
@example("https://a.example/...amp")
@example("https://a.m.m.wiki.example/x")
def test_canonicalising_twice_changes_nothing(url: str) -> None:
    once = canonical_address(url)

    assert once == "" or canonical_address(f"https://{once}") == once


@given(_URLS)
@example("https://[")
@example("http://a:²/")
def test_no_text_whatever_makes_it_fail(url: str) -> None:
    assert isinstance(canonical_address(url), str)


PAGES = {
    "a.example/x": True,
    "a.example?id=7": True,
    "a.example#!/x": True,
    "a.example/?id=7": True,
    "a.example": False,
    "a.example:8443": False,
    "": False,
}


@pytest.mark.parametrize(("address", "expected"), PAGES.items(), ids=PAGES)
def test_a_front_page_names_no_article(address: str, expected: bool) -> None:  # noqa: FBT001  a table's column
    assert names_a_page(address) is expected


NUMBERED = {
    "a number behind the headline names the page": (
        "a.example/asia/li-in-moscow-6334361",
        "a.example/asia/6334361",
    ),
    "with a part and a file type": (
        "a.example/li-in-moscow-1260820010_1.html",
        "a.example/1260820010_1.html",
    ),
    "what chooses a page behind it stays": ("a.example/li-in-moscow-6334361?p=2", "a.example/6334361?p=2"),
    "a number alone is an address already": ("a.example/asia/6334361", "a.example/asia/6334361"),
    "a short number is a figure of the headline": ("a.example/li-sells-12345", "a.example/li-sells-12345"),
    "a round number is an amount": ("a.example/li-sells-500000", "a.example/li-sells-500000"),
    "a day, year first": ("a.example/week-ahead-20230416", "a.example/week-ahead-20230416"),
    "a day, day first": ("a.example/week-ahead-16042023", "a.example/week-ahead-16042023"),
    "a day in six digits": ("a.example/week-ahead-230416", "a.example/week-ahead-230416"),
    "a month": ("a.example/week-ahead-202304", "a.example/week-ahead-202304"),
    "two years": ("a.example/figures-of-20222023", "a.example/figures-of-20222023"),
    "a day and a time": ("a.example/week-ahead-20230416123456", "a.example/week-ahead-20230416123456"),
    "a time of day": ("a.example/shares-rise-130000123", "a.example/shares-rise-130000123"),
    "a part that begins with another number": (
        "a.example/86659,li-sells-6334361",
        "a.example/86659,li-sells-6334361",
    ),
    "a file's number of a year": ("a.example/form-26-100012", "a.example/form-26-100012"),
    "a day in parts": ("a.example/week-ahead-2023-04-16", "a.example/week-ahead-2023-04-16"),
    "a number in another part of the path": ("a.example/live-6334361/first", "a.example/live-6334361/first"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("address", "expected"), NUMBERED.values(), ids=NUMBERED)
def test_a_numbered_page_is_named_without_its_headline(address: str, expected: str) -> None:
    assert page(address) == expected


SLUGS = {
    "the longest part": ("a.example/world/li-visits-moscow-for-talks/", "li visits moscow for talks"),
    "without the page's number and file type": (
        "a.example/li-visits-moscow-6334361.html",
        "li visits moscow",
    ),
    "without the day": ("a.example/li-visits-moscow-2023-04-16", "li visits moscow"),
    "figures within it stay": ("a.example/12-killed-in-moscow-fire", "12 killed in moscow fire"),
    "underscores and plus signs join as well": ("a.example/li_visits+moscow", "li visits moscow"),
    "a query is no headline": ("a.example/x?title=li-visits-moscow", ""),
    "two words are a section": ("a.example/asia-pacific/7", ""),
    "a front page": ("a.example", ""),
}


@pytest.mark.parametrize(("address", "expected"), SLUGS.values(), ids=SLUGS)
def test_an_address_holds_a_headline(address: str, expected: str) -> None:
    assert slug(address) == expected


SITES = {"a.example/x": "a.example", "a.example?id=7": "a.example", "a.example#!x": "a.example", "": ""}


@pytest.mark.parametrize(("address", "expected"), SITES.items(), ids=SITES)
def test_the_site_is_the_host(address: str, expected: str) -> None:
    assert site(address) == expected


# ------------------------------------------------------------- links as real feeds published them


def _cases(data_dir: Path) -> Iterator[dict[str, str]]:
    with (data_dir / "urls/cases.jsonl").open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _pairs(data_dir: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, link, other link)."""
    for case in _cases(data_dir):
        if case["set"] == "rss2023-pairs":
            yield case["function"].removeprefix("pair:"), case["input"], case["other"]


@pytest.mark.data
def test_no_two_different_articles_share_an_address(data_dir: Path) -> None:
    different = [(a, b) for kind, a, b in _pairs(data_dir) if kind == "different"]

    assert len(different) >= 148
    assert [(a, b) for a, b in different if canonical_address(a) == canonical_address(b)] == []


@pytest.mark.data
@pytest.mark.parametrize("kind", ["same", "same-changed-headline"])
def test_links_to_one_article_share_an_address(kind: str, data_dir: Path) -> None:
    found = Counter(
        canonical_address(a) == canonical_address(b) for which, a, b in _pairs(data_dir) if which == kind
    )

    assert found[True] / found.total() >= 0.98


# Other projects' tests: set → how many of its addresses equal the one expected, of all that are http.
# The first three have our policy. The others sort parameters, drop more of them, or resolve relative links.
AGREED = {
    "amp-cache": (7, 7),
    "amp-pairs": (2, 2),
    "google-news": (7, 7),
    "ural": (31, 36),
    "w3lib": (31, 40),
    "url-normalize": (21, 29),
    "courlan": (17, 40),
    "surt": (14, 28),
    "urlcanon": (50, 103),
    "whatwg-urltestdata": (44, 68),
    "normalize-url": (53, 59),
    "purell": (35, 44),
}


def _is_address(text: object) -> bool:
    return isinstance(text, str) and text.lower().startswith("http")


@pytest.mark.data
@pytest.mark.parametrize(("name", "counts"), AGREED.items(), ids=AGREED)
def test_others_agree_as_often_as_before(name: str, counts: tuple[int, int], data_dir: Path) -> None:
    cases = [(case["input"], case["expected"]) for case in _cases(data_dir) if case["set"] == name]
    found = Counter(
        canonical_address(url) == canonical_address(expected)
        for url, expected in cases
        if _is_address(url) and _is_address(expected)
    )

    assert (found[True], found.total()) >= counts


#: Set → how many of its links only their server can resolve, of how many.
UNKNOWN = {"google-news": (5, 5), "t.co": (5, 5), "feedburner-origlink": (65, 75)}


@pytest.mark.data
@pytest.mark.parametrize(("name", "counts"), UNKNOWN.items(), ids=UNKNOWN)
def test_links_that_only_a_server_knows_are_known_as_such(
    name: str, counts: tuple[int, int], data_dir: Path
) -> None:
    links = {
        case["input"]
        for case in _cases(data_dir)
        if case["set"] == name and (name != "google-news" or case["expected"] is None)
    }

    assert (sum(map(needs_its_server, links)), len(links)) >= counts
    assert len({canonical_address(link) for link in links}) == len(links)
