"""The report of an audit as an .xlsx workbook that analysts can pivot: real tables, real dates and numbers, no formulas.

    write(audit, "report.xlsx")

Moments stand as the clocks in London showed them. Text that a spreadsheet would run is written as text (`formats.cells`).
What has more rows than a sheet can hold goes on in the next. The same audit gives the same bytes.
"""

from __future__ import annotations

__all__ = ["MOST_ROWS", "write"]

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor import __version__
from frontdoor.errors import MissingExtra
from frontdoor.formats.cells import safe
from frontdoor.replay.audit import Audit
from frontdoor.report.sheet import Column, Sheet
from frontdoor.report.sheets import every_sheet

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from frontdoor.replay.comparing import Comparison
    from frontdoor.replay.measures.two_clocks import SideBySide
    from frontdoor.replay.sampling import Sample

MOST_ROWS = 1_048_575
"""Rows of a sheet beneath its header."""
_MOST_LETTERS = 32_000
"""Of a cell; the format itself ends at 32,767."""
_MADE = datetime(1980, 1, 1)
"""The moment of making that every workbook says: the real one would make each time another file of the same."""
_FIRST = date(1900, 3, 1)
"""Spreadsheets count no day before this one rightly."""


def write(
    audit: Audit, path: str | Path, *, sample: Sample | None = None, comparison: Comparison | None = None,
    sides: Sequence[SideBySide] = (), most_rows: int = MOST_ROWS,
) -> None:  # fmt: skip
    """Write the workbook of an audit, with a sample of cases and a comparison on sheets of their own, and clocks that are
    counted in more than one way among its measures, where they are given; a table with more than `most_rows` rows goes on
    in another sheet.

    Raises:
        MissingExtra: xlsxwriter is not installed.
        OSError: the file cannot be written.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingExtra("Writing a workbook", "xlsxwriter", "report") from error
    from io import BytesIO

    made = BytesIO()
    # Text is text: no formula, link or number is made of what somebody wrote.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"title": "Audit", "author": f"frontdoor {__version__}", "created": _MADE})
        writer = _Writer(book, most_rows)
        for sheet in every_sheet(audit, sides, sample=sample, comparison=comparison):
            writer.add(sheet)
    Path(path).write_bytes(made.getvalue())


@attrs.define
class _Writer:
    book: Workbook
    most_rows: int
    _formats: dict[str, Format] = attrs.field(factory=dict)

    def add(self, sheet: Sheet) -> None:
        """Write a table, on as many sheets as it needs."""
        rows = iter(sheet.rows)
        part, following = 1, next(rows, None)
        while part == 1 or following is not None:
            here = chain([] if following is None else [following], islice(rows, self.most_rows - 1))
            name = sheet.name if part == 1 else f"{sheet.name} {part}"
            self._fill(self.book.add_worksheet(name), sheet.columns, here, name)
            part, following = part + 1, next(rows, None)

    def _fill(self, page: Worksheet, columns: Sequence[Column], rows: Iterable[Sequence[Any]], name: str) -> None:
        """Write what one sheet holds."""
        writers = [getattr(self, f"_{column.kind}") for column in columns]
        n = 0
        for n, row in enumerate(rows, 1):
            for place, (writer, value) in enumerate(zip(writers, row, strict=True)):
                if value is not None and value != "":
                    writer(page, n, place, value)
        page.add_table(0, 0, max(n, 1), len(columns) - 1, {
            "name": name.replace(" ", "_"), "style": "Table Style Light 1",
            "columns": [{"header": column.header} for column in columns],
        })  # fmt: skip
        page.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            page.set_column(place, place, column.width)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)

    def _format(self, shape: str) -> Format:
        if shape not in self._formats:
            self._formats[shape] = self.book.add_format({"num_format": shape})
        return self._formats[shape]

    def _text(self, page: Worksheet, row: int, place: int, value: Any) -> None:
        page.write_string(row, place, _cell(str(value)))

    def _number(self, page: Worksheet, row: int, place: int, value: float) -> None:
        page.write_number(row, place, value)

    def _share(self, page: Worksheet, row: int, place: int, value: float) -> None:
        page.write_number(row, place, value, self._format("0.0%"))

    def _either(self, page: Worksheet, row: int, place: int, value: float | str) -> None:
        if isinstance(value, str):
            self._text(page, row, place, value)
        else:
            self._number(page, row, place, value)

    def _moment(self, page: Worksheet, row: int, place: int, value: str | date) -> None:
        """A moment as our files write it: a date stays a date, what a sheet has no number for stays text."""
        said = _dated(value)
        if isinstance(said, datetime):
            page.write_datetime(row, place, said, self._format("yyyy-mm-dd hh:mm"))
        elif isinstance(said, date):
            page.write_datetime(row, place, said, self._format("yyyy-mm-dd"))
        else:
            self._text(page, row, place, said)


@lru_cache(maxsize=1 << 16)  # most of what stands in a table stands there many times
def _cell(text: str) -> str:
    """Text as a cell may hold it."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    if len(text) > _MOST_LETTERS:
        text = f"{text[:_MOST_LETTERS]}… ({len(text):,} characters)"
    return safe(text)


@lru_cache(maxsize=1 << 16)
def _dated(value: str | date) -> datetime | date | str:
    if isinstance(value, str):
        try:
            value = (
                date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value).replace(tzinfo=None)
            )
        except ValueError:
            return value  # a span
    return value if (value.date() if isinstance(value, datetime) else value) >= _FIRST else str(value)
