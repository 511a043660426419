"""A source's events as the integer columns that the kernel folds, in the order things happened."""

from __future__ import annotations

__all__ = ["Log", "day_text", "lay_out", "moment_text"]

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.compiled import Compiled, compiled_for
from frontdoor.errors import Fault, InputError
from frontdoor.formats.source import DETAIL, Source, known_from, moment_between, plain, standing
from frontdoor.library import Library, load
from frontdoor.moment import EPOCH, Happened, bounds, moment_of, written
from frontdoor.rows import NEVER, NOBODYS_ROLE, UNBOUND, Events
from frontdoor.uniting import united

if TYPE_CHECKING:
    import polars as pl

_YEAR_2100 = 4_102_444_800_000_000
"""When it begins; polars knows no summer time from then on."""


@attrs.frozen(slots=False, eq=False)
class Log:
    """A source laid out as at a moment, for the kernel."""

    source: Source
    groups: tuple[Compiled, ...]
    """The tables that cases are judged by: one for all, or, of sources that were matched, one for each `source.groups`."""
    rows: pl.DataFrame
    """The rows looked at, in the order they are folded, as integers: `at`, where each stands in `source.events`, `case`,
    `group`, and the columns of the kernel."""
    as_at: Happened | None
    """The moment judged from; a date means the whole of it. None for a source without any event."""
    ends: tuple[Happened | None, ...]
    """The same for each group: of sources that were matched, some may end before the others."""
    as_known_at: Happened | None
    """The moment of knowledge; None: everything is known."""
    hidden: int
    """Events left out because they were recorded after the moment of knowledge."""
    later: int
    """Events left out because they happened after the moment judged from."""

    @property
    def compiled(self) -> Compiled:
        """The names behind the numbers, the same in every group."""
        return self.groups[0]

    def end_of(self, case: str) -> Happened | None:
        """The moment that a case is judged from."""
        return self.ends[self._groups.get(case, 0)]

    @cached_property
    def _groups(self) -> dict[str, int]:
        """The group of each case, where there are several."""
        if len(self.groups) == 1:
            return {}
        firsts = self.rows.unique("case", keep="first", maintain_order=True)
        names = taken(self.source.events["case_id"], firsts["at"])
        return dict(zip(names.to_list(), firsts["group"].to_list(), strict=True))

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The rows with what the source says of each, but for details."""
        events, rows = self.source.events, self.rows.drop("actor", "role")
        named = [name for name in events.columns if name not in rows.columns and not name.startswith(DETAIL)]
        return rows.hstack(plain(events.select(named)[rows["at"]])).insert_column(0, self._numbers())

    def _numbers(self) -> pl.Series:
        import polars as pl

        return pl.int_range(self.rows.height, dtype=pl.Int32, eager=True).alias("row")

    def text(self, column: str, rows: pl.Series | None = None) -> pl.Series:
        """A column of texts of the source's, at those rows, or at all; '' where a row is -1."""
        at = self.rows["at"]
        return taken(self.source.events[column], at if rows is None else _through(at, rows))

    def happened(self, rows: pl.Series | None = None) -> pl.Series:
        """When those rows (or all) happened, as files show it; '' where a row is -1."""
        return self._moments(("happened_from", "happened_to", "day", "last_day"), rows)

    def recorded(self, rows: pl.Series | None = None) -> pl.Series:
        """When those rows (or all) were recorded, as files show it; '' where that is not said."""
        return self._moments(("recorded_from", "recorded_to", "recorded_day", "recorded_day"), rows)

    def _moments(self, columns: Sequence[str], rows: pl.Series | None) -> pl.Series:
        at = self.rows["at"] if rows is None else _through(self.rows["at"], rows)
        values = (taken(self.source.events[name], at) for name in columns)
        return _texts(dict(zip(("first", "last", "day", "last_day"), values, strict=True)))

    @cached_property
    def occurring(self) -> frozenset[str]:
        """The names of the events that were looked at."""
        return frozenset(self.text("event").unique())

    @property
    def events(self) -> Events:
        """All rows as the kernel reads them, as arrays."""
        return events_of(self.rows)

    def blocks(self, most: int) -> Iterator[tuple[int, pl.Series]]:
        """The rows in blocks of whole cases that are judged by the same tables to the same end, of some `most` rows: one of their
        groups, and the rows."""
        for group, mine in self._alike():
            cases = self.rows["case"].gather(mine)
            begun = 0
            while begun < len(mine):
                end = begun + most
                if end < len(mine):
                    end = int(cases.search_sorted(int(cases[end - 1]), side="right"))
                yield group, mine[begun:end]
                begun = end

    def _alike(self) -> Iterator[tuple[int, pl.Series]]:
        """The rows of groups that are judged alike, by the first of these groups."""
        import polars as pl

        first: dict[tuple[int, Happened | None], int] = {}
        alike = [
            first.setdefault((id(one.rules), end), n)
            for n, (one, end) in enumerate(zip(self.groups, self.ends, strict=True))
        ]
        every = self._numbers()
        if len(first) == 1:
            yield 0, every
            return
        whose = self.rows["group"].replace_strict(list(range(len(alike))), alike, return_dtype=pl.Int32)
        rows = pl.DataFrame({"whose": whose, "row": every}).sort("whose", maintain_order=True)
        for (group,), mine in rows.group_by("whose", maintain_order=True):
            yield int(group), mine["row"]


def _through(at: pl.Series, rows: pl.Series) -> pl.Series:
    """Where rows stand in the source; -1 for -1."""
    import polars as pl

    return taken(at, rows).fill_null(-1).cast(pl.Int32)


def taken(values: pl.Series, rows: pl.Series) -> pl.Series:
    """The values at those rows; '', or null for numbers, where the row is -1."""
    import polars as pl

    found = values.gather(pl.select(pl.when(rows >= 0).then(rows)).to_series())
    if isinstance(found.dtype, pl.Enum):
        found = found.cast(pl.String)
    return found.fill_null("") if found.dtype == pl.String else found


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
    events = source.events.drop(pl.selectors.starts_with(DETAIL)).with_row_index("at")
    frame = standing(events, as_known_at)
    hidden = 0 if as_known_at is None else _hidden(source.events, bounds(as_known_at)[1])
    reaches = None if as_at else tuple(one.reach for one in source.groups)
    as_at = as_at or source.reference or _last(frame)
    ends = tuple(reach or as_at for reach in reaches or (None,) * max(1, len(source.groups)))
    shown = frame.height
    if as_at is not None and shown:
        limits = [bounds(end)[1] for end in ends if end]
        limit = pl.lit(limits[0]) if len(set(limits)) == 1 else pl.col("group").replace_strict(
            list(range(len(limits))), limits, return_dtype=pl.Int64
        )  # fmt: skip
        happened = frame.select(pl.col("happened_from") <= limit).to_series()
        frame = frame if happened.all() else frame.filter(happened)

    names = frame["event"].unique().to_list()
    every = united(library, older)
    declared = {w: every.anywhere(w).transitions for w in every.composed[None].workflows}
    pairs = (name.split(".", 1) for name in names if "." in name)
    occurring = {w for w, move in pairs if move in declared.get(w, ())}
    groups = compiled_for(library, source.groups or (source.carries,), occurring, older)
    rows = _in_order(source, _bound(source, frame, groups[0], binds=binds), groups[0])
    return Log(source, groups, rows, as_at, ends, as_known_at, hidden, shown - frame.height)


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
        return frame.with_columns(bound=pl.lit(UNBOUND, pl.Int32))
    frame = frame.with_columns(pl.col("bound").fill_null(UNBOUND).cast(pl.Int32))
    odd = frame.filter(~pl.col("bound").is_between(UNBOUND, len(compiled.editions) - 2))
    if odd.height:
        row = odd.row(0, named=True)
        where, message = f"row {row['position']}, column bound", f"there is no edition number {row['bound']}."
        raise InputError([Fault(source.name, where, "unknown-edition", message)])
    return frame


def _last(frame: pl.DataFrame) -> Happened | None:
    import polars as pl

    if not frame.height:
        return None
    one_day = pl.col("day") == pl.col("last_day")  # of a span of days, the first is known to have come
    until = pl.when(one_day).then("happened_to").otherwise("happened_from")
    for first, to, day in (("recorded_from", pl.col("recorded_to"), "recorded_day"), ("happened_from", until, "day")):
        last = frame.select(pl.col(first).alias("first"), pl.col(day).alias("on"), "day", "last_day", to=to)
        last = last.filter(pl.col("to") == pl.col("to").max())
        if last.height:
            # Of a date and a moment that end together the date says more: the whole of it.
            row = last.sort("first").row(0, named=True)
            if day == "day" and row["day"] != row["last_day"]:
                return date.fromordinal(row["day"] + EPOCH)
            return moment_between(row["first"], row["to"], row["on"], row["on"])
    return None


def _in_order(source: Source, frame: pl.DataFrame, compiled: Compiled) -> pl.DataFrame:
    import polars as pl

    there, row = set(frame.columns), pl.col("row")
    frame = frame.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int32))
    dated = pl.col("happened_from") != pl.col("happened_to")
    light = frame.select(
        pl.col("at").cast(pl.Int32),
        "position",
        order="order" if "order" in there else "position",
        case=row.first().over("case_id"),
        group=pl.col("group").cast(pl.Int32) if "group" in there and source.groups else pl.lit(0, pl.Int32),
        transition=_numbered(frame["event"], compiled.numbers, -1),
        earliest="happened_from",
        latest="happened_to",
        day=pl.col("day").cast(pl.Int32),
        last_day=pl.col("last_day").cast(pl.Int32),
        recorded_day=pl.col("recorded_day").cast(pl.Int32),
        actor=pl.when(pl.col("actor") == "").then(-1).otherwise(row.first().over("actor")).cast(pl.Int32),
        role=_numbered(frame["role"], {"": -1} | {role: n for n, role in enumerate(compiled.roles)}, NOBODYS_ROLE),
        given=_given(source, frame, compiled),
        bound="bound",
        by_position=dated.any().over("case_id", "day") if frame.select(dated.any()).item() else pl.lit(False),
        labelled=_labels(frame),
    )  # fmt: skip
    light = light.with_columns(moment=pl.when("by_position").then(0).otherwise("earliest"))
    light = light.sort("case", "day", "moment", "order").drop("moment", "by_position", "order")
    light = light.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int32))
    # A label is known by the first of its rows, as folded: so a block of cases needs room for its own alone.
    label = pl.when(pl.col("labelled") < 0).then(-1).otherwise(row.first().over("labelled")).cast(pl.Int32)
    return light.with_columns(label=label).drop("labelled", "row")


def _numbered(texts: pl.Series, numbers: Mapping[str, int], otherwise: int) -> pl.Series:
    """The number of each text."""
    import polars as pl

    if isinstance(texts.dtype, pl.Enum):
        said = _numbered(texts.dtype.categories, numbers, otherwise)
        return said.gather(texts.to_physical().cast(pl.UInt32))
    return texts.replace_strict(list(numbers), list(numbers.values()), default=otherwise, return_dtype=pl.Int32)


def _given(source: Source, frame: pl.DataFrame, compiled: Compiled) -> pl.Series:
    """The details that were recorded with each event, as bits; one that its source has no place for is not missed."""
    import polars as pl

    at, events = frame["at"], source.events
    is_all = len(at) == events.height and at.is_sorted()
    found = pl.repeat(0, len(at), dtype=pl.Int64, eager=True)
    for name, bit in compiled.details.items():  # one by one, so that no more than one is there at a time
        if DETAIL + name in events.columns:
            said = events[DETAIL + name] != ""
            found |= (said if is_all else said.gather(at)).cast(pl.Int64) * (1 << bit)
    if source.groups and "of" in frame.columns:
        held = [one.details for one in source.groups]
        places = [
            sum(1 << bit for name, bit in compiled.details.items() if one is not None and name not in one)
            for one in held
        ]
        found |= frame["of"].replace_strict(list(range(len(places))), places, default=0, return_dtype=pl.Int64)
    return found


def _labels(frame: pl.DataFrame) -> pl.Expr:
    """A number for each of the source's own names of episodes; -1 where there is none."""
    import polars as pl

    episode = pl.col("episode") != ""
    if not frame.select(episode.any()).item():
        return pl.lit(-1, dtype=pl.Int32)
    workflow = pl.col("event").str.split(".").list.first()
    number = pl.col("row").first().over("case_id", workflow, "episode")
    return pl.when(episode).then(number).otherwise(-1)


def events_of(rows: pl.DataFrame) -> Events:
    """Rows as the kernel reads them. They are whole cases; labels are numbered anew from the first of them."""
    import numpy
    import polars as pl

    def column(name: str) -> Any:
        return numpy.ascontiguousarray(rows[name].cast(pl.Int64).fill_null(NEVER).to_numpy())

    columns = {name: column(name) for name in Events._fields}
    labels = columns["label"]
    if (labels >= 0).any():
        _, columns["label"] = numpy.unique(labels, return_inverse=True)
        columns["label"] -= int(labels.min() < 0)
    return Events(**columns)


def _texts(moments: dict[str, pl.Series]) -> pl.Series:
    import polars as pl

    first, last, day, last_day = (pl.col(name) for name in ("first", "last", "day", "last_day"))
    frame = pl.DataFrame(moments)
    if frame.select((first == last).all()).item():  # as in most logs: nothing is made that is not asked for
        return frame.select(said=moment_text(first).fill_null(""))["said"]
    text = (
        pl.when(first == last).then(moment_text(first))
        .when(day == last_day).then(day_text(day))
        .otherwise(pl.concat_str(day_text(day), pl.lit("/"), day_text(last_day)))
    )  # fmt: skip
    return frame.select(text.fill_null("").alias("said"))["said"]


def moment_text(microseconds: pl.Expr) -> pl.Expr:
    """A moment in Europe/London with that day's offset, as `moment.written` writes it."""
    import polars as pl

    at = microseconds.cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Europe/London").dt
    whole = microseconds % 1_000_000 == 0
    text = pl.when(whole).then(at.to_string("%Y-%m-%dT%H:%M:%S%:z")).otherwise(at.to_string("%Y-%m-%dT%H:%M:%S%.6f%:z"))
    later = pl.when(microseconds >= _YEAR_2100).then(microseconds)
    return pl.coalesce(later.map_batches(_one_by_one, return_dtype=pl.String), text)


def _one_by_one(moments: pl.Series) -> pl.Series:
    import polars as pl

    if moments.null_count() == len(moments):
        return moments.cast(pl.String)
    return pl.Series([None if at is None else written(moment_of(at)) for at in moments], dtype=pl.String)


def day_text(days: pl.Expr) -> pl.Expr:
    """A date, as `moment.written` writes it."""
    import polars as pl

    return days.cast(pl.Int32).cast(pl.Date).dt.to_string("%Y-%m-%d")
