"""The census's own rules: each finding is about one dated element, by the code the DfE gave the rule."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from test_cin_census import REAL, SHARED, census, child, real_file

from frontdoor import audit, load
from frontdoor.formats import cin_census
from frontdoor.formats.cin_census.rules import RULES
from frontdoor.formats.source import Finding


def spell(group: str, first: str, last: str, start: str = "", end: str = "", more: str = "") -> str:
    dates = "".join(f"<{tag}>{day}</{tag}>" for tag, day in ((first, start), (last, end)) if day)
    return f"<{group}>{dates}{more}</{group}>"


def assessment(start: str = "", end: str = "", factors: str | None = None) -> str:
    codes = factors if factors is not None else "2A" if end else ""
    found = "".join(f"<AssessmentFactors>{code}</AssessmentFactors>" for code in codes.split())
    more = f"<FactorsIdentifiedAtAssessment>{found}</FactorsIdentifiedAtAssessment>"
    return spell("Assessments", "AssessmentActualStartDate", "AssessmentAuthorisationDate", start, end, more)


def enquiry(start: str = "", end: str = "", more: str = "") -> str:
    return spell("Section47", "S47ActualStartDate", "DateOfInitialCPC", start, end, more)


def protection(start: str = "", end: str = "", review: str | None = None) -> str:
    reviews = f"<Reviews><CPPreviewDate>{review}</CPPreviewDate></Reviews>" if review is not None else ""
    return spell("ChildProtectionPlans", "CPPstartDate", "CPPendDate", start, end, reviews)


def need(start: str = "", end: str = "") -> str:
    return spell("CINPlanDates", "CINPlanStartDate", "CINPlanEndDate", start, end)


def referral(
    start: str = "2022-05-01", end: str = "", nfa: str = "false", reason: str = "RC7", need: str = "N1"
) -> str:
    closed = f"<CINclosureDate>{end}</CINclosureDate><ReasonForClosure>{reason}</ReasonForClosure>" if end else ""
    said = f"<PrimaryNeedCode>{need}</PrimaryNeedCode>{closed}<ReferralNFA>{nfa}</ReferralNFA>"
    return f"<CINreferralDate>{start}</CINreferralDate>{said}"


def target(day: str) -> str:
    return enquiry("2022-05-03", more=f"<InitialCPCtarget>{day}</InitialCPCtarget>")


WAIVED = "<ICPCnotRequired>true</ICPCnotRequired>"
BARE = "<CINreferralDate>2022-05-01</CINreferralDate>"
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
    ("8805", referral(end="2022-06-01", reason=""), "2022-06-01"),
    ("8810", referral() + "<ReasonForClosure>RC1</ReasonForClosure>", "2022-05-01"),
    ("8610", referral(need=""), "2022-05-01"),
    ("8568", BARE, "2022-05-01"),
    ("8568", referral(nfa="perhaps"), "2022-05-01"),
    ("8600", "<ReferralNFA>false</ReferralNFA>" + assessment("2022-05-03"), "2022-05-03"),
    ("8600", referral("2023-04-01"), "2023-04-01"),
    ("8614", referral() + assessment("2022-05-03", factors="2A"), "2022-05-03"),
    ("8897Q", referral() + assessment("2022-03-03", "2022-04-01", factors=""), "2022-04-01"),
    ("8873Q", referral(end="2022-06-01") + assessment("2022-05-03", "2022-05-20", "21"), "2022-05-20"),
    ("8873Q", referral() + assessment("2022-05-03", "2022-05-20", "21"), "2022-05-20"),
    ("8869", referral() + assessment("2022-05-03", "2022-05-20", "21 2A"), "2022-05-20"),
    ("8898", referral() + assessment("2022-05-03", "2022-05-20", "2A 3B 2A"), "2022-05-20"),
    ("8842Q", referral() + protection("2022-05-03", review=""), "2022-05-03"),
    ("8842Q", referral() + protection("2022-05-03").replace("</Ch", "<Reviews/></Ch"), "2022-05-03"),
    ("8585Q", referral(end="2022-06-01", reason="RC2"), "2022-06-01"),
    ("8569Q", referral("2022-03-30", nfa="true"), "2022-03-30"),
    ("8670Q", referral() + assessment("2023-01-26"), "2023-01-26"),
    ("8675Q", referral() + enquiry("2023-03-09"), "2023-03-09"),
    ("8870Q", referral() + target("2022-05-21"), "2022-05-21"),
    ("8875", referral() + enquiry("2022-05-03", "2022-05-22"), "2022-05-22"),
    ("8875", referral() + TRANSFER.replace("20<", "21<"), "2022-05-21"),
    ("4003", referral() + need("2022-06-01", "2022-07-01") + protection("2022-05-03", "", "2022-06-09"), "2022-06-09"),
    ("4003", referral() + need("2022-06-01") + protection("2022-05-03", "2022-07-01", "2022-06-09"), "2022-06-09"),
]


KEPT = [
    ("1103", referral() + assessment("2022-05-01")),
    ("1104", referral() + enquiry("2022-05-01", "2022-05-01")),
    ("1105", referral() + protection("2022-05-01")),
    ("2889", referral() + enquiry("2022-05-01")),
    ("4015", referral() + need("2022-05-01")),
    ("8608", referral() + assessment("2022-05-03", "2022-05-03")),
    ("8615", referral() + enquiry("2022-05-03", "2022-05-03")),
    ("8630", referral(end="2022-05-01")),
    ("8925", referral() + protection("2022-05-03", "2022-05-03")),
    ("8840", referral() + protection("2022-05-03", "2022-05-04")),
    ("8841", referral() + protection("2022-05-03", "", "2022-05-04")),
    ("4011", referral() + need("2022-05-03", "2022-05-03")),
    ("4012Q", referral() + need("2022-05-03", "2022-05-04")),
    ("8565", referral(end="2022-06-01") + assessment("2022-05-03", "2022-06-01") + protection("2022-06-02")),
    ("2885", referral() + enquiry("2022-05-03", "2022-05-20") + protection("2022-05-20")),
    ("2885", referral() + TRANSFER + protection("2022-05-20")),
    ("2885", referral() + TRANSFER + enquiry("2022-05-03", more=WAIVED) + protection("2022-05-20")),
    ("2884", referral() + enquiry("2022-05-03") + TRANSFER),
    ("8867", referral(end="2022-06-01") + assessment("2022-05-03", "2022-05-20")),
    ("8868", referral(end="2022-06-01") + enquiry("2022-05-03", "2022-05-20")),
    ("8825Q", referral(end="2022-06-01", reason="RC8") + assessment("2022-05-03", "2022-05-20")),
    ("2991Q", referral() + enquiry("2022-05-03") + assessment("2022-05-03")),
    ("8831", referral() + assessment("2022-05-03") + TRANSFER),
    ("8832", referral() + protection("2022-05-03")),
    ("4000", referral() + need("2022-05-03")),
    ("2990", referral(end="2022-06-01", reason="RC7") + need("2022-05-03")),
    ("2990", referral(end="2022-06-01", reason="RC8") + assessment("2022-05-03", "2022-05-20")),
    ("8863Q", referral() + assessment("2022-05-03", "2022-05-20") + assessment("2022-05-21")),
    ("8896", referral() + assessment("2022-05-03", "2022-05-19") + assessment("2022-05-20")),
    ("8839", referral() + enquiry("2022-05-03", "2022-05-19") + enquiry("2022-05-20")),
    ("8890", referral() + enquiry("2022-05-03", "2022-05-20") + enquiry("2022-05-21")),
    ("8935", referral() + protection("2022-05-03", "2022-05-19") + protection("2022-05-20")),
    ("8940", referral() + protection("2022-05-03", "2022-05-20") + protection("2022-05-21")),
    ("4004", referral() + need("2022-05-03", "2022-05-19") + need("2022-05-20")),
    ("4014", referral() + need("2022-05-03", "2022-05-20") + need("2022-05-21")),
    ("4001", referral() + need("2022-05-20") + protection("2022-05-03", "2022-05-20")),
    ("4016", referral() + need("2022-05-20") + protection("2022-05-03", "2022-05-20")),
    ("4017", referral() + protection("2022-05-20") + need("2022-05-03", "2022-05-20")),
    ("4003", referral() + need("2022-06-01", "2022-07-01") + protection("2022-05-03", "", "2022-07-01")),
    ("4003", referral() + need("2022-06-10") + protection("2022-05-03", "2022-06-10", "2022-06-09")),
    ("4003", referral() + need("2022-06-09") + protection("2022-05-03", "2022-06-09", "2022-06-09")),
    ("8805", referral(end="2022-06-01")),
    ("8810", referral(end="2022-06-01")),
    ("8610", referral(nfa="true", need="")),
    ("8568", referral(nfa="0")),
    ("8600", referral("2023-03-31")),
    ("8614", referral() + assessment("2022-05-03", "2022-05-20", "2A")),
    ("8897Q", referral() + assessment("2022-03-03", "2022-03-31", factors="")),
    ("8873Q", referral(end="2022-06-01", reason="RC9") + assessment("2022-05-03", "2022-05-20", "21")),
    ("8873Q", referral() + assessment("2022-05-03", "2022-05-20", "21") + assessment("2022-05-21", "2022-05-23")),
    ("8869", referral() + assessment("2022-05-03", "2022-05-20", "21")),
    ("8898", referral() + assessment("2022-05-03", "2022-05-20", "2A 3B")),
    ("8842Q", referral() + protection("2022-05-03", "", "2022-05-04") + protection("2022-05-03")),
    ("8585Q", referral(end="2022-06-01", reason="RC1")),
    ("8569Q", referral("2022-03-31", nfa="true")),
    ("8569Q", referral("2022-03-30")),
    ("8670Q", referral() + assessment("2023-01-27")),
    ("8675Q", referral() + enquiry("2023-03-10")),
    ("8870Q", referral() + target("2022-05-20")),
    ("8875", referral() + enquiry("2022-05-03", "2022-05-20")),
]


def found(*details: str, identifiers: str = "<LAchildID>C1</LAchildID>") -> list[tuple[str, str]]:
    return [(one.rule, str(one.happened)) for one in census(child(*details, identifiers=identifiers)).findings]


@pytest.mark.parametrize(("code", "details", "day"), BROKEN)
def test_what_breaks_a_rule_is_found_once_at_the_element_that_breaks_it(code, details, day):
    assert [entry for entry in found(details) if entry[0] == code] == [(code, day)]


@pytest.mark.parametrize(("code", "details"), KEPT)
def test_what_just_keeps_a_rule_is_not_found(code, details):
    assert code not in dict(found(details))


def test_every_rule_is_broken_and_kept_by_a_test():
    of_children = {"2883", "8606", "8555Q", "8915", "8920", "4008", "4009Q", "8535Q", "8815", "8816", "8820"}
    codes = {rule.code for rule in RULES} - of_children
    assert ({code for code, *_ in BROKEN}, {code for code, *_ in KEPT}) == (codes, codes)


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


@pytest.mark.parametrize(("born", "broken"), [("2022-06-01", []), ("2022-06-02", [("8535Q", "2022-06-01")])])
def test_a_child_does_not_die_before_its_birth(born, broken):
    assert found(referral(), identifiers=f"{DIED}<PersonBirthDate>{born}</PersonBirthDate>") == broken


def test_a_child_that_died_has_a_day_of_death():
    assert found(referral(end="2022-06-01", reason="RC2"), identifiers=DIED) == []


def test_a_birth_that_is_not_given_is_before_no_death():
    assert found(referral(), identifiers=DIED) == []


def whole(*details: str) -> list[Finding]:
    return [one for one in census(*(child(one, identifiers=f"<UPN>{n}</UPN>") for n, one in enumerate(details))).findings
            if one.rule == "2883"]  # fmt: skip


def test_over_all_children_no_more_plans_start_than_conferences_are_held():
    planned = referral() + protection("2022-05-20")
    held = referral() + enquiry("2022-05-03", "2022-05-20")
    assert whole(planned, held) == [] == whole(planned, referral() + TRANSFER)
    (finding,) = whole(planned, planned, held)
    assert (finding.case_id, finding.episode, finding.position, finding.happened) == ("", "", 0, date(2023, 3, 31))
    assert "2 child protection plans start, and 1 conferences are held" in finding.message


def test_plans_and_conferences_of_other_years_are_not_counted():
    assert whole(referral() + protection("2022-03-31"), referral() + protection("2023-04-01")) == []
    assert len(whole(referral() + protection("2022-04-01"), referral() + enquiry("2022-03-03", "2022-03-31"))) == 1


def test_working_days_are_counted_from_day_0_by_the_bank_holidays_of_the_year():
    """Good Friday 2024 is 29 March, two days before the reference date, a Sunday: the 45th working day before is 26 January."""
    late, kept = (referral("2024-01-01") + assessment(day) for day in ("2024-01-25", "2024-01-26"))
    ends = "<ReferenceDate>2024-03-31</ReferenceDate>"
    assert "8670Q" in {one.rule for one in census(child(late), reference=ends).findings}
    assert "8670Q" not in {one.rule for one in census(child(kept), reference=ends).findings}


def test_what_was_open_long_before_the_calendar_begins_is_open_too_long():
    assert ("8670Q", "1990-05-03") in found(referral("1990-05-01") + assessment("1990-05-03"))


def test_working_days_are_not_counted_where_holidays_are_not_known_and_the_file_says_so():
    source = census(child(referral() + assessment("2022-05-03")), reference="<ReferenceDate>2099-03-31</ReferenceDate>")
    assert not {one.rule for one in source.findings} & {"8670Q", "8675Q", "8569Q"}
    assert any("Bank holidays are not known for 2099" in note for note in source.notes)


def test_without_a_reference_date_no_rule_about_the_year_is_judged_and_the_file_says_so():
    source = census(child(referral() + assessment("2022-05-03") + protection("2022-05-03")), reference="")
    assert not {one.rule for one in source.findings} & {"2883", "2885", "8569Q", "8670Q", "8675Q", "8897Q"}
    assert any("rules about its year (2883, 2885, 8569Q, 8670Q, 8675Q, 8897Q)" in note for note in source.notes)


def test_an_open_group_without_a_start_is_open_too():
    assert ("8896", "2022-05-20") in found(referral() + assessment() + assessment("2022-05-20"))


def test_of_two_that_start_on_one_day_the_shorter_is_within_the_longer():
    backwards, long = assessment("2022-05-20", "2022-05-19"), assessment("2022-05-20", "2022-06-01")
    assert dict(found(referral() + backwards + long))["8863Q"] == "2022-05-20"


def test_what_stands_under_a_referral_without_any_date_in_it_is_told_about_the_referral():
    assert ("2991Q", "2022-05-01") in found(referral() + "<Section47><ICPCnotRequired>1</ICPCnotRequired></Section47>")


@pytest.mark.parametrize("name", sorted(path.name for path in SHARED.glob("*.xml")))
def test_every_finding_is_of_a_known_rule_and_reaches_the_audit(name):
    source = cin_census.read(real_file(name), name)
    assert {one.rule for one in source.findings} <= {rule.code for rule in RULES} | {"linked-otherwise"}
    told = audit(source, load(), as_at=date(2199, 1, 1)).findings
    assert Counter(told["rule"]) >= Counter(one.rule for one in source.findings)


def test_a_plan_outside_the_censuss_year_needs_no_conference_of_its_day():
    assert "2885" not in dict(found(referral("2021-01-01") + protection("2022-03-31") + TRANSFER))


def test_a_query_is_a_warning_and_any_other_rule_an_error():
    severities = {
        one.rule: one.severity for one in census(child(referral() + enquiry("2022-04-30", "2022-05-03"))).findings
    }
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
