"""Days by columns, as the calendar counts them."""

from __future__ import annotations

__all__ = ["day_of", "month_of", "working_days"]

from datetime import date
from typing import TYPE_CHECKING

from frontdoor.moment import EPOCH
from frontdoor.working_days import Calendar

if TYPE_CHECKING:
    import polars as pl


def month_of(day: pl.Expr) -> pl.Expr:
    """The month of a day from 1970: '2009-11'."""
    import polars as pl

    return day.cast(pl.Int32).cast(pl.Date).dt.to_string("%Y-%m")


def day_of(moment: pl.Expr) -> pl.Expr:
    """The day of a moment (in microseconds from 1970) in Europe/London, from 1970."""
    import polars as pl

    at = moment.cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Europe/London")
    return at.dt.date().cast(pl.Int32).cast(pl.Int64)


def working_days(calendar: Calendar, after: pl.Series, to: pl.Series) -> pl.Series:
    """`Calendar.count` by columns of days from 1970: null where a day is, or where holidays are not known."""
    import numpy
    import polars as pl

    table = numpy.asarray(calendar.days) - EPOCH
    first, last = (day.toordinal() - EPOCH for day in (date(calendar.first, 1, 1), date(calendar.last, 12, 31)))
    counts = [
        pl.Series(numpy.searchsorted(table, column.fill_null(0).to_numpy(), side="right"), dtype=pl.Int64)
        for column in (after, to)
    ]
    known = [column.is_between(first, last).fill_null(False) for column in (after, to)]
    frame = pl.DataFrame({"a": counts[0], "b": counts[1], "known": known[0] & known[1]})
    return frame.select(pl.when("known").then((pl.col("b") - pl.col("a")).clip(0)))["b"]
