"""Logs that lack or twist something: what a calibration cannot know it says, and it leaves nothing out in silence."""

from __future__ import annotations

import math
from datetime import date
from functools import cache

import attrs
import polars as pl
import pytest

from frontdoor.calibration import Calibration, calibrate
from frontdoor.calibration.holding_out import held_out
from frontdoor.calibration.seeing import see
from frontdoor.calibration.survival import lasting
from frontdoor.formats.source import Source
from frontdoor.replay.audit import run
from tests.calibrated_desks import LIBRARY, SMALL, log_by

_DAY = 86_400_000_000


@cache
def log() -> Source:
    """The log of the small desk, half a year."""
    return log_by()


def changed(*columns: pl.Expr, only: pl.Expr | None = None) -> Source:
    """The same, changed."""
    events = log().events if only is None else log().events.filter(only)
    return attrs.evolve(log(), events=events.with_columns(*columns))


def made_of(source: Source) -> Calibration:
    """A scenario that can be run; nothing is matched."""
    found = calibrate(source, LIBRARY, match=False)
    assert found.scenario(LIBRARY)
    return found


def cautions(found: Calibration) -> str:
    """What is printed with every figure."""
    return "\n".join(found.made.get("cautions", ()))


# ---- priorities ----

_IS_CONTACT = pl.col("event") == "contact.receive"


def test_a_rare_priority_of_which_nothing_ends_throws_no_source_out() -> None:
    """Forty contacts of the police are of a priority of their own, and nothing is done about them yet."""
    police = log().events.filter(_IS_CONTACT & (pl.col("detail.source") == "6"))["case_id"].unique(maintain_order=True)
    rare = pl.col("case_id").is_in(police.head(40).implode())
    odd = pl.when(rare).then(pl.lit("immediate")).otherwise("detail.priority").alias("detail.priority")
    found = made_of(changed(odd, only=_IS_CONTACT | ~rare))
    assert {one["code"] for one in found.made["sources"].values()} == {"6", "2A"}
    assert found.made["priorities"] == ["urgent", "routine"]
    for one in found.made["sources"].values():
        assert math.fsum(one["priority"].values()) == pytest.approx(1, abs=1e-6)
    assert sum(one["per_year"] for one in found.made["sources"].values()) == pytest.approx(
        found.contacts * 365.25 / found.days, rel=0.08
    )


def test_of_more_than_eight_priorities_the_rarest_are_as_the_last() -> None:
    many = pl.format("p{}", pl.col("case_id").str.slice(-2).cast(pl.Int64) % 12)
    found = made_of(changed(many.alias("detail.priority")))
    assert len(found.made["priorities"]) == 8
    assert {one["code"] for one in found.made["sources"].values()} == {"6", "2A"}
    for one in found.made["sources"].values():
        assert math.fsum(one["priority"].values()) == pytest.approx(1, abs=1e-6)


def test_a_priority_is_what_a_contact_says_itself_and_of_how_many() -> None:
    """The schools mostly say none: then it is not that of what came of the same child before."""
    schools = _IS_CONTACT & (pl.col("detail.source") == "2A")
    quiet = schools & (pl.col("position") % 4 > 0)
    found = made_of(changed(pl.when(quiet).then(pl.lit("")).otherwise("detail.priority").alias("detail.priority")))
    said = log().events.filter(schools & ~quiet)["detail.priority"]
    mine = next(one for one in found.made["sources"].values() if one["code"] == "2A")
    assert mine["priority"]["urgent"] == pytest.approx((said == "urgent").mean(), abs=1e-3)
    assert f"priorities counted of {len(said):,} that say theirs" in mine["note"]


# ---- roles ----


def test_a_title_that_no_workflow_knows_is_taken_for_the_role_whose_work_it_does_and_told() -> None:
    titles = {"social_worker": "Social Worker", "manager": "Team Manager"}
    found = made_of(changed(pl.col("role").replace(titles)))
    true = made_of(log()).made
    assert {name: one["role"] for name, one in found.made["teams"].items()} == {
        name: one["role"] for name, one in true["teams"].items()
    }
    assert found.made["tasks"] == true["tasks"]
    for role, title in titles.items():
        many = log().events.filter(pl.col("role") == role).height
        assert f"{many:,} events are by {title!r}, a role that no workflow knows" in cautions(found)
    assert "Did you mean social_worker?" in cautions(found)


def test_an_outcome_that_no_team_may_do_is_named_with_how_many() -> None:
    """Managers are recorded as referral officers, who may sign nothing off and may not decide to do nothing."""
    found = made_of(changed(pl.col("role").replace({"manager": "referral_officer"})))
    for place, event in (
        ("referral_received", "referral.take_no_further_action"),
        ("single_assessment_awaiting_sign_off", "single_assessment.sign_off"),
    ):
        many = log().events.filter(pl.col("event") == event).height
        (said,) = (one for one in found.made["cautions"] if one.startswith(f"{place}: "))
        assert "left out" in said and f"{event} ({many:,})" in said
    assert "Team 'managers' (referral_officer" in cautions(found)


# ---- what is still open ----


def test_a_short_log_says_that_long_times_cannot_be_seen_and_does_not_make_them_short() -> None:
    """Assessments that take from eight to sixty working days, of a log of nine weeks."""
    last = date(2024, 3, 10)
    source = log_by(
        tasks__assess__wait={"from": "8 working days", "to": "60 working days"}, ends=last, warm_up="30 weeks"
    )
    found = made_of(source)
    name = "single_assessment_under_way"
    (said,) = (one for one in found.made["cautions"] if one.startswith(f"{name}: "))
    assert "are still open" in said and "cannot be seen yet" in said and "assumed" in said
    assert "still open" in found.made["tasks"][name]["note"]
    bands = found.made["tasks"][name]["wait"]["bands"]
    assert float(bands[-1]["to"].split()[0]) > 50
    how = {one.where: one.how for one in found.figures}
    assert how[f"tasks.{name}.wait"] == "assumed"
    assert not any("cannot be seen yet" in one for one in made_of(log()).made.get("cautions", ()))


def test_what_is_open_beyond_what_is_known_is_spread_evenly_to_twice_that() -> None:
    made = lasting([10] * 50 + [20] * 50, [True] * 50 + [False] * 50).told_to_the_end()
    assert made.ever == pytest.approx(1)
    assert made.quantile(0.5) == pytest.approx(10) and made.quantile(0.75) == pytest.approx(15)
    assert made.quantile(1.0) == pytest.approx(20)


# ---- what was known ----


def late(days: int) -> Source:
    """Three in ten events are recorded so many days after the others."""
    odd = pl.col("position") % 10 < 3
    moments = [(pl.col(name) + odd * days * _DAY).alias(name) for name in ("recorded_from", "recorded_to")]
    return changed(*moments, (pl.col("recorded_day") + odd * days).cast(log().events["recorded_day"].dtype))


def test_as_at_a_moment_nothing_that_was_recorded_later_counts() -> None:
    source = late(60)
    known = attrs.evolve(source, events=source.events.filter(pl.col("recorded_day") <= 19_843))
    mine = calibrate(source, LIBRARY, as_at="2024-04-30", match=False)
    assert mine.made == calibrate(known, LIBRARY, as_at="2024-04-30", match=False).made
    assert mine.contacts < calibrate(log(), LIBRARY, as_at="2024-04-30", match=False).contacts


def test_what_is_held_out_is_foretold_from_what_was_known_then() -> None:
    source = late(60)
    known = source.events.filter((pl.col("recorded_day") <= 19_843) | (pl.col("day") > 19_843))
    mine, other = (
        held_out(run(one, LIBRARY), LIBRARY, months=2, seed=1, match=False)
        for one in (source, attrs.evolve(source, events=known))
    )
    assert [one.predicted for one in mine.clocks] == [one.predicted for one in other.clocks]
    assert [one.predicted for one in mine.months] == [one.predicted for one in other.months]


def test_of_clocks_that_are_due_after_the_log_nothing_is_told_but_how_many() -> None:
    """Assessments take longer than what is held out: those that were quick would all be in time."""
    held = held_out(run(log(), LIBRARY), LIBRARY, months=2, seed=1, match=False)
    screening = next(one for one in held.clocks if one.name == "contact.screening")
    assert screening.running < 0.1 * screening.many
    audit = run(log(), LIBRARY)
    began = audit.deadlines.filter((pl.col("counted_from") >= "2024-05-01") & (pl.col("due") >= "2024-06-30"))
    later = began.filter(pl.col("status").is_in(["met", "running"]))
    assert later.filter(pl.col("timer") == "single_assessment.completion").height > 30
    assert all(one.running == later.filter(pl.col("timer") == one.name).height for one in held.clocks)
    assert "more are due later" in held.sentence()
    assert see(audit).last and SMALL["ends"] == held.last


# ---- who works, who brings ----


def test_people_who_act_in_two_teams_are_told_and_their_number_is_estimated() -> None:
    both = pl.when(pl.col("detail.team") == "managers").then(pl.lit("desk-1")).otherwise("actor").alias("actor")
    one = log().events.filter(pl.col("detail.team") == "desk")["actor"].unique().sort()[0]
    found = made_of(changed(both.replace({"desk-1": one})))
    staff = next(figure for figure in found.figures if figure.where == "teams.managers.staff")
    assert staff.how == "estimated" and "1 of them works in another team, too" in staff.why
    assert next(figure for figure in made_of(log()).figures if figure.where == staff.where).how == "counted"


def test_a_team_that_doubled_is_told() -> None:
    doubled = (pl.col("detail.team") == "desk") & (pl.col("day") > 19_844) & (pl.col("position") % 2 == 0)
    found = made_of(changed(pl.when(doubled).then(pl.col("actor") + "b").otherwise("actor").alias("actor")))
    assert "Team 'desk' changed from 4.0 people to 8.0" in cautions(found)
    assert "changed from" not in cautions(made_of(log()))


def test_a_source_that_fell_silent_is_told() -> None:
    gone = log().events.filter(_IS_CONTACT & (pl.col("detail.source") == "2A") & (pl.col("day") > 19_824))["case_id"]
    found = made_of(changed(only=~pl.col("case_id").is_in(gone.unique().implode())))
    assert "brought nothing in the last 8" in cautions(found) and "If it has ended, take it out" in cautions(found)
    assert "brought nothing" not in cautions(made_of(log()))


def test_of_half_a_year_what_comes_in_a_year_and_children_known_are_not_called_counted() -> None:
    found = made_of(log())
    how = {one.where: (one.how, one.why) for one in found.figures}
    for name, one in found.made["sources"].items():
        assert how[f"sources.{name}.per_year"][0] == "estimated" and one["note"].startswith("estimated: ")
        assert (
            how[f"sources.{name}.known"][0] == "assumed"
            and "day for day, is assumed" in how[f"sources.{name}.known"][1]
        )


def test_sources_that_are_few_come_together_without_a_code_of_their_own() -> None:
    rare = (pl.col("position") % 23 == 0) & _IS_CONTACT & (pl.col("detail.source") == "2A")
    odd = pl.when(rare).then(pl.format("Z{}", pl.col("position") % 7)).otherwise("detail.source").alias("detail.source")
    sources = made_of(changed(odd)).made["sources"]
    assert "others" in sources and "code" not in sources["others"]


def test_work_of_which_none_is_done_is_told() -> None:
    found = made_of(changed(only=pl.col("event") != "single_assessment.sign_off"))
    assert "single_assessment_awaiting_sign_off: none of " in cautions(found)
    assert "single_assessment_awaiting_sign_off" not in found.made["tasks"]
