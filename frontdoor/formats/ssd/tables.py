"""The files of an extract: a folder or a zip of CSVs, one a table, as rows with their fields.

A file is known by the table's name in its own, whatever stands before or after it (dbo.ssd_contacts_20240131.csv), a
column by its name in the specification, whatever its case. Rows are counted from 1, the header not.
"""

from __future__ import annotations

__all__ = ["FIELDS", "NEEDED", "Record", "Tables", "tables"]

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence, Set
from importlib.resources import files
from pathlib import Path

import attrs

from frontdoor.errors import Fault, InputError
from frontdoor.formats.archive import opened
from frontdoor.formats.csv_records import as_lines, not_text
from frontdoor.formats.csv_records import records as rows_of
from frontdoor.formats.first_look import Looked, nothing_readable
from frontdoor.formats.records import Records
from frontdoor.formats.source import not_utf8
from frontdoor.formats.values import key, plain

FIELDS: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads(
    files(__package__).joinpath("tables.toml").read_text("utf-8")
)
"""The columns that each table's fields may be called, and which it `needs`."""
NEEDED: Mapping[str, str] = {
    "ssd_contacts": "date", "ssd_cin_episodes": "received", "ssd_cin_assessments": "started", "ssd_s47_enquiry": "started",
    "ssd_cp_plans": "started",
}  # fmt: skip
"""The date without which a row of a table tells nothing."""
_TABLE = re.compile(
    rf"(?:.*[./\\])?({'|'.join(sorted(FIELDS, key=len, reverse=True))})(?:[-_. ]?\d[\d_-]*)?\.(?:csv|txt)"
)
_ANY_TABLE = re.compile(r"(?:.*[./\\])?(ssd_\w+)\.(?:csv|txt)")
_IDS = ("id", "person", "referral", "enquiry", "plan", "conference", "family", "meeting", "worker", "team")
_MOST_COLUMNS = 10_000
_ENCODING = "utf-8-sig"
_HEADER = 1000
"""Lines in which the header ends, whatever stands in quotes in it."""
_LARGEST = 500_000_000
"""Bytes of one file."""
_ADVICE = "Export it again, or, if the others are to be read without it, take it out."


@attrs.frozen
class Record:
    """One row of a table."""

    file: str
    number: int
    columns: Mapping[str, str]
    cells: Mapping[str, str]

    def __getitem__(self, field: str) -> str:
        return self.cells.get(field, "")

    def column(self, field: str) -> str:
        """How a cell of that field is named to people."""
        return f"{self.file}: {self.columns.get(field, field)}"


@attrs.frozen
class Tables:
    """The rows of each table that could be read, and what else there is."""

    rows: Mapping[str, list[Record]]
    passed: Sequence[str]
    """Files that were not read."""
    unread: Set[str] = frozenset()
    """Tables that are there, and of which nothing could be read."""
    torn: Set[str] = frozenset()
    """Tables some of whose rows could not be read."""

    @property
    def told(self) -> list[str]:
        """The tables that could be read."""
        return [table for table in self.rows if table not in self.unread]

    def has(self, table: str, *fields: str) -> bool:
        """Whether a table has a column for one of some fields; one that has no row is taken to have all."""
        return not self[table] or not fields or any(field in self[table][0].columns for field in fields)

    def __getitem__(self, table: str) -> list[Record]:
        return self.rows.get(table, [])


def tables(extract: Path | bytes, name: str, records: Records) -> Tables:
    """The tables of an extract; a file that cannot be read is rejected as a whole, and so is a row.

    Raises:
        InputError: there is no such folder, the zip is not one to open, no file in it is a table, or of a large one no row can
            be read.
    """
    rows: dict[str, list[Record]] = {}
    passed: list[str] = []
    taken: dict[str, str] = {}
    for file, content in _files(extract, name, records):
        found = _TABLE.fullmatch(file.lower())
        if not found:
            passed += [file] if _ANY_TABLE.fullmatch(file.lower()) or not file.startswith((".", "__")) else []
        elif found[1] in rows:
            records.reject(0, file, f"is a {found[1]} as well as {taken[found[1]]}, which was read. Which is meant?")
        else:
            taken[found[1]] = file
            rows[found[1]] = list(_rows(file, found[1], content, records, name))
    wrong = [(found[1], one.row) for one in records.rejected if (found := _TABLE.fullmatch(one.column.lower()))]
    unread = {table for table, row in wrong if not row and not rows.get(table)}
    return Tables(rows, passed, unread, {table for table, _ in wrong})


def _files(extract: Path | bytes, name: str, records: Records) -> Iterator[tuple[str, bytes]]:
    """The name and content of each file, by name."""
    if isinstance(extract, bytes):
        archive = opened(extract, name)
        for entry in sorted(archive.entries):
            yield entry, archive.read(entry) if _TABLE.fullmatch(entry.lower()) else b""
        return
    try:
        for path in sorted(extract.iterdir()):
            is_table = _TABLE.fullmatch(path.name.lower())
            if is_table and path.is_file() and path.stat().st_size > _LARGEST:
                most = _LARGEST // 1_000_000
                message = f"is larger than {most} MB, more than is read of one table."
                raise InputError([Fault(name, path.name, "too-large", message, "Split the extract by child.")])
            if path.is_file():
                yield path.name, path.read_bytes() if is_table else b""
            elif is_table:
                records.reject(
                    0, path.name, "is no file, but a folder, a pipe or a link that leads to none. It was not read."
                )
    except OSError as error:
        raise InputError([Fault(name, "", "unreadable", f"cannot be read: {error.strerror}.")]) from None


def _rows(file: str, table: str, content: bytes, records: Records, name: str) -> Iterator[Record]:
    """The rows of a table; none, and a rejection, if it cannot be read as a whole.

    Raises:
        InputError: it is large, and no row in it can be read.
    """
    if wrong := not_text(content, _ENCODING):
        records.reject(0, file, f"{not_utf8(file, content, wrong).message} Nothing in it was read.")
        return
    if b"\x00" in content:
        records.reject(0, file, "holds NUL characters, so it is no CSV file: export it again. Nothing in it was read.")
        return
    try:
        top = as_lines(content, file, _ENCODING, most=_HEADER)
    except InputError as error:
        records.reject(0, file, f"{error.faults[0].message} Nothing in it was read.")
        return
    mark = max(",;\t|", key=(top[0] if top else "").count)
    header = next(rows_of(top, mark), [])
    places = _places(file, table, header, records)
    if places is None or isinstance(header, str):
        return
    reader = _Reader(file, table, mark, header, places)
    if lost := nothing_readable(content, name, reader.look, head=b"header\n", where=file, advice=_ADVICE):
        raise InputError(lost)
    yield from reader.rows(content, records)


@attrs.frozen
class _Reader:
    """How the rows of one file are read."""

    file: str
    table: str
    mark: str
    header: list[str]
    places: Mapping[str, int]

    def rows(self, content: bytes, records: Records) -> Iterator[Record]:
        """The rows below a header; those that are none are rejected."""
        file, most, places = self.file, len(self.header), [
            (field, place, key if field in _IDS else plain) for field, place in self.places.items()
        ]  # fmt: skip
        columns = {field: self.header[place].strip() for field, place in self.places.items()}
        found = rows_of(as_lines(content, file, _ENCODING), self.mark)
        next(found, None)
        for number, cells in enumerate(found, 1):
            if isinstance(cells, str):
                records.reject(number, file, cells)
            elif len(cells) > most and any(cells):
                reason = f"has {len(cells)} cells where the header has {most}: is a comma not in quotes?"
                records.reject(number, file, reason, self.mark.join(cells[most - 1 :]))
            elif any(cells):
                many = len(cells)
                said = {field: read(cells[place]) for field, place, read in places if place < many}
                yield Record(file, number, columns, said)

    def look(self, part: bytes) -> Looked:
        """What of a part of it has no child, or no day that it needs."""
        found = Records(())
        rows = list(self.rows(part, found))
        many = len(rows) + len(found.rejected)
        for row in rows:
            if "person" in self.places:
                found.case(row.number, row.column("person"), row["person"])
            if needed := NEEDED.get(self.table):
                found.happened(row.number, row.column(needed), row[needed], required=True)
        return Looked(many, found.rejected)


def _places(file: str, table: str, header: list[str] | str, records: Records) -> dict[str, int] | None:
    """The place of each field's column; None, and a rejection, if the table cannot be read."""
    if isinstance(header, str) or not header:
        records.reject(0, file, "has no header that can be read. Nothing in it was read.")
        return None
    if len(header) > _MOST_COLUMNS:
        records.reject(0, file, f"has {len(header)} columns; {_MOST_COLUMNS} are the most. Nothing in it was read.")
        return None
    names = [plain(name).lower().rpartition(".")[2].strip('[]"') for name in header]
    places = {}
    wrong = []
    for field, columns in FIELDS[table].items():
        there = [column for column in columns if column in names] if field != "needs" else []
        if there:
            places[field] = names.index(there[0])
        if there and names.count(there[0]) > 1:
            wrong.append(f"has {names.count(there[0])} columns {there[0]}.")
    wrong += [f"has no column {FIELDS[table][need][0]}." for need in FIELDS[table]["needs"] if need not in places]
    for reason in wrong:
        records.reject(0, file, f"{reason} Nothing in it was read.")
    return None if wrong else places
