"""A feed's bytes, or a named failure.

Everything here assumes a server that means harm or is merely broken: one deadline spans the whole answer
(a time-out per read lets a drip through for ever), the body is unpacked here under a cap (a client that
unpacks by itself makes 1 GiB of 1 MiB first and counts afterwards), redirects are followed by hand so that
every hop passes the gate, and nothing is remembered between requests but the validators.

A redirect from https to http is followed: feeds do it, and what is fetched is public anyway.
"""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import MappingProxyType, TracebackType
from typing import Self

import aiohttp
from yarl import URL

from bot.edge.gate import Gate
from bot.errors import BadAnswerError, FetchError, NoAnswerError, RefusedAddressError, TooLargeError
from bot.model import Feed, Fetched, Validators
from bot.ports import Clock

#: Real feeds stay below 1 MiB; the largest of 1,110 collected ones has 0.42 MiB.
MAX_BODY = 5 * 2**20
MAX_HOPS = 5
#: The most a head may hold while it is read is 0.8 MiB; a whole one above 64 KiB is refused.
_MAX_HEADERS = 100
_MAX_HEADER = 8 * 2**10
_MAX_HEAD = 64 * 2**10
#: No server keeps us away for longer, whatever it says.
LONGEST_WAIT = timedelta(hours=24)

_HEADERS = {
    "Accept": (
        "application/atom+xml, application/rss+xml, application/feed+json, "
        "application/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
    ),
    "Accept-Encoding": "gzip",
}
_DOCUMENT = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d+)", re.IGNORECASE)
_NOT_KEPT = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)

_CHUNK = 2**16
#: zlib's number for "gzip header and trailer, largest window".
_GZIP = 16 + zlib.MAX_WBITS
#: A gzip file may have several members, one after the other (RFC 1952, 2.2).
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one feed is to be asked, where the operator wants it otherwise than usual.

    What may hold a secret goes to the feed's own server only, and not in the clear where that is at https.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    user_agent: str | None = None
    #: Name and password for HTTP's basic authentication.
    login: tuple[str, str] | None = None
    #: An HTTP proxy that asks instead of us; whom it may ask is then its business.
    proxy: str | None = None


_USUAL = Manner()


class Fetcher:
    """Implements `Fetch`; one session for the life of the `async with` block."""

    def __init__(
        self,
        gate: Gate,
        clock: Clock,
        *,
        user_agent: str,
        deadline: timedelta = timedelta(seconds=20),
        max_body: int = MAX_BODY,
        manners: Mapping[str, Manner] = MappingProxyType({}),
    ) -> None:
        """Prepare the fetcher.

        Args:
            gate: what may be asked.
            clock: to read Retry-After when it is a date.
            user_agent: how the operator's bot introduces itself, with a way to reach them.
            deadline: for the whole answer, redirects and body included.
            max_body: the most bytes a body may have, before and after unpacking.
            manners: feed address → how to ask for it.
        """
        self._gate = gate
        self._clock = clock
        self._user_agent = user_agent
        self._deadline = deadline
        self._max_body = max_body
        self._manners = manners
        self._session: aiohttp.ClientSession | None = None
        self._by_proxy: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        context = ssl.create_default_context()
        self._session = self._opened(self._gate.connector(context))
        if any(manner.proxy for manner in self._manners.values()):
            # It only ever connects to proxies, which the operator chose: there is no address to judge.
            self._by_proxy = self._opened(aiohttp.TCPConnector(force_close=True, limit=0, ssl=context))
        return self

    def _opened(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            headers={**_HEADERS, "User-Agent": self._user_agent},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            # The one deadline is set around everything instead.
            # A connection of its own that does not come about says more of the network than of the feed.
            timeout=aiohttp.ClientTimeout(total=None, connect=self._deadline.total_seconds() / 2),
            max_headers=_MAX_HEADERS,
            max_field_size=_MAX_HEADER,
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._session, self._by_proxy):
            if session is not None:
                await session.close()

    async def __call__(self, feed: Feed, *, conditional: bool = True) -> Fetched:
        """Ask the feed's server once; see `bot.ports.Fetch`."""
        self._gate.check_url(feed.address)
        start = URL(feed.address)
        begun = time.perf_counter()
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                fetched = await self._follow(start, feed, feed.validators if conditional else Validators())
        except TimeoutError as error:
            seconds = self._deadline.total_seconds()
            raise NoAnswerError(
                f"{start.host} did not answer in full within {seconds:g} s", reached=True
            ) from error
        return replace(fetched, took=timedelta(seconds=time.perf_counter() - begun))

    async def _follow(self, start: URL, feed: Feed, validators: Validators) -> Fetched:
        manner = self._manners.get(feed.url, _USUAL)
        url, described = start, URL(validators.url or feed.address)
        moved: str | None = None
        for hop in range(MAX_HOPS + 1):
            # A validator belongs to one address; what a host said of it is nobody else's business.
            known = validators if url == described else Validators()
            answer = await self._ask(url, known, manner if _may_know(url, URL(feed.url)) else _public(manner))
            if isinstance(answer, Fetched):
                given = answer.validators
                if given != Validators() and url != start:
                    given = replace(given, url=str(url))
                return replace(answer, validators=given, moved=moved)
            target, permanent = answer
            try:
                self._gate.check_url(str(target))
            except RefusedAddressError as refusal:
                raise RefusedAddressError(f"{url.host} redirects elsewhere: {refusal}") from refusal
            if permanent and moved == (str(url) if hop else None):
                moved = str(target)  # as long as every answer so far said "for good"
            url = target
        raise BadAnswerError(f"{start.host} redirects more than {MAX_HOPS} times")

    async def _ask(self, url: URL, known: Validators, manner: Manner) -> Fetched | tuple[URL, bool]:
        """Make one request; return the document, or where to ask instead and whether from now on."""
        session = self._by_proxy if manner.proxy else self._session
        if session is None:
            raise RuntimeError("a Fetcher works inside its own `async with` block")
        headers = _headers(known, manner)
        try:
            async with session.get(
                url, headers=headers, proxy=manner.proxy, allow_redirects=False
            ) as response:
                if sum(len(name) + len(value) for name, value in response.raw_headers) > _MAX_HEAD:
                    raise TooLargeError(f"{url.host} sent more than {_MAX_HEAD} bytes of headers")
                if response.status in _REDIRECTS:
                    return _target(response), response.status in _PERMANENT
                return await self._take(response, known)
        except FetchError:
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(error, url.host) from error

    async def _take(self, response: aiohttp.ClientResponse, known: Validators) -> Fetched:
        given = Validators(etag=_header(response, "ETag"), last_modified=_header(response, "Last-Modified"))
        unchanged = response.status == HTTPStatus.NOT_MODIFIED and known != Validators()
        if unchanged:
            given = Validators(
                etag=given.etag or known.etag, last_modified=given.last_modified or known.last_modified
            )
        elif response.status not in _DOCUMENT:
            raise BadAnswerError(
                f"{response.url.host} answered {_status(response.status)}{_challenge(response)}",
                status=response.status,
                retry_after=_retry_after(response, self._clock.now()),
            )
        return Fetched(
            url=str(response.url),
            body=None if unchanged else await self._read(response),
            content_type=_header(response, "Content-Type"),
            validators=given,
            fresh=_fresh(response, self._clock.now()),
        )

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """Read and unpack the body, holding no more than the limit at any time."""
        host = response.url.host
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip", "x-gzip", ""}:
            raise BadAnswerError(f"{host} used Content-Encoding {encoding[:40]!r}, which was not asked for")
        if (response.content_length or 0) > self._max_body:
            raise TooLargeError(
                f"{host} announced {response.content_length} bytes, more than {self._max_body}"
            )
        body = _Body(self._max_body, gzipped="gzip" in encoding)
        try:
            async for chunk in response.content.iter_chunked(_CHUNK):
                body.take(chunk)
        except zlib.error as error:
            raise BadAnswerError(f"{host} sent broken gzip") from error
        except _FullError as error:
            raise TooLargeError(f"{host} sent more than {self._max_body} bytes") from error
        if body.is_cut_off:
            raise BadAnswerError(f"{host} sent gzip that ends too early")
        return bytes(body.content)


class _FullError(Exception):
    """The body is larger than the limit."""


class _Body:
    """Collects a body up to a limit and unpacks at most one layer of gzip on the way."""

    def __init__(self, limit: int, *, gzipped: bool) -> None:
        self.content = bytearray()
        self._limit = limit
        self._received = 0
        self._unpacker = zlib.decompressobj(_GZIP) if gzipped else None

    @property
    def is_cut_off(self) -> bool:
        """More gzip should have come. A body of no bytes at all is just empty."""
        return self._unpacker is not None and self._received > 0 and not self._unpacker.eof

    def take(self, chunk: bytes) -> None:
        """Add what arrived; raises `_FullError` or `zlib.error`."""
        self._received += len(chunk)
        if self._received > self._limit:
            raise _FullError
        if self._unpacker is None:
            self.content += chunk
            return
        while chunk:
            if self._unpacker.eof:
                if not chunk.startswith(_GZIP_MAGIC):
                    return  # padding after the end
                self._unpacker = zlib.decompressobj(_GZIP)
            self.content += self._unpacker.decompress(chunk, self._limit - len(self.content) + 1)
            if len(self.content) > self._limit:
                raise _FullError
            chunk = self._unpacker.unconsumed_tail or self._unpacker.unused_data


def _headers(known: Validators, manner: Manner) -> dict[str, str]:
    login = aiohttp.encode_basic_auth(*manner.login) if manner.login else None
    headers = {
        "User-Agent": manner.user_agent,
        "Authorization": login,
        **manner.headers,
        "If-None-Match": known.etag,
        "If-Modified-Since": known.last_modified,
    }
    return {name: value for name, value in headers.items() if value is not None}


def _may_know(url: URL, feed: URL) -> bool:
    """Tell whether an address may be told the feed's secrets: it is the same server, and no less private.

    Behind another port of the same host may be somebody else's server.
    """
    asked, own = (url.scheme, url.port), (feed.scheme, feed.port)
    return url.host == feed.host and (asked == own or (asked, own) == (("https", 443), ("http", 80)))


def _public(manner: Manner) -> Manner:
    return Manner(user_agent=manner.user_agent, proxy=manner.proxy)


def _target(response: aiohttp.ClientResponse) -> URL:
    location = _header(response, "Location")
    if location is None:
        raise BadAnswerError(f"{response.url.host} redirects without saying where", status=response.status)
    try:
        return response.url.join(URL(location)).with_fragment(None)
    except ValueError as error:
        raise BadAnswerError(
            f"{response.url.host} redirects to an invalid address", status=response.status
        ) from error


def _header(response: aiohttp.ClientResponse, name: str) -> str | None:
    """Return a header as it was sent; None where it is missing, empty or not plain text."""
    value = response.headers.get(name, "")
    return value if value and value.isprintable() else None


def _status(status: int) -> str:
    """Name a status in the standard's words: the server's own could say anything."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _challenge(response: aiohttp.ClientResponse) -> str:
    return ": it wants to see a browser" if "cf-mitigated" in response.headers else ""


def _fresh(response: aiohttp.ClientResponse, now: datetime) -> timedelta | None:
    """Return how long the answer calls itself fresh, up to `LONGEST_WAIT` (RFC 9111, 4.2); None if not."""
    control = ",".join(response.headers.getall("Cache-Control", []))
    if _NOT_KEPT.search(control):
        return None
    found = _MAX_AGE.search(control)
    if found is not None:
        age = response.headers.get("Age", "")
        spent = int(age[:9]) if age.isascii() and age.isdigit() else 0
        fresh = timedelta(seconds=int(found[1][:9]) - spent)
    else:
        expires = _date(response.headers.get("Expires", ""))
        # By the server's own clock, if it tells it: the two may differ.
        fresh = expires - (_date(response.headers.get("Date", "")) or now) if expires else timedelta()
    return min(fresh, LONGEST_WAIT) if fresh > timedelta() else None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _retry_after(response: aiohttp.ClientResponse, now: datetime) -> timedelta | None:
    """Return how long the server wants to be left alone: seconds or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        wait = timedelta(seconds=min(int(value[:9]), LONGEST_WAIT.total_seconds()))
    else:
        date = _date(value)
        if date is None:
            return None
        wait = date - now
    return min(max(wait, timedelta()), LONGEST_WAIT)


def _translated(error: Exception, host: str | None) -> FetchError:
    """Say in our words, without the address's userinfo or query, what aiohttp raised."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return NoAnswerError(f"no connection to {host} in time")
        case aiohttp.ClientConnectorError(os_error=RefusedAddressError() as refusal):
            return RefusedAddressError(f"{host}: {refusal}")
        case aiohttp.ClientSSLError():
            return NoAnswerError(f"{host} offered no valid TLS: {error.os_error}", reached=True)
        case aiohttp.ClientConnectorError(os_error=cause):
            # asyncio puts the addresses it tried into `strerror`; the number says what went wrong.
            reason = os.strerror(cause.errno) if cause.errno and cause.errno > 0 else cause.strerror
            return NoAnswerError(f"no connection to {host}: {reason or 'refused'}")
        case aiohttp.ClientPayloadError() | aiohttp.ClientResponseError():
            return BadAnswerError(f"{host} sent broken HTTP, or broke off in the middle of its answer")
        case _:
            return NoAnswerError(f"{host} closed the connection without an answer", reached=True)
