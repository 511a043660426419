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
from frontdoor.formats.csv_records import as_lines, holds_nul, not_text, records, unfit
from frontdoor.formats.first_look import Looked, nothing_readable
from frontdoor.formats.mapped_rows import absent, folded, told
from frontdoor.formats.mapping import Mapping, load_mapping, mapping_of
from frontdoor.formats.source import Rejected, Source, polars
from frontdoor.library import load

if TYPE_CHECKING:
    import polars as pl

_MOST_COLUMNS = 5000
_HEADER = 1000
"""Lines in which the header ends, whatever stands in quotes in it."""
_OTHERS = {";": "semicolons", ",": "commas", "\t": "tabs", "|": "bars"}


def read(content: bytes, name: str, mapping: Mapping | Table[str, Any]) -> Source:
    """Read a CSV file through a mapping (or the tables of one). A row that has no case, an event that the mapping does not
    know, or a date that is not written as it says, is rejected.

    Raises:
        InputError: it is not CSV in that encoding, a column that the mapping names is missing, there is no row, or of a large
            file none that can be read.
    """
    polars()
    mapping = mapping if isinstance(mapping, Mapping) else mapping_of(mapping)
    codec, marked = _encoding(content, name, mapping)
    above = mapping.lines_above
    top = as_lines(content, name, codec, most=above + _HEADER)
    top[:1] = [line.removeprefix("\ufeff") for line in top[:1]]
    header = next(records(top[above:], mapping.delimiter), [])
    if isinstance(header, str):
        raise InputError([Fault(name, "header", "not-csv", header)])
    if wide := unfit(name, header, content, most=_MOST_COLUMNS):
        raise InputError([wide])
    columns = _columns(name, header, mapping)

    def look(part: bytes) -> Looked:
        table, rejected = _table(as_lines(part, name, codec)[above:], header, mapping)
        try:
            source, _ = told(table, rejected, columns, name, mapping)
            return Looked(table.height + len(rejected), source.rejected)
        except InputError:  # its rows say nothing at all
            return Looked(table.height, [])

    lost = nothing_readable(
        content, name, look, head=("header\n" * (above + 1)).encode(codec), newline="\n".encode(codec),
        advice=f"Export it again, or say in {mapping.shown} what its columns and their values are called, and how its dates are written.",
    )  # fmt: skip
    if lost:
        raise InputError(lost)
    table, rejected = _table(as_lines(content[marked:], name, codec)[above:], header, mapping)
    if not table.height and not rejected:
        raise InputError([Fault(name, "", "no-rows", "has a header and no rows.")])
    source, undated = told(table, rejected, columns, name, mapping)
    openings = {
        event for event in {*undated, *absent(table, columns, mapping)} & _openings() if mapping.carries.holds(event)
    }
    source.carries = attrs.evolve(mapping.carries, partial=mapping.carries.partial | openings)
    source.notes = [*_passed_over(header, columns), *source.notes]
    return source


def _encoding(content: bytes, name: str, mapping: Mapping) -> tuple[str, int]:
    """The encoding of a file, which it is in throughout, and how many bytes at its beginning mark it.

    Raises:
        InputError: it is in another, or holds NUL.
    """
    utf16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(content[:2])
    encoding = mapping.encoding or ("utf-16" if utf16 else "utf-8")
    codec, marked = encoding, 0
    if encoding == "utf-16":
        codec, marked = utf16 or "utf-16-le", 2 if utf16 else 0
    elif encoding == "utf-8":
        marked = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    if error := not_text(content, codec):
        row = content.count(b"\n", 0, error.start) + 1
        message = f"is not {encoding} text (line {row} has a byte that it cannot have)."
        advice = f'Say its encoding in {mapping.shown}, such as encoding = "cp1252".'
        raise InputError([Fault(name, "", "encoding", message, advice)])
    if holds_nul(content, codec):
        advice = f'Is it UTF-16? Say encoding = "utf-16" in {mapping.shown}.'
        raise InputError([Fault(name, "", "not-csv", "is not a CSV file: it holds NUL characters.", advice)])
    return codec, marked


def _columns(name: str, header: list[str], mapping: Mapping) -> dict[str, int]:
    """The place of each column that the mapping names.

    Raises:
        InputError: one of them is missing or doubled.
    """
    headers = [folded(column) for column in header]
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
        many = headers.count(folded(column))
        if not many:
            close = did_you_mean(column, [other for other in header if other.strip()])
            advice = f"{close.strip()} It is named in {mapping.shown}, {where}.".strip()
            faults.append(Fault(name, "header", "missing-column", f"there is no column {column!r}.", advice))
        elif many > 1:
            message = f"there are {many} columns {column!r}: which is meant ({mapping.shown}, {where}) cannot be told."
            faults.append(Fault(name, "header", "doubled-column", message))
        else:
            found[column] = headers.index(folded(column))
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


def _openings() -> set[str]:
    """The transitions that open an episode of any workflow."""
    every = [flows.workflows for flows in load().composed.values()]
    return {f"{name}.{flow.opens_with}" for workflows in every for name, flow in workflows.items()}
