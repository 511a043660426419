"""The census's own rules: each finding is about one dated element, by the code the DfE gave the rule."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from test_cin_census import REAL, census, child, real_file

from frontdoor.formats import cin_census
from frontdoor.formats.census_rules import RULES


def spell(group: str, first: str, last: str, start: str = "", end: str = "", more: str = "") -> str:
    dates = "".join(f"<{tag}>{day}</{tag}>" for tag, day in ((first, start), (last, end)) if day)
    return f"<{group}>{dates}{more}</{group}>"


def assessment(start: str = "", end: str = "") -> str:
    return spell("Assessments", "AssessmentActualStartDate", "AssessmentAuthorisationDate", start, end)


def enquiry(start: str = "", end: str = "", more: str = "") -> str:
    return spell("Section47", "S47ActualStartDate", "DateOfInitialCPC", start, end, more)


def protection(start: str = "", end: str = "", review: str = "") -> str:
    reviews = f"<Reviews><CPPreviewDate>{review}</CPPreviewDate></Reviews>" if review else ""
    return spell("ChildProtectionPlans", "CPPstartDate", "CPPendDate", start, end, reviews)


def need(start: str = "", end: str = "") -> str:
    return spell("CINPlanDates", "CINPlanStartDate", "CINPlanEndDate", start, end)


def referral(start: str = "2022-05-01", end: str = "", nfa: str = "false", reason: str = "") -> str:
    closed = f"<CINclosureDate>{end}</CINclosureDate><ReasonForClosure>{reason}</ReasonForClosure>" if end else ""
    return f"<CINreferralDate>{start}</CINreferralDate>{closed}<ReferralNFA>{nfa}</ReferralNFA>"


TRANSFER = "<DateOfInitialCPC>2022-05-20</DateOfInitialCPC>"
DIED = "<LAchildID>C1</LAchildID><PersonDeathDate>2022-06-01</PersonDeathDate>"

BROKEN = [
    ("1103", referral() + assessment("2022-04-30"), "2022-04-30"),
    ("1104", referral() + enquiry("2022-04-01", "2022-04-30"), "2022-04-30"),
    ("1105", referral() + protection("2022-04-30"), "2022-04-30"),
    ("2889", referral() + enquiry("2022-04-30"), "2022-04-30"),
    ("4015", referral() + need("2022-04-30"), "2022-04-30"),
    ("8608", referral() + assessment("2022-05-03", "2022-05-02"), "2022-05-02"),
    ("8615", referral() + enquiry("2022-05-03", "2022-05-02"), "2022-05-02"),
    ("8615", referral() + enquiry("", "2022-05-02"), "2022-05-02"),
    ("8630", referral(end="2022-04-30"), "2022-04-30"),
    ("8925", referral() + protection("2022-05-03", "2022-05-02"), "2022-05-02"),
    ("8840", referral() + protection("2022-05-03", "2022-05-03"), "2022-05-03"),
    ("8841", referral() + protection("2022-05-03", "", "2022-05-03"), "2022-05-03"),
    ("4011", referral() + need("2022-05-03", "2022-05-02"), "2022-05-02"),
    ("4012Q", referral() + need("2022-05-03", "2022-05-03"), "2022-05-03"),
    ("8565", referral(end="2022-06-01") + assessment("2022-05-03", "2022-06-02"), "2022-06-01"),
    ("2885", referral() + enquiry("2022-05-03", "2022-05-20") + protection("2022-05-21"), "2022-05-21"),
    ("2884", referral() + enquiry("2022-05-03", "2022-05-19") + TRANSFER, "2022-05-20"),
    ("8867", referral(end="2022-06-01") + assessment("2022-05-03"), "2022-05-03"),
    ("8868", referral(end="2022-06-01") + enquiry("2022-05-03"), "2022-05-03"),
    ("8825Q", referral(end="2022-06-01", reason="RC8"), "2022-06-01"),
    ("2991Q", referral() + enquiry("2022-05-03"), "2022-05-03"),
    ("8831", referral(nfa="true") + assessment("2022-05-03"), "2022-05-03"),
    ("8831", referral(nfa="true") + TRANSFER, "2022-05-20"),
    ("8832", referral(nfa="true") + protection("2022-05-03"), "2022-05-03"),
    ("4000", referral(nfa="true") + need("2022-05-03"), "2022-05-03"),
    ("2990", referral(end="2022-06-01", reason="RC9") + need("2022-05-03"), "2022-05-03"),
    ("8863Q", referral() + assessment("2022-05-03", "2022-05-20") + assessment("2022-05-20"), "2022-05-20"),
    ("8896", referral() + assessment("2022-05-03") + assessment("2022-05-20"), "2022-05-20"),
    ("8839", referral() + enquiry("2022-05-03") + enquiry("2022-05-20"), "2022-05-20"),
    ("8890", referral() + enquiry("2022-05-03", "2022-05-20") + enquiry("2022-05-20"), "2022-05-20"),
    ("8935", referral() + protection("2022-05-03") + protection("2022-05-20"), "2022-05-20"),
    ("8940", referral() + protection("2022-05-03", "2022-05-20") + protection("2022-05-20"), "2022-05-20"),
    ("4004", referral() + need("2022-05-03") + need("2022-05-20"), "2022-05-20"),
    ("4014", referral() + need("2022-05-03", "2022-05-20") + need("2022-05-20"), "2022-05-20"),
    ("4001", referral() + need("2022-05-20") + protection("2022-05-03"), "2022-05-20"),
    ("4016", referral() + need("2022-05-19") + protection("2022-05-03", "2022-05-20"), "2022-05-19"),
    ("4017", referral() + protection("2022-05-19") + need("2022-05-03", "2022-05-20"), "2022-05-19"),
    ("4003", referral() + need("2022-06-01", "2022-07-01") + protection("2022-05-03", "", "2022-06-09"), "2022-06-09"),
]


def found(*details: str, identifiers: str = "<LAchildID>C1</LAchildID>") -> list[tuple[str, str]]:
    return [(one.rule, str(one.happened)) for one in census(child(*details, identifiers=identifiers)).findings]


@pytest.mark.parametrize(("code", "details", "day"), BROKEN)
def test_what_breaks_a_rule_is_found_once_at_the_element_that_breaks_it(code, details, day):
    assert [entry for entry in found(details) if entry[0] == code] == [(code, day)]


def test_a_case_in_order_breaks_no_rule():
    ordered = assessment("2022-05-01", "2022-05-20") + assessment("2022-05-21", "2022-06-01")
    ordered += (
        enquiry("2022-05-01", "2022-05-20") + need("2022-07-01", "2022-07-09") + protection("2022-05-20", "2022-07-01")
    )
    assert found(referral(end="2022-07-09", reason="RC1") + ordered) == []


def test_a_hand_over_between_plans_on_one_day_is_allowed():
    codes = {
        code
        for code, _ in found(referral() + need("2022-06-01") + protection("2022-05-03", "2022-06-01", "2022-06-01"))
    }
    assert not codes & {"4001", "4003", "4016", "4017"}


def test_referrals_may_not_overlap_though_one_may_end_on_the_day_the_next_begins():
    closed = referral("2022-05-01", "2022-06-01")
    assert found(closed, referral("2022-06-01")) == []
    assert found(closed, referral("2022-05-31")) == [("8820", "2022-05-31")]


def test_two_open_referrals_are_one_too_many_and_the_earlier_is_not_the_latest():
    both = found(referral("2022-05-01"), referral("2022-06-01"))
    assert both == [("8816", "2022-05-01"), ("8815", "2022-06-01"), ("8820", "2022-06-01")]


def test_a_referral_without_further_action_is_not_open():
    assert found(referral("2022-05-01", nfa="true"), referral("2022-06-01")) == []


def test_an_open_assessment_lasts_until_the_reference_date():
    assert ("8863Q", "2023-03-31") in found(referral() + assessment("2022-05-03") + assessment("2023-03-31"))
    assert "8863Q" not in dict(found(referral() + assessment("2022-05-03") + assessment("2023-04-01")))


def test_what_no_conference_is_required_for_is_done():
    waived = enquiry("2022-05-03", more="<ICPCnotRequired>true</ICPCnotRequired>")
    assert {code for code, _ in found(referral(end="2022-06-01") + waived * 2)} == {"2991Q"}


def test_a_date_that_cannot_be_read_is_not_a_date_that_is_missing():
    assert found(referral(end="2022-06-01") + assessment("2022-05-03", "later")) == []


@pytest.mark.parametrize(
    ("code", "details"),
    [
        ("8555Q", referral("2022-06-02")),
        ("8915", referral() + protection("2022-06-02")),
        ("8920", referral() + protection("2022-05-02", "2022-06-02")),
        ("4008", referral() + need("2022-06-02")),
        ("4009Q", referral() + need("2022-05-02", "2022-06-02")),
    ],
)
def test_nothing_starts_or_ends_after_the_childs_death(code, details):
    assert (code, "2022-06-02") in found(details, identifiers=DIED)
    assert code not in dict(found(details.replace("06-02", "06-01"), identifiers=DIED))


def test_a_referral_comes_at_most_280_days_before_the_birth():
    born = "<LAchildID>C1</LAchildID><PersonBirthDate>2023-02-{}</PersonBirthDate>"
    assert found(referral(), identifiers=born.format("05")) == []
    assert found(referral(), identifiers=born.format("06")) == [("8606", "2022-05-01")]


def test_a_plan_outside_the_censuss_year_needs_no_conference_of_its_day():
    assert "2885" not in dict(found(referral("2021-01-01") + protection("2022-03-31") + TRANSFER))


def test_a_query_is_a_warning_and_any_other_rule_an_error():
    severities = {one.rule: one.severity for one in census(child(referral() + enquiry("2022-04-30"))).findings}
    assert severities == {"2889": "error", "2991Q": "warning"}


def test_a_finding_says_what_it_is_about_and_where_its_rule_comes_from():
    (finding,) = census(child(referral() + protection("2022-03-30"))).findings[:1]
    assert (finding.case_id, finding.episode, finding.position) == ("C1", "cin 1 child protection plan 1", 2)
    assert (finding.event, finding.happened) == ("child_protection_plan.start", date(2022, 3, 30))
    assert finding.message == (
        "The child protection plan starts on 2022-03-30, before the referral of 2022-05-01. "
        "(children in need census, rule 1105)"
    )


def test_every_rule_has_a_code_of_its_own():
    assert max(Counter(rule.code for rule in RULES).values()) == 1


@pytest.mark.parametrize("name", REAL[1:])
def test_the_random_file_breaks_the_rules_as_often_as_it_is_known_to(name):
    codes = Counter(one.rule for one in cin_census.read(real_file(name), name).findings)
    known = {"8608": 337, "1103": 341, "2889": 149, "8925": 127, "8630": 105}
    assert {code: codes[code] for code in known} == known
