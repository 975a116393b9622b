"""Certificates for the farm's addresses, made when they are needed and trusted by nobody else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from bot.bench.documents import address
from bot.bench.farm import PER_CERTIFICATE
from bot.errors import OperatorError

_NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split()


def made(feeds: int, folder: Path) -> tuple[Path, tuple[tuple[Path, Path], ...]]:
    """Make certificates for so many feeds.

    Args:
        feeds: how many.
        folder: where to.

    Returns:
        The file of the authority to trust, and the files of certificate and key in the order of the feeds.

    Raises:
        OperatorError: the command openssl is missing, or too old.
    """
    authority, key = folder / "authority.pem", folder / "authority.key"
    _openssl(authority, key, "/CN=Storywire bench", "basicConstraints=critical,CA:TRUE")
    certificates: list[tuple[Path, Path]] = []
    for first in range(0, feeds, PER_CERTIFICATE):
        numbers = range(first, min(first + PER_CERTIFICATE, feeds))
        names = ",".join(f"IP:{address(number)}" for number in numbers)
        files = folder / f"{first}.pem", folder / f"{first}.key"
        signed = ["-CA", str(authority), "-CAkey", str(key)]
        _openssl(*files, f"/CN=feeds from {first}", f"subjectAltName={names}", *signed)
        certificates.append(files)
    return authority, tuple(certificates)


def _openssl(certificate: Path, key: Path, subject: str, extension: str, *signed: str) -> None:
    command = shutil.which("openssl")
    if command is None:
        raise OperatorError("the farm needs the command openssl to speak https: apt install openssl")
    files = ["-out", str(certificate), "-keyout", str(key)]
    said = ["-subj", subject, "-addext", extension]
    made_it = subprocess.run(  # noqa: S603  our own arguments
        [command, "req", "-x509", *_NEW_KEY, *files, *said, *signed],
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    if made_it.returncode != 0:
        raise OperatorError(
            f"openssl made no certificate (it must be 3.0 or later): {made_it.stderr.strip()}"
        )
