"""Chance, in integers: the same number for the same question, in any order and on any machine.

Nothing is drawn from a stream that others draw from, too: each number is the hash of what is asked. So a contact brings
the same efforts and the same outcomes whoever deals with it and whenever, and two scenarios that differ in their staff
alone are compared contact by contact. Written for CPython and numba alike.
"""

from __future__ import annotations

__all__ = ["CELLS", "ONE", "draw", "drawn", "lot_of", "mixed", "quantile", "seed_of"]

from frontdoor.rows import Ints

ONE = 1 << 32
"""Draws are from 0 up to, not including, this."""
CELLS = 1024
"""How many cells of equal chance a table of quantiles has; it has one entry more."""

_LOW = ONE - 1
_CELL = 1 << 22  # ONE // CELLS


def mixed(h: int) -> int:
    """32 bits, thoroughly mixed: every bit of what goes in flips about half of those that come out, one to one."""
    h ^= h >> 16
    h = (h * 0x21F0AAAD) & _LOW
    h ^= h >> 15
    h = (h * 0x735A2D97) & _LOW
    return h ^ (h >> 15)


def seed_of(seed: int, replication: int) -> int:
    """The seed of one replication: no two of the first four thousand million have the same."""
    return mixed((mixed(seed & _LOW) ^ (seed >> 32) & _LOW) + replication * 0x9E3779B1 & _LOW)


def draw(seed: int, who: int, number: int, what: int) -> int:
    """A number from 0 to ONE for a question: whose it is, which of theirs, what is asked of it."""
    return drawn(lot_of(seed, who, number), what)


def lot_of(seed: int, who: int, number: int) -> int:
    """What all numbers for one of somebody's questions come of."""
    h = mixed((seed + who * 0x9E3779B1) & _LOW)
    return mixed((h + number * 0x85EBCA6B) & _LOW)


def drawn(lot: int, what: int) -> int:
    """A number from 0 to ONE for what is asked."""
    return mixed((lot + what * 0xC2B2AE35) & _LOW)


def quantile(tables: Ints, table: int, chance: int) -> int:
    """The value of a table of quantiles at a chance, straight between its entries."""
    place = table * (CELLS + 1) + chance // _CELL
    low = tables[place]
    return low + (tables[place + 1] - low) * (chance % _CELL) // _CELL
