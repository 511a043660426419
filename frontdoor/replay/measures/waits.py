"""Child-days in unguarded waits: days on which work with a child was open, and no clock was running for that child.

Every deadline may be met while a child waits between them: a referral accepted and no assessment begun, an assessment signed
off and the case not closed. A day is counted once for a child, however much work is open; it is unguarded if none of that
work is in a state in which a clock runs. What is owed to a referrer guards no child: only clocks that run in a state count.
"""

from __future__ import annotations

__all__ = ["measures", "unguarded"]

from typing import TYPE_CHECKING

import attrs

from frontdoor.replay.facts import Facts
from frontdoor.replay.measures.counts import OPEN_UNTOLD, measure, untold
from frontdoor.replay.measures.measure import ORDER_STATISTICS, Measure, Row, times

if TYPE_CHECKING:
    import polars as pl


def measures(facts: Facts) -> list[Measure]:
    """Over all, and by where the child waited."""
    one, many = facts.case, facts.cases
    said = measure(
        facts, "unguarded_waits", f"{one.capitalize()}-days in unguarded waits", "Waits",
        definition=f"Days on which work with a {one} was open and no clock ran for that {one}, added up over the {many}; beside "
        "it how long each such wait was, in days. The day that work opens counts, the day that it ends or a clock starts does not.",
        denominator=f"waits: stretches of such days of one {one}",
        excluded="work of which the source cannot tell whether it had ended; a wait that began and ended on one day",
        unit=f"{one}-days", interval=ORDER_STATISTICS, notes=_of_part(facts),
    )  # fmt: skip
    waits = unguarded(facts)
    if waits is None:
        return [untold(said, OPEN_UNTOLD)]
    where = attrs.evolve(
        said, name="unguarded_waits_by_state", title=said.title + f", by where the {one} waited", by=("workflow", "state"),
        notes=(*said.notes, f"A wait is counted where the {one}'s latest open work stood when it began.",),
    )  # fmt: skip
    parts = waits.sort("workflow", "state", "days").partition_by("workflow", "state", maintain_order=True)
    order = facts.library.names()
    parts.sort(key=lambda part: (order.index(part["workflow"][0]), part["state"][0]))
    by_state = tuple(_row({"workflow": part["workflow"][0], "state": part["state"][0]}, part, many) for part in parts)
    return [attrs.evolve(said, rows=(_row({}, waits.sort("days"), many),)), attrs.evolve(where, rows=by_state)]


def _of_part(facts: Facts) -> tuple[str, ...]:
    """Whose a wait is, where only a part is counted: then the parts add up to the whole."""
    if not facts.among:
        return ()
    return (
        f"A wait is counted here where the {facts.case}'s latest open work, when it began, is of the part that is counted; a "
        f"clock that ran for other work of the {facts.case} guards it all the same.",
    )


def _row(group: dict[str, str], waits: pl.DataFrame, cases: str) -> Row:
    """The days of some waits, in ascending order of their length; `cases` are children, or cases."""
    days = int(waits["days"].sum())
    more = {cases: waits["case_id"].n_unique(), "waiting now": int(waits["still"].sum())}
    return Row(group, days, waits.height, days, times=times(waits["days"].cast(float).to_list(), "days"), more=more)


def unguarded(facts: Facts) -> pl.DataFrame | None:
    """Every unguarded wait in which the child's latest open work was counted: `case_id`, `workflow` and `state` of the child's latest open work, `since`, `until` (days from
    1970, the last not counted), `days`, and `still`: whether it goes on. None where the source cannot tell what was open."""
    import polars as pl

    stays = facts.stays.filter(~pl.col("final"))
    open_ = stays.filter(~pl.col("may_have_ended") & (pl.col("until") > pl.col("since")))
    if stays.height and not open_.height and stays.select(pl.col("may_have_ended").all()).item():
        return None
    running = _guards(facts, stays)
    counted = facts.episodes.filter("counted")["e"].implode()
    turns = pl.concat([
        frame.select(
            "case_id", day=edge, opened=pl.lit(opened * sign), guards=pl.lit((1 - opened) * sign)
        )
        for frame, opened in ((open_, 1), (running.filter(pl.col("until") > pl.col("since")), 0))
        for edge, sign in (("since", 1), ("until", -1))
    ]).group_by("case_id", "day").agg(pl.col("opened").sum(), pl.col("guards").sum()).sort("case_id", "day")  # fmt: skip
    turns = turns.with_columns(
        bare=(pl.col("opened").cum_sum().over("case_id") > 0) & (pl.col("guards").cum_sum().over("case_id") == 0),
        next=pl.col("day").shift(-1).over("case_id"),
    )
    new = pl.col("bare") & ~pl.col("bare").shift(1, fill_value=False).over("case_id")
    waits = turns.with_columns(number=new.cum_sum()).filter("bare").group_by("number", maintain_order=True).agg(
        pl.col("case_id").first(), since=pl.col("day").first(), until=pl.col("next").last()
    )  # fmt: skip
    where = open_.select("case_id", "e", "workflow", "state", begins="since", ends="until")
    there = waits.join(where, on="case_id", how="inner").filter(
        (pl.col("begins") <= pl.col("since")) & (pl.col("ends") > pl.col("since"))
    )
    there = there.sort("number", "e").group_by("number", maintain_order=True).last()
    there = there.filter(pl.col("e").is_in(counted))
    held = stays.filter(~pl.col("left") & ~pl.col("may_have_ended"))
    unheld = held.join(running.filter(~pl.col("left")), on="case_id", how="anti").group_by("case_id")
    there = there.join(unheld.agg(now=pl.col("until").max()), on="case_id", how="left", maintain_order="left")
    return there.select(
        "case_id", "workflow", "state", "since", "until", days=pl.col("until") - pl.col("since"),
        still=(pl.col("until") >= pl.col("now")).fill_null(False),
    )  # fmt: skip


def _guards(facts: Facts, stays: pl.DataFrame) -> pl.DataFrame:
    """When a clock ran in a state: `case_id`, `since`, `until`, and whether the state was `left`."""
    import polars as pl

    clocks = facts.clocks.group_by("e", "timer").agg(
        anchored=pl.col("from_day").min(), no_anchor=pl.col("anchored").is_null().any()
    )
    running = stays.join(facts.guarded, on=["guidance", "state"], how="inner")
    running = running.join(clocks, on=["e", "timer"], how="inner")
    begins = pl.max_horizontal("since", pl.when(~pl.col("no_anchor")).then("anchored"))
    return running.select("case_id", "until", "left", since=begins)
