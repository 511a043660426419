"""What the harnesses count, told at the end of a run; how often they do it is said by the environment.

`FRONTDOOR_KILLS` and `FRONTDOOR_CUTS` say how many kills and cuts the slow tests make, `FRONTDOOR_SEED` where chance begins.
"""

from __future__ import annotations

__all__ = ["SEED", "Figures", "many"]

import os
from random import Random

import attrs

SEED = int(os.environ.get("FRONTDOOR_SEED", "20240320"))


def many(name: str, otherwise: int) -> int:
    """How many of something a slow test is to make."""
    return int(os.environ.get(f"FRONTDOOR_{name}", otherwise))


def chance(*words: object) -> Random:
    """Chance that is the same in every run of a seed."""
    return Random(" ".join(map(str, (SEED, *words))))


@attrs.define
class Figures:
    """Counts of one run."""

    kills: int = 0
    """Processes that were killed at work, or cuts of the power."""
    acknowledged: int = 0
    lost: int = 0
    """Transactions that were acknowledged and are not there, or not whole."""
    halved: int = 0
    """Transactions of which a part is there."""
    doubled: int = 0
    """Events that are there beside those that should be."""
    unheard: int = 0
    """Transactions that are there and had not been acknowledged."""
    damaged: int = 0
    """Files that could not be opened, or were not whole."""
    longest: float = 0.0
    """Seconds that the longest reopening took."""

    def __str__(self) -> str:
        return (
            f"{self.kills:,} times; {self.acknowledged:,} transactions acknowledged, {self.lost:,} lost, {self.halved:,} halved, "
            f"{self.doubled:,} events doubled, {self.unheard:,} transactions durable but unheard, {self.damaged:,} files damaged; "
            f"longest reopening {1000 * self.longest:,.1f} ms"
        )
