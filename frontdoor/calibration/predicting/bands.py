"""The shares of the bands of a duration in the year to come, for every authority at once.

An authority's shares change little from a year to the next, and what it has more of than others, or than it had in earlier
years, it has on average a little less of a year later. How much less is learnt of all authorities' years so far: for each
band a line through the changes, on the scale of square roots (on which chance is even), by least absolute deviations, for
some authorities change their ways within a year and would bend any other. With few years to learn from, the line stays near
what earlier years gave. What makes an authority change its ways is not in the tables: most of a year's change is not
foreseen. Tried on the years to 2019 and of no use: an authority's size, how much it moved before, its region, the step of
the year before, referrals, assessments and enquiries for each child and how they changed, authorities alike in all bands,
and fewer dimensions than bands. Even a line fitted to the very year would be off by only 7 to 12 in 100 less than 'the same
as last year' in the bands of assessments (`tests/benchmarks/predicting.py`).
"""

from __future__ import annotations

__all__ = ["comparable", "next_shares", "shares_of"]

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from frontdoor.calibration.predicting.months import Numbers, mean

# Chosen by predicting 2014 to 2019, each from the years before it, over all authorities.
_OWN_BEFORE = -0.30
"""By how much of an authority's distance from all others in a band that band changes, before anything is learnt."""
_OWN_WEIGHT, _OTHER_WEIGHT, _MOVED_WEIGHT = 100.0, 300.0, 100.0
"""For how many years of an authority that counts; that the other bands say nothing; and that its earlier years do not."""
_DRIFT = 0.65
"""How much of the change that all had in common goes on."""
_PART_OF_A_YEAR = 0.5
"""A year with less than this of the number of the next is not learnt from: assessments as they are now began during it."""
_ROUNDS = 8


def shares_of(bands: Numbers, totals: Numbers) -> tuple[Numbers, Numbers]:
    """The share of each band, [authority, year, band], and of how many: NaN where it cannot be said.

    Over bands that were not published, what the others leave of the total is spread as it is in the authorities of which all
    were that year; evenly, where there are none.
    """
    absent = np.isnan(bands)
    known = np.where(absent, 0.0, bands).sum(-1)
    rest = np.maximum(totals - known, 0.0)
    usual = np.stack([_usual(bands[:, year]) for year in range(bands.shape[1])])
    part = np.where(absent, usual, 0.0)
    part = part / np.maximum(part.sum(-1, keepdims=True), 1e-9)
    whole = np.where(absent, rest[..., None] * part, bands)
    whole[absent.all(-1)] = np.nan
    size = whole.sum(-1)
    size = np.where(size > 0, size, np.nan)
    return whole / size[..., None], size


def _usual(bands: Numbers) -> Numbers:
    """The mean share of each band among the authorities, [authority, band], of which all were published."""
    sizes = bands.sum(1)
    there = sizes > 0
    if not there.any():
        return np.full(bands.shape[1], 1 / bands.shape[1])
    found: Numbers = np.maximum((bands[there] / sizes[there, None]).mean(0), 1e-6)
    return found


def next_shares(shares: Numbers, sizes: Numbers) -> Numbers:
    """The share of each band in the next year, [authority, band], adding up to 1.

    `shares` and `sizes` are those of `shares_of`. The latest year counts that is known of an authority; of one of which
    none is, what all have is foreseen; NaN where nothing is known of any.
    """
    roots = np.sqrt(shares)
    known = [_known(roots[:, : year + 1]) for year in range(roots.shape[1])]
    learnt = [
        (known[year - 1].at(same), (roots[:, year] - roots[:, year - 1])[same])
        for year in range(1, roots.shape[1])
        for same in [comparable(sizes[:, year - 1], sizes[:, year])]
    ]
    found = known[-1].latest + _changes(learnt, known[-1])
    squares = np.square(np.maximum(found, 0.0))
    whole: Numbers = squares.sum(-1, keepdims=True)
    return squares / whole


class _Known(NamedTuple):
    """What is known of each authority at the end of a year, each [authority, band] on the scale of square roots."""

    latest: Numbers
    apart: Numbers
    """From the mean of all."""
    moved: Numbers
    """From the mean of its own years so far."""

    def at(self, some: npt.NDArray[np.bool_]) -> _Known:
        """That of some of them."""
        return _Known(self.latest[some], self.apart[some], self.moved[some])


def _known(roots: Numbers) -> _Known:
    latest = _filled(roots)
    moved = latest - mean(np.moveaxis(roots, 1, 2))
    return _Known(latest, latest - mean(latest.T), np.where(np.isnan(moved), 0.0, moved))


def _filled(roots: Numbers) -> Numbers:
    """The latest known of each authority; of one of which none is, the mean of all."""
    latest = roots[:, -1].copy()
    for year in range(roots.shape[1] - 2, -1, -1):
        latest = np.where(np.isnan(latest), roots[:, year], latest)
    return np.where(np.isnan(latest), mean(latest.T), latest)


def comparable(before: Numbers, after: Numbers) -> npt.NDArray[np.bool_]:
    """Of which authorities a year says how it changes from the year before, by how many there were in both."""
    return ~np.isnan(before) & ~np.isnan(after) & (np.nan_to_num(before) >= _PART_OF_A_YEAR * np.nan_to_num(after))


def _changes(learnt: list[tuple[_Known, Numbers]], now: _Known) -> Numbers:
    """How each band of each authority is to change, [authority, band]."""
    found = _OWN_BEFORE * now.apart
    if not sum(len(changed) for _, changed in learnt):
        return found
    apart = np.concatenate([each.apart for each, _ in learnt])
    moved = np.concatenate([each.moved for each, _ in learnt])
    changed = np.concatenate([each for _, each in learnt])
    scale, own_scale = apart.std(0) + 1e-6, moved.std(0) + 1e-6
    bands = apart.shape[1]
    for band in range(bands):
        before = np.zeros(bands + 2)
        before[band + 1] = _OWN_BEFORE * scale[band]
        weight = np.full(bands + 2, _OTHER_WEIGHT)
        weight[[0, band + 1, -1]] = len(apart) * (1 / _DRIFT - 1), _OWN_WEIGHT, _MOVED_WEIGHT
        line = _line(np.c_[apart / scale, moved[:, band] / own_scale[band]], changed[:, band], before, weight)
        found[:, band] = line[0] + np.c_[now.apart / scale, now.moved[:, band] / own_scale[band]] @ line[1:]
    return found


def _line(said: Numbers, changed: Numbers, before: Numbers, weight: Numbers) -> Numbers:
    """The coefficients (the constant first) of least absolute deviations, drawn to `before` with so much weight."""
    rows = np.c_[np.ones(len(said)), said]
    counts = np.ones(len(rows))
    line = before
    for _ in range(_ROUNDS):
        left = (rows * counts[:, None]).T
        line = np.linalg.solve(left @ rows + np.diag(weight), left @ changed + weight * before)
        off = np.abs(changed - rows @ line)
        middle = np.median(off) + 1e-9
        counts = middle / np.maximum(off, 0.3 * middle)
    return line
