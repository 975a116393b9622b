"""In which order posts appear, and how long a new one waits behind edits, in simulated time."""

from __future__ import annotations

import asyncio
import heapq
import tempfile
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

from bot.bench.delivering import (
    Figure,
    Planned,
    SteppedClock,
    Stock,
    most,
    none,
    opened,
    percentile,
    world_of,
)
from bot.bench.documents import START
from bot.errors import AnswerLostError, ChannelBusyError, DeliveryError, NotSentError
from bot.model import Post, PostKind, Receipt
from bot.pipeline import deliver
from bot.ports import Archive, Clock

#: Of the calls to a chat so many meet a fault.
_SHARE = 0.1
_CHANNELS = 10
_EDITS = 200
_POST_EVERY = timedelta(seconds=20)
_PER_MINUTE = 20


@dataclass(slots=True, kw_only=True)
class Chat:
    """A channel that fails by chance, and remembers what it was shown when."""

    name: str
    clock: Clock
    share: float = 0.0
    #: Texts of messages as they appeared, and of edits, each with its time.
    sent: list[tuple[Post, datetime]] = field(default_factory=list)
    #: Numbers of messages that were changed and not looked at since.
    changed: set[int] = field(default_factory=set)
    _dice: Random | None = None

    async def send(self, post: Post) -> Receipt:
        """Show a post, or not; see the `Channel` port."""
        self._dice = self._dice or Random(self.name)  # noqa: S311  reproducible, not secret
        fault = fault_of(self._dice, self.share)
        if fault is None or fault[1]:
            self.sent.append((post, self.clock.now()))
            if post.target is not None:
                self.changed.add(post.target)
        if fault is not None:
            raise fault[0]
        return Receipt(message_id=post.target or len(self.sent))


def fault_of(dice: Random, share: float) -> tuple[DeliveryError, bool] | None:
    """Return what a call meets, and whether the post is shown all the same; None if all is well."""
    if dice.random() >= share:
        return None
    return dice.choice(
        (
            (ChannelBusyError("wait", retry_after=timedelta(seconds=dice.choice((1, 5, 30)))), False),
            (NotSentError("no connection"), False),
            (AnswerLostError("no answer"), False),
            (AnswerLostError("no answer"), True),
        )
    )


def order(posts: int, new: int) -> list[Figure]:
    """Measure.

    Args:
        posts: over all channels, whose order is looked at.
        new: posts that come while edits wait.
    """
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        found = asyncio.run(_ordered(Path(folder) / "order.db", posts))
        waits = asyncio.run(_waits(Path(folder) / "waits.db", new))
    plain = naive_waits(new)
    return [
        none(
            f"inversions among {posts:,} posts, {_CHANNELS} channels, {_SHARE:.0%} of calls faulty",
            found.inversions,
            baseline=f"{found.naive:,} requeued at the end",
        ),
        none("  of them lost", found.lost),
        most(
            f"a new post's wait, {_EDITS} edits pending: 99 % of {new}",
            percentile(waits, 99),
            6,
            baseline=f"{percentile(plain, 99):.0f} s first in, first out",
            unit=" s",
        ),
        Figure(
            name="  50 %",
            measured=f"{percentile(waits, 50):.3g} s",
            baseline=f"{percentile(plain, 50):.0f} s",
        ),
    ]


def inversions(appeared: Iterable[int]) -> int:
    """Return how often one appears for the first time after one that was planned later."""
    last, found = -1, 0
    for number in dict.fromkeys(appeared):
        found += number < last
        last = max(last, number)
    return found


# --------------------------------------------------------------------------------------------- order


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What came of the posts."""

    inversions: int
    naive: int
    lost: int


async def _ordered(database: Path, posts: int) -> Ordered:
    clock = SteppedClock()
    chats = [Chat(name=f"chat{n}", clock=clock, share=_SHARE) for n in range(_CHANNELS)]
    async with opened(database) as archive:
        planned = await Stock(archive, [chat.name for chat in chats]).cards(posts, at=clock.now())
        await _deliver_all(chats, archive, clock)
    numbers = {one.post.event: number for number, one in enumerate(planned)}
    shown = [[int(numbers[post.event]) for post, _at in chat.sent] for chat in chats]
    return Ordered(
        inversions=sum(map(inversions, shown)),
        naive=sum(inversions(_requeued(chat.name, posts // _CHANNELS)) for chat in chats),
        lost=posts - len(set().union(*shown)),
    )


async def _deliver_all(chats: Sequence[Chat], archive: Archive, clock: SteppedClock) -> None:
    """Let each channel have its turn when it asked for it, until nothing waits any more."""
    world, tie = world_of(archive, clock), count()
    turns = [(clock.now(), next(tie), chat) for chat in chats]
    while turns:
        at, _tie, chat = heapq.heappop(turns)
        clock.time = max(clock.time, at)
        again = await deliver(chat, world)
        if again is not None:
            heapq.heappush(turns, (max(again, clock.time), next(tie), chat))


def _requeued(name: str, posts: int) -> list[int]:
    """Return the order in which posts appear that go to the end of the queue where a call failed."""
    dice, shown = Random(name), list[int]()  # noqa: S311  reproducible, not secret
    queue = deque(range(posts))
    while queue:
        number = queue.popleft()
        fault = fault_of(dice, _SHARE)
        if fault is None or fault[1]:
            shown.append(number)
        if fault is not None:
            queue.append(number)
    return shown


# --------------------------------------------------------------------------------------------- edits


async def _waits(database: Path, new: int) -> list[float]:
    """Return how many seconds each new post waited while there were always edits to make."""
    clock = SteppedClock()
    chat = Chat(name="main", clock=clock)
    async with opened(database) as archive:
        stock = Stock(archive, [chat.name])
        old = await stock.cards(_EDITS, at=clock.now())
        await _deliver_all([chat], archive, clock)
        by_number = dict(enumerate(old, 1))
        clock.time += timedelta(minutes=1)
        came = await _come(chat, archive, clock, stock=stock, old=by_number, new=new)
    appeared = {post.event: at for post, at in chat.sent if post.kind is PostKind.CARD}
    return [(appeared[one.post.event] - at).total_seconds() for one, at in came]


async def _come(
    chat: Chat,
    archive: Archive,
    clock: SteppedClock,
    *,
    stock: Stock,
    old: dict[int, Planned],
    new: int,
) -> list[tuple[Planned, datetime]]:
    """Plan a post each twenty seconds, and each time another edit of every card that was changed."""
    world = world_of(archive, clock)
    came: list[tuple[Planned, datetime]] = []
    chat.changed = set(old)
    following = clock.time
    while len(came) < new:
        if clock.time >= following:
            following += _POST_EVERY
            changed, chat.changed = chat.changed & old.keys(), set()
            await stock.edit([old[n] for n in sorted(changed)], at=clock.time, mark=f"as of {clock.time}")
            came += [(one, clock.time) for one in await stock.cards(1, at=clock.time)]
        again = await deliver(chat, world)
        clock.time = max(clock.time, min(again or following, following))
    while (again := await deliver(chat, world)) is not None:
        clock.time = max(clock.time, again)
    return came


def naive_waits(new: int) -> list[float]:
    """Return how long new posts wait in one queue with the edits, at the pace the channel takes."""
    begun, waits = START.timestamp(), list[float]()
    queue: deque[float | None] = deque([None] * _EDITS)
    came = 0
    step, every = 60 / _PER_MINUTE, _POST_EVERY.total_seconds()
    for turn in count():
        now = begun + turn * step
        while came < new and begun + came * every <= now:
            queue.append(begun + came * every)
            came += 1
        first = queue.popleft()
        if first is None:
            queue.append(None)  # there is always another edit to make
        else:
            waits.append(now - first)
        if len(waits) == new:
            return waits
    raise AssertionError("posts come to their turn")
