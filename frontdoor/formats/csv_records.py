"""The records of a CSV file, one after another, whatever is wrong with some of them."""

from __future__ import annotations

__all__ = ["as_lines", "holds_nul", "not_text", "records", "unfit"]

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice

from frontdoor.errors import Fault, InputError

_LONGEST = 16_000_000
"""Bytes of a line, and characters of a cell."""
_MOST_CELLS = 20_000_000
"""Cells that a table may have although its file has fewer bytes."""
_CHUNK = 1 << 20
_PATIENCE = 100
"""Records given up before the rest is read line by line, lest a file of open quotes take for ever."""


def not_text(content: bytes, encoding: str) -> UnicodeDecodeError | None:
    """Where a file is not in an encoding, if it is not; a large one is not decoded as a whole."""
    if content.isascii() and not encoding.startswith("utf-16"):
        return None
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(content) + 1, _CHUNK):
            decoder.decode(content[start : start + _CHUNK], final=start + _CHUNK > len(content))
    except UnicodeDecodeError:
        try:
            content.decode(encoding)
        except UnicodeDecodeError as error:  # which knows its place in the whole
            return error
    return None


def holds_nul(content: bytes, encoding: str) -> bool:
    """Whether there is a NUL in a file in an encoding that it is known to be in."""
    if not encoding.startswith("utf-16"):
        return b"\x00" in content
    return b"\x00\x00" in content and "\x00" in content.decode(encoding)


def as_lines(content: bytes, name: str, encoding: str = "utf-8", *, most: int | None = None) -> list[str]:
    """The lines (the first so many) of a CSV file in an encoding that it is known to be in, with their ends.

    Raises:
        InputError: one of them has no end.
    """
    if _is_endless(content):
        message = f"has a line of more than {_LONGEST // 1_000_000} MB: it is no CSV file, or its lines have no ends."
        raise InputError([Fault(name, "", "long-line", message, "Export it again.")])
    return list(islice(io.TextIOWrapper(io.BytesIO(content), encoding, newline=""), most))


def _is_endless(content: bytes) -> bool:
    """Whether some line is too long; most of the bytes need not be looked at."""
    start = 0
    while len(content) - start > _LONGEST:
        end = content.rfind(b"\n", start, start + _LONGEST)
        if end < 0:
            end = content.rfind(b"\r", start, start + _LONGEST)
        if end < 0:
            return True
        start = end + 1
    return False


def unfit(name: str, header: list[str], content: bytes, *, most: int) -> Fault | None:
    """What is wrong with the width of a table: more columns than `most`, or far more cells than the file can hold."""
    many = len(header)
    if many > most:
        return Fault(name, "header", "too-many-columns", f"has {many:,} columns, and {most:,} are the most.")
    rows = content.count(b"\n")
    if many * rows > max(_MOST_CELLS, len(content)):
        message = f"has {many:,} columns over {rows:,} lines, and hardly a cell in them: it is not read."
        return Fault(name, "header", "bomb", message, "Take out the columns and lines that say nothing.")
    return None


def records(lines: list[str], delimiter: str = ",") -> Iterator[list[str] | str]:
    """Each record of a CSV file that is not blank, the header first: its cells, or why it cannot be read.

    A quote that is not closed takes what follows into its cell: such a record is given up, and reading goes on in the
    line after the one it began in.
    """
    limit = csv.field_size_limit(_LONGEST)
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
                yield _why(error)
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
            yield _why(error)
        else:
            if cells:
                yield cells


def _why(error: csv.Error) -> str:
    if "unexpected end of data" in str(error):
        return "has a quote that is opened and never closed."
    if "field larger than field limit" in str(error):
        return f"has a cell of more than {_LONGEST:,} characters: is a quote never closed?"
    return f"is not CSV: {error}."
