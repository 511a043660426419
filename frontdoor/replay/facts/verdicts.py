"""Every deadline of an audit in words, under any library the same deadline by the same key; and judging a source again."""

from __future__ import annotations

__all__ = ["again", "explanations", "same_log", "verdicts"]

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import attrs

from frontdoor.explanation import Explanation, explained
from frontdoor.formats.source import happened_at
from frontdoor.library import Library
from frontdoor.moment import Happened
from frontdoor.replay import deadlines
from frontdoor.replay.audit import Audit, run

if TYPE_CHECKING:
    import polars as pl


def again(audit: Audit, change: Callable[[Library], Library]) -> Audit:
    """The same source audited as at the same moment by a changed library; a log's own older libraries are changed, too."""
    source, log = audit.source, audit.log
    own = source.library is not None and log.compiled.editions[0].library is source.library
    as_at = log.as_at if len(set(log.ends)) == 1 else None  # sources that end on different days are judged so again
    options: dict[str, Any] = {"as_at": as_at, "as_known_at": log.as_known_at}
    if own and source.library is not None:
        older = tuple(change(one) for one in source.older)
        return run(attrs.evolve(source, library=change(source.library), older=older), None, **options)
    return run(source, change(log.compiled.editions[0].library), **options)


def same_log(a: Audit, b: Audit) -> bool:
    """Whether two audits are of the same records."""
    return a.source is b.source or a.source.events.equals(b.source.events)


def verdicts(audit: Audit) -> pl.DataFrame:
    """Every deadline as text, with what sets it: the columns of deadlines.csv, its `title`, `set_by` (file and table that set
    how long), `anchored_by` (that set what it counts from), and what names it under any library: `opened` (the position of
    the row that opened its episode), `timer` and `nth` (which of its clock's deadlines it is, from 1)."""
    import polars as pl

    log = audit.log
    full = deadlines.full(log, audit.folded.judged, audit.episodes)
    rows: list[tuple[Any, ...]] = []
    for edition, timer, again_ in full.select("edition", "timer", "again").unique(maintain_order=True).iter_rows():
        workflow, _, name = timer.partition(".")
        composed = log.compiled.composed(edition)
        then = again_ == 1 and composed.workflows[workflow].timers[name].then is not None
        origins = [
            composed.origin(workflow, "timers", name, key) for key in ("then" if then else "allowed", "counts_from")
        ]
        rows.append((edition, timer, again_, *map(str, origins)))
    key = ["edition", "timer", "again"]
    schema: Any = {**{name: full.schema[name] for name in key}, "set_by": pl.String, "anchored_by": pl.String}
    origins_of = pl.DataFrame(rows, schema=schema, orient="row")
    full = full.join(origins_of, on=key, how="left", maintain_order="left")
    full = full.with_columns(opened=log.rows["position"].gather(full["opened"]))
    nth = pl.col("d").cum_count().over("opened", "timer").cast(pl.Int64)
    return full.with_columns(nth=nth).select(
        "case_id", "episode", "timer", "title", "opened", "nth", "guidance", "counts_from", "counted_from", "allowed",
        "unit", "due", "stopped_at", "status", "over", "set_by", "anchored_by",
    )  # fmt: skip


def explanations(audit: Audit, cases: Iterable[str]) -> dict[str, list[Explanation]]:
    """Every deadline of some cases, explained, in the order of deadlines.csv."""
    import polars as pl

    log = audit.log
    wanted = sorted(set(cases))
    mine = audit.episodes.filter(pl.col("case_id").is_in(wanted))
    full = deadlines.full(log, audit.folded.judged.filter(pl.col("whose").is_in(mine["e"].implode())), audit.episodes)
    rows = {
        row["row"]: row
        for row in log.frame.filter(pl.col("case_id").is_in(wanted)).select(
            "row", "event", "position", "happened_from", "happened_to", "day", "last_day"
        ).iter_rows(named=True)
    }  # fmt: skip

    def when(row: int) -> Happened | None:
        return happened_at(rows[row]) if row in rows else None

    def position(row: int) -> int | None:
        return int(rows[row]["position"]) if row in rows else None

    found: dict[str, list[Explanation]] = {case: [] for case in wanted}
    for one in full.iter_rows(named=True):
        opened = when(one["opened"])
        assert opened is not None
        found[one["case_id"]].append(
            explained(
                log.compiled, edition=one["edition"], timer=log.compiled.timers.index(one["timer"]), again=one["again"],
                case=one["case_id"], episode=one["episode"], opened=opened, counts_from=one["counts_from"],
                counted_from=when(one["anchored"]), counted_row=position(one["anchored"]), due=one["due"],
                stopped_by=rows[one["stopped"]]["event"] if one["stopped"] >= 0 else "", stopped_at=when(one["stopped"]),
                stopped_row=position(one["stopped"]), status=one["status"], over=one["over"], why=one["why"],
            )
        )  # fmt: skip
    return found
