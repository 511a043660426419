"""A source's events as the integer columns that the kernel folds, in the order things happened."""

from __future__ import annotations

__all__ = ["Log", "lay_out", "series"]

from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.compiled import Compiled, compile_rules
from frontdoor.event import NEVER, NOBODYS_ROLE, Events
from frontdoor.formats.source import DETAIL, Source, happened_at, moment_between
from frontdoor.library import Library
from frontdoor.moment import Happened, Span, bounds

if TYPE_CHECKING:
    import polars as pl


@attrs.frozen
class Log:
    """A source laid out as at a moment: `frame` has its rows in the order they are folded, `events` the same rows."""

    source: Source
    compiled: Compiled
    frame: pl.DataFrame
    events: Events
    as_at: Happened | None
    """The moment judged from; a date means the whole of it. None for a source without any event."""
    hidden: int
    """Events left out because they were recorded after the moment of knowledge."""
    later: int
    """Events left out because they happened after the moment judged from."""


def lay_out(
    source: Source, library: Library, *, as_at: Happened | None = None, as_known_at: Happened | None = None
) -> Log:
    """The events that were known by `as_known_at` and had happened by `as_at`, case by case.

    A case is folded in the order things happened; the events of a day any of which is date-only keep the order of the
    source. `as_at` is by default the source's own reference date, else the last moment of recording, else of
    happening, among the events that are not hidden.
    """
    import polars as pl

    frame = source.events
    if as_known_at is not None:
        # What is not said to be recorded is known at the earliest when it happens.
        known = pl.coalesce("recorded_from", "happened_from") <= bounds(as_known_at)[1]
        frame = frame.filter(known)
    hidden = source.events.height - frame.height
    as_at = as_at or source.reference or _last(frame)
    shown = frame.height
    if as_at is not None:
        frame = frame.filter(pl.col("happened_from") <= bounds(as_at)[1])
    later = shown - frame.height

    names = frame["event"].unique().to_list()
    bare = compile_rules(library)
    occurring = {name.split(".")[0] for name in names if name in bare.numbers}
    compiled = compile_rules(library, source.carries, occurring)
    frame = _in_order(frame, compiled)
    return Log(source, compiled, frame, _events(frame), as_at, hidden, later)


def series(column: Any, count: int) -> pl.Series:
    """The first `count` of a column of the kernel's."""
    import polars as pl

    return pl.Series(column[:count], dtype=pl.Int64)


def _last(frame: pl.DataFrame) -> Happened | None:
    import polars as pl

    if not frame.height:
        return None
    recorded = frame.filter(pl.col("recorded_day").is_not_null())
    if recorded.height:
        row = recorded.sort("recorded_to", -pl.col("recorded_from")).row(-1, named=True)
        return moment_between(row["recorded_from"], row["recorded_to"], row["recorded_day"], row["recorded_day"])
    last = happened_at(frame.sort("happened_to", -pl.col("happened_from")).row(-1, named=True))
    return last.last if isinstance(last, Span) else last


def _in_order(frame: pl.DataFrame, compiled: Compiled) -> pl.DataFrame:
    import polars as pl

    given = [
        pl.when(pl.col(DETAIL + name) != "").then(pl.lit(1 << bit, dtype=pl.Int64)).otherwise(0)
        for name, bit in compiled.details.items()
        if DETAIL + name in frame.columns
    ]
    episode = pl.col("episode") != ""
    frame = (
        frame.with_row_index("row")
        .with_columns(
            case=pl.col("row").first().over("case_id").cast(pl.Int64),
            by_position=(pl.col("happened_from") != pl.col("happened_to")).any().over("case_id", "day"),
            transition=pl.col("event").replace_strict(
                list(compiled.numbers), list(compiled.numbers.values()), default=-1, return_dtype=pl.Int64
            ),
            role_number=pl.when(pl.col("role") == "").then(-1).otherwise(
                pl.col("role").replace_strict(
                    list(compiled.roles), list(range(len(compiled.roles))), default=NOBODYS_ROLE, return_dtype=pl.Int64
                )
            ),
            actor_number=pl.when(pl.col("actor") == "").then(-1).otherwise(
                pl.col("row").first().over("actor").cast(pl.Int64)
            ),
            given=pl.sum_horizontal(given) if given else pl.lit(0, dtype=pl.Int64),
        )
    )  # fmt: skip
    if frame.select(episode.any()).item():
        workflow = pl.col("event").str.split(".").list.first()
        label = (
            pl.when(episode)
            .then(pl.col("row").first().over("case_id", workflow, "episode").cast(pl.Int64))
            .otherwise(-1)
        )
    else:
        label = pl.lit(-1, dtype=pl.Int64)
    at = pl.when("by_position").then(0).otherwise("happened_from")
    frame = frame.with_columns(label=label).sort("case", "day", at, "position")
    return frame.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))


def _events(frame: pl.DataFrame) -> Events:
    import numpy
    import polars as pl

    def column(name: str) -> Any:
        values = frame[name].cast(pl.Int64).fill_null(NEVER).to_numpy()
        return numpy.ascontiguousarray(values)

    return Events(
        case=column("case"), transition=column("transition"), label=column("label"), earliest=column("happened_from"),
        latest=column("happened_to"), day=column("day"), last_day=column("last_day"), recorded_day=column("recorded_day"),
        actor=column("actor_number"), role=column("role_number"), given=column("given"),
    )  # fmt: skip
