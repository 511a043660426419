"""What an audit finds, rule by rule: a tiny history that shows it and one that just does not.

Each history is a flat event log as a source would hold it; a day in March 2014 unless it matters (3 March is a Monday,
and working_together_2013 is in force). Positions are rows of the log, from 1, the header not counted.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from functools import cache
from textwrap import dedent

import attrs
import pytest

from frontdoor.compiled import Carries
from frontdoor.formats import flat_csv
from frontdoor.formats.source import Claim, Finding, Source
from frontdoor.library import Library, load
from frontdoor.moment import parse, written
from frontdoor.replay.audit import Audit, run
from frontdoor.replay.findings import RULES
from frontdoor.report import summary


@cache
def library(*local: str) -> Library:
    return load(local=local)


def source(log: str) -> Source:
    return flat_csv.read(dedent(log).strip().encode(), "log.csv")


def audited(log: str | Source, *local: str, as_at: str | None = None, as_known_at: str | None = None) -> Audit:
    read = source(log) if isinstance(log, str) else log
    moments = {"as_at": as_at, "as_known_at": as_known_at}
    return run(read, library(*local), **{name: parse(text) for name, text in moments.items() if text})


def rows(frame) -> list[dict[str, str]]:
    """The rows of a table as its CSV file has them: text, '' where nothing is said."""
    return list(csv.DictReader(io.StringIO(frame.write_csv())))


def positions(log: str | Source, rule: str, *local: str, **options: str) -> list[int]:
    """The rows of which the audit finds that rule broken."""
    return [int(row["position"]) for row in rows(audited(log, *local, **options).findings) if row["rule"] == rule]


def finding(log: str | Source, rule: str, *local: str, **options: str) -> dict[str, str]:
    """The only finding of that rule."""
    (found,) = [row for row in rows(audited(log, *local, **options).findings) if row["rule"] == rule]
    return found


def deadlines(log: str | Source, timer: str, *local: str, **options: str) -> list[dict[str, str]]:
    return [row for row in rows(audited(log, *local, **options).deadlines) if row["timer"] == timer]


def deadline(log: str | Source, timer: str, *local: str, **options: str) -> dict[str, str]:
    """The only deadline of that timer."""
    (found,) = deadlines(log, timer, *local, **options)
    return found


def statuses(log: str | Source, timer: str, *local: str, **options: str) -> list[str]:
    return [row["status"] for row in deadlines(log, timer, *local, **options)]


# The table's rules, one by one.


def test_a_transition_from_a_state_that_allows_it_is_legal():
    log = """
        case_id,event,happened_at
        C-1,mash.start,2014-03-03T09:00
        C-1,mash.rate_red,2014-03-03T09:30
        C-1,mash.refer,2014-03-03T10:00
    """
    assert positions(log, "illegal-transition") == []


def test_a_transition_from_a_state_that_does_not_allow_it_is_illegal():
    log = """
        case_id,event,happened_at
        C-1,mash.start,2014-03-03T09:00
        C-1,mash.refer,2014-03-03T10:00
    """
    found = finding(log, "illegal-transition")
    assert (found["position"], found["severity"], found["episode"], found["event"]) == (
        "2",
        "error",
        "mash-1",
        "mash.refer",
    )
    assert "'In triage, not yet rated'" in found["message"]
    assert "workflows/mash.toml [transitions.refer]" in found["message"]


def test_an_illegal_transition_is_believed_so_that_one_slip_does_not_become_many():
    log = """
        case_id,event,happened_at
        C-1,mash.start,2014-03-03T09:00
        C-1,mash.refer,2014-03-03T10:00
        C-1,mash.close,2014-03-03T11:00
    """
    assert statuses(log, "mash.outcome") == ["met"]
    assert positions(log, "illegal-transition") == [2]
    assert positions(log, "after-close") == [3]


def test_an_event_in_a_final_state_that_does_not_allow_it_is_after_close_and_changes_nothing():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-03T09:00
        C-1,contact.signpost,2014-03-04T09:00
        C-1,contact.refer,2014-03-10T09:00
        C-1,referral.receive,2014-03-10T09:00
    """
    found = finding(log, "after-close")
    assert (found["position"], found["severity"], found["episode"]) == ("3", "error", "contact-1")
    assert deadline(log, "contact.screening")["stopped_at"] == "2014-03-04T09:00:00+00:00"
    assert positions(log, "illegal-transition") == []
    assert positions(log, "opened-without") == [4], "the refer that was not applied opens no way to the referral"


def test_an_event_that_is_legal_in_a_final_state_is_applied_there():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,referral.take_no_further_action,2014-03-04T09:00
        C-1,referral.acknowledge,2014-03-04T10:00
        C-1,referral.feed_back,2014-03-05T09:00
    """
    assert positions(log, "after-close") == []
    assert statuses(log, "referral.acknowledgement") == ["met"]
    assert statuses(log, "referral.feedback") == ["met"]


def test_an_event_of_a_transition_that_no_workflow_has_is_unknown():
    log = """
        case_id,event,happened_at,episode
        C-1,referral.receive,2014-03-03T09:00,R
        C-1,referral.aknowledge,2014-03-03T10:00,R
    """
    found = finding(log, "unknown-event")
    assert (found["position"], found["severity"], found["episode"]) == ("2", "error", "R")
    assert "Did you mean referral.acknowledge?" in found["message"]


def test_an_event_of_a_workflow_that_is_not_there_is_unknown():
    log = """
        case_id,event,happened_at,episode
        C-1,refferal.receive,2014-03-03T09:00,as given
        C-1,receive,2014-03-03T09:00,
    """
    assert positions(log, "unknown-event") == [1, 2]
    assert [row["episode"] for row in rows(audited(log).findings)] == ["as given", ""]


def test_an_unknown_event_applies_nothing_and_is_judged_only_for_being_recorded_late():
    log = """
        case_id,event,happened_at,recorded_at,actor,role
        C-1,referral.agree,2014-03-03T09:00,2014-03-10T09:00,p1,postman
    """
    audit = audited(log)
    assert [row["rule"] for row in rows(audit.findings)] == ["unknown-event", "recorded-late"]
    assert audit.episodes.height == 0
    assert audit.deadlines.height == 0


def test_details_that_must_be_recorded_and_are_empty_make_one_finding_that_names_them_all():
    log = """
        case_id,event,happened_at,agencies,decision
        C-1,referral.receive,2014-03-03T09:00,,
        C-1,referral.discuss,2014-03-03T10:00,,
        C-1,referral.discuss,2014-03-03T11:00,police,
        C-1,referral.discuss,2014-03-03T12:00,police,wait
    """
    assert positions(log, "missing-detail") == [2, 3]
    both, one = (row["message"] for row in rows(audited(log).findings) if row["rule"] == "missing-detail")
    assert "without agencies and decision" in both
    assert "without decision" in one


def test_a_detail_of_spaces_is_empty():
    log = """
        case_id,event,happened_at,source
        C-1,referral.receive,2014-03-03T09:00,"   "
    """
    assert positions(log, "missing-detail") == [1]


def test_a_detail_without_a_column_is_no_finding_for_every_row():
    log = """
        case_id,event,happened_at,decision
        C-1,referral.receive,2014-03-03T09:00,
        C-1,referral.discuss,2014-03-03T11:00,wait
    """
    assert positions(log, "missing-detail") == []


def test_details_without_a_column_are_one_note_for_the_file():
    log = """
        case_id,event,happened_at,decision
        C-1,referral.receive,2014-03-03T09:00,
        C-1,referral.discuss,2014-03-03T11:00,wait
        C-2,referral.receive,2014-03-03T09:00,
    """
    notes = [note for note in summary.notes(audited(log)) if "agencies" in note or "source" in note]
    assert len(notes) == 1


def test_an_event_by_a_role_that_may_not_do_it_is_found():
    log = """
        case_id,event,happened_at,role
        C-1,referral.receive,2014-03-03T09:00,system
        C-1,referral.take_no_further_action,2014-03-03T10:00,social_worker
    """
    found = finding(log, "wrong-role")
    assert (found["position"], found["severity"]) == ("2", "error")
    assert "social_worker" in found["message"] and "manager" in found["message"]


def test_an_event_by_a_role_that_may_do_it_is_not_found():
    log = """
        case_id,event,happened_at,role
        C-1,referral.receive,2014-03-03T09:00,system
        C-1,referral.accept,2014-03-03T10:00,edt_officer
    """
    assert positions(log, "wrong-role") == []


def test_an_emergency_duty_officer_may_do_what_a_social_worker_may_except_submit():
    log = """
        case_id,event,happened_at,role
        C-1,single_assessment.start,2014-03-03T09:00,edt_officer
        C-1,single_assessment.see_child,2014-03-03T10:00,edt_officer
        C-1,single_assessment.submit,2014-03-03T11:00,edt_officer
    """
    assert positions(log, "wrong-role") == [3]


def test_any_role_is_any_person_and_not_the_system():
    log = """
        case_id,event,happened_at,role
        C-1,contact.receive,2014-03-03T09:00,system
        C-1,contact.signpost,2014-03-03T10:00,system
        C-2,contact.receive,2014-03-03T09:00,chair
        C-2,contact.signpost,2014-03-03T10:00,chair
    """
    assert positions(log, "wrong-role") == [2]


def test_a_role_that_nobody_has_is_wrong_and_an_empty_one_is_not_judged():
    log = """
        case_id,event,happened_at,role
        C-1,contact.receive,2014-03-03T09:00,postman
        C-2,contact.receive,2014-03-03T09:00,
    """
    assert positions(log, "wrong-role") == [1]


SIGNED_OFF = """
    case_id,event,happened_at,actor
    C-1,single_assessment.start,2014-03-03T09:00,ann
    C-1,single_assessment.submit,2014-03-04T09:00,{submits}
    C-1,single_assessment.sign_off,2014-03-05T09:00,{signs}
"""


def test_whoever_submitted_may_not_sign_off():
    found = finding(SIGNED_OFF.format(submits="ann", signs="ann"), "same-person")
    assert (found["position"], found["severity"], found["event"]) == ("3", "error", "single_assessment.sign_off")


def test_another_person_may_sign_off():
    assert positions(SIGNED_OFF.format(submits="ann", signs="bob"), "same-person") == []


def test_two_events_by_nobody_named_are_not_by_the_same_person():
    assert positions(SIGNED_OFF.format(submits="", signs=""), "same-person") == []


def test_only_the_latest_submission_counts_for_four_eyes():
    log = """
        case_id,event,happened_at,actor
        C-1,single_assessment.start,2014-03-03T09:00,ann
        C-1,single_assessment.submit,2014-03-04T09:00,ann
        C-1,single_assessment.return_for_work,2014-03-05T09:00,cat
        C-1,single_assessment.submit,2014-03-06T09:00,bob
        C-1,single_assessment.sign_off,2014-03-07T09:00,{}
    """
    assert positions(log.format("ann"), "same-person") == []
    assert positions(log.format("bob"), "same-person") == [5]


def test_a_submission_in_another_episode_or_after_the_end_does_not_count_for_four_eyes():
    log = """
        case_id,event,happened_at,actor,episode
        C-1,single_assessment.start,2014-03-03T09:00,ann,one
        C-1,single_assessment.submit,2014-03-04T09:00,ann,one
        C-1,single_assessment.sign_off,2014-03-05T09:00,bob,one
        C-1,single_assessment.submit,2014-03-06T09:00,cat,one
        C-1,single_assessment.sign_off,2014-03-07T09:00,cat,one
        C-1,single_assessment.start,2014-03-10T09:00,ann,two
        C-1,single_assessment.submit,2014-03-11T09:00,dan,two
        C-1,single_assessment.sign_off,2014-03-12T09:00,ann,two
    """
    assert positions(log, "same-person") == []


def test_a_workflow_that_opens_without_what_comes_before_it_is_found():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-03T09:00
        C-1,referral.receive,2014-03-03T10:00
        C-1,contact.refer,2014-03-03T11:00
    """
    found = finding(log, "opened-without")
    assert (found["position"], found["severity"], found["episode"]) == ("2", "warning", "referral-1")
    assert "contact.refer or mash.refer" in found["message"]


def test_a_workflow_that_opens_after_what_comes_before_it_is_not_found():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-03T09:00
        C-1,contact.refer,2014-03-03T10:00
        C-1,referral.receive,2014-03-03T10:00
    """
    assert positions(log, "opened-without") == []


def test_one_of_the_transitions_that_come_before_is_enough():
    log = """
        case_id,event,happened_at
        C-1,mash.start,2014-03-03T09:00
        C-1,mash.rate_red,2014-03-03T09:30
        C-1,mash.refer,2014-03-03T10:00
        C-1,referral.receive,2014-03-03T10:00
    """
    assert positions(log, "opened-without") == []


def test_what_came_before_in_another_case_does_not_count():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-03T09:00
        C-1,contact.refer,2014-03-03T10:00
        C-2,referral.receive,2014-03-03T10:00
    """
    assert positions(log, "opened-without") == [3]


def test_an_illegal_transition_is_applied_and_so_comes_before_all_the_same():
    log = """
        case_id,event,happened_at
        C-1,mash.start,2014-03-03T09:00
        C-1,mash.refer,2014-03-03T10:00
        C-1,referral.receive,2014-03-03T10:00
    """
    assert positions(log, "opened-without") == []


def test_a_source_that_begins_at_the_referral_is_not_at_fault_for_what_came_before():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T10:00
        C-1,single_assessment.start,2014-03-03T10:00
    """
    assert positions(log, "opened-without") == [2], "the referral is in this source, its acceptance is not"


def test_an_unknown_event_of_a_workflow_does_not_make_that_workflow_occur():
    log = """
        case_id,event,happened_at
        C-1,contact.recieve,2014-03-03T09:00
        C-1,referral.receive,2014-03-03T10:00
    """
    assert positions(log, "opened-without") == []


def test_a_workflow_occurs_wherever_in_the_input_it_does():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T10:00
        C-9,mash.start,2014-03-03T10:00
    """
    assert positions(log, "opened-without") == [1]


def test_a_referral_may_not_be_closed_while_its_assessment_is_open():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,referral.accept,2014-03-03T10:00
        C-1,single_assessment.start,2014-03-03T10:00
        C-1,referral.close,2014-03-04T10:00
    """
    found = finding(log, "still-open")
    assert (found["position"], found["severity"]) == ("4", "error")
    assert "single_assessment" in found["message"]


def test_a_referral_may_be_closed_when_its_assessment_has_ended():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,referral.accept,2014-03-03T10:00
        C-1,single_assessment.start,2014-03-03T10:00
        C-1,single_assessment.terminate,2014-03-04T09:00
        C-1,referral.close,2014-03-04T10:00
    """
    assert positions(log, "still-open") == []


def test_one_of_two_assessments_that_is_still_open_bars_closing():
    log = """
        case_id,event,happened_at,episode
        C-1,referral.receive,2014-03-03T09:00,
        C-1,referral.accept,2014-03-03T10:00,
        C-1,single_assessment.start,2014-03-03T10:00,one
        C-1,single_assessment.start,2014-03-03T11:00,two
        C-1,single_assessment.terminate,2014-03-04T09:00,two
        C-1,referral.close,2014-03-04T10:00,
    """
    assert positions(log, "still-open") == [6]


def test_a_closing_that_is_not_applied_is_not_found_still_open():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,referral.signpost,2014-03-03T10:00
        C-1,single_assessment.start,2014-03-03T10:00
        C-1,referral.close,2014-03-04T10:00
    """
    assert positions(log, "after-close") == [4]
    assert positions(log, "still-open") == []


def test_a_second_referral_while_the_first_is_open_overlaps():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,referral.receive,2014-03-04T09:00
    """
    found = finding(log, "overlap")
    assert (found["position"], found["severity"], found["episode"]) == ("2", "warning", "referral-2")


def test_a_second_referral_after_the_first_has_ended_does_not_overlap():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,referral.signpost,2014-03-04T08:00
        C-1,referral.receive,2014-03-04T09:00
    """
    assert positions(log, "overlap") == []


def test_referrals_of_two_cases_do_not_overlap():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-2,referral.receive,2014-03-03T09:00
    """
    assert positions(log, "overlap") == []


def test_an_episode_opened_by_an_event_that_is_not_its_opening_overlaps_too():
    log = """
        case_id,event,happened_at,episode
        C-1,referral.receive,2014-03-03T09:00,one
        C-1,referral.accept,2014-03-04T09:00,two
    """
    found = rows(audited(log).findings)
    assert [(row["rule"], row["episode"]) for row in found if row["position"] == "2"][:2] == [
        ("opened-without", "two"),
        ("overlap", "two"),
    ]


def test_a_workflow_that_the_edition_does_not_have_is_not_in_edition_and_gets_no_deadline():
    log = """
        case_id,event,happened_at
        C-1,initial_assessment.start,2014-03-03T09:00
    """
    audit = audited(log)
    (found,) = rows(audit.findings)
    assert (found["rule"], found["severity"], found["position"]) == ("not-in-edition", "warning", "1")
    assert "working_together_2013" in found["message"]
    assert audit.deadlines.height == 0


def test_an_episode_keeps_the_edition_in_force_when_it_opened():
    log = """
        case_id,event,happened_at
        C-1,initial_assessment.start,2013-04-14T09:00
        C-1,initial_assessment.submit,2013-04-16T09:00
        C-2,single_assessment.start,2013-04-14T09:00
        C-3,initial_assessment.start,2013-04-15T09:00
    """
    assert positions(log, "not-in-edition") == [3, 4]
    assert deadline(log, "initial_assessment.completion")["guidance"] == "working_together_2010"


def test_before_the_first_edition_nothing_is_missing_from_it():
    log = """
        case_id,event,happened_at
        C-1,single_assessment.start,2006-03-31T09:00
    """
    assert positions(log, "not-in-edition") == []


@pytest.mark.parametrize(
    "happened, recorded, late",
    [
        ("2014-03-03T09:00", "2014-03-04T23:59", False),  # Monday, Tuesday
        ("2014-03-03T09:00", "2014-03-05T00:00", True),
        ("2014-03-07T09:00", "2014-03-10T23:59", False),  # Friday, Monday
        ("2014-03-07T09:00", "2014-03-11", True),
        ("2014-03-08", "2014-03-10", False),  # Saturday, Monday
        ("2014-03-08", "2014-03-11", True),
        ("2014-04-17", "2014-04-22", False),  # Maundy Thursday, the Tuesday after Easter
        ("2014-04-17", "2014-04-23", True),
        ("2014-03-03", "", False),
        ("2014-03-03", "2014-03-01", False),  # recorded before it happened is not late
    ],
)
def test_recorded_late_is_after_the_first_working_day_after_it_happened(happened, recorded, late):
    log = f"""
        case_id,event,happened_at,recorded_at
        C-1,referral.receive,{happened},{recorded}
    """
    assert positions(log, "recorded-late") == ([1] if late else [])


def test_recorded_late_is_a_note():
    log = """
        case_id,event,happened_at,recorded_at
        C-1,referral.receive,2014-03-03,2014-03-05
    """
    found = finding(log, "recorded-late")
    assert (found["severity"], found["recorded_at"]) == ("note", "2014-03-05")


DECIDED = """
    case_id,event,happened_at
    C-1,referral.receive,2014-03-03T09:00
    C-1,referral.acknowledge,2014-03-03T09:01
    C-1,referral.accept,{}
"""


def test_a_decision_made_on_the_due_day_is_in_time():
    log = DECIDED.format("2014-03-04T23:59:59")
    assert positions(log, "breach") == []
    assert deadline(log, "referral.decision")["status"] == "met"


def test_a_decision_made_the_day_after_the_due_day_is_a_breach():
    found = finding(DECIDED.format("2014-03-05T00:00:00"), "breach")
    assert (found["position"], found["severity"], found["event"]) == ("3", "error", "referral.accept")
    assert "workflows/guidance/working_together_2013.toml [workflows.referral.timers.decision]" in found["message"]


def test_a_statutory_deadline_that_is_overdue_is_a_breach_about_its_anchor():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,referral.acknowledge,2014-03-03T09:01
    """
    assert positions(log, "breach", as_at="2014-03-04") == []
    found = finding(log, "breach", as_at="2014-03-05")
    assert (found["position"], found["event"]) == ("1", "referral.receive")


def test_a_local_deadline_late_or_overdue_is_a_local_breach():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-03T09:00
        C-1,contact.close,2014-03-05T09:00
        C-2,contact.receive,2014-03-03T09:00
        C-3,contact.receive,2014-03-03T09:00
        C-3,contact.close,2014-03-04T09:00
    """
    assert positions(log, "local-breach") == [2, 3]
    assert positions(log, "breach") == []
    assert {row["severity"] for row in rows(audited(log).findings)} == {"warning"}


def test_a_deadline_of_an_episode_opened_before_the_first_edition_cannot_be_told():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2006-03-31
        C-1,contact.close,2006-04-03
        C-2,contact.receive,2006-04-01
        C-2,contact.close,2006-04-03
    """
    found = finding(log, "cannot-tell")
    assert (found["position"], found["severity"]) == ("2", "note")
    assert "before the first edition" in found["message"]
    assert statuses(log, "contact.screening") == ["cannot_tell", "met"]


def claiming(due: date) -> Source:
    log = source("""
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,referral.acknowledge,2014-03-03T09:00
    """)
    return attrs.evolve(log, claims=[Claim(1, "referral.decision", due)])


def test_a_due_date_that_the_source_states_and_we_do_not_count_is_found():
    found = finding(claiming(date(2014, 3, 5)), "claimed-date-differs")
    assert (found["position"], found["severity"], found["event"]) == ("1", "note", "referral.receive")
    assert "2014-03-05" in found["message"] and "2014-03-04" in found["message"]


def test_a_due_date_that_the_source_states_and_we_count_too_is_not_found():
    assert positions(claiming(date(2014, 3, 4)), "claimed-date-differs") == []


def own(code: str, severity: str, happened: date) -> Source:
    log = source("""
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03
        C-1,referral.signpost,2014-03-20
        C-2,referral.receive,2014-03-03
    """)
    said = Finding(2, "C-1", "referral-1", "referral.signpost", happened, code, severity, "As the census says.")
    return attrs.evolve(log, findings=[said])


def test_the_rules_of_a_format_are_found_by_their_own_codes_after_ours_of_the_same_event():
    found = rows(audited(own("8888", "warning", date(2014, 3, 20))).findings)
    assert [row["rule"] for row in found if row["position"] == "2"] == ["breach", "8888"]
    assert [row["severity"] for row in found if row["rule"] == "8888"] == ["warning"]
    assert [row["message"] for row in found if row["rule"] == "8888"] == ["As the census says."]


def test_a_format_s_own_finding_about_what_happened_later_is_not_looked_at():
    assert positions(own("8888", "error", date(2014, 3, 20)), "8888", as_at="2014-03-19") == []


# A record is believed.


def test_without_an_episode_value_an_opening_event_always_opens_a_new_episode():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,referral.receive,2014-03-03T10:00
        C-1,referral.receive,2014-03-03T11:00
    """
    assert [row["episode"] for row in deadlines(log, "referral.decision")] == ["referral-1", "referral-2", "referral-3"]
    assert positions(log, "illegal-transition") == []


@pytest.mark.parametrize("between", ["referral.acknowledge", "referral.accept", "referral.signpost"])
def test_an_opening_for_a_label_in_use_is_an_illegal_transition_whatever_the_state_and_changes_nothing(between):
    log = f"""
        case_id,event,happened_at,episode
        C-1,referral.receive,2014-03-03T09:00,R
        C-1,{between},2014-03-04T09:00,R
        C-1,referral.receive,2014-03-10T09:00,R
    """
    without = log.replace("C-1,referral.receive,2014-03-10T09:00,R", "")
    assert positions(log, "illegal-transition") == [3]
    assert positions(log, "after-close") == []
    assert rows(audited(log, as_at="2014-03-10").deadlines) == rows(audited(without, as_at="2014-03-10").deadlines)


def test_an_opening_that_was_missing_supplies_the_anchor_when_it_is_found_late():
    log = """
        case_id,event,happened_at,episode
        C-1,referral.accept,2014-03-03T09:00,R
        C-1,referral.receive,2014-03-04T09:00,R
    """
    assert positions(log, "opened-without") == [1]
    assert positions(log, "illegal-transition") == [2]
    acknowledgement = deadline(log, "referral.acknowledgement")
    assert acknowledgement["counted_from"] == "2014-03-04T09:00:00+00:00"
    assert acknowledgement["due"] == "2014-03-05"


def test_a_label_is_unique_within_its_case_and_workflow_only():
    log = """
        case_id,event,happened_at,episode
        C-1,contact.receive,2014-03-03T09:00,1
        C-1,contact.refer,2014-03-03T09:00,1
        C-1,referral.receive,2014-03-03T09:00,1
        C-2,contact.receive,2014-03-03T09:00,1
    """
    assert audited(log).episodes.height == 3
    assert positions(log, "illegal-transition") == []


def test_an_event_that_finds_no_episode_opens_one_in_the_initial_state_and_is_applied():
    log = """
        case_id,event,happened_at
        C-1,referral.accept,2014-03-03T09:00
        C-1,referral.feed_back,2014-03-04T09:00
    """
    assert [(row["rule"], row["position"]) for row in rows(audited(log).findings)][0] == ("opened-without", "1")
    assert positions(log, "opened-without") == [1]
    assert positions(log, "illegal-transition") == []
    assert statuses(log, "referral.feedback") == ["met"]


def test_an_event_that_opens_an_episode_and_that_the_initial_state_forbids_is_illegal_too():
    log = """
        case_id,event,happened_at
        C-1,mash.refer,2014-03-03T09:00
        C-1,referral.receive,2014-03-03T09:00
    """
    assert positions(log, "opened-without") == [1]
    assert positions(log, "illegal-transition") == [1]
    assert audited(log).episodes["workflow"].to_list() == ["mash", "referral"]


def test_the_timers_of_the_initial_state_have_run_from_an_event_that_opens_an_episode():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,single_assessment.sign_off,2014-03-05T09:00
    """
    completion = deadline(log, "single_assessment.completion")
    assert (completion["counts_from"], completion["status"]) == ("referral.receive", "met")
    assert completion["stopped_at"] == "2014-03-05T09:00:00+00:00"


def test_a_timer_whose_last_anchor_is_the_missing_opening_cannot_be_told():
    log = """
        case_id,event,happened_at
        C-1,contact.close,2014-03-03T09:00
    """
    screening = deadline(log, "contact.screening")
    assert screening["status"] == "cannot_tell"
    assert (screening["counts_from"], screening["counted_from"], screening["due"], screening["over"]) == (
        "",
        "",
        "",
        "",
    )
    found = finding(log, "cannot-tell")
    assert (found["position"], found["event"]) == ("1", "contact.close")
    assert "not in the record" in found["message"]


def test_a_cannot_tell_that_nothing_stopped_is_about_the_event_that_opened_its_episode():
    log = """
        case_id,event,happened_at
        C-1,mash.discuss,2014-03-03T09:00
        C-1,mash.rate_red,2014-03-03T10:00
    """
    assert statuses(log, "mash.outcome") == ["cannot_tell"]
    assert positions(log, "cannot-tell") == [1]


def test_events_that_happened_after_the_moment_judged_from_are_not_looked_at():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-03T09:00
        C-1,contact.close,2014-03-05T09:00
        C-2,contact.aaa,2014-03-05T09:00
    """
    audit = audited(log, as_at="2014-03-04T12:00")
    assert audit.log.later == 2
    assert audit.cases == 1
    assert [row["status"] for row in rows(audit.deadlines)] == ["running"]
    assert audit.findings.height == 0


def test_opens_creates_nothing_in_an_audit():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-03T09:00
        C-1,contact.refer,2014-03-03T10:00
    """
    assert audited(log).episodes["workflow"].to_list() == ["contact"]


def test_an_event_without_an_episode_belongs_to_the_latest_open_one():
    log = """
        case_id,event,happened_at,episode
        C-1,contact.receive,2014-03-03T09:00,one
        C-1,contact.receive,2014-03-03T10:00,two
        C-1,contact.close,2014-03-03T11:00,
        C-1,contact.close,2014-03-03T12:00,
        C-1,contact.close,2014-03-03T13:00,
    """
    assert [(row["episode"], row["stopped_at"][11:13]) for row in deadlines(log, "contact.screening")] == [
        ("one", "12"),
        ("two", "11"),
    ]
    found = finding(log, "after-close")
    assert (found["position"], found["episode"]) == ("5", "two"), "no open one is left: the latest of all"


def test_every_known_event_is_judged_whether_it_is_applied_or_not():
    log = """
        case_id,event,happened_at,recorded_at,actor,role,rationale,outcome
        C-1,single_assessment.start,2014-03-03T09:00,,ann,social_worker,,
        C-1,single_assessment.submit,2014-03-03T10:00,,ann,social_worker,,
        C-1,single_assessment.sign_off,2014-03-03T11:00,,bob,manager,,done
        C-1,single_assessment.sign_off,2014-03-03T12:00,2014-03-06,ann,social_worker,,
    """
    assert [row["rule"] for row in rows(audited(log).findings) if row["position"] == "4"] == [
        "after-close",
        "missing-detail",
        "wrong-role",
        "same-person",
        "recorded-late",
    ]


# Until timers, and what met, late and ended are.


def test_an_until_timer_has_no_deadline_before_its_anchor():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,referral.acknowledge,2014-03-04T09:00
    """
    assert deadlines(log, "referral.feedback", as_at="2014-06-02") == []


def test_an_until_timer_runs_on_whatever_the_state_and_stops_at_the_first_that_ends_it():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,referral.signpost,2014-03-04T09:00
        C-1,referral.feed_back,2014-03-11T09:00
        C-1,referral.feed_back,2014-03-20T09:00
    """
    feedback = deadline(log, "referral.feedback")
    assert (feedback["counts_from"], feedback["due"]) == ("referral.signpost", "2014-03-11")
    assert (feedback["status"], feedback["stopped_at"]) == ("met", "2014-03-11T09:00:00+00:00")


def test_what_would_end_an_until_timer_before_its_anchor_does_not():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03T09:00
        C-1,referral.feed_back,2014-03-03T10:00
        C-1,referral.accept,2014-03-03T11:00
    """
    assert positions(log, "illegal-transition") == [2]
    assert statuses(log, "referral.feedback") == ["running"]


def test_what_would_end_an_until_timer_before_its_missing_opening_does_not():
    log = """
        case_id,event,happened_at,episode
        C-1,referral.acknowledge,2014-03-03T09:00,R
        C-1,referral.receive,2014-03-04T09:00,R
        C-1,referral.acknowledge,2014-03-05T09:00,R
    """
    acknowledgement = deadline(log, "referral.acknowledgement")
    assert acknowledgement["counted_from"] == "2014-03-04T09:00:00+00:00"
    assert (acknowledgement["status"], acknowledgement["stopped_at"]) == ("met", "2014-03-05T09:00:00+00:00")


TERMINATED = """
    case_id,event,happened_at
    C-1,single_assessment.start,2014-03-03T09:00
    C-1,single_assessment.terminate,{}
"""


def test_an_exit_that_does_not_meet_a_timer_ends_it_up_to_the_due_day():
    log = TERMINATED.format("2014-05-08")  # 45 working days, over Easter and the first bank holiday of May
    completion = deadline(log, "single_assessment.completion")
    assert (completion["due"], completion["status"], completion["over"]) == ("2014-05-08", "ended", "")
    assert positions(log, "breach") == []


def test_an_exit_that_does_not_meet_a_timer_is_late_after_the_due_day_like_any_other():
    log = TERMINATED.format("2014-05-09")
    assert statuses(log, "single_assessment.completion") == ["late"]
    assert positions(log, "breach") == [2]


def test_over_is_empty_unless_late_or_overdue():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-03
        C-1,contact.close,2014-03-04
        C-2,contact.receive,2014-03-03
        C-2,contact.close,2014-03-05
        C-3,contact.receive,2014-03-03
        C-4,contact.receive,2014-03-05
    """
    assert [(row["status"], row["over"]) for row in deadlines(log, "contact.screening")] == [
        ("met", ""),
        ("late", "1"),
        ("overdue", "1"),
        ("running", ""),
    ]


def test_over_is_none_at_all_where_the_due_day_was_a_friday_and_it_was_done_on_saturday():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-06T09:00
        C-1,contact.close,2014-03-08T09:00
    """
    screening = deadline(log, "contact.screening")
    assert (screening["due"], screening["status"], screening["over"]) == ("2014-03-07", "late", "0")


# What a source cannot carry is not held against it.


def test_legality_is_judged_through_the_transitions_that_a_source_cannot_carry():
    log = """
        case_id,event,happened_at
        C-1,single_assessment.start,2014-03-03
        C-1,single_assessment.sign_off,2014-03-20
    """
    held = frozenset({"single_assessment.start", "single_assessment.sign_off"})
    assert positions(attrs.evolve(source(log), carries=Carries(held)), "illegal-transition") == []
    assert positions(log, "illegal-transition") == [2]


def test_an_after_that_a_source_cannot_carry_is_not_missed():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03
        C-1,single_assessment.start,2014-03-03
    """
    held = frozenset({"referral.receive", "single_assessment.start"})
    assert positions(attrs.evolve(source(log), carries=Carries(held)), "opened-without") == []
    assert positions(log, "opened-without") == [2]


def test_a_clock_that_only_what_the_source_cannot_carry_would_stop_is_cannot_tell_without_a_finding():
    log = """
        case_id,event,happened_at
        C-1,referral.receive,2014-03-03
        C-1,referral.signpost,2014-03-04
    """
    held = frozenset({"referral.receive", "referral.signpost"})
    read = attrs.evolve(source(log), carries=Carries(held))
    assert statuses(read, "referral.acknowledgement", as_at="2014-06-02") == ["cannot_tell"]
    assert positions(read, "cannot-tell", as_at="2014-06-02") == []


# The two tables.


def test_the_referral_of_k_17_stands_in_deadlines_csv_as_the_contract_writes_it():
    log = """
        case_id,event,happened_at,recorded_at,actor,role,source,rationale
        K-17,referral.receive,2009-12-18T16:30,2009-12-18T16:40,p1,referral_officer,6,
        K-17,referral.accept,2009-12-23T10:05,2009-12-23T10:10,p2,manager,,known
    """
    written_out = audited(log).deadlines.write_csv().splitlines()
    assert written_out[0] == (
        "case_id,episode,timer,guidance,counts_from,counted_from,allowed,unit,due,stopped_at,status,over,basis,cites"
    )
    assert written_out[1].startswith(
        "K-17,referral-1,referral.decision,working_together_2006,referral.receive,2009-12-18T16:30:00+00:00,"
        "1,working days,2009-12-21,2009-12-23T10:05:00+00:00,late,2,statutory,"
    )


def test_findings_csv_has_the_columns_of_the_contract():
    log = """
        case_id,event,happened_at,recorded_at
        C-1,contact.aaa,2014-07-01T09:00,2014-07-01T10:00
    """
    header, row = audited(log).findings.write_csv().splitlines()
    assert header == "rule,severity,case_id,episode,event,happened_at,recorded_at,position,message"
    assert row.startswith(
        'unknown-event,error,C-1,"",contact.aaa,2014-07-01T09:00:00+01:00,2014-07-01T10:00:00+01:00,1,'
    )


def test_moments_are_written_with_the_offset_of_their_day_and_dates_as_dates():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-29T23:30Z
        C-1,contact.close,2014-03-31T10:00Z
        C-2,contact.receive,2014-03-29
    """
    assert [(row["counted_from"], row["stopped_at"]) for row in deadlines(log, "contact.screening")] == [
        ("2014-03-29T23:30:00+00:00", "2014-03-31T11:00:00+01:00"),
        ("2014-03-29", ""),
    ]


def test_a_due_in_hours_is_a_moment_with_its_offset_and_over_is_hours():
    log = """
        case_id,event,happened_at
        C-1,mash.start,2014-07-01T09:00
        C-1,mash.rate_red,2014-07-01T10:00
        C-1,mash.close,2014-07-01T15:30
    """
    red = deadline(log, "mash.red", "london_mash")
    assert (red["counts_from"], red["allowed"], red["unit"]) == ("mash.rate_red", "2", "hours")
    assert (red["due"], red["status"], red["over"]) == ("2014-07-01T12:00:00+01:00", "late", "3")


def test_an_episode_is_called_by_the_source_s_own_name_else_by_its_number_labelled_ones_counted():
    log = """
        case_id,event,happened_at,episode
        C-1,contact.receive,2014-03-03T09:00,our own
        C-1,contact.receive,2014-03-03T10:00,
        C-1,contact.receive,2014-03-03T11:00,third
        C-1,contact.receive,2014-03-03T12:00,
    """
    assert [row["episode"] for row in deadlines(log, "contact.screening")] == [
        "our own",
        "contact-2",
        "third",
        "contact-4",
    ]


def test_deadlines_stand_by_case_of_first_row_then_episode_of_opening_then_timer_as_declared():
    log = """
        case_id,event,happened_at
        Z,referral.receive,2014-03-05T09:00
        A,contact.receive,2014-03-03T09:00
        Z,contact.receive,2014-03-03T09:00
        Z,contact.refer,2014-03-04T09:00
        Z,referral.accept,2014-03-05T10:00
    """
    assert [(row["case_id"], row["episode"], row["timer"]) for row in rows(audited(log).deadlines)] == [
        ("Z", "contact-1", "contact.screening"),
        ("Z", "referral-1", "referral.decision"),
        ("Z", "referral-1", "referral.acknowledgement"),
        ("Z", "referral-1", "referral.feedback"),
        ("A", "contact-1", "contact.screening"),
    ]


def test_findings_stand_by_case_then_episode_and_those_of_one_row_in_the_order_of_the_rules():
    log = """
        case_id,event,happened_at,recorded_at,role,source,rationale
        Z,contact.receive,2014-03-03T09:00,,,,
        Z,referral.receive,2014-03-03T10:00,,,,
        Z,contact.oops,2014-03-03T10:00,,,,
        A,contact.receive,2014-03-03T09:00,,,6,
        Z,contact.close,2014-03-06T09:00,2014-03-11,postman,,
        Z,referral.feed_back,2014-03-06T10:00,,,,
        Z,referral.accept,2014-03-06T11:00,,,,
    """
    found = [(row["case_id"], row["position"], row["rule"]) for row in rows(audited(log, as_at="2014-03-06").findings)]
    assert found == [
        ("Z", "1", "missing-detail"),
        ("Z", "5", "wrong-role"),
        ("Z", "5", "recorded-late"),
        ("Z", "5", "local-breach"),
        ("Z", "2", "missing-detail"),
        ("Z", "2", "opened-without"),
        ("Z", "2", "breach"),
        ("Z", "6", "illegal-transition"),
        ("Z", "7", "missing-detail"),
        ("Z", "7", "breach"),
        ("Z", "3", "unknown-event"),
        ("A", "4", "local-breach"),
    ]


def test_the_order_of_the_rules_is_that_of_the_contract():
    assert list(RULES) == [
        "illegal-transition", "after-close", "unknown-event", "missing-detail", "wrong-role", "same-person",
        "opened-without", "still-open", "overlap", "not-in-edition", "recorded-late", "breach", "local-breach",
        "cannot-tell", "claimed-date-differs",
    ]  # fmt: skip


def test_every_finding_says_which_file_its_rule_comes_from_or_what_was_found():
    log = """
        case_id,event,happened_at,recorded_at,actor,role,source,rationale
        C-1,contact.receive,2014-03-03T09:00,,,postman,,
        C-1,contact.receive,2014-03-03T09:00,2014-03-10,,,,
        C-1,mash.refer,2014-03-03T10:00,,,,,
        C-1,contact.oops,2014-03-06T10:00,,,,,
    """
    found = rows(audited(log).findings)
    assert {row["rule"] for row in found} >= {"missing-detail", "wrong-role", "illegal-transition", "local-breach"}
    for row in found:
        assert row["message"].lstrip("'")[0].isupper() and row["message"].endswith((".", ")", "?")), row
    assert all(
        "toml" in row["message"]
        for row in found
        if row["rule"] in ("missing-detail", "wrong-role", "illegal-transition")
    )


def test_the_position_is_the_row_of_the_source_rejected_rows_counted():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,yesterday
        ,contact.receive,2014-03-03
        C-1,contact.oops,2014-03-03
    """
    audit = audited(log)
    assert [row.row for row in audit.source.rejected] == [1, 2]
    assert [row["position"] for row in rows(audit.findings)] == ["3"]


def test_the_numbers_of_an_audit_agree_with_its_tables():
    log = """
        case_id,event,happened_at,recorded_at,role,source
        C-1,contact.receive,2014-03-03T09:00,2014-03-10,postman,
        C-1,contact.close,2014-03-04T09:00,,manager,
        C-2,contact.receive,2014-03-03T09:00,,,6
        C-2,contact.oops,2014-03-03T09:00,,,
    """
    audit = audited(log)
    found = [row["rule"] for row in rows(audit.findings)]
    assert audit.rules == {rule: found.count(rule) for rule in RULES if rule in found}
    assert audit.timers == {"contact.screening": {"met": 1, "overdue": 1}}
    assert audit.cases == 2


# The order of events.


def test_a_case_is_folded_in_the_order_things_happened_not_in_that_of_the_rows():
    log = """
        case_id,event,happened_at
        C-1,contact.close,2014-03-03T10:00
        C-1,contact.receive,2014-03-03T09:00
    """
    assert rows(audited(log).findings) == []


def test_of_two_things_at_one_moment_the_first_row_happened_first():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-03T09:00
        C-1,contact.close,2014-03-03T09:00
        C-2,contact.close,2014-03-03T09:00
        C-2,contact.receive,2014-03-03T09:00
    """
    assert positions(log, "opened-without") == [3]


def test_a_day_of_which_anything_is_only_dated_keeps_the_order_of_the_rows():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-03T12:00
        C-1,contact.close,2014-03-03T09:00
        C-1,contact.receive,2014-03-03
        C-1,contact.close,2014-03-04T12:00
        C-2,contact.close,2014-03-03T12:00
        C-2,contact.receive,2014-03-03T09:00
    """
    assert rows(audited(log).findings) == []


# As at, and as known at.


def test_it_is_judged_from_the_source_s_own_reference_if_it_states_one():
    log = source("""
        case_id,event,happened_at,recorded_at
        C-1,contact.receive,2014-03-03,2014-03-04
    """)
    assert written(audited(attrs.evolve(log, reference=date(2014, 3, 31))).as_at) == "2014-03-31"


def test_it_is_judged_from_the_last_moment_of_recording_else_of_happening():
    log = """
        case_id,event,happened_at,recorded_at
        C-1,contact.receive,2014-03-03T09:00,2014-03-04T09:00
        C-1,contact.close,2014-03-03T10:00,2014-03-05T09:00
        C-2,contact.receive,2014-03-06,
    """
    assert written(audited(log).as_at) == "2014-03-05T09:00:00+00:00"
    never_recorded = log.replace(",2014-03-04T09:00\n", ",\n").replace(",2014-03-05T09:00\n", ",\n")
    assert written(audited(never_recorded).as_at) == "2014-03-06"


def test_a_date_judged_from_means_the_whole_of_it():
    log = """
        case_id,event,happened_at
        C-1,contact.receive,2014-03-03T09:00
        C-1,contact.close,2014-03-04T23:59
    """
    assert statuses(log, "contact.screening", as_at="2014-03-04") == ["met"]
    assert statuses(log, "contact.screening", as_at="2014-03-04T12:00") == ["running"]


def test_what_was_recorded_later_was_not_known():
    log = """
        case_id,event,happened_at,recorded_at
        C-1,contact.receive,2014-03-03T09:00,2014-03-03T09:00
        C-1,contact.close,2014-03-04T09:00,2014-03-07T09:00
        C-2,contact.receive,2014-03-05T09:00,2014-03-05T10:00
    """
    assert statuses(log, "contact.screening") == ["met", "overdue"]
    then = audited(log, as_known_at="2014-03-06")
    assert [row["status"] for row in rows(then.deadlines)] == ["overdue", "running"]
    assert written(then.as_at) == "2014-03-05T10:00:00+00:00"
    assert then.log.hidden == 1


def test_what_was_recorded_on_the_day_of_knowledge_was_known():
    log = """
        case_id,event,happened_at,recorded_at
        C-1,contact.receive,2014-03-03T09:00,2014-03-03T09:00
        C-1,contact.close,2014-03-03T10:00,2014-03-04T18:00
    """
    assert statuses(log, "contact.screening", as_known_at="2014-03-04") == ["met"]
    assert statuses(log, "contact.screening", as_known_at="2014-03-04T17:59") == ["running"]


def test_a_decision_made_in_time_and_recorded_late_is_no_breach():
    log = """
        case_id,event,happened_at,recorded_at
        C-1,contact.receive,2014-03-03T09:00,2014-03-03T09:00
        C-1,contact.close,2014-03-04T09:00,2014-03-07T09:00
    """
    assert [(row["rule"], row["position"]) for row in rows(audited(log).findings)] == [("recorded-late", "2")]


def test_a_log_of_which_nothing_can_be_read_has_empty_tables():
    audit = audited("""
        case_id,event,happened_at
        C-1,contact.receive,yesterday
    """)
    assert audit.as_at is None
    assert (audit.deadlines.height, audit.findings.height, audit.cases) == (0, 0, 0)
    assert (audit.timers, audit.rules) == ({}, {})
