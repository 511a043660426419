"""When a clock starts, stops and falls due, and what that comes to: hours, dates, anchors, editions, the calendar.

Where no shipped workflow has the timer in question, a small one is written beside the test.
"""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from months import months_later

from frontdoor.formats import flat_csv
from frontdoor.library import Library, load
from frontdoor.moment import parse
from frontdoor.replay.audit import Audit, run

VISITS = """
    title = "Visits"
    initial = "open"
    opens_with = "start"
    [states.open]
    title = "Open"
    [states.paused]
    title = "Paused"
    [states.closed]
    title = "Closed"
    final = true
    [transitions.start]
    title = "Start"
    [transitions.visit]
    title = "Visit"
    from = ["open"]
    [transitions.pause]
    title = "Pause"
    from = ["open"]
    to = "paused"
    [transitions.resume]
    title = "Go on"
    from = ["paused"]
    to = "open"
    [transitions.close]
    title = "Close"
    from = ["open", "paused"]
    to = "closed"
    [timers.patience]
    title = "End some day"
    counts_from = ["start"]
    runs_in = ["open", "paused"]
    basis = "local"
    allowed = "60 months"
    [timers.clock]
    title = "Visit"
    basis = "local"
"""


@cache
def shipped(*local: str) -> Library:
    return load(local=local)


def with_timer(folder: Path, clock: str) -> Library:
    """The visits workflow with a timer `visits.clock` as it is written."""
    (folder / "visits.toml").write_text(dedent(VISITS) + dedent(clock))
    return load(folder)


def audited(log: str, library: Library | None = None, *, as_at: str | None = None) -> Audit:
    source = flat_csv.read(dedent(log).strip().encode(), "log.csv")
    return run(source, library or shipped(), as_at=parse(as_at) if as_at else None)


def deadlines(log: str, timer: str, library: Library | None = None, **options: str) -> list[dict[str, str]]:
    table = audited(log, library, **options).deadlines
    return [row for row in csv.DictReader(io.StringIO(table.write_csv())) if row["timer"] == timer]


def deadline(log: str, timer: str, library: Library | None = None, **options: str) -> dict[str, str]:
    """The only deadline of that timer."""
    (found,) = deadlines(log, timer, library, **options)
    return found


def told(log: str, timer: str, library: Library | None = None, **options: str) -> list[tuple[str, str, str]]:
    """Of each deadline of that timer: counted from, due, status."""
    return [
        (row["counted_from"], row["due"], row["status"]) for row in deadlines(log, timer, library, **options)
    ]  # fmt: skip


# Hours.


def green(rated: str, ended: str) -> dict[str, str]:
    """A MASH contact rated green, for which London allows 24 hours."""
    log = f"""
        case_id,event,happened_at
        C-1,mash.start,2014-01-01
        C-1,mash.rate_green,{rated}
        C-1,mash.close,{ended}
    """
    return deadline(log, "mash.green", shipped("london_mash"))


def test_hours_are_met_up_to_the_moment_they_fall_due():
    in_time = green("2014-03-03T09:00", "2014-03-04T09:00")
    assert (in_time["due"], in_time["status"]) == ("2014-03-04T09:00:00+00:00", "met")


def test_hours_are_late_a_second_after_the_moment_they_fall_due():
    late = green("2014-03-03T09:00", "2014-03-04T09:00:01")
    assert (late["status"], late["over"]) == ("late", "0")


def test_hours_run_through_nights_weekends_and_bank_holidays():
    assert green("2014-04-18T17:00", "2014-04-19T16:59")["due"] == "2014-04-19T17:00:00+01:00"


def test_24_hours_are_an_hour_later_by_the_clock_where_it_goes_forward():
    over_the_night = green("2014-03-29T12:00", "2014-03-30T13:00")
    assert (over_the_night["due"], over_the_night["status"]) == ("2014-03-30T13:00:00+01:00", "met")


def test_24_hours_are_an_hour_earlier_by_the_clock_where_it_goes_back():
    over_the_night = green("2014-10-25T12:00", "2014-10-26T11:30")
    assert (over_the_night["due"], over_the_night["status"]) == ("2014-10-26T11:00:00+00:00", "late")


def test_of_a_wall_time_that_happens_twice_the_first_is_meant():
    assert green("2014-10-26T01:30", "2014-10-27T00:30")["due"] == "2014-10-27T00:30:00+00:00"
    assert green("2014-10-26T01:30+00:00", "2014-10-27T00:30")["due"] == "2014-10-27T01:30:00+00:00"


def test_24_hours_and_1_working_day_are_different_rules():
    log = """
        case_id,event,happened_at
        C-1,mash.start,2014-03-07T16:30
        C-1,mash.rate_green,2014-03-07T16:30
    """
    library = shipped("london_mash")
    assert deadline(log, "mash.green", library)["due"] == "2014-03-08T16:30:00+00:00"
    assert deadline(log, "mash.outcome", library)["due"] == "2014-03-10"


@pytest.mark.parametrize(
    "rated, ended, status",
    [
        ("2014-03-03", "2014-03-04", "cannot_tell"),  # between no time at all and 48 hours
        ("2014-03-03", "2014-03-03", "met"),
        ("2014-03-03", "2014-03-05", "late"),  # 24 hours from the last instant of the 3rd are the last of the 4th
        ("2014-03-03T12:00", "2014-03-03", "met"),
        ("2014-03-03T12:00", "2014-03-04", "cannot_tell"),
        ("2014-03-03T12:00", "2014-03-05", "late"),
        ("2014-03-03", "2014-03-03T23:59", "met"),
        ("2014-03-03", "2014-03-04T00:00", "met"),
        ("2014-03-03", "2014-03-04T00:01", "cannot_tell"),
        ("2014-03-03", "2014-03-04T23:59", "cannot_tell"),
        ("2014-03-03", "2014-03-05T00:00", "late"),
    ],
)
def test_hours_between_dates_are_met_late_or_cannot_be_told(rated, ended, status):
    assert green(rated, ended)["status"] == status


def test_what_cannot_be_told_has_no_due_and_no_over():
    row = green("2014-03-03", "2014-03-04")
    assert (row["due"], row["over"], row["counted_from"], row["stopped_at"]) == ("", "", "2014-03-03", "2014-03-04")


def test_hours_from_a_date_that_still_run_cannot_be_told_while_they_may_be_over():
    log = """
        case_id,event,happened_at
        C-1,mash.start,2014-03-03
        C-1,mash.rate_green,2014-03-03
    """
    expected = {"2014-03-04T00:00": "running", "2014-03-04T12:00": "cannot_tell", "2014-03-05T00:00": "overdue"}
    for as_at, status in expected.items():
        assert told(log, "mash.green", shipped("london_mash"), as_at=as_at)[0][2] == status, as_at


# Day units, with dates and moments and what lies between two dates.


@pytest.mark.parametrize("received", ["2014-03-03", "2014-03-03T00:00", "2014-03-03T23:59:59"])
@pytest.mark.parametrize(
    "decided, status",
    [("2014-03-04", "met"), ("2014-03-04T23:59:59", "met"), ("2014-03-05", "late"), ("2014-03-05T00:00", "late")],
)
def test_days_are_counted_alike_from_a_date_and_from_any_moment_of_it(received, decided, status):
    log = f"""
        case_id,event,happened_at
        C-1,referral.receive,{received}
        C-1,referral.accept,{decided}
    """
    row = deadline(log, "referral.decision")
    assert (row["due"], row["status"]) == ("2014-03-04", status)


@pytest.mark.parametrize(
    "received, decided, due, status",
    [
        ("2014-03-03", "2014-03-03/2014-03-04", "2014-03-04", "met"),
        ("2014-03-03", "2014-03-04/2014-03-05", "2014-03-04", "cannot_tell"),
        ("2014-03-03", "2014-03-05/2014-03-07", "2014-03-04", "late"),
        ("2014-03-03/2014-03-04", "2014-03-04", "", "met"),
        ("2014-03-03/2014-03-04", "2014-03-05", "", "cannot_tell"),
        ("2014-03-03/2014-03-04", "2014-03-06", "", "late"),
        ("2014-03-03/2014-03-04", "2014-03-04/2014-03-06", "", "cannot_tell"),
        ("2014-03-07/2014-03-09", "2014-03-10", "2014-03-10", "met"),  # a weekend has one due day
    ],
)
def test_what_happened_between_two_dates_is_met_late_or_cannot_be_told(received, decided, due, status):
    log = f"""
        case_id,event,happened_at
        C-1,referral.receive,{received}
        C-1,referral.accept,{decided}
    """
    row = deadline(log, "referral.decision")
    assert (row["due"], row["status"]) == (due, status)


def test_a_moment_belongs_to_the_day_it_is_in_london():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-06-02T23:30Z
        C-1,referral.accept,2014-06-04T23:30+01:00
        C-2,referral.receive,2014-06-02T22:30Z
        C-2,referral.accept,2014-06-03T23:30Z
    """
    assert [(row[1], row[2]) for row in told(log, "referral.decision")] == [
        ("2014-06-04", "met"),
        ("2014-06-03", "late"),
    ]


@pytest.mark.parametrize(
    "received, due",
    [
        ("2026-09-18", "2026-09-21"),  # Friday, Monday
        ("2026-09-19", "2026-09-21"),  # Saturday, Monday
        ("2026-09-20", "2026-09-21"),
        ("2026-12-24", "2026-12-29"),  # the 26th is a Saturday: Monday the 28th is taken for it
        ("2027-12-24", "2027-12-29"),
        ("2014-04-17", "2014-04-22"),
    ],
)
def test_a_working_day_is_the_next_one_after_the_anchor_s_date(received, due):
    log = f"""
        case_id,event,happened_at
        C-1,referral.receive,{received}
    """
    assert deadline(log, "referral.decision")["due"] == due


@pytest.fixture(scope="module")
def units(tmp_path_factory) -> dict[str, Library]:
    """A library for each day unit, with 3 of it allowed."""
    clock = 'counts_from = ["start"]\nruns_in = ["open", "paused"]\nallowed = "3 {}"'
    return {
        unit: with_timer(tmp_path_factory.mktemp("unit"), clock.format(unit))
        for unit in ("days", "weeks", "months", "working days")
    }


@settings(deadline=None, max_examples=10)
@given(anchors=st.lists(st.dates(date(2001, 1, 1), date(2028, 1, 1)), min_size=30, max_size=60))
def test_each_unit_falls_due_as_the_calendar_says(units, anchors):
    log = "case_id,event,happened_at\n" + "\n".join(f"{n},visits.start,{day}" for n, day in enumerate(anchors))
    expected = {
        "days": lambda day: day + timedelta(days=3),
        "weeks": lambda day: day + timedelta(weeks=3),
        "months": lambda day: months_later(day, 3),
        "working days": lambda day: shipped().calendar.add(day, 3),
    }
    for unit, library in units.items():
        found = deadlines(log, "visits.clock", library, as_at="2029-01-01")
        assert [row["due"] for row in found] == [expected[unit](day).isoformat() for day in anchors]
        assert {(row["allowed"], row["unit"]) for row in found} == {("3", unit)}


@pytest.mark.parametrize(
    "start, due",
    [
        ("2013-11-30", "2014-02-28"),
        ("2015-11-30", "2016-02-29"),
        ("2014-01-31", "2014-04-30"),
        ("2014-02-28", "2014-05-28"),
    ],
)
def test_months_keep_the_day_number_else_the_last_day_of_the_month(units, start, due):
    log = f"""
        case_id,event,happened_at
        C-1,visits.start,{start}
    """
    assert deadline(log, "visits.clock", units["months"])["due"] == due


def test_over_is_in_working_days_whatever_the_unit(units):
    log = """
        case_id,event,happened_at
        C-1,visits.start,2014-03-03
        C-1,visits.close,2014-03-11
    """
    row = deadline(log, "visits.clock", units["days"])
    assert (row["due"], row["status"], row["over"]) == ("2014-03-06", "late", "3")


# Anchors.


def test_the_first_occurrence_of_an_anchor_counts(tmp_path):
    library = with_timer(tmp_path, 'counts_from = ["visit"]\nruns_in = ["open", "paused"]\nallowed = "2 days"')
    log = """
        case_id,event,happened_at
        C-1,visits.start,2014-03-03
        C-1,visits.visit,2014-03-04
        C-1,visits.visit,2014-03-05
    """
    assert told(log, "visits.clock", library) == [("2014-03-04", "2014-03-06", "running")]


def test_an_anchor_that_never_came_makes_no_deadline_unless_it_is_the_opening(tmp_path):
    library = with_timer(tmp_path, 'counts_from = ["visit"]\nruns_in = ["open", "paused"]\nallowed = "2 days"')
    log = """
        case_id,event,happened_at
        C-1,visits.start,2014-03-03
        C-1,visits.close,2014-03-20
    """
    assert deadlines(log, "visits.clock", library) == []


def test_the_first_of_the_anchors_in_the_order_written_counts_even_if_it_comes_later(tmp_path):
    library = with_timer(tmp_path, 'counts_from = ["visit", "start"]\nruns_in = ["open", "paused"]\nallowed = "2 days"')
    log = """
        case_id,event,happened_at
        C-1,visits.start,2014-03-03
        C-1,visits.visit,2014-03-20
    """
    assert told(log, "visits.clock", library, as_at="2014-03-19") == [("2014-03-03", "2014-03-05", "overdue")]
    assert told(log, "visits.clock", library, as_at="2014-03-20") == [("2014-03-20", "2014-03-22", "running")]


LATEST = """
    counts_from = ["visit", "start"]
    anchor = "latest"
    runs_in = ["open"]
    met_by = ["visit"]
    allowed = "10 working days"
    then = "6 weeks"
"""


def test_the_latest_anchor_ends_one_deadline_and_starts_the_next_with_another_length(tmp_path):
    log = """
        case_id,event,happened_at
        C-1,visits.start,2014-03-03
        C-1,visits.visit,2014-03-17
        C-1,visits.visit,2014-04-29
        C-1,visits.visit,2014-05-01
        C-1,visits.close,2014-05-02
    """
    assert [
        (row["counted_from"], row["allowed"], row["unit"], row["due"], row["stopped_at"], row["status"])
        for row in deadlines(log, "visits.clock", with_timer(tmp_path, LATEST))
    ] == [
        ("2014-03-03", "10", "working days", "2014-03-17", "2014-03-17", "met"),
        ("2014-03-17", "6", "weeks", "2014-04-28", "2014-04-29", "late"),
        ("2014-04-29", "6", "weeks", "2014-06-10", "2014-05-01", "met"),
        ("2014-05-01", "6", "weeks", "2014-06-12", "2014-05-02", "ended"),
    ]


def test_the_latest_deadline_is_overdue_if_nothing_comes(tmp_path):
    log = """
        case_id,event,happened_at
        C-1,visits.start,2014-03-03
        C-1,visits.visit,2014-03-10
    """
    assert told(log, "visits.clock", with_timer(tmp_path, LATEST), as_at="2014-04-22") == [
        ("2014-03-03", "2014-03-17", "met"),
        ("2014-03-10", "2014-04-21", "overdue"),
    ]


def test_the_same_length_comes_round_where_no_other_is_given(tmp_path):
    library = with_timer(tmp_path, LATEST.replace('then = "6 weeks"', ""))
    log = """
        case_id,event,happened_at
        C-1,visits.start,2014-03-03
        C-1,visits.visit,2014-03-10
    """
    assert [row["allowed"] for row in deadlines(log, "visits.clock", library)] == ["10", "10"]


def test_an_illegal_visit_counts_like_any_other_and_one_after_the_end_does_not(tmp_path):
    log = """
        case_id,event,happened_at
        C-1,visits.start,2014-03-03
        C-1,visits.pause,2014-03-04
        C-1,visits.visit,2014-03-05
        C-1,visits.resume,2014-03-06
        C-1,visits.close,2014-03-07
        C-1,visits.visit,2014-03-08
    """
    library = with_timer(tmp_path, LATEST)
    assert [row["counted_from"] for row in deadlines(log, "visits.clock", library)][-1] == "2014-03-05"
    assert {row["counted_from"] for row in deadlines(log, "visits.clock", library)} <= {"2014-03-03", "2014-03-05"}


def test_coming_back_resumes_a_deadline(tmp_path):
    library = with_timer(
        tmp_path, 'counts_from = ["start"]\nruns_in = ["open"]\nmet_by = ["close"]\nallowed = "10 days"'
    )
    log = """
        case_id,event,happened_at
        C-1,visits.start,2014-03-03
        C-1,visits.pause,2014-03-05
        C-1,visits.resume,2014-03-07
        C-1,visits.close,2014-03-14
    """
    assert told(log, "visits.clock", library, as_at="2014-03-06") == [("2014-03-03", "2014-03-13", "ended")]
    assert told(log, "visits.clock", library, as_at="2014-03-07") == [("2014-03-03", "2014-03-13", "running")]
    row = deadline(log, "visits.clock", library)
    assert (row["due"], row["stopped_at"], row["status"]) == ("2014-03-13", "2014-03-14", "late")


def test_it_stops_at_the_last_exit(tmp_path):
    library = with_timer(tmp_path, 'counts_from = ["start"]\nruns_in = ["open"]\nallowed = "10 days"')
    log = """
        case_id,event,happened_at
        C-1,visits.start,2014-03-03
        C-1,visits.pause,2014-03-04
        C-1,visits.resume,2014-03-05
        C-1,visits.pause,2014-03-06
        C-1,visits.close,2014-03-20
    """
    row = deadline(log, "visits.clock", library)
    assert (row["stopped_at"], row["status"]) == ("2014-03-06", "met")


def test_a_refused_sign_off_leaves_the_assessment_running():
    log = """
        case_id,event,happened_at
        C-1,single_assessment.start,2014-03-03
        C-1,single_assessment.submit,2014-03-10
        C-1,single_assessment.return_for_work,2014-03-11
    """
    assert [row[2] for row in told(log, "single_assessment.completion")] == ["running"]


def test_the_assessment_counts_from_the_referral_and_not_from_its_own_start():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03
        C-1,referral.accept,2014-03-04
        C-1,single_assessment.start,2014-03-10
    """
    row = deadline(log, "single_assessment.completion")
    assert (row["counts_from"], row["counted_from"], row["due"]) == ("referral.receive", "2014-03-03", "2014-05-08")


def test_a_second_assessment_on_an_open_referral_counts_from_its_own_start():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03
        C-1,referral.accept,2014-03-04
        C-1,single_assessment.start,2014-03-04
        C-1,single_assessment.terminate,2014-03-05
        C-1,single_assessment.start,2014-06-02
        C-1,single_assessment.terminate,2014-06-03
        C-1,single_assessment.start,2014-06-04
    """
    assert [(row["counts_from"], row["counted_from"]) for row in deadlines(log, "single_assessment.completion")] == [
        ("referral.receive", "2014-03-03"),
        ("single_assessment.start", "2014-06-02"),
        ("single_assessment.start", "2014-06-04"),
    ]


def test_an_assessment_on_a_new_referral_counts_from_that():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03
        C-1,single_assessment.start,2014-03-04
        C-1,referral.receive,2014-06-02
        C-1,single_assessment.start,2014-06-03
    """
    assert [row[0] for row in told(log, "single_assessment.completion")] == ["2014-03-03", "2014-06-02"]


def test_a_referral_opened_after_the_assessment_is_not_counted_from():
    log = """
        case_id,event,happened_at
        C-1,single_assessment.start,2014-03-04
        C-1,referral.receive,2014-03-05
        C-2,referral.receive,2014-03-01
    """
    assert [(row["case_id"], row["counted_from"]) for row in deadlines(log, "single_assessment.completion")] == [
        ("C-1", "2014-03-04")
    ]


def test_a_latest_referral_that_lacks_its_receipt_leaves_the_next_anchor():
    log = """
        case_id,event,happened_at,episode
        C-1,referral.receive,2014-03-03,one
        C-1,referral.signpost,2014-03-04,one
        C-1,referral.accept,2014-06-02,two
        C-1,single_assessment.start,2014-06-03,
    """
    row = deadline(log, "single_assessment.completion")
    assert (row["counts_from"], row["counted_from"]) == ("single_assessment.start", "2014-06-03")


def test_an_assessment_without_either_anchor_cannot_be_told():
    log = """
        case_id,event,happened_at
        C-1,referral.accept,2014-06-02
        C-1,single_assessment.submit,2014-06-03
        C-1,single_assessment.sign_off,2014-06-04
    """
    row = deadline(log, "single_assessment.completion")
    assert (row["status"], row["counts_from"], row["due"]) == ("cannot_tell", "", "")


def test_a_conference_counts_from_the_strategy_discussion_that_began_the_enquiries():
    log = """
        case_id,event,happened_at
        C-1,section_47.start,2014-03-03
        C-1,section_47.discuss,2014-03-10
        C-1,section_47.request_conference,2014-03-12
        C-1,conference.request,2014-03-12
        C-1,conference.postpone,2014-03-20
        C-1,conference.hold_with_plan,2014-03-25
    """
    row = deadline(log, "conference.hold")
    assert (row["counts_from"], row["due"], row["status"]) == ("section_47.start", "2014-03-24", "late")


# Local files.


def test_an_overlay_may_count_a_conference_from_the_latest_strategy_discussion():
    log = """
        case_id,event,happened_at
        C-1,section_47.start,2014-10-01
        C-1,section_47.discuss,2014-10-10
        C-1,section_47.request_conference,2014-10-12
        C-1,conference.request,2014-10-13
    """
    row = deadline(log, "conference.hold", shipped("wexcombe"))
    assert (row["counts_from"], row["counted_from"], row["due"]) == ("section_47.discuss", "2014-10-10", "2014-10-31")


def test_a_local_file_tightens_a_statutory_timescale_and_is_cited():
    log = """
        case_id,event,happened_at
        C-1,initial_assessment.start,2011-03-01
    """
    row = deadline(log, "initial_assessment.completion", shipped("wexcombe"))
    assert (row["allowed"], row["due"], row["basis"]) == ("7", "2011-03-10", "statutory")
    assert "workflows/local/wexcombe.toml [workflows.initial_assessment.timers.completion]" in row["cites"]
    assert deadline(log, "initial_assessment.completion")["allowed"] == "10"


def test_an_edition_adopted_late_applies_from_the_day_of_adoption():
    log = """
        case_id,event,happened_at
        C-1,initial_assessment.start,2014-08-31
        C-2,single_assessment.start,2014-09-01
    """
    row = deadline(log, "initial_assessment.completion", shipped("wexcombe"))
    assert row["guidance"] == "working_together_2010"
    assert deadlines(log, "initial_assessment.completion") == []
    assert deadline(log, "single_assessment.completion", shipped("wexcombe"))["guidance"] == "working_together_2013"


def test_a_closure_is_no_working_day_for_that_authority_alone():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-12-23
    """
    assert deadline(log, "contact.screening")["due"] == "2014-12-24"
    assert deadline(log, "contact.screening", shipped("wexcombe"))["due"] == "2014-12-29"


def test_a_local_timer_runs_beside_the_statutory_one():
    log = """
        case_id,event,happened_at
        C-1,single_assessment.start,2014-10-01
        C-1,single_assessment.review,2014-10-15
        C-1,single_assessment.submit,2014-11-03
    """
    reviews = deadlines(log, "single_assessment.review", shipped("wexcombe"))
    assert [(row["allowed"], row["due"], row["status"], row["basis"]) for row in reviews] == [
        ("10", "2014-10-15", "met", "local"),
        ("15", "2014-11-05", "ended", "local"),
    ]


def test_each_rating_has_its_own_hours_and_its_own_start():
    log = """
        case_id,event,happened_at
        C-1,mash.start,2014-03-03T09:00
        C-1,mash.rate_green,2014-03-03T09:10
        C-1,mash.rate_red,2014-03-03T09:30
        C-1,mash.close,2014-03-03T12:00
    """
    library = shipped("london_mash")
    assert told(log, "mash.green", library) == [("2014-03-03T09:10:00+00:00", "2014-03-04T09:10:00+00:00", "met")]
    assert told(log, "mash.red", library) == [("2014-03-03T09:30:00+00:00", "2014-03-03T11:30:00+00:00", "late")]
    assert deadlines(log, "mash.amber", library) == []


# The ends of what is known.


def why(log: str, library: Library | None = None, **options: str) -> str:
    """Why a deadline cannot be told, as its finding says."""
    found = audited(log, library, **options).findings
    (message,) = found.filter(found["rule"] == "cannot-tell")["message"].to_list()
    return message


def test_a_deadline_beyond_the_last_known_year_cannot_be_told():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2030-12-30
        C-2,contact.receive,2030-12-31
    """
    rows = deadlines(log, "contact.screening")
    assert [(row["due"], row["status"]) for row in rows] == [("2030-12-31", "running"), ("", "cannot_tell")]
    assert "bank holidays" in why(log)


def test_a_due_day_that_is_known_is_judged_though_by_how_much_it_is_over_is_not():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2030-12-30
        C-1,contact.close,2031-01-10
    """
    row = deadline(log, "contact.screening")
    assert (row["due"], row["status"], row["over"]) == ("2030-12-31", "late", "")


def test_before_the_calendar_begins_working_days_cannot_be_counted(tmp_path):
    library = with_timer(tmp_path, 'counts_from = ["start"]\nruns_in = ["open", "paused"]\nallowed = "2 working days"')
    log = """
        case_id,event,happened_at
        C-1,visits.start,1999-12-31
        C-2,visits.start,2000-01-01
    """
    assert [row[2] for row in told(log, "visits.clock", library)] == ["cannot_tell", "running"]
    assert "bank holidays" in why(log, library)


def test_hours_days_and_months_need_no_calendar(tmp_path):
    library = with_timer(tmp_path, 'counts_from = ["start"]\nruns_in = ["open", "paused"]\nallowed = "3 months"')
    log = """
        case_id,event,happened_at
        C-1,visits.start,2045-11-30
    """
    assert told(log, "visits.clock", library) == [("2045-11-30", "2046-02-28", "running")]


def test_an_episode_opened_before_the_first_edition_cannot_be_told_and_says_why():
    log = """
        case_id,event,happened_at
        C-1,core_assessment.start,2006-03-31
        C-2,core_assessment.start,2006-04-01
    """
    rows = deadlines(log, "core_assessment.completion")
    assert [(row["guidance"], row["allowed"], row["due"], row["status"]) for row in rows] == [
        ("", "", "", "cannot_tell"),
        ("working_together_2006", "35", "2006-05-24", "running"),
    ]
    assert "before the first edition" in why(log)


def test_the_edition_is_that_of_the_day_the_episode_opened_and_not_of_the_anchor():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2010-03-16
        C-1,initial_assessment.start,2010-03-17
        C-2,referral.receive,2010-03-16
        C-2,initial_assessment.start,2010-03-16
    """
    rows = deadlines(log, "initial_assessment.completion")
    assert [(row["guidance"], row["allowed"], row["counted_from"]) for row in rows] == [
        ("working_together_2010", "10", "2010-03-16"),
        ("working_together_2006", "7", "2010-03-16"),
    ]


def test_an_episode_keeps_its_edition_though_a_later_one_takes_its_workflow_away():
    log = """
        case_id,event,happened_at
        C-1,initial_assessment.start,2013-04-12
        C-1,initial_assessment.submit,2013-04-25
        C-1,initial_assessment.sign_off,2013-04-26
    """
    row = deadline(log, "initial_assessment.completion")
    assert (row["guidance"], row["due"], row["status"]) == ("working_together_2010", "2013-04-26", "met")
