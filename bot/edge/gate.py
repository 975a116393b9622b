"""The one gate every outgoing feed request passes: what may be asked, and whom.

A feed's author chooses the addresses we ask: the feed's own, every redirect, and what the names in them
resolve to. Unguarded, that reaches the operator's router, cloud metadata or this bot's own port. So an
address is judged three times, each where the others are blind:

1. `check_url` reads the text before anything is sent: scheme, port, userinfo, tricks of writing.
2. `check_all` refuses a *name* if any of its addresses is refused; a name that points half inside is an
   attack, not a mishap.
3. `open_socket` judges the very address that is connected to. This is the wall: an address written as
   a number never meets a resolver, and between a look-up and a connection there is nothing left to swap.

`ipaddress.is_global` alone is no guard: on CPython 3.11.7 it is true for 224.0.0.1, 192.88.99.1,
168.63.129.16, 64:ff9b::7f00:1, 2002:7f00:1::, fec0::1, 3fff::1 and others. The table below stands on top.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias

from yarl import URL

from bot.edge.names import Resolver, look_up
from bot.errors import RefusedAddressError

_Address: TypeAlias = IPv4Address | IPv6Address
_Network: TypeAlias = IPv4Network | IPv6Network

#: Longer addresses are judged anew each time.
_REMEMBERED = 500
_SCHEMES = ("http", "https")
_PORTS = (80, 443)

#: Refused although some Python calls them global; from IANA's special-purpose registries.
_REFUSED: tuple[_Network, ...] = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.88.99.0/24",  # 6to4 relays, deprecated (RFC 7526)
        "168.63.129.16/32",  # Azure's metadata and DNS, on a public number
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved and broadcast
        "::/96",  # IPv4-compatible, deprecated (RFC 4291)
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765)
        "64:ff9b:1::/48",  # local NAT64 (RFC 8215)
        "100::/64",  # discard (RFC 6666)
        "2001::/23",  # protocol assignments, among them Teredo, which serves nobody's feed
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing (RFC 9602)
        "fc00::/7",  # unique local
        "fec0::/10",  # site local, deprecated (RFC 3879)
        "ff00::/8",  # multicast
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")

# "2130706433", "0x7f.1" and "127.1" are 127.0.0.1 to getaddrinfo: browsers' rule "the host ends in a number".
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\\]")


class BlockedAddressError(RefusedAddressError, OSError):
    """A refusal at connect time; an OSError as well, because connectors let only those through."""


class Lent(socket.socket):
    """A socket to be connected by who makes a copy of it and lets this one go."""

    def __del__(self) -> None:
        self.close()


class Gate:
    """What feed requests may reach."""

    def __init__(
        self, allow: Sequence[str] = (), *, public: bool = True, resolver: Resolver | None = None
    ) -> None:
        """Set up the gate.

        Args:
            allow: networks the operator opens although they are not public, such as "10.1.0.0/16";
                inside them any port may be asked. ValueError if one is not a network.
            public: let public addresses through; False leaves the networks of `allow` only.
            resolver: how names are looked up; by default as the system does.
        """
        self._allowed = tuple(ip_network(network) for network in allow)
        self._public = public
        # The same few thousand addresses are asked again and again; a refusal is not remembered.
        self._judged = lru_cache(maxsize=16_384)(self._judge_url)
        self._verdict = lru_cache(maxsize=16_384)(self._judge_address)
        self.resolver = resolver or look_up

    def check_url(self, url: str) -> None:
        """Judge an address as written.

        A port other than 80 or 443 passes here for a name if anything is allow-listed, because only the
        resolved address can tell; `open_socket` decides then.

        Raises:
            RefusedAddressError: it may not be asked; the text says why and never holds userinfo or query.
        """
        judge = self._judged if len(url) <= _REMEMBERED else self._judge_url
        judge(url)

    def _judge_url(self, url: str) -> None:
        if _UNPRINTABLE.search(url):
            raise RefusedAddressError("the address holds a blank, a backslash or a control character")
        try:
            parsed = URL(url)
        except ValueError as error:
            raise RefusedAddressError("the address is not a valid URL") from error
        if parsed.scheme not in _SCHEMES:
            raise RefusedAddressError(f"only http and https are fetched, not {parsed.scheme or 'this'!r}")
        if parsed.user is not None or parsed.password is not None:
            raise RefusedAddressError("the address holds a user name or password")
        # As the connector reads it: IDN digits and full-width letters are plain ASCII by now.
        host = (parsed.raw_host or "").rstrip(".")
        if not host:
            raise RefusedAddressError("the address names no host")
        if "%" in host:
            # Unescaped nowhere here, but perhaps by a proxy. A zone ("fe80::1%eth0") is inside anyway.
            raise RefusedAddressError("the address escapes characters of its host's name")
        self._check_host(host, parsed.port or 0)

    def _check_host(self, host: str, port: int) -> None:
        try:
            ip_address(host)
        except ValueError:
            if _NUMBER.fullmatch(host.rpartition(".")[2]):
                raise RefusedAddressError(f"{host} is no plainly written address") from None
            if port not in _PORTS and not self._allowed:
                raise RefusedAddressError(f"port {port} is not fetched, only 80 and 443") from None
        else:
            self.check_address(host, port)

    def check_address(self, address: str, port: int) -> None:
        """Judge a resolved address.

        Raises:
            BlockedAddressError: it is not public and not allow-listed, or the port is not for feeds.
        """
        self._verdict(address, port)

    def _judge_address(self, address: str, port: int) -> None:
        ip = _destination(ip_address(address))
        if any(ip in network for network in self._allowed):
            return
        if not ip.is_global or any(ip in network for network in _REFUSED):
            raise BlockedAddressError(f"{address} is not a public address")
        if not self._public:
            raise BlockedAddressError(f"{address} is a public address")
        if port not in _PORTS:
            raise BlockedAddressError(f"port {port} is not fetched, only 80 and 443")

    def check_all(self, addresses: Sequence[str], port: int) -> None:
        """Judge what a name resolves to.

        Raises:
            BlockedAddressError: one of them may not be asked, so none may.
        """
        for address in addresses:
            self.check_address(address, port)

    def open_socket(self, wanted: tuple[int, int, int, tuple[Any, ...]]) -> socket.socket:
        """Make the socket for one connection, or refuse.

        Whoever connects it does so in C: what Python would tell an audit hook of it is told here.
        """
        family, kind, protocol, address = wanted
        self.check_address(str(address[0]), int(address[1]))
        made = Lent(family, kind, protocol)
        try:
            sys.audit("socket.connect", made, address)
        except BaseException:
            made.close()
            raise
        return made


def _destination(ip: _Address) -> _Address:
    """Return where a packet to this address ends: the IPv4 address inside a translated one, else itself."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
