"""The sheets of an .xlsx workbook, weighed before they are opened.

The library that reads workbooks lays a sheet out in full, from its first cell to its last, each with its own copy of a
text that the file holds once. So each part of the file is counted beforehand: a sheet may reach over 2,000,000 cells, and
hold something in 700,000 of them (seven columns of 100,000 rows: twice what the largest authority has in six months), all
texts together over 200 million characters. Whatever is not well-formed XML, or has a DOCTYPE, is refused, lest two
readers see two different sheets.
"""

from __future__ import annotations

__all__ = ["MOST_CELLS", "MOST_FILLED", "MOST_TEXT", "Cell", "Sheet", "sheets"]

import io
from array import array
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from xml.parsers import expat

import attrs

from frontdoor.errors import Fault, InputError, MissingExtra
from frontdoor.formats.archive import Archive, opened

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

Cell = str | float | int | bool | date | datetime | time | timedelta
"""What a cell holds; an empty text where it is empty or an error of the spreadsheet's (#N/A)."""

MOST_CELLS = 2_000_000
"""Cells that a sheet may have, or reach over, from A1 to its last column and row."""
MOST_FILLED = 700_000
"""Cells of a sheet that may hold something."""
MOST_TEXT = 200_000_000
"""Characters that all cells together may hold."""
_ROWS, _COLUMNS = 1_048_576, 16_384
_TOO_MANY = "Delete what lies outside the tables (empty rows and columns too), or split the workbook."


@attrs.frozen
class Sheet:
    """One sheet; its rows are read when asked for."""

    name: str
    visible: bool
    _sheet: CalamineSheet = attrs.field(repr=False)

    def rows(self, most: int | None = None) -> Iterator[tuple[int, list[Cell]]]:
        """Its rows (at most so many) from the first that holds anything, each with its number in the sheet."""
        start = self._sheet.start
        if start is not None:
            first = start[0] + 1
            yield from enumerate(self._sheet.to_python(skip_empty_area=True, nrows=most), first)


def sheets(content: bytes, name: str) -> list[Sheet]:
    """The sheets of a workbook, in its order.

    Raises:
        InputError: it is no .xlsx workbook, not one to open, or larger than the limits.
        MissingExtra: python-calamine is not installed.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum
    except ImportError as error:
        raise MissingExtra("Reading workbooks", "python-calamine", "audit") from error
    archive = opened(content, name)
    if "xl/workbook.xml" not in (entry.lower() for entry in archive.entries):
        message = "is not an .xlsx workbook."
        raise InputError([Fault(name, "", "not-a-workbook", message, "Open it in a spreadsheet and save it as .xlsx.")])
    _weigh(archive)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [
            Sheet(one.name, one.visible == SheetVisibleEnum.Visible, book.get_sheet_by_name(one.name))
            for one in book.sheets_metadata
            if one.typ == SheetTypeEnum.WorkSheet
        ]
    except (CalamineError, OSError, ValueError) as error:
        message = f"cannot be read as a workbook ({str(error)[:200]})."
        raise InputError(
            [Fault(name, "", "bad-workbook", message, "Open it in a spreadsheet and save it again.")]
        ) from error


def _weigh(archive: Archive) -> None:
    """Hold every part of a workbook against the limits."""
    parts = []
    for entry in archive.entries:
        begun, before, cells, filled, sheet = b"", b"", 0, 0, False
        for chunk in archive.chunks(entry):
            begun = begun or chunk.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")[:1]
            sheet = sheet or b"sheetData" in before + chunk
            before = chunk[-16:]
            cells += chunk.count(b"<c ")
            filled += chunk.count(b"</v>") + chunk.count(b"</is>")
            if cells > MOST_CELLS or (filled > MOST_FILLED and cells):
                most = f"{MOST_CELLS:,} cells" if cells > MOST_CELLS else f"{MOST_FILLED:,} cells that say something"
                raise _refused(archive, entry, "too-many-cells", f"holds more than {most}.", _TOO_MANY)
        if begun == b"<" or sheet:  # the rest are pictures and the like
            parts.append(entry)
    weighed = {entry: _Part(archive, entry).weighed() for entry in parts}
    longest = max((part.longest for part in weighed.values()), default=0)
    if longest * sum(part.shared for part in weighed.values()) > MOST_TEXT:
        numbering = [part.lengths for part in weighed.values() if part.lengths]
        if len(numbering) > 1:
            message = "has more than one part that numbers its texts."
            raise _refused(archive, "", "two-tables", message, "Open it in a spreadsheet and save it again.")
        text = sum(_shared_text(archive, entry, numbering[0]) for entry, part in weighed.items() if part.shared)
        if text > MOST_TEXT:
            message = f"its cells hold more than {MOST_TEXT:,} characters, one text in many cells."
            raise _refused(archive, "", "too-much-text", message, _TOO_MANY)


def _shared_text(archive: Archive, entry: str, lengths: array[int]) -> int:
    """The characters of the texts that the cells of a part share, each counted as often as a cell holds it."""
    total, by_number, said = 0, False, ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal by_number, said
        said = ""
        if tag.rpartition(":")[2] == "c":
            by_number = attributes.get("t") == "s"

    def text(data: str) -> None:
        nonlocal said
        said += data[:9]

    def end(tag: str) -> None:
        nonlocal total
        if tag.rpartition(":")[2] == "v" and by_number and said.strip().isdecimal():
            total += lengths[int(said)] if int(said) < len(lengths) else 0

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = start, text, end
    _parse(archive, entry, parser)
    return total


@attrs.define
class _Part:
    """What one XML part of a workbook amounts to."""

    archive: Archive
    entry: str
    cells: int = 0
    shared: int = 0
    """Cells that hold a text by its number."""
    lengths: array[int] = attrs.Factory(lambda: array("q"))
    """Of the texts that it numbers."""
    _row: int = 0
    _column: int = 0
    _last_row: int = 0
    _last_column: int = 0
    _columns: dict[str, int] = attrs.Factory(dict)

    @property
    def longest(self) -> int:
        """The length of the longest text that it numbers."""
        return max(self.lengths, default=0)

    def weighed(self) -> _Part:
        """Itself, when all of it has been read."""
        parser = expat.ParserCreate()
        parser.buffer_text = True

        def start(tag: str, attributes: dict[str, str]) -> None:
            if ":" in tag:
                tag = tag.rpartition(":")[2]
            if tag == "c":
                self._cell(attributes)
            elif tag == "row":
                said = attributes.get("r", "")
                self._row = int(said) if said.isascii() and said.isdecimal() and len(said) < 9 else self._row + 1
                self._column = 0
            elif tag == "si":
                self.lengths.append(0)
                parser.CharacterDataHandler = text

        def text(data: str) -> None:
            self.lengths[-1] += len(data)

        parser.StartElementHandler = start
        _parse(self.archive, self.entry, parser)
        if self._last_row * self._last_column > MOST_CELLS:
            where = f"reaches down to row {self._last_row} and over {self._last_column} columns"
            message = f"{where}: more than {MOST_CELLS:,} cells."
            raise _refused(self.archive, self.entry, "too-many-cells", message, _TOO_MANY)
        return self

    def _cell(self, attributes: dict[str, str]) -> None:
        self.cells += 1
        self.shared += attributes.get("t") == "s"
        said = attributes.get("r")
        if said is None:
            row, self._column = self._row, self._column + 1
        else:
            letters = said.rstrip("0123456789")
            row = int(said[len(letters) :] or "0")
            self._column = self._columns.get(letters) or self._numbered(letters)
        if row > self._last_row:
            self._last_row = row
        if self._column > self._last_column:
            self._last_column = self._column
        if self.cells > MOST_CELLS or row > _ROWS or self._column > _COLUMNS:
            message = "has a cell beyond what a sheet can hold." if row > _ROWS or self._column > _COLUMNS else (
                f"holds more than {MOST_CELLS:,} cells."
            )  # fmt: skip
            raise _refused(self.archive, self.entry, "too-many-cells", message, _TOO_MANY)

    def _numbered(self, letters: str) -> int:
        number = 0
        for letter in letters.upper()[:4]:
            number = number * 26 + ord(letter) - 64
        self._columns[letters] = number
        return number


def _parse(archive: Archive, entry: str, parser: expat.XMLParserType) -> None:
    """Read a part through a parser, to its end."""

    def doctype(*_: object) -> None:
        message = "has a DOCTYPE, which no workbook has and which can hide harm."
        raise _refused(archive, entry, "doctype", message, "Save the workbook again from a spreadsheet.")

    parser.StartDoctypeDeclHandler = doctype
    try:
        for chunk in archive.chunks(entry):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        where = f"{entry}, line {parser.ErrorLineNumber}"
        message = "is not well-formed XML."
        raise _refused(
            archive, where, "not-xml", message, "Open the workbook in a spreadsheet and save it again."
        ) from error


def _refused(archive: Archive, where: str, code: str, message: str, advice: str) -> InputError:
    return InputError([Fault(archive.name, where, code, message, advice)])
