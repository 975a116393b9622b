"""A throw-away PostgreSQL server from the machine's own binaries."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pwd import getpwnam
from typing import Any

_NOBODY: dict[str, Any] = {"user": "nobody", "group": getpwnam("nobody").pw_gid, "extra_groups": []}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server: superuser `postgres`, no password, reachable from this machine only."""

    #: Of its first database, named postgres too.
    url: str
    _pg_ctl: tuple[str, ...]
    _user: dict[str, Any]

    def crash_and_start(self) -> None:
        """End every server process at once, as a power cut would, and start again."""
        _run([*self._pg_ctl, "-m", "immediate", "restart"], self._user)


def postgres_binaries() -> Path | None:
    """Return the directory of initdb and pg_ctl, the newest version's; None if there is none."""
    # Debian keeps them out of the path, in a directory for each version.
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    found = debian[-1] if debian else shutil.which("initdb")
    return None if found is None else Path(found).resolve().parent


@contextmanager
def postgres(binaries: Path) -> Iterator[Postgres]:
    """Run a server of its own until the block ends; takes about a second."""
    # PostgreSQL refuses to run as root.
    user: dict[str, Any] = (
        {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
    )
    with tempfile.TemporaryDirectory(prefix="storywire-pg-") as place, socket.socket() as taken:
        home = Path(place)
        if user:
            shutil.chown(home, user["user"], user["group"])
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.close()
        data = str(home / "data")
        _run(
            [
                str(binaries / "initdb"),
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "postgres",
                "--no-sync",
                "-E",
                "UTF8",
            ],
            user,
        )
        options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off"
        pg_ctl = (str(binaries / "pg_ctl"), "-D", data, "-w", "-l", str(home / "log"), "-o", options)
        _run([*pg_ctl, "start"], user)
        try:
            yield Postgres(f"postgresql://postgres@127.0.0.1:{port}/postgres", pg_ctl, user)
        finally:
            _run([*pg_ctl, "-m", "immediate", "stop"], user)


def _run(command: list[str], user: dict[str, Any]) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/", **user)
