"""How sure a share is that was counted on a few."""

from __future__ import annotations

import math

#: The normal quantile of an interval that holds the true share 95 times in 100.
_Z = 1.96


def interval(hits: int, of: int) -> tuple[float, float]:
    """Return between which shares the true one lies, 95 times in 100 (Wilson 1927).

    Unlike the usual "plus or minus" it is right for few cases and for shares near 0 and 1.

    Args:
        hits: how many did, from 0 to `of`.
        of: of how many; of none nothing is known, and the interval is all of 0 to 1.
    """
    if not of:
        return 0.0, 1.0
    share, spread = hits / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
