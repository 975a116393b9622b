"""What is inside is never connected to: every way of writing it, by every way in, whatever names say.

The server outside is 127.0.0.1 and may be asked; the one inside is 127.0.0.2, an address like any other to
this machine, and nobody opened it. A hook in the interpreter sees every connection that is tried: libcurl's
are told to it by the gate, without which libcurl has no socket. That none comes from elsewhere is seen by a
listener inside.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.match import Watch
from bot.discovery import Nothing, discover
from bot.edge.fetch import Fetcher, Manner
from bot.edge.gate import BlockedAddressError, Gate
from bot.edge.parse import Parser
from bot.errors import BadAnswerError, FetchError, RefusedAddressError
from bot.model import Feed
from bot.pipeline import Knowledge, World
from tests.builders import a_story
from tests.fakes.archive import FakeArchive
from tests.fakes.feedserver import FakeNames, FeedServer, Request
from tests.walk.world import Notices

OUTSIDE = "127.0.0.1/32"

_connections: list[tuple[str, int]] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        match arguments[-1]:
            case (str(host), int(port), *_):
                _connections.append((host, port))
            case _:
                return


sys.addaudithook(_note)


@pytest.fixture(autouse=True)
def connections() -> list[tuple[str, int]]:
    _connections.clear()
    return _connections


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 15, 12, tzinfo=UTC)


@dataclass(slots=True)
class Names(FakeNames):
    """Answers each look-up of a name with the next of its answers, and with the last for ever."""

    answers: Mapping[str, Sequence[Sequence[str]]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, name: str) -> Sequence[str]:
        turns = self.answers[name.rstrip(".").lower()]
        turn = min(self.asked.count(name), len(turns) - 1)
        self.asked.append(name)
        return turns[turn]


NAMES: dict[str, Sequence[Sequence[str]]] = {
    "front.example": [["127.0.0.1"]],
    "inner.example": [["127.0.0.2"]],
    "both.example": [["127.0.0.1", "127.0.0.2"]],
    "both-by-ipv6.example": [["127.0.0.1", "::1"]],
    "mapped.example": [["::ffff:127.0.0.2"]],
    "translated.example": [["64:ff9b::7f00:2"]],
    "six-to-four.example": [["2002:7f00:2::1"]],
    "zone.example": [["fe80::1%1"]],
    "any.example": [["0.0.0.0"]],  # noqa: S104  nothing listens there
    "metadata.example": [["169.254.169.254"]],
    "rebinding.example": [["127.0.0.1"], ["127.0.0.2"]],
}

#: What is inside, in every writing, at a port that may be asked everywhere.
_WRITTEN = {
    "plainly": "http://127.0.0.2:{port}/",
    "at https": "https://127.0.0.2:{port}/",
    "with the scheme in capitals": "HTTP://127.0.0.2:{port}/",
    "shortened": "http://127.2:{port}/",
    "as one number": "http://2130706434:{port}/",
    "as one number beyond 32 bits": "http://6425673730:{port}/",
    "in hexadecimal": "http://0x7f000002:{port}/",
    "in hexadecimal, with dots": "http://0x7f.0x0.0x0.0x2:{port}/",
    "in octal": "http://0177.0.0.02:{port}/",
    "in octal, as one number": "http://017700000002:{port}/",
    "in hexadecimal, octal and decimal": "http://0x7f.00.0.2:{port}/",
    "with zeros before": "http://127.000.000.002:{port}/",
    "with a final dot": "http://127.0.0.2.:{port}/",
    "with ideographic dots": "http://127。0。0。2:{port}/",
    "with half-width dots": "http://127｡0｡0｡2:{port}/",
    "in full-width digits": "http://１２７．０．０．２:{port}/",
    "in circled digits": "http://①②⑦.⓪.⓪.②:{port}/",
    "with escapes": "http://127.0.0.%32:{port}/",
    "all in escapes": "http://%31%32%37%2e%30%2e%30%2e%32:{port}/",
    "mapped": "http://[::ffff:127.0.0.2]:{port}/",
    "mapped in hexadecimal": "http://[::ffff:7f00:2]:{port}/",
    "mapped, in full": "http://[0:0:0:0:0:ffff:7f00:0002]:{port}/",
    "compatible": "http://[::127.0.0.2]:{port}/",
    "translated": "http://[::ffff:0:127.0.0.2]:{port}/",
    "behind NAT64": "http://[64:ff9b::127.0.0.2]:{port}/",
    "behind a local NAT64": "http://[64:ff9b:1::7f00:2]:{port}/",
    "by 6to4": "http://[2002:7f00:2::1]:{port}/",
    "by Teredo": "http://[2001:0:7f00:2::]:{port}/",
    "as IPv6's own machine": "http://[::1]:{port}/",
    "with a zone": "http://[fe80::1%251]:{port}/",
    "behind a name as user": "http://front.example@127.0.0.2:{port}/",
    "behind a name and port as user": "http://front.example:80@127.0.0.2:{port}/",
    "behind an escaped @": "http://front.example%40127.0.0.2:{port}/",
    "behind a backslash": "http://front.example\\@127.0.0.2:{port}/",
    "before a backslash": "http://127.0.0.2:{port}\\.front.example/",
    "before a query": "http://127.0.0.2:{port}?@front.example/",
    "before a fragment": "http://127.0.0.2:{port}#@front.example/",
    "as a name": "http://inner.example:{port}/",
    "as a name in capitals with a final dot": "http://INNER.example.:{port}/",
    "as a name of two addresses": "http://both.example:{port}/",
    "as a name of an address and IPv6's own machine": "http://both-by-ipv6.example:{port}/",
    "as a name of a mapped address": "http://mapped.example:{port}/",
    "as a name of an address behind NAT64": "http://translated.example:{port}/",
    "as a name of an address by 6to4": "http://six-to-four.example:{port}/",
    "as a name of an address with a zone": "http://zone.example:{port}/",
    "as a name of no address": "http://any.example:{port}/",
    "as a name of the metadata service": "http://metadata.example/latest/meta-data/",
}

WRITTEN = {name: url.format(port=80) for name, url in _WRITTEN.items()}

#: Only a redirect can be written so; where it leads is for the address before it to say.
_RELATIVE = {
    "without a scheme": "//127.0.0.2:{port}/",
    "without a scheme, with slashes too many": "///127.0.0.2:{port}/",
    "with backslashes": "\\\\127.0.0.2:{port}/",
    "with a slash and a backslash": "/\\127.0.0.2:{port}/",
    "without slashes": "http:127.0.0.2:{port}/",
    "with one slash": "http:/127.0.0.2:{port}/",
    "with three slashes": "http:///127.0.0.2:{port}/",
    "behind a blank": " http://127.0.0.2:{port}/",
    "behind a tab": "\thttp://127.0.0.2:{port}/",
    "as another protocol": "gopher://127.0.0.2:{port}/_GET",
    "as a file": "file://127.0.0.2/etc/passwd",
    "as a file of this machine": "file:///etc/passwd",
    "as a websocket": "ws://127.0.0.2:{port}/",
    "as a unix socket": "unix:///var/run/docker.sock",
}


RELATIVE = {name: url.format(port=80) for name, url in _RELATIVE.items()}


def as_the_feed(_server: FeedServer, url: str) -> Feed:
    return Feed(url=url, name="feed")


def as_its_new_home(server: FeedServer, url: str) -> Feed:
    return Feed(url=server.url("/feed"), name="feed", moved_to=url)


def redirected(hops: int, status: int) -> Callable[[FeedServer, str], Feed]:
    def prepare(server: FeedServer, url: str) -> Feed:
        for hop in range(1, hops):
            server.redirect(f"/{hop}", f"/{hop + 1}")
        server.redirect(f"/{hops}", url, status=status)
        return Feed(url=server.url("/1", host="front.example"), name="feed")

    return prepare


REDIRECTS = {
    "by a redirect": redirected(1, 302),
    "by a redirect for good": redirected(1, 308),
    "by the last redirect": redirected(5, 301),
}
WAYS_IN = {"as the feed": as_the_feed, "as its new home": as_its_new_home, **REDIRECTS}


def ask(
    way: Callable[[FeedServer, str], Feed],
    url: str,
    *,
    manner: Manner | None = None,
    names: Names | None = None,
    times: int = 1,
) -> tuple[list[type[FetchError]], int]:
    """Fetch so often, each time remembering no name; return how that failed, and the port outside."""

    async def run() -> tuple[list[type[FetchError]], int]:
        outcomes: list[type[FetchError]] = []
        async with FeedServer() as server:
            port = int(server.url("").rpartition(":")[2])
            feed = way(server, url)
            gate = Gate([OUTSIDE], resolver=names or Names(NAMES))
            for _ in range(times):
                async with Fetcher(
                    gate,
                    StoppedClock(),
                    user_agent="Storywire/test",
                    deadline=timedelta(seconds=5),
                    manners={feed.url: manner} if manner else {},
                ) as fetch:
                    try:
                        await fetch(feed)
                    except FetchError as error:
                        outcomes.append(type(error))
        return outcomes, port

    return asyncio.run(run())


@pytest.mark.parametrize("url", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("way", WAYS_IN.values(), ids=WAYS_IN)
def test_what_is_inside_is_refused_however_it_is_written(
    way: Callable[[FeedServer, str], Feed], url: str, connections: list[tuple[str, int]]
) -> None:
    outcomes, port = ask(way, url)

    # A redirect that is no address at all is a bad answer instead.
    refusals = (RefusedAddressError,) if "\\" not in url else (RefusedAddressError, BadAnswerError)
    assert [issubclass(outcome, refusals) for outcome in outcomes] == [True]
    assert set(connections) <= {("127.0.0.1", port)}


@pytest.mark.parametrize("url", RELATIVE.values(), ids=RELATIVE)
@pytest.mark.parametrize("way", REDIRECTS.values(), ids=REDIRECTS)
def test_no_redirect_gets_inside_by_the_way_it_is_written(
    way: Callable[[FeedServer, str], Feed], url: str, connections: list[tuple[str, int]]
) -> None:
    outcomes, port = ask(way, url)

    assert len(outcomes) == 1
    assert set(connections) == {("127.0.0.1", port)}


@pytest.mark.parametrize("url", WRITTEN.values(), ids=WRITTEN)
def test_a_feeds_own_manner_opens_nothing(url: str, connections: list[tuple[str, int]]) -> None:
    manner = Manner(headers={"Host": "front.example"}, user_agent="Reader/1", login=("anna", "x"))

    outcomes, port = ask(redirected(1, 302), url, manner=manner)

    assert len(outcomes) == 1
    assert set(connections) == {("127.0.0.1", port)}


@pytest.mark.parametrize("written", _WRITTEN.values(), ids=_WRITTEN)
def test_who_listens_inside_hears_nothing(written: str) -> None:
    came: list[object] = []

    async def run() -> list[bool]:
        inside = await asyncio.start_server(lambda _reader, writer: came.append(writer), "127.0.0.2", 0)
        url = written.format(port=inside.sockets[0].getsockname()[1])
        refused = []
        async with (
            inside,
            FeedServer() as server,
            Fetcher(
                Gate([OUTSIDE], resolver=Names(NAMES)), StoppedClock(), user_agent="Storywire/test"
            ) as fetch,
        ):
            server.redirect("/feed", url)
            for asked in (url, server.url("/feed", host="front.example")):
                try:
                    await fetch(Feed(url=asked, name="feed"))
                except FetchError as error:
                    refused.append(isinstance(error, (RefusedAddressError, BadAnswerError)))
        return refused

    assert asyncio.run(run()) == [True, True]
    assert came == []


def test_libcurl_has_no_socket_but_those_the_gate_gives() -> None:
    class Shut(Gate):
        def open_socket(self, wanted: tuple[int, int, int, tuple[object, ...]]) -> socket.socket:
            del wanted
            raise BlockedAddressError("not this one")

    async def run() -> list[Request]:
        async with (
            FeedServer() as server,
            Fetcher(
                Shut(["127.0.0.0/8"], resolver=Names(NAMES)), StoppedClock(), user_agent="Storywire/test"
            ) as fetch,
        ):
            server.publish("/feed", b"<rss/>")
            for host in (None, "front.example", None):
                with pytest.raises(RefusedAddressError, match="not this one"):
                    await fetch(Feed(url=server.url("/feed", host=host), name="feed"))
            return server.log

    assert asyncio.run(run()) == []


# ------------------------------------------------------------------------------------------- rebinding


def test_a_name_that_turns_inside_is_refused_from_then_on(connections: list[tuple[str, int]]) -> None:
    def feed(server: FeedServer, _url: str) -> Feed:
        server.publish("/feed", b"<rss/>")
        return Feed(url=server.url("/feed", host="rebinding.example"), name="feed")

    outcomes, port = ask(feed, "", names=Names(NAMES), times=3)

    assert [issubclass(outcome, RefusedAddressError) for outcome in outcomes] == [True, True]
    assert set(connections) == {("127.0.0.1", port)}


def test_between_the_look_up_and_the_connection_there_is_no_second_look_up() -> None:
    names = Names(NAMES)

    def feed(server: FeedServer, _url: str) -> Feed:
        server.publish("/feed", b"<rss/>")
        return Feed(url=server.url("/feed", host="rebinding.example"), name="feed")

    assert ask(feed, "", names=names)[0] == []
    assert names.asked == ["rebinding.example"]


def test_a_name_that_turns_inside_on_the_way_of_a_redirect_leads_nowhere(
    connections: list[tuple[str, int]],
) -> None:
    """The first look-up is outside and redirects to the same name, which by then is inside."""

    def feed(server: FeedServer, _url: str) -> Feed:
        server.redirect("/feed", server.url("/feed", host="REBINDING.example."))
        return Feed(url=server.url("/feed", host="rebinding.example"), name="feed")

    answers = {"rebinding.example": [["127.0.0.1"], ["127.0.0.2"]]}
    outcomes, port = ask(feed, "", names=Names(answers), times=2)

    assert len(outcomes) == 2
    assert set(connections) == {("127.0.0.1", port)}


def test_this_machines_own_name_is_refused_by_the_systems_resolver(
    connections: list[tuple[str, int]],
) -> None:
    async def run(url: str) -> None:
        async with Fetcher(Gate(), StoppedClock(), user_agent="Storywire/test") as fetch:
            await fetch(Feed(url=url, name="feed"))

    for url in ("http://localhost/", "http://LOCALHOST./", "http://ip6-localhost/"):
        with pytest.raises(FetchError):
            asyncio.run(run(url))

    assert connections == []


# ----------------------------------------------------------------------------------- from a page


def test_a_page_that_names_feeds_inside_gets_none_of_them_asked(
    connections: list[tuple[str, int]],
) -> None:
    async def run() -> tuple[object, int]:
        async with FeedServer() as server:
            port = int(server.url("").rpartition(":")[2])
            links = "".join(
                f'<link rel="alternate" type="application/rss+xml" href="{url}">' for url in WRITTEN.values()
            )
            page = f"<!DOCTYPE html><html><head><title>News</title>{links}</head></html>".encode()
            server.publish("/", page, headers={"Content-Type": "text/html"})
            gate = Gate([OUTSIDE], resolver=Names(NAMES))
            async with Fetcher(gate, StoppedClock(), user_agent="Storywire/test") as fetch:
                world = World(
                    clock=StoppedClock(),
                    fetch=fetch,
                    parse=Parser(),
                    archive=FakeArchive(),
                    notify=Notices(),
                    knowledge=Knowledge(watches=[Watch.on(a_story())]),
                )
                return await discover(server.url("/", host="front.example"), world), port

    found, port = asyncio.run(run())

    assert isinstance(found, Nothing)
    assert set(connections) == {("127.0.0.1", port)}
