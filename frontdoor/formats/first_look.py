"""A first look at a large table: whether anything in it can be read, before all of it is.

Of a million rows none of which can be read nobody wants a list. So of a table of 50,000 lines or more some stretches are
read first, from its first line to its last; where every row in them is rejected, the table is refused, and it is said in
which columns, and why, and that the rest was not looked at. If one row of any of them can be read, the table is read as any
other, and each row that is rejected is listed.
"""

from __future__ import annotations

__all__ = ["Looked", "nothing_readable", "refusal"]

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from frontdoor.errors import Fault
from frontdoor.formats.source import Rejected

_LARGE = 50_000
"""Lines from which a table is looked at first."""
_STRETCHES = 32
_LINES = 1000
"""Of a stretch, about."""
_BYTES = 1 << 16
"""Of a stretch, at most, but for the line that it ends in."""
_SHOWN = 5
"""Columns of which a fault is shown."""
_PLACE = re.compile(r"\[\d+\]")


class Looked(NamedTuple):
    """What is in a stretch of a table: how many rows, and what is rejected of them."""

    rows: int
    rejected: Sequence[Rejected]

    @property
    def is_lost(self) -> bool:
        """Whether there are rows, and every one is rejected."""
        return 0 < self.rows <= len({one.row for one in self.rejected})


def nothing_readable(
    content: bytes, name: str, look: Callable[[bytes], Looked], *, head: bytes, advice: str, where: str = "",
    newline: bytes = b"\n",
) -> list[Fault]:  # fmt: skip
    """What is wrong with a large table of which no row looked at can be read; nothing, where one can, or it is not large.

    Its lines end in `newline` (or CR). `look` reads what begins with a header: the table's own, or `head`, which stands for it
    before what is taken from further down. `where` is the table's name in the file, if it has one.
    """
    if len(content) < _LARGE:
        return []
    if newline == b"\n" and content.find(newline, 0, _BYTES) < 0:
        newline, head = b"\r", head.replace(b"\n", b"\r")
    end = _line_end(content, _BYTES, newline)
    first = look(content[:end])
    lines = content.count(newline) if first.is_lost else 0
    if lines < _LARGE:
        return []
    rejected, rows, places = list(first.rejected), first.rows, 1
    for part in _further(content, end, min(len(content) // lines * _LINES, _BYTES), newline):
        looked = look(head + part)
        if looked.rows and not looked.is_lost:
            return []
        rejected += [one._replace(row=0) for one in looked.rejected]  # of which row is not known
        rows, places = rows + looked.rows, places + 1
    message = (
        f"has no row that can be read among those looked at: {rows:,} of its {lines:,} lines, in {places} places from the first to "
        "the last, and every one of them would be rejected, as these are. The rest was not read."
    )
    return refusal(name, where, message, advice, rejected)


def refusal(
    name: str, where: str, message: str, advice: str, rejected: Sequence[Rejected], *, unit: str = "row"
) -> list[Fault]:
    """The faults of a file of which nothing can be read: that, and what was rejected first in each column (the most frequent
    of them), with how often. Columns that differ in a number in brackets only, as JSON paths do, count as one.
    """
    examples: dict[str, Rejected] = {}
    many: Counter[str] = Counter()
    for one in rejected:
        column = _PLACE.sub("", one.column)
        examples.setdefault(column, one)
        many[column] += 1
    return [
        Fault(name, where, "nothing-readable", message, advice),
        *(_as_fault(name, examples[column], times - 1, unit) for column, times in many.most_common(_SHOWN)),
    ]


def _as_fault(name: str, one: Rejected, others: int, unit: str) -> Fault:
    places = [f"{unit} {one.row}"] * (one.row > 0) + [f"column {one.column}"] * bool(one.column)
    said = f"{one.text[:100]!r} {one.reason}" if one.text else one.reason
    return Fault(name, ", ".join(places), "rejected", said, f"So it is in {others:,} more." if others else "")


def _further(content: bytes, start: int, size: int, newline: bytes) -> Iterator[bytes]:
    """Stretches of whole lines from there to the end, evenly spread; the last ends where the content ends."""
    left = len(content) - size - start
    step = max(-(-left // (_STRETCHES - 2)), size)  # rounded up, so that the last reaches the end
    for at in range(start, len(content), step):
        begins = _line_end(content, at, newline) if at > start else start
        part = content[begins : _line_end(content, begins + size, newline)]
        if part:
            yield part


def _line_end(content: bytes, at: int, newline: bytes) -> int:
    """Where the first line ends whose end is at a place or after it."""
    found = content.find(newline, at)
    while found >= 0 and found % len(newline):  # half of one character and half of the next
        found = content.find(newline, found + 1)
    return len(content) if found < 0 else found + len(newline)
