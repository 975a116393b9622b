"""`poll` and `why`: one round, in earnest or only to see, and what is told of it afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.cli.common import verdict_kind, verdict_name, verdict_words
from bot.model import ArticleId, Duplicate, Evidence, Kind, New, Related, Update, Verdict
from bot.ports import Record
from storage import open_archive
from tests.builders import a_match, an_article
from tests.fakes.feedserver import FeedServer
from tests.fakes.telegram import CHANNEL_NAME, TOKEN, FakeTelegram
from tests.unit.cli.typing_it import CONFIG, Typed, ago, configuration, row_counts, rss, typed

TITLE = "Dam breaks near Ostrava after two days of rain"
LINK = "https://wire.example/1?utm_source=rss"
TEXT = (
    "A dam above Ostrava gave way on Sunday. Firemen brought forty people from three villages to a school,"
    " and the river is expected to fall on Monday, the province says."
)


def poll(*options: str) -> Typed:
    return typed("poll", "-c", CONFIG, *options)


def why(reference: object, *options: str) -> Typed:
    return typed("why", reference, "-c", CONFIG, *options)


@pytest.fixture
def wire(server: FeedServer) -> FeedServer:
    """Serve two feeds: one with a report, its copy and football, one that is down."""
    first = rss(
        ("Football results", "https://wire.example/2", ago(hours=1)),
        (TITLE, LINK, ago(hours=2)),
        texts=["", TEXT],
    )
    copy = rss(
        ("Villages moved to a school as dam breaks", "https://post.example/9", ago(hours=1)), texts=[TEXT]
    )
    server.publish("/wire.xml", first)
    server.publish("/post.xml", copy)
    server.fail("/down.xml", 503)
    configuration(
        ("Wire", server.url("/wire.xml")),
        ("Post", server.url("/post.xml")),
        ("Down", server.url("/down.xml")),
        more="concurrency = 1",
    )
    return server


def test_a_dry_run_shows_what_would_be_posted_and_why(wire: FeedServer) -> None:
    shown = poll("--dry-run")

    assert shown.code == 0
    assert shown.line.startswith("storywire: Down: 127.0.0.1 answered 503")
    assert f"{TITLE} Wire story dams, new, would be posted: card to console - nothing stored" in shown.said
    assert "Post story dams, duplicate (copy), would be posted: edit to console - 100 %" in shown.said
    assert "Football" not in shown.out
    assert shown.out.splitlines()[-1] == (
        "3 feeds (1 could not be read), 3 entries, 3 not seen before, 2 matched, 2 posts and edits"
        " would be made"
    )
    assert wire.requests("/wire.xml")


def test_a_dry_run_changes_nothing_not_even_in_an_archive_in_use(wire: FeedServer) -> None:
    poll("--dry-run")
    empty = row_counts()
    poll()
    full = row_counts()
    wire.publish("/wire.xml", rss(("Another dam leaks in Oslo", "https://wire.example/3", ago(minutes=1))))

    shown = poll("--dry-run")

    assert sum(count for name, count in empty.items() if name != "alembic_version") == 0
    assert "Another dam leaks in Oslo" in shown.out
    assert row_counts() == full
    assert full["articles"] == 3


def test_a_poll_posts_and_the_next_one_finds_no_feed_due(wire: FeedServer) -> None:
    first, second = poll(), poll()

    assert wire.requests("/wire.xml")
    assert first.code == second.code == 0
    assert "╭─ #1" in first.out
    assert "Also: Post" in first.out
    assert "posted: card to console" in first.out
    assert first.out.splitlines()[-1] == (
        "3 feeds (1 could not be read), 3 entries, 3 not seen before, 2 matched, 2 posts and edits"
    )
    assert "No feed is due before 20" in second.out
    assert row_counts()["posts"] == 1  # the edit came before the card was shown, so it became part of it


def test_each_post_is_sent_once(
    wire: FeedServer, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [
        (f"Dam number {n} of {20 * n} is full", f"https://wire.example/{n}", ago(minutes=n))
        for n in range(1, 5)
    ]
    wire.publish("/wire.xml", rss(*items))
    wire.publish("/post.xml", rss())
    path = Path(CONFIG)
    path.write_text(
        f'[telegram]\nchannel = "{CHANNEL_NAME}"\napi_url = "{telegram.base_url.removesuffix("/bot")}"\n'
        + path.read_text(encoding="utf-8").replace("concurrency = 1", "concurrency = 1\nbackfill = 10"),
        encoding="utf-8",
    )
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)

    shown = poll()

    assert shown.code == 0, shown.err
    texts = [message.text for message in telegram.messages()]
    assert len(texts) == len(set(texts)) == 4
    assert "to go out yet" not in shown.out
    assert TOKEN not in shown.out + shown.err


def test_what_a_channel_s_pace_keeps_waiting_is_said(server: FeedServer) -> None:
    feeds = []
    for name in ("100", "200", "300"):
        items = [
            (f"Dam {int(name) + n} is full", f"https://{name}.example/{n}", ago(minutes=n)) for n in range(8)
        ]
        server.publish(f"/{name}", rss(*items))
        feeds.append((name, server.url(f"/{name}")))
    configuration(*feeds, more="backfill = 10\n[posting]\nburst = 100")

    shown = poll()

    assert shown.out.splitlines()[-1] == (
        "4 posts to go out yet: the next poll, or storywire run, sends them."
    )


def test_old_news_and_backlog_are_told_as_such(server: FeedServer) -> None:
    server.publish(
        "/wire.xml",
        rss(
            ("Dam one is full in Oslo", "https://wire.example/1", ago(hours=1)),
            ("Dam two leaks in Bergen", "https://wire.example/2", ago(hours=2)),
            ("Dam three is sold in Bodo", "https://wire.example/3", ago(days=30)),
        ),
    )
    configuration(("Wire", server.url("/wire.xml")))

    shown = poll("--dry-run")

    assert "new, not posted (backlog: it was already listed" in shown.said
    assert "new, not posted (old news: published 30 days before" in shown.said
    assert shown.said.count("would be posted") == 1


def test_if_no_feed_can_be_read_the_exit_code_says_so(server: FeedServer) -> None:
    server.fail("/down.xml", 500)
    configuration(("Down", server.url("/down.xml")))

    assert poll("--dry-run").code == 1
    assert poll().code == 1


# ---------------------------------------------------------------------------------------------- why


REFERENCES = {
    "its link": LINK,
    "its link without parameters": "https://wire.example/1",
    "its link with other tracking parameters": "http://www.wire.example/1/?utm_medium=x&fbclid=y#top",
    "its number": "1",
    "its link with blanks around it": f" {LINK} ",
}


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES)
def test_why_finds_an_article_by(reference: str, wire: FeedServer) -> None:
    poll()

    shown = why(reference)

    assert wire.requests("/wire.xml")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.splitlines()[0] == TITLE
    assert "from Wire, published 20" in shown.out
    assert "story dams, article 1: new" in shown.out
    assert "matched by - dam in the title: … Dam breaks near Ostrava" in shown.said
    assert "card 1 of its event in console: sent" in shown.out


def test_why_names_what_a_duplicate_repeats_and_the_evidence(wire: FeedServer) -> None:
    poll()

    shown = why("https://post.example/9")

    assert wire.requests("/post.xml")
    assert "duplicate (copy)" in shown.out
    assert f'of Wire: "{TITLE}"' in shown.out
    assert "- 100 % of the shorter text contained" in shown.said


def test_why_names_the_report_of_the_same_event_that_came_before(wire: FeedServer) -> None:
    poll()

    def relate(record: Record) -> None:
        article = an_article("Dam keeper tells of the night")
        evidence = (Evidence(signal="event", says="the same place and day"),)
        verdict = Related(of=ArticleId(1), evidence=evidence)
        record.verdict(record.articles([article])[0], a_match(article), verdict, keys=[], quiet=None)

    async def record_it() -> None:
        archive = await open_archive("sqlite:///archive.db")
        await archive.record(relate)
        await archive.close()

    asyncio.run(record_it())
    shown = why(an_article("Dam keeper tells of the night").link)

    assert wire.requests("/wire.xml")
    assert f'news, same event as Wire: "{TITLE}"' in shown.said
    assert "- the same place and day" in shown.said


VERDICTS: dict[str, tuple[Verdict, tuple[str, str | None, str]]] = {
    "new": (New(), ("new", None, "new")),
    "a copy": (Duplicate(of=ArticleId(1), kind=Kind.COPY), ("duplicate", "copy", "duplicate (copy)")),
    "an update": (Update(of=ArticleId(1)), ("update", None, "update")),
    "related": (Related(of=ArticleId(1)), ("related", None, "news, same event")),
}


@pytest.mark.parametrize(("verdict", "said"), VERDICTS.values(), ids=VERDICTS)
def test_a_verdict_has_a_name_a_kind_and_words(verdict: Verdict, said: tuple[str, str | None, str]) -> None:
    assert (verdict_name(verdict), verdict_kind(verdict), verdict_words(verdict)) == said


def test_why_says_that_no_query_accepts_an_article(wire: FeedServer) -> None:
    poll()

    shown = why("https://wire.example/2")

    assert wire.requests("/wire.xml")
    assert shown.code == 0
    assert "not posted: no story's query accepts it" in shown.out


def test_why_says_that_an_article_was_recorded_quietly(server: FeedServer) -> None:
    server.publish("/wire.xml", rss(("Dam three is sold", "https://wire.example/3", ago(days=30))))
    configuration(("Wire", server.url("/wire.xml")))
    poll()

    shown = why("https://wire.example/3")

    assert "not posted: old news: published 30 days before it was first seen" in shown.said


def test_why_tells_each_version_and_each_feed_of_one_page(server: FeedServer) -> None:
    link = "https://wire.example/1"
    server.publish("/wire.xml", rss((TITLE, link, ago(hours=2))))
    other = rss((f"{TITLE}, firemen say", link, ago(hours=1))).replace(b"<guid>https", b"<guid>tag:https")
    server.publish("/post.xml", other)
    configuration(
        ("Wire", server.url("/wire.xml")), ("Post", server.url("/post.xml")), more="concurrency = 1"
    )
    poll()

    shown = why(link)

    assert "article 1: new" in shown.out
    assert "article 2: duplicate (same)" in shown.out
    assert "no story" not in shown.out


NEVER_SEEN = {
    "a site whose feed is polled": (
        "https://www.wire.example/7",
        "feed Elsewhere of that site: not polled yet",
    ),
    "a site without a feed": ("https://other.example/7", "No feed of that site is configured"),
    "another site that ends alike": ("https://firewire.example/7", "No feed of that site is configured"),
    "a site sold below a country's name": ("https://a.co.uk/7", "feed Kingdom of that site: not polled yet"),
    "another site of that country": ("https://b.co.uk/7", "No feed of that site is configured"),
    "a number": ("77", "77 was never seen in a feed."),
}


@pytest.mark.parametrize(("reference", "says"), NEVER_SEEN.values(), ids=NEVER_SEEN)
def test_why_of_what_was_never_seen_tells_of_the_site_s_feeds(reference: str, says: str) -> None:
    configuration(("Elsewhere", "https://rss.wire.example/feed"), ("Kingdom", "https://feeds.a.co.uk/feed"))

    shown = why(reference, "--offline")

    assert shown.code == 1
    assert shown.out.startswith(f"{reference} was never seen in a feed.")
    assert says in shown.out


def test_why_tells_how_the_site_s_feed_is_doing(wire: FeedServer) -> None:
    poll()

    shown = why(wire.url("/nothing"))

    assert "feed Wire of that site: last polled 20" in shown.out
    assert "UTC, works; next 20" in shown.out
    assert "127.0.0.1 answered 503" in shown.said
    assert "Its page could not be read (127.0.0.1 answered 404 Not Found)" in shown.said


def test_why_reads_the_page_of_what_was_never_seen_and_records_nothing(wire: FeedServer) -> None:
    poll()
    head = f'<meta property="og:title" content="{TITLE}"><meta name="description" content="{TEXT}">'
    wire.publish("/page", f"<html><head>{head}</head></html>".encode())
    before = row_counts()

    shown = why(wire.url("/page"))

    assert shown.code == 1
    assert f"If it were found now, as “{TITLE}”:" in shown.said
    assert "story dams: duplicate (copy); nothing would be posted or changed" in shown.said
    assert "% likely one article (limit 36 %)" in shown.said
    assert row_counts() == before


def test_why_takes_a_headline_instead_of_a_page(wire: FeedServer) -> None:
    poll()

    shown = why("https://elsewhere.example/1", "--title", "Football results")

    assert wire.requests("/wire.xml")
    assert shown.code == 1
    assert "story dams: no term of its query stands in it" in shown.out
