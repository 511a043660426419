"""What a Parquet file says of itself at its end, looked at before anything else of it is read: columns, rows, sizes.

A file of some hundred bytes can hold billions of rows, or unpack to gigabytes; a library that trusts it fills the memory.
The end of a file is the `FileMetaData` of the format's own definition (parquet.thrift), in Thrift's compact protocol.
"""

from __future__ import annotations

__all__ = ["Footer", "damaged", "read", "without_arrow"]

import binascii
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import attrs

from frontdoor.errors import Fault, InputError

_MARK, _LOCKED = b"PAR1", b"PARE"
_MOST_FOOTER = 8 << 20
_MOST_COLUMNS = 2000
_FREE_ROWS, _ROWS_A_BYTE = 1_000_000, 20
_FREE, _RATIO = 100 << 20, 200
"""Bytes that anything may unpack to, and how many times its size what is larger may."""
_DEEPEST, _MOST_ELEMENTS = 30, 2_000_000
_ARROW = b"ARROW:schema"
"""Under this key some writers say more of the columns, which no reader needs: the zones of times, among other things."""
_OFFSET = re.compile(rb"[+-]\d\d:?\d\d\0")
_SCHEMA, _ROWS, _GROUPS, _PAIRS = 2, 3, 4, 5  # the numbers of fields: of FileMetaData,
_NAME, _CHILDREN = 4, 5  # of SchemaElement,
_CHUNKS, _OF_GROUP = 1, 3  # of RowGroup,
_SAID, _UNPACKED = 3, 6  # of ColumnChunk, ColumnMetaData


@attrs.frozen
class Footer:
    """What a file says that it holds."""

    columns: tuple[str, ...]
    """The names of its columns in their order; one that is nested is one."""
    rows: int
    has_offsets: bool
    """Whether some times have an offset (+01:00) for their zone."""


def read(file: Path | bytes, name: str) -> Footer:
    """Read the end of a file, or of the bytes of one.

    Raises:
        InputError: it is not Parquet, breaks off or is locked; it has too many columns, several of one name, or more in it
            than a file of its size can honestly hold.
        OSError: it cannot be read.
    """
    size = len(file) if isinstance(file, bytes) else file.stat().st_size
    with io.BytesIO(file) if isinstance(file, bytes) else file.open("rb") as opened:
        found = _Compact(_last(opened, size, name))
    try:
        said = found.struct()
        columns, groups = list(_top(said[_SCHEMA])), said.get(_GROUPS, [])
        rows = max(said[_ROWS], sum(group[_OF_GROUP] for group in groups))
        unpacked = sum(chunk[_SAID][_UNPACKED] for group in groups for chunk in group[_CHUNKS])
        if min(said[_ROWS], rows, unpacked) < 0:
            raise ValueError
        arrow = b"".join(pair.get(2, b"") for pair in said.get(_PAIRS, ()) if pair[1] == _ARROW)
        has_offsets = bool(_OFFSET.search(binascii.a2b_base64(arrow)))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise damaged(name, "its end makes no sense") from None
    if faults := list(_faults(name, columns, rows, size, unpacked)):
        raise InputError(faults)
    return Footer(tuple(columns), rows, has_offsets)


def without_arrow(file: Path | bytes) -> bytes:
    """The bytes of a file, less what is said in its footer under the key of Arrow: its times are moments of UTC then."""
    content = file if isinstance(file, bytes) else file.read_bytes()
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    return content[:start] + content[start:].replace(_ARROW, _ARROW.swapcase())


def damaged(name: str, why: str) -> InputError:
    """The error of a file that cannot be read, and why."""
    message = f"cannot be read as Parquet ({why}): it is damaged, breaks off, or is something else."
    return InputError([Fault(name, "", "not-parquet", message, "Export or copy it again.")])


def _last(opened: IO[bytes], size: int, name: str) -> bytes:
    """The bytes of the footer, of a length that stands behind them."""
    opened.seek(max(0, size - 8))
    length, mark = int.from_bytes(opened.read(4), "little"), opened.read(4)
    if mark == _LOCKED:
        raise InputError([Fault(name, "", "encrypted", "is encrypted.", "Export it without a key.")])
    if mark != _MARK or length > size - 12:
        raise damaged(name, "it does not end as one")
    if length > _MOST_FOOTER:
        message = (
            f"says more than {_MOST_FOOTER >> 20} MB of its columns alone, which no event log does: it is not read."
        )
        raise InputError([Fault(name, "", "bomb", message)])
    opened.seek(size - 8 - length)
    return opened.read(length)


def _top(schema: list[dict[int, Any]]) -> Iterator[str]:
    """The names of the columns; what is nested in one stands behind it."""
    within = 0
    for element in schema[1:]:
        if not within:
            yield element[_NAME].decode("utf-8", "replace")
        within += max(0, element.get(_CHILDREN, 0)) - bool(within)


def _faults(name: str, columns: list[str], rows: int, size: int, unpacked: int) -> Iterator[Fault]:
    if len(columns) > _MOST_COLUMNS:
        message = f"has {len(columns):,} columns, and {_MOST_COLUMNS:,} are the most: it is no event log."
        yield Fault(name, "", "too-many-columns", message)
        return
    for column, many in Counter(columns).items():
        if many > 1:
            shown = column[:60] or "without a name"
            message, advice = f"there are {many} columns {shown}.", "Give each a name of its own."
            yield Fault(name, "", "doubled-column", message, advice)
    if rows > _FREE_ROWS and rows > _ROWS_A_BYTE * size:
        message = f"unpacks to {rows:,} rows from {size:,} bytes, which no event log does: it is not read."
        yield Fault(name, "", "bomb", message)
    elif unpacked > _FREE and unpacked > _RATIO * size:
        message = f"unpacks to {unpacked >> 20:,} MB from {size:,} bytes, which no event log does: it is not read."
        yield Fault(name, "", "bomb", message)


class _Compact:
    """Thrift's compact protocol, as far as a footer needs it: structs as dictionaries by the numbers of their fields.

    Each method raises ValueError or IndexError where the bytes make no sense.
    """

    def __init__(self, said: bytes) -> None:
        self.said = said
        self.at = self.elements = 0

    def struct(self, deep: int = 0) -> dict[int, Any]:
        """The struct that begins here."""
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._whole()
            kind = head & 15
            found[number] = kind == 1 if kind in (1, 2) else self._value(kind, deep + 1)
        return found

    def _value(self, kind: int, deep: int) -> Any:
        if deep > _DEEPEST or self.elements > _MOST_ELEMENTS:
            raise ValueError
        if kind in (4, 5, 6):  # numbers of 16, 32 and 64 bits
            return self._whole()
        if kind == 8:
            return self._bytes(self._count())
        if kind == 12:
            return self.struct(deep)
        if kind in (9, 10):  # a list, a set
            head = self._byte()
            many = head >> 4 if head >> 4 < 15 else self._count()
            self.elements += many
            return [self._value(head & 15, deep + 1) for _ in range(many)]
        if kind in (1, 2, 3):  # a truth value in a list, a byte
            return self._byte()
        if kind == 7:
            return self._bytes(8)
        raise ValueError  # a map, which no footer has

    def _byte(self) -> int:
        self.at += 1
        return self.said[self.at - 1]

    def _bytes(self, many: int) -> bytes:
        self.at += many
        if self.at > len(self.said):
            raise ValueError
        return self.said[self.at - many : self.at]

    def _count(self) -> int:
        found = shift = 0
        while True:
            one = self._byte()
            found |= (one & 127) << shift
            shift += 7
            if one < 128:
                return found
            if shift > 63:
                raise ValueError

    def _whole(self) -> int:
        found = self._count()
        return found >> 1 ^ -(found & 1)
