"""How long things take: named shapes, and the tables of quantiles that the engine draws them from.

A table has 1,024 cells of equal chance and is straight within each. The last is drawn out so far that its mean is that
of the tail it stands for; so the mean of what is drawn is the shape's own to about one in ten thousand.
"""

from __future__ import annotations

__all__ = ["Bands", "Duration", "Exponential", "Fixed", "Lognormal", "Uniform", "cells", "table"]

import math
from collections.abc import Callable
from statistics import NormalDist

import attrs

from frontdoor.simulation.draws import CELLS

_NORMAL = NormalDist()


@attrs.frozen
class Fixed:
    """Always the same."""

    length: float

    @property
    def mean(self) -> float:
        """The length itself."""
        return self.length

    def at(self, chance: float) -> float:
        """The length that this share of all do not exceed."""
        return self.length

    def beyond(self, chance: float) -> float:
        """The mean of those above that share."""
        return self.length


@attrs.frozen
class Uniform:
    """Anything between two lengths, all equally likely."""

    least: float
    most: float

    @property
    def mean(self) -> float:
        """Half way."""
        return (self.least + self.most) / 2

    def at(self, chance: float) -> float:
        """The length that this share of all do not exceed."""
        return self.least + (self.most - self.least) * chance

    def beyond(self, chance: float) -> float:
        """The mean of those above that share."""
        return (self.at(chance) + self.most) / 2


@attrs.frozen
class Exponential:
    """Without memory: however long it has taken, as long again is to be expected."""

    mean: float

    def at(self, chance: float) -> float:
        """The length that this share of all do not exceed."""
        return -self.mean * math.log1p(-chance)

    def beyond(self, chance: float) -> float:
        """The mean of those above that share."""
        return self.at(chance) + self.mean


@attrs.frozen
class Lognormal:
    """Half take less than the median, one in ten more than the ninetieth: the shape of most human work."""

    median: float
    ninetieth: float

    @property
    def spread(self) -> float:
        """The standard deviation of the logarithm."""
        return math.log(self.ninetieth / self.median) / _NORMAL.inv_cdf(0.9)

    @property
    def mean(self) -> float:
        """Above the median: the long ones count."""
        return self.median * math.exp(self.spread**2 / 2)

    def at(self, chance: float) -> float:
        """The length that this share of all do not exceed."""
        return self.median * math.exp(self.spread * _NORMAL.inv_cdf(chance)) if chance > 0 else 0.0

    def beyond(self, chance: float) -> float:
        """The mean of those above that share."""
        if chance <= 0:
            return self.mean
        return self.mean * _NORMAL.cdf(self.spread - _NORMAL.inv_cdf(chance)) / (1 - chance)


@attrs.frozen
class Bands:
    """A share in each band, evenly within it, as published tables give them: 41 to 45 working days, 19%."""

    ends: tuple[float, ...]
    """Where the first begins, and each ends: one more than there are bands."""
    shares: tuple[float, ...]
    """Of each band, adding up to 1."""

    @property
    def mean(self) -> float:
        """As if each band were even."""
        return sum(
            share * (low + high) / 2 for share, low, high in zip(self.shares, self.ends, self.ends[1:], strict=False)
        )

    def at(self, chance: float) -> float:
        """The length that this share of all do not exceed."""
        low = self.ends[0]
        for share, low, high in zip(self.shares, self.ends, self.ends[1:], strict=False):
            if chance <= share:
                return low + (high - low) * (chance / share if share else 0.0)
            chance -= share
        return self.ends[-1]

    def beyond(self, chance: float) -> float:
        """The mean of those above that share, as the last band says."""
        return (self.at(chance) + self.ends[-1]) / 2


Shape = Fixed | Uniform | Exponential | Lognormal | Bands


@attrs.frozen
class Duration:
    """A length of time by chance, in seconds; of working days (86,400 each) or of time as it passes."""

    shape: Shape
    in_working_days: bool = False


def table(shape: Shape, *, scale: float = 1.0) -> list[int]:
    """The 1,025 quantiles of a shape, in whole seconds (or in whatever `scale` makes of one)."""
    return cells(shape.at, shape.beyond, scale)


def cells(at: Callable[[float], float], beyond: Callable[[float], float], scale: float = 1.0) -> list[int]:
    """The same of any quantile function and the mean above a share."""
    found = [round(at(i / CELLS) * scale) for i in range(CELLS)]
    last = beyond((CELLS - 1) / CELLS) * scale
    return [*found, max(found[-1], round(2 * last - found[-1]))]
