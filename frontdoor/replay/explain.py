"""Explaining the deadlines of an audit: which event, which rule, which days."""

from __future__ import annotations

__all__ = ["explain"]

from frontdoor.errors import UnknownCase, UnknownWorkflow, did_you_mean
from frontdoor.explanation import Explanation, explained
from frontdoor.formats.source import happened_at
from frontdoor.moment import Happened, written
from frontdoor.replay import deadlines
from frontdoor.replay.audit import Audit


def explain(audit: Audit, case: str, timer: str) -> list[Explanation]:
    """Every deadline of that timer in that case, in the order of the deadlines table.

    Raises:
        UnknownCase: the source has no such case, or the case no such deadline.
        UnknownWorkflow: no workflow declares such a timer.
    """
    import polars as pl

    log = audit.log
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
    judged = audit.folded.judged.filter(pl.col("whose").is_in(mine["e"].to_list()) & (pl.col("timer") == number))
    rows = deadlines.full(log, judged, audit.episodes).to_dicts()
    if not rows:
        found = audit.folded.judged.filter(pl.col("whose").is_in(mine["e"].to_list()))["timer"].unique().sort()
        there = ", ".join(log.compiled.timers[k] for k in found) or "none at all"
        raise UnknownCase(f"case {case!r} has no deadline of {timer}. It has: {there}.")
    return [
        explained(
            log.compiled, edition=row["edition"], timer=number, again=row["again"], case=case, episode=row["episode"],
            opened=happened_at(log.frame.row(row["opened"], named=True)), counts_from=row["counts_from"],
            counted_from=_when(audit, row["anchored"]), counted_row=_position(audit, row["anchored"]), due=row["due"],
            stopped_by=log.frame["event"][row["stopped"]] if row["stopped"] >= 0 else "",
            stopped_at=_when(audit, row["stopped"]), stopped_row=_position(audit, row["stopped"]),
            status=row["status"], over=row["over"], why=row["why"],
        )
        for row in rows
    ]  # fmt: skip


def _when(audit: Audit, row: int) -> Happened | None:
    return happened_at(audit.log.frame.row(row, named=True)) if row >= 0 else None


def _position(audit: Audit, row: int) -> int | None:
    return int(audit.log.frame["position"][row]) if row >= 0 else None
