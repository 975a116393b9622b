"""Help and mistakes: what a person sees before anything works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import app
from tests.unit.cli.typing_it import configuration, typed

ROOT = Path(__file__).parents[3]
COMMANDS = [
    *"demo gallery init check run poll why timeline catchup healthcheck".split(),
    *"merge split mute unmute review undo audit judge backtest replay parse eval bench tune".split(),
]
OPENS_THE_CONFIGURATION = (
    "check",
    "run",
    "poll",
    "healthcheck",
    "why x",
    "timeline dams",
    "catchup",
    "replay x --story y",
    "merge x y",
    "split x",
    "undo",
    "audit",
    "mute x",
    "unmute x",
    "review",
    "tune",
)


def storywire(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from bot.cli import main; main()",
    ]
    return subprocess.run([*program, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_without_a_command_the_program_shows_what_there_is() -> None:
    shown = typed()

    assert shown == typed("--help")
    assert (shown.code, shown.err) == (0, "")
    assert [name for name in COMMANDS if not re.search(rf"^│ {name} ", shown.out, re.MULTILINE)] == []


def test_every_command_stands_under_a_heading_of_the_help() -> None:
    names = [info.name or getattr(info.callback, "__name__", "") for info in app.registered_commands]

    assert names == COMMANDS
    assert "More" not in typed().out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_a_command_does_and_explains_every_option(command: str) -> None:
    shown = typed(command, "--help")
    options = re.findall(r"^│ [* ]*-\S+(.*)│$", shown.out, re.MULTILINE)

    assert (shown.code, shown.err) == (0, "")
    assert re.match(rf"\s*Usage: storywire {command} ", shown.out)
    assert options
    assert all(re.search(r"[a-z]{3}", explained) for explained in options)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_speaks_to_people(command: str) -> None:
    shown = typed(command, "--help").out

    assert "<bool>" not in shown
    assert not re.search(r"Traceback|Args:|Raises:|\bNone\b|\basync\b", shown)


MISTAKES = {
    "a command that does not exist": (["pol"], "no such command 'pol'"),
    "an option that does not exist": (["judge", "--bogus", "a", "b"], "no such option: --bogus"),
    "an option without its value": (["judge", "a", "b", "--story"], "option '--story' requires an argument"),
    "a missing argument": (["judge", "a"], "missing argument 'B'"),
    "a missing option": (["replay", "x.tsv"], "missing option '--story'"),
    "too many arguments": (["why", "a", "b"], "got unexpected extra argument"),
}


@pytest.mark.parametrize(("arguments", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_slip_in_a_command_is_one_line_that_names_the_help(arguments: list[str], says: str) -> None:
    shown = typed(*arguments)

    assert (shown.code, shown.out) == (2, "")
    assert shown.line.startswith(f"storywire: {says}")
    assert shown.line.endswith("--help)")


@pytest.mark.parametrize("command", OPENS_THE_CONFIGURATION)
def test_without_a_configuration_a_command_says_how_to_write_one(command: str) -> None:
    shown = typed(*command.split())

    assert (shown.code, shown.out) == (2, "")
    assert (
        shown.line == 'storywire: config/storywire.toml: there is no such file; "storywire init" writes one'
    )


@pytest.mark.parametrize("command", OPENS_THE_CONFIGURATION)
def test_a_wrong_configuration_is_refused_with_all_its_mistakes_and_their_lines(command: str) -> None:
    path = configuration(("Wire", "https://wire.example/feed"), more='every = "soon"\nevry = 1')

    shown = typed(*command.split(), "--config", path)

    assert (shown.code, shown.out) == (2, "")
    assert [line.partition(": poll.")[0] for line in shown.err.splitlines()] == [
        "storywire: my.toml:6",
        "storywire: my.toml:7",
    ]


def test_a_configuration_elsewhere_is_named_by_option_or_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    configuration(("Wire", "https://wire.example/feed"))

    by_option = typed("check", "--no-feeds", "-c", "my.toml")
    monkeypatch.setenv("STORYWIRE_CONFIG", "my.toml")
    by_variable = typed("check", "--no-feeds")

    assert by_option.code == by_variable.code == 0
    assert by_option.out == by_variable.out
    assert "configuration my.toml: 1 story, 1 feed" in by_option.out


def test_a_query_that_is_not_understood_is_shown_with_its_place() -> None:
    path = configuration(("Wire", "https://wire.example/feed"), query="dam AND (")

    shown = typed("check", "--no-feeds", "-c", path)

    assert shown.code == 2
    assert shown.line.startswith("storywire: story dams: the query is not understood at its end")


def test_the_directory_of_the_default_database_is_made_but_not_one_that_was_chosen() -> None:
    path = configuration(("Wire", "https://wire.example/feed"))
    text = path.read_text(encoding="utf-8")

    path.write_text(text.replace("archive.db", "far/archive.db"), encoding="utf-8")
    chosen = typed("check", "--no-feeds", "-c", path)
    path.write_text(text.replace('url = "sqlite:///archive.db"', ""), encoding="utf-8")
    usual = typed("check", "--no-feeds", "-c", path)

    assert chosen.code == 2
    assert "make the directory" in chosen.line
    assert usual.code == 0
    assert Path("data/storywire.db").is_file()


def test_a_password_in_the_database_s_address_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    path = configuration(("Wire", "https://wire.example/feed"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada:canary@127.0.0.1:1/news")

    shown = typed("check", "--no-feeds", "-c", path)

    assert shown.code == 2
    assert "canary" not in shown.out + shown.err
    assert "127.0.0.1:1/news" in shown.err


def test_the_process_ends_with_the_same_codes(tmp_path: Path) -> None:
    missing = storywire("check", folder=tmp_path)
    good = storywire("judge", "Dam breaks near Ostrava", "Dam breaks near Ostrava", "--json", folder=tmp_path)
    failed = storywire("parse", "nowhere.xml", folder=tmp_path)

    assert (missing.returncode, missing.stdout) == (2, "")
    assert (good.returncode, good.stdout.count("\n")) == (0, 1)
    assert (failed.returncode, failed.stderr) == (
        1,
        "storywire: nowhere.xml: cannot be read: No such file or directory\n",
    )


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    lines = "".join(
        f'{{"title": "Football results {n}", "url": "https://wire.example/{n}"}}\n' for n in range(2_000)
    )
    (tmp_path / "items.jsonl").write_text(lines, encoding="utf-8")
    configuration(("Wire", "https://wire.example/feed"))
    program = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from bot.cli import main; main()",
    ]
    arguments = ["replay", "items.jsonl", "--story", "dams", "--json", "-c", "my.toml"]

    with subprocess.Popen(
        [*program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        complaint = process.stderr.read()

    assert complaint == b""
