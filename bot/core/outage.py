"""Is it the feeds that do not answer, or do we reach nobody?"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

#: Four of five hosts out of reach at once have one thing in common: us.
_SHARE = 0.8
#: So many different hosts in a row, and none that answered between them, are enough in the largest set.
_MOST_HOSTS = 5
#: One host alone says nothing of the others.
_FEWEST_HOSTS = 2
#: Hosts polled within this time count as those we poll.
_POLLED_WITHIN = timedelta(hours=25)


class Network:
    """Remembers which hosts could be reached, across the polls of one process."""

    def __init__(self) -> None:
        """Begin without a memory, as every start does."""
        self._polled: dict[str, datetime] = {}
        #: Hosts out of reach since the last one that answered.
        self._missed: set[str] = set()
        self._since: datetime | None = None
        #: Some host answered since the start; before that an outage may have begun in an earlier life.
        self.is_known_to_work = False

    def reached(self, host: str, *, at: datetime) -> None:
        """Note that a host answered, whatever it said: the network works."""
        self._polled[host] = at
        self.is_known_to_work = True
        self._missed.clear()
        self._since = None

    def missed(self, host: str, *, at: datetime) -> None:
        """Note that no connection to a host came about."""
        self._polled[host] = at
        self._missed.add(host)
        self._since = self._since or at

    def offline_since(self, now: datetime) -> datetime | None:
        """Return when our own outage began; None while there is none, as far as one can tell."""
        known = sum(now - at < _POLLED_WITHIN for at in self._polled.values())
        needed = max(min(math.ceil(known * _SHARE), _MOST_HOSTS), _FEWEST_HOSTS)
        return self._since if len(self._missed) >= needed else None
