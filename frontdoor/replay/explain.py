"""Explaining the deadlines of an audit: which event, which rule, which days."""

from __future__ import annotations

__all__ = ["explain"]

from frontdoor.errors import UnknownCase, UnknownWorkflow, did_you_mean
from frontdoor.explanation import Explanation
from frontdoor.formats.source import happened_at
from frontdoor.moment import Happened, written
from frontdoor.replay import deadlines
from frontdoor.replay.audit import Audit
from frontdoor.replay.sentences import WHY


def explain(audit: Audit, case: str, timer: str) -> list[Explanation]:
    """Every deadline of that timer in that case, in the order of the deadlines table.

    Raises:
        UnknownCase: the source has no such case, or the case no such deadline.
        UnknownWorkflow: no workflow declares such a timer.
    """
    import polars as pl

    log, library = audit.log, audit.library
    if timer not in log.compiled.timers:
        raise UnknownWorkflow("timer", timer, log.compiled.timers)
    mine = audit.episodes.filter(pl.col("case_id") == case)
    if not log.frame.filter(pl.col("case_id") == case).height:
        if audit.source.events.filter(pl.col("case_id") == case).height:
            when = f"as at {written(audit.as_at)} nothing of case {case!r} had happened, or was known"
            raise UnknownCase(f"{when}: another --as-at or --as-known-at may show it.")
        known = did_you_mean(case, log.frame["case_id"].unique())
        unread = " Some rows of the file could not be read." if audit.source.rejected else ""
        raise UnknownCase(f"there is no case {case!r} here.{known}{unread}")
    number = log.compiled.timers.index(timer)
    judged = audit.judged.filter(pl.col("whose").is_in(mine["e"].to_list()) & (pl.col("timer") == number))
    rows = deadlines.full(log, judged, audit.episodes).to_dicts()
    if not rows:
        found = audit.judged.filter(pl.col("whose").is_in(mine["e"].to_list()))["timer"].unique().sort()
        there = ", ".join(log.compiled.timers[k] for k in found) or "none at all"
        raise UnknownCase(f"case {case!r} has no deadline of {timer}. It has: {there}.")
    found_rows = []
    for row in rows:
        edition = row["edition"]
        composed = log.compiled.composed(edition)
        workflow, short = timer.split(".")
        declared = composed.workflows[workflow].timers[short]
        again = row["again"] == 1 and declared.then is not None
        found_rows.append(
            Explanation(
                case=case, episode=row["episode"], timer_name=timer, timer=declared,
                edition=library.editions[edition] if edition >= 0 else None,
                opened=happened_at(log.frame.row(row["opened"], named=True)),
                origin=composed.origin(workflow, "timers", short, "then" if again else "allowed"),
                counts_from=row["counts_from"], counted_from=_when(audit, row["anchored"]),
                counted_row=_position(audit, row["anchored"]),
                allowed=declared.then if again else declared.allowed,
                due=row["due"], calendar=library.calendar,
                stopped_by=log.frame["event"][row["stopped"]] if row["stopped"] >= 0 else "",
                stopped_at=_when(audit, row["stopped"]), stopped_row=_position(audit, row["stopped"]),
                status=row["status"], over=row["over"], why=WHY.get(row["why"], ""),
            )
        )  # fmt: skip
    return found_rows


def _when(audit: Audit, row: int) -> Happened | None:
    return happened_at(audit.log.frame.row(row, named=True)) if row >= 0 else None


def _position(audit: Audit, row: int) -> int | None:
    return int(audit.log.frame["position"][row]) if row >= 0 else None
