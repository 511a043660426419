"""Reading Parquet, a column at a time, once its footer says that it can be held."""

from __future__ import annotations

__all__ = ["read"]

import io
import re
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from frontdoor.compiled import Carries
from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats.event_rows import case_ids, without_overlong
from frontdoor.formats.parquet import columns as kinds
from frontdoor.formats.parquet import footer
from frontdoor.formats.parquet.columns import BOUNDS, Faulty
from frontdoor.formats.source import COLUMNS, DETAIL, Rejected, Source, month_first, polars
from frontdoor.formats.writing import detail_name

if TYPE_CHECKING:
    import polars as pl

_REQUIRED = COLUMNS[:3]
_OWN = ("case_id", "episode", "family")
"""Of these nearly each has a text of its own."""
_DATED = {"happened_at": "happened", "recorded_at": "recorded"}
_MOST_BYTES = 4 << 30
_FREE_BYTES, _RATIO = 200 << 20, 1000
"""Of texts, each as often as it stands in its column, and how many times the size of the file what is more may be."""
_MANY = 2_000_000
"""Rows from which a text of its own in each of them would be too much."""
_SAID = re.compile(r'ErrString\("(.+?)(?:\. |\\n|"\))')
_SAMPLE, _FEW, _SHORT = 100_000, 10_000, 100_000


def read(file: Path | str | bytes, name: str, *, many: int = _MANY) -> Source:
    """Read a file, or the bytes of one, column by column. A row that has no case, no event, or no date is rejected. From
    `many` rows on, columns of few different texts are kept as such.

    Raises:
        InputError: it is not Parquet or is damaged, a column is missing or of another kind, or there is no row.
    """
    polars()
    import polars as pl

    try:
        return _Reading(file if isinstance(file, bytes) else Path(file), name, many).source()
    except FileNotFoundError:
        raise
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, MemoryError) as error:
        raise footer.damaged(name, _first_line(error)) from None


def _first_line(error: BaseException) -> str:
    """What polars says, in short."""
    said = _SAID.search(str(error))
    return (said[1] if said else (str(error).splitlines() or [""])[0])[:120]


class _Reading:
    """A Parquet file, of which one column after another is read, and what has been found in it so far."""

    def __init__(self, file: Path | bytes, name: str, many: int) -> None:
        self.file, self.name, self.many = file, name, many
        self.said = footer.read(file, name)
        self.size = len(file) if isinstance(file, bytes) else file.stat().st_size
        self.notes: list[str] = []
        self.columns: dict[str, pl.Series] = {}
        self.faulty: list[tuple[str, Faulty]] = []

    def source(self) -> Source:
        """All of it."""
        schema = self._schema()
        if faults := list(_faults(self.name, schema)):
            raise InputError(faults)
        if not self.said.rows:
            raise InputError([Fault(self.name, "", "no-rows", "has columns and no rows.")])
        for column in COLUMNS:
            if column not in _DATED and column in schema:
                self._text(column, column)
        details = self._details(schema)
        for column, detail in details.items():
            self._text(column, DETAIL + detail)
        for column, prefix in _DATED.items():
            if column in schema:
                bounds, faulty = kinds.moments(self._column(column), self.notes, dates=column == "happened_at")
                self.columns |= {f"{prefix}_{bound}": bounds[bound] for bound in BOUNDS}
                if column == "recorded_at":  # which may be empty
                    faulty = faulty._replace(rows=faulty.rows & (faulty.texts != ""))
                self.faulty.append((column, faulty))
        return self._source(tuple(details.values()))

    def _schema(self) -> dict[str, pl.DataType]:
        """The columns with their kinds."""
        import polars as pl

        if self.said.has_offsets:
            self.file = footer.without_arrow(self.file)
        try:
            return dict(pl.scan_parquet(self._opened(), glob=False, hive_partitioning=False).collect_schema())
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            message = f"has a column of a kind that is not read ({_first_line(error)}), or is damaged."
            advice = "Leave that column out, or export it as text."
            raise InputError([Fault(self.name, "", "wrong-kind", message, advice)]) from None

    def _opened(self) -> Path | IO[bytes]:
        """What polars reads from."""
        return io.BytesIO(self.file) if isinstance(self.file, bytes) else self.file

    def _column(self, name: str) -> pl.Series:
        import polars as pl

        found = pl.read_parquet(self._opened(), columns=[name], glob=False, hive_partitioning=False)
        return found.to_series().rechunk()

    def _text(self, column: str, name: str) -> None:
        """Read a column as text, which goes by that name."""
        import polars as pl

        found = self._column(column)
        texts, beyond = kinds.text(found, whole=column in COLUMNS)
        texts = self._kept(texts, column)
        if column == "case_id":
            texts = case_ids(pl.DataFrame({column: texts}), self.notes)[column]
        if beyond:
            self.faulty.append((name.removeprefix(DETAIL), beyond))
        if column in _REQUIRED:
            self.faulty.append((column, kinds.nobody(found, texts)))
        self.columns[name] = texts

    def _kept(self, texts: pl.Series, column: str) -> pl.Series:
        """Texts with nothing around them and no NUL in them. Of many rows or more, few different ones are kept as such."""
        import polars as pl

        size = len(texts) * round(cast(float, texts.str.len_bytes().mean()))  # a sum of 32 bits would run over
        if size > min(_MOST_BYTES, max(_FREE_BYTES, _RATIO * self.size)):
            message = f"unpacks to {size >> 20:,} MB of text, which no event log does: it is not read."
            raise InputError([Fault(self.name, f"column {column[:80]}", "bomb", message)])
        is_few = column not in _OWN and texts.head(_SAMPLE).n_unique() < _FEW
        said = texts.unique() if is_few else texts  # few are soon looked at
        if said.str.contains(r"^\s|\s$").any():  # stripping copies every text
            texts, said = texts.str.strip_chars(), said.str.strip_chars()
        if said.str.contains("\x00", literal=True).any():
            texts, said = (
                one.str.replace_all("\x00", "\N{REPLACEMENT CHARACTER}", literal=True) for one in (texts, said)
            )
        if is_few and len(texts) >= self.many and len(said) < _FEW and not (said.str.len_bytes() > _SHORT).any():
            return texts.cast(pl.Enum(["", *sorted(set(said) - {""})]))
        return texts

    def _details(self, schema: dict[str, pl.DataType]) -> dict[str, str]:
        """The columns that are details, each with the detail's name."""
        found: dict[str, str] = {}
        passed = []
        for column, kind in schema.items():
            if column in COLUMNS:
                continue
            if kinds.is_plain(kind):
                detail = detail_name(column)
                found[column] = column if detail in schema and detail not in COLUMNS else detail
            else:
                passed.append(column[:40])
        if passed:
            more = f" and {len(passed) - 8} more" if len(passed) > 8 else ""
            self.notes.append(f"Columns that are nested or hold bytes were passed over: {', '.join(passed[:8])}{more}.")
        return found

    def _source(self, details: tuple[str, ...]) -> Source:
        import polars as pl

        rejected = [
            Rejected(row + 1, column, faulty.reasons.get(faulty.texts[row], "is empty."), faulty.texts[row][:100])
            for column, faulty in self.faulty
            for row in faulty.rows.arg_true()
        ]
        names = (
            "case_id", "event", "actor", "role", "episode", "family", *(DETAIL + detail for detail in details),
            "happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day",
        )  # fmt: skip
        height = len(self.columns["event"])
        nothing = pl.repeat("", height, dtype=pl.String, eager=True)
        never = pl.repeat(None, height, dtype=pl.Int64, eager=True)
        events = pl.DataFrame({
            "position": pl.int_range(1, height + 1, dtype=pl.Int64, eager=True),
            **{name: self.columns.get(name, never if name.startswith("recorded") else nothing) for name in names},
            "day": self.columns["happened_day"], "last_day": self.columns["happened_last_day"],
        })  # fmt: skip
        if rejected:
            events = events.filter(~pl.col("position").is_in([one.row for one in rejected]))
        events = without_overlong(events, rejected)
        notes = [*self.notes, *month_first(rejected)]
        carries = Carries(details=frozenset(details))
        return Source(self.name, "parquet", events, carries, sorted(rejected), notes, details=details)


def _faults(name: str, schema: dict[str, pl.DataType]) -> list[Fault]:
    """What is wrong with the columns."""
    faults = []
    for column in _REQUIRED:
        if column not in schema:
            close = did_you_mean(column, [other for other in schema if other not in COLUMNS])
            advice = close.strip() if "mean" in close else f"It needs {', '.join(_REQUIRED)} at least."
            faults.append(Fault(name, "", "missing-column", f"there is no column {column}.", advice))
    for column in COLUMNS:
        kind = schema.get(column)
        if kind is None:
            continue
        if column in _DATED and not kinds.is_dated(kind):
            message = f"holds {kind}, not dates, times or texts."
            faults.append(Fault(name, f"column {column}", "wrong-kind", message))
        elif column not in _DATED and not kinds.is_plain(kind):
            faults.append(Fault(name, f"column {column}", "wrong-kind", f"holds {kind}, not texts or numbers."))
    return faults
