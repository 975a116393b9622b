from __future__ import annotations

import asyncio
import sys
from collections import deque
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.edge import fulltext
from bot.edge.fulltext import Reader, article_page
from bot.errors import ConfigError, ParseError
from bot.model import Page

_LIBRARY = find_spec("trafilatura")
pytestmark = pytest.mark.skipif(_LIBRARY is None, reason="full texts need an extra: uv sync --extra fulltext")

URL = "https://news.example/2023/dam"

FIRST = "The dam above the town broke on Tuesday night, and the river rose by two metres within an hour."
SECOND = "Nobody was hurt, said the mayor, but 300 houses & two bridges < 10 years old are gone for good."


def page(*paragraphs: str, head: str = "") -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return f"""<!doctype html><html><head><title>Dam breaks</title>{head}</head><body>
    <nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
    <article><h1>Dam breaks</h1>{body}</article>
    <div id="comments"><h2>Comments</h2><p>First!</p></div><footer>Imprint</footer></body></html>"""


def article_text(html: bytes, url: str, content_type: str | None) -> str:
    return article_page(html, url, content_type).text


GOOD = page(FIRST, SECOND.replace("&", "&amp;").replace("<", "&lt;")).encode()


def test_the_text_is_found_without_what_stands_around_it() -> None:
    assert article_text(GOOD, URL, "text/html") == f"Dam breaks\n{FIRST}\n{SECOND}"


RUSSIAN = "Министр обороны прибыл в Москву с официальным визитом, сообщило агентство в воскресенье вечером."

ENCODED = {
    "by the header": ("cp1251", "text/html; charset=windows-1251", ""),
    "by the page": ("cp1251", "text/html", '<meta charset="windows-1251">'),
    "by the page, the old way": (
        "koi8-r",
        None,
        '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">',
    ),
    "by nobody": ("utf-8", None, ""),
    "wrongly": ("utf-8", "text/html; charset=iso-8859-1", ""),
}


@pytest.mark.parametrize(("codec", "header", "head"), ENCODED.values(), ids=ENCODED)
def test_an_encoding_is_told(codec: str, header: str | None, head: str) -> None:
    html = page(RUSSIAN, RUSSIAN[::-1], head=head).encode(codec)

    assert RUSSIAN in article_text(html, URL, header)


def test_the_picture_that_a_page_names_is_found() -> None:
    html = page(FIRST, SECOND, head='<meta property="og:image" content="/dam.jpg">').encode()

    assert article_page(html, URL, None).image == "https://news.example/dam.jpg"
    assert article_page(GOOD, URL, None).image == ""


NO_TEXT = {
    "no bytes": b"",
    "zeros": bytes(1000),
    "no HTML": b'{"a": 1}',
    "an address": b"http://127.0.0.1:9/",
    "an empty page": b"<html><body></body></html>",
}


@pytest.mark.parametrize("html", NO_TEXT.values(), ids=NO_TEXT)
def test_a_page_without_text_has_none(html: bytes) -> None:
    assert len(article_text(html, URL, None)) < 20


def test_a_long_text_is_cut() -> None:
    html = page(*(f"{FIRST} And then came the flood of number {n}." for n in range(2_000))).encode()

    assert 90_000 < len(article_text(html, URL, None)) <= 100_000


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=500), st.text(max_size=30) | st.none())
def test_any_page_is_read(html: bytes, content_type: str | None) -> None:
    assert isinstance(article_text(html, URL, content_type), str)
    assert isinstance(article_text(GOOD[:400] + html, URL, content_type), str)


# ------------------------------------------------------------------------------------------- files

_opened: deque[str] = deque(maxlen=1_000)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        _opened.append(str(arguments[0]))


def test_no_file_is_opened_but_those_of_the_library(tmp_path: Path) -> None:
    secret = tmp_path / "secret.html"
    secret.write_bytes(GOOD)
    inclusion = f'<!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}">]><base href="{secret.as_uri()}">'
    # Once added a hook stays; this one costs the other tests next to nothing.
    sys.addaudithook(_watch)
    libraries = Path(str(_LIBRARY.origin)).parent.parent if _LIBRARY else tmp_path
    for html in (str(secret), secret.as_uri(), f"{inclusion}<p>{FIRST}&x;</p><p>{FIRST}</p>"):
        _opened.clear()
        text = article_text(html.encode(), secret.as_uri(), None)
        others = [name for name in _opened if not Path(name).is_relative_to(libraries)]

        assert SECOND not in text
        assert others == []


# ---------------------------------------------------------------------------------------- the worker

#: libxml2 compares each attribute with all before it.
SLOW = f"<p {' '.join(f'a{n}' for n in range(200_000))}>".encode()


async def _one(reader: Reader, html: bytes) -> Page | str:
    try:
        return await reader(html, URL, "text/html")
    except ParseError as error:
        return str(error)


def test_a_page_that_takes_too_long_is_killed_and_the_next_one_is_read() -> None:
    async def run() -> list[Page | str]:
        reader = Reader(limit=timedelta(seconds=3))
        return [await _one(reader, html) for html in (GOOD, SLOW, GOOD)]

    good = article_page(GOOD, URL, "text/html")

    assert asyncio.run(run()) == [good, "the page took longer than 3 s to read", good]


FLOODS = {
    "paragraphs": b"<p>" * 300_000,
    "boxes": b"<div><p>some text here</p></div>" * 30_000,
    "breaks": b"<br>" * 250_000,
    "open boxes": b"<div>" * 200_000,
    "headings": b"<h1>x</h1>" * 100_000,
    "attributes": SLOW,
}


@pytest.mark.slow
@pytest.mark.parametrize("html", FLOODS.values(), ids=FLOODS)
def test_a_flood_is_read_or_given_up_and_the_next_page_is_read(html: bytes) -> None:
    async def run() -> list[Page | str]:
        reader = Reader(limit=timedelta(seconds=3))
        return [await _one(reader, html), await _one(reader, GOOD)]

    assert asyncio.run(run())[1] == article_page(GOOD, URL, "text/html")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulltext, "find_spec", lambda _name: None)

    with pytest.raises(ConfigError, match="uv sync --extra fulltext"):
        Reader()
