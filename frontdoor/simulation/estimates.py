"""A figure of many replications, with the interval in which it lies with 95% confidence; and a band over them."""

from __future__ import annotations

__all__ = ["Band", "Estimate", "Spread", "band", "estimate", "spread", "student", "wilson"]

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean, stdev

import attrs

from frontdoor import intervals

_NEAR = NormalDist().inv_cdf(0.975)
_FEW = (0.0, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306)


@attrs.frozen
class Estimate:
    """A mean and its 95% interval; None where there is nothing to judge it by."""

    mean: float | None
    low: float | None = None
    high: float | None = None

    @property
    def half_width(self) -> float | None:
        """Half the interval, as a share of the mean."""
        if not self.mean or self.low is None or self.high is None:
            return None
        return (self.high - self.low) / 2 / abs(self.mean)


def estimate(values: Sequence[float], mean: float | None = None) -> Estimate:
    """The mean of independent values, by Student's t; `mean` where a weighted one is the better."""
    if not values:
        return Estimate(None)
    mean = fmean(values) if mean is None else mean
    if len(values) < 2:
        return Estimate(mean)
    half = student(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Estimate(mean, mean - half, mean + half)


def student(freedom: int) -> float:
    """The 97.5% point of Student's t."""
    if freedom < len(_FEW):
        return _FEW[freedom]
    z, v = _NEAR, freedom
    return (
        z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2) + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )  # fmt: skip


def wilson(numerator: int, n: int) -> Estimate:
    """A share of so many with Wilson's interval."""
    return Estimate(numerator / n, *intervals.wilson(numerator, n)) if n else Estimate(None)


@attrs.frozen
class Spread:
    """What may come: the mean of the replications, and between what nineteen in twenty of them exceed and one in twenty does."""

    mean: float
    low: float
    """The fifth percentile."""
    high: float
    """The ninety-fifth."""


def spread(values: Sequence[float]) -> Spread:
    """Of some values, at least one."""
    ordered = sorted(values)
    return Spread(fmean(values), _at(ordered, 0.05), _at(ordered, 0.95))


@attrs.frozen
class Band:
    """What lies in the middle of the replications, and between what nine in ten of them exceed and one in ten does."""

    median: float
    low: float
    """The tenth percentile."""
    high: float
    """The ninetieth."""


def band(values: Sequence[float]) -> Band:
    """Of some values, at least one; between two of them it is even."""
    ordered = sorted(values)
    return Band(_at(ordered, 0.5), _at(ordered, 0.1), _at(ordered, 0.9))


def _at(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    return ordered[below] + (place - below) * (ordered[math.ceil(place)] - ordered[below])
