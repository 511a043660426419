"""The flat event log: CSV in UTF-8, one event a row, `case_id`, `event` and `happened_at` at least.

Further columns `recorded_at`, `actor`, `role`, `episode`, `family`; any other column is a detail by its name.
"""

from __future__ import annotations

__all__ = ["Writer", "as_text", "read", "write"]

import csv
import inspect
import io
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from frontdoor.compiled import Carries
from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats.cells import restored, restored_column, safe
from frontdoor.formats.csv_records import as_lines, not_text, records, unfit
from frontdoor.formats.event_rows import case_ids, nameless, no_name, without_overlong
from frontdoor.formats.first_look import Looked, nothing_readable
from frontdoor.formats.source import (
    COLUMNS,
    DETAIL,
    Rejected,
    Source,
    happened_at,
    moments,
    month_first,
    not_utf8,
    polars,
    recorded_at,
    standing,
)  # fmt: skip
from frontdoor.moment import written

if TYPE_CHECKING:
    import polars as pl

_REQUIRED = COLUMNS[:3]
_MOST_COLUMNS = 2000
_SHOWN = 1000
"""Characters of a text that cannot be read that are shown."""
_HEADER = 1000
"""Lines in which the first record ends, whatever stands in quotes in it."""
_HEAD = b"header\n"
_ADVICE = "Export it again, or, where it calls its columns or events by names of its own, read it through a --mapping."


def read(content: bytes, name: str) -> Source:
    """Read a flat event log. A row that has no case, no event, or a date that cannot be read is rejected.

    Raises:
        InputError: it is not CSV in UTF-8, a column is missing or doubled, there is no row under the header, or of a large
            file none that can be read.
    """
    polars()
    if error := not_text(content, "utf-8"):
        raise InputError([not_utf8(name, content, error)])
    if b"\x00" in content:
        message = "is not a CSV file: it holds NUL characters."
        raise InputError(
            [Fault(name, "", "not-csv", message, "Save it as UTF-8, if it is UTF-16; else export it again.")]
        )
    lines = as_lines(content, name, "utf-8-sig", most=_HEADER)
    found = next(records(lines), []) if lines and lines[0].strip() else []
    if isinstance(found, str):
        raise InputError([Fault(name, "header", "not-csv", found)])
    header = [restored(column.strip()) for column in found]
    if wide := unfit(name, header, content, most=_MOST_COLUMNS):
        raise InputError([wide])
    faults = list(_header_faults(name, header, lines[0] if lines else ""))
    if faults:
        raise InputError(faults)
    lost = nothing_readable(content, name, lambda part: _looked(part, name, header), head=_HEAD, advice=_ADVICE)
    if lost:
        raise InputError(lost)
    frame, rejected = _rows(content.removeprefix(b"\xef\xbb\xbf"), name, header)
    if not frame.height and not rejected:
        raise InputError([Fault(name, "", "no-rows", "has a header and no rows.")])
    notes: list[str] = []
    frame = without_overlong(case_ids(frame, notes), rejected)
    details = tuple(column for column in header if column not in COLUMNS)
    events, more = _events(frame, [column for column in header if column in COLUMNS], details)
    notes += month_first(more)
    return Source(
        name,
        "flat-csv",
        events,
        Carries(details=frozenset(details)),
        sorted([*rejected, *more]),
        notes,
        details=details,
    )


def _looked(part: bytes, name: str, header: list[str]) -> Looked:
    """What is in a part of a file, which begins with a line for the header."""
    frame, rejected = _rows(part, name, header)
    rows = frame.height + len(rejected)
    _, more = _events(without_overlong(frame, rejected), [column for column in header if column in COLUMNS], ())
    return Looked(rows, [*rejected, *more])


def _header_faults(name: str, header: list[str], line: str) -> list[Fault]:
    faults = []
    other = next((mark for mark, said in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")) if mark in line), "")
    if len(header) == 1 and other:
        said = {";": "semicolons", "\t": "tabs", "|": "bars"}[other]
        return [Fault(name, "header", "not-commas", f"has its columns parted by {said}: save it as CSV, with commas.")]
    for column in _REQUIRED:
        if column not in header:
            close = did_you_mean(column, [other for other in header if other not in COLUMNS])
            advice = (
                f"{close.strip()} Call it {column}."
                if "mean" in close
                else f"The first row must name {', '.join(_REQUIRED)} at least."
            )
            faults.append(Fault(name, "header", "missing-column", f"there is no column {column}.", advice))
    for column in dict.fromkeys(header):
        if header.count(column) > 1 and (column or len(set(header)) < len(header)):
            shown = column[:60] or "without a name"
            faults.append(Fault(name, "header", "doubled-column", f"there are {header.count(column)} columns {shown}."))
    return faults


def _rows(content: bytes, name: str, header: list[str]) -> tuple[pl.DataFrame, list[Rejected]]:
    """The cells as text with their `position`, nothing around them: quickly where the file is regular, else row by row.

    Details have `detail.` before their name, so that they may be called anything.
    """
    import polars as pl

    names = [column if column in COLUMNS else DETAIL + column for column in header]
    if b'"' not in content and b"\r" not in content:
        try:
            frame = pl.read_csv(
                content, infer_schema=False, has_header=False, skip_rows=1, new_columns=names, quote_char=None,
                schema=dict.fromkeys(names, pl.String), row_index_name="position", row_index_offset=1, **_nothing_is_empty(),
            )  # fmt: skip
            frame = frame.with_columns(pl.col(name).fill_null("") for name in names if frame[name].null_count())
            if not frame.select(pl.all_horizontal(pl.col(_REQUIRED) == "").any()).item():  # else a line is blank
                if _may_be_padded(content):
                    frame = frame.with_columns(pl.col(pl.String).str.strip_chars())
                if b"'" in content:
                    frame = frame.with_columns(restored_column(name) for name in names)
                return frame.with_columns(pl.col("position").cast(pl.Int64)), []
        except pl.exceptions.PolarsError:
            pass  # a row with too many cells: read on, and say which
    rows: list[tuple[object, ...]] = []
    rejected = []
    for position, cells in enumerate(records(as_lines(content, name))):
        if position == 0:
            continue
        if isinstance(cells, str):
            rejected.append(Rejected(position, "", cells, ""))
        elif len(cells) > len(header):
            reason = f"has {len(cells)} cells where the header has {len(header)}: is a comma not in quotes?"
            rejected.append(Rejected(position, header[-1][:60], reason, ",".join(cells[len(header) - 1 :])[:_SHOWN]))
        else:
            rows.append((position, *cells, *[""] * (len(header) - len(cells))))
    schema = {"position": pl.Int64, **dict.fromkeys(names, pl.String)}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col(pl.String).str.strip_chars())
    return frame.with_columns(restored_column(name) for name in names), rejected


@cache
def _nothing_is_empty() -> dict[str, Any]:
    """How polars is told that a cell with nothing in it is empty text; releases differ."""
    import polars as pl

    told = "empty_string_is_null" in inspect.signature(pl.read_csv).parameters
    return {"empty_string_is_null": False} if told else {"missing_utf8_is_empty_string": True}


_SPACES = (b"\t", b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e", b"\x1f")
_STRETCH = 1 << 24


def _may_be_padded(content: bytes) -> bool:
    """Whether some cell may have white space around its text; to look is much quicker than to strip them all."""
    import numpy

    if not content.isascii() or any(space in content for space in _SPACES):
        return True
    every = numpy.frombuffer(content, "uint8")
    edges = numpy.zeros(256, bool)
    edges[[ord(","), ord("\n")]] = True
    for start in range(0, len(every), _STRETCH):
        some = every[max(0, start - 1) : start + _STRETCH + 1]
        at = numpy.flatnonzero(some[1:-1] == ord(" ")) + 1
        if edges[some[at - 1]].any() or edges[some[at + 1]].any():
            return True
    return bool(len(every)) and every[-1] == ord(" ")


def _events(frame: pl.DataFrame, known: list[str], details: tuple[str, ...]) -> tuple[pl.DataFrame, list[Rejected]]:
    import polars as pl

    frame = frame.with_columns(pl.lit("").alias(column) for column in COLUMNS if column not in known)
    prefixes = {"happened_at": "happened", "recorded_at": "recorded"}
    read, wrong = moments(frame.select(*prefixes), {name: prefix for name, prefix in prefixes.items() if name in known})
    if "recorded_at" not in known:
        nothing = (pl.lit(None, pl.Int64).alias(f"recorded_{bound}") for bound in ("from", "to", "day"))
        read = read.with_columns(*nothing)
    frame = pl.concat([frame, read], how="horizontal")
    says_nothing = pl.all_horizontal(pl.col(column) == "" for column in _REQUIRED)
    checks = {
        "case_id": nameless(frame["case_id"]),
        "event": nameless(frame["event"]) & ~says_nothing,
        "happened_at": pl.col("happened_day").is_null() & ~says_nothing,
        "recorded_at": pl.col("recorded_day").is_null() & (pl.col("recorded_at") != ""),
    }
    bad = frame.filter(pl.any_horizontal(*checks.values()))
    rejected = []
    for column, check in checks.items():
        why = wrong.get(column, {})
        for position, text in bad.filter(check).select("position", column).iter_rows():
            reason = (why.get(text) or no_name(text)) if text else "is empty."
            rejected.append(Rejected(position, column, reason, text[:_SHOWN]))
    events = frame.filter(~pl.any_horizontal(*checks.values())).select(
        "position", "case_id", "event", "actor", "role", "episode", "family", *(DETAIL + detail for detail in details),
        "happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day",
        day="happened_day", last_day="happened_last_day",
    )  # fmt: skip
    return events, rejected


class _Lines:
    """What csv.writer writes to: lines that end in LF. It is told CRLF, or it would not quote a cell that holds a CR."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def write(self, line: str) -> int:
        return self._out.write(line[:-2] + "\n")


class Writer:
    """Writes CSV rows that every reader reads back as they are, and no spreadsheet runs."""

    def __init__(self, out: IO[str]) -> None:
        self._rows = csv.writer(_Lines(out), lineterminator="\r\n")

    def writerow(self, cells: Iterable[object]) -> None:
        """Write a row."""
        self._rows.writerow([safe(cell) if isinstance(cell, str) else cell for cell in cells])


def as_text(source: Source) -> str:
    """The events of a source, as they stand, as a flat event log, which reads back as the same events."""
    out = io.StringIO(newline="")
    _write(source, out)
    return out.getvalue()


def write(source: Source, path: Path) -> list[str]:
    """Write the events of a source, as they stand, to a file; what it could not carry, in sentences."""
    from frontdoor.formats.writing import left_out

    with path.open("w", encoding="utf-8", newline="") as out:
        _write(source, out)
    return left_out(source)


def _write(source: Source, out: IO[str]) -> None:
    writer = Writer(out)
    writer.writerow([*COLUMNS, *source.details])
    for row in standing(source.events).iter_rows(named=True):
        said = {detail: row[DETAIL + detail] for detail in source.details}
        cells = {**row, **said, "happened_at": written(happened_at(row)), "recorded_at": written(recorded_at(row))}
        writer.writerow([cells[column] for column in (*COLUMNS, *source.details)])
