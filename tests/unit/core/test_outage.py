from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.outage import Network
from tests.builders import NOW

MINUTE = timedelta(minutes=1)

#: Polls in order, a minute apart: "+a" reached host a, "-a" did not; and the minute our outage began.
POLLS: dict[str, tuple[str, int | None]] = {
    "nothing polled yet": ("", None),
    "all is well": ("+a +b +c", None),
    "one host alone says nothing": ("-a -a -a", None),
    "both of two": ("+a +b -a -b", 2),
    "one of two": ("+a +b -a -a -a", None),
    "at the start, all of them": ("-a -b", 0),
    "two of three are not enough": ("+a +b +c -a -b", None),
    "three of three": ("+a +b +c -a -b -c", 3),
    "four of five": ("+a +b +c +d +e -a -b -c -d", 5),
    "three of five": ("+a +b +c +d +e -a -b -c", None),
    "one answers in between": ("+a +b +c -a -b +c -a -b", None),
    "the same host again and again": ("+a +b +c -a -a -a -a -a", None),
    "over when one answers": ("-a -b -c +a", None),
    "it begins anew": ("-a -b -c +a -b -c -a", 4),
    "five of many in a row": ("+a +b +c +d +e +f +g +h +i -a -b -c -d -e", 9),
    "four of many in a row": ("+a +b +c +d +e +f +g +h +i -a -b -c -d", None),
}


@pytest.mark.parametrize(("polls", "minute"), POLLS.values(), ids=POLLS)
def test_our_own_outage(polls: str, minute: int | None) -> None:
    network, now = Network(), NOW
    for poll in polls.split():
        note = network.reached if poll.startswith("+") else network.missed
        note(poll[1:], at=now)
        now += MINUTE

    assert network.offline_since(now) == (None if minute is None else NOW + minute * MINUTE)


def test_hosts_that_are_polled_no_more_do_not_count() -> None:
    network = Network()
    for host in "abcdef":
        network.reached(host, at=NOW)
    later = NOW + timedelta(days=3)
    for host in "ab":
        network.missed(host, at=later)

    assert network.offline_since(later) == later
