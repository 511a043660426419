"""Any CSV, read through a mapping that says which of its columns is what (`mapping`).

A row is an event, or (`[dates]`) a record of several dates, each of which is one. Headers and values are matched whatever
their case and the spaces in them. A value of the event column that the mapping does not know is rejected, and said, so
that the mapping can be made whole. Unless the mapping says otherwise (`[carries]`), the file can hold the transitions and
details that the mapping names, and nothing that it does not name is held against it. Of an episode's opening whose date
could not be read, or that a record leaves out before dates of what follows it, the file is taken to hold some only.
Where every time is a midnight, they are dates.
"""

from __future__ import annotations

__all__ = ["Mapping", "load_mapping", "read"]

import json
from collections.abc import Iterable
from collections.abc import Mapping as Table
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats.cells import restored_column
from frontdoor.formats.csv_records import as_lines, records, unfit
from frontdoor.formats.event_rows import listed, source_of
from frontdoor.formats.mapping import Mapping, load_mapping, mapping_of
from frontdoor.formats.source import DETAIL, Rejected, Source, polars
from frontdoor.library import load

if TYPE_CHECKING:
    import polars as pl

_MOST_COLUMNS = 5000
_MONTH_FIRST = r"^\d{1,2}/(?:1[3-9]|2\d|3[01])/\d{4}"
_OTHERS = {";": "semicolons", ",": "commas", "\t": "tabs", "|": "bars"}


def read(content: bytes, name: str, mapping: Mapping | Table[str, Any]) -> Source:
    """Read a CSV file through a mapping (or the tables of one). A row that has no case, an event that the mapping does not
    know, or a date that is not written as it says, is rejected.

    Raises:
        InputError: it is not CSV in that encoding, a column that the mapping names is missing, or there is no row.
    """
    polars()
    import polars as pl

    mapping = mapping if isinstance(mapping, Mapping) else mapping_of(mapping)
    lines = as_lines(content, name, _encoding(content, name, mapping))[mapping.lines_above :]
    header = next(records(lines, mapping.delimiter), [])
    if isinstance(header, str):
        raise InputError([Fault(name, "header", "not-csv", header)])
    if wide := unfit(name, header, content, most=_MOST_COLUMNS):
        raise InputError([wide])
    columns = _columns(name, header, mapping)
    table, rejected = _table(lines, header, mapping)
    if not table.height and not rejected:
        raise InputError([Fault(name, "", "no-rows", "has a header and no rows.")])
    notes = list(_passed_over(header, columns))
    if mapping.dates:
        frame, shown = _by_date(table, columns, mapping), {}
        dates = len(mapping.dates)
        notes.append(f"A row is a record of {listed(dates, 'date')}: position {dates + 1} is the first date of row 2.")
    else:
        said = {**mapping.columns, **{DETAIL + detail: theirs for detail, theirs in mapping.details.items()}}
        frame = table.select("position", **{ours: _joined(columns, theirs) for ours, theirs in said.items()})
        shown = {ours: " and ".join(theirs) for ours, theirs in mapping.columns.items()}
    constant = {key: text for key, text in mapping.constants.items() if key not in frame.columns}
    frame = frame.with_columns(pl.lit(text).alias(key) for key, text in constant.items())
    frame, unread, named = _meant(frame, mapping, notes)
    source = source_of(
        frame, name, "mapped-csv", carries=mapping.carries, notes=notes, rejected=unread, shown={}, dates=True
    )
    undated = [one.row for one in source.rejected if one.column == "happened_at"]
    lacking = {*named.filter(pl.col("position").is_in(undated))["event"], *_absent(table, columns, mapping)}
    carries = source.carries
    openings = {event for event in lacking & _openings() if carries.holds(event)}
    source.carries = attrs.evolve(carries, partial=carries.partial | openings)
    source.rejected = sorted([*rejected, *(_placed(one, mapping, shown) for one in source.rejected)])
    return source


def _encoding(content: bytes, name: str, mapping: Mapping) -> str:
    """The encoding of a file, which it is in throughout."""
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    encoding = mapping.encoding or ("utf-16" if marked else "utf-8")
    codec = {"utf-8": "utf-8-sig", "utf-16": "utf-16" if marked else "utf-16-le"}.get(encoding, encoding)
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        message = f"is not {encoding} text (line {row} has a byte that it cannot have)."
        advice = f'Say its encoding in {mapping.shown}, such as encoding = "cp1252".'
        raise InputError([Fault(name, "", "encoding", message, advice)]) from None
    if "\x00" in text:
        advice = f'Is it UTF-16? Say encoding = "utf-16" in {mapping.shown}.'
        raise InputError([Fault(name, "", "not-csv", "is not a CSV file: it holds NUL characters.", advice)])
    return codec


def _folded(text: str) -> str:
    """Text, whatever its case and the spaces in it."""
    return " ".join(text.lower().split())


def _columns(name: str, header: list[str], mapping: Mapping) -> dict[str, int]:
    """The place of each column that the mapping names.

    Raises:
        InputError: one of them is missing or doubled.
    """
    folded = [_folded(column) for column in header]
    other = next((mark for mark in _OTHERS if mark != mapping.delimiter and header and mark in header[0]), "")
    if len(header) <= 1 and other:
        message = (
            f"has its columns parted by {_OTHERS[other]}, not by {_OTHERS.get(mapping.delimiter, mapping.delimiter)}."
        )
        advice = f"Say delimiter = {json.dumps(other)} in {mapping.shown}."
        raise InputError([Fault(name, "header", "delimiter", message, advice)])
    found: dict[str, int] = {}
    faults = []
    for where, column in mapping.named():
        many = folded.count(_folded(column))
        if not many:
            close = did_you_mean(column, [other for other in header if other.strip()])
            advice = f"{close.strip()} It is named in {mapping.shown}, {where}.".strip()
            faults.append(Fault(name, "header", "missing-column", f"there is no column {column!r}.", advice))
        elif many > 1:
            message = f"there are {many} columns {column!r}: which is meant ({mapping.shown}, {where}) cannot be told."
            faults.append(Fault(name, "header", "doubled-column", message))
        else:
            found[column] = folded.index(_folded(column))
    if faults:
        raise InputError(list(dict.fromkeys(faults)))
    return found


def _table(lines: list[str], header: list[str], mapping: Mapping) -> tuple[pl.DataFrame, list[Rejected]]:
    """The cells as text, by the place of their columns, with their `position`; and the rows that are none."""
    import polars as pl

    rows: list[tuple[object, ...]] = []
    rejected = []
    for position, cells in enumerate(records(lines, mapping.delimiter)):
        if position == 0:
            continue
        if isinstance(cells, str):
            rejected.append(Rejected(position, "", cells, ""))
        elif len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            reason = f"has {len(cells)} cells where the header has {len(header)}: is a delimiter not in quotes?"
            rejected.append(
                Rejected(position, header[-1][:60], reason, mapping.delimiter.join(cells[len(header) - 1 :])[:100])
            )
        else:
            rows.append((position, *cells[: len(header)], *[""] * (len(header) - len(cells))))
    names = [str(place) for place in range(len(header))]
    schema = {"position": pl.Int64, **dict.fromkeys(names, pl.String)}
    table = pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col(pl.String).str.strip_chars())
    table = table.with_columns(restored_column(place) for place in names)
    return table.with_columns(pl.col(pl.String).replace(list(mapping.empty), "")), rejected


def _passed_over(header: list[str], columns: dict[str, int]) -> Iterable[str]:
    others = [column.strip() for place, column in enumerate(header) if place not in columns.values() and column.strip()]
    if others:
        more = f" and {len(others) - 12} more" if len(others) > 12 else ""
        yield f"Columns that the mapping does not name were passed over: {', '.join(one[:40] for one in others[:12])}{more}."


def _joined(columns: dict[str, int], theirs: tuple[str, ...]) -> pl.Expr:
    """Columns as one text, those that say nothing left out."""
    import polars as pl

    cells = [pl.col(str(columns[column])) for column in theirs]
    return (
        cells[0]
        if len(cells) == 1
        else pl.concat_str(cells, separator=" ").str.replace_all(r"\s+", " ").str.strip_chars()
    )


def _by_date(table: pl.DataFrame, columns: dict[str, int], mapping: Mapping) -> pl.DataFrame:
    """A row for each date of each record, numbered through, those that say nothing left out."""
    import polars as pl

    frames = []
    dates = mapping.dates
    every = {DETAIL + name for details in (mapping.details, *(date.details for date in dates)) for name in details}
    every |= {name for named in (mapping.columns, *(date.columns for date in dates)) for name in named}
    for number, date in enumerate(dates, 1):
        said = {**mapping.columns, **date.columns, "happened_at": (date.column,)}
        said |= {DETAIL + name: theirs for name, theirs in {**mapping.details, **date.details}.items()}
        if date.event_in:
            said["event"] = date.event_in
        cells = {name: _joined(columns, theirs) for name, theirs in said.items()}
        cells |= {name: pl.lit("") for name in every if name not in said}
        cells["given"] = pl.lit(date.event)
        cells.setdefault("event", pl.lit(""))
        position = (pl.col("position") - 1) * len(dates) + number
        frame = table.select(position, **cells).filter(pl.col("happened_at") != "")
        frames.append(frame.select(sorted(frame.columns)))
    return pl.concat(frames).sort("position")


def _absent(table: pl.DataFrame, columns: dict[str, int], mapping: Mapping) -> Iterable[str]:
    """The events that a record does not date, though it does one that the mapping names after it."""
    import polars as pl

    said = [_joined(columns, (date.column,)) != "" for date in mapping.dates]
    for place, date in enumerate(mapping.dates[:-1]):
        if date.event and table.select((~said[place] & pl.any_horizontal(said[place + 1 :])).any()).item():
            yield date.event


def _openings() -> set[str]:
    """The transitions that open an episode of any workflow."""
    every = [flows.workflows for flows in load().composed.values()]
    return {f"{name}.{flow.opens_with}" for workflows in every for name, flow in workflows.items()}


def _meant(
    frame: pl.DataFrame, mapping: Mapping, notes: list[str]
) -> tuple[pl.DataFrame, list[Rejected], pl.DataFrame]:
    """With the events, roles and dates that the values of the file stand for; the rows whose values stand for none; and the
    event of each row, by position, whatever its date."""
    import polars as pl

    rejected: list[Rejected] = []
    if mapping.ignores:
        ignored = _values(frame["event"]).is_in([_folded(value) for value in mapping.ignores])
        if ignored.any():
            notes.append(
                f"{listed(int(ignored.sum()), 'row')} passed over, as the mapping says: {', '.join(mapping.ignores)[:200]}."
            )
            frame = frame.filter(~ignored)
    if mapping.events:
        known = {_folded(value): event for value, event in mapping.events.items()}
        events = _values(frame["event"]).replace_strict(
            list(known), list(known.values()), default=None, return_dtype=pl.String
        )
        odd = events.is_null() & (frame["event"] != "")
        if "given" in frame.columns:
            odd &= frame["given"] == ""
        said = {
            value: f"is no event that the mapping knows.{did_you_mean(value[:80], mapping.events)}"
            for value in frame["event"].filter(odd).unique().head(100)
        }
        for position, value in frame.filter(odd).select("position", "event").iter_rows():
            rejected.append(
                Rejected(position, "event", said.get(value, "is no event that the mapping knows."), value[:100])
            )
        frame = frame.with_columns(event=events.fill_null("")).filter(~odd)
    if "given" in frame.columns:
        event = pl.when(pl.col("given") != "").then("given").otherwise("event")
        frame = frame.with_columns(event=event).drop("given")
    if mapping.roles and "role" in frame.columns:
        roles = {_folded(value): role for value, role in mapping.roles.items()}
        meant = _values(frame["role"]).replace_strict(
            list(roles), list(roles.values()), default=None, return_dtype=pl.String
        )
        unknown = frame["role"].filter(meant.is_null() & (frame["role"] != "")).unique().sort()
        if len(unknown):
            shown = ", ".join(repr(value[:40]) for value in unknown[:6])
            notes.append(f"Roles that the mapping does not name stand as they are: {shown}.")
        frame = frame.with_columns(role=meant.fill_null(frame["role"]))
    named = frame.select("position", "event")
    for column in ("happened_at", "recorded_at"):
        if column in frame.columns:
            frame, unread = _dated(frame, column, mapping)
            rejected += unread
    return frame, rejected, named


def _values(texts: pl.Series) -> pl.Series:
    """Values, whatever their case and the spaces in them."""
    return texts.str.to_lowercase().str.replace_all(r"\s+", " ")


def _dated(frame: pl.DataFrame, column: str, mapping: Mapping) -> tuple[pl.DataFrame, list[Rejected]]:
    """With a column of dates in ISO 8601; and the rows whose dates are not written as the mapping says."""
    import polars as pl

    texts, asked = frame[column], mapping.date_format
    if asked is None:
        odd = texts.str.contains(_MONTH_FIRST)
        reason = f'is not dd/mm/yyyy: where the month stands first, say date_format = "mm/dd/yyyy" in {mapping.shown}.'
    else:
        there = texts.unique()
        iso = {text: asked.iso(text) for text in there if text}
        texts = (
            texts.replace_strict(list(iso), list(iso.values()), default="", return_dtype=pl.String) if iso else texts
        )
        odd = texts.is_null()
        reason = f"is no date written as {asked.written}."
    bad = frame.filter(odd).select("position", column)
    rejected = [Rejected(position, column, reason, text[:100]) for position, text in bad.iter_rows()]
    return frame.with_columns(texts.alias(column)).filter(~odd), rejected


def _placed(one: Rejected, mapping: Mapping, shown: dict[str, str]) -> Rejected:
    """What was rejected, by the row and column of the file itself."""
    if not mapping.dates:
        column = shown.get(one.column, one.column)
        return one._replace(column=column)
    row, number = divmod(one.row - 1, len(mapping.dates))
    date = mapping.dates[number]
    theirs = {"happened_at": (date.column,), "event": date.event_in, **mapping.columns, **date.columns}
    return one._replace(row=row + 1, column=" and ".join(theirs.get(one.column, ())) or one.column)
