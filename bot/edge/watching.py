"""Has a file been changed? By its time and size, and in doubt by its text."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

#: Time of the last change, size, and which file it is; None: there is none that can be looked at.
_Signs: TypeAlias = tuple[int, int, int] | None


class Watched:
    """One file of text, looked at now and then."""

    def __init__(self, path: Path, text: str) -> None:
        """Begin with what is known of it.

        Args:
            path: the file.
            text: what was read of it last.
        """
        self._path = path
        self._known = digest(text)
        #: As it was when its text was looked at last; nothing is known of the time of the first.
        self._read: _Signs = None
        self._seen: _Signs = None

    def changed(self) -> str | None:
        """Return a digest of its text if that is another one; None if not, or if it still changes.

        A file that looked otherwise a moment ago may be half written: it is read once it has stood still from
        one look to the next.
        """
        signs = _signs(self._path)
        still, self._seen = signs == self._seen, signs
        if not still or (signs is not None and signs == self._read):
            return None
        self._read = signs
        return self._new()

    def _new(self) -> str | None:
        before, self._known = self._known, digest(_text(self._path))
        return None if self._known == before else self._known


def digest(text: str) -> str:
    """Return what tells one text from others."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _signs(path: Path) -> _Signs:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _text(path: Path) -> str:
    """Return its text, or in its place why there is none."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return f"\0{error}"
