"""Timeliness: how many deadlines were met of those that came due, how long things took, and the oldest still open."""

from __future__ import annotations

__all__ = ["BY", "decision_from_contact", "measures", "per_conference", "timeliness"]

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from frontdoor.replay.facts import DIMENSIONS, Facts, working_days
from frontdoor.replay.measures.counts import incomplete, measure, shares, timings, untold
from frontdoor.replay.measures.measure import NOT_RECORDED, ORDER_STATISTICS, WILSON, Measure, Row

if TYPE_CHECKING:
    import polars as pl

_SUBJECT = "Timeliness"
BY = {
    "month": "month it fell due",
    "team": "team",
    "source": "source of the referral or contact",
    "priority": "priority",
}
"""What timeliness is split by, besides the clock."""
_DECISIONS = ("accept", "signpost", "take_no_further_action")


def measures(facts: Facts) -> list[Measure]:
    """Timeliness by clock, split each way, and the time from contact to decision."""
    found = [timeliness(facts), *(timeliness(facts, by) for by in BY)]
    return found + per_conference(facts) + decision_from_contact(facts)


def timeliness(facts: Facts, by: str = "") -> Measure:
    """The share of deadlines met in time by clock, and with `by` by month, team, source or priority as well."""
    import polars as pl

    frame = _judged(facts)
    names = ["timer", *([by] if by else [])]
    mixed = frame.group_by("timer").agg(pl.col("elapsed").n_unique() > 1).filter("elapsed")["timer"].to_list()
    if mixed:
        names.append("counted in")
        hours = pl.when("elapsed").then(pl.lit("hours")).otherwise(pl.lit("working days"))
        frame = frame.with_columns(hours.alias("counted in"))
    hourly = set(frame.filter("elapsed")["timer"].unique())

    def unit(group: Mapping[str, str]) -> str:
        return group.get("counted in") or ("hours" if group["timer"] in hourly else "working days")

    said = measure(
        facts, f"timeliness_by_{by}" if by else "timeliness", "In time, by clock" + (f" and {BY[by]}" if by else ""), _SUBJECT,
        definition="The share of deadlines that were met by their due day (for hours, their due moment), as the guidance in "
        "force when each began sets it; beside it how long it took until they were stopped, met or late.",
        denominator="deadlines met, late or overdue",
        excluded="deadlines that still run; those that ended otherwise than by what meets them, such as a terminated "
        "assessment, which is never in time; those that the source cannot tell",
        by=tuple(names), interval=f"{WILSON}; {ORDER_STATISTICS}",
        notes=incomplete(facts) if by == "month" else (),
    )  # fmt: skip
    if not frame.height:
        return untold(said, "No clock ran in this source.")
    if by in DIMENSIONS and frame.select((pl.col(by) == NOT_RECORDED).all()).item():
        return untold(said, f"This source says no {by} of anything.")
    timed = timings(
        frame.with_columns(taken=pl.when(pl.col("status").is_in(["met", "late"])).then("taken")), names, unit
    )  # fmt: skip
    rows = shares(frame, names, order={"timer": facts.order}, timed=timed)
    return attrs.evolve(said, rows=rows)


def per_conference(facts: Facts) -> list[Measure]:
    """Conferences in time counted by child and by family: several children of a family share one."""
    import polars as pl

    timers = [name for name in facts.clocks["timer"].unique().sort() if name.endswith("conference.hold")]
    family = (
        facts.events.filter((pl.col("family") != "") & pl.col("applies")).group_by("e").agg(pl.col("family").first())
    )
    mine = _judged(facts).filter(pl.col("timer").is_in(timers)).join(family, on="e", how="left")
    if not timers or not mine["family"].count():
        return []
    held = pl.col("to_day").is_not_null()
    mine = mine.with_columns(
        alone=pl.when(pl.col("family").is_null()).then("case_id"), held=held, on=pl.coalesce("to_day", "due_day")
    )
    children = mine.with_columns(counted_by=pl.lit("children"))
    late = (pl.col("why").is_null() & ~pl.col("yes")).any()
    meetings = mine.group_by("timer", "family", "alone", "held", "on").agg(
        pl.col("yes").all(), why=pl.when(~late).then(pl.col("why").min())
    )
    meetings = meetings.with_columns(counted_by=pl.lit("conferences"))
    both = pl.concat([one.select("timer", "counted_by", "why", "yes") for one in (children, meetings)])
    return [
        measure(
            facts, "conferences_in_time", "Conferences in time, by child and by family", _SUBJECT,
            definition="The share of conferences held in time, counted once for each child and once for each family that met: "
            "one late conference of a large family makes many late children, and is late if it is late for any of them.",
            denominator="conference deadlines met, late or overdue; of children who share a family reference, one for each day on which "
            "theirs was held (where it was not, on which it was due)",
            excluded="conferences not yet held and not yet due, cancelled ones, those that cannot be told (of a family, for any of its "
            "children, unless it is late for another)",
            by=("timer", "counted by"),
            rows=shares(both.rename({"counted_by": "counted by"}), ["timer", "counted by"], order={"timer": facts.order}),
        )
    ]  # fmt: skip


def decision_from_contact(facts: Facts) -> list[Measure]:
    """How long a family waited from the first contact to the decision on the referral that came of it."""
    import polars as pl

    if not facts.declares("contact", "referral"):
        return []
    said = measure(
        facts, "contact_to_decision", "From contact to decision", _SUBJECT,
        definition="The median time from a contact to the decision on the referral that came of it, directly or through the "
        "MASH: the two clocks in between each start anew, the child waits through both.",
        denominator="referrals that came of a contact and were decided (accepted, signposted, no further action)",
        excluded="referrals not decided yet, those with no contact before them in the source, and those of which a day is not known",
        unit="working days", interval=ORDER_STATISTICS, by=("month",), notes=incomplete(facts),
    )  # fmt: skip
    if not facts.holds("contact.receive", "referral.accept"):
        return [untold(said, "This source has no place for a contact and the decision on a referral.")]
    if not {"contact", "referral"} <= set(facts.workflows):
        return [untold(said, "There is no contact, or no referral, in this source.")]
    days = facts.events.select("row", on=pl.when(pl.col("day") == pl.col("last_day")).then("day"))
    decided = facts.events.filter(
        pl.col("applies") & (pl.col("workflow") == "referral") & pl.col("move").is_in(_DECISIONS)
    )
    decided = decided.group_by("e").agg(decided=pl.col("row").min())
    referrals = facts.episodes.filter((pl.col("workflow") == "referral") & pl.col("counted"))
    referrals = facts.roots(referrals, "contact").join(decided, on="e", how="left", maintain_order="left")
    received = facts.episodes.select(root="e", opened_by="opened")
    referrals = referrals.join(received, on="root", how="left", maintain_order="left")
    for name in ("opened_by", "decided"):
        ends = days.select(pl.col("row").alias(name), pl.col("on").alias(f"{name}_day"))
        referrals = referrals.join(ends, on=name, how="left", maintain_order="left")
    taken = working_days(facts.calendar, referrals["opened_by_day"], referrals["decided_day"])
    why = (
        pl.when(pl.col("decided").is_null()).then(pl.lit("not decided yet"))
        .when(pl.col("root").is_null()).then(pl.lit("no contact before it"))
        .when(pl.col("taken").is_null()).then(pl.lit("day not known"))
    )  # fmt: skip
    frame = referrals.with_columns(taken=taken.cast(pl.Float64), age=pl.lit(None, pl.Float64)).with_columns(
        why=why, yes=pl.lit(False)
    )
    frame = frame.with_columns(taken=pl.when(pl.col("why").is_null()).then("taken"))
    timed = timings(frame, ["month"], lambda group: "working days")
    rows = tuple(_median(row) for row in shares(frame, ["month"], timed=timed))
    everything = tuple(_median(row) for row in shares(frame, timed=timings(frame, [], lambda group: "working days")))
    whole = attrs.evolve(said, by=(), rows=everything, notes=())
    monthly = attrs.evolve(
        said, name="contact_to_decision_by_month", title="From contact to decision, by month received", rows=rows
    )
    return [whole, monthly]


def _median(row: Row) -> Row:
    """The row of a median, made from that of a share whose times are known."""
    of = row.times
    if of is None or not of.n:
        return attrs.evolve(row, numerator=None, value=None, low=None, high=None)
    return attrs.evolve(row, numerator=None, value=of.median, low=of.median_low, high=of.median_high)


def _judged(facts: Facts) -> pl.DataFrame:
    """The clocks that are counted, with `why` one is left out and whether it was met."""
    import polars as pl

    reasons = {"running": "running", "ended": "ended otherwise", "cannot tell": "cannot tell"}
    why = pl.col("status").replace_strict(reasons, default=None, return_dtype=pl.String)
    return facts.clocks.filter("counted").with_columns(why=why, yes=pl.col("status") == "met")
