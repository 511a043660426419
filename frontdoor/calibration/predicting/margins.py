"""How far a prediction may be off: as far as earlier ones were, but for the few that were furthest off.

Each earlier year is predicted from the years before it, and how far it was off is counted in widths: of what chance does to
a count of that size, of how unsteady such figures are, and of how unsteady that authority's were until then. The margins
are the widths within which 96 in 100 of all authorities' earlier predictions held, below and above each by itself, so that
about 95 in 100 of a further year's do. They rest on no shape of error; they hold as long as the year to come is no stranger
than those before it.
"""

from __future__ import annotations

__all__ = ["margins"]

import numpy as np

from frontdoor.calibration.predicting.months import Numbers, mean

_OUTSIDE = 0.02
"""The share of earlier errors beyond either margin: less than 0.025, for the errors of a year share what happened in it, and
a few years show too little of that."""
_PATIENCE = 2.0
"""For how many years of an authority's own errors those of all others count."""
_KEEPS = 0.7
"""How much less a year's errors say of how unsteady a figure is than those of the year after it."""
_FEWEST = 200
"""Earlier errors from which their own shape is trusted."""
_CAREFUL = 2.0
"""Widths on either side, where there are fewer."""


def margins(errors: Numbers, chance: Numbers, next_chance: Numbers, unsteady: float) -> tuple[Numbers, Numbers]:
    """How far below and above the predictions the margins lie, both [authority, figure], on the scale of the errors.

    `errors` are those of earlier years, [authority, year, figure], NaN where there is none; `chance` the variance that
    chance gives each, and `next_chance` those to come; `unsteady` the variance beside it, before any error is known.
    """
    earlier = []
    for year in range(errors.shape[1]):
        width = _width(errors[:, :year], chance[:, :year], chance[:, year], unsteady)
        off = errors[:, year] / width
        earlier.append(off[~np.isnan(off)])
    seen = np.sort(np.concatenate([np.zeros(0), *earlier]))
    below, above = -_CAREFUL, _CAREFUL
    if len(seen) >= _FEWEST:
        beyond = int(_OUTSIDE * (len(seen) + 1))
        below, above = min(seen[beyond - 1], 0.0), max(seen[-beyond], 0.0)
    elif len(seen):
        below, above = min(below, seen[0]), max(above, seen[-1])
    width = _width(errors, chance, next_chance, unsteady)
    return below * width, above * width


def _width(errors: Numbers, chance: Numbers, next_chance: Numbers, unsteady: float) -> Numbers:
    """The standard deviation to be expected of each authority's next figures, from its errors and those of all."""
    beside = np.maximum(errors**2 - chance, 0.0)
    ages = np.arange(beside.shape[1])[::-1]
    by_figure = beside.transpose(2, 1, 0)
    weights = np.broadcast_to((_KEEPS**ages)[:, None], by_figure.shape)
    of_figure = mean(by_figure.reshape(len(by_figure), -1), weights.reshape(len(by_figure), -1))
    of_figure = np.where(np.isnan(of_figure), unsteady, np.maximum(of_figure, unsteady / 100))
    own = mean(beside / of_figure)  # [authority, year], against all
    years = (~np.isnan(own)).sum(1)
    steadiness = (_PATIENCE + np.nansum(own, axis=1)) / (_PATIENCE + years)
    newcomer = 1 + 1 / (1 + years)
    width: Numbers = np.sqrt(steadiness[:, None] * newcomer[:, None] * of_figure + next_chance)
    return width
