"""What a sheet of the workbook is: a table with its columns, and its rows as plain values."""

from __future__ import annotations

__all__ = ["Column", "Sheet", "header"]

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


class Column(NamedTuple):
    """A column: its header, what its values are ('text', 'number', 'share', 'date' or 'moment'), and its width in letters."""

    header: str
    kind: str = "text"
    width: int = 16


class Sheet(NamedTuple):
    """A table with a sheet of its own, or several where it is too long for one."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]


_HEADERS = {"measure", "title", "subject", "among", "figure", "value", "low", "high", "number", "of", "left out"}


def header(group: str) -> str:
    """The name of a group's column, which none of the others may have."""
    return f"{group} (group)" if group.lower() in _HEADERS else group
