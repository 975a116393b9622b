"""Named places where a test may kill the process.

`CRASH_AT=poll:parsed` (or `poll:parsed:3` for the third time it is reached) ends the process there without
any clean-up, as a power cut would. Without the variable the call costs one comparison. The crash test reads
the names from the source, so a step without a hook cannot hide.
"""

from __future__ import annotations

import os
import re
import signal

_asked = re.fullmatch(r"(?P<name>.*?)(:(?P<time>\d+))?", os.environ.get("CRASH_AT", ""))
_name = _asked["name"] if _asked else ""
_left = int(_asked["time"] or 1) if _asked else 0


def crashpoint(name: str) -> None:
    """Die here if a test asked for it."""
    global _left  # noqa: PLW0603  a process dies once; a counter object would not read better
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
