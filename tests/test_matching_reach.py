"""What a source does not reach is not held against a case, and does not vouch for it: before its first moment, after its last."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import polars as pl
import pytest

from frontdoor.formats.matching import matched
from frontdoor.formats.source import Source, happened_at
from frontdoor.moment import parse, written
from tests import test_annex_a as annex
from tests.several import LABELLED, audited, census, found, log, statuses, told

ERRORS = ("illegal-transition", "after-close", "still-open", "breach")


def errors(source: Source) -> list[tuple[str, str]]:
    """The errors that an audit of it finds."""
    findings = audited(source).findings.filter(pl.col("rule").is_in(ERRORS))
    return findings.select("rule", "event").rows()


# what a log that begins late or ends early lacks


ASSESSED = (
    "<CINreferralDate>2023-01-27</CINreferralDate><ReferralNFA>0</ReferralNFA>{}<Assessments>"
    "<AssessmentActualStartDate>2023-01-30</AssessmentActualStartDate>"
    "<AssessmentAuthorisationDate>2023-03-20</AssessmentAuthorisationDate></Assessments>"
)
CLOSED = ASSESSED.format("<CINclosureDate>2023-03-29</CINclosureDate><ReasonForClosure>RC8</ReasonForClosure>")
BEGINS_LATE = (
    "Z,referral.receive,2023-03-01T10:00; Z,referral.accept,2023-03-01T11:00; Z,referral.acknowledge,2023-03-01T11:00;"
    "K,referral.close,2023-03-29T10:00"
)
ENDS_EARLY = "K,referral.receive,2023-01-27T10:00"


@pytest.mark.parametrize("text", [BEGINS_LATE, ENDS_EARLY])
@pytest.mark.parametrize("turned", [False, True])
def test_a_log_that_does_not_reach_all_of_an_episode_is_not_taken_to_tell_what_came_of_it(text, turned):
    sources = [log(text), census(("K", CLOSED))]
    both = matched(sources[::-1] if turned else sources)
    assert statuses(both, "referral.decision")["K"] == "cannot_tell"
    assert statuses(both, "single_assessment.completion") == {"K": "met"}
    assert errors(both) == []
    assert audited(both).findings.filter(rule="opened-without").is_empty()


def test_a_log_that_ended_before_a_sign_off_that_only_a_census_tells_would_not_have_told_what_led_to_it():
    text = (
        "K,referral.receive,2023-01-27T10:00; K,referral.accept,2023-01-27T11:00; K,single_assessment.start,2023-01-30T11:00;"
        "K,single_assessment.see_child,2023-02-10T11:00"
    )
    both = matched([log(text), census(("K", ASSESSED.format("")))])
    assert statuses(both, "referral.decision") == {"K": "met"}
    assert [rule for rule, event in errors(both) if event == "single_assessment.sign_off"] == []


def test_a_log_that_reaches_all_of_an_episode_does_tell_what_came_of_it():
    text = "Z,contact.receive,2023-01-01; K,referral.receive,2023-01-27T10:00; Z,contact.close,2023-04-01"
    both = matched([log(text), census(("K", CLOSED))])
    assert statuses(both, "referral.decision") == {"K": "late"}
    assert ("illegal-transition", "referral.close") in errors(both)


def test_of_logs_that_are_one_log_one_that_begins_late_does_not_tell_what_came_of_an_episode_without_its_opening():
    assessed = log("K,single_assessment.start,2024-01-25; K,single_assessment.submit,2024-03-25")
    referrals = log("Z,referral.receive,2024-03-01; Z,referral.accept,2024-03-01; K,referral.close,2024-04-05", "b.csv")
    for both in (matched([assessed, referrals]), matched([referrals, assessed])):
        assert ("illegal-transition", "referral.close") not in errors(both)


# one log in two


R1 = "K,referral.receive,2024-07-01,R1; K,referral.accept,2024-07-01,R1; K,referral.close,2024-07-03,R1"
R2 = "K,referral.receive,2024-07-03,R2; K,referral.accept,2024-07-05,R2; K,referral.close,2024-07-19,R2"


@pytest.mark.parametrize("turned", [False, True])
def test_an_episode_that_opens_on_the_day_on_which_one_of_the_file_before_ends_is_another(turned):
    parts = [log(R1, columns=LABELLED), log(R2, "b.csv", LABELLED)]
    whole, both = log(f"{R1}; {R2}", columns=LABELLED), matched(parts[::-1] if turned else parts)
    assert audited(both).deadlines.equals(audited(whole).deadlines)
    rules = ["rule", "case_id", "episode", "event", "happened_at"]
    assert audited(both).findings.select(rules).equals(audited(whole).findings.select(rules))
    assert both.matches.contradictions == ()


@pytest.mark.parametrize("labels", [("101", "102"), ("", "")])
def test_two_contacts_a_few_days_apart_on_either_side_of_where_two_files_meet_are_two(labels):
    june = log(f"K,contact.receive,2023-06-29T09:00,{labels[0]}", columns=LABELLED)
    july = log(
        f"K,contact.receive,2023-07-03T10:00,{labels[1]}; K,contact.close,2023-07-06T10:00,{labels[1]}",
        "b.csv",
        LABELLED,
    )
    for both in (matched([june, july]), matched([july, june])):
        deadlines = audited(both).deadlines.filter(timer="contact.screening").sort("due")
        assert deadlines["status"].to_list() == ["overdue", "late"]
        assert found(both, "sources-differ") == []


def contacts(*rows: tuple[str, date], name: str) -> Source:
    """A list by list return of contacts."""
    source = annex.read(Contacts=[annex.CONTACTS, *((child, day, "6") for child, day in rows)])
    source.name = name
    return source


def test_contacts_in_lists_of_two_half_years_are_two_whatever_their_rows():
    first = contacts(("A", date(2024, 6, 28)), ("Q", date(2024, 6, 30)), name="jun.xlsx")
    second = contacts(("A", date(2024, 7, 2)), ("R", date(2024, 7, 20)), name="dec.xlsx")
    for both in (matched([first, second]), matched([second, first])):
        assert both.events.filter(case_id="A").height == 2
        assert errors(both) == []
        assert found(both, "sources-differ") == []


# what is one, with another date


OTHERS = "Z,contact.receive,2024-01-01; Z,contact.close,2024-12-31"


def moved(day: int, label: str = "") -> str:
    """A contact of that day, closed on the same, among others."""
    rows = (f"K,contact.{event},2024-03-{day:02}T1{n}:00,{label}" for n, event in enumerate(("receive", "close")))
    return "; ".join((*(f"{one.strip()}," for one in OTHERS.split(";")), *rows))


def test_a_finished_contact_that_another_export_dates_a_day_later_is_one_and_that_is_told():
    first, second = (log(moved(day), f"{day}.csv", LABELLED) for day in (4, 5))
    for both, day in ((matched([first, second]), "04"), (matched([second, first]), "05")):
        received = both.events.filter(case_id="K", event="contact.receive")
        assert [written(happened_at(row))[:10] for row in received.iter_rows(named=True)] == [f"2024-03-{day}"]
        assert len(found(both, "sources-differ")) == 2


def test_a_finished_contact_is_another_where_sources_that_use_the_same_labels_label_it_otherwise():
    first = log(f"{moved(4, 'C1')}; K,contact.receive,2024-05-01,C9", "a.csv", LABELLED)
    second = log(f"{moved(5, 'C2')}; K,contact.receive,2024-05-01,C9", "b.csv", LABELLED)
    both = matched([first, second])
    assert [label for event, label, _ in told(both) if event == "contact.close" and label] == ["C1", "C2"]
    assert found(both, "sources-differ") == []
    assert len(found(both, "in-one-only")) == 4


# what cannot both be


LISTED = "<CINreferralDate>2024-02-01</CINreferralDate><ReferralNFA>1</ReferralNFA>{}"
YEAR = "<ReferenceDate>2024-03-31</ReferenceDate>"


@pytest.mark.parametrize("closed", ["", "<CINclosureDate>2024-02-20</CINclosureDate>"])
def test_a_decision_of_no_day_does_not_outdo_a_dated_one_of_the_source_named_first(closed):
    export = log(
        "B,referral.receive,2024-02-01T11:00; B,referral.accept,2024-02-05T12:00; Z,referral.receive,2024-05-05"
    )
    returned = census(("B", LISTED.format(closed)), reference=YEAR)
    both, turned = matched([export, returned]), matched([returned, export])
    assert statuses(both, "referral.decision")["B"] == "late"
    assert statuses(turned, "referral.decision")["B"] == "cannot_tell"
    for one in (both, turned):
        assert len(found(one, "sources-differ")) == 1
        assert "after-close" not in [rule for rule, _ in errors(one)]
    assert "says that referral.accept happened on" in found(both, "sources-differ")[0]
    assert "that the episode ended with referral.take_no_further_action on" in found(both, "sources-differ")[0]


def test_a_contradiction_that_is_dated_after_all_that_is_believed_is_told():
    text = "K,referral.receive,2024-01-02,r; K,single_assessment.start,2024-01-03,a; K,single_assessment.sign_off,2024-03-0{},a"
    first, second = (log(text.format(day), f"{day}.csv", LABELLED) for day in (5, 6))
    for both, status in ((matched([first, second]), "met"), (matched([second, first]), "late")):
        assert written(audited(both).as_at) == "2024-03-06"
        assert statuses(both, "single_assessment.completion") == {"K": status}
        for as_at in (None, "2024-03-05"):
            assert audited(both, as_at).findings.filter(rule="sources-differ").height == 1


def test_two_exports_that_differ_in_both_ends_of_a_clock_have_both_told():
    text = (
        "K,referral.receive,2024-01-{}; K,single_assessment.start,2024-01-30; K,single_assessment.sign_off,2024-0{}-20"
    )
    first, second = log(text.format(29, 3)), log(text.format(26, 4), "b.csv")
    for both in (matched([first, second]), matched([second, first])):
        events = audited(both).findings.filter(rule="sources-differ")["event"].to_list()
        assert sorted(events) == ["referral.receive", "single_assessment.sign_off"]


def test_a_decision_of_no_day_is_not_taken_to_end_an_episode_on_the_day_on_which_another_source_ends_one():
    listed = annex.read(
        Referrals=[
            annex.REFERRALS,
            ("K", date(2023, 2, 19), "6", "Yes", "", ""),
            ("K", date(2023, 3, 1), "6", "No", "", ""),
        ]
    )
    late = log("Z,contact.receive,2023-04-01; K,referral.close,2023-04-23T15:18")
    for both in (matched([late, listed]), matched([listed, late])):
        assert found(both, "sources-differ") == []
        assert both.events.height == 5


# whatever the order


ENQUIRY = "K,section_47.start,2023-04-28T10:00; K,section_47.request_conference,2023-05-09T10:00; K,conference.request,2023-05-09T10:00"
HELD = (
    "<CINreferralDate>2023-04-27</CINreferralDate><ReferralNFA>0</ReferralNFA><Section47><S47ActualStartDate>2023-04-28"
    "</S47ActualStartDate><DateOfInitialCPC>2023-05-18</DateOfInitialCPC></Section47>"
)
PLAN = "<ChildProtectionPlans><CPPstartDate>2023-05-18</CPPstartDate></ChildProtectionPlans>"


def test_a_conference_that_one_source_opens_and_another_ends_is_one_in_whatever_order_they_are_named():
    sources = [
        log(ENQUIRY), census(("K", HELD + PLAN), reference=YEAR),
        log(f"{ENQUIRY}; K,conference.hold_with_plan,2023-05-18T10:00", "c.csv"),
    ]  # fmt: skip
    for some in (*permutations(sources), *permutations(sources[:2])):
        assert statuses(matched(some), "conference.hold") == {"K": "met"}
        assert audited(matched(some)).findings.filter(rule="overlap").is_empty()


def test_a_conference_of_one_day_with_another_outcome_is_one_and_that_is_told():
    export = log(f"{ENQUIRY}; K,conference.hold_with_plan,2023-05-18T10:00")
    for both in (matched([export, census(("K", HELD))]), matched([census(("K", HELD)), export])):
        assert audited(both).deadlines.filter(timer="conference.hold")["status"].to_list() == ["met"]
        assert len(found(both, "sources-differ")) == 1
        assert found(both, "in-one-only") == []


# what a list of some period lacks


def test_what_lies_before_the_first_row_of_a_list_is_not_noted_though_another_list_begins_sooner():
    listed = annex.read(
        Contacts=[annex.CONTACTS, ("Q", date(2023, 9, 5), "6"), ("A", date(2024, 2, 20), "6")],
        Assessments=[annex.ASSESSMENTS, ("Z", date(2023, 6, 1), "Yes", date(2023, 10, 10))],
    )
    export = log(
        "A,contact.receive,2023-07-03T10:00; A,contact.receive,2024-01-20T10:00; A,contact.receive,2024-02-20T10:00"
    )
    noted = [finding for finding in matched([export, listed]).findings if finding.rule == "in-one-only"]
    assert [finding.happened for finding in noted] == [parse("2024-01-20T10:00")]


# one log in two files


EARLIER = "C,referral.receive,2023-11-01T10:00; Z,referral.receive,2023-11-30T10:00"
LATER = (
    "Y,referral.receive,2023-12-01T10:00; C,referral.receive,2023-12-13T09:00;"
    "C,referral.take_no_further_action,2023-12-13T09:30; C,{},2023-12-14T10:00; Y,referral.accept,2024-05-01T10:00"
)


@pytest.mark.parametrize("event", ["referral.accept", "referral.acknowledge"])
@pytest.mark.parametrize("turned", [False, True])
def test_what_a_later_file_tells_without_a_label_belongs_to_what_the_earlier_left_open(event, turned):
    """The referral of November is undecided when the next is received and ended: what comes then is of the one still open."""
    later = LATER.format(event)
    parts = [log(EARLIER), log(later)]
    both, whole = matched(parts[::-1] if turned else parts), log(f"{EARLIER}; {later}")
    keys = ("case_id", "timer", "counted_from", "due", "stopped_at", "status")
    mine, its = (audited(one).deadlines.select(keys).rows() for one in (both, whole))
    assert sorted(mine) == sorted(its)
    assert sorted(errors(both)) == sorted(errors(whole))
