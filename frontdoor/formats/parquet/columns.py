"""A column of a Parquet file, whichever its kind: as text, or as when things happened; and the rows that are neither."""

from __future__ import annotations

__all__ = ["BOUNDS", "Faulty", "is_dated", "is_plain", "moments", "nobody", "text"]

from datetime import date, time
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from frontdoor.formats.event_rows import DATES_BY_MIDNIGHT, all_midnights, four, midnights_among, nameless, no_name
from frontdoor.moment import EPOCH, FIRST_YEAR, LAST_YEAR, day_start

if TYPE_CHECKING:
    import polars as pl

BOUNDS = ("from", "to", "day", "last_day")
_FIRST, _END = date(FIRST_YEAR, 1, 1), date(LAST_YEAR + 1, 1, 1)
_OUTSIDE = f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}: correct it, or leave it empty."
_NO_WALL = f"{_OUTSIDE[:-1]}; or is a wall time that does not exist, as the clocks went forward over it."
_A_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_HOUR = 3_600_000_000
_WHOLE = 2.0**63
_ROUNDED, _ROUNDED_SHORT = 1e15, 1 << 24
"""From here on a spreadsheet, or a number of 32 bits, has rounded: many ids have become one."""


class Faulty(NamedTuple):
    """Rows of a column that are rejected, why by the text that stands there (none: it is empty), and the texts of all rows."""

    rows: pl.Series
    reasons: dict[str, str]
    texts: pl.Series


def is_plain(kind: Any) -> bool:
    """Whether a column of that kind can be read as text."""
    import polars as pl

    texts = (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Null)
    return bool(kind in texts or kind.is_numeric() or kind.is_temporal())


def is_dated(kind: Any) -> bool:
    """Whether a column of that kind can say when things happened."""
    import polars as pl

    return kind in (pl.String, pl.Categorical, pl.Enum, pl.Null, pl.Date, pl.Datetime)


def text(found: pl.Series, *, whole: bool = False) -> tuple[pl.Series, Faulty | None]:
    """A column as text, '' where it says nothing, and the rows of which no text can be made. `whole`: of numbers those
    without a part after the point are whole ones."""
    import polars as pl

    found, beyond = _in_a_calendar(found)
    if found.dtype.is_float() and whole:
        found = found.fill_nan(None)
        is_whole = ((found == found.floor()) & (found.abs() < _WHOLE)).fill_null(True)
        texts = found.set(~is_whole, None).cast(pl.Int64).cast(pl.String)
        if not is_whole.all():
            texts = texts.fill_null(found.cast(pl.String))
    elif isinstance(found.dtype, pl.Datetime):
        texts = found.dt.to_string("%Y-%m-%dT%H:%M:%S%.f" + ("%:z" if found.dtype.time_zone else ""))
    elif isinstance(found.dtype, pl.Duration):
        texts = found.dt.to_string()
    else:
        texts = found if found.dtype == pl.String else found.cast(pl.String)
    return texts.fill_null(""), beyond


def _in_a_calendar(found: pl.Series) -> tuple[pl.Series, Faulty | None]:
    """A column less the dates that no calendar has, and the rows of those, which hold a number too large."""
    import polars as pl

    if not isinstance(found.dtype, (pl.Date, pl.Datetime)):
        return found, None
    a_day = _A_DAY[found.dtype.time_unit] if isinstance(found.dtype, pl.Datetime) else 1
    first, end = (date.min.toordinal() - EPOCH) * a_day, (date.max.toordinal() + 1 - EPOCH) * a_day
    number = found.to_physical().cast(pl.Int64)
    if _lie_within(number, first, end):
        return found, None
    beyond = ~number.is_between(max(first, -(1 << 63)), min(end, 1 << 63) - 1).fill_null(True)
    texts = number.set(~beyond, None).cast(pl.String).fill_null("")
    return found.set(beyond, None), Faulty(beyond, {one: _OUTSIDE for one in texts.unique() if one}, texts)


def _lie_within(numbers: pl.Series, first: int, end: int) -> bool:
    """Whether all numbers, if there are any, lie from the first to the end, which is excluded: quickly told."""
    least, most = cast("int | None", numbers.min()), cast("int | None", numbers.max())
    return least is None or most is None or first <= least <= most < end


def nobody(found: pl.Series, texts: pl.Series) -> Faulty:
    """The rows in which a column that should name a case or an event, whose texts these are, names none."""
    import polars as pl

    said = texts.dtype.categories if isinstance(texts.dtype, pl.Enum) else texts
    none = pl.DataFrame({said.name: said}).select(nameless(said)).to_series()
    rows = none if said is texts else texts.is_in(said.filter(none).cast(texts.dtype))
    if found.dtype.is_float():
        limit = _ROUNDED_SHORT if found.dtype == pl.Float32 else _ROUNDED
        rows |= (found.fill_nan(None).abs() >= limit).fill_null(False)
    reasons = {one: no_name(one) for one in texts.filter(rows).unique() if one}
    return Faulty(rows, reasons, texts)


def moments(found: pl.Series, notes: list[str], *, dates: bool = False) -> tuple[pl.DataFrame, Faulty]:
    """When things happened by a column of dates, moments or texts: the bounds, null in the rows where there is nothing, or
    nothing that can be read. `dates`: where every moment of a column of moments is a midnight, they are dates."""
    import polars as pl

    if not isinstance(found.dtype, (pl.Date, pl.Datetime)):
        texts = found.cast(pl.String).fill_null("").str.strip_chars()
        bounds, wrong = four(texts)
        return bounds, Faulty(bounds["day"].is_null(), wrong, texts)
    within, beyond = _in_a_calendar(found)
    is_day = isinstance(found.dtype, pl.Date)
    bounds, reason = (_of_days(within), _OUTSIDE) if is_day else _of_moments(within, notes, dates=dates)
    missing = bounds["day"].is_null()
    unread = missing & found.is_not_null()
    if not unread.any():
        return bounds, Faulty(missing, {}, pl.repeat("", len(found), dtype=pl.String, eager=True))
    texts = within.set(~unread, None).cast(pl.String).fill_null("")
    if beyond:
        texts = texts.set(beyond.rows, None).fill_null(beyond.texts)
    return bounds, Faulty(missing, {one: reason for one in texts.unique() if one}, texts)


def _of_days(found: pl.Series) -> pl.DataFrame:
    """The bounds of days; null outside the years that records can be of."""
    import polars as pl

    days = found.to_physical().cast(pl.Int64)
    first, end = (one.toordinal() - EPOCH for one in (_FIRST, _END))
    day = days.set(~days.is_between(first, end, closed="left"), None)
    midnight = day.cast(pl.Int32).cast(pl.Date).cast(pl.Datetime("us"))
    start = midnight.dt.replace_time_zone("Europe/London").dt.timestamp("us")
    last = midnight.dt.offset_by("1d").dt.replace_time_zone("Europe/London").dt.timestamp("us") - 1
    return pl.DataFrame({"from": start, "to": last, "day": day, "last_day": day})


def _of_moments(found: pl.Series, notes: list[str], *, dates: bool) -> tuple[pl.DataFrame, str]:
    """The bounds of moments; null outside those years; and what is wrong with the others."""
    import polars as pl

    zone = found.dtype.time_zone  # type: ignore[attr-defined]
    at = found.cast(pl.Datetime("us", zone))
    stamps, first, end = at.dt.timestamp("us"), day_start(_FIRST), day_start(_END)
    if not _lie_within(stamps, first, end):
        at = at.set(~stamps.is_between(first, end, closed="left").fill_null(True), None)
    if zone is None:
        at = at.dt.replace_time_zone("Europe/London", ambiguous="earliest", non_existent="null")
    at = at.dt.convert_time_zone("Europe/London")
    stamps = at.dt.timestamp("us")
    if dates and _are_dates(at.filter(stamps % _HOUR == 0), len(at) - at.null_count(), notes, of_utc=zone is not None):
        return _of_days(at.dt.date()), _OUTSIDE
    if zone is None:
        notes.append(f"The times of {found.name} have no zone: read as the wall time of Europe/London.")
    day = at.dt.date().to_physical().cast(pl.Int64)
    bounds = pl.DataFrame({"from": stamps, "to": stamps, "day": day, "last_day": day})
    return bounds, _OUTSIDE if zone else _NO_WALL


def _are_dates(whole: pl.Series, every: int, notes: list[str], *, of_utc: bool) -> bool:
    """Whether `every` moment, of which these are those of whole hours, is a midnight, of Europe/London or all `of_utc`; what is
    to be known of that is noted."""
    many = int((whole.dt.time() == time(0)).sum())
    if 0 < every == many or (of_utc and len(whole) == every and all_midnights(whole)):
        notes.append(DATES_BY_MIDNIGHT)
        return True
    if many:
        notes.append(midnights_among(many, every))
    return False
