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
import socket
import time
import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address
from types import MappingProxyType, TracebackType
from typing import Self

import pycurl
from yarl import URL

from bot.edge.curl import MAX_HEAD, BrokenHeadError, Curl, HugeHeadError, Request, TransferError
from bot.edge.gate import Gate
from bot.edge.names import Names
from bot.errors import BadAnswerError, FetchError, NoAnswerError, RefusedAddressError, TooLargeError
from bot.model import Feed, Fetched, Validators
from bot.ports import PER_HOST, Clock

#: Real feeds stay below 1 MiB; the largest of 1,110 collected ones has 0.42 MiB.
MAX_BODY = 5 * 2**20
MAX_HOPS = 5
#: No server keeps us away for longer, whatever it says.
LONGEST_WAIT = timedelta(hours=24)

_HEADERS = {
    "Accept": (
        "application/atom+xml, application/rss+xml, application/feed+json, "
        "application/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
    ),
    "Accept-Encoding": "gzip",
    "Connection": "close",
}
_CONDITIONS = frozenset({"if-none-match", "if-modified-since"})
_DOCUMENT = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d+)", re.IGNORECASE)
_NOT_KEPT = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)

_NAME = re.compile(r"[A-Za-z0-9._-]+")
#: What is read of an answer's head.
_READ = frozenset(
    name.encode()
    for name in (
        "age",
        "cache-control",
        "cf-mitigated",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "etag",
        "expires",
        "last-modified",
        "location",
        "retry-after",
    )
)
_NO_TLS = frozenset(
    {
        pycurl.E_SSL_CONNECT_ERROR,
        pycurl.E_PEER_FAILED_VERIFICATION,
        pycurl.E_SSL_CERTPROBLEM,
        pycurl.E_SSL_CIPHER,
        pycurl.E_SSL_CACERT_BADFILE,
        pycurl.E_SSL_INVALIDCERTSTATUS,
        pycurl.E_SSL_ISSUER_ERROR,
    }
)
_NO_CONNECTION = frozenset(
    {
        pycurl.E_COULDNT_CONNECT,
        pycurl.E_COULDNT_RESOLVE_HOST,
        pycurl.E_COULDNT_RESOLVE_PROXY,
        pycurl.E_URL_MALFORMAT,
    }
)
_NO_ANSWER = frozenset({pycurl.E_GOT_NOTHING, pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR})

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
_NONE = Validators()


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
        self.adopt(user_agent=user_agent, deadline=deadline, max_body=max_body, manners=manners)
        self._within = deadline.total_seconds() / 2
        self._curl: Curl | None = None
        self._names: Names | None = None

    def adopt(
        self, *, user_agent: str, deadline: timedelta, max_body: int, manners: Mapping[str, Manner]
    ) -> None:
        """Ask in another way from now on; see `__init__`."""
        usual = {**_HEADERS, "User-Agent": user_agent}
        self._usual = [_line(name, value) for name, value in usual.items()]
        self._deadline = deadline
        self._max_body = max_body
        self._manners = manners

    async def __aenter__(self) -> Self:
        # A connection of its own that does not come about says more of the network than of the feed.
        self._curl = Curl(self._gate.open_socket, connect_within=self._within, host_limit=PER_HOST)
        self._names = Names(self._gate.resolver)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._curl is not None and self._names is not None:
            self._names.close()
            self._curl.close()
            self._curl = self._names = None

    async def __call__(self, feed: Feed, *, conditional: bool = True) -> Fetched:
        """Ask the feed's server once; see `bot.ports.Fetch`."""
        self._gate.check_url(feed.address)
        start = _first_place(feed.address)
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                return await self._follow(start, feed, feed.validators if conditional else Validators())
        except TimeoutError as error:
            seconds = self._deadline.total_seconds()
            raise NoAnswerError(
                f"{start.host} did not answer in full within {seconds:g} s", reached=True
            ) from error

    async def _follow(self, start: _Place, feed: Feed, validators: Validators) -> Fetched:
        begun = time.perf_counter()
        manner = self._manners.get(feed.url, _USUAL)
        place, described = start, URL(validators.url) if validators.url else start.url
        moved: str | None = None
        for hop in range(MAX_HOPS + 1):
            # A validator belongs to one address; what a host said of it is nobody else's business.
            known = validators if place.url == described else _NONE
            told = manner if manner is _USUAL or _may_know(place.url, URL(feed.url)) else _public(manner)
            answer = await self._ask(place, known, told)
            if answer.status not in _REDIRECTS:
                took = timedelta(seconds=time.perf_counter() - begun)
                return self._taken(place, answer, known, moved=moved, took=took, at_first=place is start)
            target, permanent = _target(place.url, answer), answer.status in _PERMANENT
            try:
                self._gate.check_url(str(target))
            except RefusedAddressError as refusal:
                raise RefusedAddressError(f"{place.host} redirects elsewhere: {refusal}") from refusal
            if permanent and moved == (place.text if hop else None):
                moved = str(target)  # as long as every answer so far said "for good"
            place = _Place.of(target)
        raise BadAnswerError(f"{start.host} redirects more than {MAX_HOPS} times")

    async def _ask(self, place: _Place, known: Validators, manner: Manner) -> _Answer:
        """Make one request."""
        curl, names = self._curl, self._names
        if curl is None or names is None:
            raise RuntimeError("a Fetcher works inside its own `async with` block")
        named = place.is_named and manner.proxy is None
        request = Request(
            url=place.text,
            headers=self._headers(known, manner),
            addresses=await self._addresses(place, names) if named else None,
            proxy=manner.proxy,
        )
        answer = _Answer(place.host, self._max_body, known=known)
        try:
            await curl.get(request, answer)
        except RefusedAddressError as error:
            raise RefusedAddressError(f"{place.host}: {error}") from error
        except HugeHeadError as error:
            raise TooLargeError(f"{place.host} sent more than {MAX_HEAD} bytes of headers") from error
        except BrokenHeadError as error:
            raise _broken(place.host) from error
        except OSError as error:
            raise _unreached(place.host, error) from error
        except TransferError as error:
            raise _translated(error, place.host) from error
        return answer

    def _headers(self, known: Validators, manner: Manner) -> list[bytes]:
        own: dict[str, str | None] = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        lines = self._usual
        if manner is not _USUAL:
            login = None
            if manner.login:
                login = "Basic " + b64encode(":".join(manner.login).encode()).decode()
            said = {"User-Agent": manner.user_agent, "Authorization": login, **manner.headers}
            # What makes an answer right is not the operator's to choose.
            own = {name: value for name, value in said.items() if name.lower() not in _CONDITIONS} | own
            chosen = {name.lower() for name, value in own.items() if value is not None}
            lines = [line for line in lines if line.partition(b":")[0].decode().lower() not in chosen]
        return [*lines, *(_line(name, value) for name, value in own.items() if value is not None)]

    async def _addresses(self, place: _Place, names: Names) -> str:
        """Look the host's name up, for libcurl."""
        host, port = place.url.raw_host or "", place.url.port or 0
        if not _NAME.fullmatch(host):  # "*" would speak for every name
            raise NoAnswerError(f"no connection to {place.host}: no such name")
        try:
            async with asyncio.timeout(self._within):
                found = await names(host)
            self._gate.check_all(found, port)
        except TimeoutError as error:
            raise NoAnswerError(f"no connection to {place.host} in time") from error
        except RefusedAddressError as error:
            raise RefusedAddressError(f"{place.host}: {error}") from error
        except (OSError, ValueError) as error:
            raise _unreached(place.host, error) from error
        return f"{host}:{port}:{','.join(f'[{one}]' if ':' in one else one for one in found)}"

    def _taken(
        self,
        place: _Place,
        answer: _Answer,
        known: Validators,
        *,
        moved: str | None,
        took: timedelta,
        at_first: bool,
    ) -> Fetched:
        etag, modified = answer.text("etag"), answer.text("last-modified")
        if answer.is_unchanged:
            etag, modified = etag or known.etag, modified or known.last_modified
        elif answer.status not in _DOCUMENT:
            raise BadAnswerError(
                f"{place.host} answered {_status(answer.status)}{_challenge(answer)}",
                status=answer.status,
                retry_after=_retry_after(answer, self._clock.now()),
            )
        of = place.text if (etag or modified) and not at_first else None
        return Fetched(
            url=place.text,
            body=answer.body(),
            content_type=answer.text("content-type"),
            validators=Validators(etag=etag, last_modified=modified, url=of),
            fresh=_fresh(answer, self._clock.now()),
            moved=moved,
            took=took,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """An address that is asked."""

    url: URL
    text: str
    #: As people write it.
    host: str
    #: Its host is a name, not a number.
    is_named: bool

    @classmethod
    def of(cls, url: URL) -> _Place:
        """Take an address apart."""
        return cls(url=url, text=str(url), host=url.host or "", is_named=not _is_number(url.raw_host or ""))


@lru_cache(maxsize=16_384)
def _first_place(address: str) -> _Place:
    """Take a feed's address apart, which is asked again and again."""
    return _Place.of(URL(address))


class _Answer:
    """One answer as it arrives; implements `bot.edge.curl.Taker`."""

    def __init__(self, host: str, limit: int, *, known: Validators) -> None:
        self._host = host
        self._limit = limit
        self._is_conditional = known != _NONE
        self._said: dict[str, list[str]] = {}
        self._body: _Body | None = None
        self.status = 0

    def head(self, lines: Sequence[bytes]) -> bool:
        """Read the head, and say whether there is a body to wait for."""
        try:
            self.status = int(lines[0].split(None, 2)[1])
        except (IndexError, ValueError):
            raise BrokenHeadError from None
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            name = name.lower()
            if name in _READ:
                text = value.strip().decode("utf-8", "surrogateescape")
                self._said.setdefault(name.decode(), []).append(text)
        if self.status not in _DOCUMENT:
            return False
        encoding = self.first("content-encoding").lower()
        if encoding not in {"identity", "gzip", "x-gzip", ""}:
            raise BadAnswerError(
                f"{self._host} used Content-Encoding {encoding[:40]!r}, which was not asked for"
            )
        length = self.first("content-length")
        if length.isascii() and length.isdigit() and int(length[:30]) > self._limit:
            raise TooLargeError(f"{self._host} announced {length[:30]} bytes, more than {self._limit}")
        self._body = _Body(self._limit, gzipped="gzip" in encoding)
        return True

    def piece(self, data: bytes) -> None:
        """Take a piece of the body, holding no more than the limit at any time."""
        if self._body is None:
            return
        try:
            self._body.take(data)
        except zlib.error as error:
            raise BadAnswerError(f"{self._host} sent broken gzip") from error
        except _FullError as error:
            raise TooLargeError(f"{self._host} sent more than {self._limit} bytes") from error

    @property
    def is_unchanged(self) -> bool:
        """Whether it says so, having been asked."""
        return self.status == HTTPStatus.NOT_MODIFIED and self._is_conditional

    def body(self) -> bytes | None:
        """Return the whole body; None where none was sent."""
        if self._body is None:
            return None
        if self._body.is_cut_off:
            raise BadAnswerError(f"{self._host} sent gzip that ends too early")
        return bytes(self._body.content)

    def first(self, name: str) -> str:
        """Return a header, "" where it is missing."""
        found = self._said.get(name)
        return found[0] if found else ""

    def all(self, name: str) -> Sequence[str]:
        """Return a header as often as it was sent."""
        return self._said.get(name, ())

    def text(self, name: str) -> str | None:
        """Return a header as it was sent; None where it is missing, empty or not plain text."""
        value = self.first(name)
        return value if value and value.isprintable() else None


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


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _line(name: str, value: str) -> bytes:
    """Write a header line; with a semicolon libcurl sends an empty one, with a colon none at all."""
    return (f"{name}: {value}" if value else f"{name};").encode("utf-8", "surrogateescape")


def _may_know(url: URL, feed: URL) -> bool:
    """Tell whether an address may be told the feed's secrets: it is the same server, and no less private.

    Behind another port of the same host may be somebody else's server.
    """
    asked, own = (url.scheme, url.port), (feed.scheme, feed.port)
    return url.host == feed.host and (asked == own or (asked, own) == (("https", 443), ("http", 80)))


def _public(manner: Manner) -> Manner:
    return Manner(user_agent=manner.user_agent, proxy=manner.proxy)


def _target(url: URL, answer: _Answer) -> URL:
    location = answer.text("location")
    if location is None:
        raise BadAnswerError(f"{url.host} redirects without saying where", status=answer.status)
    try:
        return url.join(URL(location)).with_fragment(None)
    except ValueError as error:
        raise BadAnswerError(f"{url.host} redirects to an invalid address", status=answer.status) from error


def _status(status: int) -> str:
    """Name a status in the standard's words: the server's own could say anything."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _challenge(answer: _Answer) -> str:
    return ": it wants to see a browser" if answer.all("cf-mitigated") else ""


def _fresh(answer: _Answer, now: datetime) -> timedelta | None:
    """Return how long the answer calls itself fresh, up to `LONGEST_WAIT` (RFC 9111, 4.2); None if not."""
    control = ",".join(answer.all("cache-control"))
    if _NOT_KEPT.search(control):
        return None
    found = _MAX_AGE.search(control)
    if found is not None:
        age = answer.first("age")
        spent = int(age[:9]) if age.isascii() and age.isdigit() else 0
        fresh = timedelta(seconds=int(found[1][:9]) - spent)
    else:
        expires = _date(answer.first("expires"))
        # By the server's own clock, if it tells it: the two may differ.
        fresh = expires - (_date(answer.first("date")) or now) if expires else timedelta()
    return min(fresh, LONGEST_WAIT) if fresh > timedelta() else None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _retry_after(answer: _Answer, now: datetime) -> timedelta | None:
    """Return how long the server wants to be left alone: seconds or a date (RFC 9110, 10.2.3)."""
    value = answer.first("retry-after")
    if value.isascii() and value.isdigit():
        wait = timedelta(seconds=min(int(value[:9]), LONGEST_WAIT.total_seconds()))
    else:
        date = _date(value)
        if date is None:
            return None
        wait = date - now
    return min(max(wait, timedelta()), LONGEST_WAIT)


def _broken(host: str) -> BadAnswerError:
    return BadAnswerError(f"{host} sent broken HTTP, or broke off in the middle of its answer")


def _unreached(host: str | None, error: Exception) -> NoAnswerError:
    """Say why there is no connection; the number says what went wrong, without the addresses tried."""
    reason = "refused"
    if isinstance(error, OSError):
        number = 0 if isinstance(error, socket.gaierror) else error.errno or 0
        reason = (os.strerror(number) if number > 0 else error.strerror) or reason
    return NoAnswerError(f"no connection to {host}: {reason}")


def _translated(error: TransferError, host: str) -> FetchError:
    """Say in our words, without the address's userinfo or query, how a transfer failed."""
    match error:
        case TransferError(refusal=status) if status >= HTTPStatus.BAD_REQUEST:
            return BadAnswerError(f"{host} answered {_status(status)}", status=status)
        case TransferError(code=pycurl.E_OPERATION_TIMEDOUT):
            return NoAnswerError(f"no connection to {host} in time")
        case TransferError(code=code) if code in _NO_CONNECTION:
            return _unreached(host, OSError(error.number, ""))
        case TransferError(code=code) if code in _NO_TLS:
            return NoAnswerError(f"{host} offered no valid TLS: {_said(error.says)}", reached=True)
        case TransferError(code=code, has_head=False) if code in _NO_ANSWER:
            return NoAnswerError(f"{host} closed the connection without an answer", reached=True)
    return _broken(host)


def _said(text: str) -> str:
    """Return what libcurl says of a certificate, unless the certificate may have had a word in it."""
    shown = text if text.isprintable() and "subject name" not in text else "the certificate is not its own"
    return shown[:120]
