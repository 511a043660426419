"""Signs that a clock was looked after rather than a child: what shows each, what does not, and that each is a question."""

from __future__ import annotations

from datetime import date

import pytest

from frontdoor.replay.measures import every, gaming
from tests.measured import assessment, event, found, library, named, referral, row

RECEIVED = "2014-03-03T09:00"
DUE = date(2014, 5, 8)  # 45 working days later: nine weeks, Good Friday, Easter Monday and the May holiday


def done_after(*working_days: int) -> list[dict[str, str]]:
    """An assessment for each, signed off so many working days after its referral."""
    log = []
    for number, days in enumerate(working_days):
        day = library().calendar.add(date(2014, 3, 3), days)
        log += assessment(f"C-{number}", RECEIVED, "2014-03-04T09:00", f"{day}T09:00", seen="2014-03-05T09:00")
    return log


def test_the_due_day_is_forty_five_working_days_on() -> None:
    assert library().calendar.add(date(2014, 3, 3), 45) == DUE


def test_the_last_stretch_is_a_tenth_of_the_time_allowed() -> None:
    assert [gaming.window(allowed) for allowed in (5, 10, 15, 45)] == [1, 1, 2, 5]


def test_completions_are_bunched_in_the_last_tenth_beside_the_stretches_around_it() -> None:
    """Four on days 41 to 45, one on day 40 and one on day 46: of six at random, four or more would be there 73 times in 729."""
    bunched = row(
        named(every(found(done_after(41, 42, 45, 45, 40, 46, 20, 60))), "bunched"), timer="single_assessment.completion"
    )
    assert (bunched.numerator, bunched.n) == (4, 6)
    assert bunched.more == {"expected": pytest.approx(1 / 3), "chance": pytest.approx(73 / 729)}


def test_the_ends_of_the_three_stretches_are_the_days_36_and_50() -> None:
    near = [
        row(named(every(found(done_after(days))), "bunched"), timer="single_assessment.completion").n
        for days in (36, 50)
    ]
    assert near == [1, 1]
    for days in (35, 51):
        assert named(every(found(done_after(days))), "bunched").untold


def test_clocks_of_a_day_are_not_asked_about() -> None:
    log = referral("A", RECEIVED, "2014-03-04T09:00")
    assert named(every(found(log)), "bunched").untold


def test_signed_off_without_the_child_seen() -> None:
    log = [*assessment("A", RECEIVED, "2014-03-04T09:00", "2014-03-20T09:00"), *done_after(20)]
    unseen = row(named(every(found(log)), "signed_off_unseen"), workflow="single_assessment")
    assert (unseen.numerator, unseen.n) == (1, 2)


def closed_and_again(days: int) -> list[dict[str, str]]:
    """A referral with no further action on Monday 3 March, another so many working days later, and the record to June."""
    day = library().calendar.add(date(2014, 3, 3), days)
    again = referral("A", f"{day}T09:00", "2014-05-30T09:00", "take_no_further_action")
    return [*referral("A", RECEIVED, "2014-03-03T10:00", "take_no_further_action"), *again]


def test_work_that_begins_again_within_five_working_days_was_reopened() -> None:
    for days, times in ((5, 1), (6, 0)):
        reopened = row(named(every(found(closed_and_again(days), as_at="2014-06-30")), "reopened"), workflow="referral")
        assert (reopened.numerator, reopened.n) == (times, 2)


def test_of_what_ended_days_ago_it_is_too_early_to_tell() -> None:
    log = referral("A", RECEIVED, "2014-03-03T10:00", "take_no_further_action")
    early = row(named(every(found(log, as_at="2014-03-06")), "reopened"), workflow="referral")
    assert (early.n, early.left_out) == (0, {"too early to tell": 1})


def stopped(again: str) -> list[dict[str, str]]:
    return [
        *assessment("A", RECEIVED, "2014-03-04T09:00"),
        event("A", "single_assessment.terminate", "2014-03-10T09:00", reason="said"),
        event("A", "single_assessment.start", f"{again}T09:00"),
    ]


def test_a_clock_stopped_unmet_and_started_anew_soon_after_is_a_pair() -> None:
    for again, times in (("2014-03-17", 1), ("2014-03-18", 0)):
        pairs = named(every(found(stopped(again), as_at="2014-04-30")), "stop_and_start")
        pair = row(pairs, timer="single_assessment.completion")
        assert (pair.numerator, pair.n) == (times, 1)


def test_what_met_its_clock_is_no_stop() -> None:
    assert named(every(found(done_after(20))), "stop_and_start").untold


def test_met_by_what_was_typed_after_the_deadline() -> None:
    log = [*referral("A", RECEIVED, "2014-03-04T09:00"), *referral("B", RECEIVED, "2014-03-04T09:00")]
    log[1]["recorded_at"], log[3]["recorded_at"] = "2014-03-04T17:00", "2014-03-05T09:00"
    typed = row(named(every(found(log)), "typed_afterwards"), timer="referral.decision")
    assert (typed.numerator, typed.n) == (1, 2)


def test_every_sign_is_worded_as_a_question() -> None:
    signs = gaming.measures(found(done_after(41, 45)))
    assert len(signs) == 5 and all("?" in sign.question for sign in signs)


def test_the_cases_behind_a_sign_can_be_read() -> None:
    log = [*stopped("2014-03-17"), *[{**each, "case_id": "B"} for each in closed_and_again(5)]]
    behind = gaming.cases(found(log, as_at="2014-06-30"))
    assert behind.select("sign", "case_id", "name").rows() == [
        ("reopened", "A", "single_assessment-1"), ("reopened", "B", "referral-1"), ("stop_and_start", "A", "single_assessment-1"),
    ]  # fmt: skip
