"""What a page's head says of its article, however it is written."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.edge.heads import Heads, characters, head_of_page
from bot.model import Page

URL = "https://news.example/2023/dam"

HEADS = {
    "for those who link to it": (
        '<title>N</title><meta property=og:title content="Dam"/><meta property=og:description content="A">',
        ("Dam", "A"),
    ),
    "by a name instead of a property": ("<meta content='Dam' name='og:title'>", ("Dam", "")),
    "for tweets": ('<meta name="twitter:title" content="Dam"><title>No</title>', ("Dam", "")),
    "a plain title": ("<title lang=en>Dam\n breaks &amp; more</title>", ("Dam breaks & more", "")),
    "a plain description": ('<meta name="Description" content="Text">', ("", "Text")),
    "an empty tag before a full one": (
        '<meta property="og:title" content=" "><title>Dam</title>',
        ("Dam", ""),
    ),
    "the first of two": (
        '<meta property="og:title" content="A"><meta property="og:title" content="B">',
        ("A", ""),
    ),
    "mark-up inside": (
        '<meta property="og:title" content="&lt;b&gt;Dam&lt;/b&gt; breaks">',
        ("Dam breaks", ""),
    ),
    "a title of a picture is no title": ("<svg><titles>x</titles></svg>", ("", "")),
    "nothing": ("", ("", "")),
}


@pytest.mark.parametrize(("head", "says"), HEADS.values(), ids=HEADS)
def test_a_head_says(head: str, says: tuple[str, str]) -> None:
    page = head_of_page(f"<html><head>{head}</head></html>", URL)

    assert (page.title, page.summary) == says
    assert (page.url, page.text) == (URL, "")


def test_long_heads_are_cut() -> None:
    page = head_of_page(f'<title>{"a" * 900}</title><meta name="description" content="{"b" * 3_500}">', URL)

    assert (len(page.title), len(page.summary)) == (300, 2_000)


@pytest.mark.parametrize("flood", ["<title", "<meta ", "<title>", "<meta content=\"'", "<title x", "<"])
def test_floods_are_read_in_time(flood: str) -> None:
    begun = time.process_time()
    head_of_page(flood * (1_000_000 // len(flood)), URL)

    assert time.process_time() - begun < 2


def test_a_page_is_read_in_a_worker_by_the_charset_that_it_names() -> None:
    html = '<meta charset="windows-1251"><title>Плотина прорвана</title>'.encode("cp1251")

    assert asyncio.run(Heads()(html, URL, "text/html")) == Page(url=URL, text="", title="Плотина прорвана")
    assert "Плотина" in characters(html, "text/html; charset=windows-1251")
