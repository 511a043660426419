"""Writing the events of a source as Parquet, in columns that read back as they are."""

from __future__ import annotations

__all__ = ["write"]

from pathlib import Path
from typing import TYPE_CHECKING

from frontdoor.formats.event_rows import all_midnights
from frontdoor.formats.source import COLUMNS, DETAIL, Source, standing
from frontdoor.formats.writing import key_of, left_out

if TYPE_CHECKING:
    import polars as pl

_HOUR = 3_600_000_000


def write(source: Source, path: Path) -> list[str]:
    """Write the events that now stand, and say what could not be carried: the columns of the flat log, with dates where all are
    dates, moments where all are moments and not all midnights, else texts.

    Raises:
        OSError: the file cannot be written.
    """
    import polars as pl

    events = standing(source.events)
    happened = _written(
        events["happened_from"], events["happened_to"], events["day"], events["last_day"], midnights=False
    )
    recorded_day = events["recorded_day"]
    recorded = _written(events["recorded_from"], events["recorded_to"], recorded_day, recorded_day)
    frame = events.with_columns(happened_at=happened, recorded_at=recorded).select(
        *COLUMNS, *(pl.col(DETAIL + detail).alias(key_of(detail, COLUMNS)) for detail in source.details)
    )
    with path.open("wb") as out:
        frame.write_parquet(out)
    return left_out(source)


def _written(
    first: pl.Series, last: pl.Series, day: pl.Series, last_day: pl.Series, *, midnights: bool = True
) -> pl.Series:
    """When things happened, as one column of the kind that holds all of them. Without `midnights`, moments that are nothing
    else are texts, which are never taken for dates."""
    import polars as pl

    moment, dated = first == last, day == last_day
    at = first.cast(pl.Datetime("us", "UTC"))
    local = at.dt.convert_time_zone("Europe/London")
    if moment.all() and (midnights or (first % _HOUR != 0).any() or not all_midnights(local)):
        return at
    on, until = (column.cast(pl.Int32).cast(pl.Date) for column in (day, last_day))
    if (dated & ~moment).all():
        return on
    days, ends = on.cast(pl.String), until.cast(pl.String)
    said = local.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f%:z")
    texts = pl.DataFrame({"moment": moment, "dated": dated, "local": said, "days": days, "ends": ends})
    return texts.select(
        pl.when("moment").then("local").when("dated").then("days").otherwise(pl.col("days") + "/" + pl.col("ends"))
    ).to_series()
