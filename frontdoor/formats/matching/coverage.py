"""What each source could have told: of which events it has a place, and for which time; and what it lacks of that."""

from __future__ import annotations

__all__ = ["children", "in_one_only"]

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from frontdoor.formats.matching.merging import Merged, one_of
from frontdoor.formats.matching.reach import Window, period
from frontdoor.formats.source import Finding, happened_at
from frontdoor.moment import EPOCH

if TYPE_CHECKING:
    import polars as pl


def in_one_only(merged: Merged, reached: Sequence[Window]) -> Iterator[Finding]:
    """A note for each fact that a source lacks, though it knows the child, has a place for it, and surely reaches it."""
    import polars as pl

    knows = merged.groups.children.select("child", knows="mask")
    facts = merged.facts.join(knows, on="child", how="left", maintain_order="left")
    for n, name in enumerate(merged.names):
        bit = 1 << n
        lacks = (pl.col("knows") & bit > 0) & (pl.col("heard") & bit == 0)
        for row in facts.filter(lacks & _place(merged, n) & reached[n].reach()).iter_rows(named=True):
            child, here = merged.children.names[row["child"]], merged.where(row["source"], row["own"])
            message = f"{here} tells of this. {name} knows the child and has a place for it, and does not."
            yield Finding(
                row["position"], child, row["label"], row["event"], happened_at(row), "in-one-only", "note", message
            )


def children(merged: Merged) -> pl.DataFrame:
    """A row for each child and each source: `case_id`, `source`, `events`, and `why` it tells of none ('' where it does)."""
    import polars as pl

    ids = merged.children.names
    names = pl.DataFrame({"child": range(len(ids)), "case_id": ids}, schema={"child": pl.Int64, "case_id": pl.String})
    frames = []
    for n, name in enumerate(merged.names):
        own = merged.rows.now.filter(pl.col("source") == n).group_by("child").agg(events=pl.len().cast(pl.Int64))
        place, time = _place(merged, n), _time(merged, n)
        could = merged.facts.group_by("child").agg(place=place.any(), could=(place & time).any())
        first, last = (date.fromordinal(day + EPOCH) for day in period(merged.sources[n]))
        lacks = (
            "has no place for" if merged.sources[n].carries.transitions is not None else "never tells of the kind of"
        )
        frame = names.join(own, on="child", how="left").join(could, on="child", how="left").sort("child")
        why = (
            pl.when(pl.col("events") > 0).then(pl.lit(""))
            .when(~pl.col("place")).then(pl.lit(f"{name} {lacks} any of its events"))
            .when(~pl.col("could")).then(pl.lit(f"{name} speaks of {first} to {last}, when none of them happened"))
            .otherwise(pl.lit(f"not recorded in {name}"))
        )  # fmt: skip
        frames.append(
            frame.select("child", "case_id", pl.lit(name).alias("source"), pl.col("events").fill_null(0), why=why)
        )
    return pl.concat(frames).sort("child", maintain_order=True).drop("child")


def _place(merged: Merged, n: int) -> pl.Expr:
    """Whether a source has a place for an event: it tells of some, or (of a format that cannot hold any) could."""
    source = merged.sources[n]
    own = set(source.events["event"].unique())
    if source.carries.transitions is None:
        return one_of("event", own)
    held = {event for event in merged.rows.now["event"].unique() if source.carries.holds(event)}
    return one_of("event", own | held)


def _time(merged: Merged, n: int) -> pl.Expr:
    """Whether a source speaks of the day of an event. What it holds of some period only, it holds from the first on."""
    import polars as pl

    source = merged.sources[n]
    first, last = period(source)
    partial = source.events.filter(one_of("event", source.carries.partial)).group_by("event").agg(pl.col("day").min())
    begins = pl.col("event").replace_strict(
        partial["event"].cast(pl.String), partial["day"], default=first, return_dtype=pl.Int64
    )
    return (pl.col("day") >= begins) & (pl.col("last_day") <= last)
