"""Time as it passes for a team or on working days: local moments, and how much of such time lies before each."""

from __future__ import annotations

__all__ = ["DAY", "Clock", "office", "wall", "working_days"]

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.moment import EPOCH
from frontdoor.simulation.scenario import Rota, Span
from frontdoor.working_days import Calendar

if TYPE_CHECKING:
    import polars as pl

DAY = 86_400
_STEP = 1_800
"""Rotas are told to the half hour, so between two of these an office is open throughout or shut throughout."""


@attrs.frozen
class Clock:
    """How many seconds of some time lie before a moment, from a first day on."""

    first: int
    """The first day, counted from 1970."""
    before: Any
    """[half hour] the seconds before it."""

    def at(self, moments: Any) -> Any:
        """The seconds before each of these moments, in local seconds from 1970; beyond the days that are known the last."""
        import numpy

        place = (numpy.asarray(moments, "float64") - self.first * DAY) / _STEP
        place = numpy.clip(place, 0, len(self.before) - 1)
        whole = numpy.minimum(place.astype("int64"), len(self.before) - 2)
        return self.before[whole] + (self.before[whole + 1] - self.before[whole]) * (place - whole)

    def between(self, since: Any, until: Any) -> Any:
        """The seconds that passed."""
        return self.at(until) - self.at(since)


def wall(happened: pl.Series) -> pl.Series:
    """Microseconds from 1970 as seconds of local time: as clocks on the wall show it, so that a day has 86,400 always."""
    import polars as pl

    local = happened.cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Europe/London").dt.replace_time_zone(None)
    return local.dt.timestamp("us") // 1_000_000


def working_days(calendar: Calendar, first: int, last: int) -> Clock:
    """Time as a scenario's working days count it: all day long on each of them, and none on any other."""
    return _clock(first, last, lambda day: [_STEP * calendar.is_working(day)] * (DAY // _STEP))


def office(rota: Rota, calendar: Calendar, first: int, last: int) -> Clock:
    """Time in which a rota is open."""

    @cache
    def parts(spans: tuple[Span, ...]) -> list[int]:
        return [sum(max(0, min(end, t + _STEP) - max(start, t)) for start, end in spans) for t in range(0, DAY, _STEP)]

    return _clock(
        first, last, lambda day: parts(rota.bank_holidays if day in calendar.holidays else rota.week[day.weekday()])
    )


def _clock(first: int, last: int, parts: Any) -> Clock:
    import numpy

    start = date.fromordinal(first + EPOCH)
    each = [parts(start + timedelta(days=i)) for i in range(last - first + 1)]
    steps = numpy.asarray(each, "float64").reshape(-1)
    return Clock(first, numpy.concatenate([[0.0], numpy.cumsum(steps)]))
