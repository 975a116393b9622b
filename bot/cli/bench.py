"""`bench`: what the work costs, each figure beside a baseline of the same run.

CPU time is the figure to compare: unlike the time that passes it depends little on what else a machine does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bot.app import watches
from bot.cli.bench_backtest import STORED as A_WEEK
from bot.cli.bench_backtest import backtesting
from bot.cli.bench_candidates import SIZES, candidates
from bot.cli.bench_checkup import STORED, looking_over
from bot.cli.bench_deliver import ALL, NAMED, delivery
from bot.cli.bench_hostile import hostile
from bot.cli.bench_judge import judging
from bot.cli.bench_keywords import keywords
from bot.cli.bench_lateness import Stay, lateness
from bot.cli.bench_parse import parsing
from bot.cli.bench_politeness import Restarts, politeness
from bot.cli.bench_poll import Plan, polling
from bot.cli.bench_soak import soak
from bot.cli.bench_timeline import looking_back
from bot.cli.bench_why import explaining
from bot.cli.common import SHIPPED, Config, console, in_loop, plain, settings_of, table
from bot.cli.evaluate import data_folder
from bot.cli.replay import replayed
from bot.core.similarity import title_ratio
from bot.errors import OperatorError

#: What takes minutes by the clock, however fast it is: measured only when it is named.
LASTING = frozenset({"lateness", "soak", "deliver", "timeline"})


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(bench)


def bench(  # noqa: PLR0913  one for each option
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WHAT…]",
            help="judge, keywords, checkup, candidates, why, timeline, backtest, replay, parse, hostile, "
            "poll, politeness, lateness, soak, deliver",
        ),
    ] = None,
    *,
    stored: Annotated[
        list[int] | None,
        typer.Option(
            metavar="N",
            help="Candidates, backtest, checkup, why, timeline, poll, deliver: how many are stored.",
        ),
    ] = None,
    database: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Candidates: an empty database; else SQLite in a temporary file."),
    ] = None,
    feeds: Annotated[int | None, typer.Option(min=10, help="Poll, lateness: how many feeds.")] = None,
    rounds: Annotated[
        int, typer.Option(min=1, help="Poll: steady rounds through which memory must stay flat.")
    ] = Plan().rounds,
    minutes: Annotated[float, typer.Option(min=0.01, help="Lateness, soak: how long to run.")] = 10,
    part: Annotated[
        list[str] | None,
        typer.Option(metavar="PART", help="Deliver: cpu, burst, latency, faults, order, digests; else all."),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="The folder of the test material.")] = None,
    config: Config = SHIPPED,
) -> None:
    """Measure what the work costs, beside a baseline.

    judge: comparing two articles and deciding at worst, beside rapidfuzz's token_set_ratio; and how many real
    headlines both call repeats.
    keywords: asking a thousand stories of ten terms each for an item, beside asking each by itself; and what
    queries and items that mean harm cost.
    checkup: looking over what the keywords of stories did in 100,000 articles, beside reading these alone.
    candidates: looking up what a headline may repeat, among 10,000 and 1,000,000 stored ones, beside
    rapidfuzz's extractOne over the same headlines; and how many near-duplicates of each kind are found.
    why: explaining decisions among 10,000 and 1,000,000 stored ones, by link, by id and by number; if an
    explanation lacks its feed, a time, terms, a story's decision or what was posted, the exit code is 2.
    replay: the whole way of recorded items, beside reading their titles with token_sort_ratio alone.
    backtest: what another query would have posted over a week of 100,000 articles, beside one plain replay.
    parse: reading a changed document of which two entries are new, and all of one, beside feedparser alone.
    hostile: what documents that mean harm cost their reader, and that the next one is read.
    poll: rounds of a farm of feeds on this machine, first and steady, beside the library reader, aiohttp
    alone and the least that HTTP can cost. "uv run --group bench" installs what is compared with.
    politeness: what servers must not be asked, over many restarts.
    lateness: how long after its time a feed is asked, by the clock; only measured when it is named.
    soak, only where it is named: the service in real time against servers on this machine that fail in waves;
    the archive must then hold what they published, each entry once, else the exit code is 1. Needs Linux.
    deliver, only where it is named: posts on their way to a Bot API on this machine, beside
    python-telegram-bot alone and a plain loop; a part that is named is measured in full (the faults for
    minutes). If a post is lost, out of turn or doubled without need, or a call made within a flood wait, the
    exit code is 1.
    timeline, only where it is named: a story's last 7 days and catching up, among 10,000 and 1,000,000 stored
    articles, and following a story that is new.

    Example:
      storywire bench candidates --stored 10000 --database postgresql://postgres@127.0.0.1/empty
    """
    sizes = sorted(stored or SIZES)
    known: dict[str, Callable[[], None]] = {
        "judge": lambda: judging(data_folder(data)),
        "keywords": lambda: keywords(data or Path(os.environ.get("STORYWIRE_DATA", "../shared/data"))),
        "checkup": lambda: looking_over(
            data or Path(os.environ.get("STORYWIRE_DATA", "../shared/data")), config, max(stored or [STORED])
        ),
        "replay": lambda: replay_week(data_folder(data), config),
        "backtest": lambda: backtesting(max(stored or [A_WEEK])),
        "candidates": lambda: candidates(data_folder(data), sizes, database or [""]),
        "why": lambda: explaining(data_folder(data), sizes),
        "parse": lambda: parsing(data_folder(data)),
        "hostile": hostile,
        "poll": lambda: polling(Plan(feeds=feeds or Plan().feeds, rounds=rounds, stored=sizes)),
        "politeness": lambda: politeness(Restarts()),
        "lateness": lambda: lateness(Stay(feeds=feeds or Stay().feeds, seconds=60 * minutes)),
        "soak": lambda: soak(minutes),
        "timeline": lambda: looking_back(sizes),
        "deliver": lambda: delivery(
            part or (), replace(NAMED if part else ALL, stored=max(stored or [ALL.stored]))
        ),
    }
    unknown = set(what or ()) - known.keys()
    if unknown:
        raise OperatorError(f"unknown {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    for name in what or [name for name in known if name not in LASTING]:
        known[name]()


# -------------------------------------------------------------------------------------------- replay


def replay_week(folder: Path, config: Path) -> None:
    """Measure the whole way of a week's items.

    Raises:
        OperatorError: the test material holds no week.
    """
    files = sorted((folder / "headlines").glob("event_week_*.tsv"))
    if not files:
        raise OperatorError("the test material holds no event week")
    watch = watches(settings_of(config))[0]
    begun, cpu = time.perf_counter(), time.process_time()
    outcomes = in_loop(replayed(files[0], watch))
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    titles = [outcome.item.article.title for outcome in outcomes]
    begun = time.perf_counter()
    for title in titles[-20:]:
        max(title_ratio(title, other) for other in titles)
    scan = (time.perf_counter() - begun) / 20
    shown = table("event week replayed", "")
    shown.add_row(*plain("items", len(outcomes)))
    shown.add_row(*plain("wall, CPU of the whole replay", f"{wall:.1f} s, {cpu:.1f} s"))
    shown.add_row(*plain("an item: match, judge, record", f"{1000 * wall / len(outcomes):.2f} ms"))
    shown.add_row(*plain("an item: token_sort_ratio against every stored title", f"{1000 * scan:.2f} ms"))
    shown.add_row(*plain("ratio", f"1/{scan / (wall / len(outcomes)):.0f}"))
    console.print(shown)
