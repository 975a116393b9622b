"""The files that run the program say the same as the program and as each other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from config.settings import SECRETS, VARIABLES

ROOT = Path(__file__).parents[2]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def run(*command: str, **variables: str) -> str:
    # Only what a command needs: neither this shell's variables nor somebody's .env may show through.
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **variables}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# ------------------------------------------------------------------------------------------- compose


def compose_command() -> tuple[str, ...]:
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    docker = shutil.which("docker")
    if (
        docker
        and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0
    ):
        return (docker, "compose")
    reason = "docker-compose is not on this machine"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def services() -> dict[str, list[str]]:
    """Return each service's lines as docker-compose understands them, with every profile."""
    shown = run(
        *compose_command(), "--env-file", ".env.example", "--profile", "postgres", "config",
        TELEGRAM_BOT_TOKEN="123:token", DATABASE_URL="postgresql://storywire:x@postgres/storywire",
    )  # fmt: skip
    block = re.search(r"^services:\n((?:  .*\n)+)", shown, re.MULTILINE)
    assert block is not None
    _, *parts = re.split(r"^  ([\w-]+):\n", block[1], flags=re.MULTILINE)
    return {
        name: [line.strip() for line in body.splitlines()]
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


HARDENED = {
    "the root file system is read-only": "read_only: true",
    "all capabilities are dropped": "cap_drop: - ALL",
    "no process gains privileges": "security_opt: - no-new-privileges:true",
    "processes are counted": "pids_limit: ",
    "memory is limited": "mem_limit: ",
    "there is a place for temporary files": "- /tmp",
    "it starts again after a crash": "restart: unless-stopped",
}


@pytest.mark.parametrize("service", ["bot", "postgres"])
@pytest.mark.parametrize("setting", HARDENED.values(), ids=HARDENED)
def test_each_container_is_confined(services: dict[str, list[str]], service: str, setting: str) -> None:
    assert setting in " ".join(services[service])


BOT = {
    "it gets ten seconds to stop, and some": "stop_grace_period: 15s",
    "its health is progress, asked of the program": "- CMD - storywire - healthcheck",
    "a variable of the shell arrives": "TELEGRAM_BOT_TOKEN: 123:token",
    "one that nobody set is empty": 'LOG_LEVEL: ""',
    "the database can be the other container": "DATABASE_URL: postgresql://storywire:x@postgres/storywire",
}


@pytest.mark.parametrize("setting", BOT.values(), ids=BOT)
def test_the_bot_is_run_as_the_documentation_says(services: dict[str, list[str]], setting: str) -> None:
    assert setting in " ".join(services["bot"]).replace("''", '""')


def test_the_database_is_started_only_when_its_profile_is_asked_for(services: dict[str, list[str]]) -> None:
    assert "profiles: - postgres" in " ".join(services["postgres"])
    assert not any(line.startswith("profiles:") for line in services["bot"])


def test_configuration_and_secrets_are_mounted_read_only() -> None:
    mounts = re.findall(
        r"^ +- (\./[^:\s]+|data):([^:\s]+)(:ro)?$", text_of("docker-compose.yml"), re.MULTILINE
    )

    assert mounts == [
        ("data", "/app/data", ""),
        ("./config/storywire.toml", "/app/config/storywire.toml", ":ro"),
        ("./secrets", "/run/secrets", ":ro"),
    ]


def variables_of_compose() -> set[str]:
    return set(re.findall(r"\$\{(\w+)", text_of("docker-compose.yml")))


def variables_of_example() -> set[str]:
    return set(re.findall(r"^#?([A-Z_]+)=", text_of(".env.example"), re.MULTILINE))


def test_the_example_lists_every_variable_the_compose_file_uses_and_no_other() -> None:
    assert variables_of_example() == variables_of_compose()


def test_the_bot_is_handed_every_variable_the_settings_know() -> None:
    known = {*VARIABLES, *(f"{name}_FILE" for name in SECRETS)}

    assert variables_of_compose() - {"POSTGRES_PASSWORD"} == known


def test_the_example_sets_nothing_until_somebody_takes_the_sign_away() -> None:
    lines = text_of(".env.example").splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []


# -------------------------------------------------------------------------------------------- image


def instructions(name: str) -> list[str]:
    return [line for line in text_of("Dockerfile").splitlines() if line.startswith(f"{name} ")]


def test_the_image_runs_without_root_and_without_a_shell() -> None:
    assert instructions("USER") == ["USER 10001:10001"]
    assert instructions("ENTRYPOINT") == ['ENTRYPOINT ["storywire"]']
    assert instructions("CMD") == ['CMD ["run", "--config", "config/storywire.toml"]']
    assert instructions("HEALTHCHECK")[0].endswith('CMD ["storywire", "healthcheck"]')


def test_the_image_is_made_by_the_steps_of_make_and_without_the_tools_for_tests() -> None:
    assert instructions("RUN")[1] == "RUN sh scripts/setup.sh --no-dev"


def test_whatever_the_image_copies_passes_the_list_of_what_may_be_copied() -> None:
    allowed = {
        line.removeprefix("!") for line in text_of(".dockerignore").splitlines() if line.startswith("!")
    }
    from_here = [line.split()[1:-1] for line in instructions("COPY") if "--from" not in line]
    copied = {name for names in from_here for name in names}

    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)


# --------------------------------------------------------------------------------------------- make

TARGETS = (
    "help setup run demo gallery check test lint format types imports pytest eval fit bench crash words"
    " transcript clean"
).split()


def recipes() -> dict[str, list[str]]:
    rules = re.findall(r"^([\w$()]+):(?!=).*\n((?:\t.*\n)*)", text_of("Makefile"), re.MULTILINE)
    return {name: body.splitlines() for name, body in rules}


def test_make_alone_lists_every_target_with_what_it_does() -> None:
    shown = run("make", "--no-print-directory")

    assert re.findall(r"^  make (\w+) +\w", shown, re.MULTILINE) == TARGETS


def test_each_target_takes_at_most_three_lines() -> None:
    assert recipes().keys() >= set(TARGETS)
    assert max(len(lines) for lines in recipes().values()) <= 3


def test_make_test_is_everything_in_order_and_the_tests_come_last() -> None:
    assert re.search(r"^test: needs lint types imports pytest ##", text_of("Makefile"), re.MULTILINE)
    assert recipes()["pytest"] == ["\t$(BIN)/pytest $(or $(ARGS),-n 2 --dist loadfile)"]


def test_ci_runs_what_everybody_runs() -> None:
    assert text_of(".ci/run").splitlines()[-1] == "exec make test"
    assert os.access(ROOT / ".ci/run", os.X_OK)


@pytest.mark.parametrize("script", ["scripts/setup.sh", "scripts/needs.sh", "scripts/words.sh"])
def test_the_scripts_are_plain_sh(script: str) -> None:
    assert run("sh", "-n", script) == ""
    assert text_of(script).startswith("#!/bin/sh\n")


def test_set_up_names_the_versions_of_python_that_the_project_allows() -> None:
    (lowest, above) = re.findall(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', text_of("pyproject.toml"))[0]

    assert f"not (3, {lowest}) <= sys.version_info < (3, {above})" in text_of("scripts/setup.sh")
