"""The referrals of the twelve months to come, from those of the years before, for every authority at once.

What is foreseen of a month is a level, times the working days of the month, times what the month brings everywhere. The
level is on the scale of logarithms that of the latest months, each further back counting for less: so much less as months
of that size are known to wander (a local level with noise; the gain is that of its Kalman filter). It is then drawn some
way towards the authority's own earlier years, and a little towards what all authorities have for as many children.
"""

from __future__ import annotations

__all__ = ["logs", "mean", "next_months"]

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

# Chosen by predicting 2015 to 2019, each from the years before it, over all authorities.
_WANDERS = 0.05
"""By how much (the standard deviation of the logarithm) an authority's level moves from a month to the next."""
_NOISE = 0.12
"""By how much a month is off its level, beside what chance does to a count of its size."""
_TO_OWN, _TO_ALL = 0.10, 0.15
"""How far the level is drawn to that of the authority's earlier years, and to that of all authorities by children."""
_SEASON = 0.08
"""By how much months differ, their working days apart; what few referrals show of it counts for less."""


def next_months(counts: Numbers, children: Numbers, days: Numbers) -> Numbers:
    """The referrals of each month of the next year, [authority, month]; NaN of an authority of which nothing is known.

    `counts` is [authority, year, month] and `children` [authority, year], NaN where it was not published; `days`,
    [year, month], the working days of those years and of the next.
    """
    season = _season(counts, days)
    adjusted = logs(counts) - np.log(days[:-1]) - season
    months = adjusted.reshape(len(adjusted), -1)
    size = mean(counts.reshape(len(counts), -1))
    ratio = _WANDERS**2 / (_NOISE**2 + 1 / np.maximum(size, 0.5))
    gain = (np.sqrt(ratio * ratio + 4 * ratio) - ratio) / 2
    weights = (1 - gain[:, None]) ** np.arange(months.shape[1])[::-1]
    level = mean(months, weights)
    level = level + _TO_OWN * (mean(mean(adjusted)) - level)
    by_child = level - np.log(mean(children))
    towards = _TO_ALL * (mean(by_child[None]) - by_child)
    level = level + np.where(np.isnan(towards), 0.0, towards)
    foreseen: Numbers = np.exp(level[:, None] + season + np.log(days[-1])) - 0.5
    return np.maximum(foreseen, 0.0)


def logs(counts: Numbers) -> Numbers:
    """Counts on the scale on which they are predicted, none among them."""
    found: Numbers = np.log(counts + 0.5)
    return found


def mean(values: Numbers, weights: Numbers | None = None) -> Numbers:
    """The mean along the last axis of what is there; NaN where nothing is."""
    there = ~np.isnan(values)
    weight = there if weights is None else np.where(there, weights, 0.0)
    total = weight.sum(-1)
    sums = (np.where(there, values, 0.0) * weight).sum(-1)
    return np.where(total > 0, sums / np.where(total > 0, total, 1), np.nan)


def _season(counts: Numbers, days: Numbers) -> Numbers:
    """What each month brings for its working days, as a logarithm: the median of the years, so that one alone says little."""
    years = []
    for year in range(counts.shape[1]):
        whole = counts[~np.isnan(counts[:, year]).any(1), year].sum(0)
        if whole.size and whole.min() > 0:
            seen = np.log(whole / days[year])
            shown = _SEASON**2 / (_SEASON**2 + 1 / whole.mean())
            years.append(shown * (seen - seen.mean()))
    if not years:
        return np.zeros(counts.shape[2])
    season = np.median(years, axis=0)
    return np.asarray(season - season.mean(), float)
