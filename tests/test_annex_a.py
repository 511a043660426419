"""Reading and writing the Annex A workbook: what becomes an event, what happens to whatever is odd, and what is refused."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor.errors import InputError
from frontdoor.formats import annex_a, flat_csv
from frontdoor.formats.annex_a.lists import LISTS, header_text
from frontdoor.formats.annex_a.reading import PATIENCE
from frontdoor.formats.annex_a.sheets import MOST_CELLS, MOST_FILLED, sheets
from frontdoor.formats.source import Source, happened_at
from frontdoor.library import load
from frontdoor.replay.audit import run
from frontdoor.replay.measures import every

SHARED = Path(__file__).parents[2] / "shared/data/annex_a/Annex_A_2024_Jan.xlsx"

Rows = Sequence[Sequence[object]]
CONTACTS = ("Child Unique ID", "Date of Contact", "Contact Source")
REFERRALS = (
    "Child Unique ID",
    "Date of referral",
    "Referral Source",
    "Referral NFA?",
    "Allocated Team",
    "Allocated Worker",
)
ASSESSMENTS = (
    "Child Unique ID", "Continuous Assessment Start Date", "Child Seen During Continuous Assessment",
    "Continuous Assessment Date of Authorisation",
)  # fmt: skip
ENQUIRIES = (
    "Child Unique ID", "Strategy discussion initiating Section 47 Enquiry Start Date",
    "Was an Initial Child Protection Conference deemed unnecessary?", "Date of Initial Child Protection Conference",
    "Did the Initial Child Protection Conference Result in a Child Protection Plan",
)  # fmt: skip
NEEDS = ("Child Unique ID", "CIN Start Date", "CIN Closure Date")
PLANS = ("Child Unique ID", "Child Protection Plan Start Date", "Initial Category of Abuse")
MAY, JUNE = date(2022, 5, 2), date(2022, 6, 1)


def workbook(sheets: dict[str, Rows], *, hidden: Sequence[str] = ()) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # the same bytes whenever the test is run
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    sheet.write(number, place, value)
    return out.getvalue()


def read(**sheets: Rows) -> Source:
    named = {name.replace("_", " "): rows for name, rows in sheets.items()}
    return annex_a.read(workbook(named), "annex.xlsx")


def events(source: Source) -> list[tuple[str, str, str, str]]:
    rows = source.events.iter_rows(named=True)
    return [(row["case_id"], row["event"], row["episode"], str(happened_at(row))) for row in rows]


def said(source: Source, detail: str) -> list[str]:
    return source.events[f"detail.{detail}"].to_list()


def rejected(source: Source) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.text) for one in source.rejected]


def note(source: Source, words: str) -> str:
    (found,) = [note for note in source.notes if words in note]
    return found


def refusal(content: bytes) -> str:
    with pytest.raises(InputError) as refused:
        annex_a.read(content, "annex.xlsx")
    return str(refused.value)


# what becomes an event


def test_a_contact_is_received_from_its_source_by_the_censuss_code():
    source = read(List_1=[CONTACTS, (9212044, MAY, "q) 6: Police"), ("C2", MAY, "Merlin")])
    assert events(source) == [
        ("9212044", "contact.receive", "List 1 row 2", "2022-05-02"), ("C2", "contact.receive", "List 1 row 3", "2022-05-02"),
    ]  # fmt: skip
    assert said(source, "source") == ["6", "Merlin"]


def test_a_referral_has_its_team_and_worker_beside_it():
    source = read(List_3=[REFERRALS, ("C1", MAY, "1A", "b) No", "Duty", "W\xa01")])
    assert [row[1] for row in events(source)] == ["referral.receive"]
    assert (said(source, "team"), said(source, "worker")) == (["Duty"], ["W 1"])
    assert source.events["actor"].to_list() == [""]


@pytest.mark.parametrize("nfa", ["a) Yes", "Yes", "Y", "NFA", "No further action", "1 - Yes", True, 1])
def test_no_further_action_was_decided_some_day_from_the_receipt_on_and_no_last_one_is_known(nfa):
    source = read(List_3=[REFERRALS, ("C1", MAY, "1A", nfa), ("C2", JUNE, "1A", "No")])
    assert events(source)[1] == ("C1", "referral.take_no_further_action", "List 3 row 2", "2022-05-02/2199-12-31")


def test_an_assessment_is_one_row_seen_on_some_day_of_it():
    source = read(List_4=[ASSESSMENTS, ("C1", MAY, "Yes", JUNE), ("C1", JUNE, "No", "")])
    assert [row[1:] for row in events(source)] == [
        ("single_assessment.start", "List 4 row 2", "2022-05-02"),
        ("single_assessment.see_child", "List 4 row 2", "2022-05-02/2022-06-01"),
        ("single_assessment.sign_off", "List 4 row 2", "2022-06-01"),
        ("single_assessment.start", "List 4 row 3", "2022-06-01"),
    ]


def test_an_enquiry_stands_with_its_conference():
    source = read(List_5=[ENQUIRIES, ("C1", MAY, "No", JUNE, "Yes"), ("C2", MAY, "No", JUNE, "No")])
    assert [row[:3] for row in events(source)] == [
        ("C1", "section_47.start", "List 5 row 2"), ("C1", "conference.hold_with_plan", "List 5 row 2"),
        ("C2", "section_47.start", "List 5 row 3"), ("C2", "conference.hold_without_plan", "List 5 row 3"),
    ]  # fmt: skip


def test_that_no_conference_is_needed_was_decided_some_day_and_no_last_one_is_known():
    source = read(List_5=[ENQUIRIES, ("C1", MAY, "a) Yes", "", ""), ("C2", JUNE, "", "", "")])
    assert events(source)[1][1:] == ("section_47.decide_no_conference", "List 5 row 2", "2022-05-02/2199-12-31")


def test_whether_a_conference_made_a_plan_may_be_said_by_list_7():
    source = read(
        List_5=[ENQUIRIES, ("C1", MAY, "No", JUNE, "c) Unknown"), ("C2", MAY, "No", JUNE, "")],
        List_7=[PLANS, ("C1", JUNE, "Neglect"), ("C2", MAY, "Neglect")],
    )
    assert [row[1] for row in events(source) if "hold" in row[1]] == [
        "conference.hold_with_plan",
        "conference.hold_without_plan",
    ]
    assert said(source, "category")[1] == "Neglect"
    assert "plan: 2; 1 taken to have made one" in note(source, "do not say whether they made a plan")


def test_lists_2_6_and_7_are_no_events_and_their_children_are_accounted_for():
    source = read(List_1=[CONTACTS, ("C1", MAY, "6")], List_6=[NEEDS, ("C1", MAY, ""), ("C9", MAY, JUNE)])
    assert [row[1] for row in events(source)] == ["contact.receive"]
    assert "2 rows of List 6 (children in need)" in note(source, "no events")
    assert "1 of 2" in note(source, "without any event") and "(C9)" in note(source, "without any event")


def test_positions_count_list_by_list_so_that_a_days_order_is_settled():
    source = read(
        List_4=[ASSESSMENTS, ("C1", MAY, "", MAY)], List_5=[ENQUIRIES, ("C1", MAY, "", MAY, "")],
        List_1=[CONTACTS, ("C1", MAY, "6")], List_3=[REFERRALS, ("C1", MAY, "6", "")],
    )  # fmt: skip
    assert source.events["position"].to_list() == [1, 2, 3, 4, 5, 6]
    assert [row[1].split(".")[0] for row in events(source)] == [
        "contact", "referral", "single_assessment", "single_assessment", "section_47", "conference",
    ]  # fmt: skip


def test_a_workbook_carries_what_its_lists_have_a_place_for_and_no_roles():
    carries = read(List_1=[CONTACTS, ("C1", MAY, "6")], List_4=[ASSESSMENTS]).carries
    assert (carries.roles, carries.details, carries.logged) == (False, {"source"}, False)
    assert carries.holds("contact.receive") and carries.holds("single_assessment.sign_off")
    assert not carries.holds("contact.refer") and not carries.holds("section_47.start")


def test_an_enquiry_whose_referral_is_not_in_the_six_months_is_not_at_fault():
    found = run(read(List_3=[REFERRALS, ("C2", MAY, "6", "")], List_5=[ENQUIRIES, ("C1", MAY, "No", JUNE, "Yes")]))
    assert found.rules == {"breach": 1}  # the conference: 15 working days ended on 23 May
    assert found.timers["conference.hold"] == {"late": 1}


def test_an_audit_counts_the_assessment_from_the_referral():
    found = run(read(
        List_3=[REFERRALS, ("C1", MAY, "6", "No")], List_4=[ASSESSMENTS, ("C1", date(2022, 5, 12), "Yes", date(2022, 7, 7))],
    ))  # fmt: skip
    (row,) = found.deadlines.filter(timer="single_assessment.completion").iter_rows(named=True)
    assert (row["counts_from"], row["due"], row["status"]) == ("referral.receive", "2022-07-06", "late")


LATER = date(2022, 8, 1)
MAY_3, IN_JUNE = date(2022, 5, 3), date(2022, 6, 10)


def status(source: Source, timer: str) -> list[str]:
    return run(source, load(), as_at=LATER).deadlines.filter(timer=timer)["status"].to_list()


@pytest.mark.parametrize("others", [[], [("C2", MAY_3, "6", "No")]])
def test_the_last_date_in_a_workbook_does_not_say_by_when_no_further_action_was_decided(others):
    source = read(List_3=[REFERRALS, ("C1", MAY, "6", "Yes"), *others])
    assert status(source, "referral.decision")[0] == "cannot_tell"


def test_the_last_date_in_a_workbook_does_not_say_by_when_no_conference_was_decided():
    source = read(List_5=[ENQUIRIES, ("C1", MAY_3, "Yes", "", "")])
    assert status(source, "section_47.outcome") == ["cannot_tell"]


def test_a_workbook_is_judged_as_at_its_last_known_day():
    source = read(List_3=[REFERRALS, ("C1", MAY, "6", "Yes")], List_4=[ASSESSMENTS, ("C2", MAY, "", JUNE)])
    assert run(source).log.as_at == JUNE


def test_a_conference_that_is_not_counted_from_the_enquiry_of_its_row_is_a_finding():
    source = read(List_5=[ENQUIRIES, ("C1", MAY_3, "No", date(2022, 6, 20), "Yes"), ("C1", IN_JUNE, "No", "", "")])
    (found,) = run(source).findings.filter(rule="linked-otherwise").iter_rows(named=True)
    assert (found["severity"], found["event"], found["case_id"]) == ("warning", "conference.hold_with_plan", "C1")
    assert "the section 47 enquiry List 5 row 2 (2022-05-03)" in found["message"]
    assert "List 5 row 3 (2022-06-10)" in found["message"]
    assert "1 conference (List 5 row 2)" in note(source, "By its own record of another section 47 enquiry")


def test_a_conference_of_one_of_two_enquiries_that_began_on_one_day_is_no_finding():
    source = read(List_5=[ENQUIRIES, ("C1", MAY, "No", JUNE, "Yes"), ("C1", MAY, "No", "", "")])
    assert [one for one in source.notes if "another section 47 enquiry" in one] and not source.findings


def test_an_assessment_whose_referral_may_lie_before_the_six_months_cannot_be_met():
    source = read(
        List_3=[REFERRALS, ("C2", MAY, "6", "")], List_4=[ASSESSMENTS, ("C1", MAY_3, "Yes", date(2022, 7, 1))]
    )
    assert source.carries.holds("referral.receive") and "referral.receive" in source.carries.partial
    assert status(source, "single_assessment.completion") == ["cannot_tell"]


def test_what_a_row_without_its_day_began_is_held_in_part_only():
    assert read(List_5=[ENQUIRIES, ("C1", "soon", "No", JUNE, "Yes")]).carries.partial == {"section_47.start"}


def test_a_column_that_is_not_there_is_nothing_that_the_workbook_can_tell():
    bare = ("Child Unique ID", "Continuous Assessment Start Date", "Continuous Assessment Date of Authorisation")
    source = read(List_1=[("Child Unique ID", "Date of Contact"), ("C1", MAY)], List_4=[bare, ("C1", MAY_3, JUNE)])
    assert not source.carries.holds("single_assessment.see_child") and source.carries.details == frozenset()
    audit = run(source)
    assert "missing-detail" not in audit.rules, "no column says the source"
    assert [one.rows for one in every(audit) if one.name == "signed_off_unseen"] in ([], [()])


def test_how_many_referrals_there_were_in_twelve_months_is_a_detail_of_the_referral():
    header = ("Child Unique ID", "Date of referral", "Number of Referrals in Last 12 Months")
    source = read(List_3=[header, ("C1", MAY, 2)])
    assert said(source, "referrals_in_12_months") == ["2"]
    assert "six months only" in note(source, "referrals_in_12_months")


# links between lists


def test_a_link_that_had_to_choose_between_two_referrals_is_told():
    source = read(
        List_3=[REFERRALS, ("C1", MAY, "6", ""), ("C1", MAY, "1A", "")], List_4=[ASSESSMENTS, ("C1", JUNE, "", "")]
    )
    assert "Assessments that follow" in note(source, "linked to the one further down: 1 (List 4 row 2)")


def test_an_assessment_without_a_referral_is_told():
    source = read(List_3=[REFERRALS, ("C1", JUNE, "6", "")], List_4=[ASSESSMENTS, ("C1", MAY, "", "")])
    assert "List 4 row 2" in note(source, "without a referral of the child on or before")


def test_rows_that_stand_twice_are_told():
    source = read(List_3=[REFERRALS, ("C1", MAY, "6", ""), ("C2", MAY, "6", ""), ("C1", MAY, "6", "")])
    assert "List 3 row 4" in note(source, "say the same as a row before")


# headers and sheets


@pytest.mark.parametrize(
    "header",
    ["date of contact", "DATE OF CONTACT ", "Date\xa0of  Contact", "Date of\nContact", "Date of Contact (2023)", "Date_of_Contact",
     "Contact Date", "Date of contact received", "\ufeffDate of Contact"],
)  # fmt: skip
def test_a_header_is_known_whatever_its_case_spacing_and_year(header):
    assert len(events(read(List_1=[("Child unique identifier", header), ("C1", MAY)]))) == 1


@pytest.mark.parametrize(
    "sheet", ["List 1", "list_1", "List 1 - Contacts 2024", "1. Contacts", "Contacts", "Sheet4", "Annex A List 1"]
)
def test_a_list_is_known_whatever_its_sheet_is_called(sheet):
    assert len(annex_a.read(workbook({sheet: [CONTACTS, ("C1", MAY, "6")]}), "x").events) == 1


def test_a_header_may_stand_below_a_title_and_rows_keep_their_numbers():
    source = read(List_1=[("Annex A",), (), ("as at 31 March",), CONTACTS, ("C1", MAY, "6"), (), ("", MAY, "6")])
    assert [row[2] for row in events(source)] == ["List 1 row 5"]
    assert rejected(source) == [(7, "List 1: Child Unique ID", "")]


def test_the_headers_tell_a_list_where_the_sheets_name_tells_another():
    source = read(List_3=[CONTACTS, ("C1", MAY, "6")])
    assert [row[1:3] for row in events(source)] == [("contact.receive", "List 3 row 2")]


def test_every_header_of_ofsteds_lists_is_read_as_its_own_column():
    for one in LISTS.values():
        for column in one.columns:
            others = [other for other in one.columns if other.field and other is not column]
            assert column.pattern.fullmatch(header_text(column.header))
            assert not [
                other.header
                for other in others
                if other.pattern.fullmatch(header_text(column.header)) and not column.field
            ]


def test_a_list_that_is_not_there_is_a_note():
    source = read(List_1=[CONTACTS, ("C1", MAY, "6")])
    assert "no List 3 (referrals)" in note(source, "The workbook has no List 2")


def test_a_sheet_that_lacks_a_column_is_rejected_with_what_to_do_and_the_rest_is_read():
    source = read(List_1=[CONTACTS, ("C1", MAY, "6")], List_3=[("Child Unique ID", "Referral Source"), ("C1", "6")])
    ((row, column, _),) = rejected(source)
    assert (row, column, len(source.events)) == (1, "List 3", 1)
    assert "no column 'Date of referral': none of its 2 rows" in source.rejected[0].reason


def test_other_sheets_are_noted():
    source = read(List_1=[CONTACTS, ("C1", MAY, "6")], Pivot=[("a", "b")], List_8=[("Child Unique ID", "Date Started")])
    assert "Pivot, List 8" in note(source, "Sheets that were not read")


def test_of_two_sheets_of_one_list_the_visible_and_rightly_named_is_read():
    content = workbook({"Copy": [CONTACTS, ("C2", MAY, "6")], "List 1": [CONTACTS, ("C1", MAY, "6")]}, hidden=["Copy"])
    source = annex_a.read(content, "x")
    assert [row[0] for row in events(source)] == ["C1"]
    assert "Sheet Copy" in note(source, "as well, and was not read")


def test_two_columns_of_one_name_are_read_where_they_agree():
    header = ("Child Unique ID", "Date of Contact", "Date of Contact")
    source = read(List_1=[header, ("C1", MAY, MAY), ("C2", MAY, ""), ("C3", MAY, JUNE)])
    assert [row[0] for row in events(source)] == ["C1", "C2"]
    assert "which differ" in source.rejected[0].reason


# cells


@pytest.mark.parametrize(
    ("cell", "case"), [(9212044, "9212044"), (9212044.0, "9212044"), ("9212044.0", "9212044"), (" C\xa01 ", "C 1"), ("007", "007"), ("'=1", "=1")]
)  # fmt: skip
def test_an_id_is_read_as_people_write_it(cell, case):
    assert read(List_1=[CONTACTS, (cell, MAY, "6")]).events["case_id"].to_list() == [case]


@pytest.mark.parametrize("cell", ["", "#N/A", "NULL", 12345678901234567, "1.23457E+15", MAY, True, "x" * 201, "a\x01b"])
def test_what_is_no_id_is_rejected(cell):
    source = read(List_1=[CONTACTS, (cell, MAY, "6"), ("C1", MAY, "6")])
    assert [(one.row, one.column) for one in source.rejected] == [(2, "List 1: Child Unique ID")]
    assert "Nothing of this row has a child" in source.rejected[0].reason


@pytest.mark.parametrize(
    "cell",
    [MAY, datetime(2022, 5, 2), "02/05/2022", "2/5/2022", "2022-05-02", "02-05-2022", "02.05.2022", "2022-05-02 00:00:00.000",
     "2022-05-02T00:00:00Z", 44683, "20220502", 20220502, "02/05/2022 00:00", " 02/05/2022\xa0"],
)  # fmt: skip
def test_a_date_may_be_written_in_many_ways(cell):
    assert [row[3] for row in events(read(List_1=[CONTACTS, ("C1", cell, "6")]))] == ["2022-05-02"]


def test_a_time_is_kept_where_there_is_one():
    source = read(List_1=[CONTACTS, ("C1", datetime(2022, 5, 2, 16, 30), "6"), ("C2", 44683.6875, "6")])
    assert [row[3] for row in events(source)] == ["2022-05-02 15:30:00+00:00"] * 2


@pytest.mark.parametrize(
    ("cell", "why"),
    [("05/16/2022", "has no month 16: dates are read day first. Write 16/05/2022"), ("16/05/22", "two figures"), ("soon", "not a date"),
     ("", "is empty"), ("#N/A", "is empty"), ("01/01/1849", "outside the years"), ("31/12/2099", "lies in 2099"),
     ("12/03/1900", "lies in 1900"), (2022, "a number and no date"), (True, "no date"), ("30/02/2022", "not a date"),
     ("01/01/1900", "empty date"), (0, "empty date")],
)  # fmt: skip
def test_a_date_that_is_none_is_rejected_with_its_row_and_column(cell, why):
    source = read(List_1=[CONTACTS, ("C1", cell, "6"), ("C2", MAY, "6")])
    (one,) = source.rejected
    assert (one.row, one.column) == (2, "List 1: Date of Contact") and why in one.reason
    assert [row[0] for row in events(source)] == ["C2"]


def test_the_first_day_of_a_spreadsheets_calendar_is_an_empty_cell():
    source = read(
        List_4=[ASSESSMENTS, ("C1", MAY, "", date(1900, 1, 1)), ("C2", MAY, "", "30/12/1899"), ("C3", MAY, "", 0)]
    )
    assert {row[1] for row in events(source)} == {"single_assessment.start"}
    assert "3 dates are 1 January 1900" in note(source, "1 January 1900") and not source.rejected


def test_dates_beside_month_first_ones_are_doubted():
    source = read(List_1=[CONTACTS, ("C1", "05/16/2022", "6"), ("C2", "03/04/2022", "6")])
    assert "List 1: Date of Contact: 1 dates can only have their month first" in note(source, "month first")


def test_a_flag_that_is_none_is_rejected():
    source = read(List_3=[REFERRALS, ("C1", MAY, "6", "perhaps")])
    assert rejected(source) == [(2, "List 3: Referral NFA?", "perhaps")]
    assert len(source.events) == 1


def test_an_error_of_the_spreadsheet_is_an_empty_cell():
    source = read(List_4=[ASSESSMENTS, ("C1", MAY, "#N/A", "#REF!")])
    assert (len(source.events), source.rejected) == (1, [])


# what is refused


def packed(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return out.getvalue()


def altered(change: Callable[[dict[str, str]], None]) -> bytes:
    """A sound workbook with some of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(workbook({"List 1": [CONTACTS, ("C1", MAY, "6")]}))) as file:
        parts = {name: file.read(name).decode() for name in file.namelist()}
    change(parts)
    return packed(parts)


SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
BARE = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def test_what_is_no_workbook_is_refused():
    assert "is not a zip file" in refusal(b"C1,2022-05-02")
    assert "is not an .xlsx workbook" in refusal(packed({"a.csv": "x"}))


def test_a_workbook_without_lists_is_refused_with_what_to_do():
    message = refusal(workbook({"Sheet1": [("a", "b")]}))
    assert "none of Annex A's lists" in message and "Date of referral" in message


def test_every_list_that_lacks_its_columns_is_told_at_once():
    message = refusal(workbook({"List 1": [("Child Unique ID",), ("C1",)], "List 3": [("Child Unique ID",), ("C1",)]}))
    assert (
        "List 1: has no column 'Date of Contact'" in message and "List 3: has no column 'Date of referral'" in message
    )


def test_a_sheet_of_too_many_cells_is_refused():
    def fill(parts: dict[str, str]) -> None:
        parts[SHEET] = BARE.format(("<row>" + "<c ></c>" * 5000 + "</row>") * 401)

    assert f"holds more than {MOST_CELLS:,} cells" in refusal(altered(fill))


def test_a_sheet_in_which_more_cells_say_something_than_any_authority_has_is_refused():
    def fill(parts: dict[str, str]) -> None:
        parts[SHEET] = BARE.format(
            ("<row>" + "<c ><v>1</v></c><c t='inlineStr'><is><t>2</t></is></c>" * 3500 + "</row>") * 101
        )

    message = refusal(altered(fill))
    assert f"holds more than {MOST_FILLED:,} cells that say something" in message and "split the workbook" in message


def test_a_list_of_which_no_row_can_be_read_is_given_up_with_the_first_of_them():
    rows = [("Child Unique ID", "Date of Contact"), *((f"C{n}", "soon") for n in range(PATIENCE + 1))]
    message = refusal(workbook({"List 1": rows, "List 3": [REFERRALS]}))
    assert (
        f"List 1: has no row that can be read among its first {PATIENCE:,}" in message
        and "take out the sheet" in message
    )
    assert "row 2, column List 1: Date of Contact: 'soon' is not a date" in message
    assert f"So it is in {PATIENCE - 1:,} more" in message


def test_a_list_of_which_one_row_can_be_read_is_read_whatever_is_wrong_with_the_others():
    rows = [
        ("Child Unique ID", "Date of Contact"),
        ("C", date(2022, 5, 2)),
        *(("", "soon") for _ in range(PATIENCE + 1)),
    ]
    source = read(**{"List 1": rows})
    assert (source.events.height, len({one.row for one in source.rejected})) == (1, PATIENCE + 1)


@pytest.mark.parametrize("name", ["c", "x:c"])
def test_cells_are_counted_however_they_are_written(name):
    def fill(parts: dict[str, str]) -> None:
        row = f"<row><{name}\n><v>1</v></{name}>" + f"<{name}/>" * 16_000 + "</row>"
        parts[SHEET] = BARE.replace("xmlns=", 'xmlns:x="urn:x" xmlns=').format(row * 126)

    assert "cells" in refusal(altered(fill))


@pytest.mark.parametrize("cell", ["XFD1048576", "C1048576"])
def test_two_cells_far_apart_are_refused_as_the_sheet_between_them(cell):
    def stretch(parts: dict[str, str]) -> None:
        parts[SHEET] = BARE.format(
            f'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="{cell}"><v>1</v></c></row>'
        )

    message = refusal(altered(stretch))
    assert "down to row 1048576" in message and "Delete what lies outside the tables" in message


@pytest.mark.parametrize("cell", ["ZZZZ1", "A99999999999", "A1048577"])
def test_a_cell_beyond_what_a_sheet_can_hold_is_refused(cell):
    def stretch(parts: dict[str, str]) -> None:
        parts[SHEET] = BARE.format(f'<row r="1"><c r="{cell}"><v>1</v></c></row>')

    assert "beyond what a sheet can hold" in refusal(altered(stretch))


def test_one_long_text_in_many_cells_is_refused():
    def repeat(parts: dict[str, str]) -> None:
        parts[TEXTS] = (
            '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
            + "ab" * 1_000_000
            + "</t></si></sst>"
        )
        parts[SHEET] = BARE.format(
            "".join(f'<row r="{n}"><c r="A{n}" t="s"><f>9</f><v> 0 </v></c></row>' for n in range(1, 200))
        )

    assert "one text in many cells" in refusal(altered(repeat))


def test_a_long_text_beside_many_short_ones_is_none_of_those():
    long = read(List_1=[CONTACTS, *((f"C{n}", MAY, "6") for n in range(3000))], Notes=[("x" * 32_000,)] * 3)
    assert len(long.events) == 3000


def test_a_doctype_is_refused():
    def declare(parts: dict[str, str]) -> None:
        parts[SHEET] = '<!DOCTYPE x [<!ENTITY a "b">]>' + BARE.format("")

    assert "has a DOCTYPE" in refusal(altered(declare))


def test_a_part_that_is_no_xml_is_refused():
    assert "is not well-formed XML" in refusal(altered(lambda parts: parts.update({SHEET: "<worksheet><sheetData>"})))


def test_a_cell_longer_than_a_cell_can_be_is_left_out_and_told():
    def lengthen(parts: dict[str, str]) -> None:
        parts[TEXTS] = parts[TEXTS].replace("<t>6</t>", "<t>" + "y" * 10_000_000 + "</t>")

    source = annex_a.read(altered(lengthen), "x")
    assert said(source, "source") == [""]
    assert [(one.column, len(one.text)) for one in source.rejected] == [("List 1: Contact Source", 100)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_refused_or_read_and_nothing_else(data):
    content = bytearray(
        workbook({"List 1": [CONTACTS, ("C1", MAY, "6")], "List 3": [REFERRALS, ("C1", MAY, "6", "No")]})
    )
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        annex_a.read(bytes(content), "x")
    except InputError as refused:
        assert refused.faults


# writing


def flat(*rows: str, columns: str = "case_id,event,happened_at,source,team") -> Source:
    return flat_csv.read("\n".join([columns, *rows]).encode(), "log.csv")


def written(source: Source) -> tuple[bytes, list[str]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "annex.xlsx"
        sentences = annex_a.write(source, path)
        return path.read_bytes(), sentences


def test_a_log_is_written_as_lists_and_read_back():
    content, sentences = written(flat(
        "C1,contact.receive,2022-05-02,6,", "C1,referral.receive,2022-05-03,6,Duty", "C1,single_assessment.start,2022-05-04,,A",
        "C1,single_assessment.sign_off,2022-06-01,,A", "C1,section_47.start,2022-05-05,,", "C1,conference.hold_with_plan,2022-05-20,,",
    ))  # fmt: skip
    source = annex_a.read(content, "x")
    assert [(row[1], row[3]) for row in events(source)] == [
        ("contact.receive", "2022-05-02"), ("referral.receive", "2022-05-03"), ("single_assessment.start", "2022-05-04"),
        ("single_assessment.sign_off", "2022-06-01"), ("section_47.start", "2022-05-05"), ("conference.hold_with_plan", "2022-05-20"),
    ]  # fmt: skip
    assert said(source, "source")[:2] == ["6", "6"]
    assert (source.rejected, sentences) == ([], [])


def test_what_annex_a_cannot_hold_is_said():
    _, sentences = written(flat(
        "C1,contact.receive,2022-05-02T16:30,6,,police,x,W1", "C1,mash.start,2022-05-02,,,,x,", "C1,referral.receive,2022-05-02,1A,,,x,",
        "C1,referral.take_no_further_action,2022-05-03,,,,x,", "C2,conference.hold_with_plan,2022-05-20,,,,x,", "=1.0,contact.receive,2022-05-02,Mum 9: x,,,x,",
        "1.0,contact.receive,2022-05-02,8: other,,,x,",
        columns="case_id,event,happened_at,source,team,role,detail x,actor",
    ))  # fmt: skip
    for words in (
        "left out: 1 conference.hold_with_plan, 1 mash.start", "not on which day: 1 referral.take_no_further_action",
        "has dates only: 1", "no place for who did it", "no place for in which role", "these details: detail x",
        "not read back as they are: 1, such as '1.0'", "the census's code: 1, such as '8: other'",
    ):  # fmt: skip
        assert [sentence for sentence in sentences if words in sentence], words


def test_text_that_looks_like_a_formula_is_written_as_text_and_restored():
    content, _ = written(flat("=A1+1,contact.receive,2022-05-02,@SUM(A1),"))
    (sheet, *_) = sheets(content, "x")
    assert list(sheet.rows())[1][1][0] == "'=A1+1"
    source = annex_a.read(content, "x")
    assert (events(source)[0][0], said(source, "source")) == ("=A1+1", ["@SUM(A1)"])


def test_the_same_events_are_the_same_bytes():
    source = flat("C1,contact.receive,2022-05-02,6,")
    assert written(source)[0] == written(source)[0]


def test_earlier_referrals_are_counted_over_the_twelve_months_before():
    content, _ = written(
        flat(*(f"C1,referral.receive,{day},6," for day in ("2021-05-01", "2021-05-02", "2022-01-01", "2022-05-02")))
    )
    listed = next(sheet for sheet in sheets(content, "x") if sheet.name == "List 3")
    assert [row[8] for _, row in listed.rows()][1:] == [0, 1, 2, 2]


DAYS = st.dates(date(1950, 1, 1), date(2089, 12, 31))
CASES = st.sampled_from(["C1", "12", "0012", "=1", "'=1", "-x", "Zoë 1"])
WORDS = st.sampled_from(["", "6", "1A", "10", "@x", "Merlin", "a; b"])


@st.composite
def logs(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Rows of a log, each episode whole and labelled: what lists 1 to 5 can hold."""
    rows = []
    for number in range(draw(st.integers(1, 8))):
        case, days, source = draw(CASES), sorted(draw(st.lists(DAYS, min_size=2, max_size=2))), draw(WORDS)
        kind = draw(st.sampled_from(["contact", "referral", "single_assessment", "section_47"]))
        opening = "receive" if kind in ("contact", "referral") else "start"
        rows.append((case, f"{kind}.{opening}", str(days[0]), source if opening == "receive" else "", str(number)))
        if kind == "single_assessment" and draw(st.booleans()):
            rows.append((case, f"{kind}.sign_off", str(days[1]), "", str(number)))
        if kind == "referral" and draw(st.booleans()):
            rows.append((case, f"{kind}.take_no_further_action", str(days[1]), "", str(number)))
        if kind == "section_47" and draw(st.booleans()):
            rows.append((case, f"{kind}.decide_no_conference", str(days[1]), "", str(number)))
    return rows


@settings(max_examples=60, deadline=None)
@given(logs())
def test_what_is_written_reads_back_as_the_same_events(rows):
    """Of what the lists say yes to, the day is not theirs to hold."""
    source = flat(*(",".join(row) for row in rows), columns="case_id,event,happened_at,source,episode")
    content, _ = written(source)
    back = annex_a.read(content, "x")

    def told(one: Source) -> Counter[tuple[str, str, str, str]]:
        undated = ("referral.take_no_further_action", "section_47.decide_no_conference")
        return Counter(
            (case, event, "" if event in undated else day, text)
            for (case, event, _, day), text in zip(events(one), said(one, "source"), strict=True)
        )

    assert back.rejected == []
    assert told(back) == told(source)


# the real workbook


def test_the_shared_workbook_is_read_without_loss():
    if not SHARED.is_file():
        pytest.skip(f"the shared folder with {SHARED.name} is not beside this checkout")
    source = annex_a.read(SHARED.read_bytes(), SHARED.name)
    assert Counter(event.split(".")[0] for _, event, *_ in events(source)) == {
        "contact": 5, "referral": 6, "single_assessment": 15, "section_47": 7, "conference": 3,
    }  # fmt: skip
    assert source.rejected == []
    assert run(source).timers["conference.hold"] == {"met": 3}


def test_a_conference_of_another_enquiry_than_the_latest_is_told_and_written_in_its_own_row():
    source = read(
        List_5=[ENQUIRIES, ("C1", MAY, "", date(2022, 5, 30), "Yes"), ("C1", date(2022, 5, 10), "", JUNE, "No")]
    )
    assert "1 conference (List 5 row 2)" in note(source, "of another section 47 enquiry")
    content, sentences = written(source)
    assert sentences == []
    assert [row[1:] for row in events(annex_a.read(content, "x"))] == [row[1:] for row in events(source)]
