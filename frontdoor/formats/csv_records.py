"""The records of a CSV file, one after another, whatever is wrong with some of them."""

from __future__ import annotations

__all__ = ["records"]

import csv
from collections.abc import Iterator

_PATIENCE = 100
"""Records given up before the rest is read line by line, lest a file of open quotes take for ever."""


def records(lines: list[str], delimiter: str = ",") -> Iterator[list[str] | str]:
    """Each record of a CSV file that is not blank, the header first: its cells, or why it cannot be read.

    A quote that is not closed takes what follows into its cell: such a record is given up, and reading goes on in the
    line after the one it began in.
    """
    limit = csv.field_size_limit(max(map(len, lines), default=0) + sum(map(len, lines)) + 1)
    try:
        begun = wrong = 0
        reader = csv.reader(lines, strict=True, delimiter=delimiter)
        while True:
            start = begun + reader.line_num
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                never = "unexpected end of data" in str(error)
                yield "has a quote that is opened and never closed." if never else f"is not CSV: {error}."
                wrong += 1
                if wrong > _PATIENCE:
                    yield from _line_by_line(lines[start + 1 :], delimiter)
                    return
                begun, reader = start + 1, csv.reader(lines[start + 1 :], strict=True, delimiter=delimiter)
                continue
            if cells:
                yield cells
    finally:
        csv.field_size_limit(limit)


def _line_by_line(lines: list[str], delimiter: str) -> Iterator[list[str] | str]:
    for line in lines:
        try:
            cells = next(csv.reader([line], strict=True, delimiter=delimiter), [])
        except csv.Error as error:
            yield f"is not CSV: {error}."
        else:
            if cells:
                yield cells
