"""Two audits side by side, two clocks side by side, and months beside one another on a control chart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from frontdoor.errors import TimescaleError, UnknownWorkflow
from frontdoor.formats import flat_csv
from frontdoor.library import load
from frontdoor.replay import facts
from frontdoor.replay.audit import run
from frontdoor.replay.comparing import Compared, Comparison, Difference, compare
from frontdoor.replay.measures import Measure, every, measure
from frontdoor.replay.measures.charts import RULES, Chart, charts
from frontdoor.replay.measures.two_clocks import restated, two_clocks
from frontdoor.timescale import Timescale
from tests import generate
from tests.measured import assessment, audited, found, library, named, referral, row, source


def compared(of: Comparison, name: str) -> Compared:
    (one,) = [each for each in of.measures if each.measure.name == name]
    return one


def difference(of: Compared, **group: str) -> Difference:
    (one,) = [each for each in of.rows if each.group == group]
    return one


# ---- two audits ----


def test_a_period_beside_everything_may_share_children_and_that_is_said() -> None:
    whole = found(decided(1, 4))
    for part in (whole.only(first=date(2014, 3, 1)), whole.only(team="North")):
        assert any("may share children" in note for note in compare(whole, part).notes)
    parts = [whole.only(team=team) for team in ("North", "South")]
    assert not any("may share" in note for note in compare(*parts).notes)


def decided(late: int, of: int, month: str = "2014-03", **more: str) -> list[dict[str, str]]:
    """So many referrals, of which so many were decided two days too late."""
    log = []
    for number in range(of):
        day = "06" if number < late else "03"
        log += referral(f"{month}-{number}", f"{month}-03T09:00", f"{month}-{day}T10:00", **more)
    return log


def test_the_difference_of_two_shares_has_newcombes_interval() -> None:
    """His example: 56 of 70 against 48 of 80 differ by 0.2, from 0.0524 to 0.3339."""
    both = compare(audited(decided(14, 70)), audited(decided(32, 80)))
    decision = difference(compared(both, "timeliness"), timer="referral.decision")
    assert decision.difference == pytest.approx(0.2)
    assert (decision.low, decision.high) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))
    assert both.changes is None and not both.judged_twice


def test_two_teams_of_one_log_are_compared_as_different_children() -> None:
    log = [*decided(0, 4, team="North"), *decided(2, 4, "2014-06", team="South")]
    asked = found(log)
    both = compare(asked.only(team="North"), asked.only(team="South"))
    assert (both.a, both.b) == ("team North", "team South")
    decision = difference(compared(both, "timeliness"), timer="referral.decision")
    assert decision.difference == 0.5 and decision.low is not None


def test_what_one_of_them_cannot_tell_is_said_and_not_compared() -> None:
    log = decided(0, 4)
    log[0]["recorded_at"] = "2014-03-03T09:00"
    both = compare(audited(log), audited(decided(0, 5)), names=("spring", "summer"))
    late = compared(both, "late_recording")
    assert late.rows == () and late.untold == "summer: This source does not say when anything was recorded."


def test_a_group_that_only_one_has_stands_without_a_difference() -> None:
    log = decided(0, 2)
    both = compare(audited(log), audited(assessment("X", "2014-03-03T09:00", "2014-03-04T09:00", "2014-03-05T09:00")))
    only = difference(compared(both, "timeliness"), timer="single_assessment.completion")
    assert only.a is None and only.b is not None and only.difference is None


def test_the_median_differs_by_so_many_days() -> None:
    both = compare(audited(decided(3, 3)), audited(decided(0, 3)))
    assert difference(compared(both, "timeliness"), timer="referral.decision").median == 3


TEN_DAYS = [
    *referral("A", "2012-03-05T09:00", "2012-03-05T09:00"),
    {"case_id": "A", "event": "initial_assessment.start", "happened_at": "2012-03-05T09:00"},
    {"case_id": "A", "event": "initial_assessment.submit", "happened_at": "2012-03-15T09:00"},
    {"case_id": "A", "event": "initial_assessment.sign_off", "happened_at": "2012-03-15T10:00"},
]
"""Begun on Monday 5 March 2012 and signed off eight working days later, when ten were allowed."""


def test_under_an_overlay_the_verdicts_that_change_say_which_file_changed_them() -> None:
    records = source(TEN_DAYS)
    both = compare(run(records, library()), run(records, library("wexcombe")))
    assert (
        both.judged_twice
        and both.changes is not None
        and (both.a, both.b) == ("the guidance in force", "with wexcombe laid over")
    )
    (change,) = both.changes.iter_rows(named=True)
    assert (change["timer"], change["a_status"], change["b_status"]) == ("initial_assessment.completion", "met", "late")
    assert (change["a_due"], change["b_due"]) == ("2012-03-19", "2012-03-14")
    assert change["why"] == (
        "met under the guidance in force (10 working days, due 19 Mar 2012), late with wexcombe laid over (7 working days, "
        "due 14 Mar 2012); set by workflows/guidance/working_together_2010.toml "
        "[workflows.initial_assessment.timers.completion] and by workflows/local/wexcombe.toml "
        "[workflows.initial_assessment.timers.completion]."
    )


def test_under_another_edition_a_changed_verdict_says_under_which_it_was_what_and_due_when() -> None:
    days = [one["happened_at"].replace("2012-03-15", "2009-11-18").replace("2012-03", "2009-11") for one in TEN_DAYS]
    records = source([one | {"happened_at": day} for one, day in zip(TEN_DAYS, days, strict=True)])
    both = compare(run(records, library()), run(records, load(guidance="working_together_2010")))
    assert both.changes is not None
    (change,) = both.changes.iter_rows(named=True)
    assert change["why"].startswith(
        "late under working_together_2006 (7 working days, due 16 Nov 2009), met under working_together_2010 (10 working "
        "days, due 19 Nov 2009); set by workflows/guidance/working_together_2006.toml "
    )


def test_two_teams_are_not_compared_by_team() -> None:
    asked = found([*decided(0, 4, team="North"), *decided(2, 4, "2014-06", team="South")])
    both = compare(asked.only(team="North"), asked.only(team="South"))
    assert [one.measure.name for one in both.measures if "team" in one.measure.by] == []
    assert [one.measure.name for one in compare(asked, asked).measures if "team" in one.measure.by] != []


def test_of_the_same_records_judged_twice_the_difference_is_exact() -> None:
    records = source(TEN_DAYS)
    both = compare(run(records, library()), run(records, library("wexcombe")))
    timeliness = compared(both, "timeliness")
    completion = difference(timeliness, timer="initial_assessment.completion")
    assert (completion.difference, completion.low, completion.high) == (1.0, None, None)
    assert timeliness.interval.startswith("none")


def test_under_another_edition_a_clock_may_be_there_no_more() -> None:
    records = source(TEN_DAYS)
    both = compare(run(records, library()), run(records, load(guidance="working_together_2013")))
    assert both.changes is not None
    (gone,) = both.changes.filter(timer="initial_assessment.completion").iter_rows(named=True)
    assert (gone["b_status"], "the guidance in force: 10 working days" in gone["why"]) == (
        None,
        True,
    )
    assert both.b == "under working_together_2013"


def test_a_draft_edition_is_compared_with_what_is_in_force(tmp_path) -> None:
    draft = tmp_path / "draft.toml"
    draft.write_text(
        'title = "A draft"\namends = "working_together_2026"\n[workflows.referral.timers.decision]\nallowed = "3 working days"\n'
    )
    records = source(decided(1, 1))
    both = compare(run(records, library()), run(records, load(local=[draft], guidance="draft")))
    assert both.changes is not None
    (change,) = both.changes.filter(timer="referral.decision").iter_rows(named=True)
    assert (change["a_status"], change["b_status"], change["b_guidance"]) == ("late", "met", "draft")


def test_they_may_be_called_anything() -> None:
    records = source(TEN_DAYS)
    both = compare(run(records, library()), run(records, library("wexcombe")), names=("{} {0}", "{{b}}"))
    assert both.changes is not None
    assert both.changes["why"][0].startswith("met by {} {0} (10 working days")


def test_what_falls_due_at_another_time_and_comes_to_the_same_is_counted() -> None:
    log = TEN_DAYS[:3]
    records = source(log)
    both = compare(run(records, library(), as_at="2012-03-06"), run(records, library("wexcombe"), as_at="2012-03-06"))
    assert (both.moved, both.changes is not None and both.changes.height) == (1, 0)


def test_an_audit_beside_itself_changes_nothing() -> None:
    for seed in range(1, 13):
        audit = run(flat_csv.read(generate.log(seed).encode(), "log.csv"), library())
        both = compare(audit, audit)
        assert both.changes is not None and (both.changes.height, both.moved) == (0, 0)
        assert both.same == audit.deadlines.height
        assert {each.difference for one in both.measures for each in one.rows} <= {0, None}


def test_judged_as_at_different_moments_is_said() -> None:
    records = source(decided(1, 2))
    both = compare(run(records, library(), as_at="2014-03-05"), run(records, library(), as_at="2014-03-31"))
    assert both.notes == ("Judged as at different moments: 2014-03-05 and 2014-03-31.",)


# ---- two clocks ----


def test_an_assessment_may_be_late_for_the_guidance_and_in_time_for_the_census() -> None:
    """Referred on 3 March 2014, due on 8 May; begun on the 10th, due on 15 May by its own start; signed off on 12 May."""
    (both,) = two_clocks(audited(assessment("A", "2014-03-03T09:00", "2014-03-10T09:00", "2014-05-12T09:00")))
    (one,) = both.deadlines.iter_rows(named=True)
    assert (one["guidance_due"], one["guidance_status"]) == ("2014-05-08", "late")
    assert (one["census_due"], one["census_status"], one["differs"]) == ("2014-05-15", "met", True)
    assert (
        "the guidance: from referral.receive at 2014-03-03" in one["why"]
        and "the census: from single_assessment.start at 2014-03-10" in one["why"]
    )
    assert [row(both.measure, counted_as=name).value for name in ("guidance", "census")] == [0, 1]


def test_where_both_say_the_same_there_is_no_why() -> None:
    (both,) = two_clocks(audited(assessment("A", "2014-03-03T09:00", "2014-03-04T09:00", "2014-03-20T09:00")))
    assert both.differing.height == 0 and both.deadlines["why"].to_list() == [""]


def test_twenty_four_hours_are_not_one_working_day() -> None:
    """Friday 18 December 2009 at 16:30: a working day ends with the Monday, 24 hours on the Saturday at 16:30."""
    audit = audited(referral("A", "2009-12-18T16:30", "2009-12-21T10:00"))
    (both,) = two_clocks(audit, statements={"referral.decision": "24 hours"})
    (one,) = both.deadlines.iter_rows(named=True)
    assert (one["guidance_due"], one["guidance_status"]) == ("2009-12-21", "met")
    assert (one["stated_due"], one["stated_status"]) == ("2009-12-19T16:30:00+00:00", "late")
    assert [reading.allowed for reading in both.readings] == [("1 working day",), ("24 hours",)]


def test_a_statement_may_say_what_it_counts_from() -> None:
    log = [
        {"case_id": "A", "event": "contact.receive", "happened_at": "2014-03-03T09:00"},
        {"case_id": "A", "event": "contact.refer", "happened_at": "2014-03-04T09:00"},
        *referral("A", "2014-03-04T09:00", "2014-03-05T09:00"),
    ]
    (both,) = two_clocks(audited(log), statements={"referral.decision": "1 working day from contact.receive"})
    (one,) = both.deadlines.iter_rows(named=True)
    assert (one["guidance_status"], one["stated_status"], one["stated_due"]) == ("met", "late", "2014-03-04")


def test_an_overlay_may_be_the_statement() -> None:
    three = two_clocks(audited(TEN_DAYS), stated=library("wexcombe"))
    assert [each.timer for each in three] == ["initial_assessment.completion"]
    assert three[0].deadlines["stated_status"].to_list() == ["late"]


def test_a_statement_about_no_clock_or_of_no_length_is_refused() -> None:
    audit = audited(decided(0, 1))
    with pytest.raises(UnknownWorkflow, match="referral.decision"):
        two_clocks(audit, statements={"referral.decison": "24 hours"})
    with pytest.raises(TimescaleError):
        two_clocks(audit, statements={"referral.decision": "soon"})
    with pytest.raises(UnknownWorkflow, match=r"contact.receive"):
        two_clocks(audit, statements={"referral.decision": "24 hours from contact.recieve"})


def test_a_clock_restated_as_it_is_changes_nothing() -> None:
    for seed in range(1, 13):
        audit = run(flat_csv.read(generate.log(seed).encode(), "log.csv"), library())
        same = facts.again(
            audit,
            lambda of: restated(
                of, "single_assessment.completion", allowed=Timescale.parse("45 working days"), by="us"
            ),
        )
        keep = [name for name in audit.deadlines.columns if name != "cites"]
        assert same.deadlines.select(keep).equals(audit.deadlines.select(keep))


# ---- control charts ----


def monthly(values: Iterable[tuple[int, int]], as_at: str = "2016-01-01") -> Measure:
    """A measure by month from January 2014, of so many of so many."""
    rows = tuple(
        measure.share(yes, n, group={"month": f"{2014 + place // 12}-{place % 12 + 1:02}"})
        for place, (yes, n) in enumerate(values)
    )
    return Measure("m_by_month", "M", "S", "D.", "n", "nothing", "share", as_at, rows, ("month",))


def chart(values: Iterable[tuple[int, int]], **options: str) -> Chart:
    (one,) = charts([monthly(values, **options)])
    return one


def test_the_limits_are_three_standard_deviations_and_widen_with_few() -> None:
    """Half of all: of 100 the deviation is 0.05, of 25 it is 0.1."""
    made = chart([(50, 100), (25, 50), (50, 100), (12, 25), (13, 25)])
    assert (made.kind, made.centre) == ("p-chart", 0.5)
    assert (made.points[0].low, made.points[0].high) == (pytest.approx(0.35), pytest.approx(0.65))
    assert (made.points[3].low, made.points[3].high) == (pytest.approx(0.2), pytest.approx(0.8))


def test_a_point_beyond_the_limits_breaks_nelsons_first_rule() -> None:
    made = chart([(48, 100), (58, 100)] * 5 + [(90, 100)])
    assert made.points[-1].broken == ("Nelson 1",) and made.signals == (made.points[-1],)


def test_nine_on_one_side_break_the_second() -> None:
    made = chart([(45, 100)] * 9 + [(55, 100)] * 9)
    assert [point.broken for point in made.points].count(("Nelson 2",)) == 2
    assert made.points[8].broken == ("Nelson 2",) and made.points[17].broken == ("Nelson 2",)


def test_six_rising_break_the_third() -> None:
    made = chart([(50, 100), (47, 100), (48, 100), (49, 100), (51, 100), (52, 100), (53, 100)])
    assert [point.broken for point in made.points] == [()] * 6 + [("Nelson 3",)]


def test_two_of_three_far_out_on_one_side_break_the_fifth() -> None:
    made = chart([(50, 100)] * 8 + [(36, 100), (50, 100), (36, 100)] + [(52, 100)] * 5)
    assert [place for place, point in enumerate(made.points) if "Nelson 5" in point.broken] == [10]


def test_medians_are_drawn_with_limits_from_how_much_they_move() -> None:
    """2, 4, 2, 4: the mean is 3, each moves by 2, so the limits are 3 and 3 times 2 over 1.128 away."""
    rows = tuple(
        measure.Row({"month": f"2014-0{place}"}, None, 9, value) for place, value in enumerate((2.0, 4.0, 2.0, 4.0), 1)
    )
    (made,) = charts([Measure("x", "X", "S", "D.", "n", "nothing", "working days", "2015-01-01", rows, ("month",))])
    assert (made.kind, made.centre, made.points[0].low) == ("XmR chart", 3, 0)
    assert made.points[0].high == pytest.approx(3 + 3 * 2 / 1.128)


def test_a_month_without_anything_is_a_gap_and_an_incomplete_one_is_left_out() -> None:
    one = monthly([(5, 10), (5, 10), (5, 10), (5, 10)], as_at="2014-04-15")
    rows = tuple(each for each in one.rows if each.group["month"] != "2014-02")
    (made,) = charts([Measure("m", "M", "S", "D.", "n", "nothing", "share", one.as_at, rows, ("month",))])
    assert [(point.month, point.value) for point in made.points] == [
        ("2014-01", 0.5),
        ("2014-02", None),
        ("2014-03", 0.5),
    ]


def test_one_month_makes_no_chart_and_few_make_a_provisional_one() -> None:
    assert charts([monthly([(5, 10)])]) == []
    assert any("provisional" in note for note in chart([(5, 10), (6, 10)]).notes)


def test_every_rule_that_a_point_can_break_is_explained() -> None:
    for seed in range(1, 9):
        asked = facts.of(run(flat_csv.read(generate.log(seed).encode(), "log.csv"), library()))
        for made in charts(every(asked)):
            assert {rule for point in made.points for rule in point.broken} <= set(RULES)


def test_a_measure_of_the_audit_by_month_is_charted() -> None:
    log = [*decided(1, 4), *decided(0, 4, "2014-04"), *decided(2, 4, "2014-06")]
    made = charts([named(every(found(log, as_at="2014-08-01")), "timeliness_by_month")])
    decision = next(each for each in made if each.group == {"timer": "referral.decision"})
    assert [point.n for point in decision.points] == [4, 4, 0, 4]
