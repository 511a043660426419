"""Signs that a clock was looked after rather than a child. Each is a question to ask, never a verdict.

A manager who signs off forty assessments on their forty-fifth day may be stamping them, or may be the one who makes sure that
no child waits longer. The numbers say where to look; the people who did the work say what it was.
"""

from __future__ import annotations

__all__ = [
    "SOON",
    "bunched",
    "cases",
    "measures",
    "not_seen",
    "reopened",
    "stop_and_start",
    "typed_afterwards",
    "window",
]

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from frontdoor.counting import HOUR
from frontdoor.replay.facts import Facts, working_days
from frontdoor.replay.measures.conversion import ASSESSMENTS
from frontdoor.replay.measures.counts import NO_ANSWER, measure, shares, untold
from frontdoor.replay.measures.measure import Measure, chance_of
from frontdoor.replay.measures.recording import seen_by_episode

if TYPE_CHECKING:
    import polars as pl

_SUBJECT = "Questions to ask"
SOON = 5
"""Working days within which work that begins again is asked about."""
_LAST = 10
"""The share of a clock's length that is its last stretch: one in so many, rounded up."""
_SHORTEST = 5
"""Clocks of fewer units are not asked about: most of what they time is done at once or not."""
_EXPECTED = 1 / 3


def measures(facts: Facts) -> list[Measure]:
    """Every sign that this process and this source can show."""
    return [*bunched(facts), *not_seen(facts), *reopened(facts), *stop_and_start(facts), *typed_afterwards(facts)]


def cases(facts: Facts) -> pl.DataFrame:
    """The episodes behind the signs, to read: `sign` (the name of its measure), `case_id`, `name`, `e`; by sign and case."""
    import polars as pl

    parts = []
    for sign, made in (
        ("bunched", _bunched), ("signed_off_unseen", _not_seen), ("reopened", _reopened), ("stop_and_start", _restarted),
        ("typed_afterwards", _typed),
    ):  # fmt: skip
        frame = made(facts)
        if frame is not None:
            shown = frame.filter(pl.col("yes") & pl.col("why").is_null()).select("e").unique()
            parts.append(shown.with_columns(sign=pl.lit(sign)))
    schema = {"e": pl.Int64, "sign": pl.String}
    found = pl.concat(parts) if parts else pl.DataFrame(schema=schema)
    whose = facts.episodes.select("e", "case_id", "name")
    return found.join(whose, on="e", how="left").select("sign", "case_id", "name", "e").sort("sign", "e")


def window(allowed: int) -> int:
    """How many of the last units of a clock's length are its last stretch: a tenth of it, one at least."""
    return max(1, math.ceil(allowed / _LAST))


def bunched(facts: Facts) -> list[Measure]:
    """Completions in the last stretch before a deadline, beside as long a stretch before it and one after it."""
    said = measure(
        facts, "bunched", "Completions bunched just before the deadline", _SUBJECT,
        definition="Of the completions in the last tenth of the time allowed, in as long a stretch before that, and in as long a "
        "stretch after the deadline, the share in the last tenth. If it mattered to nobody when the deadline is, about a third "
        "would be in each: 'chance' is how often so many or more would be there even so.",
        denominator="completions in the three stretches, counted in working days from the due day (in hours for clocks in hours)",
        excluded=f"completions further from the deadline; clocks of fewer than {_SHORTEST} units, of which most is done at once; "
        "completions of which the day (the moment, for hours) is not known",
        by=("timer",),
        question="What is done in those last days that was not done before: is the work finished, or only the clock stopped? Read "
        "some of these beside some that took less time.",
    )  # fmt: skip
    frame = _bunched(facts)
    if not frame.height:
        return [untold(said, "Nothing in this source was completed near a deadline, as far as it is told to the day.")]

    def surprise(group: Mapping[str, str], yes: int, n: int) -> Mapping[str, float | int | str | None]:
        return {"expected": _EXPECTED, "chance": chance_of(yes, n, _EXPECTED) if n else None}

    rows = shares(frame, ["timer"], order={"timer": facts.order}, more=surprise)
    tried = sum(1 for row in rows if row.n)
    notes: tuple[str, ...] = (
        "Work that takes about as long as the time allowed peaks there of itself, and looks the same.",
    )
    if tried > 1:
        notes += (f"{tried} clocks are looked at: of twenty, one would show a chance below 0.05 for no reason at all.",)
    return [attrs.evolve(said, rows=rows, notes=notes)]


def _bunched(facts: Facts) -> pl.DataFrame:
    """The completions near their deadlines; `yes` in the last stretch before."""
    import polars as pl

    done = facts.clocks.filter(
        pl.col("counted") & pl.col("status").is_in(["met", "late"]) & (pl.col("allowed") >= _SHORTEST)
    )
    lengths = {allowed: window(allowed) for allowed in done["allowed"].unique()}
    before = working_days(facts.calendar, done["to_day"], done["due_day"])
    after = working_days(facts.calendar, done["due_day"], done["to_day"])
    done = done.with_columns(
        before=before, after=after, wide=pl.col("allowed").replace_strict(lengths, return_dtype=pl.Int64)
    )
    days_left = pl.when(pl.col("to_day") > pl.col("due_day")).then(-pl.col("after").clip(1)).otherwise("before")
    hours_left = ((pl.col("due_at") - pl.col("to_at")) / HOUR).floor()
    # The due day itself is the last of the stretch: nought left is inside, one working day over is outside.
    left = pl.when("elapsed").then(hours_left).otherwise(days_left.cast(pl.Float64))
    exact = pl.when("elapsed").then(pl.col("to_at").is_not_null() & pl.col("due_at").is_not_null()).otherwise(
        pl.col("to_day").is_not_null() & pl.col("due_day").is_not_null()
    )  # fmt: skip
    done = done.with_columns(left=left).filter(exact)
    near = (pl.col("left") >= -pl.col("wide")) & (pl.col("left") < 2 * pl.col("wide"))
    inside = (pl.col("left") >= 0) & (pl.col("left") < pl.col("wide"))
    return done.filter(near).select("e", "timer", yes=inside, why=pl.lit(None, pl.String))


def not_seen(facts: Facts) -> list[Measure]:
    """Assessments signed off without any record that the child was seen."""
    names = _assessments(facts)
    if not names:
        return []
    said = measure(
        facts, "signed_off_unseen", "Signed off without the child seen", _SUBJECT,
        definition="The share of completed assessments of which nothing that was recorded shows that the child was seen.",
        denominator="assessments complete and signed off",
        excluded="those where it is not clear from what was written",
        by=("workflow",),
        question="Was the child seen and nobody wrote it down, or was the assessment finished without? What let it be signed off?",
    )  # fmt: skip
    frame = _not_seen(facts)
    if frame is None:
        return [untold(said, "This source has no place for when a child was seen.")]
    if not frame.height:
        return [untold(said, "No assessment in this source is complete.")]
    return [attrs.evolve(said, rows=shares(frame, ["workflow"], order={"workflow": facts.library.names().index}))]


def _assessments(facts: Facts) -> list[str]:
    return [name for name in ASSESSMENTS if facts.declares(name)]


def _not_seen(facts: Facts) -> pl.DataFrame | None:
    import polars as pl

    names = [name for name in _assessments(facts) if facts.holds(f"{name}.see_child")]
    if not names:
        return None
    done = facts.episodes.filter(pl.col("counted") & pl.col("workflow").is_in(names) & (pl.col("state") == "complete"))
    done = done.filter(
        pl.any_horizontal((pl.col("workflow") == name) & facts.able(f"{name}.see_child") for name in names)
    )
    done = done.select("e", "workflow").join(seen_by_episode(facts), on="e", how="left", maintain_order="left")
    why = pl.when(pl.col("seen").is_null()).then(pl.lit(NO_ANSWER))
    return done.select("e", "workflow", yes=~pl.col("seen").fill_null(False), why=why)


def reopened(facts: Facts) -> list[Measure]:
    """Work that ended and began again for the same child within days."""
    said = measure(
        facts, "reopened", f"Ended, and begun again within {SOON} working days", _SUBJECT,
        definition=f"The share of episodes that ended and were followed, within {SOON} working days and in the same workflow, by "
        f"another of the same {facts.case}.",
        denominator="episodes that have ended",
        excluded=f"those that ended in the last {SOON} working days, of which it is too early to tell, unless they have begun again",
        by=("workflow",),
        question="What was known on the day it was closed, and what had changed when it was opened again?",
    )  # fmt: skip
    frame = _reopened(facts)
    if not frame.height:
        return [untold(said, "Nothing in this source has ended.")]
    return [attrs.evolve(said, rows=shares(frame, ["workflow"], order={"workflow": facts.library.names().index}))]


def _next(facts: Facts) -> pl.DataFrame:
    """Every ended episode that is counted, with the working days until the child's next of its workflow, `gap`."""
    import polars as pl

    every = facts.episodes.sort("case_id", "workflow", "opened").with_columns(
        next_opened=pl.col("opened").shift(-1).over("case_id", "workflow"),
        next_day=pl.col("opened_day").shift(-1).over("case_id", "workflow"),
    )
    ended = every.filter(pl.col("counted") & (pl.col("standing") == "ended") & pl.col("closed_day").is_not_null()).sort(
        "e"
    )
    gap = working_days(facts.calendar, ended["closed_day"], ended["next_day"])
    since = working_days(facts.calendar, ended["closed_day"], ended["judged_to"])
    after = pl.col("next_opened") > pl.col("closed")
    return ended.with_columns(gap=gap, since=since).with_columns(gap=pl.when(after).then("gap"))


def _reopened(facts: Facts) -> pl.DataFrame:
    import polars as pl

    yes = (pl.col("gap") <= SOON).fill_null(False)
    early = ~yes & (pl.col("since") < SOON).fill_null(False)
    return _next(facts).select("e", "workflow", yes=yes, why=pl.when(early).then(pl.lit("too early to tell")))


def stop_and_start(facts: Facts) -> list[Measure]:
    """A clock stopped otherwise than by what meets it, and a new one of the same kind started soon after."""
    said = measure(
        facts, "stop_and_start", f"Clock stopped unmet, and started anew within {SOON} working days", _SUBJECT,
        definition="The share of clocks that ended otherwise than by what meets them (an assessment terminated, a conference "
        f"cancelled), in time or late, after which the same work began again for the {facts.case} within {SOON} working days, with a new "
        "clock.",
        denominator="clocks that were stopped by something that does not meet them",
        excluded=f"those stopped in the last {SOON} working days, of which it is too early to tell, unless it has begun again",
        by=("timer",),
        question=f"Why was it stopped, and did the {facts.case} wait longer for it than one clock would have allowed?",
    )  # fmt: skip
    frame = _restarted(facts)
    if not frame.height:
        return [untold(said, "No clock in this source was stopped by anything but what meets it.")]
    return [attrs.evolve(said, rows=shares(frame, ["timer"], order={"timer": facts.order}))]


def _restarted(facts: Facts) -> pl.DataFrame:
    import polars as pl

    meets = []
    for name in facts.library.names():
        for timer in facts.library.anywhere(name).timers.values():
            if timer.met_by:
                meets += [(f"{name}.{timer.name}", f"{name}.{move}") for move in timer.met_by]
    met = pl.DataFrame(meets, schema={"timer": pl.String, "event": pl.String}, orient="row")
    stopped = facts.clocks.filter(
        pl.col("counted") & pl.col("stopped").is_not_null() & pl.col("timer").is_in(met["timer"].implode())
    )
    events = facts.events.select(stopped="row", event="event")
    stopped = stopped.join(events, on="stopped", how="left").join(met, on=["timer", "event"], how="anti")
    ended = _next(facts).select("e", "closed", "gap", "since")
    stopped = stopped.join(ended, left_on=["e", "stopped"], right_on=["e", "closed"], how="inner").sort("d")
    yes = (pl.col("gap") <= SOON).fill_null(False)
    early = ~yes & (pl.col("since") < SOON).fill_null(False)
    return stopped.select("e", "timer", yes=yes, why=pl.when(early).then(pl.lit("too early to tell")))


def typed_afterwards(facts: Facts) -> list[Measure]:
    """Deadlines met by something that was recorded only after they had passed."""
    said = measure(
        facts, "typed_afterwards", "Met, by what was recorded after the deadline", _SUBJECT,
        definition="The share of deadlines met in time by an event that was recorded on a day after the due day: on the due day the "
        "record did not show it.",
        denominator="deadlines met, of which it is said when what met them was recorded",
        excluded="deadlines met by an event of which that is not said",
        by=("timer",),
        question="Was it done on the day that is given, and typed late, or is the day the one that the deadline asked for? What else "
        "from that day bears it out?",
    )  # fmt: skip
    frame = _typed(facts)
    if not frame.filter(frame["why"].is_null()).height:
        return [untold(said, "This source does not say when what met a deadline was recorded.")]
    return [attrs.evolve(said, rows=shares(frame, ["timer"], order={"timer": facts.order}))]


def _typed(facts: Facts) -> pl.DataFrame:
    import polars as pl

    met = facts.clocks.filter(pl.col("counted") & (pl.col("status") == "met"))
    recorded = facts.events.select("recorded_day", stopped="row")
    met = met.join(recorded, on="stopped", how="left", maintain_order="left")
    not_said = pl.col("recorded_day").is_null() | pl.col("due_day").is_null()
    return met.select(
        "e", "timer", yes=(pl.col("recorded_day") > pl.col("due_day")).fill_null(False),
        why=pl.when(not_said).then(pl.lit("not said when recorded")),
    )  # fmt: skip
