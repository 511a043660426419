"""What the rows of a table tell through a mapping: events, whose values mean what the mapping says.

A column of the table is named by its place (`columns` has that of each that the mapping names); its `position` counts the
rows of the file.
"""

from __future__ import annotations

__all__ = ["absent", "folded", "told"]

from collections.abc import Iterable
from typing import TYPE_CHECKING

from frontdoor.errors import did_you_mean
from frontdoor.formats.event_rows import listed, source_of
from frontdoor.formats.mapping import Mapping
from frontdoor.formats.source import DETAIL, Rejected, Source

if TYPE_CHECKING:
    import polars as pl

_MONTH_FIRST = r"^\d{1,2}/(?:1[3-9]|2\d|3[01])/\d{4}"


def told(
    table: pl.DataFrame, rejected: list[Rejected], columns: dict[str, int], name: str, mapping: Mapping
) -> tuple[Source, set[str]]:
    """What a table tells, and the events of which some date could not be read; `rejected` are the rows that are not in it.

    Raises:
        InputError: there is no event in it, and no row that is rejected.
    """
    import polars as pl

    notes: list[str] = []
    if mapping.dates:
        frame, shown = _by_date(table, columns, mapping), {}
        dates = len(mapping.dates)
        notes.append(f"A row is a record of {listed(dates, 'date')}: position {dates + 1} is the first date of row 2.")
    else:
        said = {**mapping.columns, **{DETAIL + detail: theirs for detail, theirs in mapping.details.items()}}
        frame = table.select("position", **{ours: _joined(columns, theirs) for ours, theirs in said.items()})
        shown = {ours: " and ".join(theirs) for ours, theirs in mapping.columns.items()}
    constant = {key: text for key, text in mapping.constants.items() if key not in frame.columns}
    frame = frame.with_columns(pl.lit(text).alias(key) for key, text in constant.items())
    frame, unread, named = _meant(frame, mapping, notes)
    source = source_of(
        frame, name, "mapped-csv", carries=mapping.carries, notes=notes, rejected=unread, shown={}, dates=True
    )
    undated = [one.row for one in source.rejected if one.column == "happened_at"]
    source.rejected = sorted([*rejected, *(_placed(one, mapping, shown) for one in source.rejected)])
    return source, {*named.filter(pl.col("position").is_in(undated))["event"]}


def _joined(columns: dict[str, int], theirs: tuple[str, ...]) -> pl.Expr:
    """Columns as one text, those that say nothing left out."""
    import polars as pl

    cells = [pl.col(str(columns[column])) for column in theirs]
    return (
        cells[0]
        if len(cells) == 1
        else pl.concat_str(cells, separator=" ").str.replace_all(r"\s+", " ").str.strip_chars()
    )


def _by_date(table: pl.DataFrame, columns: dict[str, int], mapping: Mapping) -> pl.DataFrame:
    """A row for each date of each record, numbered through, those that say nothing left out."""
    import polars as pl

    frames = []
    dates = mapping.dates
    every = {DETAIL + name for details in (mapping.details, *(date.details for date in dates)) for name in details}
    every |= {name for named in (mapping.columns, *(date.columns for date in dates)) for name in named}
    for number, date in enumerate(dates, 1):
        said = {**mapping.columns, **date.columns, "happened_at": (date.column,)}
        said |= {DETAIL + name: theirs for name, theirs in {**mapping.details, **date.details}.items()}
        if date.event_in:
            said["event"] = date.event_in
        cells = {name: _joined(columns, theirs) for name, theirs in said.items()}
        cells |= {name: pl.lit("") for name in every if name not in said}
        cells["given"] = pl.lit(date.event)
        cells.setdefault("event", pl.lit(""))
        position = (pl.col("position") - 1) * len(dates) + number
        frame = table.select(position, **cells).filter(pl.col("happened_at") != "")
        frames.append(frame.select(sorted(frame.columns)))
    return pl.concat(frames).sort("position")


def absent(table: pl.DataFrame, columns: dict[str, int], mapping: Mapping) -> Iterable[str]:
    """The events that a record does not date, though it does one that the mapping names after it."""
    import polars as pl

    said = [_joined(columns, (date.column,)) != "" for date in mapping.dates]
    for place, date in enumerate(mapping.dates[:-1]):
        if date.event and table.select((~said[place] & pl.any_horizontal(said[place + 1 :])).any()).item():
            yield date.event


def _meant(
    frame: pl.DataFrame, mapping: Mapping, notes: list[str]
) -> tuple[pl.DataFrame, list[Rejected], pl.DataFrame]:
    """With the events, roles and dates that the values of the file stand for; the rows whose values stand for none; and the
    event of each row, by position, whatever its date."""
    import polars as pl

    rejected: list[Rejected] = []
    if mapping.ignores:
        ignored = _values(frame["event"]).is_in([folded(value) for value in mapping.ignores])
        if ignored.any():
            notes.append(
                f"{listed(int(ignored.sum()), 'row')} passed over, as the mapping says: {', '.join(mapping.ignores)[:200]}."
            )
            frame = frame.filter(~ignored)
    if mapping.events:
        known = {folded(value): event for value, event in mapping.events.items()}
        events = _values(frame["event"]).replace_strict(
            list(known), list(known.values()), default=None, return_dtype=pl.String
        )
        odd = events.is_null() & (frame["event"] != "")
        if "given" in frame.columns:
            odd &= frame["given"] == ""
        said = {
            value: f"is no event that the mapping knows.{did_you_mean(value[:80], mapping.events)}"
            for value in frame["event"].filter(odd).unique().head(100)
        }
        for position, value in frame.filter(odd).select("position", "event").iter_rows():
            rejected.append(
                Rejected(position, "event", said.get(value, "is no event that the mapping knows."), value[:100])
            )
        frame = frame.with_columns(event=events.fill_null("")).filter(~odd)
    if "given" in frame.columns:
        event = pl.when(pl.col("given") != "").then("given").otherwise("event")
        frame = frame.with_columns(event=event).drop("given")
    if mapping.roles and "role" in frame.columns:
        roles = {folded(value): role for value, role in mapping.roles.items()}
        meant = _values(frame["role"]).replace_strict(
            list(roles), list(roles.values()), default=None, return_dtype=pl.String
        )
        unknown = frame["role"].filter(meant.is_null() & (frame["role"] != "")).unique().sort()
        if len(unknown):
            shown = ", ".join(repr(value[:40]) for value in unknown[:6])
            notes.append(f"Roles that the mapping does not name stand as they are: {shown}.")
        frame = frame.with_columns(role=meant.fill_null(frame["role"]))
    named = frame.select("position", "event")
    for column in ("happened_at", "recorded_at"):
        if column in frame.columns:
            frame, unread = _dated(frame, column, mapping)
            rejected += unread
    return frame, rejected, named


def _values(texts: pl.Series) -> pl.Series:
    """Values, whatever their case and the spaces in them."""
    return texts.str.to_lowercase().str.replace_all(r"\s+", " ")


def _dated(frame: pl.DataFrame, column: str, mapping: Mapping) -> tuple[pl.DataFrame, list[Rejected]]:
    """With a column of dates in ISO 8601; and the rows whose dates are not written as the mapping says."""
    import polars as pl

    texts, asked = frame[column], mapping.date_format
    if asked is None:
        odd = texts.str.contains(_MONTH_FIRST)
        reason = f'is not dd/mm/yyyy: where the month stands first, say date_format = "mm/dd/yyyy" in {mapping.shown}.'
    else:
        there = texts.unique()
        iso = {text: asked.iso(text) for text in there if text}
        texts = (
            texts.replace_strict(list(iso), list(iso.values()), default="", return_dtype=pl.String) if iso else texts
        )
        odd = texts.is_null()
        reason = f"is no date written as {asked.written}."
    bad = frame.filter(odd).select("position", column)
    rejected = [Rejected(position, column, reason, text[:100]) for position, text in bad.iter_rows()]
    return frame.with_columns(texts.alias(column)).filter(~odd), rejected


def _placed(one: Rejected, mapping: Mapping, shown: dict[str, str]) -> Rejected:
    """What was rejected, by the row and column of the file itself."""
    if not mapping.dates:
        column = shown.get(one.column, one.column)
        return one._replace(column=column)
    row, number = divmod(one.row - 1, len(mapping.dates))
    date = mapping.dates[number]
    theirs = {"happened_at": (date.column,), "event": date.event_in, **mapping.columns, **date.columns}
    return one._replace(row=row + 1, column=" and ".join(theirs.get(one.column, ())) or one.column)


def folded(text: str) -> str:
    """Text, whatever its case and the spaces in it."""
    return " ".join(text.lower().split())
