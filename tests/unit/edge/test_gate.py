from __future__ import annotations

import socket
from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edge.gate import BlockedAddressError, Gate
from bot.errors import RefusedAddressError

OPEN = {
    "an ordinary feed": "https://example.com/feed.xml",
    "plain http": "http://example.com/feed.xml",
    "a port that goes without saying": "https://example.com:443/feed",
    "an address with a query and a fragment": "https://example.com/feed?a=1&b=%2F#top",
    "a name in Cyrillic": "https://новости.рф/rss",
    "a public address": "http://93.184.215.14/feed",
    "a public IPv6 address": "http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/feed",
    "a public address behind NAT64": "http://[64:ff9b::5db8:d70e]/feed",
    "a name with digits": "https://1.example.com/feed",
    "a name ending in a dot": "https://example.com./feed",
}

CLOSED = {
    "this machine": "http://127.0.0.1/",
    "this machine, shortened": "http://127.1/",
    "this machine as one number": "http://2130706433/",
    "this machine in hexadecimal": "http://0x7f000001/",
    "this machine in dotted hexadecimal": "http://0x7f.0.0.0x1/",
    "this machine in octal": "http://0177.0.0.1/",
    "this machine in octal, one number": "http://017700000001/",
    "this machine with a final dot": "http://127.0.0.1./",
    "this machine in ideographic dots": "http://127。0。0。1/",
    "this machine in full-width digits": "http://１２７.０.０.１/",
    "this machine in circled digits": "http://①②⑦.⓪.⓪.①/",
    "this machine in escapes": "http://127.0.0.%31/",
    "this machine all in escapes": "http://%31%32%37%2e%30%2e%30%2e%31/",
    "this machine in half-width dots": "http://127｡0｡0｡1/",
    "this machine with zeros before": "http://127.000.000.001/",
    "this machine as a number beyond 32 bits": "http://6425673729/",
    "a name in escapes": "http://%65xample.com/",
    "any address of this machine": "http://0.0.0.0/",
    "zero": "http://0/",
    "this machine, IPv6": "http://[::1]/",
    "unspecified, IPv6": "http://[::]/",
    "this machine, mapped": "http://[::ffff:127.0.0.1]/",
    "this machine, mapped in hexadecimal": "http://[::ffff:7f00:1]/",
    "this machine, compatible": "http://[::127.0.0.1]/",
    "this machine, translated": "http://[::ffff:0:127.0.0.1]/",
    "this machine behind NAT64": "http://[64:ff9b::7f00:1]/",
    "local NAT64": "http://[64:ff9b:1::7f00:1]/",
    "this machine by 6to4": "http://[2002:7f00:1::]/",
    "a private network by 6to4": "http://[2002:c0a8:101::1]/",
    "Teredo": "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "link local, IPv6": "http://[fe80::1]/",
    "link local with a zone": "http://[fe80::1%25eth0]/",
    "unique local": "http://[fd00::1]/",
    "site local": "http://[fec0::1]/",
    "multicast, IPv6": "http://[ff02::1]/",
    "documentation, IPv6": "http://[2001:db8::1]/",
    "new documentation, IPv6": "http://[3fff::1]/",
    "segment routing": "http://[5f00::1]/",
    "discard": "http://[100::1]/",
    "private 10": "http://10.0.0.1/",
    "private 172.16": "http://172.16.0.1/",
    "private 192.168": "http://192.168.1.1/",
    "carrier-grade NAT": "http://100.64.0.1/",
    "cloud metadata": "http://169.254.169.254/latest/meta-data/",
    "Azure's metadata": "http://168.63.129.16/",
    "protocol assignments": "http://192.0.0.8/",
    "NAT64 discovery": "http://192.0.0.192/",
    "6to4 relay": "http://192.88.99.1/",
    "documentation": "http://192.0.2.1/",
    "benchmarking": "http://198.18.0.1/",
    "multicast": "http://224.0.0.1/",
    "reserved": "http://240.0.0.1/",
    "broadcast": "http://255.255.255.255/",
    "a file": "file:///etc/passwd",
    "ftp": "ftp://example.com/feed",
    "gopher": "gopher://example.com/1",
    "a script": "javascript:alert(1)",
    "inline data": "data:text/xml,<rss/>",
    "no scheme": "example.com/feed",
    "no scheme but slashes": "//example.com/feed",
    "no host": "http:///feed",
    "nothing": "",
    "a name and password": "http://user:secret@example.com/feed",
    "a name only": "http://user@example.com/feed",
    "a host hidden behind userinfo": "http://example.com@127.0.0.1/",
    "a backslash": "http://example.com\\@127.0.0.1/",
    "a backslash in the path": "http://example.com/\\x",
    "a line break": "http://example.com/\r\nHost: inner",
    "a tab in the name": "http://exa\tmple.com/",
    "a NUL": "http://example.com/\x00",
    "a blank in the name": "http://exa mple.com/",
    "a blank before": " http://example.com/",
    "ssh's port": "http://example.com:22/",
    "a proxy's port": "http://example.com:8080/",
    "port 0": "http://example.com:0/",
    "an impossible port": "http://example.com:99999/",
    "a broken IPv6 address": "http://[::1",
}


@pytest.mark.parametrize("url", OPEN.values(), ids=OPEN)
def test_public_http_addresses_pass(url: str) -> None:
    assert Gate().check_url(url) is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize("url", CLOSED.values(), ids=CLOSED)
def test_everything_else_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(RefusedAddressError):
        Gate().check_url(url)


@pytest.mark.parametrize("url", CLOSED.values(), ids=CLOSED)
def test_allowing_one_private_network_opens_nothing_else(url: str) -> None:
    gate = Gate(allow=["10.20.0.0/16"])
    if url in {CLOSED["ssh's port"], CLOSED["a proxy's port"], CLOSED["port 0"]}:
        # Here only the resolved address can tell.
        with pytest.raises(BlockedAddressError, match="port"):
            gate.check_address("93.184.215.14", 8080)
    else:
        with pytest.raises(RefusedAddressError):
            gate.check_url(url)


def test_inside_an_allowed_network_any_port_may_be_asked() -> None:
    gate = Gate(allow=["127.0.0.0/8", "fd00::/8"])

    gate.check_url("http://127.0.0.1:9105/feed")
    gate.check_url("http://[::ffff:127.0.0.1]:9105/feed")
    gate.check_url("http://[fd00::1]:8000/feed")
    gate.check_url("http://intranet:8000/feed")

    with pytest.raises(RefusedAddressError):
        gate.check_url("http://192.168.1.1/")


def test_a_refusal_does_not_repeat_secrets() -> None:
    with pytest.raises(RefusedAddressError) as refusal:
        Gate().check_url("http://user:hunter2@127.0.0.1:81/?token=hunter3")

    assert "hunter" not in str(refusal.value)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_judged_like_itself(address: IPv4Address) -> None:
    written = [f"::ffff:{address}", str(ip_address((0x64_FF9B << 96) | int(address)))]
    written.append(str(ip_address((0x2002 << 112) | (int(address) << 80))))

    assert {_passes(text) for text in written} == {_passes(str(address))}


@given(st.text(max_size=60))
def test_whatever_the_text_is_the_answer_is_yes_or_a_refusal(text: str) -> None:
    outcomes = {_verdict(url) for url in (text, f"http://{text}", f"http://{text}/feed")}

    assert outcomes <= {"passes", "refused"}


def test_the_socket_is_refused_even_if_nobody_resolved_a_name() -> None:
    with pytest.raises(BlockedAddressError, match=r"127\.0\.0\.1"):
        Gate().open_socket((socket.AF_INET, socket.SOCK_STREAM, 6, ("127.0.0.1", 80)))

    Gate(allow=["127.0.0.0/8"]).open_socket(
        (socket.AF_INET, socket.SOCK_STREAM, 6, ("127.0.0.1", 80))
    ).close()


NAMES = {
    "a name that points inside": ["127.0.0.1"],
    "a name that points outside and inside": ["93.184.215.14", "10.0.0.1"],
    "a name that points inside and outside": ["10.0.0.1", "93.184.215.14"],
    "a name that points inside by IPv6": ["93.184.215.14", "fe80::1"],
    "a name that points inside by a mapped address": ["::ffff:127.0.0.1"],
    "a name that points to the metadata service": ["169.254.169.254"],
}


@pytest.mark.parametrize("addresses", NAMES.values(), ids=NAMES)
def test_a_name_with_one_bad_address_is_not_connected_to(addresses: list[str]) -> None:
    with pytest.raises(BlockedAddressError):
        Gate().check_all(addresses, 80)


def _verdict(url: str) -> str:
    try:
        Gate().check_url(url)
    except RefusedAddressError:
        return "refused"
    return "passes"


def _passes(address: str) -> bool:
    try:
        Gate().check_address(address, 80)
    except BlockedAddressError:
        return False
    return True
