"""Reading an extract of the Standard Safeguarding Dataset: what becomes an event, how rows are joined, what is odd."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor.errors import InputError
from frontdoor.formats import ssd
from frontdoor.formats.source import Source, happened_at
from frontdoor.formats.ssd.tables import FIELDS
from frontdoor.library import load
from frontdoor.replay.audit import run

SHARED = Path(__file__).parents[2] / "shared/data/ssd/objects"

CONTACTS = "cont_contact_id,cont_person_id,cont_contact_date,cont_contact_source_code,cont_contact_source_desc,cont_contact_outcome_json"
REFERRALS = (
    "cine_referral_id,cine_person_id,cine_referral_date,cine_close_date,cine_close_reason,cine_referral_nfa,"
    "cine_referral_source_code,cine_cin_primary_need_code,cine_referral_team,cine_referral_worker_id"
)
ASSESSMENTS = (
    "cina_assessment_id,cina_person_id,cina_referral_id,cina_assessment_start_date,cina_assessment_child_seen,"
    "cina_assessment_auth_date,cina_assessment_worker_id"
)
ENQUIRIES = "s47e_s47_enquiry_id,s47e_person_id,s47e_referral_id,s47e_s47_start_date,s47e_s47_end_date,s47e_s47_nfa,s47e_s47_outcome_json"
CONFERENCES = (
    "icpc_icpc_id,icpc_icpc_meeting_id,icpc_s47_enquiry_id,icpc_person_id,icpc_cp_plan_id,icpc_referral_id,icpc_icpc_transfer_in,"
    "icpc_icpc_target_date,icpc_icpc_date,icpc_icpc_outcome_cp_flag,icpc_icpc_outcome_json"
)
PLANS = (
    "cppl_cp_plan_id,cppl_referral_id,cppl_icpc_id,cppl_person_id,cppl_cp_plan_start_date,cppl_cp_plan_initial_category"
)
INVOLVED = (
    "invo_professional_id,invo_professional_team,invo_involvement_start_date,invo_involvement_end_date,invo_person_id,"
    "invo_referral_id"
)
REFERRED = "R1,C1,2022-05-02,,,N,6,N1,T1,W1"


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()


def read(**tables: Sequence[str]) -> Source:
    return ssd.read(
        zipped({f"ssd_{name}.csv": "\n".join(lines) + "\n" for name, lines in tables.items()}), "extract.zip"
    )


def events(source: Source) -> list[tuple[str, str, str, str]]:
    rows = source.events.iter_rows(named=True)
    return [(row["case_id"], row["event"], row["episode"], str(happened_at(row))) for row in rows]


def named(source: Source) -> list[str]:
    return source.events["event"].to_list()


def said(source: Source, detail: str) -> list[str]:
    return source.events[f"detail.{detail}"].to_list()


def note(source: Source, words: str) -> str:
    (found,) = [note for note in source.notes if words in note]
    return found


def status(source: Source, timer: str) -> list[str]:
    return run(source, load(), as_at=date(2022, 8, 1)).deadlines.filter(timer=timer)["status"].to_list()


def refusal(extract: bytes | Path) -> str:
    with pytest.raises(InputError) as refused:
        ssd.read(extract, "extract.zip")
    return str(refused.value)


# what becomes an event


def test_a_contact_is_received_with_its_source_and_what_came_of_it():
    outcome = '"{""NEW_REFERRAL_FLAG"": ""Y"", ""NFA_FLAG"": ""N"", ""ADVICE_FLAG"": ""Y""}"'
    source = read(contacts=[CONTACTS, f"1,C1,2022-05-02,6,Police,{outcome}", "2,C1,2022-05-03,,School,"])
    assert [row[1:] for row in events(source)] == [
        ("contact.receive", "1", "2022-05-02"),
        ("contact.receive", "2", "2022-05-03"),
    ]
    assert (said(source, "source"), said(source, "outcome")) == (["6", "School"], ["NEW_REFERRAL, ADVICE", ""])


def test_a_referral_is_received_and_closed_for_its_reason():
    source = read(cin_episodes=[REFERRALS, "R1,C1,2022-05-02,2022-09-01,RC7,N,6,N1,T1,W1"])
    assert [row[1:] for row in events(source)] == [
        ("referral.receive", "R1", "2022-05-02"),
        ("referral.close", "R1", "2022-09-01"),
    ]
    assert (said(source, "need"), said(source, "reason")) == (["N1", ""], ["", "RC7"])
    assert (said(source, "worker")[0], said(source, "team")[0]) == ("W1", "T1")
    assert source.events["actor"].to_list() == ["", ""]


@pytest.mark.parametrize("nfa", ["Y", "NFA", "1", "true"])
def test_no_further_action_was_decided_some_day_up_to_the_closure_and_is_none(nfa):
    source = read(cin_episodes=[REFERRALS, f"R1,C1,2022-05-02,2022-05-04,RC8,{nfa},,,,"])
    assert events(source)[1:] == [("C1", "referral.take_no_further_action", "R1", "2022-05-02/2022-05-04")]


def test_of_no_further_action_without_a_closure_or_with_an_earlier_one_no_last_day_is_known():
    for closed in ("", "2022-04-01"):
        source = read(
            cin_episodes=[REFERRALS, f"R1,C1,2022-05-02,{closed},,Y,,,,"], contacts=[CONTACTS, "1,C9,2022-06-01,,,"]
        )
        assert ("C1", "referral.take_no_further_action", "R1", "2022-05-02/2199-12-31") in events(source)
        assert status(source, "referral.decision") == ["cannot_tell"]
        assert source.reference == date(2022, 6, 1)


def test_an_assessment_runs_from_start_to_authorisation_and_the_child_was_seen_on_some_day_of_it():
    source = read(cin_assessments=[ASSESSMENTS, "A1,C1,R1,2022-05-03,Y,2022-06-10,W2", "A2,C1,R1,2022-08-03,N,,"])
    assert [row[1:] for row in events(source)] == [
        ("single_assessment.start", "A1", "2022-05-03"), ("single_assessment.see_child", "A1", "2022-05-03/2022-06-10"),
        ("single_assessment.sign_off", "A1", "2022-06-10"), ("single_assessment.start", "A2", "2022-08-03"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "last"),
    [("S1,C1,R1,2022-05-03,2022-05-12,N,", "2022-05-03/2022-05-12"), ("S1,C1,R1,2022-05-03,2022-05-03,N,", "2022-05-03"), ("S1,C1,R1,2022-05-03,,Y,", "2022-05-03/2199-12-31"), ("S1,C1,R1,2022-05-03,,,", None),
     ('S1,C1,R1,2022-05-03,2022-05-12,N,"{CP_CONFERENCE_FLAG: ""Y""}"', None), ('S1,C1,R1,2022-05-03,2022-05-12,N,"{""OUTCOME_CP_CONFERENCE_FLAG"":""Y""}"', None)],
)  # fmt: skip
def test_an_enquiry_that_ended_without_a_conference_ended_by_that_decision_on_some_day_of_it(row, last):
    source = read(s47_enquiry=[ENQUIRIES, row], initial_cp_conference=[CONFERENCES])
    decided = [day for _, event, _, day in events(source) if event == "section_47.decide_no_conference"]
    assert decided == ([last] if last else [])


@pytest.mark.parametrize("conferences", [[], [CONFERENCES, "I1,M1,,C1,,R1,N,2022-05-24,2022-05-20,Y,"], ["nothing"]])
def test_that_none_was_needed_is_not_made_up_where_a_conference_may_be_of_the_enquiry(conferences):
    tables = {"initial_cp_conference": conferences} if conferences else {}
    source = read(
        cin_episodes=[REFERRALS, REFERRED], s47_enquiry=[ENQUIRIES, "S1,C1,R1,2022-05-03,2022-05-12,,"], **tables
    )
    assert "section_47.decide_no_conference" not in named(source)
    assert source.carries.holds("section_47.decide_no_conference") == (len(conferences) == 2)


@pytest.mark.parametrize(("ended", "said"), [("2022-05-24", "met"), ("2022-05-25", "cannot_tell")])
def test_an_enquiry_that_ended_late_may_have_been_decided_in_time(ended, said):
    """Of Tuesday 3 May: 15 working days are over on the 24th. What ended later was authorised later, as far as is known."""
    enquiry = f"S1,C1,R1,2022-05-03,{ended},N,"
    source = read(
        cin_episodes=[REFERRALS, REFERRED], s47_enquiry=[ENQUIRIES, enquiry], initial_cp_conference=[CONFERENCES]
    )
    assert status(source, "section_47.outcome") == [said]


def test_by_when_an_enquiry_without_an_end_needed_no_conference_cannot_be_told():
    source = read(cin_episodes=[REFERRALS, REFERRED], s47_enquiry=[ENQUIRIES, "S1,C1,R1,2022-05-03,,Y,"])
    assert status(source, "section_47.outcome") == ["cannot_tell"]


def test_a_conference_that_is_not_counted_from_the_enquiry_it_names_is_a_finding():
    source = read(
        cin_episodes=[REFERRALS, REFERRED],
        s47_enquiry=[ENQUIRIES, "S1,C1,R1,2022-05-03,,N,", "S2,C1,R1,2022-06-10,,N,"],
        initial_cp_conference=[CONFERENCES, "I1,M1,S1,C1,,R1,N,,2022-06-20,Y,"],
    )
    (found,) = run(source).findings.filter(rule="linked-otherwise").iter_rows(named=True)
    assert (found["severity"], found["episode"][:2], found["happened_at"]) == ("warning", "I1", "2022-06-20")
    assert "S1 (2022-05-03)" in found["message"] and "S2 (2022-06-10)" in found["message"]


@pytest.mark.parametrize("referral", ["R1,C1,31/02/2022,,,N,6,N1,T1,W1", "R2,C2,2022-05-02,,,N,6,N1,T1,W1"])
def test_an_assessment_of_a_referral_that_has_no_day_or_is_not_there_cannot_be_met(referral):
    source = read(
        cin_episodes=[REFERRALS, referral], cin_assessments=[ASSESSMENTS, "A1,C1,R1,2022-05-03,Y,2022-07-01,W1"]
    )
    assert source.carries.partial == {"referral.receive"}
    assert status(source, "single_assessment.completion") == ["cannot_tell"]


def test_a_column_that_is_not_there_is_nothing_that_the_extract_can_tell():
    bare = read(
        cin_episodes=["cine_referral_id,cine_person_id,cine_referral_date", "R1,C1,2022-05-02"],
        cin_assessments=["cina_assessment_id,cina_person_id,cina_assessment_start_date", "A1,C1,2022-05-03"],
    ).carries
    assert bare.transitions == {"referral.receive", "single_assessment.start"}
    assert (bare.details, bare.partial) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("flag", "outcome", "plan", "event"),
    [("Y", "", "", "with"), ("N", "", "P1,R1,I1,C1,2022-05-20,Neglect", "without"), ("", '"{CP_FLAG: ""Y""}"', "", "with"),
     ("", "", "P1,R1,I1,C1,2022-05-20,Neglect", "with"), ("", "", "P1,R1,,C1,2022-05-25,Neglect", "with"), ("", "", "P1,R1,,C1,2022-05-19,Neglect", "without")],
)  # fmt: skip
def test_a_conference_made_a_plan_by_its_flag_else_its_outcome_else_the_plan(flag, outcome, plan, event):
    source = read(
        initial_cp_conference=[CONFERENCES, f"I1,M1,S1,C1,,R1,N,,2022-05-20,{flag},{outcome}"],
        cp_plans=[PLANS, *([plan] if plan else [])],
    )
    assert named(source) == [f"conference.hold_{event}_plan"]


def test_a_transfer_in_conference_is_another_workflow():
    source = read(initial_cp_conference=[CONFERENCES, "I1,M1,,C1,,R1,Y,,2022-05-20,Y,"])
    assert named(source) == ["transfer_in_conference.hold_with_plan"]


def test_the_target_date_is_claimed_for_the_conference_else_for_the_enquiry():
    tables = {"s47_enquiry": [ENQUIRIES, "S1,C1,R1,2022-05-03,,,", "S2,C2,R1,2022-05-03,,,"]}
    source = read(
        **tables,
        initial_cp_conference=[CONFERENCES, "I1,,S1,C1,,,N,2022-05-24,2022-05-20,Y,", "I2,,S2,C2,,,N,2022-05-25,,,"],
    )
    assert [(claim.position, claim.timer, claim.due) for claim in source.claims] == [
        (2, "conference.hold", date(2022, 5, 24)), (3, "conference.hold", date(2022, 5, 25)),
    ]  # fmt: skip
    assert named(source) == ["section_47.start", "conference.hold_with_plan", "section_47.start"]


def test_an_extract_carries_what_its_tables_have_a_place_for_and_no_roles():
    carries = read(cin_episodes=[REFERRALS, REFERRED]).carries
    assert (carries.roles, carries.details, carries.logged) == (False, {"source", "reason"}, False)
    assert (
        carries.holds("referral.close")
        and not carries.holds("referral.accept")
        and not carries.holds("contact.receive")
    )


# times


@pytest.mark.parametrize(
    ("text", "happened"),
    [("2022-05-02 00:00:00.000", "2022-05-02"), ("2022-05-02T00:00:00", "2022-05-02"), ("02/05/2022 00:00", "2022-05-02"),
     ("2022-05-02 16:30:00.000", "2022-05-02 15:30:00+00:00"), ("02/05/2022 16:30", "2022-05-02 15:30:00+00:00"), ("2022-05-02T15:30:00Z", "2022-05-02 15:30:00+00:00")],
)  # fmt: skip
def test_midnight_is_a_date_alone_and_any_other_time_is_kept(text, happened):
    assert events(read(contacts=[CONTACTS, f"1,C1,{text},,,"]))[0][3] == happened


@pytest.mark.parametrize(
    ("text", "why"),
    [("05/16/2022", "has no month 16"), ("soon", "not a date"), ("NULL", "is empty"), ("9999-12-31", "outside the years"), ("2099-12-31", "lies in 2099"),
     ("1900-01-01", "empty date"), ("2022-03-27 01:30:00", "does not exist"), ("0001-01-01", "outside the years")],
)  # fmt: skip
def test_a_date_that_is_none_is_rejected_with_its_file_row_and_column(text, why):
    source = read(contacts=[CONTACTS, "1,C1,2022-05-02,,,", f"2,C1,{text},,,"])
    (one,) = source.rejected
    assert (one.row, one.column) == (2, "ssd_contacts.csv: cont_contact_date") and why in one.reason
    assert len(source.events) == 1


# joins


def test_positions_count_child_by_child_referral_by_referral_in_the_order_of_a_day():
    source = read(
        initial_cp_conference=[CONFERENCES, "I1,,S1,C1,,,N,,2022-05-02,Y,"], s47_enquiry=[ENQUIRIES, "S1,C1,R1,2022-05-02,,,"],
        cin_assessments=[ASSESSMENTS, "A2,C1,R2,2022-05-02,,,", "A1,C1,R1,2022-05-02,,2022-05-02,"], contacts=[CONTACTS, "1,C1,2022-05-02,,,"],
        cin_episodes=[REFERRALS, "R2,C1,2022-05-03,,,,,,,", "R1,C1,2022-05-02,2022-05-02,RC8,N,6,N1,T1,W1"],
    )  # fmt: skip
    assert [(event, label) for _, event, label, _ in events(source)] == [
        ("contact.receive", "1"), ("referral.receive", "R1"), ("single_assessment.start", "A1"), ("single_assessment.sign_off", "A1"),
        ("section_47.start", "S1"), ("conference.hold_with_plan", "I1"), ("referral.close", "R1"), ("referral.receive", "R2"), ("single_assessment.start", "A2"),
    ]  # fmt: skip
    assert source.events["position"].to_list() == list(range(1, 10))


def test_ids_join_whether_or_not_a_database_made_floats_of_them():
    source = read(
        cin_episodes=[REFERRALS, "7,9212044,2022-05-02,,,,,,,"],
        cin_assessments=[ASSESSMENTS, "1,9212044.0,7.0,2022-05-03,,,"],
    )
    assert {row[0] for row in events(source)} == {"9212044"}
    assert not [one for one in source.notes if "does not have for the child" in one]


def test_a_referral_id_that_is_not_there_is_told():
    source = read(cin_episodes=[REFERRALS, REFERRED], cin_assessments=[ASSESSMENTS, "A1,C1,R9,2022-05-03,,,"])
    assert named(source) == ["referral.receive", "single_assessment.start"]
    assert "ssd_cin_assessments.csv" in note(source, "does not have for the child: 1")


def test_where_the_ids_say_another_referral_than_the_audit_counts_from_is_told():
    source = read(
        cin_episodes=[REFERRALS, REFERRED, "R2,C1,2022-05-10,,,N,,,,"],
        cin_assessments=[ASSESSMENTS, "A1,C1,R1,2022-05-12,,,"],
    )
    assert "1 assessment (A1)" in note(source, "By its own record of another referral")
    (found,) = run(source).findings.filter(rule="linked-otherwise")["message"]
    assert "R1 (2022-05-02)" in found and "R2 (2022-05-10)" in found


def test_a_row_whose_id_was_there_before_is_rejected():
    source = read(contacts=[CONTACTS, "1,C1,2022-05-02,,,", "1,C2,2022-05-02,,,", "1,C1,2022-05-03,,,"])
    assert [(one.row, one.reason) for one in source.rejected] == [(3, "has the id of row 1, which was read.")]
    assert len(source.events) == 2  # one contact may concern two children


def test_the_one_worker_involved_that_day_stands_where_the_record_names_none():
    involved = [
        INVOLVED, "W1,T1,2022-05-01,2022-05-31,C1,", "W2,T1,2022-06-01,,C1,", "W3,T2,2022-06-05,,C1,", "W9,T9,2022-06-01,,C1,R1",
    ]  # fmt: skip
    source = read(
        cin_episodes=[REFERRALS, "R1,C1,2022-05-02,2022-06-30,RC7,N,,,,"], involvements=involved,
        department=["dept_team_id,dept_team_name", "T9,Locality 9"], cin_assessments=[ASSESSMENTS, "A1,C1,R8,2022-06-06,,,"],
    )  # fmt: skip
    by = dict(zip(named(source), zip(said(source, "worker"), said(source, "team"), strict=True), strict=True))
    assert by["referral.receive"] == ("W1", "T1")
    assert by["referral.close"] == ("W9", "Locality 9")
    two = read(contacts=[CONTACTS, "1,C1,2022-06-06,,,"], involvements=involved[:4])
    assert said(two, "worker") == [""]


def test_the_family_is_its_own_table_else_the_conferences_meeting():
    source = read(
        initial_cp_conference=[CONFERENCES, "I1,M1,S1,C1,,,N,,2022-05-20,Y,", "I2,M1,S2,C2,,,N,,2022-05-20,Y,"],
        family=["fami_table_id,fami_family_id,fami_person_id", "1,F1,C1"],
    )
    assert (source.events["family"].to_list(), said(source, "meeting")) == (["F1", "M1"], ["M1", "M1"])


def test_every_child_is_accounted_for():
    source = read(
        contacts=[CONTACTS, "1,C1,2022-05-02,,,", ",,2022-05-02,,,"], person=["pers_person_id", "C2"], cp_visits=["cppv_person_id", "C3"],
        cin_plans=["cinp_person_id", "C1", "C1"], early_help_episodes=["earl_person_id", "C4"],
    )  # fmt: skip
    assert [(one.row, one.column) for one in source.rejected] == [(2, "ssd_contacts.csv: cont_person_id")]
    assert "3 of 4" in note(source, "Children without any event")
    assert "ssd_person does not have: 1 (C1)" in note(source, "ssd_person does not have")
    assert "1 row of ssd_early_help_episodes, 2 rows of ssd_cin_plans, 1 row of ssd_cp_visits" in note(
        source, "no events"
    )


# files


def test_a_folder_is_read_like_a_zip(tmp_path):
    (tmp_path / "ssd_contacts.csv").write_text(f"{CONTACTS}\n1,C1,2022-05-02,6,,\n")
    (tmp_path / "notes.docx").write_bytes(b"PK")
    source = ssd.read(tmp_path, "extract")
    assert len(source.events) == 1
    assert "1 (notes.docx)" in note(source, "Files that were not read")


def test_a_zip_may_be_named_by_its_path(tmp_path):
    path = tmp_path / "extract.zip"
    path.write_bytes(zipped({"ssd_contacts.csv": f"{CONTACTS}\n1,C1,2022-05-02,6,,\n"}))
    assert len(ssd.read(str(path), "x").events) == 1


@pytest.mark.parametrize(
    "name", ["SSD_Contacts.CSV", "dbo.ssd_contacts.csv", "extract/ssd_contacts_20240131.csv", "ssd_contacts-1.txt"]
)
def test_a_table_is_known_whatever_stands_around_its_name(name):
    assert len(ssd.read(zipped({name: f"{CONTACTS.upper()}\n1,C1,2022-05-02,6,,\n"}), "x").events) == 1


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_columns_may_be_parted_otherwise(mark):
    content = f"{CONTACTS}\n1,C1,2022-05-02,6,,\n".replace(",", mark)
    assert len(ssd.read(zipped({"ssd_contacts.csv": b"\xef\xbb\xbf" + content.encode()}), "x").events) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [(f"{CONTACTS}\n1,C1,2022-05-02,,,\n".encode("utf-16"), "is UTF-16 text: save it as UTF-8."), (b"\xff", "is not UTF-8 text"), (b"a\x00b", "NUL characters"),
     (b"", "no header"), (b"cont_person_id\nC1\n", "has no column cont_contact_date"), (b"cont_person_id,cont_person_id,cont_contact_date\n", "has 2 columns cont_person_id"),
     (b"a," * 1_000_000, "1000001 columns"), (b'"cont_person_id\n', "no header")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_rejected_and_the_others_are_read(content, why):
    source = ssd.read(zipped({"ssd_contacts.csv": content, "ssd_cin_episodes.csv": f"{REFERRALS}\n{REFERRED}\n"}), "x")
    assert [(one.row, one.column) for one in source.rejected] == [(0, "ssd_contacts.csv")]
    assert why in source.rejected[0].reason
    assert named(source) == ["referral.receive"]
    assert f"extract.zip: ssd_contacts.csv: {source.rejected[0].reason}" in refusal(
        zipped({"ssd_contacts.csv": content})
    )


def test_two_files_of_one_table_are_not_guessed_at():
    one = f"{CONTACTS}\n1,C1,2022-05-02,6,,\n"
    source = ssd.read(zipped({"a/ssd_contacts.csv": one, "b/ssd_contacts.csv": one}), "x")
    assert (source.rejected[0].column, len(source.events)) == ("b/ssd_contacts.csv", 1)


def test_a_row_with_too_many_cells_or_an_open_quote_is_rejected_and_the_rest_is_read():
    source = read(contacts=[CONTACTS, "1,C1,2022-05-02,,,,x", '2,"C1,2022-05-02,,,', "3,C1,2022-05-02,,,"])
    assert [(one.row, one.reason[:20]) for one in source.rejected] == [
        (1, "has 7 cells where th"),
        (2, "has a quote that is "),
    ]
    assert [row[2] for row in events(source)] == ["3"]


def test_text_that_no_cell_can_hold_is_left_out_and_told():
    source = read(cin_episodes=[REFERRALS, f"R1,C1,2022-05-02,,,N,6,N1,{'x' * 10_000_000},W\x011"])
    assert said(source, "team") == [""] and said(source, "worker") == [""]
    assert [one.column for one in source.rejected] == [
        "ssd_cin_episodes.csv: cine_referral_worker_id",
        "ssd_cin_episodes.csv: cine_referral_team",
    ]


def test_an_extract_without_tables_of_events_is_refused_with_what_to_do(tmp_path):
    assert "Name each file as its table is: ssd_contacts.csv." in refusal(
        zipped({"ssd_person.csv": "pers_person_id\nC1\n"})
    )
    assert "cannot be read" in refusal(tmp_path / "nowhere")
    assert "is not a zip file" in refusal(b"x")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=200))
def test_whatever_stands_in_a_file_is_read_or_rejected(content, text):
    files: dict[str, str | bytes] = {
        "ssd_contacts.csv": f"{CONTACTS}\n".encode() + content,
        "ssd_cin_episodes.csv": f"{REFERRALS}\n{text}".encode("utf-8", "replace"),
    }
    try:
        source = ssd.read(zipped(files), "x")
    except InputError as refused:
        assert refused.faults
    else:
        assert len(source.events) >= 0


# an audit


def test_an_audit_tells_the_clocks_of_a_whole_case():
    source = read(
        contacts=[CONTACTS, "1,C1,2022-05-02 09:00:00,6,,"], cin_episodes=[REFERRALS, "R1,C1,2022-05-03,2022-09-30,RC7,N,6,N1,T1,W1"],
        cin_assessments=[ASSESSMENTS, "A1,C1,R1,2022-05-04,Y,2022-07-07,W1"], s47_enquiry=[ENQUIRIES, "S1,C1,R1,2022-05-05,2022-05-27,N,"],
        initial_cp_conference=[CONFERENCES, "I1,M1,S1,C1,,R1,N,2022-05-27,2022-05-27,Y,"],
    )  # fmt: skip
    found = run(source)
    assert found.timers["single_assessment.completion"] == {"met": 1}
    assert found.timers["conference.hold"] == {"late": 1}
    assert found.rules == {"breach": 1, "claimed-date-differs": 1}


# the specification


def test_every_column_is_one_of_the_specification_or_was():
    if not SHARED.is_dir():
        pytest.skip("the shared folder with the dataset's specification is not beside this checkout")
    for table, fields in FIELDS.items():
        text = (SHARED / f"{table}.yml").read_text()
        for field, columns in fields.items():
            assert field == "needs" or f"name: {columns[0]}\n" in text, columns[0]
