"""Which sources know which episodes of a child, and which of them would know if there were more."""

from __future__ import annotations

__all__ = ["is_plain_log", "knowing", "workflows_of"]

from collections.abc import Sequence
from typing import TYPE_CHECKING

from frontdoor.formats.matching.flows import Flows
from frontdoor.formats.matching.reach import ALWAYS, begins, endless, last_moment
from frontdoor.formats.source import Source
from frontdoor.moment import Happened

if TYPE_CHECKING:
    import polars as pl

_EPISODE = ("child", "flow", "run")


def knowing(
    sources: Sequence[Source], rows: pl.DataFrame, same: pl.DataFrame, flows: Flows, ends: Sequence[Happened | None]
) -> pl.DataFrame:
    """For each child, with sources as bits: `mask`, those that know it; `alone`, those that tell all that is told of it;
    `flows`, for each of its workflows the `flow`, `by` (for each episode those that tell of it, and reach all that is told of
    it) and `vouching`: those that tell of all these episodes, and reach all that others tell of the child.

    A source reaches what lies between its first moment and its last (`ends`); a return tells whole episodes, whenever they
    began. Logs without a reference date are one log. Of a child that they alone know is said instead of `flows` (which is
    null) which workflows are `late`: the logs that tell of them begin only after the child's first moment; and which of those
    are `unseen`: of an episode the opening is not told, and may lie before. `key` says all that.
    """
    import polars as pl

    facts = _facts(rows, same, flows)
    begun = _begun(sources, flows.names)
    children = _children(sources, facts, ends)
    late = [
        pl.when("one_log", pl.col("first") < begins).then(pl.lit(name)) for name, begins in begun.items()
    ]  # fmt: skip
    children = children.with_columns(late=pl.concat_list(late or [pl.lit(None, pl.String)]).list.drop_nulls())
    episodes = _episodes(sources, facts.filter(pl.col("flow").is_in(list(flows.names))), children, ends, begun)
    units = episodes.group_by("child", "flow").agg(
        pl.col("by").unique().sort(), pl.col("one_log", "timely").first(), every=pl.col("told").bitwise_and(),
        unseen=~pl.col("opens").all(),
    ).sort("child", "flow")  # fmt: skip
    unseen = units.filter("one_log", "unseen").group_by("child", maintain_order=True).agg(unseen="flow")
    units = units.filter(~pl.col("one_log")).with_columns(vouching=pl.col("every") & pl.col("timely"))
    said = pl.concat_str("flow", pl.col("by").cast(pl.List(pl.String)).list.join(","), "vouching", separator=":")
    units = units.group_by("child", maintain_order=True).agg(
        flows=pl.struct("flow", "by", "vouching"), said=said.str.join(";")
    )
    children = children.join(units, on="child", how="left").join(unseen, on="child", how="left")
    children = children.with_columns(pl.col("unseen").fill_null([]).list.set_intersection("late"))
    names = (pl.col(name).list.join(",") for name in ("late", "unseen"))
    key = pl.concat_str("mask", "alone", *names, pl.col("said").fill_null(""), "one_log", separator="|")
    return children.select("child", "mask", "alone", "late", "unseen", "flows", key=key)


def _facts(rows: pl.DataFrame, same: pl.DataFrame, flows: Flows) -> pl.DataFrame:
    """Each fact with its child, `flow` and `run`, when it happened (`first` to `last`; of what has no last day both are the
    first), whether it `opens` its episode, and as bits who tells it, or contradicts it (`heard`)."""
    import polars as pl

    kept = rows.select(
        "row", "child", "event", "happened_from", "happened_to", bit=pl.lit(2, pl.Int64).pow("source"),
        flow=pl.col("event").str.split(".").list.first(),
    ).join(same.select("row", "fact", "run", "apart"), on="row", how="left")  # fmt: skip
    openings = [flows.of(name).opening for name in flows.names]
    last = pl.when(endless("happened_to")).then("happened_from").otherwise("happened_to")
    agreed = ~pl.col("apart")  # what contradicts a fact is not when it happened
    kept = kept.with_columns(
        first=pl.when(agreed).then("happened_from"),
        last=pl.when(agreed).then(last),
        opens=agreed & pl.col("event").is_in(openings),
    )
    return kept.group_by("fact").agg(
        pl.col(*_EPISODE).first(), pl.col("first").max(), pl.col("last").min(), pl.col("opens").any(),
        heard=pl.col("bit").bitwise_or(),
    )  # fmt: skip


def _children(sources: Sequence[Source], facts: pl.DataFrame, ends: Sequence[Happened | None]) -> pl.DataFrame:
    """Each child with its `first` moment, and as bits who know it (`mask`), tell all that is told of it (`alone`), or reach all
    that others tell of it (`timely`); and whether it is known to plain logs only (`one_log`)."""
    import polars as pl

    children = facts.group_by("child").agg(pl.col("first").min(), mask=pl.col("heard").bitwise_or())
    alone = timely = pl.lit(0, pl.Int64)
    for n, source in enumerate(sources):
        others = facts.filter(pl.col("heard") & 1 << n == 0).group_by("child").agg(
            pl.col("first").min().alias(f"first {n}"), pl.col("last").max().alias(f"last {n}")
        )  # fmt: skip
        children = children.join(others, on="child", how="left")
        its, none = pl.lit(1 << n, pl.Int64), pl.col(f"first {n}").is_null()
        reached = (pl.col(f"first {n}") >= begins(source)) & (pl.col(f"last {n}") <= last_moment(ends[n]))
        alone = alone | pl.when(none).then(its).otherwise(0)
        timely = timely | pl.when(none | reached).then(its).otherwise(0)
    logs = sum(1 << n for n, source in enumerate(sources) if is_plain_log(source))
    one_log = pl.col("mask") & ~pl.lit(logs, pl.Int64) == 0
    return children.select("child", "first", "mask", alone=alone, timely=timely, one_log=one_log)


def _episodes(
    sources: Sequence[Source],
    facts: pl.DataFrame,
    children: pl.DataFrame,
    ends: Sequence[Happened | None],
    begun: dict[str, int],
) -> pl.DataFrame:
    """Each episode with as bits who tell of it (`told`), and which of these reach all of it (`by`)."""
    import polars as pl

    episodes = facts.group_by(_EPISODE).agg(
        pl.col("first").min(), pl.col("last").max(), pl.col("opens").any(), told=pl.col("heard").bitwise_or()
    )
    its = children.select("child", "one_log", "timely", childs="first")
    episodes = episodes.join(its, on="child", how="left")
    first = pl.when("opens").then("first").otherwise("childs")  # else it may have opened before what is told of it
    by = pl.col("told")
    for n, source in enumerate(sources):
        began = pl.lit(begins(source), pl.Int64)
        if is_plain_log(source):
            began = pl.col("flow").replace_strict(begun, default=began, return_dtype=pl.Int64)
        elif not source.carries.logged:
            began = pl.lit(-ALWAYS, pl.Int64)
        reached = (first >= began) & (pl.col("last") <= last_moment(ends[n]))
        by = by & ~pl.when(reached).then(pl.lit(0, pl.Int64)).otherwise(1 << n)
    return episodes.with_columns(by=by)


def is_plain_log(source: Source) -> bool:
    """Whether a source is a log of events as they happened, of whatever kind, that states no reference date."""
    return source.carries.transitions is None and source.carries.logged and source.reference is None


def _begun(sources: Sequence[Source], workflows: Sequence[str]) -> dict[str, int]:
    """Of each workflow that plain logs tell of the moment at which the first of these logs begins."""
    found: dict[str, int] = {}
    for source in sources:
        if is_plain_log(source):
            first, told = begins(source), workflows_of(source)
            found |= {name: min(first, found.get(name, first)) for name in workflows if name in told}
    return found


def workflows_of(source: Source) -> frozenset[str]:
    """The workflows of which a source has any event."""
    import polars as pl

    return frozenset(source.events["event"].unique().cast(pl.String).str.split(".").list.first())
