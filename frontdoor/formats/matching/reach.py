"""Up to when each source speaks."""

from __future__ import annotations

__all__ = ["ALWAYS", "ends", "last_of", "latest", "notes", "period", "until"]

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from frontdoor.formats.source import Source, moment_between
from frontdoor.moment import EPOCH, Happened, bounds

if TYPE_CHECKING:
    import polars as pl

ALWAYS = 1 << 62
"""Further than any moment."""
_YEAR = 365


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
    """The last moment of recording, else of happening; of a date and a moment that end together the date."""
    import polars as pl

    for what, day in (("recorded", "recorded_day"), ("happened", "last_day")):
        parts = [frame.select(first=f"{what}_from", last=f"{what}_to", day=day).cast(pl.Int64) for frame in frames]
        every = pl.concat([pl.DataFrame(schema=dict.fromkeys(("first", "last", "day"), pl.Int64)), *parts])
        every = every.filter(pl.col("last") == pl.col("last").max())
        if every.height:
            first, last, on = every.sort("first").row(0)
            return moment_between(first, last, on, on)
    return None


def until(sources: Sequence[Source]) -> list[int]:
    """The moment after which nothing can be in a source: the reference date of a return; of others there is none."""
    return [
        bounds(source.reference)[1] if source.reference is not None and not source.carries.logged else ALWAYS
        for source in sources
    ]  # fmt: skip


def period(source: Source) -> tuple[int, int]:
    """The days that a source tells of: from its first to its last, or to its reference date. A return tells of a year."""
    if source.events.is_empty():
        return 0, -1
    first, last = int(source.events["day"].min()), int(source.events["last_day"].max())  # type: ignore[arg-type]
    if source.reference is not None:
        last = bounds(source.reference)[3]
        first = first if source.carries.logged else max(first, last - _YEAR)
    return first, last


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
