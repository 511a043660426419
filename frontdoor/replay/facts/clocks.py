"""The clocks of an audit as columns: what each came to, when it was due, how long it took; and where episodes stayed."""

from __future__ import annotations

__all__ = ["guarded", "stays", "table"]

from typing import TYPE_CHECKING

from frontdoor.counting import HOUR
from frontdoor.moment import bounds
from frontdoor.replay import deadlines
from frontdoor.replay.audit import Audit
from frontdoor.replay.facts.days import day_of, month_of, working_days
from frontdoor.replay.facts.episodes import DIMENSIONS
from frontdoor.verdict import STATUSES

if TYPE_CHECKING:
    import polars as pl

    from frontdoor.replay.facts.facts import Facts

_OPEN = ("running", "overdue")
_NEVER_DUE = -(1 << 39)


def table(facts: Facts, episodes: pl.DataFrame) -> pl.DataFrame:
    """The columns of `Facts.clocks` but for `counted`."""
    import polars as pl

    judged, log = facts.audit.folded.judged, facts.audit.log
    lengths = deadlines.lengths(log, judged).select(
        "edition", "timer", "again", "guidance", "allowed", "unit", "basis", named="timer_name"
    )
    frame = judged.join(lengths, on=["edition", "timer", "again"], how="left", maintain_order="left").select(
        pl.col("d").cast(pl.Int64), pl.col("again").cast(pl.Int64), "guidance", "allowed", "unit", "basis",
        pl.col("over").cast(pl.Int64), "elapsed", "first", "last", pl.col("why").cast(pl.Int64),
        e=pl.col("whose").cast(pl.Int64), timer="named",
        status=pl.col("status").cast(pl.Int64).replace_strict(dict(enumerate(STATUSES)), return_dtype=pl.String),
        anchored=pl.when(pl.col("anchored") >= 0).then("anchored").cast(pl.Int64),
        stopped=pl.when(pl.col("stopped") >= 0).then("stopped").cast(pl.Int64),
        unseen=pl.col("unseen_from") >= 0,
    ).with_columns(pl.col("status").str.replace("_", " "))  # fmt: skip
    rows = facts.events.select(
        "row",
        at=pl.when(pl.col("happened_from") == pl.col("happened_to")).then("happened_from"),
        on=pl.when(pl.col("day") == pl.col("last_day")).then("day"),
    )
    for row, ends in (("anchored", "from"), ("stopped", "to")):
        known = rows.select(
            pl.col("row").alias(row), pl.col("at").alias(f"{ends}_at"), pl.col("on").alias(f"{ends}_day")
        )
        frame = frame.join(known, on=row, how="left", maintain_order="left")
    due = (pl.col("first") == pl.col("last")) & (pl.col("first") > _NEVER_DUE)
    frame = frame.with_columns(
        to_day=pl.when(~pl.col("unseen")).then("to_day"), to_at=pl.when(~pl.col("unseen")).then("to_at"),
        due_at=pl.when(due & pl.col("elapsed")).then("first"), over=pl.when(pl.col("over") >= 0).then("over"),
    ).with_columns(due_day=pl.when("elapsed").then(day_of(pl.col("due_at"))).when(due).then("first"))  # fmt: skip
    whose = episodes.select("e", "case_id", "workflow", "name", "judged_to", "group", *DIMENSIONS)
    frame = frame.join(whose, on="e", how="left", maintain_order="left")
    frame = _timed(facts, frame).with_columns(month=month_of(pl.col("due_day")))
    return frame.select(
        "d", "e", "case_id", "workflow", "name", "timer", "basis", "guidance", "allowed", "unit", "again", "status", "why",
        "anchored", "stopped", "from_day", "from_at", "to_day", "to_at", "due_day", "due_at", "over", "elapsed",
        "taken", "age", "month", *DIMENSIONS,
    )  # fmt: skip


def _timed(facts: Facts, frame: pl.DataFrame) -> pl.DataFrame:
    """With how long each clock took until it was stopped, and how old it is where it was not."""
    import polars as pl

    ends = [0 if end is None else bounds(end)[1] for end in facts.audit.log.ends]
    now = pl.col("group").replace_strict(dict(enumerate(ends)), return_dtype=pl.Int64)
    took = working_days(facts.calendar, frame["from_day"], frame["to_day"])
    waits = working_days(facts.calendar, frame["from_day"], frame["judged_to"])
    frame = frame.with_columns(took=took, waits=waits).with_columns(
        taken=pl.when("elapsed").then((pl.col("to_at") - pl.col("from_at")) / HOUR).otherwise("took"),
        age=pl.when("elapsed").then((now - pl.col("from_at")) / HOUR).otherwise("waits"),
    )
    backwards = ((pl.col("to_day") < pl.col("from_day")) | (pl.col("taken") < 0)).fill_null(False)
    return frame.with_columns(
        taken=pl.when(~backwards).then("taken"), age=pl.when(pl.col("status").is_in(_OPEN)).then("age")
    )


def guarded(audit: Audit) -> pl.DataFrame:
    """The states in which each clock with a length runs, as `Facts.guarded` has them: before the first edition none has."""
    import polars as pl

    compiled = audit.log.compiled
    rows = set()
    for edition in range(compiled.rules.sizes[3]):
        composed = compiled.composed(edition)
        for name in composed.has:
            for timer in composed.workflows[name].timers.values():
                if timer.allowed is not None:
                    rows |= {(compiled.edition(edition), f"{name}.{timer.name}", state) for state in timer.runs_in}
    return pl.DataFrame(sorted(rows), schema=dict.fromkeys(("guidance", "timer", "state"), pl.String), orient="row")


def stays(facts: Facts) -> pl.DataFrame:
    """Every stay of an episode in a state, as `Facts.stays` has them."""
    import polars as pl

    whose = facts.episodes.select("e", "guidance", "group", "number", "edition", "judged_to", at_last="at")
    rows = facts.events.filter("applies").select("row", "e", "case_id", "workflow", "day", "found").sort("e", "row")
    rows = (
        rows.join(whose, on="e", how="left", maintain_order="left")
        .with_columns(
            at=pl.coalesce(pl.col("found").shift(-1).over("e"), "at_last"),
            left=pl.col("day").shift(-1).over("e"),
        )
        .with_columns(until=pl.coalesce("left", "judged_to"))
    )
    rows = rows.join(facts.states, on=["group", "edition", "number", "at"], how="left", maintain_order="left")
    return rows.select(
        "e", "case_id", "workflow", "guidance", "state", "final", "may_have_ended", "until",
        since="day", left=pl.col("left").is_not_null(),
    )  # fmt: skip
