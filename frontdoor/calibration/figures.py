"""What a calibration says of each figure: what it is, and whether it was counted, estimated, inferred or assumed."""

from __future__ import annotations

__all__ = ["ASSUMED", "COUNTED", "ESTIMATED", "INFERRED", "Figure", "length", "named", "plural"]

import re
from typing import NamedTuple

COUNTED, ESTIMATED, INFERRED, ASSUMED = "counted", "estimated", "inferred", "assumed"
"""Counted in the log; estimated from it, with an error that is told or known to be there; inferred from what it does not say;
or assumed, for it says nothing of it."""


class Figure(NamedTuple):
    """One figure of a scenario."""

    where: str
    """Its place in the file: 'teams.screeners.staff'."""
    said: str
    """What it is, for people."""
    how: str
    """One of the four words above."""
    why: str
    """What it rests on."""


def length(seconds: float) -> str:
    """A length of time as a scenario says it, to three figures."""
    if seconds < 7_200:
        return f"{_three(seconds / 60)} minutes"
    return f"{_three(seconds / 3_600)} hours" if seconds < 9_000 * 3_600 else f"{_three(seconds / 86_400)} days"


def plural(many: int, one: str, several: str) -> str:
    """So many of something in words: '1 event is', '2,000 events are'."""
    return f"{many:,} {one if many == 1 else several}"


def _three(value: float) -> str:
    """To three figures, and not more than four behind the point."""
    found = f"{float(f'{value:.3g}'):.4f}".rstrip("0").rstrip(".")
    return found or "0"


def named(text: str, prefix: str) -> str:
    """A name that a scenario may use, made of a text."""
    found = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return found if re.match(r"[a-z]", found) else f"{prefix}_{found}".rstrip("_")
