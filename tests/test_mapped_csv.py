"""Any CSV through a mapping: which column is which, what its values mean, and every fault of a mapping at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from mutations import damaged
from sources import facts, happened

from frontdoor.errors import InputError
from frontdoor.formats import mapped_csv
from frontdoor.formats.date_format import DateFormat
from frontdoor.formats.mapping import mapping_of
from frontdoor.formats.mapping_shape import SHAPE
from frontdoor.formats.source import Source
from frontdoor.library import load, shipped
from frontdoor.replay.audit import run

LONG = {
    "title": "Permits",
    "columns": {"case_id": "Permit no", "event": "Step", "happened_at": "When"},
    "events": {"Application in": "permit.apply", "Licence issued": "permit.grant"},
}
WIDE = {
    "title": "Referrals",
    "columns": {"case_id": "Child"},
    "dates": {"Date of referral": {"event": "referral.receive"}, "Decision date": {"event": "referral.accept"}},
}
CSV = "Permit no,Step,When\nP-1,Application in,03/07/2014 10:15\nP-1,Licence issued,04/07/2014\n"


def read(text: str | bytes, mapping: Mapping[str, Any] = LONG, **more: Any) -> Source:
    content = text if isinstance(text, bytes) else text.encode()
    return mapped_csv.read(content, "export.csv", mapping_of({**mapping, **more}, "my.toml"))


def refused(text: str | bytes, mapping: Mapping[str, Any] = LONG, **more: Any) -> list[str]:
    with pytest.raises(InputError) as error:
        read(text, mapping, **more)
    return [str(fault) for fault in error.value.faults]


def faults(tables: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where and what is wrong with a mapping."""
    with pytest.raises(InputError) as error:
        mapping_of(tables, "my.toml")
    return [(fault.where, fault.code) for fault in error.value.faults]


def rejected(source: Source) -> list[tuple[int, str, str]]:
    return [(bad.row, bad.column, bad.text) for bad in source.rejected]


# A row is an event.


def test_columns_and_values_mean_what_the_mapping_says():
    found = read(CSV)
    assert facts(found) == {
        "P-1": [
            ("P-1", "permit.apply", datetime(2014, 7, 3, 9, 15, tzinfo=UTC), None, "", "", "", ""),
            ("P-1", "permit.grant", date(2014, 7, 4), None, "", "", "", ""),
        ]
    }
    assert (found.format, found.notes, found.rejected) == ("mapped-csv", [], [])


def test_every_column_of_the_flat_log_and_details_can_be_mapped():
    columns = {
        name: name.upper()
        for name in ("case_id", "event", "happened_at", "recorded_at", "actor", "role", "episode", "family")
    }
    text = ",".join([*columns.values(), "Grounds"]) + "\nP,a.b,2014-07-03,2014-07-04,ann,clerk,p1,F,none\n"
    found = read(text, {"title": "x", "columns": columns, "details": {"reason": "Grounds"}})
    assert facts(found)["P"] == [
        ("P", "a.b", date(2014, 7, 3), date(2014, 7, 4), "ann", "clerk", "p1", "F", ("reason", "none"))
    ]


def test_headers_and_values_match_whatever_their_case_and_spaces():
    found = read("PERMIT\u00a0 NO , step,When\nP-1,  APPLICATION  in,2014-07-03\n")
    assert list(facts(found)) == ["P-1"] and found.rejected == []


def test_columns_are_joined_by_a_space_and_one_that_is_empty_leaves_none():
    columns = {"case_id": "No", "event": "Step", "happened_at": ["Date", "Time"]}
    text = "No,Step,Date,Time\nP,a.b,03/07/2014,10:15\nP,a.b,03/07/2014,\n"
    found = read(text, {"title": "x", "columns": columns})
    assert happened(found) == [datetime(2014, 7, 3, 9, 15, tzinfo=UTC), date(2014, 7, 3)]


def test_a_constant_is_the_same_for_every_event():
    mapping = {
        "title": "x",
        "columns": {"case_id": "No", "happened_at": "When"},
        "constants": {"event": "permit.apply", "role": "clerk"},
    }
    assert read("No,When\nP,2014-07-03\n", mapping).events.select("event", "role").rows() == [("permit.apply", "clerk")]


def test_roles_are_mapped_and_one_that_is_not_named_stands_as_it_is_and_is_noted():
    found = read(
        CSV.replace("When\n", "When,Post\n").replace(":15\n", ":15,Front  Counter\n").replace("2014\n", "2014,chief\n"),
        {**LONG, "columns": {**LONG["columns"], "role": "Post"}}, roles={"front counter": "counter"},
    )  # fmt: skip
    assert found.events["role"].to_list() == ["counter", "chief"]
    assert found.notes == ["Roles that the mapping does not name stand as they are: 'chief'."]


def test_an_event_that_the_mapping_does_not_know_is_rejected_with_what_was_probably_meant():
    found = read(CSV + "P-1,Licence isued,05/07/2014\nP-1,,05/07/2014\n")
    assert rejected(found) == [(3, "Step", "Licence isued"), (4, "Step", "")]
    assert found.rejected[0].reason == "is no event that the mapping knows. Did you mean Licence issued?"
    assert found.rejected[1].reason == "is empty."


def test_values_are_passed_over_where_the_mapping_says_so_and_counted():
    found = read(CSV + "P-1,Phone call,05/07/2014\n", ignores=["phone call"])
    assert (found.events.height, found.rejected, found.notes) == (
        2,
        [],
        ["1 row passed over, as the mapping says: phone call."],
    )


def test_without_a_table_of_events_values_are_events_as_they_stand():
    found = read("Permit no,Step,When\nP,permit.apply,2014-07-03\n", {key: LONG[key] for key in ("title", "columns")})
    assert found.events["event"].to_list() == ["permit.apply"]
    assert found.carries.transitions is None


def test_columns_that_the_mapping_does_not_name_are_noted():
    found = read(CSV.replace("When\n", "When,Café,\n").replace("2014\n", "2014,x,\n").replace(":15\n", ":15,x,\n"))
    assert found.notes == ["Columns that the mapping does not name were passed over: Café."]


def test_texts_that_say_nothing_are_nothing():
    found = read(CSV.replace("10:15", "10:15").replace("P-1,Licence", "#N/A,Licence"), empty=["none"])
    assert rejected(found) == [(2, "Permit no", "")]
    assert rejected(read(CSV.replace("P-1,Licence", "none,Licence"), empty=["none"])) == [(2, "Permit no", "")]


def test_text_that_was_made_safe_for_a_spreadsheet_is_restored():
    found = read("Permit no,Step,When,Why\nP-1,Application in,2014-07-03,'=1+1\n", details={"reason": "Why"})
    assert found.events["detail.reason"].to_list() == ["=1+1"]


def test_ids_that_a_spreadsheet_made_decimal_numbers_are_whole_ones_where_all_are():
    found = read(CSV.replace("P-1", "9212044.0"))
    assert list(facts(found)) == ["9212044"]
    assert found.notes == ["The case ids stand as decimal numbers, such as 9212044.0: read as whole ones."]
    assert list(facts(read(CSV.replace("P-1,A", "5.0,A")))) == ["5.0", "P-1"]


# A row is a record of several dates.


def test_each_date_of_a_record_is_an_event_and_an_empty_one_none():
    found = read("Child,Date of referral,Decision date\nK-1,03/07/2014,\nK-2,04/07/2014,05/07/2014 16:00\n", WIDE)
    assert found.events.select("position", "case_id", "event").rows() == [
        (1, "K-1", "referral.receive"), (3, "K-2", "referral.receive"), (4, "K-2", "referral.accept"),
    ]  # fmt: skip
    assert found.notes == ["A row is a record of 2 dates: position 3 is the first date of row 2."]


def test_a_date_has_columns_and_details_of_its_own_and_those_of_the_whole_record():
    mapping = {
        "title": "x", "columns": {"case_id": "Child", "actor": "Worker"}, "details": {"source": "Source"},
        "dates": {
            "Received": {"event": "referral.receive", "actor": "Taken by"},
            "Decided": {"event_in": "Outcome", "details": {"rationale": "Why"}},
        },
        "events": {"Yes": "referral.accept", "No": "referral.take_no_further_action"},
    }  # fmt: skip
    text = "Child,Worker,Source,Received,Taken by,Decided,Outcome,Why\nK,w1,6,2014-07-03,c2,2014-07-04,no,none\n"
    assert facts(read(text, mapping))["K"] == [
        ("K", "referral.receive", date(2014, 7, 3), None, "c2", "", "", "", ("rationale", ""), ("source", "6")),
        (
            "K",
            "referral.take_no_further_action",
            date(2014, 7, 4),
            None,
            "w1",
            "",
            "",
            "",
            ("rationale", "none"),
            ("source", "6"),
        ),
    ]


def test_what_is_rejected_of_a_record_is_told_by_its_row_and_column():
    mapping = {
        "title": "x", "columns": {"case_id": "Child"}, "events": {"Yes": "referral.accept"},
        "dates": {"Received": {"event": "referral.receive"}, "Decided": {"event_in": "Outcome"}},
    }  # fmt: skip
    found = read(
        "Child,Received,Decided,Outcome\n,soon,,\nK,2014-07-03,never,yes\nK,,2014-07-04,perhaps\nK,2014-07-05,2014-07-06,\n",
        mapping,
    )
    assert rejected(found) == [
        (1, "Child", ""), (1, "Received", "soon"), (2, "Decided", "never"), (3, "Outcome", "perhaps"), (4, "Outcome", ""),
    ]  # fmt: skip


WHOLE = {
    **WIDE,
    "dates": {
        "Referred": {"event": "referral.receive"}, "Started": {"event": "single_assessment.start"},
        "Signed": {"event": "single_assessment.sign_off"},
    },
}  # fmt: skip


@pytest.mark.parametrize("referred", ["31/02/2022", ""])
def test_an_assessment_whose_record_does_not_date_its_referral_cannot_be_met(referred):
    found = read(f"Child,Referred,Started,Signed\nK-1,{referred},03/05/2022,01/07/2022\n", WHOLE)
    assert found.carries.partial == {"referral.receive"}
    judged = run(found, load(), as_at=date(2022, 8, 1)).deadlines
    assert judged.filter(timer="single_assessment.completion")["status"].to_list() == ["cannot_tell"]


def test_a_record_that_has_got_no_further_lacks_nothing():
    found = read("Child,Referred,Started,Signed\nK-1,02/05/2022,03/05/2022,\nK-2,02/05/2022,,\n", WHOLE)
    assert found.carries.partial == frozenset()


def test_of_an_opening_whose_date_is_rejected_the_file_holds_some_only():
    mapping = {**LONG, "events": {"Referred": "referral.receive", "Accepted": "referral.accept"}}
    found = read("Permit no,Step,When\nP-1,Referred,never\nP-2,Accepted,never\nP-3,Referred,2022-05-02\n", mapping)
    assert found.carries.partial == {"referral.receive"}


def test_where_every_time_is_a_midnight_they_are_dates():
    found = read("Permit no,Step,When\nP-1,Application in,03/07/2014 00:00\nP-1,Licence issued,2014-07-04T00:00:00\n")
    assert happened(found) == [date(2014, 7, 3), date(2014, 7, 4)]
    assert [one for one in found.notes if "read as dates" in one]


def test_a_midnight_among_other_times_stays_a_moment():
    found = read("Permit no,Step,When\nP-1,Application in,03/07/2014 00:00\nP-1,Licence issued,04/07/2014 10:15\n")
    assert happened(found)[0] == datetime(2014, 7, 2, 23, 0, tzinfo=UTC)


# What the file can carry.


def test_a_file_carries_what_the_mapping_names():
    carries = read(CSV).carries
    assert (carries.transitions, carries.roles, carries.details, carries.logged) == (
        frozenset({"permit.apply", "permit.grant"}), False, frozenset(), True,
    )  # fmt: skip
    wide = read("Child,Date of referral,Decision date\nK,2014-07-03,\n", WIDE).carries
    assert (wide.transitions, wide.logged) == (frozenset({"referral.receive", "referral.accept"}), False)


def test_the_mapping_may_say_what_the_file_carries():
    told = {"transitions": ["permit.apply"], "roles": True, "details": ["reason"], "logged": False}
    carries = read(CSV, carries=told).carries
    assert (carries.transitions, carries.roles, carries.details, carries.logged) == (
        frozenset({"permit.apply"}), True, frozenset({"reason"}), False,
    )  # fmt: skip
    assert read(CSV, carries={"transitions": "all"}).carries.transitions is None


# Dates.


@pytest.mark.parametrize(
    "written, text, means",
    [
        ("dd/mm/yyyy hh:mm", "03/04/2014 09:05", "2014-04-03T09:05:00"),
        ("dd/mm/yyyy hh:mm", "3/4/2014  9:05", "2014-04-03T09:05:00"),
        ("mm/dd/yyyy", "03/04/2014", "2014-03-04"),
        ("mm/dd/yyyy", "13/04/2014", None),
        ("dd/mm/yyyy[ hh:mm[:ss]]", "03/04/2014", "2014-04-03"),
        ("dd/mm/yyyy[ hh:mm[:ss]]", "03/04/2014 10:11:12", "2014-04-03T10:11:12"),
        ("d mmm yyyy", "3 Sept. 2014", "2014-09-03"),
        ("d mmmm yyyy", "3 september 2014", "2014-09-03"),
        ("yyyymmdd", "20140403", "2014-04-03"),
        ("ddmmyyyyhhmm", "030420140905", "2014-04-03T09:05:00"),
        ("yyyy-mm-ddThh:mm", "2014-04-03T09:05", "2014-04-03T09:05:00"),
        ("DD.MM.YY", "03.04.14", "2014-04-03"),
        ("dd.mm.yy", "03.04.50", "1950-04-03"),
        ("dd/mm/yyyy", "31/04/2014", None),
        ("dd/mm/yyyy", "2014-04-03", None),
        ("dd/mm/yyyy", "\u0663/04/2014", None),
        ("dd/mm/yyyy hh:mm", "03/04/2014 24:00", None),
    ],
)
def test_a_date_means_what_its_format_says_and_nothing_else(written, text, means):
    assert DateFormat.wrong_with(written) is None
    assert DateFormat(written).iso(text) == means


@pytest.mark.parametrize(
    "written",
    [
        "dd/mm",
        "mm/yyyy",
        "dd/mm/yyyy am",
        "dd/dd/yyyy",
        "x",
        "[dd]/mm/yyyy",
        "dd/mm/yyyy [hh",
        "dd/mm/yyyy]",
        "ddd/mm/yyyy",
        "dd/mm/yyy",
    ],
)
def test_what_is_no_way_of_writing_dates_is_told(written):
    assert "write it as dd/mm/yyyy" in (DateFormat.wrong_with(written) or "")


@settings(deadline=None, max_examples=200)
@given(written=st.text("dmyhsDMYT/:[] .-a", max_size=24))
def test_any_text_is_a_format_that_reads_or_is_told_why_not(written):
    if DateFormat.wrong_with(written) is None:
        assert DateFormat(written).iso("no date at all") is None


def test_dates_are_read_as_the_mapping_says():
    text = "Permit no,Step,When\nP,Application in,07/03/2014\nP,Licence issued,13/03/2014\n"
    found = read(text, date_format="mm/dd/yyyy")
    assert happened(found) == [date(2014, 7, 3)]
    assert rejected(found) == [(2, "When", "13/03/2014")]
    assert found.rejected[0].reason == "is no date written as mm/dd/yyyy."


def test_a_month_that_stands_first_is_never_guessed_but_told():
    found = read(CSV.replace("04/07/2014", "07/14/2014"))
    assert happened(found) == [datetime(2014, 7, 3, 9, 15, tzinfo=UTC)]
    (bad,) = found.rejected
    assert bad.reason == 'is not dd/mm/yyyy: where the month stands first, say date_format = "mm/dd/yyyy" in my.toml.'


def test_years_that_no_record_is_of_are_rejected():
    text = "Permit no,Step,When\n" + "".join(
        f"P,Application in,01/01/{year}\n" for year in ("1849", "1900", "2099", "2200")
    )
    for more in ({}, {"date_format": "dd/mm/yyyy"}):
        assert [bad.row for bad in read(text, **more).rejected] == [1, 4]


# The file.


def test_delimiter_encoding_and_lines_above_the_header_are_as_the_mapping_says():
    text = "Register – of Café\n\n" + CSV.replace(",", ";").replace("P-1", "Café 1")
    found = read(text.encode("cp1252"), delimiter=";", encoding="cp1252", lines_above=2)
    assert list(facts(found)) == ["Café 1"]
    assert facts(read(CSV.replace(",", "\t"), delimiter="\t")) == facts(read(CSV))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_says_the_encoding(encoding):
    assert facts(read(CSV.encode(encoding))) == facts(read(CSV))


def test_utf_16_without_a_mark_is_read_where_the_mapping_says_so():
    content = CSV.encode("utf-16-le")
    assert facts(read(content, encoding="utf-16")) == facts(read(CSV))
    assert 'encoding = "utf-16"' in refused(content)[0]


def test_bytes_of_another_encoding_are_told_with_their_line():
    (told,) = refused(CSV.replace("P-1,L", "Café,L").encode("cp1252"))
    assert "is not utf-8 text (line 3" in told and 'encoding = "cp1252"' in told


def test_another_delimiter_is_told():
    assert refused(CSV.replace(",", ";")) == [
        'export.csv: header: has its columns parted by semicolons, not by commas. Say delimiter = ";" in my.toml.'
    ]


def test_columns_that_are_not_there_are_told_at_once_with_what_was_probably_meant():
    told = refused(CSV.replace("Permit no", "Permit number").replace("Step", "Stepp"))
    assert told == [
        "export.csv: header: there is no column 'Permit no'. Did you mean Permit number? It is named in my.toml, columns.case_id.",
        "export.csv: header: there is no column 'Step'. Did you mean Stepp? It is named in my.toml, columns.event.",
    ]


def test_a_doubled_column_is_told_only_where_it_is_meant():
    assert "there are 2 columns 'Step'" in refused(CSV.replace("When\n", "When, step \n"))[0]
    assert read(CSV.replace("When\n", "When,x,x\n")).events.height == 2


def test_rows_of_other_lengths_and_open_quotes_are_told_and_the_rest_is_read():
    found = read(
        CSV
        + 'P-2,Application in,05/07/2014,more\nP-3,Application in\nP-4,"open,05/07/2014\nP-5,Application in,05/07/2014\n'
    )
    assert [row for row, _, _ in rejected(found)] == [3, 4, 5]
    assert list(facts(found)) == ["P-1", "P-5"]


@pytest.mark.parametrize(
    "text, code",
    [
        ("Permit no,Step,When\n", "no rows"),
        ("", "no column"),
        ("a\x00b\n", "NUL"),
        (",".join("abc" * 2000) + "\n1\n", "columns"),
    ],
)
def test_what_is_no_file_of_rows_is_refused(text, code):
    assert code in refused(text)[0]


def test_a_cell_of_ten_megabytes_is_rejected_and_in_a_message_cut():
    big = "x" * 10_000_000
    found = read(f"Permit no,Step,When\nP,{big},2014-07-03\nP,Application in,{big}\n{big},Application in,2014-07-03\n")
    assert [(row, column, len(text)) for row, column, text in rejected(found)] == [
        (1, "Step", 100), (2, "When", 100), (3, "Permit no", 100),
    ]  # fmt: skip
    assert facts(found) == {}


def test_a_quote_that_is_opened_in_the_header_and_never_closed_is_told():
    assert refused('"' + CSV * 10_000) == ["export.csv: header: has a quote that is opened and never closed."]


@settings(deadline=None, max_examples=150)
@given(content=damaged(CSV.encode()))
def test_a_damaged_file_is_read_in_part_or_refused_never_more(content):
    try:
        assert read(content).format == "mapped-csv"
    except InputError as error:
        assert all(str(fault) for fault in error.faults)


# The mapping.


def test_a_mapping_is_read_from_its_file(tmp_path: Path):
    file = tmp_path / "My export (2).toml"
    file.write_text('title = "x"\n[columns]\ncase_id = "No"\nhappened_at = "When"\n[constants]\nevent = "a.b"\n')
    assert facts(mapped_csv.read(b"No,When\nP,2014-07-03\n", "export.csv", mapped_csv.load_mapping(file)))["P"]


def test_the_tables_of_a_mapping_will_do_for_the_mapping():
    assert facts(mapped_csv.read(CSV.encode(), "export.csv", LONG)) == facts(read(CSV))


@pytest.mark.parametrize("text", ["title = ", "a = 1\na = 2", "\xff"])
def test_a_mapping_that_is_not_toml_is_refused(tmp_path: Path, text: str):
    (tmp_path / "my.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError):
        mapped_csv.load_mapping(tmp_path / "my.toml")
    with pytest.raises(InputError):
        mapped_csv.load_mapping(tmp_path / "none.toml")


def test_all_faults_of_a_mapping_are_told_at_once():
    tables = {
        "titel": "x", "encoding": "utf8", "delimiter": ";;", "date_format": "dd/mm", "lines_above": -1,
        "columns": {"case": "No", "event": 5}, "events": {"x": "apply", "y": "a.b", " Y": "a.c"}, "roles": {"z": "The Clerk"},
        "details": {"actor": "A", "The reason": "B"}, "constants": {"event": "a.b"}, "carries": {"transitions": ["apply"]},
    }  # fmt: skip
    assert sorted(faults(tables)) == sorted([
        ("titel", "unknown-key"), ("title", "missing-key"), ("encoding", "wrong-value"), ("delimiter", "wrong-value"),
        ("date_format", "wrong-value"), ("lines_above", "wrong-value"), ("columns.case", "unknown-key"),
        ("columns.case_id", "missing-key"), ("columns.happened_at", "missing-key"), ("columns.event", "wrong-value"),
        ("events.x", "wrong-value"), ("events", "doubled"), ("roles.z", "wrong-value"), ("details.actor", "wrong-name"),
        ("details.The reason", "wrong-name"), ("constants.event", "both"), ("carries.transitions", "wrong-value"),
    ])  # fmt: skip


@pytest.mark.parametrize(
    "tables, found",
    [
        ({**WIDE, "columns": {"case_id": "No", "event": "x", "happened_at": "y"}}, [("columns.event", "both"), ("columns.happened_at", "both")]),
        ({**WIDE, "dates": {"x": {}}}, [("dates.'x'", "missing-key")]),
        ({**WIDE, "dates": {"x": {"event": "a.b", "event_in": "y"}}}, [("dates.'x'", "missing-key")]),
        ({**WIDE, "dates": {}}, [("dates", "missing-key")]),
        ({**WIDE, "dates": {"x": {"event": "a.b", "details": {"role": "y"}}}}, [("dates.'x'.details.role", "wrong-name")]),
        ({"title": "x", "columns": {"case_id": "No", "happened_at": "When"}}, [("columns.event", "missing-key")]),
        ({"title": "x", "columns": "No"}, [("columns", "wrong-value"), ("columns.case_id", "missing-key"), ("columns.happened_at", "missing-key"), ("columns.event", "missing-key")]),
    ],
)  # fmt: skip
def test_what_a_mapping_misses_or_says_twice_is_told(tables, found):
    assert faults(tables) == found


def test_an_unknown_word_is_told_with_what_was_probably_meant():
    with pytest.raises(InputError, match="there is no 'happend_at' here. Did you mean happened_at?"):
        mapping_of({**LONG, "columns": {**LONG["columns"], "happend_at": "x"}})


def test_events_and_roles_are_looked_up_in_a_library():
    tables = {
        **WIDE, "events": {"x": "referral.acept"}, "roles": {"y": "manger"}, "constants": {"role": "sw"},
        "dates": {"z": {"event": "contact.recieve"}}, "carries": {"transitions": ["mash.begin"]},
    }  # fmt: skip
    with pytest.raises(InputError) as error:
        mapping_of(tables, "my.toml", load())
    assert [(fault.where, fault.code) for fault in error.value.faults] == [
        ("events.'x'", "unknown-event"), ("dates.'z'.event", "unknown-event"), ("carries.transitions", "unknown-event"),
        ("roles.'y'", "unknown-role"), ("constants.role", "unknown-role"),
    ]  # fmt: skip
    assert "Did you mean referral.accept" in str(error.value) and "Did you mean manager" in str(error.value)
    mapping_of(WIDE, "my.toml", load())


# The schema that editors use says the same.

SCHEMA = json.loads((shipped() / "schema" / "mapping.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def subschemas(
    node: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    yield path, node
    for key, one in node.get("properties", {}).items():
        yield from subschemas(one, (*path, key))
    for one in node.get("patternProperties", {}).values():
        yield from subschemas(one, (*path, "*"))


def shapes(shape: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for key, check in ({} if callable(shape) else shape).items():
        yield from shapes(check, (*path, key))


def test_the_schema_is_valid_and_describes_everything_for_people():
    Draft202012Validator.check_schema(SCHEMA)
    assert [path for path, node in subschemas(SCHEMA) if not node.get("description", "").strip()] == []
    assert [
        path
        for path, node in subschemas(SCHEMA)
        if node.get("type") == "object" and node.get("additionalProperties") is not False
    ] == []


def test_the_schema_has_every_word_that_the_program_reads_and_no_other():
    assert {path for path, _ in subschemas(SCHEMA)} == set(shapes(SHAPE))


PROBES = [
    "x", "", " ", 5, 0, -1, 1001, 1.5, True, ["x"], [], ["x", "x"], ["a.b"], [5], {}, "a.b", "a.B", "all", "utf-8", "cp1252", ";",
    "\t", ";;", '"', "a", "reason", "The reason", ["reason", "outcome"],
]  # fmt: skip


VALUES = [path for path, node in subschemas(SCHEMA) if node.get("type") != "object" and path != ("date_format",)]
"""All but the one that only the program can read."""


@pytest.mark.parametrize("path", VALUES, ids=".".join)
def test_schema_and_program_take_the_same_values_for_every_word(path: tuple[str, ...]):
    check: Any = SHAPE
    for key in path:
        check = check[key]
    node = dict(subschemas(SCHEMA))[path]
    differing = [value for value in PROBES if Draft202012Validator(node).is_valid(value) != (check(value) is None)]
    assert differing == []


@pytest.mark.parametrize("tables", [LONG, WIDE], ids=["an event a row", "a record a row"])
def test_sound_mappings_are_sound_to_both(tables: Mapping[str, Any]):
    assert VALIDATOR.is_valid(tables)
    assert mapping_of(tables)


ROOT = Path(__file__).parents[1]
WRITTEN = re.findall(
    r"```toml\n(title.*?)```", (ROOT / "workflows" / "README.md").read_text(encoding="utf-8"), flags=re.S
)


@pytest.mark.parametrize("text", [text for text in WRITTEN if "[columns]" in text], ids=["events", "records"])
def test_the_mappings_that_practitioners_are_shown_are_right(text, tmp_path):
    (tmp_path / "my.toml").write_text(text, encoding="utf-8")
    assert isinstance(mapped_csv.load_mapping(tmp_path / "my.toml", load()), mapped_csv.Mapping)


def test_a_mapping_that_is_no_file_is_refused_before_it_is_opened(tmp_path):
    import os

    os.mkfifo(tmp_path / "my.toml")
    with pytest.raises(InputError) as error:
        mapped_csv.load_mapping(tmp_path / "my.toml")
    assert [fault.code for fault in error.value.faults] == ["unreadable"]
    assert "is neither a file nor a folder" in str(error.value)
