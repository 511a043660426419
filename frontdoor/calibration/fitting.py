"""Whether contacts come by chance alone about the rates that were found: days and hours of the week, by chi-square."""

from __future__ import annotations

__all__ = ["Fit", "how_it_fits"]

import math
from collections.abc import Sequence
from statistics import NormalDist

import attrs

from frontdoor.calibration.arrivals import Flow


@attrs.frozen
class Fit:
    """How well arrivals go with chance about their rates."""

    dispersion: float
    """So many times as much do days vary as chance would have it; what comes together allowed for."""
    days: float
    """The chance of days varying so much if the rates are right."""
    hours: float
    """The chance of the hours of the week missing the rates by so much."""

    def sentence(self) -> str:
        """In words."""
        times = f"Days vary {self.dispersion:.2f} times as much as chance would"
        if self.dispersion > 1 and self.days < 0.01:
            said = f"{times}: weeks of illness, holidays or campaigns are not in the model, so its intervals are too narrow"
        elif self.dispersion < 1 and self.days > 0.99:
            said = f"{times}: they are evener than chance, as of work that is booked"
        else:
            said = f"{times}, which chance allows (p = {self.days:.2f})"
        hours = (
            f"the hours of the week go with weekday and hour of the day told apart (p = {self.hours:.2f})"
            if self.hours >= 0.01
            else f"the hours of the week do not quite: some weekday has a day of its own shape (p = {self.hours:.4f})"
        )
        return f"{said}; {hours}."


def how_it_fits(found: Sequence[Flow]) -> Fit:
    """Whether days and the hours of the week vary by chance alone about the rates, all sources together."""
    import numpy

    spread = free = missed = freed = 0.0
    for flow in found:
        busy = flow.expected > 0.2
        mean = numpy.maximum(flow.expected, 1e-9)
        spread += float(((flow.seen - mean) ** 2 / mean)[busy].sum())
        free += max(1.0, float(busy.sum()) - 7 - (11 if flow.by_month is not None else 0))
        by_day = flow.cells.sum(axis=1, keepdims=True)
        by_hour = flow.cells.sum(axis=0, keepdims=True)
        even = by_day * by_hour / max(1.0, float(flow.cells.sum()))
        enough = even >= 5
        missed += float(((flow.cells - even) ** 2 / numpy.maximum(even, 1e-9))[enough].sum())
        wide, high = int(enough.any(axis=0).sum()), int(enough.any(axis=1).sum())
        freed += float(enough.sum()) * (wide - 1) * (high - 1) / max(1, wide * high)
    return Fit(spread / free, _beyond(spread, free), _beyond(missed, max(1.0, freed)))


def _beyond(chi: float, free: float) -> float:
    """The chance of a chi-square so large, by Wilson and Hilferty's cube root."""
    if chi <= 0:
        return 1.0
    root = ((chi / free) ** (1 / 3) - (1 - 2 / (9 * free))) / math.sqrt(2 / (9 * free))
    return 1.0 - NormalDist().cdf(root)
