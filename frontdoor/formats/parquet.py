"""The flat event log as Parquet: the same columns, each of its own kind.

`happened_at` and `recorded_at` are dates, moments (with a zone, or the wall time of Europe/London) or texts as in the flat
log; the others are texts, or numbers, which are read as text. Any other column is a detail by its name; one that is
called like a column of the table has `detail.` before it. Columns that are nested are passed over.

Of a file of millions of rows the columns that hold few different texts are kept as such, a number a row (`pl.Enum`).
"""

from __future__ import annotations

__all__ = ["read", "write"]

import io
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from frontdoor.compiled import Carries
from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats.event_rows import ONLY_MIDNIGHTS, case_ids, four, only_midnights
from frontdoor.formats.source import COLUMNS, DETAIL, Rejected, Source, polars, standing
from frontdoor.formats.writing import detail_name, key_of, left_out
from frontdoor.moment import EPOCH, FIRST_YEAR, LAST_YEAR, day_start

if TYPE_CHECKING:
    import polars as pl

    _Faulty = dict[str, tuple[pl.Series, dict[str, str], pl.Series]]

_REQUIRED = COLUMNS[:3]
_OWN = ("case_id", "episode", "family")
"""Of these nearly each has a text of its own."""
_DATED = {"happened_at": "happened", "recorded_at": "recorded"}
_BOUNDS = ("from", "to", "day", "last_day")
_MOST_COLUMNS = 2000
_MOST_BYTES = 4 << 30
_FREE_ROWS, _ROWS_A_BYTE = 1_000_000, 20
_MANY = 2_000_000
"""Rows from which a text of its own in each of them would be too much."""
_SAMPLE, _FEW = 100_000, 10_000


def read(file: Path | str | bytes, name: str, *, many: int = _MANY) -> Source:
    """Read a file, or the bytes of one, column by column. A row that has no case, no event, or no date is rejected. From
    `many` rows on, columns of few different texts are kept as such.

    Raises:
        InputError: it is not Parquet or is damaged, a column is missing or of another kind, or there is no row.
    """
    polars()
    import polars as pl

    try:
        return _read(file, name, many)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, MemoryError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        first = (str(error).splitlines() or [""])[0][:120]
        message = f"cannot be read as Parquet ({first}): it is damaged, breaks off, or is something else."
        raise InputError([Fault(name, "", "not-parquet", message, "Export or copy it again.")]) from None


class _File:
    """A Parquet file, of which one column after another is read."""

    def __init__(self, file: Path | str | bytes) -> None:
        self.file = file
        self.size = len(file) if isinstance(file, bytes) else Path(file).stat().st_size

    def opened(self) -> Path | IO[bytes]:
        """What polars reads from."""
        return io.BytesIO(self.file) if isinstance(self.file, bytes) else Path(self.file)

    def column(self, name: str) -> pl.Series:
        """One column."""
        import polars as pl

        found = pl.read_parquet(self.opened(), columns=[name], glob=False, hive_partitioning=False)
        return found.to_series().rechunk()

    def scanned(self) -> pl.LazyFrame:
        """What it says of itself."""
        import polars as pl

        return pl.scan_parquet(self.opened(), glob=False, hive_partitioning=False)

    def rows(self) -> int:
        """How many rows it says that it has."""
        import polars as pl

        return int(self.scanned().select(pl.len()).collect().item())


def _read(given: Path | str | bytes, name: str, many: int) -> Source:
    import polars as pl

    file = _File(given)
    schema = dict(file.scanned().collect_schema())
    faults = list(_faults(name, schema))
    if faults:
        raise InputError(faults)
    height = file.rows()
    if height > _FREE_ROWS and height > _ROWS_A_BYTE * file.size:
        message = f"unpacks to {height:,} rows from {file.size:,} bytes, which no event log does: it is not read."
        raise InputError([Fault(name, "", "bomb", message)])
    if not height:
        raise InputError([Fault(name, "", "no-rows", "has columns and no rows.")])
    notes: list[str] = []
    nothing = pl.repeat("", height, dtype=pl.String, eager=True)
    columns: dict[str, pl.Series] = {}
    for column in COLUMNS:
        if column not in _DATED:
            columns[column] = _text(file, name, column, many, whole=True) if column in schema else nothing
    ids = case_ids(pl.DataFrame({"case_id": columns["case_id"]}), notes)
    columns["case_id"] = ids["case_id"]
    named = _details(schema, notes)
    for column, detail in named.items():
        columns[DETAIL + detail] = _text(file, name, column, many)
    faulty: _Faulty = {column: (columns[column] == "", {}, nothing) for column in ("case_id", "event")}
    for column, prefix in _DATED.items():
        if column in schema:
            texts, bounds, wrong = _moments(file.column(column), column, notes)
            columns |= {f"{prefix}_{bound}": bounds[bound] for bound in _BOUNDS}
            missing = bounds["day"].is_null()
            faulty[column] = (missing & (texts != "") if column == "recorded_at" else missing, wrong, texts)
        else:
            never = pl.repeat(None, height, dtype=pl.Int64, eager=True)
            columns |= {f"{prefix}_{bound}": never for bound in _BOUNDS}
    return _source(name, columns, faulty, tuple(named.values()), notes)


def _source(
    name: str, columns: dict[str, pl.Series], faulty: _Faulty,
    details: tuple[str, ...], notes: list[str],
) -> Source:  # fmt: skip
    import polars as pl

    rejected = []
    for column, (bad, wrong, texts) in faulty.items():
        for row in bad.arg_true():
            text = texts[row]
            rejected.append(
                Rejected(row + 1, column, wrong.get(text, "is empty." if not text else "is no date."), text[:100])
            )
    names = (
        "case_id", "event", "actor", "role", "episode", "family", *(DETAIL + detail for detail in details),
        "happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day",
    )  # fmt: skip
    position = pl.int_range(1, len(columns["event"]) + 1, dtype=pl.Int64, eager=True)
    days = {"day": columns["happened_day"], "last_day": columns["happened_last_day"]}
    events = pl.DataFrame({"position": position, **{name: columns[name] for name in names}, **days})
    if rejected:
        events = events.filter(~pl.col("position").is_in([one.row for one in rejected]))
    return Source(
        name, "parquet", events, Carries(details=frozenset(details)), sorted(rejected), notes, details=details
    )


def _faults(name: str, schema: dict[str, pl.DataType]) -> list[Fault]:
    import polars as pl

    if len(schema) > _MOST_COLUMNS:
        message = f"has {len(schema):,} columns, and {_MOST_COLUMNS:,} are the most: it is no event log."
        return [Fault(name, "", "too-many-columns", message)]
    faults = []
    for column in _REQUIRED:
        if column not in schema:
            close = did_you_mean(column, [other for other in schema if other not in COLUMNS])
            advice = close.strip() if "mean" in close else f"It needs {', '.join(_REQUIRED)} at least."
            faults.append(Fault(name, "", "missing-column", f"there is no column {column}.", advice))
    for column in COLUMNS:
        kind = schema.get(column)
        if kind is None:
            continue
        dated = (
            kind == pl.String or kind == pl.Null or isinstance(kind, (pl.Date, pl.Datetime, pl.Categorical, pl.Enum))
        )
        if column in _DATED and not dated:
            message = f"holds {kind}, not dates, times or texts."
            faults.append(Fault(name, f"column {column}", "wrong-kind", message))
        elif column not in _DATED and not _is_plain(kind):
            faults.append(Fault(name, f"column {column}", "wrong-kind", f"holds {kind}, not texts or numbers."))
    return faults


def _is_plain(kind: Any) -> bool:
    import polars as pl

    return not kind.is_nested() and kind not in (pl.Binary, pl.Object, pl.Unknown)


def _details(schema: dict[str, pl.DataType], notes: list[str]) -> dict[str, str]:
    """The columns that are details, each with the detail's name."""
    found: dict[str, str] = {}
    passed = []
    for column, kind in schema.items():
        if column in COLUMNS:
            continue
        if _is_plain(kind):
            detail = detail_name(column)
            found[column] = column if detail in schema and detail not in COLUMNS else detail
        else:
            passed.append(column[:40])
    if passed:
        more = f" and {len(passed) - 8} more" if len(passed) > 8 else ""
        notes.append(f"Columns that are nested or hold bytes were passed over: {', '.join(passed[:8])}{more}.")
    return found


def _text(file: _File, name: str, column: str, many: int, *, whole: bool = False) -> pl.Series:
    """A column as text, nothing around it; `whole`: numbers without a part after the point are whole ones. Of `many` rows or
    more, few different texts are kept as such."""
    import polars as pl

    found = file.column(column)
    if found.dtype.is_float() and whole and (found.is_null() | (found == found.floor())).all():
        found = found.cast(pl.Int64, strict=False)
    elif isinstance(found.dtype, pl.Datetime):
        found = found.dt.to_string("%Y-%m-%dT%H:%M:%S%.f" + ("%:z" if found.dtype.time_zone else ""))
    text = found if found.dtype == pl.String else found.cast(pl.String)
    if text.str.len_bytes().sum() > _MOST_BYTES:
        message = f"unpacks to more than {_MOST_BYTES >> 30} GB of text, which no event log does: it is not read."
        raise InputError([Fault(name, f"column {column[:80]}", "bomb", message)])
    text = text.fill_null("")
    is_few = column not in _OWN and text.head(_SAMPLE).n_unique() < _FEW
    said = text.unique() if is_few else text  # few are soon looked at
    if said.str.contains(r"^\s|\s$").any():  # stripping copies every text
        text, said = text.str.strip_chars(), said.str.strip_chars()
    if said.str.contains("\x00", literal=True).any():
        text, said = (one.str.replace_all("\x00", "\N{REPLACEMENT CHARACTER}", literal=True) for one in (text, said))
    if not is_few or len(text) < many or len(said) >= _FEW:
        return text
    return text.cast(pl.Enum(["", *sorted(set(said) - {""})]))


def _moments(found: pl.Series, column: str, notes: list[str]) -> tuple[pl.Series, pl.DataFrame, dict[str, str]]:
    """A column of dates, moments or texts: as texts where it cannot be read, its bounds, and what is wrong with each text."""
    import polars as pl

    if not isinstance(found.dtype, (pl.Date, pl.Datetime)):
        text = found.cast(pl.String).fill_null("").str.strip_chars()
        return text, *four(text)
    wrong = f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}: correct it, or leave it empty."
    first_day, end = date(FIRST_YEAR, 1, 1), date(LAST_YEAR + 1, 1, 1)
    if isinstance(found.dtype, pl.Date):
        days = found.cast(pl.Int32).cast(pl.Int64)
        day = days.set(~days.is_between(first_day.toordinal() - EPOCH, end.toordinal() - EPOCH, closed="left"), None)
        midnight = day.cast(pl.Int32).cast(pl.Date).cast(pl.Datetime("us"))
        first = midnight.dt.replace_time_zone("Europe/London").dt.timestamp("us")
        last = midnight.dt.offset_by("1d").dt.replace_time_zone("Europe/London").dt.timestamp("us") - 1
        bounds = pl.DataFrame({"from": first, "to": last, "day": day, "last_day": day})
    else:
        at = found.cast(pl.Datetime("us", found.dtype.time_zone))
        stamps = at.dt.timestamp("us")
        at = at.set(~stamps.is_between(day_start(first_day), day_start(end), closed="left"), None)
        if found.dtype.time_zone is None:
            notes.append(f"The times of {column} have no zone: read as the wall time of Europe/London.")
            at = at.dt.replace_time_zone("Europe/London", ambiguous="earliest", non_existent="null")
            wrong = f"{wrong[:-1]}; or is a wall time that does not exist, as the clocks went forward over it."
        else:
            at = at.dt.convert_time_zone("Europe/London")
        if column == "happened_at" and only_midnights(at):
            notes.append(ONLY_MIDNIGHTS)
        day = at.dt.date().cast(pl.Int32).cast(pl.Int64)
        stamps = at.dt.timestamp("us")
        bounds = pl.DataFrame({"from": stamps, "to": stamps, "day": day, "last_day": day})
    unread = bounds["day"].is_null() & found.is_not_null()
    if not unread.any():
        return pl.repeat("", len(found), dtype=pl.String, eager=True), bounds, {}
    text = found.set(~unread, None).cast(pl.String).fill_null("")
    return text, bounds, {one: wrong for one in text.unique() if one}


def write(source: Source, path: Path) -> list[str]:
    """Write the events that now stand, and say what could not be carried: the columns of the flat log, with dates where all are
    dates, moments where all are moments, else texts.

    Raises:
        OSError: the file cannot be written.
    """
    import polars as pl

    events = standing(source.events)
    happened = _written(events["happened_from"], events["happened_to"], events["day"], events["last_day"])
    recorded_day = events["recorded_day"]
    recorded = _written(events["recorded_from"], events["recorded_to"], recorded_day, recorded_day)
    frame = events.with_columns(happened_at=happened, recorded_at=recorded).select(
        *COLUMNS, *(pl.col(DETAIL + detail).alias(key_of(detail, COLUMNS)) for detail in source.details)
    )
    with path.open("wb") as out:
        frame.write_parquet(out)
    return left_out(source)


def _written(first: pl.Series, last: pl.Series, day: pl.Series, last_day: pl.Series) -> pl.Series:
    """When things happened, as one column of the kind that holds all of them."""
    import polars as pl

    moment, dated = first == last, day == last_day
    at = first.cast(pl.Datetime("us", "UTC"))
    if moment.all():
        return at
    on, until = (column.cast(pl.Int32).cast(pl.Date) for column in (day, last_day))
    if (dated & ~moment).all():
        return on
    local = at.dt.convert_time_zone("Europe/London").dt.to_string("%Y-%m-%dT%H:%M:%S%.6f%:z")
    days, ends = on.cast(pl.String), until.cast(pl.String)
    texts = pl.DataFrame({"moment": moment, "dated": dated, "local": local, "days": days, "ends": ends})
    return texts.select(
        pl.when("moment").then("local").when("dated").then("days").otherwise(pl.col("days") + "/" + pl.col("ends"))
    ).to_series()
