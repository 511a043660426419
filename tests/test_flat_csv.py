"""The flat event log as it arrives: what can be read is read, the rest is listed with its row, column and reason.

Rows are numbered from 1 under the header. A file that is not the right kind of thing at all is refused whole, with all
that is wrong with it.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from frontdoor.errors import InputError, MomentError
from frontdoor.formats import flat_csv, read
from frontdoor.formats.source import Source, happened_at, moments, recorded_at
from frontdoor.moment import bounds, parse

HEADER = "case_id,event,happened_at"
ROW = "C-1,referral.receive,2014-03-03"


def source(text: str | bytes) -> Source:
    return flat_csv.read(text if isinstance(text, bytes) else text.encode(), "log.csv")


def refused(text: str | bytes) -> list[str]:
    """What is wrong with a file that cannot be read, each as it is shown."""
    with pytest.raises(InputError) as error:
        source(text)
    return [str(fault) for fault in error.value.faults]


def codes(text: str | bytes) -> list[str]:
    with pytest.raises(InputError) as error:
        source(text)
    return [fault.code for fault in error.value.faults]


def cells(text: str | bytes, *columns: str) -> list[tuple]:
    events = source(text).events
    named = [column if column in events.columns else f"detail.{column}" for column in columns]
    return events.select(named or ("position", "case_id", "event")).rows()


# The file as a whole.


def test_a_minimal_log_is_read():
    log = source(f"{HEADER}\n{ROW}\n")
    assert log.events.select("position", "case_id", "event", "actor", "role", "episode", "family").rows() == [
        (1, "C-1", "referral.receive", "", "", "", "")
    ]
    assert (log.rejected, log.notes, log.details, log.format) == ([], [], (), "flat-csv")
    (row,) = log.events.iter_rows(named=True)
    assert (happened_at(row), recorded_at(row)) == (date(2014, 3, 3), None)


def test_the_columns_may_stand_in_any_order_and_all_others_are_details():
    log = source("source,happened_at,event,zeta,case_id\n6,2014-03-03,referral.receive,z,C-1\n")
    assert log.details == ("source", "zeta")
    assert log.carries.details == frozenset({"source", "zeta"})
    assert log.events.select("case_id", "event", "detail.source", "detail.zeta").rows() == [
        ("C-1", "referral.receive", "6", "z")
    ]


def test_spaces_around_names_of_columns_and_cells_do_not_matter():
    assert cells(" case_id , event,happened_at \n C-1 ,  referral.receive , 2014-03-03 \n") == [
        (1, "C-1", "referral.receive")
    ]


def test_a_missing_column_is_refused_by_name():
    (told,) = refused("case_id,event\nC-1,referral.receive\n")
    assert told == (
        "log.csv: header: there is no column happened_at. The first row must name case_id, event, happened_at at least."
    )


@pytest.mark.parametrize(
    "wrong, right", [("caseid", "case_id"), ("Case_ID", "case_id"), ("happend_at", "happened_at"), ("events", "event")]
)
def test_a_misspelt_column_is_refused_with_what_was_probably_there(wrong, right):
    header = HEADER.replace(right, wrong) if right != "event" else "case_id,events,happened_at"
    (told,) = refused(f"{header}\n{ROW}\n")
    assert f"there is no column {right}. Did you mean {wrong}?" in told


def test_all_missing_columns_are_told_at_once():
    assert codes("a,b\n1,2\n") == ["missing-column"] * 3


def test_a_doubled_column_is_refused_whatever_it_is():
    assert codes("case_id,event,happened_at,event\na,b,2014-03-03,c\n") == ["doubled-column"]
    assert codes("case_id,event,happened_at,why,why\na,b,2014-03-03,c,d\n") == ["doubled-column"]
    assert codes("case_id,event,event,why,why\na,b,c,d,e\n") == ["missing-column", "doubled-column", "doubled-column"]


def test_a_file_that_begins_with_its_rows_is_refused():
    assert "missing-column" in codes(f"{ROW}\n{ROW}\n")


@pytest.mark.parametrize(
    "content, told",
    [
        (f"{HEADER}\n{ROW}\n".encode("utf-16"), "UTF-16"),
        (f"{HEADER}\n{ROW}\n".encode("utf-16-be"), ""),
        (f"{HEADER}\n{ROW}\nC-2,Zoë,2014-03-03\n".encode("latin-1"), "line 3"),
    ],
)
def test_another_encoding_is_refused_with_advice(content, told):
    with pytest.raises(InputError) as error:
        source(content)
    (fault,) = error.value.faults
    assert fault.code in ("encoding", "not-csv")
    assert told in str(fault)
    if fault.code == "encoding":
        assert "save it as UTF-8" in str(fault)


def test_a_file_with_nul_characters_is_not_csv():
    assert codes(f"{HEADER}\nC-1,referral\x00.receive,2014-03-03\n") == ["not-csv"]


def test_a_header_without_rows_is_refused():
    assert codes(f"{HEADER}\n") == ["no-rows"]
    assert codes(HEADER) == ["no-rows"]
    assert codes(f"{HEADER}\n\n\n") == ["no-rows"]


@pytest.mark.parametrize("content", ["", "\n\n", "   \n", "\ufeff"])
def test_an_empty_file_is_refused(tmp_path, content):
    file = tmp_path / "log.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read(file)
    assert [fault.code for fault in error.value.faults] == ["empty"]


def test_a_file_that_is_not_there_is_refused(tmp_path):
    for path, code in (
        (tmp_path / "none.csv", "not-there"),
        (tmp_path / "a" / "b.csv", "not-there"),
    ):
        with pytest.raises(InputError) as error:
            read(path)
        assert [fault.code for fault in error.value.faults] == [code]
        assert str(path) in str(error.value)


def test_a_format_that_there_is_not_is_refused_with_what_was_probably_meant(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text(f"{HEADER}\n{ROW}\n")
    with pytest.raises(InputError, match="Did you mean flat-csv"):
        read(file, format="flat_csv")
    assert read(file, format="flat-csv").events.height == 1


def test_a_file_is_told_by_its_content_and_not_by_its_name(tmp_path):
    file = tmp_path / "log.xml"
    file.write_text(f"{HEADER}\n{ROW}\n")
    assert read(file).format == "flat-csv"


# Rows.


def test_rows_that_cannot_be_read_are_listed_with_row_column_and_reason_and_the_rest_is_read():
    log = source(f"""{HEADER},recorded_at
C-1,referral.receive,2014-03-03,
,referral.receive,2014-03-03,
C-3,,2014-03-03,
C-4,referral.receive,,
C-5,referral.receive,yesterday,
C-6,referral.receive,2014-02-29,
C-7,referral.receive,2014-03-30T01:30,
C-8,referral.receive,2014-03-03,soon
C-9,referral.receive,2014-03-03,2014-03-04
""")
    assert log.events["position"].to_list() == [1, 9]
    assert [(bad.row, bad.column, bad.text) for bad in log.rejected] == [
        (2, "case_id", ""),
        (3, "event", ""),
        (4, "happened_at", ""),
        (5, "happened_at", "yesterday"),
        (6, "happened_at", "2014-02-29"),
        (7, "happened_at", "2014-03-30T01:30"),
        (8, "recorded_at", "soon"),
    ]
    reasons = {bad.row: bad.reason for bad in log.rejected}
    assert reasons[2] == reasons[3] == reasons[4] == "is empty."
    assert "is not a date or time" in reasons[5] and "is not a date or time" in reasons[6]
    assert "does not exist in Europe/London" in reasons[7]
    assert "is not a date or time" in reasons[8]


def test_a_row_with_several_faults_is_listed_once_for_each():
    log = source(f"{HEADER},recorded_at\n,,never,soon\n{ROW},\n")
    assert [(bad.row, bad.column) for bad in log.rejected] == [
        (1, "case_id"), (1, "event"), (1, "happened_at"), (1, "recorded_at"),
    ]  # fmt: skip
    assert log.events["position"].to_list() == [2]


def test_a_log_of_which_no_row_can_be_read_is_a_source_with_no_events():
    log = source(f"{HEADER}\nC-1,referral.receive,soon\n")
    assert (log.events.height, len(log.rejected)) == (0, 1)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_row_with_too_many_cells_is_rejected_and_the_others_keep_their_numbers(quote):
    log = source(f"{HEADER}\n{ROW}\nC-2,{quote}referral.receive{quote},2014-03-03,more,and more\n{ROW}\n")
    assert log.events["position"].to_list() == [1, 3]
    (bad,) = log.rejected
    assert (bad.row, bad.column) == (2, "happened_at")
    assert "has 5 cells where the header has 3" in bad.reason


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_row_with_too_few_cells_has_nothing_in_the_others(quote):
    log = source(f"{HEADER},actor,source\n{quote}C-1{quote},referral.receive,2014-03-03\nC-2,referral.receive\n")
    assert log.events.select("position", "actor", "detail.source").rows() == [(1, "", "")]
    assert [(bad.row, bad.column, bad.reason) for bad in log.rejected] == [(2, "happened_at", "is empty.")]


def test_quotes_commas_and_newlines_stand_inside_cells():
    text = f'{HEADER},why\nC-1,referral.receive,2014-03-03,"he said ""no"", and\nleft"\n"C-2",referral.receive,2014-03-03,x\n'
    assert cells(text, "position", "case_id", "why") == [(1, "C-1", 'he said "no", and\nleft'), (2, "C-2", "x")]


def test_a_quote_in_the_middle_of_a_cell_is_a_quote():
    assert cells(f'{HEADER},why\n{ROW},5" tall\n', "why") == [('5" tall',)]


def test_a_byte_order_mark_is_fine():
    assert cells(f"{HEADER}\n{ROW}\n".encode("utf-8-sig")) == [(1, "C-1", "referral.receive")]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_the_newlines_of_other_systems_are_fine(newline):
    assert cells(f"{HEADER}\n{ROW}\n{ROW}\n".replace("\n", newline)) == [
        (1, "C-1", "referral.receive"),
        (2, "C-1", "referral.receive"),
    ]


def test_the_last_row_needs_no_newline():
    assert len(cells(f"{HEADER}\n{ROW}\n{ROW}")) == 2


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("blank", ["", "{}", "{}{}"])
def test_a_blank_line_is_no_row(newline, blank):
    text = f"{HEADER}\n{blank.format(*['', ''])}{ROW}\n\n{ROW}\n\n\n".replace("{}", "\n")
    assert [row[0] for row in cells(text.replace("\n", newline))] == [1, 2]


def test_a_blank_first_line_is_a_header_without_columns():
    assert codes(f"\n{HEADER}\n{ROW}\n") == ["missing-column"] * 3


def test_a_line_of_spaces_or_commas_alone_is_a_row_without_a_case():
    log = source(f"{HEADER}\n   \n,,\n{ROW}\n")
    assert {bad.row for bad in log.rejected} == {1, 2}
    assert log.events["position"].to_list() == [3]


def test_a_huge_cell_is_read_or_rejected_and_the_other_rows_are_read():
    big = "x" * 200_000
    assert cells(f"{HEADER},why\n{ROW},{big}\n{ROW},y\n", "why") == [(big,), ("y",)]
    log = source(f'{HEADER},why\n{ROW},"{big}"\n{ROW},y\n')
    assert log.events["detail.why"].to_list()[-1] == "y"
    assert log.events.height + len(log.rejected) == 2


def test_the_row_after_a_huge_cell_of_several_lines_keeps_its_number():
    big = "x" * 200_000
    log = source(f'{HEADER},why\n{ROW},"{big}\nand, more, of, it"\n{ROW},y\n')
    assert log.events["detail.why"].to_list()[-1] == "y"
    assert log.events["position"].to_list()[-1] == 2


def test_an_unclosed_quote_loses_no_row_without_a_word():
    log = source(f'{HEADER},why\n{ROW},a\n{ROW},"open\n{ROW},b\n{ROW},c\n')
    assert log.events.filter(pl.col("position") == 1)["detail.why"].to_list() == ["a"]
    assert log.rejected, "what stands behind the quote is one cell of three lines, and must be told"


def test_a_header_in_quotes_is_a_header():
    assert cells(f'"case_id","event","happened_at"\n{ROW}\n') == [(1, "C-1", "referral.receive")]


def test_a_column_name_may_hold_a_newline():
    assert cells(f'{HEADER},"what\nelse"\n{ROW},x\n', "what\nelse") == [("x",)]


@pytest.mark.parametrize(
    "name", ["position", "day", "happened_from", "recorded_day", "row", "case", "label", "at", "given", "text"]
)
def test_a_detail_may_be_called_what_we_call_our_own_columns(name):
    from frontdoor.library import load
    from frontdoor.replay.audit import run

    found = run(source(f"{HEADER},{name}\n{ROW},x\n"), load())
    assert found.deadlines.height == 2


# Two ways of reading: whole columns where the file is regular, else row by row.

CELL = st.text(st.characters(codec="utf-8", exclude_characters='\x00\r\n",', exclude_categories=["Cs"]), max_size=8)
TABLE = st.lists(
    st.tuples(
        st.sampled_from(["C-1", "C-2", " C-3 ", ""]) | CELL,
        st.sampled_from(["referral.receive", "contact.close", ""]) | CELL,
        st.sampled_from(["2014-03-03", "03/03/2014 10:00", "2014-03-03T10:00", "never", "", "2014-03-30T01:30"]) | CELL,
        CELL,
        CELL,
    ),
    min_size=1,
    max_size=8,
)


def same(one: Source, other: Source) -> None:
    assert_frame_equal(one.events, other.events)
    assert (one.rejected, one.details, one.carries, one.notes) == (
        other.rejected, other.details, other.carries, other.notes,
    )  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(table=TABLE, newline=st.sampled_from(["\n", "\r\n"]), bom=st.booleans(), last=st.booleans())
@example(table=[("C-1", "a", "2014-03-03", "\u2028", "\x85")], newline="\n", bom=False, last=True)
@example(table=[("C-1", "a", "2014-03-03", "\x0b\x0c", "\x1c")], newline="\n", bom=False, last=True)
@example(table=[("#", "a", "2014-03-03", "null", "NA")], newline="\n", bom=False, last=True)
def test_the_same_table_written_with_and_without_quotes_is_the_same_source(table, newline, bom, last):
    rows = [("case_id", "event", "happened_at", "actor", "why"), *table]
    end = newline if last else ""
    bare = newline.join(",".join(row) for row in rows) + end
    quoted = newline.join(",".join(f'"{cell}"' for cell in row) for row in rows) + end
    encoding = "utf-8-sig" if bom else "utf-8"
    same(source(bare.encode(encoding)), source(quoted.encode(encoding)))


@settings(deadline=None, max_examples=100)
@given(lines=st.lists(st.text(st.sampled_from("aC1,- \t.\r"), max_size=20), min_size=1, max_size=8))
def test_rows_of_any_length_read_alike_both_ways(lines):
    """A row in quotes at the end sends the whole file the long way."""
    text = f"{HEADER},why\n" + "".join(line.replace("\r", "") + "\n" for line in lines)
    short = source(text + "C-1,a,2014-03-03,b\n")
    long = source(text + 'C-1,a,2014-03-03,"b"\n')
    same(short, long)


# Dates by whole columns mean what `moment.parse` says.


def four(text: str) -> tuple[int, int, int, int] | None:
    try:
        return bounds(parse(text)) if text.strip() else None
    except (MomentError, OverflowError):
        return None


def assert_read_like_parse(texts: list[str]) -> None:
    column = pl.DataFrame({"when": pl.Series(texts, dtype=pl.String).str.strip_chars()})
    frame, found = moments(column, {"when": "at"})
    wrong = found["when"]
    expected = [four(text) for text in texts]
    assert frame.select("at_from", "at_to", "at_day", "at_last_day").rows() == [one or (None,) * 4 for one in expected]
    assert set(wrong) == {
        text.strip() for text, one in zip(texts, expected, strict=True) if one is None and text.strip()
    }  # fmt: skip


ODD = [
    "2014-03-03T23:59:60", "2014-03-03T24:00", "2014-03-03T24:00:00", "2014-03-03t10:00", "2014-03-03 10:00",
    "2014-03-03T10:00:00.5", "2014-03-03T10:00:00,5", "2014-03-03T10:00:00.123456789", "2014-03-03T10", "20140303",
    "20140303T1000", "2014-W10-1", "2014-062", "0001-01-01", "9999-12-31", "0001-01-01T00:00", "9999-12-31T23:59:59",
    "9999-12-31T23:59:59-12:00", "0000-01-01", "10000-01-01", "1899-12-31", "1969-12-31T23:30", " 2014-03-03 ",
    "\t2014-03-03T10:00\n", "2014-03-03T10:00Z", "2014-03-03T10:00:00z", "2014-03-03T10:00:00+0100",
    "2014-03-03T10:00:00+01", "2014-03-03T10:00:00+24:00", "2014-03-03T10:00:00+23:59", "2014-03-03T10:00:00-00:00",
    "2014-03-03T10:00:00+01:60", "2014-03-30T01:00", "2014-03-30T01:59:59", "2014-03-30T02:00", "2014-10-26T01:30",
    "2014-10-26T01:30+00:00", "2014-10-26T01:30:00+01:00", "1/2/2014", "01/02/2014", "31/02/2014", "3/3/2014 9:05",
    "03/03/2014T09:05:07", "03/03/14", "2014-3-3", "2014-03-3", "2014/03/03", "2014-03-03/2014-03-05",
    "2014-03-05/2014-03-03", "-2014-03-03", "+2014-03-03", "2014-03-03T", "2014-03-03T1:00", "T10:00", "", "  ",
    "٢٠١٤-٠٣-٠٣", "2014-03-03T٠٩:00", "2014‑03‑03", "1970-01-01T00:30", "1968-06-01T12:00", "1971-10-31T02:30",
    "1940-06-01", "1847-12-01T00:00", "1847-11-30",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_an_odd_date_by_columns_is_what_it_is_alone(text):
    assert_read_like_parse([text])


def test_odd_dates_in_one_column_do_not_disturb_each_other():
    assert_read_like_parse(ODD)


@st.composite
def near_dates(draw) -> str:
    """A date or time as people write it, or nearly so."""
    moment = draw(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)))
    text = draw(
        st.sampled_from(
            [
                "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%d/%m/%Y %H:%M",
                "%Y-%m-%dT%H:%M:%S.%f", "%Y%m%d", "%d/%m/%Y %H:%M:%S", "%Y-%m-%dt%H:%M", "%Y-%m-%dT24:00",
            ]
        )
    )  # fmt: skip
    text = f"{moment:{text}}"
    year = text.split("-")[0]
    if len(year) < 4 and year.isdigit():  # strftime leaves the noughts of early years out
        text = text.replace(year, year.zfill(4), 1)
    text += draw(st.sampled_from(["", "", "", "Z", "+00:00", "+01:00", "-11:30", "+14:00", "+0100", "z", " "]))
    if draw(st.booleans()):
        place = draw(st.integers(0, len(text)))
        change = draw(st.sampled_from(["", "0", "6", "9", "-", ":", "T", " ", ".", "x", "/", "²", "٣"]))
        text = text[:place] + change + text[place + draw(st.integers(0, 1)) :]
    return draw(st.sampled_from(["", " ", "\t"])) + text + draw(st.sampled_from(["", " ", "\u00a0", "\n"]))


@settings(deadline=None, max_examples=300)
@given(texts=st.lists(near_dates() | st.sampled_from(ODD), min_size=1, max_size=20))
def test_dates_by_whole_columns_are_what_each_is_alone(texts):
    assert_read_like_parse(texts)


@settings(deadline=None, max_examples=100)
@given(moments=st.lists(st.datetimes(datetime(1970, 1, 1), datetime(2037, 12, 31)), min_size=1, max_size=50))
def test_wall_times_by_whole_columns_are_what_each_is_alone(moments):
    assert_read_like_parse([moment.isoformat(timespec="seconds") for moment in moments])


# Written and read back.


WRITTEN = st.lists(
    st.fixed_dictionaries(
        {
            "case_id": st.sampled_from(["C-1", 'C "2"', "C,3"]),
            "event": st.sampled_from(["referral.receive", "contact.close", "odd"]),
            "happened_at": st.sampled_from(
                ["2014-03-03", "2014-03-03/2014-03-05", "2014-07-03T10:00", "2014-10-26T01:30Z", "2014-10-26T01:30+01:00",
                 "2014-07-03T10:00:00.000001Z", "1901-01-02", "2099-12-30"]
            ),
            "recorded_at": st.sampled_from(["", "2014-03-04", "2014-03-04T10:00:07"]),
            "actor": st.sampled_from(["", "ann"]),
            "role": st.sampled_from(["", "manager"]),
            "episode": st.sampled_from(["", "R 1"]),
            "family": st.sampled_from(["", "F-1"]),
            "why": st.sampled_from(["", "x", 'said "no",\nand left', "é"]),
        }
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(rows=WRITTEN)
def test_a_log_that_is_written_reads_back_as_the_same_events(rows):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    first = source(out.getvalue())
    assert first.rejected == []
    same(source(flat_csv.as_text(first)), first)


def test_rejected_rows_are_not_written_and_what_is_left_is_numbered_anew():
    log = source(f"{HEADER}\nC-1,referral.receive,soon\n{ROW}\n")
    again = source(flat_csv.as_text(log))
    assert again.rejected == []
    assert_frame_equal(again.events, log.events.with_columns(position=pl.lit(1, pl.Int64)))


def test_a_written_log_begins_with_the_columns_of_the_contract():
    log = source(f"why,{HEADER}\nx,C-1,referral.receive,03/07/2014 9:05\n")
    assert flat_csv.as_text(log).splitlines() == [
        "case_id,event,happened_at,recorded_at,actor,role,episode,family,why",
        "C-1,referral.receive,2014-07-03T09:05:00+01:00,,,,,,x",
    ]


def test_ids_that_a_spreadsheet_made_decimal_numbers_are_whole_ones_and_a_note_says_so():
    log = source(f"{HEADER}\n9212044.0,referral.receive,2014-03-03\n9212045.0,referral.receive,2014-03-03\n")
    assert log.events["case_id"].to_list() == ["9212044", "9212045"]
    assert log.notes == ["The case ids stand as decimal numbers, such as 9212044.0: read as whole ones."]


@pytest.mark.parametrize(
    ("case", "event", "column"),
    [("#N/A", "a.b", "case_id"), ("9.21E+12", "a.b", "case_id"), ("C-1", "#REF!", "event")],
)
def test_what_a_spreadsheet_left_in_place_of_a_name_is_no_name(case, event, column):
    log = source(f"{HEADER}\n{case},{event},2014-03-03\n{ROW}\n")
    assert [(bad.row, bad.column) for bad in log.rejected] == [(1, column)]
    assert log.events.height == 1


def test_where_a_date_can_only_have_its_month_first_the_others_are_doubted():
    log = source(f"{HEADER}\nC-1,a.b,12/31/2015\nC-1,a.b,03/04/2015\n")
    assert [bad.reason for bad in log.rejected] == ["has no month 31: dates are read day first. Write 2015-12-31."]
    assert log.notes == [
        "1 date can only have the month first. The others, such as 03/04/2020, were read day first: look whether they are."
    ]


def test_a_row_of_empty_cells_is_one_fault_not_three():
    log = source(f"{HEADER}\n{ROW}\n,,\n")
    assert [(bad.row, bad.column, bad.reason) for bad in log.rejected] == [(2, "case_id", "is empty.")]
