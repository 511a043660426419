"""Events as the kernel reads them: columns of integers, a row an event."""

from __future__ import annotations

__all__ = ["NEVER", "NOBODYS_ROLE", "UNBOUND", "Cells", "Events", "Ints", "laid_out", "longer"]

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol


class Ints(Protocol):
    """A column of integers to read: a tuple, a list or a numpy array; the kernel cannot tell the difference."""

    def __getitem__(self, place: int, /) -> int:
        """The integer at a place, from 0."""

    def __len__(self) -> int:
        """How many there are."""

    def __iter__(self) -> Iterator[int]:
        """One after another."""


class Cells(Ints, Protocol):
    """A column of integers to write, too: a list or a numpy array."""

    def __setitem__(self, place: int, value: int, /) -> None:
        """Put another integer there."""


NEVER = -(1 << 40)
"""The day of what did not happen, or is not said."""
NOBODYS_ROLE = 62
"""The number of a role that no workflow knows."""
UNBOUND = -2
"""The edition of an episode of which nothing is said; -1 is that before the first."""


class Events(NamedTuple):
    """What happened, as columns, in the order it is folded: cases one after another, each in order of happening."""

    case: Ints
    transition: Ints
    """-1: unknown."""
    label: Ints
    """The source's own name of the episode, numbered over all cases; -1: none."""
    earliest: Ints
    latest: Ints
    """The first and last moment it can have happened, in microseconds from 1970."""
    day: Ints
    last_day: Ints
    """The same as local days from 1970."""
    recorded_day: Ints
    """The local day it was recorded; NEVER if that is not said."""
    actor: Ints
    role: Ints
    """-1: not said. NOBODYS_ROLE: one that no workflow knows."""
    given: Ints
    """The details that were recorded with it, as bits."""
    bound: Ints
    """The number of the edition that an episode opened here is bound to, where the log says it; UNBOUND: the one in force
    on that day."""


def laid_out(length: int, fill: int, like: Any, *, narrow: bool = False) -> Any:
    """A column of one value throughout: a list, or with `like=numpy` an array of 64 bits, or 32 where that is enough."""
    return [fill] * length if like is list else like.full(length, fill, dtype="int32" if narrow else "int64")


def longer(column: Any, fill: int) -> Any:
    """A column with as much room again, filled with one value."""
    size = len(column)
    if isinstance(column, list):
        return column + [fill] * size
    twice = column.repeat(2)
    twice[size:] = fill
    twice[:size] = column
    return twice
