"""The program is killed at every named step and started again: nothing is lost, next to nothing is doubled.

Each trial runs the real program against feeds and a Telegram on loopback, kills it the n-th time it reaches
a step, starts it again and compares what the channel shows with the archive. STORYWIRE_CRASH_RUNS says how
often each step is tried (1), with another n each time; run with `-s` for the table.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Post, PostKind, PostState
from storage import open_archive
from tests.crash.program import PATIENCE_S, REPOSITORY, Item, Outlet, Place, a_place

RUNS = int(os.environ.get("STORYWIRE_CRASH_RUNS", "1"))

CALL = re.compile(r"\bcrashpoint\((.*?)\)")
#: Steps that must never lose their hook: each await and each commit on the way of an item.
KNOWN = frozenset(
    "poll:fetched poll:parsed poll:pages record:articles take:verdict take:posts"
    " record:before-commit record:after-commit"
    " deliver:handed deliver:answered deliver:settled"
    " begin:judged begin:followed".split()
)
#: Between the two commits a post is in flight, and nobody can know whether it was shown. A kill at another
#: step may meet one in flight by chance: polls and deliveries go on at the same time.
IN_FLIGHT = frozenset({"deliver:answered", "deliver:settled"})
#: How often an undisturbed run reaches a step, at the least: three feeds, five matching items that make five
#: posts (two cards, an edit of the one, an answer to the other, a third card).
REACHED = {"poll": 3, "record": 3, "take": 5, "deliver": 5}
#: The same where a story was added that accepts two stored items; two stories are looked at before it.
BEGINNING = {"begin": 1, "record": 3, "take": 2}

BROKEN = Item(
    title="Dam breaks near Ostrava after three days of rain",
    text="The wall of the upper dam near Ostrava gave way on Tuesday evening after three days of rain, and"
    " water reached the first houses of the valley within twenty minutes, the regional crisis staff said.",
    age=timedelta(hours=5),
)
COPIED = Item(title="Dam near Ostrava breaks after three days of rain", text=BROKEN.text)
OPENING = Item(
    title="Minister opens rebuilt dam at Brno on Friday",
    text="The reservoir behind the new wall will be full by the end of the summer, the ministry said.",
    age=timedelta(hours=4),
)
CANCELLED = Item(
    title="Minister cancels opening of rebuilt dam at Brno on Friday",
    text="Cracks were found in the concrete, and nothing will be opened before autumn.",
)
BEAVERS = Item(
    title="Beavers spare a village in Moravia the cost of its dam",
    text="Where the council had planned one for seven years, a family of eight built theirs overnight.",
    age=timedelta(hours=2),
)
FOOTBALL = Item(title="Baník win the derby", text="Two goals after the break decided the match.")
MARATHON = Item(title="Two thousand run the marathon through Prague", text="A nurse won.")

OUTLETS = (
    Outlet(name="Wire", items=(OPENING, FOOTBALL, BROKEN)),
    # These two answer when their originals are shown, so that a card is edited and another one answered.
    Outlet(name="Post", items=(COPIED,), after=BROKEN.title),
    Outlet(name="Ledger", items=(CANCELLED, BEAVERS), after=OPENING.title),
)
#: What a reader of the channel must find; the copy shows as a name on the card of its original.
NEWS = (BROKEN.title, OPENING.title, CANCELLED.title, BEAVERS.title, "Also: Post")


def steps() -> list[str]:
    """Return the arguments of every call of `crashpoint` in the product's source."""
    sources = [path for part in ("bot", "config", "storage") for path in (REPOSITORY / part).rglob("*.py")]
    return [
        argument
        for path in sources
        if path.name != "crashpoints.py"
        for argument in CALL.findall(path.read_text(encoding="utf-8"))
    ]


EVERY = sorted({argument.strip("\"'") for argument in steps()})
STEPS = [step for step in EVERY if step.partition(":")[0] in REACHED]
#: Those on the way of a story that is new, whose articles are stored already.
BEGIN_STEPS = [s for s in EVERY if s.partition(":")[0] in BEGINNING and s != "record:articles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one kill did."""

    step: str
    #: Posts that were in flight, as the archive knew when the process had died.
    in_flight: int
    #: News that no message of the channel tells.
    lost: int
    #: Messages beyond one for each card and each reply.
    extra: int
    #: Posts of the archive that the channel shows otherwise, or not at all.
    wrong: int


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Outcome]]:
    """Try every step as often as asked for, some at a time: a trial mostly waits for a process to start."""
    plans = [
        (step, (run + place) % REACHED[step.partition(":")[0]] + 1)
        for run in range(RUNS)
        for place, step in enumerate(STEPS)
    ]
    directories = [tmp_path_factory.mktemp("trial") for _ in plans]
    with ThreadPoolExecutor(max_workers=2 * (os.cpu_count() or 1)) as pool:
        results = list(pool.map(trial, [step for step, _ in plans], [n for _, n in plans], directories))
    by_step = {step: [outcome for outcome in results if outcome.step == step] for step in STEPS}
    show(by_step)
    return by_step


def trial(step: str, occurrence: int, directory: Path) -> Outcome:
    with a_place(directory, OUTLETS) as place:
        with place.running(CRASH_AT=f"{step}:{occurrence}") as process:
            try:
                assert process.wait(PATIENCE_S) == -signal.SIGKILL, place.output
            except subprocess.TimeoutExpired:
                pytest.fail(f"{step} was not reached {occurrence} times:\n{place.output}")
        in_flight = place.count("posts where state = 'sending'")
        place.change(
            # As if the dead process's lease (5 min) and the feeds' own intervals had run out.
            "update feeds set lease_until = null, next_at = null",
            # As if the wait before a post is sent again (30 s, core/settle.py) were over at once.
            "create trigger no_wait after update of state on posts when new.state = 'uncertain'"
            " begin update posts set due_at = 1 where id = new.id; end",
        )
        with place.running() as process:
            place.until(process, place.is_idle)
            assert place.stop(process) == 0, place.output
        return compare(step, in_flight, place)


def compare(step: str, in_flight: int, place: Place) -> Outcome:
    shown = {message.id: message.text for message in place.telegram.messages()}
    posts = asyncio.run(recorded(place))
    news = [post for post in posts if post.kind is not PostKind.EDIT]
    sent = sum(change.what == "send" for change in place.telegram.log)
    return Outcome(
        step=step,
        in_flight=in_flight,
        lost=sum(not any(headline in text for text in shown.values()) for headline in NEWS),
        extra=sent - len(news),
        wrong=sum(
            post.state is not PostState.SENT or shown.get(post.message_id or 0) != final(post, posts)
            for post in news
        ),
    )


async def recorded(place: Place) -> list[Post]:
    archive = await open_archive(f"sqlite:///{place.database}")
    try:
        return await archive.outbox(*PostState)
    finally:
        await archive.close()


def final(post: Post, posts: list[Post]) -> str:
    """Return the text that was recorded last for the message."""
    if post.kind is PostKind.CARD:
        post = [one for one in posts if one.event == post.event and one.kind is not PostKind.REPLY][-1]
    return post.message.text


def show(outcomes: dict[str, list[Outcome]]) -> None:
    columns = "in_flight lost extra wrong".split()
    lines = [["step", "kills", *columns]]
    for step, of_step in outcomes.items():
        sums = [sum(getattr(outcome, column) for outcome in of_step) for column in columns]
        lines.append([step, *map(str, (len(of_step), *sums))])
    for name, *numbers in lines:
        print(f"{name:24}", *(f"{number:>10}" for number in numbers))  # noqa: T201  a report is asked for


def test_every_step_is_named_by_a_plain_text() -> None:
    assert [argument for argument in steps() if not re.fullmatch(r'"[a-z]+:[a-z-]+"', argument)] == []


def test_every_await_and_commit_on_the_way_has_a_step() -> None:
    assert set(EVERY) >= KNOWN


def test_every_step_is_of_a_known_kind() -> None:
    assert {step.partition(":")[0] for step in EVERY} == {*REACHED, *BEGINNING}


@pytest.mark.parametrize("step", BEGIN_STEPS)
def test_after_a_kill_a_new_story_tells_once_what_was_before_it(step: str, tmp_path: Path) -> None:
    with a_place(tmp_path, (Outlet(name="Wire", items=(FOOTBALL, MARATHON, BROKEN)),)) as place:
        with place.running() as process:
            place.until(process, place.is_idle)
            assert place.stop(process) == 0, place.output
        place.follow("sports", "derby OR marathon")
        with place.running(CRASH_AT=f"{step}:{BEGINNING[step.partition(':')[0]]}") as process:
            assert process.wait(PATIENCE_S) == -signal.SIGKILL, place.output
        with place.running() as process:
            place.until(process, lambda: place.count("followed") == 2 and place.is_idle())
            assert place.stop(process) == 0, place.output

        card, so_far = (message.text for message in place.telegram.messages())
        assert card.startswith(BROKEN.title)
        assert so_far.startswith("So far: Sports")
        assert (so_far.count(FOOTBALL.title), so_far.count(MARATHON.title)) == (1, 1)
        assert place.count("verdicts where story = 'sports'") == 2


# All trials run before the first of these, however many.
@pytest.mark.timeout(60 * (RUNS + 4))
@pytest.mark.parametrize("step", STEPS)
def test_after_a_kill_everything_is_shown_and_at_most_the_post_in_flight_twice(
    step: str, outcomes: dict[str, list[Outcome]]
) -> None:
    assert len(outcomes[step]) == RUNS
    for outcome in outcomes[step]:
        assert outcome.lost == 0
        assert outcome.wrong == 0
        assert (step in IN_FLIGHT) <= outcome.in_flight <= 1
        assert 0 <= outcome.extra <= outcome.in_flight
