"""The real program takes up a changed file while it runs, and goes on with the old one if it is wrong."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.crash.program import Item, Outlet, Place, a_place
from tests.fakes.telegram import CHANNEL

WIRE = Outlet(name="Wire", items=[Item(title="Dam near Ostrava opens", text="The dam opened on Friday.")])
POST = Outlet(name="Post", items=[Item(title="River Odra floods Opole", text="The river rose by a metre.")])
LATE = Outlet(name="Late", items=[Item(title="Lake Orava freezes over", text="The lake froze at night.")])

RIVERS = '\n[[story]]\nname = "rivers"\ntitle = "Rivers"\nquery = "river"\n'
LAKES = RIVERS.replace("river", "lake").replace("River", "Lake")


def headlines(place: Place) -> str:
    return "\n".join(message.text for message in place.telegram.messages(CHANNEL))


def refusals(place: Place) -> list[str]:
    logged = [json.loads(line) for line in place.output.splitlines() if line.startswith("{")]
    return [line["text"] for line in logged if "is refused" in line.get("text", "")]


@pytest.mark.slow
def test_a_changed_file_takes_effect_and_a_wrong_one_leaves_what_ran(tmp_path: Path) -> None:
    with a_place(tmp_path, [WIRE]) as place, place.running() as process:
        file = tmp_path / "storywire.toml"
        place.until(process, lambda: "Ostrava" in headlines(place))

        place.configure([WIRE, POST])
        file.write_text(file.read_text(encoding="utf-8") + RIVERS, encoding="utf-8")
        place.until(process, lambda: "Odra" in headlines(place))

        good = file.read_text(encoding="utf-8")
        file.write_text(good.replace('query = "river"', 'query = "river ("'), encoding="utf-8")
        place.until(process, lambda: bool(refusals(place)))
        process.send_signal(signal.SIGHUP)

        place.configure([WIRE, POST, LATE])
        file.write_text(file.read_text(encoding="utf-8") + RIVERS + LAKES, encoding="utf-8")
        place.until(process, lambda: "Orava" in headlines(place))

        assert len(refusals(place)) == 1
        assert "story rivers: the query is not understood" in refusals(place)[0]
        assert place.stop(process) == 0
        assert "error" not in {json.loads(line)["level"] for line in place.output.splitlines()}
