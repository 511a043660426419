"""What was recorded: the child seen and heard, the referrer told, refusals, assessments stopped, late typing, caseload."""

from __future__ import annotations

from frontdoor.replay.measures import every
from tests.measured import VIEWS, assessment, event, found, named, referral, row

STARTED = ("2014-03-03T09:00", "2014-03-04T09:00")


def test_the_referrer_was_told_where_a_record_shows_it() -> None:
    log = [
        *referral("A", "2014-03-03T09:00", "2014-03-03T10:00"),
        event("A", "referral.acknowledge", "2014-03-03T09:30"),
        event("A", "referral.feed_back", "2014-03-20T09:30", method="letter"),
        *referral("B", "2014-03-03T09:00", "2014-03-03T10:00"),
    ]
    told = named(every(found(log, as_at="2014-03-31")), "referrer_told")
    assert (row(told, what="acknowledged").numerator, row(told, what="acknowledged").n) == (1, 2)
    assert (row(told, what="told the outcome").numerator, row(told, what="told the outcome").n) == (1, 2)


def test_a_referrer_who_may_still_be_told_in_time_is_left_out() -> None:
    told = named(
        every(found(referral("A", "2014-03-03T09:00", "2014-03-03T10:00"), as_at="2014-03-04")), "referrer_told"
    )
    assert row(told, what="told the outcome").left_out == {"time has not run out": 1}


def test_that_nobody_was_ever_told_is_asked_about() -> None:
    told = named(
        every(found(referral("A", "2014-03-03T09:00", "2014-03-03T10:00"), as_at="2014-03-31")), "referrer_told"
    )
    assert any(note.startswith("Of no referral at all") for note in told.notes)
    assert row(told, what="told the outcome").value == 0


def test_a_child_was_seen_alone_if_one_visit_says_so() -> None:
    log = assessment("A", *STARTED, "2014-03-20T09:00", seen="2014-03-05T09:00")
    log.insert(3, event("A", "single_assessment.see_child", "2014-03-06T09:00", seen_alone="no"))
    log += assessment("B", *STARTED, "2014-03-20T09:00")
    seen = named(every(found(log)), "child_seen")
    assert (row(seen, workflow="single_assessment", what="seen").numerator, seen.rows[0].n) == (1, 2)
    assert row(seen, workflow="single_assessment", what="seen alone").numerator == 1


def test_a_child_seen_by_the_word_of_the_submission_was_seen_and_not_alone() -> None:
    log = assessment("A", *STARTED, "2014-03-20T09:00")
    log[-2]["child_seen"] = "Yes"
    log.append(event("B", "section_47.see_child", "2014-03-05T09:00", seen_alone="yes"))
    seen = named(every(found(log)), "child_seen")
    assert row(seen, workflow="single_assessment", what="seen").numerator == 1
    assert row(seen, workflow="single_assessment", what="seen alone").numerator == 0


def test_an_answer_that_is_neither_yes_nor_no_is_left_out() -> None:
    log = assessment("A", *STARTED, "2014-03-20T09:00", seen="2014-03-05T09:00")
    log[3]["seen_alone"] = "with aunt"
    alone = row(named(every(found(log)), "child_seen"), workflow="single_assessment", what="seen alone")
    assert (alone.n, alone.left_out) == (0, {"not clear from what was written": 1})


def test_what_no_column_says_is_not_counted_as_nothing() -> None:
    log = [*referral("A", *STARTED[:1] * 2), event("A", "single_assessment.start", STARTED[1])]
    log += [event("A", f"single_assessment.{move}", "2014-03-20T09:00") for move in ("see_child", "submit", "sign_off")]
    measures = every(found(log))
    seen = named(measures, "child_seen")
    assert {each.group["what"] for each in seen.rows} == {"seen"} and "alone" in seen.notes[0]
    assert named(measures, "views_recorded").untold == "This source has no place for anybody's views."


def test_views_are_those_of_the_last_submission() -> None:
    log = assessment("A", *STARTED)
    log += [
        event("A", "single_assessment.submit", "2014-03-10T09:00", **{**VIEWS, "child_views": ""}),
        event("A", "single_assessment.return_for_work", "2014-03-11T09:00", reason="said"),
        event("A", "single_assessment.submit", "2014-03-12T09:00", **{**VIEWS, "parent_views": ""}),
    ]
    views = named(every(found(log)), "views_recorded")
    assert row(views, workflow="single_assessment", whose="the child's").value == 1
    assert row(views, workflow="single_assessment", whose="the parents'").value == 0


def test_a_refusal_is_one_of_the_decisions_on_a_submission() -> None:
    log = assessment("A", *STARTED)
    for day, move in (("10", "submit"), ("11", "return_for_work"), ("12", "submit"), ("13", "sign_off")):
        log.append(event("A", f"single_assessment.{move}", f"2014-03-{day}T09:00", **VIEWS))
    refused = row(named(every(found(log)), "sign_off_refused"), workflow="single_assessment")
    assert (refused.numerator, refused.n) == (1, 2)


def test_an_assessment_still_open_is_neither_complete_nor_terminated() -> None:
    log = [*assessment("A", *STARTED, "2014-03-20T09:00"), *assessment("B", *STARTED), *assessment("C", *STARTED)]
    log.append(event("B", "single_assessment.terminate", "2014-03-05T09:00", reason="said"))
    stopped = row(named(every(found(log)), "terminated"), workflow="single_assessment")
    assert (stopped.numerator, stopped.n) == (1, 2)


def test_recorded_late_is_after_the_first_working_day() -> None:
    log = [
        event("A", "contact.receive", "2014-03-07T09:00", recorded_at="2014-03-10T17:00", source="6"),  # Friday, Monday
        event("B", "contact.receive", "2014-03-07T09:00", recorded_at="2014-03-11T09:00", source="6"),
        event("C", "contact.receive", "2014-03-07T09:00", source="6"),
    ]
    late = row(named(every(found(log)), "late_recording"), workflow="contact")
    assert (late.numerator, late.n, late.left_out) == (1, 2, {"not said": 1})
    assert late.times is not None and (late.times.median, late.times.longest) == (1.5, 2)


def test_caseload_is_by_name_and_counts_children_once() -> None:
    log = [
        *referral("A", "2014-03-03T09:00", worker="Zed"),
        event("A", "section_47.start", "2014-03-03T11:00", worker="Zed", agencies="x"),
        *referral("B", "2014-03-03T09:00", worker="Amy"),
        *referral("C", "2014-03-03T09:00", "2014-03-03T10:00", "take_no_further_action", worker="Amy"),
        *referral("D", "2014-03-03T09:00"),
    ]
    load = named(every(found(log)), "caseload_by_worker")
    assert [(each.group["worker"], each.value, each.n) for each in load.rows] == [
        ("Amy", 1, 1), ("Zed", 1, 2), ("not recorded", 1, 1),
    ]  # fmt: skip


def test_without_a_worker_named_it_is_the_social_worker_who_acted_last() -> None:
    log = assessment("A", *STARTED)
    log[-1] |= {"actor": "sw-1", "role": "social_worker"}
    log.append(
        event(
            "A", "single_assessment.see_child", "2014-03-05T09:00", seen_alone="yes", actor="sw-2", role="social_worker"
        )
    )
    load = named(every(found(log)), "caseload_by_worker")
    assert {each.group["worker"]: each.value for each in load.rows} == {"sw-2": 1, "not recorded": 1}
