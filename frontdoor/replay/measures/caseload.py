"""Caseload: how many children each worker has open work with. By name, never ranked: a number of cases is no measure of a person."""

from __future__ import annotations

__all__ = ["caseload", "measures"]

import attrs

from frontdoor.replay.facts import Facts
from frontdoor.replay.measures.counts import OPEN_UNTOLD, measure, untold
from frontdoor.replay.measures.measure import NOT_RECORDED, Measure, Row


def measures(facts: Facts) -> list[Measure]:
    """Children with open work, by worker and by team."""
    return [*caseload(facts), *caseload(facts, "team")]


def caseload(facts: Facts, by: str = "worker") -> list[Measure]:
    """How many children each worker (or team) has open work with at the moment judged from, in the order of their names."""
    import polars as pl

    ours = facts.case == "child"
    acted = ", else the social worker who acted last" if ours else ""
    works = ": contacts, referrals, assessments, enquiries and conferences" if ours else ""
    said = measure(
        facts, f"caseload_by_{by}", f"Open work, by {by}", "Caseload",
        definition=f"How many {facts.cases} each {by} has open work with at the moment judged from. A worker is who the record "
        f"names as worker{acted}; what work weighs is not in a count.",
        denominator=f"episodes that have not ended{works}",
        excluded="episodes that have ended, and those of which the source cannot tell whether they have",
        unit=facts.cases, by=(by,),
        notes=(f"In the order of their names. A {facts.case} with open work at two {by}s counts at both.",),
    )  # fmt: skip
    mine = facts.episodes.filter("counted")
    if not mine.height:
        return [untold(said, "There is nothing in this source.")]
    standings = set(mine["standing"].unique())
    if "cannot tell" in standings and "open" not in standings:
        return [untold(said, OPEN_UNTOLD)]
    if mine.select((pl.col(by) == NOT_RECORDED).all()).item():
        return [untold(said, f"This source does not say whose work an episode is: it has no {by}.")]
    open_ = mine.filter(pl.col("standing") == "open")
    by_name = open_.group_by(by).agg(cases=pl.col("case_id").n_unique(), episodes=pl.len())
    unclear = dict(mine.filter(pl.col("standing") == "cannot tell").group_by(by).agg(pl.len()).iter_rows())
    rows = [
        Row(
            {by: name}, cases, episodes, cases,
            left_out={"cannot tell whether open": unclear[name]} if name in unclear else {},
        )
        for name, cases, episodes in sorted(by_name.iter_rows(), key=lambda row: (row[0] == NOT_RECORDED, row[0]))
    ]  # fmt: skip
    return [attrs.evolve(said, rows=tuple(rows))]
