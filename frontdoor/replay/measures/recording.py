"""What was recorded: the child seen and heard, the referrer told, sign-offs refused, assessments stopped, late typing."""

from __future__ import annotations

__all__ = [
    "child_seen", "late_recording", "measures", "referrer_told", "seen_by_episode", "sign_off_refused", "terminated",
    "views_recorded",
]  # fmt: skip

from typing import TYPE_CHECKING

import attrs

from frontdoor.replay.facts import Facts, month_of, working_days
from frontdoor.replay.measures.conversion import ASSESSMENTS
from frontdoor.replay.measures.counts import CANNOT, NO_ANSWER, answered, incomplete, measure, shares, timings, untold
from frontdoor.replay.measures.measure import ORDER_STATISTICS, WILSON, Measure

if TYPE_CHECKING:
    import polars as pl

_SUBJECT = "What was recorded"
_VISITED = (*ASSESSMENTS, "section_47")
_ENDS = {"section_47": ("not_substantiated", "no_conference", "conference_requested")}
"""The states in which a child should have been seen; of an assessment, that it is complete."""
_TOLD = {"acknowledged": ("acknowledge", "acknowledgement"), "told the outcome": ("feed_back", "feedback")}
"""What a referrer is told: by which transition, and the clock of it."""


def measures(facts: Facts) -> list[Measure]:
    """All of them that this process has."""
    found = [*referrer_told(facts), *child_seen(facts), *views_recorded(facts)]
    return [*found, *sign_off_refused(facts), *terminated(facts), *late_recording(facts)]


def referrer_told(facts: Facts) -> list[Measure]:
    """The share of referrals that were acknowledged, and of decided ones whose referrer was told the outcome."""
    import polars as pl

    if not facts.declares("referral"):
        return []
    said = measure(
        facts, "referrer_told", "Referrer told", _SUBJECT,
        definition="The share of referrals of which a record shows that they were acknowledged, and the share of those decided of "
        "which it shows that the referrer was told the outcome, at whatever time.",
        denominator="referrals; for the outcome, those decided",
        excluded="those not told yet whose time for it has not run out; for the outcome, those not decided yet",
        by=("what",),
    )  # fmt: skip
    carried = {what: it for what, it in _TOLD.items() if facts.holds(f"referral.{it[0]}")}
    if not carried:
        return [untold(said, "This source has no place for what a referrer was told.")]
    if not facts.has("referral"):
        return [untold(said, "There is no referral in this source.")]
    referrals = facts.episodes.filter((pl.col("workflow") == "referral") & pl.col("counted"))
    parts = []
    for what, (move, timer) in carried.items():
        done = facts.events.filter(pl.col("applies") & (pl.col("event") == f"referral.{move}"))["e"].unique()
        runs = facts.clocks.filter((pl.col("timer") == f"referral.{timer}") & (pl.col("status") == "running"))[
            "e"
        ].unique()
        yes = pl.col("e").is_in(done.implode())
        undecided = (pl.col("state") == "received") if what == "told the outcome" else pl.lit(False)
        why = (
            pl.when(~facts.able(f"referral.{move}")).then(pl.lit(CANNOT))
            .when(undecided).then(pl.lit("not decided yet"))
            .when(~yes & pl.col("e").is_in(runs.implode())).then(pl.lit("time has not run out"))
        )  # fmt: skip
        parts.append(referrals.select("month", what=pl.lit(what), yes=yes, why=why))
    frame = pl.concat(parts)
    order = {"what": list(_TOLD).index}
    never = [what for what, (move, _) in carried.items() if not facts.occurs(f"referral.{move}")]
    notes = tuple(
        f"Of no referral at all is it recorded that it was {what}: is that written elsewhere?" for what in never
    )
    monthly = attrs.evolve(
        said, name="referrer_told_by_month", title=said.title + ", by month", by=("what", "month"),
        rows=shares(frame, ["what", "month"], order=order), notes=notes + incomplete(facts),
    )  # fmt: skip
    return [attrs.evolve(said, rows=shares(frame, ["what"], order=order), notes=notes), monthly]


def seen_by_episode(facts: Facts) -> pl.DataFrame:
    """For each episode in which a child should be seen: `e`, `seen` and `alone`: True, False, or null where it is not clear.

    Seen is what a see_child event, or yes to child_seen on submission, shows; alone what one of those events says.
    """
    import polars as pl

    visits = facts.events.filter(
        pl.col("applies") & (pl.col("move") == "see_child") & pl.col("workflow").is_in(_VISITED)
    )
    visits = visits.select("row", "e").join(facts.detail("seen_alone"), on="row", how="left")
    visits = visits.with_columns(alone=answered("value"))
    unclear = (pl.col("value") != "") & pl.col("alone").is_null()
    by_visit = visits.group_by("e").agg(
        visited=pl.len() > 0, alone=pl.when(pl.col("alone").any()).then(True).when(~unclear.any()).then(False),
    )  # fmt: skip
    written = facts.events.filter(pl.col("applies") & (pl.col("move") == "submit")).select("row", "e")
    written = (
        written.join(facts.detail("child_seen"), on="row", how="left").with_columns(said=answered("value")).sort("row")
    )
    unclear = (pl.col("value") != "") & pl.col("said").is_null()
    by_word = written.group_by("e").agg(
        said=pl.when(pl.col("said").any()).then(True).when(~unclear.any()).then(False),
    )  # fmt: skip
    mine = facts.episodes.filter(pl.col("workflow").is_in(_VISITED)).select("e")
    found = mine.join(by_visit, on="e", how="left", maintain_order="left").join(
        by_word, on="e", how="left", maintain_order="left"
    )
    word = pl.when(pl.col("said").is_null() & pl.col("e").is_in(by_word["e"].implode())).then(None).otherwise(
        pl.col("said").fill_null(False)
    )  # fmt: skip
    return found.select(
        "e", seen=pl.when(pl.col("visited").fill_null(False)).then(True).otherwise(word),
        alone=pl.when(pl.col("visited").fill_null(False)).then("alone").otherwise(False),
    )  # fmt: skip


def child_seen(facts: Facts) -> list[Measure]:
    """The share of finished assessments and enquiries in which the child was seen, and seen alone."""
    import polars as pl

    names = [name for name in _VISITED if facts.declares(name)]
    if not names:
        return []
    said = measure(
        facts, "child_seen", "Child seen, and seen alone", _SUBJECT,
        definition="The share of finished assessments and enquiries in which a record shows that the child was seen (a visit, or "
        "yes to child_seen on submission), and that the child was seen alone at one visit at least.",
        denominator="assessments complete and enquiries decided",
        excluded=f"those still open or stopped unfinished; where an answer is neither yes nor no, as '{NO_ANSWER}'",
        by=("workflow", "what"),
    )  # fmt: skip
    carried = [name for name in names if facts.holds(f"{name}.see_child")]
    if not carried:
        return [untold(said, "This source has no place for when a child was seen.")]
    done = [_finished(name) & facts.able(f"{name}.see_child") for name in carried]
    mine = facts.episodes.filter(pl.col("counted") & pl.any_horizontal(done)).select("e", "workflow", "month")
    if not mine.height:
        return [untold(said, "No assessment or enquiry in this source is finished.")]
    mine = mine.join(seen_by_episode(facts), on="e", how="left", maintain_order="left")
    parts = []
    for what, column in (("seen", "seen"), ("seen alone", "alone")):
        if column == "alone" and not facts.holds_detail("seen_alone"):
            continue
        why = pl.when(pl.col(column).is_null()).then(pl.lit(NO_ANSWER))
        parts.append(mine.select("workflow", "month", what=pl.lit(what), yes=pl.col(column).fill_null(False), why=why))
    notes = () if facts.holds_detail("seen_alone") else ("This source does not say whether a child was seen alone.",)
    order = {"workflow": facts.library.names().index}
    frame = pl.concat(parts)
    monthly = attrs.evolve(
        said, name="child_seen_by_month", title=said.title + ", by month begun", by=("workflow", "what", "month"),
        rows=shares(frame, ["workflow", "what", "month"], order=order), notes=notes + incomplete(facts),
    )  # fmt: skip
    return [attrs.evolve(said, rows=shares(frame, ["workflow", "what"], order=order), notes=notes), monthly]


def views_recorded(facts: Facts) -> list[Measure]:
    """The share of submitted assessments with the views of the child, and of the parents, recorded."""
    import polars as pl

    names = [name for name in ASSESSMENTS if facts.declares(name)]
    if not names:
        return []
    said = measure(
        facts, "views_recorded", "Views of the child and the parents", _SUBJECT,
        definition="The share of submitted assessments of which the last submission records the child's views, and the parents'. "
        "That something is written says nothing of how well.",
        denominator="assessments that were submitted for sign-off",
        excluded="assessments never submitted",
        by=("workflow", "whose"),
    )  # fmt: skip
    carried = {
        whose: name for whose, name in (("the child's", "child_views"), ("the parents'", "parent_views")) if facts.holds_detail(name)
    }  # fmt: skip
    if not carried or not any(facts.holds(f"{name}.submit") for name in names):
        return [untold(said, "This source has no place for anybody's views.")]
    last = facts.events.filter(pl.col("applies") & (pl.col("move") == "submit") & pl.col("workflow").is_in(names))
    last = last.group_by("e").agg(pl.col("row").max())
    mine = (
        facts.episodes.filter("counted")
        .select("e", "workflow", "group")
        .join(last, on="e", how="inner", maintain_order="left")
    )
    if not mine.height:
        return [untold(said, "No assessment in this source was submitted.")]
    parts = []
    for whose, name in carried.items():
        views = mine.join(facts.detail(name), on="row", how="left", maintain_order="left")
        why = pl.when(~facts.able(detail=name)).then(pl.lit(CANNOT))
        parts.append(views.select("workflow", whose=pl.lit(whose), yes=pl.col("value") != "", why=why))
    order = {"workflow": facts.library.names().index}
    return [attrs.evolve(said, rows=shares(pl.concat(parts), ["workflow", "whose"], order=order))]


def sign_off_refused(facts: Facts) -> list[Measure]:
    """The share of a manager's decisions on a submitted assessment that returned it for more work."""
    import polars as pl

    names = [name for name in ASSESSMENTS if facts.declares(name)]
    if not names:
        return []
    said = measure(
        facts, "sign_off_refused", "Sign-off refused", _SUBJECT,
        definition="The share of sign-off decisions on assessments that were to return it for more work; its clock runs on. "
        "None at all may mean good work or a stamp: it is a number to talk about.",
        denominator="sign-offs and returns for more work, each counted",
        by=("workflow",),
    )  # fmt: skip
    if not any(facts.holds(f"{name}.return_for_work") for name in names):
        return [untold(said, "This source has no place for a sign-off that was refused.")]
    moves = facts.events.filter(
        pl.col("applies") & pl.col("workflow").is_in(names) & pl.col("move").is_in(["return_for_work", "sign_off"])
    )
    able = [(pl.col("workflow") == name) & facts.able(f"{name}.return_for_work") for name in names]
    counted = facts.episodes.filter(pl.col("counted") & pl.any_horizontal(able)).select("e")
    moves = moves.join(counted, on="e", how="semi")
    if not moves.height:
        return [untold(said, "No assessment in this source came to a sign-off.")]
    frame = moves.select("workflow", yes=pl.col("move") == "return_for_work", why=pl.lit(None, pl.String))
    return [attrs.evolve(said, rows=shares(frame, ["workflow"], order={"workflow": facts.library.names().index}))]


def terminated(facts: Facts) -> list[Measure]:
    """The share of ended assessments that were stopped unfinished: never in time, whenever it was."""
    import polars as pl

    names = [name for name in ASSESSMENTS if facts.declares(name)]
    if not names:
        return []
    said = measure(
        facts, "terminated", "Assessments stopped unfinished", _SUBJECT,
        definition="The share of ended assessments that were terminated. One of them is never an assessment in time.",
        denominator="assessments that have ended: complete, or terminated",
        excluded="assessments still open",
        by=("workflow",),
    )  # fmt: skip
    if not any(facts.holds(f"{name}.terminate") for name in names):
        return [untold(said, "This source has no place for an assessment that was stopped unfinished.")]
    mine = facts.episodes.filter(
        pl.col("counted") & pl.any_horizontal((pl.col("workflow") == name) & facts.able(f"{name}.terminate") for name in names)
        & pl.col("state").is_in(["complete", "terminated"])
    )  # fmt: skip
    if not mine.height:
        return [untold(said, "No assessment in this source has ended.")]
    frame = mine.select("workflow", yes=pl.col("state") == "terminated", why=pl.lit(None, pl.String))
    return [attrs.evolve(said, rows=shares(frame, ["workflow"], order={"workflow": facts.library.names().index}))]


def late_recording(facts: Facts) -> list[Measure]:
    """The share of events recorded after the first working day that followed them, and how long recording took."""
    import polars as pl

    said = measure(
        facts, "late_recording", "Recorded late", _SUBJECT,
        definition="The share of events recorded on a day after the first working day that followed them; beside it how many "
        "working days recording took. What was done in time and typed late is in time, and known to nobody until then.",
        denominator="events of which it is said when they were recorded",
        excluded="events of which that is not said",
        by=("workflow",), interval=f"{WILSON}; {ORDER_STATISTICS}",
    )  # fmt: skip
    counted = facts.episodes.filter("counted").select("e")
    events = facts.events.filter(pl.col("e") >= 0).join(counted, on="e", how="semi", maintain_order="left")
    if not events["recorded_day"].count():
        return [untold(said, "This source does not say when anything was recorded.")]
    exact = pl.when(pl.col("day") == pl.col("last_day")).then("day")
    ends = events.select(exact.alias("day"), "recorded_day")
    took = working_days(facts.calendar, ends["day"], ends["recorded_day"])
    frame = events.select(
        "workflow", month=month_of(pl.col("day")), yes=pl.col("late"), age=pl.lit(None, pl.Float64), taken=took.cast(pl.Float64),
        why=pl.when(pl.col("recorded_day").is_null()).then(pl.lit("not said")),
    )  # fmt: skip
    order = {"workflow": facts.library.names().index}

    def counted_by(names: list[str]) -> Measure:
        timed = timings(frame, names, lambda group: "working days")
        return attrs.evolve(said, by=tuple(names), rows=shares(frame, names, order=order, timed=timed))

    monthly = attrs.evolve(
        counted_by(["month"]), name="late_recording_by_month", title="Recorded late, by month", notes=incomplete(facts)
    )
    return [counted_by(["workflow"]), monthly]


def _finished(name: str) -> pl.Expr:
    import polars as pl

    return (pl.col("workflow") == name) & pl.col("state").is_in(list(_ENDS.get(name, ("complete",))))
