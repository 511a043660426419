"""From when and up to when each source speaks."""

from __future__ import annotations

__all__ = [
    "ALWAYS", "Window", "begins", "endless", "ends", "last_moment", "last_of", "latest", "left_out", "notes", "period", "windows",
]  # fmt: skip

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from frontdoor.formats.dated import OPEN
from frontdoor.formats.source import Source, moment_between
from frontdoor.moment import EPOCH, Happened, bounds

if TYPE_CHECKING:
    import polars as pl

ALWAYS = 1 << 62
"""Further than any moment."""
_YEAR = 365
_DAY = 24 * 3_600_000_000
_OPEN = bounds(OPEN)[3]
_OPEN_TO = bounds(OPEN)[1]


def ends(sources: Sequence[Source]) -> list[Happened | None]:
    """The last moment that each source speaks of: its reference date, or for a return that states none its last date. All
    logs that state none are one log, which speaks up to its last moment of recording, else of happening; None where there
    is nothing but these."""
    own = [
        source.reference if source.reference or source.carries.logged else last_of([source.events])
        for source in sources
    ]  # fmt: skip
    if all(source.carries.logged and source.reference is None for source in sources):
        return own
    logs = last_of([source.events for source, end in zip(sources, own, strict=True) if end is None])
    return [end or logs for end in own]


def latest(ends: Sequence[Happened | None]) -> Happened | None:
    """The latest of them."""
    return max((end for end in ends if end is not None), key=lambda end: bounds(end)[1], default=None)


def last_of(frames: Sequence[pl.DataFrame]) -> Happened | None:
    """The last moment of recording, else of happening; of a date and a moment that end together the date, and of what has no
    last day that is known its first day."""
    import polars as pl

    schema = dict.fromkeys(("first", "last", "day"), pl.Int64)
    for what, day in (("recorded", "recorded_day"), ("happened", "last_day")):
        ended = [frame.filter(pl.col(day) != _OPEN) for frame in frames]
        parts = [frame.select(first=f"{what}_from", last=f"{what}_to", day=day).cast(pl.Int64) for frame in ended]
        begun = [frame.filter(pl.col(day) == _OPEN)["day"].max() for frame in frames]
        begun_on = [bounds(date.fromordinal(on + EPOCH))[:3] for on in begun if isinstance(on, int)]
        every = pl.concat([*parts, pl.DataFrame(begun_on, schema=schema, orient="row")])
        every = every.filter(pl.col("last") == pl.col("last").max())
        if every.height:
            first, last, on = every.sort("first").row(0)
            return moment_between(first, last, on, on)
    return None


def left_out(facts: pl.DataFrame, apart: pl.DataFrame) -> Happened | None:
    """The last moment of all that is told, where that is of what was left out: else there is no need to say it."""
    if apart.is_empty():
        return None
    every, kept = last_of([facts, apart]), last_of([facts])
    return every if every and kept and bounds(every)[1] > bounds(kept)[1] else None


class Window(NamedTuple):
    """What a source surely reaches: of a day that it begins or ends on, it may lack a part."""

    begins: int
    begins_with: Mapping[str, int]
    """The same of events of which it holds some period only."""
    ends: int
    until: int
    """The moment after which nothing can be in it: the reference date of a return; else there is none."""
    logged: bool

    def reaches(self, event: str, first: int, last: int) -> bool:
        """Whether it speaks of the time in which something happened (from its first day on, if it has no last)."""
        return self.begins_with.get(event, self.begins) <= first and (first if last >= _OPEN_TO else last) <= self.ends

    def reach(self) -> pl.Expr:
        """The same of rows, by their 'event', 'cover_from' and 'cover_to'."""
        import polars as pl

        events, begins = list(self.begins_with), list(self.begins_with.values())
        begins_on = pl.col("event").replace_strict(events, begins, default=self.begins, return_dtype=pl.Int64)
        last = pl.when(endless("cover_to")).then("cover_from").otherwise("cover_to")
        return (pl.col("cover_from") >= begins_on) & (last <= self.ends)


def windows(sources: Sequence[Source], rows: pl.DataFrame) -> list[Window]:
    """What each source reaches, by its own events: a log made of parts is not taken for one here."""
    import polars as pl

    found = []
    for n, source in enumerate(sources):
        mine = rows.filter(pl.col("source") == n)
        ended = pl.when(endless("cover_to")).then(None).otherwise("cover_from")
        begins, ends = mine.select(pl.col("cover_to").min(), ends=ended.max()).row(0)
        partial = mine.filter(pl.col("event").is_in(list(source.carries.partial)))
        begins_with = dict(partial.group_by("event").agg(pl.col("cover_to").min()).iter_rows())
        until = ALWAYS
        if source.reference is not None:
            ends = bounds(source.reference)[1]
            if not source.carries.logged:
                until, begins = ends, max(begins or 0, ends - _YEAR * _DAY)
        begins, ends = ALWAYS if begins is None else begins, -ALWAYS if ends is None else ends
        found.append(Window(begins, begins_with, ends, until, source.carries.logged))
    return found


def period(source: Source) -> tuple[int, int]:
    """The days that a source tells of: from its first to its last, or to its reference date. A return tells of a year."""
    import polars as pl

    if source.events.is_empty():
        return 0, -1
    ended = pl.when(pl.col("last_day") == _OPEN).then("day").otherwise("last_day")
    first, last = source.events.select(pl.col("day").min(), last=ended.max()).row(0)
    if source.reference is not None:
        last = bounds(source.reference)[3]
        first = first if source.carries.logged else max(first, last - _YEAR)
    return first, last


def begins(source: Source) -> int:
    """The moment from which a source tells: the beginning of its first day, or of the first of its period."""
    return bounds(date.fromordinal(period(source)[0] + EPOCH))[0] if source.events.height else ALWAYS


def last_moment(end: Happened | None) -> int:
    """The last moment of a source that speaks up to that (None: to whatever is there)."""
    return ALWAYS if end is None else bounds(end)[1]


def endless(column: str) -> pl.Expr:
    """Whether a last moment says only that a decision has no day: it has come after some first day."""
    import polars as pl

    return pl.col(column) >= _OPEN_TO


def notes(names: Sequence[str], ends: Sequence[Happened | None]) -> list[str]:
    """Where they differ, a sentence on that."""
    said = [_day(end) for end in ends]
    if len(set(said)) < 2:
        return []
    each = ", ".join(f"{name} up to {end}" for name, end in zip(names, said, strict=True))
    return [
        f"The sources do not speak up to the same day: {each}. A child is judged as at the last day that a source which knows it "
        "speaks of."
    ]


def _day(end: Happened | None) -> str:
    return "" if end is None else date.fromordinal(bounds(end)[3] + EPOCH).isoformat()
