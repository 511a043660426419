"""A source's events as the integer columns that the kernel folds, in the order things happened."""

from __future__ import annotations

__all__ = ["Log", "day_text", "lay_out", "moment_text", "series"]

from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.compiled import Compiled, compile_rules
from frontdoor.errors import Fault, InputError
from frontdoor.formats.source import DETAIL, Source, known_from, moment_between, standing
from frontdoor.library import Library, load
from frontdoor.moment import Happened, bounds
from frontdoor.rows import NEVER, NOBODYS_ROLE, UNBOUND, Events
from frontdoor.uniting import united

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
    as_known_at: Happened | None
    """The moment of knowledge; None: everything is known."""
    hidden: int
    """Events left out because they were recorded after the moment of knowledge."""
    later: int
    """Events left out because they happened after the moment judged from."""

    @cached_property
    def happened(self) -> pl.Series:
        """When each row happened, as files show it."""
        return _texts(self.frame, "happened", "day", "last_day")

    @cached_property
    def recorded(self) -> pl.Series:
        """When each row was recorded, as files show it; '' where that is not said."""
        return _texts(self.frame, "recorded", "recorded_day", "recorded_day")


def lay_out(
    source: Source,
    library: Library | None = None,
    *,
    as_at: Happened | None = None,
    as_known_at: Happened | None = None,
) -> Log:
    """The events that were known by `as_known_at` and had happened by `as_at`, case by case.

    A case is folded in the order things happened; the events of a day any of which is date-only keep the order of the
    source. `as_at` is by default the source's own reference date, else the last moment of recording, else of
    happening, among the events that are not hidden. `library` is by default the source's own, with the older ones that
    it binds episodes to; under another each episode is bound to the edition in force on the day it opened.

    Raises:
        InputError: the source binds an episode to an edition that it does not carry.
    """
    import polars as pl

    binds = library is None and source.library is not None
    library = library or source.library or load()
    older = source.older if binds else ()
    frame = standing(source.events, as_known_at)
    hidden = 0 if as_known_at is None else _hidden(source.events, bounds(as_known_at)[1])
    as_at = as_at or source.reference or _last(frame)
    shown = frame.height
    if as_at is not None:
        frame = frame.filter(pl.col("happened_from") <= bounds(as_at)[1])
    later = shown - frame.height

    names = frame["event"].unique().to_list()
    every = united(library, older)
    declared = {w: every.anywhere(w).transitions for w in every.composed[None].workflows}
    pairs = (name.split(".", 1) for name in names if "." in name)
    occurring = {w for w, move in pairs if move in declared.get(w, ())}
    compiled = compile_rules(library, source.carries, occurring, older)
    frame = _in_order(_bound(source, frame, compiled, binds=binds), compiled)
    return Log(source, compiled, frame, _events(frame), as_at, as_known_at, hidden, later)


def _hidden(events: pl.DataFrame, moment: int) -> int:
    """How many events were not known by a moment, in any version."""
    known = events.filter(known_from(events) <= moment)
    if "known_to" not in events.columns:
        return events.height - known.height
    return events["position"].n_unique() - known["position"].n_unique()


def _bound(source: Source, frame: pl.DataFrame, compiled: Compiled, *, binds: bool) -> pl.DataFrame:
    """With the edition that each event says, where the source says any and is judged by its own library."""
    import polars as pl

    if not binds or "bound" not in frame.columns:
        return frame.with_columns(bound=pl.lit(UNBOUND, pl.Int64))
    frame = frame.with_columns(pl.col("bound").fill_null(UNBOUND))
    odd = frame.filter(~pl.col("bound").is_between(UNBOUND, len(compiled.editions) - 2))
    if odd.height:
        row = odd.row(0, named=True)
        where, message = f"row {row['position']}, column bound", f"there is no edition number {row['bound']}."
        raise InputError([Fault(source.name, where, "unknown-edition", message)])
    return frame


def series(column: Any, count: int) -> pl.Series:
    """The first `count` of a column of the kernel's."""
    import polars as pl

    return pl.Series(column[:count], dtype=pl.Int64)


def _last(frame: pl.DataFrame) -> Happened | None:
    import polars as pl

    if not frame.height:
        return None
    for what, day in (("recorded", "recorded_day"), ("happened", "last_day")):
        last = frame.filter(pl.col(f"{what}_to") == pl.col(f"{what}_to").max())
        if last.height:
            # Of a date and a moment that end together the date says more: the whole of it.
            row = last.sort(f"{what}_from").row(0, named=True)
            return moment_between(row[f"{what}_from"], row[f"{what}_to"], row[day], row[day])
    return None


def _in_order(frame: pl.DataFrame, compiled: Compiled) -> pl.DataFrame:
    import polars as pl
    import polars.selectors as cs

    given = [
        pl.when(pl.col(DETAIL + name) != "").then(pl.lit(1 << bit, dtype=pl.Int64)).otherwise(0)
        for name, bit in compiled.details.items()
        if DETAIL + name in frame.columns
    ]
    episode = pl.col("episode") != ""
    dated = pl.col("happened_from") != pl.col("happened_to")
    exact = not frame.select(dated.any()).item()
    frame = (
        frame.with_row_index("row")
        .with_columns(
            case=pl.col("row").first().over("case_id").cast(pl.Int64),
            by_position=pl.lit(False) if exact else dated.any().over("case_id", "day"),
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
    frame = frame.with_columns(label=label).drop(cs.starts_with(DETAIL)).sort("case", "day", at, "position")
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
        actor=column("actor_number"), role=column("role_number"), given=column("given"), bound=column("bound"),
    )  # fmt: skip


def _texts(frame: pl.DataFrame, what: str, first_day: str, last_day: str) -> pl.Series:
    import polars as pl

    first, last = pl.col(f"{what}_from"), pl.col(f"{what}_to")
    text = (
        pl.when(first == last).then(moment_text(first))
        .when(pl.col(first_day) == pl.col(last_day)).then(day_text(pl.col(first_day)))
        .otherwise(pl.concat_str(day_text(pl.col(first_day)), pl.lit("/"), day_text(pl.col(last_day))))
    )  # fmt: skip
    return frame.select(text.fill_null("").alias(what))[what]


def moment_text(microseconds: pl.Expr) -> pl.Expr:
    """A moment in Europe/London with that day's offset, as `moment.written` writes it."""
    import polars as pl

    at = microseconds.cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Europe/London").dt
    whole = microseconds % 1_000_000 == 0
    return pl.when(whole).then(at.to_string("%Y-%m-%dT%H:%M:%S%:z")).otherwise(at.to_string("%Y-%m-%dT%H:%M:%S%.6f%:z"))


def day_text(days: pl.Expr) -> pl.Expr:
    """A date, as `moment.written` writes it."""
    import polars as pl

    return days.cast(pl.Int32).cast(pl.Date).dt.to_string("%Y-%m-%d")
