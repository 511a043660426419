"""Plain rows in columns, for a terminal and for a file alike."""

from __future__ import annotations

__all__ = ["WIDTH", "plain", "rows"]

import textwrap
from collections.abc import Iterator, Sequence

WIDTH = 110
_HANG = 2
"""What is broken goes on so much further in."""


def plain(text: str) -> str:
    """Text of somebody's without what would move a terminal's cursor: each such character becomes a space."""
    return text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)


def rows(table: Sequence[Sequence[str]], *, indent: int = 2, width: int = WIDTH) -> Iterator[str]:
    """Lines in which the cells of each column stand below one another; a cell may have several lines.

    What is too long is broken: the widest column first, and between words as long as that will do.
    """
    if not table:
        return
    cells = [[[plain(line) for line in cell.split("\n")] for cell in row] for row in table]
    columns = range(len(table[0]))
    widths = [max(len(line) for row in cells for line in row[column]) for column in columns]
    words = [
        max((len(word) for row in cells for line in row[column] for word in line.split()), default=0)
        for column in columns
    ]
    room = width - indent - 2 * (len(widths) - 1)
    while sum(widths) > room:
        can = [column for column in columns if widths[column] > words[column] + _HANG] or columns
        widest = max(can, key=lambda column: widths[column])
        if widths[widest] <= 2 * _HANG:
            break
        widths[widest] -= 1
    for row in cells:
        broken = [
            [part for line in cell for part in _wrapped(line, wide)] for cell, wide in zip(row, widths, strict=True)
        ]
        for n in range(max(map(len, broken))):
            parts = [(cell[n] if n < len(cell) else "").ljust(wide) for cell, wide in zip(broken, widths, strict=True)]
            yield (" " * indent + "  ".join(parts)).rstrip()


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, max(width, 1), break_on_hyphens=False, subsequent_indent=" " * _HANG) or [""]
