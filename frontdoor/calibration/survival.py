"""How long things last, and what they come to, where some are not over yet: Kaplan and Meier's estimate, and Aalen and Johansen's.

What is still open has lasted so long at least, and counts among those that might have ended until then: to leave it out would make
things look quicker than they are.
"""

from __future__ import annotations

__all__ = ["Lasting", "lasting", "shares"]

from collections.abc import Sequence
from typing import Any

import attrs

FEWEST = 5
"""So many must still be open for what happens among them to be told."""
_PARTS = 20


@attrs.frozen
class Lasting:
    """How long it took, by Kaplan and Meier."""

    at: Any
    """The lengths at which some were over, in order."""
    left: Any
    """[] the share that lasts longer."""

    @property
    def ever(self) -> float:
        """The share that is over within the longest time that is known."""
        return 1.0 - float(self.left[-1]) if len(self.left) else 0.0

    def told_to_the_end(self) -> Lasting:
        """The same where those that are not over within the longest time that is known are over evenly by twice that. It is an
        assumption: of them nothing is known but that they last longer."""
        import numpy

        parts = numpy.arange(1, _PARTS + 1) / _PARTS
        at, left = self.at[-1], self.left[-1]
        return Lasting(
            numpy.concatenate([self.at, at * (1 + parts)]), numpy.concatenate([self.left, left * (1 - parts)])
        )

    def quantile(self, share: float) -> float:
        """The length that this share, of those that are ever over, does not exceed; between two that are known, in proportion."""
        import numpy

        over = (1.0 - self.left) / self.ever
        return float(numpy.interp(share, numpy.concatenate([[0.0], over]), numpy.concatenate([self.at[:1], self.at])))

    def mean(self) -> float:
        """The mean length, of those that are ever over."""
        import numpy

        steps = -numpy.diff(numpy.concatenate([[1.0], self.left]))
        return float((self.at * steps).sum() / steps.sum())


def lasting(lengths: Any, is_over: Any) -> Lasting:
    """Of lengths, each over or not yet."""
    import numpy

    at, over, risk = _table(lengths, numpy.asarray(is_over, "int64"))
    return Lasting(at, numpy.cumprod(1.0 - over / risk))


def shares(lengths: Any, ends: Sequence[str]) -> dict[str, float]:
    """What they come to ('' is not over yet), by Aalen and Johansen, of those that are ever over: the shares add up to 1."""
    import numpy

    names = sorted({end for end in ends if end})
    number = numpy.asarray([names.index(end) if end else -1 for end in ends])
    at, over, risk = _table(lengths, (number >= 0).astype("int64"))
    left = numpy.concatenate([[1.0], numpy.cumprod(1.0 - over / risk)])[:-1]
    lengths = numpy.asarray(lengths, "float64")
    found = {}
    for i, name in enumerate(names):
        mine = numpy.sort(lengths[number == i])
        many = numpy.searchsorted(mine, at, "right") - numpy.searchsorted(mine, at, "left")
        found[name] = float((left * many / risk).sum())
    total = sum(found.values())
    return {name: share / total for name, share in found.items()} if total else {}


def _table(lengths: Any, over: Any) -> tuple[Any, Any, Any]:
    """The lengths at which some were over, how many were, and how many might have been; the thin end is left out while
    there is enough before it."""
    import numpy

    lengths = numpy.asarray(lengths, "float64")
    at = numpy.unique(lengths[over > 0])
    ordered = numpy.sort(lengths)
    ended = numpy.sort(lengths[over > 0])
    many = numpy.searchsorted(ended, at, "right") - numpy.searchsorted(ended, at, "left")
    risk = len(ordered) - numpy.searchsorted(ordered, at, "left")
    is_open = (over == 0).any()
    enough = risk >= FEWEST
    if is_open and enough.any():
        at, many, risk = at[enough], many[enough], risk[enough]
    return at, many.astype("float64"), risk.astype("float64")
