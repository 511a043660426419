"""How far a share of so many can be trusted."""

from __future__ import annotations

__all__ = ["wilson"]

import math

_Z = 1.959963984540054


def wilson(numerator: float, n: int) -> tuple[float | None, float | None]:
    """The 95% interval of a share, by Wilson's score; (None, None) of nothing."""
    if n == 0:
        return None, None
    p = numerator / n
    middle = (p + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
    half = _Z * math.sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n)) / (1 + _Z * _Z / n)
    return (0.0 if numerator == 0 else max(0.0, middle - half)), (1.0 if numerator == n else min(1.0, middle + half))
