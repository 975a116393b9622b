"""When to poll a feed again."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

#: However much a server asks or a feed fails, look once a day: some recover without telling anybody.
LONGEST_WAIT = timedelta(hours=24)
#: Doublings of the interval; 2**6 turns ten minutes into ten hours.
_MOST_DOUBLINGS = 6
#: Feeds of one interval spread over a tenth of it, so that they do not all knock at once.
_SPREAD = 0.1


def next_poll(
    url: str, *, failures: int, asked: timedelta | None, every: timedelta, now: datetime
) -> datetime:
    """Say when to poll a feed again.

    Args:
        url: the feed's address; decides its place within the spread, the same on every run.
        failures: failed polls in a row; 0 after a success.
        asked: how long the server asks to stay away (Retry-After or max-age), if it does.
        every: the operator's interval for a healthy feed.
        now: the end of this poll, aware.

    Returns:
        An aware time at most `LONGEST_WAIT` after `now`, never sooner than the server asked.
    """
    usual = every * (1 << min(failures, _MOST_DOUBLINGS))
    share = int.from_bytes(hashlib.blake2b(url.encode(), digest_size=2).digest(), "big") / 0xFFFF
    wait = max(usual + usual * _SPREAD * share, asked or timedelta())
    return now + min(wait, LONGEST_WAIT)
