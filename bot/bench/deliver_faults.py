"""Whether every post is shown once and as planned, while Telegram fails and the program is killed.

The promise that is measured: nothing is lost; a post is shown again only where nobody could know that it was
shown before, once for each answer that was lost; posts keep their order; nobody calls within a flood wait;
and in the end each card says what was planned last for it. Or, if the operator prefers: nothing is shown
twice, and what was not shown is listed.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bot.bench.botapi import Accepted, BotApi, Ledger, Rules
from bot.bench.deliver_order import inversions
from bot.bench.deliverer import Errand
from bot.bench.delivering import FastClock, Figure, Planned, Stock, none, opened
from bot.errors import OperatorError
from bot.model import Delivery, Post, PostKind, PostState

#: Where the packages lie, so that the same program is started wherever this one runs.
_HERE = Path(__file__).parents[2]
_CHANNELS = 10
_SHARE = 0.2
#: A minute of limits and waits lasts so many times less than in life.
_SCALE = 60.0
#: Between the start of a process and its end, at most: what waits is sent in about as long.
_LONGEST_LIFE_S = 0.4
#: Seconds in which the last process must have sent everything.
_PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """How much is delivered, and how often the process is killed."""

    posts: int = 1_000
    kills: int = 100
    share: float = _SHARE
    seed: int = 7


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of it."""

    posts: int
    kills: int
    ledger: Ledger
    #: Posts that no message of a chat tells, and those that the archive lists as uncertain.
    lost: list[str] = field(default_factory=list)
    listed: int = 0
    #: How often a post was shown and its answer lost, or its process killed.
    ambiguous: int = 0
    #: Copies beyond the first, and those for which there is no lost answer and no kill.
    extra: int = 0
    unexplained: int = 0
    #: Kills that met a post in flight.
    in_flight: int = 0
    hasty: int = 0
    #: Of them those whose flood wait a killed process took with it.
    forgotten: int = 0
    inversions: int = 0
    #: Cards that say something else than was planned last.
    wrong: int = 0


def faults(trouble: Trouble) -> list[Figure]:
    """Measure, with each of the two promises."""
    once, at_most = (suffered(trouble, delivery) for delivery in Delivery)
    return [*_at_least_once(once), *_at_most_once(at_most)]


def _at_least_once(outcome: Outcome) -> list[Figure]:
    ledger = outcome.ledger
    return [
        Figure(
            name=f"{outcome.posts:,} posts, {_CHANNELS} channels: calls, of them faulty",
            measured=f"{ledger.calls:,}, {sum(ledger.faults.values()):,}",
        ),
        Figure(
            name="  kills, of them with posts in flight", measured=f"{outcome.kills}, {outcome.in_flight}"
        ),
        Figure(name="  calls over the limit", measured=f"{ledger.refused.total():,}"),
        none("lost", len(outcome.lost)),
        none(
            "extra copies",
            outcome.extra,
            goal=outcome.ambiguous,
            baseline=f"{outcome.ambiguous:,} shown without an answer that came",
        ),
        none("  without a lost answer", outcome.unexplained),
        none(
            "calls inside a flood wait",
            outcome.hasty - outcome.forgotten,
            baseline=f"{outcome.forgotten} more of killed processes",
        ),
        none("inversions", outcome.inversions),
        none("cards that do not say what was planned", outcome.wrong),
    ]


def _at_most_once(outcome: Outcome) -> list[Figure]:
    return [
        Figure(
            name="at most once: kills, of them with posts in flight",
            measured=f"{outcome.kills}, {outcome.in_flight}",
        ),
        none("  extra copies", outcome.extra),
        Figure(name="  not shown", measured=f"{len(outcome.lost):,}"),
        none("  of them not listed as uncertain", outcome.listed),
        none("  inversions", outcome.inversions),
        none("  cards that do not say what was planned", outcome.wrong),
    ]


def suffered(trouble: Trouble, delivery: Delivery) -> Outcome:
    """Let posts be delivered in spite of everything, and compare what is shown with what was planned."""
    rules = Rules(per_minute=20, share=trouble.share, seed=trouble.seed, scale=_SCALE)
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder, BotApi(rules) as api:
        run = _Run(trouble, delivery, Path(folder) / "bench.db", api)
        asyncio.run(run.all())
        return run.outcome()


class _Run:
    def __init__(self, trouble: Trouble, delivery: Delivery, database: Path, api: BotApi) -> None:
        self._trouble = trouble
        self._api = api
        self._dice = Random(trouble.seed)  # noqa: S311  reproducible, not secret
        names = {f"chat{n}": -1001000000000 - n for n in range(_CHANNELS)}
        self._errand = Errand(
            database=str(database),
            base_url=api.base_url,
            begun=time.time(),
            scale=_SCALE,
            delivery=delivery,
            channels=names,
        )
        self._clock = FastClock(self._errand.begun, _SCALE)
        self._planned: list[Planned] = []
        #: Headline → the text planned last.
        self._final: dict[str, str] = {}
        self._interrupted: Counter[str] = Counter()
        self._kills = 0
        self._outbox: Sequence[Post] = ()
        self._stock: Stock | None = None

    async def all(self) -> None:
        """Plan and kill until everything is planned, then deliver the rest."""
        rounds = max(1, self._trouble.kills)
        for number in range(rounds):
            await self._plan(self._trouble.posts * (number + 1) // rounds - len(self._planned))
            if self._trouble.kills:
                self._kills += await asyncio.to_thread(self._live, self._dice.uniform(0, _LONGEST_LIFE_S))
        await self._plan(0)
        await asyncio.to_thread(self._live, None)
        async with opened(Path(self._errand.database)) as archive:
            self._outbox = await archive.outbox(*PostState)

    async def _plan(self, count: int) -> None:
        """Note what is in flight, plan so many cards, and edits of some that there are."""
        async with opened(Path(self._errand.database)) as archive:
            self._interrupted.update(post.message.text for post in await archive.interrupted())
            # One for all archives, so that its numbers go on.
            self._stock = self._stock or Stock(archive, list(self._errand.channels))
            self._stock.archive = archive
            edited = self._dice.sample(self._planned, min(len(self._planned), 1 + count // 2))
            mark = f"(as of {self._clock.now()})"
            self._final |= await self._stock.edit(edited, at=self._clock.now(), mark=mark)
            cards = await self._stock.cards(count, at=self._clock.now())
        self._planned += cards
        self._final |= {one.headline: one.post.message.text for one in cards}

    def _live(self, seconds: float | None) -> bool:
        """Start a process and kill it after a while, or let it end; return whether it was killed."""
        command = [sys.executable, "-m", "bot.bench.deliverer", self._errand.written()]
        with subprocess.Popen(command, cwd=_HERE, stdout=subprocess.PIPE) as process:  # noqa: S603  our own
            try:
                if process.stdout is None or not process.stdout.readline():
                    raise OperatorError("a process of the bench ended before its time")
                process.wait(_PATIENCE_S if seconds is None else seconds)
            except subprocess.TimeoutExpired:
                if seconds is None:
                    raise OperatorError("not everything was delivered in time") from None
            finally:
                process.kill()
        return process.returncode != 0

    def outcome(self) -> Outcome:
        """Compare."""
        ledger = self._api.ledger()
        sends = [one for one in ledger.accepted if not one.edit]
        seen = _by_headline(self._planned, sends)
        found = Outcome(posts=len(self._planned), kills=self._kills, ledger=ledger)
        found.lost = [one.headline for one in self._planned if not seen[one.headline]]
        found.in_flight = self._interrupted.total()
        for copies in seen.values():
            excused = {one.text: ledger.unanswered[one.text] + self._interrupted[one.text] for one in copies}
            extra = max(0, len(copies) - 1)
            found.extra += extra
            found.ambiguous += sum(excused.values())
            found.unexplained += max(0, extra - sum(excused.values()))
        found.hasty = len(ledger.hasty)
        found.forgotten = sum(text in self._interrupted for text in ledger.hasty)
        found.inversions = self._inversions(sends)
        found.wrong, found.listed = self._compared(ledger, found.lost)
        return found

    def _inversions(self, sends: Sequence[Accepted]) -> int:
        numbers = {one.headline: number for number, one in enumerate(self._planned)}
        by_chat: dict[int, list[int]] = {chat: [] for chat in self._errand.channels.values()}
        for one in sends:
            by_chat[one.chat].append(numbers[_headline(one.text)])
        return sum(map(inversions, by_chat.values()))

    def _compared(self, ledger: Ledger, lost: Sequence[str]) -> tuple[int, int]:
        """Return how many cards show another text than planned, and how many are missed by nobody."""
        texts = {one.number: one.text for one in ledger.accepted}
        cards = {_headline(post.message.text): post for post in self._outbox if post.kind is PostKind.CARD}
        shown = [post for post in cards.values() if post.state is PostState.SENT]
        wrong = sum(texts.get(p.message_id or 0) != self._final[_headline(p.message.text)] for p in shown)
        unlisted = sum(cards[headline].state is not PostState.UNCERTAIN for headline in lost)
        return wrong, unlisted


def _by_headline(planned: Sequence[Planned], sends: Sequence[Accepted]) -> Mapping[str, list[Accepted]]:
    seen: dict[str, list[Accepted]] = {one.headline: [] for one in planned}
    for one in sends:
        seen[_headline(one.text)].append(one)
    return seen


def _headline(text: str) -> str:
    return text.partition("\n")[0]
