"""Parquet as it arrives: columns of many kinds, dates and moments as such, files that are damaged or no event logs."""

from __future__ import annotations

import base64
import io
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from mutations import damaged
from polars.testing import assert_frame_equal
from sources import facts, happened, source

from frontdoor.errors import InputError
from frontdoor.formats import flat_csv, parquet
from frontdoor.formats.source import Source

MOMENT = datetime(2014, 7, 3, 9, 15, tzinfo=UTC)


def packed(columns: dict[str, Any] | pl.DataFrame) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(columns).write_parquet(out)
    return out.getvalue()


def read(**columns: Any) -> Source:
    """A log of these columns, and of the three that it needs where they are not among them."""
    height = len(next(iter(columns.values()))) if columns else 1
    needed = {"case_id": ["K-1"] * height, "event": ["a.b"] * height, "happened_at": [MOMENT] * height}
    return parquet.read(packed({**needed, **columns}), "log")


def refused(content: bytes | Path) -> list[str]:
    with pytest.raises(InputError) as error:
        parquet.read(content, "log")
    return [fault.code for fault in error.value.faults]


def test_the_columns_of_the_flat_log_are_read_as_they_are_from_a_csv():
    text = (
        "case_id,event,happened_at,recorded_at,actor,role,episode,family,why\n"
        "K-1,permit.apply,2014-07-03T10:15,2014-07-04,ann,clerk,p1,F, x \n"
        "K-2,permit.apply,03/07/2014,,,,,,\n"
        ",permit.apply,soon,,,,,,\n"
    )
    table = pl.read_csv(io.StringIO(text), infer_schema=False)
    found, expected = parquet.read(packed(table), "log"), flat_csv.read(text.encode(), "log")
    assert_frame_equal(found.events, expected.events)
    assert (found.details, found.carries, found.rejected) == (expected.details, expected.carries, expected.rejected)
    assert found.format == "parquet"


def test_a_file_and_its_bytes_read_alike(tmp_path: Path):
    content = packed({"case_id": ["K-1"], "event": ["a.b"], "happened_at": [MOMENT]})
    (tmp_path / "a*[b].parquet").write_bytes(content)
    for file in (tmp_path / "a*[b].parquet", str(tmp_path / "a*[b].parquet"), content):
        assert facts(parquet.read(file, "log")) == facts(parquet.read(content, "log"))


def test_numbers_and_categories_are_read_as_text():
    found = read(
        case_id=pl.Series([9212044.0, 5.0]), event=pl.Series(["a.b", "a.c"], dtype=pl.Categorical), actor=[7, None],
        ok=[True, None], ratio=[0.5, 2.0], on=[date(2014, 7, 3), None], nothing=pl.Series([None, None], dtype=pl.Null),
        at=[MOMENT, None],
    )  # fmt: skip
    assert found.events.select("case_id", "event", "actor", "detail.ok", "detail.ratio", "detail.on", "detail.nothing").rows() == [
        ("9212044", "a.b", "7", "true", "0.5", "2014-07-03", ""), ("5", "a.c", "", "", "2.0", "", ""),
    ]  # fmt: skip
    assert found.events["detail.at"].to_list() == ["2014-07-03T09:15:00+00:00", ""]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris"])
def test_moments_with_a_zone_are_those_moments(unit, zone):
    column = pl.Series([MOMENT.replace(microsecond=123000)]).dt.convert_time_zone(zone).dt.cast_time_unit(unit)
    assert happened(read(happened_at=column)) == [MOMENT.replace(microsecond=123000)]


def test_moments_without_a_zone_are_the_wall_time_of_london_and_one_that_does_not_exist_is_rejected():
    walls = [datetime(2014, 7, 3, 10, 15), datetime(2014, 3, 30, 1, 30), datetime(2014, 10, 26, 1, 30)]
    found = read(happened_at=walls)
    assert happened(found) == [MOMENT, datetime(2014, 10, 26, 0, 30, tzinfo=UTC)]
    assert found.notes == ["The times of happened_at have no zone: read as the wall time of Europe/London."]
    assert [(bad.row, bad.column) for bad in found.rejected] == [(2, "happened_at")]
    assert "does not exist" in found.rejected[0].reason


def test_dates_are_dates_and_texts_what_they_say():
    days = [date(2014, 3, 30), date(2014, 10, 26)]
    assert happened(read(happened_at=days)) == days
    assert happened(read(happened_at=["2014-03-30", "03/07/2014 10:15"])) == [date(2014, 3, 30), MOMENT]


ALL_MIDNIGHTS = "Every time is a midnight, as systems write where only the day is known: they were read as dates."
MIDNIGHTS = {
    "of no zone": [datetime(2014, 7, 3), datetime(2014, 12, 3)],
    "of London": [datetime(2014, 7, 2, 23, tzinfo=UTC), datetime(2014, 12, 3, tzinfo=UTC)],
    "of UTC": [datetime(2014, 7, 3, tzinfo=UTC), datetime(2014, 12, 3, tzinfo=UTC)],
}


@pytest.mark.parametrize("kind", MIDNIGHTS)
def test_where_every_moment_is_a_midnight_they_are_dates_and_a_note_says_so(kind):
    found = read(happened_at=[*MIDNIGHTS[kind], None])
    assert happened(found) == [date(2014, 7, 3), date(2014, 12, 3)]
    assert found.notes == [ALL_MIDNIGHTS]
    assert [(bad.row, bad.reason) for bad in found.rejected] == [(3, "is empty.")]


def test_a_midnight_among_other_times_stays_a_moment_and_a_note_says_so():
    found = read(happened_at=[datetime(2014, 7, 2, 23, tzinfo=UTC), MOMENT])
    assert happened(found) == [datetime(2014, 7, 2, 23, tzinfo=UTC), MOMENT]
    assert found.notes == [
        "Midnights among 2 times: 1. They are judged to the minute like the others; where only the day is known, write a date."
    ]


def test_one_in_the_morning_without_a_zone_is_no_midnight_though_it_is_one_of_utc():
    assert happened(read(happened_at=[datetime(2014, 7, 3, 1)])) == [datetime(2014, 7, 3, tzinfo=UTC)]


def test_midnights_that_are_written_out_or_of_recorded_at_stay_moments():
    midnight = datetime(2014, 7, 2, 23, tzinfo=UTC)
    found = read(happened_at=["2014-07-03T00:00:00+01:00"], recorded_at=[midnight])
    assert [fact[2:4] for fact in facts(found)["K-1"]] == [(midnight, midnight)]


@pytest.mark.parametrize(
    "column",
    [
        [date(1849, 12, 31), date(2200, 1, 1), None, date(2014, 3, 3), date(1, 1, 1)],
        [MOMENT - timedelta(days=66000), datetime(2200, 1, 1, tzinfo=UTC), None, MOMENT, datetime(1, 1, 1, tzinfo=UTC)],
        [datetime(1849, 12, 31), datetime(2200, 1, 1), None, datetime(2014, 3, 3), datetime(9999, 12, 31)],
    ],
)
def test_years_outside_those_of_records_and_nothing_at_all_are_rejected(column):
    found = read(happened_at=column)
    assert found.events["position"].to_list() == [4]
    assert [(bad.row, bad.column) for bad in found.rejected] == [(n, "happened_at") for n in (1, 2, 3, 5)]
    assert found.rejected[2].reason == "is empty."
    assert all("outside the years 1850 to 2199" in bad.reason for bad in found.rejected if bad.row != 3)


def test_nothing_in_recorded_at_says_nothing_and_what_cannot_be_read_is_rejected():
    found = read(recorded_at=[None, date(2014, 7, 4), date(2300, 1, 1)])
    assert [fact[3] for fact in facts(found)["K-1"]] == [None, date(2014, 7, 4)]
    assert [(bad.row, bad.column) for bad in found.rejected] == [(3, "recorded_at")]


def test_a_row_without_a_case_or_an_event_is_rejected():
    found = read(case_id=["K-1", "", None, " "], event=["a.b", "a.b", "a.b", ""])
    assert [(bad.row, bad.column) for bad in found.rejected] == [
        (2, "case_id"), (3, "case_id"), (4, "case_id"), (4, "event"),
    ]  # fmt: skip


@pytest.mark.parametrize("many", [0, 2_000_000])
def test_what_a_spreadsheet_leaves_for_a_case_or_an_event_is_rejected_as_from_a_csv(many):
    cases, events = ["#N/A", "9.21E+12", "K-1", "K-1"], ["a.b", "a.b", "#REF!", "a.b"]
    text = "case_id,event,happened_at\n" + "".join(
        f"{case},{event},2014-07-03\n" for case, event in zip(cases, events, strict=True)
    )
    content = packed({"case_id": cases, "event": events, "happened_at": [date(2014, 7, 3)] * 4})
    found = parquet.read(content, "log", many=many)
    assert found.rejected == flat_csv.read(text.encode(), "log").rejected
    assert found.events["position"].to_list() == [4]


def test_ids_that_went_through_numbers_with_a_point_are_whole_ones_or_were_rounded():
    ids = [9212044.0, 9.21e12, None, float("nan"), 1e15, float("inf"), 1e300, 2.5]
    found = read(case_id=ids)
    assert found.events["case_id"].to_list() == ["9212044", "9210000000000", "2.5"]
    assert [(bad.row, bad.reason.partition(",")[0]) for bad in found.rejected] == [
        (3, "is empty."), (4, "is empty."), *((row, "is a number too long for a spreadsheet") for row in (5, 6, 7)),
    ]  # fmt: skip
    short = read(case_id=pl.Series([9212044.0, 21000001.0], dtype=pl.Float32))
    assert [(bad.row, bad.text) for bad in short.rejected] == [(2, "21000000")]


@pytest.mark.parametrize("column", ["case_id", "event", "actor", "why"])
def test_a_text_of_ten_megabytes_is_rejected_by_row_and_column(column):
    content = packed(
        {"case_id": ["K"] * 2, "event": ["a.b"] * 2, "happened_at": [MOMENT] * 2} | {column: ["x" * 10_000_000, "y"]}
    )
    for many in (0, 2_000_000):
        found = parquet.read(content, "log", many=many)
        ((row, where, reason, text),) = found.rejected
        assert (row, where, len(text)) == (1, column, 100)
        assert "is longer than 1,000,000 characters" in reason
        assert found.events.height == 1


@pytest.mark.parametrize(("unit", "sound"), [("ms", 10**12), ("us", 10**15)])
@pytest.mark.parametrize("zone", [None, "UTC"])
@pytest.mark.parametrize(("column", "rows"), [("happened_at", [1, 3, 4]), ("recorded_at", [1, 3]), ("why", [1, 3])])
def test_moments_and_days_beyond_every_calendar_are_rejected_and_the_rest_is_read(unit, sound, zone, column, rows):
    stamps = pl.Series([9 * 10**18, sound, -(2**63), None], dtype=pl.Int64).cast(pl.Datetime(unit, zone))
    days = pl.Series([2**31 - 1, 16000, -(2**31), None], dtype=pl.Int32).cast(pl.Date)
    for kind in (stamps, days):
        bad = read(**{column: kind}).rejected
        assert [(one.row, one.column) for one in bad] == [(row, column) for row in rows]
        assert bad[0].text == str(kind.to_physical()[0])
        assert bad[0].reason.startswith("lies outside the years 1850 to 2199")


def test_lengths_of_time_are_read_as_text():
    assert read(why=[timedelta(days=1, seconds=90)]).events["detail.why"].to_list() == ["P1DT1M30S"]


def test_times_whose_zone_is_an_offset_are_those_moments(tmp_path: Path):
    """As pandas writes them; polars itself knows no such zone."""
    content = packed(
        {"case_id": ["K"], "event": ["a.b"], "happened_at": pl.Series([MOMENT]).dt.convert_time_zone("Israel")}
    )
    start = content.index(b"ARROW:schema") + len(b"ARROW:schema")
    schema = max(re.findall(rb"[A-Za-z0-9+/=]{100,}", content[start:]), key=len)
    offset = base64.b64encode(base64.b64decode(schema).replace(b"Israel", b"+01:00"))
    assert len(offset) == len(schema) and offset != schema
    (tmp_path / "log.parquet").write_bytes(content.replace(schema, offset))
    for file in (content.replace(schema, offset), tmp_path / "log.parquet"):
        assert happened(parquet.read(file, "log")) == [MOMENT]


def test_nested_columns_and_bytes_are_passed_over_and_noted():
    found = read(many=[[1, 2]], one=[{"a": 1}], raw=[b"x"], why=["y"])
    assert found.details == ("why",)
    assert found.notes == ["Columns that are nested or hold bytes were passed over: many, one, raw."]


def test_a_column_with_detail_before_its_name_is_that_detail_unless_it_is_there():
    assert read(**{"detail.actor": ["x"]}).details == ("actor",)
    assert read(**{"detail.why": ["x"], "why": ["y"]}).details == ("detail.why", "why")


def test_a_nul_stands_as_a_replacement():
    assert read(why=["a\x00b"]).events["detail.why"].to_list() == ["a\ufffdb"]


# Refused.


def test_missing_columns_are_told_at_once_with_what_was_probably_meant():
    with pytest.raises(InputError) as error:
        parquet.read(packed({"caseid": ["K"], "when": [MOMENT]}), "log")
    assert [fault.code for fault in error.value.faults] == ["missing-column"] * 3
    assert "there is no column case_id. Did you mean caseid?" in str(error.value)


def test_columns_of_another_kind_are_told_at_once():
    content = packed({"case_id": [["K"]], "event": [b"a.b"], "happened_at": [20140303], "recorded_at": [1.5]})
    assert refused(content) == ["wrong-kind"] * 4


def test_a_file_without_rows_is_refused():
    assert refused(
        packed(
            {
                "case_id": pl.Series([], dtype=pl.String),
                "event": pl.Series([], dtype=pl.String),
                "happened_at": pl.Series([], dtype=pl.Date),
            }
        )
    ) == ["no-rows"]


def test_more_columns_than_a_log_can_have_are_refused():
    assert refused(packed({f"c{n}": [1] for n in range(2500)})) == ["too-many-columns"]


def test_a_small_file_of_endless_rows_is_refused():
    many = 20_000_000
    same = pl.select(case_id=pl.repeat("K", many), event=pl.lit("a.b"), happened_at=pl.lit(MOMENT))
    assert refused(packed(same)) == ["bomb"]


def test_a_small_file_that_unpacks_without_end_is_refused_before_it_is_unpacked():
    needed = {"case_id": ["K"], "event": ["a.b"], "happened_at": [MOMENT]}
    assert refused(packed({**needed, "why": ["x" * 150_000_000]})) == ["bomb"]


def test_a_text_that_stands_once_in_a_small_file_and_is_meant_without_end_is_refused():
    same = pl.select(
        case_id=pl.repeat("K", 250_000), event=pl.lit("a.b"), happened_at=pl.lit(MOMENT), why=pl.lit("x" * 1000)
    )
    assert refused(packed(same)) == ["bomb"]


def test_two_columns_of_one_name_are_told():
    content = packed({"case_id": ["K"], "event": ["a.b"], "happened_at": [MOMENT], "case_ix": ["L"]})
    with pytest.raises(InputError, match="there are 2 columns case_id"):
        parquet.read(content.replace(b"case_ix", b"case_id"), "log")


def test_a_file_that_is_locked_is_told():
    assert refused(SOUND[:-4] + b"PARE") == ["encrypted"]


def test_a_million_columns_are_refused_by_the_length_of_the_footer_alone():
    assert refused(SOUND + bytes(9 << 20) + (9 << 20).to_bytes(4, "little") + b"PAR1") == ["bomb"]


@pytest.mark.parametrize(
    "footer", [b"\x19" * 10_000, b"\x29\xfc\xff\xff\xff\x7f" + bytes(10_000), b"\xff" * 10_000, b""]
)
def test_a_footer_that_leads_nowhere_is_damage(footer):
    assert refused(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1") == ["not-parquet"]


SOUND = packed({"case_id": ["K-1", "K-2"], "event": ["a.b", "a.c"], "happened_at": [MOMENT, MOMENT], "why": ["x", "y"]})


@pytest.mark.parametrize("length", [0, 3, 4, 8, 50, 200, len(SOUND) - 1])
def test_a_file_that_breaks_off_is_refused(length):
    assert refused(SOUND[:length]) == ["not-parquet"]


def test_a_file_that_breaks_off_is_refused_from_disk_too(tmp_path: Path):
    (tmp_path / "log.parquet").write_bytes(SOUND[:-20])
    assert refused(tmp_path / "log.parquet") == ["not-parquet"]


@settings(deadline=None, max_examples=150)
@given(content=damaged(SOUND))
def test_a_damaged_file_is_read_or_refused_never_more(content):
    try:
        assert parquet.read(content, "log").format == "parquet"
    except InputError as error:
        assert all(str(fault) for fault in error.faults)


# Writing.


@pytest.mark.parametrize(
    "when, kind",
    [
        ([MOMENT, MOMENT], pl.Datetime("us", "UTC")),
        ([date(2014, 3, 3)], pl.Date()),
        ([date(2014, 3, 3), MOMENT], pl.String()),
    ],
)
def test_dates_and_moments_are_columns_of_their_own_kind(tmp_path: Path, when, kind):
    made = source([{"case_id": "K", "event": "a.b", "happened_at": one} for one in when])
    parquet.write(made, tmp_path / "log.parquet")
    assert pl.read_parquet_schema(tmp_path / "log.parquet")["happened_at"] == kind


def test_a_detail_called_like_a_column_has_detail_before_its_name(tmp_path: Path):
    made = source(
        [{"case_id": "K", "event": "a.b", "happened_at": MOMENT, "detail.actor": "x", "detail.why": "y"}],
        ("actor", "why"),
    )
    parquet.write(made, tmp_path / "log.parquet")
    assert list(pl.read_parquet_schema(tmp_path / "log.parquet"))[-2:] == ["detail.actor", "why"]
