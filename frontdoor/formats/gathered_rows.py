"""Events with attributes of any name, gathered as a reader comes upon them, and made a table of texts (`event_rows`)."""

from __future__ import annotations

__all__ = ["EventRows"]

from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING

from frontdoor.formats.event_rows import MOST_KEPT, listed
from frontdoor.formats.source import DETAIL

if TYPE_CHECKING:
    import polars as pl

_AT_ONCE = 1 << 16
_MOST_NAMES, _MOST_SEEN = 1000, 5000
_MOST_CELLS = 20_000_000
_LONGEST_NAME = 2000
_STANDS_IN = "\N{REPLACEMENT CHARACTER}"


class _Column:
    """The texts of one name, where there are any, with their rows."""

    __slots__ = ("packed", "rows", "texts")

    def __init__(self) -> None:
        self.rows = array("I")
        self.texts: list[str] = []
        self.packed: list[pl.Series] = []


class EventRows:
    """What a reader has found so far: one row an event, and what is said of the cases themselves."""

    def __init__(self) -> None:
        self.count = 0
        self.odd = 0
        """Texts that held what no text can."""
        self._groups = array("q")
        self._events: dict[str, _Column] = {}
        self._cases: dict[str, _Column] = {}
        self._beyond: set[str] = set()

    def add(self, said: Mapping[str, str], case: int = -1) -> None:
        """One event: its texts by name, and the number of its case among those that `about_case` tells of."""
        row = self.count
        self.count += 1
        self._groups.append(case)
        for name, text in said.items():
            column = self._events.get(name) or self._new(self._events, name)
            column.rows.append(row)
            column.texts.append(text[:MOST_KEPT])
        if self.count % _AT_ONCE == 0:
            self._pack()

    def has_place_for(self, name: str) -> None:
        """The file has a place for that name, whether or not any event says anything there."""
        if name not in self._events:
            self._new(self._events, name)

    def _new(self, columns: dict[str, _Column], name: str) -> _Column:
        if name.startswith(DETAIL) and (len(columns) >= _MOST_SEEN or len(name) > _LONGEST_NAME):
            self._beyond.add(name[:_LONGEST_NAME])
            return _Column()  # kept nowhere
        return columns.setdefault(_whole(name).replace("\x00", _STANDS_IN), _Column())

    def about_case(self, case: int, said: Mapping[str, str]) -> None:
        """What is said of the case of that number; its `case_id` too, if its events do not say that."""
        for name, text in said.items():
            column = self._cases.get(name) or self._new(self._cases, name)
            column.rows.append(case)
            column.texts.append(text[:MOST_KEPT])

    def frame(self, notes: list[str]) -> pl.DataFrame:
        """Every event as texts, '' where nothing is said, with its `position` from 1; what had to be left out is noted.

        A table has a cell for every row and name: of many names that hardly any event has, the rarest are left out.
        """
        import polars as pl

        self._pack()
        kept = self._kept(notes)
        columns = {name: self._dense(column, self.count) for name, column in self._events.items() if name in kept}
        groups = pl.Series(self._groups, dtype=pl.Int64)
        groups = groups.set(groups < 0, None)
        many = 1 + max((row for column in self._cases.values() for row in column.rows), default=-1)
        for name, column in self._cases.items():
            if name in kept:
                said = self._dense(column, many).gather(groups).fill_null("")
                columns[name] = (
                    said.set(columns[name] != "", None).fill_null(columns[name]) if name in columns else said
                )
        if self.odd:
            notes.append(
                f"{listed(self.odd, 'text')} held what no text can (NUL, or half a character): {_STANDS_IN} stands for it."
            )
        position = pl.int_range(1, self.count + 1, dtype=pl.Int64, eager=True)
        return pl.DataFrame({"position": position, "group": groups, **columns})

    def _kept(self, notes: list[str]) -> set[str]:
        own = {name for name in (*self._events, *self._cases) if not name.startswith(DETAIL)}
        weights: dict[str, int] = {}
        for columns in (self._events, self._cases):
            for name, column in columns.items():
                if name not in own:
                    weights[name] = weights.get(name, 0) + len(column.rows)
        cells = max(_MOST_CELLS, 20 * sum(weights.values()))
        most = min(_MOST_NAMES, cells // max(self.count, 1))
        ranked = sorted(weights, key=lambda name: -weights[name])
        if gone := [*ranked[most:], *sorted(self._beyond)]:
            shown = ", ".join(repr(name.removeprefix(DETAIL)[:40]) for name in gone[:3])
            every = len(ranked) + len(self._beyond)
            notes.append(
                f"{len(gone):,} of {every:,} attributes were passed over, such as {shown}: a table cannot hold so many."
            )
        return {*own, *ranked[:most]}

    def _pack(self) -> None:
        import polars as pl

        for column in (*self._events.values(), *self._cases.values()):
            if column.texts:
                try:
                    packed = pl.Series(column.texts, dtype=pl.String)
                except UnicodeEncodeError:
                    whole = [_whole(text) for text in column.texts]
                    self.odd += sum(map(str.__ne__, whole, column.texts))
                    packed = pl.Series(whole, dtype=pl.String)
                nul = packed.str.contains("\x00", literal=True)
                if nul.any():
                    self.odd += int(nul.sum())
                    packed = packed.str.replace_all("\x00", _STANDS_IN, literal=True)
                column.packed.append(packed.str.strip_chars())
                column.texts = []

    @staticmethod
    def _dense(column: _Column, height: int) -> pl.Series:
        import polars as pl

        texts = pl.concat(column.packed) if column.packed else pl.Series([], dtype=pl.String)
        rows = pl.Series(column.rows, dtype=pl.UInt32)
        if len(rows) == height and rows.is_sorted() and rows.n_unique() == height:
            return texts
        said = pl.DataFrame({"row": rows, "text": texts}).unique("row", keep="first", maintain_order=True)
        every = pl.DataFrame({"row": pl.int_range(height, dtype=pl.UInt32, eager=True)})
        return every.join(said, on="row", how="left", maintain_order="left")["text"].fill_null("")


def _whole(text: str) -> str:
    """The text, its pairs of surrogates one character each, and a replacement for each that stands alone."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
