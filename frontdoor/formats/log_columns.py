"""Events of a log as columns: what was done, some thousands at a time, without an object for each.

Events that the desk recorded itself are left out, but for the ids of corrections, which whoever reads the log applies.
"""

from __future__ import annotations

__all__ = ["FACTS", "STORED", "Stretch", "columns", "row_of"]

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from frontdoor.errors import LogTampered
from frontdoor.event import Event, details_text, is_own, read_moment, stored
from frontdoor.formats.source import DETAIL
from frontdoor.log.sealing import shown_text
from frontdoor.moment import FIRST_YEAR, LAST_YEAR, bounds

if TYPE_CHECKING:
    import polars as pl

STORED = (
    "position", "event_id", "case_id", "event", "happened_at", "recorded_at", "actor", "role", "episode", "family", "details",
    "digest", "salt",
)  # fmt: skip
"""What is read of each event, as a log keeps it."""
_AT = STORED.index("details")
FACTS: dict[str, type] = {
    "position": int, **dict.fromkeys(("case_id", "event", "actor", "role", "episode", "family"), str),
    **dict.fromkeys(("happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day", "day", "last_day"), int),
    "digest": str,
}  # fmt: skip
"""The columns that are made of them; those of details follow."""
_MOMENT = r"^(?:18[5-9]\d|19\d\d|20\d\d)-\d\d-\d\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{6})?\+00:00$"
"""A moment as `event.stored` writes it, in years by whole columns: polars knows no summer time from 2100 on."""
_IN_THE_OPEN = "-"
"""A salt that says that details are not sealed."""
_BOUNDS = ("from", "to", "day", "last_day")


class Stretch(NamedTuple):
    """Events of neighbouring positions."""

    facts: pl.DataFrame
    """What was done, as in `Source.events` as it was recorded, with the `digest` of its workflow in place of `bound`."""
    corrections: tuple[str, ...]
    """The event ids of the corrections among them."""


def columns(rows: Sequence[tuple[Any, ...]]) -> Stretch:
    """The columns of some events, each a value for every one of `STORED`.

    Raises:
        LogTampered: one cannot be read.
    """
    import polars as pl

    try:
        every: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(STORED)
        if "" in every[-1]:  # an empty salt: the details are sealed, and anybody may read only which there are
            every[_AT] = [shown_text(row[_AT], row[0]) if row[-1] == "" else row[_AT] for row in rows]
        frame = pl.DataFrame(
            pl.Series(name, values, dtype=pl.Int64 if name == "position" else pl.String)
            for name, values in zip(STORED, every, strict=True)
        )
    except (TypeError, OverflowError, UnicodeEncodeError):
        raise _unreadable(next(row[0] for row in rows if not _is_text(row[1:]))) from None
    named = frame["event"].unique()
    own = [name for name in named if is_own(name)]
    mended = [name for name in own if name.partition(".")[2] == "corrected"]
    corrections = frame.filter(pl.col("event").is_in(mended))["event_id"]
    if own:
        frame = frame.filter(~pl.col("event").is_in(own))
    details, are_read = _details(frame["details"])
    happened, recorded = _moments(frame["happened_at"], "happened"), _moments(frame["recorded_at"], "recorded")
    first, last = (frame["happened_at"].str.slice(place, 4) for place in (0, -10))
    is_span = frame["happened_at"].str.len_bytes() == 21
    years = [first, last.set(~is_span, None).fill_null(first)]
    bad = (
        ~are_read
        | happened["happened_day"].is_null()
        | (recorded["recorded_day"].is_null() & (frame["recorded_at"] != ""))
        | ~(years[0].is_between(pl.lit(str(FIRST_YEAR)), pl.lit(str(LAST_YEAR))))
        | ~(years[1].is_between(pl.lit(str(FIRST_YEAR)), pl.lit(str(LAST_YEAR))))
    )
    if bad.any():
        raise _unreadable(frame["position"].filter(bad)[0])
    days = happened.select(day="happened_day", last_day="happened_last_day")
    facts = pl.concat([frame, happened, recorded, days], how="horizontal").select(*FACTS)
    return Stretch(facts.hstack(details), tuple(corrections))


def row_of(event: Event) -> tuple[Any, ...]:
    """An event as a log keeps it, as far as its details can be read: a value for every one of `STORED`."""
    return (
        event.position, event.event_id, event.case_id, event.event, stored(event.happened_at), stored(event.recorded_at),
        event.actor, event.role, event.episode, event.family, details_text(event.details), event.digest, _IN_THE_OPEN,
    )  # fmt: skip


def _unreadable(position: int) -> LogTampered:
    return LogTampered(f"event {position} is not as it was recorded: it cannot be read.", position)


def _is_text(values: Sequence[object]) -> bool:
    try:
        return all(isinstance(value, str) and value.encode() is not None for value in values)
    except UnicodeEncodeError:
        return False


def _moments(texts: pl.Series, prefix: str) -> pl.DataFrame:
    """Four columns of bounds, all null where nothing or nothing readable stands."""
    import polars as pl

    text = pl.when(texts.str.contains(_MOMENT)).then(texts)
    at = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", strict=False, time_unit="us")
    found = pl.select(at=at).select(
        moment=pl.col("at").dt.timestamp("us"),
        day=pl.col("at").dt.convert_time_zone("Europe/London").dt.date().cast(pl.Int32).cast(pl.Int64),
    )
    names = [f"{prefix}_{bound}" for bound in _BOUNDS]
    frame = pl.DataFrame(dict(zip(names, (found["moment"], found["moment"], found["day"], found["day"]), strict=True)))
    left = texts.filter(found["day"].is_null() & (texts != "")).unique()
    if not len(left):
        return frame
    more = pl.DataFrame(
        [(one, *_bounds(one)) for one in left],
        schema=["text", *_BOUNDS],
        orient="row",
        schema_overrides=dict.fromkeys(_BOUNDS, pl.Int64),
    )
    rest = pl.DataFrame({"text": texts}).join(more, on="text", how="left", maintain_order="left")
    return frame.with_columns(pl.coalesce(name, rest[bound]) for name, bound in zip(names, _BOUNDS, strict=True))


def _bounds(text: str) -> tuple[int, int, int, int] | tuple[None, None, None, None]:
    try:
        happened = read_moment(text)
        return (None,) * 4 if happened is None else bounds(happened)
    except (TypeError, ValueError, OverflowError):
        return (None,) * 4


def _details(texts: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """A column for each detail that any has, as text, in the order of their names; and which of the texts can be read."""
    import polars as pl

    distinct = texts.unique(maintain_order=True)
    said = [_said(text) for text in distinct]
    names = sorted({name for one in said if one is not None for name in one})
    table = pl.DataFrame({
        "text": distinct, "is_read": [one is not None for one in said],
        **{DETAIL + name: [(one or {}).get(name, "") for one in said] for name in names},
    }, schema={"text": pl.String, "is_read": pl.Boolean, **{DETAIL + name: pl.String for name in names}})  # fmt: skip
    found = texts.alias("text").to_frame().join(table, on="text", how="left", maintain_order="left")
    return found.drop("text", "is_read"), found["is_read"]


def _said(details: str) -> dict[str, str] | None:
    """The details that a log's JSON holds, each as text; None where it cannot be read."""
    if details == "{}":
        return {}
    try:
        said = {name: _text(value) for name, value in json.loads(details).items()}
        if "\\u" in details and not _is_text([*said, *said.values()]):  # half a character
            return None
        return said
    except (TypeError, ValueError, AttributeError, RecursionError):
        return None


def _text(value: object) -> str:
    return "" if value is None else value.strip() if isinstance(value, str) else details_text(value)
