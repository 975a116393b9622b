"""37 articles' pages: what an HTML parser finds of the feeds they name is found, and first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree

from bot.core.address import canonical_address
from bot.edge.discover import feeds_named
from bot.edge.markup import decode

pytestmark = pytest.mark.data

TYPES = {"application/rss+xml", "application/atom+xml", "application/feed+json"}


@pytest.fixture(scope="module")
def pages(data_dir: Path) -> list[tuple[str, str]]:
    manifest = data_dir / "articles" / "MANIFEST.jsonl"
    if not manifest.is_file():
        pytest.skip(f"no articles' pages in {data_dir}")
    rows = [json.loads(line) for line in manifest.read_text().splitlines()]
    return [
        (row["url"] or "https://page.example/", decode((data_dir / row["html"]).read_bytes(), None)[0])
        for row in rows
    ]


def test_every_feed_that_a_page_names_is_found(
    pages: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    seen = naming = 0
    for url, html in pages:
        found = {canonical_address(named.url) for named in feeds_named(html, url)}
        named = set(_named(html, url))
        seen += len(named)
        naming += bool(found)

        assert named <= found, url
    with capsys.disabled():
        print(f"\n{len(pages)} pages: {naming} lead to feeds, {seen} feeds named, all found")  # noqa: T201


def _named(html: str, url: str) -> list[str]:
    root = etree.fromstring(html.encode(), etree.HTMLParser(no_network=True, encoding="utf-8"))
    links = [link for link in root.iter("link") if link.get("rel", "").lower() == "alternate"]
    hrefs = [link.get("href") for link in links if link.get("type") in TYPES]
    return [canonical_address(_joined(url, href)) for href in hrefs]


def _joined(url: str, href: str) -> str:
    # None of the pages has a base that differs from its address.
    return href if "://" in href else "/".join(url.split("/")[:3]) + "/" + href.lstrip("/")
