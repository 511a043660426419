"""What is learnt from the published years of all authorities, and what it predicts of one."""

from __future__ import annotations

__all__ = ["Figure", "Prediction", "Predictor", "learn"]

from collections.abc import Mapping
from datetime import date

import attrs
import numpy as np

from frontdoor.calibration.predicting.bands import comparable, next_shares, shares_of
from frontdoor.calibration.predicting.margins import margins
from frontdoor.calibration.predicting.months import Numbers, logs, next_months
from frontdoor.calibration.published import Authority, Year
from frontdoor.errors import Fault, InputError
from frontdoor.working_days import Calendar

_MONTH_UNSTEADY, _BAND_UNSTEADY = 0.05, 0.008
"""The variance of errors beside chance, before any is known: of logarithms of months, of the angles of shares."""


@attrs.frozen
class Figure:
    """What is predicted, and the ends of its 95% interval."""

    value: float
    low: float
    high: float


@attrs.frozen
class Prediction:
    """The year of an authority that ends on 31 March of `year`."""

    authority: str
    year: int
    months: tuple[Figure, ...]
    """Referrals in each of `published.MONTHS`."""
    assessment_bands: tuple[Figure, ...]
    """The share of assessments in each of `published.ASSESSMENT_BANDS`; the values add up to 1."""
    conference_bands: tuple[Figure, ...]
    """The share of conferences in each of `published.CONFERENCE_BANDS`, likewise; empty where the tables have none."""


@attrs.frozen
class Predictor:
    """Predictions of a year for every authority that was in the tables of the year before, if any month of it ever was."""

    year: int
    predictions: Mapping[str, Prediction]

    def of(self, name: str) -> Prediction:
        """That of an authority, by its name as the tables have it.

        Raises:
            InputError: no month of it was published in the years learnt from, or it was gone from the latest of them.
        """
        if name not in self.predictions:
            message = f"the tables to {self.year - 1} have no referrals of {name!r} by month, or it was not in those of that year."
            raise InputError([Fault("--authority", "", "nothing-published", message)])
        return self.predictions[name]


def learn(authorities: Mapping[str, Authority], calendar: Calendar, *, until: int | None = None) -> Predictor:
    """Predictions of the year after `until` (the latest there is), from that year and those before it, and from no other.

    Raises:
        InputError: nothing was published until then.
        CalendarExhausted: bank holidays are not known for a year learnt from, or for the one to come.
    """
    there = {year for one in authorities.values() for year in one.years if until is None or year <= until}
    if not there:
        message = f"nothing was published{f' until {until}' if until else ''}."
        raise InputError([Fault("the tables", "", "nothing-published", message)])
    tables = _Tables(authorities, range(min(there), max(there) + 1), calendar)
    months = tables.months()
    assessments = tables.bands("assessment_bands", "assessments")
    conferences = tables.bands("conference_bands", "conferences")
    year = max(there) + 1
    return Predictor(
        year,
        {
            name: Prediction(name, year, months[name], assessments.get(name, ()), conferences.get(name, ()))
            for name in months
            if year - 1 in authorities[name].years
        },
    )


Figures = Mapping[str, tuple[Figure, ...]]


class _Tables:
    """The years learnt from, as arrays of authorities and years."""

    def __init__(self, authorities: Mapping[str, Authority], years: range, calendar: Calendar) -> None:
        self.names = sorted(authorities)
        self.authorities, self.years = authorities, years
        self.days = np.array([_working_days(calendar, year) for year in (*years, years.stop)], float)

    def column(self, name: str, figures: int) -> Numbers:
        """[authority, year, figure] of the published years; NaN where it was not."""
        found = np.full((len(self.names), len(self.years), figures), np.nan)
        for a, authority in enumerate(self.names):
            for y, year in enumerate(self.years):
                one: Year | None = self.authorities[authority].years.get(year)
                said = None if one is None else getattr(one, name)
                if said is not None:
                    found[a, y] = [np.nan if value is None else value for value in (said if figures > 1 else (said,))]
        return found

    def months(self) -> Figures:
        """The referrals of each month to come."""
        counts, children = self.column("months", 12), self.column("children", 1)[..., 0]
        foreseen = [
            next_months(counts[:, :year], children[:, :year], self.days[: year + 1])
            for year in range(1, len(self.years) + 1)
        ]
        chance = [1 / (each + 0.5) for each in foreseen]
        errors = [logs(counts[:, year + 1]) - logs(each) for year, each in enumerate(foreseen[:-1])]
        below, above = margins(_stacked(errors, counts), _stacked(chance[:-1], counts), chance[-1], _MONTH_UNSTEADY)
        low, high = (np.exp(logs(foreseen[-1]) + off) - 0.5 for off in (below, above))
        return self.figures(foreseen[-1], low, high)

    def bands(self, name: str, total: str) -> Figures:
        """The shares of each band of a duration to come."""
        figures = max(len(getattr(year, name)) for one in self.authorities.values() for year in one.years.values())
        totals = self.column(total, 1)[..., 0]
        shares, sizes = shares_of(self.column(name, figures), totals)
        foreseen = [next_shares(shares[:, :year], sizes[:, :year]) for year in range(1, len(self.years) + 1)]
        latest = _carried(sizes)
        chance = [np.repeat(1 / (4 * latest[:, year, None]), figures, axis=1) for year in range(len(self.years))]
        errors = [_angles(shares[:, year + 1]) - _angles(each) for year, each in enumerate(foreseen[:-1])]
        for year, error in enumerate(errors):
            error[~comparable(sizes[:, year], sizes[:, year + 1])] = np.nan
        below, above = margins(_stacked(errors, shares), _stacked(chance[:-1], shares), chance[-1], _BAND_UNSTEADY)
        low, high = (_of_angles(_angles(foreseen[-1]) + off) for off in (below, above))
        return self.figures(foreseen[-1], low, high)

    def figures(self, values: Numbers, low: Numbers, high: Numbers) -> Figures:
        """By authority, of those of which anything is known."""
        low, high = np.clip(low, 0, values), np.maximum(high, values)
        return {
            name: tuple(Figure(*map(float, each)) for each in zip(values[a], low[a], high[a], strict=True))
            for a, name in enumerate(self.names)
            if not np.isnan(values[a]).any()
        }


def _working_days(calendar: Calendar, year: int) -> list[int]:
    """Of each month from the April before to the March of a year."""
    firsts = [date(year - (month < 13), (month - 1) % 12 + 1, 1) for month in range(4, 17)]
    return [
        calendar.count(date.fromordinal(first.toordinal() - 1), date.fromordinal(after.toordinal() - 1))
        for first, after in zip(firsts, firsts[1:], strict=False)
    ]


def _stacked(years: list[Numbers], like: Numbers) -> Numbers:
    """[authority, year, figure], also of no year."""
    return np.stack(years, axis=1) if years else np.empty((len(like), 0, like.shape[2]))


def _carried(sizes: Numbers) -> Numbers:
    """How many there were, of a year that is not known the latest before it; of none, one."""
    found = np.where(np.isnan(sizes), 0.0, sizes)
    for year in range(1, sizes.shape[1]):
        found[:, year] = np.where(np.isnan(sizes[:, year]), found[:, year - 1], found[:, year])
    return np.maximum(found, 1.0)


def _of_angles(angles: Numbers) -> Numbers:
    return np.square(np.sin(np.clip(angles, 0, np.pi / 2)))


def _angles(shares: Numbers) -> Numbers:
    """Shares on the scale on which chance does the same to all."""
    return np.arcsin(np.sqrt(np.clip(shares, 0, 1)))
