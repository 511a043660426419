"""What several sources that were matched are judged by: what each of them, and all together, could have told."""

from __future__ import annotations

from datetime import date

import polars as pl

from frontdoor.formats.matching import Together, matched, together
from frontdoor.moment import written
from tests.several import (
    LABELLED,
    audited,
    census,
    ending,
    found,
    log,
    statuses,
    told,
    workbook,
)

# what it is judged by


def test_a_child_that_only_the_census_knows_is_judged_by_what_the_census_can_hold():
    export = log("K-2,referral.receive,2023-01-04")
    both = matched([export, census(("K-1", "<CINreferralDate>2023-01-04</CINreferralDate>"))])
    assert statuses(both, "referral.acknowledgement", "2023-03-31") == {"K-1": "cannot_tell", "K-2": "overdue"}


def test_a_list_of_contacts_says_nothing_of_what_was_decided_of_a_referral():
    contacts = log("K-1,contact.receive,2023-01-03; K-1,contact.refer,2023-01-04")
    both = matched([contacts, census(("K-1", "<CINreferralDate>2023-01-04</CINreferralDate>"))])
    assert statuses(both, "contact.screening") == {"K-1": "met"}
    assert statuses(both, "referral.decision") == statuses(both, "referral.acknowledgement") == {"K-1": "cannot_tell"}


def test_a_detail_is_missed_only_where_a_source_that_tells_of_the_event_has_a_place_for_it():
    first = log(
        "K-1,contact.receive,2024-03-04,6; K-2,contact.receive,2024-03-04,", columns="case_id,event,happened_at,source"
    )
    second = log("K-1,contact.receive,2024-03-04; K-3,contact.receive,2024-03-04", "b.csv")
    findings = audited(matched([second, first])).findings.filter(pl.col("rule") == "missing-detail")
    assert findings["case_id"].to_list() == ["K-2"]


def test_each_child_is_judged_as_at_the_last_day_that_a_source_which_knows_it_speaks_of():
    first = ending("2023-03-31", log("K-1,referral.receive,2023-03-31; K-2,referral.receive,2023-03-31"))
    second = log("K-2,referral.receive,2023-03-31; K-3,referral.receive,2023-09-01", "b.csv")
    both = matched([first, second])
    assert both.reference == date(2023, 9, 1)
    assert statuses(both, "referral.decision") == {"K-1": "running", "K-2": "overdue", "K-3": "running"}
    assert statuses(both, "referral.decision", "2023-12-31") == dict.fromkeys(("K-1", "K-2", "K-3"), "overdue")
    assert "a.csv up to 2023-03-31, b.csv up to 2023-09-01" in " ".join(both.notes)


def test_a_clock_whose_stop_only_a_source_that_ended_earlier_could_tell_cannot_be_told():
    first = ending("2023-03-31", log("K-1,referral.receive,2023-03-31; K-2,referral.receive,2023-03-31"))
    second = log("K-1,contact.receive,2023-03-31; K-3,contact.receive,2023-09-01", "b.csv")
    both = matched([first, second])
    assert statuses(both, "referral.decision") == {"K-1": "cannot_tell", "K-2": "running"}
    assert statuses(both, "contact.screening")["K-1"] == "overdue"


def test_a_return_that_states_no_reference_date_speaks_up_to_its_last_date():
    year = census(("K-1", "<CINreferralDate>2023-03-30</CINreferralDate>"), reference="")
    both = matched([log("K-2,referral.receive,2023-01-04; K-3,referral.receive,2023-09-01"), year])
    reaches = {case: written(both.groups[group].reach) for case, group in both.events.select("case_id", "group").rows()}
    assert reaches == {"K-1": "2023-03-30", "K-2": "2023-09-01", "K-3": "2023-09-01"}


def test_logs_that_state_no_reference_date_are_one_log():
    first = log("K-1,referral.receive,2023-01-04")
    second = log("K-2,referral.receive,2023-09-04", "b.csv")
    both = matched([first, second])
    assert both.reference is None
    assert statuses(both, "referral.decision")["K-1"] == "overdue"


def test_what_is_told_together_can_be_held_by_one_of_them():
    both = matched(
        [log("K-1,referral.receive,2024-03-04"), census(("K-1", "<CINreferralDate>2024-03-04</CINreferralDate>"))]
    )
    assert isinstance(both.carries, Together)
    assert both.carries.holds("referral.accept")
    assert not both.carries.holds("single_assessment.start") or both.carries.holds("single_assessment.sign_off")
    assert (both.carries.roles, both.carries.logged) == (True, False)


# what is contradicted by an end


NFA = "K-1,referral.receive,2022-05-02T10:00; K-1,referral.take_no_further_action,2022-05-03T10:00"
ACCEPTED = (
    "K-1,referral.receive,2022-05-02T10:00; K-1,referral.accept,2022-05-20T10:00; K-1,referral.close,2022-06-20T10:00"
)


def test_an_episode_that_one_source_ends_before_what_the_other_says_has_the_history_of_the_first_named():
    both, turned = matched([log(NFA), log(ACCEPTED, "b.csv")]), matched([log(ACCEPTED, "b.csv"), log(NFA)])
    assert [event for event, _, _ in told(both)] == ["referral.receive", "referral.take_no_further_action"]
    assert [event for event, _, _ in told(turned)] == ["referral.receive", "referral.accept", "referral.close"]
    assert [statuses(one, "referral.decision") for one in (both, turned)] == [{"K-1": "met"}, {"K-1": "late"}]
    assert [(one.about, one.says, one.says_otherwise) for one in both.matches.contradictions] == [
        ("event", "referral.take_no_further_action", "referral.accept"),
        ("event", "referral.take_no_further_action", "referral.close"),
    ]
    assert found(turned, "sources-differ") == [
        "b.csv (row 2) says that referral.accept happened on 2022-05-20T10:00:00+01:00, a.csv (row 2) that the episode ended with "
        "referral.take_no_further_action on 2022-05-03T10:00:00+01:00: b.csv, named first, is believed, and what a.csv says is "
        "left out of what is judged."
    ]


def test_what_can_follow_an_end_is_not_contradicted_by_it():
    both = matched([log(NFA), log("K-1,referral.receive,2022-05-02; K-1,referral.feed_back,2022-05-09", "b.csv")])
    assert [event for event, _, _ in told(both)][-1] == "referral.feed_back"
    assert found(both, "sources-differ") == []


def test_what_one_source_says_after_an_end_that_it_tells_too_is_its_own_affair():
    both = matched([log(NFA), log(f"{NFA}; K-1,referral.accept,2022-05-20", "b.csv")])
    assert both.events.height == 3
    assert found(both, "sources-differ") == []


def test_an_episode_that_had_ended_before_the_other_opened_is_another_one():
    first = log("K-1,referral.receive,2022-05-02T10:00; K-1,referral.take_no_further_action,2022-05-02T11:00")
    second = log("K-1,referral.receive,2022-05-06T10:00; K-1,referral.accept,2022-05-12T10:00", "b.csv")
    for both in (matched([first, second]), matched([second, first])):
        deadlines = audited(both).deadlines.filter(timer="referral.decision").sort("due")
        assert deadlines["status"].to_list() == ["met", "late"]
        assert (both.events.height, found(both, "sources-differ")) == (4, [])


def test_openings_on_either_side_of_an_end_that_both_tell_are_one_episode():
    text = "K-1,referral.receive,2022-05-{},R; K-1,referral.take_no_further_action,2022-05-03,R"
    first, second = (log(text.format(day), f"{day}.csv", LABELLED) for day in ("02", "04"))
    assert matched([first, second]).events.height == 2


def test_what_happened_after_the_reference_date_of_a_census_is_the_logs_alone():
    export = log("K-1,referral.receive,2023-04-04; K-2,referral.receive,2023-03-29")
    both = matched(
        [census(*((case, "<CINreferralDate>2023-03-30</CINreferralDate>") for case in ("K-1", "K-2"))), export]
    )
    assert [when for _, _, when in told(both)] == ["2023-03-30", "2023-04-04", "2023-03-30"]
    assert [one.case_id for one in both.matches.contradictions] == ["K-2"]


# what no source can tell


ASSESSED = {
    "Referrals": [["C9", date(2022, 12, 15), "6", "No", "", ""]],
    "Assessments": [["C1", date(2022, 12, 1), "Yes", date(2023, 1, 20)]],
}


def test_an_episode_that_only_a_source_of_some_months_could_tell_is_not_taken_to_be_missing():
    export = log("C1,contact.receive,2023-03-01T10:00; C8,referral.receive,2023-03-05T11:00")
    both = matched([workbook(**ASSESSED), export])
    assert statuses(both, "single_assessment.completion") == {"C1": "cannot_tell"}
    assert audited(both).findings.filter(rule="opened-without", case_id="C1").is_empty()


def test_a_log_that_begins_later_than_another_source_does_not_vouch_for_what_came_before():
    late = log("C1,referral.receive,2023-03-01T10:00; C1,referral.accept,2023-03-02T10:00")
    both = matched([workbook(**ASSESSED), late])
    assert "met" not in audited(both).deadlines.filter(timer="single_assessment.completion")["status"].to_list()
    assert audited(both).findings.filter(rule="opened-without", case_id="C1").is_empty()


def test_a_log_that_tells_of_the_childs_referrals_from_its_beginning_vouches_for_them():
    early = log(
        "C1,referral.receive,2022-06-01T10:00; C1,referral.close,2022-06-02T10:00; C8,referral.receive,2023-03-01T10:00"
    )
    both = matched([workbook(**ASSESSED), early])
    assert audited(both).findings.filter(rule="opened-without", case_id="C1").height == 1


def test_for_children_of_the_rarer_kinds_no_source_vouches_that_does_not_tell_all(monkeypatch):
    monkeypatch.setattr(together, "MOST", 0)
    early = log("C1,referral.receive,2022-06-01T10:00; C1,referral.close,2022-06-02T10:00")
    both = matched([workbook(**ASSESSED), early])
    assert audited(both).findings.filter(rule="opened-without", case_id="C1").is_empty()


def test_a_source_that_does_not_know_an_episode_is_not_asked_what_became_of_it():
    listed = workbook(Referrals=[["C1", date(2022, 5, 2), "6", "No", "", ""]])
    export = log(
        "C1,contact.receive,2022-05-01T10:00; C8,referral.receive,2022-05-01T10:00;"
        "C8,referral.accept,2022-05-02T10:00; C8,referral.feed_back,2022-06-02T10:00"
    )
    both = matched([listed, export])
    assert statuses(both, "referral.decision") == {"C1": "cannot_tell", "C8": "met"}
    assert audited(both).findings.filter(rule="opened-without", case_id="C1").is_empty()


def test_a_child_whose_sources_know_different_referrals_is_judged_by_what_each_can_tell():
    listed = workbook(Referrals=[["C1", date(2022, 5, 2), "6", "No", "", ""]])
    export = log("C1,referral.receive,2022-07-01T10:00; C8,referral.receive,2023-05-01T10:00")
    deadlines = audited(matched([listed, export])).deadlines.filter(timer="referral.decision", case_id="C1")
    assert deadlines["status"].to_list() == ["cannot_tell", "cannot_tell"]


def test_logs_vouch_for_a_workflow_only_from_the_day_on_which_one_that_tells_of_it_begins():
    assessments = "K-1,single_assessment.start,2022-05-02; K-2,single_assessment.start,2023-05-02"
    referrals = log("K-1,referral.receive,2023-03-01; K-3,referral.accept,2023-03-02", "b.csv")
    both = matched([log(f"{assessments}; K-3,contact.receive,2022-05-01"), referrals])
    without = audited(both).findings.filter(rule="opened-without", event="single_assessment.start")
    assert without["case_id"].to_list() == ["K-2"]


def test_why_a_return_lacks_a_child_is_not_that_it_has_no_place_for_what_it_tells_of_others():
    listed = workbook(Referrals=[["C9", date(2022, month, 15), "6", "No", "", ""] for month in (1, 6)])
    both = matched([listed, log("C1,referral.receive,2022-03-01T10:00")])
    (why,) = both.matches.children.filter(case_id="C1", source="annex.xlsx")["why"]
    assert why == "not recorded in annex.xlsx"


# what is in one only


def test_a_fact_that_another_source_could_have_told_and_does_not_is_noted():
    first = log("K-1,referral.receive,2024-03-04; K-1,referral.close,2024-04-04; K-2,referral.close,2024-05-04")
    second = log("K-1,referral.receive,2024-03-04; K-2,referral.close,2024-05-04", "b.csv")
    both = matched([first, second])
    (note,) = (one for one in both.findings if one.rule == "in-one-only")
    assert (note.severity, note.position, note.event) == ("note", 2, "referral.close")
    assert note.message == "a.csv (row 2) tells of this. b.csv knows the child and has a place for it, and does not."


def test_what_the_other_source_has_no_place_or_no_time_for_is_not_noted():
    first = log(
        "K-1,referral.receive,2023-01-04; K-1,referral.accept,2023-01-05; K-1,referral.close,2023-06-05;"
        "K-1,referral.receive,2011-01-04"
    )
    both = matched([first, census(("K-1", "<CINreferralDate>2023-01-04</CINreferralDate>"))])
    assert found(both, "in-one-only") == []
