"""A program of the operator's as a channel: each post is one signed POST of JSON (`bot.edge.wire`).

Requests are signed as Standard Webhooks says (https://www.standardwebhooks.com), so a receiver checks them
with that project's libraries. `webhook-id` is made of the channel, the post and what it says: all repeats of
a post have the same. A receiver that drops an id it has seen gets each post effectively once, although an
answer may be lost and the post sent again.

The operator chose the address, so this machine may be asked too. In the clear only this machine and the
networks of `poll.allow_networks` are asked: what is signed is not therefore secret.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import socket
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.edge.gate import Gate
from bot.edge.wire import as_json, number_of
from bot.errors import (
    AnswerLostError,
    ChannelBusyError,
    ChannelClosedError,
    ConfigError,
    DeliveryError,
    NotSentError,
    PostRefusedError,
    RefusedAddressError,
)
from bot.model import Post, Receipt
from bot.ports import Clock

#: From the look-up of the name to the head of the answer; Standard Webhooks asks for 15 to 30 s.
DEADLINE = timedelta(seconds=15)
#: For a "slow down" that names no time.
USUAL_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=24)
_SHORTEST_WAIT = timedelta(seconds=1)

_LOOPBACK = ("127.0.0.0/8", "::1/128")
_PREFIX = "whsec_"
#: Bytes of a key, by the standard.
_SHORTEST_KEY, _LONGEST_KEY = 24, 64
_MAX_HEADERS = 100
_MAX_HEADER = 8 * 2**10

#: Nothing will pass before somebody mends the address, the secret or the receiver.
_CLOSED: Mapping[int, str] = {
    401: "does it know the secret?",
    403: "does it know the secret?",
    404: "is the address right?",
    405: "is the address right?",
    410: "it wants no more posts",
}
#: Refusals of the moment, not of the post.
_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})
_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class WebhookChannel:
    """An address that takes posts as signed JSON."""

    def __init__(
        self,
        name: str,
        url: str,
        secret: str,
        *,
        clock: Clock,
        allow: Sequence[str] = (),
        deadline: timedelta = DEADLINE,
    ) -> None:
        """Make a channel of an address.

        Args:
            name: what stories call it.
            url: where to post to; http for this machine and for `allow` only.
            secret: "whsec_" and 24 to 64 bytes in base64, which the receiver knows as well.
            clock: for the time in the signature.
            allow: networks the operator opens although they are not public.
            deadline: for one post; then its answer counts as lost.

        Raises:
            ConfigError: the address or the secret cannot be used; the text repeats neither.
        """
        self._name = name
        self._key = _key(name, secret)
        scheme = url.partition(":")[0].lower()
        self._gate = Gate([*_LOOPBACK, *allow], public=scheme == "https")
        try:
            self._gate.check_url(url)
        except RefusedAddressError as refusal:
            raise ConfigError(f"channel {name}: {refusal}") from None
        self._url = URL(url)
        self._clock = clock
        self._deadline = deadline.total_seconds()
        self._ssl = ssl.create_default_context()

    @property
    def name(self) -> str:
        """The name stories use for it."""
        return self._name

    async def send(self, post: Post) -> Receipt:
        """Post a card, a reply or an edit with one request; see the `Channel` port."""
        receipt, body = Receipt(message_id=number_of(post)), as_json(post).encode()
        try:
            async with asyncio.timeout(self._deadline):
                failure = await self._ask(body, self._signed(post, body))
        except (aiohttp.ClientError, ValueError) as error:  # some of these are time-outs as well
            failure = _failure(error, self._url.host)
        except TimeoutError:
            failure = AnswerLostError(f"{self._url.host} did not answer within {self._deadline:g} s")
        except OSError:
            failure = AnswerLostError(f"{self._url.host} broke the connection")
        if failure is not None:
            raise failure
        return receipt

    def _signed(self, post: Post, body: bytes) -> dict[str, str]:
        # What it says: whether it may ring depends on the hour of the attempt.
        says = repr((post.message.text, post.message.spans))
        said = hashlib.sha256(says.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        number = f"{post.channel}_{post.id}_{post.kind.value}_{said}"
        moment = str(int(self._clock.now().timestamp()))
        return {
            "webhook-id": number,
            "webhook-timestamp": moment,
            "webhook-signature": signature(self._key, number, moment, body),
            "Content-Type": "application/json",
            "User-Agent": "Storywire",
        }

    async def _ask(self, body: bytes, headers: Mapping[str, str]) -> DeliveryError | None:
        """Make the request; return why the post was not taken, or None if it was.

        The head of the answer says all there is to say, so its body is never read.
        """
        async with (
            aiohttp.ClientSession(
                connector=_connector(self._gate, self._ssl),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                # A connection that does not come about is known not to have carried the post.
                timeout=aiohttp.ClientTimeout(total=None, connect=self._deadline / 2),
                max_headers=_MAX_HEADERS,
                max_field_size=_MAX_HEADER,
            ) as session,
            session.post(self._url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            return self._meaning(response)

    def _meaning(self, response: aiohttp.ClientResponse) -> DeliveryError | None:
        status = response.status
        answered = f"{self._url.host} answered {status}"
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return None
        wait = _retry_after(response.headers.get("Retry-After", ""), self._clock.now())
        if status in _BUSY and (wait or status == HTTPStatus.TOO_MANY_REQUESTS):
            return ChannelBusyError(f"{answered}: it asks to wait", retry_after=wait or USUAL_WAIT)
        if status < HTTPStatus.BAD_REQUEST:
            return ChannelClosedError(f"{answered}: it redirects, so give the address it redirects to")
        if status in _CLOSED:
            return ChannelClosedError(f"{answered}: {_CLOSED[status]}")
        if status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _AGAIN:
            return PostRefusedError(answered)
        return AnswerLostError(answered)


def signature(key: bytes, number: str, moment: str, body: bytes) -> str:
    """Sign a body with its `webhook-id` and its `webhook-timestamp`, as the standard says."""
    digest = hmac.digest(key, f"{number}.{moment}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


def _key(name: str, secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        raise ConfigError(
            f"channel {name}: the secret must be {_PREFIX} and {_SHORTEST_KEY} to {_LONGEST_KEY} bytes in"
            f' base64; make one with: echo "{_PREFIX}$(openssl rand -base64 32)"'
        )
    return key


def _failure(error: Exception, host: str | None) -> DeliveryError:
    """Say in our words, without the rest of the address, what became of a request that has no answer."""
    match error:
        case aiohttp.ClientConnectorError(os_error=RefusedAddressError() as refusal):
            return ChannelClosedError(f"{host} may not be asked: {refusal}")
        case aiohttp.ClientConnectorCertificateError():
            return ChannelClosedError(f"{host} has no valid certificate")
        case aiohttp.ConnectionTimeoutError():
            return NotSentError(f"no connection to {host} in time")
        case aiohttp.ClientConnectorError():
            return NotSentError(f"no connection to {host}")
        case _:
            return AnswerLostError(
                f"{host} broke the connection, or sent broken HTTP ({type(error).__name__})"
            )


def _retry_after(value: str, now: datetime) -> timedelta | None:
    """Return how long the receiver wants to be left alone: seconds or a date (RFC 9110, 10.2.3)."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        wait = timedelta(seconds=min(int(value[:9]), LONGEST_WAIT.total_seconds()))
    else:
        try:
            date = parsedate_to_datetime(value)
            wait = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
        except (ValueError, OverflowError):
            return None
    return min(max(wait, _SHORTEST_WAIT), LONGEST_WAIT)


def _connector(gate: Gate, trusted: ssl.SSLContext) -> aiohttp.TCPConnector:
    """Make what opens connections, each to an address that the gate has judged."""

    def opened(info: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _name, address = info
        return gate.open_socket((family, kind, protocol, address))

    return aiohttp.TCPConnector(
        force_close=True, socket_factory=opened, resolver=_GuardedResolver(gate), ssl=trusted
    )


class _GuardedResolver(AbstractResolver):
    """Looks names up as the gate does, and refuses those with any refused address."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del family  # the system said which are in use
        addresses = await self._gate.resolver(host)
        self._gate.check_all(addresses, port)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing to let go of."""
