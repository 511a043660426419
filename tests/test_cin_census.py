"""Reading the children in need census: what becomes an event, and what happens to whatever is odd."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from frontdoor import audit, load
from frontdoor.errors import InputError
from frontdoor.formats import cin_census, flat_csv
from frontdoor.formats.cin_census.reading import MOST_CHILDREN
from frontdoor.formats.matching import matched
from frontdoor.formats.source import Source, happened_at
from frontdoor.moment import Span

SHARED = Path(__file__).parents[2] / "shared/data/cin"
REAL = ("fake_CIN_data.xml", "cin_xml_from_csv_500_seed42.xml", "cin_xml_from_csv_500_seed42_wrapped.xml")


def real_file(name: str) -> bytes:
    if not (SHARED / name).is_file():
        pytest.skip(f"the shared folder with {name} is not beside this checkout")
    return (SHARED / name).read_bytes()


def child(*details: str, identifiers: str = "<LAchildID>C1</LAchildID>") -> str:
    cin = "\n".join(f"<CINdetails>{one}</CINdetails>" for one in details)
    return f"<Child><ChildIdentifiers>{identifiers}</ChildIdentifiers>\n{cin}</Child>\n"


def census(*children: str, reference: str = "<ReferenceDate>2023-03-31</ReferenceDate>") -> Source:
    text = f"<Message><Header>{reference}</Header>\n<Children>\n{''.join(children)}</Children></Message>"
    return cin_census.read(text.encode(), "census.xml")


def events(source: Source) -> list[tuple[str, str, str]]:
    rows = source.events.iter_rows(named=True)
    return [(row["event"], row["episode"], str(happened_at(row))) for row in rows]


def said(source: Source, column: str) -> list[str]:
    return source.events[column if column in source.events.columns else f"detail.{column}"].to_list()


def refusal(content: bytes) -> str:
    with pytest.raises(InputError) as refused:
        cin_census.read(content, "census.xml")
    return str(refused.value)


REFERRED = "<CINreferralDate>2022-05-01</CINreferralDate>"


# what becomes an event


def test_a_referral_is_received_with_its_source_and_need():
    source = census(child(REFERRED + "<ReferralSource>6</ReferralSource><PrimaryNeedCode>N1</PrimaryNeedCode>"))
    assert events(source) == [("referral.receive", "cin 1", "2022-05-01")]
    assert (said(source, "source"), said(source, "need"), said(source, "case_id")) == (["6"], ["N1"], ["C1"])


def test_each_assessment_is_an_episode_of_its_own_from_start_to_authorisation():
    one = (
        "<Assessments><AssessmentActualStartDate>2022-05-02</AssessmentActualStartDate>"
        "<AssessmentInternalReviewDate>2022-05-10</AssessmentInternalReviewDate>"
        "<AssessmentAuthorisationDate>2022-06-01</AssessmentAuthorisationDate></Assessments>"
    )
    two = "<Assessments><AssessmentActualStartDate>2022-08-02</AssessmentActualStartDate></Assessments>"
    assert events(census(child(REFERRED + one + two)))[1:] == [
        ("single_assessment.start", "cin 1 assessment 1", "2022-05-02"),
        ("single_assessment.review", "cin 1 assessment 1", "2022-05-10"),
        ("single_assessment.sign_off", "cin 1 assessment 1", "2022-06-01"),
        ("single_assessment.start", "cin 1 assessment 2", "2022-08-02"),
    ]


ENQUIRY = "<Section47><S47ActualStartDate>2022-05-03</S47ActualStartDate>{}</Section47>"
CONFERENCE = ENQUIRY.format("<DateOfInitialCPC>2022-05-20</DateOfInitialCPC>")
PLAN = "<ChildProtectionPlans><CPPstartDate>2022-05-{}</CPPstartDate></ChildProtectionPlans>"


def test_a_conference_before_no_plan_was_held_without_one():
    assert events(census(child(CONFERENCE)))[1] == ("conference.hold_without_plan", "cin 1 conference 1", "2022-05-20")


@pytest.mark.parametrize(("day", "event"), [(20, "with"), (25, "with"), (19, "without")])
def test_a_conference_made_the_plan_that_starts_on_its_day_or_later(day, event):
    assert events(census(child(CONFERENCE + PLAN.format(day))))[1][0] == f"conference.hold_{event}_plan"


def test_a_plan_belongs_to_the_last_conference_before_it():
    later = CONFERENCE.replace("05-20", "05-25")
    held = [event for event, *_ in events(census(child(CONFERENCE + later + PLAN.format(25)))) if "hold" in event]
    assert held == ["conference.hold_without_plan", "conference.hold_with_plan"]


def test_a_conference_of_the_referral_itself_is_for_a_transfer_in():
    source = census(child("<DateofInitialICPC>2022-05-20</DateofInitialICPC>" + PLAN.format(20)))
    assert events(source) == [("transfer_in_conference.hold_with_plan", "cin 1 transfer-in conference", "2022-05-20")]


@pytest.mark.parametrize("flag", ["<ICPCnotRequired>1</ICPCnotRequired>", "<ICPCRequired>False</ICPCRequired>"])
def test_no_conference_was_decided_some_day_between_the_enquiry_and_the_closure(flag):
    closed = "<CINClosureDate>2022-06-01</CINClosureDate>"
    source = census(child(ENQUIRY.format(flag) + closed))
    assert events(source)[1] == ("section_47.decide_no_conference", "cin 1 section 47 1", "2022-05-03/2022-06-01")


@pytest.mark.parametrize(
    ("closed", "day"),
    [("", "2022-05-03/2023-03-31"), ("<CINclosureDate>2022-05-01</CINclosureDate>", "2022-05-03/2023-03-31")],
)
def test_without_a_later_closure_it_was_decided_by_the_reference_date(closed, day):
    source = census(child(ENQUIRY.format("<ICPCnotRequired>true</ICPCnotRequired>") + closed))
    assert ("section_47.decide_no_conference", "cin 1 section 47 1", day) in events(source)


def test_no_last_day_is_known_of_a_decision_after_the_reference_date():
    source = census(
        child(ENQUIRY.format("<ICPCnotRequired>yes</ICPCnotRequired>")),
        reference="<ReferenceDate>2021-03-31</ReferenceDate>",
    )
    assert events(source)[1][2] == "2022-05-03/2199-12-31"
    assert audit(source, load(), as_at="2022-12-31").timers["section_47.outcome"] == {"cannot_tell": 1}


def test_a_conference_that_was_held_was_not_decided_against():
    both = "<DateOfInitialCPC>2022-05-20</DateOfInitialCPC><ICPCnotRequired>true</ICPCnotRequired>"
    assert "section_47.decide_no_conference" not in said(census(child(ENQUIRY.format(both))), "event")


def test_a_closure_closes_the_referral_for_its_reason():
    source = census(
        child(REFERRED + "<CINclosureDate>2022-06-01</CINclosureDate><ReasonForClosure>RC8</ReasonForClosure>")
    )
    assert events(source)[1] == ("referral.close", "cin 1", "2022-06-01")
    assert said(source, "reason") == ["", "RC8"]


@pytest.mark.parametrize("nfa", ["true", "True", "1", "yes"])
def test_the_closure_of_a_referral_without_further_action_is_no_closure(nfa):
    source = census(child(f"{REFERRED}<CINclosureDate>2022-05-02</CINclosureDate><ReferralNFA>{nfa}</ReferralNFA>"))
    decided = "2022-05-01/2022-05-02"  # the census has no day for the decision: the closure is the last it can be
    assert events(source)[1:] == [("referral.take_no_further_action", "cin 1", decided)]


def test_a_closure_before_the_referral_says_nothing_of_when_it_was_decided():
    source = census(child(f"{REFERRED}<CINclosureDate>2022-04-02</CINclosureDate><ReferralNFA>1</ReferralNFA>"))
    assert events(source)[1] == ("referral.take_no_further_action", "cin 1", "2022-05-01/2023-03-31")


@pytest.mark.parametrize(("closed", "status"), [("2022-05-03", "met"), ("2022-05-04", "cannot_tell")])
def test_a_decision_is_in_time_only_if_the_last_day_it_can_have_been_is(closed, status):
    """The referral is of Sunday 1 May 2022, the next day a bank holiday: the decision is due on Tuesday the 3rd."""
    found = audit(
        census(child(f"{REFERRED}<CINclosureDate>{closed}</CINclosureDate><ReferralNFA>1</ReferralNFA>")), load()
    )
    assert found.timers["referral.decision"] == {status: 1}
    assert "cannot-tell" not in found.rules


def test_no_further_action_without_a_closure_was_some_day_up_to_the_reference_date():
    source = census(child(REFERRED + "<ReferralNFA>1</ReferralNFA>"))
    assert events(source)[1] == ("referral.take_no_further_action", "cin 1", "2022-05-01/2023-03-31")
    assert happened_at(source.events.row(1, named=True)) == Span(date(2022, 5, 1), date(2023, 3, 31))


WAIVED = ENQUIRY.format("<ICPCnotRequired>true</ICPCnotRequired>")


@pytest.mark.parametrize("last", ["2022-05-03", "2022-05-20"])
def test_without_a_reference_date_the_last_day_in_the_file_dates_no_decision(last):
    """It does not say when the file was made: nobody can say that any of these was in time."""
    later = ENQUIRY.format(f"<DateOfInitialCPC>{last}</DateOfInitialCPC>")
    source = census(child(REFERRED + "<ReferralNFA>1</ReferralNFA>"), child(WAIVED), child(later), reference="")
    assert source.reference is None
    assert [events(source)[n][2] for n in (1, 3)] == ["2022-05-01/2199-12-31", "2022-05-03/2199-12-31"]
    assert any("no reference date" in note for note in source.notes)
    found = audit(source, load())
    assert found.as_at == date.fromisoformat(last)
    assert found.timers["referral.decision"] == {"cannot_tell": 1}
    assert found.timers["section_47.outcome"] == {"cannot_tell": 2}


def test_matched_with_another_file_a_census_without_a_reference_date_speaks_up_to_its_last_day():
    source = census(child(REFERRED + "<ReferralNFA>1</ReferralNFA>"), child(CONFERENCE), reference="")
    other = b"case_id,event,happened_at\nC9,referral.receive,2022-05-02T10:00\n"
    found = audit(matched([flat_csv.read(other, "log.csv"), source]), load())
    assert found.as_at == date(2022, 5, 20)
    assert found.timers["referral.decision"] == {"cannot_tell": 1, "running": 1}


def linked_otherwise(source: Source) -> list[str]:
    return audit(source, load()).findings.filter(rule="linked-otherwise")["message"].to_list()


SECOND = "<Section47><S47ActualStartDate>2022-05-{}</S47ActualStartDate></Section47>"


@pytest.mark.parametrize(("day", "many"), [("10", 1), ("03", 0), ("21", 0)])
def test_a_conference_that_is_counted_from_another_enquiry_than_its_own_is_told(day, many):
    """Of the first enquiry of 3 May by its place in the file, and of the latest on or before its day by the clock."""
    source = census(child(REFERRED + CONFERENCE + SECOND.format(day)))
    messages = linked_otherwise(source)
    assert len(messages) == many
    assert all("of the section 47 enquiry cin 1 section 47 1 (2022-05-03)" in one for one in messages)
    assert all(f"cin 1 section 47 2 (2022-05-{day})" in one for one in messages)
    (claim,) = [one for one in source.findings if one.rule == "linked-otherwise"] or [None]
    assert claim is None or source.events.row(claim.position - 1, named=True)["event"].startswith("conference.hold")


def test_an_assessment_that_is_counted_from_another_referral_than_its_own_is_told():
    late = "<Assessments><AssessmentActualStartDate>2022-07-04</AssessmentActualStartDate></Assessments>"
    again = "<CINreferralDate>2022-07-01</CINreferralDate>"
    (message,) = linked_otherwise(census(child(REFERRED + late, again)))
    assert "this assessment is of the referral cin 1 (2022-05-01)" in message


def test_the_reference_date_is_a_date():
    assert census(child(REFERRED)).reference == date(2023, 3, 31)


def test_positions_run_over_all_dated_elements_in_the_order_that_settles_a_day():
    written = "<CINclosureDate>2022-06-01</CINclosureDate>" + PLAN.format(20) + CONFERENCE + REFERRED
    source = census(child(written), child(REFERRED, identifiers="<LAchildID>C2</LAchildID>"))
    assert list(zip(said(source, "position"), said(source, "event"), strict=True)) == [
        (1, "referral.receive"), (2, "section_47.start"), (3, "conference.hold_with_plan"), (5, "referral.close"),
        (6, "referral.receive"),
    ]  # fmt: skip


def test_a_child_that_occurs_twice_goes_on_being_numbered():
    assert said(census(child(REFERRED), child(REFERRED)), "episode") == ["cin 1", "cin 2"]


def test_the_target_date_is_claimed_for_the_conference_else_for_the_enquiry():
    target = "<InitialCPCtarget>2022-05-24</InitialCPCtarget>"
    source = census(child(CONFERENCE.replace("</Section47>", target + "</Section47>") + ENQUIRY.format(target)))
    assert [(claim.position, claim.timer, claim.due) for claim in source.claims] == [
        (2, "conference.hold", date(2022, 5, 24)), (3, "conference.hold", date(2022, 5, 24)),
    ]  # fmt: skip


def test_plans_are_no_events_and_the_file_says_so():
    need = "<CINPlanDates><CINPlanStartDate>2022-06-01</CINPlanStartDate></CINPlanDates>"
    source = census(child(REFERRED + PLAN.format(20) + need))
    assert said(source, "event") == ["referral.receive"]
    assert "1 child protection plan, 0 reviews of such a plan and 1 child in need plan are read" in source.notes[0]


def test_the_census_carries_no_roles_and_two_details():
    carries = census(child(REFERRED)).carries
    assert (carries.roles, carries.details) == (False, {"source", "reason"})
    assert carries.holds("referral.close") and not carries.holds("referral.accept")


# what is odd


@pytest.mark.parametrize("text", ["2022-13-01", "soon", "9999-12-31"])
def test_a_bad_date_is_rejected_by_its_line_and_the_rest_of_the_child_is_kept(text):
    source = census(child(f"\n<CINreferralDate>{text}</CINreferralDate>" + CONFERENCE))
    (rejected,) = source.rejected
    assert (rejected.row, rejected.column, rejected.text) == (5, "CINreferralDate", text)
    assert said(source, "position") == [2, 3]


@pytest.mark.parametrize(
    "text", ["2022-05-01Z", "2022-05-01+01:00", "01/05/2022", " 2022-05-01 ", "2022-05-01T00:00:00"]
)
def test_a_date_may_be_written_in_other_ways(text):
    assert events(census(child(f"<CINreferralDate>{text}</CINreferralDate>")))[0][2] == "2022-05-01"


def test_an_empty_date_says_nothing():
    source = census(child(REFERRED + "<CINclosureDate/>"))
    assert (len(events(source)), source.rejected) == (1, [])


def test_a_second_date_where_one_belongs_is_rejected():
    (rejected,) = census(child(REFERRED * 2)).rejected
    assert (rejected.column, rejected.text) == ("CINreferralDate", "2022-05-01")


def test_a_child_without_an_id_has_its_dates_rejected_together():
    source = census(child(REFERRED + CONFERENCE, identifiers=""), child(REFERRED))
    (rejected,) = source.rejected
    assert (rejected.row, rejected.column) == (3, "LAchildID")
    assert "3 dates" in rejected.reason
    assert said(source, "position") == [4]


def test_a_child_without_an_id_goes_by_its_upn():
    source = census(child(REFERRED, identifiers="<LAchildID/><UPN>A1</UPN>"))
    assert said(source, "case_id") == ["A1"]
    assert "UPN" in source.notes[0]


def test_a_flag_that_is_neither_true_nor_false_is_rejected():
    source = census(child(REFERRED + "<ReferralNFA>perhaps</ReferralNFA>"))
    assert [(one.column, one.text) for one in source.rejected] == [("ReferralNFA", "perhaps")]


def test_stray_text_and_unknown_elements_are_noted():
    source = census(child("stray" + REFERRED + "<Widget>1</Widget>"))
    assert len(events(source)) == 1
    assert "'stray' in CINdetails, line 4" in source.notes[0]
    assert "1 Widget" in source.notes[1]


def test_names_match_whatever_their_case_and_namespace():
    text = '<c:message xmlns:c="urn:x"><c:CHILD><c:lachildid>C1</c:lachildid><c:cinDETAILS>' \
        "<c:CINReferralDate>2022-05-01</c:CINReferralDate></c:cinDETAILS></c:CHILD></c:message>"  # fmt: skip
    assert events(cin_census.read(text.encode(), "x")) == [("referral.receive", "cin 1", "2022-05-01")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_encoding_is_the_one_the_file_names(encoding):
    name = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{name}"?><M>{child(REFERRED, identifiers="<LAchildID>Zoë</LAchildID>")}</M>'
    assert said(cin_census.read(text.encode(encoding), "x"), "case_id") == ["Zoë"]


def test_blank_lines_before_the_xml_declaration_do_no_harm_and_are_counted():
    text = f'\n\n<?xml version="1.0"?><M>{child("<CINreferralDate>soon</CINreferralDate>")}</M>'
    assert cin_census.read(text.encode(), "x").rejected[0].row == 4


def test_a_file_that_breaks_off_is_read_up_to_there():
    text = f"<M>{child(REFERRED)}<Child><LAchildID>C2</LAchildID><CINdetails>{REFERRED}</Child></M>"
    source = cin_census.read(text.encode(), "x")
    assert said(source, "case_id") == ["C1"]
    (rejected,) = source.rejected
    assert (rejected.row, rejected.column) == (3, "CINdetails")
    assert "not well-formed" in rejected.reason


# what is refused


def test_what_breaks_off_before_the_first_child_is_refused():
    assert "line 1: is not well-formed XML" in refusal(b"<Message><Children>")


def test_more_children_than_any_authority_has_are_refused_where_the_first_too_many_stands():
    one = f"<Child><LAchildID>C</LAchildID><CINdetails>{REFERRED}</CINdetails></Child>"
    many = "<Child><LAchildID>D</LAchildID></Child>\n" * MOST_CHILDREN
    message = refusal(f"<M>{one}\n{many}</M>".encode())
    assert f"line {MOST_CHILDREN + 1}: holds more than {MOST_CHILDREN:,} children" in message
    assert "Export one authority, and one year, at a time." in message


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ("<Child/>", "line 1, column LAchildID: has no LAchildID and no UPN"),
        ("<Child><LAchildID>C</LAchildID></Child>", "line 1, column Child: 'C' holds no CINdetails"),
        (child("<CINreferralDate>soon</CINreferralDate>"), "line 2, column CINreferralDate: 'soon' is not a date"),
    ],
)
def test_a_census_in_which_no_date_can_be_read_is_given_up_with_the_first_of_each_fault(spoilt, why):
    message = refusal(f"<M>{spoilt * 20_000}</M>".encode())
    assert "has no date that can be read in its first" in message and "the others were not looked at" in message
    assert why in message and "So it is in " in message


def test_one_date_that_can_be_read_and_all_that_is_wrong_in_a_census_is_listed():
    spoilt = "<Child><LAchildID>D</LAchildID></Child>" * 11_000
    source = cin_census.read(f"<M>{child(REFERRED)}{spoilt}</M>".encode(), "x")
    assert (source.events.height, len(source.rejected)) == (1, 11_000)


def test_another_document_is_refused_by_its_root():
    assert "its root is html" in refusal(b"<html><body/></html>")


def test_a_doctype_is_refused_with_what_to_do():
    message = refusal(b'<!DOCTYPE M [<!ENTITY a "b">]><M><Child/></M>')
    assert "line 1: has a DOCTYPE" in message and "Take it out" in message


@pytest.mark.parametrize("encoding", ["klingon", "utf-16", "shift_jis"])
def test_an_encoding_that_cannot_be_read_is_refused(encoding):
    assert "Save it as UTF-8" in refusal(f'<?xml version="1.0" encoding="{encoding}"?><M><Child/></M>'.encode())


@pytest.mark.parametrize(
    "content",
    [
        b"<a>" * 50_000 + b"</a>" * 50_000,
        b"<M>" + b"<a/>" * 200_000 + b"</M>",
        b"<M><Child>" + b"<CINdetails/>" * 200_000 + b"</Child></M>",
    ],
    ids=["deep", "wide", "in one child"],
)
def test_more_than_any_census_holds_is_refused_before_it_is_read(content):
    assert "as no census does" in refusal(content)


def test_many_children_are_no_more_than_a_census_holds():
    one = (
        "<Child><LAchildID>C{}</LAchildID>"
        + "<Disability/>" * 200
        + "<CINdetails>"
        + REFERRED
        + "</CINdetails></Child>"
    )
    text = "<M>" + "".join(one.format(n) for n in range(600)) + "</M>"
    assert cin_census.read(text.encode(), "x").events["case_id"].n_unique() == 600


@pytest.mark.parametrize(
    "entity", [b"<!ENTITY a SYSTEM 'file:///etc/passwd'>", b"<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>"]
)
def test_entities_are_refused_unread(entity):
    assert "has a DOCTYPE" in refusal(b"<!DOCTYPE M [" + entity + b"]><M><Child><LAchildID>&b;</LAchildID></Child></M>")


@pytest.mark.parametrize(
    "text",
    ["\0", "&#0;", "&#xD800;", "\x08"],
    ids=["NUL", "a reference to NUL", "half a character", "a control character"],
)
def test_what_xml_cannot_hold_breaks_the_file_off_there(text):
    content = f"<M>{child(REFERRED)}<Child><LAchildID>{text}</LAchildID></Child></M>".encode()
    source = cin_census.read(content, "x")
    assert said(source, "case_id") == ["C1"]
    assert "not well-formed XML" in source.rejected[0].reason


def test_half_a_character_in_utf_8_breaks_the_file_off_there():
    content = f"<M>{child(REFERRED)}".encode() + b"<Child><LAchildID>\xed\xa0\x80</LAchildID></Child></M>"
    assert "not well-formed XML" in cin_census.read(content, "x").rejected[0].reason


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16_that_says_it_is_utf_8_is_read_as_what_it_is(encoding):
    text = f'<?xml version="1.0" encoding="utf-8"?><M>{child(REFERRED)}</M>'
    assert said(cin_census.read(text.encode(encoding), "x"), "case_id") == ["C1"]


def test_text_and_names_without_end_are_cut_off():
    long = "a" * 10_000_000
    source = cin_census.read(
        f"<M>{child(REFERRED + f'<ReferralSource>{long}</ReferralSource><{long}/>')}</M>".encode(), "x"
    )
    assert len(said(source, "source")[0]) == 1000
    assert max(map(len, source.notes)) < 1000


def peak_of_reading(content: str) -> int:
    """How many bytes reading takes at its most, beside the content, which an expression makes."""
    code = (
        "import resource\nfrom frontdoor.errors import InputError\nfrom frontdoor.formats import cin_census\n"
        "cin_census.read(b'<M><Child><LAchildID>C</LAchildID><CINdetails><CINreferralDate>2022-05-01</CINreferralDate>'"
        f"b'</CINdetails></Child></M>', 'x')\ncontent = {content}\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\nbefore = peak()\n"
        "try:\n    cin_census.read(content, 'x')\nexcept InputError:\n    pass\nprint(peak() - before)"
    )
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize(
    "content",
    [
        "b'<M>' + b'<a>' * 10_000_000",
        "b'<M>' + b'<a/>' * 10_000_000 + b'</M>'",
        "b'<M><Child>' + b'<CINdetails/>' * 4_000_000 + b'</Child></M>'",
        "b'<M><Child><LAchildID>' + b'a' * 40_000_000 + b'</LAchildID></Child></M>'",
        "b'<M><' + b'a' * 10_000_000 + b'/></M>'",
    ],
    ids=["deep", "wide", "in one child", "a long text", "a long name"],
)
def test_a_hostile_file_takes_little_memory(content):
    assert peak_of_reading(content) < 200_000_000


@pytest.mark.parametrize("year", [1900, 2099])
def test_a_date_of_another_century_is_kept_as_it_is_written(year):
    source = census(child(f"<CINreferralDate>{year}-05-01</CINreferralDate>"))
    assert events(source) == [("referral.receive", "cin 1", f"{year}-05-01")]


def test_a_referral_without_any_date_is_rejected_by_its_line():
    source = census(child("<ReferralNFA>1</ReferralNFA>", REFERRED))
    assert [(one.row, one.column) for one in source.rejected] == [(4, "CINdetails")]
    assert said(source, "episode") == ["cin 2"]


def test_a_child_without_a_referral_is_rejected_by_its_line():
    (rejected,) = census(child(), child(REFERRED, identifiers="<LAchildID>C2</LAchildID>")).rejected
    assert (rejected.row, rejected.column, rejected.text) == (3, "Child", "C1")


# real files


@pytest.mark.parametrize("name", REAL)
def test_every_episode_label_is_unique_in_case_and_workflow(name):
    frame = cin_census.read(real_file(name), name).events
    openings = [
        row
        for row in frame.select("case_id", "episode", "event").iter_rows()
        if row[2].endswith((".start", ".receive"))
    ]
    assert max(Counter(openings).values()) == 1


@pytest.mark.parametrize(
    ("name", "children", "referrals"), [(REAL[0], 332, 402), (REAL[1], 500, 603), (REAL[2], 500, 603)]
)
def test_no_child_of_a_real_file_is_lost(name, children, referrals):
    source = cin_census.read(real_file(name), name)
    assert source.events["case_id"].n_unique() == children
    assert Counter(said(source, "event"))["referral.receive"] == referrals
    assert source.rejected == []


def test_every_sample_in_the_shared_folder_can_be_read():
    real_file(REAL[0])
    for path in SHARED.glob("*.xml"):
        assert cin_census.read(path.read_bytes(), path.name).events.height


def test_a_child_that_is_not_closed_does_not_lose_the_children_after_it():
    text = f"<M><Child><LAchildID>C1</LAchildID><CINdetails>{REFERRED}</CINdetails>{child(REFERRED)}</M>"
    source = cin_census.read(text.replace("C1", "C0", 1).encode(), "x")
    assert said(source, "case_id") == ["C1"]
    assert [one.column for one in source.rejected] == ["Child"]
