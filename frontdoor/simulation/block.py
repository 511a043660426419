"""Columns side by side in large pieces of memory."""

from __future__ import annotations

__all__ = ["Block"]

from typing import Any

_LINE = 8  # words that are fetched together
_WORDS = 1 << 22  # so much at once that the system can give it in large pages, of which few need be known at a time


class Block:
    """Lays columns out as numpy does, but one behind the other.

    Arrays of a run's size would each begin at the start of a page. Then row n of all of them would lie at one place of
    its page, and of such places the processor keeps eight at hand.
    """

    def __init__(self, numpy: Any) -> None:
        """Nothing is laid out yet."""
        self._numpy = numpy
        self._free = numpy.empty(0, dtype="int64")

    def full(self, length: int, fill: int, dtype: str) -> Any:
        """A column of one value throughout, of 64 or 32 bits."""
        words = length if dtype == "int64" else length // 2 + 1
        if words > len(self._free):
            self._free = self._numpy.empty(max(words, _WORDS), dtype="int64")
        column = self._free[:words].view(dtype)[:length]
        self._free = self._free[-(-words // _LINE) * _LINE :]
        column[:] = fill
        return column
