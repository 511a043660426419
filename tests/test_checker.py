"""The checker: a breach is news, recorded once, exactly when it is one; what is soon due is listed; the daily check is kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from desks import content, deadline, do, due, entry, moment, names, open_desk, play, set_clock, timers
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor import Desk, Timescale, Unit
from frontdoor.errors import MomentError, OutOfOrder
from frontdoor.moment import written

FRIDAY = """
    2024-03-01T16:30 contact.receive
    2024-03-01T16:45 contact.refer
"""
TRIAGE = """
    2024-03-01T09:00 contact.receive
    2024-03-01T09:05 contact.send_to_mash
"""


def begun(lines: str = FRIDAY, *local: str | Path) -> Desk:
    desk = open_desk("2024-03-01T09:00", *local)
    play(desk, lines)
    return desk


def checked(desk: Desk, at: str) -> list[str]:
    """What a check at a moment raises breaches of."""
    set_clock(desk, at)
    return timers(desk.check())


# ---- once, exactly when ----


def test_what_is_due_today_is_not_overdue_until_the_day_is_over() -> None:
    desk = begun()
    assert due(desk, "referral.decision") == ("2024-03-04", "running")
    assert checked(desk, "2024-03-04T23:59:59") == []
    assert due(desk, "referral.decision") == ("2024-03-04", "running")
    assert checked(desk, "2024-03-05T00:00:00") == ["referral.acknowledgement", "referral.decision"]
    assert due(desk, "referral.decision") == ("2024-03-04", "overdue")


def test_the_day_ends_at_midnight_in_london_also_in_summer() -> None:
    desk = open_desk("2024-06-03T09:00")
    do(desk, "contact.receive")
    assert checked(desk, "2024-06-04T22:59:59Z") == []
    assert checked(desk, "2024-06-04T23:00:00Z") == ["contact.screening"]


@pytest.mark.parametrize(
    ("received", "last", "first"),
    [
        ("2024-03-28T10:00", "2024-04-02T23:59:59+01:00", "2024-04-03T00:00:00+01:00"),  # Good Friday to Easter Monday
        ("2024-10-25T10:00", "2024-10-28T23:59:59+00:00", "2024-10-29T00:00:00+00:00"),  # the clocks go back between
    ],
)
def test_weekends_holidays_and_clock_changes_lie_between(received: str, last: str, first: str) -> None:
    desk = open_desk(received)
    do(desk, "contact.receive")
    assert checked(desk, last) == []
    assert checked(desk, first) == ["contact.screening"]


def test_hours_are_in_time_to_the_moment_and_late_after_it() -> None:
    desk = begun(TRIAGE + "2024-03-01T10:00 mash.rate_red", "london_mash")
    assert due(desk, "mash.red") == ("2024-03-01T12:00:00+00:00", "running")
    assert checked(desk, "2024-03-01T12:00:00") == []
    set_clock(desk, "2024-03-01T12:00:01")
    (breach,) = desk.check()
    assert (breach.timer, breach.basis, breach.due) == ("mash.red", "local", moment("2024-03-01T12:00"))


def test_hours_are_elapsed_across_the_night_the_clocks_go_forward() -> None:
    desk = open_desk("2024-03-30T09:00", "london_mash")
    play(
        desk,
        "2024-03-30T09:00 contact.receive\n 2024-03-30T09:00 contact.send_to_mash\n 2024-03-30T09:00 mash.rate_green",
    )
    assert due(desk, "mash.green") == ("2024-03-31T10:00:00+01:00", "running")


def test_a_breach_is_recorded_once_however_often_it_is_looked_for() -> None:
    desk = begun()
    assert len(checked(desk, "2024-03-05T09:00")) == 2
    before = content(desk)
    assert desk.check() == []
    assert content(desk) == before
    assert open_desk("2024-03-05T09:00", log=desk.log).check() == []
    assert checked(desk, "2024-03-20T09:00") == []


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=8))
def test_however_the_checks_are_sliced_the_same_breaches_are_raised(days: list[int]) -> None:
    desk = begun(FRIDAY + "2024-03-04T09:00 referral.accept\n 2024-03-05T09:00 section_47.start")
    raised = [
        name for day in sorted(days) for name in checked(desk, written(moment("2024-03-06T12:00") + timedelta(day)))
    ]
    raised += checked(desk, "2024-04-20T12:00")
    assert sorted(raised) == ["referral.acknowledgement", "referral.feedback", "section_47.outcome"]


def test_what_was_done_in_time_or_late_before_anybody_looked_raises_nothing() -> None:
    """The checker records that a deadline passed unmet while it ran; what was stopped late shows as late."""
    desk = begun(FRIDAY + "2024-03-07T09:00 referral.accept\n 2024-03-07T09:00 referral.acknowledge")
    assert checked(desk, "2024-03-08T09:00") == []
    assert due(desk, "referral.decision") == ("2024-03-04", "late")


def test_the_longest_late_comes_first_over_all_cases() -> None:
    desk = begun("2024-03-01T09:00 contact.receive")
    for number, day in enumerate(["2024-02-27", "2024-02-29", "2024-02-28"]):
        do(desk, "contact.receive", f"K-{number}", happened_at=date.fromisoformat(day))
    set_clock(desk, "2024-03-11T09:00")
    assert [breach.case for breach in desk.check()] == ["K-0", "K-2", "K-1", "C-1"]


def test_more_than_a_batch_of_cases_are_all_looked_at() -> None:
    desk = open_desk("2024-03-01T09:00")
    desk.record_many(entry("contact.receive", f"K-{number}") for number in range(230))
    set_clock(desk, "2024-03-11T09:00")
    assert len(desk.check()) == 230
    assert desk.check() == []


def test_a_deadline_that_cannot_be_told_raises_nothing() -> None:
    desk = open_desk("2024-03-01T09:00")
    do(desk, "contact.receive", happened_at=date(2006, 3, 1))
    assert checked(desk, "2024-03-11T09:00") == []


# ---- what it carries ----


def test_a_breach_says_what_it_is_of_when_it_was_due_by_which_rule_and_when_it_was_detected() -> None:
    desk = begun()
    set_clock(desk, "2024-03-05T09:30")
    breach = desk.check()[1]
    assert (breach.case, breach.episode, breach.timer) == ("C-1", "referral-1", "referral.decision")
    assert (breach.due, breach.late_from) == (date(2024, 3, 4), moment("2024-03-05T00:00"))
    assert (breach.detected_at, breach.lag) == (moment("2024-03-05T09:30"), timedelta(hours=9, minutes=30))
    assert (breach.basis, breach.guidance) == ("statutory", "working_together_2023")
    assert breach.calendar == desk.library.calendar.version
    assert breach.stands


def test_a_breach_is_an_event_of_its_case_caused_by_what_the_clock_counts_from() -> None:
    desk = begun()
    set_clock(desk, "2024-03-05T09:30")
    desk.check()
    event = desk.case("C-1").events[-1]
    anchor = next(one for one in desk.case("C-1").events if one.event == "referral.receive")
    assert (event.name, event.episode, event.cause) == ("breach_raised", "referral-1", anchor.event_id)
    assert event.recorded_at == moment("2024-03-05T09:30")
    said = event.details
    assert (said["allowed"], said["due"], said["lag_seconds"]) == ("1 working day", "2024-03-04", 34_200)
    assert {"rule", "guidance", "calendar", "cites", "detected_at"} <= set(said)


def test_a_check_may_be_made_as_at_a_moment_that_has_passed_but_not_one_to_come() -> None:
    desk = begun()
    set_clock(desk, "2024-03-05T09:30")
    assert desk.check(at=moment("2024-03-04T23:00")) == []
    (first, _) = desk.check(at=moment("2024-03-05T01:00"))
    assert (first.detected_at, first.lag) == (moment("2024-03-05T01:00"), timedelta(hours=1))
    before = content(desk)
    with pytest.raises(OutOfOrder):
        desk.check(at=moment("2024-03-05T09:31"))
    assert content(desk) == before


def test_a_moment_without_an_offset_is_told_in_a_sentence() -> None:
    with pytest.raises(MomentError, match="offset"):
        begun().check(at=datetime(2024, 3, 1))


# ---- typed late ----


def test_a_breach_is_withdrawn_when_what_was_done_in_time_is_typed_late() -> None:
    desk = begun()
    checked(desk, "2024-03-05T09:00")
    accept = do(desk, "referral.accept", at="2024-03-07T09:00", happened_at="2024-03-04T15:00")
    breach = next(one for one in desk.case("C-1").breaches if one.timer == "referral.decision")
    assert (breach.stands, breach.withdrawn_at) == (False, moment("2024-03-07T09:00"))
    assert breach.why == "referral.accept happened in time and was recorded late"
    event = desk.case("C-1").events[-1]
    assert (event.name, event.cause, event.details["stopped_by"]) == (
        "breach_withdrawn",
        accept.event_id,
        accept.event_id,
    )
    assert names(desk.case("C-1").events).count("referral.breach_raised") == 2


def test_a_breach_of_what_was_done_late_and_typed_later_stands() -> None:
    desk = begun()
    checked(desk, "2024-03-05T09:00")
    do(desk, "referral.accept", at="2024-03-07T09:00", happened_at="2024-03-05T00:00")
    assert [one.stands for one in desk.case("C-1").breaches] == [True, True]
    assert due(desk, "referral.decision") == ("2024-03-04", "late")


def test_a_breach_of_what_was_then_done_nobody_knows_when_is_not_said_to_have_been_in_time() -> None:
    desk = begun(TRIAGE + "2024-03-01T10:00 mash.rate_red", "london_mash")
    assert checked(desk, "2024-03-01T14:00") == ["mash.red"]
    do(desk, "mash.close", at="2024-03-04T09:00", happened_at=date(2024, 3, 1))
    assert deadline(desk, "mash.red").status == "cannot_tell"
    assert "in time" not in desk.case("C-1").breaches[0].why


def test_a_rating_that_is_left_and_come_back_to_goes_on_with_its_first_clock() -> None:
    desk = begun(
        TRIAGE + "2024-03-01T10:00 mash.rate_red\n 2024-03-01T11:00 mash.rate_amber\n 2024-03-01T11:30 mash.rate_red",
        "london_mash",
    )
    assert due(desk, "mash.red") == ("2024-03-01T12:00:00+00:00", "running")
    assert checked(desk, "2024-03-01T12:30") == ["mash.red"]
    do(desk, "mash.rate_green")
    assert due(desk, "mash.red") == ("2024-03-01T12:00:00+00:00", "late")
    assert [one.stands for one in desk.case("C-1").breaches] == [True]


def test_a_breach_that_was_withdrawn_is_not_raised_again_by_a_check() -> None:
    desk = begun()
    checked(desk, "2024-03-05T09:00")
    do(desk, "referral.accept", happened_at="2024-03-04T15:00")
    assert desk.check() == []


def test_each_visit_ends_one_deadline_and_starts_the_next() -> None:
    """Wexcombe reviews within 10 working days of the start, and then within 15 of the last review."""
    desk = open_desk("2015-01-05T09:00", "wexcombe")
    play(desk, "2015-01-05T09:00 contact.receive\n 2015-01-05T09:00 contact.refer\n 2015-01-05T09:00 referral.accept")
    review = [("2015-01-20T09:00", 1), ("2015-02-11T09:00", 2)]
    raised = []
    for at, number in review:
        raised += [one for one in checked(desk, at) if one == "single_assessment.review"]
        assert len(raised) == number
        do(desk, "single_assessment.review")
    found = [
        (written(one.due), one.status) for one in desk.case("C-1").deadlines if one.timer == "single_assessment.review"
    ]
    assert found == [("2015-01-19", "late"), ("2015-02-10", "late"), ("2015-03-04", "running")]


# ---- what is soon due ----


def test_what_will_be_late_within_a_time_is_listed_soonest_first_and_nothing_is_written() -> None:
    desk = begun(FRIDAY + "2024-03-01T17:00 referral.accept")
    before = content(desk)
    assert [one.timer for one in desk.due_soon(timedelta(days=4))] == ["referral.acknowledgement"]
    assert [one.timer for one in desk.due_soon(Timescale(1, Unit.WORKING_DAYS))] == ["referral.acknowledgement"]
    assert [one.timer for one in desk.due_soon(Timescale(5, Unit.WORKING_DAYS))] == [
        "referral.acknowledgement",
        "referral.feedback",
    ]
    assert desk.due_soon(Timescale(48, Unit.HOURS)) == []
    assert content(desk) == before


def test_what_is_overdue_is_soon_due_too_and_is_told_so() -> None:
    desk = begun()
    set_clock(desk, "2024-03-06T09:00")
    assert {(one.timer, one.status) for one in desk.due_soon(timedelta(0))} == {
        ("referral.acknowledgement", "overdue"), ("referral.decision", "overdue")
    }  # fmt: skip


def test_everything_outstanding_is_listed_by_time_left() -> None:
    desk = begun(FRIDAY + "2024-03-04T09:00 referral.accept")
    do(desk, "contact.receive", "C-2", at="2024-03-06T09:00")
    found = desk.outstanding()
    assert [(one.case, one.timer) for one in found] == [
        ("C-1", "referral.acknowledgement"), ("C-2", "contact.screening"), ("C-1", "referral.feedback"),
        ("C-1", "single_assessment.completion"),
    ]  # fmt: skip
    left = [one.time_left(desk.clock.now()) for one in found]
    assert left == sorted(left) and left[0] < timedelta(0) < left[1]  # type: ignore[operator, type-var]


# ---- the daily check ----


def daily(desk: Desk, at: str) -> tuple[date, ...]:
    """Make the 4pm check at a moment; the days that were missed."""
    set_clock(desk, at)
    return desk.daily_check(actor="manager-1", role="manager").missed


def test_a_daily_check_raises_lists_and_records_that_it_was_made_by_whom_and_what_was_outstanding() -> None:
    desk = begun()
    set_clock(desk, "2024-03-05T16:00")
    made = desk.daily_check(actor="manager-1", role="manager")
    assert timers(made.breaches) == ["referral.acknowledgement", "referral.decision"]
    assert [one.timer for one in made.outstanding] == ["referral.decision", "referral.acknowledgement"]
    event = list(desk.log.follow())[-1]
    assert (event.event, event.case_id, event.actor, event.role) == ("desk.checked", "", "manager-1", "manager")
    assert event == made.event
    assert [one["timer"] for one in event.details["outstanding"]] == [one.timer for one in made.outstanding]
    assert (made.at, made.actor, made.made_at) == ("16:00", "manager-1", moment("2024-03-05T16:00"))


def test_a_working_day_on_which_no_check_was_made_shows() -> None:
    desk = begun()
    assert daily(desk, "2024-03-27T16:00") == ()
    assert daily(desk, "2024-03-28T16:05") == ()
    assert daily(desk, "2024-04-02T16:00") == ()  # after Good Friday, the weekend and Easter Monday
    assert daily(desk, "2024-04-05T15:50") == (date(2024, 4, 3), date(2024, 4, 4))


def test_a_check_that_was_made_twice_a_day_missed_nothing() -> None:
    desk = begun()
    daily(desk, "2024-03-05T16:00")
    assert daily(desk, "2024-03-05T17:00") == ()
    assert daily(desk, "2024-03-06T16:00") == ()


def test_checks_at_different_hours_are_kept_apart() -> None:
    desk = begun()
    daily(desk, "2024-03-04T16:00")
    desk.daily_check("09:00", actor="manager-1", role="manager")
    set_clock(desk, "2024-03-06T09:00")
    assert desk.daily_check("09:00", actor="manager-1", role="manager").missed == (date(2024, 3, 5),)


@pytest.mark.parametrize("hour", ["4pm", "25:00", "16", ""])
def test_what_is_no_hour_of_the_day_is_told(hour: str) -> None:
    desk = begun()
    with pytest.raises(MomentError, match="is not an hour of the day"):
        desk.daily_check(hour, actor="manager-1", role="manager")


def test_a_daily_check_is_no_case_and_moves_no_version() -> None:
    desk = begun()
    version = desk.case("C-1").version
    set_clock(desk, "2024-03-04T16:00")
    desk.daily_check(actor="manager-1", role="manager")
    assert list(desk.log.cases()) == ["C-1"]
    assert desk.case("C-1").version == version


# ---- telling why ----


def test_an_explanation_tells_how_a_due_date_was_counted() -> None:
    desk = begun()
    text = desk.explain("C-1", "referral.decision").text
    for said in ("Friday 1 March 2024 at 16:45", "1 working day", "Sat 2 Mar", "Monday 4 March 2024", "guidance"):
        assert said in text, text
    assert deadline(desk, "referral.decision").cites
