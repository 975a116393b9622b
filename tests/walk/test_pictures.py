"""A picture on its way from a feed's bytes to the preview that Telegram is asked for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

from bot.edge.document import read_document
from bot.edge.telegram import TelegramChannel, close_bot, make_bot
from bot.model import Document, Feed, Fetched, Posting, PostKind
from bot.pipeline import deliver, poll
from tests.builders import NOW, a_story
from tests.fakes.archive import FakeArchive
from tests.fakes.telegram import CHANNEL, TOKEN, FakeTelegram
from tests.walk.world import WIRE, Walk

PICTURE = "https://cdn.example/dam.jpg"
DAM = '<media:content url="{}" medium="image" width="800"/>'
TEXT = '<description>&lt;p&gt;Water&lt;/p&gt;&lt;img src="/dam.jpg"&gt;</description>'


def rss(more: str) -> bytes:
    return f"""<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Wire</title>
        <item><title>Dam breaks near Ostrava</title><link>https://wire.example/dam</link><guid>1</guid>
        <pubDate>{format_datetime(NOW)}</pubDate>{more}</item></channel></rss>""".encode()


class Bytes:
    """Serves one document everywhere, and has it read as it is read in life."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def fetch(self, feed: Feed, *, conditional: bool = True) -> Fetched:  # noqa: ARG002
        return Fetched(url=feed.url, body=self.body)

    async def parse(self, fetched: Fetched, *, known: bytes = b"") -> Document:
        return read_document(fetched.body or b"", fetched.url, None, known=known)


def heard(walk: Walk, body: bytes) -> int:
    """Poll the wire, which serves these bytes; return how many articles that brought."""
    walk.wait()
    feeds = Bytes(body)
    world = replace(walk.world, fetch=feeds.fetch, parse=feeds.parse)
    return asyncio.run(poll(walk.stored(), world)).unseen


def a_walk(*, pictures: bool) -> Walk:
    walk = Walk(archive=FakeArchive(), stories=[a_story(postings={"main": Posting(pictures=pictures)})])
    walk.opened(WIRE)
    return walk


def previews(walk: Walk) -> list[object]:
    """Deliver to Telegram; return what it was asked to show beside each text."""

    async def run() -> FakeTelegram:
        async with FakeTelegram() as telegram:
            bot = make_bot(TOKEN, base_url=telegram.base_url, timeout=timedelta(seconds=10))
            try:
                await deliver(TelegramChannel("main", CHANNEL, bot), walk.world)
            finally:
                await close_bot(bot)
        return telegram

    asked = [request.query for request in asyncio.run(run()).requests if request.method == "sendMessage"]
    return [json.loads(query["link_preview_options"]) for query in asked]


SHOWN = {"url": PICTURE, "prefer_large_media": True, "show_above_text": True}


def test_a_feed_s_picture_is_shown_as_a_preview() -> None:
    walk = a_walk(pictures=True)

    assert heard(walk, rss(DAM.format(PICTURE))) == 1
    assert previews(walk) == [SHOWN]


def test_a_picture_of_the_text_is_shown_as_a_preview() -> None:
    walk = a_walk(pictures=True)

    heard(walk, rss(TEXT))

    assert previews(walk) == [{**SHOWN, "url": "https://wire.example/dam.jpg"}]


def test_where_nobody_asked_for_pictures_none_is_shown() -> None:
    walk = a_walk(pictures=False)

    heard(walk, rss(DAM.format(PICTURE)))

    assert previews(walk) == [{"is_disabled": True}]


def test_a_picture_in_a_private_network_is_none() -> None:
    walk = a_walk(pictures=True)

    heard(walk, rss(DAM.format("http://192.168.1.1/dam.jpg")))

    assert previews(walk) == [{"is_disabled": True}]


def test_another_picture_alone_is_no_news() -> None:
    walk = a_walk(pictures=True)
    heard(walk, rss(DAM.format(f"{PICTURE}?v=1")))

    assert heard(walk, rss(DAM.format(f"{PICTURE}?v=2"))) == 0
    assert heard(walk, rss(TEXT.replace("&lt;p&gt;Water&lt;/p&gt;", ""))) == 0
    assert [post.kind for post in walk.outbox()] == [PostKind.CARD]
    assert previews(walk) == [{**SHOWN, "url": f"{PICTURE}?v=1"}]
