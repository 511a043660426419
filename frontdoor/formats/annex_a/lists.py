"""Which sheet of a workbook is which list, in which row its header stands, and which column says what.

A list is known by its headers: the row, among the first thirty, in which most of its columns are named. Two lists that
fit a row alike are told apart by the sheet's name. `lists.toml` holds the headers and their known spellings.
"""

from __future__ import annotations

__all__ = ["EARLIER", "LISTS", "Column", "List", "Table", "find", "header_text"]

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

import attrs

from frontdoor.formats.annex_a.sheets import Cell, Sheet
from frontdoor.formats.records import Records, nth
from frontdoor.formats.values import plain

EARLIER = "referrals_in_12_months"
"""The detail of a referral that says how many the child had in the twelve months before."""
_LOOKED_AT = 30
"""Rows in which a header is looked for; some authorities write a title and a note above it."""
_NUMBERED = re.compile(r"(?:annex a )?list (\d+)\b.*|(\d+)(?: .*)?")
_YEAR = re.compile(r"\b(?:19|20)\d\d(?: (?:19|20)?\d\d)?\b")


@attrs.frozen
class Column:
    """One column of a list: `field` is what the reader calls it, '' where it reads none."""

    header: str
    field: str
    pattern: re.Pattern[str]


@attrs.frozen
class List:
    """One of Ofsted's lists."""

    number: int
    title: str
    sheets: re.Pattern[str]
    needs: tuple[str, ...]
    columns: tuple[Column, ...]

    def __str__(self) -> str:
        return f"List {self.number} ({self.title.lower()})"

    def header(self, field: str) -> str:
        """The header that Ofsted gives a field's column."""
        return next(column.header for column in self.columns if column.field == field)


@attrs.frozen
class Table:
    """A list as it stands in a sheet: the row of its header, and the places of each field's columns."""

    list: List
    sheet: Sheet
    row: int
    places: Mapping[str, tuple[int, ...]]

    def column(self, field: str) -> str:
        """How a cell of that field is named to people."""
        return f"{self.sheet.name}: {self.list.header(field)}"


def header_text(value: object) -> str:
    """A header with nothing left in it but small letters and figures, single spaces, and no year."""
    text = plain(value)[:300].lower().replace("'", "").replace("\u2019", "").replace("\u2018", "")
    text = " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())
    return " ".join(_YEAR.sub(" ", text).split())


def _lists() -> dict[int, List]:
    found = tomllib.loads(files(__package__).joinpath("lists.toml").read_text("utf-8"))
    return {int(number): _list(int(number), one) for number, one in found.items()}


def _list(number: int, one: Mapping[str, object]) -> List:
    columns = []
    for column in one["columns"]:  # type: ignore[attr-defined]
        also = ["child unique.*id.*", r"(.*\bchild( s)?|unique|person|client|case|system) (id|identifier|number|ref)"]
        patterns = also if column.get("field") == "child" else column.get("also", [])
        pattern = "|".join([re.escape(header_text(column["header"])), *patterns])
        columns.append(Column(column["header"], column.get("field", ""), re.compile(pattern)))
    needs: Iterable[str] = one["needs"]  # type: ignore[assignment]
    return List(number, str(one["title"]), re.compile(str(one["sheets"])), tuple(needs), tuple(columns))


LISTS = _lists()
"""The lists that are read, by their number."""


def find(sheets: Iterable[Sheet], records: Records) -> dict[int, Table]:
    """The table of each list that is there. What is odd is rejected or noted: a sheet that is a list by its name and
    lacks a column, a list that is there twice, and sheets that are none.
    """
    candidates: dict[int, list[Table]] = {}
    passed = []
    for sheet in sheets:
        named = _named(sheet.name)
        table = _table(sheet, named)
        if table:
            candidates.setdefault(table.list.number, []).append(table)
        elif named in LISTS:
            _lacking(sheet, LISTS[named], records)
        else:
            passed.append(sheet.name)
    if passed:
        shown = ", ".join(passed[:15]) + (f" and {len(passed) - 15} more" if len(passed) > 15 else "")
        records.notes.append(f"Sheets that were not read, for no workflow here follows what they hold: {shown}.")
    found = {}
    for number, tables in sorted(candidates.items()):
        tables.sort(key=lambda table: (not table.sheet.visible, _named(table.sheet.name) != number))
        found[number] = tables[0]
        for other in tables[1:]:
            records.notes.append(
                f"Sheet {other.sheet.name} is a {LISTS[number]} as well, and was not read: sheet {tables[0].sheet.name} "
                "was. Put all rows into one sheet if both are meant."
            )
    absent = [str(one) for number, one in LISTS.items() if number not in found]
    if absent:
        records.notes.append(f"The workbook has no {', no '.join(absent)} that can be read: it tells nothing of these.")
    return found


def _named(name: str) -> int:
    """The number of the list that a sheet's name says it is; 0: none."""
    said = header_text(name)
    numbered = _NUMBERED.fullmatch(said)
    if numbered:
        return int((numbered[1] or numbered[2])[:3])
    return next((number for number, one in LISTS.items() if one.sheets.fullmatch(said)), 0)


def _table(sheet: Sheet, named: int) -> Table | None:
    """The best header in a sheet's first rows; None if no list has all that it needs there."""
    best: tuple[tuple[int, bool], Table] | None = None
    for row, cells in sheet.rows(_LOOKED_AT):
        for one in LISTS.values():
            places = _places(one, cells)
            fits = all(field in places for field in one.needs)
            rank = (len(places), one.number == named)
            if fits and (named in (0, one.number) or named in LISTS) and (best is None or rank > best[0]):
                best = rank, Table(one, sheet, row, places)
    return best[1] if best else None


def _places(one: List, cells: list[Cell]) -> dict[str, tuple[int, ...]]:
    places: dict[str, tuple[int, ...]] = {}
    for place, cell in enumerate(cells[:1000]):
        field = _field(one.number, header_text(cell)) if isinstance(cell, str) else ""
        if field:
            places[field] = (*places.get(field, ()), place)
    return places


@lru_cache(maxsize=1 << 12)
def _field(number: int, header: str) -> str:
    """The field whose column a header names; '' if it names none."""
    columns = LISTS[number].columns if header else ()
    exact = next((column for column in columns if header_text(column.header) == header), None)
    found = exact or next((column for column in columns if column.pattern.fullmatch(header)), None)
    return found.field if found else ""


def _lacking(sheet: Sheet, one: List, records: Records) -> None:
    """Reject a sheet that is a list by its name, and has no header of it."""
    rows = list(sheet.rows(_LOOKED_AT))
    best: Mapping[str, tuple[int, ...]] = max((_places(one, cells) for _, cells in rows), key=len, default={})
    many = sum(1 for _, cells in sheet.rows() if any(plain(cell) for cell in cells))
    if not many:
        records.notes.append(f"Sheet {sheet.name} is empty.")
        return
    lacks = [f"'{one.header(field)}'" for field in one.needs if field not in best]
    columns = f"no column {' and none '.join(lacks)}"
    reason = f"has {columns}: none of its {nth(many, 'row')} can be read. Name the columns as Ofsted's {one} does."
    records.reject(1, sheet.name, reason)
