"""`bench deliver`: what becomes of posts between the outbox and Telegram, and what that costs.

One table for each part. A cost that is too high says MISSED; a promise that is broken fails the command too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import typer

from bot.bench.deliver_cost import cost
from bot.bench.deliver_digests import NIGHTS, Night, digests
from bot.bench.deliver_faults import Trouble, faults
from bot.bench.deliver_live import burst, latency
from bot.bench.deliver_order import order
from bot.bench.delivering import Figure
from bot.cli.common import console, plain, table
from bot.edge import logs
from bot.errors import OperatorError

_SOME_TROUBLE = Trouble(posts=200, kills=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much is measured."""

    #: Messages whose CPU is measured, in so many rounds.
    messages: int = 1_000
    rounds: int = 10
    #: Entries that come at once.
    burst: int = 40
    #: Entries that come one after another, and articles stored before.
    items: int = 100
    stored: int = 10_000
    trouble: Trouble = _SOME_TROUBLE
    #: Posts whose order is looked at, and those that come while edits wait.
    ordered: int = 1_000
    new: int = 120
    nights: Sequence[Night] = NIGHTS


#: All parts together end within some minutes; one that is named is measured in full.
ALL = Load()
NAMED = Load(trouble=Trouble(), ordered=10_000)


def parts_of(load: Load) -> Mapping[str, Callable[[], list[Figure]]]:
    """Return what each part measures."""
    return {
        "cpu": partial(cost, load.messages, load.rounds),
        "burst": partial(burst, load.burst),
        "latency": partial(latency, load.items, load.stored),
        "faults": partial(faults, load.trouble),
        "order": partial(order, load.ordered, load.new),
        "digests": partial(digests, load.nights),
    }


def delivery(parts: Sequence[str], load: Load) -> None:
    """Measure parts, or all of them, and show a table for each.

    Raises:
        OperatorError: there is no such part.
        Exit: a promise was broken.
    """
    known = parts_of(load)
    unknown = set(parts) - known.keys()
    if unknown:
        raise OperatorError(f"unknown {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    logs.configure("error", "", ())
    kept = True
    for name in parts or known:
        figures = known[name]()
        kept = kept and all(figure.reached is not False for figure in figures if figure.promised)
        shown = table(f"deliver: {name}", "measured", "beside", "goal", "")
        for figure in figures:
            shown.add_row(*plain(figure.name, figure.measured, figure.baseline, figure.goal, _word(figure)))
        console.print(shown)
    if not kept:
        raise typer.Exit(1)


def _word(figure: Figure) -> str:
    if figure.reached is None:
        return ""
    return "reached" if figure.reached else "MISSED"
