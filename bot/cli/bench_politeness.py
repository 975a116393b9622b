"""`bench politeness`: what servers must never see, however often the program is killed and started again."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.bench.documents import START, STEP
from bot.bench.farm import Farm
from bot.bench.ground import Plot, Refusal
from bot.bench.process import Job, Part, Round, started
from bot.bench.product import product
from bot.cli.common import console, plain, table
from config.sections import PollSection

#: Longer than the first waits after a failure: what is kept is what the server asked, not those.
_WAIT_S = 5_400
_REFUSALS = [
    Refusal(status=status, seconds=_WAIT_S, as_date=as_date)
    for status in (429, 503)
    for as_date in (False, True)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarts:
    """How often, and how long between."""

    restarts: int = 20
    #: Rounds of half an hour in the life of a process.
    rounds: int = 3
    feeds: int = 12


def politeness(plan: Restarts) -> None:
    """Kill and start the product again and again, and count what it should not have asked."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storywire-")))
        farm = stack.enter_context(Farm(Plot(feeds=plan.feeds, entries=5, slow=0.0)))
        job = Job(urls=farm.urls, folder=folder, concurrency=PollSection().concurrency)
        at, failed = START, 0
        for restart in range(plan.restarts):
            with started(Part(opens=product, job=job)) as process:
                for _ in range(plan.rounds):
                    farm.rest(at)
                    polled: Round = process.tell(at)
                    failed += polled.tally.failed if restart == 0 else 0
                    at += STEP
                process.kill()
            if restart == 0:  # after they gave their validators
                farm.refuse(dict(enumerate(_REFUSALS)))
        counts, known = farm.counts(), farm.validators()
    days = (at - START) // timedelta(days=1)
    over = {
        number: asked - 1 - days
        for number, asked in counts.unconditional.items()
        if known[number] != ("", "") and asked > 1 + days
    }
    shown = table("", "", title=f"{plan.restarts} restarts in {(at - START) / timedelta(hours=1):g} hours")
    shown.add_row(*plain("requests", counts.all))
    shown.add_row(*plain("failed in the first life, though every feed answered well", failed))
    shown.add_row(*plain("before the end of a Retry-After", counts.too_early))
    shown.add_row(*plain("unconditional, beyond the first and one a day", sum(over.values())))
    console.print(shown)
