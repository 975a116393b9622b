from __future__ import annotations

import asyncio
import gzip
import resource
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from bot.edge.fetch import MAX_HOPS, Fetcher
from bot.edge.gate import Gate
from bot.errors import BadAnswerError, FetchError, NoAnswerError, RefusedAddressError, TooLargeError
from bot.model import Feed, Fetched, Validators
from tests.fakes.feedserver import FakeNames, FeedServer

T = TypeVar("T")

NOW = datetime(2023, 4, 16, 12, 0, tzinfo=UTC)
BODY = b"<rss version='2.0'><channel><title>News</title></channel></rss>"
LIMIT = 200_000
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)


class StoppedClock:
    def now(self) -> datetime:
        return NOW


def fetched(
    prepare: Callable[[FeedServer], object],
    *,
    feed: Callable[[FeedServer], Feed] | None = None,
    conditional: bool = True,
    deadline: timedelta = timedelta(seconds=5),
    allow: str = "127.0.0.0/8",
    names: Sequence[str] = ("127.0.0.1",),
) -> tuple[Fetched, FeedServer]:
    """Fetch /feed from a server that was prepared for it."""

    async def run(server: FeedServer, fetch: Fetcher) -> Fetched:
        prepare(server)
        asked = feed(server) if feed else Feed(url=server.url("/feed"), name="feed")
        return await fetch(asked, conditional=conditional)

    return with_server(run, deadline=deadline, allow=allow, names=names)


def with_server(
    work: Callable[[FeedServer, Fetcher], Awaitable[T]],
    *,
    deadline: timedelta = timedelta(seconds=5),
    allow: str = "127.0.0.0/8",
    names: Sequence[str] = ("127.0.0.1",),
) -> tuple[T, FeedServer]:
    async def run() -> tuple[T, FeedServer]:
        gate = Gate(allow=[allow], resolver=FakeNames(*names))
        async with (
            FeedServer() as server,
            Fetcher(
                gate, StoppedClock(), user_agent="Storywire/test", deadline=deadline, max_body=LIMIT
            ) as fetch,
        ):
            return await work(server, fetch), server

    return asyncio.run(run())


# ---------------------------------------------------------------------------------- what is asked


def test_the_first_request_introduces_itself_and_asks_for_nothing_conditional() -> None:
    _, server = fetched(lambda server: server.publish("/feed", BODY))

    assert [(request.method, request.path) for request in server.log] == [("GET", "/feed")]
    headers = server.log[0].headers
    assert headers["User-Agent"] == "Storywire/test"
    assert headers["Accept-Encoding"] == "gzip"
    assert headers["Accept"].startswith("application/atom+xml, application/rss+xml,")
    assert not {"If-None-Match", "If-Modified-Since", "Cookie", "Authorization", "Referer"} & headers.keys()


def test_a_document_comes_with_its_validators_byte_for_byte() -> None:
    answer, server = fetched(
        lambda server: server.publish(
            "/feed", BODY, etag='W/"a,b c--gzip"', last_modified="Sun, 16 Apr 2041 10:00:00 GMT"
        )
    )

    assert timedelta() < answer.took < timedelta(seconds=20)
    assert replace(answer, took=timedelta()) == Fetched(
        url=server.url("/feed"),
        body=BODY,
        content_type="application/rss+xml; charset=utf-8",
        validators=Validators(etag='W/"a,b c--gzip"', last_modified="Sun, 16 Apr 2041 10:00:00 GMT"),
    )


def known(server: FeedServer) -> Feed:
    return Feed(
        url=server.url("/feed"),
        name="feed",
        validators=Validators(etag='"1"', last_modified="yesterday, I think"),
    )


def test_an_unchanged_document_has_no_body_and_keeps_its_validators() -> None:
    answer, server = fetched(lambda server: server.publish("/feed", BODY, etag='"1"'), feed=known)

    assert answer.body is None
    assert answer.validators == Validators(etag='"1"', last_modified="yesterday, I think")
    assert server.log[0].headers["If-None-Match"] == '"1"'
    assert server.log[0].headers["If-Modified-Since"] == "yesterday, I think"


def test_a_changed_document_replaces_both_validators() -> None:
    answer, _ = fetched(lambda server: server.publish("/feed", BODY, etag='"2"'), feed=known)

    assert answer.body == BODY
    assert answer.validators == Validators(etag='"2"')


def test_an_unconditional_request_gets_round_a_stuck_etag() -> None:
    answer, server = fetched(
        lambda server: server.publish("/feed", BODY, etag='"1"'), feed=known, conditional=False
    )

    assert answer.body == BODY
    assert "If-None-Match" not in server.log[0].headers


def test_a_304_nobody_asked_for_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswerError, match="304 Not Modified"):
        fetched(lambda server: server.fail("/feed", 304))


def test_cookies_are_not_kept_between_polls() -> None:
    async def twice(server: FeedServer, fetch: Fetcher) -> None:
        server.publish("/feed", BODY, headers={"Set-Cookie": "wall=1; Path=/"})
        feed = Feed(url=server.url("/feed"), name="feed")
        await fetch(feed)
        await fetch(feed)

    _, server = with_server(twice)

    assert len(server.log) == 2
    assert not any("Cookie" in request.headers for request in server.log)


MAX_AGES = {
    "minutes": ("max-age=600", timedelta(minutes=10)),
    "among others": ("public, MAX-AGE = 60 , must-revalidate", timedelta(minutes=1)),
    "in quotes": ('max-age="60"', timedelta(minutes=1)),
    "a year is a day": ("max-age=31536000", DAY),
    "more digits than any clock": ("max-age=" + "9" * 4000, DAY),
    "nothing": ("public", None),
    "zero is no wish": ("max-age=0", None),
    "negative": ("max-age=-5", None),
    "for proxies only": ("s-maxage=600", None),
    "not to be kept": ("max-age=600, no-store", None),
    "to be asked again": ("no-cache, max-age=600", None),
}


@pytest.mark.parametrize(("control", "fresh"), MAX_AGES.values(), ids=MAX_AGES)
def test_max_age_says_how_long_an_answer_is_fresh(control: str, fresh: timedelta | None) -> None:
    answer, _ = fetched(lambda server: server.publish("/feed", BODY, headers={"Cache-Control": control}))

    assert answer.fresh == fresh


_NOON, _ONE = "Thu, 15 Jan 2026 12:00:00 GMT", "Thu, 15 Jan 2026 13:00:00 GMT"
FRESH = {
    "half of its time was spent in a cache": ({"Cache-Control": "max-age=600", "Age": "300"}, HOUR / 12),
    "all of it": ({"Cache-Control": "max-age=600", "Age": "900"}, None),
    "an age that is none": ({"Cache-Control": "max-age=600", "Age": "-1"}, HOUR / 6),
    "until a time, by the server's own clock": ({"Date": _NOON, "Expires": _ONE}, HOUR),
    "a lifetime wins over a time": (
        {"Date": _NOON, "Expires": _ONE, "Cache-Control": "max-age=60"},
        HOUR / 60,
    ),
    "for years": ({"Expires": "Thu, 15 Jan 2037 12:00:00 GMT"}, DAY),
    "expired": ({"Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, None),
    "no time at all": ({"Expires": "0"}, None),
    "not to be kept, whatever it says": ({"Expires": _ONE, "Cache-Control": "no-cache"}, None),
}


@pytest.mark.parametrize(("headers", "fresh"), FRESH.values(), ids=FRESH)
def test_an_answer_is_fresh(headers: dict[str, str], fresh: timedelta | None) -> None:
    answer, _ = fetched(lambda server: server.publish("/feed", BODY, headers=headers))

    assert answer.fresh == fresh


# --------------------------------------------------------------------------------------- refusals

RETRY_AFTER = {
    "seconds": ("120", timedelta(minutes=2)),
    "zero": ("0", timedelta()),
    "a date": ("Sun, 16 Apr 2023 12:30:00 GMT", timedelta(minutes=30)),
    "a date without a zone": ("Sun, 16 Apr 2023 12:30:00 -0000", timedelta(minutes=30)),
    "a date in the past": ("Sat, 15 Apr 2023 12:30:00 GMT", timedelta()),
    "a date far away": ("Sun, 16 Apr 2041 12:30:00 GMT", DAY),
    "a year of seconds": ("31536000", DAY),
    "a number too long to be one": ("9" * 4000, DAY),
    "a negative number": ("-5", None),
    "words": ("after lunch", None),
    "an impossible zone": ("Sun, 16 Apr 2023 12:30:00 +" + "9" * 40, None),
    "an impossible date": ("Sun, 99 Apr 2023 12:30:00 GMT", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("value", "wait"), RETRY_AFTER.values(), ids=RETRY_AFTER)
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_may_say_when_to_come_back(status: int, value: str, wait: timedelta | None) -> None:
    with pytest.raises(BadAnswerError) as failure:
        fetched(lambda server: server.fail("/feed", status, headers={"Retry-After": value}))

    assert (failure.value.status, failure.value.retry_after) == (status, wait)


STATUSES = {
    "gone": (410, "127.0.0.1 answered 410 Gone"),
    "not found": (404, "127.0.0.1 answered 404 Not Found"),
    "no content": (204, "127.0.0.1 answered 204 No Content"),
    "a part only": (206, "127.0.0.1 answered 206 Partial Content"),
    "broken": (500, "127.0.0.1 answered 500 Internal Server Error"),
    "a number of its own": (599, "127.0.0.1 answered 599"),
    "a redirect to nowhere": (301, "127.0.0.1 redirects without saying where"),
    "a choice": (300, "127.0.0.1 answered 300 Multiple Choices"),
}


@pytest.mark.parametrize(("status", "words"), STATUSES.values(), ids=STATUSES)
def test_an_error_is_named_in_the_standards_words(status: int, words: str) -> None:
    with pytest.raises(BadAnswerError) as failure:
        fetched(lambda server: server.fail("/feed", status))

    assert (str(failure.value), failure.value.status) == (words, status)


# -------------------------------------------------------------------------------------- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_the_final_address_told(status: int) -> None:
    def prepare(server: FeedServer) -> None:
        server.redirect("/feed", "/a/moved#top", status=status)
        server.redirect("/a/moved", "here?x=1")
        server.publish("/a/here", BODY)

    answer, server = fetched(prepare)

    assert (answer.url, answer.body) == (server.url("/a/here?x=1"), BODY)


def test_validators_are_shown_to_the_address_they_describe_only() -> None:
    def prepare(server: FeedServer) -> None:
        server.redirect("/feed", "/same")
        server.redirect("/same", server.url("/other", host="other.example"))
        server.publish("/other", BODY, etag='"1"')

    answer, server = fetched(prepare, feed=known)

    assert answer.body == BODY
    assert ["If-None-Match" in request.headers for request in server.log] == [True, False, False]


def test_the_last_redirect_allowed_is_followed() -> None:
    def prepare(server: FeedServer) -> None:
        server.redirect("/feed", "/1")
        for hop in range(1, MAX_HOPS):
            server.redirect(f"/{hop}", f"/{hop + 1}")
        server.publish(f"/{MAX_HOPS}", BODY)

    answer, server = fetched(prepare)

    assert answer.body == BODY
    assert len(server.log) == MAX_HOPS + 1


def test_a_loop_ends() -> None:
    def prepare(server: FeedServer) -> None:
        server.redirect("/feed", "/loop")
        server.redirect("/loop", "/feed")

    with pytest.raises(BadAnswerError, match="redirects more than 5 times"):
        fetched(prepare)


TARGETS = {
    "into a private network": "http://192.168.1.1/",
    "to the metadata service": "http://169.254.169.254/latest/meta-data/",
    "to this machine by IPv6": "http://[::1]:80/",
    "to this machine, written strangely": "http://2130706433/",
    "to a file": "file:///etc/passwd",
    "to another protocol": "ftp://127.0.0.1/feed",
    "with a password": "http://user:secret@127.0.0.1/feed",
    "to a script": "javascript:alert(1)",
    "to another port of a public address": "http://93.184.215.14:22/",
}


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_no_redirect_leads_round_the_gate(target: str) -> None:
    with pytest.raises(RefusedAddressError, match=r"127\.0\.0\.1 redirects elsewhere: "):
        fetched(lambda server: server.redirect("/feed", target))


def test_a_name_that_points_to_this_machine_is_refused_when_resolved() -> None:
    with pytest.raises(RefusedAddressError, match="not a public address"):
        fetched(
            lambda server: server.publish("/feed", BODY),
            feed=lambda server: Feed(url=server.url("/feed", host="other.example"), name="feed"),
            allow="10.0.0.0/8",
        )


def test_a_redirect_to_rubbish_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswerError, match="invalid address"):
        fetched(lambda server: server.redirect("/feed", "http://[broken"))


# ---------------------------------------------------------------------------------- hostile bodies


def gzipped(body: bytes, *, cut: int | None = None) -> Callable[[FeedServer], None]:
    packed = gzip.compress(body)[:cut]
    return lambda server: server.publish("/feed", packed, headers={"Content-Encoding": "gzip"})


def test_gzip_is_unpacked() -> None:
    answer, _ = fetched(lambda server: server.compressed("/feed", BODY * 1000))

    assert answer.body == BODY * 1000


def test_gzip_in_several_members_is_one_document() -> None:
    packed = gzip.compress(BODY) + gzip.compress(b"<!-- more -->") + b"\0\0\0"
    answer, _ = fetched(
        lambda server: server.publish("/feed", packed, headers={"Content-Encoding": "x-gzip"})
    )

    assert answer.body == BODY + b"<!-- more -->"


def test_only_one_layer_is_unpacked() -> None:
    answer, _ = fetched(lambda server: server.compressed("/feed", BODY, layers=2))

    assert gzip.decompress(answer.body or b"") == BODY


def test_a_body_of_the_allowed_size_passes_and_one_byte_more_does_not() -> None:
    for prepare in (lambda body: lambda server: server.publish("/feed", body), gzipped):
        answer, _ = fetched(prepare(b"x" * LIMIT))
        assert answer.body == b"x" * LIMIT
        with pytest.raises(TooLargeError):
            fetched(prepare(b"x" * (LIMIT + 1)))


def test_a_bomb_is_stopped_without_being_unpacked() -> None:
    async def run(server: FeedServer, fetch: Fetcher) -> int:
        server.bomb("/feed", 64)
        feed = Feed(url=server.url("/feed"), name="feed")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(TooLargeError, match="more than 200000 bytes"):
            await fetch(feed)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    growth_kib, _ = with_server(run)

    assert growth_kib < 16 * 1024


HEAD = b"HTTP/1.1 200 OK\r\n"

BROKEN: dict[str, tuple[Callable[[FeedServer], object], type[FetchError], str]] = {
    "a body that never ends": (lambda s: s.endless("/feed"), TooLargeError, "more than 200000 bytes"),
    "a length that is announced too large": (
        lambda s: s.raw("/feed", HEAD + b"Content-Length: 999999999\r\n\r\n", then="hang"),
        TooLargeError,
        "announced 999999999 bytes",
    ),
    "a body shorter than announced": (
        lambda s: s.raw("/feed", HEAD + b"Content-Length: 500\r\n\r\n" + BODY),
        BadAnswerError,
        "broke off",
    ),
    "chunks that break off": (
        lambda s: s.raw("/feed", HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n<rss>"),
        BadAnswerError,
        "broke off",
    ),
    "gzip that ends too early": (gzipped(BODY * 100, cut=-20), BadAnswerError, "ends too early"),
    "gzip without its check sum": (gzipped(BODY * 100, cut=-8), BadAnswerError, "ends too early"),
    "plain text called gzip": (
        lambda s: s.publish("/feed", BODY, headers={"Content-Encoding": "gzip"}),
        BadAnswerError,
        "broken gzip",
    ),
    "an encoding nobody asked for": (
        lambda s: s.publish("/feed", BODY, headers={"Content-Encoding": "br"}),
        BadAnswerError,
        "'br'",
    ),
    "two encodings": (
        lambda s: s.compressed("/feed", BODY, layers=2, encoding="gzip, gzip"),
        BadAnswerError,
        "'gzip, gzip'",
    ),
    "no HTTP at all": (lambda s: s.raw("/feed", b"220 mail ready\r\n\r\n"), BadAnswerError, "broken HTTP"),
    "a header line of 20 kB": (
        lambda s: s.raw("/feed", HEAD + b"X-Long: " + b"a" * 20_000 + b"\r\n\r\n"),
        BadAnswerError,
        "broken HTTP",
    ),
    "a flood of long headers": (
        lambda s: s.raw("/feed", HEAD + (b"X-Long: " + b"a" * 8_000 + b"\r\n") * 20 + b"\r\n"),
        TooLargeError,
        "65536 bytes of headers",
    ),
    "a flood of headers": (
        lambda s: s.raw("/feed", HEAD + b"X-A: b\r\n" * 10_000 + b"\r\n"),
        BadAnswerError,
        "broken HTTP",
    ),
    "a connection that is reset": (lambda s: s.reset("/feed"), NoAnswerError, "without an answer"),
    "a connection that is closed": (lambda s: s.raw("/feed", b""), NoAnswerError, "without an answer"),
}


@pytest.mark.parametrize(("prepare", "error", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_a_named_failure(
    prepare: Callable[[FeedServer], object], error: type[FetchError], words: str
) -> None:
    with pytest.raises(error, match=words):
        fetched(prepare)


def test_an_answer_may_be_announced() -> None:
    early = b'HTTP/1.1 103 Early Hints\r\nETag: "wrong"\r\n\r\n'
    answer, _ = fetched(
        lambda server: server.raw("/feed", early + HEAD + b'ETag: "right"\r\nContent-Length: 5\r\n\r\n<rss>')
    )

    assert (answer.body, answer.validators) == (b"<rss>", Validators(etag='"right"'))


def test_what_stands_behind_a_chunked_body_is_no_header() -> None:
    answer, _ = fetched(
        lambda server: server.raw(
            "/feed", HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n0\r\nETag: "late"\r\n\r\n'
        )
    )

    assert (answer.body, answer.validators) == (b"<rss>", Validators())


@pytest.mark.parametrize("status", [302, 500])
def test_a_body_nobody_wants_is_not_waited_for(status: int) -> None:
    def prepare(server: FeedServer) -> None:
        head = f"HTTP/1.1 {status} Some\r\nLocation: /there\r\nContent-Length: 99\r\n\r\n<"
        server.raw("/feed", head.encode(), then="hang")
        server.fail("/there", 404)

    with pytest.raises(BadAnswerError, match="500" if status == 500 else "404"):
        fetched(prepare)


def test_who_gives_up_leaves_the_others_alone() -> None:
    async def run(server: FeedServer, fetch: Fetcher) -> list[bytes | None]:
        server.hang("/hangs")
        server.publish("/feed", BODY)
        given_up = [asyncio.create_task(fetch(Feed(url=server.url("/hangs"), name="feed"))) for _ in range(2)]
        await server.wait_for("/hangs", 2)
        # More than the host may have connections: they wait until those are gone.
        waiting = [asyncio.create_task(fetch(Feed(url=server.url("/feed"), name="feed"))) for _ in range(5)]
        await asyncio.sleep(0)
        for task in given_up:
            task.cancel()
        await asyncio.gather(*given_up, return_exceptions=True)
        return [answer.body for answer in await asyncio.gather(*waiting)]

    bodies, server = with_server(run)

    assert bodies == [BODY] * 5
    assert len(server.requests("/hangs")) == 2


SLOW: dict[str, Callable[[FeedServer], object]] = {
    "nothing at all": lambda server: server.hang("/feed"),
    "headers for ever": lambda server: server.slow_headers("/feed", pause=0.05),
    "one byte after another": lambda server: server.drip("/feed"),
    "an unfinished body": lambda server: server.raw(
        "/feed", HEAD + b"Content-Length: 500\r\n\r\n<rss>", then="hang"
    ),
    "a redirect to silence": lambda server: server.redirect("/feed", "/hangs"),
}


@pytest.mark.parametrize("prepare", SLOW.values(), ids=SLOW)
def test_one_deadline_spans_the_whole_answer(prepare: Callable[[FeedServer], object]) -> None:
    async def run(server: FeedServer, fetch: Fetcher) -> float:
        server.hang("/hangs")
        prepare(server)
        started = asyncio.get_running_loop().time()
        with pytest.raises(NoAnswerError, match=r"127\.0\.0\.1 did not answer in full within 0\.3 s"):
            await fetch(Feed(url=server.url("/feed"), name="feed"))
        return asyncio.get_running_loop().time() - started

    took, _ = with_server(run, deadline=timedelta(seconds=0.3))

    assert took < 2


# ------------------------------------------------------------------------------------ no connection

UNREACHABLE = {
    "nobody listens": ("http://127.0.0.1:1/feed", NoAnswerError, "no connection to 127.0.0.1"),
    "no such name": ("http://feeds.example/feed", NoAnswerError, "feeds.example: no such name"),
    "a name with an empty part": ("http://a..example/feed", NoAnswerError, "a..example"),
    "a name with an endless part": (f"http://{'a' * 70}.example/feed", NoAnswerError, "aaa"),
    "a name that would stand for all": ("http://*/feed", NoAnswerError, "no such name"),
    "no address at all": ("not an address", RefusedAddressError, "the address"),
}


@pytest.mark.parametrize(("url", "error", "words"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_server_that_cannot_be_reached_is_named(url: str, error: type[FetchError], words: str) -> None:
    with pytest.raises(error, match=words):
        fetched(lambda _: None, feed=lambda _: Feed(url=url, name="feed"), names=())


def test_a_server_without_tls_is_named() -> None:
    with pytest.raises(NoAnswerError, match="offered no valid TLS"):
        fetched(
            lambda server: server.publish("/feed", BODY),
            feed=lambda server: Feed(url=server.url("/feed").replace("http:", "https:"), name="feed"),
        )


SECRET = {
    "an error status": lambda server: server.fail("/feed", 500),
    "a broken answer": lambda server: server.raw("/feed", b"220 mail\r\n\r\n"),
    "a closed connection": lambda server: server.reset("/feed"),
    "a redirect into a private network": lambda server: server.redirect(
        "/feed", "http://192.168.1.1/?token=hunter2"
    ),
    "a redirect with a password": lambda server: server.redirect("/feed", "http://me:hunter2@127.0.0.1/"),
    "silence": lambda server: server.hang("/feed"),
}


@pytest.mark.parametrize("prepare", SECRET.values(), ids=SECRET)
def test_no_failure_repeats_a_secret(prepare: Callable[[FeedServer], None]) -> None:
    with pytest.raises(FetchError) as failure:
        fetched(
            prepare,
            feed=lambda server: Feed(url=server.url("/feed?token=hunter2"), name="feed"),
            deadline=timedelta(seconds=0.5),
        )

    assert "hunter2" not in str(failure.value)


def test_cancelling_a_fetch_is_not_a_failure_of_the_feed() -> None:
    async def run(server: FeedServer, fetch: Fetcher) -> bool:
        server.hang("/feed")
        task = asyncio.create_task(_fetch(fetch, Feed(url=server.url("/feed"), name="feed")))
        await server.wait_for("/feed")
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert with_server(run)[0]


def test_an_answer_in_an_odd_encoding_gives_no_broken_text() -> None:
    answer, _ = fetched(lambda server: server.raw("/feed", HEAD + b"ETag: \xff\r\nContent-Length: 0\r\n\r\n"))

    assert (answer.body, answer.validators) == (b"", Validators())


def test_a_fetcher_that_was_not_opened_says_so() -> None:
    fetch = Fetcher(Gate(), StoppedClock(), user_agent="Storywire/test")

    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(_fetch(fetch, Feed(url="http://example.com/", name="feed")))


async def _fetch(fetch: Fetcher, feed: Feed) -> Fetched:
    return await fetch(feed)


class NamesThatNeverCome(FakeNames):
    """A resolver behind a network that drops everything."""

    async def __call__(self, name: str) -> Sequence[str]:
        await asyncio.Event().wait()
        return await super().__call__(name)


UNREACHED: dict[str, tuple[FakeNames, bool]] = {
    "no connection comes about, as in an outage of our own": (NamesThatNeverCome(), False),
    "a server that never answers": (FakeNames("127.0.0.1"), True),
}


@pytest.mark.parametrize(("names", "reached"), UNREACHED.values(), ids=UNREACHED)
def test_a_time_out_tells_whether_there_was_a_connection(names: FakeNames, *, reached: bool) -> None:
    async def run() -> NoAnswerError:
        gate = Gate(allow=["127.0.0.0/8"], resolver=names)
        deadline = timedelta(seconds=0.5)
        async with (
            FeedServer() as server,
            Fetcher(gate, StoppedClock(), user_agent="x", deadline=deadline) as fetch,
        ):
            server.hang("/feed")
            with pytest.raises(NoAnswerError) as raised:
                await fetch(Feed(url=server.url("/feed", host="wire.example"), name="Wire"))
        return raised.value

    assert asyncio.run(run()).reached is reached
