"""Which sources know which episodes of a child, and which of them would know if there were more."""

from __future__ import annotations

__all__ = ["is_plain_log", "knowing", "workflows_of"]

from collections.abc import Sequence
from typing import TYPE_CHECKING

from frontdoor.formats.matching.reach import period
from frontdoor.formats.source import Source

if TYPE_CHECKING:
    import polars as pl


def knowing(
    sources: Sequence[Source], rows: pl.DataFrame, same: pl.DataFrame, workflows: Sequence[str]
) -> pl.DataFrame:
    """For each child, with sources as bits: `mask`, those that know it; `alone`, those that tell all that is told of it;
    `flows`, for each of its workflows the `flow`, `by` (for each episode those that tell of it) and `vouching`: those that
    tell of all these episodes, and began no later than anything of the child that others tell.

    Logs without a reference date are one log. Of a child that they alone know is said instead of `flows` (which is null)
    which workflows are `late`: the logs that tell of them begin only after the child's first day. `key` says all that.
    """
    import polars as pl

    kept = rows.select(
        "row", "child", "source", "day", bit=pl.lit(2, pl.Int64).pow("source"),
        flow=pl.col("event").str.split(".").list.first(),
    ).join(same.select("row", "fact", "run"), on="row", how="left")  # fmt: skip
    facts = kept.group_by("fact").agg(pl.col("child", "day").min(), heard=pl.col("bit").bitwise_or())
    children = kept.group_by("child").agg(mask=pl.col("bit").bitwise_or(), first=pl.col("day").min())
    alone = timely = pl.lit(0, pl.Int64)
    for n, source in enumerate(sources):
        others = (
            facts.filter(pl.col("heard") & 1 << n == 0).group_by("child").agg(pl.col("day").min().alias(f"but {n}"))
        )
        children = children.join(others, on="child", how="left")
        first, its = pl.col(f"but {n}"), pl.lit(1 << n, pl.Int64)
        alone = alone | pl.when(first.is_null()).then(its).otherwise(0)
        timely = timely | pl.when(first.is_null() | (first >= period(source)[0])).then(its).otherwise(0)
    children = children.with_columns(alone=alone, timely=timely)
    logs = sum(1 << n for n, source in enumerate(sources) if is_plain_log(source))
    one_log = pl.col("mask") & ~pl.lit(logs, pl.Int64) == 0
    late = [
        pl.when(one_log & (pl.col("first") < begins)).then(pl.lit(name))
        for name, begins in _begun(sources, workflows).items()
    ]  # fmt: skip
    children = children.with_columns(late=pl.concat_list(late or [pl.lit(None, pl.String)]).list.drop_nulls())
    known = kept.filter(pl.col("flow").is_in(list(workflows)))
    episodes = known.group_by("child", "flow", "run").agg(by=pl.col("bit").bitwise_or())
    units = episodes.group_by("child", "flow").agg(pl.col("by").unique().sort(), every=pl.col("by").bitwise_and())
    units = units.join(children.filter(~one_log), on="child", how="inner").sort("child", "flow")
    vouching = pl.col("every") & pl.col("timely")
    said = pl.concat_str("flow", pl.col("by").cast(pl.List(pl.String)).list.join(","), vouching, separator=":")
    units = units.group_by("child", maintain_order=True).agg(
        flows=pl.struct("flow", "by", vouching=vouching), said=said.str.join(";")
    )
    children = children.join(units, on="child", how="left")
    parts = ("mask", "alone", pl.col("late").list.join(","), pl.col("said").fill_null(""), one_log)
    return children.select("child", "mask", "alone", "late", "flows", key=pl.concat_str(*parts, separator="|"))


def is_plain_log(source: Source) -> bool:
    """Whether a source is a log of events as they happened, of whatever kind, that states no reference date."""
    return source.carries.transitions is None and source.carries.logged and source.reference is None


def _begun(sources: Sequence[Source], workflows: Sequence[str]) -> dict[str, int]:
    """Of each workflow that plain logs tell of the day on which the first of these logs begins."""
    found: dict[str, int] = {}
    for source in sources:
        if is_plain_log(source):
            begins, told = period(source)[0], workflows_of(source)
            found |= {name: min(begins, found.get(name, begins)) for name in workflows if name in told}
    return found


def workflows_of(source: Source) -> frozenset[str]:
    """The workflows of which a source has any event."""
    import polars as pl

    return frozenset(source.events["event"].unique().cast(pl.String).str.split(".").list.first())
