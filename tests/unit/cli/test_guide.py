"""The README's "Configure keywords", typed word for word by somebody who has a feed of invented news."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.settings import load_settings
from tests.fakes.feedserver import FeedServer
from tests.unit.cli.typing_it import ago, rss, typed

README = Path(__file__).parents[3] / "README.md"
_FEED = "https://feeds.bbci.co.uk/news/world/rss.xml"
TITLES = (
    "Storm Matilda nears the coast of Norway",
    "Matilda leaves 40,000 homes without power in Bergen",
    "Ferries stay in port as Matilda comes ashore",
    "Storm warning in force: Mathilda reaches Stavanger",
    "Mathilda: storm warning for three counties",
    "Matilda the musical returns to the stage in Leeds",
    "Stormzy adds a second night in Manchester",
    "Minister storms out of talks on fish",
    "Brainstorming does not work, a study finds",
)
#: The commands that the page names.
NAMES = {"parse", "init", "keywords", "stories", "replay", "backtest", "import"}
DULL = [f"Chess: round {n} is drawn" for n in range(100)]


@dataclass(slots=True)
class Reader:
    """Somebody who types what the page says, in an empty directory."""

    server: FeedServer
    typed: list[list[str]] = field(default_factory=list)
    #: What the last command answered.
    said: str = ""

    def types(self, line: str) -> None:
        words = shlex.split(line)
        self.typed.append(words)
        command, into, append = words[1:], None, False
        for arrow in (">", ">>"):
            if arrow in command:
                at = command.index(arrow)
                command, into, append = command[:at], Path(command[at + 1]), arrow == ">>"
        if command[0] == "parse":
            # The only address of the page, and one on this machine is not asked without leave.
            command = [*(self.server.url("/feed.xml") if word == _FEED else word for word in command)]
            command += ["--allow", "127.0.0.0/8"]
        answer = typed(*command)
        assert (answer.code, answer.err) == (1 if "Matilda the musical is back" in command else 0, ""), line
        self.said = answer.out
        if into:
            before = into.read_text(encoding="utf-8") if append else ""
            into.write_text(before + answer.out, encoding="utf-8")

    def edits(self, text: str) -> None:
        path = Path("my.toml")
        written = path.read_text(encoding="utf-8")
        for line in text.splitlines():
            key = line.partition(" =")[0].partition(".")[0]
            (old,) = re.findall(rf"^(?:# )?{key}.*$", written, re.MULTILINE)
            written = written.replace(old, line)
        path.write_text(written, encoding="utf-8")

    def sees(self, text: str) -> None:
        shown = [line.rstrip() for line in self.said.splitlines()]
        assert [line for line in text.splitlines() if line not in shown] == []

    def polls(self) -> None:
        """Let the program poll once, from this machine instead of the address that the page names."""
        path = Path("my.toml")
        written = path.read_text(encoding="utf-8")
        here = written.replace(_FEED, self.server.url("/feed.xml"))
        path.write_text(f'{here}\n[poll]\nallow_networks = ["127.0.0.0/8"]\n', encoding="utf-8")
        assert typed("poll", "-c", path).code == 0
        path.write_text(written, encoding="utf-8")


def _blocks(section: str) -> Iterator[tuple[str, str]]:
    """Yield the commands, the answers and the lines of a file that a section shows, in its order."""
    for fence, text, command in re.findall(
        r"^```(\w+)\n(.*?)^```$|^    (storywire [^\n]*)$", section, re.MULTILINE | re.DOTALL
    ):
        yield (fence, text) if fence else ("command", command)


def section() -> str:
    found = re.search(
        r"^## Configure keywords$(.*?)^## ", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found
    return found[1]


@pytest.fixture
def reader(server: FeedServer) -> Reader:
    titles = [(title, ago(hours=2, minutes=-n)) for n, title in enumerate(TITLES)]
    titles += [(title, ago(hours=3 + n)) for n, title in enumerate(DULL)]
    items = [(title, f"https://wire.example/{n}", time) for n, (title, time) in enumerate(titles)]
    server.publish("/feed.xml", rss(*items))
    Path("frequency_words.txt").write_text("chip\n+China\n!potato\n\n大疆\n", encoding="utf-8")
    Path("subscriptions.opml").write_text(
        '<opml version="2.0"><body><outline text="Post" xmlUrl="https://post.example/rss"/></body></opml>',
        encoding="utf-8",
    )
    return Reader(server)


def test_every_command_of_the_page_does_what_it_says(reader: Reader) -> None:
    for kind, text in _blocks(section()):
        if kind == "command":
            if text.startswith("storywire stories doctor -c"):
                reader.polls()
            reader.types(text)
        elif kind == "toml":
            reader.edits(text)
        elif not text.startswith("/"):
            reader.sees(text)

    assert {words[1] for words in reader.typed} == NAMES
    assert [story.name for story in load_settings(Path("my.toml"), {}).story] == [
        "storm-matilda",
        "chip-china",
        "group",
    ]
